//! Things that were looked up, as handles like those of resources and of existing things: what was found of them are their attributes.
//!
//! Each is there with the feature of its service, which has the type.

#[cfg(any(feature = "ec2", feature = "ssm"))]
use formwork_template::{Place, Reference, ResourceType, StackId};

#[cfg(any(feature = "ec2", feature = "ssm"))]
use crate::{Handle, cfn, existing, found};

/// The handle to a thing with this id in this region, and what is known of it by the names of its attributes.
#[cfg(any(feature = "ec2", feature = "ssm"))]
#[track_caller]
fn handle<T: ResourceType, R>(id: &str, region: &str, known: &[(&'static str, Option<&str>)]) -> Handle<T, R> {
    let reference = existing::reference(T::TYPE_NAME, T::REF_NAME, &id.into(), Place::caller());
    let reference = Reference { stack: StackId::new("", region.to_owned()), ..reference };
    let known = known.iter().filter_map(|(attribute, value)| Some((*attribute, (*value)?)));
    known.fold(Handle::new(reference), |handle, (attribute, value)| Handle::with(handle, attribute, value))
}

#[cfg(feature = "ec2")]
impl<R> found::Instance<R> {
    /// The instance as a handle, where one is taken: its attributes are what was found of it. One that it does not have, such as the public
    /// name of an instance without a public address, is a problem at synth where it is used.
    ///
    /// ```
    /// use formwork::prelude::*;
    ///
    /// /// Works with an instance of a stack, too.
    /// fn network(server: &Handle<cfn::ec2::Instance, EuWest1>) -> Val<String> {
    ///     server.vpc_id()
    /// }
    ///
    /// let id = "i-0123456789abcdef0";
    /// let context = Context::default().given(Instance::<EuWest1>::id(id), [("VpcId", "vpc-0123456789abcdef0")]);
    /// let server = context.lookup(Instance::<EuWest1>::id(id))?;
    /// assert_eq!(network(&server.handle()), "vpc-0123456789abcdef0".into());
    /// # Ok::<(), Pending>(())
    /// ```
    #[track_caller]
    pub fn handle(&self) -> Handle<cfn::ec2::Instance, R> {
        let known = [
            ("PrivateDnsName", self.private_dns_name.as_deref()),
            ("PrivateIp", self.private_ip.as_deref()),
            ("PublicDnsName", self.public_dns_name.as_deref()),
            ("PublicIp", self.public_ip.as_deref()),
            ("VpcId", self.vpc_id.as_deref()),
        ];
        handle(&self.id, &self.region, &known)
    }
}

#[cfg(feature = "ec2")]
impl<R> found::PrefixList<R> {
    /// The list as a handle, where one is taken.
    #[track_caller]
    pub fn handle(&self) -> Handle<cfn::ec2::PrefixList, R> {
        handle(&self.id, &self.region, &[("PrefixListId", Some(&self.id))])
    }
}

#[cfg(feature = "ssm")]
impl<R> found::StoredParameter<R> {
    /// The parameter as a handle, where one is taken.
    #[track_caller]
    pub fn handle(&self) -> Handle<cfn::ssm::Parameter, R> {
        handle(&self.name, &self.region, &[("Value", Some(&self.value))])
    }
}
