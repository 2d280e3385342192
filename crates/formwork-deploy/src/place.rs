//! Where a call is sent, in the words of an error about it.

/// The region and the server of a call, and how its login is renewed.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) region: String,
    /// The URL if one was given, else the service and region.
    pub(crate) endpoint: String,
    /// The command that logs in again, if the profile's login has one.
    pub(crate) login: Option<String>,
}
