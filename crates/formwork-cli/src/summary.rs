//! Operations on the stacks, in one sentence: the last words of a run that was refused or interrupted.

use formwork_assembly::{Assembly, joined};
use formwork_deploy::{Operation, Outcome, StackReport};

/// `` `edge` was updated, `site` and `third` were not changed ``; `None` if nothing was changed at all.
pub(crate) fn of(assembly: &Assembly, stacks: &[StackReport]) -> Option<String> {
    let is_changed = |end: &StackReport| {
        !end.done.is_empty()
            || !end.removed.is_empty()
            || end.may_go_on
            || matches!(end.outcome, Outcome::Failed(_) | Outcome::GoesOn { .. })
    };
    if !stacks.iter().any(is_changed) {
        return None;
    }
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for end in stacks {
        let what = match (&end.outcome, end.done.as_slice()) {
            // An operation that goes on has an error of its own.
            (Outcome::GoesOn { .. }, []) | (Outcome::Unchanged, []) => continue,
            (_, []) if end.may_go_on => continue,
            (Outcome::Failed(failure), []) if failure.is_partly_done => "partly deleted".to_owned(),
            (Outcome::Failed(failure), []) => failure.operation.failed().to_owned(),
            (Outcome::Failed(failure), done) => format!("{} and {}", words(done), failure.operation.failed()),
            (_, []) => "not changed".to_owned(),
            (_, done) => words(done),
        };
        let stack = format!("`{}`", assembly.spelling(&end.id));
        match groups.iter_mut().find(|(known, _)| *known == what) {
            Some((_, stacks)) => stacks.push(stack),
            None => groups.push((what, vec![stack])),
        }
    }
    let clauses = groups.iter().map(|(what, stacks)| {
        let verb = if stacks.len() == 1 { "was" } else { "were" };
        format!("{} {verb} {what}", shortened(stacks))
    });
    let mut clauses: Vec<String> = clauses.collect();
    for end in stacks.iter().filter(|end| !end.removed.is_empty()) {
        let old: Vec<String> = end.removed.iter().map(|left| format!("`{}`", left.logical_id)).collect();
        let verb = if old.len() == 1 { "was" } else { "were" };
        clauses.push(format!("the old {} of `{}` {verb} deleted", joined(&old), assembly.spelling(&end.id)));
    }
    (!clauses.is_empty()).then(|| clauses.join(", "))
}

/// The end of a run that made change sets and executed none.
pub(crate) fn of_prepared(assembly: &Assembly, stacks: &[StackReport]) -> String {
    let names = |is_wanted: fn(&Outcome) -> bool| -> Vec<String> {
        let wanted = stacks.iter().filter(|end| is_wanted(&end.outcome));
        wanted.map(|end| format!("`{}`", assembly.spelling(&end.id))).collect()
    };
    let made = names(|outcome| matches!(outcome, Outcome::Prepared { .. }));
    let empty = names(|outcome| matches!(outcome, Outcome::Prepared { is_new: true, .. }));
    let sets = if made.len() == 1 { "the change set of" } else { "the change sets of" };
    let shells = match empty.len() {
        0 => String::new(),
        1 => format!(", and the empty stack {} to hold it", shortened(&empty)),
        _ => format!(", and the empty stacks {} to hold theirs", shortened(&empty)),
    };
    format!("made {sets} {}{shells}; nothing was executed", shortened(&made))
}

/// Names of stacks, of many the first ones and how many more there are.
fn shortened(stacks: &[String]) -> String {
    const SHOWN: usize = 10;
    // One more takes less room than the words for it.
    match stacks.len().checked_sub(SHOWN) {
        None | Some(0 | 1) => joined(stacks),
        Some(more) => format!("{} and {more} more", stacks[..SHOWN].join(", ")),
    }
}

