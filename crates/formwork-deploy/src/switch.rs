//! The deployed stack from which a switch works: a parameter is the only part of it that is to change.

use formwork_assembly::{Assembly, StackArtifact, StackId};
use formwork_model::service::CloudFormation;
use formwork_template::{Style, Template};

use crate::error::Error;
use crate::regional::Regional;
use crate::stack;
use crate::status::{Reported, StackStatus, Standing};

/// A stack as it is deployed.
#[derive(Debug)]
pub struct DeployedStack {
    /// The template; `None` if it can be read neither as JSON nor as YAML.
    pub template: Option<Template>,
    /// The values of the parameters, by name.
    pub parameters: Vec<(String, String)>,
    /// CloudFormation's status of the stack.
    pub status: Reported<StackStatus>,
    tags: Vec<(String, String)>,
    termination_protection: bool,
}

/// The stack as it is deployed; `None` if it is not.
///
/// # Errors
///
/// When it cannot be read.
pub async fn deployed(service: &dyn CloudFormation, id: &StackId) -> Result<Option<DeployedStack>, Error> {
    let regional = Regional::new(service, &id.region);
    let Some(found) = stack::describe(regional, &id.name).await? else { return Ok(None) };
    if matches!(found.standing(), Standing::Absent | Standing::Recreate) {
        return Ok(None);
    }
    let template = stack::template(regional, &found.id).await?;
    Ok(Some(DeployedStack {
        template,
        parameters: found.parameters,
        status: found.status,
        tags: found.tags,
        termination_protection: found.termination_protection,
    }))
}

impl DeployedStack {
    /// The value of a parameter.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The literal at a place of the template, which a parameter of the association is.
    pub fn literal(&self, pointer: &str) -> Option<String> {
        crate::files::text_at(self.template.as_ref()?, pointer, &Default::default())
    }

    /// An assembly of this stack alone, as it is deployed: to be deployed again with other parameters.
    pub fn assembly(&self, source: &Assembly, artifact: &StackArtifact) -> Assembly {
        let template = self.template.as_ref().map(|template| template.to_json(Style::Pretty).0).unwrap_or_default();
        let stack = StackArtifact {
            template,
            tags: self.tags.clone(),
            termination_protection: self.termination_protection,
            imports: Vec::new(),
            depends_on: Vec::new(),
            ..artifact.clone()
        };
        Assembly { stacks: vec![stack], files: source.files.clone(), ..Assembly::default() }
    }
}
