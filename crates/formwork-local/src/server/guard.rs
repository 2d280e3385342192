//! Callers that are let in: programs of this machine, and no web page.
//!
//! There is no login that could be held against anything, so a page that somebody opens in a browser must not change anything in the
//! engine, nor read it: not by a request to another origin, and not by a domain that suddenly names the engine's address (`Host` then
//! still says that domain).
//!
//! Browsers tell of such requests, but not of all. With each that is no `GET` they send `Origin`. With a `GET`, of an image say, they
//! send `Sec-Fetch-Site`, but only to an address they trust: over plain HTTP, that is the loopback address. Elsewhere nothing tells
//! such a `GET` from one of a program, except that every client of AWS signs its requests in a header. A page cannot send that
//! header without asking first, by a request that has an `Origin`; and it cannot read what a `GET` of it is answered.
//!
//! Source: Fetch Standard, "`Origin` header", "CORS-preflight fetch"; Fetch Metadata Request Headers;
//! Secure Contexts, section 3.1.

use std::net::IpAddr;

use hyper::HeaderMap;
use hyper::header::{HOST, ORIGIN};

use crate::api;

/// Says no, with the reason.
pub(super) fn admit(headers: &HeaderMap) -> Result<(), &'static str> {
    // `none`: somebody typed the address.
    let by_a_page = headers.get("sec-fetch-site").is_some_and(|site| site != "none");
    if by_a_page || headers.contains_key(ORIGIN) {
        return Err("requests of web pages are refused\n");
    }
    let host = headers.get(HOST).map(|host| host.to_str().unwrap_or_default());
    match host {
        Some(host) if is_local(host) => Ok(()),
        Some(_) => Err("requests to this host name are refused: call the engine by its address, or as `localhost`\n"),
        None => Err("the request has no header Host\n"),
    }
}

/// Says no to a `GET` that a page may have sent, and that would change something, with the reason.
pub(super) fn admit_get(action: &str, authorization: &str) -> Result<(), &'static str> {
    // Not any header of that name: a browser sends one of its own with an address that has a name and a password.
    if api::reads_only(action) || authorization.starts_with("AWS4-") {
        return Ok(());
    }
    Err("a GET that changes something is refused unless its header Authorization has a signature: send a POST\n")
}

/// True if nobody on the internet can own the name: an address, one word, or a name below `localhost` or `internal`.
///
/// Source: RFC 6761, section 6.3 (`localhost`); ICANN board resolution 2024.07.29.06 (`internal`).
fn is_local(host: &str) -> bool {
    let name = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address,
        None => host.split(':').next().unwrap_or_default(),
    };
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let last = name.rsplit('.').next().unwrap_or_default();
    name.parse::<IpAddr>().is_ok()
        || (!name.is_empty() && !name.contains('.'))
        || matches!(last, "localhost" | "internal")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_nobody_can_own() {
        for host in [
            "127.0.0.1:4566",
            "localhost",
            "my-bucket.localhost:4566",
            "[::1]:4566",
            "engine:4566",
            "host.docker.internal",
        ] {
            assert!(is_local(host), "{host}");
        }
        for host in ["example.com:4566", "localhost.example.com", "127.0.0.1.nip.io:4566", "", ":4566", "[evil.example"]
        {
            assert!(!is_local(host), "{host}");
        }
    }

    #[test]
    fn pages_are_refused() {
        let headers = |pairs: &[(&'static str, &'static str)]| {
            pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect::<HeaderMap>()
        };
        let host = ("host", "127.0.0.1:1");
        assert_eq!(admit(&headers(&[host])), Ok(()));
        assert_eq!(admit(&headers(&[host, ("sec-fetch-site", "none")])), Ok(()));
        for page in [("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-origin"), ("origin", "null")] {
            assert!(admit(&headers(&[host, page])).is_err(), "{page:?}");
        }
        assert!(admit(&headers(&[])).is_err());
    }

    #[test]
    fn what_a_get_may_do() {
        for action in ["DescribeStacks", "ListStacks", "GetTemplate", "ValidateTemplate"] {
            assert_eq!(admit_get(action, ""), Ok(()), "{action}");
        }
        for action in
            ["DeleteStack", "CreateStack", "ExecuteChangeSet", "AssumeRole", "DetectStackDrift", "deletestack"]
        {
            assert!(admit_get(action, "").is_err(), "{action}");
            assert!(admit_get(action, "Basic bmFtZTpwYXNzd29yZA==").is_err(), "{action}");
            assert_eq!(
                admit_get(action, "AWS4-HMAC-SHA256 Credential=k/20261123/us-east-1/cloudformation/aws4_request"),
                Ok(())
            );
        }
    }
}
