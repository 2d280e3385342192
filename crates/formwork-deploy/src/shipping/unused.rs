//! Objects that no stack uses any more. An object is used as long as the hash in its key stands in a parameter's value, in a template or in a
//! change set of any stack of the region, whoever deployed it; and a young one may be about to be used.

use std::collections::BTreeSet;

use formwork_assembly::StackId;
use formwork_model::objects::{Bucket, ObjectFacts, Objects};
use formwork_model::service::{CloudFormation, Page, all_pages};
use formwork_model::status::StackStatus;
use futures_util::future::try_join_all;

use super::bucket;
use super::given::PREFIX;
use crate::error::Error;
use crate::regional::Regional;
use crate::stack;
use crate::status::Reported;
use crate::waiting;

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
    let used = used(service, bucket).await?;
    let is_used = |key: &str| hashes(key).any(|hash| used.iter().any(|user| user.hashes.contains(hash)));
    let unused = old.into_iter().filter(|object| hashes(&object.key).next().is_some() && !is_used(&object.key));
    let all = unused.map(|object| Unused {
        bucket: bucket.clone(),
        key: object.key,
        length: object.length,
        modified: object.modified,
    });
    Ok(all.collect())
}

/// The objects that stay in a region's bucket when the region has no other stack any more.
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
    if stacks(service, region).await?.iter().any(|(id, _)| !bucket::is_bucket(id)) {
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
    let used = used(service, &bucket).await?;
    let uses = |user: &User| {
        user.names_bucket && all.iter().any(|object| hashes(&object.key).any(|hash| user.hashes.contains(hash)))
    };
    let users = used.iter().filter(|user| !bucket::is_bucket(&user.id) && uses(user));
    let users: Vec<String> = users.map(|user| user.id.to_string()).collect();
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
    let ask = async |token: Option<&str>| match objects.list(bucket, PREFIX, token).await {
        // Somebody deleted it.
        Err(error) if error.is_missing() => Ok(Page { items: Vec::new(), next: None }),
        page => page.map(|page| Page { items: page.objects, next: page.next }),
    };
    Ok(all_pages(ask).await?)
}

/// A stack, as far as it may use a bucket.
struct User {
    id: StackId,
    /// The hashes that it names.
    hashes: BTreeSet<String>,
    /// True if it names the bucket.
    names_bucket: bool,
}

/// The stacks of the bucket's region. None of them may be in progress: it names what it had then, or what it will have.
async fn used(service: &dyn CloudFormation, bucket: &Bucket) -> Result<Vec<User>, Error> {
    let stacks = stacks(service, &bucket.region).await?;
    let busy = stacks.iter().filter(|(id, is_busy)| *is_busy && !bucket::is_bucket(id));
    let busy: Vec<String> = busy.map(|(id, _)| id.to_string()).collect();
    if !busy.is_empty() {
        return Err(Error::BucketBusy { bucket: bucket.name.clone(), stacks: busy });
    }
    try_join_all(stacks.into_iter().map(|(id, _)| of_stack(service, id, bucket))).await
}

/// The stacks of a region, nested ones included; true for one that is being changed.
async fn stacks(service: &dyn CloudFormation, region: &str) -> Result<Vec<(StackId, bool)>, Error> {
    let listed = all_pages(async |token| service.stacks(region, token).await).await?;
    let stacks = listed.into_iter().filter_map(|stack| {
        let status = Reported::<StackStatus>::read(&stack.status);
        let is_there = status != Reported::Known(StackStatus::DeleteComplete);
        is_there.then(|| (StackId::new(stack.name, region), status.is_busy()))
    });
    Ok(stacks.collect())
}

async fn of_stack(service: &dyn CloudFormation, id: StackId, bucket: &Bucket) -> Result<User, Error> {
    let mut user = User { id: id.clone(), hashes: BTreeSet::new(), names_bucket: false };
    let mut read = |text: &str| {
        user.hashes.extend(hashes(text).map(str::to_owned));
        user.names_bucket |= text.contains(&bucket.name);
    };
    let Some(deployed) = stack::describe(Regional::new(service, &id.region), &id.name).await? else {
        return Ok(user);
    };
    deployed.parameters.iter().for_each(|(_, value)| read(value));
    if let Some(template) = service.template(&id.region, &deployed.id).await? {
        read(&template);
    }
    for change_set in waiting::change_sets(Regional::new(service, &id.region), &deployed.id).await? {
        let described = service.change_set(&id.region, &change_set.id, false, None).await?;
        described.parameters.iter().for_each(|(_, value)| read(value));
    }
    Ok(user)
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
