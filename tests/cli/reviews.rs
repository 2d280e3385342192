//! Previews for pull requests, and graphs, as commands print them.

use std::fs;

use insta::assert_snapshot;
use support::{Program, tempdir};

const BEFORE: &str = r#"{"Resources": {
    "Table": {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": "orders",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}], "BillingMode": "PAY_PER_REQUEST"}},
    "Topic": {"Type": "AWS::SNS::Topic"}}}"#;

#[test]
fn comments() {
    let folder = tempdir();
    let (state, out) = (folder.path().join("state"), folder.path().join("assembly"));
    let habitpay = |command: &str| Program::formwork().args([command, "--quiet", "--app", "habitpay"]);
    let diff = |program: Program| {
        let run = program.args(["--markdown", "--local", "--local-state"]).arg(&state).run().success();
        run.stdout
    };
    assert_snapshot!("of_an_app", diff(habitpay("diff")));
    habitpay("synth").arg("--out").arg(&out).run().success();
    let finished = diff(Program::formwork().args(["diff", "--quiet", "--assembly"]).arg(&out));
    assert_snapshot!("of_an_assembly", finished.lines().next().unwrap_or_default());
}

#[test]
fn comments_about_files() {
    let folder = tempdir();
    fs::write(folder.path().join("before.json"), BEFORE).unwrap();
    fs::write(folder.path().join("after.json"), BEFORE.replace("\"orders\"", "\"orders-2\"")).unwrap();
    let diff = |more: &[&str]| {
        let program = Program::formwork().args(["diff", "--from", "before.json", "--to", "after.json"]).args(more);
        program.current_dir(folder.path()).run().snapshot()
    };
    assert_snapshot!("of_files", diff(&["--markdown", "--html", "preview.html", "--fail-on", "destructive"]));
    assert!(fs::read_to_string(folder.path().join("preview.html")).unwrap().ends_with("</html>\n"));
    assert_snapshot!("two_forms_at_once", diff(&["--markdown", "--json"]));
    assert_snapshot!("a_page_that_cannot_be_written", diff(&["--html", "nowhere/preview.html"]));
}

#[test]
fn graphs() {
    let graph = |more: &[&str]| Program::formwork().args(["graph", "--quiet"]).args(more).run().success().stdout;
    assert_snapshot!("of_stacks", graph(&[]));
    assert_snapshot!("of_resources", graph(&["--resources", "habitpay-*", "--format", "dot"]));
    assert_snapshot!("as_json", graph(&["--app", "habitpay", "--json"]));
}
