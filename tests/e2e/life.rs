//! The life of habitpay's stacks: deployed in two regions, deployed again, changed, failed to change, destroyed.

use insta::assert_snapshot;
use serde_json::{Value, json};
use support::python::with_credentials;
use support::{Ministack, Program};

use crate::{habitpay, zone};

/// Everything that the stacks are about, as the services themselves tell it, with the records of one zone.
fn there(server: &Ministack, zone: &str) -> Value {
    let script = "
found = {}
for region in ['us-east-1', 'ap-northeast-2']:
    certificates = client('acm', region).list_certificates()['CertificateSummaryList']
    found['certificates in ' + region] = [certificate['DomainName'] for certificate in certificates]
arns = [certificate['CertificateArn'] for certificate in client('acm').list_certificates()['CertificateSummaryList']]

found['distributions'] = []
domains = []
listed = client('cloudfront').list_distributions()['DistributionList'].get('Items', [])
for distribution in listed:
    full = client('cloudfront').get_distribution(Id=distribution['Id'])['Distribution']
    config = full['DistributionConfig']
    domains.append(full['DomainName'])
    found['distributions'].append({
        'aliases': config['Aliases']['Items'],
        'origins': [
            [origin['DomainName'], origin['CustomOriginConfig']['OriginProtocolPolicy']]
            for origin in config['Origins']['Items']
        ],
        'viewers': config['DefaultCacheBehavior']['ViewerProtocolPolicy'],
        'certificate is the one there is': [config['ViewerCertificate']['ACMCertificateArn']] == arns,
        'web ACL': config.get('WebACLId', ''),
    })

found['records'] = []
for record in client('route53').list_resource_record_sets(HostedZoneId=arguments[0])['ResourceRecordSets']:
    if record['Type'] not in ('NS', 'SOA'):
        target = record.get('AliasTarget', {})
        found['records'].append({
            'name': record['Name'],
            'type': record['Type'],
            'points to the distribution': [target.get('DNSName', '').rstrip('.')] == domains,
            'zone of the target': target.get('HostedZoneId'),
        })
found['records'].sort(key=lambda record: record['type'])
answer(found)
";
    server.python(script, &[zone])
}

fn deployed() -> Value {
    let record = |kind: &str| {
        json!({
            "name": "api.habitpay.link.",
            "type": kind,
            "points to the distribution": true,
            "zone of the target": "Z2FDTNDATAQYW2",
        })
    };
    json!({
        "certificates in us-east-1": ["api.habitpay.link"],
        "certificates in ap-northeast-2": [],
        "distributions": [{
            "aliases": ["api.habitpay.link"],
            "origins": [["ec2-3-34-56-78.ap-northeast-2.compute.amazonaws.com", "http-only"]],
            "viewers": "https-only",
            "certificate is the one there is": true,
            "web ACL": "",
        }],
        "records": [record("A"), record("AAAA")],
    })
}

#[test]
fn of_habitpay() {
    let server = Ministack::start();
    // Of the same form as each other, so that one can take the other's place.
    let (first, second) = (zone(&server, "a.habitpay.link"), zone(&server, "b.habitpay.link"));
    let run = |command: &str, zone: &str, arguments: &[&str]| {
        let program = habitpay(&server, command, zone).args(arguments);
        program.call(&first, "[ZONE-A]").call(&second, "[ZONE-B]").run().snapshot()
    };

    assert_snapshot!("1_diff_before_anything_is_there", run("diff", &first, &[]));
    assert_snapshot!("2_first_deploy", run("deploy", &first, &["--yes"]));
    assert_eq!(there(&server, &first), deployed());
    assert_snapshot!("3_outputs", run("outputs", &first, &[]));
    assert_snapshot!("4_second_deploy_finds_nothing", run("deploy", &first, &["--yes"]));
    assert_snapshot!("5_diff_of_what_is_there", run("diff", &first, &[]));

    assert_snapshot!("6_change_previewed", run("diff", &second, &[]));
    assert_eq!(there(&server, &first), deployed(), "a preview changes nothing");
    assert_snapshot!("7_change_applied", run("deploy", &second, &["--require-approval", "never"]));
    // The server leaves the records of the other zone there, where CloudFormation would delete them.
    assert_eq!(there(&server, &second), deployed());

    // The server refuses a record in a zone that is not there, after it has changed the distribution.
    assert_snapshot!("8_failing_change", run("deploy", "Z0000000000000", &["--require-approval", "never"]));
    let after = there(&server, &second);
    assert_eq!(after["records"], deployed()["records"], "rolled back");
    assert_eq!(after["distributions"].as_array().map(Vec::len), Some(1));

    // What is deployed can be had as source, too.
    let import = with_credentials(Program::formwork())
        .args(["import-template", "--print", "--stack", "habitpay-site", "--region", "ap-northeast-2"])
        .args(["--endpoint-url", &server.url()]);
    assert_snapshot!("imported", import.call(&first, "[ZONE-A]").call(&second, "[ZONE-B]").run().snapshot());

    assert_snapshot!("9_destroy", run("destroy", &second, &["--yes"]));
    let nothing = json!({
        "certificates in us-east-1": [],
        "certificates in ap-northeast-2": [],
        "distributions": [],
        "records": [],
    });
    assert_eq!(there(&server, &second), nothing);
}
