//! Template → Rust → compile → synth → template, for many templates at once: one crate, a module for each.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use formwork_import::{Import, Options, differences, import};
use formwork_template::Template;
use formwork_template::memory::Memory;
use support::paths;

/// The outcome for a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The synthesized template means the same.
    Equal,
    /// The file is not a template that CloudFormation would read.
    NotRead(String),
    /// Synth refused it.
    Refused(String),
    /// The synthesized template means something else.
    Different(Vec<String>),
}

/// A template that went all the way.
#[derive(Clone, Debug)]
pub(crate) struct RoundTrip {
    pub(crate) outcome: Outcome,
    /// The number of the template's resources, and of those that are not typed as a whole.
    pub(crate) resources: usize,
    pub(crate) untyped_resources: usize,
    /// The number of other values that are untyped.
    pub(crate) untyped_values: usize,
}

/// Every template file below a folder, by its path in it.
pub(crate) fn templates(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path
                .extension()
                .is_some_and(|ending| ["yaml", "yml", "json", "template"].iter().any(|known| ending == *known))
            {
                let name = path.strip_prefix(folder).unwrap().to_string_lossy().replace('\\', "/");
                found.insert(name, String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned());
            }
        }
    }
    found
}

/// Sends the templates all the way, through one crate in `folder`.
///
/// # Panics
///
/// When the crate does not compile without a warning: no template may lead to that.
pub(crate) fn round_trips(templates: &BTreeMap<String, String>, folder: &Path) -> BTreeMap<String, RoundTrip> {
    let mut done = BTreeMap::new();
    let mut imported: Vec<(&String, Template, Import)> = Vec::new();
    for (name, text) in templates {
        match Template::from_text(text) {
            Ok(template) => {
                let options = Options {
                    name: format!("stack-{}", imported.len()),
                    region: "us-east-1".to_owned(),
                    source: Some(format!("`{name}`")),
                    ..Options::default()
                };
                let import = import(&template, &options);
                imported.push((name, template, import));
            }
            Err(error) => {
                let outcome = Outcome::NotRead(error.to_string());
                let trip = RoundTrip { outcome, resources: 0, untyped_resources: 0, untyped_values: 0 };
                done.insert(name.clone(), trip);
            }
        }
    }
    let out = synthesize(imported.iter().map(|(_, _, import)| import), folder);
    for (index, (name, mut template, import)) in imported.into_iter().enumerate() {
        // Synth writes what the deployer remembers anew.
        Memory::default().write(&mut template);
        let read = |ending: &str| fs::read_to_string(out.join(format!("{index}.{ending}")));
        let outcome = match read("json") {
            Ok(text) => match differences(&template, &Template::from_json(&text).unwrap()) {
                none if none.is_empty() => Outcome::Equal,
                some => Outcome::Different(some),
            },
            Err(_) => Outcome::Refused(read("problems").unwrap()),
        };
        let untyped_resources = import.files["src/lib.rs"].matches("Untyped::new(").count();
        let trip = RoundTrip {
            outcome,
            resources: template.resources.len(),
            untyped_resources,
            untyped_values: import.remarks.len().saturating_sub(untyped_resources),
        };
        done.insert(name.clone(), trip);
    }
    done
}

/// Compiles all of them and runs them; gives the folder with their templates.
fn synthesize<'i>(imports: impl Iterator<Item = &'i Import>, folder: &Path) -> PathBuf {
    let source = folder.join("src");
    let out = folder.join("out");
    for folder in [&source, &out] {
        let _ = fs::remove_dir_all(folder);
        fs::create_dir_all(folder).unwrap();
    }
    let mut features = BTreeSet::new();
    let (mut modules, mut calls) = (String::new(), String::new());
    for (index, import) in imports.enumerate() {
        fs::write(source.join(format!("m{index}.rs")), &import.files["src/lib.rs"]).unwrap();
        writeln!(modules, "mod m{index};").unwrap();
        writeln!(calls, "    synth(out, {index}, m{index}::app);").unwrap();
        features.extend(import.features.iter().cloned());
    }
    fs::write(source.join("main.rs"), MAIN.replace("// modules\n", &modules).replace("    // calls\n", &calls))
        .unwrap();
    let manifest = MANIFEST
        .replace("[ROOT]", &paths::root().display().to_string())
        .replace("[FEATURES]", &format!("{features:?}").replace(['{', '}'], ""));
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    // The same versions as everything else here, and no look at a registry.
    fs::copy(paths::root().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .args(["run", "--quiet", "--offline"])
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", paths::target_directory().join("import"))
        .env("CARGO_ENCODED_RUSTFLAGS", "")
        .output()
        .unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    out
}

const MANIFEST: &str = r#"[package]
name = "imported"
version = "0.1.0"
edition = "2024"

[workspace]

[dependencies]
formwork = { path = "[ROOT]/crates/formwork", features = [[FEATURES]] }

[profile.dev]
debug = false
incremental = false
"#;

const MAIN: &str = r#"//! Imported templates, each a module.
#![deny(warnings)]

// modules

use std::path::Path;

use formwork::prelude::*;

fn synth(out: &Path, index: usize, app: fn(&Context) -> App) {
    let (name, text) = match formwork::synth(app, &Context::default()) {
        Ok(assembly) => (format!("{index}.json"), assembly.stacks[0].template.clone()),
        Err(report) => {
            let problems: Vec<String> = report.problems.iter().map(|problem| problem.message.clone()).collect();
            (format!("{index}.problems"), problems.join("; "))
        }
    };
    std::fs::write(out.join(name), text).unwrap();
}

fn main() {
    let out = Path::new("out");
    // calls
}
"#;

/// The counts, and every template that is not equal, with the reason.
pub(crate) fn report(trips: &BTreeMap<String, RoundTrip>) -> String {
    let count = |is: fn(&Outcome) -> bool| trips.values().filter(|trip| is(&trip.outcome)).count();
    let equal = count(|outcome| *outcome == Outcome::Equal);
    let not_read = count(|outcome| matches!(outcome, Outcome::NotRead(_)));
    let refused = count(|outcome| matches!(outcome, Outcome::Refused(_)));
    let different = count(|outcome| matches!(outcome, Outcome::Different(_)));
    let sum = |of: fn(&RoundTrip) -> usize| trips.values().map(of).sum::<usize>();
    let mut text = format!(
        "{} templates: {equal} equal, {different} different, {refused} refused by synth, {not_read} not read\n\
         {} resources, of which {} are untyped; {} values of others are untyped\n",
        trips.len(),
        sum(|trip| trip.resources),
        sum(|trip| trip.untyped_resources),
        sum(|trip| trip.untyped_values),
    );
    for (name, trip) in trips {
        match &trip.outcome {
            Outcome::Equal => {}
            Outcome::NotRead(reason) => text += &format!("\n{name}: not read\n  {reason}\n"),
            Outcome::Refused(reason) => text += &format!("\n{name}: refused by synth\n  {reason}\n"),
            Outcome::Different(paths) => text += &format!("\n{name}: different\n  {}\n", paths.join("\n  ")),
        }
    }
    text
}
