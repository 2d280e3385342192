//! Commands of this program as messages print them: with its name as it was typed, and with the options of this run that decide which
//! app and which service a command reaches. A command that is pasted from a message reaches what this run reached.

#[cfg(feature = "deploy")]
use std::cell::OnceCell;

#[cfg(feature = "deploy")]
use clap::parser::ValueSource;
use clap::{ArgMatches, Command};
#[cfg(feature = "deploy")]
use formwork_aws::shell::quoted;
#[cfg(feature = "deploy")]
use formwork_deploy::WayOut;

#[cfg(feature = "deploy")]
use crate::error::CliError;

/// The command by which help texts, examples and texts of other crates call the program.
pub(crate) const CALLED_AS_USUAL: &str = "cargo formwork";

/// Options that decide what a command is about, by their field's name, in the order in which they are printed.
#[cfg(feature = "deploy")]
const DECISIVE: [&str; 17] = [
    "app",
    "assembly",
    "env",
    "context",
    "local",
    "local_state",
    "endpoint_url",
    "allow_plain_http",
    "profile",
    "site",
    "region",
    "release",
    "no_validate",
    "asset_bucket",
    "parameter",
    "parameter_file",
    "parameter_env",
];

/// Those that have no value.
#[cfg(feature = "deploy")]
const FLAGS: [&str; 4] = ["local", "allow_plain_http", "release", "no_validate"];

/// Those about a parameter of a stack, `STACK:KEY=…`, which are printed for deployments of that stack.
#[cfg(feature = "deploy")]
const OF_PARAMETERS: [&str; 3] = ["parameter", "parameter_file", "parameter_env"];

/// The program's name and the options as they were typed.
#[derive(Clone, Debug)]
pub(crate) struct Typed {
    called_as: String,
    #[cfg(feature = "deploy")]
    options: Vec<Given>,
    /// The file of a plan, in the form of a word of the shell: that of `--plan` or `--execute`.
    #[cfg(feature = "deploy")]
    plan: Option<String>,
    /// Parameters, `STACK:KEY`, whose values are no secret. Without them, the command asks for the value.
    #[cfg(feature = "deploy")]
    open: OnceCell<Vec<String>>,
    /// The decisive options that each command takes.
    #[cfg(feature = "deploy")]
    takes: Vec<(String, Vec<&'static str>)>,
}

/// An option as it was typed.
#[cfg(feature = "deploy")]
#[derive(Clone, Debug)]
struct Given {
    /// Its field's name.
    id: &'static str,
    value: Option<String>,
}

#[cfg(feature = "deploy")]
impl Given {
    /// `--local-state`
    fn name(&self) -> String {
        format!("--{}", self.id.replace('_', "-"))
    }

    /// True if it is about a parameter, `STACK:KEY=…`, and the command, whose other words these are, does not deploy its stack.
    fn is_of_another_stack(&self, command: &str, named: &[&str]) -> bool {
        let stack = self
            .value
            .as_deref()
            .and_then(|value| value.split(':').next())
            .filter(|_| OF_PARAMETERS.contains(&self.id));
        let Some(stack) = stack else { return false };
        let mut stacks = named.iter().filter(|word| !word.starts_with('-')).peekable();
        let is_named =
            stacks.peek().is_none() || stacks.any(|name| *name == stack || name.split('@').next() == Some(stack));
        !(command == "deploy" && is_named)
    }
}

impl Typed {
    /// The options that were typed, after they were parsed; `described` has all commands.
    #[cfg(feature = "deploy")]
    pub(crate) fn new(called_as: &str, matches: &ArgMatches, described: &Command) -> Self {
        let mut options = Vec::new();
        let mut given = matches;
        while let Some((_, below)) = given.subcommand() {
            given = below;
        }
        for id in DECISIVE {
            let Ok(Some(values)) = given.try_get_raw(id) else { continue };
            if given.value_source(id) != Some(ValueSource::CommandLine) {
                continue;
            }
            if FLAGS.contains(&id) {
                options.push(Given { id, value: None });
                continue;
            }
            options.extend(values.map(|value| Given { id, value: Some(value.to_string_lossy().into_owned()) }));
        }
        let file = |id| given.try_get_raw(id).ok().flatten()?.next().map(|value| quoted(&value.to_string_lossy()));
        let plan = ["plan", "execute"].into_iter().find_map(file);
        let taken = |command: &Command| {
            let is_taken = |id: &&str| command.get_arguments().any(|argument| argument.get_id() == *id);
            (command.get_name().to_owned(), DECISIVE.into_iter().filter(is_taken).collect())
        };
        let takes = described.get_subcommands().map(taken).collect();
        Typed { called_as: called_as.to_owned(), options, plan, open: OnceCell::new(), takes }
    }

