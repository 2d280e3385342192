//! Assets: files hashed before every deploy, and a folder zipped before its first one.

use std::fs;
use std::process::Command;

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::figure::Figure;
use super::meter::measure;
use super::program::{scratch, text};
use crate::workspace::{cargo_here, output, target_directory};

/// Ten files of 3 MB: at most 60 ms. 1,000 files of 200 KB, and one of 1 GB: zipped in at most 64 MB of memory.
pub(super) fn run() -> Result<Vec<Figure>> {
    let mut build = cargo_here();
    output(build.args(["build", "--quiet", "--release", "--package", "formwork-assets", "--example", "ship"]))?;
    let program = target_directory()?.join("release/examples/ship");
    let folder = scratch("assets")?;
    let (program, root) = (text(&program)?, text(&folder)?);
    let mut figures = Vec::new();
    for (what, name) in
        [("hash", "ten files of 3 MB"), ("zip", "1,000 files of 200 KB, zipped"), ("long", "one file of 1 GB, zipped")]
    {
        // The first run makes the files.
        let said = output(Command::new(program).args([root, what]))?;
        let said: Value = serde_json::from_str(&said).context("the example prints its figures as JSON")?;
        let figure = |name: &str| said[name].as_f64().with_context(|| format!("the example prints `{name}`"));
        let measured = measure(1, &folder, &[program, root, what], &[])?;
        if what == "hash" {
            figures.push(Figure::new("assets: ten files of 3 MB, hashed", figure("hash_ms")?, 60.0, "ms"));
        } else {
            figures.push(Figure::new(format!("assets: {name}: CPU"), measured.cpu_seconds, 30.0, "CPU s"));
        }
        figures.push(Figure::new(format!("assets: {name}: memory"), measured.peak_bytes / 1e6, 64.0, "MB"));
    }
    fs::remove_dir_all(&folder).with_context(|| format!("cannot remove `{}`", folder.display()))?;
    Ok(figures)
}
