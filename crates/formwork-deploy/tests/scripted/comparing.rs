//! Comparing: what `diff` asks CloudFormation, and that it leaves nothing behind.

use formwork_assembly::{Assembly, StackId};
use formwork_deploy::{Answer, DiffOptions, Error, Operation, Plan, Source};
use formwork_diff::{Registry, RenderOptions, Totals, render};
use insta::assert_snapshot;

use crate::answers::*;
use crate::server::Server;
use crate::{Listener, ONE_TOPIC, block_on, service, site, site_and_front};

const NAMED: &str = r#"{"Resources":{"Topic":{"Type":"AWS::SNS::Topic","Properties":{"DisplayName":"news"}}}}"#;
const WITH_OUTPUT: &str = r#"{"Resources":{"Topic":{"Type":"AWS::SNS::Topic"}},"Outputs":{"Name":{"Value":"x"}}}"#;
const FRONT: &str = r#"{"Parameters":{"SiteName":{"Type":"String"}},"Resources":{"Copy":{"Type":"AWS::SNS::Topic",
    "Properties":{"DisplayName":{"Ref":"SiteName"}}}}}"#;

fn diff(server: &Server, assembly: &Assembly, ids: &[&str], template_only: bool) -> Result<Plan, Error> {
    let ids: Vec<StackId> = match ids {
        [] => assembly.stacks.iter().map(|stack| stack.id.clone()).collect(),
        some => some.iter().filter_map(|id| StackId::read(id)).collect(),
    };
    let told = DiffOptions {
        regions: Default::default(),
        template_only,
        parameters: Vec::new(),
        registry: Registry::new(),
        shipping: None,
    };
    let listener = Listener::new(Answer::NobodyThere);
    let plan = block_on(async {
        let service = service(server).await;
        formwork_deploy::diff(&service, assembly, &ids, &told, &listener, std::future::pending()).await
    });
    assert!(!listener.told().contains("asked"), "{}", listener.told());
    plan.map(|plan| plan.expect("nothing interrupts it"))
}

fn shown(plan: &Plan) -> String {
    let stack = |stack: &formwork_deploy::StackPlan| {
        format!("{}: {:?}\n{}", stack.id.name, stack.operation, render(&stack.diff, &RenderOptions::default()))
    };
    plan.stacks.iter().map(stack).collect()
}

#[test]
fn a_stack_that_does_not_exist_needs_no_change_set() {
    let server = Server::start(vec![absent()]);
    let plan = diff(&server, &site(ONE_TOPIC), &[], false).unwrap();
    assert_eq!(plan.stacks[0].operation, Some(Operation::Create));
    assert_eq!(plan.totals().create, 1);
    assert_eq!(server.finish().len(), 1);
}

