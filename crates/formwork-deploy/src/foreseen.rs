//! Finding what CloudFormation would refuse half-way, and refusing it before the first stack is touched.

use std::collections::BTreeSet;

use formwork_assembly::StackId;
use formwork_diff::{Diff, ExportDiff, Impact};
use formwork_model::service::{CallError, all_pages};
use formwork_template::{Function, Template, Value};

use crate::deploy::{Mode, Run};
use crate::error::Error;
use crate::intermediate::Leaving;
use crate::plan::Plan;
use crate::progress::Consent;
use crate::refused::Refused;
use crate::regional::Regional;

impl Run<'_> {
    /// Refusals by CloudFormation of the change `diff` to the stack with this index. Who imports an export is asked only of those that
    /// do not stay.
    pub(crate) async fn refused(&self, index: usize, diff: &Diff, leaving: &Leaving) -> Result<Vec<Refused>, Error> {
        let replaced = diff.resources.iter().filter(|resource| resource.impact == Impact::Replace);
        let kept_names = replaced.filter_map(|resource| {
            let (logical_id, type_name) = (resource.logical_id.clone(), resource.type_name.clone());
            Some(Refused::KeptName { logical_id, type_name, reason: resource.kept_name()?.to_owned() })
        });
        let mut refused: Vec<Refused> = kept_names.collect();
        refused.extend(self.names_of_old(index, diff, leaving));
        for export in &diff.exports {
            let mut importers = match importers(self.stacks[index].regional, &export.name).await {
                Ok(importers) => importers,
                // A login for less can still deploy.
                Err(CallError::Forbidden { call, .. }) => {
                    let name = &export.name;
                    self.warn(
                        index,
                        format!(
                            "whether other stacks import `{name}` is not known: `cloudformation:{call}` is not allowed"
                        ),
                    );
                    break;
                }
                Err(error) => return Err(error.into()),
            };
            let follow = self.follow(index, export, leaving);
            importers.retain(|importer| !follow.contains(importer));
            if importers.is_empty() {
                continue;
            }
            let region = self.stacks[index].artifact.region();
            let lets_go = |importer: &String| {
                let stack = self.assembly.stack(&StackId::new(importer.as_str(), region));
                let template = stack.and_then(|stack| Template::from_json(&stack.template).ok());
                template.is_some_and(|template| !may_import(&template, &export.name))
            };
            let is_let_go = importers.iter().all(lets_go);
            refused.push(Refused::Export { name: export.name.clone(), fate: export.fate, importers, is_let_go });
        }
        Ok(refused)
    }

    /// Resources that are to have the name of one that an earlier update left: it is deleted after the update, if at all.
    fn names_of_old(&self, index: usize, diff: &Diff, leaving: &Leaving) -> Vec<Refused> {
        let (stack, found) = (&self.stacks[index], self.stacks[index].found());
        let Some(ready) = found.ready() else { return Vec::new() };
        let has_not = |user: &&StackId| !self.has_followed(index, user);
        let new = diff.resources.iter().filter(|one| matches!(one.impact, Impact::Create | Impact::Replace));
        let refused = new.filter_map(|one| {
            let property = self.options.registry.of(&one.type_name)?.name_property()?.to_owned();
            let resource = stack.template.resources.get(&one.logical_id)?;
            let Value::Map(properties) = resource.properties.to_value() else { return None };
            let Some(Value::String(name)) = properties.get(&property) else { return None };
            // An identifier that is a URL or an ARN ends in the name.
            let is_named = |id: &str| {
                id.strip_suffix(name.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with(['/', ':']))
            };
            let old =
                ready.leftovers.iter().find(|left| left.type_name == one.type_name && is_named(&left.physical_id))?;
            let removal =
                leaving.removals.iter().find(|removal| removal.physical_id.as_ref() == Some(&old.physical_id));
            Some(Refused::NameOfOld {
                logical_id: one.logical_id.clone(),
                type_name: one.type_name.clone(),
                old: old.physical_id.clone(),
                users: removal.into_iter().flat_map(|removal| &removal.users).filter(has_not).cloned().collect(),
                allow: format!("--allow {}/{}", stack.artifact.name(), old.logical_id),
            })
        });
        refused.collect()
    }

    /// The stacks that have followed by the time when the export goes: it stays as long as what they use of this stack does.
    fn follow(&self, index: usize, export: &ExportDiff, leaving: &Leaving) -> BTreeSet<String> {
        let (region, found) = (self.stacks[index].artifact.region(), self.stacks[index].found());
        let of = |template: Option<&Template>| {
            let output = template.and_then(|template| template.outputs.get(&export.output));
            output.map(|output| (output.value.clone(), output.export_name.clone()))
        };
        let deployed = of(found.template());
        if deployed.is_none() || of(leaving.grow.as_deref()) != deployed {
            return BTreeSet::new();
        }
        let users = leaving.kept.iter().flat_map(|kept| &kept.users);
        users.filter(|user| *user.region == *region).map(|user| user.name.to_string()).collect()
    }

    /// Refuses a plan of which CloudFormation is certain to refuse something. About exports somebody can be asked: who imports them may
    /// change while the question is open.
    pub(crate) fn check_refused(&self, plan: &Plan) -> Result<(), Error> {
        let is_asked = self.mode == Mode::Deploy && self.options.consent == Consent::Ask;
        let is_open = |refused: &&Refused| matches!(refused, Refused::Export { .. }) && is_asked;
        let found = plan.stacks.iter().flat_map(|stack| stack.refused.iter().map(|refused| (&stack.id, refused)));
        check(found.filter(|(_, refused)| !is_open(refused)))
    }

    /// Refuses a change set that has something of the kind which was not in the plan.
    pub(crate) fn check_made(&self, index: usize, made: &[Refused], planned: &[Refused]) -> Result<(), Error> {
        let more = made.iter().filter(|one| !planned.contains(one));
        check(more.map(|refused| (&self.stacks[index].artifact.id, refused)))
    }
}

fn check<'r>(found: impl Iterator<Item = (&'r StackId, &'r Refused)>) -> Result<(), Error> {
    let found: Vec<_> = found.filter(|(_, refused)| refused.is_certain()).collect();
    match found.first() {
        None => Ok(()),
        Some((_, first)) => Err(Error::Refused {
            changes: found.iter().map(|(stack, refused)| format!("in `{}`, {refused}", stack.name)).collect(),
            hint: first.hint(),
        }),
    }
}

/// The names of the stacks that import what is exported under this name.
pub(crate) async fn importers(regional: Regional<'_>, export: &str) -> Result<Vec<String>, CallError> {
    all_pages(async |token| regional.service.imports(regional.region, export, token).await).await
}

/// True if the template imports what is exported under this name, or something whose name is not written in it.
fn may_import(template: &Template, export: &str) -> bool {
    let mut found = false;
    let mut look = |function: &Function| {
        if let Function::ImportValue(name) = function {
            found |= !matches!(name, Value::String(name) if name != export);
        }
    };
    formwork_template::json::to_value(template).visit_functions(&mut look);
    found
}
