//! The names of buckets and keys, as they are spelled in files and in URLs.

use std::path::{Path, PathBuf};

use percent_encoding::percent_decode_str;

use super::digest::hexadecimal;

/// A bucket's and a key's longest names, in bytes.
///
/// Source: S3 User Guide, "General purpose bucket naming rules", "Naming Amazon S3 objects".
pub(crate) const MAX_BUCKET: usize = 63;
pub(crate) const MAX_KEY: usize = 1_024;

/// The most hexadecimal digits of one file's name.
const DIGITS: usize = 200;

/// Behind the name of a folder in which a key goes on.
pub(super) const MORE: &str = "+";

/// The folder of a bucket.
pub(super) fn of_bucket(folder: &Path, bucket: &str) -> PathBuf {
    folder.join(hexadecimal(bucket.as_bytes()))
}

/// The file of an object.
pub(super) fn of_object(folder: &Path, bucket: &str, key: &str) -> PathBuf {
    let (mut path, digits) = (of_bucket(folder, bucket), hexadecimal(key.as_bytes()));
    let mut rest = digits.as_str();
    while let Some((part, more)) = rest.split_at_checked(DIGITS).filter(|(_, more)| !more.is_empty()) {
        path.push(format!("{part}{MORE}"));
        rest = more;
    }
    path.join(rest)
}

/// The text that is spelled so; `None` when it is no such spelling.
pub(super) fn text(digits: &str) -> Option<String> {
    let byte = |place: usize| u8::from_str_radix(digits.get(place..place + 2)?, 16).ok();
    String::from_utf8((0..digits.len()).step_by(2).map(byte).collect::<Option<_>>()?).ok()
}

/// Bucket and key of `http(s)://bucket.s3.REGION.amazonaws.com/key` and `http(s)://any.host/bucket/key`.
pub(super) fn bucket_and_key(url: &str) -> Option<(String, String)> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    let rest = rest.split(['?', '#']).next()?;
    let (host, path) = rest.split_once('/')?;
    let name = host.split(':').next().unwrap_or_default();
    let (bucket, key) = if let Some(bucket) = name.strip_suffix(".localhost") {
        (bucket, path)
    } else if let Some((bucket, _)) = name.split_once(".s3").filter(|(_, rest)| rest.contains("amazonaws.com")) {
        (bucket, path)
    } else {
        path.split_once('/')?
    };
    (!bucket.is_empty() && !key.is_empty()).then(|| (decoded(bucket), decoded(key)))
}

/// A path as it is meant: `%20` is a space. What is no escape stays as it is.
pub(crate) fn decoded(path: &str) -> String {
    percent_decode_str(path).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::{bucket_and_key, decoded};

    #[test]
    fn urls_of_all_styles() {
        let expected = Some(("b".to_owned(), "k/t.json".to_owned()));
        for url in [
            "https://b.s3.us-east-1.amazonaws.com/k/t.json",
            "https://b.s3.amazonaws.com/k/t.json",
            "https://s3.us-east-1.amazonaws.com/b/k/t.json",
            "http://127.0.0.1:4570/b/k/t.json?versionId=1",
            "http://b.localhost:4570/k%2Ft.json",
        ] {
            assert_eq!(bucket_and_key(url), expected, "{url}");
        }
        assert_eq!(bucket_and_key("nonsense"), None);
    }

    #[test]
    fn escapes() {
        assert_eq!(decoded("a%20b+c%C3%BC"), "a b+cü");
        assert_eq!(decoded("100%"), "100%");
        assert_eq!(decoded("%zz%f"), "%zz%f");
    }
}
