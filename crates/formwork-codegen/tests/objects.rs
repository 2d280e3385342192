//! Properties that take an object in S3: every one of the schemas is listed, and a new one that looks like it is seen.

use std::fmt::Write;
use std::path::Path;

use formwork_codegen::objects::{self, Form};
use formwork_codegen::{generate, workspace};
use formwork_schema::ir::Resource;
use formwork_schema::snapshot::Snapshot;

fn resources() -> Vec<Resource> {
    let root = workspace::root(Path::new(env!("CARGO_MANIFEST_DIR"))).expect("the repository");
    let snapshot = Snapshot::read(&root.join("schemas")).expect("the snapshot is whole");
    generate::resources(&snapshot).expect("every schema is understood")
}

#[test]
fn every_property_is_listed() {
    let resources = resources();
    assert_eq!(objects::unknown(&resources), [], "no type has these");
    let (mut listed, mut alike) = (String::new(), String::new());
    for resource in &resources {
        for taken in objects::taken(resource) {
            let _ = writeln!(listed, "{} {}: {:?}", resource.type_name, taken.path, taken.form);
        }
        for path in objects::alike(resource) {
            let _ = writeln!(alike, "{} {path}", resource.type_name);
        }
    }
    insta::assert_snapshot!("taken", listed);
    insta::assert_snapshot!("alike", alike);
    let code = |type_name: &str, path: &str| {
        let resource = resources.iter().find(|one| one.type_name == type_name).expect("the type");
        objects::taken(resource).into_iter().find(|taken| taken.path == path).map(|taken| taken.form)
    };
    assert_eq!(code("AWS::Lambda::Function", "Code"), Some(Form::Whole));
    assert_eq!(code("AWS::Lambda::LayerVersion", "Content"), Some(Form::Whole));
}
