//! Stacks: the unit of deployment. [`Stack<R>`] is a [`Scope`] with a name and a region, which is in its type where it is known when
//! the program is compiled, and a value in a `Stack<Anywhere>`.

use std::ops::{Deref, DerefMut};
use std::panic::Location;
use std::sync::Arc;

use formwork_assembly::Problem;
use formwork_template::names::check_stack_name;
use formwork_template::{StackId, backticked, did_you_mean, region};

use crate::contents::Contents;
use crate::region::{Anywhere, Home, Partition, Region};
use crate::scope::Scope;

/// A stack in region `R`. It offers everything that a [`Scope`] does.
#[derive(Debug)]
pub struct Stack<R = Anywhere>(Scope<R>);

impl<R: Region> Stack<R> {
    /// An empty stack. The name is unique in its region; it cannot be changed without making another stack.
    #[track_caller]
    pub fn new(name: impl Into<String>) -> Self {
        Stack(Scope::new(contents(&name.into(), R::CODE, R::Partition::CODE)))
    }
}

impl<R: Home> Stack<R> {
    /// An empty stack for a pattern that is for regions as types and as values: `region` is the region of a `Stack<Anywhere>`, and that of
    /// any other one has to be it.
    #[track_caller]
    pub fn of(name: impl Into<String>, region: impl AsRef<str>) -> Self {
        let mut stack = Stack::in_region(name, region);
        if let Some(code) = R::HOME
            && code != stack.region()
        {
            let message = format!("the region `{}` is not `{code}`, which is the one in the type", stack.region());
            stack.problem(Problem::error(message));
        }
        Stack(Scope::new(stack.into_contents()))
    }
}

impl Stack<Anywhere> {
    /// An empty stack in a region that is known only when the program runs: one of a list, or one from `--context`. What the type of a
    /// region proves elsewhere is checked by synth here.
    ///
    /// ```
    /// use formwork::prelude::*;
    ///
    /// fn app(context: &Context) -> App {
    ///     let mut app = App::new();
    ///     for region in context.get("regions", "eu-central-1,us-east-1").split(',') {
    ///         let mut stack = Stack::in_region("orders", region);
    ///         stack.add("Zone", cfn::route53::HostedZone::default());
    ///         app = app.with(stack);
    ///     }
    ///     app
    /// }
    /// # assert_eq!(formwork::synth(app, &Context::default()).unwrap().stacks.len(), 2);
    /// ```
    #[track_caller]
    pub fn in_region(name: impl Into<String>, region: impl AsRef<str>) -> Self {
        let code = region.as_ref();
        let mut stack = Stack(Scope::new(contents(&name.into(), code, region::partition_of(code).code)));
        if !region::is_known(code) {
            let known: Vec<&str> = region::ALL.iter().map(|(code, _)| *code).collect();
            let problem = Problem::error(format!("{code:?} is not a region"));
            stack.problem(match did_you_mean(code, known.iter().copied()) {
                Some(close) => problem.hint(format!("did you mean `{close}`?")),
                None => problem.hint(format!("for example {}", backticked(["eu-central-1", "us-east-1"]))),
            });
        }
        stack
    }
}

#[track_caller]
fn contents(name: &str, region: &str, partition: &'static str) -> Contents {
    let id = StackId { name: Arc::from(name), region: Arc::from(region) };
    let mut contents = Contents::new(id, partition, Location::caller().into());
    if let Err(reason) = check_stack_name(name) {
        let problem = Problem::error(format!("{name:?} is not a stack name: {reason}")).at(Location::caller());
        contents.problem(problem.hint("a letter, then letters, digits and hyphens, 128 at most"));
    }
    contents
}

impl<R> Stack<R> {
    /// The same stack with its region as a value, as an [`App`](crate::App) keeps it.
    pub fn anywhere(self) -> Stack<Anywhere> {
        Stack(Scope::new(self.0.into_contents()))
    }

    pub(crate) fn into_contents(self) -> Contents {
        self.0.into_contents()
    }
}

impl<R> Deref for Stack<R> {
    type Target = Scope<R>;

    fn deref(&self) -> &Scope<R> {
        &self.0
    }
}

impl<R> DerefMut for Stack<R> {
    fn deref_mut(&mut self) -> &mut Scope<R> {
        &mut self.0
    }
}
