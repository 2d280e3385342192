//! The lines below a resource or an entry: one a difference, aligned.

use std::fmt::Write;

use formwork_assembly::visible::visible;
use serde_json::Value;

use crate::compare::OTHERS_IN_ANOTHER_ORDER;
use crate::diff::{PropertyDiff, ResourceDiff};
use crate::impact::Impact;
use crate::path::Path;
use crate::value::{changes, is_function};

use super::compare::{Body, Comparison, compare};
use super::lines::{self, Line};
use super::looks;
use super::paint::Colour;
use super::text::Text;
use super::{Output, value};

/// Longer names do not move the values of all the others.
const WIDEST: usize = 64;

/// One line to come.
pub(super) struct Row<'a> {
    name: String,
    before: Option<&'a Value>,
    after: Option<&'a Value>,
    suffix: String,
    /// True if the value stays as it is, and something else about it changes.
    is_same: bool,
}

impl Output {
    pub(super) fn properties(&mut self, resource: &ResourceDiff) {
        let mut rows = Vec::new();
        for property in &resource.properties {
            let suffix = suffix(resource, property);
            if property.before == property.after && property.because.is_some() {
                let (name, after) = (property.path.for_people(), property.after.as_ref());
                rows.push(Row { name, before: None, after, suffix, is_same: true });
                continue;
            }
            // The items themselves have rows of their own.
            let is_beside = property.order_only && property.because.as_deref() == Some(OTHERS_IN_ANOTHER_ORDER);
            if is_beside && !self.options.verbose {
                let name = property.path.for_people();
                rows.push(Row { name, before: None, after: None, suffix, is_same: false });
                continue;
            }
            let sides = (property.before.as_ref(), property.after.as_ref());
            leaves(&property.path, sides, &suffix, self.options.verbose, &mut rows);
        }
        for attribute in &resource.attributes {
            let path = Path::default().name(&attribute.name);
            inner(&path, (attribute.before.as_ref(), attribute.after.as_ref()), &mut rows);
        }
        self.rows(rows);
    }

    pub(super) fn rows(&mut self, rows: Vec<Row<'_>>) {
        let width = column(&rows);
        for row in rows {
            self.row(row, width);
        }
    }

    fn row(&mut self, row: Row<'_>, width: usize) {
        let name = visible(&row.name).into_owned();
        let mut remarks = Vec::new();
        if !row.suffix.is_empty() {
            remarks.push(self.paint.with(Colour::Red, &visible(&row.suffix)));
        }
        let head = format!("      {name:width$}");
        match (row.before, row.after) {
            (_, Some(value)) if row.is_same => {
                let value = self.paint.dim(&value::short(value));
                self.line(&head, &value, &remarks);
            }
            (Some(before), Some(after)) => {
                let comparison = compare(before, after, self.options.verbose);
                self.comparison(&head, comparison, remarks);
            }
            (None, Some(after)) => self.alone(&head, (Colour::Green, "+ "), after, remarks, &row.name),
            (Some(before), None) => self.alone(&head, (Colour::Red, "- "), before, remarks, &row.name),
            (None, None) if remarks.is_empty() => {}
            (None, None) => self.line(&head, "", &remarks),
        }
    }

    /// Two values behind a name.
    pub(super) fn comparison(&mut self, head: &str, comparison: Comparison, mut remarks: Vec<String>) {
        remarks.extend(comparison.remarks.iter().map(|remark| self.remarked(remark)));
        let sides = |paint: super::Paint, old: &str, new: &str| {
            format!("{} → {}", paint.with(Colour::Red, old), paint.with(Colour::Green, new))
        };
        match comparison.body {
            Body::Line(old, new) => self.line(head, &sides(self.paint, &old, &new), &remarks),
            Body::Windows(windows, more) => {
                let below = " ".repeat(self.width(head));
                for (place, (old, new)) in windows.iter().enumerate() {
                    let (head, remarks) =
                        if place == 0 { (head, remarks.as_slice()) } else { (below.as_str(), &[][..]) };
                    self.line(head, &sides(self.paint, old, new), remarks);
                }
                if more > 0 {
                    let differences = if more == 1 { "difference" } else { "differences" };
                    let text = format!("and {more} more {differences}, shown with --verbose");
                    self.line(&below, &self.paint.dim(&text), &[]);
                }
            }
            Body::Lines(lines) => {
                self.line(head.trim_end(), "", &remarks);
                self.lines(lines);
            }
        }
    }

