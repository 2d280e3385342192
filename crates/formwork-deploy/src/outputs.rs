//! The outputs of deployed stacks.

use formwork_assembly::{Assembly, StackId};
use formwork_model::service::{CloudFormation, StackOutput};
use futures_util::future::join_all;

use crate::error::Error;
use crate::order::Order;
use crate::regional::Regional;
use crate::stack;
use crate::status::Standing;

/// The outputs of one stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackOutputs {
    /// Its name and region.
    pub id: StackId,
    /// The outputs; `None` if it is not deployed.
    pub outputs: Option<Vec<StackOutput>>,
}

/// The outputs of the stacks with these ids, in this order.
///
/// # Errors
///
/// When a stack is not of this app, or cannot be read.
pub async fn outputs(
    service: &dyn CloudFormation,
    assembly: &Assembly,
    ids: &[StackId],
) -> Result<Vec<StackOutputs>, Error> {
    let order = Order::new(assembly, ids)?;
    let stacks = order.stacks.iter().map(|ordered| async {
        let artifact = ordered.artifact;
        let found = stack::describe(Regional::new(service, artifact.region()), artifact.name()).await?;
        let outputs = found.filter(|stack| stack.standing() != Standing::Absent).map(|stack| stack.outputs);
        Ok(StackOutputs { id: artifact.id.clone(), outputs })
    });
    join_all(stacks).await.into_iter().collect()
}
