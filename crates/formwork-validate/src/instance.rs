//! Properties as CloudFormation would see them: functions whose result is known are replaced by it, the others by
//! placeholders for the type that they return.
//!
//! A placeholder is an object with one reserved key, which tells what it stands for and which function it is, so that two
//! equal functions are equal and two different ones are not. Where the function is text and references alone, the placeholder
//! says how `Fn::Sub` would spell it (`${Zone}`, `www.${Domain}`), for rules that compare names or follow references.

use formwork_template::function::Function;
use formwork_template::{ParameterType, Template, Value, dynamic};
use serde_json::{Map, Value as Json, json};

use crate::scenario::Scenario;
use crate::schema::Schemas;

/// The reserved key; no template has it, since YAML and people's editors refuse the character.
const KEY: &str = "\u{1}placeholder";

/// What a placeholder stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A scalar: CloudFormation makes a number or a boolean of a text where one is needed.
    Text,
    /// A list.
    List,
    /// An object.
    Object,
    /// Nothing is known.
    Any,
}

impl Kind {
    /// Whether some value of the kind is of the type.
    pub(crate) fn may_be(self, type_name: &str) -> bool {
        match self {
            Kind::Any => true,
            Kind::Text => matches!(type_name, "string" | "integer" | "number" | "boolean"),
            Kind::List => type_name == "array",
            Kind::Object => type_name == "object",
        }
    }

    /// Whether every value of the kind is of the type.
    pub(crate) fn must_be(self, type_name: &str) -> bool {
        matches!((self, type_name), (Kind::Text, "string") | (Kind::List, "array") | (Kind::Object, "object"))
    }

    fn name(self) -> &'static str {
        match self {
            Kind::Text => "text",
            Kind::List => "list",
            Kind::Object => "object",
            Kind::Any => "any",
        }
    }
}

/// What the value stands for, if it is a placeholder.
pub(crate) fn placeholder(value: &Json) -> Option<Kind> {
    let entry = value.as_object().filter(|entries| entries.len() == 1)?.get(KEY)?;
    [Kind::Text, Kind::List, Kind::Object, Kind::Any].into_iter().find(|kind| entry.get(0) == Some(&kind.name().into()))
}

/// How `Fn::Sub` would spell the value: a text as it is, a placeholder with its references. Nothing of other values.
pub(crate) fn spelled(value: &Json) -> Option<&str> {
    match value.as_str() {
        Some(text) => Some(text).filter(|text| !text.contains("${")),
        None => value.as_object().filter(|entries| entries.len() == 1)?.get(KEY)?.get(2)?.as_str(),
    }
}

/// The resource that the value is a reference to, and the attribute of it; `Ref` has none.
pub(crate) fn refers(value: &Json) -> Option<(&str, Option<&str>)> {
    let inside = spelled(value).filter(|_| value.is_object())?.strip_prefix("${")?.strip_suffix('}')?;
    let is_one = !inside.contains(['$', '{', '}']);
    is_one.then(|| inside.split_once('.').map_or((inside, None), |(id, attribute)| (id, Some(attribute))))
}

/// Whether there is a placeholder anywhere in the value.
pub(crate) fn has_placeholder(value: &Json) -> bool {
    match value {
        Json::Array(items) => items.iter().any(has_placeholder),
        Json::Object(entries) => placeholder(value).is_some() || entries.values().any(has_placeholder),
        _ => false,
    }
}

/// Reads values in one scenario.
pub(crate) struct Reader<'t> {
    pub(crate) template: &'t Template,
    pub(crate) scenario: &'t Scenario<'t>,
    pub(crate) schemas: &'t mut Schemas,
}

