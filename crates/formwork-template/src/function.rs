//! Intrinsic functions: everything CloudFormation works out while it deploys.
//!
//! [`Function`] is one enum over all of them; the free functions below it build the common ones with types. A function
//! whose arguments are not of a known form stays an ordinary [`Value::Map`], so that reading a template loses nothing.
//!
//! Source: AWS CloudFormation Template Reference, "Intrinsic functions", "Condition functions" and "Rule functions".

mod name;

use crate::json::{JsonWriter, ToJson};
use crate::reference::Reference;
use crate::value::{Map, Val, Value};

/// An intrinsic function with its arguments.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum Function {
    /// A value of a resource by its handle; becomes `Ref`, `Fn::GetAtt`, or a reference to another stack.
    Reference(Reference),
    /// `Ref`: a parameter, a pseudo parameter, or a resource by its logical id.
    Ref(String),
    /// `Fn::GetAtt`: an attribute of a resource.
    GetAtt {
        /// The resource.
        logical_id: String,
        /// The attribute's name; may be a `Ref` to a parameter.
        attribute: Value,
    },
    /// `Fn::Sub`: a text with `${Name}`, `${LogicalId.Attribute}` and the given variables filled in.
    Sub {
        /// The text.
        text: String,
        /// Variables beyond the template's own names.
        variables: Map,
    },
    /// `Fn::Join`
    Join {
        /// The text between the values.
        delimiter: String,
        /// A list, or a function that yields one.
        values: Value,
    },
    /// `Fn::Split`
    Split {
        /// The text at which to split.
        delimiter: String,
        /// The text.
        source: Value,
    },
    /// `Fn::Select`
    Select {
        /// Counted from zero; a number, its text, or a function.
        index: Value,
        /// A list, or a function that yields one.
        list: Value,
    },
    /// `Fn::If`
    If {
        /// The name of a condition.
        condition: String,
        /// The value when it holds.
        then: Value,
        /// The value when it does not.
        otherwise: Value,
    },
    /// `Fn::FindInMap`
    FindInMap {
        /// The mapping's name.
        map: Value,
        /// The first key.
        top_level_key: Value,
        /// The second key.
        second_level_key: Value,
        /// The value when there is none (needs the language extensions transform).
        default: Option<Value>,
    },
    /// `Fn::ImportValue`: an export of another stack in the same region and account.
    ImportValue(Value),
    /// `Fn::GetStackOutput`: an output of another stack, in any region and account of the partition.
    GetStackOutput {
        /// The producer's name or ARN.
        stack_name: Value,
        /// The output's name.
        output_name: Value,
        /// The producer's region, if it is another one.
        region: Option<Value>,
        /// The role to read it with, for another account.
        role_arn: Option<Value>,
    },
    /// `Fn::GetAZs`: the availability zones of a region; an empty string means this one.
    GetAzs(Value),
    /// `Fn::Base64`
    Base64(Value),
    /// `Fn::Cidr`: blocks cut out of a block.
    Cidr {
        /// The block to cut.
        ip_block: Value,
        /// The number, 1 to 256.
        count: Value,
        /// Bits of the parts.
        cidr_bits: Option<Value>,
    },
    /// `Fn::Transform`: a macro.
    Transform {
        /// The macro's name.
        name: String,
        /// The parameters that it is given.
        parameters: Option<Value>,
    },
    /// `Fn::Length` (needs the language extensions transform).
    Length(Value),
    /// `Fn::ToJsonString` (needs the language extensions transform).
    ToJsonString(Value),
    /// `Fn::And`, two to ten conditions.
    And(Vec<Value>),
    /// `Fn::Or`, two to ten conditions.
    Or(Vec<Value>),
    /// `Fn::Not`
    Not(Value),
    /// `Fn::Equals`
    Equals(Value, Value),
    /// `Condition`: another condition by name.
    Condition(String),
    /// `Fn::Contains` of a rule.
    Contains(Value, Value),
    /// `Fn::EachMemberEquals` of a rule.
    EachMemberEquals(Value, Value),
    /// `Fn::EachMemberIn` of a rule.
    EachMemberIn(Value, Value),
    /// `Fn::RefAll` of a rule: all parameters of a type.
    RefAll(String),
    /// `Fn::ValueOf` of a rule: an attribute of a parameter.
    ValueOf(String, String),
    /// `Fn::ValueOfAll` of a rule.
    ValueOfAll(String, String),
    /// No function: any JSON in the place of a typed value, see [`Val::untyped`].
    Untyped(Value),
}

