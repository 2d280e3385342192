//! The operations: one row per name, with the fields it takes and the function that carries it out. A name that is in no row is
//! refused; nothing is ever answered without being done.

mod change_sets;
pub(crate) mod cloud_control;
mod deployment;
mod drift;
mod events;
mod listing;
mod names;
mod nested_sets;
mod operations;
pub(crate) mod parameter_store;
mod request;
mod shown;
mod target;
mod templates;
mod tokens;

pub(crate) use request::Request;

use serde_json::Value as Json;

use crate::protocol::ApiError;
use crate::world::World;

type Handler = fn(&mut World, &Request<'_>) -> Result<Json, ApiError>;

struct Row {
    action: &'static str,
    /// True if it changes nothing.
    reads_only: bool,
    run: Handler,
    fields: &'static [&'static str],
}

impl Row {
    /// The version of the API that the operation belongs to.
    fn version(&self) -> &'static str {
        if is_of_tokens(self.action) { SECURITY_TOKEN_SERVICE } else { CLOUDFORMATION }
    }
}

const CLOUDFORMATION: &str = "2010-05-15";
const SECURITY_TOKEN_SERVICE: &str = "2011-06-15";

const READS: bool = true;
const CHANGES: bool = false;

const fn row(action: &'static str, reads_only: bool, run: Handler, fields: &'static [&'static str]) -> Row {
    Row { action, reads_only, run, fields }
}

/// All operations, sorted.
const ROWS: &[Row] = &[
    row("AssumeRole", CHANGES, tokens::assume_role, tokens::ASSUME_ROLE_FIELDS),
    row("CancelUpdateStack", CHANGES, operations::cancel_update, &["StackName", "ClientRequestToken"]),
    row(
        "ContinueUpdateRollback",
        CHANGES,
        operations::continue_rollback,
        &["StackName", "RoleARN", "ResourcesToSkip", "ClientRequestToken", "ForceRollback"],
    ),
    row("CreateChangeSet", CHANGES, change_sets::create, change_sets::FIELDS),
    row("CreateStack", CHANGES, operations::create, operations::CREATE_FIELDS),
    row("DeleteChangeSet", CHANGES, change_sets::delete, &["ChangeSetName", "StackName"]),
    row(
        "DeleteStack",
        CHANGES,
        operations::delete,
        &["StackName", "RetainResources", "RoleARN", "ClientRequestToken", "DeletionMode", "DeploymentConfig"],
    ),
    row(
        "DescribeChangeSet",
        READS,
        change_sets::describe,
        &["ChangeSetName", "StackName", "NextToken", "IncludePropertyValues"],
    ),
    row(
        "DescribeEvents",
        READS,
        events::describe_all,
        &["StackName", "ChangeSetName", "OperationId", "Filters", "NextToken"],
    ),
    row("DescribeStackDriftDetectionStatus", READS, drift::status, &["StackDriftDetectionId"]),
    row("DescribeStackEvents", READS, events::describe, &["StackName", "NextToken"]),
    row("DescribeStackResource", READS, listing::resource, &["StackName", "LogicalResourceId"]),
    row(
        "DescribeStackResourceDrifts",
        READS,
        drift::resources,
        &["StackName", "StackResourceDriftStatusFilters", "NextToken", "MaxResults"],
    ),
    row("DescribeStackResources", READS, listing::resources, &["StackName", "LogicalResourceId", "PhysicalResourceId"]),
    row("DescribeStacks", READS, listing::stacks, &["StackName", "NextToken"]),
    row("DetectStackDrift", CHANGES, drift::detect, &["StackName", "LogicalResourceIds"]),
    row("DetectStackResourceDrift", CHANGES, drift::detect_one, &["StackName", "LogicalResourceId"]),
    row(
        "ExecuteChangeSet",
        CHANGES,
        change_sets::execute,
        &["ChangeSetName", "StackName", "ClientRequestToken", "DisableRollback", "RetainExceptOnCreate"],
    ),
    row("GetCallerIdentity", READS, tokens::caller_identity, &[]),
    row("GetTemplate", READS, templates::get, &["StackName", "ChangeSetName", "TemplateStage"]),
    row(
        "GetTemplateSummary",
        READS,
        templates::summary,
        &["TemplateBody", "TemplateURL", "StackName", "TemplateSummaryConfig"],
    ),
    row("ListChangeSets", READS, change_sets::list, &["StackName", "NextToken"]),
    row("ListExports", READS, listing::exports, &["NextToken"]),
    row("ListImports", READS, listing::imports, &["ExportName", "NextToken"]),
    row("ListStackResources", READS, listing::resource_summaries, &["StackName", "NextToken"]),
    row("ListStacks", READS, listing::stack_summaries, &["NextToken", "StackStatusFilter"]),
    row(
        "RollbackStack",
        CHANGES,
        operations::roll_back,
        &["StackName", "RoleARN", "ClientRequestToken", "RetainExceptOnCreate", "DeploymentConfig"],
    ),
    row("UpdateStack", CHANGES, operations::update, operations::UPDATE_FIELDS),
    row(
        "UpdateTerminationProtection",
        CHANGES,
        operations::termination_protection,
        &["StackName", "EnableTerminationProtection"],
    ),
    row("ValidateTemplate", READS, templates::validate, &["TemplateBody", "TemplateURL"]),
];

/// True if the operation is one of the Security Token Service.
pub(crate) fn is_of_tokens(action: &str) -> bool {
    matches!(action, "AssumeRole" | "GetCallerIdentity")
}

/// True if the engine knows the operation.
pub(crate) fn is_operation(action: &str) -> bool {
    find(action).is_some()
}

/// True if the operation is known and changes nothing.
pub(crate) fn reads_only(action: &str) -> bool {
    find(action).is_some_and(|row| row.reads_only)
}

fn find(action: &str) -> Option<&'static Row> {
    ROWS.binary_search_by_key(&action, |row| row.action).ok().map(|place| &ROWS[place])
}

/// Carries out a request.
pub(crate) fn answer(world: &mut World, action: &str, request: &Request<'_>) -> Result<Json, ApiError> {
    let version = request.form.get("Version").filter(|version| !version.is_empty());
    let is_known = |row: &&Row| version.is_none_or(|version| version == row.version());
    let Some(row) = find(action).filter(is_known) else {
        let version = version.unwrap_or(CLOUDFORMATION);
        return Err(ApiError::new(
            "InvalidAction",
            400,
            format!("Could not find operation {action} for version {version}. The embedded engine does not know it."),
        ));
    };
    let known: Vec<&str> = ["Action", "Version"].into_iter().chain(row.fields.iter().copied()).collect();
    // AWS's services ignore what they do not know. Here that would be an operation half done without a word.
    if let Some(field) = request.form.unknown(&known) {
        return Err(ApiError::validation(format!("the embedded engine does not support {field} of {action}")));
    }
    names::check(action, request.form)?;
    (row.run)(world, request)
}

#[cfg(test)]
mod tests {
    use super::ROWS;

    #[test]
    fn the_table_is_sorted_for_its_search() {
        assert!(ROWS.is_sorted_by(|one, other| one.action < other.action));
    }
}
