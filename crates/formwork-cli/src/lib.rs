//! The commands of formwork, for people and for scripts.
//!
//! [`main`] is the whole of the program `cargo-formwork`. Reading order: `cli` (what can be typed) and `args` (the options that commands share), `session` (what every
//! command starts from: the workspace, its apps, their assemblies), `commands` (one file each, and the conventions),
//! `aws`, `lookups`, `identity`, `approval`, `parameters`, `listener`, `preview` and `outcome` (what the commands that call AWS share), `checks` (those that ask the site), `review` (previews for pull requests), `graph`, `plan_file`, `sarif` and `rustc` (other forms of answers), `printer` (the only place that prints),
//! `error` (how a failure reads, and its exit code), `typed` (the only place that writes commands of this program into messages).
//!
//! Output of the program: data on standard output, everything else on standard error. Exit codes: 0 done; 1 what was
//! typed or written is wrong, or was refused; 2 credentials, the network, the service or this machine failed; 3
//! `--fail-on` or a check found something (the whole table is in `docs/ci.md`).

#[cfg(feature = "verify")]
mod account;
#[cfg(feature = "deploy")]
mod approval;
mod args;
#[cfg(feature = "new")]
mod around;
#[cfg(feature = "deploy")]
mod assets;
#[cfg(feature = "deploy")]
mod aws;
mod building;
#[cfg(feature = "verify")]
mod checks;
mod cli;
mod commands;
#[cfg(feature = "deploy")]
mod connection;
mod cost;
#[cfg(feature = "new")]
mod dependency;
mod documents;
mod error;
mod excerpt;
#[cfg(feature = "validate")]
mod findings;
#[cfg(any(feature = "diff", feature = "validate"))]
mod given;
#[cfg(feature = "diff")]
mod graph;
#[cfg(feature = "deploy")]
mod identity;
#[cfg(feature = "deploy")]
mod interrupts;
#[cfg(feature = "deploy")]
mod left_behind;
#[cfg(feature = "deploy")]
mod listener;
#[cfg(feature = "local")]
mod local;
#[cfg(feature = "deploy")]
mod looked_up;
#[cfg(feature = "deploy")]
mod lookups;
#[cfg(feature = "new")]
mod manifests;
#[cfg(feature = "deploy")]
mod orphans;
#[cfg(feature = "deploy")]
mod outcome;
mod paint;
#[cfg(any(feature = "deploy", feature = "validate"))]
mod pairs;
#[cfg(feature = "deploy")]
mod parameters;
mod pattern;
#[cfg(feature = "deploy")]
mod plan_file;
#[cfg(feature = "deploy")]
mod preview;
mod printer;
#[cfg(feature = "assets")]
mod publish;
#[cfg(feature = "deploy")]
mod recovery;
#[cfg(any(feature = "diff", feature = "generate", feature = "validate"))]
mod registry;
#[cfg(feature = "diff")]
mod review;
#[cfg(feature = "deploy")]
mod runs;
#[cfg(feature = "validate")]
mod rustc;
#[cfg(feature = "deploy")]
#[doc(hidden)]
pub mod said;
#[cfg(feature = "validate")]
mod sarif;
#[cfg(feature = "new")]
mod scaffold;
mod session;
#[cfg(feature = "schema")]
mod settings;
#[cfg(any(feature = "assets", feature = "deploy"))]
mod shipments;
#[cfg(feature = "deploy")]
mod silence;
#[cfg(all(test, feature = "local"))]
mod statuses;
#[cfg(feature = "deploy")]
mod summary;
mod table;
#[cfg(any(feature = "diff", feature = "validate"))]
mod template_file;
#[cfg(feature = "deploy")]
mod terminal;
#[cfg(feature = "local")]
mod told;
mod typed;
mod usage;
#[cfg(all(feature = "deploy", feature = "validate"))]
mod validation;
#[cfg(feature = "deploy")]
mod watch;
mod wording;

use std::ffi::OsString;
use std::process::ExitCode;

use cli::Parsed;
use printer::Printer;
use session::Session;

/// Runs `cargo formwork`, with the arguments of this process.
pub fn main() -> ExitCode {
    let mut arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    // Cargo runs `cargo-formwork formwork list` for `cargo formwork list`.
    if arguments.first().is_some_and(|first| first == "formwork") {
        arguments.remove(0);
    }
    let called_as = std::env::var(cli::CALLED_AS).unwrap_or(typed::CALLED_AS_USUAL.into());
    let (printer, result) = match cli::parse(&arguments, &called_as) {
        Ok(Parsed::Help(text)) => {
            let printer = Printer::new(&args::OutputOptions::default());
            let result = printer.text(&text);
            (printer, result)
        }
        Ok(Parsed::Cli(cli, typed)) => {
            let session = Session {
                printer: Printer::new(&cli.output),
                workspace: Default::default(),
                environment: Default::default(),
                #[cfg(feature = "deploy")]
                caller: Default::default(),
                #[cfg(feature = "deploy")]
                looked_up: Default::default(),
                #[cfg(feature = "deploy")]
                unanswered: Default::default(),
                #[cfg(feature = "local")]
                of_local: Default::default(),
                typed,
                #[cfg(feature = "shell")]
                description: cli::command,
            };
            let mut result = commands::run(cli.command, &session);
            if let Err(error) = &mut result {
                // Other crates name the program as it is usually called.
                error.hints.iter_mut().for_each(|hint| *hint = session.typed.adapted(hint));
            }
            (session.printer, result)
        }
        Err(error) => {
            // The options are not known then; but a program that asked for JSON reads JSON.
            let json = arguments.iter().any(|argument| argument == "--json");
            let printer = Printer::new(&args::OutputOptions { json, ..Default::default() });
            (printer, Err(error))
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            printer.error(&error);
            error.class.exit_code()
        }
    }
}