impl Function {
    /// The function as a value of type `T`; that it yields one is the caller's word.
    #[inline]
    pub fn val<T>(self) -> Val<T> {
        Val::Function(Box::new(self))
    }

    /// The object that spells the function, with its name as the only key; empty for what is not a function of a template
    /// ([`Function::Untyped`]).
    pub fn to_map(&self) -> Map {
        match self {
            // The spelling depends on the template; within a stack it is this one.
            Function::Reference(reference) => reference.local().to_map(),
            Function::Untyped(_) => Map::new(),
            _ => crate::json::to_map(self),
        }
    }

    /// The arguments that may hold further functions.
    pub fn arguments(&self) -> Vec<&Value> {
        match self {
            Function::Reference(_)
            | Function::Ref(_)
            | Function::Condition(_)
            | Function::RefAll(_)
            | Function::ValueOf(..)
            | Function::ValueOfAll(..) => Vec::new(),
            Function::GetAtt { attribute, .. } => vec![attribute],
            Function::Sub { variables, .. } => variables.values().collect(),
            Function::Join { values, .. } => vec![values],
            Function::Split { source, .. } => vec![source],
            Function::Select { index, list } => vec![index, list],
            Function::If { then, otherwise, .. } => vec![then, otherwise],
            Function::FindInMap { map, top_level_key, second_level_key, default } => {
                [map, top_level_key, second_level_key].into_iter().chain(default).collect()
            }
            Function::GetStackOutput { stack_name, output_name, region, role_arn } => {
                [stack_name, output_name].into_iter().chain(region).chain(role_arn).collect()
            }
            Function::Cidr { ip_block, count, cidr_bits } => [ip_block, count].into_iter().chain(cidr_bits).collect(),
            Function::Transform { parameters, .. } => parameters.iter().collect(),
            Function::ImportValue(value)
            | Function::GetAzs(value)
            | Function::Base64(value)
            | Function::Length(value)
            | Function::ToJsonString(value)
            | Function::Not(value)
            | Function::Untyped(value) => vec![value],
            Function::And(values) | Function::Or(values) => values.iter().collect(),
            Function::Equals(a, b)
            | Function::Contains(a, b)
            | Function::EachMemberEquals(a, b)
            | Function::EachMemberIn(a, b) => vec![a, b],
        }
    }
}

/// An object, for properties that are any JSON.
pub fn object<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::Map(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}

/// `Fn::Join`: the values of a list with `delimiter` between them.
pub fn join(delimiter: &str, values: impl Into<Value>) -> Val<String> {
    Function::Join { delimiter: delimiter.to_owned(), values: values.into() }.val()
}

/// `Fn::Sub` with the template's own names only: `${AWS::Region}`, `${Parameter}`, `${Resource.Attribute}`.
pub fn sub(text: impl Into<String>) -> Val<String> {
    Function::Sub { text: text.into(), variables: Map::new() }.val()
}

/// `Fn::Sub` with variables, e.g. attributes of handles.
pub fn sub_with<V: Into<Value>, const N: usize>(text: impl Into<String>, variables: [(&str, V); N]) -> Val<String> {
    let variables = variables.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
    Function::Sub { text: text.into(), variables }.val()
}

/// `Fn::Select`: the entry at `index`, counted from zero. Where a value of every type is taken, the type is named:
/// `function::select::<String>(0, list)`.
pub fn select<T>(index: impl Into<Value>, list: impl Into<Value>) -> Val<T> {
    Function::Select { index: index.into(), list: list.into() }.val()
}

/// `Fn::Split`: the parts of a text.
pub fn split(delimiter: &str, source: impl Into<Value>) -> Val<Vec<Val<String>>> {
    Function::Split { delimiter: delimiter.to_owned(), source: source.into() }.val()
}

/// `Fn::If`: one of two values, by a condition or its name. Where a value of every type is taken, such as an output, name the type:
///
/// ```
/// use formwork_template::{Value, function};
///
/// let value: Value = function::if_::<String>("IsProduction", "a", "b").into();
/// ```
pub fn if_<T: ToJson>(condition: impl AsRef<str>, then: impl Into<Val<T>>, otherwise: impl Into<Val<T>>) -> Val<T> {
    let (then, otherwise) = (then.into().into(), otherwise.into().into());
    Function::If { condition: condition.as_ref().to_owned(), then, otherwise }.val()
}

