//! A template on its way to CloudFormation: the text that goes into the call.

use formwork_template::template::MAX_INLINE_BYTES;
use formwork_template::{Style, Template};

use crate::error::Error;

/// The stack's template, parsed.
pub(crate) fn read(stack: &str, text: &str) -> Result<Template, Error> {
    Template::from_json(text).map_err(|error| Error::Template { stack: stack.to_owned(), reason: error.to_string() })
}

/// What is sent: the text as synth wrote it, which is what people then see in the console; without its white space if it
/// would not fit otherwise.
pub(crate) fn body(stack: &str, text: &str, template: &Template) -> Result<String, Error> {
    if text.len() <= MAX_INLINE_BYTES {
        return Ok(text.to_owned());
    }
    let (compact, _) = template.to_json(Style::Compact);
    if compact.len() <= MAX_INLINE_BYTES {
        return Ok(compact);
    }
    Err(Error::TemplateTooLong { stack: stack.to_owned(), bytes: compact.len(), limit: MAX_INLINE_BYTES })
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

    fn sent(text: &str) -> Result<String, Error> {
        body("site", text, &read("site", text)?)
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
    fn one_that_cannot_fit_is_refused() {
        let error = sent(&padded(0, 60_000)).unwrap_err();
        assert!(matches!(error, Error::TemplateTooLong { limit: 51_200, bytes, .. } if bytes > 60_000), "{error}");
    }
}
