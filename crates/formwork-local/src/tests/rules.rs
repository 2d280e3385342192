//! Refusals, in CloudFormation's words.

use serde_json::{Value as Json, json};

use super::{Local, template, topic};

#[track_caller]
fn refused(body: Json, expected: &str) {
    assert_eq!(Local::new().create("site", &body), Err(expected.to_owned()));
}

/// Template Reference, "Template sections"; User Guide, "Understand CloudFormation quotas", "Acknowledging IAM resources in CloudFormation
/// templates".
#[test]
fn templates_that_cannot_be() {
    refused(
        json!({ "Resources": {} }),
        "ValidationError: Template format error: At least one Resources member must be defined.",
    );
    refused(
        template(json!({ "A": { "Type": "AWS::No::Such" } })),
        "ValidationError: Template format error: Unrecognized resource types: [AWS::No::Such]",
    );
    refused(
        template(json!({ "A": topic(json!({ "Ref": "B" })) })),
        "ValidationError: Template format error: Unresolved resource dependencies [B] in the Resources block of the template",
    );
    refused(
        template(json!({ "A": topic(json!({ "Ref": "B" })), "B": topic(json!({ "Ref": "A" })) })),
        "ValidationError: Circular dependency between resources: [A, B]",
    );
    refused(
        template(json!({ "A": topic(json!("a")), "B": topic(json!({ "Fn::Sub": "${A.Nope}" })) })),
        "ValidationError: Template error: resource A does not support attribute type Nope in Fn::GetAtt",
    );
    refused(
        template(
            json!({ "A": { "Type": "AWS::IAM::Role", "Properties": { "RoleName": "r", "AssumeRolePolicyDocument": {} } } }),
        ),
        "InsufficientCapabilitiesException: Requires capabilities : [CAPABILITY_NAMED_IAM]",
    );
    refused(
        json!({ "Parameters": { "P": { "Type": "Number", "MinValue": 3, "Default": 2 } }, "Resources": { "A": topic(json!("a")) } }),
        "ValidationError: Parameter 'P' must be a number not less than 3",
    );
    refused(
        json!({ "Parameters": { "P": { "Type": "String" } }, "Resources": { "A": topic(json!("a")) } }),
        "ValidationError: Parameters: [P] must have values",
    );
    let many: serde_json::Map<String, Json> =
        (0..501).map(|number| (format!("T{number}"), json!({ "Type": "AWS::SNS::Topic" }))).collect();
    refused(
        template(Json::Object(many)),
        "ValidationError: Template format error: Number of resources, 501, is greater than maximum allowed, 500",
    );
}

/// API Reference, "Common Error Types": `InvalidAction`, `ValidationError`.
#[test]
fn unknown_operations_and_fields_are_named() {
    let mut local = Local::new();
    assert!(local.us("ListTypes", &[]).unwrap_err().starts_with("InvalidAction: Could not find operation ListTypes"));
    assert!(local.us("DescribeStacks", &[("Nonsense", "1")]).unwrap_err().contains("Nonsense"));
}

/// terraform-provider-aws issue 42668 (`CreateStack`), aws-toolkit-vscode issue 1427 (`CreateChangeSet`), coreos-kubernetes issue 505
/// (`DescribeStacks`).
#[test]
fn names_and_arns_of_stacks() {
    let mut local = Local::new();
    let body = template(json!({ "A": topic(json!("a")) }));
    let pattern = |pattern: &str| {
        format!(
            "ValidationError: 1 validation error detected: Value 'a_b' at 'stackName' failed to satisfy constraint: Member must satisfy regular expression pattern: {pattern}"
        )
    };
    assert_eq!(local.create("a_b", &body).unwrap_err(), pattern("[a-zA-Z][-a-zA-Z0-9]*"));
    let whole = pattern("[a-zA-Z][-a-zA-Z0-9]*|arn:[-a-zA-Z0-9:/._+]*");
    let text = body.to_string();
    let set =
        [("StackName", "a_b"), ("ChangeSetName", "c"), ("ChangeSetType", "CREATE"), ("TemplateBody", text.as_str())];
    assert_eq!(local.us("CreateChangeSet", &set).unwrap_err(), whole);
    for action in ["DescribeStacks", "UpdateStack", "DeleteStack", "DescribeStackEvents", "ListStackResources"] {
        assert_eq!(local.us(action, &[("StackName", "a_b")]).unwrap_err(), whole, "{action}");
    }
    // An ARN serves as well as a name.
    let id = local.create("site", &body).unwrap()["StackId"].as_str().unwrap().to_owned();
    let after = template(json!({ "A": topic(json!("b")) })).to_string();
    let set = [("StackName", id.as_str()), ("ChangeSetName", "c"), ("TemplateBody", after.as_str())];
    local.us("CreateChangeSet", &set).unwrap();
    let set = [("StackName", id.as_str()), ("ChangeSetName", "c")];
    for action in ["DescribeChangeSet", "ExecuteChangeSet"] {
        local.us(action, &set).unwrap_or_else(|error| panic!("{action}: {error}"));
    }
    let actions = [
        "DescribeEvents",
        "DescribeStackEvents",
        "DescribeStackResources",
        "DescribeStacks",
        "DetectStackDrift",
        "GetTemplate",
        "GetTemplateSummary",
        "ListChangeSets",
        "ListStackResources",
        "DeleteStack",
    ];
    for action in actions {
        local.us(action, &[("StackName", &id)]).unwrap_or_else(|error| panic!("{action}: {error}"));
    }
}

