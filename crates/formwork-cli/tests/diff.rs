//! `diff` of two template files: what is printed where, and the exit codes. No AWS, no synth.

#![allow(clippy::unwrap_used, reason = "what cannot go on fails its test")]

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use insta::assert_snapshot;

const OLD: &str = r#"{"Resources":{
    "Logs":{"Type":"AWS::S3::Bucket","Properties":{"BucketName":"logs"}},
    "Group":{"Type":"AWS::EC2::SecurityGroup","Properties":{"GroupDescription":"web"}}}}"#;
const NEW: &str = r#"{"Resources":{
    "Logs":{"Type":"AWS::S3::Bucket","Properties":{"BucketName":"records"}},
    "Group":{"Type":"AWS::EC2::SecurityGroup","Properties":{"GroupDescription":"web","SecurityGroupIngress":[
        {"IpProtocol":"tcp","FromPort":22,"ToPort":22,"CidrIp":"0.0.0.0/0"}]}}}}"#;

/// Runs `cargo-formwork` in a folder of its own that has `old.json`, `new.json` and a file that is not a template.
fn run(folder: &str, arguments: &[&str]) -> String {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("diff").join(folder);
    fs::create_dir_all(&folder).unwrap();
    for (name, text) in [("old.json", OLD), ("new.json", NEW), ("none.json", "{\n")] {
        fs::write(folder.join(name), text).unwrap();
    }
    let output = Command::new(env!("CARGO_BIN_EXE_cargo-formwork"))
        .arg("diff")
        .args(arguments)
        .current_dir(folder)
        .env_remove("FORMWORK_CALLED_AS")
        .output()
        .unwrap();
    format!(
        "exit code {}\n----- stdout\n{}----- stderr\n{}",
        output.status.code().unwrap(),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

#[test]
fn two_files() {
    assert_snapshot!(run("two_files", &["--from", "old.json", "--to", "new.json"]), @"
exit code 0
----- stdout
Resources
  [±] replace  Logs   AWS::S3::Bucket
      holds data
      BucketName  logs → records  (replaces)
  [~] update   Group  AWS::EC2::SecurityGroup
      SecurityGroupIngress  + [{ IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: 0.0.0.0/0 }]

Permits more than before
  [!] Group opens port 22 (tcp) to 0.0.0.0/0  SecurityGroupIngress[0]

0 to create, 1 to update, 1 to replace, 0 to destroy
----- stderr
");
}

#[test]
fn the_same_file_twice() {
    let arguments = ["--from", "old.json", "--to", "old.json", "--fail-on", "any-change"];
    assert_snapshot!(run("the_same_file_twice", &arguments), @"
exit code 0
----- stdout
0 to create, 0 to update, 0 to replace, 0 to destroy
----- stderr
");
}

#[test]
fn what_is_looked_for_is_found() {
    let found = |what: &str| {
        let told = run(what, &["--from", "old.json", "--to", "new.json", "--fail-on", what]);
        let (code, _) = told.split_once('\n').unwrap();
        let (_, error) = told.split_once("----- stderr\n").unwrap();
        format!("{code}\n{error}")
    };
    assert_snapshot!(found("any-change"), @"
exit code 3
error: `new.json` would change, which `--fail-on` looks for
");
    assert_snapshot!(found("broadening"), @"
exit code 3
error: `new.json` would permit more than before, which `--fail-on` looks for
");
    assert_snapshot!(found("destructive"), @"
exit code 3
error: `new.json` would lose a resource, or may, which `--fail-on` looks for
");
}

#[test]
fn what_is_looked_for_is_not_found() {
    let turned = run("turned", &["--from", "new.json", "--to", "old.json", "--fail-on", "broadening", "--quiet"]);
    assert_snapshot!(turned, @"
exit code 0
----- stdout
Resources
  [±] replace  Logs   AWS::S3::Bucket
      holds data
      BucketName  records → logs  (replaces)
  [~] update   Group  AWS::EC2::SecurityGroup
      SecurityGroupIngress  - [{ IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: 0.0.0.0/0 }]

0 to create, 1 to update, 1 to replace, 0 to destroy
----- stderr
");
}

#[test]
fn files_that_cannot_be_compared() {
    assert_snapshot!(run("one", &["--from", "old.json"]), @"
exit code 1
----- stdout
----- stderr
error: missing: `--to`
hint: `cargo formwork diff --help` says more
");
    assert_snapshot!(run("none", &["--from", "old.json", "--to", "none.json"]), @"
exit code 1
----- stdout
----- stderr
error: `none.json` is not a CloudFormation template
Caused by: line 2, column 0: EOF while parsing an object
");
    assert_snapshot!(run("missing", &["--from", "missing.json", "--to", "new.json"]), @"
exit code 1
----- stdout
----- stderr
error: cannot read the template `missing.json`
Caused by: No such file or directory (os error 2)
");
}
