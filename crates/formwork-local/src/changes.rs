//! The changes of a change set as JSON: in the answers of the API, and in the state.
//!
//! Source: API Reference, `Change`, `ResourceChange`, `ResourceChangeDetail`, `ResourceTargetDefinition`.

use formwork_model::ResourceChange;
use formwork_model::change_set::{Action, ChangeDetail, ChangeSetReplacement, PolicyAction, RequiresRecreation};
use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};
use serde_json::{Map, Value as Json, json};

/// A change as the API lists it. A field without a value is left out.
pub(crate) fn json(change: &ResourceChange) -> Json {
    let details: Vec<Json> = change.details.iter().map(detail).collect();
    let fields = [
        ("PolicyAction", change.policy_action.map(|action| json!(action.as_str()))),
        ("Action", Some(json!(change.action.as_str()))),
        ("LogicalResourceId", Some(json!(change.logical_id))),
        ("PhysicalResourceId", change.physical_id.as_ref().map(|id| json!(id))),
        ("ResourceType", Some(json!(change.type_name))),
        ("Replacement", change.replacement.map(|replacement| json!(replacement.as_str()))),
        ("Scope", Some(json!(change.scope))),
        ("Details", Some(Json::Array(details))),
        ("ChangeSetId", change.change_set_id.as_ref().map(|id| json!(id))),
        ("BeforeContext", change.before_context.as_ref().map(|context| json!(context))),
        ("AfterContext", change.after_context.as_ref().map(|context| json!(context))),
    ];
    json!({ "Type": "Resource", "ResourceChange": object(fields) })
}

fn detail(detail: &ChangeDetail) -> Json {
    let kind = detail.path.as_ref().map(|_| match (&detail.before_value, &detail.after_value) {
        (None, _) => json!("Add"),
        (_, None) => json!("Remove"),
        _ => json!("Modify"),
    });
    let text = |text: &Option<String>| text.as_ref().map(|text| json!(text));
    let target = [
        ("Attribute", Some(json!(detail.attribute))),
        ("Name", text(&detail.name)),
        ("RequiresRecreation", detail.requires_recreation.map(|recreation| json!(recreation.as_str()))),
        ("Path", text(&detail.path)),
        ("BeforeValue", text(&detail.before_value)),
        ("AfterValue", text(&detail.after_value)),
        ("AttributeChangeType", kind),
    ];
    let fields = [
        ("Target", Some(object(target))),
        ("Evaluation", Some(json!(if detail.is_dynamic { "Dynamic" } else { "Static" }))),
        ("ChangeSource", text(&detail.change_source)),
        ("CausingEntity", text(&detail.causing_entity)),
    ];
    object(fields)
}

fn object<const N: usize>(fields: [(&str, Option<Json>); N]) -> Json {
    let given = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Json::Object(given.collect::<Map<_, _>>())
}

/// The change that was written so.
pub(crate) fn read(change: &Json) -> ResourceChange {
    let change = &change["ResourceChange"];
    let text = |name: &str| change[name].as_str().map(str::to_owned);
    let items = |name: &str| change[name].as_array().map(Vec::as_slice).unwrap_or_default();
    ResourceChange {
        logical_id: text("LogicalResourceId").unwrap_or_default(),
        physical_id: text("PhysicalResourceId"),
        type_name: text("ResourceType").unwrap_or_default(),
        action: Action::read(change["Action"].as_str().unwrap_or_default()),
        policy_action: change["PolicyAction"].as_str().and_then(PolicyAction::read),
        replacement: change["Replacement"].as_str().and_then(ChangeSetReplacement::read),
        scope: items("Scope").iter().filter_map(Json::as_str).map(str::to_owned).collect(),
        details: items("Details").iter().map(read_detail).collect(),
        before_context: text("BeforeContext"),
        after_context: text("AfterContext"),
        change_set_id: text("ChangeSetId"),
    }
}

fn read_detail(detail: &Json) -> ChangeDetail {
    let target = &detail["Target"];
    let text = |value: &Json| value.as_str().map(str::to_owned);
    ChangeDetail {
        attribute: text(&target["Attribute"]).unwrap_or_default(),
        name: text(&target["Name"]),
        path: text(&target["Path"]),
        before_value: text(&target["BeforeValue"]),
        after_value: text(&target["AfterValue"]),
        requires_recreation: target["RequiresRecreation"].as_str().and_then(RequiresRecreation::read),
        is_dynamic: detail["Evaluation"] == "Dynamic",
        change_source: text(&detail["ChangeSource"]),
        causing_entity: text(&detail["CausingEntity"]),
    }
}

pub(crate) fn serialize<S: Serializer>(changes: &[ResourceChange], serializer: S) -> Result<S::Ok, S::Error> {
    changes.iter().map(json).collect::<Vec<_>>().serialize(serializer)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<ResourceChange>, D::Error> {
    Ok(Vec::<Json>::deserialize(deserializer)?.iter().map(read).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_read_as_it_was_written() {
        let full = ResourceChange {
            logical_id: "Topic".to_owned(),
            physical_id: Some("arn".to_owned()),
            type_name: "AWS::SNS::Topic".to_owned(),
            action: Action::Modify,
            policy_action: Some(PolicyAction::ReplaceAndSnapshot),
            replacement: Some(ChangeSetReplacement::Conditional),
            scope: vec!["Properties".to_owned(), "Tags".to_owned()],
            details: vec![
                ChangeDetail {
                    attribute: "Properties".to_owned(),
                    name: Some("TopicName".to_owned()),
                    path: Some("/Properties/TopicName".to_owned()),
                    before_value: Some(String::new()),
                    after_value: None,
                    requires_recreation: Some(RequiresRecreation::Always),
                    is_dynamic: true,
                    change_source: Some("ResourceAttribute".to_owned()),
                    causing_entity: Some("Other.Name".to_owned()),
                },
                ChangeDetail::default(),
            ],
            before_context: Some("{}".to_owned()),
            after_context: Some("{}".to_owned()),
            change_set_id: Some("set".to_owned()),
        };
        for change in [full, ResourceChange { action: Action::Add, ..ResourceChange::default() }] {
            assert_eq!(read(&json(&change)), change);
        }
    }
}
