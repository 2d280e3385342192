//! Laws that hold for any two templates.

#![allow(clippy::unwrap_used, reason = "what cannot go on fails its test")]

use formwork_diff::change_set::{Action, ChangeSetReplacement, PolicyAction};
use formwork_diff::{
    ChangeSet, Diff, ParameterValue, ParameterValues, Registry, RenderOptions, ResourceChange, Step, Value, render,
};
use formwork_template::Template;
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use serde_json::{Map, json};

const TYPES: [&str; 6] = [
    "AWS::S3::Bucket",
    "AWS::CloudFront::Distribution",
    "AWS::EC2::Instance",
    "AWS::IAM::Role",
    "AWS::EC2::SecurityGroup",
    "Custom::Thing",
];
const NAMES: [&str; 10] = [
    "BucketName",
    "DistributionConfig",
    "Tags",
    "UserData",
    "ImageId",
    "SecurityGroupIngress",
    "Statement",
    "Effect",
    "a.b c",
    "\u{1b}[31m",
];
const IDS: [&str; 4] = ["A", "B", "C", "D"];

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<bool>().prop_map(Value::from),
        (-3i64..90).prop_map(Value::from),
        prop::sample::select(vec![
            "80",
            "true",
            "",
            "Allow",
            "x\ny\nz",
            "x\nw\nz",
            "${A",
            "{\"a\":1}",
            "→",
            "\u{1b}[31m"
        ])
        .prop_map(Value::from),
        "\\PC{0,100}".prop_map(Value::from),
    ]
}

fn function() -> impl Strategy<Value = Value> {
    let id = || prop::sample::select(IDS.to_vec());
    prop_oneof![
        id().prop_map(|id| json!({ "Ref": id })),
        Just(json!({ "Ref": "P" })),
        Just(json!({ "Ref": "AWS::NoValue" })),
        id().prop_map(|id| json!({ "Fn::GetAtt": [id, "Arn"] })),
        id().prop_map(|id| json!({ "Fn::Sub": format!("x ${{{id}.Arn}} ${{P}} \u{1b}[31m ${{") })),
        id().prop_map(|id| json!({ "Fn::Base64": { "Fn::Join": ["\n", ["a", { "Ref": id }]] } })),
        Just(json!({ "Fn::If": ["Yes", "a", { "Ref": "AWS::NoValue" }] })),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![4 => scalar(), 2 => function()].prop_recursive(3, 24, 4, |inner| {
        let tag = ("[ab]", inner.clone()).prop_map(|(key, value)| json!({ "Key": key, "Value": value }));
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec(tag, 0..4).prop_map(Value::from),
            btree_map(prop::sample::select(NAMES.to_vec()), inner, 0..4)
                .prop_map(|map| map.into_iter().map(|(key, item)| (key.to_owned(), item)).collect()),
        ]
    })
}

fn resource() -> impl Strategy<Value = Value> {
    let policy =
        || option::of(prop::sample::select(vec!["Delete", "Retain", "RetainExceptOnCreate", "Snapshot", "Odd"]));
    let properties = btree_map(prop::sample::select(NAMES.to_vec()), value(), 0..5);
    let condition = option::of(Just("Yes"));
    (prop::sample::select(TYPES.to_vec()), properties, policy(), policy(), condition).prop_map(
        |(type_name, properties, deletion, replace, condition)| {
            // What spells a function would not be an object of properties.
            let properties: Map<String, Value> =
                properties.into_iter().map(|(key, item)| (key.to_owned(), item)).collect();
            let mut resource = json!({ "Type": type_name, "Properties": properties });
            for (key, word) in
                [("DeletionPolicy", deletion), ("UpdateReplacePolicy", replace), ("Condition", condition)]
            {
                if let Some(word) = word {
                    resource[key] = json!(word);
                }
            }
            resource
        },
    )
}

