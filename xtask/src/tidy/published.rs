//! The crates as packages: each can be packaged, and is within the limits of the registry.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::Problem;
use crate::workspace::{cargo_here, metadata, output, root, target_directory};

/// Bytes of a package, compressed, that the registry takes.
const LARGEST: u64 = 10 * 1024 * 1024;

/// Features of a package that the registry takes.
const MOST_FEATURES: usize = 300;

/// The texts of the licence, in each crate's folder, as links to those of the repository.
const LICENCES: [&str; 2] = ["LICENSE-APACHE", "LICENSE-MIT"];

/// Fields of a package that people see before they take it.
const STATED: [&str; 4] = ["description", "license", "repository", "rust_version"];

pub(super) fn check() -> Result<Vec<Problem>> {
    let metadata = metadata(&["--no-deps", "--offline"])?;
    let packages = metadata["packages"].as_array().context("`cargo metadata` names no packages")?;
    // An empty list is `publish = false`.
    let (kept, published): (Vec<&Value>, Vec<&Value>) =
        packages.iter().partition(|package| package["publish"].as_array().is_some_and(Vec::is_empty));
    let mut problems: Vec<Problem> = published.iter().flat_map(|package| stated(package)).collect();

    let target = target_directory()?.join("tidy");
    let mut command = cargo_here();
    command.args(["package", "--workspace", "--no-verify", "--allow-dirty", "--offline", "--quiet", "--target-dir"]);
    command.arg(&target);
    for package in kept {
        command.args(["--exclude", name(package)]);
    }
    if let Err(error) = output(&mut command) {
        let hint = "a dependency of our own has a path and a version, in the root's `[workspace.dependencies]`";
        problems.push(Problem::at("Cargo.toml", 1, format!("the crates cannot be packaged: {error:#}"), hint));
        return Ok(problems);
    }
    for package in published {
        problems.extend(licences(package, &target)?);
        let version = package["version"].as_str().unwrap_or_default();
        let file = target.join("package").join(format!("{}-{version}.crate", name(package)));
        let size = fs::metadata(&file).with_context(|| format!("cannot read `{}`", file.display()))?.len();
        if size > LARGEST {
            let message = format!("the package has {size} bytes, and the registry takes {LARGEST}");
            problems.push(Problem::at(&manifest(package), 1, message, "leave files out by `include`, or split it"));
        }
    }
    Ok(problems)
}

/// Texts of the licence that the package, which is in the folder of packages, lacks.
fn licences(package: &Value, target: &Path) -> Result<Vec<Problem>> {
    let manifest = manifest(package);
    let folder = root().join(&manifest).with_file_name("");
    let mut command = cargo_here();
    command.args([
        "package",
        "--list",
        "--allow-dirty",
        "--offline",
        "--quiet",
        "--package",
        name(package),
        "--target-dir",
    ]);
    let list = output(command.arg(target))?;
    let mut problems = Vec::new();
    for licence in LICENCES {
        let of_root = fs::read(root().join(licence)).with_context(|| format!("cannot read `{licence}`"))?;
        if !list.lines().any(|file| file == licence) || fs::read(folder.join(licence)).ok() != Some(of_root) {
            let message = format!("the package has no `{licence}` of the repository");
            let hint = format!("link `{licence}` into its folder; name it, if the manifest has `include`");
            problems.push(Problem::at(&manifest, 1, message, &hint));
        }
    }
    Ok(problems)
}

/// Fields of the manifest that must be there, with their lengths.
fn stated(package: &Value) -> Vec<Problem> {
    let manifest = manifest(package);
    let missing = STATED.iter().filter(|key| package[**key].as_str().is_none_or(str::is_empty));
    let mut problems: Vec<Problem> = missing
        .map(|key| Problem::at(&manifest, 1, format!("does not state `{}`", key.replace('_', "-")), "add it"))
        .collect();
    let features = package["features"].as_object().map_or(0, serde_json::Map::len);
    if features > MOST_FEATURES {
        let message = format!("has {features} features, and the registry takes {MOST_FEATURES}");
        problems.push(Problem::at(&manifest, 1, message, "let services of one family share a feature"));
    }
    problems
}

fn name(package: &Value) -> &str {
    package["name"].as_str().unwrap_or_default()
}

fn manifest(package: &Value) -> String {
    let path = package["manifest_path"].as_str().unwrap_or_default();
    let root = root().display().to_string();
    path.strip_prefix(&root).unwrap_or(path).trim_start_matches(['/', '\\']).to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::stated;

    #[test]
    fn what_is_missing_is_told() {
        let features: serde_json::Map<String, Value> = (0..301).map(|index| (index.to_string(), json!([]))).collect();
        let package = json!({
            "name": "a", "manifest_path": "a/Cargo.toml", "description": "A.", "license": "MIT", "repository": "",
            "features": features,
        });
        let said: Vec<String> = stated(&package).into_iter().map(|problem| problem.message).collect();
        let expected = [
            "does not state `repository`",
            "does not state `rust-version`",
            "has 301 features, and the registry takes 300",
        ];
        assert_eq!(said, expected);
    }
}
