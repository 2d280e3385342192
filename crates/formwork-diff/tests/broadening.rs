//! The changes that count as permitting more than before.

#![allow(clippy::unwrap_used, reason = "what cannot go on fails its test")]

use formwork_diff::{Diff, Registry};
use formwork_template::Template;
use insta::assert_snapshot;
use serde_json::{Value, json};

/// One line for each thing that `after` permits and `before` does not; both are the entries of `Resources`.
fn broadening(before: Value, after: Value) -> String {
    let template = |resources: Value| Template::from_json(&json!({ "Resources": resources }).to_string()).unwrap();
    let diff = Diff::between(Some(&template(before)), &template(after), &Registry::new());
    let place = |path: String| if path.is_empty() { path } else { format!(" at {path}") };
    diff.broadening.iter().map(|found| format!("{found}{}\n", place(found.path.to_string()))).collect()
}

fn policy(statements: Value) -> Value {
    json!({ "Policy": { "Type": "AWS::S3::BucketPolicy", "Properties": {
        "Bucket": "logs", "PolicyDocument": { "Version": "2012-10-17", "Statement": statements } } } })
}

fn group(ingress: Value, egress: Value) -> Value {
    json!({ "Group": { "Type": "AWS::EC2::SecurityGroup", "Properties": {
        "GroupDescription": "web", "SecurityGroupIngress": ingress, "SecurityGroupEgress": egress } } })
}

fn read(action: Value, resource: Value) -> Value {
    json!({ "Effect": "Allow", "Principal": { "AWS": "123456789012" }, "Action": action, "Resource": resource })
}

#[test]
fn a_new_statement_that_allows() {
    let before = policy(json!([read(json!("s3:GetObject"), json!("*"))]));
    let after = policy(json!([
        read(json!("s3:GetObject"), json!("*")),
        { "Sid": "New", "Effect": "Allow", "Principal": "*", "NotAction": ["s3:Put*"], "NotResource": "arn:x",
          "Condition": { "Bool": { "aws:SecureTransport": true } } },
    ]));
    assert_snapshot!(broadening(before, after), @"`Policy` permits all but s3:Put* on all but arn:x to everyone if Bool aws:SecureTransport true at PolicyDocument.Statement[1]");
}

#[test]
fn a_statement_with_more_actions_but_not_one_with_fewer() {
    let one = policy(json!(read(json!("s3:GetObject"), json!("arn:a"))));
    let two = policy(json!([read(json!(["s3:GetObject", "s3:PutObject"]), json!(["arn:a"]))]));
    assert_snapshot!(broadening(one.clone(), two.clone()), @"`Policy` permits s3:PutObject on arn:a to AWS 123456789012 at PolicyDocument.Statement[0]");
    assert_eq!(broadening(two, one.clone()), "");
    let all = policy(json!([read(json!("*"), json!("arn:a"))]));
    assert_eq!(broadening(all, one), "");
}

#[test]
fn the_order_and_the_names_of_statements_have_no_meaning() {
    let (a, b) = (read(json!("s3:A"), json!("*")), read(json!("s3:B"), json!("*")));
    let mut named = a.clone();
    named["Sid"] = json!("Named");
    assert_eq!(broadening(policy(json!([a, b.clone()])), policy(json!([b, named]))), "");
}

#[test]
fn another_condition_or_principal_is_another_statement() {
    let with = |principal: &str, condition: &str| {
        policy(json!([{ "Effect": "Allow", "Principal": { "AWS": principal }, "Action": "s3:*", "Resource": "*",
            "Condition": { "StringEquals": { "aws:PrincipalOrgID": condition } } }]))
    };
    assert_snapshot!(broadening(with("a", "o"), with("b", "o")), @"`Policy` permits s3:* on every resource to AWS b if StringEquals aws:PrincipalOrgID o at PolicyDocument.Statement[0]");
    assert_snapshot!(broadening(with("a", "o"), with("a", "p")), @"`Policy` permits s3:* on every resource to AWS a if StringEquals aws:PrincipalOrgID p at PolicyDocument.Statement[0]");
}

#[test]
fn a_denial_that_goes() {
    let deny = json!({ "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*" });
    assert_snapshot!(broadening(policy(json!([deny])), policy(json!([]))), @"`Policy` no longer denies s3:* on every resource to everyone at PolicyDocument.Statement[0]");
    let deny = policy(json!({ "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*" }));
    assert_snapshot!(broadening(deny.clone(), json!({})), @"`Policy` no longer denies s3:* on every resource to everyone at PolicyDocument.Statement[0]");
    assert_eq!(
        broadening(
            deny,
            policy(json!([{ "Effect": "Deny", "Principal": "*", "Action": ["s3:*", "a:*"], "Resource": "*" }]))
        ),
        ""
    );
}

