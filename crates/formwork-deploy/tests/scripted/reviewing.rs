//! A plan that is executed: a stack that waits does no more than its preview says, and nobody is asked.

use std::future::pending;

use formwork_assembly::StackId;
use formwork_deploy::{
    ByName, Consent, DeployOptions, Observer, Operation, Outcome, Pending, Preview, Progress, reviewing,
};
use formwork_diff::Registry;

use crate::answers::*;
use crate::asking::FRONT;
use crate::server::{Server, Step};
use crate::{block_on, service, site_and_front};

/// Whom nobody may ask.
struct Nobody;

impl Observer for Nobody {
    fn progress(&self, _: Progress) {}
    fn preview(&self, _: Preview<'_>) {}
    fn approve<'a>(&'a self, _: Preview<'a>) -> Pending<'a> {
        panic!("a plan is executed without a question")
    }
}

const FRONT_ID: &str = "arn:aws:cloudformation:us-east-1:000000000000:stack/front/1";
const BEFORE: &str = r#"{"Resources":{"Topic":{"Type":"AWS::SNS::Topic","Properties":{"TopicName":"a"}}},"Outputs":{"Name":{"Value":{"Ref":"Topic"}}}}"#;
const NAME: &str = "<Outputs><member><OutputKey>Name</OutputKey><OutputValue>x</OutputValue></member></Outputs>";

/// The deployed stacks, as every run looks at them.
fn looked_at() -> Vec<Step> {
    let site_name = "<Parameters><member><ParameterKey>SiteName</ParameterKey><ParameterValue>x</ParameterValue></member></Parameters>";
    vec![
        stack("CREATE_COMPLETE", NAME).with("StackName", "site"),
        template(BEFORE).with("StackName", STACK_ID),
        stack("CREATE_COMPLETE", site_name).replacing(STACK_ID, FRONT_ID).with("StackName", "front"),
        template(FRONT).with("StackName", FRONT_ID),
    ]
}

fn topic() -> Step {
    let available = "<ExecutionStatus>AVAILABLE</ExecutionStatus>";
    page(&change("Modify", "Topic", "<Replacement>True</Replacement>"), available)
}

#[test]
fn what_a_waiting_stack_does_beyond_its_preview_is_not_executed() {
    let assembly = site_and_front(&BEFORE.replace("\"a\"", "\"b\""), FRONT);
    let ids: Vec<StackId> = assembly.stacks.iter().map(|stack| stack.id.clone()).collect();
    let options = DeployOptions {
        consent: Consent::Ask,
        by_name: ByName::default(),
        concurrency: 4,
        regions: Default::default(),
        parameters: Vec::new(),
        registry: Registry::new(),
        previous_templates: false,
        shipping: None,
    };
    let mut steps = looked_at();
    steps.extend([creating().with("StackName", "site"), topic(), topic()]);
    let server = Server::start(steps);
    let (report, reviewed) = block_on(async {
        let service = service(&server).await;
        reviewing::prepare(&service, &assembly, &ids, &options, &Nobody, pending()).await
    })
    .unwrap();
    server.finish();
    assert!(matches!(report.stacks[0].outcome, Outcome::Prepared { .. }), "{report:?}");
    assert_eq!(report.stacks[1].outcome, Outcome::NotStarted { because: vec!["site".to_owned()] });
    let reviewed = reviewed.unwrap();
    assert_eq!(reviewed.stacks[1].after, ["site"]);

    let queue = || {
        change_set(
            "<member><Type>Resource</Type><ResourceChange><Action>Modify</Action><Replacement>True</Replacement>\
             <LogicalResourceId>Queue</LogicalResourceId><ResourceType>AWS::SQS::Queue</ResourceType></ResourceChange></member>",
        )
    };
    let mut steps = looked_at();
    // Is it still there; then as the first run described it.
    steps.extend([topic(), topic(), topic(), executed(), events(&[event(20, "site", "UPDATE_COMPLETE", "")])]);
    steps.push(stack("UPDATE_COMPLETE", &NAME.replace(">x<", ">y<")).with("StackName", STACK_ID));
    steps.extend([creating().with("StackName", "front"), queue(), queue(), change_set_deleted()]);
    let server = Server::start(steps);
    let report = block_on(async {
        let service = service(&server).await;
        reviewing::execute(&service, &assembly, &reviewed, &options, &Nobody, pending()).await
    })
    .unwrap();
    server.finish();
    assert_eq!(report.stacks[0].outcome, Outcome::Done(Operation::Update));
    assert!(matches!(report.stacks[1].outcome, Outcome::Exceeds(_)), "{:?}", report.stacks[1].outcome);
}
