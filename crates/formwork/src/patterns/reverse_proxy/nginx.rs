//! nginx's configuration: two upstreams, one of them active, a server for the site's names, and one for strangers.
//!
//! Sources: nginx documentation, `ngx_http_upstream_module` (`zone`, `resolve`, `resolver`), `ngx_http_core_module`
//! (`keepalive_min_timeout`, `large_client_header_buffers`; `location`: a prefix with a slash at its end that passes requests on has the
//! path without it redirected, before anything in it is read), `ngx_http_proxy_module` (`proxy_buffer_size`, by default one page of
//! memory, has to hold the head of an answer; `proxy_busy_buffers_size` is two of the larger buffers and less than all but one),
//! `ngx_http_log_module` (`escape=json`), core functionality (`worker_shutdown_timeout`) and "WebSocket proxying"; Amazon CloudFront
//! Developer Guide, "Quotas" (a request or an answer of the origin has 32,768 bytes at most without its body); RFC 8259, section 8.1 (JSON
//! is UTF-8), and RFC 3629, section 4 (which bytes are).

use super::location::{ProxyLocation, Target};
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
    ("host", "\"$log_host\""),
    ("method", "\"$request_method\""),
    ("uri", "\"$log_uri\""),
    ("protocol", "\"$server_protocol\""),
    ("status", "\"$status\""),
    ("bytes", "$body_bytes_sent"),
    ("seconds", "$request_time"),
    ("backend", "\"$proxy_host\""),
    ("backend_address", "\"$upstream_addr\""),
    ("backend_status", "\"$upstream_status\""),
    ("backend_seconds", "\"$upstream_response_time\""),
    ("viewer", "\"$log_viewer\""),
    ("forwarded_for", "\"$log_forwarded_for\""),
    ("user_agent", "\"$log_user_agent\""),
    ("cloudfront_id", "\"$log_cloudfront_id\""),
];

/// The fields that viewers write, with the variables that have them as a line of the log does: those that are texts, and those of letters
/// and digits alone.
const TEXTS_OF_VIEWERS: &[(&str, &str)] = &[("$request_uri", "$log_uri"), ("$http_user_agent", "$log_user_agent")];
const WORDS_OF_VIEWERS: &[(&str, &str)] = &[
    ("$host", "$log_host"),
    ("$http_cloudfront_viewer_address", "$log_viewer"),
    ("$http_x_forwarded_for", "$log_forwarded_for"),
    ("$http_x_amz_cf_id", "$log_cloudfront_id"),
];

/// Bytes that are not UTF-8, as an expression of nginx, which holds no expression against nothing.
const NOT_UTF8: &str = r"~^(?!(?:[\x00-\x7f]++|[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2})*+$)";

/// The same for bytes that are not ASCII.
const NOT_ASCII: &str = r"~[\x80-\xff]";

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
                secrets::maps(out, proxy);
                utf8(out);
                log_format(out);
                upstreams(out, proxy);
                strangers(out, proxy);
                server(out, proxy, &names, active, digest);
            });
        }
        Runtime::Existing => {
            let folder = proxy.delivery.as_ref().map_or("FOLDER", |delivery| delivery.directory.as_str());
            out.line("# For the `http` block of an nginx of 1.28 or newer, by this line, which may match nothing before the file is there:");
            out.line(&format!("#     include {folder}/conf/nginx*.conf;"));
            out.line("# After a change: nginx -t && nginx -s reload");
            out.blank();
            maps(&mut out);
            secrets::maps(&mut out, proxy);
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

/// nginx escapes control characters and quotes, and lets bytes pass that are not a text: no program would read the line.
fn utf8(out: &mut Writer) {
    out.line("# A line of the log is JSON, which is UTF-8.");
    let texts = TEXTS_OF_VIEWERS.iter().map(|it| (it, NOT_UTF8, "not UTF-8"));
    let words = WORDS_OF_VIEWERS.iter().map(|it| (it, NOT_ASCII, "not ASCII"));
    for ((field, variable), wrong, word) in texts.chain(words) {
        out.block(&format!("map {field} {variable}"), |out| {
            out.set("default", field);
            out.set(&format!("\"{wrong}\""), format!("\"{word}\""));
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
        if matches!(proxy.runtime, Runtime::Existing) && proxy.ipv6 {
            out.set("listen", format!("[::]:{}", proxy.port));
        }
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
        out.line("# CloudFront takes heads of answers of up to 32 KiB.");
        out.set("proxy_buffer_size", "32k");
        out.set("proxy_buffers", "8 16k");
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
            if let Some(path) = redirected(proxy, location) {
                out.blank();
                out.line("# nginx would redirect this on its own: whoever asks, and so that a POST becomes a GET.");
                out.block(&format!("location = {path}"), |out| {
                    secrets::refuse(out, proxy.origin_secret);
                    out.set("return", format!("308 {path}/$is_args$args"));
                });
            }
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

/// The path without its slash, which nginx redirects to the location on its own, unless it has an exact location (nginx documentation,
/// `location`). 308 keeps the method (RFC 9110, section 15.4.9).
fn redirected<'p>(proxy: &ReverseProxy, location: &'p ProxyLocation) -> Option<&'p str> {
    let path = location.path.strip_suffix('/').filter(|path| !path.is_empty())?;
    let is_another =
        proxy.locations.iter().any(|other| other.path == path) || proxy.health_path.as_deref() == Some(path);
    (location.target != Target::NotFound && !is_another).then_some(path)
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