/// `Fn::FindInMap`: a value of a mapping.
pub fn find_in_map<T>(map: &str, top: impl Into<Value>, second: impl Into<Value>) -> Val<T> {
    let (top_level_key, second_level_key) = (top.into(), second.into());
    Function::FindInMap { map: map.into(), top_level_key, second_level_key, default: None }.val()
}

/// `Fn::ImportValue`: an export of another stack in the same region and account.
pub fn import_value<T>(name: impl Into<Value>) -> Val<T> {
    Function::ImportValue(name.into()).val()
}

/// `Fn::GetAZs`: the availability zones of the stack's region.
pub fn availability_zones() -> Val<Vec<Val<String>>> {
    Function::GetAzs(Value::from("")).val()
}

/// `Fn::GetAZs`: the availability zones of a region.
pub fn availability_zones_of(region: impl Into<Value>) -> Val<Vec<Val<String>>> {
    Function::GetAzs(region.into()).val()
}

/// `Fn::Base64`, as `UserData` wants it.
pub fn base64(text: impl Into<Value>) -> Val<String> {
    Function::Base64(text.into()).val()
}

/// `Fn::Cidr`: `count` blocks of `cidr_bits` host bits cut out of a block.
pub fn cidr(ip_block: impl Into<Value>, count: impl Into<Value>, cidr_bits: impl Into<Value>) -> Val<Vec<Val<String>>> {
    Function::Cidr { ip_block: ip_block.into(), count: count.into(), cidr_bits: Some(cidr_bits.into()) }.val()
}

/// `Ref` by name: a parameter of the template.
pub fn parameter<T>(name: &str) -> Val<T> {
    Function::Ref(name.to_owned()).val()
}

/// `Fn::Equals`, for conditions.
pub fn equals(left: impl Into<Value>, right: impl Into<Value>) -> Function {
    Function::Equals(left.into(), right.into())
}

/// `Fn::Not`, for conditions.
pub fn not(condition: impl Into<Value>) -> Function {
    Function::Not(condition.into())
}

/// `Fn::And`, for conditions.
pub fn and<const N: usize>(conditions: [impl Into<Value>; N]) -> Function {
    Function::And(conditions.into_iter().map(Into::into).collect())
}

/// `Fn::Or`, for conditions.
pub fn or<const N: usize>(conditions: [impl Into<Value>; N]) -> Function {
    Function::Or(conditions.into_iter().map(Into::into).collect())
}

/// `Condition`: another condition by name.
pub fn condition(name: impl AsRef<str>) -> Function {
    Function::Condition(name.as_ref().to_owned())
}

/// An object with one key that spells a function, well-formed, is that function; anything else stays an object.
pub(crate) fn recognise(mut map: Map) -> Value {
    if map.len() != 1 || !map.keys().all(|key| is_name(key)) {
        return Value::Map(map);
    }
    match map.pop() {
        Some((key, argument)) => recognise_one(key, argument),
        None => Value::Map(map),
    }
}

/// [`recognise`] for an object of one entry, which most functions of a template are.
pub(crate) fn recognise_one(key: String, argument: Value) -> Value {
    if !is_name(&key) {
        return Value::Map(Map::from_iter([(key, argument)]));
    }
    match from_json(&key, argument) {
        Ok(function) => Value::Function(Box::new(function)),
        Err(argument) => Value::Map(Map::from_iter([(key, argument)])),
    }
}

fn is_name(key: &str) -> bool {
    key.starts_with("Fn::") || matches!(key, "Ref" | "Condition")
}

