//! Looking and planning: the first half of a deploy. Nothing is changed here but for change sets that are made.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use formwork_assembly::{Import, StackArtifact, StackId};
use formwork_diff::{Diff, Impact, ParameterValue, ParameterValues, ResourceDiff};
use formwork_model::Pseudo;
use formwork_model::secret;
use formwork_model::service::CallError;
use formwork_model::status::StackStatus;
use formwork_template::memory::{Memory, Owner};
use formwork_template::{Template, backticked, shortened};
use futures_util::future::join_all;

use crate::deploy::{Mode, Purpose, Run};
use crate::error::Error;
use crate::execute;
use crate::in_use;
use crate::inside;
use crate::intermediate::Leaving;
use crate::nested::{self, NestedSets};
use crate::operation::Operation;
use crate::owners;
use crate::parameters::{self, Imported, Setting};
use crate::plan::{Source, StackPlan, output_may_change};
use crate::progress::{Consent, Progress};
use crate::regional::Regional;
use crate::request::Body;
use crate::stack::{self, Deployed};
use crate::stage::{Found, Planned, Ready, Stack};
use crate::status::{Reported, Standing};
use crate::{no_change, question_marks, removal, resources, unpinned};

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
            self.stacks[index].leave_idle();
        }
        join_all(needed.iter().map(|index| self.inspect_one(*index)))
            .await
            .into_iter()
            .collect::<Result<(), Error>>()?;
        needed.into_iter().try_for_each(|index| self.check_bucket(index))
    }

    pub(crate) async fn inspect_one(&self, index: usize) -> Result<(), Error> {
        let Stack { artifact, regional, .. } = &self.stacks[index];
        let found = match execute::settled(*regional, &artifact.id, self.observer).await? {
            None => Found::Nothing,
            Some(stack) => match stack.standing() {
                Standing::Ready => Found::Ready(Box::new(self.inspect_ready(index, stack).await?)),
                Standing::Recreate => {
                    self.check_protected(&artifact.id, &stack)?;
                    let resources::Deletion { diff, app, .. } = resources::deletion(*regional, &stack).await?;
                    self.check_owner(index, app)?;
                    let deletion = Box::new(diff);
                    Found::Remains { stack: Rc::new(stack), deletion }
                }
                Standing::Absent if stack.status == Reported::Known(StackStatus::ReviewInProgress) => Found::Empty,
                Standing::Absent => Found::Nothing,
                _ => return Err(stack.refusal(&artifact.id)),
            },
        };
        self.stacks[index].inspected(found);
        Ok(())
    }

    /// A stack of another app is not changed without a question.
    fn check_owner(&self, index: usize, app: Option<Owner>) -> Result<(), Error> {
        // A plan that is only made, or was reviewed, says so.
        let consent = if self.mode == Mode::Deploy { self.options.consent } else { Consent::Ask };
        owners::check(self.assembly, &self.stacks[index].artifact.id, app, consent, self.observer)
    }

    /// Refuses to delete what a failed creation left while it is protected, unless somebody is asked: the plan says that the protection is
    /// switched off. Who executes a plan that was reviewed has that approved.
    fn check_protected(&self, id: &StackId, remains: &Deployed) -> Result<(), Error> {
        let is_approved_before = self.mode == Mode::Deploy && self.options.consent != Consent::Ask;
        match remains.termination_protection && self.purpose == Purpose::Deploy && is_approved_before {
            true => Err(remains.is_protected(id)),
            false => Ok(()),
        }
    }

    async fn inspect_ready(&self, index: usize, stack: Deployed) -> Result<Ready, Error> {
        let Stack { template: wanted, regional, .. } = &self.stacks[index];
        let before = stack::template(*regional, &stack.id).await?;
        if before.is_none() {
            self.warn(
                index,
                "its deployed template is neither JSON nor YAML: the preview comes from the change set alone",
            );
        }
        if crate::status::is_kept(&stack.status) {
            let (status, meaning) = (&stack.status, crate::status::standing(&stack.status).1);
            self.warn(
                index,
                format!("it is in {status}: {meaning}; a further update that fails will not be undone either"),
            );
        }
        let Memory { keeps, app, .. } = before.as_ref().map(Memory::read).unwrap_or_default();
        self.check_owner(index, app)?;
        let looks_for_left = self.purpose != Purpose::CompareTemplates && !self.options.previous_templates;
        let leftovers = match looks_for_left && !keeps.is_empty() {
            true => removal::leftovers(*regional, &stack.id, &keeps, |message| self.warn(index, message)).await?,
            false => Vec::new(),
        };
        let restored = before.map(|before| question_marks::restore(before, wanted));
        let (template, uncertain) = restored.map(|restored| (restored.template, restored.uncertain)).unzip();
        Ok(Ready { stack: Rc::new(stack), template, uncertain: uncertain.unwrap_or_default(), leftovers })
    }

    pub(crate) fn warn(&self, index: usize, message: impl Into<String>) {
        self.warn_of(&self.stacks[index].artifact.id, message);
    }

    pub(crate) fn warn_of(&self, stack: &StackId, message: impl Into<String>) {
        self.observer.progress(Progress::Warning { stack: stack.clone(), message: message.into() });
    }

    /// Plans one stack; the stacks it waits for are planned.
    pub(crate) async fn preview(&self, index: usize) -> Result<(), Error> {
        let Stack { artifact, template, .. } = &self.stacks[index];
        if self.stacks[index].is_idle() {
            return Ok(());
        }
        let (found, imported) = (self.stacks[index].found(), self.imported(index, false)?);
        let exists = found.ready().is_some();
        let settings = self.settings(index, &found, template, &imported)?;
        let values = self.values(index, &found, &settings, &imported);
        let mut diff = self.diff_to(index, &found, template, &values);
        let mut sets = None;
        let files = self.files(index, &found, &settings, &diff);
        let is_certain = no_change::is_certain(&found, &diff, template, &settings);
        let leaving = match exists && !self.options.previous_templates {
            true => self.leaving(index, &diff).await?,
            false => Leaving::default(),
        };
        let awaited = self.awaited(index);
        if exists && !awaited.is_empty() {
            note_reads(&mut diff, template, &awaited);
        }
        let after = all_awaited(&imported, awaited);
        let was_protected = found.ready().is_some_and(|ready| ready.stack.termination_protection);
        let (operation, remains, is_protected) = match &*found {
            Found::Remains { stack, deletion } => {
                (Operation::Recreate, (**deletion).clone(), stack.termination_protection)
            }
            Found::Ready(_) => (Operation::Update, Diff::default(), false),
            Found::Nothing | Found::Empty => (Operation::Create, Diff::default(), false),
        };
        let mut plan = StackPlan {
            operation: Some(operation),
            diff,
            is_protected,
            source: Source::Template { after: after.clone() },
            termination_protection: Some(artifact.termination_protection).filter(|&wanted| wanted != was_protected),
            files,
            assets: self.asset_changes(index).await,
            remains,
            policy_first: leaving.policy_first.clone(),
            kept: leaving.kept.clone(),
            removals: leaving.removals.clone(),
            ..StackPlan::new(artifact.id.clone())
        };
        let takes_change_set = match self.purpose {
            Purpose::Deploy => true,
            Purpose::Compare => exists,
            Purpose::CompareTemplates => false,
        };
        if !takes_change_set && exists && !plan.diff.is_change() {
            plan.operation = None;
        }
        // A change set on top of another update is made when that is done.
        let comes_first = leaving.policy.is_some() && self.purpose == Purpose::Deploy;
        if is_certain && after.is_empty() && takes_change_set {
            plan.operation = None;
            plan.source = Source::ChangeSet;
        } else if operation != Operation::Recreate && after.is_empty() && takes_change_set && !comes_first {
            plan.source = Source::ChangeSet;
            sets = self.plan_by_change_set(index, &mut plan, settings, &leaving, &imported).await?;
        } else {
            self.warn_of_uncertain(index, &found);
        }
        if exists {
            self.warn_of_unpinned(index);
            self.warn_of_defaults(index, &found, &values);
        }
        if nested::has_nested(template) || found.template().is_some_and(nested::has_nested) {
            self.add_inside(index, &found, values, sets.as_ref(), &mut plan).await?;
        }
        if let Found::Remains { stack, .. } = &*found {
            let regional = self.stacks[index].regional;
            let gone = inside::deleted(regional, &stack.id, &[], &mut plan.remains).await?;
            plan.nested.splice(0..0, gone);
        }
        plan.settle_removals();
        plan.in_use = self.in_use(index, &plan.diff, &leaving.kept).await?;
        if self.purpose != Purpose::CompareTemplates {
            plan.refused = self.refused(index, &plan.diff, &leaving).await?;
        }
        self.stacks[index].plan(Planned { plan, leaving });
        Ok(())
    }

    /// Makes the stack's first change set, and takes into its plan what that says.
    async fn plan_by_change_set(
        &self,
        index: usize,
        plan: &mut StackPlan,
        settings: BTreeMap<String, Setting>,
        leaving: &Leaving,
        imported: &BTreeMap<String, Imported>,
    ) -> Result<Option<NestedSets>, Error> {
        let given = settings.clone();
        let (body, settings) = self.first_body(index, leaving, settings, imported)?;
        match self.make_change_set(index, settings, &body).await {
            // Whoever only compares may be kept from writing.
            Err(Error::Upload { cause, .. })
                if self.purpose == Purpose::Compare && matches!(*cause, CallError::Forbidden { .. }) =>
            {
                let message =
                    "templates that are shipped may not be written to the bucket: this comes from the templates alone";
                self.warn(index, message);
                plan.source = Source::Template { after: Vec::new() };
            }
            Err(error) => return Err(error),
            Ok(Some(prepared)) => {
                let diff = std::mem::take(&mut plan.diff);
                plan.diff = self.through(index, &body, diff, &prepared.changes, leaving, imported)?;
                return Ok(prepared.nested.clone());
            }
            // The first of two updates has nothing to do.
            Ok(None) if matches!(body, Body::Grow(_)) => {}
            Ok(None) => {
                // Of what is not a change to CloudFormation, the diff has a note.
                if plan.diff.is_change() {
                    if self.differs_beside_secrets(index, given, imported) {
                        self.warn(index, "its templates differ, but CloudFormation finds nothing to change");
                    }
                    plan.diff = Diff::default();
                }
                plan.operation = None;
            }
        }
        Ok(None)
    }

    /// True if a resource differs by more than secrets that were given, which may be those that are deployed.
    fn differs_beside_secrets(
        &self,
        index: usize,
        mut settings: BTreeMap<String, Setting>,
        imported: &BTreeMap<String, Imported>,
    ) -> bool {
        let secrets = secret::parameters(&self.stacks[index].template);
        settings.iter_mut().filter(|(key, _)| secrets.contains(*key)).for_each(|(_, value)| *value = Setting::Previous);
        !self.template_diff(index, &self.stacks[index].found(), &settings, imported).resources.is_empty()
    }

    fn warn_of_uncertain(&self, index: usize, found: &Found) {
        for place in found.ready().iter().flat_map(|ready| &ready.uncertain) {
            let message = format!(
                "`{place}` cannot be compared: the deployed text is given with `?` for each letter beyond ASCII; only a \
                 change set can tell whether it changes"
            );
            self.warn(index, message);
        }
    }

    /// Names secrets whose default changes and is not used: nobody can tell that the deployed value was the old one.
    fn warn_of_defaults(&self, index: usize, found: &Found, values: &ParameterValues) {
        let Stack { artifact, template, .. } = &self.stacks[index];
        let Some(before) = found.template() else { return };
        for key in secret::parameters(template) {
            let default = |template: &Template| template.parameters.get(&key).and_then(|one| one.default.clone());
            let stays = values.before.contains_key(&key) && values.after.get(&key) == values.before.get(&key);
            if stays && default(template).is_some() && default(template) != default(before) {
                let stack = artifact.name();
                let message = format!(
                    "the default of `{key}` changes, and its deployed value stays; another one is given by `--parameter {stack}:{key}`"
                );
                self.warn(index, message);
            }
        }
    }

    /// Names the values that may have moved without anybody's notice.
    fn warn_of_unpinned(&self, index: usize) {
        let Stack { artifact, template, .. } = &self.stacks[index];
        let references = unpinned::references(&artifact.template, template);
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
        found: &Found,
        template: &Template,
        imported: &BTreeMap<String, Imported>,
    ) -> Result<BTreeMap<String, Setting>, Error> {
        let before = found.ready().map(|ready| &*ready.stack);
        let (artifact, given) = (self.stacks[index].artifact, &self.options.parameters);
        parameters::settings(artifact, template, given, before, found.template(), imported)
    }

    /// The template of the first of a stack's updates, with its settings; `whole` are those of an update that is the only one.
    pub(crate) fn first_body(
        &self,
        index: usize,
        leaving: &Leaving,
        whole: BTreeMap<String, Setting>,
        imported: &BTreeMap<String, Imported>,
    ) -> Result<(Body, BTreeMap<String, Setting>), Error> {
        match &leaving.grow {
            Some(grow) if self.purpose == Purpose::Deploy => {
                let settings = self.settings(index, &self.stacks[index].found(), grow, imported)?;
                Ok((Body::Grow(Rc::clone(grow)), settings))
            }
            _ => Ok((Body::Whole { is_second: false }, whole)),
        }
    }

    /// The changes of all updates together, by the diff of the whole and the change set of the first.
    pub(crate) fn through(
        &self,
        index: usize,
        body: &Body,
        mut whole: Diff,
        changes: &formwork_diff::ChangeSet,
        leaving: &Leaving,
        imported: &BTreeMap<String, Imported>,
    ) -> Result<Diff, Error> {
        let Body::Grow(grow) = body else { return Ok(whole.with_change_set(changes)) };
        let found = self.stacks[index].found();
        let settings = self.settings(index, &found, grow, imported)?;
        let values = self.values(index, &found, &settings, imported);
        let first = self.diff_to(index, &found, grow, &values).with_change_set(changes);
        let removed = |id: &str| leaving.kept.iter().any(|kept| kept.logical_id == id);
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
        let template = &self.stacks[index].template;
        let producers = self.order.stacks[index].names.iter().copied();
        let is_awaited = |producer: &usize| {
            let producer = &self.stacks[*producer];
            let operation = producer.planned().and_then(|planned| planned.plan.operation);
            operation.is_some() && (producer.found().ready().is_none() || in_use::reads_by_itself(template))
        };
        let producers = producers.filter(is_awaited);
        producers.map(|producer| self.stacks[producer].artifact.name().to_owned()).collect()
    }

    /// The diff of the templates alone, with what is known of their parameters.
    pub(crate) fn template_diff(
        &self,
        index: usize,
        found: &Found,
        settings: &BTreeMap<String, Setting>,
        imported: &BTreeMap<String, Imported>,
    ) -> Diff {
        let values = self.values(index, found, settings, imported);
        self.diff_to(index, found, &self.stacks[index].template, &values)
    }

    fn diff_to(&self, index: usize, found: &Found, template: &Template, values: &ParameterValues) -> Diff {
        let artifact = self.stacks[index].artifact;
        let registry = &self.options.registry;
        if found.ready().is_some_and(|ready| ready.template.is_none()) {
            // Nothing is known to differ; the change set has the rest.
            return Diff::between(Some(template), template, registry);
        }
        let tags = found.ready().map(|ready| ready.stack.tags.as_slice()).unwrap_or_default();
        Diff::between_with(found.template(), template, registry, values)
            .with_tags(tags, &artifact.tags)
            .with_source(artifact)
    }

    /// The values of the stack's parameters, deployed and to come.
    pub(crate) fn values(
        &self,
        index: usize,
        found: &Found,
        settings: &BTreeMap<String, Setting>,
        imported: &BTreeMap<String, Imported>,
    ) -> ParameterValues {
        let artifact = self.stacks[index].artifact;
        let deployed = found.ready().map(|ready| &*ready.stack);
        let mut values =
            ParameterValues { pseudo: self.pseudo(artifact, found, deployed), ..ParameterValues::default() };
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
        values
    }

    /// The values of pseudo parameters, as far as they are known before the deployment.
    fn pseudo(&self, artifact: &StackArtifact, found: &Found, deployed: Option<&Deployed>) -> Pseudo {
        let account = found.stack().and_then(|stack| stack.account()).map(str::to_owned);
        let account = account.or_else(|| self.account_of_stacks());
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
                    Imported::Known(self.output(artifact, import, self.stacks[producer].now().as_deref())?)
                }
                Some(producer) => {
                    let found = self.stacks[producer].found();
                    let kept = self.stacks[producer].planned().is_some_and(|planned| {
                        let plan = &planned.plan;
                        plan.operation.is_none()
                            || plan.operation == Some(Operation::Update)
                                && !output_may_change(
                                    &plan.diff,
                                    found.template(),
                                    &self.stacks[producer].template,
                                    &import.output,
                                )
                    });
                    if kept {
                        Imported::Known(self.output(artifact, import, found.stack().map(|stack| &**stack))?)
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

/// The producers that a stack waits for: those whose values fill its parameters, and those that it names otherwise.
fn all_awaited(imported: &BTreeMap<String, Imported>, others: Vec<String>) -> Vec<String> {
    let known_after = imported.values().filter_map(|imported| match imported {
        Imported::KnownAfter(producer) => Some(producer.clone()),
        Imported::Known(_) => None,
    });
    known_after.chain(others).collect::<BTreeSet<_>>().into_iter().collect()
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
