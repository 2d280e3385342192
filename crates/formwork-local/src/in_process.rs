//! The engine's operations for the program that runs it: the deployer's trait, answered without the wire.
//!
//! A call is the same form that would come over the wire, and is carried out by the same functions; faults on purpose hit it too.

use std::sync::Arc;
use std::time::Duration;

use formwork_model::service::{
    Answer, Call, CallError, Caller, ChangeSetPage, ChangeSetRequest, ChangeSetSummary, CloudFormation,
    CreatedChangeSet, DeletedResource, Deletion, Execution, FailuresOf, Finding, ListedResource, ListedStack, Page,
    ParameterSetting, ReadStack, Refusal, StackEvent, StackOutput, TemplateGiven, Timestamp,
};
use formwork_schema::facts::Registry;
use serde_json::{Value as Json, json};

use crate::api::cloud_control;
use crate::changes;
use crate::engine::{CUT, Engine};
use crate::faults::Faults;
use crate::protocol::{ApiError, Form};
use crate::time::{self as clock, Hand};
use crate::world::World;

/// A running engine, called in process.
#[derive(Clone, Debug)]
pub struct InProcess {
    engine: Arc<Engine>,
    /// The clock of an engine in memory, which no server moves.
    clock: Option<Arc<Hand>>,
}

/// Moves of the clock at one call, more than any deployment of a test has.
const MAX_MOVES: usize = 100_000;

/// The fields of a request.
#[derive(Default)]
struct Fields(Vec<(String, String)>);

impl Fields {
    fn with(mut self, name: &str, value: impl Into<String>) -> Fields {
        self.0.push((name.to_owned(), value.into()));
        self
    }

    fn maybe(self, name: &str, value: Option<&str>) -> Fields {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    fn list<'i>(self, name: &str, items: impl IntoIterator<Item = &'i String>) -> Fields {
        let items = items.into_iter().enumerate();
        items.fold(self, |fields, (index, item)| fields.with(&format!("{name}.member.{}", index + 1), item))
    }

    /// A list that is given even if it is empty.
    fn whole_list<T>(self, name: &str, items: &[T], item: impl Fn(Fields, &str, &T) -> Fields) -> Fields {
        if items.is_empty() {
            return self.with(name, "");
        }
        let items = items.iter().enumerate();
        items.fold(self, |fields, (index, one)| item(fields, &format!("{name}.member.{}", index + 1), one))
    }
}

fn of(stack: &str) -> Fields {
    Fields::default().with("StackName", stack)
}

