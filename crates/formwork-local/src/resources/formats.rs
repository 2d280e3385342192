//! The forms of AWS's ids, names and ARNs. What is in no table here gets the commonest form.
//!
//! Source: Service Authorization Reference, "Resource types defined by …" (ARN formats); EC2 User Guide, "Resource IDs";
//! the "Return values" of the types in the CloudFormation Template Reference.

use std::collections::BTreeMap;

use formwork_schema::facts::TypeFacts;
use serde_json::{Value as Json, json};

use super::owner::{Owner, at};
use crate::evaluate::text_of;
use crate::ids::Ids;

/// Services whose resources belong to no region.
const GLOBAL: &[&str] =
    &["AWS::CloudFront::", "AWS::IAM::", "AWS::Route53::", "AWS::GlobalAccelerator::", "AWS::Organizations::"];

/// True if names of the type are unique in the partition rather than in a region.
pub(super) fn is_global(type_name: &str) -> bool {
    type_name == "AWS::S3::Bucket" || GLOBAL.iter().any(|prefix| type_name.starts_with(prefix))
}

/// Prefixes of ids with 17 hexadecimal digits.
const PREFIXES: &[(&str, &str)] = &[
    ("AWS::EC2::CustomerGateway", "cgw"),
    ("AWS::EC2::DHCPOptions", "dopt"),
    ("AWS::EC2::EgressOnlyInternetGateway", "eigw"),
    ("AWS::EC2::FlowLog", "fl"),
    ("AWS::EC2::Instance", "i"),
    ("AWS::EC2::InternetGateway", "igw"),
    ("AWS::EC2::LaunchTemplate", "lt"),
    ("AWS::EC2::NatGateway", "nat"),
    ("AWS::EC2::NetworkAcl", "acl"),
    ("AWS::EC2::NetworkInterface", "eni"),
    ("AWS::EC2::PrefixList", "pl"),
    ("AWS::EC2::RouteTable", "rtb"),
    ("AWS::EC2::SecurityGroup", "sg"),
    ("AWS::EC2::SecurityGroupEgress", "sgr"),
    ("AWS::EC2::SecurityGroupIngress", "sgr"),
    ("AWS::EC2::Subnet", "subnet"),
    ("AWS::EC2::SubnetRouteTableAssociation", "rtbassoc"),
    ("AWS::EC2::TransitGateway", "tgw"),
    ("AWS::EC2::TransitGatewayAttachment", "tgw-attach"),
    ("AWS::EC2::VPC", "vpc"),
    ("AWS::EC2::VPCEndpoint", "vpce"),
    ("AWS::EC2::VPCPeeringConnection", "pcx"),
    ("AWS::EC2::VPNConnection", "vpn"),
    ("AWS::EC2::VPNGateway", "vgw"),
    ("AWS::EC2::Volume", "vol"),
    ("AWS::EFS::AccessPoint", "fsap"),
    ("AWS::EFS::FileSystem", "fs"),
    ("AWS::EFS::MountTarget", "fsmt"),
];

/// The names of services in ARNs, where that is not the name in lower case.
const SERVICES: &[(&str, &str)] = &[
    ("AmazonMQ", "mq"),
    ("ApiGatewayV2", "apigateway"),
    ("ApplicationAutoScaling", "application-autoscaling"),
    ("BedrockAgentCore", "bedrock-agentcore"),
    ("CertificateManager", "acm"),
    ("Cognito", "cognito-idp"),
    ("DocDB", "rds"),
    ("EFS", "elasticfilesystem"),
    ("EMR", "elasticmapreduce"),
    ("EMRContainers", "emr-containers"),
    ("EMRServerless", "emr-serverless"),
    ("ElasticLoadBalancing", "elasticloadbalancing"),
    ("ElasticLoadBalancingV2", "elasticloadbalancing"),
    ("Elasticsearch", "es"),
    ("KinesisFirehose", "firehose"),
    ("MSK", "kafka"),
    ("MWAA", "airflow"),
    ("Neptune", "rds"),
    ("NetworkFirewall", "network-firewall"),
    ("OpenSearchServerless", "aoss"),
    ("OpenSearchService", "es"),
    ("RedshiftServerless", "redshift-serverless"),
    ("ResourceExplorer2", "resource-explorer-2"),
    ("ResourceGroups", "resource-groups"),
    ("S3ObjectLambda", "s3-object-lambda"),
    ("S3Outposts", "s3-outposts"),
    ("SSMContacts", "ssm-contacts"),
    ("SSMIncidents", "ssm-incidents"),
    ("StepFunctions", "states"),
    ("VpcLattice", "vpc-lattice"),
];

