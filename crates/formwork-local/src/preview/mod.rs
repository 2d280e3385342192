//! The changes of a change set, as `DescribeChangeSet` answers them: paths, values before and after, and causes.
//!
//! One walk over the template, producers before consumers, so that the fate of a resource is known ([`fates`]) when the resources that
//! refer to it are compared with the deployed ones ([`modify`]).

mod fates;
mod modify;

use std::collections::{BTreeMap, BTreeSet};

use formwork_model::{EvalError, Named, ResourceChange, Term, names_in};
use formwork_template::Value;
use formwork_template::graph::Graph;
use serde_json::Value as Json;

use self::fates::{Fate, Planned};
pub(crate) use self::modify::without_values;
use self::modify::{Around, Said, addition, removal};
use crate::document::Document;
use crate::evaluate::{Evaluator, Resources, UNKNOWN, json as json_of, text_of};
use crate::model::{Content, Stack, StackResource};
use crate::parameters;
use crate::secrets::Secrets;
use crate::view::{self, Others};
use crate::world::World;

/// The result of a preview.
#[derive(Debug, Default)]
pub(crate) struct Preview {
    /// The changes of resources, with all property values.
    pub(crate) changes: Vec<ResourceChange>,
    /// True if there is anything to do: outputs can change without any resource.
    pub(crate) anything: bool,
    /// True if outputs or tags of the stack change.
    pub(crate) beyond_resources: bool,
    /// The resources that will be made or changed.
    pub(crate) wanted: Vec<Wanted>,
    /// Values that are never shown.
    pub(crate) secrets: Secrets,
}

/// A resource as it will be, as far as that is known.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub(crate) logical_id: String,
    pub(crate) type_name: String,
    pub(crate) properties: Json,
    pub(crate) is_new: bool,
}

/// Resources whose values are of no interest.
struct Whatever;

impl Resources for Whatever {
    fn reference(&self, _: &str) -> Result<Term, String> {
        Ok(Term::text(UNKNOWN))
    }

    fn attribute(&self, _: &str, _: &str) -> Result<Term, String> {
        Ok(Term::text(UNKNOWN))
    }
}

/// Bytes of all properties that one preview works out, at most: a template that grows beyond was made to grow.
const MAX_ALL: usize = 64 * 1_048_576;

/// The bytes that the texts of a value have.
fn size(value: &Json) -> usize {
    match value {
        Json::String(text) => text.len(),
        Json::Array(items) => items.iter().map(size).sum::<usize>() + items.len(),
        Json::Object(fields) => fields.iter().map(|(name, field)| name.len() + size(field)).sum(),
        Json::Null | Json::Bool(_) | Json::Number(_) => 8,
    }
}

/// Works out the changes that the deployment of `target` would make.
pub(crate) fn preview(world: &World, stack: &Stack, document: &Document, target: &Content) -> Result<Preview, String> {
    let written = &document.written;
    let values = parameters::evaluated(&document.template, &target.parameters);
    let pseudo = view::pseudo(&stack.place, &stack.name, &stack.id, &target.notification_arns);
    let others = Others::new(world, &stack.place.region).previewed();
    let deployed = &stack.content.resources;
    let mut planned = Planned { registry: &world.registry, deployed, fates: BTreeMap::new() };
    let mut preview = Preview { secrets: stack.secrets(), ..Preview::default() };
    preview.secrets.add(&target.parameters);
    Evaluator::new(written, &pseudo, &values, &planned, &others).rules()?;
    let mut by_id: BTreeMap<&str, ResourceChange> = BTreeMap::new();
    let mut wanted = BTreeSet::new();
    let mut spent = 0;
    for id in in_order(document) {
        let entry = &written.resources[id];
        let evaluator = Evaluator::new(written, &pseudo, &values, &planned, &others);
        let holds = entry.condition.as_deref().map_or(Ok(true), |condition| evaluator.condition(condition))?;
        if !holds {
            continue;
        }
        wanted.insert(id);
        let said = Said {
            properties: evaluator.terms(&entry.properties)?,
            metadata: evaluator.attribute(entry, "Metadata")?,
            creation_policy: evaluator.attribute(entry, "CreationPolicy")?,
            update_policy: evaluator.attribute(entry, "UpdatePolicy")?,
            deletion_policy: evaluator.policy(entry, "DeletionPolicy")?,
            update_replace_policy: evaluator.policy(entry, "UpdateReplacePolicy")?,
        };
        let properties = json_of(&said.properties);
        spent += size(&properties);
        if spent > MAX_ALL {
            return Err(EvalError::TooLarge.to_string());
        }
        let mut want = |is_new| {
            let (logical_id, type_name) = (id.to_owned(), entry.type_name.clone());
            preview.wanted.push(Wanted { logical_id, type_name, properties: properties.clone(), is_new });
        };
        let fate = match deployed.get(id).filter(|old| old.is_there()) {
            None => {
                want(true);
                by_id.insert(id, addition(&preview.secrets, id, &entry.type_name, &properties));
                Fate::Created
            }
            Some(old) => {
                if old.type_name != entry.type_name {
                    return Err(other_type(id));
                }
                let around = Around {
                    registry: &world.registry,
                    secrets: &preview.secrets,
                    document,
                    stack,
                    target,
                    planned: &planned,
                };
                let (fate, change) = around.modification(old, &said);
                if let Some(change) = change {
                    want(false);
                    by_id.insert(id, change);
                }
                fate
            }
        };
        planned.put(id, &entry.type_name, fate);
    }
    preview.changes = written.resources.keys().filter_map(|id| by_id.remove(id.as_str())).collect();
    let leaves = |old: &&StackResource| old.is_there() && !wanted.contains(old.logical_id.as_str());
    preview.changes.extend(deployed.values().filter(leaves).map(|old| removal(&world.registry, &preview.secrets, old)));
    let evaluator = Evaluator::new(written, &pseudo, &values, &planned, &others);
    let outputs_differ = outputs_differ(&planned, document, &evaluator, stack)
        .map_err(|reason| reason.replace("in the Resources block", "in the Outputs block"))?;
    preview.beyond_resources = outputs_differ || target.tags != stack.content.tags;
    preview.anything = !preview.changes.is_empty() || preview.beyond_resources;
    Ok(preview)
}

