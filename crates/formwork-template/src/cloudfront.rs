//! Facts of Amazon CloudFront that stacks and commands both need.

/// Headers that CloudFront sets itself, or that are about one connection, in lower case: a distribution cannot add them.
///
/// Source: Amazon CloudFront Developer Guide, "Custom headers that CloudFront can't add to origin requests".
pub const KEPT_HEADERS: &[&str] = &[
    "cache-control",
    "connection",
    "content-length",
    "cookie",
    "host",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "max-forwards",
    "pragma",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "range",
    "request-range",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
    "x-real-ip",
];

/// Beginnings of other headers of that kind.
pub const KEPT_PREFIXES: &[&str] = &["x-amz-", "x-edge-"];

/// True for the name of a header, in any case, that a distribution cannot add.
pub fn is_kept(header: &str) -> bool {
    let header = header.to_ascii_lowercase();
    KEPT_HEADERS.contains(&header.as_str()) || KEPT_PREFIXES.iter().any(|prefix| header.starts_with(prefix))
}

/// The managed cache policy `CachingDisabled`.
///
/// Source: Amazon CloudFront Developer Guide, "Use managed cache policies".
pub const CACHING_DISABLED: &str = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad";

/// The managed cache policy `CachingOptimized`.
pub const CACHING_OPTIMIZED: &str = "658327ea-f89d-4fab-a63d-7e88639e58f6";

/// The managed origin request policy `AllViewer`, which passes the viewer's `Host` on.
///
/// Source: Amazon CloudFront Developer Guide, "Use managed origin request policies".
pub const ALL_VIEWER: &str = "216adef6-5c7f-47e4-b989-5492eafa07d3";

/// The managed origin request policy `AllViewerAndCloudFrontHeaders-2022-06`, which does so too.
pub const ALL_VIEWER_AND_CLOUDFRONT_HEADERS: &str = "33f36d7e-f396-46d9-90e0-52428a34d9dc";

/// The zone in which AWS keeps the names of all distributions, for alias records, and the end of these names.
///
/// Source: AWS CloudFormation Template Reference, `AWS::Route53::RecordSet AliasTarget`, `HostedZoneId`.
pub const ZONE: (&str, &str) = ("Z2FDTNDATAQYW2", "cloudfront.net");

/// The same of the Chinese partition.
pub const ZONE_CN: (&str, &str) = ("Z3RFFRIM2A3IF5", "cloudfront.cn");
