//! `SOURCE.toml`: where the snapshot came from.

use std::collections::BTreeMap;
use std::path::Path;

use super::flavour_name;
use crate::SchemaError;
use crate::keywords::Flavour;

/// The source of a snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The place where the schemas were published, in words or as a URL.
    pub origin: String,
    /// The day they were published, `2026-10-20`.
    pub date: String,
    /// The digest over all schemas, [`super::digest`].
    pub sha256: String,
    /// Their licence.
    pub licence: String,
    /// AWS's own, or with cfn-lint's corrections.
    pub flavour: Flavour,
}

impl Source {
    /// The text form: plain TOML, five strings.
    pub fn to_text(&self) -> String {
        let mut text =
            String::from("# Where the schemas beside this file come from. Written by cargo xtask schemas update.\n");
        for (key, value) in [
            ("origin", self.origin.as_str()),
            ("date", &self.date),
            ("sha256", &self.sha256),
            ("licence", &self.licence),
            ("flavour", flavour_name(self.flavour)),
        ] {
            let value = value.replace('\\', "\\\\").replace('"', "\\\"");
            text.push_str(&format!("{key} = \"{value}\"\n"));
        }
        text
    }

    pub(super) fn parse(path: &Path, text: &str) -> Result<Source, SchemaError> {
        let bad = |reason: String| SchemaError::BadSnapshot { path: path.to_owned(), reason };
        let mut entries = BTreeMap::new();
        for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
            let (key, value) =
                line.split_once(" = ").ok_or_else(|| bad(format!("`{line}`, expected key = \"value\"")))?;
            let value = value.trim_matches('"').replace("\\\"", "\"").replace("\\\\", "\\");
            entries.insert(key, value);
        }
        let mut take = |key: &str| entries.remove(key).ok_or_else(|| bad(format!("`{key}` is missing")));
        let flavour = match take("flavour")?.as_str() {
            "aws" => Flavour::Aws,
            "cfn-lint" => Flavour::CfnLint,
            other => return Err(bad(format!("`flavour` is `{other}`, allowed are aws and cfn-lint"))),
        };
        Ok(Source {
            origin: take("origin")?,
            date: take("date")?,
            sha256: take("sha256")?,
            licence: take("licence")?,
            flavour,
        })
    }
}
