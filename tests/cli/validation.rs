//! `validate` of template files: what is found, where, and how to go on in spite of it.

use std::fs;

use insta::assert_snapshot;
use support::{OwnApp, Program, paths, tempdir};

use crate::run;

/// The answer of `validate --template` to a file.
fn validate(name: &str, bytes: &[u8], more: &[&str]) -> String {
    let folder = tempdir();
    fs::write(folder.path().join(name), bytes).unwrap();
    let program = Program::formwork().args(["validate", "--template", name]).args(more).current_dir(folder.path());
    program.run().snapshot()
}

const WRONG: &[u8] = b"Resources:
  Record:
    Type: AWS::Route53::RecordSet
    Properties: {HostedZoneName: example.com., Name: www.example.com, Type: A, TTL: 60, ResourceRecords: [example.org]}
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      DelaySeconds: !GetAtt Record.Nmae
";

#[test]
fn findings_with_line_and_column() {
    assert_snapshot!(validate("wrong.yaml", WRONG, &[]));
    assert_snapshot!("findings_as_json", validate("wrong.yaml", WRONG, &["--json"]));
    let json = b"{\n  \"Resources\": {\n    \"Queue\": {\n      \"Type\": \"AWS::SQS::Queu\"\n    }\n  }\n}\n";
    assert_snapshot!("findings_in_json", validate("wrong.json", json, &[]));
}

/// The document for code scanning, held against the schema of its standard; and the one for editors.
#[test]
fn findings_for_other_programs() {
    let hostile = "{\"Resources\": {\"\u{202e}ü`<b>\": {\"Type\": \"AWS::SQS::Queu\u{1b}[2J\"}}}";
    let mut all = String::new();
    for (name, bytes) in [("wrong.yaml", WRONG), ("a b#ü.json", hostile.as_bytes())] {
        let sarif = validate(name, bytes, &["--format", "sarif"]);
        all += &format!("{sarif}\n{}\n", validate(name, bytes, &["--format", "rustc"]));
        let folder = tempdir();
        fs::write(folder.path().join(name), bytes).unwrap();
        let program = Program::formwork().args(["validate", "--template", name, "--format", "sarif"]);
        assert_is_sarif(&program.current_dir(folder.path()).run().json());
    }
    assert_snapshot!(all);
    assert_snapshot!("one_form_at_a_time", validate("wrong.yaml", WRONG, &["--format", "sarif", "--json"]));
}

/// Holds a document against the schema of the standard.
#[track_caller]
fn assert_is_sarif(document: &serde_json::Value) {
    let mut schema: serde_json::Value = serde_json::from_slice(&fs::read(paths::sarif_schema()).unwrap()).unwrap();
    // It is not a regular expression in the language of JSON Schema.
    for definition in ["run", "toolComponent"] {
        schema["definitions"][definition]["properties"]["language"].as_object_mut().unwrap().remove("pattern");
    }
    let validator = jsonschema::validator_for(&schema).unwrap();
    let found: Vec<String> = validator.iter_errors(document).map(|error| error.to_string()).collect();
    assert!(found.is_empty(), "{found:#?}\n{document:#}");
}

/// An app that warns, that has a problem too, or that does not compile.
#[test]
fn what_synth_says_is_in_every_form() {
    let source = |more: &str| {
        format!(
            "use formwork::prelude::*;\n\npub fn app(_: &Context) -> App {{\n    let mut stack = Stack::<EuCentral1>::new(\"orders\");\n    \
             stack.add(\"Topic\", Untyped::new(\"AWS::SNS::Topic\", json!({{}})));\n    let mut app = App::new().with(stack);\n    \
             app = app.problem(Problem::warning(\"it is `late`\").hint(\"go to bed\"));\n{more}    app\n}}\n"
        )
    };
    let app = OwnApp::new("said", &source(""));
    let run = |format: &str| app.formwork(&["validate", "--quiet", "--format", format]).run();
    let mut all = String::new();
    for more in ["", "    app = app.problem(Problem::error(\"there is `nothing` to do\"));\n", "    nothing();\n"] {
        app.write("src/lib.rs", &source(more));
        for format in ["sarif", "rustc"] {
            let run = run(format);
            if format == "sarif" {
                let mut document = run.json();
                assert_is_sarif(&document);
                // The rules are in every document.
                document["runs"][0]["tool"]["driver"]["rules"].take();
                all += &format!("exit code: {:?}\n{document:#}\n", run.code);
            } else {
                all += &format!("{}\n", run.snapshot());
            }
        }
    }
    assert_snapshot!(all);
}

#[test]
fn what_is_ignored_is_counted() {
    assert_snapshot!("ignored", validate("wrong.yaml", WRONG, &["--ignore", "record-set", "--ignore", "attribute"]));
    assert_snapshot!("ignored_by_a_misspelt_rule", validate("wrong.yaml", WRONG, &["--ignore", "record-sets"]));
    assert_snapshot!("ignored_by_no_rule", validate("wrong.yaml", WRONG, &["--ignore", "everything"]));
    assert_snapshot!("ignored_and_not_validated", run(&["deploy", "--no-validate", "--ignore", "record-set"]));
}

