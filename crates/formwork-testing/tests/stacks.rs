//! An app of two stacks in two regions: matched, deployed, changed, and made to fail.

use formwork::prelude::*;
use formwork_testing::{
    Cloud, FaultAt, Faults, Impact, ResourceFault, absent, any, attribute, deploy, exact, glob, includes, json, object,
    reference, synth, try_synth, with_context,
};

fn note(name: &str, value: impl Into<Value>) -> Untyped {
    let properties = formwork::json!({ "Name": name, "Type": "String", "Value": value.into() });
    Untyped::new("AWS::SSM::Parameter", properties)
}

/// `edge` gives a name to `site`.
fn app(context: &Context) -> App {
    let name = context.get("name", "/shop/one");
    let value = context.get("value", "x");
    let mut edge = Stack::<UsEast1>::new("edge");
    let mut site = Stack::<EuCentral1>::new("site");
    let setting = edge.add("Setting", note(&name, value));
    site.add("Copy", note("/shop/copy", setting.ref_value()));
    if context.get_or("extra", true) {
        site.add("Extra", note("/shop/extra", "y"));
    }
    site.output("Setting", setting.ref_value());
    App::new().with(edge).with(site)
}

#[test]
fn resources_are_found_and_matched() {
    let mut stack = Stack::<UsEast1>::new("zones");
    let zone = stack.add("Zone", cfn::route53::HostedZone { name: some("example.com"), ..Default::default() });
    let copy = stack.add("Copy", note("/zone", zone.id()));
    stack.add("Ref", note("/ref", copy.ref_value()));
    stack.options(&zone).retain();
    stack.output("Zone", zone.id());
    let app = synth(|_| App::new().with(stack));

    let zones = app.stack("zones");
    zones.find(&zone).assert(json!({ "Name": "example.com" }));
    zones.find(&zone).assert(exact(json!({ "Name": "example.com" })));
    zones.find(&zone).assert(object([("Name", glob("*.com")), ("VPCs", absent())]));
    zones.find(&zone).assert_option("DeletionPolicy", "Retain");
    zones.find(&copy).assert(object([("Value", attribute(&zone, "Id")), ("Name", any())]));
    zones.resource("Ref").assert(object([("Value", reference(&copy))]));
    assert_eq!(zones.of::<cfn::route53::HostedZone>().len(), 1);
    let ids: Vec<String> = zones.of_type("AWS::SSM::Parameter").iter().map(|one| one.logical_id().to_owned()).collect();
    assert_eq!(includes(["Ref", "Copy"]).mismatches("ids", Some(&json!(ids))), Vec::<String>::new());
    zones.assert_output("Zone", attribute(&zone, "Id"));
    #[cfg(feature = "schemas")]
    zones.assert_no_findings();
}

#[test]
fn problems_come_with_their_lines() {
    let problems = try_synth(|_| {
        let mut stack = Stack::<UsEast1>::new("edge");
        stack.add("Not an id", note("/x", "x"));
        App::new().with(stack)
    });
    let problems = problems.unwrap_err();
    let location = problems[0].location.clone().unwrap();
    assert_eq!(location.file, file!());
    assert!(problems[0].message.contains("Not an id"), "{}", problems[0]);
}

#[test]
fn a_failure_says_what_where_and_why() {
    let stack = synth(app);
    let template = stack.stack("site");
    let said = std::panic::catch_unwind(|| template.resource("Copy").assert(json!({ "Type": "StringList" })));
    let said = *said.unwrap_err().downcast::<String>().unwrap();
    let line = file!();
    assert!(said.starts_with(&format!("`Copy` (AWS::SSM::Parameter) does not match\n  --> {line}:")), "{said}");
    assert!(said.ends_with("Properties.Type: expected `\"StringList\"`, found `\"String\"`"), "{said}");
    let said = std::panic::catch_unwind(|| template.resource("Kopy").logical_id().len());
    let said = *said.unwrap_err().downcast::<String>().unwrap();
    assert_eq!(said, "stack `site` has no resource `Kopy`\nhint: did you mean `Copy`?");
}

