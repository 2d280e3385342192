//! YAML as CloudFormation reads it. What each text comes to was taken from libyaml 0.2.5, whose rules are SnakeYAML's.

#![allow(clippy::unwrap_used, reason = "what cannot go on fails its test")]
#![cfg(feature = "yaml")]

use formwork_template::{JsonWriter, Lowering, Style, ToJson, Value};

#[rustfmt::skip]
const TEXTS: &[(&str, &str)] = &[
    ("a: \"one\nline\"\n", "{\"a\":\"one line\"}"),
    ("a: \"one\n\n two\\\n   three\"\n", "{\"a\":\"one\\ntwothree\"}"),
    ("a:\n  b: \"first,\n  second\"\n", "{\"a\":{\"b\":\"first, second\"}}"),
    ("a: 'it''s\n\n\n  so'\n", "{\"a\":\"it's\\n\\nso\"}"),
    ("a: {\n  b: [\n1,\n2\n]\n}\n", "{\"a\":{\"b\":[1,2]}}"),
    ("a:\n  b: {\n  c: 1\n  }\n", "{\"a\":{\"b\":{\"c\":1}}}"),
    ("a: [x, y,]\n", "{\"a\":[\"x\",\"y\"]}"),
    ("a: {x: 1,}\n", "{\"a\":{\"x\":1}}"),
    ("a: {x, y: }\n", "{\"a\":{\"x\":null,\"y\":null}}"),
    ("a: [b: c, d]\n", "{\"a\":[{\"b\":\"c\"},\"d\"]}"),
    ("a: {\"b\":1,\"c\":[{}]}\n", "{\"a\":{\"b\":1,\"c\":[{}]}}"),
    ("a: [a:b, http://x/y?z#w]\n", "{\"a\":[\"a:b\",\"http://x/y?z#w\"]}"),
    ("a:b\n", "\"a:b\""),
    ("a: b: c\n", "refused"),
    ("a: - b\n", "refused"),
    ("a: \"x\" y\n", "refused"),
    ("a:\n- 1\n- 2\nb: 3\n", "{\"a\":[1,2],\"b\":3}"),
    ("a:\n  - b: 1\n    c: 2\n  -\n    - d\n", "{\"a\":[{\"b\":1,\"c\":2},[\"d\"]]}"),
    ("- - - 1\n", "[[[1]]]"),
    ("? a\n: b\n", "{\"a\":\"b\"}"),
    ("a: |\n  x\n   y\n\n  z\n\n\nb: 1\n", "{\"a\":\"x\\n y\\n\\nz\\n\",\"b\":1}"),
    ("a: |-\n  x\n\n", "{\"a\":\"x\"}"),
    ("a: |+\n  x\n\n", "{\"a\":\"x\\n\\n\"}"),
    ("a: |2\n    x\n   y\n", "{\"a\":\"  x\\n y\\n\"}"),
    ("a: >\n  x\n  y\n\n  z\n   w\n  v\n", "{\"a\":\"x y\\nz\\n w\\nv\\n\"}"),
    ("a: >-\n  x\n\n\n  y", "{\"a\":\"x\\n\\ny\"}"),
    ("a: |\n   x\n  y\n", "refused"),
    ("a: |\n\tx\n", "refused"),
    ("a: | x\n", "refused"),
    ("a:\tb\n", "{\"a\":\"b\"}"),
    ("\ta: b\n", "refused"),
    ("a: b\n\tc: d\n", "refused"),
    ("a: x\n  y\n\n  z\nb: 1\n", "{\"a\":\"x y\\nz\",\"b\":1}"),
    ("a: x # c\n", "{\"a\":\"x\"}"),
    ("a: x#c\n", "{\"a\":\"x#c\"}"),
    ("# c\na: 1 #d\n#e\n", "{\"a\":1}"),
    ("a: @x\n", "refused"),
    ("a: `x`\n", "refused"),
    ("a: %x\n", "refused"),
    ("a: -x\n", "{\"a\":\"-x\"}"),
    ("a: ?x\n", "{\"a\":\"?x\"}"),
    ("a: :x\n", "{\"a\":\":x\"}"),
    ("a: *\n", "refused"),
    ("a: !Ref\n", "{\"a\":{\"Ref\":\"\"}}"),
    ("a: [!Ref, b]\n", "{\"a\":[{\"Ref\":\"\"},\"b\"]}"),
    ("a: [!Ref]\n", "refused"),
    ("a: [!Ref b, !Sub \"c\"]\n", "{\"a\":[{\"Ref\":\"b\"},{\"Fn::Sub\":\"c\"}]}"),
    ("a: !Sub |\n  x\n", "{\"a\":{\"Fn::Sub\":\"x\\n\"}}"),
    ("a: !If [c, !Ref d, {e: f}]\n", "{\"a\":{\"Fn::If\":[\"c\",{\"Ref\":\"d\"},{\"e\":\"f\"}]}}"),
    ("a: !!str 1\n", "{\"a\":\"1\"}"),
    ("a: \"\\u00e9\\x41\\t\\/\"\n", "{\"a\":\"éA\\t/\"}"),
    ("a: \"\\q\"\n", "refused"),
    ("a: 'x\n", "refused"),
    ("a: [1\n", "refused"),
    ("a: {b: 1\nc: 2\n", "refused"),
    ("a: 1\n b: 2\n", "refused"),
    ("a:\n  b: 1\n c: 2\n", "refused"),
    ("a\nb: 1\n", "refused"),
    ("---\na: 1\n...\n", "{\"a\":1}"),
    ("%YAML 1.1\n---\na: 1\n", "{\"a\":1}"),
    ("--- a\n", "\"a\""),
    ("a: 1\n---\nb: 2\n", "refused"),
    ("", "null"),
    ("a: x\u{2028} y\n", "{\"a\":\"x\u{2028}y\"}"),
    ("a: x\r\nb: y\r\n", "{\"a\":\"x\",\"b\":\"y\"}"),
    ("a: \"x\r\n  y\"\r\n", "{\"a\":\"x y\"}"),
    ("{a: 1}\n]\n", "refused"),
    ("a: 1}\n", "{\"a\":\"1}\"}"),
    ("a: [1, [2, {b: [3]}]]\n", "{\"a\":[1,[2,{\"b\":[3]}]]}"),
    ("a: {? b : c}\n", "{\"a\":{\"b\":\"c\"}}"),
    ("a: []]\n", "refused"),
    ("a: b\n- c\n", "refused"),
    ("\"a\": 1\n'b': 2\n", "{\"a\":1,\"b\":2}"),
    ("a: \"\"\nb: ''\nc:\n", "{\"a\":\"\",\"b\":\"\",\"c\":null}"),
    ("a: [\n# c\n1 # d\n]\n", "{\"a\":[1]}"),
    ("- a\n -b\n- c\n", "[\"a -b\",\"c\"]"),
    ("a: ---\n", "{\"a\":\"---\"}"),
    ("a: |1\n x\n", "{\"a\":\"x\\n\"}"),
    ("a:\n    - x\n    - y\n  # c\nb: 1\n", "{\"a\":[\"x\",\"y\"],\"b\":1}"),
    ("!Ref a: 1\n", "refused"),
];

#[test]
fn texts_are_read_as_libyaml_reads_them() {
    let lowering = Lowering::default();
    for (text, expected) in TEXTS {
        let json = Value::from_text(&format!("# not JSON\n{text}")).map(|value| {
            let mut out = JsonWriter::new(Style::Compact, &lowering);
            value.write(&mut out);
            out.finish().text
        });
        match json {
            Ok(json) => assert_eq!(json, *expected, "{text:?}"),
            Err(error) => assert_eq!("refused", *expected, "{text:?}: {error}"),
        }
    }
}
