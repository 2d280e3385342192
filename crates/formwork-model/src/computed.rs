//! Names that functions give: with the language extensions, `Ref` and `Fn::GetAtt` take functions where they otherwise take names, and
//! so do `Condition` and `DependsOn` of what a loop makes.
//!
//! Sources: AWS CloudFormation User Guide, "AWS::LanguageExtensions transform": "you can use intrinsic functions as a parameter to `Ref`
//! and `Fn::GetAtt`"; Template Reference, "Examples of Fn::ForEach in the Conditions section": `Condition: !Sub 'TopicCondition${Id}'`.

use formwork_template::{Map, Value};

use crate::evaluate::{EvalError, Evaluator};

const REF: &str = "Ref";
const GET_ATT: &str = "Fn::GetAtt";
const ATTRIBUTES: [&str; 3] = ["Type", "Condition", "DependsOn"];

/// The entries, where each `Ref` and `Fn::GetAtt` of a name that is known has that name. Others stay as they are.
pub(crate) fn named(entries: &mut Map, evaluator: &Evaluator<'_>) -> Result<(), EvalError> {
    for value in entries.values_mut().filter(|value| is_in(value)) {
        *value = resolved(value, evaluator)?;
    }
    Ok(())
}

/// Names in the attributes of an entry that a loop made. Those that are not known stay functions.
pub(crate) fn attributes(entry: &mut Map, evaluator: &Evaluator<'_>) -> Result<(), EvalError> {
    for (_, value) in entry.iter_mut().filter(|(attribute, _)| ATTRIBUTES.contains(&attribute.as_str())) {
        let names = match value {
            Value::List(names) => names.as_mut_slice(),
            name => std::slice::from_mut(name),
        };
        for name in names.iter_mut().filter(|name| matches!(name, Value::Function(_))) {
            if let Some(text) = evaluator.value(name)?.known_text() {
                *name = Value::String(text);
            }
        }
    }
    Ok(())
}

/// True for entries with a name that a function gives.
pub(crate) fn is_in_any(entries: &Map) -> bool {
    entries.values().any(is_in)
}

/// True for a value with a name that a function gives.
fn is_in(value: &Value) -> bool {
    match value {
        Value::Map(map) => computed(map).is_some() || map.values().any(is_in),
        Value::List(items) => items.iter().any(is_in),
        Value::Function(function) => function.arguments().into_iter().any(is_in),
        _ => false,
    }
}

/// The function in place of a name, if the object is a `Ref` or `Fn::GetAtt` of one.
fn computed(map: &Map) -> Option<&Value> {
    let name = match map.first().filter(|_| map.len() == 1)? {
        (key, name) if key == REF => name,
        (key, Value::List(items)) if key == GET_ATT && items.len() == 2 => &items[0],
        _ => return None,
    };
    matches!(name, Value::Function(_) | Value::Map(_)).then_some(name)
}

fn resolved(value: &Value, evaluator: &Evaluator<'_>) -> Result<Value, EvalError> {
    let all = |map: &Map| -> Result<Map, EvalError> {
        map.iter().map(|(key, item)| Ok((key.clone(), resolved(item, evaluator)?))).collect()
    };
    Ok(match value {
        Value::Map(map) => {
            let mut map = all(map)?;
            let name = match computed(&map) {
                Some(name) => evaluator.value(name)?.known_text(),
                None => None,
            };
            if let (Some(name), Some(argument)) = (name, map.values_mut().next()) {
                match argument {
                    Value::List(items) => items[0] = Value::String(name),
                    other => *other = Value::String(name),
                }
            }
            Value::Map(map).recognised()
        }
        Value::List(items) => {
            Value::List(items.iter().map(|item| resolved(item, evaluator)).collect::<Result<_, _>>()?)
        }
        Value::Function(function) if is_in(value) => Value::Map(all(&function.to_map())?).recognised(),
        other => other.clone(),
    })
}
