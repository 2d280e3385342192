//! `AWS::CloudFront::VpcOrigin`: CloudFront's way to a private address.
//!
//! Source: AWS CloudFormation Template Reference, `VpcOriginEndpointConfig` (without a policy, CloudFront connects as the viewer does, so
//! over https to what listens for http).

use formwork_assembly::Problem;
use formwork_resources::cloudfront as l1;
use formwork_resources::cloudfront::vpc_origin as cfn;
use formwork_template::{HasAttributes, Val};

use super::origin::check_port;
use crate::existing;
use crate::plain;
use crate::{Construct, Handle, Lowered, Scope};

/// Characters of a VPC origin's name.
///
/// Source: CloudFront API Reference, `VpcOriginEndpointConfig`.
const MAX_NAME: usize = 64;

/// CloudFront's way to an instance without a public address, over plain http, which stays in AWS's network.
///
/// ```
/// use formwork::prelude::*;
///
/// let mut site = Stack::<EuCentral1>::new("example-site");
/// let instance = "arn:aws:ec2:eu-central-1:111122223333:instance/i-0123456789abcdef0";
/// let vpc = site.add("Private", VpcOrigin::new("example", instance));
/// let origin = Origin::vpc(vpc.id(), "ip-10-0-0-7.eu-central-1.compute.internal");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct VpcOrigin {
    /// The name, by which people know it.
    pub name: String,
    /// The ARN of the instance.
    pub arn: Val<String>,
    /// The port on which nginx listens for http: 80, unless said otherwise.
    pub port: u16,
}

impl VpcOrigin {
    /// The way to port 80 of the instance with this ARN.
    pub fn new(name: impl Into<String>, arn: impl Into<Val<String>>) -> Self {
        VpcOrigin { name: name.into(), arn: arn.into(), port: 80 }
    }

    fn check<R>(&self, scope: &mut Scope<R>) {
        scope.problems(plain::text("a name of a VPC origin", &self.name, MAX_NAME));
        scope.problems(check_port("the VPC origin's", self.port));
        // A load balancer may stand there, too (Amazon CloudFront Developer Guide, "Restrict access with VPC origins").
        let types = ["AWS::EC2::Instance", "AWS::ElasticLoadBalancingV2::LoadBalancer"];
        if let Some(arn) = self.arn.literal()
            && types.iter().all(|type_name| existing::arn_fault(type_name, arn).is_some())
        {
            let problem = Problem::error(format!("{arn:?} is not the ARN of a VPC origin's instance"));
            scope.problem(problem.hint("`arn:aws:ec2:<region>:<account>:instance/i-…`"));
        }
    }
}

impl HasAttributes for VpcOrigin {
    type Attributes = cfn::VpcOriginAttributes;
}

impl Lowered for VpcOrigin {
    type L1 = l1::VpcOrigin;
}

impl<R> Construct<R> for VpcOrigin {
    type Handle = Handle<VpcOrigin, R>;

    fn add_to(self, scope: &mut Scope<R>) -> Self::Handle {
        self.check(scope);
        scope.resource(l1::VpcOrigin::new(cfn::VpcOriginEndpointConfig {
            http_port: Some(i64::from(self.port).into()),
            origin_protocol_policy: Some(cfn::OriginProtocolPolicy::HttpOnly.into()),
            ..cfn::VpcOriginEndpointConfig::new(cfn::VpcOriginEndpointConfigRequired {
                arn: self.arn,
                name: self.name.into(),
            })
        }))
    }
}
