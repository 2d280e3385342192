//! A plan in a file: written by one run, executed by another, and refused as a whole if it is not the same world any more.

use std::fs;

use insta::assert_snapshot;
use serde_json::{Value, json};
use support::{Program, Run, tempdir};

/// The last lines: of what failed, the error.
fn end(run: &Run) -> String {
    let text = run.snapshot();
    let from = text.find("error:").unwrap_or_else(|| panic!("it did not fail:\n{text}"));
    text[from..].to_owned()
}

#[test]
fn a_plan_is_executed_once_and_only_where_it_was_made() {
    let folder = tempdir();
    let (root, folder) = (support::paths::root(), folder.path());
    let file = folder.join("site.plan");
    let run = |more: &[&str]| {
        let program = Program::formwork().args(["deploy", "--quiet", "--app", "habitpay", "--local", "--local-state"]);
        let program = program.arg(folder.join("state")).args(more).current_dir(&root);
        program.call(folder.display(), "[FOLDER]").run()
    };
    let name = file.to_str().unwrap();
    assert_snapshot!("1_plan", run(&["--plan", name]).success().snapshot());
    let plan: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    let mut told = Vec::new();
    let mut refuse = |title: &str, text: &str| {
        fs::write(&file, text).unwrap();
        told.push(format!("{title}\n{}", end(&run(&["--execute", name]))));
    };
    let with = |key: &str, value: Value| {
        let mut plan = plan.clone();
        plan[key] = value;
        plan.to_string()
    };
    refuse("half of it", &plan.to_string()[..200]);
    refuse("not a plan", "{}");
    refuse("another version", &with("formwork", json!("9.9.9")));
    refuse("another format", &with("format", json!(9)));
    refuse("another account", &with("account", json!("123456789012")));
    refuse("another environment", &with("environment", json!("prod")));
    refuse("another app", &with("app", json!("shop")));
    refuse("AWS", &with("local", json!(false)));
    let mut other = plan.clone();
    other["stacks"][1]["name"] = json!("gone");
    refuse("another stack", &other.to_string());
    let mut other = plan.clone();
    other["stacks"][0]["template"] = json!("0");
    refuse("another template", &other.to_string());
    fs::write(&file, plan.to_string()).unwrap();
    told.push(format!("with a stack\n{}", end(&run(&["habitpay-edge", "--execute", name]))));
    let at_aws =
        Program::formwork().args(["deploy", "--quiet", "--app", "habitpay", "--execute", name]).current_dir(&root);
    told.push(format!("without --local\n{}", end(&at_aws.call(folder.display(), "[FOLDER]").run())));
    told.push(format!("a file that is not there\n{}", end(&run(&["--execute", "/nowhere/site.plan"]))));
    assert_snapshot!("2_refused", told.join("\n\n"));

    // A file that cannot be written is told before a change set is made.
    let before = fs::read_to_string(&file).unwrap();
    assert_snapshot!("6_cannot_be_written", run(&["--plan", "/nowhere/site.plan"]).snapshot());
    assert_eq!(fs::read_to_string(&file).unwrap(), before);

    // After all that, it still holds: nothing was executed, and nothing of it was taken away.
    assert_snapshot!("3_execute", run(&["--execute", name]).success().snapshot());
    // Whoever has the assembly needs no source.
    let assembly = folder.join("assembly");
    Program::formwork().args(["synth", "--quiet", "--app", "habitpay", "--out"]).arg(&assembly).run().success();
    let finished = |option: &str, file: &str| {
        let program = Program::formwork().args(["deploy", "--quiet", "--local", "--local-state"]);
        program.arg(folder.join("state")).arg("--assembly").arg(&assembly).args([option, file]).run().success()
    };
    let other = folder.join("other.plan");
    finished("--plan", other.to_str().unwrap());
    assert!(finished("--execute", other.to_str().unwrap()).stdout.ends_with("nothing was changed\n"));
    assert!(run(&["--execute", other.to_str().unwrap()]).success().stdout.ends_with("nothing was changed\n"));
    assert_snapshot!("4_execute_again", end(&run(&["--execute", name])));
    assert_snapshot!("5_no_execute_is_gone", end(&run(&["--no-execute"])));
}

/// It waits to be executed: nobody takes it away unasked.
#[test]
fn change_sets_of_a_plan_are_left_until_they_are_named() {
    let folder = tempdir();
    let state = folder.path().join("state");
    let run = |command: &str, more: &[&str]| {
        let program = Program::formwork().args([command, "--app", "habitpay", "--local", "--local-state"]);
        program.arg(&state).args(more).run()
    };
    let file = folder.path().join("site.plan");
    run("deploy", &["--plan", file.to_str().unwrap()]).success();
    let left = run("gc", &["--yes"]).success();
    assert_eq!(left.stdout, "nothing was removed\n");
    assert!(left.stderr.contains("of a plan that was made on this machine"), "{}", left.stderr);
    let found = run("gc", &["--yes", "--json"]).json();
    let id = found["found"][0]["physicalId"].as_str().unwrap();
    let named = format!("habitpay-edge/{}", id.split('/').nth(1).unwrap());
    assert!(left.stderr.contains(&format!("`--allow {named}`")), "{named}: {}", left.stderr);
    assert_eq!(run("gc", &["--yes", "--allow", &named]).success().stdout, "1 thing was removed\n");
    assert_eq!(run("gc", &[]).success().stdout, "nothing was left\n");
}
