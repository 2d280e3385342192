//! The effect of a replacement on the resources that refer to the replaced one.

#![allow(clippy::unwrap_used, reason = "what cannot go on fails its test")]

use formwork_diff::{Diff, Registry, RenderOptions, render};
use formwork_template::Template;
use insta::assert_snapshot;

/// The output when `before` becomes `after`; both are the entries of `Resources`.
fn show(before: &str, after: &str) -> String {
    let read = |text: &str| Template::from_json(&format!(r#"{{"Resources":{{{text}}}}}"#)).unwrap();
    let diff = Diff::between(Some(&read(before)), &read(after), &Registry::new());
    format!("{}\n{}", render(&diff, &RenderOptions::default()), diff.totals())
}

#[test]
fn what_refers_to_a_replaced_resource_is_affected() {
    let with = |name: &str| {
        format!(
            r#""Logs":{{"Type":"AWS::S3::Bucket","Properties":{{"BucketName":"{name}"}}}},
            "Policy":{{"Type":"AWS::S3::BucketPolicy","Properties":{{"Bucket":{{"Ref":"Logs"}},"PolicyDocument":{{}}}}}},
            "Site":{{"Type":"AWS::CloudFront::Distribution","Properties":{{"DistributionConfig":{{"Comment":{{"Fn::Sub":"${{Logs.Arn}}"}}}}}}}},
            "Other":{{"Type":"AWS::SQS::Queue","Properties":{{"QueueName":{{"Fn::Sub":"${{!Logs}}"}}}}}}"#
        )
    };
    assert_snapshot!(show(&with("a"), &with("b")), @"
Resources
  [±] replace  Logs    AWS::S3::Bucket
      holds data
      BucketName  a → b  (replaces)
  [±] replace  Policy  AWS::S3::BucketPolicy
      Bucket  ${Logs}  (replaces: `Logs` is replaced)
  [~] update   Site    AWS::CloudFront::Distribution
      DistributionConfig.Comment  ${Logs.Arn}  (`Logs` is replaced)

0 to create, 1 to update, 2 to replace, 0 to destroy
");
}

#[test]
fn what_refers_to_a_replaced_resource_is_told_once_wherever_it_moved() {
    let with = |name: &str, subnets: &str| {
        format!(
            r#""Subnet":{{"Type":"AWS::EC2::Subnet","Properties":{{"VpcId":"vpc-1","CidrBlock":"{name}"}}}},
            "Group":{{"Type":"AWS::AutoScaling::AutoScalingGroup","Properties":{{
                "MinSize":"1","MaxSize":"1","TerminationPolicies":[{subnets}],
                "Tags":[{{"Key":"Subnet","Value":{{"Ref":"Subnet"}},"PropagateAtLaunch":true}}]}}}}"#
        )
    };
    let before = with("10.0.0.0/24", r#""Default",{"Ref":"Subnet"}"#);
    let after =
        with("10.0.1.0/24", r#"{"Fn::GetAtt":["Subnet","SubnetId"]},"OldestInstance","Default",{"Ref":"Subnet"}"#);
    assert_snapshot!(show(&before, &after), @"
Resources
  [±] replace  Subnet  AWS::EC2::Subnet
      CidrBlock  10.0.0.0/24 → 10.0.1.0/24  (replaces)
  [~] update   Group   AWS::AutoScaling::AutoScalingGroup
      TerminationPolicies[0]  + ${Subnet.SubnetId}
      TerminationPolicies[1]  + OldestInstance
      TerminationPolicies[3]  ${Subnet}  (`Subnet` is replaced)
      Tags[Subnet].Value      ${Subnet}  (`Subnet` is replaced)

0 to create, 1 to update, 1 to replace, 0 to destroy
");
}

#[test]
fn replacements_spread_as_long_as_something_depends_on_them() {
    let with = |domain: &str| {
        format!(
            r#""C":{{"Type":"AWS::S3::BucketPolicy","Properties":{{"Bucket":{{"Fn::GetAtt":["B","Arn"]}},"PolicyDocument":{{}}}}}},
            "B":{{"Type":"AWS::S3::Bucket","Properties":{{"BucketName":{{"Ref":"A"}}}}}},
            "A":{{"Type":"AWS::S3::Bucket","Properties":{{"BucketName":"{domain}"}}}}"#
        )
    };
    assert_snapshot!(show(&with("a"), &with("b")), @"
Resources
  [±] replace  C  AWS::S3::BucketPolicy
      Bucket  ${B.Arn}  (replaces: `B` is replaced)
  [±] replace  B  AWS::S3::Bucket
      holds data
      BucketName  ${A}  (replaces: `A` is replaced)
  [±] replace  A  AWS::S3::Bucket
      holds data
      BucketName  a → b  (replaces)

0 to create, 0 to update, 3 to replace, 0 to destroy
");
}

/// `Ref` gives the physical id, which an update in place keeps, also of a thing that is called by a property.
#[test]
fn what_is_updated_in_place_keeps_its_reference() {
    let with = |name: &str| {
        format!(
            r#""Policy":{{"Type":"AWS::IAM::Policy","Properties":{{"PolicyName":"{name}","PolicyDocument":{{}},"Roles":["r"]}}}},
            "Note":{{"Type":"AWS::SSM::Parameter","Properties":{{"Type":"String","Value":{{"Ref":"Policy"}}}}}}"#
        )
    };
    assert_snapshot!(show(&with("a"), &with("b")), @"
Resources
  [~] update  Policy  AWS::IAM::Policy
      PolicyName  a → b

0 to create, 1 to update, 0 to replace, 0 to destroy
");
}
