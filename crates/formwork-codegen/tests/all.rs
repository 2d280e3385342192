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
    // The source has 1,898 types: these, and 14 of SAM, which is another template language and no type of any region.
    let of_region = Stats::of_region(&snapshot, "us-east-1").expect("every schema is understood");
    assert_eq!((of_region.types, of_region.services, stats.types), (1854, 308, 1884));
    let error = Stats::of_region(&snapshot, "mars-north-1").expect_err("there is no such region");
    assert_eq!(error.to_string(), "there is no region `mars-north-1` in the snapshot");
    let keys: serde_json::Value = serde_json::from_str(&stats.to_json()).expect("JSON");
    let keys: Vec<&String> = keys.as_object().expect("an object").keys().collect();
    assert_eq!(keys, ["types", "structs", "properties", "attributes", "enums", "unions", "widened"]);
    let mut widened = String::new();
    for (type_name, path, reason) in &stats.widened {
        let _ = writeln!(widened, "{type_name} {path}: {reason}");
    }
    insta::assert_snapshot!("widened", widened);
}
