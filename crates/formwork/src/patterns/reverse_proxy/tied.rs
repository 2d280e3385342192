//! A proxy held against the distributions before it: their timeouts belong together, and only who writes both can see it.
//!
//! Sources: AWS CloudFormation User Guide, `CustomOriginConfig` and `VpcOriginConfig` (the defaults, 5 and 30 seconds); Amazon CloudFront
//! Developer Guide, "Use managed origin request policies" (which of them pass the viewer's `Host` on).

use std::time::Duration;

use formwork_assembly::Problem;
use formwork_template::Value;
use formwork_template::cloudfront::{
    ALL_VIEWER as SENDS_HOST, ALL_VIEWER_AND_CLOUDFRONT_HEADERS as SENDS_HOST_AND_MORE, CACHING_DISABLED,
    CACHING_OPTIMIZED,
};

use super::location::Target;
use super::paths::{Paths, Route};
use super::runtime::Runtime;
use super::settings::{ReverseProxy, Viewers, name};
use crate::Stacks;
use crate::cloudfront::names::{find, is_for, referred, texts};
use crate::domain::folded;
use crate::patterns::connection::{self, number};
use crate::patterns::{OPEN, ORIGIN_SECRET_HEADER};

/// The managed policies by which it does not: origin request policies (`AllViewerExceptHostHeader`, `CORS-CustomOrigin`,
/// `UserAgentRefererHeaders`), and cache policies (`CachingDisabled`, `CachingOptimized`). What others do is not known here.
const KEEPS_HOST: &[&str] = &[
    "b689b0a8-53d0-40ab-baf2-68738e2966ac",
    "59781a5b-3903-41f3-afcb-af62929ccde1",
    "acba4595-bd28-49b8-b9fe-13317c0390fa",
];
const CACHES_WITHOUT_HOST: &[&str] = &[CACHING_DISABLED, CACHING_OPTIMIZED];

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
    paths: Paths,
    /// True if nginx refuses requests without the secret.
    is_closed: bool,
    /// True if the warning of an open origin is to be given: nginx does not ask for a secret, and nobody has told of it.
    tells_open: bool,
    /// True if nginx has other servers, perhaps, than those of this proxy.
    is_shared: bool,
    /// Names that the pattern around the proxy has told of already.
    told: Vec<String>,
}

impl Listener {
    pub(super) fn new(proxy: &ReverseProxy, tells_open: bool, told: Vec<String>) -> Self {
        let passes = proxy.locations.iter().filter(|location| location.target != Target::NotFound);
        let timeouts = passes.filter_map(|location| location.read_timeout);
        Listener {
            names: proxy.server_names.iter().map(|it| name(it)).collect(),
            keep_alive: proxy.keep_alive,
            read_timeout: timeouts.fold(proxy.read_timeout, Duration::min),
            viewers: proxy.viewers,
            port: proxy.port,
            paths: Paths::new(proxy),
            is_closed: proxy.is_closed(),
            tells_open: tells_open && proxy.origin_secret.is_none(),
            is_shared: matches!(proxy.runtime, Runtime::Existing),
            told,
        }
    }

    /// Whether requests for this name of a distribution may be for one of the proxy's.
    fn answers(&self, alias: &str) -> bool {
        are_for(&self.names, alias)
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
            problems.extend(unanswered(listener, config, stacks));
        }
    }
    problems
}

/// The servers behind the distributions of these names that are asked by them: each a machine, or what is known of it.
pub(super) fn servers_of(names: &[String], stacks: &Stacks<'_>) -> Vec<Value> {
    let mut servers = Vec::new();
    for (_, _, resource) in stacks.resources("AWS::CloudFront::Distribution") {
        let properties = resource.properties.to_value();
        let Some(config) = find(&properties, &["DistributionConfig"]) else { continue };
        let aliases = find(config, &["Aliases"]).and_then(texts).unwrap_or_default();
        if !aliases.iter().any(|alias| are_for(names, alias)) {
            continue;
        }
        for behavior in behaviors(config).filter(|behavior| sends_host(behavior)) {
            let server = origin(config, behavior).and_then(|origin| find(origin, &["DomainName"]));
            servers.extend(server.map(|server| server.as_str().map_or_else(|| server.clone(), |it| name(it).into())));
        }
    }
    servers
}

fn are_for(names: &[String], alias: &str) -> bool {
    names.iter().any(|name| is_for(name, alias, true) || is_for(alias, name, true))
}

/// True if CloudFront passes the viewer's name on; nginx answers by the name.
fn sends_host(behavior: &Value) -> bool {
    let policy = find(behavior, &["OriginRequestPolicyId"]).and_then(Value::as_str);
    matches!(policy, Some(SENDS_HOST | SENDS_HOST_AND_MORE))
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
        if !sends_host(behavior) {
            continue;
        }
        let Some(origin) = origin(config, behavior) else { continue };
        let custom = find(origin, &["CustomOriginConfig"]);
        let Some(server) = custom.or_else(|| find(origin, &["VpcOriginConfig"])) else { continue };
        let mut problems = Vec::new();
        timeouts(listener, server, &mut problems);
        viewers(listener, behavior, policy, &mut problems);
        problems.extend(no_secret(listener, origin));
        problems.extend(connection::of(origin, stacks).and_then(|connection| elsewhere(listener, connection)));
        let is_open = custom.is_some();
        let name = find(origin, &["DomainName"]);
        match servers.iter_mut().find(|(other, ..)| *other == name) {
            Some((_, found, open)) => {
                found.append(&mut problems);
                *open |= is_open;
            }
            None => servers.push((name, problems, is_open)),
        }
    }
    let routes = routes(listener, config);
    for (server, problems, _) in &mut servers {
        problems.extend(listener.paths.problems(&routes, *server));
    }
    let place = servers.iter().position(|(_, problems, _)| problems.is_empty()).unwrap_or(0);
    let Some((_, mut problems, is_open)) = servers.into_iter().nth(place) else { return Vec::new() };
    if is_open && listener.tells_open {
        let hint = "an `OriginSecret` closes it: `custom_headers` of the origin has its `header`, the proxy has it as `origin_secret`";
        problems.push(Problem::warning(OPEN).hint(hint));
    }
    problems
}

