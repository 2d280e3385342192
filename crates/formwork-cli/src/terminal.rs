//! Output that needs a terminal on standard error: questions, and lines that are drawn again and again.

use std::borrow::Cow;
use std::io::{self, Write as _};

use console::{AnsiCodeIterator, Term, measure_text_width, truncate_str};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressStyle};

use formwork_assembly::visible::visible;

use crate::paint::{Paint, Style, ascii};
use crate::watch::Shown;

/// A terminal on which somebody can be asked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Prompt(pub(crate) Paint);

impl Prompt {
    /// Asks, and waits until somebody has typed whether they agree. What was typed before the question is shown is not
    /// an answer to it, and is thrown away.
    pub(crate) fn agrees(self, question: &str) -> bool {
        let typed = self.ask(&format!("{} [y/N]", self.0.apply(Style::Strong, &visible(question))));
        matches!(typed.trim().to_lowercase().as_str(), "y" | "yes")
    }

    /// Asks for a name, and waits until somebody has typed something: true if it is one of these.
    pub(crate) fn names(self, question: &str, names: &[String]) -> bool {
        let typed = self.ask(&format!("{}:", self.0.apply(Style::Strong, &visible(question))));
        names.iter().any(|name| name == typed.trim())
    }

    /// Asks for a value, and shows nothing of it; `None` if there is none, or this system cannot hide it.
    #[cfg(unix)]
    pub(crate) fn secret(self, question: &str) -> Option<String> {
        const INTERRUPT: u8 = 3;
        const END: u8 = 4;
        const ERASE_LINE: u8 = 21;
        let _hidden = Hidden::new()?;
        show(&format!("{} ", self.0.apply(Style::Strong, &visible(question))));
        let mut typed: Vec<u8> = Vec::new();
        let is_whole = loop {
            let mut byte = [0];
            match rustix::io::read(io::stdin(), &mut byte) {
                Err(rustix::io::Errno::INTR) => {}
                Err(_) | Ok(0) => break false,
                Ok(_) => match byte[0] {
                    b'\r' | b'\n' => break true,
                    END => break !typed.is_empty(),
                    INTERRUPT => break false,
                    ERASE_LINE => typed.clear(),
                    // A character may have several bytes; those after the first begin with the bits 10.
                    8 | 127 => while typed.pop().is_some_and(|last| last & 0xC0 == 0x80) {},
                    byte => typed.push(byte),
                },
            }
        };
        show("\n");
        String::from_utf8(typed).ok().filter(|_| is_whole)
    }

    /// Asks for a value, and shows nothing of it; `None` if there is none, or this system cannot hide it.
    #[cfg(not(unix))]
    pub(crate) fn secret(self, _: &str) -> Option<String> {
        None
    }

    fn ask(self, question: &str) -> String {
        // Before, and not after it is shown: whoever has read it may be quick.
        #[cfg(unix)]
        let _ = rustix::termios::tcflush(io::stdin(), rustix::termios::QueueSelector::IFlush);
        show(&format!("{question} "));
        let mut typed = String::new();
        // A failed or empty read is no agreement.
        let _ = io::stdin().read_line(&mut typed);
        typed
    }
}

/// A terminal that shows nothing of what is typed, until this value is gone. Keys that would end the program are characters: with its
/// end the terminal would stay as it is.
#[cfg(unix)]
struct Hidden(rustix::termios::Termios);

#[cfg(unix)]
impl Hidden {
    fn new() -> Option<Hidden> {
        use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, tcgetattr, tcsetattr};
        let before = tcgetattr(io::stdin()).ok()?;
        let mut hidden = before.clone();
        hidden.local_modes.remove(LocalModes::ECHO | LocalModes::ECHONL | LocalModes::ICANON | LocalModes::ISIG);
        hidden.special_codes[SpecialCodeIndex::VMIN] = 1;
        hidden.special_codes[SpecialCodeIndex::VTIME] = 0;
        // Keys that were typed before the question are thrown away.
        tcsetattr(io::stdin(), OptionalActions::Flush, &hidden).ok()?;
        Some(Hidden(before))
    }
}

