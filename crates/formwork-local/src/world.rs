//! Everything there is: all stacks of all regions, and the indexes over them.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value as Json, json};

use crate::document::{self, Document};
use crate::evaluate::{Outside, Pseudo, Resources, text_of};
use crate::faults::Faults;
use crate::ids::Ids;
use crate::model::{Place, Stack, StackResource, Status};
use crate::objects::Objects;
use crate::protocol::ApiError;
use crate::resources::special::Neighbours;
use crate::resources::{self};
use crate::time::Millis;

/// The account of everything.
pub(crate) const ACCOUNT: &str = "000000000000";

/// The state of the engine.
#[derive(Debug)]
pub(crate) struct World {
    /// By ARN, deleted ones included.
    pub(crate) stacks: BTreeMap<String, Stack>,
    /// The ARN of the stack that has the name now.
    names: BTreeMap<(String, String), String>,
    /// Identities that authors of templates chose, and whose stack has them.
    identities: BTreeMap<String, String>,
    /// Stacks on which something goes on.
    pub(crate) active: BTreeSet<String>,
    /// Stacks that are not on disk as they are here.
    pub(crate) changed: BTreeSet<String>,
    /// Templates of operations that go on.
    documents: BTreeMap<String, Arc<Document>>,
    /// What was sent to the handles of wait conditions: handle, and what it was told.
    pub(crate) signals: BTreeMap<String, Vec<Json>>,
    pub(crate) ids: Ids,
    pub(crate) faults: Faults,
    /// How much faster than AWS; `None` takes no time at all.
    pub(crate) speed: Option<f64>,
    /// Where the engine listens.
    pub(crate) endpoint: String,
    pub(crate) calls: u64,
    pub(crate) objects: Objects,
}

impl World {
    pub(crate) fn new(stacks: Vec<Stack>, faults: Faults, speed: Option<f64>, objects: Objects) -> Self {
        let ids = match faults.seed {
            // Ids that were drawn before a restart must not come again.
            Some(seed) => Ids::new(
                stacks
                    .iter()
                    .fold(seed, |seed, stack| seed.wrapping_mul(31).wrapping_add(stack.events.len() as u64 + 1)),
            ),
            None => Ids::from_time(),
        };
        let mut world = World {
            stacks: BTreeMap::new(),
            names: BTreeMap::new(),
            identities: BTreeMap::new(),
            active: BTreeSet::new(),
            changed: BTreeSet::new(),
            documents: BTreeMap::new(),
            signals: BTreeMap::new(),
            ids,
            faults,
            speed,
            endpoint: String::new(),
            calls: 0,
            objects,
        };
        for stack in stacks {
            world.insert(stack);
        }
        world
    }

    /// A stack that was read from disk, or that is new.
    pub(crate) fn insert(&mut self, stack: Stack) {
        if stack.status != Status::DeleteComplete {
            self.names.insert((stack.place.region.clone(), stack.name.clone()), stack.id.clone());
        }
        if stack.operation.is_some() {
            self.active.insert(stack.id.clone());
        }
        let leftovers = stack.operation.iter().flat_map(|operation| &operation.leftovers);
        for resource in stack.content.resources.values().chain(leftovers) {
            if resource.is_there()
                && let Some(identity) =
                    resources::chosen_identity(&resource.type_name, &resource.properties, &stack.place)
            {
                self.identities.insert(identity, stack.id.clone());
            }
        }
        self.stacks.insert(stack.id.clone(), stack);
    }

    /// Forgets a stack that was only an empty place for change sets.
    pub(crate) fn forget(&mut self, id: &str) {
        if let Some(stack) = self.stacks.remove(id) {
            self.names.remove(&(stack.place.region, stack.name));
        }
        self.active.remove(id);
    }

