//! Running an app's program. The contract: `<program> --out DIR --json --name APP [--context k=v]... [--lookups JSON]
//! [--environment JSON]` writes the assembly to
//! `DIR` and prints one line, a [`Report`]; exit code 0, or 1 when something stops synth, or 2 when `DIR` cannot be written, or 3 when
//! look-ups of the app have no answers yet: then the report names them.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use formwork_assembly::{Answers, Assembly, Environment, Found, Lookup, Problem, Report};

use crate::build::SLOW;
use crate::{App, Error, Workspace};

/// Result of a run of an app's program.
#[derive(Clone, Debug, PartialEq)]
pub struct Synthesis {
    /// The assembly; `None` if a problem stopped synth.
    pub assembly: Option<Assembly>,
    /// Errors and warnings.
    pub problems: Vec<Problem>,
    /// Look-ups whose answers the app was not given; if there are any, there is no assembly, and no problem stopped synth.
    pub missing: Vec<Lookup>,
    /// Folder to which the assembly was written.
    pub folder: PathBuf,
    /// Output of the program beside its report, as from a `println!` left in it.
    pub printed: String,
}

/// Arguments of the program of an app.
#[derive(Clone, Copy, Debug, Default)]
pub struct Given<'a> {
    /// Context values.
    pub context: &'a [(String, String)],
    /// Answers to its look-ups.
    pub found: &'a [Found],
    /// The account that gave them, if it is known.
    pub account: Option<&'a str>,
    /// Its environment.
    pub environment: Option<&'a Environment>,
}

/// Runs the program of `app`, which writes its assembly to `out`.
///
/// `slow` is called once if it takes long, of which it says nothing by itself. Its working folder is the workspace's; what it writes to standard error goes to ours. Of the login it knows nothing: variables whose names begin
/// with `AWS_` are not in its environment.
///
/// # Errors
///
/// When the program crashes, does not end, prints without end, does not keep to the contract, or cannot write to `out`. Problems in the app are not an error
/// here: they are what this is for.
pub fn synth(
    workspace: &Workspace,
    app: &App,
    program: &Path,
    out: &Path,
    given: Given<'_>,
    slow: &dyn Fn(),
) -> Result<Synthesis, Error> {
    let out = std::path::absolute(out).map_err(|source| Error::CurrentFolder { source })?;
    let mut command = Command::new(program);
    command.arg("--out").arg(&out).arg("--json").arg("--name").arg(&app.name);
    for (key, value) in given.context {
        command.arg("--context").arg(format!("{key}={value}"));
    }
    if !given.found.is_empty() {
        let answers = Answers { account: given.account.map(str::to_owned), found: given.found.to_vec() };
        command.arg("--lookups").arg(answers.to_json());
    }
    if let Some(environment) = given.environment {
        command.arg("--environment").arg(environment.to_json());
    }
    command.current_dir(&workspace.root);
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("AWS_")) {
        command.env_remove(name);
    }
    let (status, printed) = run(&mut command, app, program, slow)?;
    let ended = conclude(&app.name, status, &String::from_utf8_lossy(&printed))?;
    let assembly = match ended.wrote {
        Wrote::Assembly => Some(Assembly::read(&out).map_err(|source| Error::Read { app: app.name.clone(), source })?),
        Wrote::Nothing | Wrote::Pending => None,
        Wrote::Refused => {
            return Err(Error::NotWritten { app: app.name.clone(), out, problems: ended.report.problems });
        }
    };
    let (problems, missing) = match ended.wrote {
        // A missing look-up is a problem only where the caller does not make it.
        Wrote::Pending => (Vec::new(), ended.report.missing),
        _ => (ended.report.problems, Vec::new()),
    };
    Ok(Synthesis { assembly, problems, missing, folder: out, printed: ended.printed })
}

/// The most that a program may print: all of it is kept until it has ended, since its report is the last line.
const MOST: usize = 16 << 20;

