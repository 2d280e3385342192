//! `cargo xtask test`: the one command that runs all tests, on a fresh clone too.
//!
//! It installs the [`crate::tools`], builds the programs that tests run as a user would, tells the tests by environment
//! variables where both are, and runs them through `cargo test`. With `--without-tools`, it installs nothing and leaves out the programs
//! of tests that need a tool.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context as _, Result, anyhow, bail};
use serde_json::Value;

use crate::tools::{self, Tools};
use crate::workspace::{cargo_here, metadata, show, target_directory};

const HELP: &str = "\
Installs what the tests need, builds, and runs all tests.

Usage: cargo xtask test [--without-tools] [ARGUMENTS OF `cargo test`]...

Examples:
  cargo xtask test                      all tests
  cargo xtask test --without-tools      those that need nothing installed
  cargo xtask test -p formwork-diff     those of one crate
  cargo xtask test --test e2e           those of one area
  cargo xtask test certificate          those with this in their name

The tools go to target/test-tools, once: a CloudFormation server, judges of templates, AWS's Python SDK and command
line; on Linux nginx, which is built and needs a C compiler, docker's reader of compose files, and BIND; where there is Node.js, the
CDK's command line, its facts and its diff, and a driver for Chromium, the browser of the previews' pages. For root, packages of the system are installed by apt; otherwise they are named.
Snapshots are accepted with `INSTA_UPDATE=always cargo xtask test`.
";

/// The programs that tests run, and the variables that tell where they are.
const PROGRAMS: &[(&str, &str)] =
    &[("cargo-formwork", "FORMWORK_CLI"), ("habitpay", "HABITPAY_BIN"), ("xtask", "XTASK_BIN")];

/// Words of which one is in the name of every test that needs Node.js or an npm package.
const NEEDS_NODE: &[&str] = &["cdk_cli", "edge_function", "preview_judge", "review_page"];

/// The programs of tests that need a tool.
const NEED_TOOLS: &[&str] = &["cli", "e2e", "judge", "site", "stores", "templates"];

pub(crate) fn run(arguments: &[OsString]) -> Result<ExitCode> {
    if arguments.iter().any(|argument| argument == "--help" || argument == "-h") {
        print!("{HELP}");
        return Ok(ExitCode::SUCCESS);
    }
    let folder = target_directory()?.join("test-tools");
    if let Some((first, arguments)) = arguments.split_first()
        && first == "--without-tools"
    {
        let Some(programs) = build(&folder.join("bin"))? else { return Ok(ExitCode::from(1)) };
        return without_tools(&programs, arguments);
    }
    // Installing waits for the network, building for the processors.
    let (tools, programs) = std::thread::scope(|scope| {
        let tools = scope.spawn(|| tools::install(&folder));
        let programs = build(&folder.join("bin"));
        (tools.join().unwrap_or_else(|_| Err(anyhow!("the installation was cut off"))), programs)
    });
    let (tools, Some(programs)) = (tools?, programs?) else {
        return Ok(ExitCode::from(1));
    };
    test(&tools, &programs, arguments)
}

/// Builds everything that `cargo test` will need, in one go, so that the features of shared dependencies agree and
/// nothing is compiled twice. `None` when it does not compile; cargo has said why.
fn build(folder: &Path) -> Result<Option<BTreeMap<String, PathBuf>>> {
    let mut command = cargo_here();
    command.args(["build", "--workspace", "--bins", "--tests", "--message-format=json-render-diagnostics"]);
    let shown = show(&command);
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot run `{shown}`"))?;
    if !output.status.success() {
        return Ok(None);
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let messages = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut built = BTreeMap::new();
    for message in messages.filter(|message| message["profile"]["test"] == false) {
        if let (Some(name), Some(path)) = (message["target"]["name"].as_str(), message["executable"].as_str()) {
            built.insert(name.to_owned(), PathBuf::from(path));
        }
    }
    fs::create_dir_all(folder).with_context(|| format!("cannot make the folder `{}`", folder.display()))?;
    let mut programs = BTreeMap::new();
    for (name, variable) in PROGRAMS {
        let path = built.get(*name).with_context(|| format!("`{shown}` made no program `{name}`"))?;
        programs.insert((*variable).to_owned(), keep(path, folder)?);
    }
    Ok(Some(programs))
}

/// Tests build again, with other features, and would exchange the program under the feet of the next test.
fn keep(path: &Path, folder: &Path) -> Result<PathBuf> {
    let kept = folder.join(path.file_name().unwrap_or_default());
    // It may not be there, or belong to a run that still uses it; the link then says so.
    let _ = fs::remove_file(&kept);
    fs::hard_link(path, &kept)
        .or_else(|_| fs::copy(path, &kept).map(drop))
        .with_context(|| format!("cannot copy `{}` to `{}`", path.display(), kept.display()))?;
    Ok(kept)
}

/// The tests that need no tool, and then those in documentation, which cargo does not run beside chosen ones.
fn without_tools(programs: &BTreeMap<String, PathBuf>, arguments: &[OsString]) -> Result<ExitCode> {
    let metadata = metadata(&["--no-deps"])?;
    let mut chosen = BTreeSet::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let targets = package["targets"].as_array().into_iter().flatten();
        let is_test = |target: &&Value| target["kind"].as_array().is_some_and(|kinds| kinds.contains(&"test".into()));
        for name in targets.filter(is_test).filter_map(|target| target["name"].as_str()) {
            let needs_tools = NEED_TOOLS.contains(&name);
            if needs_tools && package["name"] != "formwork-tests" {
                bail!("a test of {} has the name `{name}` of one that needs tools", package["name"]);
            }
            if !needs_tools {
                chosen.insert(name);
            }
        }
    }
    let mut command = cargo_test();
    command.args(["--workspace", "--lib", "--bins"]);
    for name in chosen {
        command.args(["--test", name]);
    }
    let mut counts = Counts::default();
    let passed = follow(command.args(arguments).envs(programs), &mut counts)?;
    let documented = follow(cargo_test().args(["--workspace", "--doc"]).args(arguments), &mut counts)?;
    println!("{counts}; not run, because they need tools: {}", NEED_TOOLS.join(", "));
    Ok(ExitCode::from(u8::from(!(passed && documented))))
}

