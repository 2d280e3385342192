//! Parameters: what was given, held against what the template allows.
//!
//! Source: AWS CloudFormation User Guide, "CloudFormation template Parameters syntax".

mod existing;
pub(crate) mod public;

use std::collections::BTreeMap;

use formwork_model::Term;
use formwork_model::parameter::{self, SystemParameter, is_list, scalar_text as text_of, system_parameter};
use formwork_model::secret::is_no_echo;
use formwork_template::{Parameter, ParameterType, Template, Value};
use indexmap::IndexMap;

use crate::evaluate::Outside;
use crate::model::ParameterValue;
use crate::protocol::Form;

/// Source: User Guide, "Understand CloudFormation quotas".
const MAX_VALUE_BYTES: usize = 4_096;

/// What a request says about a parameter.
#[derive(Clone, Debug)]
pub(crate) enum Given {
    Value(String),
    /// `UsePreviousValue`
    Previous,
}

/// The parameters of a request.
///
/// # Errors
///
/// When one is named twice or has no value.
pub(crate) fn given(form: &Form) -> Result<IndexMap<String, Given>, String> {
    let mut given = IndexMap::new();
    for field in form.structures("Parameters") {
        let key = field.get("ParameterKey").unwrap_or_default().to_owned();
        let previous = field.get("UsePreviousValue").is_some_and(|text| text.eq_ignore_ascii_case("true"));
        let value = match (field.get("ParameterValue"), previous) {
            (None, true) => Given::Previous,
            (Some(value), false) => Given::Value(value.to_owned()),
            (Some(_), true) => {
                return Err(format!(
                    "Invalid input for parameter key {key}. Cannot specify usePreviousValue as true and non empty value for a parameter"
                ));
            }
            (None, false) => {
                return Err(format!("Parameter {key} should either have input value or specify use previous value"));
            }
        };
        if given.insert(key.clone(), value).is_some() {
            return Err(format!("Duplicate parameter key [{key}] found"));
        }
    }
    Ok(given)
}

/// The values a stack gets: given ones, previous ones, defaults; checked.
///
/// # Errors
///
/// CloudFormation's words for a value that is missing, unknown or not allowed.
pub(crate) fn settle(
    template: &Template,
    given: &IndexMap<String, Given>,
    previous: &IndexMap<String, ParameterValue>,
    outside: &dyn Outside,
    region: &str,
) -> Result<IndexMap<String, ParameterValue>, String> {
    let unknown: Vec<&str> =
        given.keys().filter(|key| !template.parameters.contains_key(*key)).map(String::as_str).collect();
    if !unknown.is_empty() {
        return Err(format!("Parameters: [{}] do not exist in the template", unknown.join(", ")));
    }
    let mut settled = IndexMap::new();
    let mut missing = Vec::new();
    for (key, parameter) in &template.parameters {
        let value = match given.get(key) {
            Some(Given::Value(value)) => Some(value.clone()),
            Some(Given::Previous) => previous.get(key).map(|value| value.value.clone()),
            None => parameter.default.as_ref().and_then(text_of),
        };
        let Some(value) = value else {
            missing.push(key.as_str());
            continue;
        };
        allowed(key, parameter, &value)?;
        let resolved = match system_parameter(&parameter.parameter_type) {
            None => None,
            Some(SystemParameter::Name) => Some(value.clone()),
            Some(SystemParameter::Value) => Some(outside.parameter(&value, None).ok_or_else(|| {
                format!("Unable to fetch parameters [{value}] from parameter store for this account.")
            })?),
        };
        let held = resolved.as_ref().unwrap_or(&value);
        if let Some(refusal) = existing::refusal(key, parameter.parameter_type.as_str(), held, region) {
            return Err(refusal);
        }
        settled.insert(key.clone(), ParameterValue { value, resolved, no_echo: is_no_echo(parameter) });
    }
    if missing.is_empty() { Ok(settled) } else { Err(format!("Parameters: [{}] must have values", missing.join(", "))) }
}

/// The values as functions see them.
pub(crate) fn evaluated(template: &Template, values: &IndexMap<String, ParameterValue>) -> BTreeMap<String, Term> {
    let value_of = |(key, value): (&String, &ParameterValue)| {
        let parameter = template.parameters.get(key)?;
        let text = value.resolved.as_ref().unwrap_or(&value.value);
        Some((key.clone(), parameter::read(&parameter.parameter_type, text)))
    };
    values.iter().filter_map(value_of).collect()
}

fn allowed(key: &str, parameter: &Parameter, value: &str) -> Result<(), String> {
    let described = |rule: String| match &parameter.constraint_description {
        Some(text) => format!("Parameter '{key}' failed to satisfy constraint: {text}"),
        None => rule,
    };
    // What a parameter of Systems Manager holds is not the value: its name is.
    let is_list = is_list(&parameter.parameter_type) && system_parameter(&parameter.parameter_type).is_none();
    let parts: Vec<&str> = if is_list { value.split(',').map(str::trim).collect() } else { vec![value] };
    let number = |limit: &Option<Value>| limit.as_ref().and_then(text_of).and_then(|text| text.parse::<f64>().ok());
    for part in parts {
        if matches!(parameter.parameter_type, ParameterType::Number | ParameterType::NumberList) {
            let Ok(given) = part.parse::<f64>() else {
                return Err(format!("Parameter '{key}' must be a number"));
            };
            if number(&parameter.min_value).is_some_and(|least| given < least) {
                let least = number(&parameter.min_value).unwrap_or_default();
                return Err(described(format!("Parameter '{key}' must be a number not less than {least}")));
            }
            if number(&parameter.max_value).is_some_and(|most| given > most) {
                let most = number(&parameter.max_value).unwrap_or_default();
                return Err(described(format!("Parameter '{key}' must be a number not greater than {most}")));
            }
        }
        if let Some(values) = &parameter.allowed_values
            && !values.iter().filter_map(text_of).any(|allowed| allowed == part)
        {
            let values: Vec<String> = values.iter().filter_map(text_of).collect();
            return Err(described(format!("Parameter '{key}' must be one of AllowedValues [{}]", values.join(", "))));
        }
        // CloudFormation's patterns are Java's. One that this engine of expressions does not know is not held against
        // the value.
        if let Some(pattern) = &parameter.allowed_pattern
            && regex_lite::Regex::new(&format!("^(?:{pattern})$")).is_ok_and(|pattern| !pattern.is_match(part))
        {
            return Err(described(format!("Parameter '{key}' must match pattern {pattern}")));
        }
    }
    if value.len() > MAX_VALUE_BYTES {
        return Err(format!("Parameter '{key}' has {} bytes, and at most {MAX_VALUE_BYTES} are allowed", value.len()));
    }
    let length = value.chars().count() as f64;
    if number(&parameter.min_length).is_some_and(|least| length < least) {
        let least = number(&parameter.min_length).unwrap_or_default();
        return Err(described(format!("Parameter '{key}' must contain at least {least} characters")));
    }
    if number(&parameter.max_length).is_some_and(|most| length > most) {
        let most = number(&parameter.max_length).unwrap_or_default();
        return Err(described(format!("Parameter '{key}' must contain at most {most} characters")));
    }
    Ok(())
}
