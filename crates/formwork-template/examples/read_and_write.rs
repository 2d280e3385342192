//! The time in which a template of 1 MB is read and written back, against serde_json doing the same with its own trees.
//! `cargo xtask bench document` runs it.

use std::time::{Duration, Instant};

use formwork_template::{Style, Template};

const RUNS: usize = 31;
const BYTES: usize = 1_000_000;

/// One topic with a role that may publish to it: texts, lists, objects and functions as templates have them.
fn resources(index: usize) -> String {
    format!(
        r#""Topic{index}": {{
      "Type": "AWS::SNS::Topic",
      "Properties": {{
        "TopicName": {{ "Fn::Sub": "${{AWS::StackName}}-topic-{index}" }},
        "FifoTopic": false,
        "Tags": [
          {{ "Key": "owner", "Value": {{ "Ref": "Owner" }} }},
          {{ "Key": "number", "Value": "{index}" }}
        ]
      }}
    }},
    "Role{index}": {{
      "Type": "AWS::IAM::Role",
      "DependsOn": ["Topic{index}"],
      "Properties": {{
        "MaxSessionDuration": 3600,
        "AssumeRolePolicyDocument": {{
          "Version": "2012-10-17",
          "Statement": [{{ "Effect": "Allow", "Principal": {{ "Service": "lambda.amazonaws.com" }}, "Action": "sts:AssumeRole" }}]
        }},
        "Policies": [
          {{
            "PolicyName": "publish",
            "PolicyDocument": {{
              "Version": "2012-10-17",
              "Statement": [
                {{
                  "Effect": "Allow",
                  "Action": ["sns:Publish", "sns:GetTopicAttributes"],
                  "Resource": {{ "Fn::Join": ["", [{{ "Fn::GetAtt": ["Topic{index}", "TopicArn"] }}, "*"]] }}
                }}
              ]
            }}
          }}
        ]
      }}
    }}"#
    )
}

fn template() -> String {
    let mut text =
        String::from("{\n  \"Parameters\": { \"Owner\": { \"Type\": \"String\" } },\n  \"Resources\": {\n    ");
    let mut index = 0;
    while text.len() < BYTES {
        if index > 0 {
            text += ",\n    ";
        }
        text += &resources(index);
        index += 1;
    }
    text + "\n  }\n}\n"
}

/// The median of several runs.
fn median(mut run: impl FnMut() -> usize) -> Duration {
    let mut times: Vec<Duration> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            assert!(std::hint::black_box(run()) > 0, "something is written");
            start.elapsed()
        })
        .collect();
    times.sort();
    times[RUNS / 2]
}

#[expect(clippy::print_stdout, reason = "the figures are its output")]
fn main() {
    let text = template();
    let read = || Template::from_json(&text).unwrap_or_default();
    let reading = median(|| read().resources.len());
    let ours = median(|| read().to_json(Style::Pretty).0.len());
    let theirs = median(|| {
        let tree: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
        serde_json::to_string_pretty(&tree).map_or(0, |text| text.len())
    });
    let megabytes = |time: Duration| text.len() as f64 / 1e6 / time.as_secs_f64();
    let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
    println!(
        r#"{{"bytes": {}, "read_mb_per_s": {:.1}, "mb_per_s": {:.1}, "serde_json_mb_per_s": {:.1}, "ratio": {ratio:.2}}}"#,
        text.len(),
        megabytes(reading),
        megabytes(ours),
        megabytes(theirs)
    );
}
