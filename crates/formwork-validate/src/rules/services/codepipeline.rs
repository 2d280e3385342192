//! Pipelines of CodePipeline: artifacts go from one action to another by their names.
//!
//! Source: CodePipeline User Guide, "Input and output artifacts": the name of an input artifact is that of an output artifact of an
//! action before it, and output artifacts have names of their own within a pipeline.

use super::{At, Errors};
use crate::finding::rule;

pub(super) fn pipeline(at: &At<'_>, errors: &mut Errors) {
    let Some(stages) = at.get("Stages").filter(|stages| stages.value.is_array()) else { return };
    let mut given: Vec<&str> = Vec::new();
    // An artifact whose name or action is not known may be any.
    let mut all_known = true;
    for stage in stages.items() {
        let mut of_stage = Vec::new();
        let actions = stage.get("Actions").map(|actions| actions.items()).unwrap_or_default();
        all_known &= !actions.is_empty();
        for action in &actions {
            template_path(action, errors);
            for name in names(action, "OutputArtifacts", &mut all_known) {
                let Some(text) = name.text() else { continue };
                if given.contains(&text) || of_stage.contains(&text) {
                    errors.push(name.wrong(rule::PROPERTY_VALUE, "{} is {value}, which another action gives, too"));
                }
                of_stage.push(text);
            }
        }
        // Actions of one stage can follow each other by `RunOrder`.
        given.extend(of_stage);
        let inputs: Vec<At<'_>> =
            actions.iter().flat_map(|action| names(action, "InputArtifacts", &mut all_known)).collect();
        for name in inputs {
            if let Some(text) = name.text().filter(|text| all_known && !given.contains(text)) {
                let wrong = name.wrong(rule::PROPERTY_VALUE, "{} is {value}, which no action before it gives");
                errors.push(wrong.one_of(text, &given));
            }
        }
    }
}

/// The names of the artifacts of an action.
fn names<'v>(action: &At<'v>, key: &str, all_known: &mut bool) -> Vec<At<'v>> {
    *all_known &= action.known().is_some();
    let Some(list) = action.get(key) else { return Vec::new() };
    *all_known &= list.value.is_array();
    let names: Vec<At<'v>> = list.items().iter().filter_map(|artifact| artifact.get("Name")).collect();
    *all_known &= names.len() == list.items().len() && names.iter().all(|name| name.text().is_some());
    names
}

/// `TemplatePath` of an action of CloudFormation begins with one of its input artifacts.
fn template_path(action: &At<'_>, errors: &mut Errors) {
    let Some(path) = action.find(&["Configuration", "TemplatePath"]) else { return };
    let Some((artifact, _)) = path.text().map(|text| text.split_once("::").unwrap_or((text, ""))) else { return };
    let mut known = true;
    let inputs = names(action, "InputArtifacts", &mut known);
    let inputs: Vec<&str> = inputs.iter().filter_map(At::text).collect();
    if known && !inputs.contains(&artifact) {
        let wrong =
            path.wrong(rule::PROPERTY_VALUE, "{} is {value}, which begins with no input artifact of the action");
        let hint = "the form is `ARTIFACT::FILE`";
        errors.push(wrong.one_of(artifact, &inputs).hint(hint));
    }
}
