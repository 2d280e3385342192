//! Mistakes of users: one clear message with the place or the flag, a hint, exit code 1.

use insta::assert_snapshot;
use support::{Program, tempdir};

use crate::run;

#[test]
fn an_unknown_command() {
    assert_snapshot!(run(&["sytnh"]));
}

/// Several commands are near; the nearest is meant.
#[test]
fn a_command_that_is_nearly_one() {
    let hint =
        |typed: &str| run(&[typed]).lines().find(|line| line.starts_with("hint:")).unwrap_or_default().to_owned();
    assert_eq!(hint("validte"), "hint: did you mean `validate`?");
    assert_eq!(hint("destory"), "hint: did you mean `destroy`?");
}

#[test]
fn an_unknown_option() {
    assert_snapshot!(run(&["synth", "--ap", "habitpay"]));
}

#[test]
fn no_command() {
    assert_snapshot!(run(&[]));
}

#[test]
fn an_unknown_app() {
    assert_snapshot!(run(&["synth", "--app", "habitpai"]));
}

#[test]
fn a_crate_that_is_no_app() {
    assert_snapshot!(run(&["synth", "--app", "formwork-template"]));
}

#[test]
fn an_unknown_stack() {
    assert_snapshot!(run(&["list", "habitpay-eggde"]));
}

#[test]
fn a_context_value_that_nobody_asks_for() {
    assert_snapshot!(run(&["synth", "--context", "zone=Z2"]));
}

#[test]
fn a_context_value_without_a_key() {
    assert_snapshot!(run(&["synth", "--context", "zone-id"]));
}

#[test]
fn a_mistake_as_json() {
    assert_snapshot!(run(&["synth", "--context", "zone=Z2", "--json"]));
}

#[test]
fn a_folder_without_a_workspace() {
    let folder = tempdir();
    let program = Program::formwork().arg("list").current_dir(folder.path());
    assert_snapshot!(program.call(folder.path().display(), "[FOLDER]").run().snapshot());
}

#[test]
fn a_finished_assembly_that_is_not_one() {
    let folder = tempdir();
    let path = folder.path().display().to_string();
    let told = |arguments: &[&str]| run(arguments).replace(&path, "[FOLDER]");
    assert_snapshot!("assembly_nowhere", told(&["diff", "--assembly", &path]));
    std::fs::write(folder.path().join("formwork.json"), r#"{"version":1,"stacks":7}"#).unwrap();
    assert_snapshot!("assembly_of_another_form", told(&["deploy", "--assembly", &path]));
    let assembly = folder.path().join("assembly");
    let out = assembly.display().to_string();
    Program::formwork().args(["synth", "--app", "habitpay", "--quiet", "--out", &out]).run().success();
    let template = assembly.join("habitpay-edge.template.json");
    let broken =
        std::fs::read_to_string(&template).unwrap().replacen("\"Resources\": {", "\"Resources\": 7, \"Old\": {", 1);
    std::fs::write(&template, broken).unwrap();
    assert_snapshot!("assembly_with_a_broken_template", told(&["diff", "--local", "--assembly", &out]));
    assert_snapshot!("assembly_and_app", told(&["destroy", "--assembly", &path, "--app", "habitpay"]));
}
