//! `lookup`: the look-ups of the apps, asked from AWS and kept in `formwork.lock`.

use std::path::Path;

use clap::Args;
use formwork_assembly::visible::visible;
use formwork_assembly::{Found, Lookup};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::args::{AppOptions, AwsOptions};
use crate::error::CliError;
use crate::lookups::{self, Asks};
use crate::session::{Session, Warnings};
use crate::wording::count;

pub(crate) const EXAMPLES: &str = "\
Examples:
  cargo formwork lookup
  cargo formwork lookup --app habitpay --profile production
  git diff formwork.lock";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    app: AppOptions,
    #[command(flatten)]
    aws: AwsOptions,
}

/// Output of `lookup --json`.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Document {
    /// The account that was asked; missing if nothing is looked up.
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    /// Everything that the apps look up.
    lookups: Vec<LookupPart>,
}

/// A thing that was looked up.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct LookupPart {
    /// Its type.
    #[serde(rename = "type")]
    type_name: String,
    /// Its region.
    region: String,
    /// The thing, in words.
    what: String,
    /// Change of its entry.
    change: Change,
    /// Its properties, by their names; null for one that it does not have.
    values: Map<String, Value>,
}

/// Changes of the entry of a look-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
enum Change {
    /// The entry is new.
    New,
    /// Its values have changed.
    Changed,
    /// Its values are the same.
    Same,
}

pub(crate) fn run(arguments: &Arguments, session: &Session) -> Result<(), CliError> {
    let Arguments { app, aws } = arguments;
    let apps = session.apps(app)?;
    let resolved = lookups::resolve(&apps, app, aws, session, Warnings::Hidden, Asks::ForAll)?;
    let mut asked: Vec<Lookup> = Vec::new();
    for lookup in resolved.synthesized.iter().flat_map(|one| &one.assembly.lookups) {
        if !asked.contains(lookup) {
            asked.push(lookup.clone());
        }
    }
    let answers = asked.iter().filter_map(|lookup| Some((lookup, resolved.lock.answer(lookup)?)));
    let parts: Vec<LookupPart> = answers
        .map(|(lookup, found)| LookupPart {
            type_name: lookup.type_name.clone(),
            region: lookup.region.clone(),
            what: lookup.to_string(),
            change: match resolved.before.found.iter().find(|before| before.lookup == *lookup) {
                None => Change::New,
                Some(before) if is_same(before, found) => Change::Same,
                Some(_) => Change::Changed,
            },
            values: found.values.clone(),
        })
        .collect();
    if session.printer.is_json() {
        let account = resolved.lock.account.filter(|_| !parts.is_empty());
        return session.printer.document(&Document { account, lookups: parts });
    }
    let mut text = String::new();
    for part in &parts {
        text += &format!("{}{}\n", part.what, part.change.words());
        for (name, value) in part.values.iter().filter(|(_, value)| !value.is_null()) {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            text += &format!("  {} = {}\n", visible(name), visible(&value));
        }
    }
    let path = &resolved.lock.path;
    // One is committed, and known by its name; the other is the embedded engine's.
    let file = path.file_name().filter(|_| !aws.is_local()).map_or(path.as_path(), Path::new).display();
    let changed = parts.iter().filter(|part| part.change != Change::Same).count();
    text += &format!("{}, {changed} new or changed in `{}`\n", count(parts.len(), "look-up"), file);
    session.printer.text(&text)
}

fn is_same(before: &Found, now: &Found) -> bool {
    now.values.iter().all(|(name, value)| before.values.get(name) == Some(value))
}

impl Change {
    fn words(self) -> &'static str {
        match self {
            Change::New => " (new)",
            Change::Changed => " (changed)",
            Change::Same => "",
        }
    }
}
