//! Differences that are changes, and the consequences of a change for other resources: in change sets and in execution.
//!
//! Sources: AWS CloudFormation API Reference, `ResourceChange`, `ResourceChangeDetail`, `ResourceTargetDefinition`; User Guide, "Update
//! behaviors of stack resources"; `@aws-cdk/cloudformation-diff`, `deepEqual`.

use serde_json::{Value as Json, json};

use super::{Local, template, told, topic};

/// Change set of an update, and the update's effect on resources: their logical ids, and whether they are others.
fn course(before: &Json, after: &Json) -> String {
    let mut local = Local::new();
    local.create("site", before).unwrap();
    let there = local.there("site");
    let lines = told(&local.changes("site", "UPDATE", &[("TemplateBody", &after.to_string())]));
    match local.update("site", after) {
        Err(error) => format!("{lines}\n> {error}"),
        Ok(_) => {
            assert_eq!(local.status("site"), "UPDATE_COMPLETE", "{}", local.events("site"));
            let events = local.events("site");
            let events: Vec<&str> =
                events.lines().skip_while(|line| !line.contains("site UPDATE_IN_PROGRESS")).collect();
            let of = |one: &String| one.split(' ').next().unwrap_or_default().trim_matches('"').to_owned();
            let now = local.there("site");
            let updated: Vec<String> = now
                .iter()
                .filter(|one| events.iter().any(|line| line.starts_with(&format!("{} UPDATE_COMPLETE", of(one)))))
                .map(|one| if there.contains(one) { of(one) } else { format!("{} (replaced)", of(one)) })
                .collect();
            format!("{lines}\n> {}", updated.join(", "))
        }
    }
}

fn of(type_name: &str, properties: Json) -> Json {
    json!({ "Type": type_name, "Properties": properties })
}

const NOTHING: &str = "The submitted information didn't contain changes. Submit different information to create a change set.\n> ValidationError: No updates are to be performed.";

#[test]
fn another_spelling_of_a_scalar_is_no_change_where_a_schema_says_the_type() {
    let queue = |properties: Json| template(json!({ "Q": of("AWS::SQS::Queue", properties) }));
    let cases = [
        (json!({ "DelaySeconds": 5 }), json!({ "DelaySeconds": "5" })),
        (json!({ "DelaySeconds": 5 }), json!({ "DelaySeconds": 5.0 })),
        (json!({ "FifoQueue": true }), json!({ "FifoQueue": "true" })),
        (
            json!({ "Tags": [{ "Key": "a", "Value": "1" }, { "Key": "b", "Value": "2" }] }),
            json!({ "Tags": [{ "Key": "b", "Value": "2" }, { "Key": "a", "Value": 1 }] }),
        ),
    ];
    for (before, after) in cases {
        assert_eq!(course(&queue(before), &queue(after)), NOTHING);
    }
}

#[test]
fn metadata_in_another_order_is_no_change() {
    let stack = |metadata: Json| {
        let mut topic = topic(json!("a"));
        topic["Metadata"] = metadata;
        template(json!({ "A": topic }))
    };
    assert_eq!(course(&stack(json!({ "a": 1, "b": [2] })), &stack(json!({ "b": ["2"], "a": 1 }))), NOTHING);
}

#[test]
fn in_free_json_a_number_and_its_text_differ_and_are_shown_so() {
    let rule = |code: Json| {
        template(json!({ "R": of("AWS::Events::Rule", json!({ "EventPattern": { "detail": { "code": [code] } } })) }))
    };
    insta::assert_snapshot!(course(&rule(json!(404)), &rule(json!("404"))));
}

const LAYERS: [&str; 2] =
    ["arn:aws:lambda:us-east-1:000000000000:layer:a:1", "arn:aws:lambda:us-east-1:000000000000:layer:b:1"];

#[test]
fn another_order_of_a_list_is_a_change_and_replaces_where_the_list_cannot_be_changed() {
    let both = |one: &str, other: &str| {
        template(json!({
            "Link": of("AWS::ApiGatewayV2::VpcLink", json!({ "Name": "link", "SubnetIds": [one, other] })),
            "Function": of("AWS::Lambda::Function", json!({ "Role": "arn:aws:iam::000000000000:role/r", "Code": { "ZipFile": "1" }, "Layers": [one, other] })),
        }))
    };
    insta::assert_snapshot!(course(&both(LAYERS[0], LAYERS[1]), &both(LAYERS[1], LAYERS[0])));
}

