//! A review as Markdown, for a comment in a pull request.
//!
//! Every text of others stands in a code span, in a fenced block, or escaped within `<code>`: only there GitHub reads no mention, no link, no
//! number of an issue and no HTML. The first line is a comment by which a workflow finds the comment to bring up to date.

use formwork_assembly::visible::visible;

use super::{Review, Reviewed, alarms};
use crate::wording::count;

/// GitHub takes comments of up to 65,536 characters. Bytes are counted here, of which there are never fewer.
const MOST: usize = 65_536;
/// Part of it for what stands before the details.
const MOST_OF_ALARMS: usize = 24 * 1024;
/// Kept for the last lines.
const RESERVE: usize = 512;
/// A line or a name longer than that is cut.
const LONGEST: usize = 400;

/// The comment.
pub(crate) fn comment(review: &Review<'_>) -> String {
    let mut text = format!("{}\n### {}: {}\n", marker(&review.name), code(&review.name), review.totals);
    let mut is_cut = false;
    alarms_of(review, &mut text, &mut is_cut);
    let (changing, unchanged): (Vec<_>, Vec<_>) = review.stacks.iter().partition(|stack| stack.changes);
    for (place, stack) in changing.iter().enumerate() {
        let left = (MOST - RESERVE).saturating_sub(text.len());
        // Room that the stacks before did not need is there for the stacks after.
        match details(stack, left / (changing.len() - place), &mut is_cut) {
            Some(details) => text += &details,
            None => {
                text += &format!("\n{} with changes left out.\n", count(changing.len() - place, "stack"));
                is_cut = true;
                break;
            }
        }
    }
    if !unchanged.is_empty() {
        let mut names = String::new();
        for (place, stack) in unchanged.iter().enumerate() {
            let name = code(&stack.title);
            if text.len() + names.len() + name.len() + RESERVE > MOST {
                names += &format!(" and {} more", unchanged.len() - place);
                is_cut = true;
                break;
            }
            names += &format!("{}{name}", if place == 0 { "" } else { ", " });
        }
        text += &format!("\nNo changes: {names}\n");
    }
    if is_cut {
        text +=
            &format!("\n**Cut, since a comment holds no more: {} shows everything.**\n", code_of_ours(&review.command));
    }
    text
}

/// `<!-- formwork: APP/ENV -->`
fn marker(name: &str) -> String {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "._-/@".contains(character);
    let name: String = name.chars().map(|one| if is_plain(one) { one } else { '_' }).take(200).collect();
    // Two hyphens end a comment for some readers.
    format!("<!-- formwork: {} -->", name.replace("--", "-_"))
}

fn alarms_of(review: &Review<'_>, text: &mut String, is_cut: &mut bool) {
    let alarms = alarms::of(review);
    if alarms.is_empty() {
        return;
    }
    *text += "\n**Replaced, destroyed, or permitted beyond before**\n\n";
    for (place, alarm) in alarms.iter().enumerate() {
        let mut line = format!("- **{}** {}", alarm.what, code(&alarm.subject));
        for part in [&alarm.type_name].into_iter().filter(|part| !part.is_empty()) {
            line += &format!(" {}", code(part));
        }
        if review.stacks.len() > 1 {
            line += &format!(" of {}", code(alarm.stack));
        }
        let why: Vec<String> = alarm.why.iter().map(|reason| code(reason)).collect();
        if !why.is_empty() {
            line += &format!(": {}", why.join(", "));
        }
        if text.len() + line.len() > MOST_OF_ALARMS {
            *text += &format!("- **and {} more**\n", alarms.len() - place);
            *is_cut = true;
            break;
        }
        *text += &format!("{line}\n");
    }
}

/// The collapsible part of a stack within `room` bytes, if anything of it finds room.
fn details(stack: &Reviewed<'_>, room: usize, is_cut: &mut bool) -> Option<String> {
    let fence = "`".repeat(longest_run(&stack.text).max(2) + 1);
    let head = format!(
        "\n<details>\n<summary><code>{}</code>: {}; {}</summary>\n\n{fence}text\n",
        escaped(&clipped(&visible(&stack.title))),
        escaped_of_ours(&stack.what),
        escaped(&stack.totals)
    );
    let end = format!("{fence}\n\n</details>\n");
    let mut left = room.checked_sub(head.len() + end.len() + 64)?;
    let mut body = String::new();
    let lines: Vec<&str> = stack.text.trim_end().lines().collect();
    for (place, line) in lines.iter().enumerate() {
        if line.len() + 1 > left {
            body += &format!("… {} left out\n", count(lines.len() - place, "line"));
            *is_cut = true;
            break;
        }
        left -= line.len() + 1;
        body += &format!("{line}\n");
    }
    Some(head + &body + &end)
}

/// A code span that ends where the text does, whatever the text is.
fn code(text: &str) -> String {
    let text = clipped(&visible(text));
    let fence = "`".repeat(longest_run(&text) + 1);
    let is_blank = text.trim().is_empty();
    let pad = if is_blank || text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// A command that stands in backticks already.
fn code_of_ours(command: &str) -> String {
    code(command.trim_matches('`'))
}

/// Words of ours around names of others, within HTML: names are in `<code>`, so that nothing in them is read as a mention.
fn escaped_of_ours(what: &str) -> String {
    match what.split_once(", after ") {
        Some((what, names)) => format!("{}, after <code>{}</code>", escaped(what), escaped(&clipped(&visible(names)))),
        None => escaped(what),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn clipped(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Length of the longest run of backticks.
fn longest_run(text: &str) -> usize {
    text.split(|character| character != '`').map(str::len).max().unwrap_or(0)
}
