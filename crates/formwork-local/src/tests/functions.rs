//! Intrinsic functions, parameters, dynamic references and rules.
//!
//! Sources: Template Reference, "Intrinsic functions", "Rules"; User Guide, "CloudFormation template Parameters syntax", "Get values
//! stored in other services using dynamic references"; cloudformation.md, "Cross-stack references".

use serde_json::{Value as Json, json};

use super::{Local, template, topic};

/// The value of an output with this value, or why there is none.
fn value(value: Json) -> Result<String, String> {
    let mut local = Local::new();
    let body = json!({
        "Parameters": { "List": { "Type": "CommaDelimitedList", "Default": "a, b" } },
        "Mappings": { "M": { "one": { "text": "mapped", "list": ["x", "y"] } } },
        "Conditions": { "Yes": { "Fn::Equals": ["a", "a"] }, "No": { "Fn::Not": [{ "Condition": "Yes" }] },
            "Both": { "Fn::And": [{ "Condition": "Yes" }, { "Condition": "No" }] }, "Either": { "Fn::Or": [{ "Condition": "Yes" }, { "Condition": "No" }] } },
        "Resources": { "A": topic(json!("a")) },
        "Outputs": { "O": { "Value": value } },
    });
    local.create("site", &body)?;
    let told = local.us("DescribeStacks", &[("StackName", "site")])?;
    let stack = &told["Stacks"][0];
    match stack["Outputs"][0]["OutputValue"].as_str() {
        Some(value) => Ok(value.to_owned()),
        None => Err(local
            .events("site")
            .lines()
            .find(|line| line.contains("ROLLBACK_IN_PROGRESS"))
            .unwrap_or_default()
            .to_owned()),
    }
}

#[test]
fn each_function_gives_its_value() {
    let cases = [
        (json!({ "Fn::FindInMap": ["M", "one", "text"] }), "mapped"),
        (json!({ "Fn::Join": ["+", { "Fn::FindInMap": ["M", "one", "list"] }] }), "x+y"),
        (json!({ "Fn::Join": ["", ["a", 1, true]] }), "a1true"),
        (json!({ "Fn::Select": ["1", { "Ref": "List" }] }), "b"),
        (json!({ "Fn::Select": [0, { "Fn::GetAZs": "" }] }), "us-east-1a"),
        (json!({ "Fn::Select": [0, { "Fn::GetAZs": "eu-west-1" }] }), "eu-west-1a"),
        (json!({ "Fn::Select": [3, { "Fn::Cidr": ["10.0.0.0/16", 4, 8] }] }), "10.0.3.0/24"),
        (json!({ "Fn::Select": [1, { "Fn::Cidr": ["2001:db8::/56", 256, 64] }] }), "2001:db8:0:1::/64"),
        (json!({ "Fn::If": ["Both", "x", { "Fn::If": ["Either", "y", "z"] }] }), "y"),
        (json!({ "Fn::Join": ["-", ["a", { "Fn::If": ["No", "b", { "Ref": "AWS::NoValue" }] }, "c"]] }), "a-c"),
        (
            json!({ "Fn::Sub": ["${X}/${AWS::Partition}/${!X}/${A}", { "X": { "Fn::Join": ["", ["v"]] } }] }),
            "v/aws/${X}/arn:aws:sns:us-east-1:000000000000:site-A-DALKVSRXNXQV",
        ),
        (json!({ "Fn::Base64": { "Fn::Sub": "${AWS::AccountId}" } }), "MDAwMDAwMDAwMDAw"),
        (json!({ "Fn::Sub": "${AWS::StackName} ${AWS::Region} ${AWS::URLSuffix}" }), "site us-east-1 amazonaws.com"),
    ];
    for (function, expected) in cases {
        assert_eq!(value(function.clone()), Ok(expected.to_owned()), "{function}");
    }
}

