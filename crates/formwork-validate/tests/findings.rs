//! The findings in a template, one area per test: the whole of what people read, kept as snapshots.

mod common;

use common::{check_clean, found, found_in};
use std::collections::BTreeMap;

use formwork_template::Template;
use formwork_validate::{Finding, Location, Options, Severity, Validator, finding, validate};
use insta::assert_snapshot;
use proptest::prelude::*;

#[test]
fn properties_against_their_schema() {
    assert_snapshot!(found(
        r#"
Resources:
  Site:
    Type: AWS::CloudFront::Distribution
    Properties:
      DistributionConfig:
        Enabled: "maybe"
        HttpVersion: http4
        Origins:
          - {Id: o, DomainName: example.com, CustomOriginConfig: {OriginProtocolPolicy: http-only, Foo: 1}}
        DefaultCacheBehavior: {TargetOriginId: o}
        Aliases: example.com
        ViewerCertificate: {AcmCertificateArn: "arn:aws:acm:us-east-1:111122223333:certificate/x"}
  Alarm:
    Type: AWS::CloudWatch::Alarm
    Properties: {ComparisonOperator: GreaterThanThreshold, EvaluationPeriods: 0, MetricName: m, Metrics: [{Id: a}]}
  Certificate:
    Type: AWS::CertificateManager::Certificate
    Properties: {DomainName: example.com, DomianName: x}
"#
    ));
}

#[test]
fn functions_are_taken_for_what_they_return() {
    check_clean(
        r#"
Parameters:
  Text: {Type: String}
  Number: {Type: Number}
  List: {Type: CommaDelimitedList}
  Subnets: {Type: "List<AWS::EC2::Subnet::Id>"}
Resources:
  Group:
    Type: AWS::AutoScaling::AutoScalingGroup
    Properties:
      MinSize: !Ref Number
      MaxSize: "3"
      Cooldown: 60
      LaunchTemplate: {LaunchTemplateId: !Ref Text, Version: !GetAtt Launch.LatestVersionNumber}
      VPCZoneIdentifier: !Ref Subnets
      AvailabilityZones: !GetAZs ""
      Tags: [{Key: a, Value: !Sub "${Text}-x", PropagateAtLaunch: "true"}]
      CapacityRebalance: !Ref Text
  Launch:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      LaunchTemplateData:
        ImageId: "{{resolve:ssm:/aws/service/ami}}"
        SecurityGroupIds: !Split [",", !Ref Text]
        UserData: !Base64 {"Fn::Sub": "echo hi"}
"#,
    );
    assert_snapshot!(found(
        r#"
Parameters:
  List: {Type: CommaDelimitedList}
Resources:
  Group:
    Type: AWS::AutoScaling::AutoScalingGroup
    Properties:
      MinSize: !Ref List
      MaxSize: !GetAZs ""
      LaunchTemplate: !Ref Other
      VPCZoneIdentifier: !Join [",", !Ref List]
      AvailabilityZones: !Sub "${AWS::Region}a"
      Tags: [{Key: !GetAZs "", Value: !Select [0, [[1], 2]], PropagateAtLaunch: perhaps}]
  Other:
    Type: AWS::SQS::Queue
    Properties: {DelaySeconds: !Join ["", ["1", "000"]], FifoQueue: !Select [1, ["x", "maybe"]]}
"#
    ));
}

