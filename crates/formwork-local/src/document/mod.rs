//! A template as the engine works with it: read, checked as far as CloudFormation checks before it does anything, with
//! the references between its resources.
//!
//! The messages are CloudFormation's own, as people search for them. What has not the form of a template is told in [`form`].

pub(crate) mod capabilities;
mod form;

use std::collections::{BTreeMap, BTreeSet};

use formwork_model::document::is_extended;
use formwork_model::term::Hole;
use formwork_model::{Document as Written, Entry, EvalError, Known, Named, Pseudo, Term, names_in, parameter};
use formwork_schema::facts::Registry;
use formwork_template::graph::Graph;
use formwork_template::{Function, IndexMap, Template, Value, pseudo, template};

use crate::protocol::ApiError;

/// A template, and what was derived from it.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) template: Template,
    /// The template with its loops written out.
    pub(crate) written: Written<'static>,
    /// For each resource, the other resources that it names, `DependsOn` included.
    pub(crate) dependencies: BTreeMap<String, BTreeSet<String>>,
}

/// The values that a template has by itself, for the collections of loops and the size of values.
struct Given<'a> {
    parameters: &'a BTreeMap<String, Term>,
    pseudo: &'a Pseudo,
    /// A function that is wrong gives `null`, and its error is reported later.
    is_lenient: bool,
}

impl Known for Given<'_> {
    fn parameter(&self, name: &str) -> Option<Term> {
        self.parameters.get(name).cloned()
    }

    fn pseudo(&self, name: &str) -> Term {
        let known = self.pseudo.get(name).filter(|term| *term != Term::text(""));
        known.unwrap_or_else(|| Term::Hole(Hole::Pseudo(name.to_owned())))
    }

    fn fault(&self, error: EvalError, _: &Function) -> Result<Term, EvalError> {
        if self.is_lenient { Ok(Term::Null) } else { Err(error) }
    }
}

/// Reads and checks a template whose parameters have their defaults.
///
/// # Errors
///
/// `ValidationError`, with CloudFormation's words.
pub(crate) fn read(registry: &Registry, text: &str, region: &str) -> Result<Document, ApiError> {
    let template = form::template(text).map_err(ApiError::validation)?;
    let defaults = template.parameters.iter().map(|(name, parameter)| {
        let open = || Term::Hole(Hole::Parameter(name.clone()));
        let text = parameter::default_text(parameter);
        let term = text.map_or_else(open, |text| parameter::term(&parameter.parameter_type, &text));
        (name.clone(), term)
    });
    let defaults: BTreeMap<String, Term> = defaults.collect();
    let pseudo = Pseudo { region: region.to_owned(), ..Pseudo::default() };
    let document = of_template(template, &defaults, &pseudo)?;
    check(registry, &document, region).map_err(ApiError::validation)?;
    Ok(document)
}

/// Reads a template that was checked before, with the values of its parameters.
pub(crate) fn parse(
    text: &str,
    values: impl FnOnce(&Template) -> BTreeMap<String, Term>,
    pseudo: &Pseudo,
) -> Result<Document, ApiError> {
    let template = Template::from_text(text).map_err(|error| ApiError::validation(form::words(&error)))?;
    let values = values(&template);
    of_template(template, &values, pseudo)
}

fn of_template(template: Template, parameters: &BTreeMap<String, Term>, pseudo: &Pseudo) -> Result<Document, ApiError> {
    let refused = |error: EvalError| ApiError::validation(error.to_string());
    let written =
        Written::new(&template, &Given { parameters, pseudo, is_lenient: false }).map_err(refused)?.into_owned();
    measure(&written, &Given { parameters, pseudo, is_lenient: true }).map_err(refused)?;
    let dependencies = dependencies(&written.resources);
    Ok(Document { template, written, dependencies })
}

