//! Every type of the snapshot, without code of its own: created, updated in place where something can be, read by `Ref` and by every
//! attribute, deleted; in the partitions of the world.

use std::collections::BTreeMap;

use formwork_schema::facts::{self, Registry, Replacement};
use serde_json::{Value as Json, json};

use super::Local;
use crate::ids::Ids;
use crate::model::Place;
use crate::resources::{self, Owner};

/// The properties that must be there for the type, and one that can change in place.
fn properties(type_name: &str, value: &str) -> Json {
    let facts = facts::of(type_name).unwrap();
    let mut properties = serde_json::Map::new();
    // A type that cannot be updated is replaced, which takes another name.
    let of = if facts.has_update_handler() == Some(false) { value } else { "always" };
    for required in facts.required() {
        properties.insert(required.to_owned(), json!(format!("{required}-{of}")));
    }
    if type_name == "AWS::SSM::Association" {
        // Its document must be there; those of AWS always are.
        properties.insert("Name".to_owned(), json!("AWS-RunShellScript"));
    }
    properties.insert("Changes".to_owned(), json!(value));
    Json::Object(properties)
}

/// Types that are made of others: nested stacks and what answers from outside have tests of their own.
fn is_special(type_name: &str) -> bool {
    crate::document::is_custom(type_name)
        || matches!(
            type_name,
            "AWS::CloudFormation::Stack" | "AWS::CloudFormation::WaitCondition" | "AWS::CloudFormation::Macro"
        )
}

#[test]
fn every_type_lives_and_dies() {
    let mut regions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for type_name in facts::type_names().filter(|name| !is_special(name)) {
        let facts = facts::of(type_name).unwrap();
        let home =
            if facts.available_in("us-east-1") != Some(false) { "us-east-1" } else { facts.regions().next().unwrap() };
        regions.entry(home).or_default().push(type_name);
    }
    let mut replaced = Vec::new();
    for (region, types) in &regions {
        let mut local = Local::new();
        // A stack of at most 200 outputs: some types at a time.
        for (number, types) in types.chunks(40).enumerate() {
            let name = format!("s{number}");
            let body = |value: &str| {
                let resources: serde_json::Map<String, Json> = types
                    .iter()
                    .enumerate()
                    .map(|(index, name)| {
                        (format!("R{index}"), json!({ "Type": name, "Properties": properties(name, value) }))
                    })
                    .collect();
                let refs: Vec<Json> = (0..types.len()).map(|index| json!({ "Ref": format!("R{index}") })).collect();
                json!({ "Resources": resources, "Outputs": { "All": { "Value": { "Fn::Join": [" ", refs] } } } })
                    .to_string()
            };
            let fields = |body: &str| {
                vec![
                    ("StackName".to_owned(), name.clone()),
                    ("TemplateBody".to_owned(), body.to_owned()),
                    ("DisableValidation".to_owned(), "true".to_owned()),
                    ("Capabilities.member.1".to_owned(), "CAPABILITY_NAMED_IAM".to_owned()),
                ]
            };
            let call = |local: &mut Local, action: &str, body: &str| {
                let fields = fields(body);
                let fields: Vec<(&str, &str)> =
                    fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
                local.call(region, action, &fields).unwrap();
            };
            call(&mut local, "CreateStack", &body("1"));
            let stack = |local: &Local| local.world.find(region, &name).unwrap().clone();
            let created = stack(&local);
            assert_eq!(
                created.status.as_str(),
                "CREATE_COMPLETE",
                "{}: {types:?}\n{}",
                region,
                super::events_of(&created)
            );
            for resource in created.content.resources.values() {
                let facts = facts::of(&resource.type_name).unwrap();
                assert!(!resource.physical_id.is_empty(), "{}", resource.type_name);
                for attribute in facts.attributes() {
                    assert!(resource.attributes.contains_key(attribute), "{} {attribute}", resource.type_name);
                }
            }
            call(&mut local, "UpdateStack", &body("2"));
            let updated = stack(&local);
            assert_eq!(updated.status.as_str(), "UPDATE_COMPLETE", "{}", super::events_of(&updated));
            for (id, before) in &created.content.resources {
                let now = &updated.content.resources[id];
                assert_eq!(now.properties["Changes"], "2");
                let facts = facts::of(&now.type_name).unwrap();
                if now.birth != before.birth {
                    replaced.push(now.type_name.clone());
                    assert_eq!(facts.replacement(&["Changes"]), Replacement::Yes, "{}", now.type_name);
                }
            }
            local.call(region, "DeleteStack", &[("StackName", &name)]).unwrap();
            assert!(
                local.world.find(region, &name).is_none(),
                "{}",
                super::events_of(&stack_by_id(&local, &updated.id))
            );
        }
        assert!(local.world.identities().is_empty());
    }
    // Types without an update handler are replaced by any change: cloudformation.md, "Resource facts".
    assert!(replaced.iter().all(|name| facts::of(name).unwrap().has_update_handler() == Some(false)), "{replaced:?}");
    assert!(replaced.len() > 100);
}

fn stack_by_id(local: &Local, id: &str) -> crate::model::Stack {
    local.world.stacks[id].clone()
}

/// `ARN` formats of AWS: six parts, the partition of the region, a service in lower case, no region for global services.
#[test]
fn arns_belong_where_they_are() {
    for (region, partition, suffix) in [
        ("ap-northeast-2", "aws", "amazonaws.com"),
        ("cn-north-1", "aws-cn", "amazonaws.com.cn"),
        ("us-gov-west-1", "aws-us-gov", "amazonaws.com"),
    ] {
        let place = Place { region: region.to_owned(), account: "123456789012".to_owned() };
        for type_name in facts::type_names() {
            let owner = Owner { place: &place, stack_name: "site", logical_id: "Thing" };
            let made = resources::make(&Registry::new(), &mut Ids::new(7), &owner, type_name, &json!({}));
            let all = made.attributes.values().filter_map(Json::as_str).chain([made.physical_id.as_str()]);
            for text in all.clone().filter(|text| text.starts_with("arn:")) {
                let parts: Vec<&str> = text.splitn(6, ':').collect();
                let [_, in_partition, service, in_region, account, resource] = parts[..] else {
                    panic!("{type_name} {text}")
                };
                assert_eq!(in_partition, partition, "{type_name} {text}");
                let is_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
                assert!(!service.is_empty() && service.bytes().all(is_word), "{type_name} {text}");
                assert!(in_region.is_empty() || in_region == region, "{type_name} {text}");
                assert!(account.is_empty() || account == place.account, "{type_name} {text}");
                assert!(!resource.is_empty() && !resource.contains(' '), "{type_name} {text}");
            }
            for text in all {
                assert!(
                    partition == "aws" || !text.ends_with(".amazonaws.com") || suffix == "amazonaws.com",
                    "{type_name} {text}"
                );
            }
        }
    }
}
