//! The files of a workspace of one's own, from the templates in `templates/`.
//!
//! They are real files, named so that no tool takes them for its own. In them, `my-app` stands for the name of the app. A test makes a
//! workspace of each template, builds it and deploys it.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use clap::ValueEnum;

use crate::dependency::Crates;
use crate::error::CliError;
use crate::wording::shown;

/// A file, by its path in the workspace, and its text.
pub(crate) type File = (String, String);

/// Stacks to begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Template {
    /// An instance with nginx behind CloudFront, with https
    Site,
    /// A network with two public subnets
    Network,
    /// One stack with one resource, to be replaced
    Empty,
}

impl Template {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Template::Site => "site",
            Template::Network => "network",
            Template::Empty => "empty",
        }
    }

    /// The stacks, their tests, and the features of formwork that they need.
    fn sources(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Template::Site => {
                (include_str!("../templates/site/lib.rs"), include_str!("../templates/site/templates.rs"), "")
            }
            Template::Network => (
                include_str!("../templates/network/lib.rs"),
                include_str!("../templates/network/templates.rs"),
                "\"ec2\"",
            ),
            Template::Empty => {
                (include_str!("../templates/empty/lib.rs"), include_str!("../templates/empty/templates.rs"), "\"sns\"")
            }
        }
    }
}

/// The crate of the stacks.
pub(crate) fn stack(template: Template, name: &str) -> Vec<File> {
    let (lib, tests, features) = template.sources();
    let manifest = include_str!("../templates/workspace/stack-Cargo.toml.txt")
        .replace("features = []", &format!("features = [{features}]"));
    let main = include_str!("../templates/workspace/stack-main.rs");
    let files =
        [("Cargo.toml", manifest.as_str()), ("src/lib.rs", lib), ("src/main.rs", main), ("tests/templates.rs", tests)];
    files.map(|(path, text)| (format!("stacks/{name}/{path}"), named(text, name))).into()
}

/// The commands of the workspace.
pub(crate) fn xtask() -> Vec<File> {
    vec![
        ("xtask/Cargo.toml".into(), include_str!("../templates/workspace/xtask-Cargo.toml.txt").into()),
        ("xtask/src/main.rs".into(), include_str!("../templates/workspace/xtask-main.rs").into()),
    ]
}

/// The alias by which cargo finds them.
pub(crate) fn alias() -> File {
    (".cargo/config.toml".into(), include_str!("../templates/workspace/cargo-config.toml").into())
}

/// Files beside the crates, which a workspace may have already.
pub(crate) fn beside(crates: &Crates) -> Vec<File> {
    let workflow = match crates {
        Crates::Folder(_) => include_str!("../templates/workspace/ci-archive.yml").to_owned(),
        Crates::Registry => include_str!("../templates/workspace/ci-registry.yml")
            .replace("FORMWORK_VERSION", env!("CARGO_PKG_VERSION")),
    };
    vec![
        (".github/workflows/stacks.yml".into(), workflow),
        (".gitignore".into(), include_str!("../templates/workspace/gitignore.txt").into()),
        ("formwork.toml".into(), include_str!("../templates/workspace/formwork.toml").into()),
    ]
}

/// Files that only a new workspace gets.
pub(crate) fn workspace(name: &str, crates: &Crates) -> Vec<File> {
    let manifest = named(include_str!("../templates/workspace/Cargo.toml.txt"), name);
    vec![
        ("Cargo.toml".into(), crates.write_into(&manifest)),
        ("README.md".into(), named(include_str!("../templates/workspace/README.md"), name)),
    ]
}

fn named(text: &str, name: &str) -> String {
    text.replace("my-app", name).replace("my_app", &name.replace('-', "_"))
}

/// Names that a crate, or this one in a workspace, cannot have.
const TAKEN: [&str; 12] = [
    "alloc",
    "build",
    "core",
    "deps",
    "examples",
    "formwork",
    "incremental",
    "proc-macro",
    "std",
    "target",
    "test",
    "xtask",
];

/// The most characters of a name: stacks are named after it, with an addition.
const LONGEST: usize = 64;

