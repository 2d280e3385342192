//! Output that needs a terminal on standard error: questions, and lines that are drawn again and again.

use std::io::{self, Write as _};

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

/// Lines that show what is going on now. Erase them before printing anything else; they erase themselves when dropped.
#[derive(Debug)]
pub(crate) struct LiveRegion {
    /// The rows that are drawn.
    drawn: Vec<String>,
    /// True on a terminal that shows ASCII alone.
    is_ascii: bool,
}

impl LiveRegion {
    pub(crate) fn new(is_ascii: bool) -> Self {
        LiveRegion { drawn: Vec::new(), is_ascii }
    }

    /// Puts `lines` in place of those drawn before.
    pub(crate) fn draw(&mut self, lines: &[Shown]) {
        let (columns, rows) = size();
        let mut shown = layout(lines, columns, rows);
        if self.is_ascii {
            shown.iter_mut().for_each(|line| *line = ascii(line));
        }
        if shown == self.drawn {
            return;
        }
        let mut text = self.erasing();
        // Without line wrap a line is one row, even if the terminal has become narrower just now, so that the count of rows is right.
        text += "\x1b[?7l";
        for line in &shown {
            text += line;
            text.push('\n');
        }
        text += "\x1b[?7h";
        self.drawn = shown;
        show(&text);
    }

    /// Erases the lines.
    pub(crate) fn erase(&mut self) {
        let text = self.erasing();
        self.drawn.clear();
        show(&text);
    }

    fn erasing(&self) -> String {
        match self.drawn.len() {
            0 => String::new(),
            // Up to the first of them, then erase to the end of the screen. A terminal that became narrower may have broken them into
            // more rows: the first of these stay, since nothing above the lines may be erased.
            rows => format!("\x1b[{rows}F\x1b[J"),
        }
    }
}

impl Drop for LiveRegion {
    fn drop(&mut self) {
        self.erase();
    }
}

/// Rows that show the lines on a terminal of this size. The last row is left for the cursor.
fn layout(lines: &[Shown], columns: usize, rows: usize) -> Vec<String> {
    // The last column stays free: some terminals go to the next row when it is written.
    let width = columns.saturating_sub(1).max(1);
    let mut shown = Vec::new();
    for line in lines {
        match line {
            Shown::Cut(text) => shown.push(cut(text, width)),
            Shown::Whole(text) => {
                let indent = if width_of(text) + INDENT.len() <= width { INDENT } else { "" };
                shown.extend(broken(text, width).into_iter().map(|row| format!("{indent}{row}")));
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

/// Columns that a text takes at most: what is not ASCII may be two columns wide.
fn width_of(text: &str) -> usize {
    pieces(text).map(|(_, width)| width).sum()
}

/// The characters of a text, with their widths; a colour is one piece of no width.
fn pieces(text: &str) -> impl Iterator<Item = (&str, usize)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let (length, width) = match rest.strip_prefix("\x1b[").and_then(|codes| codes.find('m')) {
            Some(end) => (end + "\x1b[m".len(), 0),
            None => (first.len_utf8(), if first.is_ascii() { 1 } else { 2 }),
        };
        let piece;
        (piece, rest) = rest.split_at(length);
        Some((piece, width))
    })
}

fn cut(text: &str, width: usize) -> String {
    if width_of(text) <= width {
        return text.to_owned();
    }
    const END: &str = "...";
    let room = width.saturating_sub(END.len());
    let (mut kept, mut used) = (String::new(), 0);
    for (piece, width) in pieces(text) {
        if width > 0 && used + width > room {
            // Colours go on, so that each that begins also ends.
            used = room;
            continue;
        }
        used += width;
        kept += piece;
    }
    kept + &END[..END.len().min(width)]
}

/// The text in rows of at most this width.
fn broken(text: &str, width: usize) -> Vec<String> {
    let (mut rows, mut used) = (vec![String::new()], 0);
    for (piece, wide) in pieces(text) {
        if used + wide > width && used > 0 {
            rows.push(String::new());
            used = 0;
        }
        used += wide;
        if let Some(row) = rows.last_mut() {
            row.push_str(piece);
        }
    }
    rows
}

/// Columns and rows of the terminal.
fn size() -> (usize, usize) {
    const USUAL: (usize, usize) = (80, 24);
    #[cfg(unix)]
    if let Ok(size) = rustix::termios::tcgetwinsize(io::stderr())
        && size.ws_col > 0
        && size.ws_row > 0
    {
        return (size.ws_col.into(), size.ws_row.into());
    }
    USUAL
}

fn show(text: &str) {
    let mut err = io::stderr().lock();
    let _ = err.write_all(text.as_bytes()).and_then(|()| err.flush());
}

#[cfg(test)]
mod tests {
    use super::{broken, cut, layout, width_of};
    use crate::watch::Shown;

    #[test]
    fn a_line_is_never_wider_than_the_terminal() {
        let texts = [
            "",
            "a",
            "updating \x1b[1mhabitpay\x1b[0m: 1 of 2 done",
            "söte räksmörgås",
            "\u{1f980}\u{1f980}\u{1f980}\u{1f980}",
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
        assert_eq!(cut("a \x1b[1mbold\x1b[0m word", 7), "a \x1b[1mbo\x1b[0m...");
    }

    #[test]
    fn a_terminal_of_any_size_shows_what_fits() {
        let lines = [
            Shown::Cut(" 0:12 creating edge".to_owned()),
            Shown::Whole("_x1.api.habitpay.link.".to_owned()),
            Shown::Cut("       0:01 CREATE_IN_PROGRESS  A".to_owned()),
        ];
        for columns in 1..50 {
            for rows in 1..10 {
                let shown = layout(&lines, columns, rows);
                assert!(shown.len() <= rows.saturating_sub(1).max(1), "{columns} x {rows}");
                assert!(shown.iter().all(|line| width_of(line) < columns.max(2)), "{columns} x {rows}: {shown:?}");
            }
        }
        let at = |columns, rows| layout(&lines, columns, rows).join("\n");
        insta::assert_snapshot!(format!("{}\n--\n{}\n--\n{}", at(60, 24), at(20, 24), at(60, 3)), @"
 0:12 creating edge
            _x1.api.habitpay.link.
       0:01 CREATE_IN_PROGRESS  A
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
