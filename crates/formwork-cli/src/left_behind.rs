//! Resources that belonged to a stack and are in none any more: in a document, and in words.

use formwork_assembly::Assembly;
use formwork_deploy::{LeftBehind, Leftover, Next, StackReport};
use serde::Serialize;

use crate::typed::Typed;

/// A resource that belonged to the stack, is in no stack any more, and is still there.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct LeftBehindPart {
    /// The name that it had in the template.
    logical_id: String,
    /// Its type.
    #[serde(rename = "type")]
    type_name: String,
    /// Its name or id at AWS.
    physical_id: String,
    /// Reason why it could not be deleted; missing if a policy retained it.
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
    /// True if it may be deleted by now, since the run was interrupted meanwhile; missing if it is there.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    may_be_deleted: bool,
}

impl From<&LeftBehind> for LeftBehindPart {
    fn from(left: &LeftBehind) -> Self {
        LeftBehindPart {
            logical_id: left.logical_id.clone(),
            type_name: left.type_name.clone(),
            physical_id: left.physical_id.clone(),
            failure: left.failure.clone(),
            may_be_deleted: left.next == Next::MayBeDone,
        }
    }
}

/// A resource that belonged to the stack and is, or was, in no stack any more.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct RemovedPart {
    /// The name that it had in the template.
    logical_id: String,
    /// Its type.
    #[serde(rename = "type")]
    type_name: String,
    /// Its name or id at AWS.
    physical_id: String,
}

impl From<&Leftover> for RemovedPart {
    fn from(left: &Leftover) -> Self {
        let Leftover { logical_id, type_name, physical_id } = left.clone();
        RemovedPart { logical_id, type_name, physical_id }
    }
}

/// Names what is still there and in no stack: nobody else will.
pub(crate) fn names(assembly: &Assembly, typed: &Typed, stacks: &[StackReport]) -> Vec<String> {
    let left = stacks.iter().flat_map(|end| end.left_behind.iter().map(move |left| (end, left)));
    let line = |(end, left): (&StackReport, &LeftBehind)| {
        let stack = assembly.spelling(&end.id);
        let LeftBehind { logical_id, type_name, physical_id, .. } = left;
        let what = match &left.failure {
            None => "was retained".to_owned(),
            Some(reason) => format!("was not deleted ({})", typed.adapted(reason.trim_end_matches('.'))),
        };
        let name = format!("`{logical_id}` ({type_name}) of `{stack}`");
        let gc = |words: &[&str]| typed.command(&[&["gc", &stack], words].concat());
        let told = format!("{name} {what} and is in no stack any more: {physical_id}");
        match left.next {
            Next::Said => told,
            Next::Gc => format!("{told}; {} tries it again", gc(&[])),
            Next::GcByName => {
                format!("{told}; {} tries it again", gc(&["--allow", &format!("{stack}/{logical_id}")]))
            }
            Next::MayBeDone => format!(
                "it is not known whether {name} was deleted, since the run was interrupted: {physical_id}; {} deletes it if it is still there",
                gc(&[])
            ),
        }
    };
    left.map(line).collect()
}

#[cfg(test)]
mod tests {
    use formwork_assembly::StackId;
    use formwork_deploy::{Operation, Outcome};

    use super::*;

    #[test]
    fn each_is_named_with_the_command_that_deletes_it() {
        let left = |next, failure: Option<&str>| LeftBehind {
            logical_id: "P".to_owned(),
            type_name: "AWS::SSM::Parameter".to_owned(),
            physical_id: "/p".to_owned(),
            failure: failure.map(str::to_owned),
            next,
        };
        let report = StackReport {
            id: StackId::new("edge", "us-east-1"),
            outcome: Outcome::Done(Operation::Update),
            outputs: Vec::new(),
            done: Vec::new(),
            may_go_on: false,
            left_behind: vec![
                left(Next::Said, None),
                left(Next::Gc, Some("no")),
                left(Next::GcByName, Some("it is in use.")),
                left(Next::MayBeDone, Some("the run was interrupted")),
            ],
            removed: Vec::new(),
        };
        let names = names(&Assembly::default(), &Typed::plain("cargo formwork"), &[report]);
        insta::assert_snapshot!(names.join("\n"), @"
        `P` (AWS::SSM::Parameter) of `edge` was retained and is in no stack any more: /p
        `P` (AWS::SSM::Parameter) of `edge` was not deleted (no) and is in no stack any more: /p; `cargo formwork gc edge` tries it again
        `P` (AWS::SSM::Parameter) of `edge` was not deleted (it is in use) and is in no stack any more: /p; `cargo formwork gc edge --allow edge/P` tries it again
        it is not known whether `P` (AWS::SSM::Parameter) of `edge` was deleted, since the run was interrupted: /p; `cargo formwork gc edge` deletes it if it is still there
        ");
    }

    /// An operation that may not have begun does not go on.
    #[test]
    fn an_operation_of_which_nothing_is_known_has_an_outcome_of_its_own() {
        let outcome = |is_seen| {
            let outcome = Outcome::GoesOn { stack_id: String::new(), is_seen };
            serde_json::to_value(crate::outcome::OutcomePart::from(&outcome)).unwrap_or_default()
        };
        assert_eq!((outcome(true), outcome(false)), ("goesOn".into(), "notKnown".into()));
    }
}
