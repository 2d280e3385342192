//! Resource types of a user's own: from registry schemas in the user's crate to Rust, to a template, to its validation.

use std::fs;
use std::path::Path;

use insta::assert_snapshot;
use support::app::OwnApp;
use support::python::with_credentials;
use support::{Program, paths, tempdir};

const VAULT: &str = r#"{
  "typeName": "Acme::Storage::Vault",
  "description": "Where things are kept.",
  "properties": {
    "Name": { "type": "string", "description": "What it is called.", "maxLength": 8 },
    "Mode": { "enum": ["OPEN", "SEALED"], "type": "string" },
    "Secret": { "type": "string", "maxLength": 4 },
    "Arn": { "type": "string" }
  },
  "required": ["Name"],
  "createOnlyProperties": ["/properties/Name"],
  "readOnlyProperties": ["/properties/Arn"],
  "writeOnlyProperties": ["/properties/Secret"],
  "primaryIdentifier": ["/properties/Arn"],
  "additionalProperties": false
}"#;

const APP: &str = r#"//! A vault.
use formwork::prelude::*;

pub mod generated;
use generated::storage::{Vault, vault};

/// The stack.
pub fn app(_: &Context) -> App {
    let mut stack = Stack::<EuWest1>::new("vaults");
    let vault = stack.add("Vault", Vault { mode: some(vault::Mode::Sealed), ..Vault::new("NAME") });
    stack.output("Arn", vault.arn());
    App::new().with(stack)
}
"#;

fn write(file: &Path, text: &str) {
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, text).unwrap();
}

/// A module and a type with names that Rust and generated code need for themselves.
const VALUE: &str = r#"{
  "typeName": "Acme::Type::Value",
  "properties": { "Id": { "type": "string" }, "Self": { "type": "string" } },
  "readOnlyProperties": ["/properties/Id"],
  "primaryIdentifier": ["/properties/Id"]
}"#;

