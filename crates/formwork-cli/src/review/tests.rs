//! The comment and the page: whole outputs, hostile texts, and bounds.

use std::fmt::Write as _;

use formwork_assembly::Location;
use formwork_diff::{Diff, FileChange, FileFate, Registry, ResourceDiff};
use formwork_template::Template;

use super::{Review, Reviewed, comment, page};
use crate::graph::Graph;

const HOSTILE: &str = "`</code></pre><script>alert(1)</script> @everyone https://evil.example #1 ``` <!-- --> | **b**";

fn template(text: &str) -> Template {
    Template::from_json(text).unwrap()
}

/// A review of one change, as a stack of an app.
fn review(before: &Template, after: &Template, files: &[FileChange], check: impl FnOnce(&Review<'_>)) {
    let diff = Diff::between(Some(before), after, &Registry::default());
    let nested = ResourceDiff {
        impact: formwork_diff::Impact::Replace,
        logical_id: "Inner/Table".to_owned(),
        type_name: "AWS::DynamoDB::Table".to_owned(),
        location: Some(Location { file: "src/lib.rs".into(), line: 7 }),
        ..ResourceDiff::default()
    };
    let stack = Reviewed {
        title: "site (us-east-1)".to_owned(),
        what: "update, after edge".to_owned(),
        files,
        deliver: "`files --out DIR`".to_owned(),
        nested: vec![&nested],
        in_use: vec!["`Certificate` is replaced while `edge` (eu-west-1) uses it".to_owned()],
        refused: vec!["the export `name` goes while `edge` imports it, which CloudFormation refuses".to_owned()],
        steps: vec!["`Role`: an update of its own goes first".to_owned()],
        ..Reviewed::of_files(String::new(), &diff, Graph::of_resources(after))
    };
    let quiet = Reviewed { title: "edge (eu-west-1)".to_owned(), what: "no changes".to_owned(), ..Reviewed::default() };
    let node = |name: &str, needs| crate::graph::Node { name: name.to_owned(), kind: "us-east-1".to_owned(), needs };
    check(&Review {
        name: "habitpay/prod".to_owned(),
        totals: diff.summary(),
        stacks: vec![stack, quiet],
        command: "`cargo formwork diff`".to_owned(),
        graph: Some(Graph { nodes: vec![node("site", vec![]), node("edge", vec![0])] }),
    });
}

fn pair() -> (Template, Template) {
    let before = r#"{"Resources": {
        "Table": {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": "orders", "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}], "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}], "BillingMode": "PAY_PER_REQUEST"}},
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}}},
        "Topic": {"Type": "AWS::SNS::Topic"}
    }}"#;
    let after = before
        .replace("orders", "orders-2")
        .replace("ec2.amazonaws.com\"}", "*\"}")
        .replace(
            r#""Topic": {"Type": "AWS::SNS::Topic"}"#,
            r#""Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Ref": "Table"}}}"#,
        )
        .replace("\n    }}", "\n    }, \"Outputs\": {\"Name\": {\"Value\": {\"Ref\": \"Table\"}}}}");
    (template(before), template(&after))
}

fn files() -> Vec<FileChange> {
    let fate = FileFate::Changed { before: "a\nb\n".into(), after: "a\nc\n".into(), carrier: None };
    vec![FileChange { path: "site/nginx.conf".into(), fate }]
}

#[test]
fn a_comment_and_a_page() {
    let (before, after) = pair();
    review(&before, &after, &files(), |review| {
        insta::assert_snapshot!("comment", comment(review));
        insta::assert_snapshot!("page", page(review).replace(super::style::STYLE, "(style)\n"));
    });
}

#[test]
fn hostile_texts_are_texts() {
    let mut before = pair().0;
    let (id, resource) = before.resources.shift_remove_index(0).unwrap();
    before.resources.insert(HOSTILE.to_owned() + &id, resource);
    let hostile = serde_json::to_string(HOSTILE).unwrap();
    let after = format!(
        r#"{{"Resources": {{"Topic": {{"Type": "AWS::SNS::Topic", "Properties": {{"TopicName": {hostile}}}}}, {hostile}: {{"Type": {hostile}}}}}}}"#
    );
    let after = template(&after);
    let diff = Diff::between(Some(&before), &after, &Registry::default());
    let title = HOSTILE.to_owned();
    let review = Review {
        name: title.clone(),
        totals: diff.summary(),
        stacks: vec![Reviewed {
            in_use: vec![title.clone()],
            ..Reviewed::of_files(title, &diff, Graph::of_resources(&after))
        }],
        command: "`cargo formwork diff`".to_owned(),
        graph: None,
    };
    insta::assert_snapshot!("hostile_comment", comment(&review));
    let page = page(&review);
    assert!(!page.contains("<script"), "{page}");
    assert!(!page.contains("src=") && !page.contains("url("), "the page asks for something");
    insta::assert_snapshot!("hostile_page", page.replace(super::style::STYLE, "(style)\n"));
}

