//! One request and its answer, bounded in time and size; and whether a server speaks HTTP/2.

use http_body_util::{BodyExt as _, Empty};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use crate::net::NetError;
use crate::settings::normal;

/// Bytes of an answer's head that are read.
const MAX_HEAD: usize = 64 * 1024;
/// Headers of an answer that are read.
const MAX_HEADERS: usize = 100;
/// Bytes of an answer's body that are read.
const MAX_BODY: usize = 4 * 1024;

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    /// The beginning of the body.
    pub(crate) body: String,
}

/// A request.
#[derive(Clone, Debug)]
pub(crate) struct Question<'a> {
    pub(crate) host: &'a str,
    pub(crate) path: &'a str,
    pub(crate) headers: Vec<(String, &'a str)>,
}

impl<'a> Question<'a> {
    /// A GET of a path.
    pub(crate) fn get(host: &'a str, path: &'a str) -> Self {
        Question { host, path, headers: Vec::new() }
    }
}

impl Answer {
    /// The values of a header, joined as HTTP joins them.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let values: Vec<_> =
            self.headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
        (!values.is_empty()).then(|| values.join(", "))
    }

    /// True if CloudFront says that the answer came through it.
    ///
    /// Source: Amazon CloudFront Developer Guide, "Request and response behavior for custom origins" (`Via`, `X-Amz-Cf-Id`).
    pub(crate) fn is_from_cloudfront(&self) -> bool {
        self.header("via").is_some_and(|via| via.contains(".cloudfront.net (CloudFront)"))
            && self.headers.contains_key("x-amz-cf-id")
    }

    /// The status and the first line of the body.
    pub(crate) fn summary(&self) -> String {
        let first = self.body.lines().next().unwrap_or_default();
        // The page of an error repeats the status in HTML.
        if first.is_empty() || first.starts_with('<') {
            self.status.to_string()
        } else {
            format!("{} `{first}`", self.status)
        }
    }
}

/// Sends a request, and reads its answer as far as it is needed.
pub(crate) async fn ask<S>(stream: S, question: Question<'_>) -> Result<Answer, NetError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut request = Request::builder()
        .method(Method::GET)
        .uri(question.path)
        .header("host", question.host)
        .header("user-agent", concat!("formwork-verify/", env!("CARGO_PKG_VERSION")))
        .header("accept", "*/*")
        .body(Empty::<Bytes>::new())
        .map_err(NetError::answer)?;
    for (name, value) in question.headers {
        let name = HeaderName::try_from(name).map_err(NetError::answer)?;
        request.headers_mut().insert(name, HeaderValue::try_from(value).map_err(NetError::answer)?);
    }
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(MAX_HEAD)
        .max_headers(MAX_HEADERS)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(NetError::answer)?;
    let answer = async {
        let response = sender.send_request(request).await.map_err(explained)?;
        let (head, mut body) = response.into_parts();
        let mut bytes = Vec::new();
        while bytes.len() < MAX_BODY
            && head.status.as_u16() != 101
            && let Some(Ok(frame)) = body.frame().await
        {
            bytes.extend_from_slice(frame.data_ref().map_or(&[][..], |data| &data[..]));
        }
        bytes.truncate(MAX_BODY);
        Ok(Answer {
            status: head.status.as_u16(),
            headers: head.headers,
            body: String::from_utf8_lossy(&bytes).into_owned(),
        })
    };
    let (mut answer, mut connection) = (Box::pin(answer), Box::pin(connection));
    tokio::select! {
        answer = &mut answer => return answer,
        _ = &mut connection => {}
    }
    answer.await
}

/// The cause rather than the outermost sentence, which only says that something happened.
fn explained(error: hyper::Error) -> NetError {
    if error.is_parse() {
        return NetError::Answer(format!("the answer is not HTTP: {error}"));
    }
    if error.is_incomplete_message() || error.is_canceled() || error.is_closed() {
        return NetError::Answer("the connection was closed without an answer".to_owned());
    }
    match std::error::Error::source(&error) {
        Some(cause) => NetError::answer(cause),
        None => NetError::answer(error),
    }
}

/// The preface of a client, and its settings, of which there are none (RFC 9113, §3.4 and §6.5).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
/// Type of the frame that a server has to begin with.
const SETTINGS: u8 = 4;

/// Begins HTTP/2 on a connection, and waits for the frame that a server has to begin with.
pub(crate) async fn begin_http2<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S) -> Result<(), NetError> {
    stream.write_all(PREFACE).await.map_err(NetError::answer)?;
    let mut head = [0; 9];
    stream.read_exact(&mut head).await.map_err(NetError::answer)?;
    match head {
        [0, _, _, SETTINGS, 0, 0, 0, 0, 0] => Ok(()),
        _ => Err(NetError::Answer("the answer is not HTTP/2".to_owned())),
    }
}

/// The host of a URL with https, if that is what it is.
pub(crate) fn https_host(location: &str) -> Option<String> {
    let rest = location.get(..8).filter(|scheme| scheme.eq_ignore_ascii_case("https://")).map(|_| &location[8..])?;
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    Some(normal(authority.strip_suffix(":443").unwrap_or(authority)))
}

#[cfg(test)]
mod tests {
    use super::https_host;

    #[test]
    fn targets_of_redirects() {
        let table = [
            ("https://api.example.com/x", Some("api.example.com")),
            ("HTTPS://API.example.com.:443?x", Some("api.example.com")),
            ("https://api.example.com@evil.example/", Some("api.example.com@evil.example")),
            ("https://evil.example/api.example.com", Some("evil.example")),
            ("https://api.example.com:8443/", Some("api.example.com:8443")),
            (r"https://evil.example\api.example.com", Some("evil.example")),
            ("http://api.example.com/", None),
            ("/x", None),
            ("https:/", None),
            ("", None),
            ("ääääää", None),
        ];
        for (location, host) in table {
            assert_eq!(https_host(location).as_deref(), host, "{location}");
        }
    }
}
