//! Synth: from an app to its cloud assembly. Checks everything, lets values travel between stacks, writes the templates.
//!
//! It reads no clock, no environment and no file: the same app gives the same bytes.

use std::collections::BTreeMap;

use formwork_assembly::{
    Acknowledgement, Assembly, Asset, AssetSource, FileArtifact, Import, NestedArtifact, Problem, Report, Severity,
    StackArtifact,
};
use formwork_template::graph::Graph;
use formwork_template::template::{
    MAX_BYTES, MAX_DESCRIPTION_BYTES, MAX_MAPPINGS, MAX_OUTPUTS, MAX_PARAMETERS, MAX_RESOURCES,
};
use formwork_template::{StackId, Style, Written, token};

use crate::app::{App, IntoApp};
use crate::cloudfront::names;
use crate::contents::{Contents, Place, Stacks};
use crate::context::Context;
use crate::environment;
use crate::nested;
use crate::plain;
use crate::switching;
use crate::travel;

impl App {
    /// The cloud assembly of this app: checked, references between its stacks worked out, every template written.
    ///
    /// # Errors
    ///
    /// Everything that is wrong, at once, each with its place in the source.
    pub fn synth(self) -> Result<Assembly, Report> {
        assemble(self, &Context::default())
    }
}

/// Runs `app` in `context` and synthesizes it: [`App::synth`] with the context's own problems and values.
///
/// # Errors
///
/// Everything that is wrong, at once, each with its place in the source.
pub fn synth<A: IntoApp>(app: impl FnOnce(&Context) -> A, context: &Context) -> Result<Assembly, Report> {
    match app(context).into_app() {
        Ok(app) => assemble(app, context),
        Err(pending) => Err(pending.report(context)),
    }
}

fn assemble(mut app: App, context: &Context) -> Result<Assembly, Report> {
    let looked_up = context.looked_up();
    let owner = context.owner().cloned();
    let environment = context.environment.as_ref();
    let (context, mut problems) = context.finish();
    problems.append(&mut app.problems);
    app.stacks = nested::flattened(app.stacks);
    travel::spell(&mut app.stacks, app.references);
    for stack in &mut app.stacks {
        problems.append(&mut stack.problems);
        for Acknowledgement { rule, reason, location, .. } in &stack.acknowledged {
            if token::is_in(rule) || token::is_in(reason) {
                let message = format!("the reason {reason:?} for `{rule}` cannot be shown: {}", token::NOT_YET_KNOWN);
                problems.push(Problem::error(message).at(location.clone()));
            }
        }
        // CloudFormation passes the tags of a stack on to its nested ones.
        for (key, value) in app.tags.iter().filter(|_| stack.place.is_none()) {
            stack.tags.entry(key.clone()).or_insert_with(|| value.clone());
        }
        if let Some(environment) = environment {
            environment::apply(environment, stack, &mut problems);
        }
    }
    check_stack_ids(&app.stacks, &mut problems);
    let stacks = Stacks::new(&app.stacks);
    problems.extend(names::check(&stacks));
    for check in app.stacks.iter().flat_map(|stack| &stack.checks) {
        problems.extend((check.run)(&stacks).into_iter().map(|problem| problem.placed(check.location.clone())));
    }
    nested::lift_order(&mut app.stacks);
    let imports = travel::connect(&mut app.stacks, &mut problems);
    check_stack_order(&app.stacks, &mut problems);
    // A nested stack belongs to the one around it, which the deployer knows.
    for stack in app.stacks.iter_mut().filter(|stack| stack.place.is_none()) {
        stack.remember(owner.clone());
    }

    let mut assembly = Assembly { owner, context, lookups: looked_up, ..Assembly::default() };
    let (mut digests, mut carried) = (Vec::new(), Vec::new());
    for (mut stack, imports) in app.stacks.into_iter().zip(imports) {
        assembly.assets.append(&mut stack.assets);
        let place = stack.place.take();
        // A nested stack that delivers files is reported where it is nested.
        if place.is_none() {
            carried.append(&mut stack.carried);
            let own = stack.switches.iter();
            digests.extend(own.map(|it| (assembly.stacks.len(), it.switch.digest_at.clone(), it.location.clone())));
        }
        let (artifact, files) = write(stack, imports, &mut problems);
        for file in files {
            if assembly.files.iter().any(|other| other.path == file.path) {
                let problem = Problem::error(format!("two stacks write the file `{}`", file.path));
                problems.push(Problem { location: artifact.location.clone(), ..problem });
            }
            assembly.files.push(file);
        }
        match place {
            None => assembly.stacks.push(artifact),
            Some(place) => enclose(&mut assembly, place, artifact),
        }
    }
    switching::check(&assembly, &digests, &carried, &mut problems);
    for problem in &mut problems {
        problem.message = plain::message(&problem.message);
        problem.hint = problem.hint.take().map(|hint| plain::message(&hint));
    }
    let report = Report::new(without_repetition(problems));
    if !report.is_ok() {
        return Err(report);
    }
    assembly.warnings = report.problems;
    Ok(assembly)
}

fn check_stack_ids(stacks: &[Contents], problems: &mut Vec<Problem>) {
    let mut seen: BTreeMap<&StackId, &Contents> = BTreeMap::new();
    for stack in stacks {
        if let Some(first) = seen.insert(&stack.id, stack) {
            let message = format!("there are two stacks `{}` in {}", stack.id.name, stack.id.region);
            let hint = format!("the first one is at {}", first.location);
            problems.push(Problem::error(message).at(stack.location.clone()).hint(hint));
        }
    }
}