#[test]
fn an_existing_stack_gets_a_change_set_that_is_deleted_again() {
    let server = Server::start(vec![
        stack("CREATE_COMPLETE", ""),
        template(ONE_TOPIC),
        creating().with("ChangeSetType", "UPDATE"),
        change_set(&change("Modify", "Topic", "<Replacement>Conditional</Replacement>")),
        change_set(&change("Modify", "Topic", "<Replacement>Conditional</Replacement>")),
        change_set_deleted(),
    ]);
    let plan = diff(&server, &site(NAMED), &[], false).unwrap();
    assert_eq!(plan.stacks[0].source, Source::ChangeSet);
    server.finish();
    assert_snapshot!(shown(&plan), @"
site: Some(Update)
Resources
  [?] may replace  Topic  AWS::SNS::Topic
      DisplayName  + news
");
}

#[test]
fn a_change_set_without_changes_is_deleted_too() {
    let server = Server::start(vec![
        stack("UPDATE_ROLLBACK_COMPLETE", ""),
        template(ONE_TOPIC),
        creating(),
        failed("No updates are to be performed."),
        change_set_deleted(),
    ]);
    let plan = diff(&server, &site(ONE_TOPIC), &[], false).unwrap();
    assert!(plan.is_empty());
    server.finish();
}

#[test]
fn templates_alone_are_compared_without_a_change_set() {
    let server = Server::start(vec![stack("CREATE_COMPLETE", ""), template(ONE_TOPIC)]);
    let plan = diff(&server, &site(NAMED), &[], true).unwrap();
    server.finish();
    assert_snapshot!(shown(&plan), @"
site: Some(Update)
Resources
  [~] update  Topic  AWS::SNS::Topic
      DisplayName  + news
");
    let server = Server::start(vec![stack("CREATE_COMPLETE", ""), template(ONE_TOPIC)]);
    assert!(diff(&server, &site(ONE_TOPIC), &[], true).unwrap().is_empty());
    server.finish();
}

#[test]
fn a_consumer_is_compared_before_its_producer_is_there() {
    // Together with the producer, and alone.
    for ids in [&["site@us-east-1", "front@us-east-1"][..], &["front@us-east-1"][..]] {
        let server = Server::start(vec![absent().with("StackName", "site"), absent().with("StackName", "front")]);
        let plan = diff(&server, &site_and_front(WITH_OUTPUT, FRONT), ids, false).unwrap();
        let front = plan.stacks.last().unwrap();
        assert_eq!(front.source, Source::Template { after: vec!["site".to_owned()] });
        assert!(shown(&plan).contains("[+] SiteName  known after site"), "{}", shown(&plan));
        server.finish();
    }
}

#[test]
fn a_stack_that_was_deployed_from_yaml_is_compared_like_any_other() {
    let yaml = "# By hand.\nParameters:\n  Env: {Type: String, Default: a}\nResources:\n  Topic:\n    Type: AWS::SNS::Topic\n    \
                Properties:\n      DisplayName: !Sub '${Env}-news'\n";
    let json = |name: &str| {
        format!(
            r#"{{"Parameters":{{"Env":{{"Type":"String","Default":"a"}}}},"Resources":{{"Topic":{{"Type":"AWS::SNS::Topic",
            "Properties":{{"DisplayName":{{"Fn::Sub":"${{Env}}-{name}"}}}}}}}}}}"#
        )
    };
    for (name, expected) in [("news", 0), ("olds", 1)] {
        let server = Server::start(vec![stack("CREATE_COMPLETE", ""), template(yaml)]);
        let plan = diff(&server, &site(&json(name)), &[], true).unwrap();
        server.finish();
        assert_eq!(plan.totals().update, expected, "{name}");
    }
}

/// Two topics, the second with these attributes, below these sections.
fn two_topics(sections: &str, attributes: &str) -> String {
    format!(
        r#"{{{sections}"Conditions":{{"Yes":{{"Fn::Equals":["a","a"]}}}},"Resources":{{"Topic":{{"Type":"AWS::SNS::Topic"}},
        "Other":{{"Type":"AWS::SNS::Topic"{attributes}}}}}}}"#
    )
}

