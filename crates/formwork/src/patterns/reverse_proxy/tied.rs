//! A proxy held against the distributions before it: their timeouts belong together, and only who writes both can see it.
//!
//! Sources: AWS CloudFormation User Guide, `CustomOriginConfig` and `VpcOriginConfig` (the defaults, 5 and 30 seconds); Amazon CloudFront
//! Developer Guide, "Use managed origin request policies" (which of them pass the viewer's `Host` on).

use std::time::Duration;

use formwork_assembly::Problem;
use formwork_template::Value;

use super::location::Target;
use super::settings::{ReverseProxy, Viewers, name};
use crate::Stacks;
use crate::cloudfront::names::{find, is_for, referred, texts};
use crate::patterns::{OPEN, ORIGIN_SECRET_HEADER};

/// The policies by which CloudFront passes the viewer's `Host` on: `AllViewer`, and the one that adds CloudFront's own headers.
const SENDS_HOST: &str = "216adef6-5c7f-47e4-b989-5492eafa07d3";
const SENDS_HOST_AND_MORE: &str = "33f36d7e-f396-46d9-90e0-52428a34d9dc";

/// The managed policies by which it does not: origin request policies (`AllViewerExceptHostHeader`, `CORS-CustomOrigin`,
/// `UserAgentRefererHeaders`), and cache policies (`CachingDisabled`, `CachingOptimized`). What others do is not known here.
const KEEPS_HOST: &[&str] = &[
    "b689b0a8-53d0-40ab-baf2-68738e2966ac",
    "59781a5b-3903-41f3-afcb-af62929ccde1",
    "acba4595-bd28-49b8-b9fe-13317c0390fa",
];
const CACHES_WITHOUT_HOST: &[&str] = &["4135ea2d-6df8-44a3-9df3-4b5a84be39ad", "658327ea-f89d-4fab-a63d-7e88639e58f6"];

/// CloudFront's keep-alive and response timeouts, in seconds, unless an origin says otherwise.
const KEEP_ALIVE: u64 = 5;
const READ_TIMEOUT: u64 = 30;

/// Settings of a proxy that have to fit to a distribution.
#[derive(Clone, Debug)]
pub(super) struct Listener {
    names: Vec<String>,
    keep_alive: Duration,
    /// The shortest one.
    read_timeout: Duration,
    viewers: Viewers,
    port: u16,
    /// True if nginx refuses requests without the secret.
    is_closed: bool,
    /// True if the warning of an open origin is still to be given.
    tells_open: bool,
}

impl Listener {
    pub(super) fn new(proxy: &ReverseProxy, tells_open: bool) -> Self {
        let passes = proxy.locations.iter().filter(|location| location.target != Target::NotFound);
        let timeouts = passes.filter_map(|location| location.read_timeout);
        Listener {
            names: proxy.server_names.iter().map(|it| name(it)).collect(),
            keep_alive: proxy.keep_alive,
            read_timeout: timeouts.fold(proxy.read_timeout, Duration::min),
            viewers: proxy.viewers,
            port: proxy.port,
            is_closed: proxy.is_closed(),
            tells_open,
        }
    }

    /// Whether requests for this name of a distribution may be for one of the proxy's.
    fn answers(&self, alias: &str) -> bool {
        self.names.iter().any(|name| is_for(name, alias, true) || is_for(alias, name, true))
    }
}

/// Problems of a proxy that does not fit to the distributions before it.
pub(super) fn check(listener: &Listener, stacks: &Stacks<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (_, _, resource) in stacks.resources("AWS::CloudFront::Distribution") {
        let properties = resource.properties.to_value();
        let Some(config) = find(&properties, &["DistributionConfig"]) else { continue };
        let aliases = find(config, &["Aliases"]).and_then(texts).unwrap_or_default();
        if aliases.iter().any(|alias| listener.answers(alias)) {
            problems.extend(mismatches(listener, config, stacks));
        }
    }
    problems
}

