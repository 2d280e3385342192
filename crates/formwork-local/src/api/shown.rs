//! Parts of a stack as the API shows them.

use serde_json::{Value as Json, json};

use crate::model::Content;
use crate::secrets::MASK;

/// The rollback configuration as the API shows it.
pub(super) fn rollback(content: &Content) -> Json {
    content.rollback_configuration.clone().unwrap_or_else(|| json!({}))
}

/// Tags as the API lists them.
pub(super) fn tags(content: &Content) -> Json {
    content.tags.iter().map(|(key, value)| json!({ "Key": key, "Value": value })).collect()
}

/// Parameters as the API lists them: secrets are masked.
pub(super) fn parameter_list(content: &Content) -> Json {
    content
        .parameters
        .iter()
        .map(|(key, value)| {
            let shown = |text: &str| if value.no_echo { MASK.to_owned() } else { text.to_owned() };
            json!({
                "ParameterKey": key,
                "ParameterValue": shown(&value.value),
                "ResolvedValue": value.resolved.as_deref().map(shown),
            })
        })
        .collect()
}
