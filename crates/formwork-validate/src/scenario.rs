//! Scenarios: which conditions can be true together.
//!
//! A property of which one form stands under a condition and another under its opposite is right when each form is, and
//! forms that can never meet must not be judged together. So the values that conditions compare are varied, not the
//! conditions: every scenario is one that some choice of parameters brings about.

use std::collections::{BTreeMap, BTreeSet};

use formwork_template::function::Function;
use formwork_template::{Template, Value};

/// For each condition that matters, whether it holds.
pub(crate) type Scenario<'t> = BTreeMap<&'t str, bool>;

/// As many choices of values as are looked at; beyond, one value is varied at a time.
const MAX_CHOICES: usize = 512;
/// Conditions that refer to conditions, at most as deep.
const MAX_DEPTH: usize = 64;

/// The scenarios for `conditions`: at least one, and each once.
pub(crate) fn scenarios<'t>(
    template: &'t Template,
    region: Option<&str>,
    conditions: &BTreeSet<&'t str>,
) -> Vec<Scenario<'t>> {
    if conditions.is_empty() {
        return vec![Scenario::new()];
    }
    let mut space = Space { template, region, variables: BTreeMap::new() };
    for condition in conditions {
        space.collect_condition(condition, 0);
    }
    let mut found: Vec<Scenario<'t>> = Vec::new();
    let mut seen = BTreeSet::new();
    for choice in space.choices() {
        let scenario: Scenario<'t> =
            conditions.iter().map(|condition| (*condition, space.holds(condition, &choice, 0))).collect();
        if seen.insert(scenario.clone()) {
            found.push(scenario);
        }
    }
    found
}

/// The names of the conditions that decide about values: those of every `Fn::If`.
pub(crate) fn conditions_of<'t>(value: &'t Value, into: &mut BTreeSet<&'t str>) {
    match value {
        Value::List(items) => items.iter().for_each(|item| conditions_of(item, into)),
        Value::Map(entries) => entries.values().for_each(|item| conditions_of(item, into)),
        Value::Function(function) => {
            if let Function::If { condition, .. } = &**function {
                into.insert(condition);
            }
            function.arguments().into_iter().for_each(|argument| conditions_of(argument, into));
        }
        _ => {}
    }
}

/// A choice of values, by variable.
type Choice = BTreeMap<String, String>;

struct Space<'t, 'r> {
    template: &'t Template,
    region: Option<&'r str>,
    /// What is compared, and the values that make a difference.
    variables: BTreeMap<String, Vec<String>>,
}

impl Space<'_, '_> {
    fn collect_condition(&mut self, name: &str, depth: usize) {
        match self.template.conditions.get(name) {
            Some(expression) if depth < MAX_DEPTH => self.collect(expression, depth),
            _ => self.free(name),
        }
    }

    fn collect(&mut self, expression: &Value, depth: usize) {
        match expression.as_function() {
            Some(Function::And(items) | Function::Or(items)) => {
                items.iter().for_each(|item| self.collect(item, depth + 1));
            }
            Some(Function::Not(item)) => self.collect(item, depth + 1),
            Some(Function::Condition(name)) => self.collect_condition(name, depth + 1),
            Some(Function::Equals(left, right)) => {
                for (side, other) in [(left, right), (right, left)] {
                    if let Side::Variable(name) = side_of(side) {
                        let value = match side_of(other) {
                            Side::Literal(text) => Some(text),
                            Side::Variable(_) => None,
                        };
                        self.variable(name, side, value);
                    }
                }
            }
            _ => self.free(&format!("{expression:?}")),
        }
    }

    /// A condition of which nothing is known: it holds or not.
    fn free(&mut self, name: &str) {
        self.variables.insert(free_name(name), vec!["true".to_owned(), "false".to_owned()]);
    }

    fn variable(&mut self, name: String, value: &Value, compared: Option<String>) {
        let values = self.variables.entry(name.clone()).or_default();
        if values.is_empty() {
            let parameter = match value.as_function() {
                Some(Function::Ref(parameter)) => self.template.parameters.get(parameter),
                _ => None,
            };
            if let Some(allowed) = parameter.and_then(|parameter| parameter.allowed_values.as_ref()) {
                values.extend(allowed.iter().filter_map(literal));
            } else if let (Some(region), Some(Function::Ref(name))) = (self.region, value.as_function())
                && name == "AWS::Region"
            {
                values.push(region.to_owned());
            } else {
                // A value that nothing is compared with.
                values.push(format!("\u{0}{name}"));
            }
        }
        let fixed = values.first().is_some_and(|first| !first.starts_with('\u{0}'));
        if let Some(compared) = compared
            && !fixed
            && !values.contains(&compared)
        {
            values.push(compared);
        }
    }

