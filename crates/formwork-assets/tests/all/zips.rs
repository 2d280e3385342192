//! Zips, as others read them: Python's zipfile is the judge.

use std::fs;
use std::path::Path;
use std::process::Command;

use formwork_assets::{Digest, package};
use insta::assert_snapshot;

use crate::tree::{Tree, content, file, folder};

/// A line for each entry of a zip: the name, the mode, the system, the time, the method, the lengths and the first bytes.
const SCRIPT: &str = "
import sys, zipfile
sys.stdout.reconfigure(encoding='utf-8')
with zipfile.ZipFile(sys.argv[1]) as archive:
    assert archive.testzip() is None
    assert archive.comment == b''
    for info in archive.infolist():
        mode = oct(info.external_attr >> 16)
        time = '%d-%d-%d %d:%d:%d' % info.date_time
        print(info.filename, mode, info.create_system, time, info.compress_type, info.file_size, archive.read(info)[:9])
";

fn read(path: &Path) -> String {
    let read = Command::new("python3").args(["-c", SCRIPT]).arg(path).output().unwrap();
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    String::from_utf8(read.stdout).unwrap()
}

fn files() -> Tree {
    let long = "a long file, which is compressed as it is read\n".repeat(100_000);
    let tree = Tree::new(&[
        ("fn/index.js", "exports"),
        ("fn/bin/run", "#!/bin/sh"),
        ("fn/bin/long", &long),
        ("fn/bin-x", ""),
        ("fn/ä/日本.txt", "names"),
        ("fn/e\u{301} b", "names"),
    ]);
    fs::create_dir(tree.path("fn/empty")).unwrap();
    tree
}

#[test]
fn a_zip_is_read_by_others() {
    let tree = files();
    #[cfg(unix)]
    {
        tree.mode("fn/bin/run", 0o700);
        tree.mode("fn/bin/long", 0o754);
        tree.mode("fn/index.js", 0o677);
        tree.link("fn/to-run", "bin/run");
    }
    let shipment = tree.prepare(&folder("fn")).unwrap();
    let packaged = package(&shipment, &tree.path("out/zips")).unwrap();
    assert_eq!(packaged.length, fs::metadata(&packaged.path).unwrap().len());
    assert_snapshot!(read(&packaged.path), @"
    bin-x 0o100644 3 1980-1-1 0:0:0 8 0 b''
    bin/long 0o100755 3 1980-1-1 0:0:0 8 4700000 b'a long fi'
    bin/run 0o100755 3 1980-1-1 0:0:0 8 9 b'#!/bin/sh'
    é b 0o100644 3 1980-1-1 0:0:0 8 5 b'names'
    index.js 0o100644 3 1980-1-1 0:0:0 8 7 b'exports'
    to-run 0o100755 3 1980-1-1 0:0:0 8 9 b'#!/bin/sh'
    ä/日本.txt 0o100644 3 1980-1-1 0:0:0 8 5 b'names'
    ");
    let path = packaged.path.clone();
    drop(packaged);
    assert!(!path.exists());
}

#[test]
fn equal_content_is_the_same_zip() {
    let (one, other) = (files(), files());
    let old = std::time::SystemTime::UNIX_EPOCH;
    fs::File::options().write(true).open(other.path("fn/index.js")).unwrap().set_modified(old).unwrap();
    #[cfg(unix)]
    {
        one.mode("fn/index.js", 0o600);
        other.mode("fn/index.js", 0o666);
        one.mode("fn/bin/run", 0o700);
        other.mode("fn/bin/run", 0o777);
    }
    let zipped = |tree: &Tree| {
        let shipment = tree.prepare(&folder("fn")).unwrap();
        // Two at once do not disturb each other.
        let (first, second) =
            (package(&shipment, &tree.path("out")).unwrap(), package(&shipment, &tree.path("out")).unwrap());
        assert_ne!(first.path, second.path);
        let bytes = fs::read(&first.path).unwrap();
        assert_eq!(fs::read(&second.path).unwrap(), bytes);
        (shipment.key, bytes)
    };
    assert_eq!(zipped(&one), zipped(&other));
}

#[test]
fn files_and_contents_are_shipped_as_they_are() {
    let tree = files();
    let long = fs::read_to_string(tree.path("fn/bin/long")).unwrap();
    for (asset, bytes) in [(file("fn/bin/long"), long.as_str()), (content("{}", "json"), "{}"), (content("", ""), "")] {
        let shipment = tree.prepare(&asset).unwrap();
        let packaged = package(&shipment, &tree.path("out")).unwrap();
        assert_eq!(fs::read_to_string(&packaged.path).unwrap(), bytes);
        assert_eq!((packaged.length, shipment.length), (bytes.len() as u64, bytes.len() as u64));
        assert_eq!(shipment.list.entries()[0].digest, Digest::of(bytes.as_bytes()));
    }
    assert_eq!(fs::read_dir(tree.path("out")).unwrap().count(), 0);
}
