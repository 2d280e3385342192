//! The other sections: parameters, outputs, mappings, conditions and the rest, one entry after another.

use std::fmt::Write;

use formwork_assembly::visible::visible;
use indexmap::IndexMap;
use serde_json::Value;

use crate::diff::{Diff, EntryDiff};
use crate::impact::Impact;
use crate::path::Path;
use crate::secret::SECRET;
use crate::value::is_function;

use super::compare::compare;
use super::paint::Colour;
use super::properties::inner;
use super::{Output, value};

/// Longer names do not move the values of all the others.
const WIDEST: usize = 48;

/// An entry as it is shown: a value that changes, and what else does.
#[derive(Default)]
struct Shown<'d> {
    name: &'d str,
    /// The value that people look for: of an output its `Value`, of a parameter what the deployment sets.
    main: (Option<Value>, Option<Value>),
    /// The whole of it, without what is in `main`.
    rest: (Option<Value>, Option<Value>),
    /// Remarks behind the value.
    remarks: Vec<String>,
    used_by: Option<usize>,
}

impl Output {
    pub(super) fn sections(&mut self, diff: &Diff) {
        // Sections that every new template has say nothing about the change.
        let is_shown = self.options.verbose || !diff.is_new_stack;
        self.section("Parameters", parameters(diff));
        for (title, entries) in diff.sections() {
            match title {
                "Parameters" | "Parameter values" => {}
                "Outputs" => self.section(title, entries.iter().map(output).collect()),
                _ if is_shown => self.section(title, entries.iter().map(whole).collect()),
                _ => {}
            }
        }
    }

    fn section(&mut self, title: &str, entries: Vec<Shown<'_>>) {
        if entries.is_empty() {
            return;
        }
        self.title(title);
        let names = entries.iter().map(|entry| visible(entry.name).chars().count());
        let width = names.max().unwrap_or(0).min(WIDEST);
        for entry in entries {
            self.entry(entry, width);
        }
    }

    fn entry(&mut self, entry: Shown<'_>, width: usize) {
        let sides = |(before, after): &(Option<Value>, Option<Value>)| (before.is_some(), after.is_some());
        let (had, has) = (sides(&entry.main).0 || sides(&entry.rest).0, sides(&entry.main).1 || sides(&entry.rest).1);
        let impact = match (had, has) {
            (false, _) => Impact::Create,
            (_, false) => Impact::Destroy,
            _ => Impact::Update,
        };
        let mark = self.paint.with(Colour::of(impact), impact.mark());
        let name = visible(entry.name);
        let head = format!("  {mark} {name:width$}");
        let remarks: Vec<String> = entry.remarks.iter().map(|remark| self.remarked(remark)).collect();
        match &entry.main {
            (Some(before), Some(after)) if before != after => {
                self.comparison(&head, compare(before, after, self.options.verbose), remarks);
            }
            (None, Some(after)) => self.alone(&head, (Colour::Green, ""), after, remarks, entry.name),
            (Some(before), None) => self.alone(&head, (Colour::Red, ""), before, remarks, entry.name),
            _ => self.line(head.trim_end(), "", &remarks),
        }
        let mut rows = Vec::new();
        match (&entry.rest.0, &entry.rest.1) {
            (Some(before), Some(after)) => inner(&Path::default(), (Some(before), Some(after)), &mut rows),
            (Some(before), None) if self.options.verbose => inner_of_one(before, true, &mut rows),
            (None, Some(after)) if self.options.verbose => inner_of_one(after, false, &mut rows),
            _ => {}
        }
        self.rows(rows);
        if let Some(count) = entry.used_by.filter(|_| impact == Impact::Update) {
            let text = match count {
                0 => "no resource uses it".to_owned(),
                1 => "1 resource uses it".to_owned(),
                count => format!("{count} resources use it"),
            };
            let text = self.paint.dim(&text);
            let _ = writeln!(self.text, "      {text}");
        }
    }
}

