//! Runs in which things go wrong, drawn from seeds: throttling, failing servers, connections that are cut, answers that are truncated or
//! old, servers that hang, each call denied or failing for good, a login that expires, resources that fail; in half of them somebody else
//! works on the same stacks.
//!
//! Each run ends in the desired state, or in a failure from which the commands recover that it prints: [`ways_out`] carries them out. At every
//! call, what deployed stacks use is there; and no word of a run is untrue: [`truth`] holds its report against the service.

pub(crate) mod chance;
mod layer;
mod truth;
mod ways_out;
mod words;

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::future::pending;
use std::rc::Rc;

use chance::{Chance, THEMES, Theme};
use formwork::assembly::{Assembly, StackId};
use formwork_deploy::{
    ByName, Consent, DeployOptions, DestroyOptions, Error, Limits, NamedResource, Outcome, StackReport, deploy,
    destroy, paced,
};
use formwork_diff::Registry;
use formwork_model::service::{CloudFormation, Layered};
use layer::{Faults, Faulty, Record, STACKS};
use truth::Told;

use crate::app::{Form, app};
use crate::world::{Kill, World};

/// Ways in which a run changes the stacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    Create,
    Replace,
    Remove,
    Destroy,
}

impl Deed {
    /// The same, of a run that deploys.
    fn deploying(self) -> Deed {
        if self == Deed::Destroy { Deed::Create } else { self }
    }

    fn wanted(self) -> Assembly {
        app(match self {
            Deed::Create | Deed::Destroy => Form::One,
            Deed::Replace => Form::Replaced,
            Deed::Remove => Form::Removed,
        })
    }
}

async fn carry_out(
    deed: Deed,
    service: &dyn CloudFormation,
    told_beforehand: (usize, Consent),
    told: &Told,
) -> Result<Vec<StackReport>, Error> {
    let assembly = deed.wanted();
    let ids: Vec<StackId> = assembly.stacks.iter().map(|stack| stack.id.clone()).collect();
    carry_out_some(deed, service, told_beforehand, (&assembly, &ids, Vec::new()), told).await
}

/// The same with these stacks of an assembly, retaining these resources.
async fn carry_out_some(
    deed: Deed,
    service: &dyn CloudFormation,
    (concurrency, consent): (usize, Consent),
    (assembly, ids, retain): (&Assembly, &[StackId], Vec<NamedResource>),
    told: &Told,
) -> Result<Vec<StackReport>, Error> {
    let queue = NamedResource { stack: None, logical_id: "Queue".to_owned() };
    let by_name = ByName { allowed: vec![queue], ..ByName::default() };
    if deed == Deed::Destroy {
        // Asked for, since only an answer switches a protection off.
        let options = DestroyOptions {
            consent: Consent::Ask,
            by_name,
            concurrency,
            regions: Default::default(),
            retain,
            objects: None,
        };
        return Ok(destroy(service, assembly, ids, &options, told, pending()).await?.stacks);
    }
    let options = DeployOptions {
        consent,
        by_name,
        concurrency,
        regions: Default::default(),
        parameters: Vec::new(),
        registry: Registry::default(),
        previous_templates: false,
        shipping: None,
    };
    Ok(deploy(service, assembly, ids, &options, told, pending()).await?.stacks)
}

/// The report on the run of a seed.
pub(crate) struct Ran {
    /// Whatever is not as it should be, a line each.
    pub(crate) wrong: Vec<String>,
    /// All that happened.
    pub(crate) story: String,
    /// The kind of its end.
    pub(crate) end: String,
    /// The commands that led out.
    pub(crate) commands: Vec<String>,
}

