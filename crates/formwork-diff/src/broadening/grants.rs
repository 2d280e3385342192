//! What the statements and attachments of the new template permit beyond those of the old one.

use std::collections::BTreeSet;

use super::pattern::Unknowns;
use super::reach::{self, Attachment, Grant, Names, Place};
use super::statement::Statement;
use super::{Broadening, BroadeningKind, Sides, documents};

/// All statements and attachments of some resources.
#[derive(Default)]
struct Permissions {
    grants: Vec<Grant>,
    attachments: Vec<Attachment>,
}

impl Permissions {
    fn new<'a>(resources: impl Iterator<Item = &'a super::Resource<'a>>, names: &Names) -> Permissions {
        let mut found = Permissions::default();
        for resource in resources {
            reach::grants(resource, names, &mut found.grants);
            reach::attachments(resource, names, &mut found.attachments);
        }
        found
    }

    /// The statements of one effect for one subject.
    fn of<'a>(&'a self, subject: &'a str, allows: bool) -> impl Iterator<Item = &'a Grant> {
        self.grants.iter().filter(move |grant| grant.subject.key == subject && grant.statement.allows == allows)
    }
}

/// Adds what is permitted now and was not before.
pub(super) fn find(sides: &Sides<'_>, found: &mut Vec<Broadening>) {
    let (old_names, new_names) = (Names::new(&sides.old), Names::new(&sides.new));
    let mut old = Permissions::new(sides.changed_old(), &old_names);
    let new = Permissions::new(sides.changed_new(), &new_names);
    if new.grants.is_empty() && new.attachments.is_empty() && old.grants.is_empty() {
        return;
    }
    // What the type permits without a policy is nothing new when the resource is.
    for resource in sides.changed_new().filter(|resource| sides.before(resource.id).is_none()) {
        if let Some((property, statement)) = documents::default_statement(resource.type_name) {
            old.grants.push(reach::default_grant(resource, property, &statement));
        }
    }
    // Unchanged resources are on both sides: they may cover what others say, and say nothing new.
    let unchanged = Permissions::new(sides.unchanged(), &new_names);

    for grant in new.grants.iter().filter(|grant| grant.statement.allows) {
        let is_new_ceiling =
            grant.place.type_name == "AWS::Organizations::Policy" && sides.before(&grant.place.id).is_none();
        if is_new_ceiling {
            continue;
        }
        let subject = grant.subject.key.as_str();
        let allowed: Vec<&Grant> = old.of(subject, true).chain(unchanged.of(subject, true)).collect();
        let denied: Vec<&Statement> =
            new.of(subject, false).chain(unchanged.of(subject, false)).map(|grant| &grant.statement).collect();
        let covering: Vec<&Statement> =
            allowed.iter().map(|grant| &grant.statement).chain(denied.iter().copied()).collect();
        let Some(value) = grant.statement.beyond(&covering, Unknowns::Apart) else { continue };
        let is_certain = grant.statement.beyond(&covering, Unknowns::Anything).is_some();
        let own: Vec<&Statement> = old
            .grants
            .iter()
            .filter(|other| other.statement.allows && other.place.id == grant.place.id)
            .map(|other| &other.statement)
            .collect();
        let is_reach = !grant.subject.path.steps.is_empty()
            && sides.before(&grant.place.id).is_some()
            && grant.statement.beyond(&own, Unknowns::Apart).is_none();
        if is_reach {
            let place = Place { path: grant.subject.path.clone(), ..grant.place.clone() };
            found.push(Broadening::new(&place, BroadeningKind::Reach, grant.subject.value.clone()));
            continue;
        }
        let kind = match grant.place.type_name.as_str() {
            "AWS::Lambda::Permission" => BroadeningKind::Permission,
            _ => BroadeningKind::Allow,
        };
        found.push(Broadening { is_certain, ..Broadening::new(&grant.place, kind, value) });
    }

    let ids =
        |resources: &[super::Resource<'_>]| resources.iter().map(|one| one.id.to_owned()).collect::<BTreeSet<_>>();
    let (old_ids, new_ids) = (ids(&sides.old), ids(&sides.new));
    let old_ids: BTreeSet<&str> = old_ids.iter().map(String::as_str).collect();
    let new_ids: BTreeSet<&str> = new_ids.iter().map(String::as_str).collect();
    for grant in old.grants.iter().filter(|grant| !grant.statement.allows) {
        if reach::is_gone(&grant.subject, &old_ids, &new_ids) {
            continue;
        }
        let subject = grant.subject.key.as_str();
        let denied: Vec<&Statement> =
            new.of(subject, false).chain(unchanged.of(subject, false)).map(|grant| &grant.statement).collect();
        let Some(value) = grant.statement.beyond(&denied, Unknowns::Apart) else { continue };
        // The policy denies as before, but not to this one.
        let own: Vec<&Statement> = new
            .grants
            .iter()
            .filter(|other| !other.statement.allows && other.place.id == grant.place.id)
            .map(|other| &other.statement)
            .collect();
        if !grant.subject.path.steps.is_empty() && grant.statement.beyond(&own, Unknowns::Apart).is_none() {
            let place = Place { path: grant.subject.path.clone(), ..grant.place.clone() };
            found.push(Broadening::new(&place, BroadeningKind::Release, grant.subject.value.clone()));
            continue;
        }
        let is_certain = grant.statement.beyond(&denied, Unknowns::Anything).is_some();
        found.push(Broadening { is_certain, ..Broadening::new(&grant.place, BroadeningKind::DenyRemoved, value) });
    }

    let had: BTreeSet<&str> =
        old.attachments.iter().chain(&unchanged.attachments).map(|attachment| attachment.key.as_str()).collect();
    for attachment in new.attachments.iter().filter(|attachment| !had.contains(attachment.key.as_str())) {
        found.push(Broadening::new(&attachment.place, attachment.kind, attachment.value.clone()));
    }
}
