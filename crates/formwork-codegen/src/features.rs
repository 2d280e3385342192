//! The cargo feature that switches a service on.
//!
//! The rule: a service's feature is its module's name, the service's in lower case (`AWS::EC2` -> `ec2`). The services
//! of a family (every module whose name begins with a word of [`FAMILIES`]) share the feature of the family's name: `iot`
//! switches `iot`, `iotsitewise`, `iotwireless` and the others on. Modules keep their own names.
//!
//! The reason: the registry of published crates takes at most 300 features a crate, and AWS has more services.

use crate::CodegenError;

/// The families: services that are mostly used together, or hardly at all.
pub const FAMILIES: &[&str] = &[
    "connect",
    "greengrass",
    "iot",
    "kinesis",
    "licensemanager",
    "media",
    "opensearch",
    "pcaconnector",
    "pinpoint",
    "waf",
    "workspaces",
];

/// The registry's limit, less `default` and a dozen for what is not a service.
pub const MOST: usize = 287;

/// The module of a service: `CloudFront` -> `cloudfront`.
pub fn module_of(service: &str) -> String {
    service.to_ascii_lowercase()
}

/// The feature of a service: `IoTWireless` -> `iot`.
pub fn feature_of(service: &str) -> String {
    let module = module_of(service);
    match FAMILIES.iter().find(|family| module.starts_with(**family)) {
        Some(family) => (*family).to_owned(),
        None => module,
    }
}

/// Holds the number of features against what the registry takes.
///
/// # Errors
///
/// When there are too many.
pub fn check(count: usize) -> Result<(), CodegenError> {
    if count <= MOST { Ok(()) } else { Err(CodegenError::TooManyFeatures { count, most: MOST }) }
}

#[cfg(test)]
mod tests {
    use super::{FAMILIES, MOST, check, feature_of};

    #[test]
    fn families_share_a_feature_and_others_have_their_own() {
        for (service, feature) in
            [("EC2", "ec2"), ("IoT", "iot"), ("IoTWireless", "iot"), ("MediaLive", "media"), ("WAFv2", "waf")]
        {
            assert_eq!(feature_of(service), feature);
        }
    }

    #[test]
    fn no_family_is_part_of_another() {
        assert!(FAMILIES.is_sorted_by(|one, next| one < next && !next.starts_with(one)));
    }

    #[test]
    fn too_many_features_say_what_to_do() {
        assert!(check(MOST).is_ok());
        let error = check(MOST + 1).expect_err("refused").to_string();
        assert_eq!(
            error,
            "288 features, of which a published crate can have 287; add a family to crates/formwork-codegen/src/features.rs"
        );
    }
}
