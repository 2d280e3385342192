//! Outputs: texts, and names that no two of them export.
//!
//! Source: AWS CloudFormation Template Reference, "Outputs".

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use crate::check::Check;
use crate::finding::{Finding, rule};
use crate::instance::{Kind, Reader, placeholder};
use crate::rules::choices::Found;
use crate::rules::path;
use crate::scenario::{Scenario, conditions_of};

pub(crate) fn check(check: &mut Check<'_, '_>) {
    let template = check.template;
    let mut exports: BTreeMap<String, (&str, Option<&str>)> = BTreeMap::new();
    for (name, output) in &template.outputs {
        let mut conditions = BTreeSet::new();
        conditions_of(&output.value, &mut conditions);
        conditions.extend(output.condition.as_deref());
        let mut found = Found::default();
        let made = check.scenarios(&conditions, output.condition.as_deref());
        for (index, scenario) in made.iter().enumerate() {
            let value = Reader { setting: check.setting(), scenario, schemas: check.schemas }.read(&output.value);
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
                found
                    .add(if wrong.contains("list") { finding.hint("join it with `Fn::Join`") } else { finding }, index);
            }
        }
        check.findings.extend(found.settled(check.setting(), &made));
        if let Some(export) = &output.export_name {
            let spelled =
                Reader { setting: check.setting(), scenario: &Scenario::new(), schemas: check.schemas }.read(export);
            let spelled = spelled.unwrap_or_default().to_string();
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
