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
    let lost = |test: &str| -> Result<f64> {
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
        let lost = line.split(", ").find_map(|part| part.strip_suffix(" lost"));
        lost.and_then(|lost| lost.parse().ok()).with_context(|| format!("`{line}` has no number of lost requests"))
    };
    let with = lost("load::no_request_is_lost_by_the_command")?;
    let without = lost("load::requests_are_lost_by_the_command_without_the_directive")?;
    Ok(vec![
        // None is allowed, and a ratio needs a limit: one is beyond it.
        Figure::new("requests lost by 50 switches", with, 0.5, "lost"),
        Figure::new("1 / those lost without the directive", 1.0 / without, 1.0, ""),
    ])
}
