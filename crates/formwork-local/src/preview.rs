//! What a change set would do: the answer of `DescribeChangeSet`, with paths, values before and after, and causes.
//!
//! Source: API Reference, `ResourceChange`, `ResourceChangeDetail`, `ResourceTargetDefinition`; User Guide, "Example change sets".

use std::collections::{BTreeMap, BTreeSet};

use formwork_model::{Named, names_in};
use formwork_schema::facts::Registry;
use formwork_template::Value;
use serde_json::{Value as Json, json};

use crate::document::Document;
use crate::evaluate::{Evaluator, Resources, UNKNOWN, is_unknown, text_of};
use crate::model::{Content, Stack, StackResource};
use crate::parameters;
use crate::resources;
use crate::resources::change::{self, Recreation};
use crate::resources::special::NESTED_STACK;
use crate::secrets::Secrets;
use crate::view::{self, Others};
use crate::world::World;

/// What was worked out.
#[derive(Debug, Default)]
pub(crate) struct Preview {
    /// As the API lists them, with all property values.
    pub(crate) changes: Vec<Json>,
    /// Whether there is anything to do: outputs can change without any resource.
    pub(crate) anything: bool,
    /// Whether something else changes than resources.
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

/// What will become of a resource.
#[derive(Clone, Debug, PartialEq)]
enum Fate {
    Stays,
    /// The same thing, with these properties.
    Changes(Json),
    New,
    MayBeNew,
}

/// Resources as they will be: those that were looked at, which for each are all that it refers to.
struct Planned<'a> {
    deployed: &'a indexmap::IndexMap<String, StackResource>,
    fates: BTreeMap<String, Fate>,
}

/// Resources of which nothing matters.
struct Whatever;

impl Resources for Whatever {
    fn reference(&self, _: &str) -> Result<Json, String> {
        Ok(json!(UNKNOWN))
    }

    fn attribute(&self, _: &str, _: &str) -> Result<Json, String> {
        Ok(json!(UNKNOWN))
    }
}

impl Wanted {
    fn of(logical_id: &str, type_name: &str, properties: Json, is_new: bool) -> Self {
        Wanted { logical_id: logical_id.to_owned(), type_name: type_name.to_owned(), properties, is_new }
    }
}

impl Planned<'_> {
    fn deployed(&self, logical_id: &str) -> Option<&StackResource> {
        self.deployed.get(logical_id).filter(|resource| resource.is_there())
    }

    fn fate(&self, logical_id: &str) -> Result<&Fate, String> {
        // Its condition does not hold.
        self.fates.get(logical_id).ok_or_else(|| view::unresolved(logical_id))
    }

    /// Whether what the attribute gives changes though its resource stays.
    fn follows(&self, logical_id: &str, attribute: &str) -> bool {
        let now = self.deployed(logical_id).and_then(|resource| view::attribute_of(resource, attribute));
        matches!(self.fates.get(logical_id), Some(Fate::Changes(_)))
            && self.attribute(logical_id, attribute).ok() != now
    }
}

impl Resources for Planned<'_> {
    fn reference(&self, logical_id: &str) -> Result<Json, String> {
        let known = match self.fate(logical_id)? {
            Fate::Stays | Fate::Changes(_) => self.deployed(logical_id),
            Fate::New | Fate::MayBeNew => None,
        };
        Ok(known.map_or_else(|| json!(UNKNOWN), |resource| json!(resource.physical_id)))
    }

    fn attribute(&self, logical_id: &str, attribute: &str) -> Result<Json, String> {
        let deployed = self.deployed(logical_id);
        let is_nested = deployed.is_some_and(|resource| resource.type_name == NESTED_STACK);
        let known = match self.fate(logical_id)? {
            // What comes out of it hangs on what goes on in it.
            Fate::Changes(_) if is_nested && attribute.starts_with("Outputs.") => None,
            Fate::Changes(properties) => deployed.and_then(|resource| {
                let known = view::attribute_of(resource, attribute)?;
                Some(resources::at(properties, attribute).cloned().unwrap_or(known))
            }),
            Fate::Stays => deployed.and_then(|resource| view::attribute_of(resource, attribute)),
            Fate::New | Fate::MayBeNew => None,
        };
        Ok(known.unwrap_or_else(|| json!(UNKNOWN)))
    }
}

