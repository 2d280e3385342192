//! A preview's page in a browser: it asks for nothing, runs nothing, is used by keyboard, and axe finds nothing that keeps people out.
//!
//! Each test's name begins with `review_page`, by which `cargo xtask test` leaves them out where there is no Node.js.

use std::fmt::Write as _;
use std::fs;

use serde_json::{Value, json};
use support::{Program, paths, tempdir};

const HOSTILE: &str =
    "</pre><script>alert(1)</script><img src=https://example.com/x onerror=alert(2)> \" ' ` &lt; \u{202e}";

/// Many resources of which each is replaced, and one whose texts want to be more than texts.
fn template(resources: usize, version: &str) -> String {
    let mut text =
        json!({ "Type": "AWS::SNS::Topic", "Properties": { "TopicName": format!("{HOSTILE}{version}") } }).to_string();
    text.insert_str(0, &format!("{}:", json!(HOSTILE)));
    for number in 0..resources {
        let role = json!({ "Type": "AWS::IAM::Role", "Properties": {
            "RoleName": format!("{version}-{number}"),
            "Description": version.repeat(80),
            "AssumeRolePolicyDocument": { "Statement": [{ "Effect": "Allow", "Principal": { "AWS": version }, "Action": "sts:AssumeRole" }] },
            "Tags": [{ "Key": "before", "Value": { "Ref": format!("Role{}", number / 2) } }],
        }});
        let _ = write!(text, ",\"Role{number}\":{role}");
    }
    format!("{{\"Resources\":{{{text}}}}}")
}

#[test]
#[allow(clippy::print_stdout, reason = "for who looks at it with `--nocapture`")]
fn review_page_is_read_by_everybody() {
    let folder = tempdir();
    let mut pages = Vec::new();
    for resources in [3, 500] {
        let file = |name: &str| folder.path().join(format!("{name}{resources}"));
        let (before, after, page) = (file("before.json"), file("after.json"), file("page").with_extension("html"));
        fs::write(&before, template(resources, "one")).unwrap();
        fs::write(&after, template(resources, "two")).unwrap();
        let run = Program::formwork().args(["diff", "--quiet", "--from"]).arg(&before).arg("--to").arg(&after);
        run.arg("--html").arg(&page).run().success();
        let length = fs::metadata(&page).unwrap().len();
        assert!(length < 2_000_000, "{length} bytes");
        pages.push(format!("file://{}", page.display()));
    }
    let script = paths::root().join("tests").join("e2e").join("review_page.js");
    let run = Program::new("node").arg(script).arg(paths::node_modules()).arg(paths::chromium()).args(&pages).run();
    let mut looks = run.success().json();
    for look in looks.as_array_mut().unwrap() {
        // A loaded machine decides how long it takes.
        println!("{} ms", look["milliseconds"]);
        look.as_object_mut().unwrap().remove("milliseconds");
    }
    let of = |scheme: &str| {
        json!({
            "colorScheme": scheme, "asked": [], "said": [], "stops": ["A", "SUMMARY", "SUMMARY", "SUMMARY"],
            "opened": true, "made": 0, "violations": [],
        })
    };
    assert_eq!(looks, Value::from(vec![of("light"), of("dark"), of("light"), of("dark")]));
}
