//! Findings that the source or the template acknowledges.

use std::collections::BTreeMap;

use formwork_template::Template;
use formwork_validate::{Location, Options, Validator, validate};
use insta::assert_snapshot;

/// Everything that is found, as it is read.
fn found(text: &str) -> String {
    let options = Options { region: Some("us-east-1".to_owned()), ..Options::default() };
    let findings = Validator::new().validate_text(text, "template.yaml", &options);
    findings.iter().map(|finding| format!("{finding}\n\n")).collect()
}

/// Acknowledged findings are listed, with their reasons, and are not errors; acknowledgements without a finding are reported.
#[test]
fn acknowledged_findings() {
    let template = |list: &str| {
        found(&format!(
            r#"
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Metadata: {{formwork: {{acknowledge: {list}}}}}
    Properties: {{DelaySeconds: 5000, Foo: 1}}
  Other: {{Type: AWS::SQS::Queue, Properties: {{DelaySeconds: 5000}}}}
"#
        ))
    };
    let all = [
        template(
            "[{rule: property-value, reason: of old}, {rule: cidr-block, reason: none}, {rule: property-unknown}]",
        ),
        template("[{rule: property-vlaue, reason: x}, [], {reason: x}]"),
        template("{rule: property-value, reason: x}"),
    ];
    assert_snapshot!(all.join("---\n"));
}

#[test]
fn acknowledged_in_the_source() {
    let place = |line| Some(Location { file: "src/lib.rs".into(), line, column: None });
    let one = |id: &str, rule: &str, reason: &str, line| formwork_validate::Acknowledgement {
        logical_id: id.into(),
        rule: rule.into(),
        reason: reason.into(),
        location: place(line),
    };
    let options = Options {
        acknowledged: vec![
            one("Queue", "property-value", "of old", 3),
            one("Queue", "web-acl", "of old", 4),
            one("Queue", "property-unknown", " ", 5),
        ],
        locations: BTreeMap::from([(
            "Queue".to_owned(),
            Location { file: "src/lib.rs".into(), line: 2, column: None },
        )]),
        ..Options::default()
    };
    let text =
        r#"{"Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds": 5000, "Foo": 1}}}}"#;
    let findings = validate(&Template::from_json(text).unwrap(), &options);
    assert_snapshot!(findings.iter().map(|finding| format!("{finding}\n\n")).collect::<String>());
}
