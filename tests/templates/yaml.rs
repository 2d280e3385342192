//! Our YAML, read by a parser that is not ours: cfn-lint's, which is PyYAML with the short forms of functions.

use std::fs;

use formwork::template::{Style, Template};
use serde_json::{Value, json};
use support::{Program, paths, tempdir};

const READ: &str = "
import json, sys
from cfnlint.decode import cfn_yaml
print(json.dumps(cfn_yaml.load(sys.argv[1])))
";

/// Texts that some parser takes for something else.
const TEXTS: &[&str] = &[
    "",
    " ",
    "~",
    "null",
    "Null",
    "yes",
    "Yes",
    "NO",
    "on",
    "Off",
    "y",
    "n",
    "true",
    "False",
    "=",
    "<<",
    "-",
    "--",
    "---",
    "...",
    "- a",
    "? a",
    ": a",
    "a: b",
    "a:",
    "a #b",
    "#a",
    "&a",
    "*a",
    "!a",
    "!Ref a",
    "|",
    ">",
    "'a'",
    "\"a\"",
    "'",
    "\"",
    "%a",
    "@a",
    "`a",
    "{a}",
    "[a]",
    "{",
    "]",
    "a, b",
    "0",
    "00",
    "007",
    "0644",
    "0o17",
    "0x1F",
    "0b1",
    "1_000",
    "-1",
    "+1",
    "1.5",
    ".5",
    "5.",
    "1e3",
    "1.0e+3",
    ".inf",
    "-.INF",
    ".nan",
    "1:30",
    "190:20:30",
    "2012-10-17",
    "2001-12-14t21:59:43.10-05:00",
    "2001-12-14 21:59:43",
    "012345678901",
    "123456789012345678901",
    "3.10",
    " leading",
    "trailing ",
    "\ttab",
    "tab\t",
    "a\tb",
    "two\nlines",
    "two\nlines\n",
    "three\n\nlines\n\n\n",
    "\nfirst is empty",
    "  indented\nlines",
    "lines\n  indented",
    "trailing \nspace",
    "a\r\nb",
    "a\rb",
    "\r",
    "\n",
    "\n\n",
    "é ü 漢字 🦀",
    "\u{7f}",
    "\u{85}",
    "\u{a0}",
    "\u{2028}a",
    "\u{feff}a",
    "\u{1b}[31m",
    "\0",
    "\\",
    "\\n",
    "a\\",
    "${AWS::Region}",
    "{{resolve:ssm:a}}",
    "arn:aws:s3:::b/*",
    "10.0.0.0/16",
    "#!/bin/sh\nset -e\n",
    "a'b\"c",
    "very long text of many words that some writers fold over several lines, which we do not do, because what is read must be what was written",
];

/// `Fn::GetAtt` has two spellings of one meaning: the list is what both are.
fn plain(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(plain).collect(),
        Value::Object(entries) => entries
            .into_iter()
            .map(|(key, item)| match (&*key, item.as_str().and_then(|text| text.split_once('.'))) {
                ("Fn::GetAtt", Some((id, attribute))) => (key, json!([id, attribute])),
                _ => (key, plain(item)),
            })
            .collect(),
        other => other,
    }
}

#[track_caller]
fn check(template: &Template) {
    let (yaml, problems) = template.to_yaml();
    assert_eq!(problems, Vec::<String>::new());
    let folder = tempdir();
    let file = folder.path().join("template.yaml");
    fs::write(&file, &yaml).unwrap();
    let theirs = Program::new(paths::python()).args(["-c", READ]).arg(&file).run().success().json();
    let ours: Value = serde_json::from_str(&template.to_json(Style::Compact).0).unwrap();
    assert_eq!(plain(theirs), plain(ours), "{yaml}");
}

#[test]
fn texts_that_look_like_something_else() {
    // Control characters stand in no key that this reader takes.
    let keys = TEXTS.iter().filter(|text| !text.is_empty() && text.bytes().all(|byte| byte >= b' '));
    let keys: serde_json::Map<String, Value> = keys.map(|text| ((*text).to_owned(), json!(1))).collect();
    let texts = json!({ "Texts": TEXTS, "Keys": keys, "Nested": [[TEXTS, { "a": TEXTS }]] });
    let resources = json!({ "Resources": { "A": { "Type": "Custom::A", "Properties": texts } } });
    check(&Template::from_json(&resources.to_string()).unwrap());
}

#[test]
fn short_forms() {
    let properties = json!({
        "Ref": { "Ref": "A" }, "Att": { "Fn::GetAtt": ["A", "B.C"] }, "Sub": { "Fn::Sub": ["${X} a: #b", { "X": { "Ref": "A" } }] },
        "Join": { "Fn::Join": ["", ["a", { "Fn::Base64": { "Fn::Sub": "x\n${A}\n" } }]] },
        "If": { "Fn::If": ["C", { "Ref": "AWS::NoValue" }, [{ "Fn::Select": [0, { "Fn::GetAZs": "" }] }]] },
        "Map": { "Fn::FindInMap": ["M", { "Ref": "AWS::Region" }, "k"] }, "Import": { "Fn::ImportValue": { "Fn::Sub": "${A}-x" } },
        "Split": { "Fn::Split": [",", { "Ref": "A" }] }, "Cidr": { "Fn::Cidr": [{ "Ref": "A" }, 4, 8] }, "Not": { "Ref": 1 },
        "Numbers": [0, -1, 1.5, 1e-7, -1.25e-9, 1e17, 1.5e16, 1_000_000, true, false],
    });
    let template = json!({
        "Parameters": { "P": { "Type": "String", "Default": "2012-10-17" } },
        "Conditions": { "C": { "Fn::And": [{ "Fn::Equals": [{ "Ref": "P" }, "yes"] }, { "Fn::Not": [{ "Condition": "D" }] }] } },
        "Resources": { "A": { "Type": "Custom::A", "Condition": "C", "Properties": properties } },
    });
    check(&Template::from_json(&template.to_string()).unwrap());
}