/// Runs a program to its end, or to the end of its time.
fn run(command: &mut Command, app: &App, program: &Path, slow: &dyn Fn()) -> Result<(ExitStatus, Vec<u8>), Error> {
    let failed = |source| Error::Run { program: program.to_owned(), source };
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().map_err(failed)?;
    let printed = Arc::new(Mutex::new(Vec::new()));
    let (sender, receiver) = mpsc::channel();
    let mut time = Time { begun: Instant::now(), limit: app.limit, slow: Some(slow) };
    // Ends with the program, which has the other end of the pipe, or earlier if the program closes it.
    let (stdout, kept) = (child.stdout.take(), printed.clone());
    std::thread::spawn(move || {
        let _ = sender.send(stdout.map_or(Ok(true), |stdout| keep(stdout, &kept)));
    });
    let read = loop {
        match receiver.recv_timeout(time.next()) {
            Err(RecvTimeoutError::Timeout) if time.goes_on() => {}
            read => break read,
        }
    };
    let taken = || std::mem::take(&mut *printed.lock().unwrap_or_else(PoisonError::into_inner));
    let end = |child: &mut Child| {
        // It may have ended just now.
        let _ = child.kill();
        child.wait().map_err(failed)?;
        Ok(last_lines(&String::from_utf8_lossy(&taken())))
    };
    match read {
        Ok(Ok(true)) => match wait(&mut child, &mut time).map_err(failed)? {
            Some(status) => Ok((status, taken())),
            None => Err(Error::Endless { app: app.name.clone(), limit: app.limit, printed: end(&mut child)? }),
        },
        Ok(Ok(false)) => Err(Error::Flood { app: app.name.clone(), most: MOST, printed: end(&mut child)? }),
        Ok(Err(source)) => Err(failed(source)),
        Err(_) => Err(Error::Endless { app: app.name.clone(), limit: app.limit, printed: end(&mut child)? }),
    }
}

/// The time of a program.
struct Time<'a> {
    begun: Instant,
    limit: Duration,
    /// Called once, when somebody asks what is going on.
    slow: Option<&'a dyn Fn()>,
}

impl Time<'_> {
    /// The time until something has to be done.
    fn next(&self) -> Duration {
        let end = if self.slow.is_some() { SLOW.min(self.limit) } else { self.limit };
        end.saturating_sub(self.begun.elapsed())
    }

    /// False at the end.
    fn goes_on(&mut self) -> bool {
        let passed = self.begun.elapsed();
        if passed >= SLOW
            && let Some(slow) = self.slow.take()
        {
            slow();
        }
        passed < self.limit
    }
}

/// Waits for a program that has closed its output, which most do by ending; `None` if it does not end in its time.
fn wait(child: &mut Child, time: &mut Time<'_>) -> std::io::Result<Option<ExitStatus>> {
    let mut pause = Duration::from_millis(1);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if !time.goes_on() {
            return Ok(None);
        }
        std::thread::sleep(pause.min(time.next()));
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}

