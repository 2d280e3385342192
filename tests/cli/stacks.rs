//! `list` and `synth` on the apps of this repository.

use std::fs;

use insta::assert_snapshot;
use support::{Program, tempdir};

use crate::run;

#[test]
fn list() {
    assert_snapshot!(run(&["list"]));
    assert_snapshot!("list_json", run(&["list", "--json"]));
    assert_snapshot!("list_by_pattern", run(&["list", "*-edge"]));
}

#[test]
fn synth() {
    assert_snapshot!(run(&["synth"]));
    assert_snapshot!("synth_json", run(&["synth", "--json"]));
    assert_snapshot!("synth_quiet", run(&["synth", "--quiet"]));
}

#[test]
fn synth_into_a_folder_of_my_own() {
    let folder = tempdir();
    let out = folder.path().join("mine");
    let synth = |arguments: &[&str]| {
        let program = Program::formwork().args(["synth", "--app", "habitpay", "--out"]).arg(&out).args(arguments);
        program.call(folder.path().display(), "[FOLDER]").run()
    };
    assert_snapshot!(synth(&["--context", "zone-id=Z1D633PJN98FT9"]).snapshot());
    let site = fs::read_to_string(out.join("habitpay-site.template.json")).unwrap();
    assert!(site.contains("Z1D633PJN98FT9"));

    // A mistake leaves what is there as it was.
    synth(&["--context", "zone=Z2"]);
    assert_eq!(fs::read_to_string(out.join("habitpay-site.template.json")).unwrap(), site);

    // The next one replaces the folder as a whole.
    fs::write(out.join("left-over.template.json"), "{}").unwrap();
    synth(&[]).success();
    assert!(!out.join("left-over.template.json").exists());
}

#[test]
fn synth_prints_a_template() {
    assert_snapshot!(run(&["synth", "--print", "habitpay-edge", "--quiet"]));
}
