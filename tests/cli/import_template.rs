//! `import-template` in a workspace of one's own.

use std::fs;
use std::path::Path;

use insta::assert_snapshot;
use support::{Program, tempdir};

const QUEUE: &str = "\
Description: A queue for orders.
Resources:
  # Nobody reads these yet.
  Failed:
    Type: AWS::SQS::Queue
    DeletionPolicy: Retain
    UpdateReplacePolicy: Retain
  Orders:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: '30'
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Failed.Arn, maxReceiveCount: 3}
  Notice:
    Type: Custom::Notice
    Properties: {Queue: !Ref Orders}
";

/// A workspace without members, and a template in it.
fn workspace(folder: &Path) {
    fs::create_dir_all(folder.join("stacks")).unwrap();
    fs::write(folder.join("Cargo.toml"), "[workspace]\nresolver = \"3\"\nmembers = [\"stacks/*\"]\n").unwrap();
    fs::write(folder.join("order_queue.yaml"), QUEUE).unwrap();
}

fn check(folder: &Path, arguments: &[&str]) -> String {
    let import = Program::formwork().arg("import-template").args(arguments).current_dir(folder);
    import.call(folder.display(), "[FOLDER]").run().snapshot()
}

#[test]
fn a_crate_is_written_and_nothing_is_overwritten() {
    let folder = tempdir();
    workspace(folder.path());
    let mut text = check(folder.path(), &["order_queue.yaml", "--region", "eu-west-1"]);
    for file in ["Cargo.toml", "src/lib.rs", "src/main.rs"] {
        let path = folder.path().join("stacks/order-queue").join(file);
        // Outside of a workspace that has formwork, it is the checkout of the program.
        let written =
            fs::read_to_string(path).unwrap().replace(&*support::paths::root().to_string_lossy(), "[CHECKOUT]");
        text += &format!("----- {file}\n{written}");
    }
    text += &check(folder.path(), &["order_queue.yaml"]);
    text += &check(folder.path(), &["order_queue.yaml", "--out", "elsewhere"]);
    assert_snapshot!(text);
}

/// A crate of its own is built where it is; one of a workspace that does not have it yet is entered there.
#[test]
fn the_next_step_is_told() {
    let folder = tempdir();
    fs::write(folder.path().join("order_queue.yaml"), QUEUE).unwrap();
    let mut text = check(folder.path(), &["order_queue.yaml"]);
    fs::create_dir(folder.path().join("around")).unwrap();
    fs::write(folder.path().join("around/Cargo.toml"), "[workspace]\nresolver = \"3\"\nmembers = []\n").unwrap();
    text += &check(folder.path(), &["order_queue.yaml", "--out", "around/queue"]);
    assert_snapshot!(text);
}

#[test]
fn the_source_is_printed() {
    let folder = tempdir();
    workspace(folder.path());
    assert_snapshot!(check(folder.path(), &["order_queue.yaml", "--print", "--json", "--name", "Orders"]));
    assert!(!folder.path().join("stacks/orders").exists());
}

/// A text that is read as a number is told, and noted beside it in the source.
#[test]
fn values_that_are_read_otherwise_are_told() {
    let folder = tempdir();
    workspace(folder.path());
    let template = "\
Resources:
  Key:
    Type: AWS::SSM::Parameter
    Properties: {Type: String, Value: a, Value: 012345670123}
";
    fs::write(folder.path().join("zero.yaml"), template).unwrap();
    assert_snapshot!(check(folder.path(), &["zero.yaml", "--print"]));
}

#[test]
fn what_cannot_be_imported() {
    let folder = tempdir();
    workspace(folder.path());
    fs::write(folder.path().join("mistakes.yaml"), "Resources: {A: {Typ: T}, B: {Type: !T b}, 1: {}}\n").unwrap();
    fs::write(folder.path().join("other.json"), "{\"a\": 1}").unwrap();
    let cases: [&[&str]; 7] = [
        &[],
        &["order_queue.yaml", "--stack", "orders"],
        &["nowhere.yaml"],
        &["mistakes.yaml"],
        &["order_queue.yaml", "--region", "eu-west-9"],
        &["order_queue.yaml", "--name", "order_queue"],
        &["other.json"],
    ];
    let told: Vec<String> = cases.iter().map(|arguments| check(folder.path(), arguments)).collect();
    assert_snapshot!(told.join("\n"));
}