/// Works out what deploying `target` would do to the stack.
pub(crate) fn preview(world: &World, stack: &Stack, document: &Document, target: &Content) -> Result<Preview, String> {
    let template = &document.template;
    let values = parameters::evaluated(template, &target.parameters);
    let pseudo = view::pseudo(&stack.place, &stack.name, &stack.id, &target.notification_arns);
    let others = Others::new(world, &stack.place.region).previewed();
    let mut planned = Planned { deployed: &stack.content.resources, fates: BTreeMap::new() };
    let mut preview = Preview { secrets: stack.secrets(), ..Preview::default() };
    preview.secrets.add(&target.parameters);
    Evaluator::new(template, &pseudo, &values, &planned, &others).rules()?;
    let mut by_id: BTreeMap<&str, Json> = BTreeMap::new();
    let mut wanted = BTreeSet::new();
    for id in in_order(document) {
        let entry = &template.resources[id];
        let evaluator = Evaluator::new(template, &pseudo, &values, &planned, &others);
        let holds = entry.condition.as_deref().map_or(Ok(true), |condition| evaluator.condition(condition))?;
        if !holds {
            continue;
        }
        wanted.insert(id);
        let properties = document.properties.get(id).map_or_else(|| Ok(json!({})), |map| evaluator.map(map))?;
        let metadata = if entry.metadata.is_empty() { None } else { Some(evaluator.map(&entry.metadata)?.to_string()) };
        let policies = (evaluator.deletion_policy(entry)?, evaluator.update_replace_policy(entry)?);
        match stack.content.resources.get(id).filter(|old| old.is_there()) {
            None => {
                by_id.insert(id, addition(&preview.secrets, id, &entry.type_name, &properties));
                preview.wanted.push(Wanted::of(id, &entry.type_name, properties, true));
                planned.fates.insert(id.to_owned(), Fate::New);
            }
            Some(old) => {
                if old.type_name != entry.type_name {
                    return Err(other_type(id));
                }
                let causes = Causes { document, id, stack, target, planned: &planned };
                let (fate, change) =
                    modification(&world.registry, &preview.secrets, old, &properties, metadata, policies, &causes);
                planned.fates.insert(id.to_owned(), fate);
                if let Some(change) = change {
                    by_id.insert(id, change);
                    preview.wanted.push(Wanted::of(id, &entry.type_name, properties, false));
                }
            }
        }
    }
    preview.changes = template.resources.keys().filter_map(|id| by_id.remove(id.as_str())).collect();
    for old in
        stack.content.resources.values().filter(|old| old.is_there() && !wanted.contains(old.logical_id.as_str()))
    {
        preview.changes.push(removal(&preview.secrets, old));
    }
    let evaluator = Evaluator::new(template, &pseudo, &values, &planned, &others);
    let outputs_differ = outputs_differ(&planned, template, &evaluator, stack)
        .map_err(|reason| reason.replace("in the Resources block", "in the Outputs block"))?;
    preview.beyond_resources = outputs_differ || target.tags != stack.content.tags;
    preview.anything = !preview.changes.is_empty() || preview.beyond_resources;
    Ok(preview)
}

