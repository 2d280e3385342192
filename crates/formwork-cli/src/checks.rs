//! Parts that `verify` and `doctor` share: the options to reach servers, the output of checks, and the end of a run.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use formwork_assembly::visible::{paragraph, visible};
use formwork_verify::{Check, ConnectTo, Found, Outcome, Settings, SetupError};
use serde::Serialize;

use crate::aws::Selected;
use crate::documents::StackName;
use crate::error::{Class, CliError};
use crate::paint::{Paint, Style};
use crate::session::Session;
use crate::wording::count;

/// Ways to reach DNS servers, the site and its origin.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Reach")]
pub(crate) struct Reach {
    /// The DNS server to ask in place of this machine's, such as `1.1.1.1` or `127.0.0.1:5353`
    #[arg(long, value_name = "ADDRESS", value_parser = server)]
    resolver: Option<SocketAddr>,
    /// Connect to an address in place of a host, as curl does: `HOST:PORT:ADDRESS:PORT`; can be given several times
    #[arg(long, value_name = "TO", value_parser = ConnectTo::read)]
    connect_to: Vec<ConnectTo>,
    /// A PEM file with the authorities to trust in place of this machine's
    #[arg(long, value_name = "FILE")]
    cacert: Option<PathBuf>,
    /// Seconds that one question, with its answer, may take
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = clap::value_parser!(u64).range(1..=60))]
    timeout: u64,
}

impl Reach {
    pub(crate) fn settings(&self) -> Settings {
        Settings {
            resolver: self.resolver,
            timeout: Duration::from_secs(self.timeout),
            connect_to: self.connect_to.clone(),
            authorities: self.cacert.clone(),
            time: None,
        }
    }
}

fn server(text: &str) -> Result<SocketAddr, String> {
    let with_port = text.parse::<SocketAddr>().ok();
    let alone = || text.parse::<IpAddr>().ok().map(|ip| SocketAddr::new(ip, 53));
    with_port.or_else(alone).ok_or_else(|| "it is not an address, with a port or without".to_owned())
}

/// A check.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct CheckPart {
    /// The check's name, such as `dns-a`.
    check: &'static str,
    /// The name, zone, server or instance that was checked.
    subject: String,
    /// The judgement.
    status: CheckStatusPart,
    /// The question; missing where nothing was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    asked: Option<String>,
    /// The answers, a line each.
    saw: Vec<String>,
    /// The fault, or the reason why nothing was checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    /// Hint on how to correct it.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

/// The judgement of a check.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
enum CheckStatusPart {
    /// It is as it should be.
    Pass,
    /// It works, and something about it is worth a thought.
    Warning,
    /// It is not as it should be.
    Fail,
    /// There was nothing to check.
    NotApplicable,
    /// There was no way to check it.
    NotChecked,
}

/// Numbers of checks of each kind.
#[derive(Clone, Copy, Debug, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct CheckTotalsPart {
    /// Checks that passed.
    passed: usize,
    /// Checks that passed with a thought.
    warnings: usize,
    /// Checks that failed.
    failed: usize,
    /// Checks that had nothing to check.
    not_applicable: usize,
    /// Checks that there was no way to make, so that nobody knows.
    not_checked: usize,
}

/// A site that was checked.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct SitePart {
    /// The stack that has the distribution.
    stack: StackName,
    /// The names under which viewers come.
    names: Vec<String>,
    /// The distribution's own name, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    distribution: Option<String>,
    /// The checks.
    checks: Vec<CheckPart>,
}

impl SitePart {
    pub(crate) fn new(found: &Found, checks: &[Check]) -> SitePart {
        SitePart {
            stack: StackName::new(&found.stack),
            names: found.site.names.iter().map(|name| name.name.clone()).collect(),
            distribution: found.site.distribution.clone(),
            checks: checks.iter().map(CheckPart::from).collect(),
        }
    }
}

impl From<&Check> for CheckPart {
    fn from(check: &Check) -> Self {
        let (status, message, hint) = match &check.outcome {
            Outcome::Pass => (CheckStatusPart::Pass, None, None),
            Outcome::Warning { what, hint } => (CheckStatusPart::Warning, Some(what), Some(hint)),
            Outcome::Fail { what, hint } => (CheckStatusPart::Fail, Some(what), Some(hint)),
            Outcome::NotApplicable { why } => (CheckStatusPart::NotApplicable, Some(why), None),
            Outcome::NotChecked { why } => (CheckStatusPart::NotChecked, Some(why), None),
        };
        CheckPart {
            check: check.id,
            subject: check.subject.clone(),
            status,
            asked: (!check.asked.is_empty()).then(|| check.asked.clone()),
            saw: check.saw.clone(),
            message: message.cloned(),
            hint: hint.cloned(),
        }
    }
}

impl CheckTotalsPart {
    pub(crate) fn of<'a>(checks: impl IntoIterator<Item = &'a Check>) -> Self {
        let mut totals = CheckTotalsPart::default();
        for check in checks {
            *match check.outcome {
                Outcome::Pass => &mut totals.passed,
                Outcome::Warning { .. } => &mut totals.warnings,
                Outcome::Fail { .. } => &mut totals.failed,
                Outcome::NotApplicable { .. } => &mut totals.not_applicable,
                Outcome::NotChecked { .. } => &mut totals.not_checked,
            } += 1;
        }
        totals
    }

    fn all(self) -> usize {
        self.passed + self.warnings + self.failed + self.not_applicable + self.not_checked
    }
}

