//! Each resource's properties against its type's schema, in every scenario of its conditions.

use std::collections::BTreeSet;

use formwork_template::{Value, dynamic};
use serde_json::Value as Json;

use crate::check::{Check, Parts};
use crate::data::{self, Subject};
use crate::finding::{Finding, rule};
use crate::instance::{Reader, is_macro, placeholder, trace, worked_out};
use crate::rules::choices::Found;
use crate::rules::explained::finding;
use crate::rules::{look_ups, macros, path, services, types};
use crate::scenario::conditions_of;
use crate::schema::Explained;
use crate::schemas::Schemas;

pub(crate) fn check(check: &mut Check<'_, '_>, parts: &Parts) {
    let template = check.template;
    for (id, resource) in &template.resources {
        let Some(properties) = parts.properties.get(id) else { continue };
        let type_name = &*resource.type_name;
        if macros::rewrites(template, resource) {
            continue;
        }
        services::references(check, id, type_name, properties);
        service_token(check, id, type_name, properties);
        if types::known(check, type_name) == types::Known::Yes {
            in_scenarios(check, parts, id);
            read_only(check, id, type_name, properties);
        }
    }
}

/// The properties of one resource, in every scenario of its conditions; how many these are.
pub(super) fn in_scenarios(check: &mut Check<'_, '_>, parts: &Parts, id: &str) -> usize {
    let template = check.template;
    let (Some(resource), Some(properties)) = (template.resources.get(id), parts.properties.get(id)) else { return 0 };
    let type_name = &*resource.type_name;
    let Some(schema) = check.schemas.get(type_name) else { return 0 };
    let mut conditions = BTreeSet::new();
    conditions_of(properties, &mut conditions);
    if !conditions.is_empty() {
        conditions.extend(resource.condition.as_deref());
    }
    let mut seen: Vec<(Json, usize)> = Vec::new();
    let mut found = Found::default();
    // Where the resource is not created, its properties need not be right.
    let made = check.scenarios(&conditions, resource.condition.as_deref());
    for (index, scenario) in made.iter().enumerate() {
        let mut reader = Reader { setting: check.setting(), scenario, schemas: check.schemas };
        let Some(instance) = reader.read(properties) else { continue };
        if placeholder(&instance).is_some() {
            continue;
        }
        if let Some((_, first)) = seen.iter().find(|(other, _)| *other == instance) {
            found.same(index, *first);
            continue;
        }
        for (place, missing) in look_ups::missing(&reader, properties) {
            let at: Vec<String> = path(&["Resources", id, "Properties"]).into_iter().chain(place).collect();
            found.add(missing.at(template, &at), index);
        }
        let of_services = services::errors(&mut reader, parts, check.region, type_name, &instance);
        for explained in schema.errors(&instance).into_iter().chain(of_services) {
            let mut place = path(&["Resources", id, "Properties"]);
            place.extend(trace(properties, &explained.path, scenario));
            let finding = match packaged(type_name, &explained) {
                true => local_file(&explained, &place),
                false => finding(type_name, &schema, &explained, &place),
            };
            found.add(finding, index);
        }
        let before = check.findings.len();
        data::check(check, &Subject { id, type_name, properties, instance: &instance, scenario, schema: &schema });
        check.findings.split_off(before).into_iter().for_each(|finding| found.add(finding, index));
        seen.push((instance, index));
    }
    let count = made.len();
    check.findings.extend(found.settled(check.setting(), &made));
    count
}

/// The findings about properties whose functions were worked out; their places are from the root of the properties.
pub(crate) fn of_type(schemas: &mut Schemas, type_name: &str, properties: &Json, unknown: &str) -> Vec<Finding> {
    let Some(schema) = schemas.get(type_name) else { return Vec::new() };
    let instance = worked_out(properties, unknown);
    let errors = schema.errors(&instance);
    let of_registry = errors.iter().filter(|explained| !explained.is_format);
    let mut findings: Vec<Finding> =
        of_registry.map(|explained| finding(type_name, &schema, explained, &explained.path)).collect();
    let keys = properties.as_object().into_iter().flat_map(serde_json::Map::keys);
    findings.extend(only_of_aws(schemas, type_name, keys).map(|key| set_by_aws(std::slice::from_ref(key), key)));
    findings
}

