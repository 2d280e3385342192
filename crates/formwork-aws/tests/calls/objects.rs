//! S3 against a scripted server: the requests, what is tried again, and the words of failures.

use std::cell::RefCell;
use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use formwork_aws::{Aws, Error, S3};
use formwork_model::objects::{Bucket, Content, Objects as _};

use crate::run;
use crate::scripted::{Reply, Server};

const ETAG: &str = "etag: \"e\"\r\n";
const FACTS: &str = "etag: \"e\"\r\nlast-modified: Fri, 02 Jan 2026 03:04:05 GMT\r\n";
const BEGUN: &str = "<InitiateMultipartUploadResult><UploadId>u/1</UploadId></InitiateMultipartUploadResult>";
const COMPLETED: &str = "\n \n<CompleteMultipartUploadResult><ETag>\"e-3\"</ETag></CompleteMultipartUploadResult>";
const MEGABYTE: usize = 1 << 20;

fn refusal(code: &str) -> String {
    format!("<?xml version=\"1.0\"?>\n<Error><Code>{code}</Code><Message>Words of S3.</Message></Error>")
}

fn bucket() -> Bucket {
    Bucket { name: "assets".to_owned(), region: "ap-northeast-2".to_owned(), owner: "111122223333".to_owned() }
}

/// A file with so many bytes, and the content that it is.
fn file(folder: &Path, length: usize) -> Content {
    let path = folder.join("site.zip");
    fs::write(&path, vec![7; length]).unwrap();
    Content::File { path, length: length as u64 }
}

fn path(content: &Content) -> &Path {
    let Content::File { path, .. } = content else { unreachable!("it is a file") };
    path
}

fn with<T>(server: &Server, work: impl AsyncFnOnce(&S3) -> Result<T, Error>) -> Result<T, Error> {
    run(&server.url, async |aws: &Aws| work(&S3::new(aws)).await)
}

/// A store that takes an upload in parts; what is not answered by `other` is answered well.
fn store(other: impl Fn(&str) -> Option<Reply> + Send + Sync + 'static) -> Server {
    Server::start(move |request| {
        other(request).unwrap_or_else(|| match request.split(' ').next() {
            Some("POST") if request.contains("?uploads") => Reply::new(200, "", BEGUN),
            Some("POST") => Reply::new(200, "", COMPLETED),
            Some("DELETE") => Reply::new(204, "", ""),
            Some("HEAD") => Reply::new(200, FACTS, ""),
            _ => Reply::new(200, ETAG, ""),
        })
    })
}

/// Answers in their order, then the store's own.
fn first(answers: Vec<Reply>) -> impl Fn(&str) -> Option<Reply> + Send + Sync {
    let answers = Mutex::new(answers.into_iter());
    move |_| answers.lock().unwrap().next()
}

/// The first lines of the requests.
fn lines(server: &Server) -> Vec<String> {
    let line = |request: &String| request.lines().next().unwrap_or_default().replace(" HTTP/1.1", "");
    server.requests().iter().map(line).collect()
}

async fn put(s3: &S3, content: &Content) -> Result<(), Error> {
    s3.put(&bucket(), "site.zip", content, &|_| {}).await
}

fn told(error: &Error, server: &Server) -> String {
    let hint = error.hint().map(|hint| format!("\nhint: {hint}")).unwrap_or_default();
    format!("{error}{hint}\n{}", lines(server).join("\n")).replace(&server.url, "[URL]")
}

