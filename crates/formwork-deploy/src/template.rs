//! A template on its way to CloudFormation: the text that goes into the call, if it fits.

use formwork_assembly::StackArtifact;
use formwork_template::template::{
    MAX_BYTES, MAX_INLINE_BYTES, MAX_MAPPINGS, MAX_OUTPUTS, MAX_PARAMETERS, MAX_RESOURCES,
};
use formwork_template::{Style, Template};

use crate::error::Error;

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

/// Refuses a template that has more than CloudFormation takes, or that is too long for a call where there is no bucket. One that is too long for
/// CloudFormation was not read.
///
/// Source: AWS CloudFormation User Guide, "Understand CloudFormation quotas".
pub(crate) fn check(stack: &str, text: &str, template: &Template, has_bucket: bool) -> Result<(), Error> {
    let counted = [
        ("mappings", template.mappings.len(), MAX_MAPPINGS),
        ("outputs", template.outputs.len(), MAX_OUTPUTS),
        ("parameters", template.parameters.len(), MAX_PARAMETERS),
        ("resources", template.resources.len(), MAX_RESOURCES),
    ];
    // A macro may leave fewer of them.
    let counted = counted.into_iter().filter(|_| template.transform.is_none());
    if let Some((what, count, limit)) = counted.into_iter().find(|(_, count, limit)| count > limit) {
        return Err(Error::TemplateTooLarge { stack: stack.to_owned(), what, count, limit });
    }
    if has_bucket || inline(text, template).is_some() {
        return Ok(());
    }
    Err(too_long(stack, template.to_json(Style::Compact).0.len()))
}

/// The text of a template for an object.
pub(crate) fn shipped(stack: &str, template: &Template) -> Result<String, Error> {
    let (text, _) = template.to_json(Style::Compact);
    match text.len() {
        bytes if bytes > MAX_BYTES => Err(Error::TemplateTooLong { stack: stack.to_owned(), bytes, limit: MAX_BYTES }),
        _ => Ok(text),
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
    }

    /// Found before the first stack is touched, also where nobody validates.
    #[test]
    fn one_with_too_many_entries_is_refused_unless_a_macro_may_leave_fewer() {
        let topics: Vec<String> =
            (0..501).map(|number| format!(r#""T{number}":{{"Type":"AWS::SNS::Topic"}}"#)).collect();
        let check = |begin: &str| {
            let text = format!(r#"{{{begin}"Resources":{{{}}}}}"#, topics.join(","));
            check("site", &text, &read("site", &text).unwrap(), true).err().map(|error| error.to_string())
        };
        insta::assert_snapshot!(check("").unwrap(), @"the template of `site` has 501 resources, and CloudFormation takes 500");
        assert_eq!(check(r#""Transform":"Mine","#), None);
    }

    /// One between two others has the resources of both.
    #[test]
    fn one_that_is_too_long_is_not_shipped() {
        let mut template = read("site", &padded(0, 990_000)).unwrap();
        assert_eq!(shipped("site", &template).unwrap().len(), 990_119);
        template.description = Some("x".repeat(20_000));
        let error = shipped("site", &template).unwrap_err().to_string();
        insta::assert_snapshot!(error, @"the template of `site` has 1010136 bytes, and 1000000 are the most that CloudFormation takes");
    }
}
