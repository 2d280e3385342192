//! Running an app's program. The contract: `<program> --out DIR --json --name APP [--context k=v]... [--lookups JSON]
//! [--environment JSON]` writes the assembly to
//! `DIR` and prints one line, a [`Report`]; exit code 0, or 1 when something stops synth, or 2 when `DIR` cannot be written, or 3 when
//! look-ups of the app have no answers yet: then the report names them.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc;

use formwork_assembly::{Answers, Assembly, Environment, Found, Lookup, Problem, Report};

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
/// Its working folder is the workspace's; what it writes to standard error goes to ours.
///
/// # Errors
///
/// When the program crashes, does not end, does not keep to the contract, or cannot write to `out`. Problems in the app are not an error
/// here: they are what this is for.
pub fn synth(
    workspace: &Workspace,
    app: &App,
    program: &Path,
    out: &Path,
    given: Given<'_>,
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
    let (status, printed) = run(&mut command, app, program)?;
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

/// Runs a program to its end, or to the end of its time.
fn run(command: &mut Command, app: &App, program: &Path) -> Result<(ExitStatus, Vec<u8>), Error> {
    let failed = |source| Error::Run { program: program.to_owned(), source };
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().map_err(failed)?;
    let stdout = child.stdout.take();
    let (sender, receiver) = mpsc::channel();
    // Ends with the program, which has the other end of the pipe.
    std::thread::spawn(move || {
        let mut printed = Vec::new();
        let read = stdout.map_or(Ok(0), |mut stdout| stdout.read_to_end(&mut printed));
        let _ = sender.send(read.map(|_| printed));
    });
    let printed = match receiver.recv_timeout(app.limit) {
        Ok(printed) => printed.map_err(failed)?,
        Err(_) => {
            // It may have ended just now.
            let _ = child.kill();
            child.wait().map_err(failed)?;
            return Err(Error::Endless { app: app.name.clone(), limit: app.limit });
        }
    };
    Ok((child.wait().map_err(failed)?, printed))
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
            return Err(Error::Crashed { app: app.to_owned(), status });
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
    }

    #[test]
    fn exit_codes() {
        let report = Report::new(vec![Problem::error("`a b` is not a logical id")]);
        let stopped = conclude(1, &report.to_json()).unwrap();
        assert_eq!((stopped.wrote, stopped.report), (Wrote::Nothing, report.clone()));
        assert_eq!(conclude(2, &report.to_json()).unwrap().wrote, Wrote::Refused);
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
