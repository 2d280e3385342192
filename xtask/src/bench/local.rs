//! The embedded engine: what a new user waits for, and what a thousand stacks cost.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::figure::Figure;
use super::meter::{Measured, measure};
use super::program::{cargo_program, scratch, text};
use crate::workspace::{cargo_here, output, root, target_directory};

/// One engine: how long until it listens, what it takes then, and a stack of 500 resources. A line for each run.
const SCRIPT: &str = "
import json, os, re, shutil, subprocess, sys, time, urllib.parse, urllib.request
program, state, runs = sys.argv[1], sys.argv[2], int(sys.argv[3])
template = json.dumps({'Resources': {f'T{n}': {'Type': 'AWS::SNS::Topic', 'Properties': {'DisplayName': f'n{n}'}} for n in range(500)}})
def call(url, **fields):
    return urllib.request.urlopen(url, urllib.parse.urlencode(fields).encode()).read().decode()
for _ in range(runs):
    shutil.rmtree(state, ignore_errors=True)
    start = time.perf_counter()
    engine = subprocess.Popen([program, 'local', '--state', state], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    url = engine.stdout.readline().split()[-1]
    ready = time.perf_counter() - start
    peak = int(re.search(r'VmHWM:\\s+(\\d+)', open(f'/proc/{engine.pid}/status').read()).group(1)) * 1024
    start = time.perf_counter()
    call(url, Action='CreateStack', StackName='big', TemplateBody=template)
    done = 'CREATE_COMPLETE' in call(url, Action='DescribeStacks', StackName='big')
    made = time.perf_counter() - start
    engine.kill()
    engine.wait()
    if not done:
        sys.exit('the stack was not created')
    print(json.dumps([ready, peak, made]))
";

/// Ten resources a stack, which look at each other: certificates, distributions that use them, records.
const APP: &str = "\
//! Many small stacks.
use formwork::prelude::*;

/// As many stacks as the context says.
pub fn app(context: &Context) -> App {
    let count: usize = context.require(\"stacks\");
    let zone = HostedZone::from_id(\"Z0123456789ABCDEFGHIJ\", \"example.com\");
    let mut app = App::new();
    for number in 0..count {
        let mut stack = Stack::<UsEast1>::new(format!(\"site-{number}\"));
        for site in 0..2 {
            let name = format!(\"s{number}-{site}.example.com\");
            let certificate = stack.add(&format!(\"Certificate{site}\"), Certificate::dns_validated(&name, &zone));
            let distribution = Distribution {
                aliases: vec![name.clone()],
                ..Distribution::new(Origin::public_https(\"origin.example.com\"), &certificate)
            };
            let distribution = stack.add(&format!(\"Distribution{site}\"), distribution);
            stack.add(&format!(\"Alias{site}\"), AliasRecords::new(&zone, &name, &distribution));
        }
        for spare in 0..2 {
            let name = format!(\"spare{number}-{spare}.example.com\");
            stack.add(&format!(\"Spare{spare}\"), Certificate::dns_validated(&name, &zone));
        }
        app = app.with(stack);
    }
    app
}
";

pub(super) fn run() -> Result<Vec<Figure>> {
    output(cargo_here().args(["build", "--quiet", "--release", "--package", "formwork-cli"]))?;
    let program = target_directory()?.join("release/cargo-formwork");
    let program = text(&program)?;
    let mut figures = first_deploy(program)?;
    figures.extend(one_engine(program)?);
    figures.extend(many_stacks(program)?);
    Ok(figures)
}

/// habitpay, from nothing, its own program built before: at most 150 ms.
fn first_deploy(program: &str) -> Result<Vec<Figure>> {
    let state = target_directory()?.join("formwork/local");
    let script = format!("rm -rf '{}'; '{program}' deploy --local --app habitpay --yes 2>&1", text(&state)?);
    measure(1, &root(), &["sh", "-c", &script], &[])?;
    let again = measure(11, &root(), &["sh", "-c", &script], &[])?;
    Ok(vec![
        Figure::new("deploy --local of habitpay, wall time", again.wall_seconds * 1e3, 150.0, "ms"),
        Figure::new("deploy --local of habitpay, CPU time", again.cpu_seconds * 1e3, 150.0, "ms"),
    ])
}

/// At most 20 ms and 40 MB until it listens; 500 resources in 300 ms.
fn one_engine(program: &str) -> Result<Vec<Figure>> {
    let state = scratch("local")?.join("state");
    let mut python = Command::new("python3");
    let text = output(python.args(["-I", "-S", "-c", SCRIPT, program, text(&state)?, "11"]))?;
    let mut runs = Vec::new();
    for line in text.lines() {
        let run: Value = serde_json::from_str(line).context("the measuring script printed something else")?;
        runs.push([0, 1, 2].map(|index| run[index].as_f64().unwrap_or(f64::NAN)));
    }
    let median = |index: usize| {
        let mut column: Vec<f64> = runs.iter().map(|run| run[index]).collect();
        column.sort_by(f64::total_cmp);
        column.get(column.len() / 2).copied().unwrap_or(f64::NAN)
    };
    Ok(vec![
        Figure::new("engine: until it listens", median(0) * 1e3, 20.0, "ms"),
        Figure::new("engine: peak memory until then", median(1) / 1e6, 40.0, "MB"),
        Figure::new("engine: a stack of 500 resources", median(2) * 1e3, 300.0, "ms"),
    ])
}

/// Stacks of ten resources through the deployer: what one stack costs must not grow with their number.
fn many_stacks(program: &str) -> Result<Vec<Figure>> {
    let folder = workspace(&scratch("many")?)?;
    output(Command::new(cargo_program()).args(["build", "--quiet", "--release"]).current_dir(&folder))?;
    let of = |count: usize| -> Result<Measured> {
        let script = format!(
            "rm -rf target/formwork/local; '{program}' deploy --local --release --yes --quiet --concurrency 16 --context stacks={count}"
        );
        measure(3, &folder, &["sh", "-c", &script], &[])
    };
    let few = of(250)?;
    let some = of(500)?;
    let many = of(1_000)?;
    let growth = |of: fn(&Measured) -> f64, what: &str| {
        let (first, middle, last) = (of(&few) / 250.0, of(&some) / 500.0, of(&many) / 1_000.0);
        [
            Figure::new(format!("a stack among 500, against one among 250: {what}"), middle / first, 1.2, "times"),
            Figure::new(format!("a stack among 1,000, against one among 250: {what}"), last / first, 1.2, "times"),
        ]
    };
    // The limit is one for orientation: nobody promised a number.
    let mut figures = vec![
        Figure::new("1,000 stacks: a stack, wall time", many.wall_seconds, 10.0, "ms"),
        Figure::new("1,000 stacks: a stack, CPU time", many.cpu_seconds, 10.0, "ms"),
        Figure::new("1,000 stacks: memory of engine and deployer", many.peak_bytes / 1e6, 400.0, "MB"),
    ];
    figures.extend(growth(|measured| measured.cpu_seconds, "CPU time"));
    figures.extend(growth(|measured| measured.peak_bytes, "memory"));
    Ok(figures)
}

/// A workspace with the app alone, as a user has it.
fn workspace(folder: &Path) -> Result<PathBuf> {
    let root = root();
    let write = |path: &str, text: &str| {
        let path = folder.join(path);
        fs::write(&path, text).with_context(|| format!("cannot write `{}`", path.display()))
    };
    let read = |path: &str| fs::read_to_string(root.join(path)).with_context(|| format!("cannot read `{path}`"));
    let manifest = format!(
        "[package]\nname = \"many\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[package.metadata.formwork]\n\n[workspace]\n\n\
         [dependencies]\nformwork = {{ path = \"{}\" }}\n",
        text(&root.join("crates/formwork"))?
    );
    write("Cargo.toml", &manifest)?;
    write("Cargo.lock", &read("Cargo.lock")?)?;
    write("rust-toolchain.toml", &read("rust-toolchain.toml")?)?;
    fs::create_dir_all(folder.join("src")).context("cannot make the folder `src`")?;
    write("src/main.rs", &read("stacks/habitpay/src/main.rs")?.replace("habitpay", "many"))?;
    write("src/lib.rs", APP)?;
    Ok(folder.to_owned())
}
