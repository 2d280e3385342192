//! Early validation: what a change set finds out before anything is made.
//!
//! Source: User Guide, "Validate stack deployments"; the names of the validations as AWS's events show them. Held against the facts of
//! the schemas: required properties, read-only properties, and names that are taken.

use formwork_schema::facts;

use crate::model::{Place, Validation};
use crate::preview::Preview;
use crate::resources;
use crate::world::World;

const SYNTAX: &str = "AWS::EarlyValidation::PropertyValidation";
const CONFLICT: &str = "AWS::EarlyValidation::ResourceExistenceCheck";

/// A finding, with the resource it is about.
pub(crate) struct Finding {
    pub(crate) logical_id: String,
    pub(crate) type_name: String,
    pub(crate) validation: Validation,
}

/// What is wrong with the resources that would be made.
pub(crate) fn findings(world: &World, place: &Place, preview: &Preview, change_set: Option<&str>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (logical_id, type_name, properties) in &preview.additions {
        let Some(facts) = facts::of(type_name) else { continue };
        let mut found = |name: &str, path: String, reason: String| {
            findings.push(Finding {
                logical_id: logical_id.clone(),
                type_name: type_name.clone(),
                validation: Validation {
                    change_set: change_set.map(str::to_owned),
                    name: name.to_owned(),
                    reason,
                    path,
                    mode: "FAIL".to_owned(),
                },
            });
        };
        for required in facts.required() {
            if properties.get(required).is_none() {
                let path = format!("/Resources/{logical_id}/Properties");
                found(SYNTAX, path, format!("#: required key [{required}] not found"));
            }
        }
        for read_only in facts.read_only().filter(|name| !name.contains('.')) {
            if properties.get(read_only).is_some() {
                let path = format!("/Resources/{logical_id}/Properties/{read_only}");
                found(SYNTAX, path, format!("Encountered unsupported properties in {{/}}: [{read_only}]"));
            }
        }
        let identity = resources::chosen_identity(type_name, properties, place);
        if identity.as_deref().is_some_and(|identity| world.owner_of(identity).is_some()) {
            let name = identity.as_deref().and_then(|identity| identity.splitn(3, ' ').nth(2)).unwrap_or_default();
            let path = format!("/Resources/{logical_id}");
            found(CONFLICT, path, format!("Resource of type '{type_name}' with identifier '{name}' already exists"));
        }
    }
    findings
}

/// The status reason of a change set with findings.
pub(crate) fn reason(findings: &[Finding]) -> String {
    let mut names: Vec<&str> = findings.iter().map(|finding| finding.validation.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    format!(
        "The following hook(s)/validation failed: [{}]. To troubleshoot Early Validation errors, use the DescribeEvents API for detailed failure information.",
        names.join(", ")
    )
}
