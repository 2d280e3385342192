//! The offline preview against a judge that shares no code with this project: `judge.py` in this folder, which makes pairs of
//! templates from a seed, works out what CloudFormation does with each resource, and runs `diff` on the same pairs. README.md says
//! what is right, and why.
//!
//! The test's name begins with `preview_judge`, by which `cargo xtask test` leaves it out where there is no Node.js: the facts of
//! the judge come in an npm package.

use support::{Program, paths};

/// Pairs of templates; of resources about which somebody speaks, at least this many percent are right, and no change is silent.
const PAIRS: &str = "1000";
const AT_LEAST: &str = "98";

#[test]
fn preview_judge_finds_it_right_and_never_silent() {
    let out = paths::target_directory().join("judge");
    let run = Program::new(paths::python())
        .arg(paths::root().join("tests").join("judge").join("judge.py"))
        .arg("--formwork")
        .arg(paths::cargo_formwork())
        .arg("--spec")
        .arg(paths::node_modules())
        .args(["--seed", "1", "--pairs", PAIRS, "--at-least", AT_LEAST, "--out"])
        .arg(&out)
        .run();
    assert_eq!(run.code, Some(0), "{}\n{}", run.stdout, run.stderr);
}
