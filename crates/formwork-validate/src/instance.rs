//! Properties as CloudFormation would see them: functions whose result is known are replaced by it, the others by
//! placeholders ([`crate::placeholder`]) for the type that they return. `formwork_model` works the functions out.

use formwork_model::evaluate::{EvalError, Evaluator};
use formwork_model::term::Mapped;
use formwork_model::{Hole, Known, Piece, Pseudo, Term, parameter};
use formwork_template::function::Function;
use formwork_template::{Value, dynamic};
use serde_json::{Map, Value as Json, json};

use crate::items;
pub(crate) use crate::placeholder::{Kind, has_placeholder, placeholder, refers, spelled, worked_out};
use crate::placeholder::{mark, placeholder_of};
use crate::scenario::{Scenario, Setting};
use crate::schemas::Schemas;

/// Reads values in one scenario.
pub(crate) struct Reader<'t> {
    pub(crate) setting: Setting<'t>,
    pub(crate) scenario: &'t Scenario<'t>,
    pub(crate) schemas: &'t mut Schemas,
}

impl Reader<'_> {
    /// The value as CloudFormation would see it; nothing when it is `AWS::NoValue`.
    pub(crate) fn read(&mut self, value: &Value) -> Option<Json> {
        Some(match value {
            // CloudFormation refuses it, and a rule of its own says so.
            Value::Null => placeholder_of(Kind::Any, "null"),
            Value::Bool(value) => (*value).into(),
            Value::Number(value) => Json::Number(value.clone()),
            Value::String(text) if dynamic::is_in(text) => placeholder_of(Kind::Text, text),
            Value::String(text) => text.as_str().into(),
            Value::List(items) => items.iter().filter_map(|item| self.read(item)).collect::<Vec<_>>().into(),
            Value::Map(entries) if is_open(entries.keys(), entries.len()) => {
                placeholder_of(Kind::Any, &format!("{value:?}"))
            }
            Value::Map(entries) => Json::Object(
                entries.iter().filter_map(|(key, item)| Some((key.clone(), self.read(item)?))).collect::<Map<_, _>>(),
            ),
            Value::Function(function) => return self.function(function, value),
        })
    }

    /// The text that a value has in the stack's region, if it is known.
    pub(crate) fn text_in_region(&self, value: &Value) -> Option<String> {
        self.term(value, self.setting.region).ok()?.known_text()
    }

    fn term(&self, value: &Value, region: Option<&str>) -> Result<Term, EvalError> {
        let known = Decided { setting: self.setting, scenario: self.scenario, region };
        let template = self.setting.template;
        Evaluator::new(&template.conditions, &template.mappings, &known).value(value)
    }

    fn function(&mut self, function: &Function, whole: &Value) -> Option<Json> {
        match function {
            Function::If { condition, then, otherwise } => match self.scenario.get(condition.as_str()) {
                Some(true) => return self.read(then),
                Some(false) => return self.read(otherwise),
                None => {}
            },
            // In free JSON, such as a policy, `{"Condition": "…"}` is data.
            Function::Condition(name) => return Some(json!({ "Condition": name })),
            // Conditions in the place of a value: a rule of its own says so.
            Function::And(_) | Function::Or(_) | Function::Not(_) | Function::Equals(..) | Function::Reference(_) => {
                return Some(placeholder_of(Kind::Any, &format!("{function:?}")));
            }
            _ => {}
        }
        match self.term(whole, None) {
            Ok(term) => self.seen(&term),
            Err(_) => Some(placeholder_of(Kind::Any, &format!("{function:?}"))),
        }
    }

    /// A value as it was worked out, with placeholders for what is not known.
    fn seen(&mut self, term: &Term) -> Option<Json> {
        Some(match term {
            Term::Absent => return None,
            Term::Null => placeholder_of(Kind::Any, "null"),
            Term::Bool(value) => (*value).into(),
            Term::Number(number) => Json::Number(number.clone()),
            Term::Text(text) => text.as_str().into(),
            Term::Pieces(pieces) => mark(Kind::Text, spelling(pieces), term),
            Term::Base64(_) => match term.known_text() {
                Some(text) => text.into(),
                None => mark(Kind::Text, None, term),
            },
            Term::List(items) => items.iter().filter_map(|item| self.seen(item)).collect::<Vec<_>>().into(),
            Term::Map(entries) if is_open(entries.keys(), entries.len()) => mark(Kind::Any, None, term),
            Term::Map(entries) => Json::Object(
                entries.iter().filter_map(|(key, item)| Some((key.clone(), self.seen(item)?))).collect::<Map<_, _>>(),
            ),
            Term::Hole(hole) => mark(self.kind(hole), hole.name().map(|name| format!("${{{name}}}")), term),
        })
    }

    /// Kind of a value that is not known.
    fn kind(&mut self, hole: &Hole) -> Kind {
        match hole {
            Hole::Parameter(name) => {
                let parameter = self.setting.template.parameters.get(name);
                let is_list = parameter.is_some_and(|parameter| parameter::is_list(&parameter.parameter_type));
                if is_list { Kind::List } else { Kind::Text }
            }
            Hole::Pseudo(name) if name == "AWS::NotificationARNs" => Kind::List,
            Hole::Pseudo(_) | Hole::Reference(_) | Hole::Dynamic(_) | Hole::Producer { .. } => Kind::Text,
            Hole::Attribute(logical_id, attribute) => self.kind_of_attribute(logical_id, attribute),
            Hole::If(_) => Kind::Any,
            Hole::Mapped(mapped) => kind_of_entries(mapped),
            Hole::Call(call) => match (call.name.as_str(), &call.argument) {
                ("Fn::Split" | "Fn::GetAZs" | "Fn::Cidr", _) => Kind::List,
                ("Fn::Select", Term::List(arguments)) => match arguments.as_slice() {
                    // The index is not known: one of these.
                    [_, Term::List(items)] if items.iter().any(|item| matches!(item, Term::List(_) | Term::Map(_))) => {
                        Kind::Any
                    }
                    _ => Kind::Text,
                },
                (
                    "Fn::Join" | "Fn::ImportValue" | "Fn::GetStackOutput" | "Fn::Base64" | "Fn::Length"
                    | "Fn::ToJsonString",
                    _,
                ) => Kind::Text,
                _ => Kind::Any,
            },
        }
    }

    fn kind_of_attribute(&mut self, logical_id: &str, attribute: &str) -> Kind {
        let Some(resource) = self.setting.template.resources.get(logical_id) else { return Kind::Any };
        let schema = self.schemas.get(&resource.type_name);
        let of = schema.as_ref().and_then(|schema| schema.attribute(attribute));
        match of.and_then(|schema| schema.get("type")).and_then(Json::as_str) {
            Some("array") => Kind::List,
            Some("object") => Kind::Object,
            Some(_) => Kind::Text,
            None => Kind::Any,
        }
    }
}

