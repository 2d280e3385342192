//! Systems Manager: parameters, and machines under management.
//!
//! Source: Systems Manager API Reference, `GetParameter`, `DescribeInstanceInformation`.

use serde_json::{Value, json};

use crate::client::{Answer, Request};
use crate::error::Error;
use crate::login::Aws;
use crate::service::SYSTEMS_MANAGER;

/// A parameter of the parameter store.
#[derive(Clone, PartialEq, Eq)]
pub struct Parameter {
    /// `String`, `StringList` or `SecureString`.
    pub kind: String,
    /// Its value; of a secret, encrypted.
    pub value: String,
    /// The version that was read.
    pub version: u64,
}

impl std::fmt::Debug for Parameter {
    /// Without the value, which may be a secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parameter").field("kind", &self.kind).field("version", &self.version).finish_non_exhaustive()
    }
}

/// The parameter with this name, as it is now; `None` if there is not one. Secrets are not decrypted.
///
/// # Errors
///
/// When the call fails for any other reason than that.
pub async fn parameter(aws: &Aws, region: &str, name: &str) -> Result<Option<Parameter>, Error> {
    const CALL: &str = "GetParameter";
    let input = json!({ "Name": name });
    let request = Request::Json { version: "1.1", target: "AmazonSSM", input: &input };
    let answer = match aws.call(&SYSTEMS_MANAGER, region, CALL, request).await {
        Ok(Answer::Json(answer)) => answer,
        Ok(Answer::Xml(_)) => return Err(Error::Incomplete { call: CALL, field: "Parameter" }),
        Err(Error::Service { code, .. }) if code == "ParameterNotFound" || code == "ParameterVersionNotFound" => {
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    let parameter = &answer["Parameter"];
    let text = |field: &'static str| {
        let text = parameter[field].as_str().map(str::to_owned);
        text.ok_or(Error::Incomplete { call: CALL, field })
    };
    Ok(Some(Parameter {
        kind: text("Type")?,
        value: text("Value")?,
        version: parameter.get("Version").and_then(Value::as_u64).unwrap_or_default(),
    }))
}

/// A machine, as Systems Manager knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManagedInstance {
    /// `Online`, `ConnectionLost` or `Inactive`.
    pub ping_status: String,
    /// The agent's version.
    pub agent_version: String,
    /// `Linux`, `Windows` or `MacOS`.
    pub platform: String,
}

/// The machine with this id, if Systems Manager knows it.
///
/// # Errors
///
/// When the call fails.
pub async fn managed_instance(aws: &Aws, region: &str, id: &str) -> Result<Option<ManagedInstance>, Error> {
    const CALL: &str = "DescribeInstanceInformation";
    let input = json!({ "Filters": [{ "Key": "InstanceIds", "Values": [id] }] });
    let request = Request::Json { version: "1.1", target: "AmazonSSM", input: &input };
    let answer = match aws.call(&SYSTEMS_MANAGER, region, CALL, request).await {
        Ok(Answer::Json(answer)) => answer,
        Ok(Answer::Xml(_)) => return Err(Error::Incomplete { call: CALL, field: "InstanceInformationList" }),
        Err(Error::Service { code, .. }) if code == "InvalidInstanceId" => return Ok(None),
        Err(error) => return Err(error),
    };
    let text = |machine: &Value, field: &str| machine[field].as_str().unwrap_or_default().to_owned();
    let machines = answer["InstanceInformationList"].as_array().into_iter().flatten();
    Ok(machines
        .map(|machine| ManagedInstance {
            ping_status: text(machine, "PingStatus"),
            agent_version: text(machine, "AgentVersion"),
            platform: text(machine, "PlatformType"),
        })
        .next())
}
