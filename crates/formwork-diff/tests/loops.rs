//! Loops of the language extensions: what they make exists under the conditions that functions name, and counts as a user of what only
//! the loop itself names.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use formwork_diff::{Diff, Registry, RenderOptions, render};
use formwork_template::Template;
use insta::assert_snapshot;

const PLAIN: RenderOptions = RenderOptions { colour: false, verbose: false };

/// The difference that another text makes in a template with the extensions.
fn shown(text: &str, from: &str, to: &str) -> String {
    let read = |text: &str| Template::from_yaml(&format!("Transform: AWS::LanguageExtensions{text}")).unwrap();
    render(&Diff::between(Some(&read(text)), &read(&text.replace(from, to)), &Registry::new()), &PLAIN)
}

#[test]
fn a_condition_whose_name_a_function_gives() {
    let text = r#"
Parameters:
  Env: {Type: String, Default: dev}
Conditions:
  Fn::ForEach::Conditions: [E, [dev, prod], {"Is${E}": !Equals [!Ref Env, !Ref E]}]
Resources:
  Fn::ForEach::Topics:
    - E
    - [dev, prod]
    - Topic${E}: {Type: AWS::SNS::Topic, Condition: !Sub "Is${E}"}
      Queue${E}: {Type: AWS::SQS::Queue, Condition: !Join ["", [Is, !Ref E]], DependsOn: !Sub "Topic${E}"}
Outputs:
  Fn::ForEach::Outputs: [E, [dev, prod], {"Out${E}": {Condition: !Sub "Is${E}", Value: !Ref E}}]
"#;
    assert_snapshot!(shown(text, "Default: dev", "Default: prod"));
}

#[test]
fn resources_that_use_what_only_a_loop_names() {
    let text = r#"
Parameters:
  Names: {Type: CommaDelimitedList, Default: "a,b"}
  Which: {Type: String, Default: A}
  Flags: {Type: String, Default: "X,Y"}
Mappings:
  Colours: {a: {List: [x]}, b: {List: [y, z]}}
Conditions:
  Fn::ForEach::Conditions: [N, !Ref Names, {"Is${N}": !Equals [!Ref N, a]}]
Resources:
  TopicA: {Type: AWS::SNS::Topic}
  Named: {Type: AWS::SQS::Queue, Properties: {QueueName: {Ref: !Sub "Topic${Which}"}}}
  Fn::ForEach::Queues:
    - N
    - [a, b]
    - Fn::ForEach::Inner:
        - M
        - !FindInMap [Colours, !Ref N, List]
        - Queue${N}${M}: {Type: AWS::SQS::Queue, Condition: !Sub "Is${N}"}
  Instance:
    Type: AWS::EC2::Instance
    Properties:
      Fn::ForEach::Flags: [F, !Split [",", !Ref Flags], {"${F}": true}]
"#;
    let to = r#"{Type: CommaDelimitedList, Default: "a,b,c"}"#;
    assert_snapshot!(shown(text, r#"{Type: CommaDelimitedList, Default: "a,b"}"#, to));
    assert_snapshot!(shown(text, "Default: A", "Default: B"));
    assert_snapshot!(shown(text, "[y, z]", "[y, w]"));
    assert_snapshot!(shown(text, "X,Y", "X,Z"));
}
