//! Random stories: stacks of random types with references, conditions, parameters, policies, exports and nested stacks ([`templates`])
//! are created, updated, failed, cancelled, rolled back, deleted, and the engine restarted in between, at full speed and slowly.
//! Whatever happens, what the engine remembers must fit together ([`held`]).

mod held;
mod templates;

use std::collections::BTreeMap;

use formwork_model::status::{ResourceStatus, StackStatus};
use held::{held, substance_of};
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use templates::{Made, Types, made, template};

use super::Local;
use crate::machine;
use crate::machine::allowed::{Ask, allowed};
use crate::model::Stack;

/// A deed that is done to the engine.
#[derive(Clone, Debug)]
enum Deed {
    /// A stack is created, or updated if it is there; a resource of it may fail, and another in the rollback.
    Deploy {
        stack: usize,
        resources: Vec<Made>,
        nested: Vec<Vec<Made>>,
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

/// The way in which a stack is deployed.
#[derive(Clone, Copy, Debug)]
struct Course {
    by_change_set: bool,
    /// `ROLLBACK`, `DELETE`, `DO_NOTHING`
    on_failure: u8,
    keeps: bool,
    retain_except_on_create: bool,
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
    let nested = proptest::collection::vec(proptest::collection::vec(made(), 1..4), 0..3);
    (0_usize..3, resources, nested, any::<bool>(), any::<bool>(), course, fails).prop_map(
        |(stack, resources, nested, condition, exports, course, fails)| Deed::Deploy {
            stack,
            resources,
            nested,
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

/// Everything that is known of each stack from the outside.
struct Story {
    local: Local,
    types: Types,
    /// The state of each stack when it was last whole.
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
            Deed::Deploy { stack, resources, nested, condition, exports, course, fails } => {
                fails.iter().for_each(|(resource, at)| self.fail(*resource, *at, Some(1)));
                let exists = self.stack(*stack).is_some_and(|stack| stack.status != StackStatus::ReviewInProgress);
                if !exists {
                    self.types.retain(|(own, _), _| own != stack);
                }
                let body = template(&mut self.types, &self.local, *stack, (resources, nested), *condition, *exports);
                let body = body.to_string();
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
                        // Until it is made.
                        self.local.clock.pass(2_000);
                        machine::tick(&mut self.local.world);
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
                    let failed = own.content.resources.values().find(|one| one.status == ResourceStatus::DeleteFailed);
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
                let id = self.stack(*stack).filter(|_| *skips).map(|stack| stack.id.clone());
                let skippable = id.map_or_else(Vec::new, |id| machine::skippable(&self.local.world, &id));
                let fields: Vec<(&str, &str)> =
                    skippable.first().iter().map(|one| ("ResourcesToSkip.member.1", one.as_str())).collect();
                self.call(*stack, Some(Ask::ContinueRollback), "ContinueUpdateRollback", &fields)?;
            }
            Deed::Cancel { stack } => {
                let stack = &self.fit_for(Ask::CancelUpdate, *stack);
                self.call(*stack, Some(Ask::CancelUpdate), "CancelUpdateStack", &[])?;
            }
            Deed::Fail { resource, at, times } => self.fail(*resource, *at, *times),
            Deed::NoFaults => self.local.world.faults.resources.clear(),
            Deed::Wait { seconds } => {
                self.local.clock.pass(seconds * 1_000);
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
            let now = || substance_of(&self.local.world, &stack.content);
            if stack.status == StackStatus::UpdateRollbackComplete {
                prop_assert_eq!(Some(&now()), self.whole.get(&stack.id), "{}", stack.id);
            } else if stack.status.is_stable() {
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
    let stacks = &course.local.world.stacks;
    let is_left_behind =
        |id: &str| stacks.values().any(|stack| stack.left_behind.iter().any(|one| one.physical_id == id));
    for stack in stacks.values().filter(|stack| !is_left_behind(&stack.id)) {
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
