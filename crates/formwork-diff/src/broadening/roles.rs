//! Roles of what runs: code that takes another role may do what that one may.
//!
//! A role where there was none permits more. One in the place of another permits more where its policies do; of a role outside of
//! the template they are not known, and that is said. A thing that is new has permitted nothing before, and its role's own policies are
//! the other modules' matter.
//!
//! Sources: the page of each type in the AWS CloudFormation Template Reference, for example
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecs-taskdefinition.html#cfn-ecs-taskdefinition-taskrolearn>.

use std::cell::LazyCell;
use std::collections::BTreeSet;

use serde_json::Value;

use super::found::{Broadening, BroadeningKind};
use super::pattern::Unknowns;
use super::reach::{self, Attachment, Grant, Names};
use super::sides::{Resource, Sides, as_list};
use super::spots::{items, spots};
use super::statement::Statement;
use super::text::{parts, referred, spelled};
use super::work::Work;
use crate::path::Path;
use crate::value::canonical;

/// The places of roles and instance profiles, but for those that the table of switches has.
const PLACES: [(&str, &[&str]); 38] = [
    ("AWS::AppRunner::Service", &["InstanceConfiguration.InstanceRoleArn"]),
    ("AWS::AutoScaling::LaunchConfiguration", &["IamInstanceProfile"]),
    ("AWS::Batch::JobDefinition", &["ContainerProperties.JobRoleArn", "ContainerProperties.ExecutionRoleArn"]),
    ("AWS::BedrockAgentCore::Runtime", &["RoleArn"]),
    ("AWS::CloudFormation::StackSet", &["AdministrationRoleARN"]),
    ("AWS::CodeBuild::Project", &["ServiceRole"]),
    ("AWS::CodePipeline::Pipeline", &["RoleArn", "Stages[].Actions[].RoleArn"]),
    ("AWS::EC2::Instance", &["IamInstanceProfile"]),
    ("AWS::EC2::LaunchTemplate", &["LaunchTemplateData.IamInstanceProfile"]),
    ("AWS::EC2::SpotFleet", &["SpotFleetRequestConfigData.LaunchSpecifications[].IamInstanceProfile"]),
    ("AWS::ECS::Service", &["Role"]),
    ("AWS::ECS::TaskDefinition", &["TaskRoleArn", "ExecutionRoleArn"]),
    ("AWS::EKS::FargateProfile", &["PodExecutionRoleArn"]),
    ("AWS::EKS::Nodegroup", &["NodeRole"]),
    ("AWS::EKS::PodIdentityAssociation", &["TargetRoleArn"]),
    ("AWS::EMR::Cluster", &["JobFlowRole", "ServiceRole", "AutoScalingRole"]),
    ("AWS::Events::Rule", &["RoleArn", "Targets[].RoleArn"]),
    ("AWS::Glue::Crawler", &["Role"]),
    ("AWS::Glue::Job", &["Role"]),
    ("AWS::ImageBuilder::InfrastructureConfiguration", &["InstanceProfileName"]),
    ("AWS::IoT::RoleAlias", &["RoleArn"]),
    ("AWS::KinesisAnalyticsV2::Application", &["ServiceExecutionRole"]),
    ("AWS::Lambda::Function", &["Role"]),
    ("AWS::MWAA::Environment", &["ExecutionRoleArn"]),
    ("AWS::Pipes::Pipe", &["RoleArn"]),
    ("AWS::RDS::DBCluster", &["AssociatedRoles[].RoleArn"]),
    ("AWS::RDS::DBInstance", &["AssociatedRoles[].RoleArn"]),
    ("AWS::Redshift::Cluster", &["IamRoles"]),
    ("AWS::SSM::MaintenanceWindowTask", &["ServiceRoleArn"]),
    ("AWS::SageMaker::Domain", &["DefaultUserSettings.ExecutionRole"]),
    ("AWS::SageMaker::Model", &["ExecutionRoleArn"]),
    ("AWS::SageMaker::NotebookInstance", &["RoleArn"]),
    ("AWS::SageMaker::UserProfile", &["UserSettings.ExecutionRole"]),
    ("AWS::Scheduler::Schedule", &["Target.RoleArn"]),
    ("AWS::Serverless::Function", &["Role"]),
    ("AWS::Serverless::StateMachine", &["Role"]),
    ("AWS::StepFunctions::StateMachine", &["RoleArn"]),
    ("AWS::Transfer::User", &["Role"]),
];

/// Adds the roles that permit more than what was there.
pub(super) fn find(sides: &Sides<'_>, found: &mut Vec<Broadening>) {
    let (old, new) = (LazyCell::new(|| Policies::new(&sides.old)), LazyCell::new(|| Policies::new(&sides.new)));
    for resource in sides.changed_new() {
        let places = PLACES.iter().find(|(type_name, _)| *type_name == resource.type_name).map(|(_, places)| *places);
        let Some(before) = sides.before(resource.id).filter(|before| before.type_name == resource.type_name) else {
            continue;
        };
        for place in places.unwrap_or_default() {
            let had = roles(place, before);
            for (path, role) in roles(place, resource) {
                if had.iter().any(|(_, other)| text(other) == text(&role)) {
                    continue;
                }
                let is_certain = match had.is_empty() {
                    true => Some(true),
                    false => more(&old, &had, &new, &role, sides.work),
                };
                if let Some(is_certain) = is_certain {
                    let broadening = Broadening::new(&resource.place(path), BroadeningKind::Role, role);
                    found.push(Broadening { is_certain, ..broadening });
                }
            }
        }
    }
}

