//! The stacks of habitpay, from the pattern instead of its parts. A test holds both to the same resources.
use formwork::prelude::*;

/// The same stacks as habitpay's, in one value.
pub fn app(context: &Context) -> App {
    let zone = HostedZone::from_id(context.get("zone-id", "Z0123456789ABCDEFGHIJ"), "habitpay.link");
    let origin = Origin::public_http("ec2-3-34-56-78.ap-northeast-2.compute.amazonaws.com");
    App::new().with(NginxSite {
        https_records: false, // the article has none
        proxy: Some(ReverseProxy {
            blue: Upstream::new("backend.habitpay.internal:8080"),
            green: Upstream::new("backend.habitpay.internal:8081"),
            ..ReverseProxy::new("api.habitpay.link")
        }),
        ..NginxSite::<ApNortheast2>::new("habitpay", "api.habitpay.link", &zone, origin)
    })
}
