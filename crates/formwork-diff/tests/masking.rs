//! Secrets that are written out in a template are in no output.

#![allow(clippy::unwrap_used, reason = "what cannot go on fails its test")]

use formwork_diff::change_set::ChangeDetail;
use formwork_diff::{
    ChangeSet, Diff, ParameterValue, ParameterValues, Registry, RenderOptions, ResourceChange, render,
};
use formwork_template::Template;
use insta::assert_snapshot;
use serde_json::{Value, json};

fn template(document: &Value) -> Template {
    Template::from_json(&document.to_string()).unwrap()
}

fn between(before: &Value, after: &Value) -> Diff {
    Diff::between(Some(&template(before)), &template(after), &Registry::new())
}

/// The text of the diff, after a look into everything that can be made of it.
fn shown(diff: &Diff) -> String {
    let plain = render(diff, &RenderOptions::default());
    let verbose = render(diff, &RenderOptions { colour: true, verbose: true });
    for text in [&plain, &verbose, &diff.to_json().to_string(), &format!("{diff:?}")] {
        assert!(!text.contains("hunter"), "{text}");
    }
    plain
}

fn database(id: &str, password: Value) -> Value {
    json!({ id: { "Type": "AWS::RDS::DBInstance", "Properties": { "MasterUserPassword": password, "Port": 1 } } })
}

fn resources(all: &[Value]) -> Value {
    let all = all.iter().filter_map(Value::as_object).flatten();
    json!({ "Resources": all.map(|(id, resource)| (id.clone(), resource.clone())).collect::<Value>() })
}

