//! The engine is killed at any moment while clients work, again and again on one state. Afterwards everything that was acknowledged
//! is there, what was under way ends, and no nested stack has lost its parent.
//!
//! This program is both sides: with the argument `serve` it is the engine, which the other side kills.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use formwork_local::{Options, Server};

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, serve, state] = arguments.as_slice()
        && serve == "serve"
    {
        return serve_until_killed(state);
    }
    let rounds = std::env::var("CRASH_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(8);
    let folder = tempfile::tempdir().expect("a folder");
    let seed = SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |since| since.as_nanos() as u64);
    let mut random = Random(seed);
    let mut known: Vec<Known> = (0..3).map(|_| Known::default()).collect();
    let mut objects = BTreeMap::new();
    let acknowledged =
        |known: &[Known]| -> usize { known.iter().map(|known| known.operations.len() + known.change_sets.len()).sum() };
    // On a machine with other work, whole rounds may pass in which nothing comes to an answer.
    for round in 0.. {
        if round >= rounds && (acknowledged(&known) > 0 || round > 100) {
            break;
        }
        let mut engine = Engine::start(folder.path());
        check(&engine, &known);
        check_objects(&engine, folder.path(), &mut objects);
        let stop = AtomicBool::new(false);
        let address = engine.address.clone();
        std::thread::scope(|scope| {
            for (number, known) in known.iter_mut().enumerate() {
                let random = Random(random.next());
                let (stop, address) = (&stop, address.as_str());
                scope.spawn(move || work(address, number, round, known, random, stop));
            }
            let own = Random(random.next());
            let (stop_putting, address, objects) = (&stop, address.as_str(), &mut objects);
            scope.spawn(move || put_objects(address, objects, own, stop_putting));
            std::thread::sleep(Duration::from_millis(20 + random.next() % 400));
            engine.kill();
            stop.store(true, Ordering::Relaxed);
        });
    }
    let engine = Engine::start(folder.path());
    check(&engine, &known);
    check_objects(&engine, folder.path(), &mut objects);
    let acknowledged = acknowledged(&known);
    assert!(acknowledged > 0, "nothing was acknowledged: this tested nothing (seed {seed})");
    let count = objects.values().filter(|contents| contents[0].is_some()).count();
    let figures = format!(
        "{rounds} crashes, {acknowledged} acknowledged operations and {count} objects, none lost (seed {seed})"
    );
    writeln!(std::io::stdout(), "{figures}").expect("somebody reads");
}

#[tokio::main(flavor = "current_thread")]
async fn serve_until_killed(state: &str) {
    // A topic takes 30 ms: some operations are under way at any moment.
    let options = Options { state: state.into(), speed: Some(100.0), ..Options::default() };
    let server = Server::bind(&options).await.expect("the state is read");
    writeln!(std::io::stdout(), "{}", server.url()).expect("the other side listens");
    server.serve().await;
}

/// An engine in a process of its own.
struct Engine {
    process: Child,
    address: String,
}

impl Engine {
    fn start(state: &Path) -> Engine {
        let program = std::env::current_exe().expect("this program has a path");
        let mut process =
            Command::new(program).arg("serve").arg(state).stdout(Stdio::piped()).spawn().expect("this program runs");
        let mut line = String::new();
        let output = process.stdout.take().expect("it is piped");
        BufReader::new(output).read_line(&mut line).expect("a line");
        let address = line.trim().strip_prefix("http://").expect("the engine started").to_owned();
        let engine = Engine { process, address };
        let nested = r#"{"Resources":{"N":{"Type":"AWS::SNS::Topic","Properties":{"DisplayName":"nested"}}}}"#;
        http(&engine.address, "PUT", "/templates/nested.json", nested).expect("a template is put");
        engine
    }