/// Why deploying `target` fails before any resource is touched: an export that is nowhere. A change set fails of it; an operation
/// without one is begun and rolled back.
///
/// Sources: widdix/aws-s3-virusscan issue 39, aws-saas-factory-bootcamp issue 26.
pub(crate) fn missing_export(world: &World, stack: &Stack, document: &Document, target: &Content) -> Option<String> {
    let template = &document.template;
    let mut imports = false;
    let mut look = |value: &Value| {
        value.visit_functions(&mut |function| {
            imports |= matches!(function, formwork_template::Function::ImportValue(_))
        });
    };
    document.properties.values().flat_map(formwork_template::Map::values).for_each(&mut look);
    template.outputs.values().for_each(|output| look(&output.value));
    if !imports {
        return None;
    }
    let values = parameters::evaluated(template, &target.parameters);
    let pseudo = view::pseudo(&stack.place, &stack.name, &stack.id, &target.notification_arns);
    let others = Others::new(world, &stack.place.region);
    let evaluator = Evaluator::new(template, &pseudo, &values, &Whatever, &others);
    let holds = |condition: Option<&String>| condition.is_none_or(|name| evaluator.condition(name).unwrap_or(false));
    // Whatever else is wrong is told when it is come to.
    for (id, _) in template.resources.iter().filter(|(_, entry)| holds(entry.condition.as_ref())) {
        let _ = document.properties.get(id).map(|map| evaluator.map(map));
    }
    for output in template.outputs.values().filter(|output| holds(output.condition.as_ref())) {
        let _ = evaluator.value(&output.value);
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
    let mut order = Vec::new();
    let mut seen = BTreeSet::new();
    // Depth first, without recursion: a chain may have 500 links.
    for root in document.template.resources.keys() {
        let mut stack = vec![(root.as_str(), false)];
        while let Some((id, done)) = stack.pop() {
            if done {
                order.push(id);
            } else if document.template.resources.contains_key(id) && seen.insert(id) {
                stack.push((id, true));
                let others = document.dependencies.get(id).into_iter().flatten();
                stack.extend(others.map(|other| (other.as_str(), false)));
            }
        }
    }
    order
}

fn outputs_differ(
    planned: &Planned<'_>,
    template: &formwork_template::Template,
    evaluator: &Evaluator<'_>,
    stack: &Stack,
) -> Result<bool, String> {
    let (mut known, mut differ) = (0, false);
    for (key, output) in &template.outputs {
        if let Some(condition) = &output.condition
            && !evaluator.condition(condition)?
        {
            continue;
        }
        known += 1;
        let text = |value: &Value| evaluator.value(value).map(|value| value.as_ref().and_then(text_of));
        let export_name = output.export_name.as_ref().map(text).transpose()?.flatten();
        let value = text(&output.value)?;
        // What hangs on a resource that changes is known only later, and that resource is listed itself.
        let hangs_on = |named: &Named| match named {
            Named::Ref(id) | Named::Attribute(id, _) => planned.fates.get(id).is_some_and(|fate| *fate != Fate::Stays),
            Named::Condition(_) | Named::Mapping(_) => false,
        };
        let is_open = value.as_deref().is_some_and(|value| value.contains(UNKNOWN));
        let is_told = is_open && names_in(&output.value).iter().any(hangs_on);
        differ |= stack.content.outputs.iter().find(|old| &old.key == key).is_none_or(|old| {
            export_name != old.export_name
                || output.description != old.description
                || (value.as_deref() != Some(&old.value) && !is_told)
        });
    }
    Ok(differ || known != stack.content.outputs.len())
}

/// Secrets are masked before there is a text, in which they would be spelled otherwise.
fn context(secrets: &Secrets, properties: &Json, metadata: Option<&str>) -> String {
    let mut context = json!({ "Properties": properties });
    if let (Some(metadata), Some(fields)) = (metadata, context.as_object_mut()) {
        fields.insert("Metadata".to_owned(), serde_json::from_str(metadata).unwrap_or_default());
    }
    secrets.masked(&context).to_string()
}

fn entry(change: Json) -> Json {
    json!({ "Type": "Resource", "ResourceChange": change })
}

fn addition(secrets: &Secrets, id: &str, type_name: &str, properties: &Json) -> Json {
    entry(json!({
        "Action": "Add",
        "LogicalResourceId": id,
        "ResourceType": type_name,
        "Scope": [],
        "Details": [],
        "AfterContext": context(secrets, properties, None),
    }))
}

fn removal(secrets: &Secrets, old: &StackResource) -> Json {
    let policy = match old.deletion_policy.as_deref() {
        Some("Retain" | "RetainExceptOnCreate") => "Retain",
        Some("Snapshot") => "Snapshot",
        _ => "Delete",
    };
    entry(json!({
        "PolicyAction": policy,
        "Action": "Remove",
        "LogicalResourceId": old.logical_id,
        "PhysicalResourceId": old.physical_id,
        "ResourceType": old.type_name,
        "Scope": [],
        "Details": [],
        "BeforeContext": context(secrets, &old.properties, old.metadata.as_deref()),
    }))
}

/// Why a property changes.
struct Causes<'a> {
    document: &'a Document,
    id: &'a str,
    stack: &'a Stack,
    target: &'a Content,
    planned: &'a Planned<'a>,
}

