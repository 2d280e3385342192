//! Look-ups of an app: asked all at once, answered from the context, and never made up.

#![allow(clippy::unwrap_used, reason = "what cannot go on fails its test")]

use formwork::prelude::*;

fn app(context: &Context) -> Result<App, Pending> {
    let (zone, server, list) = context.lookup((
        HostedZone::named("Example.com."),
        Instance::<EuWest1>::id("i-0123456789abcdef0"),
        PrefixList::<EuWest1>::named("com.amazonaws.global.cloudfront.origin-facing"),
    ))?;
    let host = context.lookup(StoredParameter::<EuWest1>::named("/shop/host"))?;
    let mut edge = Stack::<UsEast1>::new("edge");
    let certificate = edge.add("Certificate", Certificate::dns_validated("api.example.com", &zone));
    edge.add("Distribution", Distribution::new(Origin::instance(&server), &certificate));
    edge.output("Found", format!("{} {} {}", list.id, host.value, server.security_group_ids.join(",")));
    Ok(App::new().with(edge))
}

fn given() -> Context {
    Context::default()
        .given(HostedZone::named("example.com"), [("Id", "Z0123456789ABCDEFGHIJ")])
        .given(
            Instance::<EuWest1>::id("i-0123456789abcdef0"),
            [
                ("PublicDnsName", "ec2-192-0-2-7.eu-west-1.compute.amazonaws.com".into()),
                ("SecurityGroupIds", ["sg-1", "sg-2"].into()),
            ] as [(&str, formwork::assembly::lookup::Answer); 2],
        )
        .given(
            PrefixList::<EuWest1>::named("com.amazonaws.global.cloudfront.origin-facing"),
            [("PrefixListId", "pl-1")],
        )
        .given(StoredParameter::<EuWest1>::named("/shop/host"), [("Value", "db.internal")])
}

