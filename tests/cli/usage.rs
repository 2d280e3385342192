//! What can be typed: help texts, and mistakes in what was typed.

use insta::assert_snapshot;
use support::Program;

fn check(arguments: &[&str]) -> String {
    Program::formwork().args(arguments).run().snapshot()
}

#[test]
fn help() {
    assert_snapshot!(check(&["--help"]), @r"
    exit code: 0
    ----- stdout -----
    CloudFormation in Rust: previews and deploys the stacks of a workspace

    Usage: cargo formwork [OPTIONS] <COMMAND>

    Commands:
      list     List the apps and their stacks
      synth    Write the CloudFormation templates
      diff     Show what deploying would change, property by property
      deploy   Deploy stacks: preview, approval, change sets, progress, outputs
      outputs  Print what deployed stacks give out
      destroy  Delete stacks, consumers before their producers
      schema   Print the JSON Schema of what a command prints with `--json`

    Options:
      -h, --help     Print help
      -V, --version  Print version

    Output:
          --json          Print the answer as one JSON document; `schema` describes it
          --color <WHEN>  Colour: `auto` means on a terminal, unless NO_COLOR is set [possible values: auto, always, never]
      -q, --quiet         Print the answer, warnings and errors, and nothing else
      -v, --verbose       Say more about what is going on

    `cargo formwork COMMAND --help` shows the options of a command, and examples.

    Exit codes: 0 done; 1 what was typed or written is wrong, or was refused; 2 credentials, the network,
    the service or this machine failed; 3 `--fail-on` found what it looks for.

    ----- stderr -----
    ");
}

#[test]
fn help_of_a_command() {
    assert_snapshot!(check(&["synth", "--help"]), @r"
    exit code: 0
    ----- stdout -----
    Write the CloudFormation templates

    Usage: cargo formwork synth [OPTIONS]

    Options:
          --out <DIR>      The folder to write to; of several apps, each gets a folder in it [default: target/formwork/CRATE]
          --print <STACK>  Write as usual, and print this stack's template and nothing else
      -h, --help           Print help

    App:
          --app <CRATE>          The crate that defines the stacks
          --context <KEY=VALUE>  A value that the app asks for; can be given several times
          --release              Build the app with optimizations

    Output:
          --json          Print the answer as one JSON document; `schema` describes it
          --color <WHEN>  Colour: `auto` means on a terminal, unless NO_COLOR is set [possible values: auto, always, never]
      -q, --quiet         Print the answer, warnings and errors, and nothing else
      -v, --verbose       Say more about what is going on

    Examples:
      cargo formwork synth
      cargo formwork synth --app habitpay --out habitpay-templates --context zone-id=Z0123456789ABCDEFGHIJ
      cargo formwork synth --print habitpay-edge > habitpay-edge.json

    ----- stderr -----
    ");
}

/// Cargo passes the name of the subcommand on.
#[test]
fn as_a_subcommand_of_cargo() {
    let direct = Program::formwork().args(["list", "--help"]).run().snapshot();
    let by_cargo = Program::formwork().args(["formwork", "list", "--help"]).run().snapshot();
    assert_eq!(direct, by_cargo);
    assert_snapshot!(direct, @r"
    exit code: 0
    ----- stdout -----
    List the apps and their stacks

    Usage: cargo formwork list [OPTIONS] [STACK]...

    Arguments:
      [STACK]...  Only these stacks; `*` and `?` stand for any text and any character, `NAME@REGION` names one

    Options:
      -h, --help  Print help

    App:
          --app <CRATE>          The crate that defines the stacks
          --context <KEY=VALUE>  A value that the app asks for; can be given several times
          --release              Build the app with optimizations

    Output:
          --json          Print the answer as one JSON document; `schema` describes it
          --color <WHEN>  Colour: `auto` means on a terminal, unless NO_COLOR is set [possible values: auto, always, never]
      -q, --quiet         Print the answer, warnings and errors, and nothing else
      -v, --verbose       Say more about what is going on

    Examples:
      cargo formwork list
      cargo formwork list '*-edge' 'site@us-east-1'
      cargo formwork list --app habitpay --json

    ----- stderr -----
    ");
}

/// Who typed `cargo xtask` reads `cargo xtask`.
#[test]
fn as_a_subcommand_of_xtask() {
    let run = Program::formwork().env("FORMWORK_CALLED_AS", "cargo xtask").args(["schema", "--help"]).run();
    assert_snapshot!(run.snapshot(), @r"
    exit code: 0
    ----- stdout -----
    Print the JSON Schema of what a command prints with `--json`

    Usage: cargo xtask schema [OPTIONS] [COMMAND]

    Arguments:
      [COMMAND]  The command, or `error` for what any command prints when it fails; without it, the list of them

    Options:
      -h, --help  Print help

    Output:
          --json          Print the answer as one JSON document; `schema` describes it
          --color <WHEN>  Colour: `auto` means on a terminal, unless NO_COLOR is set [possible values: auto, always, never]
      -q, --quiet         Print the answer, warnings and errors, and nothing else
      -v, --verbose       Say more about what is going on

    Examples:
      cargo xtask schema
      cargo xtask schema list > list.schema.json

    ----- stderr -----
    ");
}

#[test]
fn no_command() {
    assert_snapshot!(check(&[]), @r"
    exit code: 1
    ----- stdout -----

    ----- stderr -----
    error: there is no command
    hint: the commands are `list`, `synth`, `diff`, `deploy`, `outputs`, `destroy`, `schema`
    hint: `cargo formwork --help` says more
    ");
}

#[test]
fn a_misspelt_command() {
    assert_snapshot!(check(&["sinth"]), @r"
    exit code: 1
    ----- stdout -----

    ----- stderr -----
    error: no command `sinth`
    hint: did you mean `synth`?
    hint: `cargo formwork --help` says more
    ");
}

#[test]
fn a_misspelt_option() {
    assert_snapshot!(check(&["list", "--ap", "habitpay"]), @r"
    exit code: 1
    ----- stdout -----

    ----- stderr -----
    error: unexpected argument `--ap`
    hint: did you mean `--app`?
    hint: `cargo formwork list --help` says more
    ");
}

#[test]
fn an_option_without_its_value() {
    assert_snapshot!(check(&["synth", "--out"]), @r"
    exit code: 1
    ----- stdout -----

    ----- stderr -----
    error: `--out` needs a value
    hint: `cargo formwork synth --help` says more
    ");
}

#[test]
fn a_value_that_is_not_allowed() {
    assert_snapshot!(check(&["list", "--color", "sometimes"]), @r"
    exit code: 1
    ----- stdout -----

    ----- stderr -----
    error: `sometimes` is no value of `--color`
    hint: possible values: `auto`, `always`, `never`
    hint: `cargo formwork list --help` says more
    ");
}

#[test]
fn context_without_a_value() {
    assert_snapshot!(check(&["synth", "--context", "zone-id"]), @r"
    exit code: 1
    ----- stdout -----

    ----- stderr -----
    error: `zone-id` is no value of `--context`: it has no `=`; the form is KEY=VALUE
    hint: `cargo formwork synth --help` says more
    ");
    assert_snapshot!(check(&["synth", "--context", "=Z1"]), @r"
    exit code: 1
    ----- stdout -----

    ----- stderr -----
    error: `=Z1` is no value of `--context`: the key is empty
    hint: `cargo formwork synth --help` says more
    ");
}

#[test]
fn options_that_exclude_each_other() {
    assert_snapshot!(check(&["list", "--quiet", "--verbose"]), @r"
    exit code: 1
    ----- stdout -----

    ----- stderr -----
    error: `--quiet` and `--verbose` exclude each other
    hint: `cargo formwork list --help` says more
    ");
    assert_snapshot!(check(&["list", "--app", "a", "--app", "b"]), @r"
    exit code: 1
    ----- stdout -----

    ----- stderr -----
    error: `--app` is given twice
    hint: `cargo formwork list --help` says more
    ");
}

/// A program that asked for JSON gets JSON, even if the rest of what it typed is wrong.
#[test]
fn a_mistake_as_json() {
    assert_snapshot!(check(&["list", "--json", "--ap", "habitpay"]), @r#"
    exit code: 1
    ----- stdout -----
    {
      "error": {
        "message": "unexpected argument `--ap`",
        "causes": [],
        "hints": [
          "did you mean `--app`?",
          "`cargo formwork list --help` says more"
        ],
        "problems": []
      }
    }

    ----- stderr -----
    error: unexpected argument `--ap`
    hint: did you mean `--app`?
    hint: `cargo formwork list --help` says more
    "#);
}

#[test]
fn schemas() {
    assert_snapshot!(check(&["schema"]), @r"
    exit code: 0
    ----- stdout -----
    SCHEMA   OF WHAT
    error    any command that fails before it has an answer
    deploy   `deploy --json`
    destroy  `destroy --json`
    diff     `diff --json`
    list     `list --json`
    outputs  `outputs --json`
    synth    `synth --json`

    ----- stderr -----
    ");
    assert_snapshot!(check(&["schema", "lst"]), @r"
    exit code: 1
    ----- stdout -----

    ----- stderr -----
    error: there is no schema `lst`
    hint: did you mean `list`?
    ");
    let run = Program::formwork().args(["schema", "list"]).run().success();
    assert_eq!(run.json()["title"], "formwork list");
}
