//! Reading and correcting schemas: what is refused, and with which words.

use formwork_schema::ir::{Type, Update};
use formwork_schema::keywords::{self, Flavour};
use formwork_schema::patch::Patch;
use formwork_schema::read;
use serde_json::{Value, json};

#[track_caller]
fn refused(schema: &Value, expected: &str) {
    let error = read::resource("Test::Service::Thing", schema).expect_err("the schema is refused");
    assert_eq!(error.to_string(), expected);
}

#[test]
fn a_type_that_is_not_known_is_named_with_its_place() {
    refused(
        &json!({"properties": {"One": {"$ref": "#/definitions/Two"}}, "definitions": {
            "Two": {"type": "object", "properties": {"Three": {"type": "date"}}}
        }}),
        "`Test::Service::Thing`: at `Two.Three` there is `type` = `date`, which is not known here",
    );
}

#[test]
fn a_reference_to_nothing_is_named() {
    refused(
        &json!({"properties": {"One": {"$ref": "#/definitions/Two"}}}),
        "`Test::Service::Thing`: `One` refers to `#/definitions/Two`, which the schema does not have",
    );
    refused(
        &json!({"properties": {"One": {"$ref": "other.json#/Two"}}}),
        "`Test::Service::Thing`: at `One` there is `$ref` = `other.json#/Two`, which is not known here",
    );
}

#[test]
fn a_definition_that_stands_for_one_that_contains_it_is_refused() {
    refused(
        &json!({"properties": {"One": {"$ref": "#/definitions/Two"}}, "definitions": {
            "Two": {"oneOf": [{"$ref": "#/definitions/Three"}]},
            "Three": {"type": "object", "properties": {"Two": {"$ref": "#/definitions/Two"}, "Leaf": {"type": "string"}}}
        }}),
        "`Test::Service::Thing`: at `/definitions/Two` there is a definition that stands for another one, which contains it, \
         which is not known here",
    );
}

#[test]
fn constructs_never_seen_are_named_with_their_place() {
    let nested = |node: Value| {
        json!({"properties": {"List": {"type": "array", "items": {"$ref": "#/definitions/Item"}}}, "definitions": {
            "Item": {"type": "object", "properties": {"Map": {"type": "object", "patternProperties": {".*": node}}}}
        }})
    };
    for (node, construct) in [
        (json!({"type": "date"}), "`type` = `date`"),
        (json!({"type": 7}), "`type` = 7"),
        (json!({"type": {"is": "string"}}), "`type` = {\"is\":\"string\"}"),
        (json!({"type": []}), "an empty `type`"),
        (json!({"type": ["null"]}), "an empty `type`"),
        (json!({"$ref": 7}), "a `$ref` that is not a text"),
        (json!({"$ref": "https://example.com/schema.json"}), "`$ref` = `https://example.com/schema.json`"),
    ] {
        let place = "at `Item.Map.*` there is ";
        let expected = format!("`Test::Service::Thing`: {place}{construct}, which is not known here");
        refused(&nested(node), &expected);
    }
    let tuple = json!({"type": "array", "items": 7});
    refused(
        &nested(tuple),
        "`Test::Service::Thing`: at `Item.Map.*` there is a list of `items`, which is not known here",
    );
    // Keywords, wherever a value can be described.
    for keyword in
        ["properties/One", "items", "not", "if", "then", "else", "additionalProperties", "oneOf", "anyOf", "allOf"]
    {
        let strange = json!({"colour": "red"});
        let inside = match keyword {
            "properties/One" => json!({"properties": {"One": strange}}),
            "oneOf" | "anyOf" | "allOf" => json!({keyword: [{"type": "string"}, strange]}),
            _ => json!({keyword: strange}),
        };
        let schema = json!({"definitions": {"Item": inside}});
        let error = keywords::check("Test::Service::Thing", &schema, Flavour::CfnLint).expect_err(keyword);
        assert_eq!(
            error.to_string(),
            format!(
                "`Test::Service::Thing`: at `/definitions/Item/{keyword}` there is `colour`, which is not known here"
            )
        );
    }
    // What only a whole schema can have is not known below it.
    let schema = json!({"definitions": {"Item": {"readOnlyProperties": []}}});
    let error = keywords::check("Test::Service::Thing", &schema, Flavour::Aws).expect_err("refused");
    assert_eq!(
        error.to_string(),
        "`Test::Service::Thing`: at `/definitions/Item` there is `readOnlyProperties`, which is not known here"
    );
}

#[test]
fn what_is_no_object_is_not_passed_over() {
    let is_refused = |schema: Value, path: &str, what: &str| {
        let expected =
            format!("`Test::Service::Thing`: at `{path}` there is `{what}` as a schema, which is not known here");
        refused(&schema, &expected);
    };
    is_refused(json!({"properties": {"One": true}}), "/properties/One", "true");
    is_refused(json!({"properties": {}, "definitions": {"Two": "text"}}), "/definitions/Two", "\"text\"");
    is_refused(
        json!({"properties": {"One": {"type": "array", "items": {"oneOf": [{"type": "string"}, false]}}}}),
        "/properties/One/items/oneOf/1",
        "false",
    );
}

