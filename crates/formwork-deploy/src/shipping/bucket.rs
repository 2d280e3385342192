//! The bucket of a region: one that is named, or that of the stack `formwork-assets`, which a run adds to the app's stacks.
//!
//! That stack stands in front of those that ship something, as any producer does: its bucket's name reaches them by a parameter, its creation is
//! part of the plan, and nobody looks at it while nothing has to be shipped.

use std::collections::BTreeSet;

use formwork_assembly::{Assembly, BUCKET_PARAMETER, Import, StackArtifact, StackId};
use formwork_model::objects::Bucket;
use formwork_template::region::partition_of;

use crate::error::Error;
use crate::template;

/// The name of the stack that has a region's bucket.
pub const STACK: &str = "formwork-assets";

/// The output of that stack that names the bucket.
pub(crate) const OUTPUT: &str = "Bucket";

/// Its template. The bucket is not deleted while something is in it: S3 refuses that.
const TEMPLATE: &str = include_str!("formwork-assets.template.json");

/// The bucket to which contents are shipped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum BucketChoice {
    /// The one of the stack [`STACK`], which is made where there is none.
    #[default]
    OfStack,
    /// One of this name; `{region}` and `{account}` in it stand for those of the run.
    Named(String),
}

impl BucketChoice {
    /// The name, where it is given.
    pub(crate) fn name(&self, region: &str, account: Option<&str>) -> Option<String> {
        let BucketChoice::Named(pattern) = self else { return None };
        let name = pattern.replace("{region}", region);
        match account {
            Some(account) => Some(name.replace("{account}", account)),
            None if name.contains("{account}") => None,
            None => Some(name),
        }
    }

    /// The bucket that is named, in a region of the account.
    pub fn bucket(&self, region: &str, account: &str) -> Option<Bucket> {
        let name = self.name(region, Some(account))?;
        Some(Bucket { name, region: region.to_owned(), owner: account.to_owned() })
    }
}

/// True for a stack that has a region's bucket.
pub fn is_bucket(id: &StackId) -> bool {
    *id.name == *STACK
}

/// True if a stack ships something: contents, or a template that is too long for a call.
pub fn ships(assembly: &Assembly, stack: &StackArtifact) -> bool {
    assembly.assets_of(&stack.id).next().is_some() || template::is_long(stack).unwrap_or_default()
}

/// Adds the stacks of the buckets that the stacks with these ids need, in front of them.
///
/// # Errors
///
/// When the app has such a stack of its own, or a template cannot be read.
pub fn with_buckets(assembly: &mut Assembly, ids: &mut Vec<StackId>, choice: &BucketChoice) -> Result<(), Error> {
    if let Some(own) = assembly.stacks.iter().find(|stack| is_bucket(&stack.id)) {
        return Err(Error::BucketStackTaken { stack: own.id.to_string() });
    }
    if *choice != BucketChoice::OfStack {
        return Ok(());
    }
    let mut regions = BTreeSet::new();
    for index in 0..assembly.stacks.len() {
        let stack = &assembly.stacks[index];
        let has_assets = assembly.assets_of(&stack.id).next().is_some();
        if !ids.contains(&stack.id) || !has_assets && !template::is_long(stack)? {
            continue;
        }
        let bucket = StackId::new(STACK, stack.region());
        let stack = &mut assembly.stacks[index];
        stack.depends_on.push(bucket.clone());
        if has_assets {
            let (parameter, output) = (BUCKET_PARAMETER.to_owned(), OUTPUT.to_owned());
            stack.imports.push(Import { parameter, producer: bucket.clone(), output });
        }
        regions.insert(bucket);
    }
    for bucket in regions {
        assembly.stacks.push(StackArtifact {
            partition: partition_of(&bucket.region).code.to_owned(),
            id: bucket.clone(),
            template: TEMPLATE.to_owned(),
            ..StackArtifact::default()
        });
        ids.push(bucket);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_places_for_region_and_account() {
        let named = |text: &str| BucketChoice::Named(text.to_owned());
        assert_eq!(named("files-{region}").name("eu-west-1", None).as_deref(), Some("files-eu-west-1"));
        assert_eq!(named("{account}-files").name("eu-west-1", None), None);
        assert_eq!(named("{account}-files").name("eu-west-1", Some("1")).as_deref(), Some("1-files"));
        assert_eq!(BucketChoice::OfStack.name("eu-west-1", Some("1")), None);
    }
}
