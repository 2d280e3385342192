//! One call of a service for which no SDK crate is linked: signed, sent, tried again, and its answer read.
//!
//! Three protocols are spoken: AWS JSON, AWS Query, and REST with XML. All calls read, or may be sent again as the same request
//! (`DeleteResource` has a client token), so each is tried again whatever became of it.
//!
//! Sources: Smithy 2.0, "AWS JSON 1.0 protocol", "AWS JSON 1.1 protocol", "AWS Query protocol", "AWS restXml protocol", each with its
//! section on errors.

use aws_sigv4::http_request::{SignableBody, SigningSettings};
use aws_smithy_runtime_api::http::Response as HttpResponse;
use aws_smithy_types::body::SdkBody;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::error::Error;
use crate::login::{ATTEMPT_TIMEOUT, Aws};
use crate::place::Place;
use crate::retry::{ATTEMPTS, pause};
use crate::service::{Endpoint, Service};
use crate::wire::{Body, Failure, Message, read};
use crate::xml::{self, Element};

/// The most bytes of an answer; a page of resources with all their properties has less.
const LONGEST_ANSWER: usize = 32 << 20;

/// Characters that are not escaped in forms and paths.
pub(crate) const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A request in one of the protocols.
#[derive(Clone, Debug)]
pub enum Request<'a> {
    /// AWS JSON: the version of the protocol, the first part of the target, the input.
    Json {
        /// `1.0` or `1.1`.
        version: &'static str,
        /// The part of `X-Amz-Target` before the call's name.
        target: &'static str,
        /// The input.
        input: &'a Value,
    },
    /// AWS Query: the version of the API, and parameters.
    Query {
        /// The API's version, a date.
        version: &'static str,
        /// Names and values.
        parameters: &'a [(&'a str, &'a str)],
    },
    /// REST with XML, of which only `GET` is needed: the path, and the query.
    Get {
        /// Begins with `/`; parts from outside are escaped by [`escaped`].
        path: &'a str,
        /// Names and values.
        parameters: &'a [(&'a str, &'a str)],
        /// The name of the answer's root element.
        root: &'a str,
    },
}

/// An answer that is not a failure.
#[derive(Clone, Debug)]
pub enum Answer {
    /// To a request in JSON.
    Json(Value),
    /// To the others.
    Xml(Element),
}

/// A text as a part of a path or a form.
pub fn escaped(text: &str) -> String {
    utf8_percent_encode(text, ESCAPED).to_string()
}

fn form(parameters: &[(&str, &str)]) -> String {
    let pairs = parameters.iter().map(|(name, value)| format!("{}={}", escaped(name), escaped(value)));
    pairs.collect::<Vec<_>>().join("&")
}

impl Request<'_> {
    /// The request as it is sent, and its body.
    fn message(&self, call: &str, endpoint: &str) -> (Message, String) {
        let settings = SigningSettings::default();
        match self {
            Request::Json { version, target, input } => {
                let headers = vec![
                    ("content-type", format!("application/x-amz-json-{version}")),
                    ("x-amz-target", format!("{target}.{call}")),
                ];
                (Message { method: "POST", url: format!("{endpoint}/"), headers, settings }, input.to_string())
            }
            Request::Query { version, parameters } => {
                let mut all = vec![("Action", call), ("Version", *version)];
                all.extend_from_slice(parameters);
                let headers = vec![("content-type", "application/x-www-form-urlencoded".to_owned())];
                (Message { method: "POST", url: format!("{endpoint}/"), headers, settings }, form(&all))
            }
            Request::Get { path, parameters, .. } => {
                let query = form(parameters);
                let mark = if query.is_empty() { "" } else { "?" };
                let url = format!("{endpoint}{path}{mark}{query}");
                (Message { method: "GET", url, headers: Vec::new(), settings }, String::new())
            }
        }
    }

    /// The body of an answer that is not a failure.
    fn answer(&self, call: &str, body: &[u8]) -> Result<Answer, String> {
        let root = match self {
            Request::Json { .. } => {
                let read = serde_json::from_slice(body).map(Answer::Json);
                return read.map_err(|error| format!("its answer is not JSON: {error}"));
            }
            Request::Query { .. } => xml::root_of(call),
            Request::Get { root, .. } => (*root).to_owned(),
        };
        let read = Element::read(&String::from_utf8_lossy(body));
        let read = read.map_err(|error| format!("its answer is not XML: {error}"))?;
        // The page of a proxy may be XML too, and has nothing in it: "there are none".
        xml::expect(&root, &read.name).map(|()| Answer::Xml(read))
    }

    /// Code and message of a failure.
    fn failure(&self, header: Option<&str>, body: &[u8]) -> Option<(String, Option<String>)> {
        let Request::Json { .. } = self else {
            let document = Element::read(&String::from_utf8_lossy(body)).ok()?;
            return Some((document.text_of("Code")?.to_owned(), document.text_of("Message").map(str::to_owned)));
        };
        let document: Value = serde_json::from_slice(body).unwrap_or_default();
        let text = |key: &str| document.get(key).and_then(Value::as_str);
        let code = header.or_else(|| text("__type")).or_else(|| text("code"))?;
        // `aws.protocoltests#Foo:https://…` is written too, in either place.
        let code = code.split(':').next().unwrap_or_default().rsplit('#').next().unwrap_or_default();
        let message = text("message").or_else(|| text("Message")).map(str::to_owned);
        (!code.is_empty()).then(|| (code.to_owned(), message))
    }
}

