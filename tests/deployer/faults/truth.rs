//! Words of a run, held against the service.

use std::cell::RefCell;
use std::collections::BTreeSet;

use formwork::assembly::{Assembly, StackId};
use formwork_deploy::{Answer, Error, Observer, Operation, Outcome, Pending, Preview, Progress, StackReport};
use formwork_model::service::{Call, CloudFormation as _};
use formwork_template::{Style, Template};

use super::layer::{Faults, stack_in};

/// The words of a run while it went on.
#[derive(Default)]
pub(crate) struct Told {
    pub(crate) lines: RefCell<Vec<String>>,
    runs: RefCell<Vec<String>>,
    left: RefCell<Vec<(String, bool)>>,
    ended: RefCell<Vec<(String, String)>>,
    /// Stacks of which a beginning was told and no end.
    pub(crate) going_on: RefCell<BTreeSet<StackId>>,
}

impl Observer for Told {
    fn progress(&self, progress: Progress) {
        match &progress {
            Progress::Begun { run } => self.runs.borrow_mut().push(run.clone()),
            Progress::ChangeSetLeft { stack, is_empty, .. } => {
                self.left.borrow_mut().push((stack.name.to_string(), *is_empty));
            }
            Progress::Started { stack, .. } => {
                self.going_on.borrow_mut().insert(stack.clone());
            }
            Progress::Ended { stack, status, .. } => {
                self.going_on.borrow_mut().remove(stack);
                self.ended.borrow_mut().push((stack.name.to_string(), status.to_string()));
            }
            _ => {}
        }
        self.lines.borrow_mut().push(format!("{progress:?}").chars().take(300).collect());
    }

