//! A closed origin: nginx serves requests with the secret, of two generations, and no others; backends and logs see nothing of it. The
//! script that writes the secrets writes all of them, or nothing.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use formwork::prelude::*;
use support::{tempdir, write_program};

use crate::client::{Client, Message};
use crate::machine::Machine;
use crate::{Backend, Dns, FIRST, NAME, Nginx, file, free_port, nginx, proxy};

/// Secrets as Secrets Manager makes them.
const OLDER: &str = "abcdefghijklmnopqrstuvwxyz012345";
const NEWER: &str = "Zz9yX8wV7uT6sR5qP4oN3mL2kJ1iH0gF";
const NEWEST: &str = "11112222333344445555666677778888";

fn secrets(all: &[&str]) -> String {
    all.iter().map(|secret| format!("\"~^{secret}$\" 1;\n")).collect()
}

fn closed(dns: &Dns) -> ReverseProxy {
    ReverseProxy {
        origin_secret: Some(OriginSecret::Generation(2)),
        locations: vec![ProxyLocation::new("/files/", Target::Active), ProxyLocation::new("/gone", Target::NotFound)],
        ..proxy(dns)
    }
}

#[track_caller]
fn ask(port: u16, method: &str, path: &str, header: &str, body: &[u8]) -> Message {
    let headers = format!("Host: {NAME}\r\n{header}");
    Client::connect(port).send(method, path, &headers, body).expect("an answer")
}

/// Waits until nginx knows where its backend is.
#[track_caller]
fn found(port: u16, header: &str) {
    crate::eventually("the backend is found", || ask(port, "GET", "/", header, b"").status() == 200);
}

#[test]
fn who_has_the_secret_is_served_and_nobody_else() {
    let dns = Dns::start();
    dns.set("blue.internal", FIRST);
    let _blue = Backend::start("blue", FIRST, dns.backend_port);
    let nginx = Nginx::start_closed(closed(&dns), &secrets(&[NEWER, OLDER]));
    let port = nginx.port;
    found(port, &format!("X-Origin-Secret: {NEWER}\r\n"));
    for secret in [NEWER, OLDER] {
        for (method, path, body) in [("GET", "/", &b""[..]), ("POST", "/a", b"body"), ("GET", "/files/a", b"")] {
            let answer = ask(port, method, path, &format!("X-Origin-Secret: {secret}\r\n"), body);
            assert_eq!((answer.status(), answer.backend()), (200, "blue".to_owned()));
            // The backend says all that it got.
            let seen = answer.text().to_ascii_lowercase();
            assert!(!seen.contains("x-origin-secret") && !seen.contains(&secret.to_ascii_lowercase()), "{seen}");
        }
    }
    let short = &NEWER[..31];
    let wrong = [
        String::new(),
        "X-Origin-Secret:\r\n".to_owned(),
        "X-Origin-Secret: 1\r\n".to_owned(),
        "X-Origin-Secret: 0\r\n".to_owned(),
        "X-Origin-Secret: .*\r\n".to_owned(),
        "X-Origin-Secret: default\r\n".to_owned(),
        format!("X-Origin-Secret: {short}\r\n"),
        format!("X-Origin-Secret: {NEWER}a\r\n"),
        format!("X-Origin-Secret: a{NEWER}\r\n"),
        format!("X-Origin-Secret: {}\r\n", NEWER.to_ascii_lowercase()),
        format!("X-Origin-Secret: {NEWER}, {OLDER}\r\n"),
        format!("X-Origin-Secret: {NEWEST}\r\n"),
        format!("X-Origin-Secrets: {NEWER}\r\n"),
        format!("Cookie: X-Origin-Secret={NEWER}\r\n"),
    ];
    for header in wrong {
        for (method, path, body) in
            [("GET", "/", &b""[..]), ("POST", "/a", b"body"), ("GET", "/files/a", b""), ("GET", "/gone", b"")]
        {
            assert_eq!(ask(port, method, path, &header, body).status(), 403, "{method} {path} {header:?}");
        }
    }
    let upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
    assert_eq!(ask(port, "GET", "/", upgrade, b"").status(), 403);
    assert_eq!(ask(port, "GET", "/", &format!("{upgrade}X-Origin-Secret: {NEWER}\r\n"), b"").status(), 101);
    let (log, errors) = (nginx.log(), nginx.errors());
    nginx.stop();
    for secret in [OLDER, NEWER, short] {
        assert!(!log.contains(secret) && !errors.contains(secret), "{log}{errors}");
    }
    assert!(log.contains("\"status\":\"403\""), "who was refused is in the log: {log}");
}