#[cfg(unix)]
impl Drop for Hidden {
    fn drop(&mut self) {
        let _ = rustix::termios::tcsetattr(io::stdin(), rustix::termios::OptionalActions::Now, &self.0);
    }
}

/// Lines that show what is going on now. The printer erases them before it prints anything else; they erase themselves when dropped.
#[derive(Debug)]
pub(crate) struct LiveRegion {
    /// All rows are the message of one bar, so that they are drawn at once.
    bar: ProgressBar,
    /// True on a terminal that shows ASCII alone.
    is_ascii: bool,
}

impl LiveRegion {
    pub(crate) fn new(is_ascii: bool) -> Self {
        // Given like this, it is drawn on each time that we ask for it; at a limited rate, lines would stay that something is printed
        // below. The printer has decided that there is a terminal.
        let terminal = ProgressDrawTarget::term_like(Box::new(Term::buffered_stderr()));
        let bar = ProgressBar::with_draw_target(None, terminal).with_finish(ProgressFinish::AndClear);
        bar.set_style(ProgressStyle::with_template("{msg}").unwrap_or_else(|_| ProgressStyle::default_spinner()));
        LiveRegion { bar, is_ascii }
    }

    /// Puts `lines` in place of those drawn before.
    pub(crate) fn draw(&self, lines: &[Shown]) {
        let (rows, columns) = Term::stderr().size();
        let shown = message(&layout(lines, columns.into(), rows.into(), self.is_ascii));
        if shown != self.bar.message() {
            self.bar.set_message(shown);
            // Lines wrap again, and the row below is free of spaces.
            show("\x1b[?7h\r\x1b[K");
        }
    }

    /// Erases the lines.
    pub(crate) fn erase(&self) {
        self.draw(&[]);
    }
}

/// The rows as `indicatif` is given them. It fills each with spaces up to the edge, and lets the terminal wrap to the next: a terminal that
/// becomes wider would join such rows, and lines above them would be erased in their place; one that becomes narrower would break them all.
/// So the cursor goes back to where the spaces begin, these are erased, and a row ends by itself: a vertical tab is a line feed for
/// terminals, and no line break for `indicatif`. Without wrapping, a row is one row however wide the terminal shows its characters. The
/// cursor ends up below the rows, where the terminal's own `^C` does no harm.
fn message(rows: &[String]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let ended = rows.iter().map(|row| format!("{row}\x1b7\n\x1b8\x1b[K\r\x0b"));
    format!("\x1b[?7l{}", ended.collect::<String>())
}

/// Rows that show the lines on a terminal of this size. The last row is left for the cursor.
fn layout(lines: &[Shown], columns: usize, rows: usize, is_ascii: bool) -> Vec<String> {
    // Before anything is measured: spelled in ASCII, a character is longer.
    let spelled = |text: &str| if is_ascii { ascii(text) } else { text.to_owned() };
    // The last column stays free: some terminals go to the next row when it is written.
    let width = columns.saturating_sub(1);
    if width == 0 {
        // Nothing can be read there, and a character that is wider than the terminal is more than `indicatif` can count.
        return Vec::new();
    }
    let mut shown = Vec::new();
    for line in lines {
        match line {
            Shown::Cut(text) => shown.push(cut(&spelled(text), width)),
            Shown::Whole(text) => {
                let text = spelled(text);
                let fits = width > INDENT.len() && broken(&text, width - INDENT.len()).len() == 1;
                let indent = if fits { INDENT } else { "" };
                shown.extend(broken(&text, width).into_iter().map(|row| format!("{indent}{row}")));
            }
        }
    }
    let room = rows.saturating_sub(1).max(1);
    if shown.len() > room {
        let more = shown.len() - (room - 1);
        shown.truncate(room - 1);
        shown.push(cut(&format!("{INDENT}and {more} lines more"), width));
    }
    shown
}

const INDENT: &str = "            ";

/// The text in one row of at most this width.
fn cut(text: &str, width: usize) -> String {
    let end = &"..."[..width.min(3)];
    // In some scripts a text is narrower than its characters one by one, as terminals and `indicatif` count them.
    let rows = (0..=width).rev().map(|room| truncate_str(text, room, end));
    rows.map(Cow::into_owned).find(|row| broken(row, width).len() == 1).unwrap_or_default()
}

