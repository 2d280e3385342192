//! Questions to the AWS account, for which a login is needed. Another crate asks AWS; this one says what it wants to know.

use std::collections::BTreeMap;
use std::future::Future;

use formwork_template::StackId;

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

    /// The instance as EC2 knows it: `DescribeInstances`, in the region of the site.
    fn instance(&self, id: &str) -> impl Future<Output = Result<Option<Instance>, Unanswered>>;

    /// The ARN of the role in an instance profile: IAM `GetInstanceProfile`. `None` if there is not such a profile, or it is empty.
    fn role(&self, profile: &str) -> impl Future<Output = Result<Option<String>, Unanswered>>;

    /// The decision of a role's policies about an action on a resource, which need not exist: IAM `SimulatePrincipalPolicy`.
    fn decision(&self, role: &str, action: &str, resource: &str) -> impl Future<Output = Result<Decision, Unanswered>>;

    /// The physical id of a stack's resource: CloudFormation `ListStackResources`. `None` if it is not deployed.
    fn physical_id(
        &self,
        stack: &StackId,
        logical_id: &str,
    ) -> impl Future<Output = Result<Option<String>, Unanswered>>;
}

/// The decision of policies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// A policy allows it, and none denies it.
    Allowed,
    /// A policy denies it.
    Denied,
    /// The policies say nothing about it, which denies it too.
    Unmentioned,
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
    /// ARNs of roles by those of their instance profiles.
    pub roles: BTreeMap<String, String>,
    /// Actions and resources about which a policy decides; a resource may end with `*`.
    pub decisions: Vec<(String, String, Decision)>,
    /// Physical ids of resources by their logical ids.
    pub physical_ids: BTreeMap<String, String>,
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

    async fn role(&self, profile: &str) -> Result<Option<String>, Unanswered> {
        self.answer(self.roles.get(profile).cloned())
    }

    async fn decision(&self, _role: &str, action: &str, resource: &str) -> Result<Decision, Unanswered> {
        let is_about = |pattern: &str| match pattern.strip_suffix('*') {
            Some(begin) => resource.starts_with(begin),
            None => resource == pattern,
        };
        let mut about = self.decisions.iter().filter(|(it, pattern, _)| it == action && is_about(pattern));
        self.answer(about.next().map_or(Decision::Unmentioned, |(.., decision)| decision.clone()))
    }

    async fn physical_id(&self, _stack: &StackId, logical_id: &str) -> Result<Option<String>, Unanswered> {
        self.answer(self.physical_ids.get(logical_id).cloned())
    }
}
