//! The report of a stack program: the last line that it prints, for the command that runs it.

use std::fmt;

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

/// As people read it: each problem as the commands print it, then the look-ups.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let missing = self.missing.iter().map(|lookup| format!("error: nobody has looked up {lookup} yet"));
        let all: Vec<String> = self.problems.iter().map(ToString::to_string).chain(missing).collect();
        f.write_str(&all.join("\n\n"))
    }
}

#[cfg(test)]
mod tests {
    use crate::lookup::Lookup;
    use crate::problem::Problem;

    use super::Report;

    #[test]
    fn a_report_reads_as_the_commands_print_it() {
        let json = serde_json::json!({ "type": "AWS::EC2::Instance", "region": "eu-west-1", "identifier": "i-1", "wanted": ["VpcId"] });
        let problem = Problem::error("`a b` is not a logical id").hint("letters and digits are allowed");
        let report = Report { problems: vec![problem], missing: vec![Lookup::from_json(&json).unwrap()] };
        insta::assert_snapshot!(report, @"
        error: `a b` is not a logical id
        hint: letters and digits are allowed

        error: nobody has looked up the instance `i-1` in eu-west-1 yet
        ");
    }
}
