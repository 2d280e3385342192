//! The template: its sections and their entries.
//!
//! Source: AWS CloudFormation User Guide, "Template sections" and "CloudFormation quotas".

use indexmap::IndexMap;

use crate::json::{Field, JsonWriter, Style, ToJson, Written};
use crate::reference::{Lowering, Reference, Shape};
use crate::resource::Resource;
use crate::value::{Map, Value};

/// The version of the format of templates, the only one that there is.
pub(crate) const FORMAT_VERSION: &str = "2010-09-09";

/// Bytes of template that an API call takes inline; a longer one goes through S3.
pub const MAX_INLINE_BYTES: usize = 51_200;
/// Bytes of template that CloudFormation takes at all. The quota is given as 1 MB; the service refuses more than these.
///
/// Source: its refusal, "Template may not exceed 1000000 bytes in size", in aws-samples/aws-vpc-cidr-mgmt issue 2; cfn-lint has the same limit.
pub const MAX_BYTES: usize = 1_000_000;
/// Resources in a template.
pub const MAX_RESOURCES: usize = 500;
/// Parameters in a template.
pub const MAX_PARAMETERS: usize = 200;
/// Outputs in a template.
pub const MAX_OUTPUTS: usize = 200;
/// Mappings in a template.
pub const MAX_MAPPINGS: usize = 200;
/// Bytes of a template's description.
pub const MAX_DESCRIPTION_BYTES: usize = 1_024;

/// One stack's document.
#[derive(Debug, Default)]
pub struct Template {
    /// The purpose of the stack, at most 1,024 bytes.
    pub description: Option<String>,
    /// Macros that CloudFormation runs over the template.
    pub transform: Option<Value>,
    /// Anything, for people and tools.
    pub metadata: Map,
    /// Values given when the stack is deployed.
    pub parameters: IndexMap<String, Parameter>,
    /// Assertions over parameters.
    pub rules: Map,
    /// Constant tables.
    pub mappings: Map,
    /// Named conditions.
    pub conditions: Map,
    /// The resources of the stack, by logical id.
    pub resources: IndexMap<String, Resource>,
    /// Values the stack gives out.
    pub outputs: IndexMap<String, Output>,
    /// Entries of which macros make entries of `Resources` (`Fn::ForEach::…`, `Fn::Transform`), by key; kept and written as read.
    pub resource_macros: Map,
    /// The same of `Outputs`.
    pub output_macros: Map,
    /// Sections that this version does not know (such as `Hooks`); kept and written as they were read.
    pub others: Map,
    /// The spelling of references in this template.
    pub lowering: Lowering,
}

/// A value given when the stack is deployed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parameter {
    /// The type of the value.
    pub parameter_type: ParameterType,
    /// The value when none is given.
    pub default: Option<Value>,
    /// The purpose of the parameter.
    pub description: Option<String>,
    /// The only values allowed.
    pub allowed_values: Option<Vec<Value>>,
    /// A regular expression that the value must match as a whole.
    pub allowed_pattern: Option<String>,
    /// The text for people whose value is refused.
    pub constraint_description: Option<String>,
    /// The shortest text.
    pub min_length: Option<Value>,
    /// The longest text.
    pub max_length: Option<Value>,
    /// The smallest number.
    pub min_value: Option<Value>,
    /// The largest number.
    pub max_value: Option<Value>,
    /// True if CloudFormation masks the value wherever it shows it.
    pub no_echo: Option<Value>,
}

/// The type of a parameter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParameterType {
    /// A text.
    #[default]
    String,
    /// A number.
    Number,
    /// A list of texts, given with commas.
    CommaDelimitedList,
    /// A list of numbers, given with commas.
    NumberList,
    /// Any other: an AWS-specific or Systems Manager type, e.g. `AWS::EC2::VPC::Id`.
    Other(String),
}

/// A value the stack gives out.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// The value.
    pub value: Value,
    /// The description.
    pub description: Option<String>,
    /// The name under which other stacks of the region can import it.
    pub export_name: Option<Value>,
    /// The condition under which there is such an output.
    pub condition: Option<String>,
}

