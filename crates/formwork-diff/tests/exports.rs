//! Exports that do not stay: by what is written, by what is replaced, and where only the deployment decides.

#![allow(clippy::unwrap_used, reason = "what cannot go on fails its test")]

use formwork_diff::{Diff, ParameterValues, Registry};
use formwork_model::Pseudo;
use formwork_model::change_set::{Action, ChangeSet, ChangeSetReplacement, ResourceChange};
use formwork_template::Template;

const SECTIONS: &str = r#""Parameters":{"Size":{"Type":"String","Default":"big"},"Open":{"Type":"String"}},
    "Conditions":{"IsOpen":{"Fn::Equals":[{"Ref":"Open"},"yes"]},"No":{"Fn::Equals":["a","b"]}}"#;

fn template(topic: &str, outputs: &str) -> Template {
    let text = format!(
        r#"{{{SECTIONS},"Resources":{{"Topic":{{"Type":"AWS::SNS::Topic","Properties":{{{topic}}}}}}},"Outputs":{{{outputs}}}}}"#
    );
    Template::from_json(&text).unwrap()
}

fn diff(before: &Template, after: &Template) -> Diff {
    let pseudo = Pseudo { stack_name: "site".to_owned(), ..Pseudo::default() };
    let values = ParameterValues { pseudo, ..ParameterValues::default() };
    Diff::between_with(Some(before), after, &Registry::new(), &values)
}

fn told(diff: &Diff) -> String {
    let exports: Vec<String> =
        diff.exports.iter().map(|export| format!("{} of {} {:?}", export.name, export.output, export.fate)).collect();
    exports.join(", ")
}

/// An output `A`, exported under the name `site-a`.
fn exported(value: &str, more: &str) -> String {
    format!(r#""A":{{"Value":{value},"Export":{{"Name":{{"Fn::Sub":"${{AWS::StackName}}-a"}}}}{more}}}"#)
}

#[test]
fn an_export_stays_as_long_as_its_name_and_its_value_do() {
    let one = exported(r#""x""#, "");
    for (before, after, expected) in [
        (one.clone(), one.clone(), ""),
        // Another output under the same name.
        (one.clone(), r#""B":{"Value":"x","Export":{"Name":"site-a"}}"#.to_owned(), ""),
        (one.clone(), r#""B":{"Value":"y","Export":{"Name":"site-a"}}"#.to_owned(), "site-a of A Changes"),
        (one.clone(), r#""A":{"Value":"x","Export":{"Name":"site-b"}}"#.to_owned(), "site-a of A Goes"),
        (one.clone(), r#""A":{"Value":"x"}"#.to_owned(), "site-a of A Goes"),
        (one.clone(), String::new(), "site-a of A Goes"),
        (one.clone(), exported(r#""y""#, ""), "site-a of A Changes"),
        // By a default, which is the same text.
        (exported(r#""big""#, ""), exported(r#"{"Ref":"Size"}"#, ""), ""),
        (one.clone(), exported(r#""x""#, r#","Condition":"No""#), "site-a of A Goes"),
        (exported(r#""x""#, r#","Condition":"No""#), String::new(), ""),
        // The value of a parameter that is not known.
        (one.clone(), exported(r#"{"Ref":"Open"}"#, ""), "site-a of A MayChange"),
        (one.clone(), exported(r#""x""#, r#","Condition":"IsOpen""#), "site-a of A MayChange"),
        (exported(r#""x""#, r#","Condition":"IsOpen""#), one.clone(), ""),
        (exported(r#""x""#, r#","Condition":"IsOpen""#), exported(r#""x""#, r#","Condition":"IsOpen""#), ""),
        (one.clone(), r#""A":{"Value":"x","Export":{"Name":{"Ref":"Open"}}}"#.to_owned(), "site-a of A MayChange"),
        (r#""A":{"Value":"x"}"#.to_owned(), one.clone(), ""),
    ] {
        assert_eq!(told(&diff(&template("", &before), &template("", &after))), expected, "{before} → {after}");
    }
    assert_eq!(told(&Diff::between(None, &template("", &one), &Registry::new())), "");
}

#[test]
fn a_value_follows_what_becomes_of_its_resource() {
    let (topic, name) = (exported(r#"{"Ref":"Topic"}"#, ""), exported(r#"{"Fn::GetAtt":["Topic","TopicName"]}"#, ""));
    let check =
        |outputs: &str, before: &str, after: &str| told(&diff(&template(before, outputs), &template(after, outputs)));
    assert_eq!(check(&topic, r#""DisplayName":"a""#, r#""DisplayName":"b""#), "");
    assert_eq!(check(&topic, r#""TopicName":"a""#, r#""TopicName":"b""#), "site-a of A Changes");
    assert_eq!(check(&name, r#""TopicName":"a""#, r#""TopicName":"b""#), "site-a of A Changes");
    assert_eq!(check(&topic, r#""TopicName":"a""#, r#""TopicName":{"Ref":"Open"}"#), "site-a of A MayChange");
}

/// The change set knows better what is replaced, and the value may stay then.
#[test]
fn a_replacement_that_does_not_come_leaves_the_value_open() {
    let outputs = exported(r#"{"Ref":"Topic"}"#, "");
    let diff = diff(&template(r#""TopicName":"a""#, &outputs), &template(r#""TopicName":"b""#, &outputs));
    let change = |replacement| {
        let (logical_id, type_name) = ("Topic".to_owned(), "AWS::SNS::Topic".to_owned());
        let change = ResourceChange {
            logical_id,
            type_name,
            action: Action::Modify,
            replacement: Some(replacement),
            ..ResourceChange::default()
        };
        ChangeSet { has_changes: true, changes: vec![change] }
    };
    assert_eq!(told(&diff.clone().with_change_set(&change(ChangeSetReplacement::True))), "site-a of A Changes");
    let mut unsure = diff;
    for property in &mut unsure.resources[0].properties {
        property.basis = formwork_diff::Basis::Runtime;
    }
    assert_eq!(told(&unsure.with_change_set(&change(ChangeSetReplacement::False))), "site-a of A MayChange");
}
