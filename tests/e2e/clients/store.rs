//! The engine's store, with long objects: what clients write there is there whole, whatever happens, and takes no memory.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use insta::assert_snapshot;
use serde_json::json;
use support::{Engine, Program, paths, tempdir};

/// Bytes that no compression and no mistake of a place leaves the same.
fn content(length: usize) -> Vec<u8> {
    let mut state = 1_u64;
    let mut step = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    (0..length.div_ceil(8)).flat_map(|_| step()).take(length).collect()
}

#[test]
fn boto3_puts_and_gets() {
    let engine = Engine::start();
    assert_snapshot!(serde_json::to_string_pretty(&engine.python(include_str!("store.py"), &[])).unwrap());
}

#[test]
fn the_aws_cli_copies_long_files() {
    let engine = Engine::start();
    let folder = tempdir();
    let long = content(30_000_000);
    fs::write(folder.path().join("long.zip"), &long).unwrap();
    let mut transcript = String::new();
    for arguments in [
        "s3 cp long.zip s3://b/long.zip --no-progress --metadata who=me",
        "s3api head-object --bucket b --key long.zip --checksum-mode ENABLED --query [ContentLength,ETag,ChecksumCRC32,ContentType,Metadata]",
        "s3api list-objects-v2 --bucket b --query Contents[].[Key,Size,ETag]",
        "s3 cp s3://b/long.zip back.zip --no-progress",
        "s3 sync s3://b synced --no-progress",
        "s3 sync synced s3://b --no-progress",
        "s3api list-multipart-uploads --bucket b --query Uploads",
    ] {
        let run = engine
            .client(Program::new(paths::python_program("aws")))
            .args(arguments.split(' '))
            .env("AWS_DEFAULT_OUTPUT", "json")
            .current_dir(folder.path())
            .run();
        transcript += &format!("$ aws {arguments}\n{}\n", run.shown());
    }
    for back in ["back.zip", "synced/long.zip"] {
        assert!(fs::read(folder.path().join(back)).unwrap() == long, "{back}");
    }
    assert_snapshot!(transcript);
}

/// The most memory that a process had so far, in MB.
#[cfg(target_os = "linux")]
fn peak(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1_024
}

#[cfg(target_os = "linux")]
#[test]
fn long_objects_take_no_memory() {
    let engine = Engine::start();
    let script = "
s3 = client('s3')
long = bytes(250_000_000)
s3.put_object(Bucket='b', Key='long', Body=long)
got = s3.get_object(Bucket='b', Key='long')['Body']
length = sum(len(piece) for piece in got.iter_chunks(1 << 20))
begun = s3.create_multipart_upload(Bucket='b', Key='parts')['UploadId']
tags = [s3.upload_part(Bucket='b', Key='parts', UploadId=begun, PartNumber=number, Body=long[:125_000_000])['ETag'] for number in (1, 2)]
parts = [{'PartNumber': number, 'ETag': tag} for number, tag in enumerate(tags, 1)]
s3.complete_multipart_upload(Bucket='b', Key='parts', UploadId=begun, MultipartUpload={'Parts': parts})
answer([length] + [one['Size'] for one in s3.list_objects_v2(Bucket='b')['Contents']])
";
    assert_eq!(engine.python(script, &[]), json!([250_000_000, 250_000_000, 250_000_000]));
    let peak = peak(engine.process());
    assert!(peak < 128, "{peak} MB");
}

/// Sends a part of a request, and keeps the connection.
fn begin(engine: &Engine, path: &str, length: usize, sent: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(("127.0.0.1", engine.port())).unwrap();
    write!(stream, "PUT {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n")
        .unwrap();
    stream.write_all(sent).unwrap();
    stream
}

/// Everything that is half written below a state, in bytes.
fn half_written(state: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(state.join("objects/incoming")) else { return 0 };
    entries.map(|entry| entry.unwrap().metadata().unwrap().len()).sum()
}

#[test]
fn a_killed_engine_leaves_nothing_half_written() {
    let mut engine = Engine::start();
    let before = "
s3 = client('s3')
s3.put_object(Bucket='b', Key='k', Body=b'before')
begun = s3.create_multipart_upload(Bucket='b', Key='parts')['UploadId']
s3.upload_part(Bucket='b', Key='parts', UploadId=begun, PartNumber=1, Body=b'part')
answer(begun)
";
    let upload = engine.python(before, &[]);
    let upload = upload.as_str().unwrap();
    let half = content(5_000_000);
    let part = format!("/b/parts?partNumber=1&uploadId={upload}");
    let _streams = ["/b/k", "/b/new", &part].map(|path| begin(&engine, path, 10_000_000, &half));
    while half_written(&engine.state()) < 12_000_000 {
        std::thread::sleep(Duration::from_millis(5));
    }
    engine.kill_and_start_again();
    assert_eq!(half_written(&engine.state()), 0);
    let after = "
s3 = client('s3')
parts = s3.list_parts(Bucket='b', Key='parts', UploadId=arguments[0])['Parts']
tags = [{'PartNumber': part['PartNumber'], 'ETag': part['ETag']} for part in parts]
s3.complete_multipart_upload(Bucket='b', Key='parts', UploadId=arguments[0], MultipartUpload={'Parts': tags})
answer({one['Key']: s3.get_object(Bucket='b', Key=one['Key'])['Body'].read().decode() for one in s3.list_objects_v2(Bucket='b')['Contents']})
";
    assert_eq!(engine.python(after, &[upload]), json!({ "k": "before", "parts": "part" }));
}

/// A limit of the length of files fails as a full disk does: in the middle of a write.
#[cfg(unix)]
#[test]
fn a_disk_without_room_is_told() {
    let engine = Engine::with_files_up_to(4 * 1_024);
    let long = content(20_000_000);
    let told = |path: &str, body: &[u8]| {
        let mut stream = begin(&engine, path, body.len(), body);
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        format!("{} {body}", head.lines().next().unwrap())
    };
    assert_eq!(told("/b/k", b"before"), "HTTP/1.1 200 OK ");
    let failed = told("/b/k", &long);
    let expected = "HTTP/1.1 500 Internal Server Error <Error><Code>InternalError</Code><Message>the store could not be read or written, and nothing was changed: ";
    assert!(failed.starts_with(expected), "{failed}");
    assert_eq!(half_written(&engine.state()), 0);
    let there = "answer([client('s3').get_object(Bucket='b', Key='k')['Body'].read().decode()])";
    assert_eq!(engine.python(there, &[]), json!(["before"]));
    assert_eq!(told("/b/k", b"after"), "HTTP/1.1 200 OK ");
}