/// Checks that all values, evaluated, are of a bounded size: a template of less than a thousand bytes can describe a text of gigabytes.
fn measure(written: &Written<'_>, known: &Given<'_>) -> Result<(), EvalError> {
    let evaluator = formwork_model::Evaluator::new(&written.conditions, &written.mappings, known);
    let too_large = |result: Result<Term, EvalError>| match result {
        Err(EvalError::TooLarge) => Err(EvalError::TooLarge),
        _ => Ok(()),
    };
    let resources =
        written.resources.values().flat_map(|entry| entry.properties.values().chain(entry.attributes.values()));
    let values = resources.chain(written.outputs.values()).chain(written.conditions.values());
    values.map(|value| evaluator.value(value)).try_for_each(too_large)
}

fn dependencies(resources: &IndexMap<String, Entry<'_>>) -> BTreeMap<String, BTreeSet<String>> {
    let needed = |entry: &Entry<'_>| entry.needs().into_iter().filter(|other| resources.contains_key(other)).collect();
    resources.iter().map(|(id, entry)| (id.clone(), needed(entry))).collect()
}

/// An output as its template says it.
pub(crate) struct Output<'a> {
    pub(crate) value: &'a Value,
    pub(crate) description: Option<&'a str>,
    pub(crate) condition: Option<&'a str>,
    pub(crate) export_name: Option<&'a Value>,
}

impl Document {
    /// The same template with these values of its parameters, on which the collections of its loops may hang.
    ///
    /// # Errors
    ///
    /// `ValidationError`: a value that grows too large, or a mistake in a resource that a loop makes.
    pub(crate) fn settled(
        self,
        registry: &Registry,
        parameters: &BTreeMap<String, Term>,
        pseudo: &Pseudo,
    ) -> Result<Document, ApiError> {
        if !is_extended(&self.template) {
            let known = Given { parameters, pseudo, is_lenient: true };
            measure(&self.written, &known).map_err(|error| ApiError::validation(error.to_string()))?;
            return Ok(self);
        }
        let document = of_template(self.template, parameters, pseudo)?;
        if let Some(name) = document.open_loops().next() {
            return Err(ApiError::validation(format!(
                "Template error: the collection of {name} does not resolve to a list of texts"
            )));
        }
        check(registry, &document, &pseudo.region).map_err(ApiError::validation)?;
        Ok(document)
    }

    /// The keys of loops that cannot be written out with what is known.
    fn open_loops(&self) -> impl Iterator<Item = &str> {
        let open = self.written.open_resources.keys().chain(self.written.open_outputs.keys());
        let inside = self.written.resources.values().flat_map(|entry| entry.properties.keys());
        open.chain(inside).map(String::as_str).filter(|key| key.starts_with(LOOP))
    }

    pub(crate) fn entry(&self, id: &str) -> Option<&Entry<'static>> {
        self.written.resources.get(id)
    }

    pub(crate) fn outputs(&self) -> impl Iterator<Item = (&str, Output<'_>)> {
        self.written.outputs.iter().filter_map(|(name, output)| {
            let output = output.as_map()?;
            let text = |field: &str| output.get(field).and_then(Value::as_str);
            let export = output.get("Export").and_then(Value::as_map);
            let output = Output {
                value: output.get("Value")?,
                description: text("Description"),
                condition: text("Condition"),
                export_name: export.and_then(|export| export.get("Name")),
            };
            Some((name.as_str(), output))
        })
    }
}

/// The beginning of the key of a loop.
const LOOP: &str = "Fn::ForEach::";

/// True if a resource of this type can be made at all.
pub(crate) fn is_custom(type_name: &str) -> bool {
    type_name.starts_with("Custom::") || type_name == "AWS::CloudFormation::CustomResource"
}

