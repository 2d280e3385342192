//! The files of a workspace of one's own, from the templates in `templates/`.
//!
//! They are real files, named so that no tool takes them for its own. In them, `my-app` stands for the name of the app. A test makes a
//! workspace of each template, builds it and deploys it.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use clap::ValueEnum;
use formwork_workspace::whole_file;

use crate::dependency::Crates;
use crate::error::CliError;

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
        CliError::input(format!("an app cannot have the name `{name}`: Rust, cargo, formwork or the workspace uses it"))
    } else {
        let allowed =
            format!("a lower-case letter, then lower-case letters, digits and single hyphens, {LONGEST} at most");
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
        // The crate's name would not be in snake case.
        && !name.contains("--")
        && name.len() <= LONGEST
}

/// Names that are words of the language get an underscore in it.
fn is_free(name: &str) -> bool {
    !TAKEN.contains(&name) && !name.starts_with("formwork-") && !formwork_codegen::names::snake(name).ends_with('_')
}

/// An allowed name that is near.
fn close(name: &str) -> Option<String> {
    let written = formwork_codegen::names::transliterated(&name.to_lowercase());
    let close: String = written.chars().map(|one| if one.is_ascii_alphanumeric() { one } else { '-' }).collect();
    let words: Vec<&str> = close.split('-').filter(|word| !word.is_empty()).collect();
    let close = words.join("-");
    let close = close.trim_start_matches(|one: char| !one.is_ascii_lowercase());
    let close = close.strip_prefix("formwork-").unwrap_or(close);
    let close = if is_free(close) { close.to_owned() } else { format!("{close}-stack") };
    (is_plain(&close) && is_free(&close)).then_some(close)
}

/// The text of a `.gitignore` with cargo's folder, unless it has that.
pub(crate) fn with_target(text: &str) -> Option<String> {
    let is_target = |line: &str| matches!(line.trim().trim_matches('/').trim_start_matches("**/"), "target");
    if text.lines().any(is_target) {
        return None;
    }
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let last = if text.is_empty() || text.ends_with('\n') { "" } else { end };
    Some(format!("{text}{last}/target{end}"))
}

/// Adds cargo's folder to a `.gitignore` that is there; true if it had to be.
pub(crate) fn ignore_target(folder: &Path) -> Result<bool, CliError> {
    let path = folder.join(".gitignore");
    // Another thing of that name, or text that is not UTF-8, is left as it is.
    let Some(text) = fs::read_to_string(&path).ok().and_then(|text| with_target(&text)) else { return Ok(false) };
    whole_file::write(&path, &text).map_err(|error| CliError::not_written(&path, error))?;
    Ok(true)
}

/// Writes files into a folder. None of them may be there.
pub(crate) fn write(folder: &Path, files: &[File]) -> Result<(), CliError> {
    for (path, text) in files {
        let path = folder.join(path);
        let parent = path.parent().unwrap_or(folder);
        fs::create_dir_all(parent).map_err(|error| CliError::not_written(parent, &error))?;
        let file = fs::File::create_new(&path).map_err(|error| CliError::not_written(&path, &error))?;
        std::io::Write::write_all(&mut &file, text.as_bytes()).map_err(|error| CliError::not_written(&path, &error))?;
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

#[cfg(test)]
mod tests {
    use super::{Template, beside, check_name, stack, with_target, workspace};
    use crate::dependency::Crates;
    use crate::paint::Paint;

    #[test]
    fn names() {
        for name in ["shop", "shop-2", "a"] {
            assert!(check_name(name).is_ok(), "{name}");
        }
        let wrong = [
            "Shop",
            "Mein Büro",
            "2shop",
            "",
            "shop-",
            "-",
            "my--app",
            "test",
            "match",
            "xtask",
            "formwork-testing",
            "formwork-2",
            "日本",
            &"a".repeat(65),
        ];
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
    fn the_folder_of_builds_is_ignored() {
        for there in ["/target", "target\n", "a\n/target/\nb", "**/target", "target/\r\n"] {
            assert_eq!(with_target(there), None, "{there:?}");
        }
        for (text, with) in [
            ("", "/target\n"),
            ("a", "a\n/target\n"),
            ("!target\n", "!target\n/target\n"),
            ("a\r\nb", "a\r\nb\r\n/target\r\n"),
        ] {
            assert_eq!(with_target(text).as_deref(), Some(with));
        }
    }

    /// The workflow in the guide is for the same workspaces: each of its jobs that calls the command installs it as theirs do.
    #[test]
    fn the_workflow_to_copy_installs_in_each_job() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/examples/github-preview.yml");
        let workflow = std::fs::read_to_string(path).unwrap();
        let own = beside(&Crates::Folder("/f".into())).remove(0).1;
        let start = own.find("          : \"${FORMWORK_ARCHIVE").unwrap();
        let end = own.find("init --update\n").unwrap();
        let jobs: Vec<&str> = workflow.split("    runs-on: ").skip(1).collect();
        assert_eq!(jobs.len(), 3);
        for job in jobs {
            let installed = job.find(&own[start..end]).unwrap();
            assert!(installed < job.find("--env prod --locked").unwrap(), "{job}");
        }
        // The preview is there whatever the findings are, and they are those of the environment.
        let (comment, findings) =
            (workflow.find("> comment.md").unwrap(), workflow.find("validate --env prod").unwrap());
        assert!(comment < findings && workflow[findings..].matches("!cancelled()").count() == 2);
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
