//! The types that do more than their schema says; see `resources/special.rs` for the sources.

use serde_json::json;

use super::{Local, distribution, template};

fn secure(certificate: &str, alias: &str) -> serde_json::Value {
    distribution(json!({ "Aliases": [alias], "ViewerCertificate": { "AcmCertificateArn": certificate } }))
}

#[test]
fn a_certificate_without_zone_waits_for_its_record() {
    let mut local = Local::new();
    local.create("edge", &template(json!({ "C": { "Type": "AWS::CertificateManager::Certificate", "Properties": { "DomainName": "a.example", "ValidationMethod": "DNS" } } }))).unwrap();
    assert_eq!(local.status("edge"), "CREATE_IN_PROGRESS");
    let events = local.events("edge");
    let reason = events.lines().find_map(|line| line.split_once("Content of DNS Record is: {Name: ")).unwrap().1;
    let (name, rest) = reason.split_once(",Type: CNAME,Value: ").unwrap();
    let record = json!({ "Type": "AWS::Route53::RecordSet", "Properties": { "Name": name, "Type": "CNAME", "HostedZoneId": "Z1", "TTL": "60", "ResourceRecords": [rest.trim_end_matches('}')] } });
    local.create("zone", &template(json!({ "R": record }))).unwrap();
    assert_eq!(local.status("edge"), "CREATE_COMPLETE");
}

/// A domain and its wildcard have one record, and one option with a zone is for both, whichever of the two it names.
#[test]
fn a_domain_and_its_wildcard_have_one_record() {
    let certificate = |options: serde_json::Value| {
        template(json!({ "C": { "Type": "AWS::CertificateManager::Certificate", "Properties": {
            "DomainName": "a.example", "SubjectAlternativeNames": ["*.a.example"], "ValidationMethod": "DNS",
            "DomainValidationOptions": options } } }))
    };
    let mut local = Local::new();
    for (stack, named) in [("domain", "a.example"), ("wildcard", "*.a.example")] {
        let options = json!([{ "DomainName": named, "HostedZoneId": "Z1" }]);
        local.create(stack, &certificate(options)).unwrap();
        assert_eq!(local.status(stack), "CREATE_COMPLETE", "{}", local.events(stack));
    }
    local.create("none", &certificate(json!([]))).unwrap();
    assert_eq!(local.events("none").matches("Content of DNS Record is: ").count(), 1, "{}", local.events("none"));
}

#[test]
fn a_distribution_needs_an_issued_certificate_of_us_east_1_and_its_own_alias() {
    let mut local = Local::new();
    let certificate = json!({ "Type": "AWS::CertificateManager::Certificate", "Properties": { "DomainName": "a.example", "ValidationMethod": "DNS",
        "DomainValidationOptions": [{ "DomainName": "a.example", "HostedZoneId": "Z1" }] } });
    let body = json!({ "Resources": { "C": certificate }, "Outputs": { "Arn": { "Value": { "Ref": "C" } } } });
    local.create("edge", &body).unwrap();
    let arn = local.us("DescribeStacks", &[("StackName", "edge")]).unwrap()["Stacks"][0]["Outputs"][0]["OutputValue"]
        .as_str()
        .unwrap()
        .to_owned();
    local
        .create("wrong", &template(json!({ "D": secure(&arn.replace("us-east-1", "eu-west-1"), "a.example") })))
        .unwrap();
    assert_eq!(local.status("wrong"), "ROLLBACK_COMPLETE");
    local.create("site", &template(json!({ "D": secure(&arn, "a.example") }))).unwrap();
    assert_eq!(local.status("site"), "CREATE_COMPLETE");
    local.create("twin", &template(json!({ "D": secure(&arn, "a.example") }))).unwrap();
    assert!(local.events("twin").contains("already associated with a different resource"));
    // cloudformation.md, "Cross-stack references": a certificate in use cannot go.
    local.us("DeleteStack", &[("StackName", "edge")]).unwrap();
    assert_eq!(local.status("edge"), "DELETE_FAILED");
}

