//! The document in YAML: the same values as in JSON, short forms, and what is refused with its line and column.

#![allow(clippy::unwrap_used, reason = "what cannot go on fails its test")]
#![cfg(feature = "yaml")]

use formwork_template::yaml::places;
use formwork_template::{ReadError, Reading, Remark, Style, Template, text_of};
use insta::assert_snapshot;
use proptest::prelude::*;

const EVERYTHING: &str = include_str!("everything.template.json");

#[track_caller]
fn json_of(yaml: &str) -> String {
    Template::from_yaml(yaml).unwrap().to_json(Style::Compact).0.trim_end().to_owned()
}

#[track_caller]
fn check_error(yaml: &str, expected: &str) {
    assert_eq!(Template::from_yaml(yaml).unwrap_err().to_string(), expected);
}

#[test]
fn everything_survives_yaml() {
    let template = Template::from_json(EVERYTHING).unwrap();
    let (yaml, problems) = template.to_yaml();
    assert!(problems.is_empty());
    assert_eq!(Template::from_yaml(&yaml).unwrap().to_json(Style::Pretty).0, EVERYTHING, "{yaml}");
}

#[test]
fn json_is_yaml() {
    assert_eq!(Template::from_yaml(EVERYTHING).unwrap().to_json(Style::Pretty).0, EVERYTHING);
    assert_eq!(Template::from_text(EVERYTHING).unwrap().to_json(Style::Pretty).0, EVERYTHING);
}

#[test]
fn short_forms_are_the_functions_they_stand_for() {
    let yaml = r#"
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
  Both: !And [!Condition IsProd, !Not [!Equals [a, b]]]
Resources:
  A:
    Type: T
    Properties:
      Ref: !Ref 123
      Att: !GetAtt B.Endpoint.Address
      AttList: !GetAtt [B, Arn]
      Sub: !Sub "${AWS::Region}-x"
      SubWith: !Sub ["${X}", {X: !Ref Y}]
      Join: !Join ["", [a, !Ref B]]
      Azs: !GetAZs ""
      If: !If [IsProd, !Ref B, !Ref "AWS::NoValue"]
      Nested: !Base64
        Fn::Sub: text
      Import: !ImportValue network
      Version: 2012-10-17
      Yes: yes
      Text: 'yes'
      Tagged: !!str 5
"#;
    assert_snapshot!(json_of(yaml));
}

#[test]
fn written_for_people() {
    let json = r##"{"Resources": {"A": {"Type": "T", "Properties": {
        "Script": "#!/bin/sh\nset -e\n\n  echo hi\n", "Bare": "a\nb", "Kept": "a\n\n\n", "Tab": "\ta\nb",
        "Empty": "", "Map": {}, "List": [], "Number": "80", "Date": "2012-10-17", "Word": "yes", "Null": null,
        "Colon": "a: b", "Hash": "a #b", "Star": "*", "Arn": "arn:aws:s3:::bucket/*", "Odd": "\u0085\u0000",
        "Nested": [[1, [2]], {"a": [{"b": 1, "c": 2}]}],
        "Fn": {"Fn::Base64": {"Fn::Sub": "x"}}, "Join": {"Fn::Join": ["", [{"Ref": "A"}, {"Fn::GetAtt": ["A", "B.C"]}]]},
        "Select": {"Fn::Select": [0, {"Fn::GetAZs": ""}]}}}}}"##;
    let template = Template::from_json(json).unwrap();
    let (text, _) = template.to_yaml();
    assert_snapshot!(text);
    assert_eq!(Template::from_yaml(&text).unwrap().to_json(Style::Compact), template.to_json(Style::Compact));
}

