//! Values that no schema judges: arguments of functions, dynamic references, tags, schedules, policies of resources.

mod common;

use common::check_clean;
use formwork_validate::{Options, Validator};
use insta::assert_snapshot;

fn found(text: &str) -> String {
    common::found(text.trim_start_matches('\n'))
}

#[test]
fn arguments_of_functions() {
    assert_snapshot!(found(
        r#"
Parameters: {Block: {Type: String}, Count: {Type: Number}}
Resources:
  Many: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Select [0, !Cidr [10.0.0.0/8, 999, 8]]}}
  None: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Select [0, !Cidr [!Ref Block, 0, 8]]}}
  Bits: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Select [0, !Cidr [!Ref Block, !Ref Count, 129]]}}
  Large: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Select [0, !Cidr [10.0.0.0/24, 2, 12]]}}
  Split: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Select [0, !Split ["", a]]}}
  Foo: {Type: AWS::SNS::Topic, Properties: {DisplayName: {"Fn::Foo": a}}}
"#
    ));
    check_clean(
        r#"
Parameters: {Block: {Type: String}, Count: {Type: Number}}
Resources:
  A: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Select [0, !Cidr [10.0.0.0/8, 256, "8"]]}}
  B: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Select ["1", !Cidr [!Ref Block, !Ref Count, 8]]}}
  C: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Select [0, !Split [", ", a]]}}
"#,
    );
}

/// Texts that double with each name are no longer texts of a template.
#[test]
fn texts_that_grow() {
    let mut value = "0123456789".to_owned();
    for _ in 0..20 {
        value = format!(r#"{{"Fn::Sub":["${{a}}${{a}}",{{"a":{value}}}]}}"#);
    }
    let text =
        format!(r#"{{"Resources":{{"T":{{"Type":"AWS::SNS::Topic","Properties":{{"DisplayName":{value}}}}}}}}}"#);
    assert_snapshot!(found(&text.replace(":0123456789}", ":\"0123456789\"}")));
}

#[test]
fn texts_where_a_list_is_needed() {
    assert_snapshot!(
        "texts_where_a_list_is_needed",
        found(
            r#"
Parameters: {Text: {Type: String}, Name: {Type: "AWS::SSM::Parameter::Value<String>"}}
Resources:
  A: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Select [0, !Join [",", [a, b]]]}}
  B: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Select [0, !Ref Text]}}
  C: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Join ["", !Sub "a"]}}
  D: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Join ["", !Ref Name]}}
  E: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Join ["", !Ref AWS::Region]}}
  F: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Select [0, "a,b"]}}
  G: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Select [0, !Split [",", [a]]]}}
"#
        )
    );
    check_clean(
        r#"
Parameters:
  List: {Type: CommaDelimitedList}
  Zones: {Type: List<AWS::EC2::AvailabilityZone::Name>}
  Names: {Type: "AWS::SSM::Parameter::Value<List<String>>"}
Mappings: {M: {a: {b: [c]}}}
Conditions: {Is: !Equals [!Ref AWS::Region, a]}
Resources:
  A: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Select [0, !Ref List]}}
  B: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Join ["", !Ref Zones]}}
  C: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Join ["", !Ref Names]}}
  D: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Join ["", !Ref AWS::NotificationARNs]}}
  E: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Join ["", !FindInMap [M, a, b]]}}
  F: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Select [0, !If [Is, !Ref List, [a]]]}}
  G: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Select [0, !Split [",", !ImportValue a]]}}
"#,
    );
}

#[test]
fn globals_of_the_serverless_transform() {
    assert_snapshot!(
        "globals_of_the_serverless_transform",
        found(
            r#"
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {Runtime: python3.13, Memory: 128}
  Funktion: {Timeout: 3}
  SimpleTable: {SSESpecification: {SSEEnabled: true}}
Resources:
  Topic: {Type: AWS::SNS::Topic}
  F: {Type: AWS::Serverless::Function, IgnoreGlobals: [Runtme], Properties: {Handler: a.b, Runtime: python3.13, InlineCode: a}}
"#
        )
    );
    assert_snapshot!(
        found(r#"
Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]
Globals:
  Function: {Runtime: python3.13, MemorySize: 128, Timeout: 3, Environment: {Variables: {A: b}}}
  Api: {Cors: "'*'", Auth: {DefaultAuthorizer: a}}
Resources:
  F: {Type: AWS::Serverless::Function, IgnoreGlobals: [Timeout], Properties: {Handler: a.b, InlineCode: a}}
  G: {Type: AWS::Serverless::Function, IgnoreGlobals: "*", Properties: {Handler: a.b, Runtime: python3.13, InlineCode: a}}
"#),
        @"
warning[not-checked]: the serverless transform writes out 2 resources, so their properties are not checked
  --> template.yaml:1:1
   = at Transform
"
    );
    check_clean(
        r#"
Transform: [AWS::Serverless-2016-10-31]
Globals: {"Fn::Transform": {Name: "AWS::Include", Parameters: {Location: "s3://bucket/key"}}}
Resources: {Topic: {Type: AWS::SNS::Topic}}
"#,
    );
}