/// `deleted and recreated`
fn words(done: &[Operation]) -> String {
    joined(&done.iter().map(|operation| operation.done()).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use formwork_assembly::StackId;
    use formwork_deploy::{Failure, Reported};

    use super::*;

    fn of(stacks: &[StackReport]) -> Option<String> {
        super::of(&Assembly::default(), stacks)
    }

    fn end(stack: &str, outcome: &Outcome, done: &[Operation]) -> StackReport {
        StackReport {
            id: StackId::new(stack, "us-east-1"),
            outcome: outcome.clone(),
            outputs: Vec::new(),
            done: done.to_vec(),
            left_behind: Vec::new(),
            removed: Vec::new(),
            may_go_on: false,
        }
    }

    #[test]
    fn a_deletion_that_failed_is_told_by_what_it_did() {
        let failed = |is_partly_done| {
            let failure = Failure::new(Operation::Delete, Reported::Unknown(String::new()));
            Outcome::Failed(Failure { is_partly_done, ..failure })
        };
        assert_eq!(of(&[end("a", &failed(true), &[])]).as_deref(), Some("`a` was partly deleted"));
        assert_eq!(of(&[end("a", &failed(false), &[])]).as_deref(), Some("`a` was not deleted"));
    }

    #[test]
    fn every_stack_is_told_with_what_was_done() {
        let (done, declined, unchanged) = (Outcome::Done(Operation::Update), Outcome::Declined, Outcome::Unchanged);
        let (interrupted, goes_on) = (Outcome::Interrupted, Outcome::GoesOn { stack_id: String::new(), is_seen: true });
        let failed = Outcome::Failed(Failure::new(Operation::Recreate, Reported::Unknown(String::new())));
        assert_eq!(of(&[end("a", &declined, &[]), end("b", &unchanged, &[]), end("c", &interrupted, &[])]), None);
        let many: Vec<StackReport> =
            (0..300).map(|number| end(&format!("s{number}"), &done, &[Operation::Update])).collect();
        let table = [
            of(&many),
            of(&[end("a", &done, &[Operation::Update]), end("b", &declined, &[])]),
            of(&[
                end("a", &done, &[Operation::Update]),
                end("b", &done, &[Operation::Update]),
                end("c", &done, &[Operation::Create]),
            ]),
            of(&[
                end("a", &goes_on, &[]),
                end("b", &interrupted, &[]),
                end("c", &interrupted, &[]),
                end("d", &unchanged, &[]),
            ]),
            of(&[end("a", &goes_on, &[])]),
            // The stack of a failed creation was deleted before the answer.
            of(&[end("a", &declined, &[Operation::Delete])]),
            of(&[end("a", &failed, &[Operation::Delete]), end("b", &declined, &[])]),
        ];
        let made = |stack: &str, is_new| end(stack, &Outcome::Prepared { change_set: String::new(), is_new }, &[]);
        let prepared = [
            super::of_prepared(&Assembly::default(), &[made("a", false), end("b", &unchanged, &[])]),
            super::of_prepared(&Assembly::default(), &[made("a", true)]),
            super::of_prepared(&Assembly::default(), &[made("a", true), made("b", true), made("c", false)]),
        ];
        insta::assert_snapshot!(prepared.join("\n"), @"
        made the change set of `a`; nothing was executed
        made the change set of `a`, and the empty stack `a` to hold it; nothing was executed
        made the change sets of `a`, `b` and `c`, and the empty stacks `a` and `b` to hold theirs; nothing was executed
        ");
        let table: Vec<String> = table.into_iter().map(|line| line.unwrap_or_else(|| "–".to_owned())).collect();
        insta::assert_snapshot!(table.join("\n"), @"
        `s0`, `s1`, `s2`, `s3`, `s4`, `s5`, `s6`, `s7`, `s8`, `s9` and 290 more were updated
        `a` was updated, `b` was not changed
        `a` and `b` were updated, `c` was created
        `b` and `c` were not changed
        –
        `a` was deleted
        `a` was deleted and not recreated, `b` was not changed
        ");
    }
}
