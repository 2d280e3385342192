//! Leftovers of runs, and stacks that left the app: named, and removed on demand.

use std::collections::BTreeSet;
use std::future::pending;

use formwork::assembly::{Assembly, StackId};
use formwork_deploy::{
    Consent, Error, Garbage, GcOptions, Left, Leftover, NamedResource, Stays, collect, garbage, orphans,
};
use insta::assert_snapshot;

use crate::app::{Form, app};
use crate::order::done;
use crate::world::{Heard, Kill, World};

pub(crate) fn found(world: &World, assembly: &Assembly) -> Vec<Garbage> {
    found_allowing(world, assembly, "Queue")
}

pub(crate) fn found_allowing(world: &World, assembly: &Assembly, logical_id: &str) -> Vec<Garbage> {
    let ids: Vec<StackId> = assembly.stacks.iter().map(|stack| stack.id.clone()).collect();
    let allowed = NamedResource { stack: None, logical_id: logical_id.to_owned() };
    let (options, heard) = (GcOptions { allowed: vec![allowed], ..GcOptions::default() }, Heard::default());
    world.block_on(garbage(world.service(), assembly, &ids, &options, &heard)).unwrap()
}

pub(crate) fn lines(found: &[Garbage]) -> String {
    let line = |one: &Garbage| {
        let what = match &one.what {
            Left::Resource(left) => format!("{} {}", left.logical_id, left.physical_id),
            Left::ChangeSet { .. } => "a change set".to_owned(),
        };
        let stays = match &one.stays {
            Some(Stays::Used(by)) => {
                format!(", used by {}", by.iter().map(|id| &*id.name).collect::<Vec<_>>().join(", "))
            }
            Some(other) => format!(", {other:?}"),
            None => String::new(),
        };
        format!("{}: {what}{stays}", one.stack.name)
    };
    found.iter().map(line).filter(|line| !line.contains("arn:")).collect::<Vec<_>>().join("\n")
}

