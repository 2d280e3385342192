//! The names of distributions, once every stack is there: covered by their certificates, and those of the records that point to
//! them. Certificate, distribution and records are often in different stacks, which no check of one template can see.
//!
//! Sources: Amazon CloudFront Developer Guide, "Requirements for using alternate domain names" and "Use wildcards in alternate
//! domain names"; Route 53 API Reference, `AliasTarget`.

use formwork_assembly::Problem;
use formwork_template::region::partition_of;
use formwork_template::{Function, Value, backticked, token};

use crate::Stacks;
use crate::domain::{self, Use, folded};

/// Keys that ACM makes and CloudFront does not take ("Requirements for using SSL/TLS certificates with CloudFront").
const LARGE_KEYS: &[&str] = &["EC_secp384r1", "EC_secp521r1"];

/// Names that do not fit.
pub(crate) fn check(stacks: &Stacks<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (stack, template) in stacks.templates() {
        for (id, resource) in &template.resources {
            let properties = || resource.properties.to_value();
            let found = match &*resource.type_name {
                "AWS::CloudFront::Distribution" => aliases(stacks, &properties()),
                "AWS::Route53::RecordSet" => record(stacks, &properties()),
                _ => continue,
            };
            let place = |problem: Problem| match stacks.location(stack, id) {
                Some(location) => problem.at(location.clone()),
                None => problem,
            };
            problems.extend(found.into_iter().map(place));
        }
    }
    problems.extend(twice(stacks));
    problems
}

/// Something of which there is one: an alias of a distribution, or a record of a zone.
#[derive(PartialEq)]
enum Single {
    /// Of all distributions of all accounts, one has an alias (CloudFront API Reference, `CreateDistribution`, `CNAMEAlreadyExists`; Amazon
    /// CloudFront Developer Guide, "Restrictions on using alternate domain names").
    Alias(String),
    /// Of a zone, a name and a type, one record without a routing policy, or one for each `SetIdentifier` (Route 53 API Reference,
    /// `ResourceRecordSet`; "Tried to create resource record set … but it already exists" is its refusal).
    Record { zone: Value, name: String, record_type: String, set: Option<String> },
}

/// Names that two resources of the app want to have: the second one would fail in the middle of the deployment.
fn twice(stacks: &Stacks<'_>) -> Vec<Problem> {
    let mut seen: Vec<(Single, &str, &str, Option<String>)> = Vec::new();
    let mut problems = Vec::new();
    for (stack, template) in stacks.templates() {
        for (id, resource) in &template.resources {
            // Of two with conditions, perhaps one is there.
            if resource.condition.is_some() || resource.others.contains_key("Condition") {
                continue;
            }
            let singles = match &*resource.type_name {
                "AWS::CloudFront::Distribution" => {
                    let properties = resource.properties.to_value();
                    let aliases = find(&properties, &["DistributionConfig", "Aliases"]).and_then(Value::as_list);
                    aliases.into_iter().flatten().filter_map(text).map(|it| Single::Alias(folded(it))).collect()
                }
                "AWS::Route53::RecordSet" => {
                    let properties = resource.properties.to_value();
                    single_record(&properties, &properties).into_iter().collect()
                }
                "AWS::Route53::RecordSetGroup" => {
                    let properties = resource.properties.to_value();
                    let records = find(&properties, &["RecordSets"]).and_then(Value::as_list);
                    records.into_iter().flatten().filter_map(|record| single_record(record, &properties)).collect()
                }
                _ => Vec::new(),
            };
            let location = stacks.location(stack, id);
            for single in singles {
                let first = seen.iter().find(|(other, other_stack, other_id, _)| {
                    *other == single && (*other_stack, *other_id) != (&*stack.name, id.as_str())
                });
                if let Some((_, first_stack, first_id, place)) = first {
                    let what = match &single {
                        Single::Alias(alias) => format!("two distributions have the alias `{alias}`"),
                        Single::Record { name, record_type, .. } => {
                            format!("two records of one zone have the name `{name}` and the type {record_type}")
                        }
                    };
                    let at = place.as_ref().map(|place| format!(", at {place}")).unwrap_or_default();
                    let problem = Problem::error(format!("{what}: the other one is `{first_id}` of `{first_stack}`"));
                    let problem = problem.hint(format!("there can be one: leave it out here or there{at}"));
                    problems.push(match location {
                        Some(location) => problem.at(location.clone()),
                        None => problem,
                    });
                }
                seen.push((single, &stack.name, id, location.map(ToString::to_string)));
            }
        }
    }
    problems
}

