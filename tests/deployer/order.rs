//! One run after the other, without anything that goes wrong.

use formwork::assembly::{Assembly, StackId};
use formwork::prelude::*;
use formwork_deploy::{Consent, Outcome};
use insta::assert_snapshot;

use crate::app::{Form, app, app_by};
use crate::world::{Ended, Kill, World};

#[track_caller]
pub(crate) fn done(ended: &Ended) {
    let report = ended.report.as_ref().unwrap().as_ref().unwrap_or_else(|error| panic!("{error}\n{}", ended.heard));
    for stack in &report.stacks {
        let is_done = matches!(stack.outcome, Outcome::Done(_) | Outcome::Unchanged);
        assert!(is_done, "{}: {:?}\n{}", stack.id, stack.outcome, ended.heard);
        assert!(stack.left_behind.is_empty(), "{}: {:?}\n{}", stack.id, stack.left_behind, ended.heard);
    }
}

#[test]
fn what_others_use_is_replaced_when_they_have_followed() {
    let world = World::new();
    done(&world.deploy(&app(Form::One), Kill::Never, Consent::Given));
    let old = world.parameters("ap-northeast-2", "site");
    let ended = world.deploy(&app(Form::Replaced), Kill::Never, Consent::Given);
    done(&ended);
    assert_snapshot!(ended.heard, @"
    edge: removal: Queue
    edge: removal: Setting
    edge: removal: Certificate
    site: removal: Copy
    edge: updating
    edge: UPDATE_COMPLETE
    site: updating
    site: UPDATE_COMPLETE
    third: updating
    third: UPDATE_COMPLETE
    site: deleting the old Copy
    site: deleted the old Copy
    edge: deleting the old Queue
    edge: deleted the old Queue
    edge: deleting the old Setting
    edge: deleted the old Setting
    edge: deleting the old Certificate
    edge: deleted the old Certificate
    ");
    // The preview says of none of them that it stays.
    let plan = &ended.report.as_ref().unwrap().as_ref().unwrap().plan;
    let edge = plan.stacks.iter().find(|stack| &*stack.id.name == "edge").unwrap();
    assert_eq!(edge.removals.len(), 3);
    for removal in &edge.removals {
        let resource = edge.diff.resource(&removal.logical_id).unwrap();
        let text = formwork_diff::render_resource(resource, &formwork_diff::RenderOptions::default());
        assert!(!text.contains("stays deployed"), "{text}");
    }
    for (parameter, id) in &old {
        let type_name = match parameter.as_str() {
            "EdgeQueueRef" => "AWS::SQS::Queue",
            "EdgeSettingRef" => "AWS::SSM::Parameter",
            _ => "AWS::CertificateManager::Certificate",
        };
        assert!(!world.has("us-east-1", type_name, id), "{id}");
    }
    // There is nothing left to do, and nothing is written.
    let again = world.deploy(&app(Form::Replaced), Kill::Never, Consent::Given);
    done(&again);
    assert_eq!((again.heard.as_str(), again.log.as_slice()), ("", [].as_slice()));
}

#[test]
fn what_others_use_is_removed_when_they_have_followed() {
    let world = World::new();
    done(&world.deploy(&app(Form::One), Kill::Never, Consent::Given));
    let ended = world.deploy(&app(Form::Removed), Kill::Never, Consent::Given);
    done(&ended);
    assert_snapshot!(ended.heard, @"
    edge: kept: Queue
    edge: kept: Setting
    edge: kept: Certificate
    site: kept: Copy
    site: updating
    site: UPDATE_COMPLETE
    third: updating
    third: UPDATE_COMPLETE
    site: updating
    site: UPDATE_COMPLETE
    edge: updating
    edge: UPDATE_COMPLETE
    ");
    assert!(!world.has("us-east-1", "AWS::SSM::Parameter", "/setting-a"));
    assert!(!world.has("ap-northeast-2", "AWS::SSM::Parameter", "/copy-a"));
    let again = world.deploy(&app(Form::Removed), Kill::Never, Consent::Given);
    done(&again);
    assert_eq!((again.heard.as_str(), again.log.as_slice()), ("", [].as_slice()));
}

/// A resource that Cloud Control knows by two parts.
#[test]
fn an_identifier_of_several_parts_is_deleted_too() {
    let world = World::new();
    let app = |addon: &str| {
        let mut edge = Stack::<UsEast1>::new("edge");
        let mut site = Stack::<ApNortheast2>::new("site");
        let addon =
            edge.add("Addon", Untyped::new("AWS::EKS::Addon", json!({ "ClusterName": "main", "AddonName": addon })));
        let note = json!({ "Name": "/addon", "Type": "String", "Value": addon.ref_value() });
        site.add("UsesAddon", Untyped::new("AWS::SSM::Parameter", note));
        App::new().with(edge).with(site).synth().unwrap_or_else(|report| panic!("{report:?}"))
    };
    done(&world.deploy(&app("vpc-cni"), Kill::Never, Consent::Given));
    let ended = world.deploy(&app("coredns"), Kill::Never, Consent::Given);
    done(&ended);
    assert_snapshot!(ended.heard, @"
    edge: removal: Addon
    edge: updating
    edge: UPDATE_COMPLETE
    site: updating
    site: UPDATE_COMPLETE
    edge: deleting the old Addon
    edge: deleted the old Addon
    ");
    let there = |addon: &str| world.has("us-east-1", "AWS::EKS::Addon", &format!("main|{addon}"));
    assert_eq!((there("vpc-cni"), there("coredns")), (false, true));
}

/// The same app, as it was deployed before synth kept what others use.
fn without_policies(mut assembly: Assembly) -> Assembly {
    for stack in &mut assembly.stacks {
        let mut template: serde_json::Value = serde_json::from_str(&stack.template).unwrap();
        template.as_object_mut().unwrap().remove("Metadata");
        for resource in template["Resources"].as_object_mut().unwrap().values_mut() {
            resource.as_object_mut().unwrap().remove("UpdateReplacePolicy");
        }
        stack.template = template.to_string();
    }
    assembly
}

#[test]
fn a_policy_that_is_not_deployed_goes_first() {
    let world = World::new();
    done(&world.deploy(&without_policies(app(Form::One)), Kill::Never, Consent::Given));
    let ended = world.deploy(&app(Form::Replaced), Kill::Never, Consent::Given);
    done(&ended);
    assert_snapshot!(ended.heard, @"
    edge: policy first: Queue
    edge: policy first: Setting
    edge: policy first: Certificate
    edge: removal: Queue
    edge: removal: Setting
    edge: removal: Certificate
    site: policy first: Copy
    site: removal: Copy
    edge: updating
    edge: UPDATE_COMPLETE
    edge: updating
    edge: UPDATE_COMPLETE
    site: updating
    site: UPDATE_COMPLETE
    site: updating
    site: UPDATE_COMPLETE
    third: updating
    third: UPDATE_COMPLETE
    site: deleting the old Copy
    site: deleted the old Copy
    edge: deleting the old Queue
    edge: deleted the old Queue
    edge: deleting the old Setting
    edge: deleted the old Setting
    edge: deleting the old Certificate
    edge: deleted the old Certificate
    ");
    assert!(!world.has("us-east-1", "AWS::SSM::Parameter", "/setting-a"));
    assert!(!world.has("ap-northeast-2", "AWS::SSM::Parameter", "/copy-a"));
}

#[test]
fn a_producer_alone_keeps_the_old_one_until_the_consumer_follows() {
    let world = World::new();
    done(&world.deploy(&app(Form::One), Kill::Never, Consent::Given));
    let edge = [StackId::new("edge", "us-east-1")];
    let alone = world.deploy_some(&app(Form::Replaced), &edge, Kill::Never, Consent::Given);
    let report = alone.report.unwrap().unwrap();
    let left = report.stacks[0]
        .left_behind
        .iter()
        .map(|left| format!("{}: {}", left.logical_id, left.failure.clone().unwrap()));
    assert_snapshot!(left.collect::<Vec<_>>().join("\n"), @"
    Queue: it stays until `site` has followed
    Setting: it stays until `site` has followed
    Certificate: it stays until `site` has followed
    ");
    // Again: still not.
    let again = world.deploy_some(&app(Form::Replaced), &edge, Kill::Never, Consent::Given);
    assert_eq!(again.report.unwrap().unwrap().stacks[0].left_behind.len(), 3);
    let rest = world.deploy(&app(Form::Replaced), Kill::Never, Consent::Given);
    done(&rest);
    assert!(!world.has("us-east-1", "AWS::SSM::Parameter", "/setting-a"));
}

#[test]
fn native_references_deploy_the_first_time() {
    let world = World::new();
    done(&world.deploy(&app_by(Form::One, References::StackOutput), Kill::Never, Consent::Given));
    assert!(world.has("eu-west-1", "AWS::SSM::Parameter", "/copy"));
    // Nothing is found to change, and all that is there is read.
    let again = world.deploy(&app_by(Form::One, References::StackOutput), Kill::Never, Consent::Given);
    done(&again);
}

/// Two stacks of a region, of which one imports what the other exports, and says so by nothing but the order of stacks.
fn importing() -> App {
    let mut shared = Stack::<UsEast1>::new("shared");
    let topic = shared.add("Topic", Untyped::new("AWS::SNS::Topic", json!({})));
    shared.output("Name", topic.ref_value()).export("shared-name");
    let mut user = Stack::<UsEast1>::new("user");
    let name: Val<String> = function::import_value("shared-name");
    user.add("Copy", Untyped::new("AWS::SSM::Parameter", json!({ "Name": "/copy", "Type": "String", "Value": name })));
    user.depends_on(&shared);
    App::new().with(shared).with(user)
}

#[test]
fn an_import_deploys_the_first_time() {
    let world = World::new();
    let assembly = importing().synth().unwrap();
    done(&world.deploy(&assembly, Kill::Never, Consent::Given));
    assert!(world.has("us-east-1", "AWS::SSM::Parameter", "/copy"));
    done(&world.deploy(&assembly, Kill::Never, Consent::Given));
}