#[test]
fn what_is_found_is_in_the_template() {
    let assembly = formwork::synth(app, &given()).unwrap();
    let template = &assembly.stacks[0].template;
    for text in ["Z0123456789ABCDEFGHIJ", "ec2-192-0-2-7.eu-west-1", "pl-1 db.internal sg-1,sg-2"] {
        assert!(template.contains(text), "{text}: {template}");
    }
    let asked: Vec<String> = assembly.lookups.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(asked.join("\n"), @"
    the public hosted zone `example.com`
    the instance `i-0123456789abcdef0` in eu-west-1
    the prefix list `com.amazonaws.global.cloudfront.origin-facing` in eu-west-1
    the parameter `/shop/host` in eu-west-1
    ");
}

#[test]
fn a_tuple_reports_all_that_is_missing() {
    let report = formwork::synth(app, &Context::default()).unwrap_err();
    insta::assert_snapshot!(
        report.problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"), @"
error: the public hosted zone `example.com` is not looked up yet
  --> crates/formwork/tests/lookups.rs:9
hint: the commands `lookup`, `diff` and `deploy` ask AWS; a test says what is there with `Context::given`
error: the instance `i-0123456789abcdef0` in eu-west-1 is not looked up yet
  --> crates/formwork/tests/lookups.rs:10
hint: the commands `lookup`, `diff` and `deploy` ask AWS; a test says what is there with `Context::given`
error: the prefix list `com.amazonaws.global.cloudfront.origin-facing` in eu-west-1 is not looked up yet
  --> crates/formwork/tests/lookups.rs:11
hint: the commands `lookup`, `diff` and `deploy` ask AWS; a test says what is there with `Context::given`
"
    );
    assert_eq!(report.missing.len(), 3);
    // One of them is there: the others are missing.
    let context = Context::default().given(HostedZone::named("example.com"), [("Id", "Z0123456789ABCDEFGHIJ")]);
    assert_eq!(formwork::synth(app, &context).unwrap_err().missing.len(), 2);
}

/// A context value that is asked for behind a look-up is not a mistake while the answer is missing.
#[test]
fn values_behind_a_look_up_are_not_reported() {
    let behind = |context: &Context| -> Result<App, Pending> {
        let zone = context.lookup(HostedZone::named("example.com"))?;
        let _ = (zone, context.get("size", "small"));
        Ok(App::new())
    };
    let context = Context::new([("size", "large")]);
    let report = formwork::synth(behind, &context).unwrap_err();
    assert_eq!((report.problems.len(), report.missing.len()), (1, 1));
}

/// A thing that cannot be looked up is a mistake of the source, and is not asked for.
#[test]
fn wrong_questions_are_problems() {
    let wrong = |context: &Context| -> Result<App, Pending> {
        context.lookup((
            HostedZone::named("https://example.com"),
            HostedZone::private_named(""),
            Instance::in_region("eu-west-1", "0123"),
            PrefixList::<EuWest1>::named(""),
            StoredParameter::<EuWest1>::named("/a:3"),
        ))?;
        Ok(App::new())
    };
    let report = formwork::synth(wrong, &Context::default()).unwrap_err();
    assert!(report.missing.is_empty());
    let told = report.problems.iter().map(|problem| {
        assert!(problem.location.is_some());
        let hint = problem.hint.as_deref().map(|hint| format!("\n  {hint}")).unwrap_or_default();
        format!("{}{hint}", problem.message)
    });
    insta::assert_snapshot!(told.collect::<Vec<_>>().join("\n"), @r#"
    "https://example.com" is not the name of a hosted zone: it is a URL; only the part between `//` and the next `/` belongs here
    "" is not the name of a hosted zone: it is empty
    "0123" is not the id of an instance
      it is `i-` and 17 hexadecimal digits, e.g. `i-0123456789abcdef0`
    "" is not the name of a prefix list: it has 1 to 255 characters
    "/a:3" is not the name of a parameter of the parameter store
      it has letters, digits, and `_`, `.`, `-`, `/`; a version is not part of it
    "#);
}

/// A public and a private zone of one name are two.
#[test]
fn zones_are_public_or_private() {
    let context = given();
    assert_eq!(context.lookup(HostedZone::named("example.com")).unwrap().name, "example.com");
    let missing = context.lookup(HostedZone::private_named("example.com")).unwrap_err();
    assert_eq!(missing.to_string(), "not looked up yet: the private hosted zone `example.com`");
}

/// An instance without a public address is not an origin on the internet.
#[test]
fn an_instance_without_a_public_name() {
    let app = |context: &Context| -> Result<App, Pending> {
        let (zone, server) =
            context.lookup((HostedZone::named("example.com"), Instance::<EuWest1>::id("i-0123456789abcdef0")))?;
        let mut edge = Stack::<UsEast1>::new("edge");
        let certificate = edge.add("Certificate", Certificate::dns_validated("api.example.com", &zone));
        edge.add("Distribution", Distribution::new(Origin::instance(&server), &certificate));
        Ok(App::new().with(edge))
    };
    let context = Context::default()
        .given(HostedZone::named("example.com"), [("Id", "Z0123456789ABCDEFGHIJ")])
        .given(Instance::<EuWest1>::id("i-0123456789abcdef0"), [("VpcId", "vpc-1")]);
    let report = formwork::synth(app, &context).unwrap_err();
    let told = report.problems.iter().map(|problem| problem.message.as_str()).collect::<Vec<_>>();
    assert!(told.contains(&"the origin has no domain name"), "{told:?}");
}

/// Answers without what a thing cannot be without: the file was changed by hand.
#[test]
fn an_answer_that_lacks_a_value_is_named() {
    let list = PrefixList::<EuWest1>::named("list");
    let context = Context::default()
        .given(HostedZone::named("example.com"), [("Name", "example.com.")])
        .given(list.clone(), [("PrefixListId", "")]);
    let app = |context: &Context| -> Result<App, Pending> {
        let (zone, list) = context.lookup((HostedZone::named("example.com"), list))?;
        let mut stack = Stack::<UsEast1>::new("s");
        stack.output("Zone", zone.id);
        stack.output("List", list.id);
        Ok(App::new().with(stack))
    };
    let report = formwork::synth(app, &context).unwrap_err();
    let told: Vec<String> = report.problems.iter().map(|it| format!("{} ({:?})\n", it.message, it.hint)).collect();
    insta::assert_snapshot!(told.concat(), @r#"
the answer for the public hosted zone `example.com` in `formwork.lock` has no `Id` (Some("take the entry out of the file, and run `lookup`"))
the answer for the prefix list `list` in eu-west-1 in `formwork.lock` has no `PrefixListId` (Some("take the entry out of the file, and run `lookup`"))
"#);
}
