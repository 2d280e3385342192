//! The store over the wire, as clients of S3 speak with it; what is expected is S3's, from the pages named in `server`.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::task::JoinHandle;

use crate::objects::condition::Condition;
use crate::objects::digest::{Algorithm, Digests};
use crate::objects::disk::Disk;
use crate::objects::facts::Facts;
use crate::{Options, Server};

/// An engine that listens, and whatever was asked of it.
struct Store {
    address: String,
    serving: JoinHandle<()>,
    transcript: String,
}

/// An answer.
struct Answered {
    status: u16,
    /// In lower case, with their values.
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Answered {
    fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(one, _)| one == name).map_or("", |(_, value)| value)
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Store {
    async fn start(state: &Path) -> Store {
        let options = Options { state: state.to_owned(), ..Options::default() };
        let server = Server::bind(&options).await.unwrap();
        let address = server.url().trim_start_matches("http://").to_owned();
        Store { address, serving: tokio::spawn(server.serve()), transcript: String::new() }
    }

    /// Asks, with the length of the body unless it is told otherwise.
    async fn ask(&self, request: &str, headers: &[(&str, &str)], body: &[u8]) -> Answered {
        let mut head = format!("{request} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", self.address);
        let is_framed = |name: &str| ["content-length", "transfer-encoding"].contains(&name);
        let own = format!("{}", body.len());
        let length = (!headers.iter().any(|(name, _)| is_framed(name))).then_some(("content-length", own.as_str()));
        for (name, value) in headers.iter().chain(&length).filter(|(_, value)| !value.is_empty()) {
            head += &format!("{name}: {value}\r\n");
        }
        let (address, whole) = (self.address.clone(), [format!("{head}\r\n").as_bytes(), body].concat());
        let asked = tokio::task::spawn_blocking(move || {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.write_all(&whole).unwrap();
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).unwrap();
            answer
        });
        let answer = asked.await.unwrap();
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        let head = String::from_utf8(answer[..end].to_vec()).unwrap();
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers =
            lines.map(|line| line.split_once(": ").unwrap()).map(|(name, value)| (name.to_owned(), value.to_owned()));
        Answered { status, headers: headers.collect(), body: answer[end + 4..].to_vec() }
    }

    /// Asks, and writes down what is answered, without what is different each time.
    async fn tell(&mut self, request: &str, headers: &[(&str, &str)], body: &[u8]) -> Answered {
        let answered = self.ask(request, headers, body).await;
        let asked: String = headers.iter().map(|(name, value)| format!(" {name}: {value};")).collect();
        self.transcript += &format!("{request}{asked}\n  {}", answered.status);
        for (name, value) in &answered.headers {
            if !["date", "last-modified", "connection", "content-type"].contains(&name.as_str()) {
                self.transcript += &format!("; {name}: {value}");
            }
        }
        let body = answered.text();
        let body = body.replace(&self.address, "[ADDRESS]");
        let shown = if body.len() > 1_000 { format!("{} bytes", body.len()) } else { body };
        self.transcript += &if shown.is_empty() { "\n".to_owned() } else { format!("\n  {shown}\n") };
        answered
    }

    /// The keys that are there.
    async fn keys(&self) -> Vec<String> {
        let list = self.ask("GET /b?list-type=2", &[], b"").await.text();
        list.split("<Key>").skip(1).map(|rest| rest.split('<').next().unwrap().to_owned()).collect()
    }

    /// The transcript, with the names of uploads by their order, and without times.
    fn told(&self, uploads: &[&str]) -> String {
        let mut text = self.transcript.clone();
        for (number, upload) in uploads.iter().enumerate() {
            text = text.replace(upload, &format!("[UPLOAD {number}]"));
        }
        let time = regex_lite::Regex::new(r"\d{4}-\d\d-\d\dT[\d:.]+Z").unwrap();
        time.replace_all(&text, "[TIME]").into_owned()
    }
}

fn sum(algorithm: Algorithm, content: &[u8]) -> String {
    let mut digests = Digests::new(algorithm, false);
    digests.update(content);
    digests.end().sum
}

