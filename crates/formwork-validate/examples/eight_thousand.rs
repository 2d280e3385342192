//! The time of validation: 8,000 resources in 20 templates (certificate, distribution, A, AAAA, repeated), after they are read.
//! `cargo xtask bench validate` runs it. Times are those of the processor where the system tells them, since other programs do not
//! count there.

mod clock;

use std::time::Duration;

use formwork_template::Template;
use formwork_validate::{Options, Validator};
use serde_json::{Map, json};

use crate::clock::Clock;

const TEMPLATES: usize = 20;
const SITES_PER_TEMPLATE: usize = 100;
const RUNS: usize = 5;

fn template(number: usize) -> Template {
    let mut resources = Map::new();
    for index in 0..SITES_PER_TEMPLATE {
        let name = format!("s{number}-{index}.example.com");
        let certificate = json!({ "Type": "AWS::CertificateManager::Certificate", "Properties": {
            "DomainName": name,
            "DomainValidationOptions": [{ "DomainName": name, "HostedZoneId": "Z0123456789ABCDEFGHIJ" }],
            "ValidationMethod": "DNS",
        }});
        let distribution = json!({ "Type": "AWS::CloudFront::Distribution", "Properties": { "DistributionConfig": {
            "Aliases": [name],
            "DefaultCacheBehavior": {
                "AllowedMethods": ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"],
                "CachePolicyId": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
                "TargetOriginId": "origin",
                "ViewerProtocolPolicy": "redirect-to-https",
            },
            "Enabled": true,
            "HttpVersion": "http2and3",
            "Origins": [{
                "CustomOriginConfig": { "OriginProtocolPolicy": "https-only" },
                "DomainName": "origin.example.com",
                "Id": "origin",
            }],
            "ViewerCertificate": {
                "AcmCertificateArn": { "Ref": format!("Certificate{index}") },
                "MinimumProtocolVersion": "TLSv1.2_2021",
                "SslSupportMethod": "sni-only",
            },
        }}});
        resources.insert(format!("Certificate{index}"), certificate);
        resources.insert(format!("Distribution{index}"), distribution);
        for kind in ["A", "AAAA"] {
            let record = json!({ "Type": "AWS::Route53::RecordSet", "Properties": {
                "AliasTarget": {
                    "DNSName": { "Fn::GetAtt": [format!("Distribution{index}"), "DomainName"] },
                    "HostedZoneId": "Z2FDTNDATAQYW2",
                },
                "HostedZoneId": "Z0123456789ABCDEFGHIJ",
                "Name": name,
                "Type": kind,
            }});
            resources.insert(format!("Alias{kind}{index}"), record);
        }
    }
    Template::from_json(&json!({ "Resources": resources }).to_string()).unwrap_or_default()
}

#[expect(clippy::print_stdout, reason = "the figures are its output")]
fn main() {
    let templates: Vec<Template> = (0..TEMPLATES).map(template).collect();
    let resources: usize = templates.iter().map(|template| template.resources.len()).sum();
    let options = Options { region: Some("us-east-1".to_owned()), ..Options::default() };
    let mut times = Vec::new();
    let mut findings = 0;
    for _ in 0..RUNS {
        let clock = Clock::start();
        let mut validator = Validator::new();
        findings = templates.iter().map(|template| validator.validate(template, &options).len()).sum();
        times.push(clock.elapsed());
    }
    times.sort();
    let median: Duration = times[RUNS / 2];
    // Templates near the limit of resources warn of that, and of nothing else.
    println!(r#"{{"resources": {resources}, "findings": {findings}, "seconds": {:.3}}}"#, median.as_secs_f64());
}
