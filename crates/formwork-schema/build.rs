//! Lists the files of the snapshot for the module `embedded`, so that an update of `schemas/` needs no change here.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    if env::var_os("CARGO_FEATURE_EMBEDDED").is_none() {
        println!("cargo::rerun-if-changed=build.rs");
        return Ok(());
    }
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join("../../schemas");
    let mut text = String::new();
    table(&mut text, "SERVICES", "include_bytes!", "&[u8]", &root.join("types"), ".json.gz")?;
    table(&mut text, "PATCHES", "include_str!", "&str", &root.join("patches"), ".json")?;
    table(&mut text, "EXTENSIONS", "include_bytes!", "&[u8]", &root.join("extensions"), ".txt.gz")?;
    fs::write(PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("embedded.rs"), text)
}

/// One sorted table of names without their ending, and contents.
fn table(text: &mut String, name: &str, include: &str, kind: &str, folder: &Path, ending: &str) -> io::Result<()> {
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<_>>()?;
    files.sort();
    let _ = writeln!(text, "const {name}: &[(&str, {kind})] = &[");
    for file in files {
        let file_name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if let Some(stem) = file_name.strip_suffix(ending) {
            let _ = writeln!(text, "    ({stem:?}, {include}({:?})),", file.canonicalize()?);
        }
    }
    text.push_str("];\n");
    Ok(())
}
