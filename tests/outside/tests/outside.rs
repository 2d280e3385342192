//! A construct and a pattern from outside: everything they add, under the caller's names, at the caller's line; and edited afterwards.

#![allow(clippy::unwrap_used, reason = "what cannot go on fails its test")]

use formwork::assembly::Assembly;
use formwork::cfn::sqs::Queue;
use formwork::prelude::*;
use insta::assert_snapshot;
use outside::{Mirror, Settings, WorkQueue};

/// Templates and files, as they are written.
fn written(assembly: &Assembly) -> String {
    let stacks = assembly.stacks.iter().map(|stack| format!("--- {}\n{}", stack.id, stack.template));
    let files = assembly.files.iter().map(|file| format!("--- {}\n{}", file.path, file.content));
    stacks.chain(files).collect()
}

/// Everything that is wrong, with lines counted from `first`.
fn problems(app: App, first: u32) -> String {
    let problem = |problem: &Problem| {
        let place = problem.location.as_ref().map(|it| format!("{}:+{}", it.file, it.line.wrapping_sub(first)));
        // The line of another place would change with this file.
        let hint = problem.hint.as_deref().map(|hint| hint.split(".rs:").next().unwrap_or(hint));
        let hint = hint.map(|hint| format!("\n  hint: {hint}")).unwrap_or_default();
        format!("{}: {}{hint}\n", place.unwrap_or_default(), problem.message)
    };
    app.synth().unwrap_err().problems.iter().map(problem).collect()
}

#[test]
fn a_construct_of_several_resources() {
    let mut stack = Stack::<EuCentral1>::new("orders");
    let jobs = stack.add("Jobs", WorkQueue::default());
    stack.add("Mails", WorkQueue { tries: 5, ..WorkQueue::default() });
    // Its parts are of use, and can be changed, as if they had been added here.
    stack.output("Timeout", jobs.timeout.clone()).condition(&jobs.kept);
    stack.edit(&jobs.queue, |queue| queue.delay_seconds = some(7));
    stack.options(&jobs.failed).property("NewProperty", "b").metadata("why", "outside");
    stack.edit(&jobs.failed, |queue| queue.delay_seconds = some(8));
    assert_snapshot!(written(&App::new().with(stack).synth().unwrap()));
}

#[test]
fn a_construct_that_ships_something() {
    let mut stack = Stack::<EuCentral1>::new("orders");
    let settings = stack.add("Settings", Settings { json: "{\"size\":200}".into() });
    stack.edit(&settings.defaults, |properties| _ = properties.insert("TimeoutInMinutes".into(), 5.into()));
    stack.output("Settings", settings.defaults.output("Settings"));
    stack.output("Url", settings.object.url());
    let assembly = App::new().with(stack).synth().unwrap();
    let nested =
        assembly.stacks[0].nested.iter().filter_map(|one| assembly.nested_template(&assembly.stacks[0].id, one));
    assert_snapshot!(written(&assembly) + &nested.collect::<String>());
    let ids: Vec<&str> = assembly.assets.iter().map(|asset| asset.id.as_str()).collect();
    assert_eq!(ids, ["Settings", "SettingsDefaultsTemplate", "SettingsDefaultsDefaults"]);
}

/// The pattern `NginxSite`, compiled outside, makes what it makes inside.
#[test]
fn the_patterns_of_the_house_are_nothing_special() {
    let inside = {
        let zone = HostedZone::from_id("Z0123456789ABCDEFGHIJ", "example.com");
        let origin = Origin::vpc("vo_0123456789", "origin.example.com");
        App::new().with(NginxSite::<EuCentral1>::new("example", "example.com", &zone, origin))
    };
    let outside = {
        use outside::{cloudfront::Origin, patterns::NginxSite, route53::HostedZone};
        let zone = HostedZone::from_id("Z0123456789ABCDEFGHIJ", "example.com");
        let origin = Origin::vpc("vo_0123456789", "origin.example.com");
        App::new().with(NginxSite::<EuCentral1>::new("example", "example.com", &zone, origin))
    };
    let (inside, outside) = (inside.synth().unwrap(), outside.synth().unwrap());
    assert_eq!(written(&inside), written(&outside));
}

