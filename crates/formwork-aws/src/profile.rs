//! The profile that the credentials come from, read before any request is sent.
//!
//! A profile that was named must exist, and one that needs an MFA code is refused with the way out: the SDK for Rust does not
//! ask for codes (awslabs/aws-sdk-rust issue 527). A profile that was named also wins over keys in the environment, as it does
//! in the AWS CLI (User Guide, "Configuration settings and precedence": command line options come first); the SDK's default
//! chain asks the environment first.

use std::borrow::Cow;

use aws_config::profile::{Profile, ProfileSet};
use aws_types::os_shim_internal::{Env, Fs};

use crate::causes::innermost;
use crate::error::LoginError;

/// Source of the credentials of one run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Login {
    /// The profile to take the credentials from, and from nowhere else; `None` for the SDK's default chain.
    pub(crate) profile: Option<String>,
    /// The command that logs in again, if the profile's login has one.
    pub(crate) command: Option<String>,
}

/// The place where the name of a profile was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NamedBy {
    /// `--profile`
    Option,
    /// `AWS_PROFILE`
    Environment,
    /// Nobody: the profile `default`.
    Nobody,
}

impl NamedBy {
    /// As a message begins.
    fn shown(self) -> &'static str {
        match self {
            NamedBy::Option => "`--profile`",
            NamedBy::Environment | NamedBy::Nobody => "AWS_PROFILE",
        }
    }
}

/// Reads the profile that `--profile` names, or that the environment's settings lead to.
///
/// # Errors
///
/// When there is no such profile, it has nothing to log in with, or it needs an MFA code; or when the files of the AWS
/// configuration cannot be read.
pub(crate) async fn login(option: Option<&str>) -> Result<Login, LoginError> {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let (name, by) = match option {
        Some(name) => (Cow::from(name), NamedBy::Option),
        // The environment's keys win over the profile that the environment names, as they do in the AWS CLI.
        None if set("AWS_ACCESS_KEY_ID").is_some() && set("AWS_SECRET_ACCESS_KEY").is_some() => {
            return Ok(Login::default());
        }
        None => match set("AWS_PROFILE") {
            Some(name) => (name.into(), NamedBy::Environment),
            None => ("default".into(), NamedBy::Nobody),
        },
    };
    let loaded = aws_config::profile::load(
        &Fs::real(),
        &Env::real(),
        &Default::default(),
        Some(name.clone().into_owned().into()),
    )
    .await;
    match loaded {
        Ok(profiles) => of_profile(&profiles, &name, by),
        Err(error) => Err(LoginError::ProfileFiles { reason: innermost(&error) }),
    }
}

fn of_profile(profiles: &ProfileSet, name: &str, by: NamedBy) -> Result<Login, LoginError> {
    if profiles.get_profile(name).is_none() && by == NamedBy::Nobody {
        return Ok(Login::default());
    }
    let mut seen: Vec<&str> = Vec::new();
    let mut next = name;
    let mut command = None;
    loop {
        let Some(profile) = profiles.get_profile(next) else {
            let mut known: Vec<String> = profiles.profiles().map(str::to_owned).collect();
            known.sort_unstable();
            return Err(match seen.last() {
                Some(by) => LoginError::UnknownSourceProfile {
                    profile: (*by).to_owned(),
                    source_profile: next.to_owned(),
                    known,
                },
                None => LoginError::UnknownProfile { profile: next.to_owned(), by: by.shown().to_owned(), known },
            });
        };
        let set = |key: &str| profile.get(key).is_some_and(|value| !value.is_empty());
        // A web identity takes the role without a code.
        if set("role_arn") && set("mfa_serial") && !set("web_identity_token_file") {
            return Err(LoginError::MfaProfile { profile: name.to_owned(), role_profile: next.to_owned() });
        }
        if command.is_none() {
            command = login_command(profile, next, by);
        }
        if by == NamedBy::Option && seen.is_empty() && !CREDENTIALS.iter().any(|key| set(key)) {
            return Err(LoginError::ProfileWithoutCredentials { profile: name.to_owned() });
        }
        seen.push(next);
        match profile.get("source_profile") {
            // A profile may name itself, for keys of its own. The SDK refuses longer circles.
            Some(source) if set("role_arn") && !seen.contains(&source) => next = source,
            _ => break,
        }
    }
    Ok(Login { profile: (by == NamedBy::Option).then(|| name.to_owned()), command })
}

/// The settings of which a profile with credentials has at least one.
///
/// Source: AWS SDKs and Tools Reference Guide, "Credential providers".
const CREDENTIALS: [&str; 7] = [
    "aws_access_key_id",
    "role_arn",
    "sso_session",
    "sso_start_url",
    "sso_account_id",
    "credential_process",
    "login_session",
];

/// The command that renews the login of this profile.
fn login_command(profile: &Profile, name: &str, by: NamedBy) -> Option<String> {
    let command = if profile.get("sso_session").is_some() || profile.get("sso_start_url").is_some() {
        "aws sso login"
    } else if profile.get("login_session").is_some() {
        "aws login"
    } else {
        return None;
    };
    let is_default = by == NamedBy::Nobody && name == "default";
    Some(if is_default { command.to_owned() } else { format!("{command} --profile {}", crate::shell::quoted(name)) })
}
