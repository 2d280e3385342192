//! The compiler and its companions: format, clippy, the documentation, the generated code.

use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::Problem;
use crate::workspace::{cargo_here, root, show};

/// Documentation that nobody writes by hand: half a minute of CPU for text that comes from AWS.
const GENERATED: &str = "formwork-resources*";

pub(super) fn format() -> Result<Vec<Problem>> {
    let mut command = cargo_here();
    command.args(["fmt", "--all", "--check", "--", "-l"]);
    let output = command.stdin(Stdio::null()).output().context("cannot run `cargo fmt`")?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let root = root();
    let mut problems: Vec<Problem> = text
        .lines()
        .map(|path| path.strip_prefix(&*root.to_string_lossy()).unwrap_or(path).trim_start_matches('/'))
        .map(|path| Problem::at(path, 1, "is not formatted", "`cargo fmt --all`"))
        .collect();
    if problems.is_empty() && !output.status.success() {
        problems.push(failed("cargo fmt", &output.stderr));
    }
    Ok(problems)
}

pub(super) fn clippy() -> Result<Vec<Problem>> {
    let mut problems = Vec::new();
    // The second is the build that the first `cargo xtask synth` of a fresh clone makes.
    for build in [
        &["--workspace", "--all-targets", "--features=xtask/dist"][..],
        &["-p", "formwork-cli", "--no-default-features"],
    ] {
        let mut command = cargo_here();
        command.arg("clippy").args(build);
        problems.extend(messages(&mut command, "clippy must have nothing to say")?);
    }
    Ok(problems)
}

pub(super) fn documentation() -> Result<Vec<Problem>> {
    let mut command = cargo_here();
    command.args(["doc", "--workspace", "--no-deps", "--document-private-items", "--exclude", GENERATED]);
    messages(&mut command, "rustdoc must have nothing to say")
}

/// The generated code is what the generator makes of the schemas.
pub(super) fn codegen() -> Result<Vec<Problem>> {
    let mut command = cargo_here();
    command.args(["run", "--quiet", "--package", "formwork-codegen", "--bin", "formwork-codegen", "--"]);
    command.args(["codegen", "--check"]);
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("cannot run `{}`", show(&command)))?;
    if output.status.success() {
        return Ok(Vec::new());
    }
    Ok(vec![failed("cargo xtask codegen --check", &output.stderr)])
}

fn failed(command: &str, stderr: &[u8]) -> Problem {
    let text = String::from_utf8_lossy(stderr);
    Problem::new("the repository", format!("`{command}` fails\n{}", text.trim_end()), "")
}

/// Runs cargo and takes every warning and error for a problem. All of them come at once: nothing is made an error by a
/// flag, so that a warning in one crate does not hide those in the next.
fn messages(command: &mut Command, hint: &str) -> Result<Vec<Problem>> {
    command.args(["--locked", "--quiet", "--keep-going", "--message-format=json"]);
    let shown = show(command);
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("cannot run `{shown}`"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut problems = Vec::new();
    for line in text.lines() {
        let Ok(message) = serde_json::from_str::<Value>(line) else {
            continue;
        };
        if message["reason"] == "compiler-message" {
            problems.extend(problem(&message["message"], hint));
        }
    }
    if problems.is_empty() && !output.status.success() {
        problems.push(failed(&shown, &output.stderr));
    }
    Ok(problems)
}

fn problem(message: &Value, hint: &str) -> Option<Problem> {
    let spans = message["spans"].as_array()?;
    // Without a place it is the summary, "3 warnings emitted".
    let span = spans.iter().find(|span| span["is_primary"] == true)?;
    let line = usize::try_from(span["line_start"].as_u64()?).ok()?;
    let mut text = message["message"].as_str()?.to_owned();
    if let Some(code) = message["code"]["code"].as_str() {
        text = format!("{text} ({code})");
    }
    Some(Problem::at(span["file_name"].as_str()?, line, text, hint))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Problem, problem};

    #[test]
    fn messages_become_problems() {
        let message = json!({
            "message": "unused variable: `x`",
            "code": { "code": "unused_variables" },
            "spans": [
                { "is_primary": false, "file_name": "b.rs", "line_start": 1 },
                { "is_primary": true, "file_name": "a.rs", "line_start": 7 },
            ],
        });
        assert_eq!(
            problem(&message, "h"),
            Some(Problem::at("a.rs", 7, "unused variable: `x` (unused_variables)", "h"))
        );
        assert_eq!(problem(&json!({ "message": "1 warning emitted", "spans": [] }), "h"), None);
    }
}
