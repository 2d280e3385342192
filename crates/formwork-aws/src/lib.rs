//! The one crate that calls AWS.
//!
//! [`Aws`] is a login with its connections; [`Aws::call`] sends a signed request of a service for which no SDK crate is linked, in
//! one of three protocols, tries again what may pass, and sorts what went wrong. The calls themselves are functions of the modules
//! [`sts`], [`cloud_control`], [`ssm`], [`cloudfront`], [`ec2`] and [`route_53`], a few lines each. What CloudFormation's own SDK crate
//! needs of the login is here too: [`Aws::config`], [`NobodyThere`] and [`Error::from_call`].
//!
//! [`mod@lookup`] answers what an app looks up.
//!
//! Reading order: [`mod@login`] (which credentials, which server), [`client`] (one call), `retry`, [`error`] and `hints`.

mod causes;
pub mod client;
pub mod cloud_control;
pub mod cloudfront;
pub mod ec2;
pub mod error;
mod hints;
pub mod login;
pub mod lookup;
mod place;
mod profile;
mod retry;
pub mod route_53;
pub mod service;
pub mod shell;
pub mod ssm;
pub mod sts;
pub mod xml;

pub use causes::words;
pub use error::{Error, Fault};
pub use login::{Aws, Keys, Options};
pub use lookup::LookupError;
pub use place::Place;
pub use retry::NobodyThere;
pub use service::Service;
