//! Objects that no stack uses any more. An object is used as long as the hash in its key stands in a parameter's value, in a template or in a
//! change set of any stack of the region, whoever deployed it; and a young one may be about to be used.

use std::collections::{BTreeMap, BTreeSet};

use formwork_assembly::StackId;
use formwork_model::objects::{Bucket, ObjectFacts, Objects};
use formwork_model::service::CloudFormation;
use formwork_model::status::StackStatus;
use futures_util::future::try_join_all;

use super::bucket;
use super::given::PREFIX;
use crate::error::Error;
use crate::regional::Regional;
use crate::stack;
use crate::status::Reported;

/// Days for which an object stays, though nothing uses it: a deployment that goes back uses it again.
pub const DAYS: u64 = 30;

/// Digits of a hash.
const DIGITS: usize = 64;

/// An object that nothing uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unused {
    /// The bucket.
    pub bucket: Bucket,
    /// The object's key.
    pub key: String,
    /// Its length in bytes.
    pub length: u64,
    /// The time at which it was written, in RFC 3339.
    pub modified: String,
}

/// The bucket of the stack `formwork-assets` in a region, if there is one.
///
/// # Errors
///
/// When the stack cannot be looked at.
pub async fn bucket_of(service: &dyn CloudFormation, region: &str) -> Result<Option<Bucket>, Error> {
    let found = stack::describe(Regional::new(service, region), bucket::STACK).await?;
    Ok(found.and_then(|stack| {
        let (name, owner) = (stack.output(bucket::OUTPUT)?.to_owned(), stack.account()?.to_owned());
        Some(Bucket { name, region: region.to_owned(), owner })
    }))
}

/// Objects of the bucket that were written before the time `before`, in RFC 3339, and that nothing uses.
///
/// # Errors
///
/// When a stack or the bucket cannot be looked at: nothing is said to be unused then.
pub async fn unused(
    service: &dyn CloudFormation,
    objects: &dyn Objects,
    bucket: &Bucket,
    before: &str,
) -> Result<Vec<Unused>, Error> {
    let mut old = all(objects, bucket).await?;
    old.retain(|object| object.modified.as_str() < before);
    if old.is_empty() {
        return Ok(Vec::new());
    }
    let used = used(service, &bucket.region).await?;
    let is_used = |key: &str| hashes(key).any(|hash| used.values().any(|named| named.contains(hash)));
    let unused = old.into_iter().filter(|object| hashes(&object.key).next().is_some() && !is_used(&object.key));
    let all = unused.map(|object| Unused {
        bucket: bucket.clone(),
        key: object.key,
        length: object.length,
        modified: object.modified,
    });
    Ok(all.collect())
}

/// What stays in a region's bucket when the region has no other stack any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stays {
    /// The bucket.
    pub bucket: Bucket,
    /// The number of objects in it.
    pub objects: usize,
    /// Their bytes.
    pub length: u64,
}

/// The bucket of a region that has no other stack any more; `None` if there is another one, or no bucket.
///
/// # Errors
///
/// When the stacks or the bucket cannot be looked at.
pub async fn stays(service: &dyn CloudFormation, objects: &dyn Objects, region: &str) -> Result<Option<Stays>, Error> {
    let Some(bucket) = bucket_of(service, region).await? else { return Ok(None) };
    if stacks(service, region).await?.iter().any(|id| !bucket::is_bucket(id)) {
        return Ok(None);
    }
    let all = all(objects, &bucket).await?;
    let length = all.iter().map(|object| object.length).sum();
    Ok(Some(Stays { bucket, objects: all.len(), length }))
}

