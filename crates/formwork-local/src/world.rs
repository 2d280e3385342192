//! Everything there is: all stacks of all regions, and the indexes over them.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use formwork_schema::facts::Registry;
use formwork_validate::Validator;
use serde_json::Value as Json;

use crate::associations::{self, Runs};
use crate::document::Document;
use formwork_model::status::StackStatus;
use formwork_model::{Pseudo, Term};

use crate::faults::{Faults, Rates};
use crate::ids::Ids;
use crate::model::{ChangeSet, Content, Existing, Place, Stack, StackResource};
use crate::objects::Objects;
use crate::protocol::ApiError;
use crate::resources::special::{self, Neighbours};
use crate::resources::{self};
use crate::time::{Clock, Millis};

/// The account of everything.
pub(crate) const ACCOUNT: &str = "000000000000";

/// The state of the engine.
#[derive(Debug)]
pub(crate) struct World {
    /// By ARN, deleted ones included.
    pub(crate) stacks: BTreeMap<String, Stack>,
    /// The ARN of the stack that has the name now, by region and name.
    names: BTreeMap<(String, String), String>,
    /// Identities that authors of templates chose, and whose stack has them.
    identities: BTreeMap<String, String>,
    /// Whose change set it is.
    change_sets: BTreeMap<String, String>,
    /// The exporting stack, by region and name.
    exports: BTreeMap<(String, String), String>,
    /// The exports of a stack, as they stand in `exports`.
    exporting: BTreeMap<String, Vec<(String, String)>>,
    /// Stacks with resources that others look for, by what they look for: [`special::keys`].
    having: BTreeMap<String, BTreeSet<String>>,
    /// Stacks on which something goes on, and when it is to be looked at next.
    pub(crate) active: BTreeMap<String, Millis>,
    /// Those among them that wait for something that happens elsewhere.
    pub(crate) awaiting: BTreeSet<String>,
    /// Stacks that are not on disk as they are here.
    pub(crate) changed: BTreeSet<String>,
    /// The plans of operations that go on.
    pub(crate) plans: BTreeMap<String, Arc<Plan>>,
    pub(crate) ids: Ids,
    pub(crate) faults: Faults,
    pub(crate) rates: Rates,
    /// The speed as a multiple of AWS's; `None` takes no time at all.
    pub(crate) speed: Option<f64>,
    pub(crate) clock: Arc<dyn Clock>,
    /// The address where the engine listens.
    pub(crate) endpoint: String,
    pub(crate) calls: u64,
    pub(crate) objects: Objects,
    /// Things that no stack made. They are not part of the state on disk.
    pub(crate) existing: Vec<Existing>,
    /// Associations that a program outside carries out.
    pub(crate) runs: Runs,
    /// The resource types that are known.
    pub(crate) registry: Arc<Registry>,
    /// Keeps the schemas that were asked for.
    pub(crate) validator: RefCell<Validator>,
}

/// The basis of an operation: worked out once, used for each resource.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) document: Document,
    pub(crate) values: BTreeMap<String, Term>,
    pub(crate) pseudo: Pseudo,
}

impl World {
    pub(crate) fn new(
        stacks: Vec<Stack>,
        registry: Arc<Registry>,
        faults: Faults,
        speed: Option<f64>,
        objects: Objects,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let ids = match faults.seed {
            // Ids that were drawn before a restart must not come again.
            Some(seed) => Ids::new(
                stacks
                    .iter()
                    .fold(seed, |seed, stack| seed.wrapping_mul(31).wrapping_add(stack.events.len() as u64 + 1)),
            ),
            None => Ids::from_time(clock.now()),
        };
        let mut world = World {
            stacks: BTreeMap::new(),
            names: BTreeMap::new(),
            identities: BTreeMap::new(),
            change_sets: BTreeMap::new(),
            exports: BTreeMap::new(),
            exporting: BTreeMap::new(),
            having: BTreeMap::new(),
            active: BTreeMap::new(),
            awaiting: BTreeSet::new(),
            changed: BTreeSet::new(),
            plans: BTreeMap::new(),
            ids,
            faults,
            rates: Rates::default(),
            speed,
            clock,
            endpoint: String::new(),
            calls: 0,
            objects,
            existing: Vec::new(),
            runs: Runs::default(),
            validator: RefCell::new(Validator::with((*registry).clone())),
            registry,
        };
        world.load(stacks);
        world
    }

