//! How AWS is reached: what calls run on, and the options of every command that calls it.

use formwork_aws::Options;

use crate::args::AwsOptions;
use crate::error::CliError;

/// What calls to AWS run on.
///
/// # Errors
///
/// When the machine cannot.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, CliError> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| CliError::service("cannot start the network runtime").cause(error))
}

/// How AWS is reached, by what was typed.
pub(crate) fn options(aws: &AwsOptions) -> Options {
    Options { profile: aws.profile.clone(), endpoint_url: aws.endpoint_url.clone(), ..Options::default() }
}
