//! The wire: HTTP/1.1, on the loopback address unless [`Options::listen_on`] says otherwise.
//!
//! `POST /` and `GET /?…` are the Query protocol, or another one ([`json`]); everything below a bucket's name is the store of templates
//! and assets ([`bucket`]); `PUT /_signal/…` tells a wait condition's handle. Who may ask at all is decided first ([`guard`]).

mod body;
mod bucket;
mod chunked;
mod guard;
mod json;
mod object;
mod parts;
mod promised;
mod range;
mod receive;
mod refusal;
mod response;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hyper::body::{Bytes, Incoming};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderValue};
use hyper::http::request::Parts;
use hyper::service::service_fn;
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::Value as Json;
use tokio::net::TcpListener;

use self::response::{Answer, Cut, header, plain, respond};
use crate::engine::{Engine, Options};
use crate::error::LocalError;
use crate::faults;
use crate::in_process::InProcess;
use crate::model::Existing;
use crate::protocol::{ApiError, Form, scope_of, xml};
use crate::time;
use crate::wire::Reply;

/// The time that a client may take for its headers, and keep a connection on which it asks nothing.
const HEADERS_WITHIN: Duration = Duration::from_secs(75);

/// More than any client's headers, or the form of a signed `GET`, need.
const MAX_HEADERS: usize = 64 * 1024;

/// The text that somebody reads who opens the address in a browser.
const WELCOME: &str = "\
This is formwork's embedded CloudFormation engine: nothing is created at AWS.
Point a client at it by AWS_ENDPOINT_URL, with any credentials.
";

/// An engine that listens.
#[derive(Debug)]
pub struct Server {
    engine: Arc<Engine>,
    listener: TcpListener,
    address: SocketAddr,
}

/// The things of a running engine that no stack made.
#[derive(Clone, Debug)]
pub struct Things {
    engine: Arc<Engine>,
}

impl Things {
    /// Enters a thing of the type with this primary identifier, if it has one of one part, and with these properties; what only the
    /// service sets gets values of AWS's form.
    pub fn enter(&self, region: &str, type_name: &str, identifier: Option<&str>, properties: Json) -> Existing {
        self.engine.enter(region, type_name, identifier, properties)
    }

    /// The names of the stacks that are deployed, each with the logical ids of its resources.
    pub fn deployed(&self) -> Vec<(String, Vec<String>)> {
        self.engine.deployed()
    }
}

