//! Cloud Control over resources that stacks have made and things that were entered.
//!
//! Sources: Cloud Control API Reference; the registry's schemas for identifiers and for what can be written only.

use serde_json::{Value as Json, json};

use super::{Local, template, topic};
use crate::api::{cloud_control, parameter_store};
use crate::existing;

fn get(local: &Local, region: &str, type_name: &str, identifier: &str) -> Result<Json, String> {
    let request = json!({ "TypeName": type_name, "Identifier": identifier });
    let answer = cloud_control::get(&local.world, region, &request)
        .map_err(|error| format!("{}: {}", error.code, error.message))?;
    assert_eq!(answer["ResourceDescription"]["Identifier"], identifier);
    Ok(serde_json::from_str(answer["ResourceDescription"]["Properties"].as_str().unwrap()).unwrap())
}

fn list(local: &Local, region: &str, request: Json) -> Vec<String> {
    let answer = cloud_control::list(&local.world, region, &request).unwrap();
    let mut told: Vec<String> = answer["ResourceDescriptions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["Identifier"].as_str().unwrap().to_owned())
        .collect();
    told.extend(answer["NextToken"].as_str().map(|token| format!("more: {token}")));
    told
}

#[test]
fn what_a_stack_made_is_found_by_its_identifier() {
    let mut local = Local::new();
    let resources = json!({
        "Zone": { "Type": "AWS::Route53::HostedZone", "Properties": { "Name": "example.com" } },
        "Topic": topic(json!("one")),
        "Secret": { "Type": "AWS::SecretsManager::Secret", "Properties": { "SecretString": "hush-hush" } },
    });
    local.create("site", &template(resources)).unwrap();
    // A zone has no region, a topic has one.
    let zones = list(&local, "eu-west-1", json!({ "TypeName": "AWS::Route53::HostedZone" }));
    assert_eq!(
        (zones.len(), list(&local, "cn-north-1", json!({ "TypeName": "AWS::Route53::HostedZone" })).len()),
        (1, 0)
    );
    let zone = get(&local, "us-east-1", "AWS::Route53::HostedZone", &zones[0]).unwrap();
    assert_eq!((&zone["Name"], zone["Id"].as_str()), (&json!("example.com."), Some(zones[0].as_str())));
    assert_eq!(zone["NameServers"].as_array().map(Vec::len), Some(4));
    assert_eq!(list(&local, "eu-west-1", json!({ "TypeName": "AWS::SNS::Topic" })).len(), 0);
    let topics = list(&local, "us-east-1", json!({ "TypeName": "AWS::SNS::Topic" }));
    assert_eq!(get(&local, "us-east-1", "AWS::SNS::Topic", &topics[0]).unwrap()["DisplayName"], "one");
    // A write-only property is not read.
    let secrets = list(&local, "us-east-1", json!({ "TypeName": "AWS::SecretsManager::Secret" }));
    let secret = get(&local, "us-east-1", "AWS::SecretsManager::Secret", &secrets[0]).unwrap();
    assert!(!secret.to_string().contains("hush-hush"), "{secret}");

    local.us("DeleteStack", &[("StackName", "site")]).unwrap();
    assert_eq!(list(&local, "us-east-1", json!({ "TypeName": "AWS::Route53::HostedZone" })), [""; 0]);
}

#[test]
fn what_was_entered_has_the_values_of_its_type() {
    let mut local = Local::new();
    let mut enter = |region: &str, type_name: &str, properties: Json| {
        existing::enter(&mut local.world, region, type_name, None, properties).properties
    };
    let shown = [
        enter("us-east-1", "AWS::Route53::HostedZone", json!({ "Name": "habitpay.link" })),
        enter("ap-northeast-2", "AWS::EC2::Instance", json!({ "InstanceId": "i-0123456789abcdef0" })),
        enter(
            "ap-northeast-2",
            "AWS::EC2::PrefixList",
            json!({ "PrefixListName": "com.amazonaws.global.cloudfront.origin-facing" }),
        ),
        enter("ap-northeast-2", "AWS::SSM::Parameter", json!({ "Name": "/shop/db-host" })),
    ];
    insta::assert_snapshot!(serde_json::to_string_pretty(&json!(shown)).unwrap());

    let instance = get(&local, "ap-northeast-2", "AWS::EC2::Instance", "i-0123456789abcdef0").unwrap();
    assert_eq!(instance["InstanceId"], "i-0123456789abcdef0");
    assert!(get(&local, "us-east-1", "AWS::EC2::Instance", "i-0123456789abcdef0").is_err());
    let parameter = parameter_store::get(&local.world, "ap-northeast-2", &json!({ "Name": "/shop/db-host" })).unwrap();
    assert_eq!(
        (&parameter["Parameter"]["Value"], &parameter["Parameter"]["ARN"]),
        (&json!("db-host"), &json!("arn:aws:ssm:ap-northeast-2:000000000000:parameter/shop/db-host"))
    );
    // A thing that is entered again exists once.
    let identifier = Some("i-0123456789abcdef0");
    existing::enter(&mut local.world, "ap-northeast-2", "AWS::EC2::Instance", identifier, json!({}));
    assert_eq!(list(&local, "ap-northeast-2", json!({ "TypeName": "AWS::EC2::Instance" })).len(), 1);
    // A template may use things that were entered, and nothing else.
    let mut create = |stack: &str, name: &str| {
        let display = format!("{{{{resolve:ssm:{name}}}}}");
        let body = template(json!({ "Topic": topic(json!(display)) })).to_string();
        let created = local.call("ap-northeast-2", "CreateStack", &[("StackName", stack), ("TemplateBody", &body)]);
        let described = local.call("ap-northeast-2", "DescribeStacks", &[("StackName", stack)]);
        created.and(described).map(|answer| answer["Stacks"][0]["StackStatus"].as_str().unwrap().to_owned())
    };
    assert_eq!(create("uses", "/shop/db-host"), Ok("CREATE_COMPLETE".to_owned()));
    assert_ne!(create("misses", "/shop/none"), Ok("CREATE_COMPLETE".to_owned()));
}

#[test]
fn pages_and_models() {
    let mut local = Local::new();
    for name in ["a.link", "b.link", "c.link"] {
        existing::enter(&mut local.world, "us-east-1", "AWS::Route53::HostedZone", Some(name), json!({ "Name": name }));
    }
    let zones = |more: Json| {
        let mut request = json!({ "TypeName": "AWS::Route53::HostedZone" });
        request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        list(&local, "us-east-1", request)
    };
    assert_eq!(zones(json!({ "MaxResults": 2 })), ["a.link", "b.link", "more: 2"]);
    assert_eq!(zones(json!({ "MaxResults": 2, "NextToken": "2" })), ["c.link"]);
    assert_eq!(zones(json!({ "ResourceModel": "{\"Name\":\"b.link.\"}" })), ["b.link"]);
    let refused = |request: Json| {
        let error = cloud_control::list(&local.world, "us-east-1", &request).unwrap_err();
        format!("{}: {}", error.code, error.message)
    };
    insta::assert_snapshot!(
        [
            refused(json!({})),
            refused(json!({ "TypeName": "AWS::No::Such" })),
            refused(json!({ "TypeName": "AWS::SNS::Topic", "MaxResults": 0 })),
            refused(json!({ "TypeName": "AWS::SNS::Topic", "NextToken": "x" })),
            refused(json!({ "TypeName": "AWS::SNS::Topic", "ResourceModel": "{" })),
            get(&local, "us-east-1", "AWS::SNS::Topic", "none").unwrap_err(),
        ]
        .join("\n")
    );
}

/// Cloud Control API Reference, `DeleteResource`, `GetResourceRequestStatus`.
#[test]
fn what_a_stack_left_behind_is_deleted() {
    let mut local = Local::new();
    let queue = |name: &str| json!({ "Queue": { "Type": "AWS::SQS::Queue", "UpdateReplacePolicy": "Retain", "Properties": { "QueueName": name } } });
    local.create("site", &template(queue("one"))).unwrap();
    let all = |local: &Local| list(local, "us-east-1", json!({ "TypeName": "AWS::SQS::Queue" }));
    let old = all(&local).remove(0);
    local.update("site", &template(queue("two"))).unwrap();
    assert_eq!(all(&local).len(), 2);
    let delete = |local: &mut Local, identifier: &str| {
        let request = json!({ "TypeName": "AWS::SQS::Queue", "Identifier": identifier });
        cloud_control::delete(&mut local.world, "us-east-1", &request).map_err(|error| error.code.to_owned())
    };
    let new = all(&local).into_iter().find(|one| *one != old).unwrap();
    // The one that the stack has is not touched, and one that is not there is not found.
    assert_eq!(delete(&mut local, &new), Err("GeneralServiceException".to_owned()));
    assert_eq!(delete(&mut local, "none"), Err("ResourceNotFoundException".to_owned()));
    let event = delete(&mut local, &old).unwrap()["ProgressEvent"].clone();
    let token = json!({ "RequestToken": event["RequestToken"] });
    let status = cloud_control::request_status(&local.world, "us-east-1", &token).unwrap();
    assert_eq!(status["ProgressEvent"]["OperationStatus"], "SUCCESS");
    assert_eq!(all(&local), [new]);
    assert_eq!(delete(&mut local, &old), Err("ResourceNotFoundException".to_owned()));
    // Its name is free again.
    local.update("site", &template(queue("one"))).unwrap();
    let unknown = cloud_control::request_status(&local.world, "us-east-1", &json!({ "RequestToken": "x" }));
    assert_eq!(unknown.unwrap_err().code, "RequestTokenNotFoundException");
}
