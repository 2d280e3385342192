//! `init`: what `new` makes, added to a workspace that exists. Nothing that is there is written over.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use formwork_template::backticked;
use formwork_workspace::Workspace;
use toml_edit::{Array, DocumentMut, Item, Table, Value, value};

use super::new::Document;
use crate::dependency::{self, Crates};
use crate::error::CliError;
use crate::manifests::{self, Manifest, read, replace};
use crate::scaffold::{self, File, Template};
use crate::session::Session;
use crate::wording::shown;

pub(crate) const EXAMPLES: &str = "\
Examples:
  cargo formwork init --name network --template network
  cargo formwork init --update";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The name of the app; without it, the workspace's folder's
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// The stacks to begin with
    #[arg(long, value_enum, value_name = "NAME", default_value = "empty")]
    template: Template,
    /// Only update the dependencies on formwork to those of this program
    #[arg(long, conflicts_with_all = ["name", "template"])]
    update: bool,
}

pub(crate) fn run(arguments: &Arguments, session: &Session) -> Result<(), CliError> {
    let here = std::env::current_dir().map_err(|source| formwork_workspace::Error::CurrentFolder { source })?;
    let root = root(&here)?;
    if root != here {
        session.printer.note(format_args!("using the workspace `{}`", shown(&root)));
    }
    let mut manifest = Manifest::read(root.join("Cargo.toml"))?;
    let crates = Crates::of_this_program();
    let mut done = Document {
        app: None,
        folder: shown(&root),
        template: None,
        dependency: format!("formwork = {{ {} }}", crates.text()),
        added: Vec::new(),
        changed: Vec::new(),
        kept: Vec::new(),
    };
    if arguments.update {
        update(&crates, manifest, &here, session, &mut done)?;
        return tell(done, session);
    }
    let usual = || root.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let name = arguments.name.clone().unwrap_or_else(usual);
    scaffold::check_name(&name)?;
    // Cargo reads it before anything is written.
    let workspace = Workspace::find(&root)?;
    dependency::check_paths(&manifest)?;
    if let Some(other) = workspace.folder_of(&name) {
        let error = CliError::input(format!("the workspace has a package `{name}` already, in `{}`", shown(other)));
        return Err(error.hint(another_name(&root, &workspace, &name)));
    }
    let stacks = root.join("stacks").join(&name);
    if stacks.exists() {
        let error = CliError::input(format!("`{}` is there already", shown(&stacks)));
        return Err(error.hint(another_name(&root, &workspace, &name)));
    }

    let mut files = scaffold::stack(arguments.template, &name);
    let has_xtask = root.join("xtask").exists() || workspace.folder_of("xtask").is_some();
    if has_xtask {
        done.kept.push("xtask".into());
    } else {
        files.extend(scaffold::xtask());
    }
    let beside: Vec<File> = scaffold::beside(&crates);
    let (there, missing): (Vec<File>, Vec<File>) = beside.into_iter().partition(|(path, _)| root.join(path).exists());
    done.kept.extend(there.into_iter().map(|(path, _)| path));
    files.extend(missing);
    let (config, alias) = scaffold::alias();
    let mut changed: Vec<(PathBuf, String)> = Vec::new();
    let mut other_alias = None;
    match (has_xtask, root.join(&config).exists()) {
        (true, _) => {}
        (false, false) => files.push((config, alias)),
        (false, true) => {
            let path = root.join(&config);
            let mut document = read(&path)?;
            match add_alias(&mut document) {
                None => {
                    changed.push((path, document.to_string()));
                    done.changed.push(config);
                }
                Some(other) => {
                    done.kept.push(config);
                    other_alias =
                        other.filter(|other| !other.contains("--package xtask ") && !other.contains("-p xtask "));
                }
            }
        }
    }
    let before = manifest.document.to_string();
    let members: &[&str] = if has_xtask { &["stacks/*"] } else { &["stacks/*", "xtask"] };
    if !add_members(&mut manifest.document, members) {
        return Err(CliError::input(format!("`workspace.members` in `{}` is not a list", shown(&manifest.path))));
    }
    let warning = crates.add_to(&mut manifest);
    if manifest.document.to_string() == before {
        done.kept.push("Cargo.toml".into());
    } else {
        changed.push((manifest.path, manifest.document.to_string()));
        done.changed.push("Cargo.toml".into());
    }

    scaffold::write(&root, &files)?;
    scaffold::format(&root, &files);
    for (path, text) in changed {
        replace(&path, &text)?;
    }
    if let Some(place) = done.kept.iter().position(|file| file == ".gitignore")
        && scaffold::ignore_target(&root)?
    {
        done.changed.push(done.kept.remove(place));
    }
    done.added = files.into_iter().map(|(path, _)| path).collect();
    // A workspace may exclude the folder.
    let after = Workspace::find(&root).map_err(|error| {
        let written = backticked(done.added.iter().chain(&done.changed));
        CliError::from(error).hint(format!("these were written, and stay: {written}"))
    })?;
    let is_member = after.folder_of(&name).is_some();
    if !is_member {
        let folder = shown(&stacks);
        session.printer.important(format_args!(
            "warning: cargo does not take `{folder}` for a member of the workspace: see `exclude` in its Cargo.toml"
        ));
    }
    if let Some(warning) = warning {
        session.printer.important(session.typed.adapted(&warning));
    }
    if let Some(other) = other_alias {
        session.printer.important(session.typed.adapted(&format!(
            "warning: `cargo xtask` is another alias already, `{other}` in `.cargo/config.toml`, and does not reach the new crate `xtask`\n\
             hint: use `cargo formwork COMMAND` and remove `xtask/`, or add an alias of another name: `run --quiet --package xtask --`"
        )));
    }
    for list in [&mut done.added, &mut done.changed, &mut done.kept] {
        list.sort();
    }
    done.template = Some(arguments.template.name().into());
    done.app = Some(name);
    tell(done, session)
}

