//! The template diff: section by section, resource by resource, property by property.

use std::collections::BTreeSet;

use formwork_schema::facts::Registry;
use formwork_template::{Style, Template};
use serde_json::{Map, Value};

use crate::condition::Conditions;
use crate::diff::{Basis, Diff, EntryDiff, PropertyDiff, ResourceDiff};
use crate::facts::Facts;
use crate::impact::Impact;
use crate::parameters::{KNOWN_AFTER, ParameterValue, ParameterValues, Resolution};
use crate::path::Path;
use crate::value::{self, Change, is_runtime, same};

/// One side: the template as plain JSON, as it would be deployed.
struct Side {
    document: Map<String, Value>,
    parameters: Map<String, Value>,
    /// Resources whose condition was worked out, and holds.
    decided: BTreeSet<String>,
}

pub(crate) fn between(
    before: Option<&Template>,
    after: &Template,
    registry: &Registry,
    values: Option<&ParameterValues>,
) -> Diff {
    let old = before.map(|before| Side::new(before, values.map(|values| &values.before)));
    let new = Side::new(after, values.map(|values| &values.after));
    let section = |name: &str| entries(old.as_ref().and_then(|side| side.section(name)), new.section(name));

    let mut resources = Vec::new();
    let empty = Map::new();
    let old_resources = old.as_ref().and_then(|side| side.section("Resources")).unwrap_or(&empty);
    let new_resources = new.section("Resources").unwrap_or(&empty);
    for (id, resource) in new_resources {
        match old_resources.get(id) {
            Some(old) => resources.extend(changed(registry, id, old, resource)),
            None => resources.push(created(id, resource)),
        }
    }
    for (id, resource) in old_resources.iter().filter(|(id, _)| !new_resources.contains_key(*id)) {
        resources.push(removed(id, resource));
    }
    for resource in &mut resources {
        let side = if resource.impact == Impact::Create { Some(&new) } else { old.as_ref() };
        if side.is_some_and(|side| side.decided.contains(&resource.logical_id)) {
            resource.condition = None;
        }
    }
    crate::propagation::propagate(registry, &mut resources, old_resources, new_resources);

    let old_document = old.as_ref().map(|side| &side.document);
    let mut others = Vec::new();
    for entry in entries(old_document, Some(&new.document)) {
        if !SECTIONS.contains(&entry.name.as_str()) {
            others.push(entry);
        }
    }
    let mut secret_places = Vec::new();
    let templates = [(before, old_resources), (Some(after), new_resources)];
    for (template, resources) in templates {
        let parameters = template.map(crate::secret::parameters).unwrap_or_default();
        crate::secret::places(resources, &parameters, &mut secret_places);
    }
    let broadening = crate::broadening::find(old_resources, new_resources);
    let mut diff = Diff {
        is_new_stack: before.is_none(),
        resources,
        parameters: entries(old.as_ref().map(|side| &side.parameters), Some(&new.parameters)),
        parameter_values: values.map(|values| parameter_values(before, after, values)).unwrap_or_default(),
        outputs: section("Outputs"),
        conditions: section("Conditions"),
        mappings: section("Mappings"),
        rules: section("Rules"),
        metadata: section("Metadata"),
        others,
        tags: Vec::new(),
        broadening,
        notes: Vec::new(),
        secret_places,
    };
    crate::items::name(&mut diff.resources, old_resources, new_resources);
    let documents = [before, Some(after)].map(|template| template.map(document).unwrap_or_default());
    crate::uses::count(&mut diff, &documents);
    crate::mask::mask(&mut diff, registry, [before, Some(after)]);
    diff
}

/// Sections that are compared entry by entry.
const SECTIONS: [&str; 8] =
    ["AWSTemplateFormatVersion", "Parameters", "Rules", "Mappings", "Conditions", "Resources", "Outputs", "Metadata"];