/// User Guide, "Protect CloudFormation stacks from being deleted".
#[test]
fn protected_stacks_stay() {
    let mut local = Local::new();
    local.create("site", &template(json!({ "A": topic(json!("a")) }))).unwrap();
    local.us("UpdateTerminationProtection", &[("StackName", "site"), ("EnableTerminationProtection", "true")]).unwrap();
    let refused = local.us("DeleteStack", &[("StackName", "site")]).unwrap_err();
    assert_eq!(refused, "ValidationError: Stack [site] cannot be deleted while TerminationProtection is enabled");
}

/// cloudformation.md, "Cross-stack references": a producer cannot change an export in use.
#[test]
fn an_export_in_use_cannot_be_changed_or_deleted() {
    let mut local = Local::new();
    let producer = |value: &str| json!({ "Resources": { "A": topic(json!("a")) }, "Outputs": { "O": { "Value": value, "Export": { "Name": "e" } } } });
    local.create("producer", &producer("1")).unwrap();
    local.create("consumer", &template(json!({ "A": topic(json!({ "Fn::ImportValue": "e" })) }))).unwrap();
    local.update("producer", &producer("2")).unwrap();
    assert_eq!(local.status("producer"), "UPDATE_ROLLBACK_COMPLETE");
    assert!(local.events("producer").contains("Export e cannot be updated as it is in use by consumer"));
    // aws-cdk issue 604, USSBA/aws-cft-tools issue 27: no failure, but the status that the stack had.
    local.us("DeleteStack", &[("StackName", "producer")]).unwrap();
    assert_eq!(local.status("producer"), "UPDATE_ROLLBACK_COMPLETE");
    assert!(local.events("producer").ends_with("Export e cannot be deleted as it is in use by consumer"));
    assert_eq!(local.us("ListImports", &[("ExportName", "e")]).unwrap()["Imports"], json!(["consumer"]));
}

/// cloudformation.md, "Change sets": early validation, on every operation, finds names that are taken.
#[test]
fn a_custom_name_cannot_be_taken_twice() {
    let mut local = Local::new();
    let bucket = template(json!({ "B": { "Type": "AWS::S3::Bucket", "Properties": { "BucketName": "only-one" } } }));
    local.create("one", &bucket).unwrap();
    assert!(local.create("two", &bucket).unwrap_err().contains("AWS::EarlyValidation::ResourceExistenceCheck"));
    local.us("DeleteStack", &[("StackName", "one")]).unwrap();
    local.create("two", &bucket).unwrap();
    assert_eq!(local.status("two"), "CREATE_COMPLETE");
}

/// A name that can be changed in place tells no resource from another: the service draws what does. AppSync API Reference, `UpdateGraphqlApi`.
#[test]
fn a_name_that_can_be_changed_can_be_taken_twice() {
    let mut local = Local::new();
    let api = |name: &str| {
        let properties = json!({ "Name": name, "AuthenticationType": "API_KEY" });
        template(json!({ "A": { "Type": "AWS::AppSync::GraphQLApi", "Properties": properties } }))
    };
    local.create("one", &api("a")).unwrap();
    local.create("two", &api("a")).unwrap();
    let before = local.there("one");
    local.update("one", &api("b")).unwrap();
    assert_eq!((local.status("one").as_str(), local.there("one")), ("UPDATE_COMPLETE", before));
    assert!(local.world.identities().is_empty(), "{:?}", local.world.identities());
}

