//! Certificates that exist already.

use formwork_template::{Place, Reference, ResourceType as _, Source, StackId, Val, token};

use super::Certificate;
use crate::cfn::certificatemanager::Certificate as L1;
use crate::region::{Region, UsEast1};
use crate::{Handle, existing};

/// The attribute under which the names of an existing certificate are kept, with a space between them.
const NAMES: &str = "Formwork::Names";

impl Certificate {
    /// A certificate that exists already, for distributions: one of us-east-1. An ARN of something else, or of another region, is a
    /// problem at this line.
    ///
    /// ```
    /// use formwork::prelude::*;
    ///
    /// let arn = "arn:aws:acm:us-east-1:111122223333:certificate/12345678-1234-1234-1234-123456789012";
    /// let certificate = Certificate::from_arn(arn);
    /// let mut site = Stack::<EuCentral1>::new("site");
    /// let origin = Origin::public_https("origin.example.com");
    /// site.add("Distribution", Distribution::new(origin, &certificate));
    /// # App::new().with(site).synth().unwrap();
    /// ```
    #[track_caller]
    pub fn from_arn(arn: impl Into<Val<String>>) -> Handle<Certificate, UsEast1> {
        Certificate::from_arn_in::<UsEast1>(arn)
    }

    /// A certificate that exists already, in another region: for a load balancer, for example.
    #[track_caller]
    pub fn from_arn_in<R: Region>(arn: impl Into<Val<String>>) -> Handle<Certificate, R> {
        let Reference { stack, logical_id, source, .. } =
            existing::reference(L1::TYPE_NAME, L1::REF_NAME, &arn.into(), Place::caller());
        let Source::Existing(thing) = source else { return Handle::new(Reference::to(stack, logical_id)) };
        let mut thing = (*thing).clone();
        if thing.fault.is_none() && !token::is_in(&logical_id) {
            thing.fault = match &*stack.region {
                // Only an ARN has a region.
                "" => Some(format!("`{logical_id}` is not the ARN of a certificate")),
                region if region != R::CODE => {
                    Some(format!("the certificate `{logical_id}` is in `{region}`, and wanted in `{}`", R::CODE))
                }
                _ => None,
            };
        }
        let reference = Reference::to_existing(logical_id, thing);
        Handle::new(Reference { stack: StackId::new("", R::CODE), ..reference })
    }
}

/// Facts of a certificate that exists already.
pub trait CertificateFacts: Sized {
    /// The handle with the names of a certificate that exists already made known, for all of which it must be: synth holds the aliases of
    /// distributions against them, as against those of a certificate in a stack.
    ///
    /// ```
    /// use formwork::prelude::*;
    ///
    /// let arn = "arn:aws:acm:us-east-1:111122223333:certificate/12345678-1234-1234-1234-123456789012";
    /// let certificate = Certificate::from_arn(arn).with_names(["example.com", "*.example.com"]);
    /// let aliases = vec!["www.example.org".into()];
    /// let origin = Origin::public_https("origin.example.com");
    /// let mut site = Stack::<EuCentral1>::new("site");
    /// site.add("Distribution", Distribution { aliases, ..Distribution::new(origin, &certificate) });
    /// assert!(App::new().with(site).synth().is_err());
    /// ```
    fn with_names<N: AsRef<str>>(self, names: impl IntoIterator<Item = N>) -> Self;
}

impl<R> CertificateFacts for Handle<Certificate, R> {
    fn with_names<N: AsRef<str>>(self, names: impl IntoIterator<Item = N>) -> Self {
        let names: Vec<String> = names.into_iter().map(|name| name.as_ref().to_owned()).collect();
        Handle::with(self, NAMES, names.join(" "))
    }
}

/// The names that are known of a certificate that exists already.
pub(crate) fn known_names<R>(certificate: &Handle<Certificate, R>) -> Option<Vec<String>> {
    let existing = Handle::reference(certificate).existing()?;
    let names = existing.value(&formwork_template::Attribute::GetAtt(NAMES.into()))?;
    (!token::is_in(names)).then(|| names.split_ascii_whitespace().map(str::to_owned).collect())
}
