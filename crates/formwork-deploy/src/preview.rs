//! Looking and planning: the first half of a deploy. Nothing is changed here but for change sets that are made.

use std::collections::{BTreeMap, BTreeSet};

use formwork_assembly::{Import, StackArtifact, StackId};
use formwork_diff::{Diff, Impact, ParameterValue, ParameterValues, ResourceDiff};
use formwork_model::Pseudo;
use formwork_model::service::CallError;
use formwork_model::status::StackStatus;
use formwork_template::memory::Memory;
use formwork_template::{Template, backticked, dynamic, shortened};
use futures_util::future::join_all;

use crate::deploy::{ChangeSetState, Purpose, Run, Stack, State};
use crate::error::Error;
use crate::execute;
use crate::in_use;
use crate::intermediate::Leaving;
use crate::operation::Operation;
use crate::parameters::{self, Imported, Setting};
use crate::plan::{Source, StackPlan, output_may_change};
use crate::progress::Progress;
use crate::regional::Regional;
use crate::request::Body;
use crate::stack::{self, Deployed};
use crate::status::{Reported, Standing};
use crate::{no_change, question_marks, removal, resources};

impl Run<'_> {
    pub(crate) async fn inspect(&self) -> Result<(), Error> {
        let (buckets, stacks): (Vec<usize>, Vec<usize>) =
            (0..self.stacks.len()).partition(|index| self.is_bucket(*index));
        let selected = stacks.into_iter().map(|index| self.inspect_one(index));
        let read = |stack: &'_ &Stack<'_>| in_use::reads_by_itself(&stack.template);
        let read = self.stacks.iter().filter(read).flat_map(|stack| &stack.artifact.depends_on);
        let mut producers: Vec<&StackId> = self
            .stacks
            .iter()
            .flat_map(|stack| &stack.artifact.imports)
            .map(|import| &import.producer)
            .chain(read)
            .filter(|id| self.order.position(id).is_none())
            .collect();
        producers.sort_unstable();
        producers.dedup();
        let producers = producers.into_iter().map(|id| async move {
            let found = execute::settled(Regional::new(self.service, &id.region), id, self.observer).await?;
            let found = found.filter(|stack| stack.standing() != Standing::Absent);
            self.producers.borrow_mut().insert(id.clone(), found);
            Ok(())
        });
        let (selected, producers) = tokio::join!(join_all(selected), join_all(producers));
        selected.into_iter().chain(producers).collect::<Result<(), Error>>()?;
        // A bucket is looked at if something may have to be shipped to it.
        let (needed, idle): (Vec<usize>, Vec<usize>) = buckets
            .into_iter()
            .partition(|bucket| self.order.consumers(*bucket).any(|consumer| self.needs_bucket(consumer)));
        for index in idle {
            self.stacks[index].state.borrow_mut().is_idle = true;
        }
        join_all(needed.iter().map(|index| self.inspect_one(*index)))
            .await
            .into_iter()
            .collect::<Result<(), Error>>()?;
        needed.into_iter().try_for_each(|index| self.check_bucket(index))
    }

    async fn inspect_one(&self, index: usize) -> Result<(), Error> {
        let Stack { artifact, template, regional, state, .. } = &self.stacks[index];
        let Some(found) = execute::settled(*regional, &artifact.id, self.observer).await? else {
            return Ok(());
        };
        match found.standing() {
            Standing::Ready => {
                let before = stack::template(*regional, &found.id).await?;
                if before.is_none() {
                    self.warn(
                        index,
                        "its deployed template is neither JSON nor YAML: the preview comes from the change set alone",
                    );
                }
                if crate::status::is_kept(&found.status) {
                    let (status, meaning) = (&found.status, crate::status::standing(&found.status).1);
                    self.warn(
                        index,
                        format!("it is in {status}: {meaning}; a further update that fails will not be undone either"),
                    );
                }
                state.borrow_mut().unreadable = before.is_none();
                let keeps = before.as_ref().map(|before| Memory::read(before).keeps).unwrap_or_default();
                if !keeps.is_empty() && self.purpose != Purpose::CompareTemplates && !self.options.previous_templates {
                    let left = removal::leftovers(*regional, &found.id, &keeps).await?;
                    state.borrow_mut().leftovers = left;
                }
                let mut state = state.borrow_mut();
                if let Some(before) = before {
                    let restored = question_marks::restore(before, template);
                    state.uncertain = restored.uncertain;
                    state.before_template = Some(restored.template);
                }
                state.before = Some(found);
            }
            Standing::Recreate => {
                let remains = resources::deletion(*regional, &found).await?.diff;
                let mut state = state.borrow_mut();
                state.remains = remains;
                state.before = Some(found);
            }
            Standing::Absent => {
                state.borrow_mut().in_review = found.status == Reported::Known(StackStatus::ReviewInProgress);
            }
            _ => return Err(found.refusal(&artifact.id)),
        }
        Ok(())
    }

    pub(crate) fn warn(&self, index: usize, message: impl Into<String>) {
        self.warn_of(&self.stacks[index].artifact.id, message);
    }

    pub(crate) fn warn_of(&self, stack: &StackId, message: impl Into<String>) {
        self.observer.progress(Progress::Warning { stack: stack.clone(), message: message.into() });
    }

    /// Plans one stack; the stacks it waits for are planned.
    pub(crate) async fn preview(&self, index: usize) -> Result<(), Error> {
        let Stack { artifact, template, state, .. } = &self.stacks[index];
        if state.borrow().is_idle {
            return Ok(());
        }
        let imported = self.imported(index, false)?;
        let (recreate, exists, diff, settings, protection, files, is_certain) = {
            let state = state.borrow();
            let recreate = state.before.as_ref().is_some_and(|stack| stack.standing() == Standing::Recreate);
            let before = state.before.as_ref().filter(|_| !recreate);
            let settings = self.settings(index, &state, template, &imported)?;
            let was_protected = before.is_some_and(|stack| stack.termination_protection);
            let protection = Some(artifact.termination_protection).filter(|&wanted| wanted != was_protected);
            let diff = self.template_diff(index, &state, &settings, &imported);
            let files = self.files(index, &state, before, &settings, &diff);
            let is_certain = !recreate && no_change::is_certain(&state, &diff, template, &settings);
            (recreate, before.is_some(), diff, settings, protection, files, is_certain)
        };
        let leaving = match exists && !self.options.previous_templates {
            true => self.leaving(index, &diff).await?,
            false => Leaving::default(),
        };
        let mut diff = diff;
        let awaited = self.awaited(index);
        if exists && !awaited.is_empty() {
            note_reads(&mut diff, template, &awaited);
        }
        let after: Vec<String> = imported
            .values()
            .filter_map(|imported| match imported {
                Imported::KnownAfter(producer) => Some(producer.clone()),
                Imported::Known(_) => None,
            })
            .chain(awaited)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        let mut plan = StackPlan {
            id: artifact.id.clone(),
            operation: Some(if recreate {
                Operation::Recreate
            } else if exists {
                Operation::Update
            } else {
                Operation::Create
            }),
            diff,
            source: Source::Template { after: after.clone() },
            termination_protection: protection,
            files,
            assets: self.asset_changes(index).await,
            in_use: Vec::new(),
            refused: Vec::new(),
            nested: Vec::new(),
            remains: self.stacks[index].state.borrow().remains.clone(),
            policy_first: leaving.policy_first.clone(),
            kept: leaving.kept.clone(),
            removals: leaving.removals.clone(),
        };
        let has_policy_first = leaving.policy.is_some();
        state.borrow_mut().leaving = leaving;
        let takes_change_set = match self.purpose {
            Purpose::Deploy => true,
            Purpose::Compare => exists,
            Purpose::CompareTemplates => false,
        };
        if !takes_change_set && exists && !plan.diff.is_change() {
            plan.operation = None;
        }
        // A change set on top of another update is made when that is done.
        let comes_first = has_policy_first && self.purpose == Purpose::Deploy;
        if is_certain && after.is_empty() && takes_change_set {
            plan.operation = None;
            plan.source = Source::ChangeSet;
        } else if !recreate && after.is_empty() && takes_change_set && !comes_first {
            let grow = self.grows(index);
            let (body, settings) = match self.purpose == Purpose::Deploy && grow {
                true => (Body::Grow, self.grow_settings(index, &imported)?),
                false => (Body::Whole { is_second: false }, settings),
            };
            plan.source = Source::ChangeSet;
            match self.make_change_set(index, exists, settings, body).await {
                // Whoever only compares may be kept from writing.
                Err(Error::Upload { cause, .. })
                    if self.purpose == Purpose::Compare && matches!(*cause, CallError::Forbidden { .. }) =>
                {
                    let message = "templates that are shipped may not be written to the bucket: this comes from the templates alone";
                    self.warn(index, message);
                    plan.source = Source::Template { after: Vec::new() };
                }
                Err(error) => return Err(error),
                Ok(Some(prepared)) => {
                    plan.diff = match body {
                        Body::Grow => self.through_both(index, plan.diff, &prepared.changes, &imported)?,
                        _ => plan.diff.with_change_set(&prepared.changes),
                    };
                    plan.nested.clone_from(&prepared.nested);
                    state.borrow_mut().change_set = ChangeSetState::Made(prepared);
                }
                // The first of two updates has nothing to do.
                Ok(None) if body == Body::Grow => {}
                Ok(None) => {
                    // Of what is not a change to CloudFormation, the diff has a note.
                    if plan.diff.is_change() {
                        if !plan.diff.resources.is_empty() {
                            self.warn(index, "its templates differ, but CloudFormation finds nothing to change");
                        }
                        plan.diff = Diff::default();
                    }
                    plan.operation = None;
                }
            }
        } else {
            for place in &state.borrow().uncertain {
                let message = format!(
                    "`{place}` cannot be compared: the deployed text is given with `?` for each letter beyond ASCII; only a \
                     change set can tell whether it changes"
                );
                self.warn(index, message);
            }
        }
        if exists {
            self.warn_of_unpinned(index);
        }
        plan.settle_removals();
        state.borrow_mut().plan = Some(plan);
        Ok(())
    }

    /// Names the values that may have moved without anybody's notice.
    fn warn_of_unpinned(&self, index: usize) {
        let references = dynamic::parts(&self.stacks[index].artifact.template).filter_map(|part| match part {
            dynamic::Part::Reference(reference) if !dynamic::is_pinned(reference) => {
                Some(format!("{{{{{reference}}}}}"))
            }
            _ => None,
        });
        let references: Vec<String> = references.collect::<BTreeSet<_>>().into_iter().collect();
        if !references.is_empty() {
            let message = format!(
                "CloudFormation does not notice a new value of {}, and neither does this preview; with a version in it, a new one is a change of the template",
                shortened(&references)
            );
            self.warn(index, message);
        }
    }

    /// The settings of the parameters that a template of the stack declares.
    pub(crate) fn settings(
        &self,
        index: usize,
        state: &State,
        template: &Template,
        imported: &BTreeMap<String, Imported>,
    ) -> Result<BTreeMap<String, Setting>, Error> {
        let recreate = state.before.as_ref().is_some_and(|stack| stack.standing() == Standing::Recreate);
        let before = state.before.as_ref().filter(|_| !recreate);
        let (artifact, given) = (self.stacks[index].artifact, &self.options.parameters);
        parameters::settings(artifact, template, given, before, state.before_template.as_ref(), imported)
    }

    /// True if the stack is updated twice, first with what others still use.
    pub(crate) fn grows(&self, index: usize) -> bool {
        self.stacks[index].state.borrow().leaving.grow.is_some()
    }

    /// The settings for the first of two updates.
    pub(crate) fn grow_settings(
        &self,
        index: usize,
        imported: &BTreeMap<String, Imported>,
    ) -> Result<BTreeMap<String, Setting>, Error> {
        let Stack { template, state, .. } = &self.stacks[index];
        let state = state.borrow();
        self.settings(index, &state, state.leaving.grow.as_deref().unwrap_or(template), imported)
    }

    /// The changes of two updates together, by the diff of the whole and the change set of the first.
    pub(crate) fn through_both(
        &self,
        index: usize,
        mut whole: Diff,
        changes: &formwork_diff::ChangeSet,
        imported: &BTreeMap<String, Imported>,
    ) -> Result<Diff, Error> {
        let settings = self.grow_settings(index, imported)?;
        let state = self.stacks[index].state.borrow();
        let Some(grow) = &state.leaving.grow else { return Ok(whole.with_change_set(changes)) };
        let first = self.diff_to(index, &state, grow, &settings, imported).with_change_set(changes);
        let removed = |id: &str| state.leaving.kept.iter().any(|kept| kept.logical_id == id);
        whole.resources.retain(|resource| {
            let leaves = matches!(resource.impact, Impact::Destroy | Impact::MayDestroy | Impact::Orphan);
            removed(&resource.logical_id) || leaves || first.resource(&resource.logical_id).is_some()
        });
        for resource in first.resources.into_iter().filter(|resource| !removed(&resource.logical_id)) {
            match whole.resources.iter_mut().find(|known| known.logical_id == resource.logical_id) {
                // A resource in the closure of a kept resource is deleted with it.
                Some(known) if matches!(known.impact, Impact::Destroy | Impact::MayDestroy | Impact::Orphan) => {}
                Some(known) => *known = resource,
                None => whole.resources.push(resource),
            }
        }
        Ok(whole)
    }

    /// Producers of the run without which the stack's change set cannot be made, beside those whose outputs fill its parameters: exports,
    /// and outputs that its template reads by itself.
    fn awaited(&self, index: usize) -> Vec<String> {
        let Stack { artifact, template, .. } = &self.stacks[index];
        let producers = artifact.depends_on.iter().filter_map(|id| self.order.position(id));
        let is_awaited = |producer: &usize| {
            let state = self.stacks[*producer].state.borrow();
            let operation = state.plan.as_ref().and_then(|plan| plan.operation);
            let is_there = state.before.as_ref().is_some_and(|stack| stack.standing() == Standing::Ready);
            operation.is_some() && (!is_there || in_use::reads_by_itself(template))
        };
        let producers = producers.filter(is_awaited);
        producers.map(|producer| self.stacks[producer].artifact.name().to_owned()).collect()
    }

    /// What the templates alone say, with what is known of their parameters.
    pub(crate) fn template_diff(
        &self,
        index: usize,
        state: &State,
        settings: &BTreeMap<String, Setting>,
        imported: &BTreeMap<String, Imported>,
    ) -> Diff {
        self.diff_to(index, state, &self.stacks[index].template, settings, imported)
    }

    fn diff_to(
        &self,
        index: usize,
        state: &State,
        template: &Template,
        settings: &BTreeMap<String, Setting>,
        imported: &BTreeMap<String, Imported>,
    ) -> Diff {
        let artifact = self.stacks[index].artifact;
        let registry = &self.options.registry;
        if state.unreadable {
            // Nothing is known to differ; the change set has the rest.
            return Diff::between(Some(template), template, registry);
        }
        let deployed = state.before.as_ref().filter(|_| state.before_template.is_some());
        let mut values =
            ParameterValues { pseudo: self.pseudo(artifact, state, deployed), ..ParameterValues::default() };
        for (key, value) in deployed.iter().flat_map(|deployed| &deployed.parameters) {
            values.before.insert(key.clone(), ParameterValue::Known(value.clone()));
        }
        for (key, setting) in settings {
            let value = match setting {
                Setting::Value(value) => Some(ParameterValue::Known(value.clone())),
                Setting::Previous => values.before.get(key).cloned(),
            };
            values.after.extend(value.map(|value| (key.clone(), value)));
        }
        for (key, imported) in imported {
            if let Imported::KnownAfter(producer) = imported {
                values.after.insert(key.clone(), ParameterValue::KnownAfter(producer.clone()));
            }
        }
        let tags = deployed.map(|deployed| deployed.tags.as_slice()).unwrap_or_default();
        Diff::between_with(state.before_template.as_ref(), template, registry, &values)
            .with_tags(tags, &artifact.tags)
            .with_source(artifact)
    }

    /// The values of pseudo parameters, as far as they are known before the deployment.
    fn pseudo(&self, artifact: &StackArtifact, state: &State, deployed: Option<&Deployed>) -> Pseudo {
        // All stacks of a run are in one account, which the ARN of each deployed one has.
        let of_run = || {
            let others = self.stacks.iter().filter_map(|other| other.state.try_borrow().ok());
            others.into_iter().find_map(|other| Some(other.before.as_ref()?.account()?.to_owned()))
        };
        let account = state.before.as_ref().and_then(Deployed::account).map(str::to_owned).or_else(of_run);
        Pseudo {
            account: account.unwrap_or_default(),
            region: artifact.region().to_owned(),
            stack_id: deployed.map(|deployed| deployed.id.clone()).unwrap_or_default(),
            stack_name: artifact.name().to_owned(),
            notification_arns: deployed.map(|deployed| deployed.notification_arns.clone()).unwrap_or_default(),
        }
    }

    /// The values of the stack's imports: before the run is carried out, or (`now`) with all producers deployed.
    pub(crate) fn imported(&self, index: usize, now: bool) -> Result<BTreeMap<String, Imported>, Error> {
        let artifact = self.stacks[index].artifact;
        let mut imported: BTreeMap<String, Imported> = self.key_parameters(index).into_iter().collect();
        imported.extend(self.bucket_parameter(index)?);
        for import in
            artifact.imports.iter().filter(|import| !imported.contains_key(&import.parameter)).collect::<Vec<_>>()
        {
            let value = match self.order.position(&import.producer) {
                Some(producer) if now => {
                    let state = self.stacks[producer].state.borrow();
                    let deployed = state.after.as_ref().or(state.before.as_ref());
                    Imported::Known(self.output(artifact, import, deployed)?)
                }
                Some(producer) => {
                    let state = self.stacks[producer].state.borrow();
                    let kept = state.plan.as_ref().is_some_and(|plan| {
                        plan.operation.is_none()
                            || plan.operation == Some(Operation::Update)
                                && !output_may_change(
                                    &plan.diff,
                                    state.before_template.as_ref(),
                                    &self.stacks[producer].template,
                                    &import.output,
                                )
                    });
                    if kept {
                        Imported::Known(self.output(artifact, import, state.before.as_ref())?)
                    } else {
                        Imported::KnownAfter(self.stacks[producer].artifact.name().to_owned())
                    }
                }
                None => {
                    let producers = self.producers.borrow();
                    let deployed = producers.get(&import.producer).and_then(Option::as_ref);
                    match self.output(artifact, import, deployed) {
                        Ok(value) => Imported::Known(value),
                        // To compare, it need not be there yet.
                        Err(Error::ProducerMissing { producer, .. } | Error::OutputMissing { producer, .. })
                            if self.purpose != Purpose::Deploy =>
                        {
                            Imported::KnownAfter(producer)
                        }
                        Err(error) => return Err(error),
                    }
                }
            };
            imported.insert(import.parameter.clone(), value);
        }
        Ok(imported)
    }

    fn output(&self, consumer: &StackArtifact, import: &Import, producer: Option<&Deployed>) -> Result<String, Error> {
        let (consumer, output) = (consumer.name().to_owned(), import.output.clone());
        let name = &import.producer.name;
        let Some(deployed) = producer else {
            return Err(Error::ProducerMissing { consumer, producer: name.to_string(), output });
        };
        match deployed.output(&import.output) {
            Some(value) => Ok(value.to_owned()),
            None => Err(Error::OutputMissing { consumer, producer: name.to_string(), output }),
        }
    }
}

/// Adds the resources that read values of these producers by themselves: whether they change is known when the producers are deployed.
fn note_reads(diff: &mut Diff, template: &Template, producers: &[String]) {
    for (logical_id, resource) in &template.resources {
        if diff.resource(logical_id).is_some() || !in_use::reads(&resource.properties.to_value()) {
            continue;
        }
        diff.resources.push(ResourceDiff {
            logical_id: logical_id.clone(),
            type_name: resource.type_name.to_string(),
            impact: Impact::MayUpdate,
            reasons: vec![format!("it reads a value that is known after the deployment of {}", backticked(producers))],
            ..ResourceDiff::default()
        });
    }
}
