//! Tests of the stacks.
use formwork::prelude::*;

#[test]
fn the_certificate_is_where_cloudfront_reads_it() {
    let assembly =
        formwork::synth(my_app::app, &Context::default()).expect("the stacks have no problem");
    let stacks: Vec<(&str, &str)> = assembly
        .stacks
        .iter()
        .map(|stack| (stack.name(), stack.region()))
        .collect();
    assert_eq!(
        stacks,
        [
            ("my-app-edge", "us-east-1"),
            ("my-app-site", "eu-central-1")
        ]
    );
    assert!(
        assembly.stacks[0]
            .template
            .contains("AWS::CertificateManager::Certificate")
    );
}

#[test]
fn the_domain_is_a_context_value() {
    let context = Context::new([("domain", "shop.example.com")]);
    let assembly = formwork::synth(my_app::app, &context).expect("the stacks have no problem");
    assert!(
        assembly.stacks[1]
            .template
            .contains("\"https://shop.example.com\"")
    );
}
