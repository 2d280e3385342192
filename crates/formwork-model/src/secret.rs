//! Secrets in a template: parameters with `NoEcho`, and dynamic references to Secrets Manager and to secure strings of Systems
//! Manager. The references themselves are not secrets.
//!
//! Source: AWS CloudFormation User Guide, "Parameters", `NoEcho`, and "Get values stored in other services using dynamic references".

use std::collections::BTreeSet;

use formwork_template::{Parameter, Template};

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

/// True for a dynamic reference to a secret.
pub fn is_secret_reference(reference: &str) -> bool {
    reference.contains("resolve:secretsmanager:") || reference.contains("resolve:ssm-secure:")
}

/// Whether a secret goes into the value: one of `parameters`, or a dynamic reference to one.
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
