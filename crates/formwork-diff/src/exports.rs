//! Outputs whose value follows from what becomes of resources, and exports that do not stay as they are.
//!
//! Source: AWS CloudFormation User Guide, "Get exported outputs from a deployed CloudFormation stack": an export that another stack
//! imports can be neither deleted nor changed. Which stacks do is known to the service alone.

use std::collections::BTreeMap;

use formwork_model::Term;

use crate::around::AroundResource;
use crate::compare::{self, Change, Follows, Kind};
use crate::facts::Facts;
use crate::fates::Fates;
use crate::path::Path;
use crate::side::Side;

/// An export of the deployed template that does not stay as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportDiff {
    /// Its name, by which other stacks import it.
    pub name: String,
    /// The output of the deployed template that has it.
    pub output: String,
    /// The fate of the export.
    pub fate: ExportFate,
}

/// Fates of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFate {
    /// It goes: its output does, or has another export or none.
    Goes,
    /// It gets another value, for certain.
    Changes,
    /// Only the deployment decides whether it goes or gets another value.
    MayChange,
}

/// Remarks on outputs that say the same as before and refer to something that changes: those who take them see another value.
pub(crate) fn following(fates: &Fates<'_>, old: &Side<'_>, new: &Side<'_>) -> Vec<String> {
    let facts = Facts(None);
    let around = AroundResource { facts: &facts, fates };
    let of = |(name, output): (&String, &Term)| {
        let (before, after) = (part(old.outputs.get(name)?, "Value")?, part(output, "Value")?);
        if before != after {
            return None;
        }
        let exported = match part(output, "Export") {
            Some(_) => ", and CloudFormation refuses that while another stack imports it",
            None => "",
        };
        match compare::follows(after, &around) {
            Follows::No => None,
            Follows::Perhaps(why) => Some(format!("output `{name}` may become another value ({why}){exported}")),
            Follows::Surely(why) => Some(format!("output `{name}` becomes another value ({why}){exported}")),
        }
    };
    new.outputs.iter().filter_map(of).collect()
}

/// The exports that do not stay, in the order of the deployed template.
pub(crate) fn changed(fates: &Fates<'_>, old: &Side<'_>, new: &Side<'_>) -> Vec<ExportDiff> {
    let facts = Facts(None);
    let around = AroundResource { facts: &facts, fates };
    let exported = |output: &Term| part(part(output, "Export")?, "Name").cloned();
    let names = new.outputs.iter().filter_map(|(key, output)| Some((key.as_str(), output, exported(output)?)));
    let mut after: BTreeMap<String, (&str, &Term)> = BTreeMap::new();
    let mut is_whole = true;
    for (key, output, name) in names {
        match name.known_text() {
            Some(name) => {
                after.insert(name, (key, output));
            }
            None => is_whole = false,
        }
    }
    let of = |(key, output): (&String, &Term)| {
        let name = exported(output)?.known_text()?;
        let fate = match after.get(&name) {
            None if is_whole && is_there(old, key) => ExportFate::Goes,
            None => ExportFate::MayChange,
            Some((successor, after)) => {
                let mut found: Vec<Change<'_>> = Vec::new();
                let (before, after) = (part(output, "Value"), part(after, "Value"));
                compare::changes(&Path::default(), before, after, &around, &mut found);
                let is_certain = |change: &Change<'_>| matches!(change.kind, Kind::Different | Kind::Follows);
                let (before, after) = (old.condition_of_output(key), new.condition_of_output(successor));
                match found.as_slice() {
                    [] if after.is_none() || before == after => return None,
                    changes if before.is_none() && after.is_none() && changes.iter().any(is_certain) => {
                        ExportFate::Changes
                    }
                    _ => ExportFate::MayChange,
                }
            }
        };
        Some(ExportDiff { name, output: key.clone(), fate })
    };
    old.outputs.iter().filter_map(of).collect()
}

/// True if the output is certain to be there.
fn is_there(side: &Side<'_>, output: &str) -> bool {
    side.condition_of_output(output).is_none()
}

fn part<'t>(output: &'t Term, name: &str) -> Option<&'t Term> {
    match output {
        Term::Map(map) => map.get(name),
        _ => None,
    }
}
