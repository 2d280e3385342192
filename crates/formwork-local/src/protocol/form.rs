//! A request's fields: `application/x-www-form-urlencoded`, lists spelled `Name.member.1`.

use std::collections::BTreeMap;

use percent_encoding::percent_decode;

use super::ApiError;

/// More than any request of CloudFormation's can have: 200 parameters and 50 tags of three fields each.
const MAX_FIELDS: usize = 4_000;

/// The signature of a request in its older form, version 2.
const SIGNATURE: &[&str] =
    &["AWSAccessKeyId", "Expires", "SecurityToken", "Signature", "SignatureMethod", "SignatureVersion", "Timestamp"];

/// The fields of a request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Form {
    fields: BTreeMap<String, String>,
}

impl Form {
    /// A form with these fields.
    pub(crate) fn of(fields: Vec<(String, String)>) -> Form {
        Form { fields: fields.into_iter().collect() }
    }

    /// Reads a body.
    ///
    /// # Errors
    ///
    /// `MalformedQueryString` where an escape is malformed, the bytes are not UTF-8, a field is given twice, or there are too many fields.
    pub(crate) fn read(body: &[u8]) -> Result<Form, ApiError> {
        let malformed = |reason: String| ApiError::new("MalformedQueryString", 400, reason);
        let mut fields = BTreeMap::new();
        for pair in body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
            let split = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
            let name = decode(&pair[..split]).map_err(malformed)?;
            let value = decode(pair.get(split + 1..).unwrap_or_default()).map_err(malformed)?;
            if fields.len() == MAX_FIELDS {
                return Err(malformed(format!("the request has more than {MAX_FIELDS} fields")));
            }
            if fields.insert(name.clone(), value).is_some() {
                return Err(malformed(format!("the field {name} stands twice")));
            }
        }
        Ok(Form { fields })
    }

    /// A field; an empty one counts as given.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(String::as_str)
    }

    /// A field that must be there and not empty.
    pub(crate) fn require(&self, name: &str) -> Result<&str, ApiError> {
        self.get(name).filter(|value| !value.is_empty()).ok_or_else(|| {
            let name = format!("{}{}", name[..1].to_ascii_lowercase(), &name[1..]);
            ApiError::validation(format!(
                "1 validation error detected: Value null at '{name}' failed to satisfy constraint: Member must not be null"
            ))
        })
    }

    pub(crate) fn flag(&self, name: &str) -> Result<Option<bool>, ApiError> {
        match self.get(name) {
            None | Some("") => Ok(None),
            Some(text) if text.eq_ignore_ascii_case("true") => Ok(Some(true)),
            Some(text) if text.eq_ignore_ascii_case("false") => Ok(Some(false)),
            Some(text) => {
                Err(ApiError::new("MalformedInput", 400, format!("{name} must be true or false, not {text}")))
            }
        }
    }

    /// One of some words, or nothing.
    pub(crate) fn word(&self, name: &str, allowed: &[&'static str]) -> Result<Option<&'static str>, ApiError> {
        let Some(text) = self.get(name).filter(|text| !text.is_empty()) else { return Ok(None) };
        match allowed.iter().find(|word| **word == text) {
            Some(word) => Ok(Some(word)),
            None => {
                let field = format!("{}{}", name[..1].to_ascii_lowercase(), &name[1..]);
                Err(ApiError::validation(format!(
                    "1 validation error detected: Value '{text}' at '{field}' failed to satisfy constraint: Member must satisfy enum value set: [{}]",
                    allowed.join(", ")
                )))
            }
        }
    }

    /// A list of texts.
    pub(crate) fn list(&self, name: &str) -> Vec<&str> {
        (1..).map_while(|index| self.get(&format!("{name}.member.{index}"))).collect()
    }

    /// A list of structures: the fields of each.
    pub(crate) fn structures(&self, name: &str) -> Vec<Form> {
        let within = |index: usize| {
            let prefix = format!("{name}.member.{index}.");
            let fields: BTreeMap<String, String> = self
                .fields
                .range(prefix.clone()..)
                .take_while(|(key, _)| key.starts_with(&prefix))
                .map(|(key, value)| (key[prefix.len()..].to_owned(), value.clone()))
                .collect();
            (!fields.is_empty()).then_some(Form { fields })
        };
        (1..).map_while(within).collect()
    }

    /// The first field that a request of this action cannot have. A signature is no field, wherever it stands.
    pub(crate) fn unknown<'a>(&'a self, known: &[&str]) -> Option<&'a str> {
        let is_signature = |top: &str| top.starts_with("X-Amz-") || SIGNATURE.contains(&top);
        self.fields
            .keys()
            .map(|field| field.split('.').next().unwrap_or_default())
            .find(|top| !known.contains(top) && !is_signature(top))
    }

    /// A list that was given and is empty, which clients spell `Tags=`: unlike one that was not given, it takes away
    /// what there was.
    pub(crate) fn is_emptied(&self, name: &str) -> bool {
        self.get(name) == Some("")
    }
}

/// A name or value of a form. Other readers take a percent sign that begins no escape as it is; the service refuses it.
fn decode(text: &[u8]) -> Result<String, String> {
    let is_escape = |rest: &[u8]| rest.get(..2).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit));
    if text.iter().enumerate().any(|(place, byte)| *byte == b'%' && !is_escape(&text[place + 1..])) {
        return Err("a percent sign is not followed by two hexadecimal digits".to_owned());
    }
    let spaced: Vec<u8> = text.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    let decoded = percent_decode(&spaced).decode_utf8().map_err(|_| "a field is not UTF-8".to_owned())?;
    Ok(decoded.into_owned())
}

#[cfg(test)]
mod tests {
    use super::Form;

    #[test]
    fn fields_lists_and_structures() {
        let form = Form::read(b"Action=X&Tags.member.1.Key=a+b&Tags.member.1.Value=%C3%BC&Tags.member.2.Key=c&L.member.1=x&L.member.2=y&E=").unwrap();
        assert_eq!(form.get("Action"), Some("X"));
        assert_eq!(form.get("E"), Some(""));
        assert_eq!(form.list("L"), ["x", "y"]);
        let tags = form.structures("Tags");
        assert_eq!((tags.len(), tags[0].get("Key"), tags[0].get("Value")), (2, Some("a b"), Some("ü")));
        assert_eq!(form.unknown(&["Action", "Tags", "L"]), Some("E"));
        assert!(form.is_emptied("E") && !form.is_emptied("L") && !form.is_emptied("Nothing"));
        let signed = Form::read(b"X-Amz-Credential=a&Signature=b").unwrap();
        assert_eq!(signed.unknown(&[]), None);
    }

    #[test]
    fn a_malformed_body_is_refused() {
        for body in ["a=%zz", "a=%f", "a=1&a=2", "%ff=1"] {
            assert_eq!(Form::read(body.as_bytes()).unwrap_err().code, "MalformedQueryString", "{body}");
        }
        let many: Vec<String> = (0..5_000).map(|number| format!("f{number}=")).collect();
        assert!(Form::read(many.join("&").as_bytes()).is_err());
    }
}
