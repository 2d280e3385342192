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

/// The old template, in which a resource waits for another one: no change to CloudFormation.
const WAITS: &str = r#"{"Resources":{
    "Logs":{"Type":"AWS::S3::Bucket","Properties":{"BucketName":"logs"}},
    "Group":{"Type":"AWS::EC2::SecurityGroup","DependsOn":"Logs","Properties":{"GroupDescription":"web"}}}}"#;

/// Parameters of several types; the new template allows another value.
const TYPED: [&str; 2] = [
    r#"{"Parameters":{"Vpc":{"Type":"AWS::EC2::VPC::Id"},"Size":{"Type":"Number","MaxValue":3,"Default":1},
        "Zones":{"Type":"List<AWS::EC2::AvailabilityZone::Name>"},"Stage":{"Type":"String","AllowedValues":["dev"],"Default":"dev"},
        "Pin":{"Type":"String","NoEcho":true,"AllowedPattern":"[0-9]{4}","ConstraintDescription":"four digits"}},
       "Resources":{"Topic":{"Type":"AWS::SNS::Topic","Properties":{"DisplayName":{"Ref":"Stage"}}}}}"#,
    r#"{"Parameters":{"Vpc":{"Type":"AWS::EC2::VPC::Id"},"Size":{"Type":"Number","MaxValue":3,"Default":1},
        "Zones":{"Type":"List<AWS::EC2::AvailabilityZone::Name>"},"Stage":{"Type":"String","AllowedValues":["dev","prod"],"Default":"dev"},
        "Pin":{"Type":"String","NoEcho":true,"AllowedPattern":"[0-9]{4}","ConstraintDescription":"four digits"}},
       "Resources":{"Topic":{"Type":"AWS::SNS::Topic","Properties":{"DisplayName":{"Ref":"Stage"}}}}}"#,
];

/// Runs `cargo-formwork` in a folder of its own that has `old.json`, `new.json`, two with typed parameters, and a file that is not a template.
fn run(folder: &str, arguments: &[&str]) -> String {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("diff").join(folder);
    fs::create_dir_all(&folder).unwrap();
    for (name, text) in [
        ("old.json", OLD),
        ("new.json", NEW),
        ("none.json", "{\n"),
        ("waits.json", WAITS),
        ("typed.json", TYPED[0]),
        ("new-typed.json", TYPED[1]),
    ] {
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

#[test]
fn values_that_a_parameter_does_not_take() {
    let told = |value: &str| {
        let arguments = ["--from", "typed.json", "--to", "new-typed.json", "--parameter", value];
        run(&format!("values/{}", value.split('=').next().unwrap_or_default()), &arguments)
    };
    let refused = |value: &str| {
        let told = told(value);
        assert!(told.starts_with("exit code 1\n----- stdout\n----- stderr\n"), "{told}");
        told.split_once("----- stderr\n").unwrap().1.to_owned()
    };
    assert_snapshot!(refused("Vpc=nonsense"), @"error: `--parameter Vpc=nonsense` is not a value that the parameter takes (`AWS::EC2::VPC::Id`); allowed: `vpc-` and 8 or 17 hexadecimal digits");
    assert_snapshot!(refused("Size=x"), @"error: `--parameter Size=x` is not a value that the parameter takes (`Number`); allowed: a number");
    assert_snapshot!(refused("Size=4"), @"error: `--parameter Size=4` is not a value that the parameter takes (`Number`); allowed: at most 3");
    assert_snapshot!(refused("Zones=eu-west-1a,nowhere"), @"error: `--parameter Zones=eu-west-1a,nowhere` is not a value that the parameter takes (`List<AWS::EC2::AvailabilityZone::Name>`); allowed: an Availability Zone of the stack's region");
    assert_snapshot!(refused("Stage=test"), @"error: `--parameter Stage=test` is not a value that the parameter takes (`String`); allowed: `dev`, `prod`");
    assert_snapshot!(refused("Pin=secret"), @"
error: `--parameter Pin=…` is not a value that the parameter takes (`String`); allowed: a text that matches `[0-9]{4}`
Caused by: four digits
");
    for allowed in ["Vpc=vpc-0a1b2c3d", "Size=3", "Zones=eu-west-1a, eu-west-1b", "Stage=prod", "Pin=1234"] {
        assert!(told(allowed).starts_with("exit code 0"), "{allowed}: {}", told(allowed));
    }
}

#[test]
fn what_is_no_change_to_cloudformation_is_counted_as_none() {
    let said = run("what_is_no_change", &["--from", "old.json", "--to", "waits.json", "--fail-on", "any-change"]);
    assert!(
        said.contains("note: ") && said.contains("\n0 to create, 0 to update, 0 to replace, 0 to destroy\n"),
        "{said}"
    );
}
