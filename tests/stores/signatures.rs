//! The signatures of requests to S3, held against those of AWS's own SDK for Python: the stores that tests run take any.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use formwork_model::objects::{Content, Objects as _};
use serde_json::{Value, json};
use support::{Program, paths};

use crate::{REGION, bucket, bytes, with};

/// Signs each request again and gives both signatures.
const SIGN: &str = "
import json, sys
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

def both(request):
    headers = {name: value for name, value in request['headers']}
    given = headers.pop('authorization').split('Signature=')[1]
    signed = ['host', 'content-type', 'content-md5']
    headers = {name: value for name, value in headers.items() if name in signed or name.startswith('x-amz-')}
    again = AWSRequest(method=request['method'], url='http://' + headers['host'] + request['target'], headers=headers)
    again.context['timestamp'] = headers['x-amz-date']
    auth = S3SigV4Auth(Credentials('test', 'test'), 's3', sys.argv[1])
    canonical = auth.canonical_request(again)
    return [given, auth.signature(auth.string_to_sign(again, canonical), again), canonical]

print(json.dumps([both(request) for request in json.loads(sys.argv[2])]))
";

#[test]
fn are_those_of_another_sdk() {
    let (url, requests) = server();
    let keys = ["plain", "a b+c/ü%2F&?#.zip", "//a/../b/./c//", "a/~'()*!@$=:,;\"<>\\^`{|}"];
    let _ = with(&url, async |s3| {
        for key in keys {
            s3.head(&bucket("111122223333"), key).await?;
            s3.put(&bucket("111122223333"), key, &Content::Bytes(b"abc".to_vec()), &|_| {}).await?;
            // No store answers here: that the first call of it is sent is enough.
            let long = Content::Bytes(bytes(9 << 20));
            s3.put(&bucket("111122223333"), key, &long, &|_| {}).await.unwrap_err();
            s3.list(&bucket("111122223333"), key, Some("a+/=")).await.unwrap_err();
        }
        Ok(())
    });
    let requests = Value::from(std::mem::take(&mut *requests.lock().unwrap()));
    let signed = Program::new(paths::python()).args(["-c", SIGN, REGION]).arg(requests.to_string()).run();
    let signed = signed.success().json();
    let signed = signed.as_array().unwrap();
    assert_eq!(signed.len(), 4 * keys.len());
    for both in signed {
        assert_eq!(both[0], both[1], "{}", both[2].as_str().unwrap_or_default());
    }
}

/// A server that keeps the heads of requests, and answers all of them alike.
fn server() -> (String, Arc<Mutex<Vec<Value>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let requests = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&requests);
    std::thread::spawn(move || {
        for connection in listener.incoming().map_while(Result::ok) {
            let kept = Arc::clone(&kept);
            std::thread::spawn(move || while serve(&connection, &kept).is_some() {});
        }
    });
    (url, requests)
}

fn serve(mut connection: &TcpStream, kept: &Mutex<Vec<Value>>) -> Option<()> {
    let mut reader = BufReader::new(connection);
    let (mut first, mut headers, mut length) = (String::new(), Vec::new(), 0);
    reader.read_line(&mut first).ok().filter(|read| *read > 0)?;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.parse().ok()?;
        }
        headers.push(json!([name.to_ascii_lowercase(), value]));
    }
    reader.read_exact(&mut vec![0; length]).ok()?;
    let mut words = first.split(' ');
    let (method, target) = (words.next()?, words.next()?);
    kept.lock().unwrap().push(json!({ "method": method, "target": target, "headers": headers }));
    let time = "Fri, 02 Jan 2026 03:04:05 GMT";
    let head = format!("HTTP/1.1 200 OK\r\netag: \"e\"\r\nlast-modified: {time}\r\ncontent-length: 0\r\n\r\n");
    connection.write_all(head.as_bytes()).ok()
}