#[test]
fn the_template_is_the_golden_one() {
    synth(app).stack("edge").assert_golden("tests/golden/edge.json");
}

#[test]
fn a_change_is_previewed_and_deployed() {
    let deployed = deploy(app);
    assert_eq!(deployed.output("site", "Setting"), "/shop/one");
    assert!(deployed.preview(app).is_empty());

    let in_place = deployed.preview(with_context(app, [("value", "z")]));
    assert_eq!((in_place.updated(), in_place.replaced()), (vec!["Setting"], vec![]));
    in_place.assert_nothing_lost();

    let renamed = || with_context(app, [("name", "/shop/two"), ("extra", "false")]);
    let changes = deployed.preview(renamed());
    assert_eq!(changes.replaced(), ["Setting"]);
    assert_eq!(changes.updated(), ["Copy"]);
    assert_eq!(changes.destroyed(), ["Extra"]);
    assert_eq!(changes.impact("site", "Extra"), Impact::Destroy);

    let deployed = deployed.deploy(renamed());
    assert_eq!(deployed.output("site", "Setting"), "/shop/two");
    assert!(deployed.preview(renamed()).is_empty());
}

/// The inside of nested stacks is a part of the change, at every level.
#[test]
fn a_change_inside_of_nested_stacks_is_seen() {
    let app = |context: &Context| {
        let mut deep = Stack::<EuCentral1>::new("deep");
        deep.add("Setting", note(&context.get("name", "/shop/one"), "x"));
        let mut network = Stack::<EuCentral1>::new("network");
        network.add("Deep", NestedStack::new(deep));
        network.add("Kept", note("/shop/kept", "x"));
        let mut shop = Stack::<EuCentral1>::new("shop");
        shop.add("Other", note("/shop/other", "x"));
        if context.get_or("nested", true) {
            shop.add("Network", NestedStack::new(network));
        }
        App::new().with(shop)
    };
    let deployed = deploy(app);
    assert!(deployed.preview(app).is_empty());
    let renamed = deployed.preview(with_context(app, [("name", "/shop/two")]));
    assert_eq!(renamed.replaced(), ["Network/Deep/Setting"]);
    assert_eq!(renamed.updated(), ["Network", "Network/Deep"]);
    assert_eq!(renamed.impact("shop", "Network/Deep/Setting"), Impact::Replace);
    assert_eq!(renamed.impact("shop", "Network/Kept"), Impact::NoChange);
    let lost = "the change loses resources\nreplace `Network/Deep/Setting` (AWS::SSM::Parameter) Name changes";
    assert_eq!(said(|| renamed.assert_nothing_lost()), lost);
    let mistake = "stack `shop` has no resource `Network/Kep`\nhint: did you mean `Network/Kept`?";
    assert_eq!(said(|| renamed.impact("shop", "Network/Kep")), mistake);
    let gone = deployed.preview(with_context(app, [("nested", "false")]));
    assert_eq!(gone.destroyed(), ["Network", "Network/Deep", "Network/Kept", "Network/Deep/Setting"]);
}

#[test]
fn a_resource_that_fails_is_rolled_back() {
    let cloud = Cloud::new().failing("Copy", FaultAt::Create, "no room");
    let run = cloud.deploy(app);
    assert!(!run.is_done());
    assert_eq!((run.status("edge"), run.status("site")), ("CREATE_COMPLETE", "ROLLBACK_COMPLETE"));
    assert!(run.failures("site").contains(&("Copy".to_owned(), "no room".to_owned())), "{run}");
    assert_eq!(run.events("site").last().map(|event| event.status.as_str()), Some("ROLLBACK_COMPLETE"));
}

#[test]
fn an_update_that_fails_leaves_what_was() {
    let deployed = deploy(app);
    let cloud = deployed.cloud().clone().failing("Setting", FaultAt::Update, "no");
    let run = cloud.deploy(with_context(app, [("value", "z")]));
    assert_eq!(run.status("edge"), "UPDATE_ROLLBACK_COMPLETE");
    assert!(!cloud.preview(with_context(app, [("value", "z")])).is_empty());
    assert!(cloud.preview(app).is_empty());
}

