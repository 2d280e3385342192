//! A CloudFormation in which everything takes its time, by the clock of the test: a stack has one resource, and an update changes it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use formwork_model::change_set::{Action, ResourceChange};
use formwork_model::service::{
    Answer, Call, CallError, Caller, ChangeSetPage, ChangeSetRequest, ChangeSetSummary, CloudFormation,
    CreatedChangeSet, DeletedResource, Deletion, Execution, FailuresOf, Finding, ListedResource, ListedStack, Page,
    ReadStack, Refusal, StackEvent, Timestamp,
};
use tokio::time::Instant;

pub(crate) struct Fake {
    /// Time to make a change set.
    making: Duration,
    /// Time of an operation on a stack.
    working: Duration,
    begun: Instant,
    stacks: RefCell<BTreeMap<String, Stack>>,
}

#[derive(Clone, Default)]
struct Stack {
    template: String,
    /// The change set that is there: its template, and when it was asked for.
    change_set: Option<(String, Option<Instant>)>,
    /// The last operation: its words, and when it began.
    operation: Option<(&'static str, Option<Instant>)>,
}

const ARN: &str = "arn:aws:cloudformation:us-east-1:000000000000:stack/";

fn name(text: &str) -> &str {
    text.strip_prefix(ARN).unwrap_or(text).split('/').next().unwrap_or_default()
}

fn refused(call: Call, code: &str, message: &str) -> CallError {
    let (call, permission, region) = (call.as_str(), "cloudformation", "us-east-1");
    Refusal { call, permission, region, code, message: Some(message), status: Some(400), login: None }.into()
}

/// The answer of a service that is called too often.
pub(crate) fn throttled(call: Call) -> CallError {
    refused(call, "Throttling", "Rate exceeded")
}

impl Fake {
    pub(crate) fn new(making: Duration, working: Duration) -> Fake {
        Fake { making, working, begun: Instant::now(), stacks: RefCell::default() }
    }

    fn is_over(&self, begun: Option<Instant>, takes: Duration) -> bool {
        begun.is_none_or(|begun| begun.elapsed() >= takes)
    }

    /// The word for the stack's status.
    fn status(&self, stack: &Stack) -> Option<String> {
        let Some((operation, begun)) = stack.operation else {
            return stack.change_set.is_some().then(|| "REVIEW_IN_PROGRESS".to_owned());
        };
        let end = if self.is_over(begun, self.working) { "COMPLETE" } else { "IN_PROGRESS" };
        Some(format!("{operation}_{end}"))
    }

    fn time(&self, time: Instant) -> Option<Timestamp> {
        let order = i128::try_from((time - self.begun).as_nanos()).ok()?;
        Some(Timestamp { order, text: "2026-03-01T12:00:00Z".to_owned() })
    }

    fn page_of_events(&self, id: &str, stack: &Stack) -> Page<StackEvent> {
        let Some((operation, Some(begun))) = stack.operation else { return Page { items: Vec::new(), next: None } };
        let event = |logical_id: &str, end: &str, after: Duration| StackEvent {
            id: format!("{logical_id}-{operation}-{end}-{begun:?}"),
            stack_id: format!("{ARN}{id}/1"),
            logical_id: logical_id.to_owned(),
            physical_id: Some(if logical_id == id { format!("{ARN}{id}/1") } else { "topic".to_owned() }),
            type_name: "AWS::SNS::Topic".to_owned(),
            status: format!("{operation}_{end}"),
            reason: None,
            operation: None,
            time: self.time(begun + after),
        };
        let all = [
            (id, "IN_PROGRESS", Duration::ZERO),
            ("Topic", "IN_PROGRESS", self.working / 4),
            ("Topic", "COMPLETE", self.working / 2),
            (id, "COMPLETE", self.working),
        ];
        let seen = all.into_iter().filter(|(_, _, after)| begun.elapsed() >= *after).rev();
        Page { items: seen.map(|(logical_id, end, after)| event(logical_id, end, after)).collect(), next: None }
    }
}

fn answer<'a, T: 'a>(answer: Result<T, CallError>) -> Answer<'a, T> {
    Box::pin(std::future::ready(answer))
}

fn never<'a, T: 'a>(call: Call) -> Answer<'a, T> {
    answer(Err(refused(call, "InvalidAction", "it is not called in these tests")))
}

