//! Associations of Systems Manager that are carried out: a program outside gets the script of the document with its parameters in
//! it, and its exit code is the status.
//!
//! The machine says what it wants run and asks what became of it ([`Runs::outcome`]); [`crate::engine`] runs it ([`Wanted::run`]),
//! beside everything else. Runs are in memory alone: a run that was under way when the engine ended starts again, as an association does that has not
//! succeeded.
//!
//! Sources: Systems Manager User Guide, "Data elements and parameters" (`{{ Name }}`, `default`, `allowedPattern`); CloudFormation Template
//! Reference, "AWS::SSM::Association", `WaitForSuccessTimeoutSeconds`: without it nobody waits.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value as Json;

use crate::evaluate::text_of;
use crate::resources::special::{self, Neighbours};
use crate::time::Millis;

/// Runs of scripts: those that are under way, and those that have ended.
#[derive(Debug, Default)]
pub(crate) struct Runs {
    /// There is a program that runs scripts.
    pub(crate) is_on: bool,
    /// The states of runs, by operation, step and resource.
    states: BTreeMap<String, State>,
    /// Runs that were not taken yet.
    wanted: Vec<Wanted>,
}

#[derive(Clone, Debug)]
enum State {
    Running,
    Ended(Result<(), String>),
}

/// A script to be run.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Wanted {
    pub(crate) key: String,
    /// The stack to be woken at its end.
    pub(crate) stack: String,
    pub(crate) logical_id: String,
    pub(crate) script: String,
}

/// An operation that is under way.
pub(crate) struct Operation<'a> {
    pub(crate) id: &'a str,
    /// True if it does not wait.
    pub(crate) express: bool,
}

/// A step of an operation that concerns an association.
pub(crate) struct Step<'a> {
    pub(crate) stack: &'a str,
    pub(crate) index: usize,
    pub(crate) logical_id: &'a str,
    pub(crate) properties: &'a Json,
    pub(crate) since: Millis,
    pub(crate) now: Millis,
}

impl Runs {
    /// Takes the runs that have to start now, each once.
    pub(crate) fn take(&mut self) -> Vec<Wanted> {
        std::mem::take(&mut self.wanted)
    }

    /// A run is over.
    pub(crate) fn ended(&mut self, key: &str, result: Result<(), String>) {
        self.states.insert(key.to_owned(), State::Ended(result));
    }

    /// The result of an association, if there is one, and until when it is waited for.
    pub(crate) fn outcome(
        &mut self,
        operation: &Operation<'_>,
        step: &Step<'_>,
        deployed: &impl Neighbours,
    ) -> (Option<Result<(), String>>, Millis) {
        let Step { stack, index, logical_id, properties, since, now } = *step;
        if !self.is_on {
            return (Some(Ok(())), now);
        }
        let key = format!("{} {index} {logical_id}", operation.id);
        let waits = properties.get("WaitForSuccessTimeoutSeconds").and_then(text_of).and_then(|text| text.parse().ok());
        let waits: Option<u64> = waits.filter(|_| !operation.express);
        match self.states.get(&key).cloned() {
            Some(State::Ended(result)) => (Some(result), now),
            state => {
                if state.is_none() {
                    match script(deployed, properties) {
                        Ok(Some(script)) => {
                            self.states.insert(key.clone(), State::Running);
                            let (stack, logical_id) = (stack.to_owned(), logical_id.to_owned());
                            self.wanted.push(Wanted { key, stack, logical_id, script });
                        }
                        Ok(None) => return (Some(Ok(())), now),
                        Err(reason) => return (Some(Err(reason)), now),
                    }
                }
                let Some(seconds) = waits else { return (Some(Ok(())), now) };
                let until = since.saturating_add(seconds.saturating_mul(1_000));
                let late = now >= until;
                (late.then(|| Err(format!("the association has not succeeded within {seconds} seconds"))), until)
            }
        }
    }
}

