//! What the schemas do not say: what `Ref` gives, where it is not the type's primary identifier or where that has a better
//! name; what `Fn::GetAtt` takes besides read-only properties; which other changes replace.
//!
//! Two sources. The table below, by hand: AWS CloudFormation Template Reference, section "Return values" of each type. And
//! `schemas/overlay/service-spec.txt`: AWS's service specification for the CDK (Apache-2.0, `SOURCE.toml` beside it). Where it
//! and a schema disagree on a change, that may replace.

/// Facts of the service specification, sorted: type, word, value.
const SERVICE_SPEC: &str = include_str!("../../../../schemas/overlay/service-spec.txt");

/// Type, and the name of what `Ref` gives.
const REF_NAMES: &[(&str, &str)] = &[
    ("AWS::ApiGateway::Deployment", "DeploymentId"),
    ("AWS::ApiGateway::Resource", "ResourceId"),
    ("AWS::ApiGateway::Stage", "StageName"),
    ("AWS::AutoScaling::LifecycleHook", "LifecycleHookName"),
    // The primary identifier is called `CertificateArn`.
    ("AWS::CertificateManager::Certificate", "Arn"),
    ("AWS::Cognito::UserPoolClient", "ClientId"),
    // The primary identifier is the address with the allocation's id; `Ref` gives the address.
    ("AWS::EC2::EIP", "PublicIp"),
    ("AWS::EC2::Route", "Id"),
    ("AWS::EC2::VPCCidrBlockAssociation", "Id"),
    ("AWS::EC2::VPCGatewayAttachment", "Id"),
    ("AWS::ECS::Service", "ServiceArn"),
    ("AWS::IAM::Policy", "PolicyName"),
    ("AWS::Lambda::Permission", "Id"),
    ("AWS::Logs::LogStream", "LogStreamName"),
    ("AWS::Logs::MetricFilter", "FilterName"),
    ("AWS::Logs::SubscriptionFilter", "FilterName"),
    // The primary identifier has four parts; `Ref` gives the name.
    ("AWS::Route53::RecordSet", "Name"),
    ("AWS::Route53::RecordSetGroup", "Id"),
    ("AWS::S3::BucketPolicy", "Bucket"),
    ("AWS::SSM::MaintenanceWindowTarget", "WindowTargetId"),
    ("AWS::SSM::MaintenanceWindowTask", "WindowTaskId"),
];

/// What people call the value that `Ref` gives.
///
/// Without an entry above: the primary identifier when it has one part; `Ref` gives several parts as one text, joined by
/// `|`, which has no name.
pub(crate) fn ref_name_of(type_name: &str, primary_identifier: &[String]) -> String {
    if let Ok(place) = REF_NAMES.binary_search_by_key(&type_name, |(name, _)| name) {
        return REF_NAMES[place].1.to_owned();
    }
    if let Some(parts) = service_spec(type_name).find_map(|(word, value)| (word == "ref").then_some(value)) {
        return if parts.contains('|') { "Ref".to_owned() } else { parts.to_owned() };
    }
    match primary_identifier {
        [one] => one.rsplit('.').next().unwrap_or(one).to_owned(),
        _ => "Ref".to_owned(),
    }
}

/// The places that make the value of `Ref`, where it is not the primary identifier.
pub(crate) fn ref_parts_of(type_name: &str) -> Vec<String> {
    if let Some(parts) = service_spec(type_name).find_map(|(word, value)| (word == "ref").then_some(value)) {
        return parts.split('|').map(str::to_owned).collect();
    }
    let by_hand = REF_NAMES.iter().find(|(name, _)| *name == type_name);
    by_hand.map(|(_, name)| (*name).to_owned()).into_iter().collect()
}

/// Types of which there can be only one of a name, though AWS draws their primary identifier: the property that has the name, and
/// those within which it holds.
///
/// Sources: AWS CloudFormation Template Reference, "CloudFormation resource custom naming", and the services' API References, which
/// refuse a second one: `CreateLoadBalancer` `DuplicateLoadBalancerName`, `CreateSecurityGroup` `InvalidGroup.Duplicate`,
/// `CreateSecret` `ResourceExistsException`, and so on.
const NAMES: &[(&str, &[&str])] = &[
    ("AWS::ApiGateway::ApiKey", &["Name"]),
    // Another one of the same name is its next revision.
    ("AWS::Batch::JobDefinition", &[]),
    ("AWS::EC2::LaunchTemplate", &["LaunchTemplateName"]),
    ("AWS::EC2::SecurityGroup", &["GroupName", "VpcId"]),
    ("AWS::ECS::Service", &["ServiceName", "Cluster"]),
    ("AWS::EKS::Nodegroup", &["NodegroupName", "ClusterName"]),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", &["Name"]),
    ("AWS::ElasticLoadBalancingV2::TargetGroup", &["Name"]),
    ("AWS::IAM::ManagedPolicy", &["ManagedPolicyName"]),
    ("AWS::Lambda::Alias", &["Name", "FunctionName"]),
    ("AWS::MSK::Cluster", &["ClusterName"]),
    ("AWS::SecretsManager::Secret", &["Name"]),
    ("AWS::WAFv2::IPSet", &["Name", "Scope"]),
    ("AWS::WAFv2::RegexPatternSet", &["Name", "Scope"]),
    ("AWS::WAFv2::RuleGroup", &["Name", "Scope"]),
    ("AWS::WAFv2::WebACL", &["Name", "Scope"]),
];

/// The property that names a thing of the type, and those within which it does; `None` where neither source says.
pub(crate) fn names_of(type_name: &str) -> Option<Vec<String>> {
    if let Ok(place) = NAMES.binary_search_by_key(&type_name, |(name, _)| name) {
        return Some(NAMES[place].1.iter().map(|name| (*name).to_owned()).collect());
    }
    service_spec(type_name).find_map(|(word, property)| (word == "name").then(|| vec![property.to_owned()]))
}

/// Top-level properties whose change replaces, or may, though the schema does not list them.
pub(crate) fn may_replace(type_name: &str) -> impl Iterator<Item = &'static str> {
    let says_so = |word: &str| matches!(word, "replaces" | "may-replace");
    service_spec(type_name).filter(move |(word, _)| says_so(word)).map(|(_, property)| property)
}

/// What `Fn::GetAtt` takes though the schema does not list it as read-only: mostly properties of types from before the
/// registry, such as the name of a topic.
pub(crate) fn attributes(type_name: &str) -> impl Iterator<Item = &'static str> {
    service_spec(type_name).filter(|(word, _)| *word == "attribute").map(|(_, name)| name)
}

fn service_spec(type_name: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    SERVICE_SPEC.lines().filter_map(move |line| line.strip_prefix(type_name)?.strip_prefix(' ')?.split_once(' '))
}

#[cfg(test)]
mod tests {
    use super::{NAMES, REF_NAMES};

    #[test]
    fn the_table_is_sorted_for_its_search() {
        assert!(REF_NAMES.is_sorted_by(|one, other| one.0 < other.0));
        assert!(NAMES.is_sorted_by(|one, other| one.0 < other.0));
    }
}
