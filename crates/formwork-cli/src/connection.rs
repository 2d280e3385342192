//! The connection to AWS: the runtime of calls, and the options of every command that makes calls.

use formwork_aws::Options;

use crate::args::AwsOptions;
use crate::error::CliError;
use crate::session::Session;

/// The runtime on which calls to AWS run.
///
/// # Errors
///
/// When the machine cannot start it.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, CliError> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| CliError::service("cannot start the network runtime").cause(error))
}

/// Options of the connection to AWS, as they were typed; a profile that was not is the environment's.
pub(crate) fn options(aws: &AwsOptions, session: &Session) -> Options {
    let of_environment =
        session.chosen().filter(|chosen| chosen.profile.is_some() && !aws.is_local() && aws.profile.is_none());
    let named_by = |chosen: &formwork_workspace::Chosen| {
        format!("the environment `{}` ({})", chosen.environment.name, chosen.environment.place_of("profile"))
    };
    Options {
        profile: aws.profile.clone().or_else(|| of_environment?.profile.clone()),
        profile_by: of_environment.map(named_by),
        endpoint_url: aws.endpoint_url.clone(),
        plain_http: aws.allow_plain_http,
        ..Options::default()
    }
}

/// The profile that has the login, if one is named: by an option, the environment of `formwork.toml`, or `AWS_PROFILE`.
pub(crate) fn profile(aws: &AwsOptions, session: &Session) -> Option<String> {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    // Keys win over the profile that is beside them.
    let of_variables = || set("AWS_PROFILE").filter(|_| set("AWS_ACCESS_KEY_ID").is_none());
    options(aws, session).profile.or_else(of_variables)
}
