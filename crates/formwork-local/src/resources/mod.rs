//! Resources without code of their own: identity and attributes from the facts of the registry schemas.
//!
//! [`make`] gives a resource of any type its physical id and attributes; [`formats`] knows how AWS writes them; [`change`]
//! says what a difference in properties does; [`special`] is the small table of types that do more than their schema says.

pub(crate) mod change;
pub(crate) mod described;
mod formats;
mod owner;
pub(crate) mod special;

use std::collections::BTreeMap;

use formwork_schema::facts::{Registry, Replacement, TypeFacts};
use serde_json::Value as Json;

use crate::evaluate::text_of;
use crate::ids::Ids;
use crate::model::{Place, StackResource};

pub(crate) use owner::{Owner, at};

/// AWS's answer after it made a resource.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Made {
    pub(crate) physical_id: String,
    pub(crate) attributes: BTreeMap<String, Json>,
}

/// A new resource of the type with these properties.
pub(crate) fn make(registry: &Registry, ids: &mut Ids, owner: &Owner<'_>, type_name: &str, properties: &Json) -> Made {
    let Some(facts) = registry.of(type_name) else {
        return Made { physical_id: owner.logical_id.to_owned(), attributes: BTreeMap::new() };
    };
    let parts: Vec<&str> = facts.primary_identifier().collect();
    let read_only: Vec<&str> = facts.read_only().collect();
    let mut known: BTreeMap<String, Json> = BTreeMap::new();
    // The identity first: other attributes are made of it.
    let mut id = formats::generated_name(ids, owner, type_name);
    for part in &parts {
        let given = at(properties, part).filter(|value| text_of(value).is_some_and(|text| !text.is_empty()));
        if let Some(given) = given {
            known.insert((*part).to_owned(), given.clone());
        } else if !read_only.contains(part) && parts.len() == 1 {
            known.insert((*part).to_owned(), Json::String(id.clone()));
        }
    }
    let first = parts.first().and_then(|part| known.get(*part)).and_then(text_of);
    id = match (first, named(facts, properties)) {
        // The author of the template, or CloudFormation, says what it is called.
        (Some(name), _) if parts.iter().all(|part| known.contains_key(*part)) => name,
        (_, Some((_, name))) => name,
        _ => formats::own_id(ids, type_name, &id),
    };
    for name in parts.iter().filter(|part| read_only.contains(part)).copied().chain(facts.attributes()) {
        if !known.contains_key(name) {
            let value = at(properties, name).cloned();
            let value = value.unwrap_or_else(|| formats::attribute(ids, owner, facts, name, &id, properties, &known));
            known.insert(name.to_owned(), value);
        }
    }
    let ref_name = facts.ref_name();
    let of_ref = known.get(ref_name).cloned().or_else(|| at(properties, ref_name).cloned());
    let physical_id = of_ref.as_ref().and_then(text_of).unwrap_or_else(|| {
        let values: Vec<String> = parts.iter().filter_map(|part| known.get(*part)).filter_map(text_of).collect();
        if values.is_empty() { id.clone() } else { values.join("|") }
    });
    let attributes = facts.attributes().filter_map(|name| Some((name.to_owned(), known.get(name)?.clone()))).collect();
    Made { physical_id, attributes }
}

/// After an update in place: attributes that are properties too have the values of those. The physical id stays.
pub(crate) fn follow(resource: &mut StackResource) {
    for (name, value) in &mut resource.attributes {
        if let Some(now) = at(&resource.properties, name) {
            value.clone_from(now);
        }
    }
}

