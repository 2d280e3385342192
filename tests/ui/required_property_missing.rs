//! A required property cannot be forgotten; the compiler names it.
use formwork::cfn::route53::{RecordSet, RecordSetRequired};

fn main() {
    let _ = RecordSet::new(RecordSetRequired { name: "example.com".into() });
}
