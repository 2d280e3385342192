//! Folders of compressed texts with a `SOURCE.toml` of their own, such as `schemas/extensions/`.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::{compress, files, io, read_text, write_if_new};
use crate::SchemaError;

const ENDING: &str = ".txt.gz";

/// Writes the texts into the folder, a file each, with where they come from; files that are no more are removed.
///
/// # Errors
///
/// When a file cannot be written.
pub fn write_texts(
    folder: &Path,
    origin: &str,
    date: &str,
    texts: &BTreeMap<String, String>,
) -> Result<(), SchemaError> {
    std::fs::create_dir_all(folder).map_err(|source| io(folder, source))?;
    for path in files(folder, ENDING)? {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !texts.contains_key(name.strip_suffix(ENDING).unwrap_or_default()) {
            std::fs::remove_file(&path).map_err(|source| io(&path, source))?;
        }
    }
    for (name, text) in texts {
        let path = folder.join(format!("{name}{ENDING}"));
        let bytes = compress(text.as_bytes()).map_err(|source| io(&path, source))?;
        write_if_new(&path, &bytes)?;
    }
    let plain = |text: &str| text.replace(['"', '\\'], "");
    let source = format!(
        "# Where the texts beside this file come from. Written by cargo xtask schemas extensions.\n\
         origin = \"{}\"\ndate = \"{}\"\nsha256 = \"{}\"\nlicence = \"MIT-0\"\n",
        plain(origin),
        plain(date),
        digest(texts)
    );
    write_if_new(&folder.join("SOURCE.toml"), source.as_bytes())
}

/// Reads the texts of a folder.
///
/// # Errors
///
/// When a file cannot be read, or the digest in `SOURCE.toml` is another.
pub fn read_texts(folder: &Path) -> Result<BTreeMap<String, String>, SchemaError> {
    let mut texts = BTreeMap::new();
    for path in files(folder, ENDING)? {
        let file = std::fs::File::open(&path).map_err(|source| io(&path, source))?;
        let mut text = String::new();
        flate2::read::GzDecoder::new(file).read_to_string(&mut text).map_err(|source| io(&path, source))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        texts.insert(name.strip_suffix(ENDING).unwrap_or_default().to_owned(), text);
    }
    let path = folder.join("SOURCE.toml");
    let digest = digest(&texts);
    match read_text(&path)?.contains(&format!("\nsha256 = \"{digest}\"\n")) {
        true => Ok(texts),
        false => Err(SchemaError::BadSnapshot { path, reason: format!("`sha256` is not that of the texts, {digest}") }),
    }
}

fn digest(texts: &BTreeMap<String, String>) -> String {
    let mut hash = Sha256::new();
    for (name, text) in texts {
        hash.update(format!("{name}\n{text}\n"));
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
