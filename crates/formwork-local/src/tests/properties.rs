//! Random stories: stacks of random types with references, conditions, parameters, policies and exports are created, updated,
//! failed, cancelled, rolled back, deleted, and the engine restarted in between, at full speed and slowly. Whatever happens, what the
//! engine remembers must fit together ([`held`]).

use std::collections::{BTreeMap, BTreeSet};

use formwork_schema::facts::{self, ReplacementStrategy};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::Local;
use crate::machine;
use crate::machine::allowed::{Ask, allowed};
use crate::model::{Content, Event, Stack, StackResource, Status};
use crate::resources;
use crate::time;

/// One resource of a template.
#[derive(Clone, Debug)]
struct Made {
    type_number: usize,
    value: u8,
    /// Whether a property that replaces the resource is set, and to which value.
    replaces: Option<u8>,
    /// An earlier resource that it names, and how.
    refers: Option<(usize, u8)>,
    depends: Option<usize>,
    conditional: bool,
    uses_parameter: bool,
    policy: u8,
    is_gone: bool,
}

/// What is done to the engine.
#[derive(Clone, Debug)]
enum Deed {
    /// A stack is created, or updated if it is there; a resource of it may fail on the way ahead, another on the way back.
    Deploy {
        stack: usize,
        resources: Vec<Made>,
        condition: bool,
        exports: bool,
        course: Course,
        fails: Vec<(usize, u8)>,
    },
    Delete {
        stack: usize,
        partly: u8,
    },
    Rollback {
        stack: usize,
    },
    Continue {
        stack: usize,
        skips: bool,
    },
    Cancel {
        stack: usize,
    },
    Fail {
        resource: usize,
        at: u8,
        times: Option<u32>,
    },
    NoFaults,
    Wait {
        seconds: u64,
    },
    Restart,
}

/// How a stack is deployed.
#[derive(Clone, Copy, Debug)]
struct Course {
    by_change_set: bool,
    /// `ROLLBACK`, `DELETE`, `DO_NOTHING`
    on_failure: u8,
    keeps: bool,
    retain_except_on_create: bool,
}

fn made() -> impl Strategy<Value = Made> {
    (
        any::<usize>(),
        0_u8..3,
        proptest::option::weighted(0.4, 0_u8..2),
        proptest::option::of((0_usize..8, 0_u8..5)),
        proptest::option::weighted(0.3, 0_usize..8),
        any::<bool>(),
        any::<bool>(),
        0_u8..12,
        proptest::bool::weighted(0.15),
    )
        .prop_map(
            |(type_number, value, replaces, refers, depends, conditional, uses_parameter, policy, is_gone)| Made {
                type_number,
                value,
                replaces,
                refers,
                depends,
                conditional,
                uses_parameter,
                policy,
                is_gone,
            },
        )
}

fn deploy() -> impl Strategy<Value = Deed> {
    let course = (any::<bool>(), 0_u8..4, any::<bool>(), any::<bool>()).prop_map(
        |(by_change_set, on_failure, keeps, retain_except_on_create)| Course {
            by_change_set,
            on_failure,
            keeps,
            retain_except_on_create,
        },
    );
    let resources = proptest::collection::vec(made(), 1..8);
    let fails = proptest::collection::vec((0_usize..8, 0_u8..4), 0..3);
    (0_usize..3, resources, any::<bool>(), any::<bool>(), course, fails).prop_map(
        |(stack, resources, condition, exports, course, fails)| Deed::Deploy {
            stack,
            resources,
            condition,
            exports,
            course,
            fails,
        },
    )
}

fn deed() -> impl Strategy<Value = Deed> {
    let stack = || 0_usize..3;
    let fail = (0_usize..8, 0_u8..4, proptest::option::of(1_u32..3));
    prop_oneof![
        12 => deploy(),
        2 => (stack(), 0_u8..4).prop_map(|(stack, partly)| Deed::Delete { stack, partly }),
        2 => stack().prop_map(|stack| Deed::Rollback { stack }),
        2 => (stack(), any::<bool>()).prop_map(|(stack, skips)| Deed::Continue { stack, skips }),
        2 => stack().prop_map(|stack| Deed::Cancel { stack }),
        1 => fail.prop_map(|(resource, at, times)| Deed::Fail { resource, at, times }),
        2 => Just(Deed::NoFaults),
        6 => (0_u64..60).prop_map(|seconds| Deed::Wait { seconds }),
        2 => Just(Deed::Restart),
    ]
}

