//! Look-ups of an app: asked once, kept in `formwork.lock`, entered in the embedded engine where AWS is not asked.

use std::fs;
use std::path::Path;

use insta::assert_snapshot;
use serde_json::Value;
use support::python::with_credentials;
use support::{Program, paths, tempdir};

const APP: &str = r#"//! A zone and an instance that somebody else made.
use formwork::prelude::*;

/// The stack.
pub fn app(context: &Context) -> Result<App, Pending> {
    let (zone, server) = context.lookup((
        HostedZone::named("example.com"),
        Instance::<EuWest1>::id("i-0123456789abcdef0"),
    ))?;
    let list = context.lookup(PrefixList::<EuWest1>::named("com.amazonaws.global.cloudfront.origin-facing"))?;
    let mut stack = Stack::<EuWest1>::new("found");
    stack.add("Alias", RecordSet::new(&zone, "api.example.com", Record::Cname("example.org".into())));
    stack.output("Server", server.public_dns_name.unwrap_or_default());
    stack.output("List", list.id);
    Ok(App::new().with(stack))
}
"#;

/// A zone that a stack makes.
const MAKER: &str = r#"//! A zone.
use formwork::prelude::*;

/// The stack.
pub fn app(_: &Context) -> App {
    let mut stack = Stack::<UsEast1>::new("zones");
    stack.add("Zone", cfn::route53::HostedZone { name: some("made.example.com"), ..Default::default() });
    App::new().with(stack)
}
"#;

fn write(file: &Path, text: &str) {
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, text).unwrap();
}

fn workspace(folder: &Path) {
    let formwork = paths::root().join("crates/formwork");
    let manifest = format!(
        "[package]\nname = \"found\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[package.metadata.formwork]\n\n[workspace]\n\n\
         [dependencies]\nformwork = {{ path = {formwork:?} }}\n"
    );
    write(&folder.join("Cargo.toml"), &manifest);
    fs::copy(paths::root().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    write(&folder.join("src/main.rs"), "fn main() -> std::process::ExitCode {\n    formwork::main(found::app)\n}\n");
    write(&folder.join("src/lib.rs"), APP);
}

fn program(folder: &Path, arguments: &[&str]) -> Program {
    let path = folder.canonicalize().unwrap();
    let program = Program::formwork().args(arguments).current_dir(&path).env("CARGO_TARGET_DIR", path.join("target"));
    program.env("CARGO_NET_OFFLINE", "true").call(path.display(), "[WORKSPACE]")
}

/// The whole of what a command does, without the ids that the engine draws.
fn check(program: Program) -> String {
    let shown = program.run().snapshot();
    let drawn = regex_lite::Regex::new(
        r"\bZ[A-Z0-9]{20}\b|\b(pl|vpc|subnet|sg)-[0-9a-f]{17}\b|ec2-[0-9-]+\.eu|ip-[0-9-]+\.eu|\b\d+\.\d+\.\d+\.\d+\b",
    );
    drawn.unwrap().replace_all(&shown, "[DRAWN]").into_owned()
}

#[test]
fn from_a_question_to_a_template() {
    let folder = tempdir();
    let folder = folder.path();
    workspace(folder);
    let lock = folder.join("formwork.lock");

    // AWS is not asked, and nothing is written.
    assert_snapshot!("synth_missing", check(program(folder, &["synth", "--quiet"])));
    assert_snapshot!("list_missing_json", check(program(folder, &["list", "--json", "--quiet"])));
    assert_snapshot!("diff_locked", check(program(folder, &["diff", "--quiet", "--locked", "--local"])));
    assert!(!lock.exists() && !folder.join("target/formwork/found").exists());

    // The embedded engine: what it does not have is entered, once, and never in the committed file.
    assert_snapshot!("deploy_local", check(program(folder, &["deploy", "--local", "--yes"])));
    assert_snapshot!("deploy_local_again", check(program(folder, &["deploy", "--local", "--yes"])));
    assert!(!lock.exists() && folder.join("target/formwork/local.lock").exists());

    // A server that has the things: they are found there.
    let served = program(folder, &["local"]).start("listening on ");
    let url = served.url();
    let at = |arguments: &[&str]| with_credentials(program(folder, &[arguments, &["--endpoint-url", &url]].concat()));
    assert_snapshot!("lookup", check(at(&["lookup"])));
    let first = fs::read_to_string(&lock).unwrap();
    assert_snapshot!("lookup_json", check(at(&["lookup", "--json", "--quiet"])));
    assert_eq!(fs::read_to_string(&lock).unwrap(), first, "the same, so not a line of difference");
    assert_snapshot!("diff_found", check(at(&["diff", "--quiet", "--locked"])));
    // A finished assembly says of which account it is.
    let out = folder.join("finished");
    let finished = out.display().to_string();
    program(folder, &["synth", "--quiet", "--out", &finished]).run().success();
    assert_snapshot!("diff_finished", check(at(&["diff", "--quiet", "--assembly", &finished])));
    let facts = fs::read_to_string(out.join("formwork.json")).unwrap();
    assert!(facts.contains("\"account\": \"000000000000\""), "{facts}");
    write(&out.join("formwork.json"), &facts.replace("\"000000000000\"", "\"111122223333\""));
    assert_snapshot!("another_account_of_assembly", check(at(&["deploy", "--yes", "--assembly", &finished])));
    let template = program(folder, &["synth", "--quiet", "--print", "found"]).run().success().stdout;
    let kept: Value = serde_json::from_str(&first).unwrap();
    let zone = &kept["environments"]["default"]["000000000000"]["us-east-1"][0]["values"]["Id"];
    assert!(template.contains(zone.as_str().unwrap()), "{template}");

    // One that is nowhere.
    write(&folder.join("src/lib.rs"), &APP.replace("0123456789abcdef0", "aaaaaaaaaaaaaaaaa"));
    assert_snapshot!("nowhere", check(at(&["diff", "--quiet"])));
    assert_eq!(fs::read_to_string(&lock).unwrap(), first);
    write(&folder.join("src/lib.rs"), APP);

    // The file is of another account than the login.
    write(&lock, &first.replace("000000000000", "111122223333"));
    assert_snapshot!("another_account", check(at(&["diff", "--quiet"])));
    assert_snapshot!("another_account_of_outputs", check(at(&["outputs", "--quiet"])));
    assert_snapshot!("another_account_of_lookup", check(at(&["lookup", "--quiet"])));

    // A merge that was not finished.
    write(&lock, &format!("<<<<<<< ours\n{first}"));
    let not_a_lock = check(program(folder, &["list", "--quiet"]));
    write(&lock, &first.replacen("\"version\": 1", "\"version\": 2", 1));
    assert_snapshot!("not_a_lock", not_a_lock + &check(program(folder, &["list", "--quiet"])));

    // A resource that a stack of the embedded engine made is found there, and nothing is entered.
    fs::remove_file(&lock).unwrap();
    drop(served);
    write(&folder.join("src/lib.rs"), MAKER);
    program(folder, &["deploy", "--local", "--yes", "--quiet"]).run().success();
    write(
        &folder.join("src/lib.rs"),
        &APP.replace("named(\"example.com", "named(\"made.example.com").replace("api.", "api.made."),
    );
    assert_snapshot!("lookup_local", check(program(folder, &["lookup", "--local"])));
    assert!(!lock.exists());
}
