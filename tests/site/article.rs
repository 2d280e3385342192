//! The values of the article give the article's files; where they do not, a reason is written beside the difference.
//!
//! The article is HabitPay's, CC BY 4.0. Its files are here as what they say, a line a setting: the blocks it is in, then the setting.

use std::collections::BTreeMap;

use formwork::prelude::*;

use crate::files;

/// Settings of the article's `conf/nginx.conf`, and why they are not in ours; no reason: they are.
const NGINX: &[(&str, &str)] = &[
    ("upstream blue: server backend.habitpay.internal:8080", "asked for again and again, by `resolve`"),
    ("upstream green: server backend.habitpay.internal:8081", "asked for again and again, by `resolve`"),
    ("server: listen 80", ""),
    ("server: server_name api.habitpay.link", ""),
    ("server: location /: proxy_pass http://blue", ""),
    ("server: location /: proxy_http_version 1.1", "for every location of the server"),
    ("server: location /: proxy_set_header Upgrade $http_upgrade", "for WebSockets alone, by a map"),
    ("server: location /: proxy_set_header Connection upgrade", "for WebSockets alone: it was sent with every request"),
    ("server: location /: proxy_set_header Host $host", "for every location of the server"),
    ("server: location /: proxy_cache_bypass $http_upgrade", "there is no cache"),
];

/// Settings of ours beyond those, by what they are for.
const NGINX_MORE: &[(&str, &[&str])] = &[
    (
        "a main file of its own: old processes of a reload end, and there are enough of connections",
        &[
            "worker_processes auto",
            "worker_rlimit_nofile 8192",
            "worker_shutdown_timeout 60s",
            "error_log stderr notice",
            "events: worker_connections 4096",
            "server_tokens off",
        ],
    ),
    (
        "long names and the large heads that CloudFront passes on",
        &["server_names_hash_max_size 8192", "server_names_hash_bucket_size 512", "large_client_header_buffers 4 32k"],
    ),
    (
        "answers with heads as large as CloudFront takes them",
        &["server: proxy_buffer_size 32k", "server: proxy_buffers 8 16k"],
    ),
    (
        "a line of the log is JSON for every byte that a viewer sends",
        &[
            "map $request_uri $log_uri: default $request_uri",
            r"map $request_uri $log_uri: ~^(?!(?:[\x00-\x7f]++|[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2})*+$) not UTF-8",
            "map $http_user_agent $log_user_agent: default $http_user_agent",
            r"map $http_user_agent $log_user_agent: ~^(?!(?:[\x00-\x7f]++|[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2})*+$) not UTF-8",
            "map $host $log_host: default $host",
            r"map $host $log_host: ~[\x80-\xff] not ASCII",
            "map $http_cloudfront_viewer_address $log_viewer: default $http_cloudfront_viewer_address",
            r"map $http_cloudfront_viewer_address $log_viewer: ~[\x80-\xff] not ASCII",
            "map $http_x_forwarded_for $log_forwarded_for: default $http_x_forwarded_for",
            r"map $http_x_forwarded_for $log_forwarded_for: ~[\x80-\xff] not ASCII",
            "map $http_x_amz_cf_id $log_cloudfront_id: default $http_x_amz_cf_id",
            r"map $http_x_amz_cf_id $log_cloudfront_id: ~[\x80-\xff] not ASCII",
        ],
    ),
    (
        "no request is sent into a connection that a reload closes",
        &["keepalive_timeout 75s", "keepalive_min_timeout 10s"],
    ),
    (
        "WebSockets are passed on as such, and nothing else; other connections are kept",
        &[
            "map $http_upgrade $websocket_upgrade: default ",
            "map $http_upgrade $websocket_upgrade: websocket websocket",
            "map $http_upgrade $websocket_connection: default ",
            "map $http_upgrade $websocket_connection: websocket upgrade",
            "server: proxy_http_version 1.1",
            "server: proxy_set_header Upgrade $websocket_upgrade",
            "server: proxy_set_header Connection $websocket_connection",
            "upstream blue: keepalive 32",
            "upstream green: keepalive 32",
        ],
    ),
    (
        "nginx starts without a backend, and follows one that moves",
        &[
            "upstream blue: zone blue 64k",
            "upstream blue: resolver 127.0.0.11:53 valid=2s ipv6=off",
            "upstream blue: resolver_timeout 2s",
            "upstream blue: server backend.habitpay.internal:8080 resolve",
            "upstream green: zone green 64k",
            "upstream green: resolver 127.0.0.11:53 valid=2s ipv6=off",
            "upstream green: resolver_timeout 2s",
            "upstream green: server backend.habitpay.internal:8081 resolve",
            "server: proxy_connect_timeout 5s",
        ],
    ),
    (
        "who asks for another name is refused",
        &[
            "server: listen 80 default_server",
            "server: server_name _",
            "server: keepalive_timeout 0",
            "server: location /: return 421",
        ],
    ),
    ("a log that programs read", &["server: access_log /dev/stdout formwork_json"]),
    (
        "the backend learns that viewers speak https, redirects of nginx name no protocol",
        &[
            "server: proxy_set_header Host $host",
            "server: proxy_set_header X-Forwarded-Proto https",
            "server: absolute_redirect off",
        ],
    ),
    (
        "uploads, and WebSockets that are silent for as long as CloudFront lets them",
        &["server: client_max_body_size 20m", "server: proxy_read_timeout 600s"],
    ),
    (
        "which colour and which files",
        &[
            "server: location = /_formwork/health: access_log off",
            "server: location = /_formwork/health: default_type text/plain",
            "server: location = /_formwork/health: add_header Cache-Control no-store",
            "server: location = /_formwork/health: return 200 blue DIGEST\\n",
        ],
    ),
];

