//! The schemas of `schemas/extensions/`, each unpacked and compiled when a template first needs it.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use formwork_schema::extensions::{self, Row, Runtime, Text};
use serde_json::{Map, Value, json};

use super::table::{self, Rule, Table};
use crate::placeholder::placeholder;
use crate::schema::{Compiled, text, texts};

/// The file of the rules whose schemas are this crate's own.
const OWN: &str = "own";

/// Data that was unpacked and compiled so far.
#[derive(Default)]
pub(crate) struct Store {
    table: Option<Arc<Table>>,
    texts: BTreeMap<&'static str, Arc<Text>>,
    regions: BTreeMap<&'static str, Arc<Vec<String>>>,
    branches: BTreeMap<String, Arc<Branches>>,
    compiled: BTreeMap<String, Arc<Compiled>>,
    actions: Option<Arc<Actions>>,
    runtimes: BTreeMap<String, Option<Runtime>>,
}

/// The actions of each service of IAM, as they are written; the services in lower case.
pub(crate) type Actions = BTreeMap<String, Vec<String>>;

/// A schema that is a list of conditions, of one region.
#[derive(Default)]
struct Branches {
    /// Each condition, and the number of the schema that holds then.
    branches: Vec<(Value, usize)>,
    /// The properties that the conditions and schemas are about; none when it is not about properties alone.
    about: BTreeSet<String>,
}

impl Store {
    pub(crate) fn table(&mut self) -> Arc<Table> {
        self.table.get_or_insert_with(|| Arc::new(table::read())).clone()
    }

    pub(crate) fn actions(&mut self) -> Arc<Actions> {
        let read = || {
            let text = extensions::actions();
            let services = text.lines().filter_map(|line| line.split_once('\t'));
            services
                .map(|(service, actions)| (service.to_owned(), actions.split(' ').map(str::to_owned).collect()))
                .collect()
        };
        self.actions.get_or_insert_with(|| Arc::new(read())).clone()
    }

    /// Days in the life of a runtime of Lambda.
    pub(crate) fn runtime(&mut self, name: &str) -> Option<Runtime> {
        if let Some(known) = self.runtimes.get(name) {
            return known.clone();
        }
        self.runtimes.entry(name.to_owned()).or_insert(extensions::runtime(name)).clone()
    }

    fn text(&mut self, file: &'static str) -> Arc<Text> {
        self.texts.entry(file).or_insert_with(|| Arc::new(text_of(file).unwrap_or_default())).clone()
    }

    /// The regions that have a schema of their own; none when it is the same everywhere.
    pub(crate) fn regions(&mut self, rule: &Rule) -> Arc<Vec<String>> {
        if let Some(known) = self.regions.get(rule.schema) {
            return known.clone();
        }
        let text = self.text(rule.file);
        let mut regions: Vec<String> = text.rows(rule.entry).filter_map(|row| row.region).map(str::to_owned).collect();
        regions.dedup();
        self.regions.entry(rule.schema).or_insert(Arc::new(regions)).clone()
    }

    /// The schema of an entry that is one schema everywhere.
    pub(crate) fn whole(&mut self, rule: &Rule) -> Option<Arc<Compiled>> {
        if let Some(known) = self.compiled.get(rule.schema) {
            return Some(known.clone());
        }
        let text = self.text(rule.file);
        let row = text.rows(rule.entry).next().filter(|row| row.region.is_none() && row.condition.is_none())?;
        self.compiled(rule.schema.to_owned(), || serde_json::from_str(row.schema).ok())
    }

    /// The schema that this value is held against: of a schema that is a list of conditions, those that may concern it.
    pub(crate) fn schema(&mut self, rule: &Rule, region: Option<&str>, value: &Value) -> Option<Arc<Compiled>> {
        if region.is_none()
            && let Some(whole) = self.whole(rule)
        {
            return Some(whole);
        }
        let key = format!("{} {}", rule.schema, region.unwrap_or_default());
        if let Some(known) = self.compiled.get(&key) {
            return Some(known.clone());
        }
        let text = self.text(rule.file);
        let row = text.rows(rule.entry).find(|row| row.region == region)?;
        if row.condition.is_none() {
            return self.compiled(key, || serde_json::from_str(row.schema).ok());
        }
        let branches = self.branches(&key, text.rows(rule.entry).filter(|row| row.region == region));
        // Values that are equal in the properties that matter are checked by one schema, which is made once. Of an unknown value,
        // only its kind matters.
        let matters = |value: &Value| match placeholder(value) {
            Some(kind) => json!({ "unknown": format!("{kind:?}") }),
            None => value.clone(),
        };
        let projection: Map<String, Value> =
            branches.about.iter().filter_map(|name| Some((name.clone(), matters(value.get(name)?)))).collect();
        let key = format!("{key} {}", Value::Object(projection));
        if let Some(known) = self.compiled.get(&key) {
            return Some(known.clone());
        }
        let mut definitions = Map::new();
        let mut concerned = Vec::new();
        for (condition, number) in &branches.branches {
            if may_hold(condition, value) && self.own(condition.clone()).is_none_or(|schema| schema.holds(value)) {
                if let serde_json::map::Entry::Vacant(place) = definitions.entry(number.to_string()) {
                    let row = text.rows(rule.entry).find(|row| row.number == *number)?;
                    place.insert(serde_json::from_str(row.schema).ok()?);
                }
                concerned.push(json!({ "if": condition, "then": { "$ref": format!("#/definitions/{number}") } }));
            }
        }
        self.compiled(key, || Some(json!({ "definitions": definitions, "allOf": concerned })))
    }

