//! Policies that keep a resource: one that keeps less than before is reported.

#![allow(clippy::unwrap_used, reason = "what cannot go on fails its test")]

use formwork_diff::{Diff, Registry};
use formwork_template::Template;

#[test]
fn a_policy_that_keeps_less_than_before_is_told() {
    let with = |type_name: &str, policies: &str| {
        Template::from_json(&format!(r#"{{"Resources":{{"A":{{"Type":"{type_name}"{policies}}}}}}}"#)).unwrap()
    };
    let told = |type_name: &str, before: &str, after: &str| {
        let (before, after) = (with(type_name, before), with(type_name, after));
        let diff = Diff::between(Some(&before), &after, &Registry::new());
        diff.resources.first().is_some_and(|one| one.reasons.iter().any(|reason| reason.starts_with("no longer kept")))
    };
    let bucket = |before: &str, after: &str| told("AWS::S3::Bucket", before, after);
    let (kept, except, deleted) = (
        r#","DeletionPolicy":"Retain""#,
        r#","DeletionPolicy":"RetainExceptOnCreate""#,
        r#","DeletionPolicy":"Delete""#,
    );
    for (before, after, less) in [
        (kept, "", true),
        (kept, deleted, true),
        (except, "", true),
        // It deletes only what a failed creation left behind.
        (kept, except, false),
        (except, kept, false),
        (deleted, kept, false),
        ("", except, false),
        (r#","UpdateReplacePolicy":"Retain""#, "", true),
        (r#","UpdateReplacePolicy":"Retain""#, r#","UpdateReplacePolicy":"Delete""#, true),
        ("", r#","UpdateReplacePolicy":"Retain""#, false),
    ] {
        assert_eq!(bucket(before, after), less, "{before} → {after}");
    }
    // The default of a cluster of databases is a snapshot.
    let snapshot = r#","DeletionPolicy":"Snapshot""#;
    assert!(!told("AWS::RDS::DBCluster", snapshot, ""));
    assert!(told("AWS::RDS::DBCluster", kept, ""));
    assert!(told("AWS::RDS::DBCluster", "", deleted));
}
