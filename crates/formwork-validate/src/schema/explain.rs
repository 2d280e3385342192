//! The validator's messages, in the words of templates.

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind as Kind;
use serde_json::Value;

use formwork_template::{backticked, shortened};

use super::explained::Explained;
use super::keywords::type_names;
use super::rewrite::FORMAT;
use super::values::{text, texts};
use crate::finding::rule;

/// One error of the validator can be several mistakes: each unknown property is one.
pub(crate) fn explain(schema: &Value, error: &ValidationError<'_>) -> Vec<Explained> {
    let path: Vec<String> = segments(error.instance_path().as_str());
    let keyword_path = error.schema_path().as_str().to_owned();
    // The keyword's value, and the schema that it stands in.
    let argument = schema.pointer(&keyword_path);
    let parent = keyword_path.rsplit_once('/').and_then(|(parent, _)| schema.pointer(parent));
    let made = |rule, message: String, allowed: Option<String>| Explained {
        path: path.clone(),
        value: Some(error.instance().as_ref().clone()),
        allowed,
        ..Explained::error(rule, message)
    };
    let value = |allowed: String| vec![made(rule::PROPERTY_VALUE, "{} is {value}".to_owned(), Some(allowed))];
    match error.kind() {
        Kind::AdditionalProperties { unexpected } => {
            let known = names(parent);
            let patterns = parent.and_then(|parent| parent.get("patternProperties")).and_then(Value::as_object);
            let patterns: Vec<&String> = patterns.into_iter().flatten().map(|(pattern, _)| pattern).collect();
            if let (true, [pattern]) = (known.is_empty(), patterns.as_slice()) {
                let of = |name: &String| Explained {
                    path: path.iter().chain([name]).cloned().collect(),
                    message: format!("`{name}` cannot be a name here"),
                    value: None,
                    allowed: Some(format!("a text that matches `{pattern}`")),
                    ..made(rule::PROPERTY_UNKNOWN, String::new(), None)
                };
                return unexpected.iter().map(of).collect();
            }
            unexpected
                .iter()
                .map(|name| Explained {
                    path: path.iter().chain([name]).cloned().collect(),
                    message: format!("there is no property `{name}`"),
                    value: None,
                    allowed: (!known.is_empty()).then(|| shortened(&known)),
                    known: known.clone(),
                    wrong: name.clone(),
                    ..made(rule::PROPERTY_UNKNOWN, String::new(), None)
                })
                .collect()
        }
        Kind::Required { property } => vec![Explained {
            value: None,
            ..made(rule::PROPERTY_MISSING, format!("`{}` is missing", text(property)), None)
        }],
        Kind::Custom { keyword, message } => match keyword.as_str() {
            "enum" | "enumCaseInsensitive" | "const" => {
                let options = argument.map(texts).unwrap_or_default();
                vec![Explained {
                    wrong: text(error.instance()),
                    allowed: Some(shortened(&options)),
                    known: options,
                    ..made(rule::PROPERTY_VALUE, "{} is {value}".to_owned(), None)
                }]
            }
            "type" | "formworkPlaceholderType" | "formworkMustType" => {
                let types = argument.map(texts).unwrap_or_default();
                vec![made(rule::PROPERTY_TYPE, format!("{{}} is {}", message), Some(type_names(&types)))]
            }
            FORMAT => vec![Explained {
                is_format: true,
                ..made(rule::PROPERTY_VALUE, "{} is {value}".to_owned(), Some(message.clone()))
            }],
            "exclusiveMinimum" => value(format!("more than {}", argument.map(bound).unwrap_or_default())),
            "multipleOf" => value(format!("a multiple of {}", argument.map(bound).unwrap_or_default())),
            "minimum" => value(format!("at least {}", argument.map(bound).unwrap_or_default())),
            "maximum" => value(format!("at most {}", argument.map(bound).unwrap_or_default())),
            _ => vec![Explained { value: None, ..made(rule::PROPERTY_COMBINATION, message.clone(), None) }],
        },
        Kind::Pattern { pattern } => value(format!("a text that matches `{pattern}`")),
        Kind::MinLength { limit } => value(format!("at least {limit} characters")),
        Kind::MaxLength { limit } => value(format!("at most {limit} characters")),
        Kind::ExclusiveMaximum { limit } => value(format!("less than {limit}")),
        Kind::FalseSchema => {
            vec![counted(made(rule::PROPERTY_COMBINATION, "{} cannot be given here".to_owned(), None))]
        }
        Kind::Contains => {
            vec![counted(made(rule::PROPERTY_COMBINATION, "{} lacks an entry that is needed".to_owned(), None))]
        }
        Kind::PropertyNames { error } => {
            let name = text(error.instance());
            vec![Explained {
                path: path.iter().chain([&name]).cloned().collect(),
                message: format!("`{name}` cannot be a name here"),
                value: None,
                ..made(rule::PROPERTY_UNKNOWN, String::new(), None)
            }]
        }
        Kind::Not { .. } => excluded(&made, argument, error.instance()),
        Kind::MinItems { limit } => {
            vec![counted(made(rule::PROPERTY_VALUE, format!("{{}} has fewer than {limit} entries"), None))]
        }
        Kind::MaxItems { limit } => {
            vec![counted(made(rule::PROPERTY_VALUE, format!("{{}} has more than {limit} entries"), None))]
        }
        Kind::MinProperties { limit } => {
            vec![counted(made(rule::PROPERTY_VALUE, format!("{{}} has fewer than {limit} entries"), None))]
        }
        Kind::MaxProperties { limit } => {
            vec![counted(made(rule::PROPERTY_VALUE, format!("{{}} has more than {limit} entries"), None))]
        }
        Kind::UniqueItems => vec![counted(made(rule::PROPERTY_VALUE, "{} has the same entry twice".to_owned(), None))],
        Kind::AnyOf { context } | Kind::OneOfNotValid { context } => alternatives(schema, &path, context)
            .unwrap_or_else(|| vec![counted(made(rule::PROPERTY_COMBINATION, forms(context), None))]),
        Kind::OneOfMultipleValid { .. } => {
            let options: Vec<String> =
                argument.and_then(Value::as_array).into_iter().flatten().filter_map(required).collect();
            let allowed = (!options.is_empty()).then(|| format!("one of {}", options.join(", ")));
            vec![counted(made(
                rule::PROPERTY_COMBINATION,
                "{} fits several forms of which it may have one".to_owned(),
                allowed,
            ))]
        }
        other => {
            vec![counted(made(rule::PROPERTY_COMBINATION, format!("{{}} is refused by `{}`", other.keyword()), None))]
        }
    }
}

