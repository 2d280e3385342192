//! The regions in which each type exists, as a text that reads and diffs well.
//!
//! ```text
//! regions af-south-1 ap-east-1 …
//! AWS::ACMPCA::Certificate all
//! AWS::APS::Scraper not ap-east-2 ca-west-1
//! AWS::AppIntegrations::Application in us-east-1 us-west-2
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::SchemaError;

/// The regions in which each type exists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Regions {
    /// Every region of which the types are known.
    pub known: BTreeSet<String>,
    /// The regions of each type.
    pub by_type: BTreeMap<String, BTreeSet<String>>,
}

impl Regions {
    /// Takes what is known of one region over what was known of it before.
    pub fn set<'t>(&mut self, region: &str, types: impl IntoIterator<Item = &'t str>) {
        for regions in self.by_type.values_mut() {
            regions.remove(region);
        }
        self.known.insert(region.to_owned());
        for type_name in types {
            self.by_type.entry(type_name.to_owned()).or_default().insert(region.to_owned());
        }
        self.by_type.retain(|_, regions| !regions.is_empty());
    }

    /// The text form.
    pub fn to_text(&self) -> String {
        let mut text = format!("regions {}\n", join(&self.known));
        for (type_name, regions) in &self.by_type {
            let missing: BTreeSet<String> = self.known.difference(regions).cloned().collect();
            let entry = if missing.is_empty() {
                "all".to_owned()
            } else if missing.len() < regions.len() {
                format!("not {}", join(&missing))
            } else {
                format!("in {}", join(regions))
            };
            text.push_str(&format!("{type_name} {entry}\n"));
        }
        text
    }

    pub(super) fn parse(path: &Path, text: &str) -> Result<Regions, SchemaError> {
        let mut found = Regions::default();
        for (index, line) in text.lines().enumerate() {
            let mut words = line.split(' ');
            let name = words.next().unwrap_or_default();
            if name == "regions" {
                found.known = words.map(str::to_owned).collect();
                continue;
            }
            let kind = words.next().unwrap_or_default();
            let listed: BTreeSet<String> = words.map(str::to_owned).collect();
            let regions = match kind {
                "all" => found.known.clone(),
                "not" => found.known.difference(&listed).cloned().collect(),
                "in" => listed,
                _ => {
                    return Err(SchemaError::BadSnapshot {
                        path: path.to_owned(),
                        reason: format!("line {}: `{kind}`, expected all, not or in", index + 1),
                    });
                }
            };
            found.by_type.insert(name.to_owned(), regions);
        }
        Ok(found)
    }
}

fn join(regions: &BTreeSet<String>) -> String {
    regions.iter().map(String::as_str).collect::<Vec<_>>().join(" ")
}
