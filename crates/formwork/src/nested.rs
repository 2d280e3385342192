//! Nested stacks: a stack that is a resource of another one. Its template is an asset of the outermost stack, and so is what it ships;
//! values travel in and out of it by themselves (module `travel`).
//!
//! Sources: AWS CloudFormation Template Reference, `AWS::CloudFormation::Stack` (properties, return values); AWS CloudFormation User Guide,
//! "Split a template into reusable pieces using nested stacks".

use std::borrow::Cow;

use formwork_assembly::{Asset as Record, BUCKET_PARAMETER, Problem};
use formwork_template::{
    Attribute, DeletionPolicy, Function, HasAttributes, IndexMap, Map, Reference, Resource, Shape, StackId,
    UpdateReplacePolicy, Val, Value, backticked, did_you_mean, pseudo,
};

use crate::asset::{Asset, object, parameter};
use crate::contents::{Contents, Place};
use crate::handle::Handle;
use crate::into_value::IntoValue;
use crate::plain;
use crate::scope::{Construct, Lowered, Scope};
use crate::stack::Stack;

/// Type of a nested stack.
const TYPE_NAME: &str = "AWS::CloudFormation::Stack";
/// Property with the values for the parameters of a nested stack.
const PARAMETERS: &str = "Parameters";
/// Name of the asset that is the template, below the nested stack's own.
const TEMPLATE: &str = "Template";

/// A stack as a resource of another one, of its region: they are deployed, rolled back and deleted together.
///
/// Values that one of them uses of the other need no line: a handle's value in the nested stack becomes a parameter of it, and a value out of it
/// becomes an output. What the nested stack ships is shipped by the outermost one. Beyond the name by which the app knows it, it has none:
/// CloudFormation gives it one.
///
/// ```
/// use formwork::prelude::*;
///
/// let mut network = Stack::<EuCentral1>::new("shop-network");
/// let size: Val<String> = network.parameter("Size", parameter::text());
/// let zone = network.add("Zone", cfn::route53::HostedZone { name: some(size), ..Default::default() });
///
/// let mut shop = Stack::<EuCentral1>::new("shop");
/// shop.add("Network", NestedStack::new(network).parameter("Size", "small.example.com"));
/// shop.output("Zone", zone.id()); // an output of the nested stack, without a line for it
/// # let assembly = App::new().with(shop).synth().unwrap();
/// # assert!(assembly.stacks[0].template.contains("Outputs.ExportShopNetworkZoneId"));
/// ```
#[derive(Debug)]
pub struct NestedStack {
    contents: Contents,
    parameters: IndexMap<String, Value>,
    timeout_in_minutes: Option<Val<i64>>,
    notification_arns: Vec<Val<String>>,
}

impl NestedStack {
    /// The stack as a part of another one.
    pub fn new<R>(stack: Stack<R>) -> Self {
        NestedStack {
            contents: stack.into_contents(),
            parameters: IndexMap::new(),
            timeout_in_minutes: None,
            notification_arns: Vec::new(),
        }
    }

    /// Gives a parameter of the stack its value. A list is joined with commas, as CloudFormation wants it.
    pub fn parameter(mut self, name: impl Into<String>, value: impl IntoValue) -> Self {
        self.parameters.insert(name.into(), value.into_value());
        self
    }

    /// The minutes after which the creation of the stack has failed.
    pub fn timeout_in_minutes(mut self, minutes: impl Into<Val<i64>>) -> Self {
        self.timeout_in_minutes = Some(minutes.into());
        self
    }

    /// Has the events of the stack sent to this SNS topic. Several may be given.
    pub fn notification_arn(mut self, topic: impl Into<Val<String>>) -> Self {
        self.notification_arns.push(topic.into());
        self
    }
}

/// The attributes of a nested stack.
#[derive(Clone, Debug)]
pub struct NestedStackAttributes(Reference);

impl From<Reference> for NestedStackAttributes {
    fn from(reference: Reference) -> Self {
        NestedStackAttributes(reference)
    }
}

impl NestedStackAttributes {
    /// The ARN of the nested stack.
    pub fn stack_id(&self) -> Val<String> {
        self.0.get_ref("StackId")
    }

    /// An output that the nested stack has by [`Scope::output`].
    pub fn output(&self, name: &str) -> Val<String> {
        self.0.value(Attribute::GetAtt(Cow::Owned(format!("{OUTPUTS}{name}"))))
    }
}

