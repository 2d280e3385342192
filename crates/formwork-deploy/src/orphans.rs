//! Stacks that an app deployed and has no more: it was renamed, moved to another region, or left out. They are found by the mark at the
//! end of their descriptions.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use formwork_assembly::{Assembly, StackArtifact, StackId, joined};
use formwork_model::service::{CallError, CloudFormation, all_pages};
use formwork_model::status::StackStatus;
use formwork_template::memory::{Memory, Owner};
use formwork_template::region::partition_of;
use formwork_template::{Style, Value};
use futures_util::future::join_all;

use crate::error::Error;
use crate::native;
use crate::regional::Regional;
use crate::stack;
use crate::status::Reported;

/// A deployed stack that its app has no more.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Orphan {
    /// Its name and region.
    pub id: StackId,
    /// The word for its status.
    pub status: String,
}

/// The stacks that an app deployed and has no more, as far as they were looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Orphans {
    /// Those that were found.
    pub found: Vec<Orphan>,
    /// The regions in which they were not looked for.
    pub unlisted: Vec<Unlisted>,
}

/// A region whose stacks could not be listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unlisted {
    /// The region.
    pub region: String,
    /// The reason; `None` if there was no answer in time.
    pub reason: Option<CallError>,
}

impl Orphans {
    /// The reasons for which they were not looked for everywhere, each with all of its regions: a clause.
    pub fn not_looked_for(&self) -> Option<String> {
        let kind = |one: &Unlisted| one.reason.as_ref().map(std::mem::discriminant);
        let mut kinds: Vec<(&Unlisted, Vec<String>)> = Vec::new();
        for one in &self.unlisted {
            match kinds.iter_mut().find(|(first, _)| kind(first) == kind(one)) {
                Some((_, more)) => more.push(one.region.clone()),
                None => kinds.push((one, Vec::new())),
            }
        }
        let clauses = kinds.iter().map(|(first, more)| match more.as_slice() {
            [] => first.to_string(),
            more => format!("{first}; the same in {}", joined(more)),
        });
        let clauses: Vec<String> = clauses.collect();
        (!clauses.is_empty()).then(|| clauses.join("; "))
    }
}

impl fmt::Display for Unlisted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reason {
            Some(reason) => reason.fmt(f),
            None => write!(f, "{}: no answer to `ListStacks` within {} seconds", self.region, LONGEST_LOOK.as_secs()),
        }
    }
}

/// For how long stacks are looked for in a region. Nothing that a command is for waits for them.
const LONGEST_LOOK: Duration = Duration::from_secs(45);

/// The stacks of the assembly's app, in its regions and in `more`, that the assembly does not have. None if the app is not named. Where stacks
/// cannot be listed, nothing fails: the answer says so.
pub async fn orphans(service: &dyn CloudFormation, assembly: &Assembly, more: &BTreeSet<String>) -> Orphans {
    let Some(owner) = &assembly.owner else { return Orphans::default() };
    let own = assembly.stacks.iter().map(|stack| stack.region());
    let regions: BTreeSet<&str> = own.chain(more.iter().map(String::as_str)).collect();
    let found = regions.into_iter().map(|region| async move {
        let reason = match tokio::time::timeout(LONGEST_LOOK, of_region(service, region, owner)).await {
            Ok(Ok(found)) => return Ok(found),
            Ok(Err(error)) => Some(error),
            Err(_) => None,
        };
        Err(Unlisted { region: region.to_owned(), reason })
    });
    let mut orphans = Orphans::default();
    for of_region in join_all(found).await {
        match of_region {
            Ok(found) => orphans.found.extend(found),
            Err(unlisted) => orphans.unlisted.push(unlisted),
        }
    }
    orphans.found.retain(|orphan| assembly.stack(&orphan.id).is_none());
    orphans.found.sort();
    orphans
}

/// Stacks that the app has no more, in the form of those that it has, without a template: what is deployed says what they take from each other, and
/// from the others.
///
/// # Errors
///
/// When one cannot be read.
pub async fn artifacts(
    service: &dyn CloudFormation,
    assembly: &Assembly,
    ids: &[&StackId],
) -> Result<Vec<StackArtifact>, Error> {
    let artifacts = join_all(ids.iter().map(|id| artifact(service, id))).await;
    let artifacts = artifacts.into_iter().collect::<Result<Vec<_>, Error>>()?;
    let first = assembly.stacks.len();
    let stacks = assembly.stacks.iter().cloned().chain(artifacts).collect();
    let mut all = Assembly { stacks, assets: assembly.assets.clone(), ..Assembly::default() };
    for (consumer, producer) in native::references(&all) {
        if let (true, Some(producer)) = (consumer >= first, all.stacks.get(producer).map(|stack| stack.id.clone())) {
            all.stacks[consumer].depends_on.push(producer);
        }
    }
    let artifacts = all.stacks.split_off(first);
    Ok(artifacts.into_iter().map(|artifact| StackArtifact { template: String::new(), ..artifact }).collect())
}

/// One of them, with its deployed template.
async fn artifact(service: &dyn CloudFormation, id: &StackId) -> Result<StackArtifact, Error> {
    let regional = Regional::new(service, &id.region);
    let partition = partition_of(&id.region).code.to_owned();
    let artifact = StackArtifact { id: id.clone(), partition, ..StackArtifact::default() };
    let Some(deployed) = stack::describe(regional, &id.name).await? else { return Ok(artifact) };
    let Some(mut template) = stack::template(regional, &deployed.id).await? else { return Ok(artifact) };
    let depends_on = Memory::read(&template).uses.into_iter().map(|used| used.producer).collect();
    // Names of what it takes may be made of them.
    for (name, parameter) in &mut template.parameters {
        parameter.default = deployed.parameter(name).map(|value| Value::String(value.to_owned()));
    }
    Ok(StackArtifact { depends_on, template: template.to_json(Style::Compact).0, ..artifact })
}

/// The stacks of an app in a region, without nested ones.
async fn of_region(service: &dyn CloudFormation, region: &str, owner: &Owner) -> Result<Vec<Orphan>, CallError> {
    let is_gone = |status: &str| {
        matches!(
            Reported::<StackStatus>::read(status),
            Reported::Known(StackStatus::DeleteComplete | StackStatus::ReviewInProgress)
        )
    };
    let listed = all_pages(async |token| service.stacks(region, token).await).await?;
    let own = listed
        .into_iter()
        .filter(|stack| stack.parent.is_none() && !is_gone(&stack.status))
        .filter(|stack| stack.description.as_deref().and_then(Owner::of_description).as_ref() == Some(owner))
        .map(|stack| Orphan { id: StackId::new(stack.name, region), status: stack.status });
    Ok(own.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_region_in_which_nobody_looked_is_named() {
        let denied = |region: &str| {
            let (permission, call, message) = ("cloudformation", "ListStacks", "no".to_owned());
            let reason = Some(CallError::Forbidden { permission, call, region: region.to_owned(), message });
            Unlisted { region: region.to_owned(), reason }
        };
        let late = Unlisted { region: "eu-west-3".to_owned(), reason: None };
        let text = |unlisted| Orphans { unlisted, ..Orphans::default() }.not_looked_for().unwrap_or_default();
        assert_eq!(text(Vec::new()), "");
        insta::assert_snapshot!(text(vec![denied("eu-west-1"), late, denied("us-east-1"), denied("us-west-2")]), @"eu-west-1: not allowed to call `cloudformation:ListStacks`: no; the same in us-east-1 and us-west-2; eu-west-3: no answer to `ListStacks` within 45 seconds");
    }
}
