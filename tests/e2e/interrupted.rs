//! Ctrl-C before the server has answered, and before it has answered the call that begins something.

use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};

use support::proxy::Proxy;
use support::{Engine, Program};

/// A server that takes connections and never answers; the end that is told of each.
fn silent() -> (String, Receiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut connections = Vec::new();
        for connection in listener.incoming().map_while(Result::ok) {
            connections.push(connection);
            let _ = sender.send(());
        }
    });
    (url, receiver)
}

fn run(command: &str, url: &str) -> Program {
    let program = Program::formwork().args([command, "--app", "habitpay", "--endpoint-url", url, "--json"]);
    program.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test")
}

#[test]
fn nothing_was_changed_before_the_first_answer() {
    for command in ["deploy", "destroy", "rollback", "gc", "status"] {
        let (url, connected) = silent();
        let started = run(command, &url).start("");
        connected.recv().unwrap();
        let ended = started.interrupt();
        let said = "interrupted; nothing was changed";
        assert_eq!((ended.code, ended.stderr.lines().last()), (Some(1), Some(&*format!("error: {said}"))), "{command}");
        assert_eq!(ended.json()["error"]["message"], said, "{command}");
    }
}

/// The call may be on its way, or may never arrive.
#[test]
fn a_call_without_an_answer_may_have_begun_something() {
    let engine = Engine::start();
    let proxy = Proxy::holding(engine.port(), "Action=ExecuteChangeSet");
    let started = run("deploy", proxy.url()).args(["--yes"]).start("");
    while !proxy.is_over() {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let ended = started.interrupt();
    let url = proxy.url();
    let said = format!(
        "interrupted; it is not known whether the operation on `habitpay-edge` was begun: {url} had not answered"
    );
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains(&format!("error: {said}; `habitpay-site` was not changed")), "{}", ended.stderr);
    let document = ended.json();
    assert_eq!(document["stacks"][0]["outcome"], "notKnown");
    assert_eq!(document["stacks"][0]["failure"]["message"], said);
    assert_eq!(document["stacks"][1]["outcome"], "interrupted");
    // It was not, and the next run finds what is there.
    run("deploy", engine.url()).args(["--yes"]).run().success();
}
