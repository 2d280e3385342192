//! Assemblies on disk: complete, whole or not at all, and never in place of something else.

#![allow(clippy::unwrap_used, reason = "what cannot go on fails its test")]

use std::fs;
use std::path::Path;

use formwork_assembly::lookup::By;
use formwork_assembly::{
    Acknowledgement, Assembly, Asset, AssetSource, Carrier, ContextValue, FileArtifact, Import, Location, Lookup,
    Problem, Report, StackArtifact, StackId, WriteError,
};
use insta::assert_snapshot;
use tempfile::tempdir;

fn location(line: u32) -> Location {
    Location { file: "src/lib.rs".into(), line }
}

fn assembly() -> Assembly {
    let edge = StackArtifact {
        id: StackId::new("edge", "us-east-1"),
        partition: "aws".into(),
        template: "{\"Resources\": {}}\n".into(),
        termination_protection: true,
        tags: vec![("b".into(), "1".into()), ("a".into(), "2".into())],
        location: Some(location(3)),
        locations: vec![("Certificate".into(), location(4))],
        acknowledged: vec![Acknowledgement {
            logical_id: "Certificate".into(),
            rule: "certificate-name".into(),
            reason: "the old name goes next week".into(),
            location: location(5),
        }],
        ..StackArtifact::default()
    };
    let site = StackArtifact {
        id: StackId::new("site", "ap-northeast-2"),
        partition: "aws".into(),
        template: "{}\n".into(),
        depends_on: vec![edge.id.clone()],
        imports: vec![Import {
            parameter: "EdgeCertificateArn".into(),
            producer: edge.id.clone(),
            output: "ExportCertificateArn".into(),
        }],
        ..StackArtifact::default()
    };
    let asset = |id: &str, source, exclude: &[&str]| Asset {
        stack: site.id.clone(),
        id: id.into(),
        parameter: format!("{id}Key"),
        source,
        exclude: exclude.iter().map(|&pattern| pattern.to_owned()).collect(),
        location: location(7),
    };
    let content = |extension: &str| AssetSource::Content { bytes: vec![0, 0xff, b'a'], extension: extension.into() };
    let assets = vec![
        asset("Code", AssetSource::Folder { path: "web/dist".into() }, &["*.map", "!a.map"]),
        asset("Image", AssetSource::File { path: "logo.png".into() }, &[]),
        asset("Page", content("html"), &[]),
        asset("Bare", content(""), &[]),
    ];
    Assembly {
        assets,
        account: Some("123456789012".into()),
        stacks: vec![edge, site],
        files: vec![FileArtifact {
            path: "site/Nginx/conf/nginx.conf".into(),
            content: "server {}\n".into(),
            carrier: Some(Carrier::Output {
                stack: StackId::new("site", "eu-central-1"),
                output: "NginxFiles".into(),
                entry: "conf/nginx.conf:0123456789abcdef".into(),
            }),
        }],
        context: vec![ContextValue { key: "zone-id".into(), value: "Z1".into(), given: true, location: location(2) }],
        lookups: vec![Lookup {
            type_name: "AWS::EC2::Instance".into(),
            region: "us-east-1".into(),
            by: By::Identifier("i-1".into()),
            wanted: vec!["VpcId".into()],
            location: Some(location(6)),
        }],
        warnings: vec![Problem::warning("careful").at(location(5)).hint("be so")],
        owner: Some(formwork_assembly::Owner { app: "example".to_owned(), environment: Some("prod".to_owned()) }),
    }
}

#[test]
fn what_is_written_is_read() {
    let folder = tempdir().unwrap();
    let out = folder.path().join("deep/out");
    assembly().write(&out).unwrap();
    assert_eq!(Assembly::read(&out).unwrap(), assembly());
}

#[test]
fn the_cdk_reads_the_manifest() {
    let folder = tempdir().unwrap();
    let out = folder.path().join("out");
    assembly().write(&out).unwrap();
    assert_snapshot!(fs::read_to_string(out.join("manifest.json")).unwrap());
}

#[test]
fn stacks_of_one_name_in_two_regions_have_files_of_their_own() {
    let mut assembly = assembly();
    assembly.stacks[1].id.name = "edge".into();
    let files: Vec<String> = assembly.stacks.iter().map(|stack| assembly.template_file(stack)).collect();
    assert_eq!(files, ["edge.us-east-1.template.json", "edge.ap-northeast-2.template.json"]);
    let folder = tempdir().unwrap();
    let out = folder.path().join("out");
    assembly.write(&out).unwrap();
    assert_eq!(Assembly::read(&out).unwrap(), assembly);
}

#[test]
fn an_assembly_is_replaced_as_a_whole() {
    let folder = tempdir().unwrap();
    let out = folder.path().join("out");
    assembly().write(&out).unwrap();
    let smaller = Assembly { stacks: vec![assembly().stacks.remove(0)], ..Assembly::default() };
    smaller.write(&out).unwrap();
    assert_eq!(Assembly::read(&out).unwrap(), smaller);
    assert_eq!(names(&out), ["edge.template.json", "formwork.json", "manifest.json"]);
    assert_eq!(names(folder.path()), ["out"], "nothing is left beside it");
}

#[test]
fn what_is_no_assembly_is_not_replaced() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("thesis.txt"), "years of work").unwrap();
    let error = assembly().write(folder.path()).unwrap_err();
    assert!(matches!(error, WriteError::NotAnAssembly { .. }));
    assert_eq!(names(folder.path()), ["thesis.txt"]);
    // An empty folder is not a loss.
    let empty = tempdir().unwrap();
    assembly().write(empty.path()).unwrap();
    assert_eq!(Assembly::read(empty.path()).unwrap(), assembly());
}

#[test]
fn a_failure_leaves_the_old_assembly() {
    let folder = tempdir().unwrap();
    let out = folder.path().join("out");
    assembly().write(&out).unwrap();
    // A file whose path goes through another file cannot be written.
    let mut broken = assembly();
    broken.files.push(FileArtifact {
        path: "site/Nginx/conf/nginx.conf/x".into(),
        content: String::new(),
        carrier: None,
    });
    assert!(broken.write(&out).is_err());
    assert_eq!(Assembly::read(&out).unwrap(), assembly());
    assert_eq!(names(folder.path()), ["out"]);
}

#[test]
fn what_cannot_be_read_says_what_and_where() {
    let folder = tempdir().unwrap();
    let check = |json: &str| {
        fs::write(folder.path().join("formwork.json"), json).unwrap();
        let error = Assembly::read(folder.path()).unwrap_err().to_string();
        error.replace(&folder.path().display().to_string(), "out")
    };
    let messages = [
        check("{"),
        check("{}"),
        check("{\"version\": 99}"),
        check("{\"version\": 1}"),
        check("{\"version\": 1, \"stacks\": [{}], \"files\": [], \"context\": [], \"warnings\": []}"),
    ];
    assert_snapshot!(messages.join("\n"));
}

#[test]
fn reports_travel_as_json() {
    let report = Report {
        problems: vec![
            Problem::error("`a` is \"b\"\nand more").at(location(7)),
            Problem::warning("w").hint("do something"),
        ],
        missing: Vec::new(),
    };
    assert!(!report.to_json().contains('\n'));
    assert_eq!(Report::from_json(&report.to_json()), Some(report.clone()));
    assert!(!report.is_ok());
    assert_eq!(Report::from_json("thread 'main' panicked"), None);
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
