//! The forms of ids and ARNs of existing things, by the types of which more is known than that.
//!
//! Sources: the patterns of the registry schemas; the services' API references for those that have none; of ARNs, the Service Authorization
//! Reference, "Resource types" of each service.

use std::fmt;

use formwork_assembly::visible::visible;
use formwork_template::token;

/// Reasons why a text is not the id or the ARN of a thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is wrong by itself.
    Wrong {
        /// The text, and what it is not.
        what: String,
        /// The reason.
        reason: String,
    },
    /// It has another form.
    Form {
        /// The text, and what it is not.
        what: String,
        /// The form of those that are right.
        allowed: String,
    },
}

impl Fault {
    /// The same fault of a text that has this one as its part.
    pub(super) fn within(self, whole: &str) -> Self {
        match self {
            Fault::Wrong { what, reason } => Fault::Wrong { what: format!("{whole}: {what}"), reason },
            Fault::Form { what, allowed } => Fault::Form { what: format!("{whole}: {what}"), allowed },
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Wrong { what, reason } => write!(f, "{what}: {reason}"),
            Fault::Form { what, allowed } => write!(f, "{what}: those are {allowed}"),
        }
    }
}

/// Form of a type's ids and ARNs.
pub(super) struct Form {
    pub(super) type_name: &'static str,
    /// The service in ARNs.
    pub(super) service: &'static str,
    /// Beginning of the resource's part of an ARN; the rest of it is the name or id, behind a path if there is one.
    pub(super) resource: &'static str,
    /// True if a path can be before the name, which is not a part of it.
    has_path: bool,
    ids: Ids,
    /// The value of `Ref`, as far as an ARN has it.
    pub(super) reference: InArn,
    /// Attributes that are the same as `Ref`.
    pub(super) same: &'static [&'static str],
}

/// Values of `Ref` of a thing that is named by its ARN.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum InArn {
    /// The name or id in it.
    Name,
    /// The ARN itself.
    Whole,
    /// Something that the ARN does not say.
    Missing,
}

/// Form of ids.
struct Ids {
    /// The words that say which those are.
    said: &'static str,
    is_one: fn(&str) -> bool,
}

const fn named(type_name: &'static str, service: &'static str, resource: &'static str, ids: Ids) -> Form {
    Form { type_name, service, resource, has_path: false, ids, reference: InArn::Name, same: &[] }
}

/// Ids of Amazon EC2 and their like: a prefix, and hexadecimal digits.
macro_rules! numbered {
    ($begin:literal) => {
        Ids { said: concat!("`", $begin, "` and 8 or 17 hexadecimal digits"), is_one: |id| is_numbered(id, $begin) }
    };
}

