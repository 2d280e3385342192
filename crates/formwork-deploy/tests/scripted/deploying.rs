//! Deploying: what change sets, events and statuses do that one would not expect.

use formwork_assembly::StackId;
use formwork_deploy::{Answer, ByName, Consent, DeployOptions, Error, NamedResource, Operation, Outcome, WayOut};

use crate::answers::*;
use crate::server::{Server, Step, gateway, on, refuse};
use crate::{Listener, ONE_TOPIC, deploy, deploy_told, deploy_with, site, site_and_front, told};

const NO_CHANGES: &str =
    "The submitted information didn&#39;t contain changes. Submit different information to create a change set.";

/// The events of an operation that goes well.
fn all_well(status: &str) -> Step {
    events(&[event(20, "site", status, ""), event(11, "Topic", status, "")])
}

#[test]
fn a_stack_that_is_as_it_should_be_is_left_alone() {
    let server = Server::start(vec![
        stack("UPDATE_ROLLBACK_COMPLETE", ""),
        template(ONE_TOPIC),
        creating().with("ChangeSetType", "UPDATE"),
        failed(NO_CHANGES),
        change_set_deleted(),
    ]);
    let listener = Listener::new(Answer::No);
    let report = deploy(&server, &site(ONE_TOPIC), Consent::Ask, &listener).unwrap();
    assert_eq!(report.stacks[0].outcome, Outcome::Unchanged);
    assert_eq!(server.finish().len(), 5);
    assert!(!listener.told().contains("asked"), "{}", listener.told());
}

#[test]
fn a_change_of_outputs_alone_has_an_empty_list_and_is_executed() {
    let server = Server::start(vec![
        stack("CREATE_COMPLETE", ""),
        template(ONE_TOPIC),
        creating(),
        change_set(""),
        change_set("").with("IncludePropertyValues", "true"),
        stack("CREATE_COMPLETE", ""),
        waiting(),
        executed(),
        events(&[event(20, "site", "UPDATE_COMPLETE", "")]),
        stack(
            "UPDATE_COMPLETE",
            "<Outputs><member><OutputKey>Name</OutputKey><OutputValue>x</OutputValue></member></Outputs>",
        ),
    ]);
    let after = r#"{"Resources":{"Topic":{"Type":"AWS::SNS::Topic"}},"Outputs":{"Name":{"Value":"x"}}}"#;
    let listener = Listener::new(Answer::Yes);
    let report = deploy(&server, &site(after), Consent::Ask, &listener).unwrap();
    assert_eq!(report.stacks[0].outcome, Outcome::Done(Operation::Update));
    assert_eq!(report.stacks[0].outputs[0].value, "x");
    assert!(listener.told().contains("asked"), "{}", listener.told());
    server.finish();
}

