//! The deployer over the embedded engine in one process: what other stacks use is replaced and removed after they have followed, whenever
//! the run is killed.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod app;
mod faults;
mod gc;
mod kills;
mod leftovers;
mod meanwhile;
mod order;
mod other;
mod reviewed;
mod shipping;
mod world;