/// Template Reference, "Intrinsic functions", "Conditions", "Mappings".
#[test]
fn functions_are_worked_out() {
    let mut local = Local::new();
    let body = json!({
        "Parameters": { "List": { "Type": "CommaDelimitedList", "Default": "a, b" } },
        "Mappings": { "M": { "us-east-1": { "k": "mapped" } } },
        "Conditions": { "Yes": { "Fn::Equals": [{ "Ref": "AWS::Region" }, "us-east-1"] }, "No": { "Fn::Not": [{ "Condition": "Yes" }] } },
        "Resources": { "A": topic(json!({ "Fn::If": ["No", "x", { "Ref": "AWS::NoValue" }] })), "Never": { "Condition": "No", "Type": "AWS::SNS::Topic" } },
        "Outputs": {
            "Join": { "Value": { "Fn::Join": ["-", { "Ref": "List" }] } },
            "Select": { "Value": { "Fn::Select": [1, { "Fn::Split": [".", "a.b.c"] }] } },
            "Sub": { "Value": { "Fn::Sub": ["${AWS::Region} ${X} ${!Literal}", { "X": { "Fn::FindInMap": ["M", { "Ref": "AWS::Region" }, "k"] } }] } },
            "Base64": { "Value": { "Fn::Base64": "hi" } },
            "Cidr": { "Value": { "Fn::Select": ["1", { "Fn::Cidr": ["10.0.0.0/16", 2, 8] }] } },
            "Hidden": { "Condition": "No", "Value": "x" },
        }
    });
    local.create("site", &body).unwrap();
    let stack = local.us("DescribeStacks", &[("StackName", "site")]).unwrap();
    let outputs: Vec<String> = stack["Stacks"][0]["Outputs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| format!("{} = {}", one["OutputKey"], one["OutputValue"]))
        .collect();
    insta::assert_snapshot!(outputs.join("\n"));
    let resources = local.us("ListStackResources", &[("StackName", "site")]).unwrap();
    assert_eq!(resources["StackResourceSummaries"].as_array().unwrap().len(), 1);
}

/// API Reference, `ClientToken` and `ClientRequestToken`: a request whose answer was lost is sent again, and is no second one.
#[test]
fn a_request_that_is_sent_again_is_the_same_request() {
    let mut local = Local::new();
    let body = template(json!({ "A": topic(json!("a")) })).to_string();
    let set = [
        ("StackName", "site"),
        ("ChangeSetName", "c"),
        ("ChangeSetType", "CREATE"),
        ("TemplateBody", &body),
        ("ClientToken", "t"),
    ];
    let made = local.us("CreateChangeSet", &set).unwrap();
    assert_eq!(local.us("CreateChangeSet", &set).unwrap(), made);
    assert!(local.us("CreateChangeSet", &set[..4]).unwrap_err().starts_with("AlreadyExistsException"));
    let execute = [("StackName", "site"), ("ChangeSetName", "c"), ("ClientRequestToken", "x")];
    local.us("ExecuteChangeSet", &execute).unwrap();
    local.us("ExecuteChangeSet", &execute).unwrap();
    assert!(local.us("ExecuteChangeSet", &execute[..2]).unwrap_err().starts_with("InvalidChangeSetStatus"));
    let body = template(json!({ "A": topic(json!("b")) })).to_string();
    let update = [("StackName", "site"), ("TemplateBody", body.as_str()), ("ClientRequestToken", "u")];
    let updated = local.us("UpdateStack", &update).unwrap();
    assert_eq!(local.us("UpdateStack", &update).unwrap(), updated);
    let delete = [("StackName", "site"), ("ClientRequestToken", "u")];
    assert!(local.us("DeleteStack", &delete).unwrap_err().starts_with("TokenAlreadyExistsException"));
}

/// localstack/localstack, tests/aws/services/cloudformation/api: `test_validations`, `test_stacks`
/// (`test_linting_error_during_creation`) and `test_templates`, recorded from AWS; hands-on reports for YAML.
#[test]
fn templates_of_another_form() {
    let refusal =
        |body: &str| Local::new().us("CreateStack", &[("StackName", "site"), ("TemplateBody", body)]).unwrap_err();
    let answers = [
        r#"{"Resources": {"A": {}},}"#,
        "Resources:\n  A: {Type: AWS::SNS::Topic\n",
        r#"{"Resources": "", "Outputs": ""}"#,
        r#"{"Resources": {"A": "x"}}"#,
        r#"{"Resources": {"A": {"Properties": {}}}}"#,
        r#"{"Resources": {"A": {"Type": "AWS::SNS::Topic", "Invalid": 10}}}"#,
        r#"{"Resources": {"A": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": null}}}}"#,
        r#"{"Resources": {"A": {"Type": "AWS::SNS::Topic", "Properties": {"Tags": [{"Key": "a", "Value": null}]}}}}"#,
        r#"{"Resources": {"A": {"Type": "AWS::SNS::Topic", "Properties": null}}}"#,
        r#"{"Resources": {"A": {"Type": "AWS::SNS::Topic", "DependsOn": 3}}}"#,
        r#"{"Resources": {"A": {"Type": "AWS::SNS::Topic"}}, "Outputs": {"O": {"Value": null}}}"#,
        r#"{"Resources": {"A": {"Type": "AWS::SNS::Topic"}}, "Outputs": {"O": {"Value": null, "Other": null}}}"#,
        r#"{"Resources": {"A": {"Type": "AWS::SNS::Topic"}}, "Outputs": {"O": {}}}"#,
        r#"{"Resources": {"A": {"Type": "AWS::SNS::Topic"}}, "Parameters": {"P": {}}}"#,
        r#"{"Resources": {"A": {"Type": "AWS::SNS::Topic"}}, "Nonsense": {}}"#,
        "{}",
        "",
        "text",
    ]
    .map(|body| format!("{body}\n    {}", refusal(body)));
    insta::assert_snapshot!(answers.join("\n"));
}

/// Texts that are small and would be without bounds if they were believed.
#[test]
fn bombs_do_not_go_off() {
    let refusal =
        |body: &str| Local::new().us("CreateStack", &[("StackName", "site"), ("TemplateBody", body)]).unwrap_err();
    let deep = format!("{{\"Resources\": {}1{}}}", "[".repeat(20_000), "]".repeat(20_000));
    let braces = format!("{{\"Resources\": {}1{}}}", "{\"a\":".repeat(7_000), "}".repeat(7_000));
    let flow = format!("Resources: {}", "[".repeat(40_000));
    let indented: String = (0..300).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
    let mut laughs = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
    for level in 1..30 {
        let before = format!("*a{}", level - 1);
        laughs += &format!("a{level}: &a{level} [{}]\n", [before.as_str(); 9].join(", "));
    }
    let itself = "Resources: &r {A: *r}\n";
    let functions = format!(
        r#"{{"Resources": {{"A": {{"Type": "AWS::SNS::Topic", "Properties": {{"DisplayName": {}"x"{}}}}}}}}}"#,
        r#"{"Fn::Base64": "#.repeat(300),
        "}".repeat(300)
    );
    let bodies = [deep, braces, flow, indented, laughs, itself.to_owned(), functions];
    insta::assert_snapshot!(bodies.each_ref().map(|body| refusal(body)).join("\n"));
}

/// localstack/localstack, tests/aws/services/cloudformation/api: `test_changesets`, `test_stacks`, `test_templates`, recorded
/// from AWS.
#[test]
fn requests_for_what_is_not_there() {
    let mut local = Local::new();
    local.create("there", &template(json!({ "A": topic(json!("a")) }))).unwrap();
    let body = template(json!({ "A": topic(json!("a")) })).to_string();
    let review =
        [("StackName", "review"), ("ChangeSetName", "c"), ("ChangeSetType", "CREATE"), ("TemplateBody", body.as_str())];
    local.us("CreateChangeSet", &review).unwrap();
    let arn = "arn:aws:cloudformation:us-east-1:000000000000:changeSet/gone/0a0a0a0a-0000-4000-8000-000000000000";
    let create = |stack: &'static str| {
        vec![("StackName", stack), ("ChangeSetName", "c"), ("ChangeSetType", "CREATE"), ("TemplateBody", body.as_str())]
    };
    let update = |stack: &'static str| {
        vec![("StackName", stack), ("ChangeSetName", "c"), ("ChangeSetType", "UPDATE"), ("TemplateBody", body.as_str())]
    };
    let asked: Vec<(&str, Vec<(&str, &str)>)> = vec![
        ("DescribeStacks", vec![("StackName", "gone")]),
        ("DescribeStackEvents", vec![("StackName", "gone")]),
        ("DescribeStackEvents", vec![]),
        ("DescribeStackResources", vec![("StackName", "gone")]),
        ("DescribeStackResource", vec![("StackName", "gone"), ("LogicalResourceId", "A")]),
        ("DescribeStackResource", vec![("StackName", "there"), ("LogicalResourceId", "B")]),
        ("ListStackResources", vec![("StackName", "gone")]),
        ("GetTemplate", vec![("StackName", "gone")]),
        ("GetTemplate", vec![("ChangeSetName", "c")]),
        ("GetTemplate", vec![("ChangeSetName", arn)]),
        ("GetTemplateSummary", vec![("StackName", "gone")]),
        ("GetTemplateSummary", vec![("StackName", "review")]),
        ("GetTemplateSummary", vec![]),
        ("DescribeChangeSet", vec![("StackName", "gone"), ("ChangeSetName", "c")]),
        ("DescribeChangeSet", vec![("StackName", "there"), ("ChangeSetName", "c")]),
        ("DescribeChangeSet", vec![("ChangeSetName", "c")]),
        ("DescribeChangeSet", vec![("ChangeSetName", arn)]),
        ("DeleteChangeSet", vec![("StackName", "gone"), ("ChangeSetName", "c")]),
        ("DeleteChangeSet", vec![("ChangeSetName", "c")]),
        ("ExecuteChangeSet", vec![("StackName", "gone"), ("ChangeSetName", "c")]),
        ("ListChangeSets", vec![("StackName", "gone")]),
        ("CreateChangeSet", create("there")),
        ("CreateChangeSet", update("gone")),
        ("CreateChangeSet", update("review")),
        ("CreateStack", vec![("StackName", "there"), ("TemplateBody", &body)]),
        ("CreateStack", vec![("StackName", "*@nope_$"), ("TemplateBody", &body)]),
        ("CreateStack", vec![("StackName", "new"), ("TemplateURL", "s3://bucket/key")]),
        ("CreateStack", vec![("StackName", "new"), ("TemplateURL", "http://example.com/template")]),
        ("CreateStack", vec![("StackName", "new")]),
        ("UpdateStack", vec![("StackName", "gone"), ("TemplateBody", &body)]),
        ("UpdateStack", vec![("StackName", "there"), ("TemplateBody", &body)]),
        ("DeleteStack", vec![("StackName", "gone")]),
        ("RollbackStack", vec![("StackName", "gone")]),
        ("ContinueUpdateRollback", vec![("StackName", "gone")]),
        ("CancelUpdateStack", vec![("StackName", "gone")]),
        ("DetectStackDrift", vec![("StackName", "gone")]),
        ("UpdateTerminationProtection", vec![("StackName", "gone"), ("EnableTerminationProtection", "true")]),
    ];
    let answers: Vec<String> = asked
        .into_iter()
        .map(|(action, fields)| {
            let shown = fields.iter().filter(|(name, _)| *name != "TemplateBody");
            let shown: Vec<String> = shown.map(|(name, value)| format!("{name}={value}")).collect();
            let answer = local.us(action, &fields).map_or_else(|error| error, |_| "accepted".to_owned());
            format!("{action} {}\n    {answer}", shown.join(" "))
        })
        .collect();
    insta::assert_snapshot!(answers.join("\n"));
}

