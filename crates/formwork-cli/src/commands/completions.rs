//! `completions`: what a shell needs to complete the commands, their options and values.

use clap::{Arg, Args, ValueHint};
use clap_complete::aot::{self, Shell};

use crate::error::CliError;
use crate::session::Session;

pub(crate) const EXAMPLES: &str = "\
Examples:
  cargo formwork completions bash > ~/.local/share/bash-completion/completions/cargo-formwork
  cargo formwork completions zsh > ~/.zfunc/_cargo-formwork
  cargo formwork completions fish > ~/.config/fish/completions/cargo-formwork.fish

They complete `cargo-formwork COMMAND`. zsh completes `cargo formwork COMMAND` too; bash \
does when the file is read by `source` after cargo's own completions.";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
}

/// Cargo runs `cargo-formwork` for `cargo formwork`, and its completions know nothing of that.
const BASH_OF_CARGO: &str = r#"
_cargo_with_formwork() {
    # A toolchain and options of cargo may stand before the command.
    local at=1
    while [[ ${COMP_WORDS[at]} == [+-]* ]]; do
        at=$((at + 1))
    done
    if [[ ${COMP_CWORD} -gt ${at} && ${COMP_WORDS[at]} == formwork ]]; then
        COMP_WORDS=(cargo-formwork "${COMP_WORDS[@]:at+1}")
        COMP_CWORD=$((COMP_CWORD - at))
        _formwork cargo-formwork "$2" "${COMP_WORDS[COMP_CWORD - 1]}"
    elif declare -F _cargo > /dev/null; then
        _cargo "$@"
    fi
}
complete -F _cargo_with_formwork -o bashdefault -o default cargo
"#;

pub(crate) fn run(arguments: &Arguments, session: &Session) -> Result<(), CliError> {
    if session.printer.is_json() {
        return Err(CliError::input("`completions` prints what a shell reads, and `--json` is not a form of that"));
    }
    let command = (session.description)().mut_subcommands(|command| {
        let command = command.mut_args(named);
        command.mut_subcommands(|below| below.mut_args(named))
    });
    let text = match arguments.shell {
        // The functions of a program whose name has a hyphen do not find each other: they are made for a name without, and completed
        // for the name with one.
        Shell::Bash => {
            let text = generated(Shell::Bash, command.name("formwork"), "formwork");
            text.replace(" -o default formwork\n", " -o default cargo-formwork\n") + BASH_OF_CARGO
        }
        shell => generated(shell, command, "cargo-formwork"),
    };
    session.printer.file(&text)
}

/// An argument that is a name, such as an environment's, a stack's or an app's: the names of files are no answer.
fn named(argument: Arg) -> Arg {
    let is_of_file = |name: &clap::builder::Str| ["DIR", "FILE", "FOLDER"].iter().any(|word| name.contains(word));
    let is_file = argument.get_value_names().is_some_and(|names| names.iter().any(is_of_file));
    match argument.get_value_hint() {
        ValueHint::Unknown if argument.get_action().takes_values() && !is_file => argument.value_hint(ValueHint::Other),
        _ => argument,
    }
}

fn generated(shell: Shell, mut command: clap::Command, program: &str) -> String {
    let mut text = Vec::new();
    aot::generate(shell, &mut command, program, &mut text);
    String::from_utf8_lossy(&text).into_owned()
}
