//! The handshake: certificate, HTTP/2, and the oldest TLS.

use std::net::IpAddr;

use futures_util::future::{join, join_all};

use super::run::Run;
use crate::check::{Check, Outcome};
use crate::hello::{self, Offer};
use crate::http;
use crate::net::{NetError, within};
use crate::site::TlsVersion;
use crate::tls::{self, Judged, Secured};

/// Days that a certificate has left at least. ACM renews its certificates 60 days before their end, so something keeps it from that.
///
/// Source: AWS Certificate Manager User Guide, "Managed certificate renewal".
const MIN_DAYS: u64 = 30;

pub(super) async fn checks(run: &Run<'_>, name: &str, addresses: &[IpAddr]) -> Vec<Check> {
    let handshake = run.secured(name, addresses, &[b"h2", b"http/1.1"]);
    let (secured, floor) = join(handshake, floor(run, name, addresses)).await;
    let check = Check::new("https", name, format!("a TLS handshake with {name}:443"));
    let secured = match secured {
        Ok(secured) => secured,
        Err(error) => {
            let hint = "the distribution has to be enabled and deployed, and to have the name among its aliases";
            let rest = ["certificate-name", "certificate-chain", "certificate-time", "http2"];
            let rest = rest.map(|id| Check::not_checked(id, name, "there is no https to look at"));
            let first = check.saw(error.to_string()).fail(format!("`{name}` does not answer over https"), hint);
            // A server that ends every handshake refuses none by its version.
            let floor = match floor.outcome {
                Outcome::Pass => Check::not_checked("tls-floor", name, "there is no https to look at"),
                _ => floor,
            };
            return [first].into_iter().chain(rest).chain([floor]).collect();
        }
    };
    let peer = secured.stream.get_ref().0.peer().map_or_else(|| "an address".to_owned(), |peer| peer.to_string());
    let mut checks = vec![check.saw(format!("{} with {peer}", secured.version))];
    checks.extend(certificate(run, name, &secured));
    checks.push(http2(run, name, secured).await);
    checks.push(floor);
    checks
}

fn certificate(run: &Run<'_>, name: &str, secured: &Secured) -> [Check; 3] {
    let asked = || format!("the certificate of {name}:443");
    let of_name = Check::new("certificate-name", name, asked());
    let chain = Check::new("certificate-chain", name, asked());
    let time = Check::new("certificate-time", name, asked());
    let now = run.settings.now();
    let judged = match tls::judge(&secured.chain, name, &run.roots, now) {
        Ok(judged) => judged,
        Err(error) => {
            let why = "the certificate cannot be read";
            return [of_name.saw(error).fail(why, GIVE_IT_ONE), chain.unknown(why), time.unknown(why)];
        }
    };
    let of_name = match &judged.other_names {
        None => of_name.saw(format!("it is for `{name}`")),
        Some(names) if names.is_empty() => {
            of_name.saw("it is for no domain name").fail(format!("the certificate is not for `{name}`"), GIVE_IT_ONE)
        }
        Some(names) => of_name
            .saw_all(names.iter().map(|other| format!("it is for `{other}`")))
            .fail(format!("the certificate is not for `{name}`"), GIVE_IT_ONE),
    };
    [of_name, of_chain(chain, &judged), of_time(time, &judged, now.as_secs())]
}

const GIVE_IT_ONE: &str =
    "let the distribution have a certificate with every one of its aliases, as `NginxSite` makes it";

fn of_chain(check: Check, judged: &Judged) -> Check {
    let check = check.saw(match judged.intermediates {
        0 => "the certificate alone".to_owned(),
        1 => "the certificate, and 1 above it".to_owned(),
        several => format!("the certificate, and {several} above it"),
    });
    match (&judged.untrusted, judged.intermediates) {
        (None, _) => check,
        (Some(reason), 0) => check.saw(reason).fail(
            "the certificates do not lead to an authority that is trusted",
            "the certificate of the authority between them is missing, or the certificate is self-signed",
        ),
        (Some(reason), _) => check.saw(reason).fail(
            "the certificates do not lead to an authority that is trusted",
            "take a certificate of a public authority, such as ACM's",
        ),
    }
}

