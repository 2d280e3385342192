//! Files and folders of a folder that are not shipped, and the reasons: so that nobody ships less than they think.
//!
//! Source: "Cache Directory Tagging Specification" (bford.info/cachedir): a folder is a cache if it has a file `CACHEDIR.TAG` that begins with the
//! signature. cargo marks `target` so.

#[cfg(feature = "files")]
use std::path::Path;

#[cfg(feature = "files")]
use crate::open::begins_with;

/// The paths of each reason that are named; the others are counted.
const NAMED: usize = 3;

const TAG: &str = "CACHEDIR.TAG";
const SIGNATURE: &[u8] = b"Signature: 8a477f597d28d172789f06886806bc55";

/// Files and folders that are not shipped, of one reason. A folder is one, with everything in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// The reason.
    pub reason: Reason,
    /// The number of them.
    pub count: usize,
    /// The paths of the first ones, relative to the asset's folder.
    pub paths: Vec<String>,
}

/// The reason why something in a folder is not shipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A pattern of the asset.
    Asset,
    /// A pattern of a file `.ignore`.
    Ignore,
    /// A pattern of a file `.gitignore`.
    Gitignore,
    /// It is a cache, marked by a `CACHEDIR.TAG`.
    Cache,
    /// It is git's own.
    Git,
}

impl Reason {
    /// The thing that leaves it out.
    pub fn as_str(self) -> &'static str {
        match self {
            Reason::Asset => "the asset's patterns",
            Reason::Ignore => ".ignore",
            Reason::Gitignore => ".gitignore",
            Reason::Cache => "CACHEDIR.TAG",
            Reason::Git => "its name",
        }
    }
}

/// Counts one more.
pub(crate) fn note(all: &mut Vec<LeftOut>, reason: Reason, path: impl FnOnce() -> String) {
    let place = all.iter().position(|one| one.reason == reason).unwrap_or_else(|| {
        all.push(LeftOut { reason, count: 0, paths: Vec::new() });
        all.len() - 1
    });
    let LeftOut { count, paths, .. } = &mut all[place];
    *count += 1;
    if paths.len() < NAMED {
        paths.push(path());
    }
}

/// True for a folder that a program marked as one of things that it can make again.
#[cfg(feature = "files")]
pub(crate) fn is_cache(folder: &Path) -> bool {
    begins_with(&folder.join(TAG), SIGNATURE)
}
