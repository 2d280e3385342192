//! Contents that a stack ships: on the embedded engine, from the source to the object, and back in the preview.

use insta::assert_snapshot;
use support::app::OwnApp;
use support::python::with_credentials;
use support::{Engine, Ministack, Moto, Program, Run};

/// A function whose code is a folder, and a page that the source has.
const SOURCE: &str = r#"
use formwork::prelude::*;

pub fn app(context: &Context) -> App {
    let mut stack = Stack::<EuCentral1>::new("orders");
    let code = stack.asset("Code", Asset::folder("api").exclude("*.map"));
    let page = stack.asset("Page", Asset::text(context.get("page", "<h1>Orders</h1>\n")).extension("html"));
    let role = formwork::json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": { "Service": "lambda.amazonaws.com" }, "Action": "sts:AssumeRole"
    }] });
    let role = stack.add("Role", Untyped::new("AWS::IAM::Role", formwork::json!({ "AssumeRolePolicyDocument": role })));
    stack.add("Api", Untyped::new("AWS::Lambda::Function", formwork::json!({
        "Code": { "S3Bucket": code.bucket(), "S3Key": code.key() },
        "Handler": "index.handler",
        "Runtime": "nodejs22.x",
        "Role": role.get_att::<String>("Arn"),
    })));
    stack.output("Page", page.url());
    App::new().with(stack)
}
"#;

fn app() -> OwnApp {
    let app = OwnApp::new("shipping", SOURCE);
    app.write("api/index.js", "exports.handler = async () => 1;\n");
    app.write("api/lib/prices.js", "exports.price = 10;\nexports.tax = 19;\n");
    app.write("api/index.js.map", "{}");
    app
}

/// The output without hashes, which change with every content that a test changes, and without the generated name of the bucket.
pub(crate) fn told(run: &Run) -> String {
    let hashes = named(&run.snapshot(), "formwork/", 64, "[HASH]");
    named(&hashes, "formwork-assets-bucket-", 12, "[ID]")
}

/// The text with a name in place of each run of so many letters and digits behind a prefix.
fn named(text: &str, prefix: &str, length: usize, name: &str) -> String {
    let mut told = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(prefix) {
        let (before, after) = rest.split_at(at + prefix.len());
        let run = after.bytes().take_while(u8::is_ascii_alphanumeric).count();
        told += before;
        told += if run == length { name } else { &after[..run] };
        rest = &after[run..];
    }
    told + rest
}

#[test]
fn contents_are_shipped_compared_and_shipped_again() {
    let app = app();
    assert_snapshot!("assets_before", told(&app.local(&["diff"]).run()));
    assert_snapshot!("assets_first", told(&app.local(&["deploy", "--yes"]).run()));
    // Nothing is left to do, whenever the files were written.
    app.write("api/index.js", "exports.handler = async () => 1;\n");
    app.write("api/index.js.map", "{ \"version\": 3 }");
    assert_snapshot!("assets_again", told(&app.local(&["deploy", "--yes"]).run()));
    app.local(&["diff", "--fail-on", "any-change"]).run().success();

    app.write("api/lib/prices.js", "exports.price = 12;\nexports.tax = 19;\n");
    app.write("api/new.js", "");
    let changed = ["diff", "--context", "page=<h1>Prices</h1>\n"];
    assert_snapshot!("assets_changed", told(&app.local(&changed).run()));
    let json = app.local(&changed).args(["--json"]).run().json();
    assert_eq!(json["stacks"][1]["assets"][0]["files"][0]["path"], "lib/prices.js");
    assert_eq!(json["stacks"][1]["assets"][0]["files"][0]["after"], "exports.price = 12;\nexports.tax = 19;\n");
    assert_eq!(app.local(&["diff", "--fail-on", "any-change"]).run().code, Some(3));
    let skipped = app.local(&["diff", "--code", "skip", "--fail-on", "any-change"]).run().success();
    assert!(!skipped.stdout.contains("prices.js"), "{}", skipped.stdout);
    assert_snapshot!("assets_second", told(&app.local(&["deploy", "--yes"]).run()));
    // Objects are deleted when they are old, and nothing names them.
    assert_snapshot!("assets_gc", told(&app.local(&["gc", "--yes"]).run()));
    assert_snapshot!("assets_destroyed", told(&app.local(&["destroy", "--yes"]).run()));
    let bucket = ["destroy", "formwork-assets@eu-central-1", "--yes", "--allow", "formwork-assets/Bucket"];
    assert_snapshot!("assets_bucket_destroyed", told(&app.local(&bucket).run()));
}

