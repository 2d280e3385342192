//! The templates of the apps in this repository, whole: as they were reviewed, the same every time, and without fault in
//! the eyes of judges that are not ours.
//!
//! The reviewed ones are in `golden/`. `INSTA_UPDATE=always cargo xtask test --test templates` writes them anew; a change
//! there changes stacks that are deployed, and belongs into the changelog.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod fixtures;
#[path = "../site/forms.rs"]
mod forms;
#[path = "../../crates/formwork/examples/github_roles.rs"]
#[allow(dead_code, reason = "its `main` is for who runs it")]
mod github_roles;
mod golden;
mod judges;
mod regions;
mod shipped;
mod yaml;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use formwork::prelude::*;
use support::{Program, paths, tempdir};

/// Runs habitpay's program and reads what it wrote.
#[track_caller]
fn habitpay(context: &[&str]) -> BTreeMap<String, String> {
    let folder = tempdir();
    let out = folder.path().join("assembly");
    Program::new(paths::habitpay()).args(["--name", "habitpay", "--out"]).arg(&out).args(context).run().success();
    read(&out)
}

/// Writes an app's assembly and reads it again.
#[track_caller]
fn written(app: App) -> BTreeMap<String, String> {
    let folder = tempdir();
    let out = folder.path().join("assembly");
    let assembly = app.synth().unwrap_or_else(|report| panic!("{report:?}"));
    assembly.write(&out).unwrap();
    read(&out)
}

/// Every app has defaults for what it asks for.
fn no_context() -> Context {
    Context::new::<&str, &str>([])
}

/// All files below a folder, by their path in it.
fn read(folder: &Path) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_string_lossy().replace('\\', "/");
                files.insert(name, fs::read_to_string(&path).unwrap());
            }
        }
    }
    files
}

/// Every app of this repository, in every form in which its templates can be written.
fn apps() -> Vec<(&'static str, BTreeMap<String, String>)> {
    let context = no_context();
    vec![
        ("habitpay", habitpay(&[])),
        ("habitpay-stack-output", written(habitpay::app(&context).references(References::StackOutput))),
        ("habitpay-pattern", written(habitpay_pattern::app(&context))),
        ("github-roles", written(github_roles::app(&context))),
        ("shipped", written(shipped::app())),
        ("shop", written(shop::app(&context))),
    ]
}

/// The templates among the files of an assembly.
fn templates(files: &BTreeMap<String, String>) -> BTreeMap<&str, &str> {
    let templates = files.iter().filter(|(name, _)| name.ends_with(".template.json"));
    templates.map(|(name, text)| (name.as_str(), text.as_str())).collect()
}

#[test]
fn the_same_source_gives_the_same_bytes() {
    let context = ["--context", "zone-id=Z1D633PJN98FT9"];
    let first = habitpay(&context);
    assert!(first["habitpay-site.template.json"].contains("Z1D633PJN98FT9"));
    assert_eq!(first, habitpay(&context));
}

#[test]
fn the_pattern_gives_the_same_resources_as_its_parts() {
    let context = no_context();
    let resources = |app: App| {
        let files = written(app);
        let resources = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap()["Resources"].clone();
        templates(&files).into_iter().map(|(name, text)| (name.to_owned(), resources(text))).collect::<BTreeMap<_, _>>()
    };
    let parts = resources(habitpay::app(&context));
    assert_eq!(parts.len(), 2);
    assert_eq!(parts, resources(habitpay_pattern::app(&context)));
}
