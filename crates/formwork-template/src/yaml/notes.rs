//! Notes that are taken while YAML is read: places, mistakes that reading goes on behind, and values that are meant otherwise.

use crate::function::Function;
use crate::read::error::{ReadError, Remark, RemarkKind};
use crate::value::Value;
use crate::yaml::cursor::Mark;
use crate::yaml::entries::Repeated;

/// The place of a value in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Names of keys and indexes of lists, from the root.
    pub path: Vec<String>,
    /// Counted from one. Of an entry, where its key stands.
    pub line: usize,
    /// Counted from one.
    pub column: usize,
}

/// Result of reading a text.
#[derive(Debug, Default)]
pub(crate) struct Document {
    /// Nothing where the text is not YAML; then the last mistake says why.
    pub(crate) value: Option<Value>,
    pub(crate) mistakes: Vec<ReadError>,
    pub(crate) remarks: Vec<Remark>,
    pub(crate) places: Vec<Place>,
}

/// Notes that are wanted of a text beside its values.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Wanted {
    /// The place of each entry is wanted.
    pub(crate) places: bool,
    /// The text is JSON, which has fewer traps.
    pub(crate) is_json: bool,
}

/// One step of a path, spelled only where a path is asked for.
pub(super) enum Step {
    Key(String),
    Item(usize),
}

#[derive(Default)]
pub(super) struct Notes {
    pub(super) wanted: Wanted,
    pub(super) path: Vec<Step>,
    pub(super) found: Document,
}

impl Notes {
    pub(super) fn repeated(&mut self, repeated: Repeated, mark: Mark) {
        // Findings are about the entry that holds.
        for place in self.found.places.get_mut(repeated.places).into_iter().flatten() {
            place.line = 0;
        }
        let message = format!("the key `{}` is given twice, the last one holds", repeated.key);
        let hint = format!("remove the one in line {}, or give it another name", repeated.line);
        let mut path = self.path();
        path.push(repeated.key);
        let (line, column) = (mark.line + 1, mark.column + 1);
        self.found.remarks.push(Remark { kind: RemarkKind::RepeatedKey, path, line, column, message, hint });
    }

    pub(super) fn alias(&mut self, name: &str, mark: Mark) -> Value {
        let message = format!("`*{name}` is an alias, and YAML aliases are not allowed in CloudFormation templates");
        self.refuse(mark, &message, "write the value out; `aws cloudformation package` does it, too");
        unreadable()
    }

    /// `NO: …`. Whether CloudFormation refuses such a key is not documented; if it takes it, then as the text of the boolean, so
    /// that a value `NO` finds it. A name, as `Conditions` have them, is looked up by a text in any case and stays as it is.
    pub(super) fn boolean_key(&mut self, text: &str, value: bool, mark: Mark) -> String {
        let key = if self.path.len() == 1 { text.to_owned() } else { value.to_string() };
        self.path.push(Step::Key(key.clone()));
        self.unquoted(text, &format!("the boolean `{value}`, and keys must be texts"), mark);
        self.path.pop();
        key
    }

    /// A key that CloudFormation does not take, under the name that comes next to it.
    pub(super) fn refused_key(&mut self, text: &str, mark: Mark, reason: &str, hint: &str) -> String {
        self.path.push(Step::Key(text.to_owned()));
        self.refuse(mark, reason, hint);
        self.path.pop();
        text.to_owned()
    }

    /// Notes where the entry at the path stands; the number of entries before it.
    pub(super) fn place(&mut self, mark: Mark) -> usize {
        let count = self.found.places.len();
        if self.wanted.places {
            let (path, line, column) = (self.path(), mark.line + 1, mark.column + 1);
            self.found.places.push(Place { path, line, column });
        }
        count
    }

    pub(super) fn path(&self) -> Vec<String> {
        let spell = |step: &Step| match step {
            Step::Key(name) => name.clone(),
            Step::Item(index) => index.to_string(),
        };
        self.path.iter().map(spell).collect()
    }

    pub(super) fn refuse(&mut self, mark: Mark, reason: &str, hint: &str) {
        let (path, line, column) = (self.path(), mark.line + 1, mark.column + 1);
        let (reason, hint) = (reason.to_owned(), hint.to_owned());
        self.found.mistakes.push(ReadError::Refused { path, line, column, reason, hint });
    }

    pub(super) fn unquoted(&mut self, text: &str, meaning: &str, mark: Mark) {
        let (path, line, column) = (self.path(), mark.line + 1, mark.column + 1);
        let message = format!("`{text}` is {meaning}");
        let hint = format!("quote it if it is meant as a text: `\"{text}\"`");
        self.found.remarks.push(Remark { kind: RemarkKind::Unquoted, path, line, column, message, hint });
    }
}

/// In the place of what cannot be read: a macro, which may come to anything.
pub(super) fn unreadable() -> Value {
    Function::Transform { name: "Unreadable".to_owned(), parameters: None }.into()
}
