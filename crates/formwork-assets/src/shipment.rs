//! The shipment of an asset: its key, its files, and their place.

use std::path::{Path, PathBuf};

use formwork_assembly::{Asset, AssetSource};

use crate::left_out::LeftOut;
use crate::list::{ContentList, Entry};

/// The most characters of a key's end that come from a file's name.
const MOST_EXTENSION: usize = 10;

/// An asset whose content is known.
#[derive(Clone, Debug)]
pub struct Shipment {
    /// The asset.
    pub asset: Asset,
    /// The object's name: the hash of the list, with the end that says what it is: `.zip` for a folder.
    pub key: String,
    /// The files of which it consists.
    pub list: ContentList,
    /// The bytes of the files, together, before they are zipped.
    pub length: u64,
    /// The files and folders that are not shipped of a folder, by reason.
    pub left_out: Vec<LeftOut>,
    /// The file or folder; empty for content.
    place: PathBuf,
}

impl Shipment {
    pub(crate) fn new(asset: &Asset, Ready { place, list, left_out }: Ready) -> Self {
        let key = match ending(&asset.source) {
            end if end.is_empty() => list.hash().to_string(),
            end => format!("{}.{end}", list.hash()),
        };
        Shipment { asset: asset.clone(), key, length: list.length(), list, left_out, place }
    }

    /// The content of a file of the list, as it is now; `None` if it cannot be read, or is not in the list.
    pub fn read(&self, path: &str) -> Option<Vec<u8>> {
        if let AssetSource::Content { bytes, .. } = &self.asset.source {
            return path.is_empty().then(|| bytes.clone());
        }
        self.read_file(self.list.get(path)?)
    }

    #[cfg(feature = "files")]
    fn read_file(&self, entry: &Entry) -> Option<Vec<u8>> {
        use crate::open::{BUFFER, read};
        let mut content = Vec::new();
        let take = |part: &[u8]| {
            content.extend_from_slice(part);
            Ok(())
        };
        read(&self.file(entry), || self.shown(entry), &mut vec![0; BUFFER], take).ok()?;
        Some(content)
    }

    #[cfg(not(feature = "files"))]
    fn read_file(&self, _: &Entry) -> Option<Vec<u8>> {
        None
    }

    /// A file of the list, on the disk.
    pub(crate) fn file(&self, entry: &Entry) -> PathBuf {
        below(&self.place, &entry.path)
    }

    /// A file of the list, as errors show it.
    pub(crate) fn shown(&self, entry: &Entry) -> String {
        shown_below(path_of(&self.asset.source), &entry.path)
    }
}

/// Everything that was found out about an asset.
#[derive(Clone)]
pub(crate) struct Ready {
    pub(crate) place: PathBuf,
    pub(crate) list: ContentList,
    pub(crate) left_out: Vec<LeftOut>,
}

/// The path of a source as errors show it.
pub(crate) fn path_of(source: &AssetSource) -> &str {
    match source {
        AssetSource::File { path } | AssetSource::Folder { path } => path,
        AssetSource::Content { .. } => "",
    }
}

/// A file of an asset; the asset itself for the path that is empty.
pub(crate) fn below(place: &Path, path: &str) -> PathBuf {
    if path.is_empty() { place.to_owned() } else { place.join(path) }
}

/// The end of a key's name, without a dot.
fn ending(source: &AssetSource) -> String {
    let of_name = |extension: &str| {
        let fits = extension.len() <= MOST_EXTENSION && extension.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if fits { extension.to_ascii_lowercase() } else { String::new() }
    };
    match source {
        AssetSource::Folder { .. } => "zip".into(),
        AssetSource::File { path } => {
            Path::new(path).extension().and_then(|end| end.to_str()).map(of_name).unwrap_or_default()
        }
        AssetSource::Content { extension, .. } => {
            let fits = extension.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.');
            if fits { extension.clone() } else { String::new() }
        }
    }
}

/// The path of something in a folder, as errors show it.
pub(crate) fn shown_below(folder: &str, path: &str) -> String {
    match (folder, path) {
        (_, "") => folder.to_owned(),
        (folder, path) if folder.ends_with('/') => format!("{folder}{path}"),
        (folder, path) => format!("{folder}/{path}"),
    }
}

#[cfg(test)]
mod tests {
    use formwork_assembly::AssetSource;

    use super::ending;

    #[test]
    fn ends_of_keys() {
        let file = |path: &str| ending(&AssetSource::File { path: path.into() });
        let content = |extension: &str| ending(&AssetSource::Content { bytes: vec![], extension: extension.into() });
        assert_eq!(ending(&AssetSource::Folder { path: "web.site".into() }), "zip");
        let table = [
            ("a/page.HTML", "html"),
            ("a.tar.gz", "gz"),
            ("Makefile", ""),
            (".env", ""),
            ("a.b/c", ""),
            ("x.abcdefghij", "abcdefghij"),
            ("x.abcdefghijk", ""),
            ("x.ä", ""),
            ("x.a b", ""),
            ("x.", ""),
        ];
        for (path, end) in table {
            assert_eq!(file(path), end, "{path}");
        }
        for (given, end) in [("json", "json"), ("template.json", "template.json"), ("", ""), ("../x", ""), ("a\nb", "")]
        {
            assert_eq!(content(given), end, "{given}");
        }
    }
}
