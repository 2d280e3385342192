//! The packages that a build would compile: the light builds must stay light.

use anyhow::Result;

use super::Problem;
use crate::workspace::{cargo_here, output};

/// Packages, or the beginnings of their names, that the first `cargo xtask synth` must not compile.
const HEAVY: &[&str] = &[
    "aws-",
    "formwork-aws",
    "formwork-deploy",
    "h2",
    "hyper",
    "jsonschema",
    "native-tls",
    "openssl",
    "reqwest",
    "ring",
    "rustls",
    "tokio",
];

/// The same, of what a stack's tests must not compile: they call the embedded engine in their own process, and ship nothing.
const HEAVY_FOR_TESTS: &[&str] = &[
    "aws-",
    "fancy-regex",
    "formwork-aws",
    "hyper",
    "ignore",
    "jsonschema",
    "quick-xml",
    "regex-automata",
    "rustls",
    "socket2",
    "zip",
];

pub(super) fn check() -> Result<Vec<Problem>> {
    let mut problems = Vec::new();
    for (package, manifest) in [("formwork-cli", "crates/formwork-cli/Cargo.toml"), ("xtask", "xtask/Cargo.toml")] {
        let tree = tree(&["--package", package, "--no-default-features", "--edges=normal,build"])?;
        for heavy in heavy(&tree, HEAVY) {
            let message = format!("the build of `{package}` that `cargo xtask synth` needs compiles `{heavy}`");
            let hint = format!(
                "put it behind a default feature; `cargo tree --package {package} --no-default-features --invert {heavy}` shows how it gets in"
            );
            problems.push(Problem::at(manifest, 1, message, hint));
        }
    }
    for heavy in heavy(&tree(&["--package", "formwork-testing", "--edges=normal,build"])?, HEAVY_FOR_TESTS) {
        let message = format!("the tests of a stack compile `{heavy}`");
        let hint = format!(
            "put it behind a feature; `cargo tree --package formwork-testing --edges normal --invert {heavy}` shows how it gets in"
        );
        problems.push(Problem::at("crates/formwork-testing/Cargo.toml", 1, message, hint));
    }
    for name in proc_macros(&tree(&["--package", "habitpay", "--edges=normal"])?) {
        let message = format!("a stack's program compiles the procedural macro `{name}`");
        let hint = format!(
            "write by hand what it derives; `cargo tree --package habitpay --invert {name}` shows how it gets in"
        );
        problems.push(Problem::at("stacks/habitpay/Cargo.toml", 1, message, hint));
    }
    Ok(problems)
}

/// One line per package: `name v1.0.0 (proc-macro)`.
fn tree(arguments: &[&str]) -> Result<String> {
    output(cargo_here().args(["tree", "--locked", "--prefix=none", "--format={p}", "--no-dedupe"]).args(arguments))
}

fn heavy<'t>(tree: &'t str, heavy: &[&str]) -> Vec<&'t str> {
    let names = tree.lines().filter_map(|line| line.split_whitespace().next());
    let mut found: Vec<&str> = names
        .filter(|name| {
            heavy.iter().any(|heavy| {
                // `ring` is a package; `aws-` and `hyper` begin a family of them.
                name.strip_prefix(heavy)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('-') || heavy.ends_with('-'))
            })
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

fn proc_macros(tree: &str) -> Vec<&str> {
    let lines = tree.lines().filter(|line| line.contains("(proc-macro)"));
    let mut found: Vec<&str> = lines.filter_map(|line| line.split_whitespace().next()).collect();
    found.sort_unstable();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::{HEAVY, heavy, proc_macros};

    #[test]
    fn packages_are_recognised() {
        let tree = "xtask v0.1.0 (/x/xtask)\nserde_derive v1.0.0 (proc-macro)\naws-config v1.13.0\nring v0.17\nstring v1\ntokio-util v1\naws-config v1.13.0\n";
        assert_eq!(heavy(tree, HEAVY), ["aws-config", "ring", "tokio-util"]);
        assert_eq!(proc_macros(tree), ["serde_derive"]);
    }
}
