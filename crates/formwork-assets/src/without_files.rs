//! Reading, packing and unpacking in a build without the feature `files`: each fails, since nothing can be read.

use std::io::{self, ErrorKind};
use std::path::Path;

use crate::error::{Error, Fault};
use crate::packaged::Packaged;
use crate::shipment::Shipment;

/// A zip in memory, of which there are none in this build.
#[derive(Debug)]
pub enum Archive {}

impl Archive {
    /// `None`: no zip is read.
    pub fn read(_: &[u8]) -> Option<Archive> {
        None
    }

    /// The content of a file in it.
    pub fn file(&mut self, _: &str, _: u64) -> Option<Vec<u8>> {
        match *self {}
    }
}

/// Writes nothing.
///
/// # Errors
///
/// Always.
pub fn package(shipment: &Shipment, into: &Path) -> Result<Packaged, Error> {
    let fault = Fault::Write { path: into.to_owned(), source: io::Error::from(ErrorKind::Unsupported) };
    Err(Error::new(&shipment.asset, fault))
}