#[test]
fn what_is_not_a_change_to_cloudformation_is_none_and_needs_no_change_set() {
    let before = two_topics("", "");
    for (sections, attributes) in [
        ("", r#","DependsOn":"Topic""#),
        ("", r#","Condition":"Yes""#),
        (r#""Description":"news","#, ""),
        (r#""Metadata":{"By":"us"},"#, ""),
    ] {
        let after = two_topics(sections, attributes);
        for template_only in [true, false] {
            let server = Server::start(vec![stack("CREATE_COMPLETE", ""), template(&before)]);
            let plan = diff(&server, &site(&after), &[], template_only).unwrap();
            server.finish();
            assert!(plan.is_empty(), "{sections}{attributes} {template_only}");
            assert_eq!(plan.totals(), Totals::default());
            assert!(
                shown(&plan).contains("reaches the stack") || shown(&plan).contains("reach the stack"),
                "{}",
                shown(&plan)
            );
        }
    }
    for attribute in ["UpdatePolicy", "CreationPolicy"] {
        let after = two_topics("", &format!(r#","{attribute}":{{"X":1}}"#));
        let server = Server::start(vec![stack("CREATE_COMPLETE", ""), template(&before)]);
        let plan = diff(&server, &site(&after), &[], true).unwrap();
        server.finish();
        assert_eq!((plan.is_empty(), plan.totals().update), (false, 1), "{attribute}");
    }
    for attribute in ["DeletionPolicy", "UpdateReplacePolicy"] {
        let after = two_topics("", &format!(r#","{attribute}":"Retain""#));
        let server = Server::start(vec![stack("CREATE_COMPLETE", ""), template(&before)]);
        let plan = diff(&server, &site(&after), &[], true).unwrap();
        server.finish();
        assert_eq!((plan.is_empty(), plan.totals().update), (false, 1), "{attribute}");
    }
}

/// The region, the stack's name and id and the account are known before anything is deployed.
#[test]
fn conditions_and_mappings_by_region_account_and_stack_are_worked_out() {
    let name = |value: &str| {
        format!(
            r#"{{"Mappings":{{"Names":{{"us-east-1":{{"Name":"north"}}}}}},
            "Conditions":{{"Here":{{"Fn::Equals":[{{"Ref":"AWS::Region"}},"us-east-1"]}},
            "Ours":{{"Fn::Equals":[{{"Ref":"AWS::AccountId"}},"000000000000"]}},"Site":{{"Fn::Equals":[{{"Ref":"AWS::StackName"}},"site"]}}}},
            "Resources":{{"Topic":{{"Type":"AWS::SNS::Topic","Properties":{{"DisplayName":{value}}}}}}}}}"#
        )
    };
    let before = name(r#""north""#);
    for after in [
        r#"{"Fn::FindInMap":["Names",{"Ref":"AWS::Region"},"Name"]}"#,
        r#"{"Fn::If":["Here","north","south"]}"#,
        r#"{"Fn::If":["Ours","north","south"]}"#,
        r#"{"Fn::If":["Site","north","south"]}"#,
    ] {
        let server = Server::start(vec![stack("CREATE_COMPLETE", ""), template(&before)]);
        let plan = diff(&server, &site(&name(after)), &[], true).unwrap();
        server.finish();
        assert!(plan.is_empty(), "{after}: {}", shown(&plan));
    }
}

const GREETING: &str = r#"{"Resources":{"Topic":{"Type":"AWS::SNS::Topic","Properties":{"DisplayName":"Grüße"}}}}"#;

/// `GetTemplate` answers so, whatever the letters are.
fn mangled() -> Vec<crate::server::Step> {
    vec![stack("CREATE_COMPLETE", ""), template(&GREETING.replace("Grüße", "Gr??e"))]
}

#[test]
fn letters_that_cannot_be_compared_are_the_change_sets_to_judge() {
    let mut steps = mangled();
    steps.extend([creating(), failed("No updates are to be performed."), change_set_deleted()]);
    let server = Server::start(steps);
    let plan = diff(&server, &site(GREETING), &[], false).unwrap();
    server.finish();
    assert!(plan.is_empty());

    let detail = "<Scope><member>Properties</member></Scope><Details><member><Target><Attribute>Properties</Attribute>\
        <Name>DisplayName</Name><RequiresRecreation>Never</RequiresRecreation><Path>/Properties/DisplayName</Path>\
        <BeforeValue>Größe</BeforeValue><AfterValue>Grüße</AfterValue></Target><Evaluation>Static</Evaluation>\
        <ChangeSource>DirectModification</ChangeSource></member></Details>";
    let mut steps = mangled();
    let changed = || change_set(&change("Modify", "Topic", &format!("<Replacement>False</Replacement>{detail}")));
    steps.extend([creating(), changed(), changed(), change_set_deleted()]);
    let server = Server::start(steps);
    let plan = diff(&server, &site(GREETING), &[], false).unwrap();
    server.finish();
    assert_snapshot!(shown(&plan), @"
site: Some(Update)
Resources
  [~] update  Topic  AWS::SNS::Topic
      DisplayName  Größe → Grüße  (ö is U+00F6, ü is U+00FC)
");
}

#[test]
fn letters_that_cannot_be_compared_are_named_where_no_change_set_is_made() {
    let server = Server::start(mangled());
    let listener = Listener::new(Answer::NobodyThere);
    let told = DiffOptions {
        regions: Default::default(),
        template_only: true,
        parameters: Vec::new(),
        registry: Registry::new(),
        shipping: None,
    };
    let assembly = site(GREETING);
    block_on(async {
        let service = service(&server).await;
        let ids = [StackId::new("site", "us-east-1")];
        formwork_deploy::diff(&service, &assembly, &ids, &told, &listener, std::future::pending()).await
    })
    .unwrap();
    server.finish();
    assert_snapshot!(listener.told(), @"site: warning: `Resources.Topic.Properties.DisplayName` cannot be compared: the deployed text is given with `?` for each letter beyond ASCII; only a change set can tell whether it changes");
}
