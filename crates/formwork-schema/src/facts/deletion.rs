//! Default deletion policy of a resource that leaves its stack without a `DeletionPolicy`.
//!
//! Source: AWS CloudFormation Template Reference, "DeletionPolicy attribute": "The default policy is `Snapshot` for
//! `AWS::RDS::DBCluster` resources and for `AWS::RDS::DBInstance` resources that don't specify the `DBClusterIdentifier` property",
//! and the list of "resources that support snapshots".

use super::TypeFacts;

/// Types whose resources take `Snapshot`.
const SNAPSHOTS: &[&str] = &[
    "AWS::DocDB::DBCluster",
    "AWS::EC2::Volume",
    "AWS::ElastiCache::CacheCluster",
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::Neptune::DBCluster",
    "AWS::RDS::DBCluster",
    "AWS::RDS::DBInstance",
    "AWS::Redshift::Cluster",
];

/// The policy of a resource that has none of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DefaultPolicy {
    /// It is deleted with all that is in it.
    Delete,
    /// It is deleted after a snapshot was made of it.
    Snapshot,
}

impl TypeFacts<'_> {
    /// Default deletion policy of a resource that leaves its stack. `has` tells whether the resource has a
    /// property. It does not hold for a resource that is replaced: the User Guide says of `UpdateReplacePolicy` that the default is
    /// to delete.
    pub fn default_deletion_policy(&self, has: impl Fn(&str) -> bool) -> DefaultPolicy {
        match self.type_name() {
            "AWS::RDS::DBCluster" => DefaultPolicy::Snapshot,
            "AWS::RDS::DBInstance" if !has("DBClusterIdentifier") => DefaultPolicy::Snapshot,
            _ => DefaultPolicy::Delete,
        }
    }

    /// True for a type that takes the policy `Snapshot`.
    pub fn takes_snapshots(&self) -> bool {
        SNAPSHOTS.contains(&self.type_name())
    }
}
