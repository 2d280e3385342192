//! `AWS::CertificateManager::Certificate`, validated by DNS.

use std::collections::BTreeSet;

use formwork_assembly::Problem;
use formwork_resources::certificatemanager as cfn;
use formwork_resources::certificatemanager::certificate::DomainValidationOption;
use formwork_template::{HasAttributes, Reference, Val, backticked, token};

use crate::domain::{self, Use};
use crate::plain;
use crate::route53::HostedZone;
use crate::{Construct, Handle, Lowered, Scope};

/// A public certificate that proves its names by DNS records, which CloudFormation makes in the hosted zones.
///
/// CloudFront reads certificates from us-east-1 only, so that one for a distribution belongs in a `Stack<UsEast1>`.
/// The stack waits until the certificate is issued, which takes minutes, and for ever if a zone is not the public,
/// delegated one. Any change of its names replaces the certificate.
///
/// Names that ACM proves by one record, such as `example.com` and `*.example.com`, are validated once: of two records with the
/// same name and value, the second would fail.
///
/// ```
/// use formwork::prelude::*;
///
/// let zone = HostedZone::from_id("Z0123456789ABCDEFGHIJ", "example.com");
/// let mut edge = Stack::<UsEast1>::new("example-edge");
/// let certificate = edge.add(
///     "Certificate",
///     Certificate {
///         subject_alternative_names: vec!["*.example.com".into()],
///         ..Certificate::dns_validated("example.com", &zone)
///     },
/// );
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Certificate {
    /// The name that the certificate is for; `*` may stand for its first part.
    pub domain_name: String,
    /// Further names.
    pub subject_alternative_names: Vec<String>,
    /// The zones in which the names are proved. Each name takes the zone that fits it best.
    pub zones: Vec<HostedZone>,
    /// The kind of key. By default ACM chooses, which is RSA with 2,048 bits.
    pub key_algorithm: Option<KeyAlgorithm>,
    /// Tags of the certificate alone; those of its stack reach it too.
    pub tags: Vec<(String, String)>,
}

/// Characters of a certificate's first name, which is its common name.
///
/// Source: AWS Certificate Manager User Guide, "Request a public certificate" (RFC 5280: 64 octets; further names have 253).
const MAX_FIRST_NAME: usize = 64;

/// Names of a certificate, at most: for everybody, and by a quota that was raised.
///
/// Source: AWS Certificate Manager User Guide, "Quotas", "Number of domain names per ACM certificate".
const MAX_NAMES: (usize, usize) = (10, 100);

/// The kind of a certificate's key.
///
/// Source: AWS CloudFormation Template Reference, `AWS::CertificateManager::Certificate`, `KeyAlgorithm`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyAlgorithm {
    /// RSA with 2,048 bits.
    Rsa2048,
    /// The elliptic curve P-256: smaller and faster, and accepted by CloudFront.
    EcPrime256v1,
    /// The elliptic curve P-384; CloudFront takes no such certificate.
    EcSecp384r1,
    /// Another word than these.
    Other(String),
}

impl Certificate {
    /// A certificate for `domain_name`, proved by a record in `zone`.
    pub fn dns_validated(domain_name: impl Into<String>, zone: &HostedZone) -> Self {
        Certificate {
            domain_name: domain_name.into(),
            subject_alternative_names: Vec::new(),
            zones: vec![zone.clone()],
            key_algorithm: None,
            tags: Vec::new(),
        }
    }

    /// Reports more names than ACM takes.
    fn check_count(&self, problems: &mut Vec<Problem>) {
        let names = std::iter::once(&self.domain_name).chain(&self.subject_alternative_names);
        let names: BTreeSet<String> = names.map(|name| without_dot(name).to_ascii_lowercase()).collect();
        let (count, (most, raised)) = (names.len(), MAX_NAMES);
        let hint = "a name with `*` stands for many, and a further certificate is for others";
        if count > raised {
            let message = format!("the certificate has {count} names, ACM takes {raised} at most");
            problems.push(Problem::error(message).hint(hint));
        } else if count > most {
            let message =
                format!("the certificate has {count} names, and ACM refuses more than {most} without a raised quota");
            problems.push(Problem::warning(message).hint(hint));
        }
    }

    /// One option for each record that proves a name; of two names with the same record, the one without `*`.
    ///
    /// Sources: ACM User Guide, "AWS Certificate Manager DNS validation" (a wildcard has the record of its base name);
    /// aws/aws-cdk issues 9248 and 27364 (CloudFormation's record batch fails when two options bring the same record).
    fn validations(&self, problems: &mut Vec<Problem>) -> Vec<Val<DomainValidationOption>> {
        let mut proved: Vec<(String, &str)> = Vec::new();
        for name in std::iter::once(&self.domain_name).chain(&self.subject_alternative_names) {
            let record = validation_record(name);
            match proved.iter_mut().find(|(known, _)| *known == record) {
                Some((_, known)) if known.starts_with("*.") && !name.starts_with("*.") => *known = name,
                Some(_) => {}
                None => proved.push((record, name)),
            }
        }
        proved.into_iter().filter_map(|(_, name)| self.validation(name, problems)).collect()
    }

