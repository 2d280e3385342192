//! Resources that are one thing: two of a type with the same primary identifier, of which AWS makes the first.
//!
//! Source: CloudFormation CLI User Guide, "Resource type schema", `primaryIdentifier`: it "uniquely identifies an instance of the
//! resource". Of what no schema says: a subnet has one route table (VPC User Guide, "Subnet route tables").

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use crate::check::Check;
use crate::finding::{Finding, rule};
use crate::instance::{Kind, Reader, placeholder};
use crate::rules::path;
use crate::scenario::{Scenario, scenarios};

/// Types whose schemas name another identifier, which AWS makes up.
const ONE_OF: &[(&str, &str)] = &[("AWS::EC2::SubnetRouteTableAssociation", "SubnetId")];

pub(super) fn check(check: &mut Check<'_, '_>) {
    let template = check.template;
    let scenario = Scenario::new();
    let mut seen: BTreeMap<(&str, String), Vec<&str>> = BTreeMap::new();
    for (id, resource) in &template.resources {
        let names = identifier(check, &resource.type_name);
        let Some(first) = names.first() else { continue };
        let whole = resource.properties.to_value();
        let mut values = Vec::new();
        for name in &names {
            let given = whole.as_map().and_then(|entries| entries.get(name));
            let mut reader = Reader { setting: check.setting(), scenario: &scenario, schemas: check.schemas };
            // Two equal functions give the same; of what is not known, nothing can be said.
            let value = given.and_then(|given| reader.read(given));
            values.extend(value.filter(|value| !matches!(placeholder(value), Some(Kind::Any))));
        }
        if values.len() != names.len() {
            continue;
        }
        let others = seen.entry((&*resource.type_name, Json::Array(values).to_string())).or_default();
        if let Some(other) = others.iter().find(|other| meet(check, other, id)) {
            let message =
                format!("`{id}` is the same `{}` as `{other}`: its `{}` is", resource.type_name, names.join("`, `"));
            let place = path(&["Resources", id, "Properties", first]);
            let hint = "make one resource of them, or give each its own";
            check.findings.push(Finding::error(rule::SAME_RESOURCE, &place, message).hint(hint));
        }
        others.push(id);
    }
}

/// The properties that identify a resource of the type, if all of them are given by templates.
fn identifier(check: &mut Check<'_, '_>, type_name: &str) -> Vec<String> {
    if let Some((_, name)) = ONE_OF.iter().find(|(known, _)| *known == type_name) {
        return vec![(*name).to_owned()];
    }
    let Some(schema) = check.schemas.get(type_name) else { return Vec::new() };
    let list = |key: &str| -> Vec<String> {
        let places = schema.schema.get(key).and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str);
        places.map(|place| place.trim_start_matches("/properties/").to_owned()).collect()
    };
    let (names, read_only) = (list("primaryIdentifier"), list("readOnlyProperties"));
    match names.iter().any(|name| name.contains('/') || read_only.contains(name)) {
        true => Vec::new(),
        false => names,
    }
}

/// True if both resources are made in some choice of parameters.
fn meet(check: &Check<'_, '_>, one: &str, other: &str) -> bool {
    let conditions: BTreeSet<&str> =
        [one, other].into_iter().filter_map(|id| check.template.resources.get(id)?.condition.as_deref()).collect();
    scenarios(check.setting(), &conditions)
        .iter()
        .any(|scenario| conditions.iter().all(|condition| scenario.get(condition) != Some(&false)))
}
