//! AWS Certificate Manager: certificates that AWS issues and renews.

mod certificate;

pub use certificate::{Certificate, CertificateAttributes, KeyAlgorithm};