#[test]
fn a_content_that_is_not_there_is_told_before_anything_is_asked() {
    let app = OwnApp::new("shipping", SOURCE);
    assert_snapshot!("assets_missing", app.local(&["deploy", "--yes"]).run().snapshot());
    assert!(!app.path().join("state").exists());
}

#[test]
fn a_bucket_can_be_named() {
    let app = app();
    let named = ["deploy", "--yes", "--asset-bucket", "files-{region}-{account}"];
    assert_snapshot!("assets_named", told(&app.local(&named).run()));
    // The option is left out: what is deployed stays where it is.
    let again = app.local(&["deploy", "--yes"]).run().success();
    assert!(again.stdout.contains("nothing was changed"), "{}", again.stdout);
}

#[test]
fn a_long_template_goes_through_the_bucket() {
    let source = r#"
use formwork::prelude::*;

pub fn app(context: &Context) -> App {
    let mut stack = Stack::<EuCentral1>::new("queues");
    let count: usize = context.get("count", "490").parse().unwrap();
    for number in 0..count {
        let queue = formwork::json!({ "QueueName": format!("orders-of-a-long-name-{number}"), "DelaySeconds": 3, "VisibilityTimeout": 40 });
        stack.add(&format!("Queue{number}"), Untyped::new("AWS::SQS::Queue", queue));
    }
    App::new().with(stack)
}
"#;
    let app = OwnApp::new("queues", source);
    let first = app.local(&["deploy", "--yes", "--json"]).run().success().json();
    assert_eq!(first["totals"]["create"], 492);
    let again = app.local(&["deploy", "--yes"]).run().success();
    assert_snapshot!("long_again", again.snapshot());
    assert_snapshot!("long_changed", app.local(&["diff", "--context", "count=491"]).run().snapshot());
    app.local(&["deploy", "--yes", "--quiet", "--context", "count=491"]).run().success();
    assert_snapshot!(
        "long_destroyed",
        told(&app.local(&["destroy", "--yes"]).run()).lines().next_back().unwrap_or_default()
    );
}

/// Reads what was shipped as others do: the zip by Python's own reader, the list by AWS's SDK.
const READ: &str = "
import io, zipfile
stack = client('cloudformation', 'eu-central-1').describe_stacks(StackName='orders')['Stacks'][0]
value = {one['ParameterKey']: one['ParameterValue'] for one in stack['Parameters']}
s3 = client('s3', 'eu-central-1')
body = s3.get_object(Bucket=value['AssetBucket'], Key=value['CodeKey'])['Body'].read()
names = [[one.filename, oct(one.external_attr >> 16 & 0o777)] for one in zipfile.ZipFile(io.BytesIO(body)).infolist()]
keys = [one['Key'] for one in s3.list_objects_v2(Bucket=value['AssetBucket'])['Contents']]
answer({'files': names, 'listed': value['CodeKey'] in keys, 'objects': len(keys)})
";

/// A command on a server.
fn at(app: &OwnApp, url: &str, arguments: &[&str]) -> Program {
    with_credentials(app.formwork(arguments)).args(["--endpoint-url", url])
}

