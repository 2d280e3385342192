//! Look-ups of an app, asked from AWS: one resource that exists exactly once, and the properties of it that the app wants to know.
//!
//! Sources: Cloud Control API Reference, `ListResources`, `GetResource`; `aws/aws-sdk` issue 324 (`GetResource` fails for managed prefix
//! lists of AWS, `ListResources` has their names); Systems Manager API Reference, `GetParameter`.

use formwork_assembly::lookup::By;
use formwork_assembly::{Found, Lookup, joined};
use serde_json::{Map, Value, json};

use crate::cloud_control::{self, Resource};
use crate::error::Error;
use crate::login::Aws;
use crate::shell::quoted;
use crate::ssm;

const PARAMETER: &str = "AWS::SSM::Parameter";
const PREFIX_LIST: &str = "AWS::EC2::PrefixList";

/// Kinds of errors of look-ups.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LookupError {
    /// The thing does not exist.
    #[error("{} was not found: {asked}", lookup)]
    Nothing {
        /// The question.
        lookup: Box<Lookup>,
        /// The call, and what it answered.
        asked: String,
    },
    /// There are several.
    #[error("{} is there more than once: {asked}; they are {}", lookup, found.join(", "))]
    Several {
        /// The question.
        lookup: Box<Lookup>,
        /// The call, and what it answered.
        asked: String,
        /// The identifiers of those that were found.
        found: Vec<String>,
    },
    /// Its value must not be kept in a file.
    #[error("{} is a `SecureString`: its value would be in a file, and in a template", lookup)]
    Secret {
        /// The question.
        lookup: Box<Lookup>,
    },
    /// AWS could not be asked.
    #[error(transparent)]
    Aws(#[from] Error),
}

impl LookupError {
    /// Hint on what to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            LookupError::Nothing { lookup, .. } => {
                Some(format!("`{}` shows what is there; the login's account has to be the right one", command(lookup)))
            }
            LookupError::Several { lookup, .. } => {
                let by_id = match lookup.type_name.as_str() {
                    "AWS::Route53::HostedZone" => ": `HostedZone::from_id` takes the id of one",
                    _ => "",
                };
                Some(format!("`{}` shows them{by_id}", command(lookup)))
            }
            LookupError::Secret { .. } => {
                Some("refer to it: `dynamic::ssm_secure` leaves the value to CloudFormation".to_owned())
            }
            LookupError::Aws(error) => error.hint(),
        }
    }
}

/// The command that asks the same.
fn command(lookup: &Lookup) -> String {
    let Lookup { type_name, region, by, .. } = lookup;
    let (type_name, region) = (quoted(type_name), quoted(region));
    match by {
        By::Identifier(name) if lookup.type_name == PARAMETER => {
            format!("aws ssm get-parameter --name {} --region {region}", quoted(name))
        }
        By::Identifier(identifier) => format!(
            "aws cloudcontrol get-resource --type-name {type_name} --identifier {} --region {region}",
            quoted(identifier)
        ),
        By::Properties { .. } => {
            format!("aws cloudcontrol list-resources --type-name {type_name} --region {region}")
        }
    }
}

/// Looks one thing up.
///
/// # Errors
///
/// When it is not there exactly once, when its value is a secret, or when AWS cannot be asked.
pub async fn resolve(aws: &Aws, lookup: &Lookup) -> Result<Found, LookupError> {
    let Lookup { type_name, region, by, wanted, .. } = lookup;
    let properties = match by {
        By::Identifier(name) if type_name == PARAMETER => parameter(aws, lookup, name).await?,
        By::Identifier(identifier) => {
            let found = cloud_control::get(aws, region, type_name, identifier).await?;
            let asked = format!("`GetResource` of `{type_name}` in {region} does not know `{identifier}`");
            found.ok_or_else(|| LookupError::Nothing { lookup: Box::new(lookup.clone()), asked })?.properties
        }
        By::Properties { .. } => only(aws, lookup).await?.properties,
    };
    let value = |name: &String| {
        let value = properties.get(name).cloned().filter(|value| value.as_str() != Some(""));
        (name.clone(), value.unwrap_or(Value::Null))
    };
    let values = wanted.iter().map(value).collect();
    Ok(Found { lookup: Lookup { location: None, ..lookup.clone() }, values })
}

async fn parameter(aws: &Aws, lookup: &Lookup, name: &str) -> Result<Map<String, Value>, LookupError> {
    let region = &lookup.region;
    match ssm::parameter(aws, region, name).await? {
        None => Err(LookupError::Nothing {
            lookup: Box::new(lookup.clone()),
            asked: format!("`GetParameter` in {region} does not know `{name}`"),
        }),
        Some(parameter) if parameter.kind == "SecureString" => {
            Err(LookupError::Secret { lookup: Box::new(lookup.clone()) })
        }
        Some(parameter) => Ok([("Type", parameter.kind), ("Value", parameter.value)]
            .into_iter()
            .map(|(name, value)| (name.to_owned(), json!(value)))
            .collect()),
    }
}

/// The only resource with the properties that are asked for.
async fn only(aws: &Aws, lookup: &Lookup) -> Result<Resource, LookupError> {
    let Lookup { type_name, region, by: By::Properties { equal, with, without }, .. } = lookup else {
        return Err(Error::Incomplete { call: "ListResources", field: "properties" }.into());
    };
    let listed = cloud_control::list(aws, region, type_name).await?;
    let count = listed.len();
    let mut fitting = Vec::new();
    for resource in listed {
        // A type may list its identifiers alone; then each is looked at.
        let is_known = equal.keys().all(|name| resource.properties.contains_key(name));
        let could_be = |resource: &Resource| {
            equal.iter().all(|(name, value)| resource.properties.get(name).and_then(Value::as_str) == Some(value))
        };
        if is_known && !could_be(&resource) {
            continue;
        }
        let whole = if type_name == PREFIX_LIST {
            Some(resource)
        } else {
            cloud_control::get(aws, region, type_name, &resource.identifier).await?
        };
        // A listed thing that is not found a moment later was deleted in between.
        let Some(whole) = whole else { continue };
        let has = |name: &String| whole.properties.get(name).is_some_and(is_something);
        if could_be(&whole) && with.iter().all(has) && !without.iter().any(has) {
            fitting.push(whole);
        }
    }
    let asked = || {
        let having = equal.iter().map(|(name, value)| format!("{name} `{value}`"));
        let with = with.iter().map(|name| format!("any {name}"));
        let without = without.iter().map(|name| format!("no {name}"));
        let conditions: Vec<String> = having.chain(with).chain(without).collect();
        let conditions = joined(&conditions);
        format!(
            "`ListResources` of `{type_name}` in {region} has {count}, {} of them with {conditions}",
            match fitting.len() {
                0 => "none".to_owned(),
                several => several.to_string(),
            }
        )
    };
    match fitting.len() {
        1 => fitting.pop().ok_or(Error::Incomplete { call: "ListResources", field: "ResourceDescriptions" }.into()),
        0 => Err(LookupError::Nothing { asked: asked(), lookup: Box::new(lookup.clone()) }),
        _ => Err(LookupError::Several {
            asked: asked(),
            found: fitting.into_iter().map(|resource| resource.identifier).collect(),
            lookup: Box::new(lookup.clone()),
        }),
    }
}

fn is_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Array(items) => !items.is_empty(),
        Value::Object(object) => !object.is_empty(),
        Value::String(text) => !text.is_empty(),
        _ => true,
    }
}
