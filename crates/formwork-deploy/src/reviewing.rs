//! Reviewed plans: change sets that are made in one run and executed in another, and everything that must not change between the two.
//!
//! [`prepare`] makes the change sets, leaves them there and says what they rest on, a [`Reviewed`]. [`execute`] looks at everything again,
//! holds it against that, and goes on with these very change sets; if anything is another than it was, nothing is executed and the error
//! names all of it.
//!
//! A stack that waits for another one cannot have a change set before: its parameters are known when the other is deployed. The plan
//! holds the preview by its templates then. The change set is made when it is the stack's turn, and is executed only if it does no more
//! than that preview; else the run ends there. Nobody is asked.

use std::collections::BTreeMap;
use std::future::Future;

use formwork_assembly::{Assembly, BUCKET_PARAMETER, Selector, StackId};
use formwork_assets::Digest;
use formwork_diff::{Diff, ResourceDiff, Value};
use formwork_model::secret::is_no_echo;
use formwork_model::service::{CloudFormation, CreatedChangeSet};
use formwork_model::status::ExecutionStatus;
use formwork_template::{Style, Template};

use crate::deploy::{Mode, Purpose, Run};
use crate::error::Error;
use crate::nested::NestedChange;
use crate::operation::Operation;
use crate::parameters::{GivenParameter, Imported, Setting};
use crate::plan::{Source, StackPlan};
use crate::progress::{Observer, Progress};
use crate::report::{DeployOptions, DeployReport};
use crate::reviewed::{Reviewed, ReviewedDeployed, ReviewedStack, ReviewedValue};
use crate::stage::{Found, Planned, Stack, Work};

/// Stands for a secret that only the change set has. It is masked wherever it is shown, and is sent nowhere: the change set is there.
/// It is another text than the mask that the service gives for the deployed secret: the preview says of a given secret that it changes.
const IN_THE_CHANGE_SET: &str = "**** of the change set";

/// Makes the change sets and leaves them there. The plan is `None` if `interrupt` ended first.
///
/// # Errors
///
/// See [`crate::deploy()`].
pub async fn prepare(
    service: &dyn CloudFormation,
    assembly: &Assembly,
    ids: &[StackId],
    options: &DeployOptions,
    observer: &dyn Observer,
    interrupt: impl Future<Output = ()>,
) -> Result<(DeployReport, Option<Reviewed>), Error> {
    let run = Run::new(service, assembly, ids, options, observer, Purpose::Deploy)?.with_mode(Mode::Prepare);
    observer.progress(Progress::Begun { run: run.name.clone() });
    let work = async {
        run.run().await?;
        run.reviewed()
    };
    let reviewed = run.until(work, interrupt).await.transpose()?;
    Ok((run.report(reviewed.is_none()), reviewed))
}

/// Executes what was reviewed, if nothing has changed since. Values of parameters come from the plan; secrets of stacks that have no
/// change set yet from `options`. Nobody is asked.
///
/// # Errors
///
/// [`Error::PlanOutdated`] when anything has changed; see [`crate::deploy()`].
pub async fn execute(
    service: &dyn CloudFormation,
    assembly: &Assembly,
    reviewed: &Reviewed,
    options: &DeployOptions,
    observer: &dyn Observer,
    interrupt: impl Future<Output = ()>,
) -> Result<DeployReport, Error> {
    let gone = reviewed.stacks.iter().filter(|stack| assembly.stack(&stack.id).is_none());
    let gone: Vec<String> = gone.map(|stack| format!("the app has no stack `{}` any more", stack.id)).collect();
    if !gone.is_empty() {
        return Err(Error::PlanOutdated { changed: gone });
    }
    let mut options = options.clone();
    reviewed.give(assembly, &mut options.parameters);
    let ids: Vec<StackId> = reviewed.stacks.iter().map(|stack| stack.id.clone()).collect();
    let run = Run::new(service, assembly, &ids, &options, observer, Purpose::Deploy)?;
    let run = run.with_mode(Mode::Execute(reviewed));
    observer.progress(Progress::Begun { run: run.name.clone() });
    let ended = run.until(run.run(), interrupt).await.transpose()?;
    Ok(run.report(ended.is_none()))
}

