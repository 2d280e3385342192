//! Errors of calls: what the login, the network and the service can say.

/// Kinds of errors of calls to AWS.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
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
        /// True if there was a connection, so that the request may have arrived.
        is_connected: bool,
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
        /// The answer's HTTP status, if it is one of a failure.
        status: Option<u16>,
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
    /// A session token would be read by whoever is on the way; nothing was sent.
    #[error("a session token is not sent over plain HTTP to another machine: `{server}`")]
    InTheClear {
        /// The server.
        server: String,
    },
    /// A file that is sent is gone, cannot be read, or is another one than it was.
    #[error("`{path}` cannot be sent: {reason}")]
    File {
        /// Its path.
        path: String,
        /// The reason.
        reason: String,
    },
    /// An answer is longer than whoever asked can use.
    #[error("the answer to `{call}` has more than {limit} bytes: `{what}`")]
    TooLong {
        /// The API call.
        call: &'static str,
        /// The thing that was asked for.
        what: String,
        /// The most bytes that it may have.
        limit: usize,
    },
    /// An answer lacks what the API model says it always has.
    #[error("the answer to `{call}` has no {field}")]
    Incomplete {
        /// The API call.
        call: &'static str,
        /// The missing field.
        field: &'static str,
    },
    /// The pages of a list lead in a circle.
    #[error("a list of the service has no end: the page `{token}` leads to itself")]
    Endless {
        /// The token of the page.
        token: String,
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

/// A refusal in a service's own words.
#[derive(Clone, Copy, Debug)]
pub struct Refusal<'a> {
    /// The API call.
    pub call: &'static str,
    /// The prefix of the service's permissions.
    pub permission: &'static str,
    /// The region.
    pub region: &'a str,
    /// AWS's error code.
    pub code: &'a str,
    /// AWS's words.
    pub message: Option<&'a str>,
    /// The answer's HTTP status.
    pub status: Option<u16>,
    /// The command that logs in again, if it is known.
    pub login: Option<&'a str>,
}

impl From<Refusal<'_>> for CallError {
    /// Sorts it by its code.
    fn from(refusal: Refusal<'_>) -> CallError {
        let Refusal { call, permission, region, code, message, status, login } = refusal;
        let (region, code) = (region.to_owned(), code.to_owned());
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
            // S3's own, as its API Reference lists them under "Error responses".
            | "InvalidAccessKeyId"
            | "InvalidToken"
            | "RequestTimeTooSkewed"
            | "NotSignedUp"
            | "IncompleteSignature"
            | "IncompleteSignatureException"
            | "OptInRequired" => {
                CallError::CredentialsRefused { region, code, message, login: login.map(str::to_owned) }
            }
            "AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation" => {
                CallError::Forbidden { permission, call, region, message }
            }
            _ => CallError::Service { call, region, code, message, status },
        }
    }
}

impl CallError {
    /// True if the same call may succeed a little later: AWS throttles or is broken, a gateway answers in its place, or
    /// there is no answer. At a first call the endpoint may be wrong instead.
    pub fn may_pass(&self) -> bool {
        match self {
            CallError::Unreachable { .. } | CallError::NotTheService { .. } => true,
            // S3 says `RequestTimeout` with the status 400.
            CallError::Service { code, status, .. } => {
                self.is_throttling()
                    || code == "RequestTimeout"
                    || status.is_some_and(|status| status == 408 || status >= 500)
            }
            _ => false,
        }
    }

    /// True if the call was certainly not carried out: it was refused, or never sent. After any other error it may have been.
    pub fn is_refusal(&self) -> bool {
        match self {
            CallError::NoCredentials { .. }
            | CallError::UnusableCredentials { .. }
            | CallError::CredentialsRefused { .. }
            | CallError::InTheClear { .. }
            | CallError::File { .. }
            | CallError::Forbidden { .. } => true,
            CallError::Unreachable { is_connected, .. } => !is_connected,
            CallError::Service { .. } => self.is_throttling() || !self.may_pass(),
            _ => false,
        }
    }

    /// True if the service answered that it is called too often: then it did nothing.
    pub fn is_throttling(&self) -> bool {
        match self {
            // CloudFormation says `Throttling`; the others are those of other services, as the SDK lists them.
            CallError::Service { code, status, .. } => {
                code.starts_with("Throttl")
                    || ["RequestLimitExceeded", "RequestThrottled", "RequestThrottledException", "SlowDown"]
                        .contains(&code.as_str())
                    || *status == Some(429)
            }
            _ => false,
        }
    }

