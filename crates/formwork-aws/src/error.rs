//! Errors: those of logins are here, those of calls are `CallError`s of `formwork-model`.
//!
//! Errors of the SDK's crates are sorted here (`Place::failed`), and so are error answers to the client of this crate
//! (`Place::refused`), by the same rules. The advice is in the module `hints`.

use std::io::ErrorKind;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use formwork_model::service::Refusal;
pub use formwork_model::service::{CallError as Error, Fault};

use crate::causes::{find, innermost};
use crate::in_the_clear::InTheClear;
use crate::place::Place;
use crate::retry::is_no_connection;

/// Kinds of errors of a login that is not found or cannot be used, before anything is called.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LoginError {
    /// No profile has this name.
    #[error("{by} names the profile `{profile}`, which does not exist; {}", profiles(known))]
    UnknownProfile {
        /// The name.
        profile: String,
        /// The option, the variable or the file that named it.
        by: String,
        /// The profiles of the AWS configuration.
        known: Vec<String>,
    },
    /// A profile takes its credentials from one that does not exist.
    #[error(
        "the profile `{profile}` takes its credentials from the profile `{source_profile}`, which does not exist; {}",
        profiles(known)
    )]
    UnknownSourceProfile {
        /// The profile.
        profile: String,
        /// Its `source_profile`.
        source_profile: String,
        /// The profiles of the AWS configuration.
        known: Vec<String>,
    },
    /// The profile has settings, and none of them is a login.
    #[error("the profile `{profile}` has no credentials: neither keys nor a role, an SSO session or a helper program")]
    ProfileWithoutCredentials {
        /// The profile.
        profile: String,
    },
    /// The profile takes a role that needs a code of an MFA device.
    #[error(
        "the role of the profile `{role_profile}` needs an MFA code (`mfa_serial`), which this program does not ask for"
    )]
    MfaProfile {
        /// The profile that was named.
        profile: String,
        /// The profile with the role: the same, or one that it takes its credentials from.
        role_profile: String,
    },
    /// The files of the AWS configuration cannot be read.
    #[error("the AWS configuration cannot be read: {reason}")]
    ProfileFiles {
        /// The mistake in them.
        reason: String,
    },
    /// An option is of the wrong form.
    #[error("`{option}`: {reason}")]
    Option {
        /// The option, e.g. `--endpoint-url`.
        option: &'static str,
        /// The fault of its value.
        reason: String,
    },
}

impl Place {
    /// Sorts what the SDK reports about `call`.
    pub(crate) fn failed<E>(&self, call: &'static str, error: &SdkError<E, Response>) -> Error
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        if let Some(service) = error.as_service_error() {
            let status = error.raw_response().map(|response| response.status().as_u16());
            return match service.code() {
                Some(code) => self.refused(call, code, service.message(), status),
                None => self.without_code(status.unwrap_or_default()),
            };
        }
        if let Some(InTheClear { server }) = find(error) {
            return Error::InTheClear { server: server.clone() };
        }
        if let Some(credentials) = find::<CredentialsError>(error) {
            return self.no_credentials(credentials);
        }
        let (reason, endpoint) = (innermost(error), self.endpoint.clone());
        match error {
            SdkError::ResponseError(response) => {
                let status = Some(response.raw().status()).filter(|status| !status.is_success());
                let status = status.map(|status| status.as_u16());
                Error::NotTheService { service: self.service.name, endpoint, reason, status }
            }
            SdkError::ConstructionFailure(_) => self.not_sent(call, reason),
            SdkError::DispatchFailure(failure) => {
                let is_connected = !failure.as_connector_error().is_some_and(|error| is_no_connection(error));
                Error::Unreachable { endpoint, reason, is_connected }
            }
            _ => Error::Unreachable { endpoint, reason, is_connected: true },
        }
    }

    /// Sorts what the service itself says about `call`.
    pub(crate) fn refused(&self, call: &'static str, code: &str, message: Option<&str>, status: Option<u16>) -> Error {
        let (permission, region, login) = (self.service.permission, &self.region, self.login.as_deref());
        Refusal { call, permission, region, code, message, status, login }.into()
    }

    /// An answer that is a failure and has no code.
    pub(crate) fn without_code(&self, status: u16) -> Error {
        let (service, endpoint) = (self.service.name, self.endpoint.clone());
        let reason = format!("status {status} without an error code");
        Error::NotTheService { service, endpoint, reason, status: Some(status) }
    }

    /// A request that could not be made.
    pub(crate) fn not_sent(&self, call: &'static str, reason: String) -> Error {
        let region = self.region.clone();
        Error::Service { call, region, code: "request not sent".to_owned(), message: reason, status: None }
    }

    /// Sorts what the chain of logins reports.
    pub(crate) fn no_credentials(&self, credentials: &CredentialsError) -> Error {
        if let Some(InTheClear { server }) = find(credentials) {
            return Error::InTheClear { server: server.clone() };
        }
        let login = self.login.clone();
        let no_file = find::<std::io::Error>(credentials).is_some_and(|error| error.kind() == ErrorKind::NotFound);
        let reason = match &login {
            // The file that a login writes.
            Some(_) if no_file => "nobody has logged in yet".to_owned(),
            _ => innermost(credentials),
        };
        // The instance role is the chain's last resort: that it has none to give means that nothing else was found.
        let none = matches!(credentials, CredentialsError::CredentialsNotLoaded(_)) || reason.contains("IMDS");
        if none { Error::NoCredentials { reason, login } } else { Error::UnusableCredentials { reason, login } }
    }
}

/// The profiles there are, as the end of a sentence.
fn profiles(known: &[String]) -> String {
    match known {
        [] => "the AWS configuration has no profiles".to_owned(),
        _ => format!("the profiles are {}", known.join(", ")),
    }
}
