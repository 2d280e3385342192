//! A first deployment that ships contents, killed (`kill -9`) after each of its requests to the engine: the next run ends it, and the bucket and
//! the stack are those of a run that nobody killed. And two of them at once: both go through, with one bucket.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use support::app::OwnApp;
use support::python::with_credentials;
use support::{Engine, Program, Proxy};

const SOURCE: &str = r#"
use formwork::prelude::*;

pub fn app(_: &Context) -> App {
    let mut stack = Stack::<EuCentral1>::new("notes");
    let code = stack.asset("Code", Asset::folder("code"));
    let page = stack.asset("Page", Asset::text("<h1>Orders</h1>").extension("html"));
    let note = formwork::json!({ "Type": "String", "Value": code.location() });
    stack.add("Note", Untyped::new("AWS::SSM::Parameter", note));
    stack.output("Page", page.url());
    App::new().with(stack)
}
"#;

fn deploy(app: &OwnApp, url: &str) -> Program {
    with_credentials(app.formwork(&["deploy", "--yes", "--quiet", "--endpoint-url", url]))
}

/// The answer of a service of the engine to a `GET` in the region of the stack.
fn get(engine: &Engine, service: &str, path: &str) -> String {
    let scope = format!("AWS4-HMAC-SHA256 Credential=test/20260101/eu-central-1/{service}/aws4_request");
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: {scope}\r\nConnection: close\r\n\r\n");
    let mut connection = TcpStream::connect(("127.0.0.1", engine.port())).unwrap();
    connection.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    answer
}

/// The texts of all elements of a name.
fn texts<'a>(document: &'a str, name: &str) -> Vec<&'a str> {
    let (begin, end) = (format!("<{name}>"), format!("</{name}>"));
    document.split(&begin).skip(1).filter_map(|rest| rest.split(&end).next()).collect()
}

/// Everything that is there: objects with their digests, uploads that nobody ended, and the stack; the bucket's name is made up.
fn found(engine: &Engine) -> Vec<String> {
    let buckets = get(engine, "s3", "/");
    let bucket = texts(&buckets, "Name")[0];
    let list = get(engine, "s3", &format!("/{bucket}?list-type=2"));
    let object = |one: &&str| ["Key", "Size", "ETag"].map(|name| texts(one, name)[0]).join(" ");
    let mut found: Vec<String> = texts(&list, "Contents").iter().map(object).collect();
    found.push(format!("{} uploads", texts(&get(engine, "s3", &format!("/{bucket}?uploads")), "Upload").len()));
    let stack = get(engine, "cloudformation", "/?Action=DescribeStacks&Version=2010-05-15&StackName=notes");
    found.extend(texts(&stack, "StackStatus").iter().map(|status| (*status).to_owned()));
    let values = texts(&stack, "ParameterValue").into_iter().chain(texts(&stack, "OutputValue"));
    found.extend(values.map(|value| value.replace(bucket, "[BUCKET]")));
    found
}

#[test]
fn a_first_deployment_is_killed_after_each_request() {
    let app = OwnApp::new("killed", SOURCE);
    app.write("code/index.js", "exports.handler = async () => 1;\n");
    app.write("code/lib/prices.js", &"exports.price = 10;\n".repeat(1_000));
    let engine = Engine::start();
    let proxy = Proxy::start(engine.port(), usize::MAX);
    deploy(&app, proxy.url()).run().success();
    let expected = found(&engine);
    assert_eq!(expected[4..6], ["0 uploads", "CREATE_COMPLETE"], "{expected:?}");
    let requests = proxy.count();
    assert!((20..60).contains(&requests), "{requests}");
    for last in 1..=requests {
        let engine = Engine::start();
        let proxy = Proxy::start(engine.port(), last);
        let ended = deploy(&app, proxy.url()).run_or_kill(|| proxy.is_over());
        // A run may need one request less, if it does not have to wait.
        assert!(ended.is_none() || ended == Some(0), "after request {last}: {ended:?}");
        let again = deploy(&app, engine.url()).run();
        assert_eq!(again.code, Some(0), "after request {last}: {}", again.snapshot());
        assert_eq!(found(&engine), expected, "after request {last}");
    }
}

#[test]
fn two_apps_deploy_for_the_first_time_at_once() {
    let (one, other) =
        (OwnApp::new("killed", SOURCE), OwnApp::new("at-once", &SOURCE.replace("\"notes\"", "\"others\"")));
    for app in [&one, &other] {
        app.write("code/index.js", "exports.handler = async () => 1;\n");
        // Built before, so that they go on together.
        app.formwork(&["list"]).run().success();
    }
    // As slow as to meet.
    let engine = Engine::with(&["--speed", "10"]);
    let run = |app: &OwnApp| deploy(app, engine.url()).at_once().run();
    let runs = std::thread::scope(|scope| {
        let both = [&one, &other].map(|app| scope.spawn(|| run(app)));
        both.map(|one| one.join().unwrap())
    });
    for run in runs {
        run.success();
    }
    let buckets = get(&engine, "s3", "/");
    assert_eq!(texts(&buckets, "Name").len(), 1, "{buckets}");
}
