//! Does the site answer as its template says? This crate asks from outside, as a viewer does, and judges what it sees.
//!
//! It prints nothing and changes nothing. [`Site`] is what a template means, [`Settings`] the way to the servers, [`Report`] what came
//! of it. Every step has a deadline, every answer a limit; what a server says is shown by whoever prints it, with care.
//!
//! Reading order: [`site`], [`check`], [`mod@verify`] (a file each for DNS, certificates, answers and the origin), [`mod@doctor`] with
//! what it asks AWS ([`account`]), [`mod@running`] (the one question that `switch` has), then the protocols: `dns`, `net`, `tls`, `hello`,
//! `http`.

pub mod account;
pub mod check;
mod dns;
pub mod doctor;
mod error;
mod hello;
mod http;
mod net;
pub mod read;
pub mod running;
pub mod settings;
pub mod site;
mod tls;
pub mod verify;

pub use account::Account;
pub use check::{Check, Outcome, Report};
pub use doctor::{Deployed, doctor};
pub use error::SetupError;
pub use read::{Found, sites};
pub use running::{Server, running};
pub use settings::{ConnectTo, Settings};
pub use site::{Health, Origin, PlainHttp, Secret, Site, SiteName, TlsVersion, WebSocket, ZoneRef};
pub use verify::verify;
