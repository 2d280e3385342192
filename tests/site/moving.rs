//! An origin that is open moves to one that is closed: nothing that viewers meet is replaced, in the preview and in what becomes of it,
//! and no secret is seen on the way.

use std::fs;
use std::path::PathBuf;

use formwork::prelude::*;
use formwork::template::Template;
use formwork_diff::{Diff, Registry};
use insta::assert_snapshot;
use serde_json::Value as Json;

use crate::switch::World;

/// habitpay's stacks from the pattern, closed by a secret and by rules.
fn closed(origin: Origin, secret: OriginSecret) -> App {
    let zone = HostedZone::from_id("Z0123456789ABCDEFGHIJ", "habitpay.link");
    App::new().with(NginxSite {
        https_records: false,
        proxy: Some(ReverseProxy {
            blue: Upstream::new("backend.habitpay.internal:8080"),
            green: Upstream::new("backend.habitpay.internal:8081"),
            ..ReverseProxy::new("api.habitpay.link")
        }),
        origin_secret: Some(secret),
        ingress: Some(OriginIngress::new("sg-0123456789abcdef0", "pl-22a6434b")),
        ..NginxSite::<ApNortheast2>::new("habitpay", "api.habitpay.link", &zone, origin)
    })
}

fn public() -> Origin {
    Origin::public_http("ec2-3-34-56-78.ap-northeast-2.compute.amazonaws.com")
}

/// Each resource that a preview changes, with how.
fn impacts(preview: &Json) -> Vec<String> {
    let stacks = preview["stacks"].as_array().unwrap().iter();
    let resources = stacks.flat_map(|stack| stack["diff"]["resources"].as_array().into_iter().flatten());
    let mut found: Vec<String> = resources
        .map(|it| {
            format!("{} {}", it["logicalId"].as_str().unwrap_or_default(), it["impact"].as_str().unwrap_or_default())
        })
        .collect();
    found.sort();
    found
}

/// The physical ids of the two that must stay.
fn ids(world: &World) -> Json {
    let list = "
found = {}
for region, stack in (('us-east-1', 'habitpay-edge'), ('ap-northeast-2', 'habitpay-site')):
    pages = client('cloudformation', region).list_stack_resources(StackName=stack)['StackResourceSummaries']
    found.update({it['LogicalResourceId']: it['PhysicalResourceId'] for it in pages
                  if it['LogicalResourceId'] in ('Certificate', 'Distribution')})
answer(found)
";
    let found = world.engine.python(list, &[]);
    assert_eq!(found.as_object().map(serde_json::Map::len), Some(2), "{found}");
    found
}

/// Words that a secret could be: Secrets Manager makes 32 letters and digits.
fn secrets(text: &str) -> Vec<&str> {
    text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| word.len() == 32).collect()
}

/// Every file below a folder, one after the other.
fn contents(folder: PathBuf) -> String {
    let mut folders = vec![folder];
    let mut text = String::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => text += &String::from_utf8_lossy(&fs::read(path).unwrap()),
            }
        }
    }
    text
}

/// From plain http that everybody reaches, to plain http that CloudFront alone reaches.
#[test]
fn an_open_origin_is_closed_without_a_replacement() {
    let world = World::start();
    world.app(habitpay::app(&Context::new::<&str, &str>([])));
    world.run(&["deploy", "--yes"]).success();
    let before = ids(&world);

    let mut impact = String::new();
    for secret in [OriginSecret::Sent(1), OriginSecret::Generation(1), OriginSecret::Generation(2)] {
        world.app(closed(public(), secret));
        let [offline, asked] = [&["--template-only"][..], &[]].map(|more| {
            let text = world.run(&[&["diff"], more].concat()).success();
            let json = world.run(&[&["diff", "--json", "--fail-on", "destructive"], more].concat()).success();
            for run in [&text, &json] {
                assert_eq!(secrets(&(run.stdout.clone() + &run.stderr)), Vec::<&str>::new());
            }
            impacts(&json.json())
        });
        assert_eq!(offline, asked);
        impact += &format!("--- {secret:?}\n{}\n", offline.join("\n"));
        assert_eq!(secrets(&contents(world.assembly())), Vec::<&str>::new());
        let deployed = world.run(&["deploy", "--yes"]).success();
        assert_eq!(secrets(&(deployed.stdout + &deployed.stderr)), Vec::<&str>::new());
        assert_eq!(ids(&world), before);
    }
    assert_snapshot!(impact);
    // There was something to be seen.
    assert!(!secrets(&contents(world.engine.state())).is_empty());
}

/// The same way to a private address.
#[test]
fn an_open_origin_moves_to_a_vpc_origin_without_a_replacement() {
    let world = World::start();
    world.app(habitpay::app(&Context::new::<&str, &str>([])));
    world.run(&["deploy", "--yes"]).success();
    let before = ids(&world);
    let private = Origin::vpc("vo_0123456789abcdef0", "ip-10-0-0-7.ap-northeast-2.compute.internal");
    world.app(closed(private, OriginSecret::Generation(1)));
    let [offline, asked] = [&["--template-only"][..], &[]]
        .map(|more| impacts(&world.run(&[&["diff", "--json"], more].concat()).success().json()));
    assert_eq!(offline, asked);
    assert!(offline.contains(&"Distribution update".to_owned()), "{offline:?}");
    world.run(&["deploy", "--yes"]).success();
    assert_eq!(ids(&world), before);
}

/// A preview knows a step that is skipped by what the pattern writes.
#[test]
fn steps_that_are_skipped_are_said() {
    let template = |origin_secret: Option<OriginSecret>| {
        let zone = HostedZone::from_id("Z0123456789ABCDEFGHIJ", "habitpay.link");
        let delivery = Some(Delivery::ssm("i-0123456789abcdef0"));
        let site = NginxSite {
            proxy: Some(ReverseProxy { delivery, ..ReverseProxy::new("api.habitpay.link") }),
            origin_secret,
            ..NginxSite::<ApNortheast2>::new("habitpay", "api.habitpay.link", &zone, public())
        };
        let assembly = App::new().with(site).synth().unwrap();
        let stack = assembly.stacks.iter().find(|stack| stack.name() == "habitpay-site").unwrap();
        Template::from_json(&stack.template).unwrap()
    };
    let (sent, taken) = (|number| Some(OriginSecret::Sent(number)), |number| Some(OriginSecret::Generation(number)));
    let notes = |before, after| {
        let notes = Diff::between(Some(&template(before)), &template(after), &Registry::new()).notes;
        notes.into_iter().filter(|note| note.contains("viewers are refused")).count()
    };
    for (before, after, expected) in [
        (None, sent(1), 0),
        (sent(1), taken(1), 0),
        (taken(1), taken(2), 0),
        (taken(2), sent(2), 0),
        (taken(2), None, 0),
        (None, taken(1), 1),
        (taken(1), taken(3), 1),
        (taken(2), taken(1), 1),
    ] {
        assert_eq!(notes(before, after), expected, "{before:?}, {after:?}");
    }
}
