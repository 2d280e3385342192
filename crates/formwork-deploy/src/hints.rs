//! Hints on errors: what to do, and who has to act.

use formwork_assembly::{did_you_mean, joined};

use formwork_model::service::{CallError, Fault};

use crate::error::Error;
use crate::reasons;

impl Error {
    /// Hint on what to do about it, if there is something to do. The way out of a status is data, [`crate::status::way_out`]: its commands
    /// are written by who knows how this program is called.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Error::Aws(error) => {
                let known = || match error {
                    CallError::Service { message, .. } => reasons::known("", message).map(|known| known.hint),
                    _ => None,
                };
                return error.hint().or_else(known);
            }
            Error::ChangeSet { reason, findings, .. } => {
                let words = findings.iter().chain([reason]);
                return words.filter_map(|words| reasons::known("", words)).map(|known| known.hint).next();
            }
            Error::ChangeSetUnusable { is_known: true, .. } => "run it again".to_owned(),
            Error::BucketBusy { .. } => "run it again when they are done".to_owned(),
            Error::BucketStackForeign { .. } => "name a bucket with `--asset-bucket`".to_owned(),
            Error::Upload { cause, .. } if cause.is_missing() => {
                "if it was that of the stack `formwork-assets`, destroy that stack, `formwork-assets@REGION`: the next deploy makes a new one".to_owned()
            }
            Error::Upload { cause, .. } => return cause.hint(),
            Error::Asset { hint, .. } => return hint.clone(),
            Error::BucketElsewhere { .. } => {
                "name a bucket of each region, with `{region}` in the name; or none: each region gets one of its own".to_owned()
            }
            Error::BucketInUse { .. } => "destroy these stacks first".to_owned(),
            Error::BucketStackTaken { .. } => "give it another name, or name a bucket with `--asset-bucket`".to_owned(),
            Error::AccountNotKnown { .. } => {
                "allow `sts:GetCallerIdentity`, or let the bucket be that of the stack `formwork-assets`".to_owned()
            }
            Error::ProducerMissing { producer, .. } => format!("deploy it too: name `{producer}` as well"),
            Error::OutputMissing { producer, .. } => {
                format!("deploy `{producer}` first, or name it as well: its template in this app has the output")
            }
            Error::ParameterMissing { stack, parameter } => {
                format!("give one with `--parameter {stack}:{parameter}=VALUE`")
            }
            Error::ParameterUnknownStack { stack, known, .. } => {
                format!("did you mean `{}`?", did_you_mean(stack, known.iter().map(String::as_str))?)
            }
            Error::ParameterNotSelected { stack, .. } => {
                format!("name `{stack}` as well, or leave out its parameter")
            }
            Error::TemplateTooLarge { .. } => "split it into several stacks, or move parts into a `NestedStack`".to_owned(),
            Error::TemplateTooLong { .. } => {
                "split the stack: a stack within a stack, `NestedStack`, counts on its own".to_owned()
            }
            Error::Refused { hint, .. } => hint.clone(),
            Error::InUse { let_go, .. } => match let_go.as_slice() {
                [] => {
                    "retain it: `UpdateReplacePolicy: Retain` for what is replaced, `DeletionPolicy: Retain`, deployed \
                       before, for what is removed; or approve it at the prompt, or by its name with `--allow`"
                        .to_owned()
                }
                stacks => {
                    format!("deploy {} first and alone: after that nothing uses it any more", joined(stacks))
                }
            },
            Error::PlanExecuted { .. } => {
                "`cargo formwork status` says how its stacks are; `cargo formwork deploy --plan FILE` plans what is left to do".to_owned()
            }
            Error::PlanOutdated { .. } => {
                "make a new one with `cargo formwork deploy --plan FILE`, and have it reviewed".to_owned()
            }
            Error::TerminationProtection { stack, region, is_ready } => {
                let other = match is_ready {
                    true => format!("switch it off in the source, and deploy `{stack}` first"),
                    false => format!(
                        "`aws cloudformation update-termination-protection --no-enable-termination-protection --stack-name {stack} --region {region}`"
                    ),
                };
                format!(
                    "run it without `--yes` and `--require-approval`: the answer to its question switches the protection off; or {other}"
                )
            }
            Error::HoldsChangeSets { .. } => {
                "run it without `--yes` and `--require-approval`: the answer to its question deletes them too; or have them executed or deleted first".to_owned()
            }
            Error::NotSkippable { logical_id, at, known } => {
                match did_you_mean(logical_id, known.iter().map(String::as_str)) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None if known.is_empty() => format!("no resource of the stacks is one whose {at} failed"),
                    None => format!("these are: {}", known.join(", ")),
                }
            }
            Error::SkipRefused { .. } => {
                "a resource is skipped only if it is in UPDATE_FAILED because its rollback failed, one of a nested stack by `NESTED_STACK.LOGICAL_ID`".to_owned()
            }
            Error::ChangedMeanwhile { .. } | Error::Overtaken { .. } => "run it again: its plan is made of what is there now".to_owned(),
            Error::StillUsed { consumer, .. } => format!("destroy it too: name `{consumer}` as well"),
            Error::OfAnotherApp { own, .. } => format!(
                "give the stack another name; or, if it is to be a stack of `{own}` from now on, run it without `--yes` and `--require-approval`, which asks"
            ),
            Error::UsedByOrphan { consumer, .. } => {
                format!("`cargo formwork destroy {}@{}` deletes that one first", consumer.name, consumer.region)
            }
            Error::StillImported { consumer, .. } => format!(
                "CloudFormation refuses to delete it as long as that is so: delete `{consumer}` first, or have it take the value from elsewhere"
            ),
            _ => return None,
        };
        Some(hint)
    }

    /// Whose turn it is.
    pub fn fault(&self) -> Fault {
        match self {
            Error::Aws(CallError::InTheClear { .. } | CallError::File { .. })
            | Error::UnknownStack { .. }
            | Error::Cycle { .. }
            | Error::ProducerMissing { .. }
            | Error::OutputMissing { .. }
            | Error::ParameterMissing { .. }
            | Error::ParameterRefused { .. }
            | Error::ParameterUnknownStack { .. }
            | Error::ParameterNotSelected { .. }
            | Error::Template { .. }
            | Error::TemplateTooLong { .. }
            | Error::TemplateTooLarge { .. }
            | Error::BucketStackTaken { .. }
            | Error::BucketInUse { .. }
            | Error::BucketStackForeign { .. }
            | Error::BucketElsewhere { .. }
            | Error::Asset { is_input: true, .. }
            | Error::TerminationProtection { .. }
            | Error::HoldsChangeSets { .. }
            | Error::NotSkippable { .. }
            | Error::SkipRefused { .. }
            | Error::PlanExecuted { .. }
            | Error::PlanOutdated { .. }
            | Error::Refused { .. }
            | Error::InUse { .. }
            | Error::ChangedMeanwhile { .. }
            | Error::Overtaken { .. }
            | Error::StillUsed { .. }
            | Error::OfAnotherApp { .. }
            | Error::UsedByOrphan { .. }
            | Error::StillImported { .. } => Fault::Input,
            _ => Fault::Environment,
        }
    }
}