#[test]
fn forms_under_conditions_are_judged_apart() {
    let template = |one: &str| {
        format!(
            r#"
Parameters: {{Stage: {{Type: String}}}}
Conditions:
  Prod: !Equals [!Ref Stage, prod]
  NotProd: !Not [!Condition Prod]
Resources:
  Rule:
    Type: AWS::Events::Rule
    Properties:
      ScheduleExpression: !If [Prod, rate(1 day), !Ref "AWS::NoValue"]
      EventPattern: !If [{one}, {{source: [x]}}, !Ref "AWS::NoValue"]
      State: !If [Prod, ENABLED, DISABLED]
      Targets:
        - !If [Prod, !Ref "AWS::NoValue", {{Id: a, Arn: !Ref Stage}}]
        - {{Id: b, Arn: !Ref Stage}}
"#
        )
    };
    check_clean(&template("NotProd"));
    // Outside of production there is neither of the two.
    assert_snapshot!(found(&template("Prod")));
    let wrong = template("NotProd").replace("DISABLED", "DISABELD").replace("Id: b,", "Idd: b, Id: b,");
    assert_snapshot!("the_branch_is_named", found(&wrong));
}

#[test]
fn what_is_not_made_need_not_be_right() {
    let template = |condition: &str| {
        format!(
            r#"
Parameters: {{Stage: {{Type: String}}}}
Conditions: {{Prod: !Equals [!Ref Stage, prod], Test: !Equals [!Ref Stage, test]}}
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Condition: {condition}
    Properties: {{DelaySeconds: !If [Prod, 5, 5000]}}
"#
        )
    };
    check_clean(&template("Prod"));
    assert_eq!(found(&template("Test")).matches("error[").count(), 1);
}

#[test]
fn references_attributes_and_keys() {
    assert_snapshot!(found(
        r#"
Parameters: {Name: {Type: String}}
Mappings: {Sizes: {small: {cpu: "1"}, large: {cpu: "4"}}}
Conditions:
  A: !Equals [!Ref Topic, x]
  B: !And [!Condition A]
  C: !Condition D
  D: !Condition C
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Condition: Missing
    DependsOn: [Queue, Quue]
    Properties:
      TopicName: !Sub "${Nmae}-${!Literal}-${Queue.Arm}-${Topic2.Arn}"
      DisplayName: !FindInMap [Sizes, medium, cpu]
      KmsMasterKeyId: !FindInMap [Sizes, !Ref Name, gpu]
  Queue:
    Type: AWS::SQS::Queue
    Properties: {QueueName: !GetAtt Topic.TopicNam, KmsMasterKeyId: {"Fn::Foo": 1}, DelaySeconds: {"Fn::Join": "x"}}
  Nothing: {Type: AWS::SQS::Queue, Properties: {QueueName: null}}
"#
    ));
}

/// The attributes of types from before the registry besides read-only properties: AWS's list, not all of their properties.
#[test]
fn attributes_that_no_schema_lists() {
    check_clean(
        r#"
Resources:
  Topic: {Type: AWS::SNS::Topic}
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
  Nested: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: "https://s3.amazonaws.com/b/k"}}
Outputs:
  Name: {Value: !GetAtt Topic.TopicName}
  Range: {Value: !Sub "${Vpc.CidrBlock}"}
  Status: {Value: !GetAtt Nested.StackStatus}
"#,
    );
    let text = "Resources: {Topic: {Type: AWS::SNS::Topic}}\nOutputs: {Name: {Value: !GetAtt Topic.DisplayName}}\n";
    assert_snapshot!(found(text));
}

#[test]
fn circles() {
    assert_snapshot!(found(
        r#"
Resources:
  A: {Type: AWS::SQS::Queue, Properties: {QueueName: !GetAtt B.QueueName, KmsMasterKeyId: !GetAtt B.KmsKey}}
  B: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub "${C.QueueName}"}}
  C: {Type: AWS::SQS::Queue, DependsOn: A}
  D: {Type: AWS::SQS::Queue, Properties: {QueueName: !Ref D}}
  E: {Type: AWS::SQS::Queue, Properties: {QueueName: !Ref A}}
"#
    ));
}

