//! Reading a template from JSON. What is read and written again has the same meaning, and nothing is dropped.

use std::error::Error;
use std::fmt;

use indexmap::IndexMap;
use indexmap::map::Entry;
use serde_core::de::{Deserialize, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::Number;

use crate::function::recognise;
use crate::resource::Resource;
use crate::template::{FORMAT_VERSION, MAX_BYTES, Output, Parameter, Template};
use crate::value::{Map, Value};

/// How deep lists and objects may be nested. A template of people has ten levels or twenty; what reads and writes JSON in
/// between (and refuses 128 levels) must have room for functions in their long form.
pub(crate) const MAX_DEPTH: usize = 100;
/// 2^63, from which on whole numbers do not fit.
pub(crate) const TOO_LARGE: f64 = 9_223_372_036_854_775_808.0;

/// Why a text is no CloudFormation template.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReadError {
    /// No text in UTF-8.
    Encoding {
        /// Counted from one.
        line: usize,
        /// Counted from one.
        column: usize,
        /// What is wrong there.
        reason: String,
    },
    /// Longer than CloudFormation takes.
    TooLong {
        /// The text's length in bytes.
        bytes: usize,
    },
    /// No JSON, or an object with one key twice.
    Json {
        /// Counted from one.
        line: usize,
        /// Counted from one.
        column: usize,
        /// What is wrong there.
        reason: String,
    },
    /// No YAML, or YAML that CloudFormation does not take: a key twice, an unknown tag, aliases that grow without bounds.
    Yaml {
        /// Counted from one.
        line: usize,
        /// Counted from one.
        column: usize,
        /// What is wrong there.
        reason: String,
    },
    /// JSON or YAML, but not of a template's form.
    Shape {
        /// Where, e.g. `Resources.Certificate.Type`.
        path: String,
        /// What stands there.
        found: String,
        /// What should.
        expected: &'static str,
    },
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReadError::TooLong { bytes } => {
                write!(f, "the template has {bytes} bytes, CloudFormation takes {MAX_BYTES}")
            }
            ReadError::Json { line, column, reason }
            | ReadError::Yaml { line, column, reason }
            | ReadError::Encoding { line, column, reason } => {
                write!(f, "line {line}, column {column}: {reason}")
            }
            ReadError::Shape { path, found, expected } => write!(f, "`{path}` is {found}, expected {expected}"),
        }
    }
}

impl Error for ReadError {}

/// Reads the JSON of a template.
pub(crate) fn tree(text: &str) -> Result<Value, ReadError> {
    if text.len() > MAX_BYTES {
        return Err(ReadError::TooLong { bytes: text.len() });
    }
    value(text.strip_prefix('\u{feff}').unwrap_or(text).as_bytes())
}

/// Reads any JSON value, functions recognised.
pub(crate) fn value(text: &[u8]) -> Result<Value, ReadError> {
    serde_json::from_slice(text).map_err(|error| {
        // serde_json appends " at line 1 column 2"; the place has fields of its own here.
        let reason = error.to_string();
        let reason = reason.split(" at line ").next().unwrap_or_default().to_owned();
        ReadError::Json { line: error.line(), column: error.column(), reason }
    })
}

/// The text that a file holds: UTF-8, as CloudFormation takes it.
///
/// # Errors
///
/// With line and column, when there is a byte that is none.
pub fn text_of(bytes: &[u8]) -> Result<&str, ReadError> {
    if let [0xff, 0xfe, ..] | [0xfe, 0xff, ..] = bytes {
        let reason = "this is UTF-16: save it as UTF-8".to_owned();
        return Err(ReadError::Encoding { line: 1, column: 1, reason });
    }
    std::str::from_utf8(bytes).map_err(|error| {
        let (before, rest) = bytes.split_at(error.valid_up_to());
        let line = before.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
        let column = 1 + String::from_utf8_lossy(line).chars().count();
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        let byte = rest.first().copied().unwrap_or_default();
        ReadError::Encoding { line, column, reason: format!("the byte {byte:#04x} is no text in UTF-8") }
    })
}

impl Template {
    /// Reads a template from JSON.
    ///
    /// # Errors
    ///
    /// When the text is longer than CloudFormation takes, is no JSON (with line and column; a key that stands twice in
    /// one object included), or has not the form of a template (with the path).
    pub fn from_json(text: &str) -> Result<Template, ReadError> {
        Template::from_value(tree(text)?)
    }