#[test]
fn a_bucket_goes_when_nothing_is_in_it() {
    let mut local = Local::new();
    local
        .create(
            "files",
            &template(json!({ "B": { "Type": "AWS::S3::Bucket", "Properties": { "BucketName": "files" } } })),
        )
        .unwrap();
    local.world.objects.put("files", "a", b"1".to_vec(), 0).unwrap();
    local.us("DeleteStack", &[("StackName", "files")]).unwrap();
    assert_eq!(local.status("files"), "DELETE_FAILED");
    let events = local.events("files");
    assert!(events.contains("The bucket you tried to delete is not empty (Service: S3, Status Code: 409)"), "{events}");
    local.world.objects.delete("files", "a").unwrap();
    local.us("DeleteStack", &[("StackName", "files")]).unwrap();
    assert!(local.us("DescribeStacks", &[("StackName", "files")]).is_err());
}

/// AWS's service specification for the CDK, `GetAttAllowList`: properties that are attributes too, of types from before the
/// registry. With a value of the template's author it is that; else what the service makes up.
#[test]
fn properties_that_are_attributes_too() {
    let mut local = Local::new();
    let body = |name: serde_json::Value| {
        json!({
            "Resources": {
                "Given": { "Type": "AWS::SNS::Topic", "Properties": { "TopicName": "news" } },
                "Drawn": { "Type": "AWS::SNS::Topic" },
                "Parameter": { "Type": "AWS::SSM::Parameter", "Properties": { "Type": "String", "Value": name } },
                "Subnet": { "Type": "AWS::EC2::Subnet", "Properties": { "VpcId": "vpc-1" } },
            },
            "Outputs": {
                "Given": { "Value": { "Fn::GetAtt": ["Given", "TopicName"] } },
                "Drawn": { "Value": { "Fn::GetAtt": ["Drawn", "TopicName"] } },
                "Arn": { "Value": { "Fn::GetAtt": ["Drawn", "TopicArn"] } },
                "Parameter": { "Value": { "Fn::Sub": "${Parameter.Value}" } },
                "Zone": { "Value": { "Fn::GetAtt": ["Subnet", "AvailabilityZoneId"] } },
            },
        })
    };
    local.create("site", &body(json!("one"))).unwrap();
    assert_eq!(local.status("site"), "CREATE_COMPLETE");
    let output = |local: &mut Local, key: &str| {
        let answer = local.us("DescribeStacks", &[("StackName", "site")]).unwrap();
        let outputs = answer["Stacks"][0]["Outputs"].as_array().unwrap().clone();
        let found = outputs.iter().find(|output| output["OutputKey"] == key).unwrap();
        found["OutputValue"].as_str().unwrap().to_owned()
    };
    assert_eq!(output(&mut local, "Given"), "news");
    assert_eq!(output(&mut local, "Zone"), "use1-az1");
    let (arn, name) = (output(&mut local, "Arn"), output(&mut local, "Drawn"));
    assert!(name.starts_with("site-Drawn-") && arn.ends_with(&format!(":{name}")), "{arn} {name}");
    assert_eq!(output(&mut local, "Parameter"), "one");
    local.update("site", &body(json!("two"))).unwrap();
    assert_eq!(output(&mut local, "Parameter"), "two");
    let refused = json!({ "Resources": { "T": { "Type": "AWS::SNS::Topic" } },
        "Outputs": { "O": { "Value": { "Fn::GetAtt": ["T", "DisplayName"] } } } });
    assert!(local.create("other", &refused).unwrap_err().contains("does not support attribute type DisplayName"));
}

#[test]
fn a_custom_resource_says_why_it_fails() {
    let mut local = Local::new();
    local
        .create("site", &template(json!({ "X": { "Type": "Custom::Thing", "Properties": { "ServiceToken": "t" } } })))
        .unwrap();
    assert!(local.events("site").contains("custom resources are not carried out: `Custom::Thing`"));
}

