//! Approval: its options, the words for what would be lost, and the options that permit it where nobody can be asked.

use std::collections::BTreeSet;

use clap::{Args, ValueEnum};
use formwork_assembly::visible::visible;
use formwork_assembly::{Assembly, did_you_mean};
use formwork_aws::shell::quoted;
use formwork_deploy::{ByName, Consent, Loss, NamedResource, NestedChange};
use formwork_diff::{Diff, Impact};
use formwork_template::Template;

use crate::args::named_resource;
use crate::session::Session;

/// Severities from which on a change is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Level {
    // Without documentation, which the help would print below one another.
    Never,
    AnyChange,
    Broadening,
    Destructive,
}

/// Options of commands that replace and delete resources.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Approval")]
pub(crate) struct Approval {
    /// Ask only about losses: a deployed resource that is replaced or deleted; of any command but `deploy`, one that holds data
    #[arg(long, short)]
    yes: bool,
    /// Ask about changes of this severity and above: any, what permits more than before, losses, nothing at all
    #[arg(long, value_name = "SEVERITY")]
    require_approval: Option<Level>,
    /// Permit the replacement or deletion of one resource; can be given several times
    #[arg(long, value_name = "[STACK/]LOGICAL_ID", value_parser = named_resource)]
    allow: Vec<NamedResource>,
}

/// True if data is lost by its name alone in the environment of the run.
fn is_protected(session: &Session) -> bool {
    session.chosen().is_some_and(|chosen| chosen.environment.protect)
}

/// Approval that is given before a run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Given {
    pub(crate) consent: Consent,
    pub(crate) by_name: ByName,
    /// True if `--require-approval` was typed.
    is_level_typed: bool,
}

impl Given {
    /// Approval by `--yes` alone, of a command that is to lose nothing.
    pub(crate) fn by_yes(yes: bool) -> Given {
        Given { consent: if yes { Consent::Given } else { Consent::Ask }, ..Given::default() }
    }

    /// The same, with losses that are permitted by name, in the environment of the run.
    #[cfg(feature = "verify")]
    pub(crate) fn allowing(self, allowed: &[NamedResource], session: &Session) -> Given {
        let by_name = ByName { allowed: allowed.to_vec(), data_always: is_protected(session) };
        Given { by_name, ..self }
    }
}

impl Approval {
    /// Approval of a deploy.
    pub(crate) fn of_deploy(&self, session: &Session) -> Given {
        let consent = match (self.require_approval, self.yes) {
            (Some(Level::Never), _) => Consent::GivenForLosses,
            (Some(Level::AnyChange), _) | (None, false) => Consent::Ask,
            (Some(Level::Broadening), _) => Consent::GivenUnlessBroadening,
            (Some(Level::Destructive), _) | (None, true) => Consent::Given,
        };
        self.given(consent, session)
    }

    /// Approval of a deletion, which is destructive as a whole: `--yes` is the answer to its question, and data is another one.
    pub(crate) fn of_deletion(&self, session: &Session) -> Given {
        let consent = match (self.require_approval, self.yes) {
            (Some(Level::Never), _) => Consent::GivenForLosses,
            (Some(Level::AnyChange), _) | (_, false) => Consent::Ask,
            (_, true) => Consent::Given,
        };
        self.given(consent, session)
    }

    fn given(&self, consent: Consent, session: &Session) -> Given {
        let by_name = ByName { allowed: self.allow.clone(), data_always: is_protected(session) };
        Given { consent, by_name, is_level_typed: self.require_approval.is_some() }
    }
}

/// The loss of a deployed resource, as a clause: `` `Table` (AWS::DynamoDB::Table) of orders holds data and is deleted ``.
pub(crate) fn words(loss: &Loss<'_>, assembly: &Assembly) -> String {
    let verb = match loss.impact {
        Impact::Destroy => "is deleted",
        Impact::MayDestroy => "may be deleted",
        Impact::MayReplace => "may be replaced",
        _ => "is replaced",
    };
    let data = if loss.holds_data() { format!("{} and ", loss.data_words()) } else { String::new() };
    let (id, type_name) = (loss.name(), visible(loss.type_name));
    let id = visible(&id);
    format!("`{id}` ({type_name}) of {} {data}{verb}", visible(&assembly.spelling(loss.stack)))
}

/// Warnings about names that are allowed and that no resource has: neither one of the plan nor one of the app.
pub(crate) fn unknown(
    by_name: &ByName,
    changed: &[&Diff],
    nested: &[&NestedChange],
    assembly: &Assembly,
) -> Vec<String> {
    if by_name.allowed.is_empty() {
        return Vec::new();
    }
    let templates = assembly.stacks.iter().filter_map(|stack| Template::from_json(&stack.template).ok());
    let mut known: BTreeSet<String> = templates.flat_map(|template| template.resources.into_keys()).collect();
    known.extend(changed.iter().flat_map(|diff| &diff.resources).map(|resource| resource.logical_id.clone()));
    known.extend(
        nested.iter().flat_map(|change| [change.path.join("/"), change.path.last().cloned().unwrap_or_default()]),
    );
    let names = || assembly.stacks.iter().map(|stack| stack.name());
    let no_stack = by_name.allowed.iter().filter_map(|one| {
        let selector = one.stack.as_ref()?;
        if assembly.stacks.iter().any(|stack| selector.names(&stack.id)) {
            return None;
        }
        let close = did_you_mean(&selector.to_string(), names());
        let close = close.map(|close| format!("; did you mean `{close}`?")).unwrap_or_default();
        let id = &one.logical_id;
        Some(format!("`--allow {selector}/{id}` permits nothing: no stack has the name `{selector}`{close}"))
    });
    let unknown = by_name.allowed.iter().filter(|one| !known.contains(&one.logical_id));
    let warning = |one: &NamedResource| {
        let id = &one.logical_id;
        let close = did_you_mean(id, known.iter().map(String::as_str));
        let close = close.map(|close| format!("; did you mean `{close}`?")).unwrap_or_default();
        let stack = one.stack.as_ref().map(|stack| format!("{stack}/")).unwrap_or_default();
        format!("`--allow {stack}{id}` permits nothing: no stack has a resource of that name{close}")
    };
    no_stack.chain(unknown.map(warning)).collect()
}

/// An approval that was needed where nobody could be asked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Needed {
    /// The losses, a clause each.
    pub(crate) losses: Vec<String>,
    /// The options that permit it.
    pub(crate) hint: String,
}

impl Needed {
    /// The approval that is needed for these losses, and for the change as a whole.
    pub(crate) fn new(given: &Given, open: &[Loss<'_>], assembly: &Assembly, is_deletion: bool) -> Needed {
        let counts = |loss: &&Loss<'_>| !is_deletion || loss.holds_data();
        let mut options = Vec::new();
        match given.consent {
            Consent::Ask | Consent::GivenUnlessBroadening if given.is_level_typed && !is_deletion => {
                options.push("--require-approval destructive".to_owned());
            }
            Consent::Ask => options.push("--yes".to_owned()),
            _ => {}
        }
        for loss in open.iter().filter(counts) {
            let name = format!("{}/{}", assembly.spelling(loss.stack), loss.name());
            options.push(format!("--allow {}", quoted(&name)));
        }
        let mut hint = format!("look at the preview above, then run the same command with `{}`", options.join(" "));
        let losses: Vec<String> = open.iter().filter(counts).map(|loss| words(loss, assembly)).collect();
        if !losses.is_empty() && !given.by_name.data_always {
            hint += "; `--require-approval never` permits every change";
        }
        Needed { losses, hint }
    }
}