/// The function, or its argument again when that is not of its form. Nothing is copied: templates are made of functions.
fn from_json(key: &str, argument: Value) -> Result<Function, Value> {
    Ok(match key {
        "Ref" => Function::Ref(text(argument)?),
        "Condition" => Function::Condition(text(argument)?),
        "Fn::GetAtt" => match argument {
            Value::String(dotted) => match dotted.split_once('.') {
                Some((id, attribute)) => Function::GetAtt { logical_id: id.to_owned(), attribute: attribute.into() },
                None => return Err(Value::String(dotted)),
            },
            other => {
                let (logical_id, attribute) = named(other)?;
                Function::GetAtt { logical_id, attribute }
            }
        },
        "Fn::Sub" => match argument {
            Value::String(text) => Function::Sub { text, variables: Map::new() },
            other => match list(other)? {
                // An empty object of variables would be lost, so it stays as it was written.
                [Value::String(text), Value::Map(variables)] if !variables.is_empty() => {
                    Function::Sub { text, variables }
                }
                other => return Err(Value::List(other.into())),
            },
        },
        "Fn::Join" => {
            let (delimiter, values) = named(argument)?;
            Function::Join { delimiter, values }
        }
        "Fn::Split" => {
            let (delimiter, source) = named(argument)?;
            Function::Split { delimiter, source }
        }
        "Fn::Select" => {
            let [index, list] = list(argument)?;
            Function::Select { index, list }
        }
        "Fn::If" => match list(argument)? {
            [Value::String(condition), then, otherwise] => Function::If { condition, then, otherwise },
            other => return Err(Value::List(other.into())),
        },
        "Fn::FindInMap" => match argument {
            Value::List(items) if items.len() == 3 || (items.len() == 4 && is_default(&items[3])) => {
                let mut items = items.into_iter();
                let mut next = || items.next().unwrap_or_default();
                let (map, top_level_key, second_level_key) = (next(), next(), next());
                let default = match items.next() {
                    Some(Value::Map(mut options)) => options.shift_remove("DefaultValue"),
                    _ => None,
                };
                Function::FindInMap { map, top_level_key, second_level_key, default }
            }
            other => return Err(other),
        },
        "Fn::ImportValue" => Function::ImportValue(argument),
        "Fn::GetStackOutput" => {
            let mut arguments =
                entries(argument, &["StackName", "OutputName"], &["StackName", "OutputName", "Region", "RoleArn"])?;
            Function::GetStackOutput {
                stack_name: arguments.shift_remove("StackName").unwrap_or_default(),
                output_name: arguments.shift_remove("OutputName").unwrap_or_default(),
                region: arguments.shift_remove("Region"),
                role_arn: arguments.shift_remove("RoleArn"),
            }
        }
        "Fn::GetAZs" => Function::GetAzs(argument),
        "Fn::Base64" => Function::Base64(argument),
        "Fn::Cidr" => match argument {
            Value::List(items) if matches!(items.len(), 2 | 3) => {
                let mut items = items.into_iter();
                let mut next = || items.next().unwrap_or_default();
                let (ip_block, count) = (next(), next());
                Function::Cidr { ip_block, count, cidr_bits: items.next() }
            }
            other => return Err(other),
        },
        "Fn::Transform" => {
            let mut arguments = entries(argument, &["Name"], &["Name", "Parameters"])?;
            match arguments.get("Name").and_then(Value::as_str).map(str::to_owned) {
                Some(name) => Function::Transform { name, parameters: arguments.shift_remove("Parameters") },
                None => return Err(Value::Map(arguments)),
            }
        }
        "Fn::Length" => Function::Length(argument),
        "Fn::ToJsonString" => Function::ToJsonString(argument),
        "Fn::And" => Function::And(all(argument)?),
        "Fn::Or" => Function::Or(all(argument)?),
        "Fn::Not" => {
            let [condition] = list(argument)?;
            Function::Not(condition)
        }
        "Fn::Equals" | "Fn::Contains" | "Fn::EachMemberEquals" | "Fn::EachMemberIn" => {
            let [a, b] = list(argument)?;
            match key {
                "Fn::Equals" => Function::Equals(a, b),
                "Fn::Contains" => Function::Contains(a, b),
                "Fn::EachMemberEquals" => Function::EachMemberEquals(a, b),
                _ => Function::EachMemberIn(a, b),
            }
        }
        "Fn::RefAll" => Function::RefAll(text(argument)?),
        "Fn::ValueOf" | "Fn::ValueOfAll" => match list(argument)? {
            [Value::String(a), Value::String(b)] if key == "Fn::ValueOf" => Function::ValueOf(a, b),
            [Value::String(a), Value::String(b)] => Function::ValueOfAll(a, b),
            other => return Err(Value::List(other.into())),
        },
        _ => return Err(argument),
    })
}

fn text(argument: Value) -> Result<String, Value> {
    match argument {
        Value::String(text) => Ok(text),
        other => Err(other),
    }
}

fn all(argument: Value) -> Result<Vec<Value>, Value> {
    match argument {
        Value::List(items) => Ok(items),
        other => Err(other),
    }
}

/// A list of so many.
fn list<const N: usize>(argument: Value) -> Result<[Value; N], Value> {
    all(argument)?.try_into().map_err(Value::List)
}