/// References of a template, and problems with its parts that cannot be written.
#[derive(Debug, Default)]
pub struct Survey<'t> {
    /// Every typed reference, in the order of the document, with the entry that has it.
    pub references: Vec<(Owner<'t>, Reference)>,
    /// Those of the other parts: of metadata of the template, and of parameters, rules and mappings by their names.
    pub others: Vec<(Option<&'t str>, Reference)>,
    /// Problems with parts that cannot be written, each with the name of the entry that has the part, if one does.
    pub problems: Vec<(Option<&'t str>, String)>,
}

/// An entry of a template that holds a reference. A resource and an output can have one name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner<'t> {
    /// A condition, by its name.
    Condition(&'t str),
    /// A resource, by its logical id.
    Resource(&'t str),
    /// An output, by its name.
    Output(&'t str),
}

impl<'t> Owner<'t> {
    /// The entry's name.
    pub fn name(self) -> &'t str {
        match self {
            Owner::Condition(name) | Owner::Resource(name) | Owner::Output(name) => name,
        }
    }
}

impl Template {
    /// The template as JSON with a line end after it, and what could not be said in JSON.
    ///
    /// The same template gives the same bytes, always.
    pub fn to_json(&self, style: Style) -> (String, Vec<String>) {
        let Written { mut text, problems, .. } = self.write_json(style);
        text.push('\n');
        (text, problems)
    }

    /// The template as JSON without a line end after it, with what there is to know about the text.
    pub fn write_json(&self, style: Style) -> Written {
        let mut out = JsonWriter::new(style, &self.lowering);
        self.write(&mut out);
        out.finish()
    }

    /// Every typed reference in the template, in the order of the document, with what holds it.
    pub fn references(&self) -> Vec<(Owner<'_>, Reference)> {
        self.survey().references
    }

    /// References of the template, and problems with its parts that cannot be written.
    pub fn survey(&self) -> Survey<'_> {
        let mut survey = Survey::default();
        survey.add(self, None, None, &|out| {
            out.begin_object();
            self.write_head(out);
            out.end_object();
        });
        survey.section(self, PARAMETER, &self.parameters);
        survey.section(self, RULE, &self.rules);
        survey.section(self, MAPPING, &self.mappings);
        for (name, condition) in &self.conditions {
            survey
                .add(self, Some(name), Some(Owner::Condition(name)), &|out| out.entries([(name.as_str(), condition)]));
        }
        for (id, resource) in &self.resources {
            survey.add(self, Some(id), Some(Owner::Resource(id)), &|out| out.entries([(id.as_str(), resource)]));
        }
        for (name, output) in &self.outputs {
            survey.add(self, Some(name), Some(Owner::Output(name)), &|out| out.entries([(name.as_str(), output)]));
        }
        survey
    }

    /// Writes the parts before the sections with entries.
    fn write_head(&self, out: &mut JsonWriter) {
        out.key("AWSTemplateFormatVersion");
        out.string(FORMAT_VERSION);
        if let Some(description) = &self.description {
            out.key("Description");
            out.name("a description", description);
        }
        if let Some(transform) = &self.transform {
            out.key("Transform");
            out.plain("the name of a macro", |out| transform.write(out));
        }
        section(out, "Metadata", Some("metadata of a template"), &self.metadata);
    }
}

impl<'t> Survey<'t> {
    fn add(
        &mut self,
        template: &Template,
        entry: Option<&'t str>,
        owner: Option<Owner<'t>>,
        write: &dyn Fn(&mut JsonWriter),
    ) {
        let mut out = JsonWriter::collecting(&template.lowering);
        write(&mut out);
        let (references, problems) = out.collected();
        match owner {
            Some(owner) => self.references.extend(references.into_iter().map(|one| (owner, one))),
            None => self.others.extend(references.into_iter().map(|one| (entry, one))),
        }
        self.problems.extend(problems.into_iter().map(|problem| (entry, problem)));
    }

    fn section<T: ToJson>(&mut self, template: &Template, plain: &'static str, entries: &'t IndexMap<String, T>) {
        for (name, entry) in entries {
            let write = |out: &mut JsonWriter| out.plain(plain, |out| out.entries([(name.as_str(), entry)]));
            self.add(template, Some(name), None, &write);
        }
    }
}

/// Names, in error messages, of parts that cannot have functions.
const PARAMETER: &str = "part of a parameter";
const RULE: &str = "part of a rule";
const MAPPING: &str = "part of a mapping";

impl ParameterType {
    /// The type's name in a template.
    pub fn as_str(&self) -> &str {
        match self {
            ParameterType::String => "String",
            ParameterType::Number => "Number",
            ParameterType::CommaDelimitedList => "CommaDelimitedList",
            ParameterType::NumberList => "List<Number>",
            ParameterType::Other(name) => name,
        }
    }
}

impl ParameterType {
    /// The form of the values.
    ///
    /// Source: AWS CloudFormation User Guide, "Parameters", "CloudFormation-supplied parameter types".
    pub fn shape(&self) -> Shape {
        match self {
            ParameterType::CommaDelimitedList | ParameterType::NumberList => Shape::List,
            ParameterType::Other(name) => {
                let stored = name.strip_prefix("AWS::SSM::Parameter::Value<").and_then(|rest| rest.strip_suffix('>'));
                let of = stored.unwrap_or(name);
                let is_list = of.starts_with("List<") || of == "CommaDelimitedList";
                if is_list { Shape::List } else { Shape::Scalar }
            }
            ParameterType::String | ParameterType::Number => Shape::Scalar,
        }
    }
}

impl From<&str> for ParameterType {
    fn from(name: &str) -> Self {
        match name {
            "String" => ParameterType::String,
            "Number" => ParameterType::Number,
            "CommaDelimitedList" => ParameterType::CommaDelimitedList,
            "List<Number>" => ParameterType::NumberList,
            other => ParameterType::Other(other.to_owned()),
        }
    }
}

impl Parameter {
    /// True if CloudFormation masks the value, or may.
    pub fn is_masked(&self) -> bool {
        match &self.no_echo {
            None | Some(Value::Bool(false)) => false,
            Some(said) => said.as_str() != Some("false"),
        }
    }
}

impl Output {
    /// An output with a value and nothing else.
    pub fn new(value: impl Into<Value>) -> Self {
        Output { value: value.into(), description: None, export_name: None, condition: None }
    }
}

impl ToJson for Template {
    fn write(&self, out: &mut JsonWriter) {
        out.begin_object();
        self.write_head(out);
        section(out, "Parameters", Some(PARAMETER), &self.parameters);
        section(out, "Rules", Some(RULE), &self.rules);
        section(out, "Mappings", Some(MAPPING), &self.mappings);
        section(out, "Conditions", None, &self.conditions);
        out.key("Resources");
        with_macros(out, &self.resources, &self.resource_macros);
        if !self.outputs.is_empty() || !self.output_macros.is_empty() {
            out.key("Outputs");
            with_macros(out, &self.outputs, &self.output_macros);
        }
        for (key, value) in &self.others {
            out.key(key);
            value.write(out);
        }
        out.end_object();
    }
}

/// `plain` names the entries of a section whose entries cannot have functions.
fn section<T: ToJson>(out: &mut JsonWriter, name: &str, plain: Option<&'static str>, entries: &IndexMap<String, T>) {
    if !entries.is_empty() {
        out.key(name);
        match plain {
            Some(plain) => out.plain(plain, |out| entries.write(out)),
            None => entries.write(out),
        }
    }
}

fn with_macros<T: ToJson>(out: &mut JsonWriter, entries: &IndexMap<String, T>, macros: &Map) {
    let entries = entries.iter().map(|(key, value)| (key.as_str(), value as &dyn ToJson));
    let macros = macros.iter().map(|(key, value)| (key.as_str(), value as &dyn ToJson));
    out.entries(entries.chain(macros));
}

impl ToJson for Parameter {
    fn write(&self, out: &mut JsonWriter) {
        let parameter_type = self.parameter_type.as_str();
        out.object(&[
            ("Type", &parameter_type),
            ("Default", &self.default),
            ("Description", &self.description),
            ("AllowedValues", &self.allowed_values),
            ("AllowedPattern", &self.allowed_pattern),
            ("ConstraintDescription", &self.constraint_description),
            ("MinLength", &self.min_length),
            ("MaxLength", &self.max_length),
            ("MinValue", &self.min_value),
            ("MaxValue", &self.max_value),
            ("NoEcho", &self.no_echo),
        ]);
    }
}

impl ToJson for Output {
    fn write(&self, out: &mut JsonWriter) {
        let export = self.export_name.as_ref().map(Export);
        let description = self.description.as_deref().map(|text| Plain("the description of an output", text));
        let condition = self.condition.as_deref().map(|name| Plain("the name of a condition", name));
        let fields: [(&str, &dyn Field); 4] =
            [("Description", &description), ("Condition", &condition), ("Value", &self.value), ("Export", &export)];
        out.object(&fields);
    }
}

/// A noun, and the text that it names.
struct Plain<'a>(&'static str, &'a str);

impl ToJson for Plain<'_> {
    fn write(&self, out: &mut JsonWriter) {
        out.name(self.0, self.1);
    }
}

struct Export<'a>(&'a Value);

impl ToJson for Export<'_> {
    fn write(&self, out: &mut JsonWriter) {
        out.object(&[("Name", self.0)]);
    }
}
