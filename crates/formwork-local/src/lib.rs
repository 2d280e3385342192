//! The embedded CloudFormation engine: the Query API over HTTP, driven by the registry schemas.
//!
//! `Server::bind` opens the state and listens on 127.0.0.1; any client of CloudFormation can be pointed at it. It is a preview
//! and a test bed: nothing is made at AWS, every resource is a record. What it does not do it refuses, naming it.
//!
//! Reading order: `model` and `status` (the state), `machine` (operations), `resources` (identity and change of any type, from the
//! schemas), `evaluate` (intrinsic functions), `document` and `parameters` (templates), `preview`, `changes` and `validation` (change
//! sets), `associations` (scripts that a program outside runs), `secrets` (values that are never shown), `existing` (things that no stack
//! made), `api` (one function per operation), `protocol`, `wire` and `server` (the wire), `in_process` and
//! `in_process_objects` (without it), `engine` and `store` (the disk), `objects` (templates and assets), `time` (the clock), `faults`,
//! `past` and `omissions` (failures on purpose).
//!
//! The wire is behind the feature `server`; users' tests, which call the engine in their own process, are built without it.
#![cfg_attr(not(feature = "server"), allow(dead_code))] // What only the server calls.

mod api;
mod associations;
mod changes;
mod document;
mod engine;
mod error;
mod evaluate;
mod existing;
mod fault_file;
mod faults;
mod ids;
mod in_process;
mod in_process_objects;
mod machine;
mod model;
mod objects;
mod omissions;
mod parameters;
mod past;
mod preview;
mod protocol;
mod resources;
mod secrets;
#[cfg(feature = "server")]
mod server;
mod stacks;
mod status;
mod store;
#[cfg(test)]
#[cfg(feature = "server")]
mod tests;
mod time;
mod validation;
mod view;
#[cfg(feature = "server")]
mod wire;
mod world;

pub use document::{UNKNOWN_TRANSFORM, UNRECOGNIZED_TYPES};
pub use engine::Options;
pub use error::{Holder, LocalError};
pub use faults::{Drift, FaultAt, FaultCode, Faults, OperationFault, ResourceFault, StaleFault};
pub use in_process::InProcess;
pub use model::Existing;
pub use omissions::Omission;
#[cfg(feature = "server")]
pub use server::{Server, Things};

use std::path::Path;

/// True if there is a state in `folder`.
///
/// # Errors
///
/// When the folder cannot be read, or holds something else.
pub fn has_state(folder: &Path) -> Result<bool, LocalError> {
    store::has_state(folder)
}

/// Deletes the state in `folder`; says whether there was any.
///
/// # Errors
///
/// When an engine uses it, when it cannot be deleted, or when the folder holds something else.
pub fn reset(folder: &Path) -> Result<bool, LocalError> {
    store::reset(folder)
}

/// Reads a file of faults; `cargo formwork local --help` says what it may hold.
///
/// # Errors
///
/// When it cannot be read or is no such file.
pub fn faults(path: &Path) -> Result<Faults, LocalError> {
    let text = std::fs::read(path).map_err(|source| LocalError::FaultsFile { path: path.to_owned(), source })?;
    Faults::read(&text).map_err(|reason| LocalError::Faults { path: path.to_owned(), reason })
}
