//! Names that are given once.

use std::time::{SystemTime, UNIX_EPOCH};

/// A name that no other run uses, for change sets and for requests that may be sent twice.
pub(crate) fn token() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("formwork-{:x}-{:x}", now.as_micros(), std::process::id())
}