/// The identity that the author of a template chose: no two resources may have it.
pub(crate) fn chosen_identity(
    registry: &Registry,
    type_name: &str,
    properties: &Json,
    place: &Place,
) -> Option<String> {
    let facts = registry.of(type_name)?;
    let read_only: Vec<&str> = facts.read_only().collect();
    let mut parts = Vec::new();
    let mut is_drawn = false;
    for part in facts.primary_identifier() {
        match at(properties, part).and_then(text_of) {
            Some(value) => parts.push(value),
            // There is one of it in an account.
            None if part.ends_with("AccountId") => parts.push(place.account.clone()),
            None => {
                // The service draws it; but a record set's optional part is just absent.
                is_drawn |= read_only.contains(&part) && !type_name.starts_with("AWS::Route53::RecordSet");
                parts.push(String::new());
            }
        }
    }
    let identity = match is_drawn {
        // What can be called otherwise later is not known by its name: what the service drew tells it from others.
        true => named(facts, properties).filter(|(property, _)| facts.replacement(&[property]) == Replacement::Yes)?.1,
        false if parts.iter().all(String::is_empty) => return None,
        false => parts.join("|"),
    };
    let scope = if formats::is_global(type_name) { place.partition() } else { place.region.as_str() };
    Some(format!("{scope} {type_name} {identity}"))
}

/// The author's name for a resource whose identifier has that name in it, as an ARN or an address may: the property, and its value.
fn named(facts: TypeFacts<'_>, properties: &Json) -> Option<(String, String)> {
    let given = |name: &str| {
        let value = at(properties, name).and_then(text_of).filter(|text| !text.is_empty())?;
        Some((name.to_owned(), value))
    };
    let is_made_of_name = facts.primary_identifier().any(|part| part.ends_with("Arn") || part.ends_with("Url"));
    let kind = facts.type_name().rsplit("::").next().unwrap_or_default();
    given(facts.ref_name())
        .or_else(|| is_made_of_name.then(|| given(&format!("{kind}Name")).or_else(|| given("Name"))).flatten())
}

/// An id such as the service draws for the type.
pub(crate) fn own_id(ids: &mut Ids, type_name: &str) -> String {
    formats::own_id(ids, type_name, "thing")
}

/// True if a resource of the type is seen from every region of its partition.
pub(crate) fn is_global(type_name: &str) -> bool {
    formats::is_global(type_name)
}

#[cfg(test)]
mod tests {
    use formwork_schema::facts;
    use serde_json::json;

    use super::*;

    fn of(type_name: &str, properties: Json) -> String {
        let place = Place { region: "ap-northeast-2".into(), account: "123456789012".into() };
        let owner = Owner { place: &place, stack_name: "site", logical_id: "Thing" };
        let made = make(&Registry::new(), &mut Ids::new(7), &owner, type_name, &properties);
        format!("{}\n{:#}", made.physical_id, json!(made.attributes))
    }

    #[test]
    fn identities_and_attributes_look_like_those_of_aws() {
        insta::assert_snapshot!(of("AWS::CertificateManager::Certificate", json!({"DomainName": "a.b"})));
        insta::assert_snapshot!(of("AWS::CloudFront::Distribution", json!({})));
        insta::assert_snapshot!(of("AWS::Route53::RecordSet", json!({"Name": "a.b.", "Type": "A"})));
        insta::assert_snapshot!(of("AWS::EC2::Instance", json!({})));
        insta::assert_snapshot!(of("AWS::EC2::EIP", json!({})));
        insta::assert_snapshot!(of("AWS::S3::Bucket", json!({})));
        insta::assert_snapshot!(of("AWS::IAM::Role", json!({"RoleName": "deployer"})));
        insta::assert_snapshot!(of("AWS::SNS::Topic", json!({})));
        insta::assert_snapshot!(of("AWS::EC2::SecurityGroup", json!({"VpcId": "vpc-1"})));
        insta::assert_snapshot!(of("AWS::Lambda::Function", json!({})));
    }

    #[test]
    fn every_type_can_be_made() {
        for type_name in facts::type_names() {
            let place = Place { region: "us-east-1".into(), account: "123456789012".into() };
            let owner = Owner { place: &place, stack_name: "site", logical_id: "Thing" };
            let made = make(&Registry::new(), &mut Ids::new(7), &owner, type_name, &json!({}));
            assert!(!made.physical_id.is_empty(), "{type_name}");
            let facts = facts::of(type_name).unwrap();
            assert!(facts.attributes().all(|name| made.attributes.contains_key(name)), "{type_name}");
        }
    }
}
