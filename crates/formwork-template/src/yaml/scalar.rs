//! The types of plain scalars: YAML 1.1's core types, as the parsers of CloudFormation and of its tools read them.
//!
//! Source: yaml.org/type (null, bool, int, float). Left out on purpose: base-60 numbers (`22:22` stays the text that its
//! author meant, a port mapping or a time) and timestamps, which CloudFormation does not support. [`trap`] says which scalars
//! are likely to be meant as texts, or are read otherwise by other parsers.

use serde_json::Number;

use crate::read::error::TOO_LARGE;
use crate::value::Value;

/// The value of a plain scalar.
pub(super) fn resolve(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => return Value::Bool(true),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => return Value::Bool(false),
        _ => {}
    }
    match number(text) {
        Some(number) => Value::Number(number),
        None => Value::String(text.to_owned()),
    }
}

/// A number, or nothing; also nothing for one that JSON cannot hold (`.inf`, `.nan`, more digits than fit), which then
/// stays a text.
fn number(text: &str) -> Option<Number> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    if !digits.starts_with(|first: char| first.is_ascii_digit() || first == '.') {
        return None;
    }
    integer(digits, negative).or_else(|| float(digits, negative))
}

fn integer(digits: &str, negative: bool) -> Option<Number> {
    let (radix, body) = match digits.as_bytes() {
        [b'0', b'x', rest @ ..] if !rest.is_empty() => (16, &digits[2..]),
        [b'0', b'b', rest @ ..] if !rest.is_empty() => (2, &digits[2..]),
        [b'0', rest @ ..] if !rest.is_empty() => (8, &digits[1..]),
        _ => (10, digits),
    };
    if !body.starts_with(|first: char| first.is_digit(radix)) {
        return None;
    }
    // `u64::from_str_radix` would take a second sign.
    if !body.chars().all(|each| each.is_digit(radix) || each == '_') {
        return None;
    }
    let magnitude = u64::from_str_radix(&body.replace('_', ""), radix).ok()?;
    if negative { Some(0i64.checked_sub_unsigned(magnitude)?.into()) } else { Some(magnitude.into()) }
}

fn float(digits: &str, negative: bool) -> Option<Number> {
    // YAML 1.1 asks for a point; without one, only an exponent makes it a number in YAML 1.2, which JSON shares.
    if !digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-' | b'_')) {
        return None;
    }
    if !digits.contains('.') || !digits.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let value: f64 = digits.replace('_', "").parse().ok().filter(|value| *value < TOO_LARGE)?;
    Number::from_f64(if negative { -value } else { value })
}

/// Meaning of a plain scalar to this or to other parsers when its author may have meant its very text.
#[cfg(feature = "yaml")]
pub(super) fn trap(text: &str, value: &Value) -> Option<String> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match value {
        Value::Bool(_) if matches!(text, "true" | "True" | "TRUE" | "false" | "False" | "FALSE") => None,
        Value::Bool(value) => Some(format!("the boolean `{value}` in YAML 1.1")),
        Value::Number(number) if number.to_string() == text => None,
        Value::Number(number) if unsigned.len() > 1 && unsigned.starts_with('0') && is_digits(unsigned) => {
            Some(format!("the number `{number}`: a zero in front makes it octal"))
        }
        Value::Number(number) => Some(format!("the number `{number}`")),
        Value::String(_) if unsigned.len() > 1 && unsigned.starts_with('0') && is_digits(unsigned) => {
            Some("a text in YAML 1.1, and a number without the zero in front elsewhere".to_owned())
        }
        Value::String(_)
            if unsigned.split_once(['e', 'E']).is_some_and(|(mantissa, exponent)| {
                is_digits(mantissa) && is_digits(exponent.strip_prefix(['-', '+']).unwrap_or(exponent))
            }) =>
        {
            Some("a text in YAML 1.1, and a number with an exponent elsewhere".to_owned())
        }
        Value::String(_) if is_base_60(unsigned) => Some("a number to base 60 in YAML 1.1".to_owned()),
        Value::String(_) if unsigned.strip_prefix("0o").is_some_and(is_digits) => {
            Some("a text in YAML 1.1, and an octal number elsewhere".to_owned())
        }
        Value::String(_) if matches!(unsigned, ".inf" | ".Inf" | ".INF" | ".nan" | ".NaN" | ".NAN") => {
            Some("a number that JSON cannot hold".to_owned())
        }
        _ => None,
    }
}

/// The same for a number in JSON: the last zero of `16.10` is lost.
#[cfg(feature = "yaml")]
pub(super) fn json_trap(text: &str) -> Option<String> {
    let (_, fraction) = text.split_once('.')?;
    let number = number(text).filter(|_| fraction.len() > 1 && fraction.bytes().all(|byte| byte.is_ascii_digit()))?;
    fraction.ends_with('0').then(|| format!("the number `{number}`"))
}

/// `22:22`, but not `80:80`: no part after the first is above 59.
#[cfg(feature = "yaml")]
fn is_base_60(text: &str) -> bool {
    let mut parts = text.split('.').next().unwrap_or_default().split(':');
    let is_first = |part: &str| part.starts_with(|first: char| first.is_ascii_digit()) && part.parse::<u64>().is_ok();
    let is_digit = |part: &str| part.len() <= 2 && part.parse::<u8>().is_ok_and(|digit| digit < 60);
    let is_first = parts.next().is_some_and(is_first);
    let mut rest = parts.peekable();
    is_first && rest.peek().is_some() && rest.all(is_digit)
}

#[cfg(test)]
mod tests {
    use super::resolve;

    #[track_caller]
    fn check(text: &str, json: &str) {
        assert_eq!(resolve(text), crate::read::json::value(json).unwrap(), "{text}");
    }

    #[test]
    fn scalars_are_those_of_yaml_1_1() {
        check("", "null");
        check("yes", "true");
        check("Off", "false");
        check("y", r#""y""#);
        check("80", "80");
        check("-1", "-1");
        check("+1", "1");
        check("0644", "420");
        check("0x1F", "31");
        check("1_000", "1000");
        check("1.5", "1.5");
        check("-.5", "-0.5");
        check("1.0e3", "1000.0");
        check("1e3", r#""1e3""#);
        check("2010-09-09", r#""2010-09-09""#);
        check("22:22", r#""22:22""#);
        check("012345678901", r#""012345678901""#);
        check("10.0.0.0/16", r#""10.0.0.0/16""#);
        check("1.2.3", r#""1.2.3""#);
        check(".nan", r#"".nan""#);
        check("--1", r#""--1""#);
        check("99999999999999999999", r#""99999999999999999999""#);
        check("1111111111111111111111111111.5", r#""1111111111111111111111111111.5""#);
        check("...", r#""...""#);
    }
}
