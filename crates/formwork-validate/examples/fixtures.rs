//! Validates every template below the given folders: `cargo run --release -p formwork-validate --example fixtures -- FOLDER…`.
//!
//! One line per file: how many errors and warnings, and the rules. With `--findings`, the findings too.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use formwork_validate::{Options, Severity, Validator};

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let with_findings = arguments.iter().any(|argument| argument == "--findings");
    let mut out = std::io::stdout().lock();
    let mut validator = Validator::new();
    for folder in arguments.iter().filter(|argument| *argument != "--findings") {
        let mut files = Vec::new();
        collect(Path::new(folder), &mut files)?;
        files.sort();
        for file in files {
            let bytes = std::fs::read(&file)?;
            let name = file.display().to_string();
            let options = Options { region: Some("us-east-1".to_owned()), ..Options::default() };
            let findings = validator.validate_bytes(&bytes, &name, &options);
            let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
            let mut rules: Vec<&str> = findings.iter().map(|finding| finding.rule).collect();
            rules.sort_unstable();
            rules.dedup();
            writeln!(out, "{name}: {errors} errors, {} warnings {}", findings.len() - errors, rules.join(" "))?;
            for finding in findings.iter().filter(|_| with_findings) {
                writeln!(out, "{finding}\n")?;
            }
        }
    }
    Ok(())
}

fn collect(path: &Path, into: &mut Vec<PathBuf>) -> std::io::Result<()> {
    if path.is_dir() {
        for entry in std::fs::read_dir(path)? {
            collect(&entry?.path(), into)?;
        }
    } else if path
        .extension()
        .is_some_and(|ending| ["yaml", "yml", "json", "template"].iter().any(|known| ending == *known))
    {
        into.push(path.to_owned());
    }
    Ok(())
}
