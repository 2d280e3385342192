//! Paths of nginx held against those for which a distribution asks it: its own answer, and its locations.
//!
//! Sources: Amazon CloudFront Developer Guide, "Origin path" (CloudFront puts it in front of every path) and "Path pattern" (`*` is any
//! number of characters, `?` is one; patterns mind case, may leave the first `/` out, and the first that fits is used).

use formwork_assembly::Problem;
use formwork_template::Value;

use super::location::{Target, check_path};
use super::settings::ReverseProxy;
use crate::cloudfront::names::find;

/// Paths of which nginx does something else than to pass them to the active backend.
#[derive(Clone, Debug)]
pub(super) struct Paths {
    health: Option<String>,
    /// Each with whether it is nothing but a refusal.
    locations: Vec<(String, bool)>,
}

/// A behaviour of a distribution.
pub(super) struct Route<'v> {
    /// The pattern of its paths; `None` for the default one.
    pub(super) pattern: Option<&'v str>,
    /// The server that it leads to.
    pub(super) server: Option<&'v Value>,
    /// The path in front of every path; `None` if it is not known.
    pub(super) before: Option<&'v str>,
    /// True if nginx is certain not to know the name that it is asked for.
    pub(super) is_nameless: bool,
}

impl<'v> Route<'v> {
    /// The route of a behaviour that leads to this origin.
    pub(super) fn new(behavior: &'v Value, origin: &'v Value, is_nameless: bool) -> Self {
        // Of a path that cannot be one, the origin itself tells.
        let before = find(origin, &["OriginPath"]).map_or(Some(""), Value::as_str);
        let before = before.map(|before| if check_path(before).is_ok() { before } else { "" });
        let pattern = find(behavior, &["PathPattern"]);
        Route {
            // A pattern that is not known may be any.
            pattern: pattern.map(|pattern| pattern.as_str().unwrap_or("")),
            server: find(origin, &["DomainName"]),
            before,
            is_nameless,
        }
    }

    fn name(&self) -> String {
        self.pattern.map_or("the default behaviour".to_owned(), |pattern| format!("the behaviour of `{pattern}`"))
    }

    /// True if it leads to another server for certain.
    fn is_elsewhere(&self, server: Option<&Value>) -> bool {
        self.server != server && [self.server, server].iter().all(|it| it.is_some_and(|it| it.as_str().is_some()))
    }
}

impl Paths {
    pub(super) fn new(proxy: &ReverseProxy) -> Self {
        let locations = proxy.locations.iter();
        Paths {
            health: proxy.health_path.clone(),
            locations: locations.map(|it| (it.path.clone(), it.target == Target::NotFound)).collect(),
        }
    }