/// The health check comes from the machine itself, a stranger does not.
#[test]
fn nginx_tells_its_files_to_its_own_machine() {
    let dns = Dns::start();
    let nginx = Nginx::start_closed(closed(&dns), &secrets(&[NEWER]));
    let url = format!("http://127.0.0.1:{}/_formwork/health", nginx.port);
    let status = |source: &str, header: &str| {
        let output = Command::new("curl")
            .args(["--silent", "--output", "/dev/null", "--write-out", "%{http_code}", "--interface", source])
            .args(["--header", &format!("Host: {NAME}"), "--header", header, &url])
            .output()
            .unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    assert_eq!(status("127.0.0.1", "A: b"), "200");
    assert_eq!(status("127.0.0.5", "A: b"), "403");
    assert_eq!(status("127.0.0.5", &format!("X-Origin-Secret: {OLDER}")), "403");
    assert_eq!(status("127.0.0.5", &format!("X-Origin-Secret: {NEWER}")), "200");
    nginx.stop();
}

/// From one generation to the next: at every moment the distribution's secret is taken.
#[test]
fn a_secret_is_replaced() {
    let dns = Dns::start();
    dns.set("blue.internal", FIRST);
    let _blue = Backend::start("blue", FIRST, dns.backend_port);
    let nginx = Nginx::start_closed(closed(&dns), &secrets(&[NEWER, OLDER]));
    let status = |secret: &str| ask(nginx.port, "POST", "/", &format!("X-Origin-Secret: {secret}\r\n"), b"a").status();
    found(nginx.port, &format!("X-Origin-Secret: {NEWER}\r\n"));
    assert_eq!([OLDER, NEWER, NEWEST].map(status), [200, 200, 403]);
    nginx.set_secrets(&secrets(&[NEWEST, NEWER]));
    crate::eventually("the oldest secret is refused", || status(OLDER) == 403);
    found(nginx.port, &format!("X-Origin-Secret: {NEWER}\r\n"));
    assert_eq!([OLDER, NEWER, NEWEST].map(status), [403, 200, 200]);
    nginx.stop();
}

/// The first step of closing a site: requests are not refused yet, and backends do not see the secret already.
#[test]
fn a_secret_that_is_only_sent() {
    let dns = Dns::start();
    dns.set("blue.internal", FIRST);
    let _blue = Backend::start("blue", FIRST, dns.backend_port);
    let proxy = ReverseProxy { origin_secret: Some(OriginSecret::Sent(1)), ..closed(&dns) };
    let nginx = Nginx::start(proxy);
    found(nginx.port, "");
    for header in [String::new(), format!("X-Origin-Secret: {NEWER}\r\n")] {
        let answer = ask(nginx.port, "GET", "/", &header, b"");
        assert_eq!(answer.status(), 200);
        assert!(!answer.text().to_ascii_lowercase().contains("x-origin-secret"), "{}", answer.text());
    }
    nginx.stop();
}

/// A proxy is closed, or it is not there.
#[test]
fn nginx_does_not_start_without_the_secrets() {
    let proxy = ReverseProxy { origin_secret: Some(OriginSecret::Generation(1)), ..ReverseProxy::new(NAME) };
    let configuration = file(ReverseProxy { port: 18_080, ..proxy.clone() }, "conf/nginx.conf");
    assert!(nginx::refusal(&configuration).contains("origin-secrets"));
    // An nginx that is there already includes the same.
    let existing = ReverseProxy { runtime: Runtime::Existing, port: 18_080, ..proxy };
    let configuration = format!("events {{}}\nhttp {{\n{}}}\n", file(existing, "conf/nginx.conf"));
    nginx::test_closed(&configuration, &secrets(&[NEWER]));
}

/// An nginx that is there already has its main file elsewhere, beside which it looks for whatever has no absolute name.
#[test]
fn an_nginx_that_is_there_finds_the_secrets_of_a_delivery() {
    let folder = tempdir();
    let delivery = Delivery { directory: folder.path().display().to_string(), ..Delivery::shell() };
    let proxy = ReverseProxy {
        origin_secret: Some(OriginSecret::Generation(1)),
        runtime: Runtime::Existing,
        port: 18_080,
        delivery: Some(delivery),
        ..ReverseProxy::new(NAME)
    };
    nginx::test_included(folder.path(), &file(proxy.clone(), "conf/nginx.conf"), &secrets(&[NEWER]));
    // Without a delivery nobody knows the folder, and that is said.
    let mut stack = Stack::<EuCentral1>::new("site");
    stack.add("Nginx", ReverseProxy { delivery: None, ..proxy });
    let warnings = App::new().with(stack).synth().unwrap().warnings;
    assert!(warnings.iter().any(|it| it.message.contains("in the folder of its main file")), "{warnings:?}");
}

/// Of an origin that is open again the secrets are not kept; and the script of a closed one takes them by its own head, as it says.
#[test]
fn secrets_come_with_the_script_and_go_with_the_closing() {
    let dns = Dns::start();
    let machine = Machine::new(free_port());
    let delivery = || Delivery { drain: Duration::from_secs(1), ..Delivery::shell() };
    let proxy = |origin_secret| ReverseProxy { origin_secret, ..machine.proxy(&dns, delivery()) };
    let script =
        crate::files(proxy(Some(OriginSecret::Generation(1)))).into_iter().find(|(path, _)| path == "deliver.sh");
    let script = script.unwrap().1;
    let way = script.lines().find_map(|line| line.strip_prefix("#   ")).unwrap();
    let folder = tempdir();
    fs::write(folder.path().join("deliver.sh"), &script).unwrap();
    // The machine is this one, and sudo keeps no variable.
    let here = way.replace("ssh HOST sudo sh -s", "env -i PATH=\"$PATH\" HERE=1 sh -c 'cat >whole.sh'");
    let status = Command::new("sh")
        .args(["-c", &here])
        .env("ORIGIN_SECRETS", format!("{NEWER} {OLDER}"))
        .current_dir(folder.path())
        .status();
    assert!(status.unwrap().success(), "{here}");
    let whole = fs::read_to_string(folder.path().join("whole.sh")).unwrap();
    assert!(whole.ends_with(&script) && whole.len() > script.len(), "{here}");
    assert!(machine.run(&whole), "{}", machine.said());
    let written = machine.directory().join("conf/origin-secrets");
    assert_eq!(fs::read_to_string(&written).unwrap(), secrets(&[NEWER, OLDER]));
    // As many as nginx is to know.
    machine.limit(&format!("export ORIGIN_SECRETS='{NEWEST}\n{NEWER}\t{OLDER}'"));
    assert!(!machine.deliver(proxy(Some(OriginSecret::Generation(1)))));
    let said = machine.said();
    assert!(said.contains("more than two secrets") && said.contains("the previous files stay in place"), "{said}");
    machine.limit("");
    assert!(machine.deliver(proxy(None)), "{}", machine.said());
    assert!(!written.exists());
}

/// The script beside the files, with the command line of AWS that the test has.
fn run(folder: &Path, environment: Option<&str>, arguments: &[&str]) -> (bool, String) {
    let proxy = ReverseProxy { origin_secret: Some(OriginSecret::Generation(1)), ..ReverseProxy::new(NAME) };
    let script = folder.join("origin-secrets.sh");
    fs::write(&script, file(proxy, "origin-secrets.sh")).unwrap();
    let bin = folder.join("bin");
    // Knows three secrets, the region of each, and one that is not there.
    let aws = format!(
        "#!/bin/sh\n\
         [ \"$1 $2 $3 $5 $6 $7 $8 $9\" = 'secretsmanager get-secret-value --secret-id --region eu-central-1 --query SecretString --output' ] || exit 9\n\
         case $4 in\n\
         *:secret:New-*) echo {NEWER} ;;\n\
         *:secret:Old-*) echo {OLDER} ;;\n\
         *:secret:Odd-*) echo '{NEWEST}\";}}' ;;\n\
         *) echo 'An error occurred (ResourceNotFoundException)' >&2; exit 254 ;;\n\
         esac\n"
    );
    write_program(&bin.join("aws"), &aws);
    let mut command = Command::new("sh");
    command
        .arg(&script)
        .args(arguments)
        .env("PATH", format!("{}:/usr/bin:/bin", bin.display()))
        .env_remove("ORIGIN_SECRETS");
    if let Some(secrets) = environment {
        command.env("ORIGIN_SECRETS", secrets);
    }
    let output = command.output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output.status.success(), said)
}

