//! S3: the trait of assets and long templates, [`Objects`], answered by AWS or by a server that stands in for it.
//!
//! Every call names the account that the bucket must belong to. The bodies of requests are signed and have a checksum; files are sent a
//! piece at a time, long ones in parts (`upload`). `call` sends one request, `part` has its body, `watch` notices when nothing moves,
//! `address` has the URLs and `read` the answers.
//!
//! Source: S3 API Reference, the calls by their names.

mod address;
mod call;
mod part;
mod read;
mod upload;
mod watch;

use std::sync::Arc;
use std::time::Duration;

use formwork_model::objects::{Bucket, Content, ObjectFacts, ObjectPage, Objects};
use formwork_model::service::Answer;

use crate::error::Error;
use crate::login::Aws;
use call::{Call, Expected, Line, Payload};
use part::{Part, check_length};
use upload::GivenUp;

/// S3 at AWS, or at whatever server the login's options name.
#[derive(Debug)]
pub struct S3 {
    line: Arc<Line>,
    given_up: Arc<GivenUp>,
}

impl S3 {
    /// With this login.
    pub fn new(aws: &Aws) -> S3 {
        S3 { line: Arc::new(Line::new(aws.clone())), given_up: Arc::default() }
    }

    /// The same with another patience: `quiet` is the longest time in which a request may stand still.
    #[must_use]
    pub fn with_patience(self, quiet: Duration) -> S3 {
        let mut line = Line::new(self.line.aws.clone());
        line.patience.quiet = quiet;
        S3 { line: Arc::new(line), ..self }
    }

    /// Waits until uploads that were dropped have been given up at S3, too: a program calls it before it ends. It takes some seconds at
    /// most.
    pub async fn finish(&self) {
        self.given_up.finish().await;
    }

    async fn put_whole(&self, bucket: &Bucket, key: &str, content: &Content, length: u64) -> Result<(), Error> {
        let part = Part::of(content, 0, length).await?;
        let call = Call {
            name: "PutObject",
            permission: "PutObject",
            method: "PUT",
            bucket,
            key,
            query: Vec::new(),
            headers: vec![
                ("content-type", "application/octet-stream".to_owned()),
                ("x-amz-checksum-sha256", part.checksum()),
            ],
            payload: Payload::Part(&part),
            answer: Expected::Nothing,
        };
        let answered = upload::written(&self.line, &call, &part).await?;
        answered.etag(&self.line, bucket).map(drop)
    }

    /// An object's facts by a call for its content, which is not read: other than `HEAD`, this call has words for its refusal.
    async fn facts_with_words(&self, bucket: &Bucket, key: &str) -> Result<Option<ObjectFacts>, Error> {
        let call = get("GetObject", "GET", bucket, key);
        match self.line.call(&call).await {
            Ok(answered) => {
                answered.etag(&self.line, bucket)?;
                read::facts(call.name, key, &answered.headers).map(Some)
            }
            Err(failed) if failed.code.as_deref() == Some("NoSuchKey") => Ok(None),
            Err(failed) => Err(failed.error),
        }
    }
}

/// A call about an object that is read.
fn get<'a>(name: &'static str, method: &'static str, bucket: &'a Bucket, key: &'a str) -> Call<'a> {
    Call {
        name,
        permission: "GetObject",
        method,
        bucket,
        key,
        query: Vec::new(),
        headers: Vec::new(),
        payload: Payload::Empty,
        answer: Expected::Nothing,
    }
}

impl Objects for S3 {
    fn elsewhere(&self, bucket: &Bucket) -> Option<String> {
        Some(self.line.region(bucket)).filter(|region| *region != bucket.region)
    }

    fn head<'a>(&'a self, bucket: &'a Bucket, key: &'a str) -> Answer<'a, Option<ObjectFacts>> {
        Box::pin(async move {
            let call = get("HeadObject", "HEAD", bucket, key);
            match self.line.call(&call).await {
                Ok(answered) => {
                    answered.etag(&self.line, bucket)?;
                    read::facts(call.name, key, &answered.headers).map(Some)
                }
                // There is a status and nothing else: the bucket may be missing, or the login be refused.
                Err(failed) => match failed.status {
                    Some(404) if self.line.is_known(bucket) => Ok(None),
                    Some(400..500) => self.facts_with_words(bucket, key).await,
                    _ => Err(failed.error),
                },
            }
        })
    }

    fn get<'a>(&'a self, bucket: &'a Bucket, key: &'a str, limit: usize) -> Answer<'a, Option<Vec<u8>>> {
        Box::pin(async move {
            let call = Call { answer: Expected::Bytes(limit), ..get("GetObject", "GET", bucket, key) };
            match self.line.call(&call).await {
                Ok(answered) => answered.etag(&self.line, bucket).map(|_| Some(answered.body)),
                Err(failed) if failed.code.as_deref() == Some("NoSuchKey") => Ok(None),
                Err(failed) => Err(failed.error),
            }
        })
    }

    fn put<'a>(
        &'a self,
        bucket: &'a Bucket,
        key: &'a str,
        content: &'a Content,
        sent: &'a (dyn Fn(u64) + 'a),
    ) -> Answer<'a, ()> {
        Box::pin(async move {
            let length = check_length(content)?;
            if length > upload::PART {
                return upload::put(&self.line, &self.given_up, bucket, key, content, sent).await;
            }
            self.put_whole(bucket, key, content, length).await?;
            sent(length);
            Ok(())
        })
    }

    fn list<'a>(&'a self, bucket: &'a Bucket, prefix: &'a str, token: Option<&'a str>) -> Answer<'a, ObjectPage> {
        Box::pin(async move {
            let mut query = vec![("list-type", Some("2".into())), ("encoding-type", Some("url".into()))];
            query.extend(token.map(|token| ("continuation-token", Some(token.into()))));
            query.extend((!prefix.is_empty()).then(|| ("prefix", Some(prefix.into()))));
            let call = Call {
                name: "ListObjectsV2",
                permission: "ListBucket",
                query,
                answer: Expected::Document("ListBucketResult"),
                ..get("ListObjectsV2", "GET", bucket, "")
            };
            read::page(&self.line.call(&call).await?.document)
        })
    }

    fn delete<'a>(&'a self, bucket: &'a Bucket, key: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            let call = Call { permission: "DeleteObject", ..get("DeleteObject", "DELETE", bucket, key) };
            match self.line.call(&call).await {
                Ok(answered) if answered.status == 204 => Ok(()),
                Ok(answered) => {
                    let reason = format!("its answer has the status {}, not 204", answered.status);
                    Err(self.line.not_s3(bucket, &reason))
                }
                Err(failed) if failed.code.as_deref() == Some("NoSuchKey") => Ok(()),
                Err(failed) => Err(failed.error),
            }
        })
    }
}
