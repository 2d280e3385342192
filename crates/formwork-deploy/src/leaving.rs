//! Planning what leaves a stack while other deployed stacks use it: it goes when they have followed.
//!
//! A *replaced* resource stays, by the policy that synth gave it; a stack that was deployed without the policy gets it first, by
//! an update of its own. What is *removed* stays in an intermediate template. What earlier runs left is looked for in the stack's events.

use std::collections::BTreeSet;
use std::rc::Rc;

use formwork_assembly::StackId;
use formwork_diff::{Diff, Impact};
use formwork_template::UpdateReplacePolicy;
use formwork_template::memory::Memory;

use crate::deploy::Run;
use crate::error::Error;
use crate::in_use::{self, Consumer};
use crate::intermediate::{self, Leaving};
use crate::plan::{Kept, Removal};
use crate::removal::{self, How};
use crate::stage::Stack;

impl Run<'_> {
    /// The resources that leave the stack with this index while others use them, by a diff of its templates.
    pub(crate) async fn leaving(&self, index: usize, diff: &Diff) -> Result<Leaving, Error> {
        let (template, found) = (&self.stacks[index].template, self.stacks[index].found());
        let memory = Memory::read(template);
        let left = found.ready().map(|ready| ready.leftovers.clone()).unwrap_or_default();
        let is_concerned = |impact| matches!(impact, Impact::Replace | Impact::MayReplace);
        let replaced: Vec<_> = diff
            .resources
            .iter()
            .filter(|resource| is_concerned(resource.impact) && memory.keeps.contains(&resource.logical_id))
            .collect();
        let lost: Vec<_> = diff.losses().filter(|resource| !is_concerned(resource.impact)).collect();
        if replaced.is_empty() && lost.is_empty() && left.is_empty() {
            return Ok(Leaving::default());
        }
        let users = self.users(index).await?;
        let of = |logical_id: &str| users.get(logical_id).map(Vec::as_slice).unwrap_or_default();
        let mut leaving = Leaving::default();
        for resource in replaced {
            let is_kept = self.has_policy(index, &resource.logical_id);
            let consumers = of(&resource.logical_id);
            // Without users nobody has to follow. The next template has the policy: CloudFormation keeps the old one by it, or has looked at the
            // deployed template alone and has deleted it.
            if !is_kept && !consumers.is_empty() {
                leaving.policy_first.push(resource.logical_id.clone());
            }
            leaving.removals.push(Removal {
                logical_id: resource.logical_id.clone(),
                type_name: resource.type_name.clone(),
                physical_id: resource.physical_id.clone(),
                is_certain: resource.impact == Impact::Replace,
                users: ids(consumers),
                how: self.how(index, &resource.logical_id, &resource.type_name, resource.physical_id.as_deref()),
            });
        }
        for left in left {
            leaving.removals.push(Removal {
                users: ids(of(&left.logical_id)),
                how: self.how(index, &left.logical_id, &left.type_name, Some(&left.physical_id)),
                logical_id: left.logical_id,
                type_name: left.type_name,
                physical_id: Some(left.physical_id),
                is_certain: true,
            });
        }
        for resource in lost {
            let consumers = of(&resource.logical_id);
            let follows = |consumer: &Consumer| consumer.lets_go && self.order.position(&consumer.id).is_some();
            if !consumers.is_empty() && consumers.iter().all(follows) && !resource.has_twin() {
                let (logical_id, type_name) = (resource.logical_id.clone(), resource.type_name.clone());
                leaving.kept.push(Kept { logical_id, type_name, users: ids(consumers) });
            }
        }
        if let Some(before) = found.template() {
            let names = |kept: &[String]| kept.iter().cloned().collect::<BTreeSet<_>>();
            leaving.policy = intermediate::with_policy(before, &names(&leaving.policy_first)).map(Rc::new);
            let kept: Vec<String> = leaving.kept.iter().map(|kept| kept.logical_id.clone()).collect();
            leaving.grow = intermediate::with_used(before, template, &names(&kept)).map(Rc::new);
        }
        if leaving.grow.is_none() {
            leaving.kept.clear();
        }
        Ok(leaving)
    }

    /// The way in which an old resource is deleted: what may hold data by its name, which may have been given.
    pub(crate) fn how(&self, index: usize, logical_id: &str, type_name: &str, physical_id: Option<&str>) -> How {
        let stack = &self.stacks[index].artifact.id;
        match removal::how(&self.options.registry, type_name, physical_id) {
            How::ByName if self.options.by_name.allows(stack, logical_id) => How::Deleted,
            how => how,
        }
    }

    /// True if the deployed resource stays when it is replaced.
    fn has_policy(&self, index: usize, logical_id: &str) -> bool {
        let found = self.stacks[index].found();
        let resource = found.template().and_then(|template| template.resources.get(logical_id));
        resource.is_some_and(|resource| resource.update_replace_policy == Some(UpdateReplacePolicy::Retain))
    }

    /// The places of the stacks of the run that use something of each, as they are deployed; of those from which something leaves.
    pub(crate) fn used_by(&self) -> Vec<Vec<usize>> {
        let found: Vec<_> = self.stacks.iter().map(Stack::found).collect();
        let live = |index: usize| {
            let (artifact, found) = (self.stacks[index].artifact, &found[index]);
            Some(in_use::Live { artifact, deployed: found.stack()?, template: found.template() })
        };
        let consumers = |producer: usize| -> Vec<usize> {
            let Some(live_producer) = live(producer) else { return Vec::new() };
            let others = (0..self.stacks.len()).filter(|other| *other != producer);
            let uses =
                |other: &usize| live(*other).is_some_and(|other| in_use::uses(self.assembly, live_producer, other));
            others.filter(uses).collect()
        };
        let mut used_by = vec![Vec::new(); self.stacks.len()];
        // Stacks that use a value that a consumer makes of such a value are followed too.
        let is_left = |index: &usize| {
            let planned = self.stacks[*index].planned();
            planned.is_some_and(|planned| !planned.plan.kept.is_empty() || !planned.plan.removals.is_empty())
        };
        let mut open: Vec<usize> = (0..self.stacks.len()).filter(is_left).collect();
        let mut seen: BTreeSet<usize> = open.iter().copied().collect();
        while let Some(producer) = open.pop() {
            used_by[producer] = consumers(producer);
            open.extend(used_by[producer].iter().copied().filter(|consumer| seen.insert(*consumer)));
        }
        used_by
    }
}

fn ids(consumers: &[Consumer]) -> Vec<StackId> {
    consumers.iter().map(|consumer| consumer.id.clone()).collect()
}