    /// The stack of a name or ARN. A deleted one has its ARN only.
    pub(crate) fn find(&self, region: &str, name: &str) -> Option<&Stack> {
        if name.starts_with("arn:") {
            return self.stacks.get(name).filter(|stack| stack.place.region == region);
        }
        let id = self.names.get(&(region.to_owned(), name.to_owned()))?;
        self.stacks.get(id)
    }

    /// A stack to change; it is written to disk before the next answer.
    pub(crate) fn stack_mut(&mut self, id: &str) -> Option<&mut Stack> {
        let stack = self.stacks.get_mut(id)?;
        self.changed.insert(id.to_owned());
        Some(stack)
    }

    /// The name is free again.
    pub(crate) fn release_name(&mut self, id: &str) {
        self.names.retain(|_, own| own != id);
    }

    pub(crate) fn document_of_operation(&mut self, id: &str) -> Result<Arc<Document>, ApiError> {
        let operation = self.stacks.get(id).and_then(|stack| stack.operation.as_ref());
        let Some(operation) = operation else { return Err(ApiError::internal("there is no operation")) };
        if let Some(document) = self.documents.get(&operation.id) {
            return Ok(document.clone());
        }
        let text = operation.target.template.as_deref().unwrap_or("{}");
        let document = Arc::new(document::parse(text)?);
        self.documents.insert(operation.id.clone(), document.clone());
        Ok(document)
    }

    pub(crate) fn drop_document(&mut self, operation: &str) {
        self.documents.remove(operation);
    }

    /// Whose resource has the identity.
    pub(crate) fn owner_of(&self, identity: &str) -> Option<&str> {
        self.identities.get(identity).map(String::as_str)
    }

    pub(crate) fn take_identity(&mut self, identity: String, stack: &str) {
        self.identities.insert(identity, stack.to_owned());
    }

    pub(crate) fn free_identity(&mut self, resource: &StackResource, place: &Place) {
        if let Some(identity) = resources::chosen_identity(&resource.type_name, &resource.properties, place) {
            self.identities.remove(&identity);
        }
    }

    /// How long something takes that takes so long at AWS.
    pub(crate) fn scaled(&self, millis: u64) -> Millis {
        match self.speed {
            None => 0,
            Some(speed) => (millis as f64 / speed.max(0.001)) as u64,
        }
    }

    /// Stacks of a region that are there.
    pub(crate) fn living(&self, region: &str) -> impl Iterator<Item = &Stack> {
        self.stacks.values().filter(move |stack| stack.place.region == region && stack.status != Status::DeleteComplete)
    }

    /// The stack that exports the name, and the value.
    pub(crate) fn export<'w>(&'w self, region: &'w str, name: &str) -> Option<(&'w Stack, &'w str)> {
        self.living(region).find_map(|stack| {
            let output = stack.content.outputs.iter().find(|output| output.export_name.as_deref() == Some(name))?;
            Some((stack, output.value.as_str()))
        })
    }

    /// Who uses an export.
    pub(crate) fn importers<'w>(&'w self, region: &'w str, name: &'w str) -> impl Iterator<Item = &'w Stack> {
        self.living(region).filter(move |stack| stack.content.imports.contains(name))
    }
}

impl Neighbours for World {
    fn visit(&self, visit: &mut dyn FnMut(&StackResource)) {
        for stack in self.stacks.values() {
            let leftovers = stack.operation.iter().flat_map(|operation| &operation.leftovers);
            stack.content.resources.values().chain(leftovers).for_each(&mut *visit);
        }
    }
}

/// The pseudo parameters of a stack.
pub(crate) fn pseudo(place: &Place, name: &str, id: &str, notification_arns: &[String]) -> Pseudo {
    Pseudo {
        account: place.account.clone(),
        region: place.region.clone(),
        partition: place.partition().to_owned(),
        url_suffix: place.url_suffix().to_owned(),
        stack_id: id.to_owned(),
        stack_name: name.to_owned(),
        notification_arns: notification_arns.to_vec(),
    }
}

/// A stack's own resources as they are now.
pub(crate) struct Deployed<'a>(pub(crate) &'a indexmap::IndexMap<String, StackResource>);

