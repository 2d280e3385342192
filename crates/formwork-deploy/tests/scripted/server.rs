//! CloudFormation, scripted: an HTTP server that speaks the Query protocol and gives each call the answer that the test
//! wrote for it. A call that is not in the script, and an answer that nobody asked for, fail the test.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use formwork_deploy::Limits;

/// One call and its answer.
pub(crate) struct Step {
    action: &'static str,
    /// Parameters that the call must have, decoded: `("StackName", "site")`.
    expected: Vec<(&'static str, &'static str)>,
    status: u16,
    body: String,
    used: bool,
}

/// The answer to one call of `action`.
pub(crate) fn on(action: &'static str, result: &str) -> Step {
    let body = format!(
        r#"<{action}Response xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><{action}Result>{result}</{action}Result><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></{action}Response>"#
    );
    Step { action, expected: Vec::new(), status: 200, body, used: false }
}

/// The refusal of one call of `action`.
pub(crate) fn refuse(action: &'static str, status: u16, code: &str, message: &str) -> Step {
    Step {
        status,
        body: format!(
            r#"<ErrorResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error><RequestId>1</RequestId></ErrorResponse>"#
        ),
        ..on(action, "")
    }
}

/// The page of a gateway that did not reach the service, in answer to one call of `action`. With a status that the client
/// does not try again at once, which would take seconds.
pub(crate) fn gateway(action: &'static str) -> Step {
    Step { status: 520, body: "<html><body>Bad Gateway</body></html>".to_owned(), ..on(action, "") }
}

impl Step {
    /// The same answer with other words in it.
    pub(crate) fn replacing(mut self, from: &str, to: &str) -> Step {
        self.body = self.body.replace(from, to);
        self
    }

    /// Only for calls with this parameter.
    pub(crate) fn with(mut self, key: &'static str, value: &'static str) -> Step {
        self.expected.push((key, value));
        self
    }
}

struct Script {
    steps: Vec<Step>,
    calls: Vec<String>,
    unexpected: Vec<String>,
}

pub(crate) struct Server {
    pub(crate) url: String,
    /// Limits of the runs that ask it.
    pub(crate) limits: Limits,
    script: Arc<Mutex<Script>>,
}

impl Server {
    pub(crate) fn start(steps: Vec<Step>) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let script = Arc::new(Mutex::new(Script { steps, calls: Vec::new(), unexpected: Vec::new() }));
        let shared = Arc::clone(&script);
        std::thread::spawn(move || {
            for connection in listener.incoming() {
                let (connection, script) = (connection.unwrap(), Arc::clone(&shared));
                std::thread::spawn(move || serve(connection, &script));
            }
        });
        Server { url, limits: Limits::NEARBY, script }
    }

    /// The same server, asked by runs that give up at the first outage.
    pub(crate) fn impatient(self) -> Server {
        Server { limits: Limits { outage: Duration::ZERO, ..Limits::NEARBY }, ..self }
    }

    /// The calls that were made, `Action StackName ChangeSetName`, in their order. Fails when the script was not followed.
    #[track_caller]
    pub(crate) fn finish(&self) -> Vec<String> {
        let script = self.script.lock().unwrap();
        assert!(script.unexpected.is_empty(), "not in the script: {:#?}", script.unexpected);
        let unused: Vec<_> = script.steps.iter().filter(|step| !step.used).map(|step| step.action).collect();
        assert!(unused.is_empty(), "never called: {unused:?}; calls: {:#?}", script.calls);
        script.calls.clone()
    }
}

fn serve(mut connection: TcpStream, script: &Mutex<Script>) {
    let mut reader = BufReader::new(connection.try_clone().unwrap());
    while let Some(body) = request(&mut reader) {
        let parameters = decode(&body);
        let (status, answer) = script.lock().unwrap().answer(&parameters);
        let head = format!("HTTP/1.1 {status} X\r\ncontent-type: text/xml\r\ncontent-length: {}\r\n\r\n", answer.len());
        if connection.write_all((head + &answer).as_bytes()).is_err() {
            return;
        }
    }
}

fn request(reader: &mut impl BufRead) -> Option<String> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    String::from_utf8(body).ok()
}

fn decode(body: &str) -> Vec<(String, String)> {
    let decode = |text: &str| {
        let mut bytes = Vec::new();
        let mut rest = text.as_bytes();
        while let Some((&byte, tail)) = rest.split_first() {
            rest = tail;
            match byte {
                b'+' => bytes.push(b' '),
                b'%' => {
                    let hex = std::str::from_utf8(&rest[..2]).unwrap();
                    bytes.push(u8::from_str_radix(hex, 16).unwrap());
                    rest = &rest[2..];
                }
                other => bytes.push(other),
            }
        }
        String::from_utf8(bytes).unwrap()
    };
    body.split('&').filter_map(|pair| pair.split_once('=')).map(|(key, value)| (decode(key), decode(value))).collect()
}

impl Script {
    fn answer(&mut self, parameters: &[(String, String)]) -> (u16, String) {
        let get = |key: &str| {
            let found = parameters.iter().find(|(name, _)| name == key);
            found.map(|(_, value)| value.as_str()).unwrap_or_default()
        };
        let mut told = get("Action").to_owned();
        for key in ["StackName", "IncludePropertyValues", "NextToken"] {
            if !get(key).is_empty() {
                told += &format!(" {key}={}", get(key));
            }
        }
        self.calls.push(told);
        let step = self.steps.iter_mut().find(|step| {
            !step.used && step.action == get("Action") && step.expected.iter().all(|(key, value)| get(key) == *value)
        });
        match step {
            Some(step) => {
                step.used = true;
                (step.status, step.body.clone())
            }
            None => {
                self.unexpected.push(format!("{parameters:?}"));
                (400, "<ErrorResponse><Error><Code>NotInTheScript</Code></Error></ErrorResponse>".to_owned())
            }
        }
    }
}
