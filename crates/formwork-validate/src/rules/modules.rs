//! Modules: what a resource that stands for several cannot have.
//!
//! Source: AWS CloudFormation User Guide, "Considerations when using CloudFormation modules": no `CreationPolicy`, no
//! `UpdatePolicy`, and a metadata key that CloudFormation uses itself.

use crate::check::Check;
use crate::finding::{Finding, rule};
use crate::rules::path;

/// The end of the names of modules' types.
pub(crate) const SUFFIX: &str = "::MODULE";
/// The key at which CloudFormation notes the module of a resource.
const RESERVED: &str = "AWS::CloudFormation::Module";

pub(crate) fn check(check: &mut Check<'_, '_>) {
    let template = check.template;
    for (id, resource) in template.resources.iter().filter(|(_, resource)| resource.type_name.ends_with(SUFFIX)) {
        let not_there: [(bool, &[&str]); 3] = [
            (resource.creation_policy.is_some(), &["CreationPolicy"]),
            (resource.update_policy.is_some(), &["UpdatePolicy"]),
            (resource.metadata.contains_key(RESERVED), &["Metadata", RESERVED]),
        ];
        for (_, keys) in not_there.into_iter().filter(|(is_there, _)| *is_there) {
            let mut at = path(&["Resources", id]);
            at.extend(path(keys));
            let name = keys.last().copied().unwrap_or_default();
            check.add(Finding::error(rule::MODULE, &at, format!("a module cannot have `{name}`")));
        }
    }
}