/// User Guide, "Get exported outputs from a deployed CloudFormation stack": once nobody imports it any more, an export can go.
#[test]
fn an_export_that_is_no_longer_imported_can_go() {
    let mut local = Local::new();
    let producer = |value: &str| json!({ "Resources": { "A": topic(json!("a")) }, "Outputs": { "O": { "Value": value, "Export": { "Name": "e" } } } });
    let consumer = |value: Json| template(json!({ "A": topic(value) }));
    local.create("producer", &producer("1")).unwrap();
    local.create("consumer", &consumer(json!({ "Fn::ImportValue": "e" }))).unwrap();
    local.update("producer", &producer("2")).unwrap();
    assert_eq!(local.status("producer"), "UPDATE_ROLLBACK_COMPLETE");
    local.update("consumer", &consumer(json!("x"))).unwrap();
    assert!(local.us("ListImports", &[("ExportName", "e")]).is_err());
    local.update("producer", &producer("2")).unwrap();
    assert_eq!(local.status("producer"), "UPDATE_COMPLETE");
    local.us("DeleteStack", &[("StackName", "producer")]).unwrap();
    assert!(local.status("producer").contains("does not exist"));
}

/// aws-cdk issue 31459; media-insights-on-aws issue 145.
#[test]
fn what_a_condition_takes_away_cannot_be_referred_to() {
    let mut local = Local::new();
    let body = |on: &str, output: bool| {
        let mut a = topic(json!("a"));
        a["Condition"] = json!("IsOn");
        let mut body = json!({
            "Parameters": { "On": { "Type": "String", "Default": on } },
            "Conditions": { "IsOn": { "Fn::Equals": [{ "Ref": "On" }, "true"] } },
            "Resources": { "A": a, "C": topic(json!("c")) },
        });
        if output {
            body["Outputs"] = json!({ "O": { "Value": { "Fn::GetAtt": ["A", "TopicArn"] } } });
        } else {
            body["Resources"]["B"] = topic(json!({ "Ref": "A" }));
        }
        body
    };
    for (output, block) in [(false, "Resources"), (true, "Outputs")] {
        let refused = format!(
            "ValidationError: Template format error: Unresolved resource dependencies [A] in the {block} block of the template"
        );
        assert_eq!(local.create(block, &body("false", output)).unwrap_err(), refused);
        local.create(block, &body("true", output)).unwrap();
        assert_eq!(local.status(block), "CREATE_COMPLETE");
        assert_eq!(local.update(block, &body("false", output)).unwrap_err(), refused);
    }
}

