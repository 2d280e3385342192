//! What is deployed: the facts of one stack, and its template.

use aws_sdk_cloudformation::error::ProvideErrorMetadata;
use aws_sdk_cloudformation::types::TemplateStage;
use formwork_assembly::StackId;
use formwork_aws::Error as AwsError;
use formwork_model::status::StackStatus;
use formwork_template::Template;

use crate::client::{Clients, Regional};
use crate::error::Error;
use crate::pace::{Outage, Pace};
use crate::status::{Reported, Standing, standing};

/// One stack as `DescribeStacks` describes it.
#[derive(Clone, Debug)]
pub(crate) struct Deployed {
    /// The stack's ARN, which names this stack and no later one of the same name.
    pub(crate) id: String,
    pub(crate) status: Reported<StackStatus>,
    pub(crate) outputs: Vec<StackOutput>,
    /// Key and value; the value is masked where the parameter says `NoEcho`.
    pub(crate) parameters: Vec<(String, String)>,
    pub(crate) tags: Vec<(String, String)>,
    pub(crate) notification_arns: Vec<String>,
    pub(crate) termination_protection: bool,
}

/// A value that a stack gives out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackOutput {
    /// Its name in the template.
    pub key: String,
    /// Its value.
    pub value: String,
    /// What it is.
    pub description: Option<String>,
}

impl Deployed {
    pub(crate) fn standing(&self) -> Standing {
        standing(&self.status).0
    }

    /// The account, which the stack's ARN has: `arn:aws:cloudformation:REGION:ACCOUNT:stack/NAME/ID`.
    pub(crate) fn account(&self) -> Option<&str> {
        self.id.split(':').nth(4).filter(|account| !account.is_empty())
    }

    pub(crate) fn output(&self, key: &str) -> Option<&str> {
        self.outputs.iter().find(|output| output.key == key).map(|output| output.value.as_str())
    }

    pub(crate) fn parameter(&self, key: &str) -> Option<&str> {
        self.parameters.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// Why nothing can be started on this stack.
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

/// The stack of this name or ARN; `None` if there is not one. Any answer but "does not exist" is an error, not an absence.
pub(crate) async fn describe(regional: &Regional, name: &str) -> Result<Option<Deployed>, Error> {
    const CALL: &str = "DescribeStacks";
    let answer = match regional.api.describe_stacks().stack_name(name).send().await {
        Ok(answer) => answer,
        Err(error) => {
            let absent = error.as_service_error().is_some_and(|error| {
                error.code() == Some("ValidationError")
                    && error.message().is_some_and(|message| message.contains("does not exist"))
            });
            return if absent { Ok(None) } else { Err(Error::from_call(CALL, &regional.place, error)) };
        }
    };
    let Some(stack) = answer.stacks().first() else {
        return Ok(None);
    };
    let incomplete = |field| AwsError::Incomplete { call: CALL, field };
    Ok(Some(Deployed {
        id: stack.stack_id().ok_or_else(|| incomplete("StackId"))?.to_owned(),
        status: Reported::<StackStatus>::read(stack.stack_status().ok_or_else(|| incomplete("StackStatus"))?.as_str()),
        outputs: stack
            .outputs()
            .iter()
            .map(|output| StackOutput {
                key: output.output_key().unwrap_or_default().to_owned(),
                value: output.output_value().unwrap_or_default().to_owned(),
                description: output.description().filter(|text| !text.is_empty()).map(str::to_owned),
            })
            .collect(),
        parameters: stack
            .parameters()
            .iter()
            .map(|parameter| {
                (
                    parameter.parameter_key().unwrap_or_default().to_owned(),
                    parameter.parameter_value().unwrap_or_default().to_owned(),
                )
            })
            .collect(),
        tags: stack
            .tags()
            .iter()
            .map(|tag| (tag.key().unwrap_or_default().to_owned(), tag.value().unwrap_or_default().to_owned()))
            .collect(),
        notification_arns: stack.notification_arns().to_vec(),
        termination_protection: stack.enable_termination_protection().unwrap_or_default(),
    }))
}

/// The stack after an operation was followed; survives an outage as following does.
pub(crate) async fn describe_patiently(regional: &Regional, name: &str) -> Result<Option<Deployed>, Error> {
    let (mut pace, mut outage) = (Pace::stack(), Outage::default());
    loop {
        if let Some(found) = outage.ride_out(describe(regional, name).await)? {
            return Ok(found);
        }
        pace.rest().await;
    }
}

/// The text of a deployed stack's template, as it was given to CloudFormation: in JSON or YAML, before macros. `None` if there is no
/// such stack.
///
/// # Errors
///
/// When it cannot be read.
pub async fn original_template(clients: &Clients, region: &str, name: &str) -> Result<Option<String>, Error> {
    let regional = clients.in_region(region);
    let Some(stack) = describe(&regional, name).await? else { return Ok(None) };
    template_body(&regional, &stack.id).await
}

/// The template as it was given to CloudFormation, in JSON or YAML; `None` if it can be read as neither, which is what a macro may
/// make a template of.
pub(crate) async fn template(regional: &Regional, stack_id: &str) -> Result<Option<Template>, Error> {
    Ok(template_body(regional, stack_id).await?.and_then(|body| Template::from_text(&body).ok()))
}

async fn template_body(regional: &Regional, stack_id: &str) -> Result<Option<String>, Error> {
    let answer = regional
        .api
        .get_template()
        .stack_name(stack_id)
        .template_stage(TemplateStage::Original)
        .send()
        .await
        .map_err(|error| Error::from_call("GetTemplate", &regional.place, error))?;
    Ok(answer.template_body().map(str::to_owned))
}
