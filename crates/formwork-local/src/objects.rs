//! A place for templates that are too long for a call, in the style of S3: buckets and keys, by path or by host.

use std::path::{Path, PathBuf};

use crate::protocol::ApiError;

/// Objects on disk, one file each. A file's name is the bucket and key, spelled so that no key leaves the folder.
#[derive(Clone, Debug)]
pub(crate) struct Objects {
    folder: PathBuf,
}

impl Objects {
    pub(crate) fn new(folder: &Path) -> Self {
        Objects { folder: folder.to_owned() }
    }

    fn path(&self, bucket: &str, key: &str) -> PathBuf {
        // Hexadecimal: any key, and no two the same. Long keys are told apart by a number of their own.
        let mut name: String = format!("{bucket}/{key}").bytes().map(|byte| format!("{byte:02x}")).collect();
        if name.len() > 200 {
            let number = name
                .bytes()
                .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
            name.truncate(180);
            name = format!("{name}-{number:016x}");
        }
        self.folder.join(name)
    }

    pub(crate) fn put(&self, bucket: &str, key: &str, body: &[u8]) -> std::io::Result<()> {
        std::fs::create_dir_all(&self.folder)?;
        crate::store::write_durably(&self.path(bucket, key), body)
    }

    pub(crate) fn get(&self, bucket: &str, key: &str) -> Option<Vec<u8>> {
        std::fs::read(self.path(bucket, key)).ok()
    }

    /// The template at a URL.
    pub(crate) fn template(&self, url: &str) -> Result<String, ApiError> {
        let Some((bucket, key)) = bucket_and_key(url) else {
            return Err(ApiError::validation("TemplateURL must be a supported URL."));
        };
        let body = self.get(&bucket, &key).ok_or_else(|| {
            ApiError::validation(format!("S3 error: The specified key does not exist: {key} in bucket {bucket}. The embedded engine reads what was put into its own store: PUT /{bucket}/{key}"))
        })?;
        String::from_utf8(body).map_err(|_| ApiError::validation("Template format error: the template is no UTF-8"))
    }
}

/// Bucket and key of `s3://bucket/key`, `http(s)://bucket.s3.REGION.amazonaws.com/key` and `http(s)://any.host/bucket/key`.
fn bucket_and_key(url: &str) -> Option<(String, String)> {
    let (scheme, rest) = url.split_once("://")?;
    let rest = rest.split(['?', '#']).next()?;
    let (host, path) = rest.split_once('/')?;
    let (bucket, key) = if scheme == "s3" {
        (host, path)
    } else if let Some((bucket, _)) = host.split_once(".s3").filter(|(_, rest)| rest.contains("amazonaws.com")) {
        (bucket, path)
    } else {
        path.split_once('/')?
    };
    (!bucket.is_empty() && !key.is_empty()).then(|| (bucket.to_owned(), key.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::bucket_and_key;

    #[test]
    fn urls_of_all_styles() {
        let expected = Some(("b".to_owned(), "k/t.json".to_owned()));
        for url in [
            "s3://b/k/t.json",
            "https://b.s3.us-east-1.amazonaws.com/k/t.json",
            "https://b.s3.amazonaws.com/k/t.json",
            "https://s3.us-east-1.amazonaws.com/b/k/t.json",
            "http://127.0.0.1:4570/b/k/t.json?versionId=1",
        ] {
            assert_eq!(bucket_and_key(url), expected, "{url}");
        }
        assert_eq!(bucket_and_key("nonsense"), None);
    }
}
