//! Synth: from an app to its cloud assembly. Checks everything, lets values travel between stacks, writes the templates.
//!
//! It reads no clock, no environment and no file: the same app gives the same bytes.

use std::collections::BTreeMap;

use formwork_assembly::{Acknowledgement, Assembly, FileArtifact, Import, Problem, Report, Severity, StackArtifact};
use formwork_template::graph::Graph;
use formwork_template::template::{
    MAX_BYTES, MAX_DESCRIPTION_BYTES, MAX_INLINE_BYTES, MAX_MAPPINGS, MAX_OUTPUTS, MAX_PARAMETERS, MAX_RESOURCES,
    Owner, Survey,
};
use formwork_template::{Lowering, Output, Parameter, Reference, References, Shape, StackId, Style, Written, token};

use crate::app::{App, IntoApp};
use crate::cloudfront::names;
use crate::contents::{Contents, Stacks};
use crate::context::Context;
use crate::environment;
use crate::existing;
use crate::plain;

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
    let environment = context.environment.as_ref();
    let (context, mut problems) = context.finish();
    problems.append(&mut app.problems);
    for stack in &mut app.stacks {
        problems.append(&mut stack.problems);
        for Acknowledgement { rule, reason, location, .. } in &stack.acknowledged {
            if token::is_in(rule) || token::is_in(reason) {
                let message = format!("the reason {reason:?} for `{rule}` cannot be shown: {}", token::NOT_YET_KNOWN);
                problems.push(Problem::error(message).at(location.clone()));
            }
        }
        stack.template.lowering = Lowering { stack: Some(stack.id.clone()), references: app.references };
        for (key, value) in &app.tags {
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
    let mut imports = Vec::new();
    for index in 0..app.stacks.len() {
        imports.push(connect(&mut app, index, &mut problems));
    }
    check_stack_order(&app.stacks, &mut problems);

    let mut assembly = Assembly { context, lookups: looked_up, ..Assembly::default() };
    for (stack, imports) in app.stacks.into_iter().zip(imports) {
        let (artifact, files) = write(stack, imports, &mut problems);
        for file in files {
            if assembly.files.iter().any(|other| other.path == file.path) {
                let problem = Problem::error(format!("two stacks write the file `{}`", file.path));
                problems.push(Problem { location: artifact.location.clone(), ..problem });
            }
            assembly.files.push(file);
        }
        assembly.stacks.push(artifact);
    }
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

/// Lets values travel to the stack at `index`: gives it parameters, and producers their outputs. Returns its imports.
fn connect(app: &mut App, index: usize, problems: &mut Vec<Problem>) -> Vec<Import> {
    let consumer = &app.stacks[index];
    let Survey { references, problems: unwritable } = consumer.template.survey();
    for (entry, reason) in unwritable {
        let location = entry.and_then(|entry| consumer.locations.get(entry)).unwrap_or(&consumer.location);
        let owner = entry.map(|entry| format!(", `{entry}`")).unwrap_or_default();
        let message = format!("stack `{}`{owner}: {reason}", consumer.id.name);
        problems.push(Problem::error(message).at(location.clone()));
    }
    check_resource_order(consumer, &references, problems);
    let foreign: Vec<(String, Reference)> = references
        .into_iter()
        .filter(|(owner, reference)| travels(consumer, owner.name(), reference, &app.stacks, problems))
        .map(|(owner, reference)| (owner.name().to_owned(), reference))
        .collect();

    let mut imports = Vec::new();
    for (owner, reference) in foreign {
        let spelling = app.stacks[index].template.lowering.spelling(&reference);
        if let Some(producer) = app.stacks.iter_mut().find(|stack| stack.id == reference.stack) {
            export(producer, &reference, spelling, problems);
        }
        let consumer = &mut app.stacks[index];
        if !consumer.depends_on.contains(&reference.stack) {
            consumer.depends_on.push(reference.stack.clone());
        }
        if spelling == References::Parameter {
            import(consumer, &reference, &owner, &mut imports, problems);
        }
    }
    imports
}

/// Whether the reference is to another stack; reports one that cannot be.
fn travels(
    stack: &Contents,
    owner: &str,
    reference: &Reference,
    stacks: &[Contents],
    problems: &mut Vec<Problem>,
) -> bool {
    if let Some(existing) = reference.existing() {
        problems.push(existing::not_known(stack, owner, reference, existing));
        return false;
    }
    let Reference { stack: producer, logical_id, shape, .. } = reference;
    let mut error = |message: String, hint: &str| {
        let location = stack.locations.get(owner).unwrap_or(&stack.location).clone();
        problems.push(Problem::error(message).at(location).hint(hint));
        false
    };
    let own = *producer == stack.id;
    let Some(source) = (if own { Some(stack) } else { stacks.iter().find(|stack| stack.id == *producer) }) else {
        let message = format!("`{owner}` uses `{logical_id}` of stack `{}`, which is not in the app", producer.name);
        return error(message, "add the stack with `App::with`");
    };
    if !source.template.resources.contains_key(&**logical_id) {
        // Either its id was refused, which has been reported, or it was taken out of the template.
        return !source.refused.contains(&**logical_id)
            && error(
                format!("`{owner}` uses `{logical_id}`, which stack `{}` does not have", producer.name),
                "add it",
            );
    }
    if own {
        return false;
    }
    if source.partition != stack.partition {
        let message = format!(
            "`{owner}` in partition `{}` uses `{logical_id}` of stack `{}` in partition `{}`",
            stack.partition, producer.name, source.partition
        );
        return error(message, "partitions share nothing: give the value as context");
    }
    if *shape == Shape::Json {
        let message = format!("`{owner}` uses a value of `{logical_id}` that is neither a text nor a list of texts");
        return error(message, "only texts and lists of texts travel between stacks");
    }
    true
}

fn export(producer: &mut Contents, reference: &Reference, spelling: References, problems: &mut Vec<Problem>) {
    let name = reference.output_name();
    let value = reference.output_value();
    let outputs = &mut producer.template.outputs;
    if outputs.get(&name).is_some_and(|output| output.value != value) {
        let location = producer.locations.get(&name).unwrap_or(&producer.location).clone();
        let message = format!("stack `{}` has an output `{name}` of its own", producer.id.name);
        let hint = "the name is needed for a value that another stack uses";
        problems.push(Problem::error(message).at(location).hint(hint));
        return;
    }
    let output = outputs.entry(name).or_insert_with(|| Output::new(value));
    if spelling == References::Export {
        output.export_name = Some(reference.export_name().into());
    }
}

fn import(
    consumer: &mut Contents,
    reference: &Reference,
    owner: &str,
    imports: &mut Vec<Import>,
    problems: &mut Vec<Problem>,
) {
    let import = Import {
        parameter: reference.parameter_name(),
        producer: reference.stack.clone(),
        output: reference.output_name(),
    };
    if imports.contains(&import) {
        return;
    }
    let taken = consumer.template.parameters.contains_key(&import.parameter)
        || consumer.template.resources.contains_key(&import.parameter);
    if taken {
        let location = consumer.locations.get(owner).unwrap_or(&consumer.location).clone();
        let message = format!("the logical id `{}` is taken", import.parameter);
        let hint =
            format!("it is needed for the value of `{}` in stack `{}`", reference.logical_id, reference.stack.name);
        problems.push(Problem::error(message).at(location).hint(hint));
        return;
    }
    let parameter = Parameter {
        parameter_type: reference.parameter_type(),
        description: Some(format!(
            "{} of {} in stack {} ({}), filled in by the deployer",
            reference.attribute.export_part(),
            reference.logical_id,
            reference.stack.name,
            reference.stack.region
        )),
        ..Parameter::default()
    };
    consumer.template.parameters.insert(import.parameter.clone(), parameter);
    imports.push(import);
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

fn check_resource_order(stack: &Contents, references: &[(Owner<'_>, Reference)], problems: &mut Vec<Problem>) {
    let resources = &stack.template.resources;
    let mut graph = Graph::new(resources.len());
    for (place, (owner, resource)) in resources.iter().enumerate() {
        for id in &resource.depends_on {
            match resources.get_index_of(id) {
                Some(target) => graph.add(place, target),
                None => {
                    let location = stack.locations.get(owner).unwrap_or(&stack.location).clone();
                    let message = format!("`{owner}` depends on `{id}`, which stack `{}` does not have", stack.id.name);
                    problems.push(Problem::error(message).at(location));
                }
            }
        }
    }
    for (owner, reference) in references.iter().filter(|(_, reference)| reference.stack == stack.id) {
        if let Owner::Resource(owner) = owner
            && let Some(owner) = resources.get_index_of(*owner)
            && let Some(target) = resources.get_index_of(&*reference.logical_id)
        {
            graph.add(owner, target);
        }
    }
    if let Some(cycle) = graph.cycles().first() {
        let id = |index: &usize| resources.get_index(*index).map(|(id, _)| id.as_str()).unwrap_or_default();
        let names: Vec<String> = cycle.iter().map(|index| format!("`{}`", id(index))).collect();
        let location = stack.locations.get(id(&cycle[0])).unwrap_or(&stack.location).clone();
        let message = format!("resources need each other: {} -> {}", names.join(" -> "), names[0]);
        problems.push(Problem::error(message).at(location));
    }
}

fn write(stack: Contents, imports: Vec<Import>, problems: &mut Vec<Problem>) -> (StackArtifact, Vec<FileArtifact>) {
    let Written { mut text, layout_bytes, problems: unwritable } = stack.template.write_json(Style::Pretty);
    let error = |message: String| Problem::error(message).at(stack.location.clone());
    // The survey has reported almost all of it, with its place.
    if !problems.iter().any(|problem| problem.severity == Severity::Error) {
        problems.extend(unwritable.into_iter().map(|reason| error(format!("stack `{}`: {reason}", stack.id.name))));
    }
    check_limits(&stack, text.len() - layout_bytes, problems);
    text.push('\n');
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
        switches: stack.switches,
    };
    (artifact, stack.files)
}

/// Type of what carries files in a template.
const ASSOCIATION: &str = "AWS::SSM::Association";

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
        limit("bytes of description", description.len(), MAX_DESCRIPTION_BYTES, "shorten it");
    }
    let files: usize = stack.files.iter().map(|file| file.content.len()).sum();
    let carrier = stack.template.resources.iter().find(|(_, resource)| resource.type_name == ASSOCIATION);
    if let Some((carrier, _)) = carrier.filter(|_| bytes > MAX_INLINE_BYTES && bytes <= MAX_INLINE_BYTES + files) {
        let message = format!(
            "the files that stack `{name}` delivers have {files} bytes, with which its template has {bytes}, CloudFormation takes {MAX_INLINE_BYTES}"
        );
        let hint = "give some of the proxy's names or locations to a proxy in another stack, or deliver over a shell";
        let location = stack.locations.get(carrier).unwrap_or(&stack.location);
        problems.push(Problem::error(message).at(location.clone()).hint(hint));
    } else if bytes > MAX_INLINE_BYTES && bytes <= MAX_BYTES {
        let message = format!(
            "stack `{name}` has {bytes} bytes of template, CloudFormation takes {MAX_INLINE_BYTES} without an S3 bucket"
        );
        problems.push(Problem::warning(message).at(stack.location.clone()).hint(split));
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
