//! What a difference in properties does to a resource: nothing but an update, or a replacement.

use formwork_schema::facts::{Registry, Replacement};
use serde_json::Value as Json;

/// One place at which properties differ.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Difference {
    /// Names, and indexes of lists as text, below the properties.
    pub(crate) path: Vec<String>,
    pub(crate) before: Option<Json>,
    pub(crate) after: Option<Json>,
}

/// `RequiresRecreation`, in CloudFormation's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Recreation {
    Never,
    Conditionally,
    Always,
}

impl Recreation {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Recreation::Never => "Never",
            Recreation::Conditionally => "Conditionally",
            Recreation::Always => "Always",
        }
    }
}

/// Every place, as deep as both sides have the same form.
pub(crate) fn differences(before: &Json, after: &Json) -> Vec<Difference> {
    let mut found = Vec::new();
    collect(&mut Vec::new(), Some(before), Some(after), &mut found);
    found
}

fn collect(path: &mut Vec<String>, before: Option<&Json>, after: Option<&Json>, found: &mut Vec<Difference>) {
    if before == after {
        return;
    }
    match (before, after) {
        (Some(Json::Object(one)), Some(Json::Object(other))) => {
            let names = one.keys().chain(other.keys().filter(|name| !one.contains_key(*name)));
            for name in names {
                path.push(name.clone());
                collect(path, one.get(name), other.get(name), found);
                path.pop();
            }
        }
        (Some(Json::Array(one)), Some(Json::Array(other))) if one.len() == other.len() => {
            for (index, (one, other)) in one.iter().zip(other).enumerate() {
                path.push(index.to_string());
                collect(path, Some(one), Some(other), found);
                path.pop();
            }
        }
        _ => found.push(Difference { path: path.clone(), before: before.cloned(), after: after.cloned() }),
    }
}

/// What a change at the place does.
pub(crate) fn recreation(registry: &Registry, type_name: &str, path: &[String]) -> Recreation {
    let Some(facts) = registry.of(type_name) else {
        return Recreation::Never;
    };
    // Indexes of lists are no names of properties.
    let names: Vec<&str> = path.iter().map(String::as_str).filter(|name| name.parse::<usize>().is_err()).collect();
    match facts.replacement(&names) {
        Replacement::Yes => Recreation::Always,
        Replacement::Maybe | Replacement::Unknown => Recreation::Conditionally,
        Replacement::No => Recreation::Never,
    }
}

/// Whether the differences replace the resource. Where the schema only says "perhaps", a change of what the resource is
/// known by replaces it, and anything else does not.
pub(crate) fn replaces(registry: &Registry, type_name: &str, differences: &[Difference]) -> bool {
    let identifier: Vec<&str> =
        registry.of(type_name).map(|facts| facts.primary_identifier().collect()).unwrap_or_default();
    differences.iter().any(|difference| match recreation(registry, type_name, &difference.path) {
        Recreation::Always => true,
        Recreation::Conditionally => difference.path.first().is_some_and(|name| identifier.contains(&name.as_str())),
        Recreation::Never => false,
    })
}

/// Whether other tags of the stack change a resource of the type: they are its tags too.
///
/// Source: API Reference, `CreateStack`, `Tags`: "CloudFormation also propagates these tags to the resources created in the stack";
/// cloudtools/stacker issue 605.
pub(crate) fn takes_tags(registry: &Registry, type_name: &str) -> bool {
    registry.of(type_name).is_some_and(|facts| facts.is_taggable() && facts.tags_are_updatable())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn places_are_as_deep_as_both_sides_agree() {
        let found = differences(&json!({"A": {"B": [1, 2]}, "C": 1}), &json!({"A": {"B": [1, 3]}, "D": [1]}));
        let paths: Vec<String> = found.iter().map(|difference| difference.path.join("/")).collect();
        assert_eq!(paths, ["A/B/1", "C", "D"]);
    }

    #[test]
    fn what_the_schema_leaves_open_hangs_on_the_identity() {
        let change = |path: &str| vec![Difference { path: vec![path.to_owned()], before: None, after: Some(json!(1)) }];
        let replaces = |type_name: &str, path: &str| replaces(&Registry::new(), type_name, &change(path));
        assert!(replaces("AWS::CertificateManager::Certificate", "DomainName"));
        assert!(!replaces("AWS::CloudFront::Distribution", "DistributionConfig"));
        assert!(!replaces("AWS::EC2::Instance", "UserData"));
        assert!(replaces("AWS::Route53::RecordSet", "Name"));
    }
}
