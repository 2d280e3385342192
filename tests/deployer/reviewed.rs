//! Plans that are made in one run and executed in another: to their end if nothing has changed, and not at all if anything has.

use std::collections::BTreeMap;
use std::future::pending;

use formwork::assembly::{Assembly, Selector, StackId};
use formwork::prelude::*;
use formwork_deploy::{
    ByName, Consent, DeployOptions, DeployReport, Error, GivenParameter, Outcome, Reviewed, ReviewedValue, reviewing,
};
use formwork_diff::Registry;
use formwork_model::service::CloudFormation as _;
use insta::assert_snapshot;

use crate::app::{Form, app};
use crate::order::done;
use crate::world::{Heard, Kill, World};

fn options(parameters: Vec<GivenParameter>) -> DeployOptions {
    DeployOptions {
        consent: Consent::Ask,
        concurrency: 4,
        regions: Default::default(),
        parameters,
        registry: Registry::default(),
        previous_templates: false,
        shipping: None,
        by_name: ByName::default(),
    }
}

fn prepare(world: &World, assembly: &Assembly, given: Vec<GivenParameter>) -> Reviewed {
    let ids: Vec<StackId> = assembly.stacks.iter().map(|stack| stack.id.clone()).collect();
    let (options, heard) = (options(given), Heard::default());
    let made = reviewing::prepare(world.service(), assembly, &ids, &options, &heard, pending());
    world.block_on(made).unwrap().1.unwrap()
}

fn execute(
    world: &World,
    assembly: &Assembly,
    plan: &Reviewed,
    given: Vec<GivenParameter>,
) -> Result<DeployReport, Error> {
    let (options, heard) = (options(given), Heard::default());
    world.block_on(reviewing::execute(world.service(), assembly, plan, &options, &heard, pending()))
}