/// The record, as far as it is known which one it is; the zone of a group is that of its records.
fn single_record(record: &Value, group: &Value) -> Option<Single> {
    let own = |key: &str| find(record, &[key]).or_else(|| find(group, &[key]));
    let zone = match own("HostedZoneId") {
        Some(zone) => zone.clone(),
        None => Value::from(folded(text(own("HostedZoneName")?)?)),
    };
    // A parameter of this name may be another zone in another stack.
    let is_known = match &zone {
        Value::String(id) => !token::is_in(id),
        Value::Function(function) => matches!(**function, Function::Reference(_)),
        _ => false,
    };
    let set = match find(record, &["SetIdentifier"]) {
        Some(set) => Some(text(set)?.to_owned()),
        None => None,
    };
    let (name, record_type) = (text(find(record, &["Name"])?)?, text(find(record, &["Type"])?)?);
    is_known.then(|| Single::Record { zone, name: folded(name), record_type: record_type.to_owned(), set })
}

/// Aliases that the distribution's certificate is not for: CloudFront refuses the distribution.
fn aliases(stacks: &Stacks<'_>, distribution: &Value) -> Vec<Problem> {
    let found = find(distribution, &["DistributionConfig", "ViewerCertificate", "AcmCertificateArn"]);
    if let Some(problem) = found.and_then(elsewhere) {
        return vec![problem];
    }
    let Some(certificate) = found.and_then(|arn| referred(stacks, arn, "AWS::CertificateManager::Certificate")) else {
        return Vec::new();
    };
    let first = find(&certificate, &["DomainName"]).map(|name| vec![text(name)]);
    let others = find(&certificate, &["SubjectAlternativeNames"]).map_or(Some(Vec::new()), texts);
    let names: Option<Vec<&str>> =
        first.and_then(|first| [first, others?.into_iter().map(Some).collect()].concat().into_iter().collect());
    let Some(names) = names else { return Vec::new() };
    let mut problems = uncovered(&names, distribution);
    let key = find(&certificate, &["KeyAlgorithm"]).and_then(Value::as_str);
    if let Some(key) = key.filter(|key| LARGE_KEYS.contains(key)) {
        let hint = "of elliptic curves, CloudFront takes `EC_prime256v1` alone";
        problems.push(Problem::error(format!("the distribution's certificate has a key of `{key}`")).hint(hint));
    }
    problems
}

/// Aliases that are not names of the certificate.
pub(crate) fn uncovered<N: AsRef<str>>(names: &[N], distribution: &Value) -> Vec<Problem> {
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    let aliases = find(distribution, &["DistributionConfig", "Aliases"]).and_then(Value::as_list).unwrap_or_default();
    // Of what is not a name at all, the distribution itself tells.
    let named = aliases.iter().filter_map(text).filter(|alias| domain::check(alias, Use::Wildcard).is_ok());
    let uncovered = named.filter(|alias| !names.iter().any(|name| is_for(name, alias, false)));
    let problem = |alias: &str| {
        let message = format!("the alias `{alias}` is not covered by the distribution's certificate");
        let hint = format!("the certificate is for {}; `*` stands for one label", backticked(&names));
        Problem::error(message).hint(hint)
    };
    uncovered.map(problem).collect()
}

/// A certificate of another region, which CloudFront does not read. A type by hand takes none with such a region in its type; a
/// generated one does.
///
/// Source: Amazon CloudFront Developer Guide, "Requirements for using SSL/TLS certificates with CloudFront".
fn elsewhere(certificate: &Value) -> Option<Problem> {
    let Function::Reference(reference) = certificate.as_function()? else { return None };
    let region = &*reference.stack.region;
    // The region of an existing thing is not always known, and in China certificates are kept in IAM.
    if region.is_empty() || region == "us-east-1" || partition_of(region).code != "aws" {
        return None;
    }
    let id = &reference.logical_id;
    let message = format!("CloudFront reads certificates from us-east-1 only, and `{id}` is in `{region}`");
    Some(Problem::error(message).hint("add the certificate to a stack in us-east-1"))
}