#[test]
fn what_a_function_cannot_do_is_told() {
    let cases = [
        (json!({ "Fn::Select": [2, { "Ref": "List" }] }), "Fn::Select cannot select nonexistent value at index 2"),
        (json!({ "Fn::FindInMap": ["M", "two", "text"] }), "Unable to get mapping for M::two::text"),
        (json!({ "Fn::FindInMap": ["No", "two", "text"] }), "Mapping named 'No' is not present"),
        (json!({ "Fn::Cidr": ["10.0.0.0/24", 300, 1] }), "count from 1 to 256"),
        (json!({ "Fn::Cidr": ["10.0.0.0/30", 8, 1] }), "has no room for 8 blocks"),
        (json!({ "Fn::Join": ["", "text"] }), "every Fn::Join object requires two parameters"),
        (json!({ "Fn::Length": [1, 2] }), "Fn::Length is only supported with the transform AWS::LanguageExtensions"),
        (json!({ "Fn::ToJsonString": { "a": 1 } }), "Fn::ToJsonString is only supported with the transform"),
        (
            json!({ "Fn::FindInMap": ["M", "x", "y", { "DefaultValue": "z" }] }),
            "DefaultValue of Fn::FindInMap is only supported",
        ),
        (json!({ "Fn::ImportValue": "nothing" }), "No export named nothing found."),
        (json!({ "Fn::GetStackOutput": { "StackName": "none", "OutputName": "O" } }), "does not exist"),
        (
            json!({ "Fn::GetStackOutput": { "StackName": "none", "OutputName": "O", "Region": "cn-north-1" } }),
            "another partition",
        ),
        (json!(["a", "b"]), "must evaluate to a String"),
    ];
    for (function, expected) in cases {
        let error = value(function.clone()).unwrap_err();
        assert!(error.contains(expected), "{function}: {error}");
    }
}

