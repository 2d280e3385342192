//! An answer counts as the service's only if it is the document of the call.
//!
//! The SDK does not look at an answer that carries nothing, such as `ExecuteChangeSet`'s: with status 200, the page of a proxy or of a
//! login would count as done.

use aws_sdk_cloudformation::config::interceptors::AfterDeserializationInterceptorContextRef;
use aws_sdk_cloudformation::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_cloudformation::error::BoxError;
use aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint;
use aws_smithy_runtime_api::client::orchestrator::Metadata;

use crate::xml;

/// Refuses what is not the document of the call.
#[derive(Debug)]
pub(super) struct Answered;

#[dyn_dispatch_hint]
impl Intercept for Answered {
    fn name(&self) -> &'static str {
        "Answered"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let (response, call) = (context.response(), config.load::<Metadata>());
        let (true, Some(call), Some(body)) = (response.status().is_success(), call, response.body().bytes()) else {
            return Ok(());
        };
        let root = xml::root(body).map_err(|reason| format!("its answer is not XML: {reason}"))?;
        Ok(xml::expect(&xml::root_of(call.name()), &root)?)
    }
}
