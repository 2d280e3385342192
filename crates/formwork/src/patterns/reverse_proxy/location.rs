//! Locations: paths of which nginx does something else with the requests.

use std::time::Duration;

use super::upstream::Upstream;

/// Target and limits of the requests for some of the paths.
///
/// ```
/// use std::time::Duration;
///
/// use formwork::prelude::*;
///
/// let uploads = ProxyLocation {
///     max_body_mib: Some(500),
///     read_timeout: Some(Duration::from_secs(900)),
///     ..ProxyLocation::new("/uploads/", Target::Active)
/// };
/// let files = ProxyLocation::new("/files/", Target::Upstream(Upstream::new("files:9000")));
/// let proxy = ReverseProxy { locations: vec![uploads, files], ..ReverseProxy::new("example.com") };
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProxyLocation {
    /// Prefix of the path: `/files/`. Of several, the longest one that fits is taken.
    pub path: String,
    /// Where the requests are passed to.
    pub target: Target,
    /// Maximum size of a request's body, in MiB: as everywhere, unless said otherwise.
    pub max_body_mib: Option<u32>,
    /// Time that the backend may be silent: as everywhere, unless said otherwise.
    pub read_timeout: Option<Duration>,
}

/// Where requests are passed to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Target {
    /// To the active one of the two backends.
    Active,
    /// To a backend that a switch does not concern.
    Upstream(Upstream),
    /// Nowhere: nginx answers 404.
    NotFound,
}

impl ProxyLocation {
    /// The requests for paths that begin with `path` are passed to `target`.
    pub fn new(path: impl Into<String>, target: Target) -> Self {
        ProxyLocation { path: path.into(), target, max_body_mib: None, read_timeout: None }
    }
}

/// Why no request has a path that begins with this one, or why it cannot be written.
///
/// nginx compares paths after it has decoded `%20`, resolved `..` and merged slashes.
///
/// Source: nginx documentation, `ngx_http_core_module`, `location`; Amazon CloudFront Developer Guide, "Path pattern" (255).
pub(super) fn check_path(path: &str) -> Result<(), String> {
    if !path.starts_with('/') {
        return Err("it does not begin with `/`".into());
    }
    if path.len() > 255 {
        return Err(format!("it has {} bytes, 255 are allowed", path.len()));
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || "/-_.~@:+,".contains(c);
    if let Some(other) = path.chars().find(|c| !plain(*c)) {
        return Err(format!("`{}` is not allowed in it", other.escape_debug()));
    }
    if path.contains("//") {
        return Err("nginx makes one slash of two".into());
    }
    if path.split('/').any(|part| part == "." || part == "..") {
        return Err("nginx resolves `.` and `..` before it compares".into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::check_path;

    #[test]
    fn paths() {
        for good in ["/", "/a", "/files/", "/.well-known/acme", "/v1.2/~me/a:b@c+d,e_f-g", "/..."] {
            assert_eq!(check_path(good), Ok(()), "{good}");
        }
        let long = format!("/{}", "a".repeat(255));
        for bad in [
            "", "a", "a/", " /a", "/a b", "/a;", "/a{", "/a}", "/a\n", "/a\"", "/a'", "/a\\", "/$uri", "/a#b", "/a?b",
            "/%20", "//", "/a//b", "/../a", "/a/./b", "/a/..", "/\u{e9}", "/*", "/(a|b)", "/^", "= /a", "~ /a", &long,
        ] {
            assert!(check_path(bad).is_err(), "{bad}");
        }
    }
}
