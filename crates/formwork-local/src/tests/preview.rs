//! The answers of `DescribeChangeSet`.

use serde_json::{Value as Json, json};

use super::{Local, distribution, template, topic};

/// API Reference, `ResourceChange`, `ResourceChangeDetail`, `ResourceTargetDefinition`.
#[test]
fn values_causes_and_replacement() {
    let mut local = Local::new();
    let stack = |parameter: &str, name: &str, display: &str| {
        json!({
            "Parameters": { "P": { "Type": "String", "Default": parameter } },
            "Resources": {
                "Direct": topic(json!(display)),
                "Parameter": topic(json!({ "Ref": "P" })),
                "Replaced": { "Type": "AWS::SNS::Topic", "UpdateReplacePolicy": "Retain", "Properties": { "TopicName": name } },
                "Follows": topic(json!({ "Fn::GetAtt": ["Replaced", "TopicArn"] })),
                "Named": { "Type": "AWS::SNS::Topic", "Properties": { "TopicName": { "Ref": "Replaced" } } },
            }
        })
    };
    local.create("site", &stack("1", "one", "a")).unwrap();
    let mut after = stack("2", "two", "b");
    after["Resources"]["New"] = topic(json!({ "Ref": "Direct" }));
    let body = after.to_string();
    insta::assert_snapshot!(format!("{:#}", local.changes("site", "UPDATE", &[("TemplateBody", &body)])["Changes"]));
}

/// API Reference, `DescribeChangeSet`, `IncludePropertyValues`.
#[test]
fn without_values_only_the_names_of_properties_are_told() {
    let mut local = Local::new();
    local.create("site", &template(json!({ "A": topic(json!("a")) }))).unwrap();
    let body = template(json!({ "A": topic(json!("b")) })).to_string();
    local.changes("site", "UPDATE", &[("TemplateBody", &body)]);
    let told = local.us("DescribeChangeSet", &[("StackName", "site"), ("ChangeSetName", "c")]).unwrap();
    insta::assert_snapshot!(format!("{:#}", told["Changes"]));
}

/// cloudformation.md, "Change sets": no changes are told by status and reason; an outputs-only change lists nothing and counts.
#[test]
fn no_changes_and_changes_of_outputs_only() {
    let mut local = Local::new();
    let mut body = template(json!({ "A": topic(json!("a")) }));
    local.create("site", &body).unwrap();
    let none = local.changes("site", "UPDATE", &[("TemplateBody", &body.to_string())]);
    assert_eq!(none["Status"], "FAILED");
    assert_eq!(none["ExecutionStatus"], "UNAVAILABLE");
    assert_eq!(
        none["StatusReason"],
        "The submitted information didn't contain changes. Submit different information to create a change set."
    );
    body["Outputs"] = json!({ "O": { "Value": "v" } });
    let outputs = local.changes("site", "UPDATE", &[("TemplateBody", &body.to_string())]);
    assert_eq!((&outputs["Status"], &outputs["Changes"]), (&json!("CREATE_COMPLETE"), &json!([])));
    local.us("ExecuteChangeSet", &[("StackName", "site"), ("ChangeSetName", "c")]).unwrap();
    assert_eq!(
        local.us("DescribeStacks", &[("StackName", "site")]).unwrap()["Stacks"][0]["Outputs"][0]["OutputValue"],
        "v"
    );
}

/// Template Reference, "Parameters", `NoEcho`: masked in calls that describe stacks, events and change sets.
#[test]
fn secrets_are_masked() {
    let mut local = Local::new();
    let body = json!({
        "Parameters": { "Secret": { "Type": "String", "NoEcho": true } },
        "Resources": { "A": topic(json!({ "Fn::Sub": "x-${Secret}" })) }
    })
    .to_string();
    let told = local.changes(
        "site",
        "CREATE",
        &[
            ("TemplateBody", &body),
            ("Parameters.member.1.ParameterKey", "Secret"),
            ("Parameters.member.1.ParameterValue", "hunter2"),
        ],
    );
    local.us("ExecuteChangeSet", &[("StackName", "site"), ("ChangeSetName", "c")]).unwrap();
    let events = local.us("DescribeStackEvents", &[("StackName", "site")]).unwrap();
    let stacks = local.us("DescribeStacks", &[]).unwrap();
    for answer in [told, events, stacks] {
        assert!(!answer.to_string().contains("hunter2"), "{answer:#}");
    }
}

