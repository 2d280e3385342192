//! The schemas themselves, inside the program: the snapshot's files as they are, one compressed text a service.
//!
//! A question unpacks one service and reads the one line of the type that is asked for; nothing is kept, so whoever asks
//! twice keeps the answer.

use std::io::Read as _;

use serde_json::Value;

use crate::ir::service_of;
use crate::patch::Patch;

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// The schema of a type, e.g. of `AWS::CloudFront::Distribution`, patched; `None` when no region has such a type.
pub fn schema(type_name: &str) -> Option<Value> {
    let mut schema: Value = serde_json::from_str(&schema_json(type_name)?).ok()?;
    for (name, text) in PATCHES {
        // Patches that do not apply are found by the tests of this crate, before they are embedded anywhere.
        if let Ok(patch) = Patch::from_json(name, text)
            && patch.type_name == type_name
        {
            patch.apply(&mut schema).ok()?;
        }
    }
    Some(schema)
}

/// The schema of a type as it was published.
pub fn schema_json(type_name: &str) -> Option<String> {
    Some(line_of(&unpack(&service_of(type_name).to_ascii_lowercase())?, type_name)?.to_owned())
}

/// True if some region has the type.
pub fn is_known_elsewhere(type_name: &str) -> bool {
    let lines = include_str!(concat!(env!("FORMWORK_SCHEMAS"), "/regions.txt")).lines();
    !type_name.is_empty() && lines.skip(1).any(|line| line.split(' ').next() == Some(type_name))
}

/// A text of the folder `schemas/extensions`.
pub(crate) fn extension(name: &str) -> Option<String> {
    unpack_from(EXTENSIONS, name)
}

/// The names of these texts.
pub(crate) fn extensions() -> impl Iterator<Item = &'static str> {
    EXTENSIONS.iter().map(|(name, _)| *name)
}

fn unpack(service: &str) -> Option<String> {
    unpack_from(SERVICES, service)
}

fn unpack_from(files: &[(&str, &[u8])], name: &str) -> Option<String> {
    let place = files.binary_search_by_key(&name, |(name, _)| name).ok()?;
    let mut text = String::new();
    flate2::read::GzDecoder::new(files[place].1).read_to_string(&mut text).ok()?;
    Some(text)
}

/// A line a type: `"AWS::ACMPCA::Certificate":{…},`
fn line_of<'t>(text: &'t str, type_name: &str) -> Option<&'t str> {
    let line = text.lines().find_map(|line| line.strip_prefix('"')?.strip_prefix(type_name)?.strip_prefix("\":"))?;
    Some(line.strip_suffix(',').unwrap_or(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_of_the_facts_has_its_schema() {
        let mut missing = Vec::new();
        let (mut service, mut text) = (String::new(), String::new());
        for type_name in crate::facts::type_names() {
            let own = service_of(type_name).to_ascii_lowercase();
            if own != service {
                text = unpack(&own).unwrap_or_default();
                service = own;
            }
            if line_of(&text, type_name).is_none_or(|line| !line.contains(&format!("\"typeName\":{type_name:?}"))) {
                missing.push(type_name);
            }
        }
        assert_eq!(missing, Vec::<&str>::new());
        assert_eq!(schema_json("AWS::S3::Buckets"), None);
        assert_eq!(schema_json("AWS::S3"), None);
        assert_eq!(schema_json(""), None);
        assert!(is_known_elsewhere("AMZN::SDC::Deployment") && !is_known_elsewhere("AWS::S3::Buckets"));
    }

    #[test]
    fn schemas_come_patched() {
        for (name, text) in PATCHES {
            let patch = Patch::from_json(name, text).unwrap();
            assert!(schema(&patch.type_name).is_some(), "{name}");
            let published: Value = serde_json::from_str(&schema_json(&patch.type_name).unwrap()).unwrap();
            assert_ne!(schema(&patch.type_name), Some(published), "{name}");
        }
    }
}
