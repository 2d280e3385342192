//! Deleting what a stack left behind, through the Cloud Control API.
//!
//! An update keeps the old one of a resource that is replaced, if the value of it leaves the stack: synth gave it an
//! `UpdateReplacePolicy`. It is deleted when what used it has followed. Until then it is in no stack; after a run that was killed, the
//! stack's events still name it.
//!
//! Source: Cloud Control API User Guide, "Deleting a resource", "Error codes"; AWS CloudFormation User Guide, "Stack status codes".

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use formwork_assembly::StackId;
use formwork_diff::Registry;
use formwork_model::service::{
    CallError, DeletedResource, Deletion, ListedStack, StackEvent, Timestamp, all_pages, visit_pages,
};
use formwork_model::status::{ResourceStatus, StackStatus};
use tokio::time::Instant;

use crate::error::Error;
use crate::events::ResourceEvent;
use crate::nested;
use crate::pace::Pace;
use crate::regional::Regional;
use crate::status::{EventStatus, Reported};

/// For how long the deletion is tried of what still counts as in use: services learn late that it is not any more.
const LONGEST_IN_USE: Duration = Duration::from_secs(600);
/// Pages of events that are read to find what earlier runs left, of 100 events or so each.
const PAGES: usize = 20;

/// A resource that is in no stack any more.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Leftover {
    /// The name that it had in the template; of a nested stack's resource, after the nested stack's name and a point.
    pub logical_id: String,
    /// Its type.
    pub type_name: String,
    /// Its physical id.
    pub physical_id: String,
}

/// Ways in which a resource that was left behind is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// By the next deploy, or by `gc`.
    Deleted,
    /// By `gc` alone, which is given its name: it may hold data.
    ByName,
    /// By hand: Cloud Control cannot delete its type, or knows it by another id.
    ByHand,
}

/// Reason for which a resource that may hold data is still there.
pub(crate) fn by_name(stack: &StackId, logical_id: &str) -> String {
    format!("it may hold data: `cargo formwork gc --allow {}/{logical_id}` deletes it", stack.name)
}

/// The way in which a resource of this type is deleted, whose physical id may not be known yet.
pub(crate) fn how(registry: &Registry, type_name: &str, physical_id: Option<&str>) -> How {
    let Some(facts) = registry.of(type_name) else { return How::ByHand };
    let has_handlers = facts.has_update_handler().is_some();
    let (identifier, given) = (facts.primary_identifier().collect(), facts.ref_parts().collect());
    match has_handlers && is_identifier(identifier, given, physical_id) {
        false => How::ByHand,
        true if facts.holds_data() => How::ByName,
        true => How::Deleted,
    }
}

/// True if Cloud Control knows the resource by its physical id: `Ref` gives the identifier, whose parts, if there are several, are
/// joined by `|`. The types before the registry have ids of their own, which have other parts.
///
/// Source: Cloud Control API User Guide, "Identifying resources", "Using compound identifiers".
fn is_identifier(identifier: Vec<&str>, given_by_ref: Vec<&str>, physical_id: Option<&str>) -> bool {
    match (identifier.as_slice(), physical_id) {
        ([], _) => false,
        ([_], _) => given_by_ref.iter().all(|part| identifier.contains(part)),
        (parts, Some(id)) => id.split('|').count() == parts.len() && id.split('|').all(|part| !part.is_empty()),
        (parts, None) => given_by_ref == parts,
    }
}

/// Resources with these logical ids that the stack left behind in the last days, and that are still there. A login that may not look can still
/// deploy: `warn` is told what is not known then.
pub(crate) async fn leftovers(
    regional: Regional<'_>,
    stack_id: &str,
    keeps: &[String],
    warn: impl FnOnce(String),
) -> Result<Vec<Leftover>, Error> {
    let is_meant = |status, id: &str| status == ResourceStatus::DeleteSkipped && keeps.iter().any(|kept| kept == id);
    let found = match left(regional, stack_id, is_meant).await {
        Ok(left) => there(regional, left, &[stack_id]).await,
        Err(error) => Err(error),
    };
    match found {
        Err(Error::Aws(CallError::Forbidden { permission, call, .. })) => {
            warn(format!(
                "whether earlier updates left something of it is not known: `{permission}:{call}` is not allowed"
            ));
            Ok(Vec::new())
        }
        other => other,
    }
}

/// Resources that operations of the last days were to delete and could not, and that are in no stack any more: of the stack and of its nested stacks.
///
/// Source: AWS CloudFormation User Guide, "Stack status codes": an update, or its rollback, is complete whether or not its cleanup could delete
/// everything.
pub(crate) async fn not_deleted(regional: Regional<'_>, stack_id: &str) -> Result<Vec<Leftover>, Error> {
    let is_meant = |status, _: &str| status == ResourceStatus::DeleteFailed;
    let mut found = there(regional, left(regional, stack_id, is_meant).await?, &[stack_id]).await?;
    for (path, id) in nested::stacks(regional, stack_id).await? {
        let inside = there(regional, left(regional, &id, is_meant).await?, &[&id]).await?;
        found.extend(inside.into_iter().map(|one| {
            let logical_id = format!("{path}.{}", one.logical_id);
            Leftover { logical_id, ..one }
        }));
    }
    Ok(found)
}

