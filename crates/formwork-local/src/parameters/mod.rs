//! Parameters: what was given, held against what the template allows. The rule is that of validation; the words are CloudFormation's.
//!
//! Source: AWS CloudFormation User Guide, "CloudFormation template Parameters syntax".

pub(crate) mod public;

use std::collections::BTreeMap;

use formwork_model::Term;
use formwork_model::parameter::{self, SystemParameter, scalar_text as text_of, system_parameter};
use formwork_model::secret::is_no_echo;
use formwork_template::{Parameter, Template};
use formwork_validate::parameter::{Refusal, refused, resolved as resolved_form};
use indexmap::IndexMap;

use crate::evaluate::Outside;
use crate::protocol::Form;
use crate::secrets::ParameterValue;

/// The value of a parameter in a request.
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
        if let Some(Refusal::CannotExist { item, .. }) = resolved_form(&parameter.parameter_type, held, Some(region)) {
            return Err(not_there(key, &item));
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

/// CloudFormation's words for a value that the declaration refuses: for the first of several reasons.
fn allowed(key: &str, parameter: &Parameter, value: &str) -> Result<(), String> {
    let Some(refusal) = refused(parameter, value).into_iter().next() else { return Ok(()) };
    let words = match &refusal {
        Refusal::NotANumber => return Err(format!("Parameter '{key}' must be a number")),
        Refusal::TooLarge(bytes) => {
            return Err(format!("Parameter '{key}' has {bytes} bytes, and {} are allowed", refusal.allowed(false)));
        }
        Refusal::CannotExist { item, .. } => return Err(not_there(key, item)),
        Refusal::Below(least) => format!("be a number not less than {least}"),
        Refusal::Above(most) => format!("be a number not greater than {most}"),
        Refusal::NotAllowed(values) => format!("be one of AllowedValues [{}]", values.join(", ")),
        Refusal::Pattern(pattern) => format!("match pattern {pattern}"),
        Refusal::Shorter(least) => format!("contain at least {least} characters"),
        Refusal::Longer(most) => format!("contain at most {most} characters"),
    };
    Err(match &parameter.constraint_description {
        Some(text) => format!("Parameter '{key}' failed to satisfy constraint: {text}"),
        None => format!("Parameter '{key}' must {words}"),
    })
}

/// CloudFormation looks the value up when an operation begins, and rolls back; here the request is refused in the same words.
fn not_there(key: &str, item: &str) -> String {
    format!("Parameter validation failed: parameter value {item} for parameter name {key} does not exist")
}
