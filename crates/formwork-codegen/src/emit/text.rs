//! Text that grows line by line.

use std::fmt::Write as _;

use crate::docs;

/// The text that is written so far.
#[derive(Default)]
pub(super) struct Text(pub(super) String);

impl Text {
    /// A line; writing to a `String` cannot fail.
    pub(super) fn line(&mut self, line: std::fmt::Arguments<'_>) {
        let _ = self.0.write_fmt(line);
        self.0.push('\n');
    }

    /// A doc comment: a first line, and a description below it if there is one.
    pub(super) fn doc(&mut self, indent: &str, first: &str, description: &str) {
        self.line(format_args!("{indent}/// {first}"));
        let description = docs::clean(description);
        if !description.is_empty() {
            self.line(format_args!("{indent}///"));
            self.line(format_args!("{indent}/// {description}"));
        }
    }
}

macro_rules! line {
    ($text:expr, $($argument:tt)*) => { $text.line(format_args!($($argument)*)) };
}
pub(super) use line;
