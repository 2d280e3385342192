//! Parameters: types that exist, constraints that fit the type, and defaults that fit the constraints.
//!
//! Source: AWS CloudFormation Template Reference, "Parameters", and CloudFormation User Guide, "Specify existing resources at
//! runtime with CloudFormation-supplied parameter types".

use formwork_model::parameter::{SystemParameter, scalar_text, system_parameter};
use formwork_model::secret;
use formwork_template::{Parameter, ParameterType, Value, dynamic};

use crate::check::Check;
use crate::finding::{Finding, rule};
use crate::parameter::{self, Refusal, number, refused};
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
    for name in check.given.keys().filter(|name| !check.template.parameters.contains_key(*name)) {
        let message = format!("the template has no parameter `{name}`, which is given a value");
        let known = || check.template.parameters.keys().map(String::as_str);
        let finding = Finding::error(rule::PARAMETER_VALUE, &path(&["Parameters"]), message).value(name.as_str());
        check.add(finding.allowed(listed(known())).meant(name, known()));
    }
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
        if let Some(text) = check.given.get(name) {
            given(check, name, parameter, text);
        }
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
    for (index, value) in parameter.allowed_values.iter().flatten().enumerate() {
        if scalar_text(value).is_none() {
            let at = path(&["Parameters", name, "AllowedValues", &index.to_string()]);
            let finding = Finding::error(rule::PARAMETER, &at, format!("an allowed value of `{name}` is not a text"));
            check.add(finding.allowed("a text, a number or a boolean"));
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
    for refusal in refused(parameter, &text) {
        let message = if hidden {
            format!("the default of `{name}` is not allowed by its own constraints")
        } else {
            format!("the default of `{name}` is `{text}`")
        };
        let finding = Finding::error(rule::PARAMETER_DEFAULT, &at, message).allowed(refusal.allowed(hidden));
        check.add(if hidden { finding } else { finding.value(&*text) });
    }
}

/// A value that `--parameter` gives.
fn given(check: &mut Check<'_, '_>, name: &str, parameter: &Parameter, text: &str) {
    let at = path(&["Parameters", name]);
    let hidden = secret::is_no_echo(parameter);
    let region = check.region;
    for refusal in parameter::given(parameter, text, region) {
        let message = match (&refusal, hidden) {
            (_, true) => format!("`{name}` is given a value that it does not take"),
            (Refusal::CannotExist { item, .. }, false) => {
                format!(
                    "`{name}` is given `{item}`, and there is no `{}` of that name",
                    parameter.parameter_type.as_str()
                )
            }
            (_, false) => format!("`{name}` is given `{text}`"),
        };
        let finding = Finding::error(rule::PARAMETER_VALUE, &at, message).allowed(refusal.allowed(hidden));
        check.add(if hidden { finding } else { finding.value(text) });
    }
}
