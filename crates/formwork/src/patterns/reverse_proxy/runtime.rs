//! Runtimes of nginx: docker compose, or an nginx that is there already.

use std::time::Duration;

/// Runtime of nginx.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Runtime {
    /// docker compose, by a file of its own. `conf/` is the whole of nginx's configuration.
    Compose(Compose),
    /// An nginx, 1.28 or newer, that is there already. `conf/nginx.conf` is for its `http` block; its main file, its log and what
    /// it answers to strangers are its own. A closed one names its secrets by the folder of the [`Delivery`](super::Delivery).
    ///
    /// The `http` block has to include the file, with the folder of the [`Delivery`](super::Delivery):
    ///
    /// ```nginx
    /// include /opt/formwork/nginx/conf/nginx*.conf;
    /// ```
    ///
    /// A pattern may match nothing, so that nginx starts before the first delivery; a plain name of a file may not. The backends are on
    /// ports of this machine then, or at addresses that the DNS of the VPC has; `blue:8080` and `green:8080` are names of docker's network.
    /// Names of more than 46 characters need `server_names_hash_bucket_size 512;` there.
    Existing,
}

/// docker compose, which runs nginx in a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compose {
    /// nginx's image, with its version: `nginx:1.28.3-alpine` unless said otherwise. Older ones than 1.28 do not know what the
    /// configuration asks for, `slim` ones have no curl, and those without root do not read the origin's secrets.
    pub image: String,
    /// The container's name, for `docker exec`: `nginx`, unless said otherwise.
    pub container_name: String,
    /// The network that nginx shares with its backends: `nginx-connection`, unless said otherwise; none of docker's own. They join it in their own
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
