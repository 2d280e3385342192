//! Contents that are shipped: how many requests that takes, in which order, and what is there when a run is killed at any of them.

use std::fs;
use std::future::pending;
use std::path::Path;

use formwork::assembly::{Assembly, StackId};
use formwork::prelude::*;
use formwork_assets::{Archive, prepare_all};
use formwork_deploy::shipping::bucket::{BucketChoice, with_buckets};
use formwork_deploy::shipping::{Shipping, Store, unused};
use formwork_deploy::{Consent, Outcome, collect};
use formwork_model::objects::{Bucket, Objects as _};
use insta::assert_snapshot;

use crate::gc;
use crate::order::done;
use crate::world::{Heard, Kill, Refused, World};

/// A stack that gives something, in another region than the stack that ships and takes it.
fn app(ships: bool) -> Assembly {
    let mut edge = Stack::<UsEast1>::new("edge");
    let setting = json!({ "Name": "/setting", "Type": "String", "Value": "x" });
    let setting = edge.add("Setting", Untyped::new("AWS::SSM::Parameter", setting));
    let mut api = Stack::<EuWest1>::new("api");
    let mut properties = json!({ "Name": "/copy", "Type": "String", "Value": setting.ref_value() });
    if ships {
        let code = api.asset("Code", Asset::folder("code"));
        let page = api.asset("Page", Asset::text("<p>Hello</p>").extension("html"));
        properties =
            json!({ "Name": "/copy", "Type": "String", "Value": setting.ref_value(), "Description": code.url() });
        api.output("Page", page.url());
    }
    api.add("Copy", Untyped::new("AWS::SSM::Parameter", properties));
    App::new().with(edge).with(api).synth().unwrap()
}

fn write(folder: &Path, text: &str) {
    fs::create_dir_all(folder.join("code/lib")).unwrap();
    fs::write(folder.join("code/index.js"), text).unwrap();
    fs::write(folder.join("code/lib/more.js"), "more\n".repeat(10_000)).unwrap();
}

/// Everything that is deployed, and what it ships, out of a folder.
struct Shipped<'f> {
    folder: &'f Path,
    assembly: Assembly,
    ids: Vec<StackId>,
    shipping: Shipping,
}