/// Properties that take an object, and a path to a local file in templates that go through `aws cloudformation package` first.
///
/// Source: AWS CLI Command Reference, `cloudformation package`.
const PACKAGED: &[(&str, &str)] = &[
    ("AWS::ApiGateway::RestApi", "BodyS3Location"),
    ("AWS::ElasticBeanstalk::ApplicationVersion", "SourceBundle"),
    ("AWS::Lambda::Function", "Code"),
    ("AWS::Lambda::LayerVersion", "Content"),
    ("AWS::StepFunctions::StateMachine", "DefinitionS3Location"),
];

fn packaged(type_name: &str, explained: &Explained) -> bool {
    explained.rule == rule::PROPERTY_TYPE
        && explained.value.as_ref().is_some_and(Json::is_string)
        && matches!(explained.path.as_slice(), [name] if PACKAGED.contains(&(type_name, name.as_str())))
}

fn local_file(explained: &Explained, place: &[String]) -> Finding {
    let name = explained.path.join(".");
    let message = format!("`{name}` is a path, which CloudFormation itself does not take");
    Finding::warning(rule::UNCHECKED, place, message).hint("`aws cloudformation package` makes an object of it")
}

/// A custom resource names whom CloudFormation asks for it.
///
/// Source: AWS CloudFormation Template Reference, `AWS::CloudFormation::CustomResource`: `ServiceToken` is required, of the types
/// `Custom::…` too. (The schema of the former says so itself.)
fn service_token(check: &mut Check<'_, '_>, id: &str, type_name: &str, properties: &Value) {
    let is_custom = type_name.starts_with("Custom::") || type_name == "AWS::CloudFormation::CustomResource";
    let Some(entries) = properties.as_map().filter(|_| is_custom) else { return };
    const ALLOWED: &str = "the ARN of a Lambda function or of an SNS topic";
    let place = path(&["Resources", id, "Properties"]);
    match entries.get("ServiceToken") {
        Some(Value::String(text)) if !text.starts_with("arn:") && !dynamic::is_in(text) => {
            let place = path(&["Resources", id, "Properties", "ServiceToken"]);
            let message = format!("`ServiceToken` is `{text}`, which is not an ARN");
            check.add(Finding::warning(rule::PROPERTY_VALUE, &place, message).value(text).allowed(ALLOWED));
        }
        // Of CloudFormation's own type, the schema says that it is missing.
        None if type_name.starts_with("Custom::") && !entries.keys().any(|key| is_macro(key)) => {
            let message = format!("`ServiceToken` is missing, which `{type_name}` needs as every custom resource does");
            check.add(Finding::error(rule::PROPERTY_MISSING, &place, message).allowed(ALLOWED));
        }
        _ => {}
    }
}

/// Properties that only AWS sets: CloudFormation refuses a template that gives them.
fn read_only(check: &mut Check<'_, '_>, id: &str, type_name: &str, properties: &Value) {
    let Some(entries) = properties.as_map() else { return };
    let given: Vec<&String> = only_of_aws(check.schemas, type_name, entries.keys()).collect();
    for key in given {
        check.add(set_by_aws(&path(&["Resources", id, "Properties", key]), key));
    }
}

fn set_by_aws(at: &[String], key: &str) -> Finding {
    Finding::error(rule::PROPERTY_READ_ONLY, at, format!("`{key}` is set by AWS and cannot be given"))
}

/// Those of the names that cannot be given. Some types list what can be given and is made up when it is not.
fn only_of_aws<'k>(
    schemas: &mut Schemas,
    type_name: &str,
    names: impl Iterator<Item = &'k String>,
) -> impl Iterator<Item = &'k String> {
    let attributes = schemas.attributes(type_name);
    names.filter(move |name| {
        let known = attributes.as_ref();
        known.is_some_and(|known| known.read_only.contains(name) && !known.settable.contains(name))
    })
}
