//! The time of synth: 8,000 resources in 20 stacks (certificate, distribution, A, AAAA, repeated), against serde_json
//! writing the same documents from trees that it has already. `cargo xtask bench synth` runs it.
use std::time::{Duration, Instant};

use formwork::assembly::Assembly;
use formwork::prelude::*;

const STACKS: usize = 20;
const SITES_PER_STACK: usize = 100;
const RUNS: usize = 15;

fn app() -> App {
    let zone = HostedZone::from_id("Z0123456789ABCDEFGHIJ", "example.com");
    let mut app = App::new();
    for stack in 0..STACKS {
        let mut site = Stack::<UsEast1>::new(format!("site-{stack}"));
        for index in 0..SITES_PER_STACK {
            let name = format!("s{stack}-{index}.example.com");
            let certificate = site.add(&format!("Certificate{index}"), Certificate::dns_validated(&name, &zone));
            let distribution = Distribution {
                aliases: vec![name.clone()],
                ..Distribution::new(Origin::public_https("origin.example.com"), &certificate)
            };
            let distribution = site.add(&format!("Distribution{index}"), distribution);
            site.add(&format!("Alias{index}"), AliasRecords::new(&zone, &name, &distribution));
        }
        app = app.with(site);
    }
    app
}

/// The median of several runs, and what the last one returned.
fn median<T>(mut run: impl FnMut() -> T) -> (Duration, T) {
    let mut timed = || {
        let start = Instant::now();
        let result = run();
        (start.elapsed(), result)
    };
    let (first, mut result) = timed();
    let mut times = vec![first];
    while times.len() < RUNS {
        let (time, next) = timed();
        times.push(time);
        result = next;
    }
    times.sort();
    (times[RUNS / 2], result)
}

#[expect(clippy::print_stdout, reason = "the figures are its output")]
fn main() {
    let (ours, assembly) = median(|| app().synth().unwrap_or_default());
    let trees: Vec<serde_json::Value> =
        assembly.stacks.iter().filter_map(|stack| serde_json::from_str(&stack.template).ok()).collect();
    let (theirs, written) = median(|| {
        let write = |tree| {
            let mut text = Vec::new();
            serde_json::to_writer_pretty(&mut text, tree).map(|()| text.len() + 1)
        };
        trees.iter().filter_map(|tree| write(tree).ok()).sum::<usize>()
    });
    let Assembly { stacks, .. } = &assembly;
    let bytes: usize = stacks.iter().map(|stack| stack.template.len()).sum();
    assert_eq!((stacks.len(), bytes), (STACKS, written), "both wrote the same documents");
    let figures = serde_json::json!({
        "resources": STACKS * SITES_PER_STACK * 4,
        "bytes": bytes,
        "synth_ms": ours.as_secs_f64() * 1e3,
        "serde_json_ms": theirs.as_secs_f64() * 1e3,
        "ratio": ours.as_secs_f64() / theirs.as_secs_f64(),
    });
    println!("{figures}");
}
