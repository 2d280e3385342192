//! One statement of a policy: who may do, or may not do, what, on which resources, if which conditions hold.

use serde_json::{Map, Value, json};

use super::conditions::Conditions;
use super::pattern::{Pattern, Term, Unknowns, union_covers};
use super::text::{Part, parts};
use super::work::Work;
use crate::value::{canonical, is_function, scalar_text};

/// The three lists of a statement, each with its opposite.
const LISTS: [(&str, &str); 3] = [("Principal", "NotPrincipal"), ("Action", "NotAction"), ("Resource", "NotResource")];

/// A statement as sets.
#[derive(Clone, Debug)]
pub(super) struct Statement {
    /// Principals, actions, resources.
    lists: [Vec<Entry>; 3],
    conditions: Conditions,
    value: Value,
}

/// One entry of a list.
#[derive(Clone, Debug)]
struct Entry {
    term: Term,
    /// The entry as the template has it; for an opposite, all of it.
    value: Value,
}

/// More combinations of entries than this are compared as a whole.
const CELLS: usize = 20_000;

impl Statement {
    /// A statement of a policy document. A function in place of a statement may be any.
    pub(super) fn new(value: &Value) -> Statement {
        if is_function(value) {
            let pattern = Pattern::literal(&[Part::Unknown(canonical(value))]);
            let entry = Entry { term: Term::Of(pattern), value: value.clone() };
            return Statement {
                lists: [vec![entry.clone()], vec![entry.clone()], vec![entry]],
                conditions: Conditions::default(),
                value: value.clone(),
            };
        }
        let lists = LISTS.map(|(name, opposite)| match (value.get(name), value.get(opposite)) {
            (Some(list), _) => entries(name, list).collect(),
            (None, Some(list)) => {
                let patterns = entries(name, list).filter_map(|entry| match entry.term {
                    Term::Of(pattern) => Some(pattern),
                    Term::AllBut(_) => None,
                });
                vec![Entry { term: Term::AllBut(patterns.collect()), value: list.clone() }]
            }
            // A policy of an identity names no principal, one of a resource may name no resource.
            (None, None) => vec![Entry { term: Term::everything(), value: Value::Null }],
        });
        Statement { lists, conditions: Conditions::new(value.get("Condition")), value: value.clone() }
    }

    /// True if a statement allows. One whose effect is not known is taken to allow, the worse of the two.
    pub(super) fn allows(value: &Value) -> bool {
        is_function(value) || value.get("Effect").and_then(scalar_text).as_deref() != Some("Deny")
    }

    /// Part of this statement beyond others of the same effect: the statement with the entries alone that they do not
    /// cover. `None` when they cover all of it.
    pub(super) fn beyond(&self, others: &[&Statement], unknowns: Unknowns, work: &Work) -> Option<Value> {
        let [principals, actions, resources] = &self.lists;
        let size = principals.len().saturating_mul(actions.len()).saturating_mul(resources.len());
        let alternatives = self.conditions.alternatives();
        let steps =
            others.iter().map(|other| self.effort().saturating_mul(other.effort())).fold(0, usize::saturating_add);
        if !work.take(steps.saturating_mul(alternatives.len())) {
            return Some(self.value.clone());
        }
        let mut left = [vec![], vec![], vec![]].map(|list: Vec<usize>| list);
        for conditions in &alternatives {
            let holding: Vec<&Statement> =
                others.iter().copied().filter(|other| other.conditions.cover(conditions, unknowns)).collect();
            if holding.iter().any(|other| other.covers_lists(&self.lists, unknowns)) {
                continue;
            }
            if size > CELLS || !work.take(size.saturating_mul(holding.len())) {
                return Some(self.value.clone());
            }
            let covering = Covering::new(&self.lists, &holding, unknowns);
            for p in 0..principals.len() {
                for a in 0..actions.len() {
                    for r in 0..resources.len() {
                        if !covering.covers([p, a, r]) {
                            for (left, place) in left.iter_mut().zip([p, a, r]) {
                                left.push(place);
                            }
                        }
                    }
                }
            }
        }
        if left[0].is_empty() && size > 0 {
            return None;
        }
        (size > 0).then(|| self.reduced(left))
    }

