//! The merge with the change set: one oddity of CloudFormation a test, sources in `merge.rs`.

#![allow(clippy::unwrap_used, reason = "what cannot go on fails its test")]

use formwork_diff::change_set::{
    Action, ChangeDetail, ChangeSetReplacement, KNOWN_AFTER_APPLY, PolicyAction, RequiresRecreation,
};
use formwork_diff::{ChangeSet, Diff, Impact, ParameterValues, Registry, RenderOptions, ResourceChange, render};
use formwork_template::Template;
use insta::assert_snapshot;

fn template(resources: &str) -> Template {
    Template::from_json(&format!(r#"{{"Resources":{{{resources}}}}}"#)).unwrap()
}

fn between(before: &str, after: &str) -> Diff {
    Diff::between(Some(&template(before)), &template(after), &Registry::new())
}

fn change_set(changes: Vec<ResourceChange>) -> ChangeSet {
    ChangeSet { has_changes: true, changes }
}

fn modify(logical_id: &str, replacement: ChangeSetReplacement) -> ResourceChange {
    ResourceChange {
        logical_id: logical_id.to_owned(),
        type_name: "AWS::S3::Bucket".to_owned(),
        physical_id: Some("deployed".to_owned()),
        replacement: Some(replacement),
        ..ResourceChange::default()
    }
}

fn detail(path: &str, before: &str, after: &str, recreation: RequiresRecreation) -> ChangeDetail {
    ChangeDetail {
        attribute: "Properties".to_owned(),
        name: path.split('/').nth(2).map(str::to_owned),
        path: Some(path.to_owned()),
        before_value: Some(before.to_owned()),
        after_value: Some(after.to_owned()),
        requires_recreation: Some(recreation),
        ..ChangeDetail::default()
    }
}

fn shown(diff: &Diff) -> String {
    format!("{}\n{}", render(diff, &RenderOptions::default()), diff.totals())
}

#[track_caller]
fn impact(diff: &Diff, logical_id: &str) -> Impact {
    diff.resource(logical_id).map(|resource| resource.impact).unwrap_or_default()
}

const BUCKET: &str = r#""Logs":{"Type":"AWS::S3::Bucket","Properties":{"BucketName":"logs"}}"#;
const TAGGED: &str =
    r#""Logs":{"Type":"AWS::S3::Bucket","Properties":{"BucketName":"logs","Tags":[{"Key":"a","Value":"b"}]}}"#;
const USERS: &str = r#""Logs":{"Type":"AWS::S3::Bucket","Properties":{"BucketName":"NAME"}},
    "Policy":{"Type":"AWS::S3::BucketPolicy","Properties":{"Bucket":{"Ref":"Logs"},"PolicyDocument":{}}}"#;

#[test]
fn replacement_true_is_a_replacement() {
    let diff = between(BUCKET, TAGGED).with_change_set(&change_set(vec![modify("Logs", ChangeSetReplacement::True)]));
    assert_eq!(impact(&diff, "Logs"), Impact::Replace);
    assert_eq!(diff.resources[0].physical_id.as_deref(), Some("deployed"));
}

#[test]
fn a_policy_action_that_replaces_is_a_replacement_even_where_replacement_says_false() {
    for action in [PolicyAction::ReplaceAndDelete, PolicyAction::ReplaceAndRetain, PolicyAction::ReplaceAndSnapshot] {
        let change = ResourceChange { policy_action: Some(action), ..modify("Logs", ChangeSetReplacement::False) };
        let diff = between(BUCKET, TAGGED).with_change_set(&change_set(vec![change]));
        assert_eq!(impact(&diff, "Logs"), Impact::Replace);
    }
}

#[test]
fn a_replacement_that_keeps_the_old_one_says_so() {
    let change = ResourceChange {
        policy_action: Some(PolicyAction::ReplaceAndRetain),
        ..modify("Logs", ChangeSetReplacement::True)
    };
    let diff = between(BUCKET, TAGGED).with_change_set(&change_set(vec![change]));
    assert_snapshot!(shown(&diff), @"
Resources
  [±] replace  Logs  AWS::S3::Bucket
      a replaced one stays deployed, outside of the stack (UpdateReplacePolicy: Retain)
      Tags  + [{ Key: a, Value: b }]

0 to create, 0 to update, 1 to replace, 0 to destroy
");
}

#[test]
fn conditional_is_a_class_of_its_own() {
    let change = modify("Logs", ChangeSetReplacement::Conditional);
    let diff = between(BUCKET, TAGGED).with_change_set(&change_set(vec![change]));
    assert_eq!(impact(&diff, "Logs"), Impact::MayReplace);
    assert_eq!(diff.totals().to_string(), "0 to create, 1 to update (1 may be replaced), 0 to replace, 0 to destroy");
}

#[test]
fn a_replacement_that_hangs_on_a_value_known_after_apply_may_not_come() {
    let change = ResourceChange {
        details: vec![
            detail("/Properties/BucketName", "logs", KNOWN_AFTER_APPLY, RequiresRecreation::Always),
            detail("/Properties/Tags/0/Value", "a", "b", RequiresRecreation::Never),
        ],
        ..modify("Logs", ChangeSetReplacement::True)
    };
    let diff = Diff::default().with_change_set(&change_set(vec![change]));
    assert_snapshot!(shown(&diff), @"
Resources
  [?] may replace  Logs  AWS::S3::Bucket
      holds data
      BucketName     logs → known after apply  (may replace)
      Tags[0].Value  a → b

0 to create, 1 to update (1 may be replaced), 0 to replace, 0 to destroy
");
}

#[test]
fn a_replacement_with_one_known_reason_comes() {
    let change = ResourceChange {
        details: vec![
            detail("/Properties/BucketName", "logs", KNOWN_AFTER_APPLY, RequiresRecreation::Always),
            detail("/Properties/ObjectLockEnabled", "false", "true", RequiresRecreation::Always),
        ],
        ..modify("Logs", ChangeSetReplacement::True)
    };
    let diff = Diff::default().with_change_set(&change_set(vec![change]));
    assert_eq!(impact(&diff, "Logs"), Impact::Replace);
}

#[test]
fn a_swap_of_empty_objects_that_the_change_set_leaves_out_stays() {
    let with = |action: &str| {
        format!(r#""Acl":{{"Type":"AWS::WAFv2::WebACL","Properties":{{"DefaultAction":{{"{action}":{{}}}}}}}}"#)
    };
    let diff = between(&with("Allow"), &with("Block")).with_change_set(&change_set(Vec::new()));
    assert_snapshot!(shown(&diff), @"
Resources
  [~] update  Acl  AWS::WAFv2::WebACL
      DefaultAction.Block  + {}
      DefaultAction.Allow  - {}

0 to create, 1 to update, 0 to replace, 0 to destroy
");
}

#[test]
fn a_difference_in_json_that_the_change_set_leaves_out_stays() {
    let with = |effect: &str| {
        format!(
            r#""Policy":{{"Type":"AWS::S3::BucketPolicy","Properties":{{"Bucket":"logs","PolicyDocument":{{"Statement":[{{"Effect":"{effect}"}}]}}}}}}"#
        )
    };
    let diff = between(&with("Allow"), &with("Deny")).with_change_set(&change_set(Vec::new()));
    assert_eq!(impact(&diff, "Policy"), Impact::Update);
}

#[test]
fn a_static_replacement_is_not_taken_back() {
    let change = modify("Logs", ChangeSetReplacement::False);
    let diff = between(BUCKET, &BUCKET.replace("logs", "records")).with_change_set(&change_set(vec![change]));
    assert_eq!(impact(&diff, "Logs"), Impact::Replace);
}

#[test]
fn what_follows_from_a_replacement_is_decided_by_the_change_set() {
    let predicted = between(&USERS.replace("NAME", "a"), &USERS.replace("NAME", "b"));
    assert_eq!(impact(&predicted, "Policy"), Impact::Replace);
    // Not listed at all: it does not change.
    let listed = vec![modify("Logs", ChangeSetReplacement::True)];
    let diff = predicted.clone().with_change_set(&change_set(listed.clone()));
    assert_eq!(impact(&diff, "Policy"), Impact::NoChange);
    // Listed as an update.
    let mut updated = listed.clone();
    updated.push(modify("Policy", ChangeSetReplacement::False));
    let diff = predicted.clone().with_change_set(&change_set(updated));
    assert_eq!(impact(&diff, "Policy"), Impact::Update);
    // Listed as a replacement.
    let mut replaced = listed;
    replaced.push(modify("Policy", ChangeSetReplacement::True));
    let diff = predicted.with_change_set(&change_set(replaced));
    assert_eq!(impact(&diff, "Policy"), Impact::Replace);
}

#[test]
fn the_change_set_knows_whether_a_custom_resource_is_replaced() {
    let with = |rows: u8| format!(r#""Seed":{{"Type":"Custom::Seed","Properties":{{"Rows":{rows}}}}}"#);
    let predicted = between(&with(1), &with(2));
    assert_eq!(impact(&predicted, "Seed"), Impact::MayReplace);
    let change = modify("Seed", ChangeSetReplacement::False);
    let diff = predicted.with_change_set(&change_set(vec![change]));
    assert_eq!(impact(&diff, "Seed"), Impact::Update);
}

#[test]
fn a_change_that_only_the_change_set_knows_is_added_with_its_reason() {
    let change = ResourceChange {
        details: vec![ChangeDetail {
            change_source: Some("ResourceAttribute".to_owned()),
            causing_entity: Some("Certificate.Arn".to_owned()),
            ..detail("/Properties/BucketName", "a", KNOWN_AFTER_APPLY, RequiresRecreation::Conditionally)
        }],
        ..modify("Logs", ChangeSetReplacement::Conditional)
    };
    let diff = between(BUCKET, BUCKET).with_change_set(&change_set(vec![change]));
    assert_snapshot!(shown(&diff), @"
Resources
  [?] may replace  Logs  AWS::S3::Bucket
      holds data
      BucketName  a → known after apply  (may replace: `Certificate.Arn` changes)

0 to create, 1 to update (1 may be replaced), 0 to replace, 0 to destroy
");
}

#[test]
fn an_empty_list_with_changed_outputs_is_a_change() {
    let with = |url: &str| {
        Template::from_json(&format!(r#"{{"Resources":{{{BUCKET}}},"Outputs":{{"Url":{{"Value":"{url}"}}}}}}"#))
            .unwrap()
    };
    let diff = Diff::between(Some(&with("a")), &with("b"), &Registry::new()).with_change_set(&change_set(Vec::new()));
    assert!(!diff.is_empty());
    assert_snapshot!(shown(&diff), @"
Outputs
  [~] Url  a → b

0 to create, 0 to update, 0 to replace, 0 to destroy
");
}

#[test]
fn a_difference_in_which_cloudformation_finds_nothing_to_do_is_noted() {
    let diff = between(BUCKET, TAGGED).with_change_set(&ChangeSet::default());
    assert_snapshot!(shown(&diff), @"
Resources
  [~] update  Logs  AWS::S3::Bucket
      Tags  + [{ Key: a, Value: b }]

note: CloudFormation finds nothing to deploy in this difference

0 to create, 1 to update, 0 to replace, 0 to destroy
");
}

#[test]
fn a_resource_whose_condition_does_not_hold_is_not_created() {
    let after = format!(r#"{BUCKET},"Extra":{{"Type":"AWS::S3::Bucket","Condition":"IsProd"}}"#);
    let predicted = between(BUCKET, &after);
    assert_eq!(impact(&predicted, "Extra"), Impact::MayCreate);
    let diff = predicted.clone().with_change_set(&change_set(Vec::new()));
    assert!(diff.is_empty());
    let add = ResourceChange { action: Action::Add, ..modify("Extra", ChangeSetReplacement::False) };
    let diff = predicted.with_change_set(&change_set(vec![add]));
    assert_eq!(impact(&diff, "Extra"), Impact::Create);
}

#[test]
fn actions_are_told_apart() {
    let change = |id: &str, action: Action, policy_action| ResourceChange {
        logical_id: id.to_owned(),
        type_name: "AWS::S3::Bucket".to_owned(),
        action,
        policy_action,
        ..ResourceChange::default()
    };
    let diff = Diff::default().with_change_set(&change_set(vec![
        change("Added", Action::Add, None),
        change("Imported", Action::Import, None),
        change("Removed", Action::Remove, Some(PolicyAction::Delete)),
        change("Kept", Action::Remove, Some(PolicyAction::Retain)),
        change("Saved", Action::Remove, Some(PolicyAction::Snapshot)),
        change("Open", Action::Dynamic, None),
        change("Synced", Action::SyncWithActual, None),
    ]));
    assert_snapshot!(shown(&diff), @"
Resources
  [+] create       Added     AWS::S3::Bucket
  [<] import       Imported  AWS::S3::Bucket
  [-] destroy      Removed   AWS::S3::Bucket
      holds data
  [=] keep         Kept      AWS::S3::Bucket
      leaves the stack and stays deployed (DeletionPolicy: Retain)
  [-] destroy      Saved     AWS::S3::Bucket
      holds data
      a snapshot is made first (DeletionPolicy: Snapshot)
  [?] may replace  Open      AWS::S3::Bucket
      holds data

1 to create, 1 to update (1 may be replaced), 0 to replace, 2 to destroy, 1 to keep, 1 to import
");
}

#[test]
fn a_value_that_was_unknown_is_taken_from_the_change_set() {
    let before = r#""Q":{"Type":"AWS::SQS::Queue","Properties":{"DelaySeconds":5}}"#;
    let after = r#""Q":{"Type":"AWS::SQS::Queue","Properties":{"DelaySeconds":{"Fn::ImportValue":"delay"}}}"#;
    let change = ResourceChange {
        details: vec![detail("/Properties/DelaySeconds", "5", "7", RequiresRecreation::Never)],
        ..modify("Q", ChangeSetReplacement::False)
    };
    let diff = between(before, after).with_change_set(&change_set(vec![change]));
    assert_snapshot!(shown(&diff), @"
Resources
  [~] update  Q  AWS::SQS::Queue
      DelaySeconds  5 → 7

0 to create, 1 to update, 0 to replace, 0 to destroy
");
}

#[test]
fn a_secret_in_a_change_set_is_never_shown() {
    let text = |class: &str| {
        Template::from_json(&format!(
            r#"{{"Parameters":{{"Password":{{"Type":"String","NoEcho":true}}}},"Resources":{{"Db":{{"Type":"AWS::RDS::DBInstance",
            "Properties":{{"DBInstanceClass":"{class}","MasterUserPassword":{{"Ref":"Password"}},
            "MasterUsername":"{{{{resolve:secretsmanager:user}}}}"}}}}}}}}"#
        ))
        .unwrap()
    };
    let change = ResourceChange {
        details: vec![
            detail("/Properties/MasterUserPassword", "hunter1", "hunter2", RequiresRecreation::Never),
            detail("/Properties/MasterUsername", "hunter3", "hunter4", RequiresRecreation::Always),
        ],
        ..modify("Db", ChangeSetReplacement::True)
    };
    let diff = Diff::between_with(Some(&text("a")), &text("b"), &Registry::new(), &ParameterValues::default())
        .with_change_set(&change_set(vec![change]));
    assert_snapshot!(shown(&diff), @"
Resources
  [±] replace  Db  AWS::RDS::DBInstance
      holds data
      DBInstanceClass     a → b
      MasterUserPassword  ****  (a secret changes)
      MasterUsername      ****  (replaces: a secret changes)

0 to create, 0 to update, 1 to replace, 0 to destroy
");
    assert!(!format!("{diff:?}{}", diff.to_json()).contains("hunter"));
}

#[test]
fn an_approval_covers_what_is_not_more_severe() {
    let predicted = between(&USERS.replace("NAME", "a"), &USERS.replace("NAME", "b"));
    let now = predicted.clone().with_change_set(&change_set(vec![
        modify("Logs", ChangeSetReplacement::True),
        modify("Policy", ChangeSetReplacement::False),
    ]));
    assert!(now.exceeds(&predicted).is_empty());
    let told: Vec<String> = predicted.exceeds(&now).iter().map(ToString::to_string).collect();
    assert_snapshot!(told.join("\n"), @"`Policy` (AWS::S3::BucketPolicy): replace, approved was update");
}

/// A value of an updated resource may come out as it was. CloudFormation lists who takes it, and says that it is not known yet.
#[test]
fn what_only_follows_an_updated_resource_may_be_updated() {
    let follows = |is_dynamic: bool| ChangeDetail {
        change_source: Some("ResourceAttribute".to_owned()),
        causing_entity: Some("Logs.DomainName".to_owned()),
        is_dynamic,
        ..detail("/Properties/Tags", "a", "b", RequiresRecreation::Never)
    };
    let with = |details: Vec<ChangeDetail>| {
        let change = ResourceChange { details, ..modify("Logs", ChangeSetReplacement::False) };
        impact(&between(BUCKET, BUCKET).with_change_set(&change_set(vec![change])), "Logs")
    };
    assert_eq!(with(vec![follows(true)]), Impact::MayUpdate);
    assert_eq!(with(vec![follows(true), follows(false)]), Impact::Update);
    assert_eq!(with(vec![]), Impact::Update);
}
