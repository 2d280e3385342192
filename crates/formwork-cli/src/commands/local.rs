//! `local`: the embedded CloudFormation engine, for any client.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use formwork_assembly::Found;
use formwork_local::{Options, Server};
use formwork_schema::facts::Registry;
use serde::Serialize;

use crate::error::CliError;
use crate::registry;
use crate::session::Session;

pub(crate) const EXAMPLES: &str = "\
Examples:
  cargo formwork local --port 4566
  AWS_ENDPOINT_URL=http://127.0.0.1:4566 aws cloudformation list-stacks
  cargo formwork local reset

Faults, of which any may be left out (\"at\": create, update, delete or rollback; \"times\": how often):
  { \"seed\": 1,
    \"resources\":
      [{ \"stack\": \"site\", \"logicalId\": \"Alias\", \"at\": \"create\", \"reason\": \"no\", \"times\": 1 }],
    \"operations\":
      [{ \"action\": \"DescribeStacks\", \"probability\": 0.5, \"code\": \"Throttling\", \"times\": 3 }],
    \"stale\": [{ \"action\": \"DescribeStacks\", \"times\": 1 }], \"expireAtCall\": 10, \"cutAtCall\": 12,
    \"callsASecond\": 10,
    \"drift\":
      [{ \"stack\": \"site\", \"logicalId\": \"Topic\", \"property\": \"DisplayName\", \"value\": \"by hand\" }],
    \"alarms\": [\"errors\"] }
A request can bring such faults too, in its header x-formwork-faults.";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The port; 0 takes a free one
    #[arg(long, value_name = "PORT", default_value = "0")]
    port: u16,
    /// Listen on this address, not on 127.0.0.1: for containers and other machines, which need no login
    #[arg(long, value_name = "ADDRESS")]
    listen_on: Option<IpAddr>,
    /// The folder of the state; without it, `target/formwork/local` of the workspace, which `cargo clean` deletes
    #[arg(long, value_name = "DIR", global = true)]
    state: Option<PathBuf>,
    /// Speed, as a multiple of AWS's; without it, everything is done at once
    #[arg(long, value_name = "FACTOR", value_parser = crate::args::speed)]
    speed: Option<f64>,
    /// Faults to be made on purpose, as a JSON file: see the end
    #[arg(long, value_name = "FILE")]
    faults: Option<PathBuf>,
    /// Carry out associations of Systems Manager by this program: it gets the file of the script, and fails the association by its
    /// exit code; without it they succeed at once
    #[arg(long, value_name = "PROGRAM")]
    on_association: Option<PathBuf>,
    /// Resource types beside AWS's: a folder of registry schemas, as for `generate`; without it, and without `--state`, those of the
    /// workspace's apps
    #[arg(long, value_name = "DIR")]
    schemas: Option<PathBuf>,
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Delete the state: all stacks of the embedded engine
    Reset {
        /// Delete it without asking
        #[arg(long, short)]
        yes: bool,
    },
}

/// Output of `local --json`, before it serves.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Document {
    /// URL at which the engine listens.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    /// True if `reset` found a state and deleted it.
    #[serde(skip_serializing_if = "Option::is_none")]
    deleted: Option<bool>,
}

pub(crate) fn run(arguments: &Arguments, session: &Session) -> Result<(), CliError> {
    let state = match &arguments.state {
        Some(state) => state.clone(),
        None => session.local_state()?,
    };
    match arguments.action {
        Some(Action::Reset { yes }) => reset(&state, yes, session),
        None => serve(arguments, state, session),
    }
}

fn reset(state: &Path, yes: bool, session: &Session) -> Result<(), CliError> {
    if !yes && formwork_local::has_state(state)? {
        let question = format!("Delete all stacks of the embedded engine in `{}`?", state.display());
        let Some(prompt) = session.printer.prompt() else {
            let error = CliError::input("approval is needed, and there is no terminal to ask on");
            return Err(error.hint("`--yes` deletes the state without asking"));
        };
        if !prompt.agrees(&question) {
            return Err(CliError::input("not approved; nothing was deleted"));
        }
    }
    let deleted = formwork_local::reset(state)?;
    if session.printer.is_json() {
        return session.printer.document(&Document { url: None, deleted: Some(deleted) });
    }
    let folder = state.display();
    session.printer.note(if deleted {
        format!("the state in `{folder}` was deleted")
    } else {
        format!("there is no state in `{folder}`")
    });
    Ok(())
}

fn serve(arguments: &Arguments, state: PathBuf, session: &Session) -> Result<(), CliError> {
    let faults = arguments.faults.as_deref().map(formwork_local::faults).transpose()?.unwrap_or_default();
    let registry = match &arguments.schemas {
        Some(folder) => registry::of_folder(folder)?,
        // The state of the workspace is that of its apps.
        None if arguments.state.is_none() => session.registry()?,
        None => Registry::new(),
    };
    let Arguments { listen_on, port, speed, .. } = *arguments;
    let on_association = arguments.on_association.clone();
    let options = Options { state, listen_on, port, speed, faults, registry, on_association };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| CliError::service("cannot start the network runtime").cause(error))?;
    // The answers to look-ups of the workspace's apps are entered.
    let entered = match arguments.state {
        None => session.local_lock()?.found,
        Some(_) => Vec::new(),
    };
    runtime.block_on(async {
        // The first of them first: who reads that it listens can interrupt it in the same moment.
        tokio::select! {
            biased;
            () = crate::interrupts::interrupted() => Ok(()),
            ended = listen(&options, &entered, session) => ended,
        }
    })
}

async fn listen(options: &Options, entered: &[Found], session: &Session) -> Result<(), CliError> {
    let server = Server::bind(options).await?;
    let things = server.things();
    for found in entered {
        crate::local::enter(&things, found);
    }
    if session.printer.is_json() {
        session.printer.document(&Document { url: Some(server.url()), deleted: None })?;
    } else {
        session.printer.text(&format!("listening on {}\n", server.url()))?;
    }
    session.printer.note("this is the embedded engine: nothing is created at AWS; Ctrl-C ends it");
    if options.listen_on.is_some_and(|address| !address.is_loopback()) {
        session.printer.important(
            "warning: whoever reaches this address can read and change these stacks: the engine asks for no login",
        );
    }
    server.serve().await;
    Ok(())
}