fn live(url: &str, read: impl Fn() -> serde_json::Value) {
    let app = app();
    app.write("api/run.sh", "#!/bin/sh\n");
    let script = app.path().join("api/run.sh");
    std::fs::set_permissions(script, std::os::unix::fs::PermissionsExt::from_mode(0o744)).unwrap();
    at(&app, url, &["deploy", "--yes"]).run().success();
    let files = serde_json::json!([["index.js", "0o644"], ["lib/prices.js", "0o644"], ["run.sh", "0o755"]]);
    // Two contents, and a list of the files of each.
    assert_eq!(read(), serde_json::json!({ "files": files, "listed": true, "objects": 4 }));
    let again = at(&app, url, &["deploy", "--yes"]).run().success();
    assert!(again.stdout.ends_with("nothing was changed\n"), "{}", again.stdout);
    app.write("api/lib/prices.js", "exports.price = 12;\nexports.tax = 19;\n");
    let changed = at(&app, url, &["diff"]).run().success();
    assert!(changed.stdout.contains("+ exports.price = 12;"), "{}", changed.stdout);
    at(&app, url, &["deploy", "--yes"]).run().success();
    assert_eq!(read()["objects"], 6);
}

#[test]
#[cfg(unix)]
fn an_independent_server_has_what_was_shipped() {
    let server = Ministack::start();
    live(&server.url(), || server.python(READ, &[]));
}

#[test]
#[cfg(unix)]
fn the_engine_has_what_was_shipped_over_the_wire() {
    let engine = Engine::start();
    live(engine.url(), || engine.python(READ, &[]));
}

/// The values of the stack's parameters.
const PARAMETERS: &str = "
stack = client('cloudformation', 'eu-central-1').describe_stacks(StackName='orders')['Stacks'][0]
answer({one['ParameterKey']: one['ParameterValue'] for one in stack['Parameters']})
";

/// The files of a zip in a store.
const FILES: &str = "
import io, zipfile
body = client('s3', 'eu-central-1').get_object(Bucket=arguments[0], Key=arguments[1])['Body'].read()
answer(zipfile.ZipFile(io.BytesIO(body)).namelist())
";

/// CloudFormation by the engine, S3 by a store that nobody here wrote.
#[test]
fn an_independent_store_has_what_is_deployed_elsewhere() {
    let (app, engine, store) = (app(), Engine::start(), Moto::start());
    let make = "
where = {'LocationConstraint': 'eu-central-1'}
answer(client('s3', 'eu-central-1').create_bucket(Bucket=arguments[0], CreateBucketConfiguration=where))
";
    store.python(make, &["company-code"]);
    let run = |arguments: &[&str]| {
        let program = with_credentials(app.formwork(arguments));
        program.env("AWS_ENDPOINT_URL", engine.url()).env("AWS_ENDPOINT_URL_S3", store.url()).run()
    };
    app.write("formwork.toml", "[environment.test]\nasset-bucket = \"company-code\"\n");
    run(&["deploy", "--yes", "--env", "test"]).success();
    let deployed = || {
        let values = engine.python(PARAMETERS, &[]);
        assert_eq!(values["AssetBucket"], "company-code");
        store.python(FILES, &["company-code", values["CodeKey"].as_str().unwrap()])
    };
    assert_eq!(deployed(), serde_json::json!(["index.js", "lib/prices.js"]));
    let again = run(&["deploy", "--yes", "--env", "test"]).success();
    assert!(again.stdout.ends_with("nothing was changed\n"), "{}", again.stdout);
    app.write("api/lib/prices.js", "exports.price = 12;\nexports.tax = 19;\n");
    app.write("api/new.js", "");
    let changed = run(&["diff", "--env", "test"]).success();
    assert!(changed.stdout.contains("- exports.price = 10;\n        + exports.price = 12;"), "{}", changed.stdout);
    run(&["deploy", "--yes", "--env", "test"]).success();
    assert_eq!(deployed(), serde_json::json!(["index.js", "lib/prices.js", "new.js"]));
    run(&["destroy", "--yes"]).success();
}

/// Nearly as many resources, and nearly as many bytes, as CloudFormation takes.
const LARGE: &str = r#"
use formwork::prelude::*;

pub fn app(context: &Context) -> App {
    let mut stack = Stack::<EuCentral1>::new("large");
    let text = context.get("text", "x").repeat(1_750);
    for number in 0..500 {
        let note = formwork::json!({ "Name": format!("/large/{number}"), "Type": "String", "Value": text.clone() });
        stack.add(&format!("Note{number}"), Untyped::new("AWS::SSM::Parameter", note));
    }
    App::new().with(stack)
}
"#;

