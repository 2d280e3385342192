//! The templates that an app synthesizes.

use std::fmt;
use std::path::Path;

use formwork::assembly::{Assembly, Location, Report, StackArtifact, StackId, did_you_mean};
use formwork::template::{HasAttributes, ResourceType};
use formwork::{App, Context, Handle, IntoApp, Problem};
use formwork_diff::Registry;
#[cfg(feature = "schemas")]
use formwork_validate::{Finding, Options};
use serde_json::Value;

use crate::golden;
use crate::matching::Match;

/// The cloud assembly of an app.
#[derive(Clone, Debug)]
pub struct Synthesized {
    assembly: Assembly,
    templates: Vec<Template>,
}

/// The template of one stack.
#[derive(Clone, Debug)]
pub struct Template {
    artifact: StackArtifact,
    json: Value,
}

/// A resource of a template.
#[derive(Clone, Debug)]
pub struct Resource<'t> {
    logical_id: &'t str,
    json: &'t Value,
    location: Option<&'t Location>,
}

/// Synthesizes an app without context values: give the app's function, or `|_| app` for an app that is there.
///
/// # Panics
///
/// If the app has problems: the test fails with all of them, each with its file and line.
#[track_caller]
pub fn synth<A: IntoApp>(app: impl FnOnce(&Context) -> A) -> Synthesized {
    match try_synth(app) {
        Ok(synthesized) => synthesized,
        Err(problems) => panic!("{}", Problems(&problems)),
    }
}

/// Synthesizes an app that may have problems: all errors, if there are any.
///
/// # Errors
///
/// All problems of the app, each with its place in the source.
pub fn try_synth<A: IntoApp>(app: impl FnOnce(&Context) -> A) -> Result<Synthesized, Vec<Problem>> {
    let assembly = formwork::synth(app, &Context::default()).map_err(problems)?;
    let read = |artifact: &StackArtifact| match serde_json::from_str(&artifact.template) {
        Ok(json) => Ok(Template { artifact: artifact.clone(), json }),
        Err(error) => {
            let message = format!("the template of stack `{}` cannot be read: {error}", artifact.id.name);
            Err(vec![Problem::error(message)])
        }
    };
    let templates = assembly.stacks.iter().map(read).collect::<Result<_, _>>()?;
    Ok(Synthesized { assembly, templates })
}

/// The app with these context values in place of those that a test gives it: an argument of [`synth`], [`deploy`](crate::deploy()) and
/// the others. A value that the app does not ask for is a problem of the app, as it is for the commands.
///
/// ```
/// use formwork::prelude::*;
/// use formwork_testing::{synth, with_context};
///
/// fn app(context: &Context) -> App {
///     App::new().with(Stack::<UsEast1>::new(&context.get("name", "one")))
/// }
/// assert_eq!(synth(with_context(app, [("name", "two")])).stacks()[0].name(), "two");
/// ```
#[track_caller]
pub fn with_context<A: IntoApp, K: Into<String>, V: Into<String>>(
    app: impl FnOnce(&Context) -> A,
    values: impl IntoIterator<Item = (K, V)>,
) -> impl FnOnce(&Context) -> Result<App, formwork::Pending> {
    let (context, here) = (Context::new(values), std::panic::Location::caller());
    move |_| {
        let app = app(&context).into_app()?;
        let placed = |problem: Problem| Problem { location: problem.location.or(Some(here.into())), ..problem };
        Ok(context.mistakes().into_iter().map(placed).fold(app, App::problem))
    }
}

fn problems(report: Report) -> Vec<Problem> {
    let Report { mut problems, missing } = report;
    problems.extend(missing.into_iter().map(|lookup| Problem::error(format!("nothing is known of {lookup}"))));
    problems
}

struct Problems<'p>(&'p [Problem]);

impl fmt::Display for Problems<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|problem| write!(f, "\n{problem}"))
    }
}

impl Synthesized {
    /// The assembly as the commands read it.
    pub fn assembly(&self) -> &Assembly {
        &self.assembly
    }

    /// The templates, in the order in which the app lists its stacks.
    pub fn stacks(&self) -> &[Template] {
        &self.templates
    }

    /// Warnings of synth.
    pub fn warnings(&self) -> &[Problem] {
        &self.assembly.warnings
    }

