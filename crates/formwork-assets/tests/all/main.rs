//! Assets as users have them: folders, files, links, patterns, and everything that a folder may hold and a bucket may not get.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod folders;
#[cfg(unix)]
mod links;
mod lists;
#[cfg(unix)]
mod refused;
mod tree;
mod zips;
