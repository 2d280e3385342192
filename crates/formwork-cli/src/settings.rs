//! The form of `formwork.toml`, for editors: `formwork-workspace` reads the file, and reports every mistake with its line.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

/// The file `formwork.toml`, in the folder of the workspace.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "the form alone is of interest")]
pub(crate) struct File {
    /// Environments by name, of which `--env` picks one. A name with a `*` is a pattern: `pr-*` is for `--env pr-17`.
    #[serde(default)]
    environment: BTreeMap<String, Environment>,
}

/// A named set of context values, account and regions.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "the form alone is of interest")]
struct Environment {
    /// The number of its account; a login of another account is refused before anything is sent.
    #[schemars(regex(pattern = r"^[0-9]{12}$"))]
    account: Option<String>,
    /// The bucket for code, files and long templates, in place of that of the stack `formwork-assets`; `{region}` and `{account}` in it
    /// stand for those of the run. `--asset-bucket` comes before it.
    #[serde(rename = "asset-bucket")]
    #[schemars(length(min = 1))]
    asset_bucket: Option<String>,
    /// Context values by key. A value of `--context` comes before them, the default in the source after them.
    context: Option<BTreeMap<String, ContextValue>>,
    /// The profile of the AWS configuration that has its login; `--profile` comes before it.
    #[schemars(length(min = 1))]
    profile: Option<String>,
    /// Termination protection for its stacks; and what holds data is replaced or deleted only by name, whatever
    /// `--require-approval` says.
    protect: Option<bool>,
    /// The regions that its stacks may be in; `Context::regions` gives them to a loop.
    #[schemars(length(min = 1))]
    regions: Option<Vec<String>>,
    /// The DeletionPolicy of resources for which the source sets none.
    removal: Option<Removal>,
}

/// A context value; numbers, `true` and `false` reach the app as texts.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "the form alone is of interest")]
enum ContextValue {
    Text(String),
    Number(f64),
    Is(bool),
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Removal {
    /// They are deleted, with what is in them.
    Delete,
}

#[cfg(test)]
mod tests {
    use formwork_workspace::{ENVIRONMENT_KEYS, KEYS};
    use serde_json::Value;

    use super::File;

    #[test]
    fn the_schema_has_the_keys_that_are_read() {
        let schema = schemars::schema_for!(File).to_value();
        let keys = |schema: &Value| -> Vec<String> {
            let mut keys: Vec<String> = schema["properties"].as_object().unwrap().keys().cloned().collect();
            keys.sort();
            keys
        };
        assert_eq!(keys(&schema), KEYS);
        assert_eq!(keys(&schema["$defs"]["Environment"]), ENVIRONMENT_KEYS);
    }
}
