//! The report of a stack program: the last line that it prints, for the command that runs it.

use serde_json::{Value, json};

use crate::lookup::Lookup;
use crate::problem::{Problem, Severity};

/// Report of a stack program to the command that runs it: one line of JSON on its standard output.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// All problems, in the order of the source.
    pub problems: Vec<Problem>,
    /// Look-ups whose answers the app was not given. If there are any, an assembly was not written.
    pub missing: Vec<Lookup>,
}

impl Report {
    /// Problems, and nothing else.
    pub fn new(problems: Vec<Problem>) -> Self {
        Report { problems, missing: Vec::new() }
    }

    /// True if none of the problems is an error.
    pub fn is_ok(&self) -> bool {
        self.problems.iter().all(|problem| problem.severity != Severity::Error)
    }

    /// One line of JSON.
    pub fn to_json(&self) -> String {
        let mut json = json!({ "problems": self.problems.iter().map(Problem::to_json).collect::<Vec<_>>() });
        if !self.missing.is_empty() {
            json["missing"] = self.missing.iter().map(Lookup::to_json).collect();
        }
        json.to_string()
    }

    /// Reads what [`Report::to_json`] wrote; `None` if `text` is something else.
    pub fn from_json(text: &str) -> Option<Self> {
        let json: Value = serde_json::from_str(text).ok()?;
        let problems = json["problems"].as_array()?.iter().map(Problem::from_json).collect::<Option<_>>()?;
        let missing = json["missing"].as_array().into_iter().flatten().map(Lookup::from_json).collect::<Option<_>>()?;
        Some(Report { problems, missing })
    }
}
