//! Findings as SARIF 2.1.0, which code scanning services read.
//!
//! Source: OASIS, Static Analysis Results Interchange Format (SARIF) Version 2.1.0; its JSON schema holds every document in the tests.

use formwork_assembly::Problem;
use formwork_validate::{Finding, Severity, finding};
use serde_json::{Map, Value, json};

use crate::error::CliError;

/// The warnings of synth, and the findings of several templates, each by its stack's id or its file.
pub(crate) fn document(found: &[(String, Vec<Finding>)], problems: &[Problem]) -> Value {
    let findings = found.iter().flat_map(|(id, findings)| findings.iter().map(move |finding| result(id, finding)));
    of_results(problems.iter().map(of_problem).chain(findings).collect())
}

/// The problems that kept the templates from being validated; of another reason, which stands in no source, only that it did not end well.
pub(crate) fn stopped(error: &CliError) -> Value {
    let mut document = of_results(error.problems.iter().map(of_problem).collect());
    let text = error.causes.iter().fold(error.message.clone(), |text, cause| format!("{text}: {cause}"));
    document["runs"][0]["invocations"] = json!([{
        "executionSuccessful": false,
        "toolExecutionNotifications": [{ "level": "error", "message": { "text": text } }],
    }]);
    document
}

fn of_results(results: Vec<Value>) -> Value {
    let rules: Vec<Value> = finding::rule::ALL.iter().map(|rule| json!({ "id": rule })).collect();
    json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "formwork", "version": env!("CARGO_PKG_VERSION"), "rules": rules } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn result(id: &str, finding: &Finding) -> Value {
    let mut text = finding.message.clone();
    if let Some(allowed) = &finding.allowed {
        text += &format!("; allowed: {allowed}");
    }
    if let Some(hint) = &finding.hint {
        text += &format!("; hint: {hint}");
    }
    let mut result = Map::new();
    result.insert("ruleId".to_owned(), json!(finding.rule));
    if let Some(index) = finding::rule::ALL.iter().position(|rule| *rule == finding.rule) {
        result.insert("ruleIndex".to_owned(), json!(index));
    }
    let level = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Acknowledged => "note",
    };
    result.insert("level".to_owned(), json!(level));
    result.insert("message".to_owned(), json!({ "text": text }));
    let mut place = Map::new();
    if let Some(location) = &finding.location {
        let physical = physical(&location.file, location.line, location.column);
        place.insert("physicalLocation".to_owned(), physical);
    }
    // Of one stack, the place in its template, which moves less than a line does.
    let logical = if finding.path.is_empty() { id.to_owned() } else { format!("{id}: {}", finding.place()) };
    place.insert("logicalLocations".to_owned(), json!([{ "fullyQualifiedName": logical }]));
    result.insert("locations".to_owned(), json!([place]));
    if finding.severity == Severity::Acknowledged {
        let reason = finding.reason.clone().unwrap_or_default();
        result.insert("suppressions".to_owned(), json!([{ "kind": "inSource", "justification": reason }]));
    }
    Value::Object(result)
}

/// A problem of synth has no rule, and is of no one template.
fn of_problem(problem: &Problem) -> Value {
    let text = problem.hint.iter().fold(problem.message.clone(), |text, hint| format!("{text}; hint: {hint}"));
    let mut result = json!({ "level": problem.severity.as_str(), "message": { "text": text } });
    if let Some(location) = &problem.location {
        result["locations"] = json!([{ "physicalLocation": physical(&location.file, location.line, None) }]);
    }
    result
}

fn physical(file: &str, line: u32, column: Option<u32>) -> Value {
    let mut region = Map::from_iter([("startLine".to_owned(), json!(line.max(1)))]);
    if let Some(column) = column {
        region.insert("startColumn".to_owned(), json!(column.max(1)));
    }
    json!({ "artifactLocation": { "uri": uri(file) }, "region": region })
}

/// A path as a reference: relative to the workspace, or with its scheme.
fn uri(path: &str) -> String {
    let path = path.replace('\\', "/");
    let mut uri = match path.as_bytes() {
        [b'/', ..] => "file://".to_owned(),
        [_, b':', b'/', ..] => "file:///".to_owned(),
        _ => String::new(),
    };
    let has_drive = uri.len() == "file:///".len();
    for (place, byte) in path.bytes().enumerate() {
        let is_plain = byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
        let is_drive = has_drive && place == 1;
        match is_plain || is_drive {
            true => uri.push(char::from(byte)),
            false => uri += &format!("%{byte:02X}"),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::uri;

    #[test]
    fn paths_become_references() {
        let all = ["src/lib.rs", "/srv/a b/ü.yaml", r"C:\stacks\a#b.json", "a:b.json", "100%?.json"];
        insta::assert_snapshot!(all.map(uri).join("\n"), @"
        src/lib.rs
        file:///srv/a%20b/%C3%BC.yaml
        file:///C:/stacks/a%23b.json
        a%3Ab.json
        100%25%3F.json
        ");
    }
}
