//! Files that stacks ship, before and after: which of them change, and how.

use std::fmt::Write as _;

use crate::render::{Output, RenderOptions};
use formwork_assembly::visible::visible;

/// A file, and what becomes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileChange {
    /// Its path in the assembly, below `files/`.
    pub path: String,
    /// Its change.
    pub fate: FileFate,
}

/// Kinds of changes of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileFate {
    /// The stack delivers it, and it was not delivered before.
    New {
        /// The text.
        after: String,
        /// The resource that carries it, if the preview shows it.
        carrier: Option<String>,
    },
    /// The stack delivers another text.
    Changed {
        /// The text that was delivered.
        before: String,
        /// The text that will be.
        after: String,
        /// The resource that carries it, if the preview shows it, line by line.
        carrier: Option<String>,
    },
    /// The stack shows that it is another file, and somebody has to deliver it.
    ToDeliver {
        /// True if the stack shows the file for the first time.
        is_new: bool,
    },
    /// No deployed part shows which file was delivered.
    Unknown,
}

impl FileFate {
    /// The word for it in outputs.
    pub fn as_str(&self) -> &'static str {
        match self {
            FileFate::New { .. } => "new",
            FileFate::Changed { .. } => "changed",
            FileFate::ToDeliver { .. } => "toDeliver",
            FileFate::Unknown => "unknown",
        }
    }
}

/// The files as text that ends with a line end; empty when there is nothing to show. `deliver` is the command, in backticks, that writes those
/// which nothing delivers.
pub fn render(files: &[FileChange], options: &RenderOptions, deliver: &str) -> String {
    let mut out = Output::new(options);
    let known = files.iter().filter(|file| file.fate != FileFate::Unknown);
    for (index, file) in known.enumerate() {
        if index == 0 {
            out.title("Files");
        }
        let path = visible(&file.path);
        let carried = |carrier: &Option<String>| match carrier {
            Some(id) => format!("  by {}", visible(id)),
            None => String::new(),
        };
        let _ = match &file.fate {
            FileFate::New { carrier, .. } => writeln!(out.text, "  + new      {path}{}", carried(carrier)),
            FileFate::Changed { carrier, .. } => writeln!(out.text, "  ~ changed  {path}{}", carried(carrier)),
            FileFate::ToDeliver { is_new: true } => writeln!(out.text, "  + new      {path}"),
            FileFate::ToDeliver { is_new: false } => writeln!(out.text, "  ~ changed  {path}"),
            FileFate::Unknown => Ok(()),
        };
        match &file.fate {
            // The resource that carries it shows the lines.
            FileFate::New { after, carrier: None } if options.verbose => out.text_lines("", after),
            FileFate::Changed { before, after, carrier: None } => out.text_lines(before, after),
            _ => {}
        }
    }
    let to_deliver = files.iter().filter(|file| matches!(file.fate, FileFate::ToDeliver { .. })).count();
    if to_deliver > 0 {
        let what = if to_deliver == 1 { "it" } else { "them" };
        let _ = writeln!(out.text, "  {deliver} writes {what}, to be delivered by hand");
    }
    let unknown = files.iter().filter(|file| file.fate == FileFate::Unknown).count();
    if unknown > 0 {
        let what = if unknown == 1 { "a file is".to_owned() } else { format!("{unknown} files are") };
        out.gap();
        let _ = writeln!(
            out.text,
            "note: {what} not compared, since nothing that is deployed tells which was delivered: `Scope::carrier` names what does"
        );
    }
    out.text
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    fn file(path: &str, fate: FileFate) -> FileChange {
        FileChange { path: path.to_owned(), fate }
    }

    #[test]
    fn files_are_shown_line_by_line() {
        let render = |files: &[FileChange], options: &RenderOptions| render(files, options, "`files --out DIR`");
        let (before, after) =
            ("a\nb\nc\nproxy_pass http://blue;\nd\ne\nf\n", "a\nb\nc\nproxy_pass http://green;\nd\ne\nf\n");
        let files = [
            file(
                "site/Nginx/conf/nginx.conf",
                FileFate::Changed { before: before.into(), after: after.into(), carrier: None },
            ),
            file(
                "site/Nginx/docker-compose.yml",
                FileFate::New { after: "services:\n".into(), carrier: Some("NginxDelivery".into()) },
            ),
            file("box/Nginx/conf/nginx.conf", FileFate::ToDeliver { is_new: false }),
            file("other\u{1b}[2J", FileFate::Unknown),
        ];
        assert_snapshot!("files_are_shown", render(&files, &RenderOptions::default()));
        assert_snapshot!("in_full", render(&files, &RenderOptions { verbose: true, ..RenderOptions::default() }));
        assert_eq!(render(&[], &RenderOptions::default()), "");
    }
}