/// cloudformation.md, "Change sets": early validation tells its reasons through `DescribeEvents` only.
#[test]
fn early_validation_tells_its_reasons_as_events() {
    let mut local = Local::new();
    let body = template(json!({
        "Record": { "Type": "AWS::Route53::RecordSet", "Properties": { "Name": "a", "HostedZoneId": "Z1" } },
        "Topic": { "Type": "AWS::SNS::Topic", "Properties": { "DisplayNam": "a", "Tags": [{ "Key": "k" }], "TopicArn": "mine" } },
        "Queue": { "Type": "AWS::SQS::Queue", "Properties": { "VisibilityTimeout": "long", "QueueName": { "Ref": "Topic" } } },
        "Site": distribution(json!({ "HttpVersion": "http9", "Origins": { "Fn::Split": [",", "a,b"] } })),
        // Scalars are taken as texts and made of them; what is not known yet may be anything.
        "Right": { "Type": "AWS::SQS::Queue", "Properties": { "VisibilityTimeout": "30", "FifoQueue": "true", "QueueName": { "Fn::GetAtt": ["Topic", "TopicName"] } } },
    }))
    .to_string();
    let told = local.changes("site", "CREATE", &[("TemplateBody", &body)]);
    assert_eq!(told["Status"], "FAILED");
    let reason = told["StatusReason"].as_str().unwrap();
    let fields = [("StackName", "site"), ("ChangeSetName", "c"), ("Filters.FailedEvents", "true")];
    let events = local.us("DescribeEvents", &fields).unwrap();
    let told: Vec<String> = events["OperationEvents"]
        .as_array()
        .unwrap()
        .iter()
        .rev()
        .map(|event| {
            let text = |field: &str| event[field].as_str().unwrap_or_default().to_owned();
            let fields = ["EventType", "ValidationName", "ValidationPath", "ValidationStatusReason"];
            fields.map(text).join(" ")
        })
        .collect();
    insta::assert_snapshot!(format!("{reason}\n{}", told.join("\n")));
}

/// cloudformation.md, "Change sets": what the real service leaves out, when a test asks for it.
#[test]
fn omissions_can_be_switched_on() {
    let acl = |action: &str, comment: &str, origin: serde_json::Value| json!({ "Type": "AWS::WAFv2::WebACL", "Properties": { "Scope": "REGIONAL", "DefaultAction": { action: {} }, "Description": comment, "VisibilityConfig": { "MetricName": origin, "SampledRequestsEnabled": false, "CloudWatchMetricsEnabled": false } } });
    let stack = |action: &str, comment: &str, name: &str, document: &str| {
        template(json!({
            "Acl": acl(action, comment, json!("m")),
            "Topic": { "Type": "AWS::SNS::Topic", "Properties": { "TopicName": name } },
            "Follows": topic(json!({ "Ref": "Topic" })),
            "Role": { "Type": "AWS::IAM::Role", "Properties": { "AssumeRolePolicyDocument": { "Statement": document } } },
        }))
    };
    let listed = |omissions: serde_json::Value, with_values: &str| {
        let mut local = Local::with_faults(json!({ "seed": 1, "omissions": omissions }));
        let long = "x".repeat(300);
        let capability = ("Capabilities.member.1", "CAPABILITY_IAM");
        let one = stack("Allow", "same", "one", "a").to_string();
        local.us("CreateStack", &[("StackName", "site"), ("TemplateBody", &one), capability]).unwrap();
        let two = stack("Block", "same", "two", &long).to_string();
        let fields = [("StackName", "site"), ("ChangeSetName", "c"), ("TemplateBody", &two), capability];
        local.us("CreateChangeSet", &fields).unwrap();
        let fields = [("StackName", "site"), ("ChangeSetName", "c"), ("IncludePropertyValues", with_values)];
        let told = local.us("DescribeChangeSet", &fields).unwrap();
        assert_eq!(told["Status"], "CREATE_COMPLETE");
        let changes = told["Changes"].as_array().unwrap().clone();
        let names: Vec<String> =
            changes.iter().map(|one| one["ResourceChange"]["LogicalResourceId"].as_str().unwrap().to_owned()).collect();
        (names.join(" "), told.to_string().contains(&long))
    };
    assert_eq!(listed(json!([]), "true"), ("Acl Topic Follows Role".to_owned(), true));
    assert_eq!(listed(json!(["emptyUnions"]), "true").0, "Topic Follows Role");
    assert_eq!(listed(json!(["jsonProperties"]), "true").0, "Acl Topic Follows");
    assert_eq!(listed(json!(["withValues"]), "true").0, "Acl Topic Role");
    assert_eq!(listed(json!(["withValues"]), "false").0, "Acl Topic Follows Role");
    assert_eq!(listed(json!(["longValues"]), "true"), ("Acl Topic Follows Role".to_owned(), false));
}