/// Problems where the two do not fit. An origin that fits can be the proxy; then the others are other servers, of which nothing is known here.
fn mismatches(listener: &Listener, config: &Value, stacks: &Stacks<'_>) -> Vec<Problem> {
    if let Some(problem) = nothing_for_the_name(listener, config) {
        return vec![problem];
    }
    let mut servers: Vec<(Option<&Value>, Vec<Problem>, bool)> = Vec::new();
    for behavior in behaviors(config) {
        // nginx answers by the name, so only what passes the name on reaches it.
        let policy = find(behavior, &["OriginRequestPolicyId"]).and_then(Value::as_str);
        if !matches!(policy, Some(SENDS_HOST | SENDS_HOST_AND_MORE)) {
            continue;
        }
        let Some(origin) = origin(config, behavior) else { continue };
        let custom = find(origin, &["CustomOriginConfig"]);
        let Some(server) = custom.or_else(|| find(origin, &["VpcOriginConfig"])) else { continue };
        let mut problems = Vec::new();
        timeouts(listener, server, &mut problems);
        viewers(listener, behavior, policy, &mut problems);
        problems.extend(no_secret(listener, origin));
        let private = || referred(stacks, find(server, &["VpcOriginId"])?, "AWS::CloudFront::VpcOrigin");
        problems.extend(match custom {
            Some(server) => elsewhere(listener, server),
            None => private().and_then(|it| elsewhere(listener, find(&it, &["VpcOriginEndpointConfig"])?)),
        });
        let is_open = custom.is_some() && !listener.is_closed && find(origin, &["OriginCustomHeaders"]).is_none();
        let name = find(origin, &["DomainName"]);
        match servers.iter_mut().find(|(other, ..)| *other == name) {
            Some((_, found, open)) => {
                found.append(&mut problems);
                *open |= is_open;
            }
            None => servers.push((name, problems, is_open)),
        }
    }
    let place = servers.iter().position(|(_, problems, _)| problems.is_empty()).unwrap_or(0);
    let Some((_, mut problems, is_open)) = servers.into_iter().nth(place) else { return Vec::new() };
    if is_open && listener.tells_open {
        let hint = "an `OriginSecret` closes it: `custom_headers` of the origin has its `header`, the proxy has it as `origin_secret`";
        problems.push(Problem::warning(OPEN).hint(hint));
    }
    problems
}

/// No request has the name that nginx answers to: CloudFront sends the origin's in its place.
fn nothing_for_the_name(listener: &Listener, config: &Value) -> Option<Problem> {
    let mut sent = None;
    for behavior in behaviors(config) {
        let policy = find(behavior, &["OriginRequestPolicyId"]);
        let keeps = policy.is_none_or(|policy| policy.as_str().is_some_and(|id| KEEPS_HOST.contains(&id)));
        let cache = find(behavior, &["CachePolicyId"]).and_then(Value::as_str);
        let name = find(origin(config, behavior)?, &["DomainName"]).and_then(Value::as_str)?;
        if !keeps || !cache.is_some_and(|id| CACHES_WITHOUT_HOST.contains(&id)) || listener.answers(name) {
            return None;
        }
        sent = sent.or(Some(name));
    }
    let (name, first) = (sent?, listener.names.first()?);
    let message =
        format!("CloudFront asks the origin for `{name}`, and nginx, which answers to `{first}`, refuses that");
    let hint = "an origin request policy such as `AllViewer` passes the viewer's `Host` on";
    Some(Problem::warning(message).hint(hint))
}

/// A secret that nginx asks for and CloudFront does not send.
fn no_secret(listener: &Listener, origin: &Value) -> Option<Problem> {
    let headers = find(origin, &["OriginCustomHeaders"]).and_then(Value::as_list).unwrap_or_default();
    let is_sent = headers.iter().filter_map(|header| find(header, &["HeaderName"])).any(|name| {
        // A name that is not known now may be the one.
        name.as_str().is_none_or(|name| name.eq_ignore_ascii_case(ORIGIN_SECRET_HEADER))
    });
    if !listener.is_closed || is_sent {
        return None;
    }
    let message = format!("nginx refuses who has no `{ORIGIN_SECRET_HEADER}`, and the distribution does not send it");
    let hint = "`custom_headers` of the origin has the `header` of an `OriginSecret`; `NginxSite` does both";
    Some(Problem::error(message).hint(hint))
}