/// Has every manifest of the workspace take these crates, and the package around `here`, if it is not a member.
fn update(
    crates: &Crates,
    root: Manifest,
    here: &Path,
    session: &Session,
    done: &mut Document,
) -> Result<(), CliError> {
    let mut all = manifests::members(&root);
    all.insert(0, root);
    let package = here.ancestors().map(|folder| folder.join("Cargo.toml")).find(|manifest| manifest.is_file());
    if let Some(package) = package.and_then(|package| fs::canonicalize(package).ok())
        && !all.iter().any(|manifest| fs::canonicalize(&manifest.path).is_ok_and(|path| path == package))
    {
        all.push(Manifest::read(package)?);
    }
    let before: Vec<String> = all.iter().map(|manifest| manifest.document.to_string()).collect();
    let concerned = crates.update_in(&mut all);
    if concerned.is_empty() {
        let error = CliError::input(format!("`{}` does not say where formwork comes from", shown(&all[0].path)));
        return Err(error.hint("`cargo formwork init` without `--update` adds it to `[workspace.dependencies]`"));
    }
    let top = fs::canonicalize(all[0].folder()).unwrap_or_default();
    for place in concerned {
        let (manifest, text) = (&all[place], all[place].document.to_string());
        let inner = manifest.path.strip_prefix(&top).map_or_else(|_| shown(&manifest.path), shown_inner);
        let name = if place == 0 { "Cargo.toml".to_owned() } else { inner };
        if text == before[place] {
            done.kept.push(name);
        } else {
            replace(&manifest.path, &text)?;
            done.changed.push(name);
        }
    }
    for table in dependency::patches(&all[0]) {
        session.printer.important(format_args!(
            "warning: `[{table}]` in `Cargo.toml` replaces formwork, and is left as it is\nhint: remove it, if it leads to another formwork"
        ));
    }
    Ok(())
}