const FORMS: &[Form] = &[
    Form { same: &["RestApiId"], ..named("AWS::ApiGateway::RestApi", "apigateway", "/restapis/", LOWER) },
    Form { reference: InArn::Whole, ..named("AWS::CertificateManager::Certificate", "acm", "certificate/", UUID) },
    Form { same: &["Id"], ..named("AWS::CloudFront::CachePolicy", "cloudfront", "cache-policy/", UUID) },
    Form { same: &["Id"], ..named("AWS::CloudFront::Distribution", "cloudfront", "distribution/", CAPITALS) },
    Form {
        reference: InArn::Whole,
        same: &["FunctionARN"],
        ..named("AWS::CloudFront::Function", "cloudfront", "function/", FUNCTION)
    },
    Form { same: &["Id"], ..named("AWS::CloudFront::KeyGroup", "cloudfront", "key-group/", UUID) },
    Form {
        same: &["Id"],
        ..named("AWS::CloudFront::OriginAccessControl", "cloudfront", "origin-access-control/", CAPITALS)
    },
    Form {
        same: &["Id"],
        ..named("AWS::CloudFront::OriginRequestPolicy", "cloudfront", "origin-request-policy/", UUID)
    },
    Form {
        same: &["Id"],
        ..named("AWS::CloudFront::ResponseHeadersPolicy", "cloudfront", "response-headers-policy/", UUID)
    },
    Form { same: &["Id"], ..named("AWS::CloudFront::VpcOrigin", "cloudfront", "vpcorigin/", VPC_ORIGIN) },
    named("AWS::CodeBuild::Project", "codebuild", "project/", CLUSTER),
    Form { same: &["UserPoolId"], ..named("AWS::Cognito::UserPool", "cognito-idp", "userpool/", USER_POOL) },
    named("AWS::DynamoDB::GlobalTable", "dynamodb", "table/", TABLE),
    named("AWS::DynamoDB::Table", "dynamodb", "table/", TABLE),
    Form { same: &["InstanceId"], ..named("AWS::EC2::Instance", "ec2", "instance/", numbered!("i-")) },
    Form {
        same: &["InternetGatewayId"],
        ..named("AWS::EC2::InternetGateway", "ec2", "internet-gateway/", numbered!("igw-"))
    },
    Form {
        same: &["LaunchTemplateId"],
        ..named("AWS::EC2::LaunchTemplate", "ec2", "launch-template/", numbered!("lt-"))
    },
    Form { same: &["NatGatewayId"], ..named("AWS::EC2::NatGateway", "ec2", "natgateway/", numbered!("nat-")) },
    Form { same: &["Id"], ..named("AWS::EC2::NetworkAcl", "ec2", "network-acl/", numbered!("acl-")) },
    Form { same: &["Id"], ..named("AWS::EC2::NetworkInterface", "ec2", "network-interface/", numbered!("eni-")) },
    Form { same: &["PrefixListId"], ..named("AWS::EC2::PrefixList", "ec2", "prefix-list/", numbered!("pl-")) },
    Form { same: &["RouteTableId"], ..named("AWS::EC2::RouteTable", "ec2", "route-table/", numbered!("rtb-")) },
    Form { same: &["GroupId", "Id"], ..named("AWS::EC2::SecurityGroup", "ec2", "security-group/", numbered!("sg-")) },
    Form { same: &["SubnetId"], ..named("AWS::EC2::Subnet", "ec2", "subnet/", numbered!("subnet-")) },
    Form { same: &["Id"], ..named("AWS::EC2::TransitGateway", "ec2", "transit-gateway/", numbered!("tgw-")) },
    Form { same: &["VpcId"], ..named("AWS::EC2::VPC", "ec2", "vpc/", numbered!("vpc-")) },
    Form { same: &["Id"], ..named("AWS::EC2::VPCEndpoint", "ec2", "vpc-endpoint/", numbered!("vpce-")) },
    Form {
        same: &["Id"],
        ..named("AWS::EC2::VPCPeeringConnection", "ec2", "vpc-peering-connection/", numbered!("pcx-"))
    },
    Form { same: &["VolumeId"], ..named("AWS::EC2::Volume", "ec2", "volume/", numbered!("vol-")) },
    named("AWS::ECR::Repository", "ecr", "repository/", REPOSITORY),
    named("AWS::ECS::Cluster", "ecs", "cluster/", CLUSTER),
    Form { reference: InArn::Whole, same: &["ServiceArn"], ..named("AWS::ECS::Service", "ecs", "service/", PATH) },
    Form {
        reference: InArn::Whole,
        same: &["TaskDefinitionArn"],
        ..named("AWS::ECS::TaskDefinition", "ecs", "task-definition/", REVISION)
    },
    Form {
        same: &["FileSystemId"],
        ..named("AWS::EFS::FileSystem", "elasticfilesystem", "file-system/", numbered!("fs-"))
    },
    named("AWS::EKS::Cluster", "eks", "cluster/", CLUSTER),
    Form {
        reference: InArn::Whole,
        same: &["ListenerArn"],
        ..named("AWS::ElasticLoadBalancingV2::Listener", "elasticloadbalancing", "listener/", PATH)
    },
    Form {
        reference: InArn::Whole,
        same: &["LoadBalancerArn"],
        ..named("AWS::ElasticLoadBalancingV2::LoadBalancer", "elasticloadbalancing", "loadbalancer/", PATH)
    },
    Form {
        reference: InArn::Whole,
        same: &["TargetGroupArn"],
        ..named("AWS::ElasticLoadBalancingV2::TargetGroup", "elasticloadbalancing", "targetgroup/", PATH)
    },
    Form { has_path: true, ..named("AWS::IAM::Group", "iam", "group/", IAM) },
    Form { has_path: true, ..named("AWS::IAM::InstanceProfile", "iam", "instance-profile/", IAM_LONG) },
    Form {
        has_path: true,
        reference: InArn::Whole,
        same: &["PolicyArn"],
        ..named("AWS::IAM::ManagedPolicy", "iam", "policy/", IAM_LONG)
    },
    Form { has_path: true, ..named("AWS::IAM::Role", "iam", "role/", IAM) },
    Form { has_path: true, ..named("AWS::IAM::User", "iam", "user/", IAM) },
    Form { same: &["KeyId"], ..named("AWS::KMS::Key", "kms", "key/", KEY) },
    named("AWS::Kinesis::Stream", "kinesis", "stream/", STREAM),
    named("AWS::Lambda::Function", "lambda", "function:", FUNCTION),
    Form {
        reference: InArn::Whole,
        same: &["LayerVersionArn"],
        ..named("AWS::Lambda::LayerVersion", "lambda", "layer:", REVISION)
    },
    named("AWS::Logs::LogGroup", "logs", "log-group:", LOG_GROUP),
    Form { same: &["DBClusterIdentifier"], ..named("AWS::RDS::DBCluster", "rds", "cluster:", DATABASE) },
    Form { same: &["DBInstanceIdentifier"], ..named("AWS::RDS::DBInstance", "rds", "db:", DATABASE) },
    Form { same: &["Id"], ..named("AWS::Route53::HostedZone", "route53", "hostedzone/", ZONE) },
    named("AWS::S3::Bucket", "s3", "", BUCKET),
    Form { reference: InArn::Whole, same: &["TopicArn"], ..named("AWS::SNS::Topic", "sns", "", TOPIC) },
    Form { reference: InArn::Missing, same: &["QueueUrl"], ..named("AWS::SQS::Queue", "sqs", "", QUEUE) },
    named("AWS::SSM::Document", "ssm", "document/", DOCUMENT),
    Form { same: &["Name"], ..named("AWS::SSM::Parameter", "ssm", "parameter", PARAMETER) },
    Form {
        reference: InArn::Whole,
        same: &["Id"],
        ..named("AWS::SecretsManager::Secret", "secretsmanager", "secret:", SECRET)
    },
    Form { reference: InArn::Whole, ..named("AWS::StepFunctions::StateMachine", "states", "stateMachine:", FUNCTION) },
    named("AWS::WAF::WebACL", "waf", "webacl/", UUID),
    Form { reference: InArn::Missing, ..named("AWS::WAFv2::WebACL", "wafv2", "", WEB_ACL) },
];

