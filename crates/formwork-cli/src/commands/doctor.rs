//! `doctor`: faults of this machine, the login, the zone and the instance, before the first deploy hangs on them.

use std::process::Command;

use clap::Args;
use formwork_assembly::StackId;
use formwork_verify::account::GivenAccount;
use formwork_verify::{Check, Deployed, Found};
use serde::Serialize;

use crate::account::OfLogin;
use crate::args::Target;
use crate::aws::{Clients, Selected};
use crate::checks::{self, CheckPart, CheckTotalsPart, Reach, SitePart};
use crate::error::CliError;
use crate::paint::Style;
use crate::session::Session;
use crate::wording::count;

pub(crate) const EXAMPLES: &str = "\
Examples:
  cargo formwork doctor
  cargo formwork doctor habitpay-site --instance i-0123456789abcdef0
  cargo formwork doctor --resolver 1.1.1.1 --json

It asks, and changes nothing. What there is nothing to check about is marked `-`, what there is no way \
to check `?`. The exit code is 3 if a check failed.";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    target: Target,
    /// The instance behind the site; without it, the one to which its files are delivered
    #[arg(long, value_name = "ID", help_heading = "Site", value_parser = instance)]
    instance: Option<String>,
    #[command(flatten)]
    reach: Reach,
}

/// Output of `doctor --json`.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Document {
    /// Checks of this machine and of the login.
    machine: Vec<CheckPart>,
    /// The sites of the stacks.
    sites: Vec<SitePart>,
    /// Numbers of checks of each kind.
    totals: CheckTotalsPart,
}

fn instance(text: &str) -> Result<String, String> {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    match text.strip_prefix("i-") {
        Some(digits) if matches!(digits.len(), 8 | 17) && digits.bytes().all(is_digit) => Ok(text.to_owned()),
        _ => Err("it is not the id of an instance: `i-` and 17 hexadecimal digits".to_owned()),
    }
}

pub(crate) fn run(arguments: &Arguments, session: &Session) -> Result<(), CliError> {
    if arguments.target.aws.is_local() {
        let error = CliError::input("the embedded engine has no zone and no instance");
        return Err(error.hint("`doctor` looks at AWS, and at this machine"));
    }
    let mut machine = vec![toolchain()];
    let selected = match Selected::look_at(&arguments.target, session) {
        Ok(selected) => Some(selected),
        Err(error) => {
            let check = Check::new("app", "the app", "`synth`");
            let hint = error.hints.first().cloned().unwrap_or_else(|| "`synth` says more".to_owned());
            machine.push(check.saw_all(&error.causes).fail(error.message, hint));
            None
        }
    };
    let mut sites = Vec::new();
    if let Some(selected) = &selected {
        machine.push(Check::new("app", "the app", "`synth`").saw(count(selected.ids.len(), "stack")));
        let (login, deployed) = login(selected, arguments, session);
        machine.push(login);
        sites = of_sites(selected, deployed.as_deref(), arguments, session)?;
    }
    let totals = CheckTotalsPart::of(sites.iter().flat_map(|(_, checks)| checks).chain(&machine));
    if session.printer.is_json() {
        let sites = sites.iter().map(|(found, checks)| SitePart::new(found, checks)).collect();
        let machine = machine.iter().map(CheckPart::from).collect();
        session.printer.document(&Document { machine, sites, totals })?;
    } else {
        let (paint, verbose) = (session.printer.data_paint(), session.printer.is_verbose());
        let mut text =
            format!("{}\n{}\n", paint.apply(Style::Strong, "This machine"), checks::render(&machine, verbose, paint));
        for (found, checks) in &sites {
            text += &format!("{}\n{}\n", checks::title(found, session), checks::render(checks, verbose, paint));
        }
        session.printer.text(&format!("{text}{totals}\n"))?;
    }
    checks::conclude(totals, "something stands in the way of a deploy")
}

