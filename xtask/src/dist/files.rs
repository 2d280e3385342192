//! The files of an archive.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::{Context as _, Result};
use flate2::{Compression, GzBuilder};
use sha2::{Digest as _, Sha256};

/// Files by their path in the archive, sorted.
#[derive(Debug, Default)]
pub(crate) struct Files(BTreeMap<String, File>);

#[derive(Debug)]
struct File {
    content: Vec<u8>,
    is_program: bool,
}

impl Files {
    /// Adds a file that is read.
    pub(crate) fn add(&mut self, path: impl Into<String>, content: Vec<u8>) {
        self.0.insert(path.into(), File { content, is_program: false });
    }

    /// Adds a file that is run.
    pub(crate) fn add_program(&mut self, path: impl Into<String>, content: Vec<u8>) {
        self.0.insert(path.into(), File { content, is_program: true });
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// A line a file, as `sha256sum --check` reads them.
    pub(crate) fn checksums(&self) -> String {
        self.0.iter().map(|(path, file)| format!("{}  {path}\n", checksum(&file.content))).collect()
    }

    /// The compressed archive, in which every path is below `folder`. Nothing in it tells when and by whom it was made.
    pub(crate) fn archive(self, folder: &str) -> Result<Vec<u8>> {
        let compressed = GzBuilder::new().mtime(0).write(Vec::new(), Compression::default());
        let mut archive = tar::Builder::new(compressed);
        for (path, file) in self.0 {
            let mut header = tar::Header::new_gnu();
            header.set_size(file.content.len() as u64);
            header.set_mode(if file.is_program { 0o755 } else { 0o644 });
            header.set_mtime(0);
            let path = format!("{folder}/{path}");
            archive
                .append_data(&mut header, &path, file.content.as_slice())
                .with_context(|| format!("cannot pack `{path}`"))?;
        }
        let compressed = archive.into_inner().context("cannot end the archive")?;
        compressed.finish().context("cannot compress the archive")
    }
}

/// The SHA-256 of a file's content, in hexadecimal digits.
pub(crate) fn checksum(content: &[u8]) -> String {
    Sha256::digest(content).iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::{Files, checksum};

    #[test]
    fn the_same_files_are_the_same_archive() {
        let archive = |paths: [&str; 2]| {
            let mut files = Files::default();
            for path in paths {
                files.add(path, b"abc".to_vec());
            }
            assert!(
                files.checksums().starts_with("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  a\n")
            );
            checksum(&files.archive("f").unwrap())
        };
        assert_eq!(archive(["a", "b/c"]), archive(["b/c", "a"]));
    }
}
