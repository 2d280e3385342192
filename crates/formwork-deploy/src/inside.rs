//! Changes inside of nested stacks: by their templates, deployed and new, and by their own change sets where there are such. They are part of
//! the plan of the outermost stack, under the whole path: what they lose and what they permit is asked about as for any other resource.

use std::collections::BTreeMap;

use formwork_diff::{
    Broadening, ChangeSet, Diff, Handed, Impact, NESTED_STACK, ParameterValue, ParameterValues, Path, ResourceDiff,
    Step, handed,
};
use formwork_model::secret;
use formwork_model::service::CallError;
use formwork_template::Template;
use futures_util::future::LocalBoxFuture;

use crate::deploy::Run;
use crate::error::Error;
use crate::nested::{self, DEEPEST, NestedChange, NestedSets};
use crate::plan::StackPlan;
use crate::question_marks;
use crate::regional::Regional;
use crate::resources;
use crate::stack::{self, Deployed};
use crate::stage::{Found, Stack};

/// A stack in which others are nested, with its own changes.
struct Level<'l> {
    /// Logical ids from the outermost stack; none of that itself.
    path: Vec<String>,
    /// The ARN, if it is deployed.
    stack_id: Option<String>,
    before: Option<&'l Template>,
    after: &'l Template,
    values: ParameterValues,
    diff: Diff,
}

/// A deployed nested stack.
struct Nested {
    stack: Deployed,
    template: Option<Template>,
}

