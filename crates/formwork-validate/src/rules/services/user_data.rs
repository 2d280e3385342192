//! User data of instances: at most 16 KB, before it is made Base64.
//!
//! Source: EC2 User Guide, "Run commands at launch with user data": "limited to 16 KB, in raw form, before it is
//! base64-encoded".

use formwork_template::Value;
use formwork_template::function::Function;

use super::security_groups::without_references;
use crate::check::Check;
use crate::finding::{Finding, rule};
use crate::rules::path;
use crate::walk::walk;

const MOST: usize = 16_384;
const TYPES: &[&str] =
    &["AWS::AutoScaling::LaunchConfiguration", "AWS::EC2::Instance", "AWS::EC2::LaunchTemplate", "AWS::EC2::SpotFleet"];

pub(super) fn check(check: &mut Check<'_, '_>, id: &str, type_name: &str, properties: &Value) {
    if !TYPES.contains(&type_name) {
        return;
    }
    let mut found = Vec::new();
    walk(properties, &mut path(&["Resources", id, "Properties"]), &mut |place, value| {
        if place.last().map(String::as_str) != Some("UserData") {
            return;
        }
        let bytes = match value {
            // Base64 makes four bytes of three.
            Value::String(text) => text.trim_end_matches('=').len() / 4 * 3,
            Value::Function(function) => match &**function {
                Function::Base64(inside) => known_bytes(inside),
                _ => return,
            },
            _ => return,
        };
        if bytes > MOST {
            let message = format!("the user data has at least {bytes} bytes, EC2 takes {MOST}");
            let hint = "keep the script in a bucket or a document of Systems Manager, and fetch it from the user data";
            found.push(Finding::error(rule::LIMIT, place, message).allowed(format!("at most {MOST} bytes")).hint(hint));
        }
    });
    check.findings.append(&mut found);
}

/// The bytes that are there whatever references stand for.
fn known_bytes(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Function(function) => match &**function {
            Function::Sub { text, .. } => without_references(text).len(),
            Function::Join { delimiter, values: Value::List(items) } => {
                items.iter().map(known_bytes).sum::<usize>() + delimiter.len() * items.len().saturating_sub(1)
            }
            _ => 0,
        },
        _ => 0,
    }
}
