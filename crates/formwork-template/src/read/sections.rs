//! A tree to a template. What has not its form is a mistake with its path, and all else is read.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use crate::read::error::ReadError;
use crate::resource::Resource;
use crate::template::{FORMAT_VERSION, Output, Parameter, Template};
use crate::value::{Map, Value};

/// Characters of a wrong text that a message shows.
const LONGEST_SHOWN: usize = 60;

/// The template of a tree; nothing when the tree is not even an object.
pub(crate) fn template(root: Value, mistakes: &mut Vec<ReadError>) -> Option<Template> {
    let unread = mistakes.iter().map(|mistake| mistake.path().to_vec()).collect();
    let mut reader = Reader { path: Vec::new(), unread, mistakes };
    let Value::Map(root) = root else {
        reader.mistake(&root, "an object with `Resources`");
        return None;
    };
    let mut template = Template::default();
    for (key, section) in root {
        reader.path.push(key.clone());
        reader.section(&mut template, key, section);
        reader.path.pop();
    }
    Some(template)
}

struct Reader<'m> {
    path: Vec<String>,
    /// The places that have a mistake of the notation.
    unread: BTreeSet<Vec<String>>,
    mistakes: &'m mut Vec<ReadError>,
}

impl Reader<'_> {
    fn section(&mut self, template: &mut Template, key: String, section: Value) {
        match key.as_str() {
            "AWSTemplateFormatVersion" => {
                if section.as_str() != Some(FORMAT_VERSION) {
                    self.mistake(&section, "`2010-09-09`, the only version that there is");
                }
            }
            "Description" => template.description = self.string(section),
            "Transform" => template.transform = Some(section),
            "Metadata" => template.metadata = self.object(section),
            "Parameters" => {
                let section = self.object(section);
                template.parameters = self.entries(section, Self::parameter);
            }
            "Rules" => template.rules = self.object(section),
            "Mappings" => template.mappings = self.object(section),
            "Conditions" => template.conditions = self.object(section),
            "Resources" => {
                let (own, macros) = apart(self.object(section));
                template.resources = self.entries(own, Self::resource);
                template.resource_macros = macros;
            }
            "Outputs" => {
                let (own, macros) = apart(self.object(section));
                template.outputs = self.entries(own, Self::output);
                template.output_macros = macros;
            }
            _ => {
                template.others.insert(key, section);
            }
        }
    }

    fn entries<T>(&mut self, section: Map, read: fn(&mut Self, Map) -> T) -> IndexMap<String, T> {
        section
            .into_iter()
            .map(|(name, entry)| {
                self.path.push(name.clone());
                let is_whole = matches!(entry, Value::Map(_) | Value::Function(_));
                let entry = self.object(entry);
                // Missing parts of an empty entry are not said as well.
                let known = self.mistakes.len();
                let read = read(self, entry);
                if !is_whole {
                    self.mistakes.truncate(known);
                }
                self.path.pop();
                (name, read)
            })
            .collect()
    }

    /// Calls `read` for each attribute of an entry, with its path.
    fn attributes(&mut self, entry: Map, mut read: impl FnMut(&mut Self, String, Value)) {
        for (key, value) in entry {
            self.path.push(key.clone());
            read(self, key, value);
            self.path.pop();
        }
    }

    fn resource(&mut self, entry: Map) -> Resource {
        let mut resource = Resource::untyped("", Box::new(Map::new()));
        let has_type = entry.get("Type").is_some_and(|value| value.as_str() != Some(""));
        self.attributes(entry, |reader, key, value| match key.as_str() {
            "Type" if !has_type => {}
            "Type" => resource.type_name = reader.string(value).unwrap_or_default().into(),
            "Properties" => {
                resource.properties = match value {
                    Value::Map(map) => Box::new(map),
                    // A macro may stand for all properties.
                    Value::Function(function) => Box::new(function.to_map()),
                    other => {
                        reader.mistake(&other, "an object");
                        Box::new(Map::new())
                    }
                }
            }
            "DependsOn" => {
                resource.depends_on = match value {
                    Value::String(id) => vec![id],
                    Value::List(ids) => ids.into_iter().filter_map(|id| reader.string(id)).collect(),
                    other => {
                        reader.mistake(&other, "a logical id or a list of them");
                        Vec::new()
                    }
                }
            }
            "Condition" => resource.condition = reader.string(value),
            "Metadata" => resource.metadata = reader.object(value),
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
        });
        if !has_type {
            self.missing("Type", "a resource type such as `AWS::S3::Bucket`");
        }
        resource
    }

    fn parameter(&mut self, entry: Map) -> Parameter {
        let mut parameter = Parameter::default();
        if !entry.contains_key("Type") {
            self.missing("Type", "the parameter's type, such as `String`");
        }
        self.attributes(entry, |reader, key, value| match key.as_str() {
            "Type" => parameter.parameter_type = reader.string(value).unwrap_or_default().as_str().into(),
            "Default" => parameter.default = Some(value),
            "Description" => parameter.description = reader.string(value),
            "AllowedValues" => match value {
                Value::List(values) => parameter.allowed_values = Some(values),
                other => reader.mistake(&other, "a list"),
            },
            "AllowedPattern" => parameter.allowed_pattern = reader.string(value),
            "ConstraintDescription" => parameter.constraint_description = reader.string(value),
            "MinLength" => parameter.min_length = Some(value),
            "MaxLength" => parameter.max_length = Some(value),
            "MinValue" => parameter.min_value = Some(value),
            "MaxValue" => parameter.max_value = Some(value),
            "NoEcho" => parameter.no_echo = Some(value),
            _ => reader.mistake(&value, "one of the attributes of a parameter (Type, Default, AllowedValues, …)"),
        });
        parameter
    }

    fn output(&mut self, entry: Map) -> Output {
        let mut output = Output::new(Value::Null);
        self.attributes(entry, |reader, key, value| match key.as_str() {
            "Value" => output.value = value,
            "Description" => output.description = reader.string(value),
            "Condition" => output.condition = reader.string(value),
            "Export" => {
                output.export_name = reader.object(value).shift_remove("Name");
                if output.export_name.is_none() {
                    reader.missing("Name", "the name of the export");
                }
            }
            _ => reader.mistake(&value, "one of Value, Description, Condition, Export"),
        });
        if output.value == Value::Null {
            self.missing("Value", "the output's value");
        }
        output
    }

    fn object(&mut self, value: Value) -> Map {
        match value {
            Value::Map(map) => map,
            // One entry whose name happens to spell a function, e.g. a parameter called `Ref`.
            Value::Function(function) => function.to_map(),
            other => {
                self.mistake(&other, "an object");
                Map::new()
            }
        }
    }

    fn string(&mut self, value: Value) -> Option<String> {
        match value {
            Value::String(text) => Some(text),
            other => {
                self.mistake(&other, "a string");
                None
            }
        }
    }

    fn missing(&mut self, key: &str, expected: &'static str) {
        self.path.push(key.to_owned());
        self.mistake(&Value::Null, expected);
        self.path.pop();
    }

    fn mistake(&mut self, found: &Value, expected: &'static str) {
        // A value that could not be read was reported at its own place.
        if (0..=self.path.len()).any(|length| self.unread.contains(&self.path[..length])) {
            return;
        }
        let found = match found {
            Value::Null => "missing or null".to_owned(),
            Value::Bool(value) => format!("`{value}`"),
            Value::Number(value) => format!("`{value}`"),
            // The beginning is enough of a long text, which may be another file altogether.
            Value::String(value) => match value.char_indices().nth(LONGEST_SHOWN) {
                Some((end, _)) => format!("a text that begins with {:?}", &value[..end]),
                None => format!("{value:?}"),
            },
            Value::List(_) => "a list".to_owned(),
            Value::Map(_) => "an object".to_owned(),
            Value::Function(_) => "an intrinsic function".to_owned(),
        };
        self.mistakes.push(ReadError::Shape { path: self.path.clone(), found, expected });
    }
}

/// The entries that people wrote, and those that macros make entries of.
///
/// Source: AWS CloudFormation Template Reference, `Fn::ForEach` and `Fn::Transform`.
fn apart(section: Map) -> (Map, Map) {
    section.into_iter().partition(|(key, _)| !(key == "Fn::Transform" || key.starts_with("Fn::ForEach::")))
}
