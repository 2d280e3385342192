//! A change set as the SDK tells it, in the words of `formwork-diff`.

use aws_sdk_cloudformation::types::{self, EvaluationType};
use formwork_diff::change_set::{
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
        action: change.action().map(action).unwrap_or_default(),
        policy_action: change.policy_action().and_then(policy_action),
        replacement: change.replacement().map(replacement),
        scope: change.scope().iter().map(|scope| scope.as_str().to_owned()).collect(),
        details: change.details().iter().map(detail).collect(),
        before_context: text(change.before_context()),
        after_context: text(change.after_context()),
        change_set_id: text(change.change_set_id()),
    }
}

fn action(action: &types::ChangeAction) -> Action {
    use types::ChangeAction as A;
    match action {
        A::Add => Action::Add,
        A::Modify => Action::Modify,
        A::Remove => Action::Remove,
        A::Import => Action::Import,
        A::Dynamic => Action::Dynamic,
        other if other.as_str() == "SyncWithActual" => Action::SyncWithActual,
        other => Action::Other(other.as_str().to_owned()),
    }
}

fn policy_action(action: &types::PolicyAction) -> Option<PolicyAction> {
    use types::PolicyAction as P;
    Some(match action {
        P::Delete => PolicyAction::Delete,
        P::Retain => PolicyAction::Retain,
        P::Snapshot => PolicyAction::Snapshot,
        P::ReplaceAndDelete => PolicyAction::ReplaceAndDelete,
        P::ReplaceAndRetain => PolicyAction::ReplaceAndRetain,
        P::ReplaceAndSnapshot => PolicyAction::ReplaceAndSnapshot,
        _ => return None,
    })
}

fn replacement(replacement: &types::Replacement) -> ChangeSetReplacement {
    match replacement {
        types::Replacement::True => ChangeSetReplacement::True,
        types::Replacement::False => ChangeSetReplacement::False,
        _ => ChangeSetReplacement::Conditional,
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
        requires_recreation: target.and_then(|target| target.requires_recreation()).map(
            |recreation| match recreation {
                types::RequiresRecreation::Never => RequiresRecreation::Never,
                types::RequiresRecreation::Always => RequiresRecreation::Always,
                _ => RequiresRecreation::Conditionally,
            },
        ),
        is_dynamic: detail.evaluation() == Some(&EvaluationType::Dynamic),
        change_source: detail.change_source().map(|source| source.as_str().to_owned()),
        causing_entity: text(detail.causing_entity()),
    }
}
