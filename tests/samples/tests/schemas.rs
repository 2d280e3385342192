//! Any value of a generated type that can be built serializes to properties that pass the schema of its type, as far as types
//! promise it.
//!
//! Types promise: no property that there is not, none missing that is required, each of its type, and of a text with listed
//! values one of them. They do not promise patterns, lengths, ranges, formats, the keys of maps, which numbers are taken, and what goes
//! together with what. What remains is counted by that, in a snapshot.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use formwork_samples::{ANYTHING, Choices, KEY, SERVICES, Type};
use formwork_schema::ir::Resource;
use formwork_template::{JsonWriter, Lowering, Style, Template};
use formwork_validate::finding::{Finding, rule};
use formwork_validate::{Options, Validator};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use serde_json::{Value, json};

/// Places where a schema lists values for one place of a list, which no type of the list's items can: type, path, why.
const NARROWER: &[(&str, &str, &str)] = &[
    (
        "AWS::DynamoDB::GlobalTable",
        "KeySchema.*.KeyType",
        "the first key is the partition key, the second the sort key",
    ),
    ("AWS::DynamoDB::GlobalTable", "LocalSecondaryIndexes.*.KeySchema.*.KeyType", "as for the table"),
    ("AWS::DynamoDB::Table", "KeySchema.*.KeyType", "the same; and the schema lists the values for places only"),
    ("AWS::DynamoDB::Table", "LocalSecondaryIndexes.*.KeySchema.*.KeyType", "as for the table"),
];

fn types() -> impl Iterator<Item = &'static Type> {
    SERVICES.iter().copied().flatten()
}

fn properties(of: &Type, choices: &mut Choices) -> Value {
    let lowering = Lowering::default();
    let mut out = JsonWriter::new(Style::Compact, &lowering);
    (of.build)(choices).write(&mut out);
    serde_json::from_str(&out.finish().text).expect("L1 values write JSON")
}

/// The full samples of a type: every alternative and every value is in one of them.
fn full(of: &Type) -> Vec<Value> {
    let mut samples = Vec::new();
    let mut most = 1;
    while samples.len() < most {
        let mut choices = Choices::full(samples.len());
        samples.push(properties(of, &mut choices));
        // Another alternative may have more to choose from inside.
        most = most.max(choices.most());
    }
    samples
}

fn findings(validator: &mut Validator, of: &Type, properties: &Value) -> Vec<Finding> {
    let template = json!({"Resources": {
        ANYTHING: {"Type": "Custom::Anything", "Properties": {"ServiceToken": "arn:aws:sns:us-east-1:123456789012:topic"}},
        "Sample": {"Type": of.name, "Properties": properties},
    }});
    let template = Template::from_json(&template.to_string()).expect("a template");
    validator.validate(&template, &Options::default())
}

/// True if the finding is of the registry's schema of the type, and not of what else is known of its values.
fn is_of_schema(validator: &mut Validator, of: &Type, properties: &Value, finding: &Finding) -> bool {
    let of_schema = validator.validate_properties(of.name, properties, "");
    of_schema.iter().any(|one| one.message == finding.message && Some(one.path.as_slice()) == finding.path.get(3..))
}

/// The part that types do not promise, and a finding names; an error if they do.
fn not_promised(of: &Type, finding: &Finding) -> Result<&'static str, String> {
    let path = finding.path.get(3..).unwrap_or_default();
    let allowed = finding.allowed.as_deref().unwrap_or_default();
    let begins = |beginnings: &[&str]| beginnings.iter().any(|beginning| allowed.starts_with(beginning));
    match finding.rule {
        rule::PROPERTY_UNKNOWN if path.last().is_some_and(|name| name == KEY) => Ok("the key of a map"),
        rule::PROPERTY_COMBINATION => Ok("what goes together"),
        rule::PROPERTY_MISSING if !is_always_required(of, &finding.message) => Ok("what another property needs"),
        rule::PROPERTY_READ_ONLY => Ok("read-only inside of a list"),
        rule::PROPERTY_VALUE => match finding.value.as_deref() {
            _ if begins(&["a text that matches"]) => Ok("a pattern"),
            _ if begins(&["an ARN such as", "an id such as"]) => Ok("a format"),
            _ if allowed.contains("; or ") => Ok("one of several forms of text"),
            _ if begins(&["at least", "at most", "more than", "less than", "a multiple of"]) => {
                Ok("a range or a length")
            }
            _ if finding.message.ends_with(" entries") => Ok("a number of entries"),
            _ if finding.message.ends_with(" has the same entry twice") => Ok("entries that are different"),
            Some(value) if value.parse::<f64>().is_ok() => Ok("a listed number"),
            _ if NARROWER.iter().any(|(name, place, _)| *name == of.name && *place == dotted(path)) => {
                Ok("a place in a list")
            }
            _ => Err(format!("{}: {finding:?}", of.name)),
        },
        // What the services say beyond their schemas.
        other if !other.starts_with("property-") => Ok("a rule beside the schema"),
        _ => Err(format!("{}: {finding:?}", of.name)),
    }
}

