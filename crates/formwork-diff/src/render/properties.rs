//! The lines below a resource or an entry: one a difference, aligned.

use std::fmt::Write;

use serde_json::Value;

use crate::diff::{EntryDiff, PropertyDiff, ResourceDiff};
use crate::impact::Impact;
use crate::path::Path;
use crate::value::{changes, is_function};

use super::paint::Colour;
use super::text::{self, Line};
use super::{Output, value};

/// Longer names do not move the values of all the others.
const WIDEST: usize = 64;
/// Unchanged lines around a change of a text.
const CONTEXT: usize = 2;

/// One line to come.
struct Row<'a> {
    name: String,
    before: Option<&'a Value>,
    after: Option<&'a Value>,
    suffix: String,
}

impl Output {
    pub(super) fn properties(&mut self, resource: &ResourceDiff) {
        let mut rows = Vec::new();
        for property in &resource.properties {
            let suffix = suffix(resource, property);
            if property.before == property.after && property.because.is_some() {
                let row = Row { name: property.path.to_string(), before: None, after: property.after.as_ref(), suffix };
                rows.push((true, row));
                continue;
            }
            let sides = (property.before.as_ref(), property.after.as_ref());
            leaves(&property.path, sides, &suffix, self.options.verbose, &mut rows);
        }
        for attribute in &resource.attributes {
            let path = Path::default().name(&attribute.name);
            let sides = (attribute.before.as_ref(), attribute.after.as_ref());
            inner(&path, sides, &mut rows);
        }
        let width = column(&rows);
        for (is_same, row) in rows {
            self.row(row, width, is_same);
        }
    }

    /// An entry of another section: its mark and name, and what is different in it. An entry that comes or goes shows what
    /// is under the first key of `shown` that it has, or all of it.
    pub(super) fn entry(&mut self, entry: &EntryDiff, width: usize, shown: &[&str]) {
        let impact = match (&entry.before, &entry.after) {
            (None, _) => Impact::Create,
            (_, None) => Impact::Destroy,
            _ => Impact::Update,
        };
        let mark = self.paint.with(Colour::of(impact), impact.mark());
        let name = value::printable(&entry.name);
        let pick = |side: &'_ Value| -> Value {
            let inner = shown.iter().find_map(|key| side.get(*key));
            inner.unwrap_or(side).clone()
        };
        let (before, after) = (entry.before.as_ref().map(pick), entry.after.as_ref().map(pick));
        match (&before, &after) {
            (Some(old), Some(new)) => {
                let is_inside = |side: &Value| side.is_object() && !is_function(side);
                let mut rows = Vec::new();
                // Next to the picked key, others may differ.
                let whole = (entry.before.as_ref(), entry.after.as_ref());
                if is_inside(old) && is_inside(new) {
                    inner(&Path::default(), (Some(old), Some(new)), &mut rows);
                } else if old == new {
                    inner(&Path::default(), whole, &mut rows);
                } else if let Some((old, new)) = text::texts(old, new) {
                    let _ = writeln!(self.text, "  {mark} {name}");
                    self.lines(&old, &new);
                    return;
                } else {
                    let (old, new) = self.sides(old, new);
                    let _ = writeln!(self.text, "  {mark} {name:width$}  {old} → {new}");
                    return;
                }
                let _ = writeln!(self.text, "  {mark} {name}");
                let width = column(&rows);
                for (is_same, row) in rows {
                    self.row(row, width, is_same);
                }
            }
            (None, Some(new)) => {
                let new = self.one(Colour::Green, new);
                let _ = writeln!(self.text, "  {mark} {name:width$}  {new}");
            }
            (Some(old), None) => {
                let old = self.one(Colour::Red, old);
                let _ = writeln!(self.text, "  {mark} {name:width$}  {old}");
            }
            (None, None) => {}
        }
    }

    fn row(&mut self, row: Row<'_>, width: usize, is_same: bool) {
        let name = value::printable(&row.name);
        let suffix = if row.suffix.is_empty() {
            String::new()
        } else {
            format!("  {}", self.paint.with(Colour::Red, &row.suffix))
        };
        let head = format!("      {name:width$}");
        let line = match (row.before, row.after) {
            (_, Some(value)) if is_same => format!("{head}  {}{suffix}", self.paint.dim(&value::short(value))),
            (Some(before), Some(after)) => {
                if let Some((before, after)) = text::texts(before, after) {
                    let line = format!("      {name}{suffix}");
                    let _ = writeln!(self.text, "{}", line.trim_end());
                    self.lines(&before, &after);
                    return;
                }
                let (before, after) = self.sides(before, after);
                format!("{head}  {before} → {after}{suffix}")
            }
            (None, Some(after)) => {
                if let Some(text) = text::lines(after).filter(|_| self.options.verbose) {
                    let _ = writeln!(self.text, "      {name}{suffix}");
                    self.lines("", &text);
                    return;
                }
                format!("{head}  + {}{suffix}", self.one(Colour::Green, after))
            }
            (Some(before), None) => format!("{head}  - {}{suffix}", self.one(Colour::Red, before)),
            (None, None) => return,
        };
        let _ = writeln!(self.text, "{}", line.trim_end());
    }

    fn sides(&self, before: &Value, after: &Value) -> (String, String) {
        let (old, new) = value::both(before, after, self.options.verbose);
        (self.paint.with(Colour::Red, &old), self.paint.with(Colour::Green, &new))
    }

    /// A value that comes or goes.
    fn one(&self, colour: Colour, one: &Value) -> String {
        if self.options.verbose {
            return self.paint.with(colour, &value::full(one));
        }
        match text::lines(one) {
            Some(text) => format!("{} lines", text.lines().count()),
            None => self.paint.with(colour, &value::short(one)),
        }
    }

    fn lines(&mut self, before: &str, after: &str) {
        let context = if self.options.verbose { usize::MAX / 4 } else { CONTEXT };
        for line in text::difference(before, after, context) {
            let line = match line {
                Line::Same(line) => self.paint.dim(&format!("  {line}")),
                Line::Removed(line) => self.paint.with(Colour::Red, &format!("- {line}")),
                Line::Added(line) => self.paint.with(Colour::Green, &format!("+ {line}")),
                Line::Gap => self.paint.dim("  …"),
            };
            let _ = writeln!(self.text, "        {}", line.trim_end());
        }
    }
}