impl InProcess {
    pub(crate) fn new(engine: Arc<Engine>) -> InProcess {
        InProcess { engine, clock: None }
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// An engine that has nothing deployed, keeps everything in memory, and has a clock of its own: what was started has come to its end
    /// when the next call is made, and no time of this machine passes for it.
    pub fn in_memory(registry: Registry) -> InProcess {
        let clock = Arc::new(Hand::new());
        InProcess { engine: Arc::new(Engine::in_memory(registry, clock.clone())), clock: Some(clock) }
    }

    /// Adds what goes wrong on purpose from now on.
    ///
    /// # Errors
    ///
    /// When there is a seed, or the name of an operation that there is not: the reason.
    pub fn bring(&self, faults: &Faults) -> Result<(), String> {
        let mut faults = serde_json::to_value(faults).map_err(|error| error.to_string())?;
        if let Some(fields) = faults.as_object_mut() {
            fields.retain(|_, value| !value.is_null());
        }
        self.engine.bring_faults(faults.to_string().as_bytes()).map_err(|error| error.message)
    }

    /// Time passes for an engine in memory, beside what its own work takes.
    pub fn pass(&self, time: Duration) {
        if let Some(clock) = &self.clock {
            clock.pass(time.as_millis().try_into().unwrap_or(u64::MAX));
        }
    }

    /// Time passes until nothing is under way any more.
    fn settle(&self) {
        let Some(clock) = &self.clock else { return };
        // Events of two operations are told apart by their times.
        clock.pass(1);
        for _ in 0..MAX_MOVES {
            let Some(due) = self.engine.tick() else { return };
            clock.pass(due.saturating_sub(self.engine.now()).max(1));
        }
    }

    async fn call(&self, call: Call, region: &str, fields: Fields) -> Result<Json, CallError> {
        self.settle();
        let form = Form::of(fields.with("Action", call.as_str()).0);
        let error = match self.engine.call(region, form).await {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        if error.code == CUT {
            let (endpoint, reason) = ("the embedded engine".to_owned(), "the connection was cut".to_owned());
            return Err(CallError::Unreachable { endpoint, reason, is_connected: true });
        }
        let (call, message, status) = (call.as_str(), Some(error.message.as_str()), Some(error.status));
        let permission = if call == Call::GetCallerIdentity.as_str() { "sts" } else { "cloudformation" };
        Err(Refusal { call, permission, region, code: error.code, message, status, login: None }.into())
    }

    /// A call of a service with a protocol of JSON.
    async fn json(
        &self,
        call: Call,
        region: &str,
        answer: impl FnOnce(&mut World) -> Result<Json, ApiError>,
    ) -> Result<Json, CallError> {
        self.settle();
        self.engine.answer_json(answer).await.map_err(|error| {
            let (call, message, status) = (call.as_str(), Some(error.message.as_str()), Some(error.status));
            let permission = "cloudformation";
            Refusal { call, permission, region, code: error.code, message, status, login: None }.into()
        })
    }

    async fn page<T>(
        &self,
        call: Call,
        region: &str,
        fields: Fields,
        (list, read): (&str, fn(&Json) -> T),
    ) -> Result<Page<T>, CallError> {
        let answer = self.call(call, region, fields).await?;
        Ok(Page { items: items(&answer[list]).iter().map(read).collect(), next: some(&answer["NextToken"]) })
    }

    async fn done(&self, call: Call, region: &str, fields: Fields) -> Result<(), CallError> {
        self.call(call, region, fields).await.map(|_| ())
    }
}

impl CloudFormation for InProcess {
    fn stack<'a>(&'a self, region: &'a str, name: &'a str) -> Answer<'a, Option<ReadStack>> {
        Box::pin(async move {
            match self.call(Call::DescribeStacks, region, of(name)).await {
                Ok(answer) => Ok(items(&answer["Stacks"]).first().map(stack)),
                Err(error) if error.is_missing() => Ok(None),
                Err(error) => Err(error),
            }
        })
    }

