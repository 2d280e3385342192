//! Known reasons of failures, in the words of CloudFormation and of the services behind it, each with a hint on what to do.
//!
//! The reasons are data, in `reasons/table.rs`; here is the search.

mod table;
#[cfg(test)]
mod tests;

use table::{Row, TABLE};

/// A reason that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownReason {
    /// A short name that stays the same from version to version: `name-taken`.
    pub name: &'static str,
    /// Advice, with what the reason names.
    pub hint: String,
    /// The page or the thread that tells of it.
    pub source: &'static str,
}

/// The known reason that these words of a service are; `None` if there is not one. `type_name` is the type of the resource that
/// failed; empty for a failure of a stack, a change set or a call.
pub fn known(type_name: &str, reason: &str) -> Option<KnownReason> {
    let reason = reason.split_whitespace().collect::<Vec<_>>().join(" ");
    TABLE.iter().find_map(|row| {
        let found = row.find(type_name, &reason)?;
        Some(KnownReason { name: row.name, hint: filled(row.hint, &found), source: row.source })
    })
}

/// The code by which a resource's handler sorts its failure: `AlreadyExists` of `… HandlerErrorCode: AlreadyExists)`.
///
/// Source: CloudFormation CLI User Guide, "Resource type handler error codes".
pub fn handler_error_code(reason: &str) -> Option<&str> {
    let (_, rest) = reason.rsplit_once("HandlerErrorCode: ")?;
    let end = rest.find(|character: char| !character.is_ascii_alphanumeric()).unwrap_or(rest.len());
    (end > 0).then(|| &rest[..end])
}

/// Names of holes, and their texts.
type Found<'r> = Vec<(&'static str, &'r str)>;

impl Row {
    fn find<'r>(&self, type_name: &str, reason: &'r str) -> Option<Found<'r>> {
        if !self.of.is_empty() && !type_name.is_empty() && !type_name.starts_with(self.of) {
            return None;
        }
        let by_words = self.says.iter().find_map(|pattern| found(pattern, reason));
        by_words.or_else(|| {
            let code = handler_error_code(reason)?;
            self.code.contains(&code).then(Vec::new)
        })
    }
}

/// Texts in the holes of `pattern` where it first occurs in `reason`. `{name}` is a hole for text without spaces, `{}` for any
/// text.
fn found<'r>(pattern: &'static str, reason: &'r str) -> Option<Found<'r>> {
    let (first, rest) = pattern.split_once('{').unwrap_or((pattern, ""));
    reason.match_indices(first).find_map(|(at, _)| {
        let mut found = Vec::new();
        holes(rest, &reason[at + first.len()..], &mut found).then_some(found)
    })
}

/// True if `reason` begins with what `pattern`, which begins within a hole, describes.
fn holes<'r>(pattern: &'static str, reason: &'r str, found: &mut Found<'r>) -> bool {
    let Some((name, rest)) = pattern.split_once('}') else { return true };
    let (literal, next) = rest.split_once('{').unwrap_or((rest, ""));
    let end = match literal {
        "" => reason.find(' ').or(Some(reason.len())),
        literal => reason.find(literal),
    };
    let Some(end) = end else { return false };
    let text = &reason[..end];
    if !name.is_empty() {
        let text = text.trim_matches(|character: char| ".,;:'\"()[]".contains(character));
        if text.is_empty() || text.contains(' ') {
            return false;
        }
        found.push((name, text));
    }
    holes(next, &reason[end + literal.len()..], found)
}

fn filled(hint: &str, found: &Found<'_>) -> String {
    // The hint is taken apart before anything is put in, so that a service's text is never read as a hole.
    let mut filled = String::new();
    for part in hint.split_inclusive('}') {
        match part.rsplit_once('{') {
            Some((before, hole)) => {
                let name = hole.trim_end_matches('}');
                filled.push_str(before);
                filled.push_str(found.iter().find(|(known, _)| *known == name).map_or("", |(_, text)| text));
            }
            None => filled.push_str(part),
        }
    }
    filled
}