#[test]
fn a_pattern_over_two_stacks() {
    let mut mirror = Mirror { name: "orders".into(), copy_in: "us-east-1".into() }.build::<EuCentral1>();
    mirror.home.edit(&mirror.queue.failed, |queue| queue.queue_name = some("failed"));
    mirror.copy.edit(&mirror.copied, |queue| queue.queue_name = some("copy"));
    let more = mirror.copy.add("More", Queue::default());
    mirror.copy.output("More", more.arn());
    let proved: Handle<Queue, UsEast1> = mirror.copied.proved().unwrap();
    mirror.copy.output("Copy", proved.arn());
    let said = mirror.copied.proved::<EuWest1>().unwrap_err().message;
    assert_snapshot!(said, @"`Jobs` is in `us-east-1`, not in `eu-west-1`");
    assert_snapshot!(written(&App::new().with(mirror).synth().unwrap()));
}

#[test]
fn mistakes_are_reported_at_the_callers_line() {
    let first = line!();
    let mirror = Mirror { name: "1st".into(), copy_in: "eu-centrl-1".into() }.build::<EuCentral1>();
    let mut stack = Stack::<EuCentral1>::new("orders");
    let jobs = stack.add("Jobs", WorkQueue { tries: 0, ..WorkQueue::default() });
    stack.add("JobsFailed", Queue::default());
    stack.add("Not-A-Name", WorkQueue::default());
    let mut other = Stack::<EuCentral1>::new("other");
    let own = other.add("Own", Queue::default());
    other.edit(&jobs.queue, |_| ());
    other.options(&own).condition(&jobs.kept).depends_on(&jobs.queue);
    other.output("Kept", "").condition(&jobs.kept);
    other.template_mut().resources.shift_remove("Own");
    other.edit(&own, |_| ());
    let mistake = Problem::error("a mistake of the app");
    let app = App::new().problem(mistake).with(mirror).with(vec![stack, other]);
    assert_snapshot!(problems(app, first));
}

/// Below a name that is refused, nothing else is said about names.
#[test]
fn ids_of_constructs_without_resources_are_names() {
    struct Nothing;
    impl<R> Construct<R> for Nothing {
        type Handle = ();
        fn add_to(self, _: &mut Scope<R>) {}
    }
    let long = "x".repeat(300);
    for name in ["", "a\n;b", "../x", "C\u{202e}ON", "é", &long] {
        let mut stack = Stack::<EuCentral1>::new("orders");
        let first = line!();
        stack.add(name, Nothing);
        stack.add(name, WorkQueue::default());
        let said = problems(App::new().with(stack), first);
        let messages = said.lines().filter(|line| !line.starts_with("  hint")).count();
        assert_eq!((messages, said.matches("cannot name").count()), (2, 2), "{name:?}: {said}");
    }
}

#[test]
fn regions_that_are_values() {
    let first = line!();
    let app = |region: &str| {
        let mut edge = Stack::in_region("edge", region);
        let zone = HostedZone::from_id("Z0123456789ABCDEFGHIJ", "example.com");
        let certificate = edge.add("Certificate", Certificate::dns_validated("example.com", &zone));
        edge.add("Distribution", Distribution::new(Origin::public_https("origin.example.com"), &certificate));
        App::new().with(edge)
    };
    assert_eq!(app("us-east-1").synth().unwrap().stacks[0].partition, "aws");
    assert_snapshot!(problems(app("eu-west-1"), first));
    assert_snapshot!("in_china", problems(app("cn-north-1"), first));
    // A generated type is checked too, and parts that were added can still be referred to when a stack forgets its region.
    let mut edge = Stack::<EuWest1>::new("edge");
    let zone = HostedZone::from_id("Z0123456789ABCDEFGHIJ", "example.com");
    let certificate = edge.add("Certificate", Certificate::dns_validated("example.com", &zone));
    let mut edge = edge.anywhere();
    let origin = Origin::public_https("origin.example.com");
    let line = line!();
    let distribution = edge.add("Distribution", Distribution::without_certificate(origin));
    edge.edit(&Handle::anywhere(&distribution), |l1| {
        if let Val::Literal(config) = &mut l1.distribution_config {
            let certificate = cfn::cloudfront::distribution::ViewerCertificate {
                acm_certificate_arn: some(certificate.arn()),
                ..Default::default()
            };
            config.viewer_certificate = some(certificate);
        }
    });
    assert_snapshot!("generated", problems(App::new().with(edge), line));
}

