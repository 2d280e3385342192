//! The words of the commands at the end of a run, for tests that hold them against the service: the last line, the errors, and what
//! `--json` has of each stack.

use std::collections::BTreeSet;

use formwork_assembly::{Assembly, StackId};
use formwork_deploy::{Error, StackReport};
use serde_json::{Value, json};

use crate::approval::Needed;
use crate::args::AwsOptions;
use crate::aws::of_deployer;
use crate::outcome::{self, Conclusion, FailurePart, OutcomePart, Teller};
use crate::paint::Paint;
use crate::typed::{CALLED_AS_USUAL, Typed};

/// The words of a run.
#[derive(Debug)]
pub struct Said {
    /// The last line of the answer; empty where an error says it.
    pub last_line: String,
    /// The notes and errors below it, each with its hints.
    pub errors: Vec<String>,
    /// Each stack's part of the document: `stack`, `outcome`, `failure`.
    pub stacks: Vec<Value>,
}

struct Heard<'a> {
    typed: Typed,
    going_on: &'a BTreeSet<StackId>,
}

impl Teller for Heard<'_> {
    fn typed(&self) -> &Typed {
        &self.typed
    }

    fn goes_on(&self, stack: &StackId) -> bool {
        self.going_on.contains(stack)
    }

    fn needed(&self, _: Option<&StackId>) -> Needed {
        Needed::default()
    }
}

/// The words of `deploy` or `destroy` about a run. `going_on` has the stacks of which a beginning was told and no end.
pub fn said(assembly: &Assembly, going_on: &BTreeSet<StackId>, ended: Result<&[StackReport], &Error>) -> Said {
    let (typed, aws) = (Typed::plain(CALLED_AS_USUAL), AwsOptions::default());
    let stacks = match ended {
        Ok(stacks) => stacks,
        Err(error) => {
            let error = outcome::before_a_change(of_deployer(error.clone(), &typed));
            return Said { last_line: String::new(), errors: vec![error.render(Paint(false))], stacks: Vec::new() };
        }
    };
    let heard = Heard { typed, going_on };
    let Conclusion { notes, errors } = outcome::conclusion(assembly, &heard, &aws, stacks);
    let errors = errors.into_iter().map(|error| error.render(Paint(false)));
    let part = |end: &StackReport| {
        let failure = FailurePart::of(assembly, &heard, &aws, &end.id, &end.outcome);
        json!({ "stack": *end.id.name, "outcome": OutcomePart::from(&end.outcome), "failure": failure })
    };
    Said {
        last_line: outcome::last_line(assembly, stacks),
        errors: notes.into_iter().chain(errors).collect(),
        stacks: stacks.iter().map(part).collect(),
    }
}
