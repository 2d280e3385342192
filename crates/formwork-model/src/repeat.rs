//! Loops of the language extensions, `Fn::ForEach`, written out, with the place of each entry in the loop that made it.
//!
//! Source: AWS CloudFormation Template Reference, "Fn::ForEach": `"Fn::ForEach::Name": [Identifier, Collection, {Key: Body}]`; in key
//! and body, `${Identifier}` is the item, `&{Identifier}` the item's letters and digits alone, and `Ref` of the identifier the item.

use std::collections::BTreeMap;

use formwork_template::{Map, Value};

use crate::evaluate::{EvalError, Evaluator, MAX_TEXT};
use crate::term::Term;

/// The beginning of the key of a loop.
pub(crate) const LOOP: &str = "Fn::ForEach::";

/// Entries that loops may make in one object; a template of 500 resources needs fewer by far.
const MAX_ENTRIES: usize = 20_000;

/// Result of writing out the loops in an object.
#[derive(Debug, Default)]
pub(crate) struct Written {
    /// The entries, those of loops in the place of the loop.
    pub(crate) entries: Map,
    /// Loops that cannot be written out, since their collection is not known or their form is wrong.
    pub(crate) open: Map,
    /// Keys of entries that a loop made, each with the place of its body in the object that was written out:
    /// `Fn::ForEach::Topics`, `2`, `Topic${Name}`.
    pub(crate) origins: BTreeMap<String, Vec<String>>,
}

/// The object with its loops written out, also those within values.
pub(crate) fn write_out(map: &Map, evaluator: &Evaluator<'_>) -> Result<Written, EvalError> {
    let mut budget = Budget { entries: 0, bytes: 0 };
    object(map, evaluator, &mut budget)
}

/// Whether a loop is in the value.
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
            written.entries.insert(key.clone(), within(value, evaluator, budget)?);
            continue;
        }
        match rounds(value, evaluator)? {
            None => _ = written.open.insert(key.clone(), value.clone()),
            Some((identifier, items, body)) => {
                for item in items {
                    let (round, keys) = body_of(identifier, &item, body);
                    round.keys().try_for_each(|key| budget.spend(key))?;
                    let round = object(&round, evaluator, budget)?;
                    for id in round.entries.keys() {
                        let within = round.origins.get(id).map_or(std::slice::from_ref(id), Vec::as_slice);
                        let Some((first, rest)) = within.split_first() else { continue };
                        let body = keys.get(first).copied().unwrap_or(first);
                        let origin = [key, "2", body].into_iter().chain(rest.iter().map(String::as_str));
                        written.origins.insert(id.clone(), origin.map(str::to_owned).collect());
                    }
                    written.entries.extend(round.entries);
                    written.open.extend(round.open);
                }
            }
        }
    }
    Ok(written)
}

/// A value with the loops in it written out; one that cannot be stays as it is.
fn within(value: &Value, evaluator: &Evaluator<'_>, budget: &mut Budget) -> Result<Value, EvalError> {
    if !is_in(value) {
        return Ok(value.clone());
    }
    Ok(match value {
        Value::Map(map) => {
            let written = object(map, evaluator, budget)?;
            Value::Map(written.entries.into_iter().chain(written.open).collect())
        }
        Value::List(items) => {
            Value::List(items.iter().map(|item| within(item, evaluator, budget)).collect::<Result<_, _>>()?)
        }
        other => other.clone(),
    })
}

/// The identifier, the items and the body of a loop.
type Rounds<'v> = (&'v str, Vec<String>, &'v Map);

/// The rounds of a loop; `None` where they are not known.
fn rounds<'v>(value: &'v Value, evaluator: &Evaluator<'_>) -> Result<Option<Rounds<'v>>, EvalError> {
    let Some([Value::String(identifier), collection, Value::Map(body)]) = value.as_list() else { return Ok(None) };
    let Term::List(items) = evaluator.value(collection)? else { return Ok(None) };
    let items: Option<Vec<String>> = items.iter().map(Term::known_text).collect();
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
