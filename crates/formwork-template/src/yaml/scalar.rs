//! What a plain scalar is: YAML 1.1's core types, as the parsers of CloudFormation and of its tools read them.
//!
//! Source: yaml.org/type (null, bool, int, float). Left out on purpose: base-60 numbers (`22:22` stays the text that its
//! author meant, a port mapping or a time) and timestamps, which CloudFormation does not support.

use serde_json::Number;

use crate::read::TOO_LARGE;
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

#[cfg(test)]
mod tests {
    use super::resolve;

    #[track_caller]
    fn check(text: &str, json: &str) {
        assert_eq!(resolve(text), crate::read::value(json.as_bytes()).unwrap(), "{text}");
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
