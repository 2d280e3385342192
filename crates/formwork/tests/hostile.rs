//! Bad input: every text that a user gives, with texts that end a line, a word, a text or a function. Each is refused with its place in
//! the source, or is in the template as one text, and the files keep their shape.

#![allow(clippy::unwrap_used, reason = "what cannot go on fails its test")]

use formwork::assembly::{Problem, Severity};
use formwork::cloudfront::{Logging, Transport};
use formwork::prelude::*;
use formwork::template::Template;
use serde_json::Value as Json;

/// Texts, and a token: a value that is known only when the stack is deployed.
fn texts() -> Vec<String> {
    let token = pseudo::region().to_string();
    let mut texts = vec!["x".repeat(10_000), "\u{fdd0}".to_owned(), token.clone(), format!("a{token}b")];
    texts.extend(
        [
            "a\nb",
            "a\r\nb",
            "a;b",
            "a\"b",
            "a'b",
            "$(id)",
            "`id`",
            "${a}",
            "${AWS::Region}",
            "\u{1b}[2J",
            "a\u{202e}b",
            "a\0b",
            "a\u{2028}b",
            "a\u{fdd1}b",
            "a: b",
            "- a",
            "{{resolve:ssm:a}}",
            "a{b}",
            "a\\",
            "a#b",
            "\u{feff}a",
            "",
            " ",
            "a b ",
        ]
        .map(str::to_owned),
    );
    texts
}

fn zone() -> HostedZone {
    HostedZone::from_id("Z0123456789ABCDEFGHIJ", "example.com")
}

fn origin() -> Origin {
    Origin::public_https("origin.example.com")
}