#[test]
fn parameters_outputs_and_names() {
    assert_snapshot!(found(
        r#"
Parameters:
  Stage: {Type: String, AllowedValues: [a, b], Default: c}
  Count: {Type: Number, MinValue: 5, MaxValue: 3, Default: x}
  Secret: {Type: String, NoEcho: true, MinLength: 8, Default: geheim}
  Pattern: {Type: String, AllowedPattern: "[a-z]+", Default: A}
  Bad: {Type: String, AllowedPattern: "["}
  Kind: {Type: AWS::EC2::Vpc::Id}
  List: {Type: CommaDelimitedList, Default: [a]}
  Ssm: {Type: "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>", Default: /a/b}
  with-dash: {Type: String}
Mappings: {Flat: {a: b}}
Resources:
  Queue: {Type: AWS::SQS::Queue, DeletionPolicy: Retian, UpdatePolicy: {Rolling: {}}, Foo: 1}
Outputs:
  Zones: {Value: !GetAZs ""}
  One: {Value: a, Export: {Name: shared}}
  Two: {Value: a, Export: {Name: shared}}
"#
    ));
}

#[test]
fn types_and_regions() {
    let text = "
Resources:
  A: {Type: AWS::S3::Bucker}
  B: {Type: Custom::Thing, Properties: {ServiceToken: arn:x}}
  C: {Type: Vendor::Service::Thing}
  D: {Type: AWS::AppRunner::Service, Properties: {SourceConfiguration: {}}}
  E: {Type: AWS::Serverless::Function}
";
    assert_snapshot!(found_in(text, Some("eu-south-2")));
}

/// The content of what others write out or define is not known here, and that is said.
#[test]
fn what_is_not_checked_is_said() {
    assert_snapshot!(found(
        "
Transform: AWS::Serverless-2016-10-31
Resources:
  One: {Type: AWS::Serverless::Function, Properties: {Handlr: a.b}}
  Two: {Type: AWS::Serverless::WebSocketApi}
  Three: {Type: AWS::Serverless::Functoin, Properties: {Handler: a.b}}
  Four: {Type: AWSS::S3::Bucket}
  Five: {Type: AWSS::S3::Bucket}
  Six: {Type: My::Own::Thing::MODULE}
  Seven: {Type: Custom::Thing, Properties: {ServiceToken: arn:x}}
"
    ));
    assert_snapshot!(found(
        "
Transform: [AWS::Serverless-2016-10-31, Own]
Resources:
  One: {Type: AWS::Serverless::Functoin}
"
    ));
    assert_snapshot!(found(
        "Resources: {One: {Type: AWS::Serverless::Functoin}, Two: {Type: AWS::Serverless::Function}}"
    ));
}

#[test]
fn mistakes_around_cloudfront() {
    let text = r#"
Resources:
  Certificate:
    Type: AWS::CertificateManager::Certificate
    Properties: {DomainName: example.com}
  Site:
    Type: AWS::CloudFront::Distribution
    Properties:
      DistributionConfig:
        Enabled: true
        Origins: [{Id: o, DomainName: "https://example.com/site", CustomOriginConfig: {OriginProtocolPolicy: http-only}}]
        DefaultCacheBehavior: {TargetOriginId: o, ViewerProtocolPolicy: https-only}
        ViewerCertificate: {AcmCertificateArn: !Ref Certificate, SslSupportMethod: sni-only}
"#;
    assert_snapshot!(found_in(text, Some("ap-northeast-2")));
}

