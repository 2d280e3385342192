//! Typed references: to a resource of the same stack, or to one of another stack, maybe in another region.
//!
//! A [`Reference`] says what is meant; how it is spelled depends on the template it is written into and is decided by a
//! [`Lowering`]. The names a reference between stacks gets are a contract with the deployer and with people who deploy
//! the templates by other means: output `Export<LogicalId><Attr>` in the producer, parameter
//! `<ProducerStackInPascalCase><LogicalId><Attr>` in the consumer.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

pub use crate::attribute::Attribute;
use crate::existing::Existing;
use crate::function::Function;
use crate::template::ParameterType;
use crate::value::{Val, Value};

/// The identity of a stack within an app: CloudFormation wants a stack's name to be unique in its region only.
///
/// Its text is `NAME@REGION`: neither part can have an `@`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StackId {
    /// The stack's name, e.g. `habitpay-edge`.
    pub name: Arc<str>,
    /// The region's code, e.g. `us-east-1`.
    pub region: Arc<str>,
}

impl StackId {
    /// The stack of this name in this region.
    pub fn new(name: impl Into<Arc<str>>, region: impl Into<Arc<str>>) -> StackId {
        StackId { name: name.into(), region: region.into() }
    }

    /// The stack whose text this is; `None` where a part of it is missing.
    pub fn read(text: &str) -> Option<StackId> {
        let (name, region) = StackId::split(text);
        let region = region.filter(|region| !region.is_empty() && !name.is_empty())?;
        Some(StackId::new(name, region))
    }

    /// The parts of what a user types for a stack: its name, and its region if there is one.
    pub fn split(text: &str) -> (&str, Option<&str>) {
        match text.rsplit_once('@') {
            Some((name, region)) => (name, Some(region)),
            None => (text, None),
        }
    }
}

impl fmt::Display for StackId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.name, self.region)
    }
}

/// The form of a referenced value, which decides how it travels from one stack to another: outputs and parameters carry
/// texts only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Shape {
    /// A text, a number or a truth value.
    #[default]
    Scalar,
    /// A list of texts; travels joined with commas.
    List,
    /// Anything else; cannot travel.
    Json,
}

/// A Rust type that a referenced value can have.
pub trait Shaped {
    /// The form of such a value.
    const SHAPE: Shape;

    /// The value that is known to be `text`.
    fn known(text: &str) -> Val<Self>
    where
        Self: Sized,
    {
        Val::untyped(text)
    }
}

impl Shaped for String {
    const SHAPE: Shape = Shape::Scalar;

    fn known(text: &str) -> Val<String> {
        Val::Literal(text.to_owned())
    }
}

impl Shaped for bool {
    const SHAPE: Shape = Shape::Scalar;
}

impl Shaped for i64 {
    const SHAPE: Shape = Shape::Scalar;
}

impl Shaped for f64 {
    const SHAPE: Shape = Shape::Scalar;
}

impl<T> Shaped for Vec<T> {
    const SHAPE: Shape = Shape::List;
}

impl Shaped for Value {
    const SHAPE: Shape = Shape::Json;
}

/// A value of a deployed resource: its `Ref` or one of its attributes.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Reference {
    /// The stack in which the resource is.
    pub stack: StackId,
    /// The resource's name in that stack's template.
    pub logical_id: Arc<str>,
    /// The attribute of the resource.
    pub attribute: Attribute,
    /// The value's form.
    pub shape: Shape,
    /// Origin of the thing: a stack of the app, or it exists already.
    pub source: Source,
}

/// Origins of the thing that is referred to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Source {
    /// It is a resource of a stack of the app, or a parameter of one.
    #[default]
    Resource,
    /// It is a condition of a stack, and the value is its name, which means something in its own template alone.
    Condition,
    /// It is a mapping of a stack; the same.
    Mapping,
    /// It exists, and no stack of the app has it.
    Existing(Arc<Existing>),
}