#[test]
fn a_tuple_is_refused() {
    refused(
        &json!({"properties": {"One": {"type": "array", "items": [{"type": "string"}]}}}),
        "`Test::Service::Thing`: at `One` there is a list of `items`, which is not known here",
    );
}

#[test]
fn an_unknown_keyword_stops() {
    let schema = json!({"properties": {"One": {"type": "array", "items": {"type": "string", "colour": "red"}}}});
    let error = keywords::check("Test::Service::Thing", &schema, Flavour::CfnLint).expect_err("refused");
    assert_eq!(
        error.to_string(),
        "`Test::Service::Thing`: at `/properties/One/items` there is `colour`, which is not known here"
    );
    // A property may be called like anything.
    let schema = json!({"properties": {"colour": {"type": "string"}}});
    assert!(keywords::check("Test::Service::Thing", &schema, Flavour::Aws).is_ok());
}

#[test]
fn keywords_of_cfn_lint_are_known_in_its_flavour_only() {
    let schema = json!({"properties": {}, "requiredXor": ["One", "Two"]});
    assert!(keywords::check("Test::Service::Thing", &schema, Flavour::CfnLint).is_ok());
    assert!(keywords::check("Test::Service::Thing", &schema, Flavour::Aws).is_err());
}

#[test]
fn lists_and_references_do_not_hide_a_nested_update() {
    let resource = read::resource(
        "Test::Service::Thing",
        &json!({
            "properties": {"Rules": {"type": "array", "items": {"$ref": "#/definitions/Rule"}}},
            "definitions": {"Rule": {"type": "object", "properties": {
                "Port": {"type": "integer"}, "Name": {"type": "string"}
            }}},
            "createOnlyProperties": ["/properties/Rules/*/Port"],
        }),
    )
    .expect("readable");
    let rule = &resource.structs[0];
    let updates: Vec<_> = rule.properties.iter().map(|field| (field.name.as_str(), field.update)).collect();
    assert_eq!(updates, [("Name", Update::InPlace), ("Port", Update::Replacement)]);
    assert_eq!(resource.properties[0].ty, Type::List(Box::new(Type::Struct("Rule".to_owned()))));
}

fn patch(operations: Value) -> Patch {
    let text =
        json!({"type": "Test::Service::Thing", "reason": "r", "link": "https://example.com", "operations": operations});
    Patch::from_json("thing.json", &text.to_string()).expect("a patch")
}

#[test]
fn a_patch_corrects() {
    let mut schema = json!({"required": ["One"], "properties": {"One": {"type": "string"}}});
    patch(json!([
        {"op": "test", "path": "/properties/One/type", "value": "string"},
        {"op": "replace", "path": "/properties/One/type", "value": "integer"},
        {"op": "add", "path": "/properties/Two", "value": {"type": "string"}},
        {"op": "add", "path": "/required/-", "value": "Two"},
        {"op": "remove", "path": "/required/0"},
    ]))
    .apply(&mut schema)
    .expect("applies");
    assert_eq!(
        schema,
        json!({"required": ["Two"], "properties": {"One": {"type": "integer"}, "Two": {"type": "string"}}})
    );
}

#[track_caller]
fn does_not_apply(operation: Value, reason: &str) {
    let mut schema = json!({"required": ["One"], "properties": {"One": {"type": "string"}}});
    let error = patch(json!([operation])).apply(&mut schema).expect_err("does not apply").to_string();
    assert!(error.starts_with("patch `thing.json`: operation 1 at `/"), "{error}");
    assert!(error.ends_with(&format!("does not apply to `Test::Service::Thing`: {reason}")), "{error}");
}

#[test]
fn a_patch_that_no_longer_applies_is_an_error() {
    does_not_apply(json!({"op": "remove", "path": "/properties/Two"}), "there is nothing");
    does_not_apply(json!({"op": "remove", "path": "/required/1"}), "there is nothing");
    does_not_apply(json!({"op": "replace", "path": "/properties/Two/type", "value": 1}), "there is nothing");
    does_not_apply(
        json!({"op": "replace", "path": "/properties/One/type", "value": "string"}),
        "the value is there already",
    );
    does_not_apply(json!({"op": "add", "path": "/properties/One", "value": {}}), "something is there already");
    does_not_apply(json!({"op": "add", "path": "/required/-", "value": "One"}), "the value is there already");
    does_not_apply(json!({"op": "test", "path": "/properties/One/type", "value": "integer"}), "another value is there");
}

#[track_caller]
fn bad_patch(text: &str, expected: &str) {
    let error = Patch::from_json("thing.json", text).expect_err("no patch");
    assert_eq!(error.to_string(), format!("patch `thing.json`: {expected}"));
}

#[test]
fn a_patch_needs_a_reason_and_a_link() {
    let operations = r#""operations": [{"op": "remove", "path": "/a"}]"#;
    bad_patch(&format!("{{{operations}}}"), "`type` is missing");
    bad_patch(&format!(r#"{{"type": "T", {operations}}}"#), "`reason` is missing");
    bad_patch(&format!(r#"{{"type": "T", "reason": "r", {operations}}}"#), "`link` is missing");
    bad_patch(r#"{"type": "T"}"#, "`operations` is missing");
    bad_patch(
        r#"{"operations": [{"op": "move", "path": "/a"}]}"#,
        "`op` is `move`, allowed are add, remove, replace, test",
    );
}
