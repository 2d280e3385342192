//! Remarks on things that there can be only once: two resources that are one thing, names that are swapped.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use formwork_diff::{Diff, Registry, ResourceDiff};
use formwork_template::Template;
use insta::assert_snapshot;
use serde_json::{Value, json};

/// The remarks on all resources that change.
fn remarks(before: Value, after: Value) -> String {
    let read = |resources: Value| Template::from_json(&json!({ "Resources": resources }).to_string()).unwrap();
    let diff = Diff::between(Some(&read(before)), &read(after), &Registry::new());
    let of = |resource: &ResourceDiff| {
        format!("{} {}: {}", resource.logical_id, resource.impact.as_str(), resource.reasons.join("; "))
    };
    diff.resources.iter().map(of).collect::<Vec<_>>().join("\n")
}

/// A resource under another logical id.
fn renamed(type_name: &str, properties: Value) -> String {
    let resource = json!({ "Type": type_name, "Properties": properties });
    remarks(json!({ "Old": resource }), json!({ "New": resource }))
}

#[test]
fn a_thing_under_another_logical_id() {
    let things = [
        (
            "AWS::EC2::Route",
            json!({ "RouteTableId": "rtb-1", "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1" }),
        ),
        (
            "AWS::EC2::SecurityGroupIngress",
            json!({ "GroupId": "sg-1", "IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIp": "10.0.0.0/8" }),
        ),
        ("AWS::EC2::NetworkAclEntry", json!({ "NetworkAclId": "acl-1", "RuleNumber": 100, "Protocol": -1 })),
        ("AWS::EC2::SubnetRouteTableAssociation", json!({ "SubnetId": "subnet-1", "RouteTableId": "rtb-1" })),
        (
            "AWS::Lambda::EventSourceMapping",
            json!({ "FunctionName": "f", "EventSourceArn": "arn:aws:sqs:eu-west-1:1:q" }),
        ),
        ("AWS::S3::BucketPolicy", json!({ "Bucket": "b", "PolicyDocument": {} })),
        ("AWS::SQS::Queue", json!({ "QueueName": "q" })),
    ];
    for (type_name, properties) in things {
        let told = renamed(type_name, properties);
        assert_eq!(
            told,
            "New create: `Old`, which leaves the stack, is the same thing under another logical id: creating it fails since it exists \
             already, or it is gone when `Old` is deleted afterwards\nOld destroy: the same thing as `New`, which is to be created",
            "{type_name}"
        );
    }
    // Nothing tells two queues without a name apart, and nothing makes them one.
    assert_eq!(renamed("AWS::SQS::Queue", json!({ "DelaySeconds": 1 })), "New create: \nOld destroy: ");
    let subnet = json!({ "VpcId": "vpc-1", "CidrBlock": "10.0.0.0/24" });
    assert_eq!(renamed("AWS::EC2::VPCCidrBlock", subnet), "New create: \nOld destroy: ");
}

