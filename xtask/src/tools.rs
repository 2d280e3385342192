//! Tools that the tests need beside Rust: a CloudFormation server, judges of templates, AWS's Python SDK and command line, the CDK's command
//! line, its facts and its preview, nginx, docker's reader of compose files, BIND. None of them is ours; that is their worth. They are installed
//! once, below cargo's target folder.

mod nginx;
mod steps;
mod system;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use steps::{is_installed, mark_installed, remove, run, twice};

/// The Python packages, pinned: what these servers and judges do moves from release to release.
const PYTHON: &[&str] = &[
    // The CloudFormation server of the end-to-end tests.
    "ministack==1.5.33",
    // The store of objects beside which ours, and the client of S3, are held.
    "moto[s3,server]==5.2.5",
    // Judges of templates.
    "cfn-lint==1.58.0",
    "cloudformation-validate==1.14.0",
    // How the end-to-end tests look at what a deploy made.
    "boto3==1.43.106",
    // The AWS CLI, as a client of the embedded engine.
    "awscli==1.46.3",
];

/// The package whose source has templates that are right and templates that are wrong, by the hundred.
const CFN_LINT_SOURCE: &str = "cfn-lint==1.58.0";

/// The npm packages, pinned.
const NODE: &[&str] = &[
    // The CDK's command line, as another reader of our cloud assembly.
    "aws-cdk@2.1148.1",
    // Its uploader alone, as a reader of our manifests of assets.
    "cdk-assets@4.7.3",
    // The User Guide's word on replacements, for the judge of previews; and another preview to compare with.
    "@aws-cdk/aws-service-spec@0.1.216",
    "@aws-cdk/cloudformation-diff@2.187.5",
    // The pages of previews in a browser, and what would keep people from reading them.
    "playwright-core@1.65.1",
    "axe-core@4.14.1",
];

/// The places of the installed tools.
#[derive(Clone, Debug)]
pub(crate) struct Tools {
    /// The interpreter of the virtual environment; the programs of its packages are beside it.
    pub(crate) python: PathBuf,
    /// The templates that cfn-lint's own tests are made of.
    pub(crate) cfn_lint_fixtures: PathBuf,
    /// The folder `node_modules`; `None` where there is no Node.js.
    pub(crate) node_modules: Option<PathBuf>,
    /// The browser; `None` where there is no Node.js to drive it, and on systems other than Linux.
    pub(crate) chromium: Option<PathBuf>,
    /// Tools to test a site with; `None` on systems other than Linux, where their tests are not built either.
    pub(crate) site: Option<Site>,
}

/// Readers of the site's files, and a name server for its names.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    pub(crate) nginx: PathBuf,
    /// docker's reader of compose files.
    pub(crate) compose: PathBuf,
    /// The judge of shell scripts.
    pub(crate) shellcheck: PathBuf,
    /// BIND's name server.
    pub(crate) named: PathBuf,
}

/// Installs what is not there yet, in `folder`.
pub(crate) fn install(folder: &Path) -> Result<Tools> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make the folder `{}`", folder.display()))?;
    let python = python(&folder.join("python"))?;
    let cfn_lint_fixtures = cfn_lint_fixtures(&folder.join("cfn-lint-source"), &python)?;
    let node_modules = node_modules(&folder.join("node"))?;
    let chromium = match node_modules.is_some() && cfg!(target_os = "linux") {
        true => Some(installed("chromium", "a browser")?),
        false => None,
    };
    let site = site(folder)?;
    Ok(Tools { python, cfn_lint_fixtures, node_modules, chromium, site })
}

/// Installs tools for the site's files, in `folder`; `None` on systems other than Linux.
pub(crate) fn site(folder: &Path) -> Result<Option<Site>> {
    if !cfg!(target_os = "linux") {
        return Ok(None);
    }
    // The script of a delivery asks backends by it.
    installed("curl", "curl")?;
    Ok(Some(Site {
        nginx: nginx::install(&folder.join("nginx"))?,
        compose: compose()?,
        named: named()?,
        shellcheck: installed("shellcheck", "the judge of shell scripts")?,
    }))
}

impl Tools {
    /// The CDK's command line.
    pub(crate) fn cdk(&self) -> Option<PathBuf> {
        let cdk = if cfg!(windows) { "cdk.cmd" } else { "cdk" };
        self.node_modules.as_ref().map(|folder| folder.join(".bin").join(cdk))
    }
}

