//! A change set as the SDK has it, in the words of `formwork-model`.

use aws_sdk_cloudformation::types::{self, EvaluationType};
use formwork_model::change_set::{
    Action, ChangeDetail, ChangeSet, ChangeSetReplacement, PolicyAction, RequiresRecreation, ResourceChange,
};

/// The same, without SDK types. Words that this version does not know become what is closest on the safe side.
pub(crate) fn change_set(changes: &[types::ResourceChange]) -> ChangeSet {
    ChangeSet { has_changes: true, changes: changes.iter().map(resource_change).collect() }
}

fn resource_change(change: &types::ResourceChange) -> ResourceChange {
    let text = |text: Option<&str>| text.map(str::to_owned);
    ResourceChange {
        logical_id: change.logical_resource_id().unwrap_or_default().to_owned(),
        physical_id: text(change.physical_resource_id().filter(|id| !id.is_empty())),
        type_name: change.resource_type().unwrap_or_default().to_owned(),
        action: change.action().map(|action| Action::read(action.as_str())).unwrap_or_default(),
        policy_action: change.policy_action().and_then(|action| PolicyAction::read(action.as_str())),
        replacement: change
            .replacement()
            .map(|word| ChangeSetReplacement::read(word.as_str()).unwrap_or(ChangeSetReplacement::Conditional)),
        scope: change.scope().iter().map(|scope| scope.as_str().to_owned()).collect(),
        details: change.details().iter().map(detail).collect(),
        before_context: text(change.before_context()),
        after_context: text(change.after_context()),
        change_set_id: text(change.change_set_id()),
    }
}

fn detail(detail: &types::ResourceChangeDetail) -> ChangeDetail {
    let text = |text: Option<&str>| text.map(str::to_owned);
    let target = detail.target();
    ChangeDetail {
        attribute: target
            .and_then(|target| target.attribute())
            .map(|attribute| attribute.as_str().to_owned())
            .unwrap_or_default(),
        name: text(target.and_then(|target| target.name())),
        path: text(target.and_then(|target| target.path())),
        before_value: text(target.and_then(|target| target.before_value())),
        after_value: text(target.and_then(|target| target.after_value())),
        requires_recreation: target
            .and_then(|target| target.requires_recreation())
            .map(|word| RequiresRecreation::read(word.as_str()).unwrap_or(RequiresRecreation::Conditionally)),
        is_dynamic: detail.evaluation() == Some(&EvaluationType::Dynamic),
        change_source: detail.change_source().map(|source| source.as_str().to_owned()),
        causing_entity: text(detail.causing_entity()),
    }
}
