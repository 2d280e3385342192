//! The findings in the properties of services, beyond their schemas: one service per test, the whole of what people read.

mod common;

use common::{check_clean, found, found_in};
use insta::assert_snapshot;

#[test]
fn record_sets_that_are_right() {
    check_clean(
        r#"
Parameters: {Zone: {Type: String}, Name: {Type: String}, Plain: {Type: String, Default: ""}}
Conditions: {IsPlain: !Equals [!Ref Plain, x]}
Resources:
  Group:
    Type: AWS::Route53::RecordSetGroup
    Properties:
      HostedZoneName: example.com.
      RecordSets:
        - {Name: example.com., Type: A, AliasTarget: {HostedZoneId: Z2FDTNDATAQYW2, DNSName: d111111abcdef8.cloudfront.net}}
        - {Name: example.com, Type: MX, TTL: 300, ResourceRecords: [10 mail.example.com]}
        - {Name: "*.Example.com", Type: TXT, TTL: "300", ResourceRecords: ['"v=spf1 ~all"']}
        - {Name: !Sub "${Name}.example.com", Type: CNAME, TTL: 60, ResourceRecords: [!Ref Name]}
        - {Name: w.example.com, Type: A, TTL: 60, ResourceRecords: [192.0.2.1], Weight: 1, SetIdentifier: one}
        - {Name: m.example.com, Type: A, TTL: 60, ResourceRecords: [192.0.2.1], MultiValueAnswer: false}
  One:
    Type: AWS::Route53::RecordSet
    Properties:
      HostedZoneId: !Ref Zone
      Name: !Ref Name
      Type: !If [IsPlain, CNAME, A]
      TTL: !If [IsPlain, 60, !Ref "AWS::NoValue"]
      ResourceRecords: !If [IsPlain, [www.example.org], !Ref "AWS::NoValue"]
      AliasTarget: !If [IsPlain, !Ref "AWS::NoValue", {HostedZoneId: Z35SXDOTRQ7X7K, DNSName: !Ref Name, EvaluateTargetHealth: true}]
"#,
    );
}

#[test]
fn record_sets_that_are_wrong() {
    assert_snapshot!(found(
        r#"
Resources:
  Group:
    Type: AWS::Route53::RecordSetGroup
    Properties:
      HostedZoneName: example.com.
      RecordSets:
        - {Name: example.com., Type: CNAME, TTL: 60, ResourceRecords: [www.example.org, "two words"]}
        - {Name: example.org, Type: TXT, TTL: 60, ResourceRecords: [no quotation marks]}
        - {Name: a..example.com, Type: AAA, TTL: 60, ResourceRecords: [x]}
        - {Name: b.example.com, Type: A, TTL: 60, AliasTarget: {HostedZoneId: Z1, DNSName: d1.cloudfront.net}}
        - {Name: c.example.com, Type: NS, AliasTarget: {HostedZoneId: Z2FDTNDATAQYW2, DNSName: lb.example.com, EvaluateTargetHealth: true}}
        - {Name: d.example.com, Type: A}
        - {Name: e.example.com, Type: A, ResourceRecords: ["1.2.3.4 "]}
        - {Name: f.example.com, Type: A, TTL: 60, ResourceRecords: [1.2.3.4], Weight: 1, Region: us-east-1, SetIdentifier: x}
        - {Name: g.example.com, Type: A, TTL: 60, ResourceRecords: [1.2.3.4], Failover: PRIMARY}
        - {Name: h.example.com, Type: A, TTL: 60, ResourceRecords: [1.2.3.4], SetIdentifier: x}
"#
    ));
}

#[test]
fn aliases_in_china_have_their_own_zone() {
    let text = "
Resources:
  One:
    Type: AWS::Route53::RecordSet
    Properties: {HostedZoneId: Z1, Name: a.example.cn, Type: A, AliasTarget: {HostedZoneId: Z2FDTNDATAQYW2, DNSName: d1.cloudfront.cn}}
  Two:
    Type: AWS::Route53::RecordSet
    Properties: {HostedZoneId: Z1, Name: b.example.cn, Type: A, AliasTarget: {HostedZoneId: Z3RFFRIM2A3IF5, DNSName: d1.cloudfront.cn}}
";
    assert_snapshot!(found_in(text, Some("cn-north-1")));
}

