//! my-app: a site on an instance that exists already, with https by CloudFront and a certificate that AWS renews.
use formwork::prelude::*;

/// The stacks: `my-app-edge` in us-east-1 with the certificate, `my-app-site` in eu-central-1 with everything else.
pub fn app(context: &Context) -> App {
    // Yours: here, or by `--context KEY=VALUE`, or as `context` of an environment in formwork.toml.
    let zone = HostedZone::from_id(
        context.get("zone-id", "Z0123456789ABCDEFGHIJ"),
        context.get("zone", "example.com"),
    );
    let domain = context.get("domain", "www.example.com");
    let origin = Origin::public_http(context.get("origin", "origin.example.com"));
    let site = NginxSite::<EuCentral1>::new("my-app", domain, &zone, origin);
    App::new().with(site)
}
