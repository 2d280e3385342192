//! References against the places that they stand in: the ID of a VPC is not one of a subnet, and the name of a role is not its ARN.
//!
//! Source: the formats of values that cfn-lint 1.58.0 adds to the schemas, on both sides (`AWS::EC2::Subnet.Id`), and its rules E1040
//! and E1041 about them.

use serde_json::Value as Json;

use crate::check::Check;
use crate::data::subject::Subject;
use crate::finding::{Finding, rule};
use crate::instance::{placeholder, refers, trace};
use crate::rules::path;

/// Types whose attributes are what somebody else makes of them.
const OPEN: &[&str] = &[
    "AWS::CloudFormation::CustomResource",
    "AWS::CloudFormation::Stack",
    "AWS::Serverless::Application",
    "AWS::ServiceCatalog::CloudFormationProvisionedProduct",
];
/// An attribute that is any text.
const OPEN_ATTRIBUTE: (&str, &str) = ("AWS::SSM::Parameter", "Value");
/// A type whose `Ref` is its ID if the property is there, and its name otherwise, with the formats of both.
///
/// Source: AWS CloudFormation Template Reference, "AWS::EC2::SecurityGroup", "Return values": "Ref returns the ID of the security group
/// if you specified the VpcId property. Otherwise, it returns the name of the security group."
const BY_PROPERTY: (&str, &str, [&str; 2]) =
    ("AWS::EC2::SecurityGroup", "VpcId", ["AWS::EC2::SecurityGroup.Id", "AWS::EC2::SecurityGroup.Name"]);
/// References are followed no deeper: a schema may be one of trees.
const MAX_DEPTH: usize = 32;

/// A reference at a place of a known format.
struct Place<'i> {
    at: Vec<String>,
    formats: Vec<&'i str>,
    id: &'i str,
    attribute: Option<&'i str>,
}

pub(super) fn check(check: &mut Check<'_, '_>, subject: &Subject<'_>) {
    let root = &subject.schema.schema;
    let mut places = Vec::new();
    walk(root, root, subject.instance, &mut Vec::new(), &mut places);
    for place in places {
        if let Some(finding) = mismatch(check, subject, &place) {
            check.add(finding);
        }
    }
}

/// Collects the references to resources and attributes at places of a known format.
fn walk<'i>(root: &'i Json, node: &'i Json, value: &'i Json, at: &mut Vec<String>, places: &mut Vec<Place<'i>>) {
    if at.len() > MAX_DEPTH {
        return;
    }
    let node = resolved(root, node);
    if let Some((id, attribute)) = refers(value) {
        let formats = formats(root, node);
        if !formats.is_empty() {
            places.push(Place { at: at.clone(), formats, id, attribute });
        }
        return;
    }
    match value {
        Json::Object(entries) if placeholder(value).is_none() => {
            for (name, item) in entries {
                if let Some(below) = node.get("properties").and_then(|properties| properties.get(name)) {
                    at.push(name.clone());
                    walk(root, below, item, at, places);
                    at.pop();
                }
            }
        }
        Json::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                if let Some(below) = node.get("items") {
                    at.push(index.to_string());
                    walk(root, below, item, at, places);
                    at.pop();
                }
            }
        }
        _ => {}
    }
}

fn resolved<'s>(root: &'s Json, node: &'s Json) -> &'s Json {
    let target = node.get("$ref").and_then(Json::as_str).and_then(|reference| reference.strip_prefix('#'));
    target.and_then(|pointer| root.pointer(pointer)).unwrap_or(node)
}

/// The formats of values that may stand at a place; none where any text may.
fn formats<'s>(root: &'s Json, node: &'s Json) -> Vec<&'s str> {
    fn own(node: &Json) -> Option<&str> {
        node.get("format").and_then(Json::as_str).filter(|format| format.starts_with("AWS::"))
    }
    if let Some(format) = own(node) {
        return vec![format];
    }
    let any = node.get("anyOf").and_then(Json::as_array).into_iter().flatten();
    let all: Option<Vec<&str>> = any.map(|one| own(resolved(root, one))).collect();
    all.unwrap_or_default()
}

/// The finding about a reference to what never has the form that is wanted.
fn mismatch(check: &mut Check<'_, '_>, subject: &Subject<'_>, place: &Place<'_>) -> Option<Finding> {
    let resource = check.template.resources.get(place.id)?;
    let type_name = &*resource.type_name;
    if !type_name.starts_with("AWS::")
        || OPEN.contains(&type_name)
        || place.attribute.is_some_and(|attribute| (type_name, attribute) == OPEN_ATTRIBUTE)
    {
        return None;
    }
    let schema = check.schemas.get(type_name)?;
    let given = source(&schema.schema, place.attribute)?;
    let (of_type, property, [with, without]) = BY_PROPERTY;
    let given = match place.attribute {
        None if type_name == of_type => {
            let properties = resource.properties.to_value();
            vec![if properties.as_map()?.contains_key(property) { with } else { without }]
        }
        _ => formats(&schema.schema, given),
    };
    if place.formats.iter().any(|wanted| given.contains(wanted)) {
        return None;
    }
    let name = place.at.iter().rev().find(|segment| segment.parse::<usize>().is_err())?;
    let said = match place.attribute {
        Some(attribute) => format!("the attribute `{attribute}` of `{}`, an `{type_name}`", place.id),
        None => format!("`Ref` of `{}`, an `{type_name}`", place.id),
    };
    let mut at = path(&["Resources", subject.id, "Properties"]);
    at.extend(trace(subject.properties, &place.at, subject.scenario));
    let wanted: Vec<String> = place.formats.iter().map(|format| words(format)).collect();
    let finding = Finding::error(rule::REFERENCE, &at, format!("`{name}` is {said}"));
    let finding = finding.allowed(wanted.join(", or "));
    // The right resource, and another one of its values.
    let same = schema.schema.get("properties").and_then(Json::as_object).into_iter().flatten();
    let better =
        same.filter(|(_, node)| place.formats.iter().any(|wanted| formats(&schema.schema, node).contains(wanted)));
    let attributes = check.schemas.attributes(type_name);
    let better = better
        .map(|(name, _)| name)
        .find(|name| attributes.as_ref().is_some_and(|attributes| attributes.names.contains(name)));
    Some(match better.filter(|_| place.formats.iter().any(|format| format.starts_with(&format!("{type_name}.")))) {
        Some(attribute) => finding.hint(format!("take its attribute: `Fn::GetAtt` of `{}.{attribute}`", place.id)),
        None => finding,
    })
}

/// Schema of the value that `Ref` or an attribute gives: a text that the schema describes.
fn source<'s>(schema: &'s Json, attribute: Option<&str>) -> Option<&'s Json> {
    let mut node = schema;
    let dotted = match attribute {
        Some(attribute) => attribute.to_owned(),
        None => match schema.get("primaryIdentifier")?.as_array()?.as_slice() {
            [Json::String(pointer)] => pointer.strip_prefix("/properties/")?.replace('/', "."),
            _ => return None,
        },
    };
    for name in dotted.split('.') {
        node = resolved(schema, node.get("properties")?.get(name)?);
    }
    let is_text = node.get("type").is_none_or(|kind| kind == "string");
    is_text.then_some(node)
}

/// `AWS::EC2::Subnet.Id` in words.
fn words(format: &str) -> String {
    match format.rsplit_once('.') {
        Some((type_name, name)) => format!("the {} of an `{type_name}`", name.to_lowercase()),
        None => format!("`{format}`"),
    }
}