    /// The properties that a list of conditions is about.
    pub(crate) fn about(&mut self, rule: &Rule, region: Option<&str>) -> Vec<String> {
        let key = format!("{} {}", rule.schema, region.unwrap_or_default());
        self.branches.get(&key).map(|branches| branches.about.iter().cloned().collect()).unwrap_or_default()
    }

    fn branches<'t>(&mut self, key: &str, rows: impl Iterator<Item = Row<'t>>) -> Arc<Branches> {
        if let Some(known) = self.branches.get(key) {
            return known.clone();
        }
        let mut found = Branches::default();
        for row in rows {
            let Some(condition) = row.condition.and_then(|text| serde_json::from_str::<Value>(text).ok()) else {
                continue;
            };
            let properties = condition.get("properties").and_then(Value::as_object).into_iter().flatten();
            found.about.extend(properties.map(|(name, _)| name.clone()));
            found.about.extend(condition.get("required").map(texts).unwrap_or_default());
            found.branches.push((condition, row.number));
        }
        self.branches.entry(key.to_owned()).or_insert(Arc::new(found)).clone()
    }

    /// A document's schema, such as that of a state machine.
    pub(crate) fn document(&mut self, name: &'static str, make: impl Fn(Value) -> Value) -> Option<Arc<Compiled>> {
        let text = self.text("documents");
        self.compiled(format!("documents/{name}"), || {
            let base = name.split(' ').next().unwrap_or_default();
            Some(make(serde_json::from_str(text.rows(base).next()?.schema).ok()?))
        })
    }

    /// A schema that was put together from values of the template.
    pub(crate) fn own(&mut self, schema: Value) -> Option<Arc<Compiled>> {
        self.compiled(schema.to_string(), || Some(schema))
    }

    fn compiled(&mut self, key: String, make: impl FnOnce() -> Option<Value>) -> Option<Arc<Compiled>> {
        match self.compiled.entry(key) {
            Entry::Occupied(known) => Some(known.get().clone()),
            Entry::Vacant(place) => Some(place.insert(Arc::new(Compiled::of(make()?))).clone()),
        }
    }
}

/// A file of the data, or the schemas of `own.json` in its form.
pub(super) fn text_of(file: &str) -> Option<Text> {
    if file != OWN {
        return extensions::text(file);
    }
    let own: Map<String, Value> = serde_json::from_str(include_str!("own.json")).ok()?;
    Some(Text::of(own.iter().map(|(name, schema)| format!("{name}\t-\t{schema}\n")).collect()))
}

/// True if a condition can ask for its schema, as far as it can be seen without compiling it: by the properties that it needs, and by
/// the words that it allows for them. An unknown value may be another word, so a condition on its words never asks.
fn may_hold(condition: &Value, value: &Value) -> bool {
    let Some(entries) = value.as_object().filter(|_| placeholder(value).is_none()) else { return true };
    let required = condition.get("required").and_then(Value::as_array).into_iter().flatten();
    if required.filter_map(Value::as_str).any(|name| !entries.contains_key(name)) {
        return false;
    }
    let properties = condition.get("properties").and_then(Value::as_object).into_iter().flatten();
    properties.filter_map(|(name, schema)| Some((schema, entries.get(name)?))).all(|(schema, value)| {
        if placeholder(value).is_some() {
            return !["const", "enum", "pattern"].iter().any(|keyword| schema.get(keyword).is_some());
        }
        if value.is_object() || value.is_array() {
            return true;
        }
        let listed = schema.get("enum").and_then(Value::as_array).map(Vec::as_slice);
        let options = listed.or_else(|| schema.get("const").map(std::slice::from_ref));
        options.is_none_or(|options| options.iter().any(|option| text(option) == text(value)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::placeholder::{Kind, placeholder_of};

    #[test]
    fn every_schema_compiles() {
        let mut failed = Vec::new();
        let mut judge = |name: &str, schema: &str| {
            let schema = serde_json::from_str(schema).expect("JSON");
            failed.extend(Compiled::of(schema).failure().map(|why| format!("{name}: {why}")));
        };
        for (rule, _) in table::read().values().flatten() {
            let text = text_of(rule.file).expect("a file");
            let mut seen = BTreeSet::new();
            for row in text.rows(rule.entry) {
                judge(rule.schema, row.condition.unwrap_or("true"));
                // A schema with `cfnGather` is compiled when its values are known.
                if seen.insert(row.number) && !row.schema.contains("cfnGather") {
                    judge(rule.schema, row.schema);
                }
            }
        }
        assert_eq!(failed, Vec::<String>::new());
    }

    #[test]
    fn conditions_that_cannot_hold_are_not_compiled() {
        let condition =
            json!({"properties": {"Engine": {"const": "mysql"}, "Class": {"type": "string"}}, "required": ["Engine"]});
        assert!(may_hold(&condition, &json!({"Engine": "mysql"})));
        assert!(!may_hold(&condition, &json!({"Engine": "postgres"})));
        assert!(!may_hold(&condition, &json!({"Class": "db.t3.micro"})));
        assert!(may_hold(&condition, &json!("text")));
        let unknown = placeholder_of(Kind::Text, "Engine");
        assert!(!may_hold(&condition, &json!({"Engine": unknown})));
        assert!(may_hold(&condition, &json!({"Engine": "mysql", "Class": unknown})));
    }
}
