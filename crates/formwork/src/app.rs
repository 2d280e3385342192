//! The app: the value that owns the stacks.

use formwork_assembly::Problem;
use formwork_template::{IndexMap, References};

use crate::contents::Contents;
use crate::lookup::Pending;
use crate::stack::Stack;

/// All stacks of a system, however many regions they are in.
#[derive(Debug, Default)]
pub struct App {
    pub(crate) stacks: Vec<Contents>,
    pub(crate) tags: IndexMap<String, String>,
    pub(crate) references: References,
    pub(crate) problems: Vec<Problem>,
}

/// A part of an app: a stack, several stacks, or a pattern that spans several.
///
/// A pattern returns the stacks it consists of: `(self.edge, self.site).into_stacks()`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a stack, nor does it consist of stacks",
    note = "a construct is added to a stack: `stack.add(\"Name\", …)`"
)]
pub trait IntoStacks {
    /// The stacks it consists of.
    #[track_caller]
    fn into_stacks(self) -> Vec<Stack>;
}

impl App {
    /// An app without stacks.
    pub fn new() -> Self {
        App::default()
    }

    /// The app with one more stack, or with the stacks of a pattern.
    #[track_caller]
    pub fn with(mut self, stacks: impl IntoStacks) -> Self {
        self.stacks.extend(stacks.into_stacks().into_iter().map(Stack::into_contents));
        self
    }

    /// The app with something wrong in it: synth reports it with everything else it finds. It is placed at this line, unless it has a
    /// place.
    #[track_caller]
    pub fn problem(mut self, problem: Problem) -> Self {
        self.problems.push(problem.placed(std::panic::Location::caller()));
        self
    }

    /// Tags every stack of the app; a stack's own tag of that key wins.
    pub fn tag(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.tags.insert(key.into(), value.into());
        self
    }

    /// Sets the spelling of references between stacks: parameters that the deployer fills, unless said otherwise.
    pub fn references(mut self, references: References) -> Self {
        self.references = references;
        self
    }
}

/// Return value of an app's function: an [`App`], or a `Result` of one if it looks something up.
#[diagnostic::on_unimplemented(
    message = "an app's function returns an `App`, or a `Result<App, Pending>` if it looks something up, and not `{Self}`"
)]
pub trait IntoApp {
    /// The app, or its missing look-ups.
    ///
    /// # Errors
    ///
    /// When something is not looked up yet.
    fn into_app(self) -> Result<App, Pending>;
}

impl IntoApp for App {
    fn into_app(self) -> Result<App, Pending> {
        Ok(self)
    }
}

impl IntoApp for Result<App, Pending> {
    fn into_app(self) -> Result<App, Pending> {
        self
    }
}

impl<R> IntoStacks for Stack<R> {
    fn into_stacks(self) -> Vec<Stack> {
        vec![self.anywhere()]
    }
}

impl<T: IntoStacks> IntoStacks for Vec<T> {
    fn into_stacks(self) -> Vec<Stack> {
        self.into_iter().flat_map(T::into_stacks).collect()
    }
}

impl<T: IntoStacks, const N: usize> IntoStacks for [T; N] {
    fn into_stacks(self) -> Vec<Stack> {
        self.into_iter().flat_map(T::into_stacks).collect()
    }
}

impl<T: IntoStacks> IntoStacks for Option<T> {
    fn into_stacks(self) -> Vec<Stack> {
        self.map(T::into_stacks).unwrap_or_default()
    }
}

impl<A: IntoStacks, B: IntoStacks> IntoStacks for (A, B) {
    fn into_stacks(self) -> Vec<Stack> {
        [self.0.into_stacks(), self.1.into_stacks()].into_iter().flatten().collect()
    }
}

impl<A: IntoStacks, B: IntoStacks, C: IntoStacks> IntoStacks for (A, B, C) {
    fn into_stacks(self) -> Vec<Stack> {
        ((self.0, self.1), self.2).into_stacks()
    }
}
