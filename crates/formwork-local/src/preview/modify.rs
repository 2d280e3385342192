//! The change of one deployed resource: the places that differ, the causes, and the consequence for the resource.
//!
//! Source: API Reference, `ResourceChange`, `ResourceChangeDetail`, `ResourceTargetDefinition`; User Guide, "Example change sets".

use formwork_model::change_set::{
    Action, ChangeDetail, ChangeSetReplacement, PolicyAction, RequiresRecreation, ResourceChange,
};
use formwork_model::term::Hole;
use formwork_model::{Named, Term, names_in};
use formwork_schema::facts::{DefaultPolicy, Registry, TypeFacts};
use formwork_template::Value;
use serde_json::{Value as Json, json};

use super::fates::{Changes, Fate, Follows, Planned};
use crate::document::Document;
use crate::evaluate::{json as json_of, text_of};
use crate::model::{Content, Stack, StackResource};
use crate::resources::change::{self, Difference, Differs};
use crate::resources::special::NESTED_STACK;
use crate::secrets::Secrets;

/// A resource as the template describes it, evaluated as far as that is possible before the change set runs.
pub(super) struct Said {
    pub(super) properties: Term,
    pub(super) metadata: Option<Term>,
    pub(super) creation_policy: Option<Term>,
    pub(super) update_policy: Option<Term>,
    pub(super) deletion_policy: Option<String>,
    pub(super) update_replace_policy: Option<String>,
}

/// The change set that a resource is in.
pub(super) struct Around<'a> {
    pub(super) registry: &'a Registry,
    pub(super) secrets: &'a Secrets,
    pub(super) document: &'a Document,
    pub(super) stack: &'a Stack,
    pub(super) target: &'a Content,
    pub(super) planned: &'a Planned<'a>,
}

/// A cause of a change.
struct Cause {
    /// `ChangeSource`
    source: &'static str,
    /// `CausingEntity`
    entity: Option<String>,
    /// The new value is not known before the change set runs.
    is_dynamic: bool,
}

pub(super) fn addition(secrets: &Secrets, id: &str, type_name: &str, properties: &Json) -> ResourceChange {
    ResourceChange {
        action: Action::Add,
        logical_id: id.to_owned(),
        type_name: type_name.to_owned(),
        after_context: Some(context(secrets, properties, None)),
        ..ResourceChange::default()
    }
}

pub(super) fn removal(registry: &Registry, secrets: &Secrets, old: &StackResource) -> ResourceChange {
    let has = |property: &str| old.properties.get(property).is_some();
    let default = registry.of(&old.type_name).map(|facts| facts.default_deletion_policy(has));
    let policy = match (old.deletion_policy.as_deref(), default) {
        (Some("Retain" | "RetainExceptOnCreate"), _) => PolicyAction::Retain,
        (Some("Snapshot"), _) | (None, Some(DefaultPolicy::Snapshot)) => PolicyAction::Snapshot,
        _ => PolicyAction::Delete,
    };
    ResourceChange {
        policy_action: Some(policy),
        action: Action::Remove,
        logical_id: old.logical_id.clone(),
        physical_id: Some(old.physical_id.clone()),
        type_name: old.type_name.clone(),
        before_context: Some(context(secrets, &old.properties, old.metadata.as_deref())),
        ..ResourceChange::default()
    }
}

/// Secrets are masked before there is a text, in which they would be spelled otherwise.
fn context(secrets: &Secrets, properties: &Json, metadata: Option<&str>) -> String {
    let mut context = json!({ "Properties": properties });
    if let (Some(metadata), Some(fields)) = (metadata, context.as_object_mut()) {
        fields.insert("Metadata".to_owned(), serde_json::from_str(metadata).unwrap_or_default());
    }
    secrets.masked(&context).to_string()
}

