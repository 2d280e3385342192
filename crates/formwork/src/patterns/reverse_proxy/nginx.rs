//! nginx's configuration: two upstreams, one of them active, a server for the site's names, and one for strangers.
//!
//! Sources: nginx documentation, `ngx_http_upstream_module` (`zone`, `resolve`, `resolver`), `ngx_http_core_module`
//! (`keepalive_min_timeout`, `large_client_header_buffers`), core functionality (`worker_shutdown_timeout`) and "WebSocket
//! proxying"; Amazon CloudFront Developer Guide, "Quotas" (a request without its body has 32,768 bytes at most).

use super::location::Target;
use super::runtime::{Compose, Runtime};
use super::secrets;
use super::settings::{ReverseProxy, Viewers, name};
use super::upstream::Upstream;
use super::writer::Writer;

/// Where the log of requests has its form from.
const LOG: &str = "/dev/stdout formwork_json";

/// The fields of a line of the log. nginx escapes what is within the quotes; what has none is a number of nginx's own. A status can
/// be `009`, which is not a number in JSON.
const LOG_FIELDS: &[(&str, &str)] = &[
    ("time", "\"$time_iso8601\""),
    ("host", "\"$host\""),
    ("method", "\"$request_method\""),
    ("uri", "\"$request_uri\""),
    ("protocol", "\"$server_protocol\""),
    ("status", "\"$status\""),
    ("bytes", "$body_bytes_sent"),
    ("seconds", "$request_time"),
    ("backend", "\"$proxy_host\""),
    ("backend_address", "\"$upstream_addr\""),
    ("backend_status", "\"$upstream_status\""),
    ("backend_seconds", "\"$upstream_response_time\""),
    ("viewer", "\"$http_cloudfront_viewer_address\""),
    ("forwarded_for", "\"$http_x_forwarded_for\""),
    ("user_agent", "\"$http_user_agent\""),
    ("cloudfront_id", "\"$http_x_amz_cf_id\""),
];

/// `conf/nginx.conf`. Every value has been checked: it has no character that means something to nginx.
///
/// `active` and `digest` are texts, so that what stands in their place can be left open.
pub(super) fn file(proxy: &ReverseProxy, active: &str, digest: &str) -> String {
    let mut out = Writer::new();
    let names: Vec<String> = proxy.server_names.iter().map(|it| name(it)).collect();
    // nginx takes no line of more than 4 KiB, so not all of the names.
    let first = names.first().map(String::as_str).unwrap_or_default();
    let more = if names.len() > 1 { " and more" } else { "" };
    out.line(&format!("# Reverse proxy for {first}{more}. CloudFront ends https and comes here over http."));
    match &proxy.runtime {
        Runtime::Compose(compose) => {
            let container = &compose.container_name;
            out.line("# After a change:");
            out.line(&format!("# docker exec {container} nginx -t && docker exec {container} nginx -s reload"));
            out.blank();
            main(&mut out, compose);
            out.block("http", |out| {
                general(out);
                connections(out, proxy);
                out.blank();
                maps(out);
                secrets::maps(out, proxy.origin_secret);
                log_format(out);
                upstreams(out, proxy);
                strangers(out, proxy);
                server(out, proxy, &names, active, digest);
            });
        }
        Runtime::Existing => {
            out.line(
                "# For the `http` block of an nginx of 1.28 or newer. After a change: nginx -t && nginx -s reload",
            );
            out.blank();
            maps(&mut out);
            secrets::maps(&mut out, proxy.origin_secret);
            upstreams(&mut out, proxy);
            server(&mut out, proxy, &names, active, digest);
        }
    }
    out.into_text()
}

fn main(out: &mut Writer, compose: &Compose) {
    out.set("worker_processes", "auto");
    out.set("worker_rlimit_nofile", 8192);
    out.line("# Old processes end this long after a reload, whatever they hold; WebSockets connect again.");
    out.set("worker_shutdown_timeout", seconds(compose.shutdown_timeout));
    out.set("error_log", "stderr notice");
    out.blank();
    out.block("events", |out| out.set("worker_connections", 4096));
    out.blank();
}

fn general(out: &mut Writer) {
    out.set("server_tokens", "off");
    out.line("# Room for many names, and for names of 253 characters.");
    out.set("server_names_hash_max_size", 8192);
    out.set("server_names_hash_bucket_size", 512);
}

/// Connections with CloudFront. nginx reads a request's head before it knows the server, so this is for all of them where it can be.
fn connections(out: &mut Writer, proxy: &ReverseProxy) {
    out.line("# CloudFront passes on heads of up to 32 KiB.");
    out.set("large_client_header_buffers", "4 32k");
    out.line("# Longer than CloudFront keeps an idle connection, during a reload too: it never sends a request into one that is closed.");
    out.set("keepalive_timeout", format!("{}s", proxy.keep_alive.as_secs().max(75)));
    out.set("keepalive_min_timeout", seconds(proxy.keep_alive));
}

/// A fixed `Connection: upgrade` would be sent with every plain request too.
fn maps(out: &mut Writer) {
    out.line("# A WebSocket is passed on as one. Anything else keeps the connection to the backend open.");
    for (variable, value) in [("$websocket_upgrade", "websocket"), ("$websocket_connection", "upgrade")] {
        out.block(&format!("map $http_upgrade {variable}"), |out| {
            out.set("default", "''");
            out.set("websocket", value);
        });
    }
    out.blank();
}

