//! Rules of services that neither schemas nor cfn-lint have: what is right says nothing, what is wrong is kept as a snapshot.

mod common;

use common::{check_clean, found, found_in};
use insta::assert_snapshot;

/// A distribution with these entries of its configuration; one entry is enough for its own properties.
fn distribution(entries: &str) -> String {
    format!(
        "
  Site:
    Type: AWS::CloudFront::Distribution
    Properties:
      DistributionConfig:
        Enabled: true
        DefaultCacheBehavior: {{TargetOriginId: o, ViewerProtocolPolicy: https-only, CachePolicyId: 4135ea2d-6df8-44a3-9df3-4b5a84be39ad}}
        {}
",
        entries.replace('\n', "\n        ")
    )
}

const ORIGIN: &str =
    "Origins: [{Id: o, DomainName: origin.example.net, CustomOriginConfig: {OriginProtocolPolicy: https-only}}]";

#[test]
fn a_name_and_its_wildcard_have_one_validation_record() {
    let certificate = |options: &str| {
        format!(
            r#"
Parameters: {{Domain: {{Type: String}}, Zone: {{Type: String}}, Other: {{Type: String}}}}
Resources:
  Certificate:
    Type: AWS::CertificateManager::Certificate
    Properties:
      DomainName: !Ref Domain
      SubjectAlternativeNames: [!Sub "*.${{Domain}}", example.com, "*.example.com", "*.a.example.com"]
      ValidationMethod: DNS
      DomainValidationOptions: [{options}]
"#
        )
    };
    check_clean(&certificate(
        "{DomainName: !Ref Domain, HostedZoneId: !Ref Zone}, {DomainName: '*.example.com', HostedZoneId: !Ref Zone}, {DomainName: '*.a.example.com', HostedZoneId: !Ref Zone}",
    ));
    // Two zones, and mail in place of records.
    check_clean(&certificate(
        "{DomainName: example.com, HostedZoneId: !Ref Zone}, {DomainName: '*.example.com', HostedZoneId: !Ref Other}",
    ));
    check_clean(&certificate(
        "{DomainName: example.com, ValidationDomain: example.com}, {DomainName: '*.example.com', ValidationDomain: example.com}",
    ));
    assert_snapshot!(found(&certificate(
        "{DomainName: !Ref Domain, HostedZoneId: !Ref Zone}, {DomainName: !Sub '*.${Domain}', HostedZoneId: !Ref Zone}, {DomainName: '*.example.com', HostedZoneId: Z1}, {DomainName: example.com, HostedZoneId: Z1}"
    )));
}

#[test]
fn aliases_certificates_and_records() {
    let template = |aliases: &str, names: &str, record: &str| {
        format!(
            "
Parameters: {{Domain: {{Type: String}}}}
Resources:
  Certificate: {{Type: AWS::CertificateManager::Certificate, Properties: {{DomainName: {names}, KeyAlgorithm: EC_prime256v1}}}}
  Record:
    Type: AWS::Route53::RecordSet
    Properties: {{HostedZoneId: Z1, Name: {record}, Type: A, AliasTarget: {{HostedZoneId: Z2FDTNDATAQYW2, DNSName: !GetAtt Site.DomainName}}}}
{}",
            distribution(&format!(
                "Aliases: {aliases}\nViewerCertificate: {{AcmCertificateArn: !Ref Certificate, SslSupportMethod: sni-only}}\n{ORIGIN}"
            ))
        )
    };
    check_clean(&template("[www.example.com]", "'*.example.com'", "www.Example.com."));
    check_clean(&template("['*.example.com']", "'*.example.com'", "a.b.example.com"));
    check_clean(&template("[!Sub 'www.${Domain}']", "!Sub '*.${Domain}'", "!Sub 'www.${Domain}'"));
    // The value of a parameter may be either.
    check_clean(&template("[!Ref Domain]", "example.com", "www.example.com"));
    assert_snapshot!(found(
        &template("[example.com, www.example.com, a.b.example.com]", "'*.example.com'", "web.example.com")
            .replace("EC_prime256v1", "EC_secp384r1")
    ));
    assert_snapshot!(
        "aliases_of_a_parameter",
        found(&template("[!Ref Domain]", "!Sub '*.${Domain}'", "!Sub 'www.${Domain}'"))
    );
}

