//! A template as the engine works with it: read, checked as far as CloudFormation checks before it does anything, with
//! the references between its resources.
//!
//! The messages are CloudFormation's own, as people search for them. What has not the form of a template is told in [`form`].

pub(crate) mod capabilities;
mod form;

use std::collections::{BTreeMap, BTreeSet};

use formwork_model::{Named, names_in};
use formwork_schema::facts::Registry;
use formwork_template::{Function, Map, Template, Value, pseudo, template};

use crate::protocol::ApiError;

/// A template with what was found out about it.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) template: Template,
    /// The properties of each resource as a tree.
    pub(crate) properties: BTreeMap<String, Map>,
    /// For each resource, which others it names, `DependsOn` included.
    pub(crate) dependencies: BTreeMap<String, BTreeSet<String>>,
}

/// Reads and checks a template.
///
/// # Errors
///
/// `ValidationError`, with CloudFormation's words.
pub(crate) fn read(registry: &Registry, text: &str, region: &str) -> Result<Document, ApiError> {
    let document = of_template(form::template(text).map_err(ApiError::validation)?);
    check(registry, &document, region).map_err(ApiError::validation)?;
    Ok(document)
}

/// Reads a template that was checked before.
pub(crate) fn parse(text: &str) -> Result<Document, ApiError> {
    let template = Template::from_text(text).map_err(|error| ApiError::validation(form::words(&error)))?;
    Ok(of_template(template))
}

fn of_template(template: Template) -> Document {
    let properties: BTreeMap<String, Map> = template
        .resources
        .iter()
        .map(|(id, resource)| {
            let map = match resource.properties.to_value() {
                Value::Map(map) => map,
                // One property whose name spells a function, or a macro in place of all properties.
                Value::Function(function) => {
                    [("Fn::Transform".to_owned(), Value::Function(function))].into_iter().collect()
                }
                _ => Map::new(),
            };
            (id.clone(), map)
        })
        .collect();
    let dependencies = template
        .resources
        .iter()
        .map(|(id, resource)| {
            let mut others: BTreeSet<String> = resource.depends_on.iter().cloned().collect();
            let values = properties.get(id).into_iter().flat_map(Map::values);
            for value in values.chain(resource.metadata.values()) {
                for named in names_in(value) {
                    if let Named::Ref(other) | Named::Attribute(other, _) = named
                        && template.resources.contains_key(&other)
                    {
                        others.insert(other);
                    }
                }
            }
            (id.clone(), others)
        })
        .collect();
    Document { template, properties, dependencies }
}

/// Whether a resource of this type can be made at all.
pub(crate) fn is_custom(type_name: &str) -> bool {
    type_name.starts_with("Custom::") || type_name == "AWS::CloudFormation::CustomResource"
}

fn check(registry: &Registry, document: &Document, region: &str) -> Result<(), String> {
    let template = &document.template;
    if template.resources.is_empty() {
        return Err("Template format error: At least one Resources member must be defined.".to_owned());
    }
    let limits = [
        ("resources", template.resources.len(), template::MAX_RESOURCES),
        ("parameters", template.parameters.len(), template::MAX_PARAMETERS),
        ("outputs", template.outputs.len(), template::MAX_OUTPUTS),
        ("mappings", template.mappings.len(), template::MAX_MAPPINGS),
    ];
    for (what, count, most) in limits {
        if count > most {
            return Err(format!(
                "Template format error: Number of {what}, {count}, is greater than maximum allowed, {most}"
            ));
        }
    }
    if template.description.as_ref().is_some_and(|text| text.len() > template::MAX_DESCRIPTION_BYTES) {
        return Err("Template format error: 'Description' length is greater than 1024.".to_owned());
    }
    if let Some(transform) = &template.transform {
        let names: Vec<&str> = match transform {
            Value::List(items) => items.iter().filter_map(Value::as_str).collect(),
            other => other.as_str().into_iter().collect(),
        };
        // `Fn::Length` and `Fn::ToJsonString` are worked out; loops are not.
        if let Some(name) = names.iter().find(|name| **name != "AWS::LanguageExtensions") {
            return Err(format!("No transform named {name} found."));
        }
    }
    if let Some(name) = template.resource_macros.keys().chain(template.output_macros.keys()).next() {
        return Err(format!("Template error: the embedded engine carries out no macros: {name}"));
    }
    if !template.others.is_empty() {
        let others: Vec<&str> = template.others.keys().map(String::as_str).collect();
        return Err(format!("Template format error: Invalid template property or properties [{}]", others.join(", ")));
    }
    extensions(document)?;
    rules(template)?;
    policies(template)?;
    snapshots(template)?;
    names(document)?;
    types(registry, template, region)?;
    references(registry, document)?;
    circles(&document.dependencies)
}