/// Resources of a stack that was deleted in the last days: those that were retained, and those that earlier updates had left. What is in the
/// stack that has its name now is not among them.
///
/// Source: API Reference, `DescribeStackEvents`, `ListStackResources`: of a deleted stack by its ARN, for 90 days.
pub(crate) async fn of_deleted(
    regional: Regional<'_>,
    stack_id: &str,
    successor: Option<&str>,
) -> Result<Vec<Leftover>, Error> {
    let is_meant = |status, _: &str| matches!(status, ResourceStatus::DeleteSkipped | ResourceStatus::DeleteFailed);
    let left = left(regional, stack_id, is_meant).await?;
    there(regional, left, &successor.into_iter().collect::<Vec<_>>()).await
}

/// The stacks of the region that were deleted in the last days, newest first.
pub(crate) async fn deleted_stacks(regional: Regional<'_>) -> Result<Vec<ListedStack>, Error> {
    let oldest = oldest(SystemTime::now());
    let mut found = all_pages(async |token| regional.service.stacks(regional.region, token).await).await?;
    found.retain(|stack: &ListedStack| {
        stack.parent.is_none()
            && Reported::<StackStatus>::read(&stack.status) == Reported::Known(StackStatus::DeleteComplete)
            && stack.deleted.as_ref().is_some_and(|time| time.order >= oldest)
    });
    found.sort_by(|one: &ListedStack, other| other.deleted.cmp(&one.deleted));
    Ok(found)
}

