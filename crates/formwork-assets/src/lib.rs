//! From an asset as synth recorded it to the bytes that are uploaded. Nothing here talks to a network, and nothing here is linked by a
//! stack's program.
//!
//! ```text
//! Asset ──prepare_all──▶ Shipment ──package──▶ Packaged
//!         walk, hash      key, list   zip        a file that goes away with the value
//! ```
//!
//! A key is made of the hash of the content *list*: path, mode and digest of each file, sorted. It depends neither on times and places of the
//! files nor on the library that writes zips, and a zip is written for what is missing in the bucket alone. The list is uploaded beside
//! the object, so that [`compare`] says which files changed.
//!
//! Reading order: [`list`] (the list, its hash and its JSON), [`difference`], [`mod@prepare`] (what is shipped), [`mod@package`] (its bytes),
//! [`error`]. Inside: `name` (paths that a zip can hold), `open` (regular files only, and none that changes while it is read), `exclude`
//! (patterns), `walk` (the files of a folder), `parallel`.

pub mod archive;
pub mod difference;
pub mod digest;
pub mod error;
mod exclude;
pub mod list;
mod name;
mod open;
pub mod package;
mod parallel;
pub mod prepare;
mod walk;

pub use archive::Archive;
pub use difference::{FileDifference, compare};
pub use digest::Digest;
pub use error::{Error, Fault, Instead};
pub use list::{ContentList, Entry, ListError, MOST_FILES, MOST_JSON_BYTES, Mode};
pub use name::Unfit;
pub use package::{Packaged, package};
pub use prepare::{Shipment, prepare_all};
