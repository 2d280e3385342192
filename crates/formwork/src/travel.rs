//! Values on their way between stacks: from a stack of the app to another one by an output and a parameter, an export or
//! `Fn::GetStackOutput`, and into and out of nested stacks by their parameters and outputs.
//!
//! A value goes up from the stack that has it to the first one that the user is in as well, or to the outermost, and down from there. Each
//! stack on the way refers to the resource itself; how its template spells that is decided by its `Lowering`.

use std::collections::VecDeque;

use formwork_assembly::{BUCKET_PARAMETER, Import, Problem};
use formwork_template::graph::Graph;
use formwork_template::memory::Use;
use formwork_template::template::{Owner, Survey};
use formwork_template::{
    IndexMap, Lowering, Nested, Output, Parameter, Reference, References, Shape, StackId, Value, did_you_mean,
};

use crate::asset::{THE_DEPLOYER, THE_STACK_AROUND};
use crate::contents::Contents;
use crate::existing;
use crate::named;
use crate::nested;

/// Says how each template spells references to the others.
pub(crate) fn spell(stacks: &mut [Contents], references: References) {
    let places: Vec<(StackId, Option<(StackId, String)>)> = stacks
        .iter()
        .map(|stack| (stack.id.clone(), stack.place.as_ref().map(|it| (it.parent.clone(), it.logical_id.clone()))))
        .collect();
    let is_nested = |id: &StackId| places.iter().find(|(other, _)| other == id).and_then(|(_, place)| place.as_ref());
    for stack in stacks {
        let mut lowering = Lowering { stack: Some(stack.id.clone()), references, ..Lowering::default() };
        if stack.place.is_some() {
            lowering.references = References::Parameter;
        }
        for (id, place) in &places {
            let mut place = place.as_ref();
            if place.is_none() || *id == stack.id {
                continue;
            }
            let mut spelled = Nested::Elsewhere;
            // No more steps than there are stacks: two of one name may be inside of each other, which is reported.
            for _ in 0..places.len() {
                match place {
                    Some((parent, logical_id)) if *parent == stack.id => {
                        spelled = Nested::Inside(logical_id.clone());
                        break;
                    }
                    Some((parent, _)) => place = is_nested(parent),
                    None => break,
                }
            }
            lowering.nested.insert(id.clone(), spelled);
        }
        stack.template.lowering = lowering;
    }
}

/// Lets values travel between the stacks: gives consumers parameters, and producers outputs. Returns the imports of each.
pub(crate) fn connect(stacks: &mut [Contents], problems: &mut Vec<Problem>) -> Vec<Vec<Import>> {
    let mut travels = Travels {
        imports: vec![Vec::new(); stacks.len()],
        given: vec![IndexMap::new(); stacks.len()],
        next: VecDeque::new(),
        stacks,
        problems,
    };
    for index in 0..travels.stacks.len() {
        let stack = &travels.stacks[index];
        let Survey { references, others, problems: unwritable } = stack.template.survey();
        for (entry, reason) in unwritable {
            let location = entry.and_then(|entry| stack.locations.get(entry)).unwrap_or(&stack.location);
            let owner = entry.map(|entry| format!(", `{entry}`")).unwrap_or_default();
            let message = format!("stack `{}`{owner}: {reason}", stack.id.name);
            travels.problems.push(Problem::error(message).at(location.clone()));
        }
        for (entry, reference) in others.into_iter().filter(|(_, one)| one.stack != stack.id) {
            let location = entry.and_then(|entry| stack.locations.get(entry)).unwrap_or(&stack.location);
            travels.problems.push(out_of_reach(stack, entry, &reference).at(location.clone()));
        }
        if stack.template.lowering.nested.is_empty() {
            check_resource_order(stack, &references, travels.problems);
        }
        let foreign = references
            .into_iter()
            .filter(|(owner, one)| is_foreign(stack, owner.name(), one, travels.stacks, travels.problems))
            .map(|(owner, one)| Step { stack: index, owner: owner.name().to_owned(), reference: one });
        travels.next.extend(foreign);
    }
    while let Some(step) = travels.next.pop_front() {
        travels.go(step);
    }
    for stack in travels.stacks.iter().filter(|stack| !stack.template.lowering.nested.is_empty()) {
        check_resource_order(stack, &stack.template.references(), travels.problems);
    }
    travels.imports
}

