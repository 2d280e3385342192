//! Registry schemas -> Rust: the generator of the crate `formwork-resources`.
//!
//! [`generate()`] is a pure function from the snapshot to texts by file name: no clock, no network, no order that depends on
//! anything but names. The rest is around it: [`layout`] and [`shards`] spread the texts over crates, [`workspace`] writes the texts or compares them with what is committed,
//! [`import`] makes a snapshot from what AWS or cfn-lint publish, [`changes`] tells what it changes for users, [`stats`] counts,
//! [`objects`] lists what takes an object in S3, [`own`] is for the schemas of users, [`overlay`] and [`extensions`] take what is known beyond schemas.
//!
//! Reading order: [`mod@generate`], [`emit`] (the shape of the generated code), `shared` (types in common), [`names`] (Rust spellings; every exception is in
//! one table there), [`docs`].

pub mod changes;
pub mod docs;
pub mod emit;
pub mod extensions;
pub mod features;
pub mod generate;
pub mod import;
pub mod layout;
pub mod names;
pub mod objects;
pub mod overlay;
pub mod own;
pub mod revision;
pub mod samples;
pub mod shards;
pub mod stats;
pub mod workspace;

mod error;
mod shared;

pub use error::CodegenError;
pub use generate::{Output, generate};
