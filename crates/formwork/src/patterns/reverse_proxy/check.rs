//! Mistakes that a proxy can have. What passes can be written into its files as it is.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use formwork_assembly::Problem;
use formwork_template::token;

use super::compose::{self, check_image, check_name, check_network};
use super::location::{Target, check_path};
use super::runtime::Runtime;
use super::settings::{ReverseProxy, name};
use super::upstream::{Backend, Upstream};
use super::{delivery, duration, secrets};
use crate::domain::{self, Use};

/// CloudFront passes on bodies of up to 50 GB (Amazon CloudFront Developer Guide, "Quotas").
const LARGEST_MIB: u32 = 51_200;

/// The longest name for which nginx has room by itself: a bucket of 64 bytes has a pointer, the name's length in two bytes, the name, both
/// of them filled up to 8 bytes, and a pointer at its end.
///
/// Source: nginx, `src/core/ngx_hash.c`, `NGX_HASH_ELT_SIZE` and `ngx_hash_init`; documentation, `server_names_hash_bucket_size`.
const LONGEST_NAME: usize = 46;

pub(super) fn problems(proxy: &ReverseProxy) -> Vec<Problem> {
    let mut problems = Vec::new();
    names(proxy, &mut problems);
    backends(proxy, &mut problems);
    paths(proxy, &mut problems);
    limits(proxy, &mut problems);
    problems.extend(proxy.origin_secret.and_then(|secret| secret.problem()));
    if secrets::needs_folder(proxy) {
        let message = "nginx looks for `origin-secrets` in the folder of its main file, and `origin-secrets.sh` writes it beside `conf/nginx.conf`";
        let hint =
            "with a `delivery`, such as `Delivery::shell()`, the folder is known, and `conf/nginx.conf` names it";
        problems.push(Problem::warning(message).hint(hint));
    }
    if let Some(own) = &proxy.delivery {
        delivery::problems(proxy, own, &mut problems);
    }
    if let Runtime::Compose(compose) = &proxy.runtime {
        if let Err(reason) = check_image(&compose.image) {
            let message = format!("{:?} is not an image of nginx that is pinned: {reason}", compose.image);
            problems.push(Problem::error(message).hint("name and version, e.g. `nginx:1.28.3-alpine`"));
        }
        let names = [
            ("container", &compose.container_name, check_name(&compose.container_name)),
            ("network", &compose.network, check_network(&compose.network)),
        ];
        for (what, name, checked) in names {
            if let Err(reason) = checked {
                problems.push(Problem::error(format!("{name:?} is not a name of a {what}: {reason}")));
            }
        }
    }
    if let Some(resolver) = proxy.resolver
        && let Err(reason) = check_resolver(resolver)
    {
        let hint =
            "address and port of a DNS server, e.g. `10.0.0.2:53`; without one it is docker's, or that of the VPC";
        problems.push(Problem::error(format!("`{resolver}` is not a DNS server: {reason}")).hint(hint));
    }
    problems
}

