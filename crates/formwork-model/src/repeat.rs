//! Loops of the language extensions, `Fn::ForEach`, written out, with the place of each entry in the loop that made it.
//!
//! Source: AWS CloudFormation Template Reference, "Fn::ForEach": `"Fn::ForEach::Name": [Identifier, Collection, {Key: Body}]`; in key
//! and body, `${Identifier}` is the item, `&{Identifier}` the item's letters and digits alone, and `Ref` of the identifier the item.

use std::collections::BTreeMap;

use formwork_template::{Map, Value};

use crate::evaluate::{EvalError, Evaluator, MAX_TEXT};
use crate::term::Term;

/// The beginning of the key of a loop.
pub const LOOP: &str = "Fn::ForEach::";

/// Entries that loops may make in one object; a template of 500 resources needs fewer by far.
const MAX_ENTRIES: usize = 20_000;

/// Result of writing out the loops in an object.
#[derive(Debug, Default)]
pub(crate) struct Written {
    /// The entries, those of loops in the place of the loop.
    pub(crate) entries: Map,
    /// Loops that cannot be written out, since their collection is not known or their form is wrong.
    pub(crate) open: Map,
    pub(crate) origins: Origins,
}

/// Origins of entries that loops made, as paths from the object that was written out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Origins {
    /// Paths of entries that a loop made, each with the path of its body: `Fn::ForEach::Topics`, `2`, `Topic${Name}`. What is below
    /// an entry is not listed.
    pub bodies: BTreeMap<Vec<String>, Vec<String>>,
    /// Paths of bodies that make an entry which is there already, with the path of the first one. The last one made holds.
    pub repeated: BTreeMap<Vec<String>, Vec<String>>,
}

impl Origins {
    /// Adds those of an object at `root`.
    pub(crate) fn note(&mut self, root: &[impl AsRef<str>], within: &Origins) {
        let root = root.iter().map(|key| key.as_ref().to_owned());
        let path = |rest: &[String]| root.clone().chain(rest.iter().cloned()).collect::<Vec<String>>();
        self.bodies.extend(within.bodies.iter().map(|(made, body)| (path(made), path(body))));
        self.repeated.extend(within.repeated.iter().map(|(body, made)| (path(body), path(made))));
    }

    /// Keeps that the entry was there when a loop made it.
    pub(crate) fn note_repeated(&mut self, made: &[String]) {
        if let Some(body) = self.bodies.get(made) {
            self.repeated.entry(body.clone()).or_insert_with(|| made.to_vec());
        }
    }
}

/// The object with its loops written out, also those within values.
pub(crate) fn write_out(map: &Map, evaluator: &Evaluator<'_>) -> Result<Written, EvalError> {
    let mut budget = Budget { entries: 0, bytes: 0 };
    object(map, evaluator, &mut budget)
}

/// True if a loop is in the value.
pub(crate) fn is_in(value: &Value) -> bool {
    match value {
        Value::Map(map) => map.iter().any(|(key, item)| key.starts_with(LOOP) || is_in(item)),
        Value::List(items) => items.iter().any(is_in),
        Value::Function(function) => function.arguments().into_iter().any(is_in),
        _ => false,
    }
}

struct Budget {
    entries: usize,
    bytes: usize,
}

impl Budget {
    fn spend(&mut self, key: &str) -> Result<(), EvalError> {
        self.entries += 1;
        self.bytes += key.len();
        if self.entries > MAX_ENTRIES || self.bytes > MAX_TEXT { Err(EvalError::TooLarge) } else { Ok(()) }
    }
}