/// Source: Amazon S3 User Guide, "General purpose bucket naming rules": buckets of us-east-1 from before March 2018 may have up to 255 letters
/// of either case, digits, `.`, `-` and `_`.
const BUCKET: Ids = Ids {
    said: "3 to 63 lower-case letters, digits, `.` and `-`, with a letter or digit first and last; old ones of us-east-1 have up to 255, upper case and `_`",
    is_one: |id| {
        let ends = |one: Option<char>| one.is_some_and(|one| one.is_ascii_alphanumeric());
        is_of(id, 3, 255, |one| one.is_ascii_alphanumeric() || "._-".contains(one))
            && ends(id.chars().next())
            && ends(id.chars().last())
    },
};
const CAPITALS: Ids = Ids {
    said: "upper-case letters and digits",
    is_one: |id| is_of(id, 1, 64, |one| one.is_ascii_uppercase() || one.is_ascii_digit()),
};

/// Source: the patterns of `DBInstanceIdentifier` and `DBClusterIdentifier` in the registry schemas.
const DATABASE: Ids = Ids {
    said: "up to 63 letters, digits and single `-`, with a letter first and no `-` last",
    is_one: |id| {
        is_of(id, 1, 63, |one| one.is_ascii_alphanumeric() || one == '-')
            && id.starts_with(|one: char| one.is_ascii_alphabetic())
            && !id.ends_with('-')
            && !id.contains("--")
    },
};

