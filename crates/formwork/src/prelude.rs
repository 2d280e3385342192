//! Everything that a stack crate usually needs: `use formwork::prelude::*;`

pub use crate::acm::{Certificate, CertificateFacts, KeyAlgorithm};
pub use crate::cloudfront::{
    AllowedMethods, Behavior, CachePolicy, Distribution, HttpVersion, MinimumProtocolVersion, Origin,
    OriginRequestPolicy, PriceClass, ResponseHeadersPolicy, ViewerProtocolPolicy, VpcOrigin,
};
pub use crate::found::{Instance, PrefixList, StoredParameter};
pub use crate::lookup::{Lookup, Pending};
pub use crate::patterns::{
    Carrier, Color, Compose, Delivery, NginxSite, OriginIngress, OriginSecret, ProxyLocation, ReverseProxy, Runtime,
    Target, Upstream, Viewers,
};
pub use crate::region::*;
pub use crate::route53::{AliasRecords, HostedZone, Record, RecordSet};
pub use crate::{
    App, Asset, Condition, Construct, Context, DeletionPolicy, FromExisting, Handle, IntoStacks, Lowered, Mapping,
    NestedStack, Parameter, ParameterType, Problem, References, S3Object, Scope, Stack, Untyped, UpdateReplacePolicy,
    Val, Value, cfn, dynamic, function, json, parameter, pseudo, some,
};
