//! Python scripts that talk to the server through AWS's own SDK, so that what a deploy made is not looked at through
//! anything of ours.
//!
//! At the embedded engine every answer is judged too: `judge.py` holds it against AWS's model of the API.

use serde_json::Value;

use crate::{Engine, Ministack, Moto, Program, paths};

/// The beginning of every script: `client("acm", "us-east-1")`, and `answer(value)` to say what was found.
const PRELUDE: &str = "\
import json, os, sys
import boto3

def client(service, region='us-east-1', **more):
    return judge(boto3.client(service, region_name=region, endpoint_url=os.environ['ENDPOINT'], **more))

def answer(value):
    print(json.dumps(value, default=str, sort_keys=True))

arguments = sys.argv[1:]
";

/// Before that, at a server that is not ours: nobody judges it.
const NO_JUDGE: &str = "judge = lambda client: client\n";

/// Before that, at our own.
const JUDGE: &str = include_str!("judge.py");

impl Ministack {
    /// Runs a script that says what it found by `answer(…)`, once.
    #[track_caller]
    pub fn python(&self, script: &str, arguments: &[&str]) -> Value {
        python(&self.url(), NO_JUDGE, script, arguments)
    }
}

impl Moto {
    /// Runs a script that says what it found by `answer(…)`, once.
    #[track_caller]
    pub fn python(&self, script: &str, arguments: &[&str]) -> Value {
        python(&self.url(), NO_JUDGE, script, arguments)
    }
}

impl Engine {
    /// Runs a script that says what it found by `answer(…)`, once. It fails when an answer is not as AWS's model of it.
    #[track_caller]
    pub fn python(&self, script: &str, arguments: &[&str]) -> Value {
        python(self.url(), JUDGE, script, arguments)
    }
}

#[track_caller]
fn python(url: &str, judge: &str, script: &str, arguments: &[&str]) -> Value {
    let run = with_credentials(Program::new(paths::python()))
        .env("ENDPOINT", url)
        .args(["-c", &format!("{judge}\n{PRELUDE}\n{script}")])
        .args(arguments)
        .run();
    run.success().json()
}

/// The credentials that the server takes.
pub fn with_credentials(program: Program) -> Program {
    program.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test")
}