/// Source: Systems Manager API Reference, `CreateDocument`, `Name`; those of AWS are shared by ARN, too.
const DOCUMENT: Ids = Ids {
    said: "3 to 128 letters, digits and `_.-`",
    is_one: |id| is_of(id, 3, 128, |one| one.is_ascii_alphanumeric() || "_.-".contains(one)),
};

const IAM_LONG: Ids = Ids {
    said: "up to 128 letters, digits and `_+=,.@-`",
    is_one: |id| is_of(id, 1, 128, |one| one.is_ascii_alphanumeric() || "_+=,.@-".contains(one)),
};

/// Source: AWS KMS Developer Guide, "Key identifiers (KeyId)"; `mrk-` begins that of a multi-Region key.
const KEY: Ids = Ids {
    said: "a UUID, or `mrk-` and 32 hexadecimal digits",
    is_one: |id| is_uuid(id) || id.strip_prefix("mrk-").is_some_and(|rest| rest.len() == 32 && is_hexadecimal(rest)),
};

/// Source: CloudWatch Logs API Reference, `CreateLogGroup`. `Arn` of one ends with `:*`.
const LOG_GROUP: Ids = Ids {
    said: "up to 512 letters, digits and `_-/.#`",
    is_one: |id| {
        let name = id.strip_suffix(":*").unwrap_or(id);
        is_of(name, 1, 512, |one| one.is_ascii_alphanumeric() || "_-/.#".contains(one))
    },
};

const LOWER: Ids = Ids {
    said: "lower-case letters and digits",
    is_one: |id| is_of(id, 1, 64, |one| one.is_ascii_lowercase() || one.is_ascii_digit()),
};

/// Source: Systems Manager API Reference, `PutParameter`, `Name`: a hierarchy begins with `/`.
const PARAMETER: Ids = Ids {
    said: "letters, digits and `_.-`, or a path of such names, with a `/` before each",
    is_one: |id| {
        let path = id.strip_prefix('/');
        is_of(id, 1, 1_011, |one| one.is_ascii_alphanumeric() || "_.-/".contains(one))
            && path.map_or(!id.contains('/'), |path| path.split('/').all(|name| !name.is_empty()))
    },
};

const PATH: Ids = Ids {
    said: "letters, digits and `_-`, with `/` between them",
    is_one: |id| {
        is_of(id, 1, 512, |one| one.is_ascii_alphanumeric() || "_-/".contains(one))
            && id.split('/').all(|name| !name.is_empty())
    },
};

/// Source: AWS CloudFormation Template Reference, `AWS::SQS::Queue`, return values: `Ref` is the URL.
const QUEUE: Ids = Ids {
    said: "URLs, `https://sqs.REGION.amazonaws.com/ACCOUNT/NAME`",
    is_one: |id| {
        let name = id.rsplit('/').next().unwrap_or_default();
        let name = name.strip_suffix(".fifo").unwrap_or(name);
        (id.starts_with("https://") || id.starts_with("arn:") || !id.contains('/'))
            && !id.contains(char::is_whitespace)
            && is_of(name, 1, 80, |one| one.is_ascii_alphanumeric() || "-_".contains(one))
    },
};

