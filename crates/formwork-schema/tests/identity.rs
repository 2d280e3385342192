//! Consequences of a replacement or an update: identities, ARNs, names, free JSON, secrets, snapshots.

use std::collections::BTreeMap;

use formwork_schema::facts::{self, AttributeKind, DefaultPolicy, TypeFacts};

#[track_caller]
fn of(type_name: &str) -> TypeFacts<'static> {
    facts::of(type_name).expect("the type is in the snapshot")
}

#[test]
fn what_stands_behind_an_attribute() {
    use AttributeKind::{Arn, Identity, Property, ReadOnly, Unknown};
    for (type_name, attribute, expected, is_identity) in [
        ("AWS::CertificateManager::Certificate", "CertificateArn", Arn, true),
        ("AWS::CloudFront::Distribution", "Id", Identity, true),
        ("AWS::CloudFront::Distribution", "DomainName", ReadOnly, false),
        ("AWS::DynamoDB::Table", "Arn", Arn, true),
        // Another stream comes with another view of it.
        ("AWS::DynamoDB::Table", "StreamArn", ReadOnly, false),
        ("AWS::EC2::EIP", "AllocationId", Identity, true),
        ("AWS::EC2::EIP", "PublicIp", Identity, true),
        ("AWS::EC2::Instance", "PrivateIp", ReadOnly, false),
        ("AWS::EC2::Instance", "VpcId", ReadOnly, false),
        ("AWS::EC2::LaunchTemplate", "LatestVersionNumber", ReadOnly, false),
        ("AWS::EC2::SecurityGroup", "GroupId", Identity, true),
        ("AWS::EC2::SecurityGroup", "VpcId", Property("VpcId"), false),
        ("AWS::EC2::VPC", "CidrBlock", Property("CidrBlock"), false),
        ("AWS::IAM::Role", "RoleId", Identity, true),
        ("AWS::IAM::Role", "Arn", Arn, true),
        ("AWS::RDS::DBInstance", "Endpoint.Address", ReadOnly, false),
        ("AWS::SQS::Queue", "QueueName", Property("QueueName"), false),
        ("AWS::SQS::Queue", "QueueUrl", Identity, true),
        ("AWS::SSM::Parameter", "Value", Property("Value"), false),
        ("AWS::SSM::Parameter", "NoSuchAttribute", Unknown, false),
    ] {
        let facts = of(type_name);
        assert_eq!(facts.attribute_kind(attribute), expected, "{type_name} {attribute}");
        assert_eq!(facts.is_identity(attribute), is_identity, "{type_name} {attribute}");
    }
}

#[test]
fn what_stands_behind_ref() {
    for (type_name, parts) in [
        ("AWS::ApiGateway::Stage", "StageName"),
        ("AWS::CertificateManager::Certificate", "CertificateArn"),
        ("AWS::EC2::EIP", "PublicIp"),
        ("AWS::EC2::VPC", "VpcId"),
        ("AWS::Events::Rule", "EventBusName,Name"),
        ("AWS::Lambda::Function", "FunctionName"),
        ("AWS::Route53::RecordSet", "Name"),
        ("AWS::S3::Bucket", "BucketName"),
        ("AWS::SQS::Queue", "QueueUrl"),
    ] {
        let facts = of(type_name);
        assert_eq!(facts.ref_parts().collect::<Vec<_>>().join(","), parts, "{type_name}");
    }
}

#[test]
fn what_names_a_thing() {
    for (type_name, name, scope) in [
        ("AWS::EC2::SecurityGroup", Some("GroupName"), "VpcId"),
        ("AWS::EC2::VPC", None, ""),
        ("AWS::ElasticLoadBalancingV2::TargetGroup", Some("Name"), ""),
        ("AWS::IAM::Role", Some("RoleName"), ""),
        ("AWS::Route53::RecordSet", Some("Name"), "HostedZoneId,Type,SetIdentifier"),
        ("AWS::S3::Bucket", Some("BucketName"), ""),
        ("AWS::ApiGateway::Stage", Some("StageName"), "RestApiId"),
        // A job definition and a task definition get another revision under the same name.
        ("AWS::Batch::JobDefinition", None, ""),
        ("AWS::ECS::TaskDefinition", None, ""),
    ] {
        let facts = of(type_name);
        assert_eq!(facts.name_property(), name, "{type_name}");
        assert_eq!(facts.name_scope().collect::<Vec<_>>().join(","), scope, "{type_name}");
    }
}

