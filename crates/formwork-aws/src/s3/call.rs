//! One call of S3: sent to the region where the bucket is, tried again, and its refusal read.
//!
//! Sources: S3 API Reference, "Error responses" and "REST error responses" (answers to `HEAD` have no body, and a failure of
//! `CompleteMultipartUpload` may come with the status 200); S3 User Guide, "Making requests using the REST API" (another region's
//! endpoint answers with the status 301 and the header `x-amz-bucket-region`), "Verifying bucket ownership with bucket owner condition".

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SigningSettings, UriPathNormalizationMode,
};
use aws_smithy_runtime_api::http::{Headers, Response};
use aws_smithy_types::body::SdkBody;
use formwork_model::objects::Bucket;

use super::address::{self, Parameter};
use super::part::Part;
use super::watch::{Patience, Watch};
use crate::error::Error;
use crate::login::Aws;
use crate::place::Place;
use crate::retry::{ATTEMPTS, pause};
use crate::service::{Endpoint, S3};
use crate::wire::{Body, Failure, Message, read};
use crate::xml::Element;

/// The most bytes of an error, or of an answer that is a document; a page of a list has less than one megabyte.
const LONGEST_DOCUMENT: usize = 8 << 20;

/// A call, with its request.
pub(super) struct Call<'a> {
    /// Its name in the API.
    pub(super) name: &'static str,
    /// The permission that it needs, without `s3:`.
    pub(super) permission: &'static str,
    pub(super) method: &'static str,
    pub(super) bucket: &'a Bucket,
    /// Empty for a call about the bucket.
    pub(super) key: &'a str,
    pub(super) query: Vec<Parameter<'a>>,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) payload: Payload<'a>,
    pub(super) answer: Expected,
}

/// The body of a request.
pub(super) enum Payload<'a> {
    Empty,
    Part(&'a Part),
}

/// The body of an answer that is not a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    /// Nothing, or nothing that is read.
    Nothing,
    /// A document with this root.
    Document(&'static str),
    /// Bytes, of at most so many.
    Bytes(usize),
}

/// Codes of failures of S3's own, when the status says that it went well.
const OF_S3: [&str; 2] = ["InternalError", "ServiceUnavailable"];

/// An answer that is not a failure.
pub(super) struct Answered {
    pub(super) status: u16,
    pub(super) headers: Headers,
    pub(super) body: Vec<u8>,
    /// Empty unless one was expected.
    pub(super) document: Element,
}

/// A call that failed.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) error: Error,
    /// The status and code of a refusal; a refusal without words has no code.
    pub(super) status: Option<u16>,
    pub(super) code: Option<String>,
    /// True if an earlier try may have been carried out.
    pub(super) is_unclear: bool,
}

impl From<Failed> for Error {
    fn from(failed: Failed) -> Error {
        failed.error
    }
}

/// The end of a try that was not answered.
struct Stop {
    failed: Box<Failed>,
    is_worth_another: bool,
    /// The region where the bucket is, if that is the reason.
    moved_to: Option<String>,
}

impl Stop {
    fn refused(failure: Failure, status: u16, code: Option<String>) -> Stop {
        let Failure { error, is_worth_another } = failure;
        let failed = Box::new(Failed { error, status: Some(status), code, is_unclear: false });
        Stop { failed, is_worth_another, moved_to: None }
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Stop {
        let Failure { error, is_worth_another } = failure;
        let failed = Box::new(Failed { error, status: None, code: None, is_unclear: false });
        Stop { failed, is_worth_another, moved_to: None }
    }
}

/// The way to S3: the login, and what was learnt about buckets on the way.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) aws: Aws,
    pub(super) patience: Patience,
    /// The regions of buckets that are not where they were said to be.
    regions: Mutex<BTreeMap<String, String>>,
    /// Buckets that are there.
    known: Mutex<BTreeSet<String>>,
    /// True once a server has answered: from then on, a server that cannot be reached is one that may come back.
    is_reached: AtomicBool,
}

impl Line {
    pub(super) fn new(aws: Aws) -> Line {
        Line {
            aws,
            patience: Patience::default(),
            regions: Mutex::default(),
            known: Mutex::default(),
            is_reached: AtomicBool::new(false),
        }
    }

    pub(super) fn region(&self, bucket: &Bucket) -> String {
        let regions = self.regions.lock().unwrap_or_else(PoisonError::into_inner);
        regions.get(&bucket.name).unwrap_or(&bucket.region).clone()
    }

