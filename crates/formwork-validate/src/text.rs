//! Findings about a template's file: the lines and columns they stand at.

use std::collections::{BTreeMap, BTreeSet};

use formwork_template::yaml::places;
use formwork_template::{ReadError, Reading, Remark, RemarkKind, Template, text_of};

use crate::finding::{Finding, Location, rule};

/// Findings of a text: those of reading it, and those of `validate` about the template that was read.
pub(crate) fn findings(text: &str, file: &str, validate: impl FnOnce(&Template) -> Vec<Finding>) -> Vec<Finding> {
    if text.trim().is_empty() {
        let finding = Finding::error(rule::TEMPLATE_FORM, &[] as &[&str], "the file is empty");
        return vec![Finding {
            location: Some(location(file, 1, 1)),
            ..finding.allowed("a template, with `Resources`")
        }];
    }
    let Reading { template, mistakes, remarks } = Template::read(text);
    let mut findings = template.as_ref().map(validate).unwrap_or_default();
    // A part that could not be read is not found to be wrong as well.
    let unread: BTreeSet<Vec<String>> = mistakes.iter().map(|mistake| plain(mistake.path())).collect();
    let is_read = |path: &[String]| !(0..=path.len()).any(|length| unread.contains(&path[..length]));
    findings.retain(|finding| is_read(&plain(&finding.path)));
    findings.extend(mistakes.iter().map(|mistake| of_mistake(file, mistake)));
    locate(text, file, &mut findings);
    findings.extend(remarks.into_iter().map(|remark| of_remark(file, remark)));
    findings.sort_by_cached_key(|finding| finding.order());
    findings
}

/// The same of what a file holds.
pub(crate) fn findings_of_bytes(
    bytes: &[u8],
    file: &str,
    validate: impl FnOnce(&Template) -> Vec<Finding>,
) -> Vec<Finding> {
    match text_of(bytes) {
        Ok(text) => findings(text, file, validate),
        Err(error) => vec![of_mistake(file, &error)],
    }
}

/// The finding for a text that is not a template.
fn of_mistake(file: &str, error: &ReadError) -> Finding {
    let at = |line, column| Some(location(file, line, column));
    match error {
        ReadError::TooLong { .. } => Finding::error(rule::LIMIT, error.path(), error.to_string()),
        ReadError::Json { line, column, reason }
        | ReadError::Yaml { line, column, reason }
        | ReadError::Encoding { line, column, reason } => {
            Finding { location: at(*line, *column), ..Finding::error(rule::TEMPLATE_FORM, error.path(), reason) }
        }
        ReadError::Refused { path, line, column, reason, hint } => {
            Finding { location: at(*line, *column), ..Finding::error(rule::TEMPLATE_FORM, path, reason).hint(hint) }
        }
        other => of_form(other),
    }
}

/// Finding about a tree that is not a template.
pub(crate) fn of_form(error: &ReadError) -> Finding {
    match error {
        ReadError::Shape { path, found, expected } => {
            let name = if path.is_empty() { "the template".to_owned() } else { path.join(".") };
            Finding::error(rule::TEMPLATE_FORM, path, format!("`{name}` is {found}")).allowed(*expected)
        }
        other => Finding::error(rule::TEMPLATE_FORM, other.path(), other.to_string()),
    }
}

fn of_remark(file: &str, remark: Remark) -> Finding {
    let rule = match remark.kind {
        RemarkKind::RepeatedKey => rule::REPEATED_KEY,
        RemarkKind::Anchor => rule::ANCHOR,
        _ => rule::UNQUOTED,
    };
    let location = Some(location(file, remark.line, remark.column));
    Finding { location, ..Finding::warning(rule, &remark.path, remark.message).hint(remark.hint) }
}

/// Gives each finding the place in the file of what it is about, if it has none.
fn locate(text: &str, file: &str, findings: &mut [Finding]) {
    let is_without =
        |finding: &&mut Finding| finding.location.as_ref().is_none_or(|location| location.column.is_none());
    let mut findings = findings.iter_mut().filter(is_without).peekable();
    if findings.peek().is_none() {
        return;
    }
    let places = Places::of(text);
    for finding in findings {
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

    /// The place of the entry, or of the nearest that encloses it.
    fn find(&self, path: &[String]) -> Option<(usize, usize)> {
        let path = plain(path);
        (1..=path.len()).rev().find_map(|length| self.0.get(&path[..length])).copied()
    }
}

/// Without the functions, which have no key of their own in short form. Loops have no short form, and their keys are names.
fn plain(path: &[String]) -> Vec<String> {
    let is_function =
        |segment: &str| segment == "Ref" || segment.starts_with("Fn::") && !segment.starts_with("Fn::ForEach::");
    path.iter().filter(|segment| !is_function(segment)).cloned().collect()
}
