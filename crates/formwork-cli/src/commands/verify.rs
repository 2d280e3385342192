//! `verify`: does a deployed site answer as its template says, asked from outside.

use clap::Args;
use formwork_verify::{Check, Found, WebSocket};
use serde::Serialize;

use crate::args::Target;
use crate::aws::{Clients, Selected};
use crate::checks::{self, CheckTotalsPart, Reach, SitePart};
use crate::error::CliError;
use crate::session::Session;

pub(crate) const EXAMPLES: &str = "\
Examples:
  cargo formwork verify
  cargo formwork verify habitpay-site --websocket /socket --json
  cargo formwork verify --resolver 1.1.1.1 --distribution d111111abcdef8.cloudfront.net

It asks what a viewer asks, and changes nothing. Each check passes, fails with what was seen, or says \
with the reason that there was nothing to check (`-`), or no way to (`?`). The exit code is 3 if one failed.";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    target: Target,
    /// The name that CloudFront gave the distribution; without it, the stack's output that has it
    #[arg(long, value_name = "NAME", help_heading = "Site", value_parser = host)]
    distribution: Option<String>,
    /// The path at which a backend takes a WebSocket, to see whether one is let through; without it, `/` is tried
    #[arg(long, value_name = "PATH", help_heading = "Site", value_parser = path)]
    websocket: Option<String>,
    #[command(flatten)]
    reach: Reach,
}

/// Output of `verify --json`.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Document {
    /// The sites of the stacks.
    sites: Vec<SitePart>,
    /// Numbers of checks of each kind.
    totals: CheckTotalsPart,
}

/// The name of a host, and nothing around it.
fn host(text: &str) -> Result<String, String> {
    let is_label = |label: &str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    let labels: Vec<&str> = text.trim_end_matches('.').split('.').collect();
    match labels.len() > 1 && text.len() <= 253 && labels.into_iter().all(is_label) {
        true => Ok(text.to_owned()),
        false => Err("it is not the name of a host, such as `d111111abcdef8.cloudfront.net`".to_owned()),
    }
}

fn path(text: &str) -> Result<String, String> {
    match text.starts_with('/') && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        true => Ok(text.to_owned()),
        false => Err("it is not a path, which begins with `/`".to_owned()),
    }
}

pub(crate) fn run(arguments: &Arguments, session: &Session) -> Result<(), CliError> {
    if arguments.target.aws.is_local() {
        let error = CliError::input("the embedded engine makes no site that answers");
        return Err(error.hint("`verify` asks a site that is deployed at AWS"));
    }
    let selected = Selected::look_at(&arguments.target, session)?;
    let mut sites = checks::sites(&selected)?;
    name_distributions(&mut sites, &selected, arguments, session)?;
    ask_for_backends(&mut sites, &selected, arguments, session);
    for found in &mut sites {
        if let Some(path) = &arguments.websocket {
            found.site.websocket = WebSocket::At(path.clone());
        }
    }
    let settings = arguments.reach.settings();
    let mut reports: Vec<(Found, Vec<Check>)> = Vec::new();
    for found in sites {
        let report = checks::block_on(formwork_verify::verify(&found.site, &settings))?;
        reports.push((found, report.checks));
    }
    let totals = CheckTotalsPart::of(reports.iter().flat_map(|(_, checks)| checks));
    if session.printer.is_json() {
        let sites = reports.iter().map(|(found, checks)| SitePart::new(found, checks)).collect();
        session.printer.document(&Document { sites, totals })?;
    } else {
        let paint = session.printer.data_paint();
        let mut text = String::new();
        for (found, checks) in &reports {
            text += &format!(
                "{}\n{}\n",
                checks::title(found, session),
                checks::render(checks, session.printer.is_verbose(), paint)
            );
        }
        session.printer.text(&format!("{text}{totals}\n"))?;
    }
    checks::conclude(totals, "the site does not answer as its template says")
}

/// Finds out which backends are to be active, where deployed stacks have them.
fn ask_for_backends(sites: &mut [Found], selected: &Selected, arguments: &Arguments, session: &Session) {
    for found in sites {
        let (Some((stack, parameter)), Some(health)) = (&found.switch, &mut found.site.health) else { continue };
        let work = async |clients: &Clients| formwork_deploy::switch::deployed(&clients.service, stack).await;
        match selected.look(&arguments.target.aws, session, work) {
            Ok(deployed) => {
                health.color = deployed.and_then(|deployed| deployed.parameter(parameter).map(str::to_owned));
            }
            Err(error) => session.printer.note(format_args!(
                "the parameter `{parameter}` of `{stack}` cannot be read, so it is not known which backend is to get the requests: {}",
                error.message
            )),
        }
    }
}

/// Finds out how CloudFront named the distributions: from the command line, or from an output of a deployed stack.
fn name_distributions(
    sites: &mut [Found],
    selected: &Selected,
    arguments: &Arguments,
    session: &Session,
) -> Result<(), CliError> {
    if let Some(name) = &arguments.distribution {
        let [found] = sites else {
            let error = CliError::input("`--distribution` is about one site, but the stacks have several");
            return Err(error.hint("name the stack of the site"));
        };
        found.site.distribution = Some(name.clone());
        return Ok(());
    }
    if sites.iter().all(|found| found.output.is_none()) {
        return Ok(());
    }
    let work =
        async |clients: &Clients| formwork_deploy::outputs(&clients.service, selected.assembly(), &selected.ids).await;
    match selected.look(&arguments.target.aws, session, work) {
        Ok(stacks) => {
            for found in sites {
                let stack = stacks.iter().find(|stack| stack.id == found.stack);
                let outputs = stack.and_then(|stack| stack.outputs.as_deref()).unwrap_or_default();
                let output = outputs.iter().find(|output| Some(&output.key) == found.output.as_ref());
                found.site.distribution = output.map(|output| output.value.clone());
            }
        }
        // Everything else can be asked without a login.
        Err(error) => session.printer.note(format_args!(
            "the stacks' outputs cannot be read, so the distribution's own name is not known: {}",
            error.message
        )),
    }
    Ok(())
}
