//! Whom a policy reaches: the identities that it is attached to, the resource whose policy it is, members of groups.
//!
//! Everything is held against what the same subject had before, wherever in the template that was said: a policy that moves
//! from a role to a resource of its own permits nothing new.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::{Value, json};

use super::documents::{self, Found, item_at};
use super::found::{BroadeningKind, Place};
use super::sides::{Resource, Sides, as_list};
use super::statement::{self, Statement};
use super::text::{parts, referred, spelled};
use crate::path::{Path, Step};
use crate::value::canonical;

/// A statement for one subject.
pub(super) struct Grant {
    pub(super) place: Place,
    pub(super) subject: Subject,
    pub(super) said: Rc<Said>,
}

/// A statement, which is read when it is needed: most are as they were.
pub(super) struct Said {
    pub(super) allows: bool,
    /// One text for statements that differ in nothing but their names and the order of their lists.
    pub(super) text: String,
    value: Value,
    statement: OnceCell<Statement>,
}

impl Said {
    fn new(value: Value) -> Said {
        let (allows, text) = (Statement::allows(&value), statement::text(&value));
        Said { allows, text, value, statement: OnceCell::new() }
    }

    pub(super) fn statement(&self) -> &Statement {
        self.statement.get_or_init(|| Statement::new(&self.value))
    }
}

/// Limit of the statements times their subjects; beyond it, the subjects count as one.
const GRANTS: usize = 20_000;

/// Something that a subject has as a whole: a managed policy, a membership, a role.
pub(super) struct Attachment {
    pub(super) place: Place,
    pub(super) kind: BroadeningKind,
    /// Subject and thing.
    pub(super) key: String,
    pub(super) value: Value,
}

/// An identity, or a resource that has a policy.
#[derive(Clone, Debug)]
pub(super) struct Subject {
    /// `@Role` for a resource of the template.
    pub(super) key: String,
    /// The resource's logical ID, if it is one of the template.
    pub(super) id: Option<String>,
    /// The place where it is named, when the policy is a resource of its own.
    pub(super) path: Path,
    pub(super) value: Value,
}

/// Policies that are resources of their own, and the properties that name whom or what they are attached to.
const CARRIERS: [(&str, &[&str]); 26] = [
    ("AWS::IAM::Policy", &["Roles", "Users", "Groups"]),
    ("AWS::IAM::RolePolicy", &["RoleName"]),
    ("AWS::IAM::UserPolicy", &["UserName"]),
    ("AWS::IAM::GroupPolicy", &["GroupName"]),
    ("AWS::CloudTrail::ResourcePolicy", &["ResourceArn"]),
    ("AWS::Events::EventBusPolicy", &["EventBusName"]),
    ("AWS::Kinesis::ResourcePolicy", &["ResourceArn"]),
    ("AWS::Lambda::LayerVersionPermission", &["LayerVersionArn"]),
    ("AWS::Lambda::Permission", &["FunctionName"]),
    ("AWS::MSK::ClusterPolicy", &["ClusterArn"]),
    ("AWS::Organizations::Policy", &["TargetIds"]),
    ("AWS::S3::AccessPointPolicy", &["AccessPointName"]),
    ("AWS::S3::BucketPolicy", &["Bucket"]),
    ("AWS::S3::MultiRegionAccessPointPolicy", &["MrapName"]),
    ("AWS::S3Express::BucketPolicy", &["Bucket"]),
    ("AWS::S3ObjectLambda::AccessPointPolicy", &["ObjectLambdaAccessPoint"]),
    ("AWS::S3Tables::TableBucketPolicy", &["TableBucketARN"]),
    ("AWS::S3Tables::TablePolicy", &["TableARN"]),
    ("AWS::SecretsManager::ResourcePolicy", &["SecretId"]),
    ("AWS::Signer::ProfilePermission", &["ProfileName"]),
    ("AWS::SNS::TopicInlinePolicy", &["TopicArn"]),
    ("AWS::SNS::TopicPolicy", &["Topics"]),
    ("AWS::SQS::QueueInlinePolicy", &["Queue"]),
    ("AWS::SQS::QueuePolicy", &["Queues"]),
    ("AWS::VpcLattice::AuthPolicy", &["ResourceIdentifier"]),
    ("AWS::VpcLattice::ResourcePolicy", &["ResourceArn"]),
];

/// The types of identities, their name properties, and the lists by which policies name them.
const IDENTITIES: [(&str, &str, &str); 3] = [
    ("AWS::IAM::Role", "RoleName", "Roles"),
    ("AWS::IAM::User", "UserName", "Users"),
    ("AWS::IAM::Group", "GroupName", "Groups"),
];

