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

/// True if the table `[workspace]` has a folder among the members, by its path in the workspace.
fn takes(workspace: &Item, folder: &Path) -> bool {
    let Some(folder) = parts(folder) else { return false };
    let list = |key: &str| {
        let items = workspace.get(key).and_then(Item::as_array).into_iter().flatten();
        let paths = items.filter_map(Value::as_str).filter_map(|path| parts(Path::new(path)));
        paths.map(|parts| parts.into_iter().map(str::to_owned).collect()).collect::<Vec<Vec<String>>>()
    };
    let is_excluded =
        list("exclude").iter().any(|path| folder.starts_with(&path.iter().map(String::as_str).collect::<Vec<_>>()));
    !is_excluded
        && list("members").iter().any(|path| matches(&path.iter().map(String::as_str).collect::<Vec<_>>(), &folder))
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
