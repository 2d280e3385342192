//! The places of things. `cargo xtask test` hands the paths over in environment variables; without them, for a test that is
//! run on its own, they are looked for where it puts them.

use std::path::{Path, PathBuf};

/// The folder of the repository.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().expect("tests/ is in the repository").to_path_buf()
}

/// The command line, with everything that it can do.
pub fn cargo_formwork() -> PathBuf {
    find("FORMWORK_CLI", "bin/cargo-formwork")
}

/// The program of the stack crate `habitpay`.
pub fn habitpay() -> PathBuf {
    find("HABITPAY_BIN", "bin/habitpay")
}

/// This repository's own commands.
pub fn xtask() -> PathBuf {
    find("XTASK_BIN", "bin/xtask")
}

/// The Python that has the tools' packages.
pub fn python() -> PathBuf {
    find("FORMWORK_PYTHON", "python/bin/python")
}

/// A program that a Python package brings.
pub fn python_program(name: &str) -> PathBuf {
    let mut path = python();
    path.set_file_name(name);
    present(path)
}

/// The templates that cfn-lint's own tests are made of: folders `good` and `bad`.
pub fn cfn_lint_fixtures() -> PathBuf {
    let usual = || target_directory().join("test-tools").join("cfn-lint-source").join("templates");
    let folder = std::env::var_os("FORMWORK_CFN_LINT_FIXTURES").map_or_else(usual, PathBuf::from);
    assert!(folder.is_dir(), "`{}` is not there; `cargo xtask test` makes it", folder.display());
    folder
}

/// The schema of SARIF, which is among what cfn-lint tests itself with.
pub fn sarif_schema() -> PathBuf {
    present(cfn_lint_fixtures().with_file_name("sarif-2.1.0.json"))
}

/// nginx, built from its source.
pub fn nginx() -> PathBuf {
    find("FORMWORK_NGINX", "nginx/nginx")
}

/// docker's reader of compose files, which needs no engine to read one.
pub fn compose() -> PathBuf {
    find("FORMWORK_COMPOSE", "/usr/bin/docker-compose")
}

/// The judge of shell scripts.
pub fn shellcheck() -> PathBuf {
    find("FORMWORK_SHELLCHECK", "/usr/bin/shellcheck")
}

/// BIND's name server.
pub fn named() -> PathBuf {
    find("FORMWORK_NAMED", "/usr/sbin/named")
}

/// The browser.
pub fn chromium() -> PathBuf {
    find("FORMWORK_CHROMIUM", "/usr/bin/chromium")
}

/// The CDK's uploader.
pub fn cdk_assets() -> PathBuf {
    present(cdk().with_file_name("cdk-assets"))
}

/// The CDK's command line.
pub fn cdk() -> PathBuf {
    find("FORMWORK_CDK", "node/node_modules/.bin/cdk")
}

/// The folder `node_modules` with the npm packages.
pub fn node_modules() -> PathBuf {
    let usual = || target_directory().join("test-tools").join("node").join("node_modules");
    let folder = std::env::var_os("FORMWORK_NODE_MODULES").map_or_else(usual, PathBuf::from);
    assert!(folder.is_dir(), "`{}` is not there; `cargo xtask test` makes it", folder.display());
    folder
}

fn find(variable: &str, usual: &str) -> PathBuf {
    let path = match std::env::var_os(variable) {
        Some(path) => PathBuf::from(path),
        None => target_directory().join("test-tools").join(usual),
    };
    present(path)
}

#[track_caller]
fn present(path: PathBuf) -> PathBuf {
    assert!(path.is_file(), "`{}` is not there; `cargo xtask test` makes it", path.display());
    path
}

/// The folder that cargo builds into: a test program is `<target>/<profile>/deps/<name>`.
pub fn target_directory() -> PathBuf {
    let program = std::env::current_exe().expect("a test knows its own path");
    let target = program.ancestors().nth(3).expect("a test program is in cargo's target folder");
    target.to_path_buf()
}
