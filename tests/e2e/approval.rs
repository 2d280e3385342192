//! Questions before something is lost: by severity, and by name for resources that hold data.

use insta::assert_snapshot;
use support::{OwnApp, Program, Run};

#[cfg(unix)]
use support::terminal::Turn;

const APP: &str = r#"//! A table, a bucket that is retained, a topic.
use formwork::prelude::*;
use formwork::template::DeletionPolicy;

/// Two stacks.
pub fn app(context: &Context) -> App {
    let mut app = App::new();
    for name in ["orders", "users"] {
        let mut stack = Stack::<EuCentral1>::new(context.named(name));
        let (table, topic, retained) =
            (context.get("table", "a"), context.get("topic", "a"), context.get("retained", "yes"));
        if table != "none" {
            let properties = json!({
                "TableName": format!("{name}-{table}"),
                "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [{ "AttributeName": "Id", "AttributeType": "S" }],
                "KeySchema": [{ "AttributeName": "Id", "KeyType": "HASH" }],
            });
            stack.add("Table", Untyped::new("AWS::DynamoDB::Table", properties));
        }
        if retained == "yes" {
            let bucket = stack.add("Kept", Untyped::new("AWS::S3::Bucket", json!({})));
            stack.options(&bucket).deletion_policy(DeletionPolicy::Retain);
        }
        stack.add("Topic", Untyped::new("AWS::SNS::Topic", json!({ "TopicName": format!("{name}-{topic}") })));
        app = app.with(stack);
    }
    app
}
"#;

const NESTED: &str = r#"//! A zone in a nested stack.
use formwork::prelude::*;

/// One stack in another.
pub fn app(_: &Context) -> App {
    let mut network = Stack::<EuCentral1>::new("network");
    network.add("Zone", Untyped::new("AWS::Route53::HostedZone", json!({ "Name": "example.com" })));
    let mut shop = Stack::<EuCentral1>::new("shop");
    shop.add("Network", NestedStack::new(network));
    App::new().with(shop)
}
"#;

const SETTINGS: &str = "[environment.prod]\nprotect = true\n\n[environment.test]\nremoval = \"delete\"\n";

fn app() -> OwnApp {
    let app = OwnApp::new("approval", APP);
    app.write("formwork.toml", SETTINGS);
    app
}

fn deploy(app: &OwnApp, more: &[&str]) -> Program {
    app.local(&[&["deploy", "--quiet"], more].concat())
}

fn destroy(app: &OwnApp, more: &[&str]) -> Program {
    app.local(&[&["destroy", "--quiet"], more].concat())
}

/// The exit code and the words of the end.
fn end(run: &Run) -> String {
    let text = run.shown();
    let from = text.find("error:").unwrap_or_else(|| panic!("it did not fail:\n{text}"));
    text[from..].to_owned()
}

#[test]
fn without_a_terminal() {
    let app = app();
    deploy(&app, &["--yes"]).run().success();
    // Any change, and the options that permit it.
    assert_snapshot!("any_change", deploy(&app, &["--context", "topic=b"]).run().shown());
    assert_snapshot!("replaced", deploy(&app, &["--yes", "--context", "topic=b"]).run().shown());
    assert_snapshot!(
        "data_replaced_json",
        deploy(&app, &["--yes", "--json", "--context", "table=b", "orders"]).run().json()["stacks"][0]["failure"]
            .to_string()
    );
    let both = ["--yes", "--context", "table=b", "--context", "topic=b"];
    assert_snapshot!("data_replaced", deploy(&app, &both).run().shown());
    // By name: one each, and of which stack.
    let ambiguous = deploy(&app, &[&both[..], &["--allow", "Table", "--allow", "Topic"]].concat()).run();
    assert_snapshot!("ambiguous", end(&ambiguous));
    let one = deploy(&app, &[&both[..], &["--allow", "Table", "--allow", "Topic", "orders"]].concat()).run();
    assert_eq!(one.success().stdout.trim(), "`orders` was updated");
    let other = deploy(&app, &[&both[..], &["--allow", "users/Table", "--allow", "users@eu-central-1/Topic"]].concat());
    other.run().success();
    // A name that nothing has permits nothing, and is told.
    let misspelt =
        deploy(&app, &["--yes", "--context", "topic=c", "--context", "table=b", "--allow", "orders/Topik", "orders"])
            .run();
    assert_snapshot!("misspelt", misspelt.shown());
    // A retained resource is not lost.
    deploy(&app, &[&both[..], &["--context", "retained=no"]].concat()).run().success();
    // A change that only permits more, or updates something, passes with `--yes`, and not with a lower severity.
    let lower = ["--require-approval", "any-change", "--yes", "--context", "table=b", "--context", "topic=b"];
    assert_snapshot!("lower", end(&deploy(&app, &lower).run()));
    let never =
        ["--require-approval", "never", "--context", "table=none", "--context", "topic=b", "--context", "retained=no"];
    deploy(&app, &never).run().success();
    assert_snapshot!("gone", end(&deploy(&app, &["--yes", "--allow-replace"]).run()));
    assert_snapshot!("not_a_name", end(&deploy(&app, &["--yes", "--allow", "orders/"]).run()));
}

