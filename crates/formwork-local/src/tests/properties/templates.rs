//! Random templates: resources of random types with references, conditions, parameters and policies, and nested stacks of such.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use formwork_schema::facts;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::tests::{Local, topic};

/// One resource of a template.
#[derive(Clone, Debug)]
pub(super) struct Made {
    type_number: usize,
    value: u8,
    /// The value of a property that replaces the resource, if it is set.
    replaces: Option<u8>,
    /// An earlier resource that it names, and how.
    refers: Option<(usize, u8)>,
    depends: Option<usize>,
    conditional: bool,
    uses_parameter: bool,
    policy: u8,
    is_gone: bool,
}

pub(super) fn made() -> impl Strategy<Value = Made> {
    (
        any::<usize>(),
        0_u8..3,
        proptest::option::weighted(0.4, 0_u8..2),
        proptest::option::of((0_usize..8, 0_u8..5)),
        proptest::option::weighted(0.3, 0_usize..8),
        any::<bool>(),
        any::<bool>(),
        0_u8..12,
        proptest::bool::weighted(0.15),
    )
        .prop_map(
            |(type_number, value, replaces, refers, depends, conditional, uses_parameter, policy, is_gone)| Made {
                type_number,
                value,
                replaces,
                refers,
                depends,
                conditional,
                uses_parameter,
                policy,
                is_gone,
            },
        )
}

/// Every type of us-east-1 that is not CloudFormation's own, nor needs others to be there.
fn types() -> &'static [&'static str] {
    static TYPES: std::sync::OnceLock<Vec<&'static str>> = std::sync::OnceLock::new();
    TYPES.get_or_init(|| {
        let exists = |name: &str| facts::of(name).is_some_and(|facts| facts.available_in("us-east-1") != Some(false));
        let is_plain = |name: &&str| !name.starts_with("AWS::CloudFormation::") && exists(name);
        facts::type_names().filter(is_plain).collect()
    })
}

/// The types of the resources of a stack stay, so that they are updated rather than refused.
pub(super) type Types = BTreeMap<(usize, usize), usize>;

/// The template of a stack with these resources, and nested stacks with those.
pub(super) fn template(
    types_of: &mut Types,
    local: &Local,
    stack: usize,
    (made, nested): (&[Made], &[Vec<Made>]),
    condition: bool,
    exports: bool,
) -> Json {
    let mut body = resources(types_of, stack, made, condition);
    body["Outputs"] = json!({ "O": { "Value": { "Ref": "P" } } });
    if exports {
        body["Outputs"]["O"]["Export"] = json!({ "Name": format!("e{stack}") });
    } else if stack > 0 {
        // A stack uses the export of the one before it, if there is one.
        body["Resources"]["Uses"] = topic(json!({ "Fn::ImportValue": format!("e{}", stack - 1) }));
    }
    for (index, made) in nested.iter().enumerate() {
        let mut child = resources(types_of, 10 + 2 * stack + index, made, condition);
        let some = child["Resources"].as_object().unwrap().keys().next().unwrap().clone();
        child["Outputs"] = json!({ "O": { "Value": { "Fn::Sub": "${P}" } }, "Some": { "Condition": "Always", "Value": { "Ref": some } } });
        child["Conditions"]["Always"] = json!({ "Fn::Equals": ["", ""] });
        if child["Resources"][&some].get("Condition").is_some() {
            child["Outputs"]["Some"]["Condition"] = json!("Maybe");
        }
        // Named by its content, so that the templates of other stacks stay.
        let text = child.to_string();
        let mut hash = DefaultHasher::new();
        text.hash(&mut hash);
        let key = hash.finish().to_string();
        local.put(&key, &text);
        let properties =
            json!({ "TemplateURL": format!("http://any.host/t/{key}"), "Parameters": { "P": { "Ref": "P" } } });
        body["Resources"][format!("N{index}")] =
            json!({ "Type": "AWS::CloudFormation::Stack", "Properties": properties });
        body["Resources"][format!("After{index}")] = topic(json!({ "Fn::GetAtt": [format!("N{index}"), "Outputs.O"] }));
    }
    body
}