/// cloudformation.md, "Cross-stack references": `Fn::GetStackOutput` is read while the change set runs, so that the preview does not know
/// the value, and plans a replacement that does not come.
#[test]
fn outputs_of_other_stacks_are_not_known_before() {
    let mut local = Local::new();
    let producer = json!({ "Resources": { "A": topic(json!("a")) }, "Outputs": { "O": { "Value": "name" } } });
    local.create("producer", &producer).unwrap();
    let output = json!({ "Fn::GetStackOutput": { "StackName": "producer", "OutputName": "O" } });
    let named = json!({ "Type": "AWS::SNS::Topic", "Properties": { "TopicName": output } });
    let body = template(json!({ "T": named })).to_string();
    local.us("CreateStack", &[("StackName", "site"), ("TemplateBody", &body)]).unwrap();
    let before = local.there("site");
    let told = local.changes("site", "UPDATE", &[("TemplateBody", &body)]);
    let change = &told["Changes"][0]["ResourceChange"];
    assert_eq!((&change["Action"], &change["Replacement"]), (&json!("Modify"), &json!("Conditional")));
    assert_eq!(change["Details"][0]["Target"]["AfterValue"], "{{changeSet:KNOWN_AFTER_APPLY}}");
    local.us("ExecuteChangeSet", &[("StackName", "site"), ("ChangeSetName", "c")]).unwrap();
    assert_eq!((local.status("site").as_str(), local.there("site")), ("UPDATE_COMPLETE", before));
}

/// localstack/localstack, tests/aws/services/cloudformation: `test_change_sets` (`test_direct_update`, `test_dynamic_update`,
/// `test_parameter_changes`, `test_mappings_with_static_fields`, `test_conditions`), recorded from AWS with property values and without.
#[test]
fn causes_are_told_as_aws_tells_them() {
    let name = |name: serde_json::Value| {
        json!({
            "Parameters": { "Name": { "Type": "String", "Default": "one" }, "Stage": { "Type": "String", "Default": "test" } },
            "Mappings": { "Names": { "All": { "first": "one", "second": "two" } } },
            "Conditions": { "IsLive": { "Fn::Equals": [{ "Ref": "Stage" }, "live"] } },
            "Resources": {
                "Topic": { "Type": "AWS::SNS::Topic", "Properties": { "TopicName": name } },
                "Follows": { "Type": "AWS::SSM::Parameter", "Properties": { "Type": "String", "Value": { "Fn::GetAtt": ["Topic", "TopicName"] } } },
                "Live": { "Type": "AWS::SNS::Topic", "Condition": "IsLive" },
            },
        })
        .to_string()
    };
    let mapped = |key: &str| name(json!({ "Fn::FindInMap": ["Names", "All", key] }));
    let given = |key: &'static str, value: &'static str| {
        vec![("Parameters.member.1.ParameterKey", key), ("Parameters.member.1.ParameterValue", value)]
    };
    let mut told = String::new();
    for (what, before, after, parameters) in [
        ("a literal", name(json!("one")), name(json!("two")), vec![]),
        ("a parameter", name(json!({ "Ref": "Name" })), name(json!({ "Ref": "Name" })), given("Name", "two")),
        ("a mapping", mapped("first"), mapped("second"), vec![]),
        ("a condition", name(json!("one")), name(json!("one")), given("Stage", "live")),
    ] {
        let mut local = Local::new();
        local.us("CreateStack", &[("StackName", "site"), ("TemplateBody", &before)]).unwrap();
        let fields =
            [&[("StackName", "site"), ("ChangeSetName", "c"), ("TemplateBody", &after)], &parameters[..]].concat();
        local.us("CreateChangeSet", &fields).unwrap();
        for with_values in ["true", "false"] {
            told += &format!("{what}, with values: {with_values}\n");
            let fields = [("StackName", "site"), ("ChangeSetName", "c"), ("IncludePropertyValues", with_values)];
            let set = local.us("DescribeChangeSet", &fields).unwrap();
            for change in set["Changes"].as_array().unwrap() {
                let change = &change["ResourceChange"];
                let fields =
                    ["Action", "LogicalResourceId", "Replacement", "PolicyAction", "BeforeContext", "AfterContext"];
                let shown = fields.map(|field| change[field].as_str().unwrap_or("-"));
                told += &format!("  {}\n", shown.join(" "));
                for detail in change["Details"].as_array().unwrap() {
                    let text = |field: &str| detail[field].as_str().unwrap_or("-");
                    let target = &detail["Target"];
                    told += &format!(
                        "    {} {} {}: {}\n",
                        text("ChangeSource"),
                        text("Evaluation"),
                        text("CausingEntity"),
                        target["Path"].as_str().or(target["Name"].as_str()).unwrap()
                    );
                }
            }
        }
    }
    insta::assert_snapshot!(told);
}

