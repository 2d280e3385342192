//! The place to which a call is sent, in the words of an error about it.

use crate::service::Service;

/// The service, region and server of a call, and how its login is renewed.
#[derive(Clone, Debug)]
pub struct Place {
    /// The service that is called.
    pub service: &'static Service,
    /// The region's code.
    pub region: String,
    /// The URL if one was given, else the service and region.
    pub endpoint: String,
    /// The command that logs in again, if the profile's login has one.
    pub login: Option<String>,
}
