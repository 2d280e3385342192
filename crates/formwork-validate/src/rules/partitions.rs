//! ARNs of another partition than the stack's: in China and in GovCloud, `arn:aws:…` is nothing.
//!
//! A warning, since a text that begins like an ARN may be none.
//!
//! Source: AWS General Reference, "Amazon Resource Names (ARNs)"; the partitions by the beginnings of their regions' codes.

use formwork_template::region;

use crate::check::{Check, Parts};
use crate::finding::{Finding, rule};
use crate::rules::path;
use crate::walk::walk_texts;

/// True for a region of China.
pub(crate) fn is_china(region: &str) -> bool {
    region::partition_of(region).code == "aws-cn"
}

pub(crate) fn check(check: &mut Check<'_, '_>, parts: &Parts) {
    let Some(own) = check.region.map(|region| region::partition_of(region).code) else { return };
    for (id, properties) in &parts.properties {
        let mut place = path(&["Resources", id, "Properties"]);
        let mut found = Vec::new();
        walk_texts(properties, &mut place, &mut |place, text| {
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
fn partition_in(text: &str) -> Option<&'static str> {
    let partition = text.strip_prefix("arn:")?.split(':').next()?;
    region::partition(partition).map(|known| known.code)
}