/// Functions that only the transform brings.
///
/// Source: Template Reference, "AWS::LanguageExtensions transform".
fn extensions(document: &Document) -> Result<(), String> {
    let template = &document.template;
    if template.transform.is_some() {
        return Ok(());
    }
    let mut found = None;
    let mut look = |value: &Value| {
        value.visit_functions(&mut |function| match function {
            Function::Length(_) => found = Some("Fn::Length"),
            Function::ToJsonString(_) => found = Some("Fn::ToJsonString"),
            Function::FindInMap { default: Some(_), .. } => found = Some("DefaultValue of Fn::FindInMap"),
            _ => {}
        });
    };
    document.properties.values().flat_map(Map::values).for_each(&mut look);
    template.outputs.values().for_each(|output| look(&output.value));
    template.conditions.values().for_each(&mut look);
    found.map_or(Ok(()), |name| {
        Err(format!("Template error: {name} is only supported with the transform AWS::LanguageExtensions"))
    })
}

/// Source: Template Reference, "Rule-specific intrinsic functions"; the words as people report them.
fn rules(template: &Template) -> Result<(), String> {
    let mut others = BTreeSet::new();
    for rule in template.rules.values() {
        rule.visit_functions(&mut |function| match function {
            Function::And(_)
            | Function::Contains(..)
            | Function::EachMemberEquals(..)
            | Function::EachMemberIn(..)
            | Function::Equals(..)
            | Function::Not(_)
            | Function::Or(_)
            | Function::Ref(_)
            | Function::RefAll(_)
            | Function::ValueOf(..)
            | Function::ValueOfAll(..) => {}
            other => others.extend(other.to_map().into_keys()),
        });
    }
    if others.is_empty() {
        return Ok(());
    }
    let others: Vec<String> = others.into_iter().collect();
    Err(format!(
        "Template format error: Following functions are not supported in the Rules block of the template: [{}]",
        others.join(", ")
    ))
}

/// Source: awslabs/aws-servicebroker issue 22.
fn policies(template: &Template) -> Result<(), String> {
    let names = ["DeletionPolicy", "UpdateReplacePolicy"].into_iter().filter(|_| template.transform.is_none());
    let others = |name: &&str| template.resources.values().any(|resource| resource.others.contains_key(*name));
    match names.into_iter().find(others) {
        Some(name) => Err(format!("Template format error: Every {name} member must be a string.")),
        None => Ok(()),
    }
}

/// Source: Template Reference, "DeletionPolicy attribute", "Snapshot".
fn snapshots(template: &Template) -> Result<(), String> {
    const SUPPORTED: &[&str] = &[
        "AWS::DocDB::DBCluster",
        "AWS::EC2::Volume",
        "AWS::ElastiCache::CacheCluster",
        "AWS::ElastiCache::ReplicationGroup",
        "AWS::Neptune::DBCluster",
        "AWS::RDS::DBCluster",
        "AWS::RDS::DBInstance",
        "AWS::Redshift::Cluster",
    ];
    for resource in template.resources.values().filter(|one| !SUPPORTED.contains(&one.type_name.as_ref())) {
        let deletion = resource.deletion_policy.as_ref().map(|policy| policy.as_str());
        let replacement = resource.update_replace_policy.as_ref().map(|policy| policy.as_str());
        let policies = [("deletion", deletion), ("update replace", replacement)];
        if let Some((which, _)) = policies.iter().find(|(_, policy)| *policy == Some("Snapshot")) {
            return Err(format!(
                "Template error: resource type {} does not support {which} policy Snapshot",
                resource.type_name
            ));
        }
    }
    Ok(())
}

fn names(document: &Document) -> Result<(), String> {
    let template = &document.template;
    let sections: [(&str, Vec<&String>); 3] = [
        ("Parameters", template.parameters.keys().collect()),
        ("Resources", template.resources.keys().collect()),
        ("Outputs", template.outputs.keys().collect()),
    ];
    for (section, names) in sections {
        for name in names {
            if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                let kind = section.trim_end_matches('s');
                return Err(format!("Template format error: {kind} name {name} is non alphanumeric."));
            }
        }
    }
    Ok(())
}

/// How the refusal of a template with types that nobody knows begins, after what CloudFormation says of every such template.
pub const UNRECOGNIZED_TYPES: &str = "Unrecognized resource types";

fn types(registry: &Registry, template: &Template, region: &str) -> Result<(), String> {
    let unknown: BTreeSet<&str> = template
        .resources
        .values()
        .map(|resource| resource.type_name.as_ref())
        .filter(|name| {
            !is_custom(name) && registry.of(name).is_none_or(|facts| facts.available_in(region) == Some(false))
        })
        .collect();
    if unknown.is_empty() {
        return Ok(());
    }
    let unknown: Vec<&str> = unknown.into_iter().collect();
    Err(format!("Template format error: {UNRECOGNIZED_TYPES}: [{}]", unknown.join(", ")))
}