#[test]
fn attributes_of_a_resource_are_changes_but_for_those_in_no_scope() {
    let group = |attribute: &str, value: Json| {
        let mut group = of("AWS::AutoScaling::AutoScalingGroup", json!({ "MinSize": "1", "MaxSize": "1" }));
        group[attribute] = value;
        json!({ "Resources": { "A": group, "B": topic(json!("b")) }, "Conditions": { "Yes": { "Fn::Equals": ["a", "a"] } } })
    };
    let plain = group("DeletionPolicy", json!("Delete"));
    let mut lines = Vec::new();
    for (attribute, value) in [
        ("UpdatePolicy", json!({ "AutoScalingRollingUpdate": { "MinInstancesInService": 1 } })),
        ("CreationPolicy", json!({ "ResourceSignal": { "Count": 2 } })),
        ("DependsOn", json!("B")),
        ("Condition", json!("Yes")),
        ("Metadata", json!({ "a": 1 })),
        ("UpdateReplacePolicy", json!("Retain")),
    ] {
        let mut other = group(attribute, value);
        other["Resources"]["A"]["DeletionPolicy"] = json!("Delete");
        lines.push(format!("{attribute}: {}", course(&plain, &other)));
    }
    let mut described = plain.clone();
    described["Description"] = json!("other");
    described["Metadata"] = json!({ "a": 1 });
    lines.push(format!("Description and Metadata of the template: {}", course(&plain, &described)));
    insta::assert_snapshot!(lines.join("\n"));
}

/// A reference to a replaced resource is another one at any depth; its other attributes may be.
#[test]
fn replacement_reaches_all_that_refer_to_it() {
    let stack = |name: &str| {
        let table = json!({
            "TableName": name, "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{ "AttributeName": "id", "AttributeType": "S" }],
            "KeySchema": [{ "AttributeName": "id", "KeyType": "HASH" }],
            "StreamSpecification": { "StreamViewType": "KEYS_ONLY" },
        });
        template(json!({
            "Vpc": of("AWS::EC2::VPC", json!({ "CidrBlock": format!("10.{}.0.0/16", name.len()) })),
            "Subnet": of("AWS::EC2::Subnet", json!({ "VpcId": { "Ref": "Vpc" }, "CidrBlock": "10.1.0.0/24" })),
            "Route": of("AWS::EC2::SubnetRouteTableAssociation", json!({ "SubnetId": { "Ref": "Subnet" }, "RouteTableId": "rtb-1" })),
            "Named": of("AWS::SNS::Topic", json!({ "TopicName": { "Fn::Sub": "in-${Subnet}" } })),
            "Other": of("AWS::SNS::Topic", json!({ "TopicName": { "Fn::Sub": "by-${Vpc.DefaultNetworkAcl}" } })),
            "Part": of("AWS::SNS::Topic", json!({ "TopicName": { "Fn::Select": [0, { "Fn::Split": ["-", { "Ref": "Subnet" }] }] } })),
            "Table": of("AWS::DynamoDB::Table", table),
            "Stream": topic(json!({ "Fn::GetAtt": ["Table", "StreamArn"] })),
        }))
    };
    insta::assert_snapshot!(course(&stack("one"), &stack("three")));
}

/// Template Reference, "AWS::EC2::LaunchTemplate": an update makes a version, and the group that refers to it is updated.
#[test]
fn a_new_version_reaches_the_group_that_uses_it() {
    let stack = |size: &str| {
        let data = json!({ "InstanceType": size, "ImageId": "ami-1" });
        let version = json!({ "LaunchTemplateId": { "Ref": "Launch" }, "Version": { "Fn::GetAtt": ["Launch", "LatestVersionNumber"] } });
        template(json!({
            "Launch": of("AWS::EC2::LaunchTemplate", json!({ "LaunchTemplateData": data })),
            "Group": of("AWS::AutoScaling::AutoScalingGroup", json!({ "MinSize": "1", "MaxSize": "1", "LaunchTemplate": version })),
            "Node": of("AWS::EC2::Instance", json!({ "LaunchTemplate": version })),
            "Default": topic(json!({ "Fn::GetAtt": ["Launch", "DefaultVersionNumber"] })),
        }))
    };
    insta::assert_snapshot!(course(&stack("t4g.micro"), &stack("t4g.small")));
}

