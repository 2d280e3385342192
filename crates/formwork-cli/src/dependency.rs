//! The source of formwork's crates for a workspace that this program writes into: the lines by which it depends on them.
//!
//! An installed archive has the crates beside the program, in `../share/formwork`; a program that cargo built from a checkout has that
//! checkout, as long as it is there; every other one depends on the version that it is.

use std::fs;
use std::path::{Path, PathBuf};

use toml_edit::{DocumentMut, Item, Table, TableLike, value};

use crate::error::CliError;
use crate::manifests::{self, Manifest};
use crate::wording::shown;

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

    /// Adds to `[workspace.dependencies]` what is not there. A warning if formwork is there, from another source.
    pub(crate) fn add_to(&self, manifest: &mut Manifest) -> Option<String> {
        let folder = manifest.folder().to_owned();
        let dependencies = workspace_dependencies(&mut manifest.document)?;
        let other = dependencies.get(NAMES[0]).filter(|dependency| !self.is_of_these(dependency, NAMES[0], &folder));
        if let Some(other) = other {
            let place = match (other.get("path").and_then(Item::as_str), version_of(other)) {
                (Some(path), _) => format!("in `{path}`"),
                (None, Some(version)) => format!("{version} of the registry"),
                (None, None) => "of another source".to_owned(),
            };
            return Some(format!(
                "warning: the workspace takes formwork {place}, and not this program's own {}\n\
                 hint: `cargo formwork init --update` has it take this program's own",
                env!("CARGO_PKG_VERSION")
            ));
        }
        let has_it = dependencies.contains_key(NAMES[0]);
        for name in NAMES {
            match dependencies.get_mut(name) {
                Some(dependency) if !has_it => self.update(dependency, name),
                Some(_) => {}
                None => self.insert(dependencies, name),
            }
        }
        None
    }

    /// True for a dependency that leads to these crates, in whichever way it is written.
    fn is_of_these(&self, dependency: &Item, name: &str, folder: &Path) -> bool {
        match (self, dependency.get("path").and_then(Item::as_str)) {
            (Crates::Folder(crates), Some(path)) => fs::canonicalize(folder.join(path))
                .is_ok_and(|path| fs::canonicalize(crate_in(crates, name)).is_ok_and(|own| own == path)),
            (Crates::Registry, None) => version_of(dependency).is_some_and(|version| {
                let least = version.trim_start_matches(['^', '=', '~', ' ']);
                format!("{}.", env!("CARGO_PKG_VERSION")).starts_with(&format!("{least}."))
            }),
            _ => false,
        }
    }

    fn insert(&self, dependencies: &mut dyn TableLike, name: &str) {
        let (key, place) = self.place(name);
        let mut dependency = toml_edit::InlineTable::new();
        dependency.insert(key, place.into());
        dependencies.insert(name, value(dependency));
    }

    /// Points every dependency on these crates to them, and leaves its features as they are: in `[workspace.dependencies]` of the first
    /// manifest, the root's, and in all packages. Adds to the first what is not there: all where formwork is there, else what a package
    /// inherits. The places of the manifests that name these crates themselves.
    pub(crate) fn update_in(&self, manifests: &mut [Manifest]) -> Vec<usize> {
        let inherited = NAMES.map(|name| manifests.iter().any(|manifest| manifest.inherits(name)));
        let mut concerned = Vec::new();
        for (place, manifest) in manifests.iter_mut().enumerate() {
            let folder = manifest.folder().to_owned();
            let mut is_concerned = false;
            if place == 0 && (manifest.document.contains_key("workspace") || inherited.contains(&true)) {
                is_concerned = self.update_shared(manifest, &folder, inherited);
            }
            manifest.each_table(&mut |table| is_concerned |= self.update_table(table, &folder));
            if is_concerned {
                concerned.push(place);
            }
        }
        concerned
    }

    fn update_shared(&self, manifest: &mut Manifest, folder: &Path, inherited: [bool; 2]) -> bool {
        let shared: Vec<String> = manifest.shared().into_iter().map(|(name, _)| name.to_owned()).collect();
        let is_there = |name: &str| shared.iter().any(|known| known == name);
        let is_used = is_there(NAMES[0]);
        let missing = NAMES.iter().zip(inherited);
        let missing: Vec<&str> = missing
            .filter(|(name, is_inherited)| !is_there(name) && (is_used || *is_inherited))
            .map(|(name, _)| *name)
            .collect();
        if missing.is_empty() && !NAMES.into_iter().any(is_there) {
            return false;
        }
        let Some(dependencies) = workspace_dependencies(&mut manifest.document) else { return false };
        self.update_table(dependencies, folder);
        for name in missing {
            self.insert(dependencies, name);
        }
        true
    }

    /// True if the table names these crates, and not as the workspace's.
    fn update_table(&self, dependencies: &mut dyn TableLike, folder: &Path) -> bool {
        let keys = dependencies.iter().filter(|(_, dependency)| !manifests::is_inherited(dependency));
        let keys = keys.map(|(key, dependency)| (key.to_owned(), manifests::name_of(key, dependency).to_owned()));
        let keys: Vec<(String, String)> = keys.filter(|(_, name)| NAMES.contains(&name.as_str())).collect();
        for (key, name) in &keys {
            let Some(dependency) = dependencies.get_mut(key) else { continue };
            if !self.is_there_already(dependency, name, folder) {
                self.update(dependency, name);
            }
        }
        !keys.is_empty()
    }

    /// True for a dependency by a path alone that leads to these crates.
    fn is_there_already(&self, dependency: &Item, name: &str, folder: &Path) -> bool {
        let is_path_alone =
            |table: &dyn TableLike| PLACES.iter().all(|place| *place == "path" || !table.contains_key(place));
        matches!(self, Crates::Folder(_))
            && dependency.as_table_like().is_some_and(is_path_alone)
            && self.is_of_these(dependency, name, folder)
    }

    fn update(&self, dependency: &mut Item, name: &str) {
        let (key, place) = self.place(name);
        if dependency.is_str() {
            let mut table = toml_edit::InlineTable::new();
            table.insert(key, place.into());
            *dependency = value(table);
        } else if let Some(table) = dependency.as_table_like_mut() {
            for other in PLACES {
                table.remove(other);
            }
            table.insert(key, value(place));
            if let Some(inline) = dependency.as_inline_table_mut() {
                inline.fmt();
            }
        }
    }
}

