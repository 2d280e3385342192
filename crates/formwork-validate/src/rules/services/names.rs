//! Domain names as DNS has them.
//!
//! Source: RFC 1035, section 2.3.4 (a label of at most 63 octets, a name of at most 255); Route 53 Developer Guide, "DNS domain
//! name format" (`*` as a label, `\052` for characters by their octal code).

/// The longest name.
const MAX_NAME: usize = 255;
/// The longest label.
const MAX_LABEL: usize = 63;

/// True if DNS can hold the name. Any printable character but white space is allowed, which is more than registries take.
pub(super) fn is_dns_name(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    !name.is_empty()
        && name.len() <= MAX_NAME
        && name.split('.').all(|label| {
            // `\052` is one octet, written as four.
            let escapes = label.bytes().filter(|byte| *byte == b'\\').count();
            !label.is_empty()
                && label.len().saturating_sub(3 * escapes) <= MAX_LABEL
                && label.bytes().all(|byte| byte.is_ascii_graphic())
        })
}

/// True if browsers can ask for the host: labels of letters, digits and hyphens, at least two of them, and nothing but `*` as a
/// first one.
pub(super) fn is_host_name(name: &str) -> bool {
    let name = name.strip_prefix("*.").unwrap_or(name);
    name.len() <= MAX_NAME
        && name.contains('.')
        && name.split('.').all(|label| {
            (1..=MAX_LABEL).contains(&label.len())
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        })
        && name.rsplit('.').next().is_some_and(|last| last.len() > 1)
}

/// The name without the dot at its end, in lower case: what two names are compared by. References, `${Zone}`, stay as they are.
pub(crate) fn folded(name: &str) -> String {
    let mut inside = false;
    let mut previous = ' ';
    let fold = |each: char| {
        inside = (inside && previous != '}') || (previous == '$' && each == '{');
        previous = each;
        if inside { each } else { each.to_ascii_lowercase() }
    };
    name.strip_suffix('.').unwrap_or(name).chars().map(fold).collect()
}

/// True if the name is the domain's own, or below it.
pub(super) fn is_in(name: &str, domain: &str) -> bool {
    let (name, domain) = (folded(name), folded(domain));
    name.strip_suffix(&domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_dns_and_of_hosts() {
        for name in ["example.com", "example.com.", "*.example.com", "_x1.example.com", "a", r"\052.example.com"] {
            assert!(is_dns_name(name), "{name}");
        }
        for name in ["", ".", "a..b", "no name", "é.example.com", &"a".repeat(64), &"a.".repeat(200)] {
            assert!(!is_dns_name(name), "{name}");
        }
        for name in ["example.com", "*.example.com", "a-b.example.co"] {
            assert!(is_host_name(name), "{name}");
        }
        for name in
            ["com", "a.*.example.com", "-a.example.com", "a-.example.com", "example.c", "_a.example.com", "a.b ", "*"]
        {
            assert!(!is_host_name(name), "{name}");
        }
        assert_eq!(folded("WWW.${MyZone.Name}.Com."), "www.${MyZone.Name}.com");
        assert!(is_in("a.Example.com.", "example.com") && is_in("example.com", "example.com."));
        assert!(!is_in("badexample.com", "example.com") && !is_in("com", "example.com"));
    }
}
