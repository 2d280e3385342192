//! A small edge: an nginx in CloudFront's place, which ends TLS and passes requests on. It is OpenSSL's TLS and nginx's HTTP, so
//! nothing of it is ours.

use std::fs;
use std::fs::File;
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use support::{paths, tempdir};
use tempfile::TempDir;

use super::certificates::{Made, Wanted, make};
use crate::{eventually, free_port};

/// The secret that the edge adds for the origin.
const SECRET: &str = "the-right-one";

/// An edge to be started. Its texts are nginx's own words.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    pub(crate) certificate: Wanted,
    /// Versions of TLS, as `ssl_protocols` has them.
    pub(crate) protocols: &'static str,
    pub(crate) http2: bool,
    /// The answer to plain http, as directives of a location.
    pub(crate) plain: String,
    /// Headers of every answer.
    pub(crate) headers: Vec<(&'static str, &'static str)>,
    /// The host that the origin gets.
    pub(crate) host: &'static str,
    /// True if WebSockets are let through.
    pub(crate) websockets: bool,
    /// True if answers tell nginx's version.
    pub(crate) tells_version: bool,
    /// Directives of the server for https.
    pub(crate) before: String,
    /// The answer to everything over https, in place of the origin's.
    pub(crate) instead: Option<String>,
    /// The origin refuses whom, as directives of its server.
    pub(crate) gate: String,
}

impl Default for Wish {
    fn default() -> Self {
        Wish {
            certificate: Wanted {
                names: vec!["api.example.com".to_owned(), "www.example.com".to_owned()],
                from: (2025, 10, 1),
                to: (2026, 10, 1),
                whole: true,
                trusted: true,
            },
            protocols: "TLSv1.2 TLSv1.3",
            http2: true,
            plain: "return 403;".to_owned(),
            headers: vec![
                ("Via", "1.1 0123456789abcdef.cloudfront.net (CloudFront)"),
                ("X-Amz-Cf-Id", "Zm9ybXdvcms="),
                ("Alt-Svc", r#"h3=\":443\"; ma=86400"#),
                ("Strict-Transport-Security", "max-age=31536000"),
                ("X-Content-Type-Options", "nosniff"),
                ("X-Frame-Options", "SAMEORIGIN"),
                ("Referrer-Policy", "strict-origin-when-cross-origin"),
            ],
            host: "$host",
            websockets: true,
            tells_version: false,
            before: String::new(),
            instead: None,
            gate: format!("if ($http_x_origin_secret != \"{SECRET}\") {{ return 403; }}"),
        }
    }
}

/// A running edge, with a gate before the origin; both end with the value.
pub(crate) struct Edge {
    /// The port for https.
    pub(crate) https: u16,
    /// The port for plain http.
    pub(crate) http: u16,
    /// The port of the gate, which is the origin to everybody.
    pub(crate) gate: u16,
    /// The file with the authority that is trusted.
    pub(crate) root: std::path::PathBuf,
    server: Child,
    folder: TempDir,
}

impl Edge {
    /// Starts an edge in front of the nginx at this port.
    #[track_caller]
    pub(crate) fn start(wish: &Wish, origin: u16) -> Self {
        // A port may be taken between the moment when it is free and the one when it is used.
        (0..10).find_map(|_| Edge::try_start(wish, origin)).expect("free ports")
    }

    fn try_start(wish: &Wish, origin: u16) -> Option<Self> {
        let folder = tempdir();
        let Made { chain, key, root } = make(&wish.certificate);
        for (name, content) in [("chain.pem", chain), ("key.pem", key), ("root.pem", root)] {
            fs::write(folder.path().join(name), content).unwrap();
        }
        let (https, http, gate) = (free_port(), free_port(), free_port());
        let configuration = configuration(wish, [https, http, gate, origin]);
        fs::write(folder.path().join("nginx.conf"), configuration).unwrap();
        fs::create_dir_all(folder.path().join("logs")).unwrap();
        let errors = File::create(folder.path().join("errors")).unwrap();
        let server = Command::new(paths::nginx())
            .arg("-p")
            .arg(folder.path())
            .arg("-c")
            .arg(folder.path().join("nginx.conf"))
            .args(["-g", "daemon off; master_process off; error_log stderr notice;"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(errors)
            .spawn()
            .unwrap();
        let root = folder.path().join("root.pem");
        let mut edge = Edge { https, http, gate, root, server, folder };
        let mut ended = false;
        eventually("the edge listens", || {
            ended = edge.server.try_wait().unwrap().is_some();
            ended || [https, http, gate].into_iter().all(|port| TcpStream::connect(("127.0.0.1", port)).is_ok())
        });
        let errors = fs::read_to_string(edge.folder.path().join("errors")).unwrap();
        assert!(!ended || errors.contains("Address already in use"), "the edge ended: {errors}");
        (!ended).then_some(edge)
    }
}

impl Drop for Edge {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn configuration(wish: &Wish, [https, http, gate, origin]: [u16; 4]) -> String {
    let headers: String =
        wish.headers.iter().map(|(name, value)| format!("add_header {name} \"{value}\" always;\n")).collect();
    let (http2, tokens) = (if wish.http2 { "on" } else { "off" }, if wish.tells_version { "on" } else { "off" });
    let upgrade = if wish.websockets { "$http_upgrade" } else { "''" };
    let forward = |to: u16, more: &str| {
        format!(
            "proxy_pass http://127.0.0.1:{to}; proxy_http_version 1.1; proxy_set_header Upgrade {upgrade};\n\
             proxy_set_header Connection $edge_connection; {more}"
        )
    };
    let answer = wish.instead.clone().unwrap_or_else(|| {
        let host = wish.host;
        forward(gate, &format!("proxy_set_header Host {host}; proxy_set_header X-Origin-Secret {SECRET};"))
    });
    let (protocols, plain, closed, before) = (wish.protocols, &wish.plain, &wish.gate, &wish.before);
    let behind = forward(origin, "proxy_set_header Host $host;");
    format!(
        "events {{ }}\n\
         http {{\n\
         access_log off; server_tokens {tokens};\n\
         map $http_upgrade $edge_connection {{ default ''; websocket upgrade; }}\n\
         server {{ listen 127.0.0.1:{http}; location / {{ {plain} }} }}\n\
         server {{ listen 127.0.0.1:{gate}; {closed} location / {{ {behind} }} }}\n\
         server {{\n\
         listen 127.0.0.1:{https} ssl; http2 {http2};\n\
         ssl_certificate chain.pem; ssl_certificate_key key.pem;\n\
         ssl_protocols {protocols}; ssl_ciphers ALL:@SECLEVEL=0;\n\
         {headers}{before} location / {{ {answer} }}\n\
         }}\n\
         }}\n"
    )
}