impl Around<'_> {
    /// The fate of a deployed resource, and its change; `None` where it does not change.
    pub(super) fn modification(&self, old: &StackResource, said: &Said) -> (Fate, Option<ResourceChange>) {
        let facts = self.registry.of(&old.type_name);
        let differences = change::differences(facts, &old.properties, &said.properties);
        let mut change = ResourceChange {
            action: Action::Modify,
            logical_id: old.logical_id.clone(),
            physical_id: Some(old.physical_id.clone()),
            type_name: old.type_name.clone(),
            ..ResourceChange::default()
        };
        let mut replacement = ChangeSetReplacement::False;
        let mut changes = Changes { properties: Some(said.properties.clone()), places: Vec::new() };
        for difference in &differences {
            let follows = self.certainty(difference);
            let recreation = difference.recreation(facts);
            // Source: API Reference, `ResourceTargetDefinition`, `RequiresRecreation`.
            replacement = match (recreation, follows, replacement) {
                (RequiresRecreation::Always, Follows::Surely, _) => ChangeSetReplacement::True,
                (RequiresRecreation::Never, ..) | (_, _, ChangeSetReplacement::True) => replacement,
                _ => ChangeSetReplacement::Conditional,
            };
            // AWS decides the value in the place of a property that is removed: it may be the same.
            let is_given = difference.after.is_some();
            let seen = if is_given { follows } else { follows.min(Follows::Perhaps) };
            changes.places.push((difference.place.clone(), seen));
            change.details.extend(self.details(&old.logical_id, facts, difference, recreation, follows));
        }
        change.details.extend(self.beside_properties(old, said, &change.details));
        if old.type_name == NESTED_STACK && change.details.is_empty() {
            // CloudFormation cannot tell before whether the nested template changed.
            change.details.push(ChangeDetail {
                is_dynamic: true,
                change_source: Some("Automatic".to_owned()),
                ..plain("Properties")
            });
        }
        if change.details.is_empty() {
            return (Fate::Stays, None);
        }
        let mut scope: Vec<String> = change.details.iter().map(|detail| detail.attribute.clone()).collect();
        scope.sort_unstable();
        scope.dedup();
        change.scope = scope;
        change.replacement = Some(replacement);
        change.policy_action =
            (replacement == ChangeSetReplacement::True).then_some(match said.update_replace_policy.as_deref() {
                Some("Retain") => PolicyAction::ReplaceAndRetain,
                Some("Snapshot") => PolicyAction::ReplaceAndSnapshot,
                _ => PolicyAction::ReplaceAndDelete,
            });
        let metadata = said.metadata.as_ref().map(|metadata| json_of(metadata).to_string());
        change.before_context = Some(context(self.secrets, &old.properties, old.metadata.as_deref()));
        change.after_context = Some(context(self.secrets, &json_of(&said.properties), metadata.as_deref()));
        let fate = match replacement {
            ChangeSetReplacement::True => Fate::Replaced(changes),
            ChangeSetReplacement::Conditional => Fate::MayBeReplaced,
            ChangeSetReplacement::False if differences.is_empty() => Fate::Stays,
            ChangeSetReplacement::False => Fate::Changes(changes),
        };
        (fate, Some(change))
    }

    /// The certainty with which the place gets another value.
    fn certainty(&self, difference: &Difference) -> Follows {
        match (difference.differs(), &difference.after) {
            (Differs::Open, Some(after)) => self.planned.follows(after).max(Follows::Perhaps),
            _ => Follows::Surely,
        }
    }

    fn details(
        &self,
        id: &str,
        facts: Option<TypeFacts<'_>>,
        difference: &Difference,
        recreation: RequiresRecreation,
        follows: Follows,
    ) -> Vec<ChangeDetail> {
        // A text as it is, anything else as JSON.
        let shown = |value: &Json| {
            let value = self.secrets.masked(value);
            text_of(&value).unwrap_or_else(|| value.to_string())
        };
        let after = difference.after.as_ref().map(json_of);
        let (before, after) = (difference.before.as_ref(), after.as_ref());
        // In free JSON, a number and its text differ: they are shown as JSON, so that it is seen.
        let is_alike = match (before, after) {
            (Some(before), Some(after)) => text_of(before).is_some() && text_of(before) == text_of(after),
            _ => false,
        };
        let shown = |value: &Json| if is_alike { self.secrets.masked(value).to_string() } else { shown(value) };
        let path: Vec<String> = difference.path.iter().map(|name| name.replace('~', "~0").replace('/', "~1")).collect();
        let top = difference.path.first().map(String::as_str).unwrap_or_default();
        let is_tags = facts.and_then(|facts| facts.tag_property()).is_some_and(|tags| tags == top);
        let detail = ChangeDetail {
            attribute: if is_tags { "Tags" } else { "Properties" }.to_owned(),
            // Source: API Reference, `ResourceTargetDefinition`, `Name`: "If the Attribute value is Properties, the name of the
            // property. For all other attributes, the value is null."
            name: (!is_tags).then(|| top.to_owned()),
            path: Some(format!("/Properties/{}", path.join("/"))),
            before_value: before.map(shown),
            after_value: after.map(shown),
            requires_recreation: Some(recreation),
            ..ChangeDetail::default()
        };
        let with_cause = |cause: Cause| ChangeDetail {
            is_dynamic: cause.is_dynamic,
            change_source: Some(cause.source.to_owned()),
            causing_entity: cause.entity,
            ..detail.clone()
        };
        self.causes(id, difference, follows).into_iter().map(with_cause).collect()
    }

    fn causes(&self, id: &str, difference: &Difference, follows: Follows) -> Vec<Cause> {
        let mut causes = Vec::new();
        let value = self.document.entry(id).and_then(|entry| written_at(&entry.properties, &difference.path));
        let mut push = |source, entity: String, is_dynamic| {
            causes.push(Cause { source, entity: Some(entity), is_dynamic });
        };
        for named in value.map(names_in).unwrap_or_default() {
            let hole = match named {
                Named::Ref(name) if self.document.template.parameters.contains_key(&name) => {
                    let of = |content: &Content| {
                        content.parameters.get(&name).map(|value| (value.value.clone(), value.resolved.clone()))
                    };
                    if of(self.target) != of(&self.stack.content) {
                        push("ParameterReference", name, false);
                    }
                    continue;
                }
                Named::Ref(name) => Hole::Reference(name),
                Named::Attribute(id, attribute) => Hole::Attribute(id, attribute),
                Named::Condition(_) | Named::Mapping(_) => continue,
            };
            let source = self.planned.hole_follows(&hole);
            // Not more certain than the whole value is.
            let is_dynamic = source.min(follows) != Follows::Surely;
            match (source, hole) {
                (Follows::No, _) => {}
                (_, Hole::Attribute(id, attribute)) => {
                    push("ResourceAttribute", format!("{id}.{attribute}"), is_dynamic);
                }
                (_, Hole::Reference(id)) => push("ResourceReference", id, is_dynamic),
                _ => {}
            }
        }
        // The value of a function is, beside its cause, a change that CloudFormation works out later, unless the text around the function
        // differs for certain.
        let is_dynamic = match follows {
            Follows::Surely => causes.iter().any(|cause| !cause.is_dynamic),
            _ => true,
        };
        causes.push(Cause { source: "DirectModification", entity: None, is_dynamic });
        causes
    }

    /// Differences of attributes of the resource other than its properties, and of the stack's tags.
    fn beside_properties(&self, old: &StackResource, said: &Said, details: &[ChangeDetail]) -> Vec<ChangeDetail> {
        let has_other_tags = self.target.tags != self.stack.content.tags
            && !details.iter().any(|detail| detail.attribute == "Tags")
            && change::takes_tags(self.registry, &old.type_name);
        let metadata = old.metadata.as_deref().and_then(|text| serde_json::from_str(text).ok());
        let differs = |word: bool| if word { Follows::Surely } else { Follows::No };
        let attributes = [
            ("Tags", differs(has_other_tags)),
            ("Metadata", self.compared(metadata.as_ref(), said.metadata.as_ref())),
            ("CreationPolicy", self.compared(old.creation_policy.as_ref(), said.creation_policy.as_ref())),
            ("UpdatePolicy", self.compared(old.update_policy.as_ref(), said.update_policy.as_ref())),
            ("DeletionPolicy", differs(said.deletion_policy != old.deletion_policy)),
            ("UpdateReplacePolicy", differs(said.update_replace_policy != old.update_replace_policy)),
        ];
        let changed = attributes.into_iter().filter(|(_, follows)| *follows != Follows::No);
        changed
            .map(|(attribute, follows)| ChangeDetail {
                is_dynamic: follows == Follows::Perhaps,
                change_source: Some("DirectModification".to_owned()),
                ..plain(attribute)
            })
            .collect()
    }

    /// The certainty with which an attribute that no schema describes changes.
    fn compared(&self, before: Option<&Json>, after: Option<&Term>) -> Follows {
        match (before, after) {
            (None, None) => Follows::No,
            (Some(before), Some(after)) => {
                let differences = change::differences(None, before, after);
                differences.iter().map(|difference| self.certainty(difference)).max().unwrap_or(Follows::No)
            }
            _ => Follows::Surely,
        }
    }
}