fn python(folder: &Path) -> Result<PathBuf> {
    let programs = folder.join(if cfg!(windows) { "Scripts" } else { "bin" });
    let python = programs.join(if cfg!(windows) { "python.exe" } else { "python" });
    let wanted = PYTHON.join("\n");
    if is_installed(folder, &wanted) && python.is_file() {
        return Ok(python);
    }
    eprintln!("installing {} into {}", PYTHON.join(", "), folder.display());
    remove(folder)?;
    let system = if cfg!(windows) { "python" } else { "python3" };
    let made = run(Command::new(system).args(["-m", "venv"]).arg(folder));
    made.context("the tests need Python 3 with its module `venv` (Debian and Ubuntu: `apt install python3-venv`)")?;
    let pip = || {
        let mut pip = Command::new(&python);
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]).args(PYTHON);
        pip
    };
    twice(pip).context("cannot install the Python packages that the tests need")?;
    mark_installed(folder, &wanted)?;
    Ok(python)
}

/// The package's source has its tests; the installed package does not.
fn cfn_lint_fixtures(folder: &Path, python: &Path) -> Result<PathBuf> {
    let templates = folder.join("templates");
    let wanted = format!("{CFN_LINT_SOURCE}, with the schema of SARIF");
    if is_installed(folder, &wanted) && templates.is_dir() {
        return Ok(templates);
    }
    eprintln!("fetching the source of {CFN_LINT_SOURCE} into {}", folder.display());
    remove(folder)?;
    fs::create_dir_all(folder).with_context(|| format!("cannot make the folder `{}`", folder.display()))?;
    let fetch = || {
        let mut pip = Command::new(python);
        pip.args(["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input", "--no-deps"]);
        pip.args(["--no-binary", ":all:", CFN_LINT_SOURCE, "--dest"]).arg(folder);
        pip
    };
    twice(fetch).context("cannot fetch the source of cfn-lint")?;
    let unpack = "
import pathlib, sys, tarfile
folder = pathlib.Path(sys.argv[1])
archive = next(folder.glob('*.tar.gz'))
inside = '/test/fixtures/templates/'
sarif = '/test/fixtures/schemas/sarif/schema-2.1.0.json'
with tarfile.open(archive) as source:
    for member in source:
        if member.isfile() and inside in member.name:
            path = folder / 'templates' / member.name.split(inside, 1)[1]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(source.extractfile(member).read())
        if member.isfile() and member.name.endswith(sarif):
            (folder / 'sarif-2.1.0.json').write_bytes(source.extractfile(member).read())
archive.unlink()
";
    run(Command::new(python).args(["-c", unpack]).arg(folder)).context("cannot unpack the source of cfn-lint")?;
    mark_installed(folder, &wanted)?;
    Ok(templates)
}

fn node_modules(folder: &Path) -> Result<Option<PathBuf>> {
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let installed = folder.join("node_modules");
    let wanted = NODE.join("\n");
    if is_installed(folder, &wanted) && installed.is_dir() {
        return Ok(Some(installed));
    }
    let works = |program: &str| run(Command::new(program).arg("--version")).is_ok();
    if !works("node") || !works(npm) {
        return Ok(None);
    }
    eprintln!("installing {} into {}", NODE.join(", "), folder.display());
    remove(folder)?;
    fs::create_dir_all(folder).with_context(|| format!("cannot make the folder `{}`", folder.display()))?;
    let install = || {
        let mut install = Command::new(npm);
        install.args(["install", "--silent", "--no-audit", "--no-fund", "--no-package-lock", "--prefix"]);
        install.arg(folder).args(NODE).current_dir(folder);
        install
    };
    twice(install).context("cannot install the npm packages that the tests need")?;
    mark_installed(folder, &wanted)?;
    Ok(Some(installed))
}

/// A program of the system's package of its name.
fn installed(name: &str, what: &str) -> Result<PathBuf> {
    if let Some(program) = system::program(name, &[]) {
        return Ok(program);
    }
    system::packages(&[name], what)?;
    system::program(name, &[]).with_context(|| format!("`{name}` is installed, and cannot be found"))
}

/// It reads files without docker's engine. As a part of docker's command line it is a program in a folder of its own.
fn compose() -> Result<PathBuf> {
    let folders =
        ["/usr/libexec/docker/cli-plugins", "/usr/lib/docker/cli-plugins", "/usr/local/lib/docker/cli-plugins"];
    let find = || system::program("docker-compose", &folders);
    if let Some(program) = find() {
        return Ok(program);
    }
    system::packages(&["docker-compose"], "docker's reader of compose files")?;
    find().context("`docker-compose` is installed, and cannot be found")
}

fn named() -> Result<PathBuf> {
    let find = || system::program("named", &["/usr/sbin", "/usr/local/sbin"]);
    if let Some(program) = find() {
        return Ok(program);
    }
    system::packages(&["bind9"], "BIND's name server")?;
    find().context("`named` is installed, and cannot be found")
}
