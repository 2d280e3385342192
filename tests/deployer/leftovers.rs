//! Leftovers of runs, which are in no stack: their deletion is asked about, they are found again, and a name that they have is refused beforehand.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::future::pending;

use formwork::assembly::{Assembly, Owner, StackId};
use formwork::prelude::*;
use formwork_deploy::{
    Answer, ByName, Consent, DeployOptions, DestroyOptions, Error, NamedResource, Observer, Operation, Outcome,
    Pending, Preview, Progress, RecoverOptions, Recovery, StackReport, deploy, destroy, recover,
};
use formwork_diff::Registry;
use insta::assert_snapshot;

use crate::app::{Form, app};
use crate::gc;
use crate::order::done;
use crate::world::{Kill, World};

/// Somebody who counts the questions, and says yes.
#[derive(Default)]
struct Asked {
    questions: Cell<usize>,
    told: RefCell<Vec<String>>,
}

impl Observer for Asked {
    fn progress(&self, progress: Progress) {
        let line = match progress {
            Progress::Removed { left, failure, .. } => format!("{} {}: {failure:?}", left.logical_id, left.physical_id),
            Progress::Warning { stack, message } => format!("{}: {message}", stack.name),
            Progress::Started { stack, operation, .. } => format!("{}: {}", stack.name, operation.doing()),
            _ => return,
        };
        self.told.borrow_mut().push(line);
    }