/// The network and the address of a server, whoever made it.
fn facts(server: &Handle<cfn::ec2::Instance, EuWest1>) -> Vec<Val<String>> {
    vec![server.ref_value(), server.vpc_id(), server.public_ip()]
}

/// A thing of a stack, one that exists and one that was looked up are of one type, and what is not known of one is a problem.
#[test]
fn what_was_looked_up_is_a_handle() {
    let (id, list, name) = ("i-0123456789abcdef0", "com.amazonaws.global.cloudfront.origin-facing", "/shop/host");
    let found = [("VpcId", "vpc-0123456789abcdef0"), ("PublicIp", "192.0.2.7")];
    let context = Context::default()
        .given(Instance::<EuWest1>::id(id), found)
        .given(PrefixList::<EuWest1>::named(list), [("PrefixListId", "pl-22a6434b")])
        .given(StoredParameter::<EuWest1>::named(name), [("Value", "db.internal")]);
    let (server, list) = context.lookup((Instance::<EuWest1>::id(id), PrefixList::<EuWest1>::named(list))).unwrap();
    let host = context.lookup(StoredParameter::<EuWest1>::named(name)).unwrap();
    let mut stack = Stack::<EuWest1>::new("shop");
    let made = stack.add("Server", cfn::ec2::Instance::default());
    let exists = Handle::with(cfn::ec2::Instance::existing(id), "VpcId", "vpc-0123456789abcdef0");
    let exists = Handle::with(exists, "PublicIp", "192.0.2.7").proved::<EuWest1>().unwrap();
    assert_eq!(facts(&exists), facts(&server.handle()));
    assert_eq!(Val::from(&server), server.handle().ref_value());
    for (name, server) in [("Made", &made), ("Found", &server.handle())] {
        stack.output(name, function::join(" ", facts(server)));
    }
    stack.output("List", list.handle().prefix_list_id());
    stack.output("Host", host.handle().value());
    let template = &App::new().with(stack).synth().unwrap().stacks[0].template;
    let template: serde_json::Value = serde_json::from_str(template).unwrap();
    assert_snapshot!(template["Outputs"], @r#"{"Made":{"Value":{"Fn::Join":[" ",[{"Ref":"Server"},{"Fn::GetAtt":["Server","VpcId"]},{"Fn::GetAtt":["Server","PublicIp"]}]]}},"Found":{"Value":{"Fn::Join":[" ",["i-0123456789abcdef0","vpc-0123456789abcdef0","192.0.2.7"]]}},"List":{"Value":"pl-22a6434b"},"Host":{"Value":"db.internal"}}"#);

    let first = line!();
    let mut stack = Stack::<EuWest1>::new("shop");
    stack.output("Zone", server.handle().availability_zone());
    stack.output("Name", server.handle().public_dns_name());
    stack.options(&server.handle()).retain();
    assert_snapshot!(problems(App::new().with(stack), first), @r#"
tests/outside/tests/outside.rs:+4: the `AWS::EC2::Instance` `i-0123456789abcdef0` exists already, and is in no stack of the app
  hint: it has no options, edits and dependencies: only its values can be used
tests/outside/tests/outside.rs:+2: `Zone` uses `AvailabilityZone` of the existing `AWS::EC2::Instance` `i-0123456789abcdef0`, which is not known
  hint: say what it is: `Handle::with(…, "AvailabilityZone", …)`
tests/outside/tests/outside.rs:+3: `Name` uses `PublicDnsName` of the existing `AWS::EC2::Instance` `i-0123456789abcdef0`, which is not known
  hint: say what it is: `Handle::with(…, "PublicDnsName", …)`
"#);
}