fn references(registry: &Registry, document: &Document) -> Result<(), String> {
    let template = &document.template;
    let mut unresolved = BTreeSet::new();
    for (id, resource) in &template.resources {
        for other in &resource.depends_on {
            if !template.resources.contains_key(other) {
                unresolved.insert(other.clone());
            }
        }
        if let Some(condition) = &resource.condition {
            known_condition(template, condition, "Resources")?;
        }
        let values = document.properties.get(id).into_iter().flat_map(Map::values);
        for value in values.chain(resource.metadata.values()) {
            unresolved.extend(unresolved_in(registry, template, value, "Resources")?);
        }
    }
    if !unresolved.is_empty() {
        let unresolved: Vec<String> = unresolved.into_iter().collect();
        return Err(format!(
            "Template format error: Unresolved resource dependencies [{}] in the Resources block of the template",
            unresolved.join(", ")
        ));
    }
    for output in template.outputs.values() {
        if let Some(condition) = &output.condition {
            known_condition(template, condition, "Outputs")?;
        }
        for value in [Some(&output.value), output.export_name.as_ref()].into_iter().flatten() {
            let unresolved = unresolved_in(registry, template, value, "Outputs")?;
            if !unresolved.is_empty() {
                let unresolved: Vec<String> = unresolved.into_iter().collect();
                return Err(format!(
                    "Template format error: Unresolved resource dependencies [{}] in the Outputs block of the template",
                    unresolved.join(", ")
                ));
            }
        }
    }
    for value in template.conditions.values() {
        for named in names_in(value) {
            match named {
                Named::Condition(name) => known_condition(template, &name, "Conditions")?,
                Named::Ref(name)
                    if !template.parameters.contains_key(&name) && !pseudo::ALL.contains(&name.as_str()) =>
                {
                    return Err(format!(
                        "Template format error: Unresolved dependencies [{name}]. Cannot reference resources in the Conditions block of the template"
                    ));
                }
                _ => {}
            }
        }
    }
    Ok(())
}

fn known_condition(template: &Template, name: &str, block: &str) -> Result<(), String> {
    if template.conditions.contains_key(name) {
        return Ok(());
    }
    Err(format!("Template format error: Unresolved condition dependency {name} in the {block} block of the template"))
}

fn unresolved_in(
    registry: &Registry,
    template: &Template,
    value: &Value,
    block: &str,
) -> Result<BTreeSet<String>, String> {
    let mut unresolved = BTreeSet::new();
    for named in names_in(value) {
        match named {
            Named::Ref(name) => {
                let known = template.parameters.contains_key(&name)
                    || template.resources.contains_key(&name)
                    || pseudo::ALL.contains(&name.as_str());
                if !known {
                    unresolved.insert(name);
                }
            }
            Named::Attribute(id, attribute) => {
                let Some(resource) = template.resources.get(&id) else {
                    return Err(format!("Template error: instance of Fn::GetAtt references undefined resource {id}"));
                };
                if !has_attribute(registry, &resource.type_name, &attribute) {
                    return Err(format!(
                        "Template error: resource {id} does not support attribute type {attribute} in Fn::GetAtt"
                    ));
                }
            }
            Named::Condition(name) => known_condition(template, &name, block)?,
            // Where no such mapping is, the evaluation fails.
            Named::Mapping(_) => {}
        }
    }
    Ok(unresolved)
}

/// Whether `Fn::GetAtt` takes the name. Outputs of a nested stack and the data of a custom resource are not known before.
fn has_attribute(registry: &Registry, type_name: &str, attribute: &str) -> bool {
    if attribute.is_empty()
        || is_custom(type_name)
        || (type_name == "AWS::CloudFormation::Stack" && attribute.starts_with("Outputs."))
    {
        return true;
    }
    registry.of(type_name).is_some_and(|facts| {
        // A name in a map, such as the data of a document, comes after the attribute's own.
        facts
            .attributes()
            .any(|known| known == attribute || attribute.strip_prefix(known).is_some_and(|rest| rest.starts_with('.')))
    })
}

fn circles(dependencies: &BTreeMap<String, BTreeSet<String>>) -> Result<(), String> {
    let mut left: BTreeMap<&str, BTreeSet<&str>> =
        dependencies.iter().map(|(id, others)| (id.as_str(), others.iter().map(String::as_str).collect())).collect();
    loop {
        let free: Vec<&str> = left
            .iter()
            .filter(|(_, others)| !others.iter().any(|other| left.contains_key(other)))
            .map(|(id, _)| *id)
            .collect();
        if free.is_empty() {
            break;
        }
        for id in free {
            left.remove(id);
        }
    }
    if left.is_empty() {
        return Ok(());
    }
    let ids: Vec<&str> = left.into_keys().collect();
    Err(format!("Circular dependency between resources: [{}]", ids.join(", ")))
}
