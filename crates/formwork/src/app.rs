//! The app: the value that owns the stacks.

use formwork_assembly::{Assembly, Report};
use formwork_template::{IndexMap, References};

use crate::context::Context;
use crate::stack::{AnyStack, Stack};
use crate::synth::assemble;

/// All stacks of a system, however many regions they are in.
#[derive(Debug, Default)]
pub struct App {
    pub(crate) stacks: Vec<AnyStack>,
    pub(crate) tags: IndexMap<String, String>,
    pub(crate) references: References,
}

/// What can be added to an app: a stack, or a pattern that spans several.
pub trait IntoStacks {
    /// The stacks it consists of.
    fn into_stacks(self) -> Vec<AnyStack>;
}

impl App {
    /// An app without stacks.
    pub fn new() -> Self {
        App::default()
    }

    /// The app with one more stack, or with the stacks of a pattern.
    pub fn with(mut self, stacks: impl IntoStacks) -> Self {
        self.stacks.extend(stacks.into_stacks());
        self
    }

    /// Tags every stack of the app; a stack's own tag of that key wins.
    pub fn tag(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.tags.insert(key.into(), value.into());
        self
    }

    /// How references between stacks are spelled: as parameters that the deployer fills, unless said otherwise.
    pub fn references(mut self, references: References) -> Self {
        self.references = references;
        self
    }

    /// The cloud assembly of this app: checked, references between its stacks worked out, every template written.
    ///
    /// # Errors
    ///
    /// Everything that is wrong, at once, each with its place in the source.
    pub fn synth(self) -> Result<Assembly, Report> {
        assemble(self, &Context::default())
    }
}

/// Runs `app` in `context` and synthesizes it: [`App::synth`] with the context's own problems and values.
///
/// # Errors
///
/// Everything that is wrong, at once, each with its place in the source.
pub fn synth(app: impl FnOnce(&Context) -> App, context: &Context) -> Result<Assembly, Report> {
    assemble(app(context), context)
}

impl<R> IntoStacks for Stack<R> {
    fn into_stacks(self) -> Vec<AnyStack> {
        vec![self.into()]
    }
}
