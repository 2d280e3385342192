//! my-app: a stack to begin with.
use formwork::cfn::sns::Topic;
use formwork::prelude::*;

/// The stack `my-app`.
pub fn app(_: &Context) -> App {
    let mut stack = Stack::<EuCentral1>::new("my-app");
    // A stack needs a resource; a topic costs nothing. Put yours in its place.
    let topic = stack.add("Topic", Topic::default());
    stack.output("Topic", topic.topic_arn());
    App::new().with(stack)
}