/// Refuses a name that a crate and a stack cannot both have.
pub(crate) fn check_name(name: &str) -> Result<(), CliError> {
    if is_plain(name) && is_free(name) {
        return Ok(());
    }
    let error = if is_plain(name) {
        CliError::input(format!("an app cannot have the name `{name}`: Rust, cargo or the workspace uses it"))
    } else {
        let allowed = format!("a lower-case letter, then lower-case letters, digits and hyphens, {LONGEST} at most");
        CliError::input(format!("`{name}` is not a name of an app")).hint(format!("allowed: {allowed}"))
    };
    Err(match close(name) {
        Some(close) => error.hint(format!("give it another name, such as `--name {close}`")),
        None => error.hint("give it another name by `--name`"),
    })
}

fn is_plain(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(|one| one.is_ascii_lowercase() || one.is_ascii_digit() || one == '-')
        && !name.ends_with('-')
        && name.len() <= LONGEST
}

/// Names that are words of the language get an underscore in it.
fn is_free(name: &str) -> bool {
    !TAKEN.contains(&name) && !formwork_codegen::names::snake(name).ends_with('_')
}

/// An allowed name that is near.
fn close(name: &str) -> Option<String> {
    let mut close = String::new();
    for one in name.chars().flat_map(char::to_lowercase) {
        match one {
            'a'..='z' | '0'..='9' => close.push(one),
            'ä' => close.push_str("ae"),
            'ö' => close.push_str("oe"),
            'ü' => close.push_str("ue"),
            'ß' => close.push_str("ss"),
            _ => close.push('-'),
        }
    }
    let words: Vec<&str> = close.split('-').filter(|word| !word.is_empty()).collect();
    let close = words.join("-");
    let close = close.trim_start_matches(|one: char| !one.is_ascii_lowercase());
    let close = if is_free(close) { close.to_owned() } else { format!("{close}-stack") };
    is_plain(&close).then_some(close)
}

/// Writes files into a folder. None of them may be there.
pub(crate) fn write(folder: &Path, files: &[File]) -> Result<(), CliError> {
    for (path, text) in files {
        let path = folder.join(path);
        let parent = path.parent().unwrap_or(folder);
        fs::create_dir_all(parent).map_err(|error| not_written(parent, &error))?;
        let file = fs::File::create_new(&path).map_err(|error| not_written(&path, &error))?;
        std::io::Write::write_all(&mut &file, text.as_bytes()).map_err(|error| not_written(&path, &error))?;
    }
    Ok(())
}

/// Formats the sources among files that were written, as the workspace formats its own: a line's length depends on the app's name. Where
/// there is not a rustfmt, nobody misses it.
pub(crate) fn format(folder: &Path, files: &[File]) {
    let sources = files.iter().map(|(path, _)| path).filter(|path| path.ends_with(".rs"));
    let _ = Command::new("rustfmt")
        .args(["--edition", "2024"])
        .args(sources.map(|path| folder.join(path)))
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
}

/// The error of a file that cannot be written.
pub(crate) fn not_written(path: &Path, error: &std::io::Error) -> CliError {
    CliError::service(format!("cannot write `{}`", shown(path))).cause(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::{Template, beside, check_name, stack, workspace};
    use crate::dependency::Crates;
    use crate::paint::Paint;

    #[test]
    fn names() {
        for name in ["shop", "shop-2", "a"] {
            assert!(check_name(name).is_ok(), "{name}");
        }
        let wrong = ["Shop", "Mein Büro", "2shop", "", "shop-", "-", "test", "match", "xtask", "日本", &"a".repeat(65)];
        let said: Vec<String> = wrong.iter().map(|name| check_name(name).unwrap_err().render(Paint(false))).collect();
        insta::assert_snapshot!(said.join("\n"));
    }

    #[test]
    fn the_workflow_installs_what_the_workspace_depends_on() {
        for (crates, installs, depends) in [
            (Crates::Registry, "cargo install formwork-cli --version", "formwork = { version = \""),
            (
                Crates::Folder("/f".into()),
                "cargo formwork init --update",
                "formwork = { path = \"/f/crates/formwork\" }",
            ),
        ] {
            let files: Vec<String> =
                beside(&crates).into_iter().chain(workspace("a", &crates)).map(|(_, text)| text).collect();
            assert!(files[0].contains(installs) && !files[0].contains("FORMWORK_VERSION"), "{}", files[0]);
            assert!(files[3].contains(depends), "{}", files[3]);
        }
    }

    #[test]
    fn no_placeholder_is_left() {
        for template in [Template::Site, Template::Network, Template::Empty] {
            for (path, text) in stack(template, "web-shop") {
                assert!(!text.contains("my-app") && !text.contains("my_app"), "{path}");
            }
        }
    }
}