impl Side {
    fn new(template: &Template, given: Option<&formwork_template::IndexMap<String, ParameterValue>>) -> Side {
        let mut document = document(template);
        let parameters = take(&mut document, "Parameters");
        let mut decided = BTreeSet::new();
        if let Some(given) = given {
            let resolution = Resolution::new(template, given);
            let resolve = |document: &mut Map<String, Value>, section: &str| {
                if let Some(value) = document.get_mut(section) {
                    *value = resolution.resolve(value);
                }
            };
            let declared = take(&mut document.clone(), "Conditions");
            resolve(&mut document, "Conditions");
            resolve(&mut document, "Resources");
            resolve(&mut document, "Outputs");
            let resolved = take(&mut document, "Conditions");
            let conditions = Conditions(&resolved);
            for section in ["Resources", "Outputs"] {
                let kept = take(&mut document, section).into_iter().filter_map(|(name, entry)| {
                    let condition = entry.get("Condition").and_then(Value::as_str);
                    match condition.and_then(|condition| conditions.holds(condition)) {
                        Some(false) => return None,
                        Some(true) if section == "Resources" => _ = decided.insert(name.clone()),
                        _ => {}
                    }
                    Some((name, conditions.decide(entry)?))
                });
                let kept: Map<String, Value> = kept.collect();
                document.insert(section.to_owned(), Value::Object(kept));
            }
            if !declared.is_empty() {
                // What conditions say is shown as it is written.
                document.insert("Conditions".to_owned(), Value::Object(declared));
            }
        }
        Side { document, parameters, decided }
    }

    fn section(&self, name: &str) -> Option<&Map<String, Value>> {
        self.document.get(name).and_then(Value::as_object)
    }
}

/// The template as plain JSON.
pub(crate) fn document(template: &Template) -> Map<String, Value> {
    let (text, _) = template.to_json(Style::Compact);
    // What the writer wrote is a JSON object.
    serde_json::from_str(&text).unwrap_or_default()
}

fn take(document: &mut Map<String, Value>, section: &str) -> Map<String, Value> {
    match document.shift_remove(section) {
        Some(Value::Object(entries)) => entries,
        _ => Map::new(),
    }
}

/// A value of the document as plain JSON.
pub(crate) fn plain(value: &formwork_template::Value) -> Value {
    let lowering = formwork_template::Lowering::default();
    let mut out = formwork_template::JsonWriter::new(Style::Compact, &lowering);
    formwork_template::ToJson::write(value, &mut out);
    serde_json::from_slice(&out.finish().text).unwrap_or_default()
}

/// The entries that differ, those of the new side first.
pub(crate) fn entries(before: Option<&Map<String, Value>>, after: Option<&Map<String, Value>>) -> Vec<EntryDiff> {
    let empty = Map::new();
    let (before, after) = (before.unwrap_or(&empty), after.unwrap_or(&empty));
    let stay = after.iter().map(|(name, entry)| (name, before.get(name), Some(entry))).filter(|(_, before, after)| {
        match (before, after) {
            (Some(before), Some(after)) => !same(before, after),
            _ => true,
        }
    });
    let gone =
        before.iter().filter(|(name, _)| !after.contains_key(*name)).map(|(name, entry)| (name, Some(entry), None));
    stay.chain(gone)
        .map(|(name, before, after)| EntryDiff {
            name: name.clone(),
            before: before.cloned(),
            after: after.cloned(),
            used_by: None,
        })
        .collect()
}

fn text<'a>(resource: &'a Value, attribute: &str) -> Option<&'a str> {
    resource.get(attribute).and_then(Value::as_str)
}

fn created(id: &str, resource: &Value) -> ResourceDiff {
    let properties = top_level(resource).map(|(name, value)| PropertyDiff {
        path: Path::default().name(name),
        after: Some(value.clone()),
        impact: Impact::Create,
        ..PropertyDiff::default()
    });
    ResourceDiff {
        logical_id: id.to_owned(),
        type_name: text(resource, "Type").unwrap_or_default().to_owned(),
        impact: Impact::Create,
        properties: properties.collect(),
        condition: text(resource, "Condition").map(str::to_owned),
        ..ResourceDiff::default()
    }
}

fn removed(id: &str, resource: &Value) -> ResourceDiff {
    let policy = text(resource, "DeletionPolicy");
    // `RetainExceptOnCreate` deletes only what a failed creation left behind.
    let impact = match policy {
        Some("Retain" | "RetainExceptOnCreate") => Impact::Orphan,
        _ => Impact::Destroy,
    };
    let properties = top_level(resource).map(|(name, value)| PropertyDiff {
        path: Path::default().name(name),
        before: Some(value.clone()),
        impact,
        ..PropertyDiff::default()
    });
    ResourceDiff {
        logical_id: id.to_owned(),
        type_name: text(resource, "Type").unwrap_or_default().to_owned(),
        impact,
        properties: properties.collect(),
        policy: policy.filter(|policy| *policy != "Delete").map(str::to_owned),
        condition: text(resource, "Condition").map(str::to_owned),
        ..ResourceDiff::default()
    }
}

fn top_level(resource: &Value) -> impl Iterator<Item = (&String, &Value)> {
    resource.get("Properties").and_then(Value::as_object).into_iter().flatten()
}