fn large(url: &str) {
    let app = OwnApp::new("large", LARGE);
    let first = at(&app, url, &["deploy", "--yes", "--json"]).run().success().json();
    assert_eq!(first["totals"]["create"], 502);
    let again = at(&app, url, &["deploy", "--yes", "--quiet"]).run().success();
    assert!(again.stdout.ends_with("nothing was changed\n"), "{}", again.stdout);
    let changed = at(&app, url, &["deploy", "--yes", "--json", "--context", "text=y"]).run().success().json();
    assert_eq!(changed["totals"]["update"], 500);
}

#[test]
fn five_hundred_resources_of_900_kb_on_an_independent_server() {
    large(&Ministack::start().url());
}

#[test]
fn five_hundred_resources_of_900_kb_on_the_engine() {
    large(Engine::start().url());
}

/// Stacks in stacks, each with something of its own, and a stack that uses a value from inside.
const NESTED: &str = r#"
use formwork::prelude::*;

pub fn app(context: &Context) -> App {
    let text = |text: Val<String>| Untyped::new("AWS::SSM::Parameter", json!({ "Type": "String", "Value": text }));
    let mut site = Stack::<EuCentral1>::new("site");
    let place = site.add("Place", text("outside".into()));
    let mut inner = Stack::<EuCentral1>::new("inner");
    let note = inner.asset("Note", Asset::text(context.get("note", "inside")).extension("txt"));
    let inside = inner.add("Note", text(note.s3_uri()));
    inner.add("Outer", text(place.ref_value()));
    let mut deep = Stack::<EuCentral1>::new("deep");
    deep.add("Deep", text(format!("{}-{}", inside.ref_value(), place.ref_value()).into()));
    inner.add("Deep", NestedStack::new(deep));
    inner.output("Answer", "42");
    let nested = site.add("Inner", NestedStack::new(inner));
    site.output("Answer", nested.output("Answer"));
    let mut other = Stack::<EuCentral1>::new("other");
    other.add("Use", text(inside.ref_value()));
    App::new().with((site, other))
}
"#;

/// On a server that nobody here wrote, which reads the templates of nested stacks where they were shipped to.
#[test]
fn stacks_in_stacks_are_shipped_to_an_independent_server() {
    let (app, server) = (OwnApp::new("nesting", NESTED), Ministack::start());
    let first = at(&app, &server.url(), &["deploy", "--yes"]).run().success();
    assert!(first.stdout.contains("site.Answer = 42\n"), "{}", first.snapshot());
    let again = at(&app, &server.url(), &["deploy", "--yes"]).run().success();
    assert!(again.stdout.ends_with("nothing was changed\n"), "{}", again.snapshot());
}

#[test]
fn stacks_in_stacks_are_shipped() {
    let app = OwnApp::new("nesting", NESTED);
    let deploy = |more: &[&str]| app.local(&[&["deploy", "--yes"], more].concat()).run().success();
    let first = deploy(&[]);
    assert!(first.stderr.contains("  + new      InnerDeepTemplate  "), "{}", first.snapshot());
    assert!(first.stdout.contains("site.Answer = 42\n"), "{}", first.snapshot());
    let again = deploy(&[]);
    assert!(again.stdout.ends_with("nothing was changed\n"), "{}", again.snapshot());
    // A text inside is a change inside, and nowhere else.
    let changed = deploy(&["--context", "note=changed"]);
    for expected in [
        "Inside of nested stacks\n  [~] update  Inner/Note  AWS::SSM::Parameter  src/lib.rs:10\n      Value  ",
        "\n\nAssets\n  ~ changed  InnerNote  7 B\n",
    ] {
        assert!(changed.stderr.contains(expected), "{}", changed.snapshot());
    }
    app.local(&["destroy", "--yes", "--allow", "site/Inner"]).run().success();
}