    /// The program without options.
    #[cfg(feature = "deploy")]
    pub(crate) fn plain(called_as: &str) -> Self {
        let (options, takes) = (Vec::new(), Vec::new());
        Typed { called_as: called_as.to_owned(), options, plan: None, open: OnceCell::new(), takes }
    }

    #[cfg(not(feature = "deploy"))]
    pub(crate) fn new(called_as: &str, _: &ArgMatches, _: &Command) -> Self {
        Typed { called_as: called_as.to_owned() }
    }

    /// A command, in backticks.
    #[cfg(feature = "deploy")]
    pub(crate) fn command(&self, words: &[&str]) -> String {
        let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
        let words = words.join(" ");
        format!("`{} {words}{}`", self.called_as, self.options_of(&words))
    }

    /// The options of this run that a command takes and does not name already, each after a space.
    #[cfg(feature = "deploy")]
    fn options_of(&self, command: &str) -> String {
        let mut words = command.split(' ');
        let name = words.next().unwrap_or_default();
        // A hint that names it means AWS, whatever this run reached.
        let is_at_aws = name == "lookup";
        let takes = self.takes.iter().find(|(known, _)| known == name);
        let named: Vec<&str> = words.collect();
        let options = self.options.iter().filter(|given| {
            // The embedded engine has no login and no other server.
            let is_beside =
                named.contains(&"--local") && matches!(given.id, "endpoint_url" | "allow_plain_http" | "profile");
            let is_elsewhere = is_at_aws && matches!(given.id, "local" | "local_state");
            takes.is_none_or(|(_, taken)| taken.contains(&given.id))
                && !named.contains(&given.name().as_str())
                && !is_beside
                && !is_elsewhere
                && !given.is_of_another_stack(name, &named)
        });
        options.map(|given| format!(" {}", self.written(given))).collect()
    }

    /// The option as a shell takes it, without the value of a parameter that may be a secret.
    #[cfg(feature = "deploy")]
    fn written(&self, given: &Given) -> String {
        let Some(value) = &given.value else { return given.name() };
        let parameter = value.split_once('=').map(|(parameter, _)| parameter).filter(|_| given.id == "parameter");
        let is_open = |parameter: &str| self.open.get().is_some_and(|open| open.iter().any(|open| open == parameter));
        let shown = parameter.filter(|parameter| !is_open(parameter)).unwrap_or(value);
        format!("{} {}", given.name(), quoted(shown))
    }

    /// Says which parameters, `STACK:KEY`, have values that may be printed.
    #[cfg(feature = "deploy")]
    pub(crate) fn set_open(&self, open: Vec<String>) {
        // The first to know says it for the run.
        let _ = self.open.set(open);
    }

    /// True if this run uses the embedded engine.
    #[cfg(feature = "deploy")]
    fn is_local(&self) -> bool {
        self.options.iter().any(|given| given.id == "local")
    }

    /// A command that needs no option of this run, in backticks.
    #[cfg(feature = "diff")]
    pub(crate) fn quoted(&self, words: &[&str]) -> String {
        #[cfg(feature = "deploy")]
        let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
        format!("`{} {}`", self.called_as, words.join(" "))
    }