    fn preview(&self, _: Preview<'_>) {}

    fn approve<'a>(&'a self, _: Preview<'a>) -> Pending<'a> {
        Box::pin(async { Answer::Yes })
    }
}

/// Calls that begin an operation.
pub(crate) const BEGINS: &[Call] = &[Call::ExecuteChangeSet, Call::DeleteStack];
/// Calls that change a stack that is there.
pub(crate) const CHANGES: &[Call] =
    &[Call::ExecuteChangeSet, Call::DeleteStack, Call::UpdateTerminationProtection, Call::DeleteResource];

/// Untrue words.
pub(crate) async fn untrue(
    faults: &Faults,
    told: &Told,
    assembly: &Assembly,
    ended: &Result<Vec<StackReport>, Error>,
) -> Vec<String> {
    let mut untrue: Vec<String> = faults.record.borrow().lost.iter().map(|lost| format!("lost: {lost}")).collect();
    match ended {
        // "nothing was changed"
        Err(error) => {
            let done = &faults.record.borrow().done;
            let changed = done.iter().filter(|(call, _)| CHANGES.contains(call));
            untrue.extend(
                changed.map(|(call, region)| format!("{} was carried out in {region}: {error}", call.as_str())),
            );
        }
        Ok(stacks) => {
            let is_through = |end: &StackReport| matches!(end.outcome, Outcome::Done(_) | Outcome::Unchanged);
            let are_all_through = stacks.iter().all(is_through);
            for end in stacks {
                let found = of_stack(faults, assembly, end, are_all_through).await;
                untrue.extend(found.into_iter().map(|what| format!("{}: {what}: {:?}", end.id.name, end.outcome)));
            }
        }
    }
    untrue.extend(left(faults, told).await);
    untrue.extend(events(faults, told).await);
    untrue
}

async fn of_stack(faults: &Faults, assembly: &Assembly, end: &StackReport, are_all_through: bool) -> Vec<String> {
    let (service, region) = (&faults.service, &*end.id.region);
    let (begun, is_doubtful, changed, is_touched) = {
        let record = faults.record.borrow();
        (
            record.did(BEGINS, region),
            record.may_have_done(BEGINS, region),
            record.did(CHANGES, region),
            record.touched.contains(stack_in(region)),
        )
    };
    let mut untrue = Vec::new();
    let mut say = |is_so: bool, what: String| {
        if !is_so {
            untrue.push(what);
        }
    };
    let now = service.stack(region, &end.id.name).await.unwrap();
    let status = now.as_ref().map_or("gone", |now| now.status.as_str());
    say(end.done.is_empty() || changed > 0, format!("nothing was done, and it says {:?}", end.done));
    // Of an operation that was followed to its end.
    let is_whole = matches!(end.outcome, Outcome::Done(_) | Outcome::Failed(_) | Outcome::Unchanged);
    match &end.outcome {
        Outcome::Unchanged => say(begun == 0 || !end.done.is_empty(), format!("{begun} operations were begun")),
        Outcome::Done(Operation::Delete) => say(is_touched || now.is_none(), format!("it is {status}")),
        Outcome::Done(_) => {
            say(changed > 0, "nothing was carried out".to_owned());
            let is_complete = status.ends_with("_COMPLETE") && !status.contains("ROLLBACK");
            say(is_touched || is_complete, format!("it is {status}"));
        }
        Outcome::Failed(failure) => {
            say(begun > 0, "no operation was begun".to_owned());
            let told = failure.status.to_string();
            let is_gone = told == "DELETE_COMPLETE" && now.is_none();
            say(is_touched || told == status || is_gone, format!("it is {status}"));
        }
        Outcome::GoesOn { .. } => say(begun > 0 || is_doubtful, "nothing was begun".to_owned()),
        _ if end.may_go_on => say(begun > 0 || is_doubtful, "nothing was begun that may go on".to_owned()),
        _ => say(begun <= end.done.len(), format!("{begun} operations were begun, and it says {:?}", end.done)),
    }
    if let (true, false, Some(now), Some(artifact)) = (is_whole, is_touched, &now, assembly.stack(&end.id)) {
        let is_right = matches!(end.outcome, Outcome::Unchanged)
            || matches!(end.outcome, Outcome::Done(operation) if operation != Operation::Delete);
        if is_right && status != "REVIEW_IN_PROGRESS" {
            say(
                now.outputs == end.outputs,
                format!("its outputs are {:?}, and it says {:?}", now.outputs, end.outputs),
            );
            let text = |text: &str| Template::from_text(text).unwrap().to_json(Style::Pretty).0;
            let deployed = service.template(region, &now.id).await.unwrap().unwrap();
            let is_as_wanted = text(&deployed) == text(&artifact.template);
            // Resources that others have not given up stay in the template of a stack that was updated.
            let may_be_another = !are_all_through && !end.done.is_empty();
            say(is_as_wanted || may_be_another, "its template is another".to_owned());
        }
    }
    if faults.record.borrow().touched.is_empty() {
        for left in end.left_behind.iter() {
            let is_there = service.has_resource(region, &left.type_name, &left.physical_id).await.unwrap();
            say(is_there, format!("{} is not left behind: {:?}", left.physical_id, left.failure));
        }
    }
    for removed in &end.removed {
        let is_there = service.has_resource(region, &removed.type_name, &removed.physical_id).await.unwrap();
        say(!is_there, format!("{} is not removed", removed.physical_id));
    }
    untrue
}

/// Change sets of the run that nobody was told of.
async fn left(faults: &Faults, told: &Told) -> Vec<String> {
    let mut untrue = Vec::new();
    for (stack, region) in super::layer::STACKS {
        let is_told = told.left.borrow().iter().any(|(name, _)| name == stack);
        let Some(found) = faults.service.stack(region, stack).await.unwrap() else { continue };
        let page = faults.service.change_sets(region, stack, None).await.unwrap();
        let is_ours = |name: &str| told.runs.borrow().iter().any(|run| name.starts_with(run.as_str()));
        let waiting: Vec<&str> = page
            .items
            .iter()
            .filter(|one| {
                is_ours(&one.name) && one.execution != "EXECUTE_COMPLETE" && one.execution != "EXECUTE_FAILED"
            })
            .map(|one| one.name.as_str())
            .collect();
        let is_going_on = found.status.ends_with("_IN_PROGRESS") && found.status != "REVIEW_IN_PROGRESS";
        if !waiting.is_empty() && !is_told && !is_going_on {
            untrue.push(format!("{stack}: change sets are left, of which nothing is said: {waiting:?}"));
        }
        let is_touched = faults.record.borrow().touched.contains(stack);
        if found.status == "REVIEW_IN_PROGRESS" && page.items.is_empty() && !is_told && !is_touched {
            untrue.push(format!("{stack}: an empty stack is left, of which nothing is said"));
        }
    }
    untrue
}

/// Statuses that a stack never had.
async fn events(faults: &Faults, told: &Told) -> Vec<String> {
    let mut untrue = Vec::new();
    let ended = told.ended.borrow().clone();
    for (stack, status) in ended {
        let (_, region) = super::layer::STACKS.iter().find(|(name, _)| *name == stack).unwrap();
        let is_gone = faults.service.stack(region, &stack).await.unwrap().is_none();
        if is_gone {
            continue;
        }
        let page = faults.service.events(region, &stack, None).await.unwrap();
        let had = page
            .items
            .iter()
            .any(|event| event.physical_id.as_ref() == Some(&event.stack_id) && event.status == status);
        if !had && status != "DELETE_COMPLETE" && page.next.is_none() {
            untrue.push(format!("{stack}: it never was in {status}"));
        }
    }
    untrue
}