/// The roles at a place, each with its path; of an instance profile by name or ARN, that one.
fn roles(place: &str, resource: &Resource<'_>) -> Vec<(Path, Value)> {
    let spots = spots(place, resource.properties());
    let all = spots.iter().flat_map(items).map(|(path, role)| {
        let named = ["Arn", "Name"].iter().find_map(|name| Some((*name, role.get(*name)?)));
        match named {
            Some((name, inner)) => (path.name(name), inner.clone()),
            None => (path, role),
        }
    });
    all.filter(|(_, role)| *role != "").collect()
}

/// One text for the ways to name the same role: `Ref` and `Fn::GetAtt`.
fn text(role: &Value) -> String {
    referred(role)
        .map(|id| format!("@{id}"))
        .unwrap_or_else(|| parts(role).map_or_else(|| canonical(role), |parts| spelled(&parts)))
}

/// The certainty that a role permits more than those before it; `None` if it does not.
fn more(old: &Policies<'_>, had: &[(Path, Value)], new: &Policies<'_>, role: &Value, work: &Work) -> Option<bool> {
    let before: Option<Vec<_>> = had.iter().map(|(_, role)| old.identities(role)).collect();
    let (Some(before), Some(now)) = (before, new.identities(role)) else { return Some(false) };
    let before = before.concat();
    let (were, are) = (old.managed(&before), new.managed(&now));
    if !old.have_all(&before) && !are.is_subset(&were) {
        // Another policy in the place of one may be the narrower.
        return Some(were.is_subset(&are));
    }
    let covering = [old.statements(&before, true), new.statements(&now, false)].concat();
    let beyond = |unknowns| {
        let mut allowed = new.statements(&now, true).into_iter();
        allowed.any(|statement| statement.beyond(&covering, unknowns, work).is_some())
    };
    if old.have_all(&before) || !beyond(Unknowns::Apart) {
        // What the old ones were denied may be permitted now, where the new one is allowed it.
        let (allowed, denied) = (new.statements(&now, true), new.statements(&now, false));
        let mut were = old.statements(&before, false).into_iter();
        let is_free = |was: &Statement| {
            was.beyond(&denied, Unknowns::Apart, work).is_some()
                && allowed.iter().any(|allowed| meet(allowed, was, work))
        };
        return were.any(is_free).then_some(false);
    }
    Some(work.is_left() && beyond(Unknowns::Anything))
}

/// True if two statements are about something in common: one of them covers a part of the other.
fn meet(one: &Statement, other: &Statement, work: &Work) -> bool {
    let covers = |wide: &Statement, narrow: &Statement| {
        narrow.beyond(&[wide], Unknowns::Apart, work).as_ref() != Some(narrow.value())
    };
    covers(one, other) || covers(other, one)
}

/// The policies of a side's roles.
struct Policies<'s> {
    resources: &'s [Resource<'s>],
    grants: Vec<Grant>,
    attachments: Vec<Attachment>,
    administrators: BTreeSet<String>,
}

impl<'s> Policies<'s> {
    fn new(resources: &'s [Resource<'s>]) -> Policies<'s> {
        let names = Names::new(resources);
        let (mut grants, mut attachments, mut administrators) = (Vec::new(), Vec::new(), BTreeSet::new());
        for resource in resources.iter().filter(|resource| resource.type_name.starts_with("AWS::IAM::")) {
            reach::grants(resource, &names, &mut grants);
            reach::attachments(resource, &names, &mut attachments);
            administrators.extend(reach::administrator(resource).map(|grant| grant.subject.key));
        }
        Policies { resources, grants, attachments, administrators }
    }

    /// The keys of the roles that a value means: itself, or those of an instance profile. `None` if the template does not have them.
    fn identities(&self, value: &Value) -> Option<Vec<String>> {
        let id = referred(value)?;
        let resource = self.resources.iter().find(|resource| resource.id == id)?;
        match resource.type_name {
            "AWS::IAM::Role" => Some(vec![format!("@{id}")]),
            "AWS::IAM::InstanceProfile" => {
                let roles = as_list(resource.properties().get("Roles").unwrap_or(&Value::Null));
                let keys: Option<Vec<_>> = roles.into_iter().map(|role| self.identities(role)).collect();
                keys.map(|keys| keys.concat())
            }
            _ => None,
        }
    }

    fn statements(&self, roles: &[String], allows: bool) -> Vec<&Statement> {
        let of_roles =
            self.grants.iter().filter(|grant| roles.contains(&grant.subject.key) && grant.said.allows == allows);
        of_roles.map(|grant| grant.said.statement()).collect()
    }

    /// The managed policies of roles.
    fn managed(&self, roles: &[String]) -> BTreeSet<&str> {
        let of_roles = |one: &'_ Attachment| {
            let rest = roles.iter().find_map(|role| one.key.strip_prefix(role.as_str()));
            rest.filter(|rest| rest.starts_with(' ')).map(|rest| one.key.len() - rest.len())
        };
        self.attachments.iter().filter_map(|one| one.key.get(of_roles(one)?..)).collect()
    }

    fn have_all(&self, roles: &[String]) -> bool {
        roles.iter().any(|role| self.administrators.contains(role))
    }
}
