//! CloudFormation's resource types as Rust structs, one module and one feature per service (L1).
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
//! `T::new(TRequired { .. })`. Where exactly one of several forms holds, it is an enum (`Destination::S3(..)`). Enums have a
//! variant `Other` for what AWS adds after the snapshot.
//!
//! A service's feature is its module's name; the services of a family (IoT, Media, WAF, …) share one, whose name theirs
//! begin with: `iot` switches `iotsitewise` on. Cargo.toml has the list.
//!
//! All of it is written by `cargo xtask codegen` out of `schemas/`; this file is the only one by hand. The types themselves
//! are in the crates below `shards/`, which compile side by side.

// One line per service. They are in the root itself, and not in a module of it, so that the compiler names the feature of a service that
// is switched off.
include!("services.rs");
