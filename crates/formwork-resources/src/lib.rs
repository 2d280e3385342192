//! CloudFormation's resource types as Rust structs, one module and one feature a service (L1).
//!
//! ```
//! # #[cfg(feature = "certificatemanager")] {
//! use formwork_resources::certificatemanager::Certificate;
//!
//! let certificate = Certificate {
//!     validation_method: Some("DNS".into()),
//!     ..Certificate::new("api.habitpay.link")
//! };
//! # }
//! ```
//!
//! Names are CloudFormation's in Rust's spelling. A resource type stands in its service's module with its attributes; the
//! types of its properties are in a module of the type's own name (`cloudfront::distribution::CustomOriginConfig`).
//! What is required is required by the constructor: no required field, `Default`; one, `T::new(value)`; more,
//! `T::new(TRequired { .. })`. Enums have a variant `Other` for values that AWS adds after the snapshot.
//!
//! Everything below `generated` is written by `cargo xtask codegen` out of `schemas/`; this file is the only one by hand.
//! Which services are generated is in `services.txt`.

// Formatting and style of generated code are the generator's business, and its tests'.
#[rustfmt::skip]
#[allow(clippy::all)]
mod generated;

pub use generated::*;

/// What generated files use, in one line.
#[allow(unused_imports)]
mod import {
    pub(crate) use formwork_template::{
        HasAttributes, IndexMap, JsonWriter, Properties, Reference, ResourceType, ToJson, Val, Value,
    };
}
