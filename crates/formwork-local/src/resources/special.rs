//! The few types that do more than their schema says.
//!
//! Sources: ACM User Guide, "DNS validation"; CloudFront Developer Guide, "Requirements for using alternate domain names" and
//! "Requirements for using SSL/TLS certificates with CloudFront"; EC2 User Guide, "Amazon EC2 instance hostnames"; CloudFormation
//! User Guide, "Wait conditions"; `terraform-provider-aws` issue 40905 (a VPC origin cannot be changed while attached); Template Reference,
//! "AWS::S3::Bucket" ("You can only delete empty buckets. Deletion fails for buckets that have contents.").

use serde_json::{Value as Json, json};

use super::{Owner, at, formats};
use crate::ids::Ids;
use crate::model::{Doing, StackResource};
use formwork_model::status::ResourceStatus;

pub(crate) const CERTIFICATE: &str = "AWS::CertificateManager::Certificate";
pub(crate) const DISTRIBUTION: &str = "AWS::CloudFront::Distribution";
pub(crate) const ASSOCIATION: &str = "AWS::SSM::Association";
pub(crate) const DOCUMENT: &str = "AWS::SSM::Document";
const BUCKET: &str = "AWS::S3::Bucket";
const HOSTED_ZONE: &str = "AWS::Route53::HostedZone";
const RECORD_SET: &str = "AWS::Route53::RecordSet";
pub(crate) const INSTANCE: &str = "AWS::EC2::Instance";
pub(crate) const NESTED_STACK: &str = "AWS::CloudFormation::Stack";
pub(crate) const PREFIX_LIST: &str = "AWS::EC2::PrefixList";
pub(crate) const PARAMETER: &str = "AWS::SSM::Parameter";
pub(crate) const SECRET: &str = "AWS::SecretsManager::Secret";
pub(crate) const WAIT_CONDITION: &str = "AWS::CloudFormation::WaitCondition";
pub(crate) const WAIT_HANDLE: &str = "AWS::CloudFormation::WaitConditionHandle";

/// Everything that is deployed, in all stacks and regions.
pub(crate) trait Neighbours {
    /// The resources of all stacks that have one with this [key](keys), those without it too.
    fn visit(&self, key: &str, visit: &mut dyn FnMut(&StackResource));

    /// True if there is an object in the bucket, or if that cannot be found out.
    fn has_objects(&self, bucket: &str) -> bool;
}

/// By what others look for the resource: without looking at everything there is.
pub(crate) fn keys(resource: &StackResource) -> Vec<String> {
    let StackResource { type_name, physical_id, properties, .. } = resource;
    let text = |name: &str| properties.get(name).and_then(Json::as_str).unwrap_or_default();
    let mut keys = match type_name.as_str() {
        CERTIFICATE | PARAMETER | DOCUMENT => vec![key(type_name, physical_id)],
        WAIT_HANDLE => vec![key(type_name, token_of(physical_id))],
        SECRET => vec![key(type_name, physical_id), key(type_name, text("Name"))],
        RECORD_SET => vec![key(type_name, &bare(text("Name")))],
        INSTANCE => groups_of(properties).map(|group| key("group", group)).collect(),
        DISTRIBUTION => {
            let aliases = aliases_of(properties).into_iter().map(|alias| key("alias", alias));
            let mut origins = Vec::new();
            values_of(properties, "VpcOriginId", &mut |origin| origins.push(key("origin", origin)));
            aliases.chain(certificate_of(properties).map(|used| key("uses", used))).chain(origins).collect()
        }
        _ => Vec::new(),
    };
    keys.retain(|key| !key.ends_with(' '));
    keys
}

/// Properties as the service gives them back, where that is not how they were given.
///
/// Source: Route 53 API Reference, `HostedZone`: a name is fully qualified.
pub(super) fn given_back(type_name: &str, properties: &mut Json) {
    if type_name == HOSTED_ZONE
        && let Some(Json::String(name)) = properties.get_mut("Name")
        && !name.ends_with('.')
    {
        name.push('.');
    }
}

