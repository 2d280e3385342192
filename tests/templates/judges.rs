//! Judges that nobody here wrote: `cfn-lint`, and `cloudformation-validate`, AWS's own engine. Neither may find an error or
//! a warning.

use std::fs;
use std::path::PathBuf;

use formwork::prelude::{App, Compose, Delivery, EuCentral1, ReverseProxy, Runtime, Stack};
use serde_json::{Value, json};
use support::{Program, paths, tempdir};
use tempfile::TempDir;

use crate::forms::FORMS;
use crate::{apps, templates};

/// Puts every template of every app into a folder.
fn every_template() -> (TempDir, Vec<PathBuf>) {
    let folder = tempdir();
    let mut paths = Vec::new();
    for (app, files) in apps() {
        for (name, text) in templates(&files) {
            // The template of a nested stack is below a folder.
            let path = folder.path().join(format!("{app}.{}", name.replace('/', ".")));
            fs::write(&path, text).unwrap();
            paths.push(path);
        }
    }
    for (name, source) in FORMS {
        for (place, stack) in source(true).synth().unwrap().stacks.iter().enumerate() {
            let path = folder.path().join(format!("{}.{place}.template.json", name.replace(' ', "-")));
            fs::write(&path, &stack.template).unwrap();
            paths.push(path);
        }
    }
    for (name, runtime) in [("compose", Runtime::Compose(Compose::default())), ("existing", Runtime::Existing)] {
        let path = folder.path().join(format!("delivery.{name}.template.json"));
        let delivery = Some(Delivery::ssm("i-0123456789abcdef0"));
        let mut stack = Stack::<EuCentral1>::new("site");
        stack.add("Nginx", ReverseProxy { runtime, delivery, ..ReverseProxy::new("example.com") });
        fs::write(&path, &App::new().with(stack).synth().unwrap().stacks[0].template).unwrap();
        paths.push(path);
    }
    let of_apps = paths.iter().filter(|path| path.to_string_lossy().contains("habitpay"));
    assert_eq!(of_apps.count(), 6, "three apps of two stacks each");
    assert!(paths.len() > FORMS.len() + 8);
    (folder, paths)
}

/// A template that both must refuse, so that a judge that sleeps is noticed.
fn wrong_template() -> (TempDir, Vec<PathBuf>) {
    let folder = tempdir();
    let path = folder.path().join("wrong.template.json");
    let zone = json!({ "Type": "AWS::Route53::HostedZone", "Properties": { "Nmae": { "Ref": "Nobody" } } });
    fs::write(&path, json!({ "Resources": { "Zone": zone } }).to_string()).unwrap();
    (folder, vec![path])
}

/// The findings of `cfn-lint`; its warnings and errors, and also what it merely remarks.
fn cfn_lint(templates: &[PathBuf]) -> Value {
    let lint = Program::new(paths::python_program("cfn-lint"));
    let run = lint.args(["--include-checks", "I", "--format", "json", "--"]).args(templates).run();
    let findings = run.json();
    assert_eq!(run.code == Some(0), findings == json!([]), "{}", run.snapshot());
    findings
}

/// The findings of `cloudformation-validate` that are more than remarks.
fn cloudformation_validate(templates: &[PathBuf]) -> Value {
    let script = "
import json, sys
from cloudformation_validate import CompositeEngine, Severity
engine = CompositeEngine()
findings = []
for path in sys.argv[1:]:
    for found in engine.validate_template(path).diagnostics:
        if found.severity not in (Severity.DEBUG, Severity.INFO):
            findings.append([path.rsplit('/')[-1], found.severity.name, found.rule_id, found.message])
print(json.dumps(findings))
";
    Program::new(paths::python()).args(["-c", script]).args(templates).run().success().json()
}

#[test]
fn cfn_lint_finds_nothing() {
    let (_folder, templates) = every_template();
    assert_eq!(cfn_lint(&templates), json!([]));
    let (_folder, wrong) = wrong_template();
    assert!(cfn_lint(&wrong).as_array().is_some_and(|findings| !findings.is_empty()));
}

#[test]
fn cloudformation_validate_finds_nothing() {
    let (_folder, templates) = every_template();
    assert_eq!(cloudformation_validate(&templates), json!([]));
    let (_folder, wrong) = wrong_template();
    assert!(cloudformation_validate(&wrong).as_array().is_some_and(|findings| !findings.is_empty()));
}
