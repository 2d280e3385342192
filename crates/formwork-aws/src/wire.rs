//! A request on the wire: signed, handed to the connector, a try that failed, and the body of an answer.
//!
//! `client` speaks the protocols of most services with it, `s3` that of S3.
//!
//! Source: IAM User Guide, "AWS Signature Version 4 for API requests".

use std::time::SystemTime;

use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::http::HttpConnector as _;
use aws_smithy_runtime_api::client::identity::Identity;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::{Request as HttpRequest, Response as HttpResponse};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;

use crate::causes::{find, innermost};
use crate::error::Error;
use crate::in_the_clear::InTheClear;
use crate::login::Aws;
use crate::place::Place;
use crate::retry::is_no_connection;
use crate::service::{Endpoint, Service};

/// A request before it is signed, without its body.
pub(crate) struct Message {
    pub(crate) method: &'static str,
    pub(crate) url: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    /// The service's own way to sign.
    pub(crate) settings: SigningSettings,
}

/// The body of a request: as the signature has it, and as it is sent.
pub(crate) struct Body<'a> {
    pub(crate) signed: SignableBody<'a>,
    pub(crate) sent: SdkBody,
}

/// A try that failed.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) error: Error,
    pub(crate) is_worth_another: bool,
}

impl Failure {
    pub(crate) fn last(error: Error) -> Self {
        Failure { error, is_worth_another: false }
    }

    pub(crate) fn again(error: Error) -> Self {
        Failure { error, is_worth_another: true }
    }
}

impl Aws {
    /// Signs a request, sends it, and gives the answer's head.
    pub(crate) async fn send(
        &self,
        place: &Place,
        endpoint: &Endpoint,
        call: &'static str,
        message: &Message,
        body: Body<'_>,
    ) -> Result<HttpResponse, Failure> {
        let identity = Identity::from(self.credentials(place).await.map_err(Failure::last)?);
        let not_sent = |reason: String| Failure::last(place.not_sent(call, reason));
        let request = request(message, &identity, endpoint, place.service, body).map_err(not_sent)?;
        self.connector(&endpoint.url).call(request).await.map_err(|error| place.not_answered(&error))
    }
}

/// The body of an answer, with a word to `moved` for each piece that came; `None` if it has more bytes than are allowed, which are not read.
pub(crate) async fn read(response: HttpResponse, limit: usize, moved: impl Fn()) -> Result<Option<Vec<u8>>, String> {
    let mut stream = ByteStream::new(response.into_body());
    let mut body = Vec::new();
    while let Some(piece) = stream.next().await {
        let piece = piece.map_err(|error| innermost(&error))?;
        moved();
        if body.len() + piece.len() > limit {
            return Ok(None);
        }
        body.extend_from_slice(&piece);
    }
    Ok(Some(body))
}

impl Place {
    /// Sorts what the connector reports.
    fn not_answered(&self, error: &ConnectorError) -> Failure {
        if let Some(InTheClear { server }) = find(error) {
            return Failure::last(Error::InTheClear { server: server.clone() });
        }
        let is_connected = !is_no_connection(error);
        let error_of_call = self.unreachable(innermost(error), is_connected);
        Failure { error: error_of_call, is_worth_another: is_connected && !error.is_user() }
    }

    /// A server that did not answer.
    pub(crate) fn unreachable(&self, reason: String, is_connected: bool) -> Error {
        Error::Unreachable { endpoint: self.endpoint.clone(), reason, is_connected }
    }
}

/// The request with its signature.
fn request(
    message: &Message,
    identity: &Identity,
    endpoint: &Endpoint,
    service: &Service,
    body: Body<'_>,
) -> Result<HttpRequest, String> {
    let parameters = v4::SigningParams::builder()
        .identity(identity)
        .region(&endpoint.signing_region)
        .name(service.signing_name)
        .time(SystemTime::now())
        .settings(message.settings.clone())
        .build()
        .map_err(|error| innermost(&error))?;
    let headers = message.headers.iter().map(|(name, value)| (*name, value.as_str()));
    let signable =
        SignableRequest::new(message.method, &message.url, headers, body.signed).map_err(|error| innermost(&error))?;
    let (instructions, _) = sign(signable, &parameters.into()).map_err(|error| innermost(&error))?.into_parts();

    let mut request = HttpRequest::new(body.sent);
    request.set_method(message.method).map_err(|error| innermost(&error))?;
    request.set_uri(message.url.as_str()).map_err(|error| innermost(&error))?;
    let agent = ("user-agent", concat!("formwork/", env!("CARGO_PKG_VERSION")));
    let own = message.headers.iter().map(|(name, value)| (*name, value.as_str()));
    // The HTTP library says no length of a body that is not there, and S3 answers 411 to that.
    let is_empty = request.body().content_length() == Some(0) && matches!(message.method, "PUT" | "POST");
    let length = is_empty.then_some(("content-length", "0"));
    for (name, value) in own.chain([agent]).chain(length).chain(instructions.headers()) {
        let set = request.headers_mut().try_insert(name.to_owned(), value.to_owned());
        set.map_err(|error| innermost(&error))?;
    }
    Ok(request)
}
