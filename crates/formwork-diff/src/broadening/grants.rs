//! Permissions of the new template's statements and attachments beyond those of the old one.

use std::cell::LazyCell;
use std::collections::{BTreeMap, BTreeSet};

use super::documents;
use super::found::{Broadening, BroadeningKind, Place};
use super::pattern::Unknowns;
use super::reach::{self, Attachment, Grant, Names};
use super::sides::{Resource, Sides};
use super::statement::Statement;

/// All statements and attachments of some resources.
#[derive(Default)]
struct Permissions {
    grants: Vec<Grant>,
    attachments: Vec<Attachment>,
    /// By subject and effect.
    subjects: BTreeMap<(String, bool), Vec<usize>>,
    /// By resource and effect.
    resources: BTreeMap<(String, bool), Vec<usize>>,
    /// The texts of all statements, by subject and effect.
    texts: BTreeMap<(String, bool), BTreeSet<String>>,
}

impl Permissions {
    fn new<'a>(resources: impl Iterator<Item = &'a Resource<'a>>, names: &Names) -> Permissions {
        let (mut grants, mut attachments) = (Vec::new(), Vec::new());
        for resource in resources {
            reach::grants(resource, names, &mut grants);
            reach::attachments(resource, names, &mut attachments);
        }
        let mut found = Permissions { attachments, ..Permissions::default() };
        grants.into_iter().for_each(|grant| found.add(grant));
        found
    }

    fn add(&mut self, grant: Grant) {
        let (place, allows) = (self.grants.len(), grant.said.allows);
        let subject = (grant.subject.key.clone(), allows);
        self.texts.entry(subject.clone()).or_default().insert(grant.said.text.clone());
        self.subjects.entry(subject).or_default().push(place);
        self.resources.entry((grant.place.id.clone(), allows)).or_default().push(place);
        self.grants.push(grant);
    }

    /// True if the subject of a grant has the same statement here.
    fn has(&self, grant: &Grant) -> bool {
        let subject = (grant.subject.key.clone(), grant.said.allows);
        self.texts.get(&subject).is_some_and(|texts| texts.contains(&grant.said.text))
    }

    /// The statements of one effect for the subject of a grant.
    fn of(&self, grant: &Grant, allows: bool) -> Vec<&Statement> {
        self.at(self.subjects.get(&(grant.subject.key.clone(), allows)))
    }

    /// The statements of a grant's effect in its resource, whomever they are for.
    fn beside(&self, grant: &Grant) -> Vec<&Statement> {
        self.at(self.resources.get(&(grant.place.id.clone(), grant.said.allows)))
    }

    fn at(&self, places: Option<&Vec<usize>>) -> Vec<&Statement> {
        places.into_iter().flatten().filter_map(|place| Some(self.grants.get(*place)?.said.statement())).collect()
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
    // The type's permissions without a policy are nothing new when the resource is.
    for resource in sides.changed_new().filter(|resource| sides.before(resource.id).is_none()) {
        if let Some((property, statement)) = documents::default_statement(resource.type_name) {
            old.add(reach::default_grant(resource, property, &statement));
        }
    }
    let administrators: Vec<Grant> = sides.changed_old().filter_map(reach::administrator).collect();
    let had_all: Vec<String> = administrators.iter().map(|grant| grant.subject.key.clone()).collect();
    administrators.into_iter().for_each(|grant| old.add(grant));
    // Unchanged resources are on both sides: they may cover what others say, and say nothing new.
    // They are many, and needed only where a changed resource says something new.
    let subjects: BTreeSet<&str> =
        old.grants.iter().chain(&new.grants).filter_map(|grant| grant.subject.id.as_deref()).collect();
    let unchanged = LazyCell::new(|| {
        let may_say =
            |resource: &&Resource<'_>| reach::is_carrier(resource.type_name) || subjects.contains(resource.id);
        Permissions::new(sides.unchanged().filter(may_say), &new_names)
    });
    let work = sides.work;

    for grant in new.grants.iter().filter(|grant| grant.said.allows) {
        let is_organization = grant.place.type_name == "AWS::Organizations::Policy";
        if is_organization && sides.before(&grant.place.id).is_none() {
            // A new policy of an organization is a ceiling, where there was none.
            continue;
        }
        if old.has(grant) {
            continue;
        }
        let statement = grant.said.statement();
        if !work.is_left() {
            let broadening = Broadening::new(&grant.place, BroadeningKind::Allow, statement.value().clone());
            found.push(Broadening { is_certain: false, ..broadening });
            continue;
        }
        let own = [old.of(grant, true), new.of(grant, false)].concat();
        if statement.beyond(&own, Unknowns::Apart, work).is_none() {
            continue;
        }
        // A request that is denied now is not permitted, even if another statement allows it.
        let covering = [own, unchanged.of(grant, true), unchanged.of(grant, false)].concat();
        let Some(value) = statement.beyond(&covering, Unknowns::Apart, work) else { continue };
        if !grant.subject.path.steps.is_empty()
            && sides.before(&grant.place.id).is_some()
            && statement.beyond(&old.beside(grant), Unknowns::Apart, work).is_none()
        {
            let place = Place { path: grant.subject.path.clone(), ..grant.place.clone() };
            found.push(Broadening::new(&place, BroadeningKind::Reach, grant.subject.value.clone()));
            continue;
        }
        let kind = match grant.place.type_name.as_str() {
            "AWS::Lambda::Permission" => BroadeningKind::Permission,
            _ => BroadeningKind::Allow,
        };
        let is_certain = work.is_left() && statement.beyond(&covering, Unknowns::Anything, work).is_some();
        found.push(Broadening { is_certain, ..Broadening::new(&grant.place, kind, value) });
    }

    for grant in old.grants.iter().filter(|grant| !grant.said.allows) {
        if reach::is_gone(&grant.subject, sides) || new.has(grant) {
            continue;
        }
        let statement = grant.said.statement();
        if !work.is_left() {
            let broadening = Broadening::new(&grant.place, BroadeningKind::DenyRemoved, statement.value().clone());
            found.push(Broadening { is_certain: false, ..broadening });
            continue;
        }
        let own = new.of(grant, false);
        if statement.beyond(&own, Unknowns::Apart, work).is_none() {
            continue;
        }
        let denied = [own, unchanged.of(grant, false)].concat();
        let Some(value) = statement.beyond(&denied, Unknowns::Apart, work) else { continue };
        // The policy denies as before, but not to this one.
        let is_released = statement.beyond(&new.beside(grant), Unknowns::Apart, work).is_none();
        if !grant.subject.path.steps.is_empty() && is_released {
            let place = Place { path: grant.subject.path.clone(), ..grant.place.clone() };
            found.push(Broadening::new(&place, BroadeningKind::Release, grant.subject.value.clone()));
            continue;
        }
        let is_certain = work.is_left() && statement.beyond(&denied, Unknowns::Anything, work).is_some();
        found.push(Broadening { is_certain, ..Broadening::new(&grant.place, BroadeningKind::DenyRemoved, value) });
    }

    let keys = |all: &Permissions| all.attachments.iter().map(|one| one.key.clone()).collect::<BTreeSet<_>>();
    let had = keys(&old);
    let had_elsewhere = LazyCell::new(|| {
        let mut attachments = Vec::new();
        sides.unchanged().for_each(|resource| reach::attachments(resource, &new_names, &mut attachments));
        attachments.into_iter().map(|one| one.key).collect::<BTreeSet<_>>()
    });
    for attachment in &new.attachments {
        let is_identity = matches!(attachment.kind, BroadeningKind::ManagedPolicy | BroadeningKind::Member);
        let has_all =
            |own: &String| attachment.key.strip_prefix(own.as_str()).is_some_and(|rest| rest.starts_with(' '));
        if is_identity && had_all.iter().any(has_all) {
            continue;
        }
        if !had.contains(&attachment.key) && !had_elsewhere.contains(&attachment.key) {
            found.push(Broadening::new(&attachment.place, attachment.kind, attachment.value.clone()));
        }
    }
}