/// Every type of us-east-1 that is not CloudFormation's own, nor needs others to be there.
fn types() -> &'static [&'static str] {
    static TYPES: std::sync::OnceLock<Vec<&'static str>> = std::sync::OnceLock::new();
    TYPES.get_or_init(|| {
        let exists = |name: &str| facts::of(name).is_some_and(|facts| facts.available_in("us-east-1") != Some(false));
        let is_plain = |name: &&str| !name.starts_with("AWS::CloudFormation::") && exists(name);
        facts::type_names().filter(is_plain).collect()
    })
}

/// The types of the resources of a stack stay, so that they are updated rather than refused.
type Types = BTreeMap<(usize, usize), usize>;

fn template(types_of: &mut Types, stack: usize, made: &[Made], condition: bool, exports: bool) -> Json {
    let all_types = types();
    let mut all = serde_json::Map::new();
    let mut type_of = |index: usize, one: &Made| {
        let number = *types_of.entry((stack, index)).or_insert(one.type_number);
        all_types[number % all_types.len()]
    };
    let names: Vec<&str> = made.iter().enumerate().map(|(index, one)| type_of(index, one)).collect();
    // What may not exist is only named under the same condition.
    let may_name = |index: usize, other: usize| {
        other < index && !made[other].is_gone && (!made[other].conditional || made[index].conditional)
    };
    for (index, one) in made.iter().enumerate().filter(|(_, one)| !one.is_gone) {
        let facts = facts::of(names[index]).unwrap();
        let read_only: BTreeSet<&str> = facts.read_only().collect();
        let mut properties = serde_json::Map::new();
        for required in facts.required() {
            // Required properties are often what a resource is known by: they stay.
            properties.insert(required.to_owned(), json!(format!("r{stack}-{index}")));
        }
        properties.insert("Anything".to_owned(), json!({ "Here": [one.value, { "There": "x" }] }));
        let creates = facts.create_only().find(|name| !name.contains('.') && !read_only.contains(name));
        if let (Some(value), Some(name)) = (one.replaces, creates) {
            properties.insert(name.to_owned(), json!(format!("c{stack}-{index}-{value}")));
        }
        if one.uses_parameter {
            properties.insert("Given".to_owned(), json!({ "Fn::Sub": "${P}-${AWS::Region}" }));
            let list = json!({ "Fn::If": ["Maybe", { "Fn::Select": [0, { "Ref": "L" }] }, { "Ref": "AWS::NoValue" }] });
            properties.insert("Perhaps".to_owned(), list);
        }
        if let Some((other, how)) = one.refers.filter(|(other, _)| *other < made.len() && may_name(index, *other)) {
            let id = format!("R{other}");
            let attribute = facts::of(names[other]).unwrap().attributes().next();
            let value = match (how, attribute) {
                (0, Some(attribute)) => json!({ "Fn::GetAtt": [id, attribute] }),
                (1, Some(attribute)) => json!({ "Fn::Join": ["/", [{ "Fn::GetAtt": [id, attribute] }, "x"]] }),
                (2, _) => json!({ "Fn::Sub": format!("${{{id}}}!") }),
                (3, _) => json!({ "Fn::Select": [0, { "Fn::Split": ["-", { "Ref": id }] }] }),
                _ => json!({ "Ref": id }),
            };
            properties.insert("Reference".to_owned(), value);
        }
        let mut entry = json!({ "Type": names[index], "Properties": properties });
        if one.conditional {
            entry["Condition"] = json!("Maybe");
        }
        if let Some(other) = one.depends.filter(|other| *other < made.len() && may_name(index, *other)) {
            entry["DependsOn"] = json!(format!("R{other}"));
        }
        match one.policy {
            0 => entry["DeletionPolicy"] = json!("Retain"),
            1 => entry["DeletionPolicy"] = json!("RetainExceptOnCreate"),
            2 => entry["UpdateReplacePolicy"] = json!("Retain"),
            _ => {}
        }
        all.insert(format!("R{index}"), entry);
    }
    if all.is_empty() {
        all.insert("Only".to_owned(), json!({ "Type": "AWS::SNS::Topic" }));
    }
    let mut body = json!({
        "Parameters": { "P": { "Type": "String", "Default": "p" }, "L": { "Type": "CommaDelimitedList", "Default": "a,b" } },
        "Conditions": { "Maybe": { "Fn::Equals": [condition.to_string(), "true"] } },
        "Resources": all,
        "Outputs": { "O": { "Value": { "Ref": "P" } } },
    });
    if exports {
        body["Outputs"]["O"]["Export"] = json!({ "Name": format!("e{stack}") });
    } else if stack > 0 {
        // A stack uses the export of the one before it, if there is one.
        body["Resources"]["Uses"] = json!({ "Type": "AWS::SNS::Topic", "Properties": { "DisplayName": { "Fn::ImportValue": format!("e{}", stack - 1) } } });
    }
    body
}

