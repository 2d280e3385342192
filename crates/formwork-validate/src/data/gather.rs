//! Rules about resources that refer to each other: a queue and its dead-letter queue, an instance and its cluster.
//!
//! Their schemas are held against an object that is put together of properties of both, `cfnGather`: for each name of `gather` the
//! properties that it lists, of the resource itself or of the one that `reference` names; a value of the object can stand in the
//! schema, by `$data`. Source: cfn-lint 1.58.0, `cfnlint/jsonschema/_keywords_cfn.py`.
//!
//! A value that is not known says nothing: a schema that would need it is left out.

use formwork_template::Value;
use formwork_template::function::Function;
use serde_json::{Map, Value as Json, json};

use super::store::Store;
use super::subject::Subject;
use super::table::Rule;
use crate::check::Check;
use crate::instance::{Reader, has_placeholder, trace};
use crate::rules::{explained, path};
use crate::schema::Explained;

/// The keyword of a rule that gathers.
pub(super) struct Gather {
    entries: Map<String, Json>,
    schema: Json,
    /// True if references are compared as they are written.
    by_reference: bool,
}

/// The keyword, if the rule's schema is one.
pub(super) fn of(data: &mut Store, rule: &Rule) -> Option<Gather> {
    // Of a schema with regions there is none.
    let schema = data.whole(rule)?;
    let keyword = schema.schema.get("cfnGather")?;
    let entries = keyword.get("gather")?.as_object()?.clone();
    let schema = keyword.get("schema")?;
    match schema.get("cfnContext") {
        Some(context) => Some(Gather { entries, schema: context.get("schema")?.clone(), by_reference: true }),
        None => Some(Gather { entries, schema: schema.clone(), by_reference: false }),
    }
}

pub(super) fn check(check: &mut Check<'_, '_>, subject: &Subject<'_>, rule: &Rule, gather: &Gather) {
    let references: Vec<(&String, Vec<&str>)> = gather
        .entries
        .iter()
        .filter_map(|(name, entry)| {
            Some((name, entry.get("reference")?.as_str()?.trim_matches('/').split('/').collect()))
        })
        .collect();
    let Some((first, place)) = references.first() else {
        one(check, subject, rule, gather, &[]);
        return;
    };
    for target in targets(check, subject, gather, first, place) {
        let mut others = vec![(first.as_str(), target)];
        for (name, place) in references.iter().skip(1) {
            others.extend(
                targets(check, subject, gather, name, place).into_iter().next().map(|found| (name.as_str(), found)),
            );
        }
        one(check, subject, rule, gather, &others);
    }
}

/// The resources that a place refers to, of the type that is asked for.
fn targets(check: &Check<'_, '_>, subject: &Subject<'_>, gather: &Gather, name: &str, place: &[&str]) -> Vec<String> {
    let wanted = gather.entries.get(name).and_then(|entry| entry.pointer("/filter/type")).and_then(Json::as_str);
    let mut found: Vec<String> = Vec::new();
    for value in raw(subject.properties, place, subject) {
        let id = match value.as_function() {
            Some(Function::Ref(id)) => id,
            Some(Function::GetAtt { logical_id, .. }) => logical_id,
            _ => continue,
        };
        let resource = check.template.resources.get(id);
        let fits = resource.is_some_and(|resource| wanted.is_none_or(|wanted| resource.type_name == wanted));
        if fits && !found.contains(id) {
            found.push(id.clone());
        }
    }
    found
}

/// The values as they are written at a place, through the branches of `Fn::If` that are taken.
fn raw<'v>(value: &'v Value, place: &[&str], subject: &Subject<'_>) -> Vec<&'v Value> {
    if let Some(Function::If { condition, then, otherwise }) = value.as_function() {
        return match subject.scenario.get(condition.as_str()) {
            Some(true) => raw(then, place, subject),
            Some(false) => raw(otherwise, place, subject),
            None => Vec::new(),
        };
    }
    match (place, value) {
        ([], value) => vec![value],
        (["*", rest @ ..], Value::List(items)) => items.iter().flat_map(|item| raw(item, rest, subject)).collect(),
        ([key, rest @ ..], Value::Map(entries)) => {
            entries.get(*key).map(|inner| raw(inner, rest, subject)).unwrap_or_default()
        }
        _ => Vec::new(),
    }
}