    /// Reads a template from a tree, functions recognised.
    ///
    /// # Errors
    ///
    /// When the tree has not the form of a template, with the path.
    pub fn from_value(root: Value) -> Result<Template, ReadError> {
        let root = match root {
            Value::Map(map) => map,
            other => return Err(shape("the template", &other, "an object with `Resources`")),
        };
        let mut template = Template::default();
        for (key, section) in root {
            match key.as_str() {
                "AWSTemplateFormatVersion" if section.as_str() == Some(FORMAT_VERSION) => {}
                "AWSTemplateFormatVersion" => {
                    return Err(shape(&key, &section, "`2010-09-09`, the only version that there is"));
                }
                "Description" => template.description = Some(string(&key, section)?),
                "Transform" => template.transform = Some(section),
                "Metadata" => template.metadata = object(&key, section)?,
                "Parameters" => template.parameters = entries(&key, section, parameter)?,
                "Rules" => template.rules = object(&key, section)?,
                "Mappings" => template.mappings = object(&key, section)?,
                "Conditions" => template.conditions = object(&key, section)?,
                "Resources" => {
                    let (own, macros) = apart(object(&key, section)?);
                    template.resources = entries(&key, Value::Map(own), resource)?;
                    template.resource_macros = macros;
                }
                "Outputs" => {
                    let (own, macros) = apart(object(&key, section)?);
                    template.outputs = entries(&key, Value::Map(own), output)?;
                    template.output_macros = macros;
                }
                _ => {
                    template.others.insert(key, section);
                }
            }
        }
        Ok(template)
    }
}

/// The entries that people wrote, and those that macros make entries of.
///
/// Source: AWS CloudFormation Template Reference, `Fn::ForEach` and `Fn::Transform`.
fn apart(section: Map) -> (Map, Map) {
    section.into_iter().partition(|(key, _)| !(key == "Fn::Transform" || key.starts_with("Fn::ForEach::")))
}

fn entries<T>(
    path: &str,
    section: Value,
    read: fn(&str, Map) -> Result<T, ReadError>,
) -> Result<IndexMap<String, T>, ReadError> {
    object(path, section)?
        .into_iter()
        .map(|(name, entry)| {
            let path = format!("{path}.{name}");
            let entry = read(&path, object(&path, entry)?)?;
            Ok((name, entry))
        })
        .collect()
}

fn resource(path: &str, entry: Map) -> Result<Resource, ReadError> {
    let mut resource = Resource::untyped("", Box::new(Map::new()));
    for (key, value) in entry {
        let path = format!("{path}.{key}");
        match key.as_str() {
            "Type" => resource.type_name = string(&path, value)?.into(),
            "Properties" => {
                resource.properties = match value {
                    Value::Map(map) => Box::new(map),
                    // A macro may stand for all properties.
                    Value::Function(function) => Box::new(function.to_map()),
                    other => return Err(shape(&path, &other, "an object")),
                }
            }
            "DependsOn" => {
                resource.depends_on = match value {
                    Value::String(id) => vec![id],
                    Value::List(ids) => ids.into_iter().map(|id| string(&path, id)).collect::<Result<_, _>>()?,
                    other => return Err(shape(&path, &other, "a logical id or a list of them")),
                }
            }
            "Condition" => resource.condition = Some(string(&path, value)?),
            "Metadata" => resource.metadata = object(&path, value)?,
            "CreationPolicy" => resource.creation_policy = Some(value),
            "UpdatePolicy" => resource.update_policy = Some(value),
            // A function in place of the word needs the language extensions; such a policy stays as it was read.
            "DeletionPolicy" if value.as_str().is_some() => {
                resource.deletion_policy = value.as_str().map(Into::into);
            }
            "UpdateReplacePolicy" if value.as_str().is_some() => {
                resource.update_replace_policy = value.as_str().map(Into::into);
            }
            _ => {
                resource.others.insert(key, value);
            }
        }
    }
    if resource.type_name.is_empty() {
        return Err(shape(&format!("{path}.Type"), &Value::Null, "a resource type such as `AWS::S3::Bucket`"));
    }
    Ok(resource)
}

