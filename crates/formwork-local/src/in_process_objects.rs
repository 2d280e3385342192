//! The engine's store for the program that runs it: the calls of S3 that assets and long templates need, answered without the wire.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use formwork_model::objects::{Bucket, Content as Given, ObjectFacts, ObjectPage, Objects as Calls};
use formwork_model::service::{Answer, CallError, Refusal};
use serde_json::Value as Json;

use crate::in_process::InProcess;
use crate::objects::condition::{Condition, NotKept};
use crate::objects::digest::{Algorithm, Digests};
use crate::objects::disk::Disk;
use crate::objects::facts::Facts;
use crate::objects::incoming::Incoming;
use crate::objects::listing::{self, Refused};
use crate::objects::{Content, Objects};
use crate::protocol::Form;
use crate::time;
use crate::world::ACCOUNT;

/// As much of a file is in memory at a time.
const PIECE: u64 = 1_048_576;

/// A call about a bucket.
#[derive(Clone, Copy)]
struct Asked<'b> {
    call: &'static str,
    bucket: &'b Bucket,
}

impl Asked<'_> {
    fn refused(self, code: &str, message: &str, status: u16) -> CallError {
        let region = self.bucket.region.as_str();
        let (message, status) = (Some(message), Some(status));
        Refusal { call: self.call, permission: "s3", region, code, message, status, login: None }.into()
    }

    fn failed(self, error: &io::Error) -> CallError {
        let message = format!("the store could not be read or written, and nothing was changed: {error}");
        self.refused("InternalError", &message, 500)
    }

    fn not_kept(self, error: &NotKept) -> CallError {
        match error {
            NotKept::Disk(error) => self.failed(error),
            NotKept::Condition | NotKept::Missing => {
                self.refused("PreconditionFailed", "the object is another one", 412)
            }
        }
    }
}

/// A time as each call of S3 tells it; heads of answers have no fraction of a second.
fn to_the_second(time: &str) -> String {
    format!("{}Z", time.split('.').next().unwrap_or_default())
}

fn unreadable(path: &Path, reason: &str) -> CallError {
    CallError::File { path: path.display().to_string(), reason: reason.to_owned() }
}

fn other_length(path: &Path, length: u64) -> CallError {
    unreadable(path, &format!("it has not {length} bytes any more"))
}

impl InProcess {
    /// The store, for a call about one of the engine's own buckets: all of them are its account's.
    fn objects<'b>(&self, call: &'static str, bucket: &'b Bucket) -> Result<(Objects, Asked<'b>), CallError> {
        let asked = Asked { call, bucket };
        if bucket.owner != ACCOUNT {
            return Err(asked.refused("AccessDenied", "Access Denied", 403));
        }
        Ok((self.engine().objects(), asked))
    }
}

impl Calls for InProcess {
    fn elsewhere(&self, _: &Bucket) -> Option<String> {
        None
    }

