//! Rules: assertions over parameters, held before anything is done.
//!
//! Source: AWS CloudFormation Template Reference, "Rules", "Rule-specific intrinsic functions". What asks for attributes of resources in
//! the account (`Fn::ValueOf`, `Fn::ValueOfAll`, `Fn::RefAll`) is refused: there is no account to ask.

use formwork_template::{Function, Map, Value};
use serde_json::Value as Json;

use super::{Evaluator, text_of};

impl Evaluator<'_> {
    /// Whether all rules of the template hold.
    ///
    /// # Errors
    ///
    /// Every assertion that does not hold, with what its author says of it.
    pub(crate) fn rules(&self) -> Result<(), String> {
        let mut broken = Vec::new();
        for (name, rule) in &self.template.rules {
            let malformed = || format!("Template format error: rule {name} is not an object with Assertions");
            let rule = rule.as_map().ok_or_else(malformed)?;
            if let Some(condition) = rule.get("RuleCondition")
                && !self.holds(condition)?
            {
                continue;
            }
            let Some(Value::List(assertions)) = rule.get("Assertions") else { return Err(malformed()) };
            for assertion in assertions {
                let assertion = assertion.as_map().ok_or_else(malformed)?;
                if !self.holds(assertion.get("Assert").ok_or_else(malformed)?)? {
                    broken.push(described(name, assertion));
                }
            }
        }
        if broken.is_empty() { Ok(()) } else { Err(format!("Template constraint failed: {}", broken.join("; "))) }
    }

    fn holds(&self, value: &Value) -> Result<bool, String> {
        match value.as_function() {
            Some(Function::Contains(list, wanted)) => {
                let wanted = self.member(wanted)?;
                Ok(self.members(list)?.contains(&wanted))
            }
            Some(Function::EachMemberEquals(list, wanted)) => {
                let wanted = self.member(wanted)?;
                Ok(self.members(list)?.iter().all(|member| *member == wanted))
            }
            Some(Function::EachMemberIn(list, allowed)) => {
                let allowed = self.members(allowed)?;
                Ok(self.members(list)?.iter().all(|member| allowed.contains(member)))
            }
            Some(Function::And(all)) => {
                all.iter().try_fold(true, |holds, one| self.holds(one).map(|other| holds && other))
            }
            Some(Function::Or(all)) => {
                all.iter().try_fold(false, |holds, one| self.holds(one).map(|other| holds || other))
            }
            Some(Function::Not(one)) => Ok(!self.holds(one)?),
            _ => self.truth(value),
        }
    }

    fn member(&self, value: &Value) -> Result<String, String> {
        self.value(value)?
            .as_ref()
            .and_then(text_of)
            .ok_or_else(|| "Template error: a member of a rule is no text".to_owned())
    }

    fn members(&self, list: &Value) -> Result<Vec<String>, String> {
        match self.value(list)? {
            Some(Json::Array(members)) => Ok(members.iter().filter_map(text_of).collect()),
            _ => Err("Template error: a rule needs a list".to_owned()),
        }
    }
}

fn described(name: &str, assertion: &Map) -> String {
    let description = assertion.get("AssertDescription").and_then(Value::as_str);
    description.map_or_else(|| format!("rule {name} does not hold"), str::to_owned)
}