#[test]
fn the_script_writes_all_secrets_or_nothing() {
    let folder = tempdir();
    let written = folder.path().join("conf/origin-secrets");
    let arn = |name: &str| format!("arn:aws:secretsmanager:eu-central-1:111122223333:secret:{name}-a1B2c3");

    let (done, said) = run(folder.path(), None, &[&arn("New"), &arn("Old")]);
    assert!(done, "{said}");
    assert_eq!(fs::read_to_string(&written).unwrap(), secrets(&[NEWER, OLDER]));
    assert_eq!(fs::metadata(&written).unwrap().permissions().mode() & 0o777, 0o600, "root alone reads it");
    assert!(![NEWER, OLDER].iter().any(|secret| said.contains(secret)), "{said}");

    let (done, said) = run(folder.path(), Some(&format!("{NEWEST} {NEWER}")), &[]);
    assert!(done, "{said}");
    assert_eq!(fs::read_to_string(&written).unwrap(), secrets(&[NEWEST, NEWER]));
    assert!(![NEWEST, NEWER].iter().any(|secret| said.contains(secret)), "{said}");

    let before = fs::read_to_string(&written).unwrap();
    let wrong: [(Option<&str>, Vec<String>); 8] = [
        (None, vec![]),
        (Some(""), vec![]),
        (Some("a\";}"), vec![]),
        (Some("good $(id)"), vec![]),
        (Some("good *"), vec![]),
        (Some("g\u{e9}"), vec![]),
        (None, vec![arn("New"), arn("Gone")]),
        (None, vec![arn("New"), arn("Odd")]),
    ];
    for (environment, arguments) in wrong {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let (done, said) = run(folder.path(), environment, &arguments);
        assert!(!done, "{environment:?} {arguments:?}");
        assert_eq!(fs::read_to_string(&written).unwrap(), before, "the file of before stays");
        assert!(![NEWEST, NEWER].iter().any(|secret| said.contains(secret)), "{said}");
        let names: Vec<_> =
            fs::read_dir(folder.path().join("conf")).unwrap().map(|it| it.unwrap().file_name()).collect();
        assert_eq!(names, ["origin-secrets"], "nothing is left");
    }
}