fn document() -> impl Strategy<Value = Value> {
    let resources = btree_map(prop::sample::select(IDS.to_vec()), resource(), 0..4);
    let outputs = btree_map("[XY]", scalar(), 0..3);
    let default = prop::sample::select(vec!["a", "80", "${x}", ""]);
    (resources, outputs, default, scalar()).prop_map(|(resources, outputs, default, right)| {
        let outputs: Map<String, Value> =
            outputs.into_iter().map(|(name, value)| (name, json!({ "Value": value }))).collect();
        let resources: Map<String, Value> = resources.into_iter().map(|(id, item)| (id.to_owned(), item)).collect();
        json!({
            "Parameters": { "P": { "Type": "String", "Default": default } },
            "Conditions": { "Yes": { "Fn::Equals": [{ "Ref": "P" }, right] } },
            "Resources": resources,
            "Outputs": outputs,
        })
    })
}

/// Two documents: unrelated, or one a changed copy of the other, so that most of it is the same.
fn pair() -> impl Strategy<Value = (Value, Value)> {
    prop_oneof![
        (document(), document()),
        (document(), any::<u64>()).prop_map(|(document, seed)| {
            let mut dice = Dice(seed);
            let mut changed = document.clone();
            for (_, resource) in changed["Resources"].as_object_mut().unwrap() {
                change_value(&mut resource["Properties"], &mut dice);
            }
            (document, changed)
        }),
    ]
}

/// A source of small numbers, the same for the same seed.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

fn change_value(value: &mut Value, dice: &mut Dice) {
    match value {
        Value::Object(map) => {
            map.retain(|_, _| dice.throw(5) > 0);
            map.values_mut().for_each(|item| change_value(item, dice));
            if dice.throw(4) == 0 {
                map.insert("ImageId".to_owned(), json!(dice.throw(3)));
            }
        }
        Value::Array(items) => {
            items.retain(|_| dice.throw(4) > 0);
            items.iter_mut().for_each(|item| change_value(item, dice));
            if dice.throw(4) == 0 {
                items.reverse();
            }
            if dice.throw(2) == 0 {
                let place = dice.throw(items.len() as u64 + 1) as usize;
                items.insert(place, json!({ "Name": dice.throw(3), "BucketName": dice.throw(2) }));
            }
        }
        scalar if dice.throw(4) == 0 => *scalar = json!(dice.throw(3)),
        _ => {}
    }
}

/// One value for all of one meaning: scalars as text, tags in the order of their keys, and the one list of [`NAMES`] that
/// has no order in an order of its own.
fn normal(value: &Value) -> Value {
    match value {
        Value::Bool(flag) => json!(flag.to_string()),
        Value::Number(number) => json!(number.to_string()),
        Value::Object(map) => {
            let entry = |(key, item): (&String, &Value)| {
                let mut item = normal(item);
                if key == "SecurityGroupIngress"
                    && let Some(items) = item.as_array_mut()
                {
                    items.sort_by_key(Value::to_string);
                }
                (key.clone(), item)
            };
            let mut map: Map<String, Value> = map.iter().map(entry).collect();
            map.sort_keys();
            Value::Object(map)
        }
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(normal).collect();
            let key = |item: &Value| {
                Some(
                    item.as_object()
                        .filter(|tag| tag.len() == 2 && tag.contains_key("Value"))?
                        .get("Key")?
                        .as_str()?
                        .to_owned(),
                )
            };
            let keys: std::collections::BTreeSet<_> = items.iter().filter_map(key).collect();
            if keys.len() == items.len() {
                items.sort_by_key(key);
            }
            Value::Array(items)
        }
        other => other.clone(),
    }
}

fn read(document: &Value) -> Template {
    Template::from_json(&document.to_string()).unwrap()
}

fn change() -> impl Strategy<Value = ResourceChange> {
    let replacement = prop::sample::select(vec![
        ChangeSetReplacement::True,
        ChangeSetReplacement::False,
        ChangeSetReplacement::Conditional,
    ]);
    let policy = prop::sample::select(vec![PolicyAction::Delete, PolicyAction::ReplaceAndRetain]);
    (prop::sample::select(IDS.to_vec()), option::of(replacement), option::of(policy)).prop_map(
        |(id, replacement, policy_action)| ResourceChange {
            logical_id: id.to_owned(),
            type_name: "AWS::S3::Bucket".to_owned(),
            action: Action::Modify,
            replacement,
            policy_action,
            ..ResourceChange::default()
        },
    )
}