const REVISION: Ids = Ids {
    said: "a name of letters, digits, `-` and `_`, a `:` and a number",
    is_one: |id| {
        let (name, number) = id.rsplit_once(':').unwrap_or((id, "1"));
        is_of(name, 1, 255, |one| one.is_ascii_alphanumeric() || "-_".contains(one))
            && is_of(number, 1, 10, |one| one.is_ascii_digit())
    },
};

const STREAM: Ids = Ids {
    said: "up to 128 letters, digits and `_.-`",
    is_one: |id| is_of(id, 1, 128, |one| one.is_ascii_alphanumeric() || "_.-".contains(one)),
};

/// Source: Cognito User Pools API Reference, `UserPoolType`, `Id`.
const USER_POOL: Ids = Ids {
    said: "a region, `_`, and letters and digits",
    is_one: |id| {
        id.split_once('_').is_some_and(|(region, rest)| {
            is_of(region, 1, 40, |one| one.is_ascii_lowercase() || one.is_ascii_digit() || one == '-')
                && is_of(rest, 1, 55, |one| one.is_ascii_alphanumeric())
        })
    },
};

const UUID: Ids = Ids { said: "a UUID, 32 hexadecimal digits with `-` between them", is_one: is_uuid };

/// Source: CloudFront API Reference, `VpcOriginConfig`, `VpcOriginId`; Amazon CloudFront Developer Guide, "Restrict access with VPC origins".
const VPC_ORIGIN: Ids = Ids {
    said: "`vo_`, and letters and digits",
    is_one: |id| id.strip_prefix("vo_").is_some_and(|rest| is_of(rest, 1, 125, |one| one.is_ascii_alphanumeric())),
};

/// Source: AWS WAF API Reference, `WebACL`, `ARN`.
const WEB_ACL: Ids = Ids {
    said: "`global/webacl/NAME/ID` or `regional/webacl/NAME/ID`",
    is_one: |id| match id.split('/').collect::<Vec<_>>().as_slice() {
        ["global" | "regional", "webacl", name, own] => {
            is_of(name, 1, 128, |one| one.is_ascii_alphanumeric() || "-_".contains(one))
                && is_of(own, 1, 36, |one| one.is_ascii_hexdigit() || one == '-')
        }
        _ => false,
    },
};

/// Source: Route 53 API Reference, `HostedZone`: at most 32 characters; ids in use are a `Z`, upper-case letters and digits.
const ZONE: Ids = Ids {
    said: "`Z`, and up to 31 upper-case letters and digits",
    is_one: |id| id.starts_with('Z') && is_of(id, 2, 32, |one| one.is_ascii_uppercase() || one.is_ascii_digit()),
};

const CLUSTER: Ids = Ids {
    said: "up to 255 letters, digits, `-` and `_`",
    is_one: |id| is_of(id, 1, 255, |one| one.is_ascii_alphanumeric() || "-_".contains(one)),
};
const FUNCTION: Ids = Ids {
    said: "up to 64 letters, digits, `-` and `_`",
    is_one: |id| is_of(id, 1, 64, |one| one.is_ascii_alphanumeric() || "-_".contains(one)),
};
const IAM: Ids = Ids {
    said: "up to 64 letters, digits and `_+=,.@-`",
    is_one: |id| is_of(id, 1, 64, |one| one.is_ascii_alphanumeric() || "_+=,.@-".contains(one)),
};
const REPOSITORY: Ids = Ids {
    said: "2 to 256 lower-case letters, digits and `._-/`, with a letter or digit first and last",
    is_one: |id| {
        is_of(id, 2, 256, |one| one.is_ascii_lowercase() || one.is_ascii_digit() || "._-/".contains(one))
            && !id.starts_with(['.', '_', '-', '/'])
            && !id.ends_with(['.', '_', '-', '/'])
    },
};
const SECRET: Ids = Ids {
    said: "up to 519 letters, digits and `/_+=.@!-`",
    is_one: |id| is_of(id, 1, 519, |one| one.is_ascii_alphanumeric() || "/_+=.@!-".contains(one)),
};
const TABLE: Ids = Ids {
    said: "3 to 255 letters, digits and `_.-`",
    is_one: |id| is_of(id, 3, 255, |one| one.is_ascii_alphanumeric() || "_.-".contains(one)),
};
const TOPIC: Ids = Ids {
    said: "up to 256 letters, digits, `-` and `_`, and `.fifo` after them",
    is_one: |id| {
        let name = id.strip_suffix(".fifo").unwrap_or(id);
        is_of(name, 1, 256, |one| one.is_ascii_alphanumeric() || "-_".contains(one))
    },
};
fn is_of(id: &str, least: usize, most: usize, is_letter: fn(char) -> bool) -> bool {
    (least..=most).contains(&id.len()) && id.chars().all(is_letter)
}

