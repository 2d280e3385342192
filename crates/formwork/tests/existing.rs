//! Things that exist already: their known values, and problems with them.

use formwork::prelude::*;
use formwork::template::Place;
use formwork::{App, Location, existing};

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
    let group = cfn::ec2::SecurityGroup::existing("sg-0123456789abcdef0");
    let role = cfn::iam::Role::existing("reader");
    let secret = cfn::secretsmanager::Secret::existing("database");
    stack.output("Vpc", group.vpc_id());
    stack.output("Role", format!("<{}>", role.arn()));
    stack.output("Secret", function::base64(secret.ref_value()));
    stack.add("Thing", Untyped::new("Custom::A", json!({ "A": { "B": role.role_id() } })));
    insta::assert_snapshot!(problems(App::new().with(stack)), @r#"
-1: `Thing` uses `RoleId` of the existing `AWS::IAM::Role` `reader`, which is not known
  hint: say what it is: `Handle::with(…, "RoleId", …)`
-4: `Vpc` uses `VpcId` of the existing `AWS::EC2::SecurityGroup` `sg-0123456789abcdef0`, which is not known
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
    insta::assert_snapshot!(problems(App::new().with(stack)), @r#"
-4: the `AWS::S3::Bucket` `logs` exists already, and is in no stack of the app
  hint: it has no options, edits and dependencies: only its values can be used
-3: the `AWS::S3::Bucket` `logs` exists already, and is in no stack of the app
  hint: it has no options, edits and dependencies: only its values can be used
-2: the `AWS::S3::Bucket` `logs` exists already, and is in no stack of the app
  hint: it has no options, edits and dependencies: only its values can be used
-1: "web" is not the id of an `AWS::EC2::Instance`: those are `i-` and 8 or 17 hexadecimal digits
"#);
}

#[test]
fn what_cannot_be_is_a_problem_where_it_was_named() {
    let mut stack = Stack::<UsEast1>::new("s");
    let named = [
        Certificate::from_arn("arn:aws:acm:eu-central-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"),
        Certificate::from_arn("arn:aws:iam::111122223333:server-certificate/a"),
        Certificate::from_arn("12345678-1234-1234-1234-123456789012"),
        Certificate::from_arn("arn:aws:acm"),
        Certificate::from_arn("arn:aws:acm:us-east-1:1:certificate/12345678-1234-1234-1234-123456789012"),
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
-16: the certificate `arn:aws:acm:eu-central-1:111122223333:certificate/12345678-1234-1234-1234-123456789012` is in `eu-central-1`, and wanted in `us-east-1`
-15: `arn:aws:iam::111122223333:server-certificate/a` is not the ARN of an `AWS::CertificateManager::Certificate`: those are `arn:PARTITION:acm:REGION:ACCOUNT:certificate/…`
-14: `12345678-1234-1234-1234-123456789012` is not the ARN of a certificate
-13: `arn:aws:acm` is not an ARN: it has fewer than six parts with `:` between them
-12: `arn:aws:acm:us-east-1:1:certificate/12345678-1234-1234-1234-123456789012` is not an ARN: a part of it is empty, or its account is not twelve digits
-11: `arn:aws:acm:us-east-1:111122223333:certificate/` is not the ARN of an `AWS::CertificateManager::Certificate`: those are `arn:PARTITION:acm:REGION:ACCOUNT:certificate/…`
-10: "" is not the id of an `AWS::CertificateManager::Certificate`: it is empty, or has spaces around it
-7: "web" is not the id of an `AWS::EC2::Instance`: those are `i-` and 8 or 17 hexadecimal digits
-6: `arn:aws:ec2:eu-central-1:111122223333:instance/i-1` is not the ARN of an `AWS::EC2::SecurityGroup`: those are `arn:PARTITION:ec2:REGION:ACCOUNT:security-group/…`
-5: " logs" is not the id of an `AWS::S3::Bucket`: it is empty, or has spaces around it
-4: `arn:aws:iam::111122223333:role/` is not the ARN of an `AWS::IAM::Role`: those are `arn:PARTITION:iam::ACCOUNT:role/…`
"#);
}

/// `Ref` of a thing whose service this test does not compile.
#[track_caller]
fn typed(type_name: &'static str, id: &str) -> Val<String> {
    existing::reference(type_name, "Ref", &id.into(), Place::caller()).get_ref("Ref")
}

/// Other things' ids, and texts that are nobody's.
#[test]
fn an_id_is_held_against_the_form_of_its_type() {
    let mut stack = Stack::<UsEast1>::new("s");
    let bucket = |id: &str| cfn::s3::Bucket::existing(id).ref_value();
    let wrong = [
        bucket("arn:aws:s3:::x/y"),
        bucket("a b"),
        bucket("a"),
        bucket("${x}"),
        bucket("x\ny"),
        bucket("x\0"),
        bucket("-a"),
        bucket("a."),
        bucket(&"a".repeat(256)),
        cfn::ec2::SecurityGroup::existing("sg-XYZ").ref_value(),
        cfn::ec2::SecurityGroup::existing("sg-0123456789abcdef01").ref_value(),
        cfn::ec2::Instance::existing("i-").ref_value(),
        cfn::ec2::Subnet::existing("subnet-a b").ref_value(),
        cfn::ec2::VPC::existing("vpc-ABCDEF01").ref_value(),
        cfn::ec2::PrefixList::existing("pl-\u{1b}").ref_value(),
        cfn::iam::Role::existing("team/reader").ref_value(),
        typed("AWS::Lambda::Function", "arn:aws:lambda:us-east-1:111122223333:function:f:live"),
        typed("AWS::DynamoDB::Table", "arn:aws:dynamodb:us-east-1:111122223333:table/t/stream/2026"),
        typed("AWS::ECR::Repository", "Team/App"),
        cfn::secretsmanager::Secret::existing("arn:aws:secretsmanager:us-east-1:111122223333:secret:a b").ref_value(),
    ];
    stack.add("Thing", Untyped::new("Custom::A", json!({ "A": wrong.to_vec() })));
    insta::assert_snapshot!(problems(App::new().with(stack)), @r#"
-24: `arn:aws:s3:::x/y` is not the ARN of an `AWS::S3::Bucket`: "x/y" is not the id of an `AWS::S3::Bucket`: those are 3 to 63 lower-case letters, digits, `.` and `-`, with a letter or digit first and last; old ones of us-east-1 have up to 255, upper case and `_`
-24: "a b" is not the id of an `AWS::S3::Bucket`: those are 3 to 63 lower-case letters, digits, `.` and `-`, with a letter or digit first and last; old ones of us-east-1 have up to 255, upper case and `_`
-24: "a" is not the id of an `AWS::S3::Bucket`: those are 3 to 63 lower-case letters, digits, `.` and `-`, with a letter or digit first and last; old ones of us-east-1 have up to 255, upper case and `_`
-24: "${x}" is not the id of an `AWS::S3::Bucket`: `${` is text there: a parameter is a `Val`, which `format!` takes
-24: "x\ny" is not the id of an `AWS::S3::Bucket`: it has a control character
-24: "x\0" is not the id of an `AWS::S3::Bucket`: it has a control character
-24: "-a" is not the id of an `AWS::S3::Bucket`: those are 3 to 63 lower-case letters, digits, `.` and `-`, with a letter or digit first and last; old ones of us-east-1 have up to 255, upper case and `_`
-24: "a." is not the id of an `AWS::S3::Bucket`: those are 3 to 63 lower-case letters, digits, `.` and `-`, with a letter or digit first and last; old ones of us-east-1 have up to 255, upper case and `_`
-24: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" is not the id of an `AWS::S3::Bucket`: those are 3 to 63 lower-case letters, digits, `.` and `-`, with a letter or digit first and last; old ones of us-east-1 have up to 255, upper case and `_`
-13: "sg-XYZ" is not the id of an `AWS::EC2::SecurityGroup`: those are `sg-` and 8 or 17 hexadecimal digits
-12: "sg-0123456789abcdef01" is not the id of an `AWS::EC2::SecurityGroup`: those are `sg-` and 8 or 17 hexadecimal digits
-11: "i-" is not the id of an `AWS::EC2::Instance`: those are `i-` and 8 or 17 hexadecimal digits
-10: "subnet-a b" is not the id of an `AWS::EC2::Subnet`: those are `subnet-` and 8 or 17 hexadecimal digits
-9: "vpc-ABCDEF01" is not the id of an `AWS::EC2::VPC`: those are `vpc-` and 8 or 17 hexadecimal digits
-8: "pl-\u{1b}" is not the id of an `AWS::EC2::PrefixList`: it has a control character
-7: "team/reader" is not the id of an `AWS::IAM::Role`: those are up to 64 letters, digits and `_+=,.@-`
-6: `arn:aws:lambda:us-east-1:111122223333:function:f:live` is not the ARN of an `AWS::Lambda::Function`: "f:live" is not the id of an `AWS::Lambda::Function`: those are up to 64 letters, digits, `-` and `_`
-5: `arn:aws:dynamodb:us-east-1:111122223333:table/t/stream/2026` is not the ARN of an `AWS::DynamoDB::Table`: "t/stream/2026" is not the id of an `AWS::DynamoDB::Table`: those are 3 to 255 letters, digits and `_.-`
-4: "Team/App" is not the id of an `AWS::ECR::Repository`: those are 2 to 256 lower-case letters, digits and `._-/`, with a letter or digit first and last
-3: `arn:aws:secretsmanager:us-east-1:111122223333:secret:a b` is not the ARN of an `AWS::SecretsManager::Secret`: "a b" is not the id of an `AWS::SecretsManager::Secret`: those are up to 519 letters, digits and `/_+=.@!-`
"#);
    let mut stack = Stack::<UsEast1>::new("s");
    let part: Val<String> = stack.parameter("Part", Parameter::default());
    stack.output(
        "Right",
        json!([
            typed("AWS::ECR::Repository", "arn:aws:ecr:us-east-1:111122223333:repository/team/app"),
            cfn::s3::Bucket::existing(format!("{part}-UPPER")).ref_value(),
            cfn::s3::Bucket::existing("Old_Bucket").ref_value(),
            typed("AWS::SNS::Topic", "arn:aws:sns:us-east-1:111122223333:orders.fifo"),
            cfn::iam::Role::existing(format!("arn:aws:iam::111122223333:{part}/reader")).ref_value(),
            cfn::iam::User::existing(format!("arn:aws:iam::111122223333:user/{part}/reader")).ref_value(),
            cfn::ec2::VPC::existing("vpc-01234567").ref_value(),
        ]),
    );
    let assembly = App::new().with(stack).synth().unwrap();
    let template: serde_json::Value = serde_json::from_str(&assembly.stacks[0].template).unwrap();
    insta::assert_snapshot!(template["Outputs"]["Right"]["Value"], @r#"["team/app",{"Fn::Sub":"${Part}-UPPER"},"Old_Bucket","arn:aws:sns:us-east-1:111122223333:orders.fifo","reader","reader","vpc-01234567"]"#);
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

/// Problems of things that exist, without their places.
fn told(values: &[Val<String>]) -> String {
    let mut stack = Stack::<UsEast1>::new("s");
    stack.add("Thing", Untyped::new("Custom::A", json!({ "A": (values.to_vec()) })));
    let problems = App::new().with(stack).synth().map_or_else(|report| report.problems, |_| Vec::new());
    problems.into_iter().map(|problem| format!("{}\n", problem.message)).collect()
}

/// Malformed ids, and ARNs of something else.
#[test]
fn ids_and_arns_of_other_services() {
    let zone = |id: &str| cfn::route53::HostedZone::existing(id).id();
    let wrong = [
        zone("example.com"),
        zone("a;b"),
        zone("zabc"),
        zone("Z\u{202e}A"),
        zone("arn:aws:route53:us-east-1:111122223333:hostedzone/Z0123456789ABCDEFGHIJ"),
        typed("AWS::RDS::DBInstance", "a b"),
        typed("AWS::RDS::DBInstance", "a--b"),
        typed("AWS::RDS::DBInstance", "arn:aws:rds:us-east-1:111122223333:cluster:x"),
        typed("AWS::SSM::Parameter", "/a b"),
        typed("AWS::SSM::Parameter", "a;b"),
        typed("AWS::SSM::Parameter", "/a//b"),
        typed("AWS::SSM::Parameter", "a/b"),
        typed("AWS::KMS::Key", "alias/x"),
        typed("AWS::SQS::Queue", "arn:aws:sns:us-east-1:111122223333:orders"),
        typed("AWS::Glue::Job", "arn:aws:s3:::x"),
        typed("AWS::IAM::Role", "arn:aws:iam:us-east-1:111122223333:role/a"),
        typed("AWS::IAM::Role", "arn:aws:iam:::role/a"),
        typed("AWS::SNS::Topic", "arn:aws-cn:sns:us-east-1:111122223333:orders"),
        typed("AWS::Glue::Job", "a\u{200b}b"),
        Certificate::from_arn("arn:aws:acm:us-east-1:111122223333:certificate/x").arn(),
        Certificate::from_arn("arn:aws-cn:acm:us-east-1:111122223333:certificate/12345678-1234-1234-1234-123456789012")
            .arn(),
        Certificate::from_arn("arn:aws:acm:us-east-1::certificate/12345678-1234-1234-1234-123456789012").arn(),
    ];
    let each: Vec<String> = wrong.iter().map(|value| told(std::slice::from_ref(value))).collect();
    insta::assert_snapshot!(each.concat(), @r#"
"example.com" is not the id of an `AWS::Route53::HostedZone`: those are `Z`, and up to 31 upper-case letters and digits
"a;b" is not the id of an `AWS::Route53::HostedZone`: those are `Z`, and up to 31 upper-case letters and digits
"zabc" is not the id of an `AWS::Route53::HostedZone`: those are `Z`, and up to 31 upper-case letters and digits
"Z\u{202e}A" is not the id of an `AWS::Route53::HostedZone`: a character of it cannot be seen
`arn:aws:route53:us-east-1:111122223333:hostedzone/Z0123456789ABCDEFGHIJ` is not the ARN of an `AWS::Route53::HostedZone`: those are `arn:PARTITION:route53:::hostedzone/…`
"a b" is not the id of an `AWS::RDS::DBInstance`: those are up to 63 letters, digits and single `-`, with a letter first and no `-` last
"a--b" is not the id of an `AWS::RDS::DBInstance`: those are up to 63 letters, digits and single `-`, with a letter first and no `-` last
`arn:aws:rds:us-east-1:111122223333:cluster:x` is not the ARN of an `AWS::RDS::DBInstance`: those are `arn:PARTITION:rds:REGION:ACCOUNT:db:…`
"/a b" is not the id of an `AWS::SSM::Parameter`: those are letters, digits and `_.-`, or a path of such names, with a `/` before each
"a;b" is not the id of an `AWS::SSM::Parameter`: those are letters, digits and `_.-`, or a path of such names, with a `/` before each
"/a//b" is not the id of an `AWS::SSM::Parameter`: those are letters, digits and `_.-`, or a path of such names, with a `/` before each
"a/b" is not the id of an `AWS::SSM::Parameter`: those are letters, digits and `_.-`, or a path of such names, with a `/` before each
"alias/x" is not the id of an `AWS::KMS::Key`: those are a UUID, or `mrk-` and 32 hexadecimal digits
`arn:aws:sns:us-east-1:111122223333:orders` is not the ARN of an `AWS::SQS::Queue`: those are `arn:PARTITION:sqs:REGION:ACCOUNT:…`
`arn:aws:s3:::x` is not the ARN of an `AWS::Glue::Job`: those are of the service `glue`
`arn:aws:iam:us-east-1:111122223333:role/a` is not the ARN of an `AWS::IAM::Role`: those are `arn:PARTITION:iam::ACCOUNT:role/…`
`arn:aws:iam:::role/a` is not the ARN of an `AWS::IAM::Role`: those are `arn:PARTITION:iam::ACCOUNT:role/…`
`arn:aws-cn:sns:us-east-1:111122223333:orders` is not an ARN: the partition of `us-east-1` is `aws`
"a\u{200b}b" is not the id of an `AWS::Glue::Job`: a character of it cannot be seen
`arn:aws:acm:us-east-1:111122223333:certificate/x` is not the ARN of an `AWS::CertificateManager::Certificate`: "x" is not the id of an `AWS::CertificateManager::Certificate`: those are a UUID, 32 hexadecimal digits with `-` between them
`arn:aws-cn:acm:us-east-1:111122223333:certificate/12345678-1234-1234-1234-123456789012` is not an ARN: the partition of `us-east-1` is `aws`
`arn:aws:acm:us-east-1::certificate/12345678-1234-1234-1234-123456789012` is not the ARN of an `AWS::CertificateManager::Certificate`: those are `arn:PARTITION:acm:REGION:ACCOUNT:certificate/…`
"#);
    let right = [
        (zone("Z0123456789ABCDEFGHIJ"), "Z0123456789ABCDEFGHIJ"),
        (zone("arn:aws:route53:::hostedzone/Z0123456789ABCDEFGHIJ"), "Z0123456789ABCDEFGHIJ"),
        (typed("AWS::RDS::DBInstance", "arn:aws:rds:us-east-1:111122223333:db:orders-1"), "orders-1"),
        (typed("AWS::SSM::Parameter", "/a/b.c_d-e"), "/a/b.c_d-e"),
        (typed("AWS::SSM::Parameter", "arn:aws:ssm:us-east-1:111122223333:parameter/a/b"), "/a/b"),
        (typed("AWS::SSM::Parameter", "arn:aws:ssm:us-east-1:111122223333:parameter/a"), "a"),
        (typed("AWS::Logs::LogGroup", "/aws/lambda/f"), "/aws/lambda/f"),
        (typed("AWS::EC2::PrefixList", "pl-22a6434b"), "pl-22a6434b"),
        (typed("AWS::KMS::Key", "mrk-0123456789abcdef0123456789abcdef"), "mrk-0123456789abcdef0123456789abcdef"),
        (
            typed("AWS::SQS::Queue", "https://sqs.us-east-1.amazonaws.com/111122223333/orders.fifo"),
            "https://sqs.us-east-1.amazonaws.com/111122223333/orders.fifo",
        ),
        (
            typed("AWS::Glue::Job", "arn:aws:glue:us-east-1:111122223333:job/a"),
            "arn:aws:glue:us-east-1:111122223333:job/a",
        ),
    ];
    for (value, text) in right {
        assert_eq!(value, text.into(), "{}", told(std::slice::from_ref(&value)));
    }
    // `Ref` of a queue is its URL, which no ARN has; nor is an ARN the name that a type says its `Ref` is.
    let queue = typed("AWS::SQS::Queue", "arn:aws:sqs:us-east-1:111122223333:orders");
    let job = existing::reference(
        "AWS::Glue::Job",
        "Name",
        &"arn:aws:glue:us-east-1:111122223333:job/a".into(),
        Place::caller(),
    );
    insta::assert_snapshot!(told(&[queue, job.get_ref("Name")]), @"
`Thing` uses `Ref` of the existing `AWS::SQS::Queue` `arn:aws:sqs:us-east-1:111122223333:orders`, which is not known
`Thing` uses `Ref` of the existing `AWS::Glue::Job` `arn:aws:glue:us-east-1:111122223333:job/a`, which is not known
");
}

/// ARNs and ids that a distribution is given.
#[test]
fn a_distribution_takes_no_arn_of_something_else() {
    let said = |edit: fn(&mut Distribution)| {
        let mut stack = Stack::<UsEast1>::new("s");
        let mut distribution =
            Distribution::new(Origin::public_https("origin.example.net"), &Certificate::from_arn(ARN));
        edit(&mut distribution);
        stack.add("Distribution", distribution);
        let problems = App::new().with(stack).synth().map_or_else(|report| report.problems, |it| it.warnings);
        problems
            .into_iter()
            .map(|problem| format!("{}: {}\n", problem.message, problem.hint.unwrap_or_default()))
            .collect()
    };
    let function = |it: &mut Distribution| {
        it.default_behavior.viewer_request = some("arn:aws:cloudfront::111122223333:distribution/E1");
    };
    let cases: [String; 7] = [
        said(function),
        said(|it| it.web_acl = some("arn:aws:wafv2:eu-central-1:111122223333:global/webacl/site/a1b2")),
        said(|it| it.web_acl = some("x")),
        said(|it| it.default_behavior.origin = Origin::vpc("x", "origin.example.net")),
        said(|it| it.default_behavior.cache_policy = CachePolicy::Id("x".into())),
        {
            let mut stack = Stack::<EuCentral1>::new("s");
            stack.add("A", VpcOrigin::new("a", "arn:aws:s3:::x"));
            stack.add("B", VpcOrigin::new("b", "arn:aws:ec2:eu-central-1:111122223333:instance/x"));
            stack.add(
                "C",
                VpcOrigin::new(
                    "c",
                    "arn:aws:elasticloadbalancing:eu-central-1:111122223333:loadbalancer/app/a/0123456789abcdef",
                ),
            );
            let problems = App::new().with(stack).synth().unwrap_err().problems;
            problems.into_iter().map(|problem| problem.message + "\n").collect()
        },
        said(|it| {
            let bucket = "logs.s3-website.eu-central-1.amazonaws.com".into();
            it.logging = Some(formwork::cloudfront::Logging { bucket, prefix: None, include_cookies: false });
        }),
    ];
    insta::assert_snapshot!(cases.concat(), @r#"
"arn:aws:cloudfront::111122223333:distribution/E1" is not the ARN of a CloudFront function: those are `arn:PARTITION:cloudfront::ACCOUNT:function/…`
the distribution's web ACL is in `eu-central-1`: web ACLs of distributions are in `us-east-1`
"x" is not the ARN of a web ACL: those are `arn:PARTITION:wafv2:REGION:ACCOUNT:SCOPE/webacl/NAME/ID`
"x" is not the id of a VPC origin: those are `vo_`, and letters and digits
"x" is not the id of a cache policy: those are a UUID, 32 hexadecimal digits with `-` between them
"arn:aws:s3:::x" is not the ARN of a VPC origin's instance
"arn:aws:ec2:eu-central-1:111122223333:instance/x" is not the ARN of a VPC origin's instance
`logs.s3-website.eu-central-1.amazonaws.com` is not the domain name of a bucket for logs: for example `logs.s3.amazonaws.com`; that of a website takes no logs
"#);
    assert_eq!(said(|it| it.web_acl = some("473e64fd-f30b-4765-81a0-62ad96dd167a")), "", "of AWS WAF Classic");
}