/// The token that tells a handle from others, wherever the engine listens.
pub(crate) fn token_of(url: &str) -> &str {
    url.split_once("/_signal/").map_or("", |(_, token)| token)
}

pub(crate) fn key(kind: &str, name: &str) -> String {
    format!("{kind} {name}")
}

/// True if something may be waiting for a resource of the type.
pub(crate) fn is_awaited(type_name: &str) -> bool {
    type_name == RECORD_SET
}

/// True if CloudFormation tells that a new resource is configured, before it is stable. Which types are such is documented nowhere; these
/// were seen.
///
/// Source: User Guide, "Understand CloudFormation stack creation events" (ECR, ECS); events in reports of `sam deploy` and `cdk deploy`.
pub(crate) fn is_checked(type_name: &str) -> bool {
    const TYPES: &[&str] = &[
        "AWS::AutoScaling::AutoScalingGroup",
        "AWS::EC2::NatGateway",
        "AWS::ECR::Repository",
        "AWS::ECS::Cluster",
        "AWS::ECS::Service",
        "AWS::ECS::TaskDefinition",
        "AWS::ElasticBeanstalk::Application",
        "AWS::ElasticBeanstalk::ApplicationVersion",
        "AWS::Events::Rule",
        "AWS::Lambda::Function",
        "AWS::Logs::LogGroup",
        BUCKET,
    ];
    TYPES.contains(&type_name)
}

/// The time that AWS takes, roughly, in milliseconds.
pub(crate) fn duration(type_name: &str, doing: Doing) -> u64 {
    let seconds = match (type_name, doing) {
        (DISTRIBUTION, Doing::Delete) => 300,
        (DISTRIBUTION, _) => 240,
        (CERTIFICATE, Doing::Create | Doing::Replace) => 120,
        (INSTANCE, _) => 40,
        ("AWS::CloudFront::VpcOrigin", _) => 420,
        ("AWS::RDS::DBInstance" | "AWS::RDS::DBCluster", _) => 600,
        (RECORD_SET, _) => 35,
        (ASSOCIATION, _) => 20,
        (WAIT_HANDLE | NESTED_STACK | WAIT_CONDITION, _) => 0,
        _ => 3,
    };
    seconds * 1_000
}