/// Known part of a scenario: the conditions, and the parameters that are given a value. The others have none, as every value that they
/// take must be right.
struct Decided<'t> {
    setting: Setting<'t>,
    scenario: &'t Scenario<'t>,
    region: Option<&'t str>,
}

impl Known for Decided<'_> {
    fn parameter(&self, name: &str) -> Option<Term> {
        self.setting.parameter(name)
    }

    fn pseudo(&self, name: &str) -> Term {
        let known = self.region.filter(|_| matches!(name, "AWS::Region" | "AWS::Partition" | "AWS::URLSuffix"));
        let known = known.and_then(|region| Pseudo { region: region.to_owned(), ..Pseudo::default() }.get(name));
        known.unwrap_or_else(|| Term::Hole(Hole::Pseudo(name.to_owned())))
    }

    fn condition(&self, name: &str) -> Option<bool> {
        self.scenario.get(name).copied()
    }

    /// A function that is wrong: a rule of its own says so. What it would give is known by its name alone.
    fn fault(&self, _error: EvalError, function: &Function) -> Result<Term, EvalError> {
        Ok(Term::call(function.name(), Term::text(format!("{function:?}"))))
    }
}

/// True if an object is not what it will be: a macro makes something else of it, or it is a function whose arguments are wrong.
fn is_open<'k>(mut keys: impl Iterator<Item = &'k String>, count: usize) -> bool {
    keys.any(|key| is_macro(key) || items::is_in(key) || count == 1 && (key == "Ref" || key.starts_with("Fn::")))
}

