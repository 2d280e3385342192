//! Certificates of an authority of the tests' own, with one between it and the server's.

use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose, SanType, date_time_ymd,
};

/// A certificate to be made.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) names: Vec<String>,
    /// Its first day.
    pub(crate) from: (i32, u8, u8),
    /// Its last day.
    pub(crate) to: (i32, u8, u8),
    /// True if the server sends the certificate of the authority in between.
    pub(crate) whole: bool,
    /// True if the authority of the tests is above it.
    pub(crate) trusted: bool,
}

/// A certificate with what belongs to it, all in PEM.
pub(crate) struct Made {
    /// Certificates that the server sends.
    pub(crate) chain: String,
    pub(crate) key: String,
    /// The authority that is trusted.
    pub(crate) root: String,
}

pub(crate) fn make(wanted: &Wanted) -> Made {
    let root_key = KeyPair::generate().unwrap();
    let root = authority("Tests Root");
    let root_certificate = root.self_signed(&root_key).unwrap();
    let root = Issuer::new(root, root_key);
    let stranger = Issuer::new(authority("Tests Stranger"), KeyPair::generate().unwrap());

    let between_key = KeyPair::generate().unwrap();
    let between = authority("Tests Between");
    let above = if wanted.trusted { &root } else { &stranger };
    let between_certificate = between.signed_by(&between_key, above).unwrap();
    let between = Issuer::new(between, between_key);

    let key = KeyPair::generate().unwrap();
    let mut own = CertificateParams::default();
    own.subject_alt_names =
        wanted.names.iter().map(|name| SanType::DnsName(name.as_str().try_into().unwrap())).collect();
    own.not_before = date_time_ymd(wanted.from.0, wanted.from.1, wanted.from.2);
    own.not_after = date_time_ymd(wanted.to.0, wanted.to.1, wanted.to.2);
    let certificate = own.signed_by(&key, &between).unwrap();

    let mut chain = certificate.pem();
    if wanted.whole {
        chain += &between_certificate.pem();
    }
    Made { chain, key: key.serialize_pem(), root: root_certificate.pem() }
}

fn authority(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2040, 1, 1);
    params
}
