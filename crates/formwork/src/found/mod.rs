//! Existing things that are looked up ([`lookup`](crate::lookup)): for each, a type of the question and a type of the answer.

use std::marker::PhantomData;
use std::panic::Location;

use formwork_assembly::lookup::{By, Lookup as Asked};
use formwork_assembly::{Found, Problem};
use formwork_template::Val;

use crate::Context;
use crate::domain::{self, Use};
use crate::lookup::{Lookup, Pending, Question};
use crate::region::{Anywhere, Region};
use crate::route53::HostedZone;

/// Zones have no region of their own: they are asked for in this one.
const ZONES: &str = "us-east-1";

#[track_caller]
fn asked(type_name: &str, region: &str, by: By, wanted: &[&str]) -> Asked {
    Asked {
        type_name: type_name.to_owned(),
        region: region.to_owned(),
        by,
        wanted: wanted.iter().map(|name| (*name).to_owned()).collect(),
        location: Some(Location::caller().into()),
    }
}

/// The property that a thing cannot be without; reported if the answer does not have it.
fn needed(found: &Found, name: &str, location: Option<&formwork_assembly::Location>, context: &Context) -> String {
    if let Some(text) = found.text(name) {
        return text.to_owned();
    }
    let message = format!("the answer for {} in `formwork.lock` has no `{name}`", found.lookup);
    let problem = Problem::error(message).hint("take the entry out of the file, and run `lookup`");
    context.problem(Problem { location: location.cloned(), ..problem });
    String::new()
}

fn having(name: &str, value: &str) -> By {
    By::Properties { equal: [(name.to_owned(), value.to_owned())].into(), with: Vec::new(), without: Vec::new() }
}

/// A hosted zone by its name: [`HostedZone::named`], [`HostedZone::private_named`].
#[derive(Clone, Debug)]
pub struct HostedZoneLookup {
    name: String,
    asked: Asked,
}

impl HostedZoneLookup {
    #[track_caller]
    fn new(name: String, is_private: bool) -> Self {
        // As Route 53 has it: in lower case, and with its last dot.
        let full = format!("{}.", name.trim_end_matches('.').to_ascii_lowercase());
        let networks = vec!["VPCs".to_owned()];
        let (with, without) = if is_private { (networks, Vec::new()) } else { (Vec::new(), networks) };
        let by = By::Properties { equal: [("Name".to_owned(), full)].into(), with, without };
        HostedZoneLookup { asked: asked("AWS::Route53::HostedZone", ZONES, by, &["Id"]), name }
    }
}

impl HostedZone {
    /// The public zone of this name, looked up: `context.lookup(HostedZone::named("habitpay.link"))?`.
    #[track_caller]
    pub fn named(name: impl Into<String>) -> HostedZoneLookup {
        HostedZoneLookup::new(name.into(), false)
    }

    /// The private zone of this name, looked up.
    #[track_caller]
    pub fn private_named(name: impl Into<String>) -> HostedZoneLookup {
        HostedZoneLookup::new(name.into(), true)
    }
}

impl Question for HostedZoneLookup {
    fn question(&self) -> Asked {
        self.asked.clone()
    }
}

impl Lookup for HostedZoneLookup {
    type Found = HostedZone;

    fn find(self, context: &Context) -> Result<HostedZone, Pending> {
        let wrong = domain::check(&self.name, Use::Host).err();
        let wrong =
            wrong.map(|reason| Problem::error(format!("{:?} is not the name of a hosted zone: {reason}", self.name)));
        let location = self.asked.location.clone();
        let found = context.ask(self.asked, wrong)?;
        let id = needed(&found, "Id", location.as_ref(), context);
        let zone = HostedZone::from_id(id, self.name.trim_end_matches('.'));
        Ok(HostedZone { location: location.unwrap_or(zone.location), ..zone })
    }
}

/// An instance that exists, with what was found of it. Where a handle is taken, its method `handle` gives one, with the feature `ec2`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Instance<R = Anywhere> {
    /// Its id.
    pub id: String,
    /// The code of its region.
    pub region: String,
    /// Its public DNS name, if it has a public address.
    pub public_dns_name: Option<String>,
    /// Its public address, if it has one.
    pub public_ip: Option<String>,
    /// Its DNS name within its network.
    pub private_dns_name: Option<String>,
    /// Its address within its network.
    pub private_ip: Option<String>,
    /// Its network.
    pub vpc_id: Option<String>,
    /// Its subnet.
    pub subnet_id: Option<String>,
    /// Its security groups.
    pub security_group_ids: Vec<String>,
    regions: PhantomData<fn() -> R>,
}

