//! The wait of a user at each edit: the build of a stack crate, and its program.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::figure::Figure;
use super::meter::measure;
use crate::workspace::{cargo_here, output, root, target_directory};

/// A folder for one benchmark, empty.
pub(super) fn scratch(name: &str) -> Result<PathBuf> {
    let folder = target_directory()?.join("bench").join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("cannot remove `{}`", folder.display()))?;
    }
    fs::create_dir_all(&folder).with_context(|| format!("cannot make the folder `{}`", folder.display()))?;
    Ok(folder)
}

pub(super) fn text(path: &Path) -> Result<&str> {
    path.to_str().with_context(|| format!("`{}` is not UTF-8", path.display()))
}

pub(super) fn cargo_program() -> String {
    std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}

/// The program alone: at most 10 ms and 20 MB when optimized, 30 ms when not.
pub(super) fn run() -> Result<Vec<Figure>> {
    let target = target_directory()?;
    let mut figures = Vec::new();
    for (profile, folder, limit) in [("release", "release", 10.0), ("dev", "debug", 30.0)] {
        output(cargo_here().args(["build", "--quiet", "--package", "habitpay", "--profile", profile]))?;
        let program = target.join(folder).join("habitpay");
        let out = scratch("program")?.join("assembly");
        let command = [text(&program)?, "--out", text(&out)?, "--json"];
        let measured = measure(41, &root(), &command, &[])?;
        let name = |what: &str| format!("habitpay's program, {profile}: {what}");
        figures.push(Figure::new(name("wall time"), measured.wall_seconds * 1e3, limit, "ms"));
        figures.push(Figure::new(name("peak memory (Python's own or more)"), measured.peak_bytes / 1e6, 20.0, "MB"));
    }
    Ok(figures)
}

/// Synth against serde_json writing the same documents from trees that it has already: at most 4 times.
pub(super) fn synth() -> Result<Vec<Figure>> {
    let mut command = cargo_here();
    command.args(["run", "--quiet", "--release", "--package", "formwork", "--example", "eight_thousand"]);
    let printed = output(&mut command)?;
    let line = printed.lines().last().unwrap_or_default();
    let figures: Value = serde_json::from_str(line).context("the example prints its figures as JSON")?;
    let ratio = figures["ratio"].as_f64().context("the example prints a `ratio`")?;
    Ok(vec![Figure::new("8,000 resources: synth against serde_json", ratio, 4.0, "times")])
}

/// A stack crate in a workspace of its own, as a user has it: at most 15 CPU s cold, 25 more with its tests; 0.5 CPU s and 1 s for an edit.
pub(super) fn build() -> Result<Vec<Figure>> {
    let folder = scratch("build")?;
    let source = workspace_of_a_user(&folder)?;
    let target = folder.join("target");
    let variables = [("CARGO_TARGET_DIR", text(&target)?)];
    let cargo = cargo_program();
    let cold = measure(1, &folder, &[&cargo, "build", "--quiet", "--offline"], &variables)?;

    let program = target.join("debug").join("mine");
    let script = format!("\"{cargo}\" build --quiet --offline && \"{}\" --out assembly --json", text(&program)?);
    let original = fs::read_to_string(&source).with_context(|| format!("cannot read `{}`", source.display()))?;
    let (mut cpu, mut wall) = (Vec::new(), Vec::new());
    for round in 0..7 {
        let edited = original.replace("https://api.habitpay.link", &format!("https://api.habitpay.link/{round}"));
        fs::write(&source, edited).with_context(|| format!("cannot write `{}`", source.display()))?;
        let measured = measure(1, &folder, &["sh", "-c", &script], &variables)?;
        cpu.push(measured.cpu_seconds);
        wall.push(measured.wall_seconds);
    }
    let written = fs::read_to_string(folder.join("assembly/habitpay-site.template.json"));
    let written = written.context("the edited program wrote no template")?;
    anyhow::ensure!(written.contains("https://api.habitpay.link/6"), "the edit did not reach the template");
    let tests = text(&folder.join("target-of-tests"))?.to_owned();
    let tests =
        measure(1, &folder, &[&cargo, "test", "--no-run", "--quiet", "--offline"], &[("CARGO_TARGET_DIR", &tests)])?;
    let median = |mut figures: Vec<f64>| {
        figures.sort_by(f64::total_cmp);
        figures[figures.len() / 2]
    };
    Ok(vec![
        Figure::new("stack crate: cold debug build", cold.cpu_seconds, 12.0, "CPU s"),
        Figure::new("stack crate: what `formwork-testing` adds", tests.cpu_seconds - cold.cpu_seconds, 25.0, "CPU s"),
        Figure::new("stack crate: edit to template", median(cpu), 0.4, "CPU s"),
        Figure::new("stack crate: edit to template, wall time", median(wall), 1.0, "s"),
    ])
}

/// Writes the workspace; its source file.
fn workspace_of_a_user(folder: &Path) -> Result<PathBuf> {
    let root = root();
    let write = |path: PathBuf, text: &str| {
        fs::write(&path, text).with_context(|| format!("cannot write `{}`", path.display())).map(|()| path)
    };
    let read = |path: &str| fs::read_to_string(root.join(path)).with_context(|| format!("cannot read `{path}`"));
    let manifest = format!(
        "[package]\nname = \"mine\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n\
         formwork = {{ path = \"{}\" }}\n\n[dev-dependencies]\nformwork-testing = {{ path = \"{}\" }}\n\n\
         [profile.dev]\ndebug = \"line-tables-only\"\n\n[profile.dev.package.\"*\"]\ndebug = false\nincremental = false\n",
        text(&root.join("crates/formwork"))?,
        text(&root.join("crates/formwork-testing"))?
    );
    write(folder.join("Cargo.toml"), &manifest)?;
    write(folder.join("Cargo.lock"), &read("Cargo.lock")?)?;
    let toolchain = read("rust-toolchain.toml")?;
    write(folder.join("rust-toolchain.toml"), &toolchain)?;
    fs::create_dir_all(folder.join("src")).context("cannot make the folder `src`")?;
    write(folder.join("src/main.rs"), &read("stacks/habitpay/src/main.rs")?.replace("habitpay", "mine"))?;
    write(folder.join("src/lib.rs"), &read("stacks/habitpay/src/lib.rs")?)
}

/// A fresh clone to its first templates, compiling everything on the way: at most 40 CPU s.
pub(super) fn clone() -> Result<Vec<Figure>> {
    let folder = scratch("clone")?;
    output(Command::new("git").args(["clone", "--quiet"]).arg(root()).arg(&folder))?;
    let target = folder.join("target");
    let variables = [("CARGO_TARGET_DIR", text(&target)?)];
    // Downloading is not ours to promise.
    output(Command::new(cargo_program()).args(["fetch", "--quiet", "--locked"]).current_dir(&folder))?;
    let first = measure(1, &folder, &[&cargo_program(), "xtask", "synth"], &variables)?;
    fs::remove_dir_all(&folder).with_context(|| format!("cannot remove `{}`", folder.display()))?;
    Ok(vec![Figure::new("first `cargo xtask synth` on a fresh clone", first.cpu_seconds, 40.0, "CPU s")])
}
