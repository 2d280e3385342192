//! `cost`, to its last line: the figures of the article, a month of traffic, and what is not a number.

use std::process::Command;

fn cost(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_cargo-formwork"))
        .arg("cost")
        .args(arguments)
        // A folder without a workspace: prices need none.
        .current_dir(std::env::temp_dir())
        .output()
        .expect("the program runs");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    format!("exit code: {:?}\n{out}{err}", output.status.code().unwrap_or(-1))
}

#[test]
fn a_small_site() {
    insta::assert_snapshot!(cost(&[]));
}

#[test]
fn json() {
    insta::assert_snapshot!(cost(&["--json"]));
}

/// Beyond what is free.
#[test]
fn a_busy_site() {
    let month =
        ["--requests", "30000000", "--egress-gb", "2000.5", "--upload-gb", "12", "--hours", "744", "--secrets", "0"];
    insta::assert_snapshot!(cost(&month));
}

#[test]
fn nothing_at_all() {
    let month = ["--requests", "0", "--egress-gb", "0", "--upload-gb", "0", "--hours", "0", "--secrets", "0", "--json"];
    let text = cost(&month);
    let document: serde_json::Value =
        serde_json::from_str(text.split_once('\n').map_or("", |(_, rest)| rest)).expect("JSON");
    assert_eq!((&document["month"]["site"], &document["month"]["loadBalancer"]), (&"0".into(), &"0".into()));
}

#[test]
fn numbers_that_are_none() {
    let wrong = [
        ("--hours", "-3"),
        ("--hours", "745"),
        ("--hours", "a\u{1b}[2Jday"),
        ("--requests", "1e6"),
        ("--requests", "0.5"),
        ("--requests", "99999999999999999999999999999999999999"),
        ("--egress-gb", "20000"),
        ("--egress-gb", "1.2345"),
        ("--upload-gb", ""),
        ("--volume-gb", "0"),
        ("--secrets", "--json"),
    ];
    let all: String =
        wrong.iter().map(|(option, value)| format!("{option} {value:?}\n{}\n", cost(&[option, value]))).collect();
    insta::assert_snapshot!(all);
}
