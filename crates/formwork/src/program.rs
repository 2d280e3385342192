//! The program that a stack crate is: it synthesizes its app and writes the assembly, nothing else.

use std::path::PathBuf;
use std::process::ExitCode;

use formwork_assembly::visible::paragraph;
use formwork_assembly::{Answers, Environment, Problem, Report};

use formwork_template::memory::Owner;

use crate::app::IntoApp;
use crate::context::Context;
use crate::synth::synth;

const HELP: &str = "\
Writes the cloud assembly of this app: its CloudFormation templates and a manifest.

Usage: <program> --out DIR [--context KEY=VALUE]... [--json]

Options:
      --out DIR            the folder to write; an assembly that is there is replaced as a whole
      --context KEY=VALUE  a value that the app asks for
      --environment JSON   the environment, with its context values and rules
      --json               print what is wrong as one line of JSON on standard output
      --lookups JSON       what was looked up before, for an app that looks something up
      --name NAME          the app's name, which its templates then say
  -h, --help               print this

To see, compare and deploy the stacks, use `cargo formwork` or `cargo xtask`.
";

/// The size of the stack that `app` may take. Without optimization each resource has a place of its own there, in one function: the 500 that a
/// template may have take 4 MB, where the main thread has 8 on Linux and 1 on Windows. What is not used is not taken.
const STACK_BYTES: usize = 64 << 20;

/// The whole `main` of a stack crate: parses the command line, runs `app`, writes the assembly.
///
/// Exit codes: 0 done; 1 the app or the command line is wrong, and nothing was written; 2 the folder could not be written; 3 the app
/// has look-ups without an answer, and nothing was written.
#[expect(clippy::print_stderr, reason = "this is the program, not the library")]
pub fn main<A: IntoApp>(app: impl FnOnce(&Context) -> A + Send) -> ExitCode {
    on_a_large_stack(|| program(app)).unwrap_or_else(|error| {
        eprintln!("error: cannot start a thread: {error}");
        ExitCode::from(2)
    })
}

fn on_a_large_stack<T: Send>(work: impl FnOnce() -> T + Send) -> std::io::Result<T> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("main".to_owned()).stack_size(STACK_BYTES);
        let running = thread.spawn_scoped(scope, work)?;
        Ok(running.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "this is the program, not the library")]
fn program<A: IntoApp>(app: impl FnOnce(&Context) -> A) -> ExitCode {
    let given: Result<Vec<String>, _> = std::env::args_os().skip(1).map(|argument| argument.into_string()).collect();
    let parsed = given.map_err(|argument| format!("{argument:?} is not UTF-8"));
    let arguments = match parsed.and_then(|given| Arguments::parse(given.into_iter())) {
        Ok(Some(arguments)) => arguments,
        Ok(None) => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(message) => {
            eprintln!("error: {}\n\n{HELP}", paragraph(&message));
            return ExitCode::from(1);
        }
    };
    let (report, code) = run(app, &arguments);
    if arguments.json {
        // On a line of its own, also behind a `print!` of the app that ended none.
        println!("\n{}", report.to_json());
    } else {
        for problem in &report.problems {
            eprintln!("{problem}\n");
        }
    }
    code
}

fn run<A: IntoApp>(app: impl FnOnce(&Context) -> A, arguments: &Arguments) -> (Report, ExitCode) {
    let context = Context::new(arguments.context.iter().map(|(key, value)| (key.as_str(), value.as_str())));
    let context = context.with_found(arguments.lookups.found.iter().cloned());
    let environment = arguments.environment.as_ref().map(|environment| environment.name.clone());
    let owner = arguments.name.clone().map(|app| Owner { app, environment });
    let mut context = context.with_owner(owner);
    context.environment = arguments.environment.clone();
    let assembly = match synth(app, &context) {
        Ok(mut assembly) => {
            // Of an app that looks nothing up, it is not a matter.
            assembly.account = arguments.lookups.account.clone().filter(|_| !assembly.lookups.is_empty());
            assembly
        }
        Err(report) if report.missing.is_empty() => return (report, ExitCode::from(1)),
        Err(report) => return (report, ExitCode::from(PENDING)),
    };
    match assembly.write(&arguments.out) {
        Ok(()) => (Report::new(assembly.warnings), ExitCode::SUCCESS),
        Err(error) => (Report::new(vec![Problem::error(error.to_string())]), ExitCode::from(2)),
    }
}

