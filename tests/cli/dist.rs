//! The archive that people install: unpacked elsewhere, it is all that a workspace of one's own needs.

use std::fs;
use std::path::Path;

use support::{Program, Run, paths, tempdir};

/// The program of the archive, in a folder; what is built is kept for the next test.
fn installed(prefix: &Path, folder: &Path, arguments: &[&str]) -> Run {
    let program = Program::new(prefix.join("bin/cargo-formwork")).args(arguments).current_dir(folder);
    let target = paths::target_directory().join("tests").join("dist");
    program.env("CARGO_TARGET_DIR", target).env("CARGO_NET_OFFLINE", "true").run().success()
}

/// The links of the documents below a folder that lead to no file.
fn dangling(folder: &Path) -> Vec<String> {
    let mut dangling = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            dangling.extend(self::dangling(&path));
        } else if path.extension().is_some_and(|end| end == "md") {
            let text = fs::read_to_string(&path).unwrap();
            for link in text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next()) {
                let is_elsewhere = link.is_empty() || link.contains(':') || link.contains(' ');
                if !is_elsewhere && !folder.join(link).exists() {
                    dangling.push(format!("{}: {link}", path.display()));
                }
            }
        }
    }
    dangling
}

/// Its own tests are behind a feature, as it is.
#[test]
fn the_program_that_packs_it() {
    let cargo = Program::new("cargo").args(["test", "--quiet", "--package", "xtask", "--features", "dist"]);
    cargo.args(["--bin", "xtask-dist"]).env("CARGO_NET_OFFLINE", "true").run().success();
}

#[test]
fn an_archive_is_an_installation() {
    let temporary = tempdir();
    let out = temporary.path().join("out");
    fs::create_dir_all(&out).unwrap();
    let dist = Program::new(paths::xtask()).arg("dist").arg("--binary").arg(paths::cargo_formwork());
    let archive = dist.arg("--out").arg(&out).run().success().stdout.trim().to_owned();
    let name = Path::new(&archive).file_name().unwrap().to_string_lossy().into_owned();
    let sums = |folder: &Path, file: &str| {
        Program::new("sha256sum").args(["--check", "--quiet", file]).current_dir(folder).run().success();
    };
    sums(&out, &format!("{name}.sha256"));

    let prefix = temporary.path().join("Für alle/local");
    fs::create_dir_all(&prefix).unwrap();
    Program::new("tar").args(["-xzf", &archive, "--strip-components=1", "-C"]).arg(&prefix).run().success();
    sums(&prefix, "share/doc/formwork/SHA256SUMS");
    for path in [
        "share/bash-completion/completions/cargo-formwork",
        "share/doc/formwork/LICENSE-MIT",
        "share/fish/vendor_completions.d/cargo-formwork.fish",
        "share/man/man1/cargo-formwork-deploy.1",
        "share/zsh/site-functions/_cargo-formwork",
    ] {
        assert!(prefix.join(path).is_file(), "{path}");
    }

    let documents = prefix.join("share/doc/formwork");
    assert!(documents.join("docs/book/SUMMARY.md").is_file());
    assert_eq!(dangling(&documents), Vec::<String>::new());

    // The workspace depends on the crates of the archive, not on those of the checkout.
    installed(&prefix, temporary.path(), &["new", "shop", "--template", "empty"]);
    let folder = temporary.path().join("shop");
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
    let crates = fs::canonicalize(&prefix).unwrap().join("share/formwork/crates/formwork");
    assert!(manifest.contains(&format!("formwork = {{ path = \"{}\" }}", crates.display())), "{manifest}");
    installed(&prefix, &folder, &["synth"]);
    let state = temporary.path().join("state").display().to_string();
    installed(&prefix, &folder, &["deploy", "--yes", "--local", "--local-state", &state]);

    // And the archive is a source to build from. What other systems alone need may not have been fetched.
    let cargo = Program::new("cargo").args(["tree", "--workspace", "--offline"]);
    cargo.current_dir(&prefix.join("share/formwork")).run().success();
}