/// A stack that needs a value of another one.
struct Step {
    stack: usize,
    /// The entry that has the reference.
    owner: String,
    reference: Reference,
}

struct Travels<'a> {
    stacks: &'a mut [Contents],
    imports: Vec<Vec<Import>>,
    /// The parameters that were added to each nested stack.
    given: Vec<IndexMap<String, Reference>>,
    next: VecDeque<Step>,
    problems: &'a mut Vec<Problem>,
}

impl Travels<'_> {
    fn index(&self, id: &StackId) -> Option<usize> {
        self.stacks.iter().position(|stack| stack.id == *id)
    }

    fn go(&mut self, step: Step) {
        let Some(producer) = self.index(&step.reference.stack) else { return };
        if producer == step.stack {
            return;
        }
        let stack = &self.stacks[step.stack];
        if let Some(Nested::Inside(logical_id)) = stack.template.lowering.nested.get(&step.reference.stack) {
            let inside = |other: &Contents| {
                other.place.as_ref().is_some_and(|place| place.parent == stack.id && place.logical_id == *logical_id)
            };
            if let Some(child) = self.stacks.iter().position(inside) {
                self.give_out(child, producer, step.reference);
            }
        } else if let Some(place) = &stack.place {
            let (parent, logical_id) = (self.index(&place.parent), place.logical_id.clone());
            if let Some(parent) = parent {
                self.hand_in(parent, &logical_id, step);
            }
        } else {
            self.send(producer, step);
        }
    }

    /// Gives a value out of a nested stack, or out of the outermost one around it.
    fn give_out(&mut self, stack: usize, producer: usize, reference: Reference) {
        let value = if stack == producer { reference.output_value() } else { reference.passed_value() };
        if self.output(stack, reference.nested_output_name(), value) && stack != producer {
            let owner = reference.nested_output_name();
            self.next.push_back(Step { stack, owner, reference });
        }
    }

    /// Adds the output; whether it was missing.
    fn output(&mut self, stack: usize, name: String, value: Value) -> bool {
        let stack = &mut self.stacks[stack];
        let outputs = &mut stack.template.outputs;
        if outputs.get(&name).is_some_and(|output| output.value != value) {
            let location = stack.locations.get(&name).unwrap_or(&stack.location).clone();
            let message = format!("stack `{}` has an output `{name}` of its own", stack.id.name);
            let hint = "the name is needed for a value that another stack uses";
            self.problems.push(Problem::error(message).at(location).hint(hint));
            return false;
        }
        let is_new = !outputs.contains_key(&name);
        outputs.entry(name).or_insert_with(|| Output::new(value));
        is_new
    }

    /// Gives a value to a nested stack, as a parameter.
    fn hand_in(&mut self, parent: usize, logical_id: &str, step: Step) {
        let Step { stack, owner, reference } = step;
        let name = reference.parameter_name();
        if self.given[stack].get(&name) == Some(&reference) {
            return;
        }
        let child = &self.stacks[stack];
        if is_taken(child, &name) {
            return self.problems.push(taken(child, &owner, &name, &reference));
        }
        let mut received = parameter(&reference, THE_STACK_AROUND);
        let source = self.stacks.iter().find(|stack| stack.id == reference.stack);
        let source = source.and_then(|stack| stack.template.parameters.get(&*reference.logical_id));
        received.no_echo = source.and_then(|source| source.no_echo.clone());
        self.stacks[stack].template.parameters.insert(name.clone(), received);
        self.given[stack].insert(name.clone(), reference.clone());
        if let Some(parameters) = nested::parameters(&mut self.stacks[parent], logical_id) {
            parameters.insert(name, reference.passed_value());
            self.next.push_back(Step { stack: parent, owner: logical_id.to_owned(), reference });
        }
    }

    /// Lets a value travel from one stack of the app to another one.
    fn send(&mut self, producer: usize, step: Step) {
        let Step { stack, owner, reference } = step;
        let spelling = self.stacks[stack].template.lowering.spelling(&reference);
        let root = match &self.stacks[producer].place {
            Some(place) => self.index(&place.root),
            None => Some(producer),
        };
        let Some(root) = root else { return };
        let output = if root == producer { reference.output_name() } else { reference.nested_output_name() };
        if root == producer {
            self.export(root, &reference, spelling);
        } else {
            self.give_out(root, producer, reference.clone());
        }
        let from = self.stacks[root].id.clone();
        let consumer = &mut self.stacks[stack];
        let used = Use { producer: from.clone(), output: output.clone() };
        if !consumer.memory.uses.contains(&used) {
            consumer.memory.uses.push(used);
        }
        if !consumer.depends_on.contains(&from) {
            consumer.depends_on.push(from.clone());
        }
        if spelling == References::Parameter {
            self.import(
                stack,
                &owner,
                &reference,
                Import { parameter: reference.parameter_name(), producer: from, output },
            );
        }
    }

    fn export(&mut self, producer: usize, reference: &Reference, spelling: References) {
        let name = reference.output_name();
        self.output(producer, name.clone(), reference.output_value());
        let producer = &mut self.stacks[producer];
        if let Some(output) = producer.template.outputs.get_mut(&name)
            && output.value == reference.output_value()
        {
            if spelling == References::Export {
                output.export_name = Some(reference.export_name().into());
            }
            producer.keep(&reference.logical_id);
        }
    }

    fn import(&mut self, stack: usize, owner: &str, reference: &Reference, import: Import) {
        if self.imports[stack].contains(&import) {
            return;
        }
        let consumer = &mut self.stacks[stack];
        if is_taken(consumer, &import.parameter) {
            return self.problems.push(taken(consumer, owner, &import.parameter, reference));
        }
        consumer.template.parameters.insert(import.parameter.clone(), parameter(reference, THE_DEPLOYER));
        self.imports[stack].push(import);
    }
}

