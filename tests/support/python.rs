//! Python scripts that talk to the server through AWS's own SDK, so that what a deploy made is not looked at through
//! anything of ours.

use serde_json::Value;

use crate::{Ministack, Program, paths};

/// What every script begins with: `client("acm", "us-east-1")`, and `answer(value)` to say what was found.
const PRELUDE: &str = "\
import json, os, sys
import boto3

def client(service, region='us-east-1'):
    return boto3.client(service, region_name=region, endpoint_url=os.environ['ENDPOINT'])

def answer(value):
    print(json.dumps(value, default=str, sort_keys=True))

arguments = sys.argv[1:]
";

impl Ministack {
    /// Runs a script that says what it found by `answer(…)`, once.
    #[track_caller]
    pub fn python(&self, script: &str, arguments: &[&str]) -> Value {
        let run = with_credentials(Program::new(paths::python()))
            .env("ENDPOINT", self.url())
            .args(["-c", &format!("{PRELUDE}\n{script}")])
            .args(arguments)
            .run();
        run.success().json()
    }
}

/// The credentials that the server takes.
pub fn with_credentials(program: Program) -> Program {
    program.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test")
}