/// The column of the values: behind the longest name that is not all too long.
fn column(rows: &[(bool, Row<'_>)]) -> usize {
    let names = rows.iter().map(|(_, row)| row.name.chars().count());
    names.filter(|width| *width <= WIDEST).max().unwrap_or(0)
}

/// What a property does to its resource, where that is more than an update, and why.
fn suffix(resource: &ResourceDiff, property: &PropertyDiff) -> String {
    let what = match (property.impact, resource.impact) {
        (Impact::Replace, Impact::Replace | Impact::MayReplace) => Some("replaces"),
        (Impact::MayReplace, Impact::Replace | Impact::MayReplace) => Some("may replace"),
        _ => None,
    };
    match (what, &property.because) {
        (Some(what), Some(because)) => format!("({what}: {because})"),
        (Some(what), None) => format!("({what})"),
        (None, Some(because)) => format!("({because})"),
        (None, None) => String::new(),
    }
}

/// One row a property; in verbose output one a leaf of a value that comes or goes.
fn leaves<'a>(
    path: &Path,
    (before, after): (Option<&'a Value>, Option<&'a Value>),
    suffix: &str,
    verbose: bool,
    rows: &mut Vec<(bool, Row<'a>)>,
) {
    if let (true, (Some(Value::Object(map)), None) | (None, Some(Value::Object(map)))) = (verbose, (before, after)) {
        let is_call = before.or(after).is_some_and(is_function);
        if !is_call && !map.is_empty() {
            for (name, item) in map {
                let sides = if before.is_some() { (Some(item), None) } else { (None, Some(item)) };
                leaves(&path.name(name), sides, suffix, verbose, rows);
            }
            return;
        }
    }
    let row = Row { name: path.to_string(), before, after, suffix: suffix.to_owned() };
    rows.push((false, row));
}

/// One row a difference between two values.
fn inner<'a>(path: &Path, sides: (Option<&'a Value>, Option<&'a Value>), rows: &mut Vec<(bool, Row<'a>)>) {
    match sides {
        (Some(before), Some(after)) => {
            let mut found = Vec::new();
            changes(path, before, after, &|_| false, &mut found);
            for change in found {
                leaves(&change.path, (change.before, change.after), "", false, rows);
            }
        }
        sides => leaves(path, sides, "", false, rows),
    }
}