/// Why nginx does not take this as a DNS server, or asks nobody there.
///
/// Sources: nginx documentation, `ngx_http_core_module`, `resolver`; RFC 1122, section 3.2.1.3, and RFC 4291, sections 2.5 and 2.7; Amazon EC2
/// User Guide, "Access instance metadata for an EC2 instance".
fn check_resolver(resolver: SocketAddr) -> Result<(), String> {
    if resolver.port() == 0 {
        return Err("`0` is not a port".into());
    }
    if matches!(resolver, SocketAddr::V6(address) if address.scope_id() != 0 || address.ip().is_unicast_link_local()) {
        return Err("an address of one interface is not known to nginx".into());
    }
    let ip = resolver.ip().to_canonical();
    let (is_nobody, is_metadata) = match ip {
        IpAddr::V4(ip) => (ip.octets()[0] == 0 || ip.octets()[0] >= 240, ip == Ipv4Addr::new(169, 254, 169, 254)),
        IpAddr::V6(ip) => (ip.is_unspecified(), ip == Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
    };
    if is_nobody || ip.is_multicast() {
        return Err(format!("`{ip}` is not the address of one host"));
    }
    if is_metadata {
        return Err(format!("at `{ip}` are the instance's metadata"));
    }
    Ok(())
}

fn names(proxy: &ReverseProxy, problems: &mut Vec<Problem>) {
    if proxy.server_names.is_empty() {
        problems.push(
            Problem::error("the proxy has no server name").hint("the name that viewers ask for, e.g. `example.com`"),
        );
    }
    for (index, server_name) in proxy.server_names.iter().enumerate() {
        if token::is_in(server_name) {
            let message = format!("{:?} is not a server name: {}", token::shown(server_name), token::NOT_YET_KNOWN);
            problems.push(Problem::error(message).hint("the files of nginx have its names in them"));
        } else if let Err(reason) = domain::check(server_name, Use::Wildcard) {
            problems.push(Problem::error(format!("{server_name:?} is not a server name: {reason}")));
        } else if matches!(proxy.runtime, Runtime::Existing) && server_name.len() > LONGEST_NAME {
            let message = format!(
                "the server name `{server_name}` has {} characters, and an nginx with its own settings takes {LONGEST_NAME}",
                server_name.len()
            );
            let hint = "`server_names_hash_bucket_size 512;` in the `http` block of the nginx that is there";
            problems.push(Problem::warning(message).hint(hint));
        } else if proxy.server_names[..index].iter().any(|other| name(other) == name(server_name)) {
            problems.push(Problem::error(format!("the proxy has the server name `{server_name}` twice")));
        }
    }
}

fn backends(proxy: &ReverseProxy, problems: &mut Vec<Problem>) {
    let others = proxy.locations.iter().filter_map(|location| match &location.target {
        Target::Upstream(upstream) => Some(upstream),
        Target::Active | Target::NotFound => None,
    });
    for upstream in [&proxy.blue, &proxy.green].into_iter().chain(others) {
        if let Err((reason, hint)) = usable(proxy, upstream) {
            let message = format!("{:?} is not an upstream: {reason}", token::shown(upstream.address()));
            problems.push(Problem::error(message).hint(hint));
        }
    }
    let is_of_docker = |upstream: &Upstream| {
        upstream
            .backend()
            .is_ok_and(|backend| backend.ip.is_none() && !backend.host.contains('.') && !backend.is_loopback())
    };
    if matches!(proxy.runtime, Runtime::Existing) && proxy.resolver.is_none() {
        for upstream in [&proxy.blue, &proxy.green].into_iter().filter(|upstream| is_of_docker(upstream)) {
            let message = format!(
                "nginx asks the VPC's DNS server for {:?}, which does not know names of docker's networks",
                upstream.address()
            );
            let hint = "a port of the machine, such as `127.0.0.1:8080`, a name that the DNS has, or the `resolver` that knows this one";
            problems.push(Problem::warning(message).hint(hint));
        }
    }
    if let (Ok(blue), Ok(green)) = (proxy.blue.backend(), proxy.green.backend())
        && blue == green
    {
        let message = format!("blue and green are one backend, `{}:{}`", blue.host, blue.port);
        problems.push(Problem::error(message).hint("two containers, or two ports of one host"));
    }
}

/// Why requests that are passed to `upstream` reach no backend, and what to do.
fn usable(proxy: &ReverseProxy, upstream: &Upstream) -> Result<Backend, (String, &'static str)> {
    let example = "a host and a port, e.g. `backend.example.internal:8080`";
    let backend = upstream.backend().map_err(|reason| (reason, example))?;
    if proxy.server_names.iter().any(|server_name| name(server_name) == backend.host) {
        let reason = "it is a name of the site itself, which leads to CloudFront and back".to_owned();
        return Err((reason, "name the backend by its own name or address"));
    }
    match &proxy.runtime {
        Runtime::Compose(compose) => {
            let own = [compose::SERVICE, &compose.container_name];
            if backend.is_loopback() || own.iter().any(|own| own.eq_ignore_ascii_case(&backend.host)) {
                let reason = "within the container of nginx that is nginx itself".to_owned();
                return Err((reason, "name the backend's container, or the instance's private address"));
            }
        }
        Runtime::Existing => {
            if backend.is_loopback() && backend.port == proxy.port {
                return Err(("that is nginx itself".to_owned(), "name the backend's own port"));
            }
        }
    }
    Ok(backend)
}

fn paths(proxy: &ReverseProxy, problems: &mut Vec<Problem>) {
    if let Some(path) = &proxy.health_path {
        match check_path(path) {
            Err(reason) => problems.push(Problem::error(format!("{path:?} is not a health path: {reason}"))),
            Ok(()) if path == "/" => {
                let hint = "a path that the backends do not have, e.g. `/_formwork/health`";
                problems.push(Problem::error("the health path is `/`, which is for the backends").hint(hint));
            }
            Ok(()) => {}
        }
    }
    for (index, location) in proxy.locations.iter().enumerate() {
        let path = &location.path;
        if let Err(reason) = check_path(path) {
            problems.push(Problem::error(format!("{path:?} is not a location: {reason}")));
        } else if path == "/" {
            let hint = "`blue` and `green` are where they are passed to, `max_body_mib` and `read_timeout` are theirs";
            problems.push(Problem::error("the location `/` is that of all other requests").hint(hint));
        } else if proxy.locations[..index].iter().any(|other| other.path == *path) {
            problems.push(Problem::error(format!("the proxy has the location `{path}` twice")));
        }
    }
}

fn limits(proxy: &ReverseProxy, problems: &mut Vec<Problem>) {
    if proxy.port == 0 {
        problems.push(Problem::error("the proxy's port `0` is not a port"));
    }
    let mut duration = |what: &str, value: Duration| duration::check(what, value, problems);
    duration("read timeout", proxy.read_timeout);
    duration("keep-alive", proxy.keep_alive);
    duration("time between two look-ups", proxy.resolve_every);
    let compose = match &proxy.runtime {
        Runtime::Compose(compose) => Some(compose),
        Runtime::Existing => None,
    };
    if let Some(compose) = compose {
        duration("shutdown timeout", compose.shutdown_timeout);
    }
    for timeout in proxy.locations.iter().filter_map(|location| location.read_timeout) {
        duration("read timeout", timeout);
    }
    if let Some(compose) = compose.filter(|compose| compose.shutdown_timeout <= proxy.keep_alive) {
        let (shutdown, kept) = (compose.shutdown_timeout.as_secs(), proxy.keep_alive.as_secs());
        let message = format!(
            "the proxy's shutdown timeout of `{shutdown}` s is not more than its keep-alive of `{kept}` s: a reload closes connections into which CloudFront sends requests"
        );
        problems.push(Problem::error(message));
    }
    let of_locations = proxy.locations.iter().filter_map(|location| location.max_body_mib);
    for mebibytes in std::iter::once(proxy.max_body_mib).chain(of_locations) {
        if !(1..=LARGEST_MIB).contains(&mebibytes) {
            let message =
                format!("the proxy's limit of `{mebibytes}` MiB for bodies is not between 1 and {LARGEST_MIB}");
            problems.push(Problem::error(message).hint("CloudFront passes on bodies of up to 50 GB"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::check_resolver;

    #[test]
    fn resolvers() {
        let check = |address: &str| check_resolver(address.parse().map_err(|_| "it cannot be written".to_owned())?);
        for good in ["10.0.0.2:53", "127.0.0.11:53", "169.254.169.253:53", "169.254.20.10:1", "[fd00:ec2::253]:53"] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for bad in [
            "10.0.0.2:0",
            "0.0.0.0:53",
            "0.1.2.3:53",
            "240.0.0.1:53",
            "224.0.0.1:53",
            "255.255.255.255:65535",
            "169.254.169.254:53",
            "[fe80::1]:0",
            "[fe80::1]:53",
            "[fd00::1%2]:53",
            "[::]:53",
            "[::ffff:0.0.0.0]:53",
            "[ff02::1]:53",
            "[fd00:ec2::254]:53",
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }
}
