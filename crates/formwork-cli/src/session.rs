//! The start of every command: the printer, the workspace, its apps and their assemblies.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

#[cfg(feature = "deploy")]
use formwork_assembly::StackArtifact;
use formwork_assembly::{Answers, Assembly, Environment, Lookup, Problem, Severity, StackId, did_you_mean};
#[cfg(feature = "local")]
use formwork_schema::facts::Registry;
use formwork_template::backticked;
use formwork_workspace::{App, Chosen, Given, LOCK, Lock, Synthesis, Workspace};

use crate::args::AppOptions;
use crate::building;
use crate::error::{Class, CliError};
use crate::excerpt;
#[cfg(feature = "deploy")]
use crate::looked_up::LookedUp;
use crate::pattern;
use crate::printer::Printer;
use crate::typed::Typed;
use crate::wording;

/// One run of the program.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) printer: Printer,
    /// The workspace, once it was looked for.
    pub(crate) workspace: OnceCell<Workspace>,
    /// The environment that `--env` names, once it was looked for.
    pub(crate) environment: OnceCell<Option<Chosen>>,
    /// The identity of the login, once it was asked for; `None` in it of a server that does not say it.
    #[cfg(feature = "deploy")]
    pub(crate) caller: OnceCell<Option<formwork_model::service::Caller>>,
    /// The account of what the app of this run looked up.
    #[cfg(feature = "deploy")]
    pub(crate) looked_up: OnceCell<LookedUp>,
    /// Calls of this run that have no answer yet.
    #[cfg(feature = "deploy")]
    pub(crate) unanswered: formwork_deploy::Unanswered,
    /// Notes about the embedded engine that were printed.
    #[cfg(feature = "local")]
    pub(crate) of_local: crate::told::Told,
    /// The program and its options, as they were typed.
    pub(crate) typed: Typed,
    /// The description of all that can be typed.
    #[cfg(feature = "shell")]
    pub(crate) description: fn() -> clap::Command,
}

/// Ends of a run of the programs of apps, if no problem stopped it.
#[derive(Debug)]
pub(crate) enum Ran {
    /// All have written their assemblies.
    Synthesized(Vec<Synthesized>),
    /// Apps whose look-ups have no answers yet: their names, and these look-ups.
    Missing(Vec<(String, Vec<Lookup>)>),
}

/// Warnings of synth: printed or not. Errors always are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Warnings {
    Shown,
    Hidden,
}

/// An app that has been synthesized.
#[derive(Debug)]
pub(crate) struct Synthesized {
    pub(crate) app: App,
    pub(crate) assembly: Assembly,
    /// Warnings of synth.
    #[cfg(feature = "validate")]
    pub(crate) problems: Vec<Problem>,
    /// Folder to which the assembly was written.
    pub(crate) folder: PathBuf,
    /// Keeps that folder, if it is one for the time of this run.
    _scratch: Option<Rc<Scratch>>,
}

impl Synthesized {
    /// The assembly in a folder, as `synth` wrote it.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    #[cfg(feature = "deploy")]
    pub(crate) fn finished(folder: &Path) -> Result<Synthesized, CliError> {
        let assembly = Assembly::read(folder).map_err(|error| {
            let error = CliError::from_error(Class::Input, &error);
            error
                .hint("`--assembly` takes a folder that `synth` wrote: `target/formwork/APP`, or that of `synth --out`")
        })?;
        Ok(Synthesized {
            app: App::finished(folder),
            assembly,
            #[cfg(feature = "validate")]
            problems: Vec::new(),
            folder: folder.to_owned(),
            _scratch: None,
        })
    }

    /// Holds a finished assembly to the environment: it is one of its own, in its regions, and protected where that asks for it. Of an app, its own
    /// synth does all that.
    ///
    /// # Errors
    ///
    /// When it was made for another environment, or a stack is in another region.
    #[cfg(feature = "deploy")]
    pub(crate) fn fit(&mut self, environment: &Environment) -> Result<(), CliError> {
        let owner = self.assembly.owner.as_ref();
        if let Some(owner) = owner.filter(|owner| owner.environment.as_deref() != Some(&environment.name)) {
            let made = match &owner.environment {
                Some(other) => format!("was made for the environment `{other}`"),
                None => "was made without an environment".to_owned(),
            };
            let Environment { name, location, .. } = environment;
            let error = CliError::input(format!("the assembly {made}, and `{name}` ({location}) is asked for"));
            return Err(error.hint(format!(
                "`cargo formwork synth --env {name}` makes one for it, with its names, context and regions"
            )));
        }
        for stack in &mut self.assembly.stacks {
            stack.termination_protection |= environment.protect;
        }
        let regions = &environment.regions;
        let is_outside = |stack: &&StackArtifact| !regions.iter().any(|region| region == stack.region());
        let Some(stack) = self.assembly.stacks.iter().find(is_outside).filter(|_| !regions.is_empty()) else {
            return Ok(());
        };
        Err(CliError::input(format!(
            "stack `{}` is in `{}`, and the environment `{}` ({}) has {}",
            stack.name(),
            stack.region(),
            environment.name,
            environment.place_of("regions"),
            backticked(regions)
        )))
    }
}

