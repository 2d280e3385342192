//! The facts that cargo knows about the packages: who depends on whom, licences, versions; and how they ask for each other.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::Problem;
use super::licence;
use super::source::read;
use crate::workspace::{metadata, root};

/// The crates on which each of our crates may depend. Nothing points back; ARCHITECTURE.md gives the reasons.
const EDGES: &[(&str, &[&str])] = &[
    ("formwork", &["formwork-assembly", "formwork-resources", "formwork-template"]),
    ("formwork-assembly", &["formwork-template"]),
    ("formwork-assets", &["formwork-assembly"]),
    ("formwork-aws", &["formwork-assembly", "formwork-model", "formwork-template"]),
    (
        "formwork-cli",
        &["formwork-assembly", "formwork-diff", "formwork-schema", "formwork-template", "formwork-workspace"],
    ),
    ("formwork-codegen", &["formwork-schema"]),
    (
        "formwork-deploy",
        &["formwork-assembly", "formwork-assets", "formwork-diff", "formwork-model", "formwork-template"],
    ),
    ("formwork-diff", &["formwork-assembly", "formwork-model", "formwork-schema", "formwork-template"]),
    ("formwork-import", &["formwork-codegen", "formwork-model", "formwork-schema", "formwork-template"]),
    ("formwork-local", &["formwork-model", "formwork-schema", "formwork-template", "formwork-validate"]),
    ("formwork-model", &["formwork-template"]),
    ("formwork-resources", &["formwork-template"]),
    ("formwork-schema", &[]),
    ("formwork-template", &[]),
    (
        "formwork-testing",
        &["formwork", "formwork-deploy", "formwork-diff", "formwork-local", "formwork-model", "formwork-validate"],
    ),
    ("formwork-validate", &["formwork-model", "formwork-schema", "formwork-template"]),
    ("formwork-verify", &["formwork-assembly", "formwork-model", "formwork-template"]),
    ("formwork-workspace", &["formwork-assembly"]),
    ("xtask", &["formwork-template", "formwork-workspace"]),
];

/// The crates that hold the generated types; `formwork-resources` hands them on.
const SHARDS: &str = "formwork-resources-";

/// Edges that exist only behind a feature: without it, nothing of them is compiled.
const OPTIONAL_EDGES: &[(&str, &[&str])] = &[(
    "formwork-cli",
    &[
        "formwork-assets",
        "formwork-aws",
        "formwork-codegen",
        "formwork-deploy",
        "formwork-import",
        "formwork-local",
        "formwork-model",
        "formwork-validate",
        "formwork-verify",
    ],
)];

/// The one crate that calls AWS, and that names the crates of the SDK.
const CALLS_AWS: &str = "formwork-aws";

/// The crates that a stack's program links, and the only packages of other people that these may use: each edit of a stack pays
/// for them.
const LINKED: &[&str] = &["formwork", "formwork-assembly", "formwork-resources", "formwork-template"];
const LINKED_MAY_USE: &[&str] = &["indexmap", "serde_core", "serde_json"];

/// Packages that are there in more than one version, each with its reason.
const DUPLICATES: &[(&str, &str)] = &[
    ("bit-vec", "rcgen takes the current one, for tests only; jsonschema's patterns take the one before"),
    ("block-buffer", OLD_CRYPTOGRAPHY),
    ("const-oid", OLD_CRYPTOGRAPHY),
    ("cpufeatures", OLD_CRYPTOGRAPHY),
    ("crypto-common", OLD_CRYPTOGRAPHY),
    ("digest", OLD_CRYPTOGRAPHY),
    ("getrandom", "three generations: the login's cryptography, jsonschema, and tempfile with proptest"),
    ("hmac", OLD_CRYPTOGRAPHY),
    ("rand", "aws-config takes 0.8, proptest 0.10"),
    ("rand_core", OLD_CRYPTOGRAPHY),
    ("sha1", "aws-config takes 0.10, for `aws login`; the store of the embedded engine the current one"),
    ("sha2", OLD_CRYPTOGRAPHY),
    ("similar", "insta takes 2, for tests only; previews take the current one"),
    ("synstructure", "the older one is of a part of rcgen that is locked and not built"),
    ("syn", "a macro of the AWS SDK takes 2, serde's derive 3"),
];

