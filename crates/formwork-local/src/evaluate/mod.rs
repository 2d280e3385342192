//! Intrinsic functions worked out: from a template's values to plain JSON.
//!
//! An [`Evaluator`] holds everything a template can ask for. What depends on resources comes from [`Resources`], because a
//! preview and an operation know different things; what depends on other stacks comes from [`Outside`].
//!
//! Sources: AWS CloudFormation Template Reference, "Intrinsic functions", "Condition functions" and "Pseudo parameters";
//! User Guide, "Get values stored in other services using dynamic references". The messages are CloudFormation's own.

mod cidr;
mod dynamic;
mod functions;
mod policy;
mod rules;

pub(crate) use dynamic::References;

use std::cell::RefCell;
use std::collections::BTreeMap;

use formwork_template::{Map, Template, Value};
use serde_json::Value as Json;

use crate::document::{Named, names_in};

/// What stands for a value that is only known once it is deployed.
pub(crate) const UNKNOWN: &str = "{{changeSet:KNOWN_AFTER_APPLY}}";

/// The values of pseudo parameters.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pseudo {
    pub(crate) account: String,
    pub(crate) region: String,
    pub(crate) partition: String,
    pub(crate) url_suffix: String,
    pub(crate) stack_id: String,
    pub(crate) stack_name: String,
    pub(crate) notification_arns: Vec<String>,
}

/// What is known of the stack's own resources.
pub(crate) trait Resources {
    /// What `Ref` gives.
    fn reference(&self, logical_id: &str) -> Result<Json, String>;
    /// What `Fn::GetAtt` gives.
    fn attribute(&self, logical_id: &str, attribute: &str) -> Result<Json, String>;
}

/// What is known of the world outside of the stack.
pub(crate) trait Outside {
    /// What `Fn::ImportValue` gives.
    fn import(&self, name: &str) -> Result<String, String>;
    /// What `Fn::GetStackOutput` gives.
    fn stack_output(&self, stack: &str, output: &str, region: Option<&str>) -> Result<String, String>;
    /// A Systems Manager parameter, the latest version or a certain one, counted from one.
    fn parameter(&self, name: &str, version: Option<usize>) -> Option<String>;
    /// The text of a secret, now or so many versions ago.
    fn secret(&self, id: &str, steps_back: usize) -> Option<String>;
}

/// Works out the values of one template.
pub(crate) struct Evaluator<'a> {
    pub(crate) template: &'a Template,
    pub(crate) pseudo: &'a Pseudo,
    /// Parameters by name; lists are lists.
    pub(crate) parameters: &'a BTreeMap<String, Json>,
    pub(crate) resources: &'a dyn Resources,
    pub(crate) outside: &'a dyn Outside,
    pub(crate) references: References,
    /// Conditions that were worked out; `None` while one is, so that a circle ends.
    conditions: RefCell<BTreeMap<String, Option<bool>>>,
}

impl<'a> Evaluator<'a> {
    pub(crate) fn new(
        template: &'a Template,
        pseudo: &'a Pseudo,
        parameters: &'a BTreeMap<String, Json>,
        resources: &'a dyn Resources,
        outside: &'a dyn Outside,
    ) -> Self {
        Evaluator {
            template,
            pseudo,
            parameters,
            resources,
            outside,
            references: References::Kept,
            conditions: RefCell::default(),
        }
    }

    /// The same, with other things done about dynamic references.
    pub(crate) fn with(self, references: References) -> Self {
        Evaluator { references, ..self }
    }

    /// Whether a condition of the template holds. Those that it hangs on come first, without recursion: a chain of them may have more links
    /// than there is room for.
    pub(crate) fn condition(&self, name: &str) -> Result<bool, String> {
        let known = |name: &str| self.conditions.borrow().get(name).copied();
        let mut open = vec![name.to_owned()];
        while let Some(next) = open.pop() {
            if known(&next).flatten().is_some() {
                continue;
            }
            let Some(value) = self.template.conditions.get(&next) else {
                return Err(format!(
                    "Template error: unresolved condition dependency {next} in the Conditions block of the template"
                ));
            };
            let not_known = |named| match named {
                Named::Condition(name) if known(&name).flatten().is_none() => Some(name),
                _ => None,
            };
            match names_in(value).into_iter().find_map(not_known) {
                None => {
                    let holds = self.truth(value)?;
                    self.conditions.borrow_mut().insert(next, Some(holds));
                }
                Some(first) if known(&first).is_some() => {
                    return Err(format!("Template format error: Circular dependency of condition {first}"));
                }
                Some(first) => {
                    self.conditions.borrow_mut().insert(next.clone(), None);
                    open.extend([next, first]);
                }
            }
        }
        Ok(known(name).flatten().unwrap_or_default())
    }

    /// A value; `None` is `AWS::NoValue`.
    pub(crate) fn value(&self, value: &Value) -> Result<Option<Json>, String> {
        Ok(Some(match value {
            Value::Null => Json::Null,
            Value::Bool(value) => Json::Bool(*value),
            Value::Number(number) => Json::Number(number.clone()),
            Value::String(text) => Json::String(self.resolve(text)?),
            Value::List(items) => {
                let items: Result<Vec<Option<Json>>, String> = items.iter().map(|item| self.value(item)).collect();
                Json::Array(items?.into_iter().flatten().collect())
            }
            Value::Map(map) => self.map(map)?,
            Value::Function(function) => return self.function(function),
        }))
    }

    /// The properties of a resource, or another object.
    pub(crate) fn map(&self, map: &Map) -> Result<Json, String> {
        if let Some((name, _)) = map.first()
            && map.len() == 1
            && name.starts_with("Fn::")
        {
            // Read as an object because its arguments are of no known form.
            return Err(functions::malformed(name));
        }
        let mut object = serde_json::Map::new();
        for (key, value) in map {
            if let Some(value) = self.value(value)? {
                object.insert(key.clone(), value);
            }
        }
        Ok(Json::Object(object))
    }
}

/// A value as text, the way CloudFormation joins and compares.
pub(crate) fn text_of(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.clone()),
        Json::Bool(value) => Some(value.to_string()),
        Json::Number(number) => Some(number.to_string()),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}

/// Whether something in the value is only known after it was deployed.
pub(crate) fn is_unknown(value: &Json) -> bool {
    match value {
        Json::String(text) => text.contains(UNKNOWN),
        Json::Array(items) => items.iter().any(is_unknown),
        Json::Object(fields) => fields.values().any(is_unknown),
        Json::Null | Json::Bool(_) | Json::Number(_) => false,
    }
}
