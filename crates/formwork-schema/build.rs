//! Says where the snapshot is, and lists its files for the module `embedded`, so that an update of `schemas/` needs no change here.
//!
//! In a package, the snapshot lies in its folder. In a checkout, there is a link; where the system made no link of it, the folder is
//! that of the repository.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    let own = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let root =
        [own.join("schemas"), own.join("../../schemas")].into_iter().find(|folder| folder.join("types").is_dir());
    let root = root.ok_or_else(|| io::Error::other("the folder `schemas` of the repository is not there"))?;
    println!("cargo::rustc-env=FORMWORK_SCHEMAS={}", root.display());
    if env::var_os("CARGO_FEATURE_EMBEDDED").is_none() {
        return Ok(());
    }
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