#[test]
fn origins_of_distributions() {
    let origins = |origin: &str, more: &str| {
        format!(
            "Parameters: {{Api: {{Type: String}}}}\nResources:\n  Bucket: {{Type: AWS::S3::Bucket}}{}",
            distribution(&format!("Origins: [{{Id: o, {origin}}}]\n{more}"))
        )
    };
    let custom = "CustomOriginConfig: {OriginProtocolPolicy: https-only}";
    check_clean(&origins(
        &format!(
            "DomainName: o.example.net, {custom}, OriginCustomHeaders: [{{HeaderName: X-Amzn, HeaderValue: a}}, {{HeaderName: Origin, HeaderValue: b}}]"
        ),
        "DefaultRootObject: app/index.html",
    ));
    assert_snapshot!(found(&origins(
        &format!(
            "DomainName: www.example.com, {custom}, OriginCustomHeaders: [{{HeaderName: hOST, HeaderValue: a}}, {{HeaderName: X-Edge-A, HeaderValue: b}}, {{HeaderName: x-amz-b, HeaderValue: b}}]"
        ),
        "DefaultRootObject: /index.html\nAliases: [www.example.com]\nViewerCertificate: {IamCertificateId: a, SslSupportMethod: sni-only}",
    )));
    let behavior = "CacheBehaviors: [{PathPattern: /a, TargetOriginId: o, ViewerProtocolPolicy: https-only, CachePolicyId: 4135ea2d-6df8-44a3-9df3-4b5a84be39ad, OriginRequestPolicyId: 216adef6-5c7f-47e4-b989-5492eafa07d3}]";
    for name in [
        "!Sub '${Api}.execute-api.${AWS::Region}.amazonaws.com'",
        "abc.lambda-url.eu-west-1.on.aws",
        "b.s3-website.eu-central-1.amazonaws.com",
        "b.s3-website-us-east-1.amazonaws.com",
        "!GetAtt Bucket.RegionalDomainName",
    ] {
        let origin = format!("DomainName: {name}, {custom}");
        assert_eq!(found(&origins(&origin, behavior)).matches("warning[distribution-origin]").count(), 1, "{name}");
        check_clean(&origins(
            &origin,
            &behavior.replace("216adef6-5c7f-47e4-b989-5492eafa07d3", "b689b0a8-53d0-40ab-baf2-68738e2966ac"),
        ));
    }
    check_clean(&origins(&format!("DomainName: lb-1.eu-west-1.elb.amazonaws.com, {custom}"), behavior));
}

#[test]
fn scopes_of_web_acls() {
    let acl = |scope: &str, rest: &str| {
        format!(
            "
Resources:
  Acl:
    Type: AWS::WAFv2::WebACL
    Properties: {{Scope: {scope}, DefaultAction: {{Allow: {{}}}}, VisibilityConfig: {{CloudWatchMetricsEnabled: false, SampledRequestsEnabled: false, MetricName: m}}}}
  Link: {{Type: AWS::WAFv2::WebACLAssociation, Properties: {{WebACLArn: !GetAtt Acl.Arn, ResourceArn: 'arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/app/a/b'}}}}
{rest}"
        )
    };
    let of = |id: &str| distribution(&format!("WebACLId: {id}\n{ORIGIN}"));
    check_clean(&acl("REGIONAL", ""));
    check_clean(&acl("CLOUDFRONT", &of("!GetAtt Acl.Arn")).replace("  Link:", "  Link2: {Type: AWS::SNS::Topic}\n  Unused:").replace("AWS::WAFv2::WebACLAssociation, Properties: {WebACLArn: !GetAtt Acl.Arn, ResourceArn: 'arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/app/a/b'}", "AWS::SNS::Topic"));
    check_clean(&acl(
        "REGIONAL",
        &of("arn:aws:wafv2:us-east-1:111122223333:global/webacl/a/0a0a0a0a-0000-4000-8000-000000000000"),
    ));
    check_clean(&acl("REGIONAL", &of("473e64fd-f30b-4765-81a0-62ad96dd167a")));
    assert_snapshot!(found_in(
        &acl("CLOUDFRONT", &of("arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/a/b")),
        Some("eu-west-1")
    ));
    assert_snapshot!("a_regional_acl_by_reference", found(&acl("REGIONAL", &of("!GetAtt Acl.Arn"))));
}

