//! Changes of others while a question is open: they are noticed after the answer, and asked about.

use std::cell::{Cell, RefCell};
use std::future::{Future, pending};
use std::pin::Pin;

use formwork::assembly::{Assembly, StackId};
use formwork_deploy::{
    Answer, ByName, Consent, DeployOptions, DeployReport, DestroyOptions, Error, Observer, Operation, Outcome, Pending,
    Preview, Progress, deploy, destroy,
};
use formwork_diff::Registry;
use formwork_local::InProcess;
use formwork_model::service::Fault;
use insta::assert_snapshot;

use crate::app::{Form, app};
use crate::order::done;
use crate::other;
use crate::world::{Kill, World};

type Act = fn(InProcess) -> Pin<Box<dyn Future<Output = ()>>>;

/// Says yes, and has somebody act before the first answer.
struct Asked {
    service: InProcess,
    act: Cell<Option<Act>>,
    told: RefCell<Vec<String>>,
}

impl Observer for Asked {
    fn progress(&self, progress: Progress) {
        if let Progress::Warning { stack, message } = progress {
            self.told.borrow_mut().push(format!("{}: {message}", stack.name));
        }
    }

    fn preview(&self, _: Preview<'_>) {}

    fn approve<'a>(&'a self, _: Preview<'a>) -> Pending<'a> {
        self.told.borrow_mut().push("asked".to_owned());
        Box::pin(async {
            if let Some(act) = self.act.take() {
                act(self.service.clone()).await;
            }
            Answer::Yes
        })
    }
}

fn ids(names: &[&str]) -> Vec<StackId> {
    let regions = [("edge", "us-east-1"), ("site", "ap-northeast-2"), ("third", "eu-west-1")];
    regions.iter().filter(|(name, _)| names.contains(name)).map(|(name, region)| StackId::new(*name, *region)).collect()
}

fn options(consent: Consent) -> DeployOptions {
    DeployOptions {
        consent,
        by_name: ByName::default(),
        concurrency: 1,
        regions: Default::default(),
        parameters: Vec::new(),
        registry: Registry::default(),
        previous_templates: false,
        shipping: None,
    }
}

fn run(
    world: &World,
    (assembly, names, consent): (&Assembly, &[&str], Consent),
    act: Act,
) -> (Result<DeployReport, Error>, String) {
    let options = options(consent);
    let service = world.service();
    let asked = Asked { service: service.clone(), act: Cell::new(Some(act)), told: RefCell::default() };
    let report = world.block_on(deploy(service, assembly, &ids(names), &options, &asked, pending()));
    (report, asked.told.take().join("\n"))
}

fn world() -> World {
    let world = World::new();
    done(&world.deploy(&app(Form::One), Kill::Never, Consent::Given));
    world
}

fn all_done(report: Result<DeployReport, Error>) {
    for stack in report.unwrap().stacks {
        assert!(matches!(stack.outcome, Outcome::Done(_)), "{stack:?}");
    }
}

/// The value would have been the old one.
#[test]
fn a_value_of_a_producer_that_is_not_deployed_with_it() {
    let world = world();
    let mut wanted = app(Form::One);
    wanted.stacks[1].tags.push(("stage".to_owned(), "test".to_owned()));
    let (report, told) = run(&world, (&wanted, &["site"], Consent::Ask), |service| {
        Box::pin(async move {
            let options = options(Consent::GivenForLosses);
            let nobody = Asked { service: service.clone(), act: Cell::new(None), told: RefCell::default() };
            deploy(&service, &app(Form::Replaced), &ids(&["edge"]), &options, &nobody, pending()).await.unwrap();
        })
    });
    all_done(report);
    assert_snapshot!(told, @"
    asked
    edge: somebody else changed it since this was shown: its outputs `ExportCertificateRef`, `ExportQueueRef`, `ExportSettingRef`
    asked
    site: it takes other values of `edge` now: if an update of that kept what it took before, `cargo formwork gc edge` deletes it
    ");
    let (parameters, queue) = (world.parameters("ap-northeast-2", "site"), "EdgeSettingRef");
    assert!(parameters.contains(&(queue.to_owned(), "/setting-b".to_owned())), "{parameters:?}");
}

#[test]
fn a_stack_that_is_updated() {
    let world = world();
    let (report, told) = run(&world, (&app(Form::Replaced), &["edge", "site", "third"], Consent::Ask), |service| {
        Box::pin(async move { assert!(other::update(&service, "eu-west-1", "third", "theirs").await) })
    });
    all_done(report);
    assert_snapshot!(told, @"
    asked
    third: somebody else changed it since this was shown: it is in UPDATE_COMPLETE, and was in CREATE_COMPLETE
    asked
    ");
}

#[test]
fn a_stack_that_is_deleted() {
    let world = world();
    let (report, told) = run(&world, (&app(Form::Replaced), &["edge", "site", "third"], Consent::Ask), |service| {
        Box::pin(async move { assert!(other::delete(&service, "eu-west-1", "third", "theirs").await) })
    });
    all_done(report);
    assert_snapshot!(told, @"
    asked
    third: somebody else changed it since this was shown: it is deleted
    asked
    ");
}

/// There was nothing to do with it, and it is not as it should be all the same.
#[test]
fn a_stack_without_changes() {
    let world = world();
    let mut wanted = app(Form::One);
    wanted.stacks[0].tags.push(("stage".to_owned(), "test".to_owned()));
    let all: &[&str] = &["edge", "site", "third"];
    let (report, told) = run(&world, (&wanted, all, Consent::Ask), |service| {
        Box::pin(async move { assert!(other::delete(&service, "eu-west-1", "third", "theirs").await) })
    });
    let outcomes: Vec<Outcome> = report.unwrap().stacks.into_iter().map(|stack| stack.outcome).collect();
    let (created, updated) = (Outcome::Done(Operation::Create), Outcome::Done(Operation::Update));
    assert_eq!(outcomes, [updated, Outcome::Unchanged, created]);
    assert_snapshot!(told, @"
    asked
    third: somebody else changed it since this was shown: it is deleted
    asked
    ");
}

#[test]
fn a_stack_that_is_made_while_its_producer_is_to_be_destroyed() {
    let world = World::new();
    let assembly = app(Form::One);
    let nobody = Asked { service: world.service().clone(), act: Cell::new(None), told: RefCell::default() };
    let given = options(Consent::Given);
    world.block_on(deploy(world.service(), &assembly, &ids(&["edge"]), &given, &nobody, pending())).unwrap();
    let options = DestroyOptions {
        consent: Consent::Ask,
        by_name: ByName::default(),
        concurrency: 1,
        regions: Default::default(),
        retain: Vec::new(),
        objects: None,
    };
    let act: Act = |service| {
        Box::pin(async move {
            let nobody = Asked { service: service.clone(), act: Cell::new(None), told: RefCell::default() };
            let options = self::options(Consent::Given);
            deploy(&service, &app(Form::One), &ids(&["site"]), &options, &nobody, pending()).await.unwrap();
        })
    };
    let asked = Asked { service: world.service().clone(), act: Cell::new(Some(act)), told: RefCell::default() };
    let both = ids(&["edge", "site"]);
    let report = world.block_on(destroy(world.service(), &assembly, &both, &options, &asked, pending()));
    for stack in report.unwrap().stacks {
        assert_eq!(stack.outcome, Outcome::Done(Operation::Delete), "{:?}", stack.id);
    }
    assert_snapshot!(asked.told.take().join("\n"), @"
    asked
    site: somebody else changed it since this was shown: it is there, in CREATE_COMPLETE
    asked
    ");
}

/// The first stacks would be deployed before it is seen that the last cannot be.
#[test]
fn a_change_set_that_is_deleted() {
    let world = world();
    let mut wanted = app(Form::One);
    wanted.stacks.iter_mut().for_each(|stack| stack.tags.push(("stage".to_owned(), "test".to_owned())));
    let all: &[&str] = &["edge", "site", "third"];
    let (report, told) = run(&world, (&wanted, all, Consent::Ask), |service| {
        Box::pin(async move { assert!(other::delete_change_sets(&service, "ap-northeast-2", "site").await) })
    });
    all_done(report);
    assert_snapshot!(told, @"
    asked
    site: somebody else changed it since this was shown: its change set is deleted
    asked
    ");
    let world = World::new();
    let (report, told) = run(&world, (&app(Form::One), &["edge"], Consent::Ask), |service| {
        Box::pin(async move { assert!(other::delete_change_sets(&service, "us-east-1", "edge").await) })
    });
    all_done(report);
    assert_snapshot!(told, @"
    asked
    edge: somebody else changed it since this was shown: its change set is deleted
    asked
    ");
}

#[test]
fn a_producer_that_vanishes() {
    let world = world();
    let mut wanted = app(Form::One);
    wanted.stacks[2].tags.push(("stage".to_owned(), "test".to_owned()));
    let (report, told) = run(&world, (&wanted, &["third"], Consent::Ask), |service| {
        Box::pin(async move { assert!(other::delete(&service, "ap-northeast-2", "site", "theirs").await) })
    });
    assert_snapshot!(report.unwrap_err(), @"`third` takes `ExportCopyRef` from `site`, which is not deployed");
    assert_snapshot!(told, @"
    asked
    site: somebody else changed it since this was shown: it is deleted
    ");
}

#[test]
fn a_new_stack_that_somebody_else_made_first() {
    let world = World::new();
    let (report, told) = run(&world, (&app(Form::One), &["edge"], Consent::Ask), |service| {
        Box::pin(async move {
            let nobody = Asked { service: service.clone(), act: Cell::new(None), told: RefCell::default() };
            let options = options(Consent::Given);
            deploy(&service, &app(Form::One), &ids(&["edge"]), &options, &nobody, pending()).await.unwrap();
        })
    });
    assert_eq!(report.unwrap().stacks[0].outcome, Outcome::Unchanged);
    assert_snapshot!(told, @"
    asked
    edge: somebody else changed it since this was shown: it is there, in CREATE_COMPLETE
    ");
}

/// An approval that was given beforehand is not asked for again with the rest.
#[test]
fn it_is_refused_with_yes() {
    let world = world();
    let (report, told) = run(&world, (&app(Form::Removed), &["edge", "site", "third"], Consent::Given), |service| {
        Box::pin(async move { assert!(other::update(&service, "eu-west-1", "third", "theirs").await) })
    });
    let error = report.unwrap_err();
    assert_eq!(error.fault(), Fault::Input);
    assert_snapshot!(format!("{error}\nhint: {}", error.hint().unwrap()), @"
    somebody else changed what was approved, and the plan is not carried out: `third`: it is in UPDATE_COMPLETE, and was in CREATE_COMPLETE
    hint: run it again: its plan is made of what is there now
    ");
    assert_snapshot!(told, @"
    asked
    third: somebody else changed it since this was shown: it is in UPDATE_COMPLETE, and was in CREATE_COMPLETE
    ");
    assert!(world.has("us-east-1", "AWS::SSM::Parameter", "/setting-a"));
}

#[test]
fn a_stack_that_is_to_be_deleted_and_is_updated() {
    let world = world();
    let options = DestroyOptions {
        consent: Consent::Ask,
        by_name: ByName::default(),
        concurrency: 1,
        regions: Default::default(),
        retain: Vec::new(),
        objects: None,
    };
    let act: Act =
        |service| Box::pin(async move { assert!(other::update(&service, "eu-west-1", "third", "theirs").await) });
    let asked = Asked { service: world.service().clone(), act: Cell::new(Some(act)), told: RefCell::default() };
    let assembly = app(Form::One);
    let report = world.block_on(destroy(world.service(), &assembly, &ids(&["third"]), &options, &asked, pending()));
    assert!(matches!(report.unwrap().stacks[0].outcome, Outcome::Done(_)));
    assert_snapshot!(asked.told.take().join("\n"), @"
    asked
    third: somebody else changed it since this was shown: it is in UPDATE_COMPLETE, and was in CREATE_COMPLETE
    asked
    ");
}
