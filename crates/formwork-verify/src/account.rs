//! Questions to the AWS account, for which a login is needed. Another crate asks AWS; this one says what it wants to know.

use std::collections::BTreeMap;
use std::future::Future;

/// AWS did not answer, in its own words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unanswered(pub String);

/// The account's answers.
pub trait Account {
    /// The hosted zone with this id: Route 53 `GetHostedZone`.
    fn hosted_zone(&self, id: &str) -> impl Future<Output = Result<Option<HostedZone>, Unanswered>>;

    /// The records of a name in a zone: Route 53 `ListResourceRecordSets`, from that name on.
    fn records(&self, zone_id: &str, name: &str) -> impl Future<Output = Result<Vec<ZoneRecord>, Unanswered>>;

    /// All distributions of the account: CloudFront `ListDistributions`.
    fn distributions(&self) -> impl Future<Output = Result<Vec<DistributionSummary>, Unanswered>>;

    /// The instance as Systems Manager knows it: `DescribeInstanceInformation`, in the region of the site.
    fn managed_instance(&self, id: &str) -> impl Future<Output = Result<Option<ManagedInstance>, Unanswered>>;

    /// The instance as EC2 knows it: `DescribeInstances` and `DescribeAddresses`, in the region of the site.
    fn instance(&self, id: &str) -> impl Future<Output = Result<Option<Instance>, Unanswered>>;
}

/// A hosted zone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostedZone {
    /// Its name, with or without a dot at its end.
    pub name: String,
    /// True if it is for VPCs alone.
    pub private: bool,
    /// The servers that have it; a private zone has none.
    pub name_servers: Vec<String>,
}

/// A record of a zone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ZoneRecord {
    /// Its type, such as `A`.
    pub kind: String,
    /// Its values, or the name that it is an alias of.
    pub values: Vec<String>,
}

/// A distribution of the account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DistributionSummary {
    /// Its id, such as `E27LVI50CSW06W`.
    pub id: String,
    /// The name that CloudFront gave it.
    pub domain_name: String,
    /// The names under which viewers come.
    pub aliases: Vec<String>,
}

/// An instance, as Systems Manager knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ManagedInstance {
    /// `Online`, `ConnectionLost` or `Inactive`.
    pub ping_status: String,
    /// The agent's version.
    pub agent_version: String,
    /// `Linux`, `Windows` or `MacOS`.
    pub platform: String,
}

/// An instance, as EC2 knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Instance {
    /// `running`, `stopped` and so on.
    pub state: String,
    /// Its public IPv4 address.
    pub public_ip: Option<String>,
    /// Its public name, which changes with the address.
    pub public_dns_name: Option<String>,
    /// True if the address is an elastic one, which stays.
    pub elastic: bool,
    /// The ARN of its instance profile, which has its role.
    pub profile: Option<String>,
}

/// An account whose answers are given: for tests.
#[derive(Clone, Debug, Default)]
pub struct GivenAccount {
    /// Zones by their ids.
    pub zones: BTreeMap<String, HostedZone>,
    /// Records by the id of their zone and their name.
    pub records: BTreeMap<(String, String), Vec<ZoneRecord>>,
    /// All distributions.
    pub distributions: Vec<DistributionSummary>,
    /// Instances that Systems Manager knows.
    pub managed: BTreeMap<String, ManagedInstance>,
    /// Instances that EC2 knows.
    pub instances: BTreeMap<String, Instance>,
    /// The words with which every question is refused, if they are.
    pub refusal: Option<String>,
}

impl GivenAccount {
    fn answer<T>(&self, answer: T) -> Result<T, Unanswered> {
        match &self.refusal {
            Some(words) => Err(Unanswered(words.clone())),
            None => Ok(answer),
        }
    }
}

impl Account for GivenAccount {
    async fn hosted_zone(&self, id: &str) -> Result<Option<HostedZone>, Unanswered> {
        self.answer(self.zones.get(id).cloned())
    }

    async fn records(&self, zone_id: &str, name: &str) -> Result<Vec<ZoneRecord>, Unanswered> {
        self.answer(self.records.get(&(zone_id.to_owned(), name.to_owned())).cloned().unwrap_or_default())
    }

    async fn distributions(&self) -> Result<Vec<DistributionSummary>, Unanswered> {
        self.answer(self.distributions.clone())
    }

    async fn managed_instance(&self, id: &str) -> Result<Option<ManagedInstance>, Unanswered> {
        self.answer(self.managed.get(id).cloned())
    }

    async fn instance(&self, id: &str) -> Result<Option<Instance>, Unanswered> {
        self.answer(self.instances.get(id).cloned())
    }
}
