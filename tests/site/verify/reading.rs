//! Sites out of assemblies, as synth writes them.

use formwork::prelude::*;
use formwork_verify::Found;
use insta::assert_debug_snapshot;

#[track_caller]
fn sites(app: App) -> Vec<Found> {
    let assembly = app.synth().unwrap_or_else(|report| panic!("{report:?}"));
    let ids: Vec<_> = assembly.stacks.iter().map(|stack| stack.id.clone()).collect();
    formwork_verify::sites(&assembly, &ids)
}

fn zone() -> HostedZone {
    HostedZone::from_id("Z0123456789ABCDEFGHIJ", "example.com")
}

#[test]
fn a_site() {
    let origin = Origin::public_http("origin.example.com");
    let site = NginxSite {
        redirects: vec!["www.example.com".to_owned()],
        ..NginxSite::<EuCentral1>::new("example", "api.example.com", &zone(), origin)
    };
    assert_debug_snapshot!(sites(App::new().with(site.build())));
}

#[test]
fn everything_otherwise() {
    let mut site = Stack::<UsEast1>::new("site");
    let names = ["api.example.com", "*.example.com"];
    let certificate = site.add("Certificate", Certificate::dns_validated("*.example.com", &zone()));
    let mut origin = Origin::public_https("origin.example.com");
    origin.custom_headers.insert("X-Origin-Secret".to_owned(), "{{resolve:secretsmanager:site}}".into());
    let behavior = Behavior {
        viewer_protocol_policy: ViewerProtocolPolicy::RedirectToHttps,
        response_headers_policy: Some(ResponseHeadersPolicy::SecurityHeaders),
        ..Behavior::new(origin)
    };
    let distribution = Distribution {
        aliases: names.map(str::to_owned).into(),
        http_version: HttpVersion::Http2,
        ipv6: false,
        ..Distribution::new(behavior, &certificate)
    };
    let distribution = site.add("Distribution", distribution);
    site.add("Alias", AliasRecords { https: true, ..AliasRecords::new(&zone(), "api.example.com", &distribution) });
    site.output("DistributionName", distribution.domain_name());
    assert_debug_snapshot!(sites(App::new().with(site)));
}

/// Files that Systems Manager delivers say where they are delivered to, and which they are.
#[test]
fn a_site_that_is_delivered_to() {
    let origin = Origin::public_http("origin.example.com");
    let mut site = NginxSite::<EuCentral1>::new("example", "api.example.com", &zone(), origin);
    let plain = sites(App::new().with(site.clone().build())).remove(0).site;
    let delivery = Some(Delivery::ssm("i-0123456789abcdef0"));
    site.proxy = site.proxy.map(|proxy| ReverseProxy { delivery, ..proxy });
    let delivered = sites(App::new().with(site.clone().build())).remove(0).site;
    assert_eq!(delivered.instance.as_deref(), Some("i-0123456789abcdef0"));
    assert_eq!((delivered.health.clone(), plain.instance), (plain.health, None));
    // The association alone says it too.
    let mut assembly = App::new().with(site.build()).synth().unwrap();
    assembly.files.clear();
    let ids: Vec<_> = assembly.stacks.iter().map(|stack| stack.id.clone()).collect();
    assert_eq!(formwork_verify::sites(&assembly, &ids).remove(0).site.health, delivered.health);
}

#[test]
fn a_stack_without_a_site() {
    assert_eq!(sites(App::new().with(Stack::<UsEast1>::new("empty"))), []);
}
