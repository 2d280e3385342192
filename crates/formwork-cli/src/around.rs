//! The workspaces of cargo that a folder is in, and which of them would take it for a member.
//!
//! Source: The Cargo Book, "Workspaces", the fields `members` and `exclude`.

use std::fs;
use std::path::{Path, PathBuf};

use toml_edit::{DocumentMut, Item, Value};

/// The workspaces around a folder, the nearest first, each with whether the folder would be a member of it.
pub(crate) fn workspaces(folder: &Path) -> Vec<(PathBuf, bool)> {
    let workspace = |root: &Path| {
        let manifest: DocumentMut = fs::read_to_string(root.join("Cargo.toml")).ok()?.parse().ok()?;
        let takes_it = takes(manifest.get("workspace")?, folder.strip_prefix(root).ok()?);
        Some((root.to_owned(), takes_it))
    };
    folder.ancestors().skip(1).filter_map(workspace).collect()
}

/// The folders that match the members of a workspace, which may be none of packages.
pub(crate) fn members(root: &Path, manifest: &DocumentMut) -> Vec<PathBuf> {
    let Some(workspace) = manifest.get("workspace") else { return Vec::new() };
    list(workspace, "members").iter().flat_map(|pattern| folders(root, pattern)).collect()
}

/// The folders that match a pattern.
fn folders(above: &Path, pattern: &[&str]) -> Vec<PathBuf> {
    let Some((first, rest)) = pattern.split_first() else { return vec![above.to_owned()] };
    if !first.contains(['*', '?']) {
        return folders(&above.join(first), rest);
    }
    let entries = fs::read_dir(above).into_iter().flatten().flatten();
    let below = entries.filter(|entry| {
        // A folder of builds has very many, and no members.
        entry.file_type().is_ok_and(|kind| !kind.is_file())
            && entry
                .file_name()
                .to_str()
                .is_some_and(|name| name != "target" && is_like(first.as_bytes(), name.as_bytes()))
    });
    let mut below: Vec<PathBuf> = below.map(|entry| entry.path()).collect();
    below.sort();
    match *first {
        "**" => {
            // A link may lead around.
            let inner = below.iter().filter(|folder| !folder.is_symlink());
            folders(above, rest).into_iter().chain(inner.flat_map(|folder| folders(folder, pattern))).collect()
        }
        _ => below.iter().flat_map(|folder| folders(folder, rest)).collect(),
    }
}

/// True if the workspace excludes a folder, by its path in the workspace.
pub(crate) fn is_excluded(manifest: &DocumentMut, folder: &Path) -> bool {
    manifest.get("workspace").is_some_and(|workspace| excludes(workspace, &parts(folder).unwrap_or_default()))
}

fn excludes(workspace: &Item, folder: &[&str]) -> bool {
    list(workspace, "exclude").iter().any(|path| folder.starts_with(path))
}

/// The paths of a list, each by its parts.
fn list<'a>(workspace: &'a Item, key: &str) -> Vec<Vec<&'a str>> {
    let items = workspace.get(key).and_then(Item::as_array).into_iter().flatten();
    items.filter_map(Value::as_str).filter_map(|path| parts(Path::new(path))).collect()
}

/// True if the table `[workspace]` has a folder among the members, by its path in the workspace.
fn takes(workspace: &Item, folder: &Path) -> bool {
    let Some(folder) = parts(folder) else { return false };
    !excludes(workspace, &folder) && list(workspace, "members").iter().any(|path| matches(path, &folder))
}

fn parts(path: &Path) -> Option<Vec<&str>> {
    let parts = path.components().filter(|part| !matches!(part, std::path::Component::CurDir));
    parts.map(|part| part.as_os_str().to_str()).collect()
}

/// True if the parts of a pattern match those of a path; `**` is as many folders as there are.
fn matches(pattern: &[&str], path: &[&str]) -> bool {
    match (pattern, path) {
        ([], []) => true,
        (["**", rest @ ..], _) => (0..=path.len()).any(|skipped| matches(rest, &path[skipped..])),
        ([first, rest @ ..], [name, names @ ..]) => is_like(first.as_bytes(), name.as_bytes()) && matches(rest, names),
        _ => false,
    }
}

/// True if a pattern matches a name: `*` is as many characters as there are, `?` is one.
fn is_like(pattern: &[u8], name: &[u8]) -> bool {
    match (pattern, name) {
        ([], []) => true,
        ([b'*', rest @ ..], _) => (0..=name.len()).any(|skipped| is_like(rest, &name[skipped..])),
        ([b'?', rest @ ..], [_, names @ ..]) => is_like(rest, names),
        ([one, rest @ ..], [other, names @ ..]) => one == other && is_like(rest, names),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use toml_edit::DocumentMut;

    use super::takes;

    #[test]
    fn members_are_found_as_cargo_finds_them() {
        let check = |lists: &str, folder: &str| {
            let manifest: DocumentMut = format!("[workspace]\n{lists}\n").parse().unwrap();
            takes(&manifest["workspace"], Path::new(folder))
        };
        assert!(check("members = [\"apps/*\"]", "apps/queue"));
        assert!(check("members = [\"./apps/queue\"]", "apps/queue"));
        assert!(check("members = [\"apps/q?e*\"]", "apps/queue"));
        assert!(check("members = [\"**\"]", "a/b/c"));
        assert!(check("members = [\"**/queue\"]", "queue"));
        assert!(!check("members = [\"apps/*\"]", "apps/queue/inner"));
        assert!(!check("members = [\"apps\"]", "apps/queue"));
        assert!(!check("members = []", "queue"));
        assert!(!check("members = 1", "queue"));
        assert!(!check("members = [\"apps/*\"]\nexclude = [\"apps/queue\"]", "apps/queue"));
        assert!(!check("members = [\"**\"]\nexclude = [\"apps\"]", "apps/queue"));
    }
}