fn plain(attribute: &str) -> ChangeDetail {
    ChangeDetail {
        attribute: attribute.to_owned(),
        requires_recreation: Some(RequiresRecreation::Never),
        ..ChangeDetail::default()
    }
}

/// The value that a template writes at a place, or the innermost function around it.
fn written_at<'v>(properties: &'v formwork_template::Map, path: &[String]) -> Option<&'v Value> {
    let (first, rest) = path.split_first()?;
    let mut value = properties.get(first)?;
    for name in rest {
        let inner = match value {
            Value::Map(map) => map.get(name),
            Value::List(items) => name.parse::<usize>().ok().and_then(|place| items.get(place)),
            _ => None,
        };
        match inner {
            Some(inner) => value = inner,
            None => break,
        }
    }
    Some(value)
}

/// Without `IncludePropertyValues`: which properties change, but neither where in them nor how; and of those that change with another
/// resource, that cause alone.
///
/// Source: localstack/localstack, tests/aws/services/cloudformation: `test_change_sets` (`test_dynamic_update`), recorded from AWS.
pub(crate) fn without_values(change: &ResourceChange) -> ResourceChange {
    let follows = |one: &ChangeDetail| {
        change.details.iter().any(|other| {
            matches!(other.change_source.as_deref(), Some("ResourceReference" | "ResourceAttribute"))
                && (&other.attribute, &other.name) == (&one.attribute, &one.name)
        })
    };
    let is_worked_out_later =
        |one: &ChangeDetail| one.change_source.as_deref() == Some("DirectModification") && one.is_dynamic;
    let mut details: Vec<ChangeDetail> = Vec::new();
    for detail in change.details.iter().filter(|detail| !(is_worked_out_later(detail) && follows(detail))) {
        let detail = ChangeDetail { path: None, before_value: None, after_value: None, ..detail.clone() };
        if !details.contains(&detail) {
            details.push(detail);
        }
    }
    ResourceChange { before_context: None, after_context: None, details, ..change.clone() }
}