    /// The template of the stack with this name, or `NAME@REGION` where several have it.
    ///
    /// # Panics
    ///
    /// If the app has no such stack, or several.
    #[track_caller]
    pub fn stack(&self, name: &str) -> &Template {
        let selector = formwork::assembly::Selector::read(name);
        let found: Vec<&Template> = self.templates.iter().filter(|template| selector.names(template.id())).collect();
        match found.as_slice() {
            [one] => one,
            [] => {
                let names = self.templates.iter().map(Template::name);
                panic!("the app has no stack `{name}`{}", meant(did_you_mean(name, names)))
            }
            _ => panic!("the app has {} stacks `{name}`\nhint: name one as `{name}@REGION`", found.len()),
        }
    }
}

pub(crate) fn meant(candidate: Option<&str>) -> String {
    candidate.map(|name| format!("\nhint: did you mean `{name}`?")).unwrap_or_default()
}

impl Template {
    /// The stack's name and region.
    pub fn id(&self) -> &StackId {
        &self.artifact.id
    }

    /// The stack's name.
    pub fn name(&self) -> &str {
        &self.artifact.id.name
    }

    /// The whole template.
    pub fn json(&self) -> &Value {
        &self.json
    }

    /// The text of the template's file: the same for the same source, so that a snapshot of it needs no filter.
    pub fn text(&self) -> &str {
        &self.artifact.template
    }

    /// The resource with this logical id.
    ///
    /// # Panics
    ///
    /// If there is none.
    #[track_caller]
    pub fn resource(&self, logical_id: &str) -> Resource<'_> {
        match self.resources().find(|resource| resource.logical_id == logical_id) {
            Some(resource) => resource,
            None => {
                let ids = self.resources().map(|resource| resource.logical_id);
                panic!("stack `{}` has no resource `{logical_id}`{}", self.name(), meant(did_you_mean(logical_id, ids)))
            }
        }
    }

    /// The resource behind a handle.
    ///
    /// # Panics
    ///
    /// If this is another stack's handle.
    #[track_caller]
    pub fn find<T: HasAttributes, R>(&self, handle: &Handle<T, R>) -> Resource<'_> {
        let stack = &Handle::reference(handle).stack;
        assert!(stack == self.id(), "the handle is of stack `{}`, this is `{}`", stack.name, self.name());
        self.resource(Handle::logical_id(handle))
    }

    /// All resources of a generated type, in the order of the template.
    ///
    /// ```
    /// # use formwork::prelude::*;
    /// # let mut stack = Stack::<UsEast1>::new("zones");
    /// # stack.add("Zone", cfn::route53::HostedZone { name: some("example.com"), ..Default::default() });
    /// # let app = App::new().with(stack);
    /// let zones = formwork_testing::synth(|_| app);
    /// assert_eq!(zones.stack("zones").of::<cfn::route53::HostedZone>().len(), 1);
    /// ```
    pub fn of<T: ResourceType>(&self) -> Vec<Resource<'_>> {
        self.of_type(T::TYPE_NAME)
    }

    /// All resources of a type, in the order of the template.
    ///
    /// # Panics
    ///
    /// If the template has none, and there is no such type of AWS's.
    #[track_caller]
    pub fn of_type(&self, type_name: &str) -> Vec<Resource<'_>> {
        let found: Vec<Resource<'_>> = self.resources().filter(|resource| resource.type_name() == type_name).collect();
        let types = Registry::default();
        let is_mistake = found.is_empty() && type_name.starts_with("AWS::") && types.of(type_name).is_none();
        let close = || did_you_mean(type_name, types.type_names());
        assert!(!is_mistake, "`{type_name}` is not a resource type{}", meant(close()));
        found
    }

    /// All resources.
    pub fn resources(&self) -> impl Iterator<Item = Resource<'_>> {
        let resources = self.json["Resources"].as_object().into_iter().flatten();
        resources.map(|(id, json)| {
            let place = self.artifact.locations.iter().find(|(entry, _)| entry == id);
            Resource { logical_id: id, json, location: place.map(|(_, location)| location) }
        })
    }

    /// The value of an output, as it stands in the template.
    pub fn output(&self, name: &str) -> Option<&Value> {
        self.json["Outputs"].get(name)?.get("Value")
    }

    /// The output matches the pattern.
    ///
    /// # Panics
    ///
    /// If it does not: with every place that does not.
    #[track_caller]
    pub fn assert_output(&self, name: &str, pattern: impl Into<Match>) {
        let mismatches = pattern.into().mismatches(&format!("Outputs.{name}.Value"), self.output(name));
        assert!(mismatches.is_empty(), "stack `{}`:\n{}", self.name(), mismatches.join("\n"));
    }

    /// Findings of validation, those of `cargo formwork validate`: errors first. Behind the feature `schemas`.
    #[cfg(feature = "schemas")]
    pub fn findings(&self) -> Vec<Finding> {
        // Templates of synth can be read: there is nothing to find in anything else.
        let Ok(template) = formwork::template::Template::from_json(self.text()) else { return Vec::new() };
        let place = |location: &Location| formwork_validate::Location {
            file: location.file.to_string(),
            line: location.line,
            column: None,
        };
        let acknowledged = self.artifact.acknowledged.iter().map(|known| formwork_validate::Acknowledgement {
            logical_id: known.logical_id.clone(),
            rule: known.rule.clone(),
            reason: known.reason.clone(),
            ..Default::default()
        });
        let options = Options {
            region: Some(self.id().region.to_string()),
            locations: self.artifact.locations.iter().map(|(id, location)| (id.clone(), place(location))).collect(),
            location: self.artifact.location.as_ref().map(place),
            acknowledged: acknowledged.collect(),
            ..Options::default()
        };
        formwork_validate::validate(&template, &options)
    }

    /// Validation finds nothing but what the source acknowledges. Behind the feature `schemas`.
    ///
    /// # Panics
    ///
    /// If it does: with all findings.
    #[cfg(feature = "schemas")]
    #[track_caller]
    pub fn assert_no_findings(&self) {
        let open = self.findings().into_iter().filter(|finding| finding.reason.is_none());
        let found: Vec<String> = open.map(|finding| finding.to_string()).collect();
        assert!(found.is_empty(), "stack `{}`:\n{}", self.name(), found.join("\n"));
    }

    /// The template is the one in the file, which is relative to the crate's folder. Set `FORMWORK_UPDATE=1` to write it.
    ///
    /// # Panics
    ///
    /// If it is not, or the file cannot be read or written.
    #[track_caller]
    pub fn assert_golden(&self, path: impl AsRef<Path>) {
        if let Err(difference) = golden::compare(path.as_ref(), self.text()) {
            panic!("stack `{}`: {difference}", self.name());
        }
    }
}