    fn stacks<'a>(&'a self, region: &'a str, token: Option<&'a str>) -> Answer<'a, Page<ListedStack>> {
        let fields = Fields::default().maybe("NextToken", token);
        Box::pin(self.page(Call::ListStacks, region, fields, ("StackSummaries", listed_stack)))
    }

    fn template<'a>(&'a self, region: &'a str, stack: &'a str) -> Answer<'a, Option<String>> {
        Box::pin(async move {
            let fields = of(stack).with("TemplateStage", "Original");
            let answer = self.call(Call::GetTemplate, region, fields).await?;
            Ok(answer["TemplateBody"].as_str().map(str::to_owned))
        })
    }

    fn resources<'a>(
        &'a self,
        region: &'a str,
        stack: &'a str,
        token: Option<&'a str>,
    ) -> Answer<'a, Page<ListedResource>> {
        let fields = of(stack).maybe("NextToken", token);
        Box::pin(self.page(Call::ListStackResources, region, fields, ("StackResourceSummaries", resource)))
    }

    fn imports<'a>(&'a self, region: &'a str, export: &'a str, token: Option<&'a str>) -> Answer<'a, Page<String>> {
        Box::pin(async move {
            let fields = Fields::default().with("ExportName", export).maybe("NextToken", token);
            match self.page(Call::ListImports, region, fields, ("Imports", text)).await {
                Err(error) if error.is_not_imported() => Ok(Page { items: Vec::new(), next: None }),
                other => other,
            }
        })
    }

    fn events<'a>(&'a self, region: &'a str, stack: &'a str, token: Option<&'a str>) -> Answer<'a, Page<StackEvent>> {
        let fields = of(stack).maybe("NextToken", token);
        Box::pin(self.page(Call::DescribeStackEvents, region, fields, ("StackEvents", event)))
    }

    fn findings<'a>(
        &'a self,
        region: &'a str,
        of: FailuresOf<'a>,
        token: Option<&'a str>,
    ) -> Answer<'a, Page<Finding>> {
        let (key, id) = match of {
            FailuresOf::ChangeSet(id) => ("ChangeSetName", id),
            FailuresOf::Operation(id) => ("OperationId", id),
            FailuresOf::Stack(id) => ("StackName", id),
        };
        let fields = Fields::default().with(key, id).with("Filters.FailedEvents", "true");
        let fields = fields.maybe("NextToken", token);
        Box::pin(self.page(Call::DescribeEvents, region, fields, ("OperationEvents", finding)))
    }

    fn create_change_set<'a>(&'a self, region: &'a str, request: &'a ChangeSetRequest) -> Answer<'a, CreatedChangeSet> {
        Box::pin(async move {
            let ChangeSetRequest {
                stack,
                name,
                exists,
                template,
                parameters,
                capabilities,
                tags,
                description,
                is_nested,
            } = request;
            let fields = of(stack)
                .with("ChangeSetName", name)
                .with("ClientToken", name)
                .with("ChangeSetType", if *exists { "UPDATE" } else { "CREATE" })
                .maybe("UsePreviousTemplate", (*template == TemplateGiven::Deployed).then_some("true"))
                .maybe("TemplateBody", template.text())
                .maybe("TemplateURL", template.url())
                .maybe("Description", description.as_deref())
                .maybe("IncludeNestedStacks", is_nested.then_some("true"))
                .maybe("OnStackFailure", (!exists).then_some("ROLLBACK"))
                .list("Capabilities", capabilities)
                .whole_list("Parameters", parameters, |fields, prefix, (key, setting)| {
                    let fields = fields.with(&format!("{prefix}.ParameterKey"), key);
                    match setting {
                        ParameterSetting::Value(value) => fields.with(&format!("{prefix}.ParameterValue"), value),
                        ParameterSetting::Previous => fields.with(&format!("{prefix}.UsePreviousValue"), "true"),
                    }
                })
                .whole_list("Tags", tags, |fields, prefix, (key, value)| {
                    fields.with(&format!("{prefix}.Key"), key).with(&format!("{prefix}.Value"), value)
                });
            let answer = self.call(Call::CreateChangeSet, region, fields).await?;
            Ok(CreatedChangeSet { id: text(&answer["Id"]), stack_id: text(&answer["StackId"]) })
        })
    }

    fn change_set<'a>(
        &'a self,
        region: &'a str,
        id: &'a str,
        has_values: bool,
        token: Option<&'a str>,
    ) -> Answer<'a, ChangeSetPage> {
        Box::pin(async move {
            let fields = Fields::default().with("ChangeSetName", id).maybe("NextToken", token);
            let fields = fields.maybe("IncludePropertyValues", has_values.then_some("true"));
            let answer = self.call(Call::DescribeChangeSet, region, fields).await?;
            Ok(ChangeSetPage {
                status: some(&answer["Status"]),
                reason: some(&answer["StatusReason"]),
                execution: some(&answer["ExecutionStatus"]),
                created: time(&answer["CreationTime"]),
                parameters: pairs(&answer["Parameters"], "ParameterKey", "ParameterValue"),
                changes: items(&answer["Changes"]).iter().map(changes::read).collect(),
                next: some(&answer["NextToken"]),
            })
        })
    }

    fn change_sets<'a>(
        &'a self,
        region: &'a str,
        stack: &'a str,
        token: Option<&'a str>,
    ) -> Answer<'a, Page<ChangeSetSummary>> {
        let fields = of(stack).maybe("NextToken", token);
        Box::pin(self.page(Call::ListChangeSets, region, fields, ("Summaries", summary)))
    }

    fn execute_change_set<'a>(&'a self, region: &'a str, execution: &'a Execution) -> Answer<'a, ()> {
        let fields = Fields::default()
            .with("ChangeSetName", &execution.change_set)
            .with("ClientRequestToken", &execution.token)
            .maybe("DisableRollback", execution.keeps_failures.then_some("true"));
        Box::pin(self.done(Call::ExecuteChangeSet, region, fields))
    }

    fn delete_change_set<'a>(&'a self, region: &'a str, stack: Option<&'a str>, change_set: &'a str) -> Answer<'a, ()> {
        let fields = Fields::default().maybe("StackName", stack).with("ChangeSetName", change_set);
        Box::pin(self.done(Call::DeleteChangeSet, region, fields))
    }

    fn delete_stack<'a>(
        &'a self,
        region: &'a str,
        stack: &'a str,
        retain: &'a [String],
        token: &'a str,
    ) -> Answer<'a, ()> {
        let fields = of(stack).with("ClientRequestToken", token).list("RetainResources", retain);
        Box::pin(self.done(Call::DeleteStack, region, fields))
    }

    fn protect<'a>(&'a self, region: &'a str, stack: &'a str, is_on: bool) -> Answer<'a, ()> {
        let fields = of(stack).with("EnableTerminationProtection", is_on.to_string());
        Box::pin(self.done(Call::UpdateTerminationProtection, region, fields))
    }

    fn rollback<'a>(&'a self, region: &'a str, stack: &'a str, token: &'a str) -> Answer<'a, ()> {
        Box::pin(self.done(Call::RollbackStack, region, of(stack).with("ClientRequestToken", token)))
    }

    fn continue_rollback<'a>(
        &'a self,
        region: &'a str,
        stack: &'a str,
        skip: &'a [String],
        token: &'a str,
    ) -> Answer<'a, ()> {
        let fields = of(stack).with("ClientRequestToken", token).list("ResourcesToSkip", skip);
        Box::pin(self.done(Call::ContinueUpdateRollback, region, fields))
    }

    fn has_resource<'a>(&'a self, region: &'a str, type_name: &'a str, identifier: &'a str) -> Answer<'a, bool> {
        Box::pin(async move {
            let request = json!({ "TypeName": type_name, "Identifier": identifier });
            match self.json(Call::GetResource, region, |world| cloud_control::get(world, region, &request)).await {
                Ok(_) => Ok(true),
                Err(error) if error.is_missing() => Ok(false),
                Err(error) => Err(error),
            }
        })
    }

    fn delete_resource<'a>(
        &'a self,
        region: &'a str,
        type_name: &'a str,
        identifier: &'a str,
        token: &'a str,
    ) -> Answer<'a, Deletion> {
        Box::pin(async move {
            let request = json!({ "TypeName": type_name, "Identifier": identifier, "ClientToken": token });
            match self.json(Call::DeleteResource, region, |world| cloud_control::delete(world, region, &request)).await
            {
                Ok(answer) => Ok(deletion(&answer["ProgressEvent"])),
                Err(error) if error.is_missing() => Ok(Deletion::Done),
                Err(error) => Err(error),
            }
        })
    }

    fn deleted_resources<'a>(&'a self, region: &'a str, _: Option<&'a str>) -> Answer<'a, Page<DeletedResource>> {
        Box::pin(async move {
            let list = |world: &mut World| cloud_control::requests(world, region);
            let answer = self.json(Call::ListResourceRequests, region, list).await?;
            let done = items(&answer["ResourceRequestStatusSummaries"]).iter();
            let items = done.map(|event| DeletedResource {
                type_name: text(&event["TypeName"]),
                identifier: text(&event["Identifier"]),
                time: event["EventTime"]
                    .as_f64()
                    .and_then(|seconds| time(&json!(clock::text((seconds * 1000.0).round() as u64)))),
            });
            let items = items.collect();
            Ok(Page { items, next: None })
        })
    }

    fn deletion<'a>(&'a self, region: &'a str, request: &'a str) -> Answer<'a, Deletion> {
        Box::pin(async move {
            let request = json!({ "RequestToken": request });
            let status = |world: &mut World| cloud_control::request_status(world, region, &request);
            let answer = self.json(Call::GetResourceRequestStatus, region, status).await?;
            Ok(deletion(&answer["ProgressEvent"]))
        })
    }

    fn caller<'a>(&'a self, region: &'a str) -> Answer<'a, Caller> {
        Box::pin(async move {
            let answer = self.call(Call::GetCallerIdentity, region, Fields::default()).await?;
            Ok(Caller { account: text(&answer["Account"]), arn: text(&answer["Arn"]) })
        })
    }
}