/// A crate that is a workspace, with an app of one vault.
fn workspace(folder: &Path) {
    let formwork = paths::root().join("crates/formwork");
    let manifest = format!(
        "[package]\nname = \"vaults\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[package.metadata.formwork]\n\n[workspace]\n\n\
         [dependencies]\nformwork = {{ path = {formwork:?} }}\n"
    );
    write(&folder.join("Cargo.toml"), &manifest);
    fs::copy(paths::root().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    write(&folder.join("src/main.rs"), "fn main() -> std::process::ExitCode {\n    formwork::main(vaults::app)\n}\n");
    write(&folder.join("src/lib.rs"), &APP.replace("NAME", "keep"));
    write(&folder.join("schemas/vault.json"), VAULT);
    write(&folder.join("schemas/value.json"), VALUE);
}

fn program(folder: &Path, arguments: &[&str]) -> Program {
    let path = folder.canonicalize().unwrap();
    let program = Program::formwork().args(arguments).current_dir(&path).env("CARGO_TARGET_DIR", path.join("target"));
    program.env("CARGO_NET_OFFLINE", "true").call(path.display(), "[WORKSPACE]")
}

fn check(folder: &Path, arguments: &[&str]) -> String {
    program(folder, arguments).run().snapshot()
}

#[test]
fn from_a_schema_to_a_template() {
    let folder = tempdir();
    let folder = folder.path();
    workspace(folder);
    assert_snapshot!("generate", check(folder, &["generate"]));
    assert_snapshot!("generated", fs::read_to_string(folder.join("src/generated/storage/vault.rs")).unwrap());
    assert_snapshot!("check_fresh", check(folder, &["generate", "--check"]));
    assert_snapshot!("template", check(folder, &["synth", "--quiet", "--print", "vaults"]));
    assert_snapshot!("validate", check(folder, &["validate", "--quiet"]));

    // The embedded engine knows the type, and so does the preview: another name is another vault.
    assert_snapshot!("deploy", check(folder, &["deploy", "--local", "--yes"]));
    write(&folder.join("src/lib.rs"), &APP.replace("NAME", "store"));
    assert_snapshot!("diff", check(folder, &["diff", "--local", "--quiet"]));
    assert_snapshot!("diff_templates", check(folder, &["diff", "--local", "--quiet", "--template-only"]));

    // So does the engine when it is served: it is that of the whole workspace.
    let served = program(folder, &["local"]).start("listening on ");
    let url = served.url();
    let diff = with_credentials(program(folder, &["diff", "--quiet", "--endpoint-url", &url]));
    assert_snapshot!("diff", diff.run().snapshot());
    drop(served);

    // Files, of which nobody knows whose they are.
    let template = |name: &str| {
        format!(
            "{{\"Resources\":{{\"V\":{{\"Type\":\"Acme::Storage::Vault\",\"Properties\":{{\"Name\":\"{name}\"}}}}}}}}"
        )
    };
    write(&folder.join("one.json"), &template("keep"));
    write(&folder.join("two.json"), &template("keep-for-good"));
    let files = ["diff", "--from", "one.json", "--to", "two.json"];
    assert_snapshot!("files_unknown", check(folder, &files));
    assert_snapshot!("files", check(folder, &[&files[..], &["--schemas", "schemas"]].concat()));
    assert_snapshot!("file", check(folder, &["validate", "--template", "two.json", "--schemas", "schemas"]));
    assert_snapshot!("file_unknown", check(folder, &["validate", "--template", "two.json"]));
    assert_snapshot!("no_folder", check(folder, &["validate", "--template", "two.json", "--schemas", "none"]));

    // An attribute that there is not, and one that only the service sets.
    let wrong = APP.replace("NAME", "keep").replace("vault.arn()", "vault.reference().get_att::<String>(\"Size\")");
    write(&folder.join("src/lib.rs"), &wrong);
    assert_snapshot!("validate_attribute", check(folder, &["validate", "--quiet"]));

    // What the type does not say, the schema does: both are too long. What cannot be read back is in no message.
    let longer = APP.replace("NAME", "keep-for-good").replace("mode:", "secret: some(\"x\".repeat(9)), mode:");
    write(&folder.join("src/lib.rs"), &longer);
    assert_snapshot!("validate_wrong", check(folder, &["validate", "--quiet"]));

    write(&folder.join("schemas/vault.json"), &VAULT.replace("\"SEALED\"", "\"SEALED\", \"GONE\""));
    assert_snapshot!("check_stale", check(folder, &["generate", "--check", "--json"]));
    fs::remove_dir_all(folder.join("schemas")).unwrap();
    fs::create_dir(folder.join("schemas")).unwrap();
    assert_snapshot!("no_schemas", check(folder, &["generate"]));
    assert_snapshot!("deploy_unknown", check(folder, &["deploy", "--local", "--yes"]));
}

#[test]
fn every_schema_that_cannot_be_used_is_told() {
    let folder = tempdir();
    let folder = folder.path();
    workspace(folder);
    write(&folder.join("schemas/again.json"), VAULT);
    write(&folder.join("schemas/broken.json"), "{\n  \"typeName\":\n");
    write(&folder.join("schemas/module.json"), "{ \"typeName\": \"Acme::Storage::Vault::MODULE\" }");
    assert_snapshot!("not_schemas", check(folder, &["generate"]));
    for name in ["again", "broken", "module"] {
        fs::remove_file(folder.join("schemas").join(name).with_extension("json")).unwrap();
    }
    let unknown = |name: &str| {
        format!("{{\"typeName\":\"Acme::Storage::{name}\",\"properties\":{{\"A\":{{\"type\":\"any\"}}}}}}")
    };
    write(&folder.join("schemas/one.json"), &unknown("One"));
    write(&folder.join("schemas/two.json"), &unknown("Two").replace("\"any\"", "\"string\",\"maxWords\":3"));
    assert_snapshot!("unknown_constructs", check(folder, &["generate"]));
    for name in ["one", "two"] {
        fs::remove_file(folder.join("schemas").join(name).with_extension("json")).unwrap();
    }
    write(&folder.join("src/generated/storage/vault.rs"), "//! Mine.\n");
    assert_snapshot!("in_the_way", check(folder, &["generate"]));
    assert_eq!(fs::read_to_string(folder.join("src/generated/storage/vault.rs")).unwrap(), "//! Mine.\n");
}

/// The engine carries out no macros, in CloudFormation's words for one that the account does not have: the hint says so.
#[test]
fn the_embedded_engine_carries_out_no_macros() {
    let source = "//! A function of SAM.
use formwork::prelude::*;

/// The stack.
pub fn app(_: &Context) -> App {
    let mut stack = Stack::<EuWest1>::new(\"sam\");
    stack.transform(\"AWS::Serverless-2016-10-31\");
    let properties = json!({ \"Handler\": \"a.b\", \"Runtime\": \"python3.13\", \"InlineCode\": \"x\" });
    stack.add(\"Function\", Untyped::new(\"AWS::Serverless::Function\", properties));
    App::new().with(stack)
}
";
    let app = OwnApp::new("sam", source);
    assert_snapshot!("deploy_macros", app.local(&["deploy", "--yes"]).run().snapshot());
}
