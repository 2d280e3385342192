//! Switches and carriers as constructs name them, held against the templates: what they point to is there.
//!
//! Sources: RFC 6901, "JavaScript Object Notation (JSON) Pointer"; RFC 3986, "Generic Syntax" (characters of a URL).

use formwork_assembly::{Assembly, Carrier, Location, Problem, Switch};
use formwork_template::{Template, did_you_mean};

use crate::domain::{self, Use};
use crate::plain::shortened;

/// A switch with its place in the source.
#[derive(Debug)]
pub(crate) struct Switching {
    pub(crate) switch: Switch,
    /// The names of the constructs around, joined.
    pub(crate) path: String,
    pub(crate) location: Location,
}

/// A file that is delivered, with its place in the source.
#[derive(Debug)]
pub(crate) struct Carried {
    pub(crate) carrier: Carrier,
    /// The file, as it was named.
    pub(crate) file: String,
    pub(crate) location: Location,
}

/// The switches with the full names of their parameters.
pub(crate) fn resolved(
    switches: Vec<Switching>,
    template: &Template,
    stack: &str,
    problems: &mut Vec<Problem>,
) -> Vec<Switch> {
    let mut resolved: Vec<Switch> = Vec::new();
    for Switching { mut switch, path, location } in switches {
        let full = format!("{path}{}", switch.parameter);
        if template.parameters.contains_key(&full) {
            switch.parameter = full;
        }
        let found = faults(&switch, template, stack);
        if found.is_empty() && resolved.iter().any(|other| other.parameter == switch.parameter) {
            let message = format!("the parameter `{}` is that of two switches", switch.parameter);
            problems.push(Problem::error(message).at(location.clone()));
        }
        problems.extend(found.into_iter().map(|problem| problem.at(location.clone())));
        resolved.push(switch);
    }
    resolved
}

fn faults(switch: &Switch, template: &Template, stack: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    let shown = shortened(&switch.parameter);
    match template.parameters.get(&switch.parameter) {
        None => {
            let problem =
                Problem::error(format!("{shown}, by which a switch is made, is not a parameter of stack `{stack}`"));
            let close = did_you_mean(&switch.parameter, template.parameters.keys().map(String::as_str));
            problems.push(match close {
                Some(close) => problem.hint(format!("did you mean `{close}`?")),
                None => problem.hint("`parameter` adds one, with the choices as its `allowed` values"),
            });
        }
        Some(parameter) if parameter.allowed_values.as_ref().is_none_or(|values| values.len() < 2) => {
            let message =
                format!("the parameter {shown}, by which a switch is made, does not say two values that it can have");
            problems.push(Problem::error(message).hint("`allowed([\"blue\", \"green\"])`"));
        }
        Some(_) => {}
    }
    if let Some(Err(reason)) = switch.health.as_deref().map(check_url) {
        let shown = shortened(switch.health.as_deref().unwrap_or_default());
        let message = format!("{shown} is not the URL at which a site answers with its choice: {reason}");
        problems.push(Problem::error(message).hint("for example `https://example.com/_formwork/health`"));
    }
    problems
}

fn check_url(url: &str) -> Result<(), String> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let rest = rest.ok_or_else(|| "it begins with neither `https://` nor `http://`".to_owned())?;
    let host = rest.split(['/', '?']).next().unwrap_or_default();
    domain::check(host, Use::Host)?;
    let is_of_url = |c: char| c.is_ascii_alphanumeric() || "-._~:/?[]@!$&'()*+,;=%".contains(c);
    match rest.chars().find(|c| !is_of_url(*c)) {
        Some(other) => Err(format!("`{}` is not allowed in it", other.escape_debug())),
        None => Ok(()),
    }
}

/// Reports places of switches and carriers at which there is no text.
pub(crate) fn check(
    assembly: &Assembly,
    digests: &[(usize, String, Location)],
    carried: &[Carried],
    problems: &mut Vec<Problem>,
) {
    for (stack, pointer, location) in digests {
        if !assembly.stacks[*stack].at(pointer).is_some_and(|value| value.is_string()) {
            let message =
                format!("{} is not the place of a digest in the template: there is no text", shortened(pointer));
            let hint = "a JSON pointer, such as `/Resources/NginxDelivery/Properties/Parameters/Digest/0`";
            problems.push(Problem::error(message).hint(hint).at(location.clone()));
        }
    }
    for Carried { carrier, file, location } in carried {
        let id = match carrier {
            Carrier::Template { stack, .. } | Carrier::Output { stack, .. } => stack,
        };
        let fault = match (assembly.stacks.iter().find(|stack| stack.id == *id), carrier) {
            (None, _) => Some(format!("stack `{}` is not in the app", id.name)),
            (Some(stack), Carrier::Template { pointer, .. }) => stack
                .at(pointer)
                .is_none()
                .then(|| format!("there is nothing at {} in its template", shortened(pointer))),
            (Some(stack), Carrier::Output { output, entry, .. }) => {
                let value = stack.at(&format!("/Outputs/{}/Value", output.replace('~', "~0").replace('/', "~1")));
                match value {
                    None => Some(format!("stack `{}` does not have the output {}", id.name, shortened(output))),
                    Some(value)
                        if value
                            .as_str()
                            .is_some_and(|text| !text.split_ascii_whitespace().any(|word| word == entry)) =>
                    {
                        Some(format!("the output {} does not have the word {}", shortened(output), shortened(entry)))
                    }
                    Some(_) => None,
                }
            }
        };
        if let Some(fault) = fault {
            let message = format!("what is said to carry the file {} does not: {fault}", shortened(file));
            problems.push(Problem::error(message).at(location.clone()));
        }
    }
}
