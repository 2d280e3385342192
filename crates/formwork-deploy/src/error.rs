//! What can go wrong between us and CloudFormation, and what to do about it.
//!
//! Everything the SDK can report is sorted here once (`Error::from_call`); the rest of the crate only adds what it knows
//! itself. `Error::hint` says what to do, `Error::fault` whose turn it is: both are in the module `hints`.

use std::io::ErrorKind;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_cloudformation::error::{ProvideErrorMetadata, SdkError};
use formwork_model::status::StackStatus;

use crate::place::Place;
use crate::status::{Reported, Standing};

/// Why something was not done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No login was found.
    #[error("no AWS credentials in the environment, the profile or an instance role: {reason}")]
    NoCredentials {
        /// What the credential chain says.
        reason: String,
        /// The command that logs in again, if it is known.
        login: Option<String>,
    },
    /// A login was found and could not be used: an expired session, a helper program that failed.
    #[error("the AWS credentials cannot be used: {reason}")]
    UnusableCredentials {
        /// What the credential chain says.
        reason: String,
        /// The command that logs in again, if it is known.
        login: Option<String>,
    },
    /// No profile has this name.
    #[error("{} names the profile `{profile}`, which does not exist; {}", if *by_option { "`--profile`" } else { "AWS_PROFILE" }, profiles(known))]
    UnknownProfile {
        /// The name.
        profile: String,
        /// Whether it comes from the command line, not from the environment.
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
        /// Where.
        region: String,
        /// AWS's error code.
        code: String,
        /// AWS's words.
        message: String,
        /// The command that logs in again, if it is known.
        login: Option<String>,
    },
    /// The login may not do this.
    #[error("{region}: not allowed to call `cloudformation:{call}`: {message}")]
    Forbidden {
        /// The API call.
        call: &'static str,
        /// Where.
        region: String,
        /// AWS's words.
        message: String,
    },
    /// Nobody answers, or the answer does not come.
    #[error("cannot reach {endpoint}: {reason}")]
    Unreachable {
        /// The endpoint's URL, or the service and region.
        endpoint: String,
        /// What failed.
        reason: String,
    },
    /// Somebody answers, but does not speak CloudFormation's protocol.
    #[error("{endpoint} does not answer as CloudFormation does: {reason}")]
    NotCloudFormation {
        /// The endpoint's URL, or the service and region.
        endpoint: String,
        /// What was wrong with the answer.
        reason: String,
    },
    /// The service refused a call for any other reason.
    #[error("{region}: `{call}` failed: {message} ({code})")]
    Service {
        /// The API call.
        call: &'static str,
        /// Where.
        region: String,
        /// AWS's error code.
        code: String,
        /// AWS's words.
        message: String,
        /// The answer's HTTP status; `None` if the request could not be sent.
        status: Option<u16>,
    },
    /// An option is of the wrong form.
    #[error("`{option}`: {reason}")]
    Option {
        /// The option, e.g. `--endpoint-url`.
        option: &'static str,
        /// What is wrong with its value.
        reason: String,
    },
    /// No stack of the app has this name.
    #[error("no stack `{name}` in this app; it has {}", known.join(", "))]
    UnknownStack {
        /// What was asked for.
        name: String,
        /// The app's stacks.
        known: Vec<String>,
    },
    /// Stacks wait for each other.
    #[error("the stacks {} depend on each other", stacks.join(", "))]
    Cycle {
        /// The stacks in the cycle, and those behind it.
        stacks: Vec<String>,
    },
    /// A producer is neither deployed nor about to be.
    #[error("`{consumer}` takes `{output}` from `{producer}`, which is not deployed")]
    ProducerMissing {
        /// The stack that imports.
        consumer: String,
        /// The stack it imports from.
        producer: String,
        /// The output it needs.
        output: String,
    },
    /// A producer is deployed, but has no such output.
    #[error("`{consumer}` takes `{output}` from `{producer}`, which is deployed without that output")]
    OutputMissing {
        /// The stack that imports.
        consumer: String,
        /// The stack it imports from.
        producer: String,
        /// The output it needs.
        output: String,
    },
    /// A parameter has no value from anywhere.
    #[error("the parameter `{parameter}` of `{stack}` has no value: no default, none given, none deployed")]
    ParameterMissing {
        /// The stack.
        stack: String,
        /// The parameter.
        parameter: String,
    },
    /// A value was given for a parameter that is not there, or that another stack fills.
    #[error("`{stack}` takes no value for `{parameter}`: {reason}")]
    ParameterRefused {
        /// The stack.
        stack: String,
        /// The parameter.
        parameter: String,
        /// Why not.
        reason: String,
    },
    /// A value was given for a parameter of a stack that is not in the app.
    #[error("a value is given for `{parameter}` of `{stack}`, and no stack has that name; the stacks are {}", known.join(", "))]
    ParameterUnknownStack {
        /// The stack, as it was given.
        stack: String,
        /// The parameter.
        parameter: String,
        /// The app's stacks.
        known: Vec<String>,
    },
    /// A value was given for a parameter of a stack that is not selected.
    #[error(
        "a value is given for `{parameter}` of `{stack}`, which is not one of the selected stacks: {}",
        selected.join(", ")
    )]
    ParameterNotSelected {
        /// The stack, as it was given.
        stack: String,
        /// The parameter.
        parameter: String,
        /// The selected stacks.
        selected: Vec<String>,
    },
    /// The template cannot be read.
    #[error("the template of `{stack}`: {reason}")]
    Template {
        /// The stack.
        stack: String,
        /// What is wrong.
        reason: String,
    },
    /// The template does not fit into a call.
    #[error("the template of `{stack}` has {bytes} bytes, an API call takes {limit}")]
    TemplateTooLong {
        /// The stack.
        stack: String,
        /// Its shortest form.
        bytes: usize,
        /// What fits.
        limit: usize,
    },
    /// The stack's state does not allow the operation.
    #[error("`{stack}` is {status}: {meaning}")]
    Standing {
        /// The stack.
        stack: String,
        /// Where it is.
        region: String,
        /// The stack's status.
        status: Reported<StackStatus>,
        /// What the status means.
        meaning: &'static str,
        /// What it allows.
        standing: Standing,
    },
    /// CloudFormation could not make the change set.
    #[error("CloudFormation refused the change set of `{stack}`: {reason}")]
    ChangeSet {
        /// The stack.
        stack: String,
        /// CloudFormation's words.
        reason: String,
        /// What early validation found, one entry a finding.
        findings: Vec<String>,
    },
    /// A stack that must not be deleted was to be deleted.
    #[error("`{stack}` is protected from deletion")]
    TerminationProtection {
        /// The stack.
        stack: String,
    },
    /// A resource was to be skipped or retained that did not fail.
    #[error("`{logical_id}` is not a resource that failed")]
    NotSkippable {
        /// Its name, as it was given.
        logical_id: String,
        /// The resources that failed.
        known: Vec<String>,
    },
    /// A stack was to be deleted while another one still uses it.
    #[error("`{producer}` is still in use by `{consumer}`")]
    StillUsed {
        /// The stack to delete.
        producer: String,
        /// The deployed stack that imports from it.
        consumer: String,
    },
    /// Deployed stacks use what would be replaced or deleted, and nobody is asked.
    #[error("{}", uses.join("; "))]
    InUse {
        /// Uses that would be lost, one entry a resource.
        uses: Vec<String>,
        /// The stacks that must be deployed first, if that is the way out: the app's templates for them take nothing of it.
        let_go: Vec<String>,
    },
    /// An answer lacks what the API model says it always has.
    #[error("the answer to `{call}` has no {field}")]
    Incomplete {
        /// The API call.
        call: &'static str,
        /// What is missing.
        field: &'static str,
    },
}

/// Whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The user asked for something that cannot be done: exit code 1.
    Input,
    /// Credentials, network, service: exit code 2.
    Environment,
}

impl Error {
    /// Sorts what the SDK reports about `call`.
    pub(crate) fn from_call<E>(call: &'static str, place: &Place, error: SdkError<E>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let (region, endpoint, login) = (place.region.clone(), place.endpoint.clone(), place.login.clone());
        if let Some(service) = error.as_service_error() {
            let status = error.raw_response().map(|response| response.status().as_u16());
            let Some(code) = service.code().map(str::to_owned) else {
                let reason = format!("status {} without an error code", status.unwrap_or_default());
                return Error::NotCloudFormation { endpoint, reason };
            };
            let message = service.message().unwrap_or("no message").trim_end_matches('.').to_owned();
            return match code.as_str() {
                "ExpiredToken"
                | "ExpiredTokenException"
                | "InvalidClientTokenId"
                | "UnrecognizedClientException"
                | "SignatureDoesNotMatch"
                | "InvalidSignatureException"
                | "AuthFailure"
                | "RequestExpired"
                | "MissingAuthenticationToken"
                | "IncompleteSignature"
                | "OptInRequired" => Error::CredentialsRefused { region, code, message, login },
                "AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation" => {
                    Error::Forbidden { call, region, message }
                }
                _ => Error::Service { call, region, code, message, status },
            };
        }
        if let Some(credentials) = find::<CredentialsError>(&error) {
            let no_file = find::<std::io::Error>(credentials).is_some_and(|error| error.kind() == ErrorKind::NotFound);
            let reason = match &login {
                // The file that a login writes.
                Some(_) if no_file => "nobody has logged in yet".to_owned(),
                _ => innermost(credentials),
            };
            // The instance role is the chain's last resort: that it has none to give means that nothing else was found.
            let none = matches!(credentials, CredentialsError::CredentialsNotLoaded(_)) || reason.contains("IMDS");
            return if none {
                Error::NoCredentials { reason, login }
            } else {
                Error::UnusableCredentials { reason, login }
            };
        }
        let reason = innermost(&error);
        match &error {
            SdkError::ResponseError(_) => Error::NotCloudFormation { endpoint, reason },
            SdkError::ConstructionFailure(_) => {
                Error::Service { call, region, code: "request not sent".to_owned(), message: reason, status: None }
            }
            _ => Error::Unreachable { endpoint, reason },
        }
    }

