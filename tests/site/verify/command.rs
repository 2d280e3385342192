//! The commands, run as people run them, before the site of `habitpay`.

use formwork::prelude::*;
use support::{Ministack, Program, Run, paths};

use super::edge::{Edge, Wish};
use super::named::Named;
use crate::switch::World;
use crate::{NAME, free_port};

/// The digest of the files of `habitpay`.
fn digest() -> String {
    let folder = support::tempdir();
    let synth = Program::new(paths::habitpay()).args(["--out", folder.path().to_str().unwrap()]).run();
    assert_eq!(synth.code, Some(0), "{}", synth.stderr);
    let text = std::fs::read_to_string(folder.path().join("files/habitpay-site/Nginx/conf/nginx.conf")).unwrap();
    text.split_once("return 200 \"blue ").and_then(|(_, rest)| rest.get(..16)).unwrap().to_owned()
}

fn verify(digest: &str, change: fn(&mut Wish), more: &[&str]) -> Run {
    let mut wish = Wish::default();
    wish.certificate.names = vec!["api.habitpay.link".to_owned()];
    // The command judges by the time of day.
    (wish.certificate.from, wish.certificate.to) = ((2020, 1, 1), (2120, 1, 1));
    wish.instead = Some(format!("return 200 \"blue {digest}\\n\";"));
    change(&mut wish);
    let edge = Edge::start(&wish, free_port());
    let link = "@ NS ns1\nns1 A 127.0.0.1\napi A 192.0.2.10\napi AAAA 2001:db8::10\napi HTTPS 1 . alpn=h3,h2";
    let cloudfront = "@ NS ns1\nns1 A 127.0.0.1\nd111111abcdef8 A 192.0.2.10\nd111111abcdef8 AAAA 2001:db8::10";
    let compute = "@ NS ns1\nns1 A 127.0.0.1\nec2-3-34-56-78 A 192.0.2.20";
    let named = Named::start(&[
        ("habitpay.link", link.to_owned()),
        ("cloudfront.net", cloudfront.to_owned()),
        ("ap-northeast-2.compute.amazonaws.com", compute.to_owned()),
    ]);
    let mut program = Program::formwork()
        .args(["verify", "--app", "habitpay", "--distribution", "d111111abcdef8.cloudfront.net", "--timeout", "2"])
        .args(["--resolver", &named.address.to_string(), "--cacert", edge.root.to_str().unwrap()]);
    let ports = [("192.0.2.10", 443, edge.https), ("192.0.2.10", 80, edge.http), ("[2001:db8::10]", 443, edge.https)];
    for (address, port, to) in ports.into_iter().chain([("192.0.2.20", 80, edge.gate)]) {
        program = program.args(["--connect-to", &format!("{address}:{port}:127.0.0.1:{to}")]);
    }
    program.args(more).run()
}

fn stable(text: &str, digest: &str) -> String {
    let text = text.replace(digest, "<digest>");
    let text = regex_lite::Regex::new(r"127\.0\.0\.1:\d+").unwrap().replace_all(&text, "<loopback>").into_owned();
    regex_lite::Regex::new(r"\d+ days left").unwrap().replace_all(&text, "<days> days left").into_owned()
}

#[test]
fn a_site_that_answers() {
    let digest = digest();
    let run = verify(&digest, |_| {}, &[]);
    assert_eq!(run.code, Some(0), "{}{}", run.stdout, run.stderr);
    insta::assert_snapshot!(stable(&run.stdout, &digest));
}

#[test]
fn a_site_with_faults() {
    let digest = digest();
    let run = verify(
        &digest,
        |wish| {
            wish.plain = "return 200 '\u{1b}[2Jfine';".to_owned();
            wish.certificate.whole = false;
            wish.instead = Some("return 421;".to_owned());
        },
        &["--websocket", "/socket"],
    );
    assert_eq!(run.code, Some(3), "{}{}", run.stdout, run.stderr);
    insta::assert_snapshot!(stable(&format!("{}{}", run.stdout, run.stderr), &digest));
}

#[test]
fn what_cannot_be_verified() {
    let run = |arguments: &[&str]| Program::formwork().args(arguments).run().snapshot();
    insta::assert_snapshot!(
        [
            run(&["verify", "--app", "habitpay", "--local"]),
            run(&["doctor", "--app", "habitpay", "--local"]),
            run(&["verify", "habitpay-edge", "--app", "habitpay"]),
            run(&["verify", "--connect-to", "a:1:b:2"]),
            run(&["verify", "--resolver", "dns.example"]),
            run(&["verify", "--websocket", "socket"]),
            run(&["verify", "--timeout", "0"]),
            run(&["verify", "--app", "habitpay", "--cacert", "/nowhere.pem", "--resolver", "127.0.0.1:9"]),
        ]
        .join("\n")
    );
}

