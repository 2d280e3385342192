//! Every schema of the snapshot: each generates, the counts are known, and what is committed is fresh.

use std::fmt::Write;
use std::path::Path;

use formwork_codegen::stats::Stats;
use formwork_codegen::workspace;
use formwork_schema::snapshot::Snapshot;

fn root() -> std::path::PathBuf {
    workspace::root(Path::new(env!("CARGO_MANIFEST_DIR"))).expect("the repository")
}

#[test]
fn every_schema_generates_and_what_is_committed_is_fresh() {
    // One test, because reading the snapshot is most of the work.
    let root = root();
    let snapshot = Snapshot::read(&root.join("schemas")).expect("the snapshot is whole");
    if let Err(error) = workspace::check(&root, &snapshot) {
        panic!("{error}");
    }
    let stats = Stats::of(&snapshot).expect("every schema is understood");
    insta::assert_snapshot!("counts", stats.to_string());
    let mut widened = String::new();
    for (type_name, path, reason) in &stats.widened {
        let _ = writeln!(widened, "{type_name} {path}: {reason}");
    }
    insta::assert_snapshot!("widened", widened);
}
