//! Parameters of a template: the value that functions see, by type.
//!
//! Source: AWS CloudFormation User Guide, "Parameters" and "Specify existing resources at runtime with CloudFormation-supplied
//! parameter types".

use formwork_template::{Parameter, ParameterType, Value};

use crate::error::EvalError;
use crate::term::{Hole, Term};

/// A value of a Systems Manager parameter type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SystemParameter {
    /// `AWS::SSM::Parameter::Name`: the value is the parameter's name.
    Name,
    /// `AWS::SSM::Parameter::Value<…>`: the value is read from the parameter whose name is given.
    Value,
}

/// True for a type that functions see as a list.
pub fn is_list(kind: &ParameterType) -> bool {
    match kind {
        ParameterType::CommaDelimitedList | ParameterType::NumberList => true,
        ParameterType::Other(name) => name.contains("List<") || name.ends_with("<CommaDelimitedList>"),
        _ => false,
    }
}

/// Kind of a parameter of Systems Manager; `None` for other types.
pub fn system_parameter(kind: &ParameterType) -> Option<SystemParameter> {
    let ParameterType::Other(name) = kind else { return None };
    if name == "AWS::SSM::Parameter::Name" {
        Some(SystemParameter::Name)
    } else if name.starts_with("AWS::SSM::Parameter::Value<") {
        Some(SystemParameter::Value)
    } else {
        None
    }
}

/// The value that functions see for a parameter of this type whose text is `text`. What a Systems Manager parameter holds is a dynamic
/// reference to it.
pub fn term(kind: &ParameterType, text: &str) -> Term {
    if system_parameter(kind) == Some(SystemParameter::Value) {
        return Term::Hole(Hole::Dynamic(format!("resolve:ssm:{text}")));
    }
    read(kind, text)
}

/// The value that functions see, with `text` as it was read, also from Systems Manager.
pub fn read(kind: &ParameterType, text: &str) -> Term {
    if is_list(kind) {
        Term::List(text.split(',').map(|item| Term::text(item.trim())).collect())
    } else {
        Term::text(text)
    }
}

/// The text of a parameter's default.
pub fn default_text(parameter: &Parameter) -> Option<String> {
    scalar_text(parameter.default.as_ref()?)
}

/// The one spelling of a scalar of a template.
pub fn scalar_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The words that CloudFormation takes for a deletion and for a replacement.
const DELETED: &[&str] = &["Delete", "Retain", "RetainExceptOnCreate", "Snapshot"];
const REPLACED: &[&str] = &["Delete", "Retain", "Snapshot"];

/// The word of a policy of a resource: `DeletionPolicy` or `UpdateReplacePolicy`, as it was worked out. `None` where the value is not
/// known or not given.
///
/// # Errors
///
/// Where the word is not one of those allowed.
pub fn policy(attribute: &'static str, value: &Term) -> Result<Option<String>, EvalError> {
    let allowed = if attribute == "DeletionPolicy" { DELETED } else { REPLACED };
    match value.known_text() {
        Some(word) if !allowed.contains(&word.as_str()) => Err(EvalError::Policy { attribute, word, allowed }),
        word => Ok(word),
    }
}
