//! The template diff: two literal templates a rule, the whole answer.

#![allow(clippy::unwrap_used, reason = "what cannot go on fails its test")]

use formwork_diff::{Diff, ParameterValue, ParameterValues, Registry, RenderOptions, render};
use formwork_template::Template;
use insta::assert_snapshot;

fn template(text: &str) -> Template {
    Template::from_json(text).unwrap()
}

fn resources(text: &str) -> Template {
    template(&format!(r#"{{"Resources":{{{text}}}}}"#))
}

fn shown(diff: &Diff) -> String {
    format!("{}\n{}", render(diff, &RenderOptions::default()), diff.totals())
}

/// The output when `before` becomes `after`; both are the entries of `Resources`.
fn show(before: &str, after: &str) -> String {
    shown(&Diff::between(Some(&resources(before)), &resources(after), &Registry::new()))
}

const BUCKET: &str = r#""Logs":{"Type":"AWS::S3::Bucket","Properties":{"BucketName":"logs"}}"#;

#[test]
fn a_new_stack_lists_what_it_makes() {
    let after = template(
        r#"{"Description":"the site","Parameters":{"Zone":{"Type":"String"}},"Resources":{
            "Certificate":{"Type":"AWS::CertificateManager::Certificate","Properties":{"DomainName":"api.habitpay.link"}},
            "Logs":{"Type":"AWS::S3::Bucket","Properties":{}}},
            "Outputs":{"Arn":{"Value":{"Ref":"Certificate"},"Description":"for the distribution"}}}"#,
    );
    assert_snapshot!(shown(&Diff::between(None, &after, &Registry::new())), @"
Resources
  [+] create  Certificate  AWS::CertificateManager::Certificate
  [+] create  Logs         AWS::S3::Bucket
  1 property of what is created is shown with --verbose

Parameters
  [+] Zone  String

Outputs
  [+] Arn  ${Certificate}

2 to create, 0 to update, 0 to replace, 0 to destroy
");
}

#[test]
fn nothing_is_shown_where_nothing_changes() {
    let diff = Diff::between(Some(&resources(BUCKET)), &resources(BUCKET), &Registry::new());
    assert!(diff.is_empty());
    assert_eq!(render(&diff, &RenderOptions::default()), "");
    assert_eq!(diff.totals().to_string(), "0 to create, 0 to update, 0 to replace, 0 to destroy");
}

#[test]
fn a_create_only_property_replaces() {
    assert_snapshot!(show(BUCKET, &BUCKET.replace("logs", "records")), @"
Resources
  [±] replace  Logs  AWS::S3::Bucket
      holds data
      BucketName  logs → records  (replaces)

0 to create, 0 to update, 1 to replace, 0 to destroy
");
}

#[test]
fn a_property_that_comes_counts_by_what_it_holds() {
    let before =
        r#""Site":{"Type":"AWS::CloudFront::Distribution","Properties":{"DistributionConfig":{"Enabled":true}}}"#;
    let after = r#""Site":{"Type":"AWS::CloudFront::Distribution","Properties":{"DistributionConfig":{"Enabled":true,"Logging":{"Bucket":"logs"}},"Tags":[{"Key":"a","Value":"b"}]}}"#;
    assert_snapshot!(show(before, after), @"
Resources
  [~] update  Site  AWS::CloudFront::Distribution
      DistributionConfig.Logging  + { Bucket: logs }
      Tags                        + [{ Key: a, Value: b }]

0 to create, 1 to update, 0 to replace, 0 to destroy
");
}

#[test]
fn a_conditional_create_only_property_may_replace() {
    let before = r#""Server":{"Type":"AWS::EC2::Instance","Properties":{"InstanceType":"t4g.micro"}}"#;
    assert_snapshot!(show(before, &before.replace("micro", "small")), @"
Resources
  [?] may replace  Server  AWS::EC2::Instance
      InstanceType  t4g.micro → t4g.small  (may replace)

0 to create, 1 to update (1 may be replaced), 0 to replace, 0 to destroy
");
}

#[test]
fn nothing_is_known_of_a_custom_resource() {
    let before = r#""Seed":{"Type":"Custom::Seed","Properties":{"ServiceToken":"arn:aws:lambda:x","Rows":1}}"#;
    assert_snapshot!(show(before, &before.replace(":1}", ":2}")), @"
Resources
  [?] may replace  Seed  Custom::Seed
      Rows  1 → 2  (may replace)

0 to create, 1 to update (1 may be replaced), 0 to replace, 0 to destroy
");
}

#[test]
fn another_type_is_a_replacement_that_cloudformation_refuses() {
    assert_snapshot!(show(BUCKET, r#""Logs":{"Type":"AWS::SQS::Queue","Properties":{}}"#), @"
Resources
  [±] replace  Logs  AWS::SQS::Queue
      was AWS::S3::Bucket
      holds data
      CloudFormation refuses another type under the same logical id: give the resource a new one
      BucketName  - logs

0 to create, 0 to update, 1 to replace, 0 to destroy
");
}

#[test]
fn a_removed_resource_is_destroyed_or_kept_by_its_deletion_policy() {
    let with = |id: &str, policy: &str| {
        format!(r#""{id}":{{"Type":"AWS::S3::Bucket","Properties":{{}},"DeletionPolicy":"{policy}"}}"#)
    };
    let before = [
        r#""None":{"Type":"AWS::S3::Bucket"}"#.to_owned(),
        with("Delete", "Delete"),
        with("Retain", "Retain"),
        with("RetainExceptOnCreate", "RetainExceptOnCreate"),
        with("Snapshot", "Snapshot"),
    ];
    assert_snapshot!(show(&before.join(","), ""), @"
Resources
  [-] destroy  None                  AWS::S3::Bucket
      holds data
  [-] destroy  Delete                AWS::S3::Bucket
      holds data
  [=] keep     Retain                AWS::S3::Bucket
      leaves the stack and stays deployed (DeletionPolicy: Retain)
  [=] keep     RetainExceptOnCreate  AWS::S3::Bucket
      leaves the stack and stays deployed (DeletionPolicy: RetainExceptOnCreate)
  [-] destroy  Snapshot              AWS::S3::Bucket
      holds data
      no snapshot is made: this type does not take DeletionPolicy: Snapshot

0 to create, 0 to update, 0 to replace, 3 to destroy, 2 to keep
");
}

#[test]
fn the_update_replace_policy_is_shown_where_something_is_replaced() {
    let with = |name: &str, policy: &str| {
        format!(
            r#""Logs":{{"Type":"AWS::S3::Bucket","UpdateReplacePolicy":"{policy}","Properties":{{"BucketName":"{name}"}}}}"#
        )
    };
    assert_snapshot!(show(&with("a", "Retain"), &with("b", "Retain")), @"
Resources
  [±] replace  Logs  AWS::S3::Bucket
      a replaced one stays deployed, outside of the stack (UpdateReplacePolicy: Retain)
      BucketName  a → b  (replaces)

0 to create, 0 to update, 1 to replace, 0 to destroy
");
    assert_snapshot!(show(&with("a", "Snapshot"), &with("b", "Snapshot")), @"
Resources
  [±] replace  Logs  AWS::S3::Bucket
      holds data
      a snapshot is made of a replaced one (UpdateReplacePolicy: Snapshot)
      BucketName  a → b  (replaces)

0 to create, 0 to update, 1 to replace, 0 to destroy
");
}

#[test]
fn an_inserted_item_is_one_insertion() {
    let with = |aliases: &str| {
        format!(
            r#""Site":{{"Type":"AWS::CloudFront::Distribution","Properties":{{"DistributionConfig":{{"Aliases":[{aliases}]}}}}}}"#
        )
    };
    assert_snapshot!(show(&with(r#""a","b","c""#), &with(r#""a","x","b","c""#)), @"
Resources
  [~] update  Site  AWS::CloudFront::Distribution
      DistributionConfig.Aliases[1]  + x

0 to create, 1 to update, 0 to replace, 0 to destroy
");
    assert_snapshot!(show(&with(r#""a","b","c""#), &with(r#""a","c""#)), @"
Resources
  [~] update  Site  AWS::CloudFront::Distribution
      DistributionConfig.Aliases[1]  - b

0 to create, 1 to update, 0 to replace, 0 to destroy
");
    assert_snapshot!(show(&with(r#""a","b","c""#), &with(r#""a","x","c""#)), @"
Resources
  [~] update  Site  AWS::CloudFront::Distribution
      DistributionConfig.Aliases[1]  b → x

0 to create, 1 to update, 0 to replace, 0 to destroy
");
}

#[test]
fn an_item_with_a_name_is_followed_through_its_changes() {
    let with = |origins: &str| {
        format!(
            r#""Site":{{"Type":"AWS::CloudFront::Distribution","Properties":{{"DistributionConfig":{{"Origins":[{origins}]}}}}}}"#
        )
    };
    let before = with(r#"{"Id":"api","DomainName":"a.example"},{"Id":"files","DomainName":"f.example"}"#);
    let after = with(r#"{"Id":"new","DomainName":"n.example"},{"Id":"files","DomainName":"g.example"}"#);
    assert_snapshot!(show(&before, &after), @"
Resources
  [~] update  Site  AWS::CloudFront::Distribution
      DistributionConfig.Origins[api]               - { Id: api, DomainName: a.example }
      DistributionConfig.Origins[files].DomainName  f.example → g.example
      DistributionConfig.Origins[new]               + { Id: new, DomainName: n.example }

0 to create, 1 to update, 0 to replace, 0 to destroy
");
}

#[test]
fn tags_are_compared_by_key_in_any_order() {
    let with = |tags: &str| format!(r#""Logs":{{"Type":"AWS::S3::Bucket","Properties":{{"Tags":[{tags}]}}}}"#);
    let before = with(r#"{"Key":"app","Value":"site"},{"Key":"owner","Value":"a"},{"Key":"old","Value":"1"}"#);
    let moved = with(r#"{"Key":"old","Value":"1"},{"Value":"a","Key":"owner"},{"Key":"app","Value":"site"}"#);
    assert!(Diff::between(Some(&resources(&before)), &resources(&moved), &Registry::new()).is_empty());
    let after = with(r#"{"Key":"new","Value":"1"},{"Key":"owner","Value":"b"},{"Key":"app","Value":"site"}"#);
    assert_snapshot!(show(&before, &after), @"
Resources
  [~] update  Logs  AWS::S3::Bucket
      Tags[new]          + { Key: new, Value: 1 }
      Tags[owner].Value  a → b
      Tags[old]          - { Key: old, Value: 1 }

0 to create, 1 to update, 0 to replace, 0 to destroy
");
}

#[track_caller]
fn check_same(before: &str, after: &str, expected: bool) {
    let with =
        |value: &str| resources(&format!(r#""Any":{{"Type":"AWS::SQS::Queue","Properties":{{"Value":{value}}}}}"#));
    let diff = Diff::between(Some(&with(before)), &with(after), &Registry::new());
    assert_eq!(diff.is_empty(), expected, "{before} and {after}");
}

#[test]
fn a_scalar_and_its_text_mean_the_same() {
    check_same("80", r#""80""#, true);
    check_same("80", "80.0", true);
    check_same("true", r#""true""#, true);
    check_same(r#"["80",{"Enabled":"false"}]"#, r#"[80,{"Enabled":false}]"#, true);
    // Two texts are compared as texts.
    check_same(r#""1.10""#, r#""1.1""#, false);
    check_same(r#""080""#, "80", false);
    check_same(r#""True""#, "true", false);
    check_same("0", "false", false);
    check_same(r#""""#, "null", false);
}

#[test]
fn empty_objects_of_a_union_differ() {
    check_same(r#"{"Allow":{}}"#, r#"{"Block":{}}"#, false);
}

#[test]
fn attributes_beside_the_properties_are_shown() {
    let before = r#""Logs":{"Type":"AWS::S3::Bucket","DependsOn":["A","B"],"Metadata":{"a":{"b":1}}}"#;
    let after = r#""Logs":{"Type":"AWS::S3::Bucket","DependsOn":["B","A"],"Metadata":{"a":{"b":2}},"DeletionPolicy":"Retain","Condition":"IsProd"}"#;
    assert_snapshot!(show(before, after), @"
Resources
  [-?] may destroy  Logs  AWS::S3::Bucket
      holds data
      it leaves the stack if `IsProd` does not hold
      DeletionPolicy  + Retain
      Metadata.a.b    1 → 2

note: `Logs`: `Condition` changes, which is not a change to CloudFormation by itself: it reaches the stack with the next update

note: a value cannot be worked out: Template error: unresolved condition dependency IsProd in the Conditions block of the template

0 to create, 0 to update, 0 to replace, 1 to destroy (1 may be destroyed)
");
}

#[test]
fn the_other_sections_are_shown_entry_by_entry() {
    let before = template(
        r#"{"Description":"old","Metadata":{"m":1},"Mappings":{"Ami":{"seoul":{"id":"ami-1"}}},
            "Conditions":{"IsProd":{"Fn::Equals":[{"Ref":"Env"},"prod"]}},
            "Rules":{"R":{"Assertions":[]}},
            "Parameters":{"Env":{"Type":"String","Default":"dev"},"Gone":{"Type":"Number"}},
            "Resources":{},"Outputs":{"Url":{"Value":"a"},"Name":{"Value":"n","Description":"x"}}}"#,
    );
    let after = template(
        r#"{"Description":"new","Transform":"AWS::LanguageExtensions","Metadata":{"m":2},
            "Mappings":{"Ami":{"seoul":{"id":"ami-2"}}},
            "Conditions":{"IsProd":{"Fn::Equals":[{"Ref":"Env"},"production"]}},
            "Parameters":{"Env":{"Type":"String","Default":"prod"}},
            "Resources":{},"Outputs":{"Url":{"Value":"b"},"Name":{"Value":"n","Description":"y"}}}"#,
    );
    assert_snapshot!(shown(&Diff::between(Some(&before), &after, &Registry::new())), @"
Parameters
  [~] Env
      Default  dev → prod
      no resource uses it
  [-] Gone  Number

Template
  [~] Description  old → new
  [+] Transform    AWS::LanguageExtensions

Conditions
  [~] IsProd  Equals(${Env}, prod) → Equals(${Env}, production)
      no resource uses it

Mappings
  [~] Ami
      seoul.id  ami-1 → ami-2
      no resource uses it

Rules
  [-] R  { Assertions: [] }

Metadata
  [~] m  1 → 2

Outputs
  [~] Url   a → b
  [~] Name
      Description  x → y

0 to create, 0 to update, 0 to replace, 0 to destroy
");
}

#[test]
fn tags_of_the_stack_are_shown() {
    let tag = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    let diff = Diff::default().with_tags(&[tag("a", "1"), tag("b", "1")], &[tag("b", "2"), tag("c", "1")]);
    assert!(!diff.is_empty());
    assert_snapshot!(shown(&diff), @"
Stack tags
  [~] b  1 → 2
  [+] c  1
  [-] a  1

0 to create, 0 to update, 0 to replace, 0 to destroy
");
}

fn values(before: &[(&str, &str)], after: &[(&str, ParameterValue)]) -> ParameterValues {
    ParameterValues {
        before: before
            .iter()
            .map(|(name, value)| ((*name).to_owned(), ParameterValue::Known((*value).to_owned())))
            .collect(),
        after: after.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
        ..ParameterValues::default()
    }
}

fn known(value: &str) -> ParameterValue {
    ParameterValue::Known(value.to_owned())
}

const SITE: &str = r#"{"Parameters":{"CertificateArn":{"Type":"String"},"Aliases":{"Type":"CommaDelimitedList"}},"Resources":{
    "Site":{"Type":"AWS::CloudFront::Distribution","Properties":{"DistributionConfig":{
        "Comment":{"Fn::Sub":"with ${CertificateArn}"},"Aliases":{"Ref":"Aliases"},
        "ViewerCertificate":{"AcmCertificateArn":{"Ref":"CertificateArn"}}}}}}}"#;

#[test]
fn parameters_are_shown_with_their_values() {
    let values = values(
        &[("CertificateArn", "arn:1"), ("Aliases", "a, b")],
        &[("CertificateArn", known("arn:2")), ("Aliases", known("a,c,b"))],
    );
    assert_snapshot!(shown(&Diff::between_with(Some(&template(SITE)), &template(SITE), &Registry::new(), &values)), @r#"
Resources
  [~] update  Site  AWS::CloudFront::Distribution
      DistributionConfig.Comment                              with arn:1 → with arn:2  (parameter `CertificateArn` changes)
      DistributionConfig.Aliases[1]                           + c  (parameter `Aliases` changes)
      DistributionConfig.ViewerCertificate.AcmCertificateArn  arn:1 → arn:2  (parameter `CertificateArn` changes)

Parameters
  [~] CertificateArn  arn:1 → arn:2
      1 resource uses it
  [~] Aliases         "a, b" → "a,c,b"
      1 resource uses it

0 to create, 1 to update, 0 to replace, 0 to destroy
"#);
}

#[test]
fn a_value_of_a_producer_that_is_not_deployed_yet_is_known_after_it() {
    let later = ParameterValue::KnownAfter("habitpay-edge".to_owned());
    let values =
        values(&[("CertificateArn", "arn:1"), ("Aliases", "a")], &[("CertificateArn", later), ("Aliases", known("a"))]);
    assert_snapshot!(shown(&Diff::between_with(Some(&template(SITE)), &template(SITE), &Registry::new(), &values)), @"
Resources
  [~] update  Site  AWS::CloudFront::Distribution
      DistributionConfig.Comment                              with arn:1 → with ${known after habitpay-edge}  (parameter `CertificateArn` changes)
      DistributionConfig.ViewerCertificate.AcmCertificateArn  arn:1 → known after habitpay-edge  (parameter `CertificateArn` changes)

Parameters
  [~] CertificateArn  arn:1 → known after habitpay-edge
      1 resource uses it

0 to create, 1 to update, 0 to replace, 0 to destroy
");
    assert_snapshot!(shown(&Diff::between_with(None, &template(SITE), &Registry::new(), &values)), @"
Resources
  [+] create  Site  AWS::CloudFront::Distribution
  1 property of what is created is shown with --verbose

Parameters
  [+] CertificateArn  known after habitpay-edge
  [+] Aliases         a

1 to create, 0 to update, 0 to replace, 0 to destroy
");
}

#[test]
fn a_create_only_value_that_is_known_later_may_replace() {
    let text = r#"{"Parameters":{"Name":{"Type":"String"}},"Resources":{
        "Logs":{"Type":"AWS::S3::Bucket","Properties":{"BucketName":{"Ref":"Name"}}}}}"#;
    let values = values(&[("Name", "logs")], &[("Name", ParameterValue::KnownAfter("edge".to_owned()))]);
    assert_snapshot!(shown(&Diff::between_with(Some(&template(text)), &template(text), &Registry::new(), &values)), @"
Resources
  [?] may replace  Logs  AWS::S3::Bucket
      holds data
      BucketName  logs → known after edge  (may replace: parameter `Name` changes)

Parameters
  [~] Name  logs → known after edge
      1 resource uses it

0 to create, 1 to update (1 may be replaced), 0 to replace, 0 to destroy
");
}

#[test]
fn a_literal_that_becomes_a_parameter_of_the_same_value_is_no_change() {
    let with = |port: &str| {
        template(&format!(
            r#"{{"Parameters":{{"Port":{{"Type":"Number","Default":80}}}},"Resources":{{
            "Site":{{"Type":"AWS::CloudFront::Distribution","Properties":{{"Port":{port}}}}}}}}}"#
        ))
    };
    let none = ParameterValues::default();
    assert!(Diff::between_with(Some(&with("80")), &with(r#"{"Ref":"Port"}"#), &Registry::new(), &none).is_empty());
}

#[test]
fn conditions_of_known_parameters_decide_which_resources_there_are() {
    let text = r#"{"Parameters":{"Env":{"Type":"String"}},
        "Conditions":{"IsProd":{"Fn::Equals":[{"Ref":"Env"},"prod"]},"IsNot":{"Fn::Not":[{"Condition":"IsProd"}]}},
        "Resources":{
        "Alarm":{"Type":"AWS::SNS::Topic","Condition":"IsProd"},
        "Sandbox":{"Type":"AWS::SNS::Topic","Condition":"IsNot"},
        "Queue":{"Type":"AWS::SQS::Queue","Properties":{
            "DelaySeconds":{"Fn::If":["IsProd",10,{"Ref":"AWS::NoValue"}]}}}}}"#;
    let values = values(&[("Env", "dev")], &[("Env", known("prod"))]);
    assert_snapshot!(shown(&Diff::between_with(Some(&template(text)), &template(text), &Registry::new(), &values)), @"
Resources
  [+] create   Alarm    AWS::SNS::Topic
  [~] update   Queue    AWS::SQS::Queue
      DelaySeconds  + 10  (condition `IsProd` changes)
  [-] destroy  Sandbox  AWS::SNS::Topic

Parameters
  [~] Env  dev → prod
      3 resources use it

1 to create, 1 to update, 0 to replace, 1 to destroy
");
}

#[test]
fn secrets_are_never_shown() {
    let with = |default: &str| {
        template(&format!(
            r#"{{"Parameters":{{"Password":{{"Type":"String","NoEcho":"true","Default":"{default}"}}}},"Resources":{{
            "Db":{{"Type":"AWS::RDS::DBInstance","Properties":{{"MasterUserPassword":{{"Ref":"Password"}}}}}}}}}}"#
        ))
    };
    let values = values(&[("Password", "hunter1")], &[("Password", known("hunter2"))]);
    let diff = Diff::between_with(Some(&with("hunter3")), &with("hunter4"), &Registry::new(), &values);
    let all = RenderOptions { verbose: true, ..RenderOptions::default() };
    let text = format!("{}{}{diff:?}", render(&diff, &all), diff.to_json());
    assert!(!text.contains("hunter"), "{text}");
}

#[test]
fn a_parameter_of_systems_manager_is_shown_by_its_name() {
    let with = |name: &str| {
        template(&format!(
            r#"{{"Parameters":{{"Ami":{{"Type":"AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>","Default":"{name}"}}}},
            "Resources":{{"Server":{{"Type":"AWS::EC2::Instance","Properties":{{"ImageId":{{"Ref":"Ami"}}}}}}}}}}"#
        ))
    };
    let none = ParameterValues::default();
    assert_snapshot!(shown(&Diff::between_with(Some(&with("/ami/1")), &with("/ami/2"), &Registry::new(), &none)), @"
Resources
  [?] may replace  Server  AWS::EC2::Instance
      ImageId  {{resolve:ssm:/ami/1}} → {{resolve:ssm:/ami/2}}  (may replace: parameter `Ami` changes)

Parameters
  [~] Ami  {{resolve:ssm:/ami/1}} → {{resolve:ssm:/ami/2}}
      Default  /ami/1 → /ami/2
      1 resource uses it

0 to create, 1 to update (1 may be replaced), 0 to replace, 0 to destroy
");
}

#[test]
fn deleting_a_stack_destroys_and_keeps() {
    let before = template(&format!(
        r#"{{"Resources":{{{BUCKET},"Kept":{{"Type":"AWS::S3::Bucket","DeletionPolicy":"RetainExceptOnCreate"}}}},"Outputs":{{"A":{{"Value":"a"}}}}}}"#
    ));
    assert_snapshot!(shown(&Diff::deletion(&before)), @"
Resources
  [-] destroy  Logs  AWS::S3::Bucket
      holds data
  [=] keep     Kept  AWS::S3::Bucket
      leaves the stack and stays deployed (DeletionPolicy: RetainExceptOnCreate)

0 to create, 0 to update, 0 to replace, 1 to destroy, 1 to keep
");
}

#[test]
fn another_order_is_a_change_where_order_has_a_meaning() {
    let group = |rules: &str| {
        format!(r#""Web":{{"Type":"AWS::EC2::SecurityGroup","Properties":{{"SecurityGroupIngress":[{rules}]}}}}"#)
    };
    let http = r#"{"CidrIp":"0.0.0.0/0","FromPort":80}"#;
    let https = r#"{"CidrIp":"0.0.0.0/0","FromPort":443}"#;
    let ssh = r#"{"CidrIp":"10.0.0.0/8","FromPort":22}"#;
    assert_snapshot!(show(&group(&format!("{http},{https}")), &group(&format!("{https},{http}"))));
    assert_snapshot!(
        "one_of_a_set_is_another",
        show(&group(&format!("{http},{https}")), &group(&format!("{https},{ssh}")))
    );
    assert_snapshot!(
        "one_more_in_a_set",
        show(&group(&format!("{http},{https}")), &group(&format!("{ssh},{https},{http}")))
    );
    assert_snapshot!(
        "one_less_in_a_set",
        show(&group(&format!("{http},{http},{https}")), &group(&format!("{https},{http}")))
    );
    let site = |behaviors: &str, origins: &str| {
        format!(
            r#""Site":{{"Type":"AWS::CloudFront::Distribution","Properties":{{"DistributionConfig":{{
                "CacheBehaviors":[{behaviors}],"Origins":[{origins}]}}}}}}"#
        )
    };
    let (a, b) = (r#"{"PathPattern":"/a"}"#, r#"{"PathPattern":"/b"}"#);
    let (one, two) = (r#"{"Id":"one","DomainName":"a"}"#, r#"{"Id":"two","DomainName":"b"}"#);
    let before = site(&format!("{a},{b}"), &format!("{one},{two}"));
    let after = site(&format!("{b},{a}"), &format!("{},{one}", two.replace("\"b\"", "\"c\"")));
    assert_snapshot!("behaviors_have_an_order_and_origins_none", show(&before, &after));
}

/// A changed property of SAM's `Globals` is a change of each function that does not set the property itself.
#[test]
fn globals_of_sam_reach_the_resources() {
    let with = |runtime: &str, stage: &str| {
        let text = format!(
            r#"{{"Transform":"AWS::Serverless-2016-10-31","Globals":{{"Function":{{"Runtime":"{runtime}",
                "Environment":{{"Variables":{{"STAGE":"{stage}"}}}}}}}},"Resources":{{
                "One":{{"Type":"AWS::Serverless::Function","Properties":{{"Handler":"a.b","InlineCode":"a"}}}},
                "Own":{{"Type":"AWS::Serverless::Function","Properties":{{"Handler":"a.b","InlineCode":"a","Runtime":"python3.13",
                    "Environment":{{"Variables":{{"STAGE":"own","A":"b"}}}}}}}},
                "Table":{{"Type":"AWS::Serverless::SimpleTable"}}}}}}"#
        );
        Template::from_json(&text).unwrap()
    };
    let diff = Diff::between(Some(&with("python3.12", "dev")), &with("python3.13", "prod"), &Registry::new());
    assert_snapshot!(format!("{}\n{}", render(&diff, &RenderOptions::default()), diff.totals()));
}
