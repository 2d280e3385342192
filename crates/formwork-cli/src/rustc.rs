//! Findings as the compiler's own JSON, one diagnostic per line: what editors read that run a check of their user's choice.
//!
//! Source: The rustc book, "JSON Output". Offsets are bytes from the start of the file, columns are characters, counted from one.

use std::path::Path;

use formwork_assembly::Problem;
use formwork_validate::{Finding, Location, Severity};
use serde_json::{Value, json};

use crate::error::CliError;
use crate::paint::Paint;
use crate::{excerpt, findings};

/// A finding as one line. `root` is where the places of sources begin.
pub(crate) fn line(finding: &Finding, root: &Path) -> String {
    let level = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Acknowledged => "note",
    };
    let at = (!finding.path.is_empty()).then(|| child("note", &format!("at {}", finding.place())));
    let allowed = finding.allowed.as_ref().map(|allowed| child("note", &format!("allowed: {allowed}")));
    let reason = finding.reason.as_ref().map(|reason| child("note", &format!("in order: {reason}")));
    let hint = finding.hint.as_ref().filter(|_| reason.is_none()).map(|hint| child("help", hint));
    let spans: Vec<Value> = finding.location.iter().map(|location| span(location, root)).collect();
    let children: Vec<Value> = [at, allowed, reason, hint].into_iter().flatten().collect();
    let rendered = findings::render(finding, Paint(false)) + "\n\n";
    json!({
        "$message_type": "diagnostic",
        "message": finding.message,
        "code": { "code": finding.rule, "explanation": null },
        "level": level,
        "spans": spans,
        "children": children,
        "rendered": rendered,
    })
    .to_string()
}

/// A problem of synth, which has no rule.
pub(crate) fn problem_line(problem: &Problem, root: &Path) -> String {
    let at = |location: &formwork_assembly::Location| Location {
        file: location.file.to_string(),
        line: location.line,
        column: None,
    };
    let spans: Vec<Value> = problem.location.iter().map(|location| span(&at(location), root)).collect();
    let children: Vec<Value> = problem.hint.iter().map(|hint| child("help", hint)).collect();
    let rendered = excerpt::render(problem, root, Paint(false)) + "\n\n";
    diagnostic(problem.severity.as_str(), &problem.message, &spans, &children, &rendered)
}

/// A failure that stands in no source.
pub(crate) fn error_line(error: &CliError) -> String {
    let causes = error.causes.iter().map(|cause| child("note", cause));
    let children: Vec<Value> = causes.chain(error.hints.iter().map(|hint| child("help", hint))).collect();
    diagnostic("error", &error.message, &[], &children, &(error.render(Paint(false)) + "\n\n"))
}

fn diagnostic(level: &str, message: &str, spans: &[Value], children: &[Value], rendered: &str) -> String {
    json!({
        "$message_type": "diagnostic",
        "message": message,
        "code": null,
        "level": level,
        "spans": spans,
        "children": children,
        "rendered": rendered,
    })
    .to_string()
}

fn child(level: &str, message: &str) -> Value {
    json!({ "message": message, "code": null, "level": level, "spans": [], "children": [], "rendered": null })
}

/// The rest of the line from where the finding begins; of a line without a column, all that is not blank.
fn span(location: &Location, root: &Path) -> Value {
    let text = std::fs::read_to_string(root.join(&location.file)).unwrap_or_default();
    let found = Found::of(&text, location.line, location.column).unwrap_or_default();
    let (start, end) = (found.column, found.column + found.characters);
    json!({
        "file_name": location.file,
        "byte_start": found.byte,
        "byte_end": found.byte + found.bytes,
        "line_start": location.line,
        "line_end": location.line,
        "column_start": start,
        "column_end": end,
        "is_primary": true,
        "text": [{ "text": found.line, "highlight_start": start, "highlight_end": end }],
        "label": null,
        "suggested_replacement": null,
        "suggestion_applicability": null,
        "expansion": null,
    })
}

/// A place in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Found {
    /// The whole line.
    line: String,
    byte: usize,
    bytes: usize,
    /// Counted from one.
    column: usize,
    characters: usize,
}

impl Default for Found {
    fn default() -> Self {
        Found { line: String::new(), byte: 0, bytes: 0, column: 1, characters: 0 }
    }
}

impl Found {
    /// `None` if the text has no such line: the file is another one than it was.
    fn of(text: &str, line: u32, column: Option<u32>) -> Option<Found> {
        let index = usize::try_from(line).ok()?.checked_sub(1)?;
        let mut before = 0;
        let mut lines = text.split_inclusive('\n');
        for _ in 0..index {
            before += lines.next()?.len();
        }
        let whole = lines.next()?.trim_end();
        let blank = whole.chars().take_while(|character| character.is_whitespace()).count();
        let skipped = match column.and_then(|column| usize::try_from(column).ok()) {
            Some(column) => column.saturating_sub(1).min(whole.chars().count()),
            None => blank,
        };
        let start = whole.char_indices().nth(skipped).map_or(whole.len(), |(start, _)| start);
        let rest = &whole[start..];
        Some(Found {
            line: whole.to_owned(),
            byte: before + start,
            bytes: rest.len(),
            column: skipped + 1,
            characters: rest.chars().count(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Found;

    #[test]
    fn bytes_are_bytes_and_columns_are_characters() {
        let text = "a: ü\r\n  b: \"日本\" # c\r\n";
        let found = |line, column| {
            let found = Found::of(text, line, column)?;
            Some((&text[found.byte..found.byte + found.bytes], found.column, found.characters))
                .map(|(rest, column, characters)| (rest.to_owned(), column, characters))
        };
        let some = |rest: &str, column, characters| Some((rest.to_owned(), column, characters));
        assert_eq!(found(1, Some(4)), some("ü", 4, 1));
        assert_eq!(found(2, None), some("b: \"日本\" # c", 3, 11));
        assert_eq!(found(2, Some(6)), some("\"日本\" # c", 6, 8));
        assert_eq!(found(2, Some(99)), some("", 14, 0));
        assert_eq!(found(3, None), None);
        assert_eq!(found(0, None), None);
    }
}
