//! `switch`: the other backend of a deployed site gets the requests, by a change of one parameter. And which one does now.

use clap::{Args, ValueEnum};
use formwork_assembly::visible::visible;
use formwork_assembly::{Selector, StackArtifact, Switch};
use formwork_aws::shell::quoted;
use formwork_deploy::status::Standing;
use formwork_deploy::switch::DeployedStack;
use formwork_deploy::{DeployOptions, GivenParameter, NamedResource, Outcome, status, switch};
use formwork_verify::{Server, Settings, running};
use serde::Serialize;

use crate::approval::Given;
use crate::args::Target;
use crate::args::named_resource;
use crate::aws::{Clients, Selected};
use crate::checks;
use crate::documents::StackName;
use crate::error::{Class, CliError};
use crate::identity::Head;
use crate::listener::Listener;
use crate::outcome::{self, OutcomePart};
use crate::registry;
use crate::session::Session;

pub(crate) const EXAMPLES: &str = "\
Examples:
  cargo formwork switch green
  cargo formwork switch --status
  cargo formwork switch blue --yes --site http://203.0.113.7

The exit code is 3 if the stack was switched, but the site was not seen to have: it answers otherwise, or not at all; \
of `--status`, if the site answers otherwise than the stack has it, or the last operation on the stack could not be undone.";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The backend that is to get the requests
    #[arg(value_name = "BACKEND", required_unless_present = "status", conflicts_with = "status", help_heading = None)]
    backend: Option<Color>,
    /// Say which backend gets the requests, by the stack and by the site itself
    #[arg(long, conflicts_with_all = ["yes", "allow"])]
    status: bool,
    /// Do what the preview shows without asking
    #[arg(long, short)]
    yes: bool,
    /// Ask this server for the site's answer, by scheme, host and port, and not the site's own address
    #[arg(long, value_name = "URL", value_parser = Server::read)]
    site: Option<Server>,
    /// Permit the replacement or deletion of one resource; can be given several times
    #[arg(long, value_name = "[STACK/]LOGICAL_ID", value_parser = named_resource)]
    allow: Vec<NamedResource>,
    #[command(flatten)]
    target: Target,
}

/// A backend, by its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Color {
    /// The first backend
    Blue,
    /// The second backend
    Green,
}

impl Color {
    fn as_str(self) -> &'static str {
        match self {
            Color::Blue => "blue",
            Color::Green => "green",
        }
    }
}

/// Output of `switch --json`.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Document {
    /// Place and login of the run.
    target: Head,
    /// The switches; after a switch, those that were switched.
    switches: Vec<SwitchPart>,
}

/// A choice between two backends.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct SwitchPart {
    #[serde(flatten)]
    stack: StackName,
    /// The parameter that has the choice.
    parameter: String,
    /// Outcome for the stack; missing with `--status`.
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<OutcomePart>,
    /// The backend that gets the requests, as the stack has it; missing if it is not deployed.
    #[serde(skip_serializing_if = "Option::is_none")]
    active: Option<String>,
    /// The digest of the files, as the stack has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
    /// The answer of the site itself: a backend and a digest.
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<String>,
    /// Reason why there is no answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    unanswered: Option<String>,
    /// CloudFormation's status of the stack before a switch; missing if it is not deployed.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<String>,
    /// Misfits that `--status` found; missing if there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    misfits: Vec<String>,
}

/// The site's own answer.
#[derive(Clone)]
enum Asked {
    Answer(String),
    /// It was asked; the reason why it did not answer.
    Silent(String),
    /// It was not asked, for this reason.
    Not(String),
}

/// A switch of a stack of the app, as it is deployed.
struct Found<'a> {
    artifact: &'a StackArtifact,
    switch: &'a Switch,
    deployed: Option<DeployedStack>,
}

