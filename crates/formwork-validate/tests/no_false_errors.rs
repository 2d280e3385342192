//! Templates that CloudFormation takes, or takes with most choices: no errors, and warnings that say which choice.

use formwork_validate::{Options, Severity, Validator};
use insta::assert_snapshot;

fn found(text: &str) -> String {
    let options = Options { region: Some("us-east-1".to_owned()), ..Options::default() };
    let findings = Validator::new().validate_text(text, "template.yaml", &options);
    findings.iter().map(|finding| format!("{finding}\n\n")).collect()
}

#[track_caller]
fn check_clean(text: &str) {
    assert_eq!(found(text), "");
}

#[track_caller]
fn check_no_errors(text: &str) {
    let findings = Validator::new().validate_text(text, "template.yaml", &Options::default());
    let errors: Vec<String> =
        findings.iter().filter(|finding| finding.severity == Severity::Error).map(ToString::to_string).collect();
    assert_eq!(errors, Vec::<String>::new());
}

#[test]
fn patterns_are_those_of_java() {
    check_clean(
        r#"
Parameters:
  Mail: {Type: String, Default: a, AllowedPattern: '^[\w-\+]+$'}
  Class: {Type: String, Default: b1, AllowedPattern: '[a-z&&[^a]][a-z[0-9]]'}
  List: {Type: CommaDelimitedList, Default: "a, b", AllowedPattern: "[a-z]"}
  Words: {Type: String, Default: a, AllowedPattern: '(?:[^"]{1,200}){0,99}'}
Resources: {Topic: {Type: AWS::SNS::Topic}}
"#,
    );
    assert_snapshot!(found(
        r#"
Parameters:
  List: {Type: CommaDelimitedList, Default: "a,B", AllowedPattern: "[a-z]"}
  Open: {Type: String, AllowedPattern: "(a"}
  Kind: {Type: String, Default: a, AllowedPattern: '\p{Upper}'}
Resources: {Topic: {Type: AWS::SNS::Topic}}
"#
    ));
}

#[test]
fn mappings_and_names_of_conditions() {
    check_clean(
        r#"
Mappings: {M: {one: {tags: [{Key: k, Value: v}], mixed: [a, [1], {b: c}], none: []}}}
Conditions: {Use-Own: !Equals [a, b], Use_It: !Equals [a, b], "A&B": !Equals [a, b]}
Resources:
  Topic: {Type: AWS::SNS::Topic, Properties: {Tags: !FindInMap [M, one, tags], DisplayName: !If [Use-Own, a, b]}}
"#,
    );
    assert_snapshot!(found(
        r#"
Mappings: {M: {one: {tags: {Key: k}}}}
Conditions: {"With blank": !Equals [a, b], "": !Equals [a, b]}
Resources: {Topic: {Type: AWS::SNS::Topic}}
"#
    ));
}

#[test]
fn what_a_macro_rewrites_is_not_checked() {
    let wrong = r#"
Resources:
  Role: {Type: AWS::IAM::Role, Properties: {Kind: short}, Short: 1}
  Thing: {Type: My::Short}
  Queue: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: {"Fn::Short": 1}}}
Outputs: {List: {Value: [a]}}
"#;
    for transform in [
        "Transform: MyMacro",
        "Transform: [AWS::LanguageExtensions, MyMacro]",
        "Transform: {Name: MyMacro, Parameters: {A: b}}",
        "Fn::Transform: {Name: MyMacro}",
    ] {
        check_no_errors(&format!("{transform}{wrong}"));
    }
    let own = found(&format!("Transform: AWS::LanguageExtensions{wrong}"));
    assert!(own.contains("error[property-unknown]") && own.contains("error[resource-type]"), "{own}");
    assert_snapshot!(found(&format!("Transform: MyMacro{wrong}")));
    check_no_errors(
        "Resources: {'Fn::Transform': {Name: MyMacro}, Role: {Type: AWS::IAM::Role, Properties: {Kind: short}}}",
    );
    check_no_errors(
        "Resources: {Role: {Type: AWS::IAM::Role, 'Fn::Transform': {Name: AWS::Include, Parameters: {Location: 's3://b/k'}}}}",
    );
    check_no_errors(
        "Resources: {Role: {Type: AWS::IAM::Role, Properties: {Kind: a, 'Fn::Transform': {Name: AWS::Include, Parameters: {Location: 's3://b/k'}}}}}",
    );
    // Parameters are read before any macro is.
    let parameter = found("Transform: MyMacro\nParameters: {A: {Type: Strin}}\nResources: {}\n");
    assert!(parameter.contains("error[parameter]"), "{parameter}");
}

/// `Stage` has no default, `Size` has: what the default brings about is an error, what only another choice does is not.
#[test]
fn mistakes_of_one_choice_are_warnings_that_name_it() {
    let template = |delay: &str| {
        found(&format!(
            r#"
Parameters: {{Stage: {{Type: String}}, Size: {{Type: String, Default: small}}}}
Conditions:
  Prod: !Equals [!Ref Stage, prod]
  Large: !Equals [!Ref Size, large]
  Both: !And [!Condition Prod, !Condition Large]
Resources:
  Queue: {{Type: AWS::SQS::Queue, Properties: {{DelaySeconds: {delay}}}}}
"#
        ))
    };
    let values = [
        "!If [Prod, 5000, 5]",
        "!If [Large, 5000, 5]",
        "!If [Large, !If [Prod, 5000, 1], 5]",
        "!If [Large, 5, 5000]",
        "!If [Prod, 5000, 6000]",
        "5000",
    ];
    let all: Vec<String> = values.iter().map(|value| format!("### {value}\n{}", template(value))).collect();
    assert_snapshot!(all.join("\n"));
}

#[test]
fn a_resource_that_no_choice_makes_right_is_an_error() {
    let text = r#"
Parameters: {Stage: {Type: String, Default: test}}
Conditions: {Prod: !Equals [!Ref Stage, prod]}
Resources: {Queue: {Type: AWS::SQS::Queue, Condition: Prod, Properties: {DelaySeconds: 5000, FifoQueue: !If [Prod, true, false]}}}
"#;
    assert!(found(text).contains("error[property-value]"));
}

#[test]
fn outputs_depend_on_choices_too() {
    let text = |first: &str| {
        found(&format!(
            r#"
Parameters: {{Stage: {{Type: String, Default: test}}}}
Conditions: {{Prod: !Equals [!Ref Stage, {first}]}}
Resources: {{Topic: {{Type: AWS::SNS::Topic}}}}
Outputs: {{One: {{Value: !If [Prod, [a], b]}}}}
"#
        ))
    };
    assert!(text("prod").starts_with("warning[output]: the value of the output `One` is a list, when `Prod` holds"));
    assert!(text("test").starts_with("error[output]"));
}