/// A resource that may be replaced may change all that refers to it; what follows a property is as certain as the property is.
#[test]
fn consumers_of_a_doubt_are_told_as_a_doubt() {
    let stack = |class: &str, value: &str| {
        let instance = json!({ "Engine": "mysql", "DBInstanceClass": "db.t4g.micro", "AllocatedStorage": "20", "StorageType": class });
        template(json!({
            "Domain": of("AWS::CodeBuild::Project", json!({ "Description": class, "Artifacts": { "Type": "NO_ARTIFACTS" }, "ServiceRole": class,
                "Environment": { "ComputeType": "c", "Image": "i", "Type": "t" }, "Source": { "Type": "NO_SOURCE" } })),
            "Group": of("AWS::AutoScaling::AutoScalingGroup", json!({ "MinSize": "1", "MaxSize": "1", "LaunchConfigurationName": class })),
            "OfGroup": topic(json!({ "Ref": "Group" })),
            "Database": of("AWS::RDS::DBInstance", instance),
            "Parameter": of("AWS::SSM::Parameter", json!({ "Type": "String", "Value": value })),
            "OfValue": of("AWS::SNS::Topic", json!({ "TopicName": { "Fn::GetAtt": ["Parameter", "Value"] } })),
            "OfName": topic(json!({ "Ref": "Parameter" })),
            "Both": topic(json!({ "Fn::Sub": "${Parameter.Value} of ${Group}" })),
        }))
    };
    insta::assert_snapshot!(course(&stack("gp2", "a"), &stack("gp3", "b")));
}

/// Template Reference, "AWS::IAM::Policy", `PolicyName`: "Update requires: No interruption"; `Ref` gives the physical id, which an update
/// without interruption keeps (User Guide, "Update behaviors of stack resources").
#[test]
fn a_name_that_is_changed_in_place_leaves_the_physical_id() {
    let stack = |name: &str| {
        let policy = json!({ "PolicyName": name, "Roles": ["r"], "PolicyDocument": { "Statement": [] } });
        template(
            json!({ "Policy": of("AWS::IAM::Policy", policy), "Topic": topic(json!({ "Fn::Sub": "by ${Policy}" })) }),
        )
    };
    let mut local = Local::new();
    let both = [stack("one").to_string(), stack("two").to_string()];
    let fields = |body: usize| {
        [("StackName", "site"), ("TemplateBody", both[body].as_str()), ("Capabilities.member.1", "CAPABILITY_IAM")]
    };
    local.us("CreateStack", &fields(0)).unwrap();
    let set = told(&local.changes("site", "UPDATE", &fields(1)[1..]));
    insta::assert_snapshot!(set);
    local.us("UpdateStack", &fields(1)).unwrap();
    let stack = local.world.find("us-east-1", "site").unwrap();
    assert_eq!(stack.content.resources["Topic"].properties["DisplayName"], "by one");
}

/// Template Reference, "Fn::ForEach".
#[test]
fn loops_are_carried_out() {
    let stack = |default: &str| {
        json!({
            "Transform": "AWS::LanguageExtensions",
            "Parameters": { "Names": { "Type": "CommaDelimitedList", "Default": default } },
            "Resources": {
                "Fn::ForEach::Topics": ["Name", { "Ref": "Names" }, { "Topic${Name}": topic(json!({ "Fn::Sub": "of ${Name}" })) }],
                "Queue": {
                    "Type": "AWS::SQS::Queue",
                    "DependsOn": "Topica",
                    "Properties": { "Tags": [{ "Key": "arn", "Value": { "Fn::GetAtt": ["Topica", "TopicArn"] } }] },
                },
            },
            "Outputs": { "Fn::ForEach::Arns": ["Name", { "Ref": "Names" }, { "Arn${Name}": { "Value": { "Ref": "Topic${Name}" } } }] },
        })
    };
    let mut local = Local::new();
    let body = stack("a,b").to_string();
    let capability = ("Capabilities.member.1", "CAPABILITY_AUTO_EXPAND");
    local.us("CreateStack", &[("StackName", "site"), ("TemplateBody", &body), capability]).unwrap();
    let mut lines = vec![local.events("site")];
    let next = stack("a,c").to_string();
    let names = [("Parameters.member.1.ParameterKey", "Names"), ("Parameters.member.1.ParameterValue", "a")];
    for given in [&[][..], &names] {
        let fields = [&[("TemplateBody", next.as_str()), capability][..], given].concat();
        lines.push(told(&local.changes("site", "UPDATE", &fields)));
        local.us("DeleteChangeSet", &[("StackName", "site"), ("ChangeSetName", "c")]).unwrap();
    }
    local.us("UpdateStack", &[("StackName", "site"), ("TemplateBody", &next), capability]).unwrap();
    let stacks = local.us("DescribeStacks", &[("StackName", "site")]).unwrap();
    let outputs = stacks["Stacks"][0]["Outputs"].as_array().unwrap();
    lines.extend(outputs.iter().map(|output| format!("{} {}", output["OutputKey"], output["OutputValue"])));
    insta::assert_snapshot!(lines.join("\n---\n"));
}
