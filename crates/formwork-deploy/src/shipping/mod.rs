//! Contents that stacks ship: code, files, templates that are too long for a call.
//!
//! The key of a content is the value of a parameter of its stack. Where the deployed value is the same, no request is made. [`given`] is what a
//! run is given, [`bucket`] the bucket of a region, `made` makes its stack, `need` says what has to be shipped, `upload` writes objects, `listed` finds which files
//! changed, [`unused`] what nobody uses any more.

pub mod bucket;
pub mod given;
mod listed;
mod made;
mod need;
pub mod unused;
mod upload;

pub use formwork_assets::Digest;
pub use given::{PREFIX, Shipping, Store};
