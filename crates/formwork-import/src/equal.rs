//! When two templates mean the same.

use std::collections::BTreeSet;

use formwork_template::{Style, Template};
use serde_json::{Map, Value};

/// Where two templates differ in meaning, as paths of names with both values; none when they mean the same.
///
/// This is the whole definition. Both are compared as they were read, where YAML's scalars are resolved as CloudFormation does
/// and the forms of an intrinsic function are one (`!GetAtt A.B`, `"Fn::GetAtt": "A.B"` and `"Fn::GetAtt": ["A", "B"]`). Then:
///
/// - the order of keys says nothing;
/// - a section, `Properties`, `Metadata` or `DependsOn` that is empty is the same as one that is not there;
/// - `DependsOn` is a set, and a single name is a set of one;
/// - numbers are equal when their values are: `1.0` is `1`;
/// - `AWSTemplateFormatVersion` has one value only, and says nothing.
///
/// Nothing else is equal: the text `"80"` is not the number `80`, though CloudFormation would convert it.
pub fn differences(one: &Template, other: &Template) -> Vec<String> {
    let mut found = Vec::new();
    compare("", &canonical(one), &canonical(other), &mut found);
    found
}

fn canonical(template: &Template) -> Value {
    let written = template.write_json(Style::Compact).text;
    // What the writer wrote is JSON.
    let mut root: Map<String, Value> = serde_json::from_slice(&written).unwrap_or_default();
    root.remove("AWSTemplateFormatVersion");
    root.retain(|_, section| !is_empty(section));
    if let Some(Value::Object(resources)) = root.get_mut("Resources") {
        for resource in resources.values_mut().filter_map(Value::as_object_mut) {
            for attribute in ["Properties", "Metadata", "DependsOn"] {
                if resource.get(attribute).is_some_and(is_empty) {
                    resource.remove(attribute);
                }
            }
            if let Some(depends_on) = resource.get_mut("DependsOn") {
                let ids: BTreeSet<String> = match depends_on {
                    Value::String(id) => [id.clone()].into(),
                    Value::Array(ids) => ids.iter().filter_map(|id| id.as_str().map(str::to_owned)).collect(),
                    _ => continue,
                };
                *depends_on = ids.into_iter().map(Value::String).collect();
            }
        }
    }
    Value::Object(root)
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Object(entries) => entries.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

fn compare(path: &str, one: &Value, other: &Value, found: &mut Vec<String>) {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            let keys: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
            for key in keys {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                match (one.get(key), other.get(key)) {
                    (Some(one), Some(other)) => compare(&path, one, other, found),
                    (Some(one), None) => found.push(format!("{path}: {one} and nothing")),
                    (None, Some(other)) => found.push(format!("{path}: nothing and {other}")),
                    (None, None) => {}
                }
            }
        }
        (Value::Array(ones), Value::Array(others)) if ones.len() == others.len() => {
            for (index, (one, other)) in ones.iter().zip(others).enumerate() {
                compare(&format!("{path}[{index}]"), one, other, found);
            }
        }
        (Value::Number(a), Value::Number(b)) if (a.is_f64() || b.is_f64()) && a.as_f64() == b.as_f64() => {}
        _ if one == other => {}
        _ => found.push(format!("{path}: {one} and {other}")),
    }
}

#[cfg(test)]
mod tests {
    use formwork_template::Template;

    use super::differences;

    #[track_caller]
    fn check(one: &str, other: &str, expected: &[&str]) {
        let read = |text: &str| Template::from_text(text).unwrap();
        assert_eq!(differences(&read(one), &read(other)), expected);
        assert_eq!(differences(&read(other), &read(one)).len(), expected.len());
    }

    #[test]
    fn what_means_the_same() {
        check(
            "AWSTemplateFormatVersion: 2010-09-09\nResources:\n  A:\n    Type: T\n    DependsOn: [C, B]\n    Properties:\n      P: !GetAtt B.Arn\n      N: 1",
            r#"{"Outputs":{},"Resources":{"A":{"Type":"T","Properties":{"N":1.0,"P":{"Fn::GetAtt":["B","Arn"]}},"DependsOn":["B","C"]}}}"#,
            &[],
        );
        check(
            "{\"Resources\":{\"A\":{\"Type\":\"T\",\"DependsOn\":[\"B\"]}}}",
            "Resources:\n  A: {Type: T, DependsOn: B, Properties: {}}",
            &[],
        );
    }

    #[test]
    fn what_does_not() {
        check(
            "Resources:\n  A: {Type: T, Properties: {P: 80, Q: [1, 2], R: 1}}",
            "Resources:\n  A: {Type: T, Properties: {P: '80', Q: [2, 1]}}",
            &[
                "Resources.A.Properties.P: 80 and \"80\"",
                "Resources.A.Properties.Q[0]: 1 and 2",
                "Resources.A.Properties.Q[1]: 2 and 1",
                "Resources.A.Properties.R: 1 and nothing",
            ],
        );
    }
}