impl Reader<'_> {
    /// The value as CloudFormation would see it; nothing when it is `AWS::NoValue`.
    pub(crate) fn read(&mut self, value: &Value) -> Option<Json> {
        Some(match value {
            // CloudFormation refuses it, which a rule of its own tells.
            Value::Null => mark(Kind::Any, value),
            Value::Bool(value) => (*value).into(),
            Value::Number(value) => Json::Number(value.clone()),
            Value::String(text) if dynamic::is_in(text) => mark(Kind::Text, value),
            Value::String(text) => text.as_str().into(),
            Value::List(items) => items.iter().filter_map(|item| self.read(item)).collect::<Vec<_>>().into(),
            // What a macro makes of an object is not known.
            Value::Map(entries) if entries.keys().any(|key| is_macro(key)) => mark(Kind::Any, value),
            // A function with wrong arguments; a rule of its own tells.
            Value::Map(entries)
                if entries.len() == 1 && entries.keys().all(|key| key == "Ref" || key.starts_with("Fn::")) =>
            {
                mark(Kind::Any, value)
            }
            Value::Map(entries) => Json::Object(
                entries.iter().filter_map(|(key, item)| Some((key.clone(), self.read(item)?))).collect::<Map<_, _>>(),
            ),
            Value::Function(function) => return self.function(function, value),
        })
    }

    fn function(&mut self, function: &Function, whole: &Value) -> Option<Json> {
        let kind = match function {
            Function::Ref(name) if name == "AWS::NoValue" => return None,
            Function::If { condition, then, otherwise } => {
                return match self.scenario.get(condition.as_str()) {
                    Some(true) => self.read(then),
                    Some(false) => self.read(otherwise),
                    None => Some(mark(Kind::Any, whole)),
                };
            }
            // In free JSON, such as a policy, `{"Condition": "…"}` is data.
            Function::Condition(name) => return Some(json!({ "Condition": name })),
            Function::Ref(name) => self.kind_of_ref(name),
            Function::GetAtt { logical_id, attribute } => self.kind_of_attribute(logical_id, attribute.as_str()),
            Function::Sub { text, variables }
                if variables.is_empty() && !text.contains("${") && !dynamic::is_in(text) =>
            {
                return Some(text.as_str().into());
            }
            Function::Join { delimiter, values } => match self.read(values) {
                Some(Json::Array(items)) if items.iter().all(Json::is_string) => {
                    let texts: Vec<&str> = items.iter().filter_map(Json::as_str).collect();
                    let text = texts.join(delimiter);
                    if !dynamic::is_in(&text) {
                        return Some(text.into());
                    }
                    Kind::Text
                }
                _ => Kind::Text,
            },
            Function::Select { index, list } => match (index_of(index), self.read(list)) {
                (Some(index), Some(Json::Array(items))) => match items.get(index) {
                    Some(item) => return Some(item.clone()),
                    None => Kind::Any,
                },
                (None, Some(Json::Array(items))) if items.iter().any(|item| item.is_object() || item.is_array()) => {
                    Kind::Any
                }
                _ => Kind::Text,
            },
            Function::FindInMap { map, top_level_key, second_level_key, default } => {
                let literal = |value: &Value| value.as_str().map(str::to_owned);
                match (literal(map), default) {
                    (Some(map), None) => {
                        let (top, second) = (literal(top_level_key), literal(second_level_key));
                        return Some(self.mapped(&map, top.as_deref(), second.as_deref(), whole));
                    }
                    _ => Kind::Any,
                }
            }
            Function::Split { .. } | Function::GetAzs(_) | Function::Cidr { .. } | Function::RefAll(_) => Kind::List,
            Function::Reference(_) | Function::Transform { .. } => Kind::Any,
            Function::Sub { .. }
            | Function::ImportValue(_)
            | Function::GetStackOutput { .. }
            | Function::Base64(_)
            | Function::Length(_)
            | Function::ToJsonString(_) => Kind::Text,
            _ => Kind::Any,
        };
        Some(mark(kind, whole))
    }

    fn kind_of_ref(&self, name: &str) -> Kind {
        if let Some(parameter) = self.template.parameters.get(name) {
            return match &parameter.parameter_type {
                ParameterType::CommaDelimitedList | ParameterType::NumberList => Kind::List,
                ParameterType::Other(name) if name.contains("List<") || name.contains("CommaDelimitedList") => {
                    Kind::List
                }
                _ => Kind::Text,
            };
        }
        if name == "AWS::NotificationARNs" { Kind::List } else { Kind::Text }
    }

    fn kind_of_attribute(&mut self, logical_id: &str, attribute: Option<&str>) -> Kind {
        let Some(resource) = self.template.resources.get(logical_id) else { return Kind::Any };
        let schema = self.schemas.get(&resource.type_name);
        let of = schema.as_ref().zip(attribute).and_then(|(schema, name)| schema.attribute(name));
        match of.and_then(|schema| schema.get("type")).and_then(Json::as_str) {
            Some("array") => Kind::List,
            Some("object") => Kind::Object,
            Some(_) => Kind::Text,
            None => Kind::Any,
        }
    }

    /// A value of a mapping: the value itself when both keys are known, else what all values that it can be have in common.
    fn mapped(&mut self, map: &str, top: Option<&str>, second: Option<&str>, whole: &Value) -> Json {
        let Some(table) = self.template.mappings.get(map).and_then(Value::as_map) else {
            return mark(Kind::Any, whole);
        };
        let mut values = Vec::new();
        for (key, row) in table {
            if top.is_none_or(|top| top == key) {
                let row = row.as_map().into_iter().flatten();
                values
                    .extend(row.filter(|(key, _)| second.is_none_or(|second| second == *key)).map(|(_, value)| value));
            }
        }
        if let ([value], Some(_), Some(_)) = (values.as_slice(), top, second) {
            return self.read(value).unwrap_or_else(|| mark(Kind::Any, whole));
        }
        let kind = if values.is_empty() {
            Kind::Any
        } else if values.iter().all(|value| matches!(value, Value::List(_))) {
            Kind::List
        } else if values.iter().all(|value| matches!(value, Value::String(_) | Value::Number(_) | Value::Bool(_))) {
            Kind::Text
        } else {
            Kind::Any
        };
        mark(kind, whole)
    }
}

