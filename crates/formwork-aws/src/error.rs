//! Errors of calls to AWS's services.
//!
//! Errors of the SDK's crates are sorted here ([`Error::from_call`]), and so are error answers to the client of this crate
//! (`Error::refused`), by the same rules. [`Error::hint`] is the advice, [`Error::fault`] says who has to act: both are in the
//! module `hints`.

use std::io::ErrorKind;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::causes::{find, innermost};
use crate::in_the_clear::InTheClear;
use crate::place::Place;

/// Kinds of errors of calls to AWS, and of the login for them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No login was found.
    #[error("no AWS credentials in the environment, the profile or an instance role: {reason}")]
    NoCredentials {
        /// Message of the credential chain.
        reason: String,
        /// The command that logs in again, if it is known.
        login: Option<String>,
    },
    /// A login was found and could not be used: an expired session, a helper program that failed.
    #[error("the AWS credentials cannot be used: {reason}")]
    UnusableCredentials {
        /// Message of the credential chain.
        reason: String,
        /// The command that logs in again, if it is known.
        login: Option<String>,
    },
    /// No profile has this name.
    #[error("{} names the profile `{profile}`, which does not exist; {}", if *by_option { "`--profile`" } else { "AWS_PROFILE" }, profiles(known))]
    UnknownProfile {
        /// The name.
        profile: String,
        /// True if it comes from the command line, not from the environment.
        by_option: bool,
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
    /// The service does not accept the login.
    #[error("{region}: AWS refused the credentials: {message} ({code})")]
    CredentialsRefused {
        /// The region.
        region: String,
        /// AWS's error code.
        code: String,
        /// AWS's words.
        message: String,
        /// The command that logs in again, if it is known.
        login: Option<String>,
    },
    /// The login may not do this.
    #[error("{region}: not allowed to call `{permission}:{call}`: {message}")]
    Forbidden {
        /// The prefix of the service's permissions.
        permission: &'static str,
        /// The API call.
        call: &'static str,
        /// The region.
        region: String,
        /// AWS's words.
        message: String,
    },
    /// The server does not answer, or its answer does not come.
    #[error("cannot reach {endpoint}: {reason}")]
    Unreachable {
        /// The endpoint's URL, or the service and region.
        endpoint: String,
        /// The reason.
        reason: String,
    },
    /// Somebody answers, but does not speak the service's protocol.
    #[error("{endpoint} does not answer as {service} does: {reason}")]
    NotTheService {
        /// The service's name.
        service: &'static str,
        /// The endpoint's URL, or the service and region.
        endpoint: String,
        /// The fault of the answer.
        reason: String,
    },
    /// The service refused a call for any other reason.
    #[error("{region}: `{call}` failed: {message} ({code})")]
    Service {
        /// The API call.
        call: &'static str,
        /// The region.
        region: String,
        /// AWS's error code.
        code: String,
        /// AWS's words.
        message: String,
        /// The answer's HTTP status; `None` if the request could not be sent.
        status: Option<u16>,
    },
    /// A session token would be read by whoever is on the way.
    #[error("a session token is not sent over plain HTTP to another machine: `{server}`")]
    InTheClear {
        /// The server.
        server: String,
    },
    /// An option is of the wrong form.
    #[error("`{option}`: {reason}")]
    Option {
        /// The option, e.g. `--endpoint-url`.
        option: &'static str,
        /// The fault of its value.
        reason: String,
    },
    /// An answer lacks what the API model says it always has.
    #[error("the answer to `{call}` has no {field}")]
    Incomplete {
        /// The API call.
        call: &'static str,
        /// The missing field.
        field: &'static str,
    },
}

/// Kinds of faults, by who has to act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The user asked for something that cannot be done: exit code 1.
    Input,
    /// Credentials, network, service: exit code 2.
    Environment,
}

