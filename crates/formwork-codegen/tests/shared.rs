//! Types that several resource types of a service have in common are one type, and only those.

use formwork_codegen::emit::Target;
use formwork_codegen::generate::one_service;
use formwork_schema::{ir, read};
use serde_json::{Value, json};

fn resource(name: &str, definitions: Value) -> ir::Resource {
    let properties: serde_json::Map<String, Value> = definitions
        .as_object()
        .expect("definitions by name")
        .keys()
        .map(|name| (name.clone(), json!({ "$ref": format!("#/definitions/{name}") })))
        .collect();
    let schema = json!({ "typeName": name, "properties": properties, "definitions": definitions });
    read::resource(name, &schema).expect("a readable schema")
}

fn object(properties: Value, required: &[&str]) -> Value {
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

/// The re-exports of the second file.
fn re_exports(one: Value, other: Value) -> Vec<String> {
    let resources = [resource("Test::Shared::One", one), resource("Test::Shared::Other", other)];
    let files = one_service(Target::SHARD, "Shared", &resources);
    assert!(!files["one.rs"].contains("use super::"), "the first has nobody before it");
    let lines = files["other.rs"].lines().filter(|line| line.starts_with("pub use super::"));
    lines.map(str::to_owned).collect()
}

#[test]
fn the_same_types_are_one() {
    let text = || json!({ "type": "string" });
    let tag = || object(json!({ "Key": text(), "Value": text() }), &["Key", "Value"]);
    let mode = || json!({ "type": "string", "enum": ["A", "B"] });
    // Contains itself by way of another one.
    let tree = || object(json!({ "Leaf": text(), "Branch": { "$ref": "#/definitions/Branch" } }), &[]);
    let branch = || object(json!({ "Trees": { "type": "array", "items": { "$ref": "#/definitions/Tree" } } }), &[]);
    let all = || json!({ "Tag": tag(), "Mode": mode(), "Tree": tree(), "Branch": branch() });
    assert_eq!(re_exports(all(), all()), ["pub use super::one::{Branch, Mode, Tag, TagRequired, Tree};"]);
}

/// `Holder` is the same text in both, but what it holds is not; `Apart` has the same name only.
#[test]
fn types_of_the_same_text_with_others_inside_are_not() {
    let holder = || object(json!({ "Inside": { "$ref": "#/definitions/Inside" } }), &[]);
    let above = || object(json!({ "Holder": { "$ref": "#/definitions/Holder" } }), &[]);
    let all = |inside: &str, apart: &str| {
        json!({
            "Above": above(), "Holder": holder(), "Inside": object(json!({ "Size": { "type": inside } }), &[]),
            "Apart": json!({ "type": "string", "enum": [apart] }),
            "Alike": object(json!({ "Name": { "type": "string" } }), &["Name"]),
        })
    };
    assert_eq!(re_exports(all("integer", "A"), all("string", "B")), ["pub use super::one::{Alike};"]);
}
