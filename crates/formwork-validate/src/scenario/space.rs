//! The values that conditions depend on, and the choices of them that make a difference.
//!
//! A variable is a hole of the sides of `Fn::Equals`: a parameter, a pseudo parameter, a dynamic reference. Its values are those that
//! make some comparison true, and one that makes none true. A comparison that is not understood makes its condition a variable.

use std::collections::{BTreeMap, BTreeSet};

use formwork_model::evaluate::{EvalError, Evaluator};
use formwork_model::parameter::{self, SystemParameter};
use formwork_model::term::Mapped;
use formwork_model::{Hole, Known, Pseudo, Term};
use formwork_template::Value;
use formwork_template::function::Function;
use serde_json::Value as Json;

use super::setting::Setting;
use super::solve::{Name, solve};

/// As many choices of values as are looked at; beyond, one value is varied at a time.
const MAX_CHOICES: usize = 512;
/// The value of a condition that holds.
const HOLDS: &str = "true";

/// The parameters whose values are varied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Varied {
    /// All of them.
    All,
    /// Those without a default.
    WithoutDefault,
}

/// A choice: the values of variables, and whether conditions hold that are not understood.
#[derive(Clone, Debug, Default)]
pub(super) struct Choice<'s> {
    values: BTreeMap<&'s str, &'s str>,
    conditions: BTreeMap<&'s str, bool>,
}

impl<'s> Choice<'s> {
    fn insert(&mut self, name: &'s Name, value: &'s str) {
        match name {
            Name::Value(name) => _ = self.values.insert(name, value),
            Name::Condition(name) => _ = self.conditions.insert(name, value == HOLDS),
        }
    }
}

/// The variables of some conditions of a template.
pub(super) struct Space<'t> {
    pub(super) setting: Setting<'t>,
    varied: Varied,
    variables: BTreeMap<Name, Variable>,
}

/// The values of a variable.
struct Variable {
    values: Vec<String>,
    bounds: Bounds,
}

/// Limits of a variable's values.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bounds {
    /// Nothing.
    None,
    /// The keys of a mapping in which it is looked up.
    Keys,
    /// The parameter's value as it is given, its allowed values, or its default.
    Parameter,
}

impl<'t> Space<'t> {
    /// The variables of these conditions, and of those that they refer to.
    pub(super) fn of(setting: Setting<'t>, conditions: &BTreeSet<&str>, varied: Varied) -> Space<'t> {
        let mut space = Space { setting, varied, variables: BTreeMap::new() };
        let nothing = Given { setting, choice: &Choice::default() };
        let template = setting.template;
        let evaluator = Evaluator::new(&template.conditions, &template.mappings, &nothing);
        let mut open: Vec<String> = conditions.iter().map(|name| (*name).to_owned()).collect();
        let mut seen: BTreeSet<String> = open.iter().cloned().collect();
        while let Some(name) = open.pop() {
            let mut also = Vec::new();
            let is_understood = match template.conditions.get(&name) {
                Some(expression) => space.collect(expression, &evaluator, &mut also),
                None => false,
            };
            if !is_understood {
                space.free(&name);
            }
            open.extend(also.into_iter().filter(|name| seen.insert(name.clone())));
        }
        space
    }

    /// Takes the condition for one of which nothing is known: it holds or not.
    pub(super) fn free(&mut self, name: &str) {
        let values = vec![HOLDS.to_owned(), "false".to_owned()];
        self.variables.insert(Name::Condition(name.to_owned()), Variable { values, bounds: Bounds::Parameter });
    }

    /// Values that are known when this choice is made.
    pub(super) fn with<'c>(&self, choice: &'c Choice<'c>) -> Given<'t, 'c> {
        Given { setting: self.setting, choice }
    }

    /// Adds the variables of an expression, and to `also` the conditions that it refers to; whether it is understood.
    fn collect(&mut self, expression: &Value, evaluator: &Evaluator<'_>, also: &mut Vec<String>) -> bool {
        match expression {
            Value::Bool(_) => true,
            Value::Function(function) => match &**function {
                Function::And(items) | Function::Or(items) => {
                    let mut is_understood = true;
                    for item in items {
                        is_understood &= self.collect(item, evaluator, also);
                    }
                    is_understood
                }
                Function::Not(item) | Function::Untyped(item) => self.collect(item, evaluator, also),
                Function::Condition(name) => {
                    also.push(name.clone());
                    true
                }
                Function::Equals(one, other) => match (evaluator.value(one), evaluator.value(other)) {
                    // The documentation does not say what `AWS::NoValue` is equal to.
                    (Ok(one), Ok(other)) if one != Term::Absent && other != Term::Absent => {
                        let are_holes_known = self.register(&one, also) && self.register(&other, also);
                        are_holes_known && self.compared(&one, &other) && self.compared(&other, &one)
                    }
                    _ => false,
                },
                _ => false,
            },
            _ => false,
        }
    }