/// Kind that all values of a look-up have in common.
fn kind_of_entries(mapped: &Mapped) -> Kind {
    let rows: Vec<&Json> = mapped.table.as_object().into_iter().flat_map(Map::values).collect();
    // Without the name of the mapping there are tables in the place of rows.
    let values: Vec<&Json> = rows.into_iter().filter_map(Json::as_object).flat_map(Map::values).collect();
    if mapped.default.is_some() || values.is_empty() {
        Kind::Any
    } else if values.iter().all(|value| value.is_array()) {
        Kind::List
    } else if values.iter().all(|value| value.is_string() || value.is_number() || value.is_boolean()) {
        Kind::Text
    } else {
        Kind::Any
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

/// True if the value is `AWS::NoValue` in the scenario.
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

/// The text as `Fn::Sub` would spell it, if it is made of text and references alone.
fn spelling(pieces: &[Piece]) -> Option<String> {
    let mut text = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(known) if known.contains("${") => return None,
            Piece::Text(known) => text.push_str(known),
            Piece::Hole(hole) => {
                text.push_str("${");
                text.push_str(&hole.name()?);
                text.push('}');
            }
        }
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use formwork_template::{Template, Value};
    use serde_json::json;

    use super::{Reader, placeholder, spelled};
    use crate::scenario::Setting;
    use crate::schemas::Schemas;

    /// Reading of a value: JSON where it is known, else what the placeholder stands for, and its spelling.
    #[track_caller]
    fn check(value: serde_json::Value, expected: &str) {
        let template = json!({
            "Parameters": {"P": {"Type": "String", "Default": "d"}, "L": {"Type": "List<Number>"}},
            "Mappings": {"M": {"a": {"size": "small", "ports": [80, 443]}, "b": {"size": "large", "ports": [8080]}}},
            "Conditions": {"Yes": {"Fn::Equals": [{"Ref": "P"}, "x"]}},
            "Resources": {"Q": {"Type": "AWS::SQS::Queue"}},
        });
        let template = Template::from_json(&template.to_string()).unwrap();
        let mut schemas = Schemas::default();
        let scenario = BTreeMap::from([("Yes", true)]);
        let given = BTreeMap::new();
        let setting = Setting { template: &template, region: None, given: &given };
        let mut reader = Reader { setting, scenario: &scenario, schemas: &mut schemas };
        let read = reader.read(&Value::from(value.clone()));
        let shown = match &read {
            None => "nothing".to_owned(),
            Some(read) => match placeholder(read) {
                Some(kind) => format!("{} {}", kind.name(), spelled(read).unwrap_or("?")),
                None => read.to_string(),
            },
        };
        assert_eq!(shown, expected, "{value}");
    }

    #[test]
    fn what_is_known_is_worked_out() {
        check(json!({"Fn::Sub": ["${A}-${B}", {"A": "x", "B": 1}]}), r#""x-1""#);
        check(json!({"Fn::Join": ["/", ["a", {"Fn::FindInMap": ["M", "a", "size"]}]]}), r#""a/small""#);
        check(json!({"Fn::Select": [1, {"Fn::Split": [",", "a,b"]}]}), r#""b""#);
        check(json!({"Fn::Select": [0, {"Fn::FindInMap": ["M", "b", "ports"]}]}), "8080");
        check(json!({"Fn::Cidr": ["10.0.0.0/24", 2, 5]}), r#"["10.0.0.0/27","10.0.0.32/27"]"#);
        check(json!({"Fn::Base64": {"Fn::If": ["Yes", "a", {"Ref": "P"}]}}), r#""YQ==""#);
        check(json!({"Fn::Select": [0, {"Fn::If": ["Yes", [{"Port": {"Ref": "AWS::NoValue"}}], []]}]}), "{}");
        check(json!({"Fn::If": ["Yes", {"Ref": "AWS::NoValue"}, 1]}), "nothing");
    }

    #[test]
    fn what_is_not_known_is_spelled_as_fn_sub_does() {
        check(json!({"Ref": "P"}), "text ${P}");
        check(json!({"Ref": "L"}), "list ${L}");
        check(json!({"Fn::Join": [".", ["www", {"Ref": "P"}]]}), "text www.${P}");
        check(json!({"Fn::Sub": ["${ Q.Arn }/${X}", {"X": {"Ref": "P"}}]}), "text ${Q.Arn}/${P}");
        check(json!({"Fn::Sub": "${P}${!X}"}), "text ?");
        check(json!({"Fn::Sub": "${P}{{resolve:ssm:/x}}"}), "text ?");
        check(json!({"Fn::Split": ["/", {"Ref": "P"}]}), "list ?");
        check(json!({"Fn::FindInMap": ["M", {"Ref": "P"}, "size"]}), "text ?");
        check(json!({"Fn::FindInMap": ["M", {"Ref": "P"}, "ports"]}), "list ?");
        check(json!({"Fn::FindInMap": ["M", {"Ref": "P"}, "ports", {"DefaultValue": "x"}]}), "any ?");
        check(json!({"Fn::If": ["Missing", 1, 2]}), "any ?");
        check(json!({"Fn::Join": ["", {"Fn::If": ["Missing", 1, 2]}]}), "text ?");
        check(json!({"Condition": "Yes"}), r#"{"Condition":"Yes"}"#);
    }
}
