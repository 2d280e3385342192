//! Loops of the language extensions, and their other functions: mistakes are found at the loop, and a right or an uncertain part
//! does not give a finding.

mod common;

use insta::assert_snapshot;

/// Findings about the sections of a template with the extensions.
fn found(text: &str) -> String {
    found_with("AWS::LanguageExtensions", text)
}

fn found_with(transform: &str, text: &str) -> String {
    common::found(&with_transform(transform, text))
}

fn with_transform(transform: &str, text: &str) -> String {
    format!("Transform: {transform}\n{}", text.trim_start_matches('\n'))
}

#[track_caller]
fn check_clean(text: &str) {
    common::check_clean(&with_transform("AWS::LanguageExtensions", text));
}

#[test]
fn bodies_of_loops() {
    assert_snapshot!(found(
        r#"
Resources:
  Fn::ForEach::Queues:
    - Name
    - [a, b]
    - Q${Name}:
        Type: AWS::SQS::Queue
        DependsOn: Zed
        Condition: Cx
        Properties:
          Nonsense: x
          DelaySeconds: abc
          QueueName: !Sub "${Nope}-${Name}"
          RedrivePolicy: {deadLetterTargetArn: !GetAtt [Qc, Arn], maxReceiveCount: 3}
      T${Name}: {Type: AWS::SNS::Topik}
"#
    ));
}

#[test]
fn names_that_loops_make() {
    assert_snapshot!(found(
        r#"
Resources:
  Other: {Type: AWS::SNS::Topic}
  Fn::ForEach::Same: [I, [a, b], {Queue: {Type: AWS::SQS::Queue}}]
  Fn::ForEach::Beside: [I, [Other, Own], {"${I}": {Type: AWS::SNS::Topic}}]
  Fn::ForEach::Plain: [I, [a-b, ab], {"T&{I}": {Type: AWS::SNS::Topic}}]
  Fn::ForEach::Form: [I, [a-b, b], {"F${I}": {Type: AWS::SNS::Topic}}]
Outputs:
  Fn::ForEach::Outputs: [I, [a], {Out: {Value: !Ref I}}]
  Out: {Value: own}
"#
    ));
    check_clean(
        r#"
Resources:
  Fn::ForEach::Outer:
    - I
    - [a, b]
    - Fn::ForEach::Inner: [J, [c, d], {"T${I}${J}": {Type: AWS::SNS::Topic, Properties: {DisplayName: "${I}-${J}"}}}]
  Policy:
    Type: AWS::SNS::TopicPolicy
    Properties:
      Topics: [!Ref Tac, !Ref Tbd]
      PolicyDocument: {Statement: [{Effect: Allow, Principal: "*", Action: "sns:Publish", Resource: !Ref Tad}]}
"#,
    );
}

#[test]
fn collections() {
    assert_snapshot!(found(
        r#"
Parameters: {Text: {Type: String}}
Mappings: {M: {one: {list: [a, b]}}}
Resources:
  Topic: {Type: AWS::SNS::Topic}
  Fn::ForEach::Nope: [I, !Ref Nope, {"A${I}": {Type: AWS::SNS::Topic}}]
  Fn::ForEach::Text: [I, !Ref Text, {"B${I}": {Type: AWS::SNS::Topic}}]
  Fn::ForEach::Resource: [I, [!Ref Topic], {"C${I}": {Type: AWS::SNS::Topic}}]
  Fn::ForEach::Attribute: [I, !Split [",", !GetAtt Topic.TopicName], {"D${I}": {Type: AWS::SNS::Topic}}]
  Fn::ForEach::Mapping: [I, !FindInMap [M, two, list], {"E${I}": {Type: AWS::SNS::Topic}}]
  Fn::ForEach::Scalar: [I, a, {"F${I}": {Type: AWS::SNS::Topic}}]
  Fn::ForEach::Import: [I, !Split [",", !ImportValue x], {"G${I}": {Type: AWS::SNS::Topic}}]
  Properties:
    Type: AWS::SNS::Topic
    Properties:
      Fn::ForEach::Inside: [I, !Ref Missing, {"${I}": a}]
"#
    ));
    // The names that it would bring are not known.
    assert_snapshot!(found(
        "Resources:\n  Fn::ForEach::Two: [I, [a]]\n  Topic: {Type: AWS::SNS::Topic, DependsOn: Ta, Properties: {Nope: a}}\n"
    ));
    check_clean(
        r#"
Parameters: {Names: {Type: CommaDelimitedList}, Env: {Type: String}}
Mappings: {M: {one: {list: [a, b]}, two: {list: [c]}}}
Conditions: {IsProd: !Equals [!Ref Env, prod]}
Resources:
  Fn::ForEach::Ref: [I, !Ref Names, {"A${I}": {Type: AWS::SNS::Topic}}]
  Fn::ForEach::Of: [I, [!Ref Env, b], {"B${I}": {Type: AWS::SNS::Topic}}]
  Fn::ForEach::Map:
    - I
    - [one, two]
    - Fn::ForEach::Inner: [J, !FindInMap [M, !Ref I, list], {"C${I}${J}": {Type: AWS::SNS::Topic}}]
  Fn::ForEach::Open:
    - I
    - !Ref Names
    - Fn::ForEach::OfOpen: [J, !FindInMap [M, !Ref I, list], {"D&{I}${J}": {Type: AWS::SNS::Topic}}]
  Fn::ForEach::Split: [I, !Split [",", !Ref Env], {"E${I}": {Type: AWS::SNS::Topic}}]
  Fn::ForEach::If: [I, !If [IsProd, [a], [b]], {"F${I}": {Type: AWS::SNS::Topic}}]
"#,
    );
}