fn items(list: &Json) -> &[Json] {
    list.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn text(value: &Json) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// A text that is there and not empty.
fn some(value: &Json) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

/// Key and value of each item.
fn pairs(list: &Json, key: &str, value: &str) -> Vec<(String, String)> {
    items(list).iter().map(|item| (text(&item[key]), text(&item[value]))).collect()
}

fn time(value: &Json) -> Option<Timestamp> {
    let text = value.as_str()?;
    let order = clock::nanoseconds(text)?;
    let short = text.trim_end_matches('Z').trim_end_matches('0').trim_end_matches('.');
    // A fraction that is left out must not take the seconds' own zeros away.
    let short = if text.contains('.') && short.len() >= "2026-03-01T12:00:00".len() { short } else { text.get(..19)? };
    Some(Timestamp { order, text: format!("{short}Z") })
}

fn stack(stack: &Json) -> ReadStack {
    let output = |output: &Json| StackOutput {
        key: text(&output["OutputKey"]),
        value: text(&output["OutputValue"]),
        description: some(&output["Description"]),
        export: some(&output["ExportName"]),
    };
    ReadStack {
        id: text(&stack["StackId"]),
        status: text(&stack["StackStatus"]),
        updated: some(&stack["LastUpdatedTime"]),
        outputs: items(&stack["Outputs"]).iter().map(output).collect(),
        parameters: pairs(&stack["Parameters"], "ParameterKey", "ParameterValue"),
        tags: pairs(&stack["Tags"], "Key", "Value"),
        notification_arns: items(&stack["NotificationARNs"]).iter().map(text).collect(),
        termination_protection: stack["EnableTerminationProtection"] == true,
    }
}

fn listed_stack(stack: &Json) -> ListedStack {
    ListedStack {
        id: text(&stack["StackId"]),
        name: text(&stack["StackName"]),
        status: text(&stack["StackStatus"]),
        description: some(&stack["TemplateDescription"]),
        parent: some(&stack["ParentId"]),
        deleted: time(&stack["DeletionTime"]),
    }
}

fn resource(resource: &Json) -> ListedResource {
    ListedResource {
        logical_id: text(&resource["LogicalResourceId"]),
        physical_id: some(&resource["PhysicalResourceId"]),
        type_name: text(&resource["ResourceType"]),
        status: text(&resource["ResourceStatus"]),
        reason: some(&resource["ResourceStatusReason"]),
    }
}

fn event(event: &Json) -> StackEvent {
    StackEvent {
        id: text(&event["EventId"]),
        stack_id: text(&event["StackId"]),
        logical_id: text(&event["LogicalResourceId"]),
        physical_id: some(&event["PhysicalResourceId"]),
        type_name: text(&event["ResourceType"]),
        status: text(&event["ResourceStatus"]),
        reason: some(&event["ResourceStatusReason"]),
        time: time(&event["Timestamp"]),
        operation: some(&event["OperationId"]),
    }
}

fn finding(event: &Json) -> Finding {
    let first = |names: [&str; 2]| names.into_iter().find_map(|name| some(&event[name]));
    Finding {
        time: time(&event["Timestamp"]),
        place: first(["ValidationPath", "LogicalResourceId"]),
        reason: first(["ValidationStatusReason", "ResourceStatusReason"]),
        check: first(["ValidationName", "EventType"]).unwrap_or_default(),
    }
}

fn deletion(event: &Json) -> Deletion {
    match event["OperationStatus"].as_str() {
        Some("SUCCESS") => Deletion::Done,
        Some("FAILED") => Deletion::Failed { code: text(&event["ErrorCode"]), message: text(&event["StatusMessage"]) },
        _ => Deletion::InProgress { token: text(&event["RequestToken"]) },
    }
}

fn summary(summary: &Json) -> ChangeSetSummary {
    ChangeSetSummary {
        id: text(&summary["ChangeSetId"]),
        name: text(&summary["ChangeSetName"]),
        description: some(&summary["Description"]),
        status: text(&summary["Status"]),
        execution: text(&summary["ExecutionStatus"]),
        created: time(&summary["CreationTime"]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_without_zeros_and_are_in_order() {
        let read = |text: &str| time(&Json::from(text)).unwrap();
        let times = ["2026-03-01T12:00:00.000Z", "2026-03-01T12:00:00.500Z", "2026-03-01T12:00:10.120Z"].map(read);
        assert!(times.is_sorted());
        let texts = times.map(|time| time.text);
        assert_eq!(texts, ["2026-03-01T12:00:00Z", "2026-03-01T12:00:00.5Z", "2026-03-01T12:00:10.12Z"]);
    }
}