#[test]
fn what_is_wrong_is_told_where_it_stands() {
    let texts = [
        "Resources: {A: {Type: T}}\n---\n{}\n",
        "Resources: {A: {Type: T}}\n...\nB\n",
        "Resources:\n  A:\n    Type: T\n   B: 1\n",
        "Resources:\n  A\n  B:\n",
        "Resources:\n\tA: 1\n",
        "Resources:\n  A: 1\n\tB: 1\n",
        "A: [1\n",
        "A: {b: 1\n  c: 1}\n",
        "A: [1]]\n",
        "A: b: c\n",
        "A: - b\n",
        "A: \"b\" c\n",
        "A: \"b\nC: d\n",
        "A: 'b\n---\n",
        "A: \"\\q\"\n",
        "A: \"\\ud800\"\n",
        "A: |x\n  b\n",
        "A: |\n\tb\n",
        "A: @b\n",
        "A: *\n",
        "A: [!Ref]\n",
        "A: !<b\n",
        "A: [b:]\n",
        "A: {, b}\n",
        "A: !Ref &a !Sub b\n",
        "%PDF-1.7\n",
        "",
        "just a text",
        "Resources:\n  A: {}\n",
    ];
    let all: Vec<String> = texts
        .iter()
        .map(|text| format!("{text:?}\n    {}", Template::from_yaml(text).map(|_| "no mistake").unwrap_err()))
        .collect();
    assert_snapshot!(all.join("\n"));
}

/// As validation reads it: all mistakes, what is questionable, and the template behind them.
#[track_caller]
fn reading(text: &str) -> String {
    let Reading { template, mistakes, remarks } = Template::read(text);
    let mut all: Vec<String> = mistakes
        .iter()
        .map(|mistake| match mistake {
            ReadError::Refused { hint, .. } => format!("{mistake} [{}] ({hint})", mistake.path().join("/")),
            other => other.to_string(),
        })
        .collect();
    all.extend(remarks.into_iter().map(|Remark { kind, path, line, column, message, hint }| {
        format!("{kind:?} {line}:{column} [{}] {message} ({hint})", path.join("/"))
    }));
    all.extend(template.map(|template| template.to_json(Style::Compact).0.trim_end().to_owned()));
    all.join("\n")
}

#[test]
fn every_mistake_is_told_and_the_rest_is_read() {
    assert_snapshot!(reading(
        "
Parameters:
  P: { Typ: String }
  Q: 7
Resources:
  Alias: { Type: T, Properties: &p { X: 1 } }
  Uses: { Type: T, Properties: *p }
  Merges:
    Type: T
    Properties:
      <<: *p
      Y: 1
  Unknown: { Type: !Reff x, Properties: !Rain::Embed y.txt, DependsOn: [Uses, 3] }
  Object: { Type: { a: b } }
  Keys: { Type: T, Properties: { 1: a, 2.5: b, ~: c, [x]: d, '7': f } }
  Nameless:
    Type: T
    Properties:
      ?
      : e
  Tagged: { Type: T, Properties: { A: !!int x, B: !!set {c, d}, C: !!str 5 } }
  Empty: {}
Outputs:
  O: { Export: {} }
"
    ));
}