fn inner_of_one<'a>(object: &'a Value, is_gone: bool, rows: &mut Vec<super::properties::Row<'a>>) {
    for (name, item) in object.as_object().into_iter().flatten() {
        let sides = if is_gone { (Some(item), None) } else { (None, Some(item)) };
        inner(&Path::default().name(name), sides, rows);
    }
}

/// An entry of which everything is looked for.
fn whole(entry: &EntryDiff) -> Shown<'_> {
    let is_inside = |side: &Option<Value>| side.as_ref().is_some_and(|side| side.is_object() && !is_function(side));
    let sides = (entry.before.clone(), entry.after.clone());
    let shown = Shown { name: &entry.name, used_by: entry.used_by, ..Shown::default() };
    if is_inside(&entry.before) && is_inside(&entry.after) {
        Shown { rest: sides, ..shown }
    } else {
        Shown { main: sides, ..shown }
    }
}

/// An output: its value, and beside it the name under which other stacks import it.
fn output(entry: &EntryDiff) -> Shown<'_> {
    let side = |side: &Option<Value>| -> (Option<Value>, Option<Value>) {
        let mut rest = side.clone();
        let main = rest.as_mut().and_then(Value::as_object_mut).and_then(|output| output.shift_remove("Value"));
        (main, rest)
    };
    let export = |rest: &Option<Value>| rest.as_ref().and_then(|rest| rest.get("Export")?.get("Name")).map(value::full);
    let ((old, old_rest), (new, new_rest)) = (side(&entry.before), side(&entry.after));
    let (was, is) = (export(&old_rest), export(&new_rest));
    let mut remarks = Vec::new();
    match (was, is) {
        (Some(was), Some(is)) if was == is && old != new => remarks.push(format!("exported as {is}")),
        (None, Some(is)) if entry.before.is_none() => remarks.push(format!("exported as {is}")),
        (Some(was), None) if entry.after.is_none() => remarks.push(format!("was exported as {was}")),
        _ => {}
    }
    Shown { name: &entry.name, main: (old, new), rest: (old_rest, new_rest), remarks, used_by: None }
}

/// True for the declaration of a parameter with `NoEcho`.
fn hides(declaration: &Value) -> bool {
    match declaration.get("NoEcho") {
        Some(Value::String(text)) => text.eq_ignore_ascii_case("true"),
        no_echo => no_echo == Some(&Value::Bool(true)),
    }
}

/// The parameters in one list: of each its value where one is known, and what changes in its declaration.
fn parameters(diff: &Diff) -> Vec<Shown<'_>> {
    let mut by_name: IndexMap<&str, Shown<'_>> = IndexMap::new();
    for entry in &diff.parameters {
        // Of a declaration that comes or goes, the type says most; of one that hides its value, that it does.
        let only = |one: &Option<Value>, other: &Option<Value>| match (one, other) {
            (Some(one), None) if hides(one) => Some(Value::from(SECRET)),
            (Some(one), None) => Some(one.get("Type").unwrap_or(one).clone()),
            _ => None,
        };
        let main = (only(&entry.before, &entry.after), only(&entry.after, &entry.before));
        let rest = (entry.before.clone(), entry.after.clone());
        let used_by = entry.used_by;
        by_name.insert(&entry.name, Shown { name: &entry.name, main, rest, used_by, ..Shown::default() });
    }
    for entry in &diff.parameter_values {
        let shown = by_name.entry(&entry.name).or_insert_with(|| Shown { name: &entry.name, ..Shown::default() });
        shown.main = (entry.before.clone(), entry.after.clone());
        // A default that is the value is said with it.
        let default = |side: &Option<Value>| side.as_ref().and_then(|side| side.get("Default")).cloned();
        if shown.main == (default(&shown.rest.0), default(&shown.rest.1)) {
            for side in [&mut shown.rest.0, &mut shown.rest.1] {
                side.as_mut().and_then(Value::as_object_mut).map(|declaration| declaration.shift_remove("Default"));
            }
        }
        shown.used_by = shown.used_by.or(entry.used_by);
    }
    by_name.into_values().collect()
}