/// The spelling of references between stacks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum References {
    /// As a parameter of the consumer that the deployer fills with the producer's output. The preview is exact, since
    /// the change set knows the value.
    #[default]
    Parameter,
    /// Within a region as an export that the consumer imports; between regions as a parameter. An export that is in use
    /// cannot change, nor can its stack be deleted: the producer is held by its consumers.
    Export,
    /// As `Fn::GetStackOutput`, which CloudFormation resolves itself while the change set runs: for templates that are
    /// deployed with other tools. Previews show such a value as not known yet.
    StackOutput,
}

/// The spelling of references in one template.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lowering {
    /// The stack that the template belongs to; `None` for a template that was read.
    pub stack: Option<StackId>,
    /// The spelling of references to other stacks.
    pub references: References,
    /// Nested stacks of the app.
    pub nested: BTreeMap<StackId, Nested>,
}

/// The place of a nested stack, as another stack sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Nested {
    /// It is inside of the nested stack with this logical id, or that stack itself: its values are outputs of that one.
    Inside(String),
    /// It is anywhere else: its values are parameters.
    Elsewhere,
}

impl Reference {
    /// The `Ref` of a resource.
    pub fn to(stack: StackId, logical_id: impl Into<Arc<str>>) -> Reference {
        let attribute = Attribute::Ref(Cow::Borrowed("Ref"));
        Reference { stack, logical_id: logical_id.into(), attribute, shape: Shape::Scalar, source: Source::Resource }
    }

    /// The `Ref` of a thing that exists already; `id` is what messages call it.
    pub fn to_existing(id: impl Into<Arc<str>>, existing: Existing) -> Reference {
        let source = Source::Existing(Arc::new(existing));
        Reference { source, ..Reference::to(StackId::default(), id) }
    }

    /// The thing that exists already; `None` for a resource of a stack.
    pub fn existing(&self) -> Option<&Existing> {
        match &self.source {
            Source::Resource | Source::Condition | Source::Mapping => None,
            Source::Existing(existing) => Some(existing),
        }
    }

    /// The kind of the entry of a template whose name this is; `None` for what has values.
    pub fn named(&self) -> Option<&'static str> {
        match &self.source {
            Source::Resource | Source::Existing(_) => None,
            Source::Condition => Some("condition"),
            Source::Mapping => Some("mapping"),
        }
    }

    /// The name of the producer's output that carries this value.
    pub fn output_name(&self) -> String {
        format!("Export{}{}", self.logical_id, self.attribute.export_part())
    }

    /// The name of the consumer's parameter that receives this value.
    pub fn parameter_name(&self) -> String {
        format!("{}{}{}", pascal_case(&self.stack.name), self.logical_id, self.attribute.export_part())
    }

    /// The name of the output that carries this value out of a nested stack, and of those around it.
    pub fn nested_output_name(&self) -> String {
        format!("Export{}", self.parameter_name())
    }

    /// The name of the export that carries this value, unique in its region: `<stack>:<output>`.
    pub fn export_name(&self) -> String {
        format!("{}:{}", self.stack.name, self.output_name())
    }

    /// The reference as it is spelled inside its own stack.
    pub fn local(&self) -> Function {
        if self.named().is_some() {
            return Function::Untyped(Value::from(&*self.logical_id));
        }
        match &self.attribute {
            Attribute::Ref(_) => Function::Ref(self.logical_id.to_string()),
            Attribute::GetAtt(name) => {
                Function::GetAtt { logical_id: self.logical_id.to_string(), attribute: Value::from(&**name) }
            }
        }
    }

    /// The resource's attribute `name`, as a typed value.
    #[inline]
    pub fn get_att<T: Shaped>(&self, name: &'static str) -> Val<T> {
        self.value(Attribute::GetAtt(Cow::Borrowed(name)))
    }

    /// The resource's `Ref`, known to people as `name`.
    #[inline]
    pub fn get_ref<T: Shaped>(&self, name: &'static str) -> Val<T> {
        self.value(Attribute::Ref(Cow::Borrowed(name)))
    }

    /// Either of them, by a name that is not known when the program is compiled.
    ///
    /// For a thing that exists already, it is the known value, if there is one.
    #[inline]
    pub fn value<T: Shaped>(&self, attribute: Attribute) -> Val<T> {
        match self.known(&attribute) {
            Some(text) => T::known(text),
            None => self.unknown(attribute, T::SHAPE).val(),
        }
    }

    fn known(&self, attribute: &Attribute) -> Option<&str> {
        self.existing()?.value(attribute)
    }

    fn unknown(&self, attribute: Attribute, shape: Shape) -> Function {
        Function::Reference(Reference { attribute, shape, ..self.clone() })
    }

    /// The value of the output that carries this reference: a text, as every output's value must be.
    pub fn output_value(&self) -> Value {
        self.as_text(self.local())
    }

    /// The same in a stack that passes the reference on, to a stack around it or inside of it.
    pub fn passed_value(&self) -> Value {
        self.as_text(Function::Reference(self.clone()))
    }

    fn as_text(&self, value: Function) -> Value {
        match self.shape {
            Shape::Scalar | Shape::Json => value.into(),
            Shape::List => Function::Join { delimiter: ",".to_owned(), values: value.into() }.into(),
        }
    }

    /// The type of the parameter that receives this reference.
    pub fn parameter_type(&self) -> ParameterType {
        match self.shape {
            Shape::Scalar | Shape::Json => ParameterType::String,
            Shape::List => ParameterType::CommaDelimitedList,
        }
    }
}

