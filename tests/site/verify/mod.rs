//! `verify`, before a site whose every part is real but CloudFront: BIND for the names, OpenSSL and nginx in the edge's place, and
//! nginx with formwork's files as the origin. Faults are planted one at a time; each is found, and named.

mod certificates;
mod command;
mod doctor;
mod edge;
mod faults;
mod hostile;
mod named;
mod reading;

use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use formwork_verify::{
    Check, ConnectTo, Health, Origin as Behind, Outcome, PlainHttp, Report, Settings, Site, SiteName, TlsVersion,
    WebSocket, ZoneRef,
};

use crate::client::read_message;
use crate::{Dns, FIRST, NAME, Nginx, file, free_port, proxy};
use edge::{Edge, Wish};
use named::Named;

/// The day of the tests: 1 January 2026.
const TODAY: u64 = 1_767_225_600;

/// nginx with formwork's files and a backend that takes WebSockets, for all faults of a test.
struct Instance {
    nginx: Nginx,
    digest: String,
    _dns: Dns,
}

impl Instance {
    fn start() -> Self {
        let dns = Dns::start();
        dns.set("blue.internal", FIRST);
        websockets((FIRST, dns.backend_port).into());
        let proxy = proxy(&dns);
        let text = file(proxy.clone(), "conf/nginx.conf");
        let digest = text.split_once("return 200 \"blue ").and_then(|(_, rest)| rest.get(..16)).unwrap().to_owned();
        Instance { nginx: Nginx::start(proxy), digest, _dns: dns }
    }
}

/// A backend that takes WebSockets at `/socket` and `/`, and nothing else there, with the answer of RFC 6455, §1.3, to the key there. It ends with the process.
fn websockets(address: SocketAddr) {
    let listener = support::ports::listen(address);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            std::thread::spawn(move || {
                use std::io::Write as _;
                while let Some(request) = read_message(&mut stream) {
                    let is_there = ["GET /socket ", "GET / "].iter().any(|path| request.head.starts_with(path));
                    let is_socket = is_there
                        && request.header("upgrade") == Some("websocket")
                        && request.header("sec-websocket-key") == Some("dGhlIHNhbXBsZSBub25jZQ==");
                    let answer = match is_socket {
                        true => {
                            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
                        }
                        false => "HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\n\r\n",
                    };
                    if stream.write_all(answer.as_bytes()).is_err() {
                        return;
                    }
                }
            });
        }
    });
}

/// A site with a fault, or without one.
struct Plan {
    site: Site,
    /// Records of the zone `example.com`.
    records: Vec<&'static str>,
    wish: Wish,
    /// Addresses that lead to the edge.
    edges: Vec<&'static str>,
    /// Addresses that take no connections.
    down: Vec<&'static str>,
    /// True if 192.0.2.66 is a server of somebody else.
    stranger: bool,
    /// True if the origin takes no connections from here.
    origin_down: bool,
    /// The port to which connections to the origin lead, in place of the gate's.
    origin_at: Option<u16>,
    /// True if it takes all requests over IPv6.
    open_over_ipv6: bool,
}

impl Plan {
    fn clean(instance: &Instance) -> Plan {
        Plan {
            site: Site {
                names: vec![SiteName {
                    name: NAME.to_owned(),
                    https_record: true,
                    zone: Some(ZoneRef { id: Some("Z0123456789ABCDEFGHIJ".to_owned()), name: None }),
                }],
                distribution: Some("d111111abcdef8.cloudfront.net".to_owned()),
                ipv6: true,
                http2: true,
                http3: true,
                plain_http: PlainHttp::Refused,
                tls_floor: TlsVersion::Tls12,
                security_headers: true,
                websocket: WebSocket::At("/socket".to_owned()),
                health: Some(Health {
                    path: "/_formwork/health".to_owned(),
                    color: Some("blue".to_owned()),
                    digest: Some(instance.digest.clone()),
                }),
                origin: Some(Behind {
                    domain_name: "origin.example.com".to_owned(),
                    port: 80,
                    https: false,
                    private: false,
                    closed: true,
                    secret_header: Some("X-Origin-Secret".to_owned()),
                }),
                instance: None,
                secrets: Vec::new(),
            },
            records: vec![
                "@ NS ns1",
                "ns1 A 127.0.0.1",
                "api A 192.0.2.10",
                "api AAAA 2001:db8::10",
                "api HTTPS 1 . alpn=h3,h2",
                "origin A 192.0.2.20",
            ],
            wish: Wish::default(),
            edges: vec!["192.0.2.10", "[2001:db8::10]"],
            down: Vec::new(),
            stranger: false,
            origin_down: false,
            origin_at: None,
            open_over_ipv6: false,
        }
    }

