//! The tables of a `Cargo.toml` that are formwork's, held against the keys that there are: cargo passes on whatever stands in a table `metadata`.

use std::fs;
use std::path::Path;

use formwork_assembly::Problem;
use toml::de::DeTable;

use crate::toml_file::{Entry, Reader};

/// A table of a manifest that is formwork's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// `[package.metadata.formwork]`
    Package,
    /// `[workspace.metadata.formwork]`
    Workspace,
}

/// The name of the tables.
const NAME: &str = "formwork";

impl Owner {
    fn name(self) -> &'static str {
        match self {
            Owner::Package => "package",
            Owner::Workspace => "workspace",
        }
    }

    fn keys(self) -> &'static [&'static str] {
        match self {
            Owner::Package => &["schemas", "time-limit"],
            Owner::Workspace => &["default-app"],
        }
    }
}

/// All that is wrong with the table of the manifest. One that cannot be read is cargo's matter.
pub(crate) fn problems(manifest: &Path, root: &Path, owner: Owner) -> Vec<Problem> {
    let Ok(text) = fs::read_to_string(manifest) else { return Vec::new() };
    let shown = manifest.strip_prefix(root).unwrap_or(manifest).display().to_string();
    let mut reader = Reader::new(&shown, &text);
    let file = reader.parse();
    if let Some(table) = table_of(file.get_ref(), owner) {
        reader.check(table, owner);
    }
    reader.problems.sort_by(|one, other| one.location.cmp(&other.location));
    reader.problems
}

/// The mistake in a manifest without the table that has one of nearly its name.
pub(crate) fn misspelt(manifest: &Path, root: &Path, owner: Owner) -> Vec<Problem> {
    let Ok(text) = fs::read_to_string(manifest) else { return Vec::new() };
    let shown = manifest.strip_prefix(root).unwrap_or(manifest).display().to_string();
    let mut reader = Reader::new(&shown, &text);
    let file = reader.parse();
    for (key, _) in metadata_of(file.get_ref(), owner).into_iter().flatten().filter(|(key, _)| is_nearly(key.get_ref()))
    {
        reader.unknown(key, &format!("`[{}.metadata]` that formwork knows", owner.name()), &[NAME]);
    }
    reader.problems
}

/// True for a name that is ours but for one letter. Tables of other tools have other names.
pub(crate) fn is_nearly(name: &str) -> bool {
    let (one, other): (Vec<char>, Vec<char>) = (NAME.chars().collect(), name.to_lowercase().chars().collect());
    let same = one.iter().zip(&other).take_while(|(one, other)| one == other).count();
    let (one, other) = (&one[same..], &other[same..]);
    let rest = |list: &[char], from: usize| list.get(from..).unwrap_or_default().to_vec();
    name != NAME
        && (rest(one, 1) == rest(other, 1) && one.len() == other.len()
            || rest(one, 1) == other && !one.is_empty()
            || one == rest(other, 1) && !other.is_empty()
            || one.len() >= 2 && other.len() >= 2 && one[0] == other[1] && one[1] == other[0] && one[2..] == other[2..])
}

fn metadata_of<'v, 't>(file: &'v DeTable<'t>, owner: Owner) -> Option<&'v DeTable<'t>> {
    file.get(owner.name())?.get_ref().as_table()?.get("metadata")?.get_ref().as_table()
}

fn table_of<'v, 't>(file: &'v DeTable<'t>, owner: Owner) -> Option<&'v Entry<'t>> {
    metadata_of(file, owner)?.get(NAME)
}

impl<'t> Reader<'t> {
    fn check(&mut self, table: &Entry<'t>, owner: Owner) {
        let name = format!("`[{}.metadata.formwork]`", owner.name());
        let Some(table) = self.table(table, &name, "a table") else { return };
        for (key, value) in table {
            match &**key.get_ref() {
                known if !owner.keys().contains(&known) => self.unknown(key, &name, owner.keys()),
                "time-limit" => {
                    let seconds = value.get_ref().as_integer().and_then(|number| number.as_str().parse::<u64>().ok());
                    if seconds.is_none_or(|seconds| seconds == 0) {
                        self.wrong(value, "`time-limit`", "a number of seconds, `120`");
                    }
                }
                "schemas" => {
                    self.text(value, "`schemas`", "the path of a folder, `\"schemas\"`");
                }
                _ => {
                    self.text(value, "`default-app`", "the name of an app, `\"site\"`");
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Owner, is_nearly, misspelt};

    #[test]
    fn names_that_are_nearly_ours() {
        for name in ["formwrk", "fromwork", "formworks", "Formwork", "form-work", "formwork2", "gormwork"] {
            assert!(is_nearly(name), "{name}");
        }
        for name in ["formwork", "framework", "docs", "", "form", "workform", "network"] {
            assert!(!is_nearly(name), "{name}");
        }
    }

    #[test]
    fn a_table_of_nearly_our_name_is_told_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let manifest = folder.path().join("Cargo.toml");
        let text = "[package]\nname = \"a\"\n\n[package.metadata.docs]\n[package.metadata.formwrk]\ntime-limit = 5\n";
        std::fs::write(&manifest, text).unwrap();
        let problems = misspelt(&manifest, folder.path(), Owner::Package);
        let told: Vec<String> = problems.iter().map(|one| format!("{one:?}")).collect();
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!(problems[0].message, "`formwrk` is not a key of `[package.metadata]` that formwork knows");
        assert_eq!(problems[0].hint.as_deref(), Some("did you mean `formwork`?"));
        assert_eq!(problems[0].location.as_ref().map(|place| place.line), Some(5));
    }
}