impl Lowering {
    pub(crate) const NONE: Lowering =
        Lowering { stack: None, references: References::Parameter, nested: BTreeMap::new() };

    /// True if `reference` points to another stack than this template's.
    pub fn is_foreign(&self, reference: &Reference) -> bool {
        self.stack.as_ref().is_some_and(|own| *own != reference.stack)
    }

    /// The spelling of a reference to another stack: what was asked for, where it is possible.
    pub fn spelling(&self, reference: &Reference) -> References {
        let same_region = self.stack.as_ref().is_some_and(|own| own.region == reference.stack.region);
        match self.references {
            // A nested stack has no name by which an export or an output could be found.
            _ if self.nested.contains_key(&reference.stack) => References::Parameter,
            References::Export if !same_region => References::Parameter,
            asked_for => asked_for,
        }
    }

    pub(crate) fn lower(&self, reference: &Reference) -> Function {
        // A value of an existing thing that is not known is a problem at synth.
        // The same holds for a name of another template.
        if !self.is_foreign(reference) || !matches!(reference.source, Source::Resource) {
            return reference.local();
        }
        if let Some(Nested::Inside(logical_id)) = self.nested.get(&reference.stack) {
            let attribute = Value::from(format!("Outputs.{}", reference.nested_output_name()));
            return listed(reference, Function::GetAtt { logical_id: logical_id.clone(), attribute });
        }
        let text = match self.spelling(reference) {
            // A parameter has its own type for lists.
            References::Parameter => return Function::Ref(reference.parameter_name()),
            References::Export => Function::ImportValue(Value::from(reference.export_name())),
            References::StackOutput => Function::GetStackOutput {
                stack_name: Value::from(&*reference.stack.name),
                output_name: Value::from(reference.output_name()),
                region: Some(Value::from(&*reference.stack.region)),
                role_arn: None,
            },
        };
        listed(reference, text)
    }
}

/// The value of a text that carries the reference.
fn listed(reference: &Reference, text: Function) -> Function {
    match reference.shape {
        Shape::Scalar | Shape::Json => text,
        Shape::List => Function::Split { delimiter: ",".to_owned(), source: text.into() },
    }
}

/// `habitpay-edge` -> `HabitpayEdge`.
pub fn pascal_case(name: &str) -> String {
    name.split(|c: char| !c.is_ascii_alphanumeric())
        .flat_map(|word| {
            let mut characters = word.chars();
            characters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(characters)
        })
        .collect()
}
