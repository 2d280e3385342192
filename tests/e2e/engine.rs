//! Our own deployer against the embedded engine when things go wrong on purpose: throttled, cut off, lied to, logged out. What the
//! real service does seldom, and a test server of others never.
//!
//! The faults are those of cloudformation.md and of `formwork-local`'s file of faults.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use support::python::with_credentials;
use support::{Program, Run};

/// An engine in a process of its own, ended with the value.
pub(crate) struct Engine {
    process: Child,
    pub(crate) url: String,
}

impl Engine {
    pub(crate) fn start(folder: &Path, faults: &Value) -> Engine {
        let file = folder.join("faults.json");
        std::fs::write(&file, faults.to_string()).unwrap();
        let mut process = Command::new(support::paths::cargo_formwork())
            .args(["formwork", "local", "--quiet", "--state"])
            .arg(folder.join("state"))
            .arg("--faults")
            .arg(&file)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("listening on ").unwrap().to_owned();
        Engine { process, url }
    }

    fn run(&self, command: &str, zone: &str) -> Run {
        let arguments = [command, "--app", "habitpay", "--endpoint-url", &self.url, "--context", zone];
        let yes: &[&str] = if matches!(command, "deploy" | "destroy") { &["--yes"] } else { &[] };
        with_credentials(Program::formwork()).args(arguments).args(yes).run()
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

const ZONE: &str = "zone-id=Z0123456789ABCDEFGHIJ";
const OTHER: &str = "zone-id=Z9999999999ABCDEFGHIJ";

/// Deploys with these faults; the engine's state stays for the next.
#[track_caller]
fn deployed(faults: &Value) -> Run {
    let folder = support::tempdir();
    Engine::start(folder.path(), faults).run("deploy", ZONE)
}

#[test]
fn throttling_is_waited_for() {
    let throttled = json!({ "seed": 1, "operations": [{ "probability": 0.3, "times": 12 }] });
    let run = deployed(&throttled);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(run.stdout.contains("were created"), "{}", run.stdout);
}

#[test]
fn failures_of_the_service_are_tried_again() {
    let failing = json!({ "seed": 1, "operations": [{ "action": "DescribeStackEvents", "code": "InternalFailure", "times": 2 }] });
    let run = deployed(&failing);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
}

/// Whatever call is cut off, the request was carried out; the deployer finds out, and is done in the end.
#[test]
fn a_cut_connection_is_no_end() {
    for call in 1..16 {
        let run = deployed(&json!({ "seed": 1, "cutAtCall": call }));
        assert_eq!(run.code, Some(0), "call {call}: {}", run.stderr);
    }
}

#[test]
fn stale_reads_are_read_again() {
    for action in ["DescribeStacks", "DescribeChangeSet", "DescribeStackEvents"] {
        let run = deployed(&json!({ "seed": 1, "stale": [{ "action": action, "times": 1 }] }));
        assert_eq!(run.code, Some(0), "{action}: {}", run.stderr);
    }
}

/// A login that expires on the way: told as such, and the next run with a good one goes on.
#[test]
fn an_expired_login_is_told_and_the_next_run_goes_on() {
    for call in [1, 4, 8, 12] {
        let folder = support::tempdir();
        let run = Engine::start(folder.path(), &json!({ "seed": 1, "expireAtCall": call })).run("deploy", ZONE);
        assert_eq!(run.code, Some(2), "call {call}: {}", run.stderr);
        assert!(run.stderr.contains("expired"), "call {call}: {}", run.stderr);
        let again = Engine::start(folder.path(), &json!({})).run("deploy", ZONE);
        assert_eq!(again.code, Some(0), "call {call}: {}", again.stderr);
    }
}

#[test]
fn a_resource_that_fails_is_told_and_the_next_run_gets_through() {
    let folder = support::tempdir();
    let faults = json!({ "seed": 1, "resources": [{ "stack": "habitpay-site", "logicalId": "AliasAaaa", "at": "create", "reason": "no room left", "times": 1 }] });
    let engine = Engine::start(folder.path(), &faults);
    let run = engine.run("deploy", ZONE);
    assert_ne!(run.code, Some(0));
    assert!(run.stderr.contains("AliasAaaa") && run.stderr.contains("no room left"), "{}", run.stderr);
    let again = engine.run("deploy", ZONE);
    assert_eq!(again.code, Some(0), "{}", again.stderr);
}

/// cloudformation.md, "Change sets": the preview is made of three sources because the change set leaves things out.
#[test]
fn the_preview_tells_the_truth_when_the_change_set_does_not() {
    let shown = |omissions: Value| {
        let folder = support::tempdir();
        Engine::start(folder.path(), &json!({ "seed": 1 })).run("deploy", ZONE).success();
        let run = Engine::start(folder.path(), &json!({ "seed": 1, "omissions": omissions })).run("diff", OTHER);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        run.stdout
    };
    let whole = shown(json!([]));
    assert!(whole.contains("AliasA") && whole.contains("HostedZoneId"), "{whole}");
    for omission in ["emptyUnions", "jsonProperties", "withValues", "longValues"] {
        assert_eq!(shown(json!([omission])), whole, "{omission}");
    }
}