/// The same with the keys of every object in another order.
fn shuffled(value: &Value) -> Value {
    match value {
        Value::Object(map) => map.iter().rev().map(|(key, item)| (key.clone(), shuffled(item))).collect(),
        Value::Array(items) => items.iter().map(shuffled).collect(),
        scalar => scalar.clone(),
    }
}

/// Carries out the differences of one resource on its old properties.
fn apply(properties: &mut Value, resource: &formwork_diff::ResourceDiff) {
    let is_change = |property: &&formwork_diff::PropertyDiff| property.before.is_some() && property.after.is_some();
    // A list in another order is listed whole, beside the changes of its items: those are part of it.
    let is_part = |property: &formwork_diff::PropertyDiff| {
        let steps = &property.path.steps;
        let around = |other: &formwork_diff::PropertyDiff| {
            other.path.steps.len() < steps.len() && steps.starts_with(&other.path.steps)
        };
        resource.properties.iter().filter(is_change).any(around)
    };
    // Changes first, at the old places; then what goes, from the end; then what comes, from the start.
    let whole = resource.properties.iter().filter(|property| !is_part(property));
    let (changes, mut rest): (Vec<_>, Vec<_>) = whole.partition(is_change);
    for property in changes {
        if let Some(place) = find(properties, &property.path.steps) {
            *place = property.after.clone().unwrap();
        }
    }
    // Inside items that stay, before the items move; the deepest first.
    rest.sort_by_key(|property| std::cmp::Reverse(property.path.steps.len()));
    let index = |property: &formwork_diff::PropertyDiff| match property.path.steps.last() {
        Some(Step::Item { before, after }) => before.or(*after).unwrap_or_default(),
        _ => 0,
    };
    let (mut gone, mut new): (Vec<_>, Vec<_>) = rest.into_iter().partition(|property| property.after.is_none());
    let depth = |property: &formwork_diff::PropertyDiff| property.path.steps.len();
    gone.sort_by_key(|property| (std::cmp::Reverse(depth(property)), std::cmp::Reverse(index(property))));
    new.sort_by_key(|property| (std::cmp::Reverse(depth(property)), index(property)));
    let deepest = gone.iter().chain(&new).map(|property| depth(property)).max().unwrap_or(0);
    for level in (1..=deepest).rev() {
        for property in gone.iter().filter(|property| depth(property) == level) {
            let (last, parents) = property.path.steps.split_last().unwrap();
            let parent = find(properties, parents).unwrap();
            match last {
                Step::Name(name) => {
                    parent.as_object_mut().unwrap().shift_remove(name).unwrap();
                }
                Step::Item { before, .. } => {
                    parent.as_array_mut().unwrap().remove(before.unwrap());
                }
                Step::Tag(key) => parent.as_array_mut().unwrap().retain(|tag| tag["Key"] != key.as_str()),
            }
        }
        for property in new.iter().filter(|property| depth(property) == level) {
            let (last, parents) = property.path.steps.split_last().unwrap();
            let parent = find(properties, parents).unwrap();
            let value = property.after.clone().unwrap();
            match last {
                Step::Name(name) => {
                    parent.as_object_mut().unwrap().insert(name.clone(), value);
                }
                Step::Item { after, .. } => parent.as_array_mut().unwrap().insert(after.unwrap(), value),
                Step::Tag(_) => parent.as_array_mut().unwrap().push(value),
            }
        }
    }
}

fn find<'a>(value: &'a mut Value, steps: &[Step]) -> Option<&'a mut Value> {
    steps.iter().try_fold(value, |value, step| match step {
        Step::Name(name) => value.get_mut(name),
        Step::Item { before, .. } => value.get_mut((*before)?),
        Step::Tag(key) => value.as_array_mut()?.iter_mut().find(|tag| tag["Key"] == key.as_str()),
    })
}

