//! A folder of a test, and what is said of assets in it.

use std::fs;
use std::path::{Path, PathBuf};

use formwork_assembly::{Asset, AssetSource, Location, StackId};
use formwork_assets::{Error, Shipment, prepare_all};
use tempfile::TempDir;

/// A folder that stands for the root of a workspace.
pub(crate) struct Tree(TempDir);

impl Tree {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let tree = Tree(tempfile::tempdir().unwrap());
        for (path, content) in files {
            tree.write(path, content);
        }
        tree
    }

    pub(crate) fn root(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.root().join(path)
    }

    pub(crate) fn write(&self, path: &str, content: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    #[cfg(unix)]
    pub(crate) fn link(&self, path: &str, target: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(target, path).unwrap();
    }

    #[cfg(unix)]
    pub(crate) fn mode(&self, path: &str, mode: u32) {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(self.path(path), fs::Permissions::from_mode(mode)).unwrap();
    }

    pub(crate) fn prepare(&self, asset: &Asset) -> Result<Shipment, Vec<Error>> {
        Ok(prepare_all(&[asset], self.root())?.remove(0))
    }

    /// The list of what an asset ships: a line for each file, or what is said of it.
    #[track_caller]
    pub(crate) fn listed(&self, asset: &Asset) -> String {
        match self.prepare(asset) {
            Err(errors) => self.said(&errors),
            Ok(shipment) => {
                let line = |entry: &formwork_assets::Entry| format!("{} {:?} {}", entry.path, entry.mode, entry.length);
                shipment.list.entries().iter().map(line).collect::<Vec<_>>().join("\n")
            }
        }
    }

    /// Errors as a command shows them, with the folder of the test taken out.
    pub(crate) fn said(&self, errors: &[Error]) -> String {
        let problems: Vec<String> = errors.iter().map(|error| error.problem().to_string()).collect();
        problems.join("\n").replace(&*self.root().to_string_lossy(), "[ROOT]")
    }
}

pub(crate) fn asset(source: AssetSource, exclude: &[&str]) -> Asset {
    Asset {
        stack: StackId { name: "orders".into(), region: "eu-central-1".into() },
        id: "Code".into(),
        parameter: "CodeKey".into(),
        source,
        exclude: exclude.iter().map(|pattern| (*pattern).to_owned()).collect(),
        location: Location { file: "src/lib.rs".into(), line: 12 },
    }
}

pub(crate) fn folder(path: &str) -> Asset {
    asset(AssetSource::Folder { path: path.into() }, &[])
}

pub(crate) fn file(path: &str) -> Asset {
    asset(AssetSource::File { path: path.into() }, &[])
}

pub(crate) fn content(text: &str, extension: &str) -> Asset {
    asset(AssetSource::Content { bytes: text.into(), extension: extension.into() }, &[])
}
