//! L2 types and patterns: everything they can say, as templates; and hostile values, none of which gets into one.

#![allow(clippy::unwrap_used, reason = "what cannot go on fails its test")]

use std::time::Duration;

use formwork::assembly::Assembly;
use formwork::cloudfront::Logging;
use formwork::prelude::*;
use insta::assert_snapshot;

fn zone() -> HostedZone {
    HostedZone::from_id("Z0123456789ABCDEFGHIJ", "example.com")
}

fn certificate() -> (Stack<UsEast1>, Handle<Certificate, UsEast1>) {
    let mut edge = Stack::<UsEast1>::new("edge");
    let certificate = edge.add("Certificate", Certificate::dns_validated("example.com", &zone()));
    (edge, certificate)
}

fn only(assembly: &Assembly) -> &str {
    &assembly.stacks[0].template
}

#[test]
fn a_certificate_with_everything() {
    let other = HostedZone::from_id("ZOTHER", "sub.example.com");
    let mut stack = Stack::<UsEast1>::new("certificate");
    let certificate = Certificate {
        subject_alternative_names: vec!["*.example.com".into(), "www.sub.example.com".into()],
        zones: vec![zone(), other],
        key_algorithm: Some(KeyAlgorithm::EcPrime256v1),
        tags: vec![("team".into(), "web".into())],
        ..Certificate::dns_validated("example.com", &zone())
    };
    let handle = stack.add("Certificate", certificate);
    stack.edit(&handle, |l1| {
        l1.certificate_transparency_logging_preference =
            some(cfn::certificatemanager::certificate::CertificateTransparencyLoggingPreference::Disabled);
    });
    stack.output("Arn", handle.arn());
    assert_snapshot!(only(&App::new().with(stack).synth().unwrap()));
}

