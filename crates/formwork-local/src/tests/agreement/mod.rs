//! The offline diff and the engine's change set say the same of a pair of templates: the same resources, with the same impact. The one
//! knows what templates say, the other what is deployed too; this shows that both carry a change on in the same way.

mod pairs;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use formwork_diff::{Basis, Diff, Impact, ParameterValues, ResourceDiff};
use formwork_model::change_set::{Action, ChangeSetReplacement, PolicyAction};
use formwork_model::{Pseudo, ResourceChange};
use formwork_schema::facts::Registry;
use formwork_template::Template;
use indexmap::IndexMap;
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use serde_json::Value as Json;

use self::pairs::{Tape, draft};
use super::Local;
use crate::model::StackResource;
use crate::world::ACCOUNT;

/// An engine in which the first template is deployed, with a change set of the other.
struct Deployed {
    local: Local,
    before: IndexMap<String, StackResource>,
    /// Impact on each resource by the change set.
    impacts: BTreeMap<String, Impact>,
}

/// `None` where one of the two templates cannot be deployed.
fn deployed(before: &Json, after: &Json) -> Option<Deployed> {
    let mut local = Local::new();
    let common =
        [("StackName", "site"), ("DisableValidation", "true"), ("Capabilities.member.1", "CAPABILITY_NAMED_IAM")];
    let (before, after) = (before.to_string(), after.to_string());
    local.us("CreateStack", &[&common[..], &[("TemplateBody", &before)]].concat()).ok()?;
    if local.status("site") != "CREATE_COMPLETE" {
        return None;
    }
    local.us("CreateChangeSet", &[&common[..], &[("TemplateBody", &after), ("ChangeSetName", "c")]].concat()).ok()?;
    let stack = local.world.stacks.values().next()?;
    let set = stack.change_sets.values().next()?;
    let reason = set.reason.as_deref().unwrap_or_default();
    if !reason.is_empty() && !reason.contains("didn't contain changes") {
        return None;
    }
    let impact = |change: &ResourceChange| match (&change.action, change.replacement) {
        (Action::Add, _) => Impact::Create,
        (Action::Remove, _) if change.policy_action == Some(PolicyAction::Retain) => Impact::Orphan,
        (Action::Remove, _) => Impact::Destroy,
        (_, Some(ChangeSetReplacement::True)) => Impact::Replace,
        (_, Some(ChangeSetReplacement::Conditional)) => Impact::MayReplace,
        _ if change.details.iter().all(|detail| detail.is_dynamic) => Impact::MayUpdate,
        _ => Impact::Update,
    };
    let impacts = set.changes.iter().map(|change| (change.logical_id.clone(), impact(change))).collect();
    let before = stack.content.resources.clone();
    Some(Deployed { local, before, impacts })
}

impl Deployed {
    /// Executes the change set, and holds what it did against what it said.
    fn executed(mut self, count: &mut Count) -> Result<(), TestCaseError> {
        let fields = [("StackName", "site"), ("ChangeSetName", "c")];
        if self.local.us("ExecuteChangeSet", &fields).is_err() || self.local.status("site") != "UPDATE_COMPLETE" {
            return Ok(());
        }
        count.executed += 1;
        let now = &self.local.world.stacks.values().next().expect("the stack is there").content.resources;
        for (id, before) in &self.before {
            let now = now.get(id).filter(|now| now.is_there());
            let is_same = now.is_some_and(|now| now.birth == before.birth);
            let is_as_it_was = now.is_some_and(|now| {
                (&now.physical_id, &now.attributes, &now.metadata)
                    == (&before.physical_id, &before.attributes, &before.metadata)
            });
            let said = self.impacts.get(id).copied().unwrap_or_default();
            let is_as_said = match said {
                Impact::NoChange => is_same && is_as_it_was,
                Impact::Update | Impact::MayUpdate => is_same,
                Impact::Replace => now.is_some() && !is_same,
                Impact::MayReplace => now.is_some(),
                Impact::Destroy | Impact::Orphan => now.is_none(),
                _ => false,
            };
            prop_assert!(is_as_said, "{id}: the change set says `{said}`, and before it was {before:#?}, now {now:#?}");
        }
        Ok(())
    }
}

/// The offline diff, with the pseudo parameters that the engine knows. Parameters have their defaults on both sides.
fn offline(before: &Json, after: &Json) -> Diff {
    let read = |template: &Json| Template::from_text(&template.to_string()).unwrap();
    let pseudo = Pseudo { account: ACCOUNT.to_owned(), region: "us-east-1".to_owned(), ..Pseudo::default() };
    let values = ParameterValues { pseudo, ..ParameterValues::default() };
    Diff::between_with(Some(&read(before)), &read(after), &Registry::new(), &values)
}

