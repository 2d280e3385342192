//! Invented schemas -> Rust: each `schemas/<case>.json` has the text it gives beside it, and that text compiles here, free
//! of warnings. `BLESS=1 cargo test -p formwork-codegen --test golden` writes the texts anew.
#![deny(warnings)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use formwork_codegen::emit;
use formwork_schema::read;
use formwork_template::{Properties, Value, some};

/// Imports of generated files; as in the crates of `formwork-resources`.
#[allow(unused_imports)]
mod import {
    pub(crate) use std::fmt;

    pub(crate) use formwork_template::json::{debug, debug_properties};
    pub(crate) use formwork_template::{
        FromS3Object, HasAttributes, IndexMap, JsonWriter, KeyValue as FromKeyValue, Properties, Reference,
        ResourceType, S3Object as InS3, ToJson, Val, Value,
    };
}

/// The texts, as modules.
#[allow(dead_code, unreachable_pub)]
#[rustfmt::skip]
#[path = "schemas"]
mod generated {
    pub mod attributes;
    pub mod enums;
    pub mod key_values;
    pub mod names;
    pub mod objects;
    pub mod recursion;
    pub mod required;
    pub mod unions;
    pub mod updates;
}

/// Every case; `generated` above has the same.
const CASES: &[&str] =
    &["attributes", "enums", "key_values", "names", "objects", "recursion", "required", "unions", "updates"];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/schemas")
}

fn generate(case: &str) -> String {
    let text = std::fs::read_to_string(folder().join(format!("{case}.json"))).expect("the schema is there");
    let schema: serde_json::Value = serde_json::from_str(&text).expect("the schema is JSON");
    let type_name = schema["typeName"].as_str().expect("a type name");
    let resource = read::resource(type_name, &schema).expect("the schema is readable");
    let text = emit::resource(&resource).text(emit::Target::SHARD, &BTreeMap::new());
    // What was widened belongs to the expected result.
    let widened = resource.widened.iter().map(|one| format!("// widened: {}: {}\n", one.path, one.reason));
    text + &widened.collect::<String>()
}

#[test]
fn schemas_give_the_text_beside_them() {
    let bless = std::env::var_os("BLESS").is_some();
    for case in CASES {
        let path = folder().join(format!("{case}.rs"));
        let text = generate(case);
        if bless {
            std::fs::write(&path, text).expect("writable");
            continue;
        }
        let expected = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(text == expected, "tests/schemas/{case}.rs is stale; look at what BLESS=1 makes of it");
    }
}

#[test]
fn every_schema_is_a_case() {
    let mut found: Vec<String> = std::fs::read_dir(folder())
        .expect("the folder is there")
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.strip_suffix(".json").map(str::to_owned))
        .collect();
    found.sort();
    assert_eq!(found, CASES);
}

#[test]
fn generation_is_deterministic() {
    for case in CASES {
        assert_eq!(generate(case), generate(case));
    }
}

fn json(properties: &dyn Properties) -> serde_json::Value {
    let stack = Some(formwork_template::StackId::new("a", "us-east-1"));
    let lowering = formwork_template::Lowering { stack, ..Default::default() };
    let mut out = formwork_template::JsonWriter::new(formwork_template::Style::Compact, &lowering);
    properties.write(&mut out);
    serde_json::from_str(&out.finish().text).expect("JSON")
}

#[test]
fn generated_structs_lower_to_their_names() {
    use generated::required::{NoneProperty, Required, TwoFields, TwoFieldsRequired};
    let value = Required {
        two: Some(
            TwoFields {
                middle: Some("m".into()),
                ..TwoFields::new(TwoFieldsRequired { left: "l".into(), right: ["r"].into() })
            }
            .into(),
        ),
        none: Some(NoneProperty::default().into()),
        document: Some(Value::from("text").into()),
        size: Some(3.into()),
        ..Required::new("name")
    };
    assert_eq!(
        json(&value),
        serde_json::json!({
            "Document": "text",
            "Name": "name",
            "None": {},
            "Size": 3,
            "Two": {"Left": "l", "Middle": "m", "Right": ["r"]},
        })
    );
}

#[test]
fn objects_stand_for_their_places() {
    use generated::objects::Objects;

    let object = formwork_template::S3Object::new("bucket", "key");
    let resource =
        Objects { code: some(&object), by_arn: some(&object), named: some(object.clone()), ..Objects::default() };
    let arn = serde_json::json!({ "Fn::Sub": "arn:${AWS::Partition}:s3:::bucket" });
    assert_eq!(
        json(&resource),
        serde_json::json!({
            "ByArn": {"BucketARN": arn, "FileKey": "key"},
            "Code": {"S3Bucket": "bucket", "S3Key": "key"},
            "Named": {"Bucket": "bucket", "Key": "key"},
        })
    );
}

#[test]
fn pairs_stand_for_keys_with_values() {
    use generated::key_values::KeyValues;

    let pairs = [("team", "web"), ("stage", "prod")];
    let resource =
        KeyValues { tags: some(pairs), required: some(pairs), named: some(vec![("a", "b")]), ..KeyValues::default() };
    let expected = formwork_template::json!({
        "Named": [{ "Key": "a", "Value": "b" }],
        "Required": [{ "Key": "team", "Value": "web" }, { "Key": "stage", "Value": "prod" }],
        "Tags": [{ "Key": "team", "Value": "web" }, { "Key": "stage", "Value": "prod" }],
    });
    assert_eq!(resource.to_value(), expected);
}

#[test]
fn unions_lower_to_one_alternative() {
    use generated::unions::{
        Keyed, KeyedNONE, Kinds, Location, Named, NamedOnDemand, NamedOnDemandRequired, Recursive, Unions, Xor,
    };
    let value = Unions {
        keyed: Some(Keyed::S3(Location::new("b").into()).into()),
        kinds: Some(Kinds::List([Location::new("b")].into()).into()),
        named: Some(
            Named::OnDemand(NamedOnDemand::new(NamedOnDemandRequired { both: "x".into(), limit: 2.into() }).into())
                .into(),
        ),
        recursive: Some(Recursive::Not(Box::new(Recursive::Leaf("l".into())).into()).into()),
        xor: Some(Xor::Other(serde_json::json!({"New": 1}).into()).into()),
        ..Unions::default()
    };
    assert_eq!(
        json(&value),
        serde_json::json!({
            "Keyed": {"S3": {"Bucket": "b"}},
            "Kinds": [{"Bucket": "b"}],
            "Named": {"Both": "x", "Limit": 2},
            "Recursive": {"Not": {"Leaf": "l"}},
            "Xor": {"New": 1},
        })
    );
    assert_eq!(format!("{:?}", Keyed::None(KeyedNONE {}.into())), r#"{"NONE":{}}"#);
}

#[test]
fn enums_have_a_way_out_and_come_back() {
    use generated::enums::{Collision, Odd};
    for value in ["rsa", "RSA", "Rsa", "Other", "Self", "something new"] {
        assert_eq!(Collision::from(value).as_str(), value);
    }
    assert_ne!(Collision::from("rsa"), Collision::from("RSA"));
    assert_eq!(Odd::from("1.12"), Odd::V1_12);
    assert_eq!(Odd::from("11.2"), Odd::V11_2);
}
