//! The account's answers to `doctor`.

use std::ops::ControlFlow;

use formwork_assembly::StackId;
use formwork_aws::{Aws, Error, cloudfront, ec2, iam, route_53, ssm};
use formwork_model::service::{CloudFormation, ListedResource, visit_pages};
use formwork_model::status::ResourceStatus;
use formwork_verify::Account;
use formwork_verify::account::{
    Decision, DistributionSummary, HostedZone, Instance, ManagedInstance, Unanswered, ZoneRecord,
};

/// The account of a login, asked in the region of a site.
pub(crate) struct OfLogin<'a> {
    pub(crate) service: &'a dyn CloudFormation,
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

    async fn role(&self, profile: &str) -> Result<Option<String>, Unanswered> {
        iam::role_of(self.aws, self.region, profile).await.map_err(unanswered)
    }

    async fn decision(&self, role: &str, action: &str, resource: &str) -> Result<Decision, Unanswered> {
        let decision = iam::decision(self.aws, self.region, role, action, resource).await.map_err(unanswered)?;
        Ok(match decision {
            iam::Decision::Allowed => Decision::Allowed,
            iam::Decision::Denied => Decision::Denied,
            iam::Decision::Unmentioned => Decision::Unmentioned,
        })
    }

    async fn physical_id(&self, stack: &StackId, logical_id: &str) -> Result<Option<String>, Unanswered> {
        let ask = async |token: Option<&str>| self.service.resources(&stack.region, &stack.name, token).await;
        // A resource that was deleted by an update is listed for a while.
        let is_deleted =
            |resource: &ListedResource| ResourceStatus::read(&resource.status).is_some_and(ResourceStatus::is_deletion);
        let visit = |resources: Vec<ListedResource>| {
            let mut of_name = resources.into_iter().filter(|resource| resource.logical_id == logical_id);
            match of_name.find(|resource| !is_deleted(resource)) {
                Some(found) => ControlFlow::Break(found.physical_id),
                None => ControlFlow::Continue(()),
            }
        };
        match visit_pages(ask, visit).await {
            Ok(found) => Ok(found.flatten()),
            Err(error) if error.is_missing() => Ok(None),
            Err(error) => Err(unanswered(error)),
        }
    }
}