    /// A value that comes or goes, behind its name.
    pub(super) fn alone(
        &mut self,
        head: &str,
        (colour, mark): (Colour, &str),
        one: &Value,
        mut remarks: Vec<String>,
        name: &str,
    ) {
        // A name that looks like one that goes or comes.
        remarks.extend(looks::of_one(name).map(|remark| self.remarked(&remark)));
        let text = Text::of(one).filter(|text| text.is_long() || text.json().is_some());
        let Some(text) = text else {
            let shown = if self.options.verbose { value::full(one) } else { value::short(one) };
            let shown = self.paint.with(colour, &shown);
            return self.line(head, &format!("{mark}{shown}"), &remarks);
        };
        if text.is_decoded {
            remarks.push(self.remarked("base64, decoded here"));
        }
        let whole = text.json().unwrap_or(text.text);
        if !self.options.verbose {
            let count = whole.lines().count();
            let lines = if count == 1 { "line" } else { "lines" };
            return self.line(head, &format!("{mark}{count} {lines}"), &remarks);
        }
        self.line(head.trim_end(), "", &remarks);
        let (before, after) = if colour == Colour::Red { (whole.as_str(), "") } else { ("", whole.as_str()) };
        let (lines, _) = lines::difference(before, after, true);
        self.lines(lines);
    }

    pub(super) fn remarked(&self, remark: &str) -> String {
        self.paint.dim(&format!("({})", visible(remark)))
    }

    pub(super) fn line(&mut self, head: &str, text: &str, remarks: &[String]) {
        let mut line = if text.is_empty() { head.to_owned() } else { format!("{head}  {text}") };
        for remark in remarks {
            let _ = write!(line, "  {remark}");
        }
        let _ = writeln!(self.text, "{}", line.trim_end());
    }

    /// Number of columns of a text that may have colours in it.
    fn width(&self, text: &str) -> usize {
        let coloured =
            text.split('\u{1b}').skip(1).map(|piece| piece.find('m').map_or(0, |end| end + 2)).sum::<usize>();
        text.chars().count() - coloured
    }

    pub(super) fn lines(&mut self, lines: Vec<Line>) {
        for line in lines {
            let line = match line {
                Line::Same(line) => self.paint.dim(&format!("  {line}")),
                Line::Removed(line) => self.paint.with(Colour::Red, &format!("- {line}")),
                Line::Added(line) => self.paint.with(Colour::Green, &format!("+ {line}")),
                Line::Gap => self.paint.dim("  …"),
                Line::Remark(remark) => format!("  {}", self.remarked(&remark)),
            };
            let _ = writeln!(self.text, "        {}", line.trim_end());
        }
    }
}

/// The column of the values: behind the longest name that is not all too long.
fn column(rows: &[Row<'_>]) -> usize {
    let names = rows.iter().map(|row| visible(&row.name).chars().count());
    names.filter(|width| *width <= WIDEST).max().unwrap_or(0)
}

/// The impact of a property on its resource, where that is more than an update, with the reason.
fn suffix(resource: &ResourceDiff, property: &PropertyDiff) -> String {
    let what = match (property.impact, resource.impact) {
        (Impact::Replace, Impact::Replace | Impact::MayReplace) => Some("replaces"),
        (Impact::MayReplace, Impact::Replace | Impact::MayReplace) => Some("may replace"),
        _ => None,
    };
    let because = match &property.because {
        Some(because) if !property.order_only || because == OTHERS_IN_ANOTHER_ORDER => Some(because.clone()),
        _ if property.order_only => Some("another order only".to_owned()),
        _ => None,
    };
    match (what, &because) {
        (Some(what), Some(because)) => format!("({what}: {because})"),
        (Some(what), None) => format!("({what})"),
        (None, Some(because)) => format!("({because})"),
        (None, None) => String::new(),
    }
}

/// One row per property; in verbose output one per leaf of a value that comes or goes.
fn leaves<'a>(
    path: &Path,
    (before, after): (Option<&'a Value>, Option<&'a Value>),
    suffix: &str,
    verbose: bool,
    rows: &mut Vec<Row<'a>>,
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
    rows.push(Row { name: path.for_people(), before, after, suffix: suffix.to_owned(), is_same: false });
}

/// One row per difference between two values.
pub(super) fn inner<'a>(path: &Path, sides: (Option<&'a Value>, Option<&'a Value>), rows: &mut Vec<Row<'a>>) {
    match sides {
        (Some(before), Some(after)) => {
            let mut found = Vec::new();
            changes(path, before, after, &mut found);
            for change in found {
                leaves(&change.path, (change.before, change.after), "", false, rows);
            }
        }
        sides => leaves(path, sides, "", false, rows),
    }
}
