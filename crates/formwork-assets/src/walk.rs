//! The files of a folder: what patterns leave, with links followed as long as they stay in the folder.
//!
//! The walk is ours and not that of the library that matches patterns, since that one follows links anywhere, and waits for a pipe that is
//! named `.gitignore`.

use std::ffi::OsString;
use std::fs::{self, FileType};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::error::Fault;
use crate::exclude::{Patterns, Verdict};
use crate::left_out::{LeftOut, Reason, is_cache, note};
use crate::list::MOST_FILES;
use crate::name;
use crate::open::{special, text};
use crate::shipment::shown_below;

/// The most faults of a folder that are told one by one.
const MOST_FAULTS: usize = 20;

/// The result of a walk.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// The paths of the files, with `/`, in no order.
    pub(crate) files: Vec<String>,
    /// The files and folders that are not shipped.
    pub(crate) left_out: Vec<LeftOut>,
    /// All that is wrong.
    pub(crate) faults: Vec<Fault>,
}

/// Looks through a folder, which is there. `shown` is its path in errors.
pub(crate) fn walk(folder: &Path, shown: &str, exclude: &[String]) -> Found {
    let wrong = |fault: Fault| Found { faults: vec![fault], ..Found::default() };
    let patterns = match Patterns::of_asset(exclude) {
        Ok(patterns) => patterns,
        Err(fault) => return wrong(fault),
    };
    let root = match fs::canonicalize(folder) {
        Ok(root) => root,
        Err(source) => return wrong(Fault::Read { path: shown.to_owned(), source }),
    };
    let mut walk = Walk { root: &root, shown, patterns, seen: 0, more: 0, found: Found::default() };
    let top = Place { path: PathBuf::new(), real: root.clone(), link: None };
    if walk.folder(top, None).is_err() {
        walk.found.faults = vec![Fault::Many { path: shown.to_owned() }];
        walk.more = 0;
    }
    let Walk { mut found, more, .. } = walk;
    if more > 0 {
        found.faults.push(Fault::More { path: shown.to_owned(), count: more });
    }
    found
}

struct Walk<'a> {
    /// Without links.
    root: &'a Path,
    shown: &'a str,
    patterns: Patterns,
    /// Files and folders that are not left out. Folders that link to one another make many of few.
    seen: usize,
    /// Faults that are not told.
    more: usize,
    found: Found,
}

/// A folder of the walk.
struct Place {
    /// Relative to the root.
    path: PathBuf,
    /// Absolute, without links.
    real: PathBuf,
    /// The link by which it was reached.
    link: Option<Link>,
}

struct Link {
    path: String,
    target: String,
}

/// A folder on the way from the root to where the walk is, with the patterns that it has.
struct Level<'a> {
    place: Place,
    ignore: Option<Patterns>,
    gitignore: Option<Patterns>,
    above: Option<&'a Level<'a>>,
}

/// There is too much: the walk is over.
struct TooMany;

impl Level<'_> {
    fn ways_up(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |level| level.above)
    }

    /// The word of the files of patterns, those in deeper folders first; `.ignore` before `.gitignore`, as ripgrep has it.
    fn verdict(&self, path: &Path, is_folder: bool) -> Option<(Verdict, Reason)> {
        let says = |level: &Self, patterns: &Option<Patterns>| {
            patterns.as_ref()?.verdict(path.strip_prefix(&level.place.path).ok()?, is_folder)
        };
        let ignore = self.ways_up().find_map(|level| says(level, &level.ignore)).zip(Some(Reason::Ignore));
        let gitignore = || self.ways_up().find_map(|level| says(level, &level.gitignore)).zip(Some(Reason::Gitignore));
        ignore.or_else(gitignore)
    }

    /// The link that leads back to a folder that the walk is in, if this folder is one.
    fn circle(&self, place: &Place) -> Option<Link> {
        let taken = || self.ways_up().find_map(|level| level.place.link.as_ref());
        let link = place.link.as_ref().or_else(taken)?;
        let is_above = self.ways_up().any(|level| level.place.real == place.real);
        is_above.then(|| Link { path: link.path.clone(), target: link.target.clone() })
    }
}

