//! Findings as people read them: what the tests of the rules share.

use formwork_validate::{Options, Validator};

/// Everything that is found, for us-east-1.
pub(crate) fn found(text: &str) -> String {
    found_in(text, Some("us-east-1"))
}

pub(crate) fn found_in(text: &str, region: Option<&str>) -> String {
    let options = Options { region: region.map(str::to_owned), ..Options::default() };
    let findings = Validator::new().validate_text(text, "template.yaml", &options);
    findings.iter().map(|finding| format!("{finding}\n\n")).collect()
}

#[track_caller]
pub(crate) fn check_clean(text: &str) {
    assert_eq!(found(text), "");
}