#[test]
fn references_of_another_form() {
    assert_snapshot!(
        "references_of_another_form",
        found(
            r#"
Resources:
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
  Group: {Type: AWS::EC2::SecurityGroup, Properties: {GroupDescription: a, VpcId: !Ref Vpc}}
  Role: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: a.amazonaws.com}, Action: sts:AssumeRole}]}}}
  Instance: {Type: AWS::EC2::Instance, Properties: {ImageId: ami-0a1b2c3d, SubnetId: !Ref Vpc, SecurityGroupIds: [!Ref Group, !GetAtt Vpc.VpcId]}}
  Function: {Type: AWS::Lambda::Function, Properties: {Role: !Ref Role, Handler: a.b, Runtime: python3.13, Code: {ZipFile: a}}}
  Subnet: {Type: AWS::EC2::Subnet, Properties: {VpcId: !GetAtt Group.GroupId, CidrBlock: 10.0.0.0/24}}
  Named: {Type: AWS::EC2::SecurityGroup, Properties: {GroupDescription: of the default VPC}}
  Rule: {Type: AWS::EC2::SecurityGroupIngress, Properties: {GroupId: !Ref Group, IpProtocol: tcp, FromPort: 1, ToPort: 1, SourceSecurityGroupId: !Ref Named}}
"#
        )
    );
    check_clean(
        r#"
Parameters: {Vpc: {Type: AWS::EC2::VPC::Id}}
Conditions: {Is: !Equals [!Ref AWS::Region, a]}
Resources:
  Own: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
  Made: {Type: Custom::Vpc, Properties: {ServiceToken: "arn:aws:lambda:us-east-1:111122223333:function:f"}}
  Nested: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: "https://s3.amazonaws.com/b/k"}}
  Role: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: a.amazonaws.com}, Action: sts:AssumeRole}]}}}
  Key: {Type: AWS::KMS::Key, Properties: {KeyPolicy: {Statement: [{Effect: Allow, Principal: {AWS: "*"}, Action: "kms:*", Resource: "*"}]}}}
  Group: {Type: AWS::EC2::SecurityGroup, Properties: {GroupDescription: a, VpcId: !Ref Vpc}}
  Named: {Type: AWS::EC2::SecurityGroup, Properties: {GroupDescription: of the default VPC}}
  Rule: {Type: AWS::EC2::SecurityGroupIngress, Properties: {GroupId: !Ref Group, IpProtocol: tcp, FromPort: 1, ToPort: 1, SourceSecurityGroupId: !GetAtt Named.GroupId}}
  Server: {Type: AWS::EC2::Instance, Properties: {ImageId: ami-0a1b2c3d, SecurityGroups: [!Ref Named]}}
  Other: {Type: AWS::EC2::SecurityGroup, Properties: {GroupDescription: a, VpcId: !If [Is, !Ref Own, !Ref Vpc]}}
  Third: {Type: AWS::EC2::SecurityGroup, Properties: {GroupDescription: a, VpcId: !Ref Made}}
  Fourth: {Type: AWS::EC2::SecurityGroup, Properties: {GroupDescription: a, VpcId: !GetAtt Nested.Outputs.Vpc}}
  Subnet: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Sub "${Own}", CidrBlock: 10.0.0.0/24}}
  Instance: {Type: AWS::EC2::Instance, Properties: {ImageId: ami-0a1b2c3d, SubnetId: !Ref Subnet, SecurityGroupIds: [!Ref Group, !GetAtt Other.GroupId, !GetAtt Own.DefaultSecurityGroup]}}
  Function: {Type: AWS::Lambda::Function, Properties: {Role: !GetAtt Role.Arn, KmsKeyArn: !GetAtt Key.Arn, Handler: a.b, Runtime: python3.13, Code: {ZipFile: a}}}
  Topic: {Type: AWS::SNS::Topic, Properties: {KmsMasterKeyId: !Ref Key}}
"#,
    );
}