#[test]
fn managed_policies_and_boundaries() {
    let role = |policies: Value, boundary: Option<&str>| {
        let mut role = json!({ "Type": "AWS::IAM::Role", "Properties": { "ManagedPolicyArns": policies } });
        if let Some(boundary) = boundary {
            role["Properties"]["PermissionsBoundary"] = json!(boundary);
        }
        json!({ "Role": role })
    };
    assert_snapshot!(broadening(role(json!(["arn:a"]), None), role(json!(["arn:b", "arn:a"]), None)), @"`Role` attaches arn:b at ManagedPolicyArns[0]");
    assert_snapshot!(broadening(role(json!([]), Some("arn:a")), role(json!([]), None)), @"`Role` changes the boundary to none at PermissionsBoundary");
    assert_eq!(broadening(role(json!([]), None), role(json!([]), Some("arn:a"))), "");
}

#[test]
fn rules_of_security_groups() {
    let rule = |from: Value, to: u16, cidr: &str| json!({ "IpProtocol": "tcp", "FromPort": from, "ToPort": to, "CidrIp": cidr });
    let before = group(json!([rule(json!(80), 90, "10.0.0.0/8")]), json!([rule(json!(443), 443, "0.0.0.0/0")]));
    // Fewer ports, another description, a port as text.
    let mut narrow = rule(json!("80"), 80, "10.0.0.0/8");
    narrow["Description"] = json!("less");
    let less = group(json!([narrow]), json!([rule(json!(443), 443, "0.0.0.0/0")]));
    assert_eq!(broadening(before.clone(), less), "");
    let more = group(
        json!([rule(json!(79), 90, "10.0.0.0/8"), rule(json!(80), 90, "0.0.0.0/0"), { "IpProtocol": -1, "SourceSecurityGroupId": { "Ref": "Other" } }]),
        json!([]),
    );
    assert_snapshot!(broadening(before, more), @"
`Group` opens ports 79-90 (tcp) to 10.0.0.0/8 at SecurityGroupIngress[0]
`Group` opens ports 80-90 (tcp) to 0.0.0.0/0 at SecurityGroupIngress[1]
`Group` opens all traffic to ${Other} at SecurityGroupIngress[2]
`Group` opens outbound all traffic to 0.0.0.0/0 at SecurityGroupEgress
");
}

#[test]
fn rules_and_permissions_as_resources() {
    let after = json!({
        "Rule": { "Type": "AWS::EC2::SecurityGroupIngress", "Properties": {
            "GroupId": "sg-1", "IpProtocol": "udp", "FromPort": 443, "ToPort": 443, "SourcePrefixListId": "pl-1" } },
        "Out": { "Type": "AWS::EC2::SecurityGroupEgress", "Properties": {
            "GroupId": "sg-1", "IpProtocol": "-1", "CidrIpv6": "::/0" } },
        "Call": { "Type": "AWS::Lambda::Permission", "Properties": {
            "Action": "lambda:InvokeFunction", "FunctionName": "f", "Principal": "events.amazonaws.com" } },
    });
    assert_snapshot!(broadening(json!({}), after.clone()), @"
`Rule` opens port 443 (udp) to pl-1
`Out` opens outbound all traffic to ::/0
`Call` permits lambda:InvokeFunction to events.amazonaws.com
");
    assert_eq!(broadening(after.clone(), after), "");
}

/// With a condition that hangs on a parameter without a value.
fn in_prod(before: Value, after: Value) -> String {
    let template = |resources: Value| {
        let text = json!({
            "Parameters": { "Stage": { "Type": "String" } },
            "Conditions": { "Prod": { "Fn::Equals": [{ "Ref": "Stage" }, "prod"] } },
            "Resources": resources,
        });
        Template::from_json(&text.to_string()).unwrap()
    };
    let diff = Diff::between(Some(&template(before)), &template(after), &Registry::new());
    diff.broadening.iter().map(|found| format!("{found}\n")).collect()
}

#[test]
fn a_policy_that_is_there_in_more_cases_permits_more_and_a_denial_less() {
    let policy = |effect: &str, condition: Option<&str>| {
        let mut policy = json!({ "Type": "AWS::S3::BucketPolicy", "Properties": { "Bucket": "logs", "PolicyDocument": {
            "Statement": [{ "Effect": effect, "Principal": "*", "Action": "s3:*", "Resource": "*" }] } } });
        if let Some(condition) = condition {
            policy["Condition"] = json!(condition);
        }
        json!({ "Policy": policy })
    };
    let (always, prod) = (policy("Allow", None), policy("Allow", Some("Prod")));
    assert_snapshot!(in_prod(prod.clone(), always.clone()), @"`Policy` permits s3:* on every resource to everyone");
    assert_eq!(in_prod(always, prod), "");
    let (always, prod) = (policy("Deny", None), policy("Deny", Some("Prod")));
    assert_snapshot!(in_prod(always.clone(), prod.clone()), @"`Policy` no longer denies s3:* on every resource to everyone");
    assert_eq!(in_prod(prod, always), "");
}

#[test]
fn more_conditions_than_are_tried_in_every_combination() {
    let role = |open: &str| {
        let statement = |number: usize| {
            let action = if number == 5 { open } else { "s3:GetObject" };
            let statement = json!({ "Effect": "Allow", "Action": action, "Resource": "*" });
            json!({ "Fn::If": [format!("C{number}"), statement, { "Ref": "AWS::NoValue" }] })
        };
        json!({ "Policy": { "Type": "AWS::IAM::ManagedPolicy", "Properties": {
            "PolicyDocument": { "Statement": (0..8).map(statement).collect::<Vec<_>>() } } } })
    };
    let template = |resources: Value| {
        let conditions: Value = (0..8)
            .map(|number| (format!("C{number}"), json!({ "Fn::Equals": [{ "Ref": "Stage" }, number.to_string()] })))
            .collect::<serde_json::Map<_, _>>()
            .into();
        let text = json!({ "Parameters": { "Stage": { "Type": "String" } }, "Conditions": conditions, "Resources": resources });
        Template::from_json(&text.to_string()).unwrap()
    };
    let told = |before: &str, after: &str| -> String {
        let diff = Diff::between(Some(&template(role(before))), &template(role(after)), &Registry::new());
        diff.broadening.iter().map(|found| format!("{found} at {}\n", found.path)).collect()
    };
    assert_snapshot!(told("s3:GetObject", "s3:*"), @"`Policy` permits s3:* on every resource at PolicyDocument.Statement[5]");
    assert_eq!(told("s3:*", "s3:GetObject"), "");
}

/// Of a role outside of the template nobody knows here what it permits.
#[test]
fn a_role_in_the_place_of_another() {
    let function = |role: Value| {
        json!({ "Function": { "Type": "AWS::Lambda::Function", "Properties": {
        "Code": { "ZipFile": "x" }, "Role": role } } })
    };
    let (one, other) = ("arn:aws:iam::111122223333:role/one", "arn:aws:iam::111122223333:role/other");
    assert_snapshot!(broadening(function(json!(one)), function(json!(other))), @"`Function` takes the role arn:aws:iam::111122223333:role/other (perhaps: not all of it can be compared) at Role");
    assert_eq!(broadening(function(json!(one)), function(json!({ "Fn::Sub": one }))), "");
    assert_eq!(broadening(json!({}), function(json!(one))), "", "a new thing permitted nothing before");
}

/// A role whose denial was in force is one that permits less.
#[test]
fn a_role_without_the_denial_of_the_one_before() {
    let role = |statements: Value| {
        json!({ "Type": "AWS::IAM::Role", "Properties": { "Policies": [
        { "PolicyName": "p", "PolicyDocument": { "Version": "2012-10-17", "Statement": statements } }] } })
    };
    let allow = json!({ "Effect": "Allow", "Action": "s3:*", "Resource": "*" });
    let deny = json!({ "Effect": "Deny", "Action": "s3:Delete*", "Resource": "*" });
    let other = json!({ "Effect": "Deny", "Action": ["ec2:Run*", "ec2:Stop*"], "Resource": "*" });
    let stack = |role_of_job: &str| {
        json!({
        "Careful": role(json!([allow, deny])), "Careless": role(json!([allow])),
        "Elsewhere": role(json!([allow, other])),
        "Job": { "Type": "AWS::Glue::Job", "Properties": { "Role": { "Ref": role_of_job } } } })
    };
    assert_snapshot!(broadening(stack("Careful"), stack("Careless")), @"`Job` takes the role ${Careless} (perhaps: not all of it can be compared) at Role");
    assert_eq!(broadening(stack("Careless"), stack("Careful")), "");
    // Neither is allowed what this one is denied.
    assert_eq!(broadening(stack("Elsewhere"), stack("Careless")), "");
}

/// Managed policies are compared by their names.
#[test]
fn a_role_with_another_managed_policy() {
    let role = |policies: Value| json!({ "Type": "AWS::IAM::Role", "Properties": { "ManagedPolicyArns": policies } });
    let stack = |role_of_job: &str| {
        json!({
        "Reader": role(json!(["arn:aws:iam::aws:policy/ReadOnlyAccess"])),
        "Both": role(json!(["arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:iam::aws:policy/AmazonS3FullAccess"])),
        "Billing": role(json!(["arn:aws:iam::aws:policy/job-function/Billing"])),
        "Administrator": role(json!(["arn:aws:iam::aws:policy/AdministratorAccess"])),
        "Job": { "Type": "AWS::Glue::Job", "Properties": { "Role": { "Ref": role_of_job } } } })
    };
    assert_snapshot!(broadening(stack("Reader"), stack("Both")), @"`Job` takes the role ${Both} at Role");
    assert_snapshot!(broadening(stack("Reader"), stack("Billing")), @"`Job` takes the role ${Billing} (perhaps: not all of it can be compared) at Role");
    assert_eq!(broadening(stack("Both"), stack("Reader")), "");
    assert_eq!(broadening(stack("Administrator"), stack("Both")), "");
}