fn check(registry: &Registry, document: &Document, region: &str) -> Result<(), String> {
    let template = &document.template;
    let written = &document.written;
    if written.resources.is_empty() && written.open_resources.is_empty() {
        return Err("Template format error: At least one Resources member must be defined.".to_owned());
    }
    let limits = [
        ("resources", written.resources.len(), template::MAX_RESOURCES),
        ("parameters", template.parameters.len(), template::MAX_PARAMETERS),
        ("outputs", written.outputs.len(), template::MAX_OUTPUTS),
        ("mappings", template.mappings.len(), template::MAX_MAPPINGS),
    ];
    for (what, count, most) in limits {
        if count > most {
            return Err(format!(
                "Template format error: Number of {what}, {count}, is greater than maximum allowed, {most}"
            ));
        }
    }
    if template.description.as_ref().is_some_and(|text| text.len() > template::MAX_DESCRIPTION_BYTES) {
        return Err("Template format error: 'Description' length is greater than 1024.".to_owned());
    }
    if let Some(transform) = &template.transform {
        let names: Vec<&str> = match transform {
            Value::List(items) => items.iter().filter_map(Value::as_str).collect(),
            other => other.as_str().into_iter().collect(),
        };
        if let Some(name) = names.iter().find(|name| **name != "AWS::LanguageExtensions") {
            return Err(format!("{UNKNOWN_TRANSFORM} {name} found."));
        }
    }
    let mut open = written.open_resources.keys().chain(written.open_outputs.keys());
    if let Some(name) = open.find(|name| !name.starts_with(LOOP) || !is_extended(template)) {
        return Err(if name.starts_with(LOOP) {
            format!("Template error: {name} is only supported with the transform AWS::LanguageExtensions")
        } else {
            format!("Template error: the embedded engine carries out no macros: {name}")
        });
    }
    if !template.others.is_empty() {
        let others: Vec<&str> = template.others.keys().map(String::as_str).collect();
        return Err(format!("Template format error: Invalid template property or properties [{}]", others.join(", ")));
    }
    extensions(document)?;
    rules(template)?;
    policies(document)?;
    snapshots(document)?;
    names(document)?;
    types(registry, document, region)?;
    if document.open_loops().next().is_some() {
        // The resources of the loops are not known before the parameters have their values.
        return Ok(());
    }
    references(registry, document)?;
    circles(&document.dependencies)
}

/// Functions that only the transform brings.
///
/// Source: Template Reference, "AWS::LanguageExtensions transform".
fn extensions(document: &Document) -> Result<(), String> {
    if document.template.transform.is_some() {
        return Ok(());
    }
    let mut found = None;
    let mut look = |value: &Value| {
        value.visit_functions(&mut |function| match function {
            Function::Length(_) => found = Some("Fn::Length"),
            Function::ToJsonString(_) => found = Some("Fn::ToJsonString"),
            Function::FindInMap { default: Some(_), .. } => found = Some("DefaultValue of Fn::FindInMap"),
            _ => {}
        });
    };
    document.written.resources.values().flat_map(|entry| entry.properties.values()).for_each(&mut look);
    document.outputs().for_each(|(_, output)| look(output.value));
    document.written.conditions.values().for_each(&mut look);
    found.map_or(Ok(()), |name| {
        Err(format!("Template error: {name} is only supported with the transform AWS::LanguageExtensions"))
    })
}

/// Source: Template Reference, "Rule-specific intrinsic functions"; the words as people report them.
fn rules(template: &Template) -> Result<(), String> {
    let mut others = BTreeSet::new();
    for rule in template.rules.values() {
        rule.visit_functions(&mut |function| match function {
            Function::And(_)
            | Function::Contains(..)
            | Function::EachMemberEquals(..)
            | Function::EachMemberIn(..)
            | Function::Equals(..)
            | Function::Not(_)
            | Function::Or(_)
            | Function::Ref(_)
            | Function::RefAll(_)
            | Function::ValueOf(..)
            | Function::ValueOfAll(..) => {}
            other => others.extend(other.to_map().into_keys()),
        });
    }
    if others.is_empty() {
        return Ok(());
    }
    let others: Vec<String> = others.into_iter().collect();
    Err(format!(
        "Template format error: Following functions are not supported in the Rules block of the template: [{}]",
        others.join(", ")
    ))
}

