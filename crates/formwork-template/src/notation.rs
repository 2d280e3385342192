//! Rust's notation of values for programmers, as `{:?}` writes it, in texts of a template.

/// Structs of this project with their first fields, whose notation is in no text by chance.
const STRUCTS: &[(&str, &str)] = &[
    ("Acknowledgement", "logical_id"),
    ("AliasRecords", "zone"),
    ("AliasRecordsHandle", "a"),
    ("AliasTarget", "dns_name"),
    ("Answers", "account"),
    ("App", "stacks"),
    ("Assembly", "stacks"),
    ("Asset", "source"),
    ("Asset", "stack"),
    ("Behavior", "origin"),
    ("Certificate", "domain_name"),
    ("Compose", "image"),
    ("Context", "given"),
    ("ContextValue", "key"),
    ("Delivery", "carrier"),
    ("Distribution", "certificate"),
    ("Environment", "name"),
    ("Existing", "type_name"),
    ("FileArtifact", "path"),
    ("Found", "lookup"),
    ("Graph", "needs"),
    ("HostedZone", "id"),
    ("HostedZoneLookup", "name"),
    ("Import", "parameter"),
    ("Instance", "id"),
    ("InstanceLookup", "id"),
    ("JsonWriter", "sink"),
    ("Location", "file"),
    ("Logging", "bucket"),
    ("Lookup", "type_name"),
    ("Lowering", "stack"),
    ("Memory", "app"),
    ("NestedArtifact", "path"),
    ("NestedStack", "contents"),
    ("NginxSite", "name"),
    ("NginxSiteStacks", "edge"),
    ("Origin", "id"),
    ("OriginIngress", "security_group"),
    ("OriginSecretHandle", "header"),
    ("Output", "value"),
    ("Owner", "app"),
    ("Parameter", "parameter_type"),
    ("Partition", "code"),
    ("Pending", "missing"),
    ("Place", "file"),
    ("Place", "path"),
    ("PrefixList", "name"),
    ("Problem", "severity"),
    ("ProxyLocation", "path"),
    ("PublicHttp", "port"),
    ("PublicHttps", "port"),
    ("Reading", "template"),
    ("RecordSet", "zone"),
    ("Redirects", "from"),
    ("Remark", "kind"),
    ("Report", "problems"),
    ("Resource", "type_name"),
    ("ReverseProxy", "server_names"),
    ("S3Object", "bucket"),
    ("Scope", "inner"),
    ("Selector", "name"),
    ("Ssm", "instance_id"),
    ("StackArtifact", "id"),
    ("StackId", "name"),
    ("StoredParameter", "name"),
    ("Survey", "references"),
    ("Switch", "parameter"),
    ("Template", "description"),
    ("TypedParameter", "parameter"),
    ("Untyped", "type_name"),
    ("Upstream", "address"),
    ("Use", "producer"),
    ("Vpc", "vpc_origin_id"),
    ("VpcOrigin", "name"),
    ("Written", "text"),
];

/// Variants with one value: all of a text is one.
const VARIANTS: [&str; 3] = ["Generation(", "Sent(", "Id(\""];

/// The beginning of a value of this project in a text: `Origin { id:`.
pub fn of_ours(text: &str) -> Option<String> {
    if text.ends_with(')')
        && let Some(variant) = VARIANTS.iter().find(|variant| text.starts_with(**variant))
    {
        return Some((*variant).to_owned());
    }
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices(" {").find_map(|(at, _)| {
        let name = &text[text[..at].trim_end_matches(is_word).len()..at];
        let inside = text[at + 2..].trim_start();
        let (field, _) = inside.split_once(": ")?;
        STRUCTS.contains(&(name, field)).then(|| format!("{name} {{ {field}:"))
    })
}

#[cfg(test)]
mod tests {
    use super::of_ours;
    use crate::{Parameter, StackId};

    #[test]
    fn notations() {
        let id = StackId::new("a", "b");
        assert_eq!(of_ours(&format!("of {id:?}")).as_deref(), Some("StackId { name:"));
        assert_eq!(of_ours(&format!("{:#?}", Parameter::default())).as_deref(), Some("Parameter { parameter_type:"));
        for text in ["type Query { me: String }", "Origin { name: a }", "Id(a) and (b)", "é { id: 1 }", "{", " {"] {
            assert_eq!(of_ours(text), None, "{text}");
        }
    }
}
