//! The differences between deployed properties and those of a template, and their consequence for the resource.
//!
//! CloudFormation takes scalars as text wherever a schema describes the place: there, a number, a truth value and their spellings mean
//! the same, and so do tags in another order. In free JSON, which goes through as it is, `5` and `"5"` are different. Sources: AWS
//! CloudFormation User Guide, "Parameters" ("when you use the parameter elsewhere in your template, the parameter value becomes a
//! literal string"); the comparison of `@aws-cdk/cloudformation-diff` (`deepEqual`). Another order of any other list is a difference:
//! aws-cdk issue 25570.

use std::collections::BTreeMap;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use formwork_model::change_set::RequiresRecreation;
use formwork_model::{Piece, Term};
use formwork_schema::facts::{Registry, Replacement, TypeFacts};
use serde_json::Value as Json;

use crate::evaluate::text_of;

/// One place at which properties differ.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Difference {
    /// Names, and indexes of lists as text, below the properties.
    pub(crate) path: Vec<String>,
    /// The same as schemas name it: `*` for an index.
    pub(crate) place: Vec<String>,
    pub(crate) before: Option<Json>,
    pub(crate) after: Option<Term>,
}

/// The certainty of a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Differs {
    /// The values differ, whatever their unknown parts are.
    Surely,
    /// It depends on values that are not known.
    Open,
}

/// Every place, as deep as both sides have the same form. A value that is not known yet differs.
pub(crate) fn differences(facts: Option<TypeFacts<'_>>, before: &Json, after: &Term) -> Vec<Difference> {
    let mut found = Vec::new();
    Comparison { facts, path: Vec::new(), place: Vec::new(), found: &mut found }.both(before, after);
    found
}

/// True if two values of `Metadata`, each as JSON, mean the same.
pub(crate) fn is_same_metadata(before: Option<&str>, after: Option<&str>) -> bool {
    let read = |text: &str| serde_json::from_str::<Json>(text).unwrap_or_default();
    match (before, after) {
        (Some(before), Some(after)) => {
            before == after || differences(None, &read(before), &Term::from_json(&read(after))).is_empty()
        }
        (before, after) => before == after,
    }
}

struct Comparison<'a> {
    facts: Option<TypeFacts<'a>>,
    path: Vec<String>,
    place: Vec<String>,
    found: &'a mut Vec<Difference>,
}

impl Comparison<'_> {
    fn at(&mut self, step: String, place: &str, before: Option<&Json>, after: Option<&Term>) {
        self.path.push(step);
        self.place.push(place.to_owned());
        match (before, after) {
            (Some(before), Some(after)) => self.both(before, after),
            (None, None) => {}
            (before, after) => self.push(before, after),
        }
        self.path.pop();
        self.place.pop();
    }

    fn push(&mut self, before: Option<&Json>, after: Option<&Term>) {
        self.found.push(Difference {
            path: self.path.clone(),
            place: self.place.clone(),
            before: before.cloned(),
            after: after.cloned(),
        });
    }

    fn both(&mut self, before: &Json, after: &Term) {
        match (before, after) {
            (Json::Object(old), Term::Map(new)) => {
                for (name, before) in old {
                    self.at(name.clone(), name, Some(before), new.get(name));
                }
                for (name, after) in new.iter().filter(|(name, _)| !old.contains_key(*name)) {
                    self.at(name.clone(), name, None, Some(after));
                }
            }
            (Json::Array(old), Term::List(new)) => self.lists(old, new, (before, after)),
            _ if self.is_same(before, after) => {}
            _ => self.push(Some(before), Some(after)),
        }
    }

    fn lists(&mut self, old: &[Json], new: &[Term], whole: (&Json, &Term)) {
        if let (Some(before), Some(after)) = (tags(old.iter().map(tag_of_json)), tags(new.iter().map(tag_of_term))) {
            for (key, place) in &before {
                let now = after.get(key);
                self.at(now.unwrap_or(place).to_string(), "*", old.get(*place), now.and_then(|now| new.get(*now)));
            }
            for (_, place) in after.iter().filter(|(key, _)| !before.contains_key(*key)) {
                self.at(place.to_string(), "*", None, new.get(*place));
            }
        } else if old.len() == new.len() {
            for (place, (before, after)) in old.iter().zip(new).enumerate() {
                self.at(place.to_string(), "*", Some(before), Some(after));
            }
        } else {
            self.push(Some(whole.0), Some(whole.1));
        }
    }

    /// True if two values that are not both objects or lists mean the same.
    fn is_same(&self, before: &Json, after: &Term) -> bool {
        if !after.is_known() {
            return false;
        }
        if let (Json::Number(before), Term::Number(after)) = (before, after) {
            return before.as_f64() == after.as_f64();
        }
        match (text_of(before), after.known_text()) {
            (Some(old), Some(new)) => {
                let is_text = matches!(after, Term::Text(_) | Term::Base64(_));
                old == new && (before.is_string() == is_text || !self.is_free_json())
            }
            _ => *before == after.to_json(&mut |_| Json::Null),
        }
    }

    fn is_free_json(&self) -> bool {
        let place: Vec<&str> = self.place.iter().map(String::as_str).collect();
        self.facts.is_some_and(|facts| facts.is_free_json(&place))
    }
}