    /// The time now.
    pub(crate) fn now(&self) -> Millis {
        self.clock.now()
    }

    /// These stacks are there, and nothing else.
    pub(crate) fn load(&mut self, stacks: Vec<Stack>) {
        self.stacks.clear();
        self.names.clear();
        self.identities.clear();
        self.change_sets.clear();
        self.exports.clear();
        self.exporting.clear();
        self.having.clear();
        self.active.clear();
        self.awaiting.clear();
        self.changed.clear();
        self.plans.clear();
        for stack in stacks {
            self.insert(stack);
        }
    }

    /// A stack that was read from disk, or that is new.
    pub(crate) fn insert(&mut self, stack: Stack) {
        let id = stack.id.clone();
        if stack.status != StackStatus::DeleteComplete {
            self.names.insert((stack.place.region.clone(), stack.name.clone()), id.clone());
        }
        if stack.operation.is_some() {
            self.active.insert(id.clone(), 0);
        }
        for change_set in stack.change_sets.keys() {
            self.change_sets.insert(change_set.clone(), id.clone());
        }
        let behind = stack.leftovers.iter().chain(&stack.left_behind);
        for resource in stack.content.resources.values().filter(|resource| resource.is_there()).chain(behind) {
            if let Some(identity) = self.identity_of(resource, &stack.place) {
                self.identities.insert(identity, id.clone());
            }
            for key in special::keys(resource) {
                self.having.entry(key).or_default().insert(id.clone());
            }
        }
        self.stacks.insert(id.clone(), stack);
        self.exports_changed(&id);
    }

    /// Forgets a stack that was only an empty place for change sets.
    pub(crate) fn forget(&mut self, id: &str) {
        if let Some(stack) = self.stacks.remove(id) {
            self.names.remove(&(stack.place.region, stack.name));
            stack.change_sets.keys().for_each(|change_set| drop(self.change_sets.remove(change_set)));
        }
        self.active.remove(id);
        self.changed.insert(id.to_owned());
    }

    /// The stack of a name or ARN. A deleted one has its ARN only.
    pub(crate) fn find(&self, region: &str, name: &str) -> Option<&Stack> {
        if name.starts_with("arn:") {
            return self.stacks.get(name).filter(|stack| stack.place.region == region);
        }
        let id = self.names.get(&(region.to_owned(), name.to_owned()))?;
        self.stacks.get(id)
    }

    /// The stack of a change set.
    pub(crate) fn stack_of_change_set(&self, region: &str, id: &str) -> Option<&Stack> {
        let stack = self.stacks.get(self.change_sets.get(id)?)?;
        (stack.place.region == region && stack.change_sets.contains_key(id)).then_some(stack)
    }

    /// A new change set of the stack; an earlier one of that name goes.
    pub(crate) fn add_change_set(&mut self, stack: &str, change_set: ChangeSet) {
        self.change_sets.insert(change_set.id.clone(), stack.to_owned());
        if let Some(stack) = self.stack_mut(stack) {
            stack.change_sets.retain(|_, other| other.name != change_set.name);
            stack.change_sets.insert(change_set.id.clone(), change_set);
        }
    }

    /// A stack to change; it is written to disk before the next answer.
    pub(crate) fn stack_mut(&mut self, id: &str) -> Option<&mut Stack> {
        let stack = self.stacks.get_mut(id)?;
        if !self.changed.contains(id) {
            self.changed.insert(id.to_owned());
        }
        Some(stack)
    }