fn is_taken(stack: &Contents, name: &str) -> bool {
    stack.template.parameters.contains_key(name) || stack.template.resources.contains_key(name)
}

fn taken(stack: &Contents, owner: &str, name: &str, reference: &Reference) -> Problem {
    let location = stack.locations.get(owner).unwrap_or(&stack.location).clone();
    let hint = format!("it is needed for the value of `{}` in stack `{}`", reference.logical_id, reference.stack.name);
    Problem::error(format!("the logical id `{name}` is taken")).at(location).hint(hint)
}

/// The parameter that receives a value of another stack.
fn parameter(reference: &Reference, filled_by: &str) -> Parameter {
    Parameter {
        parameter_type: reference.parameter_type(),
        description: Some(format!(
            "{} of {} in stack {} ({}), filled in by {filled_by}",
            reference.attribute.export_part(),
            reference.logical_id,
            reference.stack.name,
            reference.stack.region
        )),
        ..Parameter::default()
    }
}

/// True if the reference is to another stack; reports one that cannot be.
fn is_foreign(
    stack: &Contents,
    owner: &str,
    reference: &Reference,
    stacks: &[Contents],
    problems: &mut Vec<Problem>,
) -> bool {
    if let Some(existing) = reference.existing() {
        let place = stack.locations.get(owner).unwrap_or(&stack.location);
        problems.push(existing::not_known(owner, place, reference, existing));
        return false;
    }
    let Reference { stack: producer, logical_id, shape, .. } = reference;
    if let Some(kind) = reference.named() {
        if *producer != stack.id {
            let location = stack.locations.get(owner).unwrap_or(&stack.location).clone();
            problems.push(named::elsewhere(kind, logical_id, producer, &stack.id).at(location));
        }
        return false;
    }
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
    if !is_taken(source, logical_id) {
        // Either its id was refused, which has been reported, or it was taken out of the template.
        return !source.refused.contains(&**logical_id)
            && error(
                format!("`{owner}` uses `{logical_id}`, which stack `{}` does not have", producer.name),
                "add it",
            );
    }
    if let Some((message, hint)) = missing_output(source, reference, stacks) {
        return error(format!("`{owner}` uses {message}"), &hint);
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
    let is_masked = source.template.parameters.get(&**logical_id).is_some_and(Parameter::is_masked);
    if is_masked && !is_within(stack, producer, stacks) {
        // Source: AWS CloudFormation User Guide, "Parameters" (`NoEcho`: what is in outputs is not masked).
        let message = format!(
            "`{owner}` uses the parameter `{logical_id}` of stack `{}`, which is `NoEcho`: as an output everybody could read it",
            producer.name
        );
        return error(message, "add a parameter to this stack, too, or keep the secret in Secrets Manager");
    }
    let is_asset =
        **logical_id == *BUCKET_PARAMETER || source.assets.iter().any(|asset| asset.parameter == **logical_id);
    if is_asset && producer.region != stack.id.region {
        let message = format!(
            "`{owner}` in {} uses content that stack `{}` ships to a bucket in {}",
            stack.id.region, producer.name, producer.region
        );
        return error(message, "ship it from this stack, too: `asset`");
    }
    if *shape == Shape::Json {
        let message = format!("`{owner}` uses a value of `{logical_id}` that is neither a text nor a list of texts");
        return error(message, "only texts and lists of texts travel between stacks");
    }
    true
}

/// Problem of a value of another stack in a part of a template to which none travels.
fn out_of_reach(stack: &Contents, entry: Option<&str>, reference: &Reference) -> Problem {
    let Reference { stack: producer, logical_id, .. } = reference;
    if let Some(kind) = reference.named() {
        return named::elsewhere(kind, logical_id, producer, &stack.id);
    }
    let part = entry.map_or("the metadata".to_owned(), |entry| format!("`{entry}`"));
    let message = format!("{part} of stack `{}` uses `{logical_id}` of stack `{}`", stack.id.name, producer.name);
    Problem::error(message).hint("values of other stacks come to conditions, resources and outputs only")
}

/// True if a nested stack is in another one, at any depth: values come down to it as its parameters.
fn is_within(stack: &Contents, around: &StackId, stacks: &[Contents]) -> bool {
    let mut place = stack.place.as_ref();
    // No more steps than there are stacks: two of one name may be inside of each other, which is reported.
    for _ in stacks {
        match place {
            Some(inside) if inside.parent == *around => return true,
            Some(inside) => {
                place = stacks.iter().find(|stack| stack.id == inside.parent).and_then(|stack| stack.place.as_ref());
            }
            None => return false,
        }
    }
    false
}

/// In words, an output that a nested stack does not have.
fn missing_output(source: &Contents, reference: &Reference, stacks: &[Contents]) -> Option<(String, String)> {
    let output = nested::output_of(&reference.attribute)?;
    let is_it = |stack: &&Contents| {
        let place = stack.place.as_ref();
        place.is_some_and(|place| place.parent == source.id && place.logical_id == *reference.logical_id)
    };
    let nested = stacks.iter().find(is_it)?;
    let outputs = &nested.template.outputs;
    if outputs.contains_key(output) {
        return None;
    }
    let message = format!("the output `{output}` of the nested stack `{}`, which does not have it", nested.id.name);
    Some((
        message,
        match did_you_mean(output, outputs.keys().map(String::as_str)) {
            Some(close) => format!("did you mean `{close}`?"),
            None => "add it there: `output`".to_owned(),
        },
    ))
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
    for (owner, reference) in references.iter().filter(|(_, reference)| reference.named().is_none()) {
        // A value out of a nested stack is there when that stack is.
        let target = match stack.template.lowering.nested.get(&reference.stack) {
            Some(Nested::Inside(logical_id)) => logical_id,
            _ if reference.stack == stack.id => &*reference.logical_id,
            _ => continue,
        };
        if let Owner::Resource(owner) = owner
            && let Some(owner) = resources.get_index_of(*owner)
            && let Some(target) = resources.get_index_of(target)
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