/// The places of tags by their keys, if all items are tags and no key is there twice.
fn tags<'a>(items: impl Iterator<Item = Option<&'a str>>) -> Option<BTreeMap<&'a str, usize>> {
    let mut tags = BTreeMap::new();
    for (place, key) in items.enumerate() {
        if tags.insert(key?, place).is_some() {
            return None;
        }
    }
    (!tags.is_empty()).then_some(tags)
}

fn is_tag<'a>(mut names: impl Iterator<Item = &'a String>) -> bool {
    names.all(|name| matches!(name.as_str(), "Key" | "Value" | "PropagateAtLaunch"))
}

fn tag_of_json(item: &Json) -> Option<&str> {
    let tag = item.as_object().filter(|tag| tag.contains_key("Value") && is_tag(tag.keys()))?;
    tag.get("Key")?.as_str()
}

fn tag_of_term(item: &Term) -> Option<&str> {
    let Term::Map(tag) = item else { return None };
    match tag.get("Key") {
        Some(Term::Text(key)) if tag.contains_key("Value") && is_tag(tag.keys()) => Some(key),
        _ => None,
    }
}

/// True if the value can turn out to be the text: known text at either end of a value must be there.
fn may_be(text: &str, value: &Term) -> bool {
    match value {
        Term::Hole(_) => true,
        Term::Pieces(pieces) => {
            let known = |piece: Option<&Piece>| match piece {
                Some(Piece::Text(text)) => text.clone(),
                _ => String::new(),
            };
            text.starts_with(&known(pieces.first())) && text.ends_with(&known(pieces.last()))
        }
        Term::Base64(inner) if !inner.is_known() => {
            let bytes = BASE64_STANDARD.decode(text).ok();
            bytes.and_then(|bytes| String::from_utf8(bytes).ok()).is_some_and(|text| may_be(&text, inner))
        }
        _ => false,
    }
}

impl Difference {
    /// The certainty of the difference, from the known parts of both values.
    pub(crate) fn differs(&self) -> Differs {
        let (Some(before), Some(after)) = (&self.before, &self.after) else { return Differs::Surely };
        let is_open = match text_of(before) {
            Some(text) => may_be(&text, after),
            None => matches!(after, Term::Hole(_)),
        };
        if is_open { Differs::Open } else { Differs::Surely }
    }

    /// The consequence of the change. A whole value that comes or goes, or an item of a list, counts by the properties it has: an object whose
    /// schema has a create-only property that it does not use is not a replacement.
    pub(crate) fn recreation(&self, facts: Option<TypeFacts<'_>>) -> RequiresRecreation {
        let Some(facts) = facts else { return RequiresRecreation::Never };
        let mut place: Vec<&str> = self.place.iter().map(String::as_str).collect();
        let before = self.before.as_ref().map(Term::from_json);
        let of = |place: &[&str]| facts.replacement(place);
        let replacement = match (&before, &self.after) {
            (Some(Term::List(old)), Some(Term::List(new))) => {
                place.push("*");
                let changed =
                    old.iter().filter(|item| !new.contains(item)).chain(new.iter().filter(|item| !old.contains(item)));
                changed.filter_map(|item| item.greatest(&mut place, &of)).max()
            }
            // Of nothing, the type alone tells.
            (None, Some(value)) | (Some(value), None) => {
                Some(value.greatest(&mut place, &of).unwrap_or_else(|| of(&[""])))
            }
            _ => None,
        };
        match replacement
            .unwrap_or_else(|| facts.replacement(&self.place.iter().map(String::as_str).collect::<Vec<_>>()))
        {
            Replacement::Yes => RequiresRecreation::Always,
            Replacement::Maybe | Replacement::Unknown => RequiresRecreation::Conditionally,
            Replacement::No => RequiresRecreation::Never,
        }
    }
}