    /// The statement as the template has it.
    pub(super) fn value(&self) -> &Value {
        &self.value
    }

    /// Number of its entries.
    fn effort(&self) -> usize {
        self.lists.iter().map(Vec::len).sum::<usize>() + 1
    }

    fn terms(&self, list: usize) -> Vec<&Term> {
        self.lists[list].iter().map(|entry| &entry.term).collect()
    }

    fn covers_lists(&self, narrow: &[Vec<Entry>; 3], unknowns: Unknowns) -> bool {
        narrow.iter().enumerate().all(|(list, narrow)| {
            let wide = self.terms(list);
            narrow.iter().all(|entry| union_covers(&wide, &entry.term, unknowns))
        })
    }

    /// The statement with the entries at these places alone.
    fn reduced(&self, mut places: [Vec<usize>; 3]) -> Value {
        let mut map = self.value.as_object().cloned().unwrap_or_default();
        for (list, ((name, _), places)) in self.lists.iter().zip(LISTS.iter().zip(&mut places)) {
            places.sort_unstable();
            places.dedup();
            if places.len() == list.len() || !map.contains_key(*name) {
                continue;
            }
            let kept: Vec<&Value> =
                places.iter().filter_map(|place| list.get(*place)).map(|entry| &entry.value).collect();
            map.insert((*name).to_owned(), if *name == "Principal" { merged(&kept) } else { one_or_many(&kept) });
        }
        if map.is_empty() { self.value.clone() } else { Value::Object(map) }
    }
}

/// One text for statements that differ in nothing but their names and the order of their lists.
pub(super) fn text(value: &Value) -> String {
    let Some(map) = value.as_object().filter(|_| !is_function(value)) else { return canonical(value) };
    let is_list = |name: &str| LISTS.iter().any(|(one, opposite)| name == *one || name == *opposite);
    let mut parts: Vec<String> = Vec::with_capacity(map.len());
    for (name, item) in map.iter().filter(|(name, _)| *name != "Sid") {
        let text = match item {
            Value::Array(items) if is_list(name) => {
                let mut texts: Vec<String> = items.iter().map(canonical).collect();
                texts.sort_unstable();
                texts.join(",")
            }
            other => canonical(other),
        };
        parts.push(format!("{name} {text}"));
    }
    parts.sort_unstable();
    parts.join(";")
}

/// The other statements that cover each entry of a statement's lists.
struct Covering<'a> {
    lists: &'a [Vec<Entry>; 3],
    others: &'a [&'a Statement],
    /// By list, by entry: a word for each other statement.
    covered: [Vec<Vec<bool>>; 3],
    unknowns: Unknowns,
}