/// Source: awslabs/aws-servicebroker issue 22.
fn policies(document: &Document) -> Result<(), String> {
    let names = ["DeletionPolicy", "UpdateReplacePolicy"].into_iter();
    let mut names = names.filter(|_| document.template.transform.is_none());
    let is_text = |entry: &Entry, name: &str| entry.attributes.get(name).is_none_or(|word| word.as_str().is_some());
    match names.find(|name| document.written.resources.values().any(|entry| !is_text(entry, name))) {
        Some(name) => Err(format!("Template format error: Every {name} member must be a string.")),
        None => Ok(()),
    }
}

/// Source: Template Reference, "DeletionPolicy attribute", "Snapshot".
fn snapshots(document: &Document) -> Result<(), String> {
    for entry in document.written.resources.values() {
        if formwork_schema::facts::of(&entry.type_name).is_some_and(|facts| facts.takes_snapshots()) {
            continue;
        }
        let policies = [("deletion", "DeletionPolicy"), ("update replace", "UpdateReplacePolicy")];
        let word = |name: &str| entry.attributes.get(name).and_then(Value::as_str);
        if let Some((which, _)) = policies.iter().find(|(_, name)| word(name) == Some("Snapshot")) {
            return Err(format!(
                "Template error: resource type {} does not support {which} policy Snapshot",
                entry.type_name
            ));
        }
    }
    Ok(())
}

fn names(document: &Document) -> Result<(), String> {
    let sections: [(&str, Vec<&String>); 3] = [
        ("Parameters", document.template.parameters.keys().collect()),
        ("Resources", document.written.resources.keys().collect()),
        ("Outputs", document.written.outputs.keys().collect()),
    ];
    for (section, names) in sections {
        for name in names {
            if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                let kind = section.trim_end_matches('s');
                return Err(format!("Template format error: {kind} name {name} is non alphanumeric."));
            }
        }
    }
    Ok(())
}

/// The beginning of the refusal of a template with unknown types, after the words that CloudFormation has for every such template.
pub const UNRECOGNIZED_TYPES: &str = "Unrecognized resource types";

/// The beginning of the refusal of a template with a macro: the engine carries out none, and has CloudFormation's words for one that the
/// account does not have.
pub const UNKNOWN_TRANSFORM: &str = "No transform named";

fn types(registry: &Registry, document: &Document, region: &str) -> Result<(), String> {
    let unknown: BTreeSet<&str> = document
        .written
        .resources
        .values()
        .map(|entry| entry.type_name.as_str())
        .filter(|name| {
            !is_custom(name) && registry.of(name).is_none_or(|facts| facts.available_in(region) == Some(false))
        })
        .collect();
    if unknown.is_empty() {
        return Ok(());
    }
    let unknown: Vec<&str> = unknown.into_iter().collect();
    Err(format!("Template format error: {UNRECOGNIZED_TYPES}: [{}]", unknown.join(", ")))
}

fn references(registry: &Registry, document: &Document) -> Result<(), String> {
    let mut unresolved = BTreeSet::new();
    for entry in document.written.resources.values() {
        for other in &entry.depends_on {
            if document.entry(other).is_none() {
                unresolved.insert(other.clone());
            }
        }
        if let Some(condition) = &entry.condition {
            known_condition(document, condition, "Resources")?;
        }
        for value in entry.properties.values().chain(entry.attributes.values()) {
            unresolved.extend(unresolved_in(registry, document, value, "Resources")?);
        }
    }
    if !unresolved.is_empty() {
        return Err(unresolved_names(unresolved, "Resources"));
    }
    for (_, output) in document.outputs() {
        if let Some(condition) = output.condition {
            known_condition(document, condition, "Outputs")?;
        }
        for value in [Some(output.value), output.export_name].into_iter().flatten() {
            let unresolved = unresolved_in(registry, document, value, "Outputs")?;
            if !unresolved.is_empty() {
                return Err(unresolved_names(unresolved, "Outputs"));
            }
        }
    }
    for value in document.written.conditions.values() {
        for named in names_in(value) {
            match named {
                Named::Condition(name) => known_condition(document, &name, "Conditions")?,
                Named::Ref(name)
                    if !document.template.parameters.contains_key(&name) && !pseudo::ALL.contains(&name.as_str()) =>
                {
                    return Err(format!(
                        "Template format error: Unresolved dependencies [{name}]. Cannot reference resources in the Conditions block of the template"
                    ));
                }
                _ => {}
            }
        }
    }
    Ok(())
}