#[test]
fn distributions() {
    let template = |config: &str| {
        format!(
            r#"
Parameters: {{Name: {{Type: String}}}}
Resources:
  Site:
    Type: AWS::CloudFront::Distribution
    Properties:
      DistributionConfig:
        Enabled: true
{config}
"#
        )
    };
    check_clean(&template(
        r#"
        Aliases: [www.example.com, "*.example.com", !Ref Name]
        ViewerCertificate: {AcmCertificateArn: !Ref Name, SslSupportMethod: sni-only}
        Origins:
          - {Id: one, DomainName: !Sub "origin.${Name}", CustomOriginConfig: {OriginProtocolPolicy: https-only}}
          - {Id: two, DomainName: bucket.s3.amazonaws.com, S3OriginConfig: {OriginAccessIdentity: ""}}
        OriginGroups:
          Quantity: 1
          Items:
            - Id: both
              FailoverCriteria: {StatusCodes: {Quantity: 1, Items: [500]}}
              Members: {Quantity: 2, Items: [{OriginId: one}, {OriginId: two}]}
        DefaultCacheBehavior: {TargetOriginId: both, ViewerProtocolPolicy: https-only}
        CacheBehaviors: [{PathPattern: /x, TargetOriginId: two, ViewerProtocolPolicy: https-only}]"#,
    ));
    assert_snapshot!(found(&template(
        r#"
        Aliases: [WWW.example.com, "a.*.example.com", "name "]
        Origins:
          - {Id: one, DomainName: "http://example.com/site", CustomOriginConfig: {OriginProtocolPolicy: https-only}}
          - {Id: one, DomainName: bucket.s3.amazonaws.com}
        OriginGroups:
          Quantity: 1
          Items:
            - Id: both
              FailoverCriteria: {StatusCodes: {Quantity: 1, Items: [500]}}
              Members: {Quantity: 2, Items: [{OriginId: one}, {OriginId: both}]}
        DefaultCacheBehavior: {TargetOriginId: onne, ViewerProtocolPolicy: https-only}
        CacheBehaviors: [{PathPattern: /x, TargetOriginId: nothing-like-it, ViewerProtocolPolicy: https-only}]"#,
    )));
}

#[test]
fn certificates() {
    assert_snapshot!(found(
        r#"
Parameters: {Name: {Type: String}}
Resources:
  Good:
    Type: AWS::CertificateManager::Certificate
    Properties:
      DomainName: example.com
      SubjectAlternativeNames: ["*.example.com", a.example.com]
      ValidationMethod: DNS
      DomainValidationOptions:
        - {DomainName: example.com, HostedZoneId: Z0123456789}
        - {DomainName: a.example.com, ValidationDomain: example.com}
  Open:
    Type: AWS::CertificateManager::Certificate
    Properties:
      DomainName: !Ref Name
      DomainValidationOptions: [{DomainName: example.com, HostedZoneId: Z0123456789}]
  Bad:
    Type: AWS::CertificateManager::Certificate
    Properties:
      DomainName: a-name-that-is-longer-than-a-common-name-may-be.in-a-domain.example.com
      SubjectAlternativeNames: [www.example.com]
      DomainValidationOptions:
        - {DomainName: ww.example.com, HostedZoneId: Z0123456789}
        - {DomainName: www.example.com, ValidationDomain: example.org}
"#
    ));
}

