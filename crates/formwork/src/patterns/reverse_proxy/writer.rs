//! Writes nginx's configuration with its indentation.
//!
//! A word that comes from a user has been checked before it gets here: no character of it means anything to nginx. The test of hostile
//! values in `tests/` holds every field to that.

/// The text, and how deep in blocks it is.
pub(super) struct Writer {
    text: String,
    depth: usize,
}

impl Writer {
    pub(super) fn new() -> Self {
        Writer { text: String::new(), depth: 0 }
    }

    pub(super) fn line(&mut self, line: &str) {
        if !line.is_empty() {
            self.text.push_str(&"    ".repeat(self.depth));
            self.text.push_str(line);
        }
        self.text.push('\n');
    }

    pub(super) fn blank(&mut self) {
        self.line("");
    }

    /// A directive of one line.
    pub(super) fn set(&mut self, name: &str, value: impl std::fmt::Display) {
        self.line(&format!("{name} {value};"));
    }

    pub(super) fn block(&mut self, head: &str, body: impl FnOnce(&mut Self)) {
        self.line(&format!("{head} {{"));
        self.depth += 1;
        body(self);
        self.depth -= 1;
        self.line("}");
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }
}