/// A list of a text and a value.
fn named(argument: Value) -> Result<(String, Value), Value> {
    match list(argument)? {
        [Value::String(name), value] => Ok((name, value)),
        other => Err(Value::List(other.into())),
    }
}

/// An object with all that is needed and nothing that is not known.
fn entries(argument: Value, needed: &[&str], known: &[&str]) -> Result<Map, Value> {
    match argument {
        Value::Map(entries)
            if needed.iter().all(|key| entries.contains_key(*key))
                && entries.keys().all(|key| known.contains(&key.as_str())) =>
        {
            Ok(entries)
        }
        other => Err(other),
    }
}

fn is_default(options: &Value) -> bool {
    options.as_map().is_some_and(|options| options.len() == 1 && options.contains_key("DefaultValue"))
}

impl ToJson for Function {
    fn write(&self, out: &mut JsonWriter) {
        if out.shows(self) {
            return;
        }
        match self {
            Function::Reference(reference) => return out.reference(reference),
            Function::Untyped(value) => return value.write(out),
            Function::Sub { text, variables } => {
                if let Some(resolved) = out.resolved_sub(text, variables) {
                    return resolved.write(out);
                }
            }
            _ => {}
        }
        out.begin_object();
        let name = self.name();
        match self {
            Function::Reference(_) | Function::Untyped(_) => {}
            Function::Ref(of) | Function::Condition(of) | Function::RefAll(of) => call(out, name, &Name(of)),
            Function::GetAtt { logical_id, attribute } => match attribute {
                Value::String(attribute) => call_list(out, name, &[&Name(logical_id), &Name(attribute)]),
                _ => call_list(out, name, &[&Name(logical_id), attribute]),
            },
            Function::Sub { text, variables } if variables.is_empty() => call(out, name, text),
            Function::Sub { text, variables } => call_list(out, name, &[text, variables]),
            Function::Join { delimiter, values } => call_list(out, name, &[&Name(delimiter), values]),
            Function::Split { delimiter, source } => call_list(out, name, &[&Name(delimiter), source]),
            Function::Select { index, list } => call_list(out, name, &[index, list]),
            Function::If { condition, then, otherwise } => call_list(out, name, &[&Name(condition), then, otherwise]),
            Function::FindInMap { map, top_level_key, second_level_key, default } => match default {
                None => call_list(out, name, &[map, top_level_key, second_level_key]),
                Some(default) => {
                    let options = Map::from([("DefaultValue".to_owned(), default.clone())]);
                    call_list(out, name, &[map, top_level_key, second_level_key, &options]);
                }
            },
            Function::ImportValue(value)
            | Function::GetAzs(value)
            | Function::Base64(value)
            | Function::Length(value)
            | Function::ToJsonString(value) => call(out, name, value),
            Function::GetStackOutput { stack_name, output_name, region, role_arn } => {
                out.key(name);
                out.object(&[
                    ("StackName", stack_name),
                    ("OutputName", output_name),
                    ("Region", region),
                    ("RoleArn", role_arn),
                ]);
            }
            Function::Cidr { ip_block, count, cidr_bits } => match cidr_bits {
                None => call_list(out, name, &[ip_block, count]),
                Some(bits) => call_list(out, name, &[ip_block, count, bits]),
            },
            Function::Transform { name: of, parameters } => {
                out.key(name);
                out.object(&[("Name", &Name(of)), ("Parameters", parameters)]);
            }
            Function::And(conditions) | Function::Or(conditions) => call(out, name, conditions),
            Function::Not(condition) => call_list(out, name, &[condition]),
            Function::Equals(a, b)
            | Function::Contains(a, b)
            | Function::EachMemberEquals(a, b)
            | Function::EachMemberIn(a, b) => call_list(out, name, &[a, b]),
            Function::ValueOf(a, b) | Function::ValueOfAll(a, b) => call_list(out, name, &[&Name(a), &Name(b)]),
        }
        out.end_object();
    }
}

/// An argument that is not a function itself: a name, or the text between the parts of a text.
struct Name<'n>(&'n str);

impl ToJson for Name<'_> {
    fn write(&self, out: &mut JsonWriter) {
        out.name("a name in a function", self.0);
    }
}

fn call(out: &mut JsonWriter, name: &str, argument: &dyn ToJson) {
    out.key(name);
    argument.write(out);
}

fn call_list(out: &mut JsonWriter, name: &str, arguments: &[&dyn ToJson]) {
    out.key(name);
    out.list(arguments);
}
