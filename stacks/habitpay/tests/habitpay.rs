//! The promises of the site: its certificate is where CloudFront reads it, its records lead to it, and changes do what they are meant to.

use formwork::prelude::*;
use formwork_testing::{Cloud, FaultAt, any, deploy, glob, json, object, synth, with_context};
use habitpay::app;

#[test]
fn viewers_come_by_https() {
    let app = synth(app);
    let site = app.stack("habitpay-site");
    site.resource("Distribution").assert(json!({
        "DistributionConfig": {
            "Aliases": ["api.habitpay.link"],
            "DefaultCacheBehavior": { "ViewerProtocolPolicy": "https-only" },
        }
    }));
    for record in site.of::<cfn::route53::RecordSet>() {
        record.assert(object([("Name", glob("api.habitpay.link*")), ("AliasTarget", any())]));
    }
    site.assert_no_findings();
    app.stack("habitpay-edge").assert_no_findings();
}

#[test]
fn it_is_deployed_and_then_nothing_is_left_to_do() {
    let deployed = deploy(app);
    assert_eq!(deployed.output("habitpay-site", "Url"), "https://api.habitpay.link");
    assert!(deployed.preview(app).is_empty());
}

#[test]
fn another_zone_replaces_the_records_and_the_certificate() {
    let changes = deploy(app).preview(with_context(app, [("zone-id", "Z0987654321ABCDEFGHIJ")]));
    assert_eq!(changes.replaced(), ["Certificate", "AliasA", "AliasAaaa"]);
    assert!(changes.destroyed().is_empty());
}

#[test]
fn without_its_distribution_nothing_stays_behind() {
    let run = Cloud::new().failing("Distribution", FaultAt::Create, "the alias is taken").deploy(app);
    assert_eq!(run.status("habitpay-edge"), "CREATE_COMPLETE");
    assert_eq!(run.status("habitpay-site"), "ROLLBACK_COMPLETE");
}
