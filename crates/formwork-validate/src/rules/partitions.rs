//! ARNs of another partition than the stack's: in China and in GovCloud, `arn:aws:…` is nothing.
//!
//! A warning, since a text that begins like an ARN may be none.
//!
//! Source: AWS General Reference, "Amazon Resource Names (ARNs)"; the partitions by the beginnings of their regions' codes.

use formwork_template::Value;
use formwork_template::function::Function;

use crate::check::{Check, Parts};
use crate::finding::{Finding, rule};
use crate::rules::path;
use crate::walk::walk;

const PARTITIONS: &[(&str, &str)] = &[
    ("cn-", "aws-cn"),
    ("eu-isoe-", "aws-iso-e"),
    ("eusc-", "aws-eusc"),
    ("us-gov-", "aws-us-gov"),
    ("us-iso-", "aws-iso"),
    ("us-isob-", "aws-iso-b"),
    ("us-isof-", "aws-iso-f"),
];

/// The partition of a region.
pub(crate) fn partition_of(region: &str) -> &'static str {
    PARTITIONS.iter().find(|(prefix, _)| region.starts_with(prefix)).map_or("aws", |(_, partition)| partition)
}

pub(crate) fn check(check: &mut Check<'_, '_>, parts: &Parts) {
    let Some(own) = check.region.map(partition_of) else { return };
    for (id, properties) in &parts.properties {
        let mut place = path(&["Resources", id, "Properties"]);
        let mut found = Vec::new();
        walk(properties, &mut place, &mut |place, value| {
            let text = match value {
                Value::String(text) => text,
                Value::Function(function) => match &**function {
                    Function::Sub { text, .. } => text,
                    _ => return,
                },
                _ => return,
            };
            if let Some(other) = partition_in(text).filter(|other| *other != own) {
                let message = format!("the ARN is of the partition `{other}`, the stack's is `{own}`");
                let hint = format!("write `arn:${{AWS::Partition}}:…` in `Fn::Sub`, or `arn:{own}:…`");
                found.push(Finding::warning(rule::PARTITION, place, message).value(other).allowed(own).hint(hint));
            }
        });
        check.findings.append(&mut found);
    }
}

/// The partition of a text that is an ARN.
fn partition_in(text: &str) -> Option<&str> {
    let partition = text.strip_prefix("arn:")?.split(':').next()?;
    let is_known = partition == "aws" || PARTITIONS.iter().any(|(_, known)| *known == partition);
    is_known.then_some(partition)
}
