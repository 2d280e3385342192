//! Dynamic references: `{{resolve:…}}`, values that CloudFormation reads from Systems Manager or Secrets Manager while it
//! deploys, so that a secret never stands in a template.
//!
//! Source: AWS CloudFormation User Guide, "Get values stored in other services using dynamic references".

use crate::value::Val;

/// A Systems Manager parameter in plain text, `{{resolve:ssm:name}}`; a version pins it.
pub fn ssm(name: &str, version: Option<u64>) -> Val<String> {
    Val::Literal(versioned("ssm", name, version))
}

/// A Systems Manager secure string, `{{resolve:ssm-secure:name}}`; only some properties take one.
pub fn ssm_secure(name: &str, version: Option<u64>) -> Val<String> {
    Val::Literal(versioned("ssm-secure", name, version))
}

/// A secret, or with `json_key` one value of a JSON secret: `{{resolve:secretsmanager:id:SecretString:key}}`.
pub fn secret(secret_id: &str, json_key: Option<&str>) -> Val<String> {
    Val::Literal(match json_key {
        None => format!("{{{{resolve:secretsmanager:{secret_id}}}}}"),
        Some(key) => format!("{{{{resolve:secretsmanager:{secret_id}:SecretString:{key}}}}}"),
    })
}

/// The beginning of a dynamic reference.
pub const OPEN: &str = "{{resolve:";
/// Its end.
pub const CLOSE: &str = "}}";

/// One part of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part<'t> {
    /// Text that stays as it is.
    Text(&'t str),
    /// A dynamic reference, without its braces: `resolve:ssm:/name:1`.
    Reference(&'t str),
}

/// The parts of a text, in order. A reference that is not closed is text.
pub fn parts(text: &str) -> impl Iterator<Item = Part<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let start = rest.find(OPEN).filter(|start| rest[*start..].contains(CLOSE)).unwrap_or(rest.len());
        if start > 0 {
            let (plain, behind) = rest.split_at(start);
            rest = behind;
            return Some(Part::Text(plain));
        }
        let end = rest.find(CLOSE)?;
        let reference = &rest["{{".len()..end];
        rest = &rest[end + CLOSE.len()..];
        Some(Part::Reference(reference))
    })
}

/// True if `text` has a dynamic reference in it, so that its final value is not known here.
pub fn is_in(text: &str) -> bool {
    // Most texts have no brace, and one byte is looked for faster than a text.
    text.as_bytes().contains(&b'{') && text.find(OPEN).is_some_and(|start| text[start..].contains(CLOSE))
}

/// True for a text that is one dynamic reference and nothing else.
pub fn is_one(text: &str) -> bool {
    let mut parts = parts(text);
    matches!((parts.next(), parts.next()), (Some(Part::Reference(_)), None))
}

/// True if the reference, without its braces, names the version of its value. CloudFormation does not notice a new value of any other.
///
/// Source: AWS CloudFormation User Guide, "Get a plaintext value from Systems Manager Parameter Store", "Get a secret or secret value from
/// Secrets Manager".
pub fn is_pinned(reference: &str) -> bool {
    match reference.split_once(":SecretString") {
        // KEY:STAGE:VERSION
        Some((_, rest)) => rest.split(':').nth(3).is_some_and(|version| !version.is_empty()),
        None => {
            let (name, version) = reference.rsplit_once(':').unwrap_or_default();
            name.matches(':').count() > 1 && !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit())
        }
    }
}

fn versioned(service: &str, name: &str, version: Option<u64>) -> String {
    match version {
        None => format!("{{{{resolve:{service}:{name}}}}}"),
        Some(version) => format!("{{{{resolve:{service}:{name}:{version}}}}}"),
    }
}

#[cfg(test)]
mod tests {
    use super::Part::{Reference, Text};
    use super::{Part, is_in, is_one, is_pinned, parts};

    #[track_caller]
    fn check(text: &str, expected: &[Part<'_>]) {
        let found: Vec<Part<'_>> = parts(text).collect();
        assert_eq!(found, expected);
        assert_eq!(is_in(text), found.iter().any(|part| matches!(part, Reference(_))));
        assert_eq!(is_one(text), matches!(*found, [Reference(_)]));
    }

    #[test]
    fn versions() {
        for pinned in ["resolve:ssm:/x:1", "resolve:ssm-secure:x:12", "resolve:secretsmanager:db:SecretString:key::v1"]
        {
            assert!(is_pinned(pinned), "{pinned}");
        }
        let secret =
            "resolve:secretsmanager:arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-1:SecretString:key";
        for open in ["resolve:ssm:/x", "resolve:ssm:1", "resolve:secretsmanager:db", secret] {
            assert!(!is_pinned(open), "{open}");
        }
    }

    #[test]
    fn texts_and_references() {
        check("", &[]);
        check("a }} b", &[Text("a }} b")]);
        check("{{resolve:ssm:/x}}", &[Reference("resolve:ssm:/x")]);
        check("a{{resolve:ssm:/x:1}}b{{resolve:", &[Text("a"), Reference("resolve:ssm:/x:1"), Text("b{{resolve:")]);
        check("{{resolve:ssm:a}}{{resolve:ssm:b}}", &[Reference("resolve:ssm:a"), Reference("resolve:ssm:b")]);
        check("{{resolve:open", &[Text("{{resolve:open")]);
    }
}