#[test]
fn security_groups_and_their_rules() {
    let group = |description: &str, rule: &str| {
        format!(
            "
Parameters: {{Port: {{Type: Number}}, Name: {{Type: String}}}}
Resources:
  Group: {{Type: AWS::EC2::SecurityGroup, Properties: {{GroupDescription: {description}, SecurityGroupIngress: [{{CidrIp: 10.0.0.0/8, {rule}}}]}}}}
"
        )
    };
    check_clean(&group(
        "!Sub 'of ${Name}: a-z, A_Z [0.9] (x/y) #1 @me +1 = & ; {} ! $ *'",
        "IpProtocol: tcp, FromPort: 1, ToPort: 65535, Description: ok",
    ));
    check_clean(&group("d", "IpProtocol: icmp, FromPort: 8, ToPort: 0"));
    check_clean(&group("d", "IpProtocol: icmp, FromPort: -1, ToPort: -1"));
    assert_snapshot!("ports_that_are_ignored", found(&group("d", "IpProtocol: -1, FromPort: 5, ToPort: 3")));
    check_clean(&group("d", "IpProtocol: tcp, FromPort: !Ref Port, ToPort: 3"));
    let long = "a".repeat(256);
    let all: Vec<String> = [
        ("!Sub \"${Name}'s\"", "IpProtocol: tcp, FromPort: 23, ToPort: 22, Description: a > b"),
        (long.as_str(), "IpProtocol: udp, FromPort: 1, ToPort: 70000, Description: 관리자"),
        ("d", "IpProtocol: icmp, FromPort: 300, ToPort: 0"),
    ]
    .iter()
    .map(|(description, rule)| found(&group(description, rule)))
    .collect();
    assert_snapshot!(all.concat());
}

#[test]
fn blocks_of_addresses() {
    check_clean(
        r#"
Resources:
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
  Route: {Type: AWS::EC2::Route, Properties: {RouteTableId: rtb-1, GatewayId: igw-1, DestinationIpv6CidrBlock: "::/0"}}
  Group: {Type: AWS::EC2::SecurityGroup, Properties: {GroupDescription: d, SecurityGroupIngress: [{IpProtocol: -1, CidrIpv6: "2001:db8::/32"}, {IpProtocol: -1, CidrIp: 192.0.2.7/32}]}}
  Set: {Type: AWS::WAFv2::IPSet, Properties: {Scope: REGIONAL, IPAddressVersion: IPV4, Addresses: [192.0.2.0/24]}}
  Profile: {Type: AWS::IoT::SecurityProfile, Properties: {Behaviors: [{Name: a, Metric: aws:source-ip-address, Criteria: {ComparisonOperator: in-cidr-set, Value: {Cidrs: [192.0.2.1, 192.0.2.0/24]}}}]}}
"#,
    );
    assert_snapshot!(found(
        r#"
Resources:
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/8}}
  Route: {Type: AWS::EC2::Route, Properties: {RouteTableId: rtb-1, GatewayId: igw-1, DestinationCidrBlock: 0.0.0.0/0x}}
  Six: {Type: AWS::EC2::Route, Properties: {RouteTableId: rtb-1, GatewayId: igw-1, DestinationIpv6CidrBlock: 10.0.0.0/8}}
  Entry: {Type: AWS::EC2::NetworkAclEntry, Properties: {NetworkAclId: acl-1, RuleNumber: 1, Protocol: 6, RuleAction: allow, CidrBlock: 10.0.0/8, PortRange: {From: 90, To: 80}}}
  Group: {Type: AWS::EC2::SecurityGroup, Properties: {GroupDescription: d, SecurityGroupIngress: [{IpProtocol: -1, CidrIp: 10.1.2.3/8}, {IpProtocol: -1, CidrIp: 10.0.0.0}]}}
  Set: {Type: AWS::WAFv2::IPSet, Properties: {Scope: REGIONAL, IPAddressVersion: IPV4, Addresses: [192.0.2.0/33]}}
  Cluster: {Type: AWS::EKS::Cluster, Properties: {RoleArn: "arn:aws:iam::111122223333:role/r", ResourcesVpcConfig: {SubnetIds: [subnet-12345678], PublicAccessCidrs: [192.0.2.0/40]}}}
"#
    ));
}