#[tokio::test]
async fn objects_are_kept_with_their_headers() {
    let folder = tempfile::tempdir().unwrap();
    let mut at = Store::start(folder.path()).await;
    let headers = [
        ("content-type", "application/zip"),
        ("content-encoding", "aws-chunked,gzip"),
        ("cache-control", "no-store"),
        ("x-amz-meta-who", "me"),
        ("x-amz-decoded-content-length", "9"),
    ];
    at.tell("PUT /b/k%20k", &headers, b"9\r\n123456789\r\n0\r\n\r\n").await;
    at.tell("HEAD /b/k%20k", &[], b"").await;
    at.tell("GET /b/k%20k", &[("x-amz-checksum-mode", "ENABLED")], b"").await;
    for range in ["bytes=2-4", "bytes=-2", "bytes=9-", "bytes=0-1,3-4"] {
        at.tell("GET /b/k%20k", &[("range", range), ("x-amz-checksum-mode", "ENABLED")], b"").await;
    }
    at.tell("HEAD /b/k%20k", &[("range", "bytes=2-")], b"").await;
    let tag = "\"25f9e794323b453885f5181f1b624d0b\"";
    for headers in [[("if-match", tag)], [("if-match", "\"0\"")], [("if-none-match", tag)], [("if-range", tag)]] {
        at.tell("HEAD /b/k%20k", &headers, b"").await;
    }
    at.tell("PUT /b/k%20k", &[("if-none-match", "*")], b"other").await;
    at.tell("PUT /b/k%20k", &[("if-match", "\"0\"")], b"other").await;
    at.tell("PUT /b/k%20k", &[("if-match", tag)], b"").await;
    at.tell("GET /b?list-type=2", &[], b"").await;
    at.tell("PUT /b/k", &[("x-amz-meta-long", &"x".repeat(2_050))], b"").await;
    at.transcript = at.transcript.replace(&"x".repeat(2_050), "[LONG]");
    at.tell("DELETE /b/k%20k", &[], b"").await;
    at.tell("GET /b/k%20k", &[], b"").await;
    at.tell("HEAD /b", &[], b"").await;
    let signed = ("authorization", "AWS4-HMAC-SHA256 Credential=k/20261123/eu-west-1/s3/aws4_request");
    at.tell("HEAD /b", &[signed], b"").await;
    for owner in ["000000000000", "111111111111"] {
        for request in ["HEAD /b", "PUT /b/k", "GET /b?list-type=2"] {
            at.tell(request, &[("x-amz-expected-bucket-owner", owner)], b"k").await;
        }
    }
    insta::assert_snapshot!(at.told(&[]));
}

