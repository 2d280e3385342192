//! Several files that are written into a folder together: all of them, or none.
//!
//! Below the folder no link is followed, since it could lead anywhere.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use crate::whole_file::Beside;

/// Writes files by their paths in a folder, which is made if it is not there. Files that are there are replaced, others stay.
///
/// # Errors
///
/// The place that cannot be written, and why; then every file is as it was.
pub fn write<P: AsRef<Path>, C: AsRef<[u8]>>(folder: &Path, files: &[(P, C)]) -> Result<(), (PathBuf, io::Error)> {
    for (path, _) in files {
        check(folder, path.as_ref())?;
    }
    let mut work = Work { folders: Vec::new(), places: Vec::new() };
    let done = files.iter().try_for_each(|(path, content)| work.stage(&folder.join(path), content.as_ref()));
    let done = done.and_then(|()| work.exchange());
    if done.is_err() {
        work.undo();
    }
    done
}

/// A place below the folder is reached by folders alone, and has a file or nothing.
fn check(folder: &Path, path: &Path) -> Result<(), (PathBuf, io::Error)> {
    let refused = |place: &Path, why: &str| Err((place.to_owned(), io::Error::other(why.to_owned())));
    if path.components().any(|one| !matches!(one, Component::Normal(_))) {
        return refused(path, "it is not a path in the folder");
    }
    let below = path.ancestors().filter(|one| !one.as_os_str().is_empty());
    for (number, below) in below.enumerate() {
        let place = folder.join(below);
        let Ok(found) = fs::symlink_metadata(&place) else { continue };
        match number {
            _ if found.is_symlink() => return refused(&place, "it is a link, which may lead out of the folder"),
            0 if !found.is_file() => return refused(&place, "it is there and is not a file"),
            1.. if !found.is_dir() => return refused(&place, "it is there and is not a folder"),
            _ => {}
        }
    }
    Ok(())
}

/// The files so far.
struct Work {
    /// Folders that were made, the outer before the inner.
    folders: Vec<PathBuf>,
    places: Vec<Place>,
}

/// The place of a file, with the new file and a copy of the old one beside it. What is left beside it is removed with this.
struct Place {
    path: PathBuf,
    /// The new file, until it is in its place.
    new: Option<Beside>,
    old: Option<Beside>,
    is_new: bool,
}

impl Work {
    /// Writes a new file beside its place.
    fn stage(&mut self, path: &Path, content: &[u8]) -> Result<(), (PathBuf, io::Error)> {
        let missing: Vec<&Path> = path.ancestors().skip(1).take_while(|one| is_missing(one)).collect();
        for folder in missing.into_iter().rev() {
            fs::create_dir(folder).map_err(|error| (folder.to_owned(), error))?;
            self.folders.push(folder.to_owned());
        }
        let failed = |error| (path.to_owned(), error);
        let was_there = fs::symlink_metadata(path).is_ok();
        let old = was_there.then(|| Beside::new(path, &fs::read(path)?)).transpose().map_err(failed)?;
        let new = Beside::new(path, content).map_err(failed)?;
        self.places.push(Place { path: path.to_owned(), new: Some(new), old, is_new: false });
        Ok(())
    }

    fn exchange(&mut self) -> Result<(), (PathBuf, io::Error)> {
        for place in &mut self.places {
            if let Some(new) = place.new.take() {
                new.replace(&place.path).map_err(|error| (place.path.clone(), error))?;
                place.is_new = true;
            }
        }
        Ok(())
    }

    /// Puts everything back. What cannot be put back is beside its place.
    fn undo(&mut self) {
        for place in self.places.drain(..).filter(|place| place.is_new) {
            match place.old {
                Some(old) => old.put_back(&place.path),
                None => drop(fs::remove_file(&place.path)),
            }
        }
        self.folders.iter().rev().for_each(|folder| drop(fs::remove_dir(folder)));
    }
}

