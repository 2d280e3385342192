//! The output where it is more than one line per property: texts, long values, colours, places in the source.

#![allow(clippy::unwrap_used, reason = "what cannot go on fails its test")]

use formwork_assembly::{Location, StackArtifact};
use formwork_diff::{Diff, Registry, RenderOptions, render};
use formwork_template::Template;
use insta::assert_snapshot;
use serde_json::json;

const PLAIN: RenderOptions = RenderOptions { colour: false, verbose: false };
const VERBOSE: RenderOptions = RenderOptions { colour: false, verbose: true };

fn template(resources: serde_json::Value) -> Template {
    Template::from_json(&json!({ "Resources": resources }).to_string()).unwrap()
}

fn between(before: serde_json::Value, after: serde_json::Value) -> Diff {
    Diff::between(Some(&template(before)), &template(after), &Registry::new())
}

fn queue(properties: serde_json::Value) -> serde_json::Value {
    json!({ "Queue": { "Type": "AWS::SQS::Queue", "Properties": properties } })
}

fn server(script: &str) -> serde_json::Value {
    let data = json!({ "Fn::Base64": { "Fn::Sub": script } });
    json!({ "Server": { "Type": "AWS::EC2::Instance", "Properties": { "UserData": data } } })
}

const SCRIPT: &str = "#!/bin/sh\nset -e\napt-get update\napt-get install -y nginx\ncat <<'END'\n\ta tab\nEND\n\
    systemctl enable nginx\nsystemctl start nginx\ncurl localhost\necho done in ${AWS::Region}\n";