fn is_numbered(id: &str, begin: &str) -> bool {
    let is_digit = |one: u8| one.is_ascii_digit() || (b'a'..=b'f').contains(&one);
    id.strip_prefix(begin).is_some_and(|number| matches!(number.len(), 8 | 17) && number.bytes().all(is_digit))
}

fn is_hexadecimal(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

fn is_uuid(id: &str) -> bool {
    let parts: Vec<&str> = id.split('-').collect();
    parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12]) && parts.iter().all(|part| is_hexadecimal(part))
}

impl Form {
    /// The form of a type, if more is known of it than of every type.
    pub(super) fn of(type_name: &str) -> Option<&'static Form> {
        FORMS.iter().find(|form| form.type_name == type_name)
    }

    /// The name or id in the resource's part of an ARN. Where that `is_open`, its beginning may be known only when the stack is deployed.
    pub(super) fn name_of<'a>(&self, resource: &'a str, is_open: bool) -> Option<&'a str> {
        if self.type_name == "AWS::SSM::Parameter" {
            return parameter_of(resource, is_open);
        }
        let name = resource.strip_prefix(self.resource).or(is_open.then_some(resource))?;
        Some(if self.has_path { name.rsplit('/').next().unwrap_or(name) } else { name })
    }

    /// Fault of an id that is not of the form. One that is known only when the stack is deployed is not looked at.
    pub(super) fn fault(&self, id: &str) -> Option<Fault> {
        let is_fine = token::is_in(id) || (self.ids.is_one)(id);
        let what = || format!("{id:?} is not the id of an `{}`", self.type_name);
        (!is_fine).then(|| Fault::Form { what: what(), allowed: self.ids.said.to_owned() })
    }
}

/// The name of a parameter: the slash before that of a hierarchy is the one behind `parameter`. One of a single level may have one, too,
/// which its ARN does not say; it is taken for one without.
///
/// Source: Service Authorization Reference, "Resource types defined by AWS Systems Manager" (`parameter/${ParameterNameWithoutLeadingSlash}`).
fn parameter_of(resource: &str, is_open: bool) -> Option<&str> {
    let name = match resource.strip_prefix("parameter/") {
        Some(name) if !name.is_empty() => name,
        _ => return is_open.then_some(resource),
    };
    let is_path = name.contains('/');
    Some(if is_path { &resource["parameter".len()..] } else { name })
}

/// The region and the account in ARNs of a service, where it has none of one of them.
///
/// Source: Service Authorization Reference, "Resource types" of the services.
fn has_region_and_account(service: &str) -> (bool, bool) {
    match service {
        "s3" | "route53" => (false, false),
        "iam" | "cloudfront" | "waf" => (false, true),
        "apigateway" => (true, false),
        _ => (true, true),
    }
}