    /// The proof of `name`: in the longest zone that it lies in.
    fn validation(&self, name: &str, problems: &mut Vec<Problem>) -> Option<Val<DomainValidationOption>> {
        if let Err(reason) = domain::check(name, Use::Wildcard) {
            problems.push(Problem::error(format!("{name:?} is not a domain name: {reason}")));
            return None;
        }
        let fitting = self.zones.iter().filter(|zone| domain::is_in(name, &zone.name));
        let Some(zone) = fitting.max_by_key(|zone| zone.name.len()) else {
            // A zone whose name cannot be has been reported.
            let zones = self.zones.iter().map(|zone| &zone.name);
            let zones: Vec<&String> = zones.filter(|name| domain::check(name, Use::Host).is_ok()).collect();
            if !zones.is_empty() || self.zones.is_empty() {
                let message = format!("`{name}` lies in none of the certificate's zones: {}", backticked(zones));
                let hint = "add the zone that it lies in to `zones`; of a site, to `other_zones`";
                problems.push(Problem::error(message).hint(hint));
            }
            return None;
        };
        Some(Val::Literal(DomainValidationOption {
            domain_name: Some(without_dot(name).into()),
            hosted_zone_id: Some(zone.id.clone()),
            ..DomainValidationOption::default()
        }))
    }
}

const KEY_ALGORITHMS: [&str; 7] =
    ["RSA_1024", "RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1", "EC_secp384r1", "EC_secp521r1"];

impl KeyAlgorithm {
    /// The algorithm's word in a template.
    pub fn as_str(&self) -> &str {
        match self {
            KeyAlgorithm::Rsa2048 => "RSA_2048",
            KeyAlgorithm::EcPrime256v1 => "EC_prime256v1",
            KeyAlgorithm::EcSecp384r1 => "EC_secp384r1",
            KeyAlgorithm::Other(word) => word,
        }
    }
}

/// Identity of a name's validation record: the name without the `*` of a wildcard.
fn validation_record(name: &str) -> String {
    let name = without_dot(name);
    name.strip_prefix("*.").unwrap_or(name).to_ascii_lowercase()
}

/// A name as ACM takes it, without the dot that ends an absolute name (API Reference, `RequestCertificate`, the pattern of `DomainName`).
fn without_dot(name: &str) -> &str {
    name.strip_suffix('.').unwrap_or(name)
}

/// The attributes of a certificate.
#[derive(Clone, Debug, PartialEq)]
pub struct CertificateAttributes(Reference);

impl CertificateAttributes {
    /// The certificate's ARN.
    pub fn arn(&self) -> Val<String> {
        self.0.get_ref("Arn")
    }
}

impl From<Reference> for CertificateAttributes {
    fn from(reference: Reference) -> Self {
        CertificateAttributes(reference)
    }
}

impl HasAttributes for Certificate {
    type Attributes = CertificateAttributes;
}

impl Lowered for Certificate {
    type L1 = cfn::Certificate;
}

impl Certificate {
    /// The generated type with everything filled in.
    fn lower(self, problems: &mut Vec<Problem>) -> cfn::Certificate {
        self.zones.iter().for_each(|zone| zone.check(problems));
        let first = without_dot(&self.domain_name);
        if token::with_holes(first, "").len() > MAX_FIRST_NAME && domain::check(first, Use::Wildcard).is_ok() {
            let message = format!(
                "`{first}` has {} characters; the first name of a certificate has {MAX_FIRST_NAME} at most",
                first.len()
            );
            let hint = "give a shorter name first, and this one as one of `subject_alternative_names`; of a site, as one of `other_names`";
            problems.push(Problem::error(message).hint(hint));
        }
        self.check_count(problems);
        plain::tags("the certificate", &self.tags, problems);
        let algorithm = self.key_algorithm.as_ref().map(KeyAlgorithm::as_str);
        problems.extend(algorithm.and_then(|word| plain::word("a key algorithm", word, &KEY_ALGORITHMS)));
        let options = self.validations(problems);
        let names: Vec<String> =
            self.subject_alternative_names.iter().map(|name| without_dot(name).to_owned()).collect();
        cfn::Certificate {
            subject_alternative_names: (!names.is_empty()).then(|| names.into()),
            validation_method: Some("DNS".into()),
            domain_validation_options: Some(options.into()),
            key_algorithm: self.key_algorithm.map(|algorithm| algorithm.as_str().into()),
            tags: (!self.tags.is_empty()).then(|| self.tags.into()),
            ..cfn::Certificate::new(without_dot(&self.domain_name))
        }
    }
}

impl<R> Construct<R> for Certificate {
    type Handle = Handle<Certificate, R>;

    fn add_to(self, scope: &mut Scope<R>) -> Self::Handle {
        let mut problems = Vec::new();
        let l1 = self.lower(&mut problems);
        scope.problems(problems);
        scope.resource(l1)
    }
}
