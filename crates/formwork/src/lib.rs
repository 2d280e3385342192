//! formwork: CloudFormation in Rust.
mod app;
pub mod construct;
mod context;
mod cycle;
mod domain;
mod handle;
mod program;
pub mod region;
mod spelling;
mod stack;
mod synth;

pub use app::{App, IntoStacks, synth};
pub use construct::{Construct, L2, Scope};
pub use context::Context;
pub use handle::Handle;
pub use program::main;
pub use stack::{AnyStack, ResourceOptions, Stack};
