//! The screen that a person sees while a program runs: what it writes, as a terminal emulator that is not ours shows it.

use std::num::NonZero;
use std::time::{Duration, Instant};

use rustix::termios::{Winsize, tcsetwinsize};

use crate::program::{PATIENCE, Program, Run, interrupt};
use crate::terminal::{open, read};

/// The size of a terminal.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Columns.
    pub columns: u16,
    /// Rows.
    pub rows: u16,
}

/// Events in the middle of a run.
#[derive(Clone, Copy, Debug)]
pub enum Then {
    /// The terminal becomes this size.
    Resized(Size),
    /// The program gets the signal of Ctrl-C.
    Interrupted,
}

/// All that was seen.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Every screen that was there, the first one first.
    pub screens: Vec<String>,
    /// The last one, and the exit code.
    pub last: Run,
    /// Bytes of the program, as text.
    pub written: String,
}

impl Program {
    /// Runs it to its end on a terminal of this size; `then` happens once it shows a text. `term` is its kind.
    #[track_caller]
    pub fn on_screen(mut self, term: &str, size: Size, then: Option<(&str, Then)>) -> Seen {
        let _turn = self.take_turn();
        let shown = format!("{:?}", self.command);
        let (keyboard, slave) = open();
        let resize = |size: Size| {
            let window = Winsize { ws_row: size.rows, ws_col: size.columns, ws_xpixel: 0, ws_ypixel: 0 };
            tcsetwinsize(&slave, window).expect("a pseudo-terminal takes a size");
        };
        resize(size);
        self.on(&slave).env("TERM", term);
        let mut child = self.command.spawn().unwrap_or_else(|error| panic!("cannot run {shown}: {error}"));
        drop(self.command);
        let screen = read(keyboard.try_clone().expect("a descriptor can be duplicated"));
        let mut emulator = vt100::Parser::new(some(size.rows), some(size.columns), 0);
        let (mut screens, mut written, mut then, mut code) = (Vec::new(), String::new(), then, None);
        let begun = Instant::now();
        loop {
            assert!(begun.elapsed() < PATIENCE, "{shown} hangs: {written}");
            // This end stays open for the size, so that the program's end is not seen on the terminal.
            match screen.recv_timeout(Duration::from_millis(50)) {
                Ok(more) => {
                    written += &more;
                    emulator.process(more.as_bytes());
                    let now = contents(&emulator);
                    match then.take_if(|(after, _)| now.contains(*after)) {
                        Some((_, Then::Resized(size))) => {
                            resize(size);
                            emulator.screen_mut().set_size(some(size.rows), some(size.columns));
                        }
                        Some((_, Then::Interrupted)) => interrupt(&child),
                        None => {}
                    }
                    screens.push(now);
                }
                Err(_) if code.is_some() => break,
                Err(_) => {
                    if let Ok(Some(status)) = child.try_wait() {
                        code = Some(status.code());
                    }
                }
            }
        }
        let last = Run { code: code.flatten(), stdout: contents(&emulator), stderr: String::new(), names: self.names };
        Seen { screens, last, written }
    }
}

fn some(number: u16) -> NonZero<u16> {
    NonZero::new(number).expect("a terminal has rows and columns")
}

/// The rows of the screen, without spaces at their ends.
fn contents(emulator: &vt100::Parser) -> String {
    let rows = emulator.screen().contents();
    rows.lines().map(str::trim_end).collect::<Vec<_>>().join("\n") + "\n"
}