fn origin<'v>(config: &'v Value, behavior: &Value) -> Option<&'v Value> {
    let target = find(behavior, &["TargetOriginId"])?.as_str();
    let origins = find(config, &["Origins"])?.as_list()?;
    origins.iter().find(|origin| find(origin, &["Id"]).and_then(Value::as_str) == target)
}

/// A port or protocol that the proxy does not listen on. Of a server over the internet or of a VPC origin: both say it alike.
fn elsewhere(listener: &Listener, server: &Value) -> Option<Problem> {
    // Without a policy, a VPC origin is connected to as the viewer connects.
    let policy = find(server, &["OriginProtocolPolicy"]).map_or(Some("match-viewer"), Value::as_str)?;
    let (protocol, property, default) = match policy {
        "http-only" => ("http", "HTTPPort", 80),
        // Viewers come over https.
        "https-only" | "match-viewer" => ("https", "HTTPSPort", 443),
        _ => return None,
    };
    let port = number(server, property, default)?;
    let listens = listener.port;
    if protocol == "http" && port == u64::from(listens) {
        return None;
    }
    let message = format!(
        "CloudFront reaches the origin over {protocol} on port {port}, nginx listens on port {listens} for http"
    );
    let hint = "something on the instance has to take these connections and pass them to nginx";
    Some(Problem::warning(message).hint(hint))
}

fn timeouts(listener: &Listener, server: &Value, problems: &mut Vec<Problem>) {
    if let Some(kept) = number(server, "OriginKeepaliveTimeout", KEEP_ALIVE)
        && listener.keep_alive.as_secs() <= kept
    {
        let message = format!(
            "CloudFront keeps an idle connection for {kept} s, nginx for {} s at least: with every reload requests are lost",
            listener.keep_alive.as_secs()
        );
        let hint = format!("`keep_alive` is more than the origin's keep-alive: {} s or more", kept + 2);
        problems.push(Problem::error(message).hint(hint));
    }
    if let Some(waits) = number(server, "OriginReadTimeout", READ_TIMEOUT)
        && listener.read_timeout.as_secs() < waits
    {
        let message = format!(
            "CloudFront waits {waits} s for an answer, nginx {} s for that of its backend",
            listener.read_timeout.as_secs()
        );
        problems.push(Problem::warning(message).hint(format!("a `read_timeout` of {waits} s or more")));
    }
}

fn viewers(listener: &Listener, behavior: &Value, policy: Option<&str>, problems: &mut Vec<Problem>) {
    let over_http = find(behavior, &["ViewerProtocolPolicy"]).and_then(Value::as_str) == Some("allow-all");
    match listener.viewers {
        Viewers::Https if over_http => {
            let message =
                "viewers may come over http, and backends read in `X-Forwarded-Proto` that all came over https";
            let hint = "let the distribution send viewers to https, or set `viewers` to `HttpAndHttps`";
            problems.push(Problem::warning(message).hint(hint));
        }
        Viewers::HttpAndHttps if policy == Some(SENDS_HOST) => {
            let message = "the origin request policy does not send `CloudFront-Forwarded-Proto`, from which nginx takes `X-Forwarded-Proto`";
            let hint = "`OriginRequestPolicy::AllViewerAndCloudFrontHeaders202206` sends it";
            problems.push(Problem::warning(message).hint(hint));
        }
        Viewers::Https | Viewers::HttpAndHttps => {}
    }
}

/// A number of the origin, if it is known.
fn number(server: &Value, property: &str, default: u64) -> Option<u64> {
    match find(server, &[property]) {
        None | Some(Value::Null) => Some(default),
        Some(Value::Number(number)) => number.as_u64(),
        Some(_) => None,
    }
}

fn behaviors(config: &Value) -> impl Iterator<Item = &Value> {
    let others = find(config, &["CacheBehaviors"]).and_then(Value::as_list).unwrap_or_default();
    find(config, &["DefaultCacheBehavior"]).into_iter().chain(others)
}