/// EC2 User Guide, "Amazon EC2 instance hostnames": a stopped instance comes back under another public name.
#[test]
fn the_public_name_of_an_instance_changes_when_it_stops() {
    let mut local = Local::new();
    let instance = |data: &str, tag: &str| json!({ "Resources": { "I": { "Type": "AWS::EC2::Instance", "Properties": { "ImageId": "ami-1", "UserData": data, "Tags": [{ "Key": "k", "Value": tag }] } } }, "Outputs": { "Name": { "Value": { "Fn::GetAtt": ["I", "PublicDnsName"] } } } });
    let mut name = |body: serde_json::Value| {
        let action = if local.world.find("us-east-1", "site").is_some() { "UpdateStack" } else { "CreateStack" };
        local.us(action, &[("StackName", "site"), ("TemplateBody", &body.to_string())]).unwrap();
        let told = local.us("DescribeStacks", &[("StackName", "site")]).unwrap();
        told["Stacks"][0]["Outputs"][0]["OutputValue"].as_str().unwrap().to_owned()
    };
    let first = name(instance("a", "1"));
    assert!(first.starts_with("ec2-") && first.ends_with(".compute-1.amazonaws.com"), "{first}");
    assert_eq!(name(instance("a", "2")), first);
    assert_ne!(name(instance("b", "2")), first);
}

/// terraform-provider-aws issue 40905, aws-cdk issue 35765: not even the tags of a VPC origin change while it is attached.
#[test]
fn a_vpc_origin_cannot_be_changed_while_attached() {
    let mut local = Local::new();
    let body = |tag: &str, attached: bool| {
        let attachment = json!({ "Origins": [{ "Id": "o", "DomainName": "x", "VpcOriginConfig": { "VpcOriginId": { "Ref": "O" } } }] });
        let distribution = distribution(if attached { attachment } else { json!({}) });
        template(json!({
            "O": { "Type": "AWS::CloudFront::VpcOrigin", "Properties": { "VpcOriginEndpointConfig": { "Name": "n", "Arn": "arn:aws:ec2:us-east-1:000000000000:instance/i-1" }, "Tags": [{ "Key": "k", "Value": tag }] } },
            "D": distribution,
        }))
    };
    local.create("site", &body("1", true)).unwrap();
    assert_eq!(local.status("site"), "CREATE_COMPLETE");
    local.update("site", &body("2", true)).unwrap();
    assert_eq!(local.status("site"), "UPDATE_ROLLBACK_COMPLETE");
    assert!(local.events("site").contains("Status Code: 409"));
    local.update("site", &body("1", false)).unwrap();
    local.update("site", &body("2", false)).unwrap();
    assert_eq!(local.status("site"), "UPDATE_COMPLETE");
}

#[test]
fn a_security_group_in_use_stays() {
    let mut local = Local::new();
    let group = json!({ "Resources": { "G": { "Type": "AWS::EC2::SecurityGroup", "Properties": { "GroupDescription": "g" } } }, "Outputs": { "Id": { "Value": { "Fn::GetAtt": ["G", "GroupId"] } } } });
    local.create("network", &group).unwrap();
    let told = local.us("DescribeStacks", &[("StackName", "network")]).unwrap();
    let id = told["Stacks"][0]["Outputs"][0]["OutputValue"].clone();
    assert!(id.as_str().unwrap().starts_with("sg-"));
    local
        .create(
            "site",
            &template(json!({ "I": { "Type": "AWS::EC2::Instance", "Properties": { "SecurityGroupIds": [id] } } })),
        )
        .unwrap();
    local.us("DeleteStack", &[("StackName", "network")]).unwrap();
    assert_eq!(local.status("network"), "DELETE_FAILED");
    assert!(local.events("network").contains("has a dependent object"));
    local.us("DeleteStack", &[("StackName", "site")]).unwrap();
    local.us("DeleteStack", &[("StackName", "network")]).unwrap();
    assert!(local.world.find("us-east-1", "network").is_none());
}

#[test]
fn an_association_needs_its_document() {
    let mut local = Local::new();
    let association =
        |name: serde_json::Value| json!({ "Type": "AWS::SSM::Association", "Properties": { "Name": name } });
    local.create("bad", &template(json!({ "A": association(json!("nothing")) }))).unwrap();
    assert!(local.events("bad").contains("Document nothing does not exist"));
    let document = json!({ "Type": "AWS::SSM::Document", "Properties": { "Content": {}, "Name": "mine" } });
    local.create("site", &template(json!({ "D": document, "A": association(json!({ "Ref": "D" })), "B": association(json!("AWS-RunShellScript")) }))).unwrap();
    assert_eq!(local.status("site"), "CREATE_COMPLETE");
}