/// A resource without what every touch of it changes.
fn substance(resource: &StackResource) -> Json {
    let mut value = serde_json::to_value(resource).unwrap();
    for name in ["status", "reason", "updated", "actual"] {
        value.as_object_mut().unwrap().shift_remove(name);
    }
    value
}

fn substance_of(content: &Content) -> Json {
    let there = content.resources.values().filter(|one| one.is_there());
    let resources: BTreeMap<&str, Json> = there.map(|one| (one.logical_id.as_str(), substance(one))).collect();
    json!([content.template, content.parameters, content.outputs, content.imports, resources])
}

/// What the events say is there: made, and not deleted; with how often, since names come again.
fn told(events: &[Event]) -> BTreeMap<&str, i32> {
    let mut there = BTreeMap::new();
    // What was never made has no id.
    let of_things = events.iter().filter(|event| !event.physical_id.is_empty());
    for event in of_things.filter(|event| !is_made_again(&event.type_name)) {
        let initiated = event.reason.as_deref() == Some("Resource creation Initiated");
        let count = match event.status {
            Some(Status::CreateInProgress | Status::UpdateInProgress) if initiated => 1,
            Some(Status::DeleteComplete) if event.type_name != "AWS::CloudFormation::Stack" => -1,
            _ => continue,
        };
        *there.entry(event.physical_id.as_str()).or_default() += count;
    }
    there.retain(|_, count| *count != 0);
    there
}

/// Some types are deleted before they are replaced, and made again as they were when that fails: no event tells of it.
fn is_made_again(type_name: &str) -> bool {
    facts::of(type_name).is_some_and(|facts| facts.replacement_strategy() == ReplacementStrategy::DeleteThenCreate)
}

/// What must hold at any moment.
fn held(local: &Local) -> Result<(), TestCaseError> {
    let world = &local.world;
    let mut identities = BTreeMap::new();
    for stack in world.stacks.values() {
        let what = format!("{} {}", stack.id, stack.status.as_str());
        let records: Vec<&StackResource> = stack
            .content
            .resources
            .values()
            .filter(|one| one.is_there())
            .chain(&stack.leftovers)
            .chain(&stack.left_behind)
            .collect();
        // Nothing is lost, and nothing is made up.
        let mut ids = BTreeMap::new();
        for resource in records.iter().filter(|one| !is_made_again(&one.type_name)) {
            *ids.entry(resource.physical_id.as_str()).or_default() += 1;
        }
        prop_assert_eq!(ids, told(&stack.events), "{}", &what);
        for resource in &records {
            if let Some(identity) = resources::chosen_identity(&resource.type_name, &resource.properties, &stack.place)
            {
                identities.insert(identity, stack.id.clone());
            }
        }
        let moves = stack.status.as_str().ends_with("_IN_PROGRESS") && stack.status != Status::ReviewInProgress;
        prop_assert_eq!(stack.operation.is_some(), moves, "{}", &what);
        prop_assert_eq!(world.active.contains_key(&stack.id), moves, "{}", &what);
        if !moves {
            for resource in stack.content.resources.values() {
                prop_assert!(!resource.status.as_str().ends_with("_IN_PROGRESS"), "{}: {:?}", &what, resource);
            }
        }
        if stack.status == Status::DeleteComplete {
            let there: Vec<&StackResource> = stack.content.resources.values().filter(|one| one.is_there()).collect();
            prop_assert!(there.is_empty() && stack.leftovers.is_empty(), "{}: {:?}", &what, there);
        }
        prop_assert_eq!(stack.last_whole.is_some() && stack.status.is_whole(), false, "{}", &what);
        for name in stack.content.outputs.iter().filter_map(|output| output.export_name.as_deref()) {
            let exporter = world.export(&stack.place.region, name).map(|(exporter, _)| exporter.id.as_str());
            prop_assert_eq!(exporter, Some(stack.id.as_str()), "{}", &what);
        }
    }
    prop_assert_eq!(&identities, world.identities());
    Ok(())
}

/// What is known of each stack from the outside.
struct Story {
    local: Local,
    types: Types,
    /// What each stack was when it was last whole.
    whole: BTreeMap<String, Json>,
}

