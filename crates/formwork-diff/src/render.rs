//! A diff as people read it.

use serde_json::Value;

use crate::diff::Diff;

/// How a diff is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RenderOptions {
    /// With terminal colours; nothing is told by colour alone.
    pub colour: bool,
    /// Everything: values in full length, all properties of resources that come or go.
    pub verbose: bool,
}

/// The diff as text, empty when nothing changes; the totals are [`Diff::totals`].
pub fn render(diff: &Diff, _options: &RenderOptions) -> String {
    let mut text = String::new();
    for resource in &diff.resources {
        text.push_str(&format!(
            "{} {} {} {}\n",
            resource.impact.mark(),
            resource.logical_id,
            resource.type_name,
            resource.impact
        ));
    }
    text
}

pub(crate) fn short(value: &Value) -> String {
    value.to_string()
}
