//! Helpers that the tests of whole programs share.
//!
//! [`paths`] tells where the programs and tools are that `cargo xtask test` has built and installed, [`program`] runs a
//! program and makes its output comparable, [`ministack`] is a CloudFormation server that is not ours, [`engine`] one that
//! is, [`moto`] a store of objects that is not ours, [`proxy`] stands between a program and one of them, [`ports`] gives a
//! server its port, [`python`] talks to them past everything that is ours, [`terminal`] is where a person sits and types, [`screen`]
//! is what that person sees, [`app`] is a workspace of one's own.
//!
//! Nothing here returns an error: a test that cannot be set up has failed, and says why.
#![allow(clippy::print_stderr, reason = "a test's own output is shown when it fails")]

pub mod app;
pub mod engine;
mod foreign;
pub mod ministack;
pub mod moto;
pub mod paths;
pub mod ports;
pub mod program;
pub mod proxy;
pub mod python;
#[cfg(unix)]
pub mod screen;
#[cfg(unix)]
pub mod terminal;

pub use app::OwnApp;
pub use engine::Engine;
pub use ministack::Ministack;
pub use moto::Moto;
pub use ports::free_port;
pub use program::{Program, Run, Started};
pub use proxy::Proxy;

/// A folder that goes away with the test.
pub fn tempdir() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder can be made")
}

/// Writes a program that is run later.
///
/// A copy is made by another process. What this one writes itself is open for writing in every process that another thread starts at
/// that moment, and nothing that is open for writing can be run ("text file busy").
#[cfg(unix)]
#[track_caller]
pub fn write_program(path: &std::path::Path, text: &str) {
    let folder = path.parent().expect("a program is in a folder");
    std::fs::create_dir_all(folder).expect("a folder can be made");
    let written = path.with_extension("written");
    std::fs::write(&written, text).expect("a file can be written");
    let copied = std::process::Command::new("install").args(["-m", "755"]).arg(&written).arg(path).status();
    assert!(copied.is_ok_and(|status| status.success()), "`{}` cannot be installed", path.display());
    std::fs::remove_file(&written).expect("a file can be removed");
}
