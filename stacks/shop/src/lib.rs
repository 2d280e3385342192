//! `example.com`: a shop with several names on one instance, which nobody reaches but CloudFront.
//!
//! Viewers come to `example.com` and `api.example.com`; those of `www.example.com` are sent to the first. Systems Manager brings nginx's
//! files to the instance, so that `switch green` passes the requests to the other backend. The instance's security group admits
//! CloudFront's addresses alone, and nginx the requests of this distribution alone, by a secret that is in no template.
use std::time::Duration;

use formwork::prelude::*;

/// The stacks: `shop-edge` with the certificate for all three names, `shop-site` with everything else.
pub fn app(context: &Context) -> App {
    let zone = HostedZone::from_id(context.get("zone-id", "Z0123456789ABCDEFGHIJ"), "example.com");
    let instance = context.get("instance", "i-0123456789abcdef0");
    let group = context.get("security-group", "sg-0123456789abcdef0");
    // `com.amazonaws.global.cloudfront.origin-facing`, which has another id in each region.
    let cloudfront = context.get("cloudfront", "pl-22a6434b");
    let origin = Origin::public_http("ec2-3-34-56-78.ap-northeast-2.compute.amazonaws.com");

    let uploads = ProxyLocation {
        max_body_mib: Some(500),
        read_timeout: Some(Duration::from_secs(900)),
        ..ProxyLocation::new("/uploads/", Target::Active)
    };
    let pictures = Behavior { cache_policy: CachePolicy::CachingOptimized, ..Behavior::new(origin.clone()) };
    let mut site = NginxSite {
        other_names: vec!["api.example.com".into()],
        redirects: vec!["www.example.com".into()],
        plain_http: ViewerProtocolPolicy::RedirectToHttps,
        behaviors: vec![("/pictures/*".into(), pictures)],
        origin_secret: Some(OriginSecret::Generation(1)),
        ingress: Some(OriginIngress::new(group, cloudfront)),
        proxy: Some(ReverseProxy {
            locations: vec![uploads],
            delivery: Some(Delivery::ssm(instance)),
            ..ReverseProxy::new("example.com")
        }),
        ..NginxSite::<ApNortheast2>::new("shop", "example.com", &zone, origin)
    }
    .build_with(|mut distribution| {
        distribution.comment = Some("example.com".to_owned());
        distribution.default_behavior.response_headers_policy = Some(ResponseHeadersPolicy::SecurityHeaders);
        distribution
    });
    site.site.output("Distribution", site.distribution.domain_name()); // `verify` asks for it
    App::new().with(site)
}
