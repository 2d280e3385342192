//! A reviewed plan: plain data, which a file can hold. It has no secret.

use std::collections::BTreeMap;
use std::fmt;

use formwork_assembly::StackId;
use formwork_model::service::CreatedChangeSet;

/// A plan as it was reviewed: one entry per stack, producers first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reviewed {
    /// The stacks of the run, also those with nothing to do.
    pub stacks: Vec<ReviewedStack>,
}

/// One stack of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewedStack {
    /// Its name and region.
    pub id: StackId,
    /// The operation: `create`, `update`, `recreate`, `nothing`.
    pub operation: String,
    /// SHA-256 of the template that is deployed.
    pub template: String,
    /// The ARN of the stack, and SHA-256 of its template, as it was found; `None` if there was not one.
    pub deployed: Option<ReviewedDeployed>,
    /// Parameters whose value is not the template's default.
    pub parameters: BTreeMap<String, ReviewedValue>,
    /// The change set that is executed; `None` if there is nothing to do, or if it can be made only later.
    pub change_set: Option<CreatedChangeSet>,
    /// The names of the stacks that it waits for.
    pub after: Vec<String>,
    /// SHA-256 of what was shown.
    pub preview: String,
}

/// A stack that was there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewedDeployed {
    /// Its ARN.
    pub id: String,
    /// SHA-256 of its template; `None` if that could not be read.
    pub template: Option<String>,
}

/// The value of a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReviewedValue {
    /// This one.
    Value(String),
    /// The one that is deployed, this one.
    Deployed(String),
    /// A secret that was given, and that only the change set has.
    GivenSecret,
    /// The secret that is deployed.
    DeployedSecret,
    /// The output of a stack that is deployed before.
    After(String),
}

impl fmt::Display for ReviewedValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReviewedValue::Value(value) => write!(f, "`{value}`"),
            ReviewedValue::Deployed(value) => write!(f, "`{value}`, as deployed"),
            ReviewedValue::GivenSecret => f.write_str("a secret that is given"),
            ReviewedValue::DeployedSecret => f.write_str("the deployed secret"),
            ReviewedValue::After(producer) => write!(f, "known after `{producer}`"),
        }
    }
}

impl Reviewed {
    /// The plan's entry for a stack.
    pub fn stack(&self, id: &StackId) -> Option<&ReviewedStack> {
        self.stacks.iter().find(|stack| stack.id == *id)
    }
}
