//! `Mirror`: a pattern over two stacks in two regions.

use formwork::cfn::sqs::{Queue, queue::Tag, queue::TagRequired};
use formwork::prelude::*;
use formwork::region::{Anywhere, Region};

use crate::{WorkQueue, WorkQueueHandle};

/// A queue at home in region `R`, and a copy in another region that is known only when the program runs.
#[derive(Clone, Debug)]
pub struct Mirror {
    /// Beginning of the names of the stacks.
    pub name: String,
    /// The region of the copy.
    pub copy_in: String,
}

/// The stacks of a [`Mirror`], to which more can be added, and its parts.
#[derive(Debug)]
pub struct MirrorStacks<R> {
    /// The stack at home.
    pub home: Stack<R>,
    /// The stack with the copy.
    pub copy: Stack,
    /// The queue at home.
    pub queue: WorkQueueHandle<R>,
    /// The copy.
    pub copied: Handle<Queue, Anywhere>,
}

impl Mirror {
    /// The stacks. A mistake is reported at the line of the caller.
    #[track_caller]
    pub fn build<R: Region>(self) -> MirrorStacks<R> {
        let mut home = Stack::<R>::new(format!("{}-home", self.name));
        let queue = home.add("Jobs", WorkQueue::default());
        let mut copy = Stack::in_region(format!("{}-copy", self.name), self.copy_in);
        let source = TagRequired { key: "source".into(), value: queue.queue.arn() };
        let copied = copy.add("Jobs", Queue { tags: some([Tag::new(source)]), ..Queue::default() });
        copy.depends_on(&home);
        MirrorStacks { home, copy, queue, copied }
    }
}

impl<R> IntoStacks for MirrorStacks<R> {
    fn into_stacks(self) -> Vec<Stack> {
        (self.home, self.copy).into_stacks()
    }
}
