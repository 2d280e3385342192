//! Places within a resource or an entry: `DistributionConfig.Aliases[0]`.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;

/// The place in a value where something changed.
#[derive(Clone, Debug, Default)]
pub struct Path {
    /// From the outside to the inside.
    pub steps: Vec<Step>,
    /// Names of list items, by the place of their step. Two paths are one whatever the items are called.
    names: BTreeMap<usize, String>,
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
        let mut path = self.clone();
        path.steps.push(step);
        path
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

    /// Calls the item of a list, the step at `place`, by its name.
    pub(crate) fn call(&mut self, place: usize, name: String) {
        self.names.insert(place, name);
    }

    /// Calls all items by their places.
    pub(crate) fn forget_names(&mut self) {
        self.names.clear();
    }

    /// Name of the list item that is the step at `place`.
    pub(crate) fn called(&self, place: usize) -> Option<&str> {
        self.names.get(&place).map(String::as_str)
    }

    /// The path for people: `Environment[DB_HOST].Value` where the item has a name, `Environment[5].Value` where it has none.
    pub fn for_people(&self) -> String {
        self.spelled(|place| self.called(place))
    }

    fn spelled<'p>(&self, name_of: impl Fn(usize) -> Option<&'p str>) -> String {
        let mut text = String::new();
        for (place, step) in self.steps.iter().enumerate() {
            match step {
                Step::Name(name) => {
                    if place > 0 {
                        text.push('.');
                    }
                    let plain = name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | ':' | '/'));
                    if plain && !name.is_empty() { text += name } else { text += &format!("{name:?}") }
                }
                Step::Item { before, after } => match (name_of(place), after.or(*before)) {
                    (Some(name), _) => text += &format!("[{name}]"),
                    (None, Some(index)) => text += &format!("[{index}]"),
                    (None, None) => {}
                },
                Step::Tag(key) => text += &format!("[{key}]"),
            }
        }
        text
    }
}

impl From<Vec<Step>> for Path {
    fn from(steps: Vec<Step>) -> Self {
        Path { steps, names: BTreeMap::new() }
    }
}

impl PartialEq for Path {
    fn eq(&self, other: &Self) -> bool {
        self.steps == other.steps
    }
}

impl Eq for Path {}

impl PartialOrd for Path {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Path {
    fn cmp(&self, other: &Self) -> Ordering {
        self.steps.cmp(&other.steps)
    }
}

/// With the new index of a list's items; with the old one where there is no new one.
impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.spelled(|_| None))
    }
}
