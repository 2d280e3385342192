//! The committed texts of `schemas/extensions/` are those that their `SOURCE.toml` tells of.

use std::path::Path;

use formwork_schema::snapshot::{read_texts, write_texts};

#[test]
fn the_digest_is_that_of_the_texts() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/extensions");
    let texts = read_texts(&folder).expect("texts");
    assert!(texts.contains_key("actions") && texts.contains_key("aws_ec2_instance") && texts.contains_key("documents"));

    // Written elsewhere, they are read as they were; a text that is changed is noticed.
    let copy = tempfile::tempdir().expect("a folder");
    write_texts(copy.path(), "a test", "2026-01-02", &texts).expect("written");
    assert_eq!(read_texts(copy.path()).expect("texts"), texts);
    std::fs::copy(copy.path().join("actions.txt.gz"), copy.path().join("documents.txt.gz")).expect("copied");
    assert!(read_texts(copy.path()).expect_err("refused").to_string().contains("sha256"));
}