/// The identities of a template by the names it gives them.
#[derive(Default)]
pub(super) struct Names(BTreeMap<(&'static str, String), String>);

impl Names {
    pub(super) fn new(resources: &[Resource<'_>]) -> Names {
        let mut names = BTreeMap::new();
        for resource in resources {
            for (type_name, property, _) in IDENTITIES.iter().filter(|(name, ..)| *name == resource.type_name) {
                if let Some(name) = resource.text(property) {
                    names.insert((*type_name, name.to_owned()), resource.id.to_owned());
                }
            }
        }
        Names(names)
    }

    /// The subject that a property's value names.
    fn subject(&self, property: &str, path: Path, value: &Value) -> Subject {
        let identity = IDENTITIES.iter().find(|(_, name, list)| *name == property || *list == property);
        let id = referred(value).or_else(|| self.0.get(&(identity?.0, value.as_str()?.to_owned())).cloned());
        let text = || parts(value).map_or_else(|| canonical(value), |parts| spelled(&parts));
        let key = match (&id, identity) {
            (Some(id), _) => format!("@{id}"),
            (None, Some((type_name, ..))) => format!("{type_name} {}", text()),
            (None, None) => text(),
        };
        Subject { key, id, path, value: value.clone() }
    }
}

fn own(resource: &Resource<'_>, part: &str) -> Subject {
    Subject {
        key: format!("@{}{part}", resource.id),
        id: Some(resource.id.to_owned()),
        path: Path::default(),
        value: Value::Null,
    }
}

/// True if a resource of the type can have statements or attachments of other resources.
pub(super) fn is_carrier(type_name: &str) -> bool {
    CARRIERS.iter().any(|(name, _)| *name == type_name)
}

/// The statements of a resource, once for each subject.
pub(super) fn grants(resource: &Resource<'_>, names: &Names, found: &mut Vec<Grant>) {
    let mut statements: Vec<Found> = documents::spoken(resource.type_name, resource.properties());
    if statements.is_empty() {
        documents::statements(&Path::default(), resource.properties(), &mut statements);
    }
    let carrier = CARRIERS.iter().find(|(name, _)| *name == resource.type_name);
    let mut subjects = Vec::new();
    for property in carrier.map(|(_, properties)| *properties).unwrap_or_default() {
        for (path, value) in items(resource.properties(), &Path::default(), property) {
            subjects.push(names.subject(property, path, value));
        }
    }
    let is_identity = IDENTITIES.iter().any(|(name, ..)| *name == resource.type_name);
    let is_identity_policy = carrier.is_some_and(|(name, _)| name.starts_with("AWS::IAM::"));
    if subjects.len().saturating_mul(statements.len()) > GRANTS {
        let keys: Vec<&str> = subjects.iter().map(|subject| subject.key.as_str()).collect();
        subjects = vec![Subject { key: keys.join(" "), id: None, path: Path::default(), value: Value::Null }];
    }
    for Found { path, value } in statements {
        let said = Rc::new(Said::new(value));
        let place = Place { id: resource.id.to_owned(), type_name: resource.type_name.to_owned(), path };
        let is_ceiling = resource.type_name == "AWS::Organizations::Policy" && said.allows;
        if subjects.is_empty() || is_ceiling {
            let first = match place.path.steps.first() {
                Some(Step::Name(name)) if !(is_identity && name == "Policies") => format!(" {name}"),
                _ => String::new(),
            };
            let subject = own(resource, &first);
            found.push(Grant { place, subject, said });
            continue;
        }
        for subject in &subjects {
            let mut subject = subject.clone();
            if !is_identity_policy {
                subject.key = format!("{} {}", resource.type_name, subject.key);
            }
            found.push(Grant { place: place.clone(), subject, said: Rc::clone(&said) });
        }
    }
    // A policy that nobody wrote.
    if let Some((property, statement)) = documents::default_statement(resource.type_name)
        && resource.properties().get(property).is_none_or(Value::is_null)
    {
        found.push(default_grant(resource, property, &statement));
    }
}

/// Grant of a resource of the type without a policy.
pub(super) fn default_grant(resource: &Resource<'_>, property: &str, statement: &Value) -> Grant {
    let path = Path::default().name(property);
    Grant {
        place: Place { id: resource.id.to_owned(), type_name: resource.type_name.to_owned(), path },
        subject: own(resource, &format!(" {property}")),
        said: Rc::new(Said::new(statement.clone())),
    }
}

/// The permissions of AWS's policy for administrators: everything, so that nothing else is more.
///
/// Source: AWS Managed Policy Reference Guide, `AdministratorAccess`.
pub(super) fn administrator(resource: &Resource<'_>) -> Option<Grant> {
    if !matches!(resource.type_name, "AWS::IAM::Role" | "AWS::IAM::User" | "AWS::IAM::Group") {
        return None;
    }
    let is_it =
        |value: &Value| parts(value).is_some_and(|arn| spelled(&arn).ends_with(":iam::aws:policy/AdministratorAccess"));
    let mut policies = items(resource.properties(), &Path::default(), "ManagedPolicyArns").into_iter();
    let (path, _) = policies.find(|(_, value)| is_it(value))?;
    let everything = json!({ "Effect": "Allow", "Action": "*", "Resource": "*" });
    Some(Grant {
        place: Place { id: resource.id.to_owned(), type_name: resource.type_name.to_owned(), path },
        subject: own(resource, ""),
        said: Rc::new(Said::new(everything)),
    })
}

/// Attachments of a resource as a whole: managed policies, groups, roles, assignments.
pub(super) fn attachments(resource: &Resource<'_>, names: &Names, found: &mut Vec<Attachment>) {
    let mut add = |path: Path, kind, key: String, value: &Value| {
        let place = Place { id: resource.id.to_owned(), type_name: resource.type_name.to_owned(), path };
        found.push(Attachment { place, kind, key, value: value.clone() });
    };
    let root = Path::default();
    let own = own(resource, "").key;
    match resource.type_name {
        "AWS::IAM::Role" | "AWS::IAM::User" | "AWS::IAM::Group" => {
            for (path, value) in items(resource.properties(), &root, "ManagedPolicyArns") {
                let policy = names.subject("ManagedPolicyArns", path.clone(), value).key;
                add(path, BroadeningKind::ManagedPolicy, format!("{own} has {policy}"), value);
            }
            for (path, value) in items(resource.properties(), &root, "Groups") {
                let group = names.subject("Groups", path.clone(), value).key;
                add(path, BroadeningKind::Member, format!("{own} in {group}"), value);
            }
        }
        "AWS::IAM::ManagedPolicy" => {
            for property in ["Roles", "Users", "Groups"] {
                for (path, value) in items(resource.properties(), &root, property) {
                    let subject = names.subject(property, path.clone(), value).key;
                    add(path, BroadeningKind::Reach, format!("{subject} has {own}"), value);
                }
            }
        }
        "AWS::IAM::UserToGroupAddition" => {
            let group = resource.properties().get("GroupName").unwrap_or(&Value::Null);
            let group = names.subject("GroupName", root.clone(), group).key;
            for (path, value) in items(resource.properties(), &root, "Users") {
                let user = names.subject("Users", path.clone(), value).key;
                add(path, BroadeningKind::NewMember, format!("{user} in {group}"), value);
            }
        }
        "AWS::IAM::InstanceProfile" => {
            for (path, value) in items(resource.properties(), &root, "Roles") {
                let role = names.subject("Roles", path.clone(), value).key;
                add(path, BroadeningKind::Role, format!("{own} is {role}"), value);
            }
        }
        // Names and ARNs of managed policies, and SAM's policy templates; documents are statements.
        // https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html
        "AWS::Serverless::Function" | "AWS::Serverless::StateMachine" => {
            for (path, value) in items(resource.properties(), &root, "Policies") {
                if value.get("Statement").is_none() {
                    let policy = names.subject("ManagedPolicyArns", path.clone(), value).key;
                    let policy =
                        if value.is_string() { policy.rsplit('/').next().unwrap_or_default() } else { &policy };
                    add(path, BroadeningKind::ManagedPolicy, format!("{own} has {policy}"), value);
                }
            }
        }
        "AWS::SSO::Assignment" => {
            let key = format!("assignment {}", canonical(resource.properties()));
            add(root, BroadeningKind::Assignment, key, resource.properties());
        }
        _ => {}
    }
}

/// The values of a property that takes one or several, each with its place.
fn items<'a>(properties: &'a Value, path: &Path, name: &str) -> Vec<(Path, &'a Value)> {
    let path = path.name(name);
    match properties.get(name) {
        Some(Value::Array(items)) => {
            let items = items.iter().enumerate().filter(|(_, item)| !item.is_null());
            items.map(|(index, item)| (path.with(item_at(index)), item)).collect()
        }
        Some(one) => as_list(one).into_iter().map(|item| (path.clone(), item)).collect(),
        None => Vec::new(),
    }
}

/// True if a subject is gone with its resource: what restricted it restricts nobody now.
pub(super) fn is_gone(subject: &Subject, sides: &Sides<'_>) -> bool {
    subject.id.as_deref().is_some_and(|id| sides.before(id).is_some() && sides.after(id).is_none())
}
