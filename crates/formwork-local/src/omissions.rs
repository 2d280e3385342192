//! Omissions of the real service from a description of a change set, for tests of those who read them.
//!
//! Source: cloudformation.md, "Change sets": aws-cdk-cli pull requests 1951 and 1785, issue 1780; API Reference, `DescribeChangeSet`.

use formwork_model::ResourceChange;
use formwork_model::change_set::{Action, ChangeDetail};
use serde::{Deserialize, Serialize};

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
pub(crate) fn left(changes: Vec<ResourceChange>, omissions: &[Omission], with_values: bool) -> Vec<ResourceChange> {
    let mut changes = changes;
    for omission in omissions {
        changes = changes.into_iter().filter_map(|change| without(change, *omission, with_values)).collect();
    }
    changes
}

fn without(mut change: ResourceChange, omission: Omission, with_values: bool) -> Option<ResourceChange> {
    if change.action != Action::Modify {
        return Some(change);
    }
    let before = change.details.len();
    match omission {
        Omission::EmptyUnions => change.details.retain(|detail| !is_empty_member(detail)),
        Omission::JsonProperties => change.details.retain(|detail| !is_json(detail)),
        Omission::WithValues => {
            let source = |detail: &ChangeDetail| detail.change_source.clone().unwrap_or_default();
            let follows = |detail: &ChangeDetail| detail.is_dynamic || source(detail).starts_with("Resource");
            if with_values && change.details.iter().all(follows) {
                return None;
            }
        }
        Omission::LongValues => {
            [&mut change.before_context, &mut change.after_context].into_iter().flatten().for_each(cut);
            for detail in &mut change.details {
                [&mut detail.before_value, &mut detail.after_value].into_iter().flatten().for_each(cut);
            }
        }
    }
    // Without a reason left there is no change.
    let is_gone = change.details.is_empty() && before > 0;
    (!is_gone).then_some(change)
}

fn is_empty_member(detail: &ChangeDetail) -> bool {
    [&detail.before_value, &detail.after_value].into_iter().any(|value| value.as_deref() == Some("{}"))
}

/// By the names that such properties have; the registry's facts do not tell types.
fn is_json(detail: &ChangeDetail) -> bool {
    let name = detail.name.as_deref().unwrap_or_default();
    ["Document", "Policy", "Definition", "Content", "Body"].iter().any(|end| name.ends_with(end))
}

fn cut(text: &mut String) {
    const LONGEST: usize = 200;
    if text.chars().count() > LONGEST {
        *text = text.chars().take(LONGEST).chain("...".chars()).collect();
    }
}