/// A path in the workspace, with `/`.
fn shown_inner(path: &Path) -> String {
    path.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// The hint of an app whose name is taken: the first that is free.
fn another_name(root: &Path, workspace: &Workspace, name: &str) -> String {
    let is_free = |close: &String| {
        let is_package = workspace.folder_of(close).is_some();
        scaffold::check_name(close).is_ok() && !is_package && !root.join("stacks").join(close).exists()
    };
    let mut endings = std::iter::once("stacks".to_owned()).chain((2..100).map(|number| number.to_string()));
    match endings.find_map(|ending| Some(format!("{name}-{ending}")).filter(is_free)) {
        Some(close) => format!("give the app another name, such as `--name {close}`"),
        None => "give the app another name by `--name`".to_owned(),
    }
}

/// The folder of the workspace around `here`; without a workspace, that of the package.
fn root(here: &Path) -> Result<PathBuf, CliError> {
    let mut package = None;
    for folder in here.ancestors() {
        let manifest = folder.join("Cargo.toml");
        if !manifest.is_file() {
            continue;
        }
        // Cargo reads each of them too, and goes no further than one that is wrong.
        if read(&manifest)?.contains_key("workspace") {
            return Ok(folder.to_owned());
        }
        package.get_or_insert_with(|| folder.to_owned());
    }
    package.ok_or_else(|| formwork_workspace::Error::NoWorkspace { folder: here.to_owned() }.into())
}

/// Adds to `workspace.members` what is not in it; false if that is not a list.
fn add_members(manifest: &mut DocumentMut, members: &[&str]) -> bool {
    let workspace = manifest.entry("workspace").or_insert_with(|| Item::Table(Table::new()));
    let Some(workspace) = workspace.as_table_like_mut() else { return false };
    let item = workspace.entry("members").or_insert_with(|| value(Array::new()));
    let Some(list) = item.as_array_mut() else { return false };
    for member in members {
        if list.iter().any(|there| there.as_str() == Some(member)) {
            continue;
        }
        // As the entry before it, where each is on a line of its own; a comment behind that one stays there.
        let prefix = list.iter().last().and_then(|last| last.decor().prefix()?.as_str().map(str::to_owned));
        let mut entry = Value::from(*member);
        match prefix.as_deref().and_then(|prefix| prefix.rfind('\n').map(|start| &prefix[start..])) {
            Some(prefix) => {
                let behind = list.trailing().as_str().unwrap_or_default().trim_end().to_owned();
                entry.decor_mut().set_prefix(behind + prefix);
                list.push_formatted(entry);
                list.set_trailing("\n");
            }
            None => list.push(entry),
        }
    }
    true
}

/// Adds the alias; where there is one of that name, or no place for it, that one's text as far as it is known.
fn add_alias(config: &mut DocumentMut) -> Option<Option<String>> {
    let aliases = config.entry("alias").or_insert_with(|| Item::Table(Table::new()));
    let Some(aliases) = aliases.as_table_like_mut() else { return Some(None) };
    if let Some(other) = aliases.get("xtask") {
        let words =
            || other.as_array().map(|words| words.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" "));
        return Some(other.as_str().map(str::to_owned).or_else(words));
    }
    aliases.insert("xtask", value("run --quiet --package xtask --"));
    None
}

/// Prints what was done.
fn tell(done: Document, session: &Session) -> Result<(), CliError> {
    if session.printer.is_json() {
        return session.printer.document(&done);
    }
    let groups = [("added", &done.added), ("changed", &done.changed), ("kept", &done.kept)];
    let lines = groups.iter().flat_map(|(what, files)| files.iter().map(move |file| format!("{what:<9}{file}\n")));
    session.printer.text(&lines.collect::<String>())?;
    if let Some(app) = &done.app {
        session.printer.note(session.typed.adapted(&format!(
            "next:\n  cargo formwork synth --app {app}              # the CloudFormation templates\n  \
             cargo formwork deploy --app {app} --local     # the whole way without an account"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use toml_edit::DocumentMut;

    use super::add_members;

    fn added(text: &str) -> String {
        let mut manifest: DocumentMut = text.parse().unwrap();
        assert!(add_members(&mut manifest, &["stacks/*", "xtask"]));
        manifest.to_string()
    }

    #[test]
    fn members_are_added_as_the_list_is_written() {
        insta::assert_snapshot!(added("[workspace]\nmembers = [\"a\"] # ours\n"), @r#"
        [workspace]
        members = ["a", "stacks/*", "xtask"] # ours
        "#);
        insta::assert_snapshot!(added("[workspace]\nmembers = [\n    \"a\", # first\n    \"xtask\", # last\n]\n"), @r#"
        [workspace]
        members = [
            "a", # first
            "xtask", # last
            "stacks/*",
        ]
        "#);
        insta::assert_snapshot!(added("[package]\nname = \"a\"\n"), @r#"
        [package]
        name = "a"

        [workspace]
        members = ["stacks/*", "xtask"]
        "#);
    }
}
