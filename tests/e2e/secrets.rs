//! Values of `NoEcho` parameters: from a file, a variable or the terminal, and shown nowhere.

use insta::assert_snapshot;
use support::{OwnApp, Program, Run};

#[cfg(unix)]
use support::terminal::Turn;

const APP: &str = r#"//! A topic whose name nobody may know.
use formwork::prelude::*;

/// The stack.
pub fn app(_: &Context) -> App {
    let mut stack = Stack::<EuCentral1>::new("orders");
    stack.parameter("Key", formwork::parameter::text().no_echo());
    stack.add("Topic", Untyped::new("AWS::SNS::Topic", json!({ "DisplayName": { "Ref": "Key" } })));
    App::new().with(stack)
}
"#;

const SECRET: &str = "hunter2";

fn deploy(app: &OwnApp, more: &[&str]) -> Program {
    app.local(&[&["deploy", "--yes"], more].concat())
}

#[track_caller]
fn end(run: &Run) -> String {
    let text = run.shown();
    let from = text.find("error:").unwrap_or_else(|| panic!("it did not fail:\n{text}"));
    text[from..].to_owned()
}

/// The name that the topic has, by which the value is known to have arrived.
fn arrived(app: &OwnApp) -> bool {
    let state = std::fs::read(app.path().join("state/journal")).unwrap();
    state.windows(SECRET.len()).any(|part| part == SECRET.as_bytes())
}

#[test]
fn without_a_terminal() {
    let app = OwnApp::new("secrets", APP);
    assert_snapshot!("missing", end(&deploy(&app, &[]).run()));
    assert_snapshot!("nobody_to_ask", end(&deploy(&app, &["--parameter", "orders:Key"]).run()));
    assert_snapshot!("not_set", end(&deploy(&app, &["--parameter-env", "orders:Key=ORDERS_KEY"]).run()));
    assert_snapshot!("no_file", end(&deploy(&app, &["--parameter-file", "orders:Key=none.txt"]).run()));
    assert_snapshot!("no_form", end(&deploy(&app, &["--parameter-file", "orders:Key"]).run()));

    app.write("key.txt", &format!("{SECRET}\r\n"));
    let file = ["--parameter-file", "orders:Key=key.txt"];
    let compared = app.local(&[&["diff"], &file[..]].concat()).run().success();
    let deployed = deploy(&app, &file).run().success();
    let variable = ["--parameter-env", "orders@eu-central-1:Key=ORDERS_KEY", "--verbose", "--json"];
    let changed = deploy(&app, &variable).env("ORDERS_KEY", "hunter22").run().success();
    // An argument still does, with a warning.
    let argument = deploy(&app, &["--quiet", "--parameter", "orders:Key=hunter222"]).run().success();
    for run in [&compared, &deployed, &changed, &argument] {
        assert!(!run.shown().contains(SECRET), "{}", run.shown());
    }
    assert!(arrived(&app));
    assert_snapshot!("argument", argument.shown());
}

const TELLING: &str = r#"//! An output that tells a secret.
use formwork::prelude::*;
use formwork::template::function;

/// The stack.
pub fn app(_: &Context) -> App {
    let mut stack = Stack::<EuCentral1>::new("orders");
    stack.parameter("Key", formwork::parameter::text().no_echo());
    stack.add("Topic", Untyped::new("AWS::SNS::Topic", json!({ "DisplayName": { "Ref": "Key" } })));
    stack.output("Leak", function::sub("x-${Key}"));
    App::new().with(stack)
}
"#;

/// Whoever says it: the service's reasons, and outputs that have it.
#[test]
fn in_the_words_of_the_service_and_in_outputs() {
    let app = OwnApp::new("telling", TELLING);
    app.write("key.txt", SECRET);
    let fault =
        format!(r#"{{"resources":[{{"logicalId":"Topic","at":"create","reason":"bad \"{SECRET}\"","times":2}}]}}"#);
    app.write("faults.json", &fault);
    let file = ["--parameter-file", "orders:Key=key.txt"];
    for form in [&[][..], &["--json"], &["--verbose"]] {
        let more = [&file[..], &["--local-faults", "faults.json"], form].concat();
        let run = deploy(&app, &more).run();
        let shown = run.shown();
        assert_eq!(run.code, Some(2), "{form:?}: {shown}");
        assert!(shown.contains("bad ") && shown.contains("****") && !shown.contains(SECRET), "{form:?}: {shown}");
    }
    let deployed = deploy(&app, &file).run().success();
    assert!(deployed.stdout.contains("orders.Leak = ****\n"), "{}", deployed.stdout);
    let outputs = app.local(&["outputs"]).run().success();
    assert_eq!(outputs.stdout, "orders.Leak = ****\n");
    assert!(!app.local(&["outputs", "--json"]).run().success().shown().contains(SECRET));
}

#[cfg(unix)]
#[test]
fn at_a_terminal() {
    let app = OwnApp::new("secrets", APP);
    let turn = |after: &'static str, typed: &'static str| Turn { after, typed };
    const QUESTION: &str = "not shown: ";
    // It is asked for where it is missing; what was typed before does not count.
    let run = deploy(&app, &["--quiet"]).on_terminal("wrong\n", &[turn(QUESTION, "hunterx\x7f2\n")]);
    assert!(!run.shown().contains("hunter"), "{}", run.shown());
    assert_snapshot!("asked", run.shown());
    assert!(arrived(&app));
    // And where it is to be changed.
    let run = deploy(&app, &["--quiet", "--parameter", "orders:Key"]).on_terminal("", &[turn(QUESTION, "another\r")]);
    assert!(run.shown().contains("`orders` was updated") && !run.shown().contains("another"), "{}", run.shown());
    // Ctrl-C ends the question, and with it the run.
    let run = deploy(&app, &["--quiet", "--parameter", "orders:Key"]).on_terminal("", &[turn(QUESTION, "half\x03")]);
    assert_snapshot!("interrupted", run.shown());
}
