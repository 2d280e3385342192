//! Findings about a template's file: the lines and columns they stand at.

use std::collections::BTreeMap;

use formwork_template::ReadError;
use formwork_template::yaml::places;

use crate::finding::{Finding, Location, Severity, rule};
use crate::rules::sections::NO_RESOURCES;

/// Why a text is no template.
pub(crate) fn finding(text: &str, file: &str, error: &ReadError) -> Finding {
    let nowhere: [&str; 0] = [];
    match error {
        ReadError::TooLong { .. } => Finding::error(rule::LIMIT, &nowhere, error.to_string()),
        ReadError::Json { line, column, reason }
        | ReadError::Yaml { line, column, reason }
        | ReadError::Encoding { line, column, reason } => Finding {
            location: Some(location(file, *line, *column)),
            ..Finding::error(rule::TEMPLATE_FORM, &nowhere, reason.as_str())
        },
        ReadError::Shape { path, found, expected } => {
            let segments: Vec<&str> = path.split('.').collect();
            let message = format!("`{path}` is {found}");
            let finding = Finding::error(rule::TEMPLATE_FORM, &segments, message).allowed(*expected);
            let location = Places::of(text).find(&finding.path).map(|(line, column)| location(file, line, column));
            Finding { location, ..finding }
        }
        other => Finding::error(rule::TEMPLATE_FORM, &nowhere, other.to_string()),
    }
}

/// Gives each finding the place in the file of what it is about.
pub(crate) fn locate(text: &str, file: &str, findings: &mut [Finding]) {
    if findings.is_empty() {
        return;
    }
    let places = Places::of(text);
    for finding in findings.iter_mut() {
        if finding.message == NO_RESOURCES && places.find(&finding.path).is_none() {
            finding.severity = Severity::Error;
        }
        if let Some((line, column)) = places.find(&finding.path) {
            finding.location = Some(location(file, line, column));
        }
    }
}

fn location(file: &str, line: usize, column: usize) -> Location {
    let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Location { file: file.to_owned(), line: small(line), column: Some(small(column)) }
}

/// Line and column of each entry of a text.
struct Places(BTreeMap<Vec<String>, (usize, usize)>);

impl Places {
    fn of(text: &str) -> Places {
        let mut all = BTreeMap::new();
        for place in places(text) {
            // Of a function's own entries, which count for its argument, the first is the outermost.
            all.entry(plain(&place.path)).or_insert((place.line, place.column));
        }
        Places(all)
    }

    /// Where the entry stands, or the nearest that encloses it.
    fn find(&self, path: &[String]) -> Option<(usize, usize)> {
        let path = plain(path);
        (1..=path.len()).rev().find_map(|length| self.0.get(&path[..length])).copied()
    }
}

/// Without the functions, which have no key of their own in short form.
fn plain(path: &[String]) -> Vec<String> {
    path.iter().filter(|segment| !segment.starts_with("Fn::") && *segment != "Ref").cloned().collect()
}
