//! Colours, and what may go to a terminal beside them.

use anstyle::{AnsiColor, Effects};
use formwork_assembly::visible::visible_lines;

/// Colour of a stream: on or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Paint(pub(crate) bool);

/// Kind of a text, which decides its colour. Nothing may rest on colour alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    Error,
    Warning,
    Hint,
    Strong,
    Faint,
    #[cfg(feature = "deploy")]
    Success,
}

impl Paint {
    pub(crate) fn apply(self, style: Style, text: &str) -> String {
        if !self.0 {
            return text.to_owned();
        }
        let bold = anstyle::Style::new().bold();
        let style = match style {
            Style::Error => bold.fg_color(Some(AnsiColor::Red.into())),
            Style::Warning => bold.fg_color(Some(AnsiColor::Yellow.into())),
            Style::Hint => bold.fg_color(Some(AnsiColor::Cyan.into())),
            #[cfg(feature = "deploy")]
            Style::Success => bold.fg_color(Some(AnsiColor::Green.into())),
            Style::Strong => bold,
            Style::Faint => anstyle::Style::new().effects(Effects::DIMMED),
        };
        format!("{style}{text}{style:#}")
    }

    /// A text as it goes to the terminal: colours where there are any, and nothing else that a terminal acts on but line
    /// ends and tabs.
    pub(crate) fn terminal(self, text: &str) -> String {
        let mut shown = String::with_capacity(text.len());
        let mut rest = text;
        // The part that is not written yet begins at the start of `rest`; the search goes on behind `from`.
        let mut from = 0;
        while let Some(found) = rest[from..].find(ESCAPE).filter(|_| self.0) {
            let start = from + found;
            let Some(length) = colour(&rest[start..]) else {
                from = start + ESCAPE.len();
                continue;
            };
            shown += &visible_lines(&rest[..start]);
            shown += &rest[start..start + length];
            rest = &rest[start + length..];
            from = 0;
        }
        shown + &visible_lines(rest)
    }
}

/// Signs that messages use, as a terminal shows them that has ASCII alone.
const SIGNS: [(char, &str); 9] =
    [('→', "->"), ('±', "+-"), ('…', "..."), ('–', "-"), ('—', "-"), ('×', "x"), ('·', "*"), ('“', "\""), ('”', "\"")];

/// A text for a terminal that shows ASCII alone: other characters are spelled out.
pub(crate) fn ascii(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match SIGNS.iter().find(|(sign, _)| *sign == character) {
            _ if character.is_ascii() => shown.push(character),
            Some((_, sign)) => shown.push_str(sign),
            None => shown.extend(character.escape_unicode()),
        }
    }
    shown
}

const ESCAPE: &str = "\u{1b}[";

/// Length in bytes of the colour with which the text begins. Codes that hide a text, or swap it with its background, are not colours.
fn colour(text: &str) -> Option<usize> {
    let (codes, _) = text.strip_prefix(ESCAPE)?.split_once('m')?;
    let is_ours = codes.split(';').all(|code| matches!(code, "0" | "1" | "2" | "31" | "32" | "33" | "36"));
    is_ours.then_some(ESCAPE.len() + codes.len() + 1)
}

#[cfg(test)]
mod tests {
    use super::{Paint, Style, ascii};

    #[test]
    fn a_terminal_without_utf_8_shows_ascii() {
        assert_eq!(ascii("[±] a → b … söte\n\t\u{1b}[1m"), "[+-] a -> b ... s\\u{f6}te\n\t\u{1b}[1m");
    }

    #[test]
    fn colours_go_through_and_nothing_else_does() {
        let hostile = "a\u{1b}[2J\u{1b}]0;title\u{7}\u{1b}[8mb\rc\u{202e}d\u{9b}31m\u{1b}[31";
        let shown = r"a\u{1b}[2J\u{1b}]0;title\u{7}\u{1b}[8mb\rc\u{202e}d\u{9b}31m\u{1b}[31";
        for paint in [Paint(false), Paint(true)] {
            assert_eq!(paint.terminal(hostile), shown);
            let painted = format!("{}\n\t{}", paint.apply(Style::Error, "red"), paint.apply(Style::Faint, "faint"));
            assert_eq!(paint.terminal(&painted), painted);
        }
        // Without colour there is no colour of others either.
        assert_eq!(Paint(false).terminal("\u{1b}[31mred"), r"\u{1b}[31mred");
    }
}