    /// Adds the holes of a side as variables; whether a choice can give them all values.
    fn register(&mut self, side: &Term, also: &mut Vec<String>) -> bool {
        let mut is_understood = true;
        side.visit_holes(&mut |hole| match hole {
            Hole::If(branches) => also.push(branches.name.clone()),
            Hole::Mapped(mapped) => is_understood &= self.looked_up(mapped),
            Hole::Call(call) => {
                const WORKED_OUT: &[&str] =
                    &["Fn::And", "Fn::Equals", "Fn::Join", "Fn::Not", "Fn::Or", "Fn::Select", "Fn::Split"];
                is_understood &= WORKED_OUT.contains(&call.name.as_str());
            }
            other => match Name::of(other) {
                Some(name) => _ = self.variable(name),
                None => is_understood = false,
            },
        });
        is_understood
    }

    /// The values that a look-up needs: keys, since CloudFormation refuses a choice whose key the mapping does not have.
    fn looked_up(&mut self, mapped: &Mapped) -> bool {
        let mut tables: Vec<&Json> = vec![&mapped.table];
        let names = match mapped.mapping.known_text() {
            Some(_) => vec![&mapped.top, &mapped.second],
            None => vec![&mapped.mapping, &mapped.top, &mapped.second],
        };
        for key in names {
            let entries: Vec<(&String, &Json)> =
                tables.iter().filter_map(|table| table.as_object()).flatten().collect();
            if key.known_text().is_none() {
                let mut found = Vec::new();
                if !entries.iter().all(|(name, _)| solve(key, name, &mut found)) {
                    return false;
                }
                let only = matches!(key, Term::Hole(_)) && mapped.default.is_none();
                found.into_iter().for_each(|(name, value)| self.value(name, value, only));
            }
            tables = entries.into_iter().map(|(_, below)| below).collect();
        }
        true
    }

    /// Adds the values with which `side` is equal to `other`; whether they are known.
    fn compared(&mut self, side: &Term, other: &Term) -> bool {
        if side.is_known() {
            return true;
        }
        let other = match other {
            Term::Hole(_) | Term::Pieces(_) => other.to_json(&mut |hole| match Name::of(hole) {
                Some(name) => Json::String(name.unlike_all()),
                None => Json::Null,
            }),
            known => Json::from(known.known_text()),
        };
        let Json::String(text) = other else { return false };
        let mut found = Vec::new();
        let is_solved = solve(side, &text, &mut found);
        if is_solved && matches!(side, Term::Hole(Hole::Call(_))) {
            // A value of the right form with which the comparison fails: a list that is long enough.
            solve(side, "\u{0}", &mut found);
        }
        found.into_iter().for_each(|(name, value)| self.value(name, value, false));
        is_solved
    }

    /// The variable, made with its first values if it is new.
    fn variable(&mut self, name: Name) -> &mut Variable {
        let (setting, varied) = (self.setting, self.varied);
        self.variables.entry(name).or_insert_with_key(|name| {
            let (parameter, given) = match name {
                Name::Value(name) => (setting.template.parameters.get(name), setting.given(name)),
                Name::Condition(_) => (None, None),
            };
            if let Some(given) = given {
                return Variable { values: vec![given.to_owned()], bounds: Bounds::Parameter };
            }
            // A value that Systems Manager has under the name that is given can be anything.
            let parameter = parameter.filter(|parameter| {
                parameter::system_parameter(&parameter.parameter_type) != Some(SystemParameter::Value)
            });
            let default = parameter.and_then(parameter::default_text).filter(|_| varied == Varied::WithoutDefault);
            let allowed = || parameter?.allowed_values.as_ref();
            match (default, allowed()) {
                (Some(default), _) => Variable { values: vec![default], bounds: Bounds::Parameter },
                (None, Some(allowed)) if !allowed.is_empty() => {
                    let values = allowed.iter().filter_map(parameter::scalar_text).collect();
                    Variable { values, bounds: Bounds::Parameter }
                }
                _ => Variable { values: vec![name.unlike_all()], bounds: Bounds::None },
            }
        })
    }

