//! Types that hold data, or an address or a directory that nobody gets again: what is lost when such a resource is deleted or replaced
//! is not made again by a template.
//!
//! Sources: cfn-lint's `StatefulResources.json` (`schemas/overlay/stateful.txt`; the service specification of the CDK, 0.1.216, marks the same
//! types `isStateful`), and the table below, by hand: the AWS CloudFormation Template Reference, where each is a store whose content,
//! or an address or a zone whose name servers, go with it.

use super::TypeFacts;

/// A line a type, below a comment with the source.
const STATEFUL: &str = include_str!(concat!(env!("FORMWORK_SCHEMAS"), "/overlay/stateful.txt"));

/// Types that the other source does not list.
const MORE: &[&str] = &[
    "AWS::ACMPCA::CertificateAuthority",
    "AWS::AmazonMQ::Broker",
    "AWS::Backup::LogicallyAirGappedBackupVault",
    "AWS::Cassandra::Keyspace",
    "AWS::Cassandra::Table",
    "AWS::CloudFront::KeyValueStore",
    "AWS::CloudTrail::EventDataStore",
    "AWS::CodeArtifact::Domain",
    "AWS::CodeArtifact::Repository",
    "AWS::CodeCommit::Repository",
    "AWS::Cognito::IdentityPool",
    "AWS::DSQL::Cluster",
    "AWS::DirectoryService::MicrosoftAD",
    "AWS::DirectoryService::SimpleAD",
    "AWS::DocDBElastic::Cluster",
    "AWS::EC2::EIP",
    "AWS::ECR::PublicRepository",
    "AWS::ECR::Repository",
    "AWS::ElastiCache::GlobalReplicationGroup",
    "AWS::ElastiCache::ServerlessCache",
    "AWS::Events::Archive",
    "AWS::FSx::Volume",
    "AWS::GlobalAccelerator::Accelerator",
    "AWS::HealthImaging::Datastore",
    "AWS::HealthLake::FHIRDatastore",
    "AWS::KMS::ReplicaKey",
    "AWS::KinesisVideo::Stream",
    "AWS::Lightsail::Bucket",
    "AWS::Lightsail::Database",
    "AWS::Lightsail::Disk",
    "AWS::Lightsail::StaticIp",
    "AWS::MSK::Cluster",
    "AWS::MSK::ServerlessCluster",
    "AWS::MemoryDB::Cluster",
    "AWS::MemoryDB::MultiRegionCluster",
    "AWS::NeptuneGraph::Graph",
    "AWS::OpenSearchServerless::Collection",
    "AWS::RDS::DBShardGroup",
    "AWS::RDS::GlobalCluster",
    "AWS::RedshiftServerless::Namespace",
    "AWS::Route53::HostedZone",
    "AWS::S3Express::DirectoryBucket",
    "AWS::S3Outposts::Bucket",
    "AWS::S3Tables::Table",
    "AWS::S3Tables::TableBucket",
    "AWS::S3Vectors::Index",
    "AWS::S3Vectors::VectorBucket",
    "AWS::SageMaker::FeatureGroup",
    "AWS::Timestream::Database",
    "AWS::Timestream::InfluxDBInstance",
    "AWS::Timestream::Table",
    "AWS::WorkSpaces::Workspace",
];

/// True for a type that holds data. Of a user's own types nothing is known.
pub fn holds_data(type_name: &str) -> bool {
    MORE.binary_search(&type_name).is_ok() || STATEFUL.lines().any(|line| line == type_name)
}

impl TypeFacts<'_> {
    /// True for a type that holds data.
    pub fn holds_data(&self) -> bool {
        holds_data(self.type_name())
    }
}

#[cfg(test)]
mod tests {
    use super::{MORE, STATEFUL, holds_data};

    #[test]
    fn every_type_is_one_and_is_listed_once() {
        assert!(MORE.is_sorted_by(|one, other| one < other));
        let listed: Vec<&str> = STATEFUL.lines().filter(|line| !line.starts_with('#')).collect();
        let unknown =
            MORE.iter().copied().chain(listed.iter().copied()).filter(|name| crate::facts::of(name).is_none());
        assert_eq!(unknown.collect::<Vec<_>>(), Vec::<&str>::new());
        let twice: Vec<&&str> = MORE.iter().filter(|name| listed.contains(*name)).collect();
        assert_eq!(twice, Vec::<&&str>::new());
        assert!(listed.len() > 25 && listed.is_sorted_by(|one, other| one < other), "{listed:?}");
    }

    #[test]
    fn what_holds_data() {
        for name in ["AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::Route53::HostedZone", "AWS::EC2::EIP"] {
            assert!(holds_data(name), "{name}");
        }
        for name in
            ["AWS::CertificateManager::Certificate", "AWS::IAM::Role", "AWS::S3::BucketPolicy", "My::Own::Table", ""]
        {
            assert!(!holds_data(name), "{name}");
        }
    }
}
