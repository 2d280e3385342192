//! The limits of what a template may hold. A warning from 90 % on, while there is still room for what has to be done about it.
//!
//! Source: AWS CloudFormation User Guide, "CloudFormation quotas".

use formwork_template::Style;
use formwork_template::template::{
    MAX_BYTES, MAX_DESCRIPTION_BYTES, MAX_MAPPINGS, MAX_OUTPUTS, MAX_PARAMETERS, MAX_RESOURCES,
};

use crate::check::Check;
use crate::finding::{Finding, rule};
use crate::items;
use crate::rules::path;

const SPLIT: &str = "split the stack: put what changes together into one";
/// Entries of a mapping.
const MAX_MAPPING_KEYS: usize = 200;
/// Bytes of a parameter's value.
const MAX_PARAMETER_BYTES: usize = 4_096;

pub(crate) fn check(check: &mut Check<'_, '_>) {
    let template = check.template;
    let bytes = template.write_json(Style::Compact).text.len();
    let mut counts = vec![
        (path(&[]), "bytes of template", bytes, MAX_BYTES),
        (path(&["Resources"]), "resources", template.resources.len(), MAX_RESOURCES),
        (
            path(&["Parameters"]),
            "parameters",
            template.parameters.keys().filter(|name| !items::is_in(name)).count(),
            MAX_PARAMETERS,
        ),
        (path(&["Outputs"]), "outputs", template.outputs.len(), MAX_OUTPUTS),
        (path(&["Mappings"]), "mappings", template.mappings.len(), MAX_MAPPINGS),
        (
            path(&["Description"]),
            "bytes of description",
            template.description.as_deref().map_or(0, str::len),
            MAX_DESCRIPTION_BYTES,
        ),
    ];
    for (name, mapping) in &template.mappings {
        let keys = mapping.as_map().map_or(0, |map| map.len());
        counts.push((path(&["Mappings", name]), "keys of a mapping", keys, MAX_MAPPING_KEYS));
    }
    for (name, parameter) in &template.parameters {
        let bytes = parameter.default.as_ref().and_then(|value| value.as_str()).map_or(0, str::len);
        counts.push((
            path(&["Parameters", name, "Default"]),
            "bytes of a parameter's value",
            bytes,
            MAX_PARAMETER_BYTES,
        ));
    }
    for (path, what, count, limit) in counts {
        if count > limit {
            check.add(
                Finding::error(rule::LIMIT, &path, format!("{count} {what}, CloudFormation takes {limit}"))
                    .value(count.to_string())
                    .allowed(format!("at most {limit}"))
                    .hint_for_limit(what),
            );
        } else if count * 10 >= limit * 9 {
            check.add(
                Finding::warning(
                    rule::LIMIT,
                    &path,
                    format!("{count} {what} of the {limit} that CloudFormation takes"),
                )
                .value(count.to_string())
                .allowed(format!("at most {limit}"))
                .hint_for_limit(what),
            );
        }
    }
}

impl Finding {
    fn hint_for_limit(self, what: &str) -> Self {
        if matches!(what, "resources" | "bytes of template") { self.hint(SPLIT) } else { self }
    }
}