impl Aws {
    /// Sends a request of the call to the service and gives its answer, after as many tries as are worth it.
    ///
    /// # Errors
    ///
    /// When there is no login, the server does not answer, or the service refuses.
    pub async fn call(
        &self,
        service: &'static Service,
        region: &str,
        call: &'static str,
        request: Request<'_>,
    ) -> Result<Answer, Error> {
        let place = self.place(service, region);
        let endpoint = self.endpoint(service, region);
        let mut failed = 0;
        loop {
            let tried = self.attempt(&place, &endpoint, call, &request);
            let failure = match tokio::time::timeout(ATTEMPT_TIMEOUT, tried).await {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(failure)) => failure,
                Err(_) => {
                    let reason = format!("no answer within {} seconds", ATTEMPT_TIMEOUT.as_secs());
                    Failure::again(place.unreachable(reason, true))
                }
            };
            failed += 1;
            if !failure.is_worth_another || failed >= ATTEMPTS {
                return Err(failure.error);
            }
            tokio::time::sleep(pause(failed, fastrand::f64())).await;
        }
    }

    async fn attempt(
        &self,
        place: &Place,
        endpoint: &Endpoint,
        call: &'static str,
        request: &Request<'_>,
    ) -> Result<Answer, Failure> {
        let (message, body) = request.message(call, &endpoint.url);
        let body = Body { signed: SignableBody::Bytes(body.as_bytes()), sent: SdkBody::from(body.as_str()) };
        let response = self.send(place, endpoint, call, &message, body).await?;
        let (status, header) = (response.status(), error_type(&response));
        let body = read(response, LONGEST_ANSWER, || ()).await;
        let body = body.map_err(|reason| Failure::again(place.unreachable(reason, true)))?;
        let not_the_service = |reason| {
            let (service, endpoint) = (place.service.name, place.endpoint.clone());
            Failure::last(Error::NotTheService { service, endpoint, reason, status: None })
        };
        let Some(body) = body else {
            return Err(not_the_service(format!("its answer is longer than {} MiB", LONGEST_ANSWER >> 20)));
        };
        if status.is_success() {
            return request.answer(call, &body).map_err(not_the_service);
        }
        let status = status.as_u16();
        let error = match request.failure(header.as_deref(), &body) {
            Some((code, message)) => place.refused(call, &code, message.as_deref(), Some(status)),
            // A gateway: an answer in the service's place may be another one the next time.
            None if status >= 500 => return Err(Failure::again(place.without_code(status))),
            None => place.without_code(status),
        };
        Err(Failure { is_worth_another: matches!(error, Error::Service { .. }) && error.may_pass(), error })
    }
}

fn error_type(response: &HttpResponse) -> Option<String> {
    response.headers().get("x-amzn-errortype").map(str::to_owned)
}
