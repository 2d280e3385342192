//! Delivery over a shell: one file that holds the script and all that it needs; its head says how it gets to the machine.

use super::{Delivery, values};
use crate::patterns::reverse_proxy::settings::ReverseProxy;

/// The line that ends a file within the script: no file of a proxy has such a line.
const END: &str = "end-of-a-file-of-formwork";

/// The way of a script that needs the secrets: they go where the script goes, since sudo keeps no variable, and an argument is seen by
/// everybody on the machine. `printf` is a part of the shell.
///
/// Source: sudoers manual, `env_reset`.
const CLOSED: &str = r#", with the origin's newest secret and the one before in
# ORIGIN_SECRETS of this shell, a blank between them, letters and digits alone:
#   { printf "ORIGIN_SECRETS='%s'\n" "$ORIGIN_SECRETS"; cat deliver.sh; } | ssh HOST sudo sh -s
# The ARNs of both are the output `OriginSecrets` of the stack; `aws secretsmanager get-secret-value` reads them.
"#;

/// The script with these files in it.
pub(crate) fn script(
    proxy: &ReverseProxy,
    delivery: &Delivery,
    digest: &str,
    files: &[(&'static str, String)],
) -> String {
    let way = if proxy.is_closed() { CLOSED } else { ":\n#   ssh HOST sudo sh -s < deliver.sh\n" };
    let mut text =
        format!("#!/bin/sh\n# Brings these files to nginx, on the machine that it runs on, as root{way}set -u\n");
    let own = [("active", proxy.active.as_str().to_owned()), ("digest", digest.to_owned())];
    // Systems Manager has the secrets' ARNs, a shell the secrets themselves.
    let secrets = ("secrets", if proxy.is_closed() { "environment" } else { "" }.to_owned());
    for (name, value) in own.into_iter().chain(values(proxy, delivery)).chain([secrets]) {
        // Every value has been checked: it has no quote.
        text += &format!("{name}='{value}'\n");
    }
    for (name, path) in [("conf", "conf/nginx.conf"), ("compose", "docker-compose.yml")] {
        let content = files.iter().find(|(it, _)| *it == path).map(|(_, content)| content.as_str()).unwrap_or_default();
        text += &format!("{name}() {{\n    cat <<'{END}'\n{content}{END}\n}}\n");
    }
    text + &super::script_text()
}