/// The document with a text in the place of every function.
fn literal(value: &Value) -> Value {
    match value {
        Value::Object(map) if map.len() == 1 && map.keys().all(|key| key == "Ref" || key.starts_with("Fn::")) => {
            Value::from(value.to_string())
        }
        Value::Object(map) => Value::Object(map.iter().map(|(key, item)| (key.clone(), literal(item))).collect()),
        Value::Array(items) => Value::Array(items.iter().map(literal).collect()),
        scalar => scalar.clone(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_template_does_not_differ_from_itself(document in document()) {
        let template = read(&document);
        prop_assert!(Diff::between(Some(&template), &template, &Registry::new()).is_empty());
        let values = ParameterValues::default();
        prop_assert!(Diff::between_with(Some(&template), &template, &Registry::new(), &values).is_empty());
    }

    #[test]
    fn the_order_of_keys_is_no_difference(document in document()) {
        prop_assert!(Diff::between(Some(&read(&document)), &read(&shuffled(&document)), &Registry::new()).is_empty());
    }

    #[test]
    fn the_order_of_keys_changes_no_answer((before, after) in pair()) {
        let straight = Diff::between(Some(&read(&before)), &read(&after), &Registry::new());
        let turned = Diff::between(Some(&read(&shuffled(&before))), &read(&shuffled(&after)), &Registry::new());
        prop_assert_eq!(straight.totals(), turned.totals());
    }

    #[test]
    fn any_two_templates_are_compared_and_shown(
        before in option::of(document()),
        after in document(),
        old in "\\PC{0,8}",
        new in prop_oneof!["\\PC{0,8}".prop_map(ParameterValue::Known), Just(ParameterValue::KnownAfter("edge".into()))],
        changes in vec(change(), 0..4),
    ) {
        let before = before.as_ref().map(read);
        let mut values = ParameterValues::default();
        values.before.insert("P".to_owned(), ParameterValue::Known(old));
        values.after.insert("P".to_owned(), new);
        let diff = Diff::between_with(before.as_ref(), &read(&after), &Registry::new(), &values)
            .with_change_set(&ChangeSet { has_changes: true, changes });
        for (colour, verbose) in [(false, false), (false, true), (true, false)] {
            let text = render(&diff, &RenderOptions { colour, verbose });
            prop_assert_eq!(text.is_empty(), diff.is_empty() && diff.notes.is_empty());
            let control = text.contains(|c: char| c.is_control() && c != '\n');
            prop_assert!(colour || !control, "{text:?}");
            prop_assert!(text.is_empty() || text.ends_with('\n'));
        }
        prop_assert_eq!(diff.to_json()["resources"].as_array().map(Vec::len), Some(diff.resources.len()));
    }

    #[test]
    fn the_old_properties_with_the_differences_are_the_new_ones((before, after) in pair()) {
        // Functions are worked out, so that the differences are those of values.
        let (before, after) = (literal(&before), literal(&after));
        let (old, new) = (read(&before), read(&after));
        let diff = Diff::between(Some(&old), &new, &Registry::new());
        let properties = |template: &Template, id: &str| -> Option<Value> {
            let (text, _) = template.to_json(formwork_template::Style::Compact);
            let document: Value = serde_json::from_str(&text).unwrap();
            Some(document["Resources"].get(id)?["Properties"].clone())
        };
        for id in IDS {
            let (Some(mut changed), Some(expected)) = (properties(&old, id), properties(&new, id)) else { continue };
            if let Some(resource) = diff.resource(id) {
                apply(&mut changed, resource);
            }
            prop_assert_eq!(normal(&changed), normal(&expected), "{:?}", diff.resource(id));
        }
    }

    #[test]
    fn a_change_set_never_hides_a_static_difference(
        (before, after) in pair(),
        changes in vec(change(), 0..4),
        has_changes: bool,
    ) {
        let diff = Diff::between(Some(&read(&before)), &read(&after), &Registry::new());
        let merged = diff.clone().with_change_set(&ChangeSet { has_changes, changes });
        for resource in &diff.resources {
            let now = merged.resource(&resource.logical_id).map(|resource| resource.impact).unwrap_or_default();
            prop_assert!(now >= resource.certain_impact(), "{resource:?} became {now:?}");
        }
    }

    #[test]
    fn a_diff_does_not_exceed_itself((before, after) in pair()) {
        let diff = Diff::between(Some(&read(&before)), &read(&after), &Registry::new());
        prop_assert_eq!(diff.exceeds(&diff), vec![]);
    }
}