impl Causes<'_> {
    /// Source of the change, what caused it, and whether that is known before the change set runs.
    fn of(&self, path: &[String]) -> Vec<(&'static str, Option<String>, &'static str)> {
        let mut value = path.first().and_then(|name| self.document.properties.get(self.id)?.get(name));
        for name in path.iter().skip(1) {
            value = match value {
                Some(Value::Map(map)) => map.get(name).or(value),
                Some(Value::List(items)) => name.parse::<usize>().ok().and_then(|place| items.get(place)).or(value),
                other => other,
            };
        }
        let mut causes = Vec::new();
        for named in value.map(names_in).unwrap_or_default() {
            match named {
                Named::Ref(name) if self.document.template.parameters.contains_key(&name) => {
                    let of = |content: &Content| {
                        content.parameters.get(&name).map(|value| (value.value.clone(), value.resolved.clone()))
                    };
                    if of(self.target) != of(&self.stack.content) {
                        causes.push(("ParameterReference", Some(name), "Static"));
                    }
                }
                Named::Ref(name) => {
                    if let Some(evaluation) = self.evaluation(&name, None) {
                        causes.push(("ResourceReference", Some(name), evaluation));
                    }
                }
                Named::Attribute(id, attribute) => {
                    if let Some(evaluation) = self.evaluation(&id, Some(&attribute)) {
                        causes.push(("ResourceAttribute", Some(format!("{id}.{attribute}")), evaluation));
                    }
                }
                Named::Condition(_) | Named::Mapping(_) => {}
            }
        }
        // What a function gives is, beside its cause, a change that CloudFormation works out later.
        let evaluation = if causes.is_empty() { "Static" } else { "Dynamic" };
        causes.push(("DirectModification", None, evaluation));
        causes
    }

    /// Whether what the resource gives changes for certain, or perhaps; `None` when it does not.
    fn evaluation(&self, id: &str, attribute: Option<&str>) -> Option<&'static str> {
        match self.planned.fates.get(id)? {
            Fate::Changes(_) => attribute.filter(|name| self.planned.follows(id, name)).map(|_| "Dynamic"),
            Fate::Stays => None,
            Fate::MayBeNew => Some("Dynamic"),
            Fate::New => Some("Static"),
        }
    }
}

