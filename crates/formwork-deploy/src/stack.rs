//! The deployed state: the facts of one stack, and its template.

use formwork_assembly::StackId;
use formwork_model::service::{CloudFormation, ReadStack, StackOutput};
use formwork_model::status::StackStatus;
use formwork_template::Template;

use crate::error::Error;
use crate::regional::Regional;
use crate::status::{Reported, Standing, standing};

/// One stack as `DescribeStacks` describes it.
#[derive(Clone, Debug)]
pub(crate) struct Deployed {
    /// The stack's ARN, which names this stack and no later one of the same name.
    pub(crate) id: String,
    pub(crate) status: Reported<StackStatus>,
    /// When it was last updated, by the service's clock.
    pub(crate) updated: Option<String>,
    pub(crate) outputs: Vec<StackOutput>,
    /// Key and value; the value is masked where the parameter says `NoEcho`.
    pub(crate) parameters: Vec<(String, String)>,
    pub(crate) tags: Vec<(String, String)>,
    pub(crate) notification_arns: Vec<String>,
    pub(crate) termination_protection: bool,
}

impl Deployed {
    pub(crate) fn standing(&self) -> Standing {
        standing(&self.status).0
    }

    /// The account, which the stack's ARN has: `arn:aws:cloudformation:REGION:ACCOUNT:stack/NAME/ID`.
    pub(crate) fn account(&self) -> Option<&str> {
        self.id.split(':').nth(4).filter(|account| !account.is_empty())
    }

    /// The name, which the stack's ARN has.
    pub(crate) fn name(&self) -> Option<&str> {
        self.id.split('/').nth(1)
    }

    pub(crate) fn output(&self, key: &str) -> Option<&str> {
        self.outputs.iter().find(|output| output.key == key).map(|output| output.value.as_str())
    }

    pub(crate) fn parameter(&self, key: &str) -> Option<&str> {
        self.parameters.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// The reason for which this stack is not deleted without a question.
    pub(crate) fn is_protected(&self, stack: &StackId) -> Error {
        let is_ready = self.standing() == Standing::Ready;
        Error::TerminationProtection { stack: stack.name.to_string(), region: stack.region.to_string(), is_ready }
    }

    /// The reason for which nothing can be started on this stack.
    pub(crate) fn refusal(&self, stack: &StackId) -> Error {
        let (standing, meaning) = standing(&self.status);
        Error::Standing {
            stack: stack.name.to_string(),
            region: stack.region.to_string(),
            status: self.status.clone(),
            meaning,
            standing,
        }
    }
}

impl From<ReadStack> for Deployed {
    fn from(stack: ReadStack) -> Deployed {
        let ReadStack { id, status, updated, outputs, parameters, tags, notification_arns, termination_protection } =
            stack;
        let status = Reported::<StackStatus>::read(&status);
        Deployed { id, status, updated, outputs, parameters, tags, notification_arns, termination_protection }
    }
}

/// The stack of this name or ARN; `None` if there is not one.
pub(crate) async fn describe(regional: Regional<'_>, name: &str) -> Result<Option<Deployed>, Error> {
    let found = regional.service.stack(regional.region, name).await?;
    Ok(found.map(Deployed::from))
}

/// The text of a deployed stack's template, as it was given to CloudFormation: in JSON or YAML, before macros. `None` if there is no
/// such stack.
///
/// # Errors
///
/// When it cannot be read.
pub async fn original_template(
    service: &dyn CloudFormation,
    region: &str,
    name: &str,
) -> Result<Option<String>, Error> {
    let regional = Regional::new(service, region);
    let Some(stack) = describe(regional, name).await? else { return Ok(None) };
    template_body(regional, &stack.id).await
}

/// The template as it was given to CloudFormation, in JSON or YAML; `None` if it can be read as neither, which is what a macro may
/// make a template of.
pub(crate) async fn template(regional: Regional<'_>, stack_id: &str) -> Result<Option<Template>, Error> {
    Ok(template_body(regional, stack_id).await?.and_then(|body| Template::from_text(&body).ok()))
}

async fn template_body(regional: Regional<'_>, stack_id: &str) -> Result<Option<String>, Error> {
    Ok(regional.service.template(regional.region, stack_id).await?)
}
