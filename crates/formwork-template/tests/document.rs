//! The document, read and written.

#![allow(clippy::unwrap_used, reason = "what cannot go on fails its test")]

use formwork_template::{Function, IndexMap, Style, Template, Val, Value, function, json, pseudo, some};
use insta::assert_snapshot;

fn read(json: &str) -> Template {
    Template::from_json(json).unwrap()
}

#[track_caller]
fn check_error(json: &str, expected: &str) {
    assert_eq!(Template::from_json(json).unwrap_err().to_string(), expected);
}

/// Every section, every attribute of a resource, every intrinsic function.
const EVERYTHING: &str = include_str!("everything.template.json");

#[test]
fn everything_is_written_as_it_was_read() {
    let (written, problems) = read(EVERYTHING).to_json(Style::Pretty);
    assert_eq!(written, EVERYTHING);
    assert!(problems.is_empty());
}

#[test]
fn every_function_is_recognised() {
    let template = read(EVERYTHING);
    let mut names = Vec::new();
    let mut collect = |function: &formwork_template::Function| {
        names.extend(function.to_map().into_keys());
    };
    template.conditions.values().for_each(|condition| condition.visit_functions(&mut collect));
    template.rules.values().for_each(|rule| rule.visit_functions(&mut collect));
    template.resources.values().for_each(|resource| resource.properties.to_value().visit_functions(&mut collect));
    names.sort();
    names.dedup();
    assert_snapshot!(names.join(" "), @"Condition Fn::And Fn::Base64 Fn::Cidr Fn::Contains Fn::EachMemberEquals Fn::EachMemberIn Fn::Equals Fn::FindInMap Fn::GetAZs Fn::GetAtt Fn::GetStackOutput Fn::If Fn::ImportValue Fn::Join Fn::Length Fn::Not Fn::Or Fn::RefAll Fn::Select Fn::Split Fn::Sub Fn::ToJsonString Fn::Transform Fn::ValueOf Fn::ValueOfAll Ref");
}

#[test]
fn compact_says_the_same_in_fewer_bytes() {
    let template = read(EVERYTHING);
    let (compact, _) = template.to_json(Style::Compact);
    assert!(!compact.trim_end().contains('\n'));
    assert_eq!(read(&compact).to_json(Style::Pretty).0, EVERYTHING);
}

