//! The backends behind nginx: does the active one answer, and does a WebSocket reach it.

use std::net::IpAddr;

use futures_util::future::{OptionFuture, join};

use super::run::Run;
use crate::check::Check;
use crate::http::{Answer, Question};
use crate::net::NetError;
use crate::site::WebSocket;

/// Key and answer of RFC 6455, §1.3. The key need not be secret: it shows that the server speaks WebSocket, and nothing else.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// The path at which a backend is asked of which no path is known.
const ROOT: &str = "/";

const REFUSED: &str = "nginx has to pass `Upgrade` and `Connection` on, as formwork's files do, and the backend to take a WebSocket at this path";

/// Answers of the backends; `None` if they were not asked.
pub(super) struct Answers {
    /// The answer to a plain request.
    plain: Option<Result<Answer, NetError>>,
    /// The answer to a request for a WebSocket.
    upgraded: Option<Result<Answer, NetError>>,
}

impl Answers {
    pub(super) async fn of(run: &Run<'_>, name: &str, addresses: &[IpAddr]) -> Answers {
        let site = run.site;
        let plain = site.health.is_some().then(|| run.ask(addresses, Question::get(name, ROOT)));
        let path = match &site.websocket {
            WebSocket::Unknown => None,
            WebSocket::Passed => Some(ROOT),
            WebSocket::At(path) => Some(path.as_str()),
        };
        let headers = [
            ("connection", "Upgrade"),
            ("upgrade", "websocket"),
            ("sec-websocket-version", "13"),
            ("sec-websocket-key", KEY),
        ];
        let headers = headers.map(|(header, value)| (header.to_owned(), value));
        let upgraded = path.map(|path| run.ask(addresses, Question { host: name, path, headers: headers.into() }));
        let (plain, upgraded) = join(OptionFuture::from(plain), OptionFuture::from(upgraded)).await;
        Answers { plain, upgraded }
    }

    /// True if nginx had no answer of a backend to pass on.
    fn is_without_backend(answer: &Result<Answer, NetError>) -> bool {
        answer.as_ref().is_ok_and(|answer| (502..=504).contains(&answer.status))
    }

    /// Checks that the active backend answers nginx. What it answers is its own affair.
    pub(super) fn backend(&self, run: &Run<'_>, name: &str, is_nginx: bool) -> Check {
        let (Some(plain), Some(_)) = (&self.plain, &run.site.health) else {
            let why = "the app has no nginx of formwork, behind which a backend could be told from it";
            return Check::not_applicable("backend", name, why);
        };
        if !is_nginx {
            return Check::not_checked("backend", name, "nginx's own answer is missing");
        }
        let check = Check::new("backend", name, format!("GET https://{name}{ROOT}"));
        let hint =
            "is its program up, and at the port that the proxy has? `switch` passes the requests to the other one";
        match plain {
            Err(error) => check.saw(error.to_string()).fail("nginx answers, and nothing comes from behind it", hint),
            Ok(answer) if Answers::is_without_backend(plain) => {
                check.saw(answer.summary()).fail("nginx gets no answer of the active backend", hint)
            }
            Ok(answer) => check.saw(answer.summary()),
        }
    }

    /// Checks that a WebSocket reaches the backend. `is_told` says that another check names the fault of every answer.
    pub(super) fn websocket(&self, run: &Run<'_>, name: &str, is_told: bool) -> Check {
        let (path, is_known) = match &run.site.websocket {
            WebSocket::Unknown => {
                let why = "no path of a WebSocket is known; `--websocket PATH` has one checked";
                return Check::not_checked("websocket", name, why);
            }
            WebSocket::Passed => (ROOT, false),
            WebSocket::At(path) => (path.as_str(), true),
        };
        let check = Check::new("websocket", name, format!("a WebSocket at wss://{name}{path}"));
        let answer = match &self.upgraded {
            Some(Ok(answer)) => answer,
            Some(Err(error)) if is_known || !is_told => {
                return check.saw(error.to_string()).fail("the WebSocket gets no answer", REFUSED);
            }
            _ => return check.unknown("there is no answer to look at"),
        };
        let check = check.saw(answer.summary());
        match answer.status {
            101 if answer.header("sec-websocket-accept").as_deref() == Some(ACCEPT) => check,
            101 => check.fail("the answer 101 is not that of a WebSocket", "look at what answers at this path"),
            status if is_known => check.fail(format!("the WebSocket is answered with {status} in place of 101"), REFUSED),
            _ if is_told => check.unknown("nginx's own answer is missing"),
            // A backend says so to a request that does not ask for a WebSocket (RFC 9110, §15.5.22), and this one does.
            426 if asks_for_websocket(answer) => {
                check.fail("the backend is not told that a WebSocket is asked for: it answers 426", REFUSED)
            }
            502..=504 if self.plain.as_ref().is_some_and(|plain| !Answers::is_without_backend(plain)) => check.fail(
                format!("a WebSocket is answered with {}, and a plain request by the backend", answer.status),
                REFUSED,
            ),
            502..=504 => check.unknown("the active backend gives no answer"),
            status => check.unknown(format!(
                "no backend takes a WebSocket at `{ROOT}`, which is answered with {status}; `--websocket PATH` has another path checked"
            )),
        }
    }
}

/// True for an answer 426 that asks for a WebSocket, as it does where it names no protocol.
fn asks_for_websocket(answer: &Answer) -> bool {
    answer.header("upgrade").is_none_or(|protocol| protocol.to_ascii_lowercase().contains("websocket"))
}
