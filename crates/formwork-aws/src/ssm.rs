//! Systems Manager: parameters.

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