fn object(map: &Map, evaluator: &Evaluator<'_>, budget: &mut Budget) -> Result<Written, EvalError> {
    let mut written = Written::default();
    for (key, value) in map {
        if !key.starts_with(LOOP) {
            let value = within(value, evaluator, budget, &mut vec![key.clone()], &mut written.origins)?;
            if written.entries.insert(key.clone(), value).is_some() {
                written.origins.note_repeated(std::slice::from_ref(key));
            }
            continue;
        }
        match rounds(value, evaluator)? {
            None => _ = written.open.insert(key.clone(), value.clone()),
            Some((identifier, items, body)) => {
                for item in items {
                    let (round, keys) = body_of(identifier, &item, body);
                    round.keys().try_for_each(|key| budget.spend(key))?;
                    let round = object(&round, evaluator, budget)?;
                    let origin = |path: &[String]| {
                        let spelled =
                            |first: &String| keys.get(first).map_or_else(|| first.clone(), |own| (*own).to_owned());
                        let within = path.iter().take(1).map(spelled).chain(path.iter().skip(1).cloned());
                        [key.clone(), "2".to_owned()].into_iter().chain(within).collect::<Vec<String>>()
                    };
                    let bodies = &mut written.origins.bodies;
                    bodies.extend(round.entries.keys().map(|id| (vec![id.clone()], origin(std::slice::from_ref(id)))));
                    // The origins of entries that an inner loop made are there already.
                    bodies.extend(round.origins.bodies.iter().map(|(made, body)| (made.clone(), origin(body))));
                    let repeated = round.origins.repeated.iter().map(|(body, made)| (origin(body), made.clone()));
                    written.origins.repeated.extend(repeated);
                    for (id, value) in round.entries {
                        let made = [id.clone()];
                        if written.entries.insert(id, value).is_some() {
                            written.origins.note_repeated(&made);
                        }
                    }
                    written.open.extend(round.open);
                }
            }
        }
    }
    Ok(written)
}

/// A value with the loops in it written out; one that cannot be stays as it is. `path` is the value's own.
fn within(
    value: &Value,
    evaluator: &Evaluator<'_>,
    budget: &mut Budget,
    path: &mut Vec<String>,
    all: &mut Origins,
) -> Result<Value, EvalError> {
    if !is_in(value) {
        return Ok(value.clone());
    }
    Ok(match value {
        Value::Map(map) => {
            let written = object(map, evaluator, budget)?;
            all.note(path, &written.origins);
            Value::Map(written.entries.into_iter().chain(written.open).collect())
        }
        Value::List(items) => {
            let mut all_items = Vec::with_capacity(items.len());
            for (index, item) in items.iter().enumerate() {
                path.push(index.to_string());
                all_items.push(within(item, evaluator, budget, path, all)?);
                path.pop();
            }
            Value::List(all_items)
        }
        other => other.clone(),
    })
}

/// The identifier, the items and the body of a loop.
type Rounds<'v> = (&'v str, Vec<String>, &'v Map);

/// The rounds of a loop; `None` where they are not known.
fn rounds<'v>(value: &'v Value, evaluator: &Evaluator<'_>) -> Result<Option<Rounds<'v>>, EvalError> {
    let Some([Value::String(identifier), collection, Value::Map(body)]) = value.as_list() else { return Ok(None) };
    let collection = evaluator.value(collection);
    let known = match &collection {
        Ok(Term::List(items)) => items.iter().map(Term::known_text).collect::<Option<Vec<String>>>(),
        _ => None,
    };
    let items = known.or_else(|| evaluator.known.items(identifier, &collection));
    if items.is_none() {
        collection?;
    }
    Ok(items.map(|items| (identifier.as_str(), items, body)))
}

/// The body for one item, and the keys that its own keys are spelled by in the loop.
fn body_of<'b>(identifier: &str, item: &str, body: &'b Map) -> (Map, BTreeMap<String, &'b str>) {
    let plain: String = item.chars().filter(char::is_ascii_alphanumeric).collect();
    let (whole, letters) = (format!("${{{identifier}}}"), format!("&{{{identifier}}}"));
    let text = |text: &str| {
        if text.contains(&whole) || text.contains(&letters) {
            text.replace(&whole, item).replace(&letters, &plain)
        } else {
            text.to_owned()
        }
    };
    let name = |name: &str| (name == identifier).then(|| Value::String(item.to_owned()));
    let keys = body.keys().map(|key| (text(key), key.as_str())).collect();
    (body.iter().map(|(key, value)| (text(key), value.substituted(&text, &name))).collect(), keys)
}