impl Error {
    /// Sorts what the SDK reports about `call`.
    pub fn from_call<E>(call: &'static str, place: &Place, error: SdkError<E, Response>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        if let Some(service) = error.as_service_error() {
            let status = error.raw_response().map(|response| response.status().as_u16());
            return match service.code() {
                Some(code) => Error::refused(call, place, code, service.message(), status),
                None => Error::without_code(place, status.unwrap_or_default()),
            };
        }
        if let Some(InTheClear { server }) = find(&error) {
            return Error::InTheClear { server: server.clone() };
        }
        if let Some(credentials) = find::<CredentialsError>(&error) {
            return Error::from_credentials(credentials, place);
        }
        let (reason, endpoint) = (innermost(&error), place.endpoint.clone());
        match &error {
            SdkError::ResponseError(_) => Error::NotTheService { service: place.service.name, endpoint, reason },
            SdkError::ConstructionFailure(_) => Error::not_sent(call, place, reason),
            _ => Error::Unreachable { endpoint, reason },
        }
    }

    /// Sorts what the service itself says about `call`.
    pub(crate) fn refused(
        call: &'static str,
        place: &Place,
        code: &str,
        message: Option<&str>,
        status: Option<u16>,
    ) -> Self {
        let (region, code) = (place.region.clone(), code.to_owned());
        let message = message.filter(|message| !message.is_empty()).unwrap_or("no message");
        let message = message.trim_end_matches('.').to_owned();
        match code.as_str() {
            "ExpiredToken"
            | "ExpiredTokenException"
            | "InvalidClientTokenId"
            | "UnrecognizedClientException"
            | "SignatureDoesNotMatch"
            | "InvalidSignatureException"
            | "AuthFailure"
            | "RequestExpired"
            | "MissingAuthenticationToken"
            | "MissingAuthenticationTokenException"
            | "IncompleteSignature"
            | "IncompleteSignatureException"
            | "OptInRequired" => Error::CredentialsRefused { region, code, message, login: place.login.clone() },
            "AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation" => {
                Error::Forbidden { permission: place.service.permission, call, region, message }
            }
            _ => Error::Service { call, region, code, message, status },
        }
    }

    /// An answer that is a failure and has no code.
    pub(crate) fn without_code(place: &Place, status: u16) -> Self {
        let reason = format!("status {status} without an error code");
        Error::NotTheService { service: place.service.name, endpoint: place.endpoint.clone(), reason }
    }

    /// A request that could not be made.
    pub(crate) fn not_sent(call: &'static str, place: &Place, reason: String) -> Self {
        let region = place.region.clone();
        Error::Service { call, region, code: "request not sent".to_owned(), message: reason, status: None }
    }

    /// Sorts what the chain of logins reports.
    pub(crate) fn from_credentials(credentials: &CredentialsError, place: &Place) -> Self {
        if let Some(InTheClear { server }) = find(credentials) {
            return Error::InTheClear { server: server.clone() };
        }
        let login = place.login.clone();
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

    /// True if the same call may succeed a little later: AWS throttles or is broken, a gateway answers in its place, or
    /// there is no answer. At a first call the endpoint may be wrong instead, so only callers that had an answer before try again.
    pub fn may_pass(&self) -> bool {
        match self {
            Error::Unreachable { .. } | Error::NotTheService { .. } => true,
            Error::Service { status, .. } => {
                self.is_throttling() || status.is_some_and(|status| status == 408 || status >= 500)
            }
            _ => false,
        }
    }

    /// True if the call was certainly not carried out: it was refused, or never sent. After any other error it may have been.
    pub fn is_refusal(&self) -> bool {
        match self {
            Error::NoCredentials { .. }
            | Error::UnusableCredentials { .. }
            | Error::CredentialsRefused { .. }
            | Error::InTheClear { .. }
            | Error::Forbidden { .. } => true,
            Error::Service { .. } => self.is_throttling() || !self.may_pass(),
            _ => false,
        }
    }

    /// True if the service answered that it is called too often: then it did nothing.
    pub fn is_throttling(&self) -> bool {
        match self {
            // CloudFormation says `Throttling`; the others are those of other services, as the SDK lists them.
            Error::Service { code, status, .. } => {
                code.starts_with("Throttl")
                    || ["RequestLimitExceeded", "RequestThrottled", "RequestThrottledException", "SlowDown"]
                        .contains(&code.as_str())
                    || *status == Some(429)
            }
            _ => false,
        }
    }
}

/// The profiles there are, as the end of a sentence.
fn profiles(known: &[String]) -> String {
    match known {
        [] => "the AWS configuration has no profiles".to_owned(),
        _ => format!("the profiles are {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(code: &str, status: Option<u16>) -> Error {
        Error::Service {
            call: "DescribeStacks",
            region: "us-east-1".to_owned(),
            code: code.to_owned(),
            message: String::new(),
            status,
        }
    }

    #[test]
    fn what_may_pass() {
        for (code, status) in [
            ("Throttling", Some(400)),
            ("ThrottlingException", Some(400)),
            ("RequestLimitExceeded", Some(503)),
            ("TooManyRequestsException", Some(429)),
            ("RequestTimeout", Some(408)),
            ("InternalFailure", Some(500)),
            ("ServiceUnavailable", Some(503)),
        ] {
            assert!(service(code, status).may_pass(), "{code}");
        }
        for (code, status) in
            [("ValidationError", Some(400)), ("ChangeSetNotFound", Some(404)), ("request not sent", None)]
        {
            assert!(!service(code, status).may_pass(), "{code}");
        }
        let (service, endpoint, reason) = ("CloudFormation", String::new(), String::new());
        assert!(Error::Unreachable { endpoint: endpoint.clone(), reason: reason.clone() }.may_pass());
        assert!(Error::NotTheService { service, endpoint, reason }.may_pass());
        assert!(!Error::NoCredentials { reason: String::new(), login: None }.may_pass());
    }

    #[test]
    fn what_was_certainly_not_carried_out() {
        assert!(service("ValidationError", Some(400)).is_refusal());
        assert!(service("Throttling", Some(400)).is_refusal());
        assert!(service("request not sent", None).is_refusal());
        assert!(!service("InternalFailure", Some(500)).is_refusal());
        let (service, endpoint, reason) = ("CloudFormation", String::new(), String::new());
        assert!(!Error::NotTheService { service, endpoint, reason }.is_refusal());
        assert!(Error::NoCredentials { reason: String::new(), login: None }.is_refusal());
    }
}