/// The exit code of an app that has look-ups without an answer.
const PENDING: u8 = 3;

#[derive(Debug, Default, PartialEq)]
struct Arguments {
    out: PathBuf,
    context: Vec<(String, String)>,
    json: bool,
    lookups: Answers,
    name: Option<String>,
    environment: Option<Environment>,
}

impl Arguments {
    /// `None` when help was asked for.
    fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Option<Self>, String> {
        let mut parsed = Arguments::default();
        let mut out = None;
        while let Some(argument) = arguments.next() {
            let (name, inline) = match argument.split_once('=') {
                Some((name, value)) if name.starts_with("--") => (name.to_owned(), Some(value.to_owned())),
                _ => (argument.clone(), None),
            };
            let mut value =
                |what: &str| inline.clone().or_else(|| arguments.next()).ok_or(format!("`{name}` needs {what}"));
            match name.as_str() {
                "-h" | "--help" => return Ok(None),
                "--json" => parsed.json = true,
                "--out" => out = Some(PathBuf::from(value("a folder")?)),
                "--context" => {
                    let pair = value("KEY=VALUE")?;
                    let (key, value) = pair.split_once('=').ok_or(format!("`--context {pair}` is not KEY=VALUE"))?;
                    parsed.context.push((key.to_owned(), value.to_owned()));
                }
                "--lookups" => {
                    let text = value("JSON")?;
                    parsed.lookups = Answers::from_json(&text).ok_or("`--lookups` is not a list of look-ups")?;
                }
                "--name" => parsed.name = Some(name_of(value("a name")?)?),
                "--environment" => {
                    let text = value("JSON")?;
                    let read = Environment::from_json(&text).ok_or("`--environment` is not an environment")?;
                    parsed.environment = Some(read);
                }
                _ => return Err(format!("unexpected argument `{argument}`")),
            }
        }
        parsed.out = out.filter(|out| !out.as_os_str().is_empty()).ok_or("`--out DIR` is required")?;
        Ok(Some(parsed))
    }
}

/// The name of an app, which is a cargo package's.
fn name_of(name: String) -> Result<String, String> {
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
    if is_name { Ok(name) } else { Err(format!("`--name {name}` is not the name of an app")) }
}

#[cfg(test)]
mod tests {
    use super::{Answers, Arguments, Environment, on_a_large_stack};

    fn parse(arguments: &[&str]) -> Result<Option<Arguments>, String> {
        Arguments::parse(arguments.iter().map(|argument| (*argument).to_owned()))
    }

    #[test]
    fn a_long_app_has_room() {
        // More than the stack of a test or of a main thread.
        let used = on_a_large_stack(|| std::hint::black_box([1_u8; 16 << 20]).len());
        assert_eq!(used.unwrap(), 16 << 20);
    }

    #[test]
    fn arguments() {
        let expected = Arguments {
            out: "target/out".into(),
            context: vec![("zone-id".into(), "Z1=2".into()), ("a".into(), "".into())],
            json: true,
            lookups: Answers::default(),
            name: None,
            environment: None,
        };
        let given = ["--out=target/out", "--context", "zone-id=Z1=2", "--context=a=", "--json"];
        assert_eq!(parse(&given), Ok(Some(expected)));
        let prod = Environment::new("prod");
        let parsed = parse(&["--out", "x", "--environment", &prod.to_json()]).map(|parsed| parsed?.environment);
        assert_eq!(parsed, Ok(Some(prod)));
        assert_eq!(parse(&["--out", "x", "--environment", "{}"]), Err("`--environment` is not an environment".into()));
        assert_eq!(parse(&["--out", "x", "-h"]), Ok(None));
        assert_eq!(parse(&[]), Err("`--out DIR` is required".into()));
        assert_eq!(parse(&["--out"]), Err("`--out` needs a folder".into()));
        let named = parse(&["--out", "x", "--name", "shop"]);
        assert_eq!(named.map(|parsed| parsed.and_then(|parsed| parsed.name)), Ok(Some("shop".into())));
        assert_eq!(parse(&["--out", "x", "--name", "a b"]), Err("`--name a b` is not the name of an app".into()));
        assert_eq!(parse(&["--out", "x", "--context", "zone"]), Err("`--context zone` is not KEY=VALUE".into()));
        assert_eq!(parse(&["--out", "x", "--contxt", "a=b"]), Err("unexpected argument `--contxt`".into()));
    }
}
