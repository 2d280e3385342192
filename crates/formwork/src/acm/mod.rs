//! AWS Certificate Manager: certificates that AWS issues and renews.

mod certificate;
mod existing;

pub use certificate::{Certificate, CertificateAttributes, KeyAlgorithm};
pub use existing::CertificateFacts;
pub(crate) use existing::known_names;
