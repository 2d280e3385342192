//! `--local`: the embedded engine, started inside the command. CloudFormation is called in process, other services as at AWS.

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;

use formwork_assembly::lookup::By;
use formwork_assembly::visible::visible;
use formwork_assembly::{Assembly, Found, did_you_mean};
use formwork_aws::{Keys, Options};
use formwork_local::{Faults, InProcess, LocalError, Server, Things};
use formwork_template::Template;
use serde_json::{Map, Value};
use tokio::runtime::Runtime;

use crate::args::AwsOptions;
use crate::error::{Class, CliError};
use crate::session::Session;

/// An engine that runs.
pub(crate) struct Started {
    /// CloudFormation.
    pub(crate) service: InProcess,
    /// More things can be entered while it runs.
    pub(crate) things: Things,
    /// The faults that it was told to make.
    faults: Faults,
}

impl Started {
    /// Warns of faults that will not be made: of stacks and resources that neither the app has nor the engine.
    pub(crate) fn warn_of_faults(&self, assembly: &Assembly, session: &Session) {
        if !session.of_local.of_faults.replace(true) {
            for warning in never_made(&self.faults, self.things.deployed(), assembly) {
                session.printer.important(format_args!("warning: {warning}"));
            }
        }
    }
}

/// The faults that no stack and no resource has the name for, a sentence each.
fn never_made(faults: &Faults, deployed: Vec<(String, Vec<String>)>, assembly: &Assembly) -> Vec<String> {
    let named = faults.resources.iter().map(|fault| (fault.stack.as_deref(), &*fault.logical_id));
    let drifted = faults.drift.iter().map(|fault| (Some(&*fault.stack), &*fault.logical_id));
    let ids = |template: &str| {
        Template::from_json(template).map_or_else(|_| Vec::new(), |it| it.resources.into_keys().collect())
    };
    let mut known: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut nested = BTreeSet::new();
    for stack in &assembly.stacks {
        known.entry(stack.name().to_owned()).or_default().extend(ids(&stack.template));
        let below = stack.nested.iter().filter_map(|nested| assembly.nested_template(&stack.id, nested));
        nested.extend(below.flat_map(ids));
    }
    for (stack, ids) in deployed {
        known.entry(stack).or_default().extend(ids);
    }
    let never = |(stack, id): (Option<&str>, &str)| {
        let meant = |name: &str, among: &mut dyn Iterator<Item = &String>| {
            let close = did_you_mean(name, among.map(String::as_str));
            close.map_or_else(String::new, |close| format!("; did you mean `{}`?", visible(close)))
        };
        let is_open = |resources: &&BTreeSet<String>| resources.contains(id);
        match stack.map(|stack| (stack, known.get(stack))) {
            Some((stack, None)) => {
                let meant = meant(stack, &mut known.keys());
                Some(format!(
                    "the fault of `{}` in `{}` is not made: there is no such stack{meant}",
                    visible(id),
                    visible(stack)
                ))
            }
            Some((stack, Some(resources))) if !resources.contains(id) => {
                let meant = meant(id, &mut resources.iter());
                Some(format!(
                    "the fault of `{}` is not made: `{}` has no resource of that name{meant}",
                    visible(id),
                    visible(stack)
                ))
            }
            None if !nested.contains(id) && known.values().find(is_open).is_none() => {
                let meant = meant(id, &mut known.values().flatten().chain(&nested));
                Some(format!("the fault of `{}` is not made: no stack has a resource of that name{meant}", visible(id)))
            }
            _ => None,
        }
    };
    named.chain(drifted).filter_map(never).collect()
}

/// Starts the engine on the runtime, and points the clients at it.
pub(crate) fn start(
    runtime: &Runtime,
    aws: &AwsOptions,
    session: &Session,
    options: &mut Options,
) -> Result<Started, CliError> {
    let faults = aws.local_faults.as_deref().map(formwork_local::faults).transpose()?.unwrap_or_default();
    let engine = formwork_local::Options {
        state: aws.local_state.clone().map_or_else(|| session.local_state(), Ok)?,
        listen_on: None,
        port: 0,
        speed: aws.local_speed,
        faults: faults.clone(),
        registry: session.registry()?,
        on_association: None,
    };
    let server = runtime.block_on(Server::bind(&engine))?;
    if !session.of_local.that_it_is_meant.replace(true) {
        session.printer.note("this is the embedded engine: nothing is created at AWS");
    }
    options.endpoint_url = Some(server.url());
    // The engine takes any login, and must never be sent a real one.
    options.keys = Some(Keys { access_key_id: "local".to_owned(), secret_access_key: "local".to_owned() });
    let (things, service) = (server.things(), server.in_process());
    // Answers to earlier look-ups of the app.
    for found in &session.local_lock()?.found {
        enter(&things, found);
    }
    runtime.spawn(server.serve());
    Ok(Started { service, things, faults })
}