impl Resource<'_> {
    /// The name in the template.
    pub fn logical_id(&self) -> &str {
        self.logical_id
    }

    /// The type, such as `AWS::SQS::Queue`.
    pub fn type_name(&self) -> &str {
        self.json["Type"].as_str().unwrap_or_default()
    }

    /// The whole entry of the template, with `DeletionPolicy` and the others.
    pub fn json(&self) -> &Value {
        self.json
    }

    /// The properties; `null` without any.
    pub fn properties(&self) -> &Value {
        &self.json["Properties"]
    }

    /// The properties match the pattern.
    ///
    /// # Panics
    ///
    /// If they do not: with every place that does not, and the line at which the resource was added.
    #[track_caller]
    pub fn assert(&self, pattern: impl Into<Match>) {
        self.check("Properties", pattern.into());
    }

    /// Attributes beside the properties, such as `DeletionPolicy`, match the pattern.
    ///
    /// # Panics
    ///
    /// If it does not.
    #[track_caller]
    pub fn assert_option(&self, name: &str, pattern: impl Into<Match>) {
        self.check(name, pattern.into());
    }

    #[track_caller]
    fn check(&self, name: &str, pattern: Match) {
        let mismatches = pattern.mismatches(name, self.json.get(name));
        let place = self.location.map(|location| format!("\n  --> {location}")).unwrap_or_default();
        let (id, type_name) = (self.logical_id, self.type_name());
        assert!(mismatches.is_empty(), "`{id}` ({type_name}) does not match{place}\n{}", mismatches.join("\n"));
    }
}