/// Refuses a manifest whose paths lead nowhere: cargo reads none of a workspace with it.
pub(crate) fn check_paths(manifest: &Manifest) -> Result<(), CliError> {
    let is_gone = |path: &str| !manifest.folder().join(path).join("Cargo.toml").is_file();
    let Some((name, path)) = manifest.paths().into_iter().find(|(_, path)| is_gone(path)) else { return Ok(()) };
    let file = shown(&manifest.path);
    let error = CliError::input(format!("`{file}` depends on `{name}` in `{path}`, which is not a crate"));
    Err(if NAMES.contains(&name) { error.hint(TO_UPDATE) } else { error.hint("correct its `path`") })
}

/// The hint of a workspace whose formwork is not where it says.
const TO_UPDATE: &str = "`cargo formwork init --update` writes anew where the workspace's formwork is";

/// The tables of a manifest in which formwork is replaced by another source.
pub(crate) fn patches(manifest: &Manifest) -> Vec<String> {
    let sources = manifest.document.get("patch").and_then(Item::as_table_like);
    let sources = sources.into_iter().flat_map(|sources| sources.iter());
    let ours = sources.filter(|(_, patched)| NAMES.iter().any(|name| patched.get(name).is_some()));
    ours.map(|(source, _)| format!("patch.{source}")).collect()
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

/// The hint of a build that failed, where a manifest of the workspace takes formwork in a way that is not this program's.
pub(crate) fn hint_of_source(root: &Path) -> Option<String> {
    let root = Manifest::read(root.join("Cargo.toml")).ok()?;
    let all: Vec<Manifest> = [root.clone()].into_iter().chain(manifests::members(&root)).collect();
    let shared = root.shared().into_iter().map(|(name, dependency)| (name, dependency, &root));
    let own = all.iter().flat_map(|manifest| {
        manifest.dependencies().into_iter().map(move |(name, dependency)| (name, dependency, manifest))
    });
    let ours = shared.chain(own).filter(|(name, ..)| NAMES.contains(name));
    ours.filter_map(|(name, dependency, manifest)| foreign(name, dependency, manifest.folder())).next()
}

/// The hint about a dependency that may be what stops a build.
fn foreign(name: &str, dependency: &Item, folder: &Path) -> Option<String> {
    if let Some(path) = dependency.get("path").and_then(Item::as_str) {
        let is_gone = !folder.join(path).join("Cargo.toml").is_file();
        return is_gone.then(|| {
            format!("the workspace takes {name} from `{path}`, which is not there: `cargo formwork init --update` has it take this program's own")
        });
    }
    let version = version_of(dependency)?;
    let is_right = Crates::of_this_program().is_of_these(dependency, name, folder);
    (!is_right).then(|| {
        format!("the workspace takes {name} {version} from the registry: if that is not there, `cargo formwork init --update` has it take this program's own")
    })
}

/// The version that a dependency asks for.
fn version_of(dependency: &Item) -> Option<&str> {
    dependency.as_str().or_else(|| dependency.get("version")?.as_str())
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
    use crate::manifests::Manifest;

    fn manifest(text: &str) -> Manifest {
        Manifest { path: PathBuf::from("/w/Cargo.toml"), document: text.parse().unwrap() }
    }

    #[test]
    fn the_dependency_stands_in_one_line() {
        let crates = Crates::Folder(PathBuf::from("/opt/\"f\u{fc}r uns\""));
        assert_eq!(crates.text(), r#"path = '/opt/"für uns"/crates/formwork'"#);
        let mut manifest = manifest("[workspace]\nmembers = [] # none yet\n");
        assert_eq!(crates.add_to(&mut manifest), None);
        insta::assert_snapshot!(manifest.document.to_string(), @r#"
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
        let manifest = |text: &str| Manifest { path: PathBuf::from("/w/Cargo.toml"), document: text.parse().unwrap() };
        let updated = |text: &str| {
            let mut all = [manifest(&format!("[workspace.dependencies]\n# Why.\n{text}\n"))];
            assert_eq!(crates.update_in(&mut all), [0]);
            all[0].document.to_string()
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
        assert!(crates.update_in(&mut [manifest("[workspace]\n")]).is_empty());
        let mut all = [manifest("[workspace]\n"), manifest("[dev-dependencies]\nformwork-testing.workspace = true\n")];
        assert_eq!(crates.update_in(&mut all), [0]);
        insta::assert_snapshot!(all[0].document.to_string(), @r#"
        [workspace]

        [workspace.dependencies]
        formwork-testing = { path = "/new/crates/formwork-testing" }
        "#);
    }

    /// The crate that is added beside it has its source; where that is another, nothing is added, and it is said.
    #[test]
    fn a_formwork_that_is_there_stays() {
        let added = |crates: &Crates, text: &str| {
            let mut manifest = manifest(&format!("[workspace.dependencies]\n{text}\n"));
            let warning = crates.add_to(&mut manifest);
            format!("{}{}\n", manifest.document, warning.unwrap_or_default())
        };
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("crates/formwork")).unwrap();
        let here = Crates::Folder(folder.path().to_owned());
        let own = format!("formwork = {{ {} }}", here.text());
        let texts = [
            added(&here, "formwork = \"0.0.1\""),
            added(&here, "formwork = { path = \"../mine\", version = \"0.0.1\" }"),
            added(&here, "formwork.git = \"https://example.com\""),
            added(&here, &own),
            added(&Crates::Registry, &format!("formwork = \"{}\"", env!("CARGO_PKG_VERSION"))),
        ];
        let shown = texts.join("").replace(&folder.path().display().to_string(), "[FOLDER]");
        insta::assert_snapshot!(shown.replace(env!("CARGO_PKG_VERSION"), "X.Y.Z"), @r#"
        [workspace.dependencies]
        formwork = "0.0.1"
        warning: the workspace takes formwork 0.0.1 of the registry, and not this program's own X.Y.Z
        hint: `cargo formwork init --update` has it take this program's own
        [workspace.dependencies]
        formwork = { path = "../mine", version = "0.0.1" }
        warning: the workspace takes formwork in `../mine`, and not this program's own X.Y.Z
        hint: `cargo formwork init --update` has it take this program's own
        [workspace.dependencies]
        formwork.git = "https://example.com"
        warning: the workspace takes formwork of another source, and not this program's own X.Y.Z
        hint: `cargo formwork init --update` has it take this program's own
        [workspace.dependencies]
        formwork = { path = "[FOLDER]/crates/formwork" }
        formwork-testing = { path = "[FOLDER]/crates/formwork-testing" }

        [workspace.dependencies]
        formwork = "X.Y.Z"
        formwork-testing = { version = "X.Y.Z" }
        "#);
    }

    /// A package alone, and a member with a dependency of its own, each in whichever table and under whichever name.
    #[test]
    fn an_update_reaches_every_manifest() {
        let crates = Crates::Folder(PathBuf::from("/new"));
        let texts = [
            "[package]\nname = \"a\"\n\n[dependencies]\nformwork = { path = \"/old/crates/formwork\", features = [\"sns\"] }\n",
            "[dependencies]\nserde = \"1\"\nformwork.workspace = true\n",
            "[dependencies.fw]\npackage = \"formwork\"\nversion = \"0.0.3\"\n\n[target.'cfg(unix)'.dev-dependencies]\nformwork-testing = \"0.0.3\"\n",
            "[dependencies]\nserde = \"1\"\n",
        ];
        let mut all: Vec<Manifest> = texts.iter().map(|text| manifest(text)).collect();
        assert_eq!(crates.update_in(&mut all[..1]), [0]);
        assert_eq!(crates.update_in(&mut all), [0, 2]);
        let shown: Vec<String> = all.iter().map(|manifest| manifest.document.to_string()).collect();
        insta::assert_snapshot!(shown.join("-----\n"), @r#"
        [package]
        name = "a"

        [dependencies]
        formwork = { features = ["sns"], path = "/new/crates/formwork" }

        [workspace]

        [workspace.dependencies]
        formwork = { path = "/new/crates/formwork" }
        -----
        [dependencies]
        serde = "1"
        formwork.workspace = true
        -----
        [dependencies.fw]
        package = "formwork"
        path = "/new/crates/formwork"

        [target.'cfg(unix)'.dev-dependencies]
        formwork-testing = { path = "/new/crates/formwork-testing" }
        -----
        [dependencies]
        serde = "1"
        "#);
    }

    #[test]
    fn folders_that_are_not_there_have_no_crates() {
        assert_eq!(Crates::among([PathBuf::from("/nowhere")]), Crates::Registry);
        assert!(matches!(Crates::of_this_program(), Crates::Folder(_)));
    }
}
