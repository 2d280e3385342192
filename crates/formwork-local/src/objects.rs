//! A place for templates and assets, in the style of S3: buckets and keys, by path or by host.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use percent_encoding::percent_decode_str;

use crate::protocol::ApiError;
use crate::store::{make_folder, write_durably};
use crate::time::Millis;

/// A bucket's and a key's longest names, in bytes.
///
/// Source: S3 User Guide, "General purpose bucket naming rules", "Naming Amazon S3 objects".
pub(crate) const MAX_BUCKET: usize = 63;
pub(crate) const MAX_KEY: usize = 1_024;

/// Objects on disk, a folder for each bucket, a file for each object. Names are spelled in hexadecimal: any key has one, no two have
/// the same, none leaves the folder. A key that is too long for the name of one file goes on in folders, whose names end with [`MORE`].
///
/// Every bucket is there; one that was made, or into which something was put, is listed.
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

/// A bucket, or an object's key, as a list has it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Listed {
    pub(crate) name: String,
    path: PathBuf,
}

/// How many hexadecimal digits one file's name has at most.
const DIGITS: usize = 200;

/// Behind the name of a folder in which a key goes on.
const MORE: &str = "+";

/// FNV-1a (Fowler, Noll, Vo): tells contents apart; no defence against somebody who wants two to be the same.
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

    fn bucket(&self, bucket: &str) -> PathBuf {
        self.folder.join(hexadecimal(bucket))
    }

    fn path(&self, bucket: &str, key: &str) -> PathBuf {
        let (mut path, digits) = (self.bucket(bucket), hexadecimal(key));
        let mut rest = digits.as_str();
        while let Some((part, more)) = rest.split_at_checked(DIGITS).filter(|(_, more)| !more.is_empty()) {
            path.push(format!("{part}{MORE}"));
            rest = more;
        }
        path.join(rest)
    }

    pub(crate) fn make_bucket(&self, bucket: &str) -> io::Result<()> {
        make_folder(&self.bucket(bucket))
    }

    /// Deletes a bucket. One that has objects stays, which is [`ErrorKind::DirectoryNotEmpty`].
    pub(crate) fn delete_bucket(&self, bucket: &str) -> io::Result<()> {
        remove_empty(&self.bucket(bucket))
    }

    /// The buckets, by name.
    pub(crate) fn buckets(&self) -> io::Result<Vec<Listed>> {
        let mut found: Vec<Listed> = entries(&self.folder)?
            .into_iter()
            .filter(|path| path.is_dir())
            .filter_map(|path| Some(Listed { name: text(file_name(&path))?, path }))
            .collect();
        found.sort();
        Ok(found)
    }

    /// The keys of a bucket, in the order of their bytes.
    pub(crate) fn keys(&self, bucket: &str) -> io::Result<Vec<Listed>> {
        let mut found = Vec::new();
        walk(&self.bucket(bucket), "", &mut found)?;
        found.sort();
        Ok(found)
    }

    pub(crate) fn put(&self, bucket: &str, key: &str, body: &[u8]) -> io::Result<()> {
        let path = self.path(bucket, key);
        if let Some(folder) = path.parent() {
            make_folder(folder)?;
        }
        write_durably(&path, body)
    }

    pub(crate) fn get(&self, bucket: &str, key: &str) -> Option<Object> {
        let path = self.path(bucket, key);
        Some(Object { modified: modified(&path)?, body: fs::read(&path).ok()? })
    }

    /// Deleting what is not there succeeds.
    pub(crate) fn delete(&self, bucket: &str, key: &str) -> io::Result<()> {
        none_is_fine(fs::remove_file(self.path(bucket, key)))
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
            .map_err(|_| ApiError::validation("Template format error: the template is not UTF-8"))
    }
}

impl Listed {
    /// What was put there; `None` when it was deleted since it was listed.
    pub(crate) fn object(&self) -> Option<Object> {
        Some(Object { modified: modified(&self.path)?, body: fs::read(&self.path).ok()? })
    }

