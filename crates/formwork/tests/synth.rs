//! Synth: what an app becomes, and everything that can be wrong with one, at once.

#![allow(clippy::unwrap_used, reason = "what cannot go on fails its test")]

use formwork::assembly::{Assembly, Report, StackId};
use formwork::cfn::cloudfront::CachePolicy as CfnCachePolicy;
use formwork::cfn::route53::HostedZone as CfnHostedZone;
use formwork::prelude::*;
use insta::assert_snapshot;

fn zone() -> HostedZone {
    HostedZone::from_id("Z0123456789ABCDEFGHIJ", "example.com")
}

/// The site of the README, small.
fn site(references: References) -> Assembly {
    let zone = zone();
    let mut edge = Stack::<UsEast1>::new("example-edge");
    let certificate = edge.add("Certificate", Certificate::dns_validated("example.com", &zone));
    let mut site = Stack::<EuCentral1>::new("example-site");
    let origin = Origin::public_https("origin.example.com");
    let distribution = site.add("Distribution", Distribution::new(origin, &certificate));
    site.output("Domain", distribution.domain_name());
    App::new().references(references).with(site).with(edge).synth().unwrap()
}

fn template<'a>(assembly: &'a Assembly, name: &str) -> &'a str {
    &assembly.stacks.iter().find(|stack| stack.name() == name).unwrap().template
}

/// All problems as people read them; places are lines of this file, counted from the call of `problems`.
#[track_caller]
fn problems(app: App) -> String {
    let first = std::panic::Location::caller().line();
    render(app.synth().unwrap_err(), first)
}

fn render(report: Report, first: u32) -> String {
    let text = report.problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    let mut parts = text.split("crates/formwork/tests/synth.rs:");
    let start = parts.next().unwrap().to_owned();
    parts.fold(start, |text, part| {
        let digits = part.len() - part.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let line: u32 = part[..digits].parse().unwrap();
        format!("{text}{} lines above{}", first - line, &part[digits..])
    })
}