impl Reviewed {
    /// Adds the plan's values to those that are given again: an import is filled by its producer.
    fn give(&self, assembly: &Assembly, given: &mut Vec<GivenParameter>) {
        for stack in &self.stacks {
            let imports = assembly.stack(&stack.id).map(|artifact| artifact.imports.as_slice()).unwrap_or_default();
            let is_shipped = |key: &str| {
                assembly.assets_of(&stack.id).any(|asset| asset.parameter == key || key == BUCKET_PARAMETER)
            };
            for (key, value) in &stack.parameters {
                let is_given = given.iter().any(|one| one.key == *key && one.stack.names(&stack.id));
                let value = match value {
                    ReviewedValue::Value(value) => value,
                    ReviewedValue::GivenSecret if stack.change_set.is_some() => IN_THE_CHANGE_SET,
                    _ => continue,
                };
                if !is_given && !is_shipped(key) && imports.iter().all(|import| import.parameter != *key) {
                    let selector = Selector::read(&stack.id.to_string());
                    given.push(GivenParameter { stack: selector, key: key.clone(), value: value.to_owned() });
                }
            }
        }
    }
}

impl Run<'_> {
    /// The facts that the run's plan rests on.
    fn reviewed(&self) -> Result<Reviewed, Error> {
        let is_idle = |index: &usize| self.stacks[*index].is_idle();
        let stacks = (0..self.stacks.len()).filter(|index| !is_idle(index)).map(|index| self.reviewed_stack(index));
        Ok(Reviewed { stacks: stacks.collect::<Result<_, _>>()? })
    }

    fn reviewed_stack(&self, index: usize) -> Result<ReviewedStack, Error> {
        let stack = &self.stacks[index];
        let Stack { artifact, template, .. } = stack;
        let imported = self.imported(index, false)?;
        let (found, planned) = (stack.found(), stack.planned());
        let mut parameters = BTreeMap::new();
        for (key, setting) in self.settings(index, &found, template, &imported)? {
            let is_secret = template.parameters.get(&key).is_some_and(is_no_echo);
            let deployed = || found.stack().and_then(|before| before.parameter(&key)).unwrap_or_default();
            let value = match (setting, is_secret) {
                (Setting::Value(_), true) => ReviewedValue::GivenSecret,
                (Setting::Previous, true) => ReviewedValue::DeployedSecret,
                (Setting::Value(value), false) => ReviewedValue::Value(value),
                (Setting::Previous, false) => ReviewedValue::Deployed(deployed().to_owned()),
            };
            parameters.insert(key, value);
        }
        for (key, imported) in &imported {
            if let Imported::KnownAfter(producer) = imported {
                parameters.insert(key.clone(), ReviewedValue::After(producer.clone()));
            }
        }
        let change_set = match stack.work() {
            Work::Made(made) => Some(CreatedChangeSet { id: made.id.clone(), stack_id: made.stack_id.clone() }),
            _ => None,
        };
        let plan = planned.as_ref().map(|planned| &planned.plan);
        let preview = match &planned {
            Some(planned) => shown(&planned.plan, &self.without_secrets(index, &found, &imported, planned)?),
            None => String::new(),
        };
        Ok(ReviewedStack {
            id: artifact.id.clone(),
            operation: plan.map_or("nothing", does).to_owned(),
            template: digest(&artifact.template),
            deployed: self.deployed(index),
            parameters,
            change_set,
            after: match plan.map(|plan| &plan.source) {
                Some(Source::Template { after }) => after.clone(),
                _ => Vec::new(),
            },
            preview,
        })
    }

    /// The diff of a stack as it is without its given secrets: the run that executes a plan need not have them. Their change set has them.
    fn without_secrets(
        &self,
        index: usize,
        found: &Found,
        imported: &BTreeMap<String, Imported>,
        Planned { plan, leaving }: &Planned,
    ) -> Result<Diff, Error> {
        let Work::Made(made) = self.stacks[index].work() else { return Ok(plan.diff.clone()) };
        let template = &self.stacks[index].template;
        let mut settings = self.settings(index, found, template, imported)?;
        let mut gives_secret = false;
        for (key, setting) in &mut settings {
            if let Setting::Value(value) = setting
                && template.parameters.get(key).is_some_and(is_no_echo)
            {
                IN_THE_CHANGE_SET.clone_into(value);
                gives_secret = true;
            }
        }
        if !gives_secret || leaving.grow.is_some() {
            return Ok(plan.diff.clone());
        }
        Ok(self.template_diff(index, found, &settings, imported).with_change_set(&made.changes))
    }

    fn deployed(&self, index: usize) -> Option<ReviewedDeployed> {
        let found = self.stacks[index].found();
        let text = |template: &Template| digest(&template.to_json(Style::Compact).0);
        let template = found.template().map(text);
        found.stack().map(|before| ReviewedDeployed { id: before.id.clone(), template })
    }

    /// Differences from the plan that are seen before anything is planned anew: templates, deployed stacks, change sets.
    ///
    /// # Errors
    ///
    /// When the plan was executed before, which is no change that anybody else made; or the service refuses an answer.
    pub(crate) async fn changed_since(&self, reviewed: &Reviewed) -> Result<Vec<String>, Error> {
        let mut changed = Vec::new();
        let (mut executed, mut made) = (Vec::new(), 0);
        for (index, Stack { artifact, regional, .. }) in self.stacks.iter().enumerate() {
            let Some(then) = reviewed.stack(&artifact.id) else { continue };
            let name = self.assembly.spelling(&artifact.id);
            if then.template != digest(&artifact.template) {
                changed.push(format!("the app's template of `{name}` is another one"));
            }
            let now = self.deployed(index);
            match (&then.deployed, &now) {
                (None, Some(_)) => changed.push(format!("`{name}` was not deployed, and is now")),
                (Some(_), None) => changed.push(format!("`{name}` was deployed, and is not any more")),
                (Some(then), Some(now)) if then.id != now.id => {
                    changed.push(format!("`{name}` was deleted and created again"));
                }
                (Some(then), Some(now)) if then.template != now.template => {
                    changed.push(format!("the deployed template of `{name}` is another one"));
                }
                _ => {}
            }
            let Some(change_set) = &then.change_set else { continue };
            made += 1;
            match regional.service.change_set(regional.region, &change_set.id, false, None).await {
                Ok(page) => {
                    let execution = page.execution.as_deref().and_then(ExecutionStatus::read);
                    if execution == Some(ExecutionStatus::ExecuteComplete) {
                        executed.push(format!("the change set of `{name}`"));
                    }
                    if execution != Some(ExecutionStatus::Available) {
                        let status = page.execution.or(page.status).unwrap_or_default();
                        changed.push(format!("the change set of `{name}` is {status}, and not AVAILABLE"));
                    }
                }
                Err(error) if error.is_missing() => changed.push(format!("the change set of `{name}` is gone")),
                Err(error) => return Err(error.into()),
            }
        }
        if made > 0 && executed.len() == made {
            return Err(Error::PlanExecuted { change_sets: executed });
        }
        Ok(changed)
    }

    /// Differences from the plan that are seen once everything is planned anew.
    pub(crate) fn planned_otherwise(&self, reviewed: &Reviewed) -> Result<Vec<String>, Error> {
        let mut changed = Vec::new();
        for now in self.reviewed()?.stacks {
            let Some(then) = reviewed.stack(&now.id) else { continue };
            let (name, before) = (self.assembly.spelling(&now.id), changed.len());
            let keys: std::collections::BTreeSet<&String> =
                then.parameters.keys().chain(now.parameters.keys()).collect();
            for key in keys {
                let (old, new) = (then.parameters.get(key), now.parameters.get(key));
                if old != new {
                    let word =
                        |value: Option<&ReviewedValue>| value.map_or("its default".to_owned(), ToString::to_string);
                    changed.push(format!("the parameter `{key}` of `{name}` was {}, and is {}", word(old), word(new)));
                }
            }
            if then.operation != now.operation {
                changed.push(format!(
                    "with `{name}`, the plan does `{}`, and there is `{}` to do",
                    then.operation, now.operation
                ));
            }
            if then.after != now.after {
                let waits = |after: &[String]| match after {
                    [] => "for no stack".to_owned(),
                    after => format!("for `{}`", after.join("`, `")),
                };
                changed.push(format!("`{name}` waited {}, and waits {}", waits(&then.after), waits(&now.after)));
            }
            if changed.len() == before && (then.preview != now.preview || then.change_set != now.change_set) {
                changed.push(format!("the preview of `{name}` is another one"));
            }
        }
        Ok(changed)
    }

    /// The change set that the plan has for a stack.
    pub(crate) fn reviewed_change_set(&self, index: usize) -> Option<&CreatedChangeSet> {
        let Mode::Execute(reviewed) = self.mode else { return None };
        reviewed.stack(&self.stacks[index].artifact.id)?.change_set.as_ref()
    }
}

