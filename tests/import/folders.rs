//! Sends every template below the given folders through Rust and back: `cargo run -p formwork-tests --example import -- FOLDER…`.
//! Prints the counts, and each template that is not equal with the reason. `--every-type` in place of a folder stands for a template
//! with each resource type and everything that its schema has.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a program for those who work on the import")]

mod round_trip;
mod samples;

use std::collections::BTreeMap;
use std::path::Path;

use support::paths;

fn main() {
    let mut templates = BTreeMap::new();
    for folder in std::env::args().skip(1) {
        if folder == "--every-type" {
            templates.extend(samples::every_type());
            continue;
        }
        for (name, text) in round_trip::templates(Path::new(&folder)) {
            templates.insert(format!("{folder}/{name}"), text);
        }
    }
    let trips = round_trip::round_trips(&templates, &paths::target_directory().join("tests/imported-folders"));
    println!("{}", round_trip::report(&trips));
}
