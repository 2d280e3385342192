//! Types of a user's own: what a registry schema says holds for them as for AWS's.

use formwork_schema::facts::Registry;
use formwork_schema::own::Schema;
use insta::assert_snapshot;
use serde_json::json;

use super::{Local, template};

/// A vault is made anew for another name, before or after the old one goes.
fn vaults(strategy: &str) -> Registry {
    let schema = json!({
        "typeName": "Acme::Storage::Vault",
        "properties": {
            "Name": { "type": "string", "maxLength": 8 },
            "Mode": { "type": "string", "enum": ["OPEN", "SEALED"] },
            "Secret": { "type": "string" },
            "Labels": { "type": "object", "additionalProperties": false, "patternProperties": { "^[a-z]+$": { "type": "string" } } },
            "Arn": { "type": "string" },
            "Door": { "type": "object", "additionalProperties": false, "properties": { "Endpoint": { "type": "string" } } },
        },
        "required": ["Name"],
        "createOnlyProperties": ["/properties/Name"],
        "readOnlyProperties": ["/properties/Arn", "/properties/Door/Endpoint"],
        "writeOnlyProperties": ["/properties/Secret"],
        "primaryIdentifier": ["/properties/Arn"],
        "replacementStrategy": strategy,
        "tagging": { "taggable": true, "tagProperty": "/properties/Labels" },
        "handlers": { "create": { "permissions": [] }, "update": { "permissions": [] } },
        "additionalProperties": false,
    });
    let mut registry = Registry::new();
    let type_name = "Acme::Storage::Vault".to_owned();
    registry.add(Schema { path: "vault.json".into(), type_name, schema }).unwrap();
    registry
}

fn vault(properties: serde_json::Value) -> serde_json::Value {
    template(json!({ "Vault": { "Type": "Acme::Storage::Vault", "Properties": properties } }))
}

#[test]
fn they_live_and_are_previewed_by_their_schema() {
    let mut local = Local::with(json!({ "seed": 1 }), vaults("create_then_delete"));
    let mut body = vault(json!({ "Name": "keep", "Mode": "OPEN" }));
    body["Outputs"] = json!({
        "Ref": { "Value": { "Ref": "Vault" } },
        "Door": { "Value": { "Fn::GetAtt": ["Vault", "Door.Endpoint"] } },
    });
    local.create("site", &body).unwrap();
    assert_snapshot!(local.status("site"), @"CREATE_COMPLETE");
    let outputs = local.us("DescribeStacks", &[("StackName", "site")]).unwrap()["Stacks"][0]["Outputs"].to_string();
    assert_snapshot!(outputs, @r#"[{"OutputKey":"Ref","OutputValue":"arn:aws:storage:us-east-1:000000000000:vault/keep","Description":null,"ExportName":null},{"OutputKey":"Door","OutputValue":"dalkvsrxnxqv.storage.us-east-1.amazonaws.com","Description":null,"ExportName":null}]"#);
    let next =
        vault(json!({ "Name": "store", "Mode": "SEALED", "Secret": "s", "Labels": { "team": "a" } })).to_string();
    let changes = local.changes("site", "UPDATE", &[("TemplateBody", &next)]);
    let details = changes["Changes"][0]["ResourceChange"]["Details"].as_array().unwrap();
    let line = |detail: &serde_json::Value| {
        let target = &detail["Target"];
        format!("{} {} {}", target["Attribute"], target["Path"], target["RequiresRecreation"])
    };
    let lines: Vec<String> = details.iter().map(line).collect();
    assert_snapshot!(lines.join("\n"), @r#"
    "Properties" "/Properties/Name" "Always"
    "Properties" "/Properties/Mode" "Never"
    "Properties" "/Properties/Secret" "Never"
    "Tags" "/Properties/Labels" "Never"
    "#);
    local.us("ExecuteChangeSet", &[("StackName", "site"), ("ChangeSetName", "c")]).unwrap();
    assert_snapshot!(local.events("site"), @"
    site CREATE_IN_PROGRESS User Initiated
    Vault CREATE_IN_PROGRESS
    Vault CREATE_IN_PROGRESS Resource creation Initiated
    Vault CREATE_COMPLETE
    site CREATE_COMPLETE
    site UPDATE_IN_PROGRESS User Initiated
    Vault UPDATE_IN_PROGRESS Requested update requires the creation of a new physical resource; hence creating one.
    Vault UPDATE_IN_PROGRESS Resource creation Initiated
    Vault UPDATE_COMPLETE
    site UPDATE_COMPLETE_CLEANUP_IN_PROGRESS
    Vault DELETE_IN_PROGRESS
    Vault DELETE_COMPLETE
    site UPDATE_COMPLETE
    ");
}

#[test]
fn they_are_refused_by_their_schema() {
    let mut local = Local::with(json!({ "seed": 1 }), vaults("create_then_delete"));
    let error = local.create("site", &vault(json!({ "Name": "far too long", "Mode": "AJAR" }))).unwrap_err();
    assert_snapshot!(error, @"ValidationError: The following hook(s)/validation failed: [AWS::EarlyValidation::PropertyValidation]. To troubleshoot Early Validation errors, use the DescribeEvents API for detailed failure information. /Resources/Vault/Properties/Name: `Name` is `far too long`; allowed: at most 8 characters; /Resources/Vault/Properties/Mode: `Mode` is `AJAR`; allowed: `OPEN`, `SEALED`");
    let mut body = vault(json!({ "Name": "keep" }));
    body["Outputs"] = json!({ "Mode": { "Value": { "Fn::GetAtt": ["Vault", "Key"] } } });
    assert_snapshot!(local.create("site", &body).unwrap_err(), @"ValidationError: Template error: resource Vault does not support attribute type Key in Fn::GetAtt");
    let unknown = Local::new().create("site", &vault(json!({ "Name": "keep" }))).unwrap_err();
    assert_snapshot!(unknown, @"ValidationError: Template format error: Unrecognized resource types: [Acme::Storage::Vault]");
}

/// CloudFormation CLI User Guide, "Resource type schema", `replacementStrategy`.
#[test]
fn one_that_is_deleted_first_is_deleted_first() {
    let mut local = Local::with(json!({ "seed": 1 }), vaults("delete_then_create"));
    local.create("site", &vault(json!({ "Name": "keep" }))).unwrap();
    local.update("site", &vault(json!({ "Name": "store" }))).unwrap();
    let events = local.events("site");
    let deleted = events.find("Vault DELETE_COMPLETE").unwrap();
    assert!(deleted < events.find("Vault UPDATE_COMPLETE").unwrap(), "{events}");
}

/// Values that cannot be read back do not drift: cloudformation.md, "Drift".
#[test]
fn drift_is_seen_but_for_what_cannot_be_read() {
    let drift =
        |property: &str| json!({ "stack": "site", "logicalId": "Vault", "property": property, "value": "by hand" });
    let faults = json!({ "seed": 1, "drift": [drift("Secret"), drift("Mode")] });
    let mut local = Local::with(faults, vaults("create_then_delete"));
    local.create("site", &vault(json!({ "Name": "keep", "Mode": "OPEN", "Secret": "s" }))).unwrap();
    local.us("DetectStackDrift", &[("StackName", "site")]).unwrap();
    let drifts = local.us("DescribeStackResourceDrifts", &[("StackName", "site")]).unwrap();
    let differences = &drifts["StackResourceDrifts"][0]["PropertyDifferences"];
    assert_snapshot!(differences.to_string(), @r#"[{"PropertyPath":"/Mode","ExpectedValue":"OPEN","ActualValue":"by hand","DifferenceType":"NOT_EQUAL"}]"#);
}