#[test]
fn what_is_no_function_stays_an_object() {
    let odd = r#"{"Ref": 5}"#;
    let value = Value::from(serde_json::from_str::<serde_json::Value>(odd).unwrap());
    assert!(matches!(value, Value::Map(_)));
    let json = r#"{"Resources": {"Ref": {"Type": "AWS::S3::Bucket", "Properties": {"A": {"Fn::If": ["x", 1]}}}}}"#;
    let (written, _) = read(json).to_json(Style::Compact);
    assert_snapshot!(written, @r#"{"AWSTemplateFormatVersion":"2010-09-09","Resources":{"Ref":{"Type":"AWS::S3::Bucket","Properties":{"A":{"Fn::If":["x",1]}}}}}"#);
}

#[test]
fn what_is_not_a_template_is_refused_with_its_place() {
    check_error("", "line 1, column 0: EOF while parsing a value");
    check_error("[]", "`the template` is a list, expected an object with `Resources`");
    check_error("{\"Resources\": {\n  \"A\": 1,,", "line 2, column 10: key must be a string");
    check_error(r#"{"Resources": {"A": 7}}"#, "`Resources.A` is `7`, expected an object");
    check_error(
        r#"{"Resources": {"A": {}}}"#,
        "`Resources.A.Type` is missing or null, expected a resource type such as `AWS::S3::Bucket`",
    );
    check_error(
        r#"{"Resources": {"A": {"Type": "T", "DependsOn": {"B": 1}}}}"#,
        "`Resources.A.DependsOn` is an object, expected a logical id or a list of them",
    );
    check_error(
        r#"{"Parameters": {"A": {}}}"#,
        "`Parameters.A.Type` is missing or null, expected the parameter's type, such as `String`",
    );
    check_error(r#"{"Outputs": {"A": {}}}"#, "`Outputs.A.Value` is missing or null, expected the output's value");
    check_error(
        &format!("\"{}\"", "a".repeat(1_000_000)),
        "the template has 1000002 bytes, CloudFormation takes 1000000",
    );
    // Deeper than anything sane: an error, not a stack overflow.
    assert!(Template::from_json(&"[".repeat(1 << 19)).is_err());
}

#[test]
fn of_entries_with_one_key_the_last_one_holds() {
    let json = r#"{"Resources": {"A": {"Type": "T"}, "B": {"Type": "V"}, "A": {"Type": "U", "Properties": {"P": 1, "P": 2}}}}"#;
    let (written, _) = read(json).to_json(Style::Compact);
    assert_snapshot!(written, @r#"{"AWSTemplateFormatVersion":"2010-09-09","Resources":{"A":{"Type":"U","Properties":{"P":2}},"B":{"Type":"V","Properties":{}}}}"#);
}

mod properties {
    use formwork_template::{Map, Resource, Style, Template, Value};
    use proptest::prelude::*;
    use serde_json::Value as Json;

    /// Any JSON, rich in objects that spell functions.
    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Json::Null),
            any::<bool>().prop_map(Json::from),
            any::<i64>().prop_map(Json::from),
            // Larger ones are refused: their digits do not fit.
            (-1e18..1e18f64).prop_map(Json::from),
            any::<String>().prop_map(Json::from),
        ];
        let function = prop::sample::select(vec!["Ref", "Condition", "Fn::If", "Fn::Sub", "Fn::GetAtt", "Fn::Join"]);
        let key = prop_oneof![any::<String>(), function.prop_map(str::to_owned)];
        let tree = leaf.prop_recursive(4, 32, 4, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
                prop::collection::vec((key.clone(), inner), 0..3)
                    .prop_map(|entries| Json::Object(entries.into_iter().collect())),
            ]
        });
        tree.prop_map(Value::from)
    }

    fn template(properties: Map) -> Template {
        let mut template = Template::default();
        template.resources.insert("A".to_owned(), Resource::untyped("Custom::A", Box::new(properties)));
        template
    }

    proptest! {
        #[test]
        fn any_tree_survives_writing_and_reading(value in any_value(), key in any::<String>()) {
            let written = template(Map::from([(key, value)]));
            let (text, problems) = written.to_json(Style::Pretty);
            let read = Template::from_json(&text).unwrap();
            prop_assert!(problems.is_empty());
            prop_assert_eq!(read.resources["A"].properties.to_value(), written.resources["A"].properties.to_value());
            prop_assert_eq!(read.to_json(Style::Pretty).0, text);
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in any::<String>()) {
            let _ = Template::from_json(&text);
        }
    }
}

#[test]
fn json_is_written_as_json() {
    let name: Val<String> = function::parameter("Name");
    let written = json!({
        "Null": null,
        "Numbers": [1, -1, 2.5, 3_000_000_000_i64],
        "Nested": { "List": [[], {}, [true]], "Call": name.clone(), "Text": name },
        "Function": { "Fn::Join": ["", ["a", { "Ref": "B" }, pseudo::region()]] },
        "Brackets": (1 + 1),
    });
    let read = serde_json::json!({
        "Null": null,
        "Numbers": [1, -1, 2.5, 3_000_000_000_i64],
        "Nested": { "List": [[], {}, [true]], "Call": { "Ref": "Name" }, "Text": { "Ref": "Name" } },
        "Function": { "Fn::Join": ["", ["a", { "Ref": "B" }, { "Ref": "AWS::Region" }]] },
        "Brackets": 2,
    });
    assert_eq!(written, Value::from(read));
    assert!(matches!(written.as_map().unwrap()["Function"].as_function(), Some(Function::Join { .. })));
}

#[test]
fn a_value_of_another_kind_stands_as_it_is() {
    let text: Val<i64> = Val::untyped("80");
    let function: Val<i64> = Val::untyped(json!({ "Ref": "Port" }));
    assert_eq!(function, function::parameter("Port"));
    assert_eq!(Value::from(text), Value::from("80"));
    // Literals keep their kind, functions are what they are.
    assert_eq!(Value::from(Val::<i64>::from(80).cast::<String>()), Value::from(80));
    assert_eq!(function.cast::<String>(), function::parameter("Port"));
    assert_eq!(some::<String>("x"), Some(Val::Literal("x".to_owned())));
    let map: Val<IndexMap<String, Val<String>>> = [("a", "b")].into();
    assert_eq!(Value::from(map), json!({ "a": "b" }));
}

#[test]
fn if_takes_values_of_every_type() {
    let list: Val<Vec<Val<String>>> = function::if_("IsProduction", ["a", "b"], pseudo::no_value());
    let expected = json!({ "Fn::If": ["IsProduction", ["a", "b"], pseudo::no_value::<Value>()] });
    assert_eq!(Value::from(list), expected);
}
