//! Secrets in a template: parameters with `NoEcho`, and dynamic references to Secrets Manager and to secure strings of Systems
//! Manager. The references themselves are not secrets.
//!
//! Source: AWS CloudFormation User Guide, "Parameters", `NoEcho`, and "Get values stored in other services using dynamic references".

use std::collections::BTreeSet;

use formwork_template::{Function, Parameter, Template, Value, sub};

use crate::parameter::scalar_text;
use crate::term::{Hole, Term};

/// The text that stands for a secret wherever one would be shown.
pub const MASK: &str = "****";

/// True for a `NoEcho` parameter, whose value CloudFormation masks.
pub fn is_no_echo(parameter: &Parameter) -> bool {
    let text = parameter.no_echo.as_ref().and_then(scalar_text);
    text.is_some_and(|text| text.eq_ignore_ascii_case("true"))
}

/// The names of a template's parameters that are secrets.
pub fn parameters(template: &Template) -> BTreeSet<String> {
    let secrets = template.parameters.iter().filter(|(_, parameter)| is_no_echo(parameter));
    secrets.map(|(name, _)| name.clone()).collect()
}

/// The names of a template's outputs that a parameter of these goes into: CloudFormation shows their values.
pub fn outputs(template: &Template, parameters: &BTreeSet<String>) -> BTreeSet<String> {
    let shown = template.outputs.iter().filter(|(_, output)| goes_into(&output.value, parameters));
    shown.map(|(name, _)| name.clone()).collect()
}

fn goes_into(value: &Value, parameters: &BTreeSet<String>) -> bool {
    match value {
        Value::List(values) => values.iter().any(|value| goes_into(value, parameters)),
        Value::Map(values) => values.values().any(|value| goes_into(value, parameters)),
        Value::Function(function) => {
            let is_named = match &**function {
                Function::Ref(name) => parameters.contains(name),
                Function::Sub { text, .. } => sub::names(text).any(|name| parameters.contains(name)),
                _ => false,
            };
            is_named || function.arguments().into_iter().any(|value| goes_into(value, parameters))
        }
        _ => false,
    }
}

/// True for a dynamic reference to a secret.
pub fn is_secret_reference(reference: &str) -> bool {
    reference.contains("resolve:secretsmanager:") || reference.contains("resolve:ssm-secure:")
}

/// True if a secret goes into the value: one of `parameters`, or a dynamic reference to one.
pub fn is_in(term: &Term, parameters: &BTreeSet<String>) -> bool {
    let mut found = false;
    term.visit_holes(&mut |hole| {
        found |= match hole {
            Hole::Parameter(name) | Hole::Producer { parameter: name, .. } => parameters.contains(name),
            Hole::Dynamic(reference) => is_secret_reference(reference),
            _ => false,
        };
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_that_show_a_secret() {
        let template = r#"{"Parameters":{"Pw":{"Type":"String","NoEcho":true},"Size":{"Type":"String"}},"Outputs":{
            "Own":{"Value":{"Ref":"Pw"}},"Text":{"Value":{"Fn::Sub":"x-${Pw}"}},"Size":{"Value":{"Fn::Sub":"${Size}${!Pw}"}},
            "Deep":{"Value":{"Fn::Join":["",["a",{"Fn::If":["C","b",{"Ref":"Pw"}]}]]}},"Name":{"Value":"Pw"}}}"#;
        let template = Template::from_json(template).unwrap();
        let found = outputs(&template, &parameters(&template));
        assert_eq!(found.into_iter().collect::<Vec<_>>(), ["Deep", "Own", "Text"]);
    }
}