/// References in metadata are dependencies: cloudonaut.io, "Optional DependsOn with CloudFormation".
#[test]
fn metadata_comes_after_what_it_names() {
    let mut local = Local::new();
    let mut a = topic(json!("a"));
    a["Metadata"] = json!({ "x": { "Ref": "B" } });
    let body = template(json!({ "A": a, "B": topic(json!("b")) }));
    local.create("site", &body).unwrap();
    assert_eq!(local.status("site"), "CREATE_COMPLETE");
    assert_eq!(local.update("site", &body).unwrap_err(), "ValidationError: No updates are to be performed.");
    a["Metadata"] = json!({ "x": { "Ref": "Nothing" } });
    assert!(
        local
            .update("site", &template(json!({ "A": a })))
            .unwrap_err()
            .contains("Unresolved resource dependencies [Nothing]")
    );
}

#[test]
fn chains_of_conditions_and_endless_times_do_no_harm() {
    let mut local = Local::new();
    let mut conditions = serde_json::Map::new();
    for link in 0..20_000 {
        conditions.insert(format!("c{link}"), json!({ "Condition": format!("c{}", link + 1) }));
    }
    conditions.insert("c20000".to_owned(), json!({ "Fn::Equals": ["a", "a"] }));
    let mut a = topic(json!("a"));
    a["Condition"] = json!("c0");
    let mut body = json!({ "Conditions": conditions, "Resources": { "A": a } });
    local.put("chain", &body.to_string());
    let fields = [("StackName", "chain"), ("TemplateURL", "http://any.host/t/chain")];
    local.us("CreateStack", &fields).unwrap();
    assert_eq!(local.status("chain"), "CREATE_COMPLETE");
    body["Conditions"]["c20000"] = json!({ "Condition": "c0" });
    local.put("chain", &body.to_string());
    assert!(local.us("UpdateStack", &fields).unwrap_err().contains("Circular dependency of condition"));

    let wait = template(json!({
        "H": { "Type": "AWS::CloudFormation::WaitConditionHandle" },
        "W": { "Type": "AWS::CloudFormation::WaitCondition", "Properties": { "Handle": { "Ref": "H" }, "Timeout": u64::MAX.to_string() } },
    }))
    .to_string();
    let fields = [
        ("StackName", "wait"),
        ("TemplateBody", wait.as_str()),
        ("DisableValidation", "true"),
        ("TimeoutInMinutes", "307445734561826"),
    ];
    local.us("CreateStack", &fields).unwrap();
    assert_eq!(local.status("wait"), "CREATE_IN_PROGRESS");
    local.clock.pass(43_200_000);
    crate::machine::tick(&mut local.world);
    assert_eq!(local.status("wait"), "ROLLBACK_COMPLETE");
}