    fn head<'a>(&'a self, bucket: &'a Bucket, key: &'a str) -> Answer<'a, Option<ObjectFacts>> {
        Box::pin(async move {
            let (objects, asked) = self.objects("HeadObject", bucket)?;
            let known = objects.known(&bucket.name, key).map_err(|error| asked.failed(&error))?;
            Ok(known.map(|known| ObjectFacts {
                key: key.to_owned(),
                length: known.facts.length,
                modified: to_the_second(&time::text(known.modified)),
            }))
        })
    }

    fn get<'a>(&'a self, bucket: &'a Bucket, key: &'a str, limit: usize) -> Answer<'a, Option<Vec<u8>>> {
        Box::pin(async move {
            let (objects, asked) = self.objects("GetObject", bucket)?;
            match objects.get(&bucket.name, key, limit).map_err(|error| asked.failed(&error))? {
                Some(Content::Whole(content)) => Ok(Some(content)),
                Some(Content::Long) => Err(CallError::TooLong { call: asked.call, what: key.to_owned(), limit }),
                None => Ok(None),
            }
        })
    }

    fn put<'a>(
        &'a self,
        bucket: &'a Bucket,
        key: &'a str,
        content: &'a Given,
        sent: &'a (dyn Fn(u64) + 'a),
    ) -> Answer<'a, ()> {
        Box::pin(async move {
            let (objects, asked) = self.objects("PutObject", bucket)?;
            let given = match (content, &objects) {
                (Given::File { path, length }, Objects::Disk(disk)) => {
                    return copy(disk, asked, key, (path, *length), sent).await;
                }
                (Given::File { path, length }, Objects::Memory(_)) => read(path, *length)?,
                (Given::Bytes(bytes), _) => bytes.clone(),
            };
            let length = given.len() as u64;
            objects.put(&bucket.name, key, given, self.engine().now()).map_err(|error| asked.not_kept(&error))?;
            sent(length);
            Ok(())
        })
    }

    fn list<'a>(&'a self, bucket: &'a Bucket, prefix: &'a str, token: Option<&'a str>) -> Answer<'a, ObjectPage> {
        Box::pin(async move {
            let (objects, asked) = self.objects("ListObjectsV2", bucket)?;
            let mut fields = vec![("list-type".to_owned(), "2".to_owned()), ("prefix".to_owned(), prefix.to_owned())];
            fields.extend(token.map(|token| ("continuation-token".to_owned(), token.to_owned())));
            let page = listing::keys(&objects, &bucket.name, &Form::of(fields)).map_err(|refused| match refused {
                Refused::Argument(message) => asked.refused("InvalidArgument", &message, 400),
                Refused::Disk(error) => asked.failed(&error),
            })?;
            let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
            let facts = |object: &Json| ObjectFacts {
                key: text(&object["Key"]),
                length: object["Size"].as_u64().unwrap_or_default(),
                modified: to_the_second(&text(&object["LastModified"])),
            };
            let objects = page.body["Contents"].as_array().map(|all| all.iter().map(facts).collect());
            let next = page.body["NextContinuationToken"].as_str().map(str::to_owned);
            Ok(ObjectPage { objects: objects.unwrap_or_default(), next })
        })
    }

    fn delete<'a>(&'a self, bucket: &'a Bucket, key: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            let (objects, asked) = self.objects("DeleteObject", bucket)?;
            objects.delete(&bucket.name, key).map_err(|error| asked.failed(&error))
        })
    }
}

/// The content of a file, which has the length that was stated.
fn read(path: &Path, length: u64) -> Result<Vec<u8>, CallError> {
    let mut content = Vec::new();
    let read = File::open(path).and_then(|file| file.take(length.saturating_add(1)).read_to_end(&mut content));
    read.map_err(|error| unreadable(path, &error.to_string()))?;
    if content.len() as u64 == length { Ok(content) } else { Err(other_length(path, length)) }
}

/// Puts a file on the disk, a piece at a time, beside everything else that this thread does.
async fn copy(
    disk: &Disk,
    asked: Asked<'_>,
    key: &str,
    (path, length): (&Path, u64),
    sent: &dyn Fn(u64),
) -> Result<(), CallError> {
    let mut file = File::open(path).map_err(|error| unreadable(path, &error.to_string()))?;
    let mut incoming = disk.begin(Digests::new(Algorithm::Crc64Nvme, false)).map_err(|error| asked.failed(&error))?;
    let mut arrived = 0;
    loop {
        let (read, written);
        (file, incoming, read, written) = beside(asked, move || piece(file, incoming)).await?;
        let read = read.map_err(|error| unreadable(path, &error.to_string()))?;
        written.map_err(|error| asked.failed(&error))?;
        arrived += read;
        if read == 0 || arrived > length {
            break;
        }
        sent(arrived);
    }
    if arrived != length {
        return Err(other_length(path, length));
    }
    let (disk, bucket, key) = (disk.clone(), asked.bucket.name.clone(), key.to_owned());
    let keep = move || {
        let whole = incoming.end();
        let facts = Facts::of(&whole.content, Default::default());
        disk.keep((&bucket, &key), whole, &facts, &Condition::Always)
    };
    beside(asked, keep).await?.map_err(|error| asked.not_kept(&error))
}

/// Copies a piece; says how many bytes were read, and whether they were written.
fn piece(mut file: File, mut incoming: Incoming) -> (File, Incoming, io::Result<u64>, io::Result<()>) {
    let mut bytes = Vec::new();
    let read = (&mut file).take(PIECE).read_to_end(&mut bytes).map(|read| read as u64);
    let written = incoming.write(&bytes);
    (file, incoming, read, written)
}

/// Waits for the disk on another thread.
async fn beside<T: Send + 'static>(
    asked: Asked<'_>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, CallError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| asked.refused("InternalError", "the engine ends", 500))
}
