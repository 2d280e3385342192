//! EC2: instances.
//!
//! Source: Amazon EC2 API Reference, `DescribeInstances`, `InstanceNetworkInterfaceAssociation` (the owner of an address that is not
//! an elastic one is `amazon`).

use crate::client::{Answer, Request};
use crate::error::Error;
use crate::login::Aws;
use crate::service::EC2;

/// An instance.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Instance {
    /// `running`, `stopped` and so on.
    pub state: String,
    /// Its public IPv4 address.
    pub public_ip: Option<String>,
    /// Its public name, which changes with the address.
    pub public_dns_name: Option<String>,
    /// Whether the address is an elastic one.
    pub elastic: bool,
    /// The ARN of its instance profile.
    pub profile: Option<String>,
}

/// The instance with this id; `None` if there is not one in the region.
///
/// # Errors
///
/// When the call fails for any other reason than that.
pub async fn instance(aws: &Aws, region: &str, id: &str) -> Result<Option<Instance>, Error> {
    const CALL: &str = "DescribeInstances";
    let request = Request::Query { version: "2016-11-15", parameters: &[("InstanceId.1", id)] };
    let answer = match aws.call(&EC2, region, CALL, request).await {
        Ok(Answer::Xml(answer)) => answer,
        Ok(Answer::Json(_)) => return Err(Error::Incomplete { call: CALL, field: "reservationSet" }),
        Err(Error::Service { code, .. }) if code.starts_with("InvalidInstanceID.") => return Ok(None),
        Err(error) => return Err(error),
    };
    let Some(found) = answer.find("instancesSet").and_then(|set| set.find("item")) else { return Ok(None) };
    // Only its own: a network interface has a private name and a state too.
    let text = |name: &str| found.child(name).map(|element| element.text.clone()).filter(|text| !text.is_empty());
    let state = found.child("instanceState").and_then(|state| state.text_of("name")).unwrap_or_default();
    let owner = found.child("networkInterfaceSet").and_then(|interfaces| interfaces.text_of("ipOwnerId"));
    Ok(Some(Instance {
        state: state.to_owned(),
        public_ip: text("ipAddress"),
        public_dns_name: text("dnsName"),
        elastic: owner.is_some_and(|owner| owner != "amazon"),
        profile: found.child("iamInstanceProfile").and_then(|profile| profile.text_of("arn")).map(str::to_owned),
    }))
}
