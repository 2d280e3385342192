//! The cost of a question about a resource type: of the table of facts, for every type, and of the schemas inside the program.
//! `cargo xtask bench facts` runs it.

use std::hint::black_box;
use std::time::{Duration, Instant};

use formwork_schema::{embedded, facts};

const RUNS: u32 = 21;

/// The text that the facts are, as it lies in the program.
const TABLE: &str = include_str!("../src/facts/table.txt");

/// The questions of `diff` and `validate` about a type.
fn ask(type_name: &str) -> usize {
    let Some(facts) = facts::of(type_name) else { return 0 };
    let replacement = facts.replacement(&["Tags", "*", "Value"]) as usize;
    let available = facts.available_in("ap-northeast-2").is_some();
    replacement + usize::from(available) + facts.required().count() + facts.ref_name().len()
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64() * 1e6
}

#[expect(clippy::print_stdout, reason = "the figures are its output")]
fn main() {
    // Before anything else was asked: nothing is loaded beforehand, so the first question costs what the others do.
    let start = Instant::now();
    black_box(ask(black_box("AWS::CloudFront::Distribution")));
    let first = start.elapsed().as_secs_f64() * 1e6;

    let types: Vec<&str> = facts::type_names().collect();
    let times = (0..RUNS).map(|_| {
        let start = Instant::now();
        for type_name in &types {
            black_box(ask(black_box(type_name)));
        }
        start.elapsed() / u32::try_from(types.len()).unwrap_or(1)
    });
    let question = median(times.collect());
    let times = (0..RUNS).map(|_| {
        let start = Instant::now();
        black_box(embedded::schema(black_box("AWS::CertificateManager::Certificate")));
        start.elapsed()
    });
    let schema = median(times.collect());
    println!(
        r#"{{"types": {}, "bytes": {}, "first_us": {first:.2}, "question_us": {question:.3}, "schema_us": {schema:.0}}}"#,
        types.len(),
        TABLE.len(),
    );
}