/// Two spellings of one thing, and the same of two things.
#[test]
fn a_thing_in_another_spelling() {
    let pair = |type_name: &str, one: Value, other: Value| {
        let of = |id: &str, properties: Value| json!({ id: { "Type": type_name, "Properties": properties } });
        remarks(of("Old", one), of("New", other)).contains("the same thing")
    };
    let ingress = |protocol: Value, port: Value, block: &str| json!({ "GroupId": "sg-1", "IpProtocol": protocol, "FromPort": port, "ToPort": port, "CidrIp": block });
    let rule = "AWS::EC2::SecurityGroupIngress";
    let (tcp, udp) = (json!("tcp"), json!("17"));
    assert!(pair(rule, ingress(tcp.clone(), json!(80), "10.0.0.0/8"), ingress(json!(6), json!("80"), "10.1.2.3/8")));
    assert!(pair(rule, ingress(json!("-1"), json!(80), "10.0.0.0/8"), ingress(json!(-1), json!(0), "10.0.0.0/8")));
    assert!(!pair(rule, ingress(tcp.clone(), json!(80), "10.0.0.0/8"), ingress(udp, json!(80), "10.0.0.0/8")));
    assert!(!pair(rule, ingress(tcp.clone(), json!(80), "10.0.0.0/8"), ingress(tcp, json!(81), "10.0.0.0/8")));
    let entry = json!({ "NetworkAclId": "acl-1", "RuleNumber": 100, "Protocol": -1, "RuleAction": "allow", "CidrBlock": "10.0.0.0/8" });
    let with = |mut properties: Value, name: &str, value: Value| {
        properties[name] = value;
        properties
    };
    assert!(pair("AWS::EC2::NetworkAclEntry", entry.clone(), with(entry.clone(), "Egress", json!("false"))));
    assert!(!pair("AWS::EC2::NetworkAclEntry", entry.clone(), with(entry, "Egress", json!(true))));
    let listener = json!({ "LoadBalancerArn": "arn", "Port": 80, "Protocol": "HTTP" });
    let of_listener = "AWS::ElasticLoadBalancingV2::Listener";
    assert!(pair(of_listener, listener.clone(), with(listener.clone(), "Protocol", json!("HTTPS"))));
    assert!(!pair(of_listener, listener.clone(), with(listener, "Port", json!(81))));
    let source =
        json!({ "FunctionName": "f", "EventSourceArn": "arn:aws:kafka:eu-west-1:1:cluster/c", "Topics": ["a"] });
    let of_source = "AWS::Lambda::EventSourceMapping";
    assert!(pair(of_source, source.clone(), with(source.clone(), "BatchSize", json!(5))));
    assert!(!pair(of_source, source.clone(), with(source, "Topics", json!(["b"]))));
    let path = |path: Value| json!({ "DomainName": "d", "BasePath": path });
    assert!(pair("AWS::ApiGateway::BasePathMapping", json!({ "DomainName": "d" }), path(json!(""))));
    assert!(!pair("AWS::ApiGateway::BasePathMapping", json!({ "DomainName": "d" }), path(json!("v1"))));
    let record = |name: &str| json!({ "HostedZoneId": "Z1", "Name": name, "Type": "A", "TTL": "60", "ResourceRecords": ["10.0.0.1"] });
    assert!(pair("AWS::Route53::RecordSet", record("*.example.com"), record("\\052.Example.com.")));
    let route = |block: &str| json!({ "RouteTableId": "rtb-1", "DestinationCidrBlock": block });
    assert!(pair("AWS::EC2::Route", route("100.68.0.18/18"), route("100.68.0.0/18")));
}

/// A primary identifier that a template gives whole tells things apart, without a line for the type.
#[test]
fn things_that_their_schemas_tell_apart() {
    let things = [
        ("AWS::ApiGateway::Method", json!({ "RestApiId": "a", "ResourceId": "r", "HttpMethod": "GET" })),
        (
            "AWS::ApplicationAutoScaling::ScalableTarget",
            json!({ "ResourceId": "r", "ServiceNamespace": "n", "ScalableDimension": "d" }),
        ),
        (
            "AWS::EC2::TransitGatewayRoute",
            json!({ "TransitGatewayRouteTableId": "t", "DestinationCidrBlock": "10.0.0.0/8" }),
        ),
        ("AWS::EC2::VPNConnectionRoute", json!({ "VpnConnectionId": "v", "DestinationCidrBlock": "10.0.0.0/8" })),
        ("AWS::EC2::VolumeAttachment", json!({ "VolumeId": "v", "InstanceId": "i" })),
        ("AWS::Lambda::EventInvokeConfig", json!({ "FunctionName": "f", "Qualifier": "$LATEST" })),
        ("AWS::Logs::MetricFilter", json!({ "FilterName": "f", "LogGroupName": "g" })),
        ("AWS::Logs::SubscriptionFilter", json!({ "FilterName": "f", "LogGroupName": "g" })),
        ("AWS::S3::BucketPolicy", json!({ "Bucket": "b" })),
        ("AWS::SNS::TopicInlinePolicy", json!({ "TopicArn": "t" })),
        ("AWS::SQS::QueueInlinePolicy", json!({ "Queue": "q" })),
        ("AWS::ServiceDiscovery::Instance", json!({ "ServiceId": "s", "InstanceId": "i" })),
    ];
    for (type_name, properties) in things {
        let told = renamed(type_name, properties);
        assert!(told.contains("the same thing under another logical id"), "{type_name}: {told}");
    }
}