impl Found<'_> {
    fn active(&self) -> Option<&str> {
        self.deployed.as_ref()?.parameter(&self.switch.parameter)
    }

    fn digest(&self) -> Option<String> {
        self.deployed.as_ref()?.literal(&self.switch.digest_at)
    }

    fn part(&self, active: Option<String>, asked: Asked) -> SwitchPart {
        let (answer, unanswered) = match asked {
            Asked::Answer(answer) => (Some(answer), None),
            Asked::Silent(reason) | Asked::Not(reason) => (None, Some(reason)),
        };
        SwitchPart {
            stack: StackName::new(&self.artifact.id),
            parameter: self.switch.parameter.clone(),
            outcome: None,
            active,
            digest: self.digest(),
            answer,
            unanswered,
            status: self.deployed.as_ref().map(|deployed| deployed.status.to_string()),
            misfits: Vec::new(),
        }
    }

    /// Misfits: of the site's answer and the stack, of the stack's state and a switch that is done. The hints are ways out.
    fn misfits(&self, asked: &Asked, session: &Session, spelling: &str) -> Vec<(String, String)> {
        let Some(deployed) = &self.deployed else { return Vec::new() };
        let mut misfits = Vec::new();
        let (standing, meaning) = status::standing(&deployed.status);
        let way_out = status::way_out(&deployed.status);
        if standing != Standing::Busy
            && let Some(way_out) = way_out
        {
            let what = format!(
                "`{}` is in {}: {meaning}, so it is not known which backend nginx was given",
                visible(&self.artifact.id.name),
                deployed.status
            );
            misfits.push((what, session.typed.way_out(spelling, way_out, &[])));
        }
        if let (Asked::Answer(answer), Some(active), Some(digest)) = (asked, self.active(), self.digest())
            && standing != Standing::Busy
            && *answer != format!("{active} {digest}")
        {
            let what = format!(
                "the site answers `{}`, but the stack has `{} {}`",
                visible(answer),
                visible(active),
                visible(&digest)
            );
            let hint = "another server may answer for the name, or somebody changed nginx's files; the next delivery that changes something brings them all";
            misfits.push((what, hint.to_owned()));
        }
        misfits
    }
}

pub(crate) fn run(arguments: &Arguments, session: &Session) -> Result<(), CliError> {
    let selected = Selected::look_at(&arguments.target, session)?;
    let stacks = selected.assembly().stacks.iter().filter(|stack| selected.ids.contains(&stack.id));
    let mut found: Vec<Found<'_>> = stacks
        .flat_map(|artifact| artifact.switches.iter().map(move |switch| Found { artifact, switch, deployed: None }))
        .collect();
    if found.is_empty() {
        return Err(CliError::input(format!("no stack of `{}` can be switched", selected.synthesized.app.name))
            .hint("where the app has a proxy, its active backend is in the source: change `active` there and deploy; with `Delivery::shell`, bring the files by `files --out` and `deliver.sh`")
            .hint("with `delivery: Some(Delivery::ssm(INSTANCE))` it is a parameter, which `switch` changes"));
    }
    for one in &mut found {
        let id = &one.artifact.id;
        let work = async |clients: &Clients| switch::deployed(&clients.service, id).await;
        one.deployed = selected.look(&arguments.target.aws, session, work)?;
    }
    match arguments.backend {
        Some(color) => match found.as_slice() {
            [one] => change(arguments, session, &selected, one, color),
            several => {
                let names: Vec<String> =
                    several.iter().map(|one| format!("`{}` (`{}`)", one.artifact.id, one.switch.parameter)).collect();
                Err(CliError::input(format!("there are {} switches: {}", names.len(), names.join(", ")))
                    .hint("name the stack of one"))
            }
        },
        None => status(arguments, session, &selected, &found),
    }
}

