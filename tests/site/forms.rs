//! Forms that a site can have: how the instance is reached, who answers there, how files get to it, and how far it is closed. The tests of
//! templates hold each against judges that are not ours, and [`sites`](crate::sites) takes each through its life.

use formwork::cloudfront::Logging;
use formwork::prelude::*;

/// The source of a site, before a change and after it.
type Form = fn(bool) -> App;

type Site = NginxSite<EuCentral1>;

const CERTIFICATE: &str = "arn:aws:acm:us-east-1:111122223333:certificate/12345678-1234-1234-1234-123456789012";

fn zone(name: &str) -> HostedZone {
    // A zone has one name.
    HostedZone::from_id(if name == "example.com" { "Z0123456789ABCDEFGHIJ" } else { "Z9876543210ABCDEFGHIJ" }, name)
}

fn usual<R: Region<Partition = Aws>>(changed: bool) -> NginxSite<R> {
    let origin = Origin::public_http("origin.example.net");
    let mut site = NginxSite::new("example", "example.com", &zone("example.com"), origin);
    site.proxy = site.proxy.map(|proxy| ReverseProxy { max_body_mib: if changed { 30 } else { 20 }, ..proxy });
    site
}

fn site(changed: bool, edit: impl FnOnce(&mut Site)) -> App {
    let mut site = usual(changed);
    edit(&mut site);
    App::new().with(site)
}

/// A site with a proxy that is edited.
fn proxied(changed: bool, edit: impl FnOnce(&mut Site, &mut ReverseProxy)) -> App {
    site(changed, |site| {
        if let Some(mut proxy) = site.proxy.take() {
            edit(site, &mut proxy);
            site.proxy = Some(proxy);
        }
    })
}

fn closed(changed: bool, secret: OriginSecret, delivery: Option<Delivery>) -> App {
    proxied(changed, |site, proxy| {
        site.origin_secret = Some(secret);
        site.ingress = Some(OriginIngress {
            ipv6: some("pl-0123456789abcdef0"),
            ..OriginIngress::new("sg-0123456789abcdef0", "pl-22a6434b")
        });
        proxy.delivery = delivery;
    })
}

fn ssm() -> Option<Delivery> {
    Some(Delivery::ssm("i-0123456789abcdef0"))
}

/// Every form, by its name.
pub(crate) const FORMS: &[(&str, Form)] = &[
    ("files by hand", |changed| site(changed, |_| {})),
    ("another server", |changed| {
        site(changed, |site| {
            site.proxy = None;
            site.plain_http = if changed { ViewerProtocolPolicy::RedirectToHttps } else { site.plain_http.clone() };
        })
    }),
    ("https to the origin", |changed| {
        proxied(changed, |site, _| site.origin = Origin::public_https("origin.example.net"))
    }),
    ("an origin in a VPC", |changed| {
        proxied(changed, |site, _| site.origin = Origin::vpc("vo_0123456789abcdef0", "origin.example.net"))
    }),
    ("at home in us-east-1", |changed| App::new().with(usual::<UsEast1>(changed))),
    ("a certificate that is there", |changed| {
        proxied(changed, |site, _| site.certificate = Some(Certificate::from_arn(CERTIFICATE)))
    }),
    ("several names and zones", |changed| {
        proxied(changed, |site, _| {
            site.other_names = vec!["*.example.com".into(), "example.org".into()];
            site.redirects = vec!["www.example.com".into(), "www.example.org".into()];
            site.other_zones = vec![zone("example.org")];
        })
    }),
    ("viewers over http", |changed| {
        proxied(changed, |site, proxy| {
            site.plain_http = ViewerProtocolPolicy::AllowAll;
            proxy.viewers = Viewers::HttpAndHttps;
        })
    }),
    ("no HTTPS records", |changed| proxied(changed, |site, _| site.https_records = false)),
    ("behaviours and an edited distribution", |changed| {
        let mut site: Site = usual(changed);
        let files = Behavior { cache_policy: CachePolicy::CachingOptimized, ..Behavior::new(site.origin.clone()) };
        site.behaviors = vec![("/files/*".into(), files)];
        let acl = "arn:aws:wafv2:us-east-1:111122223333:global/webacl/site/12345678-1234-1234-1234-123456789012";
        let bucket = "logs.s3.amazonaws.com".into();
        let logging = Some(Logging { bucket, prefix: Some("site/".into()), include_cookies: false });
        App::new().with(site.build_with(|it| Distribution { web_acl: some(acl), logging, ..it }))
    }),
    ("over a shell", |changed| proxied(changed, |_, proxy| proxy.delivery = Some(Delivery::shell()))),
    ("by Systems Manager", |changed| proxied(changed, |_, proxy| proxy.delivery = ssm())),
    ("to an nginx that is there", |changed| {
        proxied(changed, |_, proxy| {
            proxy.runtime = Runtime::Existing;
            proxy.delivery = ssm();
        })
    }),
    ("without a health path", |changed| {
        proxied(changed, |_, proxy| {
            proxy.health_path = None;
        })
    }),
    ("about to be closed", |changed| closed(changed, OriginSecret::Sent(1), ssm())),
    ("closed", |changed| closed(changed, OriginSecret::Generation(1), ssm())),
    ("closed, with another secret", |changed| {
        closed(changed, OriginSecret::Generation(if changed { 3 } else { 2 }), ssm())
    }),
    ("closed, files by hand", |changed| closed(changed, OriginSecret::Generation(1), None)),
    ("closed, over a shell", |changed| closed(changed, OriginSecret::Generation(2), Some(Delivery::shell()))),
    ("shop", |changed| {
        let group = if changed { "sg-0123456789abcdef1" } else { "sg-0123456789abcdef0" };
        shop::app(&Context::new([("security-group", group)]))
    }),
];