const OLD_CRYPTOGRAPHY: &str =
    "`aws login` signs with p256, which stays at the generation before the one of the AWS SDK";

pub(super) fn check() -> Result<Vec<Problem>> {
    let everything = metadata(&["--locked"])?;
    let here = metadata(&["--locked", "--filter-platform=x86_64-unknown-linux-gnu"])?;
    let mut problems = Vec::new();
    problems.extend(directions(&everything)?);
    problems.extend(licences(&everything)?);
    problems.extend(duplicates(&here)?);
    problems.extend(inheritance(&everything)?);
    problems.extend(workspace_dependencies("Cargo.toml", &read("Cargo.toml")?));
    Ok(problems)
}

fn packages(metadata: &Value) -> Result<&Vec<Value>> {
    metadata["packages"].as_array().context("`cargo metadata` names no packages")
}

/// Packages of this workspace: they have no source.
fn members(metadata: &Value) -> Result<Vec<&Value>> {
    Ok(packages(metadata)?.iter().filter(|package| package["source"].is_null()).collect())
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

fn manifest(package: &Value) -> String {
    let path = text(package, "manifest_path");
    let root = root();
    path.strip_prefix(&*root.to_string_lossy()).unwrap_or(path).trim_start_matches(['/', '\\']).replace('\\', "/")
}

/// The line of a manifest that names a dependency; 1 when no line begins with it.
fn line_of(manifest: &str, dependency: &str) -> usize {
    let text = read(manifest).unwrap_or_default();
    let named = |line: &str| line.strip_prefix(dependency).is_some_and(|rest| rest.starts_with(['.', ' ', '=']));
    text.lines().position(named).map_or(1, |index| index + 1)
}

fn listed<'a>(table: &[(&str, &'a [&'a str])], name: &str) -> Option<&'a [&'a str]> {
    table.iter().find(|(package, _)| *package == name).map(|(_, edges)| *edges)
}

fn directions(metadata: &Value) -> Result<Vec<Problem>> {
    let mut problems = Vec::new();
    for package in members(metadata)? {
        let name = text(package, "name");
        let manifest = manifest(package);
        let folder = manifest.split('/').next().unwrap_or_default();
        let allowed: &[&str] = match listed(EDGES, name) {
            Some(allowed) => allowed,
            None if name.starts_with(SHARDS) => &["formwork-template"],
            None if folder == "stacks" => &["formwork"],
            // Tests look at everything.
            None if folder == "tests" => continue,
            None => {
                let hint = "add it to the table in xtask/src/tidy/packages.rs and to ARCHITECTURE.md";
                problems.push(Problem::at(&manifest, 1, format!("`{name}` is a crate that no rule knows"), hint));
                continue;
            }
        };
        let optional = listed(OPTIONAL_EDGES, name).unwrap_or_default();
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let to = text(dependency, "name");
            let ours = !dependency["path"].is_null();
            if dependency["kind"] == "dev" {
                continue;
            }
            let behind_feature = dependency["optional"] == true;
            let fine = match ours {
                true if name == "formwork-resources" && to.starts_with(SHARDS) => true,
                true => allowed.contains(&to) || (behind_feature && optional.contains(&to)),
                false => {
                    let linked = LINKED.contains(&name) || name.starts_with(SHARDS);
                    let aws = to.starts_with("aws-") && name != CALLS_AWS;
                    (!linked || behind_feature || LINKED_MAY_USE.contains(&to)) && !aws
                }
            };
            if !fine {
                let message = format!("`{name}` must not depend on `{to}`");
                let hint = "the directions between crates, and who may use what, stand in ARCHITECTURE.md";
                problems.push(Problem::at(&manifest, line_of(&manifest, to), message, hint));
            }
        }
    }
    Ok(problems)
}

fn licences(metadata: &Value) -> Result<Vec<Problem>> {
    let mut problems = Vec::new();
    for package in packages(metadata)? {
        let (name, version) = (text(package, "name"), text(package, "version"));
        let expression = text(package, "license");
        if !licence::is_allowed(expression) {
            let message = format!("`{name}` {version} has the licence `{expression}`");
            let hint = "take another package, or allow the licence in xtask/src/tidy/licence.rs after reading it";
            problems.push(Problem::at("Cargo.lock", lock_line(name, version), message, hint));
        }
    }
    Ok(problems)
}

/// The line of `Cargo.lock` that names a package.
fn lock_line(name: &str, version: &str) -> usize {
    let text = read("Cargo.lock").unwrap_or_default();
    let entry = format!("name = \"{name}\"\nversion = \"{version}\"");
    text.find(&entry).map_or(1, |start| text[..start].lines().count() + 1)
}

fn duplicates(metadata: &Value) -> Result<Vec<Problem>> {
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    // `packages` also lists what only other platforms need; the nodes are what this one resolves to.
    let nodes = metadata["resolve"]["nodes"].as_array().context("`cargo metadata` resolves nothing")?;
    let used: BTreeSet<&str> = nodes.iter().map(|node| text(node, "id")).collect();
    for package in packages(metadata)?.iter().filter(|package| used.contains(text(package, "id"))) {
        versions.entry(text(package, "name")).or_default().insert(text(package, "version"));
    }
    let mut problems = Vec::new();
    for (name, versions) in &versions {
        let excused = DUPLICATES.iter().any(|(excused, _)| excused == name);
        let list = versions.iter().copied().collect::<Vec<_>>().join(", ");
        let line = lock_line(name, versions.first().copied().unwrap_or_default());
        if versions.len() > 1 && !excused {
            let hint = format!(
                "`cargo tree --invert {name}@VERSION` shows who asks; if it cannot be helped, list it with its reason in xtask/src/tidy/packages.rs"
            );
            problems.push(Problem::at("Cargo.lock", line, format!("`{name}` is there in the versions {list}"), hint));
        }
        if versions.len() == 1 && excused {
            let hint = "take it off the list in xtask/src/tidy/packages.rs";
            problems.push(Problem::at("Cargo.lock", line, format!("`{name}` is there in one version only"), hint));
        }
    }
    Ok(problems)
}

/// Versions and features of dependencies are decided in one place, the root manifest.
fn inheritance(metadata: &Value) -> Result<Vec<Problem>> {
    let mut problems = Vec::new();
    for package in members(metadata)? {
        let manifest = manifest(package);
        problems.extend(inherited(&manifest, &read(&manifest)?));
    }
    Ok(problems)
}

fn inherited(path: &str, text: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut in_dependencies = false;
    let mut has_lints = false;
    for (index, line) in text.lines().enumerate() {
        if let Some(section) = line.strip_prefix('[') {
            in_dependencies = section.trim_end_matches(']').ends_with("dependencies");
            has_lints |= section == "lints]";
        } else if in_dependencies && line.contains('=') && !line.starts_with('#') && !line.contains("workspace = true")
        {
            let hint = "write `name.workspace = true` here, and the version in the root's `[workspace.dependencies]`";
            problems.push(Problem::at(path, index + 1, "a dependency that is not the workspace's", hint));
        }
    }
    if !has_lints {
        problems.push(Problem::at(
            path,
            1,
            "does not take the workspace's lints",
            "add `[lints]` with `workspace = true`",
        ));
    }
    problems
}

fn workspace_dependencies(path: &str, text: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut here = false;
    // One comment may speak for a package and those that go with it.
    let mut lines_below_comment = usize::MAX;
    for (index, line) in text.lines().enumerate() {
        if line.starts_with('[') {
            here = line == "[workspace.dependencies]";
        } else if here && line.contains('=') && !line.starts_with('#') && !line.contains("path = ") {
            if !line.contains("default-features = false") {
                let hint = "add `default-features = false` and name the features that are needed";
                problems.push(Problem::at(path, index + 1, "takes default features", hint));
            }
            if lines_below_comment > 2 {
                problems.push(Problem::at(path, index + 1, "says not why it is needed", "write a comment above it"));
            }
        }
        lines_below_comment = if line.starts_with('#') { 0 } else { lines_below_comment.saturating_add(1) };
    }
    problems
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Problem, directions, duplicates, inherited, licences, workspace_dependencies};

    fn said(problems: &[Problem]) -> Vec<String> {
        problems.iter().map(|Problem { place, message, .. }| format!("{place}: {message}")).collect()
    }

    fn package(name: &str, manifest: &str, dependencies: &Value) -> Value {
        json!({ "name": name, "manifest_path": manifest, "source": null, "dependencies": dependencies, "license": "MIT" })
    }

    #[test]
    fn wrong_directions_are_found() {
        let ours =
            |name: &str, optional: bool| json!({ "name": name, "path": "/x", "kind": null, "optional": optional });
        let theirs = |name: &str| json!({ "name": name, "path": null, "kind": null, "optional": false });
        let metadata = json!({ "packages": [
            package("formwork-template", "crates/a/Cargo.toml", &json!([ours("formwork", false), theirs("serde_json"), theirs("thiserror")])),
            package("formwork-cli", "crates/b/Cargo.toml", &json!([ours("formwork-deploy", true), ours("formwork-diff", false)])),
            package("formwork-cli", "crates/c/Cargo.toml", &json!([ours("formwork-deploy", false), theirs("aws-config")])),
            package("formwork-aws", "crates/d/Cargo.toml", &json!([theirs("aws-config")])),
            package("formwork-deploy", "crates/f/Cargo.toml", &json!([ours("formwork-aws", false), theirs("aws-sdk-cloudformation"), theirs("aws-config")])),
            package("mine", "stacks/mine/Cargo.toml", &json!([ours("formwork", false), ours("formwork-cli", false)])),
            package("formwork-tests", "tests/Cargo.toml", &json!([ours("formwork-cli", false)])),
            package("formwork-extra", "crates/e/Cargo.toml", &json!([])),
        ] });
        assert_eq!(
            said(&directions(&metadata).unwrap()),
            [
                "crates/a/Cargo.toml:1: `formwork-template` must not depend on `formwork`",
                "crates/a/Cargo.toml:1: `formwork-template` must not depend on `thiserror`",
                "crates/c/Cargo.toml:1: `formwork-cli` must not depend on `formwork-deploy`",
                "crates/c/Cargo.toml:1: `formwork-cli` must not depend on `aws-config`",
                "crates/f/Cargo.toml:1: `formwork-deploy` must not depend on `formwork-aws`",
                "crates/f/Cargo.toml:1: `formwork-deploy` must not depend on `aws-sdk-cloudformation`",
                "crates/f/Cargo.toml:1: `formwork-deploy` must not depend on `aws-config`",
                "stacks/mine/Cargo.toml:1: `mine` must not depend on `formwork-cli`",
                "crates/e/Cargo.toml:1: `formwork-extra` is a crate that no rule knows",
            ]
        );
    }

    #[test]
    fn licences_and_duplicates_are_found() {
        let metadata = json!({
            "packages": [
                { "id": "a1", "name": "a", "version": "1.0.0", "license": "GPL-3.0" },
                { "id": "a2", "name": "a", "version": "2.0.0", "license": "MIT" },
                { "id": "b1", "name": "b", "version": "1.0.0", "license": null },
                { "id": "b2", "name": "b", "version": "2.0.0", "license": "MIT" },
            ],
            "resolve": { "nodes": [{ "id": "a1" }, { "id": "a2" }, { "id": "b1" }] },
        });
        assert_eq!(
            said(&licences(&metadata).unwrap()),
            ["Cargo.lock:1: `a` 1.0.0 has the licence `GPL-3.0`", "Cargo.lock:1: `b` 1.0.0 has the licence ``",]
        );
        assert_eq!(said(&duplicates(&metadata).unwrap()), ["Cargo.lock:1: `a` is there in the versions 1.0.0, 2.0.0"]);
    }

    #[test]
    fn manifests_are_read() {
        let text = "[package]\nname = \"a\"\n[dependencies]\n# Why.\nb.workspace = true\nc = \"1\"\n[dev-dependencies]\nd = { version = \"1\" }\n";
        assert_eq!(
            said(&inherited("a/Cargo.toml", text)),
            [
                "a/Cargo.toml:6: a dependency that is not the workspace's",
                "a/Cargo.toml:8: a dependency that is not the workspace's",
                "a/Cargo.toml:1: does not take the workspace's lints",
            ]
        );
        let text = "[workspace.dependencies]\nours = { path = \"x\" }\n# Why.\na = \"1\"\n\n\nb = { version = \"1\", default-features = false }\n[profile.dev]\nc = 1\n";
        assert_eq!(
            said(&workspace_dependencies("Cargo.toml", text)),
            ["Cargo.toml:4: takes default features", "Cargo.toml:7: says not why it is needed"]
        );
    }
}
