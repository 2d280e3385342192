//! The change set of one stack of a run: the request for it, and its making.

use std::collections::BTreeMap;
use std::rc::Rc;

use formwork_model::service::{CallError, ChangeSetRequest, TemplateGiven};
use formwork_template::Template;

use crate::change_set::{self, Made, Prepared};
use crate::deploy::Run;
use crate::error::Error;
use crate::parameters::Setting;
use crate::progress::Progress;
use crate::stage::{Found, Stack, Work};
use crate::{capabilities, gc, nested, waiting};

/// The template of a change set.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    /// The one that synth wrote.
    Whole {
        /// True for the update that ends what [`Body::Grow`] began.
        is_second: bool,
    },
    /// The same with what other stacks still use.
    Grow(Rc<Template>),
    /// The deployed one with policies.
    Policy(Rc<Template>),
}

impl Body {
    /// The template between the deployed one and the one that synth wrote, if it is that.
    pub(crate) fn between(&self) -> Option<&Template> {
        match self {
            Body::Whole { .. } => None,
            Body::Grow(template) | Body::Policy(template) => Some(template),
        }
    }
}

impl Run<'_> {
    fn request(
        &self,
        index: usize,
        parameters: BTreeMap<String, Setting>,
        body: &Body,
        given: TemplateGiven,
    ) -> ChangeSetRequest {
        let stack = &self.stacks[index];
        let (artifact, found) = (stack.artifact, stack.found());
        let tags = match (body, found.ready()) {
            // Nothing but the policy changes.
            (Body::Policy(_), Some(ready)) => ready.stack.tags.clone(),
            _ => artifact.tags.clone(),
        };
        // A stack of a run has several change sets, which are told apart by their names.
        let suffix = match body {
            Body::Whole { is_second: false } | Body::Grow(_) => "",
            Body::Policy(_) => "-policy",
            Body::Whole { is_second: true } => "-rest",
        };
        let whole = body.between().unwrap_or(&stack.template);
        ChangeSetRequest {
            stack: artifact.name().to_owned(),
            exists: found.ready().is_some(),
            template: given,
            parameters: parameters.into_iter().collect(),
            capabilities: capabilities::of(whole),
            tags,
            name: format!("{}{suffix}", self.name),
            description: Some(format!("{}{}", waiting::DESCRIPTION, self.name)),
            is_nested: nested::has_nested(whole),
        }
    }

    /// The change set; `None` if there is nothing to change.
    pub(crate) async fn make_change_set(
        &self,
        index: usize,
        parameters: BTreeMap<String, Setting>,
        body: &Body,
    ) -> Result<Option<Rc<Prepared>>, Error> {
        let stack = &self.stacks[index];
        let Stack { artifact, regional, .. } = stack;
        self.observer.progress(Progress::Preparing { stack: artifact.id.clone() });
        if let Some(made) = self.reviewed_change_set(index).filter(|_| stack.planned().is_none()) {
            // It is there: only its changes are read.
            let request = self.request(index, parameters, body, TemplateGiven::Deployed);
            let made = change_set::prepare(*regional, &request, made, |message| self.warn(index, message)).await;
            self.observer.progress(Progress::Prepared { stack: artifact.id.clone() });
            return Ok(self.made(index, made?));
        }
        if !matches!(*stack.found(), Found::Nothing) && !self.dead_runs.is_empty() {
            // Whatever comes of that: the new one is made all the same.
            if let Err(error) = gc::delete_of_runs(*regional, artifact.name(), &self.dead_runs).await {
                self.warn(index, format!("change sets of a run that was killed may be left: {error}"));
            }
        }
        let made = match self.template_given(index, body).await {
            Ok(given) => self.make_or_flat(index, self.request(index, parameters, body, given)).await,
            Err(error) => Err(error),
        };
        self.observer.progress(Progress::Prepared { stack: artifact.id.clone() });
        made
    }

    /// The change set with those of nested stacks, or without them if that is not to be had.
    async fn make_or_flat(&self, index: usize, request: ChangeSetRequest) -> Result<Option<Rc<Prepared>>, Error> {
        let made = self.make(index, &request).await;
        match made {
            // It may fail although the stack's own changes could be made: with errors about exports, say, that are not there.
            // Source: aws-cdk-cli issue 1307.
            Err(Error::ChangeSet { reason, .. }) if request.is_nested => {
                self.warn(index, format!("changes inside of its nested stacks are not known: {reason}"));
                self.make(
                    index,
                    &ChangeSetRequest { is_nested: false, name: format!("{}-flat", request.name), ..request },
                )
                .await
            }
            made => made,
        }
    }

    async fn make(&self, index: usize, request: &ChangeSetRequest) -> Result<Option<Rc<Prepared>>, Error> {
        let stack = &self.stacks[index];
        stack.works(Work::Asked { name: request.name.clone() });
        let created = match change_set::create(stack.regional, request).await {
            Ok(created) => created,
            Err(error) if error.is_refusal() => {
                stack.works(Work::None);
                return Err(self.overtaken(index, error).await);
            }
            Err(error) => return Err(error),
        };
        stack.works(Work::Created(created.clone()));
        let made = change_set::prepare(stack.regional, request, &created, |message| self.warn(index, message)).await;
        if matches!(made, Ok(Made::NoChanges) | Err(Error::ChangeSet { .. })) {
            // It is good for nothing, and the next one needs the room: a stack takes 1,000 or so. After any other error it
            // is deleted at the end of the run, when the service may answer again.
            self.clean_up_one(index).await;
        }
        Ok(self.made(index, made?))
    }

    /// The reason for which the service refused: that the stack is not any more as it was found, if that is so.
    async fn overtaken(&self, index: usize, refused: Error) -> Error {
        let is_of_the_stack = matches!(
            &refused,
            Error::Aws(CallError::Service { code, .. }) if code == "ValidationError" || code == "AlreadyExistsException"
        );
        if !is_of_the_stack {
            return refused;
        }
        match self.changes_of_stack(index).await {
            Ok(changes) if !changes.is_empty() => {
                let stack = self.assembly.spelling(&self.stacks[index].artifact.id);
                Error::Overtaken { stack, changes }
            }
            _ => refused,
        }
    }

    fn made(&self, index: usize, made: Made) -> Option<Rc<Prepared>> {
        let Made::Prepared(prepared) = made else { return None };
        let prepared = Rc::from(prepared);
        self.stacks[index].works(Work::Made(Rc::clone(&prepared)));
        Some(prepared)
    }
}