#[test]
fn what_is_read_otherwise_than_it_may_be_meant_is_remarked() {
    assert_snapshot!(reading(
        "
Mappings:
  Vat: { NO: { Rate: 25 }, \"SE\": { Rate: '25' } }
Conditions:
  On: !Equals [a, b]
Resources:
  A:
    Type: T
    Properties:
      Booleans: [NO, yes, on, Off, true, FALSE, n, 'no', !!str no, !Ref no]
      Zeros: [0755, 012345670123, 0123456789, 08, '0755', 0, 00]
      Lost: [16.10, 1.30, 2.00, 1.0, 16.1, +5, 1_000, 0x1F, 0b11, .5]
      Times: [22:22, 1:30:00, 80:80, 10.0.0.0, 22:22:22:22, a:1]
      Exponents: [1e3, 12e45, 1.0e3, 1e, e3]
      Else: [0o17, .inf, .nan, ~, null, 2012-10-17, 123456789012, 99999999999999999999, -1, 1.5]
      Key: { yes: 1, Yes: 2 }
    Type: U
  B: &unused { Type: T }
"
    ));
    assert_snapshot!(reading(
        "{\"Resources\": {\"A\": {\"Type\": \"T\", \"Properties\": {\"V\": 16.10, \"W\": 1.5, \"X\": 1e3}},\n \"A\": {\"Type\": \"U\"}}}"
    ));
}

#[test]
fn aliases_cannot_grow() {
    let mut yaml = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..40 {
        let inside = vec![format!("*a{}", level - 1); 10].join(", ");
        yaml += &format!("a{level}: &a{level} [{inside}]\n");
    }
    assert_eq!(Template::read(&yaml).mistakes.len(), 390);
    check_error(&"[".repeat(200), "line 1, column 101: nested deeper than 100 levels");
    check_error(&"- ".repeat(200), "line 1, column 201: nested deeper than 100 levels");
    check_error(&"{a: ".repeat(300_000), "the template has 1200000 bytes, CloudFormation takes 1000000");
    check_error(&"{a: ".repeat(200_000), "line 1, column 401: nested deeper than 100 levels");
}

#[test]
fn bytes_that_are_not_a_template() {
    let refused = |bytes: &[u8]| match text_of(bytes).and_then(Template::from_text) {
        Ok(template) => panic!("{:?}", template.to_json(Style::Compact)),
        Err(error) => error.to_string(),
    };
    let deep = |open: &str, close: &str, levels: usize| format!("{}{}", open.repeat(levels), close.repeat(levels));
    let cases: Vec<Vec<u8>> = vec![
        b"Resources:\n  A:\n    Type: \"\xff\"\n".to_vec(),
        b"Resources:\r\n  \xc3\xa9\xc3: 1\r\n".to_vec(),
        b"\xff\xfeR\0e\0s\0".to_vec(),
        b"Resources:\n  A\0: 1\n".to_vec(),
        b"{\"Resources\": \0}".to_vec(),
        b"{\"A\": \"\0\"}".to_vec(),
        b"Resources:\n  A: \x1b[31m\n".to_vec(),
        b"Resources:\n\tA: {Type: T}\n".to_vec(),
        b"Resources:\n  A:\n    Type: T\n   Properties: {}\n".to_vec(),
        b"Resources: {A: {Type: T}\n".to_vec(),
        b"{\"Resources\": {\"A\": {\"Type\": \"T\",}}}".to_vec(),
        b"{\"A\": {\"B\": 123456789012345678901234567890}}".to_vec(),
        b"{\"A\": 1e999}".to_vec(),
        b"{\"A\": 1} {}".to_vec(),
        b"{'A': 1}".to_vec(),
        deep("[", "]", 101).into_bytes(),
        deep("{\"a\":", "}", 200).replace(":}", ":1}").into_bytes(),
        format!("{{\"A\": {}}}", deep("[", "]", 200)).into_bytes(),
        deep("- ", "", 200).into_bytes(),
        format!("A: {}", deep("!Base64 [", "]", 51)).into_bytes(),
        b"%PDF-1.7\n".to_vec(),
        b"<?xml version=\"1.0\"?><html/>".to_vec(),
        b"AWSTemplateFormatVersion: 2010-09-10\n".to_vec(),
        "{".repeat(2_000_000).into_bytes(),
    ];
    let all: Vec<String> = cases
        .iter()
        .map(|case| {
            let shown: String = String::from_utf8_lossy(case).escape_debug().take(60).collect();
            format!("{shown}\n    {}", refused(case))
        })
        .collect();
    assert_snapshot!(all.join("\n"));
}

#[test]
fn what_editors_leave_in_a_file_is_no_matter() {
    let json = json_of("Resources:\n  A:\n    Type: T\n    Properties: {P: x}\n");
    for text in [
        "\u{feff}Resources:\n  A:\n    Type: T\n    Properties: {P: x}\n",
        "Resources:\r\n  A:\r\n    Type: T\r\n    Properties: {P: x}\r\n",
        "# a comment\n---\nResources:\n  A:\n    Type: T\n    Properties: {P: x}\n...\n",
        "\u{feff}{\"Resources\": {\"A\": {\"Type\": \"T\", \"Properties\": {\"P\": \"x\"}}}}",
        "\r\n\t{\r\n\t\"Resources\": {\"A\": {\"Type\": \"T\",\t\"Properties\": {\"P\": \"x\"}}}}\r\n",
    ] {
        let read = Template::from_text(text).unwrap();
        assert_eq!(read.to_json(Style::Compact).0.trim_end(), json, "{text:?}");
    }
}

#[test]
fn a_key_is_longer_than_a_line_may_be() {
    for length in [1_020, 1_023, 1_024, 2_000] {
        let key = "k".repeat(length);
        let json = format!(
            r#"{{"Resources": {{"A": {{"Type": "T", "Properties": {{"L": [{{"{key}": {{"{key}": 1}}}}]}}}}}}}}"#
        );
        let template = Template::from_json(&json).unwrap();
        let again = Template::from_yaml(&template.to_yaml().0).unwrap();
        assert_eq!(again.to_json(Style::Compact), template.to_json(Style::Compact));
    }
}

/// As deep as it may be, every way of writing and reading still does.
#[test]
fn the_deepest_template_survives() {
    let leaf = "{\"Fn::GetAtt\": \"A.B\"}";
    // Five levels are around a property's value, two are the leaf's.
    for levels in [92, 93] {
        let value = format!("{}{leaf}{}", "[".repeat(levels), "]".repeat(levels));
        let json = format!(r#"{{"Resources": {{"A": {{"Type": "T", "Properties": {{"P": {value}}}}}}}}}"#);
        let template = Template::from_json(&json).unwrap();
        let (yaml, problems) = template.to_yaml();
        assert!(problems.is_empty());
        assert_eq!(template.resources["A"].properties.to_value().as_map().map(|map| map.len()), Some(1));
        assert_eq!(Template::from_yaml(&yaml).unwrap().to_json(Style::Compact), template.to_json(Style::Compact));
    }
}

#[test]
fn places_are_those_of_the_keys() {
    let yaml = "Resources:\n  A:\n    Type: T\n    Properties:\n      L:\n        - x: 1\n        - !Sub y\n";
    let found: Vec<String> =
        places(yaml).iter().map(|place| format!("{} {}:{}", place.path.join("/"), place.line, place.column)).collect();
    assert_snapshot!(found.join("\n"));
    let json: Vec<Vec<String>> = places("{\n\t\"A\": {\"B\": [1, {}]}}").into_iter().map(|place| place.path).collect();
    assert_eq!(json, [vec!["A"], vec!["A", "B"], vec!["A", "B", "0"], vec!["A", "B", "1"]]);
}

fn value() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        (-1e6..1e6).prop_map(|number: f64| serde_json::json!(number)),
        (-1e18..1e18).prop_map(|number: f64| serde_json::json!(number)),
        (-1e-6..1e-6).prop_map(|number: f64| serde_json::json!(number)),
        any::<String>().prop_map(Into::into),
        "[ -~\n\t]{0,20}".prop_map(Into::into),
        "[0-9a-zA-Z.:+_-]{0,8}".prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(serde_json::Value::from),
            prop::collection::vec(("[ -~\n]{0,6}", inner.clone()), 0..5)
                .prop_map(|entries| serde_json::Value::Object(entries.into_iter().collect())),
            inner.clone().prop_map(|item| serde_json::json!({ "Fn::Base64": item })),
            (any::<String>(), inner).prop_map(|(text, item)| serde_json::json!({ "Fn::Join": [text, [item]] })),
            "[A-Za-z0-9:.]{0,9}".prop_map(|name| serde_json::json!({ "Ref": name })),
            "[A-Za-z0-9.]{0,9}".prop_map(|name| serde_json::json!({ "Fn::GetAtt": name })),
        ]
    })
}

proptest! {
    #[test]
    fn any_template_survives_yaml(properties in value()) {
        let json = serde_json::json!({ "Resources": { "A": { "Type": "T", "Properties": { "P": properties } } } });
        let template = Template::from_json(&json.to_string()).unwrap();
        let (yaml, _) = template.to_yaml();
        let again = Template::from_yaml(&yaml).map_err(|error| TestCaseError::fail(format!("{error}\n{yaml}")))?;
        prop_assert_eq!(again.to_json(Style::Compact), template.to_json(Style::Compact), "{}", yaml);
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "[-a-zA-Z0-9:{}\\[\\],!&*#|>'\"%@`? \n\t\u{feff}é]{0,200}") {
        let _ = Template::from_yaml(&text);
        let _ = Template::from_text(&text);
        let _ = places(&text);
    }
}