/// Users of a nested stack's output, or of a property that is an attribute, change with it. API Reference, `ResourceChangeDetail`,
/// `ChangeSource`: `ResourceAttribute`.
#[test]
fn what_follows_a_resource_that_is_updated_in_place_is_told() {
    let mut local = Local::new();
    let inside = json!({
        "Parameters": { "P": { "Type": "String" } },
        "Resources": { "T": topic(json!({ "Ref": "P" })) },
        "Outputs": { "O": { "Value": { "Ref": "P" } } },
    });
    local.put("child", &inside.to_string());
    let body = |value: &str| {
        let nested = json!({ "TemplateURL": "http://any.host/t/child", "Parameters": { "P": value } });
        let named =
            json!({ "Type": "AWS::SNS::Topic", "Properties": { "TopicName": { "Fn::GetAtt": ["N", "Outputs.O"] } } });
        template(json!({
            "N": { "Type": "AWS::CloudFormation::Stack", "Properties": nested },
            "Named": named,
            "P": { "Type": "AWS::SSM::Parameter", "Properties": { "Type": "String", "Value": value } },
            "T": topic(json!({ "Fn::GetAtt": ["P", "Value"] })),
            "Type": topic(json!({ "Fn::GetAtt": ["P", "Type"] })),
            "Ref": topic(json!({ "Fn::Sub": "${P} ${N}" })),
        }))
    };
    local.create("site", &body("1")).unwrap();
    let next = body("2").to_string();
    let told = local.changes("site", "UPDATE", &[("TemplateBody", &next)]);
    let line = |change: &Json| {
        let change = &change["ResourceChange"];
        let detail = &change["Details"][0];
        format!(
            "{} {} {} {} {}",
            change["LogicalResourceId"],
            change["Replacement"],
            detail["ChangeSource"],
            detail["CausingEntity"],
            detail["Target"]["AfterValue"]
        )
    };
    let lines: Vec<String> = told["Changes"].as_array().unwrap().iter().map(line).collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    "N" "False" "DirectModification" null "2"
    "Named" "Conditional" "ResourceAttribute" "N.Outputs.O" "{{changeSet:KNOWN_AFTER_APPLY}}"
    "P" "False" "DirectModification" null "2"
    "T" "False" "ResourceAttribute" "P.Value" "2"
    "#);
    let before = local.there("site");
    local.us("ExecuteChangeSet", &[("StackName", "site"), ("ChangeSetName", "c")]).unwrap();
    assert_eq!(local.status("site"), "UPDATE_COMPLETE");
    assert_ne!(local.there("site"), before);
    let again = local.changes("site", "UPDATE", &[("TemplateBody", &next), ("IncludeNestedStacks", "true")]);
    assert_eq!(again["Status"], "FAILED", "{again}");
}

/// An output that changes without any resource is something to do; aws-cdk issue 38829 for outputs of other stacks.
#[test]
fn outputs_that_are_known_later_are_a_change() {
    let mut local = Local::new();
    let producer = json!({ "Resources": { "A": topic(json!("a")) }, "Outputs": { "X": { "Value": "v" } } });
    local.create("producer", &producer).unwrap();
    let body = |output: Json| json!({ "Resources": { "A": topic(json!("a")) }, "Outputs": { "O": output } });
    local.create("site", &body(json!({ "Value": "v" }))).unwrap();
    let from = json!({ "Fn::GetStackOutput": { "StackName": "producer", "OutputName": "X" } });
    for output in [
        json!({ "Value": from }),
        json!({ "Value": from, "Export": { "Name": "e" } }),
        json!({ "Value": from, "Description": "d", "Export": { "Name": "e" } }),
    ] {
        let text = body(output).to_string();
        let told = local.changes("site", "UPDATE", &[("TemplateBody", &text)]);
        assert_eq!((&told["Status"], &told["Changes"]), (&json!("CREATE_COMPLETE"), &json!([])));
        local.us("ExecuteChangeSet", &[("StackName", "site"), ("ChangeSetName", "c")]).unwrap();
        assert_eq!(local.status("site"), "UPDATE_COMPLETE");
    }
}