    /// The name is free again.
    pub(crate) fn release_name(&mut self, id: &str) {
        let Some(stack) = self.stacks.get(id) else { return };
        let name = (stack.place.region.clone(), stack.name.clone());
        if self.names.get(&name).is_some_and(|own| own == id) {
            self.names.remove(&name);
        }
    }

    /// Something goes on with the stack.
    pub(crate) fn activate(&mut self, id: &str) {
        self.active.insert(id.to_owned(), 0);
    }

    /// Adds the faults of a request's header. What goes on is looked at anew: alarms among them may concern it.
    pub(crate) fn bring_faults(&mut self, header: &[u8], call: u64) -> Result<(), ApiError> {
        self.faults.join(header, call)?;
        for id in self.active.keys().cloned().collect::<Vec<_>>() {
            self.wake(&id);
        }
        Ok(())
    }

    /// Something happened that the stack may wait for.
    pub(crate) fn wake(&mut self, id: &str) {
        if let Some(due) = self.active.get_mut(id) {
            *due = 0;
        }
    }

    /// A resource was made, or changed: others may wait for it.
    pub(crate) fn is_made(&mut self, id: &str, logical_id: &str) {
        let resource = self.stacks.get(id).and_then(|stack| stack.content.resources.get(logical_id));
        if resource.is_some_and(|resource| special::is_awaited(&resource.type_name)) {
            for waiting in std::mem::take(&mut self.awaiting) {
                self.wake(&waiting);
            }
        }
    }

    /// Something is told to a wait condition's handle; says whether there is such a handle.
    pub(crate) fn signal(&mut self, url: &str, signal: &Json) -> bool {
        // The port may have been another one when the handle was made.
        let key = special::key(special::WAIT_HANDLE, special::token_of(url));
        let found = self.having(&key).find_map(|stack| {
            let handle = stack.content.resources.values().find(|one| special::keys(one).contains(&key))?;
            Some((stack.id.clone(), handle.physical_id.clone()))
        });
        let Some((id, handle)) = found else { return false };
        if let Some(stack) = self.stack_mut(&id) {
            let signals = stack.signals.entry(handle).or_default();
            // The same id again is the same signal.
            if !signals.iter().any(|other| other.get("UniqueId") == signal.get("UniqueId")) {
                signals.push(signal.clone());
            }
        }
        self.wake(&id);
        true
    }

    /// The result of an association, if there is one, and until when it is waited for.
    pub(crate) fn association(&mut self, step: &associations::Step<'_>) -> (Option<Result<(), String>>, Millis) {
        let operation = self.stacks.get(step.stack).and_then(|stack| stack.operation.as_ref());
        let Some(operation) = operation else { return (Some(Ok(())), step.now) };
        let (id, express) = (operation.id.clone(), operation.express);
        // Taken out, since they look at everything else while they change.
        let mut runs = std::mem::take(&mut self.runs);
        let outcome = runs.outcome(&associations::Operation { id: &id, express }, step, self);
        self.runs = runs;
        outcome
    }

    pub(crate) fn drop_document(&mut self, operation: &str) {
        self.plans.remove(operation);
    }

    /// The parameter of Systems Manager with this name, if it was entered as existing.
    pub(crate) fn existing_parameter(&self, region: &str, name: &str) -> Option<&Existing> {
        let has_name = |thing: &&Existing| thing.properties.get("Name").and_then(Json::as_str) == Some(name);
        let mut all = self.existing.iter().filter(|one| one.type_name == special::PARAMETER && one.region == region);
        all.find(has_name)
    }

    /// Whose resource has the identity.
    pub(crate) fn owner_of(&self, identity: &str) -> Option<&str> {
        self.identities.get(identity).map(String::as_str)
    }

    #[cfg(test)]
    pub(crate) fn identities(&self) -> &BTreeMap<String, String> {
        &self.identities
    }

    /// The identity that the author of the template chose for the resource.
    pub(crate) fn identity_of(&self, resource: &StackResource, place: &Place) -> Option<String> {
        resources::chosen_identity(&self.registry, &resource.type_name, &resource.properties, place)
    }