#[test]
fn subnets_of_a_vpc() {
    let template = |first: &str, second: &str| {
        found(&format!(
            r#"
Parameters: {{Stage: {{Type: String, Default: test}}, Network: {{Type: "AWS::EC2::VPC::Id"}}}}
Conditions: {{Prod: !Equals [!Ref Stage, prod], Test: !Not [!Condition Prod]}}
Resources:
  Vpc: {{Type: AWS::EC2::VPC, Properties: {{CidrBlock: 10.0.0.0/16}}}}
  More: {{Type: AWS::EC2::VPCCidrBlock, Properties: {{VpcId: !Ref Vpc, CidrBlock: 10.1.0.0/16}}}}
  Six: {{Type: AWS::EC2::VPCCidrBlock, Properties: {{VpcId: !Ref Vpc, AmazonProvidedIpv6CidrBlock: true}}}}
  First: {{Type: AWS::EC2::Subnet, {first}}}
  Second: {{Type: AWS::EC2::Subnet, {second}}}
"#
        ))
    };
    let of = |vpc: &str, block: &str| format!("Properties: {{VpcId: {vpc}, CidrBlock: {block}}}");
    for (first, second) in [
        (of("!Ref Vpc", "10.0.0.0/24"), of("!GetAtt Vpc.VpcId", "10.1.5.0/24")),
        // Of another VPC, and of the same when only one of the two is made.
        (of("!Ref Vpc", "10.0.0.0/24"), of("!Ref Network", "10.0.0.0/24")),
        (
            format!("Condition: Prod, {}", of("!Ref Vpc", "10.0.0.0/24")),
            format!("Condition: Test, {}", of("!Ref Vpc", "10.0.0.0/24")),
        ),
        (of("!Ref Vpc", "!Select [0, !Cidr [!GetAtt Vpc.CidrBlock, 2, 8]]"), of("!Ref Vpc", "10.0.0.0/24")),
    ] {
        assert_eq!(template(&first, &second), "");
    }
    let all = [
        template(&of("!Ref Vpc", "192.168.0.0/24"), &of("!GetAtt Vpc.VpcId", "10.2.0.0/24")),
        template(&of("!Ref Network", "10.9.0.0/20"), &of("!Ref Network", "10.9.1.0/24")),
        template(&format!("Condition: Prod, {}", of("!Ref Vpc", "10.0.0.0/24")), &of("!Ref Vpc", "10.0.0.128/25")),
    ];
    assert_snapshot!(all.concat());
}

