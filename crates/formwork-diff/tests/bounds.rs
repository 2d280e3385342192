//! Templates that were made to take long: the diff of each ends at once.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use formwork_diff::{Diff, Registry, RenderOptions, render};
use formwork_template::Template;
use serde_json::{Value, json};

/// A queue whose name, policy and tag are a text.
fn template(text: &Value) -> Template {
    let statement = json!({ "Effect": "Allow", "Principal": text, "Action": "sqs:*", "Resource": text });
    let queue = json!({ "Type": "AWS::SQS::Queue", "Properties": { "QueueName": text, "Tags": [{ "Key": "a", "Value": text }] } });
    let policy = json!({ "Type": "AWS::SQS::QueuePolicy", "Properties": { "Queues": [text], "PolicyDocument": { "Statement": [statement] } } });
    let api = json!({ "Type": "AWS::Serverless::Api", "Properties": { "EndpointConfiguration": text } });
    let document = json!({ "Resources": { "Queue": queue, "Policy": policy, "Api": api } });
    Template::from_json(&document.to_string()).unwrap()
}

/// Doubled with each of 28 rounds.
fn doubled(around: impl Fn(Value) -> Value) -> Value {
    (0..28).fold(json!("x"), |inside, _| around(inside))
}

#[test]
fn texts_that_double_with_each_round() {
    let substituted = doubled(|inside| json!({ "Fn::Sub": ["${A}${A}", { "A": inside }] }));
    let joined = (0..20).fold(json!({ "Ref": "Queue" }), |inside, _| json!({ "Fn::Join": ["", [inside, "-"]] }));
    let referring = (0..28)
        .fold(json!({ "Ref": "AWS::StackName" }), |inside, _| json!({ "Fn::Sub": ["${A}${A}", { "A": inside }] }));
    let before = template(&json!("a"));
    for text in [substituted, joined, referring] {
        let after = template(&text);
        let diff = Diff::between(Some(&before), &after, &Registry::new());
        assert!(!diff.is_empty());
        assert!(render(&diff, &RenderOptions::default()).len() < 1 << 20);
        assert!(Diff::between(Some(&after), &after, &Registry::new()).is_empty());
    }
}

/// Resources with thousands of one thing, all of them changed: compared item by item with each other, they would take minutes.
#[test]
fn thousands_of_one_thing() {
    const COUNT: usize = 3_000;
    let of = |type_name: &str, properties: Value| {
        let one = json!({ "Type": type_name, "Properties": properties });
        Template::from_json(&json!({ "Resources": { "One": one } }).to_string()).unwrap()
    };
    let all = |item: &dyn Fn(usize) -> Value| (0..COUNT).map(item).collect::<Vec<Value>>();
    let made = |sign: &str| {
        let backwards = |number: usize| if sign == "a" { number } else { COUNT - number };
        [
            of(
                "AWS::IAM::ManagedPolicy",
                json!({ "PolicyDocument": { "Statement": all(&|number| {
                    json!({ "Effect": "Allow", "Action": format!("s3:{sign}{number}*"), "Resource": "*" })
                }) } }),
            ),
            of(
                "AWS::EC2::SecurityGroup",
                json!({ "SecurityGroupIngress": all(&|number| {
                    let port = if sign == "a" { 80 } else { 81 };
                    json!({ "CidrIp": format!("10.{}.{}.0/24", number / 256, number % 256), "IpProtocol": "tcp", "FromPort": port, "ToPort": port })
                }) }),
            ),
            of(
                "AWS::CloudFront::Distribution",
                json!({ "DistributionConfig": { "Aliases": all(&|number| json!(backwards(number).to_string())) } }),
            ),
            of("AWS::SSM::Parameter", json!({ "Value": all(&|number| json!(backwards(number).to_string())) })),
            of(
                "AWS::EC2::LaunchTemplate",
                json!({ "UserData": (0..COUNT).map(|number| format!("{sign}{number}\n")).collect::<String>() }),
            ),
            of(
                "AWS::SSM::Document",
                json!({ "Name": (0..COUNT).map(|number| format!("{sign}{number} {number} ")).collect::<String>() }),
            ),
            of(
                "AWS::S3::Bucket",
                json!({ "Tags": all(&|number| json!({ "Key": number.to_string(), "Value": sign })) }),
            ),
        ]
    };
    for (before, after) in made("a").iter().zip(&made("b")) {
        let diff = Diff::between(Some(before), after, &Registry::new());
        assert!(!diff.is_empty());
        assert!(!render(&diff, &RenderOptions::default()).is_empty());
    }
}
