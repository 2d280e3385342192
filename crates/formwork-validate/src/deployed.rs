//! Findings about what AWS offers, beside what is deployed: a database of a version that is no longer offered stays, and so the finding
//! is a warning for as long as what it is about is not changed.

use formwork_template::{Style, Template};
use serde_json::Value;

use crate::finding::{Finding, Severity};

/// Makes warnings of the errors about what ages and stays as it is deployed.
pub fn soften(findings: &mut [Finding], template: &Template, deployed: &Template) {
    if findings.iter().all(|finding| finding.ages.is_empty()) {
        return;
    }
    let (Some(now), Some(before)) = (json(template), json(deployed)) else { return };
    for finding in findings.iter_mut().filter(|finding| finding.severity == Severity::Error && !finding.ages.is_empty())
    {
        let is_same_resource = |path: &[String]| {
            let kind = |whole: &'_ Value| at(whole, path.get(..2)?)?.get("Type").cloned();
            kind(&now).is_some() && kind(&now) == kind(&before)
        };
        if finding.ages.iter().all(|path| is_same_resource(path) && stays(path, &now, &before)) {
            finding.severity = Severity::Warning;
            finding.hint = Some("it stays as it is deployed; a new one would be refused".to_owned());
        }
    }
}

/// True if the value at a place is the same in both, and means the same.
fn stays(path: &[String], now: &Value, before: &Value) -> bool {
    let value = at(now, path);
    if value != at(before, path) {
        return false;
    }
    // The values of functions depend on these sections, too.
    let has_functions = path.iter().any(|segment| segment == "Fn::If") || value.is_some_and(has_function);
    !has_functions
        || ["Parameters", "Mappings", "Conditions"].iter().all(|section| now.get(section) == before.get(section))
}

fn has_function(value: &Value) -> bool {
    match value {
        Value::Object(entries) => {
            entries.keys().any(|key| key == "Ref" || key.starts_with("Fn::")) || entries.values().any(has_function)
        }
        Value::Array(items) => items.iter().any(has_function),
        _ => false,
    }
}

fn json(template: &Template) -> Option<Value> {
    serde_json::from_str(&template.to_json(Style::Compact).0).ok()
}

fn at<'v>(value: &'v Value, path: &[String]) -> Option<&'v Value> {
    path.iter().try_fold(value, |value, segment| match value {
        Value::Array(items) => items.get(segment.parse::<usize>().ok()?),
        other => other.get(segment),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Options, validate};

    const FUNCTION: &str = r#"{"Mappings": {"Of": {"x": {"y": "nodejs12.x"}}}, "Resources": {"F": {"Type": "AWS::Lambda::Function",
        "Properties": {"Code": {"S3Bucket": "b", "S3Key": "k"}, "Handler": "h", "Role": "arn:aws:iam::123456789012:role/r", "Runtime": RUNTIME}}}}"#;
    const DATABASE: &str = r#"{"Resources": {"D": {"Type": "AWS::RDS::DBInstance", "Properties": {"AllocatedStorage": "20",
        "DBInstanceClass": "db.t3.micro", "Engine": "mysql", "EngineVersion": "5.6.10", "MasterUsername": "u"}}}}"#;

    #[track_caller]
    fn severities(now: &str, before: &str) -> Vec<(Severity, &'static str)> {
        let read = |text: &str| Template::from_json(text).expect("a template");
        let options = Options { region: Some("us-east-1".to_owned()), ..Options::default() };
        let mut findings = validate(&read(now), &options);
        soften(&mut findings, &read(now), &read(before));
        findings
            .iter()
            .filter(|finding| !finding.ages.is_empty())
            .map(|finding| (finding.severity, finding.rule))
            .collect()
    }

    #[test]
    fn what_stays_is_a_warning_and_what_changes_an_error() {
        let old = DATABASE;
        assert_eq!(severities(old, old), [(Severity::Warning, "not-offered")]);
        let other = old.replace("AllocatedStorage\": \"20", "AllocatedStorage\": \"30");
        assert_eq!(severities(&other, old), [(Severity::Warning, "not-offered")]);
        let version = old.replace("5.6.10", "5.6.11");
        assert_eq!(severities(&version, old), [(Severity::Error, "not-offered")]);
        let kind = old.replace("AWS::RDS::DBInstance", "AWS::S3::Bucket");
        assert_eq!(severities(old, &kind), [(Severity::Error, "not-offered")]);
        assert_eq!(severities(old, r#"{"Resources": {}}"#), [(Severity::Error, "not-offered")]);
    }

    #[test]
    fn what_a_function_gives_can_change_elsewhere() {
        let old = FUNCTION.replace("RUNTIME", r#"{"Fn::FindInMap": ["Of", "x", "y"]}"#);
        assert_eq!(severities(&old, &old), [(Severity::Warning, "not-offered")]);
        let now = old.replace("nodejs12.x", "nodejs10.x");
        assert_eq!(severities(&now, &old), [(Severity::Error, "not-offered")]);
    }
}
