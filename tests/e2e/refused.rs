//! What cannot be done, and how it is told: without credentials, without a server, without approval.

use std::net::TcpListener;

use insta::assert_snapshot;
use serde_json::json;
use support::python::with_credentials;
use support::{Ministack, Program};

use crate::{habitpay, zone};

/// A command on habitpay's stacks as they stand in the source.
fn deploy(url: &str) -> Program {
    Program::formwork().args(["deploy", "--app", "habitpay", "--yes", "--endpoint-url", url])
}

/// The stacks that the server knows, in both regions.
fn stacks(server: &Ministack) -> serde_json::Value {
    let script = "
found = []
for region in ['us-east-1', 'ap-northeast-2']:
    found += [stack['StackName'] for stack in client('cloudformation', region).describe_stacks()['Stacks']]
answer(found)
";
    server.python(script, &[])
}

#[test]
fn credentials_are_missing() {
    let server = Ministack::start();
    assert_snapshot!(deploy(&server.url()).run().snapshot());
}

#[test]
fn the_profile_is_not_there() {
    let server = Ministack::start();
    assert_snapshot!(deploy(&server.url()).args(["--profile", "nobody"]).run().snapshot());
}

#[test]
fn nobody_listens_at_the_endpoint() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    assert_snapshot!(with_credentials(deploy(&url)).run().snapshot());
}

#[test]
fn approval_needs_a_terminal() {
    let server = Ministack::start();
    let zone = zone(&server, "habitpay.link");
    let run = |command: &str| habitpay(&server, command, &zone).call(&zone, "[ZONE]").run().snapshot();
    assert_snapshot!("approval_to_deploy", run("deploy"));
    assert_eq!(stacks(&server), json!([]), "nothing is left behind");

    habitpay(&server, "deploy", &zone).arg("--yes").run().success();
    assert_snapshot!("approval_to_destroy", run("destroy"));
    assert_eq!(stacks(&server), json!(["habitpay-edge", "habitpay-site"]));
}

/// Python gives the program a terminal and types `no` when it is asked.
#[test]
#[cfg(target_os = "linux")]
fn approval_is_declined() {
    let server = Ministack::start();
    let zone = zone(&server, "habitpay.link");
    let program = support::paths::cargo_formwork();
    let command = format!(
        "{} deploy --quiet --app habitpay --endpoint-url {} --context zone-id={zone}",
        program.display(),
        server.url()
    );
    let python = "
import os, pty, sys
master, slave = pty.openpty()
pid = os.fork()
if pid == 0:
    os.setsid()
    for descriptor in (0, 1, 2):
        os.dup2(slave, descriptor)
    os.close(master)
    os.execvp('sh', ['sh', '-c', 'exec ' + sys.argv[1]])
os.close(slave)
shown = b''
answered = False
while True:
    try:
        more = os.read(master, 4096)
    except OSError:
        break
    if not more:
        break
    shown += more
    if not answered and b'[y/N]' in shown:
        os.write(master, b'no\\n')
        answered = True
code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
print(shown.decode().replace('\\r\\n', '\\n'))
sys.exit(code if answered else 99)
";
    let run =
        with_credentials(Program::new(support::paths::python())).env("TERM", "dumb").args(["-c", python, &command]);
    assert_snapshot!(run.call(&zone, "[ZONE]").run().snapshot());
    assert_eq!(stacks(&server), json!([]), "nothing is left behind");
}
