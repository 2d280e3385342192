//! Changes that another snapshot brings for users, told of two small invented snapshots.

use std::collections::BTreeMap;
use std::path::Path;

use formwork_codegen::changes::{self, Effect};
use formwork_codegen::{revision, workspace};
use formwork_schema::keywords::Flavour;
use formwork_schema::snapshot::{Regions, Snapshot, Source, digest};
use serde_json::{Value, json};

/// A snapshot of these schemas; each says in `regions` where it exists.
fn snapshot(date: &str, known: &[&str], schemas: Value) -> Snapshot {
    let mut regions = Regions::default();
    let mut by_type = BTreeMap::new();
    let Value::Object(schemas) = schemas else { panic!("schemas are an object") };
    for region in known {
        let types =
            schemas.iter().filter(|(_, schema)| schema["regions"].as_array().expect("a list").contains(&json!(region)));
        regions.set(region, types.map(|(name, _)| name.as_str()));
    }
    for (type_name, mut schema) in schemas {
        let root = schema.as_object_mut().expect("an object");
        root.remove("regions");
        root.insert("typeName".to_owned(), json!(type_name));
        by_type.insert(type_name, schema);
    }
    let source = Source {
        origin: "invented".to_owned(),
        date: date.to_owned(),
        sha256: digest(&by_type),
        licence: "MIT-0".to_owned(),
        flavour: Flavour::CfnLint,
    };
    Snapshot { source, schemas: by_type, regions, patches: Vec::new() }
}

fn before() -> Snapshot {
    snapshot(
        "2026-10-20",
        &["eu-west-1", "us-east-1", "us-gone-1"],
        json!({
            "AWS::Farm::Barn": {
                "regions": ["eu-west-1", "us-east-1"],
                "properties": {
                    "Name": {"type": "string"},
                    "Roof": {"type": "string"},
                    "Size": {"type": "integer"},
                    "Owner": {"type": "string"},
                    "Doors": {"type": "array", "items": {"$ref": "#/definitions/Door"}},
                    "Colour": {"type": "string", "enum": ["red", "green", "fast-blue"]},
                    "Feed": {"oneOf": [
                        {"type": "object", "properties": {"Hay": {"type": "string"}}, "required": ["Hay"], "additionalProperties": false},
                        {"type": "object", "properties": {"Oats": {"type": "string"}}, "required": ["Oats"], "additionalProperties": false}
                    ]},
                    "Fence": {"$ref": "#/definitions/Fence"},
                    "Pond": {"$ref": "#/definitions/Pond"},
                    "Tags": {"type": "array", "items": {"type": "string"}},
                    "Arn": {"type": "string"}, "Age": {"type": "string"}, "Old": {"type": "string"}
                },
                "definitions": {
                    "Door": {"type": "object", "properties": {"Width": {"type": "integer"}, "Lock": {"type": "string"}}, "required": ["Width"]},
                    "Fence": {"type": "object", "properties": {"Length": {"type": "integer"}}},
                    "Pond": {"type": "object", "properties": {"Depth": {"type": "integer"}}}
                },
                "required": ["Owner"],
                "readOnlyProperties": ["/properties/Arn", "/properties/Age", "/properties/Old"],
                "createOnlyProperties": ["/properties/Name", "/properties/Doors/*/Lock"],
                "writeOnlyProperties": ["/properties/Roof"],
                "primaryIdentifier": ["/properties/Arn"],
                "propertyTransform": {"/properties/Name": "$lowercase(Name)"},
                "handlers": {"create": {}, "update": {}, "delete": {}}
            },
            "AWS::Farm::Well": {
                "regions": ["us-east-1"],
                "properties": {"Depth": {"type": "integer"}},
                "handlers": {"create": {}, "update": {}}
            },
            "AWS::Mill::Wheel": {
                "regions": ["us-east-1", "us-gone-1"],
                "properties": {"Speed": {"type": "number"}}
            },
            "AWS::Same::Thing": {
                "regions": ["us-east-1"],
                "description": "as it was",
                "properties": {"Speed": {"type": "number"}}
            }
        }),
    )
}