/// A delivery brings the secrets with the files, replaces them alone, and leaves those of before where it fails.
#[test]
fn a_delivery_brings_the_secrets() {
    let dns = Dns::start();
    let machine = Machine::new(free_port());
    let _blue = Backend::start("blue", FIRST, dns.backend_port);
    machine.knows(&dns, "blue.internal", FIRST);
    let proxy = || {
        let delivery = Delivery { drain: Duration::from_secs(2), ..Delivery::shell() };
        let origin_secret = Some(OriginSecret::Generation(2));
        ReverseProxy { origin_secret, ..machine.proxy(&dns, delivery) }
    };
    let given = |all: &str| machine.limit(&format!("export ORIGIN_SECRETS='{all}'"));
    let status = |secret: &str| ask(machine.port, "GET", "/", &format!("X-Origin-Secret: {secret}\r\n"), b"").status();
    let written = || fs::read_to_string(machine.directory().join("conf/origin-secrets")).unwrap();

    // Without secrets nothing is delivered.
    assert!(!machine.deliver(proxy()), "{}", machine.said());
    assert!(!machine.listing().iter().any(|file| file.contains("nginx.conf") || file.contains("secrets")));

    given(&format!("{NEWER} {OLDER}"));
    assert!(machine.deliver(proxy()), "{}", machine.said());
    found(machine.port, &format!("X-Origin-Secret: {NEWER}\r\n"));
    assert_eq!([OLDER, NEWER, NEWEST].map(status), [200, 200, 403]);
    assert_eq!(
        fs::metadata(machine.directory().join("conf/origin-secrets")).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let listing = machine.listing();
    assert_eq!(listing, [".lock", "conf/nginx.conf", "conf/origin-secrets", "docker-compose.yml"]);

    // The next generation: no file changes but the secrets.
    given(&format!("{NEWEST} {NEWER}"));
    assert!(machine.deliver(proxy()), "{}", machine.said());
    found(machine.port, &format!("X-Origin-Secret: {NEWEST}\r\n"));
    assert_eq!([OLDER, NEWER, NEWEST].map(status), [403, 200, 200]);
    assert_eq!((machine.listing(), written()), (listing.clone(), secrets(&[NEWEST, NEWER])));

    // Secrets that cannot be, an nginx that does not reload: those of before stay.
    for wrong in ["", " \n", "a;b", "a  b\nc", "$(id)"] {
        given(wrong);
        assert!(!machine.deliver(proxy()), "{wrong}");
        assert_eq!((machine.listing(), written()), (listing.clone(), secrets(&[NEWEST, NEWER])), "{wrong}");
    }
    given(&format!("{OLDER} {NEWEST}"));
    machine.before("reload", "[ -e \"$here/failed\" ] || { touch \"$here/failed\"; exit 1; }");
    assert!(!machine.deliver(proxy()), "{}", machine.said());
    assert_eq!((machine.listing(), written()), (listing, secrets(&[NEWEST, NEWER])));
    assert_eq!([OLDER, NEWER, NEWEST].map(status), [403, 200, 200]);
    let said = machine.said();
    assert!(![NEWEST, NEWER, OLDER].iter().any(|secret| said.contains(secret)), "{said}");
}
