//! Fault runs, as many as one likes: `cargo run -p formwork-tests --example faults -- 200`, or `-- 200 17` for one of them with its whole
//! story. The tests have the first 44.
#![allow(
    clippy::unwrap_used,
    dead_code,
    reason = "what cannot be set up has failed; the tests use more of what is shared"
)]
#![allow(clippy::print_stdout, reason = "a program for the terminal")]

#[path = "app.rs"]
mod app;
#[path = "faults/mod.rs"]
mod faults;
#[path = "other.rs"]
mod other;
#[path = "world.rs"]
mod world;

fn main() {
    let mut numbers =
        std::env::args().skip(1).map(|number| number.parse::<u64>().expect("a number of seeds, and a seed"));
    let (count, only) = (numbers.next().unwrap_or(200), numbers.next());
    let seeds = only.map_or(0..count, |seed| seed..seed + 1);
    let (mut failed, mut ends) = (Vec::new(), std::collections::BTreeMap::<String, usize>::new());
    let mut commands = std::collections::BTreeMap::<String, usize>::new();
    for seed in seeds {
        let run = faults::run(seed);
        *ends.entry(run.end.clone()).or_default() += 1;
        for command in &run.commands {
            let name = command.split_once(' ').map_or(command.as_str(), |(name, _)| name);
            let name = if name == "the" { command } else { name };
            *commands.entry(name.to_owned()).or_default() += 1;
        }
        if only.is_some() {
            println!("{}", run.story);
        }
        if !run.wrong.is_empty() {
            println!("seed {seed}: {}", run.wrong.join("\n  "));
            failed.push(seed);
        }
    }
    for (end, runs) in ends {
        println!("{runs:4} {end}");
    }
    println!("commands that led out:");
    for (command, times) in commands {
        println!("{times:4} {command}");
    }
    println!("{count} runs, in {} something is wrong: {failed:?}", failed.len());
    assert!(failed.is_empty());
}
