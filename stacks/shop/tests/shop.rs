//! The promises of the shop: nobody but CloudFront reaches the instance, and a change of the instance touches no name.

use formwork_testing::{deploy, json, synth, with_context};
use shop::app;

#[test]
fn nobody_but_cloudfront_reaches_the_instance() {
    let app = synth(app);
    let site = app.stack("shop-site");
    let rules = site.of_type("AWS::EC2::SecurityGroupIngress");
    assert!(!rules.is_empty());
    for rule in rules {
        rule.assert(json!({ "SourcePrefixListId": "pl-22a6434b" }));
    }
}

#[test]
fn another_instance_loses_nothing_that_viewers_see() {
    let deployed = deploy(app);
    let changes = deployed.preview(with_context(app, [("instance", "i-0fedcba9876543210")]));
    assert!(!changes.is_empty());
    assert!(!changes.replaced().contains(&"Distribution"), "{:?}", changes.replaced());
    assert!(changes.destroyed().is_empty());
}