    fn choices(&self) -> Vec<Choice> {
        let total = self.variables.values().try_fold(1usize, |total, values| total.checked_mul(values.len().max(1)));
        if total.is_none_or(|total| total > MAX_CHOICES) {
            return self.choices_one_at_a_time();
        }
        let mut choices = vec![Choice::new()];
        for (name, values) in &self.variables {
            choices = choices
                .into_iter()
                .flat_map(|choice| {
                    values.iter().map(move |value| {
                        let mut choice = choice.clone();
                        choice.insert(name.clone(), value.clone());
                        choice
                    })
                })
                .collect();
        }
        choices
    }

    fn choices_one_at_a_time(&self) -> Vec<Choice> {
        let base: Choice =
            self.variables.iter().filter_map(|(name, values)| Some((name.clone(), values.first()?.clone()))).collect();
        let mut choices = vec![base.clone()];
        for (name, values) in &self.variables {
            for value in values.iter().skip(1).take(MAX_CHOICES) {
                let mut choice = base.clone();
                choice.insert(name.clone(), value.clone());
                choices.push(choice);
            }
        }
        choices
    }

    fn holds(&self, name: &str, choice: &Choice, depth: usize) -> bool {
        match self.template.conditions.get(name) {
            Some(expression) if depth < MAX_DEPTH => self.evaluate(expression, choice, depth),
            _ => choice.get(&free_name(name)).is_some_and(|value| value == "true"),
        }
    }

    fn evaluate(&self, expression: &Value, choice: &Choice, depth: usize) -> bool {
        match expression.as_function() {
            Some(Function::And(items)) => items.iter().all(|item| self.evaluate(item, choice, depth + 1)),
            Some(Function::Or(items)) => items.iter().any(|item| self.evaluate(item, choice, depth + 1)),
            Some(Function::Not(item)) => !self.evaluate(item, choice, depth + 1),
            Some(Function::Condition(name)) => self.holds(name, choice, depth + 1),
            Some(Function::Equals(left, right)) => value_of(left, choice) == value_of(right, choice),
            _ => choice.get(&free_name(&format!("{expression:?}"))).is_some_and(|value| value == "true"),
        }
    }
}

enum Side {
    Literal(String),
    Variable(String),
}

fn side_of(value: &Value) -> Side {
    match literal(value) {
        Some(text) => Side::Literal(text),
        None => Side::Variable(format!("{value:?}")),
    }
}

fn literal(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        _ => None,
    }
}

fn value_of(value: &Value, choice: &Choice) -> String {
    match side_of(value) {
        Side::Literal(text) => text,
        Side::Variable(name) => choice.get(&name).cloned().unwrap_or(name),
    }
}

fn free_name(name: &str) -> String {
    format!("\u{0}condition {name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(conditions: &str, parameters: &str, asked: &[&str], expected: &[&str]) {
        let text = format!(r#"{{"Parameters": {parameters}, "Conditions": {conditions}, "Resources": {{}}}}"#);
        let template = Template::from_json(&text).unwrap();
        let mut found: Vec<String> = scenarios(&template, None, &asked.iter().copied().collect())
            .iter()
            .map(|scenario| scenario.values().map(|holds| if *holds { '1' } else { '0' }).collect())
            .collect();
        found.sort();
        assert_eq!(found, expected);
    }

    #[test]
    fn opposites_never_meet() {
        let conditions = r#"{"A": {"Fn::Equals": [{"Ref": "P"}, "x"]}, "B": {"Fn::Not": [{"Condition": "A"}]}}"#;
        check(conditions, "{}", &["A", "B"], &["01", "10"]);
    }

    #[test]
    fn one_value_at_a_time() {
        let conditions = r#"{"A": {"Fn::Equals": [{"Ref": "P"}, "x"]}, "B": {"Fn::Equals": [{"Ref": "P"}, "y"]}}"#;
        check(conditions, "{}", &["A", "B"], &["00", "01", "10"]);
        let allowed = r#"{"P": {"Type": "String", "AllowedValues": ["x", "y"]}}"#;
        check(conditions, allowed, &["A", "B"], &["01", "10"]);
    }

    #[test]
    fn what_is_not_known_can_be_both() {
        check("{}", "{}", &["Missing"], &["0", "1"]);
        check(r#"{"A": {"Condition": "A"}}"#, "{}", &["A"], &["0", "1"]);
        check(r#"{"A": {"Fn::Equals": ["a", "a"]}}"#, "{}", &["A"], &["1"]);
    }
}
