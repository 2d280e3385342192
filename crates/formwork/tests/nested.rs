//! Nested stacks: a stack in a stack, and what travels between them.

use formwork::assembly::{Assembly, Problem};
use formwork::prelude::*;

fn all(assembly: &Assembly) -> String {
    let mut text = String::new();
    for stack in &assembly.stacks {
        text += &format!("=== {} ({:?}, {:?})\n{}", stack.name(), stack.depends_on, stack.imports, stack.template);
        for nested in &stack.nested {
            let ids: Vec<_> = nested.locations.iter().map(|(id, _)| id.as_str()).collect();
            text += &format!("--- {}: {} {:?}\n", nested.path, nested.asset, ids);
            text += assembly.nested_template(&stack.id, nested).unwrap_or_default();
        }
    }
    for asset in &assembly.assets {
        text += &format!("*** {} {} {}\n", asset.stack, asset.id, asset.parameter);
    }
    text
}

fn problems(app: App) -> String {
    let report = app.synth().expect_err("there is something wrong");
    let line = |problem: &Problem| {
        let place = problem.location.as_ref().map(ToString::to_string).unwrap_or_default();
        let hint = problem.hint.as_deref().map(|hint| format!("\n    hint: {hint}")).unwrap_or_default();
        format!("{}: {}\n    {place}{hint}\n", problem.severity.as_str(), problem.message)
    };
    report.problems.iter().map(line).collect()
}

fn zone(name: impl Into<Val<String>>) -> cfn::route53::HostedZone {
    cfn::route53::HostedZone { name: some(name), ..Default::default() }
}

#[test]
fn parameters_and_outputs_by_hand() {
    let mut network = Stack::<EuCentral1>::new("network");
    let size: Val<String> = network.parameter("Size", parameter::text());
    let _: Val<i64> = network.parameter("Count", parameter::number());
    let _: Val<Vec<Val<String>>> = network.parameter("Names", parameter::list());
    let _: Val<String> = network.parameter("Default", parameter::text().default("a"));
    network.add("Zone", zone(size));
    network.output("Ready", "yes");
    network.tag("part", "network");
    network.description("The network");
    let mut shop = Stack::<EuCentral1>::new("shop");
    let nested = NestedStack::new(network)
        .parameter("Size", "example.com")
        .parameter("Count", 3)
        .parameter("Names", json!(["a", "b"]))
        .timeout_in_minutes(5)
        .notification_arn("arn:aws:sns:eu-central-1:111122223333:events");
    let nested = shop.add("Network", nested);
    shop.options(&nested).metadata("A", "b");
    shop.edit(&nested, |properties| _ = properties.insert("TimeoutInMinutes".into(), 6.into()));
    shop.output("Ready", nested.output("Ready"));
    shop.output("Arn", nested.stack_id());
    insta::assert_snapshot!("by_hand", all(&App::new().with(shop).tag("app", "shop").synth().expect("an assembly")));
}

#[test]
fn values_travel_in_and_out() {
    let mut shop = Stack::<EuCentral1>::new("shop");
    let mut network = Stack::<EuCentral1>::new("network");
    let mut inner = Stack::<EuCentral1>::new("inner");
    let mut beside = Stack::<EuCentral1>::new("beside");
    let mut other = Stack::<EuCentral1>::new("other");
    let mut guest = Stack::<EuCentral1>::new("guest");
    let own = shop.add("Own", zone("own.example.com"));
    let middle = network.add("Middle", zone("middle.example.com"));
    let deep = inner.add("Deep", zone(own.id())); // two levels in
    inner.asset("Data", Asset::file("data.csv"));
    network.add("Inner", NestedStack::new(inner));
    shop.add("Network", NestedStack::new(network));
    beside.add("Beside", zone(format!("{}.{}", deep.id(), middle.id()))); // out, and in again
    beside.output("Servers", function::join(",", deep.name_servers()));
    shop.add("Beside", NestedStack::new(beside));
    shop.output("Servers", function::select::<String>(0, deep.name_servers()));
    shop.output("DeepId", deep.id());
    other.output("Deep", deep.id()); // to another stack of the app
    guest.output("Deep", deep.id()); // into a nested stack of another one
    guest.output("Own", own.id());
    other.add("Guest", NestedStack::new(guest));
    let assembly = App::new().with((other, shop)).synth().expect("an assembly");
    insta::assert_snapshot!("travelling", all(&assembly));
}

#[test]
fn mistakes() {
    let mut shop = Stack::<EuCentral1>::new("shop");
    let mut network = Stack::<EuCentral1>::new("network");
    let _: Val<String> = network.parameter("Size", parameter::text());
    network.output("Ready", "yes");
    network.add("not a name", zone("a.example.com"));
    network.asset("Data", Asset::file("data.csv"));
    let network = NestedStack::new(network).parameter("Sise", "a").parameter("DataKey", "a");
    let network = shop.add("Network", network);
    shop.output("Ready", network.output("Redy"));

    let mut far = Stack::<UsEast1>::new("far");
    far.termination_protection(true);
    far.output("A", "a");
    shop.add("Far", NestedStack::new(far));

    let mut same = Stack::<EuCentral1>::new("shop");
    same.output("A", "a");
    shop.add("Same", NestedStack::new(same));

    let mut refused = Stack::<EuCentral1>::new("refused");
    refused.add("Zone", zone("a.example.com"));
    shop.add("no name", NestedStack::new(refused));
    insta::assert_snapshot!("nested_mistakes", problems(App::new().with(shop)));
}

#[test]
fn stacks_that_need_each_other() {
    let mut shop = Stack::<EuCentral1>::new("shop");
    let mut network = Stack::<EuCentral1>::new("network");
    let inside = network.add("Inside", zone("a.example.com"));
    let outside = shop.add("Outside", zone(inside.id()));
    network.add("Second", zone(outside.id()));
    shop.add("Network", NestedStack::new(network));
    insta::assert_snapshot!("cycle", problems(App::new().with(shop)));
}

#[test]
fn names_that_are_taken() {
    let mut shop = Stack::<EuCentral1>::new("shop");
    let mut network = Stack::<EuCentral1>::new("network");
    let inside = network.add("Inside", zone("a.example.com"));
    network.output("ExportNetworkInsideId", "mine");
    let outside = shop.add("Outside", zone("b.example.com"));
    let _: Val<String> = network.parameter("ShopOutsideId", parameter::text().default("a"));
    network.add("Second", zone(outside.id()));
    shop.add("Network", NestedStack::new(network));
    shop.output("Inside", inside.id());
    insta::assert_snapshot!("taken", problems(App::new().with(shop)));
}

#[test]
fn what_comes_after_a_nested_stack_comes_after_all_of_it() {
    let mut shop = Stack::<EuCentral1>::new("shop");
    let mut network = Stack::<EuCentral1>::new("network");
    let mut first = Stack::<EuCentral1>::new("first");
    let mut last = Stack::<EuCentral1>::new("last");
    first.output("A", "a");
    last.output("A", "a");
    network.output("A", "a");
    network.depends_on(&first);
    last.depends_on(&network);
    shop.depends_on(&network);
    shop.add("Network", NestedStack::new(network));
    let assembly = App::new().with((shop, first, last)).synth().expect("an assembly");
    let order = |index: usize| assembly.stacks[index].depends_on.iter().map(|id| &*id.name).collect::<Vec<_>>();
    assert_eq!((order(0), order(2)), (vec!["first"], vec!["shop"]));
}