/// The same of the article's `docker-compose.yml`.
const COMPOSE: &[(&str, &str)] = &[
    ("services: nginx: container_name: nginx", ""),
    ("services: nginx: image: nginx:stable-alpine-perl", "a version that does not change by itself; Perl is not used"),
    ("services: nginx: restart: on-failure:3", "started with the machine, and not given up"),
    ("services: nginx: ports: - 80:80", ""),
    ("services: nginx: networks: - nginx-connection", ""),
    (
        "services: nginx: volumes: - ./conf/:/etc/nginx/conf.d/",
        "the main file is in it too, and nginx need not write there",
    ),
    ("networks: nginx-connection: driver: bridge", ""),
];

const COMPOSE_MORE: &[(&str, &[&str])] = &[
    ("pinned", &["services: nginx: image: nginx:1.28.3-alpine"]),
    ("started with the machine", &["services: nginx: restart: unless-stopped"]),
    ("read-only", &["services: nginx: volumes: - ./conf/:/etc/nginx/:ro"]),
    (
        "whether it answers is seen in `docker ps`",
        &[
            "services: nginx: healthcheck: test: [CMD, curl, --fail, --silent, --header, Host: api.habitpay.link, http://127.0.0.1:80/_formwork/health]",
            "services: nginx: healthcheck: interval: 30s",
            "services: nginx: healthcheck: timeout: 5s",
            "services: nginx: healthcheck: retries: 3",
        ],
    ),
    (
        "the disk does not fill up",
        &[
            "services: nginx: logging: driver: json-file",
            "services: nginx: logging: options: max-size: 10m",
            "services: nginx: logging: options: max-file: 3",
        ],
    ),
    ("the backends' own files can name it", &["networks: nginx-connection: name: nginx-connection"]),
];

#[test]
fn every_difference_from_the_article_has_its_reason() {
    let proxy = ReverseProxy {
        blue: Upstream::new("backend.habitpay.internal:8080"),
        green: Upstream::new("backend.habitpay.internal:8081"),
        ..ReverseProxy::new("api.habitpay.link")
    };
    let files: BTreeMap<String, String> = files(proxy).into_iter().collect();
    assert_eq!(files.keys().collect::<Vec<_>>(), ["conf/nginx.conf", "docker-compose.yml"]);
    let nginx = nginx_settings(&files["conf/nginx.conf"]);
    compare(&nginx, NGINX, NGINX_MORE);
    compare(&yaml_settings(&files["docker-compose.yml"]), COMPOSE, COMPOSE_MORE);
}

#[track_caller]
fn compare(ours: &[String], article: &[(&str, &str)], more: &[(&str, &[&str])]) {
    for (setting, reason) in article {
        let is_there = ours.iter().any(|other| other == setting);
        assert_eq!(is_there, reason.is_empty(), "`{setting}`: {reason}");
    }
    let explained = |setting: &String| {
        article.iter().any(|(other, _)| other == setting)
            || more.iter().any(|(_, settings)| settings.contains(&&**setting))
    };
    let unexplained: Vec<_> = ours.iter().filter(|setting| !explained(setting)).collect();
    assert!(unexplained.is_empty(), "without a reason: {unexplained:#?}");
    for setting in more.iter().flat_map(|(_, settings)| *settings) {
        assert!(ours.iter().any(|other| other == setting), "explained, and not there: `{setting}`");
    }
}

/// Settings of a configuration of nginx. The block `http` is everybody's, and the form of the log is one setting that is not looked at.
fn nginx_settings(text: &str) -> Vec<String> {
    let mut blocks: Vec<String> = Vec::new();
    let mut settings = Vec::new();
    let mut in_log_format = false;
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        in_log_format |= line.starts_with("log_format");
        if in_log_format {
            in_log_format = !line.ends_with(';');
        } else if let Some(head) = line.strip_suffix(" {") {
            blocks.push(head.to_owned());
        } else if line == "}" {
            blocks.pop();
        } else {
            let setting = line.trim_end_matches(';').replace(['"', '\''], "");
            let within =
                blocks.iter().filter(|block| *block != "http").map(|block| format!("{block}: ")).collect::<String>();
            settings.push(without_digest(&format!("{within}{setting}")));
        }
    }
    settings
}

fn without_digest(setting: &str) -> String {
    match setting.split_once("return 200 blue ") {
        Some((before, digest)) => format!("{before}return 200 blue DIGEST{}", &digest[16..]),
        None => setting.to_owned(),
    }
}

/// Settings of a compose file, as far as ours use YAML.
fn yaml_settings(text: &str) -> Vec<String> {
    let mut keys: Vec<(usize, String)> = Vec::new();
    let mut settings = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty() && !line.trim().starts_with('#')) {
        let depth = line.len() - line.trim_start().len();
        keys.retain(|(other, _)| *other < depth);
        let setting = line.trim().replace('"', "");
        match setting.strip_suffix(':') {
            Some(key) => keys.push((depth, key.to_owned())),
            None => settings.push(keys.iter().map(|(_, key)| format!("{key}: ")).collect::<String>() + &setting),
        }
    }
    settings
}
