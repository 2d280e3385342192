//! Hints on errors: what to do, and who has to act.

use formwork_assembly::did_you_mean;

use crate::error::{Error, Fault};
use crate::shell::quoted;

impl Error {
    /// Hint on what to do about it, if there is something to do.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Error::NoCredentials { login: Some(login), .. } | Error::UnusableCredentials { login: Some(login), .. } => {
                format!("log in with `{login}`")
            }
            Error::CredentialsRefused { login: Some(login), code, .. } if code.starts_with("Expired") => {
                format!("the session is over: log in with `{login}`")
            }
            Error::UnknownProfile { profile: name, known, .. }
            | Error::UnknownSourceProfile { source_profile: name, known, .. } => {
                format!("did you mean `{}`?", did_you_mean(name, known.iter().map(String::as_str))?)
            }
            Error::ProfileWithoutCredentials { profile } => {
                let profile = quoted(profile);
                format!("`aws configure --profile {profile}` or `aws configure sso --profile {profile}` adds them")
            }
            Error::MfaProfile { profile, .. } => format!(
                "`eval \"$(aws configure export-credentials --profile {} --format env)\"` asks for it and sets the credentials \
                 in the environment; then run the same command without the profile",
                quoted(profile)
            ),
            Error::NoCredentials { .. } => {
                "log in with `aws login` or `aws sso login`, or name a profile with `--profile`".to_owned()
            }
            Error::UnusableCredentials { .. } => {
                "log in again (`aws sso login` or `aws login`), or name another profile with `--profile`".to_owned()
            }
            Error::CredentialsRefused { code, .. } => match code.as_str() {
                "OptInRequired" => "enable the region in the account's settings first".to_owned(),
                "SignatureDoesNotMatch" | "InvalidSignatureException" | "RequestExpired" => {
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
            Error::Forbidden { permission, call, .. } => {
                format!("allow `{permission}:{call}` in the policy of this user or role")
            }
            Error::InTheClear { .. } => {
                "give the server's `https://` URL, or consent with `--allow-plain-http`".to_owned()
            }
            Error::Unreachable { .. } | Error::NotTheService { .. } => {
                "check the network, the region's name, and `--endpoint-url` or AWS_ENDPOINT_URL if one is set"
                    .to_owned()
            }
            error if error.is_throttling() => {
                "AWS limits calls for the whole account; try again, perhaps with `--concurrency 1`".to_owned()
            }
            _ => return None,
        };
        Some(hint)
    }

    /// The side that has to act.
    pub fn fault(&self) -> Fault {
        match self {
            Error::Option { .. }
            | Error::UnknownProfile { .. }
            | Error::UnknownSourceProfile { .. }
            | Error::ProfileWithoutCredentials { .. }
            | Error::InTheClear { .. }
            | Error::MfaProfile { .. } => Fault::Input,
            _ => Fault::Environment,
        }
    }
}