#[test]
fn subnets_of_ipv6_and_names_of_ones_own() {
    let template = |pool: &str| {
        found(&format!(
            r#"
Resources:
  Vpc: {{Type: AWS::EC2::VPC, Properties: {{CidrBlock: 10.0.0.0/16}}}}
  Six: {{Type: AWS::EC2::VPCCidrBlock, Properties: {{VpcId: !Ref Vpc, {pool}}}}}
  Subnet: {{Type: AWS::EC2::Subnet, Properties: {{VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24, Ipv6CidrBlock: "2001:db8:1::/64"}}}}
  Nested:
    Type: AWS::CloudFormation::Stack
    Properties: {{TemplateURL: "https://s3.amazonaws.com/b/k", Parameters: {{CidrBlock: "10.0.0.0/24,10.0.1.0/24", FromPort: "9", ToPort: "1"}}}}
"#
        ))
    };
    assert_eq!(template("AmazonProvidedIpv6CidrBlock: true"), "");
    assert_eq!(template("Ipv6Pool: p, Ipv6CidrBlock: '2001:db8:1::/56'"), "");
    assert_snapshot!(template("Ipv6Pool: p, Ipv6CidrBlock: '2001:db8:2::/56'"));
}

#[test]
fn records_of_one_name() {
    let record = |id: &str, name: &str, rest: &str| {
        format!(
            "  {id}: {{Type: AWS::Route53::RecordSet, Properties: {{HostedZoneId: !Ref Zone, Name: {name}, TTL: 60, {rest}}}}}\n"
        )
    };
    let template = |records: &[String]| {
        found(&format!(
            "Parameters: {{Name: {{Type: String}}}}\nResources:\n  Zone: {{Type: AWS::Route53::HostedZone, Properties: {{Name: example.com}}}}\n{}",
            records.concat()
        ))
    };
    let a = "Type: A, ResourceRecords: [192.0.2.1]";
    let cname = "Type: CNAME, ResourceRecords: [example.net]";
    let weighted = |name: &str| format!("{cname}, Weight: 1, SetIdentifier: {name}");
    for right in [
        vec![record("One", "a.example.com", a), record("Two", "b.example.com", cname)],
        vec![record("One", "a.example.com", &weighted("x")), record("Two", "a.example.com", &weighted("y"))],
        vec![
            record("One", "a.example.com", a),
            record("Two", "a.example.com", "Type: AAAA, ResourceRecords: ['2001:db8::1']"),
        ],
    ] {
        assert_eq!(template(&right), "");
    }
    let all = [
        template(&[record("One", "a.example.com", a), record("Two", "A.example.com.", cname)]),
        template(&[
            record("One", "!Sub 'a.${Name}'", cname),
            record("Two", "!Sub 'a.${Name}'", "Type: TXT, ResourceRecords: ['\"x\"']"),
        ]),
        template(&[record("One", "a.example.com", a), record("Two", "a.example.com", a)]),
        template(&[record("One", "example.com", cname), record("Two", "example.org", a)]),
    ];
    assert_snapshot!(all.concat());
}