    /// Whether the same call may go well a little later: AWS throttles or is broken, a gateway answers in its place, or
    /// nobody does. At a first call that means a wrong endpoint too, so only those who were answered before try again.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            Error::Unreachable { .. } | Error::NotCloudFormation { .. } => true,
            Error::Service { status, .. } => {
                self.is_throttling() || status.is_some_and(|status| status == 408 || status >= 500)
            }
            _ => false,
        }
    }

    /// Whether the call was certainly not carried out: it was refused, or never sent. After any other error it may have been.
    pub(crate) fn is_refusal(&self) -> bool {
        match self {
            Error::NoCredentials { .. }
            | Error::UnusableCredentials { .. }
            | Error::CredentialsRefused { .. }
            | Error::Forbidden { .. } => true,
            Error::Service { .. } => self.is_throttling() || !self.may_pass(),
            _ => false,
        }
    }

    /// Whether the service answered that it is called too often: then it did nothing.
    pub(crate) fn is_throttling(&self) -> bool {
        match self {
            // CloudFormation says `Throttling`; the others are from other services' gateways, as the SDK lists them.
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

/// The first error of type `T` in the chain.
fn find<'a, T: std::error::Error + 'static>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        next = error.source();
    }
    None
}

/// The last error of the chain, which is the one that says what happened; the others say `dispatch failure`.
pub(crate) fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string().trim_end_matches('.').to_owned()
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
        let (endpoint, reason) = (String::new(), String::new());
        assert!(Error::Unreachable { endpoint: endpoint.clone(), reason: reason.clone() }.may_pass());
        assert!(Error::NotCloudFormation { endpoint, reason }.may_pass());
        assert!(!Error::NoCredentials { reason: String::new(), login: None }.may_pass());
    }

    #[test]
    fn what_was_certainly_not_carried_out() {
        assert!(service("ValidationError", Some(400)).is_refusal());
        assert!(service("Throttling", Some(400)).is_refusal());
        assert!(service("request not sent", None).is_refusal());
        assert!(!service("InternalFailure", Some(500)).is_refusal());
        assert!(!Error::NotCloudFormation { endpoint: String::new(), reason: String::new() }.is_refusal());
        assert!(Error::NoCredentials { reason: String::new(), login: None }.is_refusal());
    }
}
