//! Files that are whole at every moment: the new one is written beside its place and then takes it.
//!
//! Links, pipes and terminals are written to as they are: they are somebody's, and a file would take their place.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// Writes a file. The folder must be there.
///
/// # Errors
///
/// When it cannot be written; then it is as it was.
pub fn write(path: &Path, text: &str) -> io::Result<()> {
    if is_something_else(path) {
        return fs::write(path, text);
    }
    let beside = beside(path);
    fs::write(&beside, text).and_then(|()| fs::rename(&beside, path))
}

/// Tries whether a file can be written, for commands that act before they write: nothing of it is changed.
///
/// # Errors
///
/// When it cannot be written.
pub fn can_be_written(path: &Path) -> io::Result<()> {
    if is_something_else(path) {
        return OpenOptions::new().append(true).open(path).map(drop);
    }
    let beside = beside(path);
    fs::write(&beside, "").and_then(|()| fs::remove_file(&beside))
}

/// True for what is there and is not a file, a folder among them.
fn is_something_else(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| !found.is_file())
}

fn beside(path: &Path) -> PathBuf {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    PathBuf::from(beside)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

    use super::*;

    #[test]
    fn a_file_is_written_and_nothing_stays_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("plan.json");
        can_be_written(&file).unwrap();
        assert!(!file.exists());
        write(&file, "one").unwrap();
        can_be_written(&file).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "one");
        write(&file, "two").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "two");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_place_that_is_not_there_or_a_folder_is_refused_beforehand() {
        let folder = tempfile::tempdir().unwrap();
        let nowhere = folder.path().join("nowhere/plan.json");
        for path in [nowhere.as_path(), folder.path()] {
            can_be_written(path).unwrap_err();
            write(path, "").unwrap_err();
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let (link, file) = (folder.path().join("link"), folder.path().join("file"));
        fs::write(&file, "old").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        can_be_written(&link).unwrap();
        write(&link, "new").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
    }
}
