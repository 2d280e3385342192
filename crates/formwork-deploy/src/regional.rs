//! The service in the region of a stack.

use formwork_model::service::CloudFormation;

/// The service, and the region in which it is called.
#[derive(Clone, Copy)]
pub(crate) struct Regional<'a> {
    pub(crate) service: &'a dyn CloudFormation,
    pub(crate) region: &'a str,
}

impl<'a> Regional<'a> {
    pub(crate) fn new(service: &'a dyn CloudFormation, region: &'a str) -> Regional<'a> {
        Regional { service, region }
    }
}
