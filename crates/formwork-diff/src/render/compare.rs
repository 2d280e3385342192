//! Two values beside one another: on one line, place by place where they are long, or line by line.

use serde_json::Value;

use super::lines::{Line, difference};
use super::looks::code_points;
use super::text::Text;
use super::value::{exact, full};
use super::windows::{LENGTH, Window, windows};

/// More differences of a line are counted.
const MOST: usize = 8;

/// Two values, as they are shown.
pub(crate) struct Comparison {
    pub(crate) body: Body,
    /// Differences that the body does not show.
    pub(crate) remarks: Vec<String>,
}

/// The two values.
pub(crate) enum Body {
    /// As they are.
    Line(String, String),
    /// The places where they differ, and the number of differences that are left out.
    Windows(Vec<Window>, usize),
    /// The lines that differ.
    Lines(Vec<Line>),
}

/// Two values that differ.
pub(crate) fn compare(before: &Value, after: &Value, verbose: bool) -> Comparison {
    let mut remarks = Vec::new();
    if let (Some(old), Some(new)) = (Text::of(before), Text::of(after)) {
        let forms = forms(&old, &new);
        if let (Some(old), Some(new)) = (old.json(), new.json()) {
            if old != new {
                let (lines, _) = difference(&old, &new, verbose);
                return Comparison { body: Body::Lines(lines), remarks: forms };
            }
            remarks.push("the same JSON, written in another way".to_owned());
        }
        if old.is_long() || new.is_long() {
            let (lines, more) = difference(&old.text, &new.text, verbose);
            let all: Vec<String> = forms.into_iter().chain(remarks.iter().cloned()).chain(more).collect();
            if !lines.is_empty() || !all.is_empty() {
                return Comparison { body: Body::Lines(lines), remarks: all };
            }
        }
    }
    let (mut old, mut new) = (full(before), full(after));
    if old == new {
        (old, new) = (exact(before), exact(after));
    }
    remarks.extend(code_points(&old, &new));
    let is_short = old.chars().count() <= LENGTH && new.chars().count() <= LENGTH;
    let body = if verbose || is_short {
        Body::Line(old, new)
    } else {
        let mut windows = windows(&old, &new);
        let more = windows.len().saturating_sub(MOST);
        windows.truncate(MOST);
        Body::Windows(windows, more)
    };
    Comparison { body, remarks }
}

/// Remarks on what is different around two texts.
fn forms(old: &Text, new: &Text) -> Vec<String> {
    let mut remarks = Vec::new();
    if (&old.functions, old.is_decoded) != (&new.functions, new.is_decoded) {
        remarks.push(format!("was {}, is {}", old.form(), new.form()));
    } else if old.is_decoded {
        remarks.push("base64, decoded here".to_owned());
    }
    let value = |variables: &[(String, String)], name: &str| {
        variables.iter().find(|(other, _)| other == name).map_or("nothing".to_owned(), |(_, value)| value.clone())
    };
    let gone = old.variables.iter().filter(|(name, _)| !new.variables.iter().any(|(other, _)| other == name));
    for (name, _) in new.variables.iter().chain(gone) {
        let (before, after) = (value(&old.variables, name), value(&new.variables, name));
        if before != after {
            remarks.push(format!("`{name}` in it: {before} → {after}"));
        }
    }
    remarks
}
