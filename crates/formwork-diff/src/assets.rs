//! Contents that stacks ship to a bucket, before and after: which of their files change, and how.

use std::fmt::Write as _;

use formwork_assembly::visible::visible;

use crate::render::{Output, RenderOptions};

/// A content that is shipped anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssetChange {
    /// Its id in the stack, e.g. `ApiCode`.
    pub id: String,
    /// Its place, e.g. `web/dist`; `None` for a content of the stack's source.
    pub place: Option<String>,
    /// The number of its files.
    pub files: usize,
    /// The bytes of its files.
    pub length: u64,
    /// The files and folders at its place that are not shipped.
    pub left_out: Vec<LeftOut>,
    /// Its change.
    pub fate: AssetFate,
}

/// Files and folders at the place of a content that are not shipped, of one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// The thing that leaves them out, e.g. `.gitignore`.
    pub by: String,
    /// The number of them; a folder is one.
    pub count: usize,
    /// The paths of the first ones.
    pub paths: Vec<String>,
}

/// Kinds of changes of a content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AssetFate {
    /// The stack did not ship it.
    New,
    /// These files differ, by path; the path of a single file is empty.
    Changed(Vec<AssetFile>),
    /// It is the same, and the stack is pointed at another bucket.
    Moved,
    /// It differs, and its files are not known.
    Unknown {
        /// The reason.
        reason: String,
    },
}

/// A file of a content that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssetFile {
    /// Its path; empty for a content that is one file.
    pub path: String,
    /// Its change.
    pub fate: AssetFileFate,
}

/// Kinds of changes of a file of a content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AssetFileFate {
    /// It is new, of this length.
    Added(u64),
    /// It is gone; it had this length.
    Removed(u64),
    /// Its bytes or its mode differ.
    Changed {
        /// Bytes before.
        before: u64,
        /// Bytes after.
        after: u64,
        /// The two texts, where both are texts that were read.
        texts: Option<(String, String)>,
        /// True if it can be executed after, where that changed.
        executable: Option<bool>,
    },
}

impl AssetFate {
    /// The word for it in outputs.
    pub fn as_str(&self) -> &'static str {
        match self {
            AssetFate::New => "new",
            AssetFate::Changed(_) => "changed",
            AssetFate::Moved => "moved",
            AssetFate::Unknown { .. } => "unknown",
        }
    }
}

impl AssetFileFate {
    /// The word for it in outputs.
    pub fn as_str(&self) -> &'static str {
        match self {
            AssetFileFate::Added(_) => "added",
            AssetFileFate::Removed(_) => "removed",
            AssetFileFate::Changed { .. } => "changed",
        }
    }
}

/// Files of one content that are listed; the others are counted.
const LISTED: usize = 20;

/// The contents as text that ends with a line end; empty when there is nothing to show.
pub fn render(assets: &[AssetChange], options: &RenderOptions) -> String {
    let mut out = Output::new(options);
    for (index, asset) in assets.iter().enumerate() {
        if index == 0 {
            out.title("Assets");
        }
        one(&mut out, asset, options);
    }
    out.text
}

fn one(out: &mut Output, asset: &AssetChange, options: &RenderOptions) {
    let AssetChange { id, place, files, length, left_out, fate } = asset;
    let mut size = bytes(*length);
    if *files > 1 {
        size = format!("{files} files, {size}");
    }
    let place = place.as_ref().map(|place| format!("  {}", visible(place))).unwrap_or_default();
    let id = visible(id);
    let _ = match fate {
        AssetFate::New => writeln!(out.text, "  + new      {id}{place}  {size}"),
        AssetFate::Changed(_) => writeln!(out.text, "  ~ changed  {id}{place}  {size}"),
        AssetFate::Moved => writeln!(out.text, "  ~ moved    {id}{place}  {size}: to another bucket"),
        AssetFate::Unknown { reason } => {
            writeln!(out.text, "  ~ changed  {id}{place}  {size}: its files are not compared, {}", visible(reason))
        }
    };
    for LeftOut { by, count, paths } in left_out {
        let named = paths.iter().map(|path| visible(path).into_owned()).collect::<Vec<_>>().join(", ");
        let more = match count.saturating_sub(paths.len()) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let _ = writeln!(out.text, "      left out by {by}: {named}{more}");
    }
    let AssetFate::Changed(changed) = fate else { return };
    let shown = if options.verbose { changed.len() } else { changed.len().min(LISTED) };
    for file in &changed[..shown] {
        let path = visible(&file.path);
        let gap = if path.is_empty() { "" } else { "  " };
        match &file.fate {
            AssetFileFate::Added(length) => {
                let _ = writeln!(out.text, "      + {path}{gap}{}", bytes(*length));
            }
            AssetFileFate::Removed(length) => {
                let _ = writeln!(out.text, "      - {path}{gap}{}", bytes(*length));
            }
            AssetFileFate::Changed { before, after, texts, executable } => {
                let mode = match executable {
                    Some(true) => ", can be executed now",
                    Some(false) => ", cannot be executed any more",
                    None => "",
                };
                let size = match before == after {
                    true => bytes(*after),
                    false => format!("{} -> {}", bytes(*before), bytes(*after)),
                };
                let _ = writeln!(out.text, "      ~ {path}{gap}{size}{mode}");
                if let Some((before, after)) = texts {
                    out.text_lines(before, after);
                }
            }
        }
    }
    if shown < changed.len() {
        let _ = writeln!(out.text, "      and {} more files, with `--verbose`", changed.len() - shown);
    }
}

