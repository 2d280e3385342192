//! Sizes of Lambda's functions.
//!
//! Source: Lambda Developer Guide, "Lambda quotas": 4 KB for all environment variables. The length of a layer's ARN: Lambda API
//! Reference, `LayerVersionArn` (a name of at most 140 characters, a version of at most ten digits).

use formwork_template::region::partition_of;

use super::{At, Errors};
use crate::finding::rule;
use crate::instance::placeholder;

const MAX_ENVIRONMENT: usize = 4096;
/// An ARN without its partition and region.
const MAX_LAYER: usize = 176;

pub(super) fn function(at: &At<'_>, region: Option<&str>, errors: &mut Errors) {
    if let Some(variables) = at.find(&["Environment", "Variables"]) {
        let size = |(name, value): (&str, At<'_>)| {
            // A value that is not known has no length yet.
            let length = if placeholder(value.value).is_some() { 0 } else { value.text().map_or(0, str::len) };
            name.len() + length
        };
        let total: usize = variables.entries().into_iter().map(size).sum();
        if total > MAX_ENVIRONMENT {
            let message = format!("{{}} have {total} bytes, Lambda takes {MAX_ENVIRONMENT}");
            errors
                .push(variables.wrong(rule::LIMIT, &message).hint("keep long values in Parameter Store or in a file"));
        }
    }
    let Some(region) = region else { return };
    let limit = MAX_LAYER + partition_of(region).code.len() + region.len();
    for layer in at.get("Layers").map(|layers| layers.items()).unwrap_or_default() {
        if layer.text().is_some_and(|text| text.len() > limit) {
            let message = format!("the ARN of a layer in {region} has at most {limit} characters");
            errors.push(layer.wrong(rule::PROPERTY_VALUE, &message));
        }
    }
}