    /// Adds a value of a variable; `is_key` for one of the few that it can have.
    fn value(&mut self, name: Name, value: String, is_key: bool) {
        let variable = self.variable(name);
        if is_key && variable.bounds == Bounds::None {
            variable.values.clear();
            variable.bounds = Bounds::Keys;
        }
        let is_open = variable.bounds == Bounds::None || is_key && variable.bounds == Bounds::Keys;
        if is_open && !variable.values.contains(&value) {
            variable.values.push(value);
        }
    }

    /// The choices, at least one.
    pub(super) fn choices(&self) -> Vec<Choice<'_>> {
        let total = self.variables.values().try_fold(1usize, |total, one| total.checked_mul(one.values.len().max(1)));
        if total.is_none_or(|total| total > MAX_CHOICES) {
            return self.choices_one_at_a_time();
        }
        let mut choices = vec![Choice::default()];
        for (name, variable) in &self.variables {
            choices = choices
                .into_iter()
                .flat_map(|choice| {
                    variable.values.iter().map(move |value| {
                        let mut choice = choice.clone();
                        choice.insert(name, value);
                        choice
                    })
                })
                .collect();
        }
        choices
    }

    fn choices_one_at_a_time(&self) -> Vec<Choice<'_>> {
        let mut base = Choice::default();
        for (name, variable) in &self.variables {
            variable.values.first().into_iter().for_each(|value| base.insert(name, value));
        }
        let mut choices = vec![base.clone()];
        for (name, variable) in &self.variables {
            for value in variable.values.iter().skip(1).take(MAX_CHOICES) {
                let mut choice = base.clone();
                choice.insert(name, value);
                choices.push(choice);
            }
        }
        choices
    }
}

/// Values that are known when a choice is made.
pub(super) struct Given<'t, 'c> {
    setting: Setting<'t>,
    choice: &'c Choice<'c>,
}

impl Given<'_, '_> {
    fn chosen(&self, name: &str) -> Option<&str> {
        self.choice.values.get(name).copied()
    }
}

impl Known for Given<'_, '_> {
    fn parameter(&self, name: &str) -> Option<Term> {
        let parameter = self.setting.template.parameters.get(name)?;
        Some(match self.chosen(name) {
            Some(text) => parameter::read(&parameter.parameter_type, text),
            None => Term::Hole(Hole::Parameter(name.to_owned())),
        })
    }

    fn pseudo(&self, name: &str) -> Term {
        if let (Some(region), "AWS::Region" | "AWS::Partition" | "AWS::URLSuffix") = (self.setting.region, name) {
            let known = Pseudo { region: region.to_owned(), ..Pseudo::default() };
            return known.get(name).unwrap_or(Term::Absent);
        }
        match self.chosen(name) {
            Some(text) if name == "AWS::NotificationARNs" => Term::List(text.split(',').map(Term::text).collect()),
            Some(text) => Term::text(text),
            None => Term::Hole(Hole::Pseudo(name.to_owned())),
        }
    }

    fn reference(&self, logical_id: &str) -> Result<Term, EvalError> {
        let hole = || Term::Hole(Hole::Reference(logical_id.to_owned()));
        Ok(self.chosen(logical_id).map_or_else(hole, Term::text))
    }

    fn attribute(&self, logical_id: &str, attribute: &str) -> Result<Term, EvalError> {
        let hole = Hole::Attribute(logical_id.to_owned(), attribute.to_owned());
        let chosen = hole.name().and_then(|name| self.chosen(&name).map(Term::text));
        Ok(chosen.unwrap_or(Term::Hole(hole)))
    }

    fn dynamic(&self, reference: &str) -> Result<Option<String>, EvalError> {
        Ok(self.chosen(reference).map(str::to_owned))
    }

    fn condition(&self, name: &str) -> Option<bool> {
        self.choice.conditions.get(name).copied()
    }

    fn fault(&self, _error: EvalError, _function: &Function) -> Result<Term, EvalError> {
        Ok(Term::call("Formwork::Fault", Term::Null))
    }
}
