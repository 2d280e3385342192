//! Checks of values beyond the schemas: the data of `schemas/extensions/`, compared with the properties of resources.
//!
//! One engine for all of them: [`table`] says which schema is about which place, [`store`] unpacks and compiles what a template needs,
//! `gather` brings together the properties of resources that refer to each other. `actions` (of IAM), `runtimes` (of
//! Lambda) and `documents` read data of other forms, `formats` holds references against their places, `identity` compares resources with
//! each other.
//!
//! AWS's offer in a region is asked of the stack's region. Where that is not known, a value is wrong if no region takes it.

mod actions;
mod documents;
mod formats;
mod gather;
mod identity;
mod runtimes;
mod store;
mod subject;
mod table;

use formwork_template::backticked;
use serde_json::Value as Json;

use crate::check::Check;
use crate::finding::{Finding, Severity, rule};
use crate::instance::placeholder;
use crate::rules::path;
use crate::schema::{Explained, text};

pub(crate) use store::Store;
pub(crate) use subject::Subject;
use table::Rule;

/// The region that has nearly everything, and is told of first.
const HOME: &str = "us-east-1";

/// The property of databases whose values come and go.
const VERSION: &str = "EngineVersion";

/// Holds the properties of a resource against everything that is known about its type.
pub(crate) fn check(check: &mut Check<'_, '_>, subject: &Subject<'_>) {
    let table = check.schemas.data.table();
    let changed = in_terms_of_data(subject.type_name, subject.instance);
    let instance = changed.as_ref().unwrap_or(subject.instance);
    for (rule, place) in table.get(subject.type_name).into_iter().flatten() {
        for (at, value) in values(instance, place) {
            if let Some(gather) = gather::of(&mut check.schemas.data, rule) {
                gather::check(check, subject, rule, &gather);
                continue;
            }
            for mut explained in errors(check, rule, value) {
                let below = |inner: &Vec<String>| at.iter().chain(inner).cloned().collect::<Vec<_>>();
                explained.ages = explained.ages.iter().map(below).collect();
                explained.path = below(&explained.path);
                let finding = subject.finding(&explained);
                // Two schemas that say the same say it once.
                let is_same = |other: &Finding| other.path == finding.path && other.message == finding.message;
                if !check.findings.iter().any(is_same) {
                    check.add(finding);
                }
            }
        }
    }
    lifecycle(check, subject);
    actions::check(check, subject);
    runtimes::check(check, subject);
    documents::check(check, subject);
    formats::check(check, subject);
}

/// Services that AWS has shut down, or will; the schemas of their types say so.
///
/// Source: AWS General Reference, "AWS service lifecycle changes".
fn lifecycle(check: &mut Check<'_, '_>, subject: &Subject<'_>) {
    let Some(lifecycle) = subject.schema.schema.get("lifecycle") else { return };
    let date = lifecycle.get("date").and_then(Json::as_str).unwrap_or("a day that is not known");
    let type_name = subject.type_name;
    let (severity, message) = match lifecycle.get("status").and_then(Json::as_str) {
        Some("shutdown") => (Severity::Error, format!("`{type_name}` is of a service that was shut down on {date}")),
        Some("sunset") => (Severity::Warning, format!("`{type_name}` is of a service that is shut down on {date}")),
        Some("maintenance") => {
            (Severity::Warning, format!("`{type_name}` is of a service that takes no new customers since {date}"))
        }
        _ => return,
    };
    let place = path(&["Resources", subject.id, "Type"]);
    check.add(Finding { severity, ages: vec![place.clone()], ..Finding::error(rule::NOT_OFFERED, &place, message) });
}

/// Checks of the rest of a template, beside the properties of types with schemas.
pub(crate) fn check_rest(check: &mut Check<'_, '_>) {
    documents::beside_properties(check);
    runtimes::of_transform(check);
    identity::check(check);
}

