//! Questions: one at a time, and what was done before a refusal.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use formwork_assembly::{StackArtifact, StackId};
use formwork_deploy::{
    Answer, ByName, Consent, DeployOptions, Observer, Operation, Outcome, Pending, Preview, Progress,
};
use formwork_diff::Registry;

use crate::answers::*;
use crate::server::{Server, Step};
use crate::{block_on, service, site_and_front};

/// Takes its time to answer: yes to the plan, no to everything else.
#[derive(Default)]
struct Slow {
    told: RefCell<Vec<String>>,
    open: Cell<usize>,
}

impl Observer for Slow {
    fn progress(&self, _: Progress) {}

    fn preview(&self, preview: Preview<'_>) {
        let shown = match preview {
            Preview::Exceeding { stack, .. } => stack.id.name.to_string(),
            _ => "plan".to_owned(),
        };
        assert_eq!(self.open.get(), 0, "a preview of {shown} while a question is open");
        self.told.borrow_mut().push(format!("shown: {shown}"));
    }

    fn approve<'a>(&'a self, preview: Preview<'a>) -> Pending<'a> {
        let is_plan = matches!(preview, Preview::Deploy(_));
        self.open.set(self.open.get() + 1);
        assert_eq!(self.open.get(), 1, "two questions are open at once");
        Box::pin(async move {
            tokio::time::sleep(Duration::from_millis(300)).await;
            self.open.set(self.open.get() - 1);
            self.told.borrow_mut().push("answered".to_owned());
            if is_plan { Answer::Yes } else { Answer::No }
        })
    }
}

pub(crate) const FRONT: &str = r#"{"Parameters":{"SiteName":{"Type":"String"}},
    "Resources":{"Queue":{"Type":"AWS::SQS::Queue","Properties":{"Tags":[{"Key":"site","Value":{"Ref":"SiteName"}}]}}}}"#;

fn front(name: &'static str, id: &'static str) -> Vec<Step> {
    let queue = || {
        change_set(
            "<member><Type>Resource</Type><ResourceChange><Action>Modify</Action><Replacement>True</Replacement>\
             <LogicalResourceId>Queue</LogicalResourceId><ResourceType>AWS::SQS::Queue</ResourceType></ResourceChange></member>",
        )
    };
    let site_name = "<Parameters><member><ParameterKey>SiteName</ParameterKey><ParameterValue>x</ParameterValue></member></Parameters>";
    vec![
        stack("CREATE_COMPLETE", site_name).replacing(STACK_ID, id).with("StackName", name),
        template(FRONT).with("StackName", id),
        // After the answer to the plan.
        stack("CREATE_COMPLETE", site_name).replacing(STACK_ID, id).with("StackName", id),
        creating().with("StackName", name),
        queue(),
        queue(),
        change_set_deleted(),
    ]
}

/// Two consumers' change sets do more than was approved, at the same moment.
#[test]
fn questions_come_one_after_the_other_and_what_was_done_before_is_known() {
    let name = "<Outputs><member><OutputKey>Name</OutputKey><OutputValue>x</OutputValue></member></Outputs>";
    let before = r#"{"Resources":{"Topic":{"Type":"AWS::SNS::Topic","Properties":{"TopicName":"a"}}},"Outputs":{"Name":{"Value":{"Ref":"Topic"}}}}"#;
    let topic = || change_set(&change("Modify", "Topic", "<Replacement>True</Replacement>"));
    let mut steps = vec![
        stack("CREATE_COMPLETE", name).with("StackName", "site"),
        template(before).with("StackName", STACK_ID),
        creating().with("StackName", "site"),
        topic(),
        topic(),
        // After the answer.
        stack("CREATE_COMPLETE", name).with("StackName", STACK_ID),
        waiting(),
        executed(),
        events(&[event(20, "site", "UPDATE_COMPLETE", "")]),
        stack("UPDATE_COMPLETE", &name.replace(">x<", ">y<")).with("StackName", STACK_ID),
    ];
    steps.extend(front("front", "arn:aws:cloudformation:us-east-1:000000000000:stack/front/1"));
    steps.extend(front("other", "arn:aws:cloudformation:us-east-1:000000000000:stack/other/1"));
    let server = Server::start(steps);
    let mut assembly = site_and_front(&before.replace("\"a\"", "\"b\""), FRONT);
    assembly.stacks.push(StackArtifact { id: StackId::new("other", "us-east-1"), ..assembly.stacks[1].clone() });
    let ids: Vec<StackId> = assembly.stacks.iter().map(|stack| stack.id.clone()).collect();
    let told = DeployOptions {
        consent: Consent::Ask,
        by_name: ByName::default(),
        concurrency: 4,
        regions: Default::default(),
        parameters: Vec::new(),
        registry: Registry::new(),
        previous_templates: false,
        shipping: None,
    };
    let observer = Slow::default();
    let report = block_on(async {
        let service = service(&server).await;
        formwork_deploy::deploy(&service, &assembly, &ids, &told, &observer, std::future::pending()).await
    })
    .unwrap();
    server.finish();
    let told = observer.told.borrow();
    assert_eq!(told.len(), 6, "{told:?}");
    assert!(told.iter().skip(1).step_by(2).all(|line| line == "answered"), "{told:?}");
    let ends: Vec<_> = report.stacks.iter().map(|stack| (&stack.outcome, stack.done.as_slice())).collect();
    let done = Outcome::Done(Operation::Update);
    let expected: [(_, &[Operation]); 3] =
        [(&done, &[Operation::Update]), (&Outcome::Declined, &[]), (&Outcome::Declined, &[])];
    assert_eq!(ends, expected);
}