/// True if an object of the type's schema requires what is missing, whatever else is set.
fn is_always_required(of: &Type, message: &str) -> bool {
    fn requires(schema: &Value, name: &str) -> bool {
        let has = schema["properties"].get(name).is_some();
        let listed = schema["required"].as_array().is_some_and(|required| required.iter().any(|one| one == name));
        let inside =
            ["properties", "definitions", "patternProperties"].iter().filter_map(|key| schema[*key].as_object());
        (has && listed)
            || inside.flat_map(|entries| entries.values()).any(|value| requires(value, name))
            || schema.get("items").is_some_and(|items| requires(items, name))
    }
    let schema = formwork_schema::embedded::schema(of.name).expect("the schema is embedded");
    message.split('`').nth(1).is_none_or(|name| requires(&schema, name))
}

/// A path with `*` for the places in lists.
fn dotted(path: &[String]) -> String {
    let names: Vec<&str> = path.iter().map(|name| if name.parse::<usize>().is_ok() { "*" } else { name }).collect();
    names.join(".")
}

#[test]
fn what_types_promise_is_kept_by_full_and_minimal_samples() {
    let mut validator = Validator::new();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut broken = BTreeSet::new();
    for of in types() {
        let mut samples = full(of);
        samples.push(properties(of, &mut Choices::minimal()));
        *counts.entry("(samples)").or_default() += samples.len();
        // Counted once a type and place, whatever the number of its samples.
        let mut seen = BTreeSet::new();
        let of_sample = |sample| findings(&mut validator, of, sample).into_iter().map(move |finding| (sample, finding));
        let found: Vec<(&Value, Finding)> = samples.iter().flat_map(of_sample).collect();
        for (sample, finding) in found {
            match not_promised(of, &finding) {
                Err(_) if !is_of_schema(&mut validator, of, sample, &finding) => {}
                Ok(what) => {
                    if seen.insert((what, finding.path)) {
                        *counts.entry(what).or_default() += 1;
                    }
                }
                Err(finding) => {
                    broken.insert(finding);
                }
            }
        }
    }
    assert_eq!(broken, BTreeSet::new());
    let counts: Vec<String> = counts.iter().map(|(what, count)| format!("{count:>6} {what}\n")).collect();
    insta::assert_snapshot!(counts.concat());
}

#[test]
fn what_types_promise_is_kept_by_any_value() {
    let validator = RefCell::new(Validator::new());
    let all: Vec<&Type> = types().collect();
    let strategy = (0..all.len(), proptest::collection::vec(proptest::num::u8::ANY, 0..600));
    // The same values each time; `PROPTEST_CASES` asks for more of them.
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(1000);
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let run = runner.run(&strategy, |(place, bytes)| {
        let of = all[place];
        let properties = properties(of, &mut Choices::random(bytes));
        let found = findings(&mut validator.borrow_mut(), of, &properties);
        for finding in found {
            let validator = &mut validator.borrow_mut();
            if let Err(broken) = not_promised(of, &finding)
                && is_of_schema(validator, of, &properties, &finding)
            {
                return Err(TestCaseError::fail(broken));
            }
        }
        Ok(())
    });
    assert_eq!(run, Ok(()));
}

#[test]
fn every_property_alternative_and_value_is_in_a_full_sample() {
    let mut missing = BTreeSet::new();
    for of in types() {
        let schema = formwork_schema::embedded::schema(of.name).expect("the schema is embedded");
        let resource = formwork_schema::read::resource(of.name, &schema).expect("readable");
        let (mut keys, mut texts) = (BTreeSet::new(), BTreeSet::new());
        for sample in full(of) {
            collect(&sample, &mut keys, &mut texts);
        }
        let lost = names(&resource).filter(|name| !keys.contains(*name));
        missing.extend(lost.map(|name| format!("{}: property {name}", of.name)));
        let values = resource.enums.iter().flat_map(|listed| &listed.values);
        let lost = values.filter(|value| !texts.contains(*value));
        missing.extend(lost.map(|value| format!("{}: value {value}", of.name)));
    }
    assert_eq!(missing, BTreeSet::new());
}

fn names(resource: &Resource) -> impl Iterator<Item = &String> {
    let nested = resource.structs.iter().flat_map(|nested| &nested.properties);
    let keys = resource.unions.iter().flat_map(|union| &union.alternatives).filter_map(|one| one.key.as_ref());
    resource.properties.iter().chain(nested).map(|property| &property.name).chain(keys)
}

fn collect(value: &Value, keys: &mut BTreeSet<String>, texts: &mut BTreeSet<String>) {
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                keys.insert(key.clone());
                collect(value, keys, texts);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, keys, texts)),
        Value::String(text) => {
            texts.insert(text.clone());
        }
        _ => {}
    }
}
