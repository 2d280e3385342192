//! Amazon CloudFront: the network of servers that takes viewers' connections, over https, for an origin.

mod behavior;
mod certificate;
mod distribution;
pub(crate) mod names;
mod origin;
mod vpc_origin;

pub use behavior::{AllowedMethods, Behavior, CachePolicy, OriginRequestPolicy, ResponseHeadersPolicy};
pub use certificate::ForCloudFront;
pub use distribution::{Distribution, DistributionAttributes, Logging};
pub use origin::{Origin, Transport};
pub use vpc_origin::VpcOrigin;

pub use formwork_resources::cloudfront::distribution::{
    HttpVersion, MinimumProtocolVersion, PriceClass, ViewerProtocolPolicy,
};