/// The items are not known, but many mistakes are wrong for any items.
#[test]
fn loops_over_parameters() {
    assert_snapshot!(found(
        r#"
Parameters: {Names: {Type: CommaDelimitedList}}
Resources:
  Fn::ForEach::Queues:
    - Name
    - !Ref Names
    - Q${Name}:
        Type: AWS::SQS::Queue
        DependsOn: Zed
        Properties:
          Nonsense: ${Name}
          DelaySeconds: !Ref Name
          QueueName: !Sub "${Nope}-${Name}"
          MessageRetentionPeriod: [!Ref Name]
      R${Name}: {Type: AWS::SNS::Topic}
      S${Name}: {Type: AWS::SQS::Queue, Properties: {QueueName: !GetAtt "Q${Name}.Arm"}}
  Fn::ForEach::Twice: [Name, !Ref Names, {"R${Name}": {Type: AWS::SNS::Topic}}]
  Topic: {Type: AWS::SNS::Topic, Properties: {TopicName: !GetAtt Zzz.QueueName, DisplayName: !GetAtt Qa.QueueName}}
"#
    ));
    check_clean(
        r#"
Parameters: {Names: {Type: CommaDelimitedList}, Envs: {Type: CommaDelimitedList}}
Mappings: {Sizes: {small: {Delay: 1}, large: {Delay: 2}}}
Conditions:
  Fn::ForEach::Conditions: [Name, !Ref Names, {"Is${Name}": !Equals [!Ref Name, prod]}]
  Both: !And [!Condition Isa, !Condition Isb]
Resources:
  Fn::ForEach::Queues:
    - Name
    - !Ref Names
    - Q${Name}:
        Type: AWS::SQS::Queue
        Condition: Is${Name}
        DependsOn: [Va, "V${Name}"]
        Properties:
          QueueName: !If ["Is${Name}", "${Name}-of-${!Name}", !Sub "${Name}-${AWS::Region}"]
          DelaySeconds: !FindInMap [Sizes, !Ref Name, Delay]
          KmsMasterKeyId: ${Name}
          Tags: [{Key: "${Name}", Value: !Sub "${V${Name}.TopicName}"}]
      T${Name}:
        Type: AWS::SNS::Topic
        Condition: Is${Name}
        Properties:
          DisplayName: !GetAtt [!Sub "Q${Name}", QueueName]
          Subscription: [{Protocol: sqs, Endpoint: !GetAtt "Q${Name}.Arn"}]
      V${Name}: {Type: AWS::SNS::Topic}
  Fn::ForEach::Others: [Env, !Ref Envs, {"Q${Env}": {Type: AWS::SNS::Topic, Condition: "Is${Env}"}}]
  Fn::ForEach::Types: [Env, !Ref Envs, {"U${Env}": {Type: "AWS::${Env}::Topic"}}]
Outputs:
  Fn::ForEach::Outputs:
    - Name
    - !Ref Names
    - Out${Name}:
        Condition: Is${Name}
        Value: !GetAtt "Q${Name}.Arn"
        Export: {Name: "${Name}-arn"}
  One: {Value: !GetAtt Qprod.Arn}
"#,
    );
}