/// Attributes that are lists.
const LISTS: &[(&str, &str)] = &[
    ("AWS::Amplify::Domain", "AutoSubDomainCreationPatterns"),
    ("AWS::CleanRooms::AnalysisTemplate", "Schema.ReferencedTables"),
    ("AWS::EC2::NetworkInterface", "SecondaryPrivateIpAddresses"),
    ("AWS::EC2::Subnet", "Ipv6CidrBlocks"),
    ("AWS::EC2::VPC", "CidrBlockAssociations"),
    ("AWS::EC2::VPC", "Ipv6CidrBlocks"),
    ("AWS::EC2::VPCEndpoint", "DnsEntries"),
    ("AWS::EC2::VPCEndpoint", "NetworkInterfaceIds"),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", "SecurityGroups"),
    ("AWS::ElasticLoadBalancingV2::TargetGroup", "LoadBalancerArns"),
    ("AWS::MediaLive::Input", "Destinations"),
    ("AWS::MediaLive::Input", "Sources"),
    ("AWS::QuickSight::Analysis", "Errors"),
    ("AWS::QuickSight::Analysis", "Sheets"),
    ("AWS::Route53::HostedZone", "NameServers"),
    ("AWS::Route53Resolver::ResolverRule", "TargetIps"),
];

/// The name that CloudFormation draws: `stack-LogicalId-RANDOM`, cut to what services take.
pub(super) fn generated_name(ids: &mut Ids, owner: &Owner<'_>, type_name: &str) -> String {
    let lower = matches!(
        type_name,
        "AWS::S3::Bucket" | "AWS::ECR::Repository" | "AWS::RDS::DBInstance" | "AWS::RDS::DBCluster"
    );
    if type_name == "AWS::SSM::Parameter" {
        // As in localstack/localstack, tests/aws/services/cloudformation/api/test_stacks, recorded from AWS.
        return format!("CFN-{}-{}", owner.logical_id, ids.mixed(12));
    }
    let most = if type_name == "AWS::S3::Bucket" { 63 } else { 64 };
    let random = ids.upper(12);
    let room = most - random.len() - 1;
    let mut name = format!("{}-{}", owner.stack_name, owner.logical_id);
    name.truncate(room);
    let name = format!("{name}-{random}");
    if lower { name.to_ascii_lowercase() } else { name }
}

/// An id that the service draws; `name` where the service's ids look like names.
pub(super) fn own_id(ids: &mut Ids, type_name: &str, name: &str) -> String {
    if let Ok(place) = PREFIXES.binary_search_by_key(&type_name, |(known, _)| known) {
        return format!("{}-{}", PREFIXES[place].1, ids.hex(17));
    }
    match type_name {
        "AWS::CertificateManager::Certificate" | "AWS::KMS::Key" | "AWS::KMS::ReplicaKey" => ids.uuid(),
        "AWS::CloudFront::Distribution" | "AWS::CloudFront::OriginAccessControl" => format!("E{}", ids.upper(13)),
        "AWS::CloudFront::VpcOrigin" => format!("vo_{}", ids.mixed(22)),
        "AWS::CloudFront::CachePolicy"
        | "AWS::CloudFront::OriginRequestPolicy"
        | "AWS::CloudFront::ResponseHeadersPolicy" => ids.uuid(),
        "AWS::Route53::HostedZone" => format!("Z{}", ids.upper(20)),
        "AWS::EC2::EIP" => format!("eipalloc-{}", ids.hex(17)),
        "AWS::ApiGateway::RestApi" | "AWS::ApiGatewayV2::Api" => ids.lower(10),
        "AWS::SSM::Association" => ids.uuid(),
        other if other.starts_with("AWS::EC2::") => {
            let word: String = other.rsplit("::").next().unwrap_or("id").to_ascii_lowercase();
            format!("{word}-{}", ids.hex(17))
        }
        _ => name.to_owned(),
    }
}