/// An instance by its id.
#[derive(Clone, Debug)]
pub struct InstanceLookup<R> {
    id: String,
    asked: Asked,
    regions: PhantomData<fn() -> R>,
}

impl<R: Region> Instance<R> {
    /// The instance with this id, looked up: `context.lookup(Instance::<EuWest1>::id("i-0123456789abcdef0"))?`.
    #[track_caller]
    pub fn id(id: impl Into<String>) -> InstanceLookup<R> {
        InstanceLookup::new(R::CODE, id.into())
    }
}

impl Instance<Anywhere> {
    /// The instance with this id, in the region with this code.
    #[track_caller]
    pub fn in_region(region: &str, id: impl Into<String>) -> InstanceLookup<Anywhere> {
        InstanceLookup::new(region, id.into())
    }
}

impl<R> InstanceLookup<R> {
    #[track_caller]
    fn new(region: &str, id: String) -> Self {
        const WANTED: &[&str] =
            &["PrivateDnsName", "PrivateIp", "PublicDnsName", "PublicIp", "SecurityGroupIds", "SubnetId", "VpcId"];
        let asked = asked("AWS::EC2::Instance", region, By::Identifier(id.clone()), WANTED);
        InstanceLookup { id, asked, regions: PhantomData }
    }
}

/// The instance's id, where a property takes one: `Delivery::ssm(&server)`.
impl<R> From<&Instance<R>> for Val<String> {
    fn from(instance: &Instance<R>) -> Self {
        instance.id.as_str().into()
    }
}

impl<R> Question for InstanceLookup<R> {
    fn question(&self) -> Asked {
        self.asked.clone()
    }
}

impl<R> Lookup for InstanceLookup<R> {
    type Found = Instance<R>;

    fn find(self, context: &Context) -> Result<Instance<R>, Pending> {
        let wrong = (!is_id(&self.id, "i-")).then(|| {
            Problem::error(format!("{:?} is not the id of an instance", self.id))
                .hint("it is `i-` and 17 hexadecimal digits, e.g. `i-0123456789abcdef0`")
        });
        let found = context.ask(self.asked, wrong)?;
        let text = |name: &str| found.text(name).map(str::to_owned);
        Ok(Instance {
            id: self.id,
            region: found.lookup.region.clone(),
            public_dns_name: text("PublicDnsName"),
            public_ip: text("PublicIp"),
            private_dns_name: text("PrivateDnsName"),
            private_ip: text("PrivateIp"),
            vpc_id: text("VpcId"),
            subnet_id: text("SubnetId"),
            security_group_ids: found.texts("SecurityGroupIds"),
            regions: PhantomData,
        })
    }
}

