//! Domain names: what may stand where, as far as it can be known without asking the DNS.
//!
//! Sources: RFC 1035 §2.3.4 (63 octets a label, 255 a name), RFC 952 and 1123 (letters, digits, hyphens); Route 53
//! Developer Guide, "DNS domain name format" (underscores and `*` in records); ACM User Guide (wildcards).

use std::net::Ipv6Addr;

use formwork_template::token;

/// The purpose of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// A host that is connected to.
    Host,
    /// A certificate or an alias of a distribution: `*` may stand for its first label.
    Wildcard,
    /// A record: `*` as above, and underscores.
    Record,
}

/// Checks a domain name. The error is in words that continue "`name` is not a domain name: …". A part that is known only when the stack
/// is deployed may be anything.
pub(crate) fn check(name: &str, usage: Use) -> Result<(), String> {
    // A letter is allowed wherever a part of a name is.
    let whole = token::with_holes(name, "x");
    let has_holes = token::is_in(name);
    let name = &*whole;
    if name.is_empty() {
        return Err("it is empty".into());
    }
    if name.contains("://") {
        return Err("it is a URL; only the part between `//` and the next `/` belongs here".into());
    }
    if name.contains('/') {
        return Err("it has a path".into());
    }
    if name.trim_start_matches('[').split([']', '%']).next().is_some_and(|ip| ip.parse::<Ipv6Addr>().is_ok()) {
        return Err("it is an IPv6 address".into());
    }
    if name.contains(':') {
        return Err("it has a port".into());
    }
    let labels: Vec<&str> = name.strip_suffix('.').unwrap_or(name).split('.').collect();
    if name.len() > 253 {
        return Err(format!("it has {} characters, 253 are allowed", name.len()));
    }
    if labels.len() < 2 && !has_holes {
        return Err("it has no dot".into());
    }
    for (index, label) in labels.iter().enumerate() {
        if *label == "*" && index == 0 && usage != Use::Host {
            continue;
        }
        check_label(label, usage)?;
    }
    if labels.last().is_some_and(|label| label.chars().all(|c| c.is_ascii_digit())) {
        return Err("it is an IP address, or ends in a number".into());
    }
    Ok(())
}

fn check_label(label: &str, usage: Use) -> Result<(), String> {
    if label.is_empty() {
        return Err("two dots follow each other, or it begins with one".into());
    }
    if label.len() > 63 {
        return Err(format!("the part `{}` has {} bytes, 63 are allowed", label.escape_debug(), label.len()));
    }
    if !label.is_ascii() {
        return Err(format!("`{}` is not ASCII; write it in Punycode (`xn--…`)", label.escape_debug()));
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || (c == '_' && usage == Use::Record);
    if let Some(other) = label.chars().find(|c| !allowed(*c)) {
        return Err(format!("`{}` is not allowed in it", other.escape_debug()));
    }
    if label.starts_with('-') || label.ends_with('-') {
        return Err(format!("the part `{label}` begins or ends with a hyphen"));
    }
    Ok(())
}

/// True if `name` is `zone` or lies in it.
pub(crate) fn is_in(name: &str, zone: &str) -> bool {
    let normal = |name: &str| name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    if token::is_in(name) || token::is_in(zone) {
        return may_end_in(name, zone);
    }
    let (name, zone) = (normal(name), normal(zone));
    name == zone || name.strip_suffix(&zone).is_some_and(|rest| rest.ends_with('.'))
}

/// True if a name may lie in a zone, as far as the known ends of the two texts show.
fn may_end_in(name: &str, zone: &str) -> bool {
    let end = |name: &str| {
        let holes = token::with_holes(name, "\0").to_ascii_lowercase();
        let holes = holes.strip_suffix('.').map_or(holes.clone(), str::to_owned);
        holes.rsplit('\0').next().unwrap_or_default().to_owned()
    };
    let (name, zone) = (end(name), end(zone));
    name.ends_with(&zone) || zone.ends_with(&name)
}

/// A name in lower case, without the dot that ends an absolute one: DNS knows no other difference (RFC 4343). One that is known only when
/// the stack is deployed stays as it is.
pub(crate) fn folded(name: &str) -> String {
    match token::is_in(name) {
        true => name.to_owned(),
        false => name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use formwork_template::pseudo;

    use super::{Use, check, is_in};

    #[test]
    fn holes_may_be_anything() {
        let region = pseudo::region();
        for good in [format!("{region}"), format!("api.{region}"), format!("api-{region}.example.com")] {
            assert_eq!(check(&good, Use::Host), Ok(()), "{good}");
        }
        for bad in [format!("https://{region}"), format!("a b.{region}"), format!("{region}..example.com")] {
            assert!(check(&bad, Use::Host).is_err(), "{bad}");
        }
        assert!(is_in(&format!("{region}.example.com"), "example.com"));
        assert!(is_in("api.example.com", &format!("{region}.com")) && is_in(&format!("api.{region}"), "example.com"));
        assert!(!is_in(&format!("{region}.example.org"), "example.com"));
    }

    #[test]
    fn names() {
        for good in ["habitpay.link", "api.habitpay.link", "a-b.xn--bcher-kva.example", "EXAMPLE.com", "example.com."] {
            assert_eq!(check(good, Use::Host), Ok(()), "{good}");
        }
        assert_eq!(check("*.habitpay.link", Use::Wildcard), Ok(()));
        assert_eq!(check("_acme-challenge.habitpay.link", Use::Record), Ok(()));
        for bad in [
            "",
            "localhost",
            "https://habitpay.link",
            "habitpay.link/",
            "habitpay.link:80",
            "a..b",
            ".a.b",
            "-a.b",
            "a-.b",
            "a b.c",
            "a;b.c",
            "a\n.b",
            "\"a\".b",
            "${a}.b",
            "bücher.example",
            "10.0.0.1",
            "*.habitpay.link",
            "::1",
            "_a.b.c",
            &format!("{}.com", "a".repeat(64)),
            &"a.".repeat(200),
        ] {
            assert!(check(bad, Use::Host).is_err(), "{bad}");
        }
        assert!(check("a.*.b", Use::Wildcard).is_err());
        for address in ["[2001:db8::1]", "2001:db8::1", "[::1]:80", "fe80::1%eth0"] {
            assert_eq!(check(address, Use::Host), Err("it is an IPv6 address".to_owned()), "{address}");
        }
        assert_eq!(check("a.b:80", Use::Host), Err("it has a port".to_owned()));
    }

    #[test]
    fn zones() {
        assert!(is_in("habitpay.link", "habitpay.link."));
        assert!(is_in("API.habitpay.link", "habitpay.link"));
        assert!(!is_in("nothabitpay.link", "habitpay.link"));
    }
}
