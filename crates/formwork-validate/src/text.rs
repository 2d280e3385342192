//! Findings about a template's file: the lines they stand on.

use formwork_template::ReadError;
use formwork_template::yaml::{Place, places};

use crate::finding::{Finding, Location, Severity, rule};
use crate::rules::sections::NO_RESOURCES;

/// Why a text is no template.
pub(crate) fn finding(text: &str, file: &str, error: &ReadError) -> Finding {
    let nowhere: [&str; 0] = [];
    let at = |line: usize| Some(Location { file: file.to_owned(), line: u32::try_from(line).unwrap_or(u32::MAX) });
    match error {
        ReadError::TooLong { .. } => Finding::error(rule::LIMIT, &nowhere, error.to_string()),
        ReadError::Json { line, column, reason } | ReadError::Yaml { line, column, reason } => Finding {
            location: at(*line),
            ..Finding::error(rule::TEMPLATE_FORM, &nowhere, format!("{reason} (column {column})"))
        },
        ReadError::Shape { path, found, expected } => {
            let segments: Vec<&str> = path.split('.').collect();
            let message = format!("`{path}` is {found}");
            let finding = Finding::error(rule::TEMPLATE_FORM, &segments, message).allowed(*expected);
            let location = place(&places(text), &finding.path).and_then(|place| at(place.line));
            Finding { location, ..finding }
        }
        other => Finding::error(rule::TEMPLATE_FORM, &nowhere, other.to_string()),
    }
}

/// Gives each finding the line of what it is about.
pub(crate) fn locate(text: &str, file: &str, findings: &mut [Finding]) {
    if findings.is_empty() {
        return;
    }
    let places: Vec<Place> =
        places(text).into_iter().map(|place| Place { path: plain(&place.path), ..place }).collect();
    for finding in findings.iter_mut() {
        if finding.message == NO_RESOURCES && !places.iter().any(|place| place.path == ["Resources"]) {
            finding.severity = Severity::Error;
        }
        if let Some(place) = place(&places, &plain(&finding.path)) {
            let line = u32::try_from(place.line).unwrap_or(u32::MAX);
            finding.location = Some(Location { file: file.to_owned(), line });
        }
    }
}

/// The place of an entry, or of the nearest that encloses it.
fn place<'p>(places: &'p [Place], path: &[String]) -> Option<&'p Place> {
    (1..=path.len()).rev().find_map(|length| places.iter().find(|place| place.path == path[..length]))
}

/// Without the functions, which have no key of their own in short form.
fn plain(path: &[String]) -> Vec<String> {
    path.iter().filter(|segment| !segment.starts_with("Fn::") && *segment != "Ref").cloned().collect()
}
