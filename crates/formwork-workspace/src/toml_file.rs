//! A TOML file that people write, read so that every mistake in it has its line.

use std::borrow::Cow;
use std::ops::Range;

use formwork_assembly::{Location, Problem, did_you_mean};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::error::names;

/// A file while it is read.
pub(crate) struct Reader<'t> {
    /// As problems name it, relative to the workspace.
    file: String,
    text: &'t str,
    pub(crate) problems: Vec<Problem>,
}

/// A value, with its place.
pub(crate) type Entry<'t> = Spanned<DeValue<'t>>;

impl<'t> Reader<'t> {
    pub(crate) fn new(file: &str, text: &'t str) -> Self {
        Reader { file: file.to_owned(), text, problems: Vec::new() }
    }

    /// The file's tables, as far as it is TOML.
    pub(crate) fn parse(&mut self) -> Spanned<DeTable<'t>> {
        let (file, errors) = DeTable::parse_recoverable(self.text);
        for error in errors {
            let message = error.message().lines().next().unwrap_or_default().to_owned();
            self.problem(error.span().unwrap_or_default(), format!("this is not TOML: {message}"), None);
        }
        file
    }

    pub(crate) fn text(&mut self, value: &Entry<'t>, what: &str, allowed: &str) -> Option<String> {
        let text = value.get_ref().as_str().filter(|text| !text.is_empty());
        if text.is_none() {
            self.wrong(value, what, allowed);
        }
        text.map(str::to_owned)
    }

    pub(crate) fn table<'v>(&mut self, value: &'v Entry<'t>, what: &str, allowed: &str) -> Option<&'v DeTable<'t>> {
        let table = value.get_ref().as_table();
        if table.is_none() {
            self.wrong(value, what, allowed);
        }
        table
    }

    pub(crate) fn unknown(&mut self, key: &Spanned<Cow<'t, str>>, of: &str, known: &[&str]) {
        let listed: Vec<String> = known.iter().map(|key| (*key).to_owned()).collect();
        let hint = match did_you_mean(key.get_ref(), known.iter().copied()) {
            Some(close) => format!("did you mean `{close}`?"),
            None => format!("{of} has {}", names(&listed)),
        };
        self.problem(key.span(), format!("`{}` is not a key of {of}", key.get_ref()), Some(hint));
    }

    pub(crate) fn wrong(&mut self, value: &Entry<'t>, what: &str, allowed: &str) {
        let written = self.text.get(value.span()).unwrap_or_default();
        let first = written.lines().next().unwrap_or_default();
        let written = if written == first { format!("`{first}`") } else { format!("`{first} …`") };
        self.problem(value.span(), format!("{what} is {written}"), Some(format!("it is {allowed}")));
    }

    pub(crate) fn problem(&mut self, span: Range<usize>, message: String, hint: Option<String>) {
        let problem = Problem { hint, ..Problem::error(message).at(self.location(&span)) };
        self.problems.push(problem);
    }

    pub(crate) fn location(&self, span: &Range<usize>) -> Location {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        Location { file: self.file.clone().into(), line: u32::try_from(line).unwrap_or(u32::MAX) }
    }
}
