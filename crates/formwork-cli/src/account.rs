//! The account's answers to `doctor`.

use formwork_aws::{Aws, Error, cloudfront, ec2, route_53, ssm};
use formwork_verify::Account;
use formwork_verify::account::{DistributionSummary, HostedZone, Instance, ManagedInstance, Unanswered, ZoneRecord};

/// The account of a login, asked in the region of a site.
#[derive(Debug)]
pub(crate) struct OfLogin<'a> {
    pub(crate) aws: &'a Aws,
    pub(crate) region: &'a str,
}

/// The words of an error, with its causes.
fn unanswered(error: Error) -> Unanswered {
    Unanswered(formwork_aws::words(&error))
}

impl Account for OfLogin<'_> {
    async fn hosted_zone(&self, id: &str) -> Result<Option<HostedZone>, Unanswered> {
        let found = route_53::hosted_zone(self.aws, self.region, id).await.map_err(unanswered)?;
        Ok(found.map(|zone| HostedZone { name: zone.name, private: zone.is_private, name_servers: zone.name_servers }))
    }

    async fn records(&self, zone_id: &str, name: &str) -> Result<Vec<ZoneRecord>, Unanswered> {
        let found = route_53::records(self.aws, self.region, zone_id, name).await.map_err(unanswered)?;
        let values = |values: Vec<String>, alias: Option<String>| values.into_iter().chain(alias).collect();
        Ok(found
            .into_iter()
            .map(|record| ZoneRecord { kind: record.kind, values: values(record.values, record.alias_of) })
            .collect())
    }

    async fn distributions(&self) -> Result<Vec<DistributionSummary>, Unanswered> {
        let found = cloudfront::distributions(self.aws, self.region).await.map_err(unanswered)?;
        Ok(found
            .into_iter()
            .map(|it| DistributionSummary { id: it.id, domain_name: it.domain_name, aliases: it.aliases })
            .collect())
    }

    async fn managed_instance(&self, id: &str) -> Result<Option<ManagedInstance>, Unanswered> {
        let found = ssm::managed_instance(self.aws, self.region, id).await.map_err(unanswered)?;
        Ok(found.map(|it| ManagedInstance {
            ping_status: it.ping_status,
            agent_version: it.agent_version,
            platform: it.platform,
        }))
    }

    async fn instance(&self, id: &str) -> Result<Option<Instance>, Unanswered> {
        let found = ec2::instance(self.aws, self.region, id).await.map_err(unanswered)?;
        Ok(found.map(|it| Instance {
            state: it.state,
            public_ip: it.public_ip,
            public_dns_name: it.public_dns_name,
            elastic: it.elastic,
            profile: it.profile,
        }))
    }
}
