//! Files of a proxy, and their digest.

use super::runtime::Runtime;
use super::settings::ReverseProxy;
use super::{compose, digest, nginx, secrets};

/// The files, by their paths, with these texts for the colour and for the digest.
pub(super) fn render(proxy: &ReverseProxy, active: &str, digest: &str) -> Vec<(&'static str, String)> {
    let mut files = vec![("conf/nginx.conf", nginx::file(proxy, active, digest))];
    if let Runtime::Compose(compose) = &proxy.runtime {
        files.insert(0, ("docker-compose.yml", compose::file(compose, proxy)));
    }
    // A delivery writes the secrets itself.
    if proxy.is_closed() && proxy.delivery.is_none() {
        let (path, script) = secrets::SCRIPT;
        files.push((path, script.to_owned()));
    }
    files
}

/// The digest of the files with neither a colour nor a digest in them, so it tells which files they are, and the colour tells
/// which backend is active.
pub(super) fn digest(proxy: &ReverseProxy) -> String {
    let open = render(proxy, "", "");
    digest::of(open.iter().flat_map(|(path, content)| [*path, content.as_str()]))
}
