//! Assets that cannot be shipped, and the words about them.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::UnixListener;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use formwork_assets::{Digest, Fault, package};
use insta::assert_snapshot;

use crate::tree::{Tree, file, folder};

#[test]
fn a_path_that_is_not_there() {
    let tree = Tree::new(&[("web/dist/a", ""), ("web/src/b", ""), ("web/.env", "")]);
    assert_snapshot!(tree.listed(&folder("web/dits")), @"
    error: the asset `Code` of `orders@eu-central-1` cannot be shipped: `web/dits` does not exist
      --> src/lib.rs:12
    hint: did you mean `web/dist`?
    ");
    assert_snapshot!(tree.listed(&folder("wbe/dist")), @"
    error: the asset `Code` of `orders@eu-central-1` cannot be shipped: `wbe/dist` does not exist
      --> src/lib.rs:12
    hint: relative paths begin at the root of the workspace, `[ROOT]`, which has `web`
    ");
    assert_snapshot!(tree.listed(&folder("web/quite/another")), @"
    error: the asset `Code` of `orders@eu-central-1` cannot be shipped: `web/quite/another` does not exist
      --> src/lib.rs:12
    hint: `web` has `dist` and `src`; relative paths begin at the root of the workspace, `[ROOT]`
    ");
    assert_snapshot!(tree.listed(&folder("quite/another")), @"
    error: the asset `Code` of `orders@eu-central-1` cannot be shipped: `quite/another` does not exist
      --> src/lib.rs:12
    hint: relative paths begin at the root of the workspace, `[ROOT]`, which has `web`
    ");
    assert_snapshot!(tree.listed(&file("web/dist/a/b")), @"
    error: the asset `Code` of `orders@eu-central-1` cannot be shipped: `web/dist/a/b` does not exist
      --> src/lib.rs:12
    hint: did you mean `web/dist/a`?
    ");
    assert_snapshot!(tree.listed(&file("")), @"
    error: the asset `Code` of `orders@eu-central-1` cannot be shipped: `` does not exist
      --> src/lib.rs:12
    hint: relative paths begin at the root of the workspace, `[ROOT]`, which has `web`
    ");
    assert_snapshot!(tree.listed(&file(tree.path("quite").to_str().unwrap())), @"
    error: the asset `Code` of `orders@eu-central-1` cannot be shipped: `[ROOT]/quite` does not exist
      --> src/lib.rs:12
    hint: `[ROOT]` has `web`
    ");
    // A file of the system is not meant by one that is not there.
    assert_snapshot!(tree.listed(&file(tree.path("wed").to_str().unwrap())), @"
    error: the asset `Code` of `orders@eu-central-1` cannot be shipped: `[ROOT]/wed` does not exist
      --> src/lib.rs:12
    hint: `[ROOT]` has `web`
    ");
    assert_snapshot!(tree.listed(&file("\u{1b}[2J")), @r"
    error: the asset `Code` of `orders@eu-central-1` cannot be shipped: `\u{1b}[2J` does not exist
      --> src/lib.rs:12
    hint: relative paths begin at the root of the workspace, `[ROOT]`, which has `web`
    ");
    for number in 0..9 {
        tree.write(&format!("many/{number}"), "");
    }
    assert_snapshot!(tree.listed(&file("many/none")), @"
    error: the asset `Code` of `orders@eu-central-1` cannot be shipped: `many/none` does not exist
      --> src/lib.rs:12
    hint: `many` has `0`, `1`, `2`, `3`, `4` and 4 more; relative paths begin at the root of the workspace, `[ROOT]`
    ");
}

#[test]
fn a_file_for_a_folder_and_a_folder_for_a_file() {
    let tree = Tree::new(&[("web/a", "")]);
    assert_snapshot!(tree.listed(&file("web")), @"
    error: the asset `Code` of `orders@eu-central-1` cannot be shipped: `web` is a folder, but the asset is a file
      --> src/lib.rs:12
    hint: say in the source that it is a folder: it is shipped as a zip
    ");
    assert_snapshot!(tree.listed(&folder("web/a")), @"
    error: the asset `Code` of `orders@eu-central-1` cannot be shipped: `web/a` is a file, but the asset is a folder
      --> src/lib.rs:12
    hint: say in the source that it is a file: it is shipped as it is
    ");
}

#[test]
fn a_folder_without_files() {
    let tree = Tree::new(&[("ignored/.gitignore", "*")]);
    fs::create_dir_all(tree.path("empty/inner")).unwrap();
    assert_snapshot!(tree.listed(&folder("empty")), @"
    error: the asset `Code` of `orders@eu-central-1` cannot be shipped: `empty` has no file
      --> src/lib.rs:12
    hint: build what belongs into it before the deployment
    ");
    assert_snapshot!(tree.listed(&folder("ignored")), @"
    error: the asset `Code` of `orders@eu-central-1` cannot be shipped: all of `ignored` is left out
      --> src/lib.rs:12
    hint: the asset's patterns, the files `.gitignore` and `.ignore` in the folder, and a `CACHEDIR.TAG` leave files out; the pattern `!NAME` of the asset takes one back
    ");
}

#[test]
fn names_that_mean_something_else_in_a_zip() {
    let tree = Tree::new(&[("dist/a\\b", ""), ("dist/line\nend", ""), ("dist/\u{1b}[2J/x", ""), ("dist/fine", "")]);
    fs::write(tree.path("dist").join(OsStr::from_bytes(b"latin-\xe4")), "").unwrap();
    let mut deep = tree.path("dist");
    for _ in 0..5 {
        deep.push("d".repeat(250));
    }
    fs::create_dir_all(&deep).unwrap();
    fs::write(deep.join("x"), "").unwrap();
    assert_snapshot!(tree.listed(&folder("dist")), @r"
    error: the asset `Code` of `orders@eu-central-1` cannot be shipped: `dist/\u{1b}[2J` cannot be the path of a file in a zip: it holds a control character
      --> src/lib.rs:12
    hint: rename it, or leave it out by a pattern
    error: the asset `Code` of `orders@eu-central-1` cannot be shipped: `dist/a\b` cannot be the path of a file in a zip: it holds `\`, which separates folders in a zip
      --> src/lib.rs:12
    hint: rename it, or leave it out by a pattern
    error: the asset `Code` of `orders@eu-central-1` cannot be shipped: `dist/dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd/dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd/dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd/dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd/dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd` cannot be the path of a file in a zip: it is longer than 1024 bytes
      --> src/lib.rs:12
    hint: rename it, or leave it out by a pattern
    error: the asset `Code` of `orders@eu-central-1` cannot be shipped: the name of `dist/latin-�` is not UTF-8
      --> src/lib.rs:12
    hint: rename it, or leave it out by a pattern
    error: the asset `Code` of `orders@eu-central-1` cannot be shipped: `dist/line\nend` cannot be the path of a file in a zip: it holds a control character
      --> src/lib.rs:12
    hint: rename it, or leave it out by a pattern
    ");
    fs::write(tree.path("dist/.ignore"), "latin*\n*b\n*end\n*2J\nd*\n").unwrap();
    assert_snapshot!(tree.listed(&folder("dist")), @"
    .ignore File 22
    fine File 0
    ");
}

#[test]
fn pipes_sockets_and_devices_are_not_waited_for() {
    let tree = Tree::new(&[("dist/fine", "")]);
    let pipe = |path: &str| assert!(Command::new("mkfifo").arg(tree.path(path)).status().unwrap().success());
    pipe("dist/pipe");
    pipe("dist/.gitignore");
    let _socket = UnixListener::bind(tree.path("dist/socket")).unwrap();
    assert_snapshot!(tree.listed(&folder("dist")), @"
    error: the asset `Code` of `orders@eu-central-1` cannot be shipped: `dist/.gitignore` is a pipe, which has no content to ship
      --> src/lib.rs:12
    hint: remove it, or leave it out by a pattern
    error: the asset `Code` of `orders@eu-central-1` cannot be shipped: `dist/pipe` is a pipe, which has no content to ship
      --> src/lib.rs:12
    hint: remove it, or leave it out by a pattern
    error: the asset `Code` of `orders@eu-central-1` cannot be shipped: `dist/socket` is a socket, which has no content to ship
      --> src/lib.rs:12
    hint: remove it, or leave it out by a pattern
    ");
    assert_snapshot!(tree.listed(&file("dist/pipe")), @"
    error: the asset `Code` of `orders@eu-central-1` cannot be shipped: `dist/pipe` is a pipe, which has no content to ship
      --> src/lib.rs:12
    ");
    assert_snapshot!(tree.listed(&file("/dev/zero")), @"
    error: the asset `Code` of `orders@eu-central-1` cannot be shipped: `/dev/zero` is a device, which has no content to ship
      --> src/lib.rs:12
    ");
    assert_snapshot!(tree.listed(&folder("/dev/null")), @"
    error: the asset `Code` of `orders@eu-central-1` cannot be shipped: `/dev/null` is a device, which has no content to ship
      --> src/lib.rs:12
    ");

    // A file that is a pipe when it is read: between the look at the folder and the file, or between the two runs.
    let shipment = tree.prepare(&file("dist/fine")).unwrap();
    fs::remove_file(tree.path("dist/fine")).unwrap();
    pipe("dist/fine");
    let error = package(&shipment, &tree.path("out")).unwrap_err();
    assert_snapshot!(tree.said(&[error]), @"
    error: the asset `Code` of `orders@eu-central-1` cannot be shipped: `dist/fine` is a pipe, which has no content to ship
      --> src/lib.rs:12
    ");
}

#[test]
fn files_that_cannot_be_read() {
    let tree = Tree::new(&[("dist/closed", "x")]);
    tree.mode("dist/closed", 0o000);
    // root reads everything.
    if fs::File::open(tree.path("dist/closed")).is_err() {
        assert_snapshot!(tree.listed(&folder("dist")), @r"");
    }
    if cfg!(target_os = "linux") {
        // Nobody reads the first page of a program's memory.
        assert_snapshot!(tree.listed(&file("/proc/self/mem")), @"
        error: the asset `Code` of `orders@eu-central-1` cannot be shipped: `/proc/self/mem` cannot be read: Input/output error (os error 5)
          --> src/lib.rs:12
        ");
    }
}

#[test]
fn many_faults_are_counted() {
    let tree = Tree::new(&[]);
    for number in 0..30 {
        tree.link(&format!("dist/{number:02}"), "/etc/passwd");
    }
    let said = tree.listed(&folder("dist"));
    assert_eq!(said.matches("leads out of the folder").count(), 20);
    assert_snapshot!(said.lines().skip_while(|line| !line.contains("more faults")).collect::<Vec<_>>().join("\n"), @"
    error: the asset `Code` of `orders@eu-central-1` cannot be shipped: `dist` has 10 more faults
      --> src/lib.rs:12
    ");
}

#[test]
fn what_changed_since_is_not_packaged() {
    let tree = Tree::new(&[("dist/a", "a"), ("dist/b", "b"), ("dist/long", "")]);
    let long = "0123456789abcdef".repeat(320 * 1024);
    tree.write("dist/long", &long);
    let (all, alone) = (tree.prepare(&folder("dist")).unwrap(), tree.prepare(&file("dist/a")).unwrap());
    let out = tree.path("out");
    let check = |expected_all: bool, expected_alone: bool| {
        let mut said = Vec::new();
        for (shipment, expected) in [(&all, expected_all), (&alone, expected_alone)] {
            match package(shipment, &out) {
                Ok(_) => assert!(expected, "{shipment:?}"),
                Err(error) => {
                    assert!(!expected, "{error}");
                    said.push(error);
                }
            }
        }
        assert_eq!(fs::read_dir(&out).unwrap().count(), 0, "a file stayed");
        tree.said(&said)
    };
    check(true, true);
    tree.write("dist/a", "A");
    assert_snapshot!(check(false, false), @"
    error: the asset `Code` of `orders@eu-central-1` cannot be shipped: `dist/a` changed while it was read
      --> src/lib.rs:12
    hint: another program writes to it: run the command again when it is done
    error: the asset `Code` of `orders@eu-central-1` cannot be shipped: `dist/a` changed while it was read
      --> src/lib.rs:12
    hint: another program writes to it: run the command again when it is done
    ");
    tree.write("dist/a", "ab");
    assert_snapshot!(check(false, false), @"
    error: the asset `Code` of `orders@eu-central-1` cannot be shipped: `dist/a` changed while it was read
      --> src/lib.rs:12
    hint: another program writes to it: run the command again when it is done
    error: the asset `Code` of `orders@eu-central-1` cannot be shipped: `dist/a` changed while it was read
      --> src/lib.rs:12
    hint: another program writes to it: run the command again when it is done
    ");
    tree.write("dist/a", "a");
    tree.mode("dist/a", 0o755);
    // An object has no mode.
    assert_snapshot!(check(false, true), @"
    error: the asset `Code` of `orders@eu-central-1` cannot be shipped: `dist/a` changed while it was read
      --> src/lib.rs:12
    hint: another program writes to it: run the command again when it is done
    ");
    tree.mode("dist/a", 0o644);
    tree.write("dist/long", &long.replacen("f0", "F0", 1));
    assert_snapshot!(check(false, true), @"
    error: the asset `Code` of `orders@eu-central-1` cannot be shipped: `dist/long` changed while it was read
      --> src/lib.rs:12
    hint: another program writes to it: run the command again when it is done
    ");
    tree.write("dist/long", &long);
    check(true, true);
    fs::remove_file(tree.path("dist/a")).unwrap();
    assert_snapshot!(check(false, false), @"
    error: the asset `Code` of `orders@eu-central-1` cannot be shipped: `dist/a` vanished while it was read
      --> src/lib.rs:12
    hint: another program writes to it: run the command again when it is done
    error: the asset `Code` of `orders@eu-central-1` cannot be shipped: `dist/a` vanished while it was read
      --> src/lib.rs:12
    hint: another program writes to it: run the command again when it is done
    ");
}

#[test]
fn a_file_that_is_longer_than_it_says_changed() {
    if cfg!(target_os = "linux") {
        // It has the length zero, and bytes.
        let tree = Tree::new(&[]);
        assert_snapshot!(tree.listed(&file("/proc/self/status")), @"
        error: the asset `Code` of `orders@eu-central-1` cannot be shipped: `/proc/self/status` changed while it was read
          --> src/lib.rs:12
        hint: another program writes to it: run the command again when it is done
        ");
    }
}

#[test]
fn nothing_is_packaged_under_a_key_that_is_not_its_own() {
    let tree = Tree::new(&[("file", "")]);
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut round = 0_usize;
            while !done.load(Ordering::Relaxed) {
                round += 1;
                fs::write(tree.path("file"), format!("{round}\n").repeat(round % 3 * 20_000)).unwrap();
            }
        });
        let (mut changed, mut fine, mut rounds) = (0, 0, 0);
        while (changed == 0 || fine < 50) && rounds < 10_000 {
            rounds += 1;
            let packaged = tree.prepare(&file("file")).and_then(|shipment| {
                Ok((package(&shipment, &tree.path("out")).map_err(|error| vec![error])?, shipment))
            });
            match packaged {
                Ok((packaged, shipment)) => {
                    let entry = &shipment.list.entries()[0];
                    assert_eq!(Digest::of(&fs::read(&packaged.path).unwrap()), entry.digest);
                    assert_eq!(packaged.length, entry.length);
                    fine += 1;
                }
                Err(errors) => {
                    assert!(matches!(errors[0].fault, Fault::Changed { .. }), "{errors:?}");
                    changed += 1;
                }
            }
        }
        done.store(true, Ordering::Relaxed);
        assert!(changed > 0 && fine > 0, "{changed} changed, {fine} fine");
    });
}

#[test]
fn a_folder_that_cannot_be_written_to() {
    let tree = Tree::new(&[("dist/a", "a"), ("out", "a file")]);
    let shipment = tree.prepare(&folder("dist")).unwrap();
    let error = package(&shipment, &tree.path("out")).unwrap_err();
    assert_snapshot!(tree.said(&[error]), @"
    error: the asset `Code` of `orders@eu-central-1` cannot be shipped: `[ROOT]/out` cannot be written: File exists (os error 17)
      --> src/lib.rs:12
    ");
}
