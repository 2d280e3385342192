//! A file that is ready to be uploaded.

use std::path::PathBuf;
use std::{fs, io};

/// A file that can be uploaded. It is removed when this value goes.
#[derive(Debug)]
pub struct Packaged {
    /// The file.
    pub path: PathBuf,
    /// Its length in bytes.
    pub length: u64,
}

impl Drop for Packaged {
    fn drop(&mut self) {
        // It is in a folder of temporary files: nobody can do more about it than its next owner.
        let _: io::Result<()> = fs::remove_file(&self.path);
    }
}
