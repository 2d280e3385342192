//! The CDK's command line on our cloud assembly: another program's reading of what we write.
//!
//! Each test's name begins with `cdk_cli`, by which `cargo xtask test` leaves them out where there is no Node.js.

use std::fs;
use std::path::Path;

use formwork::prelude::*;
use insta::assert_snapshot;
use serde_json::json;
use support::python::with_credentials;
use support::{Engine, Ministack, OwnApp, Program, Run, paths, tempdir};

use crate::zone;

/// Synthesizes an app, and runs the CDK on its assembly, with the server at `url` in place of AWS.
fn cdk(url: &str, app: App, arguments: &[&str]) -> Run {
    let folder = tempdir();
    let out = folder.path().join("assembly");
    app.synth().unwrap_or_else(|report| panic!("{report:?}")).write(&out).unwrap();
    cdk_on(&out, url, arguments)
}

/// Runs the CDK on an assembly, in the folder around it.
fn cdk_on(assembly: &Path, url: &str, arguments: &[&str]) -> Run {
    let folder = assembly.parent().unwrap();
    with_credentials(Program::new(paths::cdk()))
        .args(["--app".as_ref(), assembly.as_os_str()])
        .args(["--no-color", "--no-notices", "--no-version-reporting"])
        .args(arguments)
        .env("AWS_ENDPOINT_URL", url)
        .env("AWS_REGION", "us-east-1")
        // The SDK in the CDK's command line announces the versions of Node.js that it will need one day.
        .env("NODE_NO_WARNINGS", "1")
        .env("CDK_DISABLE_CLI_TELEMETRY", "true")
        .current_dir(folder)
        .call(folder.display(), "[FOLDER]")
        .run()
}

fn habitpay() -> App {
    habitpay::app(&Context::new::<&str, &str>([]))
}

/// habitpay's resources, with both stacks in one region: the server looks for another stack's output in the consumer's
/// own region, whichever the template names.
fn in_one_region(zone_id: &str) -> App {
    let zone = HostedZone::from_id(zone_id, "habitpay.link");
    let mut edge = Stack::<UsEast1>::new("edge");
    let certificate = edge.add("Certificate", Certificate::dns_validated("api.habitpay.link", &zone));
    let mut site = Stack::<UsEast1>::new("site");
    let origin = Origin::public_http("ec2-3-34-56-78.ap-northeast-2.compute.amazonaws.com");
    let distribution =
        Distribution { aliases: vec!["api.habitpay.link".into()], ..Distribution::new(origin, &certificate) };
    let distribution = site.add("Distribution", distribution);
    site.add("Alias", AliasRecords::new(&zone, "api.habitpay.link", &distribution));
    App::new().with(edge).with(site).references(References::StackOutput)
}

#[test]
fn cdk_cli_lists() {
    let server = Ministack::start();
    assert_snapshot!(cdk(&server.url(), habitpay(), &["list", "--long"]).snapshot());
}

#[test]
fn cdk_cli_compares() {
    let server = Ministack::start();
    assert_snapshot!(cdk(&server.url(), habitpay(), &["diff"]).snapshot());
}

#[test]
fn cdk_cli_deploys() {
    let server = Ministack::start();
    let zone = zone(&server, "habitpay.link");
    let run = cdk(&server.url(), in_one_region(&zone), &["deploy", "--all", "--require-approval", "never"]).success();
    assert!(run.stderr.contains("site: deploying... [2/2]"), "the producer first\n{}", run.snapshot());
    let found = server.python(
        "
arns = [certificate['CertificateArn'] for certificate in client('acm').list_certificates()['CertificateSummaryList']]
listed = client('cloudfront').list_distributions()['DistributionList']['Items']
answer({
    'aliases': [distribution['Aliases']['Items'] for distribution in listed],
    'certificate': [distribution['ViewerCertificate']['ACMCertificateArn'] for distribution in listed] == arns,
})
",
        &[],
    );
    assert_eq!(found, json!({ "aliases": [["api.habitpay.link"]], "certificate": true }));

    let run = cdk(&server.url(), in_one_region(&zone), &["diff"]).success();
    assert!(run.stderr.contains("Number of stacks with differences: 0"), "{}", run.snapshot());
}