#[test]
fn files_that_are_no_templates() {
    assert_snapshot!("file_in_utf_16", validate("utf-16.json", b"\xff\xfe{\0}\0", &[]));
    assert_snapshot!(
        "file_with_a_key_twice",
        validate("twice.yaml", b"Resources:\n  A: {Type: T}\n  A: {Type: T}\n", &[])
    );
    assert_snapshot!(
        "file_of_another_kind",
        validate("package.json", b"{\"name\": \"x\", \"version\": \"1.0.0\"}", &[])
    );
    assert_snapshot!("file_that_is_a_list", validate("list.yaml", b"- 1\n", &[]));
}

/// Parameters whose values the command line gives.
const TYPED: &[u8] = b"Parameters:
  Vpc: {Type: AWS::EC2::VPC::Id}
  Zones: {Type: List<AWS::EC2::AvailabilityZone::Name>}
  Count: {Type: Number, MinValue: 1}
  Colours: {Type: CommaDelimitedList, AllowedValues: [red, blue]}
  Image: {Type: AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>}
  Password: {Type: String, NoEcho: true, MinLength: 8}
Resources:
  Topic: {Type: AWS::SNS::Topic}
";

#[test]
fn values_of_parameters() {
    let with = |values: &[&str]| {
        let mut more = vec!["--template-region", "eu-west-1"];
        values.iter().for_each(|value| more.extend(["--parameter", value]));
        validate("typed.yaml", TYPED, &more)
    };
    assert_snapshot!(
        "values_that_are_refused",
        with(&[
            "Vpc=nonsense",
            "Zones=eu-west-1a,us-east-1a",
            "Count=0",
            "Colours=red,green",
            "Image=a b",
            "Password=short",
            "Cuont=1",
        ])
    );
    assert_snapshot!(
        "values_that_are_taken",
        with(&[
            "Vpc=vpc-0a1b2c3d",
            "Zones=eu-west-1a",
            "Count=2",
            "Colours=red, blue",
            "Image=/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64",
            "Password=long enough",
        ])
    );
}

/// Mistakes that some choice of parameters brings about: by a condition, a value, a key.
const CHOSEN: &[u8] = b"Parameters:
  Stage: {Type: String, AllowedValues: [dev, prod, test], Default: dev}
  Delay: {Type: Number, Default: 30}
Mappings:
  Of:
    dev: {Size: t3.micro}
    prod: {Size: t3.mikro}
Conditions:
  Prod: !Equals [!Ref Stage, prod]
Rules:
  NeverTest:
    Assertions: [{Assert: !Not [!Equals [!Ref Stage, test]], AssertDescription: there is no test}]
Resources:
  Machine:
    Type: AWS::EC2::Instance
    Properties: {ImageId: ami-0a1b2c3d, InstanceType: !FindInMap [Of, !Ref Stage, Size]}
  Queue:
    Type: AWS::SQS::Queue
    Properties: {VisibilityTimeout: !If [Prod, 99999999, 30], DelaySeconds: !Ref Delay}
";

#[test]
fn what_is_given_decides() {
    let with = |values: &[&str]| {
        let more: Vec<&str> = values.iter().flat_map(|value| ["--parameter", value]).collect();
        validate("chosen.yaml", CHOSEN, &more)
    };
    assert_snapshot!("nothing_chosen", with(&[]));
    assert_snapshot!("right_choice", with(&["Stage=dev"]));
    assert_snapshot!("wrong_choice", with(&["Stage=prod", "Delay=901"]));
    assert_snapshot!("choice_against_a_rule", with(&["Stage=test"]));
}

const APP: &str = r#"//! A queue whose delay is somebody else's choice.
use formwork::prelude::*;

/// The stack, in two regions.
pub fn app(_: &Context) -> App {
    fn orders<R: Region>() -> Stack<R> {
        let mut stack = Stack::<R>::new("orders");
        stack.parameter("Delay", formwork::parameter::text().default("30"));
        stack.add("Queue", Untyped::new("AWS::SQS::Queue", json!({ "DelaySeconds": { "Ref": "Delay" } })));
        stack
    }
    App::new().with(orders::<EuCentral1>()).with(orders::<EuWest1>())
}
"#;

#[test]
fn what_is_given_to_a_stack_decides() {
    let app = OwnApp::new("given", APP);
    let run = |command: &[&str]| app.formwork(command).arg("--quiet").run().snapshot();
    assert_snapshot!("given_to_stacks", run(&["validate", "--parameter", "orders:Delay=901"]));
    let in_one = ["validate", "--parameter", "orders:Delay=901", "--parameter", "orders@eu-west-1:Delay=90"];
    assert_snapshot!("given_to_one_stack", run(&in_one));
    assert_snapshot!("given_to_no_stack", run(&["validate", "*@eu-west-1", "--parameter", "site:Delay=90"]));
    assert_snapshot!("given_in_no_form", run(&["validate", "--parameter", "Delay=90"]));
    assert_snapshot!("given_to_diff", run(&["diff", "--local", "--parameter", "orders:Delay=901"]));
}
