//! Files that are whole at every moment: the new one is written beside its place and then takes it.
//!
//! Links, pipes and terminals are written to as they are: they are somebody's, and a file would take their place.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// Writes a file, with the permissions of the one that is there. The folder must be there.
///
/// # Errors
///
/// When it cannot be written; then it is as it was.
pub fn write(path: &Path, text: &str) -> io::Result<()> {
    if is_something_else(path) {
        return fs::write(path, text);
    }
    Beside::new(path, text.as_bytes())?.replace(path)
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
    Beside::new(path, b"").map(drop)
}

/// True for what is there and is not a file, a folder among them.
fn is_something_else(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| !found.is_file())
}

/// A file beside the place of another one, under a name that nothing had. It is removed unless it takes the place.
#[derive(Debug)]
pub(crate) struct Beside {
    pub(crate) path: PathBuf,
    is_placed: bool,
}

impl Beside {
    /// Writes a file beside a place, with the permissions of the file in that place.
    pub(crate) fn new(place: &Path, content: &[u8]) -> io::Result<Beside> {
        let permissions = fs::metadata(place).ok().map(|found| found.permissions());
        let (mut file, beside) = Beside::create(place)?;
        if let Some(permissions) = permissions {
            // Before the content, which not everybody may read.
            file.set_permissions(permissions)?;
        }
        file.write_all(content)?;
        Ok(beside)
    }

    fn create(place: &Path) -> io::Result<(File, Beside)> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = place.file_name().unwrap_or_default().to_string_lossy();
        // A name has 255 bytes at most.
        let name: String = name.chars().take(40).collect();
        loop {
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            let path = place.with_file_name(format!(".{name}.{}-{number}.new", std::process::id()));
            match File::create_new(&path) {
                Ok(file) => return Ok((file, Beside { path, is_placed: false })),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Takes the place of a file.
    pub(crate) fn replace(mut self, place: &Path) -> io::Result<()> {
        fs::rename(&self.path, place)?;
        self.is_placed = true;
        Ok(())
    }

    /// Takes the place of a file; if it cannot, it stays beside it.
    pub(crate) fn put_back(mut self, place: &Path) {
        let _ = fs::rename(&self.path, place);
        self.is_placed = true;
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        if !self.is_placed {
            let _ = fs::remove_file(&self.path);
        }
    }
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

    #[test]
    fn files_of_others_beside_it_stay() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        // Names of ours that others have, such as another process of the same number in a container.
        let taken = (0..50).map(|number| format!(".file.{}-{number}.new", std::process::id()));
        let others: Vec<String> = ["file.new".to_owned(), "file.old".to_owned()].into_iter().chain(taken).collect();
        others.iter().for_each(|name| fs::write(folder.path().join(name), "mine").unwrap());
        for act in [can_be_written, |path: &Path| write(path, "new")] {
            act(&file).unwrap();
            for name in &others {
                assert_eq!(fs::read_to_string(folder.path().join(name)).unwrap(), "mine", "{name}");
            }
        }
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), others.len() + 1);
    }

    #[test]
    fn writers_at_once_place_whole_files() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        let texts = ["a", "b", "c", "d"].map(|letter| letter.repeat(1 << 16));
        write(&file, &texts[0]).unwrap();
        std::thread::scope(|scope| {
            for text in &texts {
                scope.spawn(|| (0..50).for_each(|_| write(&file, text).unwrap()));
            }
            for _ in 0..200 {
                let read = fs::read_to_string(&file).unwrap();
                assert!(texts.contains(&read), "{} bytes", read.len());
            }
        });
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn permissions_stay() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "old").unwrap();
        for mode in [0o600, 0o755] {
            fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
            write(&file, "new").unwrap();
            assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, mode);
        }
    }
}
