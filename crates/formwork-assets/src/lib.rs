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
//! Reading order: [`list`] (the list, its hash and its JSON), [`difference`], [`shipment`] (what is shipped), `prepare` (finding it out), `package`
//! (its bytes), [`mod@left_out`], [`error`]. Inside: `name` (paths that a zip can hold), `open` (regular files only, and none that changes while it is read),
//! `exclude` (patterns), `walk` (the files of a folder), `parallel`.
//!
//! All that reads and packs files is behind the feature `files`; users' tests, which ship nothing, are built without it.
#![cfg_attr(not(feature = "files"), allow(dead_code))] // What only the feature calls.

#[cfg(feature = "files")]
mod archive;
pub mod difference;
pub mod digest;
pub mod error;
#[cfg(feature = "files")]
mod exclude;
pub mod left_out;
pub mod list;
mod name;
#[cfg(feature = "files")]
mod open;
#[cfg(feature = "files")]
mod package;
mod packaged;
#[cfg(feature = "files")]
mod parallel;
#[cfg(feature = "files")]
mod prepare;
pub mod shipment;
#[cfg(feature = "files")]
mod walk;
#[cfg(not(feature = "files"))]
mod without_files;

#[cfg(feature = "files")]
pub use archive::Archive;
pub use difference::{FileDifference, compare};
pub use digest::Digest;
pub use error::{Error, Fault, Instead};
pub use left_out::{LeftOut, Reason};
pub use list::{ContentList, Entry, ListError, MOST_FILES, MOST_JSON_BYTES, Mode};
pub use name::Unfit;
#[cfg(feature = "files")]
pub use package::package;
pub use packaged::Packaged;
#[cfg(feature = "files")]
pub use prepare::prepare_all;
pub use shipment::Shipment;
#[cfg(not(feature = "files"))]
pub use without_files::{Archive, package};
