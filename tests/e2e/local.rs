//! `--local`, as somebody tries it first: every command, what it prints to the last line, and what becomes of the state.

use std::fs;
use std::path::Path;

use insta::assert_snapshot;
use serde_json::{Value, json};
use support::python::with_credentials;
use support::{Program, Run, paths, tempdir};

/// A command on habitpay, with the engine's state in `folder`.
fn formwork(folder: &Path, command: &str) -> Program {
    let run = Program::formwork().args([command, "--app", "habitpay", "--local", "--local-state"]).arg(folder);
    run.call(folder.display(), "[STATE]")
}

fn run(folder: &Path, command: &str, more: &[&str]) -> Run {
    formwork(folder, command).args(more).run()
}

fn reset(state: &Path) -> Run {
    Program::formwork().args(["local", "reset", "--yes", "--state"]).arg(state).call(state.display(), "[STATE]").run()
}

/// README, the first command; then what people do next.
#[test]
fn the_first_minutes() {
    let folder = tempdir();
    let state = folder.path().join("state");
    assert_snapshot!("1_no_terminal_to_ask_on", run(&state, "deploy", &[]).snapshot());
    assert_snapshot!("2_deploy", run(&state, "deploy", &["--yes"]).snapshot());
    assert_snapshot!("3_deploy_again", run(&state, "deploy", &["--yes"]).snapshot());
    assert_snapshot!("4_diff", run(&state, "diff", &[]).snapshot());
    assert_snapshot!("5_outputs", run(&state, "outputs", &[]).snapshot());
    assert_snapshot!("6_destroy_without_a_terminal", run(&state, "destroy", &[]).snapshot());
    assert_snapshot!("7_destroy", run(&state, "destroy", &["--yes"]).snapshot());
    assert_snapshot!("8_diff_of_nothing", run(&state, "diff", &["--quiet"]).snapshot());
    let ask = Program::formwork().args(["local", "reset", "--state"]).arg(&state).call(state.display(), "[STATE]");
    assert_snapshot!("9_reset_without_a_terminal", ask.run().snapshot());
    assert!(state.exists());
    assert_snapshot!("9_reset", format!("{}\n{}", reset(&state).snapshot(), reset(&state).snapshot()));
    assert!(!state.exists());
}

/// A fault that no resource has the name for would never be seen.
#[test]
fn faults_that_are_not_made_are_told() {
    let folder = tempdir();
    let (state, file) = (folder.path().join("state"), folder.path().join("faults.json"));
    let with = |faults: Value| {
        fs::write(&file, faults.to_string()).unwrap();
        formwork(&state, "deploy").args(["--yes", "--local-faults"]).arg(&file).call(file.display(), "[FAULTS]").run()
    };
    let fault = json!({ "stack": "habitpay-site", "logicalId": "Distributoin", "at": "create", "reason": "no" });
    assert_snapshot!("faults_of_nothing", with(json!({ "resources": [fault] })).snapshot());
    assert_snapshot!("faults_of_no_form", with(json!([])).snapshot());
}

/// The document of a run, once it is certain that it is as its published schema says.
fn document(schema: &str, run: &Run) -> Value {
    let file = paths::root().join("schemas/output").join(format!("{schema}.schema.json"));
    let schema: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    let document = run.json();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let found: Vec<String> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
    assert!(found.is_empty(), "{found:#?}\n{document:#}");
    document
}