/// Resources that had such a status when an operation of the last days was done with them, each with the time of that.
async fn left(
    regional: Regional<'_>,
    stack_id: &str,
    is_meant: impl Fn(ResourceStatus, &str) -> bool,
) -> Result<Vec<(Leftover, Option<Timestamp>)>, Error> {
    let oldest = oldest(SystemTime::now());
    let mut found: BTreeMap<Leftover, Option<Timestamp>> = BTreeMap::new();
    let mut deleted: BTreeSet<String> = BTreeSet::new();
    let mut pages = 0;
    let ask = async |token: Option<&str>| regional.service.events(regional.region, stack_id, token).await;
    let visit = |events: Vec<StackEvent>| {
        for event in events {
            let time = event.time.clone();
            // Newest first.
            if time.as_ref().is_none_or(|time| time.order < oldest) {
                return ControlFlow::Break(());
            }
            let event = ResourceEvent::from(event);
            let Some(physical_id) = event.physical_id.filter(|id| !id.is_empty()) else { continue };
            match event.status {
                EventStatus::Resource(Reported::Known(ResourceStatus::DeleteComplete)) => {
                    deleted.insert(physical_id);
                }
                EventStatus::Resource(Reported::Known(status))
                    if is_meant(status, &event.logical_id) && !deleted.contains(&physical_id) =>
                {
                    let (logical_id, type_name) = (event.logical_id, event.type_name);
                    found.entry(Leftover { logical_id, type_name, physical_id }).or_insert(time);
                }
                _ => {}
            }
        }
        pages += 1;
        if pages == PAGES { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    visit_pages(ask, visit).await?;
    Ok(found.into_iter().collect())
}

/// Those that are still there, and in none of these stacks.
///
/// A name can be used again by others when the resource of the stack is gone. So the requests that deleted resources are asked for, which
/// are kept for seven days; what was left before that is not taken for the stack's. A request before it was left deleted another one of that name.
async fn there(
    regional: Regional<'_>,
    mut found: Vec<(Leftover, Option<Timestamp>)>,
    stacks: &[&str],
) -> Result<Vec<Leftover>, Error> {
    if found.is_empty() {
        return Ok(Vec::new());
    }
    // A resource can have come back into the stack under the same physical id.
    for stack_id in stacks {
        let owned = crate::resources::physical_ids(regional, stack_id).await?;
        found.retain(|(left, _)| !owned.contains(&left.physical_id));
    }
    let gone = deleted_lately(regional).await?;
    let is_gone = |left: &Leftover, since: &Option<Timestamp>| {
        gone.iter().any(|one| {
            one.type_name == left.type_name
                && one.identifier == left.physical_id
                && (one.time.is_none() || one.time >= *since)
        })
    };
    let mut there = Vec::new();
    for (left, _) in found.into_iter().filter(|(left, since)| !is_gone(left, since)) {
        match regional.service.has_resource(regional.region, &left.type_name, &left.physical_id).await {
            Ok(true) => there.push(left),
            Ok(false) => {}
            Err(error) if error.may_pass() || matches!(error, CallError::Forbidden { .. }) => return Err(error.into()),
            // A type that Cloud Control does not know.
            Err(_) => {}
        }
    }
    Ok(there)
}

/// Resources that were deleted by Cloud Control in the last seven days.
async fn deleted_lately(regional: Regional<'_>) -> Result<Vec<DeletedResource>, CallError> {
    all_pages(async |token| regional.service.deleted_resources(regional.region, token).await).await
}

/// The begin of the day since which requests of Cloud Control are surely remembered, as the service's times are ordered.
fn oldest(now: SystemTime) -> i128 {
    const DAY: u64 = 86_400;
    let days = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs() / DAY;
    i128::from(days.saturating_sub(6) * DAY) * 1_000_000_000
}

/// Deletes a resource. It is tried again as long as the service says that it is in use, up to some time.
pub(crate) async fn delete(regional: Regional<'_>, left: &Leftover, run: &str) -> Result<(), String> {
    let begun = Instant::now();
    let mut pace = Pace::stack();
    for attempt in 0_u32.. {
        let token = format!("{run}-{attempt}");
        let (code, message) = match delete_once(regional, left, &token).await {
            Ok(None) => return Ok(()),
            Ok(Some(failure)) => failure,
            Err(error @ CallError::Forbidden { .. }) => return Err(format!("{error}; {}", permissions(left))),
            Err(error) => return Err(error.to_string()),
        };
        if code == "AccessDenied" {
            return Err(format!("{message}; {}", permissions(left)));
        }
        if !may_succeed_later(&code, &message) || begun.elapsed() > LONGEST_IN_USE {
            return Err(message);
        }
        pace.rest().await;
    }
    Ok(())
}

/// The permissions that its deletion takes.
fn permissions(left: &Leftover) -> String {
    format!(
        "it takes `cloudformation:DeleteResource`, `cloudformation:GetResourceRequestStatus` and the permission to delete a {}",
        left.type_name
    )
}

/// One request, followed to its end: the handler's code and message, if it failed.
async fn delete_once(
    regional: Regional<'_>,
    left: &Leftover,
    token: &str,
) -> Result<Option<(String, String)>, CallError> {
    let Regional { service, region } = regional;
    let mut state = service.delete_resource(region, &left.type_name, &left.physical_id, token).await?;
    let mut pace = Pace::change_set();
    loop {
        match state {
            Deletion::Done => return Ok(None),
            Deletion::Failed { code, message } => return Ok(Some((code, message))),
            Deletion::InProgress { token } => {
                pace.rest().await;
                state = service.deletion(region, &token).await?;
            }
        }
    }
}

/// Source: Cloud Control API User Guide, "Error codes"; ACM, EC2 and others say "in use" or "dependent object" with other codes too.
fn may_succeed_later(code: &str, message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    ["in use", "inuse", "dependent object", "attached"].iter().any(|words| message.contains(words))
        || matches!(
            code,
            "ResourceConflict"
                | "Throttling"
                | "ServiceInternalError"
                | "InternalFailure"
                | "NetworkFailure"
                | "ServiceTimeout"
                | "NotStabilized"
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_is_that_of_the_type() {
        let registry = Registry::default();
        for (type_name, expected) in [
            ("AWS::SQS::Queue", How::ByName),
            ("AWS::SSM::Parameter", How::Deleted),
            ("AWS::CertificateManager::Certificate", How::Deleted),
            ("AWS::DynamoDB::Table", How::ByName),
            ("AWS::S3::Bucket", How::ByName),
            ("AWS::Route53::RecordSet", How::ByHand),
            ("Custom::Thing", How::ByHand),
        ] {
            assert_eq!(how(&registry, type_name, None), expected, "{type_name}");
        }
    }

    #[test]
    fn an_identifier_of_several_parts_is_known_by_its_form() {
        let registry = Registry::default();
        for (type_name, physical_id, expected) in [
            ("AWS::EKS::Addon", None, How::Deleted),
            ("AWS::EKS::Addon", Some("cluster|vpc-cni"), How::Deleted),
            ("AWS::EKS::Addon", Some("vpc-cni"), How::ByHand),
            ("AWS::EKS::Addon", Some("|vpc-cni"), How::ByHand),
            ("AWS::EKS::Addon", Some("a|b|c"), How::ByHand),
            // `Ref` gives one of the parts.
            ("AWS::ApiGateway::Authorizer", None, How::ByHand),
            ("AWS::ApiGateway::Authorizer", Some("a1b2c3"), How::ByHand),
        ] {
            assert_eq!(how(&registry, type_name, physical_id), expected, "{type_name} {physical_id:?}");
        }
    }

    #[test]
    fn the_memory_of_cloud_control_is_a_week() {
        let at = |seconds: u64| oldest(UNIX_EPOCH + Duration::from_secs(seconds));
        let day = 86_400_000_000_000;
        assert_eq!([at(5), at(6 * 86_400 + 5), at(20_000 * 86_400 + 5)], [0, 0, 19_994 * day]);
    }

    #[test]
    fn what_is_in_use_is_tried_again() {
        assert!(may_succeed_later("ResourceConflict", "x"));
        assert!(may_succeed_later("InvalidRequest", "Certificate arn:… in account 1 is in use."));
        assert!(!may_succeed_later("AccessDenied", "not authorized"));
    }
}