/// Two names that ACM proves by one record have one validation option: the second record would fail.
#[test]
fn names_of_one_validation_record_are_validated_once() {
    #[track_caller]
    fn check(domain_name: &str, others: &[&str], options: &[&str]) {
        let mut stack = Stack::<UsEast1>::new("certificate");
        let certificate = Certificate {
            subject_alternative_names: others.iter().map(|name| (*name).to_owned()).collect(),
            ..Certificate::dns_validated(domain_name, &zone())
        };
        stack.add("Certificate", certificate);
        let assembly = App::new().with(stack).synth().unwrap();
        let template: serde_json::Value = serde_json::from_str(only(&assembly)).unwrap();
        let properties = &template["Resources"]["Certificate"]["Properties"];
        let found: Vec<&str> = properties["DomainValidationOptions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|option| option["DomainName"].as_str().unwrap())
            .collect();
        assert_eq!(found, options, "{domain_name} {others:?}");
        // Every option is about a name of the certificate, as it is written there.
        let names = &properties["SubjectAlternativeNames"];
        for option in options {
            assert!(properties["DomainName"] == *option || names.as_array().unwrap().contains(&(*option).into()));
        }
    }
    check("example.com", &[], &["example.com"]);
    check("example.com", &["*.example.com"], &["example.com"]);
    check("*.example.com", &["example.com"], &["example.com"]);
    check("*.example.com", &[], &["*.example.com"]);
    check("*.example.com", &["www.example.com"], &["*.example.com", "www.example.com"]);
    check("example.com", &["example.com", "EXAMPLE.com", "example.com."], &["example.com"]);
    check("EXAMPLE.com.", &["*.example.COM", "*.a.example.com", "A.example.com."], &["EXAMPLE.com", "A.example.com"]);
    check(
        "a.example.com",
        &["*.b.example.com", "b.example.com", "*.B.example.com"],
        &["a.example.com", "b.example.com"],
    );
}

#[test]
fn a_distribution_with_everything() {
    let (mut stack, certificate) = certificate();
    let api = Origin {
        id: "api".into(),
        path: Some("/v1".into()),
        read_timeout: Some(Duration::from_secs(60)),
        keepalive_timeout: Some(Duration::from_secs(20)),
        custom_headers: [("X-Origin-Secret".to_owned(), dynamic::secret("origin", Some("header")))].into(),
        ..Origin::vpc("vo_0123456789", "ip-10-0-0-7.ec2.internal")
    };
    let files = Behavior {
        allowed_methods: AllowedMethods::GetHeadOptions,
        cache_policy: CachePolicy::CachingOptimized,
        origin_request_policy: None,
        response_headers_policy: Some(ResponseHeadersPolicy::SecurityHeaders),
        compress: false,
        viewer_protocol_policy: ViewerProtocolPolicy::AllowAll,
        ..Behavior::new(Origin {
            id: "files".into(),
            read_timeout: Some(Duration::from_secs(4)),
            ..Origin::public_https("other.example.com")
        })
    };
    let default_behavior = Behavior {
        allowed_methods: AllowedMethods::GetHead,
        cache_policy: CachePolicy::Id("11111111-2222-3333-4444-555555555555".into()),
        origin_request_policy: Some(OriginRequestPolicy::AllViewerAndCloudFrontHeaders202206),
        response_headers_policy: Some(ResponseHeadersPolicy::SecurityHeaders),
        compress: false,
        ..Behavior::new(Origin::public_https("files.example.com"))
    };
    stack.add(
        "Distribution",
        Distribution {
            aliases: vec!["example.com".into()],
            behaviors: vec![("/v1/*".into(), Behavior::new(api)), ("/static/*".into(), files)],
            minimum_protocol_version: MinimumProtocolVersion::TLSv1_3_2025,
            http_version: HttpVersion::Http2,
            ipv6: false,
            price_class: PriceClass::PriceClass100,
            logging: Some(Logging {
                bucket: "logs.s3.amazonaws.com".into(),
                prefix: Some("edge/".into()),
                include_cookies: true,
            }),
            web_acl: Some("arn:aws:wafv2:us-east-1:123456789012:global/webacl/x/a1b2".into()),
            default_root_object: Some("index.html".into()),
            comment: Some("files and an api".into()),
            enabled: false,
            tags: vec![("team".into(), "web".into())],
            ..Distribution::new(default_behavior, &certificate)
        },
    );
    assert_snapshot!(only(&App::new().with(stack).synth().unwrap()));
}

#[test]
fn records_of_every_type() {
    let mut stack = Stack::<EuWest1>::new("records");
    let zone = zone();
    let mut add =
        |id: &str, record| stack.add(id, RecordSet::new(&zone, format!("{}.example.com", id.to_lowercase()), record));
    add("A", Record::A(vec!["192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap()]));
    add("Aaaa", Record::Aaaa(vec!["2001:db8::1".parse().unwrap()]));
    add("Cname", Record::Cname("other.example.net".into()));
    add("Mx", Record::Mx(vec![(10, "mail.example.com".into())]));
    add("Txt", Record::Txt(vec!["say \"hello\" \\ \n".into()]));
    add("Caa", Record::Other { record_type: "CAA".into(), values: vec!["0 issue \"amazon.com\"".into()] });
    assert_snapshot!(only(&App::new().with(stack).synth().unwrap()));
}

#[test]
fn alias_records_with_https() {
    let (mut stack, certificate) = certificate();
    let origin = Origin::public_https("origin.example.com");
    let distribution = stack.add("Distribution", Distribution::new(origin, &certificate));
    let records = AliasRecords { https: true, ..AliasRecords::new(&zone(), "example.com", &distribution) };
    let handles = stack.add("Alias", records);
    stack.output("Name", handles.https.unwrap().name());
    let assembly = App::new().with(stack).synth().unwrap();
    let records = only(&assembly).split("\"AliasA\"").nth(1).unwrap();
    assert_snapshot!(records);
}

#[test]
fn a_site_at_home_in_us_east_1_is_one_stack() {
    let origin = Origin::public_https("origin.example.com");
    let site = NginxSite {
        proxy: Some(ReverseProxy { active: Color::Green, ..ReverseProxy::new("example.com") }),
        ..NginxSite::<UsEast1>::new("example", "example.com", &zone(), origin)
    };
    let price_class = PriceClass::PriceClass100;
    let mut site = site.build_with(|distribution| Distribution { price_class, ..distribution });
    site.site.edit(&site.certificate, |l1| l1.certificate_export = None);
    site.site.edit(&site.records[0].a, |l1| l1.comment = some("by hand"));
    let assembly = App::new().with(site).synth().unwrap();
    let names: Vec<_> = assembly.stacks.iter().map(|stack| stack.name()).collect();
    assert_eq!(names, ["example-site"]);
    let ids: Vec<_> = assembly.stacks[0].locations.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(ids, ["Certificate", "Distribution", "AliasA", "AliasAaaa", "AliasHttps", "Url", "NginxFiles"]);
    assert!(only(&assembly).contains("PriceClass_100"));
    let files: Vec<_> = assembly.files.iter().map(|file| format!("--- {}\n{}", file.path, file.content)).collect();
    assert_snapshot!(files.join("\n"));
}

#[test]
fn a_site_of_several_names() {
    let other = HostedZone::from_id("ZOTHER", "example.org");
    let origin = Origin::public_https("origin.example.com");
    let files = Behavior { cache_policy: CachePolicy::CachingOptimized, ..Behavior::new(origin.clone()) };
    let mut site = NginxSite {
        other_names: vec!["api.example.com".into(), "*.apps.example.com".into()],
        redirects: vec!["www.example.com".into(), "example.org.".into()],
        other_zones: vec![other],
        behaviors: vec![("/static/*".into(), files)],
        plain_http: ViewerProtocolPolicy::RedirectToHttps,
        ..NginxSite::<EuCentral1>::new("example", "example.com", &zone(), origin)
    }
    .build();
    let web_acl = "arn:aws:wafv2:us-east-1:111122223333:global/webacl/site/a1b2";
    site.site.edit(&site.distribution, |l1| {
        if let Val::Literal(config) = &mut l1.distribution_config {
            config.web_acl_id = some(web_acl);
        }
    });
    if let Some(edge) = &mut site.edge {
        edge.edit(&site.certificate, |l1| l1.certificate_export = None);
        edge.output("Certificate", site.certificate.arn());
    }
    let assembly = App::new().with(site).synth().unwrap();
    let stacks = assembly.stacks.iter().map(|stack| format!("--- {}\n{}", stack.id, stack.template));
    assert_snapshot!(stacks.collect::<String>());
    let names = assembly.files.iter().flat_map(|file| file.content.lines());
    let names: Vec<&str> = names.map(str::trim).filter(|line| line.starts_with("server_name ")).collect();
    let of_the_site =
        ["server_name \"example.com\";", "server_name \"api.example.com\";", "server_name \"*.apps.example.com\";"];
    assert_eq!(names[1..], of_the_site);
}

#[test]
fn a_site_with_a_certificate_that_is_there_and_without_nginx() {
    let (edge, certificate) = certificate();
    let origin = Origin::public_https("origin.example.com");
    let site = NginxSite {
        certificate: Some(certificate),
        proxy: None,
        ..NginxSite::<EuCentral1>::new("example", "example.com", &zone(), origin)
    };
    let site = site.build_with(|distribution| Distribution { http_version: HttpVersion::Http2, ..distribution });
    let assembly = App::new().with(edge).with(site).synth().unwrap();
    let ids = |stack: usize| assembly.stacks[stack].locations.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>();
    assert_eq!((ids(0), ids(1)), (vec!["Certificate"], vec!["Distribution", "AliasA", "AliasAaaa", "Url"]));
    assert_eq!(assembly.files.len(), 0);
}

#[test]
fn a_distribution_without_a_certificate() {
    let mut stack = Stack::<EuCentral1>::new("site");
    let distribution = Distribution::without_certificate(Origin::public_https("origin.example.com"));
    stack.add("Distribution", distribution.clone());
    let assembly = App::new().with(stack).synth().unwrap();
    let template: serde_json::Value = serde_json::from_str(only(&assembly)).unwrap();
    let config = &template["Resources"]["Distribution"]["Properties"]["DistributionConfig"];
    assert_eq!(config["ViewerCertificate"], serde_json::json!({ "CloudFrontDefaultCertificate": true }));
    let mut stack = Stack::<EuCentral1>::new("site");
    stack.add("Distribution", Distribution { aliases: vec!["example.com".into()], ..distribution });
    let report = App::new().with(stack).synth().unwrap_err();
    assert_eq!(report.problems[0].message, "the distribution has the alias `example.com` and no certificate for it");
}

/// Settings that a site cannot have: each is reported at the line where the site is built.
#[test]
fn sites_that_cannot_be() {
    let site = || {
        let origin = Origin::public_https("origin.example.com");
        NginxSite::<EuCentral1>::new("example", "example.com", &zone(), origin)
    };
    let long = format!("{}.example.com", "a".repeat(60));
    let strings = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let with_origin = |edit: fn(&mut Origin)| {
        let mut site = site();
        edit(&mut site.origin);
        site
    };
    let proxy = |name: &str| Some(ReverseProxy { port: 443, ..ReverseProxy::new(name) });
    let cases = [
        ("a wildcard", NginxSite { domain_name: "*.example.com".into(), proxy: None, ..site() }),
        ("a long name", NginxSite { domain_name: long.clone(), proxy: proxy(&long), ..site() }),
        ("a name twice", NginxSite { other_names: strings(&["www.example.com", "WWW.example.com."]), ..site() }),
        ("another zone", NginxSite { redirects: strings(&["example.org"]), ..site() }),
        ("hostile names", NginxSite { redirects: strings(&["a'];.example.com", "a\n.b.com"]), ..site() }),
        (
            "itself",
            NginxSite {
                redirects: strings(&["WWW.Example.com."]),
                domain_name: "www.example.com".into(),
                proxy: proxy("www.example.com"),
                ..site()
            },
        ),
        ("a long stack", NginxSite { name: "n".repeat(60), redirects: strings(&["www.example.com"]), ..site() }),
        ("nginx", NginxSite { other_names: strings(&["api.example.com"]), proxy: proxy("*.example.com"), ..site() }),
        ("path", with_origin(|origin| origin.path = Some("/a b".into()))),
        ("path", with_origin(|origin| origin.path = Some("/../x".into()))),
        ("path", with_origin(|origin| origin.path = Some("/x?y#z".into()))),
        ("path", with_origin(|origin| origin.path = Some(format!("/{}", "x".repeat(300))))),
        ("id", with_origin(|origin| origin.id = String::new())),
        (
            "header",
            with_origin(|origin| {
                origin.custom_headers.insert("X-A".into(), "x".repeat(2_000).into());
            }),
        ),
    ];
    let mut text = String::new();
    for (what, site) in cases {
        let first = line!();
        let report = App::new().with(site).synth().unwrap_err();
        text += &format!("--- {what}\n");
        for problem in report.problems.iter().filter(|problem| problem.hint.as_deref() != Some("")) {
            let at = problem.location.as_ref().map(|at| if at.line == first + 1 { "here" } else { "there" });
            text += &format!("{:?} {}: {}\n", problem.severity, at.unwrap_or_default(), problem.message);
        }
    }
    assert_snapshot!(text);
}

#[test]
fn an_origin_that_the_sites_nginx_does_not_answer() {
    let origin = Origin::public_https("origin.example.com");
    let site = NginxSite::<EuCentral1>::new("example", "example.com", &zone(), origin);
    let assembly = App::new().with(site).synth().unwrap();
    assert_snapshot!(assembly.warnings[1].message, @"CloudFront reaches the origin over https on port 443, nginx listens on port 80 for http");
}

#[test]
fn two_origins_of_one_id() {
    let (mut stack, certificate) = certificate();
    let other = Behavior::new(Origin::public_https("other.example.com"));
    let distribution = Distribution {
        behaviors: vec![("/other/*".into(), other)],
        ..Distribution::new(Origin::public_https("origin.example.com"), &certificate)
    };
    stack.add("Distribution", distribution);
    let report = App::new().with(stack).synth().unwrap_err();
    assert_eq!(report.problems[0].message, "the distribution has two different origins with the id `origin`");
}

/// Whatever people put where a name belongs: refused, never written.
#[test]
fn hostile_names_are_refused_everywhere() {
    for hostile in
        ["a;b.example.com", "$(rm -rf /).example.com", "x\ny.example.com", "\"}}, \"a.example.com", "é.example.com"]
    {
        let (mut stack, certificate) = certificate();
        let origin = Origin::public_https(hostile);
        let distribution = Distribution { aliases: vec![hostile.into()], ..Distribution::new(origin, &certificate) };
        stack.add("Distribution", distribution);
        stack.add("Certificate2", Certificate::dns_validated(hostile, &zone()));
        stack.add("Record", RecordSet::new(&zone(), hostile, Record::Cname(hostile.into())));
        stack.add("Nginx", ReverseProxy::new(hostile));
        stack.add(
            "Nginx2",
            ReverseProxy { green: Upstream::new(format!("{hostile}:80")), ..ReverseProxy::new("example.com") },
        );
        let report = App::new().with(stack).synth().unwrap_err();
        // The name of the record and what it points to are one problem, being the same text at the same place.
        assert_eq!(report.problems.len(), 6, "{hostile:?}: {:#?}", report.problems);
    }
}

/// A construct that needs what is the stack's, not a resource's.
struct Extended;

impl<R> Construct<R> for Extended {
    type Handle = ();

    fn add_to(self, scope: &mut Scope<R>) {
        scope.transform("AWS::LanguageExtensions");
        scope.description("extended");
        scope.termination_protection(true);
        scope.depends_on(&Stack::<UsEast1>::new("other"));
        scope.tag("team", "web");
    }
}

#[test]
fn a_scope_has_what_a_stack_has() {
    let mut stack = Stack::<UsEast1>::new("t");
    stack.transform("AWS::LanguageExtensions");
    stack.add("One", Extended);
    stack.add("Two", Extended);
    stack.add("Zone", cfn::route53::HostedZone::default());
    let other = Stack::<UsEast1>::new("other");
    let assembly = App::new().with(stack).with(other).synth().unwrap();
    let stack = &assembly.stacks[0];
    assert_eq!((stack.depends_on.len(), stack.termination_protection), (1, true));
    assert!(stack.template.contains("\"Transform\": \"AWS::LanguageExtensions\""), "{}", stack.template);
    // A stack has of its own what makes one, and its region; everything else is a scope's.
    let functions = include_str!("../src/stack.rs").lines().filter_map(|line| line.trim().strip_prefix("pub fn "));
    let names: Vec<&str> = functions.map(|line| line.split(['(', '<']).next().unwrap_or_default()).collect();
    assert_eq!(names, ["new", "of", "in_region", "anywhere"]);
}

/// The region as a value gives what the region as a type gives.
#[test]
fn a_site_in_a_region_that_is_a_value() {
    let zone = HostedZone::from_id("Z0123456789ABCDEFGHIJ", "example.com");
    let origin = || Origin::public_http("origin.example.com");
    let templates = |app: App| -> Vec<String> {
        app.synth().unwrap().stacks.into_iter().map(|stack| format!("{} {}", stack.id, stack.template)).collect()
    };
    let typed = templates(App::new().with(NginxSite::<EuCentral1>::new("s", "a.example.com", &zone, origin())));
    let value = |region: &str| NginxSite::in_region("s", region, "a.example.com", &zone, origin());
    assert_eq!(templates(App::new().with(value("eu-central-1"))), typed);
    assert_eq!(templates(App::new().with(value("us-east-1"))).len(), 1);
    let report = App::new().with(value("cn-north-1")).synth().unwrap_err();
    let messages: Vec<&str> = report.problems.iter().map(|problem| problem.message.as_str()).collect();
    let message = "a distribution cannot be in `cn-north-1`: its partition is `aws-cn`";
    assert!(messages.contains(&message), "{messages:?}");
    let wrong =
        NginxSite { region: "eu-west-1".into(), ..NginxSite::<EuCentral1>::new("s", "a.example.com", &zone, origin()) };
    assert!(App::new().with(wrong).synth().is_err());
}