#[test]
fn policies_that_are_right() {
    check_clean(
        r#"
Parameters: {Account: {Type: String}, Stage: {Type: String}}
Conditions: {Prod: !Equals [!Ref Stage, prod]}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: 2012-10-17
        Statement:
          - Effect: Allow
            Principal: {Service: [ec2.amazonaws.com], AWS: [!Ref Account, "111122223333", !Sub "arn:${AWS::Partition}:iam::111122223333:root", "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"]}
            Action: sts:AssumeRole
            Condition: {"ForAnyValue:StringLikeIfExists": {"aws:PrincipalOrgPaths": [a, b]}, Bool: {"aws:SecureTransport": true}}
      Policies:
        - PolicyName: one
          PolicyDocument:
            Statement:
              Sid: One
              Effect: !If [Prod, Deny, Allow]
              Action: ["s3:Get*", "*"]
              Resource: !If [Prod, "*", !Sub "arn:aws:s3:::${Account}/*"]
              Condition: !If [Prod, {"Null": {"aws:TokenIssueTime": "true"}}, !Ref "AWS::NoValue"]
  Bucket:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: b
      PolicyDocument:
        Statement:
          - {Sid: a b, Effect: Allow, Principal: "*", Action: "s3:GetObject", Resource: "arn:aws:s3:::b/*"}
          - {Sid: a b, Effect: Deny, NotPrincipal: {AWS: "*"}, NotAction: "s3:GetObject", NotResource: "arn:aws:s3:::b/*"}
  Repository:
    Type: AWS::ECR::Repository
    Properties:
      RepositoryPolicyText: '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "ecr:BatchGetImage"}]}'
"#,
    );
}

#[test]
fn policies_that_are_wrong() {
    assert_snapshot!(found(
        r#"
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: 2012-10-18
        Statement:
          - Effect: allow
            Principal: ec2.amazonaws.com
            Action: AssumeRole
            Resource: "*"
            Condition: {StringEqual: {sourceArn: x}, NullIfExists: {"aws:x": {a: b}}}
          - {Efect: Allow, Action: "sts:AssumeRole", Principal: {Aws: x, AWS: role}}
          - {Effect: Allow, Action: "sts:AssumeRole", Principal: {AWS: ["arn:aws:iam::123456789:root", "arn:aws::iam::111122223333:root"]}}
      Policies:
        - PolicyName: one
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - {Sid: with space, Effect: Allow, Principal: "*", Action: "s3:Get", NotAction: "s3:Put", Resource: bucket}
              - {Sid: Two, Effect: Allow, Action: "s3:Get"}
              - {Sid: Two, Effect: Allow, Action: "s3:Get", Resource: "*"}
              - {Effect: Allow, Action: "iam:PassRole", Resource: ["arn:aws:iam::123456789:role/a", "arn:aws:iam::*:role/a"]}
              - text
        - {PolicyName: two, PolicyDocument: {Version: "2012-10-17", Statements: []}}
        - {PolicyName: three, PolicyDocument: {Version: "2012-10-17", Statement: []}}
  Bucket:
    Type: AWS::S3::BucketPolicy
    Properties: {Bucket: b, PolicyDocument: {Statement: {Effect: Allow, Action: "s3:GetObject", Resource: x}}}
  Repository:
    Type: AWS::ECR::Repository
    Properties: {RepositoryPolicyText: '{"Statement": [{"Effect": "Allow", "Action": "ecr:BatchGetImage"}]}'}
"#
    ));
}

