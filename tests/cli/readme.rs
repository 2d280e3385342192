//! README, followed to the letter: its commands are there, its files are read, its preview is what its code gives.
//!
//! That its Rust compiles is a doc test of `formwork`; that it quotes files as they are is checked by `cargo xtask tidy`.

use std::fs;

use support::{Program, paths};

use crate::new::Place;

/// The blocks of README, with the language of each.
fn blocks() -> Vec<(String, String)> {
    let text = fs::read_to_string(paths::root().join("README.md")).unwrap();
    let mut blocks = Vec::new();
    let mut lines = text.lines().map(str::trim);
    while let Some(line) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            let block: String =
                lines.by_ref().take_while(|line| *line != "```").map(|line| format!("{line}\n")).collect();
            blocks.push((language.to_owned(), block));
        }
    }
    assert!(blocks.len() > 10, "{blocks:?}");
    blocks
}

/// The first block that has this text.
fn block(with: &str) -> String {
    blocks().into_iter().map(|(_, block)| block).find(|block| block.contains(with)).unwrap()
}

/// Every command is one, and knows the options.
#[test]
fn its_commands_are_there() {
    let xtask = Program::new(paths::xtask()).arg("--help").run().stdout;
    let mut asked = 0;
    for line in blocks().iter().flat_map(|(_, block)| block.lines()) {
        let Some(at) = line.find("cargo formwork ").or_else(|| line.find("cargo xtask ")).filter(|at| *at == 0) else {
            continue;
        };
        let typed = line[at..].split("   ").next().unwrap_or_default().split('#').next().unwrap_or_default();
        let mut words = typed.split_whitespace().skip(1);
        let (program, command) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let listed = xtask.lines().any(|line| line.split_whitespace().next() == Some(command));
        assert!(listed, "`{command}` is not a command: {line}");
        asked += 1;
        if program == "formwork" {
            let help = Program::formwork().args([command, "--help"]).run().success().stdout;
            for option in words.filter(|word| word.starts_with("--")) {
                assert!(help.contains(option), "`{command}` has no option `{option}`: {line}");
            }
        }
    }
    assert!(asked > 25, "{asked}");
}

/// The struct of README in a workspace of one's own: its preview is recorded. `FORMWORK_UPDATE=1` writes it anew.
#[test]
fn its_preview_is_what_its_code_gives() {
    let place = Place::new();
    place.formwork(&["new", "habitpay", "--template", "empty"]).success();
    let folder = place.path().join("habitpay");
    fs::write(folder.join("stacks/habitpay/src/lib.rs"), block("NginxSite::<ApNortheast2>::new(\"habitpay\"")).unwrap();
    fs::write(folder.join("formwork.toml"), block("[environment.prod]")).unwrap();
    let workspace = place.within("habitpay");
    workspace.formwork(&["list", "--env", "pr-17"]).success();
    let state = folder.join("state").display().to_string();
    let preview = workspace.formwork(&["diff", "--local", "--local-state", &state]).success().stdout;
    crate::new::recorded("docs/one-struct.txt", &preview);
}
