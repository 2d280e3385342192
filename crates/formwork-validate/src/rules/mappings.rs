//! Mappings: two levels of keys, then texts or lists. A list can hold anything, such as the maps of a `Tags` property.
//!
//! Source: AWS CloudFormation Template Reference, "Mappings"; public templates that say `Tags: !FindInMap […]`.

use formwork_template::Value;

use crate::check::Check;
use crate::finding::{Finding, rule};
use crate::instance::is_macro;
use crate::rules::path;

pub(crate) fn check(check: &mut Check<'_, '_>) {
    for (name, mapping) in check.template.mappings.iter().filter(|(name, _)| !is_macro(name)) {
        let Some(rows) = mapping.as_map() else {
            let at = path(&["Mappings", name]);
            check.add(Finding::error(rule::MAPPING, &at, format!("the mapping `{name}` is not an object of objects")));
            continue;
        };
        for (key, row) in rows.iter().filter(|(key, _)| !is_macro(key)) {
            let Some(row) = row.as_map() else {
                let at = path(&["Mappings", name, key]);
                check.add(Finding::error(
                    rule::MAPPING,
                    &at,
                    format!("`{key}` of the mapping `{name}` is not an object"),
                ));
                continue;
            };
            for (second, value) in row.iter().filter(|(second, _)| !is_macro(second)) {
                let fits = matches!(value, Value::String(_) | Value::Number(_) | Value::Bool(_) | Value::List(_));
                if !fits {
                    let at = path(&["Mappings", name, key, second]);
                    let message = format!("`{second}` of the mapping `{name}` is neither a text nor a list");
                    check.add(
                        Finding::error(rule::MAPPING, &at, message).allowed("a text, a number, a boolean, or a list"),
                    );
                }
            }
        }
    }
}
