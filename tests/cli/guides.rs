//! The guides in `docs/`: every command and option in them is one that there is, and the workflow is YAML whose scripts a shell can read.

use std::collections::BTreeSet;
use std::fs;

use formwork_template::did_you_mean;
use support::{Program, paths};

use crate::run;

/// Lines that call us, without what a shell does with the answer.
fn commands(text: &str) -> BTreeSet<Vec<String>> {
    let from = |line: &str| Some(line.split_once("cargo formwork ")?.1.to_owned());
    let ends = ['>', '|', '`', '"', '#'];
    let command = |line: String| {
        let line = line.split(ends).next().unwrap_or_default().to_owned();
        line.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    text.lines().filter_map(from).map(command).filter(|words| !words.is_empty()).collect()
}

#[test]
fn commands_in_guides_are_those_that_there_are() {
    for file in ["docs/ci.md", "docs/examples/github-preview.yml"] {
        let text = fs::read_to_string(paths::root().join(file)).unwrap();
        let all = commands(&text);
        assert!(all.len() > 3, "{all:?}");
        for words in all {
            let help = run(&[&words[0], "--help"]);
            let known: Vec<&str> = help.split(|one: char| !one.is_ascii_lowercase() && one != '-').collect();
            for option in words.iter().filter(|word| word.starts_with("--")) {
                let close = did_you_mean(option, known.iter().copied());
                assert!(known.contains(&option.as_str()), "{file}: {words:?}: `{option}`; perhaps {close:?}");
            }
        }
    }
}

/// GitHub reads the workflow, and bash its scripts.
#[test]
fn the_workflow_can_be_read() {
    let script = "
import json, sys, yaml
jobs = yaml.safe_load(open(sys.argv[1]))['jobs']
print(json.dumps([step['run'] for job in jobs.values() for step in job['steps'] if 'run' in step]))
";
    let file = paths::root().join("docs/examples/github-preview.yml");
    let scripts = Program::new(paths::python()).args(["-c", script]).arg(file).run().success().json();
    let scripts: Vec<&str> = scripts.as_array().unwrap().iter().filter_map(|script| script.as_str()).collect();
    assert_eq!(scripts.len(), 11);
    let folder = support::tempdir();
    for (number, script) in scripts.iter().enumerate() {
        let file = folder.path().join(format!("{number}.sh"));
        fs::write(&file, format!("#!/bin/bash\n{script}")).unwrap();
        Program::new(paths::shellcheck()).arg(file).run().success();
    }
}
