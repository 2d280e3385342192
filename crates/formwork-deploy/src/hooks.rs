//! Reasons of hooks. An event of a stack says that a hook failed, and not why; `DescribeEvents` does.
//!
//! Of a stack that was rolled back, the service may answer with the rollback alone, of which nothing failed: the operation is asked for by
//! its id.
//!
//! Sources: API Reference, `DescribeEvents`, "Hook invocation errors"; aws-cdk issue 21674; awslabs/mcp issue 4275.

use formwork_model::service::{CallError, FailuresOf, all_pages};

use crate::events::ResourceEvent;
use crate::regional::Regional;

/// The reasons of the hooks by which this failure came about, each in one line. Of older operations the stack has some too: only those
/// since the first of `events` count. Nothing for any other failure.
pub(crate) async fn reasons(
    regional: Regional<'_>,
    stack_id: &str,
    failure: &ResourceEvent,
    events: &[ResourceEvent],
) -> Result<Vec<String>, CallError> {
    if !failure.reason.as_deref().is_some_and(|reason| reason.contains("hook(s)")) {
        return Ok(Vec::new());
    }
    let begin = events.first().map(|event| event.time.trim_end_matches('Z')).unwrap_or_default();
    let of = failure.operation.as_deref().map_or(FailuresOf::Stack(stack_id), FailuresOf::Operation);
    let findings = all_pages(async |token| regional.service.findings(regional.region, of, token).await).await?;
    let words = findings.into_iter().filter_map(|finding| {
        let is_since = finding.time.as_ref().is_none_or(|time| time.text.trim_end_matches('Z') >= begin);
        // Hooks and checks have names such as `Example::Guard::Hook`; other failures are told by the stack's events.
        let reason = finding.reason.filter(|_| is_since && finding.check.contains("::"))?;
        let place = finding.place.as_deref().unwrap_or("the stack");
        Some(format!("{place}: {} ({})", reason.trim_end_matches('.'), finding.check))
    });
    Ok(words.collect())
}