impl std::fmt::Display for CheckTotalsPart {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {} passed", count(self.all(), "check"), self.passed)?;
        if self.warnings > 0 {
            write!(f, ", {}", count(self.warnings, "warning"))?;
        }
        if self.failed > 0 {
            write!(f, ", {} failed", self.failed)?;
        }
        if self.not_applicable > 0 {
            write!(f, ", {} not applicable", self.not_applicable)?;
        }
        if self.not_checked > 0 {
            write!(f, ", {} not checked", self.not_checked)?;
        }
        Ok(())
    }
}

/// Width of the longest judgement and of the longest name of a check.
const STATUS_WIDTH: usize = 4;
const NAME_WIDTH: usize = 17;

/// Checks as people read them, a line each and what belongs to it below. What was asked and seen is shown where a check did not pass,
/// and with `verbose` everywhere.
pub(crate) fn render(checks: &[Check], verbose: bool, paint: Paint) -> String {
    checks.iter().map(|check| line(check, verbose, paint)).collect()
}

fn line(check: &Check, verbose: bool, paint: Paint) -> String {
    let (word, style, message, hint) = match &check.outcome {
        Outcome::Pass => ("ok", Style::Success, None, None),
        Outcome::Warning { what, hint } => ("warn", Style::Warning, Some(what), Some(hint)),
        Outcome::Fail { what, hint } => ("FAIL", Style::Error, Some(what), Some(hint)),
        Outcome::NotApplicable { why } => ("-", Style::Faint, Some(why), None),
        Outcome::NotChecked { why } => ("?", Style::Warning, Some(why), None),
    };
    let mut text = paint.apply(style, word);
    text += &" ".repeat(STATUS_WIDTH.saturating_sub(word.len()));
    text += &format!("  {:NAME_WIDTH$}  ", check.id);
    let subject = visible(&check.subject);
    text += &match (message, seen(check)) {
        // Most messages name their subject.
        (Some(message), _) if message.contains(&*check.subject) => paragraph(message),
        (Some(message), _) => format!("{subject}: {}", paragraph(message)),
        (None, Some(seen)) if !verbose => format!("{subject}: {}", visible(&seen)),
        (None, _) => subject.into_owned(),
    };
    text.push('\n');
    let mut below = |what: &str, said: &str| {
        text += &format!("      {} {}\n", paint.apply(Style::Faint, &format!("{what:<6}")), visible(said));
    };
    if verbose || matches!(check.outcome, Outcome::Warning { .. } | Outcome::Fail { .. }) {
        if !check.asked.is_empty() {
            below("asked:", &check.asked);
        }
        check.saw.iter().for_each(|line| below("saw:", line));
    }
    if let Some(hint) = hint {
        text += &format!("      {} {}\n", paint.apply(Style::Hint, &format!("{:<6}", "hint:")), paragraph(hint));
    }
    text
}

/// Limit of the characters of an answer beside a check that passed.
const MAX_SEEN: usize = 90;

fn seen(check: &Check) -> Option<String> {
    let all = check.saw.join(", ");
    match all.char_indices().nth(MAX_SEEN) {
        Some((end, _)) => Some(format!("{}…", &all[..end])),
        None => (!all.is_empty()).then_some(all),
    }
}

/// The failure that failed checks are.
pub(crate) fn conclude(totals: CheckTotalsPart, what: &str) -> Result<(), CliError> {
    match totals.failed {
        0 => Ok(()),
        failed => {
            Err(CliError::new(Class::Found, format!("{what}: {failed} of {} failed", count(totals.all(), "check"))))
        }
    }
}

/// The sites of the selected stacks.
pub(crate) fn sites(selected: &Selected) -> Result<Vec<Found>, CliError> {
    let found = formwork_verify::sites(selected.assembly(), &selected.ids);
    if found.is_empty() {
        let error = CliError::input("none of the stacks has a distribution with a name of its own");
        return Err(error.hint("a site is a `Distribution` with `aliases`, such as `NginxSite` makes"));
    }
    Ok(found)
}

/// Runs questions that have nothing to do with AWS.
pub(crate) fn block_on<T>(work: impl Future<Output = Result<T, SetupError>>) -> Result<T, CliError> {
    let runtime = crate::connection::runtime()?;
    let result = runtime.block_on(work);
    runtime.shutdown_background();
    settled(result)
}

/// The result of a run that was started.
pub(crate) fn settled<T>(result: Result<T, SetupError>) -> Result<T, CliError> {
    result.map_err(|error| match error {
        SetupError::Authorities(_) => CliError::input(error.to_string()).hint("`--cacert` takes certificates in PEM"),
        SetupError::Machine(_) => CliError::service(error.to_string()),
    })
}

/// The names of a site, for a title above its checks.
pub(crate) fn title(found: &Found, session: &Session) -> String {
    let names: Vec<&str> = found.site.names.iter().map(|name| name.name.as_str()).collect();
    session.printer.data_paint().apply(Style::Strong, &visible(&format!("{} ({})", names.join(", "), found.stack)))
}
