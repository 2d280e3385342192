//! `cargo xtask bench`: what the project promises to reach, measured.
//!
//! Figures are ratios and CPU seconds wherever they can be, since wall time says as much about the machine's other work.
//! Nothing here is a test: a figure beyond its limit is marked, and the command succeeds. [`program`] measures what a user
//! waits for at each edit, [`resources`] what the generated types cost, [`deploy`] a deploy that finds nothing to do and one of 1,000 stacks, [`beside`] the same
//! by the CDK's command line, [`assets`] what is hashed and zipped before them,
//! [`local`] the embedded engine, [`site`] switches under load, [`template`] validation, the preview, the facts about types and the notation of templates, [`verify`] the questions to a site, [`meter`] is the
//! stop-watch.

mod assets;
mod beside;
mod deploy;
mod figure;
mod local;
mod meter;
mod program;
mod resources;
mod site;
mod template;
mod verify;

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Result;

use figure::Figure;

type Bench = fn() -> Result<Vec<Figure>>;

/// The benchmarks: a name, what it measures, and how.
const BENCHES: &[(&str, &str, Bench)] = &[
    ("program", "habitpay's program, from its start to the written assembly", program::run),
    ("synth", "8,000 resources in 20 stacks, against serde_json", program::synth),
    ("validate", "8,000 resources in 20 stacks, and habitpay from a cold start", template::validate),
    ("diff", "two templates of 500 resources, and two of 1 MB", template::diff),
    ("facts", "a question about a resource type, from the table inside the program", template::facts),
    ("document", "a template of 1 MB, read and written, against serde_json", template::document),
    ("types", "the generated types: EC2, nine services, all of them", resources::run),
    ("build", "a stack crate: cold build, edit of one value", program::build),
    ("clone", "the first `cargo xtask synth` on a fresh clone", program::clone),
    ("deploy", "a deploy that finds no changes, against ministack; 1,000 stacks against the engine", deploy::run),
    ("beside", "three stacks by the CDK's command line and by ours, against the engine", beside::run),
    ("site", "50 switches of a site under load, with a real nginx", site::run),
    ("assets", "30 MB hashed; 200 MB and a file of 1 GB zipped", assets::run),
    ("local", "the embedded engine: first deploy, 500 resources, 1,000 stacks", local::run),
    ("verify", "a site on loopback, asked everything that a viewer asks", verify::run),
];

pub(crate) fn run(arguments: &[OsString]) -> Result<ExitCode> {
    let wanted: Vec<String> = arguments.iter().map(|argument| argument.to_string_lossy().into_owned()).collect();
    if wanted.iter().any(|name| name == "-h" || name == "--help") {
        print!("{}", help());
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(unknown) = wanted.iter().find(|wanted| !BENCHES.iter().any(|(name, ..)| name == wanted)) {
        eprint!("error: there is no benchmark `{unknown}`\n\n{}", help());
        return Ok(ExitCode::from(1));
    }
    for (name, about, bench) in BENCHES {
        if wanted.is_empty() || wanted.iter().any(|wanted| wanted == name) {
            eprintln!("{name}: {about}");
            for figure in bench()? {
                println!("{}", figure.line());
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn help() -> String {
    let mut text =
        "Measures what the project promises to reach.\n\nUsage: cargo xtask bench [BENCHMARK]...\n\nBenchmarks:\n"
            .to_owned();
    for (name, about, _) in BENCHES {
        text.push_str(&format!("  {name:<8} {about}\n"));
    }
    text
}
