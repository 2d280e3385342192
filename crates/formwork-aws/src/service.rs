//! The services that are called, as data: where they are, and what they are called in signatures, permissions and settings.
//!
//! Sources: AWS General Reference, "Service endpoints"; Service Authorization Reference for the permissions (those of the Cloud
//! Control API have CloudFormation's prefix); SDKs and Tools Reference Guide, "Service-specific endpoints".

use formwork_template::region::partition_of;

/// A service of AWS.
#[derive(Debug, PartialEq, Eq)]
pub struct Service {
    /// Its name in messages.
    pub name: &'static str,
    /// The prefix of its permissions.
    pub permission: &'static str,
    /// Its name in the scope of a signature.
    pub signing_name: &'static str,
    /// The first part of its host's name.
    pub host: &'static str,
    /// The id by which settings name it, as in `AWS_ENDPOINT_URL_ROUTE_53`.
    pub id: &'static str,
    /// True if there is one server for a partition, not one for each region.
    pub is_global: bool,
}

const fn regional(name: &'static str, code: &'static str, id: &'static str) -> Service {
    Service { name, permission: code, signing_name: code, host: code, id, is_global: false }
}

/// The login's account.
pub static STS: Service = regional("STS", "sts", "STS");
/// Accounts' aliases, and the permissions of roles.
pub static IAM: Service = Service { is_global: true, ..regional("IAM", "iam", "IAM") };
/// Stacks.
pub static CLOUDFORMATION: Service = regional("CloudFormation", "cloudformation", "CloudFormation");
/// Resources of any type.
pub static CLOUD_CONTROL: Service =
    Service { permission: "cloudformation", ..regional("Cloud Control", "cloudcontrolapi", "CloudControl") };
/// Parameters, and machines under management.
pub static SYSTEMS_MANAGER: Service = regional("Systems Manager", "ssm", "SSM");
/// Instances.
pub static EC2: Service = regional("EC2", "ec2", "EC2");
/// Distributions.
pub static CLOUDFRONT: Service = Service { is_global: true, ..regional("CloudFront", "cloudfront", "CloudFront") };
/// Zones and records.
pub static ROUTE_53: Service = Service { is_global: true, ..regional("Route 53", "route53", "Route 53") };

/// Objects.
pub static S3: Service = regional("S3", "s3", "S3");

/// A server, and the region for which it wants requests to be signed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Endpoint {
    pub(crate) url: String,
    pub(crate) signing_region: String,
}

impl Service {
    /// Endpoint of the service for a region.
    pub(crate) fn endpoint(&self, region: &str, fips: bool) -> Endpoint {
        let partition = partition_of(region);
        let host = if fips { format!("{}-fips", self.host) } else { self.host.to_owned() };
        let suffix = partition.url_suffix;
        if !self.is_global {
            return Endpoint { url: format!("https://{host}.{region}.{suffix}"), signing_region: region.to_owned() };
        }
        // Sources: AWS General Reference, "AWS Identity and Access Management endpoints and quotas" (China's and GovCloud's have the
        // region's code in them), "Amazon Route 53 endpoints and quotas", "Amazon CloudFront endpoints and quotas"; Getting
        // Started with AWS services in China, "Endpoints"; GovCloud User Guide, "Service endpoints".
        let (host, signing_region) = match (partition.code, self.host) {
            ("aws-cn", "iam") => (format!("{host}.cn-north-1"), "cn-north-1"),
            ("aws-cn", "cloudfront") => (format!("{host}.cn-northwest-1"), "cn-northwest-1"),
            ("aws-cn", _) => (host, "cn-northwest-1"),
            ("aws-us-gov", _) => (format!("{host}.us-gov"), "us-gov-west-1"),
            ("aws", _) => (host, "us-east-1"),
            _ => (host, region),
        };
        Endpoint { url: format!("https://{host}.{suffix}"), signing_region: signing_region.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(service: &Service, region: &str) -> String {
        let Endpoint { url, signing_region } = service.endpoint(region, false);
        format!("{url} {signing_region}")
    }

    #[test]
    fn endpoints() {
        insta::assert_snapshot!(
            [
                at(&STS, "ap-northeast-2"),
                at(&CLOUD_CONTROL, "cn-north-1"),
                at(&SYSTEMS_MANAGER, "eusc-de-east-1"),
                at(&ROUTE_53, "ap-northeast-2"),
                at(&ROUTE_53, "cn-north-1"),
                at(&CLOUDFRONT, "cn-north-1"),
                at(&ROUTE_53, "us-gov-east-1"),
                at(&IAM, "ap-northeast-2"),
                at(&IAM, "cn-northwest-1"),
                at(&IAM, "us-gov-east-1"),
                STS.endpoint("us-east-1", true).url,
            ]
            .join("\n"),
            @"
        https://sts.ap-northeast-2.amazonaws.com ap-northeast-2
        https://cloudcontrolapi.cn-north-1.amazonaws.com.cn cn-north-1
        https://ssm.eusc-de-east-1.amazonaws.eu eusc-de-east-1
        https://route53.amazonaws.com us-east-1
        https://route53.amazonaws.com.cn cn-northwest-1
        https://cloudfront.cn-northwest-1.amazonaws.com.cn cn-northwest-1
        https://route53.us-gov.amazonaws.com us-gov-west-1
        https://iam.amazonaws.com us-east-1
        https://iam.cn-north-1.amazonaws.com.cn cn-north-1
        https://iam.us-gov.amazonaws.com us-gov-west-1
        https://sts-fips.us-east-1.amazonaws.com
        "
        );
    }
}