fn status(arguments: &Arguments, session: &Session, selected: &Selected, found: &[Found<'_>]) -> Result<(), CliError> {
    let mut parts = Vec::new();
    let mut text = String::new();
    let mut found_misfits = Vec::new();
    for one in found {
        let asked = match one.deployed {
            Some(_) => ask(arguments, one, |_| true)?,
            None => Asked::Not("the stack is not deployed".to_owned()),
        };
        let site = match &asked {
            Asked::Answer(answer) => format!("the site answers `{}`", visible(answer)),
            Asked::Silent(reason) => format!("the site does not answer: {}", visible(reason)),
            Asked::Not(reason) => format!("the site was not asked: {}", visible(reason)),
        };
        let misfits = one.misfits(&asked, session, &selected.assembly().spelling(&one.artifact.id));
        let mut part = one.part(one.active().map(str::to_owned), asked);
        part.misfits = misfits.iter().map(|(what, _)| what.clone()).collect();
        found_misfits.extend(misfits);
        let deployed = match (&part.active, &part.digest) {
            (Some(active), Some(digest)) => format!("{} {}", visible(active), visible(digest)),
            (Some(active), None) => visible(active).into_owned(),
            (None, _) => "not deployed".to_owned(),
        };
        text += &format!("{}.{}: {deployed}; {site}\n", visible(one.artifact.name()), visible(&one.switch.parameter));
        parts.push(part);
    }
    if session.printer.is_json() {
        let (aws, ids) = (&arguments.target.aws, &selected.ids);
        let work = async |clients: &Clients| Ok(Head::ask(&clients.aws, aws, session, ids).await?);
        let target = selected.look(aws, session, work)?;
        session.printer.document(&Document { target, switches: parts })?;
    } else {
        session.printer.text(&text)?;
    }
    let mut errors = found_misfits.into_iter().map(|(what, hint)| CliError::new(Class::Found, what).hint(hint));
    let Some(last) = errors.next_back() else { return Ok(()) };
    for error in errors {
        session.printer.important(error.render(session.printer.note_paint()));
    }
    Err(last)
}

fn change(
    arguments: &Arguments,
    session: &Session,
    selected: &Selected,
    one: &Found<'_>,
    color: Color,
) -> Result<(), CliError> {
    let (id, parameter) = (&one.artifact.id, &one.switch.parameter);
    let deployed = one.deployed.as_ref().ok_or_else(|| {
        CliError::input(format!("`{}` is not deployed in {}", id.name, id.region))
            .hint(format!("{} first", session.typed.command(&["deploy", &id.name])))
    })?;
    if !deployed.template.as_ref().is_some_and(|template| template.parameters.contains_key(parameter)) {
        return Err(CliError::input(format!(
            "`{}` is deployed without the parameter `{parameter}`: its source had the active backend in it",
            id.name
        ))
        .hint(format!("{} first", session.typed.command(&["deploy", &id.name]))));
    }
    let assembly = deployed.assembly(selected.assembly(), one.artifact);
    let given = Given::by_yes(arguments.yes).allowing(&arguments.allow, session);
    let options = DeployOptions {
        consent: given.consent,
        by_name: given.by_name.clone(),
        concurrency: 1,
        regions: Default::default(),
        parameters: vec![GivenParameter {
            stack: Selector::read(&id.to_string()),
            key: parameter.clone(),
            value: color.as_str().to_owned(),
        }],
        registry: registry::of_apps([&selected.synthesized.app])?,
        previous_templates: true,
        shipping: None,
    };
    let again = ["switch", color.as_str()];
    let listener = Listener::new(session, &assembly, given).again_by(&again);
    let ids = [id.clone()];
    let work = async |clients: &Clients| {
        listener.introduce(clients, &arguments.target.aws, session, &ids).await?;
        formwork_deploy::deploy(&clients.service, &assembly, &ids, &options, &listener, clients.interrupted()).await
    };
    let report = selected.run(&arguments.target.aws, session, work, || listener.tick());
    let report = report.map_err(outcome::before_a_change)?;
    let done = report.stacks.iter().all(|stack| matches!(stack.outcome, Outcome::Done(_) | Outcome::Unchanged));
    let wanted = format!("{} {}", color.as_str(), one.digest().unwrap_or_default());
    let asked = match done {
        true => ask(arguments, one, |answer| answer == wanted)?,
        false => Asked::Not("the stack was not switched".to_owned()),
    };
    let active = if done { Some(color.as_str().to_owned()) } else { one.active().map(str::to_owned) };
    if session.printer.is_json() {
        let outcome = report.stacks.first().map(|stack| OutcomePart::from(&stack.outcome));
        let part = SwitchPart { outcome, ..one.part(active, asked.clone()) };
        session.printer.document(&Document { target: listener.head(), switches: vec![part] })?;
    } else if done {
        let said = match &asked {
            Asked::Answer(answer) => format!("; the site answers `{}`", visible(answer)),
            Asked::Silent(_) | Asked::Not(_) => String::new(),
        };
        session.printer.text(&format!("{}.{} = {}{said}\n", visible(&id.name), visible(parameter), color.as_str()))?;
    }
    if done && let Asked::Not(reason) = &asked {
        session.printer.important(format_args!("warning: the site itself was not asked: {}\n", visible(reason)));
    }
    outcome::conclude(session, selected.assembly(), &listener, &arguments.target.aws, &report.stacks)?;
    seen(one, &asked, &wanted)
}

/// The site is to answer what was delivered.
fn seen(one: &Found<'_>, asked: &Asked, wanted: &str) -> Result<(), CliError> {
    let question = one.switch.health.as_deref().unwrap_or_default();
    let error = match asked {
        Asked::Answer(answer) if answer != wanted => {
            let message = format!("the site answers `{}` where `{wanted}` was delivered", visible(answer));
            CliError::new(Class::Found, message).hint("another server may answer for the name, or a cache before it")
        }
        Asked::Silent(reason) => {
            CliError::new(Class::Found, "the stack was switched, but the site was not seen to have switched")
                .cause(reason)
        }
        Asked::Answer(_) | Asked::Not(_) => return Ok(()),
    };
    Err(error.hint(format!("ask again: curl {}", quoted(question))))
}

/// The site's own answer.
fn ask(arguments: &Arguments, one: &Found<'_>, is_right: impl Fn(&str) -> bool) -> Result<Asked, CliError> {
    let Some(url) = &one.switch.health else { return Ok(Asked::Not("it has no name of its own".to_owned())) };
    if arguments.target.aws.is_local() && arguments.site.is_none() {
        return Ok(Asked::Not("the embedded engine has none".to_owned()));
    }
    let answer = checks::block_on(running(url, arguments.site.as_ref(), &Settings::default(), is_right))?;
    Ok(answer.map_or_else(Asked::Silent, Asked::Answer))
}