#[test]
fn values_travel_as_parameters() {
    let assembly = site(References::Parameter);
    assert_snapshot!(template(&assembly, "example-edge"));
    assert_snapshot!(template(&assembly, "example-site"));
    let site = &assembly.stacks[0];
    assert_eq!(site.depends_on, [StackId::new("example-edge", "us-east-1")]);
    assert_snapshot!(format!("{:?}", site.imports), @r#"[Import { parameter: "ExampleEdgeCertificateArn", producer: StackId { name: "example-edge", region: "us-east-1" }, output: "ExportCertificateArn" }]"#);
}

#[test]
fn values_travel_as_stack_outputs() {
    let assembly = site(References::StackOutput);
    let site = template(&assembly, "example-site");
    assert!(!site.contains("Parameters"), "{site}");
    let certificate = site.split("\"ViewerCertificate\"").nth(1).unwrap();
    assert_snapshot!(certificate.split("\"MinimumProtocolVersion\"").next().unwrap());
    assert_eq!(assembly.stacks[0].depends_on, [StackId::new("example-edge", "us-east-1")]);
    assert_eq!(assembly.stacks[0].imports, []);
}

#[test]
fn values_travel_as_exports_within_a_region() {
    let mut a = Stack::<UsEast1>::new("a");
    let zone = a.add("Zone", CfnHostedZone::default());
    let mut near = Stack::<UsEast1>::new("near");
    near.output("Servers", function::join(" ", zone.name_servers()));
    let mut far = Stack::<EuWest1>::new("far");
    far.output("Zone", zone.id());
    let app = App::new().references(References::Export).with(a).with(near).with(far);
    let assembly = app.synth().unwrap();
    assert_snapshot!(assembly.stacks.iter().map(|stack| stack.template.as_str()).collect::<String>());
    assert_eq!((assembly.stacks[1].imports.len(), assembly.stacks[2].imports.len()), (0, 1));
}

#[test]
fn untyped_resources_have_handles_too() {
    let mut stack = Stack::<UsEast1>::new("custom");
    let zone = stack.add("Zone", CfnHostedZone::default());
    let properties = function::object([("ServiceToken", "arn".into()), ("Zone", zone.id().into())]);
    let thing = stack.add("Thing", Untyped::new("Custom::Thing", properties));
    stack.options(&thing).retain();
    let mut other = Stack::<EuWest1>::new("other");
    other.output("Result", thing.get_att::<String>("Deep.Result"));
    let assembly = App::new().with(stack).with(other).synth().unwrap();
    assert_snapshot!(template(&assembly, "custom"));

    let mut bad = Stack::<UsEast1>::new("bad");
    bad.add("Thing", Untyped::new("Custom Thing", "text"));
    assert_snapshot!(problems(App::new().with(bad)));

    // The type of a resource that a macro replaces is called as the macro likes.
    let mut replaced = Stack::<UsEast1>::new("replaced");
    replaced.transform("Boto3");
    replaced.add("Thing", Untyped::new("Boto3::CodeCommit.put_file", function::object([])));
    assert!(App::new().with(replaced).synth().is_ok());
}

#[test]
fn lists_travel_joined() {
    let mut dns = Stack::<UsEast1>::new("dns");
    let zone = dns.add("Zone", CfnHostedZone { name: Some("example.com".into()), ..CfnHostedZone::default() });
    let mut other = Stack::<EuWest1>::new("other");
    other.output("Servers", function::join(" ", zone.name_servers()));
    let assembly = App::new().with(dns).with(other).synth().unwrap();
    assert_snapshot!(template(&assembly, "dns"));
    assert_snapshot!(template(&assembly, "other"));
}

#[test]
fn the_same_source_gives_the_same_bytes() {
    assert_eq!(site(References::Parameter), site(References::Parameter));
}

#[test]
fn what_stands_beside_properties() {
    let mut stack = Stack::<UsEast1>::new("example");
    stack.description("an example");
    stack.condition("Live", function::equals(function::parameter::<String>("Stage"), "live"));
    let _: Val<String> = stack.parameter("Stage", Parameter { default: Some("test".into()), ..Parameter::default() });
    let first = stack.add("First", CfnHostedZone::default());
    let second = stack.add("Second", CfnHostedZone::default());
    stack.options(&second).depends_on(&first).retain().condition("Live").metadata("Owner", "nobody");
    let assembly = App::new().with(stack).synth().unwrap();
    assert_snapshot!(template(&assembly, "example"));
}

#[test]
fn every_section_of_a_template() {
    let mut stack = Stack::<UsEast1>::new("sections");
    stack.description("All of it.");
    stack.transform("AWS::LanguageExtensions");
    stack.metadata("AWS::CloudFormation::Interface", json!({ "ParameterGroups": [] }));
    let name = stack.parameter::<String>("Name", Parameter::default());
    stack.rule(
        "NotEmpty",
        json!({ "Assertions": [{ "Assert": { "Fn::Not": [{ "Fn::Equals": [name.clone(), ""] }] } }] }),
    );
    stack.mapping("Sizes", json!({ "us-east-1": { "Small": 1 } }));
    stack.condition("IsNamed", function::not(function::equals(name.clone(), "none")));
    let properties = json!({ "Fn::Transform": { "Name": "Macro" } });
    let thing = stack.add("Thing", Untyped::new("Custom::Thing", properties));
    stack.options(&thing).condition("IsNamed").attribute("DeletionPolicy", json!({ "Ref": "Name" }));
    let output = stack.output("Out", thing.ref_value());
    output.description("A name.").export(function::sub("${AWS::StackName}-out")).condition("IsNamed");
    insta::assert_snapshot!(template(&App::new().with(stack).synth().unwrap(), "sections"));
}

#[test]
fn an_output_may_be_called_as_its_resource() {
    let mut stack = Stack::<UsEast1>::new("names");
    let zone = stack.add("Zone", Untyped::new("Custom::Zone", json!({})));
    stack.output("Zone", zone.ref_value());
    assert!(App::new().with(stack).synth().is_ok());
}

#[test]
fn tags_of_the_app_and_of_the_stack() {
    let mut stack = Stack::<UsEast1>::new("example");
    stack.tag("team", "stack");
    stack.termination_protection(true);
    stack.add("Zone", CfnHostedZone::default());
    let assembly = App::new().tag("team", "app").tag("cost", "42").with(stack).synth().unwrap();
    let tag = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    assert_eq!(assembly.stacks[0].tags, [tag("team", "stack"), tag("cost", "42")]);
    assert!(assembly.stacks[0].termination_protection);
}

#[test]
fn every_problem_is_reported_with_its_place() {
    let zone = HostedZone::from_id("/hostedzone/Z123", "example.com");
    let mut stack = Stack::<UsEast1>::new("1st stack");
    stack.add("My-Certificate", Certificate::dns_validated("https://example.com", &zone));
    let certificate = stack.add("Certificate", Certificate::dns_validated("other.org", &zone));
    stack.add("Certificate", Certificate::dns_validated("example.com", &zone));
    let origin = Origin::public_http("http://origin.example.com");
    let aliases = vec!["example.com".into(), "example.com".into(), "no dots".into()];
    stack.add("Distribution", Distribution { aliases, ..Distribution::new(origin, &certificate) });
    stack.add("Record", RecordSet::new(&zone, "example.com", Record::Cname("x y".into())));
    stack.add("Elsewhere", RecordSet::new(&zone, "example.org", Record::A(vec![])));
    stack.add("Nginx", ReverseProxy { blue: Upstream::new("b;lue:80"), ..ReverseProxy::new("example.com;") });
    stack.file("../escape", "");
    stack.tag("aws:mine", "");
    stack.output("Certificate.Arn", certificate.arn());
    assert_snapshot!(problems(App::new().with(stack)));
}

#[test]
fn stacks_that_need_each_other() {
    let mut a = Stack::<UsEast1>::new("a");
    let mut b = Stack::<EuWest1>::new("b");
    let zone_a = a.add("Zone", CfnHostedZone::default());
    let zone_b = b.add("Zone", CfnHostedZone { name: Some(zone_a.id()), ..CfnHostedZone::default() });
    a.output("Zone", zone_b.id());
    assert_snapshot!(problems(App::new().with(a).with(b)));
}

#[test]
fn resources_that_need_each_other() {
    let mut stack = Stack::<UsEast1>::new("a");
    let first = stack.add("First", CfnHostedZone::default());
    let second = stack.add("Second", CfnHostedZone { name: Some(first.id()), ..CfnHostedZone::default() });
    stack.options(&first).depends_on(&second);
    assert_snapshot!(problems(App::new().with(stack)));
}

#[test]
fn what_is_not_there() {
    let mut lost = Stack::<UsEast1>::new("lost");
    let zone = lost.add("Zone", CfnHostedZone::default());
    let mut a = Stack::<UsEast1>::new("a");
    a.add("User", CfnHostedZone { name: Some(zone.id()), ..CfnHostedZone::default() });
    a.options(&zone).retain();
    a.depends_on(&lost);
    let mut china = Stack::<CnNorth1>::new("china");
    let chinese = china.add("Zone", CfnHostedZone::default());
    a.output("Zone", chinese.id());
    let again = Stack::<UsEast1>::new("a");
    assert_snapshot!(problems(App::new().with(a).with(china).with(again)));
}

#[test]
fn names_of_exports_and_imports_that_are_taken() {
    let mut a = Stack::<UsEast1>::new("a");
    let zone = a.add("Zone", CfnHostedZone::default());
    a.output("ExportZoneId", "mine");
    let mut b = Stack::<UsEast1>::new("b");
    b.add("AZoneId", CfnHostedZone { name: Some(zone.id()), ..CfnHostedZone::default() });
    assert_snapshot!(problems(App::new().with(a).with(b)));
}

#[test]
fn white_space_makes_no_template_too_long() {
    let mut stack = Stack::<UsEast1>::new("deep");
    let numbers = vec![1; 150_000];
    stack.add(
        "Numbers",
        Untyped::new("AWS::CloudFormation::CustomResource", json!({ "ServiceToken": "arn:x", "N": numbers })),
    );
    let assembly = App::new().with(stack).synth().unwrap();
    let text = template(&assembly, "deep");
    assert!(text.len() < 301_000, "{}", text.len());
    formwork::template::Template::from_json(text).unwrap();
}

#[test]
fn limits_of_a_stack() {
    let mut stack = Stack::<UsEast1>::new("large");
    stack.description("x".repeat(1_025));
    for index in 0..501 {
        stack.add(&format!("Zone{index}"), CfnHostedZone::default());
    }
    for index in 0..185 {
        stack.output(&format!("Output{index}"), "x".repeat(6_000));
    }
    assert_snapshot!(problems(App::new().with(stack)));
}

#[test]
fn numbers_that_are_none() {
    let mut stack = Stack::<UsEast1>::new("numbers");
    stack.add("Policy", cache_policy(f64::NAN));
    assert_snapshot!(problems(App::new().with(stack)));
}

/// A cache policy whose `MinTTL` is `ttl`.
fn cache_policy(ttl: f64) -> CfnCachePolicy {
    use formwork::cfn::cloudfront::cache_policy::*;
    CfnCachePolicy::new(CachePolicyConfig::new(CachePolicyConfigRequired {
        default_ttl: 1.0.into(),
        max_ttl: 1.0.into(),
        min_ttl: ttl.into(),
        name: "x".into(),
        parameters_in_cache_key_and_forwarded_to_origin: ParametersInCacheKeyAndForwardedToOrigin::new(
            ParametersInCacheKeyAndForwardedToOriginRequired {
                cookies_config: CookiesConfig::new("none").into(),
                enable_accept_encoding_gzip: true.into(),
                headers_config: HeadersConfig::new("none").into(),
                query_strings_config: QueryStringsConfig::new("none").into(),
            },
        )
        .into(),
    }))
}

#[test]
fn context_is_asked_for() {
    let context = Context::new([("zone-id", "Z1"), ("replicas", "many"), ("zoneid", "Z2"), ("colour", "blue")]);
    let first = line!();
    let app = |context: &Context| {
        context.get("zone-id", "Z0");
        context.get("stage", "test");
        context.require::<u32>("replicas");
        context.require::<String>("owner");
        App::new()
    };
    let report = formwork::synth(app, &context).unwrap_err();
    assert_snapshot!(render(report, first + 10));
}

/// Values of whatever type, never made up: a value that is not given is the default of the source, or is absent.
#[test]
fn context_has_types() {
    let context = Context::new([("port", "8443"), ("size", "12 GB"), ("address", "192.0.2.1"), ("owner", "web")]);
    let first = line!();
    let app = |context: &Context| {
        let port = context.get_or::<u16>("port", 443);
        let size = context.get_or("size", 30);
        let zone = context.get_or("zone", std::net::Ipv6Addr::LOCALHOST);
        assert_eq!((port, size, zone.to_string()), (8443, 30, "::1".to_owned()));
        assert_eq!(context.require::<std::net::Ipv4Addr>("address").map(|it| it.octets()), Some([192, 0, 2, 1]));
        assert_eq!(context.require::<std::num::NonZeroU8>("owner"), None);
        context.problem(Problem::error("`owner` is not an owner").hint("name a team"));
        App::new().problem(Problem::warning("a warning of the app"))
    };
    let report = formwork::synth(app, &context).unwrap_err();
    assert_snapshot!(render(report, first + 12));
}

#[test]
fn parameters_say_their_type_once() {
    let mut stack = Stack::<UsEast1>::new("parameters");
    let port: Val<i64> = stack.parameter("Port", parameter::number().default(443).range(1, 65_535));
    let share: Val<f64> = stack.parameter("Share", parameter::decimal().default(0.5));
    let name: Val<String> = stack.parameter(
        "Name",
        parameter::text().description("a name").pattern("[a-z]+").length(1, 8).constraint("letters").no_echo(),
    );
    let names: Val<Vec<Val<String>>> = stack.parameter("Names", parameter::list().default("a,b"));
    let ports: Val<Vec<Val<i64>>> = stack.parameter("Ports", parameter::number_list());
    let network: Val<String> = stack.parameter("Network", parameter::aws("AWS::EC2::VPC::Id"));
    let subnets = stack.parameter("Subnets", parameter::aws_list("List<AWS::EC2::Subnet::Id>"));
    let all: [Value; 6] = [port.into(), share.into(), name.into(), names.into(), ports.into(), network.into()];
    stack.metadata("All", all.to_vec());
    stack.output("Subnets", function::join(",", subnets));
    assert_snapshot!(App::new().with(stack).synth().unwrap().stacks[0].template);
}

/// Conditions and mappings as values, in all places that take their names.
#[test]
fn conditions_and_mappings_are_values() {
    let mut stack = Stack::<UsEast1>::new("conditions");
    let stage = stack.parameter("Stage", parameter::text().default("test"));
    let sizes = stack.mapping("Sizes", json!({ "test": { "days": 1 }, "production": { "days": 30 } }));
    let production = stack.condition("IsProduction", function::equals(stage.clone(), "production"));
    let test = stack.condition("IsTest", function::not(&production));
    let both = stack.condition("IsBoth", function::and([&production, &test]));
    stack.condition("IsAny", function::or([Value::from(&both), function::equals(stage.clone(), "a").into()]));
    stack.condition("Same", &production);
    let zone = stack.add(
        "Zone",
        CfnHostedZone { name: some(function::if_(&production, "a.com", "b.com")), ..CfnHostedZone::default() },
    );
    stack.options(&zone).condition(&test);
    stack.output("Zone", zone.id()).condition(test);
    stack.output("Days", sizes.get::<String>(stage, "days")).condition("IsAny");
    assert_eq!((production.name(), sizes.name()), ("IsProduction", "Sizes"));
    assert_snapshot!(App::new().with(stack).synth().unwrap().stacks[0].template);
}

#[test]
fn context_is_recorded() {
    let app = |context: &Context| {
        context.get("zone-id", "Z0");
        context.get("stage", "test");
        App::new()
    };
    let assembly = formwork::synth(app, &Context::new([("zone-id", "Z1")])).unwrap();
    let values: Vec<_> = assembly.context.iter().map(|c| (c.key.as_str(), c.value.as_str(), c.given)).collect();
    assert_eq!(values, [("zone-id", "Z1", true), ("stage", "test", false)]);
}