impl<'f> Shipped<'f> {
    fn new(world: &World, folder: &'f Path) -> Shipped<'f> {
        Shipped::of(world, folder, app(true))
    }

    fn of(world: &World, folder: &'f Path, mut assembly: Assembly) -> Shipped<'f> {
        let mut ids: Vec<StackId> = assembly.stacks.iter().map(|stack| stack.id.clone()).collect();
        let shipments = prepare_all(&assembly.assets.iter().collect::<Vec<_>>(), folder).unwrap();
        with_buckets(&mut assembly, &mut ids, &BucketChoice::OfStack).unwrap();
        let shipping = Shipping {
            objects: Store(std::rc::Rc::new(world.service().clone())),
            choice: BucketChoice::OfStack,
            account: None,
            shipments,
            is_checked: false,
            is_skipped: false,
            scratch: folder.join("scratch"),
        };
        Shipped { folder, assembly, ids, shipping }
    }

    fn parts(&self) -> (&Assembly, &[StackId], &Shipping) {
        (&self.assembly, &self.ids, &self.shipping)
    }

    fn deploy(&self, world: &World, kill: Kill, refused: Refused) -> crate::world::Ended {
        world.ship(&self.assembly, &self.ids, &self.shipping, kill, refused)
    }

    /// Holds the objects that the deployed stack names against the folder.
    fn check(&self, world: &World) {
        let parameters = world.parameters("eu-west-1", "api");
        let value = |name: &str| parameters.iter().find(|(key, _)| key == name).unwrap().1.clone();
        let account = world.block_on(formwork_model::service::CloudFormation::caller(world.service(), "eu-west-1"));
        let owner = account.unwrap().account;
        let bucket = Bucket { name: value("AssetBucket"), region: "eu-west-1".to_owned(), owner };
        let get = |key: &str| world.block_on(world.service().get(&bucket, key, 1 << 20)).unwrap().unwrap();
        let zip = get(&value("CodeKey"));
        let mut archive = Archive::read(&zip).unwrap();
        for file in ["index.js", "lib/more.js"] {
            assert_eq!(archive.file(file, 1 << 20).unwrap(), fs::read(self.folder.join("code").join(file)).unwrap());
        }
        assert_eq!(get(&value("PageKey")), b"<p>Hello</p>");
        let hash = value("CodeKey").replace("formwork/", "formwork/lists/").replace(".zip", "");
        assert!(!get(&hash).is_empty());
    }
}

#[test]
fn contents_are_there_before_any_stack_is_changed() {
    let (world, folder) = (World::new(), support::tempdir());
    write(folder.path(), "one\n");
    let shipped = Shipped::new(&world, folder.path());
    let first = shipped.deploy(&world, Kill::Never, Refused::Nothing);
    done(&first);
    assert_snapshot!("shipping_first", first.log.join("\n"));
    shipped.check(&world);

    write(folder.path(), "two\n");
    let shipped = Shipped::new(&world, folder.path());
    let second = shipped.deploy(&world, Kill::Never, Refused::Nothing);
    done(&second);
    assert_snapshot!("shipping_second", second.log.join("\n"));
    shipped.check(&world);
    // Back to what is in the bucket already.
    write(folder.path(), "one\n");
    let back = Shipped::new(&world, folder.path()).deploy(&world, Kill::Never, Refused::Nothing);
    done(&back);
    assert_snapshot!("shipping_back", back.log.join("\n"));
}

#[test]
fn unchanged_contents_take_no_request() {
    let (world, folder) = (World::new(), support::tempdir());
    write(folder.path(), "one\n");
    let shipped = Shipped::new(&world, folder.path());
    done(&shipped.deploy(&world, Kill::Never, Refused::Nothing));
    let again = shipped.deploy(&world, Kill::Never, Refused::Nothing);
    done(&again);
    let other = World::new();
    done(&other.deploy(&app(false), Kill::Never, Consent::Given));
    let without = other.deploy(&app(false), Kill::Never, Consent::Given);
    assert_eq!((again.log, again.calls), (Vec::new(), without.calls));
}

#[test]
fn a_run_that_ships_is_killed_at_each_call() {
    for kill in [Kill::Before as fn(usize) -> Kill, Kill::After] {
        for number in 1.. {
            let (world, folder) = (World::new(), support::tempdir());
            write(folder.path(), "one\n");
            let ended = Shipped::new(&world, folder.path()).deploy(&world, kill(number), Refused::Nothing);
            let shipped = Shipped::new(&world, folder.path());
            done(&shipped.deploy(&world, Kill::Never, Refused::Nothing));
            shipped.check(&world);
            let last = shipped.deploy(&world, Kill::Never, Refused::Nothing);
            done(&last);
            assert!(last.log.is_empty(), "{:?}: {:?}", kill(number), last.log);
            if ended.report.is_some() {
                done(&ended);
                break;
            }
        }
    }
}

#[test]
fn what_cannot_be_uploaded_holds_everything_back() {
    let (world, folder) = (World::new(), support::tempdir());
    write(folder.path(), "one\n");
    let shipped = Shipped::new(&world, folder.path());
    let ended = shipped.deploy(&world, Kill::Never, Refused::Uploads);
    let report = ended.report.unwrap().unwrap();
    let outcomes = report.stacks.iter().map(|stack| match &stack.outcome {
        Outcome::Stopped(error) => format!("{}: {error}", stack.id.name),
        outcome => format!("{}: {outcome:?}", stack.id.name),
    });
    let outcomes = outcomes.collect::<Vec<_>>().join("\n");
    // The end of the bucket's name is generated.
    let bucket = outcomes.split('`').find(|part| part.starts_with("formwork-assets-bucket-")).unwrap().to_owned();
    assert_snapshot!("shipping_refused", outcomes.replace(&bucket, "[BUCKET]"));
    done(&shipped.deploy(&world, Kill::Never, Refused::Nothing));
    shipped.check(&world);
}

#[test]
fn a_bucket_in_another_region_is_refused_before_anything_is_uploaded() {
    let (world, folder) = (World::new(), support::tempdir());
    write(folder.path(), "one\n");
    let shipped = Shipped::new(&world, folder.path());
    let ended = shipped.deploy(&world, Kill::Never, Refused::Region);
    let report = ended.report.unwrap().unwrap();
    let stopped = report.stacks.iter().find_map(|stack| match &stack.outcome {
        Outcome::Stopped(error) => Some(format!("{error}\n{:?}, {}", error.fault(), error.hint().unwrap_or_default())),
        _ => None,
    });
    let text = stopped.unwrap();
    let (_, rest) = text.split_once("` is in ").unwrap();
    assert_snapshot!(rest, @"
    us-west-2, and what a stack in eu-west-1 ships has to be in eu-west-1
    Input, name a bucket of each region, with `{region}` in the name; or none: each region gets one of its own
    ");
    assert!(!ended.log.iter().any(|call| call.starts_with("PutObject")), "{:?}", ended.log);
}

#[test]
fn what_changes_after_it_was_shown_is_not_shipped() {
    let (world, folder) = (World::new(), support::tempdir());
    write(folder.path(), "one\n");
    let shipped = Shipped::new(&world, folder.path());
    write(folder.path(), "other\n");
    let report = shipped.deploy(&world, Kill::Never, Refused::Nothing).report.unwrap().unwrap();
    let stopped = report.stacks.iter().filter_map(|stack| match &stack.outcome {
        Outcome::Stopped(error) => Some(format!("{error}\n{:?}, {}", error.fault(), error.hint().unwrap_or_default())),
        _ => None,
    });
    assert_snapshot!(stopped.collect::<Vec<_>>().join("\n"), @"
    the asset `Code` of `api@eu-west-1` cannot be shipped: `code/index.js` changed while it was read
    Environment, another program writes to it: run the command again when it is done
    ");
}

#[test]
fn two_runs_at_once_ship_whole_objects() {
    let (world, folder) = (World::new(), support::tempdir());
    write(folder.path(), "one\n");
    let shipped = Shipped::new(&world, folder.path());
    done(&shipped.deploy(&world, Kill::Never, Refused::Nothing));
    write(folder.path(), "two\n");
    let (one, other) = (Shipped::new(&world, folder.path()), Shipped::new(&world, folder.path()));
    // Either may be refused because of the other.
    world.ship_both([one.parts(), other.parts()], 1);
    done(&one.deploy(&world, Kill::Never, Refused::Nothing));
    one.check(&world);
}

/// An app of one stack, which ships a page.
fn page(name: &str) -> Assembly {
    let mut stack = Stack::<EuWest1>::new(name);
    let page = stack.asset("Page", Asset::text(format!("<p>{name}</p>")).extension("html"));
    let note = json!({ "Name": format!("/{name}"), "Type": "String", "Value": page.url() });
    stack.add("Note", Untyped::new("AWS::SSM::Parameter", note));
    App::new().with(stack).synth().unwrap()
}

/// Two such apps at once, in an order of calls that is drawn from the seed; which of them made the bucket.
fn first_of_a_region(seed: u64) -> [bool; 2] {
    let (world, folder) = (World::new(), support::tempdir());
    let apps = ["one", "other"].map(|name| Shipped::of(&world, folder.path(), page(name)));
    let ended = world.ship_both([apps[0].parts(), apps[1].parts()], seed);
    ended.iter().for_each(done);
    let bucket = |stack: &str| {
        let parameters = world.parameters("eu-west-1", stack);
        parameters.into_iter().find(|(key, _)| key == "AssetBucket").unwrap().1
    };
    assert_eq!(bucket("one"), bucket("other"), "{seed}");
    for app in &apps {
        let last = app.deploy(&world, Kill::Never, Refused::Nothing);
        done(&last);
        assert!(last.log.is_empty(), "{seed}: {:?}", last.log);
    }
    ended.map(|ended| ended.heard.contains("formwork-assets: CREATE_COMPLETE"))
}

/// Each of them would make the region's bucket: one does, and the other goes on with it. Most of the time is waiting.
#[test]
fn two_apps_that_are_the_first_of_a_region_have_one_bucket() {
    let made: Vec<[bool; 2]> = std::thread::scope(|scope| {
        let runs: Vec<_> = (0..16).map(|seed| scope.spawn(move || first_of_a_region(seed))).collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    assert!(made.iter().all(|made| made[0] != made[1]), "{made:?}");
    assert!(made.iter().any(|made| made[0]) && made.iter().any(|made| made[1]), "{made:?}");
}

#[test]
fn objects_that_nothing_names_are_found_by_their_age() {
    let (world, folder) = (World::new(), support::tempdir());
    for text in ["one\n", "two\n"] {
        write(folder.path(), text);
        done(&Shipped::new(&world, folder.path()).deploy(&world, Kill::Never, Refused::Nothing));
    }
    let service = world.service();
    let bucket = world.block_on(unused::bucket_of(service, "eu-west-1")).unwrap().unwrap();
    let unused = |before: &str| world.block_on(unused::unused(service, service, &bucket, before)).unwrap();
    assert_eq!(unused("2000-01-01T00:00:00Z"), []);
    // The zip of the first deployment and its list.
    let found = unused("9999-01-01T00:00:00Z");
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].key.ends_with(".zip") && found[1].key.starts_with("formwork/lists/"), "{found:?}");
    let current = world.parameters("eu-west-1", "api");
    assert!(found.iter().all(|one| current.iter().all(|(_, value)| *value != one.key)));
}

#[test]
fn an_object_that_is_gone_is_uploaded_again_when_that_is_asked_for() {
    let (world, folder) = (World::new(), support::tempdir());
    write(folder.path(), "one\n");
    let mut shipped = Shipped::new(&world, folder.path());
    done(&shipped.deploy(&world, Kill::Never, Refused::Nothing));
    let bucket = world.block_on(unused::bucket_of(world.service(), "eu-west-1")).unwrap().unwrap();
    let key = world.parameters("eu-west-1", "api").into_iter().find(|(key, _)| key == "CodeKey").unwrap().1;
    world.block_on(world.service().delete(&bucket, &key)).unwrap();
    shipped.shipping.is_checked = true;
    let again = shipped.deploy(&world, Kill::Never, Refused::Nothing);
    done(&again);
    assert_eq!(again.log, ["PutObject ", "PutObject zip"]);
    shipped.check(&world);
}

#[test]
fn a_content_whose_name_ends_like_a_list_is_no_list() {
    let (world, folder) = (World::new(), support::tempdir());
    fs::write(folder.path().join("sources"), "one\n").unwrap();
    fs::write(folder.path().join("sources.list"), "one\n").unwrap();
    let mut stack = Stack::<EuWest1>::new("api");
    let (one, other) = (stack.asset("One", Asset::file("sources")), stack.asset("Other", Asset::file("sources.list")));
    let note = json!({ "Type": "String", "Value": one.url() });
    stack.add("Note", Untyped::new("AWS::SSM::Parameter", note));
    stack.output("Other", other.url());
    let shipped = Shipped::of(&world, folder.path(), App::new().with(stack).synth().unwrap());
    done(&shipped.deploy(&world, Kill::Never, Refused::Nothing));
    let bucket = world.block_on(unused::bucket_of(world.service(), "eu-west-1")).unwrap().unwrap();
    for (_, key) in world.parameters("eu-west-1", "api").iter().filter(|(key, _)| key.ends_with("Key")) {
        let content = world.block_on(world.service().get(&bucket, key, 1 << 20)).unwrap().unwrap();
        assert_eq!(content, b"one\n", "{key}");
    }
}

/// Stacks in each other, of which the innermost has a parameter, or has it no longer.
fn nested(has_note: bool) -> Assembly {
    let note =
        |name: &str| Untyped::new("AWS::SSM::Parameter", json!({ "Name": name, "Type": "String", "Value": "x" }));
    let mut inner = Stack::<EuWest1>::new("inner");
    inner.add("Stays", note("/inner"));
    if has_note {
        inner.add("Note", note("/note"));
    }
    let mut outer = Stack::<EuWest1>::new("outer");
    outer.add("Stays", note("/outer"));
    outer.add("Inner", NestedStack::new(inner));
    let mut site = Stack::<EuWest1>::new("site");
    site.add("Outer", NestedStack::new(outer));
    App::new().with(site).synth().unwrap()
}

/// The update ends as done, and the parent's events say nothing of it.
#[test]
fn a_nested_resource_that_could_not_be_deleted_is_named_and_removed_by_its_name() {
    let (world, folder) = (World::new(), support::tempdir());
    let with = Shipped::of(&world, folder.path(), nested(true));
    done(&with.deploy(&world, Kill::Never, Refused::Nothing));
    world.bring_faults(r#"{"resources":[{"logicalId":"Note","at":"delete","reason":"it is locked"}]}"#);
    let without = Shipped::of(&world, folder.path(), nested(false));
    let report = without.deploy(&world, Kill::Never, Refused::Nothing).report.unwrap().unwrap();
    let left: Vec<String> = report
        .stacks
        .iter()
        .flat_map(|stack| &stack.left_behind)
        .map(|one| format!("{} {} {:?}", one.logical_id, one.physical_id, one.failure))
        .collect();
    assert_snapshot!(left.join("\n"), @r#"Outer.Inner.Note /note Some("it is locked")"#);
    assert_snapshot!(gc::lines(&gc::found(&world, &without.assembly)), @"site: Outer.Inner.Note /note, NotDeleted");
    let left = gc::found_allowing(&world, &without.assembly, "Outer.Inner.Note");
    let gone =
        world.block_on(collect(world.service(), &without.assembly, &left, &Heard::default(), pending())).unwrap();
    assert!(gone.ends.iter().all(|(_, failure)| failure.is_none()), "{gone:?}");
    assert!(gc::found(&world, &without.assembly).is_empty());
    // Nothing of it is said again by an update that leaves nothing.
    let again = Shipped::of(&world, folder.path(), nested(true)).deploy(&world, Kill::Never, Refused::Nothing);
    done(&again);
    assert!(again.report.unwrap().unwrap().stacks.iter().all(|stack| stack.left_behind.is_empty()));
}