/// Properties that are there and must not be, when a schema excludes them by `not`, `anyOf` and `required`.
fn excluded(
    made: &dyn Fn(&'static str, String, Option<String>) -> Explained,
    argument: Option<&Value>,
    instance: &Value,
) -> Vec<Explained> {
    let options = argument.and_then(|schema| schema.get("anyOf")).and_then(Value::as_array);
    let options = options.map_or_else(|| argument.into_iter().collect::<Vec<_>>(), |options| options.iter().collect());
    let names = options.into_iter().filter_map(|option| option.get("required")).flat_map(texts);
    let given: Vec<String> = names.filter(|name| instance.get(name).is_some()).collect();
    if given.is_empty() {
        return vec![counted(made(rule::PROPERTY_COMBINATION, "{} is of a form that is excluded".to_owned(), None))];
    }
    let wrong = |name: String| {
        let wrong = counted(made(rule::PROPERTY_COMBINATION, "{} cannot be given here".to_owned(), None));
        Explained { path: wrong.path.iter().cloned().chain([name]).collect(), ..wrong }
    };
    given.into_iter().map(wrong).collect()
}

/// Without the value: it is long, and the message is not about it.
fn counted(explained: Explained) -> Explained {
    Explained { value: None, ..explained }
}

/// When one of the alternatives is nearly met, what it lacks; nothing when none is.
fn alternatives(schema: &Value, path: &[String], context: &[Vec<ValidationError<'static>>]) -> Option<Vec<Explained>> {
    let explained: Vec<Vec<Explained>> = context
        .iter()
        .map(|errors| errors.iter().flat_map(|error| explain(schema, error)).collect::<Vec<_>>())
        .collect();
    // The branch whose mistakes are all deeper than the choice itself: its form was chosen, its content is wrong.
    let deeper: Vec<&Vec<Explained>> = explained
        .iter()
        .filter(|errors| {
            errors.iter().all(|error| error.path.len() > path.len() && error.rule != rule::PROPERTY_UNKNOWN)
        })
        .collect();
    match deeper.as_slice() {
        [one] => Some((*one).clone()),
        // Several scalars' forms: what the value may be is told together.
        _ if explained.iter().all(|errors| errors.len() == 1 && errors[0].rule == rule::PROPERTY_VALUE) => {
            let allowed: Vec<String> = explained.iter().filter_map(|errors| errors[0].allowed.clone()).collect();
            let first = explained.first()?.first()?;
            Some(vec![Explained { allowed: Some(allowed.join("; or ")), known: Vec::new(), ..first.clone() }])
        }
        // Values that go together: those are told that are wrong if as much as possible is right.
        _ if explained.len() == deeper.len() => {
            let fewest = deeper.iter().map(|errors| errors.len()).min()?;
            let place = |errors: &&&Vec<Explained>| errors.iter().map(|error| error.path.clone()).collect::<Vec<_>>();
            let nearest = deeper.iter().filter(|errors| errors.len() == fewest).max_by_key(place)?;
            Some((**nearest).clone())
        }
        _ => None,
    }
}

/// The demands of each alternative, in one line.
fn forms(context: &[Vec<ValidationError<'static>>]) -> String {
    let mut missing = Vec::new();
    for error in context.iter().flatten() {
        if let Kind::Required { property } = error.kind() {
            missing.push(text(property));
        }
    }
    missing.dedup();
    if missing.is_empty() {
        "{} has none of the forms that it may have".to_owned()
    } else {
        format!(
            "{{}} has none of the forms that it may have; {} would be needed",
            backticked(&missing).replace(", ", " or ")
        )
    }
}

fn required(schema: &Value) -> Option<String> {
    let names = texts(schema.get("required")?);
    Some(backticked(&names).replace(", ", " with "))
}

fn names(schema: Option<&Value>) -> Vec<String> {
    let properties = schema.and_then(|schema| schema.get("properties")).and_then(Value::as_object);
    let mut names: Vec<String> = properties.into_iter().flatten().map(|(name, _)| name.clone()).collect();
    names.sort();
    names
}

/// The segments of a JSON pointer.
fn segments(pointer: &str) -> Vec<String> {
    pointer.split('/').skip(1).map(|segment| segment.replace("~1", "/").replace("~0", "~")).collect()
}
/// A bound as people write it: another property's value that was made a number may be `3.0`.
fn bound(value: &Value) -> String {
    match value.as_f64().filter(|number| number.fract() == 0.0 && number.abs() < 1e15) {
        Some(whole) => format!("{whole:.0}"),
        None => text(value),
    }
}
