//! Early validation: what a change set finds out before anything is made.
//!
//! Source: User Guide, "Validate stack deployments"; the names of the validations as AWS's events show them. Held against the facts of
//! the schemas: required properties, read-only properties, and names that are taken.

use formwork_schema::facts;

use crate::model::{Place, Validation};
use crate::preview::{Preview, Wanted};
use crate::resources;
use crate::world::World;

/// A kind of validation: as status reasons call it, and as events do.
///
/// Source: aws-cloudformation/rain pull request 744, aws-cdk-cli pull request 1463.
type Kind = (&'static str, &'static str);

const PROPERTIES: Kind = ("AWS::EarlyValidation::PropertyValidation", "PROPERTY_VALIDATION");
const NAMES: Kind = ("AWS::EarlyValidation::ResourceExistenceCheck", "NAME_CONFLICT_VALIDATION");

/// A finding, with the resource it is about.
pub(crate) struct Finding {
    pub(crate) logical_id: String,
    pub(crate) type_name: String,
    pub(crate) validation: Validation,
    hook: &'static str,
}

/// What is wrong with the resources that would be made or changed.
pub(crate) fn findings(world: &World, place: &Place, preview: &Preview, change_set: Option<&str>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for Wanted { logical_id, type_name, properties, is_new } in &preview.wanted {
        let Some(facts) = facts::of(type_name) else { continue };
        let mut found = |(hook, name): Kind, path: String, reason: String| {
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
                hook,
            });
        };
        for required in facts.required().filter(|required| properties.get(required).is_none()) {
            let path = format!("/Resources/{logical_id}/Properties");
            found(PROPERTIES, path, format!("Required property [{required}] not found"));
        }
        for read_only in facts.read_only().filter(|name| !name.contains('.') && properties.get(name).is_some()) {
            let path = format!("/Resources/{logical_id}/Properties/{read_only}");
            found(PROPERTIES, path, format!("Property [{read_only}] is read-only and cannot be specified"));
        }
        let identity = if *is_new { resources::chosen_identity(type_name, properties, place) } else { None };
        if let Some(identity) = identity.filter(|identity| world.owner_of(identity).is_some()) {
            let name = identity.splitn(3, ' ').nth(2).unwrap_or_default();
            let path = format!("/Resources/{logical_id}");
            found(NAMES, path, format!("Resource of type '{type_name}' with identifier '{name}' already exists."));
        }
    }
    findings
}

/// The status reason of a change set with findings.
pub(crate) fn reason(findings: &[Finding]) -> String {
    let mut names: Vec<&str> = findings.iter().map(|finding| finding.hook).collect();
    names.sort_unstable();
    names.dedup();
    format!(
        "The following hook(s)/validation failed: [{}]. To troubleshoot Early Validation errors, use the DescribeEvents API for detailed failure information.",
        names.join(", ")
    )
}
