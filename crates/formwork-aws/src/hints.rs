//! Hints on errors of logins: what to do, and who has to act.

use formwork_assembly::did_you_mean;

use crate::error::{Fault, LoginError};
use crate::shell::quoted;

impl LoginError {
    /// Hint on what to do about it, if there is something to do.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            LoginError::UnknownProfile { profile: name, known, .. }
            | LoginError::UnknownSourceProfile { source_profile: name, known, .. } => {
                format!("did you mean `{}`?", did_you_mean(name, known.iter().map(String::as_str))?)
            }
            LoginError::ProfileWithoutCredentials { profile } => {
                let profile = quoted(profile);
                format!("`aws configure --profile {profile}` or `aws configure sso --profile {profile}` adds them")
            }
            LoginError::MfaProfile { profile, .. } => format!(
                "`eval \"$(aws configure export-credentials --profile {} --format env)\"` asks for it and sets the credentials \
                 in the environment; then run the same command without the profile",
                quoted(profile)
            ),
            _ => return None,
        };
        Some(hint)
    }

    /// The side that has to act.
    pub fn fault(&self) -> Fault {
        match self {
            LoginError::ProfileFiles { .. } => Fault::Environment,
            _ => Fault::Input,
        }
    }
}