/// Nothing counts that is not as the client said.
#[tokio::test]
async fn contents_are_held_to_what_was_said_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let mut at = Store::start(folder.path()).await;
    let content = b"123456789";
    for algorithm in Algorithm::ALL {
        let (right, wrong) = (sum(algorithm, content), sum(algorithm, b"other"));
        at.tell("PUT /b/k", &[(algorithm.header(), &wrong)], content).await;
        at.tell("PUT /b/k", &[(algorithm.header(), "AA==")], content).await;
        let trailer = |sum: &str| format!("9\r\n123456789\r\n0\r\n{}:{sum}\r\n\r\n", algorithm.header());
        let announced = [
            ("x-amz-trailer", algorithm.header()),
            ("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
            ("x-amz-decoded-content-length", "9"),
            ("x-amz-sdk-checksum-algorithm", algorithm.name()),
        ];
        at.tell("PUT /b/k", &announced, trailer(&wrong).as_bytes()).await;
        at.tell("PUT /b/k", &announced, b"9\r\n123456789\r\n0\r\n\r\n").await;
        assert!(at.keys().await.is_empty(), "{}", at.transcript);
        at.tell("PUT /b/k", &announced, trailer(&right).as_bytes()).await;
        let got = at.tell("GET /b/k", &[("x-amz-checksum-mode", "ENABLED")], b"").await;
        assert_eq!((got.text().as_bytes(), got.header(algorithm.header())), (&content[..], right.as_str()));
        at.ask("DELETE /b/k", &[], b"").await;
        let put = at.ask("PUT /b/k", &[(algorithm.header(), &right)], content).await;
        assert_eq!((put.status, put.header(algorithm.header())), (200, right.as_str()));
        at.ask("DELETE /b/k", &[], b"").await;
    }
    let (crc, sha) = (sum(Algorithm::Crc32, content), sum(Algorithm::Sha1, content));
    let other = STANDARD.encode([7; 16]);
    let digest = "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225";
    for headers in [
        &[("x-amz-checksum-crc32", crc.as_str()), ("x-amz-checksum-sha1", sha.as_str())][..],
        &[("x-amz-sdk-checksum-algorithm", "CRC32")],
        &[("x-amz-sdk-checksum-algorithm", "MD4"), ("x-amz-checksum-crc32", &crc)],
        &[("content-md5", other.as_str())],
        &[("content-md5", "AA==")],
        &[("x-amz-content-sha256", &digest.replace('1', "2"))],
        &[("content-length", "")],
        // It waits to be told to go on, and would wait for an answer to a body that does not come.
        &[("content-length", "5368709121"), ("expect", "100-continue")],
        &[("content-encoding", "aws-chunked")],
        &[("content-encoding", "aws-chunked"), ("x-amz-decoded-content-length", "9")],
        &[("content-encoding", "aws-chunked"), ("x-amz-decoded-content-length", "many")],
        &[("x-amz-copy-source", "/b/other")],
        &[("if-none-match", "\"tag\"")],
    ] {
        let body = if headers.iter().any(|(name, _)| *name == "content-length") { &b""[..] } else { content };
        at.tell("PUT /b/k", headers, body).await;
    }
    let chunked = |length| [("content-encoding", "aws-chunked"), ("x-amz-decoded-content-length", length)];
    for length in ["8", "10"] {
        at.tell("PUT /b/k", &chunked(length), b"9\r\n123456789\r\n0\r\n\r\n").await;
    }
    assert!(at.keys().await.is_empty());
    // Sent as some clients do, without a length in HTTP's own terms.
    let framed = [("transfer-encoding", "chunked"), chunked("9")[0], chunked("9")[1], ("x-amz-content-sha256", digest)];
    at.tell("PUT /b/k", &framed, b"13\r\n9\r\n123456789\r\n0\r\n\r\n\r\n0\r\n\r\n").await;
    assert_eq!(at.keys().await, ["k"]);
    insta::assert_snapshot!(at.told(&[]));
}

fn upload_of(answered: &Answered) -> String {
    let text = answered.text();
    text.split_once("<UploadId>").unwrap().1.split('<').next().unwrap().to_owned()
}

/// The body that completes an upload of parts with these tags.
fn completion(parts: &[(u32, &str, &str)]) -> Vec<u8> {
    let part = |(number, tag, more): &(u32, &str, &str)| {
        format!("<Part><PartNumber>{number}</PartNumber><ETag>{tag}</ETag>{more}</Part>")
    };
    let parts: String = parts.iter().map(part).collect();
    format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>").into_bytes()
}

