//! A terminal for a program that asks: it sees one on all three of its streams, and the test types.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::program::{PATIENCE, Program, Run, interrupt, wait};

/// Input of the user, and the text of the program that it comes after.
#[derive(Clone, Copy, Debug)]
pub struct Turn<'a> {
    /// The program has shown this since the last turn.
    pub after: &'a str,
    /// The input then.
    pub typed: &'a str,
}

/// The key that interrupts a program.
pub const CTRL_C: &str = "\x03";

impl Program {
    /// Its three streams are this terminal, which shows UTF-8 unless the test says otherwise.
    pub(crate) fn on(&mut self, slave: &File) -> &mut Command {
        let stream = || Stdio::from(OwnedFd::from(slave.try_clone().expect("a descriptor can be duplicated")));
        if !self.command.get_envs().any(|(name, _)| name == "LC_ALL") {
            self.command.env("LC_ALL", "C.UTF-8");
        }
        self.command.stdin(stream()).stdout(stream()).stderr(stream())
    }

    /// Runs it to its end on a terminal on which `before` was typed before it began. All that the terminal shows is its
    /// standard output.
    #[track_caller]
    pub fn on_terminal(mut self, before: &str, turns: &[Turn<'_>]) -> Run {
        let _turn = self.take_turn();
        let shown = format!("{:?}", self.command);
        let (mut keyboard, slave) = open();
        keyboard.write_all(before.as_bytes()).expect("a terminal takes what is typed");
        self.on(&slave).env("TERM", "dumb");
        let mut child = self.command.spawn().unwrap_or_else(|error| panic!("cannot run {shown}: {error}"));
        // The program's end is seen when nobody else holds the other end of the terminal.
        drop((slave, self.command));
        let screen = read(keyboard.try_clone().expect("a descriptor can be duplicated"));
        let (mut text, mut from) = (String::new(), 0);
        for turn in turns {
            while !text[from..].contains(turn.after) {
                match screen.recv_timeout(PATIENCE) {
                    Ok(more) => text += &more,
                    Err(error) => panic!("{shown} never showed `{}` ({error})\n{text}", turn.after),
                }
            }
            from = text.len();
            match turn.typed {
                // The terminal is not the one that controls the program, and makes no signal of it.
                CTRL_C => interrupt(&child),
                typed => keyboard.write_all(typed.as_bytes()).expect("a terminal takes what is typed"),
            }
        }
        let code = wait(&mut child, &shown);
        text.extend(screen.iter());
        Run { code, stdout: text.replace("\r\n", "\n"), stderr: String::new(), names: self.names }
    }
}

/// A pseudo-terminal: its keyboard and screen, and its end for a program.
pub(crate) fn open() -> (File, File) {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a pseudo-terminal can be opened");
    grantpt(&master).and_then(|()| unlockpt(&master)).expect("a new pseudo-terminal can be used");
    let name = ptsname(&master, Vec::new()).expect("a pseudo-terminal has a name");
    let path = OsStr::from_bytes(name.as_bytes());
    let slave = OpenOptions::new().read(true).write(true).open(path).expect("a pseudo-terminal has two ends");
    (File::from(master), slave)
}

/// Text on the terminal, as it comes.
pub(crate) fn read(mut screen: File) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut bytes = [0; 4096];
        // Reading fails once the program has ended.
        while let Ok(count @ 1..) = screen.read(&mut bytes) {
            if sender.send(String::from_utf8_lossy(&bytes[..count]).into_owned()).is_err() {
                return;
            }
        }
    });
    receiver
}
