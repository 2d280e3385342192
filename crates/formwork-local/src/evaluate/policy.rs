//! What becomes of a resource that goes: a word, or, with the language extensions, what gives one.
//!
//! Source: Template Reference, "DeletionPolicy attribute", "UpdateReplacePolicy attribute", "AWS::LanguageExtensions transform".

use formwork_template::{Resource, Value};

use super::{Evaluator, text_of};

const REPLACED: &[&str] = &["Delete", "Retain", "Snapshot"];
const DELETED: &[&str] = &["Delete", "Retain", "RetainExceptOnCreate", "Snapshot"];

impl Evaluator<'_> {
    pub(crate) fn deletion_policy(&self, entry: &Resource) -> Result<Option<String>, String> {
        let word = entry.deletion_policy.as_ref().map(|policy| policy.as_str().to_owned());
        self.policy("DeletionPolicy", word, entry, DELETED)
    }

    pub(crate) fn update_replace_policy(&self, entry: &Resource) -> Result<Option<String>, String> {
        let word = entry.update_replace_policy.as_ref().map(|policy| policy.as_str().to_owned());
        self.policy("UpdateReplacePolicy", word, entry, REPLACED)
    }

    fn policy(
        &self,
        name: &str,
        word: Option<String>,
        entry: &Resource,
        known: &[&str],
    ) -> Result<Option<String>, String> {
        let value = |value: &Value| self.value(value).map(|value| value.as_ref().and_then(text_of));
        let word = match (word, entry.others.get(name)) {
            (None, Some(function)) => value(function)?,
            (word, _) => word,
        };
        match word {
            Some(word) if !known.contains(&word.as_str()) => {
                Err(format!("Template error: {name} {word} is none of {}", known.join(", ")))
            }
            word => Ok(word),
        }
    }
}
