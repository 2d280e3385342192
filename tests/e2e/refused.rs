//! Failures, and how they are told: without credentials, without a server, without approval.

use insta::assert_snapshot;
use serde_json::json;
use support::python::with_credentials;
use support::{Ministack, Program, free_port};

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
    let url = format!("http://127.0.0.1:{}", free_port());
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

const WARNING: &str = "warning: stacks that left the app were not looked for: ap-northeast-2: not allowed to call `cloudformation:ListStacks`: not for you; the same in us-east-1";

/// A login for less than all.
#[test]
fn stacks_that_may_not_be_listed_are_not_looked_for_in_silence() {
    let engine = support::Engine::start();
    let proxy = support::Proxy::refusing(engine.port(), "Action=ListStacks&");
    for command in ["deploy", "diff", "status"] {
        let yes: &[&str] = if command == "deploy" { &["--yes"] } else { &[] };
        let run = Program::formwork().args([command, "--app", "habitpay", "--endpoint-url", proxy.url()]).args(yes);
        let said = run.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test").run().success().stderr;
        let warnings: Vec<&str> = said.lines().filter(|line| line.contains("ListStacks")).collect();
        assert_eq!(warnings, [WARNING], "{command}");
    }
}

/// A stack that was renamed in the source still has what its successor names: the run that is refused says so.
#[test]
fn a_name_that_the_apps_own_old_stack_has() {
    const APP: &str = r#"//! A parameter with a name of its own, in a stack whose name changes.
use formwork::prelude::*;

/// One stack.
pub fn app(context: &Context) -> App {
    let mut stack = Stack::<EuCentral1>::new(&context.get("stack", "old"));
    stack.add("Greeting", Untyped::new("AWS::SSM::Parameter", json!({ "Name": "/greeting", "Type": "String", "Value": "x" })));
    App::new().with(stack)
}
"#;
    let app = support::OwnApp::new("renamed", APP);
    let deploy = |more: &[&str]| app.local(&[&["deploy", "--quiet", "--yes"], more].concat()).run();
    deploy(&[]).success();
    assert_snapshot!(deploy(&["--context", "stack=new"]).snapshot());
}