/// Carries out the run of a seed, and those that recover from it.
pub(crate) fn run(seed: u64) -> Ran {
    let chance = Chance::new(seed);
    let theme = Theme::of(seed, &chance);
    let deed = match theme {
        // In turn: most that fails is met by an update.
        Theme::Resources => {
            let deeds = [Deed::Replace, Deed::Destroy, Deed::Replace, Deed::Create, Deed::Remove];
            deeds[usize::try_from(seed / THEMES % 5).unwrap()]
        }
        _ => chance.of(&[Deed::Create, Deed::Replace, Deed::Replace, Deed::Remove, Deed::Destroy]),
    };
    let told_beforehand = (chance.of(&[1, 4]), chance.of(&[Consent::Ask, Consent::GivenForLosses]));
    let others: BTreeSet<usize> = match (seed / THEMES) % 2 {
        1 => (0..1 + chance.below(2)).map(|_| 1 + chance.below(20)).collect(),
        _ => BTreeSet::new(),
    };
    let world = World::new();
    if deed != Deed::Create {
        world.deploy(&app(Form::One), Kill::Never, Consent::Given).report.unwrap().unwrap();
    }
    if theme == Theme::Stale {
        world.bring_faults(STALE);
    }
    let failing = match theme {
        Theme::Resources => resources_that_fail(deed, &chance),
        _ => String::new(),
    };
    if theme == Theme::Resources {
        world.bring_faults(&failing);
    }
    let faults = Faults {
        service: world.service().clone(),
        is_first: deed == Deed::Create,
        theme,
        chance,
        calls: Cell::new(0),
        others: RefCell::new(others.clone()),
        record: RefCell::new(Record::default()),
    };
    let faulty = Faulty(Rc::new(faults));
    let told = Told::default();
    // The clock of the run is one of its own, which goes on as soon as everybody waits for it.
    let clock = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let service = paced(Layered { inner: world.service().clone(), layer: faulty.clone() }, Limits::NEARBY);
    let ended = clock.block_on(carry_out(deed, &service, told_beforehand, &told));
    let said = words::of(&deed.wanted(), &told.going_on.borrow(), &ended);
    let mut wrong = clock.block_on(async {
        settle(&world).await;
        let mut wrong = truth::untrue(&faulty.0, &told, &deed.wanted(), &ended).await;
        wrong.extend(words::untrue(&faulty.0, &said).await);
        wrong
    });
    let outcomes: Vec<String> = match &ended {
        Ok(stacks) => stacks.iter().map(|end| format!("{}: {:?}", end.id.name, end.outcome)).collect(),
        Err(error) => vec![format!("{error}")],
    };
    let is_touched = !faulty.0.record.borrow().touched.is_empty();
    let end = end_of(&ended, is_touched);
    let story = format!(
        "seed {seed}: {deed:?} {theme:?} {told_beforehand:?} {others:?} {failing}\n    {}\n  said:\n{}{}\n  told:\n    {}\n  calls:\n    {}",
        outcomes.join("\n    "),
        said.errors.join("\n"),
        said.last_line,
        told.lines.borrow().join("\n    "),
        faulty.0.record.borrow().log.join("\n    ")
    );
    let (commands, recovered) = ways_out::take(&world, deed, said.errors);
    let story = format!("{story}\n  then:\n    {}", commands.join("\n    "));
    wrong.extend(not_as_it_should_be(deed, &world, &recovered).into_iter().map(|what| format!("recovering: {what}")));
    if !is_touched && theme != Theme::Resources {
        let old = [("us-east-1", "/setting-a"), ("ap-northeast-2", "/copy-a")];
        let left = old.iter().filter(|_| deed != Deed::Create);
        let left = left.filter(|(region, name)| world.has(region, "AWS::SSM::Parameter", name));
        wrong.extend(left.map(|(_, name)| format!("recovering: {name} is left behind")));
    }
    // Once more: there is nothing left to do.
    let idle = Faults {
        service: world.service().clone(),
        is_first: false,
        theme: Theme::Often(&[], 0),
        chance: Chance::new(seed),
        calls: Cell::new(0),
        others: RefCell::default(),
        record: RefCell::new(Record::default()),
    };
    let idle = Faulty(Rc::new(idle));
    let service = paced(Layered { inner: world.service().clone(), layer: idle.clone() }, Limits::NEARBY);
    let last = clock.block_on(carry_out(deed, &service, (1, Consent::GivenForLosses), &Told::default()));
    wrong.extend(last.err().map(|error| format!("once more: {error}")));
    wrong.extend(
        idle.0.record.borrow().done.iter().map(|(call, region)| format!("once more: {} {region}", call.as_str())),
    );
    Ran { wrong, story, end, commands }
}

fn is_through(end: &StackReport) -> bool {
    matches!(end.outcome, Outcome::Done(_) | Outcome::Unchanged)
}