/// Puts one object together and holds it against the schema.
fn one(check: &mut Check<'_, '_>, subject: &Subject<'_>, rule: &Rule, gather: &Gather, others: &[(&str, String)]) {
    let mut object = Map::new();
    for (name, entry) in &gather.entries {
        let other = others.iter().find(|(other, _)| other == name).map(|(_, id)| id.as_str());
        if entry.get("reference").is_some() && other.is_none() {
            continue;
        }
        let mut values = Map::new();
        for (key, spec) in entry.get("properties").and_then(Json::as_object).into_iter().flatten() {
            if spec == "$type" {
                let resource = other.and_then(|id| check.template.resources.get(id));
                values.extend(resource.map(|resource| (key.clone(), Json::from(resource.type_name.to_string()))));
                continue;
            }
            let found = property(check, subject, gather, other, place_of(spec));
            let value = found.or_else(|| spec.get("default").cloned());
            values.extend(value.map(|value| (key.clone(), value)));
        }
        object.insert(name.clone(), values.into());
    }
    let object = Json::Object(object);
    let Some(schema) = resolved(&gather.schema, &object) else { return };
    let Some(compiled) = check.schemas.data.own(schema) else { return };
    for explained in compiled.errors(&object) {
        let explained = rule.told(explained);
        let [name, rest @ ..] = explained.path.as_slice() else {
            check.add(subject.finding(&explained));
            continue;
        };
        let spec = |key: &String| gather.entries.get(name)?.get("properties")?.get(key).map(place_of);
        let inner: Vec<String> = match rest {
            [key, deeper @ ..] => {
                let place = spec(key).unwrap_or(key);
                place.split('/').map(str::to_owned).chain(deeper.iter().cloned()).collect()
            }
            [] => Vec::new(),
        };
        let explained = Explained { path: inner, ..explained.clone() };
        match others.iter().find(|(other, _)| other == name) {
            None => check.add(subject.finding(&explained)),
            Some((_, id)) => elsewhere(check, subject, id, &explained),
        }
    }
}

/// Finding about the other resource.
fn elsewhere(check: &mut Check<'_, '_>, subject: &Subject<'_>, id: &str, explained: &Explained) {
    let Some(resource) = check.template.resources.get(id) else { return };
    let whole = resource.properties.to_value();
    let mut place = path(&["Resources", id, "Properties"]);
    place.extend(trace(&whole, &explained.path, subject.scenario));
    let Some(schema) = check.schemas.get(&resource.type_name) else { return };
    check.add(explained::finding(&resource.type_name, &schema, explained, &place));
}

/// `/Protocol`, or `{"path": "/Protocol"}`, without the first stroke.
fn place_of(spec: &Json) -> &str {
    let place = spec.as_str().or_else(|| spec.get("path")?.as_str()).unwrap_or_default();
    place.trim_matches('/')
}

/// A property as CloudFormation would see it; of references, where they are compared, which resource they name.
fn property(
    check: &mut Check<'_, '_>,
    subject: &Subject<'_>,
    gather: &Gather,
    other: Option<&str>,
    place: &str,
) -> Option<Json> {
    let whole = match other {
        Some(id) => check.template.resources.get(id)?.properties.to_value(),
        None => subject.properties.clone(),
    };
    let keys: Vec<&str> = place.split('/').collect();
    let found = raw(&whole, &keys, subject);
    let value = found.first()?;
    if gather.by_reference
        && let Some(Function::Ref(id)) = value.as_function()
        && check.template.resources.contains_key(id)
    {
        return Some(format!("\u{1}{id}").into());
    }
    Reader { setting: check.setting(), scenario: subject.scenario, schemas: check.schemas }.read(value)
}

/// The schema with the values that it asks for; none when one of them is not known, or of another kind.
fn resolved(schema: &Json, object: &Json) -> Option<Json> {
    match schema {
        Json::Object(entries) => {
            if let Some(pointer) = entries.get("$data").and_then(Json::as_str) {
                return object.pointer(pointer).filter(|value| !has_placeholder(value)).cloned();
            }
            if let Some(lookup) = entries.get("$lookup") {
                let key = resolved(lookup.get("key")?, object)?;
                return lookup.get("map")?.get(key.as_str()?).cloned();
            }
            let mut out = Map::new();
            for (key, value) in entries {
                match resolved(value, object) {
                    Some(value) => out.insert(key.clone(), number(key, value)?),
                    // A keyword whose value is not known asks nothing.
                    None => continue,
                };
            }
            Some(out.into())
        }
        Json::Array(items) => items.iter().map(|item| resolved(item, object)).collect(),
        other => Some(other.clone()),
    }
}

/// Limits are numbers, also where a template has them as texts.
fn number(key: &str, value: Json) -> Option<Json> {
    match (key, &value) {
        ("minimum" | "maximum" | "exclusiveMinimum", Json::String(text)) => {
            text.trim().parse::<f64>().ok().map(|number| json!(number))
        }
        _ => Some(value),
    }
}
