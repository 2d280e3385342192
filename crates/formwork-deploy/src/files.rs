//! The files that a stack ships, before and after: what delivers them is read back from the deployed stack.

use std::collections::BTreeMap;

use formwork_assembly::{Carrier, StackArtifact, StackId};
use formwork_diff::{Diff, FileChange, FileFate};
use formwork_model::{Evaluator, Hole, Known, Piece, Term, parameter, secret};
use formwork_template::{Template, Value};

use crate::deploy::Run;
use crate::parameters::Setting;
use crate::stage::{Found, Stack};

/// Values of parameters, by name.
type Values = BTreeMap<String, String>;

impl Run<'_> {
    /// The files of one stack that change, and those of which that is not known.
    pub(crate) fn files(
        &self,
        index: usize,
        found: &Found,
        settings: &BTreeMap<String, Setting>,
        diff: &Diff,
    ) -> Vec<FileChange> {
        let Stack { artifact: StackArtifact { id, .. }, template, .. } = &self.stacks[index];
        let before = found.ready().map(|ready| &ready.stack);
        let deployed: Values = before.iter().flat_map(|deployed| &deployed.parameters).cloned().collect();
        let mut values = Values::new();
        for (key, parameter) in &template.parameters {
            let value = match settings.get(key) {
                Some(Setting::Value(value)) => Some(value.clone()),
                Some(Setting::Previous) => deployed.get(key).cloned(),
                None => parameter::default_text(parameter),
            };
            values.extend(value.map(|value| (key.clone(), value)));
        }
        let mut changes = Vec::new();
        for file in &self.assembly.files {
            let fate = match &file.carrier {
                Some(Carrier::Template { stack, pointer }) if stack == id => {
                    let old = found.template().and_then(|template| text_at(template, pointer, &deployed));
                    let carrier = pointer.split('/').nth(2).filter(|id| diff.resource(id).is_some()).map(str::to_owned);
                    match (old, text_at(template, pointer, &values)) {
                        (Some(before), Some(after)) if before == after => continue,
                        (Some(before), Some(after)) => FileFate::Changed { before, after, carrier },
                        (None, Some(after)) => FileFate::New { after, carrier },
                        (_, None) => FileFate::Unknown,
                    }
                }
                Some(Carrier::Output { stack, output, entry }) if stack == id => {
                    let told = before.and_then(|deployed| deployed.output(output));
                    if told.is_some_and(|told| told.split(' ').any(|other| other == entry)) {
                        continue;
                    }
                    FileFate::ToDeliver { is_new: told.is_none() }
                }
                None if belongs(&file.path, id) => FileFate::Unknown,
                _ => continue,
            };
            changes.push(FileChange { path: file.path.clone(), fate });
        }
        changes
    }
}

/// True if a file was written by the stack.
fn belongs(path: &str, stack: &StackId) -> bool {
    path.split_once('/').is_some_and(|(folder, _)| folder == &*stack.name)
}

/// The text at a place of a template, as far as the values are known: an unknown value, and a secret one, stays a function.
pub(crate) fn text_at(template: &Template, pointer: &str, values: &Values) -> Option<String> {
    let mut steps = pointer.strip_prefix("/Resources/")?.split('/');
    let resource = template.resources.get(steps.next()?)?;
    let properties = resource.properties.to_value();
    let value =
        steps.skip_while(|step| *step == "Properties").try_fold(properties, |value, step| below(&value, step))?;
    let known = Given { values, hidden: secret::parameters(template) };
    let term = Evaluator::new(&template.conditions, &template.mappings, &known).value(&value).ok()?;
    let mut text = String::new();
    for piece in term.pieces()? {
        match piece {
            Piece::Text(part) => text += &part,
            Piece::Hole(hole) => text += &format!("${{{}}}", hole.name().unwrap_or_else(|| "?".to_owned())),
        }
    }
    Some(text)
}

/// The value below one step of a pointer.
fn below(value: &Value, step: &str) -> Option<Value> {
    match value {
        Value::Map(map) => map.get(step).cloned(),
        Value::List(list) => list.get(step.parse::<usize>().ok()?).cloned(),
        Value::Function(function) => function.to_map().get(step).cloned(),
        _ => None,
    }
}

/// Values of parameters alone.
struct Given<'a> {
    values: &'a Values,
    /// Those of `NoEcho` parameters.
    hidden: std::collections::BTreeSet<String>,
}

impl Known for Given<'_> {
    fn parameter(&self, name: &str) -> Option<Term> {
        let value = self.values.get(name).filter(|_| !self.hidden.contains(name));
        Some(value.map_or_else(|| Term::Hole(Hole::Parameter(name.to_owned())), |value| Term::text(value.as_str())))
    }
}