/// The reason why the deployment of `target` fails before any resource is touched: an export that does not exist. A change set fails
/// because of it; an operation without a change set begins and is rolled back.
///
/// Sources: widdix/aws-s3-virusscan issue 39, aws-saas-factory-bootcamp issue 26.
pub(crate) fn missing_export(world: &World, stack: &Stack, document: &Document, target: &Content) -> Option<String> {
    let written = &document.written;
    let mut imports = false;
    let mut look = |value: &Value| {
        value.visit_functions(&mut |function| {
            imports |= matches!(function, formwork_template::Function::ImportValue(_))
        });
    };
    written.resources.values().flat_map(|entry| entry.properties.values()).for_each(&mut look);
    document.outputs().for_each(|(_, output)| look(output.value));
    if !imports {
        return None;
    }
    let values = parameters::evaluated(&document.template, &target.parameters);
    let pseudo = view::pseudo(&stack.place, &stack.name, &stack.id, &target.notification_arns);
    let others = Others::new(world, &stack.place.region);
    let evaluator = Evaluator::new(written, &pseudo, &values, &Whatever, &others);
    let holds = |condition: Option<&str>| condition.is_none_or(|name| evaluator.condition(name).unwrap_or(false));
    // Any other mistake is reported when the resource is deployed.
    for entry in written.resources.values().filter(|entry| holds(entry.condition.as_deref())) {
        let _ = evaluator.terms(&entry.properties);
    }
    for (_, output) in document.outputs().filter(|(_, output)| holds(output.condition)) {
        let _ = evaluator.value(output.value);
    }
    others.missing()
}

/// A logical id keeps its type.
pub(crate) fn other_type(id: &str) -> String {
    format!(
        "Update of resource type is not permitted. The new template modifies resource type of the following resources: [{id}]"
    )
}

/// Producers before consumers, else as in the template. Circles were refused before.
fn in_order(document: &Document) -> Vec<&str> {
    let resources = &document.written.resources;
    let needs = resources.keys().map(|id| {
        let needs = document.dependencies.get(id).into_iter().flatten();
        (id.as_str(), needs.map(String::as_str).collect())
    });
    let order = Graph::named(needs).order();
    order.into_iter().filter_map(|place| resources.get_index(place)).map(|(id, _)| id.as_str()).collect()
}

fn outputs_differ(
    planned: &Planned<'_>,
    document: &Document,
    evaluator: &Evaluator<'_>,
    stack: &Stack,
) -> Result<bool, String> {
    let (mut known, mut differ) = (0, false);
    for (key, output) in document.outputs() {
        if let Some(condition) = output.condition
            && !evaluator.condition(condition)?
        {
            continue;
        }
        known += 1;
        let text = |value: &Value| evaluator.value(value).map(|value| value.as_ref().and_then(text_of));
        let export_name = output.export_name.map(text).transpose()?.flatten();
        let value = text(output.value)?;
        // A value that comes from a resource that changes is known only later, and that resource is listed itself.
        let changes = |named: &Named| named.logical_id().is_some_and(|id| !planned.stays(id));
        let is_open = value.as_deref().is_some_and(|value| value.contains(UNKNOWN));
        let is_told = is_open && names_in(output.value).iter().any(changes);
        differ |= stack.content.outputs.iter().find(|old| old.key == key).is_none_or(|old| {
            export_name != old.export_name
                || output.description != old.description.as_deref()
                || (value.as_deref() != Some(&old.value) && !is_told)
        });
    }
    Ok(differ || known != stack.content.outputs.len())
}
