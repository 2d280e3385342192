//! The few types that do more than their schema says.
//!
//! Sources: ACM User Guide, "DNS validation"; CloudFront Developer Guide, "Requirements for using alternate domain names" and
//! "Requirements for using SSL/TLS certificates with CloudFront"; EC2 User Guide, "Amazon EC2 instance hostnames"; CloudFormation
//! User Guide, "Wait conditions"; `terraform-provider-aws` issue 40905 (a VPC origin cannot be changed while attached).

use serde_json::{Value as Json, json};

use super::{Owner, at, formats};
use crate::ids::Ids;
use crate::model::{Doing, StackResource, Status};

pub(crate) const CERTIFICATE: &str = "AWS::CertificateManager::Certificate";
pub(crate) const DISTRIBUTION: &str = "AWS::CloudFront::Distribution";
const RECORD_SET: &str = "AWS::Route53::RecordSet";
const INSTANCE: &str = "AWS::EC2::Instance";
pub(crate) const NESTED_STACK: &str = "AWS::CloudFormation::Stack";
pub(crate) const WAIT_CONDITION: &str = "AWS::CloudFormation::WaitCondition";
pub(crate) const WAIT_HANDLE: &str = "AWS::CloudFormation::WaitConditionHandle";

/// Everything that is deployed, in all stacks and regions.
pub(crate) trait Neighbours {
    /// All resources of a type that [is looked for](is_looked_for).
    fn visit(&self, type_name: &str, visit: &mut dyn FnMut(&StackResource));
}

/// Whether resources of the type matter to others.
pub(crate) fn is_looked_for(type_name: &str) -> bool {
    matches!(
        type_name,
        CERTIFICATE
            | DISTRIBUTION
            | RECORD_SET
            | INSTANCE
            | WAIT_HANDLE
            | "AWS::SSM::Parameter"
            | "AWS::SecretsManager::Secret"
    )
}

/// Whether something may be waiting for a resource of the type.
pub(crate) fn is_awaited(type_name: &str) -> bool {
    type_name == RECORD_SET
}

/// How long AWS takes, roughly, in milliseconds.
pub(crate) fn duration(type_name: &str, doing: Doing) -> u64 {
    let seconds = match (type_name, doing) {
        (DISTRIBUTION, Doing::Delete) => 300,
        (DISTRIBUTION, _) => 240,
        (CERTIFICATE, Doing::Create | Doing::Replace) => 120,
        (INSTANCE, _) => 40,
        ("AWS::CloudFront::VpcOrigin", _) => 420,
        ("AWS::RDS::DBInstance" | "AWS::RDS::DBCluster", _) => 600,
        (RECORD_SET, _) => 35,
        ("AWS::SSM::Association", _) => 20,
        (WAIT_HANDLE | NESTED_STACK | WAIT_CONDITION, _) => 0,
        _ => 3,
    };
    seconds * 1_000
}

/// Why the service would refuse.
pub(crate) fn refusal(
    doing: Doing,
    owner: &Owner<'_>,
    type_name: &str,
    physical_id: &str,
    properties: &Json,
    neighbours: &dyn Neighbours,
) -> Option<String> {
    if crate::document::is_custom(type_name) && doing != Doing::Delete {
        return Some(format!(
            "custom resources are not carried out: `{type_name}` would call a function or a topic, and there is none behind the embedded engine"
        ));
    }
    match (type_name, doing) {
        (DISTRIBUTION, Doing::Create | Doing::Update | Doing::Replace) => {
            distribution(owner, physical_id, properties, neighbours)
        }
        (CERTIFICATE, Doing::Delete) => {
            let used = exists(neighbours, DISTRIBUTION, |other| certificate_of(&other.properties) == Some(physical_id));
            used.then(|| {
                handler(
                    &format!("Certificate {physical_id} in account {} is in use.", owner.place.account),
                    "ResourceConflict",
                )
            })
        }
        ("AWS::CloudFront::VpcOrigin", Doing::Delete | Doing::Update) => {
            let used = exists(neighbours, DISTRIBUTION, |other| names(&other.properties, "VpcOriginId", physical_id));
            used.then(|| {
                handler(
                    "The request failed because the VPC origin is attached to a distribution (Service: CloudFront, Status Code: 409)",
                    "ResourceConflict",
                )
            })
        }
        ("AWS::EC2::SecurityGroup", Doing::Delete) => {
            let used = exists(neighbours, INSTANCE, |other| {
                at(&other.properties, "SecurityGroupIds")
                    .and_then(Json::as_array)
                    .is_some_and(|groups| groups.iter().any(|group| group.as_str() == Some(physical_id)))
            });
            used.then(|| {
                handler(
                    &format!("resource {physical_id} has a dependent object (Service: Ec2, Status Code: 400)"),
                    "InvalidRequest",
                )
            })
        }
        _ => None,
    }
}

fn handler(message: &str, code: &str) -> String {
    format!("Resource handler returned message: \"{message}\" (HandlerErrorCode: {code})")
}

fn certificate_of(distribution: &Json) -> Option<&str> {
    at(distribution, "DistributionConfig.ViewerCertificate.AcmCertificateArn")?.as_str()
}

fn aliases_of(distribution: &Json) -> Vec<&str> {
    let aliases = at(distribution, "DistributionConfig.Aliases").and_then(Json::as_array);
    aliases.into_iter().flatten().filter_map(Json::as_str).collect()
}