impl Server {
    /// Opens the state and takes the port. Requests are answered once [`Server::serve`] runs.
    ///
    /// # Errors
    ///
    /// When the state cannot be read or is in use, or the port is taken.
    pub async fn bind(options: &Options) -> Result<Server, LocalError> {
        let wanted = SocketAddr::new(options.listen_on.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)), options.port);
        let failed = |source| LocalError::Listen { address: wanted, source };
        let listener = TcpListener::bind(wanted).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let url = format!("http://{address}");
        let engine = Arc::new(Engine::open(options, Arc::new(time::System), |store| store.listens_at(&url))?);
        engine.listens_at(&url);
        Ok(Server { engine, listener, address })
    }

    /// URL at which it listens, e.g. `http://127.0.0.1:4566`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Things that exist without a stack that made them: more can be entered while the engine runs.
    pub fn things(&self) -> Things {
        Things { engine: self.engine.clone() }
    }

    /// The engine's operations without the wire. Operations are moved while [`Server::serve`] runs.
    pub fn in_process(&self) -> InProcess {
        InProcess::new(self.engine.clone())
    }

    /// Answers requests, and moves operations, until the future is dropped.
    pub async fn serve(self) {
        let clock = clock(self.engine.clone());
        let accept = async {
            loop {
                let Ok((stream, _)) = self.listener.accept().await else {
                    // Too many open files, for one: others must end first.
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    continue;
                };
                // Answers are small and people wait for them.
                let _ = stream.set_nodelay(true);
                let engine = self.engine.clone();
                tokio::spawn(async move {
                    let service = service_fn(move |request| answer(engine.clone(), request));
                    // A connection that breaks is the client's business.
                    let _ = hyper::server::conn::http1::Builder::new()
                        .timer(TokioTimer::new())
                        .header_read_timeout(HEADERS_WITHIN)
                        .max_buf_size(MAX_HEADERS)
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        };
        tokio::join!(clock, accept);
    }
}

/// Moves operations when they are due, or when something was started.
async fn clock(engine: Arc<Engine>) {
    loop {
        let due = engine.tick();
        let wait = due
            .map_or(Duration::from_secs(3_600), |due| Duration::from_millis(due.saturating_sub(engine.now()).max(1)));
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = engine.woken() => {}
        }
    }
}

async fn answer(engine: Arc<Engine>, request: Request<Incoming>) -> Result<Answer, Cut> {
    let (head, body) = request.into_parts();
    if let Err(reason) = guard::admit(&head.headers) {
        return Ok(plain(StatusCode::FORBIDDEN, reason));
    }
    let path = head.uri.path();
    let is_s3 = scope_of(header(&head, AUTHORIZATION)).is_some_and(|scope| scope.service == "s3");
    let place = bucket::place(header(&head, HOST), path);
    if path == "/" && place.bucket.is_empty() && !is_s3 {
        let body = body::read(body).await;
        return match head.method {
            Method::POST | Method::GET => query(&engine, &head, body).await,
            _ => Ok(plain(StatusCode::METHOD_NOT_ALLOWED, "requests of the Query protocol are POST or GET\n")),
        };
    }
    if head.method == Method::PUT && path.starts_with("/_signal/") {
        return match body::read(body).await {
            Ok(body) => Ok(signal(&engine, &head, &body).await),
            Err(refused) => refused.say(plain),
        };
    }
    bucket::answer(&engine, &head, &place, body).await
}

/// The Query protocol.
async fn query(engine: &Engine, head: &Parts, body: Result<Bytes, body::Refused>) -> Result<Answer, Cut> {
    let body = match body {
        Ok(body) => body,
        Err(refused) => {
            return refused.say(|status, text| {
                let error = ApiError::new("RequestEntityTooLarge", status.as_u16(), text.trim_end());
                respond(status.as_u16(), "text/xml", xml::error(&error, &engine.request_id()))
            });
        }
    };
    let given = head.uri.query().unwrap_or_default().as_bytes();
    if head.method == Method::GET && given.is_empty() {
        return Ok(plain(StatusCode::OK, WELCOME));
    }
    // Other protocols of AWS's services: their clients do not read XML.
    let media_type = header(head, CONTENT_TYPE).split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if !body.is_empty() && !matches!(media_type.as_str(), "" | "application/x-www-form-urlencoded") {
        if media_type.contains("json") {
            return Ok(json::answer(engine, head, &body).await);
        }
        return Ok(other_protocol(&media_type, &engine.request_id()));
    }
    let form = if body.is_empty() { given } else { &body };
    if head.method == Method::GET
        && let Some(action) = Form::read(form).ok().as_ref().and_then(|form| form.get("Action"))
        && let Err(reason) = guard::admit_get(action, header(head, AUTHORIZATION))
    {
        return Ok(plain(StatusCode::FORBIDDEN, reason));
    }
    let faults = head.headers.get(faults::HEADER).map(HeaderValue::as_bytes);
    match engine.query(form, header(head, AUTHORIZATION), faults).ready().await {
        Reply::Cut => Err(Cut),
        Reply::Answer { status, body, request_id } => {
            let mut response = respond(status, "text/xml", body);
            if let Ok(value) = request_id.parse() {
                response.headers_mut().insert("x-amzn-requestid", value);
            }
            Ok(response)
        }
    }
}

/// A client that speaks what nobody here does.
fn other_protocol(media_type: &str, request_id: &str) -> Answer {
    let message = format!(
        "the embedded engine speaks CloudFormation's Query protocol, whose requests are forms, not {media_type}"
    );
    respond(415, "text/xml", xml::error(&ApiError::new("UnsupportedMediaType", 415, message), request_id))
}

/// Takes what a machine tells the handle of a wait condition.
async fn signal(engine: &Engine, head: &Parts, body: &[u8]) -> Answer {
    let url = format!("http://{}{}", header(head, HOST), head.uri.path());
    match serde_json::from_slice(body) {
        Ok(signal) if engine.signal(&url, &signal).await => plain(StatusCode::OK, ""),
        Ok(_) => plain(StatusCode::NOT_FOUND, "there is no such wait condition handle\n"),
        Err(error) => plain(StatusCode::BAD_REQUEST, &format!("the signal is not JSON: {error}\n")),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};

    use super::*;

    /// The first line of the answer.
    async fn ask(address: SocketAddr, request: &str) -> String {
        let whole = format!("{request}\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        let asked = tokio::task::spawn_blocking(move || {
            let mut stream = std::net::TcpStream::connect(address).unwrap();
            stream.write_all(whole.as_bytes()).unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            answer.lines().next().unwrap_or_default().to_owned()
        });
        asked.await.unwrap()
    }

    /// Beyond the loopback address, an image of a page brings no header that tells of the page.
    #[tokio::test]
    async fn an_image_of_a_page_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let options = Options { state: folder.path().to_owned(), ..Options::default() };
        let server = Server::bind(&options).await.unwrap();
        let address = server.address;
        let serving = tokio::spawn(server.serve());
        let delete = "GET /?Action=DeleteStack&StackName=site HTTP/1.1";
        let signed = "Authorization: AWS4-HMAC-SHA256 Credential=k/20261123/us-east-1/cloudformation/aws4_request";
        assert_eq!(ask(address, delete).await, "HTTP/1.1 403 Forbidden");
        assert_eq!(ask(address, &delete.replace("Action", "%41ction")).await, "HTTP/1.1 403 Forbidden");
        let presigned = delete.replace("site", "site&X-Amz-Signature=0");
        assert_eq!(ask(address, &presigned).await, "HTTP/1.1 403 Forbidden");
        assert_eq!(ask(address, &format!("{delete}\r\n{signed}")).await, "HTTP/1.1 200 OK");
        assert_eq!(ask(address, &delete.replace("GET", "POST")).await, "HTTP/1.1 200 OK");
        assert_eq!(ask(address, "GET /?Action=ListStacks HTTP/1.1").await, "HTTP/1.1 200 OK");
        serving.abort();
    }
}
