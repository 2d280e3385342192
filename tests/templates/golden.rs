//! The reviewed outputs: templates and the files that go with them, byte for byte.

use std::collections::BTreeMap;
use std::fs;

use support::paths;

use crate::{apps, read};

/// The manifests name source lines, which move without a change of any stack.
fn reviewed(files: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let reviewed = files.iter().filter(|(name, _)| name.ends_with(".template.json") || name.starts_with("files/"));
    reviewed.map(|(name, text)| (name.clone(), text.clone())).collect()
}

#[test]
fn templates_are_as_reviewed() {
    let golden = paths::root().join("tests/templates/golden");
    let mut wrong = Vec::new();
    for (app, files) in apps() {
        let folder = golden.join(app);
        let found = reviewed(&files);
        assert!(!found.is_empty(), "`{app}` has no template");
        let expected = if folder.is_dir() { read(&folder) } else { BTreeMap::new() };
        if found == expected {
            continue;
        }
        if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
            let _ = fs::remove_dir_all(&folder);
            for (name, text) in &found {
                let path = folder.join(name);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, text).unwrap();
            }
            continue;
        }
        let names = expected.keys().chain(found.keys()).collect::<std::collections::BTreeSet<_>>();
        for name in names {
            let (expected, found) = (expected.get(name), found.get(name));
            if expected != found {
                wrong.push(format!("{app}/{name}: {}", difference(expected, found)));
            }
        }
    }
    let hint = "`INSTA_UPDATE=always cargo xtask test --test templates` takes them over, `git diff` shows what changes";
    assert!(wrong.is_empty(), "not as reviewed:\n{}\n{hint}", wrong.join("\n"));
}

/// The first line that differs.
fn difference(expected: Option<&String>, found: Option<&String>) -> String {
    let (Some(expected), Some(found)) = (expected, found) else {
        return if expected.is_some() { "is no longer written" } else { "is new" }.to_owned();
    };
    let mut found_lines = found.lines();
    for (index, expected) in expected.lines().enumerate() {
        let found = found_lines.next().unwrap_or("nothing");
        if expected != found {
            return format!("line {}: reviewed `{}`, now `{}`", index + 1, expected.trim(), found.trim());
        }
    }
    format!("more lines than reviewed: `{}`", found_lines.next().unwrap_or_default().trim())
}
