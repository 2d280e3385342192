//! Environments, as an app sees them and as synth applies them.
#![allow(clippy::unwrap_used, reason = "what cannot go on fails its test")]

use formwork::assembly::environment::{Environment, Removal};
use formwork::prelude::*;
use formwork::template::DeletionPolicy;

fn prod() -> Environment {
    Environment {
        regions: vec!["eu-central-1".to_owned(), "us-east-1".to_owned()],
        context: [("size".to_owned(), "large".to_owned()), ("port".to_owned(), "http".to_owned())].into(),
        protect: true,
        lines: [("regions".to_owned(), 4), ("context".to_owned(), 6), ("context.port".to_owned(), 7)].into(),
        ..Environment::new("prod")
    }
}

fn topic() -> Untyped {
    Untyped::new("AWS::SNS::Topic", json!({}))
}

#[test]
fn a_loop_over_its_regions() {
    let app = |context: &Context| {
        let mut app = App::new();
        for region in context.regions() {
            let mut stack = Stack::in_region(context.named("orders"), region);
            stack.add("Topic", topic());
            app = app.with(stack);
        }
        app
    };
    let assembly = formwork::synth(app, &Context::default().in_environment(prod())).unwrap();
    let stacks: Vec<String> = assembly.stacks.iter().map(|stack| stack.id.to_string()).collect();
    assert_eq!(stacks, ["orders-prod@eu-central-1", "orders-prod@us-east-1"]);
    assert!(assembly.stacks.iter().all(|stack| stack.termination_protection));

    let told = |context: &Context| formwork::synth(app, context).unwrap_err().problems[0].to_string();
    let without = Context::default().in_environment(Environment::new("dev"));
    insta::assert_snapshot!(format!("{}\n\n{}", told(&Context::default()), told(&without)), @r#"
error: the app makes a stack for each region of its environment, and has no environment
  --> crates/formwork/tests/environments.rs:26
hint: pick one of `formwork.toml` with `--env NAME`

error: the app makes a stack for each of its regions, and the environment `dev` has none
  --> crates/formwork/tests/environments.rs:26
hint: add `regions = ["eu-central-1"]` to it (formwork.toml:1)
"#);
    assert_eq!(without.regions_or(["eu-west-1"]), ["eu-west-1"]);
    assert_eq!(Context::default().in_environment(prod()).regions_or(["eu-west-1"]).len(), 2);
}

#[test]
fn values_come_from_the_command_line_then_from_the_environment_then_from_the_source() {
    let app = |context: &Context| {
        let (size, colour) = (context.get("size", "small"), context.get("colour", "blue"));
        let port = context.get_or::<u16>("port", 443);
        context.require::<String>("owner");
        App::new().tag("size", size).tag("colour", colour).tag("port", port.to_string())
    };
    let context = Context::new([("colour", "green"), ("owner", "web")]).in_environment(prod());
    let problems = formwork::synth(app, &context).unwrap_err().problems;
    insta::assert_snapshot!(problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"), @r#"
error: the context value `port` of the environment `prod` (formwork.toml:7) is "http": invalid digit found in string
  --> crates/formwork/tests/environments.rs:57
"#);
    let with_owner = |more: &[(&str, &str)]| {
        let all = [("owner", "web"), ("port", "80")].iter().chain(more).copied().collect::<Vec<_>>();
        formwork::synth(app, &Context::new(all).in_environment(prod())).unwrap()
    };
    let asked = |assembly: &formwork::assembly::Assembly| -> Vec<(String, String, bool)> {
        let values = assembly.context.iter();
        values.map(|value| (value.key.clone(), value.value.clone(), value.given)).collect()
    };
    let own = |key: &str, value: &str, given| (key.to_owned(), value.to_owned(), given);
    assert!(asked(&with_owner(&[])).contains(&own("size", "large", true)));
    assert!(asked(&with_owner(&[("size", "huge")])).contains(&own("size", "huge", true)));
    assert!(asked(&with_owner(&[])).contains(&own("colour", "blue", false)));

    let missing = formwork::synth(app, &Context::new([("port", "80")]).in_environment(prod())).unwrap_err();
    insta::assert_snapshot!(missing.problems[0].to_string(), @"
error: the context value `owner` is required, and was not given
  --> crates/formwork/tests/environments.rs:58
hint: give it in `context` of the environment `prod` (formwork.toml:6), or with `--context owner=…`
");
}

#[test]
fn rules_of_an_environment() {
    let app = |_: &Context| {
        let mut stack = Stack::<EuWest1>::new("orders");
        stack.add("Free", topic());
        let kept = stack.add("Kept", topic());
        stack.options(&kept).deletion_policy(DeletionPolicy::Retain);
        App::new().with(stack)
    };
    let throwaway = Environment { removal: Some(Removal::Delete), ..Environment::new("pr-17") };
    let assembly = formwork::synth(app, &Context::default().in_environment(throwaway)).unwrap();
    insta::assert_snapshot!(assembly.stacks[0].template, @r#"
{
  "AWSTemplateFormatVersion": "2010-09-09",
  "Resources": {
    "Free": {
      "Type": "AWS::SNS::Topic",
      "Properties": {},
      "DeletionPolicy": "Delete"
    },
    "Kept": {
      "Type": "AWS::SNS::Topic",
      "Properties": {},
      "DeletionPolicy": "Retain"
    }
  }
}
"#);
    assert!(!assembly.stacks[0].termination_protection);
    let refused = formwork::synth(app, &Context::default().in_environment(prod())).unwrap_err();
    insta::assert_snapshot!(refused.problems[0].to_string(), @"
error: stack `orders` is in `eu-west-1`, and the environment `prod` has `eu-central-1` and `us-east-1`
  --> crates/formwork/tests/environments.rs:91
hint: add the region to `regions` (formwork.toml:4), or move the stack
");
}
