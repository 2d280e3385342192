//! A template on its way to CloudFormation: the text that goes into the call, if it fits.

use formwork_assembly::StackArtifact;
use formwork_template::template::MAX_INLINE_BYTES;
use formwork_template::{Style, Template};

use crate::error::Error;

/// Bytes of a template in an object. The quota is given as 1 MB; the service refuses more than these: "Template may not exceed 1000000 bytes in
/// size".
const MAX_SHIPPED_BYTES: usize = 1_000_000;

/// The stack's template, parsed.
pub(crate) fn read(stack: &str, text: &str) -> Result<Template, Error> {
    Template::from_json(text).map_err(|error| Error::Template { stack: stack.to_owned(), reason: error.to_string() })
}

/// The text of a call: as synth wrote it, which is what people then see in the console; without its white space if it would not fit
/// otherwise. `None` if it does not fit at all.
pub(crate) fn inline(text: &str, template: &Template) -> Option<String> {
    if text.len() <= MAX_INLINE_BYTES {
        return Some(text.to_owned());
    }
    let (compact, _) = template.to_json(Style::Compact);
    (compact.len() <= MAX_INLINE_BYTES).then_some(compact)
}

/// True if the template of a stack does not fit into a call.
pub(crate) fn is_long(artifact: &StackArtifact) -> Result<bool, Error> {
    if artifact.template.len() <= MAX_INLINE_BYTES {
        return Ok(false);
    }
    Ok(inline(&artifact.template, &read(artifact.name(), &artifact.template)?).is_none())
}

/// Refuses a template that is too long for CloudFormation, or for a call where there is no bucket.
pub(crate) fn check(stack: &str, text: &str, template: &Template, has_bucket: bool) -> Result<(), Error> {
    if inline(text, template).is_some() {
        return Ok(());
    }
    let bytes = template.to_json(Style::Compact).0.len();
    match has_bucket && bytes <= MAX_SHIPPED_BYTES {
        true => Ok(()),
        false if has_bucket => Err(Error::TemplateTooLong { stack: stack.to_owned(), bytes, limit: MAX_SHIPPED_BYTES }),
        false => Err(too_long(stack, bytes)),
    }
}

/// The error about a template that does not fit into a call.
pub(crate) fn too_long(stack: &str, bytes: usize) -> Error {
    Error::TemplateTooLong { stack: stack.to_owned(), bytes, limit: MAX_INLINE_BYTES }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn padded(white_space: usize, description: usize) -> String {
        format!(
            r#"{{{}"Resources":{{"A":{{"Type":"AWS::SNS::Topic","Properties":{{"DisplayName":"{}"}}}}}}}}"#,
            " ".repeat(white_space),
            "x".repeat(description),
        )
    }

    fn sent(text: &str) -> Option<String> {
        inline(text, &read("site", text).unwrap())
    }

    #[test]
    fn a_template_that_fits_goes_as_it_is() {
        let text = padded(1_000, 10);
        assert_eq!(sent(&text).unwrap(), text);
    }

    #[test]
    fn one_that_would_fit_loses_its_white_space() {
        let sent = sent(&padded(60_000, 10)).unwrap();
        assert!(sent.len() < 200, "{sent}");
        assert!(sent.contains("xxxxxxxxxx"), "{sent}");
    }

    #[test]
    fn one_that_cannot_fit_needs_a_bucket() {
        let check = |length: usize, has_bucket: bool| {
            let text = padded(0, length);
            let refused = check("site", &text, &read("site", &text).unwrap(), has_bucket);
            refused.err().map(|error| error.to_string())
        };
        assert_eq!(sent(&padded(0, 60_000)), None);
        assert_eq!(check(60_000, true), None);
        insta::assert_snapshot!(check(60_000, false).unwrap(), @"the template of `site` has 60119 bytes, and 51200 are the most that an API call takes");
        insta::assert_snapshot!(check(1_010_000, true).unwrap(), @"the template of `site` has 1010119 bytes, and 1000000 are the most that CloudFormation takes");
    }
}
