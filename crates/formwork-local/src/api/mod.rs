//! The operations: one row a name, with the fields it takes and the function that carries it out. A name that is in no row is
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
mod templates;
mod tokens;

use serde_json::{Value as Json, json};

use crate::document::{Document, capabilities};
use crate::machine::MAX_MINUTES;
use crate::model::{Content, OperationKind, Place, Stack};
use crate::parameters;
use crate::protocol::{ApiError, Form};
use crate::secrets::MASK;
use crate::view::{self, Others};
use crate::world::{ACCOUNT, World};

/// A request on its way.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    pub(crate) form: &'a Form,
    pub(crate) region: &'a str,
}

impl Request<'_> {
    fn place(&self) -> Place {
        Place { region: self.region.to_owned(), account: ACCOUNT.to_owned() }
    }

    /// The stack that `StackName` names.
    fn stack<'w>(&self, world: &'w World) -> Result<&'w Stack, ApiError> {
        self.stack_or(world, ApiError::no_stack)
    }

    /// The same, for operations that have other words when there is none.
    fn stack_or<'w>(&self, world: &'w World, refusal: fn(&str) -> ApiError) -> Result<&'w Stack, ApiError> {
        let name = self.form.require("StackName")?;
        world.find(self.region, name).ok_or_else(|| refusal(name))
    }
}

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

/// Whether the operation is one of the Security Token Service.
pub(crate) fn is_of_tokens(action: &str) -> bool {
    matches!(action, "AssumeRole" | "GetCallerIdentity")
}

/// Whether the engine knows the operation.
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

/// A page of items. The token names the last one before the next page by its key, so that nothing is left out or told twice when there
/// are more of them then, or fewer; and its place, in case it is gone from a list without order.
fn page<T>(
    mut items: Vec<T>,
    form: &Form,
    size: usize,
    key: impl Fn(&T) -> &str,
) -> Result<(Vec<T>, Option<String>), ApiError> {
    let start = match form.get("NextToken").filter(|token| !token.is_empty()) {
        None => 0,
        Some(token) => {
            let (place, last) = token
                .split_once('/')
                .and_then(|(place, last)| Some((place.parse::<usize>().ok()?, last)))
                .ok_or_else(|| ApiError::validation("NextToken is not valid"))?;
            let known = items.iter().position(|item| key(item) == last).map(|place| place + 1);
            known.unwrap_or_else(|| match items.is_sorted_by(|one, other| key(one) <= key(other)) {
                true => items.partition_point(|item| key(item) <= last),
                false => place.min(items.len()),
            })
        }
    };
    let end = start.saturating_add(size).min(items.len());
    let next = (end < items.len()).then(|| format!("{end}/{}", items.get(end - 1).map_or("", &key)));
    items.truncate(end);
    Ok((items.split_off(start), next))
}

/// What a request says a stack is to become.
fn target(
    world: &World,
    request: &Request<'_>,
    template: String,
    document: Document,
    previous: Option<&Stack>,
) -> Result<(Content, Document), ApiError> {
    let form = request.form;
    let given = parameters::given(form).map_err(ApiError::validation)?;
    let empty = Content::default();
    let old = previous.map_or(&empty, |stack| &stack.content);
    let outside = Others::new(world, request.region);
    let parameters = parameters::settle(&document.template, &given, &old.parameters, &outside, request.region)
        .map_err(ApiError::validation)?;
    let values = parameters::evaluated(&document.template, &parameters);
    let name = form.get("StackName").unwrap_or_default();
    let document = document.settled(&world.registry, &values, &view::pseudo(&request.place(), name, "", &[]))?;
    let tags: Vec<(String, String)> = form
        .structures("Tags")
        .iter()
        .map(|tag| (tag.get("Key").unwrap_or_default().to_owned(), tag.get("Value").unwrap_or_default().to_owned()))
        .collect();
    if tags.len() > 50 {
        return Err(ApiError::validation(
            "1 validation error detected: Value at 'tags' failed to satisfy constraint: Member must have length less than or equal to 50",
        ));
    }
    let notification_arns: Vec<String> = form.list("NotificationARNs").into_iter().map(str::to_owned).collect();
    let capabilities: Vec<String> = form.list("Capabilities").into_iter().map(str::to_owned).collect();
    if let Some(missing) = capabilities::missing(&document, &capabilities) {
        return Err(ApiError::new("InsufficientCapabilitiesException", 400, missing));
    }
    let allowed = form.list("ResourceTypes");
    let mut types = document.written.resources.values().map(|entry| entry.type_name.as_str());
    if !allowed.is_empty()
        && let Some(other) = types.find(|name| !allowed.iter().any(|pattern| covers(pattern, name)))
    {
        return Err(ApiError::validation(format!(
            "Resource type {other} is not allowed by parameter ResourceTypes [{}]",
            allowed.join(", ")
        )));
    }
    let content = Content {
        description: document.template.description.clone(),
        template: Some(template),
        parameters,
        // What is not given stays as it is.
        tags: if tags.is_empty() && !form.is_emptied("Tags") { old.tags.clone() } else { tags },
        capabilities,
        role_arn: form.get("RoleARN").map(str::to_owned).or_else(|| old.role_arn.clone()),
        notification_arns: if notification_arns.is_empty() && !form.is_emptied("NotificationARNs") {
            old.notification_arns.clone()
        } else {
            notification_arns
        },
        rollback_configuration: rollback_configuration(
            form,
            old.rollback_configuration.as_ref().unwrap_or(&Json::Null),
        )?,
        resources: old.resources.clone(),
        outputs: old.outputs.clone(),
        // Those of exports are found when values are worked out.
        imports: Default::default(),
    };
    Ok((content, document))
}