/// Begin of the attributes that are outputs.
const OUTPUTS: &str = "Outputs.";

impl HasAttributes for NestedStack {
    type Attributes = NestedStackAttributes;
}

/// The properties of the resource, as a map.
impl Lowered for NestedStack {
    type L1 = Map;
}

impl<R> Construct<R> for NestedStack {
    type Handle = Handle<NestedStack, R>;

    fn add_to(self, scope: &mut Scope<R>) -> Self::Handle {
        let problems = self.problems(scope.stack_id());
        scope.problems(problems);
        let template = scope.asset(TEMPLATE, Asset::bytes([]).extension("template.json"));
        let NestedStack { mut contents, parameters, timeout_in_minutes, notification_arns } = self;
        let own = scope.logical_id().to_owned();
        let parent = scope.contents_mut();

        let mut given: Map = parameters.into_iter().map(|(name, value)| (name, as_text(value))).collect();
        let assets = contents.take_assets();
        if !assets.is_empty() {
            given.insert(BUCKET_PARAMETER.to_owned(), object(&parent.id, BUCKET_PARAMETER).bucket().into());
        }
        for asset in assets {
            let id = format!("{own}{}", asset.id);
            let record = Record { stack: parent.id.clone(), parameter: parameter(&id), id, ..asset };
            given.insert(asset.parameter, object(&parent.id, &record.parameter).key().into());
            parent.ship(record);
        }
        parent.depends_on.append(&mut contents.depends_on);

        let mut properties = Map::new();
        // By path, which every name of a bucket fits, and every server that stands in for S3 knows.
        let url = format!("https://s3.{}.{}/{}", pseudo::region(), pseudo::url_suffix(), template.location());
        properties.insert("TemplateURL".to_owned(), Val::from(url).into());
        if !given.is_empty() {
            properties.insert(PARAMETERS.to_owned(), Value::Map(given));
        }
        if let Some(minutes) = timeout_in_minutes {
            properties.insert("TimeoutInMinutes".to_owned(), minutes.into());
        }
        if !notification_arns.is_empty() {
            let topics = notification_arns.into_iter().map(Value::from).collect();
            properties.insert("NotificationARNs".to_owned(), Value::List(topics));
        }
        let tags = std::mem::take(&mut contents.tags);
        if !tags.is_empty() {
            let tag = |(key, value): (String, String)| {
                let entries = [("Key", key), ("Value", value)];
                Value::Map(entries.into_iter().map(|(name, text)| (name.to_owned(), Value::from(text))).collect())
            };
            properties.insert("Tags".to_owned(), Value::List(tags.into_iter().map(tag).collect()));
        }

        contents.place = Some(Place { parent: parent.id.clone(), logical_id: own, ..Place::default() });
        parent.nested.push(contents);
        // Said, since a nested stack may hold data: that is kept by the policies of its own resources.
        scope.insert(Resource {
            deletion_policy: Some(DeletionPolicy::Delete),
            update_replace_policy: Some(UpdateReplacePolicy::Delete),
            ..Resource::untyped(TYPE_NAME, Box::new(properties))
        })
    }
}

