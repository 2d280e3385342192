//! The commands, one file each.
//!
//! A command's file has
//!
//! - `Arguments`, its options, as `clap::Args`. The doc comment of a field is its line in `--help`, without a full stop. It
//!   flattens [`AppOptions`](crate::args::AppOptions) if it synthesizes, and `AwsOptions` if it calls AWS;
//! - `pub(crate) fn run(arguments: &Arguments, session: &Session) -> Result<(), CliError>`, which asks
//!   [`Session`] for apps and assemblies, `pattern::select` for the stacks that the user picked, and prints through
//!   `session.printer` alone: the answer by `text`, or by `document` if `is_json()`; everything else by `note`,
//!   `important`, `detail`;
//! - `Document`, what `--json` prints: structs that derive `serde::Serialize` and, behind the feature `schema`,
//!   `schemars::JsonSchema`, every field documented, names in camelCase; listed in `schema::SCHEMAS`;
//! - a variant of [`Command`] below, with the line that `--help` shows, `after_help` with examples, and its line in [`run`].

#[cfg(feature = "shell")]
mod completions;
#[cfg(feature = "deploy")]
mod continue_rollback;
mod cost;
#[cfg(feature = "deploy")]
mod deploy;
#[cfg(feature = "deploy")]
mod destroy;
#[cfg(feature = "diff")]
mod diff;
#[cfg(feature = "verify")]
mod doctor;
#[cfg(feature = "deploy")]
mod events;
mod files;
#[cfg(feature = "deploy")]
mod gc;
#[cfg(feature = "generate")]
mod generate;
#[cfg(feature = "diff")]
mod graph;
#[cfg(feature = "import")]
mod import_template;
#[cfg(feature = "new")]
mod init;
mod list;
#[cfg(feature = "local")]
mod local;
#[cfg(feature = "deploy")]
mod lookup;
#[cfg(feature = "shell")]
mod man;
#[cfg(feature = "new")]
mod new;
#[cfg(feature = "deploy")]
mod outputs;
#[cfg(feature = "deploy")]
mod rollback;
#[cfg(feature = "schema")]
mod schema;
#[cfg(feature = "deploy")]
pub(crate) mod status;
#[cfg(feature = "verify")]
mod switch;
mod synth;
#[cfg(feature = "validate")]
mod validate;
#[cfg(feature = "verify")]
mod verify;

use clap::Subcommand;

use crate::error::CliError;
use crate::session::Session;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a workspace of one's own, with stacks to begin with
    #[cfg(feature = "new")]
    #[command(after_help = new::EXAMPLES)]
    New(new::Arguments),
    /// Add stacks to a workspace that exists
    #[cfg(feature = "new")]
    #[command(after_help = init::EXAMPLES)]
    Init(init::Arguments),
    /// List the apps and their stacks
    #[command(after_help = list::EXAMPLES)]
    List(list::Arguments),
    /// Write the CloudFormation templates
    #[command(after_help = synth::EXAMPLES)]
    Synth(synth::Arguments),
    /// Find what CloudFormation would refuse, before anything is sent
    #[cfg(feature = "validate")]
    #[command(after_help = validate::EXAMPLES)]
    Validate(validate::Arguments),
    /// Print what needs what, as Mermaid or DOT: the stacks, or their resources
    #[cfg(feature = "diff")]
    #[command(after_help = graph::EXAMPLES)]
    Graph(graph::Arguments),
    /// Show what deploying would change, property by property
    #[cfg(feature = "diff")]
    #[command(after_help = diff::EXAMPLES)]
    Diff(diff::Arguments),
    /// Deploy stacks: preview, approval, change sets, progress, outputs
    #[cfg(feature = "deploy")]
    #[command(after_help = deploy::EXAMPLES)]
    Deploy(deploy::Arguments),
    /// Ask AWS for what the apps look up, and write `formwork.lock`
    #[cfg(feature = "deploy")]
    #[command(after_help = lookup::EXAMPLES)]
    Lookup(lookup::Arguments),
    /// Print what deployed stacks give out
    #[cfg(feature = "deploy")]
    #[command(after_help = outputs::EXAMPLES)]
    Outputs(outputs::Arguments),
    /// Pass a site's requests to its other backend, or say which one gets them
    #[cfg(feature = "verify")]
    #[command(after_help = switch::EXAMPLES)]
    Switch(switch::Arguments),
    /// Write the files of nginx, for machines without a delivery
    #[command(after_help = files::EXAMPLES)]
    Files(files::Arguments),
    /// Show the state of the deployed stacks, and what to do about it
    #[cfg(feature = "deploy")]
    #[command(after_help = status::EXAMPLES)]
    Status(status::Arguments),
    /// Show what the last operation of a stack did, and what it does
    #[cfg(feature = "deploy")]
    #[command(after_help = events::EXAMPLES)]
    Events(events::Arguments),
    /// Undo what a failed operation did that was not undone
    #[cfg(feature = "deploy")]
    #[command(after_help = rollback::EXAMPLES)]
    Rollback(rollback::Arguments),
    /// Continue the rollback of a failed update
    #[cfg(feature = "deploy")]
    #[command(after_help = continue_rollback::EXAMPLES)]
    Continue(continue_rollback::Arguments),
    /// Delete stacks, consumers before their producers
    #[cfg(feature = "deploy")]
    #[command(after_help = destroy::EXAMPLES)]
    Destroy(destroy::Arguments),
    /// Remove what runs left: old resources, contents that nobody uses, old change sets
    #[cfg(feature = "deploy")]
    #[command(after_help = gc::EXAMPLES)]
    Gc(gc::Arguments),
    /// Find out whether a deployed site answers as its template says
    #[cfg(feature = "verify")]
    #[command(after_help = verify::EXAMPLES)]
    Verify(verify::Arguments),
    /// Find what stands in the way of a deploy: machine, login, zone, instance
    #[cfg(feature = "verify")]
    #[command(after_help = doctor::EXAMPLES)]
    Doctor(doctor::Arguments),
    /// Show what the site costs beside the load balancer that it replaces
    #[command(after_help = cost::EXAMPLES)]
    Cost(cost::Arguments),
    /// Make Rust types of a crate's own resource schemas
    #[cfg(feature = "generate")]
    #[command(after_help = generate::EXAMPLES)]
    Generate(generate::Arguments),
    /// Turn a template, or a deployed stack, into the Rust of a stack crate
    #[cfg(feature = "import")]
    #[command(after_help = import_template::EXAMPLES)]
    ImportTemplate(import_template::Arguments),
    /// Serve the embedded CloudFormation engine, for any client
    #[cfg(feature = "local")]
    #[command(after_help = local::EXAMPLES, args_conflicts_with_subcommands = true)]
    Local(local::Arguments),
    /// Print the JSON Schema of what a command prints with `--json`
    #[cfg(feature = "schema")]
    #[command(after_help = schema::EXAMPLES)]
    Schema(schema::Arguments),
    /// Print the completions of a shell
    #[cfg(feature = "shell")]
    #[command(after_help = completions::EXAMPLES)]
    Completions(completions::Arguments),
    /// Write the manual pages
    #[cfg(feature = "shell")]
    #[command(after_help = man::EXAMPLES)]
    Man(man::Arguments),
}

