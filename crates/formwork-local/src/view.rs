//! The world as one stack sees it: its own resources ([`Deployed`]), what it may ask of others ([`Others`]), and what its template
//! comes to with both.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value as Json;

use formwork_model::{Pseudo, Term};
use formwork_template::region;

use crate::document;
use crate::evaluate::{Evaluator, Outside, References, Resources, text_of};
use crate::model::{Phase, Place, Stack, StackResource};
use crate::parameters::{self, public};
use crate::protocol::ApiError;
use crate::resources::{self, special};
use crate::world::{Plan, World};
use formwork_model::status::StackStatus;

/// The pseudo parameters of a stack.
pub(crate) fn pseudo(place: &Place, name: &str, id: &str, notification_arns: &[String]) -> Pseudo {
    Pseudo {
        account: place.account.clone(),
        region: place.region.clone(),
        stack_id: id.to_owned(),
        stack_name: name.to_owned(),
        notification_arns: notification_arns.to_vec(),
    }
}

impl World {
    /// The template of the operation under way, read once.
    pub(crate) fn plan_of_operation(&mut self, id: &str) -> Result<Arc<Plan>, ApiError> {
        let gone = || ApiError::internal("there is no operation");
        let stack = self.stacks.get(id).ok_or_else(gone)?;
        let operation = stack.operation.as_ref().ok_or_else(gone)?;
        if let Some(plan) = self.plans.get(&operation.id) {
            return Ok(plan.clone());
        }
        let pseudo = pseudo(&stack.place, &stack.name, &stack.id, &operation.target.notification_arns);
        let text = operation.target.template.as_deref().unwrap_or("{}");
        let given = &operation.target.parameters;
        let document = document::parse(text, |template| parameters::evaluated(template, given), &pseudo)?;
        let values = parameters::evaluated(&document.template, given);
        let plan = Arc::new(Plan { document, values, pseudo });
        self.plans.insert(operation.id.clone(), plan.clone());
        Ok(plan)
    }

    /// Works something out for a stack under way; says also which exports were used.
    pub(crate) fn evaluate<T>(
        &self,
        stack: &Stack,
        plan: &Plan,
        references: References,
        work: impl FnOnce(&Evaluator<'_>) -> Result<T, String>,
    ) -> Result<(T, BTreeSet<String>), String> {
        let others = Others::new(self, &stack.place.region);
        let deployed = Deployed(stack);
        let written = &plan.document.written;
        let evaluator = Evaluator::new(written, &plan.pseudo, &plan.values, &deployed, &others).with(references);
        let value = work(&evaluator)?;
        Ok((value, others.imported.into_inner()))
    }
}

/// A stack's own resources as they are now, but for those that an operation under way does without.
pub(crate) struct Deployed<'a>(pub(crate) &'a Stack);

impl Deployed<'_> {
    fn get(&self, logical_id: &str) -> Result<&StackResource, String> {
        let ahead = self.0.operation.as_ref().filter(|operation| operation.phase == Phase::Forward);
        let is_wanted = ahead.is_none_or(|ahead| ahead.steps.iter().any(|step| step.logical_id == logical_id));
        let resource = self.0.content.resources.get(logical_id);
        resource.filter(|resource| is_wanted && resource.is_there()).ok_or_else(|| unresolved(logical_id))
    }
}

