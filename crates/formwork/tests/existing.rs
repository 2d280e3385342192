//! Things that exist already: their known values, and problems with them.

use formwork::prelude::*;
use formwork::{App, Location};

const ARN: &str = "arn:aws:acm:us-east-1:111122223333:certificate/12345678-1234-1234-1234-123456789012";

/// Problems of synth, with lines relative to the call.
#[track_caller]
fn problems(app: App) -> String {
    let line = std::panic::Location::caller().line();
    let report = app.synth().map(|assembly| panic!("{:?}", assembly.stacks[0].template)).unwrap_err();
    let shown = |Problem { message, location, hint, .. }: Problem| {
        let place = location.map(|Location { line: at, .. }| format!("{}", i64::from(at) - i64::from(line)));
        let hint = hint.map(|hint| format!("\n  hint: {hint}")).unwrap_or_default();
        format!("{}: {message}{hint}\n", place.unwrap_or_default())
    };
    report.problems.into_iter().map(shown).collect()
}

#[test]
fn what_follows_from_an_id_or_an_arn_is_known() {
    let mut stack = Stack::in_region("s", "eu-central-1");
    let group: Val<String> = stack.parameter("Group", Parameter::default());
    let bucket = cfn::s3::Bucket::existing("logs");
    let by_arn = cfn::s3::Bucket::existing("arn:aws:s3:::other-logs");
    let role = cfn::iam::Role::existing("arn:aws:iam::111122223333:role/service/team/reader");
    let instance = cfn::ec2::Instance::existing("i-0123456789abcdef0");
    let group = Handle::with(cfn::ec2::SecurityGroup::existing(group), "VpcId", "vpc-1");
    let secret =
        cfn::secretsmanager::Secret::existing("arn:aws:secretsmanager:eu-central-1:111122223333:secret:a-AbCdEf");
    let distribution = cfn::cloudfront::Distribution::existing("E123");
    let certificate = Certificate::from_arn(ARN);
    stack.output(
        "Values",
        json!([
            [bucket.ref_value(), format!("{}/*", bucket.arn()), bucket.domain_name()],
            [by_arn.ref_value(), by_arn.arn()],
            [role.ref_value(), role.arn()],
            [instance.ref_value(), instance.instance_id()],
            [group.ref_value(), group.group_id(), group.vpc_id(), format!("<{}>", group.group_id())],
            [secret.ref_value()],
            [distribution.ref_value(), distribution.id()],
            certificate.arn(),
        ]),
    );
    let assembly = App::new().with(stack).synth().unwrap();
    let template: serde_json::Value = serde_json::from_str(&assembly.stacks[0].template).unwrap();
    let values = template["Outputs"]["Values"]["Value"].as_array().unwrap().iter();
    insta::assert_snapshot!(values.map(|value| format!("{value}\n")).collect::<String>(), @r#"
["logs",{"Fn::Sub":"arn:${AWS::Partition}:s3:::logs/*"},{"Fn::Sub":"logs.s3.${AWS::URLSuffix}"}]
["other-logs","arn:aws:s3:::other-logs"]
["reader","arn:aws:iam::111122223333:role/service/team/reader"]
["i-0123456789abcdef0","i-0123456789abcdef0"]
[{"Ref":"Group"},{"Ref":"Group"},"vpc-1",{"Fn::Sub":"<${Group}>"}]
["arn:aws:secretsmanager:eu-central-1:111122223333:secret:a-AbCdEf"]
["E123","E123"]
"arn:aws:acm:us-east-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"
"#);
}

#[test]
fn what_is_not_known_is_a_problem_at_its_line() {
    let mut stack = Stack::in_region("s", "eu-central-1");
    let group = cfn::ec2::SecurityGroup::existing("sg-1");
    let role = cfn::iam::Role::existing("reader");
    let secret = cfn::secretsmanager::Secret::existing("database");
    stack.output("Vpc", group.vpc_id());
    stack.output("Role", format!("<{}>", role.arn()));
    stack.output("Secret", function::base64(secret.ref_value()));
    stack.add("Thing", Untyped::new("Custom::A", json!({ "A": { "B": role.role_id() } })));
    insta::assert_snapshot!(problems(App::new().with(stack)), @r#"
-1: `Thing` uses `RoleId` of the existing `AWS::IAM::Role` `reader`, which is not known
  hint: say what it is: `Handle::with(…, "RoleId", …)`
-4: `Vpc` uses `VpcId` of the existing `AWS::EC2::SecurityGroup` `sg-1`, which is not known
  hint: say what it is: `Handle::with(…, "VpcId", …)`
-3: `Role` uses `Arn` of the existing `AWS::IAM::Role` `reader`, which is not known
  hint: say what it is: `Handle::with(…, "Arn", …)`
-2: `Secret` uses `Ref` of the existing `AWS::SecretsManager::Secret` `database`, which is not known
  hint: its ARN has it: `existing("arn:…")`
"#);
}

#[test]
fn it_has_no_options_and_no_edits() {
    let mut stack = Stack::in_region("s", "eu-central-1");
    let bucket = cfn::s3::Bucket::existing("logs");
    let thing = stack.add("Thing", Untyped::new("Custom::A", json!({})));
    stack.options(&bucket).retain();
    stack.edit(&bucket, |bucket| bucket.bucket_name = some("b"));
    stack.options(&thing).depends_on(&bucket);
    stack.options(&cfn::ec2::Instance::existing("web"));
    insta::assert_snapshot!(problems(App::new().with(stack)), @"
-4: the `AWS::S3::Bucket` `logs` exists already, and is in no stack of the app
  hint: it has no options, edits and dependencies: only its values can be used
-3: the `AWS::S3::Bucket` `logs` exists already, and is in no stack of the app
  hint: it has no options, edits and dependencies: only its values can be used
-2: the `AWS::S3::Bucket` `logs` exists already, and is in no stack of the app
  hint: it has no options, edits and dependencies: only its values can be used
-1: `web` is not the id of an `AWS::EC2::Instance`: those begin with `i-`
");
}

#[test]
fn what_cannot_be_is_a_problem_where_it_was_named() {
    let mut stack = Stack::<UsEast1>::new("s");
    let named = [
        Certificate::from_arn("arn:aws:acm:eu-central-1:111122223333:certificate/1"),
        Certificate::from_arn("arn:aws:iam::111122223333:server-certificate/a"),
        Certificate::from_arn("12345678-1234-1234-1234-123456789012"),
        Certificate::from_arn("arn:aws:acm"),
        Certificate::from_arn("arn:aws:acm:us-east-1:1:certificate/1"),
        Certificate::from_arn("arn:aws:acm:us-east-1:111122223333:certificate/"),
        Certificate::from_arn(""),
    ];
    let ids = [
        cfn::ec2::Instance::existing("web").ref_value(),
        cfn::ec2::SecurityGroup::existing("arn:aws:ec2:eu-central-1:111122223333:instance/i-1").ref_value(),
        cfn::s3::Bucket::existing(" logs").arn(),
        cfn::iam::Role::existing("arn:aws:iam::111122223333:role/").ref_value(),
    ];
    let values: Vec<Val<String>> = named.iter().map(|certificate| certificate.arn()).chain(ids).collect();
    stack.add("Thing", Untyped::new("Custom::A", json!({ "A": values })));
    insta::assert_snapshot!(problems(App::new().with(stack)), @r#"
-16: the certificate `arn:aws:acm:eu-central-1:111122223333:certificate/1` is in `eu-central-1`, and wanted in `us-east-1`
-15: `arn:aws:iam::111122223333:server-certificate/a` is not the ARN of an `AWS::CertificateManager::Certificate`: those are `arn:PARTITION:acm:REGION:ACCOUNT:certificate/…`
-14: `12345678-1234-1234-1234-123456789012` is not the ARN of a certificate
-13: `arn:aws:acm` is not an ARN: it has fewer than six parts with `:` between them
-12: `arn:aws:acm:us-east-1:1:certificate/1` is not an ARN: a part of it is empty, or its account is not twelve digits
-11: `arn:aws:acm:us-east-1:111122223333:certificate/` is not the ARN of an `AWS::CertificateManager::Certificate`: those are `arn:PARTITION:acm:REGION:ACCOUNT:certificate/…`
-10: "" is not the id of an `AWS::CertificateManager::Certificate`: it is empty, or has blanks around it
-7: `web` is not the id of an `AWS::EC2::Instance`: those begin with `i-`
-6: `arn:aws:ec2:eu-central-1:111122223333:instance/i-1` is not the ARN of an `AWS::EC2::SecurityGroup`: those are `arn:PARTITION:ec2:REGION:ACCOUNT:security-group/…`
-5: " logs" is not the id of an `AWS::S3::Bucket`: it is empty, or has blanks around it
-4: `arn:aws:iam::111122223333:role/` is not the ARN of an `AWS::IAM::Role`: those are `arn:PARTITION:iam:REGION:ACCOUNT:role/…`
"#);
}

#[test]
fn aliases_are_held_against_the_known_names() {
    let certificate = Certificate::from_arn(ARN).with_names(["example.com", "*.example.com"]);
    let mut stack = Stack::<EuCentral1>::new("s");
    let origin = || Origin::public_https("origin.example.net");
    let aliases = vec!["www.example.com".into()];
    let good = stack.add("Good", Distribution { aliases, ..Distribution::new(origin(), &certificate) });
    let aliases = vec!["www.example.org".into()];
    stack.add("Bad", Distribution { aliases, ..Distribution::new(origin(), &certificate) });
    stack.add(
        "Unknown",
        Distribution { aliases: vec!["a.b".into()], ..Distribution::new(origin(), &Certificate::from_arn(ARN)) },
    );
    stack.edit(&good, |good| {
        good.distribution_config.edit(|config| config.aliases = some(["a.b.example.com"])).unwrap();
    });
    insta::assert_snapshot!(problems(App::new().with(stack)), @"
-10: the alias `a.b.example.com` is not covered by the distribution's certificate
  hint: the certificate is for `example.com`, `*.example.com`; `*` stands for one label
-8: the alias `www.example.org` is not covered by the distribution's certificate
  hint: the certificate is for `example.com`, `*.example.com`; `*` stands for one label
");
}

#[test]
fn a_handle_is_the_same_wherever_it_comes_from() {
    let mut stack = Stack::in_region("s", "eu-central-1");
    let added = stack.add("Bucket", cfn::s3::Bucket::default());
    let found = cfn::s3::Bucket::existing("logs");
    let both: formwork::IndexMap<Handle<cfn::s3::Bucket, Anywhere>, ()> =
        [(added.clone(), ()), (added.clone(), ()), (found.clone(), ())].into();
    assert_eq!(both.len(), 2);
    assert!(found.proved::<EuCentral1>().is_ok() && added.proved::<EuCentral1>().is_ok());
    let elsewhere = cfn::certificatemanager::Certificate::existing(ARN);
    assert!(elsewhere.proved::<EuCentral1>().is_err() && elsewhere.proved::<UsEast1>().is_ok());
    let attributes: cfn::s3::BucketAttributes = (*found).clone();
    assert_eq!(attributes.arn(), found.arn());
}