/// A template of many resources with texts that are not short.
pub(crate) fn large(resources: usize, version: &str) -> Template {
    let mut text = String::new();
    for number in 0..resources {
        let gap = if number == 0 { "" } else { "," };
        let _ = write!(
            text,
            r#"{gap}"Role{number}": {{"Type": "AWS::IAM::Role", "Properties": {{"RoleName": "{version}-{number}", "Description": "{}",
            "Tags": [{{"Key": "version", "Value": "{version}"}}, {{"Key": "need", "Value": {{"Fn::GetAtt": ["Role{}", "Arn"]}}}}],
            "AssumeRolePolicyDocument": {{"Statement": [{{"Effect": "Allow", "Principal": {{"AWS": "{version}"}}, "Action": "sts:AssumeRole"}}]}}}}}}"#,
            version.repeat(60),
            (number / 2).saturating_sub(1),
        );
    }
    template(&format!(r#"{{"Resources": {{{text}}}}}"#))
}

#[test]
fn a_large_app_is_within_bounds() {
    let (before, after) = (large(500, "one"), large(500, "two"));
    review(&before, &after, &[], |review| {
        let (comment, page) = (comment(review), page(review));
        assert!(comment.len() <= 65_536, "{}", comment.len());
        assert!(comment.ends_with("**Cut, since a comment holds no more: `cargo formwork diff` shows everything.**\n"));
        assert!(page.len() < 2_000_000, "{}", page.len());
        // The resources of the stack, and the nested one.
        assert_eq!(page.matches("<summary><span class=\"what lost\">").count(), 501);
        if let Some(file) = std::env::var_os("FORMWORK_LARGE_PAGE") {
            std::fs::write(file, page).unwrap();
        }
    });
    let many = Review {
        name: "many".to_owned(),
        totals: String::new(),
        stacks: (0..5000)
            .map(|number| Reviewed {
                title: format!("{}{number}", "s".repeat(300)),
                changes: number % 2 == 0,
                ..Reviewed::default()
            })
            .collect(),
        command: "`cargo formwork diff`".to_owned(),
        graph: None,
    };
    let comment = comment(&many);
    assert!(comment.len() <= 65_536, "{}", comment.len());
}

#[test]
fn what_changes_beside_resources_is_said() {
    let before = r#"{"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}"#;
    let after = before.replace("}}}", "}}, \"Outputs\": {\"Name\": {\"Value\": {\"Ref\": \"Topic\"}}}}");
    let (before, after) = (template(before), template(&after));
    let said = |before: &Template, after: &Template| {
        let diff = Diff::between(Some(before), after, &Registry::default());
        let review = Review {
            name: "site".to_owned(),
            totals: diff.summary(),
            stacks: vec![Reviewed::of_files("site".to_owned(), &diff, Graph::of_resources(after))],
            command: String::new(),
            graph: None,
        };
        (comment(&review), page(&review))
    };
    let (comment, page) = said(&before, &after);
    assert!(
        comment.contains("### `site`: 0 to create, 0 to update, 0 to replace, 0 to destroy; outputs change\n"),
        "{comment}"
    );
    assert!(
        comment.contains("changes; 0 to create, 0 to update, 0 to replace, 0 to destroy; outputs change</summary>"),
        "{comment}"
    );
    assert!(page.contains("<p>0 to create, 0 to update, 0 to replace, 0 to destroy; outputs change</p>"), "{page}");
    let (comment, page) = said(&after, &after);
    let none = "0 to create, 0 to update, 0 to replace, 0 to destroy";
    assert!(
        comment.contains(&format!("### `site`: {none}\n")) && page.contains(&format!("<p>{none}</p>")),
        "{comment}\n{page}"
    );
}