    fn kill(&mut self) {
        self.process.kill().expect("it runs");
        self.process.wait().expect("it was killed");
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Facts that a client was told, and that therefore must be so.
#[derive(Debug, Default)]
struct Known {
    /// Operations by id, with their stack.
    operations: BTreeMap<String, String>,
    change_sets: Vec<String>,
    /// Stacks that were deleted, or are being.
    deleted: Vec<String>,
}

/// The work of one client until the engine is gone.
fn work(address: &str, number: usize, round: usize, known: &mut Known, mut random: Random, stop: &AtomicBool) {
    for turn in 0.. {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let name = format!("s{number}-{}", random.next() % 4);
        let template = template(&mut random, address, &format!("{round}.{turn}"));
        let result = match random.next() % 5 {
            0 => call(address, &[("Action", "CreateStack"), ("StackName", &name), ("TemplateBody", &template)]),
            1 | 2 => call(address, &[("Action", "UpdateStack"), ("StackName", &name), ("TemplateBody", &template)]),
            3 => {
                let set = format!("c{round}-{turn}");
                let fields = [
                    ("Action", "CreateChangeSet"),
                    ("StackName", &name),
                    ("ChangeSetName", &set),
                    ("TemplateBody", &template),
                ];
                let made = call(address, &fields);
                made.inspect(|answer| known.change_sets.extend(Some(field(answer, "Id")).filter(|id| !id.is_empty())))
            }
            _ => {
                let stacks = call(address, &[("Action", "DescribeStacks"), ("StackName", &name)]);
                let id = stacks.map(|answer| field(&answer, "StackId")).unwrap_or_default();
                let deleted = call(address, &[("Action", "DeleteStack"), ("StackName", &name)]);
                let told = |answer: &String| {
                    // A stack that was not there, or whose deletion failed for a reason of its own, says nothing.
                    if !id.is_empty() && answer.contains("DeleteStackResponse") {
                        known.deleted.push(id.clone());
                    }
                };
                deleted.inspect(told)
            }
        };
        match result {
            Ok(answer) if answer.contains("<OperationId>") => {
                known.operations.insert(field(&answer, "OperationId"), field(&answer, "StackId"));
            }
            // Refusals are answers.
            Ok(_) => {}
            Err(_) => return,
        }
    }
}

/// Objects by key: the content that was acknowledged last, and one that was being put behind it.
type Objects = BTreeMap<String, [Option<String>; 2]>;

/// Puts objects, whole and in parts, until the engine is gone.
fn put_objects(address: &str, objects: &mut Objects, mut random: Random, stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        let key = format!("k{}", random.next() % 6);
        let content =
            format!("{:016x}", random.next()).repeat(usize::try_from(1 + random.next() % 40_000).unwrap_or(1));
        // From now on it may be there, and once it is acknowledged it is.
        objects.entry(key.clone()).or_default()[1] = Some(content.clone());
        let put = match random.next() % 3 {
            0 => put_in_parts(address, &key, &content),
            _ => http(address, "PUT", &format!("/objects/{key}"), &content).map(|_| ()),
        };
        if put.is_err() {
            return;
        }
        objects.insert(key, [Some(content), None]);
    }
}

fn put_in_parts(address: &str, key: &str, content: &str) -> std::io::Result<()> {
    let begun = http(address, "POST", &format!("/objects/{key}?uploads"), "")?;
    let upload = field(&begun, "UploadId");
    http(address, "PUT", &format!("/objects/{key}?partNumber=1&uploadId={upload}"), content)?;
    let tag = field(&http(address, "GET", &format!("/objects/{key}?uploadId={upload}"), "")?, "ETag");
    let parts = format!("<Part><PartNumber>1</PartNumber><ETag>{tag}</ETag></Part>");
    let body = format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>");
    let completed = http(address, "POST", &format!("/objects/{key}?uploadId={upload}"), &body)?;
    assert!(completed.contains("CompleteMultipartUploadResult"), "{completed}");
    Ok(())
}

/// Each object is the acknowledged one, or the one that was being put; nothing is left half-written.
fn check_objects(engine: &Engine, state: &Path, objects: &mut Objects) {
    let incoming = std::fs::read_dir(state.join("objects/incoming"));
    assert_eq!(incoming.map_or(0, Iterator::count), 0, "something is half-written");
    for (key, contents) in objects.iter_mut() {
        let there = http(&engine.address, "GET", &format!("/objects/{key}"), "").expect("the engine answers");
        let there = if there.contains("<Code>NoSuchKey</Code>") { None } else { Some(there) };
        let is_known = there == contents[0] || there.is_some() && there == contents[1];
        assert!(is_known, "{key}: {:?} bytes", there.map(|there| there.len()));
        *contents = [there, None];
    }
}

fn template(random: &mut Random, address: &str, value: &str) -> String {
    let nested = format!(
        r#","Child":{{"Type":"AWS::CloudFormation::Stack","Properties":{{"TemplateURL":"http://{address}/templates/nested.json"}}}}"#
    );
    let child = if random.next().is_multiple_of(3) { &nested } else { "" };
    format!(
        r#"{{"Resources":{{"A":{{"Type":"AWS::SNS::Topic","Properties":{{"DisplayName":"{value}"}}}},"B":{{"Type":"AWS::SNS::Topic","Properties":{{"TopicName":{{"Fn::Join":["-",[{{"Fn::Select":[5,{{"Fn::Split":[":",{{"Ref":"A"}}]}}]}},"{}"]]}}}}}}{child}}}}}"#,
        value.replace('.', "-")
    )
}

/// Holds the engine to what it said before it was killed.
fn check(engine: &Engine, known: &[Known]) {
    let call = |fields: &[(&str, &str)]| call(&engine.address, fields).expect("the engine answers");
    for known in known {
        for (operation, stack) in &known.operations {
            let answer = call(&[("Action", "DescribeStacks"), ("StackName", stack)]);
            assert!(answer.contains("<StackStatus>"), "{stack}: {answer}");
            let answer = call(&[("Action", "DescribeEvents"), ("StackName", stack), ("OperationId", operation)]);
            assert!(answer.contains("<EventId>"), "{operation} of {stack}: {answer}");
        }
        for change_set in &known.change_sets {
            let answer = call(&[("Action", "DescribeChangeSet"), ("ChangeSetName", change_set)]);
            assert!(answer.contains("<Status>"), "{change_set}: {answer}");
        }
    }
    // What was under way ends.
    let is_moving = |answer: &String| answer.contains("_IN_PROGRESS</StackStatus>");
    let mut stacks = call(&[("Action", "ListStacks")]);
    for _ in 0..600 {
        if !is_moving(&stacks.replace("REVIEW_IN_PROGRESS", "")) {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
        stacks = call(&[("Action", "ListStacks")]);
    }
    let mut token: Option<String> = None;
    let mut all = Vec::new();
    loop {
        let page = match &token {
            None => call(&[("Action", "ListStacks")]),
            Some(token) => call(&[("Action", "ListStacks"), ("NextToken", token)]),
        };
        all.extend(page.split("<member>").skip(1).map(str::to_owned));
        token = page.contains("<NextToken>").then(|| field(&page, "NextToken"));
        if token.is_none() {
            break;
        }
    }
    for stack in &all {
        let (id, status) = (field(stack, "StackId"), field(stack, "StackStatus"));
        assert!(status == "REVIEW_IN_PROGRESS" || !status.ends_with("_IN_PROGRESS"), "{id} is still {status}");
        assert!(!status.ends_with("_FAILED"), "{id} is {status}");
        let parent = field(stack, "ParentId");
        if !parent.is_empty() && status != "DELETE_COMPLETE" {
            let resources = call(&[("Action", "ListStackResources"), ("StackName", &parent)]);
            assert!(resources.contains(&id), "{id} ({status}) is none of {parent}: {resources}");
        }
        let deleted = known.iter().any(|known| known.deleted.contains(&id));
        assert!(!deleted || status == "DELETE_COMPLETE", "{id} was deleted and is {status}");
        if status != "DELETE_COMPLETE" && status != "REVIEW_IN_PROGRESS" {
            let resources = call(&[("Action", "ListStackResources"), ("StackName", &id)]);
            let states: Vec<&str> = resources
                .split("<ResourceStatus>")
                .skip(1)
                .filter_map(|rest| rest.split('<').next())
                .filter(|status| !status.ends_with("_COMPLETE"))
                .collect();
            assert!(states.is_empty(), "{id} ({status}): {states:?}");
        }
    }
}

/// The text of the first element of the name.
fn field(answer: &str, name: &str) -> String {
    let start = format!("<{name}>");
    let rest = answer.split_once(&start).map(|(_, rest)| rest).unwrap_or_default();
    rest.split('<').next().unwrap_or_default().to_owned()
}

fn call(address: &str, fields: &[(&str, &str)]) -> std::io::Result<String> {
    let escaped = |text: &str| -> String {
        let of = |byte: u8| match byte {
            byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        };
        text.bytes().map(of).collect()
    };
    let body: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
    http(address, "POST", "/", &body.join("&"))
}

/// One request, one connection; an error is a connection that broke before the answer was whole.
fn http(address: &str, method: &str, path: &str, body: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    let length = body.len();
    let head =
        format!("{method} {path} HTTP/1.1\r\nhost: {address}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
    stream.write_all(head.as_bytes())?;
    stream.write_all(body.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let broken = || std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
    let (head, text) = answer.split_once("\r\n\r\n").ok_or_else(broken)?;
    let told = head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    if told != Some(text.len()) {
        return Err(broken());
    }
    Ok(text.to_owned())
}

/// splitmix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}