/// A value that only the service sets.
pub(super) fn attribute(
    ids: &mut Ids,
    owner: &Owner<'_>,
    facts: TypeFacts<'_>,
    name: &str,
    id: &str,
    properties: &Json,
    known: &BTreeMap<String, Json>,
) -> Json {
    let type_name = facts.type_name();
    if let Some(value) = particular(ids, owner, type_name, name, id, properties, known) {
        return value;
    }
    let last = name.rsplit('.').next().unwrap_or(name);
    let service = service_of(type_name);
    let region = &owner.place.region;
    let suffix = owner.place.url_suffix();
    let kind = type_name.rsplit("::").next().unwrap_or_default();
    if LISTS.contains(&(type_name, name)) || last.ends_with("Arns") || last.ends_with("Ids") {
        return json!([]);
    }
    json!(match last {
        "Id" | "Name" => id.to_owned(),
        _ if last.strip_suffix("Name").is_some_and(|what| kind.ends_with(what)) => id.to_owned(),
        // What nobody gave, and the service does not make up.
        _ if last.ends_with("Arn") && is_property(facts, name) => String::new(),
        "Arn" => arn(owner, type_name, id, properties),
        _ if last.ends_with("Arn") && last.strip_suffix("Arn").is_some_and(|what| kind.ends_with(what)) => {
            arn(owner, type_name, id, properties)
        }
        _ if last.ends_with("Arn") => format!("{}/{}", arn(owner, type_name, id, properties), ids.lower(8)),
        _ if last.strip_suffix("Id").is_some_and(|what| kind.ends_with(what)) => id.to_owned(),
        _ if last.ends_with("VpcId") => format!("vpc-{}", ids.hex(17)),
        _ if last.ends_with("AccountId") || last == "OwnerId" => owner.place.account.clone(),
        _ if last.ends_with("SecurityGroup") || last.ends_with("SecurityGroupId") => format!("sg-{}", ids.hex(17)),
        _ if last.ends_with("Region") => region.clone(),
        _ if last.ends_with("Id") => ids.uuid(),
        _ if last.ends_with("Time")
            || last.ends_with("Date")
            || last.ends_with("Timestamp")
            || last.ends_with("At") =>
            "2026-01-01T00:00:00.000Z".to_owned(),
        _ if last.ends_with("Status") || last == "State" => "ACTIVE".to_owned(),
        // What tells one version from the next is not the same for two of them.
        _ if is_identity(facts, name) && (last.ends_with("Version") || last.ends_with("Number")) => {
            (ids.next() % 10_000 + 1).to_string()
        }
        _ if last.ends_with("Version") || last.ends_with("Count") || last.ends_with("Number") => "1".to_owned(),
        _ if last.ends_with("Port") => "443".to_owned(),
        _ if last.ends_with("Url") || last.ends_with("URL") || last.ends_with("Uri") => {
            format!("https://{}.{service}.{region}.{suffix}/", ids.lower(12))
        }
        _ if last.contains("Endpoint")
            || last.contains("Dns")
            || last.contains("DNS")
            || last.contains("Domain")
            || last == "Address" =>
        {
            format!("{}.{service}.{region}.{suffix}", ids.lower(12))
        }
        _ => ids.mixed(16),
    })
}

/// True if the attribute is a property that can be set too.
fn is_property(facts: TypeFacts<'_>, name: &str) -> bool {
    let is_inside = |inner: &str, outer: &str| inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('.'));
    let covers = |place: &str| place == name || is_inside(name, place) || is_inside(place, name);
    !facts.read_only().any(covers)
}

fn is_identity(facts: TypeFacts<'_>, name: &str) -> bool {
    facts.primary_identifier().any(|part| part == name)
}