impl Run<'_> {
    /// Adds the changes inside of nested stacks to the plan of the outermost one. `values` are those of its parameters, `sets` the change
    /// sets of nested stacks, where those were made.
    pub(crate) async fn add_inside(
        &self,
        index: usize,
        found: &Found,
        values: ParameterValues,
        sets: Option<&NestedSets>,
        plan: &mut StackPlan,
    ) -> Result<(), Error> {
        let stack = &self.stacks[index];
        let level = Level {
            path: Vec::new(),
            stack_id: found.ready().map(|ready| ready.stack.id.clone()),
            before: found.template(),
            after: &stack.template,
            values,
            diff: plan.diff.clone(),
        };
        plan.nested.clear();
        self.add_level(index, &level, sets, plan).await?;
        if let Some(ready) = found.ready() {
            let deleted = deleted(stack.regional, &ready.stack.id, &[], &mut plan.diff).await?;
            plan.nested.extend(deleted);
        }
        nested::place(&mut plan.nested, stack.artifact);
        Ok(())
    }

    /// Adds the changes inside of the stacks that are nested in one.
    fn add_level<'f>(
        &'f self,
        index: usize,
        level: &'f Level<'f>,
        sets: Option<&'f NestedSets>,
        plan: &'f mut StackPlan,
    ) -> LocalBoxFuture<'f, Result<(), Error>> {
        Box::pin(async move {
            let changed = level.diff.resources.iter();
            let changed: Vec<&ResourceDiff> =
                changed.filter(|resource| resource.type_name == NESTED_STACK && stays(resource)).collect();
            if changed.is_empty() || level.path.len() >= DEEPEST {
                return Ok(());
            }
            let handed = handed(level.before, level.after, &level.values, &level.diff);
            let path = |id: &String| -> Vec<String> { level.path.iter().chain([id]).cloned().collect() };
            let is_compared = |resource: &&ResourceDiff| {
                !is_new(resource) && self.nested_template(index, &path(&resource.logical_id)).is_some()
            };
            let ids = match &level.stack_id {
                Some(id) if changed.iter().any(is_compared) => {
                    resources::of_type(self.stacks[index].regional, id, NESTED_STACK).await
                }
                _ => Ok(Vec::new()),
            };
            let ids: BTreeMap<String, String> = self.readable(index, ids)?.unwrap_or_default().into_iter().collect();
            for resource in changed {
                let id = &resource.logical_id;
                let path = path(id);
                let set = sets.and_then(|sets| sets.get(&path));
                let after = self.nested_template(index, &path);
                if after.is_none() && set.is_none() {
                    continue;
                }
                let deployed = match ids.get(id).filter(|_| !is_new(resource)) {
                    Some(id) => self.deployed_inside(index, id, after.as_ref()).await?,
                    None => None,
                };
                let outer = self.stacks[index].artifact.name();
                let handed = handed.get(id).cloned().unwrap_or_default();
                let values = inner_values(level, resource, handed, deployed.as_ref(), after.as_ref(), outer);
                let before = deployed.as_ref().and_then(|deployed| deployed.template.as_ref());
                let diff = match &after {
                    Some(after) if before.is_some() || is_new(resource) => {
                        Diff::between_with(before, after, &self.options.registry, &values)
                    }
                    _ => Diff::default(),
                };
                let diff = match (set, sets) {
                    (Some(set), _) => diff.with_change_set(set),
                    // Nothing is listed inside of it.
                    (None, Some(_)) => diff.with_change_set(&ChangeSet { has_changes: true, changes: Vec::new() }),
                    (None, None) => diff,
                };
                let stack_id = deployed.as_ref().map(|deployed| deployed.stack.id.clone());
                let none = Template::default();
                let inner = Level { path, stack_id, before, after: after.as_ref().unwrap_or(&none), values, diff };
                take(plan, &inner);
                self.add_level(index, &inner, sets, plan).await?;
            }
            Ok(())
        })
    }

    /// The app's template of a nested stack; `None` of one whose template is somewhere else.
    fn nested_template(&self, index: usize, path: &[String]) -> Option<Template> {
        let (artifact, path) = (self.stacks[index].artifact, path.join("/"));
        let nested = artifact.nested.iter().find(|nested| nested.path == path)?;
        Template::from_json(self.assembly.nested_template(&artifact.id, nested)?).ok()
    }

    async fn deployed_inside(&self, index: usize, id: &str, after: Option<&Template>) -> Result<Option<Nested>, Error> {
        let Stack { regional, .. } = &self.stacks[index];
        let read = async || {
            let Some(stack) = stack::describe(*regional, id).await? else { return Ok(None) };
            let template = stack::template(*regional, &stack.id).await?;
            let template = template.map(|before| match after {
                Some(after) => question_marks::restore(before, after).template,
                None => before,
            });
            Ok(Some(Nested { stack, template }))
        };
        Ok(self.readable(index, read().await)?.flatten())
    }

    /// The answer of a call that reads; `None` where this login may not make it, with a warning.
    fn readable<T>(&self, index: usize, read: Result<T, Error>) -> Result<Option<T>, Error> {
        match read {
            Ok(read) => Ok(Some(read)),
            Err(Error::Aws(error @ CallError::Forbidden { .. })) => {
                self.warn(index, format!("its nested stacks are not compared by their templates: {error}"));
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

/// Opens the nested stacks that a diff deletes: the deletions of their resources, at every level. One that may not be read stays closed, and may
/// hold data.
pub(crate) fn deleted<'f>(
    regional: Regional<'f>,
    stack_id: &'f str,
    path: &'f [String],
    diff: &'f mut Diff,
) -> LocalBoxFuture<'f, Result<Vec<NestedChange>, Error>> {
    Box::pin(async move {
        let goes = |resource: &&mut ResourceDiff| {
            let is_deleted = matches!(resource.impact, Impact::Destroy | Impact::MayDestroy);
            resource.type_name == NESTED_STACK && is_deleted && !resource.is_retained()
        };
        let mut closed: Vec<&mut ResourceDiff> = diff.resources.iter_mut().filter(goes).collect();
        if closed.is_empty() || path.len() >= DEEPEST {
            return Ok(Vec::new());
        }
        let ids = match resources::of_type(regional, stack_id, NESTED_STACK).await {
            Err(Error::Aws(CallError::Forbidden { .. })) => return Ok(Vec::new()),
            ids => BTreeMap::from_iter(ids?),
        };
        let mut found = Vec::new();
        for outer in &mut closed {
            let Some(id) = ids.get(&outer.logical_id) else { continue };
            let template = match stack::template(regional, id).await {
                Err(Error::Aws(error)) if error.is_missing() || matches!(error, CallError::Forbidden { .. }) => None,
                template => template?,
            };
            let Some(template) = template else { continue };
            outer.is_opened = true;
            let mut inner = Diff::deletion(&template);
            let path: Vec<String> = path.iter().chain([&outer.logical_id]).cloned().collect();
            let deeper = deleted(regional, id, &path, &mut inner).await?;
            for mut resource in inner.resources {
                if outer.impact == Impact::MayDestroy && resource.impact == Impact::Destroy {
                    resource.impact = Impact::MayDestroy;
                }
                let path: Vec<String> = path.iter().chain([&resource.logical_id]).cloned().collect();
                resource.logical_id = path.join("/");
                found.push(NestedChange { path, resource, is_with_outer: true });
            }
            found.extend(deeper);
        }
        Ok(found)
    })
}

/// True if the nested stack is there afterwards.
fn stays(resource: &ResourceDiff) -> bool {
    !matches!(resource.impact, Impact::Destroy | Impact::MayDestroy | Impact::Orphan | Impact::NoChange)
}

fn is_new(resource: &ResourceDiff) -> bool {
    matches!(resource.impact, Impact::Create | Impact::MayCreate)
}

/// The values of a nested stack's parameters.
fn inner_values(
    level: &Level<'_>,
    resource: &ResourceDiff,
    handed: BTreeMap<String, Handed>,
    deployed: Option<&Nested>,
    after: Option<&Template>,
    outer: &str,
) -> ParameterValues {
    let later = || ParameterValue::KnownAfter(outer.to_owned());
    let pseudo = formwork_model::Pseudo {
        stack_id: deployed.map(|deployed| deployed.stack.id.clone()).unwrap_or_default(),
        stack_name: deployed.and_then(|deployed| deployed.stack.name().map(str::to_owned)).unwrap_or_default(),
        ..level.values.pseudo.clone()
    };
    let mut values = ParameterValues { pseudo, ..ParameterValues::default() };
    for (name, value) in deployed.iter().flat_map(|deployed| &deployed.stack.parameters) {
        values.before.insert(name.clone(), ParameterValue::Known(value.clone()));
    }
    let masked = after.map(secret::parameters).unwrap_or_default();
    for (name, value) in handed {
        let place = Path::from(vec![Step::Name("Parameters".to_owned()), Step::Name(name.clone())]);
        let is_changed = resource.properties.iter().any(|property| property.path == place);
        let before = values.before.get(&name).cloned();
        let after = match (value, before) {
            (Handed::Secret, before) => {
                if before.is_some() {
                    values.before.insert(name.clone(), later());
                }
                later()
            }
            // The deployed value is not told.
            (_, Some(before)) if masked.contains(&name) && !is_changed => before,
            (Handed::Known(text), _) => ParameterValue::Known(text),
            (Handed::AsDeployed, Some(before)) => before,
            (Handed::AsDeployed | Handed::Later, _) => later(),
        };
        values.after.insert(name, after);
    }
    values
}

/// Takes the changes of a nested stack into the plan, each under its path.
fn take(plan: &mut StackPlan, level: &Level<'_>) {
    let named = |id: &str| format!("{}/{id}", level.path.join("/"));
    for resource in &level.diff.resources {
        let path = level.path.iter().chain([&resource.logical_id]).cloned().collect();
        let resource = ResourceDiff { logical_id: named(&resource.logical_id), ..resource.clone() };
        plan.nested.push(NestedChange { path, resource, is_with_outer: false });
    }
    let inside = level.diff.broadening.iter();
    plan.diff
        .broadening
        .extend(inside.map(|found| Broadening { logical_id: named(&found.logical_id), ..found.clone() }));
    let path = level.path.join("/");
    plan.diff.notes.extend(level.diff.notes.iter().map(|note| format!("inside of `{path}`: {note}")));
}
