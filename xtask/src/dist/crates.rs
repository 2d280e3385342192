//! The crates in the archive: the files of their packages, in a workspace of their own.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde_json::Value;
use toml_edit::{DocumentMut, Item};

use crate::files::Files;
use crate::{cargo, output, read};

/// The place where they go.
const PLACE: &str = "share/formwork";

/// Entries of a package that cargo makes, and that are no files of the crate.
const MADE: [&str; 3] = [".cargo_vcs_info.json", "Cargo.lock", "Cargo.toml.orig"];

/// Cargo's metadata of the workspace.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) version: String,
    pub(crate) target: PathBuf,
    /// The crates that can be published, with their folders below the root.
    packages: Vec<(String, PathBuf)>,
}

pub(crate) fn known(root: &Path) -> Result<Known> {
    let text = output(cargo(root).args(["metadata", "--format-version=1", "--no-deps", "--offline"]))?;
    let metadata: Value =
        serde_json::from_slice(&text).context("`cargo metadata` printed something that is not JSON")?;
    let mut packages = Vec::new();
    let mut version = None;
    for package in metadata["packages"].as_array().into_iter().flatten() {
        // An empty list is `publish = false`.
        if package["publish"].as_array().is_some_and(Vec::is_empty) {
            continue;
        }
        let name = package["name"].as_str().unwrap_or_default().to_owned();
        let manifest = Path::new(package["manifest_path"].as_str().unwrap_or_default());
        let folder = manifest.parent().and_then(|folder| folder.strip_prefix(root).ok());
        let folder = folder.with_context(|| format!("`{name}` is not in the repository"))?.to_owned();
        if name == "formwork-cli" {
            version = package["version"].as_str().map(str::to_owned);
        }
        packages.push((name, folder));
    }
    let target = metadata["target_directory"].as_str().context("`cargo metadata` names no target folder")?.into();
    Ok(Known { version: version.context("there is no package `formwork-cli`")?, target, packages })
}

/// Adds the crates, with a manifest and a lock of a workspace that has nothing else.
pub(crate) fn add(root: &Path, known: &Known, files: &mut Files) -> Result<()> {
    for (name, folder) in &known.packages {
        let list = output(cargo(root).args(["package", "--list", "--allow-dirty", "--offline", "--package", name]))?;
        for path in String::from_utf8_lossy(&list).lines().filter(|path| !MADE.contains(path)) {
            let path = folder.join(path);
            files.add(format!("{PLACE}/{}", slashes(&path)), read(&root.join(&path))?);
        }
    }
    let manifest = fs::read_to_string(root.join("Cargo.toml")).context("cannot read `Cargo.toml`")?;
    files.add(format!("{PLACE}/Cargo.toml"), workspace(&manifest)?.into_bytes());
    files.add(format!("{PLACE}/Cargo.lock"), read(&root.join("Cargo.lock"))?);
    Ok(())
}

/// The root manifest without what is not in the archive: stacks, tests, and settings for them.
fn workspace(manifest: &str) -> Result<String> {
    let mut manifest: DocumentMut = manifest.parse().context("`Cargo.toml` is not TOML")?;
    manifest["workspace"]["members"] = toml_edit::value(toml_edit::Array::from_iter(["crates/*"]));
    if let Some(workspace) = manifest["workspace"].as_table_like_mut() {
        workspace.remove("metadata");
    }
    if let Some(dependencies) = manifest["workspace"]["dependencies"].as_table_like_mut() {
        let path = |item: &Item| item.get("path").and_then(Item::as_str).map(str::to_owned);
        let gone = dependencies.iter().filter(|(_, item)| path(item).is_some_and(|path| !path.starts_with("crates/")));
        let gone: Vec<String> = gone.map(|(name, _)| name.to_owned()).collect();
        for name in gone {
            dependencies.remove(&name);
        }
    }
    if let Some(packages) =
        manifest.get_mut("profile").and_then(|profiles| profiles["dev"]["package"].as_table_like_mut())
    {
        let named: Vec<String> = packages.iter().map(|(name, _)| name.to_owned()).filter(|name| name != "*").collect();
        for name in named {
            packages.remove(&name);
        }
    }
    Ok(manifest.to_string())
}

fn slashes(path: &Path) -> String {
    path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::workspace;

    #[test]
    fn the_workspace_has_the_crates_alone() {
        let text = "[workspace]\nmembers = [\"crates/*\", \"tests\"]\n\n[workspace.metadata.formwork]\ndefault-app = \"a\"\n\n\
                    [workspace.dependencies]\nours = { path = \"crates/ours\" }\nshop = { path = \"stacks/shop\" }\n\n\
                    [profile.dev.package.shop]\nincremental = true\n\n[profile.dev.package.\"*\"]\ndebug = false\n";
        let expected = "[workspace]\nmembers = [\"crates/*\"]\n\n\
                        [workspace.dependencies]\nours = { path = \"crates/ours\" }\n\n[profile.dev.package.\"*\"]\ndebug = false\n";
        assert_eq!(workspace(text).unwrap(), expected);
    }
}