/// The reason for which the service would refuse.
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
            let used = exists(neighbours, &key("uses", physical_id), |other| {
                other.type_name == DISTRIBUTION && certificate_of(&other.properties) == Some(physical_id)
            });
            used.then(|| {
                handler(
                    &format!("Certificate {physical_id} in account {} is in use.", owner.place.account),
                    "ResourceConflict",
                )
            })
        }
        ("AWS::CloudFront::VpcOrigin", Doing::Delete | Doing::Update) => {
            let used = exists(neighbours, &key("origin", physical_id), |other| {
                let mut found = false;
                values_of(&other.properties, "VpcOriginId", &mut |origin| found |= origin == physical_id);
                other.type_name == DISTRIBUTION && found
            });
            used.then(|| {
                handler(
                    "The request failed because the VPC origin is attached to a distribution (Service: CloudFront, Status Code: 409)",
                    "ResourceConflict",
                )
            })
        }
        (ASSOCIATION, Doing::Create | Doing::Update | Doing::Replace) => {
            let name = properties.get("Name").and_then(Json::as_str).unwrap_or_default();
            // Documents of AWS and of other accounts are not made here.
            let foreign = name.starts_with("AWS-") || name.starts_with("arn:") || name.contains("{{");
            let known = foreign || exists(neighbours, &key(DOCUMENT, name), |other| other.type_name == DOCUMENT);
            (!known).then(|| handler(&format!("Document {name} does not exist in your account"), "InvalidRequest"))
        }
        (BUCKET, Doing::Delete) => neighbours.has_objects(physical_id).then(|| {
            handler(
                "The bucket you tried to delete is not empty (Service: S3, Status Code: 409)",
                "GeneralServiceException",
            )
        }),
        ("AWS::EC2::SecurityGroup", Doing::Delete) => {
            let used = exists(neighbours, &key("group", physical_id), |other| {
                other.type_name == INSTANCE && groups_of(&other.properties).any(|group| group == physical_id)
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
            exists(neighbours, &key(CERTIFICATE, certificate), |other| {
                other.physical_id == certificate
                    && matches!(other.status, ResourceStatus::CreateComplete | ResourceStatus::UpdateComplete)
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
    let taken = aliases_of(properties).into_iter().any(|wanted| {
        exists(neighbours, &key("alias", wanted), |other| {
            other.type_name == DISTRIBUTION
                && other.physical_id != physical_id
                && aliases_of(&other.properties).contains(&wanted)
        })
    });
    taken.then(|| {
        handler(
            "Invalid request provided: One or more of the CNAMEs you provided are already associated with a different resource. (Service: CloudFront, Status Code: 409)",
            "InvalidRequest",
        )
    })
}

fn exists(neighbours: &dyn Neighbours, key: &str, is_meant: impl Fn(&StackResource) -> bool) -> bool {
    let mut found = false;
    neighbours.visit(key, &mut |resource| found |= resource.is_there() && is_meant(resource));
    found
}

fn groups_of(instance: &Json) -> impl Iterator<Item = &str> {
    let groups = at(instance, "SecurityGroupIds").and_then(Json::as_array);
    groups.into_iter().flatten().filter_map(Json::as_str)
}

/// The texts of all fields of a name, wherever they are.
fn values_of<'v>(value: &'v Json, field: &str, found: &mut dyn FnMut(&'v str)) {
    match value {
        Json::Object(fields) => {
            for (name, value) in fields {
                match value.as_str() {
                    Some(text) if name == field => found(text),
                    _ => values_of(value, field, found),
                }
            }
        }
        Json::Array(items) => items.iter().for_each(|item| values_of(item, field, found)),
        _ => {}
    }
}

/// A domain name as it is compared.
fn bare(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

/// A record that validates a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ValidationRecord {
    pub(crate) name: String,
    pub(crate) value: String,
}

impl ValidationRecord {
    /// The record ACM asks for. The same for the same domain in the same account, as at AWS; a domain and its wildcard have one.
    pub(crate) fn of(domain: &str, account: &str) -> Self {
        let domain = without_wildcard(domain);
        let seed = domain
            .bytes()
            .chain(account.bytes())
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
        let mut ids = Ids::new(seed);
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
            let name = option.get("DomainName").and_then(Json::as_str);
            name.map(without_wildcard) == Some(domain) && option.get("HostedZoneId").is_some()
        })
    };
    let names = properties.get("SubjectAlternativeNames").and_then(Json::as_array);
    let domains = properties.get("DomainName").into_iter().chain(names.into_iter().flatten()).filter_map(Json::as_str);
    let mut awaited: Vec<(ValidationRecord, bool)> = Vec::new();
    for domain in domains.map(without_wildcard) {
        let record = ValidationRecord::of(domain, account);
        if awaited.iter().all(|(other, _)| *other != record) {
            awaited.push((record, has_zone(domain)));
        }
    }
    awaited
}

/// The domain that is proved: of `*.example.com`, too, it is `example.com`.
fn without_wildcard(domain: &str) -> &str {
    domain.strip_prefix("*.").unwrap_or(domain)
}

/// True if the record is there.
pub(crate) fn has_record(neighbours: &dyn Neighbours, record: &ValidationRecord) -> bool {
    exists(neighbours, &key(RECORD_SET, &bare(&record.name)), |other| {
        let text = |name: &str| other.properties.get(name).and_then(Json::as_str).unwrap_or_default();
        let values = other.properties.get("ResourceRecords").and_then(Json::as_array);
        other.type_name == RECORD_SET
            && text("Type") == "CNAME"
            && bare(text("Name")) == bare(&record.name)
            && values.into_iter().flatten().filter_map(Json::as_str).any(|value| bare(value) == bare(&record.value))
    })
}

/// The text of a secret: the one that its author gives, or one of the form that the service draws. `None` where the secret is empty.
///
/// Source: Template Reference, "AWS::SecretsManager::Secret", `SecretString`, `GenerateSecretString`: "If you omit both
/// `GenerateSecretString` and `SecretString`, you create an empty secret"; `SecretStringTemplate` and `GenerateStringKey` go together.
pub(crate) fn secret_text(secret: &StackResource) -> Option<String> {
    if let Some(text) = secret.properties.get("SecretString").and_then(crate::evaluate::text_of) {
        return Some(text);
    }
    let generated = secret.properties.get("GenerateSecretString")?;
    let password = Ids::new(secret.birth).lower(32);
    let text = |name: &str| generated.get(name).and_then(Json::as_str);
    let (Some(template), Some(key)) = (text("SecretStringTemplate"), text("GenerateStringKey")) else {
        return Some(password);
    };
    let mut whole: Json = serde_json::from_str(template).ok()?;
    whole.as_object_mut()?.insert(key.to_owned(), Json::String(password));
    Some(whole.to_string())
}

/// The values that a parameter or secret had, once its properties are these.
pub(crate) fn history(old: &StackResource, properties: &Json) -> Vec<String> {
    let mut history = old.history.clone();
    let value = match old.type_name.as_str() {
        PARAMETER => "Value",
        SECRET => "SecretString",
        _ => return history,
    };
    let text = |properties: &Json| properties.get(value).and_then(crate::evaluate::text_of);
    if let Some(before) = text(&old.properties).filter(|before| text(properties).as_ref() != Some(before)) {
        history.push(before);
    }
    history
}

/// Attributes that count the versions of a thing, and the properties of which every change makes a new version.
///
/// Sources: AWS CloudFormation Template Reference, "AWS::EC2::LaunchTemplate" ("LatestVersionNumber: The latest version of the launch
/// template, such as `5`"; its `DefaultVersionNumber` stays, since a template cannot set it), "AWS::MSK::Configuration" with the MSK API
/// Reference, `UpdateConfiguration` ("creates a new revision"), "AWS::AmazonMQ::Configuration" with the Amazon MQ API Reference,
/// "Configurations" (`PUT` makes another revision).
const VERSIONS: &[(&str, &str, &[&str])] = &[
    ("AWS::AmazonMQ::Configuration", "Revision", &["Data", "Description"]),
    ("AWS::EC2::LaunchTemplate", "LatestVersionNumber", &["LaunchTemplateData", "VersionDescription"]),
    ("AWS::MSK::Configuration", "LatestRevision.Revision", &["Description", "ServerProperties"]),
];

/// Attributes that an update changes though no property says so: an instance that was stopped comes back under another public address,
/// and a thing with versions has one more.
pub(crate) fn after_update(ids: &mut Ids, resource: &mut StackResource, changed: &[&str], region: &str) {
    let stops = ["UserData", "InstanceType", "EbsOptimized", "KernelId", "RamdiskId"];
    if resource.type_name == INSTANCE && changed.iter().any(|name| stops.contains(name)) {
        let address = format!("198.51.100.{}", ids.next() % 254 + 1);
        resource.attributes.insert("PublicDnsName".to_owned(), json!(formats::public_dns_name(region, &address)));
        resource.attributes.insert("PublicIp".to_owned(), json!(address));
    }
    let versions = VERSIONS.iter().find(|(type_name, _, properties)| {
        *type_name == resource.type_name && changed.iter().any(|name| properties.contains(name))
    });
    if let Some((_, attribute, _)) = versions {
        let number = resource.attributes.get(*attribute).and_then(crate::evaluate::text_of);
        let next = number.and_then(|number| number.parse::<u64>().ok()).unwrap_or(1).saturating_add(1);
        resource.attributes.insert((*attribute).to_owned(), json!(next.to_string()));
    }
}
