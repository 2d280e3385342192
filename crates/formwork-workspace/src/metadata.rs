//! The workspace and its apps, as `cargo metadata` describes them.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use cargo_metadata::{Metadata, Target};

use crate::Error;
use crate::error::CargoSays;
use crate::manifest::{self, Owner};

/// The time of a program, unless its manifest says otherwise. One of thousands of resources takes a tenth of a second.
const LIMIT: Duration = Duration::from_secs(60);

/// A cargo workspace and the apps in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workspace {
    /// The folder of the workspace's `Cargo.toml`.
    pub root: PathBuf,
    /// The folder in which cargo builds.
    pub target: PathBuf,
    /// The packages marked by `[package.metadata.formwork]`, by name.
    pub apps: Vec<App>,
    /// `default-app` in `[workspace.metadata.formwork]`.
    pub default_app: Option<String>,
    /// All packages, by name, and what cargo calls them in its messages.
    packages: BTreeMap<String, String>,
    /// The manifests of all packages, by name.
    manifests: BTreeMap<String, PathBuf>,
}

/// A package that defines stacks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct App {
    /// The package's name, which is its binary's name too.
    pub name: String,
    /// The package's `Cargo.toml`.
    pub manifest: PathBuf,
    /// The folder of its own resource schemas: `schemas` in `[package.metadata.formwork]`, or `schemas` beside the `Cargo.toml`; it
    /// may not be there.
    pub schemas: PathBuf,
    /// The time that its program may take: `time-limit`, in seconds, in `[package.metadata.formwork]`.
    pub(crate) limit: Duration,
    /// The names of the package's binaries.
    pub(crate) binaries: Vec<String>,
}

impl App {
    /// The time that its program may take.
    pub fn limit(&self) -> Duration {
        self.limit
    }

    /// An app of which only its assembly is there, in this folder: nothing can be built. Schemas of its own may lie in the folder's
    /// `schemas`.
    pub fn finished(folder: &Path) -> App {
        let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        App {
            name,
            manifest: folder.join("Cargo.toml"),
            schemas: folder.join("schemas"),
            limit: LIMIT,
            binaries: Vec::new(),
        }
    }

    /// True for one of which only its assembly is there.
    pub fn is_finished(&self) -> bool {
        self.binaries.is_empty()
    }
}

