//! Answers of CloudFormation, in the forms of its API Reference.

use crate::server::{Step, on, refuse};

pub(crate) const STACK_ID: &str = "arn:aws:cloudformation:us-east-1:000000000000:stack/site/1";
pub(crate) const CHANGE_SET_ID: &str = "arn:aws:cloudformation:us-east-1:000000000000:changeSet/formwork-1/2";

/// No such stack.
pub(crate) fn absent() -> Step {
    refuse("DescribeStacks", 400, "ValidationError", "Stack with id site does not exist")
}

/// The stack in this status, with what else stands in its description.
pub(crate) fn stack(status: &str, more: &str) -> Step {
    on(
        "DescribeStacks",
        &format!(
            "<Stacks><member><StackName>site</StackName><StackId>{STACK_ID}</StackId><CreationTime>2026-03-01T12:00:00Z\
             </CreationTime><StackStatus>{status}</StackStatus>{more}</member></Stacks>"
        ),
    )
}

/// The deployed template.
pub(crate) fn template(body: &str) -> Step {
    on("GetTemplate", &format!("<TemplateBody>{}</TemplateBody>", body.replace('"', "&quot;")))
}

/// The change set is being made.
pub(crate) fn creating() -> Step {
    on("CreateChangeSet", &format!("<Id>{CHANGE_SET_ID}</Id><StackId>{STACK_ID}</StackId>"))
}

/// A change set with these changes, one page; asked for with property values or without.
pub(crate) fn change_set(changes: &str) -> Step {
    page(changes, "")
}

/// One page of a change set.
pub(crate) fn page(changes: &str, more: &str) -> Step {
    on(
        "DescribeChangeSet",
        &format!(
            "<ChangeSetId>{CHANGE_SET_ID}</ChangeSetId><StackId>{STACK_ID}</StackId><Status>CREATE_COMPLETE</Status>\
             <CreationTime>2026-03-01T12:00:10Z</CreationTime><Changes>{changes}</Changes>{more}"
        ),
    )
}

/// A change set that failed.
pub(crate) fn failed(reason: &str) -> Step {
    on(
        "DescribeChangeSet",
        &format!(
            "<ChangeSetId>{CHANGE_SET_ID}</ChangeSetId><StackId>{STACK_ID}</StackId><Status>FAILED</Status>\
             <StatusReason>{reason}</StatusReason><CreationTime>2026-03-01T12:00:10Z</CreationTime><Changes/>"
        ),
    )
}

/// One entry of a change set's list.
pub(crate) fn change(action: &str, logical_id: &str, more: &str) -> String {
    format!(
        "<member><Type>Resource</Type><ResourceChange><Action>{action}</Action><LogicalResourceId>{logical_id}\
         </LogicalResourceId><ResourceType>AWS::SNS::Topic</ResourceType>{more}</ResourceChange></member>"
    )
}

/// The change set after a question: it waits still.
pub(crate) fn waiting() -> Step {
    page("", "<ExecutionStatus>AVAILABLE</ExecutionStatus>")
}

pub(crate) fn executed() -> Step {
    on("ExecuteChangeSet", "")
}

pub(crate) fn change_set_deleted() -> Step {
    on("DeleteChangeSet", "").with("ChangeSetName", CHANGE_SET_ID)
}

/// The stack holds no change set any more.
pub(crate) fn no_change_sets() -> Step {
    on("ListChangeSets", "<Summaries/>").with("StackName", STACK_ID)
}

/// Events as the service lists them: newest first.
pub(crate) fn events(events: &[String]) -> Step {
    on("DescribeStackEvents", &format!("<StackEvents>{}</StackEvents>", events.concat()))
}

/// An event at this second of 12:00, of a resource or of the stack `site` itself.
pub(crate) fn event(second: u32, logical_id: &str, status: &str, reason: &str) -> String {
    let (physical_id, type_name) = match logical_id {
        "site" => (STACK_ID.to_owned(), "AWS::CloudFormation::Stack"),
        other => (format!("topic-{other}"), "AWS::SNS::Topic"),
    };
    format!(
        "<member><EventId>{logical_id}-{status}-{second}</EventId><StackId>{STACK_ID}</StackId><StackName>site</StackName>\
         <LogicalResourceId>{logical_id}</LogicalResourceId><PhysicalResourceId>{physical_id}</PhysicalResourceId>\
         <ResourceType>{type_name}</ResourceType><Timestamp>2026-03-01T12:00:{second:02}.5Z</Timestamp>\
         <ResourceStatus>{status}</ResourceStatus><ResourceStatusReason>{reason}</ResourceStatusReason></member>"
    )
}

/// The stack's resources by logical id and status, each with a physical id.
pub(crate) fn resources(listed: &[(&str, &str)]) -> Step {
    let member = |(id, status): &(&str, &str)| {
        format!(
            "<member><LogicalResourceId>{id}</LogicalResourceId><PhysicalResourceId>{id}-1</PhysicalResourceId>\
             <ResourceType>AWS::SNS::Topic</ResourceType><LastUpdatedTimestamp>2026-03-01T12:00:00Z</LastUpdatedTimestamp>\
             <ResourceStatus>{status}</ResourceStatus></member>"
        )
    };
    let members: String = listed.iter().map(member).collect();
    on("ListStackResources", &format!("<StackResourceSummaries>{members}</StackResourceSummaries>"))
}
