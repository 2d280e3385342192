//! The docker compose file that runs nginx on the instance.
//!
//! Sources: Compose specification (`services`, `networks`); docker's manual, "Start containers automatically" (`unless-stopped`
//! starts with the daemon, which `on-failure` does not) and "JSON File logging driver" (no rotation unless it is set); the
//! Dockerfiles of the image `nginx` (`curl` is in it, nginx is the user).

use super::runtime::Compose;
use super::settings::ReverseProxy;

/// The oldest nginx that reads the configuration: `resolve` is of 1.27.3, `keepalive_min_timeout` of 1.27.4, and 1.28 is the
/// stable one with both.
const OLDEST: (u32, u32) = (1, 28);

/// The name of the service, by which containers of its network reach nginx beside the container's own.
///
/// Source: Docker documentation, "Networking in Compose".
pub(super) const SERVICE: &str = "nginx";

/// Networks that docker has itself. In its own three a container has no other name, and docker compose gives every container one; the
/// fourth cannot be made, and the last two are those of a swarm.
///
/// Sources: moby, `runconfig`, `IsPreDefinedNetwork`; docker/compose issues 8114 and 11235; Docker documentation, "Manage swarm service
/// networks".
const OWN_NETWORKS: &[&str] = &["bridge", "host", "none", "default", "ingress", "docker_gwbridge"];

/// Why this is not an image of nginx that is pinned, new enough, and has what a proxy needs.
///
/// Source: `reference.go` of the project `distribution/reference`, its grammar.
pub(super) fn check_image(image: &str) -> Result<(), String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-/:@".contains(c);
    if let Some(other) = image.chars().find(|c| !plain(*c)) {
        return Err(format!("`{}` is not allowed in it", other.escape_debug()));
    }
    if image.len() > 255 {
        return Err(format!("it has {} bytes, 255 are allowed", image.len()));
    }
    let (reference, digest) = image.split_once('@').map_or((image, None), |(name, digest)| (name, Some(digest)));
    if let Some(digest) = digest {
        let hex = digest.strip_prefix("sha256:").unwrap_or_default();
        if hex.len() != 64 || !hex.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)) {
            return Err(format!("`{digest}` is not a digest"));
        }
    }
    let mut parts: Vec<&str> = reference.split('/').collect();
    let (name, tag) = parts.pop().and_then(|last| last.split_once(':')).ok_or("it has no version")?;
    let domain = parts.first().copied().filter(|first| first.contains(['.', ':']) || *first == "localhost");
    let path = || parts.iter().skip(usize::from(domain.is_some())).chain([&name]);
    if let Some(part) = path().find(|part| !is_path_component(part)) {
        return Err(format!("`{part}` is not a part of the name of an image"));
    }
    if let Some(domain) = domain.filter(|domain| !is_domain(domain)) {
        return Err(format!("`{domain}` is not the name of a registry"));
    }
    if tag.len() > 128 || tag.contains(':') || tag.starts_with(['.', '-']) {
        return Err(format!("`{tag}` is not a version"));
    }
    let mut numbers = tag.split('-').next().unwrap_or_default().split('.').map(str::parse::<u32>);
    let (Some(Ok(major)), Some(Ok(minor)), Some(Ok(_))) = (numbers.next(), numbers.next(), numbers.next()) else {
        return Err(format!("`{tag}` is not one version, so the image may change by itself"));
    };
    if (major, minor) < OLDEST {
        return Err(format!("nginx {major}.{minor} is older than 1.28, which the configuration needs"));
    }
    check_variant(path().copied(), tag)
}

/// Why this variant of the image cannot be what runs the proxy.
///
/// Sources: nginx/docker-nginx, the Dockerfiles (`alpine-slim` has no curl, which is added in `alpine`); nginx/docker-nginx-unprivileged,
/// README (`USER nginx`); bitnami/containers, README of nginx (user 1001, configuration in `/opt/bitnami`).
fn check_variant<'p>(mut path: impl Iterator<Item = &'p str>, tag: &str) -> Result<(), String> {
    if tag.split('-').any(|word| matches!(word, "slim" | "distroless")) {
        return Err("it has no curl, with which docker and a delivery ask nginx".into());
    }
    if path.any(|part| part.contains("unprivileged") || part.starts_with("bitnami")) || tag.contains("unprivileged") {
        return Err("its nginx is not started as root, who alone reads the origin's secrets".into());
    }
    Ok(())
}

/// `alpha-numeric [separator alpha-numeric]*`: a separator is a dot, one or two underscores, or dashes.
fn is_path_component(part: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_digit() || c.is_ascii_lowercase();
    let separators = part.split(is_plain).filter(|separator| !separator.is_empty());
    part.starts_with(is_plain)
        && part.ends_with(is_plain)
        && separators.into_iter().all(|it| matches!(it, "." | "_" | "__") || it.bytes().all(|byte| byte == b'-'))
}

/// `host [':' port-number]`: labels of letters, digits and inner dashes, with dots between them.
fn is_domain(domain: &str) -> bool {
    let (host, port) = domain.split_once(':').map_or((domain, None), |(host, port)| (host, Some(port)));
    let is_plain = |c: char| c.is_ascii_alphanumeric();
    let is_label = |label: &str| {
        label.starts_with(is_plain) && label.ends_with(is_plain) && label.chars().all(|c| is_plain(c) || c == '-')
    };
    host.split('.').all(is_label)
        && port.is_none_or(|port| {
            port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port > 0)
        })
}

