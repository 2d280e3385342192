//! Output that needs a terminal on standard error: questions, and lines that are drawn again and again.

use std::io::{self, Write as _};

use formwork_assembly::visible::visible;

use crate::paint::{Paint, Style};

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
        // What was typed before is thrown away.
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
#[derive(Debug, Default)]
pub(crate) struct LiveRegion {
    drawn: usize,
}

impl LiveRegion {
    /// Puts `lines` in place of those drawn before.
    pub(crate) fn draw(&mut self, lines: &[String]) {
        let mut text = self.erasing();
        // Without line wrap a line is one row, however narrow the terminal, so that the count of rows is right.
        text += "\x1b[?7l";
        for line in lines {
            text += line;
            text.push('\n');
        }
        text += "\x1b[?7h";
        self.drawn = lines.len();
        show(&text);
    }

    /// Erases the lines.
    pub(crate) fn erase(&mut self) {
        let text = self.erasing();
        self.drawn = 0;
        show(&text);
    }

    fn erasing(&self) -> String {
        match self.drawn {
            0 => String::new(),
            // Up to the first of them, then erase to the end of the screen.
            rows => format!("\x1b[{rows}F\x1b[J"),
        }
    }
}

impl Drop for LiveRegion {
    fn drop(&mut self) {
        self.erase();
    }
}

fn show(text: &str) {
    let mut err = io::stderr().lock();
    let _ = err.write_all(text.as_bytes()).and_then(|()| err.flush());
}
