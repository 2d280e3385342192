//! The overlay holds what the schemas do not say, and nothing else.

use std::collections::BTreeMap;

use formwork_codegen::overlay;
use formwork_schema::keywords::Flavour;
use formwork_schema::snapshot::{Regions, Snapshot, Source};
use serde_json::json;

fn snapshot() -> Snapshot {
    let word = "x".to_owned();
    Snapshot {
        source: Source {
            origin: word.clone(),
            date: word.clone(),
            sha256: word.clone(),
            licence: word,
            flavour: Flavour::Aws,
        },
        schemas: BTreeMap::from([
            (
                "AWS::S3::Bucket".to_owned(),
                json!({
                    "properties": {"Name": {}, "Deep": {}, "Lock": {}, "Endpoint": {}, "State": {}},
                    "createOnlyProperties": ["/properties/Name", "/properties/Deep/Inside"],
                    "readOnlyProperties": ["/properties/Endpoint/Address", "/properties/State"],
                }),
            ),
            ("AWS::S3::Fixed".to_owned(), json!({"properties": {}, "handlers": {"create": {}}})),
        ]),
        regions: Regions::default(),
        patches: Vec::new(),
    }
}

#[test]
fn only_what_the_schemas_do_not_say() {
    let yes = json!({"causesReplacement": "yes"});
    let specification = json!({"schema": {"resource": {"entities": [
        {"cloudFormationType": "AWS::S3::Bucket", "cfnRefIdentifier": ["Bus", "Name"], "properties": {
            "Name": yes, "Deep": yes, "Tags": yes, "Lock": {"causesReplacement": "maybe"}, "Other": {"causesReplacement": "no"},
        }, "attributes": {
            "Name": {}, "Lock": {"documentation": "A lock."}, "Id": {}, "Age": {"documentation": "In days."}, "State": {},
            "State.Code": {}, "Endpoint": {}, "Endpoint.Address": {},
        }},
        {"cloudFormationType": "AWS::S3::Fixed", "cfnRefIdentifier": ["Id"], "properties": {"Any": yes}},
        {"cloudFormationType": "AWS::Gone::Type", "cfnRefIdentifier": ["Id"], "properties": {"Any": yes}},
    ]}}});
    assert_eq!(
        overlay::text(&specification, &snapshot()).expect("understood"),
        "AWS::S3::Bucket attribute Age\nAWS::S3::Bucket attribute Lock\nAWS::S3::Bucket attribute Name\n\
         AWS::S3::Bucket may-replace Lock\nAWS::S3::Bucket ref Bus|Name\n\
         AWS::S3::Bucket replaces Deep\nAWS::S3::Bucket replaces Tags\nAWS::S3::Bucket updates Other\nAWS::S3::Fixed ref Id\n"
    );
}

#[test]
fn another_form_is_refused() {
    let error = overlay::text(&json!({"schema": {}}), &snapshot()).expect_err("refused").to_string();
    assert!(error.contains("`schema.resource.entities` is missing"), "{error}");
}