/// The script of the association's document; `None` if the document was not made here, or has none.
fn script(deployed: &impl Neighbours, association: &Json) -> Result<Option<String>, String> {
    let name = association.get("Name").and_then(Json::as_str).unwrap_or_default();
    let mut content = None;
    deployed.visit(&special::key(special::DOCUMENT, name), &mut |document| {
        if document.type_name == special::DOCUMENT && document.is_there() {
            content = document.properties.get("Content").cloned();
        }
    });
    let Some(content) = content else { return Ok(None) };
    let content = match content {
        // JSON may be given as a text.
        Json::String(text) => {
            serde_json::from_str(&text).map_err(|error| format!("the document is not JSON: {error}"))?
        }
        content => content,
    };
    let steps = content.get("mainSteps").and_then(Json::as_array).into_iter().flatten();
    let shell = steps.filter(|step| step.get("action").and_then(Json::as_str) == Some("aws:runShellScript"));
    let mut script = String::new();
    for step in shell {
        match step.pointer("/inputs/runCommand") {
            Some(Json::Array(lines)) => lines.iter().filter_map(Json::as_str).for_each(|line| {
                script += line;
                script.push('\n');
            }),
            Some(Json::String(text)) => script += text,
            _ => {}
        }
    }
    if script.is_empty() {
        return Ok(None);
    }
    let given = association.get("Parameters").cloned().unwrap_or_default();
    let declared = content.get("parameters").and_then(Json::as_object).cloned().unwrap_or_default();
    let invalid = |reason: String| {
        format!(
            "Resource handler returned message: \"{reason} (Service: Ssm, Status Code: 400)\" (HandlerErrorCode: InvalidRequest)"
        )
    };
    for name in given.as_object().into_iter().flat_map(|given| given.keys()) {
        if !declared.contains_key(name) {
            return Err(invalid(format!("the document has no parameter {name}")));
        }
    }
    let mut values = Vec::new();
    for (name, parameter) in &declared {
        let value = match given.get(name).and_then(Json::as_array) {
            Some(list) if parameter.get("type").and_then(Json::as_str) == Some("StringList") => {
                Json::from(list.clone()).to_string()
            }
            Some(list) => list.first().and_then(text_of).unwrap_or_default(),
            None => match parameter.get("default") {
                Some(default) => text_of(default).unwrap_or_else(|| default.to_string()),
                None => return Err(invalid(format!("the parameter {name} is required"))),
            },
        };
        let pattern = parameter.get("allowedPattern").and_then(Json::as_str);
        let pattern = pattern.and_then(|pattern| regex_lite::Regex::new(pattern).ok());
        if pattern.is_some_and(|pattern| !pattern.is_match(&value)) {
            return Err(invalid(format!("the value of the parameter {name} does not match its pattern")));
        }
        values.push((name.clone(), value));
    }
    Ok(Some(filled_in(&script, &values)))
}

/// The text with `{{ Name }}` replaced, once: a name in the value itself stays.
fn filled_in(text: &str, values: &[(String, String)]) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        filled += before;
        let named = after.split_once("}}").and_then(|(name, after)| {
            let value = values.iter().find(|(other, _)| other == name.trim())?;
            Some((&value.1, after))
        });
        match named {
            Some((value, after)) => {
                filled += value;
                rest = after;
            }
            None => {
                filled += "{{";
                rest = after;
            }
        }
    }
    filled + rest
}

impl Wanted {
    /// Runs the script, and waits for its end.
    pub(crate) fn run(&self, program: &Path, folder: &Path, id: &str) -> Result<(), String> {
        let file = Scratch(folder.join(format!("association-{id}.sh")));
        let output = Scratch(folder.join(format!("association-{id}.out")));
        let failed =
            |what: &str, error: &std::io::Error| format!("the association cannot be carried out: {what}: {error}");
        let stream = write(&file.0, &self.script)
            .and_then(|()| write(&output.0, ""))
            .and_then(|()| fs::OpenOptions::new().append(true).open(&output.0))
            .and_then(|stream| Ok((stream.try_clone()?, stream)));
        let (stdout, stderr) = stream.map_err(|error| failed("its script", &error))?;
        let mut command = Command::new(program);
        // A file, since a process that lives on would hold a pipe.
        command
            .arg(&file.0)
            .env("FORMWORK_RESOURCE", &self.logical_id)
            .stdin(Stdio::null())
            .stdout(stdout)
            .stderr(stderr);
        let status = command.status().map_err(|error| failed(&format!("`{}`", program.display()), &error))?;
        if status.success() {
            return Ok(());
        }
        let said = fs::read(&output.0).unwrap_or_default();
        let said = String::from_utf8_lossy(&said);
        let last = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
        Err(format!("the association has failed with {status}: {last}").trim_end_matches([':', ' ']).to_owned())
    }
}

/// A file that is deleted with the value.
struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// A new file that only its owner can read: a script may hold secrets of the machine.
fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::filled_in;

    #[test]
    fn values_are_filled_in_once() {
        let values = [("A".to_owned(), "{{ B }}".to_owned()), ("B".to_owned(), "b".to_owned())];
        assert_eq!(filled_in("x='{{ A }}' y='{{B}}' {{ C }} {{", &values), "x='{{ B }}' y='b' {{ C }} {{");
    }
}