/// Folders to which assemblies are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Destination<'a> {
    /// The folder in which people look for them: `target/formwork/<app>`.
    Usual,
    /// The folder that the user named; of several apps, each below its own folder.
    Folder(&'a Path),
    /// A folder of this run alone: the output of `synth` stays, and no other command changes the assemblies at the same time.
    Scratch,
}

/// A folder that is deleted with this value.
#[derive(Debug)]
struct Scratch(PathBuf);

impl Scratch {
    fn new(workspace: &Workspace) -> Self {
        Scratch(workspace.made().join(format!(".run-{}", std::process::id())))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // It may never have been made; and one that cannot be removed is in nobody's way.
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Session {
    /// The workspace, which is looked for once.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub(crate) fn workspace(&self) -> Result<&Workspace, formwork_workspace::Error> {
        if let Some(workspace) = self.workspace.get() {
            return Ok(workspace);
        }
        let folder = std::env::current_dir().map_err(|source| formwork_workspace::Error::CurrentFolder { source })?;
        let workspace = Workspace::find(&folder).inspect_err(|error| {
            if let formwork_workspace::Error::Manifests { root, .. } = error {
                self.say_mistakes(error, root);
            }
        })?;
        Ok(self.workspace.get_or_init(|| workspace))
    }

    /// Prints mistakes in files, each with its line.
    fn say_mistakes(&self, error: &formwork_workspace::Error, root: &Path) {
        for problem in error.problems() {
            self.printer.important(format_args!("{}\n", excerpt::render(problem, root, self.printer.note_paint())));
        }
    }

    /// The environment that `--env` names; `None` without that option.
    ///
    /// # Errors
    ///
    /// When there is none of that name; or `formwork.toml` has a mistake, with that option or without.
    pub(crate) fn choose(&self, options: &AppOptions) -> Result<Option<&Chosen>, CliError> {
        if self.environment.get().is_none() {
            let chosen = match &options.env {
                Some(name) => Some(self.read_environment(name)?),
                None => {
                    match self.workspace() {
                        Ok(Workspace { root, .. }) => {
                            formwork_workspace::check_settings(root)
                                .inspect_err(|error| self.say_mistakes(error, root))?;
                        }
                        Err(error @ formwork_workspace::Error::Manifests { .. }) => return Err(error.into()),
                        // A finished assembly needs no workspace about it.
                        Err(_) => {}
                    }
                    None
                }
            };
            self.environment.get_or_init(|| chosen);
        }
        Ok(self.chosen())
    }

    /// The environment of this run; `None` before [`Session::choose`] too.
    pub(crate) fn chosen(&self) -> Option<&Chosen> {
        self.environment.get()?.as_ref()
    }

    fn read_environment(&self, name: &str) -> Result<Chosen, CliError> {
        let root = &self.workspace()?.root;
        let found = formwork_workspace::environment(root, name);
        Ok(found.inspect_err(|error| self.say_mistakes(error, root))?)
    }

    /// The name under which look-ups of this run are kept.
    fn environment_of_lock(&self) -> &str {
        self.chosen().map_or(formwork_workspace::NO_ENVIRONMENT, |chosen| &chosen.environment.name)
    }

    /// AWS's resource types, and those of all apps of the workspace, if there is one: what the embedded engine knows, whose state may
    /// have stacks of any of them.
    ///
    /// # Errors
    ///
    /// When an app's schemas cannot be used.
    #[cfg(feature = "local")]
    pub(crate) fn registry(&self) -> Result<Registry, CliError> {
        match self.workspace() {
            Ok(workspace) => crate::registry::of_apps(&workspace.apps),
            Err(formwork_workspace::Error::NoWorkspace { .. }) => Ok(Registry::new()),
            Err(error) => Err(error.into()),
        }
    }

    /// Folder of the embedded engine's state, unless the user names another.
    ///
    /// # Errors
    ///
    /// When there is no workspace.
    #[cfg(feature = "local")]
    pub(crate) fn local_state(&self) -> Result<PathBuf, CliError> {
        Ok(self.workspace()?.made().join("local"))
    }

    /// Folder of the runs that were begun on this machine.
    ///
    /// # Errors
    ///
    /// When there is no workspace.
    #[cfg(feature = "deploy")]
    pub(crate) fn runs(&self) -> Result<PathBuf, CliError> {
        Ok(self.workspace()?.made().join("runs"))
    }

    /// Answers to look-ups at AWS.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or has what is in another account than that of the environment, or there is no workspace.
    pub(crate) fn lock(&self) -> Result<Lock, CliError> {
        let lock = Lock::read(&self.workspace()?.root.join(LOCK), self.environment_of_lock())?;
        let environment = self.chosen().map(|chosen| &chosen.environment);
        let own = environment.and_then(|environment| Some((environment, environment.account.as_ref()?)));
        let Some(((environment, own), account)) =
            own.zip(lock.account.as_ref()).filter(|((_, own), other)| own != other)
        else {
            return Ok(lock);
        };
        let (name, place) = (&environment.name, environment.place_of("account"));
        let error = CliError::input(format!(
            "`{LOCK}` has what is in the account `{account}` for the environment `{name}`, which is bound to the account `{own}` ({place})"
        ));
        Err(error.hint(self.typed.adapted(&format!(
            "correct `account`; or take `{name}` out of `{LOCK}`, and `cargo formwork lookup --env {name}` asks the other account"
        ))))
    }

    /// Answers that were entered in the embedded engine. They are never committed.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    #[cfg(feature = "local")]
    pub(crate) fn local_lock(&self) -> Result<Lock, CliError> {
        match self.workspace() {
            Ok(workspace) => {
                let file = workspace.made().join("local.lock");
                Ok(Lock::read(&file, self.environment_of_lock())?)
            }
            // A finished assembly is deployed from anywhere.
            Err(formwork_workspace::Error::NoWorkspace { .. }) => Ok(Lock::default()),
            Err(error) => Err(error.into()),
        }
    }

    /// The app that a comparing or changing command is about: `--app`, or the workspace's default app, which it then says.
    ///
    /// # Errors
    ///
    /// When there is no such app.
    #[cfg(feature = "deploy")]
    pub(crate) fn one_app(&self, options: &AppOptions) -> Result<&App, CliError> {
        let workspace = self.workspace()?;
        match &options.app {
            Some(name) => Ok(workspace.app(name)?),
            None => {
                let app = workspace.default_app()?;
                self.printer.note(format_args!("using the app `{}`", app.name));
                Ok(app)
            }
        }
    }

    /// The app that `--app` names, or every app.
    ///
    /// # Errors
    ///
    /// When there is no such app.
    pub(crate) fn apps(&self, options: &AppOptions) -> Result<Vec<&App>, CliError> {
        let workspace = self.workspace()?;
        match &options.app {
            Some(name) => Ok(vec![workspace.app(name)?]),
            None => Ok(workspace.apps()?),
        }
    }

    /// Builds and runs the app that `--app` names, or every app, and writes the assemblies.
    ///
    /// # Errors
    ///
    /// When there is no such app, or one does not build, or a problem stops synth, or two apps own the same stack.
    pub(crate) fn synth_all(&self, options: &AppOptions, to: Destination<'_>) -> Result<Vec<Synthesized>, CliError> {
        self.all(options, to, Warnings::Shown)
    }

    /// The same for a command that only needs to know which stacks there are: without synth's warnings.
    ///
    /// # Errors
    ///
    /// See [`Session::synth_all`].
    pub(crate) fn look_at_all(&self, options: &AppOptions) -> Result<Vec<Synthesized>, CliError> {
        self.all(options, Destination::Scratch, Warnings::Hidden)
    }

    fn all(&self, options: &AppOptions, to: Destination<'_>, warnings: Warnings) -> Result<Vec<Synthesized>, CliError> {
        self.choose(options)?;
        let lock = self.lock()?;
        match self.synth(&self.apps(options)?, options, to, warnings, &lock.answers())? {
            Ran::Synthesized(synthesized) => {
                same_stack_twice(&synthesized)?;
                Ok(synthesized)
            }
            Ran::Missing(missing) => Err(not_looked_up(&missing, &self.typed)),
        }
    }

    /// Builds and runs apps, with these answers to their look-ups.
    ///
    /// # Errors
    ///
    /// When one does not build, or a problem stops synth.
    pub(crate) fn synth(
        &self,
        apps: &[&App],
        options: &AppOptions,
        to: Destination<'_>,
        warnings: Warnings,
        answers: &Answers,
    ) -> Result<Ran, CliError> {
        let workspace = self.workspace()?;
        let environment = self.choose(options)?.map(|chosen| &chosen.environment);
        let programs = building::build(&self.printer, &self.typed, workspace, apps, options.release)?;
        let scratch = (to == Destination::Scratch).then(|| Rc::new(Scratch::new(workspace)));
        let mut synthesized = Vec::new();
        let (mut failed, mut missing) = (Vec::new(), Vec::new());
        for (&app, program) in apps.iter().zip(&programs) {
            let folder = match (to, &scratch) {
                (Destination::Folder(out), _) if apps.len() > 1 => out.join(&app.name),
                (Destination::Folder(out), _) => out.to_owned(),
                (_, Some(scratch)) => scratch.0.join(&app.name),
                (_, None) => workspace.assembly_folder(app),
            };
            let (found, account) = (answers.found.as_slice(), answers.account.as_deref());
            let given = Given { context: &options.context, found, account, environment };
            let slow = || building::still_running(&self.printer, app);
            let synthesis = formwork_workspace::synth(workspace, app, program, &folder, given, &slow)
                .inspect_err(|error| {
                    if !error.printed().is_empty() {
                        self.printer.important(error.printed());
                    }
                })
                .map_err(|error| refused_folder(error, matches!(to, Destination::Folder(_))))?;
            self.say(&synthesis, &workspace.root, warnings);
            match synthesis.assembly {
                Some(assembly) => {
                    synthesized.push(Synthesized {
                        app: app.clone(),
                        assembly,
                        #[cfg(feature = "validate")]
                        problems: synthesis.problems,
                        folder: synthesis.folder,
                        _scratch: scratch.clone(),
                    });
                }
                None if !synthesis.missing.is_empty() => missing.push((app.name.clone(), synthesis.missing)),
                None => failed.push((app, synthesis.problems)),
            }
        }
        match (failed.is_empty(), missing.is_empty()) {
            (false, _) => Err(stopped(failed, !options.context.is_empty(), apps.len())),
            (true, false) => Ok(Ran::Missing(missing)),
            (true, true) => {
                if let Some(environment) = environment
                    && apps.len() == workspace.apps.len()
                {
                    all_asked_for(environment, &synthesized)?;
                }
                Ok(Ran::Synthesized(synthesized))
            }
        }
    }

    /// Prints the output and the problems of the program of an app.
    fn say(&self, synthesis: &Synthesis, root: &Path, warnings: Warnings) {
        if !synthesis.printed.is_empty() {
            self.printer.note(&synthesis.printed);
        }
        let shown = |problem: &&Problem| problem.severity == Severity::Error || warnings == Warnings::Shown;
        for problem in synthesis.problems.iter().filter(shown) {
            self.printer.important(format_args!("{}\n", excerpt::render(problem, root, self.printer.note_paint())));
        }
    }
}

/// The ids of the stacks that the patterns pick, of all apps together: no two of them have a stack in common.
///
/// # Errors
///
/// When a pattern picks none.
pub(crate) fn selected(synthesized: &[Synthesized], patterns: &[String]) -> Result<Vec<StackId>, CliError> {
    let all = synthesized.iter().flat_map(|one| &one.assembly.stacks);
    Ok(pattern::select(all, patterns)?.into_iter().map(|stack| stack.id.clone()).collect())
}

/// Refuses context values of the environment that no app of the workspace asks for: they are misspelt.
fn all_asked_for(environment: &Environment, synthesized: &[Synthesized]) -> Result<(), CliError> {
    let asked: Vec<&str> =
        synthesized.iter().flat_map(|one| &one.assembly.context).map(|value| value.key.as_str()).collect();
    let Some(key) = environment.context.keys().find(|key| !asked.contains(&key.as_str())) else { return Ok(()) };
    let (name, place) = (&environment.name, environment.place_of(&format!("context.{key}")));
    let message = format!("no app asks for the context value `{key}` of the environment `{name}` ({place})");
    let error = CliError::input(message);
    Err(match (did_you_mean(key, asked.iter().copied()), asked.as_slice()) {
        (Some(close), _) => error.hint(format!("did you mean `{close}`?")),
        (None, []) => error.hint("they ask for none at all"),
        (None, _) => {
            let known: BTreeSet<&str> = asked.iter().copied().collect();
            error.hint(format!("they ask for {}", backticked(known)))
        }
    })
}

/// A folder that the user chose is the user's mistake; a folder of ours is the machine's.
fn refused_folder(error: formwork_workspace::Error, chosen: bool) -> CliError {
    let refused = matches!(error, formwork_workspace::Error::NotWritten { .. });
    let error = CliError::from(error);
    if refused && chosen {
        CliError { class: Class::Input, ..error.hint("choose another folder with `--out`") }
    } else {
        error
    }
}

/// Error of a command that does not ask AWS, about look-ups without an answer.
pub(crate) fn not_looked_up(missing: &[(String, Vec<Lookup>)], typed: &Typed) -> CliError {
    let each = missing.iter().map(|(app, lookups)| {
        let all: Vec<String> = lookups.iter().map(|lookup| format!("{lookup}{}", place(lookup))).collect();
        format!("`{app}` looks up what `{LOCK}` does not have: {}", all.join(", "))
    });
    CliError::input(each.collect::<Vec<_>>().join("; ")).hint(typed.adapted(&format!(
        "`cargo formwork lookup` asks AWS and writes `{LOCK}`, to be committed; `cargo formwork diff --local` and \
         `cargo formwork deploy --local` ask nobody"
    )))
}

/// Place of a look-up in the source.
pub(crate) fn place(lookup: &Lookup) -> String {
    lookup.location.as_ref().map(|location| format!(" ({location})")).unwrap_or_default()
}

fn stopped(failed: Vec<(&App, Vec<Problem>)>, with_context: bool, selected: usize) -> CliError {
    let count = |problems: &[Problem]| {
        let errors = problems.iter().filter(|problem| problem.severity == Severity::Error).count();
        wording::count(errors, "error")
    };
    let mut error = CliError::input(match failed.as_slice() {
        [(app, problems)] => format!("`{}` cannot be synthesized: {}", app.name, count(problems)),
        several => {
            let each = several.iter().map(|(app, problems)| format!("`{}` ({})", app.name, count(problems)));
            format!("{} apps cannot be synthesized: {}", several.len(), each.collect::<Vec<_>>().join(", "))
        }
    });
    if with_context && selected > 1 {
        error = error.hint("every selected app gets the `--context` values; pick one app with `--app`");
    }
    error.problems = failed.into_iter().flat_map(|(_, problems)| problems).collect();
    error
}

/// Two apps with one stack would undo each other's deployments.
fn same_stack_twice(synthesized: &[Synthesized]) -> Result<(), CliError> {
    for (index, one) in synthesized.iter().enumerate() {
        for other in &synthesized[..index] {
            if let Some(stack) = one.assembly.stacks.iter().find(|stack| other.assembly.stack(&stack.id).is_some()) {
                return Err(CliError::input(format!(
                    "the apps `{}` and `{}` both have a stack `{}` in {}",
                    other.app.name,
                    one.app.name,
                    stack.name(),
                    stack.region()
                ))
                .hint("give one of the stacks another name, or pick one app with `--app`"));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[cfg(not(feature = "deploy"))]
    use formwork_assembly::StackArtifact;

    use super::*;

    fn app(name: &str, stacks: &[(&str, &str)]) -> Synthesized {
        let metadata = serde_json::json!({
            "version": 1, "workspace_root": "/w", "target_directory": "/w/target", "workspace_members": [name],
            "packages": [{
                "name": name, "version": "0.1.0", "id": name, "manifest_path": "/w/Cargo.toml", "metadata": { "formwork": {} },
                "targets": [], "dependencies": [], "features": {},
            }],
        });
        let workspace = Workspace::from_metadata(&metadata.to_string()).unwrap();
        let stack = |&(name, region): &(&str, &str)| StackArtifact {
            id: StackId::new(name, region),
            ..StackArtifact::default()
        };
        Synthesized {
            app: workspace.app(name).unwrap().clone(),
            assembly: Assembly { stacks: stacks.iter().map(stack).collect(), ..Assembly::default() },
            #[cfg(feature = "validate")]
            problems: Vec::new(),
            folder: name.into(),
            _scratch: None,
        }
    }

    #[test]
    fn two_apps_may_share_a_name_but_not_a_stack() {
        let one = app("one", &[("site", "us-east-1"), ("edge", "us-east-1")]);
        let two = app("two", &[("site", "eu-west-1")]);
        let three = app("three", &[("site", "us-east-1")]);
        let apps = [one, two];
        assert_eq!(same_stack_twice(&apps), Ok(()));
        let [one, two] = apps;
        insta::assert_snapshot!(
            same_stack_twice(&[one, two, three]).unwrap_err().render(crate::paint::Paint(false)),
            @r"
        error: the apps `one` and `three` both have a stack `site` in us-east-1
        hint: give one of the stacks another name, or pick one app with `--app`
        "
        );
    }
}