    /// True if the bucket has answered before: then a `404` is about an object.
    pub(super) fn is_known(&self, bucket: &Bucket) -> bool {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).contains(&bucket.name)
    }

    fn learn(&self, bucket: &Bucket, is_there: bool) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        match is_there {
            true => known.insert(bucket.name.clone()),
            false => known.remove(&bucket.name),
        };
    }

    /// Sends the request and gives its answer, after as many tries as are worth it.
    pub(super) async fn call(&self, call: &Call<'_>) -> Result<Answered, Failed> {
        let (mut failures, mut is_redirected, mut is_unclear) = (0, false, false);
        loop {
            let region = self.region(call.bucket);
            let Stop { failed, is_worth_another, moved_to } = match self.attempt(call, &region).await {
                Ok(answered) => {
                    self.learn(call.bucket, true);
                    return Ok(answered);
                }
                Err(stop) => stop,
            };
            if let Some(region) = moved_to.filter(|_| !is_redirected) {
                is_redirected = true;
                let mut regions = self.regions.lock().unwrap_or_else(PoisonError::into_inner);
                regions.insert(call.bucket.name.clone(), region);
                continue;
            }
            match failed.code.as_deref() {
                Some("NoSuchKey" | "NoSuchUpload") => self.learn(call.bucket, true),
                Some("NoSuchBucket") => self.learn(call.bucket, false),
                _ => {}
            }
            failures += 1;
            let is_cut_off =
                matches!(failed.error, Error::Unreachable { .. }) && self.is_reached.load(Ordering::Relaxed);
            if !(is_worth_another || is_cut_off) || failures >= ATTEMPTS {
                return Err(Failed { is_unclear, ..*failed });
            }
            is_unclear |= !failed.error.is_refusal();
            tokio::time::sleep(pause(failures, fastrand::f64())).await;
        }
    }

    async fn attempt(&self, call: &Call<'_>, region: &str) -> Result<Answered, Stop> {
        let place = self.aws.place(&S3, region);
        let watch = Arc::new(Watch::new(self.patience));
        let tried = watch.patiently(self.exchange(call, &place, &watch)).await;
        if let (Some(reason), Payload::Part(part)) = (watch.fault(), &call.payload)
            && let Some(error) = part.fault(reason)
        {
            return Err(Failure::last(error).into());
        }
        tried.unwrap_or_else(|| {
            let reason = format!("nothing moved for {} seconds", self.patience.quiet.as_secs());
            Err(Failure::again(place.unreachable(reason, true)).into())
        })
    }

    async fn exchange(&self, call: &Call<'_>, place: &Place, watch: &Arc<Watch>) -> Result<Answered, Stop> {
        let (message, endpoint) = self.message(call, &place.region);
        let (signed, sent) = match &call.payload {
            Payload::Empty => (SignableBody::empty(), Ok(SdkBody::empty())),
            Payload::Part(part) => (SignableBody::Precomputed(part.hexadecimal()), part.body(watch)),
        };
        let body = Body { signed, sent: sent.map_err(Failure::last)? };
        let response = self.aws.send(place, &endpoint, call.name, &message, body).await?;
        self.is_reached.store(true, Ordering::Relaxed);
        watch.moved();
        let status = response.status();
        if status.is_success() {
            return call.answered(place, response, watch).await;
        }
        let headers = response.headers().clone();
        // More than fits is not an error of S3, and is not read.
        let body = read(response, LONGEST_DOCUMENT, || watch.moved()).await.map_err(|reason| cut(place, reason))?;
        Err(call.refused(place, status.as_u16(), &headers, &body.unwrap_or_default()))
    }

    fn message(&self, call: &Call<'_>, region: &str) -> (Message, Endpoint) {
        let endpoint = self.aws.endpoint(&S3, region);
        let is_given = self.aws.given_server(&S3).is_some();
        let url = address::url(&endpoint.url, is_given, call.bucket, call.key, &call.query);
        let mut headers = vec![("x-amz-expected-bucket-owner", call.bucket.owner.clone())];
        headers.extend(call.headers.iter().cloned());
        (Message { method: call.method, url, headers, settings: settings() }, endpoint)
    }
}

/// S3 signs a path as it is sent, and wants the digest of the body in a header.
fn settings() -> SigningSettings {
    let mut settings = SigningSettings::default();
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    settings
}

fn cut(place: &Place, reason: String) -> Stop {
    Failure::again(place.unreachable(reason, true)).into()
}