#[test]
fn where_json_is_free() {
    for (type_name, path, expected) in [
        ("AWS::Events::Rule", &["EventPattern"][..], true),
        ("AWS::Events::Rule", &["EventPattern", "detail", "count"], true),
        ("AWS::Events::Rule", &["Name"], false),
        ("AWS::IAM::Role", &["AssumeRolePolicyDocument", "Statement"], true),
        ("AWS::IAM::Role", &["Policies", "*", "PolicyDocument", "Version"], true),
        ("AWS::IAM::Role", &["Policies", "*", "PolicyName"], false),
        ("AWS::SSM::Document", &["Content", "mainSteps", "*", "name"], true),
        ("AWS::StepFunctions::StateMachine", &["Definition", "TimeoutSeconds"], true),
        ("AWS::StepFunctions::StateMachine", &["DefinitionSubstitutions", "Key"], false),
        ("AWS::SQS::Queue", &["RedrivePolicy", "maxReceiveCount"], true),
        ("AWS::SQS::Queue", &["DelaySeconds"], false),
        ("AWS::Lambda::Function", &["Environment", "Variables", "LEVEL"], false),
    ] {
        assert_eq!(of(type_name).is_free_json(path), expected, "{type_name} {path:?}");
    }
}

#[test]
fn what_is_a_secret() {
    for (type_name, path, expected) in [
        ("AWS::RDS::DBInstance", &["MasterUserPassword"][..], true),
        ("AWS::RDS::DBInstance", &["MasterUsername"], false),
        ("AWS::AmazonMQ::Broker", &["Users", "*", "Password"], true),
        ("AWS::ElastiCache::User", &["Passwords", "*"], true),
        ("AWS::Cognito::UserPoolIdentityProvider", &["ProviderDetails", "client_secret"], true),
        ("AWS::Cognito::UserPoolIdentityProvider", &["ProviderDetails", "client_id"], false),
        ("AWS::SecretsManager::Secret", &["SecretString"], true),
        ("AWS::SecretsManager::Secret", &["GenerateSecretString", "SecretStringTemplate"], false),
        ("AWS::CertificateManager::Certificate", &["ValidationMethod"], false),
        ("AWS::EFS::AccessPoint", &["ClientToken"], false),
        ("AWS::Lambda::Function", &["Code", "ZipFile"], false),
    ] {
        assert_eq!(of(type_name).is_secret(path), expected, "{type_name} {path:?}");
    }
}

/// Every place whose text is masked: read it when the schemas change.
#[test]
fn all_secrets() {
    let mut lines = String::new();
    for facts in facts::type_names().map(of) {
        for place in facts.secrets() {
            lines.push_str(&format!("{} {place}\n", facts.type_name()));
        }
    }
    insta::assert_snapshot!(lines);
}

#[test]
fn databases_leave_a_snapshot() {
    let policy = |type_name: &str, has: &[&str]| of(type_name).default_deletion_policy(|name| has.contains(&name));
    assert_eq!(policy("AWS::RDS::DBCluster", &["DBClusterIdentifier"]), DefaultPolicy::Snapshot);
    assert_eq!(policy("AWS::RDS::DBInstance", &[]), DefaultPolicy::Snapshot);
    assert_eq!(policy("AWS::RDS::DBInstance", &["DBClusterIdentifier"]), DefaultPolicy::Delete);
    assert_eq!(policy("AWS::DocDB::DBCluster", &[]), DefaultPolicy::Delete);
    let takers: Vec<&str> = facts::type_names().filter(|name| of(name).takes_snapshots()).collect();
    assert_eq!(takers.len(), 8, "{takers:?}");
}

/// Number of attributes of each kind, and of types that have each.
#[test]
fn census() {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut count = |what: &'static str, times: usize| *counts.entry(what).or_default() += times;
    let word = |kind: AttributeKind<'_>| match kind {
        AttributeKind::Identity => "identity",
        AttributeKind::Arn => "ARN",
        AttributeKind::Property(_) => "property",
        AttributeKind::ReadOnly => "read-only",
        AttributeKind::Unknown => "unknown",
    };
    let mut lines: BTreeMap<String, usize> = BTreeMap::new();
    for facts in facts::type_names().map(of) {
        for attribute in facts.attributes() {
            *lines.entry(format!("attribute: {}", word(facts.attribute_kind(attribute)))).or_default() += 1;
        }
        count("types with a name", usize::from(facts.name_property().is_some()));
        count("places of free JSON", facts.free_json().count());
        count("secrets", facts.secrets().count());
    }
    lines.extend(counts.into_iter().map(|(what, times)| (what.to_owned(), times)));
    let text: String = lines.iter().map(|(what, times)| format!("{times:6} {what}\n")).collect();
    insta::assert_snapshot!(text);
}
