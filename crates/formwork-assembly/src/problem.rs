//! Problems: what is wrong with what somebody wrote, and where. Synth collects them and reports all of them at once.

use std::borrow::Cow;
use std::fmt;

use serde_json::{Value, json};

use crate::visible::{paragraph, visible};

/// One thing that is wrong, or questionable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The severity, which decides if synth stops.
    pub severity: Severity,
    /// The fault, with the wrong value: lower case, no full stop.
    pub message: String,
    /// The place in the source.
    pub location: Option<Location>,
    /// A hint on how to correct it.
    pub hint: Option<String>,
}

/// The severity of a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Synth goes on.
    Warning,
    /// Synth writes nothing.
    Error,
}

/// A place in the user's source.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location {
    /// As the compiler names it, relative to the workspace. The compiler's own text where there is one: an app has as many
    /// places as resources.
    pub file: Cow<'static, str>,
    /// Counted from one.
    pub line: u32,
}

impl Problem {
    /// A problem that stops synth.
    pub fn error(message: impl Into<String>) -> Self {
        Problem { severity: Severity::Error, message: message.into(), location: None, hint: None }
    }

    /// A problem that does not stop synth.
    pub fn warning(message: impl Into<String>) -> Self {
        Problem { severity: Severity::Warning, ..Problem::error(message) }
    }

    /// The same, at a place in the source.
    pub fn at(self, location: impl Into<Location>) -> Self {
        Problem { location: Some(location.into()), ..self }
    }

    /// The same, at a place in the source unless it has one.
    pub fn placed(self, location: impl Into<Location>) -> Self {
        if self.location.is_some() { self } else { self.at(location) }
    }

    /// The same, with advice.
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Problem { hint: Some(hint.into()), ..self }
    }

    pub(crate) fn to_json(&self) -> Value {
        let mut json = json!({ "severity": self.severity.as_str(), "message": self.message });
        if let Some(location) = &self.location {
            json["location"] = location.to_json();
        }
        if let Some(hint) = &self.hint {
            json["hint"] = json!(hint);
        }
        json
    }

    pub(crate) fn from_json(json: &Value) -> Option<Self> {
        Some(Problem {
            severity: match json["severity"].as_str()? {
                "warning" => Severity::Warning,
                _ => Severity::Error,
            },
            message: json["message"].as_str()?.to_owned(),
            location: Location::from_json(&json["location"]),
            hint: json["hint"].as_str().map(str::to_owned),
        })
    }
}

impl Severity {
    /// `error` or `warning`.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

impl Location {
    pub(crate) fn to_json(&self) -> Value {
        json!({ "file": self.file, "line": self.line })
    }

    pub(crate) fn from_json(json: &Value) -> Option<Self> {
        let line = u32::try_from(json["line"].as_u64()?).ok()?;
        Some(Location { file: json["file"].as_str()?.to_owned().into(), line })
    }
}

impl From<&'static std::panic::Location<'static>> for Location {
    fn from(place: &'static std::panic::Location<'static>) -> Self {
        Location { file: Cow::Borrowed(place.file()), line: place.line() }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", visible(&self.file), self.line)
    }
}

/// The problem as people read it, in two or three lines.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.severity.as_str(), paragraph(&self.message))?;
        if let Some(location) = &self.location {
            write!(f, "\n  --> {location}")?;
        }
        if let Some(hint) = &self.hint {
            write!(f, "\nhint: {}", paragraph(hint))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Location, Problem};

    #[test]
    fn a_problem_reads_as_one_whatever_is_in_it() {
        let place = Location { file: "lib\u{1b}[2J.rs\n".into(), line: 1 };
        let problem = Problem::error("`\u{202e}Queue` is\nerror: lost").at(place).hint("\r`a`\nhint: b");
        insta::assert_snapshot!(problem, @r"
        error: `\u{202e}Queue` is
            error: lost
          --> lib\u{1b}[2J.rs\n:1
        hint: \r`a`
            hint: b
        ");
    }
}