impl Story {
    fn stack(&self, stack: usize) -> Option<&Stack> {
        self.local.world.find("us-east-1", &format!("s{stack}"))
    }

    /// A call; what the stack's status does not allow must be refused, and leave everything as it was.
    fn call(
        &mut self,
        stack: usize,
        ask: Option<Ask>,
        action: &str,
        fields: &[(&str, &str)],
    ) -> Result<bool, TestCaseError> {
        let name = format!("s{stack}");
        let before = self.stack(stack).cloned();
        let given: Vec<(&str, &str)> =
            [("StackName", name.as_str())].into_iter().chain(fields.iter().copied()).collect();
        let answer = self.local.us(action, &given);
        let is_allowed = match (&before, ask) {
            (Some(before), Some(ask)) => allowed(before.status).contains(&ask),
            _ => true,
        };
        prop_assert!(
            is_allowed || answer.is_err(),
            "{} of {:?}: {:?}",
            action,
            before.map(|stack| stack.status),
            answer
        );
        if let Err(error) = &answer {
            prop_assert!(!error.starts_with("Internal"), "{}", error);
            let status = |stack: Option<&Stack>| stack.map(|stack| (stack.status, stack.events.len()));
            prop_assert_eq!(status(before.as_ref()), status(self.stack(stack)), "{} {}", action, error);
        }
        Ok(answer.is_ok())
    }

    /// The stack, or another one to which the same can be done.
    fn fit_for(&self, ask: Ask, stack: usize) -> usize {
        let fits = |stack: &usize| self.stack(*stack).is_some_and(|stack| allowed(stack.status).contains(&ask));
        (0..3).find(fits).unwrap_or(stack)
    }

    fn fail(&mut self, resource: usize, at: u8, times: Option<u32>) {
        let at = ["create", "update", "delete", "rollback"][usize::from(at)];
        let fault = json!({ "logicalId": format!("R{resource}"), "at": at, "reason": "at random", "times": times });
        self.local.world.faults.resources.push(serde_json::from_value(fault).unwrap());
    }

    fn carry_out(&mut self, deed: &Deed) -> Result<(), TestCaseError> {
        match deed {
            Deed::Deploy { stack, resources, condition, exports, course, fails } => {
                fails.iter().for_each(|(resource, at)| self.fail(*resource, *at, Some(1)));
                let exists = self.stack(*stack).is_some_and(|stack| stack.status != Status::ReviewInProgress);
                if !exists {
                    self.types.retain(|(own, _), _| own != stack);
                }
                let body = template(&mut self.types, *stack, resources, *condition, *exports).to_string();
                let text = |flag: bool| if flag { "true" } else { "false" };
                let mode = ["ROLLBACK", "DELETE", "DO_NOTHING", "ROLLBACK"][usize::from(course.on_failure)];
                let body = ("TemplateBody", body.as_str());
                let keeps = ("DisableRollback", text(course.keeps));
                let retains = ("RetainExceptOnCreate", text(course.retain_except_on_create));
                let ask = exists.then_some(Ask::Update);
                if course.by_change_set {
                    let kind = ("ChangeSetType", if exists { "UPDATE" } else { "CREATE" });
                    let fields = [body, kind, ("ChangeSetName", "c")];
                    if self.call(*stack, ask, "CreateChangeSet", &[&fields[..], ALWAYS].concat())? {
                        let ask = ask.or(Some(Ask::Create));
                        self.call(*stack, ask, "ExecuteChangeSet", &[("ChangeSetName", "c"), keeps, retains])?;
                    }
                } else if exists {
                    let fields = [body, keeps, retains];
                    self.call(*stack, ask, "UpdateStack", &[&fields[..], ALWAYS].concat())?;
                } else {
                    let fields = [body, ("OnFailure", mode), retains];
                    self.call(*stack, None, "CreateStack", &[&fields[..], ALWAYS].concat())?;
                }
            }
            Deed::Delete { stack, partly } => {
                let failed = |own: &Stack| {
                    let failed = own.content.resources.values().find(|one| one.status == Status::DeleteFailed);
                    failed.map(|one| one.logical_id.clone())
                };
                let failed = self.stack(*stack).and_then(failed).unwrap_or_else(|| "R0".to_owned());
                let (ask, fields) = match partly {
                    0 => (Ask::DeletePartly, vec![("DeletionMode", "FORCE_DELETE_STACK")]),
                    1 => (Ask::DeletePartly, vec![("RetainResources.member.1", failed.as_str())]),
                    _ => (Ask::Delete, vec![]),
                };
                self.call(*stack, Some(ask), "DeleteStack", &fields)?;
            }
            Deed::Rollback { stack } => {
                let stack = &self.fit_for(Ask::Rollback, *stack);
                self.call(*stack, Some(Ask::Rollback), "RollbackStack", &[])?;
            }
            Deed::Continue { stack, skips } => {
                let stack = &self.fit_for(Ask::ContinueRollback, *stack);
                let failed = |own: &Stack| {
                    let failed = own.content.resources.values().find(|one| one.status == Status::UpdateFailed);
                    failed.map(|one| one.logical_id.clone())
                };
                let failed = self.stack(*stack).and_then(failed).filter(|_| *skips);
                let fields: Vec<(&str, &str)> =
                    failed.iter().map(|failed| ("ResourcesToSkip.member.1", failed.as_str())).collect();
                self.call(*stack, Some(Ask::ContinueRollback), "ContinueUpdateRollback", &fields)?;
            }
            Deed::Cancel { stack } => {
                let stack = &self.fit_for(Ask::CancelUpdate, *stack);
                self.call(*stack, Some(Ask::CancelUpdate), "CancelUpdateStack", &[])?;
            }
            Deed::Fail { resource, at, times } => self.fail(*resource, *at, *times),
            Deed::NoFaults => self.local.world.faults.resources.clear(),
            Deed::Wait { seconds } => {
                time::pass(seconds * 1_000);
                machine::tick(&mut self.local.world);
            }
            Deed::Restart => {
                let stacks = self.local.world.stacks.values().map(|stack| {
                    let text = serde_json::to_string(stack).unwrap();
                    Stack { events: stack.events.clone(), ..serde_json::from_str(&text).unwrap() }
                });
                let stacks = stacks.collect();
                self.local.world.load(stacks);
                machine::tick(&mut self.local.world);
            }
        }
        self.seen()
    }

