//! Rules of web ACLs and the sets of addresses that they use: what is no longer kept out, and what is newly let in.

use std::collections::BTreeSet;

use serde_json::Value;

use super::address::{Blocks, Family, Range, cidr};
use super::documents::item_at;
use super::found::{Broadening, BroadeningKind};
use super::sides::{Resource, Sides, as_list};
use super::text::referred;
use super::traffic::spelling;
use super::work::Work;
use crate::path::Path;
use crate::value::{canonical, is_function, same};

const TYPES: [&str; 2] = ["AWS::WAFv2::WebACL", "AWS::WAFv2::RuleGroup"];
/// Steps that a comparison of two rules counts as.
const EFFORT: usize = 16;
const SET: &str = "AWS::WAFv2::IPSet";

/// Adds what web ACLs let through that they kept out.
pub(super) fn find(sides: &Sides<'_>, found: &mut Vec<Broadening>) {
    for resource in sides.changed_new() {
        let Some(before) = sides.before(resource.id).filter(|before| before.type_name == resource.type_name) else {
            continue;
        };
        if TYPES.contains(&resource.type_name) {
            rules(before, resource, sides.work, found);
        } else if resource.type_name == SET {
            addresses(before, resource, sides, found);
        }
    }
}

fn all<'a>(resource: &'a Resource<'_>) -> Vec<&'a Value> {
    resource.properties().get("Rules").map(as_list).unwrap_or_default()
}

/// True if a rule keeps out what it matches: by its own action, or by those of the group that it names.
fn blocks(rule: &Value) -> bool {
    let has = |field: &str, names: &[&str]| {
        rule.get(field).and_then(Value::as_object).is_some_and(|map| names.iter().any(|name| map.contains_key(*name)))
    };
    has("Action", &["Block", "Captcha", "Challenge"]) || has("OverrideAction", &["None"])
}

fn allows(rule: &Value) -> bool {
    rule.get("Action").and_then(|action| action.get("Allow")).is_some()
}

fn statement(rule: &Value) -> &Value {
    rule.get("Statement").unwrap_or(&Value::Null)
}

fn rules(before: &Resource<'_>, after: &Resource<'_>, work: &Work, found: &mut Vec<Broadening>) {
    let (old, new) = (all(before), all(after));
    // An unchanged rule is compared with itself first, and most rules are unchanged.
    let written = |rules: &[&Value]| rules.iter().map(|rule| canonical(rule)).collect::<BTreeSet<String>>();
    let (old_written, new_written) = (written(&old), written(&new));
    let is_unchanged = |rule: &Value| {
        let text = canonical(rule);
        old_written.contains(&text) && new_written.contains(&text)
    };
    let mut add = |index: usize, rule: &Value, says: &'static str, is_certain: bool| {
        let place = after.place(Path::default().name("Rules").with(item_at(index)));
        let broadening = Broadening::new(&place, BroadeningKind::Open, rule.clone());
        found.push(Broadening { says: Some(says), is_certain, ..broadening });
    };
    for (index, rule) in old.iter().enumerate().filter(|(_, rule)| blocks(rule) && !is_unchanged(rule)) {
        if work.take(new.len() * EFFORT)
            && new.iter().any(|new| blocks(new) && matches_more(statement(new), statement(rule)))
        {
            continue;
        }
        // A rule of the same name that still blocks may block more or less.
        let is_certain = !new.iter().any(|new| blocks(new) && new.get("Name") == rule.get("Name"))
            || statement(rule).get("RateBasedStatement").is_some();
        add(index, rule, "requests through that a rule blocked", is_certain);
    }
    let defaults_to_allow = |resource: &Resource<'_>| {
        resource.properties().get("DefaultAction").is_some_and(|action| action.get("Allow").is_some())
    };
    if defaults_to_allow(before) && !old.iter().any(|rule| blocks(rule)) {
        return;
    }
    for (index, rule) in new.iter().enumerate().filter(|(_, rule)| allows(rule) && !is_unchanged(rule)) {
        if !work.take(old.len() * EFFORT)
            || !old.iter().any(|old| allows(old) && matches_more(statement(old), statement(rule)))
        {
            add(index, rule, "requests through by a rule", true);
        }
    }
}

