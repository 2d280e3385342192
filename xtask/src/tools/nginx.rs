//! nginx, for which distributions are not source: what a site needs is younger than theirs. A crate carries its source; it is built
//! once, in half a minute, with the modules that the tests ask for.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::steps::{is_installed, mark_installed, remove, run, twice};
use super::system;
use crate::workspace::{cargo, output};

/// The crate with the source of nginx 1.28.3.
const CRATE: (&str, &str) = ("nginx-src", "=1.28.5");

/// Modules that are built beyond the usual.
const MODULES: &[&str] = &["--with-http_ssl_module", "--with-http_v2_module"];

const PACKAGES: &[&str] = &["gcc", "make", "libpcre2-dev", "zlib1g-dev", "libssl-dev"];

/// The program, which is built if it is not there yet.
pub(super) fn install(folder: &Path) -> Result<PathBuf> {
    let program = folder.join("nginx");
    let wanted = format!("{} {} {}", CRATE.0, CRATE.1, MODULES.join(" "));
    if is_installed(folder, &wanted) && program.is_file() {
        return Ok(program);
    }
    eprintln!("building nginx in {}", folder.display());
    remove(folder)?;
    fs::create_dir_all(folder).with_context(|| format!("cannot make the folder `{}`", folder.display()))?;
    // Its scripts write beside the source, so a copy is built.
    let build = folder.join("build");
    run(Command::new("cp").arg("-R").arg(source(&folder.join("source"))?).arg(&build))?;
    let configure = || {
        let mut configure = Command::new("bash");
        configure.arg("auto/configure").arg(format!("--prefix={}", folder.display())).args(MODULES).current_dir(&build);
        configure
    };
    if run(&mut configure()).is_err() {
        system::packages(PACKAGES, "a C compiler and the libraries that nginx is built with")?;
        run(&mut configure()).context("cannot configure nginx, which the tests need")?;
    }
    let jobs = std::thread::available_parallelism().map_or(1, usize::from);
    run(Command::new("make").arg(format!("-j{jobs}")).current_dir(&build)).context("cannot build nginx")?;
    let built = build.join("objs/nginx");
    fs::copy(&built, &program).with_context(|| format!("cannot copy `{}`", built.display()))?;
    remove(&build)?;
    mark_installed(folder, &wanted)?;
    Ok(program)
}

/// The folder into which cargo has unpacked the source. It is fetched as a dependency of a package that is never built.
fn source(package: &Path) -> Result<PathBuf> {
    let manifest = format!(
        "[package]\nname = \"nginx-source\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n{} = \"{}\"\n",
        CRATE.0, CRATE.1
    );
    let write = |path: &str, text: &str| {
        let path = package.join(path);
        fs::write(&path, text).with_context(|| format!("cannot write `{}`", path.display()))
    };
    fs::create_dir_all(package.join("src")).context("cannot make the folder of a package")?;
    write("Cargo.toml", &manifest)?;
    write("src/lib.rs", "")?;
    let metadata = || {
        let mut metadata = cargo();
        metadata.args(["metadata", "--format-version=1", "--manifest-path"]).arg(package.join("Cargo.toml"));
        metadata
    };
    twice(metadata).context("cannot fetch the source of nginx")?;
    let found: Value = serde_json::from_str(&output(&mut metadata())?).context("`cargo metadata` printed no JSON")?;
    let mut packages = found["packages"].as_array().into_iter().flatten();
    let path =
        packages.find(|package| package["name"] == CRATE.0).and_then(|package| package["manifest_path"].as_str());
    let path = Path::new(path.context("`cargo metadata` does not list the source of nginx")?);
    Ok(path.with_file_name("nginx"))
}