fn of_time(check: Check, judged: &Judged, now: u64) -> Check {
    let days = |from: u64, to: u64| to.saturating_sub(from) / 86_400;
    let renew =
        "ACM renews a certificate as long as its CNAME record for validation is there and the certificate is in use";
    if now > judged.not_after {
        let ago = days(judged.not_after, now);
        return check.saw(format!("it ended {ago} days ago")).fail("the certificate has expired", renew);
    }
    if now < judged.not_before {
        let check = check.saw(format!("it begins in {} days", days(now, judged.not_before)));
        return check.fail("the certificate is not valid yet", "set the clock of this machine, if that is wrong");
    }
    let left = days(now, judged.not_after);
    let check = check.saw(format!("{left} days left"));
    match left < MIN_DAYS {
        true => check.fail(format!("the certificate expires in {left} days, and ACM should have renewed it"), renew),
        false => check,
    }
}

async fn http2(run: &Run<'_>, name: &str, secured: Secured) -> Check {
    if !run.site.http2 {
        return Check::not_applicable("http2", name, "the distribution does not speak HTTP/2");
    }
    let check = Check::new("http2", name, format!("`h2` by ALPN at {name}:443"));
    let hint = "set `http_version` of the distribution to `http2and3`; a proxy on the way may take it out";
    match secured.alpn.as_deref() {
        Some(b"h2") => {}
        other => {
            let chosen = other.map_or("nothing".into(), String::from_utf8_lossy);
            return check.saw(format!("it chose {chosen}")).fail("HTTP/2 is not offered", hint);
        }
    }
    match within(run.settings.timeout, http::begin_http2(secured.stream)).await {
        Ok(()) => check.saw("it chose h2, and began it"),
        Err(error) => check.saw(error.to_string()).fail("HTTP/2 is offered, and not spoken", hint),
    }
}

/// Checks that every version below the floor is refused.
async fn floor(run: &Run<'_>, name: &str, addresses: &[IpAddr]) -> Check {
    let floor = run.site.tls_floor;
    let below: Vec<TlsVersion> = TlsVersion::ALL.into_iter().filter(|version| *version < floor).collect();
    let spelled: Vec<String> = below.iter().map(ToString::to_string).collect();
    if floor < TlsVersion::Tls12 {
        let what = format!("the template lets viewers speak {floor}, which is broken");
        let hint = "leave out `minimum_protocol_version` of the distribution: it is TLS 1.2 then";
        return Check::new("tls-floor", name, "").warn(what, hint);
    }
    let check = Check::new("tls-floor", name, format!("a ClientHello for {} at {name}:443", spelled.join(", ")));
    let answers = join_all(below.iter().map(|version| offer(run, name, addresses, *version))).await;
    let mut accepted = Vec::new();
    let mut unclear = false;
    let mut check = check;
    for (version, answer) in below.iter().zip(answers) {
        check = match answer {
            Ok(Offer::Accepted) => {
                accepted.push(version.to_string());
                check.saw(format!("{version} is accepted"))
            }
            Ok(Offer::Refused) => check.saw(format!("{version} is refused")),
            Err(error) => {
                unclear = true;
                check.saw(format!("{version}: {error}"))
            }
        };
    }
    if !accepted.is_empty() {
        let what = format!("{} is accepted, below the floor of {floor}", formwork_template::joined(&accepted));
        return check.fail(what, "deploy the distribution; `minimum_protocol_version` is its floor");
    }
    match unclear {
        true => check.warn("whether old TLS is refused cannot be told", "look at what the server answered"),
        false => check,
    }
}

async fn offer(run: &Run<'_>, name: &str, addresses: &[IpAddr], version: TlsVersion) -> Result<Offer, NetError> {
    let mut stream = run.connect(name, 443, addresses).await?;
    within(run.settings.timeout, hello::offer(&mut stream, name, version)).await
}
