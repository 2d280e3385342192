//! Record sets of one name: a `CNAME` is alone, and two of one type need a routing policy.
//!
//! Source: Route 53 Developer Guide, "CNAME record type": "you cannot create any other records for that name"; Route 53 API
//! Reference, `ChangeResourceRecordSets`: a set with the name and the type of another one "already exists".

use std::collections::BTreeMap;

use formwork_template::Resource;
use serde_json::Value as Json;

use crate::check::{Check, Parts};
use crate::finding::{Finding, rule};
use crate::instance::{Reader, spelled};
use crate::rules::services::folded;
use crate::rules::{choices, macros, path};
use crate::scenario::Scenario;

struct Record<'t> {
    place: Vec<String>,
    resource: &'t Resource,
    id: &'t str,
    kind: String,
    is_one_of_several: bool,
}

pub(crate) fn check(check: &mut Check<'_, '_>, parts: &Parts) {
    let template = check.template;
    // By zone and name.
    let mut records: BTreeMap<(String, String), Vec<Record<'_>>> = BTreeMap::new();
    for (id, resource) in &template.resources {
        let is_group = match &*resource.type_name {
            "AWS::Route53::RecordSet" => false,
            "AWS::Route53::RecordSetGroup" => true,
            _ => continue,
        };
        let Some(properties) = parts.properties.get(id).filter(|_| !macros::rewrites(template, resource)) else {
            continue;
        };
        let mut reader = Reader { setting: check.setting(), scenario: &Scenario::new(), schemas: check.schemas };
        let Some(instance) = reader.read(properties) else { continue };
        let sets = match is_group {
            false => vec![(path(&["Resources", id, "Properties"]), &instance)],
            true => {
                let sets = instance.get("RecordSets").and_then(Json::as_array).into_iter().flatten().enumerate();
                sets.map(|(index, set)| (path(&["Resources", id, "Properties", "RecordSets", &index.to_string()]), set))
                    .collect()
            }
        };
        for (mut place, set) in sets {
            let of_zone = |key: &str| set.get(key).or_else(|| instance.get(key)).and_then(spelled);
            let zone = of_zone("HostedZoneId").map(str::to_owned).or_else(|| of_zone("HostedZoneName").map(folded));
            let text = |key: &str| set.get(key).and_then(spelled);
            let (Some(zone), Some(name), Some(kind)) = (zone, text("Name"), text("Type")) else { continue };
            if kind.contains("${") {
                continue;
            }
            place.push("Name".to_owned());
            let record = Record {
                place,
                resource,
                id,
                kind: kind.to_owned(),
                is_one_of_several: set.get("SetIdentifier").is_some(),
            };
            records.entry((zone, folded(name))).or_default().push(record);
        }
    }
    for ((_, name), records) in records.iter().filter(|(_, records)| records.len() > 1) {
        for (index, record) in records.iter().enumerate() {
            for other in &records[..index] {
                against(check, name, record, other);
            }
        }
    }
}

fn against(check: &mut Check<'_, '_>, name: &str, record: &Record<'_>, other: &Record<'_>) {
    let message = if record.kind == other.kind {
        if record.is_one_of_several && other.is_one_of_several {
            return;
        }
        format!("`{name}` has a record of type `{}` already, in `{}`", record.kind, other.id)
    } else if record.kind == "CNAME" || other.kind == "CNAME" {
        format!(
            "`{name}` has a `{}` beside the `{}` of `{}`, and a `CNAME` is the only record of its name",
            record.kind, other.kind, other.id
        )
    } else {
        return;
    };
    let hint = match record.kind == other.kind {
        true => "several record sets of one name need a routing policy and a `SetIdentifier` each",
        false => "use an alias (`AliasTarget`) in place of the `CNAME`, or another name",
    };
    let finding = Finding::error(rule::RECORD_SET, &record.place, message).value(name).hint(hint);
    let conditions = [record.resource, other.resource].map(|resource| resource.condition.as_deref());
    choices::add_when(
        check,
        finding,
        conditions[0],
        &conditions.into_iter().flatten().map(|name| (name, true)).collect(),
    );
}
