//! The snapshot of another time: of a revision of this repository, or of a folder.

use std::path::Path;
use std::process::Command;

use formwork_schema::snapshot::Snapshot;

use crate::CodegenError;

/// Reads the snapshot that `since` means: a folder with a `SOURCE.toml`, or a revision as git names it (`HEAD~1`, a tag).
///
/// # Errors
///
/// When it is neither, or its snapshot cannot be read.
pub fn snapshot(root: &Path, since: &str) -> Result<Snapshot, CodegenError> {
    let folder = Path::new(since);
    if folder.join("SOURCE.toml").is_file() {
        return Ok(Snapshot::read(folder)?);
    }
    // Nobody else writes into this folder, as somebody may into a temporary one.
    let scratch = root.join("target").join(format!("formwork-revision-{}", std::process::id()));
    let read = archive(root, since, &scratch).and_then(|()| Ok(Snapshot::read(&scratch.join("schemas"))?));
    // A leftover among what is built does no harm.
    let _ = std::fs::remove_dir_all(&scratch);
    read
}

/// Unpacks the folder `schemas` of a revision into `target`.
fn archive(root: &Path, revision: &str, target: &Path) -> Result<(), CodegenError> {
    let failed = |reason: &str| CodegenError::NoRevision { revision: revision.to_owned(), reason: reason.to_owned() };
    // What begins with a dash would be an option.
    if revision.is_empty() || revision.starts_with('-') {
        return Err(failed("not the name of a revision"));
    }
    std::fs::create_dir_all(target).map_err(|source| CodegenError::io(target, source))?;
    let path = target.join("schemas.zip");
    let output = Command::new("git")
        .arg("-C")
        .arg(root)
        .args(["archive", "--format=zip", "--output"])
        .arg(&path)
        .args([revision, "schemas"])
        .output()
        .map_err(|error| failed(&error.to_string()))?;
    if !output.status.success() {
        return Err(failed(String::from_utf8_lossy(&output.stderr).trim()));
    }
    let bad = |source| CodegenError::Archive { path: path.clone(), source };
    let file = std::fs::File::open(&path).map_err(|source| CodegenError::io(&path, source))?;
    zip::ZipArchive::new(file).and_then(|mut archive| archive.extract(target)).map_err(bad)
}
