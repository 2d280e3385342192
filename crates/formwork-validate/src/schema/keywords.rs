//! Keywords of the validator: those that cfn-lint's schemas add to JSON Schema's, and those of JSON Schema that CloudFormation
//! reads less strictly (`"80"` is a number to it, and `80` a text).
//!
//! Source of the former: the package cfn-lint 1.58.0, `cfnlint/jsonschema/_keywords.py`.

use std::collections::BTreeSet;

use formwork_template::backticked;
use jsonschema::paths::Location;
use jsonschema::{Keyword, ValidationError, ValidationOptions};
use serde_json::{Map, Value};

use super::format;
use super::rewrite::{FORMAT, IS_PLACEHOLDER, MUST_TYPE, PLACEHOLDER_TYPE};
use super::values::{text, texts};
use crate::placeholder::{Kind, placeholder};

/// The demand of a keyword on a value; the message says what is wrong.
struct Check<F>(F);

impl<'i, F: Fn(&Value) -> Result<(), String> + Send + Sync> Keyword<'i> for Check<F> {
    fn validate(&self, instance: &'i Value) -> Result<(), ValidationError<'i>> {
        (self.0)(instance).map_err(ValidationError::custom)
    }

    fn is_valid(&self, instance: &'i Value) -> bool {
        (self.0)(instance).is_ok()
    }
}

type Made<'a> = Result<Box<dyn for<'i> Keyword<'i>>, ValidationError<'a>>;

fn check(ask: impl Fn(&Value) -> Result<(), String> + Send + Sync + 'static) -> Made<'static> {
    Ok(Box::new(Check(ask)))
}

/// Registers all of them.
pub(crate) fn register(options: ValidationOptions<'_>) -> ValidationOptions<'_> {
    let mut options = options;
    type Factory = for<'a> fn(&'a Map<String, Value>, &'a Value, Location) -> Made<'a>;
    let keywords: [(&str, Factory); 18] = [
        (IS_PLACEHOLDER, |_, _, _| {
            check(|value| if placeholder(value).is_some() { Ok(()) } else { Err(String::new()) })
        }),
        (PLACEHOLDER_TYPE, |_, types, _| type_check(types, Kind::may_be)),
        ("type", |_, types, _| type_check(types, Kind::may_be)),
        (MUST_TYPE, |_, types, _| type_check(types, Kind::must_be)),
        ("enum", |_, options, _| one_of(texts(options), str::to_owned)),
        ("const", |_, option, _| one_of(vec![text(option)], str::to_owned)),
        (FORMAT, |_, name, _| {
            let name = text(name);
            check(move |value| {
                let refused = value.as_str().and_then(|text| format::refused(&name, text));
                refused.map_or(Ok(()), |allowed| Err(allowed.to_owned()))
            })
        }),
        ("enumCaseInsensitive", |_, options, _| one_of(texts(options), str::to_lowercase)),
        ("minimum", |_, limit, _| limited(limit, |value, limit| value >= limit, "less than")),
        ("maximum", |_, limit, _| limited(limit, |value, limit| value <= limit, "more than")),
        ("exclusiveMinimum", |_, limit, _| limited(limit, |value, limit| value > limit, "not more than")),
        ("multipleOf", |_, unit, _| {
            limited(unit, |value, unit| unit == 0.0 || value % unit == 0.0, "not a multiple of")
        }),
        ("requiredXor", |_, names, _| {
            let names = texts(names);
            check(move |value| {
                let present = present(value, &names);
                match present.as_slice() {
                    _ if !value.is_object() => Ok(()),
                    [_] => Ok(()),
                    [] => Err(format!("exactly one of {} is needed, there is none", backticked(&names))),
                    several => Err(format!("{} exclude each other", backticked(several))),
                }
            })
        }),
        ("requiredOr", |_, names, _| {
            let names = texts(names);
            check(move |value| match present(value, &names).is_empty() && value.is_object() {
                true => Err(format!("one of {} is needed, there is none", backticked(&names))),
                false => Ok(()),
            })
        }),
        ("dependentExcluded", |_, rules, _| {
            let rules = dependents(rules);
            check(move |value| {
                for (name, excluded) in &rules {
                    let present = present(value, excluded);
                    if value.get(name).is_some() && !present.is_empty() {
                        return Err(format!("`{name}` excludes {}", backticked(&present)));
                    }
                }
                Ok(())
            })
        }),
        ("dependentRequired", |_, rules, _| {
            let rules = dependents(rules);
            check(move |value| {
                for (name, needed) in &rules {
                    let missing: Vec<String> =
                        needed.iter().filter(|needed| value.get(needed.as_str()).is_none()).cloned().collect();
                    if value.get(name).is_some() && !missing.is_empty() {
                        return Err(format!("`{name}` needs {} beside it", backticked(&missing)));
                    }
                }
                Ok(())
            })
        }),
        ("uniqueKeys", |_, names, _| {
            let names = texts(names);
            check(move |value| {
                let mut seen = BTreeSet::new();
                for item in value.as_array().into_iter().flatten().filter(|item| item.is_object()) {
                    let key: Vec<String> =
                        names.iter().map(|name| item.get(name).map(text).unwrap_or_default()).collect();
                    if !seen.insert(key) {
                        return Err(format!("two entries have the same {}", backticked(&names)));
                    }
                }
                Ok(())
            })
        }),
        ("maxUniqueItems", |_, limit, _| {
            let limit = limit.as_u64().unwrap_or(u64::MAX);
            check(move |value| {
                let unique: BTreeSet<String> = value.as_array().into_iter().flatten().map(Value::to_string).collect();
                match unique.len() as u64 > limit {
                    true => Err(format!("there are {} different entries, at most {limit} are taken", unique.len())),
                    false => Ok(()),
                }
            })
        }),
    ];
    for (name, factory) in keywords {
        options = options.with_keyword(name, factory);
    }
    options
}

fn type_check(types: &Value, judge: fn(Kind, &str) -> bool) -> Made<'static> {
    let types = texts(types);
    check(move |value| {
        let fits = types.iter().any(|name| match placeholder(value) {
            Some(kind) => judge(kind, name),
            None => is_of(value, name),
        });
        if fits { Ok(()) } else { Err(format!("{} where {} is expected", describe(value), type_names(&types))) }
    })
}

/// True if CloudFormation takes the value for one of the type: it converts between texts and other scalars.
fn is_of(value: &Value, type_name: &str) -> bool {
    match (type_name, value) {
        ("string", Value::String(_) | Value::Number(_) | Value::Bool(_))
        | ("boolean", Value::Bool(_))
        | ("number", Value::Number(_))
        | ("array", Value::Array(_))
        | ("object", Value::Object(_))
        | ("null", Value::Null) => true,
        ("boolean", Value::String(text)) => text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false"),
        ("number", Value::String(text)) => text.trim().parse::<f64>().is_ok_and(f64::is_finite),
        ("integer", Value::Number(number)) => number.as_f64().is_some_and(|number| number.fract() == 0.0),
        ("integer", Value::String(text)) => text.trim().parse::<f64>().is_ok_and(|number| number.fract() == 0.0),
        _ => false,
    }
}

fn describe(value: &Value) -> &'static str {
    match value {
        Value::Null => "`null`",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => match placeholder(value) {
            Some(Kind::Text) => "a function that gives a text",
            Some(Kind::List) => "a function that gives a list",
            Some(Kind::Object | Kind::Any) => "a function that gives an object",
            None => "an object",
        },
    }
}

pub(crate) fn type_names(types: &[String]) -> String {
    let name = |name: &String| match name.as_str() {
        "string" => "a text",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "`true` or `false`",
        "array" => "a list",
        "object" => "an object",
        _ => "nothing",
    };
    types.iter().map(name).collect::<Vec<_>>().join(" or ")
}

fn one_of(options: Vec<String>, fold: fn(&str) -> String) -> Made<'static> {
    let options: Vec<String> = options.iter().map(|option| fold(option)).collect();
    check(move |value| match value {
        _ if placeholder(value).is_some() => Ok(()),
        Value::Array(_) | Value::Object(_) => Ok(()),
        scalar if options.contains(&fold(&text(scalar))) => Ok(()),
        scalar => Err(format!("`{}` is not one of the allowed values", text(scalar))),
    })
}

fn limited(limit: &Value, fits: fn(f64, f64) -> bool, word: &'static str) -> Made<'static> {
    let limit = limit.as_f64().unwrap_or(0.0);
    check(move |value| {
        let number = match value {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        match number {
            Some(number) if !fits(number, limit) => Err(format!("`{number}` is {word} {limit}")),
            _ => Ok(()),
        }
    })
}

fn dependents(rules: &Value) -> Vec<(String, Vec<String>)> {
    rules.as_object().into_iter().flatten().map(|(name, others)| (name.clone(), texts(others))).collect()
}

fn present(value: &Value, names: &[String]) -> Vec<String> {
    names.iter().filter(|name| value.get(name.as_str()).is_some()).cloned().collect()
}
