//! The source of formwork's crates for a workspace that this program writes into: the lines by which it depends on them.
//!
//! An installed archive has the crates beside the program, in `../share/formwork`; a program that cargo built from a checkout has that
//! checkout, as long as it is there; every other one depends on the version that it is.

use std::fs;
use std::path::{Path, PathBuf};

use toml_edit::{DocumentMut, Item, Table, TableLike, value};

/// The folder of the crates in an installed archive, seen from the folder of the program.
const INSTALLED: &str = "../share/formwork";

/// The crates that a workspace depends on, each in the folder of its name: stacks on the first, their tests on the second, if they like.
const NAMES: [&str; 2] = ["formwork", "formwork-testing"];

/// Keys of a dependency that say where it comes from.
const PLACES: [&str; 7] = ["branch", "git", "path", "registry", "rev", "tag", "version"];

/// The source of the crates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Crates {
    /// A folder with `Cargo.toml`, `Cargo.lock` and `crates/`: a checkout, or an installed archive.
    Folder(PathBuf),
    /// The registry, at the version of this program.
    Registry,
}

impl Crates {
    /// Those that belong to this program.
    pub(crate) fn of_this_program() -> Crates {
        let program = std::env::current_exe().and_then(fs::canonicalize).ok();
        let installed = program.as_deref().and_then(Path::parent).map(|folder| folder.join(INSTALLED));
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).map(Path::to_owned);
        Crates::among([installed, source].into_iter().flatten())
    }

    /// The first folder that has them. Cargo takes no path that is not UTF-8.
    fn among(folders: impl IntoIterator<Item = PathBuf>) -> Crates {
        let has_them =
            |folder: &PathBuf| folder.to_str().is_some() && crate_in(folder, NAMES[0]).join("Cargo.toml").is_file();
        let found = folders.into_iter().filter_map(|folder| fs::canonicalize(folder).ok()).find(has_them);
        found.map_or(Crates::Registry, Crates::Folder)
    }

    /// The key and the value of the dependency, such as `path` and the folder.
    fn place(&self, name: &str) -> (&'static str, String) {
        match self {
            Crates::Folder(folder) => ("path", crate_in(folder, name).display().to_string()),
            Crates::Registry => ("version", env!("CARGO_PKG_VERSION").to_owned()),
        }
    }

    /// The inside of the table of the dependency on formwork: `path = "…"` or `version = "…"`.
    pub(crate) fn text(&self) -> String {
        self.text_of(NAMES[0])
    }

    fn text_of(&self, name: &str) -> String {
        let (key, place) = self.place(name);
        format!("{key} = {}", value(place))
    }

    /// The lines of `[workspace.dependencies]`, in place of `NAME = {}` in a text.
    pub(crate) fn write_into(&self, text: &str) -> String {
        NAMES.iter().fold(text.to_owned(), |text, name| {
            text.replace(&format!("\n{name} = {{}}\n"), &format!("\n{name} = {{ {} }}\n", self.text_of(name)))
        })
    }

    /// The file with the versions that the crates were built with.
    pub(crate) fn lock(&self) -> Option<PathBuf> {
        match self {
            Crates::Folder(folder) => Some(folder.join("Cargo.lock")).filter(|lock| lock.is_file()),
            Crates::Registry => None,
        }
    }

    /// Adds the dependencies to `[workspace.dependencies]`; false if formwork is there.
    pub(crate) fn add_to(&self, manifest: &mut DocumentMut) -> bool {
        let Some(dependencies) = workspace_dependencies(manifest) else { return false };
        if dependencies.contains_key(NAMES[0]) {
            return false;
        }
        for name in NAMES {
            if !self.update(dependencies, name) {
                self.insert(dependencies, name);
            }
        }
        true
    }

    fn insert(&self, dependencies: &mut dyn TableLike, name: &str) {
        let (key, place) = self.place(name);
        let mut dependency = toml_edit::InlineTable::new();
        dependency.insert(key, place.into());
        dependencies.insert(name, value(dependency));
    }

    /// Points the dependencies that are in `[workspace.dependencies]` to these crates, and leaves their features as they are. Adds those
    /// that are not there: all where formwork is there, else those that a member inherits. False if there is nothing to write.
    pub(crate) fn update_in(&self, manifest: &mut DocumentMut, is_inherited: impl Fn(&str) -> bool) -> bool {
        let Some(dependencies) = workspace_dependencies(manifest) else { return false };
        let is_used = dependencies.contains_key(NAMES[0]);
        let mut is_written = false;
        for name in NAMES {
            if self.update(dependencies, name) {
                is_written = true;
            } else if !dependencies.contains_key(name) && (is_used || is_inherited(name)) {
                self.insert(dependencies, name);
                is_written = true;
            }
        }
        is_written
    }

    fn update(&self, dependencies: &mut dyn TableLike, name: &str) -> bool {
        let (key, place) = self.place(name);
        match dependencies.get_mut(name) {
            Some(item) if item.is_str() => {
                let mut dependency = toml_edit::InlineTable::new();
                dependency.insert(key, place.into());
                *item = value(dependency);
                true
            }
            Some(item) => match item.as_table_like_mut() {
                Some(table) => {
                    for other in PLACES {
                        table.remove(other);
                    }
                    table.insert(key, value(place));
                    if let Some(inline) = item.as_inline_table_mut() {
                        inline.fmt();
                    }
                    true
                }
                None => false,
            },
            None => false,
        }
    }
}

