//! What the tests of whole programs share.
//!
//! [`paths`] tells where the programs and tools are that `cargo xtask test` has built and installed, [`program`] runs a
//! program and makes its output comparable, [`ministack`] is a CloudFormation server that is not ours, [`engine`] one that
//! is, [`python`] talks to them past everything that is ours, [`terminal`] is where a person sits and types, [`screen`] is
//! what that person sees, [`app`] is a workspace of one's own.
//!
//! Nothing here returns an error: a test that cannot be set up has failed, and says why.
#![allow(clippy::print_stderr, reason = "a test's own output is shown when it fails")]

pub mod app;
pub mod engine;
pub mod ministack;
pub mod paths;
pub mod program;
pub mod python;
#[cfg(unix)]
pub mod screen;
#[cfg(unix)]
pub mod terminal;

pub use app::OwnApp;
pub use engine::Engine;
pub use ministack::Ministack;
pub use program::{Program, Run, Started};

/// A folder that goes away with the test.
pub fn tempdir() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder can be made")
}