#[test]
fn conditions_and_outputs() {
    assert_snapshot!(found(
        r#"
Parameters: {Names: {Type: CommaDelimitedList}}
Conditions:
  Fn::ForEach::Known: [I, [a, b], {"Is${I}": !Equals [!Ref Gone, !Ref I]}]
  Fn::ForEach::Open: [I, !Ref Names, {"Has${I}": !And [!Condition "Is${I}"]}]
  Fn::ForEach::Circle: [I, [x], {"C${I}": !Not [!Condition Cx]}]
Resources: {Topic: {Type: AWS::SNS::Topic, Condition: Isc}}
Outputs:
  Fn::ForEach::Values: [I, [a, b], {"Out${I}": {Value: !GetAtt "Topic.${I}"}}]
  Fn::ForEach::Lists: [I, !Ref Names, {"List${I}": {Value: [!Ref I]}}]
  Fn::ForEach::Exports: [I, [a, b], {"Export${I}": {Value: x, Export: {Name: same}}}]
"#
    ));
}

#[test]
fn loops_in_properties() {
    assert_snapshot!(found(
        r#"
Parameters: {Names: {Type: CommaDelimitedList}}
Resources:
  Fn::ForEach::Topics:
    - T
    - [a]
    - Topic${T}:
        Type: AWS::SNS::Topic
        Properties:
          Fn::ForEach::Wrong: [P, [DisplayName, TopicNam], {"${P}": "${T}"}]
  Function:
    Type: AWS::Lambda::Function
    Properties:
      Role: arn:aws:iam::123456789012:role/r
      Code: {ZipFile: x}
      Runtime: python3.13
      Handler: index.handler
      Environment:
        Variables:
          Fn::ForEach::Variables: [V, [A1, B1, A1], {"${V}": !Ref Gone}]
  Open:
    Type: AWS::SNS::Topic
    Properties:
      Fn::ForEach::Open: [P, !Ref Names, {"${P}": a}]
"#
    ));
}

#[test]
fn too_many_entries() {
    let items = |count: usize| (0..count).map(|item| item.to_string()).collect::<Vec<_>>().join(",");
    assert_snapshot!(found(&format!(
        "Resources:\n  Fn::ForEach::L: [I, [{}], {{'Q${{I}}': {{Type: AWS::SQS::Queue}}}}]\n",
        items(501)
    )));
    assert_snapshot!(found(&format!(
        "Resources:\n  Fn::ForEach::A: [A, [{0}], {{'Fn::ForEach::B': [B, [{0}], {{'Q${{A}}x${{B}}': {{Type: AWS::SQS::Queue}}}}]}}]\n",
        items(200)
    )));
}

#[test]
fn references_under_the_extensions() {
    assert_snapshot!(found(
        r#"
Conditions: {C: !Equals [!Ref NoParam, a]}
Resources:
  Q: {Type: AWS::SQS::Queue, Properties: {QueueName: !FindInMap [Nope, a, b]}}
  R: {Type: AWS::SQS::Queue, DependsOn: Zed, Condition: Cx}
Outputs:
  O: {Value: !Ref Missing}
  P: {Value: !GetAtt Q.Nope}
  R: {Value: !Sub "${Gone}"}
"#
    ));
}