/// True if the two may differ about the resource, so that nothing can be asked of those that refer to it:
///
/// - the template says another function, and only the engine knows that its value is the same, or another one, than what is deployed;
/// - another order of a list: CloudFormation replaced a resource for it (aws-cdk issue 25570), and no source says that it always does.
fn is_open(diff: &ResourceDiff) -> bool {
    diff.properties
        .iter()
        .any(|property| property.order_only || (property.basis == Basis::Runtime && property.before != property.after))
}

/// The resources of which the two may say different things: those that are open, and those that refer to them at any depth.
fn open(diff: &Diff, templates: [&Json; 2]) -> BTreeSet<String> {
    let mut open: BTreeSet<String> =
        diff.resources.iter().filter(|one| is_open(one)).map(|one| one.logical_id.clone()).collect();
    loop {
        let mut more = BTreeSet::new();
        for (id, resource) in templates.iter().filter_map(|template| template["Resources"].as_object()).flatten() {
            let text = resource.to_string();
            let refers = |other: &String| {
                [format!("\"{other}\""), format!("${{{other}}}"), format!("${{{other}.")]
                    .iter()
                    .any(|mark| text.contains(mark))
            };
            if !open.contains(id) && open.iter().any(refers) {
                more.insert(id.clone());
            }
        }
        if more.is_empty() {
            return open;
        }
        open.extend(more);
    }
}

/// Number of the pairs that were deployed, of resources by what was said of them, and of those about which the two may differ.
#[derive(Debug, Default)]
struct Count {
    pairs: usize,
    deployed: usize,
    executed: usize,
    agreed: BTreeMap<Impact, usize>,
    open: usize,
}

fn agrees(tape: &[u8], count: &mut Count) -> Result<(), TestCaseError> {
    let mut tape = Tape(tape.iter());
    let mut draft = draft(&mut tape);
    let before = draft.template();
    for _ in 0..=tape.edits() {
        draft.edit(&mut tape);
    }
    let after = draft.template();
    count.pairs += 1;
    let Some(deployed) = deployed(&before, &after) else { return Ok(()) };
    count.deployed += 1;
    let engine = &deployed.impacts;
    let diff = offline(&before, &after);
    let open = open(&diff, [&before, &after]);
    let offline: BTreeMap<String, Impact> =
        diff.resources.iter().map(|one| (one.logical_id.clone(), one.impact)).collect();
    for id in engine.keys().chain(offline.keys()).collect::<BTreeSet<_>>() {
        let of = |side: &BTreeMap<String, Impact>| side.get(id).copied().unwrap_or(Impact::NoChange);
        let (engine, offline) = (of(engine), of(&offline));
        // The diff may not be silent, whatever is open.
        let is_fine = if open.contains(id) {
            count.open += 1;
            offline != Impact::NoChange || engine == Impact::NoChange
        } else {
            *count.agreed.entry(engine).or_default() += 1;
            offline == engine
        };
        prop_assert!(
            is_fine,
            "{id}: the engine says `{engine}`, the offline diff `{offline}`\nbefore: {before}\nafter:  {after}\n{}",
            formwork_diff::render(&diff, &formwork_diff::RenderOptions { verbose: true, ..Default::default() })
        );
    }
    deployed.executed(count)
}

#[test]
fn the_offline_diff_and_the_change_set_agree() {
    const PAIRS: u32 = 2_000;
    let count = RefCell::new(Count::default());
    let config = ProptestConfig { cases: PAIRS, failure_persistence: None, ..ProptestConfig::default() };
    let tapes = prop::collection::vec(any::<u8>(), 0..150);
    // The same pairs each time; `FORMWORK_AGREEMENT_SEED` asks for others.
    let seed = std::env::var("FORMWORK_AGREEMENT_SEED").unwrap_or_default();
    let mut bytes = [0; 32];
    bytes.iter_mut().zip(seed.bytes()).for_each(|(place, byte)| *place = byte);
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let result = TestRunner::new_with_rng(config, rng).run(&tapes, |tape| agrees(&tape, &mut count.borrow_mut()));
    if let Err(error) = result {
        panic!("{error}");
    }
    let count = count.into_inner();
    // The pairs are worth something: they deploy, every impact is among them, and the exceptions are few.
    let agreed: usize = count.agreed.values().sum();
    let impacts = [
        Impact::Create,
        Impact::MayUpdate,
        Impact::Update,
        Impact::Orphan,
        Impact::MayReplace,
        Impact::Replace,
        Impact::Destroy,
    ];
    let has_all = impacts.iter().all(|impact| count.agreed.get(impact).is_some_and(|number| *number >= 5));
    assert!(
        count.deployed * 10 >= count.pairs * 8
            && count.executed * 2 >= count.pairs
            && has_all
            && count.open * 3 <= agreed,
        "{count:?}"
    );
}