/// A record that points to a distribution which does not know its name: CloudFront answers 403.
fn record(stacks: &Stacks<'_>, record: &Value) -> Vec<Problem> {
    let name = find(record, &["Name"]).and_then(text);
    let target = find(record, &["AliasTarget", "DNSName"]);
    let distribution = target.and_then(|target| referred(stacks, target, "AWS::CloudFront::Distribution"));
    let (Some(name), Some(distribution)) = (name, distribution) else { return Vec::new() };
    let aliases = match find(&distribution, &["DistributionConfig", "Aliases"]) {
        None => Vec::new(),
        Some(aliases) => match texts(aliases) {
            Some(aliases) => aliases,
            None => return Vec::new(),
        },
    };
    let record_type = find(record, &["Type"]).and_then(text);
    if matches!(record_type, Some("A" | "AAAA")) && asks_itself(&distribution, name) {
        let message = format!(
            "the record `{name}` points to a distribution that gets its content from `{name}`: CloudFront would ask itself"
        );
        return vec![Problem::error(message).hint("give the server a name of its own, and the origin that name")];
    }
    if aliases.iter().any(|alias| is_for(alias, name, true)) {
        return Vec::new();
    }
    let message = format!("the record `{name}` points to a distribution that does not have this alias");
    let hint = match aliases.is_empty() {
        true => format!("add {name:?} to the distribution's `aliases`"),
        false => format!("add {name:?} to the distribution's `aliases`, which are {}", backticked(&aliases)),
    };
    vec![Problem::warning(message).hint(hint)]
}

/// True if an origin that is reached over the internet has this name.
fn asks_itself(distribution: &Value, name: &str) -> bool {
    let origins = find(distribution, &["DistributionConfig", "Origins"]).and_then(Value::as_list).unwrap_or_default();
    origins.iter().any(|origin| {
        let own = find(origin, &["DomainName"]).and_then(text);
        find(origin, &["VpcOriginConfig"]).is_none() && own.is_some_and(|own| folded(own) == folded(name))
    })
}

/// The properties of the resource that a value refers to.
pub(crate) fn referred(stacks: &Stacks<'_>, value: &Value, type_name: &str) -> Option<Value> {
    let Some(Function::Reference(reference)) = value.as_function() else { return None };
    let resource = stacks.resource(reference)?;
    (resource.type_name == type_name).then(|| resource.properties.to_value())
}

pub(crate) fn find<'v>(value: &'v Value, keys: &[&str]) -> Option<&'v Value> {
    keys.iter().try_fold(value, |value, key| value.as_map()?.get(*key))
}

/// The texts of a list, if all of it is known.
pub(crate) fn texts(list: &Value) -> Option<Vec<&str>> {
    list.as_list()?.iter().map(text).collect()
}

/// The text, if all of it is known.
fn text(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| !token::is_in(text))
}

/// True if `pattern`, of which `*` can be the first label, is for the name; `deep`: `*` is for several labels, too.
pub(crate) fn is_for(pattern: &str, name: &str, deep: bool) -> bool {
    let (pattern, name) = (folded(pattern), folded(name));
    let label = pattern.strip_prefix("*.").and_then(|domain| name.strip_suffix(domain)?.strip_suffix('.'));
    pattern == name || label.is_some_and(|label| !label.is_empty() && (deep || !label.contains('.')))
}

#[cfg(test)]
mod tests {
    use super::is_for;

    #[test]
    fn stars_stand_for_one_label_or_for_several() {
        assert!(is_for("example.com", "Example.com.", false) && is_for("*.example.com", "www.example.com", false));
        assert!(!is_for("*.example.com", "example.com", true) && !is_for("*.example.com", "a.b.example.com", false));
        assert!(is_for("*.example.com", "a.b.example.com", true) && !is_for("*.example.com", "wwwexample.com", true));
    }
}