    /// A text that names the program as it is usually called, such as one of another crate. Commands in backticks get the options of this run.
    #[cfg(feature = "deploy")]
    pub(crate) fn adapted(&self, text: &str) -> String {
        let adapt = |(place, part): (usize, &str)| match part.strip_prefix(CALLED_AS_USUAL) {
            Some(words) if place % 2 == 1 => {
                let named = match &self.plan {
                    Some(file) => words.replace("--plan FILE", &format!("--plan {file}")),
                    None => words.to_owned(),
                };
                format!("{}{named}{}", self.called_as, self.options_of(words.trim_start()))
            }
            _ => part.replace(CALLED_AS_USUAL, &self.called_as),
        };
        text.split('`').enumerate().map(adapt).collect::<Vec<_>>().join("`")
    }

    /// An error with its hints adapted.
    #[cfg(feature = "deploy")]
    pub(crate) fn in_hints(&self, mut error: CliError) -> CliError {
        error.hints = error.hints.iter().map(|hint| self.adapted(hint)).collect();
        error
    }

    #[cfg(not(feature = "deploy"))]
    pub(crate) fn adapted(&self, text: &str) -> String {
        text.replace(CALLED_AS_USUAL, &self.called_as)
    }

    /// The way out of a status, with its commands. `failed` are the resources that hold the stack in it, where they are known.
    #[cfg(feature = "deploy")]
    pub(crate) fn way_out(&self, stack: &str, way_out: WayOut, failed: &[&str]) -> String {
        match way_out {
            WayOut::DeployOrRollback => {
                let (deploy, rollback) = (self.command(&["deploy", stack]), self.command(&["rollback", stack]));
                format!("correct the cause and deploy again with {deploy}, or undo it with {rollback}")
            }
            WayOut::Recreate => {
                let deploy = self.command(&["deploy", stack]);
                format!("correct the cause, then {deploy} deletes it and creates it again")
            }
            WayOut::ContinueRollback => format!(
                "repair what stopped it, then {}; {}",
                self.command(&["continue", stack]),
                match self.naming("continue", stack, "--skip", failed) {
                    Some(skip) => format!("{skip} leaves out what cannot be rolled back"),
                    None => self.unnamed(stack, "--skip"),
                }
            ),
            WayOut::DeleteOnly => format!(
                "CloudFormation continues no rollback of an import: AWS Support may; {} deletes the stack and what it has",
                self.command(&["destroy", stack])
            ),
            WayOut::FinishDeletion => format!(
                "remove what holds the resources, then {}; {}",
                self.command(&["destroy", stack]),
                match self.naming("destroy", stack, "--retain", failed) {
                    Some(retain) => format!("{retain} leaves them behind"),
                    None => self.unnamed(stack, "--retain"),
                }
            ),
            WayOut::Empty => format!(
                "it has no resources: {} creates them, {} removes the empty stack",
                self.command(&["deploy", stack]),
                self.command(&["destroy", stack])
            ),
            // No time passes there between two commands: waiting leads nowhere.
            WayOut::Wait if self.is_local() => {
                format!(
                    "the embedded engine stands still between commands: {} goes on with it",
                    self.command(&["deploy", stack])
                )
            }
            WayOut::WaitForDeletion if self.is_local() => {
                format!(
                    "the embedded engine stands still between commands: {} goes on with it",
                    self.command(&["destroy", stack])
                )
            }
            WayOut::Wait | WayOut::WaitForDeletion => {
                "wait until the operation that is in progress has ended".to_owned()
            }
            WayOut::NewerVersion => "a newer version of formwork may know it".to_owned(),
            _ => "this version knows no way out".to_owned(),
        }
    }

    /// A command with an option for each of the resources; `None` where they are not known.
    #[cfg(feature = "deploy")]
    fn naming(&self, command: &str, stack: &str, option: &str, failed: &[&str]) -> Option<String> {
        let options = failed.iter().flat_map(|id| [option, *id]);
        let words = || [command, stack].into_iter().chain(options).collect::<Vec<_>>();
        (!failed.is_empty()).then(|| self.command(&words()))
    }

    /// The way to the names of the resources that this option leaves out.
    #[cfg(feature = "deploy")]
    fn unnamed(&self, stack: &str, option: &str) -> String {
        format!(
            "{} names the resources that `{option}` leaves out, where `cloudformation:ListStackResources` is allowed",
            self.command(&["status", stack])
        )
    }
}