#[tokio::test]
async fn objects_come_in_parts() {
    const MIB: usize = 1_048_576;
    let folder = tempfile::tempdir().unwrap();
    let mut at = Store::start(folder.path()).await;
    let (first, last) = (vec![b'1'; 5 * MIB], b"the last one".to_vec());
    let named = [("x-amz-checksum-algorithm", "CRC32"), ("content-type", "application/zip"), ("x-amz-meta-who", "me")];
    let id = upload_of(&at.tell("POST /b/k?uploads", &named, b"").await);
    let part = |number: u32| format!("PUT /b/k?partNumber={number}&uploadId={id}");
    let one = at.tell(&part(1), &[("x-amz-checksum-crc32", &sum(Algorithm::Crc32, &first))], &first).await;
    let two = at.tell(&part(2), &[], &last).await;
    let (one, two) = (one.header("etag").to_owned(), two.header("etag").to_owned());
    // Refused, and the upload goes on.
    at.tell(&part(2), &[("x-amz-checksum-crc32", &sum(Algorithm::Crc32, &first))], &last).await;
    at.tell(&part(2), &[("x-amz-checksum-sha1", &sum(Algorithm::Sha1, &last))], &last).await;
    at.tell(&part(0), &[], &last).await;
    at.tell(&part(10_001), &[], &last).await;
    at.tell(&format!("PUT /b/other?partNumber=1&uploadId={id}"), &[], &last).await;
    at.tell("PUT /b/k?partNumber=1&uploadId=..%2F..", &[], &last).await;
    at.tell(&format!("GET /b/k?uploadId={id}"), &[], b"").await;
    at.tell(&format!("GET /b/k?uploadId={id}&max-parts=1"), &[], b"").await;
    at.tell("GET /b?uploads", &[], b"").await;
    assert!(at.keys().await.is_empty());

    let complete = format!("POST /b/k?uploadId={id}");
    let sums = [sum(Algorithm::Crc32, &first), sum(Algorithm::Crc32, &last)];
    let sums = sums.map(|sum| format!("<ChecksumCRC32>{sum}</ChecksumCRC32>"));
    let [first_sum, last_sum] = [&sums[0], &sums[1]].map(String::as_str);
    for parts in [
        &[(2, two.as_str(), last_sum), (1, &one, first_sum)][..],
        &[(1, &two, first_sum)],
        &[(3, &two, last_sum)],
        &[(1, &one, last_sum)],
        &[(1, &one, "")],
        &[],
    ] {
        at.tell(&complete, &[], &completion(parts)).await;
    }
    let all = completion(&[(1, &one, first_sum), (2, &two, last_sum)]);
    at.tell(&complete, &[("x-amz-mp-object-size", "1")], &all).await;
    at.tell(&complete, &[("x-amz-checksum-type", "FULL_OBJECT")], &all).await;
    at.tell(&complete, &[("x-amz-checksum-crc32", &sum(Algorithm::Crc32, b"other"))], &all).await;
    assert!(at.keys().await.is_empty());
    at.tell(&complete, &[("x-amz-mp-object-size", &(first.len() + last.len()).to_string())], &all).await;
    at.tell(&complete, &[], &all).await;
    at.tell("HEAD /b/k", &[("x-amz-checksum-mode", "ENABLED")], b"").await;
    assert_eq!(at.ask("GET /b/k", &[], b"").await.body, [first.clone(), last.clone()].concat());
    at.tell("GET /b/k", &[("range", "bytes=5242879-5242882")], b"").await;
    at.tell("GET /b?uploads", &[], b"").await;

    // A checksum of the whole, as the AWS CLI wants it.
    let whole = [first.clone(), last.clone()].concat();
    let named = [("x-amz-checksum-algorithm", "CRC64NVME"), ("x-amz-checksum-type", "FULL_OBJECT")];
    let other = upload_of(&at.tell("POST /b/whole?uploads", &named, b"").await);
    let part = |number: u32| format!("PUT /b/whole?partNumber={number}&uploadId={other}");
    at.ask(&part(1), &[], &first).await;
    at.ask(&part(7), &[], &last).await;
    let complete = format!("POST /b/whole?uploadId={other}");
    let all = completion(&[(1, &one, ""), (7, &two, "")]);
    let value = sum(Algorithm::Crc64Nvme, &whole);
    let wrong = sum(Algorithm::Crc64Nvme, &first);
    at.tell(&complete, &[("x-amz-checksum-crc64nvme", &wrong)], &all).await;
    at.tell(&complete, &[("x-amz-checksum-crc32", &sum(Algorithm::Crc32, &whole))], &all).await;
    at.tell(&complete, &[("x-amz-checksum-crc64nvme", &value), ("if-none-match", "*")], &all).await;

    // Parts that are too small, conditions, and an end without an object.
    let small = upload_of(&at.tell("POST /b/whole?uploads", &[], b"").await);
    let part = |number: u32| format!("PUT /b/whole?partNumber={number}&uploadId={small}");
    at.ask(&part(1), &[], &last).await;
    at.ask(&part(2), &[], &last).await;
    let complete = format!("POST /b/whole?uploadId={small}");
    at.tell(&complete, &[], &completion(&[(1, &two, ""), (2, &two, "")])).await;
    at.tell(&complete, &[("if-none-match", "*")], &completion(&[(2, &two, "")])).await;
    at.tell(&format!("DELETE /b/whole?uploadId={small}"), &[], b"").await;
    at.tell(&format!("DELETE /b/whole?uploadId={small}"), &[], b"").await;
    at.tell(&complete, &[], &completion(&[(2, &two, "")])).await;
    for headers in [
        [("x-amz-checksum-algorithm", "MD5"), ("x-amz-checksum-type", "")],
        [("x-amz-checksum-algorithm", "SHA1"), ("x-amz-checksum-type", "FULL_OBJECT")],
        [("x-amz-checksum-algorithm", ""), ("x-amz-checksum-type", "COMPOSITE")],
    ] {
        at.tell("POST /b/k?uploads", &headers, b"").await;
    }
    assert_eq!(at.keys().await, ["k", "whole"]);
    insta::assert_snapshot!(at.told(&[&id, &other, &small]));
}

