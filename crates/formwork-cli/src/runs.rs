//! Runs that were begun on this machine: a file each, locked as long as the run goes on, and removed at its end. A file that is not locked is
//! that of a run that was killed, or could not delete its change sets: these are nobody's. Of a run that made a plan, a file without a lock stays. The files are below `target/formwork/runs` of the
//! workspace, and once more in the user's folder for the state of programs: a finished assembly is deployed from anywhere, and an app from
//! several checkouts. The regions of the app's stacks are kept beside them, so that stacks are found in a region that the app has left.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

use formwork_assembly::Assembly;
use formwork_workspace::whole_file;

use crate::session::Session;

/// After so long, nobody asks what became of a run that was killed.
const LONGEST_MEMORY: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// The folders of the runs. What cannot be read or written there is lost memory, and stops nothing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Runs {
    /// That of the workspace, if there is one.
    workspace: Option<PathBuf>,
    /// That of the user, if the user has one.
    user: Option<PathBuf>,
}

/// The files of a run that goes on.
#[derive(Debug)]
pub(crate) struct Running {
    /// Their locks end with them, however the process ends.
    files: Vec<(PathBuf, File)>,
    /// The thing that it left.
    left: Cell<Leaves>,
}

/// Things that a run leaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Leaves {
    #[default]
    Nothing,
    /// Change sets that it could not delete: then it counts as one that was killed.
    Rest,
    /// A plan.
    Plan,
}

/// Begin of the names of files of runs that left a plan.
const PLAN: &str = "plan-";

impl Running {
    /// It could not delete what it made.
    pub(crate) fn leaves(&self) {
        self.left.set(Leaves::Rest);
    }

    /// It made a plan, whose change sets wait to be executed.
    pub(crate) fn leaves_plan(&self) {
        if self.left.get() == Leaves::Nothing {
            self.left.set(Leaves::Plan);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let left = self.left.get();
        for (path, _) in self.files.iter().filter(|_| left != Leaves::Rest) {
            if let (Leaves::Plan, Some(run)) = (left, path.file_name()) {
                drop(File::create(path.with_file_name(format!("{PLAN}{}", run.to_string_lossy()))));
            }
            drop(fs::remove_file(path));
        }
    }
}

impl Runs {
    /// Those that this machine knows.
    pub(crate) fn of(session: &Session) -> Runs {
        Runs { workspace: session.runs().ok(), user: state_folder().map(|folder| folder.join("formwork").join("runs")) }
    }

    fn folders(&self) -> impl Iterator<Item = &Path> {
        self.workspace.iter().chain(&self.user).map(PathBuf::as_path)
    }

    /// Notes that a run is begun, until the value is dropped.
    pub(crate) fn begin(&self, run: &str) -> Option<Running> {
        let begin = |folder: &Path| {
            fs::create_dir_all(folder).ok()?;
            let path = folder.join(run);
            let file = File::create(&path).ok()?;
            file.try_lock().ok()?;
            Some((path, file))
        };
        let files: Vec<(PathBuf, File)> = self.folders().filter_map(begin).collect();
        (!files.is_empty()).then(|| Running { files, left: Cell::default() })
    }

    /// Runs that go on.
    pub(crate) fn running(&self) -> BTreeSet<String> {
        self.folders().flat_map(|folder| of_folder(folder, true)).collect()
    }

    /// Runs that were killed.
    pub(crate) fn killed(&self) -> BTreeSet<String> {
        let running = self.running();
        self.folders().flat_map(|folder| of_folder(folder, false)).filter(|run| !running.contains(run)).collect()
    }

    /// Runs that made a plan.
    pub(crate) fn planned(&self) -> BTreeSet<String> {
        let names = self.folders().flat_map(names);
        names.filter_map(|name| Some(name.strip_prefix(PLAN)?.to_owned())).collect()
    }

    /// Those of the workspace alone, whose change sets its next run takes away: of others, somebody has to look for them first.
    pub(crate) fn killed_here(&self) -> Vec<String> {
        self.workspace.iter().flat_map(|folder| of_folder(folder, false)).collect()
    }

    /// Removes the files of these runs, and of those that were killed long ago.
    pub(crate) fn forget(&self, runs: &BTreeSet<String>) {
        let is_old = |path: &Path| {
            let changed = fs::metadata(path).and_then(|file| file.modified()).ok();
            changed.and_then(|time| time.elapsed().ok()).is_some_and(|age| age > LONGEST_MEMORY)
        };
        for folder in self.folders() {
            for run in names(folder).into_iter().filter(|name| name.starts_with(PLAN)) {
                let path = folder.join(&run);
                if runs.contains(&run[PLAN.len()..]) || is_old(&path) {
                    let _ = fs::remove_file(path);
                }
            }
            for path in of_folder(folder, false).into_iter().map(|run| (runs.contains(&run), folder.join(run))) {
                if path.0 || is_old(&path.1) {
                    let _ = fs::remove_file(path.1);
                }
            }
        }
    }