#[test]
fn rules_assert_something_about_parameters() {
    let template = |rules: &str| {
        format!(
            "
Parameters: {{Stage: {{Type: String}}, Subnets: {{Type: \"List<AWS::EC2::Subnet::Id>\"}}}}
Rules:
{rules}
Resources: {{A: {{Type: AWS::SQS::Queue}}}}
"
        )
    };
    check_clean(&template(
        r#"
  Stages:
    RuleCondition: !Not [!Equals [!Ref Stage, prod]]
    Assertions:
      - {Assert: !Contains [[a, b], !Ref Stage], AssertDescription: a or b}
      - {Assert: {"Fn::EachMemberIn": [{"Fn::ValueOfAll": ["AWS::EC2::Subnet::Id", VpcId]}, {"Fn::RefAll": "AWS::EC2::VPC::Id"}]}}
      - {Assert: {"Fn::EachMemberEquals": [{"Fn::ValueOf": [Subnets, VpcId]}, x]}}"#,
    ));
    assert_snapshot!(found(&template(
        r#"
  One: text
  Two: {Condition: x, Assertions: []}
  Three:
    RuleCondition: !Equals [!Ref A, !GetAtt A.Arn]
    Assertions:
      - {Assert: true, AssertDescription: [x]}
      - {AssertDescription: x}
      - {Assert: {"Fn::Equals": [{"Fn::ValueOf": [Stgae, x]}, !Join ["", [a]]]}}
      - text"#,
    )));
}

#[test]
fn arns_are_of_the_partition_of_the_stack() {
    let text = r#"
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      ManagedPolicyArns:
        - arn:aws:iam::aws:policy/ReadOnlyAccess
        - arn:aws-cn:iam::aws:policy/ReadOnlyAccess
        - !Sub "arn:${AWS::Partition}:iam::aws:policy/ReadOnlyAccess"
      AssumeRolePolicyDocument:
        Statement: {Effect: Allow, Action: "sts:AssumeRole", Principal: {AWS: !Sub "arn:aws:iam::${AWS::AccountId}:root"}}
"#;
    assert_snapshot!(found_in(text, Some("cn-north-1")));
    assert_eq!(found_in(text, Some("us-gov-west-1")).matches("warning[arn-partition]").count(), 3);
    assert_eq!(found_in(text, Some("us-east-1")).matches("warning[arn-partition]").count(), 1);
    assert_eq!(found_in(text, None), "");
}

#[test]
fn limits_are_errors_and_before_that_warnings() {
    let with = |count: usize| {
        let topics: String = (0..count).map(|number| format!("  T{number}: {{Type: AWS::SNS::Topic}}\n")).collect();
        found(&format!("Resources:\n{topics}"))
    };
    assert_eq!(with(449), "");
    assert_snapshot!("limits_nearly", with(450));
    assert_snapshot!("limits_passed", with(501));
}

#[test]
fn bytes_are_counted_as_they_are_sent() {
    let with = |bytes: usize| {
        let text = "x".repeat(bytes);
        found(&format!("Resources:\n  A: {{Type: Custom::A, Properties: {{ServiceToken: arn:x, Text: {text}}}}}\n"))
    };
    // A longer one than a call takes is shipped.
    assert_eq!(with(60_000), "");
    assert_snapshot!("bytes_of_a_template_nearly", with(950_000));
}

#[test]
fn what_is_not_a_template_is_said_with_its_line() {
    let mut all = String::new();
    for text in [
        "",
        "just a text",
        "Resources:\n  A:\n    Type: T\n  A:\n    Type: T\n",
        "Resources:\n  A: !Reference B\n",
        "Resources:\n  A: {Typo: T}\n",
        "Resources:\n  A:\n    - 1\n",
        "{\"Resources\": {\"A\": {\"Type\": \"T\"}, \"A\": {}}}",
        "{\"Resources\": ",
    ] {
        all += &found(text);
    }
    assert_snapshot!(all);
}

/// A mistake of the form hides none of another kind, and what could not be read is not found to be wrong as well.
#[test]
fn mistakes_of_every_kind_are_found_at_once() {
    assert_snapshot!(found(
        r#"
Parameters:
  Size: { Type: String, Defualt: small }
Mappings:
  Accounts: { 111122223333: { Env: prod } }
Resources:
  Object: { Type: { a: b }, DependsOn: Bucket }
  Tagged: { Type: AWS::SQS::Queue, Properties: { QueueName: !Rain::Env NAME, DelaySecond: 1 } }
  Embedded: { Type: AWS::SQS::Queue, Properties: !Rain::Embed queue.yaml }
  Alias: { Type: AWS::SNS::Topic, Properties: &same { DisplayName: a } }
  Aliased: { Type: AWS::SNS::Topic, Properties: *same }
  Merged:
    Type: AWS::Lambda::Function
    Properties:
      <<: *same
      Runtime: nodejs99.x
  Misspelt: { Type: AWS::SNS::Topic, Propertis: {} }
  Bucket: { Type: AWS::S3::Bucket, Properties: { BucketName: !Ref Nobody, Nmae: a } }
  Nothing: 7
Outputs:
  Object: { Value: !Ref Object, Export: {} }
  Nothing: { Value: !Ref Nothing }
"#
    ));
}

/// Read as AWS documents them, and said where they may be meant otherwise.
#[test]
fn values_without_quotation_marks_are_questionable() {
    assert_snapshot!(found(
        r#"
Parameters:
  Country: { Type: String, AllowedValues: [NO, SE], Default: NO }
  Partner: { Type: String, Default: 012345670123 }
Mappings:
  Vat: { NO: { Rate: "25" }, SE: { Rate: "25" } }
Conditions:
  On: !Equals [!Ref Country, NO]
Resources:
  Rate:
    Type: AWS::SSM::Parameter
    Condition: On
    Properties:
      Type: String
      Value: !FindInMap [Vat, NO, Rate]
      Value: !FindInMap [Vat, !Ref Country, Rate]
      Tags: &tags { partner: !Ref Partner, pin: 0755, version: 1.30, ports: 22:22, commit: 12e4, since: 2012-10-17 }
"#
    ));
    assert_snapshot!(found(
        r#"{"Resources": {"Cluster": {"Type": "AWS::EKS::Cluster",
            "Properties": {"Version": 1.30, "RoleArn": "arn:aws:iam::111122223333:role/eks", "Version": 1.30, "ResourcesVpcConfig": {"SubnetIds": ["subnet-0a"]}}}}}"#
    ));
}

#[test]
fn a_template_has_resources_unless_a_macro_makes_them() {
    let texts = [
        "Resources: {}",
        "Description: none",
        "Resources:",
        "{}",
        "Transform: MyMacro",
        "Transform: MyMacro\nResources: {}",
        "Transform: AWS::LanguageExtensions\nResources: {'Fn::ForEach::A': [B, [C], {'D${B}': {Type: AWS::SNS::Topic}}]}",
        "Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]\nResources: {'Fn::ForEach::A': [B, [C], {'D${B}': {Type: AWS::SNS::Topic}}]}",
        "Transform: AWS::Serverless-2016-10-31\nResources: {'Fn::ForEach::A': [B, [C], {'D${B}': {Type: AWS::SNS::Topic}}]}",
        "Transform: {Name: AWS::Include, Parameters: {Location: a}}\nResources: {'Fn::ForEach::A': [B, [C], {'D${B}': {Type: AWS::SNS::Topic}}]}",
        "Resources: {'Fn::ForEach::A': [B, [C], {'D${B}': {Type: AWS::SNS::Topic}}]}",
        "Transform: MyMacro\nResources: {'Fn::ForEach::A': [B, [C], {'D${B}': {Type: AWS::SNS::Topic}}]}",
        "Transform: AWS::Serverless-2016-10-31\nResources: {A: {Type: AWS::SNS::Topic, Properties: {DisplayName: {'Fn::ToJsonString': {a: b}}}}}",
    ];
    let all: Vec<String> = texts.iter().map(|text| format!("{text}\n\n{}", found(text))).collect();
    assert_snapshot!(all.concat());
}

#[test]
fn findings_know_the_source() {
    let template = Template::from_json(
        r#"{"Conditions": {"A": "x", "C": "x"}, "Resources": {"A": {"Type": "AWS::SQS::Queue", "Properties": {"X": 1}}},
            "Outputs": {"O": {"Value": []}, "P": {"Value": []}}}"#,
    )
    .unwrap();
    let location = |line| Location { file: "src/lib.rs".to_owned(), line, column: None };
    let options = Options {
        region: None,
        locations: BTreeMap::from([
            ("A".to_owned(), location(7)),
            ("O".to_owned(), location(9)),
            ("C".to_owned(), location(5)),
        ]),
        location: Some(location(3)),
        ..Options::default()
    };
    let found: Vec<String> = validate(&template, &options).iter().map(Finding::to_string).collect();
    assert_snapshot!(found.join("\n\n"));
}