fn particular(
    ids: &mut Ids,
    owner: &Owner<'_>,
    type_name: &str,
    name: &str,
    id: &str,
    properties: &Json,
    known: &BTreeMap<String, Json>,
) -> Option<Json> {
    let (region, suffix, account) = (&owner.place.region, owner.place.url_suffix(), &owner.place.account);
    // Addresses for documentation (RFC 5737) and of a default VPC, drawn from the id: name and address agree.
    let mut drawn = Ids::new(id.bytes().fold(7, |number, byte| number.wrapping_mul(31).wrapping_add(u64::from(byte))));
    let mut number = |most: u64| drawn.next() % most;
    let (public_ip, private_ip) =
        (format!("198.51.100.{}", number(254) + 1), format!("172.31.{}.{}", number(64), number(250) + 4));
    Some(json!(match (type_name, name) {
        ("AWS::CloudFront::Distribution", "DomainName") => {
            let end = if owner.place.partition() == "aws-cn" { "cn" } else { "net" };
            format!("d{}.cloudfront.{end}", ids.lower(13))
        }
        // `Id` is the ARN, which ends in six characters that the service draws (Secrets Manager User Guide, "What's in a secret").
        ("AWS::SecretsManager::Secret", "Id") => {
            format!("{}-{}", arn(owner, type_name, id, properties), ids.mixed(6))
        }
        ("AWS::EC2::EIP", "PublicIp") => format!("203.0.113.{}", number(254) + 1),
        ("AWS::EC2::EIP", "AllocationId") => id.to_owned(),
        ("AWS::EC2::Instance", "PrivateIp") => private_ip,
        ("AWS::EC2::Instance", "PublicIp") => public_ip,
        ("AWS::EC2::Instance", "PrivateDnsName") => {
            format!("ip-{}.{region}.compute.internal", private_ip.replace('.', "-"))
        }
        ("AWS::EC2::Instance", "PublicDnsName") => public_dns_name(region, &public_ip),
        ("AWS::EC2::Instance", "State.Code") => "16".to_owned(),
        ("AWS::EC2::Instance", "State.Name") => "running".to_owned(),
        ("AWS::EC2::SecurityGroup", "VpcId") =>
            at(properties, "VpcId").and_then(text_of).unwrap_or_else(|| format!("vpc-{}", ids.hex(17))),
        // What the service chooses for a property that nobody gave; a VPC and a subnet have a range from a pool.
        (_, "AvailabilityZone") => format!("{region}a"),
        ("AWS::EC2::Subnet", "AvailabilityZoneId") => format!("{}-az1", short(region)),
        ("AWS::EC2::VPC" | "AWS::EC2::Subnet", "CidrBlock") => "10.0.0.0/24".to_owned(),
        ("AWS::EC2::CapacityReservation", "Tenancy") => "default".to_owned(),
        ("AWS::EFS::MountTarget", "IpAddress") => private_ip,
        ("AWS::DocDB::DBCluster", "Port") => "27017".to_owned(),
        ("AWS::Grafana::Workspace", "GrafanaVersion") => "10.4".to_owned(),
        ("AWS::Route53Resolver::ResolverEndpoint", "ResolverEndpointType") => "IPV4".to_owned(),
        ("AWS::Events::EventBus", "Policy") | ("AWS::Route53Resolver::ResolverEndpoint", "PreferredInstanceType") =>
            String::new(),
        ("AWS::EventSchemas::Discoverer", "CrossAccount") => return Some(json!(true)),
        ("AWS::Amplify::Domain", "EnableAutoSubDomain") => return Some(json!(false)),
        (_, "MeshOwner") => account.clone(),
        ("AWS::S3::Bucket", "DomainName") => format!("{id}.s3.{suffix}"),
        ("AWS::S3::Bucket", "RegionalDomainName") => format!("{id}.s3.{region}.{suffix}"),
        ("AWS::S3::Bucket", "DualStackDomainName") => format!("{id}.s3.dualstack.{region}.{suffix}"),
        ("AWS::S3::Bucket", "WebsiteURL") => format!("http://{id}.s3-website.{region}.{suffix}"),
        ("AWS::IAM::Role", "RoleId") => format!("AROA{}", ids.upper(17)),
        ("AWS::IAM::User", "UserId") => format!("AIDA{}", ids.upper(17)),
        ("AWS::SQS::Queue", "QueueUrl") => {
            let name = at(properties, "QueueName")
                .and_then(text_of)
                .unwrap_or_else(|| super::formats::generated_name(ids, owner, type_name));
            format!("https://sqs.{region}.{suffix}/{account}/{name}")
        }
        ("AWS::SQS::Queue", "QueueName") => {
            let url = known.get("QueueUrl").and_then(text_of).unwrap_or_default();
            url.rsplit('/').next().unwrap_or_default().to_owned()
        }
        ("AWS::SQS::Queue", "Arn") => {
            let url = known.get("QueueUrl").and_then(text_of).unwrap_or_default();
            let name = url.rsplit('/').next().unwrap_or_default();
            format!("arn:{}:sqs:{region}:{account}:{name}", owner.place.partition())
        }
        ("AWS::SNS::Topic", "TopicArn") => {
            let name =
                at(properties, "TopicName").and_then(text_of).unwrap_or_else(|| generated_name(ids, owner, type_name));
            format!("arn:{}:sns:{region}:{account}:{name}", owner.place.partition())
        }
        ("AWS::SNS::Topic", "TopicName") => {
            let arn = known.get("TopicArn").and_then(text_of).unwrap_or_default();
            arn.rsplit(':').next().unwrap_or_default().to_owned()
        }
        ("AWS::Route53::HostedZone", "NameServers") => {
            let servers = [("com", 1), ("net", 2), ("org", 3), ("co.uk", 4)];
            return Some(
                servers.map(|(end, number)| format!("ns-{number}.awsdns-0{number}.{end}")).into_iter().collect(),
            );
        }
        ("AWS::CloudFormation::WaitConditionHandle", "Id") => return None,
        _ => return None,
    }))
}

