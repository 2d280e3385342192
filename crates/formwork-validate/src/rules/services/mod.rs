//! The demands of services on properties beyond what their schemas say, one module per service. Rules of which a service's own
//! documentation is sure, and which do not change from year to year; no tables of what AWS offers today.
//!
//! Each is asked about the properties as CloudFormation would see them in one scenario ([`crate::instance`]), so that conditions
//! and functions need no thought: what is not known is a placeholder, and says nothing.

mod at;
mod backup;
mod certificates;
mod cidr;
mod cloudfront;
mod codebuild;
mod codepipeline;
mod distributions;
mod dynamodb;
mod ecs;
mod elasticache;
mod key_policies;
mod lambda;
mod limits;
mod names;
pub(crate) mod policies;
mod ports;
mod route53;
mod schedules;
mod security_groups;
mod tags;
mod user_data;
mod web_acls;

use at::{At, Errors, Peers, resource};
pub(crate) use names::folded;

use formwork_template::Value;
use serde_json::Value as Json;

use crate::check::{Check, Parts};
use crate::instance::Reader;

/// The faults of the properties of a type in one scenario.
pub(crate) fn errors(
    reader: &mut Reader<'_>,
    parts: &Parts,
    region: Option<&str>,
    type_name: &str,
    properties: &Json,
) -> Errors {
    let at = At { value: properties, path: Vec::new() };
    let mut errors = Errors::new();
    let mut peers = Peers { reader, parts };
    match type_name {
        "AWS::Backup::BackupPlan" => backup::plan(&at, &mut errors),
        "AWS::CertificateManager::Certificate" => certificates::certificate(&at, &mut errors),
        "AWS::CloudFront::Distribution" => {
            cloudfront::distribution(&at, &mut errors);
            distributions::check(&at, &mut peers, &mut errors);
        }
        "AWS::DynamoDB::Table" | "AWS::DynamoDB::GlobalTable" => dynamodb::table(&at, &mut errors),
        "AWS::ElastiCache::ReplicationGroup" => elasticache::replication_group(&at, &mut errors),
        "AWS::Lambda::Function" => {
            lambda::function(&at, &mut errors);
            limits::function(&at, region, &mut errors);
        }
        "AWS::CodePipeline::Pipeline" => codepipeline::pipeline(&at, &mut errors),
        "AWS::ECS::TaskDefinition" => ecs::task_definition(&at, &mut errors),
        "AWS::Route53::RecordSet" => {
            route53::record_set(&at, region, &mut errors);
            distributions::record_set(&at, &mut peers, &mut errors);
        }
        "AWS::Route53::RecordSetGroup" => {
            route53::record_set_group(&at, region, &mut errors);
            distributions::record_set_group(&at, &mut peers, &mut errors);
        }
        "AWS::WAFv2::WebACLAssociation" => web_acls::association(&at, &mut peers, &mut errors),
        _ => {}
    }
    if let Some(schema) = reader.schemas.get(type_name) {
        tags::check(&schema, &at, &mut errors);
    }
    schedules::check(type_name, &at, &mut errors);
    cidr::check(type_name, &at, &mut errors);
    ports::check(&at, &mut errors);
    security_groups::check(type_name, &at, &mut errors);
    web_acls::scope(type_name, &at, region, &mut errors);
    key_policies::check(type_name, &at, &mut errors);
    policies::check(type_name, &at, &mut errors);
    errors
}

/// Rules about a resource's references to others, which are not known in the properties as CloudFormation sees them.
pub(crate) fn references(check: &mut Check<'_, '_>, id: &str, type_name: &str, properties: &Value) {
    cloudfront::certificate_region(check, id, type_name, properties);
    codebuild::role(check, id, type_name, properties);
    user_data::check(check, id, type_name, properties);
}
