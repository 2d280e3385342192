//! Calls of a stack: the table of ARCHITECTURE.md, counted, and made of that.

use std::time::Duration;

use formwork_deploy::{Limits, Operation, Outcome, paced};
use formwork_model::service::{CloudFormation, Counts, Layered};

use crate::fake::Fake;
use crate::{deploy, destroy, diff, stacks};

/// A row of the table.
struct Row {
    what: &'static str,
    calls: usize,
    writes: Vec<&'static str>,
}

/// All rows, with a service that takes its time.
async fn rows(making: u64, working: u64) -> Vec<Row> {
    let fake = Fake::new(Duration::from_secs(making), Duration::from_secs(working));
    counted(paced(Layered { inner: fake, layer: Counts::default() }, Limits::AWS), |service| &service.inner.layer).await
}

async fn counted<S: CloudFormation>(service: S, counts: impl Fn(&S) -> &Counts) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut count = |what| {
        let made = counts(&service).take();
        let writes = made.keys().filter(|call| call.is_write()).map(|call| call.as_str()).collect();
        rows.push(Row { what, calls: made.values().sum(), writes });
    };
    let (old, new) = (stacks(1, "old"), stacks(1, "new"));
    let first = deploy(&service, &old).await;
    assert_eq!(first.stacks[0].outcome, Outcome::Done(Operation::Create));
    count("first deploy");
    assert_eq!(deploy(&service, &old).await.stacks[0].outcome, Outcome::Unchanged);
    count("deploy without changes");
    assert!(diff(&service, &old).await.is_empty());
    count("diff without changes");
    assert_eq!(diff(&service, &new).await.totals().update, 1);
    count("diff with changes");
    assert_eq!(deploy(&service, &new).await.stacks[0].outcome, Outcome::Done(Operation::Update));
    count("update");
    assert_eq!(destroy(&service, &new).await.stacks[0].outcome, Outcome::Done(Operation::Delete));
    count("destroy");
    rows
}

/// Marks around the table.
const BEGIN: &str = "<!-- Made by `FORMWORK_UPDATE=1 cargo test -p formwork-deploy --test paced`. -->\n\n";
const END: &str = "\n<!-- The end of what is made. -->\n";

/// The table of ARCHITECTURE.md is what was counted; `FORMWORK_UPDATE=1` writes it.
#[tokio::test(start_paused = true)]
async fn calls_of_a_stack() {
    let (instant, slow) = (rows(0, 0).await, rows(4, 60).await);
    let mut table =
        "| | answered at once | change set 4 s, stack 60 s | calls that write |\n|---|---|---|---|\n".to_owned();
    for (instant, slow) in instant.iter().zip(&slow) {
        let writes = if instant.writes.is_empty() { "–".to_owned() } else { instant.writes.join(", ") };
        table += &format!("| {} | {} | {} | {writes} |\n", instant.what, instant.calls, slow.calls);
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../ARCHITECTURE.md");
    let text = std::fs::read_to_string(path).unwrap();
    let (before, rest) = text.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let made = format!("{before}{BEGIN}{table}{END}{after}");
    if std::env::var_os("FORMWORK_UPDATE").is_some() {
        std::fs::write(path, made).unwrap();
    } else {
        assert!(
            text == made,
            "run `FORMWORK_UPDATE=1 cargo test -p formwork-deploy --test paced`; it is now:\n{table}"
        );
    }
    let limits = [6, 2, 2, 6, usize::MAX, 4];
    assert!(instant.iter().zip(limits).all(|(row, limit)| row.calls <= limit), "{table}");
    assert!(slow[0].calls <= 25 && slow[4].calls <= 30, "{table}");
    assert!(instant[1].writes.is_empty() && instant[2].writes.is_empty(), "{table}");
}

/// The engine is called as often: nothing in the table hangs on the service of the test.
#[tokio::test]
async fn the_engine_is_called_as_often() {
    let folder = tempfile::tempdir().unwrap();
    let options = formwork_local::Options { state: folder.path().to_owned(), ..Default::default() };
    let engine = formwork_local::Server::bind(&options).await.unwrap();
    let service = paced(Layered { inner: engine.in_process(), layer: Counts::default() }, Limits::NEARBY);
    let of_engine: Vec<usize> =
        counted(service, |service| &service.inner.layer).await.iter().map(|row| row.calls).collect();
    assert_eq!(of_engine, [6, 2, 2, 6, 8, 4]);
}