/// A region as ids of availability zones have it: `use1` of `us-east-1`, `apne2` of `ap-northeast-2`.
///
/// Source: AWS RAM User Guide, "Availability Zone IDs for your AWS resources".
fn short(region: &str) -> String {
    let mut parts = region.split('-');
    let area = parts.next().unwrap_or_default().to_owned();
    parts.fold(area, |mut name, part| {
        let compass = ["north", "south"].iter().find(|first| part.starts_with(**first) && part.len() > first.len());
        name.extend(part.chars().next());
        name.extend(compass.and_then(|first| part[first.len()..].chars().next()));
        name
    })
}

/// The public name of an instance's address.
pub(super) fn public_dns_name(region: &str, address: &str) -> String {
    let dashed = address.replace('.', "-");
    if region == "us-east-1" {
        format!("ec2-{dashed}.compute-1.amazonaws.com")
    } else {
        let end = if region.starts_with("cn-") { ".cn" } else { "" };
        format!("ec2-{dashed}.{region}.compute.amazonaws.com{end}")
    }
}

fn service_of(type_name: &str) -> String {
    let service = type_name.split("::").nth(1).unwrap_or_default();
    match SERVICES.binary_search_by_key(&service, |(known, _)| known) {
        Ok(place) => SERVICES[place].1.to_owned(),
        Err(_) => service.to_ascii_lowercase(),
    }
}

fn arn(owner: &Owner<'_>, type_name: &str, id: &str, properties: &Json) -> String {
    let place = owner.place;
    let service = service_of(type_name);
    let region = if is_global(type_name) { "" } else { place.region.as_str() };
    let account = match type_name {
        "AWS::S3::Bucket" | "AWS::Route53::HostedZone" | "AWS::Route53::HealthCheck" => "",
        _ => place.account.as_str(),
    };
    let kind = type_name.rsplit("::").next().unwrap_or_default();
    let path = at(properties, "Path").and_then(text_of).unwrap_or_else(|| "/".to_owned());
    let resource = match type_name {
        "AWS::S3::Bucket" | "AWS::SNS::Topic" | "AWS::SQS::Queue" => id.to_owned(),
        "AWS::IAM::Role" | "AWS::IAM::User" | "AWS::IAM::Group" | "AWS::IAM::InstanceProfile" => {
            let word =
                if kind == "InstanceProfile" { "instance-profile".to_owned() } else { kind.to_ascii_lowercase() };
            format!("{word}{path}{id}")
        }
        "AWS::IAM::ManagedPolicy" => format!("policy{path}{id}"),
        "AWS::Lambda::Function" => format!("function:{id}"),
        "AWS::Logs::LogGroup" => format!("log-group:{id}:*"),
        "AWS::SecretsManager::Secret" => format!("secret:{id}"),
        "AWS::CloudWatch::Alarm" => format!("alarm:{id}"),
        "AWS::StepFunctions::StateMachine" => format!("stateMachine:{id}"),
        "AWS::RDS::DBInstance" => format!("db:{id}"),
        "AWS::RDS::DBCluster" => format!("cluster:{id}"),
        "AWS::SSM::Parameter" => format!("parameter/{}", id.trim_start_matches('/')),
        "AWS::CloudFront::VpcOrigin" => format!("vpcorigin/{id}"),
        "AWS::KMS::ReplicaKey" => format!("key/{id}"),
        "AWS::CloudWatch::CompositeAlarm" => format!("alarm:{id}"),
        _ => format!("{}/{id}", dashed(kind)),
    };
    format!("arn:{}:{service}:{region}:{account}:{resource}", place.partition())
}

/// `SecurityGroup` becomes `security-group`.
fn dashed(kind: &str) -> String {
    let mut word = String::new();
    let mut after_lower = false;
    for c in kind.chars() {
        if c.is_ascii_uppercase() && after_lower {
            word.push('-');
        }
        after_lower = c.is_ascii_lowercase();
        word.push(c.to_ascii_lowercase());
    }
    word
}

#[cfg(test)]
mod tests {
    use super::{PREFIXES, SERVICES, short};

    #[test]
    fn regions_have_short_names() {
        assert_eq!(["us-east-1", "ap-northeast-2", "us-gov-west-1"].map(short), ["use1", "apne2", "usgw1"]);
    }

    #[test]
    fn the_tables_are_sorted_for_their_search() {
        assert!(SERVICES.is_sorted_by(|one, other| one.0 < other.0));
        assert!(PREFIXES.is_sorted_by(|one, other| one.0 < other.0));
    }
}