#[test]
fn what_a_failed_creation_left_is_deleted_first() {
    let server = Server::start(vec![
        stack("ROLLBACK_COMPLETE", ""),
        template(r#"{"Resources":{"Topic":{"Type":"AWS::SNS::Topic"},"Gone":{"Type":"AWS::SNS::Topic"}}}"#),
        resources(&[("Topic", "DELETE_FAILED"), ("Gone", "DELETE_COMPLETE")]),
        stack("ROLLBACK_COMPLETE", ""),
        on("DeleteStack", "").with("StackName", STACK_ID),
        events(&[event(7, "site", "DELETE_COMPLETE", ""), event(5, "site", "ROLLBACK_COMPLETE", "")]),
        creating().with("ChangeSetType", "CREATE"),
        change_set(&change("Add", "Topic", "")),
        executed(),
        all_well("CREATE_COMPLETE"),
        stack("CREATE_COMPLETE", ""),
    ]);
    let listener = Listener::new(Answer::Yes);
    let report = deploy(&server, &site(ONE_TOPIC), Consent::Ask, &listener).unwrap();
    assert_eq!(report.stacks[0].outcome, Outcome::Done(Operation::Recreate));
    let left: Vec<&str> = report.plan.stacks[0].remains.resources.iter().map(|one| one.logical_id.as_str()).collect();
    assert_eq!((left, report.plan.totals().create, report.plan.totals().destroy), (vec!["Topic"], 1, 1));
    server.finish();
    insta::assert_snapshot!(listener.told(), @"
    plan: 1 to create, 0 to update, 0 to replace, 1 to destroy
    asked
    site: deleting
    site: site DELETE_COMPLETE
    site: DELETE_COMPLETE, done: true
    site: preparing
    site: recreating
    site: Topic CREATE_COMPLETE
    site: site CREATE_COMPLETE
    site: CREATE_COMPLETE, done: true
    ");
}

/// The remains of a failed creation are a stack that is deleted, and a protected stack is deleted after its question only.
#[test]
fn what_a_failed_creation_left_is_protected_as_any_other_stack() {
    const PROTECTED: &str = "<EnableTerminationProtection>true</EnableTerminationProtection>";
    let left = || stack("ROLLBACK_COMPLETE", PROTECTED);
    for consent in [Consent::Given, Consent::GivenUnlessBroadening, Consent::GivenForLosses] {
        let server = Server::start(vec![left()]);
        let error = deploy(&server, &site(ONE_TOPIC), consent, &Listener::new(Answer::Yes)).unwrap_err();
        server.finish();
        assert_eq!(error.to_string(), "`site` is protected from deletion");
        let hint = error.hint().unwrap();
        assert!(hint.contains("update-termination-protection") && !hint.contains("in the source"), "{hint}");
    }
    let server = Server::start(vec![
        left(),
        template(ONE_TOPIC),
        resources(&[("Topic", "DELETE_COMPLETE")]),
        left(),
        on("UpdateTerminationProtection", "").with("EnableTerminationProtection", "false"),
        on("DeleteStack", "").with("StackName", STACK_ID),
        events(&[event(7, "site", "DELETE_COMPLETE", ""), event(5, "site", "ROLLBACK_COMPLETE", "")]),
        creating().with("ChangeSetType", "CREATE"),
        change_set(&change("Add", "Topic", "")),
        executed(),
        all_well("CREATE_COMPLETE"),
        stack("CREATE_COMPLETE", ""),
    ]);
    let report = deploy(&server, &site(ONE_TOPIC), Consent::Ask, &Listener::new(Answer::Yes)).unwrap();
    server.finish();
    assert!(report.plan.stacks[0].is_protected);
    assert_eq!(report.stacks[0].outcome, Outcome::Done(Operation::Recreate));
}

/// Switching the protection off permits more than before.
#[test]
fn a_protection_that_is_switched_off_is_asked_about() {
    for (consent, is_asked) in [(Consent::GivenUnlessBroadening, true), (Consent::Given, false)] {
        let protected = "<EnableTerminationProtection>true</EnableTerminationProtection>";
        let server = Server::start(if is_asked {
            vec![stack("CREATE_COMPLETE", protected), template(ONE_TOPIC)]
        } else {
            let off = on("UpdateTerminationProtection", "").with("EnableTerminationProtection", "false");
            vec![stack("CREATE_COMPLETE", protected), template(ONE_TOPIC), off]
        });
        let report = deploy(&server, &site(ONE_TOPIC), consent, &Listener::new(Answer::No)).unwrap();
        server.finish();
        assert_eq!(report.stacks[0].outcome == Outcome::Declined, is_asked, "{consent:?}");
    }
}

/// Nobody can tell that the deployed value was the old default.
#[test]
fn a_new_default_of_a_secret_is_not_used_and_that_is_said() {
    let with = |default: &str| {
        format!(
            r#"{{"Parameters":{{"Key":{{"Type":"String","NoEcho":true,"Default":"{default}"}}}},"Resources":{{"Topic":{{"Type":"AWS::SNS::Topic","Properties":{{"DisplayName":{{"Ref":"Key"}}}}}}}}}}"#
        )
    };
    let masked = "<Parameters><member><ParameterKey>Key</ParameterKey><ParameterValue>****</ParameterValue></member></Parameters>";
    let server = Server::start(vec![
        stack("CREATE_COMPLETE", masked),
        template(&with("one")),
        creating().with("Parameters.member.1.UsePreviousValue", "true"),
        failed(NO_CHANGES),
        change_set_deleted(),
    ]);
    let listener = Listener::new(Answer::No);
    let report = deploy(&server, &site(&with("two")), Consent::Ask, &listener).unwrap();
    server.finish();
    assert_eq!(report.stacks[0].outcome, Outcome::Unchanged);
    insta::assert_snapshot!(listener.told(), @"
    site: preparing
    site: warning: the default of `Key` changes, and its deployed value stays; another one is given by `--parameter site:Key`
    plan: 0 to create, 0 to update, 0 to replace, 0 to destroy
    ");
}

/// The mask is another text than the value that is given, which may be the deployed one; the template is the same.
#[test]
fn a_secret_that_is_given_again_is_no_other_template() {
    let before = r#"{"Parameters":{"Key":{"Type":"String","NoEcho":true}},"Resources":{"Topic":{"Type":"AWS::SNS::Topic","Properties":{"DisplayName":{"Ref":"Key"}}}}}"#;
    let masked = "<Parameters><member><ParameterKey>Key</ParameterKey><ParameterValue>****</ParameterValue></member></Parameters>";
    let other = before.replace(r#""AWS::SNS::Topic","#, r#""AWS::SNS::Topic","Metadata":{"a":"b"},"#);
    for (wanted, is_warned) in [(before, false), (other.as_str(), true)] {
        let server = Server::start(vec![
            stack("CREATE_COMPLETE", masked),
            template(before),
            creating(),
            failed(NO_CHANGES),
            change_set_deleted(),
        ]);
        let (ids, given) = ([StackId::new("site", "us-east-1")], [("site", "Key", "hidden")]);
        let listener = Listener::new(Answer::No);
        let report = deploy_with(&server, &site(wanted), &ids, Consent::Ask, &given, &listener).unwrap();
        server.finish();
        assert_eq!(report.stacks[0].outcome, Outcome::Unchanged);
        let warning = "its templates differ, but CloudFormation finds nothing to change";
        assert_eq!(listener.told().contains(warning), is_warned, "{wanted}: {}", listener.told());
    }
}

/// The words of early validation against a change set.
const EARLY: &str = "Early validation failed: AWS::EarlyValidation::PropertyValidation";

#[test]
fn early_validation_tells_its_reasons_through_events() {
    let finding = |path: &str, reason: &str| {
        format!(
            "<member><EventId>{path}</EventId><EventType>VALIDATION_ERROR</EventType>\
             <ValidationName>PROPERTY_VALIDATION</ValidationName><ValidationStatus>FAILED</ValidationStatus>\
             <ValidationStatusReason>{reason}</ValidationStatusReason><ValidationPath>{path}</ValidationPath></member>"
        )
    };
    let server = Server::start(vec![
        stack("CREATE_COMPLETE", ""),
        template(r#"{"Resources":{}}"#),
        creating(),
        failed(EARLY),
        on(
            "DescribeEvents",
            &format!(
                "<OperationEvents>{}</OperationEvents><NextToken>2</NextToken>",
                finding("/Resources/Topic/Properties/DisplayNam", "Unsupported property [DisplayNam]")
            ),
        )
        .with("Filters.FailedEvents", "true"),
        on(
            "DescribeEvents",
            &format!(
                "<OperationEvents>{}</OperationEvents>",
                finding("/Resources/Topic/Properties/FifoTopic", "expected type: Boolean")
            ),
        )
        .with("NextToken", "2"),
        change_set_deleted(),
    ]);
    let error = deploy(&server, &site(ONE_TOPIC), Consent::Ask, &Listener::new(Answer::Yes)).unwrap_err();
    server.finish();
    let Error::ChangeSet { findings, .. } = error else { panic!("{error}") };
    insta::assert_snapshot!(findings.join("\n"), @"
    /Resources/Topic/Properties/DisplayNam: Unsupported property [DisplayNam] (PROPERTY_VALIDATION)
    /Resources/Topic/Properties/FifoTopic: expected type: Boolean (PROPERTY_VALIDATION)
    ");
}

#[test]
fn not_being_allowed_to_read_those_reasons_is_a_warning() {
    let server = Server::start(vec![
        stack("CREATE_COMPLETE", ""),
        template(r#"{"Resources":{}}"#),
        creating(),
        failed(EARLY),
        refuse("DescribeEvents", 403, "AccessDenied", "not authorized"),
        change_set_deleted(),
    ]);
    let listener = Listener::new(Answer::Yes);
    let error = deploy(&server, &site(ONE_TOPIC), Consent::Ask, &listener).unwrap_err();
    server.finish();
    assert_eq!(error.to_string(), format!("CloudFormation refused the change set of `site`: {EARLY}"));
    insta::assert_snapshot!(listener.told(), @"
    site: preparing
    site: warning: the reasons of early validation are not shown: `cloudformation:DescribeEvents` is not allowed
    ");
}

#[test]
fn what_one_description_of_a_change_set_drops_is_taken_from_the_other() {
    let replaced = change("Modify", "Topic", "<Replacement>True</Replacement>");
    let server = Server::start(vec![
        stack("CREATE_COMPLETE", ""),
        template(
            r#"{"Resources":{"Topic":{"Type":"AWS::SNS::Topic","Properties":{"TopicName":{"Ref":"AWS::StackName"}}}}}"#,
        ),
        creating(),
        // Two pages without property values, and nothing at all with them.
        page(&change("Add", "Second", ""), "<NextToken>2</NextToken>"),
        change_set(&replaced).with("NextToken", "2"),
        change_set("").with("IncludePropertyValues", "true"),
        change_set_deleted(),
    ]);
    let after = r#"{"Resources":{"Topic":{"Type":"AWS::SNS::Topic","Properties":{"TopicName":{"Ref":"AWS::Region"}}},
        "Second":{"Type":"AWS::SNS::Topic"}}}"#;
    let listener = Listener::new(Answer::No);
    let report = deploy(&server, &site(after), Consent::Ask, &listener).unwrap();
    server.finish();
    assert_eq!(report.plan.totals().to_string(), "1 to create, 0 to update, 1 to replace, 0 to destroy");
}

#[test]
fn stale_answers_late_events_and_pages() {
    let server = Server::start(vec![
        absent(),
        creating(),
        // The change set is there, this reader does not see it yet; then it is being made.
        refuse("DescribeChangeSet", 404, "ChangeSetNotFound", "ChangeSet does not exist"),
        on("DescribeChangeSet", "<Status>CREATE_IN_PROGRESS</Status>"),
        change_set(&change("Add", "Topic", "")),
        // Nor does another reader see the stack of the change set at once.
        absent(),
        stack("REVIEW_IN_PROGRESS", ""),
        waiting(),
        executed(),
        // At first only what is older than the operation; then two pages; then one event that comes late.
        events(&[event(10, "site", "REVIEW_IN_PROGRESS", ""), event(9, "site", "DELETE_COMPLETE", "")]),
        on(
            "DescribeStackEvents",
            &format!(
                "<StackEvents>{}</StackEvents><NextToken>2</NextToken>",
                event(13, "Topic", "CREATE_IN_PROGRESS", "")
            ),
        ),
        events(&[
            event(12, "site", "CREATE_IN_PROGRESS", ""),
            event(10, "site", "REVIEW_IN_PROGRESS", ""),
            event(9, "site", "DELETE_COMPLETE", ""),
        ])
        .with("NextToken", "2"),
        events(&[
            event(20, "site", "CREATE_COMPLETE", ""),
            event(13, "Topic", "CREATE_IN_PROGRESS", ""),
            event(13, "Topic", "CREATE_COMPLETE", ""),
            event(12, "site", "CREATE_IN_PROGRESS", ""),
        ]),
        stack("CREATE_IN_PROGRESS", ""),
        stack("CREATE_COMPLETE", ""),
    ]);
    let listener = Listener::new(Answer::Yes);
    let report = deploy(&server, &site(ONE_TOPIC), Consent::Ask, &listener).unwrap();
    server.finish();
    assert_eq!(report.stacks[0].outcome, Outcome::Done(Operation::Create));
    insta::assert_snapshot!(listener.told(), @"
    site: preparing
    plan: 1 to create, 0 to update, 0 to replace, 0 to destroy
    asked
    site: creating
    site: site CREATE_IN_PROGRESS
    site: Topic CREATE_IN_PROGRESS
    site: Topic CREATE_COMPLETE
    site: site CREATE_COMPLETE
    site: CREATE_COMPLETE, done: true
    ");
}

#[test]
fn a_failure_names_what_failed_first_and_stops_those_who_wait() {
    let server = Server::start(vec![
        absent().with("StackName", "site"),
        absent().with("StackName", "front"),
        creating(),
        change_set(&change("Add", "Topic", "")),
        executed(),
        events(&[
            event(20, "site", "ROLLBACK_COMPLETE", ""),
            event(14, "site", "ROLLBACK_IN_PROGRESS", "The following resource(s) failed to create: [A, Topic]."),
            event(13, "Topic", "CREATE_FAILED", "the name is taken"),
            event(12, "A", "CREATE_FAILED", "Resource creation cancelled"),
        ]),
        stack("ROLLBACK_COMPLETE", ""),
    ]);
    let site_template =
        r#"{"Resources":{"Topic":{"Type":"AWS::SNS::Topic"}},"Outputs":{"Name":{"Value":{"Ref":"Topic"}}}}"#;
    let assembly = site_and_front(site_template, FRONT);
    let report = deploy(&server, &assembly, Consent::Given, &Listener::new(Answer::No)).unwrap();
    server.finish();
    let Outcome::Failed(failure) = &report.stacks[0].outcome else { panic!("{:?}", report.stacks[0]) };
    let cause = failure.cause.as_ref().unwrap();
    assert_eq!((cause.logical_id.as_str(), cause.reason.as_deref()), ("Topic", Some("the name is taken")));
    assert_eq!(failure.status.to_string(), "ROLLBACK_COMPLETE");
    let because = vec!["site".to_owned()];
    assert_eq!(report.stacks[1].outcome, Outcome::NotStarted { because });
}

const FRONT_ID: &str = "arn:aws:cloudformation:us-east-1:000000000000:stack/front/1";

const FRONT: &str = r#"{"Parameters":{"SiteName":{"Type":"String"}},
    "Resources":{"Queue":{"Type":"AWS::SQS::Queue","Properties":{"Tags":[{"Key":"site","Value":{"Ref":"SiteName"}}]}}}}"#;

/// `site` is changed, `front` waits for it; its change set then says that the queue is replaced.
fn exceeding(consent: Consent, allowed: &[&str], answer: Answer, more: Vec<Step>) -> (Outcome, String) {
    let name = "<Outputs><member><OutputKey>Name</OutputKey><OutputValue>x</OutputValue></member></Outputs>";
    let queue = "<member><Type>Resource</Type><ResourceChange><Action>Modify</Action><Replacement>True</Replacement>\
        <LogicalResourceId>Queue</LogicalResourceId><ResourceType>AWS::SQS::Queue</ResourceType></ResourceChange></member>";
    let before = r#"{"Resources":{"Topic":{"Type":"AWS::SNS::Topic","Properties":{"TopicName":"a"}}},"Outputs":{"Name":{"Value":{"Ref":"Topic"}}}}"#;
    let after = before.replace("\"a\"", "\"b\"");
    let site = || stack("CREATE_COMPLETE", name);
    let site_name = "<Parameters><member><ParameterKey>SiteName</ParameterKey><ParameterValue>x</ParameterValue></member></Parameters>";
    let front = || stack("CREATE_COMPLETE", site_name).replacing(STACK_ID, FRONT_ID);
    let mut steps = vec![
        site().with("StackName", "site"),
        front().with("StackName", "front"),
        template(before).with("StackName", STACK_ID),
        template(FRONT).with("StackName", FRONT_ID),
        creating().with("StackName", "site"),
        change_set(&change("Modify", "Topic", "<Replacement>True</Replacement>")),
        change_set(&change("Modify", "Topic", "<Replacement>True</Replacement>")),
        executed(),
        events(&[event(20, "site", "UPDATE_COMPLETE", "")]),
        stack("UPDATE_COMPLETE", &name.replace(">x<", ">y<")).with("StackName", STACK_ID),
        creating().with("StackName", "front").with("Parameters.member.1.ParameterValue", "y"),
        change_set(queue),
        change_set(queue),
    ];
    if consent == Consent::Ask {
        // After the first question both are looked at again, after the second the one that it was about.
        let front = || front().with("StackName", FRONT_ID);
        steps.push(waiting());
        steps.insert(7, waiting());
        steps.splice(2..2, [site().with("StackName", STACK_ID), front(), front()]);
    }
    steps.extend(more);
    let server = Server::start(steps);
    let listener = Listener::new(answer);
    let assembly = site_and_front(&after, FRONT);
    let ids: Vec<StackId> = assembly.stacks.iter().map(|stack| stack.id.clone()).collect();
    let allowed = allowed.iter().map(|id| NamedResource { stack: None, logical_id: (*id).to_owned() }).collect();
    let told = DeployOptions { by_name: ByName { allowed, ..ByName::default() }, ..told(consent) };
    let report = deploy_told(&server, &assembly, &ids, &told, &listener).unwrap();
    server.finish();
    (report.stacks[1].outcome.clone(), listener.told())
}

#[test]
fn more_than_was_approved_is_refused_when_nobody_is_to_be_asked() {
    let (outcome, told) = exceeding(Consent::Given, &["Topic"], Answer::NobodyThere, vec![change_set_deleted()]);
    let expected = "`Queue` (AWS::SQS::Queue): replace, approved was update".to_owned();
    assert_eq!(outcome, Outcome::Exceeds(vec![expected]));
    assert_eq!(told.matches("asked").count(), 1, "{told}");
}

#[test]
fn what_is_allowed_by_name_is_not_asked_about() {
    let (outcome, told) = exceeding(
        Consent::Given,
        &["Topic", "Queue"],
        Answer::No,
        vec![
            executed(),
            events(&[event(30, "site", "UPDATE_COMPLETE", "")]),
            stack("UPDATE_COMPLETE", "").with("StackName", STACK_ID),
        ],
    );
    assert_eq!(outcome, Outcome::Done(Operation::Update));
    assert!(!told.contains("asked"), "{told}");
}

#[test]
fn more_than_was_approved_is_asked_about_again() {
    let (outcome, told) = exceeding(
        Consent::Ask,
        &[],
        Answer::Yes,
        vec![
            executed(),
            events(&[event(30, "site", "UPDATE_COMPLETE", "")]),
            stack("UPDATE_COMPLETE", "").with("StackName", STACK_ID),
        ],
    );
    assert_eq!(outcome, Outcome::Done(Operation::Update));
    assert_eq!(told.matches("asked").count(), 2, "{told}");
}

/// aws-cli issue 6368, aws-cdk issue 30546: any other update of such a stack is refused.
#[test]
fn what_failed_and_was_kept_is_updated_without_rollback() {
    let server = Server::start(vec![
        stack("UPDATE_FAILED", ""),
        template(r#"{"Resources":{}}"#),
        creating().with("ChangeSetType", "UPDATE"),
        change_set(&change("Add", "Topic", "")),
        change_set(&change("Add", "Topic", "")),
        stack("UPDATE_FAILED", ""),
        waiting(),
        executed().with("DisableRollback", "true"),
        all_well("UPDATE_COMPLETE"),
        stack("UPDATE_COMPLETE", ""),
    ]);
    let listener = Listener::new(Answer::Yes);
    let report = deploy(&server, &site(ONE_TOPIC), Consent::Ask, &listener).unwrap();
    assert_eq!(report.stacks[0].outcome, Outcome::Done(Operation::Update));
    server.finish();
    let told = listener.told();
    let warning = "it is in UPDATE_FAILED: the last update failed and was not undone; a further update that fails will not be undone either";
    assert!(told.contains(warning), "{told}");
}

#[test]
fn a_rollback_that_stopped_half_way_is_explained() {
    let server = Server::start(vec![stack("UPDATE_ROLLBACK_FAILED", "")]);
    let error = deploy(&server, &site(ONE_TOPIC), Consent::Ask, &Listener::new(Answer::Yes)).unwrap_err();
    server.finish();
    let Error::Standing { status, .. } = &error else { panic!("{error}") };
    assert_eq!(error.to_string(), "`site` is UPDATE_ROLLBACK_FAILED: an update failed and could not be undone");
    assert_eq!(formwork_deploy::status::way_out(status), Some(WayOut::ContinueRollback));
}

#[test]
fn termination_protection_is_a_change_of_its_own() {
    let server = Server::start(vec![
        stack("CREATE_COMPLETE", ""),
        template(ONE_TOPIC),
        stack("CREATE_COMPLETE", ""),
        on("UpdateTerminationProtection", "").with("EnableTerminationProtection", "true"),
    ]);
    let mut assembly = site(ONE_TOPIC);
    assembly.stacks[0].termination_protection = true;
    let report = deploy(&server, &assembly, Consent::Ask, &Listener::new(Answer::Yes)).unwrap();
    server.finish();
    assert_eq!(report.stacks[0].outcome, Outcome::Done(Operation::Update));
}

/// Values for `stack` while `site` alone is deployed: what is said against them, before anything is asked of the service.
fn refused(stack: &str) -> String {
    let server = Server::start(Vec::new());
    let assembly = site_and_front(ONE_TOPIC, FRONT);
    let (ids, given) = ([StackId::new("site", "us-east-1")], [(stack, "Size", "1")]);
    let error = deploy_with(&server, &assembly, &ids, Consent::Ask, &given, &Listener::new(Answer::Yes)).unwrap_err();
    server.finish();
    assert_eq!(error.fault(), formwork_aws::Fault::Input);
    let hint = error.hint().map(|hint| format!("\nhint: {hint}"));
    error.to_string() + &hint.unwrap_or_default()
}

#[test]
fn a_value_for_a_stack_that_is_not_deployed_here_is_refused() {
    let told = ["sitte", "site@eu-west-1", "else", "front", "front@us-east-1"].map(refused).join("\n");
    insta::assert_snapshot!(told, @"
    a value is given for `Size` of `sitte`, and no stack has that name; the stacks are front, site
    hint: did you mean `site`?
    a value is given for `Size` of `site@eu-west-1`, and no stack has that name; the stacks are front@us-east-1, site@us-east-1
    hint: did you mean `site@us-east-1`?
    a value is given for `Size` of `else`, and no stack has that name; the stacks are front, site
    a value is given for `Size` of `front`, which is not one of the selected stacks: site
    hint: name `front` as well, or leave out its parameter
    a value is given for `Size` of `front@us-east-1`, which is not one of the selected stacks: site@us-east-1
    hint: name `front@us-east-1` as well, or leave out its parameter
    ");
}

#[test]
fn a_value_is_given_by_name_and_by_name_and_region() {
    for name in ["site", "site@us-east-1"] {
        let server = Server::start(vec![
            stack("CREATE_COMPLETE", ""),
            template(ONE_TOPIC),
            creating().with("Parameters.member.1.ParameterValue", "7"),
            failed(NO_CHANGES),
            change_set_deleted(),
        ]);
        let assembly =
            site(r#"{"Parameters":{"Size":{"Type":"Number"}},"Resources":{"Topic":{"Type":"AWS::SNS::Topic"}}}"#);
        let (ids, given) = ([StackId::new("site", "us-east-1")], [(name, "Size", "7")]);
        deploy_with(&server, &assembly, &ids, Consent::Ask, &given, &Listener::new(Answer::No)).unwrap();
        server.finish();
    }
}

#[test]
fn an_operation_is_followed_through_outages() {
    // The first of two pages is read, then the second one is not: it is asked for again.
    let page = || {
        let newest = event(20, "site", "CREATE_COMPLETE", "");
        on("DescribeStackEvents", &format!("<StackEvents>{newest}</StackEvents><NextToken>2</NextToken>"))
    };
    let server = Server::start(vec![
        absent(),
        creating(),
        change_set(&change("Add", "Topic", "")),
        executed(),
        events(&[event(12, "site", "CREATE_IN_PROGRESS", "")]),
        gateway("DescribeStackEvents"),
        refuse("DescribeStackEvents", 520, "InternalFailure", "We encountered an internal error"),
        page(),
        gateway("DescribeStackEvents").with("NextToken", "2"),
        events(&[event(13, "Topic", "CREATE_COMPLETE", ""), event(12, "site", "CREATE_IN_PROGRESS", "")])
            .with("NextToken", "2"),
        gateway("DescribeStacks").with("StackName", STACK_ID),
        stack("CREATE_COMPLETE", "").with("StackName", STACK_ID),
    ]);
    let listener = Listener::new(Answer::Yes);
    let report = deploy(&server, &site(ONE_TOPIC), Consent::Given, &listener).unwrap();
    server.finish();
    assert_eq!(report.stacks[0].outcome, Outcome::Done(Operation::Create));
    insta::assert_snapshot!(listener.told(), @"
    site: preparing
    plan: 1 to create, 0 to update, 0 to replace, 0 to destroy
    site: creating
    site: site CREATE_IN_PROGRESS
    site: Topic CREATE_COMPLETE
    site: site CREATE_COMPLETE
    site: CREATE_COMPLETE, done: true
    ");
}
