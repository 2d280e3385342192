//! The connection to AWS: the runtime of calls, and the options of every command that makes calls.

use formwork_aws::Options;

use crate::args::AwsOptions;
use crate::error::CliError;

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

/// Options of the connection to AWS, as they were typed.
pub(crate) fn options(aws: &AwsOptions) -> Options {
    Options { profile: aws.profile.clone(), endpoint_url: aws.endpoint_url.clone(), ..Options::default() }
}
