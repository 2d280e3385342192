//! By which name the files are known.

/// FNV-1a, 64 bits: constants and steps are those of draft-eastlake-fnv-17.
///
/// The digest says which files nginx runs with, to the one who wrote them. It protects nothing from anybody, so it need not be a
/// cryptographic one, for which a stack crate would link a library. The standard library's hasher may change with a release of Rust;
/// then all files would look changed.
pub(super) fn of<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for part in parts {
        // No text has the byte 0xff, so two lists of parts are different bytes.
        for byte in part.bytes().chain([0xff]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn digests() {
        // The value of FNV-1a for the two bytes `a` and 0xff.
        assert_eq!(of([]), "cbf29ce484222325");
        assert_eq!(of(["a"]), "089bc907b544c769");
        assert_ne!(of(["a", "b"]), of(["ab", ""]));
    }
}
