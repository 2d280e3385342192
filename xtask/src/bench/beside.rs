//! The CDK's command line beside ours: the same finished assembly, the same server, whose CPU time is taken off both sides.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::deploy::{Server, write_assembly};
use super::figure::Figure;
use super::meter::measure;
use super::program::{scratch, text};
use crate::tools;
use crate::workspace::{cargo_here, output, target_directory};

const STACKS: usize = 3;
/// The two take turns, so that what else the machine does slows both.
const ROUNDS: usize = 5;

const KEYS: &[(&str, &str)] = &[
    ("AWS_ACCESS_KEY_ID", "test"),
    ("AWS_SECRET_ACCESS_KEY", "test"),
    ("AWS_REGION", "us-east-1"),
    ("CDK_DISABLE_CLI_TELEMETRY", "true"),
    ("NODE_NO_WARNINGS", "1"),
];

/// The commands of both, in this order: the name, ours, theirs.
const DEEDS: &[(&str, &[&str], &[&str])] = &[
    ("first deploy", &["deploy", "--yes"], &["deploy", "--all", "--require-approval", "never"]),
    ("deploy without changes", &["deploy", "--yes"], &["deploy", "--all", "--require-approval", "never"]),
    ("diff", &["diff"], &["diff"]),
    ("destroy", &["destroy", "--yes"], &["destroy", "--all", "--force"]),
];

/// First deploy, deploy without changes, diff with changes, and destroy of three stacks: in at most a tenth of the time.
pub(super) fn run() -> Result<Vec<Figure>> {
    output(cargo_here().args(["build", "--quiet", "--release", "--package", "formwork-cli"]))?;
    let ours = target_directory()?.join("release/cargo-formwork");
    let theirs = tools::install(&target_directory()?.join("test-tools"))?.cdk().context("there is no Node.js")?;
    let (ours, theirs) = (text(&ours)?, text(&theirs)?);
    let mut beyond = vec![(Vec::new(), Vec::new()); DEEDS.len()];
    for _ in 0..ROUNDS {
        let folder = scratch("beside")?;
        let (assembly, changed) = (folder.join("assembly"), folder.join("changed"));
        write_both(&assembly, false)?;
        write_both(&changed, true)?;
        for is_ours in [true, false] {
            let state = folder.join(if is_ours { "ours" } else { "theirs" });
            let (server, url) = Server::engine(ours, &state)?;
            for ((name, our_words, their_words), (of_ours, of_theirs)) in DEEDS.iter().zip(&mut beyond) {
                let assembly = text(if *name == "diff" { &changed } else { &assembly })?;
                let command = match is_ours {
                    true => {
                        [&[ours], *our_words, &["--quiet", "--endpoint-url", &url, "--assembly", assembly]].concat()
                    }
                    false => {
                        let options = ["--app", assembly, "--no-color", "--no-notices", "--no-version-reporting"];
                        [&[theirs], &options[..], *their_words].concat()
                    }
                };
                let variables = [KEYS, &[("AWS_ENDPOINT_URL", url.as_str())]].concat();
                let before = server.cpu_seconds()?;
                let measured = measure(1, &folder, &command, &variables)?;
                let time = measured.wall_seconds - (server.cpu_seconds()? - before);
                if is_ours { of_ours.push(time) } else { of_theirs.push(time) }
            }
        }
    }
    let figures = DEEDS.iter().zip(beyond).flat_map(|((name, ..), (ours, theirs))| {
        let (ours, theirs) = (median(ours), median(theirs));
        [
            Figure::new(format!("{name} of three stacks: wall"), ours, theirs / 10.0, "s"),
            Figure::new(format!("{name} of three stacks: the CDK's wall"), theirs, theirs, "s"),
        ]
    });
    Ok(figures.collect())
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or(f64::NAN)
}

/// An assembly that both read; `is_changed` has another name for each topic.
fn write_both(folder: &Path, is_changed: bool) -> Result<()> {
    write_assembly(folder, STACKS)?;
    let mut artifacts = serde_json::Map::new();
    for number in 0..STACKS {
        let file = format!("site-{number}.template.json");
        let path = folder.join(&file);
        if is_changed {
            let template = fs::read_to_string(&path).context("cannot read a template")?;
            fs::write(&path, template.replace("news", "changed news")).context("cannot write a template")?;
        }
        let properties = json!({ "templateFile": file, "validateOnSynth": false });
        let artifact = json!({
            "type": "aws:cloudformation:stack", "environment": "aws://unknown-account/us-east-1", "properties": properties,
        });
        artifacts.insert(format!("site-{number}"), artifact);
    }
    let manifest: Value = json!({ "version": "36.0.0", "artifacts": artifacts });
    fs::write(folder.join("manifest.json"), manifest.to_string()).context("cannot write the manifest")
}
