//! The importer: both layouts, folders and archives, and what it refuses.

use std::io::Write;
use std::path::{Path, PathBuf};

use formwork_codegen::import::{Request, import};
use formwork_schema::keywords::Flavour;
use formwork_schema::snapshot::Snapshot;

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("import-{name}"));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("writable");
        Folder(path)
    }

    fn with(self, file: &str, text: &str) -> Folder {
        let path = self.0.join(file);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("writable");
        std::fs::write(path, text).expect("writable");
        self
    }

    fn request(&self) -> Request {
        Request { from: self.0.to_string_lossy().into_owned(), date: Some("2026-01-02".to_owned()), origin: None }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

const BUCKET: &str =
    r#"{"typeName": "AWS::S3::Bucket", "properties": {"Name": {"type": "string"}}, "description": "b"}"#;
const TOPIC: &str = r#"{"description": "t", "properties": {"Arn": {"type": "string"}}, "typeName": "AWS::SNS::Topic"}"#;

fn cfn_lint(name: &str) -> Folder {
    Folder::new(name)
        .with("data/providers/us-east-1.json", r#"{"AWS::S3::Bucket": "aa", "AWS::SNS::Topic": "bb"}"#)
        .with("data/providers/eu-west-1.json", r#"{"AWS::S3::Bucket": "aa", "AWS::New::Thing": "cc"}"#)
        .with("data/providers/sam.json", r#"{"AWS::Serverless::Function": "dd"}"#)
        .with("data/resources/aa.json", BUCKET)
        .with("data/resources/bb.json", TOPIC)
        .with("data/resources/cc.json", r#"{"typeName": "AWS::New::Thing", "properties": {}}"#)
        .with("data/version.json", r#"{"schema_date": "2026-10-20T22:11:15Z"}"#)
}

fn zipped(folder: &Folder, files: &[(&str, &str)]) -> String {
    let path = folder.0.join("CloudformationSchema.zip");
    let mut archive = zip::ZipWriter::new(std::fs::File::create(&path).expect("writable"));
    for (name, text) in files {
        archive.start_file(*name, zip::write::SimpleFileOptions::default()).expect("a new entry");
        archive.write_all(text.as_bytes()).expect("writable");
    }
    archive.finish().expect("complete");
    path.to_string_lossy().into_owned()
}

#[test]
fn a_folder_of_cfn_lint() {
    let folder = cfn_lint("cfn-lint");
    let request = Request { date: None, ..folder.request() };
    let snapshot = import(&request, None).expect("a snapshot");
    assert_eq!(snapshot.source.flavour, Flavour::CfnLint);
    assert_eq!(snapshot.source.date, "2026-10-20");
    assert_eq!(snapshot.source.origin, "import-cfn-lint");
    assert_eq!(snapshot.schemas.keys().collect::<Vec<_>>(), ["AWS::New::Thing", "AWS::S3::Bucket", "AWS::SNS::Topic"]);
    assert_eq!(
        snapshot.regions.to_text(),
        "regions eu-west-1 us-east-1\nAWS::New::Thing in eu-west-1\nAWS::S3::Bucket all\nAWS::SNS::Topic in us-east-1\n"
    );
}

#[test]
fn the_archive_and_the_folder_of_aws_give_the_same() {
    let folder = Folder::new("aws").with("aws-s3-bucket.json", BUCKET).with("aws-sns-topic.json", TOPIC);
    let from_folder = import(&folder.request(), None).expect("a snapshot");
    let archive = Request {
        from: zipped(&folder, &[("aws-s3-bucket.json", BUCKET), ("aws-sns-topic.json", TOPIC)]),
        ..folder.request()
    };
    let from_archive = import(&archive, None).expect("a snapshot");
    assert_eq!(from_folder.source.flavour, Flavour::Aws);
    assert_eq!(from_folder.source.sha256, from_archive.source.sha256);
    assert_eq!(from_folder.schemas, from_archive.schemas);
    assert_eq!(from_archive.source.origin, "CloudformationSchema.zip");
    // Layouts do not matter for the digest either: it is over the schemas, here those of one region.
    let other = cfn_lint("aws-and-cfn-lint").with("data/providers/eu-west-1.json", "{}");
    let other = import(&other.request(), None).expect("a snapshot");
    assert_eq!(other.source.sha256, from_archive.source.sha256);
}

#[test]
fn one_region_leaves_what_is_known_of_the_others() {
    let before = import(&cfn_lint("before").request(), None).expect("a snapshot");
    let folder = Folder::new("one-region").with("aws-s3-bucket.json", BUCKET);
    let after = import(&folder.request(), Some(&before)).expect("a snapshot");
    assert_eq!(
        after.regions.to_text(),
        "regions eu-west-1 us-east-1\nAWS::New::Thing in eu-west-1\nAWS::S3::Bucket all\n"
    );
    assert_eq!(after.schemas.keys().collect::<Vec<_>>(), ["AWS::New::Thing", "AWS::S3::Bucket"]);
}

#[test]
fn what_is_written_is_read_again() {
    let snapshot = import(&cfn_lint("round-trip").request(), None).expect("a snapshot");
    let folder = Folder::new("written");
    snapshot.write(&folder.0).expect("writable");
    assert_eq!(Snapshot::read(&folder.0).expect("readable"), snapshot);
    let file = folder.0.join("types/s3.json.gz");
    let bytes = std::fs::read(&file).expect("one file per service");
    snapshot.write(&folder.0).expect("writable");
    assert_eq!(std::fs::read(&file).expect("still there"), bytes);

    // A service that is no more takes its file with it.
    let topics = folder.0.join("types/sns.json.gz");
    assert!(topics.exists());
    let smaller = Folder::new("smaller").with("aws-s3-bucket.json", BUCKET);
    let smaller = import(&smaller.request(), Some(&snapshot)).expect("a snapshot");
    smaller.write(&folder.0).expect("writable");
    assert!(file.exists() && !topics.exists());

    // A file that went missing is noticed.
    std::fs::remove_file(&file).expect("removable");
    let error = Snapshot::read(&folder.0).expect_err("the digest differs").to_string();
    assert!(error.contains("SOURCE.toml: `sha256` is "), "{error}");
}

#[track_caller]
fn refused(request: &Request, expected: &str) {
    let error = import(request, None).expect_err("refused").to_string();
    assert!(error.contains(expected), "{error}");
}

#[test]
fn what_is_no_source_is_refused() {
    refused(
        &Folder::new("empty").request(),
        "no schemas: neither providers/us-east-1.json nor a JSON file for each type",
    );
    refused(
        &Folder::new("no-type").with("a.json", "{}").request(),
        "`a.json` is not a registry schema: `typeName` is missing",
    );
    refused(
        &Folder::new("no-json").with("a.json", "{").request(),
        "`a.json` is not a registry schema: EOF while parsing",
    );
    refused(
        &Folder::new("no-properties").with("a.json", r#"{"typeName": "AWS::S3::Bucket"}"#).request(),
        "`a.json` is not a registry schema: `properties` is missing",
    );
    refused(
        &Folder::new("missing").with("providers/us-east-1.json", r#"{"AWS::S3::Bucket": "aa"}"#).request(),
        "`resources/aa.json` is not a registry schema: the file is missing",
    );
    let folder = Folder::new("no-zip").with("a.zip", "not an archive");
    let request = Request { from: folder.0.join("a.zip").to_string_lossy().into_owned(), ..folder.request() };
    refused(&request, "a.zip: ");
    let folder = Folder::new("no-date").with("aws-s3-bucket.json", BUCKET);
    let request = Request { date: None, ..folder.request() };
    refused(&request, "the source has no date; give it with `--date YYYY-MM-DD`");
}

#[test]
fn an_unknown_keyword_stops_the_import() {
    let strange = r#"{"typeName": "AWS::S3::Bucket", "properties": {"Name": {"type": "string", "colour": "red"}}}"#;
    refused(
        &Folder::new("keyword").with("a.json", strange).request(),
        "`AWS::S3::Bucket`: at `/properties/Name` there is `colour`, which is not known here",
    );
}

#[test]
fn a_patch_that_no_longer_applies_stops_the_import() {
    let mut before = import(&cfn_lint("patched").request(), None).expect("a snapshot");
    let patch = |type_name: &str, path: &str| {
        let text = format!(
            r#"{{"type": "{type_name}", "reason": "r", "link": "l", "operations": [{{"op": "remove", "path": "{path}"}}]}}"#
        );
        formwork_schema::patch::Patch::from_json("bucket.json", &text).expect("a patch")
    };
    let folder = Folder::new("patching").with("aws-s3-bucket.json", BUCKET);
    before.patches = vec![patch("AWS::S3::Bucket", "/properties/Name")];
    let after = import(&folder.request(), Some(&before)).expect("it applies");
    let schema = after.schema("AWS::S3::Bucket").expect("it applies").expect("a schema");
    assert_eq!(schema["properties"], serde_json::json!({}));

    before.patches = vec![patch("AWS::S3::Bucket", "/properties/Gone")];
    let error = import(&folder.request(), Some(&before)).expect_err("refused").to_string();
    assert_eq!(
        error,
        "patch `bucket.json`: operation 1 at `/properties/Gone` does not apply to `AWS::S3::Bucket`: there is nothing"
    );
    before.patches = vec![patch("AWS::SNS::Topic", "/properties/Arn")];
    let error = import(&folder.request(), Some(&before)).expect_err("refused").to_string();
    assert_eq!(error, "patch `bucket.json`: there is no type `AWS::SNS::Topic` in the snapshot");
}
