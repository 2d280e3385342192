//! The contents that a stack ships: in the assembly for other tools, in findings of validation, and in the messages about what is not there.

use std::fs;
use std::path::{Path, PathBuf};

use insta::assert_snapshot;
use serde_json::Value;
use support::OwnApp;

const APP: &str = r#"use formwork::prelude::*;

pub fn app(context: &Context) -> App {
    let text = |text: Val<String>| Untyped::new("AWS::SSM::Parameter", json!({ "Type": "String", "Value": text }));
    let mut inner = Stack::<EuCentral1>::new("inner");
    let note = inner.asset("Note", Asset::text("inside").extension("txt"));
    let name = context.get("type", "String");
    inner.add("Note", Untyped::new("AWS::SSM::Parameter", json!({ "Type": name, "Value": note.s3_uri() })));
    let mut site = Stack::<EuCentral1>::new("site");
    let code = site.asset("Code", Asset::folder(context.get("code", "code")).exclude("*.md"));
    let again = site.asset("Again", Asset::folder(context.get("again", "code")).exclude("*.md"));
    site.add("Place", text(code.location()));
    site.add("Again", text(again.key()));
    site.add("Inner", NestedStack::new(inner));
    App::new().with(site)
}
"#;

fn app() -> OwnApp {
    let app = OwnApp::new("shipped", APP);
    app.write("code/index.js", "exports.handler = async () => 'hello'\n");
    app.write("code/README.md", "left out\n");
    app
}

fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        let paths: Vec<PathBuf> = fs::read_dir(next).unwrap().map(|entry| entry.unwrap().path()).collect();
        let (inner, files): (Vec<_>, Vec<_>) = paths.into_iter().partition(|path| path.is_dir());
        folders.extend(inner);
        found.extend(files.iter().map(|path| path.strip_prefix(folder).unwrap().display().to_string()));
    }
    found.sort();
    found
}

#[test]
fn an_assembly_for_other_tools() {
    let app = app();
    assert_snapshot!("other_tools", app.formwork(&["synth", "--with-assets", "out"]).run().snapshot());
    let out = app.path().join("out");
    assert_snapshot!("other_tools_files", files(&out).join("\n"));
    for file in ["site.template.json", "site.assets.json", "manifest.json"] {
        assert_snapshot!(format!("other_tools_{file}"), fs::read_to_string(out.join(file)).unwrap());
    }
    // The same again, wherever it is.
    let other = self::app();
    other.formwork(&["synth", "--with-assets", "out", "--quiet"]).run().success();
    for file in files(&out).iter().filter(|file| *file != "formwork.json") {
        assert!(fs::read(out.join(file)).unwrap() == fs::read(other.path().join("out").join(file)).unwrap(), "{file}");
    }
    // A bucket that is there needs no bootstrap.
    app.formwork(&["synth", "--with-assets", "out", "--asset-bucket", "company-code"]).run().success();
    let read = |file: &str| -> Value { serde_json::from_str(&fs::read_to_string(out.join(file)).unwrap()).unwrap() };
    let place = &read("site.template.json")["Resources"]["Place"]["Properties"]["Value"];
    assert!(place.as_str().unwrap().starts_with("company-code/"), "{place}");
    assert!(!fs::read_to_string(out.join("site.assets.json")).unwrap().contains("AWS::"));
    assert!(!fs::read_to_string(out.join("manifest.json")).unwrap().contains("ootstrap"));
}

#[test]
fn the_bucket_of_an_environment_and_the_assets_as_json() {
    let app = app();
    let settings = "[environment.test]\nasset-bucket = \"code-{region}\"\n";
    app.write("formwork.toml", settings);
    let synth = |more: &[&str]| app.formwork(&[&["synth", "--with-assets", "out"], more].concat()).run();
    synth(&["--env", "test"]).success();
    let template = fs::read_to_string(app.path().join("out/site.template.json")).unwrap();
    assert!(template.contains("\"Fn::Sub\": \"code-${AWS::Region}/"), "{template}");
    let json = app.formwork(&["synth", "--json"]).run().success().json();
    assert_snapshot!("assets_as_json", format!("{:#}", json["apps"][0]["assets"]));
    app.write("formwork.toml", &settings.replace("code-{region}", "Code"));
    assert_snapshot!("wrong_bucket", synth(&[]).snapshot());
}

#[test]
fn what_is_not_there() {
    let app = app();
    let synth = |more: &[&str]| app.formwork(&[&["synth", "--with-assets", "out"], more].concat()).run().snapshot();
    assert_snapshot!("not_there", synth(&["--context", "code=kode", "--context", "again=code/index.js"]));
    assert!(!app.path().join("out").exists());
    // Two files of one asset are one asset.
    #[cfg(unix)]
    {
        app.write("links/a.txt", "");
        for link in ["one", "other"] {
            std::os::unix::fs::symlink("/etc/passwd", app.path().join("links").join(link)).unwrap();
        }
        let links = synth(&["--context", "again=links"]);
        assert_eq!(links.matches("leads out of the folder").count(), 2, "{links}");
        assert!(links.ends_with("error: an asset cannot be shipped\n"), "{links}");
    }
    app.write("mine/notes.txt", "not an assembly\n");
    assert_snapshot!("not_an_assembly", app.formwork(&["synth", "--with-assets", "mine"]).run().snapshot());
    assert_eq!(files(&app.path().join("mine")), ["notes.txt"]);
}

#[test]
fn what_is_not_there_and_what_is_wrong_are_said_at_once() {
    let app = app();
    let run = |command: &str| {
        let words = [command, "--local", "--context", "code=kode", "--context", "type=Text"];
        app.formwork(&words).run().snapshot()
    };
    assert_snapshot!("both_of_diff", run("diff"));
    assert_snapshot!("both_of_deploy", run("deploy"));
}

#[test]
fn nested_stacks_are_validated_too() {
    let app = app();
    assert_snapshot!("validated", app.formwork(&["validate"]).run().snapshot());
    assert_snapshot!("refused", app.formwork(&["validate", "--context", "type=Text"]).run().snapshot());
    assert_snapshot!("listed", app.formwork(&["list"]).run().snapshot());
}
