//! The crates that have the services.
//!
//! The generated types are spread over crates of about equal size, the shards, so that cargo compiles them side by side
//! and no compiler needs the memory for all. `formwork-resources` offers the modules of all shards as its own; nobody
//! else names a shard.
//!
//! The place of a feature's services is written down in `shards.txt`. A line there never changes: a service that grows stays
//! where it is, and a new one goes to the shard that is the smallest on that day.

use std::collections::BTreeMap;
use std::path::Path;

use formwork_schema::SchemaError;

use crate::CodegenError;

/// The shards, each the crate `formwork-resources-<name>`.
pub const NAMES: [&str; 8] = ["a", "b", "c", "d", "e", "f", "g", "h"];

/// The shard of each feature.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shards {
    by_feature: BTreeMap<String, String>,
}

impl Shards {
    /// Reads `shards.txt`.
    ///
    /// # Errors
    ///
    /// When a line is not a feature and a shard.
    pub fn parse(path: &Path, text: &str) -> Result<Shards, CodegenError> {
        let mut by_feature = BTreeMap::new();
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            match line.split_once(' ') {
                Some((feature, shard)) if NAMES.contains(&shard) => {
                    by_feature.insert(feature.to_owned(), shard.to_owned());
                }
                _ => {
                    return Err(SchemaError::BadSnapshot {
                        path: path.to_owned(),
                        reason: format!("`{line}`, expected a feature and one of {}", NAMES.join(", ")),
                    }
                    .into());
                }
            }
        }
        Ok(Shards { by_feature })
    }

    /// The text of `shards.txt`.
    pub fn to_text(&self) -> String {
        let mut text = String::from(
            "# Which shard has the services of which feature. Written by cargo xtask codegen when a feature is new; a line\n\
             # that is here stays, whatever the sizes become: nothing that is published moves.\n",
        );
        for (feature, shard) in &self.by_feature {
            text.push_str(&format!("{feature} {shard}\n"));
        }
        text
    }

    /// Gives every new feature a place, the largest first, and forgets those that are no more. `sizes` are the bytes of the
    /// generated text, by feature.
    #[must_use]
    pub fn with(mut self, sizes: &BTreeMap<String, usize>) -> Shards {
        self.by_feature.retain(|feature, _| sizes.contains_key(feature));
        let mut load: BTreeMap<&str, usize> = NAMES.iter().map(|name| (*name, 0)).collect();
        for (feature, shard) in &self.by_feature {
            if let Some(load) = load.get_mut(shard.as_str()) {
                *load += sizes.get(feature).copied().unwrap_or_default();
            }
        }
        let mut new: Vec<(&String, usize)> = sizes
            .iter()
            .filter(|(feature, _)| !self.by_feature.contains_key(*feature))
            .map(|(feature, size)| (feature, *size))
            .collect();
        // Stable: among equals, names decide.
        new.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
        let mut placed = Vec::new();
        for (feature, size) in new {
            let smallest = load.iter_mut().min_by_key(|(_, load)| **load);
            if let Some((name, load)) = smallest {
                *load += size;
                placed.push((feature.clone(), (*name).to_owned()));
            }
        }
        self.by_feature.extend(placed);
        self
    }

    /// The shard of a feature.
    pub fn shard_of(&self, feature: &str) -> Option<&str> {
        self.by_feature.get(feature).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use super::{NAMES, Shards};

    fn sizes(list: &[(&str, usize)]) -> BTreeMap<String, usize> {
        list.iter().map(|(name, size)| ((*name).to_owned(), *size)).collect()
    }

    #[test]
    fn the_largest_come_first_and_each_to_the_smallest_shard() {
        let list: Vec<(String, usize)> = (1..=9).map(|size| (format!("service{size}"), size)).collect();
        let shards = Shards::default().with(&list.into_iter().collect());
        assert_eq!(shards.shard_of("service9"), Some("a"));
        assert_eq!(shards.shard_of("service2"), Some("h"));
        assert_eq!(shards.shard_of("service1"), Some("h"));
    }

    #[test]
    fn nothing_moves() {
        let before = Shards::default().with(&sizes(&[("ec2", 50), ("sns", 2), ("sqs", 1), ("gone", 7)]));
        let after = before.clone().with(&sizes(&[("ec2", 1), ("new", 900), ("sns", 400), ("sqs", 800)]));
        for feature in ["ec2", "sns", "sqs"] {
            assert_eq!(after.shard_of(feature), before.shard_of(feature));
        }
        assert_eq!(after.shard_of("gone"), None);
        // Four shards have something; the new one takes an empty one.
        assert_eq!(after.shard_of("new"), Some(NAMES[1]));
    }

    #[test]
    fn the_text_reads_back() {
        let shards = Shards::default().with(&sizes(&[("ec2", 50), ("sns", 2)]));
        assert_eq!(Shards::parse(Path::new("shards.txt"), &shards.to_text()).expect("readable"), shards);
        let error = Shards::parse(Path::new("shards.txt"), "ec2 z\n").expect_err("refused").to_string();
        assert_eq!(error, "shards.txt: `ec2 z`, expected a feature and one of a, b, c, d, e, f, g, h");
    }
}
