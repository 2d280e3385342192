//! Contents that are shipped: how many requests that takes, in which order, and what is there when a run is killed at any of them.

use std::fs;
use std::path::Path;

use formwork::assembly::{Assembly, StackId};
use formwork::prelude::*;
use formwork_assets::{Archive, prepare_all};
use formwork_deploy::shipping::bucket::{BucketChoice, with_buckets};
use formwork_deploy::shipping::{Shipping, Store, unused};
use formwork_deploy::{Consent, Outcome};
use formwork_model::objects::{Bucket, Objects as _};
use insta::assert_snapshot;

use crate::order::done;
use crate::world::{Kill, Refused, World};

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

/// What is deployed, and what it ships, out of a folder.
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
fn what_changes_after_it_was_shown_is_not_shipped() {
    let (world, folder) = (World::new(), support::tempdir());
    write(folder.path(), "one\n");
    let shipped = Shipped::new(&world, folder.path());
    write(folder.path(), "other\n");
    let report = shipped.deploy(&world, Kill::Never, Refused::Nothing).report.unwrap().unwrap();
    let stopped = report.stacks.iter().filter_map(|stack| match &stack.outcome {
        Outcome::Stopped(error) => Some(error.to_string()),
        _ => None,
    });
    assert_snapshot!(stopped.collect::<Vec<_>>().join("\n"), @"the asset `Code` of `api@eu-west-1` cannot be shipped: `code/index.js` changed while it was read");
}

#[test]
fn two_runs_at_once_ship_whole_objects() {
    let (world, folder) = (World::new(), support::tempdir());
    write(folder.path(), "one\n");
    let shipped = Shipped::new(&world, folder.path());
    done(&shipped.deploy(&world, Kill::Never, Refused::Nothing));
    write(folder.path(), "two\n");
    let (one, other) = (Shipped::new(&world, folder.path()), Shipped::new(&world, folder.path()));
    world.ship_both((&one.assembly, &one.ids, &one.shipping), (&other.assembly, &other.ids, &other.shipping));
    done(&one.deploy(&world, Kill::Never, Refused::Nothing));
    one.check(&world);
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