/// True if the differences replace the resource. Where the schema only says "perhaps", a change of what the resource is
/// known by replaces it, and anything else does not.
pub(crate) fn replaces(registry: &Registry, type_name: &str, differences: &[Difference]) -> bool {
    let facts = registry.of(type_name);
    let identifier: Vec<&str> = facts.map(|facts| facts.primary_identifier().collect()).unwrap_or_default();
    differences.iter().any(|difference| match difference.recreation(facts) {
        RequiresRecreation::Always => true,
        RequiresRecreation::Conditionally => {
            difference.path.first().is_some_and(|name| identifier.contains(&name.as_str()))
        }
        RequiresRecreation::Never => false,
    })
}

/// True if other tags of the stack change a resource of the type: they are its tags too.
///
/// Source: API Reference, `CreateStack`, `Tags`: "CloudFormation also propagates these tags to the resources created in the stack";
/// cloudtools/stacker issue 605.
pub(crate) fn takes_tags(registry: &Registry, type_name: &str) -> bool {
    registry.of(type_name).is_some_and(|facts| facts.is_taggable() && facts.tags_are_updatable())
}

#[cfg(test)]
mod tests {
    use formwork_schema::facts;
    use serde_json::json;

    use super::*;

    fn paths(type_name: &str, before: Json, after: Json) -> String {
        let found = differences(facts::of(type_name), &before, &Term::from_json(&after));
        found.iter().map(|difference| difference.path.join("/")).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn places_are_as_deep_as_both_sides_agree() {
        let (before, after) = (json!({"A": {"B": [1, 2]}, "C": 1}), json!({"A": {"B": [1, 3]}, "D": [1]}));
        assert_eq!(paths("Some::Other::Type", before, after), "A/B/1 C D");
    }

    #[test]
    fn scalars_are_texts_but_in_free_json() {
        let queue = "AWS::SQS::Queue";
        assert_eq!(
            paths(
                queue,
                json!({"FifoQueue": true, "DelaySeconds": 5}),
                json!({"FifoQueue": "true", "DelaySeconds": "5"})
            ),
            ""
        );
        assert_eq!(paths(queue, json!({"DelaySeconds": 5}), json!({"DelaySeconds": 5.0})), "");
        assert_eq!(paths(queue, json!({"DelaySeconds": "1.1"}), json!({"DelaySeconds": "1.10"})), "DelaySeconds");
        let rule = |code: Json| json!({"EventPattern": {"detail": {"code": [code]}}});
        assert_eq!(paths("AWS::Events::Rule", rule(json!(404)), rule(json!("404"))), "EventPattern/detail/code/0");
    }

    #[test]
    fn tags_are_compared_by_key_and_other_lists_in_their_order() {
        let tag = |key: &str, value: &str| json!({"Key": key, "Value": value});
        let tags = |one: Json, other: Json| json!({"Tags": [one, other]});
        let queue = "AWS::SQS::Queue";
        assert_eq!(paths(queue, tags(tag("a", "1"), tag("b", "2")), tags(tag("b", "2"), tag("a", "1"))), "");
        assert_eq!(
            paths(queue, tags(tag("a", "1"), tag("b", "2")), tags(tag("b", "3"), tag("c", "1"))),
            "Tags/0 Tags/0/Value Tags/1"
        );
        let subnets = |one: &str, other: &str| json!({"VpcSubnetIds": [one, other]});
        let proxy = "AWS::RDS::DBProxy";
        assert_eq!(paths(proxy, subnets("a", "b"), subnets("b", "a")), "VpcSubnetIds/0 VpcSubnetIds/1");
    }

    #[test]
    fn a_change_that_the_schema_leaves_open_hangs_on_the_identity() {
        let replaces = |type_name: &str, path: &str| {
            let after = Term::from_json(&json!({ path: 1 }));
            let found = differences(facts::of(type_name), &json!({}), &after);
            replaces(&Registry::new(), type_name, &found)
        };
        assert!(replaces("AWS::CertificateManager::Certificate", "DomainName"));
        assert!(!replaces("AWS::CloudFront::Distribution", "DistributionConfig"));
        assert!(!replaces("AWS::EC2::Instance", "UserData"));
        assert!(replaces("AWS::Route53::RecordSet", "Name"));
    }
}