/// The place in the template of a place in what [`Reader::read`] made of `value`: through the branches of `Fn::If` that were
/// taken, and counting entries of lists that are `AWS::NoValue`.
pub(crate) fn trace(value: &Value, place: &[String], scenario: &Scenario<'_>) -> Vec<String> {
    let mut path = Vec::new();
    let mut value = value;
    let mut place = place.iter();
    loop {
        while let Value::Function(function) = value {
            let Function::If { condition, then, otherwise } = &**function else { return path };
            let (index, branch) =
                if scenario.get(condition.as_str()) == Some(&true) { ("1", then) } else { ("2", otherwise) };
            path.extend(["Fn::If".to_owned(), index.to_owned()]);
            value = branch;
        }
        let Some(segment) = place.next() else { return path };
        match value {
            Value::Map(entries) => match entries.get(segment) {
                Some(item) => {
                    path.push(segment.clone());
                    value = item;
                }
                None => {
                    path.push(segment.clone());
                    return path;
                }
            },
            Value::List(items) => {
                let wanted: usize = segment.parse().unwrap_or(usize::MAX);
                let there = items.iter().enumerate().filter(|(_, item)| !is_absent(item, scenario)).nth(wanted);
                let Some((index, item)) = there else { return path };
                path.push(index.to_string());
                value = item;
            }
            _ => return path,
        }
    }
}

/// Whether the value is `AWS::NoValue` in the scenario.
fn is_absent(value: &Value, scenario: &Scenario<'_>) -> bool {
    match value.as_function() {
        Some(Function::Ref(name)) => name == "AWS::NoValue",
        Some(Function::If { condition, then, otherwise }) => match scenario.get(condition.as_str()) {
            Some(true) => is_absent(then, scenario),
            Some(false) => is_absent(otherwise, scenario),
            None => false,
        },
        _ => false,
    }
}

/// Keys that a macro replaces, beside others of the same object.
pub(crate) fn is_macro(key: &str) -> bool {
    key == "Fn::Transform" || key.starts_with("Fn::ForEach::")
}

fn index_of(value: &Value) -> Option<usize> {
    match value {
        Value::Number(number) => number.as_u64().and_then(|number| usize::try_from(number).ok()),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

fn mark(kind: Kind, whole: &Value) -> Json {
    let what = format!("{whole:?}");
    match spelling(whole) {
        Some(spelling) if whole.as_function().is_some() => json!({ KEY: [kind.name(), what, spelling] }),
        _ => placeholder_of(kind, &what),
    }
}

/// The text that a function makes, with its references as `Fn::Sub` has them.
fn spelling(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()).filter(|text| !text.contains("${") && !dynamic::is_in(text)),
        Value::Function(function) => match &**function {
            Function::Ref(id) => Some(format!("${{{id}}}")),
            Function::GetAtt { logical_id, attribute } => Some(format!("${{{logical_id}.{}}}", attribute.as_str()?)),
            Function::Sub { text, variables } => {
                let is_plain = variables.is_empty() && !text.contains("${!") && !dynamic::is_in(text);
                is_plain.then(|| text.clone())
            }
            Function::Join { delimiter, values: Value::List(items) } => {
                let texts: Option<Vec<String>> = items.iter().map(spelling).collect();
                Some(texts?.join(delimiter))
            }
            _ => None,
        },
        _ => None,
    }
}

fn placeholder_of(kind: Kind, what: &str) -> Json {
    json!({ KEY: [kind.name(), what] })
}

/// Properties whose functions were worked out before: what is not known yet is a placeholder, each another one.
pub(crate) fn worked_out(value: &Json, unknown: &str) -> Json {
    fn read(value: &Json, unknown: &str, count: &mut usize) -> Json {
        match value {
            Json::String(text) if text.contains(unknown) => {
                *count += 1;
                placeholder_of(Kind::Any, &format!("unknown {count}"))
            }
            Json::String(text) if dynamic::is_in(text) => placeholder_of(Kind::Text, text),
            Json::Array(items) => items.iter().map(|item| read(item, unknown, count)).collect(),
            Json::Object(entries) => {
                entries.iter().map(|(key, item)| (key.clone(), read(item, unknown, count))).collect()
            }
            other => other.clone(),
        }
    }
    read(value, unknown, &mut 0)
}
