//! The engine beside another server: the same steps, the same client, and every difference with the reason why it stands.
//!
//! A difference that no entry of [`KNOWN`] explains fails the test, and so does an entry that explains nothing any more. The
//! snapshot holds what each of the two says.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use insta::assert_snapshot;
use serde_json::Value;
use support::{Engine, Ministack};

/// A difference that stands: in which step, in what, and who of the two is like AWS, by which source.
struct Known {
    step: &'static str,
    what: &'static [&'static str],
    why: &'static str,
}

const fn known(step: &'static str, what: &'static [&'static str], why: &'static str) -> Known {
    Known { step, what, why }
}

const EVENTS: &str = "like AWS: the engine. What is created has events of its creation, what is removed of its deletion, what stays as it is none; the cleanup is a status of its own (User Guide, \"Stack status codes\", \"Understand stack creation events\")";
const STATUSES: &str = "like AWS: the engine. A resource that an update creates is CREATE_COMPLETE, one that it does not touch keeps its status (API Reference, `StackResource`)";
const REFUSED: &str = "like AWS: the engine. A template or parameter that cannot be is refused before there is a stack (API Reference, `CreateStack`: ValidationError)";
const WORDS: &str = "like AWS: the engine, in its words (localstack/localstack, tests/aws/services/cloudformation/api, recorded from AWS)";
const LEFT: &str = "like AWS: the engine. AWS goes on to list what failed, as DELETE_COMPLETE once it is rolled back (aws/serverless-application-model#58)";
const OUTPUTS: &str = "not known which: AWS documents no outputs of deleted stacks";
const REASON: &str = "like AWS: the engine begins as AWS does (`S3 error:`), and adds what to do";
const EXPORTS: &str = "like AWS: the engine. An export in use is neither changed nor deleted, and its name is one stack's (User Guide, \"Get exported outputs from a deployed CloudFormation stack\")";
const ON_FAILURE: &str = "like AWS: the engine. The deletion takes the place of a rollback (hashicorp/terraform#5606)";
const IMPORT: &str = "like AWS: the engine. No resource is touched: the stack's own event says `No export named nothing found. Rollback requested by user.` (widdix/aws-s3-virusscan#39, aws-cloudformation/aws-cloudformation-templates#263)";

const PARSER: &str = "like AWS: both begin as AWS does (`Template format error`); where a text stops to be JSON is each parser's own to say";
const DRAFT: &str = "not known which: both end with the stack gone";

/// All differences, by step.
const KNOWN: &[Known] = &[
    known("a circle", &["outcome"], REFUSED),
    known("a condition becomes false", &["events"], EVENTS),
    known("a condition becomes true", &["events"], EVENTS),
    known("a condition becomes true", &["resources"], STATUSES),
    known("a parameter is missing", &["refused"], WORDS),
    known("a parameter is not allowed", &["refused"], WORDS),
    known("a parameter is not known", &["outcome"], REFUSED),
    known("a reference to nothing", &["outcome"], REFUSED),
    known("a template that is not there", &["refused"], REASON),
    known("a template that is too long", &["refused"], WORDS),
    known("an import of nothing", &["events", "first failure"], IMPORT),
    known("change of an export in use", &["events", "outputs", "resources", "status"], EXPORTS),
    known("change set that changes: executed", &["events"], EVENTS),
    known("change set that changes: executed", &["resources"], STATUSES),
    known("change set that creates what is there", &["refused"], WORDS),
    known("change set that fails and goes: executed", &["events"], ON_FAILURE),
    known("change set that fails and goes: executed", &["first failure"], REASON),
    known("create that fails", &["events"], LEFT),
    known("create that fails", &["first failure"], REASON),
    known("create that fails and goes", &["events"], ON_FAILURE),
    known("create that fails and goes", &["first failure"], REASON),
    known("create that fails and stays", &["first failure"], REASON),
    known("create that fails and stays", &["resources"], LEFT),
    known("delete", &["outputs"], OUTPUTS),
    known("deletion of a draft", &["events"], DRAFT),
    known("deletion of an export in use", &["outcome"], EXPORTS),
    known("deletion of an export that nobody uses", &["outputs"], OUTPUTS),
    known("deletion of the importer", &["outputs"], OUTPUTS),
    known("deletion of what is protected", &["refused"], WORDS),
    known("its deletion", &["outputs"], OUTPUTS),
    known("no JSON", &["refused"], PARSER),
    known("no resources", &["outcome"], REFUSED),
    known("the same export again", &["events", "outputs", "resources", "status"], EXPORTS),
    known("update after it", &["refused"], WORDS),
    known("update in place", &["events"], EVENTS),
    known("update in place", &["resources"], STATUSES),
    known("update of an output alone", &["events"], EVENTS),
    known("update that fails", &["events"], EVENTS),
    known("update that fails", &["first failure"], REASON),
    known("update that removes", &["events"], EVENTS),
    known("update that replaces", &["events"], EVENTS),
    known("update that replaces", &["resources"], STATUSES),
];

/// The events as a server writes them that has one event for the beginning of a creation, and none for cleanups.
fn plain(events: &Value) -> Vec<&str> {
    let mut lines: Vec<&str> = events.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    lines.retain(|line| !line.ends_with("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"));
    lines.dedup_by(|line, before| line == before && line.ends_with(" CREATE_IN_PROGRESS"));
    lines
}

/// The differences between two reports of a step.
fn differences(ours: &Value, theirs: &Value) -> Vec<(String, String, String)> {
    let shown = |value: &Value| if value.is_null() { "-".to_owned() } else { value.to_string() };
    if ours["refused"].is_null() != theirs["refused"].is_null() {
        let outcome = |of: &Value| if of["refused"].is_null() { shown(&of["status"]) } else { shown(&of["refused"]) };
        return vec![("outcome".to_owned(), outcome(ours), outcome(theirs))];
    }
    let keys: BTreeSet<&String> =
        [ours, theirs].into_iter().filter_map(Value::as_object).flat_map(|one| one.keys()).collect();
    keys.into_iter()
        .filter(|key| match key.as_str() {
            "events" => plain(&ours["events"]) != plain(&theirs["events"]),
            key => ours[key] != theirs[key],
        })
        .map(|key| (key.clone(), shown(&ours[key.as_str()]), shown(&theirs[key.as_str()])))
        .collect()
}

#[test]
fn differences_are_known() {
    let script = include_str!("scenario.py");
    let (ours, theirs) = (Engine::start().python(script, &[]), Ministack::start().python(script, &[]));
    let mut shown = String::new();
    let mut unknown = String::new();
    let mut used = BTreeSet::new();
    for (step, ours) in ours.as_object().unwrap() {
        for (what, ours, theirs) in differences(ours, &theirs[step]) {
            let entry = KNOWN.iter().position(|one| one.step == step && one.what.contains(&what.as_str()));
            let why = match entry {
                Some(entry) => {
                    used.insert((entry, what.clone()));
                    KNOWN[entry].why
                }
                None => {
                    let _ = writeln!(
                        unknown,
                        "    known(\"{step}\", \"{what}\", ),\n      // engine    {ours}\n      // ministack {theirs}"
                    );
                    continue;
                }
            };
            let _ = writeln!(shown, "{step}: {what}\n  engine    {ours}\n  ministack {theirs}\n  {why}\n");
        }
    }
    assert!(unknown.is_empty(), "differences that nothing explains:\n{unknown}");
    let explained =
        KNOWN.iter().enumerate().flat_map(|(entry, one)| one.what.iter().map(move |what| (entry, (*what).to_owned())));
    let idle: Vec<(&str, String)> =
        explained.filter(|one| !used.contains(one)).map(|(entry, what)| (KNOWN[entry].step, what)).collect();
    assert!(idle.is_empty(), "explained, and no longer different: {idle:?}");
    assert_snapshot!(shown);
}
