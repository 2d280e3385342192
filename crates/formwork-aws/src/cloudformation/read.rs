//! Answers of the SDK crate as plain data. Words that this version does not know become what is closest on the safe side.

use aws_sdk_cloudformation::operation::create_change_set::CreateChangeSetOutput;
use aws_sdk_cloudformation::operation::describe_change_set::DescribeChangeSetOutput;
use aws_sdk_cloudformation::operation::describe_events::DescribeEventsOutput;
use aws_sdk_cloudformation::operation::describe_stack_events::DescribeStackEventsOutput;
use aws_sdk_cloudformation::operation::describe_stacks::DescribeStacksOutput;
pub(super) use aws_sdk_cloudformation::operation::get_template::GetTemplateOutput as Template;
use aws_sdk_cloudformation::operation::list_change_sets::ListChangeSetsOutput;
use aws_sdk_cloudformation::operation::list_imports::ListImportsOutput;
use aws_sdk_cloudformation::operation::list_stack_resources::ListStackResourcesOutput;
use aws_sdk_cloudformation::operation::list_stacks::ListStacksOutput;
use aws_sdk_cloudformation::types::{self, EvaluationType, EventType};
use formwork_model::change_set::{
    Action, ChangeDetail, ChangeSetReplacement, PolicyAction, RequiresRecreation, ResourceChange,
};
use formwork_model::service::{
    Call, ChangeSetPage, ChangeSetSummary, CreatedChangeSet, Finding, ListedResource, ListedStack, Page, ReadStack,
    StackEvent, StackOutput,
};

use crate::error::Error;
use crate::time::timestamp;

fn text(text: Option<&str>) -> String {
    text.unwrap_or_default().to_owned()
}

/// A text that is there and not empty.
fn some(text: Option<&str>) -> Option<String> {
    text.filter(|text| !text.is_empty()).map(str::to_owned)
}

/// The word of an enumeration.
macro_rules! word {
    ($value:expr) => {
        $value.map(|value| value.as_str().to_owned())
    };
}

pub(super) fn stack(answer: DescribeStacksOutput) -> Result<Option<ReadStack>, Error> {
    let Some(stack) = answer.stacks().first() else { return Ok(None) };
    let incomplete = |field| Error::Incomplete { call: Call::DescribeStacks.as_str(), field };
    let output = |output: &types::Output| StackOutput {
        key: text(output.output_key()),
        value: text(output.output_value()),
        description: some(output.description()),
        export: some(output.export_name()),
    };
    Ok(Some(ReadStack {
        id: stack.stack_id().ok_or_else(|| incomplete("StackId"))?.to_owned(),
        status: word!(stack.stack_status()).ok_or_else(|| incomplete("StackStatus"))?,
        updated: stack.last_updated_time().map(|updated| timestamp(updated).text),
        outputs: stack.outputs().iter().map(output).collect(),
        parameters: stack.parameters().iter().map(parameter).collect(),
        tags: stack.tags().iter().map(|tag| (text(tag.key()), text(tag.value()))).collect(),
        notification_arns: stack.notification_arns().to_vec(),
        termination_protection: stack.enable_termination_protection().unwrap_or_default(),
    }))
}

fn parameter(one: &types::Parameter) -> (String, String) {
    (text(one.parameter_key()), text(one.parameter_value()))
}

pub(super) fn stacks(answer: ListStacksOutput) -> Result<Page<ListedStack>, Error> {
    let stack = |stack: &types::StackSummary| ListedStack {
        id: text(stack.stack_id()),
        name: text(stack.stack_name()),
        status: word!(stack.stack_status()).unwrap_or_default(),
        description: some(stack.template_description()),
        parent: some(stack.parent_id()),
        deleted: stack.deletion_time().map(timestamp),
    };
    let items = answer.stack_summaries().iter().map(stack).collect();
    Ok(Page { items, next: some(answer.next_token()) })
}

pub(super) fn resources(answer: ListStackResourcesOutput) -> Result<Page<ListedResource>, Error> {
    let resource = |resource: &types::StackResourceSummary| ListedResource {
        logical_id: text(resource.logical_resource_id()),
        physical_id: some(resource.physical_resource_id()),
        type_name: text(resource.resource_type()),
        status: word!(resource.resource_status()).unwrap_or_default(),
        reason: some(resource.resource_status_reason()),
    };
    let items = answer.stack_resource_summaries().iter().map(resource).collect();
    Ok(Page { items, next: some(answer.next_token()) })
}

