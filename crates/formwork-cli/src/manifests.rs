//! The manifests of a workspace, read and written without cargo, which reads no workspace that lacks what its members inherit.

use std::collections::{BTreeSet, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};

use formwork_workspace::whole_file;
use toml_edit::{DocumentMut, Item, TableLike};

use crate::around;
use crate::error::CliError;
use crate::wording::shown;

/// A `Cargo.toml`.
#[derive(Clone, Debug)]
pub(crate) struct Manifest {
    pub(crate) path: PathBuf,
    pub(crate) document: DocumentMut,
}

/// The tables in which a package says what it depends on.
const TABLES: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

impl Manifest {
    pub(crate) fn read(path: PathBuf) -> Result<Manifest, CliError> {
        let document = read(&path)?;
        Ok(Manifest { path, document })
    }

    /// The folder that its paths are relative to.
    pub(crate) fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(&self.path)
    }

    /// The dependencies of the package, each by the name of its crate.
    pub(crate) fn dependencies(&self) -> Vec<(&str, &Item)> {
        let targets = self.document.get("target").and_then(Item::as_table_like);
        let targets = targets.into_iter().flat_map(|targets| targets.iter().map(|(_, target)| target));
        let tables = [self.document.as_item()].into_iter().chain(targets);
        let tables = tables.flat_map(|above| TABLES.iter().filter_map(|table| above.get(table)?.as_table_like()));
        tables.flat_map(named).collect()
    }

    /// Entries of `[workspace.dependencies]`, each by the name of its crate.
    pub(crate) fn shared(&self) -> Vec<(&str, &Item)> {
        let dependencies = self.document.get("workspace").and_then(|workspace| workspace.get("dependencies"));
        dependencies.and_then(Item::as_table_like).into_iter().flat_map(named).collect()
    }

    /// The tables in which the package says what it depends on, to be changed.
    pub(crate) fn each_table(&mut self, change: &mut dyn FnMut(&mut dyn TableLike)) {
        fn change_in(above: &mut dyn TableLike, change: &mut dyn FnMut(&mut dyn TableLike)) {
            for table in TABLES {
                if let Some(table) = above.get_mut(table).and_then(Item::as_table_like_mut) {
                    change(table);
                }
            }
        }
        change_in(self.document.as_table_mut(), change);
        let targets = self.document.get_mut("target").and_then(Item::as_table_like_mut);
        for (_, target) in targets.into_iter().flat_map(|targets| targets.iter_mut()) {
            if let Some(target) = target.as_table_like_mut() {
                change_in(target, change);
            }
        }
    }

    /// True if the package takes this crate from its workspace.
    pub(crate) fn inherits(&self, name: &str) -> bool {
        self.dependencies().iter().any(|(known, dependency)| *known == name && is_inherited(dependency))
    }

    /// The paths by which it depends on other crates, with their names.
    pub(crate) fn paths(&self) -> Vec<(&str, &str)> {
        let all = self.dependencies().into_iter().chain(self.shared());
        all.filter_map(|(name, dependency)| Some((name, dependency.get("path")?.as_str()?))).collect()
    }
}

/// True for a dependency that is the workspace's.
pub(crate) fn is_inherited(dependency: &Item) -> bool {
    dependency.get("workspace").and_then(Item::as_bool) == Some(true)
}

/// The name of the crate behind the key of a dependency, which may be another one.
pub(crate) fn name_of<'a>(key: &'a str, dependency: &'a Item) -> &'a str {
    dependency.get("package").and_then(Item::as_str).unwrap_or(key)
}

fn named(table: &dyn TableLike) -> Vec<(&str, &Item)> {
    table.iter().map(|(key, dependency)| (name_of(key, dependency), dependency)).collect()
}

/// The manifests of the members of a workspace beside that of its root: those of `members`, and the packages in it that these depend on
/// by a path. One that cannot be read is cargo's matter.
pub(crate) fn members(root: &Manifest) -> Vec<Manifest> {
    let folder = root.folder();
    let canonical = |path: &Path| fs::canonicalize(path).ok();
    let Some(top) = canonical(folder) else { return Vec::new() };
    let mut waiting: VecDeque<PathBuf> = around::members(folder, &root.document).into();
    waiting.extend(root.paths().into_iter().map(|(_, path)| folder.join(path)));
    let mut seen = BTreeSet::from([top.clone()]);
    let mut found = Vec::new();
    while let Some(folder) = waiting.pop_front() {
        let Some(place) = canonical(&folder) else { continue };
        let is_member = place.strip_prefix(&top).is_ok_and(|inner| !around::is_excluded(&root.document, inner));
        if !is_member || !seen.insert(place.clone()) {
            continue;
        }
        let Ok(manifest) = Manifest::read(place.join("Cargo.toml")) else { continue };
        waiting.extend(manifest.paths().into_iter().map(|(_, path)| place.join(path)));
        found.push(manifest);
    }
    found
}

pub(crate) fn read(path: &Path) -> Result<DocumentMut, CliError> {
    let text = fs::read_to_string(path)
        .map_err(|error| CliError::input(format!("cannot read `{}`", shown(path))).cause(error.to_string()))?;
    text.parse().map_err(|error: toml_edit::TomlError| {
        CliError::input(format!("`{}` is not TOML", shown(path))).cause(error.to_string())
    })
}

/// Writes a file anew, with the line ends that it has.
pub(crate) fn replace(path: &Path, text: &str) -> Result<(), CliError> {
    let before = fs::read_to_string(path).unwrap_or_default();
    whole_file::write(path, &with_ends_of(&before, text)).map_err(|error| CliError::not_written(path, error))
}

/// A text with the line ends of another one; the reader of TOML knows only those of Unix.
fn with_ends_of(before: &str, text: &str) -> String {
    match before.contains("\r\n") {
        true => text.replace("\r\n", "\n").replace('\n', "\r\n"),
        false => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{Manifest, members, with_ends_of};

    #[test]
    fn line_ends_stay() {
        assert_eq!(with_ends_of("[workspace]\r\n", "[workspace]\nmembers = []\n"), "[workspace]\r\nmembers = []\r\n");
        assert_eq!(with_ends_of("a\n", "b\n"), "b\n");
    }

    /// As cargo has them: by patterns, by paths of others, and not what is excluded or lies elsewhere.
    #[test]
    fn members_are_those_of_cargo() {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path).join("Cargo.toml");
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        let list = "[workspace]\nmembers = [\"a\", \"s*/?\", \"deep/**\"]\nexclude = [\"stacks/x\"]\n";
        write("w", &format!("{list}[target.'cfg(unix)'.dependencies]\nbeside = {{ path = \"beside\" }}\n"));
        write("w/a", "[dev-dependencies.other]\npackage = \"by\"\npath = \"../by\"\n");
        for package in ["w/by", "w/beside", "w/stacks/1", "w/stacks/x", "w/stacks/long", "w/deep/1/2", "w/no"] {
            write(package, "[dependencies]\noutside = { path = \"../../outside\" }\n");
        }
        write("outside", "");
        let root = Manifest::read(folder.path().join("w/Cargo.toml")).unwrap();
        let top = fs::canonicalize(folder.path()).unwrap();
        let mut found: Vec<String> = members(&root)
            .iter()
            .map(|member| member.folder().strip_prefix(&top).unwrap().display().to_string())
            .collect();
        found.sort();
        assert_eq!(found, ["w/a", "w/beside", "w/by", "w/deep/1/2", "w/stacks/1"]);
    }
}
