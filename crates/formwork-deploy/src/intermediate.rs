//! Templates between the deployed one and the next one: the next one with what other stacks still use, and the deployed one with
//! policies that keep what is to be replaced.
//!
//! An update deletes what it removed before the stacks that used it are updated. So it is carried out in two: first with the resources
//! that are still used, and with everything that these refer to; then, when no deployed stack uses them any more, without.

use std::collections::BTreeSet;
use std::rc::Rc;

use formwork_model::references::{Name, visit_names};
use formwork_template::json::to_value;
use formwork_template::{Map, Template, Value};

use crate::plan::{Kept, Removal};

/// Steps of a stack beside one update.
#[derive(Debug, Default)]
pub(crate) struct Leaving {
    /// The deployed template with policies; its update goes first.
    pub(crate) policy: Option<Rc<Template>>,
    /// The resources that get a policy by it.
    pub(crate) policy_first: Vec<String>,
    /// The template of the first of two updates.
    pub(crate) grow: Option<Rc<Template>>,
    /// Resources that only the second one removes.
    pub(crate) kept: Vec<Kept>,
    /// Resources that are deleted at the end.
    pub(crate) removals: Vec<Removal>,
}

/// The next template with these resources of the deployed one. `None` if nothing of them is missing in it.
pub(crate) fn with_used(deployed: &Template, next: &Template, used: &BTreeSet<String>) -> Option<Template> {
    let (old, mut whole) = (sections(deployed), sections(next));
    let mut wanted: Vec<(&str, String)> = used.iter().map(|id| ("Resources", id.clone())).collect();
    let mut is_other = false;
    while let Some((section, name)) = wanted.pop() {
        if entry(&whole, section, &name).is_some() {
            continue;
        }
        let Some(value) = entry(&old, section, &name) else { continue };
        let value = value.clone();
        is_other = true;
        needed(&value, &mut wanted);
        if let Value::Map(entries) = whole.entry(section.to_owned()).or_insert_with(|| Value::Map(Map::new())) {
            entries.insert(name, value);
        }
        if section != "Resources" {
            continue;
        }
        // Outputs of it: exports that are imported stay, and so does what is read when another stack is updated.
        for (output, value) in map(&old, "Outputs") {
            let mut of = Vec::new();
            needed(value, &mut of);
            let is_of_kept = of
                .iter()
                .filter(|(section, _)| *section == "Resources")
                .all(|(_, id)| entry(&whole, "Resources", id).is_some());
            if is_of_kept && !of.is_empty() {
                wanted.push(("Outputs", output.clone()));
            }
        }
    }
    if !is_other {
        return None;
    }
    // Metadata is the next template's, its memory too.
    Template::from_value(Value::Map(whole)).ok()
}

/// The deployed template with a policy that retains these resources when they are replaced. `None` if all of them have one.
pub(crate) fn with_policy(deployed: &Template, kept: &BTreeSet<String>) -> Option<Template> {
    let mut whole = sections(deployed);
    let mut is_other = false;
    if let Some(Value::Map(resources)) = whole.get_mut("Resources") {
        for id in kept {
            if let Some(Value::Map(resource)) = resources.get_mut(id)
                && resource.get(POLICY).and_then(Value::as_str) != Some("Retain")
            {
                resource.insert(POLICY.to_owned(), Value::String("Retain".to_owned()));
                is_other = true;
            }
        }
    }
    if !is_other {
        return None;
    }
    Template::from_value(Value::Map(whole)).ok()
}

const POLICY: &str = "UpdateReplacePolicy";

fn sections(template: &Template) -> Map {
    match to_value(template) {
        Value::Map(sections) => sections,
        _ => Map::new(),
    }
}

fn map<'m>(sections: &'m Map, section: &str) -> impl Iterator<Item = (&'m String, &'m Value)> {
    let entries = match sections.get(section) {
        Some(Value::Map(entries)) => Some(entries),
        _ => None,
    };
    entries.into_iter().flatten()
}

fn entry<'m>(sections: &'m Map, section: &str, name: &str) -> Option<&'m Value> {
    match sections.get(section) {
        Some(Value::Map(entries)) => entries.get(name),
        _ => None,
    }
}