#[test]
fn a_managed_policy_has_a_size() {
    let resources = "arn:aws:s3:::a-bucket-with-a-name/*, ".repeat(180);
    let text = format!(
        "
Resources:
  Policy:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument: {{Statement: [{{Effect: Allow, Action: \"s3:GetObject\", Resource: [{resources}]}}]}}
"
    );
    assert_snapshot!(found(&text));
}

#[test]
fn tables_of_dynamodb() {
    let template = |attributes: &str, index: &str| {
        format!(
            "
Parameters: {{Name: {{Type: String}}}}
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{attributes}]
      KeySchema: [{{AttributeName: Id, KeyType: HASH}}]
      GlobalSecondaryIndexes:
        - {{IndexName: index, KeySchema: [{{AttributeName: {index}, KeyType: HASH}}], Projection: {{ProjectionType: ALL}}}}
"
        )
    };
    let attribute = |name: &str| format!("{{AttributeName: {name}, AttributeType: S}}, ");
    check_clean(&template(&(attribute("Id") + &attribute("Album")), "Album"));
    check_clean(&template(&(attribute("Id") + &attribute("!Ref Name")), "!Ref Name"));
    assert_snapshot!(found(&template(&(attribute("Id") + &attribute("Albun") + &attribute("Sales")), "Album")));
}

#[test]
fn the_rest() {
    assert_snapshot!(found(
        r#"
Resources:
  Zip: {Type: AWS::Lambda::Function, Properties: {Role: !GetAtt Role.Arn, Code: {ZipFile: x}, Handler: a.b}}
  Image:
    Type: AWS::Lambda::Function
    Properties: {Role: !GetAtt Role.Arn, PackageType: Image, Code: {ImageUri: a/b}, Handler: a.b}
  RightImage:
    Type: AWS::Lambda::Function
    Properties: {Role: !GetAtt Role.Arn, PackageType: Image, Code: {ImageUri: a/b}}
  Role:
    Type: AWS::IAM::Role
    Properties:
      Path: /service/
      AssumeRolePolicyDocument: {Statement: {Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}}
  Build:
    Type: AWS::CodeBuild::Project
    Properties:
      ServiceRole: !Ref Role
      Artifacts: {Type: NO_ARTIFACTS}
      Environment: {Type: LINUX_CONTAINER, ComputeType: BUILD_GENERAL1_SMALL, Image: x}
      Source: {Type: NO_SOURCE, BuildSpec: x}
  Plan:
    Type: AWS::Backup::BackupPlan
    Properties:
      BackupPlan:
        BackupPlanName: p
        BackupPlanRule:
          - {RuleName: a, TargetBackupVault: v, Lifecycle: {DeleteAfterDays: 30, MoveToColdStorageAfterDays: 7}}
          - {RuleName: b, TargetBackupVault: v, Lifecycle: {DeleteAfterDays: 97, MoveToColdStorageAfterDays: 7}}
  Single:
    Type: AWS::ElastiCache::ReplicationGroup
    Properties: {ReplicationGroupDescription: x, AutomaticFailoverEnabled: true, NumCacheClusters: 1, CacheNodeType: cache.t4g.micro}
  Module: {Type: "My::Network::Vpc::MODULE", UpdatePolicy: {EnableVersionUpgrade: true}}
  Subnet: {Type: AWS::EC2::Subnet, Properties: {VpcId: vpc-123456, CidrBlock: 10.0.0.0/24}}
  Queue: {Type: AWS::Lambda::EventInvokeConfig, Properties: {FunctionName: f, Qualifier: "1", MaximumRetryAttempts: 3}}
"#
    ));
}

#[test]
fn loops_imports_and_transforms() {
    assert_snapshot!(found(
        r#"
Transform: [{Nmae: x}]
Resources: {}
"#
    ));
    assert_snapshot!(
        "without_the_transform",
        found(
            r#"
Conditions: {A: !Equals [!ImportValue x, y]}
Resources:
  "Fn::ForEach::Topics": [Name, [a, b], {"Topic${Name}": {Type: AWS::SNS::Topic}}]
  A: {Type: AWS::SNS::Topic, Properties: {TopicName: !ImportValue {"Fn::GetAtt": [B, TopicName]}, DisplayName: {"Fn::ImportValue": [x]}}}
  B: {Type: AWS::SNS::Topic, Properties: {TopicName: {"Fn::ImportValue": !Ref A}}}
Outputs:
  "Fn::ForEach::Names": [Name, [a, b], {"Out${Name}": {Value: x}}]
"#
        )
    );
    let mut all = String::new();
    for version in ["2010-09-10", "2010", "null", "'2010-09-09'"] {
        all += &found(&format!("AWSTemplateFormatVersion: {version}\nResources: {{A: {{Type: AWS::SNS::Topic}}}}\n"));
    }
    assert_snapshot!("versions", all);
}
