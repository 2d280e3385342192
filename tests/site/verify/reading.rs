//! Sites out of assemblies, as synth writes them.

use formwork::prelude::*;
use formwork_verify::{Found, Secret};
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
    // Which backend is active is the deployed stack's to say.
    let of_source = plain.health.map(|health| formwork_verify::Health { color: None, ..health });
    assert_eq!((delivered.health.clone(), plain.instance), (of_source, None));
    // The association alone says it too.
    let mut assembly = App::new().with(site.build()).synth().unwrap();
    assembly.files.clear();
    let ids: Vec<_> = assembly.stacks.iter().map(|stack| stack.id.clone()).collect();
    assert_eq!(formwork_verify::sites(&assembly, &ids).remove(0).site.health, delivered.health);
}

/// A closed site says as much about its nginx as an open one, whoever brings the files; and who decides which backend is active.
#[test]
fn a_closed_site_has_an_nginx_too() {
    let origin = Origin::public_http("origin.example.com");
    let open = NginxSite::<EuCentral1>::new("example", "api.example.com", &zone(), origin);
    let deliveries = [None, Some(Delivery::shell()), Some(Delivery::ssm("i-0123456789abcdef0"))];
    for secret in [None, Some(OriginSecret::Sent(1)), Some(OriginSecret::Generation(2))] {
        for delivery in deliveries.clone() {
            let switches = matches!(&delivery, Some(Delivery { carrier: Carrier::Ssm { .. }, .. }));
            let active = Color::Green;
            let locations = vec![ProxyLocation::new("/up/", Target::Active)];
            let proxy = open.proxy.clone().map(|proxy| ReverseProxy { delivery, active, locations, ..proxy });
            let site = NginxSite { origin_secret: secret, proxy, ..open.clone() };
            let found = sites(App::new().with(site.build())).remove(0);
            let health = found.site.health.unwrap_or_else(|| panic!("{secret:?}"));
            assert_eq!(health.path, "/_formwork/health");
            assert!(health.digest.is_some());
            assert_eq!(health.color.as_deref(), (!switches).then_some("green"));
            let switch = found.switch.map(|(stack, parameter)| format!("{parameter} of {stack}"));
            assert_eq!(switch.as_deref(), switches.then_some("NginxActive of example-site@eu-central-1"));
        }
    }
}

/// The secrets that nginx reads, of a site that is closed: those that the delivery names, and the one that the distribution sends.
#[test]
fn a_site_with_secrets() {
    let ids = |site: &NginxSite<EuCentral1>| {
        let found = sites(App::new().with(site.clone().build())).remove(0).site.secrets;
        let id = |secret: &Secret| match secret {
            Secret::Made { stack, logical_id, name: None } => format!("{} of {stack}", logical_id),
            other => format!("{other:?}"),
        };
        found.iter().map(id).collect::<Vec<_>>()
    };
    let origin = Origin::public_http("origin.example.com");
    let mut site = NginxSite::<EuCentral1>::new("example", "api.example.com", &zone(), origin);
    assert_eq!(ids(&site), [""; 0]);
    site.origin_secret = Some(OriginSecret::Generation(3));
    assert_eq!(ids(&site), ["OriginSecret3 of example-site@eu-central-1"]);
    let delivery = Some(Delivery::ssm("i-0123456789abcdef0"));
    site.proxy = site.proxy.map(|proxy| ReverseProxy { delivery, ..proxy });
    let both = ["OriginSecret3 of example-site@eu-central-1", "OriginSecret2 of example-site@eu-central-1"];
    assert_eq!(ids(&site), both);
}

/// A secret that is there already has an ARN, with more behind it in a reference.
#[test]
fn a_secret_that_is_there() {
    let arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:site-AbCdEf";
    let mut origin = Origin::public_http("origin.example.com");
    let header = format!("{{{{resolve:secretsmanager:{arn}:SecretString:::}}}}");
    origin.custom_headers.insert("X-Origin-Secret".to_owned(), header.into());
    let site = NginxSite::<EuCentral1>::new("example", "api.example.com", &zone(), origin);
    let found = sites(App::new().with(site.build())).remove(0).site.secrets;
    assert_eq!(found, [Secret::Existing(arn.to_owned())]);
}

#[test]
fn a_stack_without_a_site() {
    assert_eq!(sites(App::new().with(Stack::<UsEast1>::new("empty"))), []);
}
