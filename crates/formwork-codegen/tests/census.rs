//! Update behavior of each property, by where it is known from; and how that agrees with AWS's service specification for the CDK.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use formwork_schema::facts::{self, Replacement};
use formwork_schema::read;
use formwork_schema::snapshot::Snapshot;

/// The words of the specification on properties: it has those on which it and the schemas differ, and all of types without handlers.
fn specification() -> BTreeMap<(&'static str, &'static str), &'static str> {
    let lines = include_str!("../../../schemas/overlay/service-spec.txt").lines();
    let words = lines.filter_map(|line| {
        let mut parts = line.split(' ');
        let (type_name, word, property) = (parts.next()?, parts.next()?, parts.next()?);
        matches!(word, "replaces" | "may-replace" | "updates").then_some(((type_name, property), word))
    });
    words.collect()
}

#[test]
fn every_top_level_property() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas");
    let snapshot = Snapshot::read(&root).expect("it is there");
    let specification = specification();
    let pages = include_str!("../../../schemas/overlay/pages.txt");
    let pages: BTreeSet<(&str, &str)> = pages
        .lines()
        .filter_map(|line| {
            let parts: Vec<&str> = line.split(' ').collect();
            Some((*parts.first()?, *parts.get(2)?))
        })
        .collect();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut open = Vec::new();
    for type_name in snapshot.schemas.keys() {
        let schema = snapshot.schema(type_name).expect("it is patched").expect("it is there");
        let resource = read::resource(type_name, &schema).expect("it is read");
        let facts = facts::of(type_name).expect("it is in the table");
        for property in &resource.properties {
            let name = property.name.as_str();
            let verdict = facts.replacement(&[name]);
            let lists = |mut places: facts::Paths<'_>| places.any(|place| place.split('.').next() == Some(name));
            let word = specification.get(&(type_name.as_str(), name)).copied();
            let basis = match () {
                () if facts.has_update_handler() == Some(false) => "no handler for updates",
                () if lists(facts.create_only()) => "create-only",
                () if pages.contains(&(type_name.as_str(), name)) => "AWS's page",
                () if facts.has_update_handler().is_none() && word.is_some() => "the specification, no handlers",
                () if lists(facts.conditional_create_only()) => match word {
                    Some(_) => "schema and specification disagree",
                    None if lists(facts.primary_identifier()) => "primary identifier",
                    None => "conditional create-only",
                },
                () if facts.has_update_handler().is_none() => "no handlers, not in the specification",
                () => "not listed",
            };
            if matches!(basis, "schema and specification disagree" | "primary identifier") {
                open.push(format!("{type_name} {name}\n"));
            }
            let verdict = match verdict {
                Replacement::Yes => "replaces",
                Replacement::Maybe => "may replace",
                Replacement::No => "updates",
                Replacement::Unknown => "unknown",
            };
            *counts.entry(format!("{verdict}: {basis}")).or_default() += 1;
        }
    }
    let counts: String = counts.iter().map(|(what, count)| format!("{count:6} {what}\n")).collect();
    insta::assert_snapshot!(counts);
    // Each of these is a question to AWS's page of the type.
    insta::assert_snapshot!("open", open.concat());
}
