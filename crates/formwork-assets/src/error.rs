//! Faults of assets, each with its place in the user's source.

use std::io;
use std::path::PathBuf;

use formwork_assembly::visible::visible;
use formwork_assembly::{Asset, AssetSource, Problem, joined};

use crate::list::{ListError, MOST_FILES};
use crate::name::Unfit;

/// An asset that cannot be shipped.
#[derive(Debug, thiserror::Error)]
#[error("the asset `{}` of `{}` cannot be shipped: {fault}", visible(&asset.id), visible(&asset.stack.to_string()))]
pub struct Error {
    /// The asset, with the line of the source that added it.
    pub asset: Box<Asset>,
    /// The reason.
    pub fault: Fault,
}

/// The reason why an asset cannot be shipped. Paths are as the asset and the folder name them, with `/`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// There is nothing at the path.
    #[error("`{}` does not exist", visible(path))]
    Missing {
        /// The path.
        path: String,
        /// The things that are there.
        instead: Box<Instead>,
    },
    /// A file was asked for.
    #[error("`{}` is a folder, but the asset is a file", visible(path))]
    IsFolder {
        /// The path.
        path: String,
    },
    /// A folder was asked for.
    #[error("`{}` is a file, but the asset is a folder", visible(path))]
    IsFile {
        /// The path.
        path: String,
    },
    /// A folder has nothing that is shipped.
    #[error("{}", if *left_out == 0 { format!("`{}` has no file", visible(path)) } else { format!("all of `{}` is left out", visible(path)) })]
    Empty {
        /// The folder.
        path: String,
        /// The number of files and folders in it that patterns leave out.
        left_out: usize,
    },
    /// A link leads out of the folder.
    #[error("the link `{}` leads out of the folder, to `{}`", visible(link), visible(target))]
    LinkOut {
        /// The link.
        link: String,
        /// The text of the link.
        target: String,
    },
    /// A link leads nowhere.
    #[error("the link `{}` leads to `{}`, which does not exist", visible(link), visible(target))]
    LinkNowhere {
        /// The link.
        link: String,
        /// The text of the link.
        target: String,
    },
    /// A link leads to itself, or to a folder that it is in.
    #[error("the link `{}` leads to `{}`, and so in a circle", visible(link), visible(target))]
    LinkCircle {
        /// The link.
        link: String,
        /// The text of the link.
        target: String,
    },
    /// The name is not UTF-8.
    #[error("the name of `{}` is not UTF-8", visible(path))]
    NotUtf8 {
        /// The path, with `\u{fffd}` for what is not UTF-8.
        path: String,
    },
    /// The path would mean something else in a zip.
    #[error("`{}` cannot be the path of a file in a zip: {unfit}", visible(path))]
    Name {
        /// The path.
        path: String,
        /// The reason.
        unfit: Unfit,
    },
    /// Something that is neither a file nor a folder.
    #[error("`{}` is {kind}, which has no content to ship", visible(path))]
    Special {
        /// The path.
        path: String,
        /// The kind: `a pipe`.
        kind: &'static str,
    },
    /// There are too many files.
    #[error("`{}` has more than {MOST_FILES} files and folders", visible(path))]
    Many {
        /// The folder.
        path: String,
    },
    /// The list of the files is not one that could be read back.
    #[error("the list of files of `{}` cannot be kept", visible(path))]
    List {
        /// The folder.
        path: String,
        /// The reason.
        source: ListError,
    },
    /// A pattern cannot be read.
    #[error("the pattern `{}` cannot be read: {}", visible(pattern), visible(reason))]
    Pattern {
        /// The pattern.
        pattern: String,
        /// The reason.
        reason: String,
    },
    /// A line of a `.gitignore` or `.ignore` file cannot be read.
    #[error("line {line} of `{}` cannot be read as a pattern: {}", visible(path), visible(reason))]
    IgnoreFile {
        /// The file.
        path: String,
        /// The line, counted from one.
        line: usize,
        /// The reason.
        reason: String,
    },
    /// A file or folder cannot be read.
    #[error("`{}` cannot be read", visible(path))]
    Read {
        /// The path.
        path: String,
        /// The system's reason.
        source: io::Error,
    },
    /// A file is not there any more.
    #[error("`{}` vanished while it was read", visible(path))]
    Vanished {
        /// The path.
        path: String,
    },
    /// A file is not what it was.
    #[error("`{}` changed while it was read", visible(path))]
    Changed {
        /// The path.
        path: String,
    },
    /// The bytes that are uploaded cannot be written beforehand.
    #[error("`{}` cannot be written", visible(&path.to_string_lossy()))]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// There are more faults than are told.
    #[error("`{}` has {count} more faults", visible(path))]
    More {
        /// The folder.
        path: String,
        /// The number of those that are not told.
        count: usize,
    },
}

