//! A template of the language extensions with its loops written out, as CloudFormation deploys it: the rules check that, and their findings are reported at the loop.
//!
//! A loop whose collection is not known before parameters are given is written out for one item that is not known ([`crate::items`]).
//! One whose form is wrong stays as it is, and so may bring any name with it.
//!
//! Source: AWS CloudFormation Template Reference, "AWS::LanguageExtensions transform" and "Fn::ForEach".

use std::borrow::Cow;
use std::collections::BTreeMap;

use formwork_model::{Document, EvalError, Known, Origins, Term};
use formwork_template::{Map, ReadError, Template, Value};

use crate::finding::Finding;
use crate::instance::is_macro;
use crate::items::{self, Items};
use crate::scenario::Setting;

/// A template with its loops written out, which the rules check in place of the template.
pub(crate) struct WrittenOut {
    pub(crate) template: Template,
    /// Errors of entries that loops make and that are not resources or outputs.
    pub(crate) mistakes: Vec<ReadError>,
    origins: Origins,
    items: Items,
}

/// The template with its loops written out; nothing for one without the language extensions.
///
/// # Errors
///
/// When loops make more entries than a template may have.
pub(crate) fn of<'t>(
    template: &'t Template,
    given: &'t BTreeMap<String, String>,
) -> Option<Result<WrittenOut, EvalError>> {
    let is_extended = formwork_model::document::is_extended(template);
    is_extended.then(|| {
        let undecided = Undecided { setting: Setting { template, region: None, given }, items: Items::default() };
        Document::new(template, &undecided).map(|document| with(template, document, undecided.items))
    })
}

fn with(template: &Template, mut document: Document<'_>, items: Items) -> WrittenOut {
    // Beside loops and macros, there are the entries of loops that are not resources.
    let (resource_macros, others): (Map, Map) =
        std::mem::take(&mut document.open_resources).into_iter().partition(|(key, _)| is_macro(key));
    let mut resources: Map = items::within(&others).into_iter().map(with_known_names).collect();
    for (id, entry) in &mut document.resources {
        entry.properties = Cow::Owned(items::within(&entry.properties));
        entry.attributes = items::within(&entry.attributes);
        entry.whole = entry.whole.as_ref().map(items::referred);
        resources.insert(id.clone(), entry.to_value());
    }
    let root = [("Resources", resources), ("Outputs", document.outputs.iter().map(output).collect())];
    let root = root.into_iter().map(|(section, entries)| (section.to_owned(), Value::Map(entries))).collect();
    let reading = Template::read_value(Value::Map(root));
    let read = reading.template.unwrap_or_default();
    let conditions = document.conditions.into_owned().into_iter().chain(document.open_conditions.clone()).collect();
    let template = Template {
        conditions: items::within(&conditions),
        resources: read.resources,
        outputs: read.outputs,
        resource_macros,
        output_macros: document.open_outputs.clone(),
        description: template.description.clone(),
        transform: template.transform.clone(),
        metadata: template.metadata.clone(),
        parameters: template.parameters.clone().into_iter().chain(items.parameters()).collect(),
        rules: template.rules.clone(),
        mappings: template.mappings.clone(),
        others: template.others.clone(),
        lowering: template.lowering.clone(),
    };
    WrittenOut { template, mistakes: reading.mistakes, origins: document.origins, items }
}

/// An output with its items; the condition's name stays as it is.
fn output((name, value): (&String, &Value)) -> (String, Value) {
    let Some(entries) = value.as_map() else { return (name.clone(), items::referred(value)) };
    let of = |(key, value): (&String, &Value)| {
        (key.clone(), if key == "Condition" { value.clone() } else { items::referred(value) })
    };
    with_known_names((name.clone(), Value::Map(entries.iter().map(of).collect())))
}

/// An entry without the names that functions give from values that are not known: nothing is certain about them.
fn with_known_names((id, mut entry): (String, Value)) -> (String, Value) {
    if let Value::Map(attributes) = &mut entry {
        let is_open = |value: &Value| match value {
            Value::List(names) => names.iter().any(|name| matches!(name, Value::Function(_))),
            name => matches!(name, Value::Function(_)),
        };
        attributes.retain(|name, value| !matches!(name.as_str(), "Condition" | "DependsOn") || !is_open(value));
    }
    (id, entry)
}

impl WrittenOut {
    /// Paths of bodies of loops that make an entry which is there already, and of the entry.
    pub(crate) fn repeated(&self) -> &BTreeMap<Vec<String>, Vec<String>> {
        &self.origins.repeated
    }

    /// Gives a finding about an entry that a loop made the path of the loop's body, which is in the file, and its words.
    pub(crate) fn tell_at_loop(&self, finding: &mut Finding) {
        for path in finding.ages.iter_mut().chain([&mut finding.path]) {
            let lengths = (2..=path.len()).rev();
            let body = lengths.filter_map(|length| Some((length, self.origins.bodies.get(&path[..length])?))).next();
            if let Some((length, body)) = body {
                *path = [body, &path[length..]].concat();
            }
            path.iter_mut().for_each(|segment| *segment = self.items.spelled(segment));
        }
        finding.message = self.items.spelled(&finding.message);
        for words in [&mut finding.value, &mut finding.allowed, &mut finding.hint] {
            *words = words.as_deref().map(|words| self.items.spelled(words));
        }
    }
}

/// The names of the parameters are known, and the values that are given.
struct Undecided<'t> {
    setting: Setting<'t>,
    items: Items,
}

impl Known for Undecided<'_> {
    fn parameter(&self, name: &str) -> Option<Term> {
        self.setting.parameter(name)
    }

    fn items(&self, identifier: &str, collection: &Result<Term, EvalError>) -> Option<Vec<String>> {
        self.items.of(identifier, collection)
    }
}