/// Errors of one schema about one value.
fn errors(check: &mut Check<'_, '_>, rule: &Rule, value: &Json) -> Vec<Explained> {
    let data = &mut check.schemas.data;
    let regions = data.regions(rule);
    let takes =
        |data: &mut Store, region: &str| data.schema(rule, Some(region), value).is_none_or(|one| one.holds(value));
    let (region, elsewhere) = match check.region {
        _ if regions.is_empty() => (None, Vec::new()),
        Some(region) if !regions.iter().any(|known| known == region) => return Vec::new(),
        Some(region) if takes(data, region) => return Vec::new(),
        Some(region) => {
            let elsewhere = regions.iter().filter(|other| takes(data, other));
            (Some(region), elsewhere.map(String::as_str).collect())
        }
        None => {
            if regions.iter().any(|region| takes(data, region)) {
                return Vec::new();
            }
            (regions.iter().find(|region| *region == HOME).or(regions.first()).map(String::as_str), Vec::new())
        }
    };
    let Some(schema) = data.schema(rule, region, value) else { return Vec::new() };
    let about = if rule.ages { data.about(rule, region) } else { Vec::new() };
    let explained = schema.errors(value).into_iter().filter(|explained| !is_of_offered(explained));
    let mut explained: Vec<Explained> = explained.map(|explained| rule.told(explained)).collect();
    for one in explained.iter_mut().filter(|_| rule.ages) {
        // A condition that excludes a version leaves nothing of the properties to point at but that.
        if let (true, Some(version)) = (one.path.is_empty(), value.get(VERSION).and_then(Json::as_str)) {
            let why = rule.why.unwrap_or("which is not offered");
            let message = format!("`{VERSION}` is `{version}`, {why}");
            *one = Explained {
                path: vec![VERSION.to_owned()],
                message,
                hint: None,
                rule: rule::NOT_OFFERED,
                ..one.clone()
            };
        }
        one.ages = match about.is_empty() {
            true => vec![one.path.clone()],
            false => about.iter().map(|name| vec![name.clone()]).collect(),
        };
    }
    for one in explained.iter_mut().filter(|one| !elsewhere.is_empty() && one.hint.is_none()) {
        let region = region.unwrap_or_default();
        one.hint = Some(format!("{region} does not have it; there is one in {}", some(&elsewhere)));
    }
    explained
}

/// True if a version is the beginning of one that is offered: RDS takes the newest, or its default, of a major version.
///
/// Source: RDS API Reference, `CreateDBInstance`; aws/aws-cdk#11067 (`5.7` of MySQL and `19` of Oracle, deployed by CloudFormation).
fn is_of_offered(explained: &Explained) -> bool {
    let version =
        explained.value.as_ref().filter(|_| explained.path.last().is_some_and(|name| name == VERSION)).map(text);
    let begins = |offered: &String| {
        let rest = version.as_ref().and_then(|version| offered.strip_prefix(version.as_str()));
        rest.is_some_and(|rest| rest.starts_with('.'))
    };
    explained.known.iter().any(begins)
}

/// A few of the regions, and how many more there are.
fn some(regions: &[&str]) -> String {
    const SHOWN: usize = 3;
    let shown = backticked(regions.iter().take(SHOWN));
    match regions.len().saturating_sub(SHOWN) {
        0 => shown,
        1 => format!("{shown} and one more region"),
        more => format!("{shown} and {more} more regions"),
    }
}

/// The properties as the data has them: versions are texts, which patterns look at, and engines in lower case; RDS takes others,
/// too. Nothing when they are so already.
fn in_terms_of_data(type_name: &str, instance: &Json) -> Option<Json> {
    let version = instance.get(VERSION).filter(|version| version.is_number());
    let engine = instance.get("Engine").and_then(Json::as_str).filter(|_| type_name.starts_with("AWS::RDS::"));
    let engine = engine.filter(|engine| engine.bytes().any(|byte| byte.is_ascii_uppercase()));
    if version.is_none() && engine.is_none() {
        return None;
    }
    let mut changed = instance.clone();
    if let Some(version) = version {
        changed[VERSION] = text(version).into();
    }
    if let Some(engine) = engine {
        changed["Engine"] = engine.to_lowercase().into();
    }
    Some(changed)
}

/// The values at a place, `*` for every entry of a list, with their paths. What is not known is none.
fn values<'v>(value: &'v Json, place: &[&str]) -> Vec<(Vec<String>, &'v Json)> {
    if placeholder(value).is_some() {
        return Vec::new();
    }
    let below = |key: String, inner: &'v Json, rest: &[&str]| {
        let found = values(inner, rest).into_iter();
        let found = found.map(move |(path, value)| ([key.clone()].into_iter().chain(path).collect(), value));
        found.collect::<Vec<_>>()
    };
    match place {
        [] => vec![(Vec::new(), value)],
        ["*", rest @ ..] => {
            let items = value.as_array().into_iter().flatten().enumerate();
            items.flat_map(|(index, item)| below(index.to_string(), item, rest)).collect()
        }
        [key, rest @ ..] => value.get(*key).map(|inner| below((*key).to_owned(), inner, rest)).unwrap_or_default(),
    }
}