/// The things that are there instead of one that is missing.
#[derive(Debug)]
pub struct Instead {
    /// A path that reads much the same.
    pub close: Option<String>,
    /// The closest folder, as the path names it; empty for the root of the workspace.
    pub folder: String,
    /// Some of the names that it has.
    pub names: Vec<String>,
    /// The number of those that are not among them.
    pub more: usize,
    /// The folder at which a relative path begins; `None` if the path is absolute.
    pub root: Option<PathBuf>,
}

impl Error {
    pub(crate) fn new(asset: &Asset, fault: Fault) -> Self {
        Error { asset: Box::new(asset.clone()), fault }
    }

    /// Advice.
    pub fn hint(&self) -> Option<String> {
        let path = match &self.asset.source {
            AssetSource::File { path } | AssetSource::Folder { path } => path.as_str(),
            AssetSource::Content { .. } => "",
        };
        match &self.fault {
            // The asset itself is left out by nothing.
            Fault::Special { path: at, .. } | Fault::LinkNowhere { link: at, .. } if at == path => None,
            fault => fault.hint(),
        }
    }

    /// The error with its reason, its place and its hint, as commands show it.
    pub fn problem(&self) -> Problem {
        let mut message = self.to_string();
        let mut reason = std::error::Error::source(&self.fault);
        while let Some(source) = reason {
            message.push_str(&format!(": {}", visible(&source.to_string())));
            reason = source.source();
        }
        let problem = Problem::error(message).at(self.asset.location.clone());
        match self.hint() {
            Some(hint) => problem.hint(hint),
            None => problem,
        }
    }

    /// True for a fault in what the user wrote or gave, rather than in the machine.
    pub fn is_input(&self) -> bool {
        !matches!(self.fault, Fault::Read { .. } | Fault::Write { .. } | Fault::Vanished { .. } | Fault::Changed { .. })
    }
}

impl Fault {
    fn hint(&self) -> Option<String> {
        match self {
            Fault::Missing { instead, .. } => Some(instead.hint()),
            Fault::IsFolder { .. } => Some("say in the source that it is a folder: it is shipped as a zip".into()),
            Fault::IsFile { .. } => Some("say in the source that it is a file: it is shipped as it is".into()),
            Fault::Empty { left_out: 0, .. } => Some("build what belongs into it before the deployment".into()),
            Fault::Empty { .. } => Some(
                "the asset's patterns, the files `.gitignore` and `.ignore` in the folder, and a `CACHEDIR.TAG` leave files out; the \
                 pattern `!NAME` of the asset takes one back"
                    .into(),
            ),
            Fault::LinkOut { .. } => {
                Some("another machine would ship something else: put a copy into the folder, or leave the link out".into())
            }
            Fault::LinkNowhere { .. } | Fault::LinkCircle { .. } | Fault::Special { .. } => {
                Some("remove it, or leave it out by a pattern".into())
            }
            Fault::NotUtf8 { .. } | Fault::Name { .. } => Some("rename it, or leave it out by a pattern".into()),
            Fault::Many { .. } | Fault::List { .. } => Some("leave files out by patterns".into()),
            Fault::Pattern { .. } => Some("patterns are those of a `.gitignore`".into()),
            Fault::Vanished { .. } | Fault::Changed { .. } => {
                Some("another program writes to it: run the command again when it is done".into())
            }
            Fault::Write { source, .. } if source.kind() == io::ErrorKind::StorageFull => {
                Some("what is uploaded is written there first: make room, or name another folder with `TMPDIR`".into())
            }
            Fault::IgnoreFile { .. } | Fault::Read { .. } | Fault::Write { .. } | Fault::More { .. } => None,
        }
    }
}

impl Instead {
    fn hint(&self) -> String {
        let Instead { close, folder, names, more, root } = self;
        if let Some(close) = close {
            return format!("did you mean `{}`?", visible(close));
        }
        let mut names: Vec<String> = names.iter().map(|name| format!("`{}`", visible(name))).collect();
        if *more > 0 {
            names.push(format!("{more} more"));
        }
        let has = if names.is_empty() { "nothing".to_owned() } else { joined(&names) };
        let Some(root) = root else { return format!("`{}` has {has}", visible(folder)) };
        let begin =
            format!("relative paths begin at the root of the workspace, `{}`", visible(&root.to_string_lossy()));
        match folder.as_str() {
            "" => format!("{begin}, which has {has}"),
            folder => format!("`{}` has {has}; {begin}", visible(folder)),
        }
    }
}