#[test]
fn the_extensions_of_the_language_work_with_their_transform() {
    let mut local = Local::new();
    let body = json!({
        "Transform": "AWS::LanguageExtensions",
        "Mappings": { "M": { "one": { "text": "mapped" } } },
        "Resources": { "A": topic(json!({ "Fn::ToJsonString": { "n": { "Fn::Length": ["a", "b"] }, "m": { "Fn::FindInMap": ["M", "x", "y", { "DefaultValue": "z" }] } } })) },
    })
    .to_string();
    let fields =
        [("StackName", "site"), ("TemplateBody", body.as_str()), ("Capabilities.member.1", "CAPABILITY_AUTO_EXPAND")];
    assert!(local.us("CreateStack", &fields[..2]).unwrap_err().starts_with("InsufficientCapabilitiesException"));
    local.us("CreateStack", &fields).unwrap();
    let properties = &local.world.find("us-east-1", "site").unwrap().content.resources["A"].properties;
    assert_eq!(properties["DisplayName"], r#"{"n":2,"m":"z"}"#);
}

/// cloudformation.md, "Cross-stack references": across regions, by name or ARN, of a stack that is there.
#[test]
fn outputs_of_other_stacks_and_regions() {
    let mut local = Local::new();
    let body = json!({ "Resources": { "A": topic(json!("a")) }, "Outputs": { "O": { "Value": "there" } } }).to_string();
    let created =
        local.call("eu-west-1", "CreateStack", &[("StackName", "producer"), ("TemplateBody", &body)]).unwrap();
    for name in ["producer", created["StackId"].as_str().unwrap()] {
        let reference =
            json!({ "Fn::GetStackOutput": { "StackName": name, "OutputName": "O", "Region": "eu-west-1" } });
        let stack = format!("s{}", name.len());
        local.create(&stack, &template(json!({ "A": topic(reference) }))).unwrap();
        assert_eq!(
            local.world.find("us-east-1", &stack).unwrap().content.resources["A"].properties["DisplayName"],
            "there"
        );
    }
}

fn parameter(value: &str) -> Json {
    template(
        json!({ "P": { "Type": "AWS::SSM::Parameter", "Properties": { "Name": "/site/p", "Type": "String", "Value": value } },
        "Drawn": { "Type": "AWS::SecretsManager::Secret", "Properties": { "Name": "drawn", "GenerateSecretString": { "SecretStringTemplate": "{\"user\":\"admin\"}", "GenerateStringKey": "password" } } },
        "Empty": { "Type": "AWS::SecretsManager::Secret", "Properties": { "Name": "empty" } },
        "S": { "Type": "AWS::SecretsManager::Secret", "Properties": { "Name": "login", "SecretString": format!("{{\"user\":\"{value}\"}}") } } }),
    )
}

/// "Considerations when using dynamic references": the reference stays in what the template says; outputs give out no secret.
#[test]
fn dynamic_references_stay_references() {
    let mut local = Local::new();
    local.create("values", &parameter("hunter1")).unwrap();
    local.update("values", &parameter("hunter2")).unwrap();
    let references = [
        "{{resolve:ssm:/site/p}}",
        "{{resolve:ssm:/site/p:1}}",
        "{{resolve:secretsmanager:login:SecretString:user}}",
        "{{resolve:secretsmanager:login:SecretString:user:AWSPREVIOUS}}",
        "{{resolve:secretsmanager:drawn:SecretString:password}}",
    ];
    let mut body = template(json!({ "A": topic(json!(references.join(" "))) }));
    body["Outputs"] = json!({ "O": { "Value": references.join(" ") } });
    local.create("site", &body).unwrap();
    let told = local.us("DescribeStacks", &[("StackName", "site")]).unwrap();
    assert_eq!(
        told["Stacks"][0]["Outputs"][0]["OutputValue"],
        format!("hunter2 hunter1 {}", references[2..].join(" "))
    );
    assert!(!local.us("DescribeStackEvents", &[("StackName", "site")]).unwrap().to_string().contains("hunter"));
    assert_eq!(
        local.world.find("us-east-1", "site").unwrap().content.resources["A"].properties["DisplayName"],
        references.join(" ")
    );
    for (reference, expected) in [
        ("{{resolve:ssm:/nothing}}", "Parameters: [/nothing] cannot be found."),
        ("{{resolve:ssm:/site/p:3}}", "Parameters: [/site/p:3] cannot be found."),
        ("{{resolve:secretsmanager:login:SecretString:nothing}}", "Could not find a value associated with JSONKey"),
        ("{{resolve:secretsmanager:login:SecretString:user::0001}}", "specified secret value for VersionId: 0001"),
        ("{{resolve:secretsmanager:nobody}}", "Secrets Manager can't find the specified secret."),
        ("{{resolve:secretsmanager:login:SecretString:user:MINE}}", "specified secret value for staging label: MINE"),
        ("{{resolve:secretsmanager:drawn:SecretString:user:AWSPREVIOUS}}", "for staging label: AWSPREVIOUS"),
        ("{{resolve:secretsmanager:drawn:SecretString:other}}", "Could not find a value associated with JSONKey"),
        ("{{resolve:secretsmanager:empty}}", "specified secret value for staging label: AWSCURRENT"),
        ("{{resolve:vault:x}}", "unknown service vault"),
    ] {
        local.create("bad", &template(json!({ "A": topic(json!(reference)) }))).unwrap();
        let events = local.events("bad");
        assert!(events.contains(expected), "{reference}: {events}");
        local.us("DeleteStack", &[("StackName", "bad")]).unwrap();
    }
}

#[test]
fn parameters_of_systems_manager() {
    let mut local = Local::new();
    local.create("values", &parameter("a,b")).unwrap();
    let body = json!({
        "Parameters": {
            "One": { "Type": "AWS::SSM::Parameter::Value<String>", "Default": "/site/p" },
            "Many": { "Type": "AWS::SSM::Parameter::Value<List<String>>", "Default": "/site/p" },
            "Name": { "Type": "AWS::SSM::Parameter::Name", "Default": "/site/p" },
        },
        "Resources": { "A": topic(json!({ "Fn::Join": ["|", [{ "Ref": "One" }, { "Fn::Select": [1, { "Ref": "Many" }] }, { "Ref": "Name" }]] })) },
    });
    local.create("site", &body).unwrap();
    let stack = local.world.find("us-east-1", "site").unwrap();
    assert_eq!(stack.content.resources["A"].properties["DisplayName"], "a,b|b|/site/p");
    let told = local.us("DescribeStacks", &[("StackName", "site")]).unwrap();
    assert_eq!(told["Stacks"][0]["Parameters"][0]["ResolvedValue"], "a,b");
    let missing = json!({ "Parameters": { "One": { "Type": "AWS::SSM::Parameter::Value<String>", "Default": "/no" } }, "Resources": { "A": topic(json!("a")) } });
    assert!(local.create("bad", &missing).unwrap_err().contains("Unable to fetch parameters [/no]"));
}

#[test]
fn parameters_keep_to_their_constraints() {
    let cases = [
        (json!({ "Type": "String", "AllowedValues": ["a", "b"] }), "c", "must be one of AllowedValues [a, b]"),
        (json!({ "Type": "String", "AllowedPattern": "[a-z]+" }), "A", "must match pattern [a-z]+"),
        (
            json!({ "Type": "String", "AllowedPattern": "[a-z]+", "ConstraintDescription": "small letters" }),
            "A",
            "failed to satisfy constraint: small letters",
        ),
        (json!({ "Type": "String", "MinLength": 2 }), "a", "must contain at least 2 characters"),
        (json!({ "Type": "String", "MaxLength": "2" }), "aaa", "must contain at most 2 characters"),
        (json!({ "Type": "Number", "MaxValue": 5 }), "6", "must be a number not greater than 5"),
        (json!({ "Type": "Number" }), "x", "must be a number"),
        (json!({ "Type": "List<Number>" }), "1,x", "must be a number"),
        (json!({ "Type": "CommaDelimitedList", "AllowedValues": ["a", "b"] }), "a,c", "must be one of AllowedValues"),
        (
            json!({ "Type": "List<AWS::EC2::Subnet::Id>", "AllowedPattern": "subnet-[0-9a-f]+" }),
            "subnet-1,vpc-1",
            "must match pattern",
        ),
    ];
    for (parameter, given, expected) in cases {
        let body = json!({ "Parameters": { "P": parameter }, "Resources": { "A": topic(json!("a")) } }).to_string();
        let fields = [
            ("StackName", "site"),
            ("TemplateBody", &body),
            ("Parameters.member.1.ParameterKey", "P"),
            ("Parameters.member.1.ParameterValue", given),
        ];
        let error = Local::new().us("CreateStack", &fields).unwrap_err();
        assert!(error.contains(expected), "{parameter} {given}: {error}");
    }
    let subnets = json!({ "Type": "List<AWS::EC2::Subnet::Id>", "AllowedValues": ["subnet-0a1b2c3d", "subnet-0a1b2c3e"], "Default": "subnet-0a1b2c3d, subnet-0a1b2c3e" });
    let body = json!({ "Parameters": { "P": subnets }, "Resources": { "A": topic(json!({ "Fn::Join": ["+", { "Ref": "P" }] })) } });
    Local::new().create("site", &body).unwrap();
    let long = "x".repeat(4_097);
    let body =
        json!({ "Parameters": { "P": { "Type": "String" } }, "Resources": { "A": topic(json!("a")) } }).to_string();
    let fields = [
        ("StackName", "site"),
        ("TemplateBody", &body),
        ("Parameters.member.1.ParameterKey", "P"),
        ("Parameters.member.1.ParameterValue", &long),
    ];
    assert!(Local::new().us("CreateStack", &fields).unwrap_err().contains("at most 4096"));
}

#[test]
fn rules_hold_before_anything_is_done() {
    let body = |given: &str| {
        json!({
            "Parameters": { "Kind": { "Type": "String", "Default": given }, "Zones": { "Type": "CommaDelimitedList", "Default": "a,b" } },
            "Rules": { "R": {
                "RuleCondition": { "Fn::Not": [{ "Fn::Equals": [{ "Ref": "Kind" }, "any"] }] },
                "Assertions": [
                    { "Assert": { "Fn::Contains": [["small", "large"], { "Ref": "Kind" }] }, "AssertDescription": "small or large" },
                    { "Assert": { "Fn::EachMemberIn": [{ "Ref": "Zones" }, ["a", "b", "c"]] } },
                ],
            } },
            "Resources": { "A": topic(json!("a")) },
        })
    };
    assert_eq!(
        Local::new().create("site", &body("huge")),
        Err("ValidationError: Template constraint failed: small or large".to_owned())
    );
    Local::new().create("site", &body("small")).unwrap();
    Local::new().create("site", &body("any")).unwrap();
    let mut foreign = body("any");
    foreign["Rules"]["R"]["RuleCondition"] =
        json!({ "Fn::Equals": [{ "Fn::Sub": "${Kind}" }, { "Fn::Join": ["", ["a"]] }] });
    assert_eq!(
        Local::new().create("site", &foreign),
        Err("ValidationError: Template format error: Following functions are not supported in the Rules block of the template: [Fn::Join, Fn::Sub]".to_owned())
    );
}

#[test]
fn what_is_carried_out_by_nobody_is_refused() {
    let refused = |body: Json, expected: &str| {
        let error = Local::new().create("site", &body).unwrap_err();
        assert!(error.contains(expected), "{error}");
    };
    let mut hooks = template(json!({ "A": topic(json!("a")) }));
    hooks["Hooks"] = json!({ "H": { "Type": "AWS::CodeDeploy::BlueGreen" } });
    refused(hooks, "Invalid template property or properties [Hooks]");
    let mut snapshot = template(json!({ "A": topic(json!("a")) }));
    snapshot["Resources"]["A"]["DeletionPolicy"] = json!("Snapshot");
    refused(snapshot, "resource type AWS::SNS::Topic does not support deletion policy Snapshot");
    let mut loops = json!({ "Resources": { "Fn::ForEach::T": ["N", ["a"], { "T${N}": topic(json!("a")) }], "A": topic(json!("a")) } });
    refused(loops.clone(), "Fn::ForEach::T is only supported with the transform AWS::LanguageExtensions");
    loops["Transform"] = json!("AWS::LanguageExtensions");
    loops["Parameters"] = json!({ "Stage": { "Type": "String", "Default": "a" } });
    loops["Resources"]["Fn::ForEach::T"][1] = json!({ "Ref": "Stage" });
    refused(loops, "the collection of Fn::ForEach::T does not resolve to a list of texts");
}

/// Systems Manager User Guide, "Discovering public parameters in Parameter Store"; the values are invented.
#[test]
fn public_parameters_of_systems_manager() {
    let mut local = Local::new();
    let name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64";
    let instance = |image: Json| json!({ "Type": "AWS::EC2::Instance", "Properties": { "ImageId": image, "InstanceType": "t4g.micro" } });
    let body = json!({
        "Parameters": { "Image": { "Type": "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>", "Default": name } },
        "Resources": {
            "A": instance(json!({ "Ref": "Image" })),
            "B": instance(json!(format!("{{{{resolve:ssm:{name}}}}}"))),
        },
        "Outputs": { "O": { "Value": format!("{{{{resolve:ssm:{name}}}}}") } },
    });
    local.create("site", &body).unwrap();
    assert_eq!(local.status("site"), "CREATE_COMPLETE", "{}", local.events("site"));
    let stack = local.world.find("us-east-1", "site").unwrap();
    let image = crate::parameters::public::value("us-east-1", name).unwrap();
    assert_eq!(stack.content.resources["A"].properties["ImageId"], image.as_str());
    assert_eq!(stack.content.outputs[0].value, image);
    let stored = crate::api::parameter_store::get(&local.world, "us-east-1", &json!({ "Name": name })).unwrap();
    assert_eq!(stored["Parameter"]["Value"], image);
}

/// AWS CloudFormation User Guide, "Supported AWS-specific parameter types".
#[test]
fn parameters_name_what_may_exist() {
    let mut local = Local::new();
    let body = json!({
        "Parameters": { "Vpc": { "Type": "AWS::EC2::VPC::Id" } },
        "Resources": { "A": topic(json!({ "Ref": "Vpc" })) },
    })
    .to_string();
    let given = |value: &'static str| {
        [
            ("TemplateBody", body.as_str()),
            ("Parameters.member.1.ParameterKey", "Vpc"),
            ("Parameters.member.1.ParameterValue", value),
        ]
    };
    let expected =
        "ValidationError: Parameter validation failed: parameter value nonsense for parameter name Vpc does not exist";
    let create = |value| [&given(value)[..], &[("StackName", "site")]].concat();
    assert_eq!(local.us("CreateStack", &create("nonsense")).unwrap_err(), expected);
    let set = [&create("nonsense")[..], &[("ChangeSetName", "c"), ("ChangeSetType", "CREATE")]].concat();
    assert_eq!(local.us("CreateChangeSet", &set).unwrap_err(), expected);
    local.us("CreateStack", &create("vpc-0123456789abcdef0")).unwrap();
    assert_eq!(local.us("UpdateStack", &create("nonsense")).unwrap_err(), expected);
}