fn is_missing(folder: &Path) -> bool {
    !folder.as_os_str().is_empty() && fs::symlink_metadata(folder).is_err()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

    use super::*;

    /// Everything below a folder, with the contents of files.
    fn all(folder: &Path) -> Vec<String> {
        let mut found = Vec::new();
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.is_symlink() {
                found.extend(all(&path));
            }
            found.push(format!("{} {}", path.display(), fs::read_to_string(&path).unwrap_or_default()));
        }
        found.sort();
        found
    }

    /// Writes two files; the second cannot be.
    #[track_caller]
    fn refused(folder: &Path) -> String {
        let before = all(folder);
        let files = [("site/a", "new"), ("site/conf/b", "new"), ("other/c/d", "new")];
        let (place, error) = write(folder, &files).unwrap_err();
        assert_eq!(all(folder), before);
        format!("{}: {error}", place.strip_prefix(folder).unwrap().display())
    }

    #[test]
    fn files_are_written_together_and_nothing_stays_beside_them() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("out/files");
        for text in ["one", "two"] {
            write(&folder, &[("site/a", text), ("site/conf/b", text)]).unwrap();
            assert_eq!(fs::read_to_string(folder.join("site/a")).unwrap(), text);
            assert_eq!(fs::read_to_string(folder.join("site/conf/b")).unwrap(), text);
            assert_eq!(all(&folder).len(), 4);
        }
    }

    #[test]
    fn what_is_in_the_way_of_one_keeps_all_away() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path();
        fs::create_dir_all(folder.join("site/conf/b")).unwrap();
        fs::write(folder.join("site/a"), "old").unwrap();
        assert_eq!(refused(folder), "site/conf/b: it is there and is not a file");
        fs::remove_dir(folder.join("site/conf/b")).unwrap();
        fs::write(folder.join("other"), "old").unwrap();
        assert_eq!(refused(folder), "other: it is there and is not a folder");
        fs::remove_file(folder.join("other")).unwrap();
        // Faults that only the writing meets: a folder and a file have longer names than there are.
        let before = all(folder);
        for long in [format!("other/{}/d", "c".repeat(300)), format!("other/{}", "c".repeat(300))] {
            let (place, _) = write(folder, &[("site/a", "new"), ("other/e", "new"), (&long, "new")]).unwrap_err();
            assert_eq!(
                (all(folder), place),
                (before.clone(), folder.join(&long).ancestors().nth(long.matches('/').count() - 1).unwrap().to_owned())
            );
        }
        let outside = write(folder, &[("site/a", "new"), ("../b", "new")]).unwrap_err();
        assert_eq!(outside.1.to_string(), "it is not a path in the folder");
    }

    #[test]
    fn files_of_before_are_put_back() {
        let root = tempfile::tempdir().unwrap();
        let (one, two) = (root.path().join("one"), root.path().join("made/two"));
        fs::write(&one, "old").unwrap();
        let mut work = Work { folders: Vec::new(), places: Vec::new() };
        work.stage(&one, b"new").unwrap();
        work.stage(&two, b"new").unwrap();
        work.stage(&root.path().join("three"), b"new").unwrap();
        fs::remove_file(&work.places[2].new.as_ref().unwrap().path).unwrap();
        assert_eq!(work.exchange().unwrap_err().0, root.path().join("three"));
        assert_eq!(fs::read_to_string(&two).unwrap(), "new");
        work.undo();
        assert_eq!(all(root.path()), [format!("{} old", one.display())]);
    }

    #[test]
    fn files_of_others_beside_them_stay() {
        let root = tempfile::tempdir().unwrap();
        let others = ["x.1.old", "x.1.new"].map(|name| root.path().join(name));
        others.iter().for_each(|other| fs::write(other, "mine").unwrap());
        for text in ["one", "two"] {
            write(root.path(), &[("x.1", text)]).unwrap();
        }
        assert!(others.iter().all(|other| fs::read_to_string(other).unwrap() == "mine"));
        assert_eq!(all(root.path()).len(), 3);
    }

    #[cfg(unix)]
    #[test]
    fn permissions_stay() {
        use std::os::unix::fs::PermissionsExt as _;
        let root = tempfile::tempdir().unwrap();
        let (one, two) = (root.path().join("one"), root.path().join("two"));
        fs::write(&one, "old").unwrap();
        fs::set_permissions(&one, fs::Permissions::from_mode(0o600)).unwrap();
        let mode = || fs::metadata(&one).unwrap().permissions().mode() & 0o777;
        write(root.path(), &[("one", "new")]).unwrap();
        assert_eq!(mode(), 0o600);
        let mut work = Work { folders: Vec::new(), places: Vec::new() };
        work.stage(&one, b"newer").unwrap();
        work.stage(&two, b"newer").unwrap();
        work.exchange().unwrap();
        work.undo();
        assert_eq!((fs::read_to_string(&one).unwrap().as_str(), mode()), ("new", 0o600));
    }

    #[cfg(unix)]
    #[test]
    fn no_link_is_followed() {
        use std::os::unix::fs::symlink;
        let root = tempfile::tempdir().unwrap();
        let victim = root.path().join("victim");
        fs::create_dir(&victim).unwrap();
        fs::write(victim.join("b"), "mine").unwrap();
        let folder = root.path().join("files");
        fs::create_dir_all(folder.join("site")).unwrap();
        symlink(&victim, folder.join("site/conf")).unwrap();
        assert_eq!(refused(&folder), "site/conf: it is a link, which may lead out of the folder");
        fs::remove_file(folder.join("site/conf")).unwrap();
        fs::create_dir(folder.join("site/conf")).unwrap();
        symlink(victim.join("b"), folder.join("site/conf/b")).unwrap();
        assert_eq!(refused(&folder), "site/conf/b: it is a link, which may lead out of the folder");
        assert_eq!(fs::read_to_string(victim.join("b")).unwrap(), "mine");
    }
}