    pub(crate) fn take_identity(&mut self, identity: String, stack: &str) {
        self.identities.insert(identity, stack.to_owned());
    }

    pub(crate) fn free_identity(&mut self, resource: &StackResource, place: &Place) {
        if let Some(identity) = self.identity_of(resource, place) {
            self.identities.remove(&identity);
        }
    }

    /// The stack lists a resource, now or anew.
    pub(crate) fn put(&mut self, id: &str, resource: StackResource) {
        for key in special::keys(&resource) {
            self.having.entry(key).or_default().insert(id.to_owned());
        }
        if let Some(stack) = self.stack_mut(id) {
            stack.content.resources.insert(resource.logical_id.clone(), resource);
        }
    }

    /// The stacks with a resource that has the [key](special::keys).
    pub(crate) fn having(&self, key: &str) -> impl Iterator<Item = &Stack> {
        self.having.get(key).into_iter().flatten().filter_map(|id| self.stacks.get(id))
    }

    /// The time here for something that takes so long at AWS.
    pub(crate) fn scaled(&self, millis: u64) -> Millis {
        match self.speed {
            None => 0,
            Some(speed) => (millis as f64 / speed.max(0.001)) as u64,
        }
    }

    /// Stacks of a region that are there.
    pub(crate) fn living(&self, region: &str) -> impl Iterator<Item = &Stack> {
        self.stacks
            .values()
            .filter(move |stack| stack.place.region == region && stack.status != StackStatus::DeleteComplete)
    }

    /// The stack exports other things than before.
    pub(crate) fn exports_changed(&mut self, id: &str) {
        let Some(stack) = self.stacks.get(id) else { return };
        for name in self.exporting.remove(id).into_iter().flatten() {
            self.exports.remove(&name);
        }
        if stack.status == StackStatus::DeleteComplete {
            return;
        }
        let names: Vec<(String, String)> = stack
            .content
            .outputs
            .iter()
            .filter_map(|output| Some((stack.place.region.clone(), output.export_name.clone()?)))
            .collect();
        if !names.is_empty() {
            self.exports.extend(names.iter().map(|name| (name.clone(), id.to_owned())));
            self.exporting.insert(id.to_owned(), names);
        }
    }

    /// The stack that exports the name, and the value.
    pub(crate) fn export(&self, region: &str, name: &str) -> Option<(&Stack, &str)> {
        let stack = self.stacks.get(self.exports.get(&(region.to_owned(), name.to_owned()))?)?;
        let output = stack.content.outputs.iter().find(|output| output.export_name.as_deref() == Some(name))?;
        Some((stack, output.value.as_str()))
    }

    /// The users of an export.
    pub(crate) fn importers<'w>(&'w self, region: &'w str, name: &'w str) -> impl Iterator<Item = &'w Stack> {
        self.living(region).filter(move |stack| {
            let used_by = |content: &Content| content.imports.contains(name);
            used_by(&stack.content) || stack.operation.as_ref().is_some_and(|operation| used_by(&operation.target))
        })
    }

    /// The other users of a stack's export, as CloudFormation lists them.
    pub(crate) fn users_of_export(&self, own: &Stack, name: &str) -> Option<String> {
        let users: Vec<&str> = self
            .importers(&own.place.region, name)
            .filter(|user| user.id != own.id)
            .map(|user| user.name.as_str())
            .collect();
        (!users.is_empty()).then(|| users.join(" and "))
    }
}

impl Neighbours for World {
    fn visit(&self, key: &str, visit: &mut dyn FnMut(&StackResource)) {
        for stack in self.having(key) {
            let resources = stack.content.resources.values().chain(&stack.leftovers).chain(&stack.left_behind);
            resources.for_each(&mut *visit);
        }
    }

    fn has_objects(&self, bucket: &str) -> bool {
        self.objects.keys(bucket).map_or(true, |keys| !keys.is_empty())
    }
}