#[test]
fn the_calls_on_the_wire() {
    let list = "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>a+/=</NextContinuationToken>\
        <EncodingType>url</EncodingType>\
        <Contents><Key>a+b</Key><Size>3</Size><LastModified>2026-01-02T03:04:05.000Z</LastModified></Contents></ListBucketResult>";
    let server = store(first(vec![
        Reply::new(200, ETAG, ""),
        Reply::new(200, &format!("{FACTS}content-length: 3\r\n"), ""),
        Reply::new(200, FACTS, "abc"),
        Reply::new(200, "", list),
        Reply::new(200, "", "<ListBucketResult/>"),
        Reply::new(204, "", ""),
    ]));
    let key = "a b+c/ü%2F.zip";
    with(&server, async |s3| {
        let content = Content::Bytes(b"abc".to_vec());
        let sent = RefCell::new(Vec::new());
        s3.put(&bucket(), key, &content, &|bytes| sent.borrow_mut().push(bytes)).await?;
        assert_eq!(*sent.borrow(), [3]);
        let facts = s3.head(&bucket(), key).await?.unwrap();
        assert_eq!((facts.key.as_str(), facts.length, facts.modified.as_str()), (key, 3, "2026-01-02T03:04:05Z"));
        assert_eq!(s3.get(&bucket(), key, 3).await?.unwrap(), b"abc");
        let page = s3.list(&bucket(), "a b/", None).await?;
        assert_eq!((page.objects[0].key.as_str(), page.next.as_deref()), ("a b", Some("a+/=")));
        assert_eq!(s3.list(&bucket(), "", page.next.as_deref()).await?, Default::default());
        s3.delete(&bucket(), key).await
    })
    .unwrap();
    insta::assert_snapshot!(server.requests().join("\n\n"));
}

#[test]
fn a_long_file_is_sent_in_parts() {
    let folder = tempfile::tempdir().unwrap();
    let content = file(folder.path(), 20 * MEGABYTE + 1);
    let server = store(|_| None);
    with(&server, async |s3| {
        let sent = RefCell::new(Vec::new());
        s3.put(&bucket(), "site.zip", &content, &|bytes| sent.borrow_mut().push(bytes)).await?;
        assert_eq!((sent.borrow().len(), sent.borrow().last().copied()), (3, Some(20 * MEGABYTE as u64 + 1)));
        Ok(())
    })
    .unwrap();
    let mut requests = server.requests();
    // The parts arrive in any order.
    requests[1..4].sort();
    insta::assert_snapshot!(requests.join("\n\n"));
}

#[test]
fn a_bucket_in_another_region_is_followed_once_and_remembered() {
    let region = "x-amz-bucket-region: eu-west-1\r\n";
    let malformed =
        refusal("AuthorizationHeaderMalformed").replace("</Message>", "</Message><Region>eu-west-1</Region>");
    for moved in [
        Reply::new(301, region, &refusal("PermanentRedirect")),
        Reply::new(400, "", &malformed),
        Reply::new(307, region, &refusal("TemporaryRedirect")),
    ] {
        let server = store(first(vec![moved, Reply::new(200, ETAG, "")]));
        with(&server, async |s3| {
            put(s3, &Content::Bytes(b"abc".to_vec())).await?;
            s3.head(&bucket(), "site.zip").await
        })
        .unwrap();
        let requests = server.requests();
        let signed =
            |request: &String| request.split("signed for ").nth(1).unwrap().split('/').next().unwrap().to_owned();
        assert_eq!(requests.iter().map(signed).collect::<Vec<_>>(), ["ap-northeast-2", "eu-west-1", "eu-west-1"]);
    }
    // Its answer to `HEAD` has no words.
    let server = store(first(vec![Reply::new(400, region, "")]));
    with(&server, async |s3| s3.head(&bucket(), "site.zip").await).unwrap().unwrap();
    assert_eq!(server.requests().len(), 2);
    // Regions that send one another the call, and one whose name is a server's.
    let count = AtomicUsize::new(0);
    let server = store(move |_| {
        let region = if count.fetch_add(1, Ordering::Relaxed).is_multiple_of(2) { "eu-west-1" } else { "eu-west-2" };
        Some(Reply::new(301, &format!("x-amz-bucket-region: {region}\r\n"), &refusal("PermanentRedirect")))
    });
    let error = with(&server, async |s3| put(s3, &Content::Bytes(Vec::new())).await).unwrap_err();
    let elsewhere =
        store(|_| Some(Reply::new(301, "x-amz-bucket-region: evil.example/\r\n", &refusal("PermanentRedirect"))));
    let other = with(&elsewhere, async |s3| put(s3, &Content::Bytes(Vec::new())).await).unwrap_err();
    insta::assert_snapshot!([told(&error, &server), told(&other, &elsewhere)].join("\n\n"));
}

