//! Rust's notation for programmers, numbers that are not finite, and formats that only known values have: problems at synth.

#![allow(clippy::unwrap_used, reason = "what cannot go on fails its test")]

use std::path::Path;

use formwork::prelude::*;

fn said(stack: Stack<UsEast1>) -> String {
    let problems = App::new().with(stack).synth().map_or_else(|report| report.problems, |it| it.warnings);
    problems.into_iter().map(|problem| format!("{}\n", problem.message)).collect()
}

#[test]
fn values_as_programmers_see_them() {
    let mut stack = Stack::<UsEast1>::new("t");
    let condition = stack.condition("C", function::equals("a", "b"));
    let mapping = stack.mapping("M", json!({ "a": { "b": "c" } }));
    stack.output("Condition", format!("{condition:?}"));
    stack.output("Conditions", format!("{:?}", [&condition]));
    stack.output("Mapping", format!("{mapping:?}"));
    stack.output("Origin", format!("of {:?}", Origin::public_https("a.example.com")));
    stack.output("Pretty", format!("{:#?}", HostedZone::from_id("Z0123456789ABCDEFGHIJ", "example.com")));
    stack.output("Secret", format!("{:?}", OriginSecret::Generation(1)));
    stack.description(format!("{:?}", Upstream::new("a:80")));
    insta::assert_snapshot!(said(stack), @r#"
stack `t`: a text has `Upstream { address:` in it, which is how Rust shows a value to programmers: put each value itself into it with `{}`
stack `t`, `Condition`: the text `${Condition}` has a condition in it
stack `t`, `Conditions`: the text `[${Condition}]` is how Rust shows a value to programmers: put each value itself into it with `{}`
stack `t`, `Mapping`: the text `"${M}"`: a value in it was escaped, by `{:?}` of a text for example: put it in with `{}`
stack `t`, `Origin`: a text has `Origin { id:` in it, which is how Rust shows a value to programmers: put each value itself into it with `{}`
stack `t`, `Pretty`: a text has `HostedZone { id:` in it, which is how Rust shows a value to programmers: put each value itself into it with `{}`
stack `t`, `Secret`: a text has `Generation(` in it, which is how Rust shows a value to programmers: put each value itself into it with `{}`
"#);
}

#[test]
fn numbers_that_are_none() {
    let mut stack = Stack::<UsEast1>::new("t");
    let none: Val<f64> = f64::NAN.into();
    stack.output("Nan", none.clone());
    stack.add("Thing", Untyped::new("Custom::Thing", json!({ "A": (f64::INFINITY), "B": [none, (-f64::INFINITY)] })));
    stack.output("Text", format!("{}", Val::<f64>::from(1.5)));
    insta::assert_snapshot!(said(stack), @"
stack `t`, `Thing`: `inf` is not a number that JSON can hold
stack `t`, `Thing`: `NaN` is not a number that JSON can hold
stack `t`, `Thing`: `-inf` is not a number that JSON can hold
stack `t`, `Nan`: `NaN` is not a number that JSON can hold
");
}

#[test]
fn formats_of_what_is_not_known() {
    let mut stack = Stack::<UsEast1>::new("t");
    let zone = stack.add("Zone", cfn::route53::HostedZone::default());
    stack.output("Width", format!("{:>200}", zone.id()));
    stack.output("Precision", format!("{:.10}", zone.id()));
    stack.output("Known", format!("{:>3}{:.1}", Val::<String>::from("a"), Val::<String>::from("bc")));
    insta::assert_snapshot!(said(stack), @"
stack `t`, `Width`: the text `…`: a width or a precision is asked of a value that is known only when the stack is deployed
stack `t`, `Precision`: the text `…`: a width or a precision is asked of a value that is known only when the stack is deployed
");
}

/// Every struct of which people can make a text is known by its notation.
#[test]
fn every_struct_is_known() {
    let mut unknown = Vec::new();
    let mut count = 0;
    for source in ["../formwork/src", "../formwork-template/src", "../formwork-assembly/src"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(source);
        for (name, field) in structs(&folder) {
            count += 1;
            if formwork::template::notation::of_ours(&format!("{name} {{ {field}: 1 }}")).is_none() {
                unknown.push(format!("(\"{name}\", \"{field}\"),"));
            }
        }
    }
    assert!(count > 60, "{count}");
    assert_eq!(unknown, Vec::<String>::new(), "they belong into `notation.rs` of formwork-template");
}

/// Public structs with a derived `Debug`, and their first fields.
fn structs(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(structs(&path));
            continue;
        }
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        for (place, line) in lines.iter().enumerate() {
            let Some(rest) = line.strip_prefix("pub struct ").filter(|_| line.ends_with('{')) else { continue };
            let is_attribute = |line: &&&str| line.starts_with("#[");
            let mut attributes = lines[..place].iter().rev().take_while(is_attribute);
            if !attributes.any(|line| line.starts_with("#[derive(") && line.contains("Debug")) {
                continue;
            }
            let name: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric()).collect();
            let is_field = |line: &&&str| !matches!(line.trim_start().get(..1), Some("/" | "#"));
            let first = lines[place + 1..].iter().find(is_field).unwrap().trim_start();
            let first = first.split_once("pub(crate) ").or(first.split_once("pub ")).map_or(first, |(_, rest)| rest);
            found.push((name, first.split(':').next().unwrap().to_owned()));
        }
    }
    found
}
