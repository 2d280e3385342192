//! When two templates mean the same.

use std::collections::BTreeSet;

use formwork_schema::ir::{Property, Type};
use formwork_template::{Style, Template};
use serde_json::{Map, Value};

use crate::catalog::{Catalog, Known};
use crate::convert::converted;

/// The differences in meaning between two templates, as paths of names with both values; none when they mean the same.
///
/// This is the whole definition. Both are compared as they were read, where YAML's scalars are resolved as CloudFormation does
/// and the forms of an intrinsic function are one (`!GetAtt A.B`, `"Fn::GetAtt": "A.B"` and `"Fn::GetAtt": ["A", "B"]`). Then:
///
/// - the order of keys says nothing;
/// - a section, `Properties`, `Metadata` or `DependsOn` that is empty is the same as one that is not there;
/// - `DependsOn` is a set, and a single name is a set of one;
/// - numbers are equal when their values are: `1.0` is `1`;
/// - where a resource's type has a text, a number or a boolean, the text `"80"` is the number `80`, and `"true"` is `true`, as
///   CloudFormation converts them; `"080"` is not;
/// - `AWSTemplateFormatVersion` has one value only, and says nothing.
///
/// Nothing else is equal: in free JSON the text `"80"` is not the number `80`.
pub fn differences(one: &Template, other: &Template) -> Vec<String> {
    let mut found = Vec::new();
    let mut catalog = Catalog::default();
    match (canonical(one), canonical(other)) {
        (Ok(one), Ok(other)) => compare("", &one, &other, Wanted::Template, &mut catalog, &mut found),
        // JSON that is nested deeper than CloudFormation takes is not read.
        (Err(error), _) | (_, Err(error)) => found.push(format!("a template cannot be compared: {error}")),
    }
    found
}

/// Type of a place, as far as it is known.
#[derive(Clone, Copy)]
enum Wanted<'k> {
    Template,
    Resources,
    Resource,
    Fields(&'k Known, &'k [Property]),
    Type(&'k Known, &'k Type),
    Nothing,
}

impl<'k> Wanted<'k> {
    fn key(self, key: &str) -> Wanted<'k> {
        match self {
            Wanted::Template if key == "Resources" => Wanted::Resources,
            Wanted::Resources => Wanted::Resource,
            Wanted::Fields(known, fields) => match fields.iter().find(|field| field.name == key) {
                Some(field) => Wanted::Type(known, &field.ty),
                None => Wanted::Nothing,
            },
            // The value of a function is of another type than its argument; `Fn::If` has a rule of its own.
            Wanted::Type(..) if key.starts_with("Fn::") && key != "Fn::If" => Wanted::Nothing,
            Wanted::Type(..) if key == "Fn::If" => self,
            Wanted::Type(known, Type::Struct(name)) => match known.nested(name) {
                Some(nested) => Wanted::Fields(known, &nested.properties).key(key),
                None => Wanted::Nothing,
            },
            Wanted::Type(known, Type::Map(inside)) => Wanted::Type(known, inside),
            Wanted::Type(known, Type::Boxed(inside)) => Wanted::Type(known, inside).key(key),
            _ => Wanted::Nothing,
        }
    }

    fn item(self) -> Wanted<'k> {
        match self {
            Wanted::Type(known, Type::List(item)) => Wanted::Type(known, item),
            Wanted::Type(known, Type::Boxed(inside)) => Wanted::Type(known, inside).item(),
            _ => Wanted::Nothing,
        }
    }

    /// True if the two are one where a scalar of this type is wanted.
    fn is_same(self, one: &Value, other: &Value) -> bool {
        let Wanted::Type(_, ty) = self else { return false };
        let converted = |value: &Value| {
            let value = formwork_template::Value::from(value.clone());
            converted(&value, ty).unwrap_or(value)
        };
        if one.is_object() || one.is_array() {
            return false;
        }
        match (converted(one), converted(other)) {
            (formwork_template::Value::Number(a), formwork_template::Value::Number(b)) => a.as_f64() == b.as_f64(),
            (one, other) => one == other,
        }
    }
}

