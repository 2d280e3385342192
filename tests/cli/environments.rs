//! Environments of `formwork.toml`: what an app gets of them, and logins and stacks that they do not allow.

use insta::assert_snapshot;
use support::python::with_credentials;
use support::{OwnApp, Program};

use crate::login::Recorder;

const APP: &str = r#"//! A topic in each region of the environment.
use formwork::prelude::*;

/// The stacks.
pub fn app(context: &Context) -> App {
    let size = context.get("size", "small");
    let mut app = App::new();
    for region in context.regions_or(["eu-central-1"]) {
        let mut stack = Stack::in_region(context.named("orders"), region);
        let topic = stack.add("Topic", Untyped::new("AWS::SNS::Topic", json!({ "DisplayName": size.clone() })));
        stack.options(&topic).metadata("kept", json!(true));
        stack.add("Kept", Untyped::new("AWS::SNS::Topic", json!({})));
        app = app.with(stack);
    }
    let mut edge = Stack::<UsEast1>::new(context.named("edge"));
    edge.add("Topic", Untyped::new("AWS::SNS::Topic", json!({})));
    app.with(edge)
}
"#;

const SETTINGS: &str = r#"
[environment.prod]
account = "111122223333"
regions = ["eu-central-1", "us-east-1"]
protect = true
context = { size = "large" }

[environment."pr-*"]
removal = "delete"

[environment.eu]
regions = ["eu-central-1"]

[environment.typo]
context = { sise = "large" }
"#;

fn app() -> OwnApp {
    let app = OwnApp::new("environments", APP);
    app.write("formwork.toml", SETTINGS);
    app
}

fn shown(program: Program) -> String {
    program.run().shown()
}

#[test]
fn what_an_app_gets() {
    let app = app();
    let template = |arguments: &[&str]| {
        let usual = ["synth", "--quiet", "--print"];
        shown(app.formwork(&[&usual, arguments].concat()))
    };
    assert_snapshot!("list", shown(app.formwork(&["list", "--quiet", "--env", "prod"])));
    assert_snapshot!("synth_without", template(&["orders"]));
    assert_snapshot!("synth_prod", template(&["orders-prod@eu-central-1", "--env", "prod"]));
    assert_snapshot!("synth_pattern", template(&["orders-pr-17", "--env", "pr-17"]));
    // A typed value comes before a written one.
    let typed = template(&["orders-prod@us-east-1", "--env", "prod", "--context", "size=huge"]);
    assert!(typed.contains("\"DisplayName\": \"huge\""), "{typed}");
}

#[test]
fn what_is_refused_before_anything_is_built_or_sent() {
    let app = app();
    let check = |arguments: &[&str]| shown(app.formwork(&[&["list", "--quiet"], arguments].concat()));
    assert_snapshot!("unknown", check(&["--env", "prdo"]));
    assert_snapshot!("not_a_name", check(&["--env", "a/b"]));
    assert_snapshot!("a_region_that_it_does_not_have", check(&["--env", "eu"]));
    assert_snapshot!("context_that_nobody_asks_for", check(&["--env", "typo"]));
    app.write("formwork.toml", "[environment.prod]\nacount = \"1\"\nregions = [\"eu-centrl-1\"]\n[env.dev]\n");
    // The file is read with `--env` and without.
    assert_eq!(check(&[]), check(&["--env", "prod"]));
    assert_snapshot!("mistakes", check(&["--env", "prod"]));
    assert_snapshot!("mistakes_json", check(&["--env", "prod", "--json"]));
    std::fs::remove_file(app.path().join("formwork.toml")).unwrap();
    assert_snapshot!("no_file", check(&["--env", "prod"]));
}

/// A finished assembly has the names, the context and the regions of the environment that it was made for.
#[test]
fn an_assembly_of_another_environment() {
    let app = app();
    for (environment, folder) in [(&["--env", "pr-1"][..], "of-pr"), (&[], "of-none"), (&["--env", "prod"], "of-prod")]
    {
        app.formwork(&[&["synth", "--quiet", "--out", folder], environment].concat()).run().success();
    }
    let deploy = |folder: &str| {
        let target =
            ["deploy", "--yes", "--quiet", "--env", "prod", "--assembly", folder, "--local", "--local-state", "s"];
        app.formwork(&target).run()
    };
    assert_snapshot!("assembly_of_another", deploy("of-pr").shown());
    assert_snapshot!("assembly_of_none", deploy("of-none").shown());
    deploy("of-prod").success();
    let without = ["deploy", "--yes", "--quiet", "--assembly", "of-prod", "--local", "--local-state", "s"];
    assert_snapshot!("assembly_without", app.formwork(&without).run().shown());
    // Where the assembly does not say it, the environment does.
    let manifest = app.path().join("of-prod/formwork.json");
    let text = std::fs::read_to_string(&manifest).unwrap();
    let open = text.replace("\"terminationProtection\": true", "\"terminationProtection\": false");
    assert_ne!(open, text);
    std::fs::write(&manifest, open).unwrap();
    let status = ["status", "--env", "prod", "--assembly", "of-prod", "--local", "--local-state", "s", "--json"];
    deploy("of-prod").success();
    let stacks = app.formwork(&status).run().success().json();
    assert!(
        stacks["stacks"].as_array().unwrap().iter().all(|stack| stack["deployed"]["terminationProtection"] == true)
    );
}

/// The login is of another account: nothing is sent but the question of whose it is.
#[test]
fn a_login_of_another_account() {
    let app = app();
    for command in
        [&["deploy", "--yes"][..], &["destroy", "--yes"], &["diff"], &["outputs"], &["status"], &["rollback", "--yes"]]
    {
        let recorder = Recorder::start();
        let program = app.formwork(&[command, &["--quiet", "--env", "prod", "--endpoint-url", &recorder.url]].concat());
        let run = with_credentials(program).run();
        assert_eq!((run.code, recorder.seen()), (Some(1), vec!["sts test".to_owned()]), "{command:?}: {}", run.shown());
        if command[0] == "deploy" {
            assert_snapshot!("another_account", run.shown());
        }
    }
    // The embedded engine has no account, and no other environment is bound to one.
    app.local(&["deploy", "--yes", "--quiet", "--env", "prod"]).run().success();
    let recorder = Recorder::start();
    let program = app.formwork(&["outputs", "--quiet", "--env", "pr-1", "--endpoint-url", &recorder.url]);
    with_credentials(program).run().success();
    assert_eq!(recorder.seen(), ["cloudformation test"]);
}

/// A lock that is committed for an environment is of the account that it is bound to: known without a login.
#[test]
fn a_lock_of_another_account() {
    let app = app();
    app.write("formwork.lock", r#"{"version":1,"environments":{"prod":{"444455556666":{}}}}"#);
    for command in ["synth", "list", "validate"] {
        assert_snapshot!("lock_of_another_account", shown(app.formwork(&[command, "--quiet", "--env", "prod"])));
    }
}