impl<'a> Covering<'a> {
    fn new(lists: &'a [Vec<Entry>; 3], others: &'a [&'a Statement], unknowns: Unknowns) -> Covering<'a> {
        let covered = [0, 1, 2].map(|list: usize| {
            let entry = |entry: &Entry| {
                let covers = |other: &&Statement| union_covers(&other.terms(list), &entry.term, unknowns);
                others.iter().map(covers).collect()
            };
            lists[list].iter().map(entry).collect()
        });
        Covering { lists, others, covered, unknowns }
    }

    /// True if the others cover one principal's one action on one resource: one of them each part, or several together one
    /// part and each of them the rest.
    fn covers(&self, cell: [usize; 3]) -> bool {
        let says = |list: usize, other: usize| self.covered[list][cell[list]][other];
        let others = 0..self.others.len();
        if others.clone().any(|other| (0..3).all(|list| says(list, other))) {
            return true;
        }
        (0..3).any(|list| {
            let wide: Vec<&Term> = others
                .clone()
                .filter(|other| (0..3).all(|place| place == list || says(place, *other)))
                .flat_map(|other| self.others[other].terms(list))
                .collect();
            // Patterns cover together what one of them covers; with an opposite, they may cover more.
            wide.len() > 1
                && wide.iter().any(|term| matches!(term, Term::AllBut(_)))
                && union_covers(&wide, &self.lists[list][cell[list]].term, self.unknowns)
        })
    }
}

/// The entries of a list, one by one.
fn entries<'a>(name: &'a str, list: &'a Value) -> Box<dyn Iterator<Item = Entry> + 'a> {
    match (name, list) {
        (_, Value::Null) => Box::new(std::iter::empty()),
        ("Principal", _) => Box::new(principals(list).into_iter()),
        (_, Value::Array(items)) => Box::new(items.iter().flat_map(move |item| entries(name, item))),
        (_, one) => {
            let pattern = Pattern::new(&parts(one).unwrap_or_else(|| vec![Part::Unknown(canonical(one))]));
            // IAM compares actions without regard to case.
            let mut pattern = if name == "Action" { pattern.folded() } else { pattern };
            if name == "Action" && pattern == Pattern::of("*:*") {
                pattern = Pattern::of("*");
            }
            Box::new(std::iter::once(Entry { term: Term::Of(pattern), value: one.clone() }))
        }
    }
}

fn principals(value: &Value) -> Vec<Entry> {
    let entry = |pattern, value| Entry { term: Term::Of(pattern), value };
    match value {
        Value::Object(kinds) if !is_function(value) => {
            let one = |kind: &str, item: &Value| entry(principal(kind, item), json!({ kind: item }));
            kinds
                .iter()
                .flat_map(|(kind, items)| match items {
                    Value::Array(items) => {
                        items.iter().filter(|item| !item.is_null()).map(|item| one(kind, item)).collect()
                    }
                    item => vec![one(kind, item)],
                })
                .collect()
        }
        Value::Array(items) => items.iter().flat_map(principals).collect(),
        // Everybody, as `*`; the resources that take a principal as a text take accounts and services in the same way.
        item => {
            let text = scalar_text(item);
            let kind = if text.is_some_and(|text| text.ends_with(".amazonaws.com")) { "Service" } else { "AWS" };
            vec![entry(principal(kind, item), item.clone())]
        }
    }
}

/// A principal as a pattern. An account, its number and its root are one: all of its principals, as the account decides.
fn principal(kind: &str, value: &Value) -> Pattern {
    let mut found = parts(value).unwrap_or_else(|| vec![Part::Unknown(canonical(value))]);
    if kind != "AWS" {
        found.insert(0, Part::Known(format!("{kind}:")));
        return Pattern::new(&found);
    }
    let own = || Part::Unknown("AWS::AccountId".to_owned());
    let arn = |account: Part, rest: &str| {
        vec![Part::Known("arn:aws:iam::".to_owned()), account, Part::Known(rest.to_owned())]
    };
    found = match found.as_slice() {
        [Part::Known(text)] if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) => {
            arn(Part::Known(text.clone()), ":*")
        }
        [account] if *account == own() => arn(own(), ":*"),
        // A role or a user of the same template is one of the stack's own account.
        [Part::Unknown(name)] if name.ends_with(".Arn") => {
            let mut found = arn(own(), ":");
            found.push(Part::Unknown(name.clone()));
            found
        }
        [.., Part::Known(last)] if last.ends_with(":root") => {
            let mut account = found.clone();
            if let Some(Part::Known(last)) = account.last_mut() {
                last.truncate(last.len() - "root".len());
                last.push('*');
            }
            account
        }
        _ => found,
    };
    if let Some(Part::Known(first)) = found.first_mut()
        && let Some(rest) = first.strip_prefix("arn:aws:sts::")
    {
        *first = format!("arn:aws:iam::{rest}");
    }
    Pattern::new(&found)
}

fn one_or_many(values: &[&Value]) -> Value {
    match values {
        [one] => (*one).clone(),
        many => many.iter().map(|value| (*value).clone()).collect(),
    }
}

/// Principals by kind, as a policy lists them.
fn merged(values: &[&Value]) -> Value {
    let mut kinds = Map::new();
    for value in values {
        let Some(map) = value.as_object().filter(|_| !is_function(value)) else { return one_or_many(values) };
        for (kind, item) in map {
            match kinds.get_mut(kind) {
                None => {
                    kinds.insert(kind.clone(), item.clone());
                }
                Some(Value::Array(items)) => items.push(item.clone()),
                Some(one) => *one = json!([one, item]),
            }
        }
    }
    Value::Object(kinds)
}