/// Everything that an entry refers to: the section and the name. A `Ref` may be to a parameter or to a resource.
fn needed(value: &Value, wanted: &mut Vec<(&'static str, String)>) {
    let mut found = Vec::new();
    visit_names(value, &mut |name| match name {
        Name::Ref(id) => found.extend([("Parameters", id.to_owned()), ("Resources", id.to_owned())]),
        Name::Attribute(id, _) => found.push(("Resources", id.to_owned())),
        Name::Condition(condition) => found.push(("Conditions", condition.to_owned())),
        Name::Mapping(mapping) => found.push(("Mappings", mapping.to_owned())),
    });
    if let Value::Map(entry) = value {
        let texts = |value: &Value| match value {
            Value::String(text) => vec![text.clone()],
            Value::List(items) => items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect(),
            _ => Vec::new(),
        };
        let of = |key: &str| entry.get(key).map(texts).unwrap_or_default();
        found.extend(of("DependsOn").into_iter().map(|id| ("Resources", id)));
        found.extend(of("Condition").into_iter().map(|condition| ("Conditions", condition)));
    }
    wanted.extend(found);
}

#[cfg(test)]
mod tests {
    use formwork_template::Style;

    use super::*;

    const DEPLOYED: &str = r#"{"Parameters":{"Key":{"Type":"String"},"Free":{"Type":"String"}},
        "Mappings":{"Sizes":{"a":{"b":"1"}}},"Conditions":{"Big":{"Fn::Equals":["a","b"]}},
        "Resources":{
            "Queue":{"Type":"AWS::SQS::Queue","Condition":"Big","DependsOn":["Topic"],"Properties":{"QueueName":{"Fn::Sub":"q-${Key}"},
                "Tags":[{"Key":"size","Value":{"Fn::FindInMap":["Sizes","a","b"]}}]}},
            "Topic":{"Type":"AWS::SNS::Topic"},
            "Other":{"Type":"AWS::SNS::Topic","Properties":{"TopicName":{"Ref":"Free"}}},
            "Stays":{"Type":"AWS::SNS::Topic"}},
        "Outputs":{"ExportQueueArn":{"Value":{"Fn::GetAtt":["Queue","Arn"]}},"ExportOther":{"Value":{"Ref":"Other"}}}}"#;
    const NEXT: &str = r#"{"Metadata":{"Formwork":{"App":"shop"}},"Resources":{"Stays":{"Type":"AWS::SNS::Topic","Properties":{"DisplayName":"x"}}}}"#;

    fn template(text: &str) -> Template {
        Template::from_json(text).unwrap()
    }

    fn ids(ids: &[&str]) -> BTreeSet<String> {
        ids.iter().map(|id| (*id).to_owned()).collect()
    }

    #[test]
    fn what_is_used_stays_with_everything_it_refers_to() {
        let whole = with_used(&template(DEPLOYED), &template(NEXT), &ids(&["Queue"])).unwrap();
        insta::assert_snapshot!(whole.to_json(Style::Compact).0, @r#"{"AWSTemplateFormatVersion":"2010-09-09","Metadata":{"Formwork":{"App":"shop"}},"Parameters":{"Key":{"Type":"String"}},"Mappings":{"Sizes":{"a":{"b":"1"}}},"Conditions":{"Big":{"Fn::Equals":["a","b"]}},"Resources":{"Stays":{"Type":"AWS::SNS::Topic","Properties":{"DisplayName":"x"}},"Queue":{"Type":"AWS::SQS::Queue","Condition":"Big","DependsOn":"Topic","Properties":{"QueueName":{"Fn::Sub":"q-${Key}"},"Tags":[{"Key":"size","Value":{"Fn::FindInMap":["Sizes","a","b"]}}]}},"Topic":{"Type":"AWS::SNS::Topic","Properties":{}}},"Outputs":{"ExportQueueArn":{"Value":{"Fn::GetAtt":["Queue","Arn"]}}}}"#);
    }

    #[test]
    fn nothing_is_added_that_the_next_one_has() {
        assert!(with_used(&template(DEPLOYED), &template(DEPLOYED), &ids(&["Queue", "Topic"])).is_none());
        assert!(with_used(&template(DEPLOYED), &template(NEXT), &ids(&["Stays", "Unknown"])).is_none());
    }

    #[test]
    fn a_policy_is_added_once() {
        let kept = with_policy(&template(NEXT), &ids(&["Stays", "Unknown"])).unwrap();
        insta::assert_snapshot!(kept.to_json(Style::Compact).0, @r#"{"AWSTemplateFormatVersion":"2010-09-09","Metadata":{"Formwork":{"App":"shop"}},"Resources":{"Stays":{"Type":"AWS::SNS::Topic","Properties":{"DisplayName":"x"},"UpdateReplacePolicy":"Retain"}}}"#);
        assert!(with_policy(&kept, &ids(&["Stays"])).is_none());
    }
}