/// The checks of the sites; with the account's answers where there is a login.
fn of_sites(
    selected: &Selected,
    deployed: Option<&[(StackId, bool)]>,
    arguments: &Arguments,
    session: &Session,
) -> Result<Vec<(Found, Vec<Check>)>, CliError> {
    let settings = arguments.reach.settings();
    let mut sites = formwork_verify::sites(selected.assembly(), &selected.ids);
    for found in &mut sites {
        if let Some(instance) = &arguments.instance {
            found.site.instance = Some(instance.clone());
        }
    }
    let is_deployed = |found: &Found| match deployed.and_then(|all| all.iter().find(|(id, _)| *id == found.stack)) {
        Some((_, true)) => Deployed::Yes,
        Some((_, false)) => Deployed::No,
        None => Deployed::Unknown,
    };
    let mut reports = Vec::new();
    for found in sites {
        let report = match deployed {
            Some(_) => {
                let work = async |clients: &Clients| {
                    let account =
                        OfLogin { service: &*clients.service, aws: &clients.aws, region: &found.stack.region };
                    Ok(formwork_verify::doctor(&found.site, is_deployed(&found), Some(&account), &settings).await)
                };
                checks::settled(selected.look(&arguments.target.aws, session, work)?)?
            }
            None => {
                let no_account = None::<&GivenAccount>;
                checks::block_on(formwork_verify::doctor(&found.site, Deployed::Unknown, no_account, &settings))?
            }
        };
        reports.push((found, report.checks));
    }
    Ok(reports)
}

/// The oldest Rust that builds a stack crate.
const RUST_VERSION: &str = env!("CARGO_PKG_RUST_VERSION");

fn toolchain() -> Check {
    let check = Check::new("rust", "rustc", "`rustc --version`");
    let install = format!("`rustup update stable` installs one; a stack crate needs {RUST_VERSION} or newer");
    let said = match Command::new("rustc").arg("--version").output() {
        Ok(output) if output.status.success() => String::from_utf8_lossy(&output.stdout).trim().to_owned(),
        Ok(output) => {
            return check.saw(String::from_utf8_lossy(&output.stderr).trim()).fail("`rustc` does not run", install);
        }
        Err(error) => return check.saw(error.to_string()).fail("there is no `rustc`", install),
    };
    let numbers = |version: &str| {
        let mut parts = version.split(['.', '-']).map_while(|part| part.parse::<u64>().ok());
        (parts.next(), parts.next())
    };
    let version = said.split(' ').nth(1).unwrap_or_default();
    let is_old = numbers(version) < numbers(RUST_VERSION);
    let check = check.saw(&said);
    if is_old { check.fail(format!("`rustc` {version} is too old"), install) } else { check }
}

/// The login, tried by asking for the stacks; and which of them are deployed, if it works.
fn login(selected: &Selected, arguments: &Arguments, session: &Session) -> (Check, Option<Vec<(StackId, bool)>>) {
    let check = Check::new("login", "AWS", "CloudFormation, `DescribeStacks`");
    let work =
        async |clients: &Clients| formwork_deploy::outputs(&clients.service, selected.assembly(), &selected.ids).await;
    match selected.look(&arguments.target.aws, session, work) {
        Ok(stacks) => {
            let line = |id: &StackId, deployed: bool| {
                format!("`{id}` is {}", if deployed { "deployed" } else { "not deployed" })
            };
            let deployed: Vec<_> = stacks.into_iter().map(|stack| (stack.id, stack.outputs.is_some())).collect();
            (check.saw_all(deployed.iter().map(|(id, deployed)| line(id, *deployed))), Some(deployed))
        }
        Err(error) => {
            let hint =
                error.hints.first().cloned().unwrap_or_else(|| "`aws sts get-caller-identity` says more".to_owned());
            (check.saw_all(&error.causes).fail(error.message, hint), None)
        }
    }
}