type Field = (&'static str, fn(String) -> App);

fn with(edit: impl FnOnce(&mut Stack<UsEast1>)) -> App {
    let mut stack = Stack::<UsEast1>::new("site");
    stack.add("Anything", Certificate::dns_validated("example.com", &zone()));
    edit(&mut stack);
    App::new().with(stack)
}

fn certificate(edit: impl FnOnce(&mut Certificate)) -> App {
    let mut certificate = Certificate::dns_validated("example.com", &zone());
    edit(&mut certificate);
    with(|stack| _ = stack.add("It", certificate))
}

fn distribution(edit: impl FnOnce(&mut Distribution)) -> App {
    let mut distribution = Distribution::without_certificate(origin());
    edit(&mut distribution);
    with(|stack| _ = stack.add("It", distribution))
}

fn of_origin(edit: impl FnOnce(&mut Origin)) -> App {
    let mut origin = origin();
    edit(&mut origin);
    distribution(|it| it.default_behavior.origin = origin)
}

fn record(record: Record) -> App {
    with(|stack| _ = stack.add("It", RecordSet::new(&zone(), "a.example.com", record)))
}

fn site(edit: impl FnOnce(&mut NginxSite<EuCentral1>)) -> App {
    let mut site = NginxSite::<EuCentral1>::new("example", "example.com", &zone(), origin());
    edit(&mut site);
    App::new().with(site)
}

fn proxy(edit: impl FnOnce(&mut ReverseProxy)) -> App {
    let mut proxy =
        ReverseProxy { delivery: Some(Delivery::ssm("i-0123456789abcdef0")), ..ReverseProxy::new("example.com") };
    edit(&mut proxy);
    with(|stack| _ = stack.add("Nginx", proxy))
}

fn ingress(edit: impl FnOnce(&mut OriginIngress)) -> App {
    let mut ingress = OriginIngress::new("sg-0123456789abcdef0", "pl-22a6434b");
    edit(&mut ingress);
    with(|stack| _ = stack.add("It", ingress))
}

#[rustfmt::skip]
const FIELDS: &[Field] = &[
    ("stack name", |text| { let mut stack = Stack::<UsEast1>::new(text); stack.output("A", "a"); App::new().with(stack) }),
    ("region", |text| App::new().with(Stack::in_region("site", text))),
    ("description of a stack", |text| with(|it| it.description(text))),
    ("construct's name", |text| with(|it| _ = it.add(&text, Certificate::dns_validated("example.com", &zone())))),
    ("output's name", |text| with(|it| _ = it.output(&text, "a"))),
    ("output", |text| with(|it| _ = it.output("A", text))),
    ("output's description", |text| with(|it| _ = it.output("A", "a").description(text))),
    ("export", |text| with(|it| _ = it.output("A", "a").export(text))),
    ("parameter's name", |text| with(|it| { let _: Val<String> = it.parameter(&text, parameter::text()); })),
    ("condition's name", |text| with(|it| _ = it.condition(&text, function::equals("a", "b")))),
    ("mapping's name", |text| with(|it| _ = it.mapping(&text, json!({ "a": { "b": "c" } })))),
    ("metadata's key", |text| with(|it| it.metadata(&text, "a"))),
    ("metadata", |text| with(|it| it.metadata("A", text))),
    ("stack tag's key", |text| with(|it| it.tag(text, "a"))),
    ("stack tag", |text| with(|it| it.tag("a", text))),
    ("app tag's key", |text| with(|_| ()).tag(text, "a")),
    ("file's path", |text| with(|it| it.file(&text, "a"))),
    ("certificate's name", |text| certificate(|it| it.domain_name = text)),
    ("certificate's other name", |text| certificate(|it| it.subject_alternative_names = vec![text])),
    ("certificate's tag's key", |text| certificate(|it| it.tags = vec![(text, "a".into())])),
    ("certificate's tag", |text| certificate(|it| it.tags = vec![("a".into(), text)])),
    ("zone's id", |text| certificate(|it| it.zones = vec![HostedZone::from_id(text, "example.com")])),
    ("zone's name", |text| certificate(|it| it.zones = vec![HostedZone::from_id("Z0123456789ABCDEFGHIJ", text)])),
    ("certificate's ARN", |text| with(|it| _ = it.add("It", Distribution::new(origin(), &Certificate::from_arn(text))))),
    ("alias", |text| distribution(|it| { it.certificate = Some(Certificate::from_arn("arn:aws:acm:us-east-1:111122223333:certificate/12345678-1234-1234-1234-123456789012")); it.aliases = vec![text] })),
    ("comment", |text| distribution(|it| it.comment = Some(text))),
    ("default root object", |text| distribution(|it| it.default_root_object = Some(text))),
    ("web ACL", |text| distribution(|it| it.web_acl = some(text))),
    ("log bucket", |text| distribution(|it| it.logging = Some(Logging { bucket: text.into(), prefix: None, include_cookies: false }))),
    ("log prefix", |text| distribution(|it| it.logging = Some(Logging { bucket: "a.s3.amazonaws.com".into(), prefix: Some(text), include_cookies: false }))),
    ("distribution's tag's key", |text| distribution(|it| it.tags = vec![(text, "a".into())])),
    ("distribution's tag", |text| distribution(|it| it.tags = vec![("a".into(), text)])),
    ("path pattern", |text| distribution(|it| it.behaviors = vec![(text, origin().into())])),
    ("cache policy", |text| distribution(|it| it.default_behavior.cache_policy = CachePolicy::Id(text.into()))),
    ("origin request policy", |text| distribution(|it| it.default_behavior.origin_request_policy = Some(OriginRequestPolicy::Id(text.into())))),
    ("response headers policy", |text| distribution(|it| it.default_behavior.response_headers_policy = Some(ResponseHeadersPolicy::Id(text.into())))),
    ("function", |text| distribution(|it| it.default_behavior.viewer_request = some(text))),
    ("function of responses", |text| distribution(|it| it.default_behavior.viewer_response = some(text))),
    ("origin", |text| of_origin(|it| it.domain_name = text.into())),
    ("origin's id", |text| of_origin(|it| it.id = text)),
    ("origin's path", |text| of_origin(|it| it.path = Some(text))),
    ("header's name", |text| of_origin(|it| _ = it.custom_headers.insert(text, "a".into()))),
    ("header", |text| of_origin(|it| _ = it.custom_headers.insert("X-Mine".into(), text.into()))),
    ("VPC origin's id", |text| of_origin(|it| it.transport = Transport::Vpc { vpc_origin_id: text.into() })),
    ("VPC origin's name", |text| with(|it| _ = it.add("It", VpcOrigin::new(text, "arn:aws:ec2:a")))),
    ("VPC origin's ARN", |text| with(|it| _ = it.add("It", VpcOrigin::new("a", text)))),
    ("record's name", |text| with(|it| _ = it.add("It", RecordSet::new(&zone(), text, Record::Txt(vec!["a".into()]))))),
    ("TXT", |text| record(Record::Txt(vec![text]))),
    ("CNAME", |text| record(Record::Cname(text))),
    ("MX", |text| record(Record::Mx(vec![(1, text)]))),
    ("record of another type", |text| record(Record::Other { record_type: text, values: vec!["a".into()] })),
    ("site's name", |text| site(|it| it.name = text)),
    ("site's domain", |text| site(|it| it.domain_name = text)),
    ("site's other name", |text| site(|it| it.other_names = vec![text])),
    ("redirect", |text| site(|it| it.redirects = vec![text])),
    ("site's pattern", |text| site(|it| it.behaviors = vec![(text, origin().into())])),
    ("server name", |text| proxy(|it| it.server_names = vec![text])),
    ("upstream", |text| proxy(|it| it.blue = Upstream::new(text))),
    ("upstream's host", |text| proxy(|it| it.green = Upstream::new(format!("{text}:80")))),
    ("location", |text| proxy(|it| it.locations = vec![ProxyLocation::new(format!("/{text}"), Target::Active)])),
    ("health path", |text| proxy(|it| it.health_path = Some(format!("/{text}")))),
    ("image", |text| proxy(|it| it.runtime = Runtime::Compose(Compose { image: format!("nginx:1.28.3{text}"), ..Compose::default() }))),
    ("container", |text| proxy(|it| it.runtime = Runtime::Compose(Compose { container_name: text, ..Compose::default() }))),
    ("network", |text| proxy(|it| it.runtime = Runtime::Compose(Compose { network: text, ..Compose::default() }))),
    ("instance", |text| proxy(|it| it.delivery = Some(Delivery::ssm(text)))),
    ("folder", |text| proxy(|it| it.delivery = Some(Delivery { directory: format!("/{text}"), ..Delivery::shell() }))),
    ("checked path", |text| proxy(|it| it.delivery = Some(Delivery { check_path: format!("/{text}"), ..Delivery::shell() }))),
    ("secrets' ARN", |text| proxy(|it| { it.origin_secret = Some(OriginSecret::Generation(1)); it.origin_secret_arns = vec![text.into()] })),
    ("security group", |text| ingress(|it| it.security_group = text.into())),
    ("prefix list", |text| ingress(|it| it.ipv4 = text.into())),
    ("prefix list of IPv6", |text| ingress(|it| it.ipv6 = some(text))),
];

/// The names and kinds of everything in a template, and how many texts: what it is but for its texts.
fn shape(value: &Json) -> String {
    match value {
        Json::Object(map) if map.len() == 1 && map.keys().all(|key| key.starts_with("Fn::") || key == "Ref") => {
            "text".into()
        }
        Json::Object(map) => map.iter().map(|(key, value)| format!("{key}{{{}}}", shape(value))).collect(),
        Json::Array(list) => list.iter().map(|value| format!("[{}]", shape(value))).collect(),
        Json::String(_) => "text".into(),
        other => other.to_string(),
    }
}

/// Fields whose text is a key of the template.
const KEYS: &[&str] = &["metadata's key"];

#[test]
fn every_text_is_refused_or_stays_one_text() {
    let mut wrong: Vec<String> = Vec::new();
    let benign = |field: &Field| (field.1)("a".into()).synth().ok();
    for field in FIELDS {
        let (name, app) = field;
        for text in texts() {
            let case = |what: &str| format!("{name}: {:?}: {what}", text.chars().take(40).collect::<String>());
            match app(text.clone()).synth() {
                Err(report) => {
                    let errors: Vec<&Problem> =
                        report.problems.iter().filter(|problem| problem.severity == Severity::Error).collect();
                    let placed = |problem: &&Problem| {
                        problem.location.as_ref().is_some_and(|it| it.file.ends_with("tests/hostile.rs") && it.line > 0)
                    };
                    if !errors.iter().all(placed) {
                        wrong.push(case(&format!("no place: {errors:?}")));
                    }
                    let said: String = errors.iter().map(|it| format!("{}{:?}", it.message, it.hint)).collect();
                    if said.contains(|c: char| {
                        c.is_control() || matches!(c, '\u{202e}' | '\u{2028}' | '\u{fdd0}' | '\u{fdd1}' | '\u{feff}')
                    }) {
                        wrong.push(case(&format!("not shown with care: {said:?}")));
                    }
                    if let Some(long) = errors.iter().map(|it| it.message.chars().count()).find(|count| *count > 2_001)
                    {
                        wrong.push(case(&format!("a message has {long} characters")));
                    }
                }
                Ok(assembly) => {
                    for stack in &assembly.stacks {
                        if stack.template.contains(['\u{fdd0}', '\u{fdd1}']) {
                            wrong.push(case("a token is in the template"));
                        }
                        let json: Json = serde_json::from_str(&stack.template).unwrap();
                        let before = benign(field).and_then(|it| it.stacks.into_iter().find(|it| it.id == stack.id));
                        if let Some(before) = before.filter(|_| !KEYS.contains(name)) {
                            let before: Json = serde_json::from_str(&before.template).unwrap();
                            if shape(&before) != shape(&json) {
                                wrong.push(case("the template has another shape"));
                            }
                        }
                        if Template::from_json(&stack.template).is_err() {
                            wrong.push(case("the template cannot be read"));
                        }
                    }
                    for file in &assembly.files {
                        let controls = |c: char| c.is_control() && c != '\n';
                        if file.content.contains(controls)
                            || file.content.contains(['\u{202e}', '\u{2028}', '\u{fdd0}', '\u{fdd1}'])
                        {
                            wrong.push(case(&format!("in {}", file.path)));
                        }
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} cases:\n{}", wrong.len(), wrong.join("\n"));
}
