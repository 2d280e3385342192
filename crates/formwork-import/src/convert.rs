//! Scalars of another kind than a property's type has: what CloudFormation makes of them.

use formwork_schema::ir::Type;
use formwork_template::Value;

/// The value in the kind of the type, if CloudFormation converts it and it can be told back: `"22"` is the number 22 and nothing
/// else, `"022"` stays a text.
pub(crate) fn converted(value: &Value, want: &Type) -> Option<Value> {
    match (value, want) {
        (Value::String(text), Type::Integer) => {
            let number: i64 = text.parse().ok()?;
            (number.to_string() == *text).then(|| number.into())
        }
        (Value::String(text), Type::Number) => {
            let number: f64 = text.parse().ok()?;
            let is_whole = number.abs() < EXACT && text.parse::<i64>().is_ok_and(|whole| whole.to_string() == *text);
            (is_whole || spelled(&number.into()).as_ref() == Some(text)).then(|| number.into())
        }
        (Value::String(text), Type::Boolean) => match text.as_str() {
            "true" => Some(true.into()),
            "false" => Some(false.into()),
            _ => None,
        },
        (Value::Number(number), Type::Integer) if number.is_f64() => {
            let whole = number.as_f64().filter(|number| number.fract() == 0.0 && number.abs() < EXACT)?;
            Some((whole as i64).into())
        }
        (Value::Number(_) | Value::Bool(_), Type::String | Type::Enum(_)) => Some(spelled(value)?.into()),
        _ => None,
    }
}

/// 2^53: beyond it a `f64` no longer holds every whole number.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// The one text that a number or a boolean is; nothing for a number that others spell otherwise, such as `1.0` and `1e9`.
fn spelled(value: &Value) -> Option<String> {
    match value {
        Value::Bool(value) => Some(value.to_string()),
        Value::Number(number) if !number.is_f64() => Some(number.to_string()),
        Value::Number(number) if number.as_f64()?.fract() == 0.0 => None,
        Value::Number(number) => Some(number.to_string()).filter(|text| !text.contains(['e', 'E'])),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use formwork_schema::ir::Type;
    use formwork_template::{Value, json};

    use super::converted;

    #[test]
    fn scalars_are_what_cloudformation_makes_of_them() {
        let cases: [(Value, Type, Option<Value>); 23] = [
            ("22".into(), Type::Integer, Some(22.into())),
            ("-1".into(), Type::Integer, Some(json!(-1))),
            ("022".into(), Type::Integer, None),
            ("+5".into(), Type::Integer, None),
            (" 5".into(), Type::Integer, None),
            ("2.0".into(), Type::Integer, None),
            ("99999999999999999999".into(), Type::Integer, None),
            (22.0.into(), Type::Integer, Some(22.into())),
            (22.5.into(), Type::Integer, None),
            ("0.5".into(), Type::Number, Some(0.5.into())),
            ("3".into(), Type::Number, Some(3.0.into())),
            ("0.50".into(), Type::Number, None),
            ("1e3".into(), Type::Number, None),
            ("inf".into(), Type::Number, None),
            ("true".into(), Type::Boolean, Some(true.into())),
            ("True".into(), Type::Boolean, None),
            ("yes".into(), Type::Boolean, None),
            (1.into(), Type::Boolean, None),
            (6.into(), Type::String, Some("6".into())),
            (1.5.into(), Type::String, Some("1.5".into())),
            (1.0.into(), Type::String, None),
            (false.into(), Type::String, Some("false".into())),
            (6.into(), Type::Json, None),
        ];
        for (value, want, expected) in cases {
            assert_eq!(converted(&value, &want), expected, "{value:?} as {want:?}");
        }
    }
}