fn check_stack_order(stacks: &[Contents], problems: &mut Vec<Problem>) {
    for stack in stacks {
        for missing in stack.depends_on.iter().filter(|id| !stacks.iter().any(|stack| stack.id == **id)) {
            let message = format!("stack `{}` depends on `{}`, which is not in the app", stack.id.name, missing.name);
            problems.push(Problem::error(message).at(stack.location.clone()).hint("add it with `App::with`"));
        }
    }
    let position = |id: &StackId| stacks.iter().position(|stack| stack.id == *id);
    let mut graph = Graph::new(stacks.len());
    for (place, stack) in stacks.iter().enumerate() {
        stack.depends_on.iter().filter_map(position).for_each(|other| graph.add(place, other));
    }
    if let Some(cycle) = graph.cycles().first() {
        let names: Vec<String> = cycle.iter().map(|index| format!("`{}`", stacks[*index].id.name)).collect();
        let first = &stacks[cycle[0]];
        let message = format!("stacks need each other: {} -> {}", names.join(" -> "), names[0]);
        let hint = "move what both need into a stack of its own";
        problems.push(Problem::error(message).at(first.location.clone()).hint(hint));
    }
}

/// Makes a nested stack a part of the outermost one, which comes before it: its template is one of that one's assets.
fn enclose(assembly: &mut Assembly, place: Place, nested: StackArtifact) {
    let is_template = |asset: &&mut Asset| asset.stack == place.root && asset.id == place.asset;
    if let Some(Asset { source: AssetSource::Content { bytes, .. }, .. }) = assembly.assets.iter_mut().find(is_template)
    {
        *bytes = nested.template.into_bytes();
    }
    if let Some(root) = assembly.stacks.iter_mut().find(|stack| stack.id == place.root) {
        root.nested.push(NestedArtifact {
            path: place.path,
            asset: place.asset,
            location: nested.location,
            locations: nested.locations,
            acknowledged: nested.acknowledged,
        });
    }
}

fn write(mut stack: Contents, imports: Vec<Import>, problems: &mut Vec<Problem>) -> (StackArtifact, Vec<FileArtifact>) {
    let Written { mut text, layout_bytes, problems: unwritable } = stack.template.write_json(Style::Pretty);
    let error = |message: String| Problem::error(message).at(stack.location.clone());
    // The survey has reported almost all of it, with its place.
    if !problems.iter().any(|problem| problem.severity == Severity::Error) {
        problems.extend(unwritable.into_iter().map(|reason| error(format!("stack `{}`: {reason}", stack.id.name))));
    }
    let switches = switching::resolved(std::mem::take(&mut stack.switches), &stack.template, &stack.id.name, problems);
    check_limits(&stack, text.len() - layout_bytes, problems);
    // White space alone makes no template too long.
    if text.len() < MAX_BYTES {
        text.push('\n');
    } else {
        text = stack.template.write_json(Style::Compact).text;
    }
    let artifact = StackArtifact {
        id: stack.id,
        partition: stack.partition.to_owned(),
        template: text,
        depends_on: stack.depends_on,
        imports,
        tags: stack.tags.into_iter().collect(),
        termination_protection: stack.termination_protection,
        location: Some(stack.location),
        locations: stack.locations.into_iter().collect(),
        acknowledged: stack.acknowledged,
        switches,
        nested: Vec::new(),
    };
    (artifact, stack.files)
}

/// `bytes` is the template's length without white space, as the deployer can send it.
///
/// Source: AWS CloudFormation User Guide, "CloudFormation quotas"; tags: "Tag" in the API Reference.
fn check_limits(stack: &Contents, bytes: usize, problems: &mut Vec<Problem>) {
    let name = &stack.id.name;
    let mut limit = |what: &str, count: usize, limit: usize, hint: &str| {
        let message = format!("stack `{name}` has {count} {what}, CloudFormation takes {limit}");
        let problem = match count {
            _ if count > limit => Problem::error(message),
            _ if count * 10 > limit * 9 => Problem::warning(message),
            _ => return,
        };
        problems.push(problem.at(stack.location.clone()).hint(hint));
    };
    let split = "move some of it into another stack";
    limit("resources", stack.template.resources.len(), MAX_RESOURCES, split);
    limit("parameters", stack.template.parameters.len(), MAX_PARAMETERS, split);
    limit("outputs", stack.template.outputs.len(), MAX_OUTPUTS, split);
    limit("mappings", stack.template.mappings.len(), MAX_MAPPINGS, split);
    limit("tags", stack.tags.len(), 50, "remove some");
    limit("bytes of template", bytes, MAX_BYTES, split);
    if let Some(description) = &stack.template.description {
        let hint = match &stack.memory.app {
            Some(owner) => &format!("shorten it; synth adds `{}` to it", owner.mark()),
            None => "shorten it",
        };
        limit("bytes of description", description.len(), MAX_DESCRIPTION_BYTES, hint);
    }
    for (key, value) in &stack.tags {
        let mut faults = plain::tag_faults(key, value);
        if token::is_in(key) || token::is_in(value) {
            faults.push(token::NOT_YET_KNOWN.to_owned());
        }
        if value.is_empty() {
            faults.push("its value is empty".to_owned());
        }
        let (key, value) = (plain::shortened(key), plain::shortened(value));
        for reason in faults {
            let message = format!("stack `{name}` cannot have the tag {key} = {value}: {reason}");
            problems.push(Problem::error(message).at(stack.location.clone()));
        }
    }
}

/// A zone with a bad id is reported once, not once a record. Errors come before warnings.
fn without_repetition(problems: Vec<Problem>) -> Vec<Problem> {
    let mut unique: Vec<Problem> = Vec::new();
    for problem in problems {
        if !unique.contains(&problem) {
            unique.push(problem);
        }
    }
    unique.sort_by_key(|problem| problem.severity != Severity::Error);
    unique
}
