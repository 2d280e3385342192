//! The wire: HTTP/1.1 on the loopback address, and nowhere else.
//!
//! `POST /` is the Query protocol; `PUT` and `GET /bucket/key` are the engine's own store of templates; `PUT /_signal/…` tells a
//! wait condition's handle.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use crate::engine::{Engine, Options, Reply};
use crate::error::LocalError;
use crate::protocol::{ApiError, xml};
use crate::time;

/// A template has 1 MiB at most; in a form every byte may take three.
const MAX_BODY: usize = 4 * 1_048_576;

/// An engine that listens.
#[derive(Debug)]
pub struct Server {
    engine: Arc<Engine>,
    listener: TcpListener,
    address: SocketAddr,
}

impl Server {
    /// Opens the state and takes the port. Requests are answered once [`Server::serve`] runs.
    ///
    /// # Errors
    ///
    /// When the state cannot be read or is in use, or the port is taken.
    pub async fn bind(options: &Options) -> Result<Server, LocalError> {
        let failed = |source| LocalError::Listen { port: options.port, source };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let engine = Arc::new(Engine::open(options)?);
        engine.listens_at(&format!("http://{address}"));
        Ok(Server { engine, listener, address })
    }

    /// Where it listens, e.g. `http://127.0.0.1:4566`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
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
        let wait =
            due.map_or(Duration::from_secs(3_600), |due| Duration::from_millis(due.saturating_sub(time::now()).max(1)));
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = engine.woken() => {}
        }
    }
}

/// A cut connection: hyper closes it when the service fails.
#[derive(Debug)]
struct Cut;

impl std::fmt::Display for Cut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the connection is cut on purpose")
    }
}

impl std::error::Error for Cut {}

async fn answer(engine: Arc<Engine>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Cut> {
    let (head, body) = request.into_parts();
    let header =
        |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    // A page in a browser must not be able to change anything here: browsers always name their origin.
    if head.headers.contains_key("origin") {
        return Ok(plain(StatusCode::FORBIDDEN, "requests of web pages are refused\n"));
    }
    let body = match Limited::new(body, MAX_BODY).collect().await {
        Ok(body) => body.to_bytes(),
        Err(_) => {
            let error = ApiError::new(
                "RequestEntityTooLarge",
                413,
                format!("the request is longer than {MAX_BODY} bytes, or was cut"),
            );
            return Ok(respond(413, "text/xml", xml::error(&error, "-")));
        }
    };
    let path = head.uri.path();
    match (head.method, path) {
        (Method::POST | Method::GET, "/") => {
            let query = head.uri.query().unwrap_or_default().as_bytes();
            let body = if body.is_empty() { query } else { &body };
            match engine.query(body, &header("authorization"), None).ready().await {
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
        (Method::PUT, path) if path.starts_with("/_signal/") => {
            let url = format!("http://{}{path}", header("host"));
            match serde_json::from_slice(&body) {
                Ok(signal) if engine.signal(&url, &signal).await => Ok(plain(StatusCode::OK, "")),
                Ok(_) => Ok(plain(StatusCode::NOT_FOUND, "there is no such wait condition handle\n")),
                Err(error) => Ok(plain(StatusCode::BAD_REQUEST, &format!("the signal is no JSON: {error}\n"))),
            }
        }
        (method, path) => Ok(object(&engine, &method, path, &body, &header("content-encoding"))),
    }
}

/// The store of templates.
fn object(engine: &Engine, method: &Method, path: &str, body: &[u8], encoding: &str) -> Response<Full<Bytes>> {
    let Some((bucket, key)) =
        path.trim_start_matches('/').split_once('/').filter(|(bucket, key)| !bucket.is_empty() && !key.is_empty())
    else {
        return plain(StatusCode::NOT_FOUND, "there is nothing here\n");
    };
    let objects = engine.objects();
    match *method {
        Method::PUT => {
            let body = if encoding.contains("aws-chunked") { unchunked(body) } else { Some(body.to_vec()) };
            match body.map(|body| objects.put(bucket, key, &body)) {
                Some(Ok(())) => plain(StatusCode::OK, ""),
                Some(Err(error)) => plain(StatusCode::INSUFFICIENT_STORAGE, &format!("{error}\n")),
                None => plain(StatusCode::BAD_REQUEST, "the chunks of the body are malformed\n"),
            }
        }
        Method::GET | Method::HEAD => match objects.get(bucket, key) {
            Some(body) => {
                respond(200, "application/octet-stream", if *method == Method::HEAD { Vec::new() } else { body })
            }
            None => plain(StatusCode::NOT_FOUND, "there is no such object\n"),
        },
        _ => plain(StatusCode::METHOD_NOT_ALLOWED, "objects can be put and got\n"),
    }
}

/// The body without the frames of `aws-chunked`: size in hexadecimal, line end, bytes, line end; then trailers.
///
/// Source: S3 API Reference, "Signature Calculations: Transferring Payload in Multiple Chunks".
fn unchunked(mut body: &[u8]) -> Option<Vec<u8>> {
    let mut whole = Vec::with_capacity(body.len());
    loop {
        let end = body.windows(2).position(|pair| pair == b"\r\n")?;
        let line = std::str::from_utf8(&body[..end]).ok()?;
        let size = usize::from_str_radix(line.split(';').next()?.trim(), 16).ok()?;
        body = &body[end + 2..];
        if size == 0 {
            return Some(whole);
        }
        whole.extend_from_slice(body.get(..size)?);
        body = body.get(size + 2..)?;
    }
}

fn plain(status: StatusCode, text: &str) -> Response<Full<Bytes>> {
    respond(status.as_u16(), "text/plain; charset=utf-8", text.as_bytes().to_vec())
}

fn respond(status: u16, content_type: &'static str, body: Vec<u8>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert("content-type", hyper::header::HeaderValue::from_static(content_type));
    response
}
