//! The commands, run as people run them, before the site of `habitpay`.

use support::{Program, Run, paths};

use super::edge::{Edge, Wish};
use super::named::Named;
use crate::free_port;

/// The digest of the files of `habitpay`.
fn digest() -> String {
    let folder = support::tempdir();
    let synth = Program::new(paths::habitpay()).args(["--out", folder.path().to_str().unwrap()]).run();
    assert_eq!(synth.code, Some(0), "{}", synth.stderr);
    let text = std::fs::read_to_string(folder.path().join("files/habitpay-site/Nginx/conf/nginx.conf")).unwrap();
    text.split_once("return 200 \"blue ").and_then(|(_, rest)| rest.get(..16)).unwrap().to_owned()
}

fn verify(digest: &str, change: fn(&mut Wish), more: &[&str]) -> Run {
    let mut wish = Wish::default();
    wish.certificate.names = vec!["api.habitpay.link".to_owned()];
    // The command judges by the time of day.
    (wish.certificate.from, wish.certificate.to) = ((2020, 1, 1), (2120, 1, 1));
    wish.instead = Some(format!("return 200 \"blue {digest}\\n\";"));
    change(&mut wish);
    let edge = Edge::start(&wish, free_port());
    let link = "@ NS ns1\nns1 A 127.0.0.1\napi A 192.0.2.10\napi AAAA 2001:db8::10\napi HTTPS 1 . alpn=h3,h2";
    let cloudfront = "@ NS ns1\nns1 A 127.0.0.1\nd111111abcdef8 A 192.0.2.10\nd111111abcdef8 AAAA 2001:db8::10";
    let compute = "@ NS ns1\nns1 A 127.0.0.1\nec2-3-34-56-78 A 192.0.2.20";
    let named = Named::start(&[
        ("habitpay.link", link.to_owned()),
        ("cloudfront.net", cloudfront.to_owned()),
        ("ap-northeast-2.compute.amazonaws.com", compute.to_owned()),
    ]);
    let mut program = Program::formwork()
        .args(["verify", "--app", "habitpay", "--distribution", "d111111abcdef8.cloudfront.net", "--timeout", "2"])
        .args(["--resolver", &named.address.to_string(), "--cacert", edge.root.to_str().unwrap()]);
    let ports = [("192.0.2.10", 443, edge.https), ("192.0.2.10", 80, edge.http), ("[2001:db8::10]", 443, edge.https)];
    for (address, port, to) in ports.into_iter().chain([("192.0.2.20", 80, edge.gate)]) {
        program = program.args(["--connect-to", &format!("{address}:{port}:127.0.0.1:{to}")]);
    }
    program.args(more).run()
}

fn stable(text: &str, digest: &str) -> String {
    let text = text.replace(digest, "<digest>");
    let text = regex_lite::Regex::new(r"127\.0\.0\.1:\d+").unwrap().replace_all(&text, "<loopback>").into_owned();
    regex_lite::Regex::new(r"\d+ days left").unwrap().replace_all(&text, "<days> days left").into_owned()
}

#[test]
fn a_site_that_answers() {
    let digest = digest();
    let run = verify(&digest, |_| {}, &[]);
    assert_eq!(run.code, Some(0), "{}{}", run.stdout, run.stderr);
    insta::assert_snapshot!(stable(&run.stdout, &digest));
}

#[test]
fn a_site_with_faults() {
    let digest = digest();
    let run = verify(
        &digest,
        |wish| {
            wish.plain = "return 200 '\u{1b}[2Jfine';".to_owned();
            wish.certificate.whole = false;
            wish.instead = Some("return 421;".to_owned());
        },
        &["--websocket", "/socket"],
    );
    assert_eq!(run.code, Some(3), "{}{}", run.stdout, run.stderr);
    insta::assert_snapshot!(stable(&format!("{}{}", run.stdout, run.stderr), &digest));
}

#[test]
fn what_cannot_be_verified() {
    let run = |arguments: &[&str]| Program::formwork().args(arguments).run().snapshot();
    insta::assert_snapshot!(
        [
            run(&["verify", "--app", "habitpay", "--local"]),
            run(&["doctor", "--app", "habitpay", "--local"]),
            run(&["verify", "habitpay-edge", "--app", "habitpay"]),
            run(&["verify", "--connect-to", "a:1:b:2"]),
            run(&["verify", "--resolver", "dns.example"]),
            run(&["verify", "--websocket", "socket"]),
            run(&["verify", "--timeout", "0"]),
            run(&["verify", "--app", "habitpay", "--cacert", "/nowhere.pem", "--resolver", "127.0.0.1:9"]),
        ]
        .join("\n")
    );
}
