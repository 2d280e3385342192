//! Working out conditions whose parameters are known: whether a resource is there, and which side of `Fn::If` holds.

use serde_json::{Map, Value};

use crate::value::{function, is_runtime, same};

/// The conditions of one template, parameters filled in.
pub(crate) struct Conditions<'a>(pub(crate) &'a Map<String, Value>);

/// Conditions that refer to one another deeper than this are taken as unknown: CloudFormation refuses a cycle.
const DEPTH: usize = 64;

impl Conditions<'_> {
    /// Whether the condition holds; `None` when that is not known yet.
    pub(crate) fn holds(&self, name: &str) -> Option<bool> {
        self.named(name, 0)
    }

    fn named(&self, name: &str, depth: usize) -> Option<bool> {
        if depth > DEPTH {
            return None;
        }
        self.evaluate(self.0.get(name)?, depth + 1)
    }

    fn evaluate(&self, condition: &Value, depth: usize) -> Option<bool> {
        let (name, argument) = function(condition)?;
        let items = argument.as_array().map(Vec::as_slice).unwrap_or_default();
        match (name, items) {
            ("Condition", _) => self.named(argument.as_str()?, depth),
            ("Fn::Not", [inner]) => self.evaluate(inner, depth).map(|holds| !holds),
            ("Fn::And", all) => fold(all.iter().map(|item| self.evaluate(item, depth)), false),
            ("Fn::Or", any) => fold(any.iter().map(|item| self.evaluate(item, depth)), true),
            ("Fn::Equals", [left, right]) if !is_runtime(left) && !is_runtime(right) => Some(same(left, right)),
            _ => None,
        }
    }

    /// `value` with every `Fn::If` decided that can be, and `AWS::NoValue` left out.
    pub(crate) fn decide(&self, value: Value) -> Option<Value> {
        match value {
            Value::Array(items) => Some(items.into_iter().filter_map(|item| self.decide(item)).collect()),
            Value::Object(map) => {
                let value = Value::Object(map);
                match function(&value) {
                    Some(("Ref", Value::String(name))) if name == "AWS::NoValue" => return None,
                    Some(("Fn::If", Value::Array(branches))) => {
                        if let [Value::String(name), then, otherwise] = branches.as_slice()
                            && let Some(holds) = self.holds(name)
                        {
                            return self.decide(if holds { then.clone() } else { otherwise.clone() });
                        }
                        // Undecided: a branch without a value must keep its place.
                        return Some(value);
                    }
                    _ => {}
                }
                let Value::Object(map) = value else { return Some(value) };
                let entries = map.into_iter().filter_map(|(key, item)| Some((key, self.decide(item)?)));
                Some(Value::Object(entries.collect()))
            }
            scalar => Some(scalar),
        }
    }
}

/// `Fn::Or` for `decisive = true`, `Fn::And` for `false`: one decisive part decides, an unknown one leaves it open.
fn fold(parts: impl Iterator<Item = Option<bool>>, decisive: bool) -> Option<bool> {
    let mut open = false;
    for part in parts {
        match part {
            Some(holds) if holds == decisive => return Some(decisive),
            Some(_) => {}
            None => open = true,
        }
    }
    (!open).then_some(!decisive)
}