#[test]
fn references_to_what_is_not_made() {
    let template = |default: &str, rest: &str| {
        found(&format!(
            r#"
Parameters: {{Stage: {{Type: String, Default: {default}}}}}
Conditions: {{Prod: !Equals [!Ref Stage, prod], Test: !Not [!Condition Prod]}}
Resources:
  Topic: {{Type: AWS::SNS::Topic, Condition: Prod}}
  Queue: {{Type: AWS::SQS::Queue{rest}
"#
        ))
    };
    for right in [
        ", DependsOn: Topic}",
        ", Condition: Prod, Properties: {QueueName: !GetAtt Topic.TopicName}}",
        ", Properties: {QueueName: !If [Prod, !GetAtt Topic.TopicName, other]}}",
        ", Properties: {QueueName: !If [Test, other, !Sub '${Topic.TopicName}']}}",
        "}\nOutputs: {Name: {Condition: Prod, Value: !Ref Topic}}",
    ] {
        assert_eq!(template("test", right), "", "{right}");
    }
    let all = [
        template("test", ", Properties: {QueueName: !GetAtt Topic.TopicName}}"),
        template("prod", ", Properties: {QueueName: !Sub 'x-${Topic.TopicName}'}}"),
        template("test", ", Properties: {QueueName: !If [Prod, other, !GetAtt Topic.TopicName]}}"),
        template("test", "}\nOutputs: {Name: {Value: !Ref Topic}}"),
        template("test", ", Condition: Test, Properties: {QueueName: !Ref Topic}}"),
    ];
    assert_snapshot!(all.concat());
}

#[test]
fn key_policies() {
    let key = |statement: &str| {
        found(&format!(
            "Resources: {{Key: {{Type: AWS::KMS::Key, Properties: {{KeyPolicy: {{Version: '2012-10-17', Statement: [{statement}]}}}}}}}}"
        ))
    };
    let root = "Effect: Allow, Principal: {AWS: !Sub 'arn:${AWS::Partition}:iam::${AWS::AccountId}:root'}";
    for action in ["'kms:*'", "['kms:Describe*', 'kms:Put*']", "'*'"] {
        assert_eq!(key(&format!("{{{root}, Action: {action}, Resource: '*'}}")), "");
    }
    let all = [
        key(&format!("{{{root}, Action: ['kms:Encrypt', 'kms:Get*'], Resource: '*'}}")),
        key(&format!("{{{root}, Action: 'kms:*', Resource: 'arn:aws:s3:::b'}}")),
    ];
    assert_snapshot!(all.concat());
}

#[test]
fn user_data_custom_resources_and_debug_text() {
    let data = |length: usize| {
        found(&format!(
            "Resources: {{Launch: {{Type: AWS::EC2::LaunchTemplate, Properties: {{LaunchTemplateData: {{UserData: !Base64 {{'Fn::Sub': '${{AWS::Region}}{}'}}}}}}}}}}",
            "x".repeat(length)
        ))
    };
    assert_eq!(data(16_384), "");
    assert_snapshot!("user_data", data(16_385));
    check_clean(
        "Resources: {One: {Type: Custom::Thing, Properties: {ServiceToken: arn:a}}, Fn: {Type: AWS::SNS::Topic, Properties: {DisplayName: Literal}}}",
    );
    assert_snapshot!(found(
        r#"
Resources:
  One: {Type: Custom::Thing, Properties: {A: b}}
  Two: {Type: AWS::CloudFormation::CustomResource, Properties: {A: b}}
  Three: {Type: Custom::Thing, Properties: {ServiceToken: thing}}
  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: 'orders-Some("a")', Tags: [{Key: a, Value: 'Some("b")'}, {Key: script, Value: 'let a = Some("b")'}]}}
  Topic: {Type: AWS::SNS::Topic, Properties: {DisplayName: 'of Function(Ref("Name"))', TopicName: 'Literal("x")'}}
"#
    ));
}

