//! Requests that no client of CloudFormation would send: malformed, huge, slow, cut, from a web page, by the thousand.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::time::Duration;

use insta::assert_snapshot;
use support::{Engine, Program, tempdir};

/// Connects; nothing may take longer than this to be answered.
fn connect(engine: &Engine) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", engine.port())).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    stream
}

/// Everything that comes back for these bytes, on a connection that stays open.
fn whole(engine: &Engine, bytes: &[u8]) -> String {
    let mut stream = connect(engine);
    // An engine that refuses may close before it has read everything.
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

/// The same when nothing more can come: the client is gone.
fn raw(engine: &Engine, bytes: &[u8]) -> String {
    let mut stream = connect(engine);
    // An engine that refuses may close before it has read everything.
    let _ = stream.write_all(bytes);
    let _ = stream.shutdown(Shutdown::Write);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

/// A request with its length, on a connection of its own; the status line and the body.
fn request(engine: &Engine, head: &str, body: &str) -> String {
    let whole = format!("{head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
    let answer = self::whole(engine, whole.as_bytes());
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    format!("{}\n{body}", head.lines().next().unwrap_or("(no answer)"))
}

const FORM: &str = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded";
const LIST: &str = "Action=ListStacks&Version=2010-05-15";

fn is_well(engine: &Engine) -> bool {
    request(engine, FORM, LIST).starts_with("HTTP/1.1 200 OK\n<ListStacksResponse")
}

#[test]
fn malformed_requests_are_answered() {
    let engine = Engine::start();
    let mut shown = String::new();
    let mut case = |what: &str, head: &str, body: &str| {
        shown += &format!("# {what}\n{}\n", support::program::normalise(&request(&engine, head, body)));
    };
    let headers = FORM.split_once("\r\n").unwrap().1;
    let json = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.1\r\nX-Amz-Target: AmazonSSM.PutParameter";
    case("no action", FORM, "Version=2010-05-15");
    case("nothing at all", FORM, "");
    case("another version", FORM, "Action=ListStacks&Version=2009-01-01");
    case("an operation of another service", FORM, "Action=ListTopics&Version=2010-03-31");
    case("an escape that is none", FORM, "Action=%zz");
    case("no UTF-8", FORM, "Action=%ff");
    case("a field twice", FORM, "Action=ListStacks&Action=DeleteStack");
    case("a field that is not known", FORM, "Action=ListStacks&Nonsense=1");
    case(
        "a signed URL",
        "GET /?Action=ListStacks&Version=2010-05-15&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=k%2F20261125%2Feu-west-1%2Fcloudformation%2Faws4_request&X-Amz-Signature=0 HTTP/1.1\r\nHost: localhost",
        "",
    );
    case("the address in a browser", "GET / HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: none", "");
    case("a client of another protocol", json, "{}");
    case("a request of Systems Manager without a name", &json.replace("Put", "Get"), "{}");
    case("one that is no JSON", &json.replace("Put", "Get"), "{");
    case("a body of another kind", "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain", LIST);
    case("another method", "DELETE / HTTP/1.1\r\nHost: localhost", "");
    case("a web page of another origin", &format!("{FORM}\r\nOrigin: https://example.com"), LIST);
    case(
        "an image of a web page",
        "GET /?Action=DeleteStack&StackName=site HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: cross-site",
        "",
    );
    case("a domain that names this machine", &format!("POST / HTTP/1.1\r\nHost: evil.example.com\r\n{headers}"), LIST);
    case("no host", "POST / HTTP/1.1", LIST);
    case("an object that is not there", "GET /bucket/key HTTP/1.1\r\nHost: localhost", "");
    case("a part of an object", "PUT /bucket/key?partNumber=1 HTTP/1.1\r\nHost: localhost", "x");
    case("a list of versions", "GET /bucket?versions HTTP/1.1\r\nHost: localhost", "");
    case("a list from nowhere", "GET /bucket?list-type=2&continuation-token=x HTTP/1.1\r\nHost: localhost", "");
    case("a list with an escape that is none", "GET /bucket?prefix=%zz HTTP/1.1\r\nHost: localhost", "");
    case("a bucket with a name too long", &format!("PUT /{} HTTP/1.1\r\nHost: localhost", "x".repeat(64)), "");
    case("a key too long", &format!("PUT /bucket/{} HTTP/1.1\r\nHost: localhost", "x".repeat(1_025)), "");
    case("a key that would leave the folder", "PUT /bucket/../../../etc/passwd HTTP/1.1\r\nHost: localhost", "x");
    case("a signal to nobody", "PUT /_signal/x HTTP/1.1\r\nHost: localhost", "{}");
    assert_snapshot!(shown);
    assert!(is_well(&engine));
}

#[test]
fn what_is_too_much_is_refused_and_what_is_cut_is_forgotten() {
    let engine = Engine::start();
    let status = |answer: &str| answer.lines().next().unwrap_or_default().to_owned();

    let huge = format!("Action=ListStacks&X={}", "x".repeat(5 << 20));
    assert!(request(&engine, FORM, &huge).starts_with("HTTP/1.1 413 "));
    let parts = request(&engine, "POST /bucket/key?uploadId=x HTTP/1.1\r\nHost: localhost", &"x".repeat(5 << 20));
    assert!(parts.contains("EntityTooLarge"), "{parts}");
    let fields: Vec<String> = (0..5_000).map(|number| format!("F{number}=")).collect();
    assert!(request(&engine, FORM, &fields.join("&")).contains("MalformedQueryString"));

    let bomb: String = (0..5_000).map(|number| format!("X-{number}: {number}\r\n")).collect();
    assert_eq!(
        status(&raw(&engine, format!("{FORM}\r\n{bomb}\r\n").as_bytes())),
        "HTTP/1.1 431 Request Header Fields Too Large"
    );
    let long = "x".repeat(1 << 20);
    assert_eq!(
        status(&raw(&engine, format!("{FORM}\r\nX: {long}\r\n\r\n").as_bytes())),
        "HTTP/1.1 431 Request Header Fields Too Large"
    );
    assert_eq!(status(&raw(&engine, b"nonsense\r\n\r\n")), "HTTP/1.1 400 Bad Request");
    assert_eq!(raw(&engine, b""), "");

    // Cut in the head, and in the body: nothing is carried out of what is not whole.
    assert_eq!(raw(&engine, FORM.as_bytes()), "");
    let cut = format!("{FORM}\r\nContent-Length: 1000\r\n\r\nAction=CreateStack&StackName=half");
    assert_eq!(raw(&engine, cut.as_bytes()), "");
    assert!(!request(&engine, FORM, LIST).contains("half"));
    assert!(is_well(&engine));
}

#[test]
fn requests_one_behind_the_other_are_answered_in_order() {
    let engine = Engine::start();
    let one = |region: &str, last: bool| {
        let scope = format!(
            "AWS4-HMAC-SHA256 Credential=k/20261125/{region}/cloudformation/aws4_request, SignedHeaders=host, Signature=0"
        );
        let body = "Action=DescribeStacks&Version=2010-05-15&StackName=in-".to_owned() + region;
        let close = if last { "close" } else { "keep-alive" };
        format!(
            "{FORM}\r\nAuthorization: {scope}\r\nConnection: {close}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    let answer =
        whole(&engine, [one("us-east-1", false), one("eu-west-1", false), one("us-west-2", true)].concat().as_bytes());
    let names: Vec<&str> = answer.split("Stack with id ").skip(1).filter_map(|rest| rest.split(' ').next()).collect();
    assert_eq!(names, ["in-us-east-1", "in-eu-west-1", "in-us-west-2"]);
}

#[test]
fn a_thousand_at_once_are_all_answered() {
    let engine = Engine::start();
    // Connections that stand open and say nothing, or half of something, are in nobody's way.
    let mut idle: Vec<TcpStream> = (0..100).map(|_| connect(&engine)).collect();
    for stream in &mut idle[50..] {
        stream.write_all(b"POST / HTTP/1.1\r\nHost: local").unwrap();
    }
    let mut many: Vec<TcpStream> = (0..1_000).map(|_| connect(&engine)).collect();
    let whole = format!("{FORM}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{LIST}", LIST.len());
    for stream in &mut many {
        stream.write_all(whole.as_bytes()).unwrap();
    }
    for (number, stream) in many.iter_mut().enumerate() {
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{number}: {answer}");
    }
    assert!(is_well(&engine));
}

#[test]
fn a_port_in_use_is_told_with_a_way_out() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let state = tempdir();
    let run = Program::formwork()
        .args(["local", "--port", &port, "--state"])
        .arg(state.path().join("state"))
        .call(state.path().display(), "[FOLDER]")
        .run();
    assert_snapshot!(run.snapshot());
}

#[test]
fn a_second_engine_on_one_state_is_refused() {
    let engine = Engine::start();
    let run = Program::formwork()
        .args(["local", "--state"])
        .arg(engine.state())
        .call(engine.state().display(), "[STATE]")
        .call(engine.process(), "[PROCESS]")
        .run();
    assert_snapshot!(run.snapshot());
    assert!(is_well(&engine));
}
