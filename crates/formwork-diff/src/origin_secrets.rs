//! The secret by which an origin knows its distribution: changes of it by which the origin refuses viewers for a while.
//!
//! The distribution sends the secret in a header, and nginx, to which an association of Systems Manager takes it, asks for it. nginx changes
//! at once and CloudFront in minutes, so each of the two has to be content with what the other one still does.
//!
//! Source: Amazon CloudFront Developer Guide, "Update a distribution" ("settings changes that you make won't take effect until the
//! distribution has propagated to the AWS edge locations").

use std::collections::BTreeSet;

use formwork_model::Term;
use formwork_model::term::Hole;
use formwork_template::joined_names;

use crate::side::{Resource, Side};

/// The header of `formwork::patterns::ORIGIN_SECRET_HEADER`, as header names are compared.
const HEADER: &str = "x-origin-secret";

const DISTRIBUTION: &str = "AWS::CloudFront::Distribution";
const ASSOCIATION: &str = "AWS::SSM::Association";

/// Logical ids of secrets.
type Secrets = BTreeSet<String>;

/// Steps that are skipped between what is deployed and the new template, one sentence each.
pub(crate) fn remarks(old: &Side<'_>, new: &Side<'_>) -> Vec<String> {
    let mut remarks = Vec::new();
    for (id, resource) in new.resources.iter().filter(|(_, resource)| resource.type_name == DISTRIBUTION) {
        let Some(before) = old.resource(id).filter(|before| before.type_name == DISTRIBUTION) else { continue };
        for origin in origins(resource) {
            let Some(was) = origins(before).iter().find(|was| is_same_origin(was, origin)) else { continue };
            let found = skipped(&Step { old, new, distribution: id }, sent(was), sent(origin));
            remarks.extend(found.filter(|remark| !remarks.contains(remark)));
        }
    }
    remarks
}

/// An update of a distribution's origin.
struct Step<'s, 't> {
    old: &'s Side<'t>,
    new: &'s Side<'t>,
    distribution: &'s str,
}

impl Step<'_, '_> {
    /// True if the association is updated before the distribution.
    fn is_first(&self, association: &str) -> bool {
        let entry = self.new.document.resources.get(self.distribution);
        entry.is_some_and(|entry| entry.depends_on.iter().any(|id| id == association))
    }
}

/// The step that is skipped, if one is.
fn skipped(step: &Step<'_, '_>, before: Option<Secrets>, after: Option<Secrets>) -> Option<String> {
    let id = step.distribution;
    let deliveries: Vec<(&str, Secrets)> = deliveries(step.new).collect();
    let was_asked = || self::deliveries(step.old).any(|(_, asked)| !asked.is_empty());
    match (before, after) {
        (None, Some(after)) => {
            let (delivery, _) = deliveries.iter().find(|(_, asked)| !asked.is_disjoint(&after))?;
            (!was_asked()).then(|| {
                format!(
                    "`{id}` begins to send the origin's secret in the update in which nginx (`{delivery}`) begins to ask for it: viewers are \
                     refused until the change has reached every edge location, minutes later; `OriginSecret::Sent` first, deployed by itself, \
                     prevents that"
                )
            })
        }
        (Some(before), Some(after)) if !before.is_empty() && before.is_disjoint(&after) => {
            let sent = named(&before);
            let Some((delivery, asked)) = deliveries.iter().find(|(_, asked)| !asked.is_disjoint(&after)) else {
                // A delivery that asks for nothing refuses nobody.
                return deliveries.is_empty().then(|| {
                    format!(
                        "`{id}` sends {} in the place of {sent}, and nothing in the stack takes it to nginx: where nginx asks for a \
                         secret, it has to have stopped before this is deployed (`OriginSecret::Sent`), or viewers are refused until the \
                         new one is there",
                        named(&after)
                    )
                });
            };
            if !before.is_subset(asked) {
                return Some(format!(
                    "nginx (`{delivery}`) takes {} alone from the beginning of the update, and `{id}` sends {sent} until the change has \
                     reached every edge location, minutes later: viewers are refused meanwhile; the generation after the deployed one, one \
                     at a time, lets nobody be refused",
                    named(asked)
                ));
            }
            (!step.is_first(delivery)).then(|| unordered(id, delivery, "nginx takes it"))
        }
        (Some(_), None) => match deliveries.iter().find(|(_, asked)| asked.is_empty()) {
            Some((delivery, _)) if was_asked() && !step.is_first(delivery) => {
                Some(unordered(id, delivery, "nginx has stopped asking for the previous one"))
            }
            Some(_) => None,
            None => Some(format!(
                "`{id}` stops sending the origin's secret: nginx has to have stopped asking for it before, with the files of \
                 `OriginSecret::Sent`, or viewers are refused"
            )),
        },
        _ => None,
    }
}

fn unordered(distribution: &str, delivery: &str, what: &str) -> String {
    format!(
        "`{distribution}` may send another secret of the origin, or none, before {what}: it does not depend on `{delivery}`, and viewers may be \
         refused meanwhile"
    )
}

fn named(secrets: &Secrets) -> String {
    joined_names(secrets)
}

/// The associations that take files to nginx, each with the secrets that nginx asks for.
fn deliveries<'s>(side: &'s Side<'_>) -> impl Iterator<Item = (&'s str, Secrets)> {
    let associations = side.resources.iter().filter(|(_, resource)| resource.type_name == ASSOCIATION);
    associations.filter(|(_, resource)| resource.property("Parameters.Digest").is_some()).map(|(id, resource)| {
        let asked = resource.property("Parameters.Secrets").map(references).unwrap_or_default();
        (id.as_str(), asked)
    })
}

fn origins(distribution: &Resource) -> &[Term] {
    match distribution.property("DistributionConfig.Origins") {
        Some(Term::List(origins)) => origins,
        _ => &[],
    }
}

fn is_same_origin(one: &Term, other: &Term) -> bool {
    ["Id", "DomainName"].iter().any(|name| part(one, name).is_some() && part(one, name) == part(other, name))
}

/// The secrets that the origin's header has; `None` if it has no such header.
fn sent(origin: &Term) -> Option<Secrets> {
    let Some(Term::List(headers)) = part(origin, "OriginCustomHeaders") else { return None };
    let is_secret = |header: &&Term| {
        let name = part(header, "HeaderName").and_then(Term::known_text);
        name.is_some_and(|name| name.eq_ignore_ascii_case(HEADER))
    };
    Some(part(headers.iter().find(is_secret)?, "HeaderValue").map(references).unwrap_or_default())
}

/// The resources that a value refers to.
fn references(value: &Term) -> Secrets {
    let mut found = Secrets::new();
    value.visit_holes(&mut |hole| {
        if let Hole::Reference(id) = hole {
            found.insert(id.clone());
        }
    });
    found
}

fn part<'t>(term: &'t Term, name: &str) -> Option<&'t Term> {
    match term {
        Term::Map(map) => map.get(name),
        _ => None,
    }
}
