//! Pairs of templates of which AWS's documentation says whether the second one permits more: `broadening/pairs.json`.
//!
//! A pair has `id`; `expect`: `opens`, `narrows` or `same`; `back`, if the way back is to be held too; `doc`: the page that
//! says so; `type`, `from` and `to`: the type and the properties of one resource (`null`: there is no such resource), or,
//! without `type`, all resources.

#![allow(clippy::unwrap_used, reason = "what cannot go on fails its test")]

use std::collections::BTreeSet;

use formwork_diff::{Broadening, Diff, Registry};
use formwork_template::Template;
use serde_json::{Value, json};

fn pairs() -> Vec<Value> {
    serde_json::from_str(include_str!("broadening/pairs.json")).unwrap()
}

/// The template of one side of a pair.
fn template(pair: &Value, side: &str) -> Template {
    let resources = match (&pair["type"], &pair[side]) {
        (Value::Null, resources) => resources.clone(),
        (_, Value::Null) => json!({}),
        (type_name, properties) => json!({ "Thing": { "Type": type_name, "Properties": properties } }),
    };
    Template::from_json(&json!({ "Resources": resources }).to_string()).unwrap()
}

fn broadening(pair: &Value, from: &str, to: &str) -> Vec<Broadening> {
    Diff::between(Some(&template(pair, from)), &template(pair, to), &Registry::new()).broadening
}

#[test]
fn what_opens_is_found_and_what_narrows_is_not_called_opening() {
    let (mut openings, mut found, mut alarms, mut right) = (0, 0, 0, 0);
    let mut wrong = Vec::new();
    for pair in pairs() {
        let ways = [(&pair["expect"], "from", "to"), (&pair["back"], "to", "from")];
        for (expected, from, to) in ways.into_iter().filter(|(expected, ..)| !expected.is_null()) {
            let opens = expected == "opens";
            let told = broadening(&pair, from, to);
            openings += usize::from(opens);
            alarms += usize::from(!told.is_empty());
            found += usize::from(opens && !told.is_empty());
            right += usize::from(opens && !told.is_empty());
            if opens == told.is_empty() {
                let told: Vec<String> = told.iter().map(ToString::to_string).collect();
                wrong.push(format!("{} ({from} → {to}) {expected}: {told:?}", pair["id"]));
            }
        }
    }
    let message =
        format!("{found} of {openings} openings found, {right} of {alarms} alarms right\n{}", wrong.join("\n"));
    assert!(openings >= 60 && found * 100 >= openings * 95 && right * 100 >= alarms * 95, "{message}");
}

/// Every line that is said, for people to read.
#[test]
fn what_is_said() {
    let mut lines = String::new();
    for pair in pairs() {
        let ways = [(&pair["expect"], "from", "to"), (&pair["back"], "to", "from")];
        for (_, from, to) in ways.into_iter().filter(|(expected, ..)| !expected.is_null()) {
            for found in broadening(&pair, from, to) {
                let id = pair["id"].as_str().unwrap();
                lines.push_str(&format!("{id}: {found}\n"));
            }
        }
    }
    insta::assert_snapshot!(lines);
}

#[test]
fn the_pairs_are_many_and_apart() {
    let pairs = pairs();
    let ids: BTreeSet<String> = pairs.iter().map(|pair| pair["id"].to_string()).collect();
    let types: BTreeSet<String> = pairs.iter().map(|pair| pair["type"].to_string()).collect();
    assert_eq!(ids.len(), pairs.len());
    assert!(pairs.len() >= 120 && types.len() >= 40, "{} pairs of {} types", pairs.len(), types.len());
    for pair in &pairs {
        assert!(pair["doc"].as_str().unwrap().starts_with("https://docs.aws.amazon.com/"), "{}", pair["id"]);
    }
}

#[test]
fn nothing_is_said_of_what_did_not_change() {
    for pair in pairs() {
        for side in ["from", "to"] {
            let told: Vec<String> = broadening(&pair, side, side).iter().map(ToString::to_string).collect();
            assert_eq!(told, Vec::<String>::new(), "{} {side}", pair["id"]);
        }
    }
}