/// The embedded engine finds another stack's output in the other stack's region, so here are both.
#[test]
fn cdk_cli_and_the_embedded_engine() {
    let engine = Engine::start();
    let app = || habitpay().references(References::StackOutput);
    let deploy = || cdk(engine.url(), app(), &["deploy", "--all", "--require-approval", "never"]).success();
    let first = deploy();
    for stack in ["habitpay-edge", "habitpay-site"] {
        assert!(first.stderr.contains(&format!("✅  {stack}\n")), "{}", first.snapshot());
    }
    let second = deploy();
    for stack in ["habitpay-edge", "habitpay-site"] {
        assert!(second.stderr.contains(&format!("✅  {stack} (no changes)\n")), "{}", second.snapshot());
    }
    // `Fn::GetStackOutput` is resolved while a change set runs; what it gives is not known before, here as at AWS.
    let same = cdk(engine.url(), app(), &["diff"]).success();
    assert!(same.stderr.contains("[+] {{changeSet:KNOWN_AFTER_APPLY}}"), "{}", same.snapshot());
    let differences = |app, expected| {
        let run = cdk(engine.url(), app, &["diff", "--method=template"]).success();
        assert!(run.stderr.contains(&format!("Number of stacks with differences: {expected}\n")), "{}", run.snapshot());
    };
    differences(app(), 0);
    let mut more = Stack::<EuWest1>::new("more");
    more.add("Topic", Untyped::new("AWS::SNS::Topic", json!({ "DisplayName": "more" })));
    differences(app().with(more), 1);

    let stacks = "
answer({region: sorted(stack['StackName'] for stack in client('cloudformation', region).describe_stacks()['Stacks'])
        for region in ['us-east-1', 'ap-northeast-2']})
";
    let found = engine.python(stacks, &[]);
    assert_eq!(found, json!({ "us-east-1": ["habitpay-edge"], "ap-northeast-2": ["habitpay-site"] }));
    cdk(engine.url(), app(), &["destroy", "--all", "--force"]).success();
    assert_eq!(engine.python(stacks, &[]), json!({ "us-east-1": [], "ap-northeast-2": [] }));
}