/// Aliases to which nginx answers with 421, since it does not have them: its default server does (`nginx.rs`).
///
/// Source: nginx documentation, "How nginx processes a request" ("Name-based virtual servers").
fn unanswered(listener: &Listener, config: &Value, stacks: &Stacks<'_>) -> Vec<Problem> {
    let Some(behavior) = find(config, &["DefaultCacheBehavior"]) else { return Vec::new() };
    let policy = find(behavior, &["OriginRequestPolicyId"]).and_then(Value::as_str);
    let connection = origin(config, behavior).and_then(|origin| connection::of(origin, stacks));
    let is_nginx = connection.is_none_or(|(protocol, port)| protocol == "http" && port == u64::from(listener.port));
    // A function of Lambda may answer in nginx's place.
    let has_lambda = find(behavior, &["LambdaFunctionAssociations"]).is_some();
    if !matches!(policy, Some(SENDS_HOST | SENDS_HOST_AND_MORE)) || !is_nginx || has_lambda {
        return Vec::new();
    }
    let associations = find(behavior, &["FunctionAssociations"]).and_then(Value::as_list).unwrap_or_default();
    let mut codes = Vec::new();
    for arn in associations.iter().filter_map(|association| find(association, &["FunctionARN"])) {
        let function = referred(stacks, arn, "AWS::CloudFront::Function");
        match function.as_ref().and_then(|function| find(function, &["FunctionCode"])).and_then(Value::as_str) {
            Some(code) => codes.push(code.to_ascii_lowercase()),
            // It may answer for any name.
            None => return Vec::new(),
        }
    }
    let aliases = find(config, &["Aliases"]).and_then(texts).unwrap_or_default();
    let lacking = aliases.into_iter().map(folded).filter(|alias| {
        let is_told = listener.told.iter().any(|name| folded(name) == *alias);
        let has_code =
            codes.iter().any(|code| code.contains(&format!("'{alias}'")) || code.contains(&format!("\"{alias}\"")));
        !is_told && !has_code && !listener.names.iter().any(|name| is_for(name, alias, true))
    });
    let problem = |alias: String| {
        let message = format!("the distribution has the alias `{alias}`, and nginx does not answer to it");
        match listener.is_shared {
            true => {
                Problem::warning(message).hint("add it to `server_names`, unless the nginx there has a server for it")
            }
            false => Problem::error(message).hint("add it to the proxy's `server_names`: viewers would get 421"),
        }
    };
    lacking.map(problem).collect()
}

/// No request has the name that nginx answers to: CloudFront sends the origin's in its place.
fn nothing_for_the_name(listener: &Listener, config: &Value) -> Option<Problem> {
    let mut sent = None;
    for behavior in behaviors(config) {
        let name = other_name(listener, behavior, origin(config, behavior)?)?;
        sent = sent.or(Some(name));
    }
    let (name, first) = (sent?, listener.names.first()?);
    let message =
        format!("CloudFront asks the origin for `{name}`, and nginx, which answers to `{first}`, refuses that");
    let hint = "an origin request policy such as `AllViewer` passes the viewer's `Host` on";
    Some(Problem::warning(message).hint(hint))
}

/// The origin's name that is sent in place of the viewer's, if it is certain that it is, and nginx does not answer to it.
fn other_name<'v>(listener: &Listener, behavior: &Value, origin: &'v Value) -> Option<&'v str> {
    let policy = find(behavior, &["OriginRequestPolicyId"]);
    let keeps = policy.is_none_or(|policy| policy.as_str().is_some_and(|id| KEEPS_HOST.contains(&id)));
    let cache = find(behavior, &["CachePolicyId"]).and_then(Value::as_str);
    let name = find(origin, &["DomainName"]).and_then(Value::as_str)?;
    (keeps && cache.is_some_and(|id| CACHES_WITHOUT_HOST.contains(&id)) && !listener.answers(name)).then_some(name)
}

/// The ways of requests, the default one last.
fn routes<'v>(listener: &Listener, config: &'v Value) -> Vec<Route<'v>> {
    let route = |behavior: &'v Value| {
        let origin = origin(config, behavior)?;
        Some(Route::new(behavior, origin, other_name(listener, behavior, origin).is_some()))
    };
    let default = behaviors(config).take(1);
    behaviors(config).skip(1).chain(default).filter_map(route).collect()
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

/// A port or protocol that the proxy does not listen on.
fn elsewhere(listener: &Listener, (protocol, port): (&str, u64)) -> Option<Problem> {
    let listens = listener.port;
    if protocol == "http" && port == u64::from(listens) {
        return None;
    }
    let message = format!(
        "CloudFront reaches the origin over {protocol} on port {port}, nginx listens on port {listens} for http"
    );
    let hint = match protocol {
        "https" => {
            "this nginx ends no TLS: something on the instance has to, and pass the connections to it; `proxy: None` of a site is for a server of its own"
        }
        _ => "give both one `port`, or something on the instance has to take these connections and pass them to nginx",
    };
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

fn behaviors(config: &Value) -> impl Iterator<Item = &Value> {
    let others = find(config, &["CacheBehaviors"]).and_then(Value::as_list).unwrap_or_default();
    find(config, &["DefaultCacheBehavior"]).into_iter().chain(others)
}