impl Call<'_> {
    async fn answered(&self, place: &Place, response: Response, watch: &Watch) -> Result<Answered, Stop> {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let (mut body, mut document) = (Vec::new(), Element::default());
        match self.answer {
            Expected::Nothing => {}
            Expected::Bytes(limit) => {
                let content = read(response, limit, || watch.moved()).await.map_err(|reason| cut(place, reason))?;
                let what = self.target();
                body = content.ok_or_else(|| Failure::last(Error::TooLong { call: self.name, what, limit }))?;
            }
            Expected::Document(root) => {
                let text =
                    read(response, LONGEST_DOCUMENT, || watch.moved()).await.map_err(|reason| cut(place, reason))?;
                let what = self.target();
                let too_long = || Failure::last(Error::TooLong { call: self.name, what, limit: LONGEST_DOCUMENT });
                // Spaces come before the document while the parts are put together.
                let text = text.ok_or_else(too_long)?;
                let read = Element::read(String::from_utf8_lossy(&text).trim());
                document = read.map_err(|reason| not_s3(place, format!("its answer is not XML: {reason}")))?;
                if document.name == "Error" {
                    let is_of_s3 = document.text_of("Code").is_some_and(|code| OF_S3.contains(&code));
                    return Err(self.refused(place, if is_of_s3 { 500 } else { 400 }, &headers, &text));
                }
                if document.name != root {
                    return Err(not_s3(place, format!("its answer is not a `{root}`: `{}`", document.name)));
                }
            }
        }
        Ok(Answered { status, headers, body, document })
    }

    /// The bucket and key, as a URL.
    fn target(&self) -> String {
        format!("s3://{}/{}", self.bucket.name, self.key)
    }

    /// Sorts a refusal.
    fn refused(&self, place: &Place, status: u16, headers: &Headers, body: &[u8]) -> Stop {
        let document = Element::read(String::from_utf8_lossy(body).trim()).unwrap_or_default();
        let code = document.text_of("Code").filter(|_| document.name == "Error").map(str::to_owned);
        let words = match (&code, self.method) {
            (Some(code), _) => Some((code.as_str(), document.text_of("Message").unwrap_or("no message"))),
            (None, "HEAD") => wordless(status),
            (None, _) => None,
        };
        let Some((name, message)) = words else {
            // A gateway: an answer in the service's place may be another one the next time.
            let error = place.without_code(status);
            return Stop::refused(Failure { error, is_worth_another: status >= 500 }, status, None);
        };
        let error = self.error(place, status, name, message);
        let region = moved_to(status, code.as_deref(), headers, &document).filter(|region| *region != place.region);
        // Another call about the same object was under way.
        let is_worth_another =
            matches!(error, Error::Service { .. }) && (error.may_pass() || name == "OperationAborted");
        Stop { moved_to: region, ..Stop::refused(Failure { error, is_worth_another }, status, code) }
    }

    fn error(&self, place: &Place, status: u16, code: &str, message: &str) -> Error {
        let target = self.target();
        let message = message.trim_end_matches('.');
        let told = place.refused(self.name, code, Some(&format!("{message} (`{target}`)")), Some(status));
        let Error::Forbidden { permission, region, message: told, .. } = told else { return told };
        let mut told = told;
        // S3's own words say nothing else; those of the policies name the policy.
        if message.eq_ignore_ascii_case("access denied") || message == "no message" {
            told += &format!("; S3 also answers so if the bucket is not one of account {}", self.bucket.owner);
            if self.permission == "GetObject" {
                told += ", or if the object does not exist and `s3:ListBucket` is not allowed";
            }
        }
        Error::Forbidden { permission, call: self.permission, region, message: told }
    }
}

/// Code and message for an answer to `HEAD`, which has only a status.
fn wordless(status: u16) -> Option<(&'static str, &'static str)> {
    let code = match status {
        301 => "PermanentRedirect",
        307 => "TemporaryRedirect",
        400 => "BadRequest",
        403 => "AccessDenied",
        404 => "NotFound",
        _ => return None,
    };
    Some((code, "no message"))
}

fn not_s3(place: &Place, reason: String) -> Stop {
    let (service, endpoint) = (place.service.name, place.endpoint.clone());
    Failure::last(Error::NotTheService { service, endpoint, reason, status: None }).into()
}

/// The region where the bucket is, if that is the reason of the refusal. Only a name is taken from it: the server is one of that region.
fn moved_to(status: u16, code: Option<&str>, headers: &Headers, document: &Element) -> Option<String> {
    let is_move = match status {
        301 | 307 => true,
        400 => code.is_none_or(|code| code == "AuthorizationHeaderMalformed"),
        _ => false,
    };
    let region = headers.get("x-amz-bucket-region").or_else(|| document.text_of("Region")).filter(|_| is_move)?;
    let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let is_region = (4..=32).contains(&region.len()) && region.bytes().all(is_name);
    is_region.then(|| region.to_owned())
}

impl Answered {
    /// The tag of an object's content. Whoever answers without one is not S3.
    pub(super) fn etag(&self, line: &Line, bucket: &Bucket) -> Result<String, Error> {
        let etag = self.headers.get("etag").filter(|etag| !etag.is_empty()).map(str::to_owned);
        etag.ok_or_else(|| line.not_s3(bucket, "its answer has no ETag"))
    }
}

impl Line {
    /// Somebody else answered about this bucket.
    pub(super) fn not_s3(&self, bucket: &Bucket, reason: &str) -> Error {
        let place = self.aws.place(&S3, &self.region(bucket));
        let (service, endpoint) = (place.service.name, place.endpoint);
        Error::NotTheService { service, endpoint, reason: reason.to_owned(), status: None }
    }
}