fn cargo_test() -> Command {
    let mut command = cargo_here();
    command.args(["test", "--no-fail-fast"]);
    command
}

fn test(tools: &Tools, programs: &BTreeMap<String, PathBuf>, arguments: &[OsString]) -> Result<ExitCode> {
    let mut command = cargo_test();
    let names_packages = |argument: &OsString| {
        let argument = argument.to_string_lossy();
        argument.starts_with("-p") || argument.starts_with("--package")
    };
    if !arguments.iter().any(names_packages) {
        command.arg("--workspace");
    }
    command.args(arguments);
    command.envs(programs).env("FORMWORK_PYTHON", &tools.python);
    command.env("FORMWORK_CFN_LINT_FIXTURES", &tools.cfn_lint_fixtures);
    if let Some(site) = &tools.site {
        command.env("FORMWORK_NGINX", &site.nginx).env("FORMWORK_COMPOSE", &site.compose);
        command.env("FORMWORK_SHELLCHECK", &site.shellcheck).env("FORMWORK_NAMED", &site.named);
    }
    if let Some(chromium) = &tools.chromium {
        command.env("FORMWORK_CHROMIUM", chromium);
    }
    if let (Some(cdk), Some(node_modules)) = (tools.cdk(), &tools.node_modules) {
        command.env("FORMWORK_CDK", cdk).env("FORMWORK_NODE_MODULES", node_modules);
    } else {
        if !arguments.iter().any(|argument| argument == OsStr::new("--")) {
            command.arg("--");
        }
        for name in NEEDS_NODE {
            command.args(["--skip", name]);
        }
    }
    let mut counts = Counts::default();
    let passed = follow(&mut command, &mut counts)?;
    if tools.node_modules.is_none() {
        eprintln!(
            "not run, because there is no Node.js: the tests that need npm packages (`{}…`); {} filtered out",
            NEEDS_NODE.join("…`, `"),
            counts.filtered
        );
    }
    println!("{counts}");
    Ok(ExitCode::from(u8::from(!passed)))
}

/// Runs `cargo test`, shows what it prints, and adds up what its programs say about themselves. True if all is well.
fn follow(command: &mut Command, counts: &mut Counts) -> Result<bool> {
    let shown = show(command);
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().with_context(|| format!("cannot run `{shown}`"))?;
    let failed_before = counts.failed;
    if let Some(stdout) = child.stdout.take() {
        let mut reader = BufReader::new(stdout);
        let mut line = Vec::new();
        let mut out = std::io::stdout().lock();
        // Bytes, because what a test prints need not be UTF-8.
        while reader.read_until(b'\n', &mut line).with_context(|| format!("cannot read what `{shown}` prints"))? > 0 {
            out.write_all(&line).context("cannot write to the standard output")?;
            counts.add(&String::from_utf8_lossy(&line));
            line.clear();
        }
    }
    let status = child.wait().with_context(|| format!("cannot wait for `{shown}`"))?;
    if !status.success() && counts.failed == failed_before {
        eprintln!("error: `{shown}` failed beside the tests; its messages stand above");
    }
    Ok(status.success())
}

/// The sum of what each test program says about itself.
#[derive(Debug, Default, PartialEq)]
struct Counts {
    passed: u64,
    failed: u64,
    filtered: u64,
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

impl Counts {
    fn add(&mut self, line: &str) {
        // test result: ok. 5 passed; 0 failed; 0 ignored; 0 measured; 2 filtered out; finished in 0.00s
        let Some((_, counts)) = line.strip_prefix("test result: ").and_then(|rest| rest.split_once(". ")) else {
            return;
        };
        for count in counts.split("; ") {
            let Some((number, what)) = count.split_once(' ') else {
                continue;
            };
            let number = number.parse().unwrap_or(0);
            match what {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "filtered out" => self.filtered += number,
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Counts;

    #[test]
    fn results_are_summed() {
        let mut counts = Counts::default();
        for line in [
            "running 5 tests\n",
            "test result: ok. 5 passed; 0 failed; 0 ignored; 0 measured; 2 filtered out; finished in 0.00s\n",
            "test result: FAILED. 1 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.25s\n",
            "test result: unexpected\n",
        ] {
            counts.add(line);
        }
        assert_eq!(counts, Counts { passed: 6, failed: 3, filtered: 2 });
    }
}
