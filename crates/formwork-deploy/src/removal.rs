//! Deleting what a stack left behind, through the Cloud Control API.
//!
//! An update keeps the old one of a resource that is replaced, if the value of it leaves the stack: synth gave it an
//! `UpdateReplacePolicy`. It is deleted when what used it has followed. Until then it is in no stack; after a run that was killed, the
//! stack's events still name it.
//!
//! Source: Cloud Control API User Guide, "Deleting a resource", "Error codes"; AWS CloudFormation User Guide, "Stack status codes".

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use formwork_diff::Registry;
use formwork_model::service::{CallError, Deletion};
use formwork_model::status::ResourceStatus;
use tokio::time::Instant;

use crate::error::Error;
use crate::events::ResourceEvent;
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
    /// The name that it had in the template.
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

/// Resources with these logical ids that the stack left behind in the last days, and that are still there.
///
/// A name can be used again by others when the resource of the stack is gone. So the requests that deleted resources are asked for, which
/// are kept for seven days; what was left before that is not taken for the stack's.
pub(crate) async fn leftovers(
    regional: Regional<'_>,
    stack_id: &str,
    keeps: &[String],
) -> Result<Vec<Leftover>, Error> {
    let oldest = oldest_day(SystemTime::now());
    let mut skipped: Vec<Leftover> = Vec::new();
    let mut deleted: BTreeSet<String> = BTreeSet::new();
    let mut token: Option<String> = None;
    for _ in 0..PAGES {
        let page = match regional.service.events(regional.region, stack_id, token.as_deref()).await {
            Ok(page) => page,
            // A login that may not read events can still deploy.
            Err(CallError::Forbidden { .. }) => return Ok(Vec::new()),
            Err(error) => return Err(error.into()),
        };
        let mut is_over = false;
        for event in page.items.into_iter().map(ResourceEvent::from) {
            // Newest first.
            if event.time.get(..10).is_none_or(|day| day < oldest.as_str()) {
                is_over = true;
                break;
            }
            let Some(physical_id) = event.physical_id.filter(|id| !id.is_empty()) else { continue };
            match event.status {
                EventStatus::Resource(Reported::Known(ResourceStatus::DeleteComplete)) => {
                    deleted.insert(physical_id);
                }
                EventStatus::Resource(Reported::Known(ResourceStatus::DeleteSkipped))
                    if keeps.contains(&event.logical_id) && !deleted.contains(&physical_id) =>
                {
                    let (logical_id, type_name) = (event.logical_id, event.type_name);
                    skipped.push(Leftover { logical_id, type_name, physical_id });
                }
                _ => {}
            }
        }
        token = page.next;
        if token.is_none() || is_over {
            break;
        }
    }
    skipped.sort();
    skipped.dedup();
    if skipped.is_empty() {
        return Ok(skipped);
    }
    // A resource can have come back into the stack under the same physical id.
    let owned = crate::resources::physical_ids(regional, stack_id).await?;
    skipped.retain(|left| !owned.contains(&left.physical_id));
    let gone = match deleted_lately(regional).await {
        Ok(gone) => gone,
        // Without that memory nothing is taken for the stack's.
        Err(CallError::Forbidden { .. }) => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    skipped.retain(|left| !gone.contains(&(left.type_name.clone(), left.physical_id.clone())));
    let mut there = Vec::new();
    for left in skipped {
        match regional.service.has_resource(regional.region, &left.type_name, &left.physical_id).await {
            Ok(true) => there.push(left),
            Ok(false) => {}
            Err(error) if error.may_pass() => return Err(error.into()),
            // A type that Cloud Control does not know, or no permission to look.
            Err(_) => {}
        }
    }
    Ok(there)
}

/// Types and physical ids of the resources that were deleted by Cloud Control in the last seven days.
async fn deleted_lately(regional: Regional<'_>) -> Result<BTreeSet<(String, String)>, CallError> {
    let (mut gone, mut token) = (BTreeSet::new(), None::<String>);
    loop {
        let page = regional.service.deleted_resources(regional.region, token.as_deref()).await?;
        gone.extend(page.items);
        token = page.next;
        if token.is_none() {
            return Ok(gone);
        }
    }
}

/// The day, as the service writes it, since which requests of Cloud Control are surely remembered.
fn oldest_day(now: SystemTime) -> String {
    const DAYS: i64 = 6;
    let seconds = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let days = i64::try_from(seconds / 86_400).unwrap_or_default() - DAYS;
    // Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
    let shifted = days + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
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
            Err(error) => return Err(error.to_string()),
        };
        if !may_succeed_later(&code, &message) || begun.elapsed() > LONGEST_IN_USE {
            return Err(message);
        }
        pace.rest().await;
    }
    Ok(())
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
        let at = |days: u64| oldest_day(UNIX_EPOCH + Duration::from_secs(days * 86_400 + 5));
        assert_eq!([at(6), at(19_789), at(20_000)], ["1970-01-01", "2024-03-01", "2024-09-28"].map(str::to_owned));
    }

    #[test]
    fn what_is_in_use_is_tried_again() {
        assert!(may_succeed_later("ResourceConflict", "x"));
        assert!(may_succeed_later("InvalidRequest", "Certificate arn:… in account 1 is in use."));
        assert!(!may_succeed_later("AccessDenied", "not authorized"));
    }
}
