//! The types that do more than their schema says; see `resources/special.rs` for the sources.

use serde_json::json;

use super::{Local, template};

fn distribution(certificate: &str, alias: &str) -> serde_json::Value {
    json!({ "Type": "AWS::CloudFront::Distribution", "Properties": { "DistributionConfig": {
        "Enabled": true, "Aliases": [alias], "ViewerCertificate": { "AcmCertificateArn": certificate } } } })
}

#[test]
fn a_certificate_without_zone_waits_for_its_record() {
    let mut local = Local::new();
    local.create("edge", &template(json!({ "C": { "Type": "AWS::CertificateManager::Certificate", "Properties": { "DomainName": "a.example", "ValidationMethod": "DNS" } } }))).unwrap();
    assert_eq!(local.status("edge"), "CREATE_IN_PROGRESS");
    let events = local.events("edge");
    let reason = events.lines().find_map(|line| line.split_once("Content of DNS Record is: {Name: ")).unwrap().1;
    let (name, rest) = reason.split_once(",Type: CNAME,Value: ").unwrap();
    let record = json!({ "Type": "AWS::Route53::RecordSet", "Properties": { "Name": name, "Type": "CNAME", "HostedZoneId": "Z1", "TTL": "60", "ResourceRecords": [rest.trim_end_matches('}')] } });
    local.create("zone", &template(json!({ "R": record }))).unwrap();
    assert_eq!(local.status("edge"), "CREATE_COMPLETE");
}

#[test]
fn a_distribution_needs_an_issued_certificate_of_us_east_1_and_its_own_alias() {
    let mut local = Local::new();
    let certificate = json!({ "Type": "AWS::CertificateManager::Certificate", "Properties": { "DomainName": "a.example", "ValidationMethod": "DNS",
        "DomainValidationOptions": [{ "DomainName": "a.example", "HostedZoneId": "Z1" }] } });
    let body = json!({ "Resources": { "C": certificate }, "Outputs": { "Arn": { "Value": { "Ref": "C" } } } });
    local.create("edge", &body).unwrap();
    let arn = local.us("DescribeStacks", &[("StackName", "edge")]).unwrap()["Stacks"][0]["Outputs"][0]["OutputValue"]
        .as_str()
        .unwrap()
        .to_owned();
    local
        .create("wrong", &template(json!({ "D": distribution(&arn.replace("us-east-1", "eu-west-1"), "a.example") })))
        .unwrap();
    assert_eq!(local.status("wrong"), "ROLLBACK_COMPLETE");
    local.create("site", &template(json!({ "D": distribution(&arn, "a.example") }))).unwrap();
    assert_eq!(local.status("site"), "CREATE_COMPLETE");
    local.create("twin", &template(json!({ "D": distribution(&arn, "a.example") }))).unwrap();
    assert!(local.events("twin").contains("already associated with a different resource"));
    // cloudformation.md, "Cross-stack references": a certificate in use cannot go.
    local.us("DeleteStack", &[("StackName", "edge")]).unwrap();
    assert_eq!(local.status("edge"), "DELETE_FAILED");
}

#[test]
fn a_custom_resource_says_why_it_fails() {
    let mut local = Local::new();
    local
        .create("site", &template(json!({ "X": { "Type": "Custom::Thing", "Properties": { "ServiceToken": "t" } } })))
        .unwrap();
    assert!(local.events("site").contains("custom resources are not carried out: `Custom::Thing`"));
}