fn after() -> Snapshot {
    snapshot(
        "2026-11-20",
        &["eu-west-1", "mx-new-1", "us-east-1"],
        json!({
            "AWS::Farm::Barn": {
                "regions": ["mx-new-1", "us-east-1"],
                "properties": {
                    "Name": {"type": "string"},
                    "Roof": {"type": "string"},
                    "Size": {"type": "number"},
                    "Owner": {"type": "string"},
                    "Doors": {"type": "array", "items": {"$ref": "#/definitions/Door"}},
                    "Colour": {"type": "string", "enum": ["red", "green", "Fast-Blue", "gold", "silver"]},
                    "Feed": {"oneOf": [
                        {"type": "object", "properties": {"Hay": {"type": "integer"}}, "required": ["Hay"], "additionalProperties": false},
                        {"type": "object", "properties": {"Corn": {"type": "string"}}, "required": ["Corn"], "additionalProperties": false}
                    ]},
                    "Fence": {"type": "object", "patternProperties": {".*": {"type": "string"}}, "additionalProperties": false},
                    "Pond": {"$ref": "#/definitions/Pond"},
                    "Insurance": {"$ref": "#/definitions/Insurance"},
                    "Address": {"type": "string"},
                    "Tags": {"type": "array", "items": {"type": "string"}},
                    "Arn": {"type": "string"}, "Age": {"type": "integer"}, "Id": {"type": "string"}
                },
                "definitions": {
                    "Door": {"type": "object", "properties": {
                        "Width": {"type": "integer"}, "Lock": {"type": "string"}, "Height": {"type": "integer"}, "Log": {"type": "string"}
                    }, "required": ["Width", "Lock", "Height"]},
                    "Pond": {"type": "string", "enum": ["deep", "shallow"]},
                    "Insurance": {"type": "object", "properties": {"Sum": {"type": "integer"}}}
                },
                "required": ["Address"],
                "readOnlyProperties": ["/properties/Arn", "/properties/Age", "/properties/Id", "/properties/Doors/*/Log"],
                "createOnlyProperties": ["/properties/Colour"],
                "conditionalCreateOnlyProperties": ["/properties/Roof"],
                "writeOnlyProperties": ["/properties/Owner"],
                "primaryIdentifier": ["/properties/Id"],
                "propertyTransform": {"/properties/Name": "$uppercase(Name)"},
                "tagging": {"taggable": true, "tagUpdatable": false, "tagProperty": "/properties/Tags"},
                "replacementStrategy": "delete_then_create",
                "handlers": {"create": {}, "update": {}, "delete": {}}
            },
            "AWS::Farm::Well": {
                "regions": ["eu-west-1", "us-east-1"],
                "properties": {"Depth": {"type": "integer"}},
                "handlers": {"create": {}}
            },
            "AWS::Same::Thing": {
                "regions": ["us-east-1"],
                "description": "described anew",
                "properties": {"Speed": {"type": "number", "minimum": 1}}
            },
            "AWS::Sky::Cloud": {
                "regions": ["mx-new-1", "us-east-1"],
                "properties": {"Form": {"type": "string"}}
            }
        }),
    )
}

#[test]
fn a_section_of_the_changelog() {
    let changes = changes::between(&before(), &after()).expect("readable");
    insta::assert_snapshot!("section", changes.to_markdown());
}

#[test]
fn the_way_back() {
    let changes = changes::between(&after(), &before()).expect("readable");
    insta::assert_snapshot!("section_back", changes.to_markdown());
}

#[test]
fn the_json_has_every_line_of_the_section() {
    let changes = changes::between(&before(), &after()).expect("readable");
    let document: Value = serde_json::from_str(&changes.to_json()).expect("JSON");
    let entries = document["changes"].as_array().expect("a list");
    let markdown = changes.to_markdown();
    assert_eq!(markdown.lines().filter(|line| line.starts_with("  - ")).count(), entries.len());
    for entry in entries {
        let text = entry["text"].as_str().expect("a text");
        assert!(markdown.contains(&format!("`: {text}\n")), "{text}");
    }
    assert_eq!(
        entries[0],
        json!({
            "service": "Farm",
            "type": "AWS::Farm::Barn",
            "kind": "replacement",
            "effect": "replaces",
            "text": "a change of property `Colour` replaces the resource, before it was made in place",
        })
    );
    assert_eq!(document["newRegions"], json!(["mx-new-1"]));
    assert_eq!(document["goneServices"], json!(["Mill"]));
}

#[test]
fn nothing_changes_between_equal_snapshots() {
    let changes = changes::between(&before(), &before()).expect("readable");
    assert!(changes.is_empty());
    assert_eq!(
        changes.to_markdown(),
        "### Schema snapshot 2026-10-20 (before: 2026-10-20)\n\nNothing changes for users.\n"
    );
}

#[test]
fn what_is_gone_breaks_and_what_is_new_does_not() {
    let (before, after) = (before(), after());
    let effects = |changes: &changes::Changes, type_name: &str| -> Vec<Effect> {
        changes.by_type[type_name].iter().map(changes::Change::effect).collect()
    };
    let changes = changes::between(&before, &after).expect("readable");
    assert_eq!(effects(&changes, "AWS::Mill::Wheel"), [Effect::Breaks]);
    assert_eq!(effects(&changes, "AWS::Sky::Cloud"), [Effect::Informs]);
    assert_eq!(effects(&changes, "AWS::Farm::Well"), [Effect::Replaces, Effect::Informs]);
}

#[test]
fn the_snapshot_of_another_time() {
    let root = workspace::root(Path::new(env!("CARGO_MANIFEST_DIR"))).expect("the repository");
    let folder = tempfile::tempdir().expect("a folder");
    before().write(folder.path()).expect("writable");
    let read = revision::snapshot(&root, &folder.path().to_string_lossy()).expect("a snapshot");
    assert_eq!(read, before());
    for (since, expected) in [
        ("no-such-revision", "`no-such-revision`: neither a folder with a `SOURCE.toml` nor a revision with schemas: "),
        (
            "--output=x",
            "`--output=x`: neither a folder with a `SOURCE.toml` nor a revision with schemas: not the name of a revision",
        ),
        ("", "``: neither a folder"),
    ] {
        let error = revision::snapshot(&root, since).expect_err("refused").to_string();
        assert!(error.starts_with(expected), "{error}");
    }
}

#[test]
fn the_snapshot_of_a_revision() {
    let folder = tempfile::tempdir().expect("a folder");
    before().write(&folder.path().join("schemas")).expect("writable");
    let git = |arguments: &[&str]| {
        let who = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"];
        let status = std::process::Command::new("git").arg("-C").arg(folder.path()).args(who).args(arguments).status();
        assert!(status.expect("git runs").success(), "{arguments:?}");
    };
    git(&["init", "--quiet"]);
    git(&["add", "schemas"]);
    git(&["commit", "--quiet", "--message", "before"]);
    after().write(&folder.path().join("schemas")).expect("writable");
    assert_eq!(revision::snapshot(folder.path(), "HEAD").expect("a snapshot"), before());
}