#[tokio::test]
async fn uploads_are_listed_in_pages() {
    let folder = tempfile::tempdir().unwrap();
    let mut at = Store::start(folder.path()).await;
    let mut uploads = Vec::new();
    for key in ["a/1", "a/2", "a/2", "b%20b"] {
        uploads.push(upload_of(&at.ask(&format!("POST /b/{key}?uploads"), &[], b"").await));
    }
    at.ask("POST /other/a?uploads", &[], b"").await;
    // Two of one key are in the order of their times, which may be the same.
    let between = at.ask("GET /b?uploads&prefix=a/2", &[], b"").await.text();
    let order = |id: &String| between.find(id.as_str()).unwrap();
    if order(&uploads[1]) > order(&uploads[2]) {
        uploads.swap(1, 2);
    }
    at.tell("GET /b?uploads&max-uploads=2", &[], b"").await;
    at.tell(&format!("GET /b?uploads&key-marker=a/2&upload-id-marker={}", uploads[1]), &[], b"").await;
    at.tell("GET /b?uploads&key-marker=a/2&encoding-type=url", &[], b"").await;
    at.tell("GET /b?uploads&delimiter=/", &[], b"").await;
    at.tell("GET /b?uploads&max-uploads=many", &[], b"").await;
    let ids: Vec<&str> = uploads.iter().map(String::as_str).collect();
    insta::assert_snapshot!(at.told(&ids));
}

/// Uploads, and objects, outlive the engine; what was half written does not.
#[tokio::test]
async fn an_engine_goes_on_with_what_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let at = Store::start(folder.path()).await;
    let id = upload_of(&at.ask("POST /b/k?uploads", &[], b"").await);
    let part = format!("PUT /b/k?partNumber=1&uploadId={id}");
    let tag = at.ask(&part, &[], b"content").await.header("etag").to_owned();
    at.ask("PUT /b/other", &[], b"other").await;
    // A client that says more than it sends, and goes away.
    let cut = std::panic::AssertUnwindSafe(at.address.clone());
    tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(cut.as_str()).unwrap();
        let head = "PUT /b/other HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000\r\n\r\n";
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(&[b'x'; 600_000]).unwrap();
    })
    .await
    .unwrap();
    assert_eq!(at.ask("GET /b/other", &[], b"").await.text(), "other");
    at.serving.abort();
    drop(at);
    let incoming = folder.path().join("objects/incoming");
    while crate::has_state(folder.path()).is_ok() && std::fs::read_dir(&incoming).unwrap().count() > 0 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    std::fs::write(incoming.join("7"), "half").unwrap();
    let at = loop {
        // The one before ends when its last connection does.
        let options = Options { state: folder.path().to_owned(), ..Options::default() };
        if let Ok(server) = Server::bind(&options).await {
            drop(server);
            break Store::start(folder.path()).await;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    };
    assert!(!incoming.join("7").exists());
    assert_eq!(at.ask("GET /b/other", &[], b"").await.text(), "other");
    let complete = format!("POST /b/k?uploadId={id}");
    assert_eq!(at.ask(&complete, &[], &completion(&[(1, &tag, "")])).await.status, 200);
    assert_eq!(at.ask("GET /b/k", &[], b"").await.text(), "content");
}

