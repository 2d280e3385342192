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

/// Why this is not an image of nginx that is pinned and new enough.
///
/// Source: the reference grammar of the project `distribution`.
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
    let is_edge = |c: char| c.is_ascii_alphanumeric();
    let is_name = |part: &str| part.starts_with(is_edge) && part.ends_with(is_edge);
    if !is_name(name) || name.chars().any(|c| c.is_ascii_uppercase()) || !parts.into_iter().all(is_name) {
        return Err("it is not the name of an image".into());
    }
    let mut numbers = tag.split('-').next().unwrap_or_default().split('.').map(str::parse::<u32>);
    let (Some(Ok(major)), Some(Ok(minor)), Some(Ok(_))) = (numbers.next(), numbers.next(), numbers.next()) else {
        return Err(format!("`{tag}` is not one version, so the image may change by itself"));
    };
    if (major, minor) < OLDEST {
        return Err(format!("nginx {major}.{minor} is older than 1.28, which the configuration needs"));
    }
    Ok(())
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
    let port = proxy.port;
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
  nginx:
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
    name: "{network}"
    driver: bridge
"#
    )
}

#[cfg(test)]
mod tests {
    use super::{check_image, check_name};

    #[test]
    fn images() {
        let digest = format!("nginx:1.28.3@sha256:{}", "0a".repeat(32));
        for good in [
            "nginx:1.28.3-alpine",
            "nginx:1.30.0",
            "nginx:2.0.0",
            "mirror.example.com:5000/a/nginx:1.28.0-perl",
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
        ] {
            assert!(check_image(bad).is_err(), "{bad}");
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