fn modification(
    registry: &Registry,
    secrets: &Secrets,
    old: &StackResource,
    properties: &Json,
    metadata: Option<String>,
    (deletion_policy, update_replace_policy): (Option<String>, Option<String>),
    causes: &Causes<'_>,
) -> (Fate, Option<Json>) {
    let differences = change::differences(&old.properties, properties);
    let mut details = Vec::new();
    let mut scope = BTreeSet::new();
    let mut replacement = "False";
    // A text as it is, anything else as JSON.
    let shown = |value: &Json| text_of(&secrets.masked(value)).unwrap_or_else(|| secrets.masked(value).to_string());
    let tags = registry.of(&old.type_name).and_then(|facts| facts.tag_property());
    for difference in &differences {
        let recreation = change::recreation(registry, &old.type_name, &difference.path);
        let name = difference.path.first().cloned().unwrap_or_default();
        let attribute = if tags == Some(name.as_str()) { "Tags" } else { "Properties" };
        scope.insert(attribute);
        let kind = match (&difference.before, &difference.after) {
            (None, _) => "Add",
            (_, None) => "Remove",
            _ => "Modify",
        };
        for (source, entity, evaluation) in causes.of(&difference.path) {
            // Source: API Reference, `ResourceTargetDefinition`, `RequiresRecreation`. An output of another stack that is not known
            // yet may turn out to be the same.
            let open = evaluation == "Dynamic"
                || (source == "DirectModification" && difference.after.as_ref().is_some_and(is_unknown));
            replacement = match (recreation, open, replacement) {
                (Recreation::Always, false, _) => "True",
                (Recreation::Always, true, "False") | (Recreation::Conditionally, _, "False") => "Conditional",
                (_, _, other) => other,
            };
            let path: Vec<String> =
                difference.path.iter().map(|name| name.replace('~', "~0").replace('/', "~1")).collect();
            details.push(json!({
                "Target": {
                    "Attribute": attribute,
                    "Name": name,
                    "RequiresRecreation": recreation.as_str(),
                    "Path": format!("/Properties/{}", path.join("/")),
                    "BeforeValue": difference.before.as_ref().map(shown),
                    "AfterValue": difference.after.as_ref().map(shown),
                    "AttributeChangeType": kind,
                },
                "Evaluation": evaluation,
                "ChangeSource": source,
                "CausingEntity": entity,
            }));
        }
    }
    let has_other_tags = causes.target.tags != causes.stack.content.tags;
    let others = [
        ("Tags", has_other_tags && !scope.contains("Tags") && change::takes_tags(registry, &old.type_name)),
        ("Metadata", metadata != old.metadata),
        ("DeletionPolicy", deletion_policy != old.deletion_policy),
        ("UpdateReplacePolicy", update_replace_policy != old.update_replace_policy),
    ];
    for (attribute, _) in others.iter().filter(|(_, differs)| *differs) {
        scope.insert(*attribute);
        details.push(json!({
            "Target": { "Attribute": attribute, "RequiresRecreation": "Never" },
            "Evaluation": "Static",
            "ChangeSource": "DirectModification",
        }));
    }
    let is_nested = old.type_name == NESTED_STACK;
    if details.is_empty() && !is_nested {
        return (Fate::Stays, None);
    }
    if is_nested && details.is_empty() {
        // CloudFormation cannot tell before whether the nested template changed.
        scope.insert("Properties");
        details.push(json!({
            "Target": { "Attribute": "Properties", "RequiresRecreation": "Never" },
            "Evaluation": "Dynamic",
            "ChangeSource": "Automatic",
        }));
    }
    let policy = (replacement == "True").then_some(match update_replace_policy.as_deref() {
        Some("Retain") => "ReplaceAndRetain",
        Some("Snapshot") => "ReplaceAndSnapshot",
        _ => "ReplaceAndDelete",
    });
    let fate = match replacement {
        "True" => Fate::New,
        "Conditional" => Fate::MayBeNew,
        _ if differences.is_empty() => Fate::Stays,
        _ => Fate::Changes(properties.clone()),
    };
    let change = entry(json!({
        "PolicyAction": policy,
        "Action": "Modify",
        "LogicalResourceId": old.logical_id,
        "PhysicalResourceId": old.physical_id,
        "ResourceType": old.type_name,
        "Replacement": replacement,
        "Scope": scope,
        "Details": details,
        "BeforeContext": context(secrets, &old.properties, old.metadata.as_deref()),
        "AfterContext": context(secrets, properties, metadata.as_deref()),
    }));
    (fate, Some(change))
}

/// Without `IncludePropertyValues`: which properties change, but neither where in them nor how; and of those that change with another
/// resource, that cause alone.
///
/// Source: localstack/localstack, tests/aws/services/cloudformation: `test_change_sets` (`test_dynamic_update`), recorded from AWS.
pub(crate) fn without_values(change: &Json) -> Json {
    let mut change = change.clone();
    if let Some(resource) = change.get_mut("ResourceChange").and_then(Json::as_object_mut) {
        resource.shift_remove("BeforeContext");
        resource.shift_remove("AfterContext");
        let mut seen: Vec<Json> = Vec::new();
        let details: Vec<Json> = resource.get("Details").and_then(Json::as_array).cloned().unwrap_or_default();
        let follows = |one: &Json| {
            details.iter().any(|other| {
                let source = other["ChangeSource"].as_str();
                matches!(source, Some("ResourceReference" | "ResourceAttribute"))
                    && other["Target"]["Name"] == one["Target"]["Name"]
            })
        };
        let is_worked_out_later =
            |one: &Json| one["ChangeSource"] == "DirectModification" && one["Evaluation"] == "Dynamic";
        for detail in details.iter().filter(|detail| !(is_worked_out_later(detail) && follows(detail))) {
            let mut detail = detail.clone();
            if let Some(target) = detail.get_mut("Target").and_then(Json::as_object_mut) {
                for name in ["Path", "BeforeValue", "AfterValue", "AttributeChangeType"] {
                    target.shift_remove(name);
                }
            }
            if !seen.contains(&detail) {
                seen.push(detail);
            }
        }
        resource.insert("Details".to_owned(), Json::Array(seen));
    }
    change
}