fn unresolved_names(names: BTreeSet<String>, block: &str) -> String {
    let names: Vec<String> = names.into_iter().collect();
    format!(
        "Template format error: Unresolved resource dependencies [{}] in the {block} block of the template",
        names.join(", ")
    )
}

fn known_condition(document: &Document, name: &str, block: &str) -> Result<(), String> {
    if document.written.conditions.contains_key(name) {
        return Ok(());
    }
    Err(format!("Template format error: Unresolved condition dependency {name} in the {block} block of the template"))
}

fn unresolved_in(
    registry: &Registry,
    document: &Document,
    value: &Value,
    block: &str,
) -> Result<BTreeSet<String>, String> {
    let mut unresolved = BTreeSet::new();
    for named in names_in(value) {
        match named {
            Named::Ref(name) => {
                let known = document.template.parameters.contains_key(&name)
                    || document.entry(&name).is_some()
                    || pseudo::ALL.contains(&name.as_str());
                if !known {
                    unresolved.insert(name);
                }
            }
            Named::Attribute(id, attribute) => {
                let Some(entry) = document.entry(&id) else {
                    return Err(format!("Template error: instance of Fn::GetAtt references undefined resource {id}"));
                };
                if !has_attribute(registry, &entry.type_name, &attribute) {
                    return Err(format!(
                        "Template error: resource {id} does not support attribute type {attribute} in Fn::GetAtt"
                    ));
                }
            }
            Named::Condition(name) => known_condition(document, &name, block)?,
            // A mapping that is not there fails the evaluation.
            Named::Mapping(_) => {}
        }
    }
    Ok(unresolved)
}

/// True if `Fn::GetAtt` takes the name. Outputs of a nested stack and the data of a custom resource are not known before.
fn has_attribute(registry: &Registry, type_name: &str, attribute: &str) -> bool {
    if attribute.is_empty()
        || is_custom(type_name)
        || (type_name == "AWS::CloudFormation::Stack" && attribute.starts_with("Outputs."))
    {
        return true;
    }
    registry.of(type_name).is_some_and(|facts| {
        // A name in a map, such as the data of a document, comes after the attribute's own.
        facts
            .attributes()
            .any(|known| known == attribute || attribute.strip_prefix(known).is_some_and(|rest| rest.starts_with('.')))
    })
}

fn circles(dependencies: &BTreeMap<String, BTreeSet<String>>) -> Result<(), String> {
    let graph = graph(dependencies);
    let in_cycles: BTreeSet<usize> = graph.cycles().into_iter().flatten().collect();
    // CloudFormation names what waits for a cycle too.
    let waits =
        |node: &usize| in_cycles.contains(node) || graph.all_needs(*node).iter().any(|other| in_cycles.contains(other));
    let ids: Vec<&str> =
        dependencies.keys().enumerate().filter(|(node, _)| waits(node)).map(|(_, id)| id.as_str()).collect();
    if ids.is_empty() {
        return Ok(());
    }
    Err(format!("Circular dependency between resources: [{}]", ids.join(", ")))
}

fn graph(dependencies: &BTreeMap<String, BTreeSet<String>>) -> Graph {
    Graph::named(dependencies.iter().map(|(id, others)| (id.as_str(), others.iter().map(String::as_str).collect())))
}