    /// When a bucket was made.
    pub(crate) fn made(&self) -> Millis {
        let metadata = fs::metadata(&self.path);
        // Not every file system knows when something was made.
        let time = metadata.and_then(|metadata| metadata.created().or_else(|_| metadata.modified())).ok();
        time.and_then(millis).unwrap_or_default()
    }
}

fn modified(path: &Path) -> Option<Millis> {
    millis(fs::metadata(path).and_then(|metadata| metadata.modified()).ok()?)
}

fn millis(time: std::time::SystemTime) -> Option<Millis> {
    Millis::try_from(time.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis()).ok()
}

/// What is in a folder; nothing in one that is not there.
fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    match fs::read_dir(folder) {
        Ok(entries) => entries.map(|entry| Ok(entry?.path())).collect(),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// All keys below a folder, whose own name begins them.
fn walk(folder: &Path, before: &str, found: &mut Vec<Listed>) -> io::Result<()> {
    for path in entries(folder)? {
        let name = file_name(&path);
        match name.strip_suffix(MORE) {
            Some(part) => walk(&path, &format!("{before}{part}"), found)?,
            // What is not hexadecimal is half written.
            None => found.extend(text(&format!("{before}{name}")).map(|name| Listed { name, path })),
        }
    }
    Ok(())
}

/// Removes a folder with the folders in it, unless there is a file in one of them.
fn remove_empty(folder: &Path) -> io::Result<()> {
    for path in entries(folder)? {
        if !path.is_dir() {
            return Err(io::Error::from(ErrorKind::DirectoryNotEmpty));
        }
        remove_empty(&path)?;
    }
    none_is_fine(fs::remove_dir(folder))
}

fn none_is_fine(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn file_name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}

fn hexadecimal(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

/// The text that is spelled so; `None` when it is no such spelling.
fn text(digits: &str) -> Option<String> {
    let byte = |place: usize| u8::from_str_radix(digits.get(place..place + 2)?, 16).ok();
    String::from_utf8((0..digits.len()).step_by(2).map(byte).collect::<Option<_>>()?).ok()
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
    percent_decode_str(path).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::{Listed, MAX_KEY, Objects, bucket_and_key, decoded};

    fn names(listed: Vec<Listed>) -> Vec<String> {
        listed.into_iter().map(|one| one.name).collect()
    }

    #[test]
    fn any_key_is_kept_and_listed() {
        let folder = tempfile::tempdir().unwrap();
        let objects = Objects::new(&folder.path().join("objects"));
        assert!(names(objects.buckets().unwrap()).is_empty());
        assert!(names(objects.keys("b").unwrap()).is_empty());
        let mut keys: Vec<String> =
            ["a", "a/b", "a//b", "../../etc/passwd", "ü \u{1}", "+", "a.new", "/"].map(String::from).into();
        // As long as one name, and one longer; of each other the beginning.
        keys.extend([100, 101, 200, 201, MAX_KEY].map(|length| "x".repeat(length)));
        for key in &keys {
            objects.put("b", key, key.as_bytes()).unwrap();
        }
        keys.sort();
        let listed = objects.keys("b").unwrap();
        assert!(listed.iter().all(|one| one.object().unwrap().body == one.name.as_bytes()));
        assert_eq!(names(listed), keys);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);

        objects.make_bucket("empty").unwrap();
        assert_eq!(names(objects.buckets().unwrap()), ["b", "empty"]);
        objects.delete_bucket("empty").unwrap();
        assert!(objects.delete_bucket("b").is_err());
        assert_eq!(names(objects.keys("b").unwrap()), keys);
        for key in &keys {
            assert_eq!(objects.get("b", key).unwrap().body, key.as_bytes());
            objects.delete("b", key).unwrap();
        }
        objects.delete("b", "a").unwrap();
        objects.delete_bucket("b").unwrap();
        objects.delete_bucket("b").unwrap();
        assert!(names(objects.buckets().unwrap()).is_empty());
    }

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
