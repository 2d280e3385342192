//! The command `switch` under load: requests without their answer, at the distance that CloudFront has. The tests of the site do that
//! in a short form.

use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::Figure;
use crate::tools;
use crate::workspace::{cargo_here, output, show, target_directory};

/// The variable by which the tests run at full size.
const FULL: &str = "FORMWORK_SITE_BENCH";

pub(super) fn run() -> Result<Vec<Figure>> {
    let target = target_directory()?;
    let Some(site) = tools::site(&target.join("test-tools"))? else { bail!("nginx is built and run on Linux only") };
    output(cargo_here().args(["build", "--quiet", "--package", "formwork-cli"]))?;
    let measured = |test: &str, unit: &str| -> Result<Vec<f64>> {
        let mut command: Command = cargo_here();
        command.args(["test", "--quiet", "--package", "formwork-tests", "--test", "site", "--"]);
        command.args(["--exact", "--nocapture", test]).env(FULL, "1");
        command.env("FORMWORK_CLI", target.join("debug/cargo-formwork")).env("FORMWORK_NGINX", &site.nginx);
        command.env("FORMWORK_SHELLCHECK", &site.shellcheck).env("FORMWORK_COMPOSE", &site.compose);
        let shown = show(&command);
        let ran = command.output().with_context(|| format!("cannot run `{shown}`"))?;
        let text = String::from_utf8_lossy(&ran.stdout);
        let Some(line) = text.lines().find_map(|line| Some(line.split_once("site: ")?.1)) else {
            bail!("`{shown}` has no figures\n{text}\n{}", String::from_utf8_lossy(&ran.stderr));
        };
        eprintln!("  {line}");
        unit.split(", ").map(|unit| number(line, unit)).collect()
    };
    let with = measured("load::no_request_is_lost_by_the_command", "lost, misled")?;
    let without = measured("load::requests_are_lost_by_the_command_without_the_directive", "lost")?;
    let moved = measured("connections::a_backend_that_moves_is_followed", "s")?;
    let (&[lost, misled], &[without], &[moved]) = (&*with, &*without, &*moved) else { bail!("a figure is missing") };
    Ok(vec![
        // None is allowed, and a ratio needs a limit: one is beyond it.
        Figure::new("requests lost by 50 switches", lost, 0.5, "lost"),
        Figure::new("1 / those lost without the directive", 1.0 / without, 1.0, ""),
        Figure::new("WebSockets that came back to the backend of before", misled, 0.5, ""),
        Figure::new("until nginx follows a backend that moves", moved, 5.0, "s"),
    ])
}

/// The number before a unit in a line of a test: `7` of `150 connections, 7 lost`.
fn number(line: &str, unit: &str) -> Result<f64> {
    let number = line.split(", ").find_map(|part| part.strip_suffix(unit)?.strip_suffix(' '));
    number.and_then(|number| number.parse().ok()).with_context(|| format!("`{line}` has no number of `{unit}`"))
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_of_a_line() {
        let line = "50 switches, 2100 requests, 7 lost, 0 misled";
        assert_eq!((number(line, "lost").ok(), number(line, "misled").ok()), (Some(7.0), Some(0.0)));
        assert_eq!(number("1.25 s", "s").ok(), Some(1.25));
        assert!(number(line, "s").is_err());
    }
}
