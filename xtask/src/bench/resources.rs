//! The cost of enabling services: the generated types alone, with everything that they depend on built before.
//!
//! They are built as Cargo builds a dependency that comes from a registry: not incrementally, and with all lints off. A path
//! dependency, which the scratch crate has, would cost a third more that no user pays.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};

use super::figure::Figure;
use super::meter::{Measured, measure};
use super::program::{cargo_program, scratch, text};
use crate::workspace::{output, root};

/// The services that a small site with some code behind it uses.
const NINE: &[&str] =
    &["certificatemanager", "cloudfront", "dynamodb", "ec2", "iam", "lambda", "logs", "route53", "s3"];

/// One service: 2 CPU s to check and 2.5 to build; nine: 3; all: 45, in 2.5 GB.
pub(super) fn run() -> Result<Vec<Figure>> {
    let folder = scratch("resources")?;
    let all = features()?;
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    let check = cost(&folder, "check", &["ec2"], 3)?;
    let build = cost(&folder, "build", &["ec2"], 3)?;
    let nine = cost(&folder, "build", NINE, 3)?;
    let all = cost(&folder, "build", &all, 1)?;
    Ok(vec![
        Figure::new("types of EC2: check", check.cpu_seconds, 2.0, "CPU s"),
        Figure::new("types of EC2: build", build.cpu_seconds, 2.5, "CPU s"),
        Figure::new("types of nine services: build", nine.cpu_seconds, 3.0, "CPU s"),
        Figure::new("types of all services: build", all.cpu_seconds, 45.0, "CPU s"),
        Figure::new("types of all services: peak memory of a compiler", all.peak_bytes / 1e9, 2.5, "GB"),
    ])
}

/// Builds the types of some services several times; the median.
fn cost(folder: &Path, verb: &str, services: &[&str], runs: usize) -> Result<Measured> {
    let target = folder.join("target");
    let variables = [("CARGO_TARGET_DIR", text(&target)?), ("RUSTFLAGS", "--cap-lints allow")];
    let cargo = cargo_program();
    package(folder, services)?;
    let command = [cargo.as_str(), verb, "--quiet", "--offline"];
    // What the types depend on is built with them the first time, and kept.
    measure(1, folder, &command, &variables)?;
    let lock = fs::read_to_string(folder.join("Cargo.lock")).context("cannot read the crate's `Cargo.lock`")?;
    let types = lock.lines().filter_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'));
    let types: Vec<&str> = types.filter(|name| name.starts_with("formwork-resources")).collect();
    let mut measured = Vec::new();
    for _ in 0..runs {
        let mut clean = Command::new(&cargo);
        clean.args(["clean", "--quiet"]).args(types.iter().flat_map(|name| ["--package", name]));
        clean.current_dir(folder).envs(variables);
        output(&mut clean)?;
        measured.push(measure(1, folder, &command, &variables)?);
    }
    measured.sort_by(|one, other| one.cpu_seconds.total_cmp(&other.cpu_seconds));
    Ok(measured[measured.len() / 2])
}

/// A crate that enables the services, and has nothing of its own.
fn package(folder: &Path, services: &[&str]) -> Result<()> {
    let root = root();
    let features: Vec<String> = services.iter().map(|service| format!("{service:?}")).collect();
    let manifest = format!(
        "[package]\nname = \"types\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n\
         formwork-resources = {{ path = \"{}\", default-features = false, features = [{}] }}\n\n\
         [profile.dev]\nincremental = false\n\n[profile.dev.package.\"*\"]\ndebug = false\n",
        text(&root.join("crates/formwork-resources"))?,
        features.join(", ")
    );
    fs::write(folder.join("Cargo.toml"), manifest).context("cannot write the manifest of the crate")?;
    fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock")).context("cannot copy `Cargo.lock`")?;
    fs::copy(root.join("rust-toolchain.toml"), folder.join("rust-toolchain.toml"))
        .context("cannot copy `rust-toolchain.toml`")?;
    fs::create_dir_all(folder.join("src")).context("cannot make the folder `src`")?;
    fs::write(folder.join("src/lib.rs"), "").context("cannot write the source of the crate")
}

/// The features of all services.
fn features() -> Result<BTreeSet<String>> {
    let mut command = Command::new(cargo_program());
    command.args(["metadata", "--format-version", "1", "--no-deps", "--offline"]).current_dir(root());
    let metadata: serde_json::Value =
        serde_json::from_str(&output(&mut command)?).context("`cargo metadata` prints JSON")?;
    let packages = metadata["packages"].as_array().into_iter().flatten();
    let features = packages
        .filter(|package| package["name"] == "formwork-resources")
        .filter_map(|package| package["features"].as_object())
        .flat_map(|features| features.keys().filter(|feature| *feature != "default").cloned())
        .collect::<BTreeSet<_>>();
    anyhow::ensure!(!features.is_empty(), "the package `formwork-resources` has no features");
    Ok(features)
}