/// User Guide, "Wait conditions": so many signals, each id once; a failure ends it; time ends it too.
#[test]
fn wait_conditions_wait_for_signals() {
    let body = |count: u8| {
        template(
            json!({ "H": { "Type": "AWS::CloudFormation::WaitConditionHandle" }, "W": { "Type": "AWS::CloudFormation::WaitCondition", "Properties": { "Handle": { "Ref": "H" }, "Timeout": "60", "Count": count } } }),
        )
    };
    let waiting = |count: u8| {
        let mut local = Local::new().slow();
        local.world.endpoint = "http://127.0.0.1:1".to_owned();
        local.create("site", &body(count)).unwrap();
        let handle = local.world.find("us-east-1", "site").unwrap().content.resources["H"].physical_id.clone();
        (local, handle)
    };
    let signal = |id: &str, status: &str| json!({ "Status": status, "Reason": "because", "UniqueId": id, "Data": "d" });
    let (mut local, handle) = waiting(2);
    // The engine may have been started again, on another port.
    let handle = handle.replace(":1/", ":2/");
    assert!(!local.world.signal("http://127.0.0.1:2/_signal/unknown", &signal("1", "SUCCESS")));
    for id in ["1", "1"] {
        assert!(local.world.signal(&handle, &signal(id, "SUCCESS")));
        local.wait(1);
        assert_eq!(local.status("site"), "CREATE_IN_PROGRESS");
    }
    local.world.signal(&handle, &signal("2", "SUCCESS"));
    local.wait(1);
    assert_eq!(local.status("site"), "CREATE_COMPLETE");
    let (mut local, handle) = waiting(1);
    local.world.signal(&handle, &signal("1", "FAILURE"));
    local.wait(5);
    assert!(local.events("site").contains("WaitCondition received failed message: 'because' for uniqueId: 1"));
    let (mut local, _) = waiting(1);
    local.wait(59);
    assert_eq!(local.status("site"), "CREATE_IN_PROGRESS");
    local.wait(1);
    assert!(local.events("site").contains("WaitCondition timed out. Received 0 conditions when expecting 1"));
}

/// An omission is told: Template Reference, "CreationPolicy attribute".
#[test]
fn signals_of_a_creation_policy_are_not_waited_for_and_it_says_so() {
    let mut local = Local::new();
    let policy = json!({ "ResourceSignal": { "Count": 1, "Timeout": "PT5M" } });
    local
        .create("site", &template(json!({ "I": { "Type": "AWS::EC2::Instance", "CreationPolicy": policy } })))
        .unwrap();
    assert_eq!(local.status("site"), "CREATE_COMPLETE");
    assert!(local.events("site").contains("CreationPolicy is not waited for"), "{}", local.events("site"));
}

/// The value of a secret's `Ref` is its ARN, by which a dynamic reference finds it.
#[test]
fn a_secret_is_known_by_its_arn() {
    let mut local = Local::new();
    let generated = json!({ "Type": "AWS::SecretsManager::Secret", "Properties": { "GenerateSecretString": {} } });
    let text = json!({ "Fn::Sub": "{{resolve:secretsmanager:${S}:SecretString:::}}" });
    let topic = json!({ "Type": "AWS::SNS::Topic", "Properties": { "DisplayName": text } });
    let outputs = json!({ "Arn": { "Value": { "Ref": "S" } } });
    local.create("site", &json!({ "Resources": { "S": generated, "T": topic }, "Outputs": outputs })).unwrap();
    assert_eq!(local.status("site"), "CREATE_COMPLETE", "{}", local.events("site"));
    let told = local.us("DescribeStacks", &[("StackName", "site")]).unwrap();
    let arn = told["Stacks"][0]["Outputs"][0]["OutputValue"].as_str().unwrap();
    assert!(arn.starts_with("arn:aws:secretsmanager:us-east-1:") && arn.contains(":secret:site-S-"), "{arn}");
}
