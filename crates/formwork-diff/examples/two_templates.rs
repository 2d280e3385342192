//! Speed at which two templates are read, compared, shown and written as JSON: 500 resources each, and 1 MB each, CloudFormation's
//! limits; with each tenth part changed, and with a default that changes all of it. Then the growth of the effort with templates that
//! have much of one thing. `cargo xtask bench diff` runs it.
//!
//! Times are those of the processor where the system tells them, since other programs do not count there.

mod clock;

use std::fmt::Write as _;
use std::time::Duration;

use formwork_diff::{Diff, Registry, RenderOptions, render};
use formwork_template::Template;

use crate::clock::Clock;

const RUNS: usize = 31;
/// Five resources each.
const GROUPS: usize = 100;
/// Statements in each role that make the template as long as it may be.
const MANY: usize = 66;
/// Kinds of content of which a template can have much.
const KINDS: [&str; 5] = ["statements", "rules", "items", "lines", "words"];

/// A topic with a queue behind it, and a role and a function that publish to it. In each tenth group of the new one, a value, a name and
/// the order of a list are others, and each reaches what refers to it.
fn group(index: usize, statements: usize, is_new: bool) -> String {
    let changed = is_new && index.is_multiple_of(10);
    let size = if changed { 256 } else { 128 };
    let queue = if changed { "-v2" } else { "" };
    let actions = if changed {
        r#""sns:GetTopicAttributes", "sns:Publish""#
    } else {
        r#""sns:Publish", "sns:GetTopicAttributes""#
    };
    let mut policy = String::new();
    for number in 0..statements {
        let comma = if number == 0 { "" } else { "," };
        let _ = write!(
            policy,
            r#"{comma}{{"Sid": "S{number}", "Effect": "Allow", "Action": [{actions}], "Resource": {{"Fn::Sub": "${{Topic{index}}}/{number}"}}}}"#
        );
    }
    format!(
        r#""Topic{index}": {{"Type": "AWS::SNS::Topic", "Properties": {{"TopicName": {{"Fn::Sub": "${{Stage}}-topic-{index}"}},
  "Tags": [{{"Key": "owner", "Value": {{"Ref": "Owner"}}}}, {{"Key": "number", "Value": "{index}"}}]}}}},
"Queue{index}": {{"Type": "AWS::SQS::Queue", "Properties": {{"QueueName": "queue-{index}{queue}", "VisibilityTimeout": 30}}}},
"Subscription{index}": {{"Type": "AWS::SNS::Subscription", "Properties": {{"Protocol": "sqs", "TopicArn": {{"Ref": "Topic{index}"}},
  "Endpoint": {{"Fn::GetAtt": ["Queue{index}", "Arn"]}}, "RawMessageDelivery": {{"Fn::If": ["Raw", true, {{"Ref": "AWS::NoValue"}}]}}}}}},
"Role{index}": {{"Type": "AWS::IAM::Role", "Properties": {{"AssumeRolePolicyDocument": {{"Version": "2012-10-17", "Statement":
  [{{"Effect": "Allow", "Principal": {{"Service": "lambda.amazonaws.com"}}, "Action": "sts:AssumeRole"}}]}},
  "Policies": [{{"PolicyName": "publish", "PolicyDocument": {{"Version": "2012-10-17", "Statement": [{policy}]}}}}]}}}},
"Function{index}": {{"Type": "AWS::Lambda::Function", "Properties": {{"Runtime": "provided.al2023", "Handler": "bootstrap", "MemorySize": {size},
  "Role": {{"Fn::GetAtt": ["Role{index}", "Arn"]}}, "Code": {{"S3Bucket": "code", "S3Key": {{"Fn::Join": ["/", ["functions", {{"Ref": "Stage"}}, "{index}.zip"]]}}}},
  "Environment": {{"Variables": {{"TOPIC": {{"Ref": "Topic{index}"}}, "QUEUE": {{"Ref": "Queue{index}"}}}}}}}}}}"#
    )
}

fn template(statements: usize, is_new: bool, stage: &str) -> String {
    let groups: Vec<String> = (0..GROUPS).map(|index| group(index, statements, is_new)).collect();
    format!(
        r#"{{"Parameters": {{"Owner": {{"Type": "String"}}, "Stage": {{"Type": "String", "Default": "{stage}"}}}},
"Conditions": {{"Raw": {{"Fn::Equals": [{{"Ref": "Stage"}}, "blue"]}}}},
"Resources": {{
{}
}}}}"#,
        groups.join(",\n")
    )
}