#[test]
fn words_of_policies() {
    assert_snapshot!(
        "words_of_policies",
        found(
            r#"
Resources:
  A: {Type: AWS::SNS::Topic, DeletionPolicy: [Retain]}
  B: {Type: AWS::SNS::Topic, DeletionPolicy: {Retain: true}, UpdateReplacePolicy: true}
  C: {Type: AWS::SNS::Topic, UpdateReplacePolicy: !Split [a, b]}
  D: {Type: AWS::SNS::Topic, DeletionPolicy: !GetAtt A.TopicName}
  E: {Type: AWS::CloudFormation::WaitCondition, CreationPolicy: {ResourceSignal: {Cont: 1, Count: x, Timeout: PT5M}}}
  F: {Type: AWS::CloudFormation::WaitCondition, CreationPolicy: {AutoScalingCreationPolicy: {MinSuccessfulInstancesPercent: all}}}
  G: {Type: AWS::CloudFormation::WaitCondition, CreationPolicy: {ResourceSignal: {Count: "2"}}}
"#
        )
    );
    check_clean(
        r#"
Transform: AWS::LanguageExtensions
Parameters: {Policy: {Type: String, Default: Retain}}
Conditions: {Is: !Equals [!Ref AWS::Region, a]}
Resources:
  A: {Type: AWS::SNS::Topic, DeletionPolicy: !Ref Policy, UpdateReplacePolicy: !If [Is, Retain, Delete]}
"#,
    );
}

#[test]
fn dynamic_references() {
    assert_snapshot!(found(
        r#"
Resources:
  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: "{{resolve:ssm-secure:a:1}}"}}
  User: {Type: AWS::IAM::User, Properties: {UserName: !Sub "${AWS::Region}{{resolve:ssm-secure:b}}"}}
Outputs: {Secret: {Value: "{{resolve:ssm-secure:c}}"}}
"#
    ));
    check_clean(
        r#"
Conditions: {Is: !Equals [!Ref AWS::Region, a]}
Resources:
  User:
    Type: AWS::IAM::User
    Properties: {LoginProfile: !If [Is, {Password: !Sub "{{resolve:ssm-secure:${AWS::Region}}}"}, !Ref AWS::NoValue]}
  Cluster:
    Type: AWS::RDS::DBCluster
    DeletionPolicy: Snapshot
    Properties: {Engine: aurora-mysql, MasterUsername: a, MasterUserPassword: !If [Is, "{{resolve:ssm-secure:a:1}}", "{{resolve:secretsmanager:b}}"]}
"#,
    );
    assert_snapshot!(
        "dynamic_references_that_are_malformed",
        found(
            r#"
Conditions: {Is: !Equals ["{{resolve:secretsmanager:a}}", a]}
Resources:
  A: {Type: AWS::SNS::Topic, Properties: {DisplayName: "{{resolve:nonsense:x}} {{resolve:}} {{resolve:ssm}} {{resolve:ssm:}}"}}
  B: {Type: AWS::SNS::Topic, Properties: {DisplayName: "{{resolve:ssm:/a:b}}{{resolve:ssm:/a:1:2}}{{resolve:ssm:a b}}{{resolve:ssm:a:}}"}}
  C: {Type: AWS::SNS::Topic, Properties: {DisplayName: "{{resolve:secretsmanager:}}{{resolve:secretsmanager:a:SecretBinary}}"}}
  D: {Type: AWS::SNS::Topic, Properties: {DisplayName: "{{resolve:secretsmanager:a:SecretString:b:c:d:e}}"}}
  E: {Type: AWS::SNS::Topic, Properties: {DisplayName: "{{resolve:secretsmanager:arn:aws:secretsmanager:eu-west-1}}"}}
  F: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Sub "{{resolve:secretsmanager:${A}:Binary:${B}}}"}}
Outputs: {Secret: {Value: "{{resolve:secretsmanager:c}}"}}
"#
        )
    );
    check_clean(
        r#"
Parameters: {Secret: {Type: String}, Service: {Type: String}}
Resources:
  A: {Type: AWS::SNS::Topic, Properties: {DisplayName: "{{resolve:ssm:/a/b.c_d-e}}{{resolve:ssm:a:12}}{{resolve:open"}}
  B: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Sub "{{resolve:ssm:/${AWS::Region}/${Service}:${Secret}}}"}}
  C: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Sub "{{resolve:secretsmanager:${Secret}:SecretString:password::}}"}}
  D: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Sub "{{resolve:${Service}:x}}{{resolve:secretsmanager:a:SecretString:b:c:d}}"}}
  E: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Sub "{{resolve:secretsmanager:arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:a-b:SecretString:c}}"}}
  F: {Type: AWS::SNS::Topic, Properties: {DisplayName: "{{resolve:secretsmanager:a::b}}"}}
