//! A template of the language extensions with its loops written out, as CloudFormation deploys it: the rules look at that, and their findings are told at the loop.
//!
//! Loops whose collections are not known before parameters are given stay as they are, and so may bring any name with them.
//!
//! Source: AWS CloudFormation Template Reference, "AWS::LanguageExtensions transform" and "Fn::ForEach".

use formwork_model::document::Origins;
use formwork_model::{Document, EvalError, Hole, Known, Term};
use formwork_template::{Map, ReadError, Template, Value};

use crate::finding::Finding;
use crate::instance::is_macro;

/// What the rules look at in place of a template with loops.
pub(crate) struct WrittenOut {
    pub(crate) template: Template,
    /// Why entries that loops make are not resources or outputs.
    pub(crate) mistakes: Vec<ReadError>,
    /// Paths of the loops' bodies.
    origins: Origins,
}

/// The template with its loops written out; nothing for one without the language extensions.
///
/// # Errors
///
/// Where loops make more than a template may hold, or a collection is wrong whatever is known.
pub(crate) fn of(template: &Template) -> Option<Result<WrittenOut, EvalError>> {
    let is_extended = formwork_model::document::is_extended(template);
    is_extended.then(|| Document::new(template, &Undecided(template)).map(|document| with(template, document)))
}

fn with(template: &Template, mut document: Document<'_>) -> WrittenOut {
    // Beside loops and macros, there are the entries of loops that are not resources.
    let (resource_macros, mut resources): (Map, Map) =
        std::mem::take(&mut document.open_resources).into_iter().partition(|(key, _)| is_macro(key));
    resources.extend(document.resources.iter().map(|(id, entry)| (id.clone(), entry.to_value())));
    let root = [("Resources", resources), ("Outputs", document.outputs.clone())];
    let root = root.into_iter().map(|(section, entries)| (section.to_owned(), Value::Map(entries))).collect();
    let reading = Template::read_value(Value::Map(root));
    let read = reading.template.unwrap_or_default();
    let conditions = document.conditions.into_owned().into_iter().chain(document.open_conditions.clone()).collect();
    let template = Template {
        conditions,
        resources: read.resources,
        outputs: read.outputs,
        resource_macros,
        output_macros: document.open_outputs.clone(),
        description: template.description.clone(),
        transform: template.transform.clone(),
        metadata: template.metadata.clone(),
        parameters: template.parameters.clone(),
        rules: template.rules.clone(),
        mappings: template.mappings.clone(),
        others: template.others.clone(),
        lowering: template.lowering.clone(),
    };
    WrittenOut { template, mistakes: reading.mistakes, origins: document.origins }
}

impl WrittenOut {
    /// Gives a finding about an entry that a loop made the path of the loop's body, which is in the file.
    pub(crate) fn tell_at_loop(&self, finding: &mut Finding) {
        for path in finding.ages.iter_mut().chain([&mut finding.path]) {
            let [section, key, rest @ ..] = path.as_slice() else { continue };
            let of_section = |name: &&&str| **name == section.as_str();
            let Some(section) = ["Conditions", "Resources", "Outputs"].iter().find(of_section) else { continue };
            if let Some(origin) = self.origins.get(&(*section, key.clone())) {
                *path = [origin.as_slice(), rest].concat();
            }
        }
    }
}

/// Nothing is known but which parameters there are.
struct Undecided<'t>(&'t Template);

impl Known for Undecided<'_> {
    fn parameter(&self, name: &str) -> Option<Term> {
        self.0.parameters.contains_key(name).then(|| Term::Hole(Hole::Parameter(name.to_owned())))
    }
}