pub(super) fn imports(answer: ListImportsOutput) -> Result<Page<String>, Error> {
    Ok(Page { items: answer.imports().to_vec(), next: some(answer.next_token()) })
}

pub(super) fn events(answer: DescribeStackEventsOutput) -> Result<Page<StackEvent>, Error> {
    let event = |event: &types::StackEvent| StackEvent {
        id: text(event.event_id()),
        stack_id: text(event.stack_id()),
        logical_id: text(event.logical_resource_id()),
        physical_id: some(event.physical_resource_id()),
        type_name: text(event.resource_type()),
        status: word!(event.resource_status()).unwrap_or_default(),
        reason: some(event.resource_status_reason()),
        time: event.timestamp().map(timestamp),
        operation: some(event.operation_id()),
    };
    let items = answer.stack_events().iter().map(event).collect();
    Ok(Page { items, next: some(answer.next_token()) })
}

pub(super) fn findings(answer: DescribeEventsOutput) -> Result<Page<Finding>, Error> {
    let finding = |event: &types::OperationEvent| Finding {
        place: some(event.validation_path()).or_else(|| some(event.logical_resource_id())),
        reason: [event.validation_status_reason(), event.resource_status_reason(), event.hook_status_reason()]
            .into_iter()
            .flatten()
            .next()
            .map(str::to_owned),
        check: text(event.validation_name().or(event.hook_type()).or(event.event_type().map(EventType::as_str))),
        time: event.timestamp().map(timestamp),
    };
    let items = answer.operation_events().iter().map(finding).collect();
    Ok(Page { items, next: some(answer.next_token()) })
}

pub(super) fn created(answer: CreateChangeSetOutput) -> Result<CreatedChangeSet, Error> {
    let incomplete = |field| Error::Incomplete { call: Call::CreateChangeSet.as_str(), field };
    Ok(CreatedChangeSet {
        id: answer.id().ok_or_else(|| incomplete("Id"))?.to_owned(),
        stack_id: answer.stack_id().ok_or_else(|| incomplete("StackId"))?.to_owned(),
    })
}

pub(super) fn change_set(answer: DescribeChangeSetOutput) -> Result<ChangeSetPage, Error> {
    Ok(ChangeSetPage {
        status: word!(answer.status()),
        reason: some(answer.status_reason()),
        execution: word!(answer.execution_status()),
        created: answer.creation_time().map(timestamp),
        parameters: answer.parameters().iter().map(parameter).collect(),
        changes: answer.changes().iter().filter_map(|change| change.resource_change()).map(resource_change).collect(),
        next: some(answer.next_token()),
    })
}

pub(super) fn change_sets(answer: ListChangeSetsOutput) -> Result<Page<ChangeSetSummary>, Error> {
    let summary = |summary: &types::ChangeSetSummary| ChangeSetSummary {
        id: text(summary.change_set_id()),
        name: text(summary.change_set_name()),
        description: some(summary.description()),
        status: word!(summary.status()).unwrap_or_default(),
        execution: word!(summary.execution_status()).unwrap_or_default(),
        created: summary.creation_time().map(timestamp),
    };
    let items = answer.summaries().iter().map(summary).collect();
    Ok(Page { items, next: some(answer.next_token()) })
}

fn resource_change(change: &types::ResourceChange) -> ResourceChange {
    let text = |text: Option<&str>| text.map(str::to_owned);
    ResourceChange {
        logical_id: change.logical_resource_id().unwrap_or_default().to_owned(),
        physical_id: some(change.physical_resource_id()),
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

#[cfg(test)]
mod tests {
    use aws_sdk_cloudformation::types;
    use formwork_model::status::{ResourceStatus, StackStatus};

    /// Every status of the SDK, so that a new one shows up here.
    #[test]
    fn every_status_of_the_sdk_is_known() {
        for name in types::StackStatus::values() {
            assert!(StackStatus::read(name).is_some(), "{name}");
        }
        for name in types::ResourceStatus::values() {
            assert!(ResourceStatus::read(name).is_some(), "{name}");
        }
    }
}
