//! Parameters: types that exist, constraints that fit the type, and defaults that fit the constraints.
//!
//! Source: AWS CloudFormation Template Reference, "Parameters", and CloudFormation User Guide, "Specify existing resources at
//! runtime with CloudFormation-supplied parameter types".

use formwork_model::parameter::{SystemParameter, is_list, scalar_text, system_parameter};
use formwork_model::secret;
use formwork_template::{Parameter, ParameterType, Value, dynamic};

use crate::check::Check;
use crate::finding::{Finding, rule};
use crate::rules::java::Pattern;
use crate::rules::{listed, path};

/// AWS-specific types that also exist as lists.
const AWS_TYPES: &[&str] = &[
    "AWS::EC2::AvailabilityZone::Name",
    "AWS::EC2::Image::Id",
    "AWS::EC2::Instance::Id",
    "AWS::EC2::SecurityGroup::GroupName",
    "AWS::EC2::SecurityGroup::Id",
    "AWS::EC2::Subnet::Id",
    "AWS::EC2::VPC::Id",
    "AWS::EC2::Volume::Id",
    "AWS::Route53::HostedZone::Id",
];
/// Types that do not.
const SINGLE_TYPES: &[&str] = &["AWS::EC2::KeyPair::KeyName", "AWS::SSM::Parameter::Name"];

pub(crate) fn check(check: &mut Check<'_, '_>) {
    for (name, parameter) in &check.template.parameters {
        if !is_type(parameter.parameter_type.as_str()) {
            let word = parameter.parameter_type.as_str();
            let known = ["String", "Number", "List<Number>", "CommaDelimitedList"];
            let finding = Finding::error(
                rule::PARAMETER,
                &path(&["Parameters", name, "Type"]),
                format!("there is no parameter type `{word}`"),
            );
            let all = known.into_iter().chain(AWS_TYPES.iter().copied()).chain(SINGLE_TYPES.iter().copied());
            check.add(
                finding
                    .value(word)
                    .allowed(listed(known) + ", an AWS-specific type, `AWS::SSM::Parameter::Value<…>`")
                    .meant(word, all),
            );
            continue;
        }
        constraints(check, name, parameter);
        default(check, name, parameter);
    }
}

fn is_type(name: &str) -> bool {
    let plain = |name: &str| matches!(name, "String" | "Number" | "List<Number>" | "CommaDelimitedList");
    let inside =
        |name: &str, prefix: &str| name.strip_prefix(prefix).and_then(|rest| rest.strip_suffix('>')).map(str::to_owned);
    if plain(name) || AWS_TYPES.contains(&name) || SINGLE_TYPES.contains(&name) {
        return true;
    }
    if let Some(item) = inside(name, "List<") {
        return AWS_TYPES.contains(&item.as_str()) || item == "String";
    }
    match inside(name, "AWS::SSM::Parameter::Value<") {
        Some(value) => !value.starts_with("AWS::SSM::") && is_type(&value) || value == "List<String>",
        None => false,
    }
}

fn constraints(check: &mut Check<'_, '_>, name: &str, parameter: &Parameter) {
    let is_number = matches!(parameter.parameter_type, ParameterType::Number | ParameterType::NumberList);
    let bounds = [
        ("MinLength", &parameter.min_length, false),
        ("MaxLength", &parameter.max_length, false),
        ("MinValue", &parameter.min_value, true),
        ("MaxValue", &parameter.max_value, true),
    ];
    for (key, value, for_numbers) in bounds {
        let Some(value) = value else { continue };
        let at = path(&["Parameters", name, key]);
        if number(value).is_none() {
            check.add(Finding::error(rule::PARAMETER, &at, format!("`{key}` is not a number")).allowed("a number"));
        } else if for_numbers != is_number {
            let message = format!("`{key}` does not go with the type `{}`", parameter.parameter_type.as_str());
            check.add(Finding::error(rule::PARAMETER, &at, message).allowed(if for_numbers {
                "`Number`"
            } else {
                "`String`"
            }));
        }
    }
    for (low, high, least, most) in [
        ("MinLength", "MaxLength", &parameter.min_length, &parameter.max_length),
        ("MinValue", "MaxValue", &parameter.min_value, &parameter.max_value),
    ] {
        let bounds = least.as_ref().and_then(number).zip(most.as_ref().and_then(number));
        if let Some((least, most)) = bounds.filter(|(least, most)| least > most) {
            let message = format!("`{low}` is {least}, above `{high}`, which is {most}");
            check.add(Finding::error(rule::PARAMETER, &path(&["Parameters", name, low]), message));
        }
    }
    if let Some(value) = &parameter.no_echo {
        let fits = matches!(value, Value::Bool(_))
            || value.as_str().is_some_and(|text| matches!(text.to_lowercase().as_str(), "true" | "false"));
        if !fits {
            let at = path(&["Parameters", name, "NoEcho"]);
            check.add(Finding::error(rule::PARAMETER, &at, "`NoEcho` is not a boolean").allowed("`true`, `false`"));
        }
    }
    if let Some(pattern) = &parameter.allowed_pattern
        && let Err(reason) = Pattern::read(pattern)
    {
        let at = path(&["Parameters", name, "AllowedPattern"]);
        let finding =
            Finding::error(rule::PARAMETER, &at, format!("`{pattern}` is not a regular expression: {reason}"));
        check.add(finding.value(pattern).allowed("a regular expression as Java reads it (`java.util.regex`)"));
    }
}