#[test]
fn a_password_that_changes_is_said_without_its_value() {
    let before = resources(&[database("Changed", json!("hunter1")), database("Gone", json!("hunter2"))]);
    let after = resources(&[database("Changed", json!("hunter3")), database("New", json!("hunter4"))]);
    assert_snapshot!(shown(&between(&before, &after)), @"
Resources
  [~] update   Changed  AWS::RDS::DBInstance
      MasterUserPassword  **** → **** (changed)
  [+] create   New      AWS::RDS::DBInstance
  [-] destroy  Gone     AWS::RDS::DBInstance
      holds data
      a snapshot is made first: the default DeletionPolicy of this type is Snapshot
  2 properties of what is created are shown with --verbose
");
    let now_referred = resources(&[database("Changed", json!("{{resolve:secretsmanager:db:SecretString:password}}"))]);
    assert_snapshot!(shown(&between(&resources(&[database("Changed", json!("hunter1"))]), &now_referred)), @"
    Resources
      [~] update  Changed  AWS::RDS::DBInstance
          MasterUserPassword  **** → {{resolve:secretsmanager:db:SecretString:password}}
    ");
}

#[test]
fn pieces_of_functions_are_masked_and_what_they_refer_to_is_not() {
    let with = |secret: &str| {
        let pieces = json!([
            { "Fn::Sub": format!("{secret}${{Stage}}{secret}") },
            { "Fn::Sub": [secret, { "A": secret }] },
            { "Fn::Join": ["-", [secret, { "Ref": "Stage" }]] },
            { "Fn::If": ["C", secret, { "Ref": "Stage" }] },
            { "Fn::Select": [0, [secret, "hunter"]] },
            { "Fn::Base64": secret },
            { "Fn::Join": ["", ["{{resolve:ssm:", { "Ref": "Stage" }, "}}"]] },
        ]);
        let pieces = pieces.as_array().cloned().unwrap_or_default();
        resources(
            &pieces.into_iter().enumerate().map(|(at, piece)| database(&format!("D{at}"), piece)).collect::<Vec<_>>(),
        )
    };
    assert_snapshot!(shown(&between(&with("hunter1"), &with("hunter2"))), @"
Resources
  [~] update  D0  AWS::RDS::DBInstance
      MasterUserPassword  ****${Stage}**** → **** (changed)${Stage}****
  [~] update  D1  AWS::RDS::DBInstance
      MasterUserPassword  **** → **** (changed)
  [~] update  D2  AWS::RDS::DBInstance
      MasterUserPassword  ****${Stage} → **** (changed)${Stage}
  [~] update  D3  AWS::RDS::DBInstance
      MasterUserPassword  If(C, ****, ${Stage}) → If(C, **** (changed), ${Stage})
  [~] update  D4  AWS::RDS::DBInstance
      MasterUserPassword  **** → **** (changed)
  [~] update  D5  AWS::RDS::DBInstance
      MasterUserPassword  Base64(****) → Base64(**** (changed))

note: a value cannot be worked out: Template error: unresolved condition dependency C in the Conditions block of the template
");
}

#[test]
fn variables_of_an_environment_are_secret_by_their_names() {
    let document = |secret: &str| {
        json!({ "Resources": {
            "Function": { "Type": "AWS::Lambda::Function", "Properties": {
                "Environment": { "Variables": { "DB_PASSWORD": secret, "STAGE": secret.len() } },
                "Tags": [{ "Key": "api-token", "Value": secret }],
            } },
            "Task": { "Type": "AWS::ECS::TaskDefinition", "Properties": { "ContainerDefinitions": [
                { "Name": "web", "Environment": [{ "Name": "A", "Value": "a" }, { "Name": "API_KEY", "Value": secret }] },
            ] } },
            "Set": { "Type": "AWS::EC2::Instance", "Metadata": { "AWS::CloudFormation::Init": { "config": { "commands": {
                "a": { "command": "run", "env": { "DB_PASSWORD": secret } } } } } } },
            "New": { "Type": "Custom::Hook", "Properties": { "ServiceToken": format!("arn:{}", secret.len()), "Token": secret } },
        } })
    };
    assert_snapshot!(shown(&between(&document("hunter1"), &document("hunter22"))), @"
    Resources
      [~] update       Function  AWS::Lambda::Function
          Environment.Variables.DB_PASSWORD  **** → **** (changed)
          Environment.Variables.STAGE        7 → 8
          Tags[api-token].Value              **** → **** (changed)
      [±] replace      Task      AWS::ECS::TaskDefinition
          ContainerDefinitions[web].Environment[API_KEY].Value  **** → **** (changed)  (replaces)
      [~] update       Set       AWS::EC2::Instance
          Metadata.AWS::CloudFormation::Init.config.commands.a.env.DB_PASSWORD  **** → **** (changed)
      [?] may replace  New       Custom::Hook
          ServiceToken  arn:7 → arn:8  (may replace)
          Token         **** → **** (changed)  (may replace)
    ");
}

#[test]
fn parameters_and_mappings_that_lead_to_a_secret_place_are_masked() {
    let document = |secret: &str| {
        json!({
            "Parameters": {
                "Plain": { "Type": "String", "Default": secret.len() },
                "Access": { "Type": "String", "Default": secret },
                "DbPassword": { "Type": "String", "Default": secret, "AllowedValues": [secret] },
                "Hidden": { "Type": "String", "NoEcho": true, "Default": secret },
            },
            "Mappings": { "Stages": { "prod": { "Access": secret, "Size": secret.len() } } },
            "Resources": {
                "A": { "Type": "AWS::RDS::DBInstance", "Properties": { "MasterUserPassword": { "Ref": "Access" } } },
                "B": { "Type": "AWS::RDS::DBInstance", "Properties": {
                    "MasterUserPassword": { "Fn::FindInMap": ["Stages", "prod", "Access"] } } },
            },
            "Outputs": { "Password": { "Value": secret }, "Size": { "Value": secret.len() } },
        })
    };
    let (before, after) = (document("hunter1"), document("hunter22"));
    assert_snapshot!(shown(&between(&before, &after)), @"
Resources
  [~] update  A  AWS::RDS::DBInstance
      MasterUserPassword  **** → **** (changed)  (parameter `Access` changes)
  [~] update  B  AWS::RDS::DBInstance
      MasterUserPassword  **** → **** (changed)  (mapping `Stages` changes)

Parameters
  [~] Plain
      Default  7 → 8
      no resource uses it
  [~] Access
      Default  **** → **** (changed)
      1 resource uses it
  [~] DbPassword
      Default           **** → **** (changed)
      AllowedValues[0]  **** → **** (changed)
      no resource uses it
  [~] Hidden
      Default  **** → **** (changed)
      no resource uses it

Mappings
  [~] Stages
      prod.Access  **** → **** (changed)
      prod.Size    7 → 8
      1 resource uses it

Outputs
  [~] Password  **** → **** (changed)
  [~] Size      7 → 8
");
    let given = |value: &str| [("Access".to_owned(), ParameterValue::Known(value.to_owned()))].into_iter().collect();
    let values = ParameterValues { before: given("hunter5"), after: given("hunter6"), ..ParameterValues::default() };
    let diff = Diff::between_with(Some(&template(&before)), &template(&after), &Registry::new(), &values);
    assert_snapshot!(shown(&diff), @"
Resources
  [~] update  A  AWS::RDS::DBInstance
      MasterUserPassword  **** → **** (changed)  (parameter `Access` changes)
  [~] update  B  AWS::RDS::DBInstance
      MasterUserPassword  **** → **** (changed)  (mapping `Stages` changes)

Parameters
  [~] Plain       7 → 8
      Default  7 → 8
      no resource uses it
  [~] Access      **** → **** (changed)
      1 resource uses it
  [~] DbPassword  **** → **** (changed)
      AllowedValues[0]  **** → **** (changed)
      no resource uses it
  [~] Hidden
      Default  **** → **** (changed)
      no resource uses it

Mappings
  [~] Stages
      prod.Access  **** → **** (changed)
      prod.Size    7 → 8
      1 resource uses it

Outputs
  [~] Password  **** → **** (changed)
  [~] Size      7 → 8
");
}

#[test]
fn a_parameter_that_becomes_secret_does_not_show_what_it_was() {
    let document = |more: Value| {
        let mut parameter = json!({ "Type": "String", "Default": "hunter" });
        parameter.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
        json!({ "Parameters": { "Access": parameter }, "Resources": {} })
    };
    let (open, hidden) = (document(json!({})), document(json!({ "NoEcho": "TRUE" })));
    assert_snapshot!(shown(&between(&open, &hidden)), @"
    Parameters
      [~] Access
          NoEcho  + TRUE
          no resource uses it
    ");
    assert_snapshot!(shown(&between(&hidden, &open)), @"
    Parameters
      [~] Access
          NoEcho  - TRUE
          no resource uses it
    ");
    assert_snapshot!(shown(&between(&hidden, &json!({ "Resources": {} }))), @"
    Parameters
      [-] Access  ****
    ");
    // A new one reads as a value that is hidden, and not as that of its type.
    let empty = template(&json!({ "Resources": {} }));
    let values = ParameterValues {
        after: [("Access".to_owned(), ParameterValue::Known("hunter2".to_owned()))].into_iter().collect(),
        ..ParameterValues::default()
    };
    let new = Diff::between_with(Some(&empty), &template(&hidden), &Registry::new(), &values);
    assert_snapshot!(shown(&new), @"
    Parameters
      [+] Access  ****
    ");
    assert!(between(&hidden, &hidden).is_empty());
}

#[test]
fn a_change_set_does_not_bring_a_secret_back() {
    let before = resources(&[database("Data", json!({ "Ref": "Access" }))]);
    let detail = ChangeDetail {
        attribute: "Properties".to_owned(),
        name: Some("MasterUserPassword".to_owned()),
        path: Some("/Properties/MasterUserPassword".to_owned()),
        before_value: Some("hunter1".to_owned()),
        after_value: Some("hunter2".to_owned()),
        ..ChangeDetail::default()
    };
    let change = ResourceChange {
        logical_id: "Data".to_owned(),
        type_name: "AWS::RDS::DBInstance".to_owned(),
        details: vec![detail],
        before_context: Some(r#"{"Properties":{"MasterUserPassword":"hunter1"}}"#.to_owned()),
        ..ResourceChange::default()
    };
    let change_set = ChangeSet { has_changes: true, changes: vec![change] };
    let after = resources(&[database("Data", json!("hunter2"))]);
    for (old, new) in [(&before, &before), (&before, &after), (&after, &after)] {
        shown(&between(old, new).with_change_set(&change_set));
    }
    assert_snapshot!(shown(&between(&before, &before).with_change_set(&change_set)), @"
    Resources
      [~] update  Data  AWS::RDS::DBInstance
          MasterUserPassword  ****  (a secret changes)
    ");
}
