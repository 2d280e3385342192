//! The book, followed to the letter: its chapters, in the order of the summary, in one workspace, which the first of them makes. Their files are
//! written and their commands run on the embedded engine. What the commands print is held against the chapters; `FORMWORK_UPDATE=1` writes it there.
//!
//! A block below a line that is a path in backticks and a colon is that file of the workspace; a block `console` has commands, each behind `$ `, and
//! what they print. Blocks of Rust are compiled, and run, by the documentation tests of `formwork-testing`, but for those that `cargo test` runs here.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use std::fs;
use std::path::PathBuf;

use support::{Program, paths, tempdir};

#[test]
fn every_chapter_is_in_the_summary() {
    let summary = fs::read_to_string(book().join("SUMMARY.md")).unwrap();
    let entries = fs::read_dir(book()).unwrap().map(|entry| name(&entry.unwrap().path()));
    let mut missing: Vec<String> = entries.filter(|name| name.ends_with(".md") && name != "SUMMARY.md").collect();
    missing.retain(|name| !summary.contains(&format!("({name})")));
    assert_eq!(missing, Vec::<String>::new());
}

#[test]
fn the_commands_of_each_chapter_print_what_it_says() {
    let mut wrong = Vec::new();
    let mut place = Place::new();
    for path in chapters() {
        let text = fs::read_to_string(&path).unwrap();
        let followed = follow(&text, &mut place);
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

/// Every chapter, in the order in which the summary has them.
fn chapters() -> Vec<PathBuf> {
    let summary = fs::read_to_string(book().join("SUMMARY.md")).unwrap();
    let names = summary.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    names.map(|name| book().join(name)).collect()
}

/// The chapter with what its commands print now.
fn follow(text: &str, place: &mut Place) -> String {
    let mut followed = String::new();
    let mut file: Option<&str> = None;
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        followed.push_str(line);
        followed.push('\n');
        let Some(language) = line.strip_prefix("```").filter(|language| !language.is_empty()) else {
            if !line.is_empty() {
                file =
                    line.strip_prefix('`').and_then(|rest| rest.strip_suffix("`:")).filter(|path| !path.contains('`'));
            }
            continue;
        };
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        if language == "console" {
            for line in block {
                if let Some(folder) = line.strip_prefix("$ cd ") {
                    followed.push_str(&format!("{line}\n"));
                    place.folder.push(folder);
                } else if let Some(command) = line.strip_prefix("$ cargo ") {
                    followed.push_str(&format!("{line}\n{}", place.run(command)));
                }
            }
        } else {
            let block: String = block.iter().map(|line| format!("{line}\n")).collect();
            if let Some(path) = file.take() {
                let file = place.folder.join(path);
                fs::create_dir_all(file.parent().unwrap()).unwrap();
                fs::write(file, &block).unwrap();
            }
            followed.push_str(&block);
        }
        followed.push_str("```\n");
    }
    followed
}

/// The place where the commands run.
struct Place {
    folder: PathBuf,
    /// The folder goes away with it.
    temporary: tempfile::TempDir,
}

impl Place {
    fn new() -> Place {
        let temporary = tempdir();
        Place { folder: temporary.path().canonicalize().unwrap(), temporary }
    }

    /// The output of a command as in a terminal: both of its streams in their order, without the parts that vary.
    fn run(&self, command: &str) -> String {
        let target = paths::target_directory().join("tests").join("book");
        let state = self.temporary.path().join("state").display().to_string();
        let (program, mut words) = match command.strip_prefix("formwork ") {
            Some(command) => (paths::cargo_formwork(), command.split(' ').collect::<Vec<_>>()),
            None => (std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()).into(), command.split(' ').collect()),
        };
        if words.contains(&"--local") {
            words.extend(["--local-state", &state]);
        }
        let program = Program::new("sh").args(["-c", "exec \"$0\" \"$@\" 2>&1"]).arg(program).args(words);
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
