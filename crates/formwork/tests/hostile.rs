//! Bad input: every text that a user gives, with texts that end a line, a word, a text or a function. Each is refused with its place in
//! the source, or is in the template as one text, and the files keep their shape.

#![allow(clippy::unwrap_used, reason = "what cannot go on fails its test")]

use formwork::assembly::visible::visible;
use formwork::assembly::{AssetSource, Problem, Severity};
use formwork::cloudfront::{Logging, Transport};
use formwork::patterns::Redirects;
use formwork::prelude::*;
use formwork::route53::AliasTarget;
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

/// A field, or another place for a text, by its name; of a type's field `Type.field`. And an app that has the text there.
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

fn inner(edit: impl FnOnce(&mut Stack<UsEast1>)) -> Stack<UsEast1> {
    let mut inner = Stack::<UsEast1>::new("inner");
    inner.output("B", "b");
    edit(&mut inner);
    inner
}

fn nested(edit: impl FnOnce(&mut Stack<UsEast1>), more: impl FnOnce(NestedStack) -> NestedStack) -> App {
    let inner = more(NestedStack::new(inner(edit)));
    with(|stack| _ = stack.add("Inner", inner))
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
    ("asset's name", |text| with(|it| _ = it.asset(&text, Asset::text("a")))),
    ("Asset::file", |text| with(|it| _ = it.asset("A", Asset::file(text)))),
    ("Asset::folder", |text| with(|it| _ = it.asset("A", Asset::folder(text)))),
    ("Asset::text", |text| with(|it| _ = it.asset("A", Asset::text(text)))),
    ("Asset.exclude", |text| with(|it| _ = it.asset("A", Asset::folder("a").exclude(text)))),
    ("Asset.extension", |text| with(|it| _ = it.asset("A", Asset::text("a").extension(text)))),
    ("S3Object.bucket", |text| with(|it| _ = it.output("A", S3Object::new(text, "a").url()))),
    ("S3Object.key", |text| with(|it| _ = it.output("A", S3Object::new("a", text).url()))),
    ("nested stack's name", |text| with(|it| { let mut inner = Stack::<UsEast1>::new(text); inner.output("A", "a"); it.add("A", NestedStack::new(inner)); })),
    ("NestedStack's id", |text| with(|it| _ = it.add(&text, NestedStack::new(inner(|_| ()))))),
    ("NestedStack.parameter", |text| nested(|_| (), |it| it.parameter(text, "a"))),
    ("NestedStack.parameter, value", |text| nested(|inner| { let _: Val<String> = inner.parameter("A", parameter::text()); }, |it| it.parameter("A", text))),
    ("NestedStack.notification_arn", |text| nested(|_| (), |it| it.notification_arn(text))),
    ("tag's key of a nested stack", |text| nested(|inner| inner.tag(text, "a"), |it| it)),
    ("tag of a nested stack", |text| nested(|inner| inner.tag("a", text), |it| it)),
    ("output of a nested stack", |text| with(|it| { let inner = it.add("A", NestedStack::new(inner(|_| ()))); it.output("A", inner.output(&text)); })),
    ("Certificate.domain_name", |text| certificate(|it| it.domain_name = text)),
    ("Certificate.subject_alternative_names", |text| certificate(|it| it.subject_alternative_names = vec![text])),
    ("Certificate.tags", |text| certificate(|it| it.tags = vec![(text, "a".into())])),
    ("Certificate.tags, value", |text| certificate(|it| it.tags = vec![("a".into(), text)])),
    ("HostedZone.id", |text| certificate(|it| it.zones = vec![HostedZone::from_id(text, "example.com")])),
    ("HostedZone.name", |text| certificate(|it| it.zones = vec![HostedZone::from_id("Z0123456789ABCDEFGHIJ", text)])),
    ("certificate's ARN", |text| with(|it| _ = it.add("It", Distribution::new(origin(), &Certificate::from_arn(text))))),
    ("Distribution.aliases", |text| distribution(|it| { it.certificate = Some(Certificate::from_arn("arn:aws:acm:us-east-1:111122223333:certificate/12345678-1234-1234-1234-123456789012")); it.aliases = vec![text] })),
    ("Distribution.comment", |text| distribution(|it| it.comment = Some(text))),
    ("Distribution.default_root_object", |text| distribution(|it| it.default_root_object = Some(text))),
    ("Distribution.web_acl", |text| distribution(|it| it.web_acl = some(text))),
    ("Logging.bucket", |text| distribution(|it| it.logging = Some(Logging { bucket: text.into(), prefix: None, include_cookies: false }))),
    ("Logging.prefix", |text| distribution(|it| it.logging = Some(Logging { bucket: "a.s3.amazonaws.com".into(), prefix: Some(text), include_cookies: false }))),
    ("Distribution.tags", |text| distribution(|it| it.tags = vec![(text, "a".into())])),
    ("Distribution.tags, value", |text| distribution(|it| it.tags = vec![("a".into(), text)])),
    ("Distribution.behaviors", |text| distribution(|it| it.behaviors = vec![(text, origin().into())])),
    ("CachePolicy.Id", |text| distribution(|it| it.default_behavior.cache_policy = CachePolicy::Id(text.into()))),
    ("OriginRequestPolicy.Id", |text| distribution(|it| it.default_behavior.origin_request_policy = Some(OriginRequestPolicy::Id(text.into())))),
    ("ResponseHeadersPolicy.Id", |text| distribution(|it| it.default_behavior.response_headers_policy = Some(ResponseHeadersPolicy::Id(text.into())))),
    ("Behavior.viewer_request", |text| distribution(|it| it.default_behavior.viewer_request = some(text))),
    ("Behavior.viewer_response", |text| distribution(|it| it.default_behavior.viewer_response = some(text))),
    ("Origin.domain_name", |text| of_origin(|it| it.domain_name = text.into())),
    ("Origin.id", |text| of_origin(|it| it.id = text)),
    ("Origin.path", |text| of_origin(|it| it.path = Some(text))),
    ("Origin.custom_headers", |text| of_origin(|it| _ = it.custom_headers.insert(text, "a".into()))),
    ("Origin.custom_headers, value", |text| of_origin(|it| _ = it.custom_headers.insert("X-Mine".into(), text.into()))),
    ("Transport.vpc_origin_id", |text| of_origin(|it| it.transport = Transport::Vpc { vpc_origin_id: text.into() })),
    ("VpcOrigin.name", |text| with(|it| _ = it.add("It", VpcOrigin::new(text, "arn:aws:ec2:us-east-1:111122223333:instance/i-0123456789abcdef0")))),
    ("VpcOrigin.arn", |text| with(|it| _ = it.add("It", VpcOrigin::new("a", text)))),
    ("RecordSet.name", |text| with(|it| _ = it.add("It", RecordSet::new(&zone(), text, Record::Txt(vec!["a".into()]))))),
    ("Record.Txt", |text| record(Record::Txt(vec![text]))),
    ("Record.Cname", |text| record(Record::Cname(text))),
    ("Record.Mx", |text| record(Record::Mx(vec![(1, text)]))),
    ("Record.record_type", |text| record(Record::Other { record_type: text, values: vec!["a".into()] })),
    ("NginxSite.region", |text| site(|it| it.region = text)),
    ("NginxSite.name", |text| site(|it| it.name = text)),
    ("NginxSite.domain_name", |text| site(|it| it.domain_name = text)),
    ("NginxSite.other_names", |text| site(|it| it.other_names = vec![text])),
    ("NginxSite.redirects", |text| site(|it| it.redirects = vec![text])),
    ("Redirects.from", |text| with(|it| _ = it.add("It", Redirects::new([text], "example.com")))),
    ("Redirects.to", |text| with(|it| _ = it.add("It", Redirects::new(["*.example.com"], text)))),
    ("Redirects.served", |text| with(|it| _ = it.add("It", Redirects { served: vec![text], ..Redirects::new(["*.a.com"], "example.com") }))),
    ("NginxSite.behaviors", |text| site(|it| it.behaviors = vec![(text, origin().into())])),
    ("ReverseProxy.server_names", |text| proxy(|it| it.server_names = vec![text])),
    ("upstream", |text| proxy(|it| it.blue = Upstream::new(text))),
    ("upstream's host", |text| proxy(|it| it.green = Upstream::new(format!("{text}:80")))),
    ("ProxyLocation.path", |text| proxy(|it| it.locations = vec![ProxyLocation::new(format!("/{text}"), Target::Active)])),
    ("ReverseProxy.health_path", |text| proxy(|it| it.health_path = Some(format!("/{text}")))),
    ("Compose.image", |text| proxy(|it| it.runtime = Runtime::Compose(Compose { image: format!("nginx:1.28.3{text}"), ..Compose::default() }))),
    ("Compose.container_name", |text| proxy(|it| it.runtime = Runtime::Compose(Compose { container_name: text, ..Compose::default() }))),
    ("Compose.network", |text| proxy(|it| it.runtime = Runtime::Compose(Compose { network: text, ..Compose::default() }))),
    ("Carrier.instance_id", |text| proxy(|it| it.delivery = Some(Delivery::ssm(text)))),
    ("Delivery.directory", |text| proxy(|it| it.delivery = Some(Delivery { directory: format!("/{text}"), ..Delivery::shell() }))),
    ("Delivery.check_path", |text| proxy(|it| it.delivery = Some(Delivery { check_path: format!("/{text}"), ..Delivery::shell() }))),
    ("ReverseProxy.origin_secret_arns", |text| proxy(|it| { it.origin_secret = Some(OriginSecret::Generation(1)); it.origin_secret_arns = vec![text.into()] })),
    ("OriginIngress.security_group", |text| ingress(|it| it.security_group = text.into())),
    ("OriginIngress.ipv4", |text| ingress(|it| it.ipv4 = text.into())),
    ("OriginIngress.ipv6", |text| ingress(|it| it.ipv6 = some(text))),
    ("KeyAlgorithm.Other", |text| certificate(|it| it.key_algorithm = Some(KeyAlgorithm::Other(text)))),
    ("Record.values", |text| record(Record::Other { record_type: "CAA".into(), values: vec![text.into()] })),
    ("AliasRecords.name", |text| with(|it| { let to = it.add("D", Distribution::without_certificate(origin())); it.add("It", AliasRecords::new(&zone(), text, &to)); })),
    ("AliasTarget.dns_name", |text| record(Record::AliasA(AliasTarget { dns_name: text.into(), hosted_zone_id: "Z2FDTNDATAQYW2".into(), evaluate_target_health: false }))),
    ("AliasTarget.hosted_zone_id", |text| record(Record::AliasA(AliasTarget { dns_name: "a.example.net".into(), hosted_zone_id: text.into(), evaluate_target_health: false }))),
    ("Untyped.type_name", |text| with(|it| _ = it.add("It", Untyped::new(text, json!({}))))),
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
                    let of_nested = assembly.stacks.iter().flat_map(|stack| {
                        stack.nested.iter().map(|nested| assembly.nested_template(&stack.id, nested).unwrap())
                    });
                    for template in of_nested {
                        if template.contains(['\u{fdd0}', '\u{fdd1}']) || Template::from_json(template).is_err() {
                            wrong.push(case("the template of a nested stack"));
                        }
                    }
                    for asset in &assembly.assets {
                        let path = match &asset.source {
                            AssetSource::File { path } | AssetSource::Folder { path } => path,
                            AssetSource::Content { extension, .. } => extension,
                        };
                        let of_asset = [path, &asset.id, &asset.parameter].into_iter().chain(&asset.exclude);
                        if of_asset.into_iter().any(|text| visible(text) != *text) {
                            wrong.push(case("in an asset"));
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

/// Fields that no entry of the table has, each with its reason.
const OTHERS: &[(&str, &str)] = &[("OriginSecretHandle", "made by formwork")];

/// The text fields of the types that a crate's source file has, and the variants of its enums with texts, as `Type.field`.
fn text_fields(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut owner = None;
    for line in source.lines() {
        let word =
            |rest: &str| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default().to_owned();
        if let Some(rest) = line.strip_prefix("pub struct ").or_else(|| line.strip_prefix("pub enum ")) {
            owner = line.ends_with('{').then(|| word(rest));
        } else if line.starts_with('}') {
            owner = None;
        } else if let (Some(owner), true) = (&owner, line.contains("String")) {
            let line = line.trim();
            let field = line.strip_prefix("pub ").unwrap_or(line);
            let is_private = !line.starts_with("pub ") && line.contains(": ") && line.starts_with(char::is_lowercase);
            // Fields of a variant are deeper than those of a struct.
            let is_other = line.starts_with("//") || (is_private && is_struct(source, owner));
            if !is_other {
                found.push(format!("{owner}.{}", word(field)));
            }
        }
    }
    found
}

fn is_struct(source: &str, name: &str) -> bool {
    source.contains(&format!("pub struct {name}"))
}

/// A new field is in the table, or has a reason not to be.
#[test]
fn the_table_has_every_text_field() {
    let source = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders: Vec<_> = ["acm", "cloudfront", "patterns", "route53"].map(|folder| source.join(folder)).into();
    let mut missing = Vec::new();
    let mut fields = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let of_file = text_fields(&std::fs::read_to_string(&path).unwrap());
            fields += of_file.len();
            missing.extend(of_file.into_iter().filter(|field| {
                let is_there =
                    |name: &str| name == field || name.strip_prefix(&**field).is_some_and(|it| it.starts_with(','));
                !FIELDS.iter().any(|(name, _)| is_there(name))
                    && !OTHERS.iter().any(|(owner, _)| field.strip_prefix(owner).is_some_and(|it| it.starts_with('.')))
            }));
        }
    }
    assert!(missing.is_empty(), "not in the table: {missing:?}");
    assert!(fields > 50, "{fields} fields are too few");
    // The reader sees what is new.
    let new = "pub struct A {\n    /// A String.\n    pub b: Option<Val<String>>,\n    c: String,\n    pub d: u8,\n}\npub enum B {\n    C(String),\n    D {\n        e: String,\n    },\n}\n";
    assert_eq!(text_fields(new), ["A.b", "B.C", "B.e"]);
}

/// Texts of another form than the one that a field takes, which AWS would refuse: some for each field.
#[test]
fn texts_of_another_form_are_told() {
    let form = |text: &str, build: fn(String) -> App| {
        let report = build(text.to_owned()).synth();
        let problems = report.map_or_else(|report| report.problems, |assembly| assembly.warnings);
        let told = problems.iter().map(|it| format!("{:?}: {} ({:?})\n", it.severity, it.message, it.hint));
        told.collect::<String>()
    };
    let field = |name: &str| FIELDS.iter().find(|(field, _)| *field == name).unwrap().1;
    let mut told = String::new();
    for (name, texts) in [
        ("Distribution.web_acl", &["a;b", "", "arn:aws:s3:::b", "arn:aws:wafv2:us-east-1:1:global/webacl/a\"b"][..]),
        ("CachePolicy.Id", &["a b", "$(id)"]),
        ("OriginRequestPolicy.Id", &["a'b"]),
        ("ResponseHeadersPolicy.Id", &[""]),
        ("Behavior.viewer_request", &["function", "arn:aws:lambda:us-east-1:111122223333:function:f"]),
        ("Logging.bucket", &["a b", "logs", "a;b.s3.amazonaws.com"]),
        ("Transport.vpc_origin_id", &["vo_1;", ""]),
        ("KeyAlgorithm.Other", &["", "a b", "RSA_9"]),
        ("Record.record_type", &["", "a\nb", "CAAA"]),
        ("Record.values", &["0 issue \"a\"\n", ""]),
        ("Record.Txt", &[&"x".repeat(4_000)]),
        ("Distribution.tags", &["a;b"]),
        ("ReverseProxy.origin_secret_arns", &["a\nb", "a\"b", "$(id)", "", "a\0b", "arn:aws:s3:::b"]),
    ] {
        for text in texts {
            let found = form(text, field(name));
            assert!(!found.is_empty(), "{name}: {text:?} is told");
            told += &format!(
                "{name} {:?}\n  {}",
                text.chars().take(40).collect::<String>(),
                found.replace('\n', "\n  ").trim_end_matches(' ')
            );
        }
    }
    type Words<'a> = [(&'a str, fn(String) -> App); 4];
    let words: Words = [
        ("viewer protocol policy", |text| {
            distribution(|it| it.default_behavior.viewer_protocol_policy = text.as_str().into())
        }),
        ("price class", |text| distribution(|it| it.price_class = text.as_str().into())),
        ("HTTP version", |text| distribution(|it| it.http_version = text.as_str().into())),
        ("protocol version", |text| distribution(|it| it.minimum_protocol_version = text.as_str().into())),
    ];
    for (name, build) in words {
        for text in ["bogus", "a\nb", ""] {
            told += &format!("{name} {text:?}\n  {}", form(text, build).replace('\n', "\n  ").trim_end_matches(' '));
        }
    }
    insta::assert_snapshot!(told);
    let fine = |name: &str, text: &str| assert_eq!(form(text, field(name)), "", "{name}");
    fine("Distribution.web_acl", "arn:aws:wafv2:us-east-1:111122223333:global/webacl/site/a1b2");
    fine("Distribution.web_acl", "473e64fd-f30b-4765-81a0-62ad96dd167a");
    fine("Behavior.viewer_request", "arn:aws:cloudfront::111122223333:function/f");
    fine("Record.record_type", "CAA");
    fine("KeyAlgorithm.Other", "RSA_4096");
    fine("Distribution.tags", "Über uns_.:/=+-@1");
}