/// A text that doubles with every level, in functions and in loops: less than a thousand bytes, and terabytes when they are worked out.
#[test]
fn texts_that_grow_are_refused_before_they_have() {
    let doubled = |inner: Json| json!({ "Fn::Sub": ["${a}${a}${a}${a}", { "a": inner }] });
    let bomb = (0..20).fold(json!("xxxxxxxx"), |inner, _| doubled(inner));
    let in_topic = template(json!({ "A": topic(bomb.clone()) }));
    let mut in_output = template(json!({ "A": topic(json!("a")) }));
    in_output["Outputs"] = json!({ "O": { "Value": bomb } });
    let mut in_loops = template(json!({}));
    in_loops["Transform"] = json!("AWS::LanguageExtensions");
    let items: Vec<String> = (0..30).map(|item| format!("i{item}")).collect();
    let looped = |name: &str, body: Json| json!({ format!("Fn::ForEach::{name}"): [name, items, body] });
    in_loops["Resources"] = (0..4).fold(json!({ "A${L3}${L2}${L1}${L0}": topic(json!("a")) }), |inner, level| {
        looped(&format!("L{level}"), inner)
    });
    assert!(in_topic.to_string().len() < 1_000, "{}", in_topic.to_string().len());
    // A parameter's value may be what grows.
    let many = (0..5).fold(json!({ "Ref": "P" }), |inner, _| doubled(inner));
    let mut in_parameter = template(json!({ "A": topic(many) }));
    in_parameter["Parameters"] = json!({ "P": { "Type": "String", "Default": "x".repeat(4_096) } });
    for body in [in_topic, in_output, in_loops, in_parameter] {
        let body = body.to_string();
        let fields = [("TemplateBody", body.as_str()), ("Capabilities.member.1", "CAPABILITY_AUTO_EXPAND")];
        let stack = [&fields[..], &[("StackName", "site")]].concat();
        let set = [&stack[..], &[("ChangeSetName", "c"), ("ChangeSetType", "CREATE")]].concat();
        for (action, fields) in [("ValidateTemplate", &fields[..1]), ("CreateStack", &stack), ("CreateChangeSet", &set)]
        {
            let error = Local::new().us(action, fields).unwrap_err();
            assert!(error.starts_with("ValidationError: Template error: a value grows beyond"), "{action}: {error}");
        }
    }
}