/// Template Reference, "DeletionPolicy attribute", "UpdateReplacePolicy attribute", "AWS::LanguageExtensions transform".
#[test]
fn policies_are_words_or_with_the_extensions_what_gives_one() {
    let mut local = Local::new();
    let body = |name: &str, policy: Json| {
        let mut a = topic(json!("a"));
        a[name] = policy;
        let mut body = template(json!({ "A": a }));
        body["Parameters"] = json!({ "Policy": { "Type": "String", "Default": "Retain" } });
        body
    };
    let refused = |local: &mut Local, body: &Json| local.create("site", body).unwrap_err();
    let by_parameter = body("DeletionPolicy", json!({ "Ref": "Policy" }));
    assert!(refused(&mut local, &by_parameter).contains("Every DeletionPolicy member must be a string."));
    for (name, word) in [("DeletionPolicy", "Retian"), ("UpdateReplacePolicy", "RetainExceptOnCreate")] {
        assert!(
            refused(&mut local, &body(name, json!(word)))
                .contains(&format!("{name} {word} is none of Delete, Retain,"))
        );
    }
    let mut extended = by_parameter;
    extended["Transform"] = json!("AWS::LanguageExtensions");
    let extended = extended.to_string();
    let fields = [
        ("StackName", "site"),
        ("TemplateBody", extended.as_str()),
        ("Capabilities.member.1", "CAPABILITY_AUTO_EXPAND"),
    ];
    local.us("CreateStack", &fields).unwrap();
    let told =
        local.changes("site", "UPDATE", &[("TemplateBody", &template(json!({ "B": topic(json!("b")) })).to_string())]);
    assert_eq!(told["Changes"][1]["ResourceChange"]["PolicyAction"], "Retain");
    local.us("DeleteStack", &[("StackName", "site")]).unwrap();
    let site = local.world.stacks.values().next().unwrap();
    assert_eq!((site.status.as_str(), site.left_behind.len()), ("DELETE_COMPLETE", 1));
}