    /// Takes out every record that begins like this.
    fn without(&mut self, record: &str) {
        let before = self.records.len();
        self.records.retain(|other| !other.starts_with(record));
        assert!(self.records.len() < before, "there is no record `{record}`");
    }

    /// Runs `verify`.
    #[track_caller]
    fn run(&self, instance: &Instance) -> Report {
        let cloudfront = "@ NS ns1\nns1 A 127.0.0.1\nd111111abcdef8 A 192.0.2.10\nd111111abcdef8 AAAA 2001:db8::10";
        let zones = [("example.com", self.records.join("\n")), ("cloudfront.net", cloudfront.to_owned())];
        let named = Named::start(&zones);
        let edge = Edge::start(&self.wish, instance.nginx.port);
        let gate = if self.origin_down { free_port() } else { self.origin_at.unwrap_or(edge.gate) };
        let mut connect_to = vec![format!("192.0.2.20:80:127.0.0.1:{gate}")];
        if self.open_over_ipv6 {
            connect_to.push(format!("[2001:db8::20]:80:127.0.0.1:{}", instance.nginx.port));
        }
        let leads = |address: &str, edge: &Edge| {
            [format!("{address}:443:127.0.0.1:{}", edge.https), format!("{address}:80:127.0.0.1:{}", edge.http)]
        };
        connect_to.extend(self.edges.iter().flat_map(|address| leads(address, &edge)));
        let closed = free_port();
        for (address, port) in self.down.iter().flat_map(|address| [(address, 443), (address, 80)]) {
            connect_to.push(format!("{address}:{port}:127.0.0.1:{closed}"));
        }
        let stranger = self.stranger.then(|| Edge::start(&stranger(), instance.nginx.port));
        for address in ["192.0.2.66", "[2001:db8::66]"] {
            connect_to.extend(stranger.iter().flat_map(|stranger| leads(address, stranger)));
        }
        let settings = Settings {
            resolver: Some(named.address),
            timeout: Duration::from_secs(2),
            connect_to: connect_to.iter().map(|text| ConnectTo::read(text).unwrap()).collect(),
            authorities: Some(edge.root.clone()),
            time: Some(SystemTime::UNIX_EPOCH + Duration::from_secs(TODAY)),
        };
        runtime().block_on(formwork_verify::verify(&self.site, &settings)).unwrap()
    }
}

/// The port of a server that takes connections and says this on each, or nothing. It ends with the process.
fn says(answer: Option<&'static str>) -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let mut taken = Vec::new();
        for mut stream in listener.incoming().map_while(Result::ok) {
            use std::io::{Read as _, Write as _};
            match answer {
                Some(answer) => {
                    let _ = stream.read(&mut [0; 1024]);
                    let _ = stream.write_all(answer.as_bytes());
                }
                None => taken.push(stream),
            }
        }
    });
    port
}

/// The server of somebody else, of whom the same authority has a certificate.
fn stranger() -> Wish {
    let mut wish = Wish::default();
    wish.certificate.names = vec!["elsewhere.example.net".to_owned()];
    wish.headers.clear();
    wish.plain = "return 200 elsewhere;".to_owned();
    wish.instead = Some("return 200 elsewhere;".to_owned());
    wish
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// The text without what differs from run to run, and with every character to be seen.
fn stable(text: &str, instance: &Instance) -> String {
    let text = text.replace(&instance.digest, "<digest>").replace('\u{1b}', "\\u{1b}");
    regex_lite::Regex::new(r"127\.0\.0\.1:\d+").unwrap().replace_all(&text, "<loopback>").into_owned()
}

/// A check in one line, and what was asked and seen below it.
fn shown(check: &Check) -> String {
    let mut text = match &check.outcome {
        Outcome::Pass => format!("pass {} {}\n", check.id, check.subject),
        Outcome::Warning { what, hint } => format!("warn {} {}: {what}\n     hint: {hint}\n", check.id, check.subject),
        Outcome::Fail { what, hint } => format!("FAIL {} {}: {what}\n     hint: {hint}\n", check.id, check.subject),
        Outcome::NotApplicable { why } => format!("-    {} {}: {why}\n", check.id, check.subject),
        Outcome::NotChecked { why } => format!("?    {} {}: {why}\n", check.id, check.subject),
    };
    if !check.asked.is_empty() {
        text += &format!("     asked: {}\n", check.asked);
    }
    check.saw.iter().for_each(|line| text += &format!("     saw: {line}\n"));
    text
}
