//! Facts about CloudFormation's resource types, from the schemas of its registry.
//!
//! Two ways in. [`facts`] answers questions about a type (would this change replace the resource? is the type available in
//! that region?) from a small table that is embedded in the program. [`read`] turns a whole schema into [`ir::Resource`],
//! the one form that code generation works on; the schemas themselves come from the snapshot of the repository (module
//! `snapshot`, behind the feature of that name).
//!
//! Reading order: [`ir`], [`read`], [`keywords`] (every schema keyword that is known), [`patch`] (corrections of schemas),
//! [`own`] (schemas of users), `snapshot`, [`facts`], `embedded` (the schemas inside the program, behind the feature of that name),
//! `extensions` (what is known about values beyond the schemas, behind the same feature).

pub mod ir;
pub mod read;

pub mod keywords;
pub mod own;
pub mod patch;
#[cfg(feature = "snapshot")]
pub mod snapshot;

pub mod facts;

#[cfg(feature = "embedded")]
pub mod embedded;
#[cfg(feature = "embedded")]
pub mod extensions;

mod error;

pub use error::SchemaError;