/// A client that deletes what a page told of before it asks for the next one leaves nothing out; one that is told of new events hears none twice.
#[test]
fn pages_go_on_where_the_last_one_ended() {
    let mut local = Local::new();
    let body = template(json!({ "A": topic(json!("a")) }));
    for number in 0..230 {
        local.create(&format!("s{number:03}"), &body).unwrap();
    }
    let (mut token, mut seen) = (String::new(), 0);
    loop {
        let answer = local.us("DescribeStacks", &[("NextToken", &token)]).unwrap();
        for stack in answer["Stacks"].as_array().unwrap() {
            seen += 1;
            local.us("DeleteStack", &[("StackName", stack["StackId"].as_str().unwrap())]).unwrap();
        }
        let Some(next) = answer["NextToken"].as_str() else { break };
        next.clone_into(&mut token);
    }
    assert_eq!(seen, 230);

    let many: Json =
        (0..60).map(|number| (format!("T{number}"), topic(json!("a")))).collect::<serde_json::Map<_, _>>().into();
    local.create("site", &template(many)).unwrap();
    let ids = |answer: &Json| -> Vec<String> {
        answer["StackEvents"].as_array().unwrap().iter().map(|event| event["EventId"].to_string()).collect()
    };
    let first = local.us("DescribeStackEvents", &[("StackName", "site")]).unwrap();
    local.us("DeleteStack", &[("StackName", "site")]).unwrap();
    let id = local.world.stacks.values().find(|stack| stack.name == "site").unwrap().id.clone();
    let fields = [("StackName", id.as_str()), ("NextToken", first["NextToken"].as_str().unwrap())];
    let second = local.us("DescribeStackEvents", &fields).unwrap();
    assert_eq!((ids(&first).len(), ids(&second).len()), (100, 82));
    assert!(ids(&second).iter().all(|id| !ids(&first).contains(id)));
    assert_eq!(
        local.us("ListStacks", &[("NextToken", "nonsense")]).unwrap_err(),
        "ValidationError: NextToken is not valid"
    );
}