fn log_format(out: &mut Writer) {
    out.line("log_format formwork_json escape=json");
    let last = LOG_FIELDS.len() - 1;
    for (index, (field, value)) in LOG_FIELDS.iter().enumerate() {
        let (before, after) = (if index == 0 { "{" } else { "" }, if index == last { "}';" } else { ",'" });
        out.line(&format!("    '{before}\"{field}\":{value}{after}"));
    }
    out.blank();
}

fn upstreams(out: &mut Writer, proxy: &ReverseProxy) {
    out.line("# Names are asked for again and again: a backend may come later, move, or be away.");
    upstream(out, proxy, "blue", &proxy.blue);
    upstream(out, proxy, "green", &proxy.green);
    let mut known = Vec::new();
    for location in &proxy.locations {
        let Target::Upstream(target) = &location.target else { continue };
        let Ok(backend) = target.backend() else { continue };
        let name = backend.name();
        if !known.contains(&name) {
            upstream(out, proxy, &name, target);
            known.push(name);
        }
    }
}

fn upstream(out: &mut Writer, proxy: &ReverseProxy, name: &str, upstream: &Upstream) {
    // An upstream that is not a backend has been reported, and this file is not written.
    let Ok(backend) = upstream.backend() else { return };
    out.block(&format!("upstream {name}"), |out| {
        if backend.ip.is_some() {
            out.set("server", format!("{}:{}", backend.host, backend.port));
        } else {
            out.set("zone", format!("{name} 64k"));
            out.set("resolver", format!("{} valid={} ipv6=off", proxy.resolver(), seconds(proxy.resolve_every)));
            out.set("resolver_timeout", "2s");
            out.set("server", format!("{}:{} resolve", backend.host, backend.port));
        }
        out.set("keepalive", 32);
    });
    out.blank();
}

fn strangers(out: &mut Writer, proxy: &ReverseProxy) {
    out.line("# Requests for other names, or for none.");
    out.block("server", |out| {
        out.set("listen", format!("{} default_server", proxy.port));
        out.set("server_name", "_");
        out.set("access_log", LOG);
        out.set("keepalive_timeout", 0);
        // In a location, since nginx answers a `return` of the server itself before it reads its keep-alive.
        out.block("location /", |out| out.set("return", 421));
    });
    out.blank();
}

fn server(out: &mut Writer, proxy: &ReverseProxy, names: &[String], active: &str, digest: &str) {
    out.block("server", |out| {
        out.set("listen", proxy.port);
        names.iter().for_each(|name| out.set("server_name", format!("\"{name}\"")));
        match proxy.runtime {
            Runtime::Compose(_) => out.set("access_log", LOG),
            Runtime::Existing => connections(out, proxy),
        }
        out.line("# A redirect of nginx's own would name http, which viewers do not speak.");
        out.set("absolute_redirect", "off");
        out.set("client_max_body_size", format!("{}m", proxy.max_body_mib));
        out.blank();
        out.set("proxy_http_version", "1.1");
        out.set("proxy_set_header", "Host $host");
        out.set("proxy_set_header", "Upgrade $websocket_upgrade");
        out.set("proxy_set_header", "Connection $websocket_connection");
        out.set("proxy_set_header", format!("X-Forwarded-Proto {}", forwarded_proto(proxy.viewers)));
        secrets::strip(out, proxy.origin_secret);
        out.set("proxy_connect_timeout", "5s");
        out.set("proxy_read_timeout", seconds(proxy.read_timeout));
        if let Some(path) = &proxy.health_path {
            out.blank();
            out.block(&format!("location = {path}"), |out| {
                out.set("access_log", "off");
                secrets::refuse_far(out, proxy.origin_secret);
                out.set("default_type", "text/plain");
                out.set("add_header", "Cache-Control no-store");
                out.set("return", format!("200 \"{active} {digest}\\n\""));
            });
        }
        for location in &proxy.locations {
            out.blank();
            out.block(&format!("location {}", location.path), |out| {
                secrets::refuse(out, proxy.origin_secret);
                if let Some(mebibytes) = location.max_body_mib {
                    out.set("client_max_body_size", format!("{mebibytes}m"));
                }
                if let Some(timeout) = location.read_timeout {
                    out.set("proxy_read_timeout", seconds(timeout));
                }
                match &location.target {
                    Target::Active => out.set("proxy_pass", format!("http://{active}")),
                    Target::Upstream(upstream) => {
                        let name = upstream.backend().map(|backend| backend.name()).unwrap_or_default();
                        out.set("proxy_pass", format!("http://{name}"));
                    }
                    Target::NotFound => out.set("return", 404),
                }
            });
        }
        out.blank();
        out.block("location /", |out| {
            secrets::refuse(out, proxy.origin_secret);
            out.set("proxy_pass", format!("http://{active}"));
        });
    });
}

fn forwarded_proto(viewers: Viewers) -> &'static str {
    match viewers {
        Viewers::Https => "https",
        Viewers::HttpAndHttps => "$http_cloudfront_forwarded_proto",
    }
}

fn seconds(duration: std::time::Duration) -> String {
    format!("{}s", duration.as_secs())
}
