//! Values of parameters, before and after: what `Ref` to a parameter stands for in a preview.

use formwork_template::{IndexMap, Parameter, Template};
use serde_json::{Map, Value, json};

use crate::value::function;

/// The key of the object that stands for a value which a producer gives once it is deployed:
/// `{"Formwork::KnownAfter": "habitpay-edge"}`.
pub const KNOWN_AFTER: &str = "Formwork::KnownAfter";

/// The parameters' values in the deployed stack and in the deployment to come. A parameter that is in neither has its
/// template's default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParameterValues {
    /// As deployed.
    pub before: IndexMap<String, ParameterValue>,
    /// As the deployment sets them.
    pub after: IndexMap<String, ParameterValue>,
}

/// The value of one parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParameterValue {
    /// This one. Of a parameter with `NoEcho` it is never shown, not even compared.
    Known(String),
    /// The output of a stack, by its name, that is deployed first.
    KnownAfter(String),
}

/// What the references of one side's template stand for.
pub(crate) struct Resolution {
    values: IndexMap<String, Value>,
}

impl Resolution {
    /// The values of the parameters that `template` declares. Parameters with `NoEcho` have none, so that their references
    /// stay references.
    pub(crate) fn new(template: &Template, given: &IndexMap<String, ParameterValue>) -> Resolution {
        let value = |(name, parameter): (&String, &Parameter)| {
            if crate::secret::is_secret_parameter(parameter) {
                return None;
            }
            let type_name = parameter.parameter_type.as_str();
            let value = match given.get(name) {
                Some(ParameterValue::Known(text)) => typed(type_name, text),
                Some(ParameterValue::KnownAfter(stack)) => json!({ KNOWN_AFTER: stack }),
                None => {
                    let default = crate::between::plain(parameter.default.as_ref()?);
                    typed(type_name, &crate::value::scalar_text(&default)?)
                }
            };
            Some((name.clone(), value))
        };
        Resolution { values: template.parameters.iter().filter_map(value).collect() }
    }

    /// The value of one parameter.
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.values.get(name)
    }

    /// `value` with the parameters filled in, and functions of nothing but literals worked out.
    pub(crate) fn resolve(&self, value: &Value) -> Value {
        match value {
            Value::Array(items) => Value::Array(items.iter().map(|item| self.resolve(item)).collect()),
            Value::Object(map) => match function(value) {
                Some(("Ref", Value::String(name))) => self.values.get(name).unwrap_or(value).clone(),
                Some(("Fn::Sub", argument)) => self.sub(argument).unwrap_or_else(|| self.inner(map)),
                Some(("Fn::Join", argument)) => join(&self.resolve(argument)).unwrap_or_else(|| self.inner(map)),
                _ => self.inner(map),
            },
            scalar => scalar.clone(),
        }
    }

    fn inner(&self, map: &Map<String, Value>) -> Value {
        let entries = map.iter().map(|(key, item)| (key.clone(), self.resolve(item)));
        Value::Object(entries.collect())
    }

    /// `Fn::Sub` without variables of its own: with the known parameters in its text; a text when nothing else is in it.
    fn sub(&self, argument: &Value) -> Option<Value> {
        let mut rest = argument.as_str()?;
        let mut text = String::new();
        let mut open = false;
        while let Some((before, from)) = rest.split_once("${") {
            let (name, behind) = from.split_once('}')?;
            text.push_str(before);
            match self.values.get(name) {
                // A value with `${` in it would be read as another name.
                Some(Value::String(value)) if !value.contains("${") => text.push_str(value),
                _ => {
                    open = true;
                    text.push_str("${");
                    text.push_str(name);
                    text.push('}');
                }
            }
            rest = behind;
        }
        text.push_str(rest);
        Some(if open { json!({ "Fn::Sub": text }) } else { Value::String(text) })
    }
}

/// What `Ref` gives for a parameter of this type and text. A Systems Manager parameter is looked up by its name, which is
/// what a dynamic reference says.
fn typed(type_name: &str, text: &str) -> Value {
    if type_name.starts_with("AWS::SSM::Parameter::Value<") {
        Value::String(format!("{{{{resolve:ssm:{text}}}}}"))
    } else if type_name == "CommaDelimitedList" || type_name.starts_with("List<") {
        text.split(',').map(|item| Value::from(item.trim())).collect()
    } else {
        Value::from(text)
    }
}

fn join(argument: &Value) -> Option<Value> {
    let [Value::String(delimiter), Value::Array(items)] = argument.as_array()?.as_slice() else {
        return None;
    };
    let texts: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
    Some(Value::String(texts?.join(delimiter)))
}
