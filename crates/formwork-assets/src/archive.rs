//! A zip that was shipped, read back: for the texts of a preview. It comes out of a bucket, to which others may write, so that every length
//! is bounded.

use std::io::{Cursor, Read as _};

use zip::ZipArchive;

/// A zip in memory.
#[derive(Debug)]
pub struct Archive<'b>(ZipArchive<Cursor<&'b [u8]>>);

impl<'b> Archive<'b> {
    /// Reads the zip's directory; `None` if the bytes are not a zip.
    pub fn read(bytes: &'b [u8]) -> Option<Archive<'b>> {
        ZipArchive::new(Cursor::new(bytes)).ok().map(Archive)
    }

    /// The content of a file in it; `None` if there is not one, if it is broken, or if it is longer than `limit`.
    pub fn file(&mut self, path: &str, limit: u64) -> Option<Vec<u8>> {
        let file = self.0.by_name(path).ok()?;
        let mut content = Vec::new();
        // The length in the directory need not be true.
        file.take(limit.saturating_add(1)).read_to_end(&mut content).ok()?;
        (content.len() as u64 <= limit).then_some(content)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    #[test]
    fn files_are_read_within_bounds() {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (path, length) in [("a/b.txt", 10), ("long", 1_000_000)] {
            zip.start_file(path, SimpleFileOptions::default()).unwrap();
            zip.write_all(&vec![b'x'; length]).unwrap();
        }
        let bytes = zip.finish().unwrap().into_inner();
        let mut archive = Archive::read(&bytes).unwrap();
        assert_eq!(archive.file("a/b.txt", 10).unwrap(), [b'x'; 10]);
        assert_eq!(archive.file("a/b.txt", 9), None);
        assert_eq!(archive.file("long", 999_999), None);
        assert_eq!(archive.file("b.txt", 10), None);
        assert!(Archive::read(&bytes[..bytes.len() / 2]).is_none());
        assert!(Archive::read(b"").is_none());
    }
}
