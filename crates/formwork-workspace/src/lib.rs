//! Finds the apps of a cargo workspace, builds them and runs them.
//!
//! An app is a package whose `Cargo.toml` has the table `[package.metadata.formwork]` and whose binary has the package's
//! name. [`Workspace::find`] asks cargo which there are, [`Workspace::build`] has cargo build them, and [`synth()`] runs a
//! built one, which writes its cloud assembly and reports what is wrong with it.
//! [`Lock`] is the file of what apps look up, [`environment`] finds an environment in `formwork.toml`. [`whole_file`] writes a file, [`whole_files`]
//! several together.

mod bucket_name;
mod build;
mod error;
mod lock;
mod manifest;
mod metadata;
mod program;
mod settings;
mod toml_file;
pub mod whole_file;
pub mod whole_files;

pub use bucket_name::bucket_name;
pub use build::BuildOptions;
pub use error::Error;
pub use formwork_assembly::did_you_mean;
pub use lock::{LOCK, Lock, NO_ENVIRONMENT};
pub use metadata::{App, Workspace};
pub use program::{Given, Synthesis, synth};
pub use settings::{Chosen, ENVIRONMENT_KEYS, KEYS, SETTINGS, check_settings, environment};