fn canonical(template: &Template) -> Result<Value, serde_json::Error> {
    let mut root: Map<String, Value> = serde_json::from_str(&template.write_json(Style::Compact).text)?;
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
    Ok(Value::Object(root))
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Object(entries) => entries.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

fn compare(path: &str, one: &Value, other: &Value, wanted: Wanted<'_>, catalog: &mut Catalog, found: &mut Vec<String>) {
    if let Wanted::Type(known, Type::Union(name)) = wanted {
        // As one of its alternatives, or as it stands.
        let alternatives = known.union(name).map(|union| union.alternatives.as_slice()).unwrap_or_default();
        let is_same = alternatives.iter().any(|alternative| {
            let (one, other) = match &alternative.key {
                Some(key) => (one.get(key), other.get(key)),
                None => (Some(one), Some(other)),
            };
            let mut found = Vec::new();
            one.zip(other).is_some_and(|(one, other)| {
                compare("", one, other, Wanted::Type(known, &alternative.ty), catalog, &mut found);
                found.is_empty()
            })
        });
        if is_same {
            return;
        }
    }
    match (one, other) {
        (Value::Object(ones), Value::Object(others)) => {
            let type_name = one["Type"].as_str().filter(|_| matches!(wanted, Wanted::Resource));
            let known = type_name.filter(|name| other["Type"] == **name).and_then(|name| catalog.get(name));
            let keys: BTreeSet<&String> = ones.keys().chain(others.keys()).collect();
            for key in keys {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                let wanted = match &known {
                    Some(known) if key == "Properties" => Wanted::Fields(known, &known.schema.properties),
                    _ => wanted.key(key),
                };
                match (ones.get(key), others.get(key)) {
                    (Some(one), Some(other)) => compare(&path, one, other, wanted, catalog, found),
                    (Some(one), None) => found.push(format!("{path}: {one} and nothing")),
                    (None, Some(other)) => found.push(format!("{path}: nothing and {other}")),
                    (None, None) => {}
                }
            }
        }
        (Value::Array(ones), Value::Array(others)) if ones.len() == others.len() => {
            let is_choice = path.ends_with(".Fn::If");
            for (index, (one, other)) in ones.iter().zip(others).enumerate() {
                let wanted = if is_choice && index > 0 { wanted } else { wanted.item() };
                compare(&format!("{path}[{index}]"), one, other, wanted, catalog, found);
            }
        }
        (Value::Number(a), Value::Number(b)) if (a.is_f64() || b.is_f64()) && a.as_f64() == b.as_f64() => {}
        _ if one == other || wanted.is_same(one, other) => {}
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
    fn scalars_are_converted_where_the_type_has_a_scalar() {
        let group = |port: &str, protocol: &str| {
            format!(
                "Resources: {{G: {{Type: AWS::EC2::SecurityGroup, Properties: {{GroupDescription: g, SecurityGroupIngress: [{{IpProtocol: {protocol}, FromPort: {port}}}]}}}}}}"
            )
        };
        check(&group("'22'", "6"), &group("22", "'6'"), &[]);
        check(&group("!If [A, '22', 23]", "6"), &group("!If [A, 22, '23']", "6"), &[]);
        check(
            &group("'022'", "6"),
            &group("22", "6"),
            &["Resources.G.Properties.SecurityGroupIngress[0].FromPort: \"022\" and 22"],
        );
        // In free JSON the two are not the same.
        let rule = |code: &str| {
            format!("Resources: {{R: {{Type: AWS::Events::Rule, Properties: {{EventPattern: {{code: [{code}]}}}}}}}}")
        };
        check(&rule("404"), &rule("'404'"), &["Resources.R.Properties.EventPattern.code[0]: 404 and \"404\""]);
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