/// True if a statement matches each request that another one does.
fn matches_more(wide: &Value, narrow: &Value) -> bool {
    match (wide, narrow) {
        (Value::Object(wide_map), Value::Object(narrow_map)) if !is_function(wide) && !is_function(narrow) => {
            let names: BTreeSet<&String> = wide_map.keys().chain(narrow_map.keys()).collect();
            names.into_iter().all(|name| {
                let (wide, narrow) = (wide_map.get(name), narrow_map.get(name));
                match (name.as_str(), wide, narrow) {
                    // Fewer requests are too many.
                    ("Limit", Some(wide), Some(narrow)) => {
                        number(wide).zip(number(narrow)).is_some_and(|(wide, narrow)| wide <= narrow)
                    }
                    // Each item matches by itself.
                    ("CountryCodes" | "RegexString" | "KeywordList", Some(wide), Some(narrow)) => {
                        includes(wide, narrow)
                    }
                    ("OrStatement", Some(wide), Some(narrow)) => includes(
                        wide.get("Statements").unwrap_or(&Value::Null),
                        narrow.get("Statements").unwrap_or(&Value::Null),
                    ),
                    // Rules of a group that only count, or are left out.
                    ("ExcludedRules" | "RuleActionOverrides", wide, narrow) => {
                        includes(narrow.unwrap_or(&Value::Null), wide.unwrap_or(&Value::Null))
                    }
                    ("ScopeDownStatement", None, Some(_)) => true,
                    ("NotStatement", Some(wide), Some(narrow)) => same(wide, narrow),
                    (_, Some(wide), Some(narrow)) => matches_more(wide, narrow),
                    _ => false,
                }
            })
        }
        _ => same(wide, narrow),
    }
}

fn number(value: &Value) -> Option<f64> {
    crate::value::scalar_text(value)?.parse().ok()
}

fn includes(wide: &Value, narrow: &Value) -> bool {
    let wide = as_list(wide);
    as_list(narrow).into_iter().all(|item| wide.iter().any(|other| matches_more(other, item)))
}

/// More addresses in a set that a rule lets in, or fewer in one that a rule blocks. Of a set that no rule of the template
/// uses, it is not known which of the two it is for: nothing is said.
fn addresses(before: &Resource<'_>, after: &Resource<'_>, sides: &Sides<'_>, found: &mut Vec<Broadening>) {
    let users: Vec<&Value> =
        sides.new.iter().filter(|resource| TYPES.contains(&resource.type_name)).flat_map(all).collect();
    let uses = |rule: &&&Value| mentions(statement(rule), after.id);
    let (mut lets_in, mut keeps_out) = (false, false);
    for rule in users.iter().filter(uses) {
        let is_negated = statement(rule).get("NotStatement").is_some();
        lets_in |= allows(rule) != is_negated && (allows(rule) || blocks(rule));
        keeps_out |= blocks(rule) != is_negated && (allows(rule) || blocks(rule));
    }
    let blocks_of = |resource: &Resource<'_>| -> Vec<(Value, Option<(Family, Range)>)> {
        let items = resource.properties().get("Addresses").map(as_list).unwrap_or_default();
        items.into_iter().map(|item| (item.clone(), cidr(&spelling(item)))).collect()
    };
    let (old, new) = (blocks_of(before), blocks_of(after));
    let mut add = |wide: &[(Value, Option<(Family, Range)>)], narrow: &[(Value, Option<(Family, Range)>)], says| {
        let known = Blocks::new(wide.iter().filter_map(|(_, block)| *block));
        let unknown: BTreeSet<String> = wide.iter().map(|(other, _)| canonical(other)).collect();
        for (value, block) in narrow {
            let is_known = match block {
                Some((family, range)) => known.contain(*family, *range),
                None => unknown.contains(&canonical(value)),
            };
            if !is_known {
                let place = after.place(Path::default().name("Addresses"));
                let broadening = Broadening::new(&place, BroadeningKind::Open, value.clone());
                found.push(Broadening { says: Some(says), is_certain: block.is_some(), ..broadening });
            }
        }
    };
    if lets_in {
        add(&old, &new, "requests through from more addresses");
    }
    if keeps_out {
        add(&new, &old, "requests through from addresses that a rule blocked");
    }
}

/// True for a value that refers to the resource `id`.
fn mentions(value: &Value, id: &str) -> bool {
    if is_function(value) {
        return referred(value).as_deref() == Some(id);
    }
    match value {
        Value::Array(items) => items.iter().any(|item| mentions(item, id)),
        Value::Object(map) => map.values().any(|item| mentions(item, id)),
        _ => false,
    }
}