    /// True if the service itself answered.
    pub fn is_of_the_service(&self) -> bool {
        match self {
            CallError::CredentialsRefused { .. } | CallError::Forbidden { .. } | CallError::Incomplete { .. } => true,
            CallError::Service { status, .. } => status.is_some(),
            _ => false,
        }
    }

    /// True if the endpoint is likely to be a wrong one: nobody listens there, or somebody else answers and is well.
    pub fn is_of_the_endpoint(&self) -> bool {
        match self {
            CallError::Unreachable { is_connected, .. } => !is_connected,
            CallError::NotTheService { status, .. } => status.is_none_or(|status| status < 500),
            _ => false,
        }
    }

    /// True if what the call is about does not exist: there is no such stack, no such change set, no such bucket.
    pub fn is_missing(&self) -> bool {
        match self {
            CallError::Service { code, message, .. } => {
                ["ChangeSetNotFound", "ResourceNotFoundException", "NoSuchBucket"].contains(&code.as_str())
                    || (code == "ValidationError" && message.contains("does not exist"))
            }
            _ => false,
        }
    }

    /// True if the question was who imports something that nobody imports.
    pub fn is_not_imported(&self) -> bool {
        match self {
            CallError::Service { code, message, .. } => {
                code == "ValidationError" && message.contains("is not imported by any stack")
            }
            _ => false,
        }
    }

    /// True if the change set is in a status that does not allow the call: it is still being made, or is executed.
    ///
    /// Source: API Reference, `DeleteChangeSet`, `InvalidChangeSetStatus`.
    pub fn is_wrong_status(&self) -> bool {
        matches!(self, CallError::Service { code, .. } if code == "InvalidChangeSetStatus")
    }

    /// Hint on what to do about it, if there is something to do.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            CallError::NoCredentials { login: Some(login), .. }
            | CallError::UnusableCredentials { login: Some(login), .. } => {
                format!("log in with `{login}`")
            }
            CallError::CredentialsRefused { login: Some(login), code, .. } if code.starts_with("Expired") => {
                format!("the session is over: log in with `{login}`")
            }
            CallError::NoCredentials { .. } => {
                "log in with `aws login` or `aws sso login`, or name a profile with `--profile`".to_owned()
            }
            CallError::UnusableCredentials { .. } => {
                "log in again (`aws sso login` or `aws login`), or name another profile with `--profile`".to_owned()
            }
            CallError::CredentialsRefused { code, .. } => match code.as_str() {
                "OptInRequired" => "enable the region in the account's settings first".to_owned(),
                "SignatureDoesNotMatch" | "InvalidSignatureException" | "RequestExpired" | "RequestTimeTooSkewed" => {
                    "check the secret key and this machine's clock".to_owned()
                }
                "ExpiredToken" | "ExpiredTokenException" => {
                    "the session is over: log in again (`aws sso login` or `aws login`)".to_owned()
                }
                _ => {
                    "check which account and profile these credentials belong to; a region that is not enabled in the \
                      account answers like this too"
                        .to_owned()
                }
            },
            CallError::Forbidden { permission, call, .. } => {
                format!("allow `{permission}:{call}` in the policy of this user or role")
            }
            CallError::InTheClear { .. } => {
                "give the server's `https://` URL, or consent with `--allow-plain-http`".to_owned()
            }
            CallError::Unreachable { .. } | CallError::NotTheService { .. } => {
                "check the network, the region's name, and `--endpoint-url` or AWS_ENDPOINT_URL if one is set"
                    .to_owned()
            }
            error if error.is_throttling() => {
                "AWS limits calls for the whole account and region, and something else uses up what it allows: try again later"
                    .to_owned()
            }
            _ => return None,
        };
        Some(hint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(code: &str, status: Option<u16>) -> CallError {
        CallError::Service {
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
            ("RequestTimeout", Some(400)),
            ("SlowDown", Some(503)),
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
        assert!(
            CallError::Unreachable { endpoint: endpoint.clone(), reason: reason.clone(), is_connected: true }
                .may_pass()
        );
        assert!(CallError::NotTheService { service, endpoint, reason, status: None }.may_pass());
        assert!(!CallError::NoCredentials { reason: String::new(), login: None }.may_pass());
    }

    #[test]
    fn what_was_certainly_not_carried_out() {
        assert!(service("ValidationError", Some(400)).is_refusal());
        assert!(service("Throttling", Some(400)).is_refusal());
        assert!(service("request not sent", None).is_refusal());
        assert!(!service("InternalFailure", Some(500)).is_refusal());
        let (service, endpoint, reason) = ("CloudFormation", String::new(), String::new());
        assert!(!CallError::NotTheService { service, endpoint, reason, status: None }.is_refusal());
        assert!(CallError::NoCredentials { reason: String::new(), login: None }.is_refusal());
    }
}
