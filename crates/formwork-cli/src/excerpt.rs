//! A problem with the line of source that it is about.

use std::fs;
use std::path::Path;

use formwork_assembly::visible::{paragraph, visible};
use formwork_assembly::{Location, Problem, Severity};

use crate::paint::{Paint, Style};

/// The longest line of source that is shown; of a longer one, the beginning.
const LONGEST: usize = 160;

/// The problem as people read it; ends without a line break.
///
/// ```text
/// error: `habitpay-site` has no resource `Certficate`
///   --> stacks/habitpay/src/lib.rs:31
///    |
/// 31 |     site.depends_on("Certficate");
///    |
/// hint: did you mean `Certificate`?
/// ```
pub(crate) fn render(problem: &Problem, root: &Path, paint: Paint) -> String {
    let style = match problem.severity {
        Severity::Error => Style::Error,
        Severity::Warning => Style::Warning,
    };
    let mut text = paint.apply(style, &format!("{}:", problem.severity.as_str()));
    text += &format!(" {}", paragraph(&problem.message));
    if let Some(location) = &problem.location {
        text += &format!("\n  {} {location}", paint.apply(Style::Faint, "-->"));
        if let Some(line) = source_line(location, root) {
            let number = location.line.to_string();
            let bar =
                |label: &str| paint.apply(Style::Faint, &format!("{label:>width$} |", width = number.len().max(2)));
            text += &format!("\n{}\n{} {line}\n{}", bar(""), bar(&number), bar(""));
        }
    }
    if let Some(hint) = &problem.hint {
        text += &format!("\n{} {}", paint.apply(Style::Hint, "hint:"), paragraph(hint));
    }
    text
}

/// The line, if the file can be read. The compiler names a workspace's files relative to it.
fn source_line(location: &Location, root: &Path) -> Option<String> {
    let source = fs::read_to_string(root.join(&*location.file)).ok()?;
    let index = usize::try_from(location.line).ok()?.checked_sub(1)?;
    let line = source.lines().nth(index)?.trim_end();
    if line.is_empty() {
        return None;
    }
    // A tab is drawn as wide as the terminal likes.
    let shown: String = line.chars().map(|c| if c == '\t' { ' ' } else { c }).take(LONGEST).collect();
    let end = if line.chars().count() > LONGEST { "…" } else { "" };
    Some(format!("{}{end}", visible(&shown)))
}

#[cfg(test)]
mod tests {
    use formwork_assembly::{Location, Problem};
    use insta::assert_snapshot;

    use super::render;
    use crate::paint::Paint;

    fn problem(line: u32) -> Problem {
        let file = "tests/excerpt/lib.rs".into();
        Problem::error("`Certficate` is not a resource").at(Location { file, line }).hint("did you mean `Certificate`?")
    }

    fn check(problem: &Problem) -> String {
        render(problem, env!("CARGO_MANIFEST_DIR").as_ref(), Paint(false))
    }

    #[test]
    fn a_line_of_source_is_shown() {
        assert_snapshot!(check(&problem(2)), @r#"
        error: `Certficate` is not a resource
          --> tests/excerpt/lib.rs:2
           |
         2 |  site.depends_on("Certficate"); // é
           |
        hint: did you mean `Certificate`?
        "#);
    }

    #[test]
    fn a_long_line_is_cut() {
        assert_snapshot!(check(&problem(3)), @r#"
        error: `Certficate` is not a resource
          --> tests/excerpt/lib.rs:3
           |
         3 | let long = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…
           |
        hint: did you mean `Certificate`?
        "#);
    }

    #[test]
    fn nothing_in_a_problem_draws_what_it_is_not() {
        let file = "lib\u{1b}[2J.rs\n".into();
        let problem =
            Problem::warning("`\u{202e}Queue` is\nerror: lost").at(Location { file, line: 1 }).hint("\r`a`\nhint: b");
        // Without a line of the source to show, it is the problem's own text.
        assert_eq!(check(&problem), problem.to_string());
    }

    #[test]
    fn a_line_that_is_not_there_is_not_shown() {
        assert_snapshot!(check(&problem(9_000)), @r"
        error: `Certficate` is not a resource
          --> tests/excerpt/lib.rs:9000
        hint: did you mean `Certificate`?
        ");
        assert_eq!(check(&problem(0)).lines().count(), 3);
        assert_snapshot!(check(&Problem::warning("the app has no stacks")), @"warning: the app has no stacks");
    }
}