    fn preview(&self, _: Preview<'_>) {}

    fn approve<'a>(&'a self, _: Preview<'a>) -> Pending<'a> {
        self.questions.set(self.questions.get() + 1);
        Box::pin(async { Answer::Yes })
    }
}

fn ids(assembly: &Assembly) -> Vec<StackId> {
    assembly.stacks.iter().map(|stack| stack.id.clone()).collect()
}

fn by_name(allowed: &[&str]) -> ByName {
    let named = |id: &&str| NamedResource { stack: None, logical_id: (*id).to_owned() };
    ByName { allowed: allowed.iter().map(named).collect(), ..ByName::default() }
}

fn deployed(
    world: &World,
    assembly: &Assembly,
    allowed: &[&str],
    regions: &[&str],
) -> (Result<Vec<StackReport>, Error>, Asked) {
    let options = DeployOptions {
        consent: Consent::Given,
        by_name: by_name(allowed),
        regions: regions.iter().map(|region| (*region).to_owned()).collect(),
        concurrency: 1,
        parameters: Vec::new(),
        registry: Registry::default(),
        previous_templates: false,
        shipping: None,
    };
    let asked = Asked::default();
    let report = world.block_on(deploy(world.service(), assembly, &ids(assembly), &options, &asked, pending()));
    (report.map(|report| report.stacks), asked)
}

fn destroyed(world: &World, assembly: &Assembly, allowed: &[&str], retain: &[&str]) -> Result<Vec<StackReport>, Error> {
    let (options, asked) = (destroy_options(allowed, retain), Asked::default());
    let report = world.block_on(destroy(world.service(), assembly, &ids(assembly), &options, &asked, pending()));
    report.map(|report| report.stacks)
}

fn destroy_options(allowed: &[&str], retain: &[&str]) -> DestroyOptions {
    DestroyOptions {
        consent: Consent::GivenForLosses,
        by_name: by_name(allowed),
        regions: BTreeSet::from(["eu-west-1".to_owned()]),
        concurrency: 1,
        retain: retain.iter().map(|id| NamedResource { stack: None, logical_id: (*id).to_owned() }).collect(),
        objects: None,
    }
}

const ALL: &[&str] = &["Queue", "Setting", "Certificate", "Copy"];

/// The old ones are deleted by this run when others have followed, which is a loss as any other.
#[test]
fn what_is_deleted_after_others_have_followed_is_asked_about() {
    for (allowed, questions) in [(&[][..], 1), (&["Queue"], 1), (&["Setting", "Certificate", "Copy"], 0), (ALL, 0)] {
        let world = World::new();
        done(&world.deploy(&app(Form::One), Kill::Never, Consent::Given));
        let (report, asked) = deployed(&world, &app(Form::Replaced), allowed, &[]);
        assert!(report.is_ok());
        assert_eq!(asked.questions.get(), questions, "{allowed:?}");
    }
}

/// A stack with this name for its parameter, which another one uses or not.
fn note(name: &str, is_used: bool) -> Assembly {
    let note = |name: &str, value: Value| {
        Untyped::new("AWS::SSM::Parameter", json!({ "Name": name, "Type": "String", "Value": value }))
    };
    let mut edge = Stack::<UsEast1>::new("edge");
    let of_edge = edge.add("Note", note(name, "x".into()));
    let mut site = Stack::<EuWest1>::new("site");
    site.add("Stays", note("/stays", "x".into()));
    if is_used {
        site.add("Uses", note("/uses", of_edge.ref_value().into()));
    }
    App::new().with(edge).with(site).synth().unwrap()
}

/// Synth has the old one kept as of this very deploy; the run deletes it afterwards.
#[test]
fn a_resource_that_is_replaced_and_used_for_the_first_time_is_a_loss() {
    let world = World::new();
    assert!(deployed(&world, &note("/one", false), &[], &[]).0.is_ok());
    let (report, asked) = deployed(&world, &note("/two", true), &[], &[]);
    assert_eq!(asked.questions.get(), 1);
    assert!(report.unwrap().iter().all(|stack| stack.left_behind.is_empty()));
    assert!(!world.has("us-east-1", "AWS::SSM::Parameter", "/one"));
}

/// A request of the last days that deleted a resource of that name deleted another one.
#[test]
fn what_has_the_name_of_something_deleted_before_is_found() {
    let (world, one, two) = (World::new(), app(Form::One), app(Form::Replaced));
    for form in [&one, &two, &one] {
        assert!(deployed(&world, form, ALL, &[]).0.is_ok());
    }
    // The queue of before is not allowed to go.
    let (report, _) = deployed(&world, &two, &["Setting", "Certificate", "Copy"], &[]);
    let left: Vec<String> =
        report.unwrap().into_iter().flat_map(|stack| stack.left_behind).map(|left| left.physical_id).collect();
    assert!(left.iter().all(|id| id.ends_with("/jobs-a")) && left.len() == 1, "{left:?}");
    let found = gc::lines(&gc::found_allowing(&world, &two, "nothing"));
    assert!(found.starts_with("edge: Queue ") && found.ends_with("/jobs-a, HoldsData"), "{found}");
    // Whose name is wanted again is told before a stack is touched.
    let (error, asked) = deployed(&world, &one, ALL, &[]);
    let error = error.unwrap_err();
    let text = format!("{error}\nhint: {}", error.hint().unwrap()).replace(&left[0], "[queue]");
    assert_snapshot!(text, @"
    in `edge`, `Queue` (AWS::SQS::Queue) gets the name of [queue], which an earlier update left and which is still there
    hint: `cargo formwork gc --allow edge/Queue` deletes the old one; or give `Queue` another name in the source
    ");
    assert_eq!(asked.told.take().join("\n"), "");
}

/// Half of a replacement is done, and its consumer cannot follow: the rollback is not by the old name.
#[test]
fn the_name_of_a_half_done_replacement_is_refused_beforehand() {
    let (world, one, two) = (World::new(), note("/one", true), note("/two", true));
    assert!(deployed(&world, &one, &[], &[]).0.is_ok());
    world.bring_faults(r#"{"resources":[{"stack":"site","logicalId":"Uses","at":"update","reason":"no"}]}"#);
    let (report, _) = deployed(&world, &two, &["Note"], &[]);
    assert!(matches!(report.unwrap()[1].outcome, Outcome::Failed(_)));
    let error = deployed(&world, &one, &["Note"], &[]).0.unwrap_err();
    assert_snapshot!(format!("{error}\nhint: {}", error.hint().unwrap()), @"
    in `edge`, `Note` (AWS::SSM::Parameter) gets the name of /one, which an earlier update left and which is still there: `site` uses it
    hint: give `Note` another name in the source; when nothing uses the old one any more, the deploy deletes it
    ");
}

/// A stack that left the app in the same edit still uses the old one, in a region that the app has left too.
#[test]
fn nothing_is_deleted_under_a_stack_that_left_the_app() {
    let world = World::new();
    done(&world.deploy(&app(Form::One), Kill::Never, Consent::Given));
    let mut without = app(Form::Replaced);
    without.stacks.retain(|stack| stack.name() != "third");
    let (report, _) = deployed(&world, &without, ALL, &["eu-west-1"]);
    let left: Vec<String> = report
        .unwrap()
        .into_iter()
        .flat_map(|stack| stack.left_behind)
        .map(|left| format!("{} {}: {}", left.logical_id, left.physical_id, left.failure.unwrap_or_default()))
        .collect();
    assert_snapshot!(left.join("\n"), @"Copy /copy-a: it stays until `third` has followed");
    assert!(world.has("ap-northeast-2", "AWS::SSM::Parameter", "/copy-a"));
    let error = destroyed(&world, &without, &[], &[]).unwrap_err();
    assert_snapshot!(format!("{error}\nhint: {}", error.hint().unwrap()), @"
    `site` is still in use by `third` (eu-west-1), which the app deployed and does not have any more
    hint: `cargo formwork destroy third@eu-west-1` deletes that one first
    ");
}

/// Its events can be read for a while, and so `gc` has a way to it.
#[test]
fn leftovers_of_a_deleted_stack_are_found() {
    let (world, two) = (World::new(), app(Form::Replaced));
    done(&world.deploy(&app(Form::One), Kill::Never, Consent::Given));
    assert!(deployed(&world, &two, &["Setting", "Certificate", "Copy"], &[]).0.is_ok());
    let report = destroyed(&world, &two, &[], &[]).unwrap();
    let left: Vec<_> = report.iter().flat_map(|stack| &stack.left_behind).collect();
    assert_eq!(left.len(), 1, "{left:?}");
    assert_snapshot!(left[0].failure.clone().unwrap(), @"it may hold data: `cargo formwork gc --allow edge/Queue` deletes it");
    let found = gc::lines(&gc::found_allowing(&world, &two, "nothing"));
    assert!(found.starts_with("edge: Queue ") && found.ends_with("/jobs-a, Retained"), "{found}");
    let left = gc::found_allowing(&world, &two, "Queue");
    assert!(left.iter().all(|one| one.stays.is_none()), "{left:?}");
    // And so does what a deletion was to retain.
    let world = World::new();
    done(&world.deploy(&app(Form::One), Kill::Never, Consent::Given));
    world.bring_faults(r#"{"resources":[{"stack":"third","logicalId":"UsesCopy","at":"delete","reason":"locked"}]}"#);
    assert!(matches!(destroyed(&world, &app(Form::One), &[], &[]).unwrap()[0].outcome, Outcome::Failed(_)));
    assert!(matches!(destroyed(&world, &app(Form::One), &[], &["UsesCopy"]).unwrap()[0].outcome, Outcome::Done(_)));
    assert_snapshot!(gc::lines(&gc::found_allowing(&world, &app(Form::One), "nothing")), @"third: UsesCopy /copy, Retained");
}

/// Somebody who interrupts when an old resource begins to be deleted.
#[derive(Default)]
struct Impatient(tokio::sync::Notify);

impl Observer for Impatient {
    fn progress(&self, progress: Progress) {
        if matches!(progress, Progress::Removing { .. }) {
            self.0.notify_one();
        }
    }

    fn preview(&self, _: Preview<'_>) {}

    fn approve<'a>(&'a self, _: Preview<'a>) -> Pending<'a> {
        Box::pin(async { Answer::Yes })
    }
}

/// The stack is deleted by then, and what it left is not.
#[test]
fn a_destroy_that_is_interrupted_afterwards_says_what_was_done() {
    let (world, two) = (World::new(), app(Form::Replaced));
    done(&world.deploy(&app(Form::One), Kill::Never, Consent::Given));
    // Interrupted between the update of `edge` and that of its consumers, so that the old ones stay.
    let ended = (1..120).find_map(|call| {
        let ended = world.deploy(&two, Kill::Interrupt(call), Consent::Given);
        world.has("us-east-1", "AWS::SSM::Parameter", "/setting-b").then_some(ended)
    });
    assert!(ended.is_some() && world.has("us-east-1", "AWS::SSM::Parameter", "/setting-a"));
    let options = DestroyOptions { consent: Consent::GivenForLosses, ..destroy_options(&[], &[]) };
    let impatient = Impatient::default();
    let interrupt = impatient.0.notified();
    let report = world.block_on(destroy(world.service(), &two, &ids(&two), &options, &impatient, interrupt)).unwrap();
    let edge = report.stacks.iter().find(|stack| &*stack.id.name == "edge").unwrap();
    assert_eq!((edge.outcome.clone(), edge.done.as_slice()), (Outcome::Interrupted, &[Operation::Delete][..]));
    assert!(
        edge.left_behind.iter().any(|left| left.failure.as_deref().is_some_and(|why| why.contains("interrupted"))),
        "{edge:?}"
    );
}

#[test]
fn what_an_interrupted_run_was_deleting_is_named() {
    let mut named = 0;
    for call in 1..120 {
        let world = World::new();
        done(&world.deploy(&app(Form::One), Kill::Never, Consent::Given));
        let ended = world.deploy(&app(Form::Replaced), Kill::Interrupt(call), Consent::Given);
        let Ok(report) = ended.report.unwrap() else { continue };
        for (type_name, region, old) in
            [("AWS::SSM::Parameter", "us-east-1", "/setting-a"), ("AWS::SSM::Parameter", "ap-northeast-2", "/copy-a")]
        {
            let is_replaced = report.stacks.iter().any(|stack| &*stack.id.region == region && !stack.done.is_empty());
            if is_replaced && world.has(region, type_name, old) {
                let mut left = report.stacks.iter().flat_map(|stack| &stack.left_behind);
                assert!(left.any(|left| left.physical_id == old), "call {call}: {old}: {report:?}");
                let has_said = report.stacks.iter().any(|stack| {
                    matches!(stack.outcome, Outcome::Interrupted | Outcome::GoesOn { .. } | Outcome::NotStarted { .. })
                });
                assert!(has_said, "call {call}: {report:?}");
                named += 1;
            }
        }
    }
    assert!(named > 0);
}

/// Nothing but the templates says which stack takes a value from which.
#[test]
fn native_references_order_stacks() {
    let mut user = Stack::<UsEast1>::new("a-user");
    let imported = json!({ "Name": "/user", "Type": "String", "Value": { "Fn::ImportValue": "exported" } });
    user.add("Uses", Untyped::new("AWS::SSM::Parameter", imported));
    let mut producer = Stack::<UsEast1>::new("z-producer");
    producer
        .add("Note", Untyped::new("AWS::SSM::Parameter", json!({ "Name": "/note", "Type": "String", "Value": "x" })));
    producer.output("Out", "x").export("exported");
    let assembly = App::new().with(user).with(producer).synth().unwrap();
    let world = World::new();
    let (report, asked) = deployed(&world, &assembly, &[], &[]);
    assert!(report.unwrap().iter().all(|stack| matches!(stack.outcome, Outcome::Done(_))));
    assert_eq!(asked.told.take(), ["z-producer: creating", "a-user: creating"]);
    let report = destroyed(&world, &assembly, &[], &[]).unwrap();
    assert!(report.iter().all(|stack| matches!(stack.outcome, Outcome::Done(_))), "{report:?}");
}

/// Two apps with a stack of one name: neither takes it from the other unasked.
#[test]
fn a_stack_of_another_app_is_not_taken_unasked() {
    let (world, mine) = (World::new(), app(Form::One));
    done(&world.deploy(&mine, Kill::Never, Consent::Given));
    let mut theirs = mine.clone();
    theirs.owner = Some(Owner { app: "other".to_owned(), environment: Some("prod".to_owned()) });
    let error = deployed(&world, &theirs, ALL, &[]).0.unwrap_err();
    assert_snapshot!(format!("{error}\nhint: {}", error.hint().unwrap()), @"
    `edge` was deployed by the app `shop`, and not by `other/prod`
    hint: give the stack another name; or, if it is to be a stack of `other/prod` from now on, run it without `--yes` and `--require-approval`, which asks
    ");
    let error = destroyed(&world, &theirs, &[], &[]).unwrap_err();
    assert!(matches!(error, Error::OfAnotherApp { .. }), "{error}");
    // Nor are its leftovers collected.
    assert!(deployed(&world, &app(Form::Replaced), &["Setting", "Certificate", "Copy"], &[]).0.is_ok());
    assert!(gc::lines(&gc::found_allowing(&world, &mine, "Queue")).contains("/jobs-a"));
    assert_eq!(gc::lines(&gc::found_allowing(&world, &theirs, "Queue")), "");
    // Environments that came later are of the same app.
    theirs.owner = Some(Owner { app: "shop".to_owned(), environment: Some("prod".to_owned()) });
    assert!(deployed(&world, &theirs, ALL, &[]).0.is_err_and(|error| matches!(error, Error::Refused { .. })));
}

#[test]
fn a_failed_operation_of_another_app_is_not_recovered_unasked() {
    let (world, mine) = (World::new(), app(Form::One));
    done(&world.deploy(&mine, Kill::Never, Consent::Given));
    let fails = |at: &str| format!(r#"{{"stack":"third","logicalId":"UsesCopy","at":"{at}","reason":"no","times":1}}"#);
    world.bring_faults(&format!(r#"{{"resources":[{},{}]}}"#, fails("update"), fails("rollback")));
    assert!(deployed(&world, &app(Form::Replaced), ALL, &[]).0.is_ok());
    let theirs = Assembly { owner: Some(Owner::app("other")), ..mine.clone() };
    let recovery = Recovery::Continue { skip: Vec::new() };
    let way_out = RecoverOptions { recovery, consent: Consent::Given, by_name: ByName::default() };
    let third = [StackId::new("third", "eu-west-1")];
    let recovered = |assembly: &Assembly| {
        let asked = Asked::default();
        world.block_on(recover(world.service(), assembly, &third, &way_out, &asked, pending()))
    };
    assert!(matches!(recovered(&theirs).unwrap_err(), Error::OfAnotherApp { .. }));
    assert!(matches!(recovered(&mine).unwrap().stacks[0].outcome, Outcome::Done(_)));
}