fn changed(registry: &Registry, id: &str, old: &Value, new: &Value) -> Option<ResourceDiff> {
    let type_name = text(new, "Type").unwrap_or_default();
    let old_type_name = text(old, "Type").filter(|old| *old != type_name);
    let facts = Facts::of(registry, type_name);
    let mut found = Vec::new();
    let none = Value::Object(Map::new());
    value::changes(
        &Path::default(),
        old.get("Properties").unwrap_or(&none),
        new.get("Properties").unwrap_or(&none),
        &|path| facts.is_unordered(path),
        &mut found,
    );
    let properties: Vec<PropertyDiff> = found.into_iter().map(|change| property(&facts, change)).collect();
    let attributes: Vec<EntryDiff> = entries(old.as_object(), new.as_object())
        .into_iter()
        .filter(|entry| entry.name != "Properties" && entry.name != "Type")
        .filter(|entry| entry.name != "DependsOn" || !same_dependencies(entry))
        .collect();
    if properties.is_empty() && attributes.is_empty() && old_type_name.is_none() {
        return None;
    }
    let mut diff = ResourceDiff {
        logical_id: id.to_owned(),
        type_name: type_name.to_owned(),
        old_type_name: old_type_name.map(str::to_owned),
        properties,
        attributes,
        policy: text(new, "UpdateReplacePolicy").filter(|policy| *policy != "Delete").map(str::to_owned),
        ..ResourceDiff::default()
    };
    if diff.old_type_name.is_some() {
        diff.reasons.push(TYPE_CHANGED.to_owned());
    }
    settle(&mut diff);
    Some(diff)
}

/// CloudFormation's own answer to a change of type is "Update of resource type is not permitted".
pub(crate) const TYPE_CHANGED: &str =
    "CloudFormation refuses another type under the same logical id: give the resource a new one";

/// Sets the impact of a resource that stays from what its properties and attributes say.
pub(crate) fn settle(diff: &mut ResourceDiff) {
    let attributes = (!diff.attributes.is_empty()).then_some(Impact::Update);
    let whole = diff.old_type_name.is_some().then_some(Impact::Replace);
    let properties = diff.properties.iter().map(|property| property.impact);
    diff.impact = properties.chain(attributes).chain(whole).max().unwrap_or_default();
}

/// The order in which `DependsOn` lists its ids has no meaning.
fn same_dependencies(entry: &EntryDiff) -> bool {
    let ids = |side: &Option<Value>| {
        let mut ids: Vec<String> = match side {
            Some(Value::Array(ids)) => ids.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            Some(Value::String(id)) => vec![id.clone()],
            _ => Vec::new(),
        };
        ids.sort();
        ids.dedup();
        ids
    };
    ids(&entry.before) == ids(&entry.after)
}

fn property(facts: &Facts<'_>, change: Change<'_>) -> PropertyDiff {
    let Change { path, before, after } = change;
    let verdict = match (before, after) {
        (None, value) | (value, None) => facts.change(&path, value),
        _ => facts.change(&path, None),
    };
    // A value that comes or goes is a difference whatever it turns out to be.
    let runtime = match (before, after) {
        (Some(before), Some(after)) => is_runtime(before) || is_runtime(after),
        (value, None) | (None, value) => value.and_then(value::function).is_some_and(|(name, _)| name == "Fn::If"),
    };
    // Only the value decides whether there is a replacement; nothing is known of it yet.
    let impact = match verdict.impact {
        Impact::Replace if runtime => Impact::MayReplace,
        impact => impact,
    };
    PropertyDiff {
        path,
        before: before.cloned(),
        after: after.cloned(),
        impact,
        basis: match (runtime, verdict.known) {
            (true, _) => Basis::Runtime,
            (false, false) => Basis::Unknown,
            (false, true) => Basis::Static,
        },
        because: None,
    }
}

fn parameter_values(before: Option<&Template>, after: &Template, values: &ParameterValues) -> Vec<EntryDiff> {
    let shown = |template: &Template, given: &formwork_template::IndexMap<String, ParameterValue>| {
        let resolution = Resolution::new(template, given);
        let value = |name: &str| match given.get(name) {
            Some(ParameterValue::KnownAfter(stack)) => Some(serde_json::json!({ KNOWN_AFTER: stack })),
            Some(ParameterValue::Known(text)) => resolution.get(name).map(|_| Value::from(text.as_str())),
            None => resolution.get(name).cloned(),
        };
        let entry = |name: &String| Some((name.clone(), value(name)?));
        template.parameters.keys().filter_map(entry).collect::<Map<String, Value>>()
    };
    let old = before.map(|before| shown(before, &values.before));
    entries(old.as_ref(), Some(&shown(after, &values.after)))
}
