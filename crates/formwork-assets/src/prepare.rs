//! Shipments: the files of assets are found, read and hashed, those of all assets at once and on several threads.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use formwork_assembly::{Asset, AssetSource, did_you_mean};

use crate::digest::Digest;
use crate::error::{Error, Fault, Instead};
use crate::left_out::LeftOut;
use crate::list::{ContentList, Entry, ListError};
use crate::open::{BUFFER, Contents, read, special};
use crate::parallel::each;
use crate::shipment::{Ready, Shipment, below, path_of, shown_below};
use crate::walk::walk;

/// The most names that a hint has.
const MOST_NAMES: usize = 5;

/// Finds out what is shipped of assets, in their order. Relative paths begin at `root`, the root of the workspace. What several assets share
/// is read once.
///
/// # Errors
///
/// All that is wrong with any of them.
pub fn prepare_all(assets: &[&Asset], root: &Path) -> Result<Vec<Shipment>, Vec<Error>> {
    let mut plans: Vec<Plan> = Vec::new();
    let mut plan_of = Vec::with_capacity(assets.len());
    for asset in assets {
        let is_same = |plan: &Plan| plan.asset.source == asset.source && plan.asset.exclude == asset.exclude;
        plan_of.push(plans.iter().position(is_same).unwrap_or(plans.len()));
        if !plans.iter().any(is_same) {
            plans.push(Plan::new(asset, root));
        }
    }
    let files: Vec<(usize, &Plan, &str)> = plans
        .iter()
        .enumerate()
        .flat_map(|(index, plan)| plan.files.iter().map(move |path| (index, plan, path.as_str())))
        .collect();
    let contents = each(
        files.len(),
        || vec![0; BUFFER],
        |buffer, number| {
            let (_, plan, path) = files[number];
            read(&below(&plan.place, path), || shown_below(path_of(&plan.asset.source), path), buffer, |_| Ok(()))
        },
    );
    let mut read: Vec<Vec<Result<Contents, Fault>>> = plans.iter().map(|_| Vec::new()).collect();
    for ((plan, ..), contents) in files.iter().zip(contents) {
        read[*plan].push(contents);
    }
    let (mut lists, mut errors) = (Vec::new(), Vec::new());
    for (plan, contents) in plans.into_iter().zip(read) {
        let asset = plan.asset;
        match plan.done(contents) {
            Ok(list) => lists.push(Some(list)),
            Err(faults) => {
                lists.push(None);
                errors.extend(faults.into_iter().map(|fault| Error::new(asset, fault)));
            }
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let lists = assets.iter().zip(plan_of).filter_map(|(asset, plan)| Some((*asset, lists[plan].clone()?)));
    Ok(lists.map(|(asset, ready)| Shipment::new(asset, ready)).collect())
}

/// The files of an asset that are to be read.
struct Plan<'a> {
    asset: &'a Asset,
    place: PathBuf,
    files: Vec<String>,
    left_out: Vec<LeftOut>,
    faults: Vec<Fault>,
}

impl<'a> Plan<'a> {
    fn new(asset: &'a Asset, root: &Path) -> Self {
        let mut plan =
            Plan { asset, place: PathBuf::new(), files: Vec::new(), left_out: Vec::new(), faults: Vec::new() };
        let (path, is_folder) = match &asset.source {
            AssetSource::Content { .. } => return plan,
            AssetSource::File { path } => (path, false),
            AssetSource::Folder { path } => (path, true),
        };
        plan.place = root.join(path);
        match kind(&plan.place, path, root) {
            Err(fault) => plan.faults.push(fault),
            Ok(Kind::Folder) if is_folder => {
                let found = walk(&plan.place, path, &asset.exclude);
                (plan.files, plan.left_out, plan.faults) = (found.files, found.left_out, found.faults);
            }
            Ok(Kind::Folder) => plan.faults.push(Fault::IsFolder { path: path.clone() }),
            Ok(Kind::File) if is_folder => plan.faults.push(Fault::IsFile { path: path.clone() }),
            Ok(Kind::File) => plan.files.push(String::new()),
        }
        plan
    }

    /// The asset, from what was read of each file.
    fn done(mut self, contents: Vec<Result<Contents, Fault>>) -> Result<Ready, Vec<Fault>> {
        let mut entries = Vec::with_capacity(contents.len());
        for (path, contents) in self.files.into_iter().zip(contents) {
            match contents {
                Ok(Contents { mode, length, digest }) => entries.push(Entry { path, mode, length, digest }),
                Err(fault) => self.faults.push(fault),
            }
        }
        if !self.faults.is_empty() {
            return Err(self.faults);
        }
        let list = match (&self.asset.source, entries.first()) {
            (AssetSource::Content { bytes, .. }, _) => Ok(ContentList::of_one(bytes.len() as u64, Digest::of(bytes))),
            (AssetSource::File { .. }, Some(entry)) => Ok(ContentList::of_one(entry.length, entry.digest)),
            (AssetSource::File { .. } | AssetSource::Folder { .. }, _) => ContentList::new(entries),
        };
        let path = path_of(&self.asset.source).to_owned();
        match list {
            Ok(list) => Ok(Ready { place: self.place, list, left_out: self.left_out }),
            Err(ListError::Empty) => {
                let left_out = self.left_out.iter().map(|one| one.count).sum();
                Err(vec![Fault::Empty { path, left_out }])
            }
            Err(source) => Err(vec![Fault::List { path, source }]),
        }
    }
}

enum Kind {
    File,
    Folder,
}

fn kind(place: &Path, path: &str, root: &Path) -> Result<Kind, Fault> {
    let shown = || path.to_owned();
    if path.is_empty() {
        return Err(missing(path, root));
    }
    match fs::metadata(place) {
        Ok(found) if found.is_dir() => Ok(Kind::Folder),
        Ok(found) => match special(found.file_type()) {
            Some(kind) => Err(Fault::Special { path: shown(), kind }),
            None => Ok(Kind::File),
        },
        Err(source) => match (source.kind(), fs::read_link(place)) {
            (ErrorKind::NotFound, Ok(target)) => {
                Err(Fault::LinkNowhere { link: shown(), target: target.to_string_lossy().into_owned() })
            }
            (ErrorKind::NotFound | ErrorKind::NotADirectory, _) => Err(missing(path, root)),
            _ => Err(Fault::Read { path: shown(), source }),
        },
    }
}

/// The fault of a path at which there is nothing, with what is there instead.
fn missing(path: &str, root: &Path) -> Fault {
    let mut folder = path.trim_end_matches('/');
    let mut wanted = folder;
    while !folder.is_empty() {
        let (above, name) = folder.rsplit_once('/').unwrap_or(("", folder));
        // The root of the system has no name.
        folder = if above.is_empty() && path.starts_with('/') { "/" } else { above };
        wanted = name;
        if folder == "/" || root.join(folder).is_dir() {
            break;
        }
    }
    let mut names: Vec<String> = fs::read_dir(root.join(folder))
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| !name.starts_with('.') || wanted.starts_with('.'))
        .collect();
    names.sort();
    let is_relative = Path::new(path).is_relative();
    // A file of the system is not meant by one that is not there.
    let close = is_relative.then(|| did_you_mean(wanted, names.iter().map(String::as_str))).flatten().map(|close| {
        let start = if folder.is_empty() { close.to_owned() } else { shown_below(folder, close) };
        let rest = path.get(start_of_rest(folder, wanted)..).unwrap_or_default();
        let whole = format!("{start}{rest}");
        if root.join(&whole).exists() { whole } else { start }
    });
    let more = names.len().saturating_sub(MOST_NAMES);
    names.truncate(MOST_NAMES);
    let root = is_relative.then(|| root.to_owned());
    let instead = Instead { close, folder: folder.to_owned(), names, more, root };
    Fault::Missing { path: path.to_owned(), instead: Box::new(instead) }
}

/// The place in a path after its folder that is there and the name that is not.
fn start_of_rest(folder: &str, wanted: &str) -> usize {
    let slash = usize::from(!folder.is_empty() && !folder.ends_with('/'));
    folder.len() + slash + wanted.len()
}
