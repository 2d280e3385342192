//! Tests of the stacks. These hold of any: add what has to be true of yours.
use formwork::prelude::*;

#[test]
fn the_stacks_have_no_problem() {
    let assembly = formwork::synth(::my_app::app, &Context::default())
        .unwrap_or_else(|report| panic!("{report}"));
    assert!(!assembly.stacks.is_empty());
}

#[test]
fn a_certificate_is_where_cloudfront_reads_it() {
    let assembly = formwork::synth(::my_app::app, &Context::default())
        .unwrap_or_else(|report| panic!("{report}"));
    for stack in &assembly.stacks {
        if stack
            .template
            .contains("AWS::CertificateManager::Certificate")
        {
            assert_eq!(stack.region(), "us-east-1", "the stack `{}`", stack.name());
        }
    }
}
