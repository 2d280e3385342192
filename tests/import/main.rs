//! `import-template` on real templates: what becomes of each when it goes through Rust and back.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod round_trip;

use std::collections::BTreeMap;
use std::fs;

use insta::assert_snapshot;
use round_trip::{report, round_trips, templates};
use support::paths;

/// All of cfn-lint's own templates, those that are wrong on purpose included; our own, with everything that a template can
/// have and with texts that try to be source; and habitpay's.
#[test]
fn templates_come_back_equal() {
    let root = paths::root();
    let mut all = BTreeMap::new();
    for (name, folder) in [
        ("cfn-lint", paths::cfn_lint_fixtures()),
        ("golden", root.join("tests/templates/golden")),
        ("import", root.join("tests/import/templates")),
        ("formwork-import", root.join("crates/formwork-import/tests")),
    ] {
        all.extend(templates(&folder).into_iter().map(|(path, text)| (format!("{name}/{path}"), text)));
    }
    all.retain(|name, _| !name.starts_with("golden/") || name.ends_with(".template.json"));
    let everything = root.join("crates/formwork-template/tests/everything.template.json");
    all.insert("everything".to_owned(), fs::read_to_string(everything).unwrap());
    let trips = round_trips(&all, &paths::target_directory().join("tests/imported"));
    assert_snapshot!(report(&trips));
}
