//! Intrinsic functions: everything CloudFormation works out while it deploys.
//!
//! [`Function`] is one enum over all of them; the free functions below it build the common ones with types. A function
//! whose arguments are not of a known form stays an ordinary [`Value::Map`], so that reading a template loses nothing.
//!
//! Source: AWS CloudFormation Template Reference, "Intrinsic functions", "Condition functions" and "Rule functions".

use crate::json::{JsonWriter, ToJson};
use crate::reference::Reference;
use crate::value::{Map, Val, Value};

/// An intrinsic function with its arguments.
#[derive(Clone, Debug, PartialEq)]
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
        /// What stands between the values.
        delimiter: String,
        /// A list, or a function that yields one.
        values: Value,
    },
    /// `Fn::Split`
    Split {
        /// Where to split.
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
        /// How many, 1 to 256.
        count: Value,
        /// Bits of the parts.
        cidr_bits: Option<Value>,
    },
    /// `Fn::Transform`: a macro.
    Transform {
        /// The macro's name.
        name: String,
        /// What it is given.
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

    /// The object that spells the function, with its name as the only key; empty for what is no function of a template
    /// ([`Function::Untyped`]).
    pub fn to_map(&self) -> Map {
        match self {
            // What is spelled depends on the template; within a stack it is this.
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

/// `Fn::Select`: the entry at `index`, counted from zero.
pub fn select<T>(index: impl Into<Value>, list: impl Into<Value>) -> Val<T> {
    Function::Select { index: index.into(), list: list.into() }.val()
}

/// `Fn::Split`: the parts of a text.
pub fn split(delimiter: &str, source: impl Into<Value>) -> Val<Vec<Val<String>>> {
    Function::Split { delimiter: delimiter.to_owned(), source: source.into() }.val()
}

/// `Fn::If`: one of two values, by the name of a condition.
pub fn if_<T: ToJson>(condition: &str, then: impl Into<Val<T>>, otherwise: impl Into<Val<T>>) -> Val<T> {
    let (then, otherwise) = (then.into().into(), otherwise.into().into());
    Function::If { condition: condition.to_owned(), then, otherwise }.val()
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
pub fn and<const N: usize>(conditions: [Function; N]) -> Function {
    Function::And(conditions.into_iter().map(Value::from).collect())
}

/// `Fn::Or`, for conditions.
pub fn or<const N: usize>(conditions: [Function; N]) -> Function {
    Function::Or(conditions.into_iter().map(Value::from).collect())
}

/// `Condition`: another condition by name.
pub fn condition(name: &str) -> Function {
    Function::Condition(name.to_owned())
}

/// An object with one key that spells a function, well-formed, is that function; anything else stays an object.
pub(crate) fn recognise(map: Map) -> Value {
    if map.len() != 1 {
        return Value::Map(map);
    }
    let Some((key, argument)) = map.first() else {
        return Value::Map(map);
    };
    match from_json(key, argument) {
        Some(function) => Value::Function(Box::new(function)),
        None => Value::Map(map),
    }
}

fn from_json(key: &str, argument: &Value) -> Option<Function> {
    let text = || argument.as_str().map(str::to_owned);
    let value = || argument.clone();
    let strings = |items: &[Value]| match items {
        [Value::String(a), Value::String(b)] => Some((a.clone(), b.clone())),
        _ => None,
    };
    let pair = || match argument.as_list()? {
        [a, b] => Some((a.clone(), b.clone())),
        _ => None,
    };
    Some(match key {
        "Ref" => Function::Ref(text()?),
        "Condition" => Function::Condition(text()?),
        "Fn::GetAtt" => match argument {
            Value::String(dotted) => {
                let (logical_id, attribute) = dotted.split_once('.')?;
                Function::GetAtt { logical_id: logical_id.to_owned(), attribute: attribute.into() }
            }
            Value::List(items) => match items.as_slice() {
                [Value::String(logical_id), attribute] => {
                    Function::GetAtt { logical_id: logical_id.clone(), attribute: attribute.clone() }
                }
                _ => return None,
            },
            _ => return None,
        },
        "Fn::Sub" => match argument {
            Value::String(text) => Function::Sub { text: text.clone(), variables: Map::new() },
            Value::List(items) => match items.as_slice() {
                // An empty object of variables would be lost, so it stays as it was written.
                [Value::String(text), Value::Map(variables)] if !variables.is_empty() => {
                    Function::Sub { text: text.clone(), variables: variables.clone() }
                }
                _ => return None,
            },
            _ => return None,
        },
        "Fn::Join" => match pair()? {
            (Value::String(delimiter), values) => Function::Join { delimiter, values },
            _ => return None,
        },
        "Fn::Split" => match pair()? {
            (Value::String(delimiter), source) => Function::Split { delimiter, source },
            _ => return None,
        },
        "Fn::Select" => {
            let (index, list) = pair()?;
            Function::Select { index, list }
        }
        "Fn::If" => match argument.as_list()? {
            [Value::String(condition), then, otherwise] => {
                Function::If { condition: condition.clone(), then: then.clone(), otherwise: otherwise.clone() }
            }
            _ => return None,
        },
        "Fn::FindInMap" => {
            let (map, top, second, default) = match argument.as_list()? {
                [map, top, second] => (map, top, second, None),
                [map, top, second, Value::Map(options)] if options.len() == 1 => {
                    (map, top, second, Some(options.get("DefaultValue")?.clone()))
                }
                _ => return None,
            };
            Function::FindInMap {
                map: map.clone(),
                top_level_key: top.clone(),
                second_level_key: second.clone(),
                default,
            }
        }
        "Fn::ImportValue" => Function::ImportValue(value()),
        "Fn::GetStackOutput" => {
            let arguments = argument.as_map()?;
            const KNOWN: [&str; 4] = ["StackName", "OutputName", "Region", "RoleArn"];
            if arguments.keys().any(|key| !KNOWN.contains(&key.as_str())) {
                return None;
            }
            Function::GetStackOutput {
                stack_name: arguments.get("StackName")?.clone(),
                output_name: arguments.get("OutputName")?.clone(),
                region: arguments.get("Region").cloned(),
                role_arn: arguments.get("RoleArn").cloned(),
            }
        }
        "Fn::GetAZs" => Function::GetAzs(value()),
        "Fn::Base64" => Function::Base64(value()),
        "Fn::Cidr" => match argument.as_list()? {
            [ip_block, count] => Function::Cidr { ip_block: ip_block.clone(), count: count.clone(), cidr_bits: None },
            [ip_block, count, bits] => {
                Function::Cidr { ip_block: ip_block.clone(), count: count.clone(), cidr_bits: Some(bits.clone()) }
            }
            _ => return None,
        },
        "Fn::Transform" => {
            let arguments = argument.as_map()?;
            if arguments.keys().any(|key| key != "Name" && key != "Parameters") {
                return None;
            }
            Function::Transform {
                name: arguments.get("Name")?.as_str()?.to_owned(),
                parameters: arguments.get("Parameters").cloned(),
            }
        }
        "Fn::Length" => Function::Length(value()),
        "Fn::ToJsonString" => Function::ToJsonString(value()),
        "Fn::And" => Function::And(argument.as_list()?.to_vec()),
        "Fn::Or" => Function::Or(argument.as_list()?.to_vec()),
        "Fn::Not" => match argument.as_list()? {
            [condition] => Function::Not(condition.clone()),
            _ => return None,
        },
        "Fn::Equals" => pair().map(|(a, b)| Function::Equals(a, b))?,
        "Fn::Contains" => pair().map(|(a, b)| Function::Contains(a, b))?,
        "Fn::EachMemberEquals" => pair().map(|(a, b)| Function::EachMemberEquals(a, b))?,
        "Fn::EachMemberIn" => pair().map(|(a, b)| Function::EachMemberIn(a, b))?,
        "Fn::RefAll" => Function::RefAll(text()?),
        "Fn::ValueOf" => strings(argument.as_list()?).map(|(a, b)| Function::ValueOf(a, b))?,
        "Fn::ValueOfAll" => strings(argument.as_list()?).map(|(a, b)| Function::ValueOfAll(a, b))?,
        _ => return None,
    })
}

impl ToJson for Function {
    fn write(&self, out: &mut JsonWriter) {
        match self {
            Function::Reference(reference) => return out.reference(reference),
            Function::Untyped(value) => return value.write(out),
            _ => {}
        }
        out.begin_object();
        match self {
            Function::Reference(_) | Function::Untyped(_) => {}
            Function::Ref(name) => call(out, "Ref", name),
            Function::Condition(name) => call(out, "Condition", name),
            Function::GetAtt { logical_id, attribute } => call_list(out, "Fn::GetAtt", &[logical_id, attribute]),
            Function::Sub { text, variables } if variables.is_empty() => call(out, "Fn::Sub", text),
            Function::Sub { text, variables } => call_list(out, "Fn::Sub", &[text, variables]),
            Function::Join { delimiter, values } => call_list(out, "Fn::Join", &[delimiter, values]),
            Function::Split { delimiter, source } => call_list(out, "Fn::Split", &[delimiter, source]),
            Function::Select { index, list } => call_list(out, "Fn::Select", &[index, list]),
            Function::If { condition, then, otherwise } => call_list(out, "Fn::If", &[condition, then, otherwise]),
            Function::FindInMap { map, top_level_key, second_level_key, default } => match default {
                None => call_list(out, "Fn::FindInMap", &[map, top_level_key, second_level_key]),
                Some(default) => {
                    let options = Map::from([("DefaultValue".to_owned(), default.clone())]);
                    call_list(out, "Fn::FindInMap", &[map, top_level_key, second_level_key, &options]);
                }
            },
            Function::ImportValue(value) => call(out, "Fn::ImportValue", value),
            Function::GetStackOutput { stack_name, output_name, region, role_arn } => {
                out.key("Fn::GetStackOutput");
                out.object(&[
                    ("StackName", stack_name),
                    ("OutputName", output_name),
                    ("Region", region),
                    ("RoleArn", role_arn),
                ]);
            }
            Function::GetAzs(region) => call(out, "Fn::GetAZs", region),
            Function::Base64(value) => call(out, "Fn::Base64", value),
            Function::Cidr { ip_block, count, cidr_bits } => match cidr_bits {
                None => call_list(out, "Fn::Cidr", &[ip_block, count]),
                Some(bits) => call_list(out, "Fn::Cidr", &[ip_block, count, bits]),
            },
            Function::Transform { name, parameters } => {
                out.key("Fn::Transform");
                out.object(&[("Name", name), ("Parameters", parameters)]);
            }
            Function::Length(value) => call(out, "Fn::Length", value),
            Function::ToJsonString(value) => call(out, "Fn::ToJsonString", value),
            Function::And(conditions) => call(out, "Fn::And", conditions),
            Function::Or(conditions) => call(out, "Fn::Or", conditions),
            Function::Not(condition) => call_list(out, "Fn::Not", &[condition]),
            Function::Equals(a, b) => call_list(out, "Fn::Equals", &[a, b]),
            Function::Contains(a, b) => call_list(out, "Fn::Contains", &[a, b]),
            Function::EachMemberEquals(a, b) => call_list(out, "Fn::EachMemberEquals", &[a, b]),
            Function::EachMemberIn(a, b) => call_list(out, "Fn::EachMemberIn", &[a, b]),
            Function::RefAll(kind) => call(out, "Fn::RefAll", kind),
            Function::ValueOf(a, b) => call_list(out, "Fn::ValueOf", &[a, b]),
            Function::ValueOfAll(a, b) => call_list(out, "Fn::ValueOfAll", &[a, b]),
        }
        out.end_object();
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