impl Workspace {
    /// The workspace around `folder`.
    ///
    /// # Errors
    ///
    /// When there is none, or cargo refuses to read it.
    pub fn find(folder: &Path) -> Result<Workspace, Error> {
        let cargo = cargo();
        // `--no-deps` needs no registry, and with `--offline` cargo does not try to reach one.
        let output = Command::new(&cargo)
            .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
            .current_dir(folder)
            .stdin(Stdio::null())
            .output()
            .map_err(|source| Error::Run { program: cargo.into(), source })?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            let said = said.trim().trim_start_matches("error: ");
            return Err(if said.starts_with("could not find `Cargo.toml`") {
                Error::NoWorkspace { folder: folder.to_owned() }
            } else {
                Error::Metadata { folder: folder.to_owned(), source: CargoSays(said.to_owned()) }
            });
        }
        Workspace::from_metadata(&String::from_utf8_lossy(&output.stdout))
    }

    /// The workspace that the output of `cargo metadata` describes.
    ///
    /// # Errors
    ///
    /// When it is not of the documented form; with every mistake in the tables of manifests that are formwork's.
    pub fn from_metadata(text: &str) -> Result<Workspace, Error> {
        let metadata: Metadata = serde_json::from_str(text).map_err(|source| Error::MetadataForm { source })?;
        let mut problems = Vec::new();
        let mut workspace = Workspace {
            root: metadata.workspace_root.into(),
            target: metadata.target_directory.into(),
            apps: Vec::new(),
            default_app: metadata.workspace_metadata["formwork"]["default-app"].as_str().map(str::to_owned),
            packages: BTreeMap::new(),
            manifests: BTreeMap::new(),
        };
        if !metadata.workspace_metadata["formwork"].is_null() {
            problems = manifest::problems(&workspace.root.join("Cargo.toml"), &workspace.root, Owner::Workspace);
        }
        for package in metadata.packages {
            let name = package.name.to_string();
            let manifest = PathBuf::from(package.manifest_path);
            workspace.packages.insert(name.clone(), package.id.repr);
            workspace.manifests.insert(name.clone(), manifest.clone());
            let settings = &package.metadata["formwork"];
            if settings.is_null() {
                if package
                    .metadata
                    .as_object()
                    .is_some_and(|tables| tables.keys().any(|name| manifest::is_nearly(name)))
                {
                    problems.extend(manifest::misspelt(&manifest, &workspace.root, Owner::Package));
                }
                continue;
            }
            problems.extend(manifest::problems(&manifest, &workspace.root, Owner::Package));
            let schemas = manifest.with_file_name(settings["schemas"].as_str().unwrap_or("schemas"));
            let binaries = package.targets.into_iter().filter(Target::is_bin).map(|target| target.name).collect();
            let limit = settings["time-limit"].as_u64().map_or(LIMIT, Duration::from_secs);
            workspace.apps.push(App { name, manifest, schemas, limit, binaries });
        }
        workspace.apps.sort();
        if !problems.is_empty() {
            return Err(Error::Manifests { root: workspace.root, problems });
        }
        Ok(workspace)
    }

    /// Every app, in the order of their names.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub fn apps(&self) -> Result<Vec<&App>, Error> {
        if self.apps.is_empty() {
            return Err(Error::NoApp { root: self.root.clone() });
        }
        Ok(self.apps.iter().collect())
    }

    /// The app with this name.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub fn app(&self, name: &str) -> Result<&App, Error> {
        self.apps()?;
        self.apps.iter().find(|app| app.name == name).ok_or_else(|| Error::UnknownApp {
            name: name.to_owned(),
            known: self.app_names(),
            is_package: self.packages.contains_key(name),
        })
    }

    /// The app for a command that takes one, when none was named: the workspace's `default-app`, or its only app.
    ///
    /// # Errors
    ///
    /// When there is no app, or there are several and none is the default.
    pub fn default_app(&self) -> Result<&App, Error> {
        self.apps()?;
        if let Some(name) = &self.default_app {
            return self.app(name).map_err(|_| Error::UnknownDefaultApp {
                manifest: self.root.join("Cargo.toml"),
                name: name.clone(),
                known: self.app_names(),
            });
        }
        match self.apps.as_slice() {
            [app] => Ok(app),
            _ => Err(Error::SeveralApps { known: self.app_names() }),
        }
    }

    /// The folder of what is made for this workspace: `target/formwork`. Where cargo builds in a folder that is not below the workspace's, which
    /// several may share, it is `formwork/NAME-HASH` in that one, by the workspace's place.
    pub fn made(&self) -> PathBuf {
        let made = self.target.join("formwork");
        if self.target.starts_with(&self.root) {
            return made;
        }
        let name = self.root.file_name().unwrap_or_default().to_string_lossy();
        made.join(format!("{name}-{:016x}", digest(self.root.as_os_str().as_encoded_bytes())))
    }

    /// The folder of an app's assembly if nothing else is asked for: `target/formwork/<app>`.
    pub fn assembly_folder(&self, app: &App) -> PathBuf {
        self.made().join(&app.name)
    }

    /// The folder of the member with this name.
    pub fn folder_of(&self, package: &str) -> Option<&Path> {
        self.manifests.get(package)?.parent()
    }

    /// Cargo's name for a package in its messages.
    pub(crate) fn package_id(&self, name: &str) -> Option<&str> {
        self.packages.get(name).map(String::as_str)
    }

    fn app_names(&self) -> Vec<String> {
        self.apps.iter().map(|app| app.name.clone()).collect()
    }
}

/// The digest FNV-1a, which is the same in every version of the compiler.
fn digest(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |digest, byte| (digest ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The cargo that runs us, so that its toolchain stays the same; else the one in `PATH`.
pub(crate) fn cargo() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

#[cfg(test)]
mod tests {
    use super::Workspace;

    /// Two workspaces that build in one folder do not have each other's stacks.
    #[test]
    fn what_is_made_is_apart() {
        let made = |root: &str, target: &str| {
            let text = format!(
                r#"{{"packages":[],"workspace_members":[],"resolve":null,"version":1,"metadata":null,"workspace_root":"{root}","target_directory":"{target}"}}"#
            );
            Workspace::from_metadata(&text).unwrap().made().display().to_string()
        };
        assert_eq!(made("/home/a/shop", "/home/a/shop/target"), "/home/a/shop/target/formwork");
        assert_eq!(made("/home/a/shop", "/home/a/shop/x/y"), "/home/a/shop/x/y/formwork");
        assert_eq!(made("/home/a/shop", "/home/a/shop-target"), "/home/a/shop-target/formwork/shop-526153e4c3065706");
        assert_eq!(made("/home/b/shop", "/home/a/shop-target"), "/home/a/shop-target/formwork/shop-a8e5dc6ac5134449");
    }
}