#[test]
fn functions_of_the_extensions() {
    check_clean(
        r#"
Parameters: {Names: {Type: CommaDelimitedList}, Env: {Type: String}}
Mappings: {M: {one: {two: 5}}}
Resources:
  Queue:
    Type: AWS::SQS::Queue
    DeletionPolicy: !Ref Env
    UpdateReplacePolicy: !FindInMap [M, one, policy, {DefaultValue: Retain}]
    Properties:
      DelaySeconds: !Length [a, b]
      MaximumMessageSize: {"Fn::Length": !Ref Names}
      MessageRetentionPeriod: !FindInMap [M, !Ref Env, three, {DefaultValue: 60}]
      QueueName: !FindInMap [!Sub "${Env}Map", a, b, {DefaultValue: !Ref Env}]
  Parameter:
    Type: AWS::SSM::Parameter
    Properties:
      Type: String
      Value: {"Fn::ToJsonString": {a: !Ref Env, b: [!GetAtt [!Sub "Queue", Arn]], c: 5}}
      Description: !Ref {"Fn::Sub": "${Env}"}
"#,
    );
    assert_snapshot!(found(
        r#"
Resources:
  Queue: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: !Length [1, 2], QueueName: {"Fn::ToJsonString": {a: !Ref Gone}}}}
  Other: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: !FindInMap [M, a, b, {DefaultValue: soon}]}}
"#
    ));
}

/// Other macros may bring what the template does not have.
#[test]
fn macros_beside_the_extensions() {
    let text = r#"
Resources:
  Fn::ForEach::Functions:
    - Name
    - [a, b]
    - Function${Name}:
        Type: AWS::Serverless::Function
        Properties: {Handler: index.handler, Runtime: python3.13, InlineCode: x, Role: !GetAtt "Function${Name}Role.Arn"}
  Topic: {Type: AWS::SNS::Topic, DependsOn: FunctionaRole}
Outputs: {Role: {Value: !Ref FunctionaRole}}
"#;
    let found = found_with("[AWS::LanguageExtensions, AWS::Serverless-2016-10-31]", text);
    let expected = "the serverless transform writes out 2 resources, so their properties are not checked";
    assert_eq!(found, format!("warning[not-checked]: {expected}\n  --> template.yaml:1:1\n   = at Transform\n\n"));
    assert_snapshot!(found_with("[AWS::LanguageExtensions, Own]", text));
    assert_snapshot!(found_with(
        "[AWS::LanguageExtensions, Own]",
        "Resources: {'Fn::ForEach::A': [I, !Ref Gone, {'T${I}': {Type: AWS::SNS::Topik}}]}"
    ));
}

#[test]
fn names_that_functions_give_in_what_a_loop_makes() {
    let all = r#"
Conditions:
  CA: !Equals [!Ref AWS::Region, us-east-1]
Resources:
  QA: {Type: AWS::SQS::Queue}
  Fn::ForEach::Topics:
    - E
    - [A, B]
    - Topic${E}:
        Type: AWS::SNS::Topic
        Condition: !Sub "C${E}"
        DependsOn: [!Sub "Q${E}"]
Outputs:
  Fn::ForEach::Outputs: [E, [A, B], {"Out${E}": {Condition: !Sub "C${E}", Value: x}}]
"#;
    assert_snapshot!(found(all));
    check_clean(&all.replace("[A, B]", "[A]"));
    // Nothing is certain about a name that hangs on a parameter.
    let open = all.replace("[A, B]", "[A]").replace("!Sub \"C${E}\"", "!Sub \"C${P}\"").replace("Q${E}", "Q${P}");
    check_clean(&format!("Parameters:\n  P: {{Type: String}}\n{open}"));
    let condition = "CA: !Equals [!Ref AWS::Region, us-east-1]";
    let by_list = all.replace(condition, "Fn::ForEach::C: [E, !Ref L, {\"C${E}\": !Equals [!Ref E, a]}]");
    let by_list = by_list.replace("[A, B]", "!Ref L").replace("Q${E}", "QA");
    check_clean(&format!("Parameters:\n  L: {{Type: CommaDelimitedList}}\n{by_list}"));
}

#[test]
fn a_condition_is_not_the_first_attribute_of_what_a_loop_makes() {
    let first = r#"
Conditions:
  C: !Equals [!Ref AWS::Region, us-east-1]
Resources:
  Fn::ForEach::Outer:
    - A
    - [x]
    - Fn::ForEach::Inner:
        - B
        - [y]
        - Topic${A}${B}:
            Condition: C
            Type: AWS::SNS::Topic
  Fn::ForEach::Queues:
    - A
    - [x]
    - Queue${A}:
        Type: AWS::SQS::Queue
        Condition: C
  Plain:
    Condition: C
    Type: AWS::SNS::Topic
"#;
    assert_snapshot!(found(first));
}