/// Why docker compose cannot make a network with this name.
pub(super) fn check_network(name: &str) -> Result<(), String> {
    if OWN_NETWORKS.contains(&name) {
        return Err("docker has this network itself, and containers do not know each other by name in it".into());
    }
    check_name(name)
}

/// The line of the compose file that names the network.
pub(super) fn network_line(network: &str) -> String {
    format!("    name: \"{network}\"")
}

/// Why docker does not take this as the name of a container or network.
pub(super) fn check_name(name: &str) -> Result<(), String> {
    if !name.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return Err("it does not begin with a letter or digit".into());
    }
    if !(2..=63).contains(&name.len()) {
        return Err(format!("it has {} bytes, 2 to 63 are allowed", name.len()));
    }
    match name.chars().find(|c| !c.is_ascii_alphanumeric() && !"_.-".contains(*c)) {
        Some(other) => Err(format!("`{}` is not allowed in it", other.escape_debug())),
        None => Ok(()),
    }
}

/// `docker-compose.yml`. Every value has been checked: it has no character that means something within the quotes of YAML or to
/// docker compose.
pub(super) fn file(compose: &Compose, proxy: &ReverseProxy) -> String {
    let Compose { image, container_name, network, .. } = compose;
    let (port, network) = (proxy.port, network_line(network));
    let health = proxy.health_path.as_ref().map(|path| {
        let host = proxy.host();
        format!(
            r#"    healthcheck:
      test: ["CMD", "curl", "--fail", "--silent", "--header", "Host: {host}", "http://127.0.0.1:{port}{path}"]
      interval: 30s
      timeout: 5s
      retries: 3
"#
        )
    });
    let health = health.unwrap_or_default();
    format!(
        r#"# nginx, as a reverse proxy; its configuration is conf/nginx.conf beside this file.
# Start: docker compose up --detach

services:
  {SERVICE}:
    container_name: "{container_name}"
    image: "{image}"
    # It starts again with the machine; its backends need not be there.
    restart: unless-stopped
    ports:
      - "{port}:{port}"
    networks:
      - nginx-connection
    volumes:
      # The folder is mounted, not a file: a file that is renamed into its place would not be seen.
      - ./conf/:/etc/nginx/:ro
{health}    logging:
      driver: json-file
      options:
        max-size: 10m
        max-file: "3"

networks:
  nginx-connection:
    # Backends join it by this name, as a network that is `external`.
{network}
    driver: bridge
"#
    )
}

#[cfg(test)]
mod tests {
    use super::{check_image, check_name, check_network};

    #[test]
    fn images() {
        let digest = format!("nginx:1.28.3@sha256:{}", "0a".repeat(32));
        for good in [
            "nginx:1.28.3-alpine",
            "nginx:1.30.0",
            "nginx:2.0.0",
            "mirror.example.com:5000/a/nginx:1.28.0-perl",
            "localhost/nginx:1.28.0",
            "Mirror.example.com/a-b/c__d/e_f.g--h/nginx:1.28.3-bookworm",
            "nginx:1.29.1-alpine3.22-otel",
            &digest,
        ] {
            assert_eq!(check_image(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "nginx",
            ":1.28.3",
            "nginx:",
            "nginx:stable",
            "nginx:latest",
            "nginx:stable-alpine-perl",
            "nginx:1.28",
            "nginx:1",
            "nginx:1.27.5",
            "nginx:1.22.1-alpine",
            "nginx:0.9.0",
            "nginx:1.28.3\n    privileged: true",
            "nginx:1.28.3\"",
            "nginx:1.28.3 #",
            "${IMAGE}:1.28.3",
            "nginx:1.28.3@sha256:abc",
            "nginx:1.28.3@",
            "/nginx:1.28.3",
            "a//nginx:1.28.3",
            "-nginx:1.28.3",
            "Nginx:1.28.3",
            "nginx:99999999999.0.0",
            // Not of the grammar.
            "a..b:1.28.3",
            "a-.b:1.28.3",
            "a___b:1.28.3",
            "a/b_.c/nginx:1.28.3",
            "A/nginx:1.28.3",
            "a_b.example.com/nginx:1.28.3",
            "example.com:/nginx:1.28.3",
            "example.com:x/nginx:1.28.3",
            "example..com/nginx:1.28.3",
            "nginx:1.28.3:2",
            &format!("nginx:1.28.3-{}", "a".repeat(128)),
            // Without curl, or without root.
            "nginx:1.28.3-alpine-slim",
            "nginx:1.28.3-alpine3.21-slim",
            "nginxinc/nginx-unprivileged:1.28.3-alpine",
            "public.ecr.aws/nginx/nginx-unprivileged:1.28.3",
            "bitnami/nginx:1.28.3",
            "docker.io/bitnamilegacy/nginx:1.28.3-debian-12-r0",
        ] {
            assert!(check_image(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn networks() {
        for good in ["nginx-connection", "bridge1", "my-host", "Bridge"] {
            assert_eq!(check_network(good), Ok(()), "{good}");
        }
        for bad in ["bridge", "host", "none", "default", "ingress", "docker_gwbridge", "", "a b"] {
            assert!(check_network(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn names() {
        for good in ["nginx", "nginx-connection", "a1", "A_b.c-d"] {
            assert_eq!(check_name(good), Ok(()), "{good}");
        }
        for bad in ["", "a", "-a", "_a", "a b", "a\"b", "a\nb", "a:b", "a/b", "a$b", "a;b", "\u{e9}e", &"a".repeat(64)]
        {
            assert!(check_name(bad).is_err(), "{bad}");
        }
    }
}
