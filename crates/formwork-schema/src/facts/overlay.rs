//! Facts that the schemas do not have: what `Ref` gives, where it is not the type's primary identifier or where that has a better
//! name; what `Fn::GetAtt` takes besides read-only properties; which other changes replace.
//!
//! Three sources. The tables below, by hand: AWS CloudFormation Template Reference, section "Return values" of each type.
//! `schemas/overlay/service-spec.txt`: AWS's service specification for the CDK (Apache-2.0, `SOURCE.toml` beside it). And
//! `schemas/overlay/pages.txt`, by hand: where the specification and a schema disagree on a change, the line "Update requires" of the
//! property in the Template Reference, with the link to it.

/// Facts of the service specification, sorted: type, word, value.
const SERVICE_SPEC: &str = include_str!(concat!(env!("FORMWORK_SCHEMAS"), "/overlay/service-spec.txt"));

/// Update behaviors by AWS's pages, sorted: type, word, property, link.
const PAGES: &str = include_str!(concat!(env!("FORMWORK_SCHEMAS"), "/overlay/pages.txt"));

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

/// The usual name of the value that `Ref` gives.
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
    ("AWS::Events::Rule", &["Name", "EventBusName"]),
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

/// Update behaviors of top-level properties, where the schema does not say them, or says otherwise.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    /// They replace the resource.
    pub(crate) replace: Vec<&'static str>,
    /// They may.
    pub(crate) may_replace: Vec<&'static str>,
    /// They are made in place.
    pub(crate) update: Vec<&'static str>,
}

/// Update behaviors by AWS's page or the service specification.
///
/// A page has the last word. The specification has the word for a type without handlers, whose schema does not list what it replaces;
/// where a schema has a say and the specification says otherwise, nobody knows, and the resource may be replaced.
pub(crate) fn changes(type_name: &str, has_handlers: bool) -> Changes {
    let pages: Vec<(&str, &str)> = pages(type_name).map(|page| (page.word, page.property)).collect();
    let is_settled = |property: &str| pages.iter().any(|(_, settled)| *settled == property);
    let of_specification =
        service_spec(type_name).filter(|(_, property)| !is_settled(property)).map(|(word, property)| {
            (if has_handlers && matches!(word, "replaces" | "updates") { "may-replace" } else { word }, property)
        });
    let mut changes = Changes::default();
    for (word, property) in of_specification.chain(pages.iter().copied()) {
        match word {
            "replaces" => changes.replace.push(property),
            "may-replace" => changes.may_replace.push(property),
            "updates" => changes.update.push(property),
            _ => {}
        }
    }
    changes
}

/// A line that AWS's page of a type settles.
struct Page {
    word: &'static str,
    property: &'static str,
    #[cfg_attr(not(test), expect(dead_code, reason = "for people"))]
    link: &'static str,
}

fn pages(type_name: &str) -> impl Iterator<Item = Page> {
    of_type(PAGES, type_name).filter_map(|(word, rest)| {
        let (property, link) = rest.split_once(' ')?;
        Some(Page { word, property, link })
    })
}

/// The attributes that `Fn::GetAtt` takes though the schema does not list them as read-only: mostly properties of types from before the
/// registry, such as the name of a topic.
pub(crate) fn attributes(type_name: &str) -> impl Iterator<Item = &'static str> {
    service_spec(type_name).filter(|(word, _)| *word == "attribute").map(|(_, name)| name)
}

fn service_spec(type_name: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    of_type(SERVICE_SPEC, type_name)
}

/// The lines of a type, each a word and what follows it.
fn of_type(text: &'static str, type_name: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    text.lines().filter_map(move |line| line.strip_prefix(type_name)?.strip_prefix(' ')?.split_once(' '))
}

#[cfg(test)]
mod tests {
    use super::{NAMES, PAGES, REF_NAMES, pages, service_spec};

    #[test]
    fn the_table_is_sorted_for_its_search() {
        assert!(REF_NAMES.is_sorted_by(|one, other| one.0 < other.0));
        assert!(NAMES.is_sorted_by(|one, other| one.0 < other.0));
    }

    #[test]
    fn every_page_is_one_and_settles_something() {
        let lines: Vec<&str> = PAGES.lines().filter(|line| !line.starts_with('#')).collect();
        assert!(lines.is_sorted_by(|one, other| one < other));
        for line in lines {
            let type_name = line.split(' ').next().unwrap_or_default();
            let page = pages(type_name).find(|page| line.contains(&format!(" {} ", page.property))).expect(line);
            assert!(["replaces", "may-replace", "updates"].contains(&page.word), "{line}");
            let start = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-";
            let anchor = format!("-{}", page.property.to_ascii_lowercase());
            assert!(page.link.starts_with(start) && page.link.contains(".html#cfn-"), "{line}");
            assert!(page.link.ends_with(&anchor), "{line}");
            let facts = crate::facts::of(type_name).expect(line);
            let known = service_spec(type_name)
                .any(|(word, property)| property == page.property && word != "attribute")
                || facts.primary_identifier().any(|part| part == page.property);
            assert!(known, "no source disagrees: {line}");
        }
    }
}