/// Enters the thing that an answer is about.
pub(crate) fn enter(things: &Things, found: &Found) {
    let mut properties: Map<String, Value> = found
        .values
        .iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    match &found.lookup.by {
        By::Identifier(_) => {}
        By::Properties { equal, with, .. } => {
            properties.extend(equal.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str()))));
            if with.iter().any(|name| name == "VPCs") {
                let network = serde_json::json!([{ "VPCId": "vpc-00000000", "VPCRegion": found.lookup.region }]);
                properties.insert("VPCs".to_owned(), network);
            }
        }
    }
    let identifier = match &found.lookup.by {
        By::Identifier(identifier) => Some(identifier.as_str()),
        By::Properties { .. } => None,
    };
    things.enter(&found.lookup.region, &found.lookup.type_name, identifier, Value::Object(properties));
}

/// The key or value that is meant, of what a reader of JSON says: "unknown field `x`, expected one of `y`, `z`".
fn meant(reason: &str) -> Option<&str> {
    let mut names = reason.strip_prefix("unknown ")?.split('`').skip(1).step_by(2);
    did_you_mean(names.next()?, names)
}

impl From<LocalError> for CliError {
    fn from(error: LocalError) -> Self {
        let class = match error {
            LocalError::Faults { .. } | LocalError::FaultsFile { .. } | LocalError::NoState { .. } => Class::Input,
            _ => Class::Service,
        };
        let cli_error = CliError::from_error(class, &error);
        match error {
            LocalError::Faults { reason, .. } => match meant(&reason) {
                Some(close) => cli_error.hint(format!("did you mean `{close}`?")),
                None => cli_error,
            },
            LocalError::Listen { source, .. } => match source.kind() {
                ErrorKind::AddrInUse => cli_error.hint("take another port, or a free one with `--port 0`"),
                ErrorKind::PermissionDenied => cli_error.hint("take a port above 1023"),
                _ => cli_error.hint("`--listen-on` takes an address of this machine"),
            },
            LocalError::InUse { holder, .. } => {
                let cli_error = cli_error.hint(
                    "wait until the other one is done, or take another folder with `--local-state` (`local --state`)",
                );
                match holder.url {
                    Some(url) => cli_error.hint(format!("`--endpoint-url {url}` in place of `--local` uses the other one, with any credentials")),
                    None => cli_error,
                }
            }
            LocalError::Version { found, known, .. } if found > known => cli_error.hint(
                "nothing was changed; use the newer program that wrote it, or delete the state by `local reset` (with its `--state`)",
            ),
            LocalError::Version { .. } | LocalError::Unreadable { .. } => {
                cli_error.hint("nothing was changed; `local reset` (with its `--state`) deletes the state")
            }
            LocalError::NoState { .. } => {
                cli_error.hint("nothing was changed; take an empty folder, or one that is not there yet")
            }
            _ => cli_error,
        }
    }
}

#[cfg(test)]
mod tests {
    use formwork_assembly::{Assembly, StackArtifact, StackId};

    use super::{meant, never_made};

    #[test]
    fn faults_of_nothing_are_told() {
        let template = r#"{"Resources":{"First":{"Type":"AWS::SNS::Topic"},"Second":{"Type":"AWS::SNS::Topic"}}}"#;
        let stack = StackArtifact {
            id: StackId::new("site", "eu-west-1"),
            template: template.to_owned(),
            ..StackArtifact::default()
        };
        let assembly = Assembly { stacks: vec![stack], ..Assembly::default() };
        let fault = |stack: Option<&str>, id: &str| serde_json::json!({ "stack": stack, "logicalId": id, "at": "create", "reason": "no" });
        let faults = serde_json::json!({
            "resources": [
                fault(None, "First"),
                fault(Some("site"), "First"),
                fault(Some("gone"), "Old"),
                fault(None, "Old"),
                fault(None, "Frist"),
                fault(Some("site"), "Secnod"),
                fault(Some("site"), "Old"),
                fault(Some("sitte"), "First"),
                fault(Some("nix"), "First"),
            ],
            "drift": [{ "stack": "site", "logicalId": "Fisrt", "property": "DisplayName", "value": "x" }],
        });
        let faults = serde_json::from_value(faults).unwrap();
        let deployed = vec![("gone".to_owned(), vec!["Old".to_owned()])];
        insta::assert_snapshot!(never_made(&faults, deployed, &assembly).join("\n"), @"
the fault of `Frist` is not made: no stack has a resource of that name; did you mean `First`?
the fault of `Secnod` is not made: `site` has no resource of that name; did you mean `Second`?
the fault of `Old` is not made: `site` has no resource of that name
the fault of `First` in `sitte` is not made: there is no such stack; did you mean `site`?
the fault of `First` in `nix` is not made: there is no such stack
the fault of `Fisrt` is not made: `site` has no resource of that name; did you mean `First`?
");
    }

    #[test]
    fn a_key_that_is_meant_is_found_in_what_the_reader_says() {
        for (text, close) in [
            (r#"{"resorces":[]}"#, Some("resources")),
            (r#"{"resources":[{"logicalId":"A","at":"creat","reason":"x"}]}"#, Some("create")),
            (r#"{"resources":[{"logicalID":"A"}]}"#, Some("logicalId")),
            (r#"{"zzzzzzzz":1}"#, None),
            (r#"{"resources":1}"#, None),
        ] {
            let said = serde_json::from_str::<formwork_local::Faults>(text).unwrap_err().to_string();
            assert_eq!(meant(&said), close, "{said}");
        }
    }
}
