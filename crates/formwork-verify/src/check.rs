//! The result of a check: the question, the answer, and the judgement.

/// A check of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// The check's name, such as `dns-a`. It stays the same from version to version.
    pub id: &'static str,
    /// The name, zone or server that was checked.
    pub subject: String,
    /// The question, as one would ask it by hand; empty where none was asked.
    pub asked: String,
    /// The answer, a line each.
    pub saw: Vec<String>,
    /// The judgement.
    pub outcome: Outcome,
}

/// The judgement of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is as it should be.
    Pass,
    /// The site works, and something about it is worth a thought.
    Warning {
        /// The thought.
        what: String,
        /// A way to do better.
        hint: String,
    },
    /// It is not as it should be.
    Fail {
        /// The difference.
        what: String,
        /// A way out.
        hint: String,
    },
    /// There was nothing to check.
    NotApplicable {
        /// The reason.
        why: String,
    },
    /// There was no way to check it, so nobody knows.
    NotChecked {
        /// The reason.
        why: String,
    },
}

/// Everything that a run found, in a fixed order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The checks.
    pub checks: Vec<Check>,
}

impl Report {
    /// Checks that failed.
    pub fn failed(&self) -> impl Iterator<Item = &Check> {
        self.checks.iter().filter(|check| matches!(check.outcome, Outcome::Fail { .. }))
    }
}

/// Characters of a line of evidence. A server decides about its answers, so they are cut.
const MAX_LINE: usize = 240;
/// Lines of evidence of one check.
const MAX_LINES: usize = 12;

impl Check {
    /// A check that asks `asked` about `subject`, and has not judged yet.
    pub fn new(id: &'static str, subject: &str, asked: impl Into<String>) -> Check {
        Check { id, subject: subject.to_owned(), asked: asked.into(), saw: Vec::new(), outcome: Outcome::Pass }
    }

    /// A check without a question, since there is nothing to ask.
    pub fn not_applicable(id: &'static str, subject: &str, why: impl Into<String>) -> Check {
        Check::new(id, subject, "").skip(why)
    }

    /// A check without a question, since there is no way to ask it.
    pub fn not_checked(id: &'static str, subject: &str, why: impl Into<String>) -> Check {
        Check::new(id, subject, "").unknown(why)
    }

    /// Adds a line of evidence.
    pub fn saw(mut self, line: impl AsRef<str>) -> Check {
        match self.saw.len() {
            0..MAX_LINES => self.saw.push(shortened(line.as_ref())),
            MAX_LINES => self.saw.push("and more".to_owned()),
            _ => {}
        }
        self
    }

    /// Adds lines of evidence.
    pub fn saw_all<T: AsRef<str>>(self, lines: impl IntoIterator<Item = T>) -> Check {
        lines.into_iter().fold(self, Check::saw)
    }

    /// It is not as it should be.
    #[must_use]
    pub fn fail(mut self, what: impl Into<String>, hint: impl Into<String>) -> Check {
        self.outcome = Outcome::Fail { what: what.into(), hint: hint.into() };
        self
    }

    /// It works, and something about it is worth a thought.
    #[must_use]
    pub fn warn(mut self, what: impl Into<String>, hint: impl Into<String>) -> Check {
        self.outcome = Outcome::Warning { what: what.into(), hint: hint.into() };
        self
    }

    /// There was nothing to check.
    #[must_use]
    pub fn skip(mut self, why: impl Into<String>) -> Check {
        self.outcome = Outcome::NotApplicable { why: why.into() };
        self
    }

    /// There was no way to check it.
    #[must_use]
    pub fn unknown(mut self, why: impl Into<String>) -> Check {
        self.outcome = Outcome::NotChecked { why: why.into() };
        self
    }
}

/// A text of a server, cut where it is too long to be read.
pub(crate) fn shortened(text: &str) -> String {
    match text.char_indices().nth(MAX_LINE) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_is_bounded() {
        let check = Check::new("x", "y", "z").saw_all((0..1_000).map(|_| "ä".repeat(10_000)));
        assert_eq!(check.saw.len(), MAX_LINES + 1);
        assert!(check.saw.iter().all(|line| line.chars().count() <= MAX_LINE + 1), "{check:?}");
    }
}