impl NestedStack {
    /// The problems of this stack as a part of `parent`.
    fn problems(&self, parent: &StackId) -> Vec<Problem> {
        let Contents { id, template, .. } = &self.contents;
        let name = &id.name;
        let error = |message: String, hint: &str| Problem::error(message).hint(hint);
        let mut problems = Vec::new();
        if id.region != parent.region {
            let message = format!("stack `{name}` in {} cannot be nested in a stack in {}", id.region, parent.region);
            problems.push(error(message, "a nested stack is in the region of the stack around it"));
        }
        if self.contents.termination_protection {
            let message = format!("the nested stack `{name}` cannot be protected by itself");
            problems.push(error(message, "`termination_protection` of the stack around it protects both"));
        }
        let tags: Vec<_> = self.contents.tags.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
        plain::tags(&format!("the nested stack `{name}`"), &tags, &mut problems);
        let is_carried = self.contents.files.iter().any(|file| file.carrier.is_some());
        if is_carried || !self.contents.switches.is_empty() {
            let message = format!("the nested stack `{name}` delivers files, which a preview could not compare");
            problems.push(error(message, "add what delivers them to a stack of the app"));
        }
        let is_filled = |parameter: &str| {
            parameter == BUCKET_PARAMETER && !self.contents.assets.is_empty()
                || self.contents.assets.iter().any(|asset| asset.parameter == *parameter)
        };
        for given in self.parameters.keys() {
            let shown = plain::shortened(given);
            if is_filled(given) {
                let message = format!("the parameter {shown} of the nested stack `{name}` is for what it ships");
                problems.push(error(message, "it is given by itself"));
            } else if !template.parameters.contains_key(given) {
                let known = template.parameters.keys().map(String::as_str);
                let problem = Problem::error(format!("the nested stack `{name}` does not have the parameter {shown}"));
                problems.push(match did_you_mean(given, known.clone()) {
                    Some(close) => problem.hint(format!("did you mean `{close}`?")),
                    None if template.parameters.is_empty() => problem.hint("it has none"),
                    None => problem.hint(format!("it has {}", backticked(known))),
                });
            }
        }
        for (parameter, declared) in &template.parameters {
            if declared.default.is_none() && !self.parameters.contains_key(parameter) && !is_filled(parameter) {
                let message = format!("the nested stack `{name}` needs a value for its parameter `{parameter}`");
                problems.push(error(message, &format!("`.parameter({parameter:?}, …)`")));
            }
        }
        problems
    }
}

/// The value as CloudFormation takes it for a parameter: a text.
fn as_text(value: Value) -> Value {
    let is_list = match &value {
        Value::List(_) => true,
        Value::Function(function) => matches!(
            &**function,
            Function::Reference(Reference { shape: Shape::List, .. })
                | Function::Split { .. }
                | Function::GetAzs(_)
                | Function::Cidr { .. }
        ),
        Value::Bool(value) => return Value::String(value.to_string()),
        Value::Number(number) => return Value::String(number.to_string()),
        Value::Null | Value::String(_) | Value::Map(_) => false,
    };
    match is_list {
        true => Function::Join { delimiter: ",".to_owned(), values: value }.into(),
        false => value,
    }
}

/// All stacks of an app, nested ones too, those around others first.
pub(crate) fn flattened(stacks: Vec<Contents>) -> Vec<Contents> {
    let mut all = Vec::new();
    let mut next: Vec<Contents> = stacks.into_iter().rev().collect();
    while let Some(mut stack) = next.pop() {
        let around = stack.place.clone().unwrap_or_else(|| Place { root: stack.id.clone(), ..Place::default() });
        for mut nested in std::mem::take(&mut stack.nested).into_iter().rev() {
            if let Some(place) = &mut nested.place {
                let slash = if around.path.is_empty() { "" } else { "/" };
                place.path = format!("{}{slash}{}", around.path, place.logical_id);
                place.asset = format!("{}{TEMPLATE}", place.path.replace('/', ""));
                place.root = around.root.clone();
            }
            next.push(nested);
        }
        all.push(stack);
    }
    all
}

/// Has what is to be deployed after a nested stack deployed after the outermost one around it.
pub(crate) fn lift_order(stacks: &mut [Contents]) {
    let roots: Vec<(StackId, StackId)> =
        stacks.iter().filter_map(|stack| Some((stack.id.clone(), stack.place.as_ref()?.root.clone()))).collect();
    for stack in stacks {
        let own = stack.id.clone();
        let lifted = |other: StackId| match roots.iter().find(|(nested, _)| *nested == other) {
            Some((_, root)) => Some(root.clone()).filter(|root| *root != own),
            None => Some(other),
        };
        stack.depends_on = std::mem::take(&mut stack.depends_on).into_iter().filter_map(lifted).collect();
    }
}

/// The parameters that a stack gives to one of its nested stacks, to add to them.
pub(crate) fn parameters<'s>(stack: &'s mut Contents, logical_id: &str) -> Option<&'s mut Map> {
    let resource = stack.template.resources.get_mut(logical_id)?;
    let properties = crate::options::typed::<Map>(&mut *resource.properties)?;
    match properties.entry(PARAMETERS.to_owned()).or_insert_with(|| Value::Map(Map::new())) {
        Value::Map(map) => Some(map),
        _ => None,
    }
}

/// The name of the output, of an attribute that is one.
pub(crate) fn output_of(attribute: &Attribute) -> Option<&str> {
    match attribute {
        Attribute::GetAtt(name) => name.strip_prefix(OUTPUTS),
        Attribute::Ref(_) => None,
    }
}