/// The text in rows of at most this width.
fn broken(text: &str, width: usize) -> Vec<String> {
    let (mut rows, mut used) = (vec![String::new()], 0);
    for (piece, is_colour) in AnsiCodeIterator::new(text) {
        for character in piece.chars() {
            let wide = if is_colour { 0 } else { measure_text_width(character.encode_utf8(&mut [0; 4])) };
            if used + wide > width && used > 0 {
                rows.push(String::new());
                used = 0;
            }
            used += wide;
            if let Some(row) = rows.last_mut() {
                row.push(character);
            }
        }
    }
    rows
}

fn show(text: &str) {
    let mut err = io::stderr().lock();
    let _ = err.write_all(text.as_bytes()).and_then(|()| err.flush());
}

#[cfg(test)]
mod tests {
    use console::{measure_text_width, strip_ansi_codes};

    use super::{broken, cut, layout};
    use crate::watch::Shown;

    /// Columns of the characters one by one.
    fn width_of(text: &str) -> usize {
        strip_ansi_codes(text).chars().map(|character| measure_text_width(&character.to_string())).sum()
    }

    #[test]
    fn a_line_is_never_wider_than_the_terminal() {
        let texts = [
            "",
            "a",
            "updating \x1b[1mhabitpay\x1b[0m: 1 of 2 done",
            "söte räksmörgås",
            "\u{1f980}\u{1f980}\u{1f980}\u{1f980}",
            "\u{644}\u{627}\u{644}\u{627}\u{644}\u{627}\u{644}\u{627}\u{644}\u{627}",
        ];
        for text in texts {
            for width in 1..40 {
                assert!(width_of(&cut(text, width)) <= width, "{text:?} at {width}");
                let rows = broken(text, width);
                assert!(rows.iter().all(|row| width_of(row) <= width.max(2)), "{text:?} at {width}");
                assert_eq!(rows.concat(), text);
            }
        }
        assert_eq!(cut("a \x1b[1mbold\x1b[0m word", 9), "a \x1b[1mbold\x1b[0m...");
        assert_eq!(cut("a \x1b[1mbold\x1b[0m word", 7), "a \x1b[1mbo...\x1b[0m");
        assert_eq!(cut("söte räksmörgås", 15), "söte räksmörgås", "it fits");
    }

    #[test]
    fn a_terminal_of_any_size_shows_what_fits() {
        let lines = [
            Shown::Cut(" 0:12 creating edge".to_owned()),
            Shown::Whole("_x1.api.habitpay.link.".to_owned()),
            Shown::Cut("       0:01 CREATE_IN_PROGRESS  A: waits for `söte → räksmörgås`".to_owned()),
        ];
        for columns in 1..50 {
            for rows in 1..10 {
                for is_ascii in [false, true] {
                    let shown = layout(&lines, columns, rows, is_ascii);
                    assert!(shown.len() <= rows.saturating_sub(1).max(1), "{columns} x {rows}");
                    let is_narrow = |row: &String| width_of(row) < columns;
                    assert!(shown.iter().all(is_narrow), "{columns} x {rows}: {shown:?}");
                    assert!(!is_ascii || shown.concat().is_ascii(), "{columns} x {rows}: {shown:?}");
                }
            }
        }
        let at = |columns, rows, is_ascii| layout(&lines, columns, rows, is_ascii).join("\n");
        let seen = [at(60, 24, false), at(60, 24, true), at(20, 24, false), at(60, 3, false)];
        insta::assert_snapshot!(seen.join("\n--\n"), @r"
 0:12 creating edge
            _x1.api.habitpay.link.
       0:01 CREATE_IN_PROGRESS  A: waits for `söte → räk...
--
 0:12 creating edge
            _x1.api.habitpay.link.
       0:01 CREATE_IN_PROGRESS  A: waits for `s\u{f6}te ...
--
 0:12 creating edge
_x1.api.habitpay.li
nk.
       0:01 CREA...
--
 0:12 creating edge
            and 2 lines more
");
    }
}
