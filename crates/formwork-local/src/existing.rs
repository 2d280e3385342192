//! Things that exist without a stack of the engine that made them: those that an app looks up. They are entered and kept by the one who
//! runs the engine: they are not part of the engine's state on disk.

use serde_json::{Value as Json, json};

use crate::model::{Existing, Place};
use crate::resources::{self, Owner, described, special};
use crate::world::{ACCOUNT, World};

/// Properties that things of a type get beside those they were entered with: the type, the property, and the type whose ids it has.
const BESIDE: &[(&str, &str, &str)] = &[
    (special::INSTANCE, "SecurityGroupIds", "AWS::EC2::SecurityGroup"),
    (special::INSTANCE, "SubnetId", "AWS::EC2::Subnet"),
    (special::INSTANCE, "VpcId", "AWS::EC2::VPC"),
];

/// Enters a thing of the type with these properties. What only the service sets gets values of AWS's form.
pub(crate) fn enter(
    world: &mut World,
    region: &str,
    type_name: &str,
    identifier: Option<&str>,
    properties: Json,
) -> Existing {
    let place = Place { region: region.to_owned(), account: ACCOUNT.to_owned() };
    let owner = Owner { place: &place, stack_name: "existing", logical_id: "Thing" };
    let mut properties = if properties.is_object() { properties } else { json!({}) };
    if let Some(identifier) = identifier
        && let Some(facts) = world.registry.of(type_name)
    {
        let parts: Vec<&str> = facts.primary_identifier().collect();
        if let [part] = parts.as_slice() {
            properties[*part] = json!(identifier);
        }
    }
    for (_, property, of_type) in BESIDE.iter().filter(|(beside, ..)| *beside == type_name) {
        if properties.get(property).is_none() {
            let id = resources::own_id(&mut world.ids, of_type);
            properties[*property] = if property.ends_with("Ids") { json!([id]) } else { json!(id) };
        }
    }
    if type_name == special::PARAMETER && properties.get("Value").is_none() {
        let name = properties.get("Name").and_then(Json::as_str).unwrap_or_default();
        let value = name.rsplit('/').next().unwrap_or_default().to_owned();
        properties["Type"] = json!("String");
        properties["Value"] = json!(value);
    }
    if type_name == special::PREFIX_LIST && properties.get("AddressFamily").is_none() {
        // As AWS calls its own: `com.amazonaws.global.ipv6.cloudfront.origin-facing`.
        let name = properties.get("PrefixListName").and_then(Json::as_str).unwrap_or_default();
        let family = if name.split('.').any(|part| part == "ipv6") { "IPv6" } else { "IPv4" };
        properties["AddressFamily"] = json!(family);
    }
    let made = resources::make(&world.registry, &mut world.ids, &owner, type_name, &properties);
    let properties = described::properties(&world.registry, type_name, &properties, &made.attributes);
    let identifier = described::identifier(&world.registry, type_name, &properties).unwrap_or(made.physical_id);
    let thing = Existing { region: region.to_owned(), type_name: type_name.to_owned(), identifier, properties };
    world.existing.retain(|other| {
        (&other.region, &other.type_name, &other.identifier) != (&thing.region, &thing.type_name, &thing.identifier)
    });
    world.existing.push(thing.clone());
    thing
}
