//! Texts of several lines: only the lines that differ, with a little around them. What cannot be seen in them is made visible.

use std::collections::BTreeSet;

use formwork_assembly::visible::visible;
use similar::{DiffOp, group_diff_ops};

use super::looks::code_points;
use super::value::{clip, with_holes};
use super::windows::windows;
use crate::sequence::operations;

/// Unchanged lines around a change.
const CONTEXT: usize = 2;
/// A longer line is shown where it differs.
const LONG: usize = 240;

/// A line of a text that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// On both sides.
    Same(String),
    /// On the old one.
    Removed(String),
    /// On the new one.
    Added(String),
    /// Here lines are left out.
    Gap,
    /// A difference that cannot be seen in the lines above.
    Remark(String),
}

/// The lines that differ, and what is different about all of them.
pub(crate) fn difference(before: &str, after: &str, verbose: bool) -> (Vec<Line>, Vec<String>) {
    let mut remarks = Vec::new();
    let (old, new) = (Ends::of(before), Ends::of(after));
    let (mut before, mut after) = (before.to_owned(), after.to_owned());
    if old != Ends::Mixed && new != Ends::Mixed {
        before = before.replace("\r\n", "\n");
        after = after.replace("\r\n", "\n");
        match (old, new) {
            (Ends::Lf, Ends::CrLf) => remarks.push(r"every line ends with \r\n, and no longer with \n".to_owned()),
            (Ends::CrLf, Ends::Lf) => remarks.push(r"every line ends with \n, and no longer with \r\n".to_owned()),
            _ => {}
        }
    }
    let is_on_both = !before.is_empty() && !after.is_empty();
    match (before.ends_with('\n'), after.ends_with('\n')) {
        (false, true) if is_on_both => remarks.push("has a line end at its end now".to_owned()),
        (true, false) if is_on_both => remarks.push("has no line end at its end any more".to_owned()),
        _ => {}
    }
    (changed_lines(&lines(&before), &lines(&after), verbose), remarks)
}

fn changed_lines(before: &[&str], after: &[&str], verbose: bool) -> Vec<Line> {
    let context = if verbose { usize::MAX / 4 } else { CONTEXT };
    let mut lines = Vec::new();
    for (place, group) in group_diff_ops(operations(before, after), context).into_iter().enumerate() {
        if place > 0 {
            lines.push(Line::Gap);
        }
        for operation in &group {
            let (old, new) = (&before[operation.old_range()], &after[operation.new_range()]);
            if matches!(operation, DiffOp::Equal { .. }) {
                lines.extend(old.iter().map(|line| Line::Same(unchanged(line))));
            } else {
                run(old, new, verbose, &mut lines);
            }
        }
    }
    lines
}

/// Lines that are others now.
fn run(old: &[&str], new: &[&str], verbose: bool, lines: &mut Vec<Line>) {
    let is_long = |line: &&str| line.len() > LONG;
    if !verbose && old.len() == new.len() && old.iter().chain(new).any(is_long) {
        for (old, new) in old.iter().zip(new) {
            for (old, new) in windows(&changed(old), &changed(new)) {
                lines.extend([Line::Removed(old), Line::Added(new)]);
            }
        }
        return;
    }
    let shown = |side: &[&str]| side.iter().map(|line| changed(line)).collect::<Vec<String>>();
    let (mut removed, mut added) = (shown(old), shown(new));
    let is_added: BTreeSet<&String> = added.iter().collect();
    if removed.iter().any(|line| is_added.contains(line)) {
        // The sign for a space was in the text as such.
        let exact = |line: &&str| format!("\"{}\"", line.escape_default());
        removed = old.iter().map(exact).collect();
        added = new.iter().map(exact).collect();
    }
    let remark = code_points(&visible(&old.concat()), &visible(&new.concat()));
    let cut = |line: String| if verbose { line } else { clip(&line, LONG) };
    lines.extend(removed.into_iter().map(|line| Line::Removed(cut(line))));
    lines.extend(added.into_iter().map(|line| Line::Added(cut(line))));
    lines.extend(remark.filter(|_| !old.is_empty() && !new.is_empty()).map(Line::Remark));
}

fn lines(text: &str) -> Vec<&str> {
    match text {
        "" => Vec::new(),
        text => text.strip_suffix('\n').unwrap_or(text).split('\n').collect(),
    }
}

/// A line that is there before and after, with its tabs as spaces.
fn unchanged(line: &str) -> String {
    with_holes(&visible(&line.replace('\t', "    ")))
}

/// A line that is there on one side only: tabs are not spaces in it, and spaces at its end can be counted.
fn changed(line: &str) -> String {
    let text = line.trim_end_matches(' ');
    let mut shown = String::new();
    for (place, piece) in text.split('\t').enumerate() {
        if place > 0 {
            shown.push_str("⇥   ");
        }
        shown += &with_holes(&visible(piece));
    }
    shown + &"·".repeat(line.len() - text.len())
}

/// Line ends of a text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ends {
    /// It has one line.
    None,
    Lf,
    CrLf,
    Mixed,
}

impl Ends {
    fn of(text: &str) -> Ends {
        match (text.matches('\n').count(), text.matches("\r\n").count()) {
            (0, _) => Ends::None,
            (_, 0) => Ends::Lf,
            (all, crlf) if all == crlf => Ends::CrLf,
            _ => Ends::Mixed,
        }
    }
}
