//! Capabilities: everything that a template's author must acknowledge.
//!
//! Source: User Guide, "Acknowledging IAM resources in CloudFormation templates".

use std::collections::BTreeSet;

use super::Document;

/// The capabilities a template needs.
pub(crate) fn needed(document: &Document) -> Vec<&'static str> {
    const IAM: &[(&str, &str)] = &[
        ("AWS::IAM::AccessKey", ""),
        ("AWS::IAM::Group", "GroupName"),
        ("AWS::IAM::InstanceProfile", "InstanceProfileName"),
        ("AWS::IAM::ManagedPolicy", "ManagedPolicyName"),
        ("AWS::IAM::Policy", ""),
        ("AWS::IAM::Role", "RoleName"),
        ("AWS::IAM::User", "UserName"),
        ("AWS::IAM::UserToGroupAddition", ""),
    ];
    let mut needed = BTreeSet::new();
    for entry in document.written.resources.values() {
        let Some((_, name)) = IAM.iter().find(|(type_name, _)| *type_name == entry.type_name) else { continue };
        let is_named = entry.properties.contains_key(*name);
        needed.insert(if is_named { "CAPABILITY_NAMED_IAM" } else { "CAPABILITY_IAM" });
    }
    if needed.contains("CAPABILITY_NAMED_IAM") {
        needed.remove("CAPABILITY_IAM");
    }
    if document.template.transform.is_some() {
        needed.insert("CAPABILITY_AUTO_EXPAND");
    }
    needed.into_iter().collect()
}

/// The reason for which a template cannot be deployed with these: what is missing.
pub(crate) fn missing(document: &Document, given: &[String]) -> Option<String> {
    let needed = needed(document);
    let has = |needed: &&str| {
        given.iter().any(|given| given == needed || (given == "CAPABILITY_NAMED_IAM" && *needed == "CAPABILITY_IAM"))
    };
    (!needed.iter().all(has)).then(|| format!("Requires capabilities : [{}]", needed.join(", ")))
}