fn default(check: &mut Check<'_, '_>, name: &str, parameter: &Parameter) {
    let Some(value) = &parameter.default else { return };
    let at = path(&["Parameters", name, "Default"]);
    // What a masked parameter is given is not for any log.
    let hidden = secret::is_no_echo(parameter);
    let Some(text) = scalar_text(value) else {
        let finding = Finding::error(rule::PARAMETER_DEFAULT, &at, format!("the default of `{name}` is not a text"));
        check.add(match value {
            Value::List(_) => finding.hint("write a list as one text, with commas"),
            _ => finding,
        });
        return;
    };
    if dynamic::is_in(&text) || system_parameter(&parameter.parameter_type) == Some(SystemParameter::Value) {
        // The value is somewhere else.
        return;
    }
    let mut wrong = |allowed: String| {
        let message = if hidden {
            format!("the default of `{name}` is not allowed by its own constraints")
        } else {
            format!("the default of `{name}` is `{text}`")
        };
        let finding = Finding::error(rule::PARAMETER_DEFAULT, &at, message).allowed(allowed);
        check.add(if hidden { finding } else { finding.value(&*text) });
    };
    let is_list = is_list(&parameter.parameter_type);
    let pattern = parameter.allowed_pattern.as_deref().and_then(|pattern| Pattern::read(pattern).ok());
    let items: Vec<&str> = if is_list { text.split(',').map(str::trim).collect() } else { vec![&text] };
    for item in items {
        if matches!(parameter.parameter_type, ParameterType::Number | ParameterType::NumberList) {
            let Ok(number_of_item) = item.parse::<f64>() else {
                wrong("a number".to_owned());
                continue;
            };
            if let Some(least) = parameter.min_value.as_ref().and_then(number).filter(|least| number_of_item < *least) {
                wrong(format!("at least {least}"));
            }
            if let Some(most) = parameter.max_value.as_ref().and_then(number).filter(|most| number_of_item > *most) {
                wrong(format!("at most {most}"));
            }
        }
        if let Some(allowed) = &parameter.allowed_values {
            let allowed: Vec<String> = allowed.iter().filter_map(scalar_text).collect();
            // A list as a whole can be one of the allowed values, too.
            if !allowed.iter().any(|allowed| allowed == item || *allowed == text) {
                wrong(match hidden {
                    true => "one of its `AllowedValues`".to_owned(),
                    false => listed(allowed.iter().map(String::as_str)),
                });
            }
        }
        if let Some((text, pattern)) = parameter.allowed_pattern.as_ref().zip(pattern.as_ref())
            && pattern.matches(item) == Some(false)
        {
            wrong(format!("a text that matches `{text}`"));
        }
        if is_list {
            continue;
        }
        let length = item.chars().count() as f64;
        if let Some(least) = parameter.min_length.as_ref().and_then(number).filter(|least| length < *least) {
            wrong(format!("at least {least} characters"));
        }
        if let Some(most) = parameter.max_length.as_ref().and_then(number).filter(|most| length > *most) {
            wrong(format!("at most {most} characters"));
        }
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}