/// The usual steps after a deployment failed: it was rolled back, or stays and is rolled back later.
#[test]
fn cdk_cli_fails_rolls_back_and_drifts() {
    let fault = |at: &str, reason: &str| json!({ "stack": "site", "logicalId": "Second", "at": at, "reason": reason, "times": 1 });
    let engine = Engine::with_faults(&json!({
        "seed": 1,
        "resources": [fault("create", "no room left"), fault("create", "still no room"), fault("update", "not now")],
        "drift": [{ "stack": "site", "logicalId": "First", "property": "DisplayName", "value": "by hand" }],
    }));
    let app = |name: &str| {
        let mut site = Stack::<UsEast1>::new("site");
        let topic = |name: &str| Untyped::new("AWS::SNS::Topic", json!({ "DisplayName": name }));
        let first = site.add("First", topic("first"));
        let second = site.add("Second", topic(name));
        site.options(&second).depends_on(&first);
        App::new().with(site)
    };
    let run = |name: &str, arguments: &[&str]| cdk(engine.url(), app(name), arguments);
    let told = |run: &Run, expected: &[&str]| {
        let text = format!("{}{}", run.stdout, run.stderr);
        for expected in expected {
            assert!(text.contains(expected), "{expected}\n{}", run.snapshot());
        }
    };
    let deploy = ["deploy", "site", "--require-approval", "never"];

    told(
        &run("one", &["bootstrap", "aws://000000000000/us-east-1"]).success(),
        &["✅  Environment aws://000000000000/us-east-1 bootstrapped."],
    );
    let failed = run("one", &deploy);
    assert_eq!(failed.code, Some(1));
    told(
        &failed,
        &["CREATE_FAILED           | AWS::SNS::Topic            | Second no room left", "❌  site failed to deploy"],
    );
    // The CDK shows events by their times: the stack's own is the last.
    let lines: Vec<&str> = failed.stderr.lines().filter(|line| line.contains(" | ")).collect();
    let place = |text: &str| lines.iter().position(|line| line.contains(text)).unwrap();
    assert!(place("First") < place("CREATE_FAILED") && place("CREATE_FAILED") < place("ROLLBACK_IN_PROGRESS"));
    assert!(place("ROLLBACK_IN_PROGRESS") < place("ROLLBACK_COMPLETE"));

    let kept = run("one", &[&deploy[..], &["--no-rollback"]].concat());
    assert_eq!(kept.code, Some(1));
    told(&kept, &["still no room"]);
    assert!(!kept.stderr.contains("ROLLBACK"), "{}", kept.snapshot());
    // The CDK begins to look after it has asked: how much it sees of what goes fast is a matter of milliseconds.
    told(&run("one", &["rollback", "site"]).success(), &["Rolling back site"]);
    let events = engine.python(
        "
events = client('cloudformation').describe_stack_events(StackName='site')['StackEvents'][:5]
answer([f\"{event['LogicalResourceId']} {event['ResourceStatus']}\" for event in events][::-1])
",
        &[],
    );
    let expected = [
        "site ROLLBACK_IN_PROGRESS",
        "Second DELETE_COMPLETE",
        "First DELETE_IN_PROGRESS",
        "First DELETE_COMPLETE",
        "site ROLLBACK_COMPLETE",
    ];
    assert_eq!(events, json!(expected));
    told(&run("one", &deploy).success(), &["✅  site"]);

    told(
        &run("two", &["diff", "site", "--method=change-set"]).success(),
        &["[~] AWS::SNS::Topic Second", "[-] one", "[+] two", "Number of stacks with differences: 1"],
    );
    let failed = run("two", &[&deploy[..], &["--method=change-set"]].concat());
    told(
        &failed,
        &[
            "UPDATE_FAILED           | AWS::SNS::Topic            | Second not now",
            "UPDATE_ROLLBACK_COMPLET | AWS::CloudFormation::Stack",
        ],
    );
    let prepared = [&deploy[..], &["--method=prepare-change-set", "--change-set-name", "mine"]].concat();
    told(&run("two", &prepared).success(), &["created and waiting in review for manual execution (--no-execute)"]);
    told(&run("two", &[&deploy[..], &["--method=direct"]].concat()).success(), &["✅  site"]);
    let drifted = run("two", &["drift", "site", "--fail"]);
    told(&drifted, &["/DisplayName", "first", "by hand", "Number of resources with drift: 1"]);
    told(&run("two", &["destroy", "site", "--force"]).success(), &["✅  site: destroyed"]);
}

/// An app as the CDK writes it by default: its template and its files go into the bootstrap's bucket, whose version stands in a
/// parameter of Systems Manager.
#[test]
fn cdk_cli_publishes_assets() {
    let engine = Engine::start();
    let folder = tempdir();
    let out = folder.path().join("assembly");
    let bucket = "cdk-hnb659fds-assets-000000000000-us-east-1";
    let role = |of: &str| format!("arn:aws:iam::000000000000:role/cdk-hnb659fds-{of}-role-000000000000-us-east-1");
    let publishing = role("file-publishing");
    let to = |key: &str| json!({ "here": { "bucketName": bucket, "objectKey": key, "region": "us-east-1", "assumeRoleArn": publishing } });
    let bootstrap = json!({
        "requiresBootstrapStackVersion": 6,
        "bootstrapStackVersionSsmParameter": "/cdk-bootstrap/hnb659fds/version",
    });
    let with = |more: serde_json::Value| {
        let mut properties = bootstrap.clone();
        properties.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        properties
    };
    // More than a call can hold.
    let topics = (0..300).map(|number| {
        (format!("T{number}"), json!({ "Type": "AWS::SNS::Topic", "Properties": { "DisplayName": "x".repeat(150) } }))
    });
    let template = json!({
        "Parameters": { "BootstrapVersion": { "Type": "AWS::SSM::Parameter::Value<String>", "Default": "/cdk-bootstrap/hnb659fds/version" } },
        "Resources": topics.collect::<serde_json::Map<_, _>>(),
    });
    let files = [
        (
            "manifest.json",
            json!({ "version": "36.0.0", "artifacts": {
                "site.assets": { "type": "cdk:asset-manifest", "properties": with(json!({ "file": "site.assets.json" })) },
                "site": {
                    "type": "aws:cloudformation:stack", "displayName": "site", "dependencies": ["site.assets"],
                    "environment": "aws://000000000000/us-east-1",
                    "properties": with(json!({
                        "templateFile": "site.template.json", "stackName": "site",
                        "stackTemplateAssetObjectUrl": format!("s3://{bucket}/template.json"),
                        "assumeRoleArn": role("deploy"), "cloudFormationExecutionRoleArn": role("cfn-exec"),
                        "additionalDependencies": ["site.assets"],
                    })),
                },
            }}),
        ),
        (
            "site.assets.json",
            json!({ "version": "36.0.0", "dockerImages": {}, "files": {
                "template": { "source": { "path": "site.template.json", "packaging": "file" }, "destinations": to("template.json") },
                "code": { "source": { "path": "code", "packaging": "zip" }, "destinations": to("code.zip") },
                "layer": { "source": { "path": "layer.zip", "packaging": "file" }, "destinations": to("layer.zip") },
            }}),
        ),
        ("site.template.json", template),
        ("code/handler.json", json!({ "greeting": "hello" })),
    ];
    fs::create_dir_all(out.join("code")).unwrap();
    for (name, content) in files {
        fs::write(out.join(name), content.to_string()).unwrap();
    }
    // The CDK sends in parts what is longer than one.
    let layer: Vec<u8> = (0..6_000_000_u32).map(|place| (place.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    fs::write(out.join("layer.zip"), &layer).unwrap();
    let deploy = || cdk_on(&out, engine.url(), &["deploy", "--require-approval", "never"]);

    let early = deploy();
    assert_eq!(early.code, Some(1));
    assert!(early.stderr.contains("Has the environment been bootstrapped?"), "{}", early.snapshot());
    cdk_on(&out, engine.url(), &["bootstrap", "aws://000000000000/us-east-1"]).success();
    let first = deploy().success();
    assert!(first.stderr.contains("✅  site\n"), "{}", first.snapshot());
    let again = deploy().success();
    assert!(again.stderr.contains("✅  site (no changes)"), "{}", again.snapshot());
    let found = engine.python(
        "
import io, zipfile
s3, ssm = client('s3'), client('ssm')
objects = s3.list_objects_v2(Bucket=arguments[0])['Contents']
code = s3.get_object(Bucket=arguments[0], Key='code.zip')['Body'].read()
layer = s3.get_object(Bucket=arguments[0], Key='layer.zip')
parameter = ssm.get_parameter(Name='/cdk-bootstrap/hnb659fds/version')['Parameter']
answer({
    'keys': [one['Key'] for one in objects],
    'layer': [layer['Body'].read() == open(arguments[1], 'rb').read(), '-2' in layer['ETag'], layer['ContentType']],
    'handler': zipfile.ZipFile(io.BytesIO(code)).read('handler.json').decode(),
    'version': [parameter['Type'], parameter['Version'], int(parameter['Value']) > 6],
    'region': s3.get_bucket_location(Bucket=arguments[0])['LocationConstraint'],
    'resources': sum(len(page['StackResourceSummaries']) for page in client('cloudformation').get_paginator('list_stack_resources').paginate(StackName='site')),
})
",
        &[bucket, out.join("layer.zip").to_str().unwrap()],
    );
    let expected = json!({
        "keys": ["code.zip", "layer.zip", "template.json"],
        "layer": [true, true, "application/zip"],
        "handler": r#"{"greeting":"hello"}"#,
        "version": ["String", 1, true],
        "region": null,
        "resources": 300,
    });
    assert_eq!(found, expected);
}

/// A stack that ships a folder and a text, with a nested one that ships a text, and a template that is more than a call can hold.
const SHIPPED: &str = r#"
use formwork::prelude::*;

pub fn app(_: &Context) -> App {
    let parameter = |text: Val<String>| Untyped::new("AWS::SSM::Parameter", json!({ "Type": "String", "Value": text }));
    let mut inner = Stack::<UsEast1>::new("inner");
    let note = inner.asset("Note", Asset::text("inside").extension("txt"));
    inner.add("Note", parameter(note.s3_uri()));
    let mut site = Stack::<UsEast1>::new("site");
    let code = site.asset("Code", Asset::folder("code").exclude("*.md"));
    let settings = site.asset("Settings", Asset::text("{}").extension("json"));
    let place = site.add("Place", parameter(settings.s3_uri()));
    inner.output("Place", place.ref_value());
    let inner = site.add("Inner", NestedStack::new(inner));
    for number in 0..300 {
        site.add(&format!("T{number}"), Untyped::new("AWS::SNS::Topic", json!({ "DisplayName": "x".repeat(150) })));
    }
    site.output("Code", code.s3_uri());
    site.output("Url", code.url());
    site.output("Place", inner.output("Place"));
    App::new().with(site)
}
"#;

/// Objects of a bucket, what is in a zip, and the outputs of the stack.
const SHIPPED_TO: &str = "
import io, zipfile
s3 = client('s3')
keys = sorted(one['Key'] for one in s3.list_objects_v2(Bucket=arguments[0])['Contents'])
outputs = {}
if arguments[1] == 'deployed':
    stack = client('cloudformation').describe_stacks(StackName='site')['Stacks'][0]
    outputs = {one['OutputKey']: one['OutputValue'] for one in stack['Outputs']}
code = [key for key in keys if key.endswith('.zip')]
zipped = zipfile.ZipFile(io.BytesIO(s3.get_object(Bucket=arguments[0], Key=code[0])['Body'].read()))
answer({
    'ends': sorted(key.split('.', 1)[1] for key in keys),
    'files': zipped.namelist(),
    'code': outputs.get('Code') == f's3://{arguments[0]}/{code[0]}',
    'url': outputs.get('Url') == f'https://{arguments[0]}.s3.us-east-1.amazonaws.com/{code[0]}',
    'outputs': sorted(outputs),
})
";

fn shipped() -> OwnApp {
    let app = OwnApp::new("ships", SHIPPED);
    app.write("code/index.js", "exports.handler = async () => 'hello'\n");
    app.write("code/README.md", "left out\n");
    app
}

#[test]
fn cdk_cli_deploys_what_our_stacks_ship() {
    let engine = Engine::start();
    let app = shipped();
    app.formwork(&["synth", "--with-assets", "cdk.out"]).run().success();
    let run = |arguments: &[&str]| cdk_on(&app.path().join("cdk.out"), engine.url(), arguments);
    run(&["bootstrap", "aws://000000000000/us-east-1"]).success();
    let deploy = || run(&["deploy", "--require-approval", "never"]).success();
    let first = deploy();
    assert!(first.stderr.contains("✅  site\n"), "{}", first.snapshot());
    let again = deploy();
    assert!(again.stderr.contains("✅  site (no changes)"), "{}", again.snapshot());
    let found = engine.python(SHIPPED_TO, &["cdk-hnb659fds-assets-000000000000-us-east-1", "deployed"]);
    let expected = json!({
        "ends": ["json", "template.json", "template.json", "txt", "zip"],
        "files": ["index.js"],
        "code": true,
        "url": true,
        "outputs": ["Code", "Place", "Url"],
    });
    assert_eq!(found, expected);
}

/// The uploader alone, to a bucket that is there.
#[test]
fn cdk_cli_and_its_uploader() {
    let engine = Engine::start();
    let app = shipped();
    engine.python("client('s3').create_bucket(Bucket='company-code')\nanswer(None)\n", &[]);
    app.formwork(&["synth", "--with-assets", "cdk.out", "--asset-bucket", "company-code"]).run().success();
    with_credentials(Program::new(paths::cdk_assets()))
        .args(["publish", "--path", "cdk.out/site.assets.json"])
        .env("AWS_ENDPOINT_URL", engine.url())
        .env("AWS_REGION", "us-east-1")
        .env("NODE_NO_WARNINGS", "1")
        .current_dir(&app.path())
        .run()
        .success();
    let found = engine.python(SHIPPED_TO, &["company-code", "uploaded"]);
    assert_eq!(found["ends"], json!(["json", "template.json", "template.json", "txt", "zip"]));
    assert_eq!(found["files"], json!(["index.js"]));
}
