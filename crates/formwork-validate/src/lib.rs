//! A template held against the schemas of its resource types and the rules of CloudFormation, before anything is sent.
//!
//! [`Validator::validate`] gives all [`Finding`]s at once. Every resource's properties are held against the schema of its type,
//! with intrinsic functions taken for what they return; the rest of the rules is about the template itself. Nothing here does
//! I/O: the schemas are inside the program (`formwork_schema::embedded`) and each is compiled when its type is first met.
//!
//! Reading order: [`finding`], `check` (what a run shares), `rules` (one module per part of the template), `instance` (properties
//! as CloudFormation would see them), `scenario` (which conditions can hold together), `schema` (the validator: `rewrite` is the
//! idea of it), `data` (what is known about values beyond the schemas).

pub mod finding;
pub mod parameter;

mod check;
mod data;
mod deployed;
mod instance;
mod items;
mod options;
mod placeholder;
mod rules;
mod scenario;
mod schema;
mod schemas;
mod text;
mod walk;
mod written_out;

use std::collections::{BTreeMap, BTreeSet};

use formwork_model::EvalError;
use formwork_schema::facts::Registry;
use formwork_template::Template;

pub use deployed::soften;
pub use finding::{Acknowledgement, Finding, Location, Severity};
pub use options::Options;

use check::{Check, Parts};
use rules::loops::Loops;
use schemas::Schemas;

/// Validates templates. It keeps the schemas it has compiled, so several templates are best given to one.
#[derive(Default)]
pub struct Validator {
    schemas: Schemas,
}

impl std::fmt::Debug for Validator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Validator").finish_non_exhaustive()
    }
}

/// All findings about one template, errors first; see [`Validator::validate`].
pub fn validate(template: &Template, options: &Options) -> Vec<Finding> {
    Validator::default().validate(template, options)
}

impl Validator {
    /// A validator that knows AWS's types, and has compiled nothing yet.
    pub fn new() -> Validator {
        Validator::default()
    }

    /// A validator that knows the types of a registry.
    pub fn with(registry: Registry) -> Validator {
        Validator { schemas: Schemas::new(registry) }
    }

    /// The findings about the properties of one resource, by the schema of its type alone: for properties whose functions were worked
    /// out. A text with `unknown` in it stands for a value that is not known yet. The places of the findings are from the
    /// root of the properties; of a type that nobody knows there are none.
    pub fn validate_properties(
        &mut self,
        type_name: &str,
        properties: &serde_json::Value,
        unknown: &str,
    ) -> Vec<Finding> {
        // Which data is meant is said by schemas, too: none of it is asked without them.
        if cfg!(not(feature = "schemas")) {
            return Vec::new();
        }
        rules::properties::of_type(&mut self.schemas, type_name, properties, unknown)
    }

    /// All findings about a template, errors first, then in the order of their places. Those about entries of a loop are at the
    /// loop's body.
    pub fn validate(&mut self, template: &Template, options: &Options) -> Vec<Finding> {
        let mut findings = match written_out::of(template, &options.parameters) {
            None => self.findings(template, options, None),
            Some(Ok(written)) => {
                let mut findings = self.findings(
                    &written.template,
                    options,
                    Some(Loops { written: template, repeated: written.repeated() }),
                );
                findings.extend(written.mistakes.iter().map(text::of_form));
                findings.iter_mut().for_each(|finding| written.tell_at_loop(finding));
                // A mistake of a loop's body is one, however often the body is written out.
                let mut seen = BTreeSet::new();
                findings.retain(|finding| seen.insert((finding.rule, finding.path.clone(), finding.value.clone())));
                findings
            }
            Some(Err(error)) => {
                let mut findings =
                    self.findings(template, options, Some(Loops { written: template, repeated: &BTreeMap::new() }));
                // A mistake that is reported at its place is not reported again in general.
                if error == EvalError::TooLarge || findings.iter().all(|finding| finding.severity != Severity::Error) {
                    findings.push(rules::loops::not_written_out(template, &error));
                }
                findings
            }
        };
        for finding in findings.iter_mut().filter(|finding| finding.location.is_none()) {
            finding.location = location(template, options, finding);
        }
        findings.sort_by_cached_key(|finding| finding.order());
        findings.dedup();
        findings
    }

    /// `loops` are those of the template as its author wrote it.
    fn findings<'t>(&mut self, template: &'t Template, options: &'t Options, loops: Option<Loops<'_>>) -> Vec<Finding> {
        let parts = Parts::of(template);
        let mut check = Check::new(template, options, &mut self.schemas);
        rules::sections::check(&mut check);
        rules::limits::check(&mut check);
        rules::names::check(&mut check);
        rules::parameters::check(&mut check);
        rules::mappings::check(&mut check);
        rules::conditions::check(&mut check);
        rules::assertions::check(&mut check);
        if let Some(loops) = loops {
            rules::loops::check(&mut check, &loops);
        }
        rules::types::check(&mut check);
        rules::resources::check(&mut check);
        rules::modules::check(&mut check);
        rules::references::check(&mut check, &parts);
        rules::dynamic_references::check(&mut check, &parts);
        rules::properties::check(&mut check, &parts);
        rules::values::check(&mut check, &parts);
        rules::subnets::check(&mut check, &parts);
        rules::endpoints::check(&mut check, &parts);
        rules::records::check(&mut check, &parts);
        rules::conditional::check(&mut check, &parts);
        rules::debug_text::check(&mut check, &parts);
        rules::secrets::check(&mut check, &parts);
        data::check_rest(&mut check);
        rules::partitions::check(&mut check, &parts);
        rules::outputs::check(&mut check);
        rules::macros::soften(&mut check);
        rules::acknowledged::apply(&mut check, &options.acknowledged);
        check.findings
    }

    /// [`Validator::validate_text`] of what a file holds; bytes that are not a text are one finding.
    pub fn validate_bytes(&mut self, bytes: &[u8], file: &str, options: &Options) -> Vec<Finding> {
        text::findings_of_bytes(bytes, file, |template| self.validate(template, options))
    }

    /// All findings about a template file, in JSON or YAML, with lines and columns of the file. A text that is neither is one
    /// finding; of a template that could be read in part, there are all that its other parts have.
    pub fn validate_text(&mut self, text: &str, file: &str, options: &Options) -> Vec<Finding> {
        text::findings(text, file, |template| self.validate(template, options))
    }
}

/// The regions whose resource types are known.
pub fn regions() -> impl Iterator<Item = &'static str> {
    formwork_schema::facts::regions()
}

/// Entries of other sections than `Resources` have a place of their own when no resource is called the same.
fn location(template: &Template, options: &Options, finding: &Finding) -> Option<Location> {
    let own = match finding.path.as_slice() {
        [section, id, ..] if section == "Resources" || !template.resources.contains_key(id) => {
            options.locations.get(id)
        }
        _ => None,
    };
    own.or(options.location.as_ref()).cloned()
}
