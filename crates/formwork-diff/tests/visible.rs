//! Differences that a person could miss: the second one of a long line, spaces and tabs, what cannot be seen at all.

#![allow(clippy::unwrap_used, reason = "what cannot go on fails its test")]

use formwork_assembly::visible::is_visible;
use formwork_diff::{Diff, Registry, RenderOptions, render};
use formwork_template::Template;
use insta::assert_snapshot;
use serde_json::{Value, json};

const PLAIN: RenderOptions = RenderOptions { colour: false, verbose: false };
const VERBOSE: RenderOptions = RenderOptions { colour: false, verbose: true };

fn template(document: &Value) -> Template {
    Template::from_json(&document.to_string()).unwrap()
}

fn between(before: &Value, after: &Value) -> Diff {
    Diff::between(Some(&template(before)), &template(after), &Registry::new())
}

/// Diff of one property that changes, as it is shown.
fn shown(before: impl Into<Value>, after: impl Into<Value>) -> String {
    render(&of(before.into(), after.into()), &PLAIN).lines().skip(2).map(|line| format!("{line}\n")).collect()
}

fn of(before: Value, after: Value) -> Diff {
    let document =
        |value: Value| json!({ "Resources": { "P": { "Type": "Custom::P", "Properties": { "V": value } } } });
    between(&document(before), &document(after))
}

fn networks(changed: &[usize]) -> String {
    let network = |index| if changed.contains(&index) { "0.0.0.0/0".to_owned() } else { format!("10.{index}.0.0/16") };
    (0..200).map(network).collect::<Vec<_>>().join(",")
}