fn distribution(
    owner: &Owner<'_>,
    physical_id: &str,
    properties: &Json,
    neighbours: &dyn Neighbours,
) -> Option<String> {
    if let Some(certificate) = certificate_of(properties) {
        let parts: Vec<&str> = certificate.split(':').collect();
        let (region, account) = (parts.get(3).copied(), parts.get(4).copied());
        // A certificate of another account may exist; one of this account would have been made here.
        let ours = account == Some(owner.place.account.as_str());
        let issued = || {
            exists(neighbours, CERTIFICATE, |other| {
                other.physical_id == certificate
                    && matches!(other.status, Status::CreateComplete | Status::UpdateComplete)
            })
        };
        let home = if owner.place.partition() == "aws-cn" { "cn-northwest-1" } else { "us-east-1" };
        if region != Some(home) || (ours && !issued()) {
            return Some(handler(
                &format!(
                    "Invalid request provided: The specified SSL certificate doesn't exist, isn't in {home} region, isn't valid, or doesn't include a valid certificate chain. (Service: CloudFront, Status Code: 400)"
                ),
                "InvalidRequest",
            ));
        }
    } else if !aliases_of(properties).is_empty() {
        return Some(handler(
            "Invalid request provided: To add an alternate domain name (CNAME) to a CloudFront distribution, you must attach a trusted certificate that validates your authorization to use the domain name. (Service: CloudFront, Status Code: 400)",
            "InvalidRequest",
        ));
    }
    let wanted = aliases_of(properties);
    let taken = exists(neighbours, DISTRIBUTION, |other| {
        other.physical_id != physical_id && aliases_of(&other.properties).iter().any(|alias| wanted.contains(alias))
    });
    taken.then(|| {
        handler(
            "Invalid request provided: One or more of the CNAMEs you provided are already associated with a different resource. (Service: CloudFront, Status Code: 409)",
            "InvalidRequest",
        )
    })
}

fn exists(neighbours: &dyn Neighbours, type_name: &str, is_meant: impl Fn(&StackResource) -> bool) -> bool {
    let mut found = false;
    neighbours.visit(type_name, &mut |resource| found |= resource.is_there() && is_meant(resource));
    found
}

/// Whether a field of this name with this value is anywhere in the properties.
fn names(value: &Json, field: &str, wanted: &str) -> bool {
    match value {
        Json::Object(fields) => fields
            .iter()
            .any(|(name, value)| (name == field && value.as_str() == Some(wanted)) || names(value, field, wanted)),
        Json::Array(items) => items.iter().any(|item| names(item, field, wanted)),
        _ => false,
    }
}

/// A record that validates a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ValidationRecord {
    pub(crate) name: String,
    pub(crate) value: String,
}

impl ValidationRecord {
    /// The record ACM asks for. The same for the same domain in the same account, as at AWS.
    pub(crate) fn of(domain: &str, account: &str) -> Self {
        let seed = domain
            .bytes()
            .chain(account.bytes())
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
        let mut ids = Ids::new(seed);
        let domain = domain.strip_prefix("*.").unwrap_or(domain);
        ValidationRecord {
            name: format!("_{}.{domain}.", ids.hex(32)),
            value: format!("_{}.{}.acm-validations.aws.", ids.hex(32), ids.lower(10)),
        }
    }

    /// As it stands in the status reason of the waiting certificate.
    pub(crate) fn reason(&self) -> String {
        format!("Content of DNS Record is: {{Name: {},Type: CNAME,Value: {}}}", self.name, self.value)
    }
}

/// The records that a certificate waits for and that nobody makes for it: those of domains without a hosted zone.
pub(crate) fn awaited_records(properties: &Json, account: &str) -> Vec<(ValidationRecord, bool)> {
    if properties.get("ValidationMethod").and_then(Json::as_str) != Some("DNS") {
        return Vec::new();
    }
    let options = properties.get("DomainValidationOptions").and_then(Json::as_array);
    let has_zone = |domain: &str| {
        options.into_iter().flatten().any(|option| {
            option.get("DomainName").and_then(Json::as_str) == Some(domain) && option.get("HostedZoneId").is_some()
        })
    };
    let names = properties.get("SubjectAlternativeNames").and_then(Json::as_array);
    let domains = properties.get("DomainName").into_iter().chain(names.into_iter().flatten()).filter_map(Json::as_str);
    domains.map(|domain| (ValidationRecord::of(domain, account), has_zone(domain))).collect()
}

/// Whether the record is there.
pub(crate) fn has_record(neighbours: &dyn Neighbours, record: &ValidationRecord) -> bool {
    let same = |one: &str, other: &str| one.trim_end_matches('.').eq_ignore_ascii_case(other.trim_end_matches('.'));
    exists(neighbours, RECORD_SET, |other| {
        let text = |name: &str| other.properties.get(name).and_then(Json::as_str).unwrap_or_default();
        let values = other.properties.get("ResourceRecords").and_then(Json::as_array);
        text("Type") == "CNAME"
            && same(text("Name"), &record.name)
            && values.into_iter().flatten().filter_map(Json::as_str).any(|value| same(value, &record.value))
    })
}

/// What an update changes that nobody wrote: an instance that was stopped comes back under another public address.
pub(crate) fn after_update(ids: &mut Ids, resource: &mut StackResource, changed: &[&str], region: &str) {
    let stops = ["UserData", "InstanceType", "EbsOptimized", "KernelId", "RamdiskId"];
    if resource.type_name == INSTANCE && changed.iter().any(|name| stops.contains(name)) {
        let address = format!("198.51.100.{}", ids.next() % 254 + 1);
        resource.attributes.insert("PublicDnsName".to_owned(), json!(formats::public_dns_name(region, &address)));
        resource.attributes.insert("PublicIp".to_owned(), json!(address));
    }
}