/// Deletes everything of ours in the bucket of a stack that is about to be deleted.
///
/// # Errors
///
/// When a stack still uses something of it: nothing is deleted then.
pub(crate) async fn empty(service: &dyn CloudFormation, objects: &dyn Objects, region: &str) -> Result<(), Error> {
    let Some(bucket) = bucket_of(service, region).await? else { return Ok(()) };
    let all = all(objects, &bucket).await?;
    let used = used(service, region).await?;
    let uses = |named: &BTreeSet<String>| all.iter().any(|object| hashes(&object.key).any(|hash| named.contains(hash)));
    let users = used.iter().filter(|(id, named)| !bucket::is_bucket(id) && uses(named));
    let users: Vec<String> = users.map(|(id, _)| id.to_string()).collect();
    if !users.is_empty() {
        return Err(Error::BucketInUse { bucket: bucket.name, users });
    }
    for object in &all {
        objects.delete(&bucket, &object.key).await?;
    }
    Ok(())
}

/// The objects of ours in a bucket.
async fn all(objects: &dyn Objects, bucket: &Bucket) -> Result<Vec<ObjectFacts>, Error> {
    let mut all = Vec::new();
    let mut token: Option<String> = None;
    loop {
        let page = objects.list(bucket, PREFIX, token.as_deref()).await?;
        all.extend(page.objects);
        token = page.next;
        if token.is_none() {
            return Ok(all);
        }
    }
}

/// The hashes that the stacks of a region name, by stack.
async fn used(service: &dyn CloudFormation, region: &str) -> Result<BTreeMap<StackId, BTreeSet<String>>, Error> {
    let stacks = stacks(service, region).await?;
    let named = try_join_all(stacks.iter().map(|id| of_stack(service, id))).await?;
    Ok(stacks.into_iter().zip(named).collect())
}

/// The stacks of a region, nested ones included.
async fn stacks(service: &dyn CloudFormation, region: &str) -> Result<Vec<StackId>, Error> {
    let mut stacks = Vec::new();
    let mut token: Option<String> = None;
    loop {
        let page = service.stacks(region, token.as_deref()).await?;
        let is_gone =
            |status: &str| Reported::<StackStatus>::read(status) == Reported::Known(StackStatus::DeleteComplete);
        stacks.extend(
            page.items
                .into_iter()
                .filter(|stack| !is_gone(&stack.status))
                .map(|stack| StackId::new(stack.name, region)),
        );
        token = page.next;
        if token.is_none() {
            return Ok(stacks);
        }
    }
}

async fn of_stack(service: &dyn CloudFormation, id: &StackId) -> Result<BTreeSet<String>, Error> {
    let mut found = BTreeSet::new();
    let mut read = |text: &str| found.extend(hashes(text).map(str::to_owned));
    let Some(deployed) = stack::describe(Regional::new(service, &id.region), &id.name).await? else {
        return Ok(BTreeSet::new());
    };
    deployed.parameters.iter().for_each(|(_, value)| read(value));
    if let Some(template) = service.template(&id.region, &deployed.id).await? {
        read(&template);
    }
    let mut token: Option<String> = None;
    loop {
        let page = service.change_sets(&id.region, &deployed.id, token.as_deref()).await?;
        for change_set in page.items.iter().filter(|one| !one.execution.starts_with("EXECUTE_")) {
            let described = service.change_set(&id.region, &change_set.id, false, None).await?;
            described.parameters.iter().for_each(|(_, value)| read(value));
        }
        token = page.next;
        if token.is_none() {
            return Ok(found);
        }
    }
}

/// The runs of hexadecimal digits in a text that are as long as a hash.
fn hashes(text: &str) -> impl Iterator<Item = &str> {
    let is_digit = |byte: char| byte.is_ascii_digit() || ('a'..='f').contains(&byte);
    text.split(move |byte| !is_digit(byte)).filter(|run| run.len() == DIGITS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_found_wherever_they_stand() {
        let hash = "0123456789abcdef".repeat(4);
        for text in [hash.clone(), format!("formwork/{hash}.zip"), format!("{{\"S3Key\":\"x-{hash}\"}}")] {
            assert_eq!(hashes(&text).collect::<Vec<_>>(), [hash.as_str()], "{text}");
        }
        assert_eq!(hashes(&hash[1..]).count(), 0);
        assert_eq!(hashes(&format!("{hash}0")).count(), 0);
    }
}
