//! Rules: assertions over parameters, held before anything is done.
//!
//! Source: AWS CloudFormation Template Reference, "Rules", "Rule-specific intrinsic functions". Functions that ask for attributes of
//! resources in the account (`Fn::ValueOf`, `Fn::ValueOfAll`, `Fn::RefAll`) are refused: there is no account to ask.

use formwork_template::{Function, Map, Value};

use crate::evaluate::{EvalError, Evaluator, Truth};
use crate::term::Term;

impl Evaluator<'_> {
    /// Check of all rules. A rule that hangs on a value that is not known counts as one that holds.
    ///
    /// # Errors
    ///
    /// Every assertion that does not hold, with its author's description.
    pub fn rules(&self, rules: &Map) -> Result<(), EvalError> {
        let mut broken = Vec::new();
        for (name, rule) in rules {
            let malformed = || EvalError::Unavailable {
                reason: format!("Template format error: rule {name} is not an object with Assertions"),
            };
            let rule = rule.as_map().ok_or_else(malformed)?;
            if let Some(condition) = rule.get("RuleCondition")
                && self.holds(condition)? != Some(true)
            {
                continue;
            }
            let Some(Value::List(assertions)) = rule.get("Assertions") else { return Err(malformed()) };
            for assertion in assertions {
                let assertion = assertion.as_map().ok_or_else(malformed)?;
                if self.holds(assertion.get("Assert").ok_or_else(malformed)?)? == Some(false) {
                    broken.push(described(name, assertion));
                }
            }
        }
        if broken.is_empty() { Ok(()) } else { Err(EvalError::Rules { broken }) }
    }

    /// Truth of an assertion; `None` where that is not known.
    fn holds(&self, value: &Value) -> Result<Option<bool>, EvalError> {
        let both = |one: Option<_>, other: Option<_>| Some((one?, other?));
        Ok(match value.as_function() {
            Some(Function::Contains(list, wanted)) => {
                both(self.members(list)?, self.member(wanted)?).map(|(list, wanted)| list.contains(&wanted))
            }
            Some(Function::EachMemberEquals(list, wanted)) => both(self.members(list)?, self.member(wanted)?)
                .map(|(list, wanted)| list.iter().all(|member| *member == wanted)),
            Some(Function::EachMemberIn(list, allowed)) => {
                let (list, allowed) = (self.members(list)?, self.members(allowed)?);
                list.zip(allowed).map(|(list, allowed)| list.iter().all(|member| allowed.contains(member)))
            }
            Some(Function::And(all)) => self.every(all, false)?,
            Some(Function::Or(all)) => self.every(all, true)?,
            Some(Function::Not(one)) => self.holds(one)?.map(|holds| !holds),
            _ => match self.truth(value)? {
                Truth::Known(holds) => Some(holds),
                Truth::Open(_) => None,
            },
        })
    }

    fn every(&self, parts: &[Value], decisive: bool) -> Result<Option<bool>, EvalError> {
        let mut open = false;
        for part in parts {
            match self.holds(part)? {
                Some(holds) if holds == decisive => return Ok(Some(decisive)),
                Some(_) => {}
                None => open = true,
            }
        }
        Ok((!open).then_some(!decisive))
    }

    fn member(&self, value: &Value) -> Result<Option<String>, EvalError> {
        match self.value(value)? {
            Term::Hole(_) | Term::Pieces(_) => Ok(None),
            term => term.known_text().map(Some).ok_or_else(|| EvalError::Unavailable {
                reason: "Template error: a member of a rule is not a text".to_owned(),
            }),
        }
    }

    fn members(&self, list: &Value) -> Result<Option<Vec<String>>, EvalError> {
        match self.value(list)? {
            Term::List(members) => Ok(members.iter().map(Term::known_text).collect()),
            Term::Hole(_) => Ok(None),
            _ => Err(EvalError::Unavailable { reason: "Template error: a rule needs a list".to_owned() }),
        }
    }
}

fn described(name: &str, assertion: &Map) -> String {
    let description = assertion.get("AssertDescription").and_then(Value::as_str);
    description.map_or_else(|| format!("rule {name} does not hold"), str::to_owned)
}
