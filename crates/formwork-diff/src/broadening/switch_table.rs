//! Properties that decide by themselves whether something is open: types, places, the values from closed to open.
//!
//! Each row is a line of the documentation of its type, for example
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-rds-dbinstance.html>.

use super::switches::Created::{BeyondDefault, Never, Told};
use super::switches::Meaning::{self, Adds, Attaches, Geography, Levels, Limits, Only};

/// A property of a type, what its values mean, and the words for it: "`Database` lets …".
pub(super) struct Row {
    /// The type; `*` for every type that has no row of its own for the property.
    pub(super) type_name: &'static str,
    /// Names from the outside to the inside, `[]` behind a list; `**.` for a property at any depth.
    pub(super) path: &'static str,
    pub(super) meaning: Meaning,
    pub(super) says: &'static str,
}

const fn row(type_name: &'static str, path: &'static str, meaning: Meaning, says: &'static str) -> Row {
    Row { type_name, path, meaning, says }
}

/// `true` opens.
const ON: Meaning = Levels { values: &[&["false"], &["true"]], absent: 0, created: Told };
/// `true` opens, and is the default.
const ON_BY_DEFAULT: Meaning = Levels { values: &[&["false"], &["true"]], absent: 1, created: Told };
/// `true` closes; said of what is changed, as a new resource takes nothing away.
const GUARD: Meaning = Levels { values: &[&["true"], &["false"]], absent: 1, created: Never };
/// `true` closes, and a new resource may be closed without saying so: S3's public access block.
const BLOCK: Meaning = Levels { values: &[&["true"], &[], &["false"]], absent: 1, created: BeyondDefault };
/// `false` opens; without a value it is closed.
const OPT_OUT: Meaning = Levels { values: &[&["true"], &["false"]], absent: 0, created: Told };
/// These values open, all others are closed.
const fn opens(values: &'static [&'static [&'static str]]) -> Meaning {
    Levels { values, absent: 0, created: Told }
}
/// These values open, and so does having none.
const fn opens_by_default(values: &'static [&'static [&'static str]]) -> Meaning {
    Levels { values, absent: 1, created: Told }
}
/// As `opens_by_default`, said of what is changed alone.
const fn loosens(values: &'static [&'static [&'static str]]) -> Meaning {
    Levels { values, absent: 1, created: Never }
}

/// Each item lets more in; of a new resource too.
const ADDS: Meaning = Adds { created: true, given: &[], unless: "" };
/// Each item lets more in than before.
const WIDENS: Meaning = Adds { created: false, given: &[], unless: "" };
/// Each item lets more in, unless another property let everybody in.
const fn adds_unless(unless: &'static str) -> Meaning {
    Adds { created: true, given: &[], unless }
}

/// A value keeps something out.
const LIMITS: Meaning = Limits { only: &[], or: "" };
/// Actions of a listener that ask who it is.
const SIGNED_IN: Meaning = Limits { only: &["authenticate-", "jwt-"], or: "" };
const METHODS: Meaning = Adds { created: false, given: &["GET", "HEAD"], unless: "" };

const INTERNET: &str = "the internet reach it";
const ADDRESS: &str = "what it starts have public addresses";
const ANYONE: &str = "anyone call it without signing in";
const HTTP: &str = "requests through that are not encrypted";
const BLOCKED: &str = "in public access that S3 blocked";
const KEYS: &str = "viewers in without a signature";
const POLICY: &str = "more be done";
const SIGN_IN: &str = "callers in without signing in";

/// Every switch that is known.
pub(super) const TABLE: &[Row] = &[
    // Networks.
    row("*", "**.PubliclyAccessible", ON, INTERNET),
    row("AWS::DMS::ReplicationInstance", "PubliclyAccessible", ON_BY_DEFAULT, INTERNET),
    row("*", "**.IsPubliclyAccessible", ON, INTERNET),
    row(
        "AWS::AppRunner::Service",
        "NetworkConfiguration.IngressConfiguration.IsPubliclyAccessible",
        ON_BY_DEFAULT,
        INTERNET,
    ),
    row("*", "**.AssociatePublicIpAddress", ON, ADDRESS),
    row("*", "**.AssignPublicIp", opens(&[&["DISABLED", "false"], &["ENABLED", "true"]]), ADDRESS),
    row("*", "**.MapPublicIpOnLaunch", ON, ADDRESS),
    row(
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "Scheme",
        opens_by_default(&[&["internal"], &["internet-facing"]]),
        INTERNET,
    ),
    row(
        "AWS::ElasticLoadBalancing::LoadBalancer",
        "Scheme",
        opens_by_default(&[&["internal"], &["internet-facing"]]),
        INTERNET,
    ),
    row(
        "AWS::MSK::Cluster",
        "BrokerNodeGroupInfo.ConnectivityInfo.PublicAccess.Type",
        opens(&[&["DISABLED"], &["SERVICE_PROVIDED_EIPS"]]),
        INTERNET,
    ),
    row("AWS::MWAA::Environment", "WebserverAccessMode", opens(&[&["PRIVATE_ONLY"], &["PUBLIC_ONLY"]]), INTERNET),
    row("AWS::NeptuneGraph::Graph", "PublicConnectivity", ON, INTERNET),
    row("AWS::OpenSearchServerless::SecurityPolicy", "Policy{}.AllowFromPublic", ON, INTERNET),
    row(
        "AWS::OpenSearchServerless::SecurityPolicy",
        "Policy{}.SourceVPCEs",
        adds_unless("Policy{}.AllowFromPublic"),
        "more endpoints of VPCs reach it",
    ),
    row(
        "AWS::SageMaker::NotebookInstance",
        "DirectInternetAccess",
        opens_by_default(&[&["Disabled"], &["Enabled"]]),
        "it reach the internet directly",
    ),
    row(
        "AWS::SageMaker::Domain",
        "AppNetworkAccessType",
        opens_by_default(&[&["VpcOnly"], &["PublicInternetOnly"]]),
        "it reach the internet directly",
    ),
    row("AWS::Transfer::Server", "EndpointType", opens_by_default(&[&["VPC", "VPC_ENDPOINT"], &["PUBLIC"]]), INTERNET),
    row(
        "AWS::ApiGateway::RestApi",
        "EndpointConfiguration.Types[]",
        loosens(&[&["PRIVATE"], &["REGIONAL", "EDGE"]]),
        INTERNET,
    ),
    row(
        "AWS::ApiGateway::DomainName",
        "EndpointConfiguration.Types[]",
        loosens(&[&["PRIVATE"], &["REGIONAL", "EDGE"]]),
        INTERNET,
    ),
    row("AWS::AppSync::GraphQLApi", "Visibility", loosens(&[&["PRIVATE"], &["GLOBAL"]]), INTERNET),
    row(
        "AWS::EC2::VPCBlockPublicAccessOptions",
        "InternetGatewayBlockMode",
        loosens(&[&["block-bidirectional"], &["block-ingress"], &["off"]]),
        "traffic with the internet through",
    ),
    row(
        "AWS::EC2::VPCBlockPublicAccessExclusion",
        "InternetGatewayExclusionMode",
        opens(&[&[], &["allow-egress"], &["allow-bidirectional"]]),
        "traffic with the internet through",
    ),
    row(
        "AWS::EC2::TransitGateway",
        "AutoAcceptSharedAttachments",
        opens(&[&["disable"], &["enable"]]),
        "other accounts attach their networks",
    ),
    row("AWS::EC2::VPCEndpointService", "AcceptanceRequired", GUARD, "endpoints connect without being accepted"),
    row("AWS::EC2::VPCEndpointServicePermissions", "AllowedPrincipals", ADDS, "more principals connect to it"),
    row("AWS::EC2::ClientVpnAuthorizationRule", "AccessGroupId", Only, "more groups of users in"),
    row(
        "AWS::EC2::Instance",
        "MetadataOptions.HttpTokens",
        loosens(&[&["required"], &["optional"]]),
        "credentials be read without a session token",
    ),
    row(
        "AWS::EC2::LaunchTemplate",
        "LaunchTemplateData.MetadataOptions.HttpTokens",
        loosens(&[&["required"], &["optional"]]),
        "credentials be read without a session token",
    ),
    row(
        "AWS::AutoScaling::LaunchConfiguration",
        "MetadataOptions.HttpTokens",
        loosens(&[&["required"], &["optional"]]),
        "credentials be read without a session token",
    ),
    // Storage.
    row("*", "**.BlockPublicAcls", BLOCK, BLOCKED),
    row("*", "**.IgnorePublicAcls", BLOCK, BLOCKED),
    row("*", "**.RestrictPublicBuckets", BLOCK, BLOCKED),
    row("*", "**.BlockPublicPolicy", BLOCK, BLOCKED),
    // Access points are closed unless they say otherwise.
    row("AWS::S3::AccessPoint", "PublicAccessBlockConfiguration.BlockPublicAcls", OPT_OUT, BLOCKED),
    row("AWS::S3::AccessPoint", "PublicAccessBlockConfiguration.IgnorePublicAcls", OPT_OUT, BLOCKED),
    row("AWS::S3::AccessPoint", "PublicAccessBlockConfiguration.RestrictPublicBuckets", OPT_OUT, BLOCKED),
    row("AWS::S3::AccessPoint", "PublicAccessBlockConfiguration.BlockPublicPolicy", OPT_OUT, BLOCKED),
    row("AWS::S3::MultiRegionAccessPoint", "PublicAccessBlockConfiguration.BlockPublicAcls", OPT_OUT, BLOCKED),
    row("AWS::S3::MultiRegionAccessPoint", "PublicAccessBlockConfiguration.IgnorePublicAcls", OPT_OUT, BLOCKED),
    row("AWS::S3::MultiRegionAccessPoint", "PublicAccessBlockConfiguration.RestrictPublicBuckets", OPT_OUT, BLOCKED),
    row("AWS::S3::MultiRegionAccessPoint", "PublicAccessBlockConfiguration.BlockPublicPolicy", OPT_OUT, BLOCKED),
    row("AWS::SecretsManager::ResourcePolicy", "BlockPublicPolicy", GUARD, "a policy through that is public"),
    row(
        "AWS::S3::Bucket",
        "AccessControl",
        opens(&[&["Private"], &["LogDeliveryWrite"], &["AuthenticatedRead"], &["PublicRead"], &["PublicReadWrite"]]),
        "others in by its ACL",
    ),
    row(
        "AWS::S3::Bucket",
        "OwnershipControls.Rules[].ObjectOwnership",
        Levels {
            values: &[&["BucketOwnerEnforced"], &["BucketOwnerPreferred", "ObjectWriter"]],
            absent: 0,
            created: Told,
        },
        "ACLs of objects permit what the bucket does not",
    ),
    row(
        "AWS::S3::Bucket",
        "BucketEncryption.ServerSideEncryptionConfiguration[].ServerSideEncryptionByDefault.SSEAlgorithm",
        loosens(&[&["aws:kms", "aws:kms:dsse"], &["AES256"]]),
        "new objects be read without the right to use a KMS key",
    ),
    row(
        "AWS::EC2::SnapshotBlockPublicAccess",
        "State",
        loosens(&[&["block-all-sharing"], &["block-new-sharing"], &["unblocked"]]),
        "snapshots be shared with everyone",
    ),
    row(
        "AWS::ImageBuilder::DistributionConfiguration",
        "Distributions[].AmiDistributionConfiguration.LaunchPermissionConfiguration.UserGroups",
        ADDS,
        "everyone start instances of its images",
    ),
    row(
        "AWS::ImageBuilder::DistributionConfiguration",
        "Distributions[].AmiDistributionConfiguration.LaunchPermissionConfiguration.UserIds",
        adds_unless("Distributions[].AmiDistributionConfiguration.LaunchPermissionConfiguration.UserGroups"),
        "more accounts start instances of its images",
    ),
    row(
        "AWS::ImageBuilder::DistributionConfiguration",
        "Distributions[].AmiDistributionConfiguration.LaunchPermissionConfiguration.OrganizationArns",
        adds_unless("Distributions[].AmiDistributionConfiguration.LaunchPermissionConfiguration.UserGroups"),
        "an organization start instances of its images",
    ),
    row(
        "AWS::ImageBuilder::DistributionConfiguration",
        "Distributions[].AmiDistributionConfiguration.LaunchPermissionConfiguration.OrganizationalUnitArns",
        adds_unless("Distributions[].AmiDistributionConfiguration.LaunchPermissionConfiguration.UserGroups"),
        "an organizational unit start instances of its images",
    ),
    row(
        "AWS::Lightsail::Bucket",
        "AccessRules.GetObject",
        opens(&[&["private"], &["public"]]),
        "everyone read its objects",
    ),
    row("AWS::Lightsail::Bucket", "AccessRules.AllowPublicOverrides", ON, "single objects be public"),
    row("AWS::Lightsail::Bucket", "ReadOnlyAccessAccounts", ADDS, "more accounts read its objects"),
    // APIs.
    row("AWS::Lambda::Url", "AuthType", opens(&[&["AWS_IAM"], &["NONE"]]), ANYONE),
    row("AWS::Serverless::Function", "FunctionUrlConfig.AuthType", opens(&[&["AWS_IAM"], &["NONE"]]), ANYONE),
    row("AWS::VpcLattice::Service", "AuthType", loosens(&[&["AWS_IAM"], &["NONE"]]), ANYONE),
    row("AWS::VpcLattice::ServiceNetwork", "AuthType", loosens(&[&["AWS_IAM"], &["NONE"]]), ANYONE),
    row(
        "AWS::ApiGateway::Method",
        "AuthorizationType",
        opens_by_default(&[&["AWS_IAM", "CUSTOM", "COGNITO_USER_POOLS"], &["NONE"]]),
        ANYONE,
    ),
    row("AWS::ApiGateway::Method", "ApiKeyRequired", GUARD, "callers in without an API key"),
    row("AWS::ApiGateway::Method", "AuthorizationScopes", Only, "tokens of more scopes in"),
    row("AWS::ApiGateway::RestApi", "DisableExecuteApiEndpoint", GUARD, "callers in by the default endpoint"),
    row("AWS::ApiGateway::DomainName", "MutualTlsAuthentication", LIMITS, "clients in without a certificate"),
    row(
        "AWS::ApiGatewayV2::Route",
        "AuthorizationType",
        opens_by_default(&[&["AWS_IAM", "CUSTOM", "JWT"], &["NONE"]]),
        ANYONE,
    ),
    row("AWS::ApiGatewayV2::Route", "ApiKeyRequired", GUARD, "callers in without an API key"),
    row("AWS::ApiGatewayV2::Route", "AuthorizationScopes", Only, "tokens of more scopes in"),
    row("AWS::ApiGatewayV2::Api", "DisableExecuteApiEndpoint", GUARD, "callers in by the default endpoint"),
    row("AWS::ApiGatewayV2::DomainName", "MutualTlsAuthentication", LIMITS, "clients in without a certificate"),
    row("AWS::ApiGatewayV2::Authorizer", "JwtConfiguration.Audience", Only, "tokens for others in"),
    row(
        "AWS::AppSync::GraphQLApi",
        "AuthenticationType",
        opens(&[&["AWS_IAM", "AMAZON_COGNITO_USER_POOLS", "OPENID_CONNECT", "AWS_LAMBDA"], &["API_KEY"]]),
        "everyone in who has an API key",
    ),
    row(
        "AWS::AppSync::GraphQLApi",
        "AdditionalAuthenticationProviders[].AuthenticationType",
        ADDS,
        "callers in by another way of signing in",
    ),
    row("AWS::ElasticLoadBalancingV2::ListenerRule", "Actions[].Type", SIGNED_IN, SIGN_IN),
    row("AWS::ElasticLoadBalancingV2::Listener", "DefaultActions[].Type", SIGNED_IN, SIGN_IN),
    row(
        "AWS::ElasticLoadBalancingV2::Listener",
        "MutualAuthentication.Mode",
        loosens(&[&["verify"], &["passthrough", "off"]]),
        "clients in without a certificate",
    ),
    row("AWS::MSK::Cluster", "ClientAuthentication.Unauthenticated.Enabled", ON, "clients in without signing in"),
    row(
        "AWS::MSK::Cluster",
        "EncryptionInfo.EncryptionInTransit.ClientBroker",
        Levels { values: &[&["TLS"], &["TLS_PLAINTEXT"], &["PLAINTEXT"]], absent: 0, created: BeyondDefault },
        HTTP,
    ),
    row(
        "AWS::OpenSearchService::Domain",
        "AdvancedSecurityOptions.Enabled",
        GUARD,
        "callers in without fine-grained access control",
    ),
    row("AWS::OpenSearchService::Domain", "AdvancedSecurityOptions.AnonymousAuthEnabled", ON, ANYONE),
    row("AWS::OpenSearchService::Domain", "DomainEndpointOptions.EnforceHTTPS", GUARD, HTTP),
    row("AWS::OpenSearchService::Domain", "VPCOptions", LIMITS, INTERNET),
    row(
        "AWS::Elasticsearch::Domain",
        "AdvancedSecurityOptions.Enabled",
        GUARD,
        "callers in without fine-grained access control",
    ),
    row("AWS::Elasticsearch::Domain", "AdvancedSecurityOptions.AnonymousAuthEnabled", ON, ANYONE),
    row("AWS::Elasticsearch::Domain", "DomainEndpointOptions.EnforceHTTPS", GUARD, HTTP),
    row("AWS::Elasticsearch::Domain", "VPCOptions", LIMITS, INTERNET),
    row("AWS::ElastiCache::ReplicationGroup", "TransitEncryptionEnabled", GUARD, HTTP),
    row("AWS::ElastiCache::ReplicationGroup", "AuthToken", LIMITS, "clients in without a token"),
    row("AWS::MemoryDB::Cluster", "ACLName", opens(&[&[], &["open-access"]]), "clients in without signing in"),
    row(
        "AWS::MemoryDB::Cluster",
        "TLSEnabled",
        Levels { values: &[&["true"], &["false"]], absent: 0, created: Never },
        HTTP,
    ),
    row("AWS::RDS::DBProxy", "RequireTLS", GUARD, HTTP),
    // CloudFront and WAF.
    row(
        "AWS::CloudFront::Distribution",
        "DistributionConfig.DefaultCacheBehavior.ViewerProtocolPolicy",
        Levels { values: &[&["https-only", "redirect-to-https"], &["allow-all"]], absent: 0, created: Never },
        HTTP,
    ),
    row(
        "AWS::CloudFront::Distribution",
        "DistributionConfig.CacheBehaviors[].ViewerProtocolPolicy",
        Levels { values: &[&["https-only", "redirect-to-https"], &["allow-all"]], absent: 0, created: Never },
        HTTP,
    ),
    row("AWS::CloudFront::Distribution", "DistributionConfig.DefaultCacheBehavior.TrustedKeyGroups", Only, KEYS),
    row("AWS::CloudFront::Distribution", "DistributionConfig.DefaultCacheBehavior.TrustedSigners", Only, KEYS),
    row("AWS::CloudFront::Distribution", "DistributionConfig.CacheBehaviors[].TrustedKeyGroups", Only, KEYS),
    row("AWS::CloudFront::Distribution", "DistributionConfig.CacheBehaviors[].TrustedSigners", Only, KEYS),
    row(
        "AWS::CloudFront::Distribution",
        "DistributionConfig.Origins[].OriginAccessControlId",
        Limits { only: &[], or: "DistributionConfig.Origins[].S3OriginConfig.OriginAccessIdentity" },
        "requests reach the origin unsigned",
    ),
    row(
        "AWS::CloudFront::Distribution",
        "DistributionConfig.Origins[].S3OriginConfig.OriginAccessIdentity",
        Limits { only: &[], or: "DistributionConfig.Origins[].OriginAccessControlId" },
        "requests reach the origin unsigned",
    ),
    row("AWS::CloudFront::Distribution", "DistributionConfig.WebACLId", LIMITS, "requests past its web ACL"),
    row(
        "AWS::CloudFront::Distribution",
        "DistributionConfig.Restrictions.GeoRestriction",
        Geography,
        "viewers of more countries in",
    ),
    row(
        "AWS::WAFv2::WebACL",
        "DefaultAction",
        loosens(&[&["Block"], &["Allow"]]),
        "requests through that no rule matches",
    ),
    row(
        "AWS::CloudFront::Distribution",
        "DistributionConfig.DefaultCacheBehavior.AllowedMethods",
        METHODS,
        "requests by more methods through",
    ),
    row(
        "AWS::CloudFront::Distribution",
        "DistributionConfig.CacheBehaviors[].AllowedMethods",
        METHODS,
        "requests by more methods through",
    ),
    row(
        "AWS::CloudFront::Distribution",
        "DistributionConfig.ViewerCertificate.MinimumProtocolVersion",
        Levels {
            values: &[
                &[],
                &["TLSv1.2_2019"],
                &["TLSv1.2_2018"],
                &["TLSv1.1_2016"],
                &["TLSv1_2016"],
                &["TLSv1"],
                &["SSLv3"],
            ],
            absent: 5,
            created: Never,
        },
        "viewers in by an older protocol",
    ),
    row(
        "AWS::ApiGateway::DomainName",
        "SecurityPolicy",
        Levels { values: &[&[], &["TLS_1_0"]], absent: 0, created: Never },
        "clients in by an older protocol",
    ),
    row(
        "AWS::ApiGatewayV2::DomainName",
        "DomainNameConfigurations[].SecurityPolicy",
        Levels { values: &[&[], &["TLS_1_0"]], absent: 0, created: Never },
        "clients in by an older protocol",
    ),
    row(
        "AWS::NetworkFirewall::FirewallPolicy",
        "FirewallPolicy.StatelessDefaultActions",
        Levels { values: &[&["aws:drop"], &["aws:forward_to_sfe"], &["aws:pass"]], absent: 0, created: BeyondDefault },
        "packets through that no rule matches",
    ),
    row(
        "AWS::Route53Resolver::FirewallRuleGroup",
        "FirewallRules[].Action",
        Levels { values: &[&["BLOCK"], &["ALERT", "ALLOW"]], absent: 0, created: Never },
        "queries through that a rule blocked",
    ),
    // Other sites that read answers: cross-origin requests.
    row("AWS::Lambda::Url", "Cors.AllowOrigins", WIDENS, "pages of another origin call it"),
    row("AWS::ApiGatewayV2::Api", "CorsConfiguration.AllowOrigins", WIDENS, "pages of another origin call it"),
    row("AWS::S3::Bucket", "CorsConfiguration.CorsRules[].AllowedOrigins", WIDENS, "pages of another origin read it"),
    // Users.
    row("AWS::Cognito::IdentityPool", "AllowUnauthenticatedIdentities", ON, "guests take an identity"),
    row("AWS::Cognito::IdentityPool", "AllowClassicFlow", ON, "identities choose their role"),
    row("AWS::Cognito::UserPool", "AdminCreateUserConfig.AllowAdminCreateUserOnly", GUARD, "everyone sign up"),
    row(
        "AWS::Cognito::UserPool",
        "MfaConfiguration",
        Levels { values: &[&["ON"], &["OPTIONAL"], &["OFF"]], absent: 2, created: Never },
        "users in without a second factor",
    ),
    row("AWS::Cognito::UserPoolClient", "CallbackURLs", WIDENS, "codes and tokens go to another address"),
    row("AWS::Cognito::UserPoolClient", "AllowedOAuthScopes", WIDENS, "clients ask for more scopes"),
    row("AWS::Cognito::UserPoolClient", "AllowedOAuthFlows", WIDENS, "clients sign in another way"),
    row("AWS::Cognito::UserPoolClient", "ExplicitAuthFlows", WIDENS, "clients sign in another way"),
    row("AWS::Cognito::UserPoolClient", "SupportedIdentityProviders", WIDENS, "users of another provider in"),
    row("AWS::Cognito::IdentityPoolRoleAttachment", "Roles.unauthenticated", ADDS, "guests have another role"),
    row("AWS::Cognito::IdentityPoolRoleAttachment", "Roles.authenticated", WIDENS, "users have another role"),
    row(
        "AWS::IAM::AccessKey",
        "Status",
        Levels { values: &[&["Inactive"], &["Active"]], absent: 1, created: Never },
        "the key be used",
    ),
    row("AWS::IAM::OIDCProvider", "ClientIdList", WIDENS, "tokens for another audience in"),
    row("AWS::IAM::OIDCProvider", "ThumbprintList", WIDENS, "another certificate vouch for tokens"),
    row("AWS::SSO::PermissionSet", "ManagedPolicies", Attaches, POLICY),
    row("AWS::SSO::PermissionSet", "CustomerManagedPolicyReferences", Attaches, POLICY),
    row("AWS::EKS::AccessEntry", "AccessPolicies", Attaches, POLICY),
    row("AWS::EKS::AccessEntry", "KubernetesGroups", ADDS, "the principal act as another group"),
    row("AWS::EKS::PodIdentityAssociation", "RoleArn", ADDS, "pods act as a role"),
    row("AWS::LakeFormation::PrincipalPermissions", "Permissions", ADDS, "the principal do more"),
    row("AWS::LakeFormation::PrincipalPermissions", "PermissionsWithGrantOption", ADDS, "the principal pass on more"),
    row("AWS::LakeFormation::Permissions", "Permissions", ADDS, "the principal do more"),
    row("AWS::LakeFormation::DataLakeSettings", "Admins", ADDS, "more principals administer the data lake"),
    row(
        "AWS::RAM::ResourceShare",
        "AllowExternalPrincipals",
        Levels { values: &[&["false"], &["true"]], absent: 1, created: Never },
        "accounts outside of the organization in",
    ),
    row("AWS::RAM::ResourceShare", "Principals", ADDS, "more principals share its resources"),
    row("AWS::RAM::ResourceShare", "ResourceArns", ADDS, "its principals use more resources"),
    row(
        "AWS::ServiceCatalog::PortfolioPrincipalAssociation",
        "PrincipalARN",
        ADDS,
        "another principal use the portfolio",
    ),
    row("AWS::ServiceCatalog::PortfolioShare", "AccountId", ADDS, "another account use the portfolio"),
    row(
        "AWS::Grafana::Workspace",
        "AccountAccessType",
        loosens(&[&["CURRENT_ACCOUNT"], &["ORGANIZATION"]]),
        "other accounts of the organization in",
    ),
    row("AWS::Grafana::Workspace", "NetworkAccessControl", LIMITS, INTERNET),
    row("AWS::IoT::PolicyPrincipalAttachment", "PolicyName", ADDS, "a principal do what a policy permits"),
    row("AWS::IoT::PolicyPrincipalAttachment", "Principal", ADDS, "another principal do what a policy permits"),
    row("AWS::RolesAnywhere::Profile", "RoleArns", ADDS, "machines outside of AWS take a role"),
    row("AWS::Location::APIKey", "Restrictions.AllowActions", ADDS, "the key do more"),
    row("AWS::Location::APIKey", "Restrictions.AllowResources", ADDS, "the key use more"),
    row("AWS::Location::APIKey", "Restrictions.AllowReferers", Only, "more sites use the key"),
    row("AWS::Amplify::Branch", "BasicAuthConfig.EnableBasicAuth", GUARD, SIGN_IN),
    row("AWS::SNS::Topic", "KmsMasterKeyId", LIMITS, "messages be read without the right to use a KMS key"),
    row("AWS::SQS::Queue", "KmsMasterKeyId", LIMITS, "messages be read without the right to use a KMS key"),
    // Code that runs.
    row("AWS::CodeBuild::Project", "Visibility", opens(&[&["PRIVATE"], &["PUBLIC_READ"]]), "everyone read its builds"),
    row("AWS::CodeBuild::Project", "Environment.PrivilegedMode", ON, "builds act as root of their host"),
    row("AWS::ECS::Service", "EnableExecuteCommand", ON, "commands be run in its containers"),
    row("AWS::ECS::TaskDefinition", "ContainerDefinitions[].Privileged", ON, "a container act as root of its host"),
    row("AWS::SageMaker::NotebookInstance", "RootAccess", loosens(&[&["Disabled"], &["Enabled"]]), "users be root"),
    row("AWS::Backup::BackupVault", "LockConfiguration", LIMITS, "recovery points be deleted"),
];

/// Resources that only keep something out: without them it is let in.
pub(super) const GUARDS: &[(&str, &str)] = &[
    ("AWS::EC2::SnapshotBlockPublicAccess", "snapshots be shared with everyone"),
    ("AWS::EC2::VPCBlockPublicAccessOptions", "traffic with the internet through"),
    ("AWS::NetworkFirewall::Firewall", "traffic past the firewall"),
    ("AWS::WAFv2::WebACLAssociation", "requests past the web ACL"),
    ("AWS::WAFRegional::WebACLAssociation", "requests past the web ACL"),
];