impl Resources for Deployed<'_> {
    fn reference(&self, logical_id: &str) -> Result<Term, String> {
        Ok(Term::text(self.get(logical_id)?.physical_id.as_str()))
    }

    fn attribute(&self, logical_id: &str, attribute: &str) -> Result<Term, String> {
        attribute_of(self.get(logical_id)?, attribute).map(|value| Term::from_json(&value)).ok_or_else(|| {
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

/// Source: aws-cdk issue 31459.
pub(crate) fn unresolved(logical_id: &str) -> String {
    format!(
        "Template format error: Unresolved resource dependencies [{logical_id}] in the Resources block of the template"
    )
}

fn no_export(name: &str) -> String {
    format!("No export named {name} found")
}

/// The world as one stack sees it, with a note of the exports it used.
pub(crate) struct Others<'a> {
    pub(crate) world: &'a World,
    pub(crate) region: &'a str,
    pub(crate) imported: RefCell<BTreeSet<String>>,
    /// The first export that was asked for and is nowhere.
    missing: RefCell<Option<String>>,
    /// Outputs of other stacks are read while a change set runs; before, they are not known.
    ///
    /// Source: aws-cdk issue 38829, cloudformation-coverage-roadmap issue 2559.
    previews: bool,
}

impl<'a> Others<'a> {
    pub(crate) fn new(world: &'a World, region: &'a str) -> Self {
        Others { world, region, imported: RefCell::default(), missing: RefCell::default(), previews: false }
    }

    /// The reason for which what was evaluated cannot be: an export that is nowhere.
    pub(crate) fn missing(self) -> Option<String> {
        self.missing.into_inner().map(|name| no_export(&name))
    }

    /// The same, as a preview sees it.
    pub(crate) fn previewed(self) -> Self {
        Others { previews: true, ..self }
    }

    /// A resource of this region, of the type and with the name.
    pub(crate) fn named(&self, type_name: &str, name: &str) -> Option<&'a StackResource> {
        let key = special::key(type_name, name);
        let having = self.world.having(&key);
        having.filter(|stack| stack.place.region == self.region).find_map(|stack| {
            let mut resources = stack.content.resources.values().chain(&stack.left_behind);
            resources.find(|one| one.is_there() && special::keys(one).contains(&key))
        })
    }
}

impl Outside for Others<'_> {
    fn import(&self, name: &str) -> Result<String, String> {
        let Some((_, value)) = self.world.export(self.region, name) else {
            self.missing.borrow_mut().get_or_insert_with(|| name.to_owned());
            return Err(no_export(name));
        };
        self.imported.borrow_mut().insert(name.to_owned());
        Ok(value.to_owned())
    }

    fn stack_output(&self, stack: &str, output: &str, region: Option<&str>) -> Result<Option<String>, String> {
        let region = match (region, stack.split(':').nth(3)) {
            (Some(region), _) => region,
            (None, Some(region)) if stack.starts_with("arn:") => region,
            (None, _) => self.region,
        };
        if region::partition_of(region) != region::partition_of(self.region) {
            return Err(format!("Fn::GetStackOutput: {region} is in another partition than {}", self.region));
        }
        let found = self
            .world
            .find(region, stack)
            .filter(|stack| !matches!(stack.status, StackStatus::DeleteComplete | StackStatus::ReviewInProgress));
        let found =
            found.ok_or_else(|| format!("Fn::GetStackOutput: Stack with id {stack} does not exist in {region}"))?;
        let value = found.content.outputs.iter().find(|known| known.key == output);
        match value {
            Some(_) if self.previews => Ok(None),
            Some(value) => Ok(Some(value.value.clone())),
            None => Err(format!("Fn::GetStackOutput: Stack {stack} has no output {output}")),
        }
    }

    fn parameter(&self, name: &str, version: Option<usize>) -> Option<String> {
        let Some(parameter) = self.named(special::PARAMETER, name) else {
            let entered = self.world.existing_parameter(self.region, name);
            let value = entered.and_then(|thing| text_of(thing.properties.get("Value")?));
            let value = value.or_else(|| public::value(self.region, name));
            return value.filter(|_| version.is_none_or(|version| version == 1));
        };
        let latest = parameter.history.len() + 1;
        match version.unwrap_or(latest) {
            version if version == latest => parameter.properties.get("Value").and_then(text_of),
            version => parameter.history.get(version.checked_sub(1)?).cloned(),
        }
    }

    fn has_secret(&self, id: &str) -> bool {
        self.named(special::SECRET, id).is_some()
    }

    fn secret(&self, id: &str, steps_back: usize) -> Option<String> {
        let secret = self.named(special::SECRET, id)?;
        match steps_back {
            0 => special::secret_text(secret),
            steps => secret.history.len().checked_sub(steps).and_then(|place| secret.history.get(place)).cloned(),
        }
    }
}
