//! Outputs: texts, and names that no two of them export.
//!
//! Source: AWS CloudFormation Template Reference, "Outputs".

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use crate::check::Check;
use crate::finding::{Finding, rule};
use crate::instance::{Kind, Reader, placeholder};
use crate::rules::path;
use crate::scenario::{conditions_of, scenarios};

pub(crate) fn check(check: &mut Check<'_, '_>) {
    let template = check.template;
    let mut exports: BTreeMap<String, (&str, Option<&str>)> = BTreeMap::new();
    for (name, output) in &template.outputs {
        let mut conditions = BTreeSet::new();
        conditions_of(&output.value, &mut conditions);
        conditions.extend(output.condition.as_deref());
        for scenario in scenarios(template, check.region, &conditions) {
            let is_made = output.condition.as_deref().is_none_or(|condition| scenario.get(condition) != Some(&false));
            if !is_made {
                continue;
            }
            let value = Reader { template, scenario: &scenario, schemas: check.schemas }.read(&output.value);
            let wrong = match &value {
                None => Some("`AWS::NoValue`"),
                Some(Json::Array(_)) => Some("a list"),
                Some(value) => match placeholder(value) {
                    Some(Kind::List) => Some("a function that gives a list"),
                    Some(Kind::Object) => Some("a function that gives an object"),
                    Some(Kind::Text | Kind::Any) => None,
                    None if value.is_object() => Some("an object"),
                    None => None,
                },
            };
            if let Some(wrong) = wrong {
                let message = format!("the value of the output `{name}` is {wrong}");
                let finding =
                    Finding::error(rule::OUTPUT, &path(&["Outputs", name, "Value"]), message).allowed("a text");
                check.add(if wrong.contains("list") { finding.hint("join it with `Fn::Join`") } else { finding });
                break;
            }
        }
        if let Some(export) = &output.export_name {
            let spelled = export.as_str().map_or_else(|| format!("{export:?}"), str::to_owned);
            let condition = output.condition.as_deref();
            match exports.get(&spelled) {
                // Under different conditions the two may never meet.
                Some((other, of_other)) if *of_other == condition => {
                    let at = path(&["Outputs", name, "Export", "Name"]);
                    let message = format!("the output `{name}` exports the same name as `{other}`");
                    let finding = Finding::error(rule::EXPORT, &at, message);
                    check.add(match export.as_str() {
                        Some(text) => finding.value(text),
                        None => finding,
                    });
                }
                Some(_) => {}
                None => {
                    exports.insert(spelled, (name, condition));
                }
            }
        }
    }
}
