//! The page `docs/statuses.md`: what every status of a stack means, what is done with a stack in it, and the way out of it. It is made of
//! the functions that decide, so that it cannot say anything else.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use formwork_deploy::status::{Ending, ending, standing, way_out};
use formwork_deploy::{Operation, Recovery, Reported, StackStatus, Standing};

use crate::cli::{Parsed, parse};
use crate::typed::CALLED_AS_USUAL;

const HEAD: &str = "\
<!-- Made by `FORMWORK_UPDATE=1 cargo test -p formwork-cli`; do not edit. -->
# Statuses of a stack

Meaning of every status of a stack, what the commands do with a stack in it, and the way out of a status that holds the next operation up.
`status`, and every message about such a stack, says the same with the stack's own name and the options of the run.

| status | meaning | `deploy` | `destroy` | `rollback` | `continue` | way out |
| --- | --- | --- | --- | --- | --- | --- |
";

const ENDINGS: &str = "
## Ends of operations

An operation is over when the stack is in one of these statuses; in every other, it goes on.

| status | creation | update | second creation | deletion | rollback |
| --- | --- | --- | --- | --- | --- |
";

const OPERATIONS: [Operation; 5] =
    [Operation::Create, Operation::Update, Operation::Recreate, Operation::Delete, Operation::Rollback];

fn page() -> String {
    let Ok(Parsed::Cli(_, typed)) = parse(&["status".into()], CALLED_AS_USUAL) else { return String::new() };
    let mut statuses: Vec<(&str, Reported<StackStatus>)> =
        StackStatus::ALL.iter().map(|status| (status.as_str(), Reported::Known(*status))).collect();
    statuses.sort_by_key(|(name, _)| *name);
    statuses.push(("any other", Reported::Unknown("OTHER".to_owned())));
    let mut page = HEAD.to_owned();
    for (name, status) in &statuses {
        let (standing, meaning) = standing(status);
        let way_out =
            way_out(status).map(|way_out| typed.way_out("STACK", way_out, &["LOGICAL_ID"])).unwrap_or_default();
        let yes = |is_so| if is_so { "yes" } else { "" };
        let _ = writeln!(
            page,
            "| `{name}` | {meaning} | {} | {} | {} | {} | {way_out} |",
            deploys(standing, status),
            destroys(standing, status),
            yes(Recovery::Start.is_for(status)),
            yes(Recovery::Continue { skip: Vec::new() }.is_for(status)),
        );
    }
    page += ENDINGS;
    for (name, status) in &statuses {
        let endings = OPERATIONS.map(|operation| match ending(operation, status) {
            Ending::NotYet => "",
            Ending::Done => "done",
            Ending::Failed => "failed",
        });
        if endings.iter().any(|ending| !ending.is_empty()) {
            let _ = writeln!(page, "| `{name}` | {} |", endings.join(" | "));
        }
    }
    page
}

fn deploys(standing: Standing, status: &Reported<StackStatus>) -> &'static str {
    match standing {
        Standing::Absent => "creates it",
        Standing::Ready if formwork_deploy::status::is_kept(status) => "updates it, its rollback switched off",
        Standing::Ready => "updates it",
        Standing::Busy => "waits, then looks again",
        Standing::Recreate => "deletes it, then creates it",
        _ => "is refused",
    }
}

fn destroys(standing: Standing, status: &Reported<StackStatus>) -> &'static str {
    match standing {
        Standing::Absent if *status == Reported::Known(StackStatus::DeleteComplete) => "has nothing to do",
        Standing::Absent => "deletes the empty stack",
        Standing::Busy => "waits, then looks again",
        Standing::FinishDeletion => "deletes it, without what `--retain` names",
        Standing::Unknown => "is refused",
        _ => "deletes it",
    }
}

/// `FORMWORK_UPDATE=1` writes the page.
#[test]
fn the_page_of_statuses_is_fresh() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/statuses.md");
    let page = page();
    if std::env::var_os("FORMWORK_UPDATE").is_some() {
        let _ = fs::create_dir_all(file.with_file_name("")).and_then(|()| fs::write(&file, &page));
    }
    assert_eq!(
        fs::read_to_string(&file).unwrap_or_default(),
        page,
        "run `FORMWORK_UPDATE=1 cargo test -p formwork-cli`"
    );
    for name in StackStatus::ALL {
        assert!(page.contains(&format!("\n| `{name}` |")), "{name}");
    }
}