fn resources(types_of: &mut Types, stack: usize, made: &[Made], condition: bool) -> Json {
    let all_types = types();
    let mut all = serde_json::Map::new();
    let mut type_of = |index: usize, one: &Made| {
        let number = *types_of.entry((stack, index)).or_insert(one.type_number);
        all_types[number % all_types.len()]
    };
    let names: Vec<&str> = made.iter().enumerate().map(|(index, one)| type_of(index, one)).collect();
    // What may not exist is only named under the same condition.
    let may_name = |index: usize, other: usize| {
        other < index && !made[other].is_gone && (!made[other].conditional || made[index].conditional)
    };
    for (index, one) in made.iter().enumerate().filter(|(_, one)| !one.is_gone) {
        let facts = facts::of(names[index]).unwrap();
        let read_only: BTreeSet<&str> = facts.read_only().collect();
        let mut properties = serde_json::Map::new();
        for required in facts.required() {
            // Required properties are often what a resource is known by: they stay.
            properties.insert(required.to_owned(), json!(format!("r{stack}-{index}")));
        }
        properties.insert("Anything".to_owned(), json!({ "Here": [one.value, { "There": "x" }] }));
        let creates = facts.create_only().find(|name| !name.contains('.') && !read_only.contains(name));
        if let (Some(value), Some(name)) = (one.replaces, creates) {
            properties.insert(name.to_owned(), json!(format!("c{stack}-{index}-{value}")));
        }
        if one.uses_parameter {
            properties.insert("Given".to_owned(), json!({ "Fn::Sub": "${P}-${AWS::Region}" }));
            let list = json!({ "Fn::If": ["Maybe", { "Fn::Select": [0, { "Ref": "L" }] }, { "Ref": "AWS::NoValue" }] });
            properties.insert("Perhaps".to_owned(), list);
        }
        if let Some((other, how)) = one.refers.filter(|(other, _)| *other < made.len() && may_name(index, *other)) {
            let id = format!("R{other}");
            let attribute = facts::of(names[other]).unwrap().attributes().next();
            let value = match (how, attribute) {
                (0, Some(attribute)) => json!({ "Fn::GetAtt": [id, attribute] }),
                (1, Some(attribute)) => json!({ "Fn::Join": ["/", [{ "Fn::GetAtt": [id, attribute] }, "x"]] }),
                (2, _) => json!({ "Fn::Sub": format!("${{{id}}}!") }),
                (3, _) => json!({ "Fn::Select": [0, { "Fn::Split": ["-", { "Ref": id }] }] }),
                _ => json!({ "Ref": id }),
            };
            properties.insert("Reference".to_owned(), value);
        }
        let mut entry = json!({ "Type": names[index], "Properties": properties });
        if one.conditional {
            entry["Condition"] = json!("Maybe");
        }
        if let Some(other) = one.depends.filter(|other| *other < made.len() && may_name(index, *other)) {
            entry["DependsOn"] = json!(format!("R{other}"));
        }
        match one.policy {
            0 => entry["DeletionPolicy"] = json!("Retain"),
            1 => entry["DeletionPolicy"] = json!("RetainExceptOnCreate"),
            2 => entry["UpdateReplacePolicy"] = json!("Retain"),
            _ => {}
        }
        all.insert(format!("R{index}"), entry);
    }
    if all.is_empty() {
        all.insert("Only".to_owned(), json!({ "Type": "AWS::SNS::Topic" }));
    }
    json!({
        "Parameters": { "P": { "Type": "String", "Default": "p" }, "L": { "Type": "CommaDelimitedList", "Default": "a,b" } },
        "Conditions": { "Maybe": { "Fn::Equals": [condition.to_string(), "true"] } },
        "Resources": all,
    })
}