#[test]
fn throttled_calls_are_made_again() {
    Cloud::new().throttled(30).deploy(app).assert_done();
}

#[test]
fn tests_run_beside_each_other() {
    std::thread::scope(|scope| {
        for thread in 0..8 {
            scope.spawn(move || {
                for round in 0..4 {
                    let name = format!("/shop/{thread}/{round}");
                    let deployed = deploy(with_context(app, [("name", name.as_str())]));
                    assert_eq!(deployed.output("site", "Setting"), name);
                }
            });
        }
    });
}

/// The message of a test that names something wrong.
#[track_caller]
fn said<T>(test: impl FnOnce() -> T + std::panic::UnwindSafe) -> String {
    let Err(said) = std::panic::catch_unwind(test) else { panic!("the test passed") };
    said.downcast_ref::<String>().cloned().unwrap_or_default()
}

#[test]
fn a_name_that_nothing_has_fails_the_test() {
    let faulty = |id: &'static str| said(move || Cloud::new().failing(id, FaultAt::Create, "no").deploy(app));
    assert_eq!(faulty("Kopy"), "no stack of the app has a resource `Kopy`\nhint: did you mean `Copy`?");
    let of_stack = |stack: &'static str, logical_id: &'static str| {
        said(move || {
            let fault = ResourceFault {
                stack: Some(stack.to_owned()),
                logical_id: logical_id.to_owned(),
                at: FaultAt::Create,
                reason: "no".to_owned(),
                times: None,
            };
            Cloud::new().with(&Faults { resources: vec![fault], ..Faults::default() }).deploy(app)
        })
    };
    assert_eq!(of_stack("sitee", "Copy"), "the app has no stack `sitee`\nhint: did you mean `site`?");
    assert_eq!(of_stack("site", "Setting"), "stack `site` has no resource `Setting`");
    let first_line = |said: String| said.split("\nedge: ").next().unwrap_or_default().to_owned();
    let on_run = |test: fn(&formwork_testing::Run)| first_line(said(move || test(deploy(app).run())));
    assert_eq!(on_run(|run| _ = run.events("sites")), "the run has no stack `sites`\nhint: did you mean `site`?");
    assert_eq!(on_run(|run| _ = run.failures("edg")), "the run has no stack `edg`\nhint: did you mean `edge`?");
    assert_eq!(on_run(|run| _ = run.status("sit")), "the run has no stack `sit`\nhint: did you mean `site`?");
    let output = on_run(|run| _ = run.output("site", "Seting"));
    assert_eq!(output, "stack `site` has no output `Seting`\nhint: did you mean `Setting`?");
    let impact = |stack: &'static str, id: &'static str| said(move || deploy(app).preview(app).impact(stack, id));
    assert_eq!(impact("site", "Extre"), "stack `site` has no resource `Extre`\nhint: did you mean `Extra`?");
    assert_eq!(impact("sit", "Extra"), "the preview has no stack `sit`\nhint: did you mean `site`?");
    assert_eq!(deploy(app).preview(app).impact("site", "Extra"), Impact::default());
    let of_type = said(|| synth(app).stack("site").of_type("AWS::SSM::Paramter").len());
    assert_eq!(of_type, "`AWS::SSM::Paramter` is not a resource type\nhint: did you mean `AWS::SSM::Parameter`?");
    assert!(synth(app).stack("site").of_type("AWS::SNS::Topic").is_empty());
    let context = said(|| synth(with_context(app, [("naem", "x")])).stacks().len());
    assert!(context.contains("the app asks for no context value `naem`"), "{context}");
    assert!(context.contains("hint: did you mean `name`?"), "{context}");
}

#[test]
fn what_is_gone_may_still_fail() {
    let cloud = deploy(app).cloud().clone().failing("Extra", FaultAt::Delete, "in use");
    cloud.deploy(with_context(app, [("extra", "false")])).assert_done();
}
