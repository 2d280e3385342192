//! The connection by which a distribution reaches an origin: its protocol and its port.
//!
//! Source: AWS CloudFormation Template Reference, `CustomOriginConfig` and `VpcOriginEndpointConfig`.

use formwork_template::Value;

use crate::Stacks;
use crate::cloudfront::names::{find, referred};

/// Protocol and port by which CloudFront comes to the origin, if they are known: over the internet, or through a VPC origin of the app.
pub(super) fn of(origin: &Value, stacks: &Stacks<'_>) -> Option<(&'static str, u64)> {
    if let Some(server) = find(origin, &["CustomOriginConfig"]) {
        return said(server);
    }
    let id = find(origin, &["VpcOriginConfig", "VpcOriginId"])?;
    said(find(&referred(stacks, id, "AWS::CloudFront::VpcOrigin")?, &["VpcOriginEndpointConfig"])?)
}

/// A server over the internet and a VPC origin say it alike.
fn said(server: &Value) -> Option<(&'static str, u64)> {
    // Without a policy, a VPC origin is connected to as the viewer connects.
    let policy = find(server, &["OriginProtocolPolicy"]).map_or(Some("match-viewer"), Value::as_str)?;
    let (protocol, property, default) = match policy {
        "http-only" => ("http", "HTTPPort", 80),
        // Viewers come over https.
        "https-only" | "match-viewer" => ("https", "HTTPSPort", 443),
        _ => return None,
    };
    Some((protocol, number(server, property, default)?))
}

/// A number of the origin, if it is known.
pub(super) fn number(server: &Value, property: &str, default: u64) -> Option<u64> {
    match find(server, &[property]) {
        None | Some(Value::Null) => Some(default),
        Some(Value::Number(number)) => number.as_u64(),
        Some(_) => None,
    }
}
