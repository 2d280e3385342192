//! The values of a template's parameters: from producers' outputs, from the command line, from what is deployed, from the
//! template's defaults, in this order.

use std::collections::BTreeMap;
use std::fmt;

use formwork_assembly::{Assembly, Selector, StackArtifact};
use formwork_model::parameter;
pub(crate) use formwork_model::service::ParameterSetting as Setting;
use formwork_template::Template;

use crate::error::Error;
use crate::order::Order;
use crate::stack::Deployed;

/// A value given on the command line.
#[derive(Clone, PartialEq, Eq)]
pub struct GivenParameter {
    /// The stack's name, in all its regions, or its `NAME@REGION`.
    pub stack: Selector,
    /// The parameter's name.
    pub key: String,
    /// Its value, which may be secret.
    pub value: String,
}

impl fmt::Debug for GivenParameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GivenParameter").field("stack", &self.stack).field("key", &self.key).finish_non_exhaustive()
    }
}

/// The source of an import's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Imported {
    /// The producer's output, as deployed.
    Known(String),
    /// The producer is about to be changed.
    KnownAfter(String),
}

/// Refuses values for stacks that the run does not touch: nobody would hear that they were not used.
pub(crate) fn check(given: &[GivenParameter], assembly: &Assembly, order: &Order<'_>) -> Result<(), Error> {
    for given in given {
        if order.stacks.iter().any(|selected| given.stack.names(&selected.artifact.id)) {
            continue;
        }
        let (stack, parameter) = (given.stack.to_string(), given.key.clone());
        let spelling = |artifact: &StackArtifact| given.stack.spelling_of(&artifact.id);
        let is_known = assembly.stacks.iter().any(|artifact| given.stack.names(&artifact.id));
        let mut stacks: Vec<String> = if is_known {
            order.stacks.iter().map(|selected| spelling(selected.artifact)).collect()
        } else {
            assembly.stacks.iter().map(spelling).collect()
        };
        stacks.sort();
        stacks.dedup();
        return Err(if is_known {
            Error::ParameterNotSelected { stack, parameter, selected: stacks }
        } else {
            Error::ParameterUnknownStack { stack, parameter, known: stacks }
        });
    }
    Ok(())
}

/// The settings of all parameters that need one. An import that is known later has none yet.
pub(crate) fn settings(
    artifact: &StackArtifact,
    template: &Template,
    given: &[GivenParameter],
    deployed: Option<&Deployed>,
    before: Option<&Template>,
    imported: &BTreeMap<String, Imported>,
) -> Result<BTreeMap<String, Setting>, Error> {
    let stack = artifact.name();
    // What is given for one region holds there against what is given for all.
    let (all_regions, this_region): (Vec<_>, Vec<_>) =
        given.iter().filter(|given| given.stack.names(&artifact.id)).partition(|given| given.stack.region.is_none());
    let given: BTreeMap<&str, &str> =
        all_regions.into_iter().chain(this_region).map(|given| (given.key.as_str(), given.value.as_str())).collect();
    for key in given.keys() {
        let refused =
            |reason: String| Error::ParameterRefused { stack: stack.to_owned(), parameter: (*key).to_owned(), reason };
        if let Some(import) = artifact.imports.iter().find(|import| import.parameter == *key) {
            return Err(refused(format!("it is filled from `{}`", import.producer)));
        }
        if imported.contains_key(*key) {
            return Err(refused("it is filled with the place of an asset".to_owned()));
        }
        if !template.parameters.contains_key(*key) {
            // Those that the deployer fills in are nobody's to give.
            let is_filled =
                |key: &str| imported.contains_key(key) || artifact.imports.iter().any(|import| import.parameter == key);
            let known: Vec<&str> =
                template.parameters.keys().map(String::as_str).filter(|key| !is_filled(key)).collect();
            return Err(refused(match known.as_slice() {
                [] if !template.parameters.is_empty() => "its parameters are all filled in by the deployer".to_owned(),
                [] => "it has no parameters".to_owned(),
                _ => format!("it has {}", known.join(", ")),
            }));
        }
    }
    let mut settings = BTreeMap::new();
    for (key, parameter) in &template.parameters {
        let setting = if let Some(imported) = imported.get(key) {
            match imported {
                Imported::Known(value) => Some(Setting::Value(value.clone())),
                Imported::KnownAfter(_) => None,
            }
        } else if let Some(value) = given.get(key.as_str()) {
            Some(Setting::Value((*value).to_owned()))
        } else if let Some(value) = deployed.and_then(|deployed| deployed.parameter(key)) {
            // A value that only ever was the template's default follows the template; one that somebody gave stays.
            let old_default = before.and_then(|before| before.parameters.get(key)).and_then(parameter::default_text);
            let was_default = old_default.as_deref() == Some(value);
            (parameter.default.is_none() || !was_default).then_some(Setting::Previous)
        } else if parameter.default.is_some() {
            None
        } else {
            return Err(Error::ParameterMissing { stack: stack.to_owned(), parameter: key.clone() });
        };
        if let Some(setting) = setting {
            settings.insert(key.clone(), setting);
        }
    }
    Ok(settings)
}

