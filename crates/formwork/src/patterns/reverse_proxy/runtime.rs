//! Runtimes of nginx: docker compose, or an nginx that is there already.

use std::time::Duration;

/// Runtime of nginx.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Runtime {
    /// docker compose, by a file of its own. `conf/` is the whole of nginx's configuration.
    Compose(Compose),
    /// An nginx, 1.28 or newer, that is there already. `conf/nginx.conf` is for its `http` block; its main file, its log and what
    /// it answers to strangers are its own.
    Existing,
}

/// docker compose, which runs nginx in a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compose {
    /// nginx's image, with its version: `nginx:1.28.3-alpine` unless said otherwise. Older ones than 1.28 do not know what the
    /// configuration asks for.
    pub image: String,
    /// The container's name, for `docker exec`: `nginx`, unless said otherwise.
    pub container_name: String,
    /// The network that nginx shares with its backends: `nginx-connection`, unless said otherwise. They join it in their own
    /// compose files as a network that is `external`.
    pub network: String,
    /// Time that processes of the configuration before may live after a reload: 60 seconds, unless said otherwise. It has to be
    /// more than [`keep_alive`](super::ReverseProxy::keep_alive). After it, WebSockets are closed, and connect anew.
    pub shutdown_timeout: Duration,
}

impl Default for Compose {
    fn default() -> Self {
        Compose {
            image: "nginx:1.28.3-alpine".to_owned(),
            container_name: "nginx".to_owned(),
            network: "nginx-connection".to_owned(),
            shutdown_timeout: Duration::from_secs(60),
        }
    }
}