/// True if the workspace of this manifest says where formwork comes from, so that its crates need not.
#[cfg(feature = "import")]
pub(crate) fn is_inherited(manifest: &Path) -> bool {
    let text = fs::read_to_string(manifest).unwrap_or_default();
    let Ok(manifest) = text.parse::<DocumentMut>() else { return false };
    let dependencies = manifest.get("workspace").and_then(|workspace| workspace.get("dependencies"));
    dependencies.and_then(|dependencies| dependencies.get("formwork")).is_some()
}

/// The version of formwork that the workspace is built with, as cargo locked it.
fn locked_version(root: &Path) -> Option<String> {
    let lock = fs::read_to_string(root.join("Cargo.lock")).ok()?;
    let mut lines = lock.lines().skip_while(|line| *line != "name = \"formwork\"").skip(1);
    Some(lines.next()?.strip_prefix("version = \"")?.trim_end_matches('"').to_owned())
}

/// A warning about a workspace that is built with another version of formwork than this program's, which reads what that one writes.
pub(crate) fn warning_of_version(root: &Path) -> Option<String> {
    let (version, own) = (locked_version(root)?, env!("CARGO_PKG_VERSION"));
    let number = |version: &str| -> Vec<u64> { version.split('.').map(|part| part.parse().unwrap_or(0)).collect() };
    let way = match number(&version).cmp(&number(own)) {
        std::cmp::Ordering::Equal => return None,
        std::cmp::Ordering::Less => {
            "`cargo formwork init --update` has the workspace take this program's own".to_owned()
        }
        std::cmp::Ordering::Greater => format!("install the command of version {version}"),
    };
    Some(format!("warning: the stacks are built with formwork {version}, and this command is {own}\nhint: {way}"))
}

/// The hint of a build that failed, where the workspace takes formwork by a version that is not this program's way.
pub(crate) fn hint_of_version(root: &Path) -> Option<String> {
    let manifest: DocumentMut = fs::read_to_string(root.join("Cargo.toml")).ok()?.parse().ok()?;
    let dependency = manifest.get("workspace")?.get("dependencies")?.get(NAMES[0])?;
    let version = dependency.as_str().or_else(|| dependency.get("version")?.as_str())?;
    let is_right = Crates::of_this_program() == Crates::Registry && version == env!("CARGO_PKG_VERSION");
    let hint = format!(
        "the workspace takes formwork {version} from the registry: if that is not there, `cargo formwork init --update` has it take this program's own"
    );
    (!is_right).then_some(hint)
}

fn crate_in(folder: &Path, name: &str) -> PathBuf {
    folder.join("crates").join(name)
}

/// The table `[workspace.dependencies]`, made if need be; `None` when something else has its name.
fn workspace_dependencies(manifest: &mut DocumentMut) -> Option<&mut dyn TableLike> {
    let workspace = manifest.entry("workspace").or_insert_with(|| Item::Table(Table::new()));
    let dependencies = workspace.as_table_like_mut()?.entry("dependencies");
    dependencies.or_insert_with(|| Item::Table(Table::new())).as_table_like_mut()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::Crates;

    #[test]
    fn the_dependency_stands_in_one_line() {
        let crates = Crates::Folder(PathBuf::from("/opt/\"f\u{fc}r uns\""));
        assert_eq!(crates.text(), r#"path = '/opt/"für uns"/crates/formwork'"#);
        let mut manifest = "[workspace]\nmembers = [] # none yet\n".parse().unwrap();
        assert!(crates.add_to(&mut manifest) && !crates.add_to(&mut manifest));
        insta::assert_snapshot!(manifest.to_string(), @r#"
        [workspace]
        members = [] # none yet

        [workspace.dependencies]
        formwork = { path = '/opt/"für uns"/crates/formwork' }
        formwork-testing = { path = '/opt/"für uns"/crates/formwork-testing' }
        "#);
    }

    #[test]
    fn an_update_changes_the_place_alone() {
        let crates = Crates::Folder(PathBuf::from("/new"));
        let updated = |text: &str| {
            let mut manifest = format!("[workspace.dependencies]\n# Why.\n{text}\n").parse().unwrap();
            assert!(crates.update_in(&mut manifest, |_| false));
            manifest.to_string()
        };
        insta::assert_snapshot!(updated("formwork = { version = \"0.0.9\", features = [\"ec2\"] }"), @r#"
        [workspace.dependencies]
        # Why.
        formwork = { features = ["ec2"], path = "/new/crates/formwork" }
        formwork-testing = { path = "/new/crates/formwork-testing" }
        "#);
        insta::assert_snapshot!(updated("formwork = \"0.0.9\" # ours"), @r#"
        [workspace.dependencies]
        # Why.
        formwork = { path = "/new/crates/formwork" }
        formwork-testing = { path = "/new/crates/formwork-testing" }
        "#);
        insta::assert_snapshot!(updated("formwork-testing = { version = \"0.0.9\" }\nformwork = { version = \"0.0.9\" }"), @r#"
        [workspace.dependencies]
        # Why.
        formwork-testing = { path = "/new/crates/formwork-testing" }
        formwork = { path = "/new/crates/formwork" }
        "#);
        assert!(!crates.update_in(&mut "[workspace]\n".parse().unwrap(), |_| false));
        let mut manifest = "[workspace]\n".parse().unwrap();
        assert!(crates.update_in(&mut manifest, |name| name == "formwork-testing"));
        insta::assert_snapshot!(manifest.to_string(), @r#"
        [workspace]

        [workspace.dependencies]
        formwork-testing = { path = "/new/crates/formwork-testing" }
        "#);
    }

    #[test]
    fn folders_that_are_not_there_have_no_crates() {
        assert_eq!(Crates::among([PathBuf::from("/nowhere")]), Crates::Registry);
        assert!(matches!(Crates::of_this_program(), Crates::Folder(_)));
    }
}