/// Keeps what a program prints, to its end; false if that is more than it may be.
fn keep(mut stdout: impl std::io::Read, kept: &Mutex<Vec<u8>>) -> std::io::Result<bool> {
    let mut chunk = vec![0; 1 << 16];
    loop {
        let length = match stdout.read(&mut chunk) {
            Ok(0) => return Ok(true),
            Ok(length) => length,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend_from_slice(&chunk[..length]);
        if kept.len() > MOST {
            return Ok(false);
        }
    }
}

/// The end of what a program printed that did not come to its own: as much as fits a screen.
fn last_lines(text: &str) -> String {
    const LINES: usize = 20;
    const LONGEST: usize = 2000;
    let lines: Vec<&str> = text.lines().collect();
    let last = lines[lines.len().saturating_sub(LINES)..].join("\n");
    let start = last.char_indices().rev().nth(LONGEST - 1).map_or(0, |(start, _)| start);
    let is_whole = start == 0 && lines.len() <= LINES;
    format!("{}{}", if is_whole { "" } else { "…\n" }, last[start..].trim_end())
}

#[derive(Debug, PartialEq)]
struct Ended {
    report: Report,
    wrote: Wrote,
    printed: String,
}

#[derive(Debug, PartialEq)]
enum Wrote {
    Assembly,
    Nothing,
    Refused,
    Pending,
}

/// What the program says by its exit code and its last line.
fn conclude(app: &str, status: ExitStatus, stdout: &str) -> Result<Ended, Error> {
    let (printed, last) = match stdout.trim_end().rsplit_once('\n') {
        Some((printed, last)) => (printed, last),
        None => ("", stdout.trim_end()),
    };
    let report = Report::from_json(last);
    let wrote = match (status.code(), &report) {
        (Some(0), Some(report)) if report.is_ok() => Wrote::Assembly,
        (Some(1), Some(report)) if !report.is_ok() => Wrote::Nothing,
        (Some(2), Some(report)) if !report.is_ok() => Wrote::Refused,
        (Some(3), Some(report)) if !report.missing.is_empty() => Wrote::Pending,
        (Some(0..=3), _) => {
            let last_line = Some(last.to_owned()).filter(|line| !line.is_empty());
            return Err(Error::NoReport { app: app.to_owned(), last_line });
        }
        _ => {
            // A report that it printed before is not for people.
            let printed = if report.is_some() { printed } else { stdout };
            return Err(Error::Crashed { app: app.to_owned(), status, printed: last_lines(printed) });
        }
    };
    Ok(Ended { report: report.unwrap_or_default(), wrote, printed: printed.trim_end().to_owned() })
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;

    use super::*;

    fn conclude(code: i32, stdout: &str) -> Result<Ended, String> {
        super::conclude("site", ExitStatus::from_raw(code << 8), stdout).map_err(|error| error.to_string())
    }

    #[test]
    fn a_report_is_the_last_line() {
        let ended = conclude(0, "left over\nfrom debugging\n{\"problems\":[]}\n").unwrap();
        assert_eq!(ended.printed, "left over\nfrom debugging");
        assert_eq!(ended.wrote, Wrote::Assembly);
        assert_eq!(conclude(0, "{\"problems\":[]}").unwrap().printed, "");
        // It begins a line, whatever the app left of one.
        assert_eq!(conclude(0, "\n{\"problems\":[]}\n").unwrap().printed, "");
        assert_eq!(conclude(0, "x...\n{\"problems\":[]}\n").unwrap().printed, "x...");
    }

    #[test]
    fn exit_codes() {
        let report = Report::new(vec![Problem::error("`a b` is not a logical id")]);
        let stopped = conclude(1, &report.to_json()).unwrap();
        assert_eq!((stopped.wrote, stopped.report), (Wrote::Nothing, report.clone()));
        assert_eq!(conclude(2, &report.to_json()).unwrap().wrote, Wrote::Refused);
    }

    /// Runs a line of the shell with a limit of a second.
    fn run_line(line: &str, slow: &dyn Fn()) -> Result<(i32, String), String> {
        let app = App { limit: Duration::from_secs(1), ..App::finished(Path::new("site")) };
        let mut command = Command::new("sh");
        command.args(["-c", line]);
        let ended = run(&mut command, &app, Path::new("sh"), slow).map_err(|error| error.to_string())?;
        let written = String::from_utf8(ended.1).map_err(|error| error.to_string())?;
        Ok((ended.0.code().unwrap_or(-1), written))
    }

    #[test]
    fn a_closed_output_does_not_lift_the_limit() {
        let endless = Err("the app `site` did not end within 1 s".to_owned());
        assert_eq!(run_line("exec sleep 100", &|| ()), endless);
        assert_eq!(run_line("echo said; exec sleep 100 >&-", &|| ()), endless);
        assert_eq!(run_line("echo said; exec >&-; exit 3", &|| ()), Ok((3, "said\n".to_owned())));
    }

    #[test]
    fn somebody_who_waits_is_told_once() {
        let told = std::cell::Cell::new(0);
        let slow = || told.set(told.get() + 1);
        let now = Instant::now();
        let ago = |time| now.checked_sub(time).unwrap();
        let limit = Duration::from_secs(60);
        let mut time = Time { begun: now, limit, slow: Some(&slow) };
        assert!(time.next() <= SLOW && time.goes_on() && told.get() == 0);
        time.begun = ago(SLOW);
        assert!(time.next().is_zero() && time.goes_on() && time.goes_on() && told.get() == 1);
        assert!(time.next() > SLOW);
        time.begun = ago(limit);
        assert!(!time.goes_on() && time.next().is_zero() && told.get() == 1);
        // Of a program that has less time nobody waits that long.
        let short = Duration::from_secs(1);
        let time = Time { begun: now, limit: short, slow: Some(&slow) };
        assert!(time.next() <= short);
    }

    #[test]
    fn what_is_missing_is_named() {
        let text = r#"{"problems":[],"missing":[{"type":"AWS::EC2::Instance","region":"eu-west-1","identifier":"i-1","wanted":["VpcId"]}]}"#;
        let ended = conclude(3, text).unwrap();
        assert_eq!(ended.wrote, Wrote::Pending);
        assert_eq!(ended.report.missing[0].to_string(), "the instance `i-1` in eu-west-1");
        assert!(conclude(3, "{\"problems\":[]}").is_err());
        assert!(conclude(1, text).is_err());
    }

    #[test]
    fn a_program_that_does_not_keep_to_the_contract() {
        assert_eq!(conclude(0, ""), Err("the app `site` reported nothing".into()));
        assert_eq!(conclude(0, "Hello, world!\n"), Err("the app `site` reported nothing".into()));
        // An error with exit code 0, and exit code 1 without an error.
        assert!(conclude(0, &Report::new(vec![Problem::error("x")]).to_json()).is_err());
        assert!(conclude(1, "{\"problems\":[]}").is_err());
        assert_eq!(conclude(101, ""), Err("the app `site` crashed: it panicked (exit code 101)".into()));
        let killed = super::conclude("site", ExitStatus::from_raw(9), "").unwrap_err();
        assert_eq!(killed.to_string(), "the app `site` crashed: signal 9");
    }
}
