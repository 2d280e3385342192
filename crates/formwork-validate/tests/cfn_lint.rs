//! cfn-lint 1.58.0's rules for errors beside ours: the table of them (`cfn_lint/rules.tsv`), and the inputs of its own tests.
//!
//! `cfn_lint/cases.jsonl` has what cfn-lint's unit tests hand to its rules (MIT-0), each put into a template, and where cfn-lint
//! itself then finds what the rule is about. Most of these templates lack something else, too. So a finding counts when it is at the
//! place, above or below it, and is not one that we have about inputs of the same rule that cfn-lint finds nothing wrong with.
//!
//! Missing findings of a rule that is taken, and inputs that we refuse and cfn-lint does not, are in the snapshots: read the difference.

use std::collections::{BTreeMap, BTreeSet};

use formwork_template::Template;
use formwork_validate::finding::rule;
use formwork_validate::{Finding, Options, Severity, Validator};
use serde_json::Value;

/// A rule of the table.
struct Row {
    verdict: &'static str,
    ours: &'static str,
    note: &'static str,
}

fn table() -> BTreeMap<&'static str, Row> {
    let lines = include_str!("cfn_lint/rules.tsv").lines().filter(|line| !line.starts_with('#'));
    let row = |line: &'static str| {
        let columns: Vec<&str> = line.split('\t').collect();
        let [id, _, verdict, ours, note] = columns.as_slice() else { panic!("five columns in `{line}`") };
        (*id, Row { verdict, ours, note })
    };
    lines.map(row).collect()
}

#[test]
fn the_table_is_in_order() {
    let mut wrong = Vec::new();
    for (id, row) in table() {
        let ours: Vec<&str> = row.ours.split(' ').filter(|ours| !ours.is_empty()).collect();
        wrong.extend(ours.iter().filter(|ours| !rule::ALL.contains(ours)).map(|ours| format!("{id}: no rule {ours}")));
        match row.verdict {
            "taken" if ours.is_empty() => wrong.push(format!("{id} is taken, and no rule of ours is named")),
            "taken" => {}
            "not-cloudformation" | "needs-account" if row.note.is_empty() => wrong.push(format!("{id}: why?")),
            "not-cloudformation" | "needs-account" => {}
            other => wrong.push(format!("{id}: `{other}`")),
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

/// True if one of the places is the other one, or is in it.
fn is_near(finding: &Finding, place: &str) -> bool {
    place.is_empty() || finding.path.iter().zip(place.split('/')).all(|(ours, theirs)| ours == theirs)
}

#[test]
fn inputs_of_its_unit_tests() {
    let table = table();
    let options = Options { region: Some("us-east-1".to_owned()), ..Options::default() };
    let mut validator = Validator::new();
    let mut cases = Vec::new();
    // Our findings about inputs that the rule itself takes.
    let mut usual: BTreeMap<String, BTreeSet<(String, String)>> = BTreeMap::new();
    for line in include_str!("cfn_lint/cases.jsonl").lines() {
        let case: Value = serde_json::from_str(line).expect("JSON");
        let id = case["rule"].as_str().unwrap_or_default().to_owned();
        let findings = match Template::from_json(&case["template"].to_string()) {
            Ok(template) => validator.validate(&template, &options),
            Err(_) => validator.validate_text(&case["template"].to_string(), "", &options),
        };
        let has_places = case["places"].as_array().is_some_and(|places| !places.is_empty());
        if !has_places {
            let said = findings.iter().map(|finding| (finding.place(), finding.message.clone()));
            usual.entry(id.clone()).or_default().extend(said);
        }
        cases.push((id, case, findings));
    }
    let (mut found, mut text) = (0, String::new());
    let mut reasons = Reasons::new();
    for (number, (id, case, findings)) in cases.iter().enumerate() {
        let number = number + 1;
        let is_new = |finding: &&Finding| {
            let said = (finding.place(), finding.message.clone());
            finding.severity == Severity::Error && !usual.get(id).is_some_and(|usual| usual.contains(&said))
        };
        let places = case["places"].as_array().into_iter().flatten().filter_map(Value::as_str);
        for place in places.filter(|_| table.get(id.as_str()).is_some_and(|row| row.verdict == "taken")) {
            if findings.iter().filter(is_new).any(|finding| is_near(finding, place)) {
                found += 1;
            } else {
                text += &reasons.of(&format!("case {number}: {id} is not found at {place}"));
            }
        }
        let is_taken_by_cfn_lint = case["errors"].as_array().is_some_and(Vec::is_empty);
        for finding in findings.iter().filter(|finding| is_taken_by_cfn_lint && finding.severity == Severity::Error) {
            text += &reasons.of(&format!("case {number} of {id}: refused by {} at {}", finding.rule, finding.place()));
        }
    }
    insta::assert_snapshot!(format!("{found} places found in {} inputs\n{text}", cases.len()));
    reasons.are_all_used();
}

/// The reasons of what is not found, or refused: `cfn_lint/reasons.tsv`.
struct Reasons(BTreeMap<&'static str, &'static str>);

impl Reasons {
    fn new() -> Reasons {
        let lines = include_str!("cfn_lint/reasons.tsv").lines().filter(|line| line.starts_with("case "));
        Reasons(lines.filter_map(|line| line.split_once('\t')).collect())
    }

    /// The line with its reason, which is used up.
    fn of(&mut self, line: &str) -> String {
        let reason = self.0.remove(line).unwrap_or_else(|| panic!("`{line}` has no reason in cfn_lint/reasons.tsv"));
        format!("{line}: {reason}\n")
    }

    fn are_all_used(&self) {
        assert_eq!(self.0.keys().collect::<Vec<_>>(), Vec::<&&str>::new(), "reasons without their lines");
    }
}
