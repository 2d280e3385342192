//! Texts of one line that people read: names, tags, comments, ids. A character that draws nothing, ends a line or turns it around is in
//! none of them.
//!
//! Sources: AWS CloudFormation API Reference, `Tag` (128 and 256 characters, no key that begins with `aws:`, 50 tags); aws-cdk-lib,
//! `CfnOutput` (255 characters of an export's name).

use formwork_assembly::Problem;
use formwork_assembly::visible::visible;
use formwork_template::{Val, token};

use crate::existing::{self, Fault};

/// Characters of the name of an export.
const MAX_EXPORT: usize = 255;

/// Characters of an ARN.
const MAX_ARN: usize = 2_048;

/// Characters of a message; a list of many names is shorter.
const MAX_MESSAGE: usize = 2_000;

/// The reason for which `text` is not such a text of 1 to `longest` characters. What is known only when the stack is deployed may be anything.
fn check(text: &str, longest: usize) -> Result<(), String> {
    let known = token::with_holes(text, "x");
    let count = known.chars().count();
    if count == 0 {
        return Err("it is empty".into());
    }
    if count > longest {
        return Err(format!("it has {count} characters, {longest} are allowed"));
    }
    if visible(&known) != known {
        return Err("a character of it cannot be seen".into());
    }
    if known.trim() != known {
        return Err("it begins or ends with a space".into());
    }
    Ok(())
}

/// Reports a text that is not such a one; `what` is what it should be, e.g. `a comment`.
pub(crate) fn text(what: &str, text: &str, longest: usize) -> Option<Problem> {
    let reason = check(text, longest).err()?;
    Some(Problem::error(format!("{} is not {what}: {reason}", shortened(text))))
}

/// Reports an ARN that is not one of a thing of this type. One that is known only when the stack is deployed may be anything.
pub(crate) fn arn(what: &str, arn: &Val<String>, type_name: &'static str) -> Option<Problem> {
    let text = arn.literal()?;
    let too_long = || {
        let is_long = token::with_holes(text, "x").len() > MAX_ARN;
        is_long.then(|| Fault::Wrong { what: String::new(), reason: format!("it is longer than {MAX_ARN} characters") })
    };
    Some(wrong(what, text, existing::arn_fault(type_name, text).or_else(too_long)?))
}

fn wrong(what: &str, text: &str, fault: Fault) -> Problem {
    let message = format!("{} is not {what}", shortened(text));
    match fault {
        Fault::Wrong { reason, .. } => Problem::error(format!("{message}: {reason}")),
        Fault::Form { allowed, .. } => Problem::error(message).hint(format!("those are {allowed}")),
    }
}

/// Reports an id that is not one of a thing of this type.
pub(crate) fn id(what: &str, id: &Val<String>, type_name: &'static str) -> Option<Problem> {
    let text = id.literal()?;
    Some(wrong(what, text, existing::id_fault(type_name, text)?))
}

/// Reports a word that cannot be one of an enumeration of AWS; one that is only unknown may be newer than this library.
pub(crate) fn word(what: &str, word: &str, known: &[&str]) -> Option<Problem> {
    if known.contains(&word) {
        return None;
    }
    let is_word = (1..=64).contains(&word.len())
        && word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    let message = format!("{} is not {what}", shortened(word));
    let known: Vec<String> = known.iter().map(|known| format!("`{known}`")).collect();
    let known = formwork_assembly::joined(&known);
    Some(match is_word {
        true => Problem::warning(format!("{message} that is known")).hint(format!("known are {known}")),
        false => Problem::error(message).hint(format!("it is a word such as {known}")),
    })
}

/// The same of the name of an export.
pub(crate) fn export(name: &str) -> Option<Problem> {
    text("a name of an export", name, MAX_EXPORT)
}

/// Reasons why AWS does not take a tag.
pub(crate) fn tag_faults(key: &str, value: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if let Err(reason) = check(key, 128) {
        faults.push(format!("of its key, {reason}"));
    }
    // Characters that every service takes. Source: AWS Tagging user guide, "Tag naming limits and requirements".
    let is_taken = |c: char| c.is_alphanumeric() || c.is_whitespace() || "_.:/=+-@".contains(c);
    if let Some(other) = token::with_holes(key, "x").chars().find(|c| !is_taken(*c) && !c.is_control()) {
        faults.push(format!("`{}` is not allowed in its key", other.escape_debug()));
    }
    if key.to_ascii_lowercase().starts_with("aws:") {
        faults.push("keys that begin with `aws:` are AWS's own".to_owned());
    }
    if let Err(reason) = check(value, 256)
        && !value.is_empty()
    {
        faults.push(format!("of its value, {reason}"));
    }
    faults
}

/// Reports tags of one resource that AWS does not take.
pub(crate) fn tags(owner: &str, tags: &[(String, String)], problems: &mut Vec<Problem>) {
    for (place, (key, value)) in tags.iter().enumerate() {
        let tag = format!("{} = {}", shortened(key), shortened(value));
        let mut faults = tag_faults(key, value);
        if token::is_in(key) {
            faults.push(token::NOT_YET_KNOWN.to_owned());
        }
        if tags[..place].iter().any(|(other, _)| other == key) {
            faults.push("it has another one with this key".to_owned());
        }
        let problem = |fault: String| Problem::error(format!("{owner} cannot have the tag {tag}: {fault}"));
        problems.extend(faults.into_iter().map(problem));
    }
    if tags.len() > 50 {
        problems.push(Problem::error(format!("{owner} has {} tags, 50 are allowed", tags.len())));
    }
}

/// A message as people can read it, whatever the texts are that stand in it: on one line, with an end to it.
pub(crate) fn message(text: &str) -> String {
    let shown = token::shown(text);
    let shown = visible(&shown);
    match (shown.char_indices().nth(MAX_MESSAGE), shown.char_indices().rev().nth(MAX_MESSAGE / 2 - 1)) {
        // The reason is at the end, as a rule.
        (Some(_), Some((end, _))) => {
            let begin: String = shown.chars().take(MAX_MESSAGE / 2).collect();
            format!("{begin}…{}", &shown[end..])
        }
        _ => shown.into_owned(),
    }
}

/// A text in quotes, without the end of one that is too long to be read.
pub(crate) fn shortened(text: &str) -> String {
    let text = &*token::shown(text);
    match text.char_indices().nth(255) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}
