//! Many stacks: from a machine that allows few open files, and at a service that answers few calls a second.

use std::process::Command;

use formwork::assembly::{Assembly, StackArtifact, StackId};
use serde_json::json;

use crate::engine::Engine;

fn stacks(count: usize) -> Assembly {
    let stack = |number: usize| StackArtifact {
        id: StackId::new(format!("site-{number}"), "us-east-1"),
        partition: "aws".to_owned(),
        template: r#"{"Resources":{"Topic":{"Type":"AWS::SNS::Topic"}}}"#.to_owned(),
        ..StackArtifact::default()
    };
    Assembly { stacks: (0..count).map(stack).collect(), ..Assembly::default() }
}

/// A call that waits for its answer holds a connection, so few calls wait at once. A finished assembly needs no app and no workspace.
#[test]
fn three_hundred_stacks_with_sixty_four_open_files() {
    let folder = support::tempdir();
    let engine = Engine::start(folder.path(), &json!({}));
    stacks(300).write(&folder.path().join("assembly")).unwrap();
    for (command, said) in [("deploy", "were created"), ("deploy", "nothing was changed"), ("destroy", "were deleted")]
    {
        let run = Command::new("sh")
            .args(["-c", "ulimit -n 64; exec \"$0\" formwork \"$@\""])
            .arg(support::paths::cargo_formwork())
            .args([command, "--assembly", "assembly", "--endpoint-url", &engine.url])
            .args(["--yes", "--quiet", "--concurrency", "64"])
            .envs([("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test")])
            .env("XDG_STATE_HOME", folder.path())
            .current_dir(folder.path())
            .output()
            .unwrap();
        let (out, errors) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
        assert_eq!((run.status.code(), errors.as_ref()), (Some(0), ""), "{command}");
        assert!(out.contains(said), "{command}: {out}");
    }
}

/// Every call above ten of a second is refused as AWS refuses it, and made again until it is answered: nothing of it reaches whoever deploys.
#[test]
fn sixty_four_stacks_against_ten_calls_a_second() {
    let folder = support::tempdir();
    let engine = Engine::start(folder.path(), &json!({ "callsASecond": 10 }));
    stacks(64).write(&folder.path().join("assembly")).unwrap();
    let run = Command::new(support::paths::cargo_formwork())
        .args(["formwork", "deploy", "--assembly", "assembly", "--endpoint-url", &engine.url])
        .args(["--yes", "--quiet", "--concurrency", "64"])
        .envs([("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test")])
        .env("XDG_STATE_HOME", folder.path())
        .current_dir(folder.path())
        .output()
        .unwrap();
    let (out, errors) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert_eq!((run.status.code(), errors.as_ref()), (Some(0), ""));
    assert!(out.contains("`site-9` and 54 more were created"), "{out}");
}