#[test]
fn what_may_pass_is_tried_again_part_by_part() {
    let folder = tempfile::tempdir().unwrap();
    let content = file(folder.path(), 9 * MEGABYTE);
    let tries = AtomicUsize::new(0);
    let server = store(move |request| {
        if !request.contains("partNumber=2") {
            return None;
        }
        match tries.fetch_add(1, Ordering::Relaxed) {
            0 => Some(Reply::new(503, "", &refusal("SlowDown"))),
            1 => Some(Reply::CUT),
            2 => Some(Reply::new(400, "", &refusal("RequestTimeout"))),
            3 => Some(Reply::new(502, "", "bad gateway")),
            _ => None,
        }
    });
    with(&server, async |s3| put(s3, &content).await).unwrap();
    let count = |what: &str| server.requests().iter().filter(|request| request.contains(what)).count();
    assert_eq!((count("partNumber=1"), count("partNumber=2"), server.requests().len()), (1, 5, 8));
}

#[test]
fn an_upload_that_fails_is_aborted() {
    let folder = tempfile::tempdir().unwrap();
    let content = file(folder.path(), 9 * MEGABYTE);
    let refused = |what: &'static str, reply: Reply| {
        let server = store(move |request| request.contains(what).then(|| reply.clone()));
        let error = with(&server, async |s3| put(s3, &content).await).unwrap_err();
        let mut lines = lines(&server);
        // The first part may be cut off, or have arrived.
        lines.retain(|line| !line.contains("partNumber=1"));
        lines[1..].sort();
        format!("{error}\n{}", lines.join("\n")).replace(&server.url, "[URL]")
    };
    insta::assert_snapshot!(
        [
            refused("partNumber=2", Reply::new(403, "", &refusal("AccessDenied"))),
            // The status says that it went well.
            refused("CompleteMultipartUpload xmlns", Reply::new(200, "", &refusal("InvalidPart"))),
            refused("CompleteMultipartUpload xmlns", Reply::new(200, "", &refusal("InternalError"))),
            refused("CompleteMultipartUpload xmlns", Reply::new(200, "", "<html></html>")),
            refused("?uploads", Reply::new(200, "", "<InitiateMultipartUploadResult/>")),
            refused("?uploads", Reply::new(404, "", &refusal("NoSuchBucket"))),
        ]
        .join("\n\n")
    );
}

#[test]
fn a_completion_whose_answer_is_lost_is_looked_up() {
    let folder = tempfile::tempdir().unwrap();
    let content = file(folder.path(), 9 * MEGABYTE);
    let attempt = |checksum: &str| {
        let (tries, facts) = (AtomicUsize::new(0), format!("{FACTS}x-amz-checksum-sha256: {checksum}\r\n"));
        let server = store(move |request| match request.split(' ').next() {
            Some("HEAD") => Some(Reply::new(200, &facts, "")),
            Some("POST") if request.contains("uploadId") => Some(match tries.fetch_add(1, Ordering::Relaxed) {
                0 => Reply::CUT,
                _ => Reply::new(404, "", &refusal("NoSuchUpload")),
            }),
            _ => None,
        });
        let result = with(&server, async |s3| put(s3, &content).await);
        (result, lines(&server).len())
    };
    // By another program: `sha256(sha256(8 MiB of 7) + sha256(1 MiB of 7))`.
    let (result, requests) = attempt("7yv57zPJfDcAezMHOdr+9JdZFUeDEAKoU5W4JNhlnBo=-2");
    assert_eq!((result, requests), (Ok(()), 6));
    let (result, _) = attempt("another-2");
    assert!(matches!(result, Err(Error::Service { ref code, .. }) if code == "NoSuchUpload"), "{result:?}");
}

