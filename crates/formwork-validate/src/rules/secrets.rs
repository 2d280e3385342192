//! Secrets in plain text: written into the template, or as the value of a parameter that CloudFormation does not mask.
//!
//! The properties that have secrets are known from their names in the schemas of the registry; of what no schema describes, from the names
//! alone. Sources: AWS CloudFormation User Guide, "Security best practices for CloudFormation" ("Do not embed credentials in your
//! templates") and "Parameters" (`NoEcho`); cfn-lint W1011 has the list of properties that take secure strings.

use formwork_template::Value;
use formwork_template::dynamic;
use formwork_template::function::Function;
use formwork_template::secret;

use crate::check::{Check, Parts};
use crate::finding::{Finding, rule};
use crate::rules::path;
use crate::walk::walk;

/// Places of such entries, and of maps, that have settings of programs.
const SETTINGS: &[(&str, &str)] = &[
    ("AWS::CodeBuild::Project", "EnvironmentVariables"),
    ("AWS::ECS::TaskDefinition", "Environment"),
    ("AWS::Lambda::Function", "Environment"),
];

pub(crate) fn check(check: &mut Check<'_, '_>, parts: &Parts) {
    let template = check.template;
    let mut found = Vec::new();
    for (id, resource) in &template.resources {
        let Some(properties) = parts.properties.get(id) else { continue };
        let type_name = &*resource.type_name;
        let facts = check.schemas.registry.of(type_name);
        let mut at = path(&["Resources", id, "Properties"]);
        walk(properties, &mut at, &mut |place, value| {
            let names = names(&place[3..]);
            let Some(last) = names.last() else { return };
            let is_setting = SETTINGS.iter().any(|(of, within)| *of == type_name && names.contains(within));
            let is_secret = match facts {
                Some(facts) => is_place(facts.secrets(), &names) || is_setting && secret::sounds(last),
                None => secret::sounds(last),
            };
            if is_secret {
                found.extend(shown(check.template, value).map(|how| (place.to_vec(), (*last).to_owned(), how)));
            }
            // Headers of origins are not judged by their names here: a value that is not a secret may have such a name, and synth knows what
            // the secret of an origin is.
            if let Value::Map(entry) = value
                && is_setting
                && let (Some(name), Some(value)) = (entry.get("Name").and_then(Value::as_str), entry.get("Value"))
                && secret::sounds(name)
                && let Some(how) = shown(check.template, value)
            {
                found.push(([place, &["Value".to_owned()]].concat(), name.to_owned(), how));
            }
        });
    }
    for (place, name, how) in found {
        let message = match how {
            Shown::Written => {
                format!("`{name}` has a secret in plain text, which everybody reads who sees the template")
            }
            Shown::Parameter(parameter) => {
                format!(
                    "`{name}` has a secret, and its parameter `{parameter}` is shown to everybody who sees the stack"
                )
            }
        };
        let hint = "name one of Secrets Manager, `{{resolve:secretsmanager:ID:SecretString:KEY}}`, or give a parameter `NoEcho`";
        check.add(Finding::warning(rule::PLAIN_SECRET, &place, message).hint(hint));
    }
}

/// True if a value is at one of the places, or is an entry of the map there, and not in what stands there in its stead.
fn is_place<'f>(mut places: impl Iterator<Item = &'f str>, names: &[&str]) -> bool {
    places.any(|place| {
        let own = || place.split('.').filter(|name| *name != "*");
        let is_of_map =
            place.ends_with(".*") && names.split_last().is_some_and(|(_, map)| own().eq(map.iter().copied()));
        own().eq(names.iter().copied()) || is_of_map
    })
}

/// Ways in which a secret is shown.
enum Shown {
    Written,
    /// As the value of this parameter.
    Parameter(String),
}

fn shown(template: &formwork_template::Template, value: &Value) -> Option<Shown> {
    match value {
        Value::String(text) => (!text.is_empty() && !dynamic::is_in(text)).then_some(Shown::Written),
        Value::Function(function) => {
            let Function::Ref(name) = &**function else { return None };
            let parameter = template.parameters.get(name).filter(|parameter| !parameter.is_masked())?;
            // A type of Systems Manager reads the value when the stack is deployed, and shows it all the same.
            let is_reference = parameter.default.as_ref().and_then(Value::as_str).is_some_and(dynamic::is_in);
            (!is_reference).then(|| Shown::Parameter(name.clone()))
        }
        _ => None,
    }
}

/// Names of properties on the way to a value: functions have segments of their own, and entries of lists and branches of `Fn::If` numbers.
fn names(place: &[String]) -> Vec<&str> {
    let is_name = |segment: &&String| *segment != "Fn::If" && segment.parse::<usize>().is_err();
    let names: Vec<&str> = place.iter().filter(is_name).map(String::as_str).collect();
    // The result of another function is not the text that it is given.
    if names.iter().any(|name| name.starts_with("Fn::") || *name == "Ref") { Vec::new() } else { names }
}
