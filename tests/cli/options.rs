//! Options: values that they do not take, and folders that they do not write to.

use std::fs;

use insta::assert_snapshot;
use support::{Program, tempdir};

use crate::run;

#[test]
fn an_option_without_its_value() {
    assert_snapshot!(run(&["synth", "--out"]), @r"
    exit code: 1
    ----- stdout -----

    ----- stderr -----
    error: `--out` needs a value
    hint: `cargo formwork synth --help` says more
    ");
}

#[test]
fn a_value_that_is_not_allowed() {
    assert_snapshot!(run(&["list", "--color", "sometimes"]), @"
    exit code: 1
    ----- stdout -----

    ----- stderr -----
    error: `sometimes` is not a value of `--color`
    hint: possible values: `auto`, `always`, `never`
    hint: `cargo formwork list --help` says more
    ");
}

#[test]
fn context_without_a_value() {
    assert_snapshot!(run(&["synth", "--context", "zone-id"]), @"
    exit code: 1
    ----- stdout -----

    ----- stderr -----
    error: `zone-id` is not a value of `--context`: it has no `=`; the form is KEY=VALUE
    hint: `cargo formwork synth --help` says more
    ");
    assert_snapshot!(run(&["synth", "--context", "=Z1"]), @"
    exit code: 1
    ----- stdout -----

    ----- stderr -----
    error: `=Z1` is not a value of `--context`: the key is empty
    hint: `cargo formwork synth --help` says more
    ");
}

#[test]
fn values_of_another_form() {
    let first = |arguments: &[&str]| run(arguments).lines().find(|line| line.starts_with("error")).map(str::to_owned);
    let said: Vec<String> = [
        &["verify", "--timeout", "-1"][..],
        &["verify", "--timeout", "61"],
        &["verify", "-1"],
        &["verify", "--distribution", "http://x y"],
        &["doctor", "--instance", "i-zz"],
    ]
    .into_iter()
    .filter_map(first)
    .collect();
    assert_snapshot!(said.join("\n"), @r"
    error: `-1` is not a value of `--timeout`: it is not a whole number of 0 or more
    error: `61` is not a value of `--timeout`: 61 is not in 1..=60
    error: unexpected argument `-1`
    error: `http://x y` is not a value of `--distribution`: it is not the name of a host, such as `[DISTRIBUTION].cloudfront.net`
    error: `i-zz` is not a value of `--instance`: it is not the id of an instance: `i-` and 17 hexadecimal digits
    ");
}

#[test]
fn options_that_exclude_each_other() {
    assert_snapshot!(run(&["list", "--quiet", "--verbose"]), @r"
    exit code: 1
    ----- stdout -----

    ----- stderr -----
    error: `--quiet` and `--verbose` exclude each other
    hint: `cargo formwork list --help` says more
    ");
    assert_snapshot!(run(&["list", "--app", "a", "--app", "b"]), @r"
    exit code: 1
    ----- stdout -----

    ----- stderr -----
    error: `--app` is given twice
    hint: `cargo formwork list --help` says more
    ");
}

/// An option that would do nothing is refused, and not ignored.
#[test]
fn options_that_would_do_nothing() {
    let first = |arguments: &[&str]| run(arguments).lines().find(|line| line.starts_with("error")).map(str::to_owned);
    let of_files = ["diff", "--from", "a.json", "--to", "b.json"];
    let of_files = |more: &[&str]| first(&[&of_files[..], more].concat());
    let of_file = |more: &[&str]| first(&[&["validate", "--template", "a.json"], more].concat());
    let said: Vec<String> = [
        of_file(&["site"]),
        of_file(&["--app", "habitpay"]),
        of_file(&["--env", "prod"]),
        of_file(&["--context", "a=b"]),
        of_file(&["--release"]),
        of_files(&["site"]),
        of_files(&["--app", "habitpay"]),
        of_files(&["--env", "prod"]),
        of_files(&["--release"]),
        of_files(&["--local"]),
        of_files(&["--local", "--local-state", "state"]),
        of_files(&["--profile", "prod"]),
        of_files(&["--region", "eu-west-1"]),
        of_files(&["--endpoint-url", "http://127.0.0.1:1"]),
        of_files(&["--allow-plain-http"]),
        of_files(&["--parameter-file", "site:Key=file"]),
        of_files(&["--parameter-env", "site:Key=VARIABLE"]),
        of_files(&["--asset-bucket", "bucket"]),
        of_files(&["--no-validate"]),
        of_files(&["--ignore", "record-set"]),
        first(&["import-template", "a.json", "--local"]),
        first(&["import-template", "a.json", "--profile", "prod"]),
        first(&["import-template", "a.json", "--endpoint-url", "http://127.0.0.1:1"]),
        first(&["deploy", "--plan", "a.plan", "--yes"]),
        first(&["deploy", "--plan", "a.plan", "--require-approval", "never"]),
        first(&["deploy", "--plan", "a.plan", "--allow", "Table"]),
        first(&["switch", "--status", "--yes"]),
        first(&["switch", "--status", "--allow", "Table"]),
        first(&["graph", "--format", "dot", "--json"]),
        first(&["completions", "bash", "--json"]),
    ]
    .into_iter()
    .map(|line| line.unwrap_or_else(|| "not refused".to_owned()))
    .collect();
    assert_snapshot!(said.join("\n"), @r"
    error: `--template` and `STACK` exclude each other
    error: `--template` and `--app` exclude each other
    error: `--template` and `--env` exclude each other
    error: `--template` and `--context` exclude each other
    error: `--template` and `--release` exclude each other
    error: `--from` and `--to` compare two files, and take no stacks and no app
    error: `--from` and `--to` compare two files, and take no stacks and no app
    error: `--from` and `--to` compare two files, and take no stacks and no app
    error: `--from` and `--release` exclude each other
    error: `--from` and `--local` exclude each other
    error: `--from` and `--local`, `--local-state` exclude each other
    error: `--from` and `--profile` exclude each other
    error: `--from` and `--region` exclude each other
    error: `--from` and `--endpoint-url` exclude each other
    error: `--from` and `--allow-plain-http` exclude each other
    error: `--from` and `--parameter-file` exclude each other
    error: `--from` and `--parameter-env` exclude each other
    error: `--from` and `--asset-bucket` exclude each other
    error: `--from` and `--no-validate` exclude each other
    error: `--from` and `--ignore` exclude each other
    error: `FILE` and `--local` exclude each other
    error: `FILE` and `--profile` exclude each other
    error: `FILE` and `--endpoint-url` exclude each other
    error: `--plan` and `--yes` exclude each other
    error: `--plan` and `--require-approval` exclude each other
    error: `--plan` and `--allow` exclude each other
    error: `--status` and `--yes` exclude each other
    error: `--status` and `--allow` exclude each other
    error: `--format` and `--json` exclude each other
    error: `completions` writes the file of a shell, which is not JSON
    ");
}

#[test]
fn schemas() {
    assert_snapshot!(run(&["schema"]), @"
exit code: 0
----- stdout -----
SCHEMA           OF WHAT
continue         `continue --json`
cost             `cost --json`
deploy           `deploy --json`
destroy          `destroy --json`
diff             `diff --json`
doctor           `doctor --json`
error            any command that fails before it has an answer
events           `events --json`
files            `files --json`
gc               `gc --json`
generate         `generate --json`
graph            `graph --json`
import-template  `import-template --json`
init             `init --json`
list             `list --json`
local            `local --json`
lookup           `lookup --json`
man              `man --json`
new              `new --json`
outputs          `outputs --json`
plan             the file of `deploy --plan`
rollback         `rollback --json`
status           `status --json`
switch           `switch --json`
synth            `synth --json`
validate         `validate --json`
verify           `verify --json`
formwork.toml    the file of environments

----- stderr -----
");
    assert_snapshot!(run(&["schema", "lst"]), @r"
    exit code: 1
    ----- stdout -----

    ----- stderr -----
    error: there is no schema `lst`
    hint: did you mean `list`?
    ");
    let list = Program::formwork().args(["schema", "list"]).run().success();
    assert_eq!(list.json()["title"], "formwork list");
}

#[test]
fn print_takes_one_stack() {
    assert_snapshot!(run(&["synth", "--quiet", "--print", "habitpay-*"]), @r#"
exit code: 1
----- stdout -----

----- stderr -----
warning: CloudFront reaches the origin over plain http: what passes there can be read and changed
  --> stacks/habitpay/src/lib.rs:25
   |
25 |                     ..Behavior::new(Origin::public_http("ec2-3-34-56-78.ap-northeast-2.compute.amazonaws.com"))
   |
hint: `Origin::vpc` needs a private address; `Origin::public_https` needs a server that ends TLS, which the nginx of `ReverseProxy` does not

warning: the origin is open: whoever finds its address is served without CloudFront
  --> stacks/habitpay/src/lib.rs:32
   |
32 |     site.add(
   |
hint: an `OriginSecret` closes it: `custom_headers` of the origin has its `header`, the proxy has it as `origin_secret`

warning: CloudFront reaches the origin over plain http: what passes there can be read and changed
  --> stacks/shop/src/lib.rs:17
   |
17 |     let origin = Origin::public_http("ec2-3-34-56-78.ap-northeast-2.compute.amazonaws.com");
   |
hint: `Origin::vpc` needs a private address; `Origin::public_https` needs a server that ends TLS, which the nginx of `ReverseProxy` does not

error: `--print habitpay-*` matches 2 stacks
hint: name one of `habitpay-edge@us-east-1`, `habitpay-site@ap-northeast-2`
"#);
}

#[test]
fn print_in_yaml() {
    let print =
        |more: &[&str]| run(&[&["synth", "--app", "habitpay", "--quiet", "--print", "habitpay-edge"], more].concat());
    assert_snapshot!(print(&["--format", "yaml"]));
    assert_snapshot!("yaml_as_json", print(&["--format", "yaml", "--json"]));
    assert_snapshot!("file_as_json", print(&["--json"]) + &run(&["completions", "bash", "--json"]));
    assert_snapshot!("yaml_of_nothing", run(&["synth", "--format", "yaml"]));
}

/// A folder of something else than an assembly is not replaced.
#[test]
fn out_at_a_folder_of_something_else() {
    let folder = tempdir();
    let thesis = folder.path().join("thesis.txt");
    fs::write(&thesis, "three years of work").unwrap();
    let synth = Program::formwork().args(["synth", "--app", "habitpay", "--out"]).arg(folder.path());
    assert_snapshot!(synth.call(folder.path().display(), "[OUT]").run().snapshot(), @"
    exit code: 1
    ----- stdout -----

    ----- stderr -----
    error: the assembly of `habitpay` could not be written
    Caused by: `[OUT]` is not a cloud assembly (it has no `formwork.json`) and is not empty, so it is not replaced
    hint: choose another folder with `--out`
    ");
    assert_eq!(fs::read_to_string(thesis).unwrap(), "three years of work");
}

#[test]
fn out_below_a_file() {
    let folder = tempdir();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let synth = Program::formwork().args(["synth", "--app", "habitpay", "--out"]).arg(file.join("out"));
    assert_snapshot!(synth.call(folder.path().display(), "[FOLDER]").run().snapshot(), @r"
    exit code: 1
    ----- stdout -----

    ----- stderr -----
    error: the assembly of `habitpay` could not be written
    Caused by: cannot read `[FOLDER]/file/out`: Not a directory (os error 20)
    hint: choose another folder with `--out`
    ");
}

#[test]
fn colour_where_it_is_asked_for() {
    let list = Program::formwork().args(["list", "--color", "always", "--app", "habitpy"]).run();
    assert_snapshot!(list.stderr.replace('\x1b', "ESC"), @"
    ESC[1mESC[31merror:ESC[0m the workspace has no app `habitpy`
    ESC[1mESC[36mhint:ESC[0m did you mean `habitpay`?
    ");
}

/// Files that are named and are not there: the mistake is in what was typed, whichever option it is.
#[test]
fn files_that_are_not_there() {
    let folder = tempdir();
    let template = folder.path().join("template.json");
    fs::write(&template, r#"{"Resources":{"Topic":{"Type":"AWS::SNS::Topic"}}}"#).unwrap();
    let template = template.to_str().unwrap();
    let missing = folder.path().join("missing").display().to_string();
    let of_parameter = format!("habitpay-site:Origin={missing}");
    let all: [&[&str]; 11] = [
        &["diff", "--from", &missing, "--to", template],
        &["diff", "--from", template, "--to", template, "--schemas", &missing],
        &["validate", "--template", &missing],
        &["validate", "--template", template, "--schemas", &missing],
        &["import-template", &missing],
        &["deploy", "--execute", &missing],
        &["deploy", "--assembly", &missing, "--local"],
        &["deploy", "--app", "habitpay", "--local", "--local-faults", &missing],
        &["deploy", "--app", "habitpay", "--local", "--parameter-file", &of_parameter],
        &["local", "--faults", &missing],
        &["local", "--schemas", &missing],
    ];
    for arguments in all {
        let run = Program::formwork().args(arguments).run();
        assert_eq!(run.code, Some(1), "{arguments:?}: {}", run.snapshot());
        assert!(run.stderr.contains(&missing), "{arguments:?}: {}", run.snapshot());
    }
}

/// A shell completes what people type, which is `cargo formwork`, and what cargo runs.
#[test]
fn completions_of_bash() {
    let script = Program::formwork().args(["completions", "bash"]).run().success().stdout;
    let typed = r#"
ask() {
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
    "_${1/cargo-/}${of_cargo}" "$1" "${!#}" "${COMP_WORDS[COMP_CWORD - 1]}"
    echo "$*: ${COMPREPLY[*]}"
}
of_cargo=
ask cargo-formwork de
ask cargo-formwork deploy --req
of_cargo=_with_formwork
ask cargo formwork de
ask cargo +stable formwork de
ask cargo --quiet formwork de
ask cargo +stable formwork deploy --env p
ask cargo formwork deploy --require-approval ""
ask cargo formwork new --template ""
ask cargo formwork deploy --env p
ask cargo formwork deploy --app p
ask cargo formwork synth --print p
ask cargo formwork deploy --plan p
"#;
    // A folder in which a name of a file begins as what is typed.
    let folder = support::tempdir();
    std::fs::write(folder.path().join("prod.plan"), "").unwrap();
    let run = Program::new("bash").arg("-c").arg(script + typed).current_dir(folder.path()).run().success();
    assert_snapshot!(run.stdout, @"
cargo-formwork de: deploy destroy
cargo-formwork deploy --req: --require-approval
cargo formwork de: deploy destroy
cargo +stable formwork de: deploy destroy
cargo --quiet formwork de: deploy destroy
cargo +stable formwork deploy --env p: p
cargo formwork deploy --require-approval : never any-change broadening destructive
cargo formwork new --template : site network empty
cargo formwork deploy --env p: p
cargo formwork deploy --app p: p
cargo formwork synth --print p: p
cargo formwork deploy --plan p: prod.plan
");
}

#[test]
fn completions_of_other_shells() {
    for shell in ["elvish", "fish", "powershell", "zsh"] {
        let script = Program::formwork().args(["completions", shell]).run().success().stdout;
        assert!(script.contains("require-approval") && script.contains("cargo-formwork"), "{script}");
    }
    assert_snapshot!(run(&["completions", "bsh"]));
}

#[test]
fn manual_pages() {
    let folder = support::tempdir();
    let run = Program::formwork().arg("man").arg(folder.path()).call(folder.path().display(), "[FOLDER]").run();
    let read = |page: &str| std::fs::read_to_string(folder.path().join(page)).unwrap();
    let page = read("cargo-formwork-list.1");
    let version = env!("CARGO_PKG_VERSION");
    assert_snapshot!(run.snapshot() + "----- cargo-formwork-list.1\n" + &page.replace(version, "[VERSION]"));

    let mut pages: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|it| it.unwrap().file_name()).collect();
    pages.sort();
    let synopsis = |page: &std::ffi::OsString| {
        let text = read(page.to_str().unwrap());
        let lines = text.lines().skip_while(|line| *line != ".SH SYNOPSIS").skip(1);
        lines.take_while(|line| !line.starts_with(".SH")).map(|line| format!("{line}\n")).collect::<String>()
    };
    assert_snapshot!(pages.iter().map(synopsis).collect::<String>());
}
