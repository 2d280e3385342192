//! The rules beyond schemas, one module per part of the template.

pub(crate) mod acknowledged;
pub(crate) mod assertions;
pub(crate) mod choices;
pub(crate) mod conditional;
pub(crate) mod conditions;
pub(crate) mod cycles;
pub(crate) mod debug_text;
pub(crate) mod dynamic_references;
pub(crate) mod endpoints;
pub(crate) mod explained;
pub(crate) mod functions;
pub(crate) mod java;
pub(crate) mod limits;
pub(crate) mod look_ups;
pub(crate) mod loops;
pub(crate) mod macros;
pub(crate) mod mappings;
pub(crate) mod modules;
pub(crate) mod names;
pub(crate) mod outputs;
pub(crate) mod parameters;
pub(crate) mod partitions;
pub(crate) mod properties;
pub(crate) mod records;
pub(crate) mod references;
pub(crate) mod resources;
pub(crate) mod secrets;
pub(crate) mod sections;
pub(crate) mod services;
pub(crate) mod subnets;
pub(crate) mod types;
pub(crate) mod values;

/// A path from segments of any kind of text.
pub(crate) fn path(segments: &[&str]) -> Vec<String> {
    segments.iter().map(|segment| (*segment).to_owned()).collect()
}

/// The names for "allowed", shortened.
pub(crate) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let mut names: Vec<&str> = names.into_iter().collect();
    let mut seen = std::collections::BTreeSet::new();
    names.retain(|name| seen.insert(*name));
    formwork_template::shortened(&names)
}
