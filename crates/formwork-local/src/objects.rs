//! A place for templates that are too long for a call, in the style of S3: buckets and keys, by path or by host.

use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use crate::protocol::ApiError;
use crate::time::Millis;

/// Objects on disk, one file each. A file's name is the bucket and key, spelled so that no key leaves the folder.
#[derive(Clone, Debug)]
pub(crate) struct Objects {
    folder: PathBuf,
}

/// What was put.
#[derive(Clone, Debug)]
pub(crate) struct Object {
    pub(crate) body: Vec<u8>,
    pub(crate) modified: Millis,
}

/// FNV-1a (Fowler, Noll, Vo): tells contents and long names apart; no defence against somebody who wants two to be the same.
fn number_of(bytes: impl IntoIterator<Item = u8>) -> u64 {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
    bytes.into_iter().fold(0xcbf2_9ce4_8422_2325, step)
}

/// The entity tag of a content.
pub(crate) fn etag(body: &[u8]) -> String {
    format!("\"{:016x}\"", number_of(body.iter().copied()))
}

impl Objects {
    pub(crate) fn new(folder: &Path) -> Self {
        Objects { folder: folder.to_owned() }
    }

    fn path(&self, bucket: &str, key: &str) -> PathBuf {
        // Hexadecimal: any key, and no two the same. Long keys are told apart by a number of their own.
        let mut name: String = format!("{bucket}/{key}").bytes().map(|byte| format!("{byte:02x}")).collect();
        if name.len() > 200 {
            let number = number_of(name.bytes());
            name.truncate(180);
            name = format!("{name}-{number:016x}");
        }
        self.folder.join(name)
    }

    pub(crate) fn put(&self, bucket: &str, key: &str, body: &[u8]) -> std::io::Result<()> {
        std::fs::create_dir_all(&self.folder)?;
        crate::store::write_durably(&self.path(bucket, key), body)
    }

    pub(crate) fn get(&self, bucket: &str, key: &str) -> Option<Object> {
        let path = self.path(bucket, key);
        let modified = std::fs::metadata(&path).and_then(|metadata| metadata.modified()).ok()?;
        let modified = modified.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        Some(Object { body: std::fs::read(&path).ok()?, modified: Millis::try_from(modified).unwrap_or_default() })
    }

    /// Deleting what is not there succeeds.
    pub(crate) fn delete(&self, bucket: &str, key: &str) -> std::io::Result<()> {
        match std::fs::remove_file(self.path(bucket, key)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// The template at a URL.
    pub(crate) fn template(&self, url: &str) -> Result<String, ApiError> {
        if let Some((bucket, _)) = url.strip_prefix("s3://").and_then(|rest| rest.split_once('/')) {
            return Err(ApiError::validation(format!(
                "S3 error: Domain name specified in {bucket} is not a valid S3 domain"
            )));
        }
        let Some((bucket, key)) = bucket_and_key(url) else {
            return Err(ApiError::validation("TemplateURL must be a supported URL."));
        };
        let body = self.get(&bucket, &key).ok_or_else(|| {
            ApiError::validation(format!("S3 error: The specified key does not exist: {key} in bucket {bucket}. The embedded engine reads what was put into its own store: PUT /{bucket}/{key}"))
        })?;
        String::from_utf8(body.body)
            .map_err(|_| ApiError::validation("Template format error: the template is no UTF-8"))
    }
}

/// Bucket and key of `http(s)://bucket.s3.REGION.amazonaws.com/key` and `http(s)://any.host/bucket/key`.
fn bucket_and_key(url: &str) -> Option<(String, String)> {
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
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digit = |place: usize| after.get(place).and_then(|byte| char::from(*byte).to_digit(16));
        match (first, digit(0), digit(1)) {
            // Two hexadecimal digits are at most 255.
            (b'%', Some(high), Some(low)) => {
                bytes.push((high * 16 + low) as u8);
                rest = &after[2..];
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
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
