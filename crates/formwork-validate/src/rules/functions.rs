//! Arguments of functions that are wrong for any later values, and texts that grow beyond CloudFormation's limit.
//!
//! Source: AWS CloudFormation Template Reference, "Intrinsic functions".

use formwork_model::evaluate::MAX_TEXT;
use formwork_model::parameter::is_list;
use formwork_model::{EvalError, Evaluator, Known, Term};
use formwork_template::function::Function;
use formwork_template::{Template, Value};

use crate::check::Check;
use crate::finding::{Finding, rule};
use crate::items;
use crate::scenario::Setting;

/// Blocks that `Fn::Cidr` gives at most.
const MAX_BLOCKS: i64 = 256;
/// Bits of an address that a block leaves, at most.
const MAX_BITS: i64 = 128;

pub(crate) fn arguments(check: &mut Check<'_, '_>, place: &[String], function: &Function) {
    let finding = match function {
        Function::Join { values: Value::String(_) | Value::Number(_) | Value::Bool(_), .. } => {
            Finding::error(rule::FUNCTION, place, "`Fn::Join` of a text").allowed("a delimiter and a list")
        }
        Function::Join { values: Value::Function(values), .. } if gives_text(check.template, values) => {
            Finding::error(rule::FUNCTION, place, "`Fn::Join` of a function that gives a text")
                .allowed("a delimiter and a list, or a function that gives one")
        }
        Function::Select { list: Value::Function(list), .. } if gives_text(check.template, list) => {
            Finding::error(rule::FUNCTION, place, "`Fn::Select` of a function that gives a text")
                .allowed("an index and a list, or a function that gives one")
                .hint("make a list of the text: `Fn::Split`")
        }
        Function::Select { list: Value::String(_) | Value::Number(_) | Value::Bool(_), .. } => {
            Finding::error(rule::FUNCTION, place, "`Fn::Select` of a text").allowed("an index and a list")
        }
        Function::Split { source: Value::List(_) | Value::Map(_), .. } => {
            Finding::error(rule::FUNCTION, place, "`Fn::Split` of what is not a text").allowed("a delimiter and a text")
        }
        Function::Split { delimiter, .. } if delimiter.is_empty() => {
            Finding::error(rule::FUNCTION, place, "the delimiter of `Fn::Split` is empty")
                .allowed("at least one character")
        }
        Function::Select { index, list } => match select(place, index, list) {
            Some(finding) => finding,
            None => return,
        },
        Function::GetAzs(Value::String(region))
            if !region.is_empty()
                && !items::is_in(region)
                && !formwork_schema::facts::regions().any(|known| known == region) =>
        {
            let finding = Finding::error(rule::FUNCTION, place, format!("`Fn::GetAZs` of `{region}`"));
            finding
                .value(region)
                .allowed("a region, or `\"\"` for the stack's own")
                .meant(region, formwork_schema::facts::regions())
        }
        Function::Cidr { .. } => match cidr(check.setting(), place, function) {
            Some(finding) => finding,
            None => return,
        },
        _ => return,
    };
    check.add(finding);
}

/// True for a function that never gives a list.
fn gives_text(template: &Template, function: &Function) -> bool {
    match function {
        Function::Join { .. } | Function::Sub { .. } | Function::Base64(_) | Function::ToJsonString(_) => true,
        Function::Ref(name) => match template.parameters.get(name) {
            Some(parameter) => !is_list(&parameter.parameter_type),
            None => matches!(name.as_str(), "AWS::AccountId" | "AWS::Region" | "AWS::StackId" | "AWS::StackName"),
        },
        _ => false,
    }
}

fn select(place: &[String], index: &Value, list: &Value) -> Option<Finding> {
    let count = list.as_list().map(<[Value]>::len);
    let wanted = match index {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        _ => return None,
    };
    let is_good = match wanted.parse::<usize>() {
        // An entry that is a function can be many, e.g. a list parameter by `Fn::Split`.
        Ok(index) => count.is_none_or(|count| index < count),
        Err(_) => false,
    };
    let finding = Finding::error(rule::FUNCTION, place, format!("`Fn::Select` of the entry `{wanted}`"));
    (!is_good).then(|| match count {
        Some(count) => finding.allowed(format!("an index below {count}")),
        None => finding.allowed("an index, counted from 0"),
    })
}

fn cidr(setting: Setting<'_>, place: &[String], function: &Function) -> Option<Finding> {
    let Function::Cidr { count, cidr_bits, .. } = function else { return None };
    let bounds = [("count", Some(count), MAX_BLOCKS), ("bits", cidr_bits.as_ref(), MAX_BITS)];
    for (what, value, most) in bounds {
        let Some(text) = value.and_then(formwork_model::parameter::scalar_text) else { continue };
        let number = text.trim().parse::<i64>();
        if number.as_ref().is_ok_and(|number| !(1..=most).contains(number)) {
            let number = number.unwrap_or_default();
            let finding = Finding::error(rule::FUNCTION, place, format!("the {what} of `Fn::Cidr` is {number}"));
            return Some(finding.value(number.to_string()).allowed(format!("1 to {most}")));
        }
    }
    match worked_out(setting, &Value::Function(Box::new(function.clone()))) {
        Err(EvalError::Cidr { reason }) => Some(Finding::error(rule::FUNCTION, place, format!("`Fn::Cidr`: {reason}"))),
        _ => None,
    }
}

/// Says of functions in the value that their text is longer than CloudFormation holds.
pub(crate) fn too_large(check: &mut Check<'_, '_>, place: &mut Vec<String>, value: &Value) {
    match value {
        Value::List(items) => {
            for (index, item) in items.iter().enumerate() {
                place.push(index.to_string());
                too_large(check, place, item);
                place.pop();
            }
        }
        Value::Map(entries) => {
            for (key, item) in entries {
                place.push(key.clone());
                too_large(check, place, item);
                place.pop();
            }
        }
        Value::Function(_) if may_grow(value) && worked_out(check.setting(), value) == Err(EvalError::TooLarge) => {
            let finding =
                Finding::error(rule::LIMIT, place, "the text grows beyond 1 MB when its functions are worked out");
            check.add(finding.allowed(format!("at most {MAX_TEXT} bytes")));
        }
        _ => {}
    }
}

/// True if a text can become longer than the template that has it: a name that is filled in more than once.
fn may_grow(value: &Value) -> bool {
    match value {
        Value::List(items) => items.iter().any(may_grow),
        Value::Map(entries) => entries.values().any(may_grow),
        Value::Function(function) => match &**function {
            Function::Sub { variables, .. } if !variables.is_empty() => true,
            Function::Join { delimiter, values } => delimiter.len() > 64 || may_grow(values),
            other => other.arguments().into_iter().any(may_grow),
        },
        _ => false,
    }
}

fn worked_out(setting: Setting<'_>, value: &Value) -> Result<Term, EvalError> {
    with_given(setting, |evaluator| evaluator.value(value))
}

/// The answer of an evaluator that knows the values that are given, and no others.
pub(super) fn with_given<T>(setting: Setting<'_>, ask: impl FnOnce(&Evaluator<'_>) -> T) -> T {
    ask(&Evaluator::new(&setting.template.conditions, &setting.template.mappings, &Undecided(setting)))
}

/// The names of the parameters are known, and the values that are given.
struct Undecided<'t>(Setting<'t>);

impl Known for Undecided<'_> {
    fn parameter(&self, name: &str) -> Option<Term> {
        self.0.parameter(name)
    }
}
