//! Early validation: what a change set finds out before anything is made.
//!
//! Source: User Guide, "Validate stack deployments"; the names of the validations as AWS's events show them. Properties are held
//! against the schemas of their types ([`formwork_validate`]), names against those that are taken.

use std::borrow::Cow;

use formwork_validate::finding::rule;
use formwork_validate::{Finding, Severity};
use serde_json::Value as Json;

use crate::evaluate::UNKNOWN;
use crate::model::{Place, Validation, ValidationMode};
use crate::preview::{Preview, Wanted};
use crate::resources;
use crate::secrets::Secrets;
use crate::world::World;

/// A kind of validation: as status reasons call it, and as events do.
///
/// Source: aws-cloudformation/rain pull request 744, aws-cdk-cli pull request 1463.
type Kind = (&'static str, &'static str);

const PROPERTIES: Kind = ("AWS::EarlyValidation::PropertyValidation", "PROPERTY_VALIDATION");
const NAMES: Kind = ("AWS::EarlyValidation::ResourceExistenceCheck", "NAME_CONFLICT_VALIDATION");

/// A finding, with the resource it is about.
pub(crate) struct Invalid {
    pub(crate) logical_id: String,
    pub(crate) type_name: String,
    pub(crate) validation: Validation,
    hook: &'static str,
}

/// The findings about the resources that would be made or changed.
pub(crate) fn findings(world: &World, place: &Place, preview: &Preview, change_set: Option<&str>) -> Vec<Invalid> {
    let mut findings = Vec::new();
    for Wanted { logical_id, type_name, properties, is_new } in &preview.wanted {
        let mut found = |(hook, name): Kind, path: String, reason: String| {
            findings.push(Invalid {
                logical_id: logical_id.clone(),
                type_name: type_name.clone(),
                validation: Validation {
                    change_set: change_set.map(str::to_owned),
                    name: name.to_owned(),
                    reason,
                    path,
                    mode: ValidationMode::Fail,
                },
                hook,
            });
        };
        // A message could show what it is about.
        let mut shown = Cow::Borrowed(properties);
        if preview.secrets != Secrets::default() {
            preview.secrets.replace(shown.to_mut(), UNKNOWN);
        }
        let wrong = world.validator.borrow_mut().validate_properties(type_name, &shown, UNKNOWN);
        for finding in wrong.into_iter().filter(is_syntax) {
            let steps = ["", "Resources", logical_id, "Properties"].into_iter();
            let path: Vec<&str> = steps.chain(finding.path.iter().map(String::as_str)).collect();
            found(PROPERTIES, path.join("/"), told(finding));
        }
        if let Some(name) = name_taken(world, place, type_name, properties).filter(|_| *is_new) {
            let path = format!("/Resources/{logical_id}");
            found(NAMES, path, format!("Resource of type '{type_name}' with identifier '{name}' already exists."));
        }
    }
    findings
}

/// The new resources whose names are taken.
pub(crate) fn taken<'p>(world: &World, place: &Place, preview: &'p Preview) -> impl Iterator<Item = &'p str> {
    let is_taken = |one: &&Wanted| one.is_new && name_taken(world, place, &one.type_name, &one.properties).is_some();
    preview.wanted.iter().filter(is_taken).map(|one| one.logical_id.as_str())
}

/// The name that the template's author chose, if something else has it.
fn name_taken(world: &World, place: &Place, type_name: &str, properties: &Json) -> Option<String> {
    let identity = resources::chosen_identity(&world.registry, type_name, properties, place)?;
    world.owner_of(&identity)?;
    identity.splitn(3, ' ').nth(2).map(str::to_owned)
}

/// True if a schema of the registry says it. What goes together is said by resources themselves, when they are made.
fn is_syntax(finding: &Finding) -> bool {
    finding.severity == Severity::Error && finding.rule != rule::PROPERTY_COMBINATION
}

/// A finding on one line.
fn told(finding: Finding) -> String {
    let allowed = finding.allowed.filter(|allowed| !finding.message.contains(allowed));
    let allowed = allowed.map(|allowed| format!("; allowed: {allowed}"));
    format!("{}{}", finding.message, allowed.unwrap_or_default())
}

/// The refusal of an operation that has no events to tell findings by: its stack is not there.
pub(crate) fn refusal(findings: &[Invalid]) -> String {
    let told = findings.iter().map(|finding| format!("{}: {}", finding.validation.path, finding.validation.reason));
    let told: Vec<String> = told.collect();
    format!("{} {}", reason(findings), told.join("; "))
}

/// The status reason of a change set with findings.
pub(crate) fn reason(findings: &[Invalid]) -> String {
    let mut names: Vec<&str> = findings.iter().map(|finding| finding.hook).collect();
    names.sort_unstable();
    names.dedup();
    format!(
        "The following hook(s)/validation failed: [{}]. To troubleshoot Early Validation errors, use the DescribeEvents API for detailed failure information.",
        names.join(", ")
    )
}