/// Whether an entry of `ResourceTypes` means the type.
///
/// Source: API Reference, `CreateStack`, `ResourceTypes`: `AWS::*`, `Custom::*`, `AWS::EC2::*`, or a type.
fn covers(pattern: &str, type_name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => type_name.starts_with(start),
        None => pattern == type_name,
    }
}

/// What a request says is watched; what it does not say stays as it was, triggers and time each by itself.
///
/// Source: API Reference, `RollbackConfiguration`: at most five triggers, 0 to 180 minutes.
fn rollback_configuration(form: &Form, old: &Json) -> Result<Option<Json>, ApiError> {
    let refused = |what: &str, rule: &str| {
        ApiError::validation(format!(
            "1 validation error detected: Value at 'rollbackConfiguration.{what}' failed to satisfy constraint: {rule}"
        ))
    };
    let triggers: Vec<Json> = form
        .structures("RollbackConfiguration.RollbackTriggers")
        .iter()
        .map(|trigger| json!({ "Arn": trigger.get("Arn"), "Type": trigger.get("Type") }))
        .collect();
    if triggers.len() > 5 {
        return Err(refused("rollbackTriggers", "Member must have length less than or equal to 5"));
    }
    if triggers.iter().any(|trigger| trigger["Arn"].is_null() || trigger["Type"].is_null()) {
        return Err(refused("rollbackTriggers", "Member must not be null"));
    }
    let kinds = ["AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"];
    if let Some(other) =
        triggers.iter().filter_map(|trigger| trigger["Type"].as_str()).find(|kind| !kinds.contains(kind))
    {
        return Err(ApiError::validation(format!(
            "Rollback trigger type {other} is not one of [{}]",
            kinds.join(", ")
        )));
    }
    let minutes = match form.get("RollbackConfiguration.MonitoringTimeInMinutes") {
        None => None,
        Some(text) => Some(
            text.parse()
                .ok()
                .filter(|minutes: &u64| *minutes <= MAX_MINUTES)
                .ok_or_else(|| refused("monitoringTimeInMinutes", "Member must be between 0 and 180"))?,
        ),
    };
    let is_given = !triggers.is_empty() || form.is_emptied("RollbackConfiguration.RollbackTriggers");
    let triggers = if is_given { json!(triggers) } else { old["RollbackTriggers"].clone() };
    let minutes = minutes.map_or_else(|| old["MonitoringTimeInMinutes"].clone(), Json::from);
    let is_empty = triggers.as_array().is_none_or(Vec::is_empty) && minutes.is_null();
    Ok((!is_empty).then(|| json!({ "RollbackTriggers": triggers, "MonitoringTimeInMinutes": minutes })))
}

/// The rollback configuration as the API shows it.
fn rollback(content: &Content) -> Json {
    content.rollback_configuration.clone().unwrap_or_else(|| json!({}))
}

/// Tags as the API lists them.
fn tags(content: &Content) -> Json {
    content.tags.iter().map(|(key, value)| json!({ "Key": key, "Value": value })).collect()
}

/// Parameters as the API lists them: secrets are masked.
fn parameter_list(content: &Content) -> Json {
    content
        .parameters
        .iter()
        .map(|(key, value)| {
            let shown = |text: &str| if value.no_echo { MASK.to_owned() } else { text.to_owned() };
            json!({
                "ParameterKey": key,
                "ParameterValue": shown(&value.value),
                "ResolvedValue": value.resolved.as_deref().map(shown),
            })
        })
        .collect()
}

/// The operation that the same request began before: its answer was lost on the way, and it is sent again.
///
/// Source: API Reference, "ClientRequestToken" of the operations, and the error `TokenAlreadyExistsException`.
fn repeated(stack: &Stack, form: &Form, kind: OperationKind) -> Result<Option<Json>, ApiError> {
    let Some(token) = token(form) else { return Ok(None) };
    match stack.operations.iter().find(|operation| operation.token.as_ref() == Some(&token)) {
        None => Ok(None),
        Some(before) if before.kind == kind => Ok(Some(json!({ "StackId": stack.id, "OperationId": before.id }))),
        Some(_) => Err(ApiError::new(
            "TokenAlreadyExistsException",
            400,
            format!("A client request token already exists: {token}"),
        )),
    }
}

fn token(form: &Form) -> Option<String> {
    form.get("ClientRequestToken").filter(|token| !token.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::ROWS;

    #[test]
    fn the_table_is_sorted_for_its_search() {
        assert!(ROWS.is_sorted_by(|one, other| one.action < other.action));
    }
}