#[test]
fn a_missing_object_is_told_from_a_missing_bucket() {
    // The first time, the bucket may be missing; later not.
    let server = store(|request| {
        let body = if request.starts_with("HEAD") { String::new() } else { refusal("NoSuchKey") };
        Some(Reply::new(404, "", &body))
    });
    with(&server, async |s3| {
        assert_eq!(s3.head(&bucket(), "a").await?, None);
        assert_eq!(s3.head(&bucket(), "b").await?, None);
        assert_eq!(s3.get(&bucket(), "c", 1).await?, None);
        s3.delete(&bucket(), "d").await
    })
    .unwrap();
    assert_eq!(
        lines(&server),
        ["HEAD /assets/a", "GET /assets/a", "HEAD /assets/b", "GET /assets/c", "DELETE /assets/d"]
    );

    let head = |status: u16, body: String| {
        let server = store(move |_| Some(Reply::new(status, "", &body)));
        let error = with(&server, async |s3| s3.head(&bucket(), "a").await).unwrap_err();
        told(&error, &server)
    };
    insta::assert_snapshot!(
        [
            head(404, refusal("NoSuchBucket")),
            head(403, refusal("AccessDenied").replace("Words of S3.", "Access Denied")),
            head(
                403,
                refusal("AccessDenied").replace("Words of S3.", "User: me is not authorized to perform: s3:GetObject")
            ),
            head(403, refusal("InvalidAccessKeyId")),
            head(400, refusal("ExpiredToken")),
            head(403, "<html><body>a proxy</body></html>".to_owned()),
        ]
        .join("\n\n")
    );
}

#[test]
fn whoever_is_not_s3_is_told() {
    let page = || store(|_| Some(Reply::new(200, "content-type: text/html\r\n", "<html><body>log in</body></html>")));
    let mut all = Vec::new();
    let mut tell = |error: Error, server: &Server| all.push(told(&error, server));
    let server = page();
    tell(with(&server, async |s3| put(s3, &Content::Bytes(b"abc".to_vec())).await).unwrap_err(), &server);
    let server = page();
    tell(with(&server, async |s3| s3.head(&bucket(), "a").await).unwrap_err(), &server);
    let server = page();
    tell(with(&server, async |s3| s3.get(&bucket(), "a", 1_000).await).unwrap_err(), &server);
    let server = page();
    tell(with(&server, async |s3| s3.list(&bucket(), "a", None).await).unwrap_err(), &server);
    let server = page();
    tell(with(&server, async |s3| s3.delete(&bucket(), "a").await).unwrap_err(), &server);
    insta::assert_snapshot!(all.join("\n\n"));
}

#[test]
fn a_content_that_is_cut_is_asked_for_again_and_one_that_is_long_is_refused() {
    let server = store(first(vec![Reply::new(200, &format!("{FACTS}content-length: 99\r\n"), "abc")]));
    assert_eq!(with(&server, async |s3| s3.get(&bucket(), "a", 9).await).unwrap().unwrap(), b"");
    assert_eq!(server.requests().len(), 2);
    let server = store(|_| Some(Reply::new(200, FACTS, "abcd")));
    let error = with(&server, async |s3| s3.get(&bucket(), "a", 3).await).unwrap_err();
    assert_eq!(error.to_string(), "the answer to `GetObject` has more than 3 bytes: `s3://assets/a`");
}

