//! The one crate that calls AWS.
//!
//! [`Aws`] is a login with its connections; [`Aws::call`] sends a signed request of a service for which no SDK crate is linked, in
//! one of three protocols, tries again what may pass, and sorts what went wrong. The calls themselves are functions of the modules
//! [`sts`], [`iam`], [`cloud_control`], [`ssm`], [`cloudfront`], [`ec2`] and [`route_53`], a few lines each. CloudFormation is called by its SDK
//! crate: [`Sdk`] is the deployer's trait, answered by AWS.
//!
//! [`S3`] writes and reads objects: the trait of assets, answered by AWS.
//!
//! [`mod@lookup`] answers what an app looks up.
//!
//! Reading order: [`mod@login`] (which credentials, which server), [`client`] (one call), `wire` (signed and sent), `s3`, `cloudformation` (the SDK), `retry`, [`error`] and `hints`.

mod causes;
pub mod client;
pub mod cloud_control;
mod cloudformation;
pub mod cloudfront;
pub mod ec2;
pub mod error;
mod hints;
pub mod iam;
mod in_the_clear;
mod kept;
pub mod login;
pub mod lookup;
mod place;
mod profile;
mod retry;
pub mod route_53;
mod s3;
pub mod service;
pub mod shell;
pub mod ssm;
pub mod sts;
mod time;
mod wire;
pub mod xml;

pub use causes::words;
pub use cloudformation::Sdk;
pub use error::{Error, Fault, LoginError};
pub use login::{Aws, Keys, Options};
pub use lookup::LookupError;
pub use place::Place;
pub use s3::S3;
pub use service::Service;
pub use time::rfc_3339;