/// A replaced resource becomes what the preview says. Template Reference, "UpdateReplacePolicy attribute".
#[test]
fn the_policy_of_the_new_template_is_that_of_what_it_replaces() {
    let mut local = Local::new();
    let body = |name: &str, policy: Option<&str>| {
        let mut topic = json!({ "Type": "AWS::SNS::Topic", "Properties": { "TopicName": name } });
        if let Some(policy) = policy {
            topic["UpdateReplacePolicy"] = json!(policy);
        }
        template(json!({ "T": topic })).to_string()
    };
    local.us("CreateStack", &[("StackName", "site"), ("TemplateBody", &body("a", None))]).unwrap();
    for (name, policy, told, deletions) in
        [("b", Some("Retain"), "ReplaceAndRetain", 0), ("c", None, "ReplaceAndDelete", 1)]
    {
        let changes = local.changes("site", "UPDATE", &[("TemplateBody", &body(name, policy))]);
        assert_eq!(changes["Changes"][0]["ResourceChange"]["PolicyAction"], told);
        local.us("ExecuteChangeSet", &[("StackName", "site"), ("ChangeSetName", "c")]).unwrap();
        assert_eq!(local.events("site").matches("T DELETE_COMPLETE").count(), deletions, "{}", local.events("site"));
    }
}

/// API Reference, `CreateStack`, `Tags`; cloudtools/stacker issue 605: other tags of the stack are other tags of its resources.
#[test]
fn tags_of_the_stack_are_those_of_its_resources() {
    let mut local = Local::new();
    let body = template(json!({
        "T": topic(json!("t")),
        "R": { "Type": "AWS::Route53::RecordSet", "Properties": { "Name": "a.b.", "Type": "A", "HostedZoneId": "Z1", "TTL": "60", "ResourceRecords": ["192.0.2.1"] } },
    }))
    .to_string();
    let tagged = |value: &'static str| {
        [("TemplateBody", body.as_str()), ("Tags.member.1.Key", "env"), ("Tags.member.1.Value", value)]
    };
    local.us("CreateStack", &[&tagged("a")[..], &[("StackName", "site")]].concat()).unwrap();
    let told = local.changes("site", "UPDATE", &tagged("b"));
    let changes = told["Changes"].as_array().unwrap();
    assert_eq!(changes.len(), 1, "{told}");
    let change = &changes[0]["ResourceChange"];
    let what = (&change["LogicalResourceId"], &change["Replacement"], &change["Scope"]);
    assert_eq!(what, (&json!("T"), &json!("False"), &json!(["Tags"])));
    local.us("ExecuteChangeSet", &[("StackName", "site"), ("ChangeSetName", "c")]).unwrap();
    let events = local.events("site");
    assert!(events.contains("T UPDATE_COMPLETE") && !events.contains("R UPDATE"), "{events}");
    let stack = local.us("DescribeStacks", &[("StackName", "site")]).unwrap();
    assert_eq!(stack["Stacks"][0]["Tags"][0]["Value"], "b");
    let error = local.us("UpdateStack", &[&tagged("b")[..], &[("StackName", "site")]].concat()).unwrap_err();
    assert_eq!(error, "ValidationError: No updates are to be performed.");
}

/// The rollback tags them again.
#[test]
fn tags_of_the_stack_go_back_with_it() {
    let faults = json!({ "seed": 1, "resources": [{ "logicalId": "B", "at": "update", "reason": "no" }] });
    let mut local = Local::with_faults(faults);
    let mut after = topic(json!("b"));
    after["DependsOn"] = json!("A");
    let body = template(json!({ "A": topic(json!("a")), "B": after })).to_string();
    let call = |local: &mut Local, action: &str, value: &str| {
        let tag = [("Tags.member.1.Key", "env"), ("Tags.member.1.Value", value)];
        local.us(action, &[&[("StackName", "site"), ("TemplateBody", body.as_str())][..], &tag].concat()).unwrap();
    };
    call(&mut local, "CreateStack", "a");
    call(&mut local, "UpdateStack", "b");
    assert_eq!(local.status("site"), "UPDATE_ROLLBACK_COMPLETE");
    let events = local.events("site");
    assert_eq!(events.matches("A UPDATE_COMPLETE").count(), 2, "{events}");
    assert_eq!(local.world.stacks.values().next().unwrap().content.tags, [("env".to_owned(), "a".to_owned())]);
}
