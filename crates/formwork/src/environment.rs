//! The environment that an app is synthesized for: its name and regions, as the app asks for them, and its rules for stacks, which
//! synth applies.

use std::panic::Location;

use formwork_assembly::environment::{Environment, Removal};
use formwork_assembly::{Problem, joined};
use formwork_template::DeletionPolicy;

use crate::contents::Contents;
use crate::context::Context;

impl Context {
    /// The context in this environment: what `--env` does, for tests of an app.
    ///
    /// ```
    /// use formwork::assembly::Environment;
    /// use formwork::prelude::*;
    ///
    /// let context = Context::default().in_environment(Environment::new("prod"));
    /// assert_eq!(context.named("orders"), "orders-prod");
    /// ```
    pub fn in_environment(mut self, environment: Environment) -> Self {
        self.environment = Some(environment);
        self
    }

    /// Name of the environment; `None` without `--env`.
    pub fn environment(&self) -> Option<&str> {
        self.environment.as_ref().map(|environment| environment.name.as_str())
    }

    /// A name with the environment's behind it: `orders-prod`; without an environment, the name itself.
    ///
    /// ```
    /// # use formwork::prelude::*;
    /// fn app(context: &Context) -> App {
    ///     let mut orders = Stack::<EuCentral1>::new(context.named("orders"));
    ///     orders.add("Zone", cfn::route53::HostedZone::default());
    ///     App::new().with(orders)
    /// }
    /// # assert_eq!(formwork::synth(app, &Context::default()).unwrap().stacks[0].name(), "orders");
    /// ```
    pub fn named(&self, name: &str) -> String {
        match &self.environment {
            Some(environment) => format!("{name}-{}", environment.name),
            None => name.to_owned(),
        }
    }

    /// The environment's regions, for a loop. Without any, the list is empty, and synth reports that.
    ///
    /// ```
    /// # use formwork::prelude::*;
    /// fn app(context: &Context) -> App {
    ///     let mut app = App::new();
    ///     for region in context.regions() {
    ///         let mut stack = Stack::in_region(context.named("orders"), region);
    ///         stack.add("Zone", cfn::route53::HostedZone::default());
    ///         app = app.with(stack);
    ///     }
    ///     app
    /// }
    /// # assert!(formwork::synth(app, &Context::default()).is_err());
    /// ```
    #[track_caller]
    pub fn regions(&self) -> &[String] {
        match &self.environment {
            Some(environment) if !environment.regions.is_empty() => return &environment.regions,
            Some(environment) => {
                let message = format!(
                    "the app makes a stack for each of its regions, and the environment `{}` has none",
                    environment.name
                );
                let hint = format!("add `regions = [\"eu-central-1\"]` to it ({})", environment.location);
                self.problem(Problem::error(message).at(Location::caller()).hint(hint));
            }
            None => {
                let message = "the app makes a stack for each region of its environment, and has no environment";
                let hint = "pick one of `formwork.toml` with `--env NAME`";
                self.problem(Problem::error(message).at(Location::caller()).hint(hint));
            }
        }
        &[]
    }

    /// The environment's regions; without any, these.
    pub fn regions_or<R: Into<String>>(&self, default: impl IntoIterator<Item = R>) -> Vec<String> {
        match &self.environment {
            Some(environment) if !environment.regions.is_empty() => environment.regions.clone(),
            _ => default.into_iter().map(Into::into).collect(),
        }
    }
}

/// Applies the environment's rules to a stack.
pub(crate) fn apply(environment: &Environment, stack: &mut Contents, problems: &mut Vec<Problem>) {
    let regions = &environment.regions;
    if !regions.is_empty() && !regions.iter().any(|region| *region == *stack.id.region) {
        let allowed: Vec<String> = regions.iter().map(|region| format!("`{region}`")).collect();
        let message = format!(
            "stack `{}` is in `{}`, and the environment `{}` has {}",
            stack.id.name,
            stack.id.region,
            environment.name,
            joined(&allowed)
        );
        let hint = format!("add the region to `regions` ({}), or move the stack", environment.place_of("regions"));
        problems.push(Problem::error(message).at(stack.location.clone()).hint(hint));
    }
    stack.termination_protection |= environment.protect;
    if environment.removal == Some(Removal::Delete) {
        for resource in stack.template.resources.values_mut().filter(|resource| resource.deletion_policy.is_none()) {
            resource.deletion_policy = Some(DeletionPolicy::Delete);
        }
    }
}
