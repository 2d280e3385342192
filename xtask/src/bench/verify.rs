//! `verify` of a site on loopback, whose every part is real but CloudFront: the time that is left is that of the command itself.

use anyhow::{Context as _, Result, bail};

use super::figure::Figure;
use crate::tools;
use crate::workspace::{cargo_here, output, target_directory};

/// At most 3 s, all checks of a site together.
pub(super) fn run() -> Result<Vec<Figure>> {
    let tools = tools::install(&target_directory()?.join("test-tools"))?;
    let Some(site) = &tools.site else { bail!("nginx and BIND are installed on Linux alone") };
    let mut example = cargo_here();
    example.args(["run", "--quiet", "--package", "formwork-tests", "--example", "verify-time"]);
    example.env("FORMWORK_NGINX", &site.nginx).env("FORMWORK_NAMED", &site.named);
    let said = output(&mut example)?;
    let seconds = said.trim().parse().with_context(|| format!("`{said}` is not a number of seconds"))?;
    Ok(vec![Figure::new("verify: all checks of a site on loopback", seconds, 3.0, "s")])
}