#[test]
fn a_record_beside_a_group_of_records() {
    let record = |name: &str| json!({ "HostedZoneId": "Z1", "Name": name, "Type": "A", "TTL": "60", "ResourceRecords": ["10.0.0.1"] });
    let one = json!({ "Record": { "Type": "AWS::Route53::RecordSet", "Properties": record("www.example.com") } });
    let group = json!({ "Group": { "Type": "AWS::Route53::RecordSetGroup", "Properties": {
        "HostedZoneId": "Z1", "RecordSets": [{ "Name": "WWW.example.com.", "Type": "A", "TTL": "60", "ResourceRecords": ["10.0.0.1"] }] } } });
    assert_snapshot!(remarks(one.clone(), group.clone()));
    let mut both = one.clone();
    both.as_object_mut().unwrap().extend(group.as_object().unwrap().clone());
    assert_snapshot!(remarks(one, both));
}

#[test]
fn a_rule_of_a_group_that_becomes_a_resource() {
    let rule =
        json!({ "IpProtocol": "TCP", "FromPort": "80", "ToPort": 80, "CidrIp": "10.0.0.0/8", "Description": "web" });
    let group = |rules: Value| json!({ "Type": "AWS::EC2::SecurityGroup", "Properties": { "GroupDescription": "g", "SecurityGroupIngress": rules } });
    let mut own =
        json!({ "GroupId": { "Fn::GetAtt": ["Group", "GroupId"] }, "IpProtocol": "tcp", "FromPort": 80, "ToPort": 80 });
    own["CidrIp"] = json!("10.0.0.0/8");
    let inside = json!({ "Group": group(json!([rule])) });
    let beside =
        json!({ "Group": group(json!([])), "Rule": { "Type": "AWS::EC2::SecurityGroupIngress", "Properties": own } });
    assert_snapshot!(remarks(inside.clone(), beside.clone()));
    assert_snapshot!(remarks(beside, inside));
}

#[test]
fn names_that_are_swapped() {
    let queues = |one: &str, other: &str| {
        json!({ "One": { "Type": "AWS::SQS::Queue", "Properties": { "QueueName": one } },
                "Other": { "Type": "AWS::SQS::Queue", "Properties": { "QueueName": other } } })
    };
    assert_snapshot!(remarks(queues("a", "b"), queues("b", "a")));
    assert_snapshot!(remarks(queues("a", "b"), queues("a", "a")));
    assert_snapshot!(remarks(queues("a", "b"), queues("c", "d")));
}

#[test]
fn a_thing_of_what_is_replaced_is_another_one() {
    let of = |zone: &str, id: &str| {
        json!({ "Table": { "Type": "AWS::EC2::RouteTable", "Properties": { "VpcId": zone } },
                id: { "Type": "AWS::EC2::Route", "Properties": {
                    "RouteTableId": { "Ref": "Table" }, "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1" } } })
    };
    assert_snapshot!(remarks(of("vpc-1", "Old"), of("vpc-2", "New")));
}

#[test]
fn another_order_beside_another_change() {
    let group = |items: [&str; 3]| json!({ "G": { "Type": "AWS::AutoScaling::AutoScalingGroup", "Properties": { "AvailabilityZones": items } } });
    let read = |resources: Value| Template::from_json(&json!({ "Resources": resources }).to_string()).unwrap();
    let diff = Diff::between(Some(&read(group(["a", "b", "c"]))), &read(group(["b", "a", "d"])), &Registry::new());
    let lines: Vec<String> = diff.resources[0]
        .properties
        .iter()
        .map(|property| format!("{} {} {}", property.path, property.impact.as_str(), property.order_only))
        .collect();
    assert_snapshot!(lines.join("\n"));
}
