//! Rust spellings of AWS's names.

use std::collections::BTreeSet;

use formwork_codegen::{docs, names};

#[test]
fn fields() {
    for (name, expected) in [
        ("DomainName", "domain_name"),
        ("SSLSupportMethod", "ssl_support_method"),
        ("OriginSSLProtocols", "origin_ssl_protocols"),
        ("IPV6Enabled", "ipv6_enabled"),
        ("HTTPPort", "http_port"),
        ("HTTPSPort", "https_port"),
        ("DNSName", "dns_name"),
        ("VPCId", "vpc_id"),
        ("MinTTL", "min_ttl"),
        ("S3BucketARN", "s3_bucket_arn"),
        ("NotificationARNs", "notification_arns"),
        ("SubnetIDs", "subnet_ids"),
        ("AZsPerRegion", "azs_per_region"),
        ("IPv6CidrBlock", "ipv6_cidr_block"),
        ("MemoryGiBPerVCpu", "memory_gib_per_vcpu"),
        ("OAuthScopes", "oauth_scopes"),
        ("Type", "type_"),
        ("Endpoint.Address", "endpoint_address"),
        ("kebab-case", "kebab_case"),
        ("2ndTry", "_2nd_try"),
        ("EIP", "eip"),
    ] {
        assert_eq!(names::snake(name), expected, "{name}");
    }
}

#[test]
fn the_table_of_words_is_sorted_and_each_changes_something() {
    assert!(names::RESERVED_TYPES.is_sorted());
    for (word, spelling) in names::WORDS {
        assert_ne!(word, spelling);
        assert!(word.eq_ignore_ascii_case(spelling), "{word}");
    }
}

#[test]
fn variants() {
    let values = |values: &[&str]| names::variants(&values.iter().map(|value| (*value).to_owned()).collect::<Vec<_>>());
    assert_eq!(
        values(&["sni-only", "TLSv1.2_2021", "http2and3", "PriceClass_100", "RSA_2048", "EC_prime256v1", "GET"]),
        ["SniOnly", "TLSv1_2_2021", "Http2and3", "PriceClass100", "Rsa2048", "EcPrime256v1", "Get"]
    );
    // Nothing is dropped, whatever the values look like.
    let odd = ["a", "A", "Other", "Self", "*", "", "-", "é", "ü", "1", "1.0", "10"];
    let names = values(&odd);
    assert_eq!(names.len(), odd.len());
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), odd.len(), "{names:?}");
}

#[test]
fn descriptions() {
    for (description, expected) in [
        ("", ""),
        ("Resource Type definition for AWS::A::B", ""),
        ("Use ``Name`` or `Other`.", "Use `Name` or `Other`."),
        ("See [the guide](a.html#b) and [ACM].", "See the guide and \\[ACM\\]."),
        ("At https://example.com now", "At `https://example.com` now"),
        ("<p>A <code>x[0]</code> of <id></p>", "A `x[0]` of \\<id\\>"),
        ("One\n  line.\n\nAnother.", "One line."),
        ("Unbalanced ` tick", "Unbalanced  tick"),
    ] {
        assert_eq!(docs::clean(description), expected, "{description}");
    }
    let long = "A sentence of some length. ".repeat(40);
    let short = docs::clean(&long);
    assert!(short.len() <= 300 && short.ends_with("length."), "{short}");
}

#[test]
fn types_of_aws_link_to_their_pages() {
    let page = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html";
    assert_eq!(docs::linked("AWS::S3::Bucket"), format!("[`AWS::S3::Bucket`]({page})"));
    assert_eq!(docs::linked("Acme::Mail::Box"), "`Acme::Mail::Box`");
}