/// Changes that the error names, a line each.
#[track_caller]
fn changed(result: Result<DeployReport, Error>) -> String {
    match result {
        Err(Error::PlanOutdated { changed }) => changed.join("\n"),
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn is_done(report: &DeployReport) {
    let is_good = |outcome: &Outcome| matches!(outcome, Outcome::Done(_) | Outcome::Unchanged);
    let all: Vec<_> = report.stacks.iter().map(|stack| &stack.outcome).collect();
    assert!(all.iter().all(|outcome| is_good(outcome)), "{all:?}");
}

/// The deployed templates and parameters.
fn deployed(world: &World, assembly: &Assembly) -> BTreeMap<String, String> {
    let one = |id: &StackId| {
        let template = world.block_on(world.service().template(&id.region, &id.name)).unwrap_or_default();
        (id.to_string(), format!("{template:?} {:?}", world.parameters(&id.region, &id.name)))
    };
    assembly.stacks.iter().map(|stack| one(&stack.id)).collect()
}

/// The entries of a plan, a stack each.
fn outline(plan: &Reviewed) -> String {
    let line = |stack: &formwork_deploy::ReviewedStack| {
        let change_set = if stack.change_set.is_some() { "with a change set" } else { "without a change set" };
        let values: Vec<String> = stack.parameters.iter().map(|(key, value)| format!("{key}: {value}")).collect();
        format!("{} {} {change_set}, after {:?}, {values:?}", stack.operation, stack.id, stack.after)
    };
    plan.stacks.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_plan_is_executed_to_its_end() {
    let world = World::new();
    let first = prepare(&world, &app(Form::One), Vec::new());
    assert_snapshot!("first", outline(&first));
    is_done(&execute(&world, &app(Form::One), &first, Vec::new()).unwrap());
    let again = prepare(&world, &app(Form::One), Vec::new());
    assert!(again.stacks.iter().all(|stack| stack.operation == "nothing"));
    is_done(&execute(&world, &app(Form::One), &again, Vec::new()).unwrap());
    let replaced = prepare(&world, &app(Form::Replaced), Vec::new());
    assert_snapshot!("replaced", outline(&replaced));
    is_done(&execute(&world, &app(Form::Replaced), &replaced, Vec::new()).unwrap());
    let expected = World::new();
    done(&expected.deploy(&app(Form::One), Kill::Never, Consent::GivenForLosses));
    done(&expected.deploy(&app(Form::Replaced), Kill::Never, Consent::GivenForLosses));
    let keys = |world: &World| deployed(world, &app(Form::One)).into_keys().collect::<Vec<_>>();
    assert_eq!(keys(&world), keys(&expected));
}

#[test]
fn what_has_changed_since_is_named_and_nothing_is_executed() {
    let edge = StackId::new("edge", "us-east-1");
    let third = StackId::new("third", "eu-west-1");
    let mut told = String::new();
    let mut check = |title: &str, after: &Assembly, change: &dyn Fn(&World, &Reviewed)| {
        let world = World::new();
        done(&world.deploy(&app(Form::One), Kill::Never, Consent::Given));
        let plan = prepare(&world, &app(Form::Replaced), Vec::new());
        change(&world, &plan);
        let before = deployed(&world, after);
        told += &format!("{title}\n{}\n\n", changed(execute(&world, after, &plan, Vec::new())));
        assert_eq!(deployed(&world, after), before, "{title}");
    };
    check("the source", &app(Form::Removed), &|_, _| {});
    check("the template of one stack", &app(Form::Replaced), &|world, _| {
        world.deploy_some(&app(Form::Replaced), std::slice::from_ref(&edge), Kill::Never, Consent::GivenForLosses);
    });
    check("a change set", &app(Form::Replaced), &|world, plan| {
        let made = plan.stack(&edge).unwrap().change_set.as_ref().unwrap();
        world.block_on(world.service().delete_change_set("us-east-1", None, &made.id)).unwrap();
    });
    check("a stack", &app(Form::Replaced), &|world, _| {
        world.block_on(async {
            world.service().delete_stack(&third.region, &third.name, &[], "gone").await.unwrap();
            while world.service().stack(&third.region, &third.name).await.unwrap().is_some() {
                tokio::task::yield_now().await;
            }
        });
    });
    assert_snapshot!(told.trim_end());
}

fn with_values(stays: &str) -> Assembly {
    let mut stack = Stack::<UsEast1>::new("orders");
    let key = stack.parameter("Key", formwork::parameter::text().no_echo());
    let size = stack.parameter("Size", formwork::parameter::text());
    stack.add("Note", Untyped::new("AWS::SSM::Parameter", json!({ "Name": "/note", "Type": "String", "Value": key })));
    stack
        .add("Sized", Untyped::new("AWS::SSM::Parameter", json!({ "Name": "/size", "Type": "String", "Value": size })));
    stack.add("Stays", Untyped::new("AWS::SSM::Parameter", json!({ "Name": "/s", "Type": "String", "Value": stays })));
    App::new().with(stack).synth().unwrap_or_else(|report| panic!("{report:?}"))
}

fn given(key: &str, value: &str) -> GivenParameter {
    GivenParameter { stack: Selector::read("orders"), key: key.to_owned(), value: value.to_owned() }
}

#[test]
fn values_are_those_of_the_plan_and_secrets_are_in_the_change_set_alone() {
    let world = World::new();
    let plan = prepare(&world, &with_values("x"), vec![given("Key", "hunter2"), given("Size", "3")]);
    assert!(!format!("{plan:?}").contains("hunter2"));
    assert_eq!(plan.stacks[0].parameters["Key"], ReviewedValue::GivenSecret);
    // Another value than the plan's is a change; the plan's own need not be given again.
    assert_snapshot!(
        changed(execute(&world, &with_values("x"), &plan, vec![given("Size", "4")])),
        @"the parameter `Size` of `orders` was `3`, and is `4`"
    );
    is_done(&execute(&world, &with_values("x"), &plan, Vec::new()).unwrap());
    assert!(world.has("us-east-1", "AWS::SSM::Parameter", "/note"));

    // The deployed values stay, unless somebody changes them in between.
    let plan = prepare(&world, &with_values("y"), Vec::new());
    assert_eq!(plan.stacks[0].parameters["Key"], ReviewedValue::DeployedSecret);
    let other = prepare(&world, &with_values("x"), vec![given("Size", "5")]);
    is_done(&execute(&world, &with_values("x"), &other, Vec::new()).unwrap());
    let told = changed(execute(&world, &with_values("y"), &plan, Vec::new()));
    assert!(told.contains("the change set of `orders` is"), "{told}");
}

/// A stack with a secret in a property and in a condition.
fn with_secret() -> Assembly {
    let template = r#"{
        "Parameters": { "Key": { "Type": "String", "NoEcho": true } },
        "Conditions": { "IsTest": { "Fn::Equals": [{ "Ref": "Key" }, "test"] } },
        "Resources": {
            "Note": { "Type": "AWS::SSM::Parameter", "Properties": {
                "Name": "/note", "Type": "String", "Value": { "Ref": "Key" },
                "Description": { "Fn::If": ["IsTest", "test", "prod"] } } },
            "Stays": { "Type": "AWS::SSM::Parameter", "Properties": { "Name": "/s", "Type": "String", "Value": "x" } }
        }
    }"#;
    let mut assembly = with_values("x");
    assembly.stacks[0].template = template.to_owned();
    assembly
}

#[test]
fn a_secret_that_changes_is_executed_without_being_given_again() {
    let world = World::new();
    for secret in ["hunter2", "hunter3", "test", "****"] {
        let plan = prepare(&world, &with_secret(), vec![given("Key", secret)]);
        is_done(&execute(&world, &with_secret(), &plan, Vec::new()).unwrap());
        assert!(world.has("us-east-1", "AWS::SSM::Parameter", "/note"));
    }
    // It may be given, too.
    let plan = prepare(&world, &with_secret(), vec![given("Key", "hunter4")]);
    is_done(&execute(&world, &with_secret(), &plan, vec![given("Key", "hunter4")]).unwrap());
}