fn parameter(path: &str, entry: Map) -> Result<Parameter, ReadError> {
    if !entry.contains_key("Type") {
        return Err(shape(&format!("{path}.Type"), &Value::Null, "the parameter's type, such as `String`"));
    }
    let mut parameter = Parameter::default();
    for (key, value) in entry {
        let path = format!("{path}.{key}");
        match key.as_str() {
            "Type" => parameter.parameter_type = string(&path, value)?.as_str().into(),
            "Default" => parameter.default = Some(value),
            "Description" => parameter.description = Some(string(&path, value)?),
            "AllowedValues" => {
                parameter.allowed_values = match value {
                    Value::List(values) => Some(values),
                    other => return Err(shape(&path, &other, "a list")),
                }
            }
            "AllowedPattern" => parameter.allowed_pattern = Some(string(&path, value)?),
            "ConstraintDescription" => parameter.constraint_description = Some(string(&path, value)?),
            "MinLength" => parameter.min_length = Some(value),
            "MaxLength" => parameter.max_length = Some(value),
            "MinValue" => parameter.min_value = Some(value),
            "MaxValue" => parameter.max_value = Some(value),
            "NoEcho" => parameter.no_echo = Some(value),
            _ => {
                return Err(shape(
                    &path,
                    &value,
                    "one of the attributes of a parameter (Type, Default, AllowedValues, …)",
                ));
            }
        }
    }
    Ok(parameter)
}

fn output(path: &str, entry: Map) -> Result<Output, ReadError> {
    let mut output = Output::new(Value::Null);
    for (key, value) in entry {
        let path = format!("{path}.{key}");
        match key.as_str() {
            "Value" => output.value = value,
            "Description" => output.description = Some(string(&path, value)?),
            "Condition" => output.condition = Some(string(&path, value)?),
            "Export" => match object(&path, value)?.shift_remove("Name") {
                Some(name) => output.export_name = Some(name),
                None => return Err(shape(&format!("{path}.Name"), &Value::Null, "the name of the export")),
            },
            _ => return Err(shape(&path, &value, "one of Value, Description, Condition, Export")),
        }
    }
    if output.value == Value::Null {
        return Err(shape(&format!("{path}.Value"), &Value::Null, "the output's value"));
    }
    Ok(output)
}

fn object(path: &str, value: Value) -> Result<Map, ReadError> {
    match value {
        Value::Map(map) => Ok(map),
        // One entry whose name happens to spell a function, e.g. a parameter called `Ref`.
        Value::Function(function) => Ok(function.to_map()),
        other => Err(shape(path, &other, "an object")),
    }
}

fn string(path: &str, value: Value) -> Result<String, ReadError> {
    match value {
        Value::String(text) => Ok(text),
        other => Err(shape(path, &other, "a string")),
    }
}

fn shape(path: &str, found: &Value, expected: &'static str) -> ReadError {
    let found = match found {
        Value::Null => "missing or null".to_owned(),
        Value::Bool(value) => format!("`{value}`"),
        Value::Number(value) => format!("`{value}`"),
        Value::String(value) => format!("{value:?}"),
        Value::List(_) => "a list".to_owned(),
        Value::Map(_) => "an object".to_owned(),
        Value::Function(_) => "an intrinsic function".to_owned(),
    };
    ReadError::Shape { path: path.to_owned(), found, expected }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Nested { depth: 0 }.deserialize(deserializer)
    }
}

/// A value, and how many lists and objects enclose it.
#[derive(Clone, Copy)]
struct Nested {
    depth: usize,
}

impl Nested {
    fn inside<E: serde_core::de::Error>(self) -> Result<Nested, E> {
        match self.depth < MAX_DEPTH {
            true => Ok(Nested { depth: self.depth + 1 }),
            false => Err(E::custom(format_args!("nested deeper than {MAX_DEPTH} levels"))),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Nested {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Nested {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: serde_core::de::Error>(self, value: f64) -> Result<Value, E> {
        // A whole number arrives here when no integer of 64 bits holds it, and then its last digits are lost already.
        if value.fract() == 0.0 && value.abs() >= TOO_LARGE {
            return Err(E::custom(
                "a number with more digits than can be kept: write it as a text, in quotation marks",
            ));
        }
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number that is not finite"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inside = self.inside()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(inside)? {
            list.push(item);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let inside = self.inside()?;
        let mut map = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            match map.entry(key) {
                // Before the value is read, so that the place in the error is the key's.
                Entry::Occupied(known) => {
                    return Err(A::Error::custom(format_args!("the key {:?} stands twice in one object", known.key())));
                }
                Entry::Vacant(entry) => {
                    entry.insert(entries.next_value_seed(inside)?);
                }
            }
        }
        Ok(recognise(map))
    }
}