"#,
    );
    let many: String = (0..61)
        .map(|each| {
            format!(
                "  T{each}: {{Type: AWS::SNS::Topic, Properties: {{DisplayName: '{{{{resolve:ssm:/a{each}}}}}'}}}}\n"
            )
        })
        .collect();
    assert_snapshot!(found(&format!("Resources:\n{many}")));
}

#[test]
fn tags() {
    assert_snapshot!(found(
        r#"
Resources:
  Queue: {Type: AWS::SQS::Queue, Properties: {Tags: [{Key: a, Value: b}, {Key: a, Value: c}, {Key: "aws:x", Value: d}]}}
  Parameter: {Type: AWS::SSM::Parameter, Properties: {Type: String, Value: a, Tags: {"AWS:x": a, b: c}}}
"#
    ));
    check_clean(
        r#"
Parameters: {Key: {Type: String}}
Conditions: {Is: !Equals [!Ref Key, a]}
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      Tags: [{Key: a, Value: b}, {Key: A, Value: c}, {Key: !Ref Key, Value: d}, {Key: !Ref Key, Value: e}, !If [Is, {Key: x, Value: y}, {Key: z, Value: y}]]
"#,
    );
}

#[test]
fn schedules() {
    let rule = |expression: &str| {
        format!(
            "  R{}: {{Type: AWS::Events::Rule, Properties: {{ScheduleExpression: {expression}}}}}\n",
            expression.len()
        )
    };
    let wrong = [
        "cron(0 12 * * *)",
        "cron(0 12 * * * *)",
        "rate(1 minutes)",
        "rate(5 minute)",
        "rate(0 days)",
        "every day",
        "rate(x hours)",
    ];
    assert_snapshot!(found(&format!(
        "Resources:\n{}  Schedule: {{Type: AWS::Scheduler::Schedule, Properties: {{ScheduleExpression: rate(1 week), FlexibleTimeWindow: {{Mode: 'OFF'}}, Target: {{Arn: 'arn:aws:sns:us-east-1:123456789012:t', RoleArn: 'arn:aws:iam::123456789012:role/r'}}}}}}\n  Trigger: {{Type: AWS::Glue::Trigger, Properties: {{Type: SCHEDULED, Schedule: cron(1 2 3), Actions: []}}}}\n",
        wrong.map(rule).concat()
    )));
    let right = [
        "cron(0 12 * * ? *)",
        "cron(0 8 ? * MON-FRI *)",
        "rate(1 day)",
        "rate(10 minutes)",
        "!Ref Expression",
        "!Sub 'cron(${Expression})'",
    ];
    check_clean(&format!(
        "Parameters: {{Expression: {{Type: String}}}}\nResources:\n{}  Schedule: {{Type: AWS::Scheduler::Schedule, Properties: {{ScheduleExpression: at(2026-11-20T13:00:00), FlexibleTimeWindow: {{Mode: 'OFF'}}, Target: {{Arn: 'arn:aws:sns:us-east-1:123456789012:t', RoleArn: 'arn:aws:iam::123456789012:role/r'}}}}}}\n",
        right.map(rule).concat()
    ));
}

