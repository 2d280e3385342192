//! `api.habitpay.link`: an EC2 instance behind CloudFront, HTTPS without a load balancer.
//!
//! Viewers speak https to CloudFront, CloudFront speaks http to the instance, and nginx on the instance passes requests to
//! a blue or a green backend. What the article left to the console's defaults is spelled out by [`Distribution::new`]:
//! nothing cached, the whole request passed on with all seven methods, IPv6, HTTP/3, TLS 1.2 of 2021, SNI only, no WAF.
//! Beyond the article there is an AAAA record, since the distribution answers over IPv6 too.
use formwork::prelude::*;

/// The stacks: the certificate in us-east-1, everything else at home in Seoul.
pub fn app(context: &Context) -> App {
    let zone = HostedZone::from_id(context.get("zone-id", "Z0123456789ABCDEFGHIJ"), "habitpay.link");

    // CloudFront reads its certificate from us-east-1 only, hence a stack of its own.
    let mut edge = Stack::<UsEast1>::new("habitpay-edge");
    let certificate = edge.add("Certificate", Certificate::dns_validated("api.habitpay.link", &zone));

    let mut site = Stack::<ApNortheast2>::new("habitpay-site");
    let distribution = site.add(
        "Distribution",
        Distribution {
            aliases: vec!["api.habitpay.link".into()],
            ..Distribution::new(
                Behavior {
                    viewer_protocol_policy: ViewerProtocolPolicy::HttpsOnly,
                    ..Behavior::new(Origin::public_http("ec2-3-34-56-78.ap-northeast-2.compute.amazonaws.com"))
                },
                &certificate,
            )
        },
    );
    site.add("Alias", AliasRecords::new(&zone, "api.habitpay.link", &distribution)); // AliasA and AliasAaaa
    site.add(
        "Nginx",
        ReverseProxy {
            blue: Upstream::new("backend.habitpay.internal:8080"),
            green: Upstream::new("backend.habitpay.internal:8081"),
            ..ReverseProxy::new("api.habitpay.link")
        },
    ); // two files for the instance, no resource
    site.output("Url", "https://api.habitpay.link");

    App::new().with(edge).with(site)
}