/// Declares a thing that is found by a name, in a region.
macro_rules! named_things {
    ($(
        $(#[$doc:meta])*
        $thing:ident($lookup:ident) = $type_name:literal, by $by:expr, wanting $wanted:expr;
        example $example:literal; $(#[$by_doc:meta])*
        check $check:expr;
    )*) => {$(
        #[doc = concat!("By its name: [`", stringify!($thing), "::named`].")]
        #[derive(Clone, Debug)]
        pub struct $lookup<R> {
            name: String,
            asked: Asked,
            regions: PhantomData<fn() -> R>,
        }

        impl<R: Region> $thing<R> {
            #[doc = concat!("The one with this name, looked up: `context.lookup(", stringify!($thing), "::<EuWest1>::named(\"", $example, "\"))?`.")]
            #[track_caller]
            pub fn named(name: impl Into<String>) -> $lookup<R> {
                $lookup::new(R::CODE, name.into())
            }
        }

        impl $thing<Anywhere> {
            /// The one with this name, in the region with this code.
            #[track_caller]
            pub fn in_region(region: &str, name: impl Into<String>) -> $lookup<Anywhere> {
                $lookup::new(region, name.into())
            }
        }

        impl<R> $lookup<R> {
            #[track_caller]
            fn new(region: &str, name: String) -> Self {
                let by: fn(&str) -> By = $by;
                let asked = asked($type_name, region, by(&name), $wanted);
                $lookup { name, asked, regions: PhantomData }
            }
        }

        impl<R> Question for $lookup<R> {
            fn question(&self) -> Asked {
                self.asked.clone()
            }
        }

        impl<R> Lookup for $lookup<R> {
            type Found = $thing<R>;

            fn find(self, context: &Context) -> Result<$thing<R>, Pending> {
                let check: fn(&str) -> Option<Problem> = $check;
                let location = self.asked.location.clone();
                let found = context.ask(self.asked, check(&self.name))?;
                let needed = |name: &str| needed(&found, name, location.as_ref(), context);
                Ok($thing::of(self.name, &found, needed))
            }
        }
    )*};
}

named_things! {
    PrefixList(PrefixListLookup) = "AWS::EC2::PrefixList",
        by |name| having("PrefixListName", name), wanting &["AddressFamily", "PrefixListId"];
        example "com.amazonaws.global.cloudfront.origin-facing";
        check |name| (name.is_empty() || name.len() > 255)
            .then(|| Problem::error(format!("{name:?} is not the name of a prefix list: it has 1 to 255 characters")));
    StoredParameter(StoredParameterLookup) = "AWS::SSM::Parameter",
        by |name| By::Identifier(name.to_owned()), wanting &["Type", "Value"];
        example "/shop/database-host";
        check |name| {
            let is_allowed = |c: char| c.is_ascii_alphanumeric() || "_.-/".contains(c);
            let is_name = !name.is_empty() && name.len() <= 2_048 && name.chars().all(is_allowed);
            (!is_name).then(|| {
                Problem::error(format!("{name:?} is not the name of a parameter of the parameter store"))
                    .hint("it has letters, digits, and `_`, `.`, `-`, `/`; a version is not part of it")
            })
        };
}

/// A managed prefix list that exists, an account's own or one of AWS: blocks of addresses under one name. Where a handle is taken, its
/// method `handle` gives one, with the feature `ec2`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct PrefixList<R = Anywhere> {
    /// Its name.
    pub name: String,
    /// Its id, which is another one in each region.
    pub id: String,
    /// The code of its region.
    pub region: String,
    /// `IPv4` or `IPv6`.
    pub address_family: Option<String>,
    regions: PhantomData<fn() -> R>,
}

impl<R> PrefixList<R> {
    fn of(name: String, found: &Found, needed: impl Fn(&str) -> String) -> Self {
        PrefixList {
            name,
            id: needed("PrefixListId"),
            region: found.lookup.region.clone(),
            address_family: found.text("AddressFamily").map(str::to_owned),
            regions: PhantomData,
        }
    }
}

/// The list's id, where a property takes one.
impl<R> From<&PrefixList<R>> for Val<String> {
    fn from(list: &PrefixList<R>) -> Self {
        list.id.as_str().into()
    }
}

/// A parameter of Systems Manager's parameter store, with the value that it had when it was looked up. Its type is not `SecureString`: a
/// secret is not kept in a file. Where a handle is taken, its method `handle` gives one, with the feature `ssm`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct StoredParameter<R = Anywhere> {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// The code of its region.
    pub region: String,
    regions: PhantomData<fn() -> R>,
}

impl<R> StoredParameter<R> {
    fn of(name: String, found: &Found, needed: impl Fn(&str) -> String) -> Self {
        StoredParameter { name, value: needed("Value"), region: found.lookup.region.clone(), regions: PhantomData }
    }
}

/// True if a text is an id of EC2: they have eight digits, or seventeen.
///
/// Source: EC2 User Guide, "Amazon EC2 resource IDs".
pub(crate) fn is_id(id: &str, prefix: &str) -> bool {
    id.strip_prefix(prefix).is_some_and(|digits| {
        matches!(digits.len(), 8 | 17) && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    })
}

#[cfg(test)]
mod tests {
    use super::is_id;

    #[test]
    fn ids() {
        for good in ["pl-22a6434b", "pl-0123456789abcdef0"] {
            assert!(is_id(good, "pl-"), "{good}");
        }
        for bad in
            ["", "pl-", "pl-22A6434B", "pl-22a6434", "sg-22a6434b", "pl-22a6434b\n", " pl-22a6434b", "pl-22a6434b-"]
        {
            assert!(!is_id(bad, "pl-"), "{bad}");
        }
    }
}