#[test]
fn secrets_in_plain_text() {
    assert_snapshot!(found(
        r#"
Parameters:
  Plain: {Type: String, Default: hunter2}
  Masked: {Type: String, NoEcho: true}
  Referred: {Type: String, Default: '{{resolve:ssm:/db/password}}'}
Conditions: {IsProduction: !Equals [!Ref Plain, b]}
Resources:
  Written: {Type: AWS::RDS::DBInstance, DeletionPolicy: Delete, UpdateReplacePolicy: Delete, Properties: {DBInstanceClass: db.t3.micro, Engine: postgres, AllocatedStorage: '20', MasterUsername: joan, MasterUserPassword: hunter2hunter2}}
  Shown: {Type: AWS::IAM::User, Properties: {LoginProfile: {Password: !Ref Plain}}}
  Chosen: {Type: AWS::IAM::User, Properties: {LoginProfile: {Password: !If [IsProduction, !Ref Masked, hunter2]}}}
  Own: {Type: Custom::Thing, Properties: {ServiceToken: 'arn:aws:lambda:us-east-1:111122223333:function:f', Settings: [{DB_PASSWORD: a}]}}
  Masked1: {Type: AWS::IAM::User, Properties: {LoginProfile: {Password: !Ref Masked}}}
  Masked2: {Type: AWS::IAM::User, Properties: {LoginProfile: {Password: !Ref Referred}}}
  Named: {Type: AWS::IAM::User, Properties: {LoginProfile: {Password: '{{resolve:secretsmanager:a:SecretString:b}}'}}}
  Task: {Type: AWS::ECS::TaskDefinition, Properties: {ContainerDefinitions: [{Name: a, Image: a, Memory: 128, Environment: [{Name: STAGE, Value: b}, {Name: DB_PASSWORD, Value: c}], Secrets: [{Name: API_TOKEN, ValueFrom: 'arn:aws:ssm:us-east-1:111122223333:parameter/a'}]}]}}
"#
    ));
    let lambda = "Resources: {F: {Type: AWS::Lambda::Function, Properties: {Role: 'arn:aws:iam::111122223333:role/a', Handler: a.b, Runtime: python3.13, Code: {ZipFile: a}, Environment: {Variables: {API_TOKEN: a, STAGE: b}}}}}";
    assert_eq!(found(lambda).matches("plain-secret").count(), 1, "{}", found(lambda));
    let header = |name: &str| {
        let origin = format!(
            "{{Id: a, DomainName: a.example.com, CustomOriginConfig: {{OriginProtocolPolicy: https-only}}, OriginCustomHeaders: [{{HeaderName: {name}, HeaderValue: b}}]}}"
        );
        let behavior = "{TargetOriginId: a, ViewerProtocolPolicy: https-only, CachePolicyId: 4135ea2d-6df8-44a3-9df3-4b5a84be39ad}";
        found(&format!(
            "Resources: {{D: {{Type: AWS::CloudFront::Distribution, Properties: {{DistributionConfig: {{Enabled: true, Origins: [{origin}], DefaultCacheBehavior: {behavior}}}}}}}}}"
        ))
    };
    assert_eq!(["X-Stage", "X-Origin-Verify", "X-Shared-Secret"].map(header), ["", "", ""]);
}

#[test]
fn structs_in_the_notation_of_rust() {
    let zone = r#"HostedZone { id: Z1, name: "a.example", location: Location { file: "src/lib.rs", line: 3 } }"#;
    let topic = |name: &str| {
        let name = serde_json::Value::from(name);
        found(&format!("Resources: {{Topic: {{Type: AWS::SNS::Topic, Properties: {{DisplayName: {name}}}}}}}"))
    };
    assert_snapshot!([topic(zone), topic(&format!("of-{zone}")), topic("ä-Some(${P})")].concat(), @r#"
warning[debug-text]: the text has `HostedZone { id:` in it, which is how Rust shows a value to programmers
  --> template.yaml:1:57
   = at Resources.Topic.Properties.DisplayName
hint: give the value itself, or put it into a text with `{}`: `format!("{}/*", bucket.arn())`

warning[debug-text]: the text has `HostedZone { id:` in it, which is how Rust shows a value to programmers
  --> template.yaml:1:57
   = at Resources.Topic.Properties.DisplayName
hint: give the value itself, or put it into a text with `{}`: `format!("{}/*", bucket.arn())`

warning[debug-text]: the text has `Some(${` in it, which is how Rust shows a value to programmers
  --> template.yaml:1:57
   = at Resources.Topic.Properties.DisplayName
hint: give the value itself, or put it into a text with `{}`: `format!("{}/*", bucket.arn())`
"#);
    for schema in ["type Query { me: String }", "schema { query: Query }", "if (a) { b: 1 }", "é { a: 1 }"] {
        assert_eq!(topic(schema), "", "{schema}");
    }
}

#[test]
fn what_is_allowed_can_be_given() {
    assert_snapshot!(found(
        "Resources: {Bucket: {Type: AWS::S3::Bucket, Properties: {Nmae: a}}, Role: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {}, Arm: a}}}"
    ));
}