#[test]
fn policies_names_and_types() {
    assert_snapshot!(found(
        r#"
Parameters: {Secret: {Type: String, NoEcho: true, Default: a, AllowedValues: [hunter2y]}}
Resources:
  Queue: {Type: AWS::SQS::Queue, DeletionPolicy: Snapshot, UpdateReplacePolicy: Snapshot}
  Quoted: {Type: “AWS::SQS::Queue”}
  Function:
    Type: AWS::Lambda::Function
    Properties: {Role: arn:aws:iam::123456789012:role/r, Code: {ZipFile: x}, Runtime: python3.13, Handler: a.b, Environment: {Variables: {A: b, 1B: c}}}
Outputs:
  Out: {Value: a, Export: {Name: !GetAtt Queue.Arn}}
  Ref: {Value: a, Export: {Name: !Sub "${AWS::StackName}-${Queue}"}}
"#
    ));
    check_clean(
        r#"
Resources:
  Volume: {Type: AWS::EC2::Volume, DeletionPolicy: Snapshot, UpdateReplacePolicy: Snapshot, Properties: {AvailabilityZone: us-east-1a, Size: 8}}
  Own: {Type: Custom::Own_1, Properties: {ServiceToken: "arn:aws:sns:us-east-1:123456789012:t"}}
Outputs: {Out: {Value: a, Export: {Name: !Sub "${AWS::StackName}-a"}}}
"#,
    );
    assert_snapshot!(found(r#"Resources: {Third: {Type: "Some1::Other::Type"}}"#), @"
warning[not-checked]: there is no schema of `Some1::Other::Type` here, so its properties are not checked
  --> template.yaml:1:21
   = at Resources.Third.Type
");
}

/// RDS takes the beginning of a version, and picks one.
#[test]
fn versions_of_databases() {
    check_clean(
        r#"
Resources:
  MySql: {Type: AWS::RDS::DBInstance, DeletionPolicy: Delete, Properties: {Engine: mysql, EngineVersion: '8.0', DBInstanceClass: db.t3.micro, AllocatedStorage: '20', MasterUsername: a, ManageMasterUserPassword: true}}
  Maria: {Type: AWS::RDS::DBInstance, DeletionPolicy: Delete, Properties: {Engine: mariadb, EngineVersion: '10.11', DBInstanceClass: db.t3.micro, AllocatedStorage: '20', MasterUsername: a, ManageMasterUserPassword: true}}
"#,
    );
    assert_snapshot!(found(
        "Resources: {Db: {Type: AWS::RDS::DBInstance, DeletionPolicy: Delete, Properties: {Engine: mysql, EngineVersion: '8.0.', DBInstanceClass: db.t3.micro, AllocatedStorage: '20', MasterUsername: a, ManageMasterUserPassword: true}}}"
    ));
}

#[test]
fn endpoints_aliases_and_metadata() {
    assert_snapshot!(found(
        r#"
Metadata: {Own: {Note: null}}
Resources:
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
  One: {Type: AWS::EC2::VPCEndpoint, Properties: {VpcId: !Ref Vpc, ServiceName: !Sub "com.amazonaws.${AWS::Region}.ssm", VpcEndpointType: Interface, PrivateDnsEnabled: true}}
  Two: {Type: AWS::EC2::VPCEndpoint, Properties: {VpcId: !Ref Vpc, ServiceName: !Sub "com.amazonaws.${AWS::Region}.ssm", VpcEndpointType: Interface, PrivateDnsEnabled: true}}
  Alias: {Type: AWS::KMS::Alias, Properties: {AliasName: mine, TargetKeyId: 1234abcd-12ab-34cd-56ef-1234567890ab}}
  OfAws: {Type: AWS::KMS::Alias, Properties: {AliasName: alias/aws/mine, TargetKeyId: 1234abcd-12ab-34cd-56ef-1234567890ab}}
"#
    ));
    check_clean(
        r#"
Parameters: {Which: {Type: String}}
Conditions: {Is: !Equals [!Ref Which, a], IsNot: !Not [!Condition Is]}
Resources:
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
  One: {Type: AWS::EC2::VPCEndpoint, Condition: Is, Properties: {VpcId: !Ref Vpc, ServiceName: a, VpcEndpointType: Interface, PrivateDnsEnabled: true}}
  Two: {Type: AWS::EC2::VPCEndpoint, Condition: IsNot, Properties: {VpcId: !Ref Vpc, ServiceName: a, VpcEndpointType: Interface, PrivateDnsEnabled: true}}
  Other: {Type: AWS::EC2::VPCEndpoint, Properties: {VpcId: !Ref Vpc, ServiceName: b, VpcEndpointType: Interface, PrivateDnsEnabled: true}}
  Gateway: {Type: AWS::EC2::VPCEndpoint, Properties: {VpcId: !Ref Vpc, ServiceName: a, VpcEndpointType: Gateway}}
  Alias: {Type: AWS::KMS::Alias, Properties: {AliasName: !Sub "alias/${Which}", TargetKeyId: 1234abcd-12ab-34cd-56ef-1234567890ab}}
"#,
    );
}

#[test]
fn files_that_hold_no_text() {
    let of = |bytes: &[u8]| {
        let findings = Validator::new().validate_bytes(bytes, "template.yaml", &Options::default());
        findings.iter().map(|finding| format!("{finding}\n\n")).collect::<String>()
    };
    let mut all = String::new();
    for bytes in [
        &b""[..],
        b" \n\n",
        b"\xff\xfe\0\0R\0\0\0",
        b"\0\0\xfe\xff\0\0\0R",
        b"{\0\0\0",
        b"\0\0\0{",
        b"{\0",
        b"\xfe\xff\0{",
    ] {
        all += &of(bytes);
    }
    assert_snapshot!(all);
}
