//! The table of `rules.txt`: which schema says what about which properties.

use std::collections::BTreeMap;

use crate::finding::{Severity, rule};
use crate::schema::Explained;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    /// Of cfn-lint.
    pub(crate) id: &'static str,
    /// The schema: the file of `schemas/extensions/`, and the entry of it.
    pub(crate) schema: &'static str,
    pub(crate) file: &'static str,
    pub(crate) entry: &'static str,
    /// True if AWS's offer changes from month to month, so that a deployed value may be no longer in the schema.
    pub(crate) ages: bool,
    /// Reason behind the schema, for messages.
    pub(crate) why: Option<&'static str>,
}

impl Rule {
    /// As cfn-lint has it.
    pub(crate) fn severity(&self) -> Severity {
        if self.id.starts_with('W') { Severity::Warning } else { Severity::Error }
    }

    /// An error of the row's schema, with the severity and the reason of the row.
    pub(crate) fn told(&self, explained: Explained) -> Explained {
        let ages = self.ages && explained.rule == rule::PROPERTY_VALUE;
        let rule = if ages { rule::NOT_OFFERED } else { explained.rule };
        let hint = explained.hint.clone().or_else(|| self.why.map(str::to_owned));
        Explained { rule, severity: self.severity(), hint, ..explained }
    }
}

/// The rules of each type, with their place in the properties.
pub(crate) type Table = BTreeMap<&'static str, Vec<(Rule, Vec<&'static str>)>>;

pub(crate) fn read() -> Table {
    let text: &'static str = include_str!("rules.txt");
    let mut table = Table::new();
    let mut rows: Vec<(Rule, Vec<&'static str>)> = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        match (line.strip_prefix("  at "), line.strip_prefix("  why ")) {
            (Some(place), _) => rows.last_mut().into_iter().for_each(|(_, places)| places.push(place)),
            (_, Some(why)) => rows.last_mut().into_iter().for_each(|(rule, _)| rule.why = Some(why)),
            _ => {
                let words: Vec<&'static str> = line.split(' ').collect();
                let schema = words.get(1).copied().unwrap_or_default();
                let (file, entry) = schema.split_once('/').unwrap_or_default();
                let id = words.first().copied().unwrap_or_default();
                rows.push((
                    Rule { id, schema, file, entry, ages: words.get(2) == Some(&"ages"), why: None },
                    Vec::new(),
                ));
            }
        }
    }
    for (rule, places) in rows {
        for place in places {
            let (type_name, path) = place.split_once('/').unwrap_or((place, ""));
            let path = path.split('/').filter(|segment| !segment.is_empty()).collect();
            table.entry(type_name).or_default().push((rule.clone(), path));
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use formwork_schema::extensions;

    use serde_json::Value;

    use super::read;
    use crate::data::store::text_of;

    /// True if a schema has the place.
    fn has(root: &Value, schema: &Value, path: &[&str]) -> bool {
        let target = schema["$ref"].as_str().and_then(|target| root.pointer(target.strip_prefix('#')?));
        let schema = target.unwrap_or(schema);
        let mut branches = ["anyOf", "oneOf"].into_iter().filter_map(|key| schema[key].as_array()).flatten();
        let below = match path {
            [] => return true,
            ["*", rest @ ..] => schema.get("items").map(|inner| (inner, rest)),
            [name, rest @ ..] => schema.pointer(&format!("/properties/{name}")).map(|inner| (inner, rest)),
        };
        below.is_some_and(|(inner, rest)| has(root, inner, rest)) || branches.any(|one| has(root, one, path))
    }

    #[test]
    fn every_row_has_its_schema_its_place_and_a_reason() {
        let mut wrong = Vec::new();
        for (type_name, rules) in read() {
            let schema = formwork_schema::embedded::schema(type_name);
            for (rule, path) in rules {
                let text = text_of(rule.file);
                if text.is_none_or(|text| text.rows(rule.entry).next().is_none()) {
                    wrong.push(format!("{}: there is no schema {}", rule.id, rule.schema));
                }
                if schema.as_ref().is_none_or(|schema| !has(schema, schema, &path)) {
                    wrong.push(format!("{}: {type_name} has no {path:?}", rule.id));
                }
                if !rule.ages && rule.why.is_none() {
                    wrong.push(format!("{}: there is no reason", rule.id));
                }
            }
        }
        assert_eq!(wrong, Vec::<String>::new());
    }

    /// An entry of the data that nobody asks for is one that an update brought.
    #[test]
    fn every_schema_is_asked_for_or_left_out_knowingly() {
        const LEFT_OUT: &[&str] = &[
            // Rules of this crate say the same.
            "aws_lambda_function/packagetype_image_exclusions",
            "aws_lambda_function/zipfile_runtime_exists",
            "aws_route53_recordset/recordset_alias",
            "aws_route53_recordset/recordset_pattern",
            // Informational in cfn-lint: that `BackupRetentionPeriod` is given at all.
            "aws_rds_dbinstance/backupretentionperiod",
        ];
        let table = read();
        let asked: Vec<&str> = table.values().flatten().map(|(rule, _)| rule.schema).collect();
        let unasked: Vec<String> = extensions::entries()
            .into_iter()
            .filter(|entry| !asked.contains(&entry.as_str()) && !LEFT_OUT.contains(&entry.as_str()))
            .collect();
        assert_eq!(unasked, Vec::<String>::new());
    }
}
