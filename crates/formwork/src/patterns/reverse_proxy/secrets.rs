//! The secret of the origin in nginx: asked for, and taken off before a request is passed on.
//!
//! The secrets are in a file beside nginx's own, which its configuration includes: `conf/origin-secrets`, which root alone reads.
//! nginx does not start without it, so a proxy is closed or it is not there. A script writes it, with what Secrets Manager or the
//! environment has.
//!
//! Sources: nginx documentation, `ngx_http_map_module` (a text comes before an expression; an expression that begins with `~` minds
//! case) and `ngx_http_rewrite_module`.

use super::runtime::Runtime;
use super::settings::ReverseProxy;
use super::writer::Writer;
use crate::patterns::origin_secret::{ORIGIN_SECRET_HEADER, OriginSecret};

/// The path of the script among the files.
pub(super) const SCRIPT: (&str, &str) = (
    "origin-secrets.sh",
    concat!(
        "#!/bin/sh\n",
        "# Writes conf/origin-secrets beside this file: the secrets with which CloudFront comes. As root, before nginx starts or reloads:\n",
        "#   sh origin-secrets.sh ARN ARN     from Secrets Manager; the instance's role needs secretsmanager:GetSecretValue\n",
        "#   sh origin-secrets.sh             from ORIGIN_SECRETS in the environment: the newest secret, and the one before\n",
        "# The ARNs are the output `OriginSecrets` of the stack.\n",
        "set -u\n\n",
        "say() {\n    printf 'formwork: %s\\n' \"$*\"\n}\n",
        include_str!("secrets.sh"),
        include_str!("origin-secrets.sh"),
    ),
);

/// The functions by which a delivery writes the secrets; they have one `say` of the script before them.
pub(super) const FUNCTIONS: &str = include_str!("secrets.sh");

/// True for a request of the site's own distribution.
const KNOWN: &str = "$formwork_is_known";
/// The same, or one of this machine: the health check, and a delivery that asks what nginx runs with.
const KNOWN_OR_NEAR: &str = "$formwork_is_known_or_near";

/// The maps, for the `http` block.
pub(super) fn maps(out: &mut Writer, proxy: &ReverseProxy) {
    if !proxy.is_closed() {
        return;
    }
    let writer = proxy.delivery.as_ref().map_or("origin-secrets.sh", |_| "the delivery");
    out.line(&format!("# Only who knows the secret is CloudFront on our behalf. The secrets are written by {writer}."));
    if needs_folder(proxy) {
        out.line("# nginx looks for them in the folder of its main file: put that file there, or the folder before its name here.");
    }
    out.block(&format!("map $http_{} {KNOWN}", ORIGIN_SECRET_HEADER.to_ascii_lowercase().replace('-', "_")), |out| {
        out.set("default", 0);
        out.set("include", file(proxy));
    });
    out.block(&format!("map \"{KNOWN} $remote_addr\" {KNOWN_OR_NEAR}"), |out| {
        out.set("default", 1);
        out.set("~^0", 0);
        out.set("\"0 127.0.0.1\"", 1);
    });
    out.blank();
}

/// The file with the secrets, as nginx finds it: a name that is not absolute is looked for beside nginx's main file, whichever file has the
/// `include`. docker's is the proxy's own; that of an nginx that is there already may be anywhere.
///
/// Source: nginx, `src/core/ngx_conf_file.c`, `ngx_conf_include` and `ngx_conf_full_name` (the prefix is that of `-c`).
fn file(proxy: &ReverseProxy) -> String {
    match (&proxy.runtime, &proxy.delivery) {
        (Runtime::Existing, Some(delivery)) => format!("{}/conf/origin-secrets", delivery.directory),
        _ => "origin-secrets".to_owned(),
    }
}

/// True if it is not known here where the secrets will be, and nginx looks for them elsewhere than beside these files.
pub(super) fn needs_folder(proxy: &ReverseProxy) -> bool {
    proxy.is_closed() && matches!(proxy.runtime, Runtime::Existing) && proxy.delivery.is_none()
}

/// For the server: backends do not see the secret.
pub(super) fn strip(out: &mut Writer, secret: Option<OriginSecret>) {
    if secret.is_some() {
        out.set("proxy_set_header", format!("{ORIGIN_SECRET_HEADER} \"\""));
    }
}

/// For a location: strangers are refused.
pub(super) fn refuse(out: &mut Writer, secret: Option<OriginSecret>) {
    refuse_unless(out, secret, KNOWN);
}

/// For the health path: strangers are refused, this machine is not.
pub(super) fn refuse_far(out: &mut Writer, secret: Option<OriginSecret>) {
    refuse_unless(out, secret, KNOWN_OR_NEAR);
}

fn refuse_unless(out: &mut Writer, secret: Option<OriginSecret>, known: &str) {
    if secret.is_some_and(OriginSecret::is_required) {
        out.block(&format!("if ({known} = 0)"), |out| out.set("return", 403));
    }
}