#[test]
fn deletions_without_a_terminal() {
    let app = app();
    deploy(&app, &["--yes"]).run().success();
    assert_snapshot!("deletion", destroy(&app, &[]).run().shown());
    assert_snapshot!("deletion_of_data", destroy(&app, &["--yes"]).run().shown());
    assert_snapshot!("deletion_of_data_json", destroy(&app, &["--yes", "--json", "users"]).run().shown());
    destroy(&app, &["--yes", "--allow", "Table", "orders"]).run().success();
    destroy(&app, &["--require-approval", "never"]).run().success();
}

/// A nested stack is lost with what is in it, which is named.
#[test]
fn a_nested_stack_that_holds_data() {
    let app = OwnApp::new("approval-nested", NESTED);
    deploy(&app, &["--yes"]).run().success();
    assert_snapshot!(end(&destroy(&app, &["--yes"]).run()));
}

/// An environment that protects its data: nothing but a name permits its loss.
#[test]
fn protected_data() {
    let app = app();
    deploy(&app, &["--yes", "--env", "prod"]).run().success();
    let never = ["--require-approval", "never", "--env", "prod"];
    assert_snapshot!("protected", end(&deploy(&app, &[&never[..], &["--context", "table=none"]].concat()).run()));
    let allowed = ["--allow", "orders-prod/Table", "--allow", "users-prod/Table", "--context", "table=none"];
    deploy(&app, &[&never[..], &allowed].concat()).run().success();
    // Its stacks have termination protection.
    assert_snapshot!("terminated", end(&destroy(&app, &["--yes", "--env", "prod"]).run()));
}

#[cfg(unix)]
#[test]
fn at_a_terminal() {
    const AGREE: &str = "[y/N] ";
    const NAME: &str = "go on: ";
    let app = app();
    deploy(&app, &["--yes"]).run().success();
    let ask = |more: &[&str], turns: &[Turn<'_>]| {
        let run = deploy(&app, &[&["--context", "table=b", "orders"], more].concat()).on_terminal("", turns);
        let shown = run.shown();
        let from = shown.find("orders (eu-central-1)").unwrap_or_else(|| panic!("no preview:\n{shown}"));
        shown[from..].to_owned()
    };
    let turn = |after: &'static str, typed: &'static str| Turn { after, typed };
    assert_snapshot!("asked_wrong_name", ask(&[], &[turn(AGREE, "y\n"), turn(NAME, "table\n")]));
    assert!(ask(&[], &[turn(AGREE, "y\n"), turn(NAME, "y\n")]).contains("error: not approved; nothing was changed"));
    assert!(ask(&[], &[turn(AGREE, "n\n")]).contains("error: not approved; nothing was changed"));
    // A name typed ahead does not count.
    assert!(
        ask(&[], &[turn(AGREE, "y\nTable\n"), turn(NAME, "\n")]).contains("error: not approved; nothing was changed")
    );
    // `--yes` does not answer it, `--allow` does.
    assert!(ask(&["--yes"], &[turn(AGREE, "n\n")]).contains("error: not approved; nothing was changed"));
    assert_snapshot!("asked", ask(&["--yes"], &[turn(AGREE, "y\n"), turn(NAME, "Table\n")]));
    let by_name =
        deploy(&app, &["orders", "--yes", "--context", "table=b", "--context", "topic=b", "--allow", "Topic"]);
    let shown = by_name.on_terminal("", &[]).shown();
    assert!(shown.contains("`orders` was updated") && !shown.contains(AGREE), "{shown}");

    let run = destroy(&app, &["--yes", "orders"]).on_terminal("", &[turn(AGREE, "y\n"), turn(NAME, "orders/Table\n")]);
    // The bucket's name is drawn anew.
    let shown: Vec<String> = run.shown().lines().filter(|line| !line.contains("retained")).map(str::to_owned).collect();
    assert_snapshot!("destroyed", shown.join("\n"));
}
