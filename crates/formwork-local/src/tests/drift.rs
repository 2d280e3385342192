//! Drift: of a stack, and of one resource.

use serde_json::{Value as Json, json};

use super::{Local, template, topic};

fn drifting(logical_ids: &[&str]) -> Local {
    let drift = |id: &&str| json!({ "stack": "site", "logicalId": id, "property": "DisplayName", "value": "by hand" });
    let mut local =
        Local::with_faults(json!({ "seed": 1, "drift": logical_ids.iter().map(drift).collect::<Vec<_>>() }));
    local.create("site", &template(json!({ "A": topic(json!("a")), "B": topic(json!("b")) }))).unwrap();
    local
}

fn look_at(local: &mut Local, logical_id: &str) -> Json {
    let fields = [("StackName", "site"), ("LogicalResourceId", logical_id)];
    local.us("DetectStackResourceDrift", &fields).unwrap()["StackResourceDrift"].clone()
}

/// The stack's status, then that of each resource.
fn known(local: &mut Local) -> String {
    let stack = local.us("DescribeStacks", &[("StackName", "site")]).unwrap()["Stacks"][0].clone();
    let resources = local.us("ListStackResources", &[("StackName", "site")]).unwrap();
    let mut known = vec![stack["DriftInformation"]["StackDriftStatus"].as_str().unwrap().to_owned()];
    for resource in resources["StackResourceSummaries"].as_array().unwrap() {
        known.push(resource["DriftInformation"]["StackResourceDriftStatus"].as_str().unwrap().to_owned());
    }
    let drifts = local.us("DescribeStackResourceDrifts", &[("StackName", "site")]).unwrap();
    known.push(drifts["StackResourceDrifts"].as_array().unwrap().len().to_string());
    known.join(" ")
}

/// User Guide, "Detect drift on individual stack resources": a drifted one makes the stack DRIFTED; and API Reference,
/// `DescribeStackResourceDrifts`: there is an entry for each resource that was checked.
#[test]
fn what_one_resource_says_of_its_stack() {
    let mut local = drifting(&["A"]);
    assert_eq!(known(&mut local), "NOT_CHECKED NOT_CHECKED NOT_CHECKED 0");
    assert_eq!(look_at(&mut local, "B")["StackResourceDriftStatus"], "IN_SYNC");
    assert_eq!(known(&mut local), "NOT_CHECKED NOT_CHECKED IN_SYNC 1");
    let drift = look_at(&mut local, "A");
    assert_eq!(drift["PropertyDifferences"][0]["ActualValue"], "by hand");
    assert_eq!(known(&mut local), "DRIFTED MODIFIED IN_SYNC 2");
    // An update sets it right, and what was known before it is of no use.
    local.update("site", &template(json!({ "A": topic(json!("a")), "B": topic(json!("c")) }))).unwrap();
    assert_eq!(known(&mut local), "NOT_CHECKED NOT_CHECKED NOT_CHECKED 0");
}

/// The same chapter: a resource that was set right makes a stack IN_SYNC that was DRIFTED because of it alone.
#[test]
fn a_stack_is_in_sync_again_when_its_last_drifted_resource_is() {
    let mut local = drifting(&["A"]);
    local.us("DetectStackDrift", &[("StackName", "site")]).unwrap();
    assert_eq!(known(&mut local), "DRIFTED MODIFIED IN_SYNC 2");
    local.world.faults.drift[0].value = json!("a");
    look_at(&mut local, "A");
    assert_eq!(known(&mut local), "IN_SYNC IN_SYNC IN_SYNC 2");
}

/// The answers tell what was found, and not what would be found now.
#[test]
fn all_answers_tell_of_the_same_look() {
    let mut local = drifting(&[]);
    local.us("DetectStackDrift", &[("StackName", "site")]).unwrap();
    let drift =
        json!({ "drift": [{ "stack": "site", "logicalId": "A", "property": "DisplayName", "value": "by hand" }] });
    local.world.bring_faults(drift.to_string().as_bytes(), 1).unwrap();
    look_at(&mut local, "B");
    assert_eq!(known(&mut local), "IN_SYNC IN_SYNC IN_SYNC 2");
    let drifts = local.us("DescribeStackResourceDrifts", &[("StackName", "site")]).unwrap();
    assert_eq!(drifts["StackResourceDrifts"][0]["StackResourceDriftStatus"], "IN_SYNC");
    look_at(&mut local, "A");
    assert_eq!(known(&mut local), "DRIFTED MODIFIED IN_SYNC 2");
}

#[test]
fn what_is_not_there_cannot_be_looked_at() {
    let mut local = drifting(&[]);
    let fields = [("StackName", "site"), ("LogicalResourceId", "C")];
    let error = local.us("DetectStackResourceDrift", &fields).unwrap_err();
    assert_eq!(error, "ValidationError: Resource C does not exist for stack site");
    let error = local.us("DetectStackResourceDrift", &fields[..1]).unwrap_err();
    assert!(error.contains("logicalResourceId"), "{error}");
}