/// The settings of an update on top of that of the change set, which brought the secrets: they stay as it set them.
pub(crate) fn on_top(settings: &mut BTreeMap<String, Setting>) {
    for setting in settings.values_mut() {
        if matches!(setting, Setting::Value(value) if value == IN_THE_CHANGE_SET) {
            *setting = Setting::Previous;
        }
    }
}

fn does(plan: &StackPlan) -> &'static str {
    match (plan.operation, plan.termination_protection) {
        (Some(Operation::Create), _) => "create",
        (Some(Operation::Update), _) => "update",
        (Some(Operation::Recreate), _) => "recreate",
        (Some(Operation::Delete), _) => "delete",
        (Some(Operation::Rollback), _) => "roll back",
        (None, Some(true)) => "switch termination protection on",
        (None, Some(false)) => "switch termination protection off",
        (None, None) => "nothing",
    }
}

/// SHA-256 of what was shown of a stack. Where in the source a resource stands is not part of it.
fn shown(plan: &StackPlan, diff: &Diff) -> String {
    let nested = nested_without_places(plan);
    let StackPlan {
        remains,
        is_protected,
        termination_protection,
        files,
        policy_first,
        kept,
        removals,
        in_use,
        refused,
        ..
    } = plan;
    let rest = format!(
        "{is_protected} {termination_protection:?} {files:?} {nested:?} {policy_first:?} {kept:?} {removals:?} {in_use:?} {refused:?} {}",
        without_places(remains)
    );
    digest(&format!("{}\n{rest}", without_places(diff)))
}