    /// After a rollback everything is as it was, and so it is after another one.
    fn seen(&mut self) -> Result<(), TestCaseError> {
        held(&self.local)?;
        for stack in self.local.world.stacks.values() {
            let now = || substance_of(&stack.content);
            if stack.status == Status::UpdateRollbackComplete {
                prop_assert_eq!(Some(&now()), self.whole.get(&stack.id), "{}", stack.id);
            } else if stack.status.is_whole() {
                self.whole.insert(stack.id.clone(), now());
            }
        }
        Ok(())
    }
}

const ALWAYS: &[(&str, &str)] = &[("Capabilities.member.1", "CAPABILITY_NAMED_IAM"), ("DisableValidation", "true")];

fn run(speed: Option<f64>, first: &[Deed], deeds: &[Deed]) -> Result<(), TestCaseError> {
    let mut course = Story { local: Local::new(), types: Types::new(), whole: BTreeMap::new() };
    course.local.world.speed = speed;
    for deed in first {
        course.carry_out(deed)?;
        course.carry_out(&Deed::Wait { seconds: 3_600 })?;
    }
    for deed in deeds {
        course.carry_out(deed)?;
    }
    // Without faults everything can be deleted, consumers of exports first.
    course.carry_out(&Deed::NoFaults)?;
    for _ in 0..3 {
        // Longer than anything takes.
        course.carry_out(&Deed::Wait { seconds: 3_600 })?;
        course.carry_out(&Deed::Wait { seconds: 3_600 })?;
        for stack in (0..3).rev() {
            course.carry_out(&Deed::Delete { stack, partly: 3 })?;
            course.carry_out(&Deed::Wait { seconds: 3_600 })?;
            course.carry_out(&Deed::Wait { seconds: 3_600 })?;
        }
    }
    for stack in course.local.world.stacks.values() {
        prop_assert_eq!(stack.status.as_str(), "DELETE_COMPLETE", "{}: {:?}", stack.id, stack.reason);
    }
    Ok(())
}

fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(30)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), max_shrink_iters: 3_000, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_at_once_nothing_is_lost(
        first in proptest::collection::vec(deploy(), 3),
        deeds in proptest::collection::vec(deed(), 1..30),
    ) {
        run(None, &first, &deeds)?;
    }

    #[test]
    fn whatever_happens_while_other_things_do_nothing_is_lost(
        first in proptest::collection::vec(deploy(), 3),
        deeds in proptest::collection::vec(deed(), 1..30),
    ) {
        run(Some(1.0), &first, &deeds)?;
    }
}
