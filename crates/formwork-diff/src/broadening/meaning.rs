//! Meanings of a property's values that can make a thing open.

use Created::{BeyondDefault, Never, Told};
use Meaning::{Adds, Levels, Limits};

/// Meaning of a property's values.
pub(super) enum Meaning {
    /// Values from closed to open. One that is not listed is closed.
    Levels {
        values: &'static [&'static [&'static str]],
        /// Level of openness without a value.
        absent: usize,
        created: Created,
    },
    /// Each item of a list, or a value, lets more in.
    Adds {
        /// True if those of a new resource are worth a word.
        created: bool,
        /// Items that are let in without being listed.
        given: &'static [&'static str],
        /// A property that, when it is `true`, `all` or `*`, lets everybody in by itself.
        unless: &'static str,
    },
    /// Each item is a managed policy that is attached.
    Attaches,
    /// The items are the only ones that are let in; without any, everybody is.
    Only,
    /// A value keeps something out.
    Limits {
        /// Of a list, the items that begin with one of these texts do.
        only: &'static [&'static str],
        /// Another property that does the same.
        or: &'static str,
    },
    /// CloudFront's countries: a list of those that are let in, or of those that are not.
    Geography,
}

/// When a new resource is open, is that worth a word?
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Created {
    /// Always.
    Told,
    /// When it is more open than without a value.
    BeyondDefault,
    /// Never: it takes away no protection that was there.
    Never,
}

/// A property of a type, what its values mean, and the words for it: "`Database` lets …".
pub(super) struct Row {
    /// The type; `*` for every type that has no row of its own for the property.
    pub(super) type_name: &'static str,
    /// Names from the outside to the inside, `[]` behind a list; `**.` for a property at any depth.
    pub(super) path: &'static str,
    pub(super) meaning: Meaning,
    pub(super) says: &'static str,
}

pub(super) const fn row(type_name: &'static str, path: &'static str, meaning: Meaning, says: &'static str) -> Row {
    Row { type_name, path, meaning, says }
}

/// `true` opens.
pub(super) const ON: Meaning = Levels { values: &[&["false"], &["true"]], absent: 0, created: Told };
/// `true` opens, and is the default.
pub(super) const ON_BY_DEFAULT: Meaning = Levels { values: &[&["false"], &["true"]], absent: 1, created: Told };
/// `true` closes; said of what is changed, as a new resource takes nothing away.
pub(super) const GUARD: Meaning = Levels { values: &[&["true"], &["false"]], absent: 1, created: Never };
/// `true` closes, and a new resource may be closed without saying so: S3's public access block.
pub(super) const BLOCK: Meaning = Levels { values: &[&["true"], &[], &["false"]], absent: 1, created: BeyondDefault };
/// `optional` opens; without a value, it is not known whether it is open.
pub(super) const TOKENS: Meaning =
    Levels { values: &[&["required"], &[], &["optional"]], absent: 1, created: BeyondDefault };
/// `false` opens; without a value it is closed.
pub(super) const OPT_OUT: Meaning = Levels { values: &[&["true"], &["false"]], absent: 0, created: Told };
/// These values open, all others are closed.
pub(super) const fn opens(values: &'static [&'static [&'static str]]) -> Meaning {
    Levels { values, absent: 0, created: Told }
}
/// These values open, and so does having none.
pub(super) const fn opens_by_default(values: &'static [&'static [&'static str]]) -> Meaning {
    Levels { values, absent: 1, created: Told }
}
/// As `opens_by_default`, said of what is changed alone.
pub(super) const fn loosens(values: &'static [&'static [&'static str]]) -> Meaning {
    Levels { values, absent: 1, created: Never }
}

/// Each item lets more in; of a new resource too.
pub(super) const ADDS: Meaning = Adds { created: true, given: &[], unless: "" };
/// Each item lets more in than before.
pub(super) const WIDENS: Meaning = Adds { created: false, given: &[], unless: "" };
/// Each item lets more in, unless another property let everybody in.
pub(super) const fn adds_unless(unless: &'static str) -> Meaning {
    Adds { created: true, given: &[], unless }
}

/// A value keeps something out.
pub(super) const LIMITS: Meaning = Limits { only: &[], or: "" };
/// Actions of a listener that ask who it is.
pub(super) const SIGNED_IN: Meaning = Limits { only: &["authenticate-", "jwt-"], or: "" };
pub(super) const METHODS: Meaning = Adds { created: false, given: &["GET", "HEAD"], unless: "" };