#[test]
fn secrets_are_never_in_a_message() {
    let text = found(
        r#"
Resources:
  Database:
    Type: AWS::RDS::DBInstance
    Properties: {MasterUserPassword: [geheim], DBInstanceClass: db.t3.micro}
  User:
    Type: AWS::IAM::User
    Properties: {LoginProfile: {Password: {geheim: geheim}}}
"#,
    );
    assert!(text.contains("Password") && !text.contains("geheim"), "{text}");
}

#[test]
fn every_rule_is_in_the_list() {
    let mut rules = finding::rule::ALL.to_vec();
    rules.sort_unstable();
    rules.dedup();
    assert_eq!(rules.len(), finding::rule::ALL.len());
    let readme = include_str!("../README.md");
    let missing: Vec<&str> = rules.into_iter().filter(|rule| !readme.contains(&format!("`{rule}`"))).collect();
    assert_eq!(missing, Vec::<&str>::new(), "README.md lists every rule");
}

fn any_value() -> impl Strategy<Value = serde_json::Value> {
    let name =
        prop::sample::select(vec!["A", "B", "P", "M", "C", "AWS::NoValue", "AWS::Region", "${A.Arn}", "x", "1", ""]);
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i32>().prop_map(Into::into),
        name.clone().prop_map(Into::into),
        name.prop_map(|name| serde_json::json!({ "Ref": name })),
    ];
    let key = prop::sample::select(vec![
        "Fn::If",
        "Fn::Join",
        "Fn::Sub",
        "Fn::GetAtt",
        "Fn::Select",
        "Fn::FindInMap",
        "Fn::Equals",
        "Fn::And",
        "Fn::Not",
        "Condition",
        "Fn::Split",
        "Fn::Transform",
        "Fn::ForEach::x",
        "QueueName",
        "DistributionConfig",
        "Origins",
        "Tags",
        "Fn::Foo",
        "Ref",
    ]);
    leaf.prop_recursive(4, 30, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(serde_json::Value::from),
            prop::collection::vec((key.clone(), inner), 0..4).prop_map(|entries| {
                serde_json::Value::Object(entries.into_iter().map(|(key, item)| (key.to_owned(), item)).collect())
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics(queue in any_value(), site in any_value(), condition in any_value(), output in any_value(), map in any_value()) {
        let json = serde_json::json!({
            "Parameters": { "P": { "Type": "String", "Default": "x" } },
            "Mappings": { "M": map },
            "Conditions": { "C": condition },
            "Resources": {
                "A": { "Type": "AWS::SQS::Queue", "Properties": { "QueueName": queue } },
                "B": { "Type": "AWS::CloudFront::Distribution", "Properties": { "DistributionConfig": site } },
            },
            "Outputs": { "O": { "Value": output } },
        });
        let text = json.to_string();
        let findings = Validator::new().validate_text(&text, "t", &Options { region: Some("us-east-1".into()), ..Options::default() });
        prop_assert!(findings.iter().all(|finding| finding.severity == Severity::Error || finding.severity == Severity::Warning));
        // The same template gives the same findings.
        let again = Validator::new().validate_text(&text, "t", &Options { region: Some("us-east-1".into()), ..Options::default() });
        prop_assert_eq!(findings, again);
    }
}