/// Everything of the account that `doctor` asks for, at a server that is not ours; and an instance, whose id it answers.
const ACCOUNT: &str = "
route53, cloudfront, ec2 = client('route53'), client('cloudfront'), client('ec2', 'ap-northeast-2')
zone = route53.create_hosted_zone(Name='habitpay.link', CallerReference='x')['HostedZone']['Id'].split('/')[-1]
target = {'HostedZoneId': 'Z2FDTNDATAQYW2', 'DNSName': 'd0.cloudfront.net', 'EvaluateTargetHealth': False}
record = {'Name': 'api.habitpay.link', 'Type': 'A', 'AliasTarget': target}
route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={'Changes': [{'Action': 'CREATE', 'ResourceRecordSet': record}]})
origin = {'Id': 'o', 'DomainName': 'o.example.com', 'CustomOriginConfig': {'HTTPPort': 80, 'HTTPSPort': 443, 'OriginProtocolPolicy': 'http-only'}}
behavior = {'TargetOriginId': 'o', 'ViewerProtocolPolicy': 'https-only', 'CachePolicyId': '4135ea2d-6df8-44a3-9df3-4b5a84be39ad'}
cloudfront.create_distribution(DistributionConfig={
    'CallerReference': 'x', 'Comment': '', 'Enabled': True, 'Aliases': {'Quantity': 1, 'Items': ['api.habitpay.link']},
    'Origins': {'Quantity': 1, 'Items': [origin]}, 'DefaultCacheBehavior': behavior})
run = ec2.run_instances(ImageId='ami-12345678', MinCount=1, MaxCount=1, InstanceType='t4g.micro')
answer([zone, run['Instances'][0]['InstanceId']])
";

#[test]
fn the_account_is_asked() {
    let server = Ministack::start();
    let made = server.python(ACCOUNT, &[]);
    let (zone, instance) = (made[0].as_str().unwrap(), made[1].as_str().unwrap());
    let run = |zone: &str, instance: &str| {
        let run = Program::formwork()
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .args(["doctor", "--app", "habitpay", "--endpoint-url", &server.url(), "--resolver", "127.0.0.1:9"])
            .args(["--context", &format!("zone-id={zone}"), "--instance", instance, "--json"])
            .run();
        assert_eq!(run.code, Some(3), "{}{}", run.stdout, run.stderr);
        let checks = run.json()["sites"][0]["checks"].as_array().unwrap().clone();
        move |check: &str| {
            let found = checks.iter().find(|one| one["check"] == check).unwrap_or_else(|| panic!("no `{check}`"));
            format!("{} {}", found["status"].as_str().unwrap(), found["message"].as_str().unwrap_or_default())
        }
    };
    let said = run(zone, instance);
    assert_eq!(said("zone-public"), "pass ");
    assert_eq!(said("record-free"), "fail `api.habitpay.link` has a record of the type A already");
    assert!(said("distribution-free").ends_with("has the alias `api.habitpay.link` already"));
    assert_eq!(said("instance-role"), "fail the instance has no role, so Systems Manager cannot reach it");
    assert_eq!(said("instance-managed"), "fail Systems Manager does not know the instance");
    let said = run("Z0000000000000", "i-0000000000000000f");
    assert_eq!(said("zone-public"), "fail the account has no zone `Z0000000000000`");
    assert_eq!(said("instance-role"), "fail there is no instance `i-0000000000000000f` in this account and region");
}

/// The deployed stack says which backend is to be active, and the site which one is.
#[test]
fn the_backend_of_the_deployed_stack() {
    let world = World::without_machine();
    let zone = HostedZone::from_id("Z0123456789ABCDEFGHIJ", "example.com");
    let mut site = NginxSite::<EuCentral1>::new("shop", NAME, &zone, Origin::public_http("origin.example.com"));
    let delivery = Some(Delivery::ssm("i-0123456789abcdef0"));
    site.proxy = site.proxy.map(|proxy| ReverseProxy { delivery, ..proxy });
    site.origin_secret = Some(OriginSecret::Generation(1));
    let app = App::new().with(site.build());
    let assembly = app.synth().unwrap();
    let text = &assembly.files.iter().find(|file| file.path.ends_with("nginx.conf")).unwrap().content;
    let digest = text.split_once("return 200 \"blue ").and_then(|(_, rest)| rest.get(..16)).unwrap().to_owned();
    assembly.write(&world.assembly()).unwrap();
    world.run(&["deploy", "--yes"]).success();

    let mut wish = Wish::default();
    (wish.certificate.from, wish.certificate.to) = ((2020, 1, 1), (2120, 1, 1));
    wish.instead = Some(format!("return 200 \"blue {digest}\\n\";"));
    let edge = Edge::start(&wish, free_port());
    let records = "@ NS ns1\nns1 A 127.0.0.1\napi A 192.0.2.10\napi AAAA 2001:db8::10\napi HTTPS 1 . alpn=h3,h2";
    let named = Named::start(&[("example.com", records.to_owned())]);
    let said = || {
        let (resolver, root) = (named.address.to_string(), edge.root.display().to_string());
        let to = |at: &str, port: u16, edge: u16| format!("{at}:{port}:127.0.0.1:{edge}");
        let (https, http) = (to("192.0.2.10", 443, edge.https), to("192.0.2.10", 80, edge.http));
        let arguments = ["verify", "--json", "--timeout", "2", "--resolver", &resolver, "--cacert", &root];
        let run = world.run(&[&arguments[..], &["--connect-to", &https, "--connect-to", &http]].concat());
        let checks = run.json()["sites"][0]["checks"].as_array().unwrap().clone();
        let health = checks.into_iter().find(|check| check["check"] == "health").unwrap();
        format!("{} {}", health["status"].as_str().unwrap(), health["message"].as_str().unwrap_or_default())
    };
    assert_eq!(said(), "pass ");
    world.run(&["switch", "green", "--yes", "--site", "http://127.0.0.1:9"]);
    assert_eq!(said(), "fail blue gets the requests, but green is meant to");
}