pub(crate) fn run(command: Command, session: &Session) -> Result<(), CliError> {
    match command {
        #[cfg(feature = "new")]
        Command::New(arguments) => new::run(&arguments, session),
        #[cfg(feature = "new")]
        Command::Init(arguments) => init::run(&arguments, session),
        Command::List(arguments) => list::run(&arguments, session),
        Command::Synth(arguments) => synth::run(&arguments, session),
        #[cfg(feature = "validate")]
        Command::Validate(arguments) => validate::run(&arguments, session),
        #[cfg(feature = "diff")]
        Command::Graph(arguments) => graph::run(&arguments, session),
        #[cfg(feature = "diff")]
        Command::Diff(arguments) => diff::run(&arguments, session),
        #[cfg(feature = "deploy")]
        Command::Deploy(arguments) => deploy::run(&arguments, session),
        #[cfg(feature = "deploy")]
        Command::Lookup(arguments) => lookup::run(&arguments, session),
        #[cfg(feature = "deploy")]
        Command::Outputs(arguments) => outputs::run(&arguments, session),
        #[cfg(feature = "verify")]
        Command::Switch(arguments) => switch::run(&arguments, session),
        Command::Files(arguments) => files::run(&arguments, session),
        #[cfg(feature = "deploy")]
        Command::Status(arguments) => status::run(&arguments, session),
        #[cfg(feature = "deploy")]
        Command::Events(arguments) => events::run(&arguments, session),
        #[cfg(feature = "deploy")]
        Command::Rollback(arguments) => rollback::run(&arguments, session),
        #[cfg(feature = "deploy")]
        Command::Continue(arguments) => continue_rollback::run(&arguments, session),
        #[cfg(feature = "deploy")]
        Command::Destroy(arguments) => destroy::run(&arguments, session),
        #[cfg(feature = "deploy")]
        Command::Gc(arguments) => gc::run(&arguments, session),
        #[cfg(feature = "verify")]
        Command::Verify(arguments) => verify::run(&arguments, session),
        #[cfg(feature = "verify")]
        Command::Doctor(arguments) => doctor::run(&arguments, session),
        Command::Cost(arguments) => cost::run(&arguments, session),
        #[cfg(feature = "generate")]
        Command::Generate(arguments) => generate::run(&arguments, session),
        #[cfg(feature = "import")]
        Command::ImportTemplate(arguments) => import_template::run(&arguments, session),
        #[cfg(feature = "local")]
        Command::Local(arguments) => local::run(&arguments, session),
        #[cfg(feature = "schema")]
        Command::Schema(arguments) => schema::run(&arguments, session),
        #[cfg(feature = "shell")]
        Command::Completions(arguments) => completions::run(&arguments, session),
        #[cfg(feature = "shell")]
        Command::Man(arguments) => man::run(&arguments, session),
    }
}
