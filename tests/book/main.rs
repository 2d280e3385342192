//! The book, followed to the letter: each chapter of `docs/book` is a workspace of its own, in which its files are written and its commands run on
//! the embedded engine. What the commands print is held against the chapter; `FORMWORK_UPDATE=1` writes it there.
//!
//! A block below `<!-- file: PATH -->` is a file of the workspace; a block `console` has commands, each behind `$ `, and what they print. The blocks
//! of Rust are compiled, and run, by the documentation tests of `formwork-testing`.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use std::fs;
use std::path::PathBuf;

use support::{OwnApp, Program, paths, tempdir};

/// The name of the stack crate that a chapter begins with, unless it makes its workspace by `new`.
const CRATE: &str = "my-site";

#[test]
fn every_chapter_is_in_the_summary() {
    let summary = fs::read_to_string(book().join("SUMMARY.md")).unwrap();
    let mut missing: Vec<String> = chapters().iter().map(|path| name(path)).collect();
    missing.retain(|name| !summary.contains(&format!("({name})")));
    assert_eq!(missing, Vec::<String>::new());
}

#[test]
fn the_commands_of_each_chapter_print_what_it_says() {
    let mut wrong = Vec::new();
    for path in chapters() {
        let text = fs::read_to_string(&path).unwrap();
        let followed = follow(&text);
        if followed == text {
            continue;
        }
        if std::env::var_os("FORMWORK_UPDATE").is_some() {
            fs::write(&path, followed).unwrap();
        } else {
            let line = text.lines().zip(followed.lines()).take_while(|(old, new)| old == new).count();
            let found = followed.lines().nth(line).unwrap_or_default();
            wrong.push(format!("{}:{}: the command prints `{found}`", name(&path), line + 1));
        }
    }
    assert!(wrong.is_empty(), "{}\nhint: set FORMWORK_UPDATE=1, then read the difference", wrong.join("\n"));
}

fn book() -> PathBuf {
    paths::root().join("docs/book")
}

fn name(path: &std::path::Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

fn chapters() -> Vec<PathBuf> {
    let entries = fs::read_dir(book()).unwrap().map(|entry| entry.unwrap().path());
    let mut chapters: Vec<PathBuf> = entries
        .filter(|path| path.extension().is_some_and(|end| end == "md") && !path.ends_with("SUMMARY.md"))
        .collect();
    chapters.sort();
    chapters
}

/// The chapter with what its commands print now.
fn follow(text: &str) -> String {
    let mut place: Option<Place> = None;
    let mut followed = String::new();
    let mut file: Option<&str> = None;
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        followed.push_str(line);
        followed.push('\n');
        if let Some(path) = line.strip_prefix("<!-- file: ") {
            file = path.strip_suffix(" -->");
        }
        let Some(language) = line.strip_prefix("```").filter(|language| !language.is_empty()) else { continue };
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        if language == "console" {
            let is_new = block.iter().any(|line| line.starts_with("$ cargo formwork new "));
            let place = place.get_or_insert_with(|| if is_new { Place::empty() } else { Place::of_crate() });
            for line in block {
                if let Some(command) = line.strip_prefix("$ cargo formwork ") {
                    followed.push_str(&format!("{line}\n{}", place.run(command)));
                } else if let Some(folder) = line.strip_prefix("$ cd ") {
                    followed.push_str(&format!("{line}\n"));
                    place.folder.push(folder);
                }
            }
        } else {
            let block: String = block.iter().map(|line| format!("{line}\n")).collect();
            if let Some(path) = file.take() {
                let file = place.get_or_insert_with(Place::of_crate).folder.join(path);
                fs::create_dir_all(file.parent().unwrap()).unwrap();
                fs::write(file, &block).unwrap();
            }
            followed.push_str(&block);
        }
        followed.push_str("```\n");
    }
    followed
}

/// Where the commands of a chapter run.
struct Place {
    folder: PathBuf,
    /// The folder goes away with it.
    _kept: Box<dyn std::any::Any>,
}

impl Place {
    fn empty() -> Place {
        let folder = tempdir();
        Place { folder: folder.path().canonicalize().unwrap(), _kept: Box::new(folder) }
    }

    fn of_crate() -> Place {
        let app = OwnApp::new(CRATE, "");
        // A chapter may have files beside its source.
        fs::create_dir_all(app.path().join("tests")).unwrap();
        Place { folder: app.path(), _kept: Box::new(app) }
    }

    /// The output of a command as in a terminal: both of its streams in their order, without the parts that vary.
    fn run(&self, command: &str) -> String {
        let target = paths::target_directory().join("tests").join("book");
        let mut words: Vec<&str> = command.split(' ').collect();
        let state = self.folder.join("state").display().to_string();
        if words.contains(&"--local") {
            words.extend(["--local-state", &state]);
        }
        let program =
            Program::new("sh").args(["-c", "exec \"$0\" \"$@\" 2>&1"]).arg(paths::cargo_formwork()).args(words);
        let program =
            program.current_dir(&self.folder).env("CARGO_TARGET_DIR", &target).env("CARGO_NET_OFFLINE", "true");
        let program = program.call(format!(" --local-state {state}"), "");
        let program = program.call(self.folder.display(), "[WORKSPACE]").call(target.display(), "target");
        let shown = program.run().shown();
        assert!(!shown.contains("did not compile"), "{shown}");
        without_generated(&shown)
    }
}

/// The output with the end of the bucket's name, which is generated, as a word for it.
fn without_generated(text: &str) -> String {
    const BUCKET: &str = "formwork-assets-bucket-";
    let mut parts = text.split(BUCKET);
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        whole +=
            &format!("{BUCKET}GENERATED{}", part.trim_start_matches(|letter: char| letter.is_ascii_alphanumeric()));
    }
    whole
}