/// Reads both, compares them, and writes the answer in both forms. As in the command, whose process ends then, nobody waits until the
/// memory is given back.
fn diff(before: &str, after: &str) -> (Diff, [Template; 2]) {
    let templates = [before, after].map(|text| Template::from_json(text).unwrap_or_default());
    let diff = Diff::between(Some(&templates[0]), &templates[1], &Registry::new());
    let shown = render(&diff, &RenderOptions::default());
    let json = diff.to_json().to_string();
    assert!(!shown.is_empty() && !json.is_empty(), "something is written");
    (diff, templates)
}

/// Milliseconds until something has its result: the median of several runs.
fn measured<T>(runs: usize, mut run: impl FnMut() -> T) -> f64 {
    let mut times: Vec<Duration> = (0..runs)
        .map(|_| {
            let clock = Clock::start();
            let result = run();
            let time = clock.elapsed();
            drop(result);
            time
        })
        .collect();
    times.sort();
    times.get(runs / 2).map_or(f64::NAN, Duration::as_secs_f64) * 1e3
}

/// A template with one resource that has `count` of something, in two versions.
fn much(kind: &str, count: usize, is_new: bool) -> String {
    let sign = if is_new { "b" } else { "a" };
    let list = |item: &dyn Fn(usize) -> String| (0..count).map(item).collect::<Vec<_>>().join(",");
    let (type_name, properties) = match kind {
        "statements" => (
            "AWS::IAM::ManagedPolicy",
            format!(
                r#""PolicyDocument": {{"Statement": [{}]}}"#,
                list(&|number| format!(r#"{{"Effect": "Allow", "Action": "s3:{sign}{number}", "Resource": "*"}}"#))
            ),
        ),
        "rules" => (
            "AWS::EC2::SecurityGroup",
            format!(
                r#""SecurityGroupIngress": [{}]"#,
                list(&|number| {
                    let (high, low, port) = (number / 256, number % 256, if is_new { 81 } else { 80 });
                    format!(
                        r#"{{"CidrIp": "10.{high}.{low}.0/24", "IpProtocol": "tcp", "FromPort": {port}, "ToPort": {port}}}"#
                    )
                })
            ),
        ),
        "items" => (
            "AWS::CloudFront::Distribution",
            format!(
                r#""Aliases": [{}]"#,
                list(&|number| format!(r#""{sign}{}""#, if is_new { count - number } else { number }))
            ),
        ),
        "lines" => (
            "AWS::EC2::LaunchTemplate",
            format!(r#""UserData": "{}""#, (0..count).map(|number| format!("{sign}{number}\\n")).collect::<String>()),
        ),
        _ => (
            "AWS::SSM::Parameter",
            format!(
                r#""Value": "{}""#,
                (0..count).map(|number| format!("{sign}{number} {number} ")).collect::<String>()
            ),
        ),
    };
    format!(r#"{{"Resources": {{"One": {{"Type": "{type_name}", "Properties": {{{properties}}}}}}}}}"#)
}

/// The effort for twice as many of something, as a multiple of that for the half.
fn growth(kind: &str) -> f64 {
    let effort = |count: usize| {
        let (before, after) = (much(kind, count, false), much(kind, count, true));
        measured(5, || std::hint::black_box(diff(&before, &after)))
    };
    effort(8_000) / effort(4_000)
}

/// Another `stage` renames every topic, which all other resources follow.
fn milliseconds(statements: usize, stage: &str) -> (usize, usize, f64) {
    let (before, after) = (template(statements, false, "green"), template(statements, true, stage));
    let time = measured(RUNS, || std::hint::black_box(diff(&before, &after)));
    (before.len(), diff(&before, &after).0.resources.len(), time)
}

#[expect(clippy::print_stdout, reason = "the figures are its output")]
fn main() {
    let mut figures = vec![format!(r#""resources": {}"#, GROUPS * 5)];
    for (name, statements, stage) in
        [("small", 1, "green"), ("large", MANY, "green"), ("all_small", 1, "blue"), ("all_large", MANY, "blue")]
    {
        let (bytes, changed, milliseconds) = milliseconds(statements, stage);
        figures
            .push(format!(r#""{name}_bytes": {bytes}, "{name}_changed": {changed}, "{name}_ms": {milliseconds:.2}"#));
    }
    figures.extend(KINDS.map(|kind| format!(r#""{kind}_growth": {:.2}"#, growth(kind))));
    println!("{{{}}}", figures.join(", "));
}
