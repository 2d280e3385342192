//! Templates as data: how fast they are validated, compared, read and written.

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::figure::Figure;
use super::meter::measure;
use crate::workspace::{cargo_here, output, root, target_directory};

/// The last line that an example prints.
fn example(package: &str, name: &str, features: &str) -> Result<Value> {
    let mut command = cargo_here();
    command.args(["run", "--quiet", "--release", "--package", package, "--example", name, "--features", features]);
    let printed = output(&mut command)?;
    serde_json::from_str(printed.lines().last().unwrap_or_default()).context("the example prints its figures as JSON")
}

/// 8,000 resources: at most a second after they are read. habitpay, in a process that has nothing yet: at most 100 ms.
pub(super) fn validate() -> Result<Vec<Figure>> {
    let figures = example("formwork-validate", "eight_thousand", "")?;
    let seconds = figures["seconds"].as_f64().context("the example prints `seconds`")?;
    output(cargo_here().args([
        "build",
        "--quiet",
        "--release",
        "--package",
        "formwork-validate",
        "--example",
        "fixtures",
    ]))?;
    let program = target_directory()?.join("release/examples/fixtures");
    let program = program.to_str().context("the target folder's path is not UTF-8")?;
    let cold = measure(41, &root(), &[program, "tests/templates/golden/habitpay"], &[])?;
    Ok(vec![
        Figure::new("8,000 resources: validate", seconds, 1.0, "s"),
        Figure::new("habitpay: validate, a cold process", cold.wall_seconds * 1e3, 100.0, "ms"),
    ])
}

/// The facts about a resource type: microseconds a question, without anything to load first, and 0.5 MB for all types. The schema
/// of a small service's type, for comparison, is unpacked when it is asked for.
pub(super) fn facts() -> Result<Vec<Figure>> {
    let figures = example("formwork-schema", "questions", "embedded")?;
    let figure = |name: &str| figures[name].as_f64().with_context(|| format!("the example prints `{name}`"));
    Ok(vec![
        Figure::new("facts: a question", figure("question_us")?, 10.0, "µs"),
        Figure::new("facts: the first question of a process", figure("first_us")?, 100.0, "µs"),
        Figure::new("facts: the table of all types", figure("bytes")? / 1e6, 0.5, "MB"),
        Figure::new("schemas: one of a small service", figure("schema_us")?, 1000.0, "µs"),
    ])
}

/// 1 MB of JSON, read and written back: at least 50 MB/s, which is at most 20 ms a megabyte; and at most twice what serde_json
/// takes with its own trees.
pub(super) fn document() -> Result<Vec<Figure>> {
    let figures = example("formwork-template", "read_and_write", "")?;
    let figure = |name: &str| figures[name].as_f64().with_context(|| format!("the example prints `{name}`"));
    let speed = figure("mb_per_s")?;
    Ok(vec![
        Figure::new(format!("1 MB of JSON, read and written ({speed:.0} MB/s)"), 1e3 / speed, 20.0, "ms"),
        Figure::new("1 MB of JSON, against serde_json", figure("ratio")?, 2.0, "times"),
    ])
}

/// Two templates read, compared, shown and written as JSON, with each tenth part changed: at most 20 ms for 500 resources each, 60 ms
/// for 1 MB each. A default that reaches every resource may cost three times as much. Twice as much of one thing: at most three times the effort.
pub(super) fn diff() -> Result<Vec<Figure>> {
    let figures = example("formwork-diff", "two_templates", "")?;
    let figure = |name: &str| figures[name].as_f64().with_context(|| format!("the example prints `{name}`"));
    let large = format!("two templates of {:.2} MB", figure("large_bytes")? / 1e6);
    let mut figures = vec![
        Figure::new("diff: two templates of 500 resources", figure("small_ms")?, 20.0, "ms"),
        Figure::new(format!("diff: {large}"), figure("large_ms")?, 60.0, "ms"),
        Figure::new("diff: 500 resources, all of them changed", figure("all_small_ms")?, 60.0, "ms"),
        Figure::new(format!("diff: {large}, all changed"), figure("all_large_ms")?, 180.0, "ms"),
    ];
    for kind in ["statements", "rules", "items", "lines", "words"] {
        let name = format!("diff: 8,000 {kind}, against 4,000");
        figures.push(Figure::new(name, figure(&format!("{kind}_growth"))?, 3.0, "times"));
    }
    Ok(figures)
}