    /// Paths that a distribution with these routes, in the order of their patterns and the default one last, never asks of the nginx at
    /// `server`.
    pub(super) fn problems(&self, routes: &[Route<'_>], server: Option<&Value>) -> Vec<Problem> {
        let mut problems: Vec<Problem> =
            self.health.iter().filter_map(|path| unheard_health(path, routes, server)).collect();
        for (path, is_refusal) in &self.locations {
            problems.extend(unheard_location(path, *is_refusal, routes, server));
        }
        problems
    }
}

/// nginx's own answer, for which `switch` and `verify` ask as viewers do.
fn unheard_health(path: &str, routes: &[Route<'_>], server: Option<&Value>) -> Option<Problem> {
    let route = routes.iter().find(|route| route.pattern.is_none_or(|pattern| fits(pattern, path)))?;
    let (why, hint) = if route.is_elsewhere(server) {
        let other = route.server.and_then(Value::as_str).unwrap_or_default();
        (
            format!("{} leads to `{other}`", route.name()),
            "set `health_path` to a path of a behaviour that leads to nginx",
        )
    } else if let Some(before) = route.before.filter(|before| !before.is_empty()) {
        (
            format!("{} asks nginx for `{before}{path}`", route.name()),
            "leave `path` of the origin out, or put a behaviour for the health path, with an origin without `path`, before it",
        )
    } else if route.is_nameless {
        (
            format!("{} does not pass on `Host`, by which nginx answers", route.name()),
            "an origin request policy such as `AllViewer` passes it on",
        )
    } else {
        return None;
    };
    let message =
        format!("nginx's own answer at `{path}` cannot be asked for, so `switch` and `verify` never see it: {why}");
    Some(Problem::error(message).hint(hint))
}

/// A location for which no request comes.
fn unheard_location(path: &str, is_refusal: bool, routes: &[Route<'_>], server: Option<&Value>) -> Option<Problem> {
    let mut put_in_front = None;
    for (place, route) in routes.iter().enumerate() {
        if route.is_elsewhere(server) {
            continue;
        }
        // With a path that is not known, anything may come.
        let before = route.before?;
        let Some(rest) = rest_of(path, before) else {
            put_in_front = put_in_front.or(Some(before));
            continue;
        };
        let is_asked = route.pattern.is_none_or(|pattern| may_begin(pattern, rest));
        let is_taken = |other: &Route<'_>| other.pattern.is_some_and(|pattern| covers(pattern, rest));
        if is_asked && !routes[..place].iter().any(is_taken) {
            return None;
        }
    }
    if let Some(before) = put_in_front {
        let message = format!(
            "no request has a path of the location `{path}`: CloudFront puts `{before}` in front of every path"
        );
        let hint = format!("leave `path` of the origin out, or begin the location with it: `{before}{path}`");
        return Some(Problem::error(message).hint(hint));
    }
    let taken = routes.iter().find(|route| route.pattern.is_some_and(|pattern| covers(pattern, path)));
    let taken = taken.or(routes.last()).filter(|route| !is_refusal && route.is_elsewhere(server))?;
    let other = taken.server.and_then(Value::as_str).unwrap_or_default();
    let message = format!("no request has a path of the location `{path}`: {} leads to `{other}`", taken.name());
    Some(Problem::warning(message).hint("leave the location out, or the behaviour"))
}

/// The beginning of the paths that viewers ask for so that nginx gets one that begins with `path`; `None` if it gets none.
fn rest_of<'p>(path: &'p str, before: &str) -> Option<&'p str> {
    match path.strip_prefix(before) {
        Some(rest) if rest.starts_with('/') => Some(rest),
        // `/v` is the beginning of `/v1/a` too.
        _ if before.starts_with(path) => Some("/"),
        _ => None,
    }
}

/// A pattern with the `/` that it may leave out.
fn whole(pattern: &str) -> String {
    match pattern.starts_with(['/', '*']) {
        true => pattern.to_owned(),
        false => format!("/{pattern}"),
    }
}

/// True if the pattern fits this path.
fn fits(pattern: &str, path: &str) -> bool {
    let (pattern, path) = (whole(pattern).into_bytes(), path.as_bytes());
    let (mut at, mut read) = (0, 0);
    // After the last `*`, and how far it reached.
    let mut star: Option<(usize, usize)> = None;
    while read < path.len() {
        match pattern.get(at) {
            Some(b'*') => {
                at += 1;
                star = Some((at, read));
            }
            Some(byte) if *byte == b'?' || *byte == path[read] => (at, read) = (at + 1, read + 1),
            _ => {
                let Some((after, reached)) = star else { return false };
                star = Some((after, reached + 1));
                (at, read) = (after, reached + 1);
            }
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}

/// True if the pattern fits every path that begins like this.
fn covers(pattern: &str, beginning: &str) -> bool {
    // As it does if it fits one that is longer by anything: what it ends with is then a `*`.
    pattern.ends_with('*') && fits(pattern, beginning)
}

/// True if the pattern fits a path that begins like this.
fn may_begin(pattern: &str, beginning: &str) -> bool {
    let pattern = whole(pattern);
    let (mut rest, beginning) = (pattern.bytes(), beginning.bytes());
    for byte in beginning {
        match rest.next() {
            // Anything may follow, the beginning too.
            Some(b'*') => return true,
            Some(other) if other == b'?' || other == byte => {}
            _ => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::{covers, fits, may_begin, rest_of};

    #[test]
    fn patterns() {
        for (pattern, path) in [
            ("*", "/a"),
            ("/*", "/"),
            ("a", "/a"),
            ("/a?c", "/abc"),
            ("*.jpg", "/a/b.jpg"),
            ("/a*b*c", "/a-b-b-c"),
            ("/a/*", "/a/"),
            ("/a**", "/a"),
        ] {
            assert!(fits(pattern, path), "{pattern} {path}");
        }
        for (pattern, path) in
            [("/a", "/A"), ("/a?", "/a"), ("/a/*", "/a"), ("*.jpg", "/a.jpeg"), ("/a*b", "/a-b-c"), ("", "/a")]
        {
            assert!(!fits(pattern, path), "{pattern} {path}");
        }
    }

    #[test]
    fn beginnings() {
        for (pattern, beginning) in [("*", "/a/"), ("/a*", "/a/"), ("a/*", "/a/b/"), ("/?/*", "/a/")] {
            assert!(covers(pattern, beginning) && may_begin(pattern, beginning), "{pattern} {beginning}");
        }
        for (pattern, beginning) in [("/a/*.jpg", "/a/"), ("*.jpg", "/a/"), ("/a/b", "/a/"), ("/a/b*", "/a/")] {
            assert!(!covers(pattern, beginning) && may_begin(pattern, beginning), "{pattern} {beginning}");
        }
        for (pattern, beginning) in [("/b/*", "/a/"), ("/a", "/a/")] {
            assert!(!covers(pattern, beginning) && !may_begin(pattern, beginning), "{pattern} {beginning}");
        }
    }

    #[test]
    fn paths_of_an_origin() {
        let table = [
            ("/up/", "", Some("/up/")),
            ("/v1/up/", "/v1", Some("/up/")),
            ("/v", "/v1", Some("/")),
            ("/v1/", "/v1", Some("/")),
            ("/up/", "/v1", None),
            ("/v12/", "/v1", None),
        ];
        for (path, before, rest) in table {
            assert_eq!(rest_of(path, before), rest, "{path} {before}");
        }
    }
}