/// A file that is mostly a hole: who read it would be at it for long.
#[tokio::test]
async fn lists_and_ranges_read_no_more_than_they_tell() {
    let folder = tempfile::tempdir().unwrap();
    let at = Store::start(folder.path()).await;
    let length: u64 = 64 << 30;
    let disk = Disk::new(&folder.path().join("objects"));
    let facts = Facts { length, etag: "0".to_owned(), checksum: None, headers: Default::default() };
    disk.keep_hole(("b", "k"), &facts).unwrap();
    let list = at.ask("GET /b?list-type=2", &[], b"").await.text();
    assert!(list.contains(&format!("<Size>{length}</Size>")), "{list}");
    let head = at.ask("HEAD /b/k", &[], b"").await;
    assert_eq!((head.status, head.header("content-length")), (200, length.to_string().as_str()));
    let end = at.ask("GET /b/k", &[("range", "bytes=-3")], b"").await;
    assert_eq!((end.status, end.body), (206, vec![0; 3]));
    // As a template, it is refused without being read.
    let fields = format!("Action=ValidateTemplate&TemplateURL=http://{}/b/k", at.address);
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let refused = at.ask("POST /", &form, fields.as_bytes()).await.text();
    assert!(refused.contains("Template may not exceed 1000000 bytes in size."), "{refused}");
}

/// Two that write one object: what is there afterwards is of one of them, and one of those who want to be first is.
#[tokio::test]
async fn who_writes_at_once_writes_one_after_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let at = Arc::new(Store::start(folder.path()).await);
    let write = |byte: u8, headers: &'static [(&str, &str)]| {
        let at = at.clone();
        tokio::spawn(async move { at.ask("PUT /b/k", headers, &vec![byte; 1_000_000]).await.status })
    };
    let firsts = [1, 2, 3, 4].map(|byte| write(byte, &[("if-none-match", "*")]));
    let mut statuses = Vec::new();
    for one in firsts {
        statuses.push(one.await.unwrap());
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412, 412, 412]);
    for one in [5, 6, 7, 8].map(|byte| write(byte, &[])) {
        assert_eq!(one.await.unwrap(), 200);
    }
    let content = at.ask("GET /b/k", &[], b"").await.body;
    assert!(content.len() == 1_000_000 && content.iter().all(|byte| *byte == content[0] && *byte > 4));
}

/// A file of an engine that kept contents alone.
#[tokio::test]
async fn objects_of_earlier_engines_are_there() {
    let folder = tempfile::tempdir().unwrap();
    drop(Store::start(folder.path()).await);
    let state = folder.path().join("other");
    std::fs::create_dir_all(state.join("objects/62")).unwrap();
    for (name, content) in
        [("VERSION", "formwork-local 4\n"), ("LOCK", "7\n"), ("journal", ""), ("objects/62/6b", "old")]
    {
        std::fs::write(state.join(name), content).unwrap();
    }
    let at = Store::start(&state).await;
    assert_eq!(std::fs::read_to_string(state.join("VERSION")).unwrap(), "formwork-local 5\n");
    let got = at.ask("GET /b/k", &[("x-amz-checksum-mode", "ENABLED")], b"").await;
    assert_eq!((got.text().as_str(), got.header("x-amz-checksum-crc64nvme")), ("old", ""));
    let tag = got.header("etag").to_owned();
    assert!(at.ask("GET /b?list-type=2", &[], b"").await.text().contains("<Size>3</Size>"));
    assert_eq!(at.ask("PUT /b/k", &[("if-match", &tag)], b"new").await.status, 200);
    assert_eq!(at.ask("GET /b/k", &[], b"").await.text(), "new");
    // Content that looks like facts, and is none.
    let disk = Disk::new(&state.join("objects"));
    let mut incoming = disk.begin(Digests::new(Algorithm::Crc32, false)).unwrap();
    incoming.write(b"{}\x02\0\0\0\0\0\0\0\0object\n").unwrap();
    let whole = incoming.end();
    let facts = Facts::of(&whole.content, Default::default());
    disk.keep(("b", "odd"), whole, &facts, &Condition::Always).unwrap();
    assert_eq!(at.ask("GET /b/odd", &[], b"").await.body, b"{}\x02\0\0\0\0\0\0\0\0object\n");
}
