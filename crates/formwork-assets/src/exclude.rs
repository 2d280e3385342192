//! Patterns of files that are left out: those of the asset, and those of files `.gitignore` and `.ignore` in its folder. ripgrep's library
//! reads and matches them.

use std::path::Path;

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::error::Fault;

/// Patterns that are relative to one folder.
#[derive(Debug)]
pub(crate) struct Patterns(Gitignore);

/// The word of patterns about a file that they match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    LeftOut,
    TakenBack,
}

impl Patterns {
    /// Those of an asset.
    pub(crate) fn of_asset(patterns: &[String]) -> Result<Self, Fault> {
        let numbered = patterns.iter().map(String::as_str).enumerate();
        let (patterns, wrong) = Patterns::built(numbered);
        match wrong {
            Some((_, pattern, reason)) => Err(Fault::Pattern { pattern, reason }),
            None => Ok(patterns),
        }
    }

    /// Those of a file, whose path is `shown`.
    pub(crate) fn of_file(text: &str, shown: impl Fn() -> String) -> Result<Self, Fault> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let (patterns, wrong) = Patterns::built(text.lines().enumerate());
        match wrong {
            Some((index, _, reason)) => Err(Fault::IgnoreFile { path: shown(), line: index + 1, reason }),
            None => Ok(patterns),
        }
    }

    /// The patterns, and the first that cannot be read: its index, itself and the reason.
    fn built<'a>(lines: impl Iterator<Item = (usize, &'a str)>) -> (Self, Option<(usize, String, String)>) {
        let mut builder = GitignoreBuilder::new("");
        // `secret[` would be a pattern that nothing matches.
        builder.allow_unclosed_class(false);
        let mut last = 0;
        for (index, line) in lines {
            last = index;
            if let Err(error) = builder.add_line(None, line) {
                return (Patterns(Gitignore::empty()), Some((index, line.to_owned(), reason(error))));
            }
        }
        match builder.build() {
            Ok(matcher) => (Patterns(matcher), None),
            // All of them together are too much for the library.
            Err(error) => (Patterns(Gitignore::empty()), Some((last, String::new(), reason(error)))),
        }
    }

    /// Their word about a path that is relative to their folder.
    pub(crate) fn verdict(&self, path: &Path, is_folder: bool) -> Option<Verdict> {
        match self.0.matched(path, is_folder) {
            Match::None => None,
            Match::Ignore(_) => Some(Verdict::LeftOut),
            Match::Whitelist(_) => Some(Verdict::TakenBack),
        }
    }
}

fn reason(error: ignore::Error) -> String {
    match error {
        ignore::Error::Glob { err, .. } => err,
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Patterns, Verdict};

    #[test]
    fn patterns_are_those_of_a_gitignore() {
        let lines = ["*.map", "!keep.map", "/top", "build/", "a/*/c", "# x", "\\#y", "**/deep/**"];
        let patterns = Patterns::of_asset(&lines.map(str::to_owned)).unwrap();
        let says = |path: &str, is_folder: bool| patterns.verdict(Path::new(path), is_folder);
        for left_out in ["x.map", "a/b/x.map", "top", "a/b/c", "#y", "deep/x", "a/deep/b/c"] {
            assert_eq!(says(left_out, false), Some(Verdict::LeftOut), "{left_out}");
        }
        assert_eq!(says("a/keep.map", false), Some(Verdict::TakenBack));
        assert_eq!((says("build", true), says("a/build", true)), (Some(Verdict::LeftOut), Some(Verdict::LeftOut)));
        for kept in ["x.js", "a/top", "build", "a/c", "x", "deep"] {
            assert_eq!(says(kept, false), None, "{kept}");
        }
    }
}