impl Resources for Deployed<'_> {
    fn reference(&self, logical_id: &str) -> Result<Json, String> {
        let resource = self.0.get(logical_id).filter(|resource| resource.is_there());
        resource.map(|resource| json!(resource.physical_id)).ok_or_else(|| unresolved(logical_id))
    }

    fn attribute(&self, logical_id: &str, attribute: &str) -> Result<Json, String> {
        let resource =
            self.0.get(logical_id).filter(|resource| resource.is_there()).ok_or_else(|| unresolved(logical_id))?;
        attribute_of(resource, attribute).ok_or_else(|| {
            format!("Template error: resource {logical_id} does not support attribute type {attribute} in Fn::GetAtt")
        })
    }
}

/// An attribute by its name; below an attribute that is an object, by the rest of the name.
pub(crate) fn attribute_of(resource: &StackResource, attribute: &str) -> Option<Json> {
    if let Some(value) = resource.attributes.get(attribute) {
        return Some(value.clone());
    }
    let (known, value) = resource
        .attributes
        .iter()
        .find(|(known, _)| attribute.strip_prefix(known.as_str()).is_some_and(|rest| rest.starts_with('.')))?;
    resources::at(value, &attribute[known.len() + 1..]).cloned()
}

fn unresolved(logical_id: &str) -> String {
    format!("Template error: Unresolved resource dependencies [{logical_id}] in the Resources block of the template")
}

/// The world as one stack sees it, with a note of the exports it used.
pub(crate) struct Others<'a> {
    pub(crate) world: &'a World,
    pub(crate) region: &'a str,
    pub(crate) imported: RefCell<BTreeSet<String>>,
}

impl<'a> Others<'a> {
    pub(crate) fn new(world: &'a World, region: &'a str) -> Self {
        Others { world, region, imported: RefCell::default() }
    }

    fn property_of(
        &self,
        type_name: &str,
        is_meant: impl Fn(&StackResource) -> bool,
        property: &str,
    ) -> Option<String> {
        self.world
            .living(self.region)
            .flat_map(|stack| stack.content.resources.values())
            .find(|resource| resource.type_name == type_name && resource.is_there() && is_meant(resource))
            .and_then(|resource| resource.properties.get(property))
            .and_then(text_of)
    }
}

impl Outside for Others<'_> {
    fn import(&self, name: &str) -> Result<String, String> {
        let (_, value) =
            self.world.export(self.region, name).ok_or_else(|| format!("No export named {name} found."))?;
        self.imported.borrow_mut().insert(name.to_owned());
        Ok(value.to_owned())
    }

    fn stack_output(&self, stack: &str, output: &str, region: Option<&str>) -> Result<String, String> {
        let region = match (region, stack.split(':').nth(3)) {
            (Some(region), _) => region,
            (None, Some(region)) if stack.starts_with("arn:") => region,
            (None, _) => self.region,
        };
        let found = self
            .world
            .find(region, stack)
            .filter(|stack| !matches!(stack.status, Status::DeleteComplete | Status::ReviewInProgress));
        let found =
            found.ok_or_else(|| format!("Fn::GetStackOutput: Stack with id {stack} does not exist in {region}"))?;
        let value = found.content.outputs.iter().find(|known| known.key == output).map(|known| known.value.clone());
        value.ok_or_else(|| format!("Fn::GetStackOutput: Stack {stack} has no output {output}"))
    }

    fn parameter(&self, name: &str) -> Option<String> {
        self.property_of("AWS::SSM::Parameter", |resource| resource.physical_id == name, "Value")
    }

    fn secret(&self, id: &str) -> Option<String> {
        let is_meant = |resource: &StackResource| {
            resource.physical_id == id || resource.properties.get("Name").and_then(Json::as_str) == Some(id)
        };
        self.property_of("AWS::SecretsManager::Secret", is_meant, "SecretString")
    }
}