#[test]
fn what_others_still_use_stays() {
    let (world, wanted) = (World::new(), app(Form::Replaced));
    done(&world.deploy(&app(Form::One), Kill::Never, Consent::Given));
    assert!(found(&world, &app(Form::One)).is_empty());
    let edge = [StackId::new("edge", "us-east-1")];
    world.deploy_some(&wanted, &edge, Kill::Never, Consent::Given);
    assert_snapshot!(lines(&found(&world, &wanted)), @"
    edge: Queue https://sqs.us-east-1.amazonaws.com/000000000000/jobs-a, used by site
    edge: Setting /setting-a, used by site
    ");
    // When the others have followed, the next deploy deletes it.
    let whole = world.deploy(&wanted, Kill::Never, Consent::Given);
    done(&whole);
    assert!(found(&world, &wanted).is_empty());
}

/// Its fixed name would be in the way of the next one of that name.
#[test]
fn what_an_update_could_not_delete_is_removed_by_its_name() {
    let (world, wanted) = (World::new(), app(Form::Removed));
    done(&world.deploy(&app(Form::One), Kill::Never, Consent::Given));
    let fault =
        r#"{"resources":[{"stack":"third","logicalId":"UsesCopy","at":"delete","reason":"it is locked","times":1}]}"#;
    world.bring_faults(fault);
    let report = world.deploy(&wanted, Kill::Never, Consent::Given).report.unwrap().unwrap();
    assert_eq!(report.stacks.iter().map(|stack| stack.left_behind.len()).sum::<usize>(), 1);
    assert_snapshot!(lines(&found(&world, &wanted)), @"third: UsesCopy /copy, NotDeleted");
    let left = found_allowing(&world, &wanted, "UsesCopy");
    assert_snapshot!(lines(&left), @"third: UsesCopy /copy");
    let gone = world.block_on(collect(world.service(), &wanted, &left, &Heard::default(), pending())).unwrap();
    assert!(gone.ends.iter().all(|(_, failure)| failure.is_none()), "{gone:?}");
    assert!(found(&world, &wanted).is_empty());
}

#[test]
fn change_sets_of_a_killed_run_are_removed() {
    let (world, wanted) = (World::new(), app(Form::Replaced));
    done(&world.deploy(&app(Form::One), Kill::Never, Consent::Given));
    // Long enough for a change set, too short for its execution.
    let number = (1..).find(|number| {
        let ended = world.deploy(&wanted, Kill::After(*number), Consent::Given);
        ended.log.iter().any(|call| call.starts_with("CreateChangeSet"))
    });
    assert!(number.is_some());
    // It may be one of another machine, which goes on there.
    let left = found(&world, &wanted);
    let [Garbage { what: Left::ChangeSet { name: run, .. }, stays: Some(Stays::RunUnknown), .. }] = left.as_slice()
    else {
        panic!("{left:?}")
    };
    let left = found_allowing(&world, &wanted, run);
    assert!(matches!(left.as_slice(), [Garbage { what: Left::ChangeSet { .. }, stays: None, .. }]), "{left:?}");
    let gone = world.block_on(collect(world.service(), &wanted, &left, &Heard::default(), pending())).unwrap();
    assert!(gone.ends.iter().all(|(_, failure)| failure.is_none()), "{gone:?}");
    assert!(found(&world, &wanted).is_empty());
    done(&world.deploy(&wanted, Kill::Never, Consent::Given));
}

#[test]
fn an_interrupted_removal_says_what_it_did_not_come_to() {
    let (world, wanted) = (World::new(), app(Form::Removed));
    done(&world.deploy(&app(Form::One), Kill::Never, Consent::Given));
    let fault =
        r#"{"resources":[{"stack":"third","logicalId":"UsesCopy","at":"delete","reason":"it is locked","times":1}]}"#;
    world.bring_faults(fault);
    assert!(world.deploy(&wanted, Kill::Never, Consent::Given).report.is_some());
    let left = found_allowing(&world, &wanted, "UsesCopy");
    let interrupt = std::future::ready(());
    let ended = world.block_on(collect(world.service(), &wanted, &left, &Heard::default(), interrupt)).unwrap();
    assert!(ended.is_interrupted);
    let reasons: Vec<Option<&str>> = ended.ends.iter().map(|(_, reason)| reason.as_deref()).collect();
    assert_eq!(reasons, [Some("the run was interrupted before")]);
    assert_eq!(found_allowing(&world, &wanted, "UsesCopy"), left, "it is still there");
}

/// A leftover of a consumer may use one of its producer.
#[test]
fn leftovers_of_consumers_go_before_those_of_their_producers() {
    let (world, wanted) = (World::new(), app(Form::One));
    done(&world.deploy(&wanted, Kill::Never, Consent::Given));
    let left = |stack: &str, region: &str, logical_id: &str, physical_id: &str| Garbage {
        stack: StackId::new(stack, region),
        what: Left::Resource(Leftover {
            logical_id: logical_id.to_owned(),
            type_name: "AWS::SSM::Parameter".to_owned(),
            physical_id: physical_id.to_owned(),
        }),
        stays: None,
    };
    let left = [
        left("edge", "us-east-1", "Setting", "/setting-a"),
        left("site", "ap-northeast-2", "Copy", "/copy-a"),
        left("third", "eu-west-1", "UsesCopy", "/copy"),
    ];
    // That they are still in their stacks, for which the engine refuses, does not change the order.
    let gone = world.block_on(collect(world.service(), &wanted, &left, &Heard::default(), pending())).unwrap();
    let order: Vec<&str> = gone.ends.iter().map(|(one, _)| &*one.stack.name).collect();
    assert_eq!(order, ["third", "site", "edge"]);
}

/// The app without its last stack.
fn without_third(form: Form) -> Assembly {
    let mut assembly = app(form);
    assembly.stacks.retain(|stack| stack.name() != "third");
    assembly
}

#[test]
fn a_stack_that_left_the_app_is_named_and_nothing_is_taken_from_it() {
    let world = World::new();
    done(&world.deploy(&app(Form::One), Kill::Never, Consent::Given));
    let find = |assembly: &Assembly, regions: &[&str]| {
        let regions: BTreeSet<String> = regions.iter().map(|region| (*region).to_owned()).collect();
        let found = world.block_on(orphans(world.service(), assembly, &regions)).found;
        found.into_iter().map(|orphan| orphan.id.to_string()).collect::<Vec<_>>()
    };
    assert!(find(&app(Form::One), &[]).is_empty());
    assert_eq!(find(&without_third(Form::One), &["eu-west-1"]), ["third@eu-west-1"]);
    // Another app's stacks are not this one's.
    let mut other = without_third(Form::One);
    other.owner = Some(formwork::assembly::Owner::app("other"));
    assert!(find(&other, &["eu-west-1"]).is_empty());
    let mut moved = app(Form::Removed);
    for stack in &mut moved.stacks {
        if stack.name() == "third" {
            stack.id = StackId::new("fourth", "eu-west-1");
            stack.template = stack.template.replace("/stays", "/stays-too");
        }
    }
    let ended = world.deploy(&moved, Kill::Never, Consent::Given);
    let error = ended.report.unwrap().unwrap_err();
    assert!(matches!(error, Error::InUse { .. }), "{error}");
    assert_snapshot!(error.to_string(), @"in `site`, `Copy` (AWS::SSM::Parameter) is deleted while `third` (eu-west-1) uses it");
}
