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

    fn ask(self, question: &str) -> String {
        // Before, and not after it is shown: whoever has read it may be quick.
        #[cfg(unix)]
        let _ = rustix::termios::tcflush(io::stdin(), rustix::termios::QueueSelector::IFlush);
        let _ = write!(io::stderr().lock(), "{question} ");
        let mut typed = String::new();
        // A failed or empty read is no agreement.
        let _ = io::stdin().read_line(&mut typed);
        typed
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