/// A number of bytes for people.
pub fn bytes(number: u64) -> String {
    let units = ["KB", "MB", "GB"];
    if number < 1_000 {
        return format!("{number} B");
    }
    let mut scaled = number;
    let mut unit = units[0];
    for next in units {
        unit = next;
        if scaled < 1_000_000 {
            break;
        }
        scaled /= 1_000;
    }
    format!("{}.{} {unit}", scaled / 1_000, scaled % 1_000 / 100)
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    #[test]
    fn contents_are_shown_by_file() {
        let asset = |id: &str, place: Option<&str>, files, fate| AssetChange {
            id: id.to_owned(),
            place: place.map(str::to_owned),
            files,
            length: 1_234_567,
            left_out: Vec::new(),
            fate,
        };
        let left_out = |by: &str, count, paths: &[&str]| LeftOut {
            by: by.to_owned(),
            count,
            paths: paths.iter().map(|path| (*path).to_owned()).collect(),
        };
        let file = |path: &str, fate| AssetFile { path: path.to_owned(), fate };
        let text = |before: &str, after: &str, executable| AssetFileFate::Changed {
            before: before.len() as u64,
            after: after.len() as u64,
            texts: Some((before.to_owned(), after.to_owned())),
            executable,
        };
        let binary = AssetFileFate::Changed { before: 9, after: 9, texts: None, executable: Some(false) };
        let many = (0..30).map(|number| file(&format!("{number:02}.txt"), AssetFileFate::Added(number)));
        let assets = [
            AssetChange {
                left_out: vec![
                    left_out(".gitignore", 12, &["a", "b\u{1b}", "c"]),
                    left_out("CACHEDIR.TAG", 1, &["target"]),
                ],
                ..asset("New", Some("web/dist"), 12, AssetFate::New)
            },
            asset(
                "Code",
                Some("api\u{1b}[2J"),
                3,
                AssetFate::Changed(vec![
                    file("a.js", AssetFileFate::Added(999)),
                    file("b.js", AssetFileFate::Removed(1_000)),
                    file("c.sh", text("one\ntwo\n", "one\n2\n", Some(true))),
                    file("d.png", binary),
                ]),
            ),
            asset("Page", None, 1, AssetFate::Changed(vec![file("", text("a\n", "b\n", None))])),
            asset("Many", Some("many"), 30, AssetFate::Changed(many.collect())),
            asset("Same", Some("same"), 1, AssetFate::Moved),
            asset("Lost", Some("lost"), 2, AssetFate::Unknown { reason: "the list is gone".to_owned() }),
        ];
        assert_snapshot!(render(&assets, &RenderOptions::default()));
        assert_eq!(render(&[], &RenderOptions::default()), "");
    }

    #[test]
    fn sizes() {
        let sizes = [0, 999, 1_000, 1_234, 999_999, 1_000_000, 262_144_000, 5_000_000_000, u64::MAX].map(bytes);
        assert_snapshot!(sizes.join(", "), @"0 B, 999 B, 1.0 KB, 1.2 KB, 999.9 KB, 1.0 MB, 262.1 MB, 5.0 GB, 18446744.0 GB");
    }
}
