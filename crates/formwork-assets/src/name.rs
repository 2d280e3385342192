//! Paths of files inside of an asset: those that mean the same in a folder, in a zip and in a list.

/// The most bytes of a path. S3's keys have the same limit, and no system's tools fail below it.
pub(crate) const MOST_BYTES: usize = 1024;

/// The reason why a path cannot be shipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// A zip would mean a folder by it.
    #[error("it holds `\\`, which separates folders in a zip")]
    Backslash,
    /// It would move the cursor of a terminal, or end a line of a list.
    #[error("it holds a control character")]
    Control,
    /// It is longer than names may be.
    #[error("it is longer than {MOST_BYTES} bytes")]
    Long,
    /// It begins at the root, goes up, or has an empty part.
    #[error("it is not a path below the folder")]
    Outside,
}

/// Holds a path against the rules; it has `/` between its parts.
pub(crate) fn check(path: &str) -> Result<(), Unfit> {
    if path.len() > MOST_BYTES {
        return Err(Unfit::Long);
    }
    if path.contains('\\') {
        return Err(Unfit::Backslash);
    }
    if path.contains(char::is_control) {
        return Err(Unfit::Control);
    }
    match path.split('/').any(|part| matches!(part, "" | "." | "..")) {
        true => Err(Unfit::Outside),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Unfit, check};

    #[test]
    fn each_rule_bites() {
        for fine in ["a", "a b", ".env", "...", "e\u{301}", "\u{e9}", "a/B/c", "C:", "-", "\u{202e}"] {
            assert_eq!(check(fine), Ok(()), "{fine}");
        }
        for outside in ["", "/", "/etc/passwd", "a//b", "a/", "..", "a/../b", "./a", "a/."] {
            assert_eq!(check(outside), Err(Unfit::Outside), "{outside}");
        }
        assert_eq!(check("a\\b"), Err(Unfit::Backslash));
        for control in ["a\nb", "\0", "\u{1b}[2J", "\u{85}", "\u{7f}"] {
            assert_eq!(check(control), Err(Unfit::Control), "{control:?}");
        }
        assert_eq!(check(&"a".repeat(1024)), Ok(()));
        assert_eq!(check(&"a".repeat(1025)), Err(Unfit::Long));
    }
}