#[test]
fn every_difference_of_a_long_line_is_shown() {
    assert_snapshot!(shown(networks(&[]), networks(&[3, 37, 38, 199])), @r#"
    V  …/16,10.2.0.0/16,10.3.0.0/16,10.4.0.0/16,10.… → …/16,10.2.0.0/16,0.0.0.0/0,10.4.0.0/16,10.…  (may replace)
       …16,10.36.0.0/16,10.37.0.0/16,10.38.0.0/16,10.39.0.0/16,10… → …16,10.36.0.0/16,0.0.0.0/0,0.0.0.0/0,10.39.0.0/16,10…
       …6,10.198.0.0/16,10.199.0.0/16" → …6,10.198.0.0/16,0.0.0.0/0"
    "#);
}

#[test]
fn differences_that_are_not_shown_are_counted() {
    let (before, after) = (networks(&[]), networks(&(0..200).step_by(10).collect::<Vec<_>>()));
    assert_snapshot!(shown(before.clone(), after.clone()), @r#"
    V  "10.0.0.0/16,10.1.0.0/16,10.… → "0.0.0.0/0,10.1.0.0/16,10.…  (may replace)
       …/16,10.9.0.0/16,10.10.0.0/16,10.11.0.0/16,10… → …/16,10.9.0.0/16,0.0.0.0/0,10.11.0.0/16,10…
       …16,10.19.0.0/16,10.20.0.0/16,10.21.0.0/16,10… → …16,10.19.0.0/16,0.0.0.0/0,10.21.0.0/16,10…
       …16,10.29.0.0/16,10.30.0.0/16,10.31.0.0/16,10… → …16,10.29.0.0/16,0.0.0.0/0,10.31.0.0/16,10…
       …16,10.39.0.0/16,10.40.0.0/16,10.41.0.0/16,10… → …16,10.39.0.0/16,0.0.0.0/0,10.41.0.0/16,10…
       …16,10.49.0.0/16,10.50.0.0/16,10.51.0.0/16,10… → …16,10.49.0.0/16,0.0.0.0/0,10.51.0.0/16,10…
       …16,10.59.0.0/16,10.60.0.0/16,10.61.0.0/16,10… → …16,10.59.0.0/16,0.0.0.0/0,10.61.0.0/16,10…
       …16,10.69.0.0/16,10.70.0.0/16,10.71.0.0/16,10… → …16,10.69.0.0/16,0.0.0.0/0,10.71.0.0/16,10…
       and 12 more differences, shown with --verbose
    "#);
    let verbose = render(&of(before.into(), after.clone().into()), &VERBOSE);
    assert!(verbose.contains(&after), "{verbose}");
}

#[test]
fn a_long_word_is_compared_inside_and_a_long_difference_is_counted() {
    let word = "0123456789abcdef".repeat(20);
    let other = word.replacen("0123456789abcdef01", "0123456789abcdefX1", 1);
    assert_snapshot!(shown(word.clone(), format!("{}Z", other)), @"
    V  0123456789abcdef0123456789abcdef0… → 0123456789abcdefX123456789abcdef0…  (may replace)
       …0123456789abcdef → …0123456789abcdefZ
    ");
    assert_snapshot!(shown("a short one", word.clone()), @"      V  a short one → 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef… (224 more characters)  (may replace)");
    assert_snapshot!(shown(json!({}), json!({ "Long": word })), @"      V.Long  + 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef… (208 more characters)  (may replace)");
}

#[test]
fn blanks_and_tabs_can_be_told_apart() {
    let script = |indent: &str, end: &str| format!("if x; then\n{indent}make\nfi\n\tsame\nlast{end}\n");
    assert_snapshot!(shown(script("    ", ""), script("\t", "")), @"
    V  (may replace)
        if x; then
      -     make
      + ⇥   make
        fi
            same
    ");
    assert_snapshot!(shown(script("  ", ""), script("  ", "  ")), @"
    V  (may replace)
        fi
            same
      - last
      + last··
    ");
    assert_snapshot!(shown(script("\t", ""), script("⇥   ", "")), @r#"
    V  (may replace)
        if x; then
      - "\tmake"
      + "\u{21e5}   make"
        (⇥ is U+21E5)
        fi
            same
    "#);
    assert_snapshot!(shown("a\tb", "a    b"), @r#"      V  "a\tb" → "a    b"  (may replace)"#);
    assert_snapshot!(shown("a ", "a"), @r#"      V  "a " → a  (may replace)"#);
}

#[test]
fn line_ends_are_named() {
    let script = "#!/bin/sh\nset -e\nmake\n";
    assert_snapshot!(shown(script, script.replace('\n', "\r\n")), @r"      V  (may replace)  (every line ends with \r\n, and no longer with \n)");
    assert_snapshot!(shown(script.replace('\n', "\r\n"), script.replace("make", "test")), @r"
    V  (may replace)  (every line ends with \n, and no longer with \r\n)
        #!/bin/sh
        set -e
      - make
      + test
    ");
    assert_snapshot!(shown(script, script.replace("-e\n", "-e\r\n")), @r"
    V  (may replace)
        #!/bin/sh
      - set -e
      + set -e\r
        make
    ");
    assert_snapshot!(shown(script, script.trim_end()), @"      V  (may replace)  (has no line end at its end any more)");
    assert_snapshot!(shown(script.trim_end(), script), @"      V  (may replace)  (has a line end at its end now)");
    assert_snapshot!(shown(script, format!("{script}\n")), @"
    V  (may replace)
        set -e
        make
      +
    ");
    assert_snapshot!(shown("a", "a\n"), @r#"      V  a → "a\n"  (may replace)"#);
    // The same on both sides is not a difference.
    let (unix, dos) = (script.replace("-e", "-u"), script.replace('\n', "\r\n"));
    assert_snapshot!(shown(dos.clone(), dos.replace("-e", "-u")), @"
    V  (may replace)
        #!/bin/sh
      - set -e
      + set -u
        make
    ");
    assert_eq!(shown(script, unix), shown(dos.clone(), dos.replace("-e", "-u")));
}

#[test]
fn what_cannot_be_seen_is_spelled_out() {
    for hidden in ["\u{202e}", "\u{2066}", "\u{200b}", "\u{a0}", "\u{2028}", "\u{e0041}", "\u{fe0f}", "\u{3164}", "\r"]
    {
        let name = format!("na{hidden}me");
        let document = |value: &str| {
            json!({
                "Description": value,
                "Parameters": { &name: { "Type": "String", "Default": value } },
                "Mappings": { &name: { &name: { &name: value } } },
                "Conditions": { &name: { "Fn::Equals": [value, { "Ref": &name }] } },
                "Resources": {
                    &name: {
                        "Type": format!("Custom::{name}"),
                        "Condition": &name,
                        "Metadata": { &name: value },
                        "DeletionPolicy": if value == "new" { "Retain" } else { &name },
                        "Properties": {
                            &name: value,
                            "Text": format!("line\n{name}\n{value}\n"),
                            "Tags": [{ "Key": &name, "Value": value }],
                            "Items": [{ "Name": &name, "Is": value }],
                            "Sub": { "Fn::Sub": format!("{value}${{{name}}}") },
                            "Join": { "Fn::Join": [&name, [value, { "Fn::GetAtt": [&name, &name] }]] },
                            "Other": { &name: [{ "Ref": &name }, { &name: value }] },
                        },
                    },
                    format!("{name}Only{value}"): {
                        "Type": format!("Custom::{name}"), "DeletionPolicy": &name, "Properties": { &name: &name },
                    },
                },
                "Outputs": { &name: { "Value": value, "Export": { "Name": &name }, "Description": &name } },
            })
        };
        let old = format!("old{hidden}");
        for (before, after) in [(&*old, "new"), ("new", &*old)] {
            let diff = between(&document(before), &document(after));
            for options in [PLAIN, VERBOSE] {
                let text = render(&diff, &options);
                assert!(text.chars().all(|c| c == '\n' || is_visible(c)), "{text}");
            }
        }
    }
}

#[test]
fn names_and_notes_stay_on_their_line() {
    let document =
        |value: &str| json!({ "Resources": { "A\nB": { "Type": "Custom::\nP", "Properties": { "x\ny": value } } } });
    let mut diff = between(&document("1"), &document("2"));
    diff.notes.push("one\n[-] two".to_owned());
    diff.resources[0].reasons.push("three\n[-] four".to_owned());
    assert_snapshot!(render(&diff, &PLAIN), @r#"
    Resources
      [?] may replace  A\nB  Custom::\nP
          three\n[-] four
          "x\ny"  1 → 2  (may replace)

    note: one
        [-] two
    "#);
}

#[test]
fn letters_that_look_alike_have_their_numbers() {
    assert_snapshot!(shown("paypal", "p\u{430}yp\u{430}l"), @"      V  paypal → pаypаl  (may replace)  (а is U+0430)");
    assert_snapshot!(shown("caf\u{e9}", "cafe\u{301}"), @"      V  café → café  (may replace)  (é is U+00E9, U+0301)");
    assert_snapshot!(shown("a\u{430}", "\u{430}a"), @"      V  aа → аa  (may replace)  (а is U+0430)");
    assert_snapshot!(shown("run\nif x - y\n", "run\nif x \u{2013} y\n"), @"
    V  (may replace)
        run
      - if x - y
      + if x – y
        (– is U+2013)
    ");
    let tag = |key: &str| json!({ "Tags": [{ "Key": key, "Value": "v" }] });
    assert_snapshot!(shown(tag("name"), tag("n\u{430}me")), @"
    V.Tags[nаme]  + { Key: nаme, Value: v }  (may replace)  (а is U+0430)
    V.Tags[name]  - { Key: name, Value: v }  (may replace)
    ");
}

#[test]
fn values_that_would_be_shown_alike_are_written_as_json() {
    assert_snapshot!(shown("${A}", json!({ "Ref": "A" })), @r#"      V  "${A}" → ${A}  (may replace)"#);
    assert_snapshot!(shown("a", json!({ "Fn::Sub": "a" })), @"");
    assert_snapshot!(shown("known after apply", "{{changeSet:KNOWN_AFTER_APPLY}}"), @r#"      V  "known after apply" → "{{changeSet:KNOWN_AFTER_APPLY}}"  (may replace)"#);
    assert_snapshot!(shown("[]", json!([])), @r#"      V  "[]" → []  (may replace)"#);
}

#[test]
fn what_is_around_a_text_is_said() {
    let script = "#!/bin/sh\necho ${Name}\n";
    let sub = |value: &str| json!({ "Fn::Base64": { "Fn::Sub": [script, { "Name": value }] } });
    assert_snapshot!(shown(sub("a"), sub("b")), @"
V  (may replace)
    #!/bin/sh
  - echo a
  + echo b
");
    assert_snapshot!(shown(script, json!({ "Fn::Sub": script })), @"      V  (may replace)  (was plain text, is Fn::Sub)");
    let join = |piece: Value| json!({ "Fn::Join": ["", ["#!/bin/sh\n", piece, "\n"]] });
    assert_snapshot!(shown(join(json!("${A}")), join(json!({ "Ref": "A" }))), @"      V  (may replace)  (was plain text, is Fn::Sub)");
}

#[test]
fn base64_is_shown_as_what_it_says() {
    // `printf '#!/bin/sh\nset -e\nmake install\n' | base64`, and with `test`.
    let (make, test) = ("IyEvYmluL3NoCnNldCAtZQptYWtlIGluc3RhbGwK", "IyEvYmluL3NoCnNldCAtZQptYWtlIHRlc3QK");
    assert_snapshot!(shown(make, test), @"
    V  (may replace)  (base64, decoded here)
        #!/bin/sh
        set -e
      - make install
      + make test
    ");
    assert_snapshot!(shown("#!/bin/sh\nset -e\nmake install\n", test), @"
    V  (may replace)  (was plain text, is base64)
        #!/bin/sh
        set -e
      - make install
      + make test
    ");
    assert_snapshot!(shown(json!({}), json!({ "UserData": test })), @"      V.UserData  + 3 lines  (may replace)  (base64, decoded here)");
    assert_snapshot!(shown(make, "bm90IGEgdGV4dDogAAECAwQFBgcICQ=="), @"
    V  (may replace)  (was base64, is plain text)  (has no line end at its end any more)
      - #!/bin/sh
      - set -e
      - make install
      + bm90IGEgdGV4dDogAAECAwQFBgcICQ==
    ");
}

#[test]
fn json_that_is_only_written_in_another_way_says_so() {
    assert_snapshot!(shown(r#"{"a":1,"b":2}"#, r#"{ "b": 2, "a": 1 }"#), @r#"      V  "{\"a\":1,\"b\":2}" → "{ \"b\": 2, \"a\": 1 }"  (may replace)  (the same JSON, written in another way)"#);
    let policy = |action: &str| json!({ "Fn::Sub": format!(r#"{{"Action":"{action}","Resource":"${{Arn}}"}}"#) });
    assert_snapshot!(shown(policy("s3:Get*"), policy("s3:*")), @r#"
    V  (may replace)
        {
      -   "Action": "s3:Get*",
      +   "Action": "s3:*",
          "Resource": "${Arn}"
        }
    "#);
}

#[test]
fn items_are_called_by_their_names() {
    let container = |name: &str, image: &str| json!({ "Name": name, "Image": image, "Environment": [{ "Name": "A", "Value": image }] });
    let before = json!([container("init", "1"), container("web", "1"), container("same", "1")]);
    let after = json!([container("web", "2"), container("same", "1"), container("new", "1")]);
    let diff = of(before, after);
    assert_snapshot!(render(&diff, &PLAIN), @"
    Resources
      [?] may replace  P  Custom::P
          V[init]                      - { Name: init, Image: 1, Environment: [{ Name: A, Value: 1 }] }  (may replace)
          V[web].Image                 1 → 2  (may replace)
          V[web].Environment[A].Value  1 → 2  (may replace)
          V[new]                       + { Name: new, Image: 1, Environment: [{ Name: A, Value: 1 }] }  (may replace)
    ");
    let paths: Vec<String> = diff.resources[0].properties.iter().map(|property| property.path.to_string()).collect();
    assert_snapshot!(paths.join(" "), @"V[0] V[0].Image V[0].Environment[0].Value V[2]");
    // Two of one name are told apart by their places.
    let twice = |value: &str| json!([{ "Name": "a", "Value": "1" }, { "Name": "a", "Value": value }]);
    assert_snapshot!(shown(twice("1"), twice("2")), @"      V[1].Value  1 → 2  (may replace)");
}

#[test]
fn an_export_is_beside_its_value() {
    let output = |value: &str, export: Option<&str>| match export {
        Some(name) => json!({ "Value": value, "Export": { "Name": { "Fn::Sub": name } } }),
        None => json!({ "Value": value }),
    };
    let outputs = |outputs: &[(&str, Value)]| json!({ "Resources": {}, "Outputs": outputs.iter().cloned().map(|(name, output)| (name.to_owned(), output)).collect::<Value>() });
    let before = outputs(&[
        ("Both", output("v", Some("a"))),
        ("Value", output("v", Some("${AWS::StackName}-b"))),
        ("Export", output("v", Some("c"))),
        ("NoMore", output("v", Some("d"))),
        ("Gone", output("v", Some("e"))),
    ]);
    let after = outputs(&[
        ("Both", output("w", Some("b"))),
        ("Value", output("w", Some("${AWS::StackName}-b"))),
        ("Export", output("v", Some("cc"))),
        ("NoMore", output("w", None)),
        ("New", output("v", Some("f"))),
    ]);
    assert_snapshot!(render(&between(&before, &after), &PLAIN), @"
    Outputs
      [~] Both    v → w
          Export.Name  a → b
      [~] Value   v → w  (exported as ${AWS::StackName}-b)
      [~] Export
          Export.Name  c → cc
      [~] NoMore  v → w
          Export  - { Name: d }
      [+] New     v  (exported as f)
      [-] Gone    v  (was exported as e)
    ");
}

#[test]
fn what_uses_an_entry_is_counted() {
    let document = |value: &str| {
        json!({
            "Parameters": { "Env": { "Type": "String", "Default": value }, "Size": { "Type": "String", "Default": value } },
            "Mappings": { "Map": { "a": { "b": value } } },
            "Conditions": {
                "IsProd": { "Fn::Equals": [{ "Ref": "Env" }, value] },
                "IsBig": { "Fn::And": [{ "Condition": "IsProd" }, { "Fn::Equals": [{ "Ref": "Size" }, "big"] }] },
            },
            "Resources": {
                "Direct": { "Type": "Custom::A", "Properties": { "V": { "Fn::Sub": "x-${Env}" } } },
                "Through": { "Type": "Custom::A", "Condition": "IsBig" },
                "Inside": { "Type": "Custom::A", "Properties": { "V": { "Fn::If": ["IsProd", { "Fn::FindInMap": ["Map", "a", "b"] }, "n"] } } },
                "Apart": { "Type": "Custom::A" },
            },
        })
    };
    let diff = between(&document("old"), &document("new"));
    assert_snapshot!(render(&diff, &PLAIN), @"
Resources
  [?] may replace  Direct  Custom::A
      V  x-old → x-new  (may replace: parameter `Env` changes)
  [?] may replace  Inside  Custom::A
      V  old → new  (may replace: mapping `Map` changes)

Parameters
  [~] Env
      Default  old → new
      3 resources use it
  [~] Size
      Default  old → new
      1 resource uses it

Conditions
  [~] IsProd  Equals(${Env}, old) → Equals(${Env}, new)
      2 resources use it

Mappings
  [~] Map
      a.b  old → new
      1 resource uses it
");
    assert_eq!(diff.to_json()["parameters"][0]["usedBy"], 3);
}

#[test]
fn properties_of_what_is_created_are_counted() {
    let one = json!({ "Resources": { "A": { "Type": "Custom::A", "Properties": { "UserData": { "Fn::Base64": "a\nb" }, "B": 1 } } } });
    let diff = between(&json!({ "Resources": {} }), &one);
    assert_snapshot!(render(&diff, &PLAIN), @"
    Resources
      [+] create  A  Custom::A
      2 properties of what is created are shown with --verbose
    ");
    assert_snapshot!(render(&diff, &VERBOSE), @"
    Resources
      [+] create  A  Custom::A
          UserData
            + a
            + b
          B         + 1
    ");
}

proptest::proptest! {
    /// Whatever two texts are, their difference is shown, and nothing in it that cannot be seen.
    #[test]
    fn no_text_is_shown_as_what_it_is_not(before in "\\PC{0,8}(.|\\s){0,40}", after in "(.|\\s){0,40}[a\\u{202e}\r\n\t ]{0,3}") {
        let text = shown(before.clone(), after.clone());
        proptest::prop_assert_eq!(text.is_empty(), before == after);
        // Marks are drawn on what is before them.
        let is_mark = |c: char| !c.is_ascii() && c.escape_debug().next() == Some('\\');
        proptest::prop_assert!(text.chars().all(|c| c == '\n' || is_visible(c) || is_mark(c)), "{}", text);
    }

    /// So is every place at which two long texts differ.
    #[test]
    fn every_change_of_a_long_text_is_in_its_windows(places in proptest::collection::btree_set(0..60_usize, 1..8)) {
        let word = |place: usize| if places.contains(&place) { format!("NEW{place}") } else { format!("word{place}") };
        let before = (0..60).map(|place| format!("word{place}")).collect::<Vec<_>>().join(" ");
        let after = (0..60).map(word).collect::<Vec<_>>().join(" ");
        let text = shown(before, after);
        for place in places {
            proptest::prop_assert!(text.contains(&format!("word{place}")) && text.contains(&format!("NEW{place}")), "{}", text);
        }
    }
}

/// In a text, in a text of several lines, in a list, and in JSON that is a text.
#[test]
fn what_a_change_set_does_not_know_is_never_shown_raw() {
    let mark = formwork_model::change_set::KNOWN_AFTER_APPLY;
    let all = [
        shown("arn:aws:s3:::a/*", format!("{mark}/*")),
        shown(json!(["a"]), json!([mark, format!("x-{mark}-{mark}")])),
        shown(json!({ "A": { "B": "c" } }), json!({ "A": { "B": format!("{mark}/*") } })),
        shown("a\nb\nc\n", format!("a\nb {mark}\nc\n")),
        shown("a", json!({ "Fn::Join": ["/", [{ "Ref": "A" }, format!("{mark}.x")]] })),
        shown("{\"A\":[\"b\"]}", format!("{{\"A\":[\"{mark}/*\"]}}")),
    ];
    for text in &all {
        assert!(!text.contains(mark), "{text}");
    }
    assert_snapshot!(all.join("\n"), @r#"
V  arn:aws:s3:::a/* → ${known after apply}/*  (may replace)

V[0]  - a  (may replace)
V[0]  + known after apply  (may replace)
V[1]  + x-${known after apply}-${known after apply}  (may replace)

V.A.B  c → ${known after apply}/*  (may replace)

V  (may replace)
    a
  - b
  + b ${known after apply}
    c

V  a → ${A}/${known after apply}.x  (may replace)

V  (may replace)
    {
      "A": [
  -     "b"
  +     "${known after apply}/*"
      ]
    }
"#);
}
