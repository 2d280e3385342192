//! The words of the commands at the end of a run: the last line, each error, and each stack's part of the document.

use std::collections::BTreeSet;

use formwork::assembly::{Assembly, StackId};
use formwork_cli::said::{Said, said};
use formwork_deploy::{Error, StackReport};
use formwork_model::service::CloudFormation as _;
use regex_lite::Regex;

use super::layer::{Faults, STACKS, stack_in};
use super::truth::{BEGINS, CHANGES};

/// The words, for who has to find out why.
pub(crate) fn of(assembly: &Assembly, going_on: &BTreeSet<StackId>, ended: &Result<Vec<StackReport>, Error>) -> Said {
    said(assembly, going_on, ended.as_ref().map(Vec::as_slice))
}

/// Untrue words.
pub(crate) async fn untrue(faults: &Faults, said: &Said) -> Vec<String> {
    let mut untrue = Vec::new();
    for text in said.errors.iter().chain([&said.last_line]) {
        let wrong = clauses(faults, text).into_iter().chain(statuses(faults, text).await);
        untrue.extend(wrong.map(|what| format!("{what}: {text}")));
    }
    for part in &said.stacks {
        let (stack, outcome) = (part["stack"].as_str().unwrap(), part["outcome"].as_str().unwrap());
        let region = region_of(stack);
        let record = faults.record.borrow();
        let is_so = match outcome {
            "created" | "updated" | "recreated" | "deleted" => record.did(CHANGES, region) > 0,
            "unchanged" | "declined" | "notStarted" | "interrupted" => record.did(BEGINS, region) == 0,
            "goesOn" | "notKnown" => record.did(BEGINS, region) > 0 || record.may_have_done(BEGINS, region),
            _ => part["failure"]["message"].is_string(),
        };
        if !is_so {
            untrue.push(format!("it is not so: {part}"));
        }
    }
    untrue
}

fn region_of(stack: &str) -> &'static str {
    STACKS.iter().find(|(name, _)| *name == stack).map(|(_, region)| *region).unwrap()
}

/// `` `edge` and `site` were updated, `third` was not changed ``
fn clauses(faults: &Faults, text: &str) -> Vec<String> {
    let record = faults.record.borrow();
    let mut untrue = Vec::new();
    if text.contains("nothing was changed") {
        let changed = STACKS.iter().filter(|(_, region)| record.did(CHANGES, region) > 0);
        untrue.extend(changed.map(|(stack, _)| format!("{stack} was changed")));
    }
    let clause = Regex::new(r"((?:`[a-z]+`(?:, | and )?)+) (?:was|were) ((?:not )?[a-z]+)").unwrap();
    let name = Regex::new(r"`([a-z]+)`").unwrap();
    for clause in clause.captures_iter(text) {
        for name in name.captures_iter(&clause[1]) {
            let Some((stack, region)) = STACKS.iter().find(|(stack, _)| *stack == &name[1]) else { continue };
            let (begun, changed) = (record.did(BEGINS, region), record.did(CHANGES, region));
            let is_so = match &clause[2] {
                "not changed" => changed == 0,
                "not started" => begun == 0,
                "created" | "updated" | "deleted" | "recreated" | "partly" => changed > 0,
                words if words.starts_with("not ") => begun > 0,
                _ => true,
            };
            if !is_so {
                untrue.push(format!("{stack}: {begun} operations were begun"));
            }
        }
    }
    untrue
}

/// `` `edge` is in UPDATE_ROLLBACK_COMPLETE now ``
async fn statuses(faults: &Faults, text: &str) -> Vec<String> {
    let status = Regex::new(r"`([a-z]+)` (?:is|failed: it is) (?:in )?([A-Z]+_[A-Z_]+)").unwrap();
    let mut untrue = Vec::new();
    for told in status.captures_iter(text) {
        let region = region_of(&told[1]);
        let now = faults.service.stack(region, &told[1]).await.unwrap();
        let now = now.map_or("DELETE_COMPLETE".to_owned(), |now| now.status);
        if now != told[2] && !faults.record.borrow().touched.contains(stack_in(region)) {
            untrue.push(format!("{} is {now}", &told[1]));
        }
    }
    untrue
}