#[test]
fn a_file_that_is_not_what_it_was_is_never_completed() {
    let folder = tempfile::tempdir().unwrap();
    let attempt = |length: usize, change: fn(&Path), during: &'static str| {
        let content = file(folder.path(), length);
        let changed = path(&content).to_owned();
        if during.is_empty() {
            change(&changed);
        }
        let server = store(move |request| {
            let is_now = !during.is_empty() && request.contains(during);
            is_now.then(|| change(&changed));
            // The digest of the signature is not that of what came.
            let is_other = is_now && request.contains("\npart");
            is_other.then(|| Reply::new(400, "", &refusal("XAmzContentSHA256Mismatch")))
        });
        let error = with(&server, async |s3| put(s3, &content).await).unwrap_err();
        assert!(!server.requests().iter().any(|request| request.contains("<CompleteMultipartUpload")));
        let is_aborted = server.requests().iter().any(|request| request.starts_with("DELETE"));
        assert_eq!(is_aborted, !server.requests().is_empty() && length > 8 * MEGABYTE);
        error.to_string().replace(&folder.path().display().to_string(), "[DIR]")
    };
    let shrink = |path: &Path| fs::write(path, [7; 5]).unwrap();
    let grow = |path: &Path| fs::write(path, vec![7; 10 * MEGABYTE]).unwrap();
    let vanish = |path: &Path| fs::remove_file(path).unwrap();
    insta::assert_snapshot!(
        [
            attempt(10, shrink, ""),
            attempt(10, vanish, ""),
            attempt(
                10,
                |path| {
                    fs::remove_file(path).unwrap();
                    fs::create_dir(path).unwrap()
                },
                ""
            ),
            {
                fs::remove_dir(folder.path().join("site.zip")).unwrap();
                attempt(9 * MEGABYTE, shrink, "?uploads")
            },
            attempt(9 * MEGABYTE, vanish, "?uploads"),
            attempt(9 * MEGABYTE, grow, "partNumber=1"),
        ]
        .join("\n")
    );
}

#[test]
fn bytes_that_arrive_as_others_are_those_of_a_changed_file() {
    let folder = tempfile::tempdir().unwrap();
    let content = file(folder.path(), 10);
    let changed = path(&content).to_owned();
    let server = store(move |_| {
        fs::write(&changed, [8; 10]).unwrap();
        Some(Reply::new(400, "", &refusal("XAmzContentSHA256Mismatch")))
    });
    let error = with(&server, async |s3| put(s3, &content).await).unwrap_err();
    assert!(error.to_string().ends_with("site.zip` cannot be sent: it was changed while it was sent"), "{error}");
    // Not the file's fault.
    let error = with(&server, async |s3| put(s3, &content).await).unwrap_err();
    assert!(matches!(error, Error::Service { .. }), "{error}");
}

#[test]
fn an_upload_that_is_dropped_is_aborted() {
    let folder = tempfile::tempdir().unwrap();
    let content = file(folder.path(), 9 * MEGABYTE);
    let server = store(|request| request.contains("partNumber=2").then_some(Reply::SILENCE));
    with(&server, async |s3| {
        let dropped = tokio::time::timeout(Duration::from_secs(1), put(s3, &content)).await;
        assert!(dropped.is_err(), "{dropped:?}");
        s3.finish().await;
        Ok(())
    })
    .unwrap();
    assert_eq!(lines(&server).last().map(String::as_str), Some("DELETE /assets/site.zip?uploadId=u%2F1"));
}

#[test]
fn a_line_that_is_dead_is_noticed_and_one_that_is_slow_is_not() {
    let content = Content::Bytes(vec![7; 8 * MEGABYTE]);
    let patience = Duration::from_secs(1);
    // Nearly four seconds for the body.
    let server = Server::reading(patience / 8, |_| Reply::new(200, ETAG, ""));
    run(&server.url, async |aws: &Aws| {
        S3::new(aws).with_patience(patience).put(&bucket(), "site.zip", &content, &|_| {}).await
    })
    .unwrap();
    assert_eq!(server.requests().len(), 1);
    let silent = AtomicUsize::new(0);
    let server = store(move |_| (silent.fetch_add(1, Ordering::Relaxed) == 0).then_some(Reply::SILENCE));
    run(&server.url, async |aws: &Aws| S3::new(aws).with_patience(patience).head(&bucket(), "site.zip").await).unwrap();
    assert_eq!(server.requests().len(), 2);
}
