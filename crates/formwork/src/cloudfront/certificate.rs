//! Certificates that CloudFront can read.

use crate::acm::Certificate;
use crate::cfn::certificatemanager::Certificate as L1;
use crate::region::{Anywhere, UsEast1};
use crate::{Handle, Lowered};

/// A handle to a certificate for a distribution: one of us-east-1, or one whose region synth checks.
///
/// Source: Amazon CloudFront Developer Guide, "Requirements for using SSL/TLS certificates with CloudFront".
#[diagnostic::on_unimplemented(
    message = "CloudFront reads certificates from us-east-1 only",
    label = "not a certificate in us-east-1",
    note = "add the certificate to a `Stack<UsEast1>`: its handle can be used in stacks of every region"
)]
pub trait ForCloudFront {
    /// The handle as a distribution keeps it.
    fn for_cloudfront(&self) -> Handle<Certificate, UsEast1>;
}

impl ForCloudFront for Handle<Certificate, UsEast1> {
    fn for_cloudfront(&self) -> Handle<Certificate, UsEast1> {
        self.clone()
    }
}

/// The distribution reports one of another region.
#[diagnostic::do_not_recommend]
impl ForCloudFront for Handle<Certificate, Anywhere> {
    fn for_cloudfront(&self) -> Handle<Certificate, UsEast1> {
        retyped(self)
    }
}

#[diagnostic::do_not_recommend]
impl ForCloudFront for Handle<L1, UsEast1> {
    fn for_cloudfront(&self) -> Handle<Certificate, UsEast1> {
        retyped(self)
    }
}

/// The distribution reports one of another region.
#[diagnostic::do_not_recommend]
impl ForCloudFront for Handle<L1, Anywhere> {
    fn for_cloudfront(&self) -> Handle<Certificate, UsEast1> {
        retyped(self)
    }
}

fn retyped<T: Lowered, R>(handle: &Handle<T, R>) -> Handle<Certificate, UsEast1> {
    Handle::new(Handle::reference(handle).clone())
}
