//! Runs that were begun on this machine: a file each below `target/formwork/runs`, locked as long as the run goes on, and removed at its
//! end. A file that is not locked is that of a run that was killed: its change sets are nobody's. The regions of the app's stacks are
//! kept beside, so that stacks are found in a region that the app has left.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::PathBuf;

use formwork_assembly::Assembly;

use crate::error::CliError;
use crate::session::Session;

/// The folder of the runs. What cannot be read or written there is lost memory, and stops nothing.
#[derive(Clone, Debug)]
pub(crate) struct Runs(PathBuf);

/// The file of a run that goes on.
#[derive(Debug)]
pub(crate) struct Running {
    path: PathBuf,
    /// Its lock ends with it, however the process ends.
    _file: File,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

impl Runs {
    /// Those of the workspace.
    ///
    /// # Errors
    ///
    /// When there is no workspace.
    pub(crate) fn of(session: &Session) -> Result<Runs, CliError> {
        Ok(Runs(session.runs()?))
    }

    /// The same; `None` without a workspace, from where nothing is noted: a finished assembly is deployed from anywhere.
    ///
    /// # Errors
    ///
    /// When the workspace cannot be read.
    pub(crate) fn if_there(session: &Session) -> Result<Option<Runs>, CliError> {
        match session.workspace() {
            Err(formwork_workspace::Error::NoWorkspace { .. }) => Ok(None),
            _ => Runs::of(session).map(Some),
        }
    }

    /// Notes that a run is begun, until the value is dropped.
    pub(crate) fn begin(&self, run: &str) -> Option<Running> {
        fs::create_dir_all(&self.0).ok()?;
        let path = self.0.join(run);
        let file = File::create(&path).ok()?;
        file.try_lock().ok()?;
        Some(Running { path, _file: file })
    }

    /// Runs that go on.
    pub(crate) fn running(&self) -> BTreeSet<String> {
        self.all().into_iter().filter(|run| self.is_locked(run)).collect()
    }

    /// Runs that were killed.
    pub(crate) fn dead(&self) -> Vec<String> {
        self.all().into_iter().filter(|run| !self.is_locked(run)).collect()
    }

    /// Removes the files of runs that were killed.
    pub(crate) fn forget_dead(&self) {
        for run in self.dead() {
            let _ = fs::remove_file(self.0.join(run));
        }
    }

    fn all(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        let mut names: Vec<String> = names.filter(|name| name.starts_with("formwork-")).collect();
        names.sort();
        names
    }

    fn is_locked(&self, run: &str) -> bool {
        // A file that is gone by now is that of a run that has ended.
        File::open(self.0.join(run)).is_ok_and(|file| file.try_lock().is_err())
    }

    /// The regions in which the app had stacks, with those that it has now, which are kept for the next time.
    pub(crate) fn regions(&self, assembly: &Assembly) -> BTreeSet<String> {
        let now = assembly.stacks.iter().map(|stack| stack.region().to_owned());
        let Some(owner) = &assembly.owner else { return now.collect() };
        let path = self.0.join(format!("regions-{}", owner.mark().replace(['[', ']', '/', ' '], "-")));
        let known = fs::read_to_string(&path).unwrap_or_default();
        let regions: BTreeSet<String> = known.lines().map(str::to_owned).chain(now).collect();
        let text: String = regions.iter().map(|region| format!("{region}\n")).collect();
        if text != known && fs::create_dir_all(&self.0).is_ok() {
            let _ = fs::write(&path, text);
        }
        regions
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_known_until_it_ends_and_after_it_was_killed() -> std::io::Result<()> {
        let folder = std::env::temp_dir().join(format!("formwork-runs-{}", std::process::id()));
        let runs = Runs(folder.clone());
        assert!(runs.running().is_empty() && runs.dead().is_empty());
        let running = runs.begin("formwork-1-2");
        assert_eq!(runs.running().into_iter().collect::<Vec<_>>(), ["formwork-1-2"]);
        drop(running);
        assert!(runs.running().is_empty() && runs.dead().is_empty());
        fs::write(folder.join("formwork-3-4"), "")?;
        assert_eq!(runs.dead(), ["formwork-3-4"]);
        runs.forget_dead();
        assert!(runs.dead().is_empty());
        fs::remove_dir_all(folder)
    }
}
