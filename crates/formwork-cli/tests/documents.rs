//! `--json` prints what the schemas in `schemas/output/` say.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[track_caller]
fn check(schema: &str, arguments: &[&str], code: i32) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_cargo-formwork"))
        .args(arguments)
        .current_dir(root())
        .output()
        .expect("the program runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{errors}");
    let document: Value = serde_json::from_slice(&output.stdout).expect("one JSON document");
    let file = root().join("schemas/output").join(format!("{schema}.schema.json"));
    let schema = serde_json::from_str(&std::fs::read_to_string(file).expect("the schema is there")).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let found: Vec<String> =
        validator.iter_errors(&document).map(|error| format!("{error} at {}", error.instance_path())).collect();
    assert!(found.is_empty(), "{found:#?}\n{document:#}");
    // A schema that allows anything would prove nothing.
    assert!(!validator.is_valid(&serde_json::json!({})));
    document
}

#[test]
fn list() {
    let document = check("list", &["list", "--json", "--app", "habitpay"], 0);
    assert_eq!(document["apps"][0]["name"], "habitpay");
}

#[test]
fn synth() {
    let document = check("synth", &["synth", "--json", "--app", "habitpay"], 0);
    assert_eq!(document["apps"][0]["context"][0]["key"], "zone-id");
}

#[test]
fn verify_and_doctor() {
    // No server listens there, which shows at once.
    let reach = ["--json", "--app", "habitpay", "--resolver", "127.0.0.1:9", "--endpoint-url", "http://127.0.0.1:9"];
    let document = check("verify", &[&["verify"], &reach[..]].concat(), 3);
    assert_eq!(document["sites"][0]["checks"][0]["status"], "fail");
    let document = check("doctor", &[&["doctor"], &reach[..]].concat(), 3);
    assert_eq!(document["machine"][0]["status"], "pass");
}

#[test]
fn import_template() {
    let file = "crates/formwork-import/tests/untyped.yaml";
    let document = check("import-template", &["import-template", file, "--print", "--json"], 0);
    assert_eq!(document["features"], serde_json::json!(["ec2", "lambda", "sqs"]));
    assert_eq!(document["untyped"][0]["entry"], "Transform");
}

#[test]
fn a_failure() {
    let document = check("error", &["synth", "--json", "--app", "habitpay", "--context", "zone=Z1"], 1);
    assert_eq!(document["error"]["problems"][0]["severity"], "error");
    check("error", &["list", "--json", "--app", "habitpy"], 1);
    check("error", &["list", "--json", "--ap"], 1);
}

#[test]
fn cost() {
    let document = check("cost", &["cost", "--json"], 0);
    assert_eq!(document["article"]["percentLess"], "62.6");
}
