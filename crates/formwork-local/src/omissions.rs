//! What the real service leaves out of a description of a change set, for tests of those who read them.
//!
//! Source: cloudformation.md, "Change sets": aws-cdk-cli pull requests 1951 and 1785, issue 1780; API Reference, `DescribeChangeSet`.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// Something that is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Omission {
    /// A swap between members of a union that are empty objects, such as `{"Allow":{}}` and `{"Block":{}}`.
    EmptyUnions,
    /// Changes of properties whose type is JSON, such as policy documents.
    JsonProperties,
    /// With `IncludePropertyValues`: changes that hang on other resources alone.
    WithValues,
    /// The end of long values.
    LongValues,
}

/// The changes as the service would list them.
pub(crate) fn left(changes: Vec<Json>, omissions: &[Omission], with_values: bool) -> Vec<Json> {
    let mut changes = changes;
    for omission in omissions {
        changes = changes.into_iter().filter_map(|change| without(change, *omission, with_values)).collect();
    }
    changes
}

fn without(mut change: Json, omission: Omission, with_values: bool) -> Option<Json> {
    let resource = change.get_mut("ResourceChange")?.as_object_mut()?;
    if resource.get("Action").and_then(Json::as_str) != Some("Modify") {
        return Some(change);
    }
    let details = resource.get_mut("Details").and_then(Json::as_array_mut)?;
    let before = details.len();
    match omission {
        Omission::EmptyUnions => details.retain(|detail| !is_empty_member(detail)),
        Omission::JsonProperties => details.retain(|detail| !is_json(detail)),
        Omission::WithValues if with_values => {
            let hangs = |detail: &Json| {
                let source = detail["ChangeSource"].as_str().unwrap_or_default();
                detail["Evaluation"] == "Dynamic" || source.starts_with("Resource")
            };
            if details.iter().all(hangs) {
                return None;
            }
        }
        Omission::WithValues => {}
        Omission::LongValues => {
            for name in ["BeforeContext", "AfterContext"] {
                resource.get_mut(name).into_iter().for_each(cut);
            }
            let details = resource.get_mut("Details").and_then(Json::as_array_mut).into_iter().flatten();
            for target in details.filter_map(|detail| detail.get_mut("Target")) {
                for name in ["BeforeValue", "AfterValue"] {
                    target.get_mut(name).into_iter().for_each(cut);
                }
            }
            return Some(change);
        }
    }
    // Without a reason left there is no change.
    let is_gone = details.is_empty() && before > 0;
    (!is_gone).then_some(change)
}

fn is_empty_member(detail: &Json) -> bool {
    let target = &detail["Target"];
    target["BeforeValue"] == "{}" || target["AfterValue"] == "{}"
}

/// By the names that such properties have; the registry's facts do not tell types.
fn is_json(detail: &Json) -> bool {
    let name = detail["Target"]["Name"].as_str().unwrap_or_default();
    ["Document", "Policy", "Definition", "Content", "Body"].iter().any(|end| name.ends_with(end))
}

fn cut(value: &mut Json) {
    const LONGEST: usize = 200;
    if let Json::String(text) = value
        && text.chars().count() > LONGEST
    {
        *text = text.chars().take(LONGEST).chain("...".chars()).collect();
    }
}