impl Walk<'_> {
    fn shown(&self, path: &Path) -> String {
        shown_below(self.shown, &slashed(path))
    }

    fn fault(&mut self, fault: Fault) {
        if self.found.faults.len() < MOST_FAULTS {
            self.found.faults.push(fault);
        } else {
            self.more += 1;
        }
    }

    fn folder(&mut self, place: Place, above: Option<&Level>) -> Result<(), TooMany> {
        let names = match names(&place.real) {
            Ok(names) => names,
            Err(source) => {
                self.fault(Fault::Read { path: self.shown(&place.path), source });
                return Ok(());
            }
        };
        let has =
            |name: &str| names.iter().any(|(has, kind)| has == name && !kind.is_dir() && special(*kind).is_none());
        let ignore = if has(".ignore") { self.patterns_of(&place, ".ignore") } else { None };
        let gitignore = if has(".gitignore") { self.patterns_of(&place, ".gitignore") } else { None };
        let level = Level { place, ignore, gitignore, above };
        for (name, kind) in &names {
            self.entry(&level, name, *kind)?;
        }
        Ok(())
    }

    /// The reason for which something in a folder is not shipped, if there is one.
    fn reason(&self, level: &Level, path: &Path, file: &Path, is_folder: bool) -> Option<Reason> {
        if path.file_name().is_some_and(|name| name == ".git") {
            return Some(Reason::Git);
        }
        let of_asset = self.patterns.verdict(path, is_folder).zip(Some(Reason::Asset));
        match of_asset.or_else(|| level.verdict(path, is_folder)) {
            Some((Verdict::LeftOut, reason)) => Some(reason),
            Some((Verdict::TakenBack, _)) => None,
            None => (is_folder && is_cache(file)).then_some(Reason::Cache),
        }
    }

    fn patterns_of(&mut self, place: &Place, name: &str) -> Option<Patterns> {
        let path = place.path.join(name);
        // A link that leads somewhere else is told when the walk comes to it.
        let real = fs::canonicalize(place.real.join(name)).ok().filter(|real| real.starts_with(self.root))?;
        let read = text(&real, || self.shown(&path));
        match read.and_then(|text| Patterns::of_file(&text, || self.shown(&path))) {
            Ok(patterns) => Some(patterns),
            Err(fault) => {
                self.fault(fault);
                None
            }
        }
    }

    fn entry(&mut self, level: &Level, name: &OsString, kind: FileType) -> Result<(), TooMany> {
        let path = level.place.path.join(name);
        let file = level.place.real.join(name);
        // A link that leads nowhere may be left out, too.
        let followed = if kind.is_symlink() { fs::metadata(&file).map(|of| of.file_type()) } else { Ok(kind) };
        let is_folder = followed.as_ref().is_ok_and(FileType::is_dir);
        if let Some(reason) = self.reason(level, &path, &file, is_folder) {
            note(&mut self.found.left_out, reason, || slashed(&path));
            return Ok(());
        }
        self.seen += 1;
        if self.seen > MOST_FILES {
            return Err(TooMany);
        }
        let Some(text) = path.to_str() else {
            self.fault(Fault::NotUtf8 { path: self.shown(&path) });
            return Ok(());
        };
        let text = if cfg!(windows) { text.replace('\\', "/") } else { text.to_owned() };
        if let Err(unfit) = name::check(&text) {
            self.fault(Fault::Name { path: self.shown(&path), unfit });
            return Ok(());
        }
        let link = match kind.is_symlink() {
            true => match self.followed(&file, &path) {
                Ok(found) => Some(found),
                Err(fault) => {
                    self.fault(fault);
                    return Ok(());
                }
            },
            false => None,
        };
        match followed {
            Err(source) => self.fault(Fault::Read { path: self.shown(&path), source }),
            Ok(kind) if kind.is_dir() => {
                let (real, link) = match link {
                    Some((real, link)) => (real, Some(link)),
                    None => (level.place.real.join(name), None),
                };
                let place = Place { path, real, link };
                match level.circle(&place) {
                    Some(Link { path, target }) => self.fault(Fault::LinkCircle { link: path, target }),
                    None => self.folder(place, Some(level))?,
                }
            }
            Ok(kind) => match special(kind) {
                Some(kind) => self.fault(Fault::Special { path: self.shown(&path), kind }),
                None => self.found.files.push(text),
            },
        }
        Ok(())
    }

    /// The place to which a link leads, without links, and the link as errors show it.
    fn followed(&self, file: &Path, path: &Path) -> Result<(PathBuf, Link), Fault> {
        let link = self.shown(path);
        let target = fs::read_link(file).map(|target| slashed(&target)).unwrap_or_default();
        match fs::canonicalize(file) {
            Ok(real) if real.starts_with(self.root) => Ok((real, Link { path: link, target })),
            Ok(_) => Err(Fault::LinkOut { link, target }),
            Err(error) if error.kind() == ErrorKind::NotFound => Err(Fault::LinkNowhere { link, target }),
            Err(error) if is_circle(&error) => Err(Fault::LinkCircle { link, target }),
            Err(source) => Err(Fault::Read { path: link, source }),
        }
    }
}

/// The names in a folder, sorted, each with its kind.
fn names(folder: &Path) -> io::Result<Vec<(OsString, FileType)>> {
    let read = |entry: io::Result<fs::DirEntry>| entry.and_then(|entry| Ok((entry.file_name(), entry.file_type()?)));
    let mut names = fs::read_dir(folder)?.map(read).collect::<io::Result<Vec<_>>>()?;
    names.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(names)
}

/// A path as text, with `/`.
fn slashed(path: &Path) -> String {
    let text = path.to_string_lossy();
    if cfg!(windows) { text.replace('\\', "/") } else { text.into_owned() }
}

#[cfg(unix)]
fn is_circle(error: &io::Error) -> bool {
    error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error())
}

#[cfg(not(unix))]
fn is_circle(_: &io::Error) -> bool {
    false
}
