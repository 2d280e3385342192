//! Random templates of random types: created, updated, failed at random, deleted.

use formwork_schema::facts;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::Local;
use crate::model::{Stack, StackResource};

/// One resource: its type, a property that varies, what it refers to, a condition.
#[derive(Clone, Debug)]
struct Made {
    type_number: usize,
    value: u8,
    refers: Option<usize>,
    attribute: bool,
    conditional: bool,
    fails: Option<u8>,
}

fn made() -> impl Strategy<Value = Made> {
    let fails = prop_oneof![4 => Just(None), 1 => (0_u8..4).prop_map(Some)];
    (any::<usize>(), 0_u8..3, proptest::option::of(0_usize..8), any::<bool>(), any::<bool>(), fails).prop_map(
        |(type_number, value, refers, attribute, conditional, fails)| Made {
            type_number,
            value,
            refers,
            attribute,
            conditional,
            fails,
        },
    )
}

/// Every type of us-east-1 that is not CloudFormation's own.
fn types() -> &'static [&'static str] {
    static TYPES: std::sync::OnceLock<Vec<&'static str>> = std::sync::OnceLock::new();
    TYPES.get_or_init(|| {
        let exists = |name: &str| facts::of(name).is_some_and(|facts| facts.available_in("us-east-1") != Some(false));
        facts::type_names().filter(|name| !name.starts_with("AWS::CloudFormation::") && exists(name)).collect()
    })
}

/// The template, and the faults that go with it.
fn template(resources: &[Made], condition: bool) -> (Json, Json) {
    let types = types();
    let type_of = |one: &Made| types[one.type_number % types.len()];
    let mut all = serde_json::Map::new();
    let mut faults = Vec::new();
    for (index, one) in resources.iter().enumerate() {
        let facts = facts::of(type_of(one)).unwrap();
        let mut properties = serde_json::Map::new();
        for required in facts.required() {
            properties.insert(required.to_owned(), json!(format!("v{}-{index}", one.value)));
        }
        properties.insert("Anything".to_owned(), json!(one.value));
        // A reference to an earlier resource: no circle. One that may not exist is only made under the same condition.
        if let Some(other) =
            one.refers.filter(|other| *other < index && (!resources[*other].conditional || one.conditional))
        {
            let attribute = facts::of(type_of(&resources[other])).unwrap().attributes().next();
            let value = match attribute.filter(|_| one.attribute) {
                Some(attribute) => json!({ "Fn::GetAtt": [format!("R{other}"), attribute] }),
                None => json!({ "Ref": format!("R{other}") }),
            };
            properties.insert("Reference".to_owned(), value);
        }
        let mut entry = json!({ "Type": type_of(one), "Properties": properties });
        if one.conditional {
            entry["Condition"] = json!("Maybe");
        }
        all.insert(format!("R{index}"), entry);
        if let Some(fails) = one.fails {
            let at = ["create", "update", "delete", "rollback"][usize::from(fails)];
            faults.push(json!({ "logicalId": format!("R{index}"), "at": at, "reason": "at random", "times": 1 }));
        }
    }
    let body =
        json!({ "Conditions": { "Maybe": { "Fn::Equals": [condition.to_string(), "true"] } }, "Resources": all });
    (body, json!(faults))
}

fn there(stack: &Stack) -> Vec<(&str, &str, &Json, String)> {
    let of = |one: &StackResource| format!("{:?}", one.attributes);
    let mut all: Vec<_> = stack
        .content
        .resources
        .values()
        .filter(|one| one.is_there())
        .map(|one| (one.logical_id.as_str(), one.physical_id.as_str(), &one.properties, of(one)))
        .collect();
    all.sort_by_key(|one| one.0);
    all
}

const CAPABILITIES: &[(&str, &str)] =
    &[("Capabilities.member.1", "CAPABILITY_NAMED_IAM"), ("DisableValidation", "true")];

fn fields(body: &str) -> Vec<(&str, &str)> {
    [("StackName", "site"), ("TemplateBody", body)].into_iter().chain(CAPABILITIES.iter().copied()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_lost_and_rollbacks_restore(
        first in proptest::collection::vec(made(), 1..8),
        updates in proptest::collection::vec((proptest::collection::vec(made(), 1..8), any::<bool>()), 0..4),
    ) {
        let (body, faults) = template(&first, true);
        let mut local = Local::with_faults(json!({ "seed": 3, "resources": faults }));
        // A refusal is an answer too; a panic is none.
        let Ok(created) = local.us("CreateStack", &fields(&body.to_string())) else { return Ok(()) };
        let id = created["StackId"].as_str().unwrap().to_owned();
        for (next, condition) in &updates {
            // The same types, so that resources are updated rather than refused.
            let next: Vec<Made> = next.iter().enumerate().map(|(index, one)| Made { type_number: first.get(index).unwrap_or(one).type_number, ..one.clone() }).collect();
            let (body, faults) = template(&next, *condition);
            local.world.faults.resources = serde_json::from_value(faults).unwrap();
            let before = local.world.stacks[&id].clone();
            let answer = local.us("UpdateStack", &fields(&body.to_string()));
            let after = &local.world.stacks[&id];
            prop_assert!(after.operation.is_none(), "{:?} {:?}", after.status, answer);
            if after.status.as_str() == "UPDATE_ROLLBACK_COMPLETE" && before.status.as_str().ends_with("COMPLETE") {
                prop_assert_eq!(there(after), there(&before));
                prop_assert_eq!(&after.content.template, &before.content.template);
            }
        }
        local.world.faults.resources.clear();
        for _ in 0..2 {
            let _ = local.us("DeleteStack", &[("StackName", "site")]);
        }
        let stack = &local.world.stacks[&id];
        prop_assert_eq!(stack.status.as_str(), "DELETE_COMPLETE");
        prop_assert!(there(stack).is_empty());
    }
}