/// A resource that fails, others of the same stack that cannot be rolled back then, or one whose deletion fails.
fn resources_that_fail(deed: Deed, chance: &Chance) -> String {
    const ALL: &[(&str, &[&str])] = &[
        ("edge", &["Queue", "Setting", "Certificate"]),
        ("site", &["UsesQueue", "UsesSetting", "Distribution", "Copy"]),
        ("site", &["UsesQueue", "UsesSetting", "Distribution"]),
        ("third", &["UsesCopy", "Stays"]),
    ];
    let (stack, ids) = chance.of(ALL);
    let fault = |stack: &str, id: &str, at: &str| {
        let times = 1 + chance.below(2);
        format!(r#"{{"stack":"{stack}","logicalId":"{id}","at":"{at}","reason":"it is locked","times":{times}}}"#)
    };
    let fails = chance.of(ids);
    let mut faults = vec![fault(stack, fails, "create"), fault(stack, fails, "update")];
    faults.extend(ids.iter().filter(|id| **id != fails).map(|id| fault(stack, id, "rollback")));
    // A resource that a rollback cannot delete keeps its name, and is in the way until `gc` is told to delete it.
    if deed == Deed::Destroy {
        let (stack, ids) = chance.of(ALL);
        faults.push(fault(stack, chance.of(ids), "delete"));
    }
    format!(r#"{{"resources":[{}]}}"#, faults.join(","))
}

fn end_of(ended: &Result<Vec<StackReport>, Error>, is_touched: bool) -> String {
    let kind = match ended {
        Err(_) => "nothing was changed",
        Ok(stacks) if stacks.iter().all(is_through) => "done",
        Ok(stacks) if stacks.iter().any(|end| !end.done.is_empty()) => "stopped half-way",
        Ok(_) => "stopped at once",
    };
    format!("{kind}{}", if is_touched { ", somebody else acted" } else { "" })
}

const STALE: &str = r#"{"stale":[{"action":"DescribeStacks","times":6},{"action":"DescribeChangeSet","times":3},{"action":"DescribeStackEvents","times":4},{"action":"GetTemplate","times":1},{"action":"ListStackResources","times":1}]}"#;

/// Reads until the answers are fresh and nothing goes on.
async fn settle(world: &World) {
    let service = world.service();
    for (stack, region) in STACKS {
        for _ in 0..8 {
            let _ = service.stack(region, stack).await;
            let _ = service.template(region, stack).await;
            let _ = service.events(region, stack, None).await;
            let _ = service.resources(region, stack, None).await;
        }
        crate::other::settled(service, region, stack).await;
    }
}

fn not_as_it_should_be(deed: Deed, world: &World, ended: &Result<Vec<StackReport>, Error>) -> Vec<String> {
    let stacks = match ended {
        Ok(stacks) => stacks,
        Err(error) => return vec![format!("{error}; {:?}", error.hint())],
    };
    let mut wrong = Vec::new();
    for end in stacks {
        if !matches!(end.outcome, Outcome::Done(_) | Outcome::Unchanged) {
            wrong.push(format!("{}: {:?}", end.id.name, end.outcome));
        }
        let now = world.block_on(world.service().stack(&end.id.region, &end.id.name)).unwrap();
        if (deed == Deed::Destroy) != now.is_none() {
            wrong.push(format!("{} is {:?}", end.id.name, now.map(|now| now.status)));
        }
    }
    wrong
}

#[test]
fn no_word_is_untrue_whatever_goes_wrong() {
    let (mut ends, mut commands) = (BTreeSet::new(), BTreeSet::new());
    for seed in 0..44 {
        let ran = run(seed);
        assert!(ran.wrong.is_empty(), "{}\n{}", ran.wrong.join("\n"), ran.story);
        ends.insert(ran.end);
        commands.extend(ran.commands.iter().filter_map(|words| words.split(' ').next().map(str::to_owned)));
    }
    // Done, refused before a change, and stopped half-way; alone and with somebody else.
    assert!(ends.len() >= 5, "the seeds do not reach much: {ends:?}");
    let printed = ["continue", "deploy", "destroy", "the"].map(str::to_owned);
    assert_eq!(commands, BTreeSet::from(printed));
}
