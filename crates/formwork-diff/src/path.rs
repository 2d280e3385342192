//! Places within a resource or an entry: `DistributionConfig.Aliases[0]`.

use std::fmt;

/// Where in a value something changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Path {
    /// From the outside to the inside.
    pub steps: Vec<Step>,
}

/// One step of a [`Path`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// A key of an object.
    Name(String),
    /// An item of a list: where it was, and where it is. One that came has no `before`, one that went has no `after`.
    Item {
        /// Counted from zero, in the old list.
        before: Option<usize>,
        /// Counted from zero, in the new list.
        after: Option<usize>,
    },
    /// An item of a list of tags, by its `Key`.
    Tag(String),
}

impl Path {
    /// The path one step further in.
    pub(crate) fn with(&self, step: Step) -> Path {
        let mut steps = self.steps.clone();
        steps.push(step);
        Path { steps }
    }

    /// The path one name further in.
    pub(crate) fn name(&self, name: &str) -> Path {
        self.with(Step::Name(name.to_owned()))
    }

    /// The path as schemas spell it: `*` for the items of a list.
    pub(crate) fn names(&self) -> Vec<&str> {
        self.steps
            .iter()
            .map(|step| match step {
                Step::Name(name) => name.as_str(),
                Step::Item { .. } | Step::Tag(_) => "*",
            })
            .collect()
    }
}

/// With the new index of a list's items; with the old one where there is no new one.
impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, step) in self.steps.iter().enumerate() {
            match step {
                Step::Name(name) => {
                    let dot = if place == 0 { "" } else { "." };
                    let plain = name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | ':' | '/'));
                    if plain && !name.is_empty() {
                        write!(f, "{dot}{name}")?;
                    } else {
                        write!(f, "{dot}{name:?}")?;
                    }
                }
                Step::Item { before, after } => {
                    if let Some(index) = after.or(*before) {
                        write!(f, "[{index}]")?;
                    }
                }
                Step::Tag(key) => write!(f, "[{key}]")?,
            }
        }
        Ok(())
    }
}