impl Form {
    /// The form of the ARNs, for messages.
    pub(super) fn of_arns(&self) -> String {
        let (region, account) = has_region_and_account(self.service);
        let [region, account] =
            [(region, "REGION"), (account, "ACCOUNT")].map(|(has, name)| if has { name } else { "" });
        let rest = match self.type_name {
            "AWS::WAFv2::WebACL" => "SCOPE/webacl/NAME/ID".to_owned(),
            _ => format!("{}…", self.resource),
        };
        format!("arn:PARTITION:{}:{region}:{account}:{rest}", self.service)
    }

    /// True if an ARN of the service has a region and an account like these, `None` for one that is not known.
    pub(super) fn is_placed(&self, region: Option<&str>, account: Option<&str>) -> bool {
        let (has_region, has_account) = has_region_and_account(self.service);
        region.is_none_or(|region| region.is_empty() != has_region)
            && account.is_none_or(|account| account.is_empty() != has_account)
    }
}

/// The service in ARNs of types of which no more is known: of services whose name there is the one in their types, or this one.
///
/// Source: Service Authorization Reference, "service prefix" of each.
const SERVICES: &[(&str, &str)] = &[
    ("ACMPCA", "acm-pca"),
    ("ApiGateway", "apigateway"),
    ("ApiGatewayV2", "apigateway"),
    ("AppSync", "appsync"),
    ("Athena", "athena"),
    ("Backup", "backup"),
    ("Batch", "batch"),
    ("CertificateManager", "acm"),
    ("CloudFormation", "cloudformation"),
    ("CloudFront", "cloudfront"),
    ("CloudTrail", "cloudtrail"),
    ("CloudWatch", "cloudwatch"),
    ("CodeBuild", "codebuild"),
    ("CodePipeline", "codepipeline"),
    ("DMS", "dms"),
    ("DocDB", "rds"),
    ("DynamoDB", "dynamodb"),
    ("EC2", "ec2"),
    ("ECR", "ecr"),
    ("ECS", "ecs"),
    ("EFS", "elasticfilesystem"),
    ("EKS", "eks"),
    ("ElastiCache", "elasticache"),
    ("ElasticLoadBalancing", "elasticloadbalancing"),
    ("ElasticLoadBalancingV2", "elasticloadbalancing"),
    ("Events", "events"),
    ("FSx", "fsx"),
    ("Glue", "glue"),
    ("IAM", "iam"),
    ("KMS", "kms"),
    ("Kinesis", "kinesis"),
    ("KinesisFirehose", "firehose"),
    ("Lambda", "lambda"),
    ("Logs", "logs"),
    ("MSK", "kafka"),
    ("Neptune", "rds"),
    ("OpenSearchService", "es"),
    ("RDS", "rds"),
    ("Redshift", "redshift"),
    ("Route53", "route53"),
    ("SNS", "sns"),
    ("SQS", "sqs"),
    ("SSM", "ssm"),
    ("Scheduler", "scheduler"),
    ("SecretsManager", "secretsmanager"),
    ("StepFunctions", "states"),
    ("WAFv2", "wafv2"),
];

/// The service in the ARNs of a type, if it is known.
pub(super) fn service_of(type_name: &str) -> Option<&'static str> {
    let of_type = type_name.strip_prefix("AWS::")?.split("::").next()?;
    SERVICES.iter().find(|(name, _)| *name == of_type).map(|(_, service)| *service)
}

/// Fault of a text that is no thing's id, whatever its type.
pub(super) fn fault_of_any(id: &str, type_name: &str) -> Option<Fault> {
    let literal = token::with_holes(id, "");
    let reason = match &*literal {
        _ if id.trim() != id || id.is_empty() => "it is empty, or has spaces around it",
        text if text.chars().any(char::is_control) => "it has a control character",
        text if visible(text) != text => "a character of it cannot be seen",
        text if text.contains("${") => "`${` is text there: a parameter is a `Val`, which `format!` takes",
        _ => return None,
    };
    Some(Fault::Wrong { what: format!("{id:?} is not the id of an `{type_name}`"), reason: reason.to_owned() })
}