impl CloudFormation for Fake {
    fn stack<'a>(&'a self, _: &'a str, stack: &'a str) -> Answer<'a, Option<ReadStack>> {
        let stacks = self.stacks.borrow();
        let found = stacks.get(name(stack)).and_then(|found| {
            let status = self.status(found)?;
            // By its name, a stack that is deleted is not found any more.
            let is_gone = status == "DELETE_COMPLETE" && !stack.starts_with(ARN);
            (!is_gone).then(|| ReadStack { id: format!("{ARN}{}/1", name(stack)), status, ..ReadStack::default() })
        });
        answer(Ok(found))
    }

    fn stacks<'a>(&'a self, _: &'a str, _: Option<&'a str>) -> Answer<'a, Page<ListedStack>> {
        never(Call::ListStacks)
    }

    fn template<'a>(&'a self, _: &'a str, stack: &'a str) -> Answer<'a, Option<String>> {
        answer(Ok(self.stacks.borrow().get(name(stack)).map(|stack| stack.template.clone())))
    }

    fn resources<'a>(&'a self, _: &'a str, _: &'a str, _: Option<&'a str>) -> Answer<'a, Page<ListedResource>> {
        never(Call::ListStackResources)
    }

    fn imports<'a>(&'a self, _: &'a str, _: &'a str, _: Option<&'a str>) -> Answer<'a, Page<String>> {
        never(Call::ListImports)
    }

    fn events<'a>(&'a self, _: &'a str, stack: &'a str, _: Option<&'a str>) -> Answer<'a, Page<StackEvent>> {
        let stacks = self.stacks.borrow();
        let none = Page { items: Vec::new(), next: None };
        answer(Ok(stacks.get(name(stack)).map_or(none, |found| self.page_of_events(name(stack), found))))
    }

    fn findings<'a>(&'a self, _: &'a str, _: FailuresOf<'a>, _: Option<&'a str>) -> Answer<'a, Page<Finding>> {
        never(Call::DescribeEvents)
    }

    fn create_change_set<'a>(&'a self, _: &'a str, request: &'a ChangeSetRequest) -> Answer<'a, CreatedChangeSet> {
        let mut stacks = self.stacks.borrow_mut();
        let stack = stacks.entry(request.stack.clone()).or_default();
        if !request.exists {
            *stack = Stack::default();
        }
        stack.change_set = Some((request.template.text().unwrap_or_default().to_owned(), Some(Instant::now())));
        let stack_id = format!("{ARN}{}/1", request.stack);
        answer(Ok(CreatedChangeSet { id: stack_id.clone(), stack_id }))
    }

    fn change_set<'a>(&'a self, _: &'a str, id: &'a str, _: bool, _: Option<&'a str>) -> Answer<'a, ChangeSetPage> {
        let stacks = self.stacks.borrow();
        let Some(stack) = stacks.get(name(id)) else {
            return answer(Err(refused(Call::DescribeChangeSet, "ChangeSetNotFound", "no")));
        };
        let asked = stack.change_set.as_ref().and_then(|(_, asked)| *asked);
        let status = if self.is_over(asked, self.making) { "CREATE_COMPLETE" } else { "CREATE_IN_PROGRESS" };
        let action = if stack.operation.is_some() { Action::Modify } else { Action::Add };
        let (logical_id, type_name) = ("Topic".to_owned(), "AWS::SNS::Topic".to_owned());
        let page = ChangeSetPage {
            status: Some(status.to_owned()),
            created: asked.and_then(|asked| self.time(asked)),
            changes: vec![ResourceChange { logical_id, type_name, action, ..ResourceChange::default() }],
            ..ChangeSetPage::default()
        };
        answer(Ok(page))
    }

    fn change_sets<'a>(&'a self, _: &'a str, _: &'a str, _: Option<&'a str>) -> Answer<'a, Page<ChangeSetSummary>> {
        never(Call::ListChangeSets)
    }

    fn execute_change_set<'a>(&'a self, _: &'a str, execution: &'a Execution) -> Answer<'a, ()> {
        if let Some(stack) = self.stacks.borrow_mut().get_mut(name(&execution.change_set))
            && let Some((template, _)) = stack.change_set.take()
        {
            let operation = if stack.operation.is_some() { "UPDATE" } else { "CREATE" };
            (stack.template, stack.operation) = (template, Some((operation, Some(Instant::now()))));
        }
        answer(Ok(()))
    }

    fn delete_change_set<'a>(&'a self, _: &'a str, _: Option<&'a str>, change_set: &'a str) -> Answer<'a, ()> {
        if let Some(stack) = self.stacks.borrow_mut().get_mut(name(change_set)) {
            stack.change_set = None;
        }
        answer(Ok(()))
    }

    fn delete_stack<'a>(&'a self, _: &'a str, stack: &'a str, _: &'a [String], _: &'a str) -> Answer<'a, ()> {
        if let Some(stack) = self.stacks.borrow_mut().get_mut(name(stack)) {
            stack.operation = Some(("DELETE", Some(Instant::now())));
        }
        answer(Ok(()))
    }

    fn protect<'a>(&'a self, _: &'a str, _: &'a str, _: bool) -> Answer<'a, ()> {
        never(Call::UpdateTerminationProtection)
    }

    fn rollback<'a>(&'a self, _: &'a str, _: &'a str, _: &'a str) -> Answer<'a, ()> {
        never(Call::RollbackStack)
    }

    fn continue_rollback<'a>(&'a self, _: &'a str, _: &'a str, _: &'a [String], _: &'a str) -> Answer<'a, ()> {
        never(Call::ContinueUpdateRollback)
    }

    fn has_resource<'a>(&'a self, _: &'a str, _: &'a str, _: &'a str) -> Answer<'a, bool> {
        never(Call::GetResource)
    }

    fn delete_resource<'a>(&'a self, _: &'a str, _: &'a str, _: &'a str, _: &'a str) -> Answer<'a, Deletion> {
        never(Call::DeleteResource)
    }

    fn deleted_resources<'a>(&'a self, _: &'a str, _: Option<&'a str>) -> Answer<'a, Page<DeletedResource>> {
        never(Call::ListResourceRequests)
    }

    fn deletion<'a>(&'a self, _: &'a str, _: &'a str) -> Answer<'a, Deletion> {
        never(Call::GetResourceRequestStatus)
    }

    fn caller<'a>(&'a self, _: &'a str) -> Answer<'a, Caller> {
        never(Call::GetCallerIdentity)
    }
}