fn without_places(diff: &Diff) -> Value {
    let mut diff = diff.to_json();
    for resource in diff.get_mut("resources").and_then(Value::as_array_mut).into_iter().flatten() {
        resource.as_object_mut().map(|resource| resource.remove("source"));
    }
    diff
}

fn nested_without_places(plan: &StackPlan) -> Vec<NestedChange> {
    let without = |change: &NestedChange| NestedChange {
        resource: ResourceDiff { location: None, ..change.resource.clone() },
        ..change.clone()
    };
    plan.nested.iter().map(without).collect()
}

fn digest(text: &str) -> String {
    Digest::of(text.as_bytes()).to_string()
}

#[cfg(test)]
mod tests {
    use formwork_assembly::{Location, StackArtifact};
    use formwork_diff::Impact;

    use super::*;

    fn plan(line: u32) -> StackPlan {
        let location = Location { file: "src/lib.rs".into(), line };
        let template = Template::from_json(r#"{"Resources":{"Topic":{"Type":"AWS::SNS::Topic"}}}"#).unwrap();
        let locations = vec![("Topic".to_owned(), location.clone())];
        let artifact = StackArtifact { locations, ..StackArtifact::default() };
        let deletion = || Diff::deletion(&template).with_source(&artifact);
        let nested = NestedChange {
            path: vec!["Inner".to_owned(), "Queue".to_owned()],
            resource: ResourceDiff {
                type_name: "AWS::SQS::Queue".to_owned(),
                impact: Impact::Replace,
                location: Some(location),
                ..ResourceDiff::default()
            },
            is_with_outer: false,
        };
        let id = StackId::new("site", "us-east-1");
        StackPlan { diff: deletion(), remains: deletion(), nested: vec![nested], ..StackPlan::new(id) }
    }

    #[test]
    fn a_moved_line_is_no_other_preview() {
        let of = |plan: &StackPlan| shown(plan, &plan.diff);
        let (one, moved) = (plan(1), plan(2));
        assert_ne!(one.diff, moved.diff);
        assert_eq!(of(&one), of(&moved));
        assert_ne!(of(&one), of(&StackPlan { nested: Vec::new(), ..plan(1) }));
        assert_ne!(of(&one), of(&StackPlan { remains: Diff::default(), ..plan(1) }));
        assert_ne!(of(&one), of(&StackPlan { policy_first: vec!["Topic".to_owned()], ..plan(1) }));
    }
}