    /// The regions in which the app had stacks, with those that it has now, which are kept for the next time.
    pub(crate) fn regions(&self, assembly: &Assembly) -> BTreeSet<String> {
        let now = assembly.stacks.iter().map(|stack| stack.region().to_owned());
        let mut regions: BTreeSet<String> = now.collect();
        let Some(owner) = &assembly.owner else { return regions };
        let name = format!("regions-{}", owner.mark().replace(['[', ']', '/', ' '], "-"));
        let known: Vec<(&Path, String)> =
            self.folders().map(|folder| (folder, fs::read_to_string(folder.join(&name)).unwrap_or_default())).collect();
        regions.extend(known.iter().flat_map(|(_, known)| known.lines()).map(str::to_owned));
        let text: String = regions.iter().map(|region| format!("{region}\n")).collect();
        for (folder, _) in known.iter().filter(|(_, known)| *known != text) {
            if fs::create_dir_all(folder).is_ok() {
                let _ = whole_file::write(&folder.join(&name), &text);
            }
        }
        regions
    }
}

/// The names of the files of a folder.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
}

/// The runs that have a file in this folder: those that go on, or those that do not.
fn of_folder(folder: &Path, goes_on: bool) -> Vec<String> {
    let runs = names(folder).into_iter().filter(|name| name.starts_with("formwork-"));
    // A file that is gone by now is that of a run that has ended.
    let is_locked = |run: &String| File::open(folder.join(run)).map(|file| file.try_lock().is_err());
    let mut runs: Vec<String> = runs.filter(|run| is_locked(run).is_ok_and(|locked| locked == goes_on)).collect();
    runs.sort();
    runs
}

/// The user's folder for the state of programs, by the XDG Base Directory Specification or by Windows.
fn state_folder() -> Option<PathBuf> {
    let folder = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let own = folder("XDG_STATE_HOME");
    match cfg!(windows) {
        true => own.or_else(|| folder("LOCALAPPDATA")),
        false => own.or_else(|| Some(folder("HOME")?.join(".local").join("state"))),
    }
}

#[cfg(test)]
mod tests {
    use formwork_assembly::{Owner, StackArtifact, StackId};

    use super::*;

    #[test]
    fn a_run_is_known_until_it_ends_and_after_it_was_killed() -> std::io::Result<()> {
        let folder = std::env::temp_dir().join(format!("formwork-runs-{}", std::process::id()));
        let (here, user) = (folder.join("here"), folder.join("user"));
        let runs = Runs { workspace: Some(here.clone()), user: Some(user.clone()) };
        // Another checkout, or none.
        let elsewhere = Runs { workspace: None, user: Some(user.clone()) };
        assert!(runs.running().is_empty() && runs.killed().is_empty());
        let running = runs.begin("formwork-1-2");
        assert_eq!(runs.running(), BTreeSet::from(["formwork-1-2".to_owned()]));
        assert_eq!((elsewhere.running(), elsewhere.killed()), (runs.running(), BTreeSet::new()));
        drop(running);
        assert!(runs.running().is_empty() && runs.killed().is_empty());
        // One that could not delete its change set.
        let running = elsewhere.begin("formwork-3-4");
        running.iter().for_each(Running::leaves);
        drop(running);
        fs::write(here.join("formwork-5-6"), "")?;
        let killed = BTreeSet::from(["formwork-3-4".to_owned(), "formwork-5-6".to_owned()]);
        assert_eq!((runs.killed(), runs.killed_here()), (killed.clone(), vec!["formwork-5-6".to_owned()]));
        runs.forget(&BTreeSet::from(["formwork-5-6".to_owned()]));
        assert_eq!(runs.killed(), BTreeSet::from(["formwork-3-4".to_owned()]));
        runs.forget(&killed);
        assert!(runs.killed().is_empty());
        // One that made a plan is over, and its change sets are somebody's.
        let running = runs.begin("formwork-7-8");
        running.iter().for_each(Running::leaves_plan);
        drop(running);
        assert!(runs.running().is_empty() && runs.killed().is_empty());
        let planned = BTreeSet::from(["formwork-7-8".to_owned()]);
        assert_eq!((elsewhere.planned(), runs.planned()), (planned.clone(), planned.clone()));
        runs.forget(&planned);
        assert!(runs.planned().is_empty());
        // The regions that an app has left are known to its other checkouts, too.
        let in_region = |region: &str| Assembly {
            owner: Some(Owner::app("shop")),
            stacks: vec![StackArtifact { id: StackId::new("site", region), ..StackArtifact::default() }],
            ..Assembly::default()
        };
        runs.regions(&in_region("eu-west-1"));
        let known = BTreeSet::from(["eu-west-1".to_owned(), "us-east-1".to_owned()]);
        assert_eq!(
            (elsewhere.regions(&in_region("us-east-1")), runs.regions(&in_region("us-east-1"))),
            (known.clone(), known)
        );
        fs::remove_dir_all(folder)
    }
}