#[cfg(test)]
mod tests {
    use formwork_model::status::StackStatus;

    use formwork_assembly::StackId;

    use super::*;
    use crate::status::Reported;

    fn template(parameters: &str) -> Template {
        Template::from_json(&format!(r#"{{"Parameters":{{{parameters}}},"Resources":{{}}}}"#)).unwrap()
    }

    fn site() -> StackArtifact {
        StackArtifact { id: StackId::new("site", ""), ..StackArtifact::default() }
    }

    fn deployed(value: &str) -> Deployed {
        Deployed {
            id: String::new(),
            updated: None,
            status: Reported::Known(StackStatus::CreateComplete),
            outputs: Vec::new(),
            parameters: vec![("Size".to_owned(), value.to_owned())],
            tags: Vec::new(),
            notification_arns: Vec::new(),
            termination_protection: false,
        }
    }

    #[track_caller]
    fn check(now: &str, before: &str, value: &str, expected: Option<Setting>) {
        let now = template(&format!(r#""Size":{{"Type":"Number"{now}}}"#));
        let before = template(&format!(r#""Size":{{"Type":"Number"{before}}}"#));
        let settings = settings(&site(), &now, &[], Some(&deployed(value)), Some(&before), &BTreeMap::new()).unwrap();
        assert_eq!(settings.get("Size").cloned(), expected);
    }

    #[test]
    fn a_deployed_value_stays_unless_it_was_the_default() {
        check("", "", "3", Some(Setting::Previous));
        check(r#","Default":2"#, r#","Default":1"#, "3", Some(Setting::Previous));
        check(r#","Default":2"#, r#","Default":1"#, "1", None);
        // The default was taken out of the template: there is nothing to fall back to but what is deployed.
        check("", r#","Default":1"#, "1", Some(Setting::Previous));
    }

    #[test]
    fn a_parameter_without_any_value_is_named_with_its_stack() {
        let error = settings(&site(), &template(r#""Size":{"Type":"Number"}"#), &[], None, None, &BTreeMap::new());
        assert_eq!(error.unwrap_err().hint().unwrap(), "give one with `--parameter site:Size=VALUE`");
    }

    #[test]
    fn a_value_for_one_region_holds_against_one_for_all() {
        let given = |stack: &str, value: &str| GivenParameter {
            stack: Selector::read(stack),
            key: "Size".to_owned(),
            value: value.to_owned(),
        };
        let given = [given("site@us-east-1", "2"), given("site", "1")];
        let now = template(r#""Size":{"Type":"Number"}"#);
        for (region, expected) in [("us-east-1", "2"), ("eu-west-1", "1")] {
            let site = StackArtifact { id: StackId::new("site", region), ..site() };
            let settings = settings(&site, &now, &given, None, None, &BTreeMap::new()).unwrap();
            assert_eq!(settings["Size"], Setting::Value(expected.to_owned()), "{region}");
        }
    }

    #[test]
    fn a_value_for_a_parameter_that_is_not_there_is_refused() {
        let given = [GivenParameter { stack: Selector::read("site"), key: "Sise".to_owned(), value: "1".to_owned() }];
        let now = template(r#""Size":{"Type":"Number","Default":1}"#);
        let error = settings(&site(), &now, &given, None, None, &BTreeMap::new()).unwrap_err();
        assert_eq!(error.to_string(), "`site` takes no value for `Sise`: it has Size");
        // One that is filled in is not offered.
        let filled = BTreeMap::from([("Size".to_owned(), Imported::KnownAfter("edge".to_owned()))]);
        let error = settings(&site(), &now, &given, None, None, &filled).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`site` takes no value for `Sise`: its parameters are all filled in by the deployer"
        );
    }
}
