//! The file of a reviewed plan: `deploy --plan` writes it, `deploy --execute` reads it. It has no secret: of one that was given it says so,
//! and only the change set has it.

use std::collections::BTreeMap;
use std::path::Path;

use formwork_assembly::StackId;
use formwork_deploy::{CreatedChangeSet, Reviewed, ReviewedDeployed, ReviewedStack, ReviewedValue};
use formwork_workspace::whole_file;
use serde::{Deserialize, Serialize};

use crate::error::CliError;

/// The form of the file; another one is another number.
const FORMAT: u32 = 1;

/// A plan of one app, with the place for which it was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct PlanFile {
    /// The form of the file.
    format: u32,
    /// The version that wrote it.
    formwork: String,
    /// The app.
    pub(crate) app: String,
    #[serde(flatten)]
    pub(crate) place: Place,
    /// The stacks, producers before their consumers.
    stacks: Vec<StackPart>,
}

/// The place where a plan has its effect.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Place {
    /// The environment, if one was chosen.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) environment: Option<String>,
    /// The account, unless the server does not say it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) account: Option<String>,
    /// The regions of the stacks.
    pub(crate) regions: Vec<String>,
    /// The server in place of AWS's.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) server: Option<String>,
    /// True for the embedded engine.
    pub(crate) local: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct StackPart {
    /// Its name.
    name: String,
    /// Its region.
    region: String,
    /// The operation: `create`, `update`, `recreate`, `nothing`.
    operation: String,
    /// SHA-256 of the app's template.
    template: String,
    /// The stack as it was, if it was there.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    deployed: Option<DeployedPart>,
    /// The values of its parameters.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    parameters: BTreeMap<String, ValuePart>,
    /// The change set that is executed; none of a stack that waits for another one, or does not change.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    change_set: Option<ChangeSetPart>,
    /// The stacks that it waits for.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    after: Vec<String>,
    /// SHA-256 of what was shown.
    preview: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct DeployedPart {
    /// Its ARN.
    id: String,
    /// SHA-256 of its template, unless that could not be read.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    template: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ChangeSetPart {
    /// Its ARN.
    id: String,
    /// The ARN of the stack.
    stack_id: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
enum ValuePart {
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

impl PlanFile {
    pub(crate) fn new(app: &str, place: Place, reviewed: Reviewed) -> PlanFile {
        let stacks = reviewed.stacks.into_iter().map(StackPart::from).collect();
        PlanFile { format: FORMAT, formwork: env!("CARGO_PKG_VERSION").to_owned(), app: app.to_owned(), place, stacks }
    }

    pub(crate) fn reviewed(&self) -> Reviewed {
        Reviewed { stacks: self.stacks.iter().cloned().map(ReviewedStack::from).collect() }
    }

    /// Writes the file.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub(crate) fn write(&self, file: &Path) -> Result<(), CliError> {
        let text = serde_json::to_string_pretty(self).map_err(|error| cannot_write(file).cause(error))?;
        whole_file::write(file, &(text + "\n")).map_err(|error| cannot_write(file).cause(error))
    }

    /// Tries whether the file can be written, before change sets are made of which it would be the only trace.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub(crate) fn can_be_written(file: &Path) -> Result<(), CliError> {
        whole_file::can_be_written(file).map_err(|error| cannot_write(file).cause(error))
    }

    /// Reads a file that this version wrote.
    ///
    /// # Errors
    ///
    /// When it cannot be read, is not a plan, or is one of another version.
    pub(crate) fn read(file: &Path) -> Result<PlanFile, CliError> {
        let shown = file.display();
        let text = std::fs::read_to_string(file)
            .map_err(|error| CliError::input(format!("cannot read the plan `{shown}`")).cause(error))?;
        let refused = |cause: String| {
            let error = CliError::input(format!("`{shown}` is not a plan")).cause(cause);
            error.hint("`cargo formwork deploy --plan FILE` writes one")
        };
        let json: serde_json::Value = serde_json::from_str(&text).map_err(|error| refused(error.to_string()))?;
        let version = json["formwork"].as_str().unwrap_or_default();
        if version == env!("CARGO_PKG_VERSION") && json["format"].is_u64() && json["format"] != FORMAT {
            return Err(refused(format!("its `format` is {}, but this version reads {FORMAT}", json["format"])));
        }
        if !version.is_empty() && version != env!("CARGO_PKG_VERSION") {
            let error = CliError::input(format!(
                "the plan `{shown}` was made by formwork `{version}`, but this is {}",
                env!("CARGO_PKG_VERSION")
            ));
            return Err(error.hint(
                "execute it with the version that made it, or make a new one with `cargo formwork deploy --plan FILE`",
            ));
        }
        serde_json::from_value(json).map_err(|error| refused(error.to_string()))
    }

    /// Refuses a plan of the embedded engine at AWS, and one of AWS on the engine, before a login is asked for.
    ///
    /// # Errors
    ///
    /// When it is of the other one.
    pub(crate) fn check_engine(&self, file: &Path, is_local: bool) -> Result<(), CliError> {
        let shown = file.display();
        match (self.place.local, is_local) {
            (true, false) => Err(CliError::input(format!("the plan `{shown}` was made with the embedded engine"))
                .hint("add `--local`, with which it was made")),
            (false, true) => Err(CliError::input(format!("the plan `{shown}` was not made with the embedded engine"))
                .hint("leave out `--local`, without which it was made")),
            _ => Ok(()),
        }
    }

    /// The differences between the place of the plan and this one, a clause each.
    pub(crate) fn differs_from(&self, app: &str, now: &Place) -> Vec<String> {
        let mut changed = Vec::new();
        let mut check = |what: &str, then: Option<&str>, now: Option<&str>| {
            if then != now {
                let word = |value: Option<&str>| value.map_or("none".to_owned(), |value| format!("`{value}`"));
                changed.push(format!("{what} of the plan is {}, and now {}", word(then), word(now)));
            }
        };
        let then = &self.place;
        check("the app", Some(&self.app), Some(app));
        check("the environment", then.environment.as_deref(), now.environment.as_deref());
        check("the account", then.account.as_deref(), now.account.as_deref());
        check("the server", Some(server(then)), Some(server(now)));
        changed
    }
}

fn server(place: &Place) -> &str {
    match &place.server {
        _ if place.local => "the embedded engine",
        Some(server) => server,
        None => "AWS",
    }
}

impl From<ReviewedStack> for StackPart {
    fn from(stack: ReviewedStack) -> StackPart {
        let ReviewedStack { id, operation, template, deployed, parameters, change_set, after, preview } = stack;
        StackPart {
            name: id.name.to_string(),
            region: id.region.to_string(),
            operation,
            template,
            deployed: deployed.map(|ReviewedDeployed { id, template }| DeployedPart { id, template }),
            parameters: parameters.into_iter().map(|(key, value)| (key, ValuePart::from(value))).collect(),
            change_set: change_set.map(|CreatedChangeSet { id, stack_id }| ChangeSetPart { id, stack_id }),
            after,
            preview,
        }
    }
}

impl From<StackPart> for ReviewedStack {
    fn from(stack: StackPart) -> ReviewedStack {
        let StackPart { name, region, operation, template, deployed, parameters, change_set, after, preview } = stack;
        ReviewedStack {
            id: StackId::new(name, region),
            operation,
            template,
            deployed: deployed.map(|DeployedPart { id, template }| ReviewedDeployed { id, template }),
            parameters: parameters.into_iter().map(|(key, value)| (key, ReviewedValue::from(value))).collect(),
            change_set: change_set.map(|ChangeSetPart { id, stack_id }| CreatedChangeSet { id, stack_id }),
            after,
            preview,
        }
    }
}

impl From<ReviewedValue> for ValuePart {
    fn from(value: ReviewedValue) -> ValuePart {
        match value {
            ReviewedValue::Value(value) => ValuePart::Value(value),
            ReviewedValue::Deployed(value) => ValuePart::Deployed(value),
            ReviewedValue::GivenSecret => ValuePart::GivenSecret,
            ReviewedValue::DeployedSecret => ValuePart::DeployedSecret,
            ReviewedValue::After(producer) => ValuePart::After(producer),
        }
    }
}

impl From<ValuePart> for ReviewedValue {
    fn from(value: ValuePart) -> ReviewedValue {
        match value {
            ValuePart::Value(value) => ReviewedValue::Value(value),
            ValuePart::Deployed(value) => ReviewedValue::Deployed(value),
            ValuePart::GivenSecret => ReviewedValue::GivenSecret,
            ValuePart::DeployedSecret => ReviewedValue::DeployedSecret,
            ValuePart::After(producer) => ReviewedValue::After(producer),
        }
    }
}
fn cannot_write(file: &Path) -> CliError {
    CliError::input(format!("cannot write the plan `{}`", file.display()))
}
