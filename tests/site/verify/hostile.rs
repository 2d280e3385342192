//! Servers that mean harm: every answer ends in time, and none is kept whole.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use formwork_verify::{ConnectTo, Outcome, PlainHttp, Settings};

use super::named::Named;
use super::{Instance, Plan, runtime};

/// Time for one step in these tests.
const STEP: Duration = Duration::from_millis(500);

/// A server that does this to every connection.
fn server(treat: fn(TcpStream)) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            std::thread::spawn(move || treat(stream));
        }
    });
    address
}

/// Sends the same bytes until nobody takes them any more.
fn endless(mut stream: TcpStream, first: &[u8], again: &[u8]) {
    let mut request = [0; 4096];
    let _ = stream.read(&mut request);
    let mut alive = stream.write_all(first).is_ok();
    while alive {
        alive = stream.write_all(again).is_ok();
    }
}

/// A deed of a server, with its name.
type Deed = (&'static str, fn(TcpStream));

const DEEDS: &[Deed] = &[
    ("silent", |stream| {
        std::thread::sleep(Duration::from_secs(20));
        drop(stream);
    }),
    ("closed at once", drop),
    ("garbage", |stream| endless(stream, b"", &[0xff; 4096])),
    ("endless headers", |stream| endless(stream, b"HTTP/1.1 200 OK\r\n", b"X-Many: yes\r\n")),
    ("one endless header", |stream| endless(stream, b"HTTP/1.1 200 OK\r\nX-Long: ", &[b'a'; 4096])),
    ("an endless body", |stream| endless(stream, b"HTTP/1.1 200 OK\r\n\r\n", &[b'a'; 4096])),
    ("an endless body in chunks", |stream| {
        endless(stream, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1;x\r\na\r\n");
    }),
    ("endless answers of 100", |stream| endless(stream, b"", b"HTTP/1.1 100 Continue\r\n\r\n")),
    ("a byte a moment", |mut stream| {
        for byte in b"HTTP/1.1 200 OK\r\n".iter().cycle() {
            std::thread::sleep(Duration::from_millis(100));
            if stream.write_all(&[*byte]).is_err() {
                return;
            }
        }
    }),
    ("a handshake that never ends", |stream| {
        // The head of a handshake record of 16 KiB, and certificates without end.
        endless(stream, &[22, 3, 3, 0x40, 0, 11, 0xff, 0xff, 0xff], &[0x41; 4096]);
    }),
    ("alerts without end", |stream| endless(stream, b"", &[21, 3, 3, 0, 2, 1, 0])),
];

#[test]
fn every_answer_ends() {
    let instance = Instance::start();
    let cloudfront = "@ NS ns1\nns1 A 127.0.0.1\nd111111abcdef8 A 192.0.2.10\nd111111abcdef8 AAAA 2001:db8::10";
    let plan = Plan::clean(&instance);
    let zones = [("example.com", plan.records.join("\n")), ("cloudfront.net", cloudfront.to_owned())];
    let named = Named::start(&zones);
    let root = super::certificates::make(&plan.wish.certificate).root;
    let folder = support::tempdir();
    let authorities = folder.path().join("root.pem");
    std::fs::write(&authorities, root).unwrap();
    for (name, treat) in DEEDS {
        let address = server(*treat);
        let connect_to =
            ["192.0.2.10:443", "192.0.2.10:80", "[2001:db8::10]:443", "[2001:db8::10]:80", "192.0.2.20:80"]
                .map(|from| ConnectTo::read(&format!("{from}:{address}")).unwrap());
        let settings = Settings {
            resolver: Some(named.address),
            timeout: STEP,
            connect_to: connect_to.into(),
            authorities: Some(authorities.clone()),
            time: None,
        };
        let mut site = plan.site.clone();
        site.plain_http = PlainHttp::Redirected;
        let start = Instant::now();
        let report = runtime().block_on(formwork_verify::verify(&site, &settings)).unwrap();
        // A name is looked up, connected to, and asked: some steps one after the other, each with its own deadline.
        assert!(start.elapsed() < STEP * 8, "{name}: {:?}", start.elapsed());
        let failed = |id: &str| {
            report.checks.iter().any(|check| check.id == id && matches!(check.outcome, Outcome::Fail { .. }))
        };
        assert!(failed("https") && failed("plain-http"), "{name}: {report:#?}");
        let evidence: usize = report.checks.iter().flat_map(|check| &check.saw).map(String::len).sum();
        assert!(evidence < 20_000, "{name}: {evidence} bytes of evidence");
    }
}

#[test]
fn a_dns_server_that_does_harm() {
    type Answer = fn(&[u8]) -> Vec<u8>;
    let instance = Instance::start();
    let root = support::tempdir();
    let authorities = root.path().join("root.pem");
    std::fs::write(&authorities, super::certificates::make(&Plan::clean(&instance).wish.certificate).root).unwrap();
    let answers: [(&str, Answer); 4] = [
        ("silent", |_| Vec::new()),
        ("garbage", |_| vec![0xff; 512]),
        ("the question as its answer", <[u8]>::to_vec),
        ("a name that points to itself", |question| {
            // An answer whose name is a pointer to that same pointer.
            let mut answer = question.to_vec();
            answer[2..12].copy_from_slice(&[0x81, 0x80, 0, 1, 0, 9, 0, 0, 0, 0]);
            let end = u16::try_from(answer.len()).unwrap();
            answer.extend((0xc000 | end).to_be_bytes());
            answer
        }),
    ];
    for (name, answer) in answers {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        std::thread::spawn(move || {
            let mut question = [0; 1500];
            while let Ok((length, from)) = socket.recv_from(&mut question) {
                let answer = answer(&question[..length]);
                if !answer.is_empty() {
                    let _ = socket.send_to(&answer, from);
                }
            }
        });
        let settings = Settings {
            resolver: Some(address),
            timeout: STEP,
            authorities: Some(authorities.clone()),
            ..Settings::default()
        };
        let start = Instant::now();
        let report = runtime().block_on(formwork_verify::verify(&Plan::clean(&instance).site, &settings)).unwrap();
        assert!(start.elapsed() < STEP * 8, "{name}: {:?}", start.elapsed());
        let found: Vec<&str> = report.failed().map(|check| check.id).collect();
        assert_eq!(found, ["dns-a", "dns-aaaa", "dns-https"], "{name}: {report:#?}");
    }
}

#[test]
fn a_certificate_with_very_many_names() {
    let instance = Instance::start();
    // A certificate of 50 KB, and one that is longer than a handshake may be.
    for (count, ids) in [(1_200, &["certificate-name"][..]), (4_000, &["https"])] {
        let mut plan = Plan::clean(&instance);
        plan.wish.certificate.names = (0..count).map(|it| format!("{}.{it}.example.net", "x".repeat(20))).collect();
        let report = plan.run(&instance);
        let found: Vec<&str> = report.failed().map(|check| check.id).collect();
        assert_eq!(found, ids, "{report:#?}");
        assert!(report.checks.iter().all(|check| check.saw.len() < 20), "{report:#?}");
    }
}