#[test]
fn documents_are_as_published() {
    let folder = tempdir();
    let state = folder.path().join("state");
    let document = |command: &str, more: &[&str], code: i32| {
        let run = formwork(&state, command).args(more).arg("--json").run();
        assert_eq!(run.code, Some(code), "{}", run.snapshot());
        document(command, &run)
    };
    let outcomes = |document: &Value| -> Vec<String> {
        let stacks = document["stacks"].as_array().unwrap().iter();
        stacks.map(|stack| stack["outcome"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(document("diff", &[], 0)["totals"]["create"], 4);
    assert_eq!(outcomes(&document("deploy", &[], 1)), ["declined", "declined"]);
    assert_eq!(outcomes(&document("deploy", &["--yes"], 0)), ["created", "created"]);
    // Where nothing is changed, nobody needs to be asked.
    assert_eq!(outcomes(&document("deploy", &[], 0)), ["unchanged", "unchanged"]);
    let outputs = document("outputs", &[], 0)["stacks"][1]["outputs"].clone();
    let url = outputs.as_array().unwrap().iter().find(|output| output["name"] == "Url").unwrap();
    assert_eq!(url["value"], "https://api.habitpay.link");
    assert_eq!(outcomes(&document("destroy", &["--yes"], 0)), ["deleted", "deleted"]);
    let reset = Program::formwork().args(["local", "reset", "--yes", "--json", "--state"]).arg(&state).run();
    assert_eq!(self::document("local", &reset.success()), json!({ "deleted": true }));
    let served = Program::formwork().args(["local", "--json", "--state"]).arg(&state).start("}").interrupt();
    assert!(self::document("local", &served.success())["url"].as_str().unwrap().starts_with("http://127.0.0.1:"));
}

/// Ctrl-C while a distribution takes its minutes: nothing is lost, and the next command goes on with it.
#[test]
fn an_interrupted_deployment_goes_on() {
    let folder = tempdir();
    let state = folder.path().join("state");
    // The certificate takes seconds at this speed; it is waited for when the signal comes.
    let slow = formwork(&state, "deploy").args(["--yes", "--local-speed", "30"]);
    let interrupted = slow.start("Certificate waits until DNS answers").interrupt();
    assert_snapshot!("interrupted", interrupted.snapshot());
    // Whether it is still waited for, or was over when the engine started again, is a matter of the machine's speed.
    let next = run(&state, "deploy", &["--yes"]).success();
    assert!(next.stderr.contains("habitpay-edge (us-east-1): no changes"), "{}", next.snapshot());
    assert!(next.stderr.contains("habitpay-site  created: CREATE_COMPLETE"), "{}", next.snapshot());
    assert!(run(&state, "diff", &[]).stdout.contains("habitpay-site (ap-northeast-2): no changes"));

    // Both aliases begin at once.
    let slow = formwork(&state, "destroy").args(["--yes", "--local-speed", "30"]);
    let interrupted = slow.start("DELETE_IN_PROGRESS  AliasAaaa").interrupt();
    assert_snapshot!("interrupted_destroy", interrupted.snapshot());
    let next = run(&state, "destroy", &["--yes"]).success();
    assert!(next.stderr.contains("habitpay-edge  deleted: DELETE_COMPLETE"), "{}", next.snapshot());
    assert!(run(&state, "outputs", &[]).stderr.contains("`habitpay-site` is not deployed"));
}

/// A second command on a state that one has, and states that cannot be read: told, and left as they are.
#[test]
fn states_that_cannot_be_used() {
    let folder = tempdir();
    let state = folder.path().join("state");
    let holder = Program::formwork().args(["local", "--state"]).arg(&state).start("listening on ");
    let process = holder.process();
    let second = formwork(&state, "deploy").args(["--yes"]).call(process, "[PROCESS]").run();
    assert_snapshot!("in_use", second.snapshot());
    let said = reset(&state).snapshot().replace(&process.to_string(), "[PROCESS]");
    assert_snapshot!("reset_while_in_use", said);
    // What the hint says.
    let url = holder.url();
    let other = Program::formwork().args(["deploy", "--yes", "--app", "habitpay", "--endpoint-url", &url]);
    with_credentials(other).run().success();
    drop(holder);
    let journal = fs::read(state.join("journal")).unwrap();
    fs::write(state.join("journal"), "nonsense, and more of it").unwrap();
    assert_snapshot!("nonsense", run(&state, "outputs", &[]).snapshot());
    assert_eq!(fs::read_to_string(state.join("journal")).unwrap(), "nonsense, and more of it");
    fs::write(state.join("journal"), journal).unwrap();
    assert!(run(&state, "outputs", &[]).success().stdout.contains("habitpay-site.Url"));
    fs::write(state.join("VERSION"), "99\n").unwrap();
    assert_snapshot!("newer", run(&state, "outputs", &[]).snapshot());
    assert_eq!(fs::read_to_string(state.join("VERSION")).unwrap(), "99\n");
    let other = folder.path().join("other");
    fs::create_dir(&other).unwrap();
    fs::write(other.join("diary.txt"), "dear diary").unwrap();
    assert_snapshot!("somebody_elses", run(&other, "outputs", &[]).snapshot());
    assert_eq!(reset(&other).code, Some(1));
    let left: Vec<_> = fs::read_dir(&other).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["diary.txt"]);
    let file = folder.path().join("file");
    fs::write(&file, "text").unwrap();
    assert_snapshot!("a_file", run(&file, "outputs", &[]).snapshot());
}

/// A stack that the app has no more is named with its region, which the refusal says.
#[test]
fn a_stack_that_is_gone_is_named_with_its_region() {
    let folder = tempdir();
    let state = folder.path().join("state");
    let told = run(&state, "destroy", &["settings"]).shown();
    assert!(told.contains("no stack has the name `settings`"), "{told}");
    let hint = "hint: a stack that the app has no more is deleted by its name and region: `cargo formwork destroy settings@REGION --app habitpay --local --local-state [STATE]`; the app's regions, now and before: ap-northeast-2";
    assert!(told.contains(hint), "{told}");
    // A pattern, and a command that deletes nothing, are not told so.
    for (command, name) in [("destroy", "settings*"), ("status", "settings")] {
        assert!(!run(&state, command, &[name]).shown().contains("no more"), "{command}");
    }
}