#[test]
fn of_a_script_the_lines_that_differ_are_shown() {
    let changed = SCRIPT.replace("set -e", "set -eu").replace("done in", "ready in");
    let diff = between(server(SCRIPT), server(&changed));
    assert_snapshot!(render(&diff, &PLAIN), @"
Resources
  [?] may replace  Server  AWS::EC2::Instance
      UserData  (may replace)
          #!/bin/sh
        - set -e
        + set -eu
          apt-get update
          apt-get install -y nginx
          …
          systemctl start nginx
          curl localhost
        - echo done in ${AWS::Region}
        + echo ready in ${AWS::Region}
");
    assert_snapshot!(render(&diff, &VERBOSE), @"
Resources
  [?] may replace  Server  AWS::EC2::Instance
      UserData  (may replace)
          #!/bin/sh
        - set -e
        + set -eu
          apt-get update
          apt-get install -y nginx
          cat <<'END'
              a tab
          END
          systemctl enable nginx
          systemctl start nginx
          curl localhost
        - echo done in ${AWS::Region}
        + echo ready in ${AWS::Region}
");
}

#[test]
fn a_script_that_comes_is_counted() {
    let before = json!({ "Server": { "Type": "AWS::EC2::Instance", "Properties": {} } });
    assert_snapshot!(render(&between(before.clone(), server("#!/bin/sh\ntrue\n")), &VERBOSE), @"
Resources
  [?] may replace  Server  AWS::EC2::Instance
      UserData  (may replace)
        + #!/bin/sh
        + true
");
    assert_snapshot!(render(&between(before, server(SCRIPT)), &PLAIN), @"
Resources
  [?] may replace  Server  AWS::EC2::Instance
      UserData  + 11 lines  (may replace)
");
}

#[test]
fn json_in_a_text_is_compared_line_by_line_whatever_its_order() {
    let before = queue(json!({ "RedrivePolicy": r#"{"maxReceiveCount":3,"deadLetterTargetArn":"arn:a"}"# }));
    let after = queue(json!({ "RedrivePolicy": r#"{ "deadLetterTargetArn": "arn:a", "maxReceiveCount": 5 }"# }));
    assert_snapshot!(render(&between(before, after), &PLAIN), @r#"
Resources
  [~] update  Queue  AWS::SQS::Queue
      RedrivePolicy
          {
            "deadLetterTargetArn": "arn:a",
        -   "maxReceiveCount": 3
        +   "maxReceiveCount": 5
          }
"#);
}

#[test]
fn long_values_are_shown_around_their_difference() {
    let with = |end: &str| queue(json!({ "QueueName": format!("{}{end}", "a long beginning ".repeat(8)) }));
    let diff = between(with("old end"), with("new end"));
    assert_snapshot!(render(&diff, &PLAIN), @"
Resources
  [±] replace  Queue  AWS::SQS::Queue
      holds data
      QueueName  … long beginning old end → … long beginning new end  (replaces)
");
    assert_snapshot!(render(&diff, &VERBOSE), @"
Resources
  [±] replace  Queue  AWS::SQS::Queue
      holds data
      QueueName  a long beginning a long beginning a long beginning a long beginning a long beginning a long beginning a long beginning a long beginning old end → a long beginning a long beginning a long beginning a long beginning a long beginning a long beginning a long beginning a long beginning new end  (replaces)
");
}

#[test]
fn texts_that_could_be_misread_stand_in_quotes() {
    let before =
        queue(json!({ "A": "", "B": " x", "C": "a → b", "D": "\u{1b}[31mred", "E": "null", "F": "two words" }));
    let after = queue(json!({ "A": "x", "B": "x", "C": "a", "D": "red", "E": {}, "F": "${Three}" }));
    assert_snapshot!(render(&between(before, after), &PLAIN), @r#"
Resources
  [~] update  Queue  AWS::SQS::Queue
      A  "" → x
      B  " x" → x
      C  "a → b" → a  (→ is U+2192)
      D  "\u{1b}[31mred" → red
      E  "null" → {}
      F  two words → "${Three}"
"#);
}

#[test]
fn functions_are_spelled_as_in_a_substitution() {
    let before = queue(json!({}));
    let after = queue(json!({
        "A": { "Ref": "Topic" },
        "B": { "Fn::GetAtt": ["Topic", "TopicName"] },
        "C": { "Fn::Join": ["", ["arn:", { "Ref": "AWS::Partition" }, ":x"]] },
        "D": { "Fn::Select": [0, { "Fn::GetAZs": "" }] },
        "E": { "Fn::If": ["IsProd", "a", { "Ref": "AWS::NoValue" }] },
        "F": { "Fn::GetStackOutput": { "StackName": "edge", "OutputName": "Arn", "Region": "us-east-1" } },
    }));
    assert_snapshot!(render(&between(before, after), &PLAIN), @r#"
Resources
  [~] update  Queue  AWS::SQS::Queue
      A  + ${Topic}
      B  + ${Topic.TopicName}
      C  + arn:${AWS::Partition}:x
      D  + Select(0, GetAZs(""))
      E  + If(IsProd, a, ${AWS::NoValue})
      F  + GetStackOutput({ StackName: edge, OutputName: Arn, Region: us-east-1 })

note: a value cannot be worked out: Template error: unresolved condition dependency IsProd in the Conditions block of the template
"#);
}

#[test]
fn verbose_output_has_every_property_of_what_comes_and_goes() {
    let before = queue(json!({ "QueueName": "q", "Tags": [{ "Key": "a", "Value": "b" }] }));
    let after =
        json!({ "Topic": { "Type": "AWS::SNS::Topic", "Properties": { "Config": { "Inner": [1, { "a": true }] } } } });
    assert_snapshot!(render(&between(before, after), &VERBOSE), @"
Resources
  [+] create   Topic  AWS::SNS::Topic
      Config.Inner  + [1, { a: true }]
  [-] destroy  Queue  AWS::SQS::Queue
      holds data
      QueueName  - q
      Tags       - [{ Key: a, Value: b }]
");
}

#[test]
fn the_place_in_the_source_is_at_the_end_of_the_line() {
    let after = json!({
        "Short": { "Type": "AWS::SQS::Queue" },
        "MuchLongerName": { "Type": "AWS::CloudFront::Distribution" },
    });
    let place = |line| Location { file: "stacks/habitpay/src/lib.rs".into(), line };
    let artifact = StackArtifact {
        locations: vec![("Short".to_owned(), place(7)), ("MuchLongerName".to_owned(), place(12))],
        ..StackArtifact::default()
    };
    assert_snapshot!(render(&between(json!({}), after).with_source(&artifact), &PLAIN), @"
Resources
  [+] create  Short           AWS::SQS::Queue                stacks/habitpay/src/lib.rs:7
  [+] create  MuchLongerName  AWS::CloudFront::Distribution  stacks/habitpay/src/lib.rs:12
");
}

#[test]
fn colour_only_repeats_what_marks_and_words_say() {
    let diff = between(server(SCRIPT), queue(json!({ "A": 1 })));
    let coloured = render(&diff, &RenderOptions { colour: true, verbose: false });
    let mut plain = String::new();
    for (place, piece) in coloured.split('\u{1b}').enumerate() {
        plain.push_str(if place == 0 { piece } else { piece.split_once('m').unwrap().1 });
    }
    assert_ne!(plain, coloured);
    assert_eq!(plain, render(&diff, &PLAIN));
}

#[test]
fn the_json_form_has_the_same_content() {
    let before = queue(json!({ "DelaySeconds": 1 }));
    let after = json!({ "Queue": { "Type": "AWS::SQS::Queue", "DeletionPolicy": "Retain", "Properties": { "DelaySeconds": 2 } } });
    assert_snapshot!(serde_json::to_string_pretty(&between(before, after).to_json()).unwrap(), @r#"
{
  "newStack": false,
  "totals": {
    "create": 0,
    "update": 1,
    "replace": 0,
    "destroy": 0,
    "mayCreate": 0,
    "mayUpdate": 0,
    "mayReplace": 0,
    "mayDestroy": 0,
    "keep": 0,
    "import": 0
  },
  "resources": [
    {
      "logicalId": "Queue",
      "type": "AWS::SQS::Queue",
      "impact": "update",
      "certain": true,
      "properties": [
        {
          "path": "DelaySeconds",
          "before": 1,
          "after": 2,
          "impact": "update",
          "certain": true,
          "basis": "static"
        }
      ],
      "attributes": [
        {
          "name": "DeletionPolicy",
          "after": "Retain"
        }
      ],
      "reasons": []
    }
  ],
  "parameters": [],
  "parameterValues": [],
  "outputs": [],
  "conditions": [],
  "mappings": [],
  "rules": [],
  "metadata": [],
  "tags": [],
  "others": [],
  "broadening": [],
  "notes": []
}
"#);
}
