//! `WorkQueue`: a construct of several resources, with everything that belongs to them.

use formwork::cfn::sqs::Queue;
use formwork::prelude::*;

/// A queue, and a second one for messages that could not be worked on.
#[derive(Clone, Debug)]
pub struct WorkQueue {
    /// Number of times that a message is tried.
    pub tries: u32,
    /// Names of the stages that keep their failed messages.
    pub kept_in: String,
}

/// The parts of a [`WorkQueue`].
#[derive(Debug)]
pub struct WorkQueueHandle<R> {
    /// The queue that workers read.
    pub queue: Handle<Queue, R>,
    /// The queue of failed messages.
    pub failed: Handle<Queue, R>,
    /// The condition under which there are failed messages at all.
    pub kept: Condition,
    /// Time that a worker has for a message, given when the stack is deployed.
    pub timeout: Val<i64>,
}

impl Default for WorkQueue {
    fn default() -> Self {
        WorkQueue { tries: 3, kept_in: "production".to_owned() }
    }
}

impl<R> Construct<R> for WorkQueue {
    type Handle = WorkQueueHandle<R>;

    fn add_to(self, scope: &mut Scope<R>) -> Self::Handle {
        if self.tries == 0 {
            scope.problem(Problem::error("a message is tried once at least").hint("`tries: 1`"));
        }
        let timeout = scope.parameter("Timeout", parameter::number().default(30).range(1, 43_200));
        let stage = scope.parameter("Stage", parameter::text().default("test").allowed(["test", "production"]));
        let kept = scope.condition("Kept", function::equals(stage, self.kept_in));
        let sizes = scope.mapping("Retention", json!({ "days": { "failed": "1209600", "queue": "345600" } }));

        let failed = scope.add(
            "Failed",
            Queue { message_retention_period: some(sizes.get::<i64>("days", "failed")), ..Queue::default() },
        );
        scope.options(&failed).retain().condition(&kept);
        let redrive = json!({ "deadLetterTargetArn": failed.arn(), "maxReceiveCount": i64::from(self.tries) });
        let queue = scope.add(
            "",
            Queue {
                visibility_timeout: some(timeout.clone()),
                redrive_policy: some(function::if_::<Value>(&kept, redrive, pseudo::no_value())),
                ..Queue::default()
            },
        );
        scope.options(&queue).deletion_policy(DeletionPolicy::Delete);
        scope.output("Url", queue.queue_url()).description("where messages are sent to").condition(&kept);
        scope.file("README.txt", format!("messages are tried {} times\n", self.tries));
        scope.tag("queue", "work");
        WorkQueueHandle { queue, failed, kept, timeout }
    }
}
